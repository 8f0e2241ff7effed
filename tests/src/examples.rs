//! One list of examples for the laws: every op, made to a schema that holds every kind of object.
//!
//! A new kind of op fails to compile here until it has an arm, and an arm has at least one example:
//! that is all it takes for the laws to hold it on every backend.

use migrate_core::catalog::{Catalog, Table};
use migrate_core::diesel::prelude::*;
use migrate_core::op::TableChange;
use migrate_core::prelude::*;
use migrate_core::{Op, Recorded};

/// An op, made to [`rich`].
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// The kind of op, or of change to a table, that it is an example of.
    pub kind: &'static str,
    /// What it does, in words.
    pub name: &'static str,
    /// The op.
    pub ops: fn(&mut Ops),
    /// Tables (`fills`) whose rows it drops, and columns (`orders.notes`) whose values it changes or drops.
    pub touches: &'static [&'static str],
    /// Whether it must run outside of transactions on PostgreSQL.
    pub outside: bool,
}

fn example(name: &'static str, ops: fn(&mut Ops)) -> Example {
    Example { kind: "", name, ops, touches: &[], outside: false }
}

impl Example {
    fn touches(self, touches: &'static [&'static str]) -> Example {
        Example { touches, ..self }
    }

    fn outside(self) -> Example {
        Example { outside: true, ..self }
    }

    /// The ops as they are for a database.
    pub fn record(&self, dialect: Dialect) -> Vec<Recorded> {
        record(self.ops, dialect)
    }
}

/// What a function writes down for a database.
pub fn record(ops: fn(&mut Ops), dialect: Dialect) -> Vec<Recorded> {
    let mut op = Ops::new(dialect);
    ops(&mut op);
    op.into_recorded()
}

/// A list of examples for each variant, and the name of a variant.
macro_rules! examples {
    ($list:ident, $kind:ident, $enum:ident: $($variant:ident => [$($example:expr),+ $(,)?])*) => {
        /// The examples, each variant's in turn.
        pub fn $list() -> Vec<Example> {
            let mut list = Vec::new();
            $(
                for one in [$($example),+] {
                    list.push(Example { kind: stringify!($variant), ..one });
                }
            )*
            list
        }

        /// The variant's name. (No `_`: a variant without examples does not compile.)
        pub fn $kind(one: &$enum) -> &'static str {
            match one {
                $($enum::$variant { .. } => stringify!($variant),)*
            }
        }
    };
}

/// A table's name that would do harm if it were not quoted everywhere.
pub const HOSTILE: &str = "we\"ird.ta'ble; DROP TABLE audit; -- 🚀";

/// Its columns.
pub const HOSTILE_COLUMNS: [&str; 4] = ["select", "a\"b.c d", "🦀", "it's; --"];

/// A text that would do harm in the same way.
pub const HOSTILE_TEXT: &str =
    "it's \"quoted\" \\ back\\'slash; DROP TABLE audit; -- $$ %s {} 🚀\n\ttwo lines";

