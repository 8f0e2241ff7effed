//! SQLite.

mod alter;
#[cfg(feature = "sqlite")]
mod database;
mod definition;
mod enums;
mod normalize;
mod rebuild;
mod reflect;
mod render;
mod types;

pub(crate) use normalize::normalize;
pub use rebuild::Rebuild;
pub(crate) use rebuild::{foreign_key_faults, pragma};
pub(crate) use reflect::reflect;
pub use render::render;
