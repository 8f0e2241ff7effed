//! Changes that SQLite makes by a new table (Alembic's batch mode, "move and copy").

use migrate_core::diesel::RunQueryDsl;
use migrate_core::diesel::sql_query;
use migrate_core::prelude::*;
use tests::{Backend, backends};

use crate::{Trial, sql};

/// A table as a hand or another tool wrote it, and the words for it; then a change that needs a rebuild.
fn rebuilt(begin: fn(&mut Ops), rows: &str) -> Option<Trial> {
    let mut trial = begun(begin)?;
    trial.execute(rows);
    trial.up(check_quantity);
    Some(trial)
}

fn begun(begin: fn(&mut Ops)) -> Option<Trial> {
    backends().contains(&Backend::Sqlite).then(|| Trial::new(Backend::Sqlite, begin))
}

fn check_quantity(op: &mut Ops) {
    op.create_check_constraint("orders", check("quantity < 1000").named("few"));
}

fn orders(op: &mut Ops) {
    op.create_table(
        table("orders").column(integer("id").primary_key()).column(integer("quantity").default(1)),
    );
}

const ORDERS: &str = "INSERT INTO orders (id, quantity) VALUES (1, 5), (2, 7)";

/// Alembic: the new table has no AUTOINCREMENT, and the counter is gone: the id of a deleted row is given again.
#[test]
fn a_counter_stays_and_gives_no_id_twice() {
    fn begin(op: &mut Ops) {
        op.create_table(
            table("orders")
                .column(bigint("id").primary_key().identity())
                .column(integer("quantity")),
        );
    }
    let rows = "INSERT INTO orders (quantity) VALUES (5), (7); DELETE FROM orders WHERE id = 2";
    let Some(trial) = rebuilt(begin, rows) else { return };
    trial.execute("INSERT INTO orders (quantity) VALUES (9)");
    assert_eq!(trial.values("SELECT id || '' AS value FROM orders ORDER BY id"), ["1", "3"]);
}

/// Alembic: the column compares letter by letter afterwards.
#[test]
fn a_collation_stays() {
    fn begin(op: &mut Ops) {
        op.create_table(
            table("orders")
                .column(text("symbol").collate("NOCASE").unique())
                .column(integer("quantity").default(1)),
        );
    }
    let Some(trial) = rebuilt(begin, "INSERT INTO orders (symbol) VALUES ('AAPL')") else { return };
    assert_eq!(trial.value("SELECT symbol AS value FROM orders WHERE symbol = 'aapl'"), "AAPL");
    assert!(!trial.takes("INSERT INTO orders (symbol) VALUES ('Aapl')"));
}

/// Alembic: checks without a name are dropped, since some version with a warning.
#[test]
fn checks_without_a_name_stay() {
    fn begin(op: &mut Ops) {
        op.execute(
            "CREATE TABLE orders (id INTEGER NOT NULL PRIMARY KEY, quantity INTEGER DEFAULT 1 CHECK (quantity > 0), CHECK (id <> 13))",
        )
        .declares(|op| {
            op.create_table(
                table("orders")
                    .column(integer("id").primary_key())
                    .column(integer("quantity").nullable().default(1).check("quantity > 0"))
                    .constraint(check("id <> 13")),
            );
        });
    }
    let Some(trial) = rebuilt(begin, ORDERS) else { return };
    assert!(!trial.takes("INSERT INTO orders VALUES (3, 0)"));
    assert!(!trial.takes("INSERT INTO orders VALUES (13, 1)"));
    assert!(!trial.takes("INSERT INTO orders VALUES (3, 1000)"));
    assert!(trial.takes("INSERT INTO orders VALUES (3, 1)"));
}

/// Alembic: triggers of the table are gone without a word.
#[test]
fn triggers_stay_and_do_not_fire_for_rows_that_only_move() {
    fn begin(op: &mut Ops) {
        orders(op);
        op.create_table(table("audit").column(text("what")));
        op.execute(
            "CREATE TRIGGER kept AFTER INSERT ON orders BEGIN INSERT INTO audit VALUES ('new ' || new.id); END;
             CREATE TRIGGER gone BEFORE DELETE ON orders BEGIN INSERT INTO audit VALUES ('gone ' || old.id); END",
        )
        .declares_nothing()
        .undo("DROP TRIGGER kept; DROP TRIGGER gone");
    }
    let Some(trial) = rebuilt(begin, ORDERS) else { return };
    trial.execute("INSERT INTO orders VALUES (3, 1); DELETE FROM orders WHERE id = 1");
    let audit = trial.values("SELECT what AS value FROM audit ORDER BY rowid");
    assert_eq!(audit, ["new 1", "new 2", "new 3", "gone 1"]);
}

