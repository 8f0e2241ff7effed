//! All the way: adopted, upgraded, downgraded.

use insta::assert_snapshot;
use tests::{Backend, Database, backends};

use super::{TOOLS, made, project};

/// The rows of the other tool's table, whatever its columns.
fn versions(database: &Database, tool: &str, table: &str) -> Vec<String> {
    let column = if tool == "alembic" { "version_num" } else { "version" };
    let text = if database.backend() == Backend::Mariadb { "CHAR" } else { "text" };
    database.values(&format!("SELECT CAST({column} AS {text}) AS value FROM {table} ORDER BY 1"))
}

/// Takes a database over, migrates it up and down again.
fn check(tool: &str, table: &str, chain: &str, backend: Backend) {
    let database = made(tool, backend);
    database.execute("INSERT INTO users (id, email, name) VALUES (1, 'ann@example.org', 'Ann')");
    database.execute("INSERT INTO orders (id, user_id, total) VALUES (1, 1, 9.50)");
    let rows = versions(&database, tool, table);
    let project = project(chain, &database);
    let run = |words: &str| {
        let session = project.migrate(words.split(' '));
        assert!(session.ends_with("── exit 0"), "{backend} {chain}: {words}\n{session}");
        session
    };
    let refused = project.migrate(["upgrade"]);
    assert!(refused.contains(&format!("migrate adopt --from {tool}")), "{refused}");
    let adopted = run(&format!("adopt --from {tool}"));
    assert!(adopted.contains("3 revisions; the database is at"), "{adopted}");
    assert!(adopted.contains("Not applied yet: 1 revision"), "{adopted}");
    assert!(run(&format!("adopt --from {tool}")).contains("ours already"));
    let log = run("log --json");
    assert_eq!(log.matches("\"note\": \"adopted from ").count(), 3, "{log}");
    run("upgrade");
    assert!(database.values("SELECT note AS value FROM orders") == ["NULL"]);
    let check = run("check --no-schema");
    assert!(check.contains("database against the migrations: no difference\n"), "{check}");
    // Its own go down by their inverses, also those that the other tool ran.
    run("downgrade -2 --yes");
    assert_eq!(database.values("SELECT email AS value FROM users"), ["ann@example.org"]);
    assert_eq!(database.values("SELECT CAST(user_id AS char(1)) AS value FROM orders"), ["1"]);
    assert!(!database.dump().contains("users_name_idx"));
    run("upgrade");
    run("downgrade base --yes");
    assert!(!database.dump().contains("users"), "{}", database.dump());
    assert_eq!(versions(&database, tool, table), rows, "the other tool's table stays as it is");
    run("upgrade");
}

#[test]
fn each_tool_s_database_is_adopted_upgraded_and_downgraded() {
    for (tool, table) in TOOLS {
        for backend in backends() {
            check(tool, table, tool, backend);
        }
    }
}

/// What SQL files make nobody can read: it is found out on a database of its own.
#[test]
fn a_chain_of_sql_files_is_compared_too() {
    for backend in backends() {
        let database = made("diesel", backend);
        let project = project("diesel-sql", &database);
        database.execute("ALTER TABLE orders DROP COLUMN total");
        let refused = project.migrate(["adopt", "--from", "diesel"]);
        assert!(refused.contains("missing: column orders.total"), "{backend}\n{refused}");
        let database = made("diesel", backend);
        let project = super::project("diesel-sql", &database);
        let adopted = project.migrate(["adopt", "--from", "diesel"]);
        assert!(adopted.ends_with("── exit 0"), "{backend}\n{adopted}");
        let upgraded = project.migrate(["upgrade"]);
        assert!(upgraded.ends_with("── exit 0"), "{backend}\n{upgraded}");
    }
}

