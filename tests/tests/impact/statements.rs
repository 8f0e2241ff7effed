//! PostgreSQL's statements one by one: what is said of each, and that the server does no more.

use migrate_core::backend::Scope;
use migrate_core::impact;
use migrate_core::prelude::*;
use tests::{Backend, Database, backends};

use crate::{Transaction, Watched};

const SCHEMA: &str = "
    CREATE TABLE p (id bigint PRIMARY KEY, name varchar(20), n int NOT NULL, at timestamp, price numeric(10, 2), note text, code char(3), js json, net cidr, vb varbit(4));
    CREATE INDEX p_n ON p (n);
    CREATE TABLE c (id bigint NOT NULL, p_id bigint REFERENCES p, v int, w int, x int,
        CONSTRAINT c_v CHECK (v IS NOT NULL), CONSTRAINT c_w CHECK (w > 0) NOT VALID);
    CREATE UNIQUE INDEX c_id ON c (id);
    CREATE TABLE later (id bigint, p_id bigint);
    ALTER TABLE later ADD CONSTRAINT later_p FOREIGN KEY (p_id) REFERENCES p NOT VALID;
    CREATE TABLE events (id int, at int) PARTITION BY RANGE (at);
    CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (10);
    CREATE TABLE events_rest PARTITION OF events DEFAULT;
    CREATE TABLE loose (id int, at int);
    CREATE VIEW notes AS SELECT id, note FROM p;
    CREATE MATERIALIZED VIEW totals AS SELECT x, count(*) FROM c GROUP BY 1;
    CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER t BEFORE INSERT ON c FOR EACH ROW EXECUTE FUNCTION nothing();
    CREATE SCHEMA other;
    CREATE DOMAIN positive AS int CHECK (VALUE > 0);
    CREATE TYPE mood AS ENUM ('ok');
    INSERT INTO p VALUES (1, 'a', 1, now(), 1.5, 'x', 'abc', '{}', '10.0.0.0/8', B'1'), (2, 'b', 2, now(), 2.5, 'y', 'abd', '{}', '10.0.0.0/8', B'0');
    INSERT INTO c VALUES (1, 1, 1, 1, 1), (2, 2, 2, 2, 2);
    INSERT INTO later VALUES (1, 1);
    INSERT INTO events VALUES (1, 1), (2, 100);
    INSERT INTO loose VALUES (1, 15);
";

