//! How SQLite spells the types.
//!
//! A declared type decides two things: SQLite's affinity, and what Diesel's `print-schema` makes of it,
//! which knows no JSON, UUID or TIMESTAMPTZ and stops at them. So those are declared as what they are
//! kept as.

use migrate_model::{Dialect, catalog::SqlType};

use crate::backend::RenderError;

/// The type as it stands behind a column's name.
pub(crate) fn spell(sql_type: &SqlType) -> Result<String, RenderError> {
    Ok(match sql_type {
        SqlType::Boolean => "BOOLEAN".to_owned(),
        // Diesel's `print-schema` takes TINYINT for a boolean.
        SqlType::TinyInt | SqlType::SmallInt => "SMALLINT".to_owned(),
        SqlType::Unsigned(of) => {
            return Err(RenderError::Unsupported {
                dialect: Dialect::Sqlite,
                what: format!("type {of} unsigned"),
                instead: "add a check: bigint(…).check(\"… >= 0\"); or put the op into op.only(Mysql, |op| …)".to_owned(),
            });
        }
        SqlType::Integer => "INTEGER".to_owned(),
        SqlType::BigInt => "BIGINT".to_owned(),
        SqlType::Real => "REAL".to_owned(),
        SqlType::Double => "DOUBLE".to_owned(),
        SqlType::Numeric(_) | SqlType::Varchar(_) | SqlType::Char(_) => {
            sql_type.to_string().to_uppercase()
        }
        SqlType::Citext => "TEXT COLLATE NOCASE".to_owned(),
        SqlType::Binary | SqlType::Jsonb => "BLOB".to_owned(),
        SqlType::Date => "DATE".to_owned(),
        SqlType::Time { .. } => "TIME".to_owned(),
        SqlType::Timestamp { .. } => "TIMESTAMP".to_owned(),
        SqlType::Text | SqlType::Json | SqlType::Uuid | SqlType::Enum(_) => "TEXT".to_owned(),
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
            return Err(RenderError::Unsupported {
                dialect: Dialect::Sqlite,
                what: format!("type {sql_type}"),
                instead:
                    "keep it as text(…) or json(…), or put the op into op.only(Postgres, |op| …)"
                        .to_owned(),
            });
        }
    })
}

/// The type in a STRICT table, which knows six words.
pub(crate) fn spell_strict(sql_type: &SqlType) -> Result<String, RenderError> {
    let spelled = spell(sql_type)?;
    Ok(match spelled.as_str() {
        "BOOLEAN" | "SMALLINT" | "INTEGER" | "BIGINT" => "INTEGER".to_owned(),
        "REAL" | "DOUBLE" => "REAL".to_owned(),
        "BLOB" => "BLOB".to_owned(),
        "TEXT COLLATE NOCASE" => spelled,
        // REAL would round it; kept as it comes.
        _ if matches!(sql_type, SqlType::Numeric(_)) => "ANY".to_owned(),
        _ if matches!(sql_type, SqlType::Custom(_)) => spelled,
        _ => "TEXT".to_owned(),
    })
}
