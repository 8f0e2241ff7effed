//! Types, and values of them.

use migrate_core::catalog::{Column, Constraint, DefaultValue, Generated, SqlType, Table, Value};
use migrate_core::prelude::*;

use super::{Dice, Scene};

/// Texts that do harm where they are not quoted as they should be.
pub(crate) const TEXTS: [&str; 10] = [
    "x",
    "",
    "it's",
    "\\",
    "\\'; --",
    "\"q\" `b`",
    "$$ $1 %s {} ? :name",
    "\n\t",
    "🦀 é\u{301}",
    "NULL",
];

/// A type, of those that the database has; now and then of those that another has.
pub(crate) fn sql_type(scene: &mut Scene<'_>) -> SqlType {
    let common = [
        SqlType::Boolean,
        SqlType::TinyInt,
        SqlType::SmallInt,
        SqlType::Integer,
        SqlType::BigInt,
        SqlType::Real,
        SqlType::Double,
        types::numeric(20, 4),
        SqlType::Numeric(None),
        SqlType::Text,
        types::varchar(80),
        types::char(3),
        SqlType::Binary,
        SqlType::Date,
        SqlType::Time { precision: None, zone: false },
        SqlType::Timestamp { precision: None, zone: false },
        SqlType::Timestamp { precision: Some(3), zone: true },
        SqlType::Json,
        SqlType::Jsonb,
        SqlType::Uuid,
    ];
    let postgres = [
        SqlType::Interval,
        SqlType::Inet,
        SqlType::Cidr,
        SqlType::MacAddr,
        SqlType::MacAddr8,
        SqlType::Money,
        SqlType::Oid,
        SqlType::PgLsn,
        SqlType::InternalChar,
        types::array(types::text()),
        types::array(types::array(types::bigint())),
        types::range(RangeType::Int4),
        types::range(RangeType::Tstz),
        SqlType::Multirange(RangeType::Num),
        SqlType::Time { precision: Some(2), zone: true },
        types::custom("point"),
    ];
    let enums: Vec<SqlType> = scene.catalog.enums.keys().map(types::enumeration).collect();
    let likely = if scene.dialect() == Postgres { 2 } else { 20 };
    match scene.dice.below(8) {
        0 => scene.dice.pick(&enums).cloned().unwrap_or(SqlType::Text),
        1 if scene.dice.once_in(likely) => scene.dice.one(&postgres),
        _ => scene.dice.one(&common),
    }
}

/// A literal of the type, when there is one for it.
pub(crate) fn value(dice: &mut Dice, sql_type: &SqlType, labels: &[String]) -> Option<Value> {
    let text = |text: &str| Some(Value::from(text));
    match sql_type {
        SqlType::Boolean => Some(Value::Bool(dice.once_in(2))),
        SqlType::TinyInt => Some(Value::Int(dice.one(&[0, 127]))),
        SqlType::Unsigned(_) => Some(Value::Int(dice.one(&[0, 100]))),
        SqlType::SmallInt => Some(Value::Int(dice.one(&[0, -7, i64::from(i16::MAX)]))),
        SqlType::Integer => Some(Value::Int(dice.one(&[1, -7, i64::from(i32::MIN)]))),
        SqlType::BigInt => Some(Value::Int(dice.one(&[2, -7, i64::MAX, i64::MIN]))),
        SqlType::Real => Some(Value::Float(dice.one(&[0.5, -0.0, 1e30]))),
        SqlType::Double => Some(Value::Float(dice.one(&[0.1, -0.0, 1e300, 5e-300]))),
        SqlType::Numeric(_) => {
            Some(dice.one(&[decimal("-1.50"), decimal("12345678.0001"), Value::Int(3)]))
        }
        SqlType::Text | SqlType::Citext => text(dice.one(&TEXTS)),
        SqlType::Varchar(_) => text(dice.one(&TEXTS)),
        SqlType::Char(_) => text(dice.one(&["EUR", "it'", "\\'\\"])),
        SqlType::Binary => Some(Value::Bytes(dice.one(&[vec![], vec![0, b'\'', b'\\', 255]]))),
        SqlType::Date => text("2024-02-29"),
        SqlType::Time { .. } => text("23:59:59"),
        SqlType::Timestamp { .. } => text("2024-02-29 12:00:00"),
        SqlType::Interval => text("1 day"),
        SqlType::Json | SqlType::Jsonb => text(dice.one(&["{}", "{\"it's\": \"\\\\\"}", "[1, 2]"])),
        SqlType::Uuid => text("3f2a9c41-b7d0-4e1f-8a5b-0123456789ab"),
        SqlType::Inet | SqlType::Cidr => text("10.0.0.0/8"),
        SqlType::MacAddr => text("08:00:2b:01:02:03"),
        SqlType::MacAddr8 => text("08:00:2b:01:02:03:04:05"),
        SqlType::Money => Some(decimal("12.34")),
        SqlType::Oid => Some(Value::Int(7)),
        SqlType::PgLsn => text("16/B374D848"),
        SqlType::InternalChar => text("x"),
        SqlType::Array(_) | SqlType::Multirange(_) => text("{}"),
        SqlType::Range(_) => text("empty"),
        SqlType::Enum(_) => Some(Value::from(labels.first()?.as_str())),
        SqlType::Custom(_) => None,
    }
}

