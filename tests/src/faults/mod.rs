//! Chains for runs that go wrong, and what is asked of a database behind them.
//!
//! The binary `faults` is the `migrate` of one of these chains, that of `MIGRATE_TEST_CHAIN`: what kills a runner
//! has to be a process.

mod everything;
mod runner;
mod seen;
mod small;

use migrate_core::Revision;

pub use runner::{Outcome, Runner, Running, runner, wait_until};
pub use seen::{Seen, remains, seen};

/// The names of the chains.
pub const CHAINS: [&str; 11] = [
    "everything",
    "plain",
    "concurrently",
    "third_fails",
    "old",
    "branches",
    "held",
    "other",
    "slow",
    "blocked",
    "parent",
];

/// The revisions of the chain of this name.
///
/// # Panics
///
/// When there is none of this name.
pub fn revisions(name: &str) -> Vec<Revision> {
    match name {
        "everything" => everything::revisions(),
        "plain" => small::plain(),
        "concurrently" => small::concurrently(),
        "third_fails" => small::third_fails(),
        "old" => small::old(),
        "branches" => small::branches(),
        "held" => small::held(),
        "other" => small::other(),
        "slow" => small::slow(),
        "blocked" => small::blocked(),
        "parent" => small::parent(),
        other => panic!("there is no chain `{other}`; there are: {}", CHAINS.join(", ")),
    }
}
