//! Examples of changes to columns.

use migrate_core::prelude::*;

use super::schema::{HOSTILE_TEXT, collation, hostile, hostile_columns, is_mysql};
use super::{Example, FAMILY, example};

pub(super) fn add_column() -> Vec<Example> {
    vec![
        example("that may be NULL", |op| {
            op.add_column("accounts", text("phone").nullable());
        }),
        example("with a default", |op| {
            op.add_column("accounts", text("phone").default(HOSTILE_TEXT));
            op.add_column("accounts", numeric("rate", 10, 4).default(decimal("-0.0001")));
            op.add_column("accounts", binary("bytes").default(b"\\'\0"));
            op.add_column("accounts", bigint("most").default(i64::MIN));
            op.add_column("accounts", boolean("yes").default(true));
            op.add_column("accounts", jsonb("extra").default("{\"it's\": [1]}"));
        }),
        example("with an expression as default", |op| {
            op.add_column("accounts", timestamptz("seen_at").default_now());
        }),
        example("filled", |op| {
            op.add_column("accounts", text("nick").fill_with("'n' || name"));
            op.add_column("accounts", bigint("half").nullable().fill_with("cents / 2"));
        }),
        example("generated", |op| {
            op.add_column("accounts", bigint("double").generated("cents * 2"));
        }),
        example("that counts up", |op| {
            op.add_column("audit", bigint("id").identity().primary_key());
        }),
        example("of an enum, compared in another way, with a comment", |op| {
            op.add_column(
                "accounts",
                enumeration("status", "order_status").default("filled").comment("it's"),
            );
            let collation = collation(op);
            op.add_column("accounts", text("nick").nullable().collate(collation));
        }),
        example("with constraints", |op| {
            op.add_column(
                "orders",
                bigint("parent_id")
                    .nullable()
                    .unique()
                    .references("orders", "id")
                    .on_delete(Cascade)
                    .check("parent_id <> account_id"),
            );
        }),
        example("with a check of what counts up", |op| {
            op.add_column("orders", bigint("parent_id").nullable().check("parent_id <> id"));
        })
        .refused(FAMILY, "check over a column that counts up"),
        example("with a check of what a foreign key changes", |op| {
            op.add_column(
                "orders",
                bigint("parent_id")
                    .nullable()
                    .references("orders", "id")
                    .on_delete(SetNull)
                    .check("parent_id <> account_id"),
            );
        })
        .refused(FAMILY, "check over a column that a foreign key changes"),
        example("on an empty table", |op| {
            op.add_column("empty", bigint("more").on_empty_table());
        }),
        example("hostile names", |op| {
            op.add_column(
                hostile(op),
                text("'; \"--").default("'; \"--").check("\"'; \"\"--\" <> ''"),
            );
        })
        .touches(&[]),
        example("that is there", |op| {
            op.only(Postgres, |op| {
                op.add_column("orders", text("notes").nullable()).if_not_exists();
            });
        }),
        example("unique, that is there", |op| {
            op.only(Postgres, |op| {
                op.add_column("accounts", text("email").nullable().unique()).if_not_exists();
            });
        }),
    ]
}

pub(super) fn drop_column() -> Vec<Example> {
    vec![
        example("that a sequence goes with, under another name", |op| {
            op.only(Postgres, |op| {
                op.alter_table("tickets", |t| {
                    t.alter_column("id").rename_to("number");
                    t.drop_column("number");
                });
                op.rename_table("tickets", "cards");
            });
        })
        .touches(&["tickets", "cards"]),
        example("that nothing else is about", |op| {
            op.drop_column("accounts", "score");
        })
        .touches(&["accounts.score"]),
        example("with its index", |op| {
            op.drop_column("accounts", "notes");
        })
        .touches(&["accounts.notes"]),
        example("with its checks and indexes", |op| {
            op.drop_column("accounts", "name");
        })
        .touches(&["accounts.name"]),
        example("with its unique constraint and expression index", |op| {
            op.drop_column("accounts", "email");
        })
        .touches(&["accounts.email"]),
        example("with its foreign key", |op| {
            op.drop_column("accounts", "parent_id");
            op.drop_column("orders", "exchange");
        })
        .touches(&["accounts.parent_id", "orders.exchange"]),
        example("that is generated, then what it was made from", |op| {
            op.drop_column("accounts", "mills");
            op.drop_column("accounts", "cents");
        })
        .touches(&["accounts.cents", "accounts.mills"]),
        example("that rows get back", |op| {
            op.drop_column("fills", "quantity").restore_with("id * 10");
        })
        .touches(&["fills.quantity"]),
        example("that counts up and is the primary key", |op| {
            op.drop_column("fills", "id");
        })
        .touches(&["fills.id"]),
        example("an enum", |op| {
            op.drop_column("orders", "status");
        })
        .touches(&["orders.status"]),
        example("that is gone", |op| {
            op.drop_column("orders", "never_there").if_exists();
        }),
        example("hostile names", |op| {
            let [_, second, third, fourth] = hostile_columns(op);
            op.drop_column(hostile(op), second);
            op.drop_column(hostile(op), third);
            op.drop_column(hostile(op), fourth);
            op.drop_column("order", "table");
        })
        .touches(&[
            "order.table",
            "we\"ird.ta'ble; DROP TABLE audit; -- 🚀.*",
            "we\"ird.ta'ble; DROP TABLE audit; -- ☃.*",
        ]),
    ]
}

