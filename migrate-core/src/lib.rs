//! Runs migrations.

pub mod chain;

pub use chain::{BrokenChain, Chain, Revision};
pub use migrate_macros::migration;
// The half of `migrations!` that `chain` does not write down.
#[doc(hidden)]
pub use migrate_macros::migrations as __migrations;
