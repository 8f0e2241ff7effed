//! PostgreSQL through Diesel.

use migrate_model::Dialect;

crate::backend::database::database!(
    diesel::PgConnection,
    Dialect::Postgres,
    diesel::connection::AnsiTransactionManager::begin_transaction_sql,
    "BEGIN",
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
);
