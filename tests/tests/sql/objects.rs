//! Views, functions and triggers.

use insta::assert_snapshot;
use migrate_core::prelude::*;

use crate::{back, sql};

#[test]
pub(crate) fn views() {
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
    mysql     CREATE VIEW `open_orders` AS SELECT id AS id FROM orders WHERE notes <> ''
    mysql     CREATE VIEW `ids` (`i`) AS SELECT id FROM open_orders
    mysql     CREATE OR REPLACE VIEW `open_orders` AS SELECT id AS id, notes AS notes FROM orders
    mysql     DROP VIEW `ids`
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
    mysql     CREATE VIEW `ids` (`i`) AS SELECT id FROM open_orders
    mysql     CREATE OR REPLACE VIEW `open_orders` AS SELECT id AS id FROM orders WHERE notes <> ''
    mysql     DROP VIEW `ids`
    mysql     DROP VIEW `open_orders`
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
              hint: leave .check_option() away: nothing is written through a view without an INSTEAD OF trigger, which can check it
    sqlite    error: SQLite has no materialized views, such as `totals`
              hint: leave .materialized() away, or keep the rows in a table that a job fills; or put the op into op.only(Postgres, |op| …)
    sqlite    CREATE UNIQUE INDEX "totals_n" ON "totals" ("n")
    sqlite    error: SQLite has no materialized views, such as `totals`
              hint: leave .materialized() away, or keep the rows in a table that a job fills; or put the op into op.only(Postgres, |op| …)
    mysql     CREATE VIEW `mine` AS SELECT notes FROM orders -- all of it
    WITH CASCADED CHECK OPTION
    mysql     error: MySQL has no materialized views, such as `totals`
              hint: leave .materialized() away, or keep the rows in a table that a job fills; or put the op into op.only(Postgres, |op| …)
    mysql     CREATE UNIQUE INDEX `totals_n` ON `totals` (`n`)
    mysql     error: MySQL has no materialized views, such as `totals`
              hint: leave .materialized() away, or keep the rows in a table that a job fills; or put the op into op.only(Postgres, |op| …)
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
    mysql     CREATE VIEW `noted` AS SELECT o.id FROM orders o WHERE notes <> ''
    mysql     ALTER TABLE `orders` RENAME COLUMN `notes` TO `remarks`
    mysql     CREATE OR REPLACE VIEW `noted` AS SELECT o.id FROM orders o WHERE remarks <> ''
    mysql     RENAME TABLE `orders` TO `deals`
    mysql     CREATE OR REPLACE VIEW `noted` AS SELECT o.id FROM deals o WHERE remarks <> ''
    "#);
}

