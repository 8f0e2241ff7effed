//! When what is looked at, and what the schema is by then.
//!
//! Each step compares the schema as it is by now with the one that it is to be, so that what an earlier step had to
//! take out of the way comes back by itself.

use std::collections::BTreeSet;

use migrate_model::{
    Op, Placed,
    catalog::{Catalog, CatalogError, TableName},
    op::{
        AlterTable, ConstraintChoice, DropConstraint, DropSequence, DropTable, DropTrigger,
        DropView, TableChange,
    },
};

use super::{
    Beyond, Diff, RenameError, Renames, beyond, keys, rename, routines, tables, types, views,
};

/// From one schema to another.
pub(super) struct Way {
    /// The schema that is to be.
    pub(super) after: Catalog,
    /// The schema as the ops so far leave it.
    pub(super) now: Catalog,
    /// Tables that are as they are to be, but for foreign keys to those that are not.
    pub(super) done: BTreeSet<TableName>,
    ops: Vec<Op>,
    refused: Vec<Beyond>,
}

pub(super) fn way(
    before: &Catalog,
    after: &Catalog,
    renames: &Renames,
) -> Result<Diff, RenameError> {
    let mut way = Way {
        after: after.clone(),
        now: before.clone(),
        done: BTreeSet::new(),
        ops: Vec::new(),
        refused: Vec::new(),
    };
    rename::first(&mut way, renames)?;
    let unvouched = leave_alone(&mut way);

    types::create_schemas(&mut way);
    types::create_extensions(&mut way);
    views::drop_gone(&mut way);
    types::widen_enums(&mut way);
    types::prepare_sequences(&mut way);
    routines::create(&mut way, routines::Turn::BeforeTables);
    keys::free_names(&mut way);
    tables::create_and_alter(&mut way);
    keys::add_foreign_keys(&mut way);
    tables::drop_gone(&mut way);
    types::narrow_enums(&mut way);
    types::finish_sequences(&mut way);
    routines::create(&mut way, routines::Turn::BehindTables);
    views::create(&mut way);
    routines::create(&mut way, routines::Turn::BehindViews);
    views::triggers(&mut way);
    routines::drop_gone(&mut way);
    types::drop_extensions(&mut way);
    types::drop_schemas(&mut way);

    let mut beyond = beyond::differences(&way.now, &way.after);
    beyond.extend(way.refused);
    beyond.extend(unvouched);
    Ok(Diff { ops: way.ops, beyond })
}

/// What either side does not vouch for is to be as it is.
fn leave_alone(way: &mut Way) -> Vec<Beyond> {
    let opaque: Vec<TableName> = way.now.opaque.union(&way.after.opaque).cloned().collect();
    for name in &opaque {
        match way.now.tables.get(name) {
            Some(table) => _ = way.after.tables.insert(name.clone(), table.clone()),
            None => _ = way.after.tables.remove(name),
        }
        match way.now.views.get(name) {
            Some(view) => _ = way.after.views.insert(name.clone(), view.clone()),
            None => _ = way.after.views.remove(name),
        }
    }
    way.after.opaque.clone_from(&way.now.opaque);
    let what = "is not what the catalog says of it, or more than that, and is left alone";
    let told = |name: TableName| Beyond { of: format!("`{name}`"), what: what.to_owned() };
    opaque.into_iter().map(told).collect()
}

