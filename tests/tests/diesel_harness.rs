//! The chain in Diesel's own harness, alone and beside `migrate`.

use std::{collections::BTreeMap, time::Duration};

use diesel::{
    Connection, MysqlConnection, PgConnection, SqliteConnection,
    connection::SimpleConnection,
    r2d2::{ConnectionManager, Pool},
};
use diesel_migrations::MigrationHarness;
use insta::assert_snapshot;
use migrate_core::{
    Chain, Error, Migrator, Options, Revision, backend::Database as _,
    diesel::connection::BoxableConnection, harness::HarnessBackend, prelude::*,
};
use tests::{Backend, Database, backends, chain, revision};

/// Does something with a connection of Diesel's own, whichever it is.
macro_rules! on {
    ($database:expr, |$connection:ident| $body:expr) => {
        match $database.backend() {
            Backend::Postgres => {
                let mut $connection = $database.postgres();
                $body
            }
            Backend::Mariadb => {
                let mut $connection = $database.mariadb();
                $body
            }
            Backend::Sqlite => {
                let mut $connection = $database.sqlite();
                $body
            }
        }
    };
}

fn leaked(revisions: Vec<Revision>) -> &'static Chain {
    Box::leak(Box::new(chain(revisions)))
}

/// a ── b ── c, a table each.
fn three() -> &'static Chain {
    leaked(vec![
        Revision {
            stem: "20240101_0900_a_users",
            ..revision("a", &[], |op| {
                op.create_table(table("users").column(bigint("id").primary_key()));
            })
        },
        Revision {
            stem: "20240101_0901_b_orders",
            ..revision("b", &["a"], |op| {
                op.create_table(table("orders").column(bigint("id").primary_key()));
            })
        },
        Revision {
            stem: "20240102_0900_c_notes",
            ..revision("c", &["b"], |op| {
                op.add_column("orders", text("notes").nullable());
            })
        },
    ])
}

/// What the two tables say, and how often each step was run: `a2` is an `a` that was run twice.
fn said(database: &Database, chain: &'static Chain) -> String {
    let diesel = match database.dump().contains("__diesel_schema_migrations") {
        true => database
            .values("SELECT version AS value FROM __diesel_schema_migrations ORDER BY version"),
        false => Vec::new(),
    };
    let (status, log) =
        Migrator::new(chain).status_and_log(&mut *database.connect()).expect("a status");
    assert!(status.disagreement.is_none(), "{:?}", status.disagreement);
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in log.iter().filter(|entry| entry.status == "done") {
        *times.entry(&entry.revision).or_default() += usize::from(entry.direction == "upgrade");
    }
    let short = |version: &String| version.rsplit('_').next().unwrap_or_default().to_owned();
    let times = times.iter().map(|(id, times)| format!("{id}{times}"));
    format!(
        "diesel: {}; ours: {}; run: {}",
        diesel.iter().map(short).collect::<Vec<_>>().join(" "),
        status.applied.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
        times.collect::<Vec<_>>().join(" ")
    )
}

