//! Constraints.

use migrate_core::prelude::*;

use crate::{back, sql};

#[test]
pub(crate) fn add_constraint() {
    insta::assert_snapshot!(sql(|op| {
        op.create_unique_constraint("orders", unique(["user_id", "id"]));
        op.create_check_constraint("orders", check("notes <> 'x'").named("orders_notes"));
        op.create_foreign_key(
            "orders",
            foreign_key(["user_id"]).references("users", ["id"]).on_delete(Restrict),
        );
    }), @r#"
    postgres  ALTER TABLE "orders" ADD CONSTRAINT "orders_user_id_id_key" UNIQUE ("user_id", "id")
    postgres  ALTER TABLE "orders" ADD CONSTRAINT "orders_notes" CHECK (notes <> 'x')
    postgres  ALTER TABLE "orders" ADD CONSTRAINT "orders_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE RESTRICT
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" BIGINT NOT NULL, "notes" TEXT, CONSTRAINT "orders_pkey" PRIMARY KEY ("id"), CONSTRAINT "orders_id" CHECK (id > 0), CONSTRAINT "orders_user_id_id_key" UNIQUE ("user_id", "id"))
              from id, user_id, notes
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" BIGINT NOT NULL, "notes" TEXT, CONSTRAINT "orders_pkey" PRIMARY KEY ("id"), CONSTRAINT "orders_id" CHECK (id > 0), CONSTRAINT "orders_notes" CHECK (notes <> 'x'), CONSTRAINT "orders_user_id_id_key" UNIQUE ("user_id", "id"))
              from id, user_id, notes
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" BIGINT NOT NULL, "notes" TEXT, CONSTRAINT "orders_pkey" PRIMARY KEY ("id"), CONSTRAINT "orders_id" CHECK (id > 0), CONSTRAINT "orders_notes" CHECK (notes <> 'x'), CONSTRAINT "orders_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE RESTRICT, CONSTRAINT "orders_user_id_id_key" UNIQUE ("user_id", "id"))
              from id, user_id, notes
    mysql     ALTER TABLE `orders` ADD CONSTRAINT `orders_user_id_id_key` UNIQUE (`user_id`, `id`)
    mysql     ALTER TABLE `orders` ADD CONSTRAINT `orders_notes` CHECK (notes <> 'x')
    mysql     ALTER TABLE `orders` ADD CONSTRAINT `orders_user_id_fkey` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE RESTRICT
    "#);
}

