//! `undo` and `keep` on databases with rows: each example is a migration on top of the rich schema, run up, down
//! and up again by the runner.

use migrate_core::{Error, Migrator, Revision};
use tests::examples::{Example, POSTGRES_ROWS, examples, rich, rich_rows};
use tests::schema::lost;
use tests::{Backend, Database, backends, chain, revision, told};

pub(crate) fn database(backend: Backend) -> Database {
    let database = Database::fresh(backend);
    let chain = chain(vec![revision("a", &[], rich)]);
    let upgraded = Migrator::new(&chain).upgrade(&mut *database.connect(), "head");
    upgraded.unwrap_or_else(|error| panic!("{backend}: {}", told(&error)));
    fill(&database);
    database
}

fn fill(database: &Database) {
    database.execute(&rich_rows(database.backend().dialect()));
    if database.backend() == Backend::Postgres {
        database.execute(POSTGRES_ROWS);
    }
}

/// Puts the rows back as they were in the beginning.
pub(crate) fn refill(database: &Database) {
    let tables =
        database.rows().into_keys().map(|name| format!("\"{}\"", name.replace('"', "\"\"")));
    let tables: Vec<String> = tables.collect();
    match database.backend() {
        Backend::Postgres => {
            database.execute(&format!("TRUNCATE {} RESTART IDENTITY", tables.join(", ")));
        }
        Backend::Sqlite => {
            let delete: Vec<String> =
                tables.iter().map(|name| format!("DELETE FROM {name}")).collect();
            database.execute(&format!("PRAGMA foreign_keys = OFF; {}", delete.join("; ")));
        }
        Backend::Mariadb => {
            let delete: Vec<String> =
                tables.iter().map(|name| format!("DELETE FROM {name}")).collect();
            database.execute(&format!("SET foreign_key_checks = 0; {}", delete.join("; ")));
        }
    }
    fill(database);
}

fn holds(example: Example, database: &Database, schema: &[String]) -> Result<(), String> {
    let rows = database.rows();
    let second = Revision { transaction: !example.outside, ..revision("b", &["a"], example.ops) };
    let chain = chain(vec![revision("a", &[], rich), second]);
    let mut migrator = Migrator::new(&chain);
    let mut connection = database.connect();
    let connection = &mut *connection;

    let upgraded = migrator.upgrade(connection, "head");
    if let Some(words) = example.refusal(database.backend().dialect()) {
        refused(words, upgraded.err())?;
        nothing(lost(&rows, &database.rows(), &[]), "the refusal lost")?;
        return same(schema, &database.schema(), "the refusal leads elsewhere");
    }
    upgraded.map_err(|error| format!("up: {}", told(&error)))?;
    nothing(lost(&rows, &database.rows(), example.touches), "the upgrade lost")?;
    migrator.downgrade(connection, "a").map_err(|error| format!("down: {}", told(&error)))?;
    nothing(lost(&rows, &database.rows(), example.touches), "the downgrade lost")?;
    nothing(lost(&database.rows(), &rows, example.touches), "the downgrade left")?;
    same(schema, &database.schema(), "the downgrade leads elsewhere")?;

    migrator.upgrade(connection, "head").map_err(|error| format!("up again: {}", told(&error)))?;
    migrator.downgrade(connection, "a").map_err(|error| format!("down again: {}", told(&error)))?;
    let heads = database.values("SELECT version_num AS value FROM __migrate_version");
    same(&["a".to_owned()], &heads, "heads")
}

/// What a database can't do it says before the first statement, in the words that the example has.
pub(crate) fn refused(words: &str, error: Option<Error>) -> Result<(), String> {
    match error {
        None => Err(format!("it can be done after all, where this should be said: {words}")),
        Some(error @ Error::NotHere { .. }) if told(&error).contains(words) => Ok(()),
        Some(error) => Err(format!("should be refused, by `{words}`: {}", told(&error))),
    }
}

fn nothing(lost: Vec<String>, what: &str) -> Result<(), String> {
    if lost.is_empty() { Ok(()) } else { Err(format!("{what} {}", lost.join(", "))) }
}

pub(crate) fn same(expected: &[String], found: &[String], what: &str) -> Result<(), String> {
    let missing: Vec<&str> =
        expected.iter().filter(|one| !found.contains(one)).map(String::as_str).collect();
    let extra: Vec<&str> =
        found.iter().filter(|one| !expected.contains(one)).map(String::as_str).collect();
    match (missing.is_empty(), extra.is_empty()) {
        (true, true) => Ok(()),
        _ => Err(format!("{what}\n- {}\n+ {}", missing.join("\n- "), extra.join("\n+ "))),
    }
}

/// The examples of some kinds, so that several can be tried at a time.
fn undo_and_keep(backend: Backend, part: usize) {
    if !backends().contains(&backend) {
        return;
    }
    let mut faults = Vec::new();
    let mut shared = database(backend);
    let schema = shared.schema();
    for example in examples().into_iter().skip(part).step_by(PARTS) {
        let result = holds(example, &shared, &schema);
        // What leaves everything as it was leaves it for the next one.
        if result.is_err() || !example.touches.is_empty() {
            shared = database(backend);
        }
        if let Err(fault) = result {
            faults.push(format!("{}, {}: {fault}", example.kind, example.name));
        }
    }
    assert!(faults.is_empty(), "{} faults on {backend}\n{}", faults.len(), faults.join("\n\n"));
}

const PARTS: usize = 4;

macro_rules! parts {
    ($($part:literal: $on_sqlite:ident $on_postgres:ident $on_mariadb:ident;)*) => {
        $(
            #[test]
            fn $on_sqlite() {
                undo_and_keep(Backend::Sqlite, $part);
            }

            #[test]
            fn $on_postgres() {
                undo_and_keep(Backend::Postgres, $part);
            }

            #[test]
            fn $on_mariadb() {
                undo_and_keep(Backend::Mariadb, $part);
            }
        )*
    };
}
parts! {
    0: an_inverse_leads_back_on_sqlite_0 an_inverse_leads_back_on_postgres_0 an_inverse_leads_back_on_mariadb_0;
    1: an_inverse_leads_back_on_sqlite_1 an_inverse_leads_back_on_postgres_1 an_inverse_leads_back_on_mariadb_1;
    2: an_inverse_leads_back_on_sqlite_2 an_inverse_leads_back_on_postgres_2 an_inverse_leads_back_on_mariadb_2;
    3: an_inverse_leads_back_on_sqlite_3 an_inverse_leads_back_on_postgres_3 an_inverse_leads_back_on_mariadb_3;
}
