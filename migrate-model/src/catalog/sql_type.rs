//! The types of columns.
//!
//! The list is Diesel's `sql_types`, as far as PostgreSQL and SQLite have them, with what Diesel
//! leaves out: length, precision and time zone. How a database spells a type is its backend's business.

use std::fmt;

use super::{DefaultValue, TypeName, Value, value::is_decimal};

/// The type of a column.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SqlType {
    /// `boolean`.
    Boolean,
    /// One byte (MySQL, MariaDB); two elsewhere.
    TinyInt,
    /// Two bytes.
    SmallInt,
    /// Four bytes.
    Integer,
    /// Eight bytes.
    BigInt,
    /// Four bytes of floating point.
    Real,
    /// Eight bytes of floating point.
    Double,
    /// An exact number: digits in all, and behind the point.
    Numeric(Option<(u16, i16)>),
    /// Text of any length.
    Text,
    /// Text of at most so many characters.
    Varchar(Option<u32>),
    /// Text padded to so many characters.
    Char(Option<u32>),
    /// Text that compares without case (PostgreSQL's extension `citext`).
    Citext,
    /// Bytes.
    Binary,
    /// A day.
    Date,
    /// A time of day.
    Time {
        /// Digits behind the second.
        precision: Option<u8>,
        /// With an offset from UTC.
        zone: bool,
    },
    /// A day and time.
    Timestamp {
        /// Digits behind the second.
        precision: Option<u8>,
        /// A point in time, whatever the session's time zone.
        zone: bool,
    },
    /// A span of time.
    Interval,
    /// JSON, kept as text.
    Json,
    /// JSON, kept parsed.
    Jsonb,
    /// A UUID.
    Uuid,
    /// An IP address, with or without a network.
    Inet,
    /// An IP network.
    Cidr,
    /// A MAC address of six bytes.
    MacAddr,
    /// A MAC address of eight bytes.
    MacAddr8,
    /// An amount in the server's currency.
    Money,
    /// An object identifier.
    Oid,
    /// A place in the write-ahead log.
    PgLsn,
    /// PostgreSQL's one-byte `"char"`.
    InternalChar,
    /// A whole number without a sign (MySQL, MariaDB).
    Unsigned(Box<SqlType>),
    /// An array.
    Array(Box<SqlType>),
    /// A range.
    Range(RangeType),
    /// Several ranges.
    Multirange(RangeType),
    /// An enum that the catalog knows.
    Enum(TypeName),
    /// Any other type, as the database spells it.
    Custom(String),
}

/// What a range is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RangeType {
    /// Of four-byte integers.
    Int4,
    /// Of eight-byte integers.
    Int8,
    /// Of exact numbers.
    Num,
    /// Of timestamps without a time zone.
    Ts,
    /// Of timestamps with a time zone.
    Tstz,
    /// Of days.
    Date,
}

impl RangeType {
    /// The word before `range` and `multirange`: `int4`, `tstz`.
    pub fn word(self) -> &'static str {
        match self {
            RangeType::Int4 => "int4",
            RangeType::Int8 => "int8",
            RangeType::Num => "num",
            RangeType::Ts => "ts",
            RangeType::Tstz => "tstz",
            RangeType::Date => "date",
        }
    }
}

impl SqlType {
    /// Whether it counts in whole numbers, as an identity column must.
    pub fn is_integer(&self) -> bool {
        if let SqlType::Unsigned(of) = self {
            return of.is_integer();
        }
        matches!(self, SqlType::TinyInt | SqlType::SmallInt | SqlType::Integer | SqlType::BigInt)
    }

    /// The enum that it is, or is an array of.
    pub fn enum_name(&self) -> Option<&TypeName> {
        if let SqlType::Array(of) = self {
            return of.enum_name();
        }
        if let SqlType::Enum(name) = self { Some(name) } else { None }
    }

