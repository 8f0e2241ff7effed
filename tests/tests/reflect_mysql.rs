//! MariaDB's schemas read back: those of others, and what the migrations made.

use migrate_core::backend::{Reflected, Scope, canonical, normalize};
use migrate_core::catalog::{
    Action, Catalog, Constraint, DefaultValue, Order, SqlType, Table, TriggerAction, Value,
};
use migrate_core::prelude::*;
use tests::difference::differences;
use tests::{Backend, Database, backends};

/// As other tools and people leave it.
const OF_OTHERS: &str = r#"
    SET SESSION sql_mode = '';
    CREATE TABLE users (id int AUTO_INCREMENT, name varchar(80) NOT NULL DEFAULT 'it\'s \\ "x"', flag tinyint(1) DEFAULT 1,
        small tinyint unsigned, n decimal(10,2) NOT NULL DEFAULT 0, big bigint unsigned DEFAULT 5, f float DEFAULT 0.25,
        mood enum('sad', 'it\'s ok') DEFAULT 'sad', at datetime(6) DEFAULT CURRENT_TIMESTAMP(6), short timestamp NULL,
        doc json, words text, many set('a', 'b'), raw longblob DEFAULT x'00ff', sum int DEFAULT (1 + 2),
        twice bigint AS (n * 2) STORED COMMENT 'it''s', plain varchar(9) COLLATE utf8mb4_bin, long_one longtext DEFAULT 'x',
        PRIMARY KEY (id), UNIQUE (name), UNIQUE backwards (big DESC, f), KEY prefixes (name(10), words(20)), FULLTEXT all_words (words),
        KEY whole (long_one), CONSTRAINT positive CHECK (n > 0 AND name <> 'it\'s')) COMMENT 'who "x"';
    CREATE TABLE orders (id int PRIMARY KEY, user_id int, other_id int, KEY own (other_id),
        CONSTRAINT orders_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
        CONSTRAINT orders_other FOREIGN KEY (other_id) REFERENCES users (id) ON UPDATE SET NULL)
        ENGINE = InnoDB DEFAULT CHARSET = latin1 ROW_FORMAT = COMPRESSED;
    CREATE TABLE checked (a int CHECK (a > 1), b timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP);
    CREATE TABLE parted (a int) PARTITION BY HASH (a) PARTITIONS 2;
    CREATE VIEW seen AS SELECT id FROM users;
    CREATE SEQUENCE numbers;
    CREATE FUNCTION nothing() RETURNS int RETURN 1;
    CREATE TRIGGER bump BEFORE INSERT ON orders FOR EACH ROW SET NEW.user_id = NULL;
"#;

fn reflected(database: &Database) -> Reflected {
    database.connect().reflect(&Scope::default()).expect("a schema")
}

fn is_left_out() -> bool {
    !backends().contains(&Backend::Mariadb)
}

