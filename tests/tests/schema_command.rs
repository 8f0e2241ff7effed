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

#[test]
fn other_schemas_extensions_and_tables_of_ours_on_postgres() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let database = Database::fresh(Backend::Postgres);
    database.execute(
        "CREATE TYPE side AS ENUM ('buy', 'sell');
         CREATE TABLE orders (id bigint PRIMARY KEY, side side NOT NULL, tags text[]);
         CREATE TABLE spatial_ref_sys (id bigint PRIMARY KEY);
         ALTER EXTENSION plpgsql ADD TABLE spatial_ref_sys;
         CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
         CREATE SCHEMA audit;
         CREATE TABLE audit.log (id bigint PRIMARY KEY, order_id bigint NOT NULL REFERENCES orders);
         CREATE TABLE audit.old (id bigint PRIMARY KEY);",
    );
    let project = Project::new("story").database(&database).file(
        "migrate.toml",
        "version_table = \"alembic_version\"\ncompare.include.schemas = [\"public\", \"audit\"]\ncompare.exclude.tables = [\"audit.old\"]\n",
    );
    let said = project.migrate(["schema", "--from", "database"]);
    insta::assert_snapshot!(said, @r#"
    ── stdout
    // @generated automatically by Diesel CLI.

    pub mod sql_types {
        #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
        #[diesel(postgres_type(name = "side"))]
        pub struct Side;
    }

    diesel::table! {
        use diesel::sql_types::*;
        use super::sql_types::Side;

        orders (id) {
            id -> Int8,
            side -> Side,
            tags -> Nullable<Array<Nullable<Text>>>,
        }
    }

    diesel::table! {
        audit.log (id) {
            id -> Int8,
            order_id -> Int8,
        }
    }

    diesel::joinable!(log -> orders (order_id));

    diesel::allow_tables_to_appear_in_same_query!(
        orders,
        log,
    );
    ── stderr
    Database: postgres://migrate:***@127.0.0.1:[port]/[database] (from DATABASE_URL)
    ── exit 0
    "#);
    let project = project.file("diesel.toml", "[print_schema]\nschema = \"audit\"\n");
    insta::assert_snapshot!(project.migrate(["schema", "--from", "database", "-q"]), @r"
    ── stdout
    // @generated automatically by Diesel CLI.

    pub mod audit {
        diesel::table! {
            audit.log (id) {
                id -> Int8,
                order_id -> Int8,
            }
        }
    }
    ── exit 0
    ");
}

#[test]
fn a_server_that_is_not_there() {
    let project =
        Project::new("story").variable("DATABASE_URL", "postgres://u:s3cr3t@127.0.0.1:1/x");
    insta::assert_snapshot!(project.migrate(["schema", "--from", "database"]), @r#"
    ── stderr
    Database: postgres://u:***@127.0.0.1:[port]/x (from DATABASE_URL)
    error: cannot connect to postgres://u:***@127.0.0.1:[port]/x
      caused by: connection to server at "127.0.0.1", port [port] failed: Connection refused; Is the server running on that host and accepting TCP/IP connections?
    hint: check the host and the port, and that the server runs there
    ── exit 1
    "#);
    // The chain needs none.
    let said = project.migrate(["schema", "base"]);
    assert!(said.ends_with("exit 0"), "{said}");
}
