//! How types are written in `schema.rs`.
//!
//! Some databases lack some types: each is written by the name that `diesel print-schema` writes on that database. How names
//! are read is in `migrate_model::source::schema`.

use migrate_model::Dialect;
use migrate_model::catalog::{SqlType, TypeName};
use migrate_model::source::schema::{camel, capital};

/// A type in a `table!`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    /// `Array<Nullable<Int4>>`, without the `Nullable` of the column itself.
    pub(super) name: String,
    /// What `#[max_length = …]` says.
    pub(super) max_length: Option<u32>,
    /// The type of the database that has to be declared beside the tables.
    pub(super) custom: Option<TypeName>,
}

/// How a type is written in the `schema.rs` of a database.
pub(super) fn written(sql_type: &SqlType, dialect: Dialect) -> Written {
    let name = match dialect {
        Dialect::Postgres => postgres(sql_type),
        Dialect::Sqlite => sqlite(sql_type),
        Dialect::Mysql | Dialect::Mariadb => mysql(sql_type),
    };
    let mut max_length = None;
    if let SqlType::Varchar(length) | SqlType::Char(length) = sql_type
        && dialect != Dialect::Sqlite
    {
        max_length = *length;
    }
    Written { name, max_length, custom: custom(sql_type, dialect) }
}

/// The type of PostgreSQL that Diesel has no word for.
fn custom(sql_type: &SqlType, dialect: Dialect) -> Option<TypeName> {
    if let SqlType::Array(of) = sql_type {
        return custom(of, dialect);
    }
    if dialect != Dialect::Postgres {
        return None;
    }
    if let SqlType::Custom(spelling) = sql_type {
        return Some(TypeName::from(spelling.as_str()));
    }
    sql_type.enum_name().cloned()
}

fn postgres(sql_type: &SqlType) -> String {
    let name = match sql_type {
        SqlType::Boolean => "Bool",
        SqlType::TinyInt | SqlType::SmallInt => "Int2",
        SqlType::Integer => "Int4",
        SqlType::BigInt => "Int8",
        SqlType::Real => "Float4",
        SqlType::Double => "Float8",
        SqlType::Numeric(_) => "Numeric",
        SqlType::Text => "Text",
        SqlType::Varchar(_) => "Varchar",
        SqlType::Char(_) => "Bpchar",
        SqlType::Citext => "Citext",
        SqlType::Binary => "Bytea",
        SqlType::Date => "Date",
        SqlType::Time { .. } => "Time",
        SqlType::Timestamp { zone: false, .. } => "Timestamp",
        SqlType::Timestamp { zone: true, .. } => "Timestamptz",
        SqlType::Interval => "Interval",
        SqlType::Json => "Json",
        SqlType::Jsonb => "Jsonb",
        SqlType::Uuid => "Uuid",
        SqlType::Inet => "Inet",
        SqlType::Cidr => "Cidr",
        SqlType::MacAddr => "Macaddr",
        SqlType::MacAddr8 => "Macaddr8",
        SqlType::Money => "Money",
        SqlType::Oid => "Oid",
        SqlType::PgLsn => "PgLsn",
        SqlType::InternalChar => "CChar",
        SqlType::Unsigned(of) => return postgres(of),
        SqlType::Array(of) => return format!("Array<Nullable<{}>>", postgres(of)),
        SqlType::Range(of) => return format!("{}range", capital(of.word())),
        SqlType::Multirange(of) => return format!("{}multirange", capital(of.word())),
        SqlType::Enum(name) => return camel(&name.name),
        SqlType::Custom(spelling) => return camel(spelling),
    };
    name.to_owned()
}

/// By the words that are declared there: Diesel looks for pieces of them.
fn sqlite(sql_type: &SqlType) -> String {
    let name = match sql_type {
        SqlType::Boolean => "Bool",
        SqlType::TinyInt | SqlType::SmallInt => "SmallInt",
        SqlType::Integer => "Integer",
        SqlType::BigInt => "BigInt",
        SqlType::Real => "Float",
        SqlType::Double | SqlType::Numeric(_) => "Double",
        SqlType::Binary | SqlType::Jsonb => "Binary",
        SqlType::Date => "Date",
        SqlType::Time { .. } => "Time",
        SqlType::Timestamp { .. } => "Timestamp",
        SqlType::Unsigned(of) => return sqlite(of),
        SqlType::Custom(spelling) => return sqlite_custom(spelling),
        SqlType::Text
        | SqlType::Varchar(_)
        | SqlType::Char(_)
        | SqlType::Citext
        | SqlType::Json
        | SqlType::Uuid
        | SqlType::Enum(_)
        | SqlType::Interval
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
        | SqlType::Multirange(_) => "Text",
    };
    name.to_owned()
}

/// A declared type by Diesel's rules for SQLite, in their order.
fn sqlite_custom(spelling: &str) -> String {
    let word = spelling.to_lowercase();
    let has = |pieces: &[&str]| pieces.iter().any(|piece| word.contains(piece));
    let both = |one: &str, other: &str| word.contains(one) && word.contains(other);
    let name = if has(&["bool"]) || both("tiny", "int") {
        "Bool"
    } else if has(&["int2"]) || both("small", "int") {
        "SmallInt"
    } else if has(&["int8"]) || both("big", "int") {
        "BigInt"
    } else if has(&["int"]) {
        "Integer"
    } else if has(&["char", "clob", "text"]) {
        "Text"
    } else if word.is_empty() || has(&["blob", "binary"]) {
        "Binary"
    } else if has(&["float", "real"]) {
        "Float"
    } else if has(&["double", "num", "dec"]) {
        "Double"
    } else {
        return camel(spelling);
    };
    name.to_owned()
}

fn mysql(sql_type: &SqlType) -> String {
    let name = match sql_type {
        SqlType::Boolean => "Bool",
        SqlType::TinyInt => "Tinyint",
        SqlType::SmallInt => "Smallint",
        SqlType::Integer => "Integer",
        SqlType::BigInt => "Bigint",
        SqlType::Real => "Float",
        SqlType::Double => "Double",
        SqlType::Numeric(_) => "Decimal",
        SqlType::Text | SqlType::Citext => "Longtext",
        SqlType::Varchar(_) => "Varchar",
        SqlType::Char(_) | SqlType::Uuid => "Char",
        SqlType::Binary => "Longblob",
        SqlType::Date => "Date",
        SqlType::Time { .. } => "Time",
        SqlType::Timestamp { zone: false, .. } => "Datetime",
        SqlType::Timestamp { zone: true, .. } => "Timestamp",
        SqlType::Json | SqlType::Jsonb => "Json",
        SqlType::Unsigned(of) => return format!("Unsigned<{}>", mysql(of)),
        SqlType::Enum(name) => return camel(&name.name),
        SqlType::Custom(spelling) => return camel(spelling),
        SqlType::Interval
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
        | SqlType::Multirange(_) => "Text",
    };
    name.to_owned()
}
