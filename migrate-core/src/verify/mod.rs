//! What must hold for every migration: found out as values, without a database and on one that nobody needs.
//!
//! ```text
//! offline     the ops fit, have their SQL, are the same each time, and the way down leads back
//! live        up, down and up again on a scratch database, with rows in every table
//! finding     what is found, in words that tests and the command line share
//! ```
//!
//! `migrations!` makes a test of the first for each revision; `migrate verify` does both.

mod difference;
mod finding;
mod kept;
mod live;
mod names;
mod offline;
mod scratch;
mod seed;
mod url;
mod values;

pub use difference::{Difference, differences};
pub use finding::{Finding, Kind, Loss, Verdict, Way};
pub use live::{Live, VerifyError};
pub use offline::Offline;
#[cfg(feature = "sqlite")]
pub use scratch::Memory;
pub use scratch::{ConnectTo, Scratch, Server};
pub use url::{all, on, scratch};

use crate::Chain;

/// Checks one revision for every backend that is compiled in: that it records the same ops each time,
/// that they fit the schema before them and can be said in the database's SQL, and that its way down
/// leaves the schema as it was.
///
/// # Panics
///
/// When one of these does not hold, with what is wrong. It is made for tests.
pub fn revision(chain: &Chain, id: &str) {
    let verdict = Offline::new(chain).check(id).unwrap_or_else(|broken| panic!("{broken}"));
    let verdict = verdict.unwrap_or_else(|| panic!("there is no revision {id}"));
    // What could not be looked at was not found to be right.
    let skipped = verdict.notes.iter().filter(|note| note.starts_with("not looked at"));
    let lines: Vec<String> = lines(&verdict).into_iter().chain(skipped.cloned()).collect();
    assert!(lines.is_empty(), "{id}: {}", lines.join("\n"));
}

/// What is wrong, line by line, each with what to do about it.
fn lines(verdict: &Verdict) -> Vec<String> {
    let lines = verdict.findings.iter().map(|finding| match finding.kind.hint() {
        None => finding.to_string(),
        Some(hint) => format!("{finding}\n  hint: {hint}"),
    });
    lines.collect()
}