#[test]
pub(crate) fn functions() {
    fn up(op: &mut Ops) {
        op.create_function(
            function("touch").returns("trigger").language("plpgsql").body("BEGIN RETURN NEW; END"),
        );
        op.replace_function(
            function("touch").returns("trigger").language("plpgsql").body("BEGIN RETURN $$; END"),
        );
        let sweep = |op: &Ops| match op.dialect() {
            Postgres => function("sweep").procedure().language("plpgsql"),
            Sqlite | Mysql | Mariadb => function("sweep").procedure(),
        };
        op.create_function(sweep(op).argument("before", "date").body("BEGIN END"));
        op.replace_function(sweep(op).argument("until", "date").body("BEGIN END"));
        op.drop_function("sweep").arguments(["date"]);
    }
    assert_snapshot!(sql(up), @r#"
    postgres  CREATE FUNCTION "touch"() RETURNS trigger LANGUAGE "plpgsql" AS $$BEGIN RETURN NEW; END$$
    postgres  CREATE OR REPLACE FUNCTION "touch"() RETURNS trigger LANGUAGE "plpgsql" AS $body$BEGIN RETURN $$; END$body$
    postgres  CREATE PROCEDURE "sweep"("before" date) LANGUAGE "plpgsql" AS $$BEGIN END$$
    postgres  DROP PROCEDURE "sweep"(date)
    postgres  CREATE PROCEDURE "sweep"("until" date) LANGUAGE "plpgsql" AS $$BEGIN END$$
    postgres  DROP PROCEDURE "sweep"(date)
    sqlite    error: SQLite has no functions of its own, such as `touch`: they belong to a connection
              hint: define it in the application, on each connection; or put the op into op.only(Postgres, |op| …)
    sqlite    error: SQLite has no functions of its own, such as `touch`: they belong to a connection
              hint: define it in the application, on each connection; or put the op into op.only(Postgres, |op| …)
    sqlite    error: SQLite has no functions of its own, such as `sweep`: they belong to a connection
              hint: define it in the application, on each connection; or put the op into op.only(Postgres, |op| …)
    sqlite    error: SQLite has no functions of its own, such as `sweep`: they belong to a connection
              hint: define it in the application, on each connection; or put the op into op.only(Postgres, |op| …)
    sqlite    error: SQLite has no functions of its own, such as `sweep`: they belong to a connection
              hint: define it in the application, on each connection; or put the op into op.only(Postgres, |op| …)
    mysql     error: MySQL has no choice of languages, as `touch` makes one
              hint: leave .language(…) away, or put the op into op.only(Postgres, |op| …)
    mysql     error: MySQL has no choice of languages, as `touch` makes one
              hint: leave .language(…) away, or put the op into op.only(Postgres, |op| …)
    mysql     CREATE PROCEDURE `sweep`(`before` date) BEGIN END
    mysql     DROP PROCEDURE `sweep`
    mysql     CREATE PROCEDURE `sweep`(`until` date) BEGIN END
    mariadb   CREATE OR REPLACE PROCEDURE `sweep`(`until` date) BEGIN END
    mysql     DROP PROCEDURE `sweep`
    "#);
    assert_snapshot!(back(up), @r#"
    postgres  CREATE PROCEDURE "sweep"("until" date) LANGUAGE "plpgsql" AS $$BEGIN END$$
    postgres  DROP PROCEDURE "sweep"(date)
    postgres  CREATE PROCEDURE "sweep"("before" date) LANGUAGE "plpgsql" AS $$BEGIN END$$
    postgres  DROP PROCEDURE "sweep"(date)
    postgres  CREATE OR REPLACE FUNCTION "touch"() RETURNS trigger LANGUAGE "plpgsql" AS $$BEGIN RETURN NEW; END$$
    postgres  DROP FUNCTION "touch"()
    sqlite    error: SQLite has no functions of its own, such as `sweep`: they belong to a connection
              hint: define it in the application, on each connection; or put the op into op.only(Postgres, |op| …)
    sqlite    error: SQLite has no functions of its own, such as `sweep`: they belong to a connection
              hint: define it in the application, on each connection; or put the op into op.only(Postgres, |op| …)
    sqlite    error: SQLite has no functions of its own, such as `sweep`: they belong to a connection
              hint: define it in the application, on each connection; or put the op into op.only(Postgres, |op| …)
    sqlite    error: SQLite has no functions of its own, such as `touch`: they belong to a connection
              hint: define it in the application, on each connection; or put the op into op.only(Postgres, |op| …)
    sqlite    error: SQLite has no functions of its own, such as `touch`: they belong to a connection
              hint: define it in the application, on each connection; or put the op into op.only(Postgres, |op| …)
    mysql     CREATE PROCEDURE `sweep`(`until` date) BEGIN END
    mysql     DROP PROCEDURE `sweep`
    mysql     CREATE PROCEDURE `sweep`(`before` date) BEGIN END
    mariadb   CREATE OR REPLACE PROCEDURE `sweep`(`before` date) BEGIN END
    mysql     DROP PROCEDURE `sweep`
    mysql     error: MySQL has no choice of languages, as `touch` makes one
              hint: leave .language(…) away, or put the op into op.only(Postgres, |op| …)
    mysql     DROP FUNCTION `touch`
    "#);
}

#[test]
fn functions_of_mysql() {
    fn up(op: &mut Ops) {
        op.only(Mysql, |op| {
            let double = || function("double").argument("n", "int").returns("int");
            op.create_function(double().options("DETERMINISTIC").body("RETURN n + n"));
            op.replace_function(double().options("DETERMINISTIC").body("RETURN 2 * n"));
            op.drop_function("double");
        });
    }
    assert_snapshot!(sql(up), @"
    mysql     CREATE FUNCTION `double`(`n` int) RETURNS int DETERMINISTIC RETURN n + n
    mysql     DROP FUNCTION `double`
    mysql     CREATE FUNCTION `double`(`n` int) RETURNS int DETERMINISTIC RETURN 2 * n
    mariadb   CREATE OR REPLACE FUNCTION `double`(`n` int) RETURNS int DETERMINISTIC RETURN 2 * n
    mysql     DROP FUNCTION `double`
    ");
    assert_snapshot!(back(up), @"
    mysql     CREATE FUNCTION `double`(`n` int) RETURNS int DETERMINISTIC RETURN 2 * n
    mysql     DROP FUNCTION `double`
    mysql     CREATE FUNCTION `double`(`n` int) RETURNS int DETERMINISTIC RETURN n + n
    mariadb   CREATE OR REPLACE FUNCTION `double`(`n` int) RETURNS int DETERMINISTIC RETURN n + n
    mysql     DROP FUNCTION `double`
    ");
}

#[test]
pub(crate) fn triggers() {
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
              hint: put the statements into a function that returns trigger, and say .execute_function("name")
    postgres  error: PostgreSQL has no trigger with a body, such as `log`
              hint: put the statements into a function that returns trigger, and say .execute_function("name")
    postgres  DROP TRIGGER "log" ON "orders"
    sqlite    error: SQLite has no trigger that calls a function, such as `touch`
              hint: say what it does with .body("statements")
    sqlite    error: SQLite has no trigger for several events, such as `touch`
              hint: create a trigger for each of them
    sqlite    DROP TRIGGER "touch"
    sqlite    CREATE TRIGGER "log" AFTER INSERT ON "orders" FOR EACH ROW BEGIN INSERT INTO users (email) VALUES (NEW.notes); END
    sqlite    DROP TRIGGER "log"
    sqlite    CREATE TRIGGER "log" AFTER DELETE ON "orders" FOR EACH ROW BEGIN SELECT 1; END
    sqlite    DROP TRIGGER "log"
    mysql     error: MySQL has no trigger for columns, such as `touch`
              hint: leave .of([…]) away, and compare NEW and OLD in the body
    mysql     error: MySQL has no trigger for several events, such as `touch`
              hint: create a trigger for each of them
    mysql     DROP TRIGGER `touch`
    mysql     CREATE TRIGGER `log` AFTER INSERT ON `orders` FOR EACH ROW BEGIN INSERT INTO users (email) VALUES (NEW.notes); END
    mysql     DROP TRIGGER `log`
    mysql     CREATE TRIGGER `log` AFTER DELETE ON `orders` FOR EACH ROW BEGIN SELECT 1; END
    mariadb   CREATE OR REPLACE TRIGGER `log` AFTER DELETE ON `orders` FOR EACH ROW BEGIN SELECT 1; END
    mysql     DROP TRIGGER `log`
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
    mysql     CREATE TABLE `orders` (`id` bigint NOT NULL, `user_id` bigint NOT NULL, `notes` longtext, PRIMARY KEY (`id`), CONSTRAINT `orders_id` CHECK (id > 0), INDEX `idx_notes` (`notes`(20)))
    mysql     CREATE TRIGGER `t` AFTER INSERT ON `orders` FOR EACH ROW BEGIN SELECT 1; END
    mysql     DROP TRIGGER `t`
    "#);
}
