//! Examples of the life of an enum.

use migrate_core::prelude::*;

use super::schema::is_mysql;
use super::{Example, FAMILY, example};

pub(super) fn create_enum() -> Vec<Example> {
    vec![
        example("an enum, and a column of it", |op| {
            op.create_enum(enum_type("side").values(["buy", "it's; \"sell\" \\"]));
            op.add_column("orders", enumeration("side", "side").default("it's; \"sell\" \\"));
        }),
        example("one that is there", |op| {
            op.create_enum(enum_type("unused").values(["a"])).if_not_exists();
        }),
        example("one that a new column brings along, and the next one finds", |op| {
            let side = enum_type("side").values(["buy", "$$ 'sell' \\"]);
            op.add_column("orders", enumeration("side", side.clone()).default("$$ 'sell' \\"));
            op.alter_table("empty", |t| {
                t.alter_column("words").drop_not_null();
                t.add_column(enumeration("side", side.clone()).nullable());
            });
            op.create_table(
                table("sides")
                    .column(enumeration("side", side.clone()).primary_key())
                    .column(enumeration("other", side).nullable()),
            );
        }),
        example("one that a column becomes", |op| {
            op.alter_column("orders", "state")
                .set_type(enum_type("state").values(["filled", "open"]));
        }),
        example("hostile names", |op| {
            // A space at the end of a value is taken away there.
            let last = if is_mysql(op) { " ;" } else { " " };
            op.create_enum(enum_type("ty\"pe; --").values(["", "'", "\\", "🦀", "select", last]));
            op.add_enum_value("ty\"pe; --", "$1 %s {}\n").after("");
            op.add_column("empty", enumeration("kind", "ty\"pe; --").nullable());
            op.rename_enum_value("ty\"pe; --", "", "\\'");
            op.drop_enum_value("ty\"pe; --", "'").replace_with("\\");
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

pub(super) fn alter_enum() -> Vec<Example> {
    vec![
        example("values at every place", |op| {
            op.add_enum_value("order_status", "last");
            op.add_enum_value("order_status", "it's \\ first").first();
            op.add_enum_value("order_status", "held").before("filled");
            op.add_enum_value("order_status", "held too").after("held");
            op.add_enum_value("order_status", "open").if_not_exists();
        }),
        example("a value that is a default at once", |op| {
            op.add_enum_value("order_status", "held").after("open").usable_at_once();
            op.alter_column("orders", "status").set_default("held");
            op.bulk_insert(
                rows("orders").row(row().set("id", 30).set("account_id", 1).set("status", "held")),
            );
        }),
        example("a value renamed, in rows, default, array and index", |op| {
            op.create_check_constraint(
                "orders",
                check("status NOT IN ('filled') OR state <> 'open'").named("open"),
            );
            op.rename_enum_value("order_status", "open", "it's \"open\" \\");
            op.rename_enum_value("order_status", "filled", "done");
        })
        .touches(&["orders.status", "kinds.statuses"]),
        example("a value dropped that rows hold", |op| {
            op.drop_enum_value("order_status", "it's \"odd\" \\ so").replace_with("open");
        })
        .touches(&["orders.status"]),
        example("a type made anew, and whatever speaks of it", |op| {
            op.create_table(
                table("states")
                    .column(enumeration("state", "order_status").primary_key())
                    .column(boolean("is_open").generated("state = 'filled'").comment("it's")),
            );
            op.create_index(index("by_open").on("states", ["is_open"]));
            for state in ["open", "filled", "it's \"odd\" \\ so"] {
                op.bulk_insert(rows("states").row(row().set("state", state)));
            }
            // Both sides of a key would have to change at once.
            if !is_mysql(op) {
                op.create_foreign_key(
                    "orders",
                    foreign_key(["status"]).references("states", ["state"]).named("in_states"),
                );
            }
            op.create_check_constraint(
                "orders",
                check("status < 'filled' OR quantity > 0").named("either"),
            );
            op.create_index(index("by_status").on("orders", ["status"]));
            op.only(Sqlite, |op| {
                op.create_index(index("filled").on("orders", ["id"]).filter("status = 'filled'"));
            });
            op.add_enum_value("order_status", "held").usable_at_once();
            op.rename_enum_value("order_status", "held", "on hold");
            op.drop_enum_value("order_status", "on hold");
        }),
        example("a type that a foreign key is about", |op| {
            op.create_table(
                table("states").column(enumeration("state", "order_status").primary_key()),
            );
            for state in ["open", "filled", "it's \"odd\" \\ so"] {
                op.bulk_insert(rows("states").row(row().set("state", state)));
            }
            op.create_foreign_key(
                "orders",
                foreign_key(["status"]).references("states", ["state"]).named("in_states"),
            );
            op.add_enum_value("order_status", "held").usable_at_once();
        })
        .refused(FAMILY, "way to change the values of an enum that the foreign key"),
    ]
}
