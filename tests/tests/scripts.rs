//! `--sql`: scripts fed to `psql` and `sqlite3` do what the live run does, once, and nothing on the wrong database.

use migrate_core::{
    Dialect, Migrator,
    revision::Direction,
    run::{Options, ScriptOf},
};
use migrations::CHAIN;
use tests::{Backend, Database, backends, transactional};

fn script(backend: Backend, of: ScriptOf<'_>) -> String {
    script_with(backend, Options::default(), of)
}

fn script_with(backend: Backend, options: Options, of: ScriptOf<'_>) -> String {
    let migrator = Migrator::new(&CHAIN).with(options);
    let write = || migrator.script(backend.dialect(), of).expect("a script");
    let written = write();
    assert_eq!(write(), written, "two calls, two texts");
    written.text
}

fn live(database: &Database) {
    let mut migrator = Migrator::new(&CHAIN);
    let report = match database.backend() {
        Backend::Sqlite => migrator.upgrade(&mut database.sqlite(), "head"),
        Backend::Postgres => migrator.upgrade(&mut database.postgres(), "head"),
        Backend::Mariadb => migrator.upgrade(&mut database.mariadb(), "head"),
    };
    report.expect("an upgrade");
}

/// The dump, in which SQLite's indexes are spelled as they were by whoever made them.
fn schema(database: &Database) -> String {
    // A live run may keep a journal, which is empty behind it.
    let dump = database.dump();
    let tables = dump.split("\n\n").filter(|table| !table.contains("__migrate_log_journal"));
    let dump = tables.collect::<Vec<_>>().join("\n\n");
    match database.backend() {
        Backend::Postgres | Backend::Mariadb => dump,
        Backend::Sqlite => dump.replace('"', ""),
    }
}

fn applied(database: &Database) -> Vec<Vec<String>> {
    let of = |column: &str| {
        database.values(&format!(
            "SELECT coalesce({column}, '') AS value FROM __migrate_log WHERE status = 'done' ORDER BY id"
        ))
    };
    ["revision", "direction", "message", "checksum"].map(of).into()
}

#[test]
fn a_script_makes_the_schema_of_the_live_run_up_and_down_and_up() {
    for backend in backends() {
        let (run, fed) = (Database::fresh(backend), Database::fresh(backend));
        live(&run);
        let up = script(backend, ScriptOf::Upgrade("head"));
        fed.feed(&up).unwrap();
        assert_eq!(schema(&fed), schema(&run), "{backend}");
        assert_eq!(applied(&fed), applied(&run), "{backend}");
        // The live run finds nothing left to do, and nothing wrong.
        live(&fed);
        assert_eq!(applied(&fed), applied(&run), "{backend}");

        fed.feed(&script(backend, ScriptOf::Downgrade("head:base"))).unwrap();
        assert_eq!(fed.values("SELECT version_num AS value FROM __migrate_version"), [""; 0]);
        fed.feed(&up).unwrap();
        assert_eq!(schema(&fed), schema(&run), "{backend}");
    }
}

#[test]
fn a_script_begins_where_it_says_and_nowhere_else() {
    for backend in backends() {
        let database = Database::fresh(backend);
        let (first, rest) = (
            script(backend, ScriptOf::Upgrade("ae10")),
            script(backend, ScriptOf::Upgrade("ae10:head")),
        );
        let complaint = database.feed(&rest).unwrap_err();
        assert!(complaint.contains("migrate: expected ae1027a6acf0"), "{complaint}");
        assert_eq!(database.dump(), "", "{backend}");

        database.feed(&first).unwrap();
        let before = (database.dump(), applied(&database));
        let complaint = database.feed(&first).unwrap_err();
        assert!(complaint.contains("migrate: expected base, found ae1027a6acf0"), "{complaint}");
        assert_eq!((database.dump(), applied(&database)), before, "{backend}");

        database.feed(&rest).unwrap();
        let before = (database.dump(), applied(&database));
        database.feed(&rest).unwrap_err();
        assert_eq!((database.dump(), applied(&database)), before, "{backend}");
    }
}

#[test]
fn a_database_of_somebody_else_is_left_alone() {
    for backend in backends() {
        let database = Database::fresh(backend);
        database.execute("CREATE TABLE theirs (id integer)");
        let before = database.dump();
        let complaint = database.feed(&script(backend, ScriptOf::Upgrade("head"))).unwrap_err();
        assert!(complaint.contains("found tables (theirs)"), "{complaint}");
        assert_eq!(database.dump(), before, "{backend}");
        let options = Options { allow_non_empty: true, ..Options::default() };
        database.feed(&script_with(backend, options, ScriptOf::Upgrade("9eea"))).unwrap();
    }
}

#[test]
fn a_stamp_and_one_transaction() {
    for backend in backends() {
        let database = Database::fresh(backend);
        database.feed(&script(backend, ScriptOf::Stamp(&["9eea".to_owned()]))).unwrap();
        let rows = "SELECT version_num AS value FROM __migrate_version";
        assert_eq!(database.values(rows), ["9eeacb7f2ae8"]);
        database.feed(&script(backend, ScriptOf::Stamp(&["9eea:base".to_owned()]))).unwrap();
        if !transactional().contains(&backend) {
            continue;
        }
        let options = Options { single_transaction: true, ..Options::default() };
        database.feed(&script_with(backend, options, ScriptOf::Upgrade("head"))).unwrap();
        assert_eq!(database.values(rows), ["702b30269094"]);
    }
}

#[test]
fn what_the_migrations_do_not_know_is_not_lost() {
    if !backends().contains(&Backend::Sqlite) {
        return;
    }
    let up = script(Backend::Sqlite, ScriptOf::Upgrade("20d0"));
    let rebuild = script(Backend::Sqlite, ScriptOf::Upgrade("20d0:ae10"));
    for (own, complaint) in [
        ("CREATE INDEX own ON orders (quantity)", "has the index `own`"),
        ("CREATE TRIGGER own AFTER DELETE ON orders BEGIN SELECT 1; END", "has the trigger `own`"),
        ("ALTER TABLE orders ADD COLUMN own TEXT", "it has column `own` of text"),
        ("CREATE VIEW broken AS SELECT gone FROM orders", "broken"),
    ] {
        let database = Database::fresh(Backend::Sqlite);
        database.feed(&up).unwrap();
        database.execute(own);
        let before = (database.dump(), applied(&database));
        let said = database.feed(&rebuild).unwrap_err();
        assert!(said.contains(complaint), "{own}: {said}");
        assert_eq!((database.dump(), applied(&database)), before, "{own}");
    }
}

#[test]
fn one_migration_as_sql() {
    for dialect in [Dialect::Postgres, Dialect::Sqlite, Dialect::Mysql, Dialect::Mariadb] {
        let shown = Migrator::new(&CHAIN).script(dialect, ScriptOf::Show("fe61", Direction::Up));
        insta::assert_snapshot!(format!("show_{}", dialect.word()), shown.unwrap().text);
    }
}
