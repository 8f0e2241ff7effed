//! PostgreSQL.

mod alter;
mod asked;
mod canonical;
#[cfg(feature = "postgres")]
mod database;
mod enums;
mod normalize;
mod objects;
mod reflect;
mod render;
mod types;

pub(crate) use canonical::canonical;
pub(crate) use normalize::normalize;
pub(crate) use reflect::reflect;
pub use render::render;
pub(crate) use render::{settle, waiting};
pub(crate) use types::spell;
