//! Schemas that this tool did not make: whatever is there is in the catalog, or told, and nothing panics.

use migrate_core::Dialect;
use migrate_core::backend::{Reflected, Scope, canonical, normalize};
use migrate_core::catalog::{Constraint, DefaultValue, KeyPart, SqlType, Table, Value};
use tests::difference::differences;
use tests::examples::{rich, rich_catalog};
use tests::{Backend, Database, backends};

fn made(backend: Backend, sql: &str) -> Reflected {
    let database = Database::fresh(backend);
    database.execute(sql);
    database
        .connect()
        .reflect(&Scope::default())
        .unwrap_or_else(|error| panic!("{backend}: {error}\n{sql}"))
}

fn table<'a>(found: &'a Reflected, name: &str) -> &'a Table {
    found.catalog.table(&name.into()).unwrap_or_else(|error| panic!("{error}: {:?}", found.unread))
}

fn unread(found: &Reflected) -> Vec<String> {
    found.unread.iter().map(ToString::to_string).collect()
}

fn constraints(table: &Table) -> Vec<String> {
    let told = |one: &Constraint| match one {
        Constraint::PrimaryKey(key) => format!("{}: primary key {:?}", key.name, key.columns),
        Constraint::Unique(unique) => format!("{}: unique {:?}", unique.name, unique.columns),
        Constraint::ForeignKey(key) => {
            format!(
                "{}: {:?} to {} {:?} {:?}",
                key.name, key.columns, key.table, key.referred, key.on_delete
            )
        }
        Constraint::Check(check) => format!("{}: check {}", check.name, check.expression),
        Constraint::Exclude(exclude) => {
            format!("{}: exclude {:?}", exclude.name, exclude.elements)
        }
    };
    table.constraints.values().map(told).collect()
}

