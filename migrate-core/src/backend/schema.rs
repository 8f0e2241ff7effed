//! Schemas, which only PostgreSQL has within a database.

use migrate_model::{
    Dialect,
    op::{CreateSchema, DropSchema},
};

use super::{RenderError, ansi::Sql};

pub(crate) fn create_schema(
    dialect: Dialect,
    create: &CreateSchema,
) -> Result<Vec<String>, RenderError> {
    check(dialect)?;
    if create.name.starts_with("pg_") {
        return Err(RenderError::ReservedName { dialect, name: create.name.clone() });
    }
    let words = Sql::new(dialect, "CREATE SCHEMA ").raw_if(create.if_not_exists, "IF NOT EXISTS ");
    Ok(vec![words.name(&create.name).end()?])
}

pub(crate) fn drop_schema(dialect: Dialect, drop: &DropSchema) -> Result<Vec<String>, RenderError> {
    check(dialect)?;
    let words = Sql::new(dialect, "DROP SCHEMA ").raw_if(drop.if_exists, "IF EXISTS ");
    Ok(vec![words.name(&drop.name).end()?])
}

fn check(dialect: Dialect) -> Result<(), RenderError> {
    let (what, instead) = match dialect {
        Dialect::Postgres => return Ok(()),
        Dialect::Sqlite => ("schemas", "put the op into op.only(Postgres, |op| …)"),
        // Dropping one would take along whatever lies in it, other applications' tables too.
        Dialect::Mysql | Dialect::Mariadb => (
            "schemas within a database: each is a database by itself, and goes with all of its tables",
            "say it in SQL: op.execute(\"CREATE DATABASE …\").declares_nothing()",
        ),
    };
    Err(RenderError::Unsupported { dialect, what: what.to_owned(), instead: instead.to_owned() })
}