/// Alembic: indexes on expressions are dropped (with a warning), `DESC` is lost, a WHERE stays.
#[test]
fn indexes_stay_letter_by_letter() {
    fn begin(op: &mut Ops) {
        orders(op);
        op.create_index(index("halves").on("orders", [expr("quantity / 2")]).unique());
        op.create_index(index("latest").on("orders", [desc("id")]).key("quantity"));
        op.create_index(index("open").on("orders", ["quantity"]).filter("id > 1"));
    }
    let Some(trial) = begun(begin) else { return };
    trial.execute(ORDERS);
    let indexes = "SELECT sql AS value FROM sqlite_master WHERE type = 'index' AND tbl_name = 'orders' ORDER BY name";
    let before = trial.values(indexes);
    let mut trial = trial;
    trial.up(check_quantity);
    assert_eq!(trial.values(indexes), before);
    assert_eq!(before.len(), 3);
    assert!(before[1].contains("\"id\" DESC"), "{}", before[1]);
    assert!(!trial.takes("INSERT INTO orders VALUES (3, 4)"));
}

/// Alembic: `REFERENCES` behind a column loses its actions and DEFERRABLE.
#[test]
fn what_references_behind_a_column_says_stays() {
    fn begin(op: &mut Ops) {
        op.create_table(table("users").column(integer("id").primary_key()));
        op.execute(
            "CREATE TABLE orders (
                id INTEGER NOT NULL PRIMARY KEY,
                quantity INTEGER DEFAULT 1,
                user_id INTEGER REFERENCES users (id) ON DELETE SET NULL ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED)",
        )
        .declares(|op| {
            op.create_table(
                table("orders")
                    .column(integer("id").primary_key())
                    .column(integer("quantity").nullable().default(1))
                    .column(integer("user_id").nullable())
                    .constraint(
                        foreign_key(["user_id"])
                            .references("users", ["id"])
                            .on_delete(SetNull)
                            .on_update(Cascade)
                            .initially_deferred(),
                    ),
            );
        });
    }
    let rows = "INSERT INTO users VALUES (1), (2); INSERT INTO orders VALUES (1, 1, 1), (2, 1, 2)";
    let Some(trial) = rebuilt(begin, rows) else { return };
    let user = |id: u8| {
        trial.value(&format!("SELECT quote(user_id) AS value FROM orders WHERE id = {id}"))
    };
    trial.execute("UPDATE users SET id = 10 WHERE id = 1; DELETE FROM users WHERE id = 2");
    assert_eq!((user(1), user(2)), ("10".to_owned(), "NULL".to_owned()));
    assert!(trial.takes("INSERT INTO orders VALUES (3, 1, 30); INSERT INTO users VALUES (30)"));
    assert!(!trial.takes("INSERT INTO orders VALUES (4, 1, 40)"));
}

/// Alembic: what of a table is not in its model, such as STRICT or a REFERENCES that waits, is left out of the new one.
#[test]
fn what_the_migrations_do_not_know_of_a_table_is_not_dropped_silently() {
    const TABLE: &str = "CREATE TABLE orders (id INTEGER NOT NULL PRIMARY KEY, quantity INTEGER NOT NULL DEFAULT 1)";
    for (from, to) in [
        ("DEFAULT 1)", "DEFAULT 1) STRICT"),
        ("DEFAULT 1)", "DEFAULT 1) WITHOUT ROWID"),
        ("DEFAULT 1)", "DEFAULT 1 REFERENCES orders (id) DEFERRABLE INITIALLY DEFERRED)"),
        ("DEFAULT 1)", "DEFAULT 1 COLLATE NOCASE)"),
        ("PRIMARY KEY", "PRIMARY KEY ON CONFLICT REPLACE"),
        ("PRIMARY KEY", "PRIMARY KEY AUTOINCREMENT"),
    ] {
        let Some(mut trial) = begun(orders) else { return };
        trial.execute(&format!("DROP TABLE orders; {}", TABLE.replace(from, to)));
        let schema = trial.schema();
        let said = trial.refused(check_quantity);
        assert!(said.contains("is not the one that the migrations describe"), "{to}: {said}");
        assert_eq!(trial.schema(), schema, "{to}");
    }
}

