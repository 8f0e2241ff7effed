//! The one table of the example, and how it came to be.

#[expect(missing_docs, reason = "a column is what its name says")]
pub mod schema;

migrate_core::migrations!("src/versions");
