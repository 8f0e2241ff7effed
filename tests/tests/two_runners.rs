//! Several runners at once on one database: every step runs once, whoever runs it, and a runner that was too
//! late says so and nothing worse.

use std::process::{Command, Output, Stdio};

use migrate_core::{Migrator, Options, Revision};
use tests::{Backend, Database, backends, chain, revision, told};

const RUNNERS: usize = 4;

fn start(database: &Database) -> std::process::Child {
    Command::new(env!("CARGO_BIN_EXE_story"))
        .args(["upgrade", "head"])
        .env("DATABASE_URL", database.url())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the story's migrate")
}

fn check(backend: Backend) {
    if !backends().contains(&backend) {
        return;
    }
    for _ in 0..3 {
        let database = Database::fresh(backend);
        let runners: Vec<_> = (0..RUNNERS).map(|_| start(&database)).collect();
        let outputs: Vec<Output> = runners
            .into_iter()
            .map(|runner| runner.wait_with_output().expect("its output"))
            .collect();
        for output in outputs.iter().filter(|output| !output.status.success()) {
            let said = String::from_utf8_lossy(&output.stderr);
            for misleading in ["stamp", "--allow-non-empty", "panicked", "log says"] {
                assert!(!said.contains(misleading), "{said}");
            }
        }
        // Whoever was first is through, or was itself overtaken between two steps: then one more run is enough.
        let last = start(&database).wait_with_output().expect("its output");
        assert!(last.status.success(), "{}", String::from_utf8_lossy(&last.stderr));
        let done =
            "SELECT CAST(count(*) AS VARCHAR(9)) AS value FROM __migrate_log WHERE status = 'done'";
        let revisions = migrations::CHAIN.revisions().len().to_string();
        assert_eq!(database.values(done), [revisions]);
        let rows = "SELECT version_num AS value FROM __migrate_version";
        assert_eq!(database.values(rows), ["702b30269094"]);
    }
}

/// No transaction keeps two runners of such a step apart; on PostgreSQL a lock does, which is tried once.
#[test]
fn a_step_without_a_transaction_has_one_runner_on_postgres() {
    fn once(op: &mut migrate_core::Ops) {
        op.execute("INSERT INTO runs VALUES (1)").undo_nothing();
    }
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let database = Database::fresh(Backend::Postgres);
    database.execute("CREATE TABLE runs (id INTEGER)");
    let step = Revision { transaction: false, ..revision("a", &[], once) };
    let chain = chain(vec![step]);
    let lock_wait = std::time::Duration::ZERO;
    let options = Options { allow_non_empty: true, lock_wait, ..Options::default() };
    let upgrade =
        || Migrator::new(&chain).with(options.clone()).upgrade(&mut *database.connect(), "head");

    let mut other = database.connect();
    let taken = other.query(
        "SELECT pg_try_advisory_lock(1835627378, hashtext(current_schema() || '.__migrate_version'))::text",
    );
    assert_eq!(taken.expect("a lock"), [[Some("true".to_owned())]]);
    let refused = upgrade().expect_err("another runner is at it");
    assert!(told(&refused).contains("another runner is at work: process "), "{}", told(&refused));
    let runs = "SELECT count(*)::text AS value FROM runs";
    assert_eq!(database.values(runs), ["0"]);

    drop(other);
    // The server notices a closed connection a moment later.
    let done = (0..50).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        upgrade().is_ok()
    });
    assert!(done);
    assert_eq!(database.values(runs), ["1"]);
}

#[test]
fn every_step_runs_once_on_sqlite() {
    check(Backend::Sqlite);
}

#[test]
fn every_step_runs_once_on_postgres() {
    check(Backend::Postgres);
}

#[test]
fn every_step_runs_once_on_mariadb() {
    check(Backend::Mariadb);
}

/// The lock of a script and that of a run are one, and who waits for it begins when it is free.
#[test]
fn a_runner_waits_for_the_one_before_it_on_mariadb() {
    fn once(op: &mut migrate_core::Ops) {
        op.execute("INSERT INTO runs VALUES (1)").undo_nothing();
    }
    if !backends().contains(&Backend::Mariadb) {
        return;
    }
    let database = Database::fresh(Backend::Mariadb);
    database.execute("CREATE TABLE runs (id INTEGER)");
    let chain = chain(vec![revision("a", &[], once)]);
    let options = Options { allow_non_empty: true, ..Options::default() };
    let mut other = database.connect();
    let taken = other.query(
        "SELECT CAST(get_lock(concat('migrate:', left(sha2(concat(database(), char(0 USING utf8mb4), '__migrate_version'), 256), 32)), 0) AS CHAR)",
    );
    assert_eq!(taken.expect("a lock"), [[Some("1".to_owned())]]);
    let runs = || database.values("SELECT CAST(count(*) AS CHAR) AS value FROM runs");
    std::thread::scope(|scope| {
        let runner = scope.spawn(|| {
            let mut migrator = Migrator::new(&chain).with(options);
            migrator.upgrade(&mut *database.connect(), "head").map_err(|error| told(&error))
        });
        std::thread::sleep(std::time::Duration::from_millis(1500));
        assert_eq!(runs(), ["0"]);
        assert!(!runner.is_finished());
        drop(other);
        runner.join().expect("no panic").expect("an upgrade");
    });
    assert_eq!(runs(), ["1"]);
}
