//! A schema, the changes to it and the graph of its revisions, as plain values.

pub mod revision;