    /// Whether a literal can be the default of a column of this type, as far as can be known without
    /// asking the database.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the smaller ones without a sign")]
    pub fn takes(&self, default: &DefaultValue) -> bool {
        let value = match default {
            DefaultValue::Expression(_) | DefaultValue::Value(Value::Null) => return true,
            DefaultValue::Value(value) => value,
        };
        match self {
            SqlType::Boolean => matches!(value, Value::Bool(_)),
            SqlType::TinyInt => {
                matches!(value, Value::Int(number) if i8::try_from(*number).is_ok())
            }
            SqlType::Unsigned(of) => {
                let number = match value {
                    Value::Int(number) => u64::try_from(*number).ok(),
                    Value::Decimal(digits) => digits.parse().ok(),
                    Value::Null
                    | Value::Bool(_)
                    | Value::Float(_)
                    | Value::Text(_)
                    | Value::Bytes(_) => None,
                };
                let most = match **of {
                    SqlType::TinyInt => u64::from(u8::MAX),
                    SqlType::SmallInt => u64::from(u16::MAX),
                    SqlType::Integer => u64::from(u32::MAX),
                    _ => u64::MAX,
                };
                number.is_some_and(|number| number <= most)
            }
            SqlType::SmallInt => {
                matches!(value, Value::Int(number) if i16::try_from(*number).is_ok())
            }
            SqlType::Integer => {
                matches!(value, Value::Int(number) if i32::try_from(*number).is_ok())
            }
            SqlType::BigInt | SqlType::Oid => matches!(value, Value::Int(_)),
            SqlType::Real | SqlType::Double => matches!(value, Value::Int(_) | Value::Float(_)),
            SqlType::Numeric(_) | SqlType::Money => match value {
                Value::Decimal(digits) => is_decimal(digits),
                Value::Int(_) | Value::Float(_) => true,
                Value::Null | Value::Bool(_) | Value::Text(_) | Value::Bytes(_) => false,
            },
            SqlType::Varchar(Some(length)) | SqlType::Char(Some(length)) => {
                matches!(value, Value::Text(text) if text.chars().count() <= *length as usize)
            }
            SqlType::Binary => matches!(value, Value::Bytes(_)),
            SqlType::Custom(_) => true,
            SqlType::Text
            | SqlType::Varchar(None)
            | SqlType::Char(None)
            | SqlType::Citext
            | SqlType::Date
            | SqlType::Time { .. }
            | SqlType::Timestamp { .. }
            | SqlType::Interval
            | SqlType::Json
            | SqlType::Jsonb
            | SqlType::Uuid
            | SqlType::Inet
            | SqlType::Cidr
            | SqlType::MacAddr
            | SqlType::MacAddr8
            | SqlType::PgLsn
            | SqlType::InternalChar
            | SqlType::Array(_)
            | SqlType::Range(_)
            | SqlType::Multirange(_)
            | SqlType::Enum(_) => matches!(value, Value::Text(_)),
        }
    }
}

/// The standard's spelling, PostgreSQL's where there is none: for messages and checksums, never for a database.
impl fmt::Display for SqlType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self {
            SqlType::Boolean => "boolean",
            SqlType::TinyInt => "tinyint",
            SqlType::Unsigned(of) => return write!(f, "{of} unsigned"),
            SqlType::SmallInt => "smallint",
            SqlType::Integer => "integer",
            SqlType::BigInt => "bigint",
            SqlType::Real => "real",
            SqlType::Double => "double precision",
            SqlType::Numeric(None) => "numeric",
            SqlType::Numeric(Some((precision, 0))) => return write!(f, "numeric({precision})"),
            SqlType::Numeric(Some((precision, scale))) => {
                return write!(f, "numeric({precision}, {scale})");
            }
            SqlType::Text => "text",
            SqlType::Varchar(None) => "varchar",
            SqlType::Varchar(Some(length)) => return write!(f, "varchar({length})"),
            SqlType::Char(None) => "char",
            SqlType::Char(Some(length)) => return write!(f, "char({length})"),
            SqlType::Citext => "citext",
            SqlType::Binary => "bytea",
            SqlType::Date => "date",
            SqlType::Time { precision, zone } => return with_zone(f, "time", *precision, *zone),
            SqlType::Timestamp { precision, zone } => {
                return with_zone(f, "timestamp", *precision, *zone);
            }
            SqlType::Interval => "interval",
            SqlType::Json => "json",
            SqlType::Jsonb => "jsonb",
            SqlType::Uuid => "uuid",
            SqlType::Inet => "inet",
            SqlType::Cidr => "cidr",
            SqlType::MacAddr => "macaddr",
            SqlType::MacAddr8 => "macaddr8",
            SqlType::Money => "money",
            SqlType::Oid => "oid",
            SqlType::PgLsn => "pg_lsn",
            SqlType::InternalChar => "\"char\"",
            SqlType::Array(of) => return write!(f, "{of}[]"),
            SqlType::Range(of) => return write!(f, "{}range", of.word()),
            SqlType::Multirange(of) => return write!(f, "{}multirange", of.word()),
            SqlType::Enum(name) => return write!(f, "{name}"),
            SqlType::Custom(spelling) => spelling,
        };
        f.write_str(word)
    }
}

fn with_zone(
    f: &mut fmt::Formatter<'_>,
    word: &str,
    precision: Option<u8>,
    zone: bool,
) -> fmt::Result {
    f.write_str(word)?;
    if zone {
        f.write_str("tz")?;
    }
    precision.map_or(Ok(()), |digits| write!(f, "({digits})"))
}