#[test]
fn the_harness_brings_a_database_up_and_down() {
    let story = &migrations::CHAIN;
    for backend in backends() {
        let (database, expected) = (Database::fresh(backend), Database::fresh(backend));
        Migrator::new(story).upgrade(&mut *expected.connect(), "head").expect("an upgrade");
        let count = story.revisions().len();
        on!(database, |connection| {
            assert!(connection.has_pending_migration(story).expect("an answer"));
            let ran = connection.run_pending_migrations(story).expect("a run");
            assert_eq!(ran.len(), count, "{backend:?}");
            assert!(ran[0].to_string().starts_with("20240603090500_"), "{}", ran[0]);
            assert!(!connection.has_pending_migration(story).expect("an answer"));
            assert_eq!(connection.run_pending_migrations(story).expect("nothing").len(), 0);

            let status = Migrator::new(story).status(&mut connection).expect("a status");
            assert!(status.pending.is_empty() && status.disagreement.is_none());
            connection.batch_execute("DROP TABLE __diesel_schema_migrations").expect("no table");
            assert_eq!(database.dump(), expected.dump(), "{backend:?}");

            // Its rows are gone, and nothing is run a second time.
            connection.run_pending_migrations(story).expect("only rows");
            let (_, log) = Migrator::new(story).status_and_log(&mut connection).expect("a status");
            assert_eq!(log.iter().filter(|one| one.status == "done").count(), count);

            let last = connection.revert_last_migration(story).expect("a way back");
            assert!(last.to_string().ends_with("_702b30269094"), "{last}");
            let status = Migrator::new(story).status(&mut connection).expect("a status");
            assert_eq!(status.pending.len(), 1);
            let reverted = connection.revert_all_migrations(story).expect("a way back");
            assert_eq!(reverted.len(), count - 1);
            let status = Migrator::new(story).status(&mut connection).expect("a status");
            assert!(status.applied.is_empty(), "{backend:?}");
        });
    }
}

#[test]
fn no_step_is_run_twice_by_the_harness_and_by_migrate_in_turn() {
    let three = three();
    for backend in backends() {
        let database = Database::fresh(backend);
        let upgrade = |target: &str| {
            let mut connection = database.connect();
            Migrator::new(three).upgrade(&mut *connection, target).expect("an upgrade");
        };
        let downgrade = |target: &str| {
            let mut connection = database.connect();
            Migrator::new(three).downgrade(&mut *connection, target).expect("a downgrade");
        };
        on!(database, |connection| {
            upgrade("b");
            assert_eq!(said(&database, three), "diesel: ; ours: a b; run: a1 b1");
            // The harness writes down what it has missed, and runs what is missing.
            connection.run_next_migration(three).expect("a row");
            assert_eq!(said(&database, three), "diesel: a; ours: a b; run: a1 b1");
            connection.run_pending_migrations(three).expect("a run");
            assert_eq!(said(&database, three), "diesel: a b c; ours: a b c; run: a1 b1 c1");
            // What `migrate` takes back is pending for the harness, too.
            downgrade("a");
            assert_eq!(said(&database, three), "diesel: a; ours: a; run: a1 b1 c1");
            connection.run_next_migration(three).expect("a run");
            upgrade("head");
            assert_eq!(said(&database, three), "diesel: a b; ours: a b c; run: a1 b2 c2");
            // The last one that the harness knows has another one on top.
            let refused = connection.revert_last_migration(three).expect_err("c is on it");
            assert!(refused.to_string().contains("migrate current"), "{refused}");
            assert_eq!(said(&database, three), "diesel: a b; ours: a b c; run: a1 b2 c2");
            connection.run_pending_migrations(three).expect("a row");
            let stamped = Migrator::new(three).stamp(&mut connection, &["b".to_owned()], false);
            stamped.expect("a stamp");
            assert_eq!(said(&database, three), "diesel: a b; ours: a b; run: a1 b2 c2");
        });
    }
}

#[test]
fn rows_of_the_harness_that_nobody_has_run_are_found() {
    let three = three();
    for backend in backends() {
        let database = Database::fresh(backend);
        on!(database, |connection| {
            connection.applied_migrations().expect("its table");
            let rows =
                "INSERT INTO __diesel_schema_migrations (version) VALUES ('20240101090000_a')";
            connection.batch_execute(rows).expect("a row");
            let refused = connection.run_pending_migrations(three).expect_err("a was not run");
            insta::allow_duplicates! {
                assert_snapshot!(refused.to_string(), @"cannot apply b: before it comes `a`, which the version table doesn't call applied (`__diesel_schema_migrations` has rows that `migrate current` knows nothing of: `migrate upgrade` applies what is missing, `migrate stamp REV` says that the schema has it; nothing was changed)");
            }
            assert_eq!(said(&database, three), "diesel: a; ours: ; run: ");
        });
    }
}

