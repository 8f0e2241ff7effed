//! Indexes.

use migrate_core::catalog::NewIndex;
use migrate_core::prelude::*;

use super::{ALL, POSTGRES, Row, SQLITE, orders, row, two};

/// `orders` with two columns, an attribute in front.
pub(super) fn with(attribute: &str) -> String {
    format!(
        "{attribute} orders (id) {{ id -> BigInt, a -> Integer, b -> \
        Integer, }}"
    )
}

pub(super) fn named() -> NewIndex {
    index("by").on("orders", ["a"])
}

pub(super) fn rows() -> Vec<Row> {
    vec![
        row("index added, gone or renamed", "yes")
            .program(ALL, two, &with("#[index(a)]"), &["+ create index orders_a_idx on orders"])
            .program(
                ALL,
                |op| {
                    two(op);
                    op.create_index(named());
                },
                &with(""),
                &["- drop index by"],
            )
            .program(
                ALL,
                |op| {
                    two(op);
                    op.create_index(named());
                },
                &with("#[index(a, name = \"other\")]"),
                &["~ rename index by to other"],
            ),
        row("index: columns, their order, UNIQUE", "yes")
            .program(
                ALL,
                |op| {
                    two(op);
                    op.create_index(named());
                },
                &with("#[index(a, b, name = \"by\")]"),
                &["- drop index by", "+ create index by on orders"],
            )
            .program(
                ALL,
                |op| {
                    two(op);
                    op.create_index(index("by").on("orders", ["a", "b"]));
                },
                &with("#[index(b, a, name = \"by\")]"),
                &["- drop index by", "+ create index by on orders"],
            )
            .program(
                ALL,
                |op| {
                    two(op);
                    op.create_index(named());
                },
                &with("#[index(a, name = \"by\", unique)]"),
                &["- drop index by", "+ create unique index by on orders"],
            ),
        row("index: DESC", "yes; on SQLite no").program(
            ALL,
            |op| {
                two(op);
                op.create_index(named());
            },
            &with("#[index(desc(a), name = \"by\")]"),
            &["- drop index by", "+ create index by on orders"],
        ),
        row("index on an expression", "yes; on SQLite no").program(
            &[POSTGRES, SQLITE],
            |op| {
                two(op);
                op.create_index(index("by").on("orders", [expr("a + 1")]));
            },
            &with("#[index(expr(\"a + 2\"), name = \"by\")]"),
            &["- drop index by", "+ create index by on orders"],
        ),
        row("index: WHERE", "no")
            .program(
                &[POSTGRES, SQLITE],
                |op| {
                    two(op);
                    op.create_index(named().filter("b > 0"));
                },
                &with("#[index(a, name = \"by\", where = \"b > 1\")]"),
                &["- drop index by", "+ create index by on orders"],
            )
            .program(
                &[POSTGRES, SQLITE],
                |op| {
                    two(op);
                    op.create_index(named().filter("b > 0"));
                },
                &with("#[index(a, name = \"by\")]"),
                &["- drop index by", "+ create index by on orders"],
            ),
        row("index: method, operator class", "no")
            .program(
                &[POSTGRES],
                |op| {
                    two(op);
                    op.create_index(named());
                },
                &with("#[index(a, name = \"by\", using = \"hash\")]"),
                &["- drop index by", "+ create index by on orders"],
            )
            .program(
                &[POSTGRES],
                |op| {
                    op.create_table(orders().column(text("a")));
                    op.create_index(named());
                },
                "#[index(a, name = \"by\", ops(a = \"text_pattern_ops\"))] \
                orders (id) { id -> BigInt, a -> Text, }",
                &["- drop index by", "+ create index by on orders"],
            ),
        row("index: INCLUDE, NULLS, storage", "no")
            .program(
                &[POSTGRES],
                |op| {
                    two(op);
                    op.create_index(named());
                },
                &with("#[index(a, name = \"by\", include(b))]"),
                &["- drop index by", "+ create index by on orders"],
            )
            .program(
                &[POSTGRES],
                |op| {
                    two(op);
                    op.create_index(named().unique());
                },
                &with("#[index(a, name = \"by\", unique, nulls_not_distinct)]"),
                &["- drop index by", "+ create unique index by on orders"],
            )
            .program(
                &[POSTGRES],
                |op| {
                    two(op);
                    op.create_index(named());
                },
                &with("#[index(a, name = \"by\", with(fillfactor = 70))]"),
                &["- drop index by", "+ create index by on orders"],
            )
            .drift(
                &[POSTGRES],
                |op| {
                    two(op);
                    op.create_index(named());
                },
                "ALTER INDEX by SET (fillfactor = 70);",
                &["- drop index by", "+ create index by on orders"],
            ),
        row("expression that the database writes in its own way", "false positive")
            .program(
                &[POSTGRES],
                |op| {
                    op.create_table(orders().column(varchar("a", 20)).column(jsonb("b")));
                    op.create_index(
                        index("by").on("orders", [expr("lower(a)")]).filter("a in ('x','y')"),
                    );
                    op.create_index(index("by_b").on("orders", [expr("(b->>'k')")]));
                    op.create_index(index("by_c").on("orders", [expr("coalesce(a, 'z')").desc()]));
                },
                "#[index(expr(\"lower(a)\"), name = \"by\", where = \"a in \
                ('x','y')\")] #[index(expr(\"b ->> 'k'\"), name = \"by_b\")] \
                #[index(expr(\"COALESCE(a, 'z'::varchar)\", desc), name = \
                \"by_c\")] orders (id) { id -> BigInt, #[max_length = 20] a \
                -> Varchar, b -> Jsonb, }",
                &[],
            )
            .program(
                &[SQLITE],
                |op| {
                    two(op);
                    op.create_index(index("by").on("orders", [expr("a+1")]));
                },
                &with("#[index(expr(\"a+1\"), name = \"by\")]"),
                &[],
            ),
    ]
}
