//! Examples of indexes.

use migrate_core::prelude::*;

use super::schema::{hostile, hostile_columns, is_mysql};
use super::{Example, FAMILY, example};

pub(super) fn create_index() -> Vec<Example> {
    vec![
        example("an index", |op| {
            op.create_index(index("idx").on("accounts", ["currency", "name"]));
        }),
        example("an index over all of a text", |op| {
            op.create_index(index("idx").on("accounts", ["currency", "label"]));
        })
        .refused(FAMILY, "key"),
        example("a partial one on an expression, unique, and in reverse", |op| {
            op.create_index(
                index("idx")
                    .on("orders", [desc("id")])
                    .key(expr("lower(notes) || 'x'"))
                    .unique()
                    .filter("notes <> 'it''s; --'"),
            );
        })
        .refused(FAMILY, "index over some of the rows"),
        example("unique, and in reverse", |op| {
            op.create_index(index("idx").on("orders", [desc("id")]).key("price").unique());
        }),
        example("one that is there", |op| {
            op.create_index(index("idx_accounts_notes").on("accounts", ["notes"])).if_not_exists();
        })
        .refused(&[Mysql], "IF NOT EXISTS for indexes"),
        example("what only PostgreSQL has", |op| {
            op.only(Postgres, |op| {
                op.create_index(
                    index("idx")
                        .on("orders", ["notes"])
                        .postgres(|i| i.using("gist").ops("notes", "gist_trgm_ops")),
                );
                op.create_index(
                    index("idx2")
                        .on("orders", [asc("price").nulls_first()])
                        .unique()
                        .postgres(|i| i.include(["notes", "raw"]).nulls_not_distinct()),
                );
            });
        }),
        example("options of each database", |op| {
            op.create_index(
                index("idx")
                    .on("accounts", ["currency"])
                    .postgres(|i| i.with("fillfactor", 70))
                    .mysql(|i| i.using("btree")),
            );
            op.only(Mysql, |op| {
                op.create_index(index("words").on("accounts", ["notes"]).mysql(|i| i.fulltext()));
                op.create_table(table("places").column(custom("place", "point")));
                op.create_index(index("where").on("places", ["place"]).mysql(|i| i.spatial()));
                op.create_index(
                    index("begin").on("accounts", ["notes"]).mysql(|i| i.length("notes", 20)),
                );
            });
        }),
        example("without blocking writes", |op| {
            op.create_index(index("idx").on("orders", ["price"]).postgres(|i| i.concurrently()));
        })
        .outside(),
        example("hostile names", |op| {
            op.create_index(index("'; \"--").on(hostile(op), hostile_columns(op)).unique());
        }),
    ]
}

pub(super) fn drop_index() -> Vec<Example> {
    vec![
        example("by its name alone", |op| {
            op.drop_index("idx_accounts_notes");
        }),
        example("all kinds", |op| {
            op.drop_index("idx_accounts_lower");
            op.drop_index("idx_accounts_open").on("accounts");
            op.drop_index("in\"dex.of; --");
            op.only(Postgres, |op| {
                op.drop_index("idx_orders_trgm");
                op.drop_index("idx_orders_placed");
            });
        }),
        example("one that is gone", |op| {
            op.drop_index("never_there").if_exists();
        }),
        example("without blocking anyone", |op| {
            op.drop_index("idx_orders_symbol").concurrently();
        })
        .outside(),
    ]
}

pub(super) fn rename_index() -> Vec<Example> {
    vec![
        example("by its name alone", |op| {
            op.rename_index("idx_accounts_notes", "idx_accounts_remarks");
        }),
        example("all kinds", |op| {
            op.rename_index("idx_accounts_lower", "by_email");
            op.rename_index("idx_accounts_open", "open").on("accounts");
            op.rename_index("codes_code", "by_code");
            op.only(Postgres, |op| {
                op.rename_index("idx_orders_trgm", "trgm");
                op.rename_index("idx_orders_placed", "placed");
            });
        }),
        example("hostile names", |op| {
            let to = if is_mysql(op) { "'; \\ \"--☃" } else { "'; \\ \"--🚀" };
            op.rename_index("in\"dex.of; --", to);
        }),
    ]
}
