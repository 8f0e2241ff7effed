//! SQLite's schema as a catalog, in two questions: the texts in `sqlite_master`, and the columns as SQLite understood
//! them, which says whether we read a text as it did.

use std::collections::BTreeMap;

use migrate_model::catalog::{
    Check, Column, Constraint, DefaultValue, ForeignKey, Generated, Identity, Index, IndexKey,
    KeyPart, Order, PrimaryKey, SqlType, SqliteTable, Table, TableName, Trigger, TriggerAction,
    TypeName, Unique, Value, naming::Naming, view,
};
use migrate_model::sql::{TokenKind, sqlite_tokens};

use super::definition::{self, CheckText, DefaultText, KeyPartText, TableText};
use crate::backend::{
    literal,
    reflect::{Ask, Fields, ReflectError, Reflected, Scope},
};

/// A line of `sqlite_master`.
struct Entry {
    kind: String,
    name: String,
    table: String,
    sql: Option<String>,
}

pub(crate) fn reflect(ask: Ask<'_>, scope: &Scope) -> Result<Reflected, ReflectError> {
    let mut entries = Vec::new();
    let master = "SELECT type, name, tbl_name, sql FROM main.sqlite_master ORDER BY rowid";
    for mut row in Fields::rows(ask, "tables, indexes, views and triggers", master)? {
        let (kind, name, table) = (row.text()?, row.text()?, row.text()?);
        entries.push(Entry { kind, name, table, sql: row.maybe()? });
    }
    let mut live: BTreeMap<String, Vec<String>> = BTreeMap::new();
    // 2 and 3 in `hidden` are generated columns; 1 is one of a virtual table, which is passed over.
    let columns = "SELECT m.name, c.name FROM main.sqlite_master m JOIN pragma_table_xinfo(m.name, 'main') c \
                   WHERE m.type = 'table' AND m.sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY m.rowid, c.cid";
    for mut row in Fields::rows(ask, "columns", columns)? {
        let table = row.text()?;
        live.entry(table).or_default().push(row.text()?);
    }

    let mut found = Reflected::default();
    let is_virtual = |entry: &&Entry| {
        entry.kind == "table"
            && sqlite_tokens(entry.sql.as_deref().unwrap_or_default())
                .iter()
                .filter(|token| token.kind == TokenKind::Word)
                .nth(1)
                .is_some_and(|token| {
                    entry
                        .sql
                        .as_deref()
                        .is_some_and(|sql| sql[token.range.clone()].eq_ignore_ascii_case("virtual"))
                })
    };
    let virtual_tables: Vec<&str> =
        entries.iter().filter(is_virtual).map(|entry| entry.name.as_str()).collect();
    for entry in entries.iter().filter(|entry| entry.kind == "table") {
        let name = TableName::from(entry.name.as_str());
        if is_own(&entry.name) || scope.leaves_out(&name) {
            continue;
        }
        if virtual_tables.contains(&entry.name.as_str()) {
            found.doubt(&name, "is a virtual table");
            continue;
        }
        if let Some(of) = virtual_tables.iter().find(|of| is_shadow(&entry.name, of)) {
            found.doubt(&name, format!("is a part of the virtual table `{of}`"));
            continue;
        }
        let text = match definition::table(entry.sql.as_deref().unwrap_or_default()) {
            Ok(text) => text,
            Err(fault) => {
                found.doubt(&name, fault.to_string());
                continue;
            }
        };
        let names: Vec<&String> = text.columns.iter().map(|column| &column.name).collect();
        if live.get(&entry.name).is_none_or(|live| live.iter().ne(names)) {
            found.doubt(&name, "has other columns than its text says");
            continue;
        }
        read(&name, text, &mut found);
    }
    implied_keys(&mut found);
    for entry in &entries {
        let table = TableName::from(entry.table.as_str());
        match entry.kind.as_str() {
            "index" => read_index(entry, &table, &mut found),
            "view" if !scope.leaves_out(&table) => read_view(entry, &table, &mut found),
            _ => {}
        }
    }
    // A trigger can be one of a view.
    for entry in entries.iter().filter(|entry| entry.kind == "trigger") {
        let table = TableName::from(entry.table.as_str());
        if !scope.leaves_out(&table) {
            read_trigger(entry, &table, &mut found);
        }
    }
    let uses: Vec<_> = found.catalog.views.values().map(|view| found.catalog.uses(view)).collect();
    for (view, uses) in found.catalog.views.values_mut().zip(uses) {
        view.uses = uses;
    }
    Ok(found)
}

