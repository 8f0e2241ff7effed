//! Servers that die in the middle of a statement: `kill -9`, a new start, and the same command again. What was committed
//! is there, what was not is not, and in the end the database is as if nothing had happened.
#![cfg(target_os = "linux")]

use tests::faults::{Seen, remains, runner, seen, wait_until};
use tests::{Backend, Database, Server, backends};

/// Rows of the table that statements take their time on.
const ROWS: u32 = 200_000;

/// A database of the server with the table `big`, at the step before the one that is to be broken off.
fn at(server: &Server, name: &str, target: &str) -> Database {
    let (home, create) = match server.database("").backend() {
        Backend::Mariadb => ("mysql", format!("CREATE DATABASE {name} CHARACTER SET utf8mb4")),
        Backend::Sqlite | Backend::Postgres => ("postgres", format!("CREATE DATABASE {name}")),
    };
    server.database(home).execute(&create);
    let database = server.database(name);
    let outcome = runner("slow", &database).run("upgrade s2");
    assert!(outcome.is_fine(), "{}", outcome.told());
    database.execute(&match database.backend() {
        Backend::Mariadb => format!("INSERT INTO big (id, n) SELECT seq, seq FROM seq_1_to_{ROWS}"),
        Backend::Sqlite | Backend::Postgres => {
            format!("INSERT INTO big (id, n) SELECT i, i FROM generate_series(1, {ROWS}) i")
        }
    });
    let outcome = runner("slow", &database).run(&format!("upgrade {target}"));
    assert!(outcome.is_fine(), "{}", outcome.told());
    database
}

fn is_active(database: &Database, statement: &str) -> bool {
    let count = match database.backend() {
        Backend::Mariadb => format!(
            "SELECT CAST(count(*) AS CHAR) AS value FROM information_schema.processlist \
             WHERE db = database() AND info LIKE '{statement}%'"
        ),
        Backend::Sqlite | Backend::Postgres => format!(
            "SELECT count(*)::text AS value FROM pg_stat_activity \
             WHERE datname = current_database() AND state = 'active' AND query LIKE '{statement}%'"
        ),
    };
    database.values(&count) != ["0"]
}

/// Breaks off the statement that begins so, of the step behind `from`.
fn check(server: &mut Server, name: &str, from: &str, statement: &str, clean: &Seen) {
    let database = at(server, name, from);
    // It can't end before it has been seen: somebody is in its way, and dies with the server.
    let holder = holder(&database, statement);
    let runner = runner("slow", &database);
    let running = runner.start("upgrade --lock-timeout 60");
    wait_until(&format!("{statement} is running"), || is_active(&database, statement));
    server.kill();
    drop(holder);
    server.again();
    // It may have been patient enough to see the server again, and then go on by itself.
    let broken = running.end();
    assert!(!broken.hung, "{statement}: {}", broken.told());
    let again = runner.run("upgrade");
    assert!(again.is_fine(), "{statement}: {}\n{}", broken.told(), again.told());
    assert_eq!(&seen(&database), clean, "{statement}");
    wait_until("nothing is left behind", || remains(&database).is_empty());
}

/// Somebody whom the statement waits for when it has begun, where it would be over too soon.
fn holder(
    database: &Database,
    statement: &str,
) -> Option<Box<dyn migrate_core::backend::Database>> {
    let sql = match (database.backend(), statement) {
        (Backend::Postgres, "CREATE INDEX CONCURRENTLY") => {
            "BEGIN; UPDATE big SET n = n WHERE id = 1"
        }
        (Backend::Postgres, _) => return None,
        (Backend::Sqlite | Backend::Mariadb, _) => return None,
    };
    let mut holder = database.connect();
    sql.split("; ").for_each(|sql| holder.batch(sql).expect("a lock"));
    Some(holder)
}

fn clean(server: &Server) -> Seen {
    let database = at(server, "clean", "s2");
    let outcome = runner("slow", &database).run("upgrade");
    assert!(outcome.is_fine(), "{}", outcome.told());
    seen(&database)
}

#[test]
fn server_kills_of_postgres_lose_and_repeat_nothing() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let mut server = Server::start(Backend::Postgres);
    let clean = clean(&server);
    check(&mut server, "in_update", "s2", "UPDATE big", &clean);
    check(&mut server, "in_index", "s3", "CREATE INDEX CONCURRENTLY", &clean);
    check(&mut server, "in_rewrite", "s4", "ALTER TABLE", &clean);
}

#[test]
fn server_kills_of_mariadb_lose_and_repeat_nothing() {
    if !backends().contains(&Backend::Mariadb) {
        return;
    }
    let mut server = Server::start(Backend::Mariadb);
    let clean = clean(&server);
    check(&mut server, "in_update", "s2", "UPDATE big", &clean);
    check(&mut server, "in_index", "s3", "CREATE INDEX", &clean);
    check(&mut server, "in_copy", "s4", "ALTER TABLE", &clean);
}
