//! PostgreSQL through Diesel.

use migrate_model::Dialect;

crate::backend::database::database!(
    diesel::PgConnection,
    Dialect::Postgres,
    crate::backend::begin::begin_sql,
    "BEGIN",
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
);
