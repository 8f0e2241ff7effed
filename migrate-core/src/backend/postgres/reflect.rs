//! PostgreSQL's schema as a catalog, from `pg_catalog` alone: a dozen questions, however many tables there are.
//! Views, functions and triggers are read next door, in `objects`.
//!
//! Expressions come as `pg_get_expr` writes them. It leaves the schema out of names that the search path finds, which is
//! why the catalog's own names have none in the current schema either.

use std::collections::{BTreeMap, BTreeSet};

use migrate_model::{
    Dialect,
    catalog::{
        Action, Bounds, Check, Column, Constraint, DefaultValue, Deferrable, Exclude, Extension,
        ForeignKey, Generated, Identity, Index, IndexKey, KeyPart, MysqlIndex, Nulls, Order,
        PartitionBy, PartitionStrategy, PostgresIndex, PostgresTable, PrimaryKey, Sequence,
        SequenceOwner, SequenceType, SqlType, Table, TableName, TypeName, Unique, Value, exclude,
        sequence,
    },
    sql::{TokenKind, groups, tokens},
};

use super::{
    objects::{self, indexes_of},
    types::read as read_type,
};
use crate::backend::{
    ansi::text_literal,
    literal,
    reflect::{Ask, Fields, ReflectError, Reflected, Scope},
};

/// Where to look.
pub(super) struct Place {
    /// A condition on `n`, a row of `pg_namespace`.
    pub(super) condition: String,
    /// The schema of `n` as the catalog names it: NULL when it is the current one.
    pub(super) schema: &'static str,
    /// The same for `tn`, the schema of a type.
    type_schema: &'static str,
    /// Whether strings are written as the standard says, without escapes.
    conforming: bool,
}

const SCHEMA: &str = "CASE WHEN n.nspname = current_schema() THEN NULL ELSE n.nspname::text END";
const REFERRED_SCHEMA: &str =
    "CASE WHEN rn.nspname = current_schema() THEN NULL ELSE rn.nspname::text END";
const TYPE_SCHEMA: &str =
    "CASE WHEN tn.nspname = current_schema() THEN NULL ELSE tn.nspname::text END";
const TEMPORARY_TYPE_SCHEMA: &str = "CASE WHEN tn.nspname = current_schema() OR tn.oid = pg_my_temp_schema() THEN NULL ELSE tn.nspname::text END";

pub(crate) fn reflect(ask: Ask<'_>, scope: &Scope) -> Result<Reflected, ReflectError> {
    let place = place(ask, scope)?;
    read(ask, &place, scope)
}

fn place(ask: Ask<'_>, scope: &Scope) -> Result<Place, ReflectError> {
    let (current, conforming) = session(ask)?;
    let current = current.ok_or(ReflectError::NoCurrentSchema)?;
    let mut names = Vec::new();
    for schema in scope.schemas.iter().filter(|name| **name != current) {
        names.push(text_literal(Dialect::Postgres, schema)?);
    }
    let mut condition = "n.nspname = current_schema()".to_owned();
    if !names.is_empty() {
        let there = format!(
            "SELECT nspname::text FROM pg_catalog.pg_namespace WHERE nspname IN ({})",
            names.join(", ")
        );
        let there = Fields::rows(ask, "schemas", &there)?
            .into_iter()
            .map(|mut row| row.text())
            .collect::<Result<BTreeSet<_>, _>>()?;
        let missing = scope.schemas.iter().find(|name| **name != current && !there.contains(*name));
        if let Some(schema) = missing {
            return Err(ReflectError::NoSchema { schema: schema.clone() });
        }
        condition = format!("({condition} OR n.nspname IN ({}))", names.join(", "));
    }
    Ok(Place { condition, schema: SCHEMA, type_schema: TYPE_SCHEMA, conforming })
}

/// The current schema, and whether strings are written as the standard says.
fn session(ask: Ask<'_>) -> Result<(Option<String>, bool), ReflectError> {
    let sql = "SELECT current_schema()::text, current_setting('standard_conforming_strings')";
    match Fields::rows(ask, "the session", sql)?.pop() {
        Some(mut row) => Ok((row.maybe()?, row.text()? == "on")),
        None => Ok((None, true)),
    }
}

/// The temporary tables of this session, as if they had no schema.
pub(super) fn temporary(ask: Ask<'_>) -> Result<Place, ReflectError> {
    let (_, conforming) = session(ask)?;
    let condition = "n.oid = pg_my_temp_schema()".to_owned();
    Ok(Place { condition, schema: "NULL", type_schema: TEMPORARY_TYPE_SCHEMA, conforming })
}

/// Reads what lies at a place.
pub(super) fn read(ask: Ask<'_>, place: &Place, scope: &Scope) -> Result<Reflected, ReflectError> {
    let mut found = Reflected::default();
    let mut names = tables(ask, place, scope, &mut found)?;
    let enums = enums(ask, place)?;
    columns(ask, place, &names, &enums, &mut found)?;
    partitions(ask, place, scope, &names, &mut found)?;
    let constraints = constraints(ask, place, &names, &mut found)?;
    objects(ask, place, scope, &mut names, constraints, &mut found)?;
    let is_in_scope =
        |name: &TypeName| name.schema.as_ref().is_none_or(|schema| scope.schemas.contains(schema));
    let used: BTreeSet<TypeName> = (found.catalog.tables.values())
        .flat_map(|table| &table.columns)
        .filter_map(|column| column.sql_type.enum_name().cloned())
        .collect();
    found.catalog.enums =
        enums.into_iter().filter(|(name, _)| is_in_scope(name) || used.contains(name)).collect();
    extensions(ask, &mut found)?;
    schemas(ask, &mut found)?;
    sequences(ask, place, scope, &names, &mut found)?;
    others(ask, place, scope, &mut found)?;
    Ok(found)
}

