//! A step that fails in the middle, and what is left then.

use migrate_core::prelude::*;
use migrate_core::{Migrator, Revision};
use tests::{Backend, backends, chain, revision, told, transactional};

use crate::Trial;

fn orders(op: &mut Ops) {
    op.create_table(
        table("orders").column(integer("id").primary_key()).column(integer("quantity")),
    );
}

fn halfway(op: &mut Ops) {
    op.create_table(table("fills").column(integer("id").primary_key()));
    op.bulk_insert(rows("fills").row(row().set("id", 1)));
    op.add_column("orders", text("notes").nullable());
    op.create_unique_constraint("orders", unique(["quantity"]));
    op.drop_column("orders", "notes");
}

/// Alembic: on SQLite the driver commits DDL as it comes: the table stays, its rows do not, and the second try says "table already
/// exists". On PostgreSQL all migrations of the run go with the one that failed.
#[test]
fn a_step_that_fails_leaves_nothing_and_can_be_repeated() {
    for backend in transactional() {
        let mut trial = Trial::new(backend, orders);
        trial.execute("INSERT INTO orders VALUES (1, 5), (2, 5)");
        let (schema, rows) = (trial.schema(), trial.rows());
        let said = trial.refused(halfway);
        assert!(said.contains("nothing of it was changed"), "{backend}: {said}");
        assert_eq!((trial.schema(), trial.rows()), (schema, rows), "{backend}");
        trial.execute("UPDATE orders SET quantity = 6 WHERE id = 2");
        trial.up(halfway);
        assert_eq!(trial.value("SELECT CAST(count(*) AS VARCHAR(9)) AS value FROM fills"), "1");
    }
}

/// Alembic: on MySQL the version says nothing of what is done, and neither does the message.
#[test]
fn where_ddl_is_not_transactional_it_is_said_what_is_left() {
    if !backends().contains(&Backend::Mariadb) {
        return;
    }
    let mut trial = Trial::new(Backend::Mariadb, orders);
    trial.execute("INSERT INTO orders VALUES (1, 5), (2, 5)");
    insta::assert_snapshot!(trial.refused(halfway), @r"
    error: upgrade b (b) failed, and 3 of its 5 statements took effect, since it runs outside of transactions
      caused by: create unique constraint orders_quantity_key on orders (FILE:LINE)
      caused by: Duplicate entry '5' for key 'orders_quantity_key'
    hint: it is written down which statements took effect: run it again once the cause is gone, and it goes on at this one
    ");
    assert_eq!(trial.value("SELECT CAST(count(*) AS CHAR) AS value FROM fills"), "1");
    trial.execute("UPDATE orders SET quantity = 6 WHERE id = 2");
    trial.up(halfway);
    assert_eq!(trial.value("SELECT CAST(count(*) AS CHAR) AS value FROM fills"), "1");
}

/// Alembic: one transaction holds all migrations of a run, or each its own where DDL is not transactional; the version of a
/// migration that is done is lost with the one that fails behind it.
#[test]
fn migrations_before_the_one_that_fails_stay_applied() {
    fn fine(op: &mut Ops) {
        op.add_column("orders", text("notes").nullable());
    }
    fn faulty(op: &mut Ops) {
        op.create_unique_constraint("orders", unique(["quantity"]));
    }
    for backend in backends() {
        let trial = Trial::new(backend, orders);
        trial.execute("INSERT INTO orders VALUES (1, 5), (2, 5)");
        let chain = chain(vec![
            revision("a", &[], orders),
            revision("b", &["a"], fine),
            revision("c", &["b"], faulty),
        ]);
        let upgraded = Migrator::new(&chain).upgrade(&mut *trial.connect(), "head");
        assert!(upgraded.is_err(), "{backend}");
        assert_eq!(
            trial.value("SELECT version_num AS value FROM __migrate_version"),
            "b",
            "{backend}"
        );
        assert!(trial.dump().contains("notes"), "{backend}");
    }
}

/// Alembic: `autocommit_block` commits what was done so far under the former version, so that a second try does it again.
#[test]
fn what_ran_outside_of_a_transaction_is_said_to_stay() {
    fn indexes(op: &mut Ops) {
        op.create_index(index("plain").on("orders", ["id"]).postgres(|i| i.concurrently()));
        op.create_index(
            index("one").on("orders", ["quantity"]).unique().postgres(|i| i.concurrently()),
        );
    }
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let trial = Trial::new(Backend::Postgres, orders);
    trial.execute("INSERT INTO orders VALUES (1, 5), (2, 5)");
    let second = Revision { transaction: false, ..revision("b", &["a"], indexes) };
    let chain = chain(vec![revision("a", &[], orders), second]);
    let error = Migrator::new(&chain).upgrade(&mut *trial.connect(), "head").unwrap_err();
    insta::assert_snapshot!(told(&error), @r#"
    error: upgrade b (b) failed, and 1 of its 2 statements took effect, since it runs outside of transactions
      caused by: create unique index one on orders (FILE:LINE)
      caused by: could not create unique index "one" (Key (quantity)=(5) is duplicated.)
    hint: it is written down which statements took effect: run it again once the cause is gone, and it goes on at this one
    "#);
    trial.execute("UPDATE orders SET quantity = 6 WHERE id = 2");
    let again = Migrator::new(&chain).upgrade(&mut *trial.connect(), "head");
    assert_eq!(again.expect("an upgrade").steps.len(), 1);
}

/// Alembic: nothing is looked at before it runs: a mistake in the last migration is met when those before it are done, for
/// good on MySQL.
#[test]
fn a_mistake_in_the_last_migration_stops_the_run_before_the_first() {
    fn fine(op: &mut Ops) {
        op.add_column("orders", text("notes").nullable());
    }
    fn mistaken(op: &mut Ops) {
        op.drop_column("orders", "note");
    }
    for backend in backends() {
        let trial = Trial::new(backend, orders);
        let chain = chain(vec![
            revision("a", &[], orders),
            revision("b", &["a"], fine),
            revision("c", &["b"], mistaken),
        ]);
        let error = Migrator::new(&chain).upgrade(&mut *trial.connect(), "head").unwrap_err();
        let said = told(&error);
        assert!(said.contains("`orders` has no column `note`"), "{said}");
        assert!(said.contains("nothing was changed"), "{said}");
        assert_eq!(
            trial.value("SELECT version_num AS value FROM __migrate_version"),
            "a",
            "{backend}"
        );
    }
}
