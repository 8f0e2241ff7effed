//! Rows, SQL and code.

use migrate_core::prelude::*;

use crate::{back, sql};

#[test]
pub(crate) fn rows_and_their_inverse() {
    fn insert(op: &mut Ops) {
        op.bulk_insert(
            rows("users")
                .row(row().set("id", 1).set("email", "it's \\"))
                .row(row().set("id", 2).set("email", "x")),
        );
    }
    insta::assert_snapshot!(sql(insert), @r#"
    postgres  INSERT INTO "users" ("id", "email") VALUES (1, E'it''s \\'), (2, 'x')
    postgres  SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence('"users"', 'id'), GREATEST((SELECT max("id") FROM "users"), pg_catalog.pg_sequence_last_value(pg_catalog.pg_get_serial_sequence('"users"', 'id')::regclass)))
    sqlite    INSERT INTO "users" ("id", "email") VALUES (1, 'it''s \'), (2, 'x')
    mysql     INSERT INTO `users` (`id`, `email`) VALUES (1, 'it''s \'), (2, 'x')
    "#);
    insta::assert_snapshot!(back(insert), @r#"
    postgres  DELETE FROM "users" WHERE "id" IN (1, 2)
    sqlite    DELETE FROM "users" WHERE "id" IN (1, 2)
    mysql     DELETE FROM `users` WHERE `id` IN (1, 2)
    "#);
}

#[test]
pub(crate) fn execute_and_run() {
    insta::assert_snapshot!(sql(|op| {
        op.execute("UPDATE orders SET notes = ';'; -- all\nDELETE FROM orders").undo_nothing();
        op.run("fill", code!(|_conn| Ok(()))).undo_nothing();
    }), @"
    postgres  UPDATE orders SET notes = ';'
    postgres  -- all
    DELETE FROM orders
    postgres  (code)
    sqlite    UPDATE orders SET notes = ';'
    sqlite    -- all
    DELETE FROM orders
    sqlite    (code)
    mysql     UPDATE orders SET notes = ';'
    mysql     -- all
    DELETE FROM orders
    mysql     (code)
    ");
}

#[test]
fn points_in_time_are_said_in_utc() {
    insta::assert_snapshot!(sql(|op| {
        op.create_table(
            table("runs")
                .column(bigint("id").primary_key())
                .column(timestamptz("at").default("2024-01-02T03:04:05Z"))
                .column(timestamp("local").default("2024-01-02 03:04:05")),
        );
        op.alter_column("runs", "at").set_default("2024-01-02 03:04:05+02:00");
        op.bulk_insert(
            rows("runs").row(row().set("id", 1).set("at", "2024-01-02 03:04:05.5-05:30")),
        );
    }), @r#"
    postgres  CREATE TABLE "runs" ("id" bigint NOT NULL, "at" timestamp with time zone NOT NULL DEFAULT '2024-01-02T03:04:05Z', "local" timestamp NOT NULL DEFAULT '2024-01-02 03:04:05', CONSTRAINT "runs_pkey" PRIMARY KEY ("id"))
    postgres  ALTER TABLE "runs" ALTER COLUMN "at" SET DEFAULT '2024-01-02 03:04:05+02:00'
    postgres  INSERT INTO "runs" ("id", "at") VALUES (1, '2024-01-02 03:04:05.5-05:30')
    sqlite    CREATE TABLE "runs" ("id" BIGINT NOT NULL, "at" TIMESTAMP NOT NULL DEFAULT '2024-01-02T03:04:05Z', "local" TIMESTAMP NOT NULL DEFAULT '2024-01-02 03:04:05', CONSTRAINT "runs_pkey" PRIMARY KEY ("id"))
    sqlite    rebuild: CREATE TABLE "__migrate_new_runs" ("id" BIGINT NOT NULL, "at" TIMESTAMP NOT NULL DEFAULT '2024-01-02 03:04:05+02:00', "local" TIMESTAMP NOT NULL DEFAULT '2024-01-02 03:04:05', CONSTRAINT "runs_pkey" PRIMARY KEY ("id"))
              from id, at, local
    sqlite    INSERT INTO "runs" ("id", "at") VALUES (1, '2024-01-02 03:04:05.5-05:30')
    mysql     CREATE TABLE `runs` (`id` bigint NOT NULL, `at` timestamp(6) NOT NULL DEFAULT '2024-01-02 03:04:05', `local` datetime(6) NOT NULL DEFAULT '2024-01-02 03:04:05', PRIMARY KEY (`id`))
    mysql     ALTER TABLE `runs` ALTER COLUMN `at` SET DEFAULT (CONVERT_TZ('2024-01-02 03:04:05', '+02:00', '+00:00'))
    mysql     INSERT INTO `runs` (`id`, `at`) VALUES (1, CONVERT_TZ('2024-01-02 03:04:05.5', '-05:30', '+00:00'))
    "#);
}
