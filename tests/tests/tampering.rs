//! What somebody does to our two tables by hand: it is found before anything runs, said with the way out, and
//! nothing is changed by finding it. Where the database is, is answered all the same.

use std::collections::BTreeSet;

use insta::{allow_duplicates, assert_snapshot};
use migrate_core::{
    Chain, Migrator, Ops,
    prelude::*,
    run::{Repair, Status},
};
use regex::Regex;
use tests::{Backend, Database, backends, chain, revision, told};

const ALL: &[Backend] = &[Backend::Sqlite, Backend::Postgres, Backend::Mariadb];
const SERVERS: &[Backend] = &[Backend::Postgres, Backend::Mariadb];

/// ```text
/// a ── b ── c ── d      applied up to c
///       └── e
/// ```
fn history() -> Chain {
    fn a(op: &mut Ops) {
        op.create_table(table("a").column(bigint("id").primary_key()));
    }
    fn b(op: &mut Ops) {
        op.create_table(table("b").column(bigint("id").primary_key()));
    }
    fn c(op: &mut Ops) {
        op.create_table(table("c").column(bigint("id").primary_key()));
    }
    fn d(op: &mut Ops) {
        op.create_table(table("d").column(bigint("id").primary_key()));
    }
    fn e(op: &mut Ops) {
        op.create_table(table("e").column(bigint("id").primary_key()));
    }
    chain(vec![
        revision("aaaa", &[], a),
        revision("bbbb", &["aaaa"], b),
        revision("cccc", &["bbbb"], c),
        revision("dddd", &["cccc"], d),
        revision("eeee", &["bbbb"], e),
    ])
}

