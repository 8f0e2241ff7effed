//! What has a definition that can be replaced: views, functions and triggers.

use migrate_core::catalog::{NewFunction, NewTrigger, NewView, Table, TableName};
use migrate_core::prelude::*;

use super::Scene;

fn a_view(scene: &mut Scene<'_>, name: &str) -> Option<NewView> {
    let (table, column) = scene.column()?;
    let (of, shown) = (scene.quoted(&table.name.name), scene.quoted(&column.name));
    let of = match &table.name.schema {
        Some(schema) => format!("{}.{of}", scene.quoted(schema)),
        None => of,
    };
    let query = match scene.dice.below(3) {
        0 => format!("SELECT {shown} AS shown FROM {of}"),
        1 => format!("SELECT x.{shown} AS shown, 1 AS one FROM {of} x -- it's; so"),
        _ => "SELECT 'it''s; --' AS shown, 2 AS one".to_owned(),
    };
    let view = view(name).query(&query);
    Some(match scene.dialect() == Postgres && scene.dice.once_in(4) {
        true => view.materialized(),
        false => view,
    })
}

pub(super) fn create_view(scene: &mut Scene<'_>) -> Option<()> {
    let name = scene.dice.one(&["v1", "w", "it's a view", "view; --"]);
    let view = a_view(scene, name)?;
    scene.op.create_view(view);
    Some(())
}

/// Of the views that a drawn op made, or may have made.
pub(super) fn replace_view(scene: &mut Scene<'_>) -> Option<()> {
    let name = scene.dice.one(&["v1", "w", "it's a view"]);
    if !scene.catalog.views.contains_key(&TableName::from(name)) {
        let first = a_view(scene, name)?;
        scene.op.create_view(first);
    }
    let view = a_view(scene, name)?;
    scene.op.replace_view(view).recreate();
    Some(())
}

pub(super) fn drop_view(scene: &mut Scene<'_>) -> Option<()> {
    if scene.dice.once_in(8) {
        scene.op.drop_view("never there").if_exists();
        return Some(());
    }
    let names: Vec<&TableName> = scene.catalog.views.keys().collect();
    let Some(name) = scene.dice.pick(&names).copied() else {
        let new = a_view(scene, "passing")?;
        scene.op.create_view(new);
        scene.op.drop_view("passing");
        return Some(());
    };
    let drop = scene.op.drop_view(name);
    if scene.dice.once_in(4) {
        drop.if_exists();
    }
    Some(())
}

fn a_function(scene: &mut Scene<'_>, name: &str) -> NewFunction {
    let number = scene.dice.below(99);
    let new = function(name).returns("integer").argument("a", "integer");
    match scene.dialect() {
        Mysql | Mariadb => {
            new.options("NO SQL").body(&format!("RETURN a + {number} /* $$ $body$ it's */"))
        }
        Postgres | Sqlite => {
            new.language("sql").body(&format!("SELECT a + {number} -- $$ $body$ it's"))
        }
    }
}

pub(super) fn create_function(scene: &mut Scene<'_>) -> Option<()> {
    let name = scene.dice.one(&["f", "it's a function", "f; --"]);
    let new = a_function(scene, name);
    scene.op.create_function(new);
    Some(())
}

pub(super) fn replace_function(scene: &mut Scene<'_>) -> Option<()> {
    let name = scene.dice.one(&["f", "it's a function"]);
    if !scene.catalog.functions.keys().any(|(other, _)| other.name == name) {
        let first = a_function(scene, name);
        scene.op.create_function(first);
    }
    let new = a_function(scene, name);
    scene.op.replace_function(new);
    Some(())
}

pub(super) fn drop_function(scene: &mut Scene<'_>) -> Option<()> {
    if scene.dice.once_in(8) {
        scene.op.drop_function("never there").if_exists();
        return Some(());
    }
    let all: Vec<_> = scene.catalog.functions.keys().collect();
    let Some((name, types)) = scene.dice.pick(&all).copied() else {
        let new = a_function(scene, "passing");
        scene.op.create_function(new);
        scene.op.drop_function("passing");
        return Some(());
    };
    scene.op.drop_function(name).arguments(types.clone());
    Some(())
}

fn a_trigger(scene: &mut Scene<'_>, table: &Table, name: &str) -> Option<NewTrigger> {
    let columns: Vec<&String> =
        table.columns.iter().filter(|one| one.generated.is_none()).map(|one| &one.name).collect();
    let column = (*scene.dice.pick(&columns)?).clone();
    let new = match scene.dice.below(3) {
        0 if scene.dialect().family() != Mysql => trigger(name).after_update().of([&column]),
        1 => trigger(name).after_insert(),
        _ => trigger(name).before_delete(),
    };
    // What its body names must be there.
    let has_words = |table: &Table| table.column("what").is_ok();
    let is_fit = match scene.dialect() {
        Postgres => {
            scene.catalog.functions.keys().any(|(function, _)| function.name == "count_version")
        }
        Sqlite | Mysql | Mariadb => {
            scene.catalog.tables.get(&TableName::from("audit")).is_some_and(has_words)
        }
    };
    if !is_fit {
        return None;
    }
    let new = new.on(&table.name);
    Some(match scene.dialect() {
        Postgres => new.execute_function("count_version"),
        Sqlite | Mysql | Mariadb => {
            new.body("INSERT INTO audit (what) SELECT 'it''s; --' FROM audit WHERE 1 = 0")
        }
    })
}

const TRIGGERS: [&str; 3] = ["t1", "touch", "it's a trigger"];

pub(super) fn create_trigger(scene: &mut Scene<'_>) -> Option<()> {
    let (table, name) = (scene.table()?, scene.dice.one(&TRIGGERS));
    let new = a_trigger(scene, table, name)?;
    scene.op.create_trigger(new);
    Some(())
}

pub(super) fn replace_trigger(scene: &mut Scene<'_>) -> Option<()> {
    let (table, name) = (scene.table()?, scene.dice.one(&TRIGGERS));
    if !table.triggers.contains_key(name) {
        let first = a_trigger(scene, table, name)?;
        scene.op.create_trigger(first);
    }
    let new = a_trigger(scene, table, name)?;
    scene.op.replace_trigger(new);
    Some(())
}

pub(super) fn drop_trigger(scene: &mut Scene<'_>) -> Option<()> {
    let with: Vec<(&Table, &String)> = (scene.catalog.tables.values())
        .flat_map(|table| table.triggers.keys().map(move |name| (table, name)))
        .collect();
    let Some((table, name)) = scene.dice.pick(&with).copied() else {
        let table = scene.table()?;
        let new = a_trigger(scene, table, "passing")?;
        scene.op.create_trigger(new);
        scene.op.drop_trigger(&table.name, "passing");
        return Some(());
    };
    let drop = scene.op.drop_trigger(&table.name, name);
    if scene.dice.once_in(4) {
        drop.if_exists();
    }
    Some(())
}
