//! How PostgreSQL spells the types.

use migrate_model::catalog::{RangeType, SqlType, TypeName};

use crate::backend::{RenderError, ansi::Sql};
use migrate_model::Dialect;

/// The type as it stands behind a column's name.
#[expect(clippy::wildcard_enum_match_arm, reason = "the model spells types as PostgreSQL does")]
pub(crate) fn spell(sql_type: &SqlType) -> Result<String, RenderError> {
    match sql_type {
        SqlType::Enum(TypeName { schema, name }) => {
            Sql::new(Dialect::Postgres, "").qualified(schema.as_deref(), name).end()
        }
        SqlType::TinyInt => Ok("smallint".to_owned()),
        SqlType::Unsigned(of) => Err(RenderError::Unsupported {
            dialect: Dialect::Postgres,
            what: format!("type {of} unsigned"),
            instead: "take a wider type and a check: bigint(…).check(\"… >= 0\"); or put the op into op.only(Mysql, |op| …)".to_owned(),
        }),
        SqlType::Array(of) => Ok(format!("{}[]", spell(of)?)),
        SqlType::Time { precision, zone } => Ok(with_zone("time", *precision, *zone)),
        SqlType::Timestamp { precision, zone } => Ok(with_zone("timestamp", *precision, *zone)),
        // The model's own spelling is PostgreSQL's.
        other => Ok(other.to_string()),
    }
}

/// A type from what `pg_type` calls it, when it is one of PostgreSQL's own, and its modifier.
///
/// `spelled` is what `format_type` says, which is kept where the model has no word.
pub(super) fn read(own: Option<&str>, is_array: bool, modifier: i64, spelled: &str) -> SqlType {
    let one = own.and_then(|name| known(name, modifier));
    match one {
        Some(one) if is_array => SqlType::Array(Box::new(one)),
        Some(one) => one,
        None => SqlType::Custom(spelled.to_owned()),
    }
}

fn known(name: &str, modifier: i64) -> Option<SqlType> {
    let range = |word: &str| {
        let all = [
            RangeType::Int4,
            RangeType::Int8,
            RangeType::Num,
            RangeType::Ts,
            RangeType::Tstz,
            RangeType::Date,
        ];
        all.into_iter().find(|range| range.word() == word)
    };
    let length = (modifier >= 4).then(|| u32::try_from(modifier - 4).ok()).flatten();
    let precision = u8::try_from(modifier).ok();
    Some(match name {
        "bool" => SqlType::Boolean,
        "int2" => SqlType::SmallInt,
        "int4" => SqlType::Integer,
        "int8" => SqlType::BigInt,
        "float4" => SqlType::Real,
        "float8" => SqlType::Double,
        "numeric" if modifier < 4 => SqlType::Numeric(None),
        "numeric" => {
            let packed = modifier - 4;
            // The scale is a number of eleven bits with a sign.
            let scale = ((packed & 0x7ff) ^ 0x400) - 0x400;
            let digits = u16::try_from((packed >> 16) & 0xffff).ok()?;
            SqlType::Numeric(Some((digits, i16::try_from(scale).ok()?)))
        }
        "text" => SqlType::Text,
        "varchar" => SqlType::Varchar(length),
        // Without a length it is no `char`, which has one of 1.
        "bpchar" => SqlType::Char(Some(length?)),
        "citext" => SqlType::Citext,
        "bytea" => SqlType::Binary,
        "date" => SqlType::Date,
        "time" => SqlType::Time { precision, zone: false },
        "timetz" => SqlType::Time { precision, zone: true },
        "timestamp" => SqlType::Timestamp { precision, zone: false },
        "timestamptz" => SqlType::Timestamp { precision, zone: true },
        // `interval day to second` and the like are left to their spelling.
        "interval" if modifier == -1 => SqlType::Interval,
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
        "char" => SqlType::InternalChar,
        other => match other.strip_suffix("multirange").and_then(range) {
            Some(range) => SqlType::Multirange(range),
            None => SqlType::Range(other.strip_suffix("range").and_then(range)?),
        },
    })
}

fn with_zone(word: &str, precision: Option<u8>, zone: bool) -> String {
    let digits = precision.map(|digits| format!("({digits})")).unwrap_or_default();
    let zone = if zone { " with time zone" } else { "" };
    format!("{word}{digits}{zone}")
}

/// Whether it is text of some kind, which has a collation.
pub(super) fn is_text(sql_type: &SqlType) -> bool {
    matches!(sql_type, SqlType::Text | SqlType::Varchar(_) | SqlType::Char(_) | SqlType::Citext)
}

/// Whether PostgreSQL turns values of one type into the other by itself, as in an INSERT (its `pg_cast`,
/// where `castcontext` is `a` or `i`; everything can be assigned to text).
pub(super) fn is_assigned(from: &SqlType, to: &SqlType) -> bool {
    let is_number = |one: &SqlType| {
        matches!(one, SqlType::Real | SqlType::Double | SqlType::Numeric(_)) || one.is_integer()
    };
    let is_moment = |one: &SqlType| matches!(one, SqlType::Date | SqlType::Timestamp { .. });
    let is_json = |one: &SqlType| matches!(one, SqlType::Json | SqlType::Jsonb);
    let both = |is: &dyn Fn(&SqlType) -> bool| is(from) && is(to);
    is_text(to)
        || both(&is_number)
        || both(&is_moment)
        || both(&is_json)
        || std::mem::discriminant(from) == std::mem::discriminant(to)
            && !matches!(from, SqlType::Enum(_) | SqlType::Custom(_))
}

/// Types of `pg_catalog`, which is searched first: a type of that name could be made, and never again be named.
pub(super) const OWN_TYPES: [&str; 86] = [
    "aclitem",
    "any",
    "anyarray",
    "anyelement",
    "anyenum",
    "anyrange",
    "bit",
    "bool",
    "box",
    "bpchar",
    "bytea",
    "char",
    "cid",
    "cidr",
    "circle",
    "cstring",
    "date",
    "datemultirange",
    "daterange",
    "event_trigger",
    "float4",
    "float8",
    "gtsvector",
    "inet",
    "int2",
    "int2vector",
    "int4",
    "int4multirange",
    "int4range",
    "int8",
    "int8multirange",
    "int8range",
    "internal",
    "interval",
    "json",
    "jsonb",
    "jsonpath",
    "line",
    "lseg",
    "macaddr",
    "macaddr8",
    "money",
    "name",
    "numeric",
    "nummultirange",
    "numrange",
    "oid",
    "oidvector",
    "path",
    "pg_lsn",
    "pg_snapshot",
    "point",
    "polygon",
    "record",
    "refcursor",
    "regclass",
    "regcollation",
    "regconfig",
    "regdictionary",
    "regnamespace",
    "regoper",
    "regoperator",
    "regproc",
    "regprocedure",
    "regrole",
    "regtype",
    "text",
    "tid",
    "time",
    "timestamp",
    "timestamptz",
    "timetz",
    "trigger",
    "tsmultirange",
    "tsquery",
    "tsrange",
    "tstzmultirange",
    "tstzrange",
    "tsvector",
    "txid_snapshot",
    "unknown",
    "uuid",
    "varbit",
    "varchar",
    "void",
    "xml",
];
