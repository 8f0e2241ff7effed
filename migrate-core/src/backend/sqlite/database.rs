//! SQLite through Diesel.

use migrate_model::Dialect;

crate::backend::database::database!(
    diesel::SqliteConnection,
    diesel::sqlite::Sqlite,
    Dialect::Sqlite,
    "BEGIN IMMEDIATE",
    "BEGIN"
);
