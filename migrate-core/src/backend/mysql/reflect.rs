//! The schema of MySQL and MariaDB as a catalog, from `information_schema`: a number of questions that doesn't grow
//! with what there is. Views, triggers and routines are in `objects`.
//!
//! What differs from the defaults of the schema that a table lies in is said, such as its collation; what doesn't, isn't.

use std::collections::{BTreeMap, BTreeSet};

use migrate_model::{
    Dialect,
    catalog::{
        Action, Check, Column, Constraint, DefaultValue, Deferrable, ForeignKey, Generated,
        Identity, Index, IndexKey, KeyPart, MysqlIndex, MysqlIndexKind, Order, PostgresIndex,
        PrimaryKey, SqlType, Table, TableName, TypeName, Unique, Value, naming::Naming,
    },
    sql::tokens,
};

use super::{normalize, objects, sequences, text, types};
use crate::backend::{
    DatabaseError,
    ansi::text_literal,
    literal,
    reflect::{Ask, Fields, ReflectError, Reflected, Scope},
};

/// Where to look, and what is usual there.
pub(super) struct Place {
    pub(super) dialect: Dialect,
    pub(super) current: String,
    /// The schemas to read as a list of literals.
    pub(super) schemas: String,
    engine: String,
    /// The collation of each schema.
    pub(super) collations: BTreeMap<String, String>,
    /// Who looks: what they make is theirs.
    pub(super) user: String,
    /// The `sql_mode` that the server gives a connection.
    pub(super) mode: String,
    /// The collation of a text when nothing is said.
    pub(super) texts: String,
}

impl Place {
    pub(super) fn name(&self, schema: String, name: String) -> TableName {
        TableName { schema: Some(schema).filter(|schema| *schema != self.current), name }
    }
}

/// What of a table does not stand in the catalog, but is needed to read its columns.
struct About {
    collation: String,
    engine: String,
}

type Abouts = BTreeMap<TableName, About>;

pub(crate) fn reflect(
    dialect: Dialect,
    ask: Ask<'_>,
    scope: &Scope,
) -> Result<Reflected, ReflectError> {
    let place = place(dialect, ask, scope)?;
    let mut found = Reflected::default();
    let mut views = BTreeSet::new();
    let abouts = tables(ask, &place, scope, &mut views, &mut found)?;
    let json = checks(ask, &place, &abouts, &mut found)?;
    columns(ask, &place, &abouts, &json, &mut found)?;
    foreign_keys(ask, &place, &mut found)?;
    indexes(ask, &place, &abouts, &mut found)?;
    found.catalog.tables.values_mut().for_each(normalize::without_implied);
    objects::read(ask, &place, scope, &views, &mut found)?;
    events(ask, &place, scope, &mut found)?;
    Ok(found)
}

pub(super) fn place(dialect: Dialect, ask: Ask<'_>, scope: &Scope) -> Result<Place, ReflectError> {
    let sql = "SELECT DATABASE(), CAST(@@default_storage_engine AS CHAR), CURRENT_USER(), CAST(@@GLOBAL.sql_mode AS CHAR), \
                      (SELECT default_collate_name FROM information_schema.character_sets \
                       WHERE character_set_name = 'utf8mb4')";
    let session = Fields::rows(ask, "the session", sql)?.pop();
    let mut row = session.ok_or_else(|| DatabaseError::because("the server gave no answer"))?;
    let Some(current) = row.maybe()? else {
        let mut error =
            DatabaseError::because("the connection is to a server, but to no database of it");
        error.advice = Some("name one in the URL: mysql://user@host/database".to_owned());
        return Err(error.into());
    };
    let engine = row.text()?;
    let (user, mode, texts) = (row.text()?, row.text()?, row.text()?);
    let names = scope.schemas.iter().filter(|name| **name != current);
    let names = std::iter::once(&current).chain(names);
    let literals: Result<Vec<String>, _> = names.map(|name| text_literal(dialect, name)).collect();
    let schemas = literals?.join(", ");
    let sql = format!(
        "SELECT schema_name, default_collation_name FROM information_schema.schemata WHERE schema_name IN ({schemas})"
    );
    let mut collations = BTreeMap::new();
    for mut row in Fields::rows(ask, "schemas", &sql)? {
        collations.insert(row.text()?, row.text()?);
    }
    match scope.schemas.iter().find(|name| !collations.contains_key(*name)) {
        Some(schema) => Err(ReflectError::NoSchema { schema: schema.clone() }),
        None => Ok(Place { dialect, current, schemas, engine, collations, user, mode, texts }),
    }
}

