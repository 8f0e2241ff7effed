//! The constraints and indexes of a table.
//!
//! One that differs from another in nothing but its name is renamed, since that loses nothing. One that goes together with
//! a dropped column is not dropped by itself.

use std::collections::{BTreeMap, BTreeSet};

use migrate_model::{
    Op,
    catalog::{Constraint, ConstraintKind, ForeignKey, Index, Table, TableName},
    op::{AddConstraint, CreateIndex, DropIndex, RenameIndex, TableChange},
};

use super::{
    columns::{self, Columns},
    order::{Way, drop_constraint},
};

fn add(constraint: &Constraint) -> TableChange {
    let constraint = constraint.clone();
    TableChange::AddConstraint(AddConstraint { constraint, if_not_exists: false })
}

/// Whether a constraint can be made now: what a foreign key refers to must be what it is to be.
pub(super) fn is_ready(way: &Way, table: &Table, constraint: &Constraint) -> bool {
    let Constraint::ForeignKey(key) = constraint else { return true };
    if key.table == table.name {
        return table.is_unique(&key.referred);
    }
    if way.now.opaque.contains(&key.table) {
        return true;
    }
    way.now.tables.get(&key.table).is_some_and(|target| {
        let is_settled =
            way.done.contains(&key.table) || way.after.tables.get(&key.table) == Some(target);
        is_settled && target.is_unique(&key.referred)
    })
}

/// What takes constraints off a table and renames or validates them, and what puts new ones on.
pub(super) fn changes(
    way: &Way,
    there: &Table,
    wanted: &Table,
    columns: &Columns,
) -> (Vec<TableChange>, Vec<TableChange>) {
    let (mut drops, mut keeps) = (Vec::new(), Vec::new());
    // The constraints as they will be behind the drops.
    let mut left = there.constraints.clone();
    for (name, former) in &there.constraints {
        match wanted.constraints.get(name) {
            Some(new) if new == former && !is_retyped_key(there, former, columns) => continue,
            Some(new) if is_validated(former, new) => {
                keeps.push(TableChange::ValidateConstraint { name: name.clone() });
                left.insert(name.clone(), new.clone());
                continue;
            }
            None if !is_retyped_key(there, former, columns) => {
                let renamed = wanted.constraints.values().find(|new| {
                    !left.contains_key(new.name()) && named(former, new.name()) == **new
                });
                if let Some(new) = renamed {
                    let (from, to) = (name.clone(), new.name().to_owned());
                    keeps.push(TableChange::RenameConstraint { from, to });
                    left.insert(new.name().to_owned(), new.clone());
                    left.remove(name);
                    continue;
                }
            }
            Some(_) | None => {}
        }
        left.remove(name);
        let is_about = |names: &BTreeSet<String>| names.iter().any(|one| former.is_about(one));
        let goes_along = !wanted.constraints.contains_key(name)
            && former.kind() != ConstraintKind::PrimaryKey
            && is_about(&columns.dropped)
            && !is_about(&columns.changed);
        if !goes_along {
            drops.push((former.kind(), drop_constraint(name)));
        }
    }
    // Foreign keys before the keys that they may refer to.
    drops.sort_by_key(|(kind, _)| *kind != ConstraintKind::ForeignKey);
    let mut off: Vec<TableChange> = drops.into_iter().map(|(_, change)| change).collect();
    off.extend(keeps);

    let mut new: Vec<&Constraint> =
        wanted.constraints.values().filter(|one| !left.contains_key(one.name())).collect();
    new.sort_by_key(|one| one.kind());
    new.sort_by_key(|one| one.kind() == ConstraintKind::ForeignKey);
    // A unique index is not there yet.
    let indexes = way.now.tables.get(&wanted.name).map(|table| table.indexes.clone());
    let around = Table { indexes: indexes.unwrap_or_default(), ..wanted.clone() };
    let on = new.into_iter().filter(|one| is_ready(way, &around, one)).map(add).collect();
    (off, on)
}

/// A constraint under another name.
fn named(constraint: &Constraint, name: &str) -> Constraint {
    let name = name.to_owned();
    match constraint.clone() {
        Constraint::PrimaryKey(mut one) => {
            one.name = name;
            Constraint::PrimaryKey(one)
        }
        Constraint::Unique(mut one) => {
            one.name = name;
            Constraint::Unique(one)
        }
        Constraint::ForeignKey(mut one) => {
            one.name = name;
            Constraint::ForeignKey(one)
        }
        Constraint::Check(mut one) => {
            one.name = name;
            Constraint::Check(one)
        }
        Constraint::Exclude(mut one) => {
            one.name = name;
            Constraint::Exclude(one)
        }
    }
}

