//! Sequences.

use migrate_core::catalog::{Sequence, TableName};
use migrate_core::prelude::*;

use super::Scene;

/// Those that no default takes numbers from.
fn free<'a>(scene: &mut Scene<'a>) -> Option<&'a Sequence> {
    const USED: [&str; 2] = ["numbers", "tickets_id_seq"];
    let all = scene.catalog.sequences.values();
    let free: Vec<&Sequence> = all.filter(|one| !USED.contains(&one.name.name.as_str())).collect();
    scene.dice.pick(&free).copied()
}

pub(super) fn create(scene: &mut Scene<'_>) -> Option<()> {
    let mut drawn = sequence(scene.name());
    let dice = &mut scene.dice;
    let step = dice.one(&[1, 1, 2, -1, 100]);
    if step != 1 {
        drawn = drawn.increment(step);
    }
    if dice.once_in(2) {
        drawn = drawn.min_value(-50).max_value(dice.one(&[50, 5000]));
    }
    if dice.once_in(3) {
        drawn = drawn.start(if step > 0 { 5 } else { -5 });
    }
    if dice.once_in(3) {
        drawn = drawn.cache(dice.one(&[1, 7, 1000]));
    }
    if dice.once_in(3) {
        drawn = drawn.cycle();
    }
    if dice.once_in(3) {
        drawn = drawn.postgres(|s| s.integer());
    }
    if scene.dialect() == Postgres && scene.dice.once_in(3) {
        let (table, column) = scene.column_that(|table, _| table.name.schema.is_none())?;
        drawn = drawn.owned_by(&table.name, &column.name);
    }
    let is_guarded = scene.dice.once_in(3);
    let create = scene.op.create_sequence(drawn);
    if is_guarded {
        create.if_not_exists();
    }
    Some(())
}

/// What comes next always lies between the new bounds: the rows of the bench take no numbers from these.
pub(super) fn alter(scene: &mut Scene<'_>) -> Option<()> {
    let Some(name) = free(scene).map(|one| one.name.clone()) else {
        scene.op.create_sequence(sequence("passing"));
        scene.op.alter_sequence("passing").cycle().cache(3);
        return Some(());
    };
    let dice = &mut scene.dice;
    let (way, cache, wide) = (dice.below(5), dice.one(&[1, 2, 99]), dice.one(&[90_000, 100_000]));
    let alter = scene.op.alter_sequence(&name);
    match way {
        0 => alter.cache(cache),
        1 => alter.cycle(),
        2 => alter.no_cycle(),
        3 => alter.max_value(wide).min_value(-wide),
        _ => alter.max_value(wide).min_value(-wide).increment(3).cache(cache),
    };
    Some(())
}

pub(super) fn rename(scene: &mut Scene<'_>) -> Option<()> {
    let from = free(scene)?.name.clone();
    let to = TableName { name: scene.name().to_owned(), ..from.clone() };
    scene.op.rename_sequence(from, to);
    Some(())
}

pub(super) fn drop(scene: &mut Scene<'_>) -> Option<()> {
    match free(scene).map(|one| one.name.clone()) {
        Some(name) => {
            scene.op.drop_sequence(name);
        }
        None if scene.dice.once_in(3) => {
            scene.op.drop_sequence("nothing").if_exists();
        }
        None => {
            scene.op.create_sequence(sequence("passing").start(3));
            scene.op.drop_sequence("passing");
        }
    }
    Some(())
}
