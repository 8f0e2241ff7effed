//! Migrations on diesel-async's connections, on both of Tokio's runtimes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use diesel::SqliteConnection;
use diesel_async::{
    AsyncConnection, AsyncMysqlConnection, AsyncPgConnection,
    pooled_connection::{AsyncDieselConnectionManager, bb8, deadpool},
    sync_connection_wrapper::SyncConnectionWrapper,
};
use insta::assert_snapshot;
use migrate_core::{
    Chain, Error, Migrator, Options,
    asynchronous::{AsyncDatabase, BlockingMysqlConnection, BlockingPgConnection, Itself, run},
    prelude::*,
    run::{Event, Observer, Report},
};
use tests::{Backend, Database, backends, chain, revision, told};
use tokio::runtime::Runtime;

type Sqlite = SyncConnectionWrapper<SqliteConnection>;

/// Each of Tokio's runtimes, and what it is called.
fn runtimes() -> [(&'static str, Runtime); 2] {
    use tokio::runtime::Builder;
    let one = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let several =
        Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    [("current-thread", one), ("multi-thread", several)]
}

/// Does something that is generic over the connection with that of a backend.
macro_rules! on {
    ($database:expr, |$connection:ident| $body:expr) => {
        match $database.backend() {
            Backend::Postgres => {
                let $connection = connect::<AsyncPgConnection>($database).await;
                $body
            }
            Backend::Mariadb => {
                let $connection = connect::<AsyncMysqlConnection>($database).await;
                $body
            }
            Backend::Sqlite => {
                let $connection = connect::<Sqlite>($database).await;
                $body
            }
        }
    };
}

fn url(database: &Database) -> String {
    match database.backend() {
        Backend::Sqlite => database.file().display().to_string(),
        Backend::Postgres | Backend::Mariadb => database.url().to_owned(),
    }
}

async fn connect<C: AsyncConnection>(database: &Database) -> C {
    C::establish(&url(database)).await.unwrap_or_else(|error| panic!("{error}"))
}

async fn upgrade<C: AsyncDatabase<Itself>>(
    connection: C,
    chain: &'static Chain,
    target: &'static str,
) -> (C, Result<Report, Error>) {
    run(connection, move |database| Migrator::new(chain).upgrade(database, target)).await
}

async fn downgrade<C: AsyncDatabase<Itself>>(
    connection: C,
    chain: &'static Chain,
) -> (C, Result<Report, Error>) {
    run(connection, move |database| Migrator::new(chain).downgrade(database, "base")).await
}

fn leaked(revisions: Vec<migrate_core::Revision>) -> &'static Chain {
    Box::leak(Box::new(chain(revisions)))
}

#[test]
fn a_chain_makes_the_same_schema_as_on_a_blocking_connection_and_goes_back() {
    let story = &migrations::CHAIN;
    for backend in backends() {
        let expected = Database::fresh(backend);
        Migrator::new(story).upgrade(&mut *expected.connect(), "head").expect("an upgrade");
        let steps = story.revisions().len();
        for (name, runtime) in runtimes() {
            let database = Database::fresh(backend);
            runtime.block_on(async {
                on!(&database, |connection| {
                    let (connection, report) = upgrade(connection, story, "head").await;
                    let report = report.unwrap_or_else(|error| panic!("{name}: {}", told(&error)));
                    assert_eq!(report.steps.len(), steps, "{name}");
                    assert_eq!(database.dump(), expected.dump(), "{backend:?}, {name}");
                    let (connection, again) = upgrade(connection, story, "head").await;
                    assert_eq!(again.expect("nothing to do").steps.len(), 0);
                    let (_, report) = downgrade(connection, story).await;
                    let report = report.unwrap_or_else(|error| panic!("{name}: {}", told(&error)));
                    assert_eq!(report.steps.len(), steps, "{name}");
                });
            });
        }
    }
}

/// One step that takes half a second and makes a table before and behind.
fn slow() -> &'static Chain {
    leaked(vec![revision("slow", &[], |op| {
        op.create_table(table("before").column(bigint("id").primary_key()));
        op.only(Postgres, |op| {
            op.execute("SELECT pg_sleep(0.5)").undo_nothing();
        });
        op.only(Mysql, |op| {
            op.execute("SELECT SLEEP(0.5)").undo_nothing();
        });
        op.only(Mariadb, |op| {
            op.execute("SELECT SLEEP(0.5)").undo_nothing();
        });
        op.only(Sqlite, |op| {
            op.run("sleep", |_: &mut SqliteConnection| {
                std::thread::sleep(Duration::from_millis(500));
                Ok(())
            })
            .undo_nothing();
        });
        op.create_table(table("behind").column(bigint("id").primary_key()));
    })])
}

