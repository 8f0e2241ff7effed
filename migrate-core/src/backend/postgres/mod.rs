//! PostgreSQL.

mod alter;
#[cfg(feature = "postgres")]
mod database;
mod render;
mod types;

pub use render::render;
pub(crate) use render::{settle, waiting};
pub(crate) use types::spell;