/// SQLite as people write it by hand.
const BY_HAND: &str = r#"
    create table [user's] ("id" integer primary key, `name` varchar ( 20 ) not null default 'it''s' collate nocase,
        'quoted' "odd type", e int default -5, f default (abs(-1)), g real default 1.5e-7, h blob default x'00ff',
        "check" text check ("check" <> ')' /* ( */), -- a ) comment
        x, unique (name, e) constraint "pos" check (e > 0), check (length(name) > 1));
    CREATE TABLE orders (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, user_id INT NOT NULL REFERENCES [user's] ON DELETE CASCADE,
        ID2 NUMERIC(10,2) UNIQUE NOT NULL, status VARCHAR(9) NOT NULL, created DATETIME DEFAULT CURRENT_TIMESTAMP,
        CONSTRAINT ck_status CHECK (status IN ('a', 'b')), FOREIGN KEY(user_id, id2) REFERENCES "user's" (NAME, e) DEFERRABLE INITIALLY DEFERRED);
    CREATE UNIQUE INDEX IF NOT EXISTS "ix" ON orders (STATUS COLLATE NOCASE DESC, lower(status), [user_id] desc) WHERE status <> 'x';
    CREATE VIEW seen AS SELECT 1;
    CREATE TRIGGER bump AFTER INSERT ON orders BEGIN UPDATE orders SET id2 = 1; END;
"#;

#[test]
fn sqlite_by_hand() {
    if !backends().contains(&Backend::Sqlite) {
        return;
    }
    let found = made(Backend::Sqlite, BY_HAND);
    assert_eq!(
        unread(&found),
        ["`seen` is a view", "`orders` has a trigger, `bump`"],
        "and no table is in doubt"
    );
    assert!(found.catalog.opaque.is_empty());
    let users = table(&found, "user's");
    assert_eq!(
        constraints(users),
        [
            "pos: check e > 0",
            "user's_check_check: check \"check\" <> ')'",
            "user's_name_check: check length(name) > 1",
            "user's_name_e_key: unique [\"name\", \"e\"]",
            "user's_pkey: primary key [\"id\"]",
        ]
    );
    let column = |name: &str| users.column(name).expect("a column");
    assert_eq!(column("name").sql_type, SqlType::Varchar(Some(20)));
    assert_eq!(column("name").collation.as_deref(), Some("nocase"));
    assert_eq!(column("name").default, Some(Value::Text("it's".into()).into()));
    assert_eq!(column("quoted").sql_type, SqlType::Custom("odd type".into()));
    assert_eq!(column("e").default, Some(Value::Int(-5).into()));
    assert_eq!(column("f").default, Some(DefaultValue::Expression("abs(-1)".into())));
    assert_eq!(column("g").default, Some(Value::Float(1.5e-7).into()));
    assert_eq!(column("h").default, Some(Value::Bytes(vec![0, 255]).into()));
    let orders = table(&found, "orders");
    assert_eq!(
        constraints(orders),
        [
            "ck_status: check status IN ('a', 'b')",
            "orders_ID2_key: unique [\"ID2\"]",
            "orders_pkey: primary key [\"id\"]",
            "orders_user_id_ID2_fkey: [\"user_id\", \"ID2\"] to user's [\"name\", \"e\"] NoAction",
            "orders_user_id_fkey: [\"user_id\"] to user's [\"id\"] Cascade",
        ]
    );
    let index = &orders.indexes["ix"];
    assert_eq!(index.predicate.as_deref(), Some("status <> 'x'"));
    let keys: Vec<_> = index.keys.iter().map(|key| key.of.clone()).collect();
    assert_eq!(
        keys,
        [
            KeyPart::Expression("STATUS COLLATE NOCASE".into()),
            KeyPart::Expression("lower(status)".into()),
            KeyPart::Column("user_id".into()),
        ]
    );
    assert!(index.keys[0].order.is_some() && index.keys[2].order.is_some());
}

#[test]
fn sqlite_says_what_it_can_not_say() {
    if !backends().contains(&Backend::Sqlite) {
        return;
    }
    check(
        "CREATE TABLE t (a PRIMARY KEY ON CONFLICT REPLACE)",
        "`t` has a constraint with ON CONFLICT REPLACE",
    );
    check(
        "CREATE TABLE t (a, UNIQUE (a COLLATE NOCASE))",
        "`t` has a key that is compared by NOCASE",
    );
    check("CREATE TABLE t (a REFERENCES gone (b))", "`t` refers to `gone`, which is not there");
    check("CREATE VIRTUAL TABLE t USING fts5(words)", "`t` is a virtual table");

    fn check(sql: &str, expected: &str) {
        let found = made(Backend::Sqlite, sql);
        assert!(unread(&found).contains(&expected.to_owned()), "{sql}: {:?}", found.unread);
        assert!(found.catalog.opaque.contains(&"t".into()), "{sql}");
    }
}

/// PostgreSQL as other tools and people leave it.
const OF_OTHERS: &str = r#"
    CREATE SCHEMA reporting;
    CREATE TYPE mood AS ENUM ('sad', 'it''s ok');
    CREATE TYPE reporting.kind AS ENUM ('a', 'b');
    CREATE DOMAIN positive AS int CHECK (VALUE > 0);
    CREATE TABLE users (id serial PRIMARY KEY, "Name" varchar(80) NOT NULL, mood mood DEFAULT 'sad', kind reporting.kind,
        amount positive, tags text[] DEFAULT '{}', n numeric(10, 2) DEFAULT 0, big bigint DEFAULT '-5', at timestamptz(3) DEFAULT now(),
        bits bit(3), span interval DEFAULT '1 day', c char(3) DEFAULT 'EUR', raw bytea DEFAULT '\x00ff', note text COLLATE "C" DEFAULT E'a\\b',
        f double precision DEFAULT 1e300, UNIQUE NULLS NOT DISTINCT ("Name"), CHECK ("Name"<>''), CHECK (n>=0 AND big < 5));
    CREATE TABLE reporting.lines (user_id int REFERENCES public.users ON DELETE SET NULL DEFERRABLE, at date NOT NULL);
    CREATE INDEX ON users USING gin (tags);
    CREATE INDEX by_name ON users (lower("Name") text_pattern_ops DESC NULLS LAST, (n * 2), note COLLATE "POSIX") INCLUDE (big) WHERE n>0;
    CREATE INDEX slow ON users (n) WITH (fillfactor = 70);
    CREATE TABLE parted (at date NOT NULL) PARTITION BY RANGE (at);
    CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
    CREATE TABLE child () INHERITS (users);
    CREATE UNLOGGED TABLE fast (a int);
    CREATE TABLE rooms (during tsrange, EXCLUDE USING gist (during WITH &&));
    ALTER TABLE fast ADD CONSTRAINT later CHECK (a > 0) NOT VALID;
    CREATE VIEW seen AS SELECT id FROM users;
    CREATE MATERIALIZED VIEW kept AS SELECT id FROM users;
    CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER bump BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION nothing();
    CREATE TABLE none ();
"#;

#[test]
fn postgres_of_others() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let found = made(Backend::Postgres, OF_OTHERS);
    let told = unread(&found);
    for expected in [
        "`parted` is partitioned",
        "`parted_1` is a partition",
        "`child` inherits from another table",
        "`seen` is a view",
        "`kept` is a materialized view",
        "`users` has a trigger, `bump`",
        "`nothing` is a function",
        "`positive` is a domain",
    ] {
        assert!(told.contains(&expected.to_owned()), "{expected} is not in {told:#?}");
    }
    assert!(found.catalog.tables.keys().all(|name| name.schema.is_none()));
    let users = table(&found, "users");
    let column = |name: &str| users.column(name).expect("a column");
    assert_eq!(
        column("id").default,
        Some(DefaultValue::Expression("nextval('users_id_seq'::regclass)".into()))
    );
    assert_eq!(column("mood").sql_type, SqlType::Enum("mood".into()));
    assert_eq!(column("mood").default, Some(Value::Text("sad".into()).into()));
    assert_eq!(column("kind").sql_type, SqlType::Enum(("reporting", "kind").into()));
    assert_eq!(column("amount").sql_type, SqlType::Custom("positive".into()));
    assert_eq!(column("bits").sql_type, SqlType::Custom("bit(3)".into()));
    assert_eq!(column("tags").default, Some(Value::Text("{}".into()).into()));
    assert_eq!(column("n").default, Some(Value::Decimal("0".into()).into()));
    assert_eq!(column("big").default, Some(Value::Int(-5).into()));
    assert_eq!(column("at").sql_type, SqlType::Timestamp { precision: Some(3), zone: true });
    assert_eq!(column("c").default, Some(Value::Text("EUR".into()).into()));
    assert_eq!(column("raw").default, Some(Value::Bytes(vec![0, 255]).into()));
    assert_eq!(column("note").default, Some(Value::Text("a\\b".into()).into()));
    assert_eq!(column("note").collation.as_deref(), Some("C"));
    assert_eq!(column("f").default, Some(Value::Float(1e300).into()));
    assert_eq!(found.catalog.enums.len(), 2, "the one that is used lies in another schema");
    assert_eq!(
        constraints(users),
        [
            "users_Name_check: check \"Name\"::text <> ''::text",
            "users_Name_key: unique [\"Name\"]",
            "users_check: check n >= 0::numeric AND big < 5",
            "users_pkey: primary key [\"id\"]",
        ]
    );
    let index = &users.indexes["by_name"];
    let keys: Vec<_> = index.keys.iter().map(|key| key.of.clone()).collect();
    assert_eq!(
        keys,
        [
            KeyPart::Expression("lower(\"Name\"::text)".into()),
            KeyPart::Expression("n * 2::numeric".into()),
            KeyPart::Expression("note COLLATE \"POSIX\"".into()),
        ]
    );
    assert_eq!(index.postgres.ops, [("lower(\"Name\"::text)".into(), "text_pattern_ops".into())]);
    assert_eq!(index.postgres.include, ["big"]);
    assert!(index.keys[0].nulls.is_some());
    assert_eq!(users.indexes["users_tags_idx"].postgres.method.as_deref(), Some("gin"));
}