/// Creates every kind of object.
pub fn rich(op: &mut Ops) {
    let is_postgres = op.dialect() == Postgres;
    op.only(Postgres, |op| {
        op.create_extension("pg_trgm").if_not_exists();
        op.create_extension("citext");
    });
    op.create_enum(enum_type("order_status").values(["open", "filled", "it's \"odd\" \\ so"]));
    op.create_enum(enum_type("unused").values(["a"]));
    op.create_table(
        table("accounts")
            .column(bigint("id").primary_key().identity())
            .column(varchar("name", 80).default("no 'name' \"yet\" \\"))
            .column(text("email").nullable().unique())
            .column(char("currency", 3).default("EUR"))
            .column(bigint("parent_id").nullable().references("accounts", "id").on_delete(SetNull))
            .column(text("label").nullable().collate(if is_postgres { "C" } else { "NOCASE" }))
            .column(timestamptz("created_at").default_now())
            .column(bigint("cents").default(0))
            .column(bigint("mills").generated("cents * 10"))
            .column(double("score").default(0.5).comment("from 0 to 1, it's \"relative\""))
            .column(text("notes").nullable())
            .constraint(check("cents >= 0").named("accounts_rich"))
            .constraint(check("name <> '' AND currency <> ''"))
            .comment("Who \"trades\" 'here' \\"),
    );
    op.create_index(index("idx_accounts_notes").on("accounts", ["notes"]));
    op.create_index(index("idx_accounts_lower").on("accounts", [expr("lower(email)")]).unique());
    op.create_index(
        index("idx_accounts_open")
            .on("accounts", ["name"])
            .key(desc("cents"))
            .filter("notes IS NULL"),
    );
    op.create_table(
        table("instruments")
            .column(varchar("exchange", 8))
            .column(varchar("symbol", 16))
            .column(integer("lot").default(1))
            .column(smallint("tier").nullable())
            .column(boolean("active").default(true))
            .column(varchar("isin", 12).nullable())
            .primary_key(["exchange", "symbol"])
            .constraint(unique(["isin"]).named("instruments_isin")),
    );
    let mut external = unique(["account_id", "external"]).named("orders_external");
    if is_postgres {
        external = external.deferrable().postgres(|u| {
            u.include(["quantity"]);
        });
    }
    op.create_table(
        table("orders")
            .column(bigint("id").primary_key().identity())
            .column(bigint("account_id").references("accounts", "id").on_delete(Cascade))
            .column(varchar("exchange", 8).nullable())
            .column(varchar("symbol", 16).nullable())
            .column(text("external").nullable())
            .column(enumeration("status", "order_status").default("open"))
            .column(text("state").default("open"))
            .column(bigint("quantity").default(1))
            .column(numeric("price", 20, 4).nullable())
            .column(text("notes").nullable())
            .column(date("placed_on").default("2024-02-29"))
            .column(binary("raw").default(b"\x00'\\\xff"))
            .column(jsonb("extra").default("{\"it's\": \"\\\\\"}"))
            .column(uuid("token").nullable())
            .constraint(
                foreign_key(["exchange", "symbol"])
                    .references("instruments", ["exchange", "symbol"])
                    .on_update(Cascade)
                    .initially_deferred()
                    .named("orders_instrument"),
            )
            .constraint(external)
            .constraint(check("quantity > 0"))
            .constraint(check("price IS NULL OR price > 0").named("orders_price")),
    );
    op.create_index(index("idx_orders_symbol").on("orders", ["symbol", "exchange"]));
    op.only(Postgres, |op| {
        op.create_index(
            index("idx_orders_trgm")
                .on("orders", ["notes"])
                .postgres(|i| i.using("gin").ops("notes", "gin_trgm_ops")),
        );
        op.create_index(
            index("idx_orders_placed")
                .on("orders", [desc("placed_on").nulls_last()])
                .unique()
                .filter("status = 'filled'")
                .postgres(|i| i.include(["price"]).nulls_not_distinct()),
        );
    });
    op.create_table(
        table("fills")
            .column(bigint("id").primary_key().identity())
            .column(bigint("order_id").references("orders", "id").on_delete(Cascade))
            .column(bigint("quantity"))
            .column(real("fee").default(0.25))
            .constraint(unique(["order_id", "quantity"])),
    );
    op.create_index(index("idx_fills_order").on("fills", ["order_id"]));
    // What is referred to is unique by an index alone.
    op.create_table(table("codes").column(text("code")).column(text("parent").nullable()));
    op.create_index(index("codes_code").on("codes", ["code"]).unique());
    op.create_foreign_key(
        "codes",
        foreign_key(["parent"]).references("codes", ["code"]).named("codes_parent"),
    );
    op.create_table(audit());
    op.create_table(table("empty").column(bigint("id")).column(text("words").nullable()));
    let [key, second, third, fourth] = HOSTILE_COLUMNS;
    op.create_table(
        table(HOSTILE)
            .column(integer(key).primary_key())
            .column(text(second).default(HOSTILE_TEXT))
            .column(integer(third).nullable())
            .column(text(fourth).nullable().unique())
            .constraint(check("\"🦀\" <> 13").named("che\"ck; --"))
            .comment(HOSTILE_TEXT),
    );
    op.create_index(
        index("in\"dex.of; --").on(HOSTILE, [second]).filter("\"it's; --\" IS NOT NULL"),
    );
    op.create_table(
        table("order")
            .column(integer("group").primary_key())
            .column(integer("table").nullable().references(HOSTILE, key).on_delete(Cascade)),
    );
    op.only(Postgres, |op| {
        op.create_table(
            table("kinds")
                .column(integer("id").primary_key())
                .column(citext("loud").default("A"))
                .column(text("tags").array().default("{}"))
                .column(enumeration("statuses", "order_status").array().nullable())
                .column(interval("span").default("1 day"))
                .column(time("at").precision(3).nullable())
                .column(timestamp("local").default_now())
                .column(json("doc").nullable())
                .column(inet("address").nullable())
                .column(cidr("network").nullable())
                .column(macaddr("mac").nullable())
                .column(macaddr8("mac8").nullable())
                .column(money("fee").nullable())
                .column(oid("object").nullable())
                .column(pg_lsn("lsn").nullable())
                .column(internal_char("letter").nullable())
                .column(range("during", RangeType::Tstz).nullable())
                .column(multirange("days", RangeType::Date).nullable())
                .column(numeric_unlimited("any").default(decimal("-1.50")))
                .column(custom("path", "point").nullable()),
        );
    });
}