/// A history that begins with what is there has other revisions than the tool had.
#[test]
fn a_baseline_is_adopted_by_its_name() {
    for (tool, _) in TOOLS {
        let is_seen = |backend: &Backend| tool == "alembic" || *backend == Backend::Sqlite;
        for backend in backends().into_iter().filter(is_seen) {
            let database = made(tool, backend);
            let chain = if tool == "sea-orm" { "baseline-sea-orm" } else { "baseline" };
            let project = project(chain, &database);
            let refused = project.migrate(["adopt", "--from", tool]);
            assert!(refused.contains("--at REV"), "{refused}");
            let adopted = project.migrate(["adopt", "--from", tool, "--at", "ba5e"]);
            assert!(adopted.ends_with("── exit 0"), "{backend} {tool}\n{adopted}");
            let upgraded = project.migrate(["upgrade"]);
            assert!(upgraded.ends_with("── exit 0"), "{upgraded}");
        }
    }
}

#[test]
fn what_is_said() {
    let database = made("diesel", Backend::Sqlite);
    database.execute("CREATE TABLE others (id INTEGER PRIMARY KEY)");
    let project = project("diesel", &database);
    assert_snapshot!(project.migrate(["adopt", "--from", "diesel", "--dry-run"]), @r#"
    ── stdout
    d00000000001  create users  (20240101000000)
    d00000000002  create orders  (20240102000000)
    d00000000003  add user name  (20240103000000)
    ── stderr
    Database: sqlite:///[folder]/[database].db (from DATABASE_URL)
    note: no migration speaks of these, and they are left alone: table others
    This would be written:
    ── exit 0
    "#);
    assert_snapshot!(project.migrate(["adopt", "--from", "diesel", "--dry-run", "--json"]), @r#"
    ── stdout
    {
      "current": [
        "d00000000003"
      ],
      "differences": [],
      "extra": [
        "table others"
      ],
      "format": 1,
      "from": "diesel",
      "is_dry_run": true,
      "is_kept": false,
      "result": "adopted",
      "revisions": [
        {
          "message": "create users",
          "revision": "d00000000001",
          "version": "20240101000000"
        },
        {
          "message": "create orders",
          "revision": "d00000000002",
          "version": "20240102000000"
        },
        {
          "message": "add user name",
          "revision": "d00000000003",
          "version": "20240103000000"
        }
      ],
      "table": "__diesel_schema_migrations",
      "unknown": []
    }
    ── stderr
    Database: sqlite:///[folder]/[database].db (from DATABASE_URL)
    note: no migration speaks of these, and they are left alone: table others
    This would be written:
    ── exit 0
    "#);
    assert_snapshot!(project.migrate(["current"]), @r#"
    ── stdout
    nothing is applied, 4 revisions pending
    ── stderr
    Database: sqlite:///[folder]/[database].db (from DATABASE_URL)
    ── exit 0
    "#);
    assert_snapshot!(project.migrate(["adopt", "--from", "diesel"]), @r#"
    ── stderr
    Database: sqlite:///[folder]/[database].db (from DATABASE_URL)
    note: no migration speaks of these, and they are left alone: table others
    Adopted from Diesel: 3 revisions; the database is at d00000000003, and nothing was run
    `__diesel_schema_migrations` stays as it is, and nothing here reads it: let Diesel migrate this database no more, and drop the table when you like
    Not applied yet: 1 revision: migrate upgrade
    ── exit 0
    "#);
    assert_snapshot!(project.migrate(["log", "-n", "1"]), @r#"
    ── stdout
    [time]  tester@example  stamp d00000000003, add user name
        note: adopted from Diesel (`__diesel_schema_migrations`, version 20240103000000)
    ── stderr
    Database: sqlite:///[folder]/[database].db (from DATABASE_URL)
    ── exit 0
    "#);
    assert_snapshot!(project.migrate(["adopt", "--from", "diesel"]), @r#"
    ── stderr
    Database: sqlite:///[folder]/[database].db (from DATABASE_URL)
    The database is ours already, with all that `__diesel_schema_migrations` says is applied; nothing was written
    ── exit 0
    "#);
}
