//! Checks, unique constraints, foreign keys and exclusion.

use migrate_core::prelude::*;

use super::{ALL, MARIADB, POSTGRES, Row, SQLITE, orders, row, two, users};

pub(super) fn rows() -> Vec<Row> {
    vec![
        row("CHECK added or gone", "no, unless by name in a plugin")
            .program(
                ALL,
                two,
                "#[check(\"a > 0\", name = \"positive\")] a -> Integer, b -> \
                Integer,",
                &["+ create check constraint positive on orders"],
            )
            .program(
                ALL,
                |op| {
                    op.create_table(
                        orders().column(integer("a")).constraint(check("a > 0").named("positive")),
                    );
                },
                "a -> Integer,",
                &["- drop constraint positive of orders"],
            ),
        row("expression of a CHECK", "no")
            .program(
                ALL,
                |op| {
                    op.create_table(
                        orders().column(integer("a")).constraint(check("a > 0").named("positive")),
                    );
                },
                "#[check(\"a >= 0\", name = \"positive\")] a -> Integer,",
                &[
                    "- drop constraint positive of orders",
                    "+ create check constraint positive on orders",
                ],
            )
            .program(
                ALL,
                |op| {
                    op.create_table(
                        orders()
                            .column(integer("a"))
                            .constraint(check("a in (1,2) AND A <> 3").named("positive")),
                    );
                },
                "#[check(\"a IN (1, 2) and a<>3\", name = \"positive\")] a -> \
                Integer,",
                &[],
            ),
        row("UNIQUE added, without a name too", "yes").program(
            ALL,
            two,
            "#[unique] a -> Integer, b -> Integer,",
            &["+ create unique constraint orders_a_key on orders"],
        ),
        row("UNIQUE gone or renamed", "yes")
            .program(
                ALL,
                |op| _ = op.create_table(orders().column(integer("a").unique())),
                "a -> Integer,",
                &["- drop constraint orders_a_key of orders"],
            )
            .program(
                ALL,
                |op| _ = op.create_table(orders().column(integer("a").unique())),
                "#[unique(name = \"one_a\")] a -> Integer,",
                &["~ rename constraint orders_a_key of orders to one_a"],
            ),
        row("UNIQUE without a name gone on SQLite", "no")
            .drift(
                &[SQLITE],
                |op| _ = op.create_table(table("orders").column(integer("a"))),
                "DROP TABLE orders; CREATE TABLE orders (a INTEGER NOT NULL \
                UNIQUE);",
                &["- drop constraint orders_a_key of orders"],
            )
            .drift(
                &[SQLITE],
                |op| _ = op.create_table(table("orders").column(integer("a").unique())),
                "DROP TABLE orders; CREATE TABLE orders (a INTEGER NOT NULL);",
                &["+ create unique constraint orders_a_key on orders"],
            ),
        row("order of the columns of a UNIQUE", "no").program(
            ALL,
            |op| {
                op.create_table(
                    orders()
                        .column(integer("a"))
                        .column(integer("b"))
                        .constraint(unique(["a", "b"]).named("both")),
                );
            },
            "#[unique(b, a, name = \"both\")] orders (id) { id -> BigInt, \
            a -> Integer, b -> Integer, }",
            &["- drop constraint both of orders", "+ create unique constraint both on orders"],
        ),
        row("DEFERRABLE of a UNIQUE", "no").program(
            &[POSTGRES],
            |op| _ = op.create_table(orders().column(integer("a").unique())),
            "#[unique(deferrable)] a -> Integer,",
            &[
                "- drop constraint orders_a_key of orders",
                "+ create unique constraint orders_a_key on orders",
            ],
        ),
        row("foreign key: columns and target", "yes")
            .program(
                ALL,
                |op| {
                    users(op);
                    op.create_table(
                        orders().column(bigint("a").references("users", "id")).column(bigint("b")),
                    );
                },
                &people("#[references(people(id))] a -> BigInt, b -> BigInt,"),
                &[
                    "- drop constraint orders_a_fkey of orders",
                    "+ create foreign key orders_a_fkey on orders",
                ],
            )
            .program(
                ALL,
                |op| {
                    users(op);
                    op.create_table(
                        orders().column(bigint("a").references("users", "id")).column(bigint("b")),
                    );
                },
                &people("a -> BigInt, #[references(users(id))] b -> BigInt,"),
                &[
                    "- drop constraint orders_a_fkey of orders",
                    "+ create foreign key orders_b_fkey on orders",
                ],
            ),
        row("foreign key: ON DELETE, ON UPDATE", "yes").program(
            ALL,
            |op| {
                users(op);
                op.create_table(orders().column(bigint("a").references("users", "id")));
            },
            &people(
                "#[references(users(id), on_delete = cascade, on_update = \
                cascade)] a -> BigInt,",
            ),
            &[
                "- drop constraint orders_a_fkey of orders",
                "+ create foreign key orders_a_fkey on orders",
            ],
        ),
        row("foreign key: DEFERRABLE", "yes").program(
            &[POSTGRES, SQLITE],
            |op| {
                users(op);
                op.create_table(orders().column(bigint("a").references("users", "id")));
            },
            &people("#[references(users(id), initially_deferred)] a -> BigInt,"),
            &[
                "- drop constraint orders_a_fkey of orders",
                "+ create foreign key orders_a_fkey on orders",
            ],
        ),
        row(
            "foreign key in the line of its column, with ON DELETE, on \
            SQLite",
            "false positive",
        )
        .program(
            &[SQLITE],
            |op| {
                users(op);
                op.create_table(
                    orders().column(bigint("a").references("users", "id").on_delete(Cascade)),
                );
            },
            &people("#[references(users(id), on_delete = cascade)] a -> BigInt,"),
            &[],
        )
        .drift(
            &[SQLITE],
            |op| {
                users(op);
                op.create_table(
                    orders().column(bigint("a").references("users", "id").on_delete(Cascade)),
                );
            },
            "DROP TABLE orders; CREATE TABLE orders (id BIGINT NOT NULL \
            PRIMARY KEY, a BIGINT NOT NULL REFERENCES users (id) ON \
            DELETE CASCADE);",
            &[],
        ),
        row("foreign key renamed", "no")
            .program(
                &[POSTGRES, MARIADB],
                |op| {
                    users(op);
                    op.create_table(orders().column(bigint("a").references("users", "id")));
                },
                &people("#[references(users(id), name = \"by_user\")] a -> BigInt,"),
                &["~ rename constraint orders_a_fkey of orders to by_user"],
            )
            .program(
                &[SQLITE],
                |op| {
                    users(op);
                    op.create_table(orders().column(bigint("a").references("users", "id")));
                },
                &people("#[references(users(id), name = \"by_user\")] a -> BigInt,"),
                &["~ rename constraint orders_a_fkey of orders to by_user"],
            ),
        row("NOT VALID", "no").program(
            &[POSTGRES],
            |op| {
                users(op);
                op.create_table(orders().column(bigint("a")));
                op.create_foreign_key(
                    "orders",
                    foreign_key(["a"]).references("users", ["id"]).postgres(|f| f.not_valid()),
                );
            },
            &people("#[references(users(id))] a -> BigInt,"),
            &["~ validate constraint orders_a_fkey of orders"],
        ),
        row("new tables that refer to each other", "wrong order").program(
            ALL,
            |op| _ = op.create_table(orders()),
            "orders (id) { id -> BigInt, } a (id) { id -> BigInt, \
            #[references(b(id))] b_id -> BigInt, } b (id) { id -> \
            BigInt, #[references(a(id))] a_id -> Nullable<BigInt>, }",
            &["+ create table a", "+ create table b", "+ create foreign key b_a_id_fkey on b"],
        ),
        row("EXCLUDE", "no")
            .drift(
                &[POSTGRES],
                |op| _ = op.create_table(orders().column(range("during", RangeType::Int4))),
                "ALTER TABLE orders ADD CONSTRAINT apart EXCLUDE USING gist \
                (during WITH &&);",
                &["- drop constraint apart of orders"],
            )
            .drift(
                &[POSTGRES],
                |op| {
                    op.create_table(
                        orders()
                            .column(range("during", RangeType::Int4))
                            .constraint(exclude("gist").with("during", "&&").named("apart")),
                    );
                },
                "ALTER TABLE orders DROP CONSTRAINT apart;",
                &["+ create exclusion constraint apart on orders"],
            ),
    ]
}

fn people(columns: &str) -> String {
    format!(
        "users (id) {{ id -> BigInt, }} people (id) {{ id -> BigInt, \
        }} orders (id) {{ id -> BigInt, {columns} }}"
    )
}
