//! `migrate adopt`: databases that the real tools have made, taken over, migrated up and down; and those that are half
//! way, each refused with what is wrong.
//!
//! Alembic and `diesel_migrations` run here. What the others made is in `tests/data/tools`, written by its `make`.

mod databases;
mod keeping;
mod states;
mod whole;

use databases::{TOOLS, made};

/// The `migrate` of a chain, for a database.
fn project(chain: &str, database: &tests::Database) -> tests::Project {
    tests::Project::new("adopted").variable("MIGRATE_TEST_CHAIN", chain).database(database)
}
