//! What stands beside tables, and what a table is beside its columns.

use migrate_core::prelude::*;

use super::indexes::{named, with};
use super::{ALL, MARIADB, POSTGRES, Row, SQLITE, orders, row, two};

fn parted(op: &mut Ops) {
    op.create_table(table("orders").column(integer("id")).partition_by_range(["id"]));
    op.create_partition(partition("orders_1").of("orders").from_to("1", "10"));
}

fn function_and_trigger(op: &mut Ops) {
    op.create_table(orders());
    op.create_function(
        function("stamp").returns("trigger").language("plpgsql").body("BEGIN RETURN NEW; END"),
    );
    op.create_trigger(
        trigger("stamped").before_insert().on("orders").for_each_row().execute_function("stamp"),
    );
}

fn view_of_orders(op: &mut Ops) {
    op.create_table(orders().column(integer("a")));
    op.create_view(view("shown").query("SELECT id FROM orders"));
}

pub(super) fn rows() -> Vec<Row> {
    vec![
        row("view added, gone or changed", "no")
            .drift(
                &[POSTGRES, MARIADB],
                view_of_orders,
                "CREATE OR REPLACE VIEW shown AS SELECT id FROM orders WHERE \
                a > 1;",
                &["~ replace view shown"],
            )
            .drift(
                &[SQLITE],
                view_of_orders,
                "DROP VIEW shown; CREATE VIEW shown AS SELECT id FROM orders \
                WHERE a > 1;",
                &["~ replace view shown"],
            )
            .drift(ALL, view_of_orders, "DROP VIEW shown;", &["+ create view shown"])
            .drift(
                ALL,
                |op| _ = op.create_table(orders()),
                "CREATE VIEW shown AS SELECT id FROM orders;",
                &["- drop view shown"],
            ),
        row("trigger added, gone or changed", "no")
            .drift(
                &[POSTGRES],
                function_and_trigger,
                "DROP TRIGGER stamped ON orders;",
                &["+ create trigger stamped on orders"],
            )
            .drift(
                &[POSTGRES],
                function_and_trigger,
                "CREATE OR REPLACE TRIGGER stamped BEFORE UPDATE ON orders \
                FOR EACH ROW EXECUTE FUNCTION stamp();",
                &["~ replace trigger stamped on orders"],
            )
            .drift(
                &[POSTGRES],
                function_and_trigger,
                "CREATE TRIGGER more AFTER INSERT ON orders FOR EACH ROW \
                EXECUTE FUNCTION stamp();",
                &["- drop trigger more of orders"],
            )
            .drift(
                &[SQLITE],
                |op| _ = op.create_table(orders()),
                "CREATE TRIGGER more AFTER INSERT ON orders FOR EACH ROW \
                BEGIN UPDATE orders SET id = 1; END;",
                &["- drop trigger more of orders"],
            )
            .drift(
                &[MARIADB],
                |op| _ = op.create_table(orders()),
                "CREATE TRIGGER more AFTER INSERT ON orders FOR EACH ROW \
                UPDATE orders SET id = 1;",
                &["- drop trigger more of orders"],
            ),
        row("function added, gone or changed", "no")
            .drift(
                &[POSTGRES],
                function_and_trigger,
                "CREATE OR REPLACE FUNCTION stamp() RETURNS trigger LANGUAGE \
                plpgsql AS $$BEGIN RETURN NULL; END$$;",
                &["~ replace function stamp()"],
            )
            .drift(
                &[POSTGRES],
                |op| _ = op.create_table(orders()),
                "CREATE FUNCTION one() RETURNS integer LANGUAGE sql AS \
                'SELECT 1';",
                &["- drop function one()"],
            )
            .drift(
                &[POSTGRES],
                |op| {
                    op.create_function(
                        function("one").returns("integer").language("sql").body("SELECT 1"),
                    );
                },
                "DROP FUNCTION one();",
                &["+ create function one()"],
            )
            .drift(
                &[MARIADB],
                |op| _ = op.create_table(orders()),
                "CREATE FUNCTION one() RETURNS integer RETURN 1;",
                &["- drop function one()"],
            ),
        row("extension added or gone", "no")
            .drift(
                &[POSTGRES],
                |op| _ = op.create_extension("citext"),
                "DROP EXTENSION citext;",
                &["+ create extension citext"],
            )
            .drift(
                &[POSTGRES],
                |op| _ = op.create_table(orders()),
                "CREATE EXTENSION citext;",
                &["- drop extension citext"],
            ),
        row("partition added or gone", "no")
            .drift(
                &[POSTGRES],
                parted,
                "DROP TABLE orders_1;",
                &["+ create partition orders_1 of orders"],
            )
            .drift(
                &[POSTGRES],
                parted,
                "CREATE TABLE orders_2 PARTITION OF orders FOR VALUES FROM \
                (10) TO (20);",
                &["- drop partition orders_2"],
            ),
        row("how a table is parted", "no")
            .note("told; no op makes up for it")
            .drift(
                &[POSTGRES],
                |op| _ = op.create_table(table("orders").column(integer("id"))),
                "DROP TABLE orders; CREATE TABLE orders (id integer NOT NULL) \
                PARTITION BY HASH (id);",
                &["~ is to be parted in another way, which is settled when a \
                table is created"],
            )
            .beyond(),
        row("options of a table: `fillfactor`, ENGINE, STRICT", "no")
            .note("told; no op makes up for it")
            .program(
                &[POSTGRES],
                |op| _ = op.create_table(orders()),
                "#[postgres(with(fillfactor = 70))] orders (id) { id -> \
                BigInt, }",
                &["~ is to have other options on PostgreSQL, which are settled \
                when a table is created"],
            )
            .beyond()
            .drift(
                &[POSTGRES],
                |op| _ = op.create_table(orders()),
                "ALTER TABLE orders SET (fillfactor = 70);",
                &["~ is to have other options on PostgreSQL, which are settled \
                when a table is created"],
            )
            .beyond()
            .drift(
                &[POSTGRES],
                |op| _ = op.create_table(orders()),
                "ALTER TABLE orders SET UNLOGGED;",
                &["~ is to have other options on PostgreSQL, which are settled \
                when a table is created"],
            )
            .beyond()
            .drift(
                &[MARIADB],
                |op| _ = op.create_table(orders()),
                "ALTER TABLE orders ENGINE = Aria;",
                &["~ is not what the catalog says of it, or more than that, and \
                is left alone"],
            )
            .beyond()
            .program(
                &[SQLITE],
                |op| _ = op.create_table(orders()),
                "#[sqlite(strict)] orders (id) { id -> BigInt, }",
                &["~ is to have other options on SQLite, which are settled when \
                a table is created"],
            )
            .beyond()
            .drift(
                &[SQLITE],
                |op| _ = op.create_table(table("orders").column(integer("id"))),
                "DROP TABLE orders; CREATE TABLE orders (id INTEGER NOT NULL) \
                STRICT;",
                &["~ is to have other options on SQLite, which are settled when \
                a table is created"],
            )
            .beyond(),
        row("tablespace", "no")
            .note("told; no op makes up for it")
            .offline(
                &[POSTGRES],
                |op| _ = op.create_table(orders()),
                "#[postgres(tablespace = \"fast\")] orders (id) { id -> \
                BigInt, }",
                &["~ is to have other options on PostgreSQL, which are settled \
                when a table is created"],
            )
            .beyond()
            .offline(
                &[POSTGRES],
                |op| {
                    two(op);
                    op.create_index(named());
                },
                &with("#[index(a, name = \"by\", tablespace = \"fast\")]"),
                &["- drop index by", "+ create index by on orders"],
            ),
        row("policy, row level security", "no")
            .exception(
                "it is no part of the model; `check` says that the table is \
                not compared whole",
            )
            .drift(
                &[POSTGRES],
                |op| _ = op.create_table(orders()),
                "ALTER TABLE orders ENABLE ROW LEVEL SECURITY; CREATE POLICY \
                own ON orders USING (id > 0);",
                &[],
            )
            .noted("orders"),
        row("domain", "no").exception("it is no part of the model").drift(
            &[POSTGRES],
            |op| _ = op.create_table(orders()),
            "CREATE DOMAIN positive AS integer CHECK (VALUE > 0);",
            &[],
        ),
        row("schema added or gone", "yes, if turned on").drift(
            &[POSTGRES],
            |op| {
                op.create_schema("reporting");
            },
            "DROP SCHEMA reporting;",
            &["+ create schema reporting"],
        ),
    ]
}
