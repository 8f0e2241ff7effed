//! Examples of sequences, which PostgreSQL and MariaDB have.

use migrate_core::catalog::SequenceType;
use migrate_core::prelude::*;

use super::{Example, example};

/// For both databases that have sequences.
fn both(op: &mut Ops, ops: fn(&mut Ops)) {
    if [Postgres, Mariadb].contains(&op.dialect()) {
        ops(op);
    }
}

/// A default that takes its numbers from a sequence.
fn next(op: &Ops, sequence: &str) -> String {
    match op.dialect() {
        Postgres | Sqlite => format!("nextval('{sequence}')"),
        Mysql | Mariadb => format!("NEXT VALUE FOR {sequence}"),
    }
}

/// The part of the rich schema that counts.
pub(super) fn rich(op: &mut Ops) {
    both(op, |op| {
        op.create_sequence(sequence("numbers").start(1000).increment(5).cache(10));
        op.create_sequence(sequence("it's \"a\" seq; --").cycle().max_value(99));
        let number = bigint("number").default_sql(&next(op, "numbers"));
        op.create_table(table("invoices").column(number).column(text("memo").nullable()));
    });
    op.only(Postgres, |op| {
        op.create_schema("archive");
        op.create_table(
            table(("archive", "old_orders"))
                .column(bigint("id").primary_key())
                .column(text("memo").nullable()),
        );
        op.create_sequence(sequence(("archive", "old_numbers")).postgres(|s| s.smallint()));
        // What `serial` is in PostgreSQL.
        op.create_sequence(sequence("tickets_id_seq").postgres(|s| s.integer()));
        op.create_table(
            table("tickets")
                .column(integer("id").default_sql("nextval('tickets_id_seq')").primary_key())
                .column(text("memo").nullable()),
        );
        op.alter_sequence("tickets_id_seq").owned_by("tickets", "id");
    });
}

pub(super) fn create_sequence() -> Vec<Example> {
    vec![
        example("a plain one", |op| {
            both(op, |op| {
                op.create_sequence(sequence("plain"));
            });
        }),
        example("with everything", |op| {
            both(op, |op| {
                op.create_sequence(
                    sequence("all")
                        .start(-5)
                        .increment(-5)
                        .min_value(-500)
                        .max_value(500)
                        .cache(3)
                        .cycle(),
                );
            });
        }),
        example("one that is there", |op| {
            both(op, |op| {
                op.create_sequence(sequence("numbers").start(1000).increment(5).cache(10))
                    .if_not_exists();
            });
        }),
        example("that a column counts by", |op| {
            both(op, |op| {
                op.create_sequence(sequence("order_numbers").start(7));
                let number = bigint("number").default_sql(&next(op, "order_numbers"));
                op.create_table(table("receipts").column(number));
            });
        }),
        example("that goes with a column", |op| {
            op.only(Postgres, |op| {
                op.create_sequence(sequence("memo_seq").owned_by("orders", "notes"));
            });
        }),
    ]
}

pub(super) fn alter_sequence() -> Vec<Example> {
    vec![
        example("every number", |op| {
            both(op, |op| {
                op.alter_sequence("numbers")
                    .increment(7)
                    .min_value(-100)
                    .max_value(100_000)
                    .start(50)
                    .cache(1)
                    .cycle();
            });
        }),
        example("back to what is usual", |op| {
            both(op, |op| {
                op.alter_sequence("it's \"a\" seq; --").no_max_value().no_min_value().no_cycle();
            });
        }),
        example("another type", |op| {
            op.only(Postgres, |op| {
                op.alter_sequence("numbers").postgres_type(SequenceType::Integer);
            });
        }),
        example("another owner, and none", |op| {
            op.only(Postgres, |op| {
                op.alter_sequence("numbers").owned_by("invoices", "number");
                op.alter_sequence("tickets_id_seq").owned_by_none();
            });
        }),
        example("nothing that would not be so", |op| {
            both(op, |op| {
                op.alter_sequence("numbers").increment(5).min_value(1);
            });
        }),
    ]
}

pub(super) fn rename_sequence() -> Vec<Example> {
    vec![example("two of them", |op| {
        both(op, |op| {
            op.rename_sequence("it's \"a\" seq; --", "round");
        });
        op.only(Postgres, |op| {
            op.rename_sequence(("archive", "old_numbers"), ("archive", "older; --"));
        });
    })]
}

pub(super) fn drop_sequence() -> Vec<Example> {
    vec![
        example("one that nothing uses", |op| {
            both(op, |op| {
                op.drop_sequence("it's \"a\" seq; --");
            });
        }),
        example("behind the default that uses it", |op| {
            both(op, |op| {
                op.alter_column("invoices", "number").drop_default();
                op.drop_sequence("numbers");
            });
        }),
        example("one that is gone", |op| {
            both(op, |op| {
                op.drop_sequence("nothing").if_exists();
            });
        }),
    ]
}
