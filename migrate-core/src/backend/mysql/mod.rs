//! MySQL and MariaDB: one family, kept apart where they differ.
//!
//! The SQL is written for the settings that the runner gives the connection: in text a backslash is a backslash,
//! `"…"` is a name and `||` puts texts together, as in the standard, so that an expression means here what it
//! means on PostgreSQL and SQLite.

mod alter;
mod asked;
mod body;
mod canonical;
mod check;
#[cfg(feature = "mysql")]
mod database;
mod enums;
mod keys;
mod moment;
mod normalize;
mod objects;
mod reflect;
mod render;
mod sequences;
mod text;
mod types;

pub(crate) use canonical::canonical;
pub(crate) use normalize::normalize;
pub(crate) use reflect::reflect;
pub use render::render;
pub(crate) use types::cast;
