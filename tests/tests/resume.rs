//! A step that was begun and not finished: the next run goes on where it stopped. Whether a statement took effect that
//! was not seen to end, the schema tells; where it can't, people are asked.

#![allow(
    clippy::let_unit_value,
    reason = "an op gives back a builder or nothing, and both are let go alike"
)]

use migrate_core::run::{Event, Observer, Resume};
use migrate_core::{Migrator, Revision, prelude::*};
use tests::{Backend, Database, backends, chain, revision, told};

fn orders(op: &mut Ops) {
    op.create_table(
        table("orders")
            .column(integer("id").primary_key())
            .column(varchar("symbol", 20))
            .column(integer("quantity").nullable()),
    );
    op.create_table(table("users").column(integer("id").primary_key()));
    op.create_index(index("ix_quantity").on("orders", ["quantity"]));
    op.execute("INSERT INTO orders VALUES (1, 'SAP', 2), (2, 'BASF', 3)").undo_nothing();
}

/// What a run says beside its result.
#[derive(Default)]
struct Notices(Vec<String>);

impl Observer for Notices {
    fn event(&mut self, event: &Event<'_>) {
        if let Event::Notice { text } = event {
            self.0.push(text.clone());
        }
    }
}

/// A database whose second migration has stopped: its first statement took effect, and was not seen to end.
fn stopped(backend: Backend, broken: fn(&mut Ops)) -> Database {
    let database = Database::fresh(backend);
    let broken = Revision { transaction: false, ..revision("b", &["a"], broken) };
    let chain = chain(vec![revision("a", &[], orders), broken]);
    let error = Migrator::new(&chain).upgrade(&mut *database.connect(), "head");
    assert!(told(&error.expect_err("a broken migration")).contains("it goes on at this one"));
    database.execute("UPDATE __migrate_log_journal SET state = 'started' WHERE number = 1");
    database
}

fn finished(database: &Database, whole: fn(&mut Ops)) -> Result<Vec<String>, String> {
    let whole = Revision { transaction: false, ..revision("b", &["a"], whole) };
    let chain = chain(vec![revision("a", &[], orders), whole]);
    let mut notices = Notices::default();
    let mut migrator = Migrator::new(&chain).observed_by(&mut notices);
    let result = migrator.upgrade(&mut *database.connect(), "head");
    drop(migrator);
    result.map_err(|error| told(&error))?;
    Ok(notices.0)
}

/// A step of this op and one more: `undo` takes the op back by hand.
macro_rules! check {
    ($backend:expr, $op:expr, $undo:expr) => {{
        fn broken(op: &mut Ops) {
            ($op)(op);
            op.execute("INSERT INTO nowhere VALUES (1)").undo_nothing();
        }
        fn whole(op: &mut Ops) {
            ($op)(op);
            op.execute("INSERT INTO users VALUES (7)").undo_nothing();
        }
        if backends().contains(&$backend) {
            let clean = Database::fresh($backend);
            finished(&clean, whole).expect("a clean run");
            for (undo, said) in [("", "it took effect"), ($undo, "it did not take effect")] {
                let database = stopped($backend, broken);
                if !undo.is_empty() {
                    database.execute(undo);
                }
                let notices = finished(&database, whole).unwrap_or_else(|error| panic!("{error}"));
                let expected = stringify!($op);
                assert!(notices.iter().any(|text| text.ends_with(said)), "{expected}: {notices:?}");
                assert_eq!(database.shape(), clean.shape(), "{expected}");
                assert_eq!(database.rows(), clean.rows(), "{expected}");
                let journal = "SELECT op AS value FROM __migrate_log_journal";
                assert_eq!(database.values(journal), [""; 0]);
            }
        }
    }};
}