/// The statements, and what is said of each. One that begins with `-` can't be run in a transaction.
const FACTS: &[(&str, &str)] = &[
    ("CREATE TABLE new (id int)", "hinders nobody"),
    ("CREATE TABLE new (id int REFERENCES p (id))", "SHARE ROW EXCLUSIVE on p; writes wait"),
    (
        "CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (10) TO (20)",
        "ACCESS EXCLUSIVE on events, events_rest, scans the table; reads and writes wait",
    ),
    ("CREATE TABLE new (LIKE p)", "hinders nobody"),
    ("CREATE VIEW new AS SELECT id FROM p", "hinders nobody"),
    (
        "CREATE OR REPLACE VIEW notes AS SELECT id, note FROM p",
        "ACCESS EXCLUSIVE on notes; reads and writes wait",
    ),
    ("DROP VIEW notes", "ACCESS EXCLUSIVE on notes; reads and writes wait"),
    ("-DROP TABLE c CASCADE", "what it locks is not known"),
    ("DROP TABLE later", "ACCESS EXCLUSIVE on later, p; reads and writes wait"),
    (
        "DROP TABLE events_1",
        "ACCESS EXCLUSIVE on events_1, events, events_rest; reads and writes wait",
    ),
    ("TRUNCATE later", "ACCESS EXCLUSIVE on later, rewrites the table; reads and writes wait"),
    ("ALTER TABLE c RENAME TO d", "ACCESS EXCLUSIVE on c; reads and writes wait"),
    ("ALTER TABLE c RENAME COLUMN v TO u", "ACCESS EXCLUSIVE on c; reads and writes wait"),
    ("ALTER TABLE c RENAME CONSTRAINT c_v TO c_u", "ACCESS EXCLUSIVE on c; reads and writes wait"),
    ("ALTER TABLE c SET SCHEMA other", "ACCESS EXCLUSIVE on c; reads and writes wait"),
    ("ALTER TABLE c OWNER TO CURRENT_USER", "ACCESS EXCLUSIVE on c; reads and writes wait"),
    ("ALTER TABLE c ENABLE ROW LEVEL SECURITY", "ACCESS EXCLUSIVE on c; reads and writes wait"),
    ("CREATE POLICY mine ON c USING (true)", "ACCESS EXCLUSIVE on c; reads and writes wait"),
    ("ALTER TABLE c REPLICA IDENTITY FULL", "ACCESS EXCLUSIVE on c; reads and writes wait"),
    ("ALTER INDEX p_n RENAME TO p_m", "hinders nobody"),
    ("ALTER TABLE c ADD COLUMN y int", "ACCESS EXCLUSIVE on c; reads and writes wait"),
    ("ALTER TABLE c ADD COLUMN y int DEFAULT 1", "ACCESS EXCLUSIVE on c; reads and writes wait"),
    (
        "ALTER TABLE c ADD COLUMN y int NOT NULL DEFAULT 1",
        "ACCESS EXCLUSIVE on c; reads and writes wait",
    ),
    (
        "ALTER TABLE c ADD COLUMN y timestamptz NOT NULL DEFAULT now()",
        "ACCESS EXCLUSIVE on c; reads and writes wait",
    ),
    ("ALTER TABLE c ADD COLUMN y mood", "ACCESS EXCLUSIVE on c; reads and writes wait"),
    (
        "ALTER TABLE c ADD COLUMN y positive",
        "ACCESS EXCLUSIVE on c, may rewrite the table; reads and writes wait",
    ),
    (
        "ALTER TABLE c ADD COLUMN y float DEFAULT random()",
        "ACCESS EXCLUSIVE on c, rewrites the table; reads and writes wait",
    ),
    (
        "ALTER TABLE c ADD COLUMN y timestamptz DEFAULT clock_timestamp()",
        "ACCESS EXCLUSIVE on c, rewrites the table; reads and writes wait",
    ),
    (
        "ALTER TABLE c ADD COLUMN y text DEFAULT md5('x')",
        "ACCESS EXCLUSIVE on c, may rewrite the table; reads and writes wait",
    ),
    (
        "ALTER TABLE c ADD COLUMN y bigserial",
        "ACCESS EXCLUSIVE on c, rewrites the table; reads and writes wait",
    ),
    (
        "ALTER TABLE c ADD COLUMN y int GENERATED ALWAYS AS IDENTITY",
        "ACCESS EXCLUSIVE on c, rewrites the table; reads and writes wait",
    ),
    (
        "ALTER TABLE c ADD COLUMN y int GENERATED ALWAYS AS (v + 1) STORED",
        "ACCESS EXCLUSIVE on c, rewrites the table; reads and writes wait",
    ),
    (
        "ALTER TABLE c ADD COLUMN y int CHECK (y > 0)",
        "ACCESS EXCLUSIVE on c, scans the table; reads and writes wait",
    ),
    (
        "ALTER TABLE c ADD COLUMN y int UNIQUE",
        "ACCESS EXCLUSIVE on c, builds an index; reads and writes wait",
    ),
    (
        "ALTER TABLE c ADD COLUMN y bigint REFERENCES p",
        "ACCESS EXCLUSIVE on c, SHARE ROW EXCLUSIVE on p; reads and writes wait",
    ),
    (
        "ALTER TABLE c ADD COLUMN y bigint DEFAULT 1 REFERENCES p",
        "ACCESS EXCLUSIVE on c, SHARE ROW EXCLUSIVE on p, scans the table; reads and writes wait",
    ),
    ("ALTER TABLE c DROP COLUMN v", "ACCESS EXCLUSIVE on c; reads and writes wait"),
    ("ALTER TABLE c DROP COLUMN p_id", "ACCESS EXCLUSIVE on c, p; reads and writes wait"),
    (
        "ALTER TABLE c ALTER COLUMN w SET DEFAULT 1, ALTER COLUMN x DROP DEFAULT",
        "ACCESS EXCLUSIVE on c; reads and writes wait",
    ),
    (
        "ALTER TABLE c ALTER COLUMN w SET NOT NULL",
        "ACCESS EXCLUSIVE on c, scans the table; reads and writes wait",
    ),
    ("ALTER TABLE c ALTER COLUMN v SET NOT NULL", "ACCESS EXCLUSIVE on c; reads and writes wait"),
    (
        "ALTER TABLE c ALTER COLUMN v SET NOT NULL, DROP CONSTRAINT c_v",
        "ACCESS EXCLUSIVE on c, scans the table; reads and writes wait",
    ),
    ("ALTER TABLE c ALTER COLUMN id SET NOT NULL", "ACCESS EXCLUSIVE on c; reads and writes wait"),
    ("ALTER TABLE p ALTER COLUMN n DROP NOT NULL", "ACCESS EXCLUSIVE on p; reads and writes wait"),
    (
        "ALTER TABLE c ADD CHECK (x > 0)",
        "ACCESS EXCLUSIVE on c, scans the table; reads and writes wait",
    ),
    ("ALTER TABLE c ADD CHECK (x > 0) NOT VALID", "ACCESS EXCLUSIVE on c; reads and writes wait"),
    ("ALTER TABLE c VALIDATE CONSTRAINT c_w", "SHARE UPDATE EXCLUSIVE on c, scans the table"),
    (
        "ALTER TABLE later ADD FOREIGN KEY (id) REFERENCES p (id)",
        "SHARE ROW EXCLUSIVE on later, p, scans the table; writes wait",
    ),
    (
        "ALTER TABLE later ADD FOREIGN KEY (id) REFERENCES p (id) NOT VALID",
        "SHARE ROW EXCLUSIVE on later, p; writes wait",
    ),
    (
        "ALTER TABLE later VALIDATE CONSTRAINT later_p",
        "SHARE UPDATE EXCLUSIVE on later, ROW SHARE on p, scans the table",
    ),
    (
        "ALTER TABLE later ADD UNIQUE (id)",
        "ACCESS EXCLUSIVE on later, builds an index; reads and writes wait",
    ),
    (
        "ALTER TABLE later ADD PRIMARY KEY (id)",
        "ACCESS EXCLUSIVE on later, builds an index; reads and writes wait",
    ),
    (
        "ALTER TABLE later ADD EXCLUDE USING btree (id WITH =)",
        "ACCESS EXCLUSIVE on later, builds an index; reads and writes wait",
    ),
    ("ALTER TABLE c ADD UNIQUE USING INDEX c_id", "ACCESS EXCLUSIVE on c; reads and writes wait"),
    (
        "ALTER TABLE c ADD PRIMARY KEY USING INDEX c_id",
        "ACCESS EXCLUSIVE on c, may scan the table; reads and writes wait",
    ),
    ("ALTER TABLE c DROP CONSTRAINT c_v", "ACCESS EXCLUSIVE on c; reads and writes wait"),
    (
        "ALTER TABLE later DROP CONSTRAINT later_p",
        "ACCESS EXCLUSIVE on later, p; reads and writes wait",
    ),
    ("CREATE INDEX new ON c (v)", "SHARE on c, builds an index; writes wait"),
    ("-CREATE INDEX CONCURRENTLY new ON c (v)", "SHARE UPDATE EXCLUSIVE on c, builds an index"),
    ("DROP INDEX p_n", "ACCESS EXCLUSIVE on p; reads and writes wait"),
    ("-DROP INDEX CONCURRENTLY p_n", "SHARE UPDATE EXCLUSIVE on p"),
    ("REINDEX TABLE p", "ACCESS EXCLUSIVE on p, builds an index; reads and writes wait"),
    ("REINDEX INDEX p_n", "ACCESS EXCLUSIVE on p, builds an index; reads and writes wait"),
    ("-REINDEX TABLE CONCURRENTLY p", "SHARE UPDATE EXCLUSIVE on p, builds an index"),
    ("CLUSTER p USING p_n", "ACCESS EXCLUSIVE on p, rewrites the table; reads and writes wait"),
    ("-VACUUM FULL p", "ACCESS EXCLUSIVE on p, rewrites the table; reads and writes wait"),
    ("-VACUUM (FULL) p", "ACCESS EXCLUSIVE on p, rewrites the table; reads and writes wait"),
    ("-VACUUM p", "SHARE UPDATE EXCLUSIVE on p, scans the table"),
    (
        "ALTER TABLE c SET UNLOGGED",
        "ACCESS EXCLUSIVE on c, rewrites the table; reads and writes wait",
    ),
    ("ALTER TABLE c SET (fillfactor = 70)", "SHARE UPDATE EXCLUSIVE on c"),
    ("ALTER TABLE c ALTER COLUMN v SET STATISTICS 50", "SHARE UPDATE EXCLUSIVE on c"),
    ("ALTER TABLE c ALTER COLUMN v SET (n_distinct = 5)", "SHARE UPDATE EXCLUSIVE on c"),
    ("ANALYZE c", "SHARE UPDATE EXCLUSIVE on c"),
    ("CREATE STATISTICS s ON v, w FROM c", "SHARE UPDATE EXCLUSIVE on c"),
    ("COMMENT ON TABLE c IS 'x'", "SHARE UPDATE EXCLUSIVE on c"),
    ("COMMENT ON COLUMN c.v IS 'x'", "SHARE UPDATE EXCLUSIVE on c"),
    ("-COMMENT ON COLUMN public.c.v IS 'x'", "SHARE UPDATE EXCLUSIVE on public.c"),
    ("GRANT SELECT ON c TO PUBLIC", "hinders nobody"),
    (
        "CREATE TRIGGER u BEFORE INSERT ON c FOR EACH ROW EXECUTE FUNCTION nothing()",
        "SHARE ROW EXCLUSIVE on c; writes wait",
    ),
    ("ALTER TABLE c DISABLE TRIGGER t", "SHARE ROW EXCLUSIVE on c; writes wait"),
    ("DROP TRIGGER t ON c", "ACCESS EXCLUSIVE on c; reads and writes wait"),
    (
        "ALTER TABLE events ATTACH PARTITION loose FOR VALUES FROM (10) TO (20)",
        "ACCESS EXCLUSIVE on events_rest, loose, SHARE UPDATE EXCLUSIVE on events, events_1, scans the table; reads and writes wait",
    ),
    (
        "ALTER TABLE events DETACH PARTITION events_1",
        "ACCESS EXCLUSIVE on events, events_1, events_rest; reads and writes wait",
    ),
    (
        "-ALTER TABLE events DETACH PARTITION events_1 CONCURRENTLY",
        "ACCESS EXCLUSIVE on events_1, SHARE UPDATE EXCLUSIVE on events, events_rest; reads and writes wait",
    ),
    (
        "ALTER TABLE events ADD COLUMN y int",
        "ACCESS EXCLUSIVE on events, events_1, events_rest; reads and writes wait",
    ),
    (
        "ALTER TABLE ONLY events ALTER COLUMN id SET DEFAULT 1",
        "ACCESS EXCLUSIVE on events; reads and writes wait",
    ),
    (
        "CREATE INDEX new ON events (id)",
        "SHARE on events, events_1, events_rest, builds an index; writes wait",
    ),
    ("CREATE INDEX new ON ONLY events (id)", "SHARE on events, builds an index; writes wait"),
    ("ALTER TYPE mood ADD VALUE 'sad'", "hinders nobody"),
    ("CREATE SEQUENCE s", "hinders nobody"),
    ("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "hinders nobody"),
    ("ALTER DOMAIN positive ADD CHECK (VALUE < 10)", "what it locks is not known"),
    ("ALTER DOMAIN positive ADD CHECK (VALUE < 10) NOT VALID", "hinders nobody"),
    (
        "REFRESH MATERIALIZED VIEW totals",
        "ACCESS EXCLUSIVE on totals, rewrites the table; reads and writes wait",
    ),
    (
        "-REFRESH MATERIALIZED VIEW CONCURRENTLY totals",
        "EXCLUSIVE on totals, rewrites the table; writes wait",
    ),
    ("LOCK TABLE c IN SHARE ROW EXCLUSIVE MODE", "SHARE ROW EXCLUSIVE on c; writes wait"),
    ("INSERT INTO later VALUES (3, 1)", "ROW EXCLUSIVE on later"),
    ("UPDATE c SET v = 3", "ROW EXCLUSIVE on c, may scan the table"),
    ("DELETE FROM later", "ROW EXCLUSIVE on later, may scan the table"),
    ("SELECT count(*) FROM p", "may scan the table"),
    ("DO 'BEGIN END'", "what it locks is not known"),
    (
        "ALTER TABLE p ALTER COLUMN name TYPE varchar(30)",
        "ACCESS EXCLUSIVE on p; reads and writes wait",
    ),
    (
        "ALTER TABLE p ALTER COLUMN name TYPE varchar",
        "ACCESS EXCLUSIVE on p; reads and writes wait",
    ),
    ("ALTER TABLE p ALTER COLUMN name TYPE text", "ACCESS EXCLUSIVE on p; reads and writes wait"),
    (
        "ALTER TABLE p ALTER COLUMN name TYPE varchar(30) USING name::varchar(30)",
        "ACCESS EXCLUSIVE on p; reads and writes wait",
    ),
    (
        "ALTER TABLE p ALTER COLUMN name TYPE varchar(10)",
        "ACCESS EXCLUSIVE on p, rewrites the table; reads and writes wait",
    ),
    (
        "ALTER TABLE p ALTER COLUMN name TYPE varchar(20)",
        "ACCESS EXCLUSIVE on p; reads and writes wait",
    ),
    (
        "ALTER TABLE p ALTER COLUMN name TYPE varchar(20) COLLATE \"C\"",
        "ACCESS EXCLUSIVE on p; reads and writes wait",
    ),
    (
        "ALTER TABLE p ALTER COLUMN price TYPE numeric(12, 2)",
        "ACCESS EXCLUSIVE on p; reads and writes wait",
    ),
    (
        "ALTER TABLE p ALTER COLUMN price TYPE numeric",
        "ACCESS EXCLUSIVE on p; reads and writes wait",
    ),
    (
        "ALTER TABLE p ALTER COLUMN price TYPE numeric(12, 3)",
        "ACCESS EXCLUSIVE on p, rewrites the table; reads and writes wait",
    ),
    (
        "ALTER TABLE p ALTER COLUMN at TYPE timestamp(6)",
        "ACCESS EXCLUSIVE on p; reads and writes wait",
    ),
    (
        "ALTER TABLE p ALTER COLUMN at TYPE timestamp(3)",
        "ACCESS EXCLUSIVE on p, rewrites the table; reads and writes wait",
    ),
    (
        "ALTER TABLE p ALTER COLUMN at TYPE timestamptz",
        "ACCESS EXCLUSIVE on p, may rewrite the table; reads and writes wait",
    ),
    ("ALTER TABLE p ALTER COLUMN net TYPE inet", "ACCESS EXCLUSIVE on p; reads and writes wait"),
    (
        "ALTER TABLE p ALTER COLUMN vb TYPE varbit(8)",
        "ACCESS EXCLUSIVE on p; reads and writes wait",
    ),
    (
        "ALTER TABLE p ALTER COLUMN n TYPE bigint",
        "ACCESS EXCLUSIVE on p, rewrites the table; reads and writes wait",
    ),
    (
        "ALTER TABLE c ALTER COLUMN p_id TYPE int",
        "ACCESS EXCLUSIVE on c, p, rewrites the table; reads and writes wait",
    ),
    (
        "ALTER TABLE p ALTER COLUMN js TYPE jsonb",
        "ACCESS EXCLUSIVE on p, rewrites the table; reads and writes wait",
    ),
    (
        "ALTER TABLE p ALTER COLUMN code TYPE char(5)",
        "ACCESS EXCLUSIVE on p, rewrites the table; reads and writes wait",
    ),
    (
        "ALTER TABLE p ALTER COLUMN code TYPE text",
        "ACCESS EXCLUSIVE on p, rewrites the table; reads and writes wait",
    ),
    (
        "ALTER TABLE p ALTER COLUMN name TYPE int USING length(name)",
        "ACCESS EXCLUSIVE on p, rewrites the table; reads and writes wait",
    ),
    (
        "ALTER TABLE c ALTER COLUMN w TYPE bigint",
        "ACCESS EXCLUSIVE on c, rewrites the table; reads and writes wait",
    ),
];

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/locks.md");
const BEGIN: &str = "<!-- statements: PostgreSQL -->\n";
const END: &str = "\n<!-- end -->";

/// The page, its table apart.
fn page() -> (String, String, String) {
    let page = std::fs::read_to_string(PAGE).expect("docs/locks.md");
    let (before, rest) = page.split_once(BEGIN).expect("where the table begins");
    let (table, after) = rest.split_once(END).expect("where the table ends");
    (before.to_owned(), table.trim_start_matches('\n').to_owned(), after.to_owned())
}

/// The facts for people.
fn table() -> String {
    let rows = FACTS.iter().map(|(sql, said)| {
        format!("| `{}` | {said} |\n", sql.trim_start_matches('-').replace('|', "\\|"))
    });
    format!("| statement | what it does |\n|---|---|\n{}", rows.collect::<String>())
}

#[test]
fn postgres_does_no_more_than_is_said_of_each_statement() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let database = Database::fresh(Backend::Postgres);
    database.execute(SCHEMA);
    let mut watched = Watched::begin(&database);
    let catalog = watched.connection.reflect(&Scope::default()).expect("a schema").catalog;
    let mut faults = Vec::new();
    for (sql, expected) in FACTS {
        let (sql, is_run) = sql.strip_prefix('-').map_or((*sql, true), |sql| (sql, false));
        let impact = impact::of_sql(Postgres, sql, &catalog);
        if impact.to_string() != *expected {
            faults.push(format!("{sql}\n  should be {expected}\n  said      {impact}"));
        }
        if is_run && impact.is_known {
            let mut transaction = Transaction::begin(&mut watched, "one".to_owned());
            let _ = transaction.run(sql, &impact);
            faults.extend(transaction.end());
        }
    }
    let page = page();
    let found = format!("{}{BEGIN}\n{}{END}{}", page.0, table(), page.2);
    if tests::setting("MIGRATE_UPDATE_DOCS").is_some() {
        std::fs::write(PAGE, found).expect("docs/locks.md");
    } else if page.1 != table() {
        faults.push("docs/locks.md says otherwise: MIGRATE_UPDATE_DOCS=1 writes it".to_owned());
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}
