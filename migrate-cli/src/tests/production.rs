//! Databases for production, and backups, on SQLite files.

use std::fs;

use super::*;

/// What was said, with the time and the size of a backup left out.
fn stable(text: &str) -> String {
    let time = regex::Regex::new(r"\d{8}T\d{6}Z").expect("a pattern");
    let size = regex::Regex::new(r"\(\d+\.\d kB\)").expect("a pattern");
    let duration = regex::Regex::new(r"\b\d+ ms\b").expect("a pattern");
    let text = time.replace_all(text, "[time]");
    let text = size.replace_all(&text, "([size])");
    let text = duration.replace_all(&text, "[duration]");
    let number = regex::Regex::new(r#""(duration_ms|bytes)": \d+"#).expect("a pattern");
    number.replace_all(&text, "\"$1\": …").into_owned()
}

/// What these lines say, one after the other.
fn session(folder: &Path, lines: &[&str]) -> String {
    let lines: Vec<String> =
        lines.iter().map(|line| format!("$ migrate {line}\n{}", migrate(folder, line))).collect();
    stable(&lines.join("\n"))
}

/// The files of a folder, by name, in order.
fn files(folder: &Path) -> Vec<String> {
    let Ok(files) = fs::read_dir(folder) else { return Vec::new() };
    let names = files.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.map(|name| stable(&name)).collect();
    names.sort();
    names
}

#[test]
fn a_database_for_production_is_written_to_by_its_name_alone() {
    let folder = folder();
    let folder = folder.path();
    let session = |lines: &[&str]| session(folder, lines);
    let config = "database_url = \"sqlite:///shop.db\"\nproduction = true\n";
    fs::write(folder.join("migrate.toml"), config).expect("a file");
    assert_snapshot!(session(&[
        "upgrade ae10",
        "upgrade ae10 --database migrate",
        "stamp base",
        "upgrade ae10 --database shop",
        "downgrade -1 --yes",
        "stamp 3f2a --database shop.sqlite",
        "stamp 3f2a --database shop.db",
    ]), @"
    $ migrate upgrade ae10
    ! Database: sqlite:///shop.db (from database_url in migrate.toml)
    ! error: `upgrade ae10` would write to a database for production
    !   caused by: it is sqlite:///shop.db, from database_url in migrate.toml
    ! hint: nothing was changed; if that is meant: migrate upgrade ae10 --database shop.db
    exit 1
    $ migrate upgrade ae10 --database migrate
    ! Database: sqlite:///shop.db (from database_url in migrate.toml)
    ! error: `--database migrate` was given, and the database is `shop.db`
    !   caused by: it is sqlite:///shop.db, from database_url in migrate.toml
    ! hint: nothing was changed; let the URL name `migrate`, or say --database shop.db
    exit 1
    $ migrate stamp base
    ! Database: sqlite:///shop.db (from database_url in migrate.toml)
    ! error: `stamp base` would write to a database for production
    !   caused by: it is sqlite:///shop.db, from database_url in migrate.toml
    ! hint: nothing was changed; if that is meant: migrate stamp base --database shop.db
    exit 1
    $ migrate upgrade ae10 --database shop
    ! Database: sqlite:///shop.db (from database_url in migrate.toml)
    ! Running upgrade <base> -> ae1027a6acf0, Create orders … [duration]
    exit 0
    $ migrate downgrade -1 --yes
    ! Database: sqlite:///shop.db (from database_url in migrate.toml)
    ! error: `downgrade -1 --yes` would write to a database for production
    !   caused by: it is sqlite:///shop.db, from database_url in migrate.toml
    ! hint: nothing was changed; if that is meant: migrate downgrade -1 --yes --database shop.db
    exit 1
    $ migrate stamp 3f2a --database shop.sqlite
    ! Database: sqlite:///shop.db (from database_url in migrate.toml)
    ! error: `--database shop.sqlite` was given, and the database is `shop.db`
    !   caused by: it is sqlite:///shop.db, from database_url in migrate.toml
    ! hint: nothing was changed; let the URL name `shop.sqlite`, or say --database shop.db
    exit 1
    $ migrate stamp 3f2a --database shop.db
    ! Database: sqlite:///shop.db (from database_url in migrate.toml)
    ! The database is at 3f2a9c41b7d0, by declaration; nothing was run
    exit 0
    ");
    // What writes nothing needs no name, nor does a script.
    for line in ["plan", "current", "history", "check --no-schema", "schema --from database"] {
        assert_ne!(said(folder, line).code, 1, "{line}");
    }
    for line in
        ["upgrade --dry-run", "downgrade base --dry-run", "upgrade --sql", "stamp head --sql"]
    {
        assert_eq!(said(folder, line).code, 0, "{line}: {}", said(folder, line));
    }
    // A name that is given is looked at everywhere.
    fs::write(folder.join("migrate.toml"), "database_url = \"shop.db\"").expect("a file");
    assert_snapshot!(session(&[
        "upgrade --database other",
        "upgrade --database other --database-url sqlite://",
        "upgrade --database shop",
    ]), @"
    $ migrate upgrade --database other
    ! Database: sqlite:///shop.db (from database_url in migrate.toml)
    ! error: `--database other` was given, and the database is `shop.db`
    !   caused by: it is sqlite:///shop.db, from database_url in migrate.toml
    ! hint: nothing was changed; let the URL name `other`, or say --database shop.db
    exit 1
    $ migrate upgrade --database other --database-url sqlite://
    ! Database: sqlite:// (from --database-url)
    ! error: `--database other` was given, and sqlite:// names no database
    ! hint: name it in the URL; nothing was changed
    exit 1
    $ migrate upgrade --database shop
    ! Database: sqlite:///shop.db (from database_url in migrate.toml)
    ! Running upgrade ae1027a6acf0 -> 1bbe33445780, Begin reports … [duration]
    ! Running upgrade 3f2a9c41b7d0, 1bbe33445780 -> b7ea43dc85e4, Merge … [duration]
    exit 0
    ");
}

#[test]
fn a_database_that_is_not_meant_is_not_made() {
    let folder = folder();
    fs::write(folder.path().join("migrate.toml"), "production = true\n").expect("a file");
    for line in ["upgrade", "stamp head", "upgrade --database x", "stamp head --database x"] {
        assert_eq!(said(folder.path(), line).code, 1, "{line}");
        assert_eq!(files(folder.path()), ["migrate.toml"], "{line}");
    }
}

#[test]
fn backups_are_taken_before_and_after_a_run() {
    let folder = folder();
    let folder = folder.path();
    let said = |line: &str| stable(&migrate(folder, line));
    // There is nothing yet.
    let first = said("upgrade ae10 --backup --backup-after=copies/after");
    assert_snapshot!(first, @"
    ! Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)
    ! The file is not there yet: there is nothing to back up
    ! Running upgrade <base> -> ae1027a6acf0, Create orders … [duration]
    ! Backup: copies/after/migrate_[time]_after_upgrade_ae1027a6acf0.db ([size])
    !   To restore it, while nobody has the database open:
    !     rm -f migrate.db-wal migrate.db-shm migrate.db-journal
    !     cp copies/after/migrate_[time]_after_upgrade_ae1027a6acf0.db migrate.db
    exit 0
    ");
    assert_eq!(files(&folder.join("backups")), [""; 0]);
    assert_snapshot!(said("upgrade 3f2a --backup"), @"
    ! Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)
    ! Backup: backups/migrate_[time]_before_upgrade_3f2a9c41b7d0.db ([size])
    !   To restore it, while nobody has the database open:
    !     rm -f migrate.db-wal migrate.db-shm migrate.db-journal
    !     cp backups/migrate_[time]_before_upgrade_3f2a9c41b7d0.db migrate.db
    ! Running upgrade ae1027a6acf0 -> 3f2a9c41b7d0, Add order notes … [duration]
    exit 0
    ");
    assert_snapshot!(said("downgrade ae10 --yes --backup=copies --json"), @r#"
    {
      "backup": {
        "bytes": …,
        "path": "copies/migrate_[time]_before_downgrade_3f2a9c41b7d0.db",
        "restore": [
          "rm -f migrate.db-wal migrate.db-shm migrate.db-journal",
          "cp copies/migrate_[time]_before_downgrade_3f2a9c41b7d0.db migrate.db"
        ]
      },
      "format": 1,
      "steps": [
        {
          "direction": "downgrade",
          "duration_ms": …,
          "message": "Add order notes\n\nThey are short.",
          "revision": "3f2a9c41b7d0"
        }
      ]
    }
    ! Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)
    ! Backup: copies/migrate_[time]_before_downgrade_3f2a9c41b7d0.db ([size])
    !   To restore it, while nobody has the database open:
    !     rm -f migrate.db-wal migrate.db-shm migrate.db-journal
    !     cp copies/migrate_[time]_before_downgrade_3f2a9c41b7d0.db migrate.db
    ! Running downgrade 3f2a9c41b7d0 -> ae1027a6acf0, Add order notes … [duration]
    exit 0
    "#);
    // Nothing is to be run.
    assert_snapshot!(said("upgrade ae10 --backup --json"), @r#"
    {
      "backup": null,
      "format": 1,
      "steps": []
    }
    ! Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)
    exit 0
    "#);
    assert_snapshot!(files(&folder.join("backups")).join("\n"), @"
    .gitignore
    migrate_[time]_before_upgrade_3f2a9c41b7d0.db
    ");
    assert_snapshot!(files(&folder.join("copies")).join("\n"), @"
    after
    migrate_[time]_before_downgrade_3f2a9c41b7d0.db
    ");
    assert_eq!(fs::read_to_string(folder.join("backups/.gitignore")).ok().as_deref(), Some("*\n"));
}

#[cfg(unix)]
#[test]
fn nobody_else_reads_a_backup() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let folder = folder.path();
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    migrate(folder, "upgrade ae10");
    migrate(folder, "upgrade --backup");
    let backups = fs::read_dir(folder.join("backups")).expect("a folder");
    let backups: Vec<_> = backups.map(|file| file.expect("a file").path()).collect();
    let backup = backups.iter().find(|path| path.extension().is_some_and(|end| end == "db"));
    assert_eq!(mode(backup.expect("a backup")), 0o600);
    assert_eq!(mode(&folder.join("backups")), 0o700);
}

#[test]
fn a_backup_that_fails_stops_the_run() {
    let folder = folder();
    let folder = folder.path();
    migrate(folder, "upgrade ae10");
    fs::write(folder.join("file"), "").expect("a file");
    let said = |line: &str| stable(&migrate(folder, line));
    assert_snapshot!(said("upgrade --backup=file"), @"
    ! Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)
    ! error: nothing was run: no backup of `migrate.db` could be taken
    !   caused by: cannot make the folder file
    !   caused by: File exists (os error 17)
    ! hint: name another folder: --backup=DIR
    exit 1
    ");
    assert_snapshot!(said("upgrade --backup=file/below"), @"
    ! Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)
    ! error: nothing was run: no backup of `migrate.db` could be taken
    !   caused by: cannot make the folder file/below
    !   caused by: Not a directory (os error 20)
    ! hint: name another folder: --backup=DIR
    exit 1
    ");
    assert_snapshot!(said("upgrade --database-url sqlite:// --backup"), @"
    ! Database: sqlite:// (from --database-url)
    ! error: nothing was run: no backup of the database could be taken
    !   caused by: it is in memory, or the URL names none
    exit 1
    ");
    assert!(said("current").starts_with("ae1027a6acf0"), "{}", said("current"));
    // After the run it is too late to stop it.
    assert_snapshot!(said("upgrade 3f2a --backup-after=file --json"), @r#"
    {
      "backup_after": null,
      "format": 1,
      "steps": [
        {
          "direction": "upgrade",
          "duration_ms": …,
          "message": "Add order notes\n\nThey are short.",
          "revision": "3f2a9c41b7d0"
        }
      ]
    }
    ! Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)
    ! Running upgrade ae1027a6acf0 -> 3f2a9c41b7d0, Add order notes … [duration]
    ! error: all was run, but no backup of `migrate.db` could be taken then
    !   caused by: cannot make the folder file
    !   caused by: File exists (os error 17)
    ! hint: name another folder: --backup=DIR
    exit 1
    "#);
    assert!(said("current").starts_with("3f2a9c41b7d0"), "{}", said("current"));
    // Another folder than the one of `migrate.toml` is named there.
    fs::write(folder.join("migrate.toml"), "backup.folder = \"kept\"\n").expect("a file");
    migrate(folder, "upgrade --backup");
    assert_eq!(files(&folder.join("kept")).len(), 2);
}

#[cfg(feature = "sqlite")]
#[test]
fn a_backup_of_sqlite_comes_back_by_the_commands_that_are_told() {
    use migrate_core::diesel::connection::SimpleConnection;
    use migrate_core::diesel::{Connection, SqliteConnection};

    let folder = folder();
    let folder = folder.path();
    migrate(folder, "upgrade ae10");
    let file = folder.join("migrate.db");
    let connect = || SqliteConnection::establish(&file.display().to_string()).expect("a database");
    let mut connection = connect();
    // What is in the write-ahead log alone is in the backup.
    let rows = "PRAGMA journal_mode = wal; INSERT INTO orders VALUES (77)";
    connection.batch_execute(rows).expect("a row");
    assert!(folder.join("migrate.db-wal").exists());
    let said = said(folder, "upgrade --backup");
    assert_eq!(said.code, 0, "{said}");
    drop(connection);
    let commands = said.err.lines().skip_while(|line| !line.contains("To restore")).skip(1).take(2);
    for command in commands {
        let mut shell = std::process::Command::new("sh");
        let done = shell.arg("-c").arg(command).current_dir(folder).status().expect("a shell");
        assert!(done.success(), "{command}");
    }
    assert!(migrate(folder, "current").starts_with("ae1027a6acf0"));
    let query = "CREATE TEMP TABLE t (x INTEGER CHECK (x = 1)); \
                 INSERT INTO t SELECT count(*) FROM orders WHERE id = 77; \
                 INSERT INTO t SELECT count(*) FROM pragma_journal_mode WHERE journal_mode = 'wal'";
    connect().batch_execute(query).expect("all that was there, in its mode");
}

#[test]
fn a_database_says_itself_that_it_is_one_for_production() {
    let folder = folder();
    let folder = folder.path();
    let session = |lines: &[&str]| session(folder, lines);
    fs::write(folder.join("migrate.toml"), "database_url = \"sqlite:///shop.db\"\n")
        .expect("a file");
    assert_snapshot!(session(&[
        "upgrade ae10 -q",
        "mark production -q",
        "upgrade -q",
        "mark --none -q",
        "upgrade --database shop --backup -q",
    ]), @"
    $ migrate upgrade ae10 -q
    exit 0
    $ migrate mark production -q
    production
    exit 0
    $ migrate upgrade -q
    ! error: `upgrade -q` would write to a database for production
    !   caused by: it is sqlite:///shop.db, from database_url in migrate.toml
    ! hint: nothing was changed; if that is meant: migrate upgrade -q --database shop.db
    exit 1
    $ migrate mark --none -q
    ! error: `mark --none -q` would write to a database for production
    !   caused by: it is sqlite:///shop.db, from database_url in migrate.toml
    ! hint: nothing was changed; if that is meant: migrate mark --none -q --database shop.db
    exit 1
    $ migrate upgrade --database shop --backup -q
    exit 0
    ");
    let log = migrate(folder, "log -n 1 -q --json");
    assert!(log.contains("\"note\": \"backup: ") && log.contains("_before_upgrade_"), "{log}");
}
