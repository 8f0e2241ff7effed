//! What a plan says would be lost: rows and values that are there now, and no more than that.

use migrate_core::prelude::*;
use migrate_core::revision::Direction::{self, Down, Up};
use migrate_core::{Migrator, Revision};
use tests::{Backend, Database, Project, backends, chain, revision, told};

fn prices(op: &mut Ops) {
    op.create_table(
        table("prices")
            .column(bigint("id").primary_key())
            .column(varchar("symbol", 4))
            .column(integer("cents"))
            .column(text("note").nullable()),
    );
}

const ROWS: &str = "INSERT INTO prices VALUES (1, 'AAPL', 175, 'a'), (2, 'X', 200, NULL)";

/// What going `direction` over `change` would lose, with `rows` in the table.
fn losses(backend: Backend, change: fn(&mut Ops), rows: &str, direction: Direction) -> String {
    let database = Database::fresh(backend);
    let chain = chain(vec![revision("a", &[], prices), revision("b", &["a"], change)]);
    let mut migrator = Migrator::new(&chain);
    let connection = &mut *database.connect();
    let (begin, target) = if direction == Up { ("a", "b") } else { ("b", "a") };
    migrator.upgrade(connection, begin).unwrap_or_else(|error| panic!("{}", told(&error)));
    database.execute(rows);
    let planned = migrator.plan(connection, direction, target);
    let planned = planned.unwrap_or_else(|error| panic!("{}", told(&error)));
    planned.into_iter().flat_map(|step| step.losses).collect::<Vec<_>>().join(", ")
}

#[test]
fn rows_whose_value_is_replaced_are_losses() {
    fn replaced(op: &mut Ops) {
        op.create_enum(enum_type("letter").values(["a", "b", "c"]));
        op.alter_column("prices", "note").set_type(types::enumeration("letter"));
        op.rename_enum_value("letter", "a", "A");
        op.drop_enum_value("letter", "c").replace_with("b");
        op.drop_enum_value("letter", "A").replace_with("b");
    }
    for backend in backends() {
        // The plan speaks of what rows hold today.
        let found = losses(backend, replaced, ROWS, Up);
        let expected = "value `a` of `prices.note` in 1 row, which becomes `b`";
        assert!(found.ends_with(expected), "{backend}: {found}");
        assert!(!found.contains("`c`"), "{backend}: {found}");
    }
}

#[test]
fn values_that_a_type_cuts_off_are_losses() {
    fn wider(op: &mut Ops) {
        op.alter_table("prices", |t| {
            t.alter_column("symbol").set_type(types::varchar(10));
            t.alter_column("cents").set_type(types::numeric(10, 2));
        });
    }
    fn narrower(op: &mut Ops) {
        op.alter_column("prices", "symbol").set_type(types::varchar(2));
    }
    fn dollars(op: &mut Ops) {
        op.alter_column("prices", "cents")
            .set_type(types::numeric(10, 2))
            .using("cents / 100.0")
            .restore_with("cents * 100");
    }
    fn without_note(op: &mut Ops) {
        op.drop_column("prices", "note");
    }
    const LONG: &str = "INSERT INTO prices VALUES (1, 'AAPL.OTHER', 1.75, NULL), (2, 'X', 2, NULL)";
    const CENTS: &str = "INSERT INTO prices VALUES (1, 'AAPL', 1.75, NULL)";

    //    the change    rows   which way   on PostgreSQL and MariaDB                                       on SQLite
    check(wider, ROWS, Up, "", "");
    let cut = "column `prices.cents` with 1 value that the new type changes, \
               column `prices.symbol` with 1 value that the new type changes";
    check(wider, LONG, Down, cut, "");
    check(narrower, ROWS, Up, "column `prices.symbol` with 1 value that the new type changes", "");
    check(dollars, ROWS, Up, "", "");
    check(dollars, CENTS, Down, "", "");
    check(
        without_note,
        ROWS,
        Up,
        "column `prices.note` with 1 value",
        "column `prices.note` with 1 value",
    );

    fn check(change: fn(&mut Ops), rows: &str, direction: Direction, postgres: &str, sqlite: &str) {
        for backend in backends() {
            let expected = if backend == Backend::Sqlite { sqlite } else { postgres };
            assert_eq!(losses(backend, change, rows, direction), expected, "{backend}, {rows}");
        }
    }
}

