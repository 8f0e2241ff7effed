//! Examples of whole tables, and of several changes to one.

use migrate_core::prelude::*;

use super::schema::{HOSTILE, HOSTILE_MYSQL, HOSTILE_TEXT, audit, hostile, indexed};
use super::{Example, example};

pub(super) fn create_table() -> Vec<Example> {
    vec![
        example("a table", |op| {
            op.create_table(
                table("venues").column(bigint("id").primary_key().identity()).column(text("name")),
            );
        }),
        example("a table with everything", |op| {
            op.create_table(
                table("venues")
                    .column(bigint("id").primary_key().identity())
                    .column(
                        bigint("account_id")
                            .references("accounts", "id")
                            .on_delete(Cascade)
                            .on_update(Restrict),
                    )
                    .column(bigint("owner_id").nullable().references("venues", "id"))
                    .column(enumeration("status", "order_status").default("filled"))
                    .column(indexed(op, "name").unique().check("name <> ''").comment("its name"))
                    .column(text("upper").generated("upper(name)"))
                    .comment("where"),
            );
        }),
        example("options of each database", |op| {
            op.create_table(
                table("settings")
                    .column(varchar("name", 40).primary_key())
                    .column(bigint("amount").default(1))
                    .column(tinyint("level").default(-1))
                    .column(boolean("on").default(true))
                    .column(numeric("price", 20, 4).nullable())
                    .column(timestamp("at").default_now())
                    .column(jsonb("extra").default("{}"))
                    .postgres(|t| {
                        t.unlogged().with("fillfactor", 70).with("autovacuum_enabled", false)
                    })
                    .mysql(|t| {
                        t.engine("InnoDB")
                            .charset("utf8mb4")
                            .collate("utf8mb4_bin")
                            .row_format("DYNAMIC")
                    })
                    .sqlite(|t| t.strict().without_rowid()),
            );
            op.add_column("settings", text("more").nullable());
            op.alter_column("settings", "amount").set_default(2);
            op.bulk_insert(rows("settings").row(row().set("name", "a").set("level", 3)));
            op.only(Mysql, |op| {
                op.add_column("settings", bigint("most").unsigned().default(u64::MAX));
            });
        }),
        example("a table that is there", |op| {
            op.create_table(audit()).if_not_exists();
        }),
        example("hostile names", |op| {
            op.create_table(
                table("'; --\"")
                    .column(integer("\"").primary_key())
                    .column(text("\\").default("\\'")),
            );
        }),
    ]
}

pub(super) fn drop_table() -> Vec<Example> {
    vec![
        example("that a sequence goes with", |op| {
            op.only(Postgres, |op| {
                op.drop_table("tickets");
            });
        })
        .touches(&["tickets"]),
        example("a child", |op| {
            op.drop_table("fills");
        })
        .touches(&["fills"]),
        example("all of them, children first", |op| {
            op.drop_table("fills");
            op.drop_table("orders");
            op.drop_table("instruments");
            op.drop_table("accounts");
        })
        .touches(&["fills", "orders", "instruments", "accounts"]),
        example("one whose own key is unique by an index", |op| {
            op.drop_table("codes");
        })
        .touches(&["codes"]),
        example("one that is gone", |op| {
            op.drop_table("never_there").if_exists();
        }),
        example("hostile names", |op| {
            op.drop_table("order");
            op.drop_table(hostile(op));
        })
        .touches(&["order", HOSTILE, HOSTILE_MYSQL]),
        example("every type", |op| {
            op.only(Postgres, |op| {
                op.drop_table("kinds");
            });
        })
        .touches(&["kinds"]),
    ]
}

pub(super) fn rename_table() -> Vec<Example> {
    vec![
        example("a parent", |op| op.rename_table("accounts", "customers")).touches(&["accounts"]),
        example("two that change places", |op| {
            op.rename_table("audit", "aside");
            op.rename_table("empty", "audit");
            op.rename_table("aside", "empty");
        })
        .touches(&["audit", "empty"]),
        example("hostile names", |op| op.rename_table(hostile(op), "`\"[]'; --"))
            .touches(&[HOSTILE, HOSTILE_MYSQL]),
        example("into another schema and back", |op| {
            op.only(Postgres, |op| {
                op.create_schema("it's");
                op.rename_table("fills", ("it's", "fills"));
                op.rename_table("audit", ("it's", "events"));
                op.rename_table(("it's", "events"), "history");
                op.rename_table("empty", ("it's", "fill\"s"));
                op.rename_table(("it's", "fill\"s"), "empty");
                op.rename_table(("it's", "fills"), "fills");
            });
        })
        .touches(&["fills", "audit", "empty", "history"]),
        example("a reserved word", |op| op.rename_table("order", "select")).touches(&["order"]),
    ]
}

