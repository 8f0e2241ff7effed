//! The schema that a program is written for, as far as its source says it.

use std::collections::BTreeSet;

use migrate_model::catalog::{Catalog, TableName};

use crate::diff::Renames;

/// What a program says of its schema.
///
/// A `table!` knows columns, their types and whether they may be NULL, and the primary key. Of its indexes, defaults
/// and checks it says nothing, which doesn't mean that there are to be none. A table of `schema!` is said [whole](Self::whole).
#[derive(Clone, Debug, Default)]
pub struct Desired {
    /// What is said, with nothing in the place of what is not.
    pub catalog: Catalog,
    /// The tables of which all is said: what is not in `catalog` is not to be there.
    pub whole: BTreeSet<TableName>,
    /// What had another name once (`#[renamed_from = "…"]`). It stays in the source, so much of it is long done.
    pub renamed: Renames,
    /// Whether this is all there is to be, views, functions and sequences too, as a chain of migrations says it.
    pub is_all: bool,
}
