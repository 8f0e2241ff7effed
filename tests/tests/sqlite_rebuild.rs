//! A table that SQLite can't change in place is made anew, and nothing of it or its neighbours is lost.

#![allow(clippy::unwrap_used, reason = "tests, their helpers included")]

use migrate_core::{Migrator, Revision, diesel::connection::SimpleConnection, prelude::*};
use tests::{Backend, Database, chain, revision, told};

/// A parent with children that would go with it, and everything that can hang on a table.
fn trading(op: &mut Ops) {
    op.create_table(
        table("accounts")
            .column(bigint("id").primary_key().identity())
            .column(text("name").collate("NOCASE"))
            .column(text("email").nullable().unique())
            .column(bigint("parent_id").nullable().references("accounts", "id").on_delete(SetNull))
            .column(bigint("cents").default(0).check("cents >= 0"))
            .column(bigint("mills").generated("cents * 10"))
            .column(text("notes").nullable()),
    );
    op.create_index(index("idx_accounts_open").on("accounts", ["name"]).filter("notes IS NULL"));
    op.create_index(index("idx_accounts_lower").on("accounts", [expr("lower(name)")]).unique());
    op.create_table(
        table("orders")
            .column(bigint("id").primary_key().identity())
            .column(bigint("account_id").references("accounts", "id").on_delete(Cascade)),
    );
    op.create_table(table("audit").column(text("what")));
    op.execute(
        "CREATE TRIGGER accounts_audit AFTER UPDATE ON accounts BEGIN\n  INSERT INTO audit VALUES (old.name || ' -> ' || new.name);\nEND;
         CREATE VIEW names AS SELECT id, name FROM accounts;
         CREATE VIEW rich AS SELECT n.id, a.cents FROM names n JOIN accounts a ON a.id = n.id",
    )
    .declares_nothing()
    .undo("DROP VIEW rich; DROP VIEW names; DROP TRIGGER accounts_audit");
}

const ROWS: &str = "
    INSERT INTO accounts (id, name, email, parent_id, cents, notes) VALUES
        (1, 'Ada', 'ada@example.com', NULL, 1250, NULL), (2, 'Bob', NULL, 1, 0, 'it''s'), (9, 'Eve', NULL, 9, 1, NULL);
    INSERT INTO orders (id, account_id) VALUES (1, 1), (2, 1), (7, 2);
    INSERT INTO audit VALUES ('begin');
    DELETE FROM accounts WHERE id = 9;";

fn database() -> Database {
    let database = Database::fresh(Backend::Sqlite);
    let chain = chain(vec![revision("a", &[], trading)]);
    Migrator::new(&chain).upgrade(&mut database.sqlite(), "head").unwrap();
    database.execute(ROWS);
    database
}

/// Everything that is not a column of `accounts`.
fn around(database: &Database) -> Vec<String> {
    let mut around = database.values(
        "SELECT sql AS value FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'accounts' AND name NOT LIKE '\\_\\_%' ESCAPE '\\' \
         ORDER BY type, name",
    );
    around.extend(
        database.values(
            "SELECT 'order ' || id || ' of ' || account_id AS value FROM orders ORDER BY id",
        ),
    );
    around.extend(database.values("SELECT what AS value FROM audit ORDER BY 1"));
    around
}

fn accounts(database: &Database) -> Vec<String> {
    database.values(
        "SELECT quote(id) || ' ' || quote(name) || ' ' || quote(email) || ' ' || quote(parent_id) || ' ' || quote(cents) \
         || ' ' || quote(mills) || ' ' || quote(notes) AS value FROM accounts ORDER BY id",
    )
}

/// The step on top of `trading`, as one that leads on.
fn step(second: Revision) -> migrate_core::Chain {
    chain(vec![revision("a", &[], trading), second])
}

/// One change that needs a rebuild.
fn rebuild(op: &mut Ops) {
    op.create_check_constraint("accounts", check("length(name) > 0").named("accounts_name_check"));
}

