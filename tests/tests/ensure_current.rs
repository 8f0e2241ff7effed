//! What a program that starts on today's schema alone is told of others.

use diesel::{MysqlConnection, PgConnection, SqliteConnection, connection::SimpleConnection};
use migrate_core::{Chain, Error, Migrator, NotCurrent, Revision, ensure_current, prelude::*};
use tests::{Backend, Database, backends, chain, revision};

const A: fn(&mut Ops) = |op| {
    op.create_table(table("users").column(bigint("id").primary_key()));
};

fn b() -> Revision {
    revision("b", &["a"], |op| {
        op.add_column("users", text("b").nullable());
    })
}

fn c() -> Revision {
    revision("c", &["b"], |op| {
        op.add_column("users", text("c").nullable());
    })
}

fn first_two() -> Chain {
    chain(vec![revision("a", &[], A), b()])
}

fn all_three() -> Chain {
    chain(vec![revision("a", &[], A), b(), c()])
}

/// What is said, with its hint; nothing of the database is changed by it.
fn told(database: &Database, chain: &Chain) -> String {
    let before = database.dump();
    let result = ensure_current(&mut *database.connect(), chain);
    assert_eq!(database.dump(), before);
    match result {
        Ok(()) => "current".to_owned(),
        Err(not) => format!("{not}; {}", not.hint().unwrap_or_default()),
    }
}

fn upgrade(database: &Database, chain: &Chain, target: &str) {
    Migrator::new(chain).upgrade(&mut *database.connect(), target).expect("an upgrade");
}

#[test]
fn a_program_is_told_where_the_database_is() {
    let (two, three) = (first_two(), all_three());
    for backend in backends() {
        let database = Database::fresh(backend);
        let behind = "`migrate upgrade` applies what is missing";
        assert_eq!(
            told(&database, &two),
            format!(
                "the database is at base, and 2 migrations of this program are not applied: a, b; {behind}"
            )
        );
        upgrade(&database, &two, "a");
        assert_eq!(
            told(&database, &two),
            format!(
                "the database is at a, and a migration of this program is not applied: b; {behind}"
            )
        );
        upgrade(&database, &two, "b");
        assert_eq!(told(&database, &two), "current");
        assert_eq!(
            told(&database, &three),
            format!(
                "the database is at b, and a migration of this program is not applied: c; {behind}"
            )
        );
        upgrade(&database, &three, "c");
        assert_eq!(told(&database, &three), "current");
        assert_eq!(
            told(&database, &two),
            "the database is at c, which this program doesn't know; a later release has migrated it: start that one, or take \
             it back with that one's `migrate downgrade`"
        );
    }
}

#[test]
fn a_later_release_of_another_history_is_not_taken_for_one_that_is_ahead() {
    let two = first_two();
    let other = chain(vec![
        revision("a", &[], A),
        revision("x", &["a"], |op| {
            op.add_column("users", text("x").nullable());
        }),
    ]);
    for backend in backends() {
        let database = Database::fresh(backend);
        upgrade(&database, &other, "x");
        assert_eq!(
            told(&database, &two),
            "the database is at x, which this program doesn't know, and a migration of this program is not applied: b; \
             another program has migrated it, or a release with another history: `migrate history` of both shows where they part"
        );
    }
}

#[test]
fn what_is_half_done_is_no_schema_to_start_on() {
    // `users` twice: outside of a transaction the first statement stays.
    let faulty = chain(vec![Revision {
        transaction: false,
        ..revision("a", &[], |op| {
            op.create_table(table("users").column(bigint("id").primary_key()));
            op.execute("INSERT INTO users (id) VALUES (1)").undo_nothing();
            op.execute("INSERT INTO users (id) VALUES (1)").undo_nothing();
        })
    }]);
    for backend in backends() {
        let database = Database::fresh(backend);
        Migrator::new(&faulty).upgrade(&mut *database.connect(), "head").expect_err("a duplicate");
        assert_eq!(
            told(&database, &faulty),
            "the database is in the middle of an upgrade to a; where its run goes on, wait for it; where it has ended, \
             `migrate resume` finishes the step"
        );
    }
}

#[test]
fn records_that_do_not_agree_are_told_apart_from_a_database_that_is_behind() {
    let two = first_two();
    for backend in backends() {
        let database = Database::fresh(backend);
        upgrade(&database, &two, "b");
        database.execute("UPDATE __migrate_version SET version_num = 'a'");
        let odd = ensure_current(&mut *database.connect(), &two).expect_err("they don't agree");
        assert!(matches!(&odd, NotCurrent::Odd(Error::Moved { .. })), "{odd:?}");
        assert!(odd.hint().is_some_and(|hint| hint.contains("migrate repair")));

        // A revision that was put in below an applied one.
        let database = Database::fresh(backend);
        let gap = chain(vec![revision("a", &[], A), b(), revision("x", &["a"], |_| {})]);
        let merged = chain(vec![
            revision("a", &[], A),
            b(),
            revision("x", &["a"], |_| {}),
            revision("m", &["b", "x"], |_| {}),
        ]);
        upgrade(&database, &gap, "b");
        let behind = ensure_current(&mut *database.connect(), &merged).expect_err("x and m");
        assert!(
            matches!(&behind, NotCurrent::Behind { pending, .. } if pending.len() == 2),
            "{behind:?}"
        );
    }
}

#[test]
fn a_database_that_cannot_be_asked_is_none_that_is_current() {
    let two = first_two();
    for backend in backends() {
        let database = Database::fresh(backend);
        let ask = |connection: &mut dyn migrate_core::backend::Database| {
            ensure_current(connection, &two).expect_err("it is gone")
        };
        let error = match backend {
            // A connection that the server has ended.
            Backend::Postgres => {
                let mut connection: PgConnection = database.postgres();
                let _ = connection.batch_execute("SELECT pg_terminate_backend(pg_backend_pid())");
                ask(&mut connection)
            }
            Backend::Mariadb => {
                let mut connection: MysqlConnection = database.mariadb();
                let _ = connection.batch_execute("KILL CONNECTION_ID()");
                ask(&mut connection)
            }
            Backend::Sqlite => {
                let mut connection: SqliteConnection = database.sqlite();
                std::fs::write(
                    database.file(),
                    "this is no database, but a text of some length\n".repeat(99),
                )
                .expect("a file");
                ask(&mut connection)
            }
        };
        assert!(matches!(&error, NotCurrent::Unreadable(_)), "{backend:?}: {error:?}");
    }
}
