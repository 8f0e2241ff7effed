//! A schema, the changes to it and the graph of its revisions, as plain values.
//!
//! - [`catalog`]: a schema as a value, and the words to build one
//! - [`op`]: changes to a schema, with what they mean and how to take them back
//! - [`revision`]: which change comes before which, and the language to name them
//! - `source`: migration files as text, behind a feature
//! - [`sql`]: SQL text, as far as it must be read
//!
//! Nothing here knows a connection, a clock or a terminal.

pub mod catalog;
mod dialect;
pub mod duration;
mod nearest;
pub mod op;
pub mod revision;
#[cfg(feature = "source")]
pub mod source;
pub mod sql;

pub use dialect::Dialect;
pub use nearest::nearest;
pub use op::{Op, Ops, Place, Placed, Recorded};
