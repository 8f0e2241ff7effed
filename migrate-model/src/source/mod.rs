//! Migration files as source text, read without compiling them.
//!
//! The macros read what rustc hands them, and the files around it; `cargo
//! migrate` reads the folder while the crate does not compile. Both see the same
//! [`Migration`], and say the same about a mistake in it.
//!
//! Only the outline of a file is read: its top-level functions, their attributes
//! and doc comments. Bodies stay tokens; who lists revisions skims files, and doesn't lex bodies at all. Whether the revisions of several files
//! make a chain is a question for [`crate::revision`].

mod attribute;
mod code;
mod fault;
mod file;
mod migration;
mod outline;
pub mod schema;
mod skim;
mod sql;

pub use attribute::{Attribute, Texts};
pub use code::canonical;
pub use fault::{Fault, Text};
pub use file::{Downgrade, NoMigration, SourceFile};
pub use migration::Migration;
pub use outline::{Function, OuterAttribute, Outline};
pub use sql::{
    FileName, Half, SqlFault, SqlHeader, SqlMigration, Word, down_alone, needs_no_transaction, twin,
};
