//! Tables, and several changes to one of them.

use migrate_core::Op;
use migrate_core::catalog::{Table, TableName};
use migrate_core::op::{AlterTable, TableChange};
use migrate_core::prelude::*;

use super::{CHANGES, Scene, columns, constraints, indexes};

pub(super) fn create(scene: &mut Scene<'_>) -> Option<()> {
    if scene.dice.once_in(12) {
        // The very same table.
        let there = scene.table()?.clone();
        if there.columns.iter().all(|column| column.generated.is_none()) {
            scene.op.create_table(there).if_not_exists();
            return Some(());
        }
    }
    let mut new = table(scene.name()).build();
    let key = scene.dice.one(&["id", "key", "select"]);
    let first = match scene.dice.below(3) {
        0 => table("t").column(bigint(key).primary_key().identity()),
        1 => table("t").column(integer(key).primary_key()),
        _ => table("t").column(integer(key)).column(varchar("code", 20)).primary_key([key, "code"]),
    };
    new.columns = first.build().columns;
    let keys: Vec<String> = first_key(&new);
    let named = if scene.dice.once_in(3) { "its key" } else { "" };
    constraints::push(&mut new, primary_key(keys).named(named));
    for number in 0..scene.dice.below(5) {
        let name = format!("{}{number}", scene.name());
        let column = columns::any(scene, &new, &name);
        new.columns.push(column);
    }
    for _ in 0..scene.dice.below(4) {
        if let Some(constraint) = constraints::any(scene, &new) {
            constraints::push(&mut new, constraint);
        }
    }
    if scene.dice.once_in(3)
        && let Some(index) = indexes::any(scene, &new)
    {
        new.indexes.insert(index.name.clone(), index);
    }
    new.comment = scene.dice.once_in(3).then(|| "it's \"drawn\" \\".to_owned());
    let create = scene.op.create_table(new);
    if scene.dice.once_in(8) {
        create.if_not_exists();
    }
    Some(())
}

fn first_key(table: &Table) -> Vec<String> {
    table.columns.iter().map(|column| column.name.clone()).collect()
}

pub(super) fn drop(scene: &mut Scene<'_>) -> Option<()> {
    if scene.dice.once_in(10) {
        scene.op.drop_table("never there").if_exists();
        return Some(());
    }
    let free: Vec<TableName> = (scene.catalog.tables.keys())
        .filter(|name| scene.catalog.references_to(name).next().is_none())
        .cloned()
        .collect();
    let name = scene.dice.pick(&free)?.clone();
    let drop = scene.op.drop_table(name);
    if scene.dice.once_in(4) {
        drop.if_exists();
    }
    Some(())
}

pub(super) fn rename(scene: &mut Scene<'_>) -> Option<()> {
    let (table, name) = (scene.table()?, scene.name());
    scene.op.rename_table(&table.name, name);
    Some(())
}

pub(super) fn comment(scene: &mut Scene<'_>) -> Option<()> {
    let table = scene.table()?;
    let comment = scene.dice.one(&[None, Some("it's"), Some(""), Some("\\ \"so\"; --")]);
    let comment = comment.map(str::to_owned);
    scene.change(table, TableChange::SetTableComment { comment });
    Some(())
}

/// Several changes to one table in one breath.
pub(super) fn alter(scene: &mut Scene<'_>) -> Option<()> {
    let name = scene.table()?.name.clone();
    let mut catalog = scene.catalog.clone();
    let mut group = AlterTable { table: name.clone(), changes: Vec::new() };
    for _ in 0..2 + scene.dice.below(4) {
        let (_, drawer) = scene.dice.pick(CHANGES)?;
        let mut op = Ops::new(scene.dialect());
        let dice = super::Dice(scene.dice.next());
        let mut inner = Scene { op: &mut op, catalog: &catalog, dice, only: Some(name.clone()) };
        if drawer(&mut inner).is_none() {
            continue;
        }
        let mut after = catalog.clone();
        for recorded in op.into_recorded() {
            let Op::AlterTable(alter) = &recorded.what else { continue };
            if recorded.apply(&mut after).is_ok() {
                group.changes.extend(alter.changes.clone());
                catalog = after.clone();
            }
        }
    }
    scene.op.record(Op::AlterTable(group));
    Some(())
}
