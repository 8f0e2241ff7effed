//! The types of columns: Diesel's names for them, and SQL's.
//!
//! Several names mean one type (`Int4`, `Integer`). Diesel's are too coarse for some types; these are said as SQL has them.

use crate::catalog::{RangeType, SqlType, types};

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

/// `order_status` as `OrderStatus`.
pub fn camel(name: &str) -> String {
    name.split(|c: char| !c.is_alphanumeric()).map(capital).collect()
}

/// `order` as `Order`.
pub fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// The type that `text` spells, as PostgreSQL or this library's own messages do: `timestamp(3)`, `numeric(12, 2)`, `text[]`,
/// `bigint unsigned`. What nobody knows is the database's own.
///
/// ```
/// use migrate_model::{catalog::SqlType, source::schema::spelled};
///
/// assert_eq!(spelled("character varying(40)"), SqlType::Varchar(Some(40)));
/// assert_eq!(spelled("ltree"), SqlType::Custom("ltree".into()));
/// ```
pub fn spelled(text: &str) -> SqlType {
    let text = text.trim();
    known(&text.to_lowercase()).unwrap_or_else(|| SqlType::Custom(text.to_owned()))
}

fn known(text: &str) -> Option<SqlType> {
    if let Some(of) = text.strip_suffix("[]") {
        return known(of).map(types::array);
    }
    if let Some(of) = text.strip_suffix(" unsigned") {
        return known(of).filter(SqlType::is_integer).map(types::unsigned);
    }
    let (word, numbers, rest) = match text.split_once('(') {
        Some((word, rest)) => {
            let (numbers, rest) = rest.split_once(')')?;
            (word, numbers.split(',').map(str::trim).collect(), rest)
        }
        None => (text, Vec::new(), ""),
    };
    let words: Vec<&str> = word.split_whitespace().chain(rest.split_whitespace()).collect();
    match (words.join(" ").as_str(), numbers.as_slice()) {
        ("numeric" | "decimal", [precision]) => Some(types::numeric(precision.parse().ok()?, 0)),
        ("numeric" | "decimal", [precision, scale]) => {
            Some(types::numeric(precision.parse().ok()?, scale.parse().ok()?))
        }
        ("varchar" | "character varying", [length]) => Some(types::varchar(length.parse().ok()?)),
        ("char" | "character" | "bpchar", [length]) => Some(types::char(length.parse().ok()?)),
        (word, [digits]) => Some(types::precision(moment(word)?, digits.parse().ok()?)),
        (word, []) => plainly(word),
        (_, _) => None,
    }
}

fn plainly(word: &str) -> Option<SqlType> {
    Some(match word {
        "boolean" | "bool" => SqlType::Boolean,
        "tinyint" => SqlType::TinyInt,
        "smallint" | "int2" => SqlType::SmallInt,
        "integer" | "int" | "int4" => SqlType::Integer,
        "bigint" | "int8" => SqlType::BigInt,
        "real" | "float4" => SqlType::Real,
        "double precision" | "double" | "float8" => SqlType::Double,
        "numeric" | "decimal" => SqlType::Numeric(None),
        "text" => SqlType::Text,
        "varchar" | "character varying" => SqlType::Varchar(None),
        "char" | "character" => SqlType::Char(None),
        "citext" => SqlType::Citext,
        "bytea" | "blob" => SqlType::Binary,
        "date" => SqlType::Date,
        "interval" => SqlType::Interval,
        "json" => SqlType::Json,
        "jsonb" => SqlType::Jsonb,
        "uuid" => SqlType::Uuid,
        "inet" => SqlType::Inet,
        "cidr" => SqlType::Cidr,
        "macaddr" => SqlType::MacAddr,
        "macaddr8" => SqlType::MacAddr8,
        "money" => SqlType::Money,
        "oid" => SqlType::Oid,
        "pg_lsn" => SqlType::PgLsn,
        "\"char\"" => SqlType::InternalChar,
        other => return moment(other).or_else(|| range_word(&capital(other))),
    })
}

fn moment(word: &str) -> Option<SqlType> {
    Some(match word {
        "time" | "time without time zone" => SqlType::Time { precision: None, zone: false },
        "timetz" | "time with time zone" => SqlType::Time { precision: None, zone: true },
        "timestamp" | "timestamp without time zone" | "datetime" => types::timestamp(),
        "timestamptz" | "timestamp with time zone" => types::timestamptz(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_of_a_type_is_read_as_that_type() {
        let check = |of: SqlType| assert_eq!(spelled(&of.to_string()), of);
        [types::boolean(), types::tinyint(), types::bigint(), types::double(), types::text()]
            .into_iter()
            .chain([
                types::varchar(40),
                types::char(2),
                types::numeric(12, 2),
                types::numeric(9, 0),
            ])
            .chain([types::precision(types::timestamptz(), 3), types::precision(types::time(), 0)])
            .chain([types::timestamp(), types::internal_char(), types::json(), types::jsonb()])
            .chain([types::unsigned(types::bigint()), types::array(types::varchar(9))])
            .chain(RANGES.map(types::range))
            .chain(RANGES.map(types::multirange))
            .chain([types::custom("ltree"), types::custom("Geometry(Point, 4326)")])
            .for_each(check);
    }

    #[test]
    fn other_spellings_are_known() {
        let check = |text: &str, expected: &str| assert_eq!(spelled(text).to_string(), expected);
        check("TIMESTAMP (3) WITH TIME ZONE", "timestamptz(3)");
        check("timestamp with time zone", "timestamptz");
        check("character varying(40)", "varchar(40)");
        check("int4", "integer");
        check("decimal(12,2)", "numeric(12, 2)");
        check("text[][]", "text[][]");
        check("ltree[]", "ltree[]");
        check("varchar(x)", "varchar(x)");
    }
}
