//! The laws of ops, for every op on every backend.
//!
//! ```text
//! undo    what takes an op back leaves the schema as it was: as values, and on servers with rows
//! keep    rows that were there before a migration are there after it
//! mirror  what was simulated is what is there: read from the server, it equals the catalog
//! rest    what is missing between two schemas makes the one of the other, and then nothing is missing
//! heads   up any way and down again leaves the version table as it was
//! text    ops that are written as Rust are recorded again when that is compiled
//! ```

mod between;
mod draw;
mod heads;
mod mirror;
mod random;
mod rest;
mod servers;
mod text;
mod values;
