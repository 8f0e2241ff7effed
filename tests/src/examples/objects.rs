//! Examples of what stands beside tables.

use migrate_core::prelude::*;

use super::{Example, example};

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