/// Alembic: the two together are read wrongly, and the new table is a syntax error.
#[test]
fn a_generated_column_beside_a_constraint_stays() {
    fn begin(op: &mut Ops) {
        op.execute(
            "CREATE TABLE orders (
                id INTEGER NOT NULL, quantity INTEGER DEFAULT 1,
                twice INTEGER GENERATED ALWAYS AS (quantity * 2) STORED,
                CONSTRAINT orders_pkey PRIMARY KEY (id), CONSTRAINT orders_twice UNIQUE (twice, id))",
        )
        .declares(|op| {
            op.create_table(
                table("orders")
                    .column(integer("id").primary_key())
                    .column(integer("quantity").nullable().default(1))
                    .column(integer("twice").nullable().generated("quantity * 2"))
                    .constraint(unique(["twice", "id"]).named("orders_twice")),
            );
        });
    }
    let Some(trial) = rebuilt(begin, ORDERS) else { return };
    assert_eq!(trial.values("SELECT twice || '' AS value FROM orders ORDER BY id"), ["10", "14"]);
    trial.execute("UPDATE orders SET quantity = 8 WHERE id = 1");
    assert_eq!(trial.values("SELECT twice || '' AS value FROM orders ORDER BY id"), ["16", "14"]);
}

/// Alembic: with `PRAGMA foreign_keys = ON`, dropping the old table deletes the rows of its children, without an error.
#[test]
fn rows_of_children_that_would_be_deleted_along_stay() {
    fn begin(op: &mut Ops) {
        orders(op);
        for (name, action) in [("fills", Cascade), ("notes", SetNull), ("plain", NoAction)] {
            op.create_table(table(name).column(
                integer("order_id").nullable().references("orders", "id").on_delete(action),
            ));
        }
    }
    let rows = "INSERT INTO orders VALUES (1, 5); INSERT INTO fills VALUES (1); INSERT INTO notes VALUES (1); \
                INSERT INTO plain VALUES (1)";
    // `Database::sqlite` turns foreign keys on.
    let Some(mut trial) = rebuilt(begin, rows) else { return };
    let children = "SELECT quote(fills.order_id) || quote(notes.order_id) || quote(plain.order_id) AS value \
                    FROM fills, notes, plain";
    assert_eq!(trial.value(children), "111");
    trial.back();
    assert_eq!(trial.value(children), "111");
    assert!(!trial.takes("INSERT INTO fills VALUES (77)"));
}

/// Alembic: `DROP TABLE` says "FOREIGN KEY constraint failed", and `_alembic_tmp_orders` stays; so it does after any failure
/// in the middle, where the driver has committed the DDL.
#[test]
fn a_failure_leaves_no_table_behind_and_can_be_repeated() {
    let Some(mut trial) = begun(orders) else { return };
    trial.execute("INSERT INTO orders VALUES (1, 5), (2, 7000)");
    let (schema, rows) = (trial.schema(), trial.rows());
    let said = trial.refused(check_quantity);
    assert!(said.contains("CHECK constraint failed: few"), "{said}");
    assert!(said.contains("nothing of it was changed"), "{said}");
    assert_eq!((trial.schema(), trial.rows()), (schema, rows));
    trial.execute("UPDATE orders SET quantity = 7 WHERE id = 2");
    trial.up(check_quantity);
}

/// Alembic: the rename at the end fails with "error in view v: no such table: main.orders".
#[test]
fn views_on_the_table_stay() {
    fn begin(op: &mut Ops) {
        orders(op);
        op.execute("CREATE VIEW large AS SELECT * FROM orders WHERE quantity > 5; CREATE VIEW ids AS SELECT id FROM large")
            .declares_nothing()
            .undo("DROP VIEW ids; DROP VIEW large");
    }
    let Some(trial) = rebuilt(begin, ORDERS) else { return };
    assert_eq!(trial.value("SELECT id || '' AS value FROM ids"), "2");
}

/// Alembic: a comment on the table or another name for a column makes the table anew, as any change does but three.
#[test]
fn what_sqlite_can_do_in_place_makes_no_new_table() {
    let check =
        |change: fn(&mut Ops), expected: &[&str]| assert_eq!(sql(Sqlite, orders, change), expected);
    check(|op| op.alter_table("orders", |t| t.comment("what was asked for")), &[]);
    check(
        |op| {
            op.alter_column("orders", "quantity").rename_to("amount");
        },
        &["ALTER TABLE \"orders\" RENAME COLUMN \"quantity\" TO \"amount\""],
    );
    check(
        |op| {
            op.drop_column("orders", "quantity");
        },
        &["ALTER TABLE \"orders\" DROP COLUMN \"quantity\""],
    );
    check(
        |op| {
            op.alter_table("orders", |t| {
                t.drop_column("quantity");
                t.alter_column("id").set_type(types::bigint());
                t.add_column(text("notes").default("x").check("notes <> ''"));
            });
        },
        &["rebuild orders"],
    );
}

