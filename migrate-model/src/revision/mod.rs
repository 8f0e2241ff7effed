//! The graph of revisions and the language in which people name them.
//!
//! Four steps, each a pure function from values to values:
//!
//! ```text
//! check    [Node]                -> Graph         every rule of a valid chain, or all its faults
//! parse    text                  -> RevisionSpec  what was written
//! resolve  Graph × applied × spec -> revisions    which revisions that means here and now
//! plan     Graph × applied × spec -> [Step]       what to run, and how each step changes the version table
//! ```
//!
//! A graph has two kinds of edges. `down_revision` makes the chain: it decides what a head, a base, a
//! branch and a walk of `+2` are. `depends_on` only says what must be there first. Both order the steps,
//! and both decide what the version table holds: the maximal elements of what is applied.
//!
//! Nothing here knows a database, a file or a macro.

mod check;
mod error;
#[cfg(test)]
mod fixture;
mod graph;
mod heads;
mod id;
mod lists;
mod plan;
mod resolve;
mod spec;

pub use check::{Fault, Rules, check};
pub use error::{Candidate, PlanError, ResolveError, SpecError};
pub use graph::{Graph, Node};
pub use heads::{HeadDelta, delta};
pub use id::{IdFault, MAX_ID_CHARACTERS, RevisionId, check_id, check_label};
pub use plan::{Direction, StampPlan, Step, direction, downgrade, remaining, stamp, upgrade};
pub use resolve::resolve;
pub use spec::{RevisionRange, RevisionSpec, Symbol};