fn audit() -> Table {
    table("audit").column(timestamp("at").nullable()).column(text("what").nullable()).build()
}

/// Rows for every table of [`rich`], in SQL that both databases read.
pub const ROWS: &str = r#"
    INSERT INTO accounts (id, name, email, parent_id, label, created_at, cents, score, notes) VALUES
        (1, 'Ada', 'ada@example.com', NULL, 'a', '2024-01-01 00:00:00', 1250, 0.25, NULL),
        (2, 'it''s "Bob" \', NULL, 1, NULL, '2024-01-02 00:00:00', 0, 1, 'two'),
        (7, 'Eve', 'Eve@example.com', 7, 'B', '2024-01-03 00:00:00', 9007199254740993, 0, 'two');
    INSERT INTO instruments (exchange, symbol, lot, tier, active, isin) VALUES
        ('XETR', 'SAP', 1, NULL, TRUE, 'DE0007164600'), ('XNAS', 'AAPL', 100, 1, FALSE, NULL), ('XNAS', 'MSFT', 10, 2, TRUE, NULL);
    INSERT INTO orders (id, account_id, exchange, symbol, external, status, state, quantity, price, notes) VALUES
        (1, 1, 'XETR', 'SAP', 'x', 'open', 'open', 5, 101.5, NULL), (2, 1, NULL, NULL, NULL, 'filled', 'filled', 7, NULL, 'it''s'),
        (9, 2, 'XNAS', 'AAPL', 'x', 'it''s "odd" \ so', 'open', 1, 0.0001, '007');
    INSERT INTO fills (id, order_id, quantity) VALUES (1, 1, 2), (2, 1, 3), (5, 9, 1);
    INSERT INTO codes (code, parent) VALUES ('a', NULL), ('b', 'a'), ('c', 'c');
    INSERT INTO audit (at, what) VALUES (NULL, 'begin'), (NULL, 'begin'), ('2024-01-01 00:00:00', NULL);
    INSERT INTO "we""ird.ta'ble; DROP TABLE audit; -- 🚀" ("select", "🦀", "it's; --") VALUES (1, 1, 'x'), (2, NULL, NULL);
    INSERT INTO "order" ("group", "table") VALUES (1, 1), (2, NULL), (3, 2);
"#;

/// Rows for the tables that only PostgreSQL has.
pub const POSTGRES_ROWS: &str = r#"
    INSERT INTO kinds (id, tags, statuses, mac, fee, during) VALUES
        (1, '{a,"b c"}', '{open,filled}', '08:00:2b:01:02:03', 12.34, '[2024-01-01,)'), (2, '{}', NULL, NULL, NULL, NULL);
    SELECT setval(pg_get_serial_sequence(t, 'id'), 20) FROM unnest(ARRAY['accounts', 'orders', 'fills']) t;
"#;

examples! { op_examples, op_kind, Op:
    CreateTable => [
        example("a table", |op| {
            op.create_table(table("venues").column(bigint("id").primary_key().identity()).column(text("name")));
        }),
        example("a table with everything", |op| {
            op.create_table(
                table("venues")
                    .column(bigint("id").primary_key().identity())
                    .column(bigint("account_id").references("accounts", "id").on_delete(Cascade).on_update(Restrict))
                    .column(bigint("owner_id").nullable().references("venues", "id"))
                    .column(enumeration("status", "order_status").default("filled"))
                    .column(text("name").unique().check("name <> ''").comment("its name"))
                    .column(text("upper").generated("upper(name)"))
                    .comment("where"),
            );
        }),
        example("a table that is there", |op| {
            op.create_table(audit()).if_not_exists();
        }),
        example("hostile names", |op| {
            op.create_table(
                table("'; --\"").column(integer("\"").primary_key()).column(text("\\").default("\\'")),
            );
        }),
    ]
    DropTable => [
        example("a child", |op| {
            op.drop_table("fills");
        }).touches(&["fills"]),
        example("all of them, children first", |op| {
            op.drop_table("fills");
            op.drop_table("orders");
            op.drop_table("instruments");
            op.drop_table("accounts");
        }).touches(&["fills", "orders", "instruments", "accounts"]),
        example("one whose own key is unique by an index", |op| {
            op.drop_table("codes");
        }).touches(&["codes"]),
        example("one that is gone", |op| {
            op.drop_table("never_there").if_exists();
        }),
        example("hostile names", |op| {
            op.drop_table("order");
            op.drop_table(HOSTILE);
        }).touches(&["order", HOSTILE]),
        example("every type", |op| {
            op.only(Postgres, |op| {
                op.drop_table("kinds");
            });
        }).touches(&["kinds"]),
    ]
    RenameTable => [
        example("a parent", |op| op.rename_table("accounts", "customers")).touches(&["accounts"]),
        example("two that change places", |op| {
            op.rename_table("audit", "aside");
            op.rename_table("empty", "audit");
            op.rename_table("aside", "empty");
        }).touches(&["audit", "empty"]),
        example("hostile names", |op| op.rename_table(HOSTILE, "`\"[]'; --")).touches(&[HOSTILE]),
        example("a reserved word", |op| op.rename_table("order", "select")).touches(&["order"]),
    ]
    AlterTable => [
        example("several changes", |op| {
            op.alter_table("accounts", |t| {
                t.drop_constraint("accounts_rich");
                t.alter_column("cents").set_default(100).set_not_null();
                t.alter_column("notes").rename_to("remarks").set_not_null().fill_with("'none'");
                t.add_column(text("phone").nullable());
                t.add_constraint(check("cents < 9223372036854775807 AND remarks <> 'x'").named("accounts_some"));
                t.alter_column("phone").rename_to("telephone").comment("with country");
                t.comment("clients");
            });
        }).touches(&["accounts.notes"]),
        example("a column dropped and added under its name", |op| {
            op.alter_table("orders", |t| {
                t.drop_column("notes");
                t.add_column(bigint("notes").default(5));
            });
        }).touches(&["orders.notes"]),
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
        }).touches(&["accounts.name"]),
        example("names that change places", |op| {
            op.alter_table("accounts", |t| {
                t.alter_column("name").rename_to("aside");
                t.alter_column("notes").rename_to("name");
                t.alter_column("aside").rename_to("notes");
            });
        }).touches(&["accounts.name", "accounts.notes"]),
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
        }).touches(&["accounts.name", "accounts.notes", "accounts.label"]),
        example("a type made from a column that is then dropped", |op| {
            op.only(Postgres, |op| {
                op.drop_index("idx_orders_trgm");
            });
            op.alter_table("orders", |t| {
                t.alter_column("notes").set_type(types::bigint()).using("quantity * 2").restore_with("'was ' || notes");
                t.drop_constraint("orders_quantity_check");
                t.drop_column("quantity");
            });
        }).touches(&["orders.notes", "orders.quantity"]),
        example("a default dropped and set around a type", |op| {
            op.alter_table("orders", |t| {
                t.drop_constraint("orders_quantity_check");
                t.alter_column("quantity").drop_default().set_type(types::text()).set_default("one").rename_to("amount");
            });
        }).touches(&["orders.quantity"]),
        example("a constraint replaced under its name", |op| {
            op.alter_table("orders", |t| {
                t.drop_constraint("orders_price");
                t.add_constraint(check("price IS NULL OR price >= 0").named("orders_price"));
                t.drop_constraint("orders_account_id_fkey");
                t.add_constraint(
                    foreign_key(["account_id"]).references("accounts", ["id"]).on_delete(Restrict)
                        .named("orders_account_id_fkey"),
                );
            });
        }),
        example("a primary key moved", |op| {
            op.alter_table("codes", |t| {
                t.add_column(bigint("number").nullable());
                t.alter_column("number").set_not_null().fill_with("length(code) + 1000 * (SELECT count(*) FROM audit)");
                t.drop_column("number").restore_with("0");
                t.add_constraint(primary_key(["code"]));
            });
        }),
    ]
    CreateIndex => [
        example("an index", |op| {
            op.create_index(index("idx").on("accounts", ["currency", "label"]));
        }),
        example("a partial one on an expression, unique, and in reverse", |op| {
            op.create_index(
                index("idx").on("orders", [desc("id")]).key(expr("lower(notes) || 'x'")).unique()
                    .filter("notes <> 'it''s; --'"),
            );
        }),
        example("one that is there", |op| {
            op.create_index(index("idx_accounts_notes").on("accounts", ["notes"])).if_not_exists();
        }),
        example("what only PostgreSQL has", |op| op.only(Postgres, |op| {
            op.create_index(index("idx").on("orders", ["notes"]).postgres(|i| {
                i.using("gist").ops("notes", "gist_trgm_ops")
            }));
            op.create_index(index("idx2").on("orders", [asc("price").nulls_first()]).unique().postgres(|i| {
                i.include(["notes", "raw"]).nulls_not_distinct()
            }));
        })),
        example("without blocking writes", |op| {
            op.create_index(index("idx").on("orders", ["price"]).postgres(|i| i.concurrently()));
        }).outside(),
        example("hostile names", |op| {
            op.create_index(index("'; \"--").on(HOSTILE, HOSTILE_COLUMNS).unique());
        }),
    ]
    DropIndex => [
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
        }).outside(),
    ]
    CreateEnum => [
        example("an enum, and a column of it", |op| {
            op.create_enum(enum_type("side").values(["buy", "it's; \"sell\" \\"]));
            op.add_column("orders", enumeration("side", "side").default("it's; \"sell\" \\"));
        }),
        example("hostile names", |op| op.create_enum(enum_type("ty\"pe; --").values(["", "'", "\\"]))),
    ]
    DropEnum => [
        example("one that nothing uses", |op| op.drop_enum("unused")),
        example("one that was used", |op| {
            op.only(Postgres, |op| {
                op.drop_column("kinds", "statuses");
                op.drop_index("idx_orders_placed");
            });
            op.drop_column("orders", "status");
            op.drop_enum("order_status");
        }).touches(&["orders.status", "kinds.statuses"]),
    ]
    CreateExtension => [
        example("an extension", |op| op.only(Postgres, |op| {
            op.create_extension("btree_gin");
        })),
        example("one that is there", |op| op.only(Postgres, |op| {
            op.create_extension("citext").if_not_exists();
        })),
    ]
    DropExtension => [
        example("an extension and what needs it", |op| op.only(Postgres, |op| {
            op.drop_index("idx_orders_trgm");
            op.drop_extension("pg_trgm");
        })),
        example("one that is gone", |op| op.only(Postgres, |op| {
            op.drop_extension("hstore").if_exists();
        })),
    ]
    BulkInsert => [
        example("rows of every kind of value", |op| {
            op.bulk_insert(
                rows("accounts")
                    .row(row().set("id", 30).set("name", HOSTILE_TEXT).set("cents", i64::MAX / 10).set("score", -1.5e300))
                    .row(row().set("id", 31).set("name", "\\").set("cents", 0).set("score", 1e-7)),
            );
        }),
        example("by a key of two columns", |op| {
            op.bulk_insert(
                rows("instruments")
                    .row(row().set("exchange", "X'").set("symbol", "A\\").set("active", true).set("tier", None::<i32>))
                    .row(row().set("exchange", "X'").set("symbol", "B").set("active", false).set("tier", -1)),
            );
        }),
        example("by a unique constraint", |op| {
            op.bulk_insert(
                rows("fills").row(row().set("order_id", 9).set("quantity", 77)).row(row().set("order_id", 2).set("quantity", 77)),
            );
        }),
        example("that stay", |op| {
            op.bulk_insert(rows("empty").row(row().set("id", 1).set("words", "x"))).undo("DELETE FROM empty");
        }),
        example("hostile names", |op| {
            let [key, second, third, fourth] = HOSTILE_COLUMNS;
            op.bulk_insert(rows(HOSTILE).row(row().set(key, 30).set(second, "x").set(third, 5).set(fourth, HOSTILE_TEXT)));
        }),
        example("none at all", |op| {
            op.bulk_insert(rows("empty"));
        }),
    ]
    // Nobody writes it down: it is what takes a bulk_insert back.
    DeleteRows => [
        example("the inverse of rows", |op| {
            op.bulk_insert(rows("orders").row(row().set("id", 30).set("account_id", 1).set("raw", &b"'\\\0"[..])));
        }),
    ]
    Execute => [
        example("data with its undo", |op| {
            op.execute("UPDATE orders SET quantity = quantity + 1; -- all; of 'em\nUPDATE instruments SET lot = lot + 1")
                .undo("UPDATE orders SET quantity = quantity - 1; UPDATE instruments SET lot = lot - 1");
        }).touches(&["orders.quantity", "instruments.lot"]),
        example("declared", |op| {
            op.execute("CREATE INDEX idx_currency ON accounts (currency)")
                .declares(|op| {
                    op.create_index(index("idx_currency").on("accounts", ["currency"]));
                });
        }),
        example("declared, with its undo", |op| {
            op.execute("DROP INDEX idx_accounts_notes").undo("CREATE INDEX idx_accounts_notes ON accounts (notes)").declares(|op| {
                op.drop_index("idx_accounts_notes");
            });
        }),
        example("nothing declared", |op| {
            op.execute("CREATE VIEW names AS SELECT name FROM accounts").declares_nothing().undo("DROP VIEW names");
        }),
        example("nothing to undo", |op| {
            op.execute("SELECT 1").undo_nothing();
        }),
    ]
    Run => [
        example("code for every backend", |op| {
            op.run("raise", code!(|conn| {
                diesel::sql_query("UPDATE orders SET quantity = quantity + 1").execute(conn)?;
                Ok(())
            }))
            .undo(code!(|conn| {
                diesel::sql_query("UPDATE orders SET quantity = quantity - 1").execute(conn)?;
                Ok(())
            }));
        }).touches(&["orders.quantity"]),
        example("code that changes the schema", |op| {
            op.run("index", |conn: &mut PgConnection| {
                diesel::sql_query("CREATE INDEX idx_currency ON accounts (currency)").execute(conn)?;
                Ok(())
            })
            .or(|conn: &mut SqliteConnection| {
                diesel::sql_query("CREATE INDEX idx_currency ON accounts (currency)").execute(conn)?;
                Ok(())
            })
            .declares(|op| {
                op.create_index(index("idx_currency").on("accounts", ["currency"]));
            });
        }),
    ]
}