fn read_view(entry: &Entry, name: &TableName, found: &mut Reflected) {
    let text = match definition::view(entry.sql.as_deref().unwrap_or_default()) {
        Ok(text) => text,
        Err(fault) => return found.doubt(name, fault.to_string()),
    };
    let view = view(name.clone()).columns(text.columns).query(&text.query).view;
    found.catalog.views.insert(name.clone(), view);
}

fn read_trigger(entry: &Entry, of: &TableName, found: &mut Reflected) {
    let text = match definition::trigger(entry.sql.as_deref().unwrap_or_default()) {
        Ok(text) => text,
        Err(fault) => {
            return found
                .note(of.clone(), format!("has a trigger, `{}`, which {fault}", entry.name));
        }
    };
    let trigger = Trigger {
        name: entry.name.clone(),
        timing: text.timing,
        events: vec![text.event],
        for_each_statement: false,
        when: text.when,
        action: TriggerAction::Body(text.body.replace("\r\n", "\n")),
    };
    let triggers = match found.catalog.views.get_mut(of) {
        Some(view) => &mut view.triggers,
        None => match found.catalog.tables.get_mut(of) {
            Some(table) => &mut table.triggers,
            None => return found.note(of.clone(), format!("has a trigger, `{}`", entry.name)),
        },
    };
    triggers.insert(trigger.name.clone(), trigger);
}

/// Whether SQLite made it for itself: `sqlite_sequence`, `sqlite_stat1`.
fn is_own(name: &str) -> bool {
    name.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("sqlite_"))
}

/// Whether a table is one that the modules which come with SQLite keep their data in.
fn is_shadow(name: &str, virtual_table: &str) -> bool {
    const PARTS: [&str; 11] = [
        "data", "idx", "content", "docsize", "config", "segments", "segdir", "stat", "node",
        "rowid", "parent",
    ];
    name.strip_prefix(virtual_table)
        .and_then(|rest| rest.strip_prefix('_'))
        .is_some_and(|part| PARTS.contains(&part))
}

fn read(name: &TableName, text: TableText, found: &mut Reflected) {
    let mut table = Table::new(name);
    // SQLite reads names in any case; the catalog has the one that the column was given.
    let spelled: Vec<String> = text.columns.iter().map(|column| column.name.clone()).collect();
    let spell = |names: Vec<String>| -> Vec<String> {
        let own = |name: String| {
            spelled.iter().find(|one| one.eq_ignore_ascii_case(&name)).cloned().unwrap_or(name)
        };
        names.into_iter().map(own).collect()
    };
    let key = text.primary_key.map(|key| (key.name, spell(key.columns)));
    let mut enums = BTreeMap::new();
    let mut checks = Vec::new();
    for check in text.checks {
        match enum_values(&check) {
            Some((column, values)) => drop(enums.insert(column, values)),
            None => checks.push(check),
        }
    }
    for one in text.columns {
        let is_key = key.as_ref().is_some_and(|(_, columns)| columns.contains(&one.name));
        let is_whole_key = key.as_ref().is_some_and(|(_, columns)| *columns == [one.name.clone()]);
        let mut column = Column::new(&one.name, sql_type(&one.declared, is_whole_key));
        if let Some(values) = enums.remove(&one.name) {
            let of = TypeName::from(format!("{}_{}", name.name, one.name));
            found.catalog.enums.insert(of.clone(), values);
            column.sql_type = SqlType::Enum(of);
        }
        column.nullable = !one.not_null && !is_key;
        column.default = one.default.map(|default| default_value(default, &column.sql_type));
        column.collation = one.collation.filter(|name| !name.eq_ignore_ascii_case("BINARY"));
        column.identity = (is_whole_key && text.counts).then(Identity::default);
        if let Some((expression, stored)) = one.generated {
            column.generated = Some(Generated { expression, stored });
        }
        table.columns.push(column);
    }
    if let Some((name, columns)) = key {
        add(&mut table, PrimaryKey { name: name.unwrap_or_default(), columns }.into());
    }
    for one in text.uniques {
        let unique = migrate_model::catalog::unique(spell(one.columns));
        add(&mut table, Unique { name: one.name.unwrap_or_default(), ..unique }.into());
    }
    for one in text.foreign_keys {
        let key = ForeignKey {
            name: one.name.unwrap_or_default(),
            columns: spell(one.columns),
            table: one.table.into(),
            referred: one.referred,
            on_delete: one.on_delete,
            on_update: one.on_update,
            deferrable: one.deferrable,
            not_valid: false,
            match_full: false,
        };
        add(&mut table, key.into());
    }
    for one in checks {
        let name = one.name.unwrap_or_default();
        add(&mut table, Check { name, expression: one.expression, not_valid: false }.into());
    }
    table.options.sqlite = SqliteTable { strict: text.strict, without_rowid: text.without_rowid };
    for what in text.unspoken {
        found.doubt(name, what);
    }
    found.catalog.tables.insert(name.clone(), table);
}