#[test]
fn a_migration_that_fails_leaves_no_row_and_says_all_of_it() {
    let faulty = leaked(vec![
        Revision {
            stem: "20240101_0900_a_users",
            ..revision("a", &[], |op| {
                op.create_table(table("users").column(bigint("id").primary_key()));
            })
        },
        Revision {
            stem: "20240101_0901_b_fails",
            ..revision("b", &["a"], |op| {
                op.execute("INSERT INTO users (id) VALUES (1)").undo_nothing();
                op.execute("INSERT INTO users (id) VALUES (1)").undo_nothing();
            })
        },
    ]);
    for backend in backends() {
        let database = Database::fresh(backend);
        on!(database, |connection| {
            let failed = connection.run_pending_migrations(faulty).expect_err("a duplicate");
            let failed = failed.to_string();
            assert!(failed.starts_with("upgrade b (b) failed, and "), "{failed}");
            assert!(failed.to_lowercase().contains("duplicate") || failed.contains("UNIQUE"));
            assert_eq!(
                said(&database, faulty),
                "diesel: a; ours: a; run: a1 b0".replace(" b0", "")
            );
        });
    }
}

#[test]
fn inside_of_a_test_transaction_all_of_it_goes_with_that() {
    let three = three();
    for backend in backends() {
        let database = Database::fresh(backend);
        match backend {
            Backend::Postgres => {
                let mut connection = database.postgres();
                connection.begin_test_transaction().expect("a transaction");
                connection.batch_execute("SET LOCAL lock_timeout = '7s'").expect("a setting");
                connection.run_pending_migrations(three).expect("a run");
                let setting = connection.query("SHOW lock_timeout").expect("a setting");
                assert_eq!(setting, [[Some("7s".to_owned())]]);
                connection.batch_execute("INSERT INTO orders (id) VALUES (1)").expect("a table");
                connection.revert_last_migration(three).expect("a way back");
            }
            Backend::Sqlite => {
                let mut connection = database.sqlite();
                connection.begin_test_transaction().expect("a transaction");
                connection.run_pending_migrations(three).expect("a run");
                connection.batch_execute("INSERT INTO orders (id) VALUES (1)").expect("a table");
            }
            Backend::Mariadb => {
                // Its DDL ends every transaction.
                let mut connection = database.mariadb();
                connection.begin_test_transaction().expect("a transaction");
                let refused = connection.run_pending_migrations(three).expect_err("a refusal");
                assert_snapshot!(refused.to_string(), @"a (a) can't be run inside of a transaction, and the connection is inside of one (migrate before the transaction begins, such as Diesel's test transaction; nothing was changed)");
            }
        }
        assert!(!database.dump().contains("orders"), "{backend:?}");
        assert_eq!(said(&database, three), "diesel: ; ours: ; run: ", "{backend:?}");
    }
}

#[test]
fn others_wait_until_the_transaction_around_the_harness_has_ended() {
    let three = three();
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let database = Database::fresh(Backend::Postgres);
    let beside = || {
        let options = Options { lock_wait: Duration::ZERO, ..Options::default() };
        Migrator::new(three).with(options).upgrade(&mut database.postgres(), "head")
    };
    let mut connection = database.postgres();
    let ended = connection.transaction(|connection| {
        connection.run_pending_migrations(three).expect("a run");
        let refused = beside().expect_err("what was run is not there for others yet");
        assert!(matches!(refused, Error::Busy { .. }), "{refused:?}");
        Err::<(), _>(diesel::result::Error::RollbackTransaction)
    });
    ended.expect_err("it is rolled back");
    // The connection lives on, and holds nothing.
    assert_eq!(beside().expect("an upgrade").steps.len(), 3);
    connection.run_pending_migrations(three).expect("only rows");
    assert_eq!(said(&database, three), "diesel: a b c; ours: a b c; run: a1 b1 c1");
}

