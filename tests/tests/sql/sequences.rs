//! Sequences.

use migrate_core::catalog::SequenceType;
use migrate_core::prelude::*;

use crate::{back, sql};

fn ops(op: &mut Ops) {
    op.create_sequence(
        sequence("it's")
            .start(5)
            .increment(-1)
            .min_value(-10)
            .max_value(10)
            .cache(2)
            .cycle()
            .postgres(|s| s.smallint()),
    );
    op.create_sequence(sequence("plain")).if_not_exists();
    op.alter_sequence("plain").increment(-2).cycle();
    op.alter_sequence("it's").no_min_value().no_cycle().cache(1);
    op.rename_sequence("it's", "round");
    op.drop_sequence("plain").if_exists();
}

#[test]
pub(crate) fn sequences() {
    insta::assert_snapshot!(sql(ops), @r#"
    postgres  CREATE SEQUENCE "it's" AS smallint START WITH 5 INCREMENT BY -1 MINVALUE -10 MAXVALUE 10 CACHE 2 CYCLE
    postgres  CREATE SEQUENCE IF NOT EXISTS "plain"
    postgres  ALTER SEQUENCE "plain" START WITH -1 INCREMENT BY -2 MINVALUE -9223372036854775808 MAXVALUE -1 CYCLE
    postgres  ALTER SEQUENCE "it's" MINVALUE -32768 CACHE 1 NO CYCLE
    postgres  ALTER SEQUENCE "it's" RENAME TO "round"
    postgres  DROP SEQUENCE IF EXISTS "plain"
    sqlite    error: SQLite has no sequences
              hint: count in an identity column of a table, or put the op into op.only(Postgres, |op| …)
    sqlite    error: SQLite has no sequences
              hint: count in an identity column of a table, or put the op into op.only(Postgres, |op| …)
    sqlite    error: SQLite has no sequences
              hint: count in an identity column of a table, or put the op into op.only(Postgres, |op| …)
    sqlite    error: SQLite has no sequences
              hint: count in an identity column of a table, or put the op into op.only(Postgres, |op| …)
    sqlite    error: SQLite has no sequences
              hint: count in an identity column of a table, or put the op into op.only(Postgres, |op| …)
    sqlite    error: SQLite has no sequences
              hint: count in an identity column of a table, or put the op into op.only(Postgres, |op| …)
    mysql     error: MySQL has no sequences
              hint: count in an identity column of a table, or put the op into op.only(Postgres, |op| …)
    mariadb   CREATE SEQUENCE `it's` START WITH 5 INCREMENT BY -1 MINVALUE -10 MAXVALUE 10 CACHE 2 CYCLE
    mysql     error: MySQL has no sequences
              hint: count in an identity column of a table, or put the op into op.only(Postgres, |op| …)
    mariadb   CREATE SEQUENCE IF NOT EXISTS `plain`
    mysql     error: MySQL has no sequences
              hint: count in an identity column of a table, or put the op into op.only(Postgres, |op| …)
    mariadb   ALTER SEQUENCE `plain` START WITH -1 INCREMENT BY -2 MINVALUE -9223372036854775807 MAXVALUE -1 CYCLE
    mysql     error: MySQL has no sequences
              hint: count in an identity column of a table, or put the op into op.only(Postgres, |op| …)
    mariadb   ALTER SEQUENCE `it's` MINVALUE -9223372036854775807 CACHE 1 NOCYCLE
    mysql     error: MySQL has no sequences
              hint: count in an identity column of a table, or put the op into op.only(Postgres, |op| …)
    mariadb   RENAME TABLE `it's` TO `round`
    mysql     error: MySQL has no sequences
              hint: count in an identity column of a table, or put the op into op.only(Postgres, |op| …)
    mariadb   DROP SEQUENCE IF EXISTS `plain`
    "#);
}

#[test]
fn and_back() {
    insta::assert_snapshot!(back(ops), @r#"
    postgres  CREATE SEQUENCE "plain" INCREMENT BY -2 CYCLE
    postgres  ALTER SEQUENCE "round" RENAME TO "it's"
    postgres  ALTER SEQUENCE "it's" MINVALUE -10 CACHE 2 CYCLE
    postgres  ALTER SEQUENCE "plain" START WITH 1 INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 NO CYCLE
    postgres  DROP SEQUENCE "plain"
    postgres  DROP SEQUENCE "it's"
    sqlite    error: SQLite has no sequences
              hint: count in an identity column of a table, or put the op into op.only(Postgres, |op| …)
    sqlite    error: SQLite has no sequences
              hint: count in an identity column of a table, or put the op into op.only(Postgres, |op| …)
    sqlite    error: SQLite has no sequences
              hint: count in an identity column of a table, or put the op into op.only(Postgres, |op| …)
    sqlite    error: SQLite has no sequences
              hint: count in an identity column of a table, or put the op into op.only(Postgres, |op| …)
    sqlite    error: SQLite has no sequences
              hint: count in an identity column of a table, or put the op into op.only(Postgres, |op| …)
    sqlite    error: SQLite has no sequences
              hint: count in an identity column of a table, or put the op into op.only(Postgres, |op| …)
    mysql     error: MySQL has no sequences
              hint: count in an identity column of a table, or put the op into op.only(Postgres, |op| …)
    mariadb   CREATE SEQUENCE `plain` INCREMENT BY -2 CYCLE
    mysql     error: MySQL has no sequences
              hint: count in an identity column of a table, or put the op into op.only(Postgres, |op| …)
    mariadb   RENAME TABLE `round` TO `it's`
    mysql     error: MySQL has no sequences
              hint: count in an identity column of a table, or put the op into op.only(Postgres, |op| …)
    mariadb   ALTER SEQUENCE `it's` MINVALUE -10 CACHE 2 CYCLE
    mysql     error: MySQL has no sequences
              hint: count in an identity column of a table, or put the op into op.only(Postgres, |op| …)
    mariadb   ALTER SEQUENCE `plain` START WITH 1 INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775806 NOCYCLE
    mysql     error: MySQL has no sequences
              hint: count in an identity column of a table, or put the op into op.only(Postgres, |op| …)
    mariadb   DROP SEQUENCE `plain`
    mysql     error: MySQL has no sequences
              hint: count in an identity column of a table, or put the op into op.only(Postgres, |op| …)
    mariadb   DROP SEQUENCE `it's`
    "#);
}

fn owned(op: &mut Ops) {
    op.only(Postgres, |op| {
        op.create_sequence(sequence("ticket_numbers").postgres(|s| s.integer()));
        let number = integer("number").default_sql("nextval('ticket_numbers')");
        op.create_table(table("tickets").column(number));
        op.alter_sequence("ticket_numbers").owned_by("tickets", "number");
        op.alter_sequence("ticket_numbers").postgres_type(SequenceType::BigInt);
        op.drop_table("tickets");
    });
}

#[test]
fn a_sequence_goes_with_its_table() {
    insta::assert_snapshot!(sql(owned), @r#"
    postgres  CREATE SEQUENCE "ticket_numbers" AS integer
    postgres  CREATE TABLE "tickets" ("number" integer NOT NULL DEFAULT nextval('ticket_numbers'))
    postgres  ALTER SEQUENCE "ticket_numbers" OWNED BY "tickets"."number"
    postgres  ALTER SEQUENCE "ticket_numbers" AS bigint MAXVALUE 9223372036854775807
    postgres  DROP TABLE "tickets"
    "#);
}

#[test]
fn and_comes_back_with_it() {
    insta::assert_snapshot!(back(owned), @r#"
    postgres  CREATE SEQUENCE "ticket_numbers"
    postgres  CREATE TABLE "tickets" ("number" integer NOT NULL DEFAULT nextval('ticket_numbers'))
    postgres  ALTER SEQUENCE "ticket_numbers" OWNED BY "tickets"."number"
    postgres  ALTER SEQUENCE "ticket_numbers" AS integer MAXVALUE 2147483647
    postgres  ALTER SEQUENCE "ticket_numbers" OWNED BY NONE
    postgres  DROP TABLE "tickets"
    postgres  DROP SEQUENCE "ticket_numbers"
    "#);
}