/// Whether they differ in nothing but that rows may break the former one.
fn is_validated(former: &Constraint, new: &Constraint) -> bool {
    let mut valid = former.clone();
    match &mut valid {
        Constraint::ForeignKey(key) => key.not_valid = false,
        Constraint::Check(check) => check.not_valid = false,
        Constraint::PrimaryKey(_) | Constraint::Unique(_) | Constraint::Exclude(_) => {}
    }
    former.is_not_valid() && valid == *new
}

/// Whether a foreign key compares a column whose type changes: the other one may follow only later.
fn is_retyped_key(table: &Table, constraint: &Constraint, columns: &Columns) -> bool {
    let Constraint::ForeignKey(key) = constraint else { return false };
    touches(table, key, &table.name, &columns.retyped)
}

/// Whether a foreign key compares one of the columns of a table.
fn touches(of: &Table, key: &ForeignKey, table: &TableName, columns: &BTreeSet<String>) -> bool {
    of.name == *table && key.columns.iter().any(|one| columns.contains(one))
        || key.table == *table && key.referred.iter().any(|one| columns.contains(one))
}

/// Drops the foreign keys of other tables that refer to columns whose type changes, and all that may stand on a key
/// that goes.
pub(super) fn drop_foreign_keys_of_changed(way: &mut Way, wanted: &Table) {
    let Some(there) = way.now.tables.get(&wanted.name) else { return };
    let retyped = columns::retyped(there, wanted);
    let broken: Vec<(TableName, String)> = (way.now.references_to(&wanted.name))
        .filter(|(of, key)| touches(of, key, &wanted.name, &retyped))
        .map(|(of, key)| (of.name.clone(), key.name.clone()))
        .collect();
    for (table, name) in broken {
        way.drop_constraint(&table, &name);
    }
    let constraint_goes = |one: &Constraint| {
        let same = |new: &Constraint| named(one, new.name()) == *new;
        !wanted.constraints.values().any(same)
    };
    let index_goes = |one: &Index| {
        let same = |new: &Index| Index { name: new.name.clone(), ..one.clone() } == *new;
        !wanted.indexes.values().any(same)
    };
    drop_foreign_keys_on(way, &wanted.name, constraint_goes, index_goes);
}

/// Drops the foreign keys that refer to what is unique by a key that goes, and by another one that stays: PostgreSQL
/// chose one of them when the foreign key was made, and lets it not go.
fn drop_foreign_keys_on(
    way: &mut Way,
    table: &TableName,
    constraint_goes: impl Fn(&Constraint) -> bool,
    index_goes: impl Fn(&Index) -> bool,
) {
    let Some(there) = way.now.tables.get(table) else { return };
    let (mut gone, mut kept) = (there.clone(), there.clone());
    gone.constraints.retain(|_, one| constraint_goes(one));
    gone.indexes.retain(|_, one| index_goes(one));
    kept.constraints.retain(|_, one| !constraint_goes(one));
    kept.indexes.retain(|_, one| !index_goes(one));
    let own = there.foreign_keys().filter(|key| key.table == *table).map(|key| (there, key));
    let standing: Vec<(TableName, String)> = (own.chain(way.now.references_to(table)))
        .filter(|(_, key)| gone.is_unique(&key.referred) && kept.is_unique(&key.referred))
        .map(|(of, key)| (of.name.clone(), key.name.clone()))
        .collect();
    for (of, name) in standing {
        way.drop_constraint(&of, &name);
    }
}

/// Adds the foreign keys that had to wait for what they refer to.
pub(super) fn add_foreign_keys(way: &mut Way) {
    let missing: BTreeMap<TableName, Vec<TableChange>> = (way.after.tables.iter())
        .filter_map(|(name, wanted)| {
            let there = way.now.tables.get(name)?;
            let is_missing = |one: &&Constraint| {
                one.kind() == ConstraintKind::ForeignKey
                    && !there.constraints.contains_key(one.name())
            };
            let missing: Vec<TableChange> =
                wanted.constraints.values().filter(is_missing).map(add).collect();
            (!missing.is_empty()).then(|| (name.clone(), missing))
        })
        .collect();
    for (table, changes) in missing {
        way.alter(&table, changes);
    }
}

