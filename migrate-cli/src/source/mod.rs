//! Migrations as source text: where they are, what they say, and new ones.
//!
//! - `project`: the package and the folder
//! - `chain`: the files as a graph
//! - `read`: both, of the working folder
//! - `revision`: what a new migration follows, and where it is written
//! - `sql`: pairs of SQL files
//! - `style`: how a project wants its files
//! - `migration`: the text of a new file
//! - `ops`: what a migration does, as Rust
//! - `rustfmt`: how it stands on its lines
//! - `compare`: what of a schema is looked at
//! - `desired`: the files that say which schema the program is written for
//! - `reach`: what a schema is to become, by what is said of it and what is there
//! - `schema`: Diesel's `schema.rs` as a catalog, and a catalog as `schema.rs`
//! - `schema_file`: where that is, and how it is replaced

pub(crate) mod chain;
pub(crate) mod compare;
pub(crate) mod desired;
pub(crate) mod migration;
pub(crate) mod ops;
pub(crate) mod project;
pub(crate) mod reach;
pub(crate) mod read;
pub(crate) mod revision;
pub(crate) mod rustfmt;
pub(crate) mod schema;
pub(crate) mod schema_file;
pub(crate) mod sql;
pub(crate) mod style;
