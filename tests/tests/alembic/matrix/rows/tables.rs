//! Tables and their columns.

use migrate_core::prelude::*;

use super::{ALL, MARIADB, POSTGRES, Row, SQLITE, orders, row, users};

pub(super) fn rows() -> Vec<Row> {
    vec![
        row("table added or gone", "yes")
            .program(
                ALL,
                |op| _ = op.create_table(orders()),
                "orders (id) { id -> BigInt, } users (id) { id -> BigInt, }",
                &["+ create table users"],
            )
            .program(
                ALL,
                |op| {
                    users(op);
                    op.create_table(orders());
                },
                "",
                &["- drop table people", "- drop table users"],
            ),
        row("column added or gone", "yes")
            .program(
                ALL,
                |op| _ = op.create_table(orders()),
                "quantity -> Nullable<Integer>,",
                &["+ add column orders.quantity integer"],
            )
            .program(
                ALL,
                |op| _ = op.create_table(orders().column(integer("quantity"))),
                "",
                &["- drop column orders.quantity"],
            ),
        row("table or column renamed", "no: dropped and added")
            .note("`#[renamed_from]`, `--rename`, or a question")
            .program(
                ALL,
                |op| _ = op.create_table(orders().column(integer("qty"))),
                "#[renamed_from = \"qty\"] quantity -> Integer,",
                &["~ rename column orders.qty to quantity"],
            )
            .program(
                ALL,
                |op| _ = op.create_table(orders().column(integer("qty"))),
                "#[renamed_from = \"orders\"] purchases (id) { id -> BigInt, \
                qty -> Integer, }",
                &["~ rename table orders to purchases"],
            ),
        row("NULL allowed or not", "yes").program(
            ALL,
            |op| {
                op.create_table(
                    orders().column(integer("quantity").nullable()).column(integer("price")),
                );
            },
            "quantity -> Integer, price -> Nullable<Integer>,",
            &["~ set orders.quantity not null", "~ drop not null of orders.price"],
        ),
        row("`id INTEGER PRIMARY KEY` on SQLite", "false positive")
            .program(
                &[SQLITE],
                |op| {
                    op.create_table(table("orders").column(bigint("id").primary_key().identity()));
                },
                "orders (id) { #[identity] id -> BigInt, }",
                &[],
            )
            .drift(
                &[SQLITE],
                |op| _ = op.create_table(table("orders").column(integer("id").primary_key())),
                "DROP TABLE orders; CREATE TABLE orders (id INTEGER PRIMARY \
                KEY);",
                &[],
            ),
        row("order of the columns", "no")
            .exception(
                "no database but MySQL can change it without a new table, and \
                no query that names its columns depends on it",
            )
            .program(
                &[POSTGRES],
                |op| _ = op.create_table(orders().column(integer("a")).column(integer("b"))),
                "b -> Integer, a -> Integer,",
                &[],
            ),
        row("comments", "yes").program(
            &[POSTGRES, MARIADB],
            |op| _ = op.create_table(orders().comment("a").column(integer("a").comment("a"))),
            "/// b\norders (id) { id -> BigInt, /// b\n a -> Integer, }",
            &["~ comment on orders.a", "~ comment on orders"],
        ),
        row("new NOT NULL column where rows are", "yes, and fails")
            .note("said, and `--fill` says what the rows get")
            .program(
                ALL,
                |op| _ = op.create_table(orders()),
                "a -> Integer,",
                &["+ add column orders.a integer"],
            )
            .noted("--fill \"orders.a=…\""),
        row("table of an extension, such as PostGIS", "false positive: dropped")
            .drift(
                &[POSTGRES],
                |op| _ = op.create_table(orders()),
                "CREATE TABLE spatial_ref_sys (srid integer PRIMARY KEY); \
                ALTER EXTENSION plpgsql ADD TABLE spatial_ref_sys;",
                &[],
            )
            .program(
                &[POSTGRES],
                |op| {
                    op.create_table(orders());
                    op.execute(
                        "CREATE TABLE spatial_ref_sys (srid integer PRIMARY KEY); \
                        ALTER EXTENSION plpgsql ADD TABLE spatial_ref_sys",
                    )
                    .declares_nothing()
                    .undo_nothing();
                },
                "",
                &[],
            ),
        row("table that no migration made", "false positive: dropped")
            .note("`check` tells; `revision` never drops it")
            .drift(
                ALL,
                |op| _ = op.create_table(orders()),
                "CREATE TABLE strange (id integer PRIMARY KEY);",
                &["- drop table strange"],
            ),
    ]
}
