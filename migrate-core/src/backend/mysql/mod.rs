//! MySQL and MariaDB: one family, kept apart where they differ.
//!
//! The SQL is written for the settings that the runner gives the connection: in text a backslash is a backslash,
//! `"…"` is a name and `||` puts texts together, as in the standard, so that an expression means here what it
//! means on PostgreSQL and SQLite.

mod alter;
mod asked;
mod body;
mod canonical;
mod check;
#[cfg(feature = "mysql")]
mod database;
mod enums;
mod keys;
mod moment;
mod normalize;
mod objects;
mod reflect;
mod render;
mod sequences;
mod text;
mod types;

pub(crate) use canonical::canonical;
pub(crate) use normalize::normalize;
pub(crate) use reflect::reflect;
pub use render::render;
pub(crate) use types::cast;

/// MariaDB says so in its version.
#[cfg(any(feature = "mysql", feature = "async-mysql"))]
pub(crate) fn detect(
    database: &mut dyn super::Database,
) -> Result<migrate_model::Dialect, super::DatabaseError> {
    use migrate_model::Dialect;

    let rows = database.query("SELECT CAST(VERSION() AS CHAR)")?;
    let version = rows.into_iter().next().and_then(|row| row.into_iter().next()).flatten();
    Ok(match version {
        Some(version) if version.to_lowercase().contains("mariadb") => Dialect::Mariadb,
        Some(_) | None => Dialect::Mysql,
    })
}