/// The types by name, for ops that change one: `set_type(types::numeric(20, 2))`.
///
/// ```
/// use migrate_model::catalog::types;
///
/// assert_eq!(types::numeric(20, 2).to_string(), "numeric(20, 2)");
/// assert_eq!(types::array(types::text()).to_string(), "text[]");
/// ```
pub mod types {
    use super::{RangeType, SqlType};
    use crate::catalog::TypeName;

    macro_rules! plain {
        ($($(#[$doc:meta])* $name:ident => $sql_type:expr),* $(,)?) => {
            $($(#[$doc])* pub fn $name() -> SqlType { $sql_type })*
        };
    }

    plain! {
        /// `boolean`.
        boolean => SqlType::Boolean,
        /// `tinyint`: one byte; two on PostgreSQL and SQLite.
        tinyint => SqlType::TinyInt,
        /// `smallint`.
        smallint => SqlType::SmallInt,
        /// `integer`.
        integer => SqlType::Integer,
        /// `bigint`.
        bigint => SqlType::BigInt,
        /// `real`.
        real => SqlType::Real,
        /// `double precision`.
        double => SqlType::Double,
        /// `text`.
        text => SqlType::Text,
        /// `citext`.
        citext => SqlType::Citext,
        /// Bytes: `bytea`, `BLOB`.
        binary => SqlType::Binary,
        /// `date`.
        date => SqlType::Date,
        /// `time` without a zone.
        time => SqlType::Time { precision: None, zone: false },
        /// `time with time zone`.
        timetz => SqlType::Time { precision: None, zone: true },
        /// `timestamp` without a zone.
        timestamp => SqlType::Timestamp { precision: None, zone: false },
        /// `timestamp with time zone`.
        timestamptz => SqlType::Timestamp { precision: None, zone: true },
        /// `interval`.
        interval => SqlType::Interval,
        /// `json`.
        json => SqlType::Json,
        /// `jsonb`.
        jsonb => SqlType::Jsonb,
        /// `uuid`.
        uuid => SqlType::Uuid,
        /// `inet`.
        inet => SqlType::Inet,
        /// `cidr`.
        cidr => SqlType::Cidr,
        /// `macaddr`.
        macaddr => SqlType::MacAddr,
        /// `macaddr8`.
        macaddr8 => SqlType::MacAddr8,
        /// `money`.
        money => SqlType::Money,
        /// `oid`.
        oid => SqlType::Oid,
        /// `pg_lsn`.
        pg_lsn => SqlType::PgLsn,
        /// PostgreSQL's one-byte `"char"`.
        internal_char => SqlType::InternalChar,
        /// `numeric` without a limit to its digits.
        numeric_unlimited => SqlType::Numeric(None),
        /// `varchar` without a limit to its length.
        varchar_unlimited => SqlType::Varchar(None),
    }

    /// `numeric(precision, scale)`: digits in all, and behind the point.
    pub fn numeric(precision: u16, scale: i16) -> SqlType {
        SqlType::Numeric(Some((precision, scale)))
    }

    /// `varchar(length)`, in characters.
    pub fn varchar(length: u32) -> SqlType {
        SqlType::Varchar(Some(length))
    }

    /// `char(length)`, in characters.
    pub fn char(length: u32) -> SqlType {
        SqlType::Char(Some(length))
    }

    /// A whole number without a sign (MySQL, MariaDB): `types::unsigned(types::bigint())`.
    pub fn unsigned(of: SqlType) -> SqlType {
        SqlType::Unsigned(Box::new(of))
    }

    /// An array of another type.
    pub fn array(of: SqlType) -> SqlType {
        SqlType::Array(Box::new(of))
    }

    /// A range.
    pub fn range(of: RangeType) -> SqlType {
        SqlType::Range(of)
    }

    /// A multirange (PostgreSQL 14).
    pub fn multirange(of: RangeType) -> SqlType {
        SqlType::Multirange(of)
    }

    /// A time with so many digits behind the second: `types::precision(types::timestamptz(), 3)`. Other types have
    /// none.
    pub fn precision(mut of: SqlType, digits: u8) -> SqlType {
        if let SqlType::Time { precision, .. } | SqlType::Timestamp { precision, .. } = &mut of {
            *precision = Some(digits);
        }
        of
    }

    /// An enum that `create_enum` made.
    pub fn enumeration(name: impl Into<TypeName>) -> SqlType {
        SqlType::Enum(name.into())
    }

    /// Any other type, as the database spells it.
    pub fn custom(spelling: &str) -> SqlType {
        SqlType::Custom(spelling.to_owned())
    }
}
