//! Examples of partitioned tables and their partitions, which only PostgreSQL has as objects.

use migrate_core::prelude::*;

use super::{Example, example};

fn events() -> TableBuilder {
    table("events")
        .column(bigint("id"))
        .column(timestamptz("at"))
        .column(text("kind").default("none"))
        .column(bigint("account_id").nullable().references("accounts", "id"))
        .primary_key(["id", "at"])
        .constraint(check("kind <> ''"))
        .comment("by year")
        .partition_by_range(["at"])
}

/// A table with a year, the rest, and rows in both.
fn with_rows(op: &mut Ops) {
    op.create_table(events());
    op.create_index(index("idx_events_kind").on("events", ["kind"]));
    op.create_partition(
        partition("events_2026").of("events").from_to("'2026-01-01'", "'2027-01-01'"),
    );
    op.create_partition(partition("events_rest").of("events").default_partition());
    op.bulk_insert(
        rows("events")
            .row(row().set("id", 1).set("at", "2026-05-01 00:00:00+00"))
            .row(row().set("id", 2).set("at", "2031-05-01 00:00:00+00")),
    );
}

pub(super) fn create_partition() -> Vec<Example> {
    vec![
        example("ranges and the rest", |op| op.only(Postgres, with_rows)),
        example("ranges of two columns", |op| {
            op.only(Postgres, |op| {
                op.create_table(
                    table("spans")
                        .column(integer("a"))
                        .column(text("b"))
                        .constraint(unique(["b", "a"]))
                        .partition_by_range(["a", "b"]),
                );
                let first = partition("spans_1").of("spans");
                op.create_partition(first.from_to("MINVALUE, MINVALUE", "10, 'it''s, (b) TO ('"));
                let second = partition("spans_2").of("spans");
                op.create_partition(second.from_to("10, 'it''s, (b) TO ('", "MAXVALUE, MAXVALUE"));
                op.create_index(index("spans_a").on("spans", ["a", "b"]).unique());
            });
        }),
        example("lists, of an expression", |op| {
            op.only(Postgres, |op| {
                op.create_table(
                    table("words")
                        .column(text("word").nullable())
                        .partition_by_list([expr("lower(word)")]),
                );
                op.create_partition(partition("words_a").of("words").in_values([
                    "'a'",
                    "'it''s, '",
                    "NULL",
                ]));
                op.create_partition(partition("words_b").of("words").in_values(["'b'"]));
            });
        }),
        example("hashes, and a key to the table", |op| {
            op.only(Postgres, |op| {
                op.create_table(
                    table("loads").column(bigint("id").primary_key()).partition_by_hash(["id"]),
                );
                op.create_partition(partition("loads_0").of("loads").hash(2, 0));
                op.create_partition(partition("loads_1").of("loads").hash(2, 1));
                op.create_table(table("items").column(bigint("load_id").references("loads", "id")));
            });
        }),
        example("hostile names", |op| {
            op.only(Postgres, |op| {
                op.create_table(
                    table("pa\"rts; --").column(integer("a \", b")).partition_by_list(["a \", b"]),
                );
                op.create_partition(partition("'; \"1").of("pa\"rts; --").in_values(["1"]));
            });
        }),
        example("changes of the table", |op| {
            op.only(Postgres, |op| {
                with_rows(op);
                op.add_column("events", text("more").default("x"));
                op.alter_column("events", "at").rename_to("since");
                op.alter_column("events", "kind").set_default("some");
                op.drop_column("events", "account_id");
                op.create_unique_constraint("events", unique(["kind", "since", "id"]));
                op.rename_table("events", "happenings");
                op.create_partition(
                    partition("old").of("happenings").from_to("MINVALUE", "'2000-01-01'"),
                );
            });
        }),
        example("the table goes, with its partitions", |op| {
            op.only(Postgres, |op| {
                with_rows(op);
                op.drop_table("events");
            });
        }),
    ]
}

pub(super) fn drop_partition() -> Vec<Example> {
    vec![
        example("a partition", |op| {
            op.only(Postgres, |op| {
                with_rows(op);
                op.drop_partition("events_rest");
            });
        }),
        example("one that is gone", |op| {
            op.only(Postgres, |op| {
                op.drop_partition("never_there").if_exists();
            });
        }),
    ]
}
