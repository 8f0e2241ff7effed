//! Partitioned tables, which are objects on PostgreSQL alone.

use migrate_core::prelude::*;

use crate::{back, sql};

fn parted(op: &mut Ops) {
    op.create_table(
        table("events")
            .column(bigint("id"))
            .column(timestamptz("at"))
            .primary_key(["id", "at"])
            .partition_by_range(["at"]),
    );
    op.create_partition(
        partition("events_2026").of("events").from_to("'2026-01-01'", "'2027-01-01'"),
    );
}

#[test]
pub(crate) fn a_partitioned_table() {
    insta::assert_snapshot!(sql(|op| {
        parted(op);
        op.create_partition(partition("events_rest").of("events").default_partition());
        op.drop_partition("events_rest").if_exists();
    }), @r#"
    postgres  CREATE TABLE "events" ("id" bigint NOT NULL, "at" timestamp with time zone NOT NULL, CONSTRAINT "events_pkey" PRIMARY KEY ("id", "at")) PARTITION BY RANGE ("at")
    postgres  CREATE TABLE "events_2026" PARTITION OF "events" FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')
    postgres  CREATE TABLE "events_rest" PARTITION OF "events" DEFAULT
    postgres  DROP TABLE IF EXISTS "events_rest"
    sqlite    error: SQLite has no partitioned tables
              hint: keep all rows in one table: leave the partitioning away here, with op.only(Postgres, |op| …)
    sqlite    error: SQLite has no partitions
              hint: keep all rows in one table: leave the partitioning away here, with op.only(Postgres, |op| …)
    sqlite    error: SQLite has no partitions
              hint: keep all rows in one table: leave the partitioning away here, with op.only(Postgres, |op| …)
    sqlite    error: SQLite has no partitions
              hint: keep all rows in one table: leave the partitioning away here, with op.only(Postgres, |op| …)
    mysql     error: MySQL has no tables partitioned as PostgreSQL's are
              hint: say the database's own partitioning in SQL: op.execute(…).declares_nothing()
    mysql     error: MySQL has no partitions that are tables
              hint: say the database's own partitioning in SQL: op.execute(…).declares_nothing()
    mysql     error: MySQL has no partitions that are tables
              hint: say the database's own partitioning in SQL: op.execute(…).declares_nothing()
    mysql     error: MySQL has no partitions that are tables
              hint: say the database's own partitioning in SQL: op.execute(…).declares_nothing()
    "#);
}

#[test]
fn lists_and_hashes() {
    insta::assert_snapshot!(sql(|op| op.only(Postgres, |op| {
        op.create_table(table("a").column(text("b")).partition_by_list([expr("lower(b)")]));
        op.create_partition(partition(("s", "a_1")).of("a").in_values(["'x'", "NULL"]));
        op.create_table(table("c").column(text("b")).column(text("d")).partition_by_hash(["b", "d"]));
        op.create_partition(partition("c_0").of("c").hash(4, 0));
    })), @r#"
    postgres  CREATE TABLE "a" ("b" text NOT NULL) PARTITION BY LIST ((lower(b)))
    postgres  CREATE TABLE "s"."a_1" PARTITION OF "a" FOR VALUES IN ('x', NULL)
    postgres  CREATE TABLE "c" ("b" text NOT NULL, "d" text NOT NULL) PARTITION BY HASH ("b", "d")
    postgres  CREATE TABLE "c_0" PARTITION OF "c" FOR VALUES WITH (MODULUS 4, REMAINDER 0)
    "#);
}

#[test]
fn what_is_dropped_comes_back_with_its_parts() {
    insta::assert_snapshot!(back(|op| op.only(Postgres, |op| {
        parted(op);
        op.drop_partition("events_2026");
        op.create_partition(partition("events_all").of("events").default_partition());
        op.drop_table("events");
    })), @r#"
    postgres  CREATE TABLE "events" ("id" bigint NOT NULL, "at" timestamp with time zone NOT NULL, CONSTRAINT "events_pkey" PRIMARY KEY ("id", "at")) PARTITION BY RANGE ("at")
    postgres  CREATE TABLE "events_all" PARTITION OF "events" DEFAULT
    postgres  DROP TABLE "events_all"
    postgres  CREATE TABLE "events_2026" PARTITION OF "events" FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')
    postgres  DROP TABLE "events_2026"
    postgres  DROP TABLE "events"
    "#);
}

#[test]
fn what_a_partitioned_table_can_not_have() {
    insta::assert_snapshot!(sql(|op| op.only(Postgres, |op| {
        op.create_table(
            table("a").column(text("b")).partition_by_list(["b"]).postgres(|t| t.with("fillfactor", 70)),
        );
        op.create_index(index("a_b").on("a", ["b"]).postgres(|i| i.concurrently()));
    })), @r#"
    postgres  error: PostgreSQL has no UNLOGGED or storage parameters for a partitioned table, which keeps no rows itself
              hint: say it in SQL, for each partition: op.execute("ALTER TABLE … SET …").declares_nothing()
    postgres  error: PostgreSQL has no CONCURRENTLY for an index of a partitioned table
              hint: leave .concurrently() away; or say it in SQL, for each partition: op.execute("CREATE INDEX CONCURRENTLY …")
    "#);
}
