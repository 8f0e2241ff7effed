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
