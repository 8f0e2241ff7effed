//! Columns.

use migrate_core::prelude::*;

use crate::sql;

#[test]
pub(crate) fn add_column() {
    insta::assert_snapshot!(sql(|op| {
        op.add_column("orders", text("bio").nullable().comment("it's"));
        op.add_column("orders", bigint("quantity").default(-1));
        op.add_column("orders", timestamptz("at").default_now());
        op.add_column("orders", text("nick").fill_with("'n' || id"));
    }), @r#"
    postgres  ALTER TABLE "orders" ADD COLUMN "bio" text
    postgres  COMMENT ON COLUMN "orders"."bio" IS 'it''s'
    postgres  ALTER TABLE "orders" ADD COLUMN "quantity" bigint NOT NULL DEFAULT -1
    postgres  ALTER TABLE "orders" ADD COLUMN "at" timestamp with time zone NOT NULL DEFAULT CURRENT_TIMESTAMP
    postgres  ALTER TABLE "orders" ADD COLUMN "nick" text
    postgres  UPDATE "orders" SET "nick" = ('n' || id)
    postgres  ALTER TABLE "orders" ALTER COLUMN "nick" SET NOT NULL
    sqlite    ALTER TABLE "orders" ADD COLUMN "bio" TEXT
    sqlite    ALTER TABLE "orders" ADD COLUMN "quantity" BIGINT NOT NULL DEFAULT -1
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" BIGINT NOT NULL, "notes" TEXT, "bio" TEXT, "quantity" BIGINT NOT NULL DEFAULT -1, "at" TIMESTAMP NOT NULL DEFAULT (CURRENT_TIMESTAMP), CONSTRAINT "orders_pkey" PRIMARY KEY ("id"), CONSTRAINT "orders_id" CHECK (id > 0))
              from id, user_id, notes, bio, quantity
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" BIGINT NOT NULL, "notes" TEXT, "bio" TEXT, "quantity" BIGINT NOT NULL DEFAULT -1, "at" TIMESTAMP NOT NULL DEFAULT (CURRENT_TIMESTAMP), "nick" TEXT NOT NULL, CONSTRAINT "orders_pkey" PRIMARY KEY ("id"), CONSTRAINT "orders_id" CHECK (id > 0))
              from id, user_id, notes, bio, quantity, at, nick = ('n' || id)
    mysql     ALTER TABLE `orders` ADD COLUMN `bio` longtext COMMENT 'it''s'
    mysql     ALTER TABLE `orders` ADD COLUMN `quantity` bigint NOT NULL DEFAULT -1
    mysql     ALTER TABLE `orders` ADD COLUMN `at` timestamp(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)
    mysql     ALTER TABLE `orders` ADD COLUMN `nick` longtext
    mysql     UPDATE `orders` SET `nick` = ('n' || id)
    mysql     ALTER TABLE `orders` MODIFY COLUMN `nick` longtext NOT NULL
    "#);
}

#[test]
fn add_column_with_constraints() {
    insta::assert_snapshot!(sql(|op| {
        op.add_column("orders", bigint("parent_id").nullable().unique().references("orders", "id").on_delete(SetNull));
    }), @r#"
    postgres  ALTER TABLE "orders" ADD COLUMN "parent_id" bigint, ADD CONSTRAINT "orders_parent_id_key" UNIQUE ("parent_id")
    postgres  ALTER TABLE "orders" ADD CONSTRAINT "orders_parent_id_fkey" FOREIGN KEY ("parent_id") REFERENCES "orders" ("id") ON DELETE SET NULL
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" BIGINT NOT NULL, "notes" TEXT, "parent_id" BIGINT, CONSTRAINT "orders_pkey" PRIMARY KEY ("id"), CONSTRAINT "orders_id" CHECK (id > 0), CONSTRAINT "orders_parent_id_fkey" FOREIGN KEY ("parent_id") REFERENCES "orders" ("id") ON DELETE SET NULL, CONSTRAINT "orders_parent_id_key" UNIQUE ("parent_id"))
              from id, user_id, notes
    mysql     ALTER TABLE `orders` ADD COLUMN `parent_id` bigint, ADD CONSTRAINT `orders_parent_id_fkey` FOREIGN KEY (`parent_id`) REFERENCES `orders` (`id`) ON DELETE SET NULL, ADD CONSTRAINT `orders_parent_id_key` UNIQUE (`parent_id`)
    "#);
}

#[test]
pub(crate) fn drop_column() {
    insta::assert_snapshot!(sql(|op| {
        op.drop_column("orders", "user_id");
        op.drop_column("orders", "notes");
    }), @r#"
    postgres  ALTER TABLE "orders" DROP COLUMN "user_id"
    postgres  ALTER TABLE "orders" DROP COLUMN "notes"
    sqlite    ALTER TABLE "orders" DROP COLUMN "user_id"
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, CONSTRAINT "orders_pkey" PRIMARY KEY ("id"), CONSTRAINT "orders_id" CHECK (id > 0))
              from id
    mysql     ALTER TABLE `orders` DROP COLUMN `user_id`
    mysql     ALTER TABLE `orders` DROP INDEX `idx_notes`, DROP COLUMN `notes`
    "#);
}

#[test]
pub(crate) fn rename_column() {
    insta::assert_snapshot!(sql(|op| {
        op.alter_column("orders", "notes").rename_to("it's \"x\"");
    }), @r#"
    postgres  ALTER TABLE "orders" RENAME COLUMN "notes" TO "it's ""x"""
    sqlite    ALTER TABLE "orders" RENAME COLUMN "notes" TO "it's ""x"""
    mysql     ALTER TABLE `orders` RENAME COLUMN `notes` TO `it's "x"`
    "#);
}

#[test]
pub(crate) fn set_type() {
    insta::assert_snapshot!(sql(|op| {
        op.alter_column("orders", "user_id").set_type(types::numeric(20, 2));
        op.alter_column("orders", "notes").set_type(types::bigint()).using("length(notes)");
        op.drop_index("idx_notes");
        op.alter_column("orders", "notes").set_type(types::text()).using("notes || ''");
    }), @r#"
    postgres  ALTER TABLE "orders" ALTER COLUMN "user_id" TYPE numeric(20, 2)
    postgres  ALTER TABLE "orders" ALTER COLUMN "notes" TYPE bigint USING (length(notes))
    postgres  DROP INDEX "idx_notes"
    postgres  ALTER TABLE "orders" ALTER COLUMN "notes" TYPE text USING (notes || '')
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" NUMERIC(20, 2) NOT NULL, "notes" TEXT, CONSTRAINT "orders_pkey" PRIMARY KEY ("id"), CONSTRAINT "orders_id" CHECK (id > 0))
              from id, user_id, notes
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" NUMERIC(20, 2) NOT NULL, "notes" BIGINT, CONSTRAINT "orders_pkey" PRIMARY KEY ("id"), CONSTRAINT "orders_id" CHECK (id > 0))
              from id, user_id, notes = (length(notes))
    sqlite    DROP INDEX "idx_notes"
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" NUMERIC(20, 2) NOT NULL, "notes" TEXT, CONSTRAINT "orders_pkey" PRIMARY KEY ("id"), CONSTRAINT "orders_id" CHECK (id > 0))
              from id, user_id, notes = (notes || '')
    mysql     ALTER TABLE `orders` MODIFY COLUMN `user_id` decimal(20, 2) NOT NULL
    mysql     error: MySQL has no index over the first 20 characters of `notes`, which is bigint, such as `idx_notes`
              hint: leave .length(…) away; or drop the index first, and create it again without it
    mysql     DROP INDEX `idx_notes` ON `orders`
    mysql     ALTER TABLE `orders` ADD COLUMN `__migrate_new` longtext
    mysql     UPDATE `orders` SET `__migrate_new` = (notes || '')
    mysql     ALTER TABLE `orders` DROP COLUMN `notes`, CHANGE COLUMN `__migrate_new` `notes` longtext AFTER `user_id`
    "#);
}

#[test]
pub(crate) fn set_and_drop_not_null() {
    insta::assert_snapshot!(sql(|op| {
        op.alter_column("orders", "notes").set_not_null().fill_with("'x'");
        op.alter_column("orders", "notes").drop_not_null();
    }), @r#"
    postgres  UPDATE "orders" SET "notes" = ('x') WHERE "notes" IS NULL
    postgres  ALTER TABLE "orders" ALTER COLUMN "notes" SET NOT NULL
    postgres  ALTER TABLE "orders" ALTER COLUMN "notes" DROP NOT NULL
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" BIGINT NOT NULL, "notes" TEXT NOT NULL, CONSTRAINT "orders_pkey" PRIMARY KEY ("id"), CONSTRAINT "orders_id" CHECK (id > 0))
              from id, user_id, notes = COALESCE("notes", ('x'))
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" BIGINT NOT NULL, "notes" TEXT, CONSTRAINT "orders_pkey" PRIMARY KEY ("id"), CONSTRAINT "orders_id" CHECK (id > 0))
              from id, user_id, notes
    mysql     UPDATE `orders` SET `notes` = ('x') WHERE `notes` IS NULL
    mysql     ALTER TABLE `orders` MODIFY COLUMN `notes` longtext NOT NULL
    mysql     ALTER TABLE `orders` MODIFY COLUMN `notes` longtext
    "#);
}

#[test]
pub(crate) fn set_and_drop_default() {
    insta::assert_snapshot!(sql(|op| {
        op.alter_column("orders", "notes").set_default("it's \\");
        op.alter_column("orders", "notes").set_default(expression("lower('X')"));
        op.alter_column("orders", "notes").drop_default();
    }), @r#"
    postgres  ALTER TABLE "orders" ALTER COLUMN "notes" SET DEFAULT E'it''s \\'
    postgres  ALTER TABLE "orders" ALTER COLUMN "notes" SET DEFAULT lower('X')
    postgres  ALTER TABLE "orders" ALTER COLUMN "notes" DROP DEFAULT
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" BIGINT NOT NULL, "notes" TEXT DEFAULT 'it''s \', CONSTRAINT "orders_pkey" PRIMARY KEY ("id"), CONSTRAINT "orders_id" CHECK (id > 0))
              from id, user_id, notes
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" BIGINT NOT NULL, "notes" TEXT DEFAULT (lower('X')), CONSTRAINT "orders_pkey" PRIMARY KEY ("id"), CONSTRAINT "orders_id" CHECK (id > 0))
              from id, user_id, notes
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" BIGINT NOT NULL, "notes" TEXT, CONSTRAINT "orders_pkey" PRIMARY KEY ("id"), CONSTRAINT "orders_id" CHECK (id > 0))
              from id, user_id, notes
    mysql     ALTER TABLE `orders` ALTER COLUMN `notes` SET DEFAULT ('it''s \')
    mysql     ALTER TABLE `orders` ALTER COLUMN `notes` SET DEFAULT (lower('X'))
    mysql     ALTER TABLE `orders` ALTER COLUMN `notes` SET DEFAULT NULL
    "#);
}

#[test]
pub(crate) fn identity() {
    insta::assert_snapshot!(sql(|op| {
        op.add_column("orders", bigint("no").identity().postgres(|i| i.always().start(1000).increment(5)));
    }), @r#"
    postgres  ALTER TABLE "orders" ADD COLUMN "no" bigint NOT NULL GENERATED ALWAYS AS IDENTITY (START WITH 1000 INCREMENT BY 5)
    sqlite    error: SQLite has no identity column that is not the primary key alone, such as `no`
              hint: make it the primary key: .primary_key().identity()
    mysql     error: MySQL has no identity column without a key, such as `no`
              hint: make it the first column of a key: .primary_key().identity(), or a unique constraint
    "#);
    insta::assert_snapshot!(sql(|op| {
        op.drop_constraint("orders", "orders_id"); // MySQL wants no check over what counts up
        op.alter_column("orders", "id").set_identity();
        op.alter_column("users", "id").set_identity().postgres(|i| i.always().increment(-5));
        op.alter_column("users", "id").drop_identity();
    }), @r#"
    postgres  ALTER TABLE "orders" DROP CONSTRAINT "orders_id"
    postgres  ALTER TABLE "orders" ALTER COLUMN "id" ADD GENERATED BY DEFAULT AS IDENTITY
    postgres  SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence('"orders"', 'id'), GREATEST((SELECT max("id") + (1) FROM "orders"), 1), FALSE)
    postgres  ALTER TABLE "users" ALTER COLUMN "id" SET GENERATED ALWAYS SET INCREMENT BY -5 SET START WITH -1
    postgres  ALTER TABLE "users" ALTER COLUMN "id" DROP IDENTITY
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" BIGINT NOT NULL, "notes" TEXT, CONSTRAINT "orders_pkey" PRIMARY KEY ("id"))
              from id, user_id, notes
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" INTEGER NOT NULL CONSTRAINT "orders_pkey" PRIMARY KEY AUTOINCREMENT, "user_id" BIGINT NOT NULL, "notes" TEXT)
              from id, user_id, notes
    sqlite    rebuild: CREATE TABLE "__migrate_new_users" ("id" BIGINT NOT NULL, "email" VARCHAR(80) NOT NULL, CONSTRAINT "users_pkey" PRIMARY KEY ("id"), CONSTRAINT "users_email_key" UNIQUE ("email"))
              from id, email
    mysql     ALTER TABLE `orders` DROP CONSTRAINT `orders_id`
    mysql     ALTER TABLE `orders` MODIFY COLUMN `id` bigint NOT NULL AUTO_INCREMENT
    mysql     ALTER TABLE `users` MODIFY COLUMN `id` bigint NOT NULL
    "#);
}

#[test]
fn rows_of_an_identity_that_is_always_counted() {
    insta::assert_snapshot!(sql(|op| {
        op.alter_column("users", "id").set_identity().postgres(|i| i.always());
        op.bulk_insert(rows("users").row(row().set("id", 1).set("email", "x")));
    }), @r#"
    postgres  ALTER TABLE "users" ALTER COLUMN "id" SET GENERATED ALWAYS SET INCREMENT BY 1 SET START WITH 1
    postgres  INSERT INTO "users" ("id", "email") OVERRIDING SYSTEM VALUE VALUES (1, 'x')
    postgres  SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence('"users"', 'id'), GREATEST((SELECT max("id") FROM "users"), pg_catalog.pg_sequence_last_value(pg_catalog.pg_get_serial_sequence('"users"', 'id')::regclass)))
    sqlite    INSERT INTO "users" ("id", "email") VALUES (1, 'x')
    mysql     INSERT INTO `users` (`id`, `email`) VALUES (1, 'x')
    "#);
}

#[test]
pub(crate) fn generated() {
    insta::assert_snapshot!(sql(|op| {
        op.alter_column("orders", "notes").set_generated("id || ''");
        op.alter_column("orders", "notes").set_generated("id || 'x'");
        op.alter_column("orders", "notes").drop_generated();
    }), @r#"
    postgres  ALTER TABLE "orders" DROP COLUMN "notes", ADD COLUMN "notes" text GENERATED ALWAYS AS (id || '') STORED
    postgres  CREATE INDEX "idx_notes" ON "orders" ("notes")
    postgres  ALTER TABLE "orders" DROP COLUMN "notes", ADD COLUMN "notes" text GENERATED ALWAYS AS (id || 'x') STORED
    postgres  CREATE INDEX "idx_notes" ON "orders" ("notes")
    postgres  ALTER TABLE "orders" ALTER COLUMN "notes" DROP EXPRESSION
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" BIGINT NOT NULL, "notes" TEXT GENERATED ALWAYS AS (id || '') STORED, CONSTRAINT "orders_pkey" PRIMARY KEY ("id"), CONSTRAINT "orders_id" CHECK (id > 0))
              from id, user_id
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" BIGINT NOT NULL, "notes" TEXT GENERATED ALWAYS AS (id || 'x') STORED, CONSTRAINT "orders_pkey" PRIMARY KEY ("id"), CONSTRAINT "orders_id" CHECK (id > 0))
              from id, user_id
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" BIGINT NOT NULL, "notes" TEXT, CONSTRAINT "orders_pkey" PRIMARY KEY ("id"), CONSTRAINT "orders_id" CHECK (id > 0))
              from id, user_id, notes
    mysql     ALTER TABLE `orders` MODIFY COLUMN `notes` longtext GENERATED ALWAYS AS (id || '') STORED
    mysql     ALTER TABLE `orders` MODIFY COLUMN `notes` longtext GENERATED ALWAYS AS (id || 'x') STORED
    mysql     ALTER TABLE `orders` MODIFY COLUMN `notes` longtext
    "#);
    insta::assert_snapshot!(sql(|op| {
        op.alter_column("orders", "notes").set_generated_when_read("id || ''");
    }), @r#"
    postgres  error: PostgreSQL has no column that is generated when it is read, such as `notes`
              hint: store it: .generated(…), or say it in a view
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" BIGINT NOT NULL, "notes" TEXT GENERATED ALWAYS AS (id || '') VIRTUAL, CONSTRAINT "orders_pkey" PRIMARY KEY ("id"), CONSTRAINT "orders_id" CHECK (id > 0))
              from id, user_id
    mysql     ALTER TABLE `orders` DROP INDEX `idx_notes`, DROP COLUMN `notes`, ADD COLUMN `notes` longtext GENERATED ALWAYS AS (id || '') VIRTUAL AFTER `user_id`, ADD INDEX `idx_notes` (`notes`(20))
    "#);
}

#[test]
pub(crate) fn collation() {
    insta::assert_snapshot!(sql(|op| {
        op.alter_column("orders", "notes").set_collation("C");
        op.alter_column("orders", "notes").drop_collation();
    }), @r#"
    postgres  ALTER TABLE "orders" ALTER COLUMN "notes" TYPE text COLLATE "C"
    postgres  ALTER TABLE "orders" ALTER COLUMN "notes" TYPE text COLLATE pg_catalog."default"
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" BIGINT NOT NULL, "notes" TEXT COLLATE "C", CONSTRAINT "orders_pkey" PRIMARY KEY ("id"), CONSTRAINT "orders_id" CHECK (id > 0))
              from id, user_id, notes
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" BIGINT NOT NULL, "notes" TEXT, CONSTRAINT "orders_pkey" PRIMARY KEY ("id"), CONSTRAINT "orders_id" CHECK (id > 0))
              from id, user_id, notes
    mysql     ALTER TABLE `orders` MODIFY COLUMN `notes` longtext COLLATE `C`
    mysql     ALTER TABLE `orders` MODIFY COLUMN `notes` longtext
    "#);
}