/// Reads views, functions and triggers, and indexes; of the tables there is no more than their names.
pub(super) fn read_objects(
    ask: Ask<'_>,
    place: &Place,
    scope: &Scope,
) -> Result<Reflected, ReflectError> {
    let mut found = Reflected::default();
    let mut names = tables(ask, place, scope, &mut found)?;
    objects(ask, place, scope, &mut names, Owners::new(), &mut found)?;
    Ok(found)
}

fn objects(
    ask: Ask<'_>,
    place: &Place,
    scope: &Scope,
    names: &mut Names,
    owners: Owners,
    found: &mut Reflected,
) -> Result<(), ReflectError> {
    objects::views(ask, place, scope, names, found)?;
    indexes(ask, place, names, owners, found)?;
    objects::functions(ask, place, scope, found)?;
    objects::triggers(ask, place, scope, names, found)
}

/// The tables and views by their number.
pub(super) type Names = BTreeMap<String, TableName>;

fn tables(
    ask: Ask<'_>,
    place: &Place,
    scope: &Scope,
    found: &mut Reflected,
) -> Result<Names, ReflectError> {
    let Place { condition, schema, .. } = place;
    let sql = format!(
        "SELECT c.oid::text, {schema}, c.relname::text, c.relkind::text, c.relispartition::text, \
                c.relpersistence::text, array_to_string(c.reloptions, ', '), d.description, \
                EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhrelid = c.oid)::text, \
                (SELECT s.spcname::text FROM pg_catalog.pg_tablespace s WHERE s.oid = c.reltablespace), \
                pg_catalog.pg_get_partkeydef(c.oid), \
                (SELECT array_to_string(q.partattrs::int2[], ',') FROM pg_catalog.pg_partitioned_table q WHERE q.partrelid = c.oid) \
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         LEFT JOIN pg_catalog.pg_description d \
           ON d.objoid = c.oid AND d.classoid = 'pg_catalog.pg_class'::regclass AND d.objsubid = 0 \
         WHERE c.relkind IN ('r', 'p') AND {condition} AND {}",
        not_of_extension("pg_class", "c.oid")
    );
    let mut names = Names::new();
    for mut row in Fields::rows(ask, "tables", &sql)? {
        let oid = row.text()?;
        let name = TableName { schema: row.maybe()?, name: row.text()? };
        if scope.leaves_out(&name) {
            continue;
        }
        let (kind, is_partition, persistence) = (row.text()?, row.flag()?, row.text()?);
        let (options, comment, inherits) = (row.maybe()?, row.maybe()?, row.flag()?);
        let tablespace = row.maybe()?;
        let (parted_by, attributes) = (row.maybe()?, row.maybe()?.unwrap_or_default());
        // It comes with its table.
        if is_partition {
            continue;
        }
        let mut table = Table::new(&name);
        table.comment = comment;
        table.options.postgres = PostgresTable {
            with: parameters(options.as_deref()),
            unlogged: persistence == "u",
            tablespace,
        };
        table.partition_by = parted_by.as_deref().and_then(|text| partition_by(text, &attributes));
        let is_read = table.partition_by.is_some();
        names.insert(oid, name.clone());
        found.catalog.tables.insert(name.clone(), table);
        if kind == "p" && !is_read {
            found.doubt(&name, "is partitioned in a way of its own");
        }
        if inherits {
            found.doubt(&name, "inherits from another table");
        }
    }
    Ok(names)
}

/// What rows are parted by, of `RANGE (day, lower(name))` and the numbers of the columns, 0 for an expression. Collations
/// and operator classes have no place in the catalog.
fn partition_by(text: &str, attributes: &str) -> Option<PartitionBy> {
    let strategy = match text.split_whitespace().next()? {
        "RANGE" => PartitionStrategy::Range,
        "LIST" => PartitionStrategy::List,
        "HASH" => PartitionStrategy::Hash,
        _ => return None,
    };
    let parts = groups(text).into_iter().next()?;
    let keys = parts.into_iter().zip(attributes.split(',')).map(|(part, attribute)| {
        let is_column = attribute != "0";
        match &tokens(part)[..] {
            [one] if is_column && one.kind == TokenKind::Word => {
                Some(KeyPart::Column(part.to_owned()))
            }
            [one] if is_column && one.kind == TokenKind::Quoted => {
                Some(KeyPart::Column(part[1..part.len() - 1].replace("\"\"", "\"")))
            }
            _ if is_column => None,
            _ => Some(KeyPart::Expression(literal::without_parentheses(part).to_owned())),
        }
    });
    Some(PartitionBy { strategy, keys: keys.collect::<Option<_>>()? })
}

/// The partitions of each table; one that is more than its table says makes that opaque.
fn partitions(
    ask: Ask<'_>,
    place: &Place,
    scope: &Scope,
    names: &Names,
    found: &mut Reflected,
) -> Result<(), ReflectError> {
    let Place { condition, schema, .. } = place;
    let sql = format!(
        "SELECT h.inhparent::text, {schema}, c.relname::text, c.relkind::text, \
                pg_catalog.pg_get_expr(c.relpartbound, c.oid), \
                (EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid \
                         AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits x WHERE x.inhrelid = i.indexrelid)) \
                 OR EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid \
                            AND k.conislocal AND k.conparentid = 0 AND k.contype IN ('c', 'f')))::text \
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         JOIN pg_catalog.pg_inherits h ON h.inhrelid = c.oid \
         WHERE c.relispartition AND c.relkind IN ('r', 'p', 'f') AND {condition} ORDER BY c.oid"
    );
    for mut row in Fields::rows(ask, "partitions", &sql)? {
        let of = names.get(&row.text()?);
        let name = TableName { schema: row.maybe()?, name: row.text()? };
        let (kind, bounds, has_own) = (row.text()?, row.maybe()?, row.flag()?);
        if scope.leaves_out(&name) {
            continue;
        }
        let Some(of) = of else {
            found.doubt(&name, "is a partition of what is not read");
            continue;
        };
        let bounds = bounds.as_deref().and_then(Bounds::read);
        if let (Some(table), Some(bounds)) = (found.catalog.tables.get_mut(of), bounds) {
            table.partitions.insert(name.clone(), bounds);
        } else {
            found.doubt(of, format!("has a partition, `{name}`, with bounds of its own kind"));
        }
        match kind.as_str() {
            "p" => found.doubt(of, format!("has a partition, `{name}`, that is partitioned")),
            "f" => found.doubt(of, format!("has a partition, `{name}`, in another database")),
            _ if has_own => found.doubt(
                of,
                format!("has a partition, `{name}`, with indexes or constraints of its own"),
            ),
            _ => {}
        }
    }
    Ok(())
}

