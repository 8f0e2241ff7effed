//! How MySQL and MariaDB spell the types.

use migrate_model::{
    Dialect,
    catalog::{Catalog, Column, SqlType, Value},
};

use super::render::{start, unsupported};
use crate::backend::RenderError;

/// Most characters of a VARCHAR, at four bytes for each, that fit into a row.
const LONGEST_VARCHAR: u32 = 16_383;

/// The type as it stands behind a column's name.
///
/// `TEXT` ends at 65,535 bytes, so text of any length is LONGTEXT; a second has six digits behind the point, as on
/// PostgreSQL, and not none, which would be the default here; TIMESTAMP is the point in time and DATETIME what a
/// clock on the wall shows.
pub(super) fn spell(
    dialect: Dialect,
    column: &Column,
    catalog: &Catalog,
) -> Result<String, RenderError> {
    let refused = |instead: &str| {
        Err(unsupported(
            dialect,
            &format!("type {} (column `{}`)", column.sql_type, column.name),
            instead,
        ))
    };
    Ok(match &column.sql_type {
        SqlType::Boolean => "boolean".to_owned(),
        SqlType::TinyInt => "tinyint".to_owned(),
        SqlType::Unsigned(of) => {
            let signed = Column { sql_type: (**of).clone(), ..column.clone() };
            format!("{} unsigned", spell(dialect, &signed, catalog)?)
        }
        SqlType::SmallInt => "smallint".to_owned(),
        SqlType::Integer => "int".to_owned(),
        SqlType::BigInt => "bigint".to_owned(),
        SqlType::Real => "float".to_owned(),
        SqlType::Double => "double".to_owned(),
        SqlType::Numeric(Some((precision @ 1..=65, scale @ 0..=30)))
            if i32::from(*scale) <= i32::from(*precision) =>
        {
            format!("decimal({precision}, {scale})")
        }
        SqlType::Numeric(Some(_)) => {
            return refused(
                "up to 65 digits, of which up to 30 behind the point, are kept exactly",
            );
        }
        // By itself it would have ten digits, and none behind the point.
        SqlType::Numeric(None) => {
            return refused(
                "say how many digits: numeric(\"price\", 20, 6); 65 are the most, 30 of them behind the point",
            );
        }
        SqlType::Text | SqlType::Varchar(None) => "longtext".to_owned(),
        SqlType::Varchar(Some(length)) if *length > LONGEST_VARCHAR => {
            return refused("keep it as text(…), which has no such limit");
        }
        SqlType::Varchar(Some(length)) => format!("varchar({length})"),
        SqlType::Char(Some(length)) if *length > 255 => {
            return refused("keep it as varchar(…) or text(…); a char has at most 255 characters");
        }
        SqlType::Char(length) => format!("char({})", length.unwrap_or(1)),
        SqlType::Citext => {
            return refused(
                "most collations here compare without case by themselves: varchar(…) or text(…), with .collate(…) if the database's own does not",
            );
        }
        SqlType::Binary => "longblob".to_owned(),
        SqlType::Date => "date".to_owned(),
        SqlType::Time { zone: true, .. } => {
            return refused("keep it as time(…), and the offset in a column of its own");
        }
        SqlType::Time { precision, .. } => format!("time{}", digits(*precision)),
        SqlType::Timestamp { precision, zone: false } => format!("datetime{}", digits(*precision)),
        SqlType::Timestamp { precision, zone: true } => format!("timestamp{}", digits(*precision)),
        SqlType::Json | SqlType::Jsonb => "json".to_owned(),
        SqlType::Uuid => "char(36)".to_owned(),
        SqlType::Enum(name) => {
            let values = catalog.enum_values(name)?.iter().map(|value| Value::from(value.as_str()));
            return start(dialect, "enum(")
                .list(values, |sql, value| sql.value(&value))
                .raw(")")
                .end();
        }
        SqlType::Custom(spelling) => spelling.clone(),
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
        | SqlType::Multirange(_) => {
            return refused(
                "keep it as text(…) or json(…), or put the op into op.only(Postgres, |op| …)",
            );
        }
    })
}

/// Digits behind the second, in parentheses.
pub(super) fn digits(precision: Option<u8>) -> String {
    match precision.unwrap_or(6) {
        0 => String::new(),
        digits => format!("({digits})"),
    }
}

/// The present moment as a default, if the expression is that: it must have as many digits as the column.
pub(super) fn now(expression: &str, sql_type: &SqlType) -> Option<String> {
    let SqlType::Timestamp { precision, .. } = sql_type else { return None };
    let word = expression.trim().trim_end_matches("()").to_ascii_lowercase();
    let is_now = ["current_timestamp", "now", "localtimestamp", "localtime"].contains(&&*word);
    is_now.then(|| format!("CURRENT_TIMESTAMP{}", digits(*precision)))
}

