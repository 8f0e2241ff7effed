//! The schema of a small trading system, revision by revision.
//!
//! It is the sample of this repository, and tells the story that most schemas do: tables come, columns change
//! their names and types, what was optional becomes required, a second team branches off and comes back.
//! `cargo migrate history` reads it in order. Every file in `versions/` is one chapter, and none is ever
//! edited after it has run somewhere.

migrate_core::migrations!("src/versions");
