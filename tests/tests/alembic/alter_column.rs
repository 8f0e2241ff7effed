//! Changes to a column that is there, and new columns.

use migrate_core::prelude::*;
use tests::{Backend, backends};

use crate::{Trial, sql};

fn orders(op: &mut Ops) {
    op.create_table(
        table("orders")
            .column(integer("id").primary_key())
            .column(
                varchar("symbol", 20).nullable().default("none").comment("as the venue says it"),
            )
            .column(text("price").nullable()),
    );
}

/// Alembic: SQLite is sent `ALTER COLUMN … SET NOT NULL` and the like, and answers with a syntax error, unless the change stands in a
/// block of its own; MySQL asks for the existing type.
#[test]
fn a_column_changes_by_the_same_words_everywhere() {
    for backend in backends() {
        let mut trial = Trial::new(backend, orders);
        trial.execute(
            "INSERT INTO orders (id) VALUES (1); INSERT INTO orders VALUES (2, NULL, '2.50')",
        );
        trial.up(|op| {
            op.alter_column("orders", "symbol").set_not_null().fill_with("'filled'");
            op.alter_column("orders", "symbol").set_default("new");
            op.alter_column("orders", "price")
                .set_type(types::numeric(10, 2))
                .using("CAST(price AS DECIMAL(10, 2))");
            op.alter_column("orders", "price").rename_to("amount");
        });
        trial.execute("INSERT INTO orders (id, amount) VALUES (3, 1)");
        assert!(!trial.takes("INSERT INTO orders VALUES (4, NULL, 1)"), "{backend}");
        let symbols = trial.values("SELECT symbol AS value FROM orders ORDER BY id");
        assert_eq!(symbols, ["none", "filled", "new"], "{backend}");
    }
}

/// Alembic: a new type leaves out whatever the call does not repeat: on MySQL NOT NULL, the default, the comment, the collation.
#[test]
fn what_a_change_does_not_name_stays_as_it_was() {
    fn begin(op: &mut Ops) {
        op.create_table(table("orders").column(integer("id").primary_key()).column(
            varchar("symbol", 20).default("none").collate(collation(op.dialect())).comment("it's"),
        ));
    }
    fn wider(op: &mut Ops) {
        op.alter_column("orders", "symbol").set_type(types::varchar(40));
    }
    for backend in backends() {
        let mut trial = Trial::new(backend, begin);
        let schema = trial.schema();
        trial.up(wider);
        let wanted: Vec<String> = schema
            .iter()
            .map(|piece| piece.replace("(20)", "(40)").replace("( 20 )", "( 40 )"))
            .collect();
        assert_eq!(trial.schema(), wanted, "{backend}");
        trial.back();
        assert_eq!(trial.schema(), schema, "{backend}");
    }
}

fn collation(dialect: Dialect) -> &'static str {
    match dialect {
        Postgres => "C",
        Sqlite => "NOCASE",
        Mysql | Mariadb => "utf8mb4_bin",
    }
}

/// Alembic: a statement for each of type, NULL, default and comment, with the name last whatever the order.
#[test]
fn several_changes_are_one_alter_or_one_new_table() {
    fn change(op: &mut Ops) {
        op.alter_table("orders", |t| {
            t.alter_column("symbol")
                .set_type(types::varchar(40))
                .set_not_null()
                .set_default("other");
            t.alter_column("price").set_default("0").set_not_null();
            t.add_column(text("notes").nullable());
        });
    }
    assert_eq!(
        sql(Postgres, orders, change),
        [
            "ALTER TABLE \"orders\" ALTER COLUMN \"symbol\" TYPE varchar(40), ALTER COLUMN \"symbol\" SET NOT NULL, \
          ALTER COLUMN \"symbol\" SET DEFAULT 'other', ALTER COLUMN \"price\" SET DEFAULT '0', \
          ALTER COLUMN \"price\" SET NOT NULL, ADD COLUMN \"notes\" text"
        ]
    );
    assert_eq!(sql(Sqlite, orders, change), ["rebuild orders"]);
}

