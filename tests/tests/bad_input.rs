//! What the library decides about bad input: a clear error, and a database that is as it was.

use migrate_core::prelude::*;
use migrate_core::{Chain, Migrator, Options, Revision};
use tests::examples::{HOSTILE, HOSTILE_COLUMNS, HOSTILE_TEXT};
use tests::{Backend, Database, backends, chain, revision, told, transactional};

fn orders(op: &mut Ops) {
    op.create_table(
        table("orders")
            .column(bigint("id").primary_key())
            .column(text("symbol"))
            .column(bigint("quantity").nullable()),
    );
}

fn notes(op: &mut Ops) {
    op.add_column("orders", text("notes").nullable());
}

fn linear() -> Chain {
    chain(vec![
        revision("ae1027a6acf0", &[], orders),
        revision("ae3f2a9c41b7", &["ae1027a6acf0"], notes),
        revision("b7ea43dc85e4", &["ae3f2a9c41b7"], |op| {
            op.add_column("orders", bigint("price").default(0));
        }),
    ])
}

/// A database at a revision, with a row.
fn database(backend: Backend, chain: &Chain, target: &str) -> Database {
    let database = Database::fresh(backend);
    let upgraded = Migrator::new(chain).upgrade(&mut *database.connect(), target);
    upgraded.unwrap_or_else(|error| panic!("{backend}: {}", told(&error)));
    database.execute(
        "INSERT INTO orders (id, symbol, quantity) VALUES (1, 'SAP', NULL), (2, 'SAP', -5)",
    );
    database
}

/// Everything that could have changed.
fn state(database: &Database) -> (Vec<String>, tests::schema::Rows, Vec<String>) {
    let has_versions = database.dump().contains("__migrate_version");
    let versions = if has_versions {
        database.values("SELECT version_num AS value FROM __migrate_version ORDER BY 1")
    } else {
        Vec::new()
    };
    (database.schema(), database.rows(), versions)
}

/// What is said, on each backend where it is not the same on all; nothing has changed.
fn refusals(
    backends: Vec<Backend>,
    prepare: impl Fn(Backend) -> Database,
    run: impl Fn(&mut dyn migrate_core::backend::Database) -> Result<(), migrate_core::Error>,
) -> String {
    let mut texts = Vec::new();
    for backend in backends {
        let database = prepare(backend);
        let before = state(&database);
        let mut connection = database.connect();
        let error = run(&mut *connection).expect_err("an error");
        assert_eq!(state(&database), before, "{backend}: {}", told(&error));
        texts.push((backend, told(&error)));
    }
    match &texts[..] {
        [(_, first), rest @ ..] if rest.iter().all(|(_, other)| other == first) => first.clone(),
        _ => texts
            .iter()
            .map(|(backend, text)| format!("{backend}\n{text}"))
            .collect::<Vec<_>>()
            .join("\n"),
    }
}

