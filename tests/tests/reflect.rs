//! Schemas that this tool did not make: whatever is there is in the catalog, or told, and nothing panics.

use diesel::Connection;
use diesel::connection::SimpleConnection;
use migrate_core::Dialect;
use migrate_core::backend::{Database as _, Reflected, Scope, canonical, normalize};
use migrate_core::catalog::{
    Catalog, CheckOption, Constraint, DefaultValue, KeyPart, SqlType, Table, Timing, TriggerAction,
    TriggerEvent, Value,
};
use migrate_core::prelude::*;
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
    create temp view passing as select 1;
    Create View if not exists main.[watched]("a b") as/**/with x as (select id from orders) select * from x;
    CREATE TRIGGER bump AFTER INSERT ON orders BEGIN UPDATE orders SET id2 = 1; END;
    create trigger "other;" update of id2, [status] on 'orders' when (NEW.id2 > 1) OR (1) begin
        SELECT CASE WHEN 1 THEN 2 END; -- END
 SELECT 'END;'; end;
    CREATE TRIGGER w INSTEAD OF DELETE ON watched FOR EACH ROW WHEN (OLD."a b" = 1) BEGIN SELECT 1; END;
"#;

#[test]
fn sqlite_by_hand() {
    if !backends().contains(&Backend::Sqlite) {
        return;
    }
    let found = made(Backend::Sqlite, BY_HAND);
    assert!(unread(&found).is_empty(), "{:?}", found.unread);
    assert!(found.catalog.opaque.is_empty());
    assert_eq!(found.catalog.views[&"seen".into()].query, "SELECT 1");
    let watched = &found.catalog.views[&"watched".into()];
    assert_eq!((&watched.columns[..], watched.triggers.len()), (&["a b".to_owned()][..], 1));
    let bump = &table(&found, "orders").triggers["bump"];
    assert_eq!((bump.timing, &bump.events[..]), (Timing::After, &[TriggerEvent::Insert][..]));
    assert_eq!(bump.action, TriggerAction::Body("UPDATE orders SET id2 = 1".into()));
    let other = &table(&found, "orders").triggers["other;"];
    assert_eq!(other.timing, Timing::Before);
    assert_eq!(other.events, [TriggerEvent::Update(vec!["id2".into(), "status".into()])]);
    assert_eq!(other.when.as_deref(), Some("(NEW.id2 > 1) OR (1)"));
    let body = "SELECT CASE WHEN 1 THEN 2 END; -- END\n SELECT 'END;'";
    assert_eq!(other.action, TriggerAction::Body(body.into()));
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

#[test]
fn postgres_says_what_it_has_no_words_for() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let database = Database::fresh(Backend::Postgres);
    let mut connection = database.postgres();
    let mut check = |sql: &str, expected: &[&str]| {
        connection
            .transaction(|connection| {
                connection
                    .batch_execute(
                        "CREATE TABLE t (id int PRIMARY KEY, a text, b text); CREATE INDEX i ON t (a); \
                         CREATE TYPE e AS ENUM ('x'); CREATE VIEW v AS SELECT a FROM t; CREATE SEQUENCE q; \
                         CREATE FUNCTION f(int) RETURNS e LANGUAGE sql AS 'SELECT ''x''::e'; \
                         CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; \
                         CREATE TRIGGER touch BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION touch(); \
                         CREATE TABLE p (id int, a int DEFAULT 1) PARTITION BY RANGE (id); \
                         CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (2);",
                    )
                    .unwrap_or_else(|error| panic!("{error}"));
                connection.batch_execute(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
                let found = connection
                    .reflect(&Scope::default())
                    .unwrap_or_else(|error| panic!("{sql}: {error}"));
                assert_eq!(unread(&found), expected, "{sql}");
                Err::<(), _>(diesel::result::Error::RollbackTransaction)
            })
            .unwrap_err();
    };
    check("SELECT 1", &[]);
    check("ALTER TABLE t ENABLE ROW LEVEL SECURITY", &["`t` has row level security"]);
    check(
        "ALTER TABLE t FORCE ROW LEVEL SECURITY; CREATE POLICY own ON t USING (true)",
        &["`t` has a policy, `own`", "`t` has row level security, for its owner too"],
    );
    check(
        "ALTER TABLE t REPLICA IDENTITY FULL",
        &["`t` tells replicas what a row was in its own way"],
    );
    check("ALTER TABLE t CLUSTER ON i", &["`t` lies in the order of an index, `i`"]);
    check("CREATE STATISTICS st ON a, b FROM t", &["`t` has statistics, `st`"]);
    for sql in [
        "SET STORAGE EXTERNAL",
        "SET STATISTICS 500",
        "SET (n_distinct = 5)",
        "SET COMPRESSION pglz",
    ] {
        check(
            &format!("ALTER TABLE t ALTER a {sql}"),
            &["`t` has a column, `a`, that is stored, compressed or counted in its own way"],
        );
    }
    check(
        "ALTER TABLE t ADD c int GENERATED ALWAYS AS IDENTITY (START WITH -7 INCREMENT BY -2)",
        &[],
    );
    check("ALTER TABLE t ADD c smallint GENERATED ALWAYS AS IDENTITY (START WITH 7)", &[]);
    for options in ["CACHE 7", "CYCLE", "MAXVALUE 99", "MINVALUE 0", "INCREMENT BY -1 MAXVALUE 9"] {
        check(
            &format!("ALTER TABLE t ADD c int GENERATED ALWAYS AS IDENTITY ({options})"),
            &["`t` has an identity column, `c`, with bounds, a cache or a cycle"],
        );
    }
    check(
        "ALTER TABLE p1 ALTER a SET DEFAULT 2",
        &["`p` has a partition, `p1`, with options or defaults of its own"],
    );
    check(
        "ALTER TABLE p1 SET (fillfactor = 50)",
        &["`p` has a partition, `p1`, with options or defaults of its own"],
    );
    check(
        "CREATE TYPE pair AS (a int); CREATE TABLE pairs OF pair",
        &["`pair` is a composite type", "`pairs` is a table of a composite type"],
    );
    check("COMMENT ON INDEX i IS 'x'", &["`i` is an index with a comment"]);
    check("COMMENT ON SEQUENCE q IS 'x'", &["`q` is a sequence with a comment"]);
    check("COMMENT ON COLUMN v.a IS 'x'", &["`v` has a column with a comment"]);
    check("COMMENT ON VIEW v IS 'x'", &["`v` is a view with a comment"]);
    check("COMMENT ON TABLE p1 IS 'x'", &["`p1` is a partition with a comment"]);
    check("COMMENT ON TYPE e IS 'x'", &["`e` is an enum with a comment"]);
    check("COMMENT ON FUNCTION f(int) IS 'x'", &["`f` is a function with a comment"]);
    check("COMMENT ON TRIGGER touch ON t IS 'x'", &["`t` has a trigger, `touch`, with a comment"]);
    check(
        "COMMENT ON CONSTRAINT t_pkey ON t IS 'x'",
        &["`t` has a constraint, `t_pkey`, with a comment"],
    );
    check("CREATE CAST (int AS e) WITH FUNCTION f(int)", &["`f` is the function of a cast"]);
    check("CREATE COLLATION c FROM \"C\"", &["`c` is a collation"]);
    check(
        "CREATE TEXT SEARCH CONFIGURATION c (COPY = english)",
        &["`c` is a configuration of text search"],
    );
    check(
        "CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)",
        &["`===` is an operator"],
    );
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
    CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
    CREATE INDEX ON parted_2 (at);
    CREATE TABLE parted_by_class (a text) PARTITION BY RANGE (a text_pattern_ops);
    CREATE TABLE child () INHERITS (users);
    CREATE UNLOGGED TABLE fast (a int);
    CREATE TABLE rooms (during tsrange, EXCLUDE USING gist (during WITH &&));
    ALTER TABLE fast ADD CONSTRAINT later CHECK (a > 0) NOT VALID;
    CREATE VIEW seen(one) WITH (security_barrier) AS SELECT id FROM public.users WHERE n>0 WITH LOCAL CHECK OPTION;
    CREATE MATERIALIZED VIEW kept WITH (fillfactor = 70) AS SELECT id FROM users;
    CREATE UNIQUE INDEX kept_id ON kept ((id + 1));
    CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE FUNCTION reporting.sums(OUT a bigint, INOUT b text DEFAULT 'x', VARIADIC n int[] DEFAULT '{}') LANGUAGE sql STABLE SECURITY DEFINER
        SET search_path TO reporting, 'it''s' COST 5 AS $$SELECT sum(i), b FROM unnest(n) i$$;
    CREATE FUNCTION rows(int, u users) RETURNS SETOF users LANGUAGE sql ROWS 7 AS 'SELECT u';
    CREATE FUNCTION said() RETURNS int LANGUAGE sql RETURN 1;
    CREATE PROCEDURE done(INOUT a int) LANGUAGE plpgsql AS 'BEGIN a := 1; END';
    CREATE AGGREGATE biggest(int) (SFUNC = int4larger, STYPE = int);
    CREATE TRIGGER bump BEFORE UPDATE OF n, "Name" OR INSERT ON users FOR EACH ROW WHEN (NEW.n>0) EXECUTE FUNCTION nothing('it''s', 1);
    ALTER TABLE users DISABLE TRIGGER bump;
    CREATE CONSTRAINT TRIGGER late AFTER INSERT ON users DEFERRABLE FOR EACH ROW EXECUTE FUNCTION nothing();
    CREATE TRIGGER shown INSTEAD OF DELETE ON seen FOR EACH ROW EXECUTE FUNCTION nothing();
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
        "`parted` has a partition, `parted_2`, with indexes or constraints of its own",
        "`parted_by_class` is partitioned in a way of its own",
        "`child` inherits from another table",
        "`users` has a constraint trigger, `late`",
        "`users` has a trigger, `bump`, that is switched off",
        "`biggest` is an aggregate",
        "`said` is a function whose body is SQL, not text",
        "`kept` is a view with the option fillfactor",
        "`positive` is a domain",
    ] {
        assert!(told.contains(&expected.to_owned()), "{expected} is not in {told:#?}");
    }
    assert!(found.catalog.tables.keys().all(|name| name.schema.is_none()));
    let partitions: Vec<String> = (table(&found, "parted").partitions.iter())
        .map(|(name, bounds)| format!("{name} {bounds}"))
        .collect();
    assert_eq!(
        partitions,
        [
            "parted_1 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')",
            "parted_2 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')",
        ]
    );
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
    objects_of_others(&found);
}