/// Storage parameters, of `fillfactor=70, autovacuum_enabled=false`.
pub(super) fn parameters(options: Option<&str>) -> Vec<(String, String)> {
    let pairs = options.into_iter().flat_map(|options| options.split(", "));
    let pairs = pairs.filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// That an object is not part of an extension.
pub(super) fn not_of_extension(class: &str, oid: &str) -> String {
    format!(
        "NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.classid = 'pg_catalog.{class}'::regclass \
         AND e.objid = {oid} AND e.deptype = 'e')"
    )
}

fn enums(ask: Ask<'_>, place: &Place) -> Result<BTreeMap<TypeName, Vec<String>>, ReflectError> {
    let Place { type_schema, .. } = place;
    let sql = format!(
        "SELECT {type_schema}, t.typname::text, l.enumlabel::text \
         FROM pg_catalog.pg_enum l JOIN pg_catalog.pg_type t ON t.oid = l.enumtypid \
         JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace \
         WHERE {} ORDER BY t.oid, l.enumsortorder",
        not_of_extension("pg_type", "t.oid")
    );
    let mut enums: BTreeMap<TypeName, Vec<String>> = BTreeMap::new();
    for mut row in Fields::rows(ask, "enums", &sql)? {
        let name = TypeName { schema: row.maybe()?, name: row.text()? };
        enums.entry(name).or_default().push(row.text()?);
    }
    Ok(enums)
}

fn columns(
    ask: Ask<'_>,
    place: &Place,
    names: &Names,
    enums: &BTreeMap<TypeName, Vec<String>>,
    found: &mut Reflected,
) -> Result<(), ReflectError> {
    let Place { condition, type_schema, .. } = place;
    let sql = format!(
        "SELECT a.attrelid::text, a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod), \
                pg_catalog.format_type(a.atttypid, -1), (e.oid IS NOT NULL)::text, \
                {type_schema}, COALESCE(e.typname, t.typname)::text, COALESCE(e.typtype, t.typtype)::text, \
                (tn.nspname = 'pg_catalog')::text, a.atttypmod::text, a.attnotnull::text, a.attidentity::text, \
                a.attgenerated::text, pg_catalog.pg_get_expr(v.adbin, v.adrelid, true), \
                CASE WHEN a.attcollation <> t.typcollation THEN o.collname::text END, \
                COALESCE(pg_catalog.pg_collation_is_visible(o.oid), true)::text, d.description, \
                q.seqstart::text, q.seqincrement::text \
         FROM pg_catalog.pg_attribute a \
         JOIN pg_catalog.pg_class c ON c.oid = a.attrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
         LEFT JOIN pg_catalog.pg_type e ON t.typcategory = 'A' AND t.typlen = -1 AND e.oid = t.typelem \
         JOIN pg_catalog.pg_namespace tn ON tn.oid = COALESCE(e.typnamespace, t.typnamespace) \
         LEFT JOIN pg_catalog.pg_attrdef v ON v.adrelid = a.attrelid AND v.adnum = a.attnum \
         LEFT JOIN pg_catalog.pg_collation o ON o.oid = a.attcollation \
         LEFT JOIN pg_catalog.pg_description d \
           ON d.objoid = a.attrelid AND d.classoid = 'pg_catalog.pg_class'::regclass AND d.objsubid = a.attnum \
         LEFT JOIN LATERAL (SELECT q.seqstart, q.seqincrement FROM pg_catalog.pg_depend y \
                            JOIN pg_catalog.pg_sequence q ON q.seqrelid = y.objid \
                            WHERE a.attidentity <> '' AND y.refobjid = a.attrelid AND y.refobjsubid = a.attnum \
                              AND y.deptype = 'i' AND y.refclassid = 'pg_catalog.pg_class'::regclass \
                              AND y.classid = 'pg_catalog.pg_class'::regclass) q ON true \
         WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p') AND {condition} \
         ORDER BY a.attrelid, a.attnum"
    );
    for mut row in Fields::rows(ask, "columns", &sql)? {
        let Some(table_name) = names.get(&row.text()?) else { continue };
        let (name, spelled, bare, is_array) = (row.text()?, row.text()?, row.text()?, row.flag()?);
        let type_name = TypeName { schema: row.maybe()?, name: row.text()? };
        let (kind, is_own, modifier) = (row.text()?, row.flag()?, row.number()?);
        let sql_type = if kind == "e" && enums.contains_key(&type_name) {
            let one = SqlType::Enum(type_name);
            if is_array { SqlType::Array(Box::new(one)) } else { one }
        } else {
            let own = if is_own || type_name.name == "citext" {
                Some(type_name.name.as_str())
            } else {
                None
            };
            read_type(own, is_array, modifier, &spelled)
        };
        let mut column = Column::new(&name, sql_type);
        column.nullable = !row.flag()?;
        let identity = row.text()?;
        let (generated, expression) = (row.text()?, row.maybe()?);
        if generated.is_empty() {
            column.default = expression
                .map(|sql| default_value(&sql, &column.sql_type, &bare, place.conforming));
        } else {
            column.generated = expression.as_deref().map(Generated::stored);
        }
        column.collation = row.maybe()?;
        let is_visible = row.flag()?;
        column.comment = row.maybe()?;
        let (start, increment) = (row.maybe()?, row.maybe()?);
        column.identity = (!identity.is_empty()).then(|| Identity {
            always: identity == "a",
            start: start.and_then(|start| start.parse().ok()),
            increment: increment.and_then(|step| step.parse().ok()),
        });
        if column.collation.is_some() && !is_visible {
            found.doubt(
                table_name,
                format!("has a column, `{name}`, with a collation of another schema"),
            );
        }
        if let Some(table) = found.catalog.tables.get_mut(table_name) {
            table.columns.push(column);
        }
    }
    Ok(())
}

/// A default: a value where the text is a lone literal, perhaps with a cast to the column's own type.
fn default_value(sql: &str, sql_type: &SqlType, bare: &str, conforming: bool) -> DefaultValue {
    let expression = || DefaultValue::Expression(sql.to_owned());
    let all = tokens(sql);
    let cast = all.windows(2).find(|pair| pair.iter().all(|one| &sql[one.range.clone()] == ":"));
    let literal_end = cast.map_or(sql.len(), |pair| pair[0].range.start);
    if let Some(pair) = cast {
        let to = &sql[pair[1].range.end..];
        let is_number = ["integer", "bigint", "smallint", "numeric"].contains(&to)
            && (sql_type.is_integer()
                || matches!(sql_type, SqlType::Numeric(_) | SqlType::Real | SqlType::Double));
        if to != bare && !is_number {
            return expression();
        }
    }
    let mut text = &sql[..literal_end];
    if let Some(inner) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        text = inner;
    }
    let one = tokens(text);
    let is_text = one.len() == 1 && one[0].kind == TokenKind::Text;
    match (sql_type, is_text) {
        (SqlType::Binary, true) => {
            let bytes = literal::unquote(text);
            let bytes = if conforming { bytes } else { bytes.replace("\\\\", "\\") };
            match bytes.strip_prefix("\\x").and_then(literal::hex) {
                Some(bytes) => DefaultValue::Value(Value::Bytes(bytes)),
                None => expression(),
            }
        }
        (_, true) if !conforming => {
            DefaultValue::Value(Value::Text(literal::unquote(text).replace("\\\\", "\\")))
        }
        _ => match literal::value(text, &one, sql_type) {
            Some(value) if sql_type.takes(&DefaultValue::Value(value.clone())) => {
                DefaultValue::Value(value)
            }
            Some(_) | None => expression(),
        },
    }
}

