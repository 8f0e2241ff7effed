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
fn a_partitioned_table() {
    insta::assert_snapshot!(sql(|op| {
        parted(op);
        op.create_partition(partition("events_rest").of("events").default_partition());
        op.drop_partition("events_rest").if_exists();
    }), @"");
}

#[test]
fn lists_and_hashes() {
    insta::assert_snapshot!(sql(|op| op.only(Postgres, |op| {
        op.create_table(table("a").column(text("b")).partition_by_list([expr("lower(b)")]));
        op.create_partition(partition(("s", "a_1")).of("a").in_values(["'x'", "NULL"]));
        op.create_table(table("c").column(text("b")).column(text("d")).partition_by_hash(["b", "d"]));
        op.create_partition(partition("c_0").of("c").hash(4, 0));
    })), @"");
}

#[test]
fn what_is_dropped_comes_back_with_its_parts() {
    insta::assert_snapshot!(back(|op| op.only(Postgres, |op| {
        parted(op);
        op.drop_partition("events_2026");
        op.create_partition(partition("events_all").of("events").default_partition());
        op.drop_table("events");
    })), @"");
}

#[test]
fn what_a_partitioned_table_can_not_have() {
    insta::assert_snapshot!(sql(|op| op.only(Postgres, |op| {
        op.create_table(
            table("a").column(text("b")).partition_by_list(["b"]).postgres(|t| t.with("fillfactor", 70)),
        );
        op.create_index(index("a_b").on("a", ["b"]).postgres(|i| i.concurrently()));
    })), @"");
}