/// What puts it right.
#[derive(Clone, Copy)]
enum Cure {
    /// Nothing is wrong, and the upgrade runs.
    None,
    /// Only a person can.
    Hand,
    /// `repair --version-table`
    Rows,
    /// `repair REV --accept`
    Accept(&'static str),
    /// `stamp REV`
    Stamp(&'static str),
}

/// All that a refused run must leave as it is.
fn all_of(database: &Database) -> String {
    let mut connection = database.connect();
    let mut rows = |sql: &str| connection.query(sql).ok();
    let of = if database.backend() == Backend::Mariadb { "CHAR" } else { "TEXT" };
    let schema = match database.backend() {
        Backend::Sqlite => "SELECT sql FROM sqlite_master ORDER BY 1".to_owned(),
        Backend::Postgres | Backend::Mariadb => format!(
            "SELECT CAST(table_name AS {of}), CAST(column_name AS {of}), CAST(data_type AS {of}) FROM information_schema.columns \
             WHERE table_schema IN ('public', '{}') ORDER BY 1, 2",
            database.name()
        ),
    };
    let counted = ["__migrate_version", "__migrate_log"]
        .map(|table| rows(&format!("SELECT CAST(count(*) AS {of}) FROM {table}")));
    format!("{:?} {counted:?}", rows(&schema))
}

fn answer(status: &Status) -> String {
    let heads: Vec<String> = status.heads.iter().map(ToString::to_string).collect();
    let heads = if heads.is_empty() { "base".to_owned() } else { heads.join(", ") };
    let unknown = match status.unknown.is_empty() {
        true => String::new(),
        false => format!(", unknown {}", status.unknown.join(", ")),
    };
    format!("current: {heads}{unknown}, {} pending", status.pending.len())
}

/// What is said once `sql` was done to a database; the same on each of the backends.
fn tampered(on: &[Backend], sql: &str, cure: Cure) -> Option<String> {
    let wanted = backends().into_iter().filter(|backend| on.contains(backend));
    // Most of the time is spent waiting for a server.
    let said: BTreeSet<String> = std::thread::scope(|scope| {
        let runs: Vec<_> =
            wanted.map(|backend| scope.spawn(move || tampered_on(backend, sql, cure))).collect();
        runs.into_iter().map(|run| run.join().expect("no panic")).collect()
    });
    assert!(said.len() < 2, "the databases differ: {said:#?}");
    said.into_iter().next()
}

fn tampered_on(backend: Backend, sql: &str, cure: Cure) -> String {
    let (database, history) = (Database::fresh(backend), history());
    let mut connection = database.connect();
    Migrator::new(&history).upgrade(&mut *connection, "cccc").expect("an upgrade");
    database.execute(sql);

    let before = all_of(&database);
    let status = Migrator::new(&history).status(&mut *connection).expect("an answer");
    let mut said = vec![answer(&status)];
    let upgrade = |connection: &mut dyn migrate_core::backend::Database| {
        Migrator::new(&history).upgrade(connection, "dddd")
    };
    match (upgrade(&mut *connection), cure) {
        (Ok(report), Cure::None) => said.push(format!("upgraded: {} step", report.steps.len())),
        (Ok(_), _) => panic!("{backend}: it ran after {sql}"),
        (Err(error), _) => said.push(told(&error)),
    }
    if !matches!(cure, Cure::None) {
        assert_eq!(all_of(&database), before, "{backend}: {sql}");
    }
    let mut migrator = Migrator::new(&history);
    match cure {
        Cure::None | Cure::Hand => return stable(&said.join("\n")),
        Cure::Rows => {
            migrator.repair(&mut *connection, Repair::VersionTable, "a test").expect("rows");
        }
        Cure::Accept(id) => {
            let ids = [id.to_owned()];
            migrator.repair(&mut *connection, Repair::Accept(&ids), "a test").expect("a repair");
        }
        Cure::Stamp(id) => {
            migrator.stamp(&mut *connection, &[id.to_owned()], false).expect("a stamp");
        }
    }
    let again = migrator.repair(&mut *connection, Repair::VersionTable, "a test");
    assert!(again.is_err(), "{backend}: there is nothing left to repair");
    assert_eq!(migrator.faults(&mut *connection).expect("an answer").len(), 0, "{backend}: {sql}");
    upgrade(&mut *connection).unwrap_or_else(|error| panic!("{backend}: {}", told(&error)));
    let rows = "SELECT version_num AS value FROM __migrate_version";
    assert_eq!(database.values(rows), ["dddd"], "{backend}: {sql}");
    stable(&said.join("\n"))
}

/// Without instants, and without what each database spells in its own way.
fn stable(text: &str) -> String {
    let patterns = [
        (r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME"),
        (r"of type \w+", "of type TYPE"),
        (r"CREATE TABLE [^;]+;", "CREATE TABLE …;"),
        (r"has tables \([^)]+\)", "has tables (…)"),
    ];
    patterns.iter().fold(text.to_owned(), |text, (pattern, name)| {
        Regex::new(pattern).expect("a pattern").replace_all(&text, *name).into_owned()
    })
}

/// `case!(on which databases, what is done to them, what puts it right, @"what is said")`
macro_rules! case {
    ($on:expr, $sql:expr, $cure:expr, @$said:literal) => {
        if let Some(said) = tampered($on, $sql, $cure) {
            assert_snapshot!(said, @$said);
        }
    };
}

#[test]
fn rows_of_the_version_table() {
    case!(ALL, "DELETE FROM __migrate_version", Cure::Rows, @r#"
    current: base, 5 pending
    error: the version table `__migrate_version` says base, the log says `cccc`: one of them was changed by something else
    hint: find out which is true: where the log is, `migrate repair --version-table --reason "…"`; otherwise `migrate stamp REV` sets both; nothing was changed
    "#);
    case!(ALL, "UPDATE __migrate_version SET version_num = 'bbbb'", Cure::Rows, @r#"
    current: bbbb, 3 pending
    error: the version table `__migrate_version` says `bbbb`, the log says `cccc`: one of them was changed by something else
    hint: find out which is true: where the log is, `migrate repair --version-table --reason "…"`; otherwise `migrate stamp REV` sets both; nothing was changed
    "#);
    case!(ALL, "UPDATE __migrate_version SET version_num = 'dddd'", Cure::Rows, @r#"
    current: dddd, 1 pending
    error: the version table `__migrate_version` says `dddd`, the log says `cccc`: one of them was changed by something else
    hint: find out which is true: where the log is, `migrate repair --version-table --reason "…"`; otherwise `migrate stamp REV` sets both; nothing was changed
    "#);
    case!(ALL, "INSERT INTO __migrate_version VALUES ('aaaa')", Cure::Rows, @r#"
    current: aaaa, cccc, 2 pending
    error: the version table `__migrate_version` holds both aaaa and cccc, though the one comes before the other
    hint: something else wrote to the table: `migrate repair --version-table --reason "…"` puts it right by the log; if the schema is that of cccc: `migrate stamp --purge cccc`; nothing was changed
    "#);
    case!(ALL, "INSERT INTO __migrate_version VALUES ('eeee')", Cure::Rows, @r#"
    current: cccc, eeee, 1 pending
    error: the version table `__migrate_version` says `cccc`, `eeee`, the log says `cccc`: one of them was changed by something else
    hint: find out which is true: where the log is, `migrate repair --version-table --reason "…"`; otherwise `migrate stamp REV` sets both; nothing was changed
    "#);
    case!(ALL, "UPDATE __migrate_version SET version_num = 'ffff'", Cure::Rows, @r#"
    current: base, unknown ffff, 5 pending
    error: the version table `__migrate_version` holds `ffff`, which is no revision here
    hint: an older release was deployed, or a branch was switched: `git log --all --oneline -- '*ffff*'` finds the file; run the release that has it, or, if you know what the schema is, `migrate stamp --purge REV`, or, where nobody applied it, `migrate repair --version-table --reason "…"`; nothing was changed
    "#);
    case!(ALL, "INSERT INTO __migrate_version VALUES ('it''s')", Cure::Rows, @r#"
    current: cccc, unknown it's, 2 pending
    error: the version table `__migrate_version` holds `it's`, which is no revision here
    hint: an older release was deployed, or a branch was switched: run the release that has it, or, if you know what the schema is, `migrate stamp --purge REV`, or, where nobody applied it, `migrate repair --version-table --reason "…"`; nothing was changed
    "#);
    case!(ALL, "UPDATE __migrate_version SET version_num = 'CCCC'", Cure::Rows, @r#"
    current: base, unknown CCCC, 5 pending
    error: the version table `__migrate_version` holds `CCCC`, which is no revision here
    hint: an older release was deployed, or a branch was switched: `git log --all --oneline -- '*CCCC*'` finds the file; run the release that has it, or, if you know what the schema is, `migrate stamp --purge REV`, or, where nobody applied it, `migrate repair --version-table --reason "…"`; nothing was changed
    "#);
    let without_key =
        "DROP TABLE __migrate_version; CREATE TABLE __migrate_version (version_num VARCHAR(32));";
    case!(ALL, &format!("{without_key} INSERT INTO __migrate_version VALUES ('cccc')"), Cure::None, @r"
    current: cccc, 2 pending
    upgraded: 1 step
    ");
    case!(ALL, &format!("{without_key} INSERT INTO __migrate_version VALUES ('cccc'), ('cccc')"), Cure::Rows, @r#"
    current: cccc, 2 pending
    error: the version table `__migrate_version` holds `cccc` more than once
    hint: something else wrote to the table: `migrate repair --version-table --reason "…"` puts it right by the log; nothing was changed
    "#);
    case!(ALL, &format!("{without_key} INSERT INTO __migrate_version VALUES ('cccc'), (NULL)"), Cure::Rows, @r#"
    current: cccc, 2 pending
    error: the version table `__migrate_version` holds a row without a revision
    hint: something else wrote to the table: `migrate repair --version-table --reason "…"` puts it right by the log; nothing was changed
    "#);
}

#[test]
fn rows_of_the_log() {
    case!(ALL, "UPDATE __migrate_log SET checksum = 'v1:00' WHERE revision = 'bbbb'", Cure::Accept("bbbb"), @r#"
    current: cccc, 2 pending
    error: a migration that is applied was edited since: bbbb (bbbb), applied TIME by unknown
    hint: take the change back (`git log --all --oneline -- '*bbbb*'` shows when), and write a new migration for it; or, if the database is as it says now: `migrate repair bbbb --accept --reason "…"`; nothing was changed
    "#);
    case!(ALL, "UPDATE __migrate_log SET checksum = 'v9:00' WHERE revision = 'bbbb'", Cure::None, @r"
    current: cccc, 2 pending
    upgraded: 1 step
    ");
    case!(ALL, "UPDATE __migrate_log SET checksum = NULL", Cure::None, @r"
    current: cccc, 2 pending
    upgraded: 1 step
    ");
    case!(ALL, "UPDATE __migrate_log SET started_at = '2001-01-01T00:00:00Z', message = 'x', applied_by = 'y'", Cure::None, @r"
    current: cccc, 2 pending
    upgraded: 1 step
    ");
    case!(ALL, "DELETE FROM __migrate_log WHERE revision = 'cccc'", Cure::Stamp("cccc"), @r#"
    current: cccc, 2 pending
    error: the version table `__migrate_version` says `cccc`, the log says `bbbb`: one of them was changed by something else
    hint: find out which is true: where the log is, `migrate repair --version-table --reason "…"`; otherwise `migrate stamp REV` sets both; nothing was changed
    "#);
    case!(ALL, "DELETE FROM __migrate_log WHERE revision = 'bbbb'", Cure::Stamp("cccc"), @r"
    current: cccc, 3 pending
    error: below revisions that are applied there are some that are not: `bbbb`
    hint: they were inserted below later ones: `migrate upgrade --include-skipped` runs them now, or let their `down_revision` name the head, so that they come last; if they are applied, and only the log lost them: `migrate stamp REV`, with the head that the database is at; nothing was changed
    ");
    case!(ALL, "UPDATE __migrate_log SET revision = 'ffff' WHERE revision = 'bbbb'", Cure::Stamp("cccc"), @r"
    current: cccc, 3 pending
    error: below revisions that are applied there are some that are not: `bbbb`
    hint: they were inserted below later ones: `migrate upgrade --include-skipped` runs them now, or let their `down_revision` name the head, so that they come last; if they are applied, and only the log lost them: `migrate stamp REV`, with the head that the database is at; nothing was changed
    ");
    case!(ALL, "UPDATE __migrate_log SET status = 'failed' WHERE revision = 'cccc'", Cure::Stamp("cccc"), @r#"
    current: cccc, 2 pending
    error: the version table `__migrate_version` says `cccc`, the log says `bbbb`: one of them was changed by something else
    hint: find out which is true: where the log is, `migrate repair --version-table --reason "…"`; otherwise `migrate stamp REV` sets both; nothing was changed
    "#);
    case!(ALL, "UPDATE __migrate_log SET direction = 'downgrade' WHERE revision = 'cccc'", Cure::Stamp("cccc"), @r#"
    current: cccc, 2 pending
    error: the version table `__migrate_version` says `cccc`, the log says `bbbb`: one of them was changed by something else
    hint: find out which is true: where the log is, `migrate repair --version-table --reason "…"`; otherwise `migrate stamp REV` sets both; nothing was changed
    "#);
    case!(
        ALL,
        "INSERT INTO __migrate_log (format, run, revision, message, direction, status, started_at, duration_ms, applied_by, tool_version) \
         VALUES (1, 'x', 'ffff', 'Add x', 'upgrade', 'done', '2001-01-01T00:00:00Z', 1, 'ann', '1')",
        Cure::Accept("ffff"),
        @r#"
        current: cccc, 2 pending
        error: a revision that is applied is not among the migrations any more: ffff (Add x), applied TIME by ann
        hint: `git log --all --oneline -- '*ffff*'` finds the file; bring it back, or, if it is gone for good: `migrate repair ffff --accept --reason "…"`; nothing was changed
        "#
    );
    case!(ALL, "DELETE FROM __migrate_log", Cure::None, @r"
    current: cccc, 2 pending
    upgraded: 1 step
    ");
    case!(ALL, "UPDATE __migrate_log SET format = 99", Cure::Hand, @r"
    current: cccc, 2 pending
    error: the log `__migrate_log` is in format 99; this version writes format 2
    hint: use the newer version that wrote it; nothing was changed
    ");
}

#[test]
fn the_tables_themselves() {
    case!(ALL, "DROP TABLE __migrate_version", Cure::Rows, @r#"
    current: cccc, 2 pending
    error: there is no version table `__migrate_version`, though the log `__migrate_log` says `cccc`
    hint: it was dropped or renamed: `migrate repair --version-table --reason "…"` makes it again by the log; if the schema is that of another revision: `migrate stamp REV`; nothing was changed
    "#);
    case!(ALL, "ALTER TABLE __migrate_version RENAME TO versions", Cure::Rows, @r#"
    current: cccc, 2 pending
    error: there is no version table `__migrate_version`, though the log `__migrate_log` says `cccc`
    hint: it was dropped or renamed: `migrate repair --version-table --reason "…"` makes it again by the log; if the schema is that of another revision: `migrate stamp REV`; nothing was changed
    "#);
    case!(SERVERS, "ALTER TABLE __migrate_version RENAME TO \"__Migrate_Version\"", Cure::Rows, @r#"
    current: cccc, 2 pending
    error: there is no version table `__migrate_version`, though the log `__migrate_log` says `cccc`
    hint: it was dropped or renamed: `migrate repair --version-table --reason "…"` makes it again by the log; if the schema is that of another revision: `migrate stamp REV`; nothing was changed
    "#);
    case!(&[Backend::Postgres], "CREATE SCHEMA x; ALTER TABLE __migrate_version SET SCHEMA x", Cure::Rows, @r#"
    current: cccc, 2 pending
    error: there is no version table `__migrate_version`, though the log `__migrate_log` says `cccc`
    hint: it was dropped or renamed: `migrate repair --version-table --reason "…"` makes it again by the log; if the schema is that of another revision: `migrate stamp REV`; nothing was changed
    "#);
    case!(ALL, "DROP TABLE __migrate_log", Cure::None, @r"
    current: cccc, 2 pending
    upgraded: 1 step
    ");
    case!(ALL, "DROP TABLE __migrate_version; DROP TABLE __migrate_log", Cure::Hand, @r"
    current: base, 5 pending
    error: the database has tables (…) but no version table `__migrate_version`: its state is unknown
    hint: if the schema is that of a revision: `migrate stamp REV`; if these tables have nothing to do with the migrations: `migrate upgrade --allow-non-empty`; nothing was changed
    ");
    case!(
        ALL,
        "DROP TABLE __migrate_version; DROP TABLE __migrate_log; CREATE TABLE alembic_version (version_num VARCHAR(32))",
        Cure::Hand,
        @r#"
        current: base, 5 pending
        error: the database has tables (…) but no version table `__migrate_version`: its state is unknown
        hint: this database is under Alembic (`alembic_version`): `migrate adopt --from alembic`; if the schema is that of a revision: `migrate stamp REV`; if these tables have nothing to do with the migrations: `migrate upgrade --allow-non-empty`; nothing was changed
        "#
    );
    case!(
        ALL,
        "DROP TABLE __migrate_version; DROP TABLE __migrate_log; CREATE TABLE __diesel_schema_migrations (version VARCHAR(50))",
        Cure::Hand,
        @r"
        current: base, 5 pending
        error: the database has tables (…) but no version table `__migrate_version`: its state is unknown
        hint: this database is under Diesel (`__diesel_schema_migrations`): `migrate adopt --from diesel`; if the schema is that of a revision: `migrate stamp REV`; if these tables have nothing to do with the migrations: `migrate upgrade --allow-non-empty`; nothing was changed
        "
    );
    case!(ALL, "DROP TABLE __migrate_version; CREATE TABLE __migrate_version (version_num INTEGER)", Cure::Hand, @r"
    current: cccc, 2 pending
    error: `__migrate_version` has a column `version_num` of type TYPE, where text is to be
    hint: something else changed it: put it back as this makes it: CREATE TABLE …; nothing was changed
    ");
    case!(ALL, "DROP TABLE __migrate_version; CREATE TABLE __migrate_version (version VARCHAR(32))", Cure::Hand, @r"
    current: cccc, 2 pending
    error: `__migrate_version` has no column `version_num`
    hint: something else changed it: put it back as this makes it: CREATE TABLE …; nothing was changed
    ");
    case!(ALL, "ALTER TABLE __migrate_version ADD COLUMN note VARCHAR(9)", Cure::None, @r"
    current: cccc, 2 pending
    upgraded: 1 step
    ");
    case!(
        ALL,
        "DROP TABLE __migrate_version; CREATE TABLE __migrate_version (version_num VARCHAR(32), app VARCHAR(9) NOT NULL); \
         INSERT INTO __migrate_version VALUES ('cccc', 'x')",
        Cure::Hand,
        @r"
        current: cccc, 2 pending
        error: `__migrate_version` has a column `app` that no row may leave out
        hint: give the column a default, or drop it; nothing was changed
        "
    );
    case!(ALL, "DROP TABLE __migrate_version; CREATE VIEW __migrate_version AS SELECT 'cccc' AS version_num", Cure::Hand, @r"
    current: cccc, 2 pending
    error: `__migrate_version` is a view
    hint: give the view another name, and the table its own back; nothing was changed
    ");
    case!(ALL, "ALTER TABLE __migrate_log DROP COLUMN checksum", Cure::Hand, @r"
    current: cccc, 2 pending
    error: `__migrate_log` has no column `checksum`
    hint: something else changed it: put it back as this makes it: CREATE TABLE …; nothing was changed
    ");
    case!(ALL, "ALTER TABLE __migrate_log ADD COLUMN host VARCHAR(9)", Cure::None, @r"
    current: cccc, 2 pending
    upgraded: 1 step
    ");
    case!(SERVERS, "ALTER TABLE __migrate_log ADD COLUMN host VARCHAR(9) NOT NULL DEFAULT 'x'; ALTER TABLE __migrate_log ALTER COLUMN host DROP DEFAULT", Cure::Hand, @r"
    current: cccc, 2 pending
    error: `__migrate_log` has a column `host` that no row may leave out
    hint: give the column a default, or drop it; nothing was changed
    ");
    case!(&[Backend::Postgres], "ALTER TABLE __migrate_log ALTER COLUMN started_at TYPE text", Cure::Hand, @r"
    current: cccc, 2 pending
    error: `__migrate_log` has a column `started_at` of type TYPE, where an instant is to be
    hint: something else changed it: put it back as this makes it: CREATE TABLE …; nothing was changed
    ");
    // Padded texts are the same texts.
    case!(
        &[Backend::Postgres],
        "ALTER TABLE __migrate_log ALTER COLUMN direction TYPE char(16), ALTER COLUMN status TYPE char(16), \
         ALTER COLUMN revision TYPE char(32), ALTER COLUMN checksum TYPE char(80), ALTER COLUMN note TYPE char(9)",
        Cure::None,
        @r"
        current: cccc, 2 pending
        upgraded: 1 step
        "
    );
    case!(
        &[Backend::Postgres],
        "ALTER TABLE __migrate_log ALTER COLUMN direction TYPE char(16); \
         UPDATE __migrate_log SET checksum = 'v1:00' WHERE revision = 'bbbb'",
        Cure::Accept("bbbb"),
        @r#"
        current: cccc, 2 pending
        error: a migration that is applied was edited since: bbbb (bbbb), applied TIME by unknown
        hint: take the change back (`git log --all --oneline -- '*bbbb*'` shows when), and write a new migration for it; or, if the database is as it says now: `migrate repair bbbb --accept --reason "…"`; nothing was changed
        "#
    );
    case!(
        &[Backend::Postgres],
        "CREATE TABLE log AS SELECT * FROM __migrate_log; DROP TABLE __migrate_log; ALTER TABLE log RENAME TO __migrate_log; \
         UPDATE __migrate_log SET id = NULL",
        Cure::None,
        @r"
        current: cccc, 2 pending
        upgraded: 1 step
        "
    );
    case!(ALL, "ALTER TABLE __migrate_log RENAME TO log; CREATE VIEW __migrate_log AS SELECT * FROM log", Cure::Hand, @r"
    current: cccc, 2 pending
    error: `__migrate_log` is a view
    hint: give the view another name, and the table its own back; nothing was changed
    ");
}

/// Only whoever made it sees it, so an application can get it that keeps its connection.
#[test]
fn a_temporary_table_of_the_name() {
    let mut said = BTreeSet::new();
    for backend in [Backend::Sqlite, Backend::Postgres] {
        if !backends().contains(&backend) {
            continue;
        }
        let (database, history) = (Database::fresh(backend), history());
        let mut connection = database.connect();
        let mut migrator = Migrator::new(&history);
        migrator.upgrade(&mut *connection, "cccc").expect("an upgrade");
        let mut migrator = Migrator::new(&history);
        connection
            .batch("CREATE TEMPORARY TABLE __migrate_version (version_num VARCHAR(32))")
            .expect("a table");
        let status = migrator.status(&mut *connection).expect("an answer");
        let error = migrator.upgrade(&mut *connection, "dddd").expect_err("another table");
        said.insert(format!("{}\n{}", answer(&status), told(&error)));
        let mut another = database.connect();
        migrator.upgrade(&mut *another, "dddd").expect("an upgrade");
    }
    for said in said {
        allow_duplicates!(assert_snapshot!(said, @r"
        current: cccc, 2 pending
        error: `__migrate_version` is a temporary table of this connection, which hides the lasting one
        hint: drop it, or use another connection; nothing was changed
        "));
    }
}