/// The character set that a collation belongs to; its name begins with it.
pub(super) fn charset(collation: &str) -> &str {
    collation.split('_').next().unwrap_or(collation)
}

fn tables(
    ask: Ask<'_>,
    place: &Place,
    scope: &Scope,
    views: &mut BTreeSet<TableName>,
    found: &mut Reflected,
) -> Result<Abouts, ReflectError> {
    let sql = format!(
        "SELECT table_schema, table_name, table_type, engine, table_collation, create_options, table_comment \
         FROM information_schema.tables WHERE table_schema IN ({}) ORDER BY table_schema, table_name",
        place.schemas
    );
    let mut abouts = Abouts::new();
    let mut sequences = Vec::new();
    for mut row in Fields::rows(ask, "tables", &sql)? {
        let schema = row.text()?;
        let usual = place.collations.get(&schema).cloned().unwrap_or_default();
        let name = place.name(schema, row.text()?);
        if scope.leaves_out(&name) {
            continue;
        }
        let (kind, engine, collation) = (row.text()?, row.maybe()?, row.maybe()?);
        let (options, comment) = (row.maybe()?.unwrap_or_default(), row.maybe()?);
        match kind.as_str() {
            "BASE TABLE" => {}
            "VIEW" | "SYSTEM VIEW" => {
                views.insert(name);
                continue;
            }
            "SEQUENCE" => {
                sequences.push(name);
                continue;
            }
            "SYSTEM VERSIONED" => {
                found.doubt(&name, "is system-versioned");
                continue;
            }
            other => {
                found.doubt(&name, format!("is a {}", other.to_lowercase()));
                continue;
            }
        }
        let (engine, collation) = (engine.unwrap_or_default(), collation.unwrap_or_default());
        let mut table = Table::new(&name);
        table.comment = comment.filter(|comment| !comment.is_empty());
        let own = &mut table.options.mysql;
        own.engine =
            Some(engine.clone()).filter(|engine| !engine.eq_ignore_ascii_case(&place.engine));
        own.collate = Some(collation.clone()).filter(|collation| *collation != usual);
        own.charset = Some(charset(&collation).to_owned()).filter(|own| *own != charset(&usual));
        let mut doubts = Vec::new();
        for option in options.split_whitespace() {
            match option.split_once('=') {
                Some((word, format)) if word.eq_ignore_ascii_case("row_format") => {
                    own.row_format = Some(format.to_uppercase());
                }
                Some((word, _)) => doubts.push(format!("has an option, `{word}`")),
                None => doubts.push(format!("is {option}")),
            }
        }
        found.catalog.tables.insert(name.clone(), table);
        doubts.into_iter().for_each(|doubt| found.doubt(&name, doubt));
        abouts.insert(name, About { collation, engine });
    }
    sequences::read(ask, place.dialect, &sequences, found)?;
    Ok(abouts)
}

