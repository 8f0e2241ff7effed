//! Views, functions and triggers.

use insta::assert_snapshot;
use migrate_core::prelude::*;

use crate::{back, sql};

#[test]
fn views() {
    fn up(op: &mut Ops) {
        op.create_view(view("open_orders").query("SELECT id AS id FROM orders WHERE notes <> ''"));
        op.create_view(view("ids").columns(["i"]).query("SELECT id FROM open_orders"));
        op.replace_view(view("open_orders").query("SELECT id AS id, notes AS notes FROM orders"));
        op.drop_view("ids");
    }
    assert_snapshot!(sql(up), @r#"
    postgres  CREATE VIEW "open_orders" AS SELECT id AS id FROM orders WHERE notes <> ''
    postgres  CREATE VIEW "ids" ("i") AS SELECT id FROM open_orders
    postgres  CREATE OR REPLACE VIEW "open_orders" AS SELECT id AS id, notes AS notes FROM orders
    postgres  DROP VIEW "ids"
    sqlite    CREATE VIEW "open_orders" AS SELECT id AS id FROM orders WHERE notes <> ''
    sqlite    CREATE VIEW "ids" ("i") AS SELECT id FROM open_orders
    sqlite    DROP VIEW "open_orders"
    sqlite    CREATE VIEW "open_orders" AS SELECT id AS id, notes AS notes FROM orders
    sqlite    DROP VIEW "ids"
    "#);
    assert_snapshot!(back(up), @r#"
    postgres  CREATE VIEW "ids" ("i") AS SELECT id FROM open_orders
    postgres  DROP VIEW "ids"
    postgres  DROP VIEW "open_orders"
    postgres  CREATE VIEW "open_orders" AS SELECT id AS id FROM orders WHERE notes <> ''
    postgres  CREATE VIEW "ids" ("i") AS SELECT id FROM open_orders
    postgres  DROP VIEW "ids"
    postgres  DROP VIEW "open_orders"
    sqlite    CREATE VIEW "ids" ("i") AS SELECT id FROM open_orders
    sqlite    DROP VIEW "open_orders"
    sqlite    CREATE VIEW "open_orders" AS SELECT id AS id FROM orders WHERE notes <> ''
    sqlite    DROP VIEW "ids"
    sqlite    DROP VIEW "open_orders"
    "#);
}

#[test]
fn what_only_some_views_have() {
    assert_snapshot!(sql(|op| {
        op.create_view(
            view("mine")
                .query("SELECT notes FROM orders -- all of it")
                .postgres(|v| v.security_barrier().security_invoker())
                .check_option(),
        );
        op.create_view(view("totals").query("SELECT count(*) AS n FROM orders").materialized());
        op.create_index(index("totals_n").on("totals", ["n"]).unique());
        op.drop_view("totals");
    }), @r#"
    postgres  CREATE VIEW "mine" WITH (security_barrier=true, security_invoker=true) AS SELECT notes FROM orders -- all of it
    WITH CASCADED CHECK OPTION
    postgres  CREATE MATERIALIZED VIEW "totals" AS SELECT count(*) AS n FROM orders
    postgres  CREATE UNIQUE INDEX "totals_n" ON "totals" ("n")
    postgres  DROP MATERIALIZED VIEW "totals"
    sqlite    error: SQLite has no WITH CHECK OPTION, as `mine` has it
    sqlite    error: SQLite has no materialized views, such as `totals`
    sqlite    CREATE UNIQUE INDEX "totals_n" ON "totals" ("n")
    sqlite    DROP MATERIALIZED VIEW "totals"
    "#);
}

#[test]
fn a_view_follows_a_rename() {
    assert_snapshot!(sql(|op| {
        op.create_view(view("noted").query("SELECT o.id FROM orders o WHERE notes <> ''"));
        op.alter_column("orders", "notes").rename_to("remarks");
        op.rename_table("orders", "deals");
    }), @r#"
    postgres  CREATE VIEW "noted" AS SELECT o.id FROM orders o WHERE notes <> ''
    postgres  ALTER TABLE "orders" RENAME COLUMN "notes" TO "remarks"
    postgres  ALTER TABLE "orders" RENAME TO "deals"
    sqlite    CREATE VIEW "noted" AS SELECT o.id FROM orders o WHERE notes <> ''
    sqlite    ALTER TABLE "orders" RENAME COLUMN "notes" TO "remarks"
    sqlite    ALTER TABLE "orders" RENAME TO "deals"
    "#);
}

#[test]
fn functions() {
    fn up(op: &mut Ops) {
        op.create_function(
            function("touch").returns("trigger").language("plpgsql").body("BEGIN RETURN NEW; END"),
        );
        op.replace_function(
            function("touch").returns("trigger").language("plpgsql").body("BEGIN RETURN $$; END"),
        );
        op.create_function(
            function("sweep").procedure().argument("before", "date").body("BEGIN END"),
        );
        op.replace_function(
            function("sweep").procedure().argument("until", "date").body("BEGIN END"),
        );
        op.drop_function("sweep").arguments(["date"]);
    }
    assert_snapshot!(sql(up), @r#"
    postgres  CREATE FUNCTION "touch"() RETURNS trigger LANGUAGE "plpgsql" AS $$BEGIN RETURN NEW; END$$
    postgres  CREATE OR REPLACE FUNCTION "touch"() RETURNS trigger LANGUAGE "plpgsql" AS $body$BEGIN RETURN $$; END$body$
    postgres  CREATE PROCEDURE "sweep"("before" date) AS $$BEGIN END$$
    postgres  DROP PROCEDURE "sweep"(date)
    postgres  CREATE PROCEDURE "sweep"("until" date) AS $$BEGIN END$$
    postgres  DROP PROCEDURE "sweep"(date)
    sqlite    error: SQLite has no functions of its own, such as `touch`: they belong to a connection
    sqlite    error: SQLite has no functions of its own, such as `touch`: they belong to a connection
    sqlite    error: SQLite has no functions of its own, such as `sweep`: they belong to a connection
    sqlite    error: SQLite has no functions of its own, such as `sweep`: they belong to a connection
    sqlite    error: SQLite has no functions of its own, such as `sweep`: they belong to a connection
    "#);
    assert_snapshot!(back(up), @r#"
    postgres  CREATE PROCEDURE "sweep"("until" date) AS $$BEGIN END$$
    postgres  DROP PROCEDURE "sweep"(date)
    postgres  CREATE PROCEDURE "sweep"("before" date) AS $$BEGIN END$$
    postgres  DROP PROCEDURE "sweep"(date)
    postgres  CREATE OR REPLACE FUNCTION "touch"() RETURNS trigger LANGUAGE "plpgsql" AS $$BEGIN RETURN NEW; END$$
    postgres  DROP FUNCTION "touch"()
    sqlite    error: SQLite has no functions of its own, such as `sweep`: they belong to a connection
    sqlite    error: SQLite has no functions of its own, such as `sweep`: they belong to a connection
    sqlite    error: SQLite has no functions of its own, such as `sweep`: they belong to a connection
    sqlite    error: SQLite has no functions of its own, such as `touch`: they belong to a connection
    sqlite    error: SQLite has no functions of its own, such as `touch`: they belong to a connection
    "#);
}

#[test]
fn triggers() {
    assert_snapshot!(sql(|op| {
        op.create_trigger(
            trigger("touch")
                .before_update()
                .of(["notes"])
                .on("orders")
                .when("NEW.id > 0")
                .execute_function("touch")
                .arguments(["it's"]),
        );
        op.replace_trigger(
            trigger("touch").after_insert().or_delete().on("orders").execute_function("touch"),
        );
        op.drop_trigger("orders", "touch");
        op.create_trigger(
            trigger("log")
                .after_insert()
                .on("orders")
                .body("INSERT INTO users (email) VALUES (NEW.notes)"),
        );
        op.replace_trigger(trigger("log").after_delete().on("orders").body("SELECT 1;"));
        op.drop_trigger("orders", "log");
    }), @r#"
    postgres  CREATE TRIGGER "touch" BEFORE UPDATE OF "notes" ON "orders" FOR EACH ROW WHEN (NEW.id > 0) EXECUTE FUNCTION "touch"('it''s')
    postgres  CREATE OR REPLACE TRIGGER "touch" AFTER INSERT OR DELETE ON "orders" FOR EACH ROW EXECUTE FUNCTION "touch"()
    postgres  DROP TRIGGER "touch" ON "orders"
    postgres  error: PostgreSQL has no trigger with a body, such as `log`
    postgres  error: PostgreSQL has no trigger with a body, such as `log`
    postgres  DROP TRIGGER "log" ON "orders"
    sqlite    error: SQLite has no trigger that calls a function, such as `touch`
    sqlite    error: SQLite has no trigger for several events, such as `touch`
    sqlite    DROP TRIGGER "touch"
    sqlite    CREATE TRIGGER "log" AFTER INSERT ON "orders" FOR EACH ROW BEGIN INSERT INTO users (email) VALUES (NEW.notes); END
    sqlite    DROP TRIGGER "log"
    sqlite    CREATE TRIGGER "log" AFTER DELETE ON "orders" FOR EACH ROW BEGIN SELECT 1; END
    sqlite    DROP TRIGGER "log"
    "#);
}

#[test]
fn what_a_table_takes_along() {
    fn up(op: &mut Ops) {
        if op.dialect() == Postgres {
            op.create_trigger(trigger("t").after_insert().on("orders").execute_function("f"));
        } else {
            op.create_trigger(trigger("t").after_insert().on("orders").body("SELECT 1"));
        }
        op.drop_table("orders");
    }
    assert_snapshot!(back(up), @r#"
    postgres  CREATE TABLE "orders" ("id" bigint NOT NULL, "user_id" bigint NOT NULL, "notes" text, CONSTRAINT "orders_pkey" PRIMARY KEY ("id"), CONSTRAINT "orders_id" CHECK (id > 0))
    postgres  CREATE INDEX "idx_notes" ON "orders" ("notes")
    postgres  CREATE TRIGGER "t" AFTER INSERT ON "orders" FOR EACH ROW EXECUTE FUNCTION "f"()
    postgres  DROP TRIGGER "t" ON "orders"
    sqlite    CREATE TABLE "orders" ("id" BIGINT NOT NULL, "user_id" BIGINT NOT NULL, "notes" TEXT, CONSTRAINT "orders_pkey" PRIMARY KEY ("id"), CONSTRAINT "orders_id" CHECK (id > 0))
    sqlite    CREATE INDEX "idx_notes" ON "orders" ("notes")
    sqlite    CREATE TRIGGER "t" AFTER INSERT ON "orders" FOR EACH ROW BEGIN SELECT 1; END
    sqlite    DROP TRIGGER "t"
    "#);
}
