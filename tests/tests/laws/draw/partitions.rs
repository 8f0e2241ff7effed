//! Partitions of tables, which PostgreSQL has.

use migrate_core::catalog::TableName;
use migrate_core::prelude::*;

use super::Scene;

/// A table that is parted by a list: one that is there, or a new one.
fn parent(scene: &mut Scene<'_>) -> TableName {
    let parted: Vec<TableName> = (scene.catalog.tables.values())
        .filter(|table| table.name.name.starts_with("parted"))
        .map(|table| table.name.clone())
        .collect();
    if let Some(there) = scene.dice.pick(&parted)
        && !scene.dice.once_in(4)
    {
        return there.clone();
    }
    let name = format!("parted {}", scene.dice.below(50));
    let new = table(name.as_str()).column(integer("place")).column(text("it's").nullable());
    scene.op.create_table(new.partition_by_list(["place"]));
    name.into()
}

pub(super) fn create(scene: &mut Scene<'_>) -> Option<()> {
    let of = parent(scene);
    let number = scene.dice.below(1000);
    let new = partition(format!("part \"{number}\"")).of(&of);
    scene.op.create_partition(new.in_values([number.to_string()]));
    Some(())
}

pub(super) fn drop(scene: &mut Scene<'_>) -> Option<()> {
    let there: Vec<TableName> = (scene.catalog.tables.values())
        .flat_map(|table| table.partitions.keys().cloned())
        .filter(|name| name.name.starts_with("part "))
        .collect();
    match scene.dice.pick(&there) {
        Some(one) => {
            scene.op.drop_partition(one);
        }
        None => {
            let of = parent(scene);
            scene.op.create_partition(partition("part of it").of(&of).in_values(["-1"]));
            scene.op.drop_partition("part of it");
        }
    }
    Some(())
}