/// Which constraint an index belongs to.
type Owners = BTreeMap<String, (TableName, String)>;

fn constraints(
    ask: Ask<'_>,
    place: &Place,
    names: &Names,
    found: &mut Reflected,
) -> Result<Owners, ReflectError> {
    let Place { condition, .. } = place;
    let sql = format!(
        "SELECT k.oid::text, k.conrelid::text, k.conname::text, k.contype::text, k.condeferrable::text, \
                k.condeferred::text, k.convalidated::text, (k.connoinherit AND k.contype = 'c')::text, \
                {REFERRED_SCHEMA}, r.relname::text, k.confdeltype::text, k.confupdtype::text, \
                (k.confmatchtype = 'f')::text, \
                CASE WHEN k.contype = 'c' THEN pg_catalog.pg_get_expr(k.conbin, k.conrelid, true) END, \
                CASE WHEN k.contype = 'u' THEN COALESCE(pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct', 'false') \
                     ELSE 'false' END, \
                (k.contype = 'f' AND k.confdeltype IN ('n', 'd') \
                 AND pg_catalog.to_jsonb(k) ->> 'confdelsetcols' IS NOT NULL)::text \
         FROM pg_catalog.pg_constraint k \
         JOIN pg_catalog.pg_class c ON c.oid = k.conrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         LEFT JOIN pg_catalog.pg_class r ON r.oid = k.confrelid \
         LEFT JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace \
         LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = k.conindid AND k.contype IN ('p', 'u') \
         WHERE k.contype IN ('p', 'u', 'f', 'c', 'x') AND k.conparentid = 0 AND {condition} ORDER BY k.oid"
    );
    let rows = Fields::rows(ask, "constraints", &sql)?;
    let sql = format!(
        "SELECT k.oid::text, a.attname::text, ra.attname::text \
         FROM pg_catalog.pg_constraint k \
         JOIN pg_catalog.pg_class c ON c.oid = k.conrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         CROSS JOIN LATERAL unnest(k.conkey, k.confkey) WITH ORDINALITY AS u (own, referred, at) \
         JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.own \
         LEFT JOIN pg_catalog.pg_attribute ra ON ra.attrelid = k.confrelid AND ra.attnum = u.referred \
         WHERE k.contype IN ('p', 'u', 'f') AND {condition} ORDER BY k.oid, u.at"
    );
    let mut keys: BTreeMap<String, (Vec<String>, Vec<String>)> = BTreeMap::new();
    for mut row in Fields::rows(ask, "keys", &sql)? {
        let (columns, referred) = keys.entry(row.text()?).or_default();
        columns.push(row.text()?);
        referred.extend(row.maybe()?);
    }
    let mut owners = Owners::new();
    for mut row in rows {
        let oid = row.text()?;
        let Some(table) = names.get(&row.text()?) else { continue };
        let (name, kind) = (row.text()?, row.text()?);
        let deferrable = match (row.flag()?, row.flag()?) {
            (_, true) => Deferrable::InitiallyDeferred,
            (true, false) => Deferrable::InitiallyImmediate,
            (false, false) => Deferrable::No,
        };
        let (is_valid, is_alone) = (row.flag()?, row.flag()?);
        let (schema, referred_table) = (row.maybe()?, row.maybe()?);
        let (on_delete, on_update, is_full) = (row.text()?, row.text()?, row.flag()?);
        let (expression, nulls_not_distinct, sets_some) = (row.maybe()?, row.flag()?, row.flag()?);
        let (columns, referred) = keys.remove(&oid).unwrap_or_default();
        let mut doubt = |what: &str| {
            found.doubt(table, format!("has a constraint, `{name}`, {what}"));
        };
        if is_alone {
            doubt("with NO INHERIT");
        }
        if sets_some {
            doubt("that sets only some of its columns");
        }
        if kind == "p" && deferrable != Deferrable::No {
            doubt("that is a primary key which waits");
        }
        let constraint: Constraint = match kind.as_str() {
            "p" => PrimaryKey { name: name.clone(), columns }.into(),
            "u" => Unique {
                name: name.clone(),
                columns,
                deferrable,
                nulls_not_distinct,
                include: Vec::new(),
            }
            .into(),
            "f" => ForeignKey {
                name: name.clone(),
                columns,
                table: TableName { schema, name: referred_table.unwrap_or_default() },
                referred,
                on_delete: action(&on_delete),
                on_update: action(&on_update),
                deferrable,
                not_valid: !is_valid,
                match_full: is_full,
            }
            .into(),
            "c" => Check {
                name: name.clone(),
                expression: expression.unwrap_or_default(),
                not_valid: !is_valid,
            }
            .into(),
            // What it compares comes with its index.
            _ => Exclude { name: name.clone(), deferrable, ..exclude("") }.into(),
        };
        if let Some(of) = found.catalog.tables.get_mut(table) {
            of.constraints.insert(name.clone(), constraint);
        }
        owners.insert(oid, (table.clone(), name));
    }
    Ok(owners)
}

