//! How each database spells the types.

use migrate_core::prelude::*;

use crate::sql;

#[test]
fn types() {
    insta::assert_snapshot!(sql(|op| {
        op.create_table(
            table("kinds")
                .column(boolean("a")).column(smallint("b")).column(integer("c")).column(bigint("d"))
                .column(real("e")).column(double("f")).column(numeric("g", 9, 0)).column(numeric_unlimited("h"))
                .column(text("i")).column(varchar("j", 9)).column(char("k", 9)).column(citext("l"))
                .column(binary("m")).column(date("n")).column(time("o")).column(time("p").precision(3))
                .column(timestamp("q")).column(timestamptz("r").precision(0)).column(json("s")).column(jsonb("t"))
                .column(uuid("u")).column(custom("v", "INT")).column(text("w").collate("C")),
        );
    }), @r#"
    postgres  CREATE TABLE "kinds" ("a" boolean NOT NULL, "b" smallint NOT NULL, "c" integer NOT NULL, "d" bigint NOT NULL, "e" real NOT NULL, "f" double precision NOT NULL, "g" numeric(9) NOT NULL, "h" numeric NOT NULL, "i" text NOT NULL, "j" varchar(9) NOT NULL, "k" char(9) NOT NULL, "l" citext NOT NULL, "m" bytea NOT NULL, "n" date NOT NULL, "o" time NOT NULL, "p" time(3) NOT NULL, "q" timestamp NOT NULL, "r" timestamp(0) with time zone NOT NULL, "s" json NOT NULL, "t" jsonb NOT NULL, "u" uuid NOT NULL, "v" INT NOT NULL, "w" text COLLATE "C" NOT NULL)
    sqlite    CREATE TABLE "kinds" ("a" BOOLEAN NOT NULL, "b" SMALLINT NOT NULL, "c" INTEGER NOT NULL, "d" BIGINT NOT NULL, "e" REAL NOT NULL, "f" DOUBLE NOT NULL, "g" NUMERIC(9) NOT NULL, "h" NUMERIC NOT NULL, "i" TEXT NOT NULL, "j" VARCHAR(9) NOT NULL, "k" CHAR(9) NOT NULL, "l" TEXT COLLATE NOCASE NOT NULL, "m" BLOB NOT NULL, "n" DATE NOT NULL, "o" TIME NOT NULL, "p" TIME NOT NULL, "q" TIMESTAMP NOT NULL, "r" TIMESTAMP NOT NULL, "s" TEXT NOT NULL, "t" BLOB NOT NULL, "u" TEXT NOT NULL, "v" INT NOT NULL, "w" TEXT COLLATE "C" NOT NULL)
    "#);
}

#[test]
fn types_of_postgres() {
    insta::assert_snapshot!(sql(|op| {
        op.create_table(
            table("kinds")
                .column(text("a").array()).column(enumeration("b", "status").array()).column(interval("c"))
                .column(inet("d")).column(cidr("e")).column(macaddr("f")).column(macaddr8("g")).column(money("h"))
                .column(oid("i")).column(pg_lsn("j")).column(internal_char("k")).column(range("l", RangeType::Tstz))
                .column(multirange("m", RangeType::Date)),
        );
    }), @r#"
    postgres  CREATE TABLE "kinds" ("a" text[] NOT NULL, "b" "status"[] NOT NULL, "c" interval NOT NULL, "d" inet NOT NULL, "e" cidr NOT NULL, "f" macaddr NOT NULL, "g" macaddr8 NOT NULL, "h" money NOT NULL, "i" oid NOT NULL, "j" pg_lsn NOT NULL, "k" "char" NOT NULL, "l" tstzrange NOT NULL, "m" datemultirange NOT NULL)
    sqlite    error: SQLite has no type text[]
    "#);
}

#[test]
fn types_of_mysql() {
    insta::assert_snapshot!(sql(|op| {
        op.create_table(table("small").column(tinyint("a").default(-128)));
        op.create_table(table("signs").column(bigint("b").unsigned().default(u64::MAX)));
    }), @r#"
    postgres  CREATE TABLE "small" ("a" smallint NOT NULL DEFAULT -128)
    postgres  error: PostgreSQL has no type bigint unsigned
    sqlite    CREATE TABLE "small" ("a" SMALLINT NOT NULL DEFAULT -128)
    sqlite    error: SQLite has no type bigint unsigned
    "#);
}
