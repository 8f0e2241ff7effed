//! A disk that is full while a migration is written, or while one runs.
#![cfg(target_os = "linux")]

use std::fs;

use migrate_core::{Migrator, backend::Database as _};
use tests::faults::{Seen, revisions, runner, seen};
use tests::{App, Backend, Database, Server, backends, chain, told};

#[test]
fn cargo_migrate_leaves_nothing_half_written_on_a_full_disk() {
    let app = App::new("full");
    app.package("", "shop", "");
    app.migrate(&["init"]);
    app.revision("Create orders", "// nothing yet");
    app.revision("Add notes", "// nothing yet");
    let versions = || {
        let files = fs::read_dir(app.path("migrations/src/versions")).expect("a folder");
        let mut files: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
        files.sort();
        files
            .into_iter()
            .map(|path| (fs::read_to_string(&path).expect("text"), path))
            .collect::<Vec<_>>()
    };
    let before = versions();
    let rebase = ["rebase", "head", "--onto", "base", "--unchecked"];
    app.write(
        "migrations/src/lib.rs",
        "migrate_core::migrations!(\"src/versions\", multiple_bases, multiple_heads);\n",
    );
    for line in [&["revision", "-m", "Add prices"][..], &rebase] {
        let output = app.migrate_on_a_full_disk(line);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{line:?}: {said}");
        assert!(said.contains("error: cannot write migrations/src/versions"), "{said}");
        assert!(said.contains("caused by: File too large"), "{said}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), "");
        assert_eq!(versions(), before, "{line:?}: {said}");
    }
}

/// A database that has room for so many pages, one more each time: it ends at each place where something is written,
/// the rows of the log and of the version table among them.
#[test]
fn sqlite_goes_on_when_there_is_room_again() {
    if !backends().contains(&Backend::Sqlite) {
        return;
    }
    let chain = chain(revisions("everything"));
    let begin = || {
        let database = Database::fresh(Backend::Sqlite);
        database.execute("CREATE TABLE legacy (id INTEGER PRIMARY KEY, amount INTEGER NOT NULL)");
        database.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40) INSERT INTO legacy SELECT i, i * 10 FROM n");
        database
    };
    let upgrade = |connection: &mut diesel::SqliteConnection, target: &str| {
        let options = migrate_core::Options { allow_non_empty: true, ..Default::default() };
        Migrator::new(&chain)
            .with(options)
            .upgrade(connection, target)
            .map_err(|error| told(&error))
    };
    let clean = begin();
    let mut states = vec![seen(&clean)];
    for revision in chain.revisions() {
        upgrade(&mut clean.sqlite(), revision.id).unwrap_or_else(|said| panic!("{said}"));
        states.push(seen(&clean));
    }
    let clean = states.last().expect("a state").clone();
    let mut failures = 0;
    for pages in 2..200 {
        let database = begin();
        let mut connection = database.sqlite();
        connection.batch(&format!("PRAGMA max_page_count = {pages}")).expect("a limit");
        let Err(said) = upgrade(&mut connection, "head") else { break };
        failures += 1;
        assert!(said.contains("database or disk is full"), "{pages}: {said}");
        let after = seen(&database);
        let is_whole = |state: &Seen| state.rows == after.rows && state.schema == after.schema;
        assert!(
            states.iter().any(is_whole) || said.contains("outside of transactions"),
            "{pages}: {said}"
        );
        connection.batch("PRAGMA max_page_count = 100000").expect("a limit");
        upgrade(&mut connection, "head").unwrap_or_else(|said| panic!("{pages}: {said}"));
        let after = seen(&database);
        assert_eq!((&after.schema, &after.rows), (&clean.schema, &clean.rows), "{pages}");
    }
    assert!(failures > 10, "{failures}");
}

/// Files that may hold so many bytes: more than the server needs for itself, less than what the steps write.
const LIMIT: u64 = 17 << 20;

fn check(backend: Backend, words: &str) {
    if !backends().contains(&backend) {
        return;
    }
    let server = Server::start(backend);
    let clean = begun(&server, "clean");
    let outcome = runner("slow", &clean).run("upgrade");
    assert!(outcome.is_fine(), "{}", outcome.told());

    let database = begun(&server, "filled");
    let before = seen(&database);
    server.limit_files(Some(LIMIT));
    let outcome = runner("slow", &database).run("upgrade");
    assert_eq!(outcome.code, Some(1), "{}", outcome.told());
    assert!(outcome.stderr.contains(words), "{}", outcome.told());
    if backend == Backend::Postgres {
        assert_eq!(seen(&database), before, "{}", outcome.told());
    }
    server.limit_files(None);
    let again = runner("slow", &database).run("upgrade");
    assert!(again.is_fine(), "{}\n{}", outcome.told(), again.told());
    assert_eq!(seen(&database), seen(&clean), "{}", outcome.told());
}

/// A database with a table that takes most of that.
fn begun(server: &Server, name: &str) -> Database {
    let (home, create, rows) = match server.database("").backend() {
        Backend::Mariadb => (
            "mysql",
            format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"),
            "SELECT seq, seq FROM seq_1_to_400000",
        ),
        Backend::Sqlite | Backend::Postgres => (
            "postgres",
            format!("CREATE DATABASE {name}"),
            "SELECT i, i FROM generate_series(1, 400000) i",
        ),
    };
    server.database(home).execute(&create);
    let database = server.database(name);
    let outcome = runner("slow", &database).run("upgrade s2");
    assert!(outcome.is_fine(), "{}", outcome.told());
    database.execute(&format!("INSERT INTO big (id, n) {rows}"));
    database
}

#[test]
fn postgres_goes_on_when_there_is_room_again() {
    check(Backend::Postgres, "File too large");
}

/// MariaDB waits for room on a disk that is full; a tablespace of its own that may not grow tells at once.
#[test]
fn mariadb_goes_on_when_there_is_room_again() {
    if !backends().contains(&Backend::Mariadb) {
        return;
    }
    let server = Server::start(Backend::Mariadb);
    let clean = begun(&server, "clean");
    let outcome = runner("slow", &clean).run("upgrade");
    assert!(outcome.is_fine(), "{}", outcome.told());

    let space = |max: &str| format!("--innodb-data-file-path=ibdata1:12M:autoextend:max:{max}");
    let mut other = Server::start(Backend::Mariadb);
    other.with(&["--innodb-file-per-table=0", &space("60M")]);
    let database = begun(&other, "filled");
    let outcome = runner("slow", &database).run("upgrade");
    assert_eq!(outcome.code, Some(1), "{}", outcome.told());
    assert!(outcome.stderr.contains("is full"), "{}", outcome.told());
    other.with(&["--innodb-file-per-table=0", &space("600M")]);
    let again = runner("slow", &database).run("upgrade");
    assert!(again.is_fine(), "{}\n{}", outcome.told(), again.told());
    assert_eq!(seen(&database), seen(&clean), "{}", outcome.told());
}
