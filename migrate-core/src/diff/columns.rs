//! The columns of a table.

use std::collections::BTreeSet;

use migrate_model::{
    catalog::{Column, Table},
    op::{AddColumn, DropColumn, SetNotNull, SetType, TableChange},
};

/// What makes the columns of one table those of another.
pub(super) struct Columns {
    /// The changes, in an order in which they can be made.
    pub(super) changes: Vec<TableChange>,
    /// Columns that are to go.
    pub(super) dropped: BTreeSet<String>,
    /// Columns that stay, and change.
    pub(super) changed: BTreeSet<String>,
    /// Columns that get another type or collation.
    pub(super) retyped: BTreeSet<String>,
}

/// Columns that stay, and get another type or collation.
pub(super) fn retyped(there: &Table, wanted: &Table) -> BTreeSet<String> {
    let is_retyped = |column: &&Column| {
        wanted
            .column(&column.name)
            .is_ok_and(|new| column.sql_type != new.sql_type || column.collation != new.collation)
    };
    there.columns.iter().filter(is_retyped).map(|column| column.name.clone()).collect()
}

/// New columns come before others go: there is always one, and rows can be moved over.
///
/// What is computed comes last, since no database changes the type of a column that another one is computed from.
pub(super) fn changes(there: &Table, wanted: &Table) -> Columns {
    let retyped = retyped(there, wanted);
    let mut changed = BTreeSet::new();
    let (mut plain, mut changes, mut computed) = (Vec::new(), Vec::new(), Vec::new());
    for column in &wanted.columns {
        match there.column(&column.name) {
            Err(_) => {
                let add = AddColumn { column: column.clone(), fill: None, if_not_exists: false };
                let list = if column.generated.is_some() { &mut computed } else { &mut plain };
                list.push(TableChange::AddColumn(add));
            }
            Ok(former) => {
                let is_moved = |column: &Column| {
                    let from = column.generated.as_ref();
                    retyped.contains(&column.name)
                        || from.is_some_and(|from| retyped.iter().any(|one| from.names(one)))
                };
                if former != column {
                    changed.insert(column.name.clone());
                }
                let change = Change { former, wanted: column, is_moved: is_moved(former) };
                change.take_off(&mut plain);
                change.put_on(&mut changes, &mut computed);
            }
        }
    }
    plain.extend(changes);
    plain.extend(computed);
    let gone: Vec<&Column> =
        there.columns.iter().filter(|column| wanted.column(&column.name).is_err()).collect();
    let dropped = gone.iter().map(|column| column.name.clone()).collect();
    plain.extend(drops(gone));
    Columns { changes: plain, dropped, changed, retyped }
}

/// Drops of columns, those that are computed before those that they are computed from.
fn drops(mut gone: Vec<&Column>) -> Vec<TableChange> {
    let mut drops = Vec::new();
    while !gone.is_empty() {
        let needed = |one: &Column| {
            gone.iter().any(|other| {
                other.name != one.name
                    && other.generated.as_ref().is_some_and(|from| from.names(&one.name))
            })
        };
        let next = gone.iter().position(|one| !needed(one)).unwrap_or(0);
        let column = gone.remove(next).name.clone();
        let drop = DropColumn { column, restore_with: None, if_exists: false };
        drops.push(TableChange::DropColumn(drop));
    }
    drops
}

/// A column on its way.
struct Change<'a> {
    former: &'a Column,
    wanted: &'a Column,
    /// Whether its type changes, or that of a column that it is computed from.
    is_moved: bool,
}

impl Change<'_> {
    fn name(&self) -> String {
        self.wanted.name.clone()
    }

    /// What must go before any type changes.
    fn take_off(&self, changes: &mut Vec<TableChange>) {
        let (former, wanted) = (self.former, self.wanted);
        if former.generated.is_some() && (wanted.generated.is_none() || self.is_moved) {
            changes.push(TableChange::SetGenerated { column: self.name(), generated: None });
        }
        if former.identity.is_some() && wanted.identity.is_none() {
            changes.push(TableChange::SetIdentity { column: self.name(), identity: None });
        }
        let is_in_the_way = former.sql_type != wanted.sql_type || wanted.default.is_none();
        if former.default.is_some() && former.default != wanted.default && is_in_the_way {
            changes.push(TableChange::SetDefault { column: self.name(), default: None });
        }
    }

    fn put_on(&self, changes: &mut Vec<TableChange>, computed: &mut Vec<TableChange>) {
        let (former, wanted) = (self.former, self.wanted);
        if former.sql_type != wanted.sql_type {
            changes.push(TableChange::SetType(SetType {
                column: self.name(),
                to: wanted.sql_type.clone(),
                using: None,
                restore_with: None,
            }));
        }
        if former.collation != wanted.collation {
            let collation = wanted.collation.clone();
            changes.push(TableChange::SetCollation { column: self.name(), collation });
        }
        match (former.nullable, wanted.nullable) {
            (true, false) => {
                let set = SetNotNull { column: self.name(), fill: None };
                changes.push(TableChange::SetNotNull(set));
            }
            (false, true) => {
                changes.push(TableChange::DropNotNull { column: self.name(), restore_with: None });
            }
            (true, true) | (false, false) => {}
        }
        if wanted.default.is_some() && former.default != wanted.default {
            let default = wanted.default.clone();
            changes.push(TableChange::SetDefault { column: self.name(), default });
        }
        if wanted.identity.is_some() && former.identity != wanted.identity {
            let identity = wanted.identity;
            changes.push(TableChange::SetIdentity { column: self.name(), identity });
        }
        if former.comment != wanted.comment {
            let comment = wanted.comment.clone();
            changes.push(TableChange::SetColumnComment { column: self.name(), comment });
        }
        let is_again = self.is_moved && former.generated.is_some();
        if wanted.generated.is_some() && (former.generated != wanted.generated || is_again) {
            let generated = wanted.generated.clone();
            computed.push(TableChange::SetGenerated { column: self.name(), generated });
        }
    }
}
