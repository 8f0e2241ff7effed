//! The names that Diesel has for types.
//!
//! Several name one type (`Int4`, `Integer`), and some databases lack some: where a type is written, it is by the name that
//! `diesel print-schema` writes on that database.

use migrate_model::Dialect;
use migrate_model::catalog::{RangeType, SqlType, TypeName};

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

/// Names that a slip of the hand may have meant.
pub(super) const NAMES: [&str; 30] = [
    "Bool",
    "Int2",
    "SmallInt",
    "Int4",
    "Integer",
    "Int8",
    "BigInt",
    "Float4",
    "Float",
    "Float8",
    "Double",
    "Numeric",
    "Text",
    "Varchar",
    "Bpchar",
    "Citext",
    "Bytea",
    "Binary",
    "Date",
    "Time",
    "Timestamp",
    "Timestamptz",
    "Datetime",
    "Interval",
    "Json",
    "Jsonb",
    "Uuid",
    "Nullable",
    "Array",
    "Unsigned",
];

/// The type that is called `name` and takes no other type; none where nobody knows it.
pub(super) fn plain(name: &str, max_length: Option<u32>) -> Option<SqlType> {
    Some(match name {
        "Bool" => SqlType::Boolean,
        "TinyInt" | "Tinyint" => SqlType::TinyInt,
        "SmallInt" | "Smallint" | "Int2" | "SmallSerial" => SqlType::SmallInt,
        "Integer" | "Int4" | "Serial" => SqlType::Integer,
        "BigInt" | "Bigint" | "Int8" | "BigSerial" => SqlType::BigInt,
        "Float" | "Float4" => SqlType::Real,
        "Double" | "Float8" => SqlType::Double,
        "Numeric" | "Decimal" => SqlType::Numeric(None),
        "VarChar" | "Varchar" => SqlType::Varchar(max_length),
        "Text" | "Tinytext" | "Mediumtext" | "Longtext" => {
            max_length.map_or(SqlType::Text, |length| SqlType::Varchar(Some(length)))
        }
        "Char" | "Bpchar" => SqlType::Char(max_length),
        "Citext" => SqlType::Citext,
        "Binary" | "Bytea" | "Blob" | "Tinyblob" | "Mediumblob" | "Longblob" | "Varbinary"
        | "Bit" => SqlType::Binary,
        "Date" => SqlType::Date,
        "Time" => SqlType::Time { precision: None, zone: false },
        "Timestamp" | "Datetime" => SqlType::Timestamp { precision: None, zone: false },
        "Timestamptz" | "TimestamptzSqlite" => SqlType::Timestamp { precision: None, zone: true },
        "Interval" => SqlType::Interval,
        "Json" => SqlType::Json,
        "Jsonb" => SqlType::Jsonb,
        "Uuid" => SqlType::Uuid,
        "Inet" => SqlType::Inet,
        "Cidr" => SqlType::Cidr,
        "MacAddr" | "Macaddr" => SqlType::MacAddr,
        "MacAddr8" | "Macaddr8" => SqlType::MacAddr8,
        "Money" | "Cash" => SqlType::Money,
        "Oid" => SqlType::Oid,
        "PgLsn" => SqlType::PgLsn,
        "CChar" => SqlType::InternalChar,
        other => return range_word(other),
    })
}

/// `Int4range`, `Datemultirange`.
fn range_word(name: &str) -> Option<SqlType> {
    RANGES.iter().find_map(|of| {
        let word = capital(of.word());
        if name == format!("{word}range") {
            Some(SqlType::Range(*of))
        } else if name == format!("{word}multirange") {
            Some(SqlType::Multirange(*of))
        } else {
            None
        }
    })
}

const RANGES: [RangeType; 6] = [
    RangeType::Int4,
    RangeType::Int8,
    RangeType::Num,
    RangeType::Ts,
    RangeType::Tstz,
    RangeType::Date,
];

/// The range of this type.
pub(super) fn range_of(inner: &SqlType) -> Option<RangeType> {
    let of = |range: &RangeType| match range {
        RangeType::Int4 => SqlType::Integer,
        RangeType::Int8 => SqlType::BigInt,
        RangeType::Num => SqlType::Numeric(None),
        RangeType::Ts => SqlType::Timestamp { precision: None, zone: false },
        RangeType::Tstz => SqlType::Timestamp { precision: None, zone: true },
        RangeType::Date => SqlType::Date,
    };
    RANGES.into_iter().find(|range| of(range) == *inner)
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

/// `order_status` as `OrderStatus`.
pub(super) fn camel(name: &str) -> String {
    name.split(|c: char| !c.is_alphanumeric()).map(capital).collect()
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
