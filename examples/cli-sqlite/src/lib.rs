//! The tables of the list of tasks, and how they came to be.

#[expect(missing_docs, reason = "a column is what its name says")]
pub mod schema;

migrate_core::migrations!("src/versions");
