//! SQLite through Diesel.

use migrate_model::Dialect;

crate::backend::database::database!(
    diesel::SqliteConnection,
    Dialect::Sqlite,
    diesel::connection::AnsiTransactionManager::begin_transaction_sql,
    "BEGIN IMMEDIATE",
    "BEGIN"
);