#[test]
fn a_stamp_takes_the_rows_of_the_harness_along_where_there_is_no_log() {
    let three = three();
    for backend in backends() {
        let database = Database::fresh(backend);
        // As Alembic leaves it.
        database.execute("CREATE TABLE __migrate_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT __migrate_version_pkc PRIMARY KEY (version_num))");
        database.execute("INSERT INTO __migrate_version (version_num) VALUES ('c')");
        on!(database, |connection| {
            connection.run_pending_migrations(three).expect("only rows");
            assert_eq!(said(&database, three), "diesel: a b c; ours: a b c; run: ");
            let stamped = Migrator::new(three).stamp(&mut connection, &["a".to_owned()], false);
            stamped.expect("a stamp");
            assert_eq!(said(&database, three), "diesel: a; ours: a; run: a0");
        });
    }
}

#[test]
fn what_no_transaction_holds_is_refused_inside_of_one() {
    let concurrently = leaked(vec![Revision {
        stem: "20240101_0900_a_users",
        transaction: false,
        ..revision("a", &[], |op| {
            op.create_table(table("users").column(bigint("id").primary_key()));
        })
    }]);
    for backend in backends() {
        let database = Database::fresh(backend);
        on!(database, |connection| {
            connection.begin_test_transaction().expect("a transaction");
            let refused = connection.run_pending_migrations(concurrently).expect_err("a refusal");
            assert!(
                refused.to_string().contains("can't be run inside of a transaction"),
                "{refused}"
            );
        });
        on!(database, |connection| {
            connection.run_pending_migrations(concurrently).expect("a run");
        });
        assert_eq!(said(&database, concurrently), "diesel: a; ours: a; run: a1", "{backend:?}");
    }
}

#[test]
fn a_rebuild_keeps_rows_where_the_harness_runs_it() {
    let rebuild = leaked(vec![
        Revision {
            stem: "20240101_0900_a_users",
            ..revision("a", &[], |op| {
                op.create_table(table("users").column(bigint("id").primary_key()));
                op.create_table(
                    table("orders")
                        .column(bigint("id").primary_key())
                        .column(bigint("user_id"))
                        .constraint(
                            foreign_key(["user_id"]).references("users", ["id"]).on_delete(Cascade),
                        ),
                );
                op.execute("INSERT INTO users (id) VALUES (1)").undo_nothing();
                op.execute("INSERT INTO orders (id, user_id) VALUES (1, 1)").undo_nothing();
            })
        },
        Revision {
            stem: "20240101_0901_b_check",
            ..revision("b", &["a"], |op| {
                op.create_check_constraint("users", check("id > 0"));
            })
        },
    ]);
    let database = Database::fresh(Backend::Sqlite);
    let mut connection = database.sqlite();
    connection.run_pending_migrations(rebuild).expect("a run");
    assert_eq!(database.values("SELECT count(*) AS value FROM orders"), ["1"]);
    connection.revert_last_migration(rebuild).expect("a way back");
    connection.begin_test_transaction().expect("a transaction");
    let refused = connection.run_pending_migrations(rebuild).expect_err("a refusal");
    assert!(refused.to_string().contains("foreign keys can't be switched off"), "{refused}");
    assert_eq!(database.values("SELECT count(*) AS value FROM orders"), ["1"]);
}

#[test]
fn several_programs_that_start_at_once_all_do() {
    let three = three();
    for backend in backends().into_iter().filter(|it| *it != Backend::Sqlite) {
        let database = Database::fresh(backend);
        // Its table, since two that make it at once are Diesel's to keep apart.
        on!(database, |connection| drop(connection.applied_migrations().expect("its table")));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    on!(database, |connection| {
                        let ran = connection.run_pending_migrations(three);
                        ran.unwrap_or_else(|error| panic!("{backend:?}: {error}"));
                    });
                });
            }
        });
        assert_eq!(said(&database, three), "diesel: a b c; ours: a b c; run: a1 b1 c1");
    }
}