fn action(letter: &str) -> Action {
    match letter {
        "r" => Action::Restrict,
        "c" => Action::Cascade,
        "n" => Action::SetNull,
        "d" => Action::SetDefault,
        _ => Action::NoAction,
    }
}

fn indexes(
    ask: Ask<'_>,
    place: &Place,
    names: &Names,
    owners: Owners,
    found: &mut Reflected,
) -> Result<(), ReflectError> {
    let Place { condition, .. } = place;
    let sql = format!(
        "SELECT i.indrelid::text, x.relname::text, k.oid::text, m.amname::text, i.indisunique::text, \
                i.indisvalid::text, CASE WHEN i.indisunique AND NOT i.indisprimary \
                    THEN COALESCE(pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct', 'false') ELSE 'false' END, \
                pg_catalog.pg_get_expr(i.indpred, i.indrelid, true), array_to_string(x.reloptions, ', '), \
                (u.at <= i.indnkeyatts)::text, a.attname::text, \
                CASE WHEN u.own = 0 THEN pg_catalog.pg_get_indexdef(i.indexrelid, u.at::int, true) END, \
                CASE WHEN o.opcdefault THEN NULL WHEN pg_catalog.pg_opclass_is_visible(o.oid) \
                     THEN quote_ident(o.opcname) ELSE quote_ident(s.nspname) || '.' || quote_ident(o.opcname) END, \
                CASE WHEN l.oid <> a.attcollation THEN quote_ident(l.collname) END, \
                CASE WHEN u.own = 0 THEN pg_catalog.pg_get_indexdef(i.indexrelid) END, u.at::text, \
                quote_ident(a.attname), COALESCE(i.indoption[u.at - 1], 0)::text, \
                (xa.attoptions IS NOT NULL)::text, \
                (SELECT w.oprname::text FROM pg_catalog.pg_operator w WHERE w.oid = k.conexclop[u.at]), \
                (SELECT b.spcname::text FROM pg_catalog.pg_tablespace b WHERE b.oid = x.reltablespace) \
         FROM pg_catalog.pg_index i \
         JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid \
         JOIN pg_catalog.pg_class c ON c.oid = i.indrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         JOIN pg_catalog.pg_am m ON m.oid = x.relam \
         CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS u (own, at) \
         JOIN pg_catalog.pg_attribute xa ON xa.attrelid = i.indexrelid AND xa.attnum = u.at \
         LEFT JOIN pg_catalog.pg_attribute a ON u.own <> 0 AND a.attrelid = i.indrelid AND a.attnum = u.own \
         LEFT JOIN pg_catalog.pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x') \
         LEFT JOIN pg_catalog.pg_opclass o ON u.at <= i.indnkeyatts AND o.oid = i.indclass[u.at - 1] \
         LEFT JOIN pg_catalog.pg_namespace s ON s.oid = o.opcnamespace \
         LEFT JOIN pg_catalog.pg_collation l ON u.at <= i.indnkeyatts AND l.oid = i.indcollation[u.at - 1] \
         WHERE c.relkind IN ('r', 'p', 'm') AND {condition} ORDER BY i.indexrelid, u.at"
    );
    for mut row in Fields::rows(ask, "indexes", &sql)? {
        let Some(table) = names.get(&row.text()?) else { continue };
        let (name, owner) = (row.text()?, row.maybe()?);
        let (method, unique, is_valid, nulls_not_distinct) =
            (row.text()?, row.flag()?, row.flag()?, row.flag()?);
        let (predicate, options, is_key) = (row.maybe()?, row.maybe()?, row.flag()?);
        let (column, expression, class) = (row.maybe()?, row.maybe()?, row.maybe()?);
        let (mut collation, definition, at) = (row.maybe()?, row.maybe()?, row.number()?);
        // Which of its own an expression has, only the whole index says.
        if let Some(definition) = definition {
            collation = collation_of(&definition, usize::try_from(at - 1).unwrap_or_default());
        }
        let (quoted, flags, has_options) = (row.maybe()?, row.number()?, row.flag()?);
        let (operator, tablespace) = (row.maybe()?, row.maybe()?);
        if let Some((_, constraint)) = owner.and_then(|oid| owners.get(&oid)) {
            let of = (found.catalog.tables.get_mut(table))
                .and_then(|table| table.constraints.get_mut(constraint));
            match (of, column) {
                (Some(Constraint::Exclude(exclude)), column) => {
                    let part = key_part(column, expression, quoted, collation);
                    if let Some(class) = class {
                        let (KeyPart::Column(name) | KeyPart::Expression(name)) = &part;
                        exclude.ops.push((name.clone(), class));
                    }
                    exclude.using = method;
                    exclude.filter = predicate;
                    exclude.elements.push((part, operator.unwrap_or_default()));
                }
                (Some(Constraint::Unique(unique)), Some(column)) if !is_key => {
                    unique.include.push(column);
                }
                (Some(Constraint::PrimaryKey(_)), Some(_)) if !is_key => {
                    found.doubt(
                        table,
                        format!("has a constraint, `{constraint}`, that carries columns along"),
                    );
                }
                _ => {}
            }
            continue;
        }
        if !is_valid {
            found.doubt(table, format!("has an index, `{name}`, that is INVALID"));
        }
        if has_options {
            found
                .doubt(table, format!("has an index, `{name}`, with options of an operator class"));
        }
        let Some(of) = indexes_of(&mut found.catalog, table) else { continue };
        let index = of.entry(name.clone()).or_insert_with(|| Index {
            name,
            unique,
            keys: Vec::new(),
            predicate,
            postgres: PostgresIndex {
                method: Some(method).filter(|method| method != "btree"),
                nulls_not_distinct,
                with: parameters(options.as_deref()),
                tablespace,
                ..PostgresIndex::default()
            },
            mysql: MysqlIndex::default(),
        });
        if !is_key {
            index.postgres.include.extend(column);
            continue;
        }
        let part = key_part(column, expression, quoted, collation);
        if let Some(class) = class {
            let (KeyPart::Column(name) | KeyPart::Expression(name)) = &part;
            index.postgres.ops.push((name.clone(), class));
        }
        // The bits of `indoption`: 1 is descending, 2 is NULLs first.
        let order = (flags & 1 != 0).then_some(Order::Descending);
        let nulls = match (flags & 1 != 0, flags & 2 != 0) {
            (true, false) => Some(Nulls::Last),
            (false, true) => Some(Nulls::First),
            (true, true) | (false, false) => None,
        };
        index.keys.push(IndexKey { of: part, order, nulls });
    }
    Ok(())
}