/// Alembic: `Column(unique=…, index=…)` and foreign keys of a new column raise NotImplementedError on SQLite, after the column was
/// added.
#[test]
fn a_new_column_comes_with_all_it_says_or_not_at_all() {
    fn unique_column(op: &mut Ops) {
        op.add_column("orders", text("external").default("same").unique());
    }
    fn referring(op: &mut Ops) {
        op.add_column(
            "orders",
            integer("parent_id").nullable().unique().references("orders", "id").on_delete(SetNull),
        );
        op.create_index(index("by_parent").on("orders", ["parent_id"]));
    }
    for backend in backends() {
        let mut trial = Trial::new(backend, orders);
        trial.execute("INSERT INTO orders (id) VALUES (1), (2)");
        let (schema, rows) = (trial.schema(), trial.rows());
        trial.refused(unique_column);
        assert_eq!((trial.schema(), trial.rows()), (schema, rows), "{backend}");

        trial.up(referring);
        assert!(!trial.takes("INSERT INTO orders (id, parent_id) VALUES (3, 77)"), "{backend}");
        assert!(!trial.takes("UPDATE orders SET parent_id = 1"), "{backend}");
        trial.execute(
            "UPDATE orders SET parent_id = 1 WHERE id = 2; DELETE FROM orders WHERE id = 1",
        );
        let parent = trial.value("SELECT parent_id AS value FROM orders WHERE parent_id IS NULL");
        assert_eq!(parent, "NULL", "{backend}");
    }
}

/// Alembic: `IF NOT EXISTS` is sent to SQLite and MySQL, which do not know it, and is a syntax error there.
#[test]
fn if_not_exists_is_refused_before_anything_runs_where_there_is_none() {
    fn change(op: &mut Ops) {
        op.add_column("orders", text("price").nullable()).if_not_exists();
    }
    fn behind_another(op: &mut Ops) {
        op.create_table(table("fills").column(integer("id").primary_key()));
        change(op);
    }
    assert_eq!(
        sql(Postgres, orders, change),
        ["ALTER TABLE \"orders\" ADD COLUMN IF NOT EXISTS \"price\" text"]
    );
    assert_eq!(
        sql(Sqlite, orders, change),
        [
            "error: SQLite has no IF NOT EXISTS for columns; leave .if_not_exists() away: the chain knows what is there; \
          or put the op into op.only(Postgres, |op| …)"
        ]
    );
    if backends().contains(&Backend::Sqlite) {
        let mut trial = Trial::new(Backend::Sqlite, orders);
        let said = trial.refused(behind_another);
        assert!(said.contains("nothing was changed"), "{said}");
        assert!(!trial.dump().contains("fills"), "{said}");
    }
}

/// Alembic: `COMMENT ON` is sent to SQLite, which does not know it, or compiling it is an error.
#[test]
fn comments_are_no_error_where_there_are_none() {
    fn change(op: &mut Ops) {
        op.alter_table("orders", |t| t.comment("what was asked for"));
        op.alter_column("orders", "symbol").comment("other").rename_to("ticker");
        op.create_table(
            table("fills").column(integer("id").primary_key().comment("a number")).comment("it's"),
        );
    }
    for backend in backends() {
        let mut trial = Trial::new(backend, orders);
        let schema = trial.schema();
        trial.up(change);
        assert_eq!(trial.dump().contains("what was asked for"), backend != Backend::Sqlite);
        trial.back();
        assert_eq!(trial.schema(), schema, "{backend}");
    }
}

/// Alembic: going from or to an Enum or Boolean drops and adds its check only as far as the call says what there was.
#[test]
fn a_type_with_a_check_brings_it_and_takes_it_along() {
    fn begin(op: &mut Ops) {
        op.create_enum(enum_type("side").values(["buy", "sell"]));
        op.create_table(
            table("orders").column(integer("id").primary_key()).column(text("side").default("buy")),
        );
    }
    fn to_enum(op: &mut Ops) {
        op.alter_column("orders", "side").set_type(types::enumeration("side"));
    }
    for backend in backends() {
        let mut trial = Trial::new(backend, begin);
        let other = "UPDATE orders SET side = 'other'";
        trial.execute("INSERT INTO orders (id) VALUES (1)");
        trial.up(to_enum);
        assert!(!trial.takes(other), "{backend}");
        assert!(
            trial.takes("UPDATE orders SET side = 'sell'; INSERT INTO orders (id) VALUES (2)"),
            "{backend}"
        );
        trial.back();
        assert!(trial.takes(other), "{backend}");
    }
}