/// Adds a constraint; one that has no name gets the one that it would have been given.
fn add(table: &mut Table, mut constraint: Constraint) {
    if constraint.name().is_empty() || table.constraints.contains_key(constraint.name()) {
        let name = Naming::DEFAULT.name_constraint(table, &constraint);
        match &mut constraint {
            Constraint::PrimaryKey(key) => key.name = name,
            Constraint::Unique(unique) => unique.name = name,
            Constraint::ForeignKey(key) => key.name = name,
            Constraint::Check(check) => check.name = name,
            Constraint::Exclude(exclude) => exclude.name = name,
        }
    }
    table.constraints.insert(constraint.name().to_owned(), constraint);
}

/// Foreign keys that name no columns over there mean the primary key; and tables and columns are
/// found in any case.
fn implied_keys(found: &mut Reflected) {
    let tables = found.catalog.tables.clone();
    let target = |name: &TableName| {
        tables.values().find(|table| table.name.name.eq_ignore_ascii_case(&name.name))
    };
    let mut dangling = Vec::new();
    for table in found.catalog.tables.values_mut() {
        for constraint in table.constraints.values_mut() {
            let Constraint::ForeignKey(key) = constraint else { continue };
            let Some(parent) = target(&key.table) else {
                dangling.push((table.name.clone(), key.table.clone()));
                continue;
            };
            key.table = parent.name.clone();
            if key.referred.is_empty()
                && let Some(primary) = parent.primary_key()
            {
                key.referred = primary.columns.clone();
            }
            for name in &mut key.referred {
                let own = parent.columns.iter().find(|one| one.name.eq_ignore_ascii_case(name));
                if let Some(own) = own {
                    name.clone_from(&own.name);
                }
            }
        }
    }
    for (table, other) in dangling {
        if !found.catalog.opaque.contains(&other) {
            found.doubt(&table, format!("refers to `{other}`, which is not there"));
        }
    }
}

fn read_index(entry: &Entry, table: &TableName, found: &mut Reflected) {
    // One without text is that of a constraint.
    let Some(sql) = &entry.sql else { return };
    let Some(of) = found.catalog.tables.get_mut(table) else { return };
    let text = match definition::index(sql) {
        Ok(text) => text,
        Err(fault) => {
            return found.doubt(table, format!("has an index, `{}`, which {fault}", entry.name));
        }
    };
    let keys = text.keys.into_iter().map(|(part, descending)| {
        let column = |name: String| {
            of.columns
                .iter()
                .find(|one| one.name.eq_ignore_ascii_case(&name))
                .map_or(name, |column| column.name.clone())
        };
        IndexKey {
            of: match part {
                KeyPartText::Column(name) => KeyPart::Column(column(name)),
                KeyPartText::Expression(expression) => KeyPart::Expression(expression),
            },
            order: descending.then_some(Order::Descending),
            nulls: None,
        }
    });
    let index = Index {
        name: entry.name.clone(),
        unique: text.unique,
        keys: keys.collect(),
        predicate: text.predicate,
        postgres: Default::default(),
        mysql: Default::default(),
    };
    of.indexes.insert(index.name.clone(), index);
}

