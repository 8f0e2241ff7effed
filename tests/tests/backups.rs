//! Backups of servers: they come back by the commands that were told, and one that fails stops the run.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use insta::assert_snapshot;
use serde_json::Value;
use tests::{Backend, Database, Project, backends, programs};

/// Where a backup is taken, and the revision behind it.
const BEFORE: &str = "53fbf35846c6";
const AFTER: &str = "ae1027a6acf0";

fn servers() -> impl Iterator<Item = Backend> {
    backends().into_iter().filter(|backend| *backend != Backend::Sqlite)
}

/// The story up to the revision before the backup.
fn begun(backend: Backend) -> (Database, Project) {
    let database = Database::fresh(backend);
    let project = Project::new("story")
        .database(&database)
        .hide(r"\d{8}T\d{6}Z", "[time]")
        .hide(r"\(\d+\.\d kB\)", "([size])")
        .hide(r"--port=\d+", "--port=[port]");
    let said = project.migrate(["upgrade", BEFORE]);
    assert!(said.ends_with("exit 0"), "{said}");
    (database, project)
}

/// A program of this name that does something else, before all others in the path.
fn with_program(project: Project, name: &str, script: &str) -> Project {
    let project = project.file(&format!("bin/{name}"), &format!("#!/bin/sh\n{script}\n"));
    let bin = project.path("bin");
    fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).expect("it is ours");
    project.variable("PATH", &format!("{}:{}", bin.display(), programs()))
}

/// What is in the folder of the backups.
fn backups(project: &Project) -> Vec<String> {
    let Ok(files) = fs::read_dir(project.path("backups")) else { return Vec::new() };
    let names = files.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.map(|name| project.stable(&name)).collect();
    names.sort();
    names
}

/// User and password of a URL.
fn login(database: &Database) -> (String, String) {
    let (_, rest) = database.url().split_once("://").expect("a URL");
    let (user, _) = rest.rsplit_once('@').expect("a user");
    let (name, password) = user.split_once(':').expect("a password");
    (name.to_owned(), password.to_owned())
}

#[test]
fn a_backup_comes_back_by_the_commands_that_are_told() {
    for backend in servers() {
        let (database, project) = begun(backend);
        let text = "it''s \\ \"quoted\" 日本😀";
        database.execute(&format!("INSERT INTO accounts (name) VALUES ('{text}')"));
        let (schema, rows) = (database.dump(), database.rows());
        let output = project.output(["upgrade", AFTER, "--backup", "--json"]);
        let said = String::from_utf8_lossy(&output.stdout);
        let result: Value = serde_json::from_str(&said)
            .unwrap_or_else(|_| panic!("{said}{}", String::from_utf8_lossy(&output.stderr)));
        assert_ne!(database.dump(), schema, "{backend}");

        let restored = database.beside(&format!("{}_restored", database.name()));
        let (_, password) = login(&database);
        let commands = result["backup"]["restore"].as_array().expect("commands");
        for command in commands {
            // Nobody is there to be asked for it.
            let command = command.as_str().expect("text").replace(" --password", "");
            let mut shell = Command::new("sh");
            shell.arg("-c").arg(&command).current_dir(project.path(""));
            shell.env("PATH", programs());
            shell.env("PGPASSWORD", &password).env("MYSQL_PWD", &password);
            let output = shell.output().expect("a shell");
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{command}\n{said}");
        }
        assert_eq!(restored.dump(), schema, "{backend}");
        assert_eq!(restored.rows(), rows, "{backend}");
        // It goes on from there as the other one did.
        let again = project.database(&restored);
        let said = again.migrate(["upgrade", AFTER]);
        assert!(said.ends_with("exit 0"), "{said}");
        assert_eq!(restored.dump(), database.dump(), "{backend}");
    }
}