/// Whether it is kept beside the row, so that MySQL takes a default for it in parentheses alone and a key over it
/// only with a length.
pub(super) fn is_long(sql_type: &SqlType) -> bool {
    matches!(
        sql_type,
        SqlType::Text | SqlType::Varchar(None) | SqlType::Binary | SqlType::Json | SqlType::Jsonb
    )
}

/// Whether values of one type are kept as those of the other are, so that a foreign key does not mind.
pub(super) fn is_same_kind(before: &SqlType, after: &SqlType) -> bool {
    match (before, after) {
        (SqlType::Varchar(_), SqlType::Varchar(_)) | (SqlType::Char(_), SqlType::Char(_)) => true,
        _ => before == after,
    }
}

/// What CAST calls the type, where a value can be changed by it.
#[expect(clippy::wildcard_enum_match_arm, reason = "CAST knows these and no others")]
pub(crate) fn cast(sql_type: &SqlType) -> Option<String> {
    Some(match sql_type {
        SqlType::SmallInt | SqlType::Integer | SqlType::BigInt => "SIGNED".to_owned(),
        SqlType::Numeric(Some((precision, scale))) => format!("DECIMAL({precision}, {scale})"),
        SqlType::Varchar(Some(length)) | SqlType::Char(Some(length)) => format!("CHAR({length})"),
        SqlType::Date => "DATE".to_owned(),
        SqlType::Time { precision, .. } => format!("TIME{}", digits(*precision)),
        SqlType::Timestamp { precision, .. } => format!("DATETIME{}", digits(*precision)),
        _ => return None,
    })
}

/// A type as the server tells it, such as `bigint(20) unsigned`; but an enum, whose name the table knows.
#[expect(clippy::wildcard_enum_match_arm, reason = "all others are as they are read")]
pub(super) fn read(column_type: &str) -> SqlType {
    if let Some(of) = column_type.strip_suffix(" unsigned") {
        return match read(of) {
            SqlType::Boolean => SqlType::Custom(column_type.to_owned()),
            SqlType::Custom(_) => SqlType::Custom(column_type.to_owned()),
            of => SqlType::Unsigned(Box::new(of)),
        };
    }
    let custom = || SqlType::Custom(column_type.to_owned());
    let (word, rest) = column_type.split_once('(').unwrap_or((column_type, ""));
    let numbers = rest.strip_suffix(')').unwrap_or(rest);
    if !rest.is_empty() && !rest.ends_with(')') {
        return custom();
    }
    let number = numbers.parse::<u32>().ok();
    let precision = match numbers {
        "" => Some(Some(0)),
        "6" => Some(None),
        digits => digits.parse().ok().map(Some),
    };
    match (word, precision) {
        ("tinyint", _) if number == Some(1) => SqlType::Boolean,
        ("tinyint", _) => SqlType::TinyInt,
        ("smallint", _) => SqlType::SmallInt,
        ("int", _) => SqlType::Integer,
        ("bigint", _) => SqlType::BigInt,
        ("float", _) if numbers.is_empty() => SqlType::Real,
        ("double", _) if numbers.is_empty() => SqlType::Double,
        ("decimal", _) => {
            let parts = numbers.split_once(',').unwrap_or((numbers, "0"));
            match (parts.0.trim().parse(), parts.1.trim().parse()) {
                (Ok(precision), Ok(scale)) => SqlType::Numeric(Some((precision, scale))),
                _ => custom(),
            }
        }
        ("longtext", _) => SqlType::Text,
        ("longblob", _) => SqlType::Binary,
        ("varchar", _) if number.is_some() => SqlType::Varchar(number),
        ("char", _) if number.is_some() => SqlType::Char(number),
        ("date", _) => SqlType::Date,
        ("json", _) => SqlType::Json,
        ("time", Some(precision)) => SqlType::Time { precision, zone: false },
        ("datetime", Some(precision)) => SqlType::Timestamp { precision, zone: false },
        ("timestamp", Some(precision)) => SqlType::Timestamp { precision, zone: true },
        _ => custom(),
    }
}

/// The type as which it comes back.
#[expect(clippy::wildcard_enum_match_arm, reason = "all others come back as they are")]
pub(super) fn kept(sql_type: &SqlType) -> SqlType {
    let precision = |digits: Option<u8>| digits.filter(|digits| *digits != 6);
    match sql_type {
        SqlType::Varchar(None) => SqlType::Text,
        SqlType::Char(None) => SqlType::Char(Some(1)),
        SqlType::Uuid => SqlType::Char(Some(36)),
        SqlType::Jsonb => SqlType::Json,
        SqlType::Time { precision: digits, .. } => {
            SqlType::Time { precision: precision(*digits), zone: false }
        }
        SqlType::Timestamp { precision: digits, zone } => {
            SqlType::Timestamp { precision: precision(*digits), zone: *zone }
        }
        SqlType::Unsigned(of) => SqlType::Unsigned(Box::new(kept(of))),
        other => other.clone(),
    }
}
