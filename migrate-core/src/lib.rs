//! Runs typed, compiler-checked migrations through Diesel.
//!
//! Users import this crate alone: it passes on the model, the macros and Diesel itself.

pub mod backend;
pub mod chain;
pub mod code;
pub mod desired;
pub mod diff;
pub mod prelude;
pub mod run;
pub mod verify;

pub use chain::{BrokenChain, Chain, Revision};
pub use diesel;
pub use migrate_macros::migration;
pub use run::{Error, Migrator, Options};
// The half of `migrations!` that `chain` does not write down.
#[doc(hidden)]
pub use migrate_macros::migrations as __migrations;
pub use migrate_model::{Dialect, Op, Ops, Place, Placed, Recorded, catalog, op, revision};
