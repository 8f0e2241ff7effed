//! Locks that others hold: a run waits for a moment, tries again, and gives up with the name of who is in the way and
//! nothing changed.

use tests::faults::{remains, runner, seen, wait_until};
use tests::{Backend, Database, backends};

/// What somebody holds on `orders` for as long as his transaction lasts, as SQL.
fn hold(backend: Backend) -> Vec<(&'static str, &'static str)> {
    match backend {
        Backend::Postgres => vec![
            ("ACCESS SHARE", "BEGIN; SELECT count(*) FROM orders"),
            ("ROW EXCLUSIVE", "BEGIN; UPDATE orders SET notes = NULL WHERE id = 1"),
            ("SHARE UPDATE EXCLUSIVE", "BEGIN; LOCK TABLE orders IN SHARE UPDATE EXCLUSIVE MODE"),
            ("SHARE", "BEGIN; LOCK TABLE orders IN SHARE MODE"),
            ("SHARE ROW EXCLUSIVE", "BEGIN; LOCK TABLE orders IN SHARE ROW EXCLUSIVE MODE"),
            ("ACCESS EXCLUSIVE", "BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE"),
        ],
        Backend::Mariadb => vec![
            ("a reader's transaction", "START TRANSACTION; SELECT count(*) FROM orders"),
            (
                "a writer's transaction",
                "START TRANSACTION; UPDATE orders SET notes = NULL WHERE id = 1",
            ),
            ("LOCK TABLES", "LOCK TABLES orders WRITE"),
        ],
        Backend::Sqlite => {
            vec![("a writer", "BEGIN IMMEDIATE; UPDATE orders SET notes = NULL WHERE id = 1")]
        }
    }
}

/// A database at `l1`, with rows in `orders`.
fn at_l1(backend: Backend) -> Database {
    let database = Database::fresh(backend);
    let outcome = runner("blocked", &database).run("upgrade l1");
    assert!(outcome.is_fine(), "{}", outcome.told());
    database.execute("INSERT INTO orders (id, quantity) VALUES (1, 1), (2, 2)");
    database
}

/// Somebody who takes this lock.
fn blocker(database: &Database, sql: &str) -> Box<dyn migrate_core::backend::Database> {
    let mut blocker = database.connect();
    if database.backend() == Backend::Postgres {
        blocker.batch("SET application_name = 'the blocker'").expect("a setting");
    }
    for statement in sql.split("; ") {
        match statement.starts_with("SELECT") {
            true => drop(blocker.query(&statement.replace("count(*)", "'x'")).expect("rows")),
            false => blocker.batch(statement).expect("a lock"),
        }
    }
    blocker
}

#[test]
fn a_run_goes_on_when_the_lock_is_let_go() {
    for backend in backends() {
        for (name, sql) in hold(backend) {
            let database = at_l1(backend);
            let blocker = blocker(&database, sql);
            let runner = runner("blocked", &database);
            let mut running = runner.start("upgrade l2 --lock-timeout 1");
            match backend {
                Backend::Postgres => {
                    let waits = "SELECT count(*)::text AS value FROM pg_locks WHERE NOT granted AND locktype = 'relation' \
                                 AND relation = 'orders'::regclass";
                    wait_until("the run waits for the lock", || database.values(waits) != ["0"]);
                }
                Backend::Mariadb => {
                    let waits = "SELECT CAST(count(*) AS CHAR) AS value FROM information_schema.processlist \
                                 WHERE db = database() AND state LIKE 'Waiting for table%'";
                    wait_until("the run waits for the lock", || database.values(waits) != ["0"]);
                }
                // It says nothing while it waits.
                Backend::Sqlite => std::thread::sleep(std::time::Duration::from_millis(300)),
            }
            assert!(running.is_running(), "{backend}, {name}: {}", running.said());
            drop(blocker);
            let outcome = running.end();
            assert!(outcome.is_fine(), "{backend}, {name}: {}", outcome.told());
            assert_eq!(seen(&database).versions, ["l2"], "{backend}, {name}");
        }
    }
}

#[test]
fn a_run_that_gives_up_names_who_is_in_the_way_and_changes_nothing() {
    std::thread::scope(|scope| {
        for backend in backends() {
            for (name, sql) in hold(backend) {
                scope.spawn(move || check_gives_up(backend, name, sql));
            }
        }
    });
}

fn check_gives_up(backend: Backend, name: &str, sql: &str) {
    let database = at_l1(backend);
    let before = seen(&database);
    let mut blocker = blocker(&database, sql);
    let id = match backend {
        Backend::Postgres => blocker.query("SELECT pg_backend_pid()::text").expect("an id"),
        // Of locks that no transaction holds the server says nothing.
        Backend::Mariadb if name != "LOCK TABLES" => {
            blocker.query("SELECT CAST(connection_id() AS CHAR)").expect("an id")
        }
        Backend::Sqlite | Backend::Mariadb => Vec::new(),
    };
    let runner = runner("blocked", &database);
    let outcome = runner.run("upgrade l2 --lock-timeout 200ms --lock-tries 2");
    assert_eq!(outcome.code, Some(1), "{backend}, {name}: {}", outcome.told());
    let mut words = match backend {
        Backend::Postgres => vec!["l2", "the blocker", "lock"],
        Backend::Mariadb => vec!["l2", "lock"],
        Backend::Sqlite => vec!["locked"],
    };
    let id = id.into_iter().flatten().flatten().next();
    words.extend(id.as_deref());
    for word in words {
        let has = outcome.stderr.contains(word);
        assert!(has, "{backend}, {name}, {word}: {}", outcome.told());
    }
    drop(blocker);
    assert_eq!(seen(&database), before, "{backend}, {name}");
    let again = runner.run("upgrade");
    assert!(again.is_fine(), "{backend}, {name}: {}", again.told());
}

