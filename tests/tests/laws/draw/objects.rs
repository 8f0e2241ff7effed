//! Enums, schemas and extensions.

use migrate_core::catalog::TypeName;
use migrate_core::prelude::*;

use super::{Scene, values};

pub(super) fn create_enum(scene: &mut Scene<'_>) -> Option<()> {
    let name = match scene.name() {
        name if scene.dice.once_in(3) => name.to_owned(),
        name => format!("{name} kind"),
    };
    let start = scene.dice.below(values::TEXTS.len());
    let labels =
        (0..1 + scene.dice.below(4)).map(|at| values::TEXTS[(start + at) % values::TEXTS.len()]);
    // MySQL's family takes blanks at a label's end away.
    let labels = labels.filter(|label| !label.ends_with(['\n', '\t', ' ']));
    scene.op.create_enum(enum_type(name).values(labels.collect::<Vec<_>>()));
    Some(())
}

pub(super) fn drop_enum(scene: &mut Scene<'_>) -> Option<()> {
    let is_used = |name: &TypeName| {
        let mut columns = scene.catalog.tables.values().flat_map(|table| &table.columns);
        columns.any(|column| column.sql_type.enum_name() == Some(name))
    };
    let free: Vec<&TypeName> = scene.catalog.enums.keys().filter(|name| !is_used(name)).collect();
    match scene.dice.pick(&free) {
        Some(name) => scene.op.drop_enum(*name),
        None => {
            scene.op.create_enum(enum_type("passing").values(["it's", "passing"]));
            scene.op.drop_enum("passing");
        }
    }
    Some(())
}

/// Values come, go and get other names; of an enum without columns too.
pub(super) fn alter_enum(scene: &mut Scene<'_>) -> Option<()> {
    let enums: Vec<(&TypeName, &Vec<String>)> = scene.catalog.enums.iter().collect();
    let (of, labels) = *scene.dice.pick(&enums)?;
    let (label, other) = (scene.dice.one(labels), scene.dice.one(labels));
    let new = scene.name();
    match scene.dice.below(6) {
        0 => {
            scene.op.add_enum_value(of, new).before(&label).if_not_exists();
        }
        1 => {
            scene.op.add_enum_value(of, new).after(&label).usable_at_once();
        }
        2 => {
            scene.op.add_enum_value(of, new);
        }
        3 | 4 => scene.op.rename_enum_value(of, &label, new),
        _ => scene.op.drop_enum_value(of, &label).replace_with(&other),
    }
    Some(())
}

pub(super) fn create_schema(scene: &mut Scene<'_>) -> Option<()> {
    let name = scene.name();
    let create = scene.op.create_schema(name);
    if scene.dice.once_in(2) {
        create.if_not_exists();
    }
    if scene.dice.once_in(3) {
        scene.op.create_table(table((name, "inner")).column(integer("id").nullable()));
    }
    Some(())
}

pub(super) fn drop_schema(scene: &mut Scene<'_>) -> Option<()> {
    let schemas: Vec<&String> = scene.catalog.schemas.iter().collect();
    let is_used = |schema: &str| {
        let is_in = |other: &Option<String>| other.as_deref() == Some(schema);
        scene.catalog.tables.keys().any(|name| is_in(&name.schema))
            || scene.catalog.extensions.values().any(|one| is_in(&one.schema))
    };
    match scene.dice.pick(&schemas).filter(|schema| !is_used(schema)) {
        Some(schema) => {
            scene.op.drop_schema(schema);
        }
        None if scene.dice.once_in(3) => {
            scene.op.drop_schema("nowhere").if_exists();
        }
        None => {
            scene.op.create_schema("passing");
            scene.op.drop_schema("passing");
        }
    }
    Some(())
}

const EXTENSIONS: [&str; 4] = ["hstore", "btree_gin", "btree_gist", "citext"];

pub(super) fn create_extension(scene: &mut Scene<'_>) -> Option<()> {
    let name = scene.dice.one(&EXTENSIONS);
    let is_guarded = scene.dice.once_in(2);
    // One that is there is in no schema of its own.
    let schemas: Vec<&String> = scene.catalog.schemas.iter().collect();
    let schema = scene.dice.pick(&schemas).filter(|_| !is_guarded);
    let create = scene.op.create_extension(name);
    if let Some(schema) = schema {
        create.schema(schema);
    }
    if is_guarded {
        create.if_not_exists();
    }
    Some(())
}

pub(super) fn drop_extension(scene: &mut Scene<'_>) -> Option<()> {
    let free: Vec<&str> = EXTENSIONS[..3].to_vec();
    let name = scene.dice.one(&free);
    if scene.catalog.extensions.contains_key(name) {
        scene.op.drop_extension(name);
        return Some(());
    }
    match scene.dice.below(2) {
        0 => {
            scene.op.drop_extension(name).if_exists();
        }
        _ => {
            scene.op.create_extension(name);
            scene.op.drop_extension(name);
        }
    }
    Some(())
}