/// What an index has as a key: a column, which also comes in quotes where it needs some, or an expression.
fn key_part(
    column: Option<String>,
    expression: Option<String>,
    quoted: Option<String>,
    collation: Option<String>,
) -> KeyPart {
    match (column, expression, collation) {
        (Some(column), _, None) => KeyPart::Column(column),
        (_, Some(expression), None) => {
            KeyPart::Expression(literal::without_parentheses(&expression).to_owned())
        }
        // PostgreSQL takes a collation behind an expression for that of the key.
        (column, expression, Some(collation)) => {
            let of = column.and(quoted).or(expression).unwrap_or_default();
            KeyPart::Expression(format!("{of} COLLATE {collation}"))
        }
        (None, None, None) => KeyPart::Expression(String::new()),
    }
}

/// The collation of a key, of `CREATE INDEX … (lower(name) COLLATE "C" DESC, id)`.
fn collation_of(definition: &str, at: usize) -> Option<String> {
    let key = *groups(definition).first()?.get(at)?;
    let mut depth = 0;
    let mut outer = tokens(key).into_iter().filter(|token| {
        let text = &key[token.range.clone()];
        depth += i32::from(text == "(") - i32::from(text == ")");
        depth == 0
    });
    outer.find(|one| one.kind == TokenKind::Word && &key[one.range.clone()] == "COLLATE")?;
    let name = outer.skip_while(|one| one.kind == TokenKind::Blank);
    let name = name.take_while(|one| one.kind != TokenKind::Blank);
    Some(name.map(|one| &key[one.range]).collect())
}

/// The extensions. A version and a schema are told where the server would not choose them by itself.
fn extensions(ask: Ask<'_>, found: &mut Reflected) -> Result<(), ReflectError> {
    let sql = "SELECT e.extname::text, \
                CASE WHEN n.nspname = current_schema() OR v.schema IS NOT NULL THEN NULL ELSE n.nspname::text END, \
                CASE WHEN e.extversion = a.default_version THEN NULL ELSE e.extversion END \
         FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace \
         LEFT JOIN pg_catalog.pg_available_extensions a ON a.name = e.extname \
         LEFT JOIN pg_catalog.pg_available_extension_versions v ON v.name = e.extname AND v.version = e.extversion \
         WHERE e.extname <> 'plpgsql'";
    for mut row in Fields::rows(ask, "extensions", sql)? {
        let (name, schema, version) = (row.text()?, row.maybe()?, row.maybe()?);
        found.catalog.extensions.insert(name, Extension { schema, version });
    }
    Ok(())
}

/// The schemas that somebody made: not the current one, nor those that a database has from the beginning.
fn schemas(ask: Ask<'_>, found: &mut Reflected) -> Result<(), ReflectError> {
    let sql = format!(
        "SELECT n.nspname::text FROM pg_catalog.pg_namespace n \
         WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', 'public') \
         AND n.nspname IS DISTINCT FROM current_schema() AND {}",
        not_of_extension("pg_namespace", "n.oid")
    );
    for mut row in Fields::rows(ask, "schemas", &sql)? {
        found.catalog.schemas.insert(row.text()?);
    }
    Ok(())
}

