//! MySQL and MariaDB through Diesel.

use migrate_model::Dialect;

use crate::backend::{Database, DatabaseError};

crate::backend::database::database!(
    diesel::MysqlConnection,
    diesel::mysql::Mysql,
    Dialect::Mysql,
    "START TRANSACTION",
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
    detect
);

/// MariaDB says so in its version.
fn detect(database: &mut diesel::MysqlConnection) -> Result<Dialect, DatabaseError> {
    let rows = database.query("SELECT VERSION()")?;
    let version = rows.into_iter().next().and_then(|row| row.into_iter().next()).flatten();
    Ok(match version {
        Some(version) if version.to_lowercase().contains("mariadb") => Dialect::Mariadb,
        Some(_) | None => Dialect::Mysql,
    })
}