#[test]
fn pooled_connections_are_taken_as_they_are() {
    fn pool<C: diesel::r2d2::R2D2Connection + 'static>(url: String) -> Pool<ConnectionManager<C>> {
        Pool::builder().max_size(1).build(ConnectionManager::new(url)).expect("a pool")
    }
    let three = three();
    for backend in backends() {
        let database = Database::fresh(backend);
        macro_rules! check {
            ($connection:ty, $url:expr) => {{
                let pool = pool::<$connection>($url);
                let mut pooled = pool.get().expect("a connection");
                Migrator::new(three).upgrade(&mut pooled, "a").expect("an upgrade");
                pooled.run_pending_migrations(three).expect("a run");
                drop(pooled);
                assert!(pool.get().is_ok());
            }};
        }
        match backend {
            Backend::Postgres => check!(PgConnection, database.url().to_owned()),
            Backend::Mariadb => check!(MysqlConnection, database.url().to_owned()),
            Backend::Sqlite => check!(SqliteConnection, database.file().display().to_string()),
        }
        assert_eq!(said(&database, three), "diesel: a b c; ours: a b c; run: a1 b1 c1");
    }
}

/// A connection of an application's own, that is one of several.
mod any {
    #![allow(missing_docs, missing_debug_implementations, unreachable_pub)]

    #[derive(diesel::MultiConnection)]
    pub enum AnyConnection {
        Postgres(diesel::PgConnection),
        Mysql(diesel::MysqlConnection),
        Sqlite(diesel::SqliteConnection),
    }
}
use any::{AnyConnection, MultiBackend};

impl AnyConnection {
    fn database(&mut self) -> &mut dyn migrate_core::backend::Database {
        match self {
            AnyConnection::Postgres(connection) => connection,
            AnyConnection::Mysql(connection) => connection,
            AnyConnection::Sqlite(connection) => connection,
        }
    }
}

impl HarnessBackend for MultiBackend {
    fn database(
        connection: &mut dyn BoxableConnection<MultiBackend>,
    ) -> Option<&mut dyn migrate_core::backend::Database> {
        connection.downcast_mut::<AnyConnection>().map(AnyConnection::database)
    }
}

#[test]
fn a_connection_that_is_one_of_several_is_taken_as_the_one_that_it_is() {
    let three = three();
    for backend in backends() {
        let database = Database::fresh(backend);
        let mut any = match backend {
            Backend::Postgres => AnyConnection::Postgres(database.postgres()),
            Backend::Mariadb => AnyConnection::Mysql(database.mariadb()),
            Backend::Sqlite => AnyConnection::Sqlite(database.sqlite()),
        };
        Migrator::new(three).upgrade(any.database(), "a").expect("an upgrade");
        any.run_pending_migrations(three).expect("a run");
        assert_eq!(said(&database, three), "diesel: a b c; ours: a b c; run: a1 b1 c1");
    }
}

#[test]
fn a_chain_that_the_harness_would_run_in_another_order_is_refused() {
    let falling = leaked(vec![
        Revision { stem: "20240102_0900_a_users", ..revision("a", &[], |_| {}) },
        Revision { stem: "20240101_0900_b_orders", ..revision("b", &["a"], |_| {}) },
    ]);
    let database = Database::fresh(Backend::Sqlite);
    let mut connection = database.sqlite();
    let refused = connection.run_pending_migrations(falling).expect_err("the order");
    assert_snapshot!(refused.to_string(), @"Diesel's harness orders migrations by the time in their files' names, and `20240101_0900_b_orders` follows `20240102_0900_a_users`, though 20240101090000_b comes before 20240102090000_a: give the file a later time in its name, or use `Migrator`, which goes by the chain alone");
    // The chain itself is fine.
    Migrator::new(falling).upgrade(&mut connection, "head").expect("an upgrade");
}