/// Reads the checks; the columns that MariaDB checks since they hold JSON are returned.
fn checks(
    ask: Ask<'_>,
    place: &Place,
    abouts: &Abouts,
    found: &mut Reflected,
) -> Result<BTreeSet<(TableName, String)>, ReflectError> {
    let sql = if place.dialect == Dialect::Mysql {
        format!(
            "SELECT t.constraint_schema, t.table_name, c.constraint_name, c.check_clause, t.enforced, 'Table' \
             FROM information_schema.table_constraints t JOIN information_schema.check_constraints c \
               ON c.constraint_schema = t.constraint_schema AND c.constraint_name = t.constraint_name \
             WHERE t.constraint_type = 'CHECK' AND t.constraint_schema IN ({})",
            place.schemas
        )
    } else {
        format!(
            "SELECT constraint_schema, table_name, constraint_name, check_clause, 'YES', level \
             FROM information_schema.check_constraints WHERE constraint_schema IN ({})",
            place.schemas
        )
    };
    let mut json = BTreeSet::new();
    for mut row in Fields::rows(ask, "checks", &sql)? {
        let table = place.name(row.text()?, row.text()?);
        let (name, clause) = (row.text()?, row.text()?);
        let (is_enforced, level) = (row.flag()?, row.text()?);
        if !abouts.contains_key(&table) {
            continue;
        }
        let expression = text::expression(place.dialect, &clause);
        if level == "Column" {
            // Called as the column was before it got another name.
            let column = expression
                .strip_prefix("json_valid(\"")
                .and_then(|rest| rest.strip_suffix("\")"))
                .map(|name| name.replace("\"\"", "\""));
            if let Some(column) = column {
                json.insert((table, column));
            } else {
                found.doubt(&table, format!("has a column, `{name}`, with a check inside of it"));
            }
            continue;
        }
        if !is_enforced {
            found.doubt(&table, format!("has a check, `{name}`, that is NOT ENFORCED"));
        }
        let check = Check { name, expression, not_valid: false };
        insert(found, &table, check.into());
    }
    Ok(json)
}

/// Constraints of several kinds may have one name here, but not in a catalog.
fn insert(found: &mut Reflected, table: &TableName, constraint: Constraint) {
    let Some(of) = found.catalog.tables.get_mut(table) else { return };
    let name = constraint.name().to_owned();
    if of.constraints.insert(name.clone(), constraint).is_some() {
        found.doubt(table, format!("has two constraints `{name}`"));
    }
}

fn columns(
    ask: Ask<'_>,
    place: &Place,
    abouts: &Abouts,
    json: &BTreeSet<(TableName, String)>,
    found: &mut Reflected,
) -> Result<(), ReflectError> {
    let sql = format!(
        "SELECT table_schema, table_name, column_name, column_type, is_nullable, column_default, collation_name, \
                extra, generation_expression, column_comment \
         FROM information_schema.columns WHERE table_schema IN ({}) \
         ORDER BY table_schema, table_name, ordinal_position",
        place.schemas
    );
    for mut row in Fields::rows(ask, "columns", &sql)? {
        let table_name = place.name(row.text()?, row.text()?);
        let Some(about) = abouts.get(&table_name) else { continue };
        let (name, column_type, nullable) = (row.text()?, row.text()?, row.flag()?);
        let (default, collation) = (row.maybe()?, row.maybe()?);
        let (extra, generated) = (row.text()?.to_lowercase(), row.maybe()?);
        let comment = row.maybe()?;
        let is_json = json.contains(&(table_name.clone(), name.clone()));
        let mut column = Column::new(&name, SqlType::Json);
        if let Some(values) = text::enum_values(&column_type) {
            let own = enum_name(&table_name, &name);
            found.catalog.enums.insert(own.clone(), values);
            column.sql_type = SqlType::Enum(own);
        } else if !is_json {
            column.sql_type = types::read(&column_type);
        }
        column.nullable = nullable;
        column.comment = comment.filter(|comment| !comment.is_empty());
        column.collation = collation.filter(|collation| !is_json && *collation != about.collation);
        column.identity = extra.contains("auto_increment").then(Identity::default);
        column.generated = generated.filter(|expression| !expression.is_empty()).map(|said| {
            let expression = text::expression(place.dialect, &said);
            Generated { expression, stored: !extra.contains("virtual") }
        });
        if column.generated.is_none() {
            let is_expression = extra.contains("default_generated");
            column.default = default
                .and_then(|said| default_value(place, &said, is_expression, &column.sql_type));
        }
        let mut doubt = |what: &str| {
            found.doubt(&table_name, format!("has a column, `{name}`, {what}"));
        };
        if extra.contains("on update") {
            doubt("that changes by itself ON UPDATE");
        }
        if extra.contains("invisible") {
            doubt("that is INVISIBLE");
        }
        if extra.contains("without system versioning") {
            doubt("WITHOUT SYSTEM VERSIONING");
        }
        if let Some(table) = found.catalog.tables.get_mut(&table_name) {
            table.columns.push(column);
        }
    }
    Ok(())
}