pub(super) fn rename_column() -> Vec<Example> {
    vec![
        example("that a foreign key refers to", |op| {
            op.alter_column("accounts", "id").rename_to("number");
        })
        .touches(&["accounts.id"]),
        example("that checks, indexes and a generated column name", |op| {
            op.alter_column("accounts", "cents").rename_to("CENTS of it's");
        })
        .touches(&["accounts.cents"])
        .refused(&[Mysql], "way to rename `cents`, which `mills` is computed from"),
        example("of a key", |op| {
            op.alter_column("instruments", "symbol").rename_to("select");
        })
        .touches(&["instruments.symbol"]),
        example("hostile names", |op| {
            op.alter_column(hostile(op), hostile_columns(op)[2]).rename_to("\"'; --");
            op.alter_column(hostile(op), "select").rename_to("from");
        })
        .touches(&[
            "we\"ird.ta'ble; DROP TABLE audit; -- 🚀.*",
            "we\"ird.ta'ble; DROP TABLE audit; -- ☃.*",
        ]),
    ]
}

pub(super) fn set_type() -> Vec<Example> {
    vec![
        example("wider", |op| {
            op.alter_column("fills", "quantity").set_type(types::numeric(20, 2));
            op.alter_column("accounts", "name").set_type(types::varchar(200));
            op.alter_column("instruments", "tier").set_type(types::bigint());
        })
        .touches(&["fills.quantity"]),
        example("by an expression, and back", |op| {
            op.only(Postgres, |op| {
                op.drop_index("idx_orders_trgm");
            });
            op.alter_column("orders", "notes")
                .set_type(types::bigint())
                .using("length(notes)")
                .restore_with("'x' || notes");
        })
        .touches(&["orders.notes"]),
        example("from text to an enum, with its default", |op| {
            op.alter_column("orders", "state").set_type(types::enumeration("order_status"));
        }),
        example("from an enum to text, with its default", |op| {
            op.only(Postgres, |op| {
                op.drop_index("idx_orders_placed");
            });
            op.alter_column("orders", "status").set_type(types::text());
        }),
        example("of a column that is referred to", |op| {
            op.alter_column("fills", "order_id").set_type(types::integer());
        })
        .refused(FAMILY, "way to change the type of `order_id`, which the foreign key"),
        example("hostile names", |op| {
            op.alter_column(hostile(op), hostile_columns(op)[2]).set_type(types::bigint());
        }),
    ]
}

pub(super) fn set_not_null() -> Vec<Example> {
    vec![
        example("with something for rows that have none", |op| {
            op.alter_column("accounts", "notes").set_not_null().fill_with("'it''s ' || name");
        })
        .touches(&["accounts.notes"]),
        example("where no row has none", |op| {
            op.alter_column("codes", "code").drop_not_null();
            op.alter_column("codes", "code").set_not_null();
        }),
        example("where it is", |op| {
            op.alter_column("accounts", "name").set_not_null();
        }),
        example("hostile names", |op| {
            op.alter_column(hostile(op), "it's; --").set_not_null().fill_with("'y'");
        })
        .touches(&[
            "we\"ird.ta'ble; DROP TABLE audit; -- 🚀.*",
            "we\"ird.ta'ble; DROP TABLE audit; -- ☃.*",
        ]),
    ]
}

