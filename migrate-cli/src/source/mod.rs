//! Migrations as source text: where they are, what they say, and new ones.
//!
//! - `project`: the package and the folder
//! - `chain`: the files as a graph
//! - `style`: how a project wants its files
//! - `migration`: the text of a new file
//! - `schema`: Diesel's `schema.rs` as a catalog, and a catalog as `schema.rs`

pub(crate) mod chain;
pub(crate) mod migration;
pub(crate) mod project;
pub(crate) mod schema;
pub(crate) mod style;