/// An enum belongs to its column, and is called after it.
pub(super) fn enum_name(table: &TableName, column: &str) -> TypeName {
    TypeName { schema: table.schema.clone(), name: format!("{}_{column}", table.name) }
}

/// MariaDB tells a default as SQL; MySQL so only when it is an expression, and as the bare text else.
fn default_value(
    place: &Place,
    said: &str,
    is_expression: bool,
    sql_type: &SqlType,
) -> Option<DefaultValue> {
    if place.dialect == Dialect::Mariadb {
        return text::default_value(&text::standard(said), sql_type);
    }
    if is_expression {
        return text::default_value(&text::expression(place.dialect, said), sql_type);
    }
    let value = Value::Text(said.to_owned());
    if sql_type.takes(&DefaultValue::Value(value.clone()))
        && !matches!(sql_type, SqlType::Custom(_))
    {
        return Some(value.into());
    }
    match literal::value(said, &tokens(said), sql_type) {
        Some(value) if sql_type.takes(&DefaultValue::Value(value.clone())) => Some(value.into()),
        Some(_) | None => text_literal(place.dialect, said).ok().map(DefaultValue::Expression),
    }
}

fn foreign_keys(ask: Ask<'_>, place: &Place, found: &mut Reflected) -> Result<(), ReflectError> {
    let sql = format!(
        "SELECT constraint_schema, table_name, constraint_name, delete_rule, update_rule \
         FROM information_schema.referential_constraints WHERE constraint_schema IN ({})",
        place.schemas
    );
    let mut rules = BTreeMap::new();
    for mut row in Fields::rows(ask, "foreign keys", &sql)? {
        let table = place.name(row.text()?, row.text()?);
        let name = row.text()?;
        rules.insert((table, name), (action(&row.text()?), action(&row.text()?)));
    }
    let sql = format!(
        "SELECT table_schema, table_name, constraint_name, column_name, referenced_table_schema, \
                referenced_table_name, referenced_column_name \
         FROM information_schema.key_column_usage \
         WHERE table_schema IN ({}) AND referenced_table_name IS NOT NULL \
         ORDER BY table_schema, table_name, constraint_name, ordinal_position",
        place.schemas
    );
    let mut keys: BTreeMap<(TableName, String), ForeignKey> = BTreeMap::new();
    for mut row in Fields::rows(ask, "the columns of foreign keys", &sql)? {
        let table = place.name(row.text()?, row.text()?);
        let (name, column) = (row.text()?, row.text()?);
        let referred = place.name(row.text()?, row.text()?);
        let of = (table, name.clone());
        let (on_delete, on_update) = rules.get(&of).copied().unwrap_or_default();
        let key = keys.entry(of).or_insert_with(|| ForeignKey {
            name,
            columns: Vec::new(),
            table: referred,
            referred: Vec::new(),
            on_delete,
            on_update,
            deferrable: Deferrable::No,
            not_valid: false,
            match_full: false,
        });
        key.columns.push(column);
        key.referred.push(row.text()?);
    }
    for ((table, _), key) in keys {
        insert(found, &table, key.into());
    }
    Ok(())
}

/// What neither of them does anything else for than for NO ACTION is that.
fn action(rule: &str) -> Action {
    match rule {
        "CASCADE" => Action::Cascade,
        "SET NULL" => Action::SetNull,
        "SET DEFAULT" => Action::SetDefault,
        _ => Action::NoAction,
    }
}

