//! Primary keys, and what fills a column.

use migrate_core::prelude::*;

use super::{ALL, MARIADB, POSTGRES, Row, SQLITE, orders, row};

fn counting(op: &mut Ops) {
    op.create_table(table("orders").column(bigint("id").primary_key().identity()));
}

pub(super) fn rows() -> Vec<Row> {
    vec![
        row("column of the primary key added or gone", "no")
            .program(
                ALL,
                |op| _ = op.create_table(orders().column(bigint("line"))),
                "orders (id, line) { id -> BigInt, line -> BigInt, }",
                &[
                    "- drop constraint orders_pkey of orders",
                    "+ create primary key orders_pkey on orders",
                ],
            )
            .program(
                ALL,
                |op| {
                    op.create_table(
                        table("orders")
                            .column(bigint("id"))
                            .column(bigint("line"))
                            .primary_key(["id", "line"]),
                    );
                },
                "line -> BigInt,",
                &[
                    "- drop constraint orders_pkey of orders",
                    "+ create primary key orders_pkey on orders",
                ],
            ),
        row("other column as primary key", "no").program(
            ALL,
            |op| _ = op.create_table(orders().column(bigint("line"))),
            "orders (line) { id -> BigInt, line -> BigInt, }",
            &[
                "- drop constraint orders_pkey of orders",
                "+ create primary key orders_pkey on orders",
            ],
        ),
        row("primary key dropped", "no")
            .drift(
                &[POSTGRES],
                |op| _ = op.create_table(orders()),
                "ALTER TABLE orders DROP CONSTRAINT orders_pkey;",
                &["+ create primary key orders_pkey on orders"],
            )
            .drift(
                &[MARIADB],
                |op| _ = op.create_table(orders()),
                "ALTER TABLE orders DROP PRIMARY KEY;",
                &["+ create primary key orders_pkey on orders"],
            ),
        row("primary key renamed", "no").drift(
            &[POSTGRES],
            |op| _ = op.create_table(orders()),
            "ALTER TABLE orders RENAME CONSTRAINT orders_pkey TO the_key;",
            &["~ rename constraint the_key of orders to orders_pkey"],
        ),
        row("server default", "yes, if turned on").program(
            ALL,
            |op| {
                op.create_table(
                    orders()
                        .column(integer("a").default(1))
                        .column(integer("b").default(1))
                        .column(integer("c")),
                );
            },
            "#[default(2)] a -> Integer, b -> Integer, #[default(3)] c -> \
            Integer,",
            &[
                "~ drop default of orders.b",
                "~ set default of orders.a to 2",
                "~ set default of orders.c to 3",
            ],
        ),
        row("default that calls `random()`", "false positive")
            .program(
                &[POSTGRES],
                |op| _ = op.create_table(orders().column(double("a").default_sql("(random())"))),
                "#[default(sql = \"random()\")] a -> Double,",
                &[],
            )
            .program(
                &[SQLITE],
                |op| _ = op.create_table(orders().column(bigint("a").default_sql("(random())"))),
                "#[default(sql = \"random()\")] a -> BigInt,",
                &[],
            )
            .program(
                &[MARIADB],
                |op| _ = op.create_table(orders().column(double("a").default_sql("(RAND())"))),
                "#[default(sql = \"rand()\")] a -> Double,",
                &[],
            ),
        row("`current_timestamp` on SQLite", "false positive")
            .program(
                &[SQLITE],
                |op| _ = op.create_table(orders().column(timestamp("a").default_now())),
                "#[default(sql = \"current_timestamp\")] a -> Timestamp,",
                &[],
            )
            .drift(
                &[SQLITE],
                |op| _ = op.create_table(orders().column(timestamp("a").default_now())),
                "DROP TABLE orders; CREATE TABLE orders (id BIGINT NOT NULL \
                PRIMARY KEY, a TIMESTAMP NOT NULL DEFAULT \
                current_timestamp);",
                &[],
            ),
        row(
            "column that counts itself up: SERIAL, AUTO_INCREMENT, \
            AUTOINCREMENT",
            "no",
        )
        .program(
            ALL,
            |op| _ = op.create_table(table("orders").column(bigint("id").primary_key().identity())),
            "",
            &["~ drop identity of orders.id"],
        )
        .program(
            ALL,
            |op| _ = op.create_table(orders()),
            "orders (id) { #[identity] id -> BigInt, }",
            &["~ set identity of orders.id"],
        )
        .drift(
            &[POSTGRES],
            |op| _ = op.create_table(table("orders").column(bigint("id").primary_key().identity())),
            "ALTER TABLE orders ALTER id DROP IDENTITY;",
            &["~ set identity of orders.id"],
        )
        .drift(
            &[MARIADB],
            |op| _ = op.create_table(table("orders").column(bigint("id").primary_key().identity())),
            "ALTER TABLE orders MODIFY id bigint NOT NULL;",
            &["~ set identity of orders.id"],
        )
        .drift(
            &[SQLITE],
            |op| _ = op.create_table(table("orders").column(bigint("id").primary_key().identity())),
            "DROP TABLE orders; CREATE TABLE orders (id BIGINT NOT NULL \
            PRIMARY KEY);",
            &["~ set identity of orders.id"],
        ),
        row("options of an identity", "yes")
            .program(
                &[POSTGRES],
                counting,
                "orders (id) { #[identity(always, start = 1000)] id -> \
                BigInt, }",
                &["~ set identity of orders.id"],
            )
            .drift(
                &[POSTGRES],
                counting,
                "ALTER TABLE orders ALTER id SET INCREMENT BY 10;",
                &["~ set identity of orders.id"],
            ),
        row("sequence added, gone or changed", "no")
            .drift(
                &[POSTGRES, MARIADB],
                |op| _ = op.create_sequence(sequence("numbers")),
                "DROP SEQUENCE numbers;",
                &["+ create sequence numbers"],
            )
            .drift(
                &[POSTGRES, MARIADB],
                |op| _ = op.create_sequence(sequence("numbers")),
                "ALTER SEQUENCE numbers INCREMENT BY 10;",
                &["~ alter sequence numbers"],
            )
            .drift(
                &[POSTGRES, MARIADB],
                |op| _ = op.create_table(orders()),
                "CREATE SEQUENCE numbers;",
                &["- drop sequence numbers"],
            ),
        row("expression of a computed column", "no: a warning").program(
            &[POSTGRES, SQLITE, MARIADB],
            |op| {
                op.create_table(
                    orders()
                        .column(integer("a"))
                        .column(integer("b").nullable().generated("a * 2")),
                );
            },
            "a -> Integer, #[generated(\"a * 3\")] b -> \
            Nullable<Integer>,",
            &["~ generate orders.b from a * 3"],
        ),
        row("column that becomes computed, or is no more", "no: a warning")
            .program(
                &[POSTGRES, SQLITE, MARIADB],
                |op| {
                    op.create_table(orders().column(integer("a")).column(integer("b").nullable()));
                },
                "a -> Integer, #[generated(\"a * 3\")] b -> \
                Nullable<Integer>,",
                &["~ generate orders.b from a * 3"],
            )
            .program(
                &[POSTGRES, SQLITE, MARIADB],
                |op| {
                    op.create_table(
                        orders()
                            .column(integer("a"))
                            .column(integer("b").nullable().generated("a * 2")),
                    );
                },
                "a -> Integer, b -> Nullable<Integer>,",
                &["~ drop expression of orders.b"],
            ),
    ]
}
