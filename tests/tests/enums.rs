//! The life of an enum, as far as rows and transactions have a say in it.

use insta::assert_snapshot;
use migrate_core::prelude::*;
use migrate_core::{Migrator, Revision};
use tests::{Backend, Database, backends, chain, revision, told};

fn orders(op: &mut Ops) {
    op.create_table(table("orders").column(bigint("id").primary_key()).column(
        enumeration("status", enum_type("order_status").values(["open", "filled"])).default("open"),
    ));
    op.bulk_insert(
        rows("orders")
            .row(row().set("id", 1).set("status", "open"))
            .row(row().set("id", 2).set("status", "filled")),
    );
}

/// What is said of going up to `b`, and the rows then.
fn upgrade(backend: Backend, change: Revision) -> String {
    let database = Database::fresh(backend);
    let chain = chain(vec![revision("a", &[], orders), change]);
    let connection = &mut *database.connect();
    Migrator::new(&chain)
        .upgrade(connection, "a")
        .unwrap_or_else(|error| panic!("{}", told(&error)));
    let (schema, before) = (database.schema(), database.rows());
    match Migrator::new(&chain).upgrade(connection, "head") {
        Ok(report) => format!("{} step", report.steps.len()),
        Err(error) => {
            assert_eq!(database.schema(), schema);
            assert_eq!(database.rows(), before);
            told(&error)
        }
    }
}

fn on(backend: Backend, change: fn(&mut Ops)) -> String {
    if backends().contains(&backend) {
        upgrade(backend, revision("b", &["a"], change))
    } else {
        String::new()
    }
}

#[test]
fn a_value_that_rows_hold_is_not_dropped() {
    fn drop(op: &mut Ops) {
        op.drop_enum_value("order_status", "filled");
    }
    for backend in backends() {
        let said = upgrade(backend, revision("b", &["a"], drop));
        let reason = match backend {
            Backend::Postgres => "invalid input value for enum order_status: \"filled\"",
            Backend::Sqlite => "CHECK constraint failed",
            Backend::Mariadb => "Data truncated for column",
        };
        assert!(said.contains(reason), "{said}");
    }
}

#[test]
fn a_value_is_not_used_before_its_transaction_ends() {
    fn as_default(op: &mut Ops) {
        op.add_enum_value("order_status", "held");
        op.alter_column("orders", "status").set_default("held");
    }
    fn in_rows(op: &mut Ops) {
        op.add_enum_value("order_status", "held");
        op.bulk_insert(rows("orders").row(row().set("id", 3).set("status", "held")));
    }
    fn at_once(op: &mut Ops) {
        op.add_enum_value("order_status", "held").usable_at_once();
        op.alter_column("orders", "status").set_default("held");
        op.bulk_insert(rows("orders").row(row().set("id", 3).set("status", "held")));
    }
    fn of_a_new_type(op: &mut Ops) {
        op.create_enum(enum_type("side").values(["buy"]));
        op.add_enum_value("side", "short");
        op.add_enum_value("side", "sell").usable_at_once();
        op.add_column("orders", enumeration("side", "side").default("short"));
    }
    if backends().contains(&Backend::Postgres) {
        assert_snapshot!(on(Backend::Postgres, as_default), @r"
        error: cannot apply b (b): set default of orders.status to 'held' (FILE:LINE): the default of `orders.status` would use the value `held` of the enum `order_status`, which PostgreSQL allows only behind the transaction that adds it
        hint: use it in a second migration, or say `transaction = false` in its #[migration(…)], or add it with .usable_at_once(); nothing was changed
        ");
        assert_snapshot!(on(Backend::Postgres, in_rows), @r"
        error: cannot apply b (b): insert 1 row into orders (FILE:LINE): the rows for `orders` would use the value `held` of the enum `order_status`, which PostgreSQL allows only behind the transaction that adds it
        hint: use it in a second migration, or say `transaction = false` in its #[migration(…)], or add it with .usable_at_once(); nothing was changed
        ");
        let outside = Revision { transaction: false, ..revision("b", &["a"], as_default) };
        assert_eq!(upgrade(Backend::Postgres, outside), "1 step");
    }
    for backend in backends() {
        assert_eq!(on(backend, at_once), "1 step");
        assert_eq!(on(backend, of_a_new_type), "1 step");
    }
    for backend in backends().into_iter().filter(|backend| *backend != Backend::Postgres) {
        assert_eq!(on(backend, as_default), "1 step");
    }
}

#[test]
fn another_definition_under_the_name_is_an_error() {
    fn other(op: &mut Ops) {
        let side = enum_type("order_status").values(["filled", "open"]);
        op.add_column("orders", enumeration("former", side).nullable());
    }
    fn used(op: &mut Ops) {
        op.drop_enum_value("order_status", "open");
    }
    fn unknown(op: &mut Ops) {
        op.rename_enum_value("order_status", "fillled", "done");
    }
    for backend in backends() {
        for (change, what) in [
            (
                other as fn(&mut Ops),
                "there is an enum `order_status` already at this revision, with the values `open`, `filled`, not `filled`, `open`",
            ),
            (
                used,
                "the value `open` of the enum `order_status` is used by the default of `orders.status`",
            ),
            (unknown, "the enum `order_status` has no value `fillled` at this revision"),
        ] {
            let said = upgrade(backend, revision("b", &["a"], change));
            assert!(said.contains(what), "{said}");
        }
    }
    // One that is there outside of the chain, too.
    if backends().contains(&Backend::Postgres) {
        let database = Database::fresh(Backend::Postgres);
        database.execute("CREATE TYPE order_status AS ENUM ('it''s')");
        let chain = chain(vec![revision("a", &[], orders)]);
        let mut migrator = Migrator::new(&chain);
        let error = migrator.upgrade(&mut *database.connect(), "head").expect_err("another enum");
        assert!(
            told(&error).contains("the enum order_status is there with other values"),
            "{}",
            told(&error)
        );
    }
}

#[test]
fn names_that_nobody_can_have_are_refused_before_anything_runs() {
    fn long(op: &mut Ops) {
        op.add_enum_value("order_status", "é".repeat(32));
    }
    fn nul(op: &mut Ops) {
        op.add_enum_value("order_status", "a\0b");
    }
    for backend in backends() {
        let said = upgrade(backend, revision("b", &["a"], nul));
        assert!(said.contains("NUL"), "{said}");
        let said = upgrade(backend, revision("b", &["a"], long));
        match backend {
            Backend::Postgres => assert!(said.contains("64 bytes"), "{said}"),
            Backend::Sqlite | Backend::Mariadb => assert_eq!(said, "1 step"),
        }
    }
}
