//! Several runners at once on one database: each step is run once, whoever runs it, nobody sees an error of the server,
//! and who comes late finds nothing left to do.

use tests::faults::{Outcome, Running, Seen, remains, runner, seen, wait_until};
use tests::{Backend, Database, backends};

/// What a late runner says.
const NOTHING: &str = "Nothing to run";

/// Where a run alone ends.
fn alone(chain: &str, backend: Backend) -> Seen {
    let database = Database::fresh(backend);
    let outcome = runner(chain, &database).run("upgrade heads");
    assert!(outcome.is_fine(), "{}", outcome.told());
    seen(&database)
}

fn ends(runners: Vec<Running>) -> Vec<Outcome> {
    runners.into_iter().map(Running::end).collect()
}

/// No lock, no session, no file: a server notices a moment later that somebody has gone.
fn leaves_nothing(database: &Database) {
    let mut left = Vec::new();
    for _ in 0..500 {
        left = remains(database);
        if left.is_empty() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("left behind: {left:?}");
}

/// Words of a server that two runners got in each other's way.
fn has_no_server_error(outcome: &Outcome) {
    for word in [
        "deadlock",
        "duplicate key",
        "already exists",
        "is locked",
        "panicked",
        "Duplicate",
        "1213",
        "1205",
    ] {
        assert!(!outcome.told().contains(word), "{}", outcome.told());
    }
}

/// All of them are fine, one of them did it all, and the others found nothing to run.
fn check_one_wins(chain: &str, backend: Backend, count: usize) {
    if !backends().contains(&backend) {
        return;
    }
    let clean = alone(chain, backend);
    let database = Database::fresh(backend);
    let runner = runner(chain, &database);
    let outcomes = ends((0..count).map(|_| runner.start("upgrade heads")).collect());
    for outcome in &outcomes {
        assert!(outcome.is_fine(), "{backend}, {count} runners: {}", outcome.told());
        has_no_server_error(outcome);
    }
    let told = outcomes.iter().map(Outcome::told).collect::<Vec<_>>().join("\n\n");
    let late = outcomes.iter().filter(|outcome| outcome.told().contains(NOTHING)).count();
    match backend {
        // A file has no lock for a whole run: its steps are shared out among those who come for them.
        Backend::Sqlite => assert!(late < count, "{told}"),
        Backend::Postgres | Backend::Mariadb => assert_eq!(late, count - 1, "{backend}: {told}"),
    }
    assert_eq!(seen(&database), clean, "{backend}, {count} runners");
    leaves_nothing(&database);
}

#[test]
fn one_of_2_runners_applies_all() {
    backends().into_iter().for_each(|backend| check_one_wins("plain", backend, 2));
}

#[test]
fn one_of_8_runners_applies_all() {
    backends().into_iter().for_each(|backend| check_one_wins("plain", backend, 8));
}

#[test]
fn one_of_32_runners_applies_all() {
    backends().into_iter().for_each(|backend| check_one_wins("plain", backend, 32));
}

#[test]
fn one_of_2_runners_builds_concurrently() {
    backends().into_iter().for_each(|backend| check_one_wins("concurrently", backend, 2));
}

#[test]
fn one_of_8_runners_builds_concurrently() {
    backends().into_iter().for_each(|backend| check_one_wins("concurrently", backend, 8));
}

#[test]
fn one_of_32_runners_builds_concurrently() {
    backends().into_iter().for_each(|backend| check_one_wins("concurrently", backend, 32));
}

#[test]
fn every_runner_says_why_the_third_revision_fails() {
    for backend in backends() {
        let database = Database::fresh(backend);
        let runner = runner("third_fails", &database);
        let outcomes = ends((0..8).map(|_| runner.start("upgrade")).collect());
        for outcome in &outcomes {
            assert_eq!(outcome.code, Some(1), "{backend}: {}", outcome.told());
            let words = ["f3", "INSERT INTO orders (id) VALUES (1)"];
            assert!(words.iter().all(|word| outcome.stderr.contains(word)), "{}", outcome.told());
            // The row that is there already, in the words of each server.
            let causes = ["UNIQUE constraint failed", "duplicate key value", "Duplicate entry"];
            assert!(
                causes.iter().any(|cause| outcome.stderr.contains(cause)),
                "{}",
                outcome.told()
            );
        }
        let end = seen(&database);
        assert_eq!(end.done, ["upgrade f1", "upgrade f2"], "{backend}");
        assert_eq!(end.versions, ["f2"], "{backend}");
        leaves_nothing(&database);
    }
}

#[test]
fn who_waits_for_a_halted_runner_gives_up_and_names_it() {
    for backend in backends() {
        let database = Database::fresh(backend);
        let (first, second) = (runner("held", &database), runner("held", &database));
        let holder = first.start_and_hold("upgrade");
        holder.signal("STOP");
        let before = seen(&database);
        // A file has no lock for a whole run: there it is the one of a statement that is waited for.
        let late = second.run(match backend {
            Backend::Sqlite => "upgrade --lock-timeout 1 --lock-tries 1",
            Backend::Postgres | Backend::Mariadb => "upgrade --lock-wait 1",
        });
        assert_eq!(late.code, Some(1), "{backend}: {}", late.told());
        let names = match backend {
            Backend::Sqlite => "is locked",
            Backend::Postgres => "migrate",
            Backend::Mariadb => "connection",
        };
        assert!(late.stderr.contains(names), "{backend}: {}", late.told());
        assert!(
            late.stderr.contains("nothing was changed") || backend == Backend::Sqlite,
            "{}",
            late.told()
        );
        assert_eq!(seen(&database), before, "{backend}");
        holder.signal("CONT");
        first.release();
        let holder = holder.end();
        assert!(holder.is_fine(), "{backend}: {}", holder.told());
        assert_eq!(seen(&database).versions, ["h3"], "{backend}");
        leaves_nothing(&database);
    }
}

#[test]
fn a_runner_waits_until_the_one_before_is_done() {
    for backend in backends() {
        let database = Database::fresh(backend);
        let (first, second) = (runner("held", &database), runner("held", &database));
        let holder = first.start_and_hold("upgrade");
        let mut late = second.start("upgrade");
        if backend != Backend::Sqlite {
            wait_until("it says whom it waits for", || {
                late.said().contains("another runner is at work")
            });
        }
        assert!(late.is_running(), "{backend}: {}", late.said());
        first.release();
        let outcomes = ends(vec![holder, late]);
        for outcome in &outcomes {
            assert!(outcome.is_fine(), "{backend}: {}", outcome.told());
            has_no_server_error(outcome);
        }
        assert_eq!(seen(&database), alone("held", backend), "{backend}");
    }
}

#[test]
fn an_older_release_changes_nothing_and_names_what_it_does_not_know() {
    for backend in backends() {
        let database = Database::fresh(backend);
        let new = runner("plain", &database).run("upgrade");
        assert!(new.is_fine(), "{}", new.told());
        let (before, old) = (seen(&database), runner("old", &database));
        for line in ["upgrade", "downgrade base"] {
            let outcome = old.run(line);
            assert!(outcome.stderr.contains("p4"), "{backend}: {}", outcome.told());
            assert_eq!(seen(&database), before, "{backend}: {}", outcome.told());
        }
        assert!(old.run("current").told().contains("p4"), "{backend}");
        for line in ["history", "heads"] {
            let outcome = old.run(line);
            assert!(outcome.is_fine(), "{backend}: {}", outcome.told());
        }
    }
}

#[test]
fn two_branches_come_from_two_runners_and_their_merge_from_one() {
    for backend in backends() {
        let database = Database::fresh(backend);
        let runner = runner("branches", &database);
        assert!(runner.run("upgrade b1").is_fine());
        let lines = ["upgrade left@b2", "upgrade right@b3"];
        for outcome in ends(lines.map(|line| runner.start(line)).into()) {
            assert!(outcome.is_fine(), "{backend}: {}", outcome.told());
            has_no_server_error(&outcome);
        }
        assert_eq!(seen(&database).versions, ["b2", "b3"], "{backend}");
        for outcome in ends((0..8).map(|_| runner.start("upgrade heads")).collect()) {
            assert!(outcome.is_fine(), "{backend}: {}", outcome.told());
        }
        let end = seen(&database);
        assert_eq!(end.versions, ["b4"], "{backend}");
        let merged = end.done.iter().filter(|done| *done == "upgrade b4").count();
        assert_eq!((merged, end.done.len()), (1, 4), "{backend}: {:?}", end.done);
        let clean = alone("branches", backend);
        assert_eq!((end.schema, end.rows), (clean.schema, clean.rows), "{backend}");
    }
}

/// A runner is gone, and the server is still at its statement: who comes next waits until that is over, and only then
/// looks what there is to do.
#[test]
fn what_a_runner_that_is_gone_left_running_is_waited_for() {
    for backend in [Backend::Postgres, Backend::Mariadb] {
        if !backends().contains(&backend) {
            continue;
        }
        let database = Database::fresh(backend);
        let runner = runner("plain", &database);
        assert!(runner.run("upgrade p2").is_fine());
        let mut other = database.connect();
        other.begin().expect("a transaction");
        other.batch("UPDATE orders SET quantity = quantity + 0").expect("rows that are held");
        let gone = runner.start("upgrade --lock-timeout 1h");
        let (held, asked) = match backend {
            Backend::Mariadb => (
                "1",
                "SELECT CAST(count(*) AS CHAR) AS value FROM information_schema.processlist WHERE db = DATABASE() AND info LIKE 'UPDATE orders SET quantity = quantity + 1%'",
            ),
            Backend::Postgres | Backend::Sqlite => (
                "1",
                "SELECT count(*)::text AS value FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
            ),
        };
        wait_until("it waits inside of the server", || database.values(asked) == [held]);
        gone.signal("KILL");
        drop(gone);
        let next = runner.start("upgrade");
        if backend == Backend::Mariadb {
            wait_until("the next one waits", || next.said().contains("another runner is at work"));
        }
        other.rollback().expect("an end");
        drop(other);
        let outcome = next.end();
        assert!(outcome.is_fine(), "{backend} {}", outcome.told());
        has_no_server_error(&outcome);
        assert_eq!(seen(&database).rows, alone("plain", backend).rows, "{backend}");
        assert_eq!(seen(&database).done, alone("plain", backend).done, "{backend}");
    }
}

#[test]
fn who_only_reads_never_waits() {
    for backend in backends() {
        let database = Database::fresh(backend);
        let (first, second) = (runner("held", &database), runner("held", &database));
        assert!(first.run("upgrade h1").is_fine());
        let holder = first.start_and_hold("upgrade");
        let mut writers: Vec<Running> =
            ["upgrade", "stamp heads"].map(|line| second.start(line)).into();
        for line in ["current", "current -v", "history", "heads", "plan"] {
            let outcome = second.run(line);
            assert!(outcome.is_fine(), "{backend}: {}", outcome.told());
        }
        for writer in &mut writers {
            assert!(writer.is_running(), "{backend}: {}", writer.said());
        }
        first.release();
        writers.push(holder);
        for outcome in ends(writers) {
            assert!(outcome.is_fine(), "{backend}: {}", outcome.told());
            has_no_server_error(&outcome);
        }
        assert_eq!(seen(&database).versions, ["h3"], "{backend}");
        leaves_nothing(&database);
    }
}

#[test]
fn upgrades_and_downgrades_take_turns() {
    for backend in backends() {
        let database = Database::fresh(backend);
        let runner = runner("concurrently", &database);
        let lines = ["upgrade", "downgrade base --yes", "upgrade c3", "downgrade base --yes"];
        let outcomes = ends(lines.iter().cycle().take(12).map(|line| runner.start(line)).collect());
        for outcome in &outcomes {
            // Who planned before others went the other way, and finds no sense in what is left, says so.
            let is_fine = outcome.is_fine() || outcome.stderr.contains("nothing was changed");
            assert!(is_fine, "{backend}: {}", outcome.told());
            has_no_server_error(outcome);
        }
        let done = seen(&database).done;
        for revision in ["c1", "c2", "c3", "c4", "c5"] {
            let turns: Vec<&str> = done
                .iter()
                .filter_map(|done| done.split_once(' ').filter(|(_, of)| *of == revision))
                .map(|(direction, _)| direction)
                .collect();
            let take_turns = turns.windows(2).all(|pair| pair[0] != pair[1]);
            assert!(
                take_turns && turns.first().is_none_or(|first| *first == "upgrade"),
                "{backend}: {done:?}"
            );
        }
        let last = runner.run("upgrade");
        assert!(last.is_fine(), "{backend}: {}", last.told());
        let (end, clean) = (seen(&database), alone("concurrently", backend));
        assert_eq!(
            (end.schema, end.rows, end.versions),
            (clean.schema, clean.rows, clean.versions),
            "{backend}"
        );
        leaves_nothing(&database);
    }
}

#[test]
fn two_programs_with_version_tables_of_their_own_do_not_wait_for_each_other() {
    // SQLite has one writer at a time, whoever that is.
    for backend in backends().into_iter().filter(|backend| *backend != Backend::Sqlite) {
        let database = Database::fresh(backend);
        let own = "version_table = \"__migrate_version_b\"\nlog_table = \"__migrate_log_b\"\n";
        let first = runner("held", &database);
        let second = runner("other", &database).file("migrate.toml", own);
        let mut holder = first.start_and_hold("upgrade");
        let other = second.run("upgrade --allow-non-empty");
        assert!(other.is_fine(), "{backend}: {}", other.told());
        assert!(holder.is_running(), "{backend}: {}", holder.said());
        first.release();
        let holder = holder.end();
        assert!(holder.is_fine(), "{backend}: {}", holder.told());
    }
}

#[test]
fn eight_runners_share_a_sqlite_file_with_a_reader() {
    if !backends().contains(&Backend::Sqlite) {
        return;
    }
    for mode in ["WAL", "DELETE"] {
        let clean = alone("plain", Backend::Sqlite);
        let database = Database::fresh(Backend::Sqlite);
        database.execute(&format!("PRAGMA journal_mode = {mode}; CREATE TABLE kept (id INTEGER); INSERT INTO kept VALUES (1)"));
        // Begun, and has not read yet: it keeps nobody out. One that has read keeps writers from ending, without WAL.
        let mut reader = database.connect();
        reader.batch("BEGIN").expect("a transaction");
        if mode == "WAL" {
            reader.query("SELECT CAST(id AS TEXT) FROM kept").expect("a row");
        }
        let runner = runner("plain", &database);
        let outcomes = ends((0..8).map(|_| runner.start("upgrade --allow-non-empty")).collect());
        for outcome in &outcomes {
            assert!(outcome.is_fine(), "{mode}: {}", outcome.told());
            has_no_server_error(outcome);
        }
        let rows = reader.query("SELECT CAST(count(*) AS TEXT) FROM kept").expect("a row");
        assert_eq!(rows, [[Some("1".to_owned())]], "{mode}");
        reader.batch("COMMIT").expect("the end");
        drop(reader);
        let end = seen(&database);
        assert_eq!((end.versions, end.done), (clean.versions, clean.done), "{mode}");
        for row in &clean.rows {
            assert!(end.rows.contains(row), "{mode}: {row}");
        }
    }
}

#[cfg(target_os = "linux")]
mod behind_a_pooler {
    use super::*;
    use tests::Server;

    #[test]
    fn two_runners_apply_each_step_once_and_leave_no_lock() {
        if !backends().contains(&Backend::Postgres) {
            return;
        }
        let pooler = Server::pooler();
        let (direct, clean) =
            (Database::fresh(Backend::Postgres), alone("plain", Backend::Postgres));
        let pooled = pooler.database(direct.name());
        let runner = runner("plain", &pooled);
        let outcomes = ends((0..2).map(|_| runner.start("upgrade")).collect());
        for outcome in &outcomes {
            assert!(outcome.is_fine(), "{}", outcome.told());
            has_no_server_error(outcome);
        }
        assert_eq!(seen(&direct), clean);
        let locks = "SELECT l.pid::text AS value FROM pg_locks l JOIN pg_database d ON d.oid = l.database \
                     WHERE l.locktype = 'advisory' AND d.datname = current_database()";
        assert_eq!(direct.values(locks), Vec::<String>::new());
        // What a run sets is not left for whoever gets the connection next.
        assert_eq!(pooled.values("SELECT current_setting('lock_timeout') AS value"), ["0"]);
        assert_eq!(pooled.values("SELECT current_setting('statement_timeout') AS value"), ["0"]);
    }

    #[test]
    fn a_step_that_no_transaction_holds_is_refused_with_the_reason() {
        if !backends().contains(&Backend::Postgres) {
            return;
        }
        let pooler = Server::pooler();
        let direct = Database::fresh(Backend::Postgres);
        let pooled = pooler.database(direct.name());
        let outcome = runner("concurrently", &pooled).run("upgrade");
        assert_eq!(outcome.code, Some(1), "{}", outcome.told());
        for word in ["c3", "pooler", "--database-url"] {
            assert!(outcome.stderr.contains(word), "no {word}: {}", outcome.told());
        }
        assert!(!seen(&direct).done.contains(&"upgrade c3".to_owned()));
        let end = runner("concurrently", &direct).run("upgrade");
        assert!(end.is_fine(), "{}", end.told());
        assert_eq!(seen(&direct), alone("concurrently", Backend::Postgres));
    }
}
