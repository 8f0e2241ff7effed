//! A migration that interferes with what it runs in, and what is left of it then.

use insta::assert_snapshot;
use migrate_core::diesel::prelude::*;
use migrate_core::diesel::sql_query;
use migrate_core::prelude::*;
use migrate_core::{Migrator, Revision};
use tests::{Backend, Database, backends, chain, revision, told};

fn items(op: &mut Ops) {
    op.create_table(
        table("items").column(bigint("id").primary_key().identity()).column(text("name")),
    );
}

/// What is said of an upgrade by `change`, with the revisions that are applied then, and the names in the table.
fn upgrade(backend: Backend, change: Revision) -> String {
    let database = Database::fresh(backend);
    let chain = chain(vec![revision("a", &[], items), change]);
    let connection = &mut *database.connect();
    Migrator::new(&chain)
        .upgrade(connection, "a")
        .unwrap_or_else(|error| panic!("{}", told(&error)));
    let said = match Migrator::new(&chain).upgrade(connection, "head") {
        Ok(report) => format!("{} step", report.steps.len()),
        // Where our tables are, PostgreSQL says with their schema.
        Err(error) => told(&error).replace("`public.", "`"),
    };
    let applied = database.values("SELECT version_num AS value FROM __migrate_version");
    let failures = database.values(
        "SELECT CAST(count(*) AS VARCHAR(9)) AS value FROM __migrate_log WHERE status = 'failed'",
    );
    let names = database.values("SELECT name AS value FROM items ORDER BY id");
    format!("{said}\napplied {applied:?}, {} failed, items {names:?}", failures.join(""))
}

/// The same on every backend.
fn everywhere(change: fn(&mut Ops)) -> String {
    let all: Vec<String> = backends()
        .into_iter()
        .map(|backend| upgrade(backend, revision("b", &["a"], change)))
        .collect();
    assert!(all.windows(2).all(|pair| pair[0] == pair[1]), "{}", all.join("\n\n"));
    all[0].clone()
}

#[test]
fn code_that_ends_its_transaction_is_not_applied() {
    assert_snapshot!(everywhere(|op| {
        op.run("commits", code!(|conn| {
            sql_query("INSERT INTO items (name) VALUES ('x')").execute(conn)?;
            sql_query("COMMIT").execute(conn)?;
            Ok(())
        }))
        .undo_nothing();
    }), @r#"
    error: upgrade b (b) failed, and what it had done until its code ended the transaction stays, if that was a COMMIT
      caused by: run commits (FILE:LINE)
      caused by: the code ended the transaction that it ran in, which is the runner's to do
    hint: put the database right by hand, then `migrate upgrade` again or `migrate stamp`
    applied ["a"], 1 failed, items ["x"]
    "#);
}

#[test]
fn code_with_a_transaction_of_its_own_is_fine() {
    assert_snapshot!(everywhere(|op| {
        op.run("nests", code!(|conn| {
            conn.transaction(|conn| {
                sql_query("INSERT INTO items (name) VALUES ('x')").execute(conn)
            })?;
            Ok(())
        }))
        .undo_nothing();
    }), @r#"
    1 step
    applied ["b"], 0 failed, items ["x"]
    "#);
}

#[test]
fn code_that_panics_has_failed() {
    assert_snapshot!(everywhere(|op| {
        op.run("panics", code!(|conn| {
            conn.transaction(|conn| -> CodeResult {
                sql_query("INSERT INTO items (name) VALUES ('x')").execute(conn)?;
                panic!("no such price")
            })
        }))
        .undo_nothing();
    }), @r#"
    error: upgrade b (b) failed, and nothing of it was changed
      caused by: run panics (FILE:LINE)
      caused by: the code panicked: no such price
    applied ["a"], 1 failed, items []
    "#);
}

#[test]
fn a_migration_that_panics_while_it_is_read_runs_nothing() {
    assert_snapshot!(everywhere(|_| panic!("no such helper")), @r#"
    error: cannot apply b (b): it panicked while it was read: no such helper
    hint: nothing was changed
    applied ["a"], 0 failed, items []
    "#);
}

#[test]
fn the_version_table_is_not_a_migrations_to_change() {
    assert_snapshot!(everywhere(|op| {
        op.execute("DELETE FROM __migrate_version").undo_nothing();
    }), @r#"
    error: the version table `__migrate_version` was changed while b was running: it holds nothing, no longer `a`
    hint: another runner was faster, or SQL of the migration changed the table; nothing of this step was changed: look with `migrate current`
    applied ["a"], 1 failed, items []
    "#);
    assert_snapshot!(everywhere(|op| {
        op.drop_table("__migrate_log");
    }), @r#"
    error: cannot apply b (b): drop table __migrate_log (FILE:LINE) is about a table that the migrations themselves are kept in
    hint: name another table, or another `version_table` or `log_table` in migrate.toml; nothing was changed
    applied ["a"], 0 failed, items []
    "#);
}

#[test]
fn a_counter_goes_on_behind_rows_that_were_brought_along() {
    fn three(op: &mut Ops) {
        op.bulk_insert(rows("items").row(row().set("id", 3).set("name", "three")));
    }
    for backend in backends() {
        let database = Database::fresh(backend);
        let chain = chain(vec![revision("a", &[], items), revision("b", &["a"], three)]);
        let connection = &mut *database.connect();
        Migrator::new(&chain)
            .upgrade(connection, "head")
            .unwrap_or_else(|error| panic!("{}", told(&error)));
        database.execute("INSERT INTO items (name) VALUES ('next')");
        let ids = database.values("SELECT CAST(id AS VARCHAR(9)) AS value FROM items ORDER BY id");
        assert_eq!(ids, ["3", "4"], "{backend}");
    }
}

#[test]
fn text_that_is_no_number_does_not_become_one() {
    fn number(op: &mut Ops) {
        op.alter_column("items", "name").set_type(types::integer());
    }
    for backend in backends() {
        for (name, fits) in [("12", true), ("twelve", false)] {
            let database = Database::fresh(backend);
            let chain = chain(vec![revision("a", &[], items), revision("b", &["a"], number)]);
            let connection = &mut *database.connect();
            Migrator::new(&chain)
                .upgrade(connection, "a")
                .unwrap_or_else(|error| panic!("{}", told(&error)));
            database.execute(&format!("INSERT INTO items (name) VALUES ('{name}')"));
            let result = Migrator::new(&chain).upgrade(connection, "b");
            assert_eq!(result.is_ok(), fits, "{backend}, {name}");
            let kept = database.values("SELECT CAST(name AS VARCHAR(9)) AS value FROM items");
            assert_eq!(kept, [name], "{backend}");
        }
    }
}
