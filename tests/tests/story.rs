//! The story of `migrations/`: up to head, down to base and up again, seen through `pg_dump` and `sqlite_master`.

use std::collections::{BTreeMap, BTreeSet};

use insta::assert_snapshot;
use migrate_core::{
    Migrator,
    revision::{Direction, RevisionId},
};
use migrations::CHAIN;
use tests::{Backend, Database, backends};

#[test]
fn up_and_down_and_up_again_is_the_same_schema() {
    for backend in backends() {
        let database = Database::fresh(backend);
        upgrade(&database, "head");
        let head = schema(&database);
        assert_snapshot!(format!("head_{backend}"), head);
        downgrade(&database, "base");
        assert_eq!(schema(&database), "", "{backend}");
        upgrade(&database, "head");
        assert_eq!(schema(&database), head, "{backend}");
    }
}

#[test]
fn each_step_down_leads_to_where_its_step_up_began() {
    let graph = CHAIN.graph().unwrap();
    // Where the history is one line: beside a branch, "down to here" leaves the branch alone.
    let is_alone = |id: &RevisionId| {
        let own = BTreeSet::from([id.clone()]);
        graph.ancestors(&own).len() + graph.descendants(&own).len() == graph.nodes().len() + 1
    };
    for backend in backends() {
        let database = Database::fresh(backend);
        let mut schemas = Vec::new();
        for node in graph.nodes() {
            upgrade(&database, node.id.as_ref());
            if is_alone(&node.id) {
                schemas.push((&node.id, schema(&database)));
            }
        }
        assert!(schemas.len() > 10, "{}", schemas.len());
        while let Some((id, before)) = schemas.pop() {
            downgrade(&database, id.as_ref());
            assert_eq!(schema(&database), before, "{backend}, back at {id}");
        }
    }
}

#[test]
fn orders_are_searched_by_trigrams() {
    if backends().contains(&Backend::Postgres) {
        let database = Database::fresh(Backend::Postgres);
        upgrade(&database, "head");
        assert_snapshot!(database.psql("\\d orders"));
    }
}

#[test]
fn rows_stay_on_the_way_up_and_down() {
    for backend in backends() {
        let database = Database::fresh(backend);
        upgrade(&database, "3f2a9c41b7d0");
        database.execute(ROWS);
        let before = rows(&database);
        assert_eq!(before["orders"].len(), 4, "{backend}");

        upgrade(&database, "head");
        let head = rows(&database);
        let count = |rows: &BTreeMap<_, Vec<_>>| {
            rows.iter().map(|(table, rows)| (*table, rows.len())).collect::<Vec<_>>()
        };
        assert_eq!(count(&head), count(&before), "{backend}");
        assert_eq!(
            database.values("SELECT CAST(account_id AS text) AS value FROM orders ORDER BY id"),
            ["1", "1", "2", "1"],
            "{backend}: an order belongs to the account of its user"
        );
        assert_eq!(
            database.values("SELECT time_in_force AS value FROM orders GROUP BY time_in_force"),
            ["DAY"],
            "{backend}"
        );
        let exposure = "SELECT symbol || ' ' || CAST(CAST(quantity AS integer) AS text) AS value FROM open_exposure ORDER BY 1";
        assert_eq!(database.values(exposure), ["7203 300", "AAPL 7"], "{backend}");

        downgrade(&database, "3f2a9c41b7d0");
        assert_eq!(rows(&database), before, "{backend}");
        downgrade(&database, "base");
        assert_eq!(schema(&database), "", "{backend}");
    }
}

#[test]
fn rows_that_the_story_brought_along_are_no_loss() {
    for backend in backends() {
        let database = Database::fresh(backend);
        upgrade(&database, "head");
        assert_eq!(losses(&database, "base"), [""; 0], "{backend}");
        database.execute(
            "INSERT INTO instruments (symbol, name, exchange, currency) VALUES ('ADYEN', 'Adyen N.V.', 'XAMS', 'EUR')",
        );
        assert_eq!(losses(&database, "base"), ["table `instruments` with 1 row"], "{backend}");
        assert_eq!(losses(&database, "ba76601bb269"), [""; 0], "{backend}");
    }
}

/// What a day of trading leaves behind, as of revision `3f2a9c41b7d0`.
const ROWS: &str = "
INSERT INTO accounts (id, name, currency) VALUES (1, 'Lovelace & Daughters', 'EUR'), (2, 'Grace''s', 'USD');
INSERT INTO users (id, account_id, email, name) VALUES
    (1, 1, 'ada@example.com', 'Ada'), (2, 2, 'grace@example.com', 'Grace'), (3, 1, 'byron@example.com', 'Byron');