/// The sequences, but for those that identity columns count by.
fn sequences(
    ask: Ask<'_>,
    place: &Place,
    scope: &Scope,
    names: &Names,
    found: &mut Reflected,
) -> Result<(), ReflectError> {
    let Place { condition, schema, .. } = place;
    let sql = format!(
        "SELECT {schema}, c.relname::text, s.seqtypid::int8::text, s.seqstart::text, s.seqincrement::text, s.seqmin::text, s.seqmax::text, \
                s.seqcache::text, s.seqcycle::text, o.refobjid::text, a.attname::text, (c.relpersistence = 'u')::text \
         FROM pg_catalog.pg_sequence s JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         LEFT JOIN pg_catalog.pg_depend o ON o.classid = 'pg_catalog.pg_class'::regclass AND o.objid = c.oid \
              AND o.refclassid = 'pg_catalog.pg_class'::regclass AND o.refobjsubid > 0 AND o.deptype = 'a' \
         LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = o.refobjid AND a.attnum = o.refobjsubid \
         WHERE {condition} AND {} AND NOT EXISTS \
           (SELECT FROM pg_catalog.pg_depend i WHERE i.classid = 'pg_catalog.pg_class'::regclass \
            AND i.objid = c.oid AND i.deptype = 'i')",
        not_of_extension("pg_class", "c.oid")
    );
    for mut row in Fields::rows(ask, "sequences", &sql)? {
        let name = TableName { schema: row.maybe()?, name: row.text()? };
        // The numbers of the types are the same in every database (pg_type.dat).
        let of = match row.text()?.as_str() {
            "21" => SequenceType::SmallInt,
            "23" => SequenceType::Integer,
            _ => SequenceType::BigInt,
        };
        let mut number = || -> Result<Option<i64>, ReflectError> { row.number().map(Some) };
        let (start, increment, min) = (number()?, number()?, number()?);
        let (max, cache) = (number()?, number()?);
        let cycle = row.flag()?;
        let (owner, column, unlogged) = (row.maybe()?, row.maybe()?, row.flag()?);
        if scope.leaves_out(&name) {
            continue;
        }
        let mut sequence =
            Sequence { of, start, increment, min, max, cache, cycle, ..sequence(name.clone()) };
        let table = owner.map(|owner| names.get(&owner));
        if let (Some(Some(table)), Some(column)) = (table, column) {
            sequence.owned_by = Some(SequenceOwner { table: table.clone(), column });
        } else if table.is_some() {
            found.note(name.clone(), "goes with a column of a table that is not read");
        }
        if unlogged {
            found.note(name.clone(), "is unlogged");
        }
        found.catalog.sequences.insert(name, sequence);
    }
    Ok(())
}