/// A default: what stands in no parentheses is a value, or one of the words for now.
fn default_value(default: DefaultText, sql_type: &SqlType) -> DefaultValue {
    match default {
        DefaultText::Expression(sql) => DefaultValue::Expression(sql),
        DefaultText::Plain(sql) => match literal::value(&sql, &sqlite_tokens(&sql), sql_type) {
            Some(value) => DefaultValue::Value(value),
            None if sql.to_ascii_uppercase().starts_with("CURRENT_") => {
                DefaultValue::Expression(sql.to_ascii_uppercase())
            }
            // Any other word spells a text.
            None if sql.starts_with(|c: char| c.is_alphabetic() || c == '_') => {
                DefaultValue::Value(Value::Text(sql))
            }
            None => DefaultValue::Expression(sql),
        },
    }
}

/// The column and values of a check that is how an enum is written: it has no name, stands at its column, and
/// is a list of texts.
fn enum_values(check: &CheckText) -> Option<(String, Vec<String>)> {
    let (None, Some(column)) = (&check.name, &check.column) else { return None };
    let sql = check.expression.as_str();
    let mut tokens = sqlite_tokens(sql);
    tokens.retain(|token| token.kind != TokenKind::Blank);
    let mut texts = tokens.iter().map(|token| (&sql[token.range.clone()], token.kind));
    let (name, kind) = texts.next()?;
    let quoted = format!("\"{}\"", column.replace('"', "\"\""));
    if !(name == quoted || kind == TokenKind::Word && name == column) {
        return None;
    }
    if !texts.next()?.0.eq_ignore_ascii_case("in") || texts.next()?.0 != "(" {
        return None;
    }
    let mut values = Vec::new();
    loop {
        let (value, TokenKind::Text) = texts.next()? else { return None };
        values.push(literal::unquote(value));
        match texts.next()?.0 {
            "," => {}
            ")" => break,
            _ => return None,
        }
    }
    texts.next().is_none().then(|| (column.clone(), values))
}

/// The type that a declared one is. What has no fellow here keeps its spelling.
fn sql_type(declared: &str, is_whole_key: bool) -> SqlType {
    let upper = declared.to_ascii_uppercase();
    let (word, numbers) = match upper.split_once('(') {
        None => (upper.trim(), Some(Vec::new())),
        Some((word, rest)) => {
            let numbers = rest.trim_end_matches(')').split(',').map(|one| one.trim().parse().ok());
            (word.trim(), numbers.collect::<Option<Vec<i64>>>())
        }
    };
    let custom = || SqlType::Custom(declared.to_owned());
    let Some(numbers) = numbers else { return custom() };
    let length = |of: fn(Option<u32>) -> SqlType| match numbers[..] {
        [] => of(None),
        [length] => u32::try_from(length).map_or_else(|_| custom(), |length| of(Some(length))),
        _ => custom(),
    };
    match (word, &numbers[..]) {
        // As a key of its own `INT` is no rowid, `INTEGER` is.
        ("INT", []) if is_whole_key => custom(),
        ("INTEGER" | "INT", []) => SqlType::Integer,
        ("BIGINT", []) => SqlType::BigInt,
        ("SMALLINT", []) => SqlType::SmallInt,
        ("BOOLEAN" | "BOOL", []) => SqlType::Boolean,
        ("REAL", []) => SqlType::Real,
        ("DOUBLE" | "DOUBLE PRECISION" | "FLOAT", []) => SqlType::Double,
        ("NUMERIC" | "DECIMAL", []) => SqlType::Numeric(None),
        ("NUMERIC" | "DECIMAL", [digits]) => numeric(*digits, 0).unwrap_or_else(custom),
        ("NUMERIC" | "DECIMAL", [digits, scale]) => numeric(*digits, *scale).unwrap_or_else(custom),
        ("VARCHAR" | "CHARACTER VARYING", _) => length(SqlType::Varchar),
        ("CHAR" | "CHARACTER", _) => length(SqlType::Char),
        ("TEXT", []) => SqlType::Text,
        ("BLOB", []) => SqlType::Binary,
        ("DATE", []) => SqlType::Date,
        ("TIME", []) => SqlType::Time { precision: None, zone: false },
        ("TIMESTAMP" | "DATETIME", []) => SqlType::Timestamp { precision: None, zone: false },
        _ => custom(),
    }
}

fn numeric(digits: i64, scale: i64) -> Option<SqlType> {
    Some(SqlType::Numeric(Some((digits.try_into().ok()?, scale.try_into().ok()?))))
}
