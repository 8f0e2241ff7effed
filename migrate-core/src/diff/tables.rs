//! Tables: those that are new, those that change, those that go; and their partitions.

use std::collections::{BTreeMap, BTreeSet};

use migrate_model::{
    Op,
    catalog::{Table, TableName},
    op::{CreatePartition, CreateTable, DropPartition, TableChange},
};

use super::{columns, keys, order::Way};

/// Makes each table what it is to be, those that others refer to before these. Foreign keys to what is not ready are left
/// for later.
pub(super) fn create_and_alter(way: &mut Way) {
    for name in in_order(&way.after.tables) {
        let Some(wanted) = way.after.tables.get(&name).cloned() else { continue };
        match way.now.tables.get(&name).cloned() {
            None => create(way, &wanted),
            Some(there) if there != wanted => alter(way, &wanted),
            Some(_) => {}
        }
        way.done.insert(name);
    }
}

/// The names of tables, each behind those that it refers to, as far as they don't go round in circles.
fn in_order(tables: &BTreeMap<TableName, Table>) -> Vec<TableName> {
    fn visit(
        name: &TableName,
        tables: &BTreeMap<TableName, Table>,
        seen: &mut BTreeSet<TableName>,
        sorted: &mut Vec<TableName>,
    ) {
        let Some(table) = tables.get(name) else { return };
        if !seen.insert(name.clone()) {
            return;
        }
        for key in table.foreign_keys() {
            visit(&key.table, tables, seen, sorted);
        }
        sorted.push(name.clone());
    }
    let (mut seen, mut sorted) = (BTreeSet::new(), Vec::new());
    tables.keys().for_each(|name| visit(name, tables, &mut seen, &mut sorted));
    sorted
}

fn create(way: &mut Way, wanted: &Table) {
    let mut bare = Table {
        indexes: BTreeMap::new(),
        triggers: BTreeMap::new(),
        partitions: BTreeMap::new(),
        ..wanted.clone()
    };
    let around = bare.clone();
    bare.constraints.retain(|_, one| keys::is_ready(way, &around, one));
    if way.take(Op::CreateTable(CreateTable { table: bare, if_not_exists: false })) {
        create_partitions(way, wanted);
        keys::create_indexes(way, wanted);
    }
}

fn alter(way: &mut Way, wanted: &Table) {
    drop_partitions(way, wanted);
    keys::drop_foreign_keys_of_changed(way, wanted);
    let Some(there) = way.now.tables.get(&wanted.name).cloned() else { return };
    let columns = columns::changes(&there, wanted);
    keys::drop_indexes(way, &there, wanted, &columns);
    for column in &columns.retyped {
        way.clear_column(&wanted.name, column);
    }
    // What stood in the way of these is gone by now.
    let Some(there) = way.now.tables.get(&wanted.name).cloned() else { return };
    let (drops, adds) = keys::changes(way, &there, wanted, &columns);
    let mut changes = drops;
    changes.extend(columns.changes);
    changes.extend(adds);
    if there.comment != wanted.comment {
        changes.push(TableChange::SetTableComment { comment: wanted.comment.clone() });
    }
    way.alter(&wanted.name, changes);
    create_partitions(way, wanted);
    keys::create_indexes(way, wanted);
}

fn drop_partitions(way: &mut Way, wanted: &Table) {
    let Some(there) = way.now.tables.get(&wanted.name) else { return };
    // One of the name, of any table, holds rows that would be lost: it can't be dropped for another.
    let gone: Vec<TableName> = (there.partitions.keys())
        .filter(|name| way.after.parted(name).is_none() && !way.after.tables.contains_key(name))
        .cloned()
        .collect();
    for name in gone {
        way.take(Op::DropPartition(DropPartition { name, if_exists: false }));
    }
}

fn create_partitions(way: &mut Way, wanted: &Table) {
    for (name, bounds) in &wanted.partitions {
        // One of a table that goes, goes with that.
        let holder = way.now.parted(name).map(|(of, _)| &of.name);
        if holder.is_none_or(|of| !way.after.tables.contains_key(of)) {
            way.take(Op::CreatePartition(CreatePartition {
                name: name.clone(),
                of: wanted.name.clone(),
                bounds: bounds.clone(),
            }));
        }
    }
}

/// Drops what is to go, tables that refer to others before these.
pub(super) fn drop_gone(way: &mut Way) {
    let is_gone = |way: &Way, name: &TableName| {
        // A table that is to be a part of another one would lose its rows.
        !way.after.tables.contains_key(name) && way.after.parted(name).is_none()
    };
    for name in in_order(&way.now.tables).into_iter().rev() {
        if way.now.tables.contains_key(&name) && is_gone(way, &name) {
            way.drop_table(&name);
        }
    }
}
