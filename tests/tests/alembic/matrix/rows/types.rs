//! Types of columns, and enums.

use migrate_core::prelude::*;

use super::{ALL, MARIADB, POSTGRES, Row, SQLITE, orders, row};

pub(super) fn rows() -> Vec<Row> {
    vec![
        row("length of a varchar", "yes").program(
            ALL,
            |op| _ = op.create_table(orders().column(varchar("a", 10))),
            "#[max_length = 20] a -> Varchar,",
            &["~ set type of orders.a to varchar(20)"],
        ),
        row("integer and bigint", "yes").program(
            ALL,
            |op| _ = op.create_table(orders().column(integer("a"))),
            "a -> BigInt,",
            &["~ set type of orders.a to bigint"],
        ),
        row("scale of a numeric", "yes").program(
            ALL,
            |op| _ = op.create_table(orders().column(numeric("a", 10, 2))),
            "#[numeric(10, 4)] a -> Numeric,",
            &["~ set type of orders.a to numeric(10, 4)"],
        ),
        row("time zone", "yes").program(
            &[POSTGRES],
            |op| _ = op.create_table(orders().column(timestamp("a"))),
            "a -> Timestamptz,",
            &["~ set type of orders.a to timestamptz"],
        ),
        row("json and jsonb", "yes").program(
            &[POSTGRES],
            |op| _ = op.create_table(orders().column(json("a"))),
            "a -> Jsonb,",
            &["~ set type of orders.a to jsonb"],
        ),
        row("element of an array", "yes").program(
            &[POSTGRES],
            |op| _ = op.create_table(orders().column(integer("a").array())),
            "a -> Array<BigInt>,",
            &["~ set type of orders.a to bigint[]"],
        ),
        row("`timestamp` and `DateTime` on SQLite", "false positive")
            .program(
                &[SQLITE],
                |op| _ = op.create_table(orders().column(timestamp("a")).column(timestamptz("b"))),
                "a -> Timestamp, b -> TimestamptzSqlite,",
                &[],
            )
            .drift(
                &[SQLITE],
                |op| _ = op.create_table(orders().column(timestamp("a"))),
                "DROP TABLE orders; CREATE TABLE orders (id BIGINT NOT NULL \
                PRIMARY KEY, a DATETIME NOT NULL);",
                &[],
            ),
        row("collation on PostgreSQL", "yes").program(
            &[POSTGRES],
            |op| _ = op.create_table(orders().column(text("a"))),
            "#[collate = \"C\"] a -> Text,",
            &["~ set collation of orders.a to C"],
        ),
        row("collation on SQLite", "no").program(
            &[SQLITE],
            |op| _ = op.create_table(orders().column(text("a"))),
            "#[collate = \"NOCASE\"] a -> Text,",
            &["~ set collation of orders.a to NOCASE"],
        ),
        row("`varchar(10)` and `varchar`", "no").program(
            &[POSTGRES, SQLITE],
            |op| _ = op.create_table(orders().column(varchar("a", 10))),
            "a -> Varchar,",
            &["~ set type of orders.a to varchar"],
        ),
        row("`numeric(10, 2)` and `numeric`", "no").program(
            &[POSTGRES, SQLITE],
            |op| _ = op.create_table(orders().column(numeric("a", 10, 2))),
            "a -> Numeric,",
            &["~ set type of orders.a to numeric"],
        ),
        row("value of an enum added", "no; on MySQL yes").program(
            ALL,
            mood,
            "enum mood = [\"bad\", \"good\", \"best\"]; orders (id) { id \
            -> BigInt, a -> Mood, }",
            &["~ add value best to enum mood"],
        ),
        row("value of an enum added, as long as the others", "no on SQLite").program(
            ALL,
            mood,
            "enum mood = [\"bad\", \"good\", \"okay\"]; orders (id) { id \
            -> BigInt, a -> Mood, }",
            &["~ add value okay to enum mood"],
        ),
        row("value of an enum gone", "no; on MySQL yes").program(
            ALL,
            mood,
            "enum mood = [\"good\"]; orders (id) { id -> BigInt, a -> \
            Mood, }",
            &["~ drop value bad of enum mood"],
        ),
        row("order of an enum's values", "no")
            .note("told; no op makes up for it")
            .program(
                &[POSTGRES, MARIADB],
                mood,
                "enum mood = [\"good\", \"bad\"]; orders (id) { id -> BigInt, \
                a -> Mood, }",
                &["~ has the values `bad`, `good` instead of `good`, `bad`"],
            )
            .beyond(),
        row("enum renamed", "no: another type").note("as a new type; the old one stays").program(
            &[POSTGRES],
            mood,
            "enum humour = [\"bad\", \"good\"]; orders (id) { id -> \
            BigInt, a -> Humour, }",
            &["~ set type of orders.a to humour", "+ create enum humour"],
        ),
        row("new enum for a new column", "fails: the type is missing").program(
            ALL,
            |op| _ = op.create_table(orders()),
            "enum mood = [\"bad\", \"good\"]; orders (id) { id -> BigInt, \
            a -> Nullable<Mood>, }",
            &["+ add column orders.a mood", "+ create enum mood"],
        ),
    ]
}

fn mood(op: &mut Ops) {
    op.create_enum(enum_type("mood").values(["bad", "good"]));
    op.create_table(orders().column(enumeration("a", "mood")));
}
