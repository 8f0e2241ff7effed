//! SQLite through Diesel.

use migrate_model::Dialect;

crate::backend::database::database!(
    diesel::SqliteConnection,
    Dialect::Sqlite,
    crate::backend::database::begin_sql,
    "BEGIN IMMEDIATE",
    "BEGIN"
);