fn indexes(
    ask: Ask<'_>,
    place: &Place,
    abouts: &Abouts,
    found: &mut Reflected,
) -> Result<(), ReflectError> {
    let only_here = match place.dialect {
        Dialect::Mariadb => "NULL, ignored",
        Dialect::Mysql | Dialect::Postgres | Dialect::Sqlite => {
            "expression, IF(is_visible = 'NO', 'YES', 'NO')"
        }
    };
    let sql = format!(
        "SELECT table_schema, table_name, index_name, CAST(non_unique AS CHAR), column_name, collation, \
                CAST(sub_part AS CHAR), index_type, index_comment, {only_here} \
         FROM information_schema.statistics WHERE table_schema IN ({}) \
         ORDER BY table_schema, table_name, index_name, seq_in_index",
        place.schemas
    );
    let mut indexes: BTreeMap<(TableName, String), Index> = BTreeMap::new();
    for mut row in Fields::rows(ask, "indexes", &sql)? {
        let table = place.name(row.text()?, row.text()?);
        let Some(about) = abouts.get(&table) else { continue };
        let (name, unique, column) = (row.text()?, !row.flag()?, row.maybe()?);
        let (order, length) = (row.maybe()?, row.maybe()?);
        let (kind, comment) = (row.text()?, row.maybe()?.unwrap_or_default());
        let (expression, is_ignored) = (row.maybe()?, row.flag()?);
        let is_first = !indexes.contains_key(&(table.clone(), name.clone()));
        if is_first && is_ignored {
            found.doubt(&table, format!("has an index, `{name}`, that is not used"));
        }
        if is_first && !comment.is_empty() {
            found.doubt(&table, format!("has an index, `{name}`, with a comment"));
        }
        let index = indexes.entry((table, name.clone())).or_insert_with(|| Index {
            name,
            unique,
            keys: Vec::new(),
            predicate: None,
            postgres: PostgresIndex::default(),
            mysql: MysqlIndex {
                lengths: Vec::new(),
                kind: match kind.as_str() {
                    "FULLTEXT" => Some(MysqlIndexKind::Fulltext),
                    "SPATIAL" => Some(MysqlIndexKind::Spatial),
                    _ => None,
                },
                // Elsewhere it says nothing: InnoDB has but one structure.
                using: normalize::chooses(&about.engine).then(|| kind.clone()),
            },
        });
        let length = length.and_then(|length| length.parse().ok());
        if let (Some(column), Some(length)) = (&column, length)
            && index.mysql.kind.is_none()
        {
            index.mysql.lengths.push((column.clone(), length));
        }
        let of = match (column, expression) {
            (Some(column), _) => KeyPart::Column(column),
            (None, said) => {
                KeyPart::Expression(text::expression(place.dialect, &said.unwrap_or_default()))
            }
        };
        let order = order.filter(|order| order == "D").map(|_| Order::Descending);
        index.keys.push(IndexKey { of, order, nulls: None });
    }
    for ((name, _), index) in indexes {
        if let Some(table) = found.catalog.tables.get_mut(&name) {
            place_index(table, index);
        }
    }
    Ok(())
}

/// An index as what it would have been declared as: a key, a constraint, or an index.
fn place_index(table: &mut Table, mut index: Index) {
    let columns: Vec<String> = index.columns().map(str::to_owned).collect();
    if index.name == "PRIMARY" {
        let key: Constraint = PrimaryKey { name: String::new(), columns: columns.clone() }.into();
        let name = Naming::DEFAULT.name_constraint(table, &key);
        table.constraints.insert(name.clone(), PrimaryKey { name, columns }.into());
        return;
    }
    normalize::without_lengths(table, &mut index);
    let is_plain = index.mysql == MysqlIndex::default()
        && columns.len() == index.keys.len()
        && index.keys.iter().all(|key| key.order.is_none());
    if index.unique && is_plain && !table.constraints.contains_key(&index.name) {
        let unique = Unique {
            name: index.name.clone(),
            columns,
            deferrable: Deferrable::No,
            nulls_not_distinct: false,
            include: Vec::new(),
        };
        table.constraints.insert(index.name, unique.into());
    } else {
        table.indexes.insert(index.name.clone(), index);
    }
}

/// Notes the events, which the catalog has no words for.
fn events(
    ask: Ask<'_>,
    place: &Place,
    scope: &Scope,
    found: &mut Reflected,
) -> Result<(), ReflectError> {
    let sql = format!(
        "SELECT event_schema, event_name FROM information_schema.events WHERE event_schema IN ({}) ORDER BY 1, 2",
        place.schemas
    );
    for mut row in Fields::rows(ask, "events", &sql)? {
        let name = place.name(row.text()?, row.text()?);
        if !scope.leaves_out(&name) {
            found.note(name, "is an event");
        }
    }
    Ok(())
}