#[test]
fn create_primary_key() {
    insta::assert_snapshot!(sql(|op| {
        op.drop_primary_key("orders");
        op.create_primary_key("orders", primary_key(["user_id", "id"]));
        op.drop_primary_key("orders");
        op.create_primary_key("orders", primary_key(["user_id", "notes"]).named("pk"));
    }), @r#"
    postgres  ALTER TABLE "orders" DROP CONSTRAINT "orders_pkey"
    postgres  ALTER TABLE "orders" ADD CONSTRAINT "orders_pkey" PRIMARY KEY ("user_id", "id")
    postgres  ALTER TABLE "orders" DROP CONSTRAINT "orders_pkey"
    postgres  ALTER TABLE "orders" ADD CONSTRAINT "pk" PRIMARY KEY ("user_id", "notes")
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" BIGINT NOT NULL, "notes" TEXT, CONSTRAINT "orders_id" CHECK (id > 0))
              from id, user_id, notes
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" BIGINT NOT NULL, "notes" TEXT, CONSTRAINT "orders_pkey" PRIMARY KEY ("user_id", "id"), CONSTRAINT "orders_id" CHECK (id > 0))
              from id, user_id, notes
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" BIGINT NOT NULL, "notes" TEXT, CONSTRAINT "orders_id" CHECK (id > 0))
              from id, user_id, notes
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" BIGINT NOT NULL, "notes" TEXT NOT NULL, CONSTRAINT "pk" PRIMARY KEY ("user_id", "notes"), CONSTRAINT "orders_id" CHECK (id > 0))
              from id, user_id, notes
    mysql     ALTER TABLE `orders` DROP PRIMARY KEY
    mysql     ALTER TABLE `orders` ADD PRIMARY KEY (`user_id`, `id`)
    mysql     ALTER TABLE `orders` DROP PRIMARY KEY
    mysql     error: MySQL has no primary or foreign key over a column of any length, such as `notes` (text)
              hint: give the column a length: varchar(…); or put the op into op.only(Postgres, |op| …)
    "#);
}

#[test]
pub(crate) fn drop_constraint() {
    insta::assert_snapshot!(sql(|op| {
        op.drop_constraint("orders", "orders_id");
        op.drop_unique_constraint("users", ["email"]);
        op.drop_constraint("users", "gone").if_exists();
    }), @r#"
    postgres  ALTER TABLE "orders" DROP CONSTRAINT "orders_id"
    postgres  ALTER TABLE "users" DROP CONSTRAINT "users_email_key"
    postgres  ALTER TABLE "users" DROP CONSTRAINT IF EXISTS "gone"
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" BIGINT NOT NULL, "notes" TEXT, CONSTRAINT "orders_pkey" PRIMARY KEY ("id"))
              from id, user_id, notes
    sqlite    rebuild: CREATE TABLE "__migrate_new_users" ("id" INTEGER NOT NULL CONSTRAINT "users_pkey" PRIMARY KEY AUTOINCREMENT, "email" VARCHAR(80) NOT NULL)
              from id, email
    mysql     ALTER TABLE `orders` DROP CONSTRAINT `orders_id`
    mysql     ALTER TABLE `users` DROP INDEX `users_email_key`
    "#);
}

#[test]
fn a_constraint_that_waits() {
    insta::assert_snapshot!(sql(|op| {
        op.create_unique_constraint("users", unique(["id", "email"]).deferrable());
        let key = foreign_key(["user_id"]).references("users", ["id"]);
        op.create_foreign_key("orders", key.initially_deferred());
    }), @r#"
    postgres  ALTER TABLE "users" ADD CONSTRAINT "users_id_email_key" UNIQUE ("id", "email") DEFERRABLE
    postgres  ALTER TABLE "orders" ADD CONSTRAINT "orders_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users" ("id") DEFERRABLE INITIALLY DEFERRED
    sqlite    error: SQLite has no unique constraint that waits, such as `users_id_email_key`
              hint: leave .deferrable() away, or put the op into op.only(Postgres, |op| …)
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" BIGINT NOT NULL, "notes" TEXT, CONSTRAINT "orders_pkey" PRIMARY KEY ("id"), CONSTRAINT "orders_id" CHECK (id > 0), CONSTRAINT "orders_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users" ("id") DEFERRABLE INITIALLY DEFERRED)
              from id, user_id, notes
    mysql     error: MySQL has no unique constraint that waits, such as `users_id_email_key`
              hint: leave .deferrable() away, or put the op into op.only(Postgres, |op| …)
    mysql     error: MySQL has no foreign key that waits, such as `orders_user_id_fkey`
              hint: leave .deferrable() away, or put the op into op.only(Postgres, |op| …)
    "#);
}

#[test]
pub(crate) fn rename_constraint() {
    insta::assert_snapshot!(sql(|op| {
        op.rename_constraint("orders", "orders_id", "positive");
        op.alter_table("users", |t| {
            t.rename_constraint("users_email_key", "one_each");
            t.add_column(text("bio").nullable());
            t.rename_constraint("users_pkey", "users_key");
        });
    }), @r#"
    postgres  ALTER TABLE "orders" RENAME CONSTRAINT "orders_id" TO "positive"
    postgres  ALTER TABLE "users" RENAME CONSTRAINT "users_email_key" TO "one_each"
    postgres  ALTER TABLE "users" ADD COLUMN "bio" text
    postgres  ALTER TABLE "users" RENAME CONSTRAINT "users_pkey" TO "users_key"
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" BIGINT NOT NULL, "notes" TEXT, CONSTRAINT "orders_pkey" PRIMARY KEY ("id"), CONSTRAINT "positive" CHECK (id > 0))
              from id, user_id, notes
    sqlite    rebuild: CREATE TABLE "__migrate_new_users" ("id" INTEGER NOT NULL CONSTRAINT "users_key" PRIMARY KEY AUTOINCREMENT, "email" VARCHAR(80) NOT NULL, "bio" TEXT, CONSTRAINT "one_each" UNIQUE ("email"))
              from id, email
    mysql     ALTER TABLE `orders` DROP CONSTRAINT `orders_id`, ADD CONSTRAINT `positive` CHECK (id > 0)
    mysql     ALTER TABLE `users` ADD COLUMN `bio` longtext, RENAME INDEX `users_email_key` TO `one_each`
    "#);
}

#[test]
pub(crate) fn not_valid_and_validated() {
    fn validate(op: &mut Ops) {
        op.create_check_constraint(
            "orders",
            check("user_id > 0").named("c").postgres(|c| c.not_valid()),
        );
        let key = foreign_key(["user_id"]).references("users", ["id"]).on_delete(Cascade);
        op.create_foreign_key("orders", key.postgres(|k| k.not_valid().match_full()));
        op.alter_table("orders", |t| {
            t.validate_constraint("c");
            t.validate_constraint("orders_user_id_fkey");
        });
    }
    insta::assert_snapshot!(sql(validate), @r#"
    postgres  ALTER TABLE "orders" ADD CONSTRAINT "c" CHECK (user_id > 0) NOT VALID
    postgres  ALTER TABLE "orders" ADD CONSTRAINT "orders_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users" ("id") MATCH FULL ON DELETE CASCADE NOT VALID
    postgres  ALTER TABLE "orders" VALIDATE CONSTRAINT "c", VALIDATE CONSTRAINT "orders_user_id_fkey"
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" BIGINT NOT NULL, "notes" TEXT, CONSTRAINT "orders_pkey" PRIMARY KEY ("id"), CONSTRAINT "c" CHECK (user_id > 0), CONSTRAINT "orders_id" CHECK (id > 0))
              from id, user_id, notes
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" BIGINT NOT NULL, "notes" TEXT, CONSTRAINT "orders_pkey" PRIMARY KEY ("id"), CONSTRAINT "c" CHECK (user_id > 0), CONSTRAINT "orders_id" CHECK (id > 0), CONSTRAINT "orders_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE CASCADE)
              from id, user_id, notes
    mysql     ALTER TABLE `orders` ADD CONSTRAINT `c` CHECK (user_id > 0)
    mysql     ALTER TABLE `orders` ADD CONSTRAINT `orders_user_id_fkey` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE CASCADE, ADD INDEX `orders_user_id_fkey` (`user_id`)
    "#);
    insta::assert_snapshot!(back(validate), @r#"
    postgres  ALTER TABLE "orders" DROP CONSTRAINT "orders_user_id_fkey", ADD CONSTRAINT "orders_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users" ("id") MATCH FULL ON DELETE CASCADE NOT VALID, DROP CONSTRAINT "c"
    postgres  ALTER TABLE "orders" ADD CONSTRAINT "c" CHECK (user_id > 0) NOT VALID
    postgres  ALTER TABLE "orders" DROP CONSTRAINT "orders_user_id_fkey"
    postgres  ALTER TABLE "orders" DROP CONSTRAINT "c"
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" BIGINT NOT NULL, "notes" TEXT, CONSTRAINT "orders_pkey" PRIMARY KEY ("id"), CONSTRAINT "c" CHECK (user_id > 0), CONSTRAINT "orders_id" CHECK (id > 0))
              from id, user_id, notes
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" BIGINT NOT NULL, "notes" TEXT, CONSTRAINT "orders_pkey" PRIMARY KEY ("id"), CONSTRAINT "orders_id" CHECK (id > 0))
              from id, user_id, notes
    mysql     ALTER TABLE `orders` DROP FOREIGN KEY `orders_user_id_fkey`, DROP INDEX `orders_user_id_fkey`
    mysql     ALTER TABLE `orders` DROP CONSTRAINT `c`
    "#);
}

#[test]
fn a_table_with_a_constraint_that_is_not_valid_comes_back() {
    insta::assert_snapshot!(back(|op| {
        op.create_check_constraint("orders", check("user_id > 0").named("c").postgres(|c| c.not_valid()));
        op.drop_table("orders");
    }), @r#"
    postgres  CREATE TABLE "orders" ("id" bigint NOT NULL, "user_id" bigint NOT NULL, "notes" text, CONSTRAINT "orders_pkey" PRIMARY KEY ("id"), CONSTRAINT "orders_id" CHECK (id > 0))
    postgres  ALTER TABLE "orders" ADD CONSTRAINT "c" CHECK (user_id > 0) NOT VALID
    postgres  CREATE INDEX "idx_notes" ON "orders" ("notes")
    postgres  ALTER TABLE "orders" DROP CONSTRAINT "c"
    sqlite    CREATE TABLE "orders" ("id" BIGINT NOT NULL, "user_id" BIGINT NOT NULL, "notes" TEXT, CONSTRAINT "orders_pkey" PRIMARY KEY ("id"), CONSTRAINT "c" CHECK (user_id > 0), CONSTRAINT "orders_id" CHECK (id > 0))
    sqlite    CREATE INDEX "idx_notes" ON "orders" ("notes")
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" BIGINT NOT NULL, "notes" TEXT, CONSTRAINT "orders_pkey" PRIMARY KEY ("id"), CONSTRAINT "orders_id" CHECK (id > 0))
              from id, user_id, notes
    mysql     CREATE TABLE `orders` (`id` bigint NOT NULL, `user_id` bigint NOT NULL, `notes` longtext, PRIMARY KEY (`id`), CONSTRAINT `c` CHECK (user_id > 0), CONSTRAINT `orders_id` CHECK (id > 0), INDEX `idx_notes` (`notes`(20)))
    mysql     ALTER TABLE `orders` DROP CONSTRAINT `c`
    "#);
}

#[test]
fn exclusion_constraints() {
    insta::assert_snapshot!(sql(|op| {
        op.create_exclude_constraint(
            "orders",
            exclude("gist").with("user_id", "=").with(expr("int8range(id, id)"), "&&").ops("user_id", "gist_int8_ops")
                .filter("notes IS NULL").initially_deferred(),
        );
    }), @r#"
    postgres  ALTER TABLE "orders" ADD CONSTRAINT "orders_user_id_expr_excl" EXCLUDE USING gist ("user_id" gist_int8_ops WITH =, (int8range(id, id)) WITH &&) WHERE (notes IS NULL) DEFERRABLE INITIALLY DEFERRED
    sqlite    error: SQLite has no exclusion constraint, such as `orders_user_id_expr_excl`
              hint: check it in a trigger, or put the op into op.only(Postgres, |op| …)
    mysql     error: MySQL has no exclusion constraint, such as `orders_user_id_expr_excl`
              hint: check it in a trigger, or put the op into op.only(Postgres, |op| …)
    "#);
}

#[test]
fn a_foreign_key_that_sets_what_is_never_null() {
    insta::assert_snapshot!(sql(|op| {
        let key = foreign_key(["user_id"]).references("users", ["id"]);
        op.create_foreign_key("orders", key.on_delete(SetNull));
    }), @r#"
    postgres  ALTER TABLE "orders" ADD CONSTRAINT "orders_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE SET NULL
    sqlite    rebuild: CREATE TABLE "__migrate_new_orders" ("id" BIGINT NOT NULL, "user_id" BIGINT NOT NULL, "notes" TEXT, CONSTRAINT "orders_pkey" PRIMARY KEY ("id"), CONSTRAINT "orders_id" CHECK (id > 0), CONSTRAINT "orders_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE SET NULL)
              from id, user_id, notes
    mysql     error: MySQL has no SET NULL for a column that is never NULL, such as `user_id`
              hint: take another action, or let the column be NULL: .nullable()
    "#);
}