#[test]
fn every_row_and_every_thing_on_the_table_is_kept() {
    for foreign_keys in ["ON", "OFF"] {
        for transaction in [true, false] {
            let database = database();
            let (rows, things) = (accounts(&database), around(&database));
            let mut connection = database.sqlite();
            connection.batch_execute(&format!("PRAGMA foreign_keys = {foreign_keys}")).unwrap();
            let chain = step(Revision { transaction, ..revision("b", &["a"], rebuild) });

            Migrator::new(&chain).upgrade(&mut connection, "head").unwrap();
            assert_eq!(accounts(&database), rows);
            assert_eq!(around(&database), things);
            assert!(table_sql(&database).contains("AUTOINCREMENT"), "{}", table_sql(&database));
            assert!(
                table_sql(&database).contains("COLLATE \"NOCASE\""),
                "{}",
                table_sql(&database)
            );
            assert!(
                table_sql(&database).contains("CHECK (cents >= 0)"),
                "{}",
                table_sql(&database)
            );
            assert!(
                table_sql(&database).contains("CHECK (length(name) > 0)"),
                "{}",
                table_sql(&database)
            );

            Migrator::new(&chain).downgrade(&mut connection, "a").unwrap();
            assert_eq!(accounts(&database), rows);
            assert_eq!(around(&database), things);
            assert!(!table_sql(&database).contains("length(name)"), "{}", table_sql(&database));
            works(&database, &mut connection, foreign_keys == "ON");
        }
    }
}

fn table_sql(database: &Database) -> String {
    database.values("SELECT sql AS value FROM sqlite_master WHERE name = 'accounts'").join("")
}

/// What hangs on the table does its work.
fn works(database: &Database, connection: &mut SqliteConnection, foreign_keys: bool) {
    let enforced = value(connection, "PRAGMA foreign_keys", "foreign_keys");
    assert_eq!(enforced, i32::from(foreign_keys));
    assert_eq!(value(connection, "PRAGMA legacy_alter_table", "legacy_alter_table"), 0);
    let refused = |sql: &str| {
        assert!(database.sqlite().batch_execute(sql).is_err(), "{sql}");
    };
    refused("INSERT INTO accounts (name) VALUES ('ADA')"); //                the expression index is unique
    refused("INSERT INTO accounts (name, email) VALUES ('x', 'ada@example.com')");
    refused("INSERT INTO accounts (name, cents) VALUES ('x', -1)");
    refused("INSERT INTO accounts (name) VALUES (NULL)");
    refused("INSERT INTO accounts (name, parent_id) VALUES ('x', 77)");
    refused("INSERT INTO orders (account_id) VALUES (77)");
    assert_eq!(database.values("SELECT name AS value FROM accounts WHERE name = 'aDA'"), ["Ada"]);
    assert_eq!(database.values("SELECT cents || '' AS value FROM rich ORDER BY id"), ["1250", "0"]);

    // The id of a row that was deleted is not given again.
    database.execute("INSERT INTO accounts (name) VALUES ('Zoe')");
    assert_eq!(
        database.values("SELECT id || '' AS value FROM accounts WHERE name = 'Zoe'"),
        ["10"]
    );
    database.execute("UPDATE accounts SET name = 'Zoë' WHERE name = 'Zoe'");
    assert_eq!(
        database.values("SELECT what AS value FROM audit WHERE what LIKE 'Zoe%'"),
        ["Zoe -> Zoë"]
    );
    // The children go with their parent, which the rebuild did not do.
    database.execute("DELETE FROM accounts WHERE id = 1");
    assert_eq!(database.values("SELECT id || '' AS value FROM orders"), ["7"]);
    assert_eq!(
        database.values("SELECT quote(parent_id) AS value FROM accounts WHERE id = 2"),
        ["NULL"]
    );
}

fn value(connection: &mut SqliteConnection, sql: &str, column: &str) -> i32 {
    use migrate_core::diesel::{RunQueryDsl, sql_query, sql_types::Integer};
    #[derive(migrate_core::diesel::QueryableByName)]
    struct One {
        #[diesel(sql_type = Integer)]
        value: i32,
    }
    let function = sql.trim_start_matches("PRAGMA ");
    let rows = sql_query(format!("SELECT {column} AS value FROM pragma_{function}"))
        .load::<One>(connection);
    rows.unwrap()[0].value
}

