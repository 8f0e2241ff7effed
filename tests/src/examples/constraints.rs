//! Examples of constraints.

use migrate_core::prelude::*;

use super::schema::HOSTILE;
use super::{Example, example};

pub(super) fn add_constraint() -> Vec<Example> {
    vec![
        example("a primary key, of columns that could be NULL", |op| {
            op.execute("DELETE FROM audit").undo_nothing();
            op.create_primary_key("audit", primary_key(["at", "what"]));
        })
        .touches(&["audit"]),
        example("a unique constraint", |op| {
            op.create_unique_constraint("accounts", unique(["name", "currency"]));
        }),
        example("a unique constraint that waits", |op| {
            op.only(Postgres, |op| {
                op.create_unique_constraint(
                    "accounts",
                    unique(["name"]).initially_deferred().postgres(|u| {
                        u.nulls_not_distinct().include(["notes"]);
                    }),
                );
            });
        }),
        example("a foreign key", |op| {
            op.create_foreign_key(
                "empty",
                foreign_key(["id"])
                    .references("accounts", ["id"])
                    .on_delete(Cascade)
                    .initially_deferred(),
            );
            op.create_foreign_key(
                "fills",
                foreign_key(["id"]).references("fills", ["id"]).on_update(Cascade).deferrable(),
            );
        }),
        example("a check", |op| {
            op.create_check_constraint(
                "accounts",
                check("name <> 'it''s; --' AND notes IS NOT NULL OR cents >= 0").named("odd"),
            );
        }),
        example("hostile names", |op| {
            op.create_unique_constraint(HOSTILE, unique(["🦀", "a\"b.c d"]).named("'; \"--"));
            op.create_check_constraint(HOSTILE, check("\"it's; --\" <> '; --'").named("; --"));
        }),
    ]
}

pub(super) fn drop_constraint() -> Vec<Example> {
    vec![
        example("a check by its name", |op| {
            op.drop_constraint("accounts", "accounts_rich");
        }),
        example("by their columns", |op| {
            op.drop_foreign_key("orders", ["exchange", "symbol"]);
            op.drop_foreign_key("orders", ["account_id"]);
            op.drop_unique_constraint("orders", ["account_id", "external"]);
            op.drop_primary_key("instruments");
            op.drop_foreign_key("codes", ["parent"]);
        }),
        example("one that is gone", |op| {
            op.drop_constraint("accounts", "never_there").if_exists();
            op.drop_unique_constraint("accounts", ["notes"]).if_exists();
        }),
        example("hostile names", |op| {
            op.drop_constraint(HOSTILE, "che\"ck; --");
            op.drop_unique_constraint(HOSTILE, ["it's; --"]);
            op.drop_foreign_key("order", ["table"]);
        }),
    ]
}