fn objects_of_others(found: &Reflected) {
    let seen = &found.catalog.views[&"seen".into()];
    // Up to PostgreSQL 15 columns have their table in front.
    let query = seen.query.replace("users.", "");
    assert_eq!(query, "SELECT id AS one\n   FROM users\n  WHERE n > 0::numeric");
    assert_eq!(seen.check_option, Some(CheckOption::Local));
    assert!(seen.postgres.security_barrier && !seen.postgres.security_invoker);
    assert_eq!(seen.triggers["shown"].timing, Timing::InsteadOf);
    assert!(seen.uses_column(&"users".into(), "id"));
    let kept = &found.catalog.views[&"kept".into()];
    assert_eq!(kept.indexes["kept_id"].keys[0].of, KeyPart::Expression("id + 1".into()));
    let users = table(found, "users");
    let bump = &users.triggers["bump"];
    let columns = vec!["n".to_owned(), "Name".to_owned()];
    assert_eq!(bump.events, [TriggerEvent::Insert, TriggerEvent::Update(columns)]);
    assert_eq!(bump.when.as_deref(), Some("new.n > 0::numeric"));
    let arguments = vec!["it's".to_owned(), "1".to_owned()];
    assert_eq!(bump.action, TriggerAction::Function("nothing".into(), arguments));
    let functions: Vec<String> = (found.catalog.functions.values())
        .map(|one| format!("{} {:?} {:?}", one.describe(), one.returns, one.options))
        .collect();
    assert_eq!(
        functions,
        [
            "done(integer) None None",
            "nothing() Some(\"trigger\") None",
            "rows(integer, users) Some(\"SETOF users\") Some(\"ROWS 7\")",
        ]
    );
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
    let sums = found.catalog.function(&("reporting", "sums").into(), None).expect("a function");
    assert_eq!(sums.returns, None);
    let options = "STABLE SECURITY DEFINER COST 5 SET search_path TO 'reporting', 'it''s'";
    assert_eq!(sums.options.as_deref(), Some(options));
    let arguments: Vec<String> = (sums.arguments.iter())
        .map(|one| format!("{:?} {} {} {:?}", one.mode, one.name, one.sql_type, one.default))
        .collect();
    assert_eq!(
        arguments,
        [
            "Out a bigint None",
            "InOut b text Some(\"'x'::text\")",
            "Variadic n integer[] Some(\"'{}'::integer[]\")"
        ]
    );
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
                "CREATE OR REPLACE VIEW entries AS SELECT id AS id, amount AS amount FROM ledger WHERE memo IS NULL",
                "ALTER VIEW guarded RESET (security_barrier)",
                "DROP VIEW all_of_it",
                "DROP INDEX totals_memo",
                "DROP TRIGGER \"en\"\"try; --\" ON entries",
                "DROP TRIGGER touch ON ledger",
                "CREATE TRIGGER more AFTER DELETE ON audit FOR EACH ROW EXECUTE FUNCTION count_version()",
                "CREATE OR REPLACE FUNCTION add_up(a integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT a + 1'",
                "CREATE OR REPLACE FUNCTION add_up(a text) RETURNS text LANGUAGE sql AS 'SELECT a'",
                "CREATE FUNCTION add_up() RETURNS text LANGUAGE sql AS 'SELECT NULL::text'",
            ],
            // Nothing is read back there yet.
            Backend::Mariadb => continue,
            Backend::Sqlite => &[
                "DROP INDEX idx_orders_symbol; CREATE INDEX idx_orders_symbol ON orders (symbol DESC, exchange)",
                "ALTER TABLE audit ADD extra int",
                "DROP TABLE empty; CREATE TABLE empty (id BIGINT NOT NULL, words TEXT DEFAULT 'x')",
                "DROP TABLE empty; CREATE TABLE empty (id BIGINT NOT NULL, words TEXT CHECK (words <> ''))",
                "DROP VIEW all_of_it; CREATE VIEW all_of_it AS SELECT id FROM ledger",
                "DROP VIEW doubled",
                "DROP TRIGGER \"en\"\"try; --\"",
                "DROP TRIGGER touch; CREATE TRIGGER touch AFTER UPDATE OF amount ON ledger BEGIN SELECT 1; END",
                "CREATE TRIGGER more AFTER DELETE ON audit BEGIN SELECT 1; END",
            ],
        };
        let chain = tests::chain(vec![tests::revision("a", &[], rich)]);
        let migrated =
            migrate_core::Migrator::new(&chain).upgrade(&mut *database.connect(), "head");
        migrated.unwrap_or_else(|error| panic!("{}", tests::told(&error)));
        let mut before = Vec::new();
        for change in changes {
            database.execute(change);
            let mut connection = database.connect();
            let dialect: Dialect = connection.dialect();
            let found = connection.reflect(&Scope::default()).expect("a schema").catalog;
            let expected = canonical(&mut *connection, &rich_catalog(dialect)).expect("texts");
            let lines = differences(&normalize(dialect, &expected), &normalize(dialect, &found));
            assert!(lines != before, "{backend}: {change}\n{lines:#?}");
            before = lines;
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

/// `*` means the columns of the moment, and the current schema needs no name.
fn of_several_moments(op: &mut Ops) {
    op.create_table(
        migrate_core::prelude::table("ledger")
            .column(bigint("id").primary_key())
            .column(text("memo")),
    );
    op.create_view(view("early").query("SELECT * FROM ledger"));
    op.add_column("ledger", text("late").nullable());
    op.create_view(view("late").query("SELECT * FROM ledger ORDER BY 2;"));
    op.create_view(view("grouped").query("SELECT late, count(*) FROM public.ledger GROUP BY id"));
    op.create_function(
        function("memo_of")
            .argument("l", "public.ledger")
            .argument_or("digits", "varchar(9)", "'1'||'2'")
            .returns("SETOF   varchar(20)")
            .language("SQL")
            .options("strict  immutable cost 100")
            .body("SELECT l.memo || digits"),
    );
    op.create_trigger(
        trigger("any")
            .before_update()
            .or_insert()
            .of(["memo", "id"])
            .on("ledger")
            .when("NEW.memo in ('a','b') AND new.id>5")
            .execute_function("suppress_redundant_updates_trigger"),
    );
}

#[test]
fn texts_are_those_of_their_moment() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let database = Database::fresh(Backend::Postgres);
    let chain = tests::chain(vec![tests::revision("a", &[], of_several_moments)]);
    let migrated = migrate_core::Migrator::new(&chain).upgrade(&mut *database.connect(), "head");
    migrated.unwrap_or_else(|error| panic!("{}", tests::told(&error)));
    let mut expected = Catalog::default();
    for recorded in tests::examples::record(of_several_moments, Dialect::Postgres) {
        recorded.apply(&mut expected).expect("a schema");
    }
    let mut connection = database.connect();
    let found = connection.reflect(&Scope::default()).expect("a schema");
    let expected = canonical(&mut *connection, &expected).expect("texts");
    let expected = normalize(Dialect::Postgres, &expected);
    let lines = differences(&expected, &normalize(Dialect::Postgres, &found.catalog));
    assert!(lines.is_empty() && found.unread.is_empty(), "{lines:#?} {:#?}", found.unread);
}