/// Alembic: on SQLite the rows are copied with a CAST, which makes 0 of 'twelve' without a word.
#[test]
fn values_that_a_type_does_not_hold_stop_the_change() {
    fn change(op: &mut Ops) {
        op.alter_column("orders", "price").set_type(types::integer());
    }
    for backend in backends() {
        let mut trial = Trial::new(backend, orders);
        trial.execute("INSERT INTO orders (id, price) VALUES (1, '007'), (2, 'twelve')");
        let (schema, rows) = (trial.schema(), trial.rows());
        trial.refused(change);
        assert_eq!((trial.schema(), trial.rows()), (schema, rows), "{backend}");
        trial.execute("UPDATE orders SET price = '12' WHERE id = 2");
        trial.up(change);
        let sum = trial.value("SELECT CAST(sum(price) AS VARCHAR(9)) AS value FROM orders");
        assert_eq!(sum, "19", "{backend}");
    }
}

/// Alembic: a computed column can't be changed, added to or taken from a column: CompileError everywhere.
#[test]
fn a_generated_column_can_be_replaced_and_brought_back() {
    fn begin(op: &mut Ops) {
        op.create_table(
            table("orders")
                .column(integer("quantity"))
                .column(integer("twice").nullable().generated("quantity * 2")),
        );
    }
    fn change(op: &mut Ops) {
        op.alter_table("orders", |t| {
            t.drop_column("twice");
            t.add_column(integer("twice").nullable().generated("quantity * 2 + 0"));
        });
    }
    for backend in backends() {
        let mut trial = Trial::new(backend, begin);
        trial.execute("INSERT INTO orders (quantity) VALUES (4)");
        let schema = trial.schema();
        trial.up(change);
        assert_eq!(
            trial.value("SELECT CAST(twice AS VARCHAR(9)) AS value FROM orders"),
            "8",
            "{backend}"
        );
        trial.back();
        assert_eq!(trial.schema(), schema, "{backend}");
    }
}

/// Alembic: an identity is added, changed and dropped on PostgreSQL alone; elsewhere: "Adding, removing or modifying an "identity"
/// construct … not supported".
#[test]
fn a_key_starts_and_stops_counting_with_its_rows_in_place() {
    for backend in backends() {
        let mut trial = Trial::new(backend, orders);
        trial.execute("INSERT INTO orders (id) VALUES (1), (7)");
        let schema = trial.schema();
        trial.up(|op| {
            op.alter_column("orders", "id").set_identity();
        });
        trial.execute("INSERT INTO orders (symbol) VALUES ('AAPL')");
        let ids = "SELECT CAST(id AS VARCHAR(9)) AS value FROM orders ORDER BY id";
        assert_eq!(trial.values(ids), ["1", "7", "8"], "{backend}");
        trial.back();
        assert_eq!(trial.schema(), schema, "{backend}");
        assert_eq!(trial.values(ids), ["1", "7", "8"], "{backend}");
    }
}

/// Alembic: "Adding or removing a "computed" construct … is not supported", on every database.
#[test]
fn a_column_becomes_generated_and_plain_again() {
    fn begin(op: &mut Ops) {
        op.create_table(
            table("orders").column(integer("quantity")).column(integer("twice").nullable()),
        );
    }
    for backend in backends() {
        let mut trial = Trial::new(backend, begin);
        trial.execute("INSERT INTO orders VALUES (4, 1)");
        let schema = trial.schema();
        trial.up(|op| {
            op.alter_column("orders", "twice").set_generated("quantity * 2");
        });
        trial.execute("UPDATE orders SET quantity = 5");
        trial.up(|op| {
            op.alter_column("orders", "twice").drop_generated();
        });
        assert_eq!(trial.schema(), schema, "{backend}");
        trial.execute("UPDATE orders SET quantity = 6");
        let value = trial.value("SELECT CAST(twice AS VARCHAR(9)) AS value FROM orders");
        assert_eq!(value, "10", "{backend}");
    }
}