/// Drops the indexes of a table that go or change, and renames those that differ in nothing but their names.
pub(super) fn drop_indexes(way: &mut Way, there: &Table, wanted: &Table, columns: &Columns) {
    let mut left = there.indexes.clone();
    let mut renames = Vec::new();
    for (name, former) in &there.indexes {
        if wanted.indexes.get(name) == Some(former) {
            continue;
        }
        let renamed = wanted.indexes.values().find(|new| {
            let same = Index { name: new.name.clone(), ..former.clone() };
            !wanted.indexes.contains_key(name) && !left.contains_key(&new.name) && same == **new
        });
        if let Some(new) = renamed {
            left.insert(new.name.clone(), new.clone());
            renames.push((name.clone(), new.name.clone()));
            continue;
        }
        let is_about = |names: &BTreeSet<String>| names.iter().any(|one| former.is_about(one));
        if wanted.indexes.contains_key(name)
            || !is_about(&columns.dropped)
            || is_about(&columns.changed)
        {
            drop_index(way, &wanted.name, name);
        }
    }
    for (from, to) in renames {
        way.take(Op::RenameIndex(RenameIndex { table: Some(wanted.name.clone()), from, to }));
    }
}

fn drop_index(way: &mut Way, table: &TableName, name: &str) {
    way.take(Op::DropIndex(DropIndex {
        name: name.to_owned(),
        table: Some(table.clone()),
        concurrently: false,
        if_exists: false,
    }));
}

/// Creates the indexes that a table is to have and has not.
pub(super) fn create_indexes(way: &mut Way, wanted: &Table) {
    for index in wanted.indexes.values() {
        let there = way.now.tables.get(&wanted.name);
        if there.is_some_and(|there| !there.indexes.contains_key(&index.name)) {
            create_index(way, &wanted.name, index);
        }
    }
}

/// Makes the indexes of a materialized view those that it is to have.
pub(super) fn indexes_of_view(
    way: &mut Way,
    name: &TableName,
    there: &BTreeMap<String, Index>,
    wanted: &BTreeMap<String, Index>,
) {
    for index in there.values().filter(|index| wanted.get(&index.name) != Some(index)) {
        drop_index(way, name, &index.name);
    }
    for index in wanted.values().filter(|index| there.get(&index.name) != Some(index)) {
        create_index(way, name, index);
    }
}

fn create_index(way: &mut Way, table: &TableName, index: &Index) {
    way.take(Op::CreateIndex(CreateIndex {
        table: table.clone(),
        index: index.clone(),
        concurrently: false,
        if_not_exists: false,
    }));
}

/// A constraint or index that has a name.
type Holder = (TableName, String);

/// Drops what has a name that is wanted elsewhere: databases have one such name in a schema, or in all.
pub(super) fn free_names(way: &mut Way) {
    let (constraints, indexes) = in_the_way(way);
    for (table, _) in constraints.iter().chain(&indexes) {
        let is_gone = !way.after.tables.contains_key(table) && way.after.parted(table).is_none();
        if is_gone && way.now.tables.contains_key(table) {
            way.drop_table(table);
        }
    }
    let is_there = |way: &Way, table: &TableName, name: &str| {
        way.now.tables.get(table).is_some_and(|there| {
            there.constraints.contains_key(name) || there.indexes.contains_key(name)
        })
    };
    for (table, name) in indexes {
        if is_there(way, &table, &name) {
            drop_foreign_keys_on(way, &table, |_| false, |one| one.name == name);
            drop_index(way, &table, &name);
        }
    }
    for (table, name) in constraints {
        if is_there(way, &table, &name) {
            drop_foreign_keys_on(way, &table, |one| one.name() == name, |_| false);
            way.drop_constraint(&table, &name);
        }
    }
}

fn in_the_way(way: &Way) -> (Vec<Holder>, Vec<Holder>) {
    let is_wanted = |holder: &TableName, name: &str| {
        way.after.tables.values().any(|table| {
            let there = way.now.tables.get(&table.name);
            let is_new = there.is_none_or(|there| {
                !there.constraints.contains_key(name) && !there.indexes.contains_key(name)
            });
            table.name != *holder
                && table.name.schema == holder.schema
                && is_new
                && (table.constraints.contains_key(name) || table.indexes.contains_key(name))
        })
    };
    let (mut constraints, mut indexes) = (Vec::new(), Vec::new());
    for (table, there) in &way.now.tables {
        let after = way.after.tables.get(table);
        for (name, one) in &there.constraints {
            let stays = after.is_some_and(|after| after.constraints.get(name) == Some(one));
            if !stays && is_wanted(table, name) {
                constraints.push((table.clone(), name.clone()));
            }
        }
        for (name, one) in &there.indexes {
            let stays = after.is_some_and(|after| after.indexes.get(name) == Some(one));
            if !stays && is_wanted(table, name) {
                indexes.push((table.clone(), name.clone()));
            }
        }
    }
    (constraints, indexes)
}
