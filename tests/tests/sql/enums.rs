//! Enums.

use migrate_core::prelude::*;

use crate::{back, sql};

#[test]
pub(crate) fn enums() {
    insta::assert_snapshot!(sql(|op| {
        op.create_enum(enum_type("side").values(["buy", "it's \\"]));
        op.add_column("orders", enumeration("side", "side").default("buy"));
        op.drop_column("orders", "side");
        op.drop_enum("side");
    }), @r#"
    postgres  CREATE TYPE "side" AS ENUM ('buy', E'it''s \\')
    postgres  ALTER TABLE "orders" ADD COLUMN "side" "side" NOT NULL DEFAULT 'buy'
    postgres  ALTER TABLE "orders" DROP COLUMN "side"
    postgres  DROP TYPE "side"
    sqlite    ALTER TABLE "orders" ADD COLUMN "side" TEXT NOT NULL DEFAULT 'buy' CHECK ("side" IN ('buy', 'it''s \'))
    sqlite    ALTER TABLE "orders" DROP COLUMN "side"
    mysql     ALTER TABLE `orders` ADD COLUMN `side` enum('buy', 'it''s \') NOT NULL DEFAULT 'buy'
    mysql     ALTER TABLE `orders` DROP COLUMN `side`
    "#);
}

#[test]
fn an_enum_that_a_column_brings_along() {
    insta::assert_snapshot!(sql(|op| {
        op.add_column("orders", enumeration("side", enum_type("side").values(["buy", "it's \\"])).nullable());
        op.add_column("orders", enumeration("status", enum_type("status").values(["open", "it's"])).nullable());
    }), @r#"
    postgres  DO LANGUAGE plpgsql E'BEGIN IF pg_catalog.to_regtype(''"side"'') IS NULL THEN CREATE TYPE "side" AS ENUM (''buy'', E''it''''s \\\\''); ELSIF ARRAY(SELECT enumlabel::text FROM pg_catalog.pg_enum WHERE enumtypid = pg_catalog.to_regtype(''"side"'') ORDER BY enumsortorder) <> ARRAY[''buy'', E''it''''s \\\\'']::text[] THEN RAISE EXCEPTION USING MESSAGE = ''the enum side is there with other values''; END IF; END'
    postgres  ALTER TABLE "orders" ADD COLUMN "side" "side"
    postgres  ALTER TABLE "orders" ADD COLUMN "status" "status"
    sqlite    ALTER TABLE "orders" ADD COLUMN "side" TEXT CHECK ("side" IN ('buy', 'it''s \'))
    sqlite    ALTER TABLE "orders" ADD COLUMN "status" TEXT CHECK ("status" IN ('open', 'it''s'))
    mysql     ALTER TABLE `orders` ADD COLUMN `side` enum('buy', 'it''s \')
    mysql     ALTER TABLE `orders` ADD COLUMN `status` enum('open', 'it''s')
    "#);
}

#[test]
pub(crate) fn values_come() {
    insta::assert_snapshot!(sql(|op| {
        op.add_column("orders", enumeration("status", "status").default("open"));
        op.add_enum_value("status", "held").after("open").if_not_exists();
        op.add_enum_value("status", "it's \\ first").first();
        op.add_enum_value("status", "held").if_not_exists();
    }), @r#"
    postgres  ALTER TABLE "orders" ADD COLUMN "status" "status" NOT NULL DEFAULT 'open'
    postgres  ALTER TYPE "status" ADD VALUE IF NOT EXISTS 'held' AFTER 'open'
    postgres  ALTER TYPE "status" ADD VALUE E'it''s \\ first' BEFORE 'open'
    sqlite    ALTER TABLE "orders" ADD COLUMN "status" TEXT NOT NULL DEFAULT 'open' CHECK ("status" IN ('open', 'it''s'))
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" BIGINT NOT NULL, "notes" TEXT, "status" TEXT NOT NULL DEFAULT 'open' CHECK ("status" IN ('open', 'held', 'it''s')), CONSTRAINT "orders_pkey" PRIMARY KEY ("id"), CONSTRAINT "orders_id" CHECK (id > 0))
              from id, user_id, notes, status
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" BIGINT NOT NULL, "notes" TEXT, "status" TEXT NOT NULL DEFAULT 'open' CHECK ("status" IN ('it''s \ first', 'open', 'held', 'it''s')), CONSTRAINT "orders_pkey" PRIMARY KEY ("id"), CONSTRAINT "orders_id" CHECK (id > 0))
              from id, user_id, notes, status
    mysql     ALTER TABLE `orders` ADD COLUMN `status` enum('open', 'it''s') NOT NULL DEFAULT 'open'
    mysql     ALTER TABLE `orders` MODIFY COLUMN `status` enum('open', 'held', 'it''s') NOT NULL DEFAULT 'open'
    mysql     ALTER TABLE `orders` MODIFY COLUMN `status` enum('it''s \ first', 'open', 'held', 'it''s') NOT NULL DEFAULT 'open'
    "#);
}

#[test]
fn a_value_gets_another_name() {
    insta::assert_snapshot!(sql(|op| {
        op.add_column("orders", enumeration("status", "status").default("open"));
        op.create_index(index("open").on("orders", ["id"]).filter("status = 'open'"));
        op.rename_enum_value("status", "open", "done");
    }), @r#"
    postgres  ALTER TABLE "orders" ADD COLUMN "status" "status" NOT NULL DEFAULT 'open'
    postgres  CREATE INDEX "open" ON "orders" ("id") WHERE (status = 'open')
    postgres  ALTER TYPE "status" RENAME VALUE 'open' TO 'done'
    sqlite    ALTER TABLE "orders" ADD COLUMN "status" TEXT NOT NULL DEFAULT 'open' CHECK ("status" IN ('open', 'it''s'))
    sqlite    CREATE INDEX "open" ON "orders" ("id") WHERE status = 'open'
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" BIGINT NOT NULL, "notes" TEXT, "status" TEXT NOT NULL DEFAULT 'done' CHECK ("status" IN ('done', 'it''s')), CONSTRAINT "orders_pkey" PRIMARY KEY ("id"), CONSTRAINT "orders_id" CHECK (id > 0))
              from id, user_id, notes, status = CASE "status" WHEN 'open' THEN 'done' ELSE "status" END
    sqlite    CREATE INDEX "open" ON "orders" ("id") WHERE status = 'done'
    mysql     ALTER TABLE `orders` ADD COLUMN `status` enum('open', 'it''s') NOT NULL DEFAULT 'open'
    mysql     error: MySQL has no index over some of the rows, such as `open`
              hint: leave .filter(…) away, or put the op into op.only(Postgres, |op| …); a unique one can lie over a generated column that is NULL for all other rows
    mysql     ALTER TABLE `orders` MODIFY COLUMN `status` enum('open', 'it''s', 'done') NOT NULL DEFAULT 'open'
    mysql     UPDATE `orders` SET `status` = 'done' WHERE `status` = 'open'
    mysql     ALTER TABLE `orders` MODIFY COLUMN `status` enum('done', 'it''s') NOT NULL DEFAULT 'done'
    "#);
}

#[test]
fn values_go() {
    insta::assert_snapshot!(sql(|op| {
        op.create_table(table("states").column(enumeration("status", "status").primary_key()));
        op.add_column(
            "orders",
            enumeration("status", "status").default("open").check("status <> 'open' OR id > 0").references("states", "status"),
        );
        op.create_index(index("open").on("orders", ["id"]).filter("status = 'open'"));
        op.drop_enum_value("status", "it's").replace_with("open");
    }), @r#"
    postgres  CREATE TABLE "states" ("status" "status" NOT NULL, CONSTRAINT "states_pkey" PRIMARY KEY ("status"))
    postgres  ALTER TABLE "orders" ADD COLUMN "status" "status" NOT NULL DEFAULT 'open', ADD CONSTRAINT "orders_status_check" CHECK (status <> 'open' OR id > 0)
    postgres  ALTER TABLE "orders" ADD CONSTRAINT "orders_status_fkey" FOREIGN KEY ("status") REFERENCES "states" ("status")
    postgres  CREATE INDEX "open" ON "orders" ("id") WHERE (status = 'open')
    postgres  ALTER TYPE "status" RENAME TO "__migrate_old_status"
    postgres  CREATE TYPE "status" AS ENUM ('open')
    postgres  ALTER TABLE "orders" DROP CONSTRAINT "orders_status_fkey"
    postgres  DROP INDEX "open"
    postgres  ALTER TABLE "orders" DROP CONSTRAINT "orders_status_check", ALTER COLUMN "status" DROP DEFAULT, ALTER COLUMN "status" TYPE "status" USING (CASE "status"::text WHEN 'it''s' THEN 'open' ELSE "status"::text END)::"status"
    postgres  ALTER TABLE "orders" ADD CONSTRAINT "orders_status_check" CHECK (status <> 'open' OR id > 0), ALTER COLUMN "status" SET DEFAULT 'open'
    postgres  CREATE INDEX "open" ON "orders" ("id") WHERE (status = 'open')
    postgres  ALTER TABLE "states" ALTER COLUMN "status" TYPE "status" USING (CASE "status"::text WHEN 'it''s' THEN 'open' ELSE "status"::text END)::"status"
    postgres  ALTER TABLE "orders" ADD CONSTRAINT "orders_status_fkey" FOREIGN KEY ("status") REFERENCES "states" ("status")
    postgres  DROP TYPE "__migrate_old_status"
    sqlite    CREATE TABLE "states" ("status" TEXT NOT NULL CHECK ("status" IN ('open', 'it''s')), CONSTRAINT "states_pkey" PRIMARY KEY ("status"))
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" BIGINT NOT NULL, "notes" TEXT, "status" TEXT NOT NULL DEFAULT 'open' CHECK ("status" IN ('open', 'it''s')), CONSTRAINT "orders_pkey" PRIMARY KEY ("id"), CONSTRAINT "orders_id" CHECK (id > 0), CONSTRAINT "orders_status_check" CHECK (status <> 'open' OR id > 0), CONSTRAINT "orders_status_fkey" FOREIGN KEY ("status") REFERENCES "states" ("status"))
              from id, user_id, notes
    sqlite    CREATE INDEX "open" ON "orders" ("id") WHERE status = 'open'
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" BIGINT NOT NULL, "notes" TEXT, "status" TEXT NOT NULL DEFAULT 'open' CHECK ("status" IN ('open')), CONSTRAINT "orders_pkey" PRIMARY KEY ("id"), CONSTRAINT "orders_id" CHECK (id > 0), CONSTRAINT "orders_status_check" CHECK (status <> 'open' OR id > 0), CONSTRAINT "orders_status_fkey" FOREIGN KEY ("status") REFERENCES "states" ("status"))
              from id, user_id, notes, status = CASE "status" WHEN 'it''s' THEN 'open' ELSE "status" END
    sqlite    rebuild: CREATE TABLE "__migrate_new_states" ("status" TEXT NOT NULL CHECK ("status" IN ('open')), CONSTRAINT "states_pkey" PRIMARY KEY ("status"))
              from status = CASE "status" WHEN 'it''s' THEN 'open' ELSE "status" END
    mysql     CREATE TABLE `states` (`status` enum('open', 'it''s') NOT NULL, PRIMARY KEY (`status`))
    mysql     ALTER TABLE `orders` ADD COLUMN `status` enum('open', 'it''s') NOT NULL DEFAULT 'open', ADD CONSTRAINT `orders_status_check` CHECK (status <> 'open' OR id > 0), ADD CONSTRAINT `orders_status_fkey` FOREIGN KEY (`status`) REFERENCES `states` (`status`), ADD INDEX `orders_status_fkey` (`status`)
    mysql     error: MySQL has no index over some of the rows, such as `open`
              hint: leave .filter(…) away, or put the op into op.only(Postgres, |op| …); a unique one can lie over a generated column that is NULL for all other rows
    mysql     error: MySQL has no way to change the values of an enum that the foreign key `orders_status_fkey` is about
              hint: drop the foreign key first, and create it again behind the change
    "#);
    insta::assert_snapshot!(back(|op| {
        op.add_column("orders", enumeration("status", "status").default("open"));
        op.drop_enum_value("status", "it's");
    }), @r#"
    postgres  ALTER TYPE "status" RENAME TO "__migrate_old_status"
    postgres  CREATE TYPE "status" AS ENUM ('open', 'it''s')
    postgres  ALTER TABLE "orders" ALTER COLUMN "status" DROP DEFAULT, ALTER COLUMN "status" TYPE "status" USING "status"::text::"status"
    postgres  ALTER TABLE "orders" ALTER COLUMN "status" SET DEFAULT 'open'
    postgres  DROP TYPE "__migrate_old_status"
    postgres  ALTER TABLE "orders" DROP COLUMN "status"
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" BIGINT NOT NULL, "notes" TEXT, "status" TEXT NOT NULL DEFAULT 'open' CHECK ("status" IN ('open', 'it''s')), CONSTRAINT "orders_pkey" PRIMARY KEY ("id"), CONSTRAINT "orders_id" CHECK (id > 0))
              from id, user_id, notes, status
    sqlite    ALTER TABLE "orders" DROP COLUMN "status"
    mysql     ALTER TABLE `orders` MODIFY COLUMN `status` enum('open', 'it''s') NOT NULL DEFAULT 'open'
    mysql     ALTER TABLE `orders` DROP COLUMN `status`
    "#);
}