/// A foreign key takes a lock on the table that it refers to, and what was locked before is let go while it waits.
#[test]
fn a_lock_on_the_parent_is_waited_for_with_none_of_our_own() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let database = Database::fresh(Backend::Postgres);
    let outcome = runner("parent", &database).run("upgrade n1");
    assert!(outcome.is_fine(), "{}", outcome.told());
    let blocker = blocker(&database, "BEGIN; LOCK TABLE parents IN ACCESS EXCLUSIVE MODE");
    let outcome = runner("parent", &database).run("upgrade --lock-timeout 1 --lock-tries 2");
    assert_eq!(outcome.code, Some(1), "{}", outcome.told());
    assert!(outcome.stderr.contains("the blocker"), "{}", outcome.told());
    // The table that was changed first is free.
    database
        .execute("SET lock_timeout = '5s'; LOCK TABLE children IN ACCESS EXCLUSIVE MODE NOWAIT");
    drop(blocker);
    let again = runner("parent", &database).run("upgrade");
    assert!(again.is_fine(), "{}", again.told());
}

const INVALID: &str =
    "SELECT indexrelid::regclass::text AS value FROM pg_index WHERE NOT indisvalid";

#[test]
fn an_invalid_index_is_dropped_and_built_again() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let database = at_l1(Backend::Postgres);
    assert!(runner("blocked", &database).run("upgrade l2").is_fine());
    // A writer that does not end: CONCURRENTLY waits for it, here until it is ended by hand.
    let blocker = blocker(&database, "BEGIN; UPDATE orders SET notes = NULL WHERE id = 1");
    let runner = runner("blocked", &database);
    let running = runner.start("upgrade l3");
    wait_until("the index is there and not valid", || {
        database.values(INVALID) == ["orders_quantity"]
    });
    running.signal("KILL");
    assert_eq!(running.end().code, None);
    database.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'CREATE INDEX%' \
         AND pid <> pg_backend_pid()",
    );
    assert_eq!(database.values(INVALID), ["orders_quantity"]);
    drop(blocker);
    let again = runner.run("upgrade");
    assert!(again.is_fine(), "{}", again.told());
    assert_eq!(database.values(INVALID), Vec::<String>::new());
    let index = "SELECT pg_get_indexdef('orders_quantity'::regclass) AS value";
    assert_eq!(
        database.values(index),
        ["CREATE INDEX orders_quantity ON public.orders USING btree (quantity)"]
    );
    wait_until("nothing is left behind", || remains(&database).is_empty());
}

#[test]
fn a_run_that_concurrently_has_to_wait_too_long_for_leaves_no_invalid_index_for_good() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let database = at_l1(Backend::Postgres);
    let runner = runner("blocked", &database);
    assert!(runner.run("upgrade l2").is_fine());
    let blocker = blocker(&database, "BEGIN; UPDATE orders SET notes = NULL WHERE id = 1");
    let outcome = runner.run("upgrade l3 --statement-timeout 1 --lock-timeout 1 --lock-tries 1");
    assert_eq!(outcome.code, Some(1), "{}", outcome.told());
    assert!(outcome.stderr.contains("l3"), "{}", outcome.told());
    drop(blocker);
    let again = runner.run("upgrade");
    assert!(again.is_fine(), "{}", again.told());
    assert_eq!(database.values(INVALID), Vec::<String>::new());
    assert_eq!(seen(&database).versions, ["l4"]);
}

/// Somebody who locks in the other order: the server ends one of the two, and if that is the run, it tries again.
#[test]
fn a_deadlock_is_tried_again() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let database = Database::fresh(Backend::Postgres);
    let runner = runner("parent", &database);
    assert!(runner.run("upgrade n1").is_fine());
    let mut other = database.connect();
    // It is never the one to be ended: it looks for a deadlock long after the run has.
    other
        .batch("SET deadlock_timeout = '1h'; BEGIN; LOCK TABLE parents IN SHARE MODE")
        .expect("a lock");
    let running = runner.start("upgrade --lock-timeout 30");
    let waits = "SELECT count(*)::text AS value FROM pg_locks WHERE NOT granted AND relation = 'parents'::regclass";
    wait_until("the run waits for the parent", || database.values(waits) != ["0"]);
    other.batch("LOCK TABLE children IN SHARE MODE").expect("the run gave way");
    other.batch("COMMIT").expect("the end");
    let outcome = running.end();
    assert!(outcome.is_fine(), "{}", outcome.told());
    assert_eq!(seen(&database).versions, ["n2"]);
}
