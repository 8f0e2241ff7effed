//! PostgreSQL through Diesel.

use migrate_model::Dialect;

crate::backend::database::database!(
    diesel::PgConnection,
    diesel::pg::Pg,
    Dialect::Postgres,
    "BEGIN",
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
);
