//! How each database spells the types.

use migrate_core::prelude::*;

use crate::sql;

#[test]
fn types() {
    insta::assert_snapshot!(sql(|op| {
        op.create_table(
            table("kinds")
                .column(boolean("a")).column(smallint("b")).column(integer("c")).column(bigint("d"))
                .column(real("e")).column(double("f")).column(numeric("g", 9, 0))
                .column(text("i")).column(varchar("j", 9)).column(char("k", 9))
                .column(binary("m")).column(date("n")).column(time("o")).column(time("p").precision(3))
                .column(timestamp("q")).column(timestamptz("r").precision(0)).column(json("s")).column(jsonb("t"))
                .column(uuid("u")).column(custom("v", "INT")).column(text("w").collate("C")),
        );
        op.create_table(table("exact").column(numeric_unlimited("h")));
        op.create_table(table("folded").column(citext("l")));
    }), @r#"
    postgres  CREATE TABLE "kinds" ("a" boolean NOT NULL, "b" smallint NOT NULL, "c" integer NOT NULL, "d" bigint NOT NULL, "e" real NOT NULL, "f" double precision NOT NULL, "g" numeric(9) NOT NULL, "i" text NOT NULL, "j" varchar(9) NOT NULL, "k" char(9) NOT NULL, "m" bytea NOT NULL, "n" date NOT NULL, "o" time NOT NULL, "p" time(3) NOT NULL, "q" timestamp NOT NULL, "r" timestamp(0) with time zone NOT NULL, "s" json NOT NULL, "t" jsonb NOT NULL, "u" uuid NOT NULL, "v" INT NOT NULL, "w" text COLLATE "C" NOT NULL)
    postgres  CREATE TABLE "exact" ("h" numeric NOT NULL)
    postgres  CREATE TABLE "folded" ("l" citext NOT NULL)
    sqlite    CREATE TABLE "kinds" ("a" BOOLEAN NOT NULL, "b" SMALLINT NOT NULL, "c" INTEGER NOT NULL, "d" BIGINT NOT NULL, "e" REAL NOT NULL, "f" DOUBLE NOT NULL, "g" NUMERIC(9) NOT NULL, "i" TEXT NOT NULL, "j" VARCHAR(9) NOT NULL, "k" CHAR(9) NOT NULL, "m" BLOB NOT NULL, "n" DATE NOT NULL, "o" TIME NOT NULL, "p" TIME NOT NULL, "q" TIMESTAMP NOT NULL, "r" TIMESTAMP NOT NULL, "s" TEXT NOT NULL, "t" BLOB NOT NULL, "u" TEXT NOT NULL, "v" INT NOT NULL, "w" TEXT COLLATE "C" NOT NULL)
    sqlite    CREATE TABLE "exact" ("h" NUMERIC NOT NULL)
    sqlite    CREATE TABLE "folded" ("l" TEXT COLLATE NOCASE NOT NULL)
    mysql     CREATE TABLE `kinds` (`a` boolean NOT NULL, `b` smallint NOT NULL, `c` int NOT NULL, `d` bigint NOT NULL, `e` float NOT NULL, `f` double NOT NULL, `g` decimal(9, 0) NOT NULL, `i` longtext NOT NULL, `j` varchar(9) NOT NULL, `k` char(9) NOT NULL, `m` longblob NOT NULL, `n` date NOT NULL, `o` time(6) NOT NULL, `p` time(3) NOT NULL, `q` datetime(6) NOT NULL, `r` timestamp NOT NULL, `s` json NOT NULL, `t` json NOT NULL, `u` char(36) NOT NULL, `v` INT NOT NULL, `w` longtext COLLATE `C` NOT NULL)
    mysql     error: MySQL has no type numeric (column `h`)
              hint: say how many digits: numeric("price", 20, 6); 65 are the most, 30 of them behind the point
    mysql     error: MySQL has no type citext (column `l`)
              hint: most collations here compare without case by themselves: varchar(…) or text(…), with .collate(…) if the database's own does not
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
              hint: keep it as text(…) or json(…), or put the op into op.only(Postgres, |op| …)
    mysql     error: MySQL has no type text[] (column `a`)
              hint: keep it as text(…) or json(…), or put the op into op.only(Postgres, |op| …)
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
              hint: take a wider type and a check: bigint(…).check("… >= 0"); or put the op into op.only(Mysql, |op| …)
    sqlite    CREATE TABLE "small" ("a" SMALLINT NOT NULL DEFAULT -128)
    sqlite    error: SQLite has no type bigint unsigned
              hint: add a check: bigint(…).check("… >= 0"); or put the op into op.only(Mysql, |op| …)
    mysql     CREATE TABLE `small` (`a` tinyint NOT NULL DEFAULT -128)
    mysql     CREATE TABLE `signs` (`b` bigint unsigned NOT NULL DEFAULT 18446744073709551615)
    "#);
}