INSERT INTO orders (id, user_id, symbol, side, quantity, limit_price, status, notes) VALUES
    (1, 1, 'AAPL', 'buy', 10, 171.5, 'open', 'before earnings; \"half\" now'),
    (2, 1, 'AAPL', 'sell', 3, NULL, 'partially_filled', NULL),
    (3, 2, '7203', 'buy', 300, 2750, 'open', 'déjà vu'),
    (4, 3, 'SAP', 'sell', 9007199254740993, 0.000001, 'cancelled', '');
INSERT INTO positions (account_id, symbol, quantity, average_price) VALUES
    (1, 'AAPL', 40, 170.25), (1, 'SAP', 0, NULL), (2, '7203', -100, 2801.5);
INSERT INTO daily_ohlcv (symbol, date, open, high, low, close, adjusted_close, volume) VALUES
    ('AAPL', '2024-10-14', 228.7, 231.73, 228.6, 231.3, NULL, 39882100),
    ('AAPL', '2024-10-15', 233.61, 237.49, 232.37, 233.85, 233.1, 64751400);
";

/// Every row of the tables that exist at that revision, as text, in order.
fn rows(database: &Database) -> BTreeMap<&'static str, Vec<String>> {
    let tables = [
        ("accounts", "id", "id name currency opened_at"),
        ("users", "id", "id account_id email name is_active created_at"),
        ("instruments", "symbol", "symbol name exchange currency lot_size tick_size listed_on"),
        ("orders", "id", "id user_id symbol side quantity limit_price status placed_at notes"),
        ("positions", "account_id, symbol", "account_id symbol quantity average_price updated_at"),
        ("daily_ohlcv", "id", "symbol date open high low close adjusted_close volume"),
    ];
    let text = |column: &str| format!("coalesce(CAST({column} AS text), 'NULL')");
    let of = |key: &str, columns: &str, table: &str| {
        let columns: Vec<String> = columns.split(' ').map(text).collect();
        database.values(&format!(
            "SELECT {} AS value FROM {table} ORDER BY {key}",
            columns.join(" || ' | ' || ")
        ))
    };
    tables.into_iter().map(|(table, key, columns)| (table, of(key, columns, table))).collect()
}

fn upgrade(database: &Database, target: &str) {
    let mut migrator = Migrator::new(&CHAIN);
    let report = match database.backend() {
        Backend::Sqlite => migrator.upgrade(&mut database.sqlite(), target),
        Backend::Postgres => migrator.upgrade(&mut database.postgres(), target),
        Backend::Mariadb => migrator.upgrade(&mut database.mariadb(), target),
    };
    report.unwrap_or_else(|error| panic!("{}: {}", database.backend(), words(&error)));
}

fn downgrade(database: &Database, target: &str) {
    let mut migrator = Migrator::new(&CHAIN);
    let report = match database.backend() {
        Backend::Sqlite => migrator.downgrade(&mut database.sqlite(), target),
        Backend::Postgres => migrator.downgrade(&mut database.postgres(), target),
        Backend::Mariadb => migrator.downgrade(&mut database.mariadb(), target),
    };
    report.unwrap_or_else(|error| panic!("{}: {}", database.backend(), words(&error)));
}

/// What would be gone on the way down.
fn losses(database: &Database, target: &str) -> Vec<String> {
    let mut migrator = Migrator::new(&CHAIN);
    let plan = match database.backend() {
        Backend::Sqlite => migrator.plan(&mut database.sqlite(), Direction::Down, target),
        Backend::Postgres => migrator.plan(&mut database.postgres(), Direction::Down, target),
        Backend::Mariadb => migrator.plan(&mut database.mariadb(), Direction::Down, target),
    };
    let plan = plan.unwrap_or_else(|error| panic!("{}: {}", database.backend(), words(&error)));
    plan.into_iter().flat_map(|planned| planned.losses).collect()
}

fn words(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// The dump without the tables that are not the story's: its own log and version.
fn schema(database: &Database) -> String {
    let dump = database.dump();
    let parts = dump.split("\n\n").filter(|part| !part.contains("__migrate_"));
    parts.collect::<Vec<_>>().join("\n\n").trim().to_owned()
}