/// Alembic: "Constraint must have a name" for a new one, "No such constraint" for an old one without.
#[test]
fn constraints_need_no_name_to_come_or_go() {
    fn add(op: &mut Ops) {
        op.alter_table("orders", |t| {
            t.add_constraint(unique(["quantity"]));
            t.add_constraint(check("quantity > 0"));
        });
    }
    fn drop(op: &mut Ops) {
        op.drop_unique_constraint("orders", ["quantity"]);
        op.drop_primary_key("orders");
    }
    let Some(mut trial) = begun(orders) else { return };
    trial.up(add);
    assert!(!trial.takes("INSERT INTO orders VALUES (1, 5), (2, 5)"));
    trial.up(drop);
    assert!(trial.takes("INSERT INTO orders VALUES (1, 5), (1, 5)"));
    assert!(!trial.takes("INSERT INTO orders VALUES (1, 0)"));
}

/// Alembic: a constraint on a column that is dropped goes without a word, and no downgrade brings it back.
#[test]
fn a_constraint_that_goes_with_its_column_comes_back_with_it() {
    fn begin(op: &mut Ops) {
        op.create_table(
            table("orders")
                .column(integer("id").primary_key())
                .column(integer("quantity").nullable())
                .column(text("symbol").nullable())
                .constraint(unique(["symbol", "quantity"]))
                .constraint(check("symbol <> ''").named("said")),
        );
        op.create_index(index("by_symbol").on("orders", [desc("symbol")]));
    }
    for backend in backends() {
        let mut trial = Trial::new(backend, begin);
        let schema = trial.schema();
        trial.up(|op| {
            op.drop_column("orders", "symbol");
        });
        assert!(!trial.dump().contains("said"), "{backend}: {}", trial.dump());
        trial.back();
        assert_eq!(trial.schema(), schema, "{backend}");
    }
}

/// Alembic: names of the temporary table are cut after 50 characters.
#[test]
fn a_long_name_is_never_cut() {
    fn begin(op: &mut Ops) {
        op.create_table(table(LONG).column(integer("id").nullable()));
        op.create_table(table(LONGER).column(integer("id").nullable()));
    }
    fn change(op: &mut Ops) {
        op.alter_column(LONG, "id").set_type(types::bigint());
        op.alter_column(LONGER, "id").set_type(types::text());
    }
    const LONG: &str = "a_table_whose_name_goes_on_and_on_until_it_has_sixty_letters";
    const LONGER: &str = "a_table_whose_name_goes_on_and_on_until_it_has_sixty_letters_3";
    for backend in backends() {
        let mut trial = Trial::new(backend, begin);
        trial.execute(&format!("INSERT INTO {LONG} VALUES (1); INSERT INTO {LONGER} VALUES (2)"));
        trial.up(change);
        let value = format!(
            "SELECT CAST({LONG}.id AS VARCHAR(9)) || {LONGER}.id AS value FROM {LONG}, {LONGER}"
        );
        assert_eq!(trial.value(&value), "12", "{backend}");
    }
}

/// Alembic leaves it to the user to turn foreign keys off, which does nothing inside of its transaction. What was broken before is
/// not its business, and neither is it ours; what the change would break is refused.
#[test]
fn foreign_keys_are_on_again_and_were_looked_at() {
    fn begin(op: &mut Ops) {
        orders(op);
        op.create_table(
            table("fills")
                .column(integer("order_id").references("orders", "id").on_delete(Cascade)),
        );
    }
    let Some(mut trial) = begun(begin) else { return };
    trial.execute("INSERT INTO orders VALUES (1, 5); INSERT INTO fills VALUES (1)");
    let said = trial.refused(|op| {
        op.alter_table("orders", |t| {
            t.alter_column("id").set_type(types::text()).using("'order ' || id").restore_with("1");
        });
    });
    assert!(said.contains("row"), "{said}");
    assert_eq!(trial.value("SELECT id || '' AS value FROM orders"), "1");
    assert_eq!(trial.value("SELECT order_id || '' AS value FROM fills"), "1");

    let connection = &mut trial.sqlite();
    let deleted = sql_query("DELETE FROM orders").execute(connection);
    assert_eq!(deleted, Ok(1));
    assert_eq!(trial.value("SELECT count(*) || '' AS value FROM fills"), "0");
}