#[test]
fn mariadb_of_others() {
    if is_left_out() {
        return;
    }
    let database = Database::fresh(Backend::Mariadb);
    database.execute(OF_OTHERS);
    let found = reflected(&database);
    let told: Vec<String> = found.unread.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "`parted` is partitioned",
            "`checked` has a column, `a`, with a check inside of it",
            "`checked` has a column, `b`, that changes by itself ON UPDATE",
            "`orders` has a trigger, `bump`, that runs under the sql_mode ``",
            "`nothing` is a function that runs under the sql_mode ``",
        ]
    );
    let opaque: Vec<String> = found.catalog.opaque.iter().map(ToString::to_string).collect();
    assert_eq!(opaque, ["checked", "parted"]);

    let seen = &found.catalog.views[&"seen".into()];
    assert_eq!(seen.query, "select \"users\".\"id\" AS \"id\" from \"users\"");
    let orders = &found.catalog.tables[&"orders".into()];
    let TriggerAction::Body(body) = &orders.triggers["bump"].action else { panic!("a body") };
    assert_eq!(body, "SET NEW.user_id = NULL");
    let nothing = found.catalog.functions.values().next().expect("a function");
    assert_eq!((nothing.returns.as_deref(), nothing.body.as_str()), (Some("int(11)"), "RETURN 1"));

    let users = found.catalog.table(&"users".into()).expect("a table");
    let types: Vec<String> =
        users.columns.iter().map(|one| format!("{} {}", one.name, one.sql_type)).collect();
    assert_eq!(
        types,
        [
            "id integer",
            "name varchar(80)",
            "flag boolean",
            "small tinyint unsigned",
            "n numeric(10, 2)",
            "big bigint unsigned",
            "f real",
            "mood users_mood",
            "at timestamp",
            "short timestamptz(0)",
            "doc json",
            "words text",
            "many set('a','b')",
            "raw bytea",
            "sum integer",
            "twice bigint",
            "plain varchar(9)",
            "long_one text",
        ]
    );
    let column = |name: &str| users.column(name).expect("a column");
    assert_eq!(column("words").sql_type, SqlType::Custom("text".into()));
    assert_eq!(column("name").default, Some(Value::Text("it's \\ \"x\"".into()).into()));
    assert_eq!(column("flag").default, Some(Value::Bool(true).into()));
    assert_eq!(column("n").default, Some(Value::Decimal("0.00".into()).into()));
    assert_eq!(column("mood").default, Some(Value::Text("sad".into()).into()));
    assert_eq!(column("at").default, Some(DefaultValue::Expression("CURRENT_TIMESTAMP".into())));
    assert_eq!(column("short").default, None);
    assert_eq!(column("raw").default, Some(Value::Bytes(vec![0, 255]).into()));
    assert_eq!(column("sum").default, Some(DefaultValue::Expression("1 + 2".into())));
    assert_eq!(column("plain").collation.as_deref(), Some("utf8mb4_bin"));
    assert_eq!(column("twice").comment.as_deref(), Some("it's"));
    let twice = column("twice").generated.as_ref().expect("an expression");
    assert_eq!((twice.expression.as_str(), twice.stored), ("\"n\" * 2", true));
    assert!(column("id").identity.is_some());
    assert_eq!(found.catalog.enums[&"users_mood".into()], ["sad", "it's ok"]);
    assert_eq!(users.comment.as_deref(), Some("who \"x\""));

    assert_eq!(users.primary_key().map(|key| key.name.as_str()), Some("users_pkey"));
    let Ok(Constraint::Check(check)) = users.constraint("positive") else { panic!("a check") };
    assert_eq!(check.expression, "\"n\" > 0 and \"name\" <> 'it''s'");
    assert!(matches!(users.constraint("name"), Ok(Constraint::Unique(_))));
    let backwards = &users.indexes["backwards"];
    assert!(backwards.unique && backwards.keys[0].order == Some(Order::Descending));
    let prefixes = [("name".to_owned(), 10), ("words".to_owned(), 20)];
    assert_eq!(users.indexes["prefixes"].mysql.lengths, prefixes);
    assert!(users.indexes["all_words"].mysql.kind.is_some());
    assert!(users.indexes["whole"].mysql.lengths.is_empty(), "which the server found by itself");

    let orders = found.catalog.table(&"orders".into()).expect("a table");
    assert_eq!(orders.indexes.keys().collect::<Vec<_>>(), ["own"], "what a key brings along");
    let Ok(Constraint::ForeignKey(key)) = orders.constraint("orders_user") else { panic!("a key") };
    assert_eq!((key.on_delete, key.on_update), (Action::Cascade, Action::NoAction));
    let options = &orders.options.mysql;
    assert_eq!(options.engine, None);
    assert_eq!(options.charset.as_deref(), Some("latin1"));
    assert_eq!(options.row_format.as_deref(), Some("COMPRESSED"));
}

/// Everything that a table may have on MariaDB.
fn small(op: &mut Ops) {
    op.create_enum(enum_type("mood").values(["sad", "it's \"odd\" \\ so"]));
    op.create_table(
        table("accounts")
            .column(bigint("id").primary_key().identity())
            .column(varchar("name", 80).default("no 'name' \"yet\" \\"))
            .column(varchar("email", 80).nullable().unique())
            .column(char("currency", 3).default("EUR"))
            .column(bigint("parent_id").nullable().references("accounts", "id").on_delete(SetNull))
            .column(text("label").nullable().collate("utf8mb4_bin"))
            .column(timestamptz("created_at").default_now())
            .column(timestamp("local").precision(3).nullable())
            .column(time("at").nullable())
            .column(bigint("cents").default(0))
            .column(bigint("mills").generated("cents * 10"))
            .column(double("score").default(0.5).comment("from 0 to 1, it's \"relative\" \\"))
            .column(real("fee").default(0.25))
            .column(numeric("price", 20, 4).default(1))
            .column(boolean("active").default(true))
            .column(smallint("tier").nullable())
            .column(enumeration("mood", "mood").default("sad"))
            .column(text("notes").default("a \\ 'b'\n"))
            .column(date("placed_on").default("2024-02-29"))
            .column(binary("raw").default(b"\x00'\\\xff"))
            .column(jsonb("extra").default("{\"it's\": \"\\\\\"}"))
            .column(uuid("token").nullable())
            .column(integer("added").default_sql("1+2"))
            .constraint(check("cents >= 0 AND name || 'x' <> 'it''s \\'").named("accounts_rich"))
            .constraint(check("\"currency\" <> ''"))
            .comment("Who \"trades\" 'here' \\"),
    );
    op.create_index(index("idx_notes").on("accounts", ["notes"]));
    op.create_index(index("idx_name").on("accounts", ["name"]).key(desc("cents")).unique());
    op.create_table(
        table("order")
            .column(integer("group").primary_key())
            .column(bigint("table").nullable().references("accounts", "id").on_delete(Cascade))
            .column(varchar("we\"ird `x` é", 9).nullable())
            .constraint(check("\"we\"\"ird `x` é\" <> 'x'").named("che\"ck; `--"))
            .mysql(|t| t.engine("innodb").charset("latin1")),
    );
}

