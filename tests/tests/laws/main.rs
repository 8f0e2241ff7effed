//! The laws of ops, for every op on every backend.
//!
//! ```text
//! undo    what takes an op back leaves the schema as it was: as values, and on servers with rows
//! keep    rows that were there before a migration are there after it
//! heads   up any way and down again leaves the version table as it was
//! ```

mod draw;
mod heads;
mod random;
mod servers;
mod values;