#[test]
fn the_schema_tells_on_mariadb() {
    const MARIADB: Backend = Backend::Mariadb;
    check!(
        MARIADB,
        |op: &mut Ops| _ = op.add_column("orders", text("note").nullable()),
        "ALTER TABLE orders DROP COLUMN note"
    );
    check!(
        MARIADB,
        |op: &mut Ops| _ = op.add_column("orders", integer("n").default(3)),
        "ALTER TABLE orders DROP COLUMN n"
    );
    check!(
        MARIADB,
        |op: &mut Ops| _ = op.drop_column("orders", "symbol"),
        "ALTER TABLE orders ADD COLUMN symbol VARCHAR(20) NOT NULL"
    );
    check!(
        MARIADB,
        |op: &mut Ops| _ = op.alter_column("orders", "symbol").rename_to("ticker"),
        "ALTER TABLE orders RENAME COLUMN ticker TO symbol"
    );
    check!(
        MARIADB,
        |op: &mut Ops| _ = op.create_index(index("ix_symbol").on("orders", ["symbol"])),
        "DROP INDEX ix_symbol ON orders"
    );
    check!(
        MARIADB,
        |op: &mut Ops| _ = op.drop_index("ix_quantity"),
        "CREATE INDEX ix_quantity ON orders (quantity)"
    );
    check!(
        MARIADB,
        |op: &mut Ops| _ = op.create_table(table("fills").column(integer("id").primary_key())),
        "DROP TABLE fills"
    );
    check!(
        MARIADB,
        |op: &mut Ops| _ = op.rename_table("orders", "trades"),
        "RENAME TABLE trades TO orders"
    );
    check!(
        MARIADB,
        |op: &mut Ops| _ = op.create_unique_constraint("orders", unique(["symbol"])),
        "ALTER TABLE orders DROP INDEX orders_symbol_key"
    );
    check!(
        MARIADB,
        |op: &mut Ops| _ = op.create_check_constraint(
            "orders",
            migrate_core::prelude::check("quantity > 0").named("ck")
        ),
        "ALTER TABLE orders DROP CONSTRAINT ck"
    );
    check!(
        MARIADB,
        |op: &mut Ops| _ =
            op.create_view(view("big").query("SELECT id FROM orders WHERE quantity > 2")),
        "DROP VIEW big"
    );
}

#[test]
fn the_schema_tells_on_postgres() {
    const POSTGRES: Backend = Backend::Postgres;
    check!(
        POSTGRES,
        |op: &mut Ops| _ = op.create_index(
            index("ix_symbol").on("orders", ["symbol"]).postgres(|i| i.concurrently())
        ),
        "DROP INDEX ix_symbol"
    );
    check!(
        POSTGRES,
        |op: &mut Ops| _ = op.drop_index("ix_quantity").concurrently(),
        "CREATE INDEX ix_quantity ON orders (quantity)"
    );
}

/// A column that is filled is three statements, of which the second changes rows.
#[test]
fn between_the_statements_of_one_op_the_schema_tells_as_well() {
    fn broken(op: &mut Ops) {
        op.add_column("orders", integer("twice").fill_with("quantity * 2"));
        op.execute("INSERT INTO nowhere VALUES (1)").undo_nothing();
    }
    fn whole(op: &mut Ops) {
        op.add_column("orders", integer("twice").fill_with("quantity * 2"));
        op.execute("INSERT INTO users VALUES (7)").undo_nothing();
    }
    if !backends().contains(&Backend::Mariadb) {
        return;
    }
    let check = |forget: &str, by_hand: &str, said: &str| {
        let database = stopped(Backend::Mariadb, broken);
        database.execute("UPDATE __migrate_log_journal SET state = 'done'");
        database.execute(forget);
        database.execute(by_hand);
        let notices = finished(&database, whole).unwrap_or_else(|error| panic!("{error}"));
        assert!(notices.iter().any(|text| text.ends_with(said)), "{said}: {notices:?}");
        let rows = "SELECT concat(id, ' ', twice) AS value FROM orders ORDER BY id";
        assert_eq!(database.values(rows), ["1 4", "2 6"]);
    };
    let first = "UPDATE __migrate_log_journal SET state = 'started' WHERE number = 1";
    let only_first = "DELETE FROM __migrate_log_journal WHERE number > 1";
    let third = "UPDATE __migrate_log_journal SET state = 'started' WHERE number = 3";
    let empty = "ALTER TABLE orders MODIFY COLUMN twice INTEGER NULL";
    check(third, "DO 0", "it took effect");
    check(third, empty, "it did not take effect");
    check(only_first, &format!("{first}; {empty}"), "it took effect");
    check(
        only_first,
        &format!("{first}; ALTER TABLE orders DROP COLUMN twice"),
        "it did not take effect",
    );
}

/// PostgreSQL leaves an index INVALID whose building was broken off: it is dropped and built again.
#[test]
fn an_invalid_index_is_built_again() {
    fn concurrently(op: &mut Ops) {
        op.create_index(
            index("ux_symbol").on("orders", ["symbol"]).unique().postgres(|i| i.concurrently()),
        );
    }
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let database = Database::fresh(Backend::Postgres);
    let chain = chain(vec![
        revision("a", &[], orders),
        Revision { transaction: false, ..revision("b", &["a"], concurrently) },
    ]);
    let run = || Migrator::new(&chain).upgrade(&mut *database.connect(), "head");
    Migrator::new(&chain).upgrade(&mut *database.connect(), "a").expect("an upgrade");
    database.execute("UPDATE orders SET symbol = 'SAP'");
    let error = told(&run().expect_err("rows that are not unique"));
    assert!(error.contains("could not create unique index"), "{error}");
    let valid =
        "SELECT indisvalid::text AS value FROM pg_index WHERE indexrelid = 'ux_symbol'::regclass";
    assert_eq!(database.values(valid), ["false"]);
    database.execute("UPDATE orders SET symbol = symbol || id");
    run().expect("an upgrade");
    assert_eq!(database.values(valid), ["true"]);
}

