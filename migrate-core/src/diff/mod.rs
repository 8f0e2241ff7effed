//! What is missing: the ops that make one schema of another.
//!
//! ```text
//! diff(c, c) == []      apply_all(diff(a, b), a) == b
//! ```
//!
//! It compares values by equality, and knows no database. Nothing is guessed to be a
//! rename: what is renamed is [said](Renames); else it goes, and something new comes.
//!
//! Each room brings one kind of thing nearer to what it is to be. `order` says when which of them is looked at, and
//! holds the schema as the ops so far leave it.

mod beyond;
mod columns;
#[cfg(test)]
mod facts;
mod keys;
mod order;
mod rename;
mod routines;
mod tables;
mod types;
mod views;

use std::fmt;

use migrate_model::{Op, catalog::Catalog};

pub use rename::{RenameError, Renames};

/// The difference between two schemas.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diff {
    /// What makes the one of the other, in an order in which it can be made.
    pub ops: Vec<Op>,
    /// What is still different behind them: no op can change it, or nobody vouches for it.
    pub beyond: Vec<Beyond>,
}

/// A difference that no op can make up for, in words for people.
///
/// A table is never dropped and created again to change it, since its rows would be lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beyond {
    /// What it is about: ``table `orders` ``.
    pub of: String,
    /// What is different about it.
    pub what: String,
}

impl fmt::Display for Beyond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.of, self.what)
    }
}

impl Diff {
    /// Whether the schemas are the same.
    pub fn is_empty(&self) -> bool {
        self.ops.is_empty() && self.beyond.is_empty()
    }
}

/// The ops that make `after` of `before`, and what no op can do.
///
/// Views, triggers, indexes and constraints are dropped and created again where they stand in the way of a change, or
/// change themselves; they hold no rows. Foreign keys come last, so that tables may refer to each other in circles.
/// Changes of one table are one [`AlterTable`](migrate_model::op::AlterTable) where the order allows it. Names that
/// either side does not vouch for ([opaque](Catalog::opaque) ones) are left alone, and told.
///
/// ```
/// use migrate_core::{catalog::Catalog, diff::{Renames, diff}, prelude::*};
///
/// let schema = |ops: fn(&mut Ops)| {
///     let mut op = Ops::new(Postgres);
///     ops(&mut op);
///     let mut catalog = Catalog::default();
///     op.recorded().iter().try_for_each(|op| op.apply(&mut catalog)).map(|()| catalog)
/// };
/// let before = schema(|op| _ = op.create_table(table("orders").column(bigint("id").primary_key())))?;
/// let after = schema(|op| {
///     let orders = table("orders").column(bigint("id").primary_key());
///     op.create_table(table("users").column(bigint("id").primary_key()));
///     op.create_table(orders.column(bigint("user_id").nullable().references("users", "id")));
/// })?;
/// let found = diff(&before, &after, &Renames::default())?;
/// let lines: Vec<String> = found.ops.iter().map(|op| op.describe()).collect();
/// assert_eq!(lines, [
///     "create table users",
///     "add column orders.user_id bigint, create foreign key orders_user_id_fkey on orders",
/// ]);
/// assert!(found.beyond.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When a rename that is said doesn't fit the two schemas.
pub fn diff(before: &Catalog, after: &Catalog, renames: &Renames) -> Result<Diff, RenameError> {
    order::way(before, after, renames)
}