examples! { change_examples, change_kind, TableChange:
    AddColumn => [
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
            op.add_column("accounts", enumeration("status", "order_status").default("filled").comment("it's"));
            let collation = if op.dialect() == Postgres { "C" } else { "NOCASE" };
            op.add_column("accounts", text("nick").nullable().collate(collation));
        }),
        example("with constraints", |op| {
            op.add_column(
                "orders",
                bigint("parent_id").nullable().unique().references("orders", "id").on_delete(SetNull).check("parent_id <> id"),
            );
        }),
        example("on an empty table", |op| {
            op.add_column("empty", bigint("more").on_empty_table());
        }),
        example("hostile names", |op| {
            op.add_column(HOSTILE, text("'; \"--").default("'; \"--").check("\"'; \"\"--\" <> ''"));
        }).touches(&[]),
        example("that is there", |op| op.only(Postgres, |op| {
            op.add_column("orders", text("notes").nullable()).if_not_exists();
        })),
    ]
    DropColumn => [
        example("that nothing else is about", |op| {
            op.drop_column("accounts", "score");
        }).touches(&["accounts.score"]),
        example("with its index", |op| {
            op.drop_column("accounts", "notes");
        }).touches(&["accounts.notes"]),
        example("with its checks and indexes", |op| {
            op.drop_column("accounts", "name");
        }).touches(&["accounts.name"]),
        example("with its unique constraint and expression index", |op| {
            op.drop_column("accounts", "email");
        }).touches(&["accounts.email"]),
        example("with its foreign key", |op| {
            op.drop_column("accounts", "parent_id");
            op.drop_column("orders", "exchange");
        }).touches(&["accounts.parent_id", "orders.exchange"]),
        example("that is generated, then what it was made from", |op| {
            op.drop_column("accounts", "mills");
            op.drop_column("accounts", "cents");
        }).touches(&["accounts.cents", "accounts.mills"]),
        example("that rows get back", |op| {
            op.drop_column("fills", "quantity").restore_with("id * 10");
        }).touches(&["fills.quantity"]),
        example("that counts up and is the primary key", |op| {
            op.drop_column("fills", "id");
        }).touches(&["fills.id"]),
        example("an enum", |op| {
            op.drop_column("orders", "status");
        }).touches(&["orders.status"]),
        example("that is gone", |op| {
            op.drop_column("orders", "never_there").if_exists();
        }),
        example("hostile names", |op| {
            let [_, second, third, fourth] = HOSTILE_COLUMNS;
            op.drop_column(HOSTILE, second);
            op.drop_column(HOSTILE, third);
            op.drop_column(HOSTILE, fourth);
            op.drop_column("order", "table");
        }).touches(&["order.table", "we\"ird.ta'ble; DROP TABLE audit; -- 🚀.*"]),
    ]
    RenameColumn => [
        example("that a foreign key refers to", |op| {
            op.alter_column("accounts", "id").rename_to("number");
        }).touches(&["accounts.id"]),
        example("that checks, indexes and a generated column name", |op| {
            op.alter_column("accounts", "cents").rename_to("CENTS of it's");
        }).touches(&["accounts.cents"]),
        example("of a key", |op| {
            op.alter_column("instruments", "symbol").rename_to("select");
        }).touches(&["instruments.symbol"]),
        example("hostile names", |op| {
            op.alter_column(HOSTILE, "🦀").rename_to("\"'; --");
            op.alter_column(HOSTILE, "select").rename_to("from");
        }).touches(&["we\"ird.ta'ble; DROP TABLE audit; -- 🚀.*"]),
    ]
    SetType => [
        example("wider", |op| {
            op.alter_column("fills", "quantity").set_type(types::numeric(20, 2));
            op.alter_column("accounts", "name").set_type(types::varchar(200));
            op.alter_column("instruments", "tier").set_type(types::bigint());
        }).touches(&["fills.quantity"]),
        example("by an expression, and back", |op| {
            op.only(Postgres, |op| {
                op.drop_index("idx_orders_trgm");
            });
            op.alter_column("orders", "notes").set_type(types::bigint()).using("length(notes)").restore_with("'x' || notes");
        }).touches(&["orders.notes"]),
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
        }),
        example("hostile names", |op| {
            op.alter_column(HOSTILE, "🦀").set_type(types::bigint());
        }),
    ]
    SetNotNull => [
        example("with something for rows that have none", |op| {
            op.alter_column("accounts", "notes").set_not_null().fill_with("'it''s ' || name");
        }).touches(&["accounts.notes"]),
        example("where no row has none", |op| {
            op.alter_column("codes", "code").drop_not_null();
            op.alter_column("codes", "code").set_not_null();
        }),
        example("where it is", |op| {
            op.alter_column("accounts", "name").set_not_null();
        }),
        example("hostile names", |op| {
            op.alter_column(HOSTILE, "it's; --").set_not_null().fill_with("'y'");
        }).touches(&["we\"ird.ta'ble; DROP TABLE audit; -- 🚀.*"]),
    ]
    DropNotNull => [
        example("of a column", |op| {
            op.alter_column("accounts", "name").drop_not_null().restore_with("''");
        }),
        example("where it may be NULL", |op| {
            op.alter_column("accounts", "notes").drop_not_null();
        }),
    ]
    SetDefault => [
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
            op.alter_column(HOSTILE, "a\"b.c d").set_default("\\'; --");
        }),
    ]
    SetColumnComment => [
        example("set and dropped", |op| {
            op.alter_column("accounts", "name").comment(HOSTILE_TEXT);
            op.alter_column("accounts", "score").drop_comment();
            op.alter_column(HOSTILE, "🦀").comment("");
        }),
    ]
    AddConstraint => [
        example("a primary key, of columns that could be NULL", |op| {
            op.execute("DELETE FROM audit").undo_nothing();
            op.create_primary_key("audit", primary_key(["at", "what"]));
        }).touches(&["audit"]),
        example("a unique constraint", |op| {
            op.create_unique_constraint("accounts", unique(["name", "currency"]));
        }),
        example("a unique constraint that waits", |op| op.only(Postgres, |op| {
            op.create_unique_constraint(
                "accounts",
                unique(["name"]).initially_deferred().postgres(|u| {
                    u.nulls_not_distinct().include(["notes"]);
                }),
            );
        })),
        example("a foreign key", |op| {
            op.create_foreign_key("empty", foreign_key(["id"]).references("accounts", ["id"]).on_delete(Cascade).initially_deferred());
            op.create_foreign_key("fills", foreign_key(["id"]).references("fills", ["id"]).on_update(Cascade).deferrable());
        }),
        example("a check", |op| {
            op.create_check_constraint("accounts", check("name <> 'it''s; --' AND notes IS NOT NULL OR cents >= 0").named("odd"));
        }),
        example("hostile names", |op| {
            op.create_unique_constraint(HOSTILE, unique(["🦀", "a\"b.c d"]).named("'; \"--"));
            op.create_check_constraint(HOSTILE, check("\"it's; --\" <> '; --'").named("; --"));
        }),
    ]
    DropConstraint => [
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
    SetTableComment => [
        example("set and dropped", |op| {
            op.alter_table("accounts", |t| t.drop_comment());
            op.alter_table(HOSTILE, |t| t.comment("it's \\"));
            op.alter_table("orders", |t| t.comment(HOSTILE_TEXT));
        }),
    ]
}

/// Every example there is.
pub fn examples() -> Vec<Example> {
    let mut all = op_examples();
    all.extend(change_examples());
    all
}

/// The schema that [`rich`] makes.
///
/// # Panics
///
/// When it does not fit itself.
pub fn rich_catalog(dialect: Dialect) -> Catalog {
    let mut catalog = Catalog::default();
    for recorded in record(rich, dialect) {
        recorded
            .apply(&mut catalog)
            .unwrap_or_else(|error| panic!("{}: {error}", recorded.describe()));
    }
    catalog
}

/// The kinds of ops and changes in a list.
pub fn kinds(ops: &[Recorded]) -> Vec<&'static str> {
    let mut kinds = Vec::new();
    for op in ops {
        kinds.push(op_kind(op));
        if let Op::AlterTable(alter) = &op.what {
            kinds.extend(alter.changes.iter().map(|change| change_kind(change)));
        }
    }
    kinds
}
