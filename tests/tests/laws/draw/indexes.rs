//! Indexes.

use migrate_core::catalog::{Column, Index, IndexKey, KeyPart, NewIndex, Nulls, Order, Table};
use migrate_core::prelude::*;

use super::{Scene, values};

/// An index that rows of `table` bear.
pub(super) fn any(scene: &mut Scene<'_>, table: &Table) -> Option<Index> {
    Some(new(scene, table)?.index)
}

fn new(scene: &mut Scene<'_>, table: &Table) -> Option<NewIndex> {
    let dialect = scene.dialect();
    let fit: Vec<&Column> =
        table.columns.iter().filter(|one| values::is_key(dialect, &one.sql_type)).collect();
    let column = *scene.dice.pick(&fit)?;
    let column = scene.quoted(&column.name);
    let odd = scene.dice.one(&["", "'s", "\"; --", " 🦀"]);
    let name = format!("i{}{odd}", scene.dice.below(40));
    let mut new = index(&name).on(&table.name, Vec::<&str>::new());
    for _ in 0..1 + scene.dice.below(2) {
        let one = scene.dice.pick(&fit)?.name.clone();
        let is_there = new.index.columns().any(|name| name == one);
        if !is_there {
            let order = scene.dice.one(&[None, Some(Order::Ascending), Some(Order::Descending)]);
            new = new.key(IndexKey { order, ..one.as_str().into() });
        }
    }
    if dialect.family() != Mysql || scene.dice.once_in(20) {
        if scene.dice.once_in(3) {
            new = new.key(expr(&format!("COALESCE({column}, {column})")));
        }
        if scene.dice.once_in(3) {
            new = new.filter(&format!("{column} IS NOT NULL AND 'it''s' <> '; --'"));
        }
    }
    if let Some(key) = table.primary_key().filter(|_| scene.dice.once_in(4)) {
        let missing: Vec<String> = (key.columns.iter())
            .filter(|name| new.index.columns().all(|one| one != name.as_str()))
            .cloned()
            .collect();
        new = missing.iter().fold(new.unique(), |new, name| new.key(name.as_str()));
    }
    let is_plain = |key: &IndexKey| matches!(key.of, KeyPart::Column(_)) && key.order.is_none();
    if dialect == Postgres || scene.dice.once_in(20) {
        let last = new.index.keys.len() - 1;
        new.index.keys[last].nulls = scene.dice.one(&[None, Some(Nulls::First), Some(Nulls::Last)]);
    }
    if dialect == Postgres {
        let include: Vec<String> = fit.first().map(|one| one.name.clone()).into_iter().collect();
        let is_hash = new.index.keys.len() == 1
            && is_plain(&new.index.keys[0])
            && new.index.keys[0].nulls.is_none()
            && !new.index.unique;
        match scene.dice.below(5) {
            0 if is_hash => new = new.postgres(|i| i.using("hash")),
            1 if new.index.columns().all(|name| name != include[0]) => {
                new = new.postgres(|i| i.include(include));
            }
            2 if new.index.unique => new = new.postgres(|i| i.nulls_not_distinct()),
            _ => {}
        }
    }
    Some(new)
}

pub(super) fn create(scene: &mut Scene<'_>) -> Option<()> {
    let table = scene.table()?;
    if scene.dice.once_in(8) {
        let there = (*scene.dice.pick(&table.indexes.values().collect::<Vec<_>>())?).clone();
        let new = NewIndex { table: table.name.clone(), index: there, concurrently: false };
        scene.op.create_index(new).if_not_exists();
        return Some(());
    }
    let new = new(scene, table)?;
    scene.op.create_index(new);
    Some(())
}

pub(super) fn drop(scene: &mut Scene<'_>) -> Option<()> {
    if scene.dice.once_in(10) {
        scene.op.drop_index("never there").if_exists();
        return Some(());
    }
    let all: Vec<(&Table, &String)> = (scene.catalog.tables.values())
        .flat_map(|table| table.indexes.keys().map(move |name| (table, name)))
        .collect();
    let (table, name) = *scene.dice.pick(&all)?;
    let (is_on, if_exists) = (scene.dice.once_in(2), scene.dice.once_in(4));
    let drop = scene.op.drop_index(name);
    if is_on || scene.catalog.index(name, None).is_err() {
        drop.on(&table.name);
    }
    if if_exists {
        drop.if_exists();
    }
    Some(())
}

pub(super) fn rename(scene: &mut Scene<'_>) -> Option<()> {
    let table = scene.table()?;
    let from = (*scene.dice.pick(&table.indexes.keys().collect::<Vec<_>>())?).clone();
    let to = format!("i{} renamed", scene.dice.below(20));
    let is_on = scene.dice.once_in(2);
    let rename = scene.op.rename_index(&from, &to);
    if is_on || scene.catalog.index(&from, None).is_err() {
        rename.on(&table.name);
    }
    Some(())
}