fn described() -> Catalog {
    let mut catalog = Catalog::default();
    for op in tests::examples::record(small, Mariadb) {
        op.apply(&mut catalog).expect("it fits");
    }
    catalog
}

fn differ(database: &Database) -> Vec<String> {
    let mut connection = database.connect();
    let expected = canonical(&mut *connection, &described()).expect("texts");
    let found = connection.reflect(&Scope::default()).expect("a schema");
    assert!(found.unread.is_empty(), "{:?}", found.unread);
    differences(&normalize(Mariadb, &expected), &normalize(Mariadb, &found.catalog))
}

#[test]
fn what_migrations_make_on_mariadb_is_what_they_say() {
    if is_left_out() {
        return;
    }
    let database = Database::fresh(Backend::Mariadb);
    let chain = tests::chain(vec![tests::revision("a", &[], small)]);
    let migrated = migrate_core::Migrator::new(&chain).upgrade(&mut *database.connect(), "head");
    migrated.unwrap_or_else(|error| panic!("{}", tests::told(&error)));
    assert_eq!(differ(&database), Vec::<String>::new());
    let before = database.dump();
    differ(&database);
    assert_eq!(database.dump(), before, "asking leaves no trace");

    let mut lines = 0;
    for change in [
        "ALTER TABLE accounts ALTER fee SET DEFAULT 0.5",
        "ALTER TABLE accounts DROP CONSTRAINT accounts_currency_check, ADD CONSTRAINT accounts_currency_check CHECK (currency = '')",
        "ALTER TABLE accounts MODIFY label longtext COLLATE utf8mb4_general_ci",
        "ALTER TABLE accounts MODIFY mood enum('sad') NOT NULL DEFAULT 'sad'",
        "DROP INDEX idx_name ON accounts; CREATE INDEX idx_name ON accounts (name, cents DESC)",
        "ALTER TABLE \"order\" DEFAULT CHARSET ascii",
    ] {
        database.execute(change);
        let found = differ(&database);
        assert!(found.len() > lines || change.contains("CONSTRAINT"), "{change}\n{found:#?}");
        lines = found.len();
    }
}

