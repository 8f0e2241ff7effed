//! Runs typed, compiler-checked migrations through Diesel.
//!
//! Users import this crate alone: it passes on the model, the macros and Diesel itself.

#![cfg_attr(
    not(any(
        feature = "sqlite",
        feature = "postgres",
        feature = "async-postgres",
        feature = "mysql",
        feature = "async-mysql"
    )),
    allow(unused, reason = "without a backend there is no connection that calls it")
)]

#[cfg(feature = "async")]
pub mod asynchronous;
pub mod backend;
pub mod chain;
pub mod code;
pub mod desired;
pub mod diff;
pub mod harness;
pub mod impact;
pub mod prelude;
pub mod run;
mod schema;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "tracing")]
pub mod trace;
pub mod verify;

pub use chain::{BrokenChain, Chain, Revision};
pub use diesel;
#[cfg(feature = "async")]
pub use diesel_async;
pub use migrate_macros::migration;
pub use run::{Error, Migrator, NotCurrent, Options, ensure_current};
// The halves of `migrations!` and `schema!` that `chain` and `schema` do not write down.
#[doc(hidden)]
pub use migrate_macros::{migrations as __migrations, schema as __schema};
pub use migrate_model::{Dialect, Op, Ops, Place, Placed, Recorded, catalog, op, revision};
