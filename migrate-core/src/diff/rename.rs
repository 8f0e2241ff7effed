//! Renames: those that the caller says, which come first, so that all else is compared under the new names.

use std::collections::BTreeMap;

use migrate_model::{
    Op,
    catalog::{Catalog, TableName},
    op::{RenameTable, TableChange},
};

use super::order::Way;

/// What only got another name.
///
/// ```
/// use migrate_core::diff::Renames;
///
/// let renames = Renames::default().table("orders", "purchases").column("purchases", "qty", "quantity");
/// assert_eq!(renames.columns[&"purchases".into()], [("qty".into(), "quantity".into())].into());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renames {
    /// Tables, by the names that they had.
    pub tables: BTreeMap<TableName, TableName>,
    /// Columns, by the name that their table gets or keeps, and the names that they had.
    pub columns: BTreeMap<TableName, BTreeMap<String, String>>,
}

impl Renames {
    /// A table that got another name.
    #[must_use]
    pub fn table(mut self, from: impl Into<TableName>, to: impl Into<TableName>) -> Self {
        self.tables.insert(from.into(), to.into());
        self
    }

    /// A column that got another name; the table is named as it is from now on.
    #[must_use]
    pub fn column(mut self, table: impl Into<TableName>, from: &str, to: &str) -> Self {
        let columns = self.columns.entry(table.into()).or_default();
        columns.insert(from.to_owned(), to.to_owned());
        self
    }

    /// The renames as ops, those of tables first.
    ///
    /// ```
    /// use migrate_core::diff::Renames;
    ///
    /// let renames = Renames::default().table("orders", "purchases").column("purchases", "qty", "quantity");
    /// let lines: Vec<String> = renames.ops().iter().map(|op| op.describe()).collect();
    /// assert_eq!(lines, ["rename table orders to purchases", "rename column purchases.qty to quantity"]);
    /// ```
    pub fn ops(&self) -> Vec<Op> {
        let tables = self
            .tables
            .iter()
            .map(|(from, to)| Op::RenameTable(RenameTable { from: from.clone(), to: to.clone() }));
        let columns = self.columns.iter().flat_map(|(table, columns)| {
            columns.iter().map(|(from, to)| {
                let change = TableChange::RenameColumn { from: from.clone(), to: to.clone() };
                Op::AlterTable(super::order::alter_table(table, vec![change]))
            })
        });
        tables.chain(columns).collect()
    }
}

/// A rename that doesn't fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenameError {
    /// There is nothing of the former name.
    #[error("there is no {what} that could be renamed to `{to}`")]
    NothingThere {
        /// What was looked for.
        what: String,
        /// The new name.
        to: String,
    },
    /// The former name is still wanted.
    #[error("{what} is to stay, so it can't be renamed to `{to}`")]
    Stays {
        /// What would be renamed.
        what: String,
        /// The new name.
        to: String,
    },
    /// Nothing of the new name is wanted.
    #[error("{what} can't be renamed to `{to}`: nothing of that name is to be there")]
    NotWanted {
        /// What would be renamed.
        what: String,
        /// The new name.
        to: String,
    },
    /// The new name is taken, or something that can't be taken out of the way needs the old one.
    #[error("{what} can't be renamed to `{to}`: {why}")]
    DoesNotFit {
        /// What would be renamed.
        what: String,
        /// The new name.
        to: String,
        /// What stands in the way.
        why: String,
    },
}

/// Makes the renames that are said.
pub(super) fn first(way: &mut Way, renames: &Renames) -> Result<(), RenameError> {
    for (from, to) in &renames.tables {
        let (what, to_name) = (format!("table `{from}`"), to.to_string());
        check(way, what.clone(), to_name.clone(), |catalog, is_new| {
            catalog.tables.contains_key(if is_new { to } else { from })
        })?;
        let rename = RenameTable { from: from.clone(), to: to.clone() };
        rename_by(way, Op::RenameTable(rename), what, to_name)?;
    }
    for (table, columns) in &renames.columns {
        for (from, to) in columns {
            let what = format!("column `{from}` of `{table}`");
            check(way, what.clone(), to.clone(), |catalog, is_new| {
                let found = catalog.tables.get(table);
                found.is_some_and(|found| found.column(if is_new { to } else { from }).is_ok())
            })?;
            let change = TableChange::RenameColumn { from: from.clone(), to: to.clone() };
            let alter = super::order::alter_table(table, vec![change]);
            rename_by(way, Op::AlterTable(alter), what, to.clone())?;
        }
    }
    Ok(())
}

/// Whether the former name is there and not wanted, and the new one wanted.
fn check(
    way: &Way,
    what: String,
    to: String,
    has: impl Fn(&Catalog, bool) -> bool,
) -> Result<(), RenameError> {
    if !has(&way.now, false) {
        return Err(RenameError::NothingThere { what, to });
    }
    if has(&way.after, false) {
        return Err(RenameError::Stays { what, to });
    }
    if !has(&way.after, true) {
        return Err(RenameError::NotWanted { what, to });
    }
    Ok(())
}

fn rename_by(way: &mut Way, op: Op, what: String, to: String) -> Result<(), RenameError> {
    way.try_take(op).map_err(|error| RenameError::DoesNotFit { what, to, why: error.to_string() })
}