/// Upgrades, expects a refusal, and that nothing at all was changed by it.
fn refused(database: &Database, second: Revision) -> String {
    let before = (accounts_as_they_are(database), around(database), table_sql(database));
    let mut connection = database.sqlite();
    let error = Migrator::new(&step(second)).upgrade(&mut connection, "head").unwrap_err();
    assert_eq!((accounts_as_they_are(database), around(database), table_sql(database)), before);
    assert_eq!(value(&mut connection, "PRAGMA foreign_keys", "foreign_keys"), 1);
    assert_eq!(value(&mut connection, "PRAGMA legacy_alter_table", "legacy_alter_table"), 0);
    assert_eq!(database.values("SELECT version_num AS value FROM __migrate_version"), ["a"]);
    let left = database.values(
        "SELECT name AS value FROM sqlite_master WHERE name LIKE '%\\_migrate\\_new%' ESCAPE '\\'",
    );
    assert_eq!(left, Vec::<String>::new());
    told(&error)
}

fn accounts_as_they_are(database: &Database) -> Vec<String> {
    database.values("SELECT quote(id) || quote(name) || quote(email) || quote(cents) || quote(notes) AS value FROM accounts ORDER BY id")
}

#[test]
fn a_table_that_was_changed_by_hand_is_refused() {
    let cases = [
        "ALTER TABLE accounts ADD COLUMN nickname TEXT DEFAULT 'x'",
        "ALTER TABLE accounts ADD COLUMN nickname TEXT CHECK (nickname <> '')",
        "ALTER TABLE accounts RENAME COLUMN notes TO remarks; ALTER TABLE accounts RENAME COLUMN email TO notes; \
         ALTER TABLE accounts RENAME COLUMN remarks TO email",
        // A check, a default, a type or an expression that is another, though there are as many.
        "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = replace(sql, 'cents >= 0', 'cents >= -5') WHERE name = 'accounts'",
        "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = replace(sql, 'DEFAULT 0', 'DEFAULT 5') WHERE name = 'accounts'",
        "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = replace(sql, '\"cents\" BIGINT', '\"cents\" TEXT') WHERE name = 'accounts'",
        "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = replace(sql, 'cents * 10', 'cents * 11') WHERE name = 'accounts'",
        "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = replace(sql, 'ON DELETE SET NULL', '') WHERE name = 'accounts'",
    ];
    let mut told = String::new();
    for case in cases {
        let database = database();
        database.execute(case);
        told.push_str(&refused(&database, revision("b", &["a"], rebuild)));
        told.push('\n');
    }
    insta::assert_snapshot!(told, @"
    error: upgrade b (b) failed, and nothing of it was changed
      caused by: create check constraint accounts_name_check on accounts (FILE:LINE)
      caused by: the database's table `accounts` is not the one that the migrations describe: it has column `nickname` of text DEFAULT x
    error: upgrade b (b) failed, and nothing of it was changed
      caused by: create check constraint accounts_name_check on accounts (FILE:LINE)
      caused by: the database's table `accounts` is not the one that the migrations describe: it has CHECK ( nickname < > '' ); it has column `nickname` of text
    error: upgrade b (b) failed, and nothing of it was changed
      caused by: create check constraint accounts_name_check on accounts (FILE:LINE)
      caused by: the database's table `accounts` is not the one that the migrations describe: it has no unique constraint on email; it has unique constraint on notes
    error: upgrade b (b) failed, and nothing of it was changed
      caused by: create check constraint accounts_name_check on accounts (FILE:LINE)
      caused by: the database's table `accounts` is not the one that the migrations describe: it has no CHECK ( cents > = 0 ); it has CHECK ( cents > = - 5 )
    error: upgrade b (b) failed, and nothing of it was changed
      caused by: create check constraint accounts_name_check on accounts (FILE:LINE)
      caused by: the database's table `accounts` is not the one that the migrations describe: it has no column `cents` of whole numbers NOT NULL DEFAULT 0; it has column `cents` of whole numbers NOT NULL DEFAULT 5
    error: upgrade b (b) failed, and nothing of it was changed
      caused by: create check constraint accounts_name_check on accounts (FILE:LINE)
      caused by: the database's table `accounts` is not the one that the migrations describe: it has no column `cents` of whole numbers NOT NULL DEFAULT 0; it has column `cents` of text NOT NULL DEFAULT 0
    error: upgrade b (b) failed, and nothing of it was changed
      caused by: create check constraint accounts_name_check on accounts (FILE:LINE)
      caused by: the database's table `accounts` is not the one that the migrations describe: it has no AS ( cents * 10 ); it has AS ( cents * 11 )
    error: upgrade b (b) failed, and nothing of it was changed
      caused by: create check constraint accounts_name_check on accounts (FILE:LINE)
      caused by: the database's table `accounts` is not the one that the migrations describe: it has no foreign key to `accounts` ON UPDATE NO ACTION ON DELETE SET NULL: parent_id -> id; it has foreign key to `accounts` ON UPDATE NO ACTION ON DELETE NO ACTION: parent_id -> id
    ");
}

#[test]
fn a_trigger_or_view_that_would_break_is_refused() {
    fn drop_name(op: &mut Ops) {
        op.execute("DROP INDEX idx_accounts_lower; DROP INDEX idx_accounts_open").declares(|op| {
            op.drop_index("idx_accounts_lower");
            op.drop_index("idx_accounts_open");
        });
        op.alter_table("accounts", |t| {
            t.drop_column("name").restore_with("''");
            t.add_constraint(check("id > 0"));
        });
    }
    fn drop_what(op: &mut Ops) {
        op.alter_table("audit", |t| {
            t.add_column(text("said").default(""));
            t.drop_column("what").restore_with("''");
            t.add_constraint(check("said <> 'x'"));
        });
    }
    let mut told = String::new();
    for (drop, prepare) in [
        (drop_name as fn(&mut Ops), "SELECT 1"),
        (drop_name, "DROP VIEW rich; DROP VIEW names; SELECT 1"),
        // The trigger of another table writes into this one.
        (
            drop_what,
            "DROP TRIGGER accounts_audit; CREATE TRIGGER orders_audit AFTER INSERT ON orders BEGIN INSERT INTO audit (what) VALUES ('x'); END",
        ),
        // A view that only sees the column through another view.
        (
            drop_what,
            "DROP TRIGGER accounts_audit; CREATE VIEW all_audit AS SELECT * FROM audit; CREATE VIEW said AS SELECT what FROM all_audit",
        ),
    ] {
        let database = database();
        database.execute(prepare);
        told.push_str(&refused(&database, revision("b", &["a"], drop)));
        told.push('\n');
    }
    insta::assert_snapshot!(told, @"
    error: upgrade b (b) failed, and nothing of it was changed
      caused by: drop column accounts.name, create check constraint accounts_check on accounts (FILE:LINE)
      caused by: a trigger of `accounts` would break: no such column: old.name
    error: upgrade b (b) failed, and nothing of it was changed
      caused by: drop column accounts.name, create check constraint accounts_check on accounts (FILE:LINE)
      caused by: a trigger of `accounts` would break: no such column: old.name
    error: upgrade b (b) failed, and nothing of it was changed
      caused by: add column audit.said text, drop column audit.what, create check constraint audit_check on audit (FILE:LINE)
      caused by: a trigger of `orders` would break: table audit has no column named what
    error: upgrade b (b) failed, and nothing of it was changed
      caused by: add column audit.said text, drop column audit.what, create check constraint audit_check on audit (FILE:LINE)
      caused by: the view `said` would break: no such column: what
    ");
}

#[test]
fn a_rebuild_that_fails_leaves_everything() {
    let cases: [fn(&mut Ops); 4] = [
        // A row that is against the new constraint.
        |op| op.create_check_constraint("accounts", check("cents > 0").named("rich_check")),
        |op| {
            op.create_unique_constraint(
                "accounts",
                unique(["parent_id", "notes"]).named("odd_key"),
            );
        },
        |op| {
            op.create_foreign_key(
                "accounts",
                foreign_key(["cents"]).references("orders", ["id"]).named("odd_fkey"),
            );
        },
        |op| {
            op.alter_column("accounts", "notes").set_not_null();
        },
    ];
    let mut told = String::new();
    for transaction in [true, false] {
        for case in cases {
            let database = database();
            database.execute(
                "INSERT INTO accounts (id, name, parent_id, notes) VALUES (3, 'Cid', 1, 'it''s')",
            );
            told.push_str(&refused(
                &database,
                Revision { transaction, ..revision("b", &["a"], case) },
            ));
            told.push('\n');
        }
    }
    insta::assert_snapshot!(told, @"
    error: upgrade b (b) failed, and nothing of it was changed
      caused by: create check constraint rich_check on accounts (FILE:LINE)
      caused by: CHECK constraint failed: rich_check
    error: upgrade b (b) failed, and nothing of it was changed
      caused by: create unique constraint odd_key on accounts (FILE:LINE)
      caused by: UNIQUE constraint failed: accounts.parent_id, accounts.notes
    error: upgrade b (b) failed, and nothing of it was changed
      caused by: FOREIGN KEY constraint failed: 3 rows of `accounts` would refer to no row of `orders`
    error: upgrade b (b) failed, and nothing of it was changed
      caused by: set accounts.notes not null (FILE:LINE)
      caused by: NOT NULL constraint failed: accounts.notes
    error: upgrade b (b) failed, and none of its statements took effect
      caused by: create check constraint rich_check on accounts (FILE:LINE)
      caused by: CHECK constraint failed: rich_check
    error: upgrade b (b) failed, and none of its statements took effect
      caused by: create unique constraint odd_key on accounts (FILE:LINE)
      caused by: UNIQUE constraint failed: accounts.parent_id, accounts.notes
    error: upgrade b (b) failed, and none of its statements took effect
      caused by: create foreign key odd_fkey on accounts (FILE:LINE)
      caused by: FOREIGN KEY constraint failed: 3 rows of `accounts` would refer to no row of `orders`
    error: upgrade b (b) failed, and none of its statements took effect
      caused by: set accounts.notes not null (FILE:LINE)
      caused by: NOT NULL constraint failed: accounts.notes
    ");
}

#[test]
fn rows_that_referred_to_nothing_before_are_no_reason_to_refuse() {
    let database = database();
    let mut connection = database.sqlite();
    connection.batch_execute("PRAGMA foreign_keys = OFF; INSERT INTO orders VALUES (20, 77); PRAGMA foreign_keys = ON").unwrap();
    Migrator::new(&step(revision("b", &["a"], rebuild))).upgrade(&mut connection, "head").unwrap();
    assert_eq!(
        database.values("SELECT account_id || '' AS value FROM orders WHERE id = 20"),
        ["77"]
    );
}

#[test]
fn renames_in_the_same_breath_are_followed_by_all() {
    fn group(op: &mut Ops) {
        op.alter_table("accounts", |t| {
            t.alter_column("cents").set_default(5);
            t.alter_column("name").rename_to("title");
            t.alter_column("notes")
                .set_not_null()
                .fill_with("'none of ' || title")
                .rename_to("remarks");
            t.drop_column("email");
            t.alter_column("title").rename_to("email");
            t.add_constraint(check("email <> ''").named("accounts_email_check"));
        });
    }
    let database = database();
    let things = around(&database);
    let rows = accounts(&database);
    let chain = step(revision("b", &["a"], group));
    Migrator::new(&chain).upgrade(&mut database.sqlite(), "head").unwrap();
    let renamed =
        database.values("SELECT email || ': ' || remarks AS value FROM accounts ORDER BY id");
    assert_eq!(renamed, ["Ada: none of Ada", "Bob: it's"]);
    assert_eq!(database.values("SELECT cents || '' AS value FROM rich ORDER BY 1"), ["0", "1250"]);
    database.execute("UPDATE accounts SET email = 'Ann' WHERE id = 1; UPDATE accounts SET email = 'Ada' WHERE id = 1");
    database.execute("DELETE FROM audit WHERE what <> 'begin'");

    Migrator::new(&chain).downgrade(&mut database.sqlite(), "a").unwrap();
    let back = accounts(&database);
    assert_eq!(back.len(), rows.len());
    assert_eq!(without_quotes(&around(&database)), without_quotes(&things));
}

/// SQLite writes a new name in quotes wherever it stands.
fn without_quotes(things: &[String]) -> Vec<String> {
    things.iter().map(|thing| thing.replace('"', "")).collect()
}