#[test]
fn another_schema_is_read_when_it_is_asked_for() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let database = Database::fresh(Backend::Postgres);
    database.execute(OF_OTHERS);
    let mut connection = database.connect();
    let scope = Scope::default().schema("reporting").without("users");
    let found = connection.reflect(&scope).expect("a schema");
    let lines = found.catalog.table(&("reporting", "lines").into()).expect("a table");
    let key = lines.foreign_keys().next().expect("a foreign key");
    assert_eq!(key.table, "users".into());
    assert!(found.catalog.table(&"users".into()).is_err());
    let missing =
        connection.reflect(&Scope::default().schema("never_there")).expect_err("no schema");
    assert_eq!(missing.to_string(), "there is no schema `never_there` in this database");
}

/// Makes the rich schema, changes it behind our back, and expects that to be seen.
#[test]
fn what_differs_is_seen() {
    for backend in backends() {
        let database = Database::fresh(backend);
        let changes: &[&str] = match backend {
            Backend::Postgres => &[
                "ALTER TABLE fills ALTER fee SET DEFAULT 0.5",
                "ALTER TABLE orders DROP CONSTRAINT orders_price, ADD CONSTRAINT orders_price CHECK (price > 0)",
                "ALTER TABLE accounts ALTER label TYPE text COLLATE \"POSIX\"",
                "COMMENT ON COLUMN accounts.score IS 'other'",
                "DROP INDEX idx_orders_symbol; CREATE INDEX idx_orders_symbol ON orders (symbol DESC, exchange)",
                "ALTER TABLE audit ADD extra int",
                "ALTER TYPE order_status ADD VALUE 'more'",
                "ALTER TABLE fills DROP CONSTRAINT fills_order_id_fkey, ADD CONSTRAINT fills_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders",
            ],
            // Nothing is read back there yet.
            Backend::Mariadb => continue,
            Backend::Sqlite => &[
                "DROP INDEX idx_orders_symbol; CREATE INDEX idx_orders_symbol ON orders (symbol DESC, exchange)",
                "ALTER TABLE audit ADD extra int",
                "DROP TABLE empty; CREATE TABLE empty (id BIGINT NOT NULL, words TEXT DEFAULT 'x')",
                "DROP TABLE empty; CREATE TABLE empty (id BIGINT NOT NULL, words TEXT CHECK (words <> ''))",
            ],
        };
        let chain = tests::chain(vec![tests::revision("a", &[], rich)]);
        let migrated =
            migrate_core::Migrator::new(&chain).upgrade(&mut *database.connect(), "head");
        migrated.unwrap_or_else(|error| panic!("{}", tests::told(&error)));
        let mut before = 0;
        for change in changes {
            database.execute(change);
            let mut connection = database.connect();
            let dialect: Dialect = connection.dialect();
            let found = connection.reflect(&Scope::default()).expect("a schema").catalog;
            let expected = canonical(&mut *connection, &rich_catalog(dialect)).expect("texts");
            let lines = differences(&normalize(dialect, &expected), &normalize(dialect, &found));
            assert!(!lines.is_empty() && lines.len() >= before, "{backend}: {change}\n{lines:#?}");
            before = lines.len();
        }
    }
}

/// What a server was asked leaves nothing behind.
#[test]
fn asking_leaves_no_trace() {
    for backend in backends() {
        if backend == Backend::Mariadb {
            continue;
        }
        let database = Database::fresh(backend);
        let mut connection = database.connect();
        let catalog = rich_catalog(connection.dialect());
        let before = database.dump();
        canonical(&mut *connection, &catalog)
            .expect("texts, as far as they go without the extensions");
        assert_eq!(database.dump(), before);
    }
}
