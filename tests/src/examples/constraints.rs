//! Examples of constraints.

use migrate_core::prelude::*;

use super::schema::{hostile, hostile_columns, indexed, is_mysql};
use super::{Example, FAMILY, example};

pub(super) fn add_constraint() -> Vec<Example> {
    vec![
        example("a primary key, of columns that could be NULL", |op| {
            op.execute("DELETE FROM audit").undo_nothing();
            if is_mysql(op) {
                op.alter_column("audit", "what").set_type(types::varchar(80));
            }
            op.create_primary_key("audit", primary_key(["at", "what"]));
        })
        .touches(&["audit"]),
        example("a primary key of any length", |op| {
            op.execute("DELETE FROM audit").undo_nothing();
            op.create_primary_key("audit", primary_key(["what"]));
        })
        .touches(&["audit"])
        .refused(FAMILY, "primary or foreign key over a column of any length"),
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
            let to_accounts = foreign_key(["id"]).references("accounts", ["id"]).on_delete(Cascade);
            let to_itself = foreign_key(["id"]).references("fills", ["id"]).on_update(Cascade);
            let waits = !is_mysql(op);
            op.create_foreign_key(
                "empty",
                if waits { to_accounts.initially_deferred() } else { to_accounts },
            );
            op.create_foreign_key("fills", if waits { to_itself.deferrable() } else { to_itself });
        }),
        example("a foreign key that waits", |op| {
            let waits = foreign_key(["id"]).references("accounts", ["id"]).initially_deferred();
            op.create_foreign_key("empty", waits);
        })
        .refused(FAMILY, "foreign key that waits"),
        example("without looking at rows that are there", |op| {
            op.create_check_constraint(
                "accounts",
                check("cents >= 0").named("low").postgres(|c| c.not_valid()),
            );
            let key = foreign_key(["exchange", "symbol"])
                .references("instruments", ["exchange", "symbol"])
                .postgres(|k| k.match_full().not_valid());
            op.create_foreign_key("orders", key.named("whole"));
        }),
        example("an exclusion constraint", |op| {
            op.only(Postgres, |op| {
                op.create_exclude_constraint(
                    "kinds",
                    exclude("gist")
                        .with("during", "&&")
                        .with(expr("COALESCE(address, '::1')"), "&&")
                        .ops("COALESCE(address, '::1')", "inet_ops")
                        .filter("id > 0")
                        .initially_deferred(),
                );
            });
        }),
        example("a check", |op| {
            op.create_check_constraint(
                "accounts",
                check("name <> 'it''s; --' AND notes IS NOT NULL OR cents >= 0").named("odd"),
            );
        }),
        example("hostile names", |op| {
            op.create_unique_constraint(
                hostile(op),
                unique([hostile_columns(op)[2], "a\"b.c d"]).named("'; \"--"),
            );
            op.create_check_constraint(hostile(op), check("\"it's; --\" <> '; --'").named("; --"));
        }),
        example("whose rows fall back to a default", |op| {
            // InnoDB has no SET DEFAULT.
            if !op.dialect().is(Mysql) {
                op.create_foreign_key(
                    "empty",
                    foreign_key(["id"])
                        .references("accounts", ["id"])
                        .on_delete(SetDefault)
                        .named("empty_account"),
                );
            }
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
        example("an exclusion constraint", |op| {
            op.only(Postgres, |op| {
                op.drop_constraint("kinds", "kinds_during_excl");
            });
        }),
        example("one that is not valid", |op| {
            op.drop_constraint("orders", "orders_many");
        }),
        example("hostile names", |op| {
            op.drop_constraint(hostile(op), "che\"ck; --");
            op.drop_unique_constraint(hostile(op), ["it's; --"]);
            op.drop_foreign_key("order", ["table"]);
        }),
    ]
}

pub(super) fn rename_constraint() -> Vec<Example> {
    vec![
        example("every kind", |op| {
            op.rename_constraint("accounts", "accounts_rich", "rich");
            op.rename_constraint("accounts", "accounts_pkey", "the_key");
            op.rename_constraint("instruments", "instruments_isin", "isin");
            op.rename_constraint("instruments", "instruments_pkey", "other_key");
            op.rename_constraint("orders", "orders_instrument", "what");
        }),
        example("among other changes", |op| {
            let phone = indexed(op, "phone").nullable().unique();
            op.alter_table("accounts", |t| {
                t.add_column(phone);
                t.rename_constraint("accounts_phone_key", "phones");
                t.alter_column("cents").set_default(1);
                t.drop_constraint("accounts_rich");
                t.rename_constraint("accounts_email_key", "accounts_rich");
            });
        }),
        example("hostile names", |op| {
            op.rename_constraint(hostile(op), "che\"ck; --", "'; \\ \"--");
        }),
    ]
}

pub(super) fn validate_constraint() -> Vec<Example> {
    vec![
        example("of an earlier migration", |op| {
            op.validate_constraint("orders", "orders_many");
        }),
        example("added without looking, then looked at", |op| {
            op.alter_table("accounts", |t| {
                t.add_constraint(
                    check("cents > -5").named("accounts_low").postgres(|c| c.not_valid()),
                );
                t.add_constraint(
                    foreign_key(["parent_id"])
                        .references("accounts", ["id"])
                        .named("accounts_parent")
                        .postgres(|k| k.not_valid().match_full()),
                );
                t.validate_constraint("accounts_low");
            });
            op.validate_constraint("accounts", "accounts_parent");
        }),
        example("one that is valid", |op| {
            op.validate_constraint("accounts", "accounts_rich");
        }),
    ]
}
