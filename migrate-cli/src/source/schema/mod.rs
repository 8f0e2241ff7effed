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

#[cfg(test)]
mod tests;
