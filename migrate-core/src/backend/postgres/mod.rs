//! PostgreSQL.

mod database;
mod render;
mod types;

pub use render::render;
