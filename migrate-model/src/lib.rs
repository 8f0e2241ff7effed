//! A schema, the changes to it and the graph of its revisions, as plain values.

#[cfg(feature = "source")]
pub mod source;
