//! The tables of the service, and how they came to be; `service` is what it does with them.

#[expect(missing_docs, reason = "a column is what its name says")]
pub mod schema;
pub mod service;

migrate_core::migrations!("src/versions");
