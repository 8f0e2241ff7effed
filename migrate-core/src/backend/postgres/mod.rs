//! PostgreSQL.

#[cfg(feature = "postgres")]
mod database;
mod render;
mod types;

pub use render::render;
