//! Examples of what stands beside tables: schemas and extensions, which only PostgreSQL has.

use migrate_core::prelude::*;

use super::{Example, example};

pub(super) fn create_schema() -> Vec<Example> {
    vec![
        example("a schema and what lies in it", |op| {
            op.only(Postgres, |op| {
                op.create_schema("reporting");
                op.create_table(
                    table(("reporting", "daily"))
                        .column(integer("id").primary_key())
                        .column(bigint("account_id").references("accounts", "id")),
                );
                op.create_index(index("daily_account").on(("reporting", "daily"), ["account_id"]));
                op.create_enum(enum_type(("reporting", "grade")).values(["a", "b"]));
                op.create_sequence(sequence(("reporting", "numbers")));
            });
        }),
        example("one that is there", |op| {
            op.only(Postgres, |op| {
                op.create_schema("archive").if_not_exists();
            });
        }),
        example("a hostile name", |op| {
            op.only(Postgres, |op| {
                op.create_schema("it's \"so\".;--");
                op.create_table(
                    table(("it's \"so\".;--", "select")).column(integer("id").primary_key()),
                );
            });
        }),
    ]
}

pub(super) fn drop_schema() -> Vec<Example> {
    vec![
        example("a schema and what lies in it", |op| {
            op.only(Postgres, |op| {
                op.drop_table(("archive", "old_orders"));
                op.drop_sequence(("archive", "old_numbers"));
                op.drop_schema("archive");
            });
        }),
        example("one that is gone", |op| {
            op.only(Postgres, |op| {
                op.drop_schema("nowhere").if_exists();
            });
        }),
    ]
}

pub(super) fn create_extension() -> Vec<Example> {
    vec![
        example("an extension", |op| {
            op.only(Postgres, |op| {
                op.create_extension("btree_gin");
            });
        }),
        example("one that is there", |op| {
            op.only(Postgres, |op| {
                op.create_extension("citext").if_not_exists();
            });
        }),
        example("in a schema, of a version", |op| {
            op.only(Postgres, |op| {
                op.create_schema("it's");
                op.create_extension("hstore").schema("it's").version("1.7");
            });
        }),
        example("of another version", |op| {
            op.only(Postgres, |op| {
                op.create_extension("hstore").version("1.4").if_not_exists();
            });
        }),
    ]
}

pub(super) fn drop_extension() -> Vec<Example> {
    vec![
        example("an extension and what needs it", |op| {
            op.only(Postgres, |op| {
                op.drop_index("idx_orders_trgm");
                op.drop_extension("pg_trgm");
            });
        }),
        example("one that is gone", |op| {
            op.only(Postgres, |op| {
                op.drop_extension("hstore").if_exists();
            });
        }),
    ]
}
