//! SQL and code that the model can't read.

use migrate_core::prelude::*;

use super::Scene;

pub(super) fn execute(scene: &mut Scene<'_>) -> Option<()> {
    let number = scene.dice.below(9);
    match scene.dice.below(5) {
        0 => {
            scene.op.execute("SELECT 'it''s; --'; /* ; */ SELECT 1").undo("SELECT 2");
        }
        1 => {
            scene.op.execute("SELECT 1").undo_nothing();
        }
        // SQL that changes the schema and leaves nothing of it.
        2 => {
            let made = format!("CREATE VIEW v{number} AS SELECT 1 AS a; DROP VIEW v{number}");
            scene.op.execute(&made).declares_nothing().undo(&made);
        }
        // A table that only raw SQL speaks of, declared.
        3 => {
            let name = format!("raw{number}");
            let made = scene.op.execute(&format!("CREATE TABLE {name} (id INTEGER NOT NULL)"));
            made.declares(|op| {
                op.create_table(table(name).column(integer("id")));
            });
        }
        _ => {
            let name = format!("raw{number}");
            let made = scene.op.execute(&format!("CREATE TABLE {name} (id INTEGER NOT NULL)"));
            made.undo(&format!("DROP TABLE {name}")).declares(|op| {
                op.create_table(table(name).column(integer("id")));
            });
        }
    }
    Some(())
}

pub(super) fn run(scene: &mut Scene<'_>) -> Option<()> {
    let label = format!("run {}", scene.dice.below(1_000_000));
    let number = scene.dice.below(9);
    match scene.dice.below(3) {
        0 => {
            scene.op.run(&label, code!(|_conn| Ok(()))).undo_nothing();
        }
        1 => {
            scene.op.run(&label, code!(|_conn| Ok(()))).undo(code!(|_conn| Ok(())));
        }
        _ => {
            // What it declares, it must have done; so that is nothing to the schema.
            let name = format!("run{number}");
            scene.op.run(&label, code!(|_conn| Ok(()))).declares(|op| {
                op.execute(&format!("SELECT '{name}'")).undo_nothing();
            });
        }
    }
    Some(())
}
