//! Chains that mix migrations in SQL and in Rust, on real databases: up, down and up again, and what a failure says.

use migrate_core::run::ScriptOf;
use migrate_core::{Chain, Migrator};
use tests::{Backend, Database, backends, told};

mod mariadb;
mod postgres;
mod sqlite;

fn chain(backend: Backend) -> &'static Chain {
    match backend {
        Backend::Sqlite => &sqlite::CHAIN,
        Backend::Postgres => &postgres::CHAIN,
        Backend::Mariadb => &mariadb::CHAIN,
    }
}

fn go(database: &Database, is_up: bool, target: &str) -> Result<(), String> {
    let mut migrator = Migrator::new(chain(database.backend()));
    let connection = &mut *database.connect();
    let done = match is_up {
        true => migrator.upgrade(connection, target),
        false => migrator.downgrade(connection, target),
    };
    done.map(drop).map_err(|error| told(&error))
}

fn orders(database: &Database) -> Vec<String> {
    database.values("SELECT CAST(count(*) AS char(9)) AS value FROM orders")
}

#[test]
fn up_and_down_and_up_again_is_the_same_schema() {
    for backend in backends() {
        let database = Database::fresh(backend);
        go(&database, true, "c").unwrap();
        let head = database.schema();
        assert!(head.iter().any(|line| line.contains("notes")), "{head:?}");
        database.execute("INSERT INTO orders (id, quantity) VALUES (1, 5)");
        let counted = database.values("SELECT CAST(orders AS char(9)) AS value FROM totals");
        assert_eq!(counted[0].trim(), "1", "{backend}: the trigger of the SQL file counts");
        go(&database, false, "base").unwrap();
        assert_eq!(database.schema(), [""; 0], "{backend}");
        go(&database, true, "c").unwrap();
        assert_eq!(database.schema(), head, "{backend}");
    }
}

#[test]
fn a_statement_that_fails_says_where_it_is_and_what_is_left() {
    for backend in backends() {
        let database = Database::fresh(backend);
        go(&database, true, "c").unwrap();
        let said = go(&database, true, "head").unwrap_err();
        let place = format!("tests/tests/sql_files/{backend}/4_break.up.sql:6");
        assert!(said.contains(&place), "{backend}: {said}");
        let (kept, rows) = match backend {
            Backend::Sqlite | Backend::Postgres => ("nothing of it was changed", "0"),
            Backend::Mariadb => ("1 of its 2 statements took effect", "1"),
        };
        assert!(said.contains(kept), "{backend}: {said}");
        assert_eq!(orders(&database)[0].trim(), rows, "{backend}: {said}");
    }
}

#[test]
fn a_script_holds_the_statements_of_the_files() {
    for backend in backends() {
        let database = Database::fresh(backend);
        let migrator = Migrator::new(chain(backend));
        let script = migrator.script(backend.dialect(), ScriptOf::Upgrade("c")).unwrap();
        database.feed(&script.text).unwrap();
        assert_eq!(orders(&database)[0].trim(), "0", "{backend}");
    }
}
