//! Enums.

use migrate_core::prelude::*;

use crate::sql;

#[test]
fn enums() {
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
    "#);
}
