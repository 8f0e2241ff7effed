//! Diesel's `schema.rs`, read into a catalog, and a catalog written as `schema.rs`.
//!
//! `table!` speaks of tables, columns, their types and whether they may be NULL, and of the primary key; `joinable!` of
//! foreign keys with one column. It knows no default, index, check or action: what is read here holds none of these, and says
//! nothing about them.

pub(crate) mod diesel_toml;
pub(crate) mod plain;
mod print;
mod read;
mod types;

pub use print::{Order, print};
pub(crate) use print::{keyless, print_as};
pub use read::read;

use migrate_model::{Dialect, catalog::SqlType};

/// Whether Diesel has one name for both, so that no `schema.rs` can tell them apart. A length that is not said is any.
pub(crate) fn is_alike(there: &SqlType, said: &SqlType, dialect: Dialect) -> bool {
    let (one, other) = (types::written(there, dialect), types::written(said, dialect));
    let is_same_length = other.max_length.is_none() || one.max_length == other.max_length;
    one.name == other.name && one.custom == other.custom && is_same_length
}

#[cfg(test)]
mod tests;