#[test]
fn a_backup_says_where_it_is_and_how_it_comes_back() {
    for backend in servers() {
        let (_database, project) = begun(backend);
        let said = project.migrate(["upgrade", AFTER, "--backup"]);
        match backend {
            Backend::Postgres => assert_snapshot!(said, @"
            ── stderr
            Database: postgres://migrate:***@127.0.0.1:[port]/[database] (from DATABASE_URL)
            Backup: backups/[database]_[time]_before_upgrade_ba76601bb269-ae1027a6acf0.dump ([size])
              To restore it, as a database of its own:
                createdb --template=template0 --maintenance-db=postgres://migrate@127.0.0.1:[port]/[database] [database]_restored
                pg_restore --exit-on-error --dbname=postgres://migrate@127.0.0.1:[port]/[database]_restored backups/[database]_[time]_before_upgrade_ba76601bb269-ae1027a6acf0.dump
            Running upgrade 53fbf35846c6 -> ba76601bb269, Create orders … [duration]
            Running upgrade ba76601bb269 -> 2146ce079106, Create positions … [duration]
            Running upgrade 2146ce079106 -> 1ee6d6f687bc, Create daily_ohlcv … [duration]
            Running upgrade 1ee6d6f687bc -> 20d0d5e27649, Tie daily_ohlcv to instruments … [duration]
            Running upgrade 20d0d5e27649 -> ae1027a6acf0, Call the state of an order its status … [duration]
            ── exit 0
            "),
            Backend::Mariadb => assert_snapshot!(said, @"
            ── stderr
            Database: mysql://migrate:***@127.0.0.1:[port]/[database] (from DATABASE_URL)
            Backup: backups/[database]_[time]_before_upgrade_ba76601bb269-ae1027a6acf0.sql ([size])
              To restore it, as a database of its own:
                mariadb --host=127.0.0.1 --port=[port] --user=migrate --password --execute='CREATE DATABASE `[database]_restored` CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci'
                mariadb --host=127.0.0.1 --port=[port] --user=migrate --password [database]_restored < backups/[database]_[time]_before_upgrade_ba76601bb269-ae1027a6acf0.sql
            Running upgrade 53fbf35846c6 -> ba76601bb269, Create orders … [duration]
            Running upgrade ba76601bb269 -> 2146ce079106, Create positions … [duration]
            Running upgrade 2146ce079106 -> 1ee6d6f687bc, Create daily_ohlcv … [duration]
            Running upgrade 1ee6d6f687bc -> 20d0d5e27649, Tie daily_ohlcv to instruments … [duration]
            Running upgrade 20d0d5e27649 -> ae1027a6acf0, Call the state of an order its status … [duration]
            ── exit 0
            "),
            Backend::Sqlite => {}
        }
        let said = project.migrate(["downgrade", BEFORE, "--yes", "--backup-after"]);
        assert!(said.contains("_after_downgrade_"), "{said}");
        assert_eq!(backups(&project).len(), 3, "{:?}", backups(&project));
        for file in fs::read_dir(project.path("backups")).expect("a folder") {
            let file = file.expect("a file");
            let mode = file.metadata().expect("it is there").permissions().mode() & 0o777;
            assert!(file.file_name() == ".gitignore" || mode == 0o600, "{file:?} {mode:o}");
        }
    }
}

/// What an upgrade says whose backup such a program makes, and that it left nothing behind.
fn failed(backend: Backend, script: &str) -> String {
    let (database, project) = begun(backend);
    let name = if backend == Backend::Postgres { "pg_dump" } else { "mariadb-dump" };
    let project = with_program(project, name, script);
    let before = (database.dump(), database.rows());
    let said = project.migrate(["upgrade", AFTER, "--backup"]);
    assert_eq!((database.dump(), database.rows()), before, "{said}");
    assert!(backups(&project).iter().all(|name| name == ".gitignore"), "{:?}", backups(&project));
    let (_, said) = said.split_once("\nerror: ").expect("an error");
    said.to_owned()
}

#[test]
fn a_backup_that_fails_stops_the_run_on_postgres() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let failed = |script: &str| failed(Backend::Postgres, script);
    assert_snapshot!(failed(
        "echo 'pg_dump: error: aborting because of server version mismatch\n\
         pg_dump: detail: server version: 17.2; pg_dump version: 15.4' >&2; exit 1"
    ), @r#"
    nothing was run: no backup of `[database]` could be taken
      caused by: `pg_dump` ended with exit code 1
      caused by: pg_dump: error: aborting because of server version mismatch; pg_dump: detail: server version: 17.2; pg_dump version: 15.4
    hint: install the client programs of the server's version (on Debian: apt install postgresql-client-17), or name its pg_dump in migrate.toml: backup.pg_dump = "/usr/lib/postgresql/17/bin/pg_dump"
    ── exit 1
    "#);
    assert_snapshot!(failed(
        "echo half; echo 'pg_dump: error: could not write to output file: No space left on device' >&2; exit 1"
    ), @"
    nothing was run: no backup of `[database]` could be taken
      caused by: `pg_dump` ended with exit code 1
      caused by: pg_dump: error: could not write to output file: No space left on device
    hint: make room, or name a folder on another disk: --backup=DIR
    ── exit 1
    ");
    assert_snapshot!(failed(
        "echo 'pg_dump: error: query failed: ERROR:  permission denied for table secrets' >&2; exit 1"
    ), @"
    nothing was run: no backup of `[database]` could be taken
      caused by: `pg_dump` ended with exit code 1
      caused by: pg_dump: error: query failed: ERROR:  permission denied for table secrets
    hint: connect as a user who may read all of the database
    ── exit 1
    ");
    assert_snapshot!(failed("echo what is no archive"), @"
    nothing was run: no backup of `[database]` could be taken
      caused by: it was written, but can't be read
      caused by: `pg_restore` ended with exit code 1
      caused by: pg_restore: error: input file does not appear to be a valid archive (too short?)
    ── exit 1
    ");
    assert_snapshot!(failed("kill -KILL $$"), @"
    nothing was run: no backup of `[database]` could be taken
      caused by: `pg_dump` was killed
    ── exit 1
    ");
}

#[test]
fn a_backup_that_fails_stops_the_run_on_mariadb() {
    if !backends().contains(&Backend::Mariadb) {
        return;
    }
    let failed = |script: &str| failed(Backend::Mariadb, script);
    assert_snapshot!(failed(
        "echo half; echo 'mariadb-dump: Got errno 28 on write: No space left on device' >&2; exit 5"
    ), @"
    nothing was run: no backup of `[database]` could be taken
      caused by: `mariadb-dump` ended with exit code 5
      caused by: mariadb-dump: Got errno 28 on write: No space left on device
    hint: make room, or name a folder on another disk: --backup=DIR
    ── exit 1
    ");
    assert_snapshot!(failed(
        "echo \"mysqldump: Couldn't execute 'SHOW CREATE VIEW': SHOW VIEW command denied to user 'x'\" >&2; exit 2"
    ), @"
    nothing was run: no backup of `[database]` could be taken
      caused by: `mariadb-dump` ended with exit code 2
      caused by: mysqldump: Couldn't execute 'SHOW CREATE VIEW': SHOW VIEW command denied to user 'x'
    hint: it needs a user who may SELECT, LOCK TABLES, SHOW VIEW, TRIGGER and EVENT, and read the routines
    ── exit 1
    ");
    assert_snapshot!(failed("echo 'CREATE TABLE `x` (`y` int);'"), @"
    nothing was run: no backup of `[database]` could be taken
      caused by: the dump does not end with `-- Dump completed`
    ── exit 1
    ");
}

#[test]
fn a_program_that_is_not_there_is_told_with_where_to_get_it() {
    for backend in servers() {
        let (_database, project) = begun(backend);
        let project = project.variable("PATH", "/nowhere");
        let said = project.migrate(["upgrade", "--backup"]);
        match backend {
            Backend::Postgres => assert_snapshot!(said, @r#"
            ── stderr
            Database: postgres://migrate:***@127.0.0.1:[port]/[database] (from DATABASE_URL)
            error: nothing was run: no backup of `[database]` could be taken
              caused by: there is no `pg_dump` in PATH
            hint: install PostgreSQL's client programs (on Debian: apt install postgresql-client), or name the program in migrate.toml: backup.pg_dump = "/path/to/pg_dump"
            ── exit 1
            "#),
            Backend::Mariadb => assert_snapshot!(said, @r#"
            ── stderr
            Database: mysql://migrate:***@127.0.0.1:[port]/[database] (from DATABASE_URL)
            error: nothing was run: no backup of `[database]` could be taken
              caused by: there is no `mariadb-dump` or `mysqldump` in PATH
            hint: install MariaDB's client programs (on Debian: apt install mariadb-client), or name the program in migrate.toml: backup.mysqldump = "/path/to/mysqldump"
            ── exit 1
            "#),
            Backend::Sqlite => {}
        }
        // One that is named is taken, wherever it is.
        let (key, name) = match backend {
            Backend::Postgres => ("pg_dump", "pg_dump"),
            Backend::Mariadb => ("mysqldump", "mariadb-dump"),
            Backend::Sqlite => continue,
        };
        let found = programs()
            .split(':')
            .map(|folder| format!("{folder}/{name}"))
            .find(|path| fs::metadata(path).is_ok());
        let config = format!("backup.{key} = \"{}\"", found.expect("the program is installed"));
        let project = project.file("migrate.toml", &config);
        let said = project.migrate(["upgrade", "--backup"]);
        assert!(said.ends_with("exit 0"), "{said}");
    }
}

#[test]
fn a_database_for_production_is_written_to_by_its_name_alone_on_servers() {
    for backend in servers() {
        let (database, project) = begun(backend);
        let project = project.file("migrate.toml", "production = true");
        let check = |line: &[&str], expected: &str| {
            let said = project.migrate(line);
            assert!(said.contains(expected), "{backend} {line:?}: {said}");
        };
        let name = database.name();
        check(
            &["upgrade"],
            "hint: nothing was changed; if that is meant: migrate upgrade --database [database]",
        );
        check(
            &["upgrade", "--database", "other"],
            "error: `--database other` was given, and the database is `[database]`",
        );
        check(&["stamp", "head"], "would write to a database for production");
        check(&["plan"], "exit 0");
        check(&["current"], BEFORE);
        check(&["upgrade", "--database", name], "exit 0");
        check(&["downgrade", "-1", "--yes"], "would write to a database for production");
    }
}
