//! How PostgreSQL spells the types.

use migrate_model::catalog::{SqlType, TypeName};

use crate::backend::{RenderError, ansi::Sql};
use migrate_model::Dialect;

/// The type as it stands behind a column's name.
#[expect(clippy::wildcard_enum_match_arm, reason = "the model spells types as PostgreSQL does")]
pub(crate) fn spell(sql_type: &SqlType) -> Result<String, RenderError> {
    match sql_type {
        SqlType::Enum(TypeName { schema, name }) => {
            Sql::new(Dialect::Postgres, "").qualified(schema.as_deref(), name).end()
        }
        SqlType::Array(of) => Ok(format!("{}[]", spell(of)?)),
        SqlType::Time { precision, zone } => Ok(with_zone("time", *precision, *zone)),
        SqlType::Timestamp { precision, zone } => Ok(with_zone("timestamp", *precision, *zone)),
        // The model's own spelling is PostgreSQL's.
        other => Ok(other.to_string()),
    }
}

fn with_zone(word: &str, precision: Option<u8>, zone: bool) -> String {
    let digits = precision.map(|digits| format!("({digits})")).unwrap_or_default();
    let zone = if zone { " with time zone" } else { "" };
    format!("{word}{digits}{zone}")
}