#[test]
fn a_revision_that_is_unknown_ambiguous_or_too_far() {
    let chain = linear();
    let mut said = String::new();
    for (up, target) in [
        (true, "b7ea43dc85e5"),
        (true, "zzz"),
        (true, "ae"),
        (true, "+9"),
        (true, ""),
        (true, "a b"),
        (true, "-1"),
        (true, "'; DROP TABLE orders; --"),
        (false, "-3"),
        (false, "zzz"),
        (false, "head"),
        (false, "nope@-1"),
    ] {
        let text = refusals(
            backends(),
            |backend| database(backend, &chain, "ae3f2a9c41b7"),
            |connection| {
                let mut migrator = Migrator::new(&chain);
                match up {
                    true => migrator.upgrade(connection, target).map(drop),
                    false => migrator.downgrade(connection, target).map(drop),
                }
            },
        );
        let command = if up { "upgrade" } else { "downgrade" };
        said.push_str(&format!("$ {command} {target}\n{text}\n"));
    }
    insta::assert_snapshot!(said, @r"
    $ upgrade b7ea43dc85e5
    error: there is no revision or branch label `b7ea43dc85e5`; did you mean `b7ea43dc85e4`?
    $ upgrade zzz
    error: there is no revision or branch label `zzz`
    $ upgrade ae
    error: `ae` is `ae1027a6acf0` (ae1027a6acf0) or `ae3f2a9c41b7` (ae3f2a9c41b7)
    $ upgrade +9
    error: `+9` goes too far: only one revision lies above `ae3f2a9c41b7`
    $ upgrade 
    error: the revision is empty; name one, such as `head`, `-1` or an id
    $ upgrade a b
    error: `a b` has the character ` `, which is in no revision
    $ upgrade -1
    error: `-1` lies below where the database is, and `upgrade` only goes up; use `downgrade -1`
    $ upgrade '; DROP TABLE orders; --
    error: `\'; DROP TABLE orders; --` has the character ` `, which is in no revision
    $ downgrade -3
    error: `-3` goes too far: `ae3f2a9c41b7` is only 2 steps above base
    $ downgrade zzz
    error: there is no revision or branch label `zzz`
    $ downgrade head
    error: can't downgrade to `b7ea43dc85e4`, which is not applied
    $ downgrade nope@-1
    error: there is no revision or branch label `nope`
    ");
}

#[test]
fn a_version_table_that_something_else_wrote_to() {
    let chain = linear();
    let mut said = String::new();
    for sql in [
        "INSERT INTO __migrate_version VALUES ('0123456789ab')",
        "UPDATE __migrate_version SET version_num = 'it''s; --'",
        "INSERT INTO __migrate_version VALUES ('ae1027a6acf0')",
        "INSERT INTO __migrate_version VALUES ('b7ea43dc85e4')",
        "UPDATE __migrate_version SET version_num = 'ae1027a6acf0'",
        "DELETE FROM __migrate_version",
        "UPDATE __migrate_log SET format = 7",
    ] {
        let text = refusals(
            backends(),
            |backend| {
                let database = database(backend, &chain, "ae3f2a9c41b7");
                database.execute(sql);
                database
            },
            |connection| Migrator::new(&chain).upgrade(connection, "head").map(drop),
        );
        said.push_str(&format!("{sql}\n{text}\n"));
    }
    insta::assert_snapshot!(said, @r#"
    INSERT INTO __migrate_version VALUES ('0123456789ab')
    error: the version table `__migrate_version` holds `0123456789ab`, which is no revision here
    hint: an older release was deployed, or a branch was switched: `git log --all --oneline -- '*0123456789ab*'` finds the file; run the release that has it, or, if you know what the schema is, `migrate stamp --purge REV`, or, where nobody applied it, `migrate repair --version-table --reason "…"`; nothing was changed
    UPDATE __migrate_version SET version_num = 'it''s; --'
    error: the version table `__migrate_version` holds `it's; --`, which is no revision here
    hint: an older release was deployed, or a branch was switched: run the release that has it, or, if you know what the schema is, `migrate stamp --purge REV`, or, where nobody applied it, `migrate repair --version-table --reason "…"`; nothing was changed
    INSERT INTO __migrate_version VALUES ('ae1027a6acf0')
    error: the version table `__migrate_version` holds both ae1027a6acf0 and ae3f2a9c41b7, though the one comes before the other
    hint: something else wrote to the table: `migrate repair --version-table --reason "…"` puts it right by the log; if the schema is that of ae3f2a9c41b7: `migrate stamp --purge ae3f2a9c41b7`; nothing was changed
    INSERT INTO __migrate_version VALUES ('b7ea43dc85e4')
    error: the version table `__migrate_version` holds both ae3f2a9c41b7 and b7ea43dc85e4, though the one comes before the other
    hint: something else wrote to the table: `migrate repair --version-table --reason "…"` puts it right by the log; if the schema is that of b7ea43dc85e4: `migrate stamp --purge b7ea43dc85e4`; nothing was changed
    UPDATE __migrate_version SET version_num = 'ae1027a6acf0'
    error: the version table `__migrate_version` says `ae1027a6acf0`, the log says `ae3f2a9c41b7`: one of them was changed by something else
    hint: find out which is true: where the log is, `migrate repair --version-table --reason "…"`; otherwise `migrate stamp REV` sets both; nothing was changed
    DELETE FROM __migrate_version
    error: the version table `__migrate_version` says base, the log says `ae3f2a9c41b7`: one of them was changed by something else
    hint: find out which is true: where the log is, `migrate repair --version-table --reason "…"`; otherwise `migrate stamp REV` sets both; nothing was changed
    UPDATE __migrate_log SET format = 7
    error: the log `__migrate_log` is in format 7; this version writes format 2
    hint: use the newer version that wrote it; nothing was changed
    "#);
}

#[test]
fn a_database_with_tables_and_no_version_table() {
    let chain = linear();
    let text = refusals(
        backends(),
        |backend| {
            let database = Database::fresh(backend);
            database.execute("CREATE TABLE orders (id bigint); CREATE TABLE \"it's\" (id bigint)");
            database
        },
        |connection| Migrator::new(&chain).upgrade(connection, "head").map(drop),
    );
    insta::assert_snapshot!(text, @"
    error: the database has tables (`it's`, `orders`) but no version table `__migrate_version`: its state is unknown
    hint: if the schema is that of a revision: `migrate stamp REV`; if these tables have nothing to do with the migrations: `migrate upgrade --allow-non-empty`; nothing was changed
    ");

    // Where it is said that this is meant, a table that is in the way is.
    let text = refusals(
        backends(),
        |backend| {
            let database = Database::fresh(backend);
            database.execute("CREATE TABLE orders (id bigint); INSERT INTO orders VALUES (1)");
            database
        },
        |connection| {
            let options = Options { allow_non_empty: true, ..Options::default() };
            Migrator::new(&chain).with(options).upgrade(connection, "head").map(drop)
        },
    );
    insta::assert_snapshot!(text, @r#"
    sqlite
    error: upgrade ae1027a6acf0 (ae1027a6acf0) failed, and nothing of it was changed
      caused by: create table orders (FILE:LINE)
      caused by: table "orders" already exists
    postgres
    error: upgrade ae1027a6acf0 (ae1027a6acf0) failed, and nothing of it was changed
      caused by: create table orders (FILE:LINE)
      caused by: relation "orders" already exists
    mariadb
    error: upgrade ae1027a6acf0 (ae1027a6acf0) failed, and none of its statements took effect
      caused by: create table orders (FILE:LINE)
      caused by: Table 'orders' already exists
    "#);
}

/// A migration, with what is bad about it.
type Case = (&'static str, fn(&mut Ops));

/// Upgrades by one more migration, which fails.
fn failing(up: fn(&mut Ops)) -> String {
    let first = chain(vec![revision("a", &[], orders)]);
    let mut said = Vec::new();
    for single_transaction in [false, true] {
        let options = Options { single_transaction, ..Options::default() };
        said.push(refusals(
            transactional(),
            |backend| database(backend, &first, "head"),
            |connection| {
                let chain = chain(vec![
                    revision("a", &[], orders),
                    Revision { message: "Add order notes\n\nMore.", ..revision("b", &["a"], up) },
                ]);
                Migrator::new(&chain).with(options.clone()).upgrade(connection, "head").map(drop)
            },
        ));
    }
    let [many, one] = &said[..] else { unreachable!("two ways") };
    assert_eq!(&many.replace("nothing of it", "nothing of this run"), one);
    many.clone()
}

#[test]
fn a_migration_that_fails_halfway_leaves_nothing() {
    let said = failing(|op| {
        op.create_table(table("venues").column(bigint("id").primary_key()));
        op.bulk_insert(rows("venues").row(row().set("id", 1)));
        op.add_column("orders", text("notes").nullable());
        op.execute("UPDATE orders SET notes = 'x'").undo_nothing();
        op.create_index(index("idx").on("orders", ["notes"]));
        op.alter_column("orders", "symbol").set_default("x");
        op.execute("UPDATE nowhere SET notes = 'x'").undo_nothing();
    });
    insta::assert_snapshot!(said, @r#"
    sqlite
    error: upgrade b (Add order notes) failed, and nothing of it was changed
      caused by: execute UPDATE nowhere SET notes = 'x' (FILE:LINE)
      caused by: no such table: nowhere
    postgres
    error: upgrade b (Add order notes) failed, and nothing of it was changed
      caused by: execute UPDATE nowhere SET notes = 'x' (FILE:LINE)
      caused by: relation "nowhere" does not exist
    "#);

    let said = failing(|op| {
        op.add_column("orders", text("notes").nullable());
        op.run("think", code!(|_conn| Err("there is no such thing".into()))).undo_nothing();
    });
    insta::assert_snapshot!(said, @"
    error: upgrade b (Add order notes) failed, and nothing of it was changed
      caused by: run think (FILE:LINE)
      caused by: there is no such thing
    ");
}

/// Where DDL lasts at once, what was done is counted, nothing is lost, and the next run says where it stopped.
#[test]
fn a_migration_that_fails_halfway_on_mariadb_says_how_far_it_came() {
    if !backends().contains(&Backend::Mariadb) {
        return;
    }
    fn halfway(op: &mut Ops) {
        op.add_column("orders", text("notes").nullable());
        op.execute("UPDATE orders SET notes = 'x'").undo_nothing();
        op.create_unique_constraint("orders", unique(["symbol", "notes"]));
        op.add_column("orders", text("more").nullable());
    }
    let database = database(Backend::Mariadb, &chain_of_one(), "head");
    let before = state(&database);
    let chain = chain(vec![
        revision("a", &[], orders),
        Revision { message: "Add order notes", ..revision("b", &["a"], halfway) },
    ]);
    let run = || Migrator::new(&chain).upgrade(&mut *database.connect(), "head");
    let first = told(&run().expect_err("rows that are not unique"));
    let again = told(&run().expect_err("rows that are not unique, still"));
    insta::assert_snapshot!(format!("{first}\n$ upgrade\n{again}"), @"
    error: upgrade b (Add order notes) failed, and 2 of its 4 statements took effect, since it runs outside of transactions
      caused by: create unique constraint orders_symbol_notes_key on orders (FILE:LINE)
      caused by: Duplicate entry 'SAP-x' for key 'orders_symbol_notes_key'
    hint: it is written down which statements took effect: run it again once the cause is gone, and it goes on at this one
    $ upgrade
    error: upgrade b (Add order notes) failed, and 2 of its 4 statements took effect, since it runs outside of transactions
      caused by: create unique constraint orders_symbol_notes_key on orders (FILE:LINE)
      caused by: Duplicate entry 'SAP-x' for key 'orders_symbol_notes_key'
    hint: it is written down which statements took effect: run it again once the cause is gone, and it goes on at this one
    ");
    // The rows are all there, with what the first statements gave them.
    let rows = "SELECT concat(id, ' ', symbol, ' ', notes) AS value FROM orders ORDER BY id";
    assert_eq!(database.values(rows), ["1 SAP x", "2 SAP x"]);
    assert_eq!(state(&database).2, before.2, "the version is the former one");

    // What the hint says: the cause goes, and then again.
    database.execute("UPDATE orders SET symbol = concat(symbol, id)");
    run().unwrap_or_else(|error| panic!("{}", told(&error)));
    assert_eq!(state(&database).2, ["b"]);
}

/// One change each that the rows are against.
fn against() -> [Case; 5] {
    [
        ("unique", |op| op.create_unique_constraint("orders", unique(["symbol"]))),
        ("check", |op| op.create_check_constraint("orders", check("quantity > 0"))),
        ("not null", |op| {
            op.alter_column("orders", "quantity").set_not_null();
        }),
        ("foreign key", |op| {
            op.create_foreign_key("orders", foreign_key(["quantity"]).references("orders", ["id"]));
        }),
        ("not null without default", |op| {
            op.add_column("orders", bigint("price").on_empty_table());
        }),
    ]
}

#[test]
fn a_row_that_is_against_a_new_constraint() {
    let mut said = String::new();
    for (name, up) in against() {
        said.push_str(&format!("{name}\n{}\n", failing(up)));
    }
    insta::assert_snapshot!(said, @r#"
    unique
    sqlite
    error: upgrade b (Add order notes) failed, and nothing of it was changed
      caused by: create unique constraint orders_symbol_key on orders (FILE:LINE)
      caused by: UNIQUE constraint failed: orders.symbol
    postgres
    error: upgrade b (Add order notes) failed, and nothing of it was changed
      caused by: create unique constraint orders_symbol_key on orders (FILE:LINE)
      caused by: could not create unique index "orders_symbol_key" (Key (symbol)=(SAP) is duplicated.)
    check
    sqlite
    error: upgrade b (Add order notes) failed, and nothing of it was changed
      caused by: create check constraint orders_check on orders (FILE:LINE)
      caused by: CHECK constraint failed: orders_check
    postgres
    error: upgrade b (Add order notes) failed, and nothing of it was changed
      caused by: create check constraint orders_check on orders (FILE:LINE)
      caused by: check constraint "orders_check" of relation "orders" is violated by some row
    not null
    sqlite
    error: upgrade b (Add order notes) failed, and nothing of it was changed
      caused by: set orders.quantity not null (FILE:LINE)
      caused by: NOT NULL constraint failed: orders.quantity
    postgres
    error: upgrade b (Add order notes) failed, and nothing of it was changed
      caused by: set orders.quantity not null (FILE:LINE)
      caused by: column "quantity" of relation "orders" contains null values
    foreign key
    sqlite
    error: upgrade b (Add order notes) failed, and nothing of it was changed
      caused by: FOREIGN KEY constraint failed: 1 row of `orders` would refer to no row of `orders`
    postgres
    error: upgrade b (Add order notes) failed, and nothing of it was changed
      caused by: create foreign key orders_quantity_fkey on orders (FILE:LINE)
      caused by: insert or update on table "orders" violates foreign key constraint "orders_quantity_fkey" (Key (quantity)=(-5) is not present in table "orders".)
    not null without default
    sqlite
    error: upgrade b (Add order notes) failed, and nothing of it was changed
      caused by: add column orders.price bigint (FILE:LINE)
      caused by: NOT NULL constraint failed: orders.price
    postgres
    error: upgrade b (Add order notes) failed, and nothing of it was changed
      caused by: add column orders.price bigint (FILE:LINE)
      caused by: column "price" of relation "orders" contains null values
    "#);
}

/// A statement by itself is all or nothing there too.
#[test]
fn a_row_that_is_against_a_new_constraint_on_mariadb() {
    if !backends().contains(&Backend::Mariadb) {
        return;
    }
    let mut said = String::new();
    for (name, up) in against() {
        let chain = chain(vec![
            revision("a", &[], orders),
            Revision { message: "Add order notes", ..revision("b", &["a"], up) },
        ]);
        let text = refusals(
            vec![Backend::Mariadb],
            |backend| database(backend, &chain_of_one(), "head"),
            |connection| Migrator::new(&chain).upgrade(connection, "head").map(drop),
        );
        said.push_str(&format!("{name}\n{text}\n"));
    }
    // The names of the test's database and of the table that an ALTER makes meanwhile.
    for (pattern, name) in [(r"\btest_\d+_\d+", "DATABASE"), ("#sql-alter-[0-9a-f-]+", "MEANWHILE")]
    {
        said = regex::Regex::new(pattern).expect("a pattern").replace_all(&said, name).into_owned();
    }
    insta::assert_snapshot!(said, @r#"
    unique
    error: upgrade b (Add order notes) failed, and none of its statements took effect
      caused by: create unique constraint orders_symbol_key on orders (FILE:LINE)
      caused by: Duplicate entry 'SAP' for key 'orders_symbol_key'
    check
    error: upgrade b (Add order notes) failed, and none of its statements took effect
      caused by: create check constraint orders_check on orders (FILE:LINE)
      caused by: CONSTRAINT `orders_check` failed for `DATABASE`.`orders`
    not null
    error: upgrade b (Add order notes) failed, and none of its statements took effect
      caused by: set orders.quantity not null (FILE:LINE)
      caused by: Data truncated for column 'quantity' at row 1
    foreign key
    error: upgrade b (Add order notes) failed, and none of its statements took effect
      caused by: create foreign key orders_quantity_fkey on orders (FILE:LINE)
      caused by: Cannot add or update a child row: a foreign key constraint fails ("DATABASE"."MEANWHILE", CONSTRAINT "orders_quantity_fkey" FOREIGN KEY ("quantity") REFERENCES "orders" ("id"))
    not null without default
    error: upgrade b (Add order notes) failed, and none of its statements took effect
      caused by: add column orders.price bigint (FILE:LINE)
      caused by: CONSTRAINT `price has no value for the rows that are there` failed for `DATABASE`.`orders`
    "#);
}

#[test]
fn a_text_that_is_too_long_for_a_narrower_type_is_never_cut() {
    for backend in backends() {
        for up in [
            (|op| {
                op.alter_column("orders", "symbol").set_type(types::varchar(2));
            }) as fn(&mut Ops),
            |op| {
                op.alter_column("orders", "symbol").set_type(types::char(2));
            },
        ] {
            let database = database(backend, &chain_of_one(), "head");
            let before = state(&database);
            let chain = chain(vec![revision("a", &[], orders), revision("b", &["a"], up)]);
            match Migrator::new(&chain).upgrade(&mut *database.connect(), "head") {
                // SQLite keeps texts of any length.
                Ok(_) => assert_eq!(database.rows(), before.1),
                Err(error) => {
                    let said = told(&error);
                    assert!(
                        said.contains("value too long") || said.contains("Data too long"),
                        "{said}"
                    );
                    assert_eq!(state(&database), before);
                }
            }
        }
    }
}

#[test]
fn a_migration_that_does_not_fit_runs_nothing() {
    let mut said = String::new();
    let cases: [Case; 14] = [
        ("a table that is there", |op| {
            op.create_table(table("orders").column(bigint("id").primary_key()));
        }),
        ("a table that is there, and differs", |op| {
            op.create_table(table("orders").column(bigint("id").primary_key())).if_not_exists();
        }),
        ("no such table", |op| {
            op.add_column("ordres", text("notes").nullable());
        }),
        ("no such column", |op| {
            op.alter_column("orders", "simbol").rename_to("ticker");
        }),
        ("a column that is there", |op| {
            op.add_column("orders", text("symbol").nullable());
        }),
        ("no such index", |op| {
            op.drop_index("idx");
        }),
        ("no such constraint", |op| {
            op.drop_constraint("orders", "orders_key");
        }),
        ("a wrong default", |op| {
            op.alter_column("orders", "quantity").set_default("many");
        }),
        ("a decimal that is none", |op| {
            op.add_column(
                "orders",
                numeric("price", 9, 2).default(decimal("1); DROP TABLE orders; --")),
            );
        }),
        ("a target that is not unique", |op| {
            op.create_foreign_key(
                "orders",
                foreign_key(["symbol"]).references("orders", ["symbol"]),
            );
        }),
        ("SQL that does not say what it does", |op| {
            op.execute("DROP TABLE orders").undo_nothing();
        }),
        ("a transaction in a transaction", |op| {
            op.execute("DELETE FROM orders; COMMIT").undo_nothing();
        }),
        ("a name without letters", |op| {
            op.add_column("orders", text("").nullable());
        }),
        ("a name with a NUL", |op| {
            op.add_column("orders", text("a\0b").nullable());
        }),
    ];
    for (name, up) in cases {
        // The first op would be done, if anything were.
        let chain = chain(vec![
            revision("a", &[], orders),
            revision("b", &["a"], notes),
            Revision { message: "Wrong", ..revision("c", &["b"], up) },
        ]);
        let text = refusals(
            backends(),
            |backend| database(backend, &chain_of_one(), "head"),
            |connection| Migrator::new(&chain).upgrade(connection, "head").map(drop),
        );
        said.push_str(&format!("{name}\n{text}\n"));
    }
    insta::assert_snapshot!(said, @r#"
    a table that is there
    error: cannot apply c (Wrong)
      caused by: create table orders (FILE:LINE)
      caused by: there is a table `orders` already at this revision
    hint: nothing was changed
    a table that is there, and differs
    error: cannot apply c (Wrong)
      caused by: create table orders (FILE:LINE)
      caused by: there is a table `orders` already at this revision, and it differs from this one: it has a column `symbol`
    hint: nothing was changed
    no such table
    error: cannot apply c (Wrong)
      caused by: add column ordres.notes text (FILE:LINE)
      caused by: there is no table `ordres` at this revision
    hint: there is a table `orders`; nothing was changed
    no such column
    error: cannot apply c (Wrong)
      caused by: rename column orders.simbol to ticker (FILE:LINE)
      caused by: table `orders` has no column `simbol` at this revision
    hint: there is a column `symbol`; nothing was changed
    a column that is there
    error: cannot apply c (Wrong)
      caused by: add column orders.symbol text (FILE:LINE)
      caused by: table `orders` has a column `symbol` already at this revision
    hint: nothing was changed
    no such index
    error: cannot apply c (Wrong)
      caused by: drop index idx (FILE:LINE)
      caused by: there is no index `idx` at this revision
    hint: nothing was changed
    no such constraint
    error: cannot apply c (Wrong)
      caused by: drop constraint orders_key of orders (FILE:LINE)
      caused by: table `orders` has no constraint `orders_key` at this revision
    hint: it has `orders_pkey`; nothing was changed
    a wrong default
    error: cannot apply c (Wrong)
      caused by: set default of orders.quantity to 'many' (FILE:LINE)
      caused by: 'many' is no default for column `quantity` of `orders`, which is bigint
    hint: nothing was changed
    a decimal that is none
    error: cannot apply c (Wrong)
      caused by: add column orders.price numeric(9, 2) (FILE:LINE)
      caused by: 1); DROP TABLE orders; -- is no default for column `price` of `orders`, which is numeric(9, 2)
    hint: nothing was changed
    a target that is not unique
    error: cannot apply c (Wrong)
      caused by: create foreign key orders_symbol_fkey on orders (FILE:LINE)
      caused by: `orders_symbol_fkey` refers to symbol, which is neither primary key nor unique in `orders`
    hint: nothing was changed
    SQL that does not say what it does
    error: cannot apply c (Wrong)
      caused by: execute DROP TABLE orders (FILE:LINE)
      caused by: this SQL may change the schema, and does not say how: `DROP TABLE orders`
    hint: say what it does: .declares(|op| …), .declares_nothing() or .opaque("table"); nothing was changed
    a transaction in a transaction
    error: cannot apply c (Wrong)
      caused by: execute DELETE FROM orders; COMMIT (FILE:LINE)
      caused by: `COMMIT` begins or ends a transaction, which is the runner's to do
    hint: nothing was changed
    a name without letters
    error: cannot apply c (Wrong)
      caused by: add column orders. text (FILE:LINE)
      caused by: an empty name names nothing
    hint: nothing was changed
    a name with a NUL
    sqlite
    error: cannot apply c (Wrong)
      caused by: add column orders.a\0b text (FILE:LINE)
      caused by: "a\0b" holds a NUL character, which SQLite would cut it at
    hint: nothing was changed
    postgres
    error: cannot apply c (Wrong)
      caused by: add column orders.a\0b text (FILE:LINE)
      caused by: "a\0b" holds a NUL character, which PostgreSQL would cut it at
    hint: nothing was changed
    mariadb
    error: cannot apply c (Wrong)
      caused by: add column orders.a\0b text (FILE:LINE)
      caused by: "a\0b" holds a NUL character, which MariaDB would cut it at
    hint: nothing was changed
    "#);
}

fn chain_of_one() -> Chain {
    chain(vec![revision("a", &[], orders)])
}

/// As long as PostgreSQL reads names, and longer than that.
const LONG: &str = "a_name_of_more_than_sixty_three_bytes_of_which_databases_drop_the_rest";

#[test]
fn a_name_of_more_than_63_bytes() {
    let mut said = String::new();
    let cases: [Case; 4] = [
        ("table", |op| {
            op.create_table(table(LONG).column(bigint("id")));
        }),
        ("column", |op| {
            op.add_column("orders", text(LONG).nullable());
        }),
        ("index", |op| {
            op.create_index(index(LONG).on("orders", ["symbol"]));
        }),
        ("constraint", |op| {
            op.create_unique_constraint("orders", unique(["id", "symbol"]).named(LONG));
        }),
    ];
    for (name, up) in cases {
        for backend in backends() {
            let database = database(backend, &chain_of_one(), "head");
            let chain = chain(vec![revision("a", &[], orders), revision("b", &["a"], up)]);
            let before = state(&database);
            let mut connection = database.connect();
            match Migrator::new(&chain).upgrade(&mut *connection, "head") {
                Ok(_) => {
                    assert!(database.dump().contains(LONG), "{}", database.dump());
                    Migrator::new(&chain).downgrade(&mut *connection, "a").expect("down");
                    said.push_str(&format!("{name}, {backend}: kept\n"));
                }
                Err(error) => said.push_str(&format!("{name}, {backend}\n{}\n", told(&error))),
            }
            assert_eq!(state(&database), before);
        }
    }
    insta::assert_snapshot!(said, @"
    table, sqlite: kept
    table, postgres
    error: cannot apply b (b)
      caused by: create table a_name_of_more_than_sixty_three_bytes_of_which_databases_drop_the_rest (FILE:LINE)
      caused by: `a_name_of_more_than_sixty_three_bytes_of_which_databases_drop_the_rest` is 70 bytes long; PostgreSQL keeps 63 and drops the rest
    hint: give it a name of at most 63 bytes; nothing was changed
    table, mariadb
    error: cannot apply b (b)
      caused by: create table a_name_of_more_than_sixty_three_bytes_of_which_databases_drop_the_rest (FILE:LINE)
      caused by: `a_name_of_more_than_sixty_three_bytes_of_which_databases_drop_the_rest` is 70 characters long; MariaDB takes 64 at most
    hint: give it a name of at most 64 characters; nothing was changed
    column, sqlite: kept
    column, postgres
    error: cannot apply b (b)
      caused by: add column orders.a_name_of_more_than_sixty_three_bytes_of_which_databases_drop_the_rest text (FILE:LINE)
      caused by: `a_name_of_more_than_sixty_three_bytes_of_which_databases_drop_the_rest` is 70 bytes long; PostgreSQL keeps 63 and drops the rest
    hint: give it a name of at most 63 bytes; nothing was changed
    column, mariadb
    error: cannot apply b (b)
      caused by: add column orders.a_name_of_more_than_sixty_three_bytes_of_which_databases_drop_the_rest text (FILE:LINE)
      caused by: `a_name_of_more_than_sixty_three_bytes_of_which_databases_drop_the_rest` is 70 characters long; MariaDB takes 64 at most
    hint: give it a name of at most 64 characters; nothing was changed
    index, sqlite: kept
    index, postgres
    error: cannot apply b (b)
      caused by: create index a_name_of_more_than_sixty_three_bytes_of_which_databases_drop_the_rest on orders (FILE:LINE)
      caused by: `a_name_of_more_than_sixty_three_bytes_of_which_databases_drop_the_rest` is 70 bytes long; PostgreSQL keeps 63 and drops the rest
    hint: give it a name of at most 63 bytes; nothing was changed
    index, mariadb
    error: cannot apply b (b)
      caused by: create index a_name_of_more_than_sixty_three_bytes_of_which_databases_drop_the_rest on orders (FILE:LINE)
      caused by: `a_name_of_more_than_sixty_three_bytes_of_which_databases_drop_the_rest` is 70 characters long; MariaDB takes 64 at most
    hint: give it a name of at most 64 characters; nothing was changed
    constraint, sqlite: kept
    constraint, postgres
    error: cannot apply b (b)
      caused by: create unique constraint a_name_of_more_than_sixty_three_bytes_of_which_databases_drop_the_rest on orders (FILE:LINE)
      caused by: `a_name_of_more_than_sixty_three_bytes_of_which_databases_drop_the_rest` is 70 bytes long; PostgreSQL keeps 63 and drops the rest
    hint: give it a name of at most 63 bytes; nothing was changed
    constraint, mariadb
    error: cannot apply b (b)
      caused by: create unique constraint a_name_of_more_than_sixty_three_bytes_of_which_databases_drop_the_rest on orders (FILE:LINE)
      caused by: `a_name_of_more_than_sixty_three_bytes_of_which_databases_drop_the_rest` is 70 characters long; MariaDB takes 64 at most
    hint: give it a name of at most 64 characters; nothing was changed
    ");

    // Names that nobody gave are cut to fit.
    fn derived(op: &mut Ops) {
        let name = "a_table_with_a_name_that_is_as_long_as_PostgreSQL_permits_63__";
        op.create_table(
            table(name)
                .column(bigint("id").primary_key())
                .column(varchar("one", 80).unique())
                .column(
                    varchar("another_rather_long_column_name", 80)
                        .nullable()
                        .check("another_rather_long_column_name <> ''"),
                ),
        );
        op.create_index(index("").on(name, ["one", "another_rather_long_column_name"]));
        op.create_foreign_key(name, foreign_key(["id"]).references(name, ["id"]));
    }
    for backend in backends() {
        let database = Database::fresh(backend);
        let chain = chain(vec![revision("a", &[], derived)]);
        let mut migrator = Migrator::new(&chain);
        let up = migrator.upgrade(&mut *database.connect(), "head");
        up.unwrap_or_else(|error| panic!("{}", told(&error)));
        let down = migrator.downgrade(&mut *database.connect(), "base");
        down.unwrap_or_else(|error| panic!("{}", told(&error)));
        assert_eq!(database.schema(), Vec::<String>::new());
    }
}

#[test]
fn names_with_quotes_dots_spaces_emoji_and_reserved_words_are_only_names() {
    fn hostile(op: &mut Ops) {
        let [key, second, third, fourth] = HOSTILE_COLUMNS;
        op.create_table(table("audit").column(bigint("id").primary_key()));
        op.create_table(
            table(HOSTILE)
                .column(bigint(key).primary_key())
                .column(text(second).default(HOSTILE_TEXT).comment(HOSTILE_TEXT))
                .column(text(third).nullable().unique())
                .column(text(fourth).nullable())
                .comment(HOSTILE_TEXT),
        );
        op.create_index(index("'; DROP TABLE audit; --\"").on(HOSTILE, [second, fourth]));
        op.bulk_insert(
            rows(HOSTILE).row(row().set(key, 1).set(third, HOSTILE_TEXT).set(fourth, "\\")),
        );
        op.create_foreign_key(
            HOSTILE,
            foreign_key([key]).references(HOSTILE, [key]).named("\"'; --"),
        );
        op.alter_column(HOSTILE, fourth).rename_to("\"; --").set_default("\\'; --").set_not_null();
        op.rename_table(HOSTILE, "a.\"b\" 'c'; --");
    }
    for backend in transactional() {
        let database = Database::fresh(backend);
        let chain = chain(vec![Revision { message: HOSTILE_TEXT, ..revision("a", &[], hostile) }]);
        let options = Options {
            version_table: "__migrate_\"v'; --".into(),
            log_table: "__migrate_\"l'; --".into(),
            applied_by: "o'brien\"; -- \\".to_owned(),
            ..Options::default()
        };
        let mut migrator = Migrator::new(&chain).with(options);
        for _ in 0..2 {
            let up = migrator.upgrade(&mut *database.connect(), "head");
            up.unwrap_or_else(|error| panic!("{}", told(&error)));
            let columns = database.rows()["a.\"b\" 'c'; --"][0].keys().cloned().collect::<Vec<_>>();
            assert_eq!(columns, ["\"; --", "a\"b.c d", "select", "🦀"]);
            let value =
                "SELECT \"🦀\" AS value FROM \"a.\"\"b\"\" 'c'; --\" WHERE \"a\"\"b.c d\" = \"🦀\"";
            assert_eq!(database.values(value), [HOSTILE_TEXT]);
            let by = "SELECT applied_by || message AS value FROM \"__migrate_\"\"l'; --\" ORDER BY id LIMIT 1";
            assert_eq!(database.values(by), [format!("o'brien\"; -- \\{HOSTILE_TEXT}")]);
            let down = migrator.downgrade(&mut *database.connect(), "base");
            down.unwrap_or_else(|error| panic!("{}", told(&error)));
            assert_eq!(database.rows().into_keys().collect::<Vec<_>>(), Vec::<String>::new());
        }
    }
}

#[test]
fn text_defaults_are_read_back_letter_by_letter() {
    const TEXTS: [&str; 12] = [
        "",
        "'",
        "''",
        "\\",
        "\\'",
        "\\n",
        "it's",
        "a\nb\r\n\tc",
        "\"",
        "$$ $1 %s ? :x {}",
        "🚀 é",
        "'); DROP TABLE orders; --",
    ];
    fn up(op: &mut Ops) {
        for (number, default) in TEXTS.into_iter().enumerate() {
            let (new, changed) = (format!("new{number}"), format!("changed{number}"));
            op.add_column("orders", text(&new).default(default));
            op.add_column("orders", text(&changed).nullable());
            op.alter_column("orders", &changed).set_default(default);
        }
        op.bulk_insert(rows("orders").row(row().set("id", 77).set("symbol", TEXTS.concat())));
    }
    for backend in backends() {
        let database = database(backend, &chain_of_one(), "head");
        if backend == Backend::Postgres {
            // Backslashes in plain quotes are escapes on such a server.
            let name = database.name();
            database
                .execute(&format!("ALTER DATABASE {name} SET standard_conforming_strings = off"));
        }
        let chain = chain(vec![revision("a", &[], orders), revision("b", &["a"], up)]);
        let upgraded = Migrator::new(&chain).upgrade(&mut *database.connect(), "head");
        upgraded.unwrap_or_else(|error| panic!("{backend}: {}", told(&error)));
        database.execute("INSERT INTO orders (id, symbol) VALUES (3, 'x')");
        for (number, expected) in TEXTS.into_iter().enumerate() {
            let read = |column: &str, id: i32| {
                database.values(&format!(
                    "SELECT {column}{number} AS value FROM orders WHERE id = {id}"
                ))
            };
            assert_eq!(read("new", 1), [expected], "{backend}");
            assert_eq!(read("new", 3), [expected], "{backend}");
            assert_eq!(read("changed", 3), [expected], "{backend}");
        }
        assert_eq!(
            database.values("SELECT symbol AS value FROM orders WHERE id = 77"),
            [TEXTS.concat()]
        );
    }
}