impl Way {
    /// Makes an op, and takes out of its way what holds no rows.
    pub(super) fn try_take(&mut self, op: Op) -> Result<(), CatalogError> {
        loop {
            let mut next = self.now.clone();
            match op.apply(&mut next) {
                Ok(()) => {
                    self.now = next;
                    self.ops.push(op);
                    return Ok(());
                }
                Err(error) if self.clear(&error) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Makes an op, and notes where it doesn't fit all the same.
    pub(super) fn take(&mut self, op: Op) -> bool {
        let of = op.describe();
        match self.try_take(op) {
            Ok(()) => true,
            Err(error) => {
                self.refuse(of, &error);
                false
            }
        }
    }

    /// Makes the changes of a table that fit, in one op.
    pub(super) fn alter(&mut self, table: &TableName, mut changes: Vec<TableChange>) {
        while !changes.is_empty() {
            let mut next = self.now.clone();
            let alter = alter_table(table, changes.clone());
            let fault = (alter.changes.iter().enumerate()).find_map(|(at, change)| {
                let error = alter.apply_change(change, &mut next).err()?;
                Some((at, error))
            });
            match fault {
                None => {
                    self.now = next;
                    self.ops.push(Op::AlterTable(alter));
                    return;
                }
                Some((_, error)) if self.clear(&error) => {
                    changes.retain(|change| !self.is_made(table, change));
                }
                Some((at, error)) => {
                    changes.remove(at);
                    self.refuse(alter.changes[at].describe(table), &error);
                }
            }
        }
    }

    /// Whether a constraint that was to be changed was taken out of the way already.
    fn is_made(&self, table: &TableName, change: &TableChange) -> bool {
        let is_gone = |name: &str| {
            let there = self.now.tables.get(table);
            there.is_some_and(|there| !there.constraints.contains_key(name))
        };
        match change {
            TableChange::DropConstraint(DropConstraint { choice, .. }) => match choice {
                ConstraintChoice::Named(name) => is_gone(name),
                ConstraintChoice::On(..) => false,
            },
            TableChange::RenameConstraint { from: name, .. }
            | TableChange::ValidateConstraint { name } => is_gone(name),
            TableChange::AddColumn(_)
            | TableChange::DropColumn(_)
            | TableChange::RenameColumn { .. }
            | TableChange::SetType(_)
            | TableChange::SetNotNull(_)
            | TableChange::DropNotNull { .. }
            | TableChange::SetDefault { .. }
            | TableChange::SetColumnComment { .. }
            | TableChange::SetIdentity { .. }
            | TableChange::SetGenerated { .. }
            | TableChange::SetCollation { .. }
            | TableChange::AddConstraint(_)
            | TableChange::SetTableComment { .. } => false,
        }
    }

    /// Takes views and triggers off a column that gets another type, which PostgreSQL refuses while they are there.
    pub(super) fn clear_column(&mut self, table: &TableName, column: &str) {
        while let Err(error) = self.now.check_column_unused(table, column) {
            if !self.clear(&error) {
                break;
            }
        }
    }

    pub(super) fn drop_constraint(&mut self, table: &TableName, name: &str) -> bool {
        self.take(Op::AlterTable(alter_table(table, vec![drop_constraint(name)])))
    }

    fn refuse(&mut self, of: String, error: &CatalogError) {
        let refused = Beyond { of, what: error.to_string() };
        if !self.refused.contains(&refused) {
            self.refused.push(refused);
        }
    }

    /// Drops what stands in the way, if that holds no rows; what is to stay comes back later.
    #[expect(clippy::wildcard_enum_match_arm, reason = "all others are nothing to drop")]
    fn clear(&mut self, error: &CatalogError) -> bool {
        match error {
            CatalogError::UsedByView { view, .. }
            | CatalogError::Shown { view, .. }
            | CatalogError::NotFollowed { view, .. } => self.drop_view(view),
            CatalogError::UsedByTrigger { table, trigger, .. } => {
                self.take(Op::DropTrigger(DropTrigger {
                    table: table.clone(),
                    name: trigger.clone(),
                    if_exists: false,
                }))
            }
            CatalogError::ReferencedTable { other, constraint, .. }
            | CatalogError::ReferencedColumn { other, constraint, .. }
            | CatalogError::KeyInUse { other, constraint, .. } => {
                self.drop_constraint(other, constraint)
            }
            CatalogError::SequenceInUse { table, column, .. } => {
                let change = TableChange::SetDefault { column: column.clone(), default: None };
                self.take(Op::AlterTable(alter_table(table, vec![change])))
            }
            // Another thing of that name, which is to go anyway.
            CatalogError::TableExists { table } if !self.after.tables.contains_key(table) => {
                self.drop_table(table)
            }
            CatalogError::IsPartition { of, .. } if !self.after.tables.contains_key(of) => {
                self.drop_table(of)
            }
            CatalogError::ViewExists { view } if !self.after.views.contains_key(view) => {
                self.drop_view(view)
            }
            CatalogError::SequenceExists { sequence }
                if !self.after.sequences.contains_key(sequence) =>
            {
                self.drop_sequence(sequence)
            }
            _ => false,
        }
    }

    pub(super) fn drop_view(&mut self, name: &TableName) -> bool {
        self.take(Op::DropView(DropView { name: name.clone(), if_exists: false }))
    }

    pub(super) fn drop_table(&mut self, name: &TableName) -> bool {
        self.take(Op::DropTable(DropTable { name: name.clone(), if_exists: false }))
    }

    pub(super) fn drop_sequence(&mut self, name: &TableName) -> bool {
        self.take(Op::DropSequence(DropSequence { name: name.clone(), if_exists: false }))
    }
}

pub(super) fn alter_table(table: &TableName, changes: Vec<TableChange>) -> AlterTable {
    let changes = changes.into_iter().map(Placed::nowhere).collect();
    AlterTable { table: table.clone(), changes }
}

pub(super) fn drop_constraint(name: &str) -> TableChange {
    let choice = ConstraintChoice::Named(name.to_owned());
    TableChange::DropConstraint(DropConstraint { choice, if_exists: false })
}
