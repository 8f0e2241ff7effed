//! SQLite.

mod database;
mod rebuild;
mod render;
mod types;

pub use rebuild::Rebuild;
pub(crate) use rebuild::{Unlike, foreign_key_faults};
pub use render::render;