pub(super) fn drop_not_null() -> Vec<Example> {
    vec![
        example("of a column", |op| {
            op.alter_column("accounts", "name").drop_not_null().restore_with("''");
        }),
        example("where it may be NULL", |op| {
            op.alter_column("accounts", "notes").drop_not_null();
        }),
    ]
}

pub(super) fn set_default() -> Vec<Example> {
    vec![
        example("a literal", |op| {
            op.alter_column("accounts", "name").set_default(HOSTILE_TEXT);
            op.alter_column("orders", "raw").set_default(&b"'\\"[..]);
            op.alter_column("accounts", "notes").set_default("");
        }),
        example("an expression", |op| {
            op.alter_column("accounts", "notes").set_default(expression("'a' || 'b'"));
        }),
        example("none", |op| {
            op.alter_column("accounts", "name").drop_default();
            op.alter_column("orders", "extra").drop_default();
            op.alter_column("orders", "status").drop_default();
        }),
        example("hostile names", |op| {
            op.alter_column(hostile(op), "a\"b.c d").set_default("\\'; --");
        }),
    ]
}

pub(super) fn set_column_comment() -> Vec<Example> {
    vec![example("set and dropped", |op| {
        op.alter_column("accounts", "name").comment(HOSTILE_TEXT);
        op.alter_column("accounts", "score").drop_comment();
        op.alter_column(hostile(op), hostile_columns(op)[2]).comment("");
    })]
}

pub(super) fn set_identity() -> Vec<Example> {
    vec![
        example("a key that counts itself up from now on", |op| {
            op.alter_column("order", "group").set_identity();
        }),
        example("a key that no longer counts itself up", |op| {
            op.alter_column("fills", "id").drop_identity();
        }),
        example("what only PostgreSQL has", |op| {
            op.only(Postgres, |op| {
                op.alter_column("fills", "id")
                    .set_identity()
                    .postgres(|i| i.always().start(1000).increment(5));
                op.alter_column("instruments", "lot")
                    .drop_default()
                    .set_identity()
                    .postgres(|i| i.start(-5).increment(-5));
                op.add_column(
                    "empty",
                    bigint("number").identity().postgres(|i| i.always().start(7)),
                );
            });
        }),
    ]
}

pub(super) fn set_generated() -> Vec<Example> {
    vec![
        example("a plain column from now on", |op| {
            op.alter_column("accounts", "mills").drop_generated();
        }),
        example("by another expression", |op| {
            op.alter_column("accounts", "mills").set_generated("cents * 100");
        })
        .touches(&["accounts.mills"]),
        example("a column with a comment", |op| {
            op.alter_column("accounts", "score").drop_default().set_generated("cents / 2.0");
        })
        .touches(&["accounts.score"]),
        example("a column with checks and an index", |op| {
            // How many blanks stand behind a char is a setting there, so nothing is kept that depends on it.
            let made = if is_mysql(op) { "rtrim(currency) || 'x'" } else { "currency || 'x'" };
            op.alter_table("accounts", |t| {
                t.alter_column("name").drop_default().set_generated(made);
                t.add_column(text("phone").nullable());
            });
        })
        .touches(&["accounts.name"]),
        example("a column with an index of its own kind", |op| {
            op.alter_column("orders", "notes").set_generated("state || 'x'");
        })
        .touches(&["orders.notes"]),
        example("whenever it is read", |op| {
            op.alter_column("accounts", "mills").set_generated("cents * 1000");
            if op.dialect() != Postgres {
                op.alter_column("accounts", "mills").set_generated_when_read("cents * 100");
                op.add_column("accounts", bigint("twice").generated_when_read("cents * 2"));
                op.alter_column("accounts", "mills").drop_generated();
            }
        })
        .touches(&["accounts.mills"]),
    ]
}

pub(super) fn set_collation() -> Vec<Example> {
    vec![
        example("another one", |op| {
            let collation = collation(op);
            op.alter_column("accounts", "email").set_collation(collation);
            op.alter_column("instruments", "isin").set_collation(collation);
        }),
        example("of a column that a foreign key is about", |op| {
            let collation = collation(op);
            op.alter_column("codes", "code").set_collation(collation);
        })
        .refused(FAMILY, "way to change the collation of `code`, which the foreign key"),
        example("none", |op| {
            op.alter_column("accounts", "label").drop_collation();
        }),
    ]
}