pub(super) fn alter_table() -> Vec<Example> {
    vec![
        example("several changes", |op| {
            op.alter_table("accounts", |t| {
                t.drop_constraint("accounts_rich");
                t.alter_column("cents").set_default(100).set_not_null();
                t.alter_column("notes").rename_to("remarks").set_not_null().fill_with("'none'");
                t.add_column(text("phone").nullable());
                t.add_constraint(
                    check("cents < 9223372036854775807 AND remarks <> 'x'").named("accounts_some"),
                );
                t.alter_column("phone").rename_to("telephone").comment("with country");
                t.comment("clients");
            });
        })
        .touches(&["accounts.notes"]),
        example("a column dropped and added under its name", |op| {
            op.alter_table("orders", |t| {
                t.drop_column("notes");
                t.add_column(bigint("notes").default(5));
            });
        })
        .touches(&["orders.notes"]),
        example("a column added and dropped", |op| {
            op.alter_table("orders", |t| {
                t.add_column(bigint("passing").default(5));
                t.drop_column("passing");
            });
        }),
        example("a column renamed and dropped, with its index and check", |op| {
            op.alter_table("accounts", |t| {
                t.alter_column("name").rename_to("title");
                t.drop_column("title");
            });
        })
        .touches(&["accounts.name"]),
        example("names that change places", |op| {
            op.alter_table("accounts", |t| {
                t.alter_column("name").rename_to("aside");
                t.alter_column("notes").rename_to("name");
                t.alter_column("aside").rename_to("notes");
            });
        })
        .touches(&["accounts.name", "accounts.notes"]),
        example("names that change places, and a rebuild", |op| {
            op.alter_table("accounts", |t| {
                t.alter_column("cents").set_default(1);
                t.alter_column("name").rename_to("aside");
                t.alter_column("notes").rename_to("name");
                t.alter_column("name").set_not_null().fill_with("'n'");
                t.alter_column("aside").rename_to("notes");
                t.drop_column("label");
                t.alter_column("notes").rename_to("label");
            });
        })
        .touches(&["accounts.name", "accounts.notes", "accounts.label"]),
        example("a type made from a column that is then dropped", |op| {
            op.only(Postgres, |op| {
                op.drop_index("idx_orders_trgm");
            });
            op.alter_table("orders", |t| {
                t.alter_column("notes")
                    .set_type(types::bigint())
                    .using("quantity * 2")
                    .restore_with("'was ' || notes");
                t.drop_constraint("orders_quantity_check");
                t.drop_column("quantity");
            });
        })
        .touches(&["orders.notes", "orders.quantity"]),
        example("a default dropped and set around a type", |op| {
            op.alter_table("orders", |t| {
                t.drop_constraint("orders_quantity_check");
                t.alter_column("quantity")
                    .drop_default()
                    .set_type(types::text())
                    .set_default("one")
                    .rename_to("amount");
            });
        })
        .touches(&["orders.quantity"]),
        example("a constraint replaced under its name", |op| {
            op.alter_table("orders", |t| {
                t.drop_constraint("orders_price");
                t.add_constraint(check("price IS NULL OR price >= 0").named("orders_price"));
                t.drop_constraint("orders_account_id_fkey");
                t.add_constraint(
                    foreign_key(["account_id"])
                        .references("accounts", ["id"])
                        .on_delete(Restrict)
                        .named("orders_account_id_fkey"),
                );
            });
        }),
        example("a primary key moved", |op| {
            op.alter_table("codes", |t| {
                t.add_column(bigint("number").nullable());
                t.alter_column("number")
                    .set_not_null()
                    .fill_with("length(code) + 1000 * (SELECT count(*) FROM audit)");
                t.drop_column("number").restore_with("0");
                t.add_constraint(primary_key(["code"]));
            });
        }),
    ]
}

pub(super) fn set_table_comment() -> Vec<Example> {
    vec![example("set and dropped", |op| {
        op.alter_table("accounts", |t| t.drop_comment());
        op.alter_table(hostile(op), |t| t.comment("it's \\"));
        op.alter_table("orders", |t| t.comment(HOSTILE_TEXT));
    })]
}
