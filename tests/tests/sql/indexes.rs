//! Indexes.

use migrate_core::prelude::*;

use crate::sql;

#[test]
pub(crate) fn create_index() {
    insta::assert_snapshot!(sql(|op| {
        op.create_index(index("").on("orders", ["user_id"]));
        op.create_index(index("i1").on("orders", [desc("id")]).key(expr("lower(notes)")).unique().filter("notes <> ''"));
        op.create_index(index("i4").on("orders", [desc("id")]).key(expr("lower(notes)")));
        op.create_index(
            index("i2").on("orders", ["notes"]).postgres(|i| i.using("gin").ops("notes", "gin_trgm_ops").concurrently()),
        );
        op.create_index(
            index("i3").on("orders", ["user_id"]).unique().postgres(|i| i.include(["notes"]).nulls_not_distinct()),
        );
        op.create_index(index("idx_notes").on("orders", ["notes"]).mysql(|i| i.length("notes", 20))).if_not_exists();
    }), @r#"
    postgres  CREATE INDEX "orders_user_id_idx" ON "orders" ("user_id")
    postgres  CREATE UNIQUE INDEX "i1" ON "orders" ("id" DESC, (lower(notes))) WHERE (notes <> '')
    postgres  CREATE INDEX "i4" ON "orders" ("id" DESC, (lower(notes)))
    postgres  CREATE INDEX CONCURRENTLY "i2" ON "orders" USING gin ("notes" gin_trgm_ops)
    postgres  CREATE UNIQUE INDEX "i3" ON "orders" ("user_id") INCLUDE ("notes") NULLS NOT DISTINCT
    postgres  CREATE INDEX IF NOT EXISTS "idx_notes" ON "orders" ("notes")
    sqlite    CREATE INDEX "orders_user_id_idx" ON "orders" ("user_id")
    sqlite    CREATE UNIQUE INDEX "i1" ON "orders" ("id" DESC, (lower(notes))) WHERE notes <> ''
    sqlite    CREATE INDEX "i4" ON "orders" ("id" DESC, (lower(notes)))
    sqlite    CREATE INDEX "i2" ON "orders" ("notes")
    sqlite    CREATE UNIQUE INDEX "i3" ON "orders" ("user_id")
    sqlite    CREATE INDEX IF NOT EXISTS "idx_notes" ON "orders" ("notes")
    mysql     CREATE INDEX `orders_user_id_idx` ON `orders` (`user_id`)
    mysql     error: MySQL has no index over some of the rows, such as `i1`
              hint: leave .filter(…) away, or put the op into op.only(Postgres, |op| …); a unique one can lie over a generated column that is NULL for all other rows
    mysql     CREATE INDEX `i4` ON `orders` (`id` DESC, (lower(notes)))
    mariadb   error: MariaDB has no index over an expression, such as `lower(notes)`
              hint: add a generated column with that expression, and index the column
    mysql     error: MySQL has no key over a column of any length, such as `notes` (text)
              hint: give the column a length: varchar(…); or put the op into op.only(Postgres, |op| …)
    mariadb   CREATE INDEX `i2` ON `orders` (`notes`)
    mysql     CREATE UNIQUE INDEX `i3` ON `orders` (`user_id`)
    mysql     error: MySQL has no IF NOT EXISTS for indexes
              hint: leave the guard away: the chain knows what is there; or put the op into op.only(…)
    mariadb   CREATE INDEX IF NOT EXISTS `idx_notes` ON `orders` (`notes`(20))
    "#);
}

#[test]
fn an_order_of_nulls() {
    insta::assert_snapshot!(sql(|op| {
        op.create_index(index("i").on("orders", [asc("user_id").nulls_first()]));
    }), @r#"
    postgres  CREATE INDEX "i" ON "orders" ("user_id" ASC NULLS FIRST)
    sqlite    error: SQLite has no index with NULLS FIRST or NULLS LAST
              hint: leave the place of NULLs to the database, or put the op into op.only(Postgres, |op| …)
    mysql     error: MySQL has no index with NULLS FIRST or NULLS LAST
              hint: leave the place of NULLs to the database, or put the op into op.only(Postgres, |op| …)
    "#);
}

#[test]
pub(crate) fn drop_index() {
    insta::assert_snapshot!(sql(|op| {
        op.drop_index("idx_notes").concurrently();
        op.drop_index("gone").if_exists();
    }), @r#"
    postgres  DROP INDEX CONCURRENTLY "idx_notes"
    postgres  DROP INDEX IF EXISTS "gone"
    sqlite    DROP INDEX "idx_notes"
    sqlite    DROP INDEX IF EXISTS "gone"
    mysql     DROP INDEX `idx_notes` ON `orders`
    "#);
}

#[test]
pub(crate) fn rename_index() {
    insta::assert_snapshot!(sql(|op| {
        op.rename_index("idx_notes", "idx_remarks");
        op.rename_index("idx_remarks", "it's").on("orders");
    }), @r#"
    postgres  ALTER INDEX "idx_notes" RENAME TO "idx_remarks"
    postgres  ALTER INDEX "idx_remarks" RENAME TO "it's"
    sqlite    DROP INDEX "idx_notes"
    sqlite    CREATE INDEX "idx_remarks" ON "orders" ("notes")
    sqlite    DROP INDEX "idx_remarks"
    sqlite    CREATE INDEX "it's" ON "orders" ("notes")
    mysql     ALTER TABLE `orders` RENAME INDEX `idx_notes` TO `idx_remarks`
    mysql     ALTER TABLE `orders` RENAME INDEX `idx_remarks` TO `it's`
    "#);
}

#[test]
fn options_of_each_database() {
    insta::assert_snapshot!(sql(|op| {
        op.create_index(
            index("i").on("orders", ["user_id"]).filter("notes <> ''")
                .postgres(|i| i.with("fillfactor", 70).with("deduplicate_items", false).tablespace("fast")),
        );
        op.create_index(index("j").on("orders", ["notes"]).mysql(|i| i.length("notes", 20).using("btree")));
        op.create_index(index("k").on("orders", ["notes"]).mysql(|i| i.fulltext()));
    }), @r#"
    postgres  CREATE INDEX "i" ON "orders" ("user_id") WITH (fillfactor = 70, deduplicate_items = false) TABLESPACE "fast" WHERE (notes <> '')
    postgres  CREATE INDEX "j" ON "orders" ("notes")
    postgres  CREATE INDEX "k" ON "orders" ("notes")
    sqlite    CREATE INDEX "i" ON "orders" ("user_id") WHERE notes <> ''
    sqlite    CREATE INDEX "j" ON "orders" ("notes")
    sqlite    CREATE INDEX "k" ON "orders" ("notes")
    mysql     error: MySQL has no index over some of the rows, such as `i`
              hint: leave .filter(…) away, or put the op into op.only(Postgres, |op| …); a unique one can lie over a generated column that is NULL for all other rows
    mysql     CREATE INDEX `j` USING btree ON `orders` (`notes`(20))
    mysql     CREATE FULLTEXT INDEX `k` ON `orders` (`notes`)
    "#);
}
