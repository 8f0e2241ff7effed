//! What SQLite makes of a catalog: types become the ones that it has words for, an enum belongs to its column, and
//! comments and what only other databases have are gone.

use migrate_model::{
    Dialect,
    catalog::{
        Catalog, Column, Constraint, DefaultValue, Identity, Index, KeyPart, Order, SqlType, Table,
        Trigger, TriggerAction, TriggerEvent, TypeName, Value,
    },
    sql::{Token, TokenKind, sqlite_tokens},
};

use super::types::spell_strict;
use crate::backend::{ansi, literal};

pub(crate) fn normalize(catalog: &Catalog) -> Catalog {
    let mut folded = Catalog { opaque: catalog.opaque.clone(), ..Catalog::default() };
    for (name, table) in &catalog.tables {
        let mut table = table.clone();
        table.comment = None;
        table.options.postgres = Default::default();
        table.options.mysql = Default::default();
        let is_strict = table.options.sqlite.strict;
        let of = name.name.clone();
        for column in &mut table.columns {
            if let Some(values) = column.sql_type.enum_name().and_then(|one| catalog.enums.get(one))
            {
                let name = TypeName::from(format!("{of}_{}", column.name));
                folded.enums.insert(name.clone(), values.clone());
                column.sql_type = SqlType::Enum(name);
            }
            fold_column(column);
            if is_strict {
                fold_strict(column);
            }
        }
        table.constraints.values_mut().for_each(fold_constraint);
        table.indexes.values_mut().for_each(fold_index);
        table.triggers.values_mut().for_each(fold_trigger);
        folded.tables.insert(name.clone(), not_null_keys(table));
    }
    for (name, view) in &catalog.views {
        let mut view = view.clone();
        view.query = statement(&view.query);
        view.triggers.values_mut().for_each(fold_trigger);
        folded.views.insert(name.clone(), view);
    }
    folded
}

fn fold_column(column: &mut Column) {
    column.comment = None;
    if column.sql_type == SqlType::Citext {
        column.collation = Some("NOCASE".to_owned());
    }
    if column.collation.as_deref().is_some_and(|name| name.eq_ignore_ascii_case("BINARY")) {
        column.collation = None;
    }
    if column.sql_type == SqlType::Jsonb
        && let Some(DefaultValue::Value(value @ Value::Text(_))) = &column.default
        && let Ok(text) = ansi::literal(Dialect::Sqlite, value)
    {
        column.default = Some(DefaultValue::Expression(format!("jsonb({text})")));
    }
    column.sql_type = kept(&column.sql_type);
    if let Some(identity) = &mut column.identity {
        *identity = Identity::default();
        // Which it is, whatever it was declared as.
        column.sql_type = SqlType::Integer;
    }
    literal::fold(column, sqlite_tokens);
    if let Some(DefaultValue::Expression(expression)) = &mut column.default {
        bare(expression);
    }
    if let Some(generated) = &mut column.generated {
        bare(&mut generated.expression);
    }
}

/// A STRICT table knows six words for types.
fn fold_strict(column: &mut Column) {
    if let Some(DefaultValue::Value(value)) = &mut column.default
        && let Value::Bool(flag) = *value
    {
        *value = Value::Int(flag.into());
    }
    if let SqlType::Enum(_) = column.sql_type {
        return;
    }
    column.sql_type = match spell_strict(&column.sql_type).as_deref() {
        Ok("INTEGER") => SqlType::Integer,
        Ok("REAL") => SqlType::Real,
        Ok("BLOB") => SqlType::Binary,
        Ok("TEXT") => SqlType::Text,
        Ok(_) | Err(_) => SqlType::Custom("ANY".to_owned()),
    };
}

/// The type as which it comes back.
fn kept(sql_type: &SqlType) -> SqlType {
    match sql_type {
        SqlType::Citext | SqlType::Json | SqlType::Uuid => SqlType::Text,
        SqlType::Jsonb => SqlType::Binary,
        SqlType::Time { .. } => SqlType::Time { precision: None, zone: false },
        SqlType::Timestamp { .. } => SqlType::Timestamp { precision: None, zone: false },
        SqlType::TinyInt => SqlType::SmallInt,
        SqlType::Boolean
        | SqlType::SmallInt
        | SqlType::Integer
        | SqlType::BigInt
        | SqlType::Real
        | SqlType::Double
        | SqlType::Numeric(_)
        | SqlType::Text
        | SqlType::Varchar(_)
        | SqlType::Char(_)
        | SqlType::Binary
        | SqlType::Date
        | SqlType::Interval
        | SqlType::Inet
        | SqlType::Cidr
        | SqlType::MacAddr
        | SqlType::MacAddr8
        | SqlType::Money
        | SqlType::Oid
        | SqlType::PgLsn
        | SqlType::InternalChar
        | SqlType::Unsigned(_)
        | SqlType::Array(_)
        | SqlType::Range(_)
        | SqlType::Multirange(_)
        | SqlType::Enum(_)
        | SqlType::Custom(_) => sql_type.clone(),
    }
}

fn fold_constraint(constraint: &mut Constraint) {
    match constraint {
        Constraint::Unique(unique) => {
            unique.include.clear();
            unique.nulls_not_distinct = false;
        }
        Constraint::ForeignKey(key) => {
            key.not_valid = false;
            key.match_full = false;
        }
        Constraint::Check(check) => {
            check.not_valid = false;
            bare(&mut check.expression);
        }
        Constraint::PrimaryKey(_) | Constraint::Exclude(_) => {}
    }
}

fn fold_index(index: &mut Index) {
    index.postgres = Default::default();
    index.mysql = Default::default();
    for key in &mut index.keys {
        if key.order == Some(Order::Ascending) {
            key.order = None;
        }
        if let KeyPart::Expression(expression) = &mut key.of {
            bare(expression);
        }
    }
    if let Some(predicate) = &mut index.predicate {
        bare(predicate);
    }
}

/// Without parentheses around the whole: SQLite keeps an expression as it was written.
fn bare(expression: &mut String) {
    loop {
        let inner = literal::without_parentheses(expression.trim());
        if inner == expression {
            return;
        }
        *expression = inner.to_owned();
    }
}

fn fold_trigger(trigger: &mut Trigger) {
    for event in &mut trigger.events {
        if let TriggerEvent::Update(columns) = event {
            columns.sort();
        }
    }
    if let TriggerAction::Body(body) = &mut trigger.action {
        *body = statement(body);
    }
}

/// SQL without the semicolon and the comments at its end.
fn statement(sql: &str) -> String {
    let is_said =
        |token: &&Token| token.kind != TokenKind::Blank && sql[token.range.clone()] != *";";
    let end = sqlite_tokens(sql).iter().rfind(is_said).map_or(0, |token| token.range.end);
    sql[..end].to_owned()
}

/// Tables whose key's columns hold no NULL, as the catalog has it; SQLite lets some of them.
fn not_null_keys(mut table: Table) -> Table {
    let key = table.primary_key().map(|key| key.columns.clone()).unwrap_or_default();
    for column in table.columns.iter_mut().filter(|column| key.contains(&column.name)) {
        column.nullable = false;
    }
    table
}