/// A table that the server doesn't take, in pieces.
#[test]
fn what_mariadb_refuses_stays_as_it_is() {
    if is_left_out() {
        return;
    }
    let database = Database::fresh(Backend::Mariadb);
    let mut connection = database.connect();
    let mut catalog = Catalog::default();
    let made: Table = table("t")
        .column(integer("a").default_sql("1+1"))
        .constraint(check("a>0").named("good"))
        .constraint(check("never_there(a)>0").named("bad"))
        .build();
    catalog.tables.insert("t".into(), made);
    let asked = canonical(&mut *connection, &catalog).expect("texts");
    let asked = asked.table(&"t".into()).expect("a table");
    let text = |name: &str| match asked.constraint(name) {
        Ok(Constraint::Check(check)) => check.expression.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(text("good"), "\"a\" > 0");
    assert_eq!(text("bad"), "never_there(a)>0");
    assert_eq!(asked.columns[0].default, Some(DefaultValue::Expression("1 + 1".into())));
}

/// Views, triggers and routines, as other tools and people leave them.
const OBJECTS_OF_OTHERS: &str = r#"
    CREATE TABLE book (id int PRIMARY KEY, amount int NOT NULL DEFAULT 0, memo varchar(80));
    CREATE VIEW open_entries AS SELECT b.id, b.amount * 2 AS twice, 'it''s; "x"' AS word FROM book b WHERE memo IS NOT NULL WITH LOCAL CHECK OPTION;
    CREATE SQL SECURITY INVOKER VIEW as_whoever_asks AS SELECT id FROM book;
    CREATE ALGORITHM = TEMPTABLE VIEW kept AS SELECT id FROM book;
    CREATE VIEW "vi'ew ""x""; --" ("sel""ect", "☃") AS SELECT id, memo FROM open_entries JOIN book USING (id);
    CREATE TRIGGER second BEFORE UPDATE ON book FOR EACH ROW SET NEW.amount = NEW.amount + 1;
    CREATE TRIGGER first BEFORE UPDATE ON book FOR EACH ROW PRECEDES second SET NEW.memo = 'it''s; -- so';
    CREATE TRIGGER "tri'g; --" AFTER INSERT ON book FOR EACH ROW BEGIN SET @a = 1; SET @b = 'x; y'; END;
    CREATE PROCEDURE raise(IN by_much int, INOUT total bigint, OUT told varchar(9)) MODIFIES SQL DATA UPDATE book SET amount = amount + by_much;
    CREATE FUNCTION "half; --"(number decimal(10,2)) RETURNS decimal(10,2) DETERMINISTIC COMMENT 'it''s' RETURN number / 2;
"#;

#[test]
fn views_triggers_and_routines_of_others() {
    if is_left_out() {
        return;
    }
    let database = Database::fresh(Backend::Mariadb);
    made(&database, OBJECTS_OF_OTHERS);
    let found = reflected(&database);
    let mut told: Vec<String> = found.unread.iter().map(ToString::to_string).collect();
    told.sort();
    insta::assert_snapshot!(told.join("\n"), @r"
    `as_whoever_asks` is a view with SQL SECURITY INVOKER
    `book` has a trigger, `first`, that runs under the sql_mode `PIPES_AS_CONCAT,ANSI_QUOTES,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES`
    `book` has a trigger, `second`, that runs under the sql_mode `PIPES_AS_CONCAT,ANSI_QUOTES,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES`
    `book` has a trigger, `tri'g; --`, that runs under the sql_mode `PIPES_AS_CONCAT,ANSI_QUOTES,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES`
    `half; --` is a function that runs under the sql_mode `PIPES_AS_CONCAT,ANSI_QUOTES,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES`
    `kept` is a view with ALGORITHM = TEMPTABLE
    `raise` is a procedure that runs under the sql_mode `PIPES_AS_CONCAT,ANSI_QUOTES,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES`
    ");
    let mut lines = Vec::new();
    for view in found.catalog.views.values() {
        lines.push(format!(
            "{} {:?} {:?}: {}",
            view.name, view.columns, view.check_option, view.query
        ));
    }
    for (of, trigger) in found.catalog.all_triggers() {
        lines.push(format!(
            "{of} {} {:?} {:?}: {:?}",
            trigger.name, trigger.timing, trigger.events, trigger.action
        ));
    }
    for function in found.catalog.functions.values() {
        lines.push(format!("{} {:?}: {}", function.describe(), function.options, function.body));
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    as_whoever_asks [] None: select "book"."id" AS "id" from "book"
    kept [] None: select "book"."id" AS "id" from "book"
    open_entries [] Some(Local): select "b"."id" AS "id","b"."amount" * 2 AS "twice",'it''s; "x"' AS "word" from "book" "b" where "b"."memo" is not null
    vi'ew "x"; -- [] None: select "open_entries"."id" AS "sel""ect","book"."memo" AS "☃" from ("open_entries" join "book" on("open_entries"."id" = "book"."id"))
    book first Before [Update([])]: Body("SET NEW.memo = 'it''s; -- so'")
    book second Before [Update([])]: Body("SET NEW.amount = NEW.amount + 1")
    book tri'g; -- After [Insert]: Body("SET @a = 1; SET @b = 'x; y';")
    half; --(decimal(10,2)) Some("DETERMINISTIC COMMENT 'it''s'"): RETURN number / 2
    raise(int(11), bigint(20), varchar(9)) Some("MODIFIES SQL DATA"): UPDATE book SET amount = amount + by_much
    "#);
    leaves_no_trace(&database, &found.catalog);
}

/// Statements as the runner's own session reads them, one by one: bodies have semicolons.
fn made(database: &Database, statements: &str) {
    let mut connection = database.connect();
    connection.batch("SET SESSION sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT,STRICT_ALL_TABLES'").expect("a mode");
    for statement in statements.split(";\n").map(str::trim).filter(|one| !one.is_empty()) {
        connection.batch(statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
}

/// Asking the server how it writes a schema changes nothing, also where the schema is another one by now.
fn leaves_no_trace(database: &Database, catalog: &Catalog) {
    let before = database.dump();
    let mut connection = database.connect();
    let asked = canonical(&mut *connection, catalog).expect("texts");
    assert_eq!(database.dump(), before);
    let found = reflected(database).catalog;
    assert_eq!(differences(&normalize(Mariadb, &asked), &normalize(Mariadb, &found)), [""; 0]);

    connection.batch("CREATE OR REPLACE VIEW open_entries AS SELECT 1 AS id").expect("a view");
    connection.batch("CREATE OR REPLACE FUNCTION \"half; --\"(number decimal(10,2)) RETURNS decimal(10,2) DETERMINISTIC RETURN number").ok();
    let asked = canonical(&mut *connection, catalog).expect("texts");
    let found = reflected(database).catalog;
    let lines = differences(&normalize(Mariadb, &asked), &normalize(Mariadb, &found));
    assert!(lines.iter().any(|line| line.contains("`open_entries`")), "{lines:?}");
}