/// SQL that can't be read leaves nothing to decide by: people look, and say.
#[test]
fn what_the_schema_can_not_tell_is_asked() {
    fn broken(op: &mut Ops) {
        op.execute("CREATE TABLE raw (id INT)").opaque("raw").undo_nothing();
        op.execute("INSERT INTO nowhere VALUES (1)").undo_nothing();
    }
    fn whole(op: &mut Ops) {
        op.execute("CREATE TABLE raw (id INT)").opaque("raw").undo_nothing();
        op.execute("INSERT INTO raw VALUES (7)").undo_nothing();
    }
    fn other(op: &mut Ops) {
        op.execute("CREATE TABLE raw (id BIGINT)").opaque("raw").undo_nothing();
    }
    if !backends().contains(&Backend::Mariadb) {
        return;
    }
    let of = |step| {
        chain(vec![
            revision("a", &[], orders),
            Revision { transaction: false, ..revision("b", &["a"], step) },
        ])
    };
    let database = stopped(Backend::Mariadb, broken);
    let (whole, other) = (of(whole), of(other));
    let up = || Migrator::new(&whole).upgrade(&mut *database.connect(), "head");
    let down = || Migrator::new(&whole).downgrade(&mut *database.connect(), "base");
    let edited = || Migrator::new(&other).upgrade(&mut *database.connect(), "head");
    let tell = |result: Result<migrate_core::run::Report, migrate_core::Error>| {
        told(&result.expect_err("an answer is needed"))
    };
    insta::assert_snapshot!(
        format!("$ upgrade\n{}\n$ downgrade\n{}\n$ upgrade, edited\n{}", tell(up()), tell(down()), tell(edited())),
        @"
    $ upgrade
    error: statement 1 of 2 of upgrade b (b) was begun and not seen to end, and it can't be told whether it took effect: nothing in the schema tells whether it did
      execute CREATE TABLE raw (id INT) (FILE:LINE): CREATE TABLE raw (id INT)
    hint: look at the database; if it took effect: `migrate resume --mark-done`; if it did not: `migrate resume --run-again`; nothing was changed
    $ downgrade
    error: the upgrade to b is half done: 0 of its 2 statements took effect
    hint: finish it first: `migrate resume`, or `migrate upgrade` again; nothing was changed
    $ upgrade, edited
    error: upgrade b (b) was begun before, and its statement 1 was another one: execute CREATE TABLE raw (id INT) (FILE:LINE) then, execute CREATE TABLE raw (id BIGINT) (FILE:LINE) now
    hint: statements that took effect are not to be edited before the step is finished: put them back as they were; or put the database right by hand and say where it is, `migrate stamp REV`; nothing was changed
    "
    );
    let marked = Migrator::new(&whole).resume(&mut *database.connect(), Resume::MarkDone);
    assert_eq!(marked.expect("an end").steps.len(), 1);
    assert_eq!(database.values("SELECT CAST(id AS CHAR) AS value FROM raw"), ["7"]);

    let database = stopped(Backend::Mariadb, broken);
    database.execute("DROP TABLE raw");
    let again = Migrator::new(&whole).resume(&mut *database.connect(), Resume::RunAgain);
    assert_eq!(again.expect("an end").steps.len(), 1);
    assert_eq!(database.values("SELECT CAST(id AS CHAR) AS value FROM raw"), ["7"]);
    let nothing = Migrator::new(&whole).resume(&mut *database.connect(), Resume::MarkDone);
    assert!(told(&nothing.expect_err("nothing is half done")).contains("no step is half done"));
}

/// Code that no transaction holds may have done half of its work when it meets a lock: that is nobody's to try again who
/// has not looked.
#[test]
fn code_that_no_transaction_holds_is_tried_once() {
    fn backfill(op: &mut Ops) {
        op.run(
            "backfill",
            code!(|conn| {
                diesel::RunQueryDsl::execute(
                    diesel::sql_query("INSERT INTO users SELECT count(*) + 1 FROM users"),
                    conn,
                )?;
                Err("deadlock detected".into())
            }),
        )
        .undo_nothing();
    }
    for backend in backends() {
        let database = Database::fresh(backend);
        let chain = chain(vec![
            revision("a", &[], orders),
            Revision { transaction: false, ..revision("b", &["a"], backfill) },
        ]);
        let run = || Migrator::new(&chain).upgrade(&mut *database.connect(), "head");
        let rows = || database.values("SELECT CAST(count(*) AS VARCHAR(9)) AS value FROM users");
        assert!(told(&run().expect_err("a deadlock")).contains("deadlock detected"), "{backend}");
        assert_eq!(rows(), ["1"], "{backend}");
        // Whoever runs it again has looked.
        run().expect_err("a deadlock");
        assert_eq!(rows(), ["2"], "{backend}");
    }
}
