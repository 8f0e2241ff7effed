//! Examples of what stands beside tables.

use migrate_core::prelude::*;

use super::{Example, example};

pub(super) fn create_enum() -> Vec<Example> {
    vec![
        example("an enum, and a column of it", |op| {
            op.create_enum(enum_type("side").values(["buy", "it's; \"sell\" \\"]));
            op.add_column("orders", enumeration("side", "side").default("it's; \"sell\" \\"));
        }),
        example("hostile names", |op| {
            op.create_enum(enum_type("ty\"pe; --").values(["", "'", "\\"]));
        }),
    ]
}

pub(super) fn drop_enum() -> Vec<Example> {
    vec![
        example("one that nothing uses", |op| op.drop_enum("unused")),
        example("one that was used", |op| {
            op.only(Postgres, |op| {
                op.drop_column("kinds", "statuses");
                op.drop_index("idx_orders_placed");
            });
            op.drop_column("orders", "status");
            op.drop_enum("order_status");
        })
        .touches(&["orders.status", "kinds.statuses"]),
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