#[test]
fn other_tasks_go_on_while_a_migration_takes_its_time() {
    let slow = slow();
    for backend in backends() {
        for (name, runtime) in runtimes() {
            let database = Database::fresh(backend);
            let ticks = Arc::new(AtomicU32::new(0));
            runtime.block_on(async {
                let ticking = Arc::clone(&ticks);
                let ticker = tokio::spawn(async move {
                    loop {
                        tokio::time::sleep(Duration::from_millis(10)).await;
                        ticking.fetch_add(1, Ordering::Relaxed);
                    }
                });
                on!(&database, |connection| {
                    let (_, report) = upgrade(connection, slow, "head").await;
                    report.unwrap_or_else(|error| panic!("{name}: {}", told(&error)));
                });
                ticker.abort();
            });
            let ticks = ticks.load(Ordering::Relaxed);
            assert!(ticks >= 10, "{backend:?}, {name}: {ticks} ticks in half a second");
        }
    }
}

/// Counts statements.
struct Statements(Arc<AtomicU32>);

impl Observer for Statements {
    fn event(&mut self, event: &Event<'_>) {
        if let Event::Statement { .. } = event {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Begins a run, and drops it once it is at the statement that takes its time.
async fn drop_in_the_middle<C: AsyncDatabase<Itself>>(connection: C, slow: &'static Chain) {
    let statements = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&statements);
    let mut running = std::pin::pin!(run(connection, move |database| {
        let mut observer = Statements(counted);
        Migrator::new(slow).observed_by(&mut observer).upgrade(database, "head")
    }));
    while statements.load(Ordering::Relaxed) < 2 {
        let ran = tokio::time::timeout(Duration::from_millis(10), &mut running).await;
        assert!(ran.is_err(), "it was faster than half a second");
    }
}

/// What the log says of the last step, once it says something.
fn last_word(database: &Database, chain: &'static Chain) -> (String, Option<String>) {
    let began = Instant::now();
    loop {
        let (_, log) =
            Migrator::new(chain).status_and_log(&mut *database.connect()).expect("a status");
        let last = log.into_iter().rfind(|entry| entry.status != "started");
        if let Some(last) = last {
            return (last.status, last.error);
        }
        assert!(began.elapsed() < Duration::from_secs(20), "the log says nothing");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_dropped_run_ends_behind_its_statement_and_can_be_made_up_for() {
    let slow = slow();
    for backend in backends() {
        for (name, runtime) in runtimes() {
            let database = Database::fresh(backend);
            runtime.block_on(async {
                on!(&database, |connection| {
                    drop_in_the_middle(connection, slow).await;
                });
                // The runtime goes on, as a service does.
                tokio::time::sleep(Duration::from_millis(700)).await;
            });
            let (status, error) = last_word(&database, slow);
            assert_eq!(
                (status.as_str(), error.as_deref()),
                ("failed", Some("interrupted")),
                "{name}"
            );
            // MariaDB keeps what it has, and the next run goes on behind it.
            let kept = backend == Backend::Mariadb;
            assert_eq!(database.dump().contains("before"), kept, "{backend:?}, {name}");
            assert!(!database.dump().contains("behind"), "{backend:?}, {name}");
            runtime.block_on(async {
                on!(&database, |connection| {
                    let (_, report) = upgrade(connection, slow, "head").await;
                    let report = report.unwrap_or_else(|error| panic!("{name}: {}", told(&error)));
                    assert_eq!(report.steps.len(), 1);
                });
            });
            assert!(database.dump().contains("behind"), "{backend:?}, {name}");
        }
    }
}

#[test]
fn a_runtime_that_is_shut_down_in_the_middle_leaves_nothing_half_said() {
    let slow = slow();
    for backend in backends() {
        for (name, runtime) in runtimes() {
            let database = Database::fresh(backend);
            let began = Instant::now();
            runtime.block_on(async {
                on!(&database, |connection| {
                    drop_in_the_middle(connection, slow).await;
                });
            });
            drop(runtime);
            assert!(began.elapsed() < Duration::from_secs(10), "{backend:?}, {name}: it hung");
            // The server may be at the statement still; then its lock is waited for.
            let report = Migrator::new(slow).upgrade(&mut *database.connect(), "head");
            report.unwrap_or_else(|error| panic!("{backend:?}, {name}: {}", told(&error)));
            assert!(database.dump().contains("behind"), "{backend:?}, {name}");
        }
    }
}

#[test]
fn a_panic_is_the_callers_and_the_runtime_goes_on() {
    for backend in backends() {
        for (name, runtime) in runtimes() {
            let database = Database::fresh(backend);
            let joined = runtime.block_on(async {
                on!(&database, |connection| {
                    let panics = run(connection, |_| -> () { panic!("in the middle") });
                    tokio::spawn(panics).await.map(drop)
                })
            });
            let panic = joined.expect_err("a panic").into_panic();
            assert_eq!(panic.downcast_ref(), Some(&"in the middle"), "{backend:?}, {name}");
            assert_eq!(runtime.block_on(async { 1 }), 1);
        }
    }
}

/// Code for every connection, for Diesel's alone, and for each by hand.
fn codes(how: &str) -> &'static Chain {
    fn first(op: &mut Ops) {
        op.create_table(table("notes").column(varchar("note", 20).primary_key()));
    }
    let second: fn(&mut Ops) = match how {
        "diesel" => |op| {
            let handle = op.run("note", |_: &mut PgConnection| Ok(()));
            handle.or(|_: &mut MysqlConnection| Ok(())).undo_nothing();
        },
        "macro" => |op| {
            use diesel::RunQueryDsl;
            const INSERT: &str = "INSERT INTO notes (note) VALUES ('made')";
            op.run(
                "note",
                code!(|conn| {
                    diesel::sql_query(INSERT).execute(conn)?;
                    Ok(())
                }),
            )
            .undo_nothing();
        },
        _ => |op| {
            use diesel::RunQueryDsl;
            const INSERT: &str = "INSERT INTO notes (note) VALUES ('made')";
            op.run("note", |_: &mut PgConnection| Ok(()))
                .or(|conn: &mut BlockingPgConnection| {
                    diesel::sql_query(INSERT).execute(conn)?;
                    Ok(())
                })
                .or(|conn: &mut BlockingMysqlConnection| {
                    diesel::sql_query(INSERT).execute(conn)?;
                    Ok(())
                })
                .or(|conn: &mut SqliteConnection| {
                    diesel::sql_query(INSERT).execute(conn)?;
                    Ok(())
                })
                .undo_nothing();
        },
    };
    leaked(vec![revision("first", &[], first), revision("second", &["first"], second)])
}

fn servers() -> Vec<Backend> {
    backends().into_iter().filter(|backend| *backend != Backend::Sqlite).collect()
}

#[test]
fn code_for_another_connection_is_refused_before_the_first_statement() {
    let chain = codes("diesel");
    for backend in servers() {
        let database = Database::fresh(backend);
        let [(_, runtime), _] = runtimes();
        let error = runtime.block_on(async {
            on!(&database, |connection| upgrade(connection, chain, "head").await.1)
        });
        let told = told(&error.expect_err("it has no code for this connection"));
        match backend {
            Backend::Postgres => assert_snapshot!(told, @r"
            error: cannot apply second (second): run note (FILE:LINE) has code for other connections to this database, and this one is a `BlockingPgConnection`
            hint: add `.or(|conn: &mut BlockingPgConnection| …)` to it, or write it as `code!(|conn| …)`, for every connection that is compiled in; nothing was changed
            "),
            Backend::Mariadb => assert_snapshot!(told, @r"
            error: cannot apply second (second): run note (FILE:LINE) has code for other connections to this database, and this one is a `BlockingMysqlConnection`
            hint: add `.or(|conn: &mut BlockingMysqlConnection| …)` to it, or write it as `code!(|conn| …)`, for every connection that is compiled in; nothing was changed
            "),
            Backend::Sqlite => unreachable!(),
        }
        assert!(!database.dump().contains("notes"), "nothing was run");
    }
}

#[test]
fn code_for_every_connection_runs_here_too() {
    for how in ["macro", "by hand"] {
        let chain = codes(how);
        for backend in backends() {
            let database = Database::fresh(backend);
            let [(_, runtime), _] = runtimes();
            runtime.block_on(async {
                on!(&database, |connection| {
                    let (_, report) = upgrade(connection, chain, "head").await;
                    report.unwrap_or_else(|error| panic!("{how}: {}", told(&error)));
                });
            });
            assert_eq!(database.values("SELECT note AS value FROM notes"), ["made"], "{how}");
        }
    }
}

/// Upgrades on an object of one pool, and downgrades on one of another.
macro_rules! pools {
    ($connection:ty, $database:expr) => {
        async {
            let (database, story) = ($database, &migrations::CHAIN);
            let manager = || AsyncDieselConnectionManager::<$connection>::new(url(database));
            let pool = deadpool::Pool::builder(manager()).max_size(1).build().expect("a pool");
            let (object, report) = run(pool.get().await.expect("a connection"), |database| {
                Migrator::new(story).upgrade(database, "head")
            })
            .await;
            report.unwrap_or_else(|error| panic!("{}", told(&error)));
            drop(object);
            // The only one of the pool is back, and was not thrown away.
            assert!(pool.get().await.is_ok());
            assert_eq!(pool.status().size, 1);

            let pool = bb8::Pool::builder().max_size(1).build(manager()).await.expect("a pool");
            let object = pool.get_owned().await.expect("a connection");
            let (object, report) =
                run(object, |database| Migrator::new(story).downgrade(database, "base")).await;
            report.unwrap_or_else(|error| panic!("{}", told(&error)));
            drop(object);
            assert!(pool.get().await.is_ok());
        }
    };
}

#[test]
fn objects_of_pools_go_in_and_come_back() {
    for backend in backends() {
        for (_, runtime) in runtimes() {
            let database = &Database::fresh(backend);
            match backend {
                Backend::Postgres => runtime.block_on(pools!(AsyncPgConnection, database)),
                Backend::Mariadb => runtime.block_on(pools!(AsyncMysqlConnection, database)),
                Backend::Sqlite => runtime.block_on(pools!(Sqlite, database)),
            }
        }
    }
}

/// Panics when it first hears of this.
struct Panics(fn(&Event<'_>) -> bool);

impl Observer for Panics {
    fn event(&mut self, event: &Event<'_>) {
        assert!(!(self.0)(event), "an observer's own");
    }
}

/// A run on the only object of a pool, in which an observer panics; the pool and its connection live on.
macro_rules! panics_in_a_pool {
    ($connection:ty, $database:expr, $when:expr) => {
        async {
            let manager = AsyncDieselConnectionManager::<$connection>::new(url($database));
            let pool = deadpool::Pool::builder(manager).max_size(1).build().expect("a pool");
            let object = pool.get().await.expect("a connection");
            let when = $when;
            let panics = run(object, move |database| {
                Migrator::new(&migrations::CHAIN)
                    .observed_by(&mut Panics(when))
                    .upgrade(database, "head")
                    .map(drop)
            });
            let joined = tokio::spawn(async { panics.await.1 }).await;
            assert!(joined.expect_err("a panic").is_panic());
            pool
        }
    };
}

#[test]
fn a_panic_leaves_no_lock_to_the_next_user_of_the_connection() {
    let whens: [fn(&Event<'_>) -> bool; 2] = [
        |event| matches!(event, Event::Started { .. }),
        |event| matches!(event, Event::Statement { .. }),
    ];
    for backend in backends() {
        for when in whens {
            let (_, runtime) = runtimes().into_iter().next().expect("a runtime");
            let database = &Database::fresh(backend);
            macro_rules! check {
                ($connection:ty) => {{
                    let pool = runtime.block_on(panics_in_a_pool!($connection, database, when));
                    let options = Options { lock_wait: Duration::ZERO, ..Options::default() };
                    let mut migrator = Migrator::new(&migrations::CHAIN).with(options);
                    let report = migrator.upgrade(&mut *database.connect(), "head");
                    let report =
                        report.unwrap_or_else(|error| panic!("{backend:?}: {}", told(&error)));
                    assert_eq!(report.steps.len(), migrations::CHAIN.revisions().len());
                    assert_eq!(pool.status().size, 1);
                }};
            }
            match backend {
                Backend::Postgres => check!(AsyncPgConnection),
                Backend::Mariadb => check!(AsyncMysqlConnection),
                Backend::Sqlite => check!(Sqlite),
            }
        }
    }
}

#[test]
fn a_transaction_of_the_caller_is_neither_ended_nor_left_in_another_one() {
    use diesel_async::TransactionManager;
    async fn check<C: AsyncDatabase<Itself> + AsyncConnection>(database: &Database) {
        let mut connection: C = connect(database).await;
        C::TransactionManager::begin_transaction(&mut connection).await.expect("a transaction");
        connection.batch_execute("INSERT INTO mine (id) VALUES (1)").await.expect("a row");
        let (mut connection, refused) = upgrade(connection, &migrations::CHAIN, "head").await;
        let refused = told(&refused.expect_err("it is inside of a transaction"));
        assert!(refused.contains("transaction"), "{refused}");
        C::TransactionManager::rollback_transaction(&mut connection).await.expect("it is there");
        let again = C::TransactionManager::rollback_transaction(&mut connection).await;
        assert!(matches!(again, Err(diesel::result::Error::NotInTransaction)), "{again:?}");
    }
    for backend in servers() {
        for (_, runtime) in runtimes() {
            let database = Database::fresh(backend);
            database.execute("CREATE TABLE mine (id BIGINT PRIMARY KEY)");
            match backend {
                Backend::Postgres => runtime.block_on(check::<AsyncPgConnection>(&database)),
                Backend::Mariadb => runtime.block_on(check::<AsyncMysqlConnection>(&database)),
                Backend::Sqlite => {}
            }
            let rows = database.values("SELECT 'a row' AS value FROM mine");
            assert!(rows.is_empty(), "{backend:?}");
        }
    }
}
