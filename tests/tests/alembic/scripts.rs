//! SQL to read before it runs (`--sql`).

use migrate_core::prelude::*;
use migrate_core::run::ScriptOf;
use migrate_core::{Migrator, Revision};
use tests::{Database, backends, chain, revision, told};

use crate::Trial;

fn orders(op: &mut Ops) {
    op.create_table(
        table("orders").column(integer("id").primary_key()).column(text("words").nullable()),
    );
    op.create_table(
        table("fills").column(integer("order_id").references("orders", "id").on_delete(Cascade)),
    );
}

/// What `upgrade a:b --sql` prints, without a database.
fn script(dialect: Dialect, second: Revision) -> String {
    let chain = chain(vec![revision("a", &[], orders), second]);
    let script = Migrator::new(&chain).script(dialect, ScriptOf::Upgrade("a:b"));
    script.unwrap_or_else(|error| panic!("{dialect}: {}", told(&error))).text
}

/// Alembic: "This operation cannot proceed in --sql mode; batch mode with dialect sqlite requires a live database connection".
#[test]
fn a_table_is_made_anew_in_a_script_too() {
    fn change(op: &mut Ops) {
        op.alter_column("orders", "words").set_not_null().fill_with("'it''s'");
        op.create_check_constraint("orders", check("id < 1000").named("few"));
    }
    for backend in backends() {
        let (live, mut fed) = (Trial::new(backend, orders), Trial::new(backend, orders));
        for trial in [&live, &fed] {
            trial.execute(
                "INSERT INTO orders VALUES (1, NULL), (2, 'x'); INSERT INTO fills VALUES (1)",
            );
        }
        let mut live = live;
        live.up(change);
        let text = script(backend.dialect(), revision("b", &["a"], change));
        fed.feed(&text).unwrap_or_else(|error| panic!("{backend}: {error}\n{text}"));
        assert_eq!((fed.schema(), fed.rows()), (live.schema(), live.rows()), "{backend}");
        // What ran as a script is known to the next live run.
        fed.steps.push(change);
        fed.back();
    }
}

/// Alembic: `select ':x'` becomes `select 'NULL'`, or `'%(x)s'`.
#[test]
fn a_colon_in_a_string_is_a_colon_in_a_script() {
    fn change(op: &mut Ops) {
        op.execute(
            "INSERT INTO orders VALUES (1, ':x'), (2, '12:30'), (3, '%(y)s'), (4, '$1 ? \"q\"')",
        )
        .undo("DELETE FROM orders");
    }
    for backend in backends() {
        let fed = Trial::new(backend, orders);
        fed.feed(&script(backend.dialect(), revision("b", &["a"], change)))
            .unwrap_or_else(|error| panic!("{backend}: {error}"));
        let words = fed.values("SELECT words AS value FROM orders ORDER BY id");
        assert_eq!(words, [":x", "12:30", "%(y)s", "$1 ? \"q\""], "{backend}");
    }
}

/// Alembic: a script says nothing of the version that it expects: a second time, or on another database, it runs all the same.
#[test]
fn a_script_runs_once_and_on_the_right_database_only() {
    fn change(op: &mut Ops) {
        op.bulk_insert(rows("orders").row(row().set("id", 1).set("words", "x")));
        op.execute("INSERT INTO fills VALUES (1)").undo("DELETE FROM fills");
    }
    for backend in backends() {
        let text = script(backend.dialect(), revision("b", &["a"], change));
        let fed = Trial::new(backend, orders);
        fed.feed(&text).unwrap_or_else(|error| panic!("{backend}: {error}"));
        let rows = fed.rows();
        let _ = fed.feed(&text);
        assert_eq!(fed.rows(), rows, "{backend}");

        let other = Database::fresh(backend);
        other.execute("CREATE TABLE orders (id INTEGER, words VARCHAR(9)); CREATE TABLE fills (order_id INTEGER)");
        let _ = other.feed(&text);
        let count = "SELECT CAST(count(*) AS CHAR(9)) AS value FROM orders";
        assert_eq!(other.values(count)[0].trim(), "0", "{backend}");
    }
}

/// Alembic: code of a migration runs while the script is printed, on a connection whose answers are None.
#[test]
fn code_without_sql_of_its_own_stops_the_script() {
    fn change(op: &mut Ops) {
        op.run("backfill", code!(|_conn| panic!("it runs"))).undo_nothing();
    }
    for dialect in [Postgres, Sqlite, Mysql, Mariadb] {
        let chain = chain(vec![revision("a", &[], orders), revision("b", &["a"], change)]);
        let error = Migrator::new(&chain).script(dialect, ScriptOf::Upgrade("a:b")).err();
        let said = told(&error.expect("an error"));
        assert!(said.contains("backfill"), "{said}");
    }
}