/// A literal default, or an expression of the same kind.
pub(crate) fn default(scene: &mut Scene<'_>, sql_type: &SqlType) -> Option<DefaultValue> {
    let is_moment = matches!(sql_type, SqlType::Timestamp { .. });
    if is_moment && scene.dice.once_in(2) {
        return Some(expression("CURRENT_TIMESTAMP"));
    }
    if sql_type.is_integer() && scene.dice.once_in(4) {
        return Some(expression("(1 + 1)"));
    }
    let labels = match sql_type.enum_name() {
        Some(name) => scene.catalog.enums.get(name)?.clone(),
        None => Vec::new(),
    };
    value(&mut scene.dice, sql_type, &labels).map(DefaultValue::Value)
}

/// An expression that every row can get, in every database.
pub(crate) fn filling(sql_type: &SqlType) -> Option<&'static str> {
    match sql_type {
        SqlType::Text | SqlType::Varchar(_) | SqlType::Char(_) | SqlType::Citext => Some("'x'"),
        SqlType::TinyInt
        | SqlType::SmallInt
        | SqlType::Integer
        | SqlType::BigInt
        | SqlType::Unsigned(_)
        | SqlType::Numeric(_) => Some("1"),
        SqlType::Real | SqlType::Double => Some("0.5"),
        SqlType::Boolean => Some("TRUE"),
        SqlType::Timestamp { .. } | SqlType::Date => Some("'2024-01-01'"),
        SqlType::Binary
        | SqlType::Time { .. }
        | SqlType::Interval
        | SqlType::Json
        | SqlType::Jsonb
        | SqlType::Uuid
        | SqlType::Inet
        | SqlType::Cidr
        | SqlType::MacAddr
        | SqlType::MacAddr8
        | SqlType::Money
        | SqlType::Oid
        | SqlType::PgLsn
        | SqlType::InternalChar
        | SqlType::Array(_)
        | SqlType::Range(_)
        | SqlType::Multirange(_)
        | SqlType::Enum(_)
        | SqlType::Custom(_) => None,
    }
}

/// Whether the type compares, so that it can be a key. MySQL wants a length for text.
pub(crate) fn is_key(dialect: Dialect, sql_type: &SqlType) -> bool {
    let is_long = matches!(sql_type, SqlType::Text | SqlType::Binary | SqlType::Citext);
    let compares = !matches!(
        sql_type,
        SqlType::Json
            | SqlType::Jsonb
            | SqlType::Custom(_)
            | SqlType::Array(_)
            | SqlType::InternalChar
    );
    compares && !(is_long && dialect == Mysql)
}

/// Whether a key, a check or a computed column is about it.
pub(crate) fn is_used(table: &Table, column: &Column) -> bool {
    is_in_key(table, column)
        || is_computed_from(table, column)
        || table.constraints.values().any(|one| one.is_about(&column.name))
}

/// Whether a key or a unique index is about it.
pub(crate) fn is_in_key(table: &Table, column: &Column) -> bool {
    let is_key = |one: &Constraint| !matches!(one, Constraint::Check(_));
    table.constraints.values().any(|one| is_key(one) && one.is_about(&column.name))
        || table.indexes.values().any(|index| index.unique && index.is_about(&column.name))
}

/// Whether another column is computed from it.
pub(crate) fn is_computed_from(table: &Table, column: &Column) -> bool {
    let is_named = |made: &Generated| made.expression.contains(&column.name);
    table.columns.iter().any(|other| other.generated.as_ref().is_some_and(is_named))
}
