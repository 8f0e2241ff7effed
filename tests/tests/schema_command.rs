//! `migrate schema` on databases: what the chain makes is what is there after `upgrade`, told alike.

use migrate_cli::schema::{Order, print, read};
use migrate_core::catalog::naming::Naming;
use migrate_core::{Dialect, run};
use migrations::CHAIN;
use tests::{Backend, Database, Project, backends};

/// What `migrate schema` prints, without what it says beside it.
fn printed(project: &Project, arguments: &[&str]) -> String {
    let said = project.migrate(["schema", "-q"].iter().chain(arguments));
    let text = said.strip_prefix("── stdout\n").and_then(|said| said.split_once("\n── "));
    match text {
        Some((text, "exit 0")) => text.to_owned(),
        _ => panic!("{arguments:?}\n{said}"),
    }
}

#[test]
fn the_chain_and_the_database_are_told_alike() {
    for backend in backends() {
        let database = Database::fresh(backend);
        let project = Project::new("story").database(&database);
        let said = project.migrate(["upgrade"]);
        assert!(said.ends_with("exit 0"), "{said}");
        let chain = printed(&project, &[]);
        assert_eq!(chain, printed(&project, &["--from", "database"]), "{backend}");
        assert!(chain.contains("orders (id) {"), "{chain}");
        assert!(!chain.contains("__migrate"), "{chain}");
    }
}

#[test]
fn what_is_printed_is_read_again() {
    for dialect in [Dialect::Postgres, Dialect::Sqlite, Dialect::Mysql, Dialect::Mariadb] {
        let all = CHAIN.revisions().iter().map(|revision| revision.id.into()).collect();
        let catalog = run::schema(&CHAIN, dialect, &all).unwrap();
        let text = print(&catalog, dialect, Order::Position);
        let again = read(&text, "src/schema.rs", &Naming::DEFAULT).unwrap().catalog;
        // A time with a zone is a `Timestamp` to Diesel on MySQL, which is one without elsewhere.
        let one_time = |text: &str| text.replace("Datetime", "Timestamp");
        assert_eq!(
            one_time(&print(&again, dialect, Order::Position)),
            one_time(&text),
            "{dialect}"
        );
        let names = |catalog: &migrate_core::catalog::Catalog| {
            let tables = catalog.tables.values().filter(|table| table.primary_key().is_some());
            tables.map(|table| (table.name.clone(), table.columns.len())).collect::<Vec<_>>()
        };
        assert_eq!(names(&again), names(&catalog), "{dialect}");
    }
}

#[test]
fn the_statements_make_the_schema() {
    for backend in backends() {
        let database = Database::fresh(backend);
        let project = Project::new("story").database(&database);
        project.migrate(["upgrade"]);
        let sql = printed(&project, &["--format", "sql"]);
        // Of this one the story says that the chain need not know it.
        database.execute("DROP VIEW open_exposure");

        let made = Database::fresh(backend);
        made.feed(&sql).unwrap_or_else(|error| panic!("{backend}: {error}\n{sql}"));
        let there = Project::new("story").database(&made);
        let whole = |project| printed(project, &["--from", "database", "--format", "json"]);
        assert_eq!(whole(&there), whole(&project), "{backend}");
    }
}

#[test]
fn what_others_made_is_told_and_what_is_excluded_is_not() {
    let database = Database::fresh(Backend::Sqlite);
    database.execute(
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, legacy_id INTEGER);
         CREATE TABLE legacy_log (id INTEGER PRIMARY KEY);
         CREATE TABLE heap (line TEXT);
         CREATE VIRTUAL TABLE words USING fts5(word);",
    );
    let project = Project::new("story").database(&database).file(
        "migrate.toml",
        "compare.exclude.tables = [\"legacy_*\"]\ncompare.exclude.columns = [\"orders.legacy_*\"]\n",
    );
    insta::assert_snapshot!(project.migrate(["schema", "--from", "database"]), @r"
    ── stdout
    // @generated automatically by Diesel CLI.

    diesel::table! {
        orders (id) {
            id -> Integer,
        }
    }
    ── stderr
    Database: sqlite:///[folder]/[database].db (from DATABASE_URL)
    note: `words` is a virtual table
    note: `words_data` is a part of the virtual table `words`
    note: `words_idx` is a part of the virtual table `words`
    note: `words_content` is a part of the virtual table `words`
    note: `words_docsize` is a part of the virtual table `words`
    note: `words_config` is a part of the virtual table `words`
    note: left out, since `table!` needs a primary key: `heap`
    ── exit 0
    ");
}
