//! SQLite.

mod alter;
#[cfg(feature = "sqlite")]
mod database;
mod rebuild;
mod render;
mod types;

pub use rebuild::Rebuild;
pub(crate) use rebuild::{foreign_key_faults, pragma};
pub use render::render;