/// What tables, and what is like them, are or have beside their words: what to say of `c` or what is joined to it.
const OF_TABLES: [(&str, &str, &str); 14] = [
    ("'is a foreign table'", "", "c.relkind = 'f'"),
    (
        "'has a rule, `' || r.rulename || '`'",
        "JOIN pg_catalog.pg_rewrite r ON r.ev_class = c.oid",
        "r.rulename <> '_RETURN'",
    ),
    (
        "'has a policy, `' || p.polname || '`'",
        "JOIN pg_catalog.pg_policy p ON p.polrelid = c.oid",
        "true",
    ),
    (
        "'has row level security' || CASE WHEN c.relforcerowsecurity THEN ', for its owner too' ELSE '' END",
        "",
        "c.relrowsecurity OR c.relforcerowsecurity",
    ),
    (
        "'tells replicas what a row was in its own way'",
        "",
        "c.relkind IN ('r', 'p') AND c.relreplident <> 'd'",
    ),
    (
        "'lies in the order of an index, `' || x.relname || '`'",
        "JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisclustered \
         JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid",
        "true",
    ),
    ("'is a table of a composite type'", "", "c.reloftype <> 0"),
    (
        "'has statistics, `' || s.stxname || '`'",
        "JOIN pg_catalog.pg_statistic_ext s ON s.stxrelid = c.oid",
        "true",
    ),
    (
        "'has a column, `' || a.attname || '`, that is stored, compressed or counted in its own way'",
        // Before PostgreSQL 14 there is no such column, and its name is that of `former`. JSON of each row would do
        // too, and takes ten times as long.
        "JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
         JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
         CROSS JOIN (SELECT ''::\"char\" AS attcompression) AS former",
        "c.relkind IN ('r', 'p') AND NOT c.relispartition \
         AND (a.attstorage <> t.typstorage OR COALESCE(a.attstattarget, -1) <> -1 \
              OR array_to_string(a.attoptions, ',') LIKE '%n_distinct%' \
              OR a.attlen = -1 AND (SELECT attcompression FROM pg_catalog.pg_attribute b \
                                    WHERE b.attrelid = a.attrelid AND b.attnum = a.attnum) IN ('p', 'l'))",
    ),
    (
        "'has an identity column, `' || a.attname || '`, with bounds, a cache or a cycle'",
        "JOIN pg_catalog.pg_depend y ON y.refclassid = 'pg_catalog.pg_class'::regclass AND y.refobjid = c.oid \
              AND y.classid = 'pg_catalog.pg_class'::regclass AND y.deptype = 'i' \
         JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = y.refobjsubid AND a.attidentity <> '' \
         JOIN pg_catalog.pg_sequence q ON q.seqrelid = y.objid",
        "q.seqcache <> 1 OR q.seqcycle OR CASE WHEN q.seqincrement < 0 THEN q.seqmax <> -1 \
               ELSE q.seqmin <> 1 OR q.seqmax <> CASE q.seqtypid WHEN 21 THEN 32767 WHEN 23 THEN 2147483647 \
                    ELSE 9223372036854775807 END END",
    ),
    (
        "'has a partition, `' || x.relname || '`, with options or defaults of its own'",
        "JOIN pg_catalog.pg_inherits h ON h.inhparent = c.oid \
         JOIN pg_catalog.pg_class x ON x.oid = h.inhrelid AND x.relispartition AND x.relkind <> 'i'",
        "x.reloptions IS NOT NULL OR EXISTS \
           (SELECT FROM pg_catalog.pg_attribute pa \
            JOIN pg_catalog.pg_attribute xa ON xa.attrelid = x.oid AND xa.attname = pa.attname \
            LEFT JOIN pg_catalog.pg_attrdef pd ON pd.adrelid = pa.attrelid AND pd.adnum = pa.attnum \
            LEFT JOIN pg_catalog.pg_attrdef xd ON xd.adrelid = xa.attrelid AND xd.adnum = xa.attnum \
            WHERE pa.attrelid = c.oid AND pa.attnum > 0 AND NOT pa.attisdropped AND \
              pg_catalog.pg_get_expr(pd.adbin, pd.adrelid) IS DISTINCT FROM pg_catalog.pg_get_expr(xd.adbin, xd.adrelid))",
    ),
    (
        "CASE c.relkind WHEN 'S' THEN 'is a sequence' WHEN 'r' THEN 'is a partition' WHEN 'p' THEN 'is a partition' \
         WHEN 'v' THEN 'has a column' WHEN 'm' THEN 'has a column' ELSE 'is an index' END || ' with a comment'",
        "JOIN pg_catalog.pg_description d ON d.classoid = 'pg_catalog.pg_class'::regclass AND d.objoid = c.oid",
        "CASE WHEN c.relkind IN ('v', 'm') THEN d.objsubid > 0 \
               ELSE d.objsubid = 0 AND (c.relkind IN ('S', 'i', 'I') OR c.relispartition) END",
    ),
    (
        "'has a constraint, `' || k.conname || '`, with a comment'",
        "JOIN pg_catalog.pg_constraint k ON k.conrelid = c.oid \
         JOIN pg_catalog.pg_description d ON d.classoid = 'pg_catalog.pg_constraint'::regclass AND d.objoid = k.oid",
        "true",
    ),
    (
        "'has a trigger, `' || t.tgname || '`, with a comment'",
        "JOIN pg_catalog.pg_trigger t ON t.tgrelid = c.oid \
         JOIN pg_catalog.pg_description d ON d.classoid = 'pg_catalog.pg_trigger'::regclass AND d.objoid = t.oid",
        "true",
    ),
];

/// What is not of a table: its catalog, how that names it and its schema, and what to say of `o` when.
const ALONE: [(&str, &str, &str, &str, &str); 9] = [
    (
        "pg_type",
        "typname",
        "typnamespace",
        "CASE o.typtype WHEN 'd' THEN 'is a domain' WHEN 'r' THEN 'is a range type' ELSE 'is a composite type' END",
        "o.typtype IN ('d', 'r') OR o.typtype = 'c' AND EXISTS \
         (SELECT FROM pg_catalog.pg_class c WHERE c.oid = o.typrelid AND c.relkind = 'c')",
    ),
    (
        "pg_type",
        "typname",
        "typnamespace",
        "'is an enum with a comment'",
        "o.typtype = 'e' AND pg_catalog.obj_description(o.oid, 'pg_type') IS NOT NULL",
    ),
    (
        "pg_proc",
        "proname",
        "pronamespace",
        "'is a function with a comment'",
        "o.prokind <> 'a' AND pg_catalog.obj_description(o.oid, 'pg_proc') IS NOT NULL",
    ),
    ("pg_collation", "collname", "collnamespace", "'is a collation'", "true"),
    ("pg_operator", "oprname", "oprnamespace", "'is an operator'", "true"),
    ("pg_opclass", "opcname", "opcnamespace", "'is an operator class'", "true"),
    ("pg_ts_config", "cfgname", "cfgnamespace", "'is a configuration of text search'", "true"),
    ("pg_ts_dict", "dictname", "dictnamespace", "'is a dictionary of text search'", "true"),
    (
        "pg_proc",
        "proname",
        "pronamespace",
        "'is the function of a cast'",
        "EXISTS (SELECT FROM pg_catalog.pg_cast k WHERE k.castfunc = o.oid)",
    ),
];

/// What the catalog has no words for.
fn others(
    ask: Ask<'_>,
    place: &Place,
    scope: &Scope,
    found: &mut Reflected,
) -> Result<(), ReflectError> {
    let Place { condition, schema, .. } = place;
    let mut questions: Vec<String> = Vec::new();
    for (what, joins, whether) in OF_TABLES {
        questions.push(format!(
            "SELECT {schema}, c.relname::text, {what} FROM pg_catalog.pg_class c \
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace {joins} WHERE ({whether}) AND {condition} AND {}",
            not_of_extension("pg_class", "c.oid")
        ));
    }
    for (class, name, namespace, what, whether) in ALONE {
        questions.push(format!(
            "SELECT {schema}, o.{name}::text, {what} FROM pg_catalog.{class} o \
             JOIN pg_catalog.pg_namespace n ON n.oid = o.{namespace} WHERE ({whether}) AND {condition} AND {}",
            not_of_extension(class, "o.oid")
        ));
    }
    questions.push(format!(
        "SELECT NULL, n.nspname::text, 'is a schema with a comment' FROM pg_catalog.pg_namespace n \
         WHERE {condition} AND n.nspname <> 'public' AND pg_catalog.obj_description(n.oid, 'pg_namespace') IS NOT NULL"
    ));
    let sql = format!("{} ORDER BY 1, 2, 3", questions.join(" UNION ALL "));
    for mut row in Fields::rows(ask, "what has no words", &sql)? {
        let name = TableName { schema: row.maybe()?, name: row.text()? };
        let reason = row.text()?;
        if !scope.leaves_out(&name) {
            found.note(name, reason);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::collation_of;

    #[test]
    fn an_index_says_the_collation_of_its_keys() {
        check("(id, lower(name) COLLATE \"C\" DESC)", Some("\"C\""));
        check("(id, ((a || ')'::text)) COLLATE other.\"x y\")", Some("other.\"x y\""));
        check("(id, ((name COLLATE \"C\")), name COLLATE \"C\")", None);
        check("(id) INCLUDE (name, other) WHERE (name COLLATE \"C\") > 'a'", None);

        fn check(keys: &str, expected: Option<&str>) {
            let definition = format!("CREATE INDEX \"(\" ON ONLY s.t USING btree {keys}");
            assert_eq!(collation_of(&definition, 1).as_deref(), expected, "{definition}");
        }
    }
}
