//! SQLite through Diesel.

use migrate_model::Dialect;

crate::backend::database::database!(
    diesel::SqliteConnection,
    Dialect::Sqlite,
    crate::backend::begin::begin_sql,
    "BEGIN IMMEDIATE",
    "BEGIN"
);