#[test]
fn rows_that_go_with_rows_that_were_brought_along_are_losses() {
    fn children(op: &mut Ops) {
        op.create_table(
            table("quotes")
                .column(bigint("id").primary_key())
                .column(bigint("price_id").references("prices", "id").on_delete(Cascade)),
        );
        op.bulk_insert(
            rows("prices").row(row().set("id", 7).set("symbol", "AAPL").set("cents", 1)),
        );
    }
    const QUOTES: &str = "INSERT INTO quotes VALUES (1, 7), (2, 7)";
    for backend in backends() {
        let expected =
            "2 rows of `quotes` that belong to rows of `prices`, table `quotes` with 2 rows";
        assert_eq!(losses(backend, children, QUOTES, Down), expected, "{backend}");
    }
}

/// PostgreSQL refuses what would not fit; with a cast of ours it would be cut off without a word.
#[test]
fn a_value_that_is_too_long_is_never_cut_off() {
    fn narrower(op: &mut Ops) {
        op.alter_column("prices", "symbol").set_type(types::varchar(2));
    }
    for backend in backends() {
        let database = Database::fresh(backend);
        let chain =
            chain(vec![revision("a", &[], prices), Revision { ..revision("b", &["a"], narrower) }]);
        let connection = &mut *database.connect();
        Migrator::new(&chain)
            .upgrade(connection, "a")
            .unwrap_or_else(|error| panic!("{}", told(&error)));
        database.execute(ROWS);
        let refused = Migrator::new(&chain).upgrade(connection, "b").is_err();
        assert_eq!(refused, backend != Backend::Sqlite);
        assert_eq!(
            database.values("SELECT symbol AS value FROM prices ORDER BY id"),
            ["AAPL", "X"]
        );
    }
}

#[test]
fn what_is_renamed_on_the_way_is_found_by_the_name_it_has_today() {
    fn renamed(op: &mut Ops) {
        op.alter_column("prices", "note").rename_to("remark");
        op.rename_table("prices", "quotes");
    }
    fn dropped(op: &mut Ops) {
        op.drop_column("quotes", "remark");
        op.execute("DROP TABLE quotes")
            .declares(|op| {
                op.drop_table("quotes");
            })
            .undo("CREATE TABLE quotes (id INTEGER)");
    }
    fn both(op: &mut Ops) {
        renamed(op);
        dropped(op);
    }
    fn empty(_: &mut Ops) {}
    let expected = "column `prices.note` with 1 value, table `prices` with 2 rows";
    for backend in backends() {
        assert_eq!(losses(backend, both, ROWS, Up), expected, "{backend}, in one step");

        // On the way down the drop speaks of a name that a later revision has changed.
        let database = Database::fresh(backend);
        let chain = chain(vec![
            revision("a", &[], prices),
            revision("b", &["a"], renamed),
            revision("c", &["b"], empty),
        ]);
        let connection = &mut *database.connect();
        let mut migrator = Migrator::new(&chain);
        migrator.upgrade(connection, "head").unwrap_or_else(|error| panic!("{}", told(&error)));
        database.execute(&ROWS.replace("prices", "quotes"));
        let planned = migrator.plan(connection, Down, "base");
        let planned = planned.unwrap_or_else(|error| panic!("{}", told(&error)));
        let losses: Vec<String> = planned.into_iter().flat_map(|step| step.losses).collect();
        assert_eq!(losses, ["table `quotes` with 2 rows"], "{backend}");
    }
}

/// The command line names what would be lost, whichever way it goes, and goes on when it is told to.
#[test]
fn it_is_asked_for_what_would_be_lost_and_for_nothing_else() {
    for backend in backends() {
        let database = Database::fresh(backend);
        let project = Project::new("faulty").database(&database);
        let say = |line: &str| project.migrate(line.split_whitespace());
        // The rows of the migration itself are no loss.
        assert!(say("upgrade orders").ends_with("exit 0"));
        assert!(say("downgrade base").ends_with("exit 0"));
        assert!(say("upgrade orders").ends_with("exit 0"));
        database.execute("INSERT INTO orders VALUES (7, 'a'), (8, 'b'), (9, NULL)");
        let refused = |line: &str, loss: &str| {
            let before = (database.dump(), database.rows());
            let said = say(line);
            let expected = format!(
                "error: `{line}` would lose rows\n  caused by: {loss}\n\
                 hint: nothing was changed; to go on all the same: migrate {line} --yes\n── exit 1"
            );
            assert!(said.ends_with(&expected), "{backend}\n{said}");
            assert_eq!((database.dump(), database.rows()), before, "{backend} {line}");
        };
        refused("upgrade drops", "column `orders.notes` with 2 values");
        refused("downgrade base", "table `orders` with 3 rows");
        let planned = say("plan drops");
        assert!(
            planned.contains("Would be lost: column `orders.notes` with 2 values"),
            "{planned}"
        );
        for line in ["upgrade drops --yes", "downgrade base --yes"] {
            let said = say(line);
            assert!(said.ends_with("exit 0"), "{backend} {line}\n{said}");
        }
    }
}
