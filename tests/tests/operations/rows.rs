//! The rows of `docs/operations.md`: an op or an option as it is written, and an example of it.

use migrate_core::prelude::*;

/// What stands in the first column, and what the others are found by.
pub(crate) struct Row {
    pub(crate) call: &'static str,
    pub(crate) ops: fn(&mut Ops),
    pub(crate) shows: Shows,
}

/// How the cells of a row are found.
pub(crate) enum Shows {
    /// What becomes of the last op.
    Op,
    /// What an option adds to the last op without it.
    Option(fn(&mut Ops)),
    /// What becomes of the inverse of the last op.
    Inverse,
    /// What the type of the table's one column is called.
    Type,
}

pub(crate) fn row(call: &'static str, ops: fn(&mut Ops)) -> Row {
    Row { call, ops, shows: Shows::Op }
}

pub(crate) fn option(call: &'static str, without: fn(&mut Ops), ops: fn(&mut Ops)) -> Row {
    Row { call, ops, shows: Shows::Option(without) }
}

/// What the rows are made to.
pub(crate) fn trading(op: &mut Ops) {
    op.create_enum(enum_type("side").values(["buy", "sell"]));
    op.create_enum(enum_type("unused").values(["a"]));
    op.only(Postgres, |op| {
        op.create_extension("pg_trgm");
    });
    op.create_table(
        table("users").column(bigint("id").primary_key().identity()).column(varchar("email", 200)),
    );
    op.create_table(
        table("orders")
            .column(bigint("id").primary_key())
            .column(bigint("user_id").nullable().references("users", "id"))
            .column(varchar("symbol", 20).default("none").comment("as the venue says it"))
            .column(integer("quantity").check("quantity > 0"))
            .column(numeric("price", 10, 2).nullable())
            .column(text("notes").nullable())
            .constraint(unique(["symbol", "quantity"])),
    );
    op.create_index(index("idx_price").on("orders", ["price"]));
}

/// Every row, by theme.
pub(crate) fn themes() -> Vec<(&'static str, Vec<Row>)> {
    vec![
        ("Tables", tables()),
        ("New columns", new_columns()),
        ("Columns", columns()),
        ("Constraints", constraints()),
        ("Indexes", indexes()),
        ("Enums, schemas, sequences and extensions", objects()),
        ("Views, functions and triggers", crate::replaceable::rows()),
        ("Rows, SQL and code", code()),
        ("Types", types()),
    ]
}

fn fills() -> TableBuilder {
    table("fills").column(bigint("id").primary_key())
}

fn parted() -> TableBuilder {
    table("events").column(date("day")).partition_by_range(["day"])
}

fn tables() -> Vec<Row> {
    vec![
        row("`create_table(table(…)…)`", |op| {
            op.create_table(fills());
        }),
        option(
            "`create_table(…).if_not_exists()`",
            |op| {
                op.create_table(fills());
            },
            |op| {
                op.create_table(fills()).if_not_exists();
            },
        ),
        option(
            "`create_table(table(…).comment(…))`",
            |op| {
                op.create_table(fills());
            },
            |op| {
                op.create_table(fills().comment("what was got"));
            },
        ),
        row("`create_table(table((schema, name))…)`", |op| {
            op.create_table(table(("trading", "fills")).column(bigint("id").primary_key()));
        }),
        option(
            "`table(…).postgres(|t| t.with(…).unlogged().tablespace(…))`",
            |op| {
                op.create_table(fills());
            },
            |op| {
                op.create_table(
                    fills().postgres(|t| t.with("fillfactor", 70).unlogged().tablespace("fast")),
                );
            },
        ),
        option(
            "`table(…).mysql(|t| t.engine(…).charset(…).collate(…).row_format(…))`",
            |op| {
                op.create_table(fills());
            },
            |op| {
                op.create_table(fills().mysql(|t| t.engine("InnoDB").charset("utf8mb4")));
            },
        ),
        option(
            "`table(…).sqlite(|t| t.strict().without_rowid())`",
            |op| {
                op.create_table(fills());
            },
            |op| {
                op.create_table(fills().sqlite(|t| t.strict().without_rowid()));
            },
        ),
        row("`without_rowid()` without a key of its own", |op| {
            op.create_table(table("log").column(bigint("id")).sqlite(|t| t.without_rowid()));
        }),
        row("`table(…).partition_by_range([…])`", |op| {
            op.create_table(parted());
        }),
        row("`create_partition(partition(…).of(…).from_to(…))`", |op| {
            op.only(Postgres, |op| {
                op.create_table(parted());
            });
            op.create_partition(
                partition("events_2026").of("events").from_to("'2026-01-01'", "'2027-01-01'"),
            );
        }),
        row("`drop_partition(…)`", |op| {
            op.only(Postgres, |op| {
                op.create_table(parted());
                op.create_partition(partition("events_rest").of("events").default_partition());
            });
            op.drop_partition("events_rest");
        }),
        row("`table(…).partition_by_…([…]).postgres(|t| t.unlogged())`", |op| {
            op.create_table(parted().postgres(|t| t.unlogged()));
        }),
        row("`create_index(…)` of a partitioned table, `.concurrently()`", |op| {
            let plain = table("events").column(date("day"));
            op.create_table(if op.dialect() == Postgres { parted() } else { plain });
            op.create_index(index("idx_day").on("events", ["day"]).postgres(|i| i.concurrently()));
        }),
        row("`drop_table(…)`", |op| {
            op.drop_table("orders");
        }),
        option(
            "`drop_table(…).if_exists()`",
            |op| {
                op.drop_table("orders");
            },
            |op| {
                op.drop_table("orders").if_exists();
            },
        ),
        row("`rename_table(from, to)`", |op| op.rename_table("orders", "requests")),
        row("`rename_table(from, (schema, to))`", |op| {
            op.rename_table("orders", ("trading", "orders"));
        }),
        row("a change to a table of `.opaque(…)` SQL", |op| {
            op.execute("CREATE TABLE log (id INTEGER)").opaque("log").undo("DROP TABLE log");
            op.alter_column("log", "id").set_not_null();
        }),
        row("a second `….identity()` in a table", |op| {
            op.create_table(
                table("log")
                    .column(bigint("id").primary_key().identity())
                    .column(bigint("other").identity().unique()),
            );
        }),
        row("`alter_table(…, |t| t.comment(…))`", |op| {
            op.alter_table("orders", |t| t.comment("what was asked for"));
        }),
        row("`alter_table(…, |t| …)` with several changes", |op| {
            op.alter_table("orders", |t| {
                t.alter_column("symbol").set_type(types::varchar(40)).set_default("other");
                t.add_column(text("phone").nullable());
                t.drop_constraint("orders_quantity_check");
            });
        }),
    ]
}

fn new_columns() -> Vec<Row> {
    fn plain(op: &mut Ops) {
        op.add_column("orders", varchar("more", 20).nullable());
    }
    vec![
        row("`add_column(…, ….nullable())`", plain),
        row("`add_column(…, ….default(…))`", |op| {
            op.add_column("orders", varchar("more", 20).default("x"));
        }),
        row("`add_column(…, ….default_now())`", |op| {
            op.add_column("orders", timestamp("more").default_now());
        }),
        row("`add_column(…, ….fill_with(…))`", |op| {
            op.add_column("orders", varchar("more", 20).fill_with("symbol"));
        }),
        row("`add_column(…, ….on_empty_table())`", |op| {
            op.add_column("orders", varchar("more", 20).on_empty_table());
        }),
        row("`add_column(…, ….generated(…))`, from a column that counts up", |op| {
            op.add_column("users", bigint("more").nullable().generated("id * 2"));
        }),
        row(
            "`add_column(…, ….generated(…))`, from a column that a foreign key changes",
            |op| {
                clearing(op);
                op.add_column("orders", bigint("more").nullable().generated("user_id * 2"));
            },
        ),
        row("`add_column(…, ….generated(…))`", |op| {
            op.add_column("orders", integer("more").nullable().generated("quantity * 2"));
        }),
        row("`add_column(…, ….identity())`", |op| {
            op.create_table(table("log").column(integer("line").nullable()));
            op.add_column("log", bigint("id").identity().primary_key());
        }),
        row("`add_column(…, ….identity())` without a key", |op| {
            op.create_table(table("log").column(integer("line").nullable()));
            op.add_column("log", bigint("id").identity());
        }),
        option("`add_column(…, ….collate(…))`", plain, |op| {
            op.add_column("orders", varchar("more", 20).nullable().collate("C"));
        }),
        option("`add_column(…, ….comment(…))`", plain, |op| {
            op.add_column("orders", varchar("more", 20).nullable().comment("it's"));
        }),
        row("`add_column(…, ….unique())`", |op| {
            op.add_column("orders", varchar("more", 20).nullable().unique());
        }),
        row("`add_column(…, ….references(…))`", |op| {
            op.add_column(
                "orders",
                bigint("more").nullable().references("users", "id").on_delete(SetNull),
            );
        }),
        row("`add_column(…, ….check(…))`", |op| {
            op.add_column("orders", varchar("more", 20).nullable().check("more <> ''"));
        }),
        option("`add_column(…).if_not_exists()`", plain, |op| {
            op.add_column("orders", varchar("more", 20).nullable()).if_not_exists();
        }),
    ]
}

fn columns() -> Vec<Row> {
    vec![
        row("`alter_column(…).set_identity()`", |op| {
            op.alter_column("orders", "id").set_identity();
        }),
        option(
            "`set_identity().postgres(|i| i.always().start(…).increment(…))`",
            |op| {
                op.alter_column("orders", "id").set_identity();
            },
            |op| {
                op.alter_column("orders", "id")
                    .set_identity()
                    .postgres(|i| i.always().start(100).increment(5));
            },
        ),
        row("`alter_column(…).drop_identity()`", |op| {
            op.alter_column("users", "id").drop_identity();
        }),
        row("`alter_column(…).set_generated(…)`", |op| {
            op.alter_column("orders", "notes").set_generated("symbol");
        }),
        row("`alter_column(…).set_generated_when_read(…)`", |op| {
            op.alter_column("orders", "notes").set_generated_when_read("symbol");
        }),
        row("`alter_column(…).drop_generated()`", |op| {
            op.alter_column("orders", "notes").set_generated("symbol");
            op.alter_column("orders", "notes").drop_generated();
        }),
        row("`alter_column(…).set_collation(…)`", |op| {
            op.alter_column("orders", "notes").set_collation("C");
        }),
        row("`set_collation(…)` of what a foreign key is about", |op| {
            op.create_table(table("codes").column(varchar("code", 8).primary_key()));
            let code = varchar("code", 8).nullable();
            op.create_table(table("uses").column(code.references("codes", "code")));
            op.alter_column("uses", "code").set_collation("C");
        }),
        row("`drop_column(…)`", |op| {
            op.drop_column("orders", "notes");
        }),
        row("`drop_column(…)` with constraints or indexes", |op| {
            op.drop_column("orders", "price");
        }),
        option(
            "`drop_column(…).if_exists()`",
            |op| {
                op.drop_column("orders", "notes");
            },
            |op| {
                op.drop_column("orders", "notes").if_exists();
            },
        ),
        row("`alter_column(…).rename_to(…)`", |op| {
            op.alter_column("orders", "symbol").rename_to("ticker");
        }),
        row("`rename_to(…)` of what a generated column is made from", |op| {
            op.create_table(
                table("log")
                    .column(integer("a").nullable())
                    .column(integer("b").nullable().generated("a + 1")),
            );
            op.alter_column("log", "a").rename_to("c");
        }),
        row("`alter_column(…).set_type(…)`", |op| {
            op.alter_column("orders", "symbol").set_type(types::varchar(40));
        }),
        row("`set_type(…).using(…)`", |op| {
            op.alter_column("orders", "notes").set_type(types::integer()).using("length(notes)");
        }),
        row("`set_type(…)` of what a foreign key is about", |op| {
            op.alter_column("orders", "user_id").set_type(types::integer());
        }),
        row("`alter_column(…).set_not_null()`", |op| {
            op.alter_column("orders", "price").set_not_null();
        }),
        row("`set_not_null().fill_with(…)`", |op| {
            op.alter_column("orders", "price").set_not_null().fill_with("0");
        }),
        row("`alter_column(…).drop_not_null()`", |op| {
            op.alter_column("orders", "symbol").drop_not_null();
        }),
        row("`alter_column(…).set_default(…)`", |op| {
            op.alter_column("orders", "symbol").set_default("new");
        }),
        row("`alter_column(…).drop_default()`", |op| {
            op.alter_column("orders", "symbol").drop_default();
        }),
        row("`alter_column(…).comment(…)`", |op| {
            op.alter_column("orders", "symbol").comment("it's");
        }),
        row("a comment of more than 1024 characters", |op| {
            op.alter_column("orders", "symbol").comment(&"x".repeat(1025));
        }),
    ]
}

fn constraints() -> Vec<Row> {
    fn one_email(op: &mut Ops) {
        op.create_unique_constraint("users", unique(["email"]));
    }
    fn key(op: &mut Ops) {
        op.create_foreign_key("orders", foreign_key(["id"]).references("users", ["id"]));
    }
    fn drop(op: &mut Ops) {
        op.drop_constraint("orders", "orders_quantity_check");
    }
    vec![
        row("`create_primary_key(…)`", |op| {
            op.create_table(table("log").column(integer("id")));
            op.create_primary_key("log", primary_key(["id"]));
        }),
        row("`create_unique_constraint(…)`", one_email),
        option("`unique(…).deferrable()`", one_email, |op| {
            op.create_unique_constraint("users", unique(["email"]).deferrable());
        }),
        option("`unique(…).postgres(|u| u.nulls_not_distinct())`", one_email, |op| {
            op.create_unique_constraint(
                "users",
                unique(["email"]).postgres(|u| {
                    u.nulls_not_distinct();
                }),
            );
        }),
        option("`unique(…).postgres(|u| u.include(…))`", one_email, |op| {
            op.create_unique_constraint(
                "users",
                unique(["email"]).postgres(|u| {
                    u.include(["id"]);
                }),
            );
        }),
        row("`create_foreign_key(…)`", key),
        row("`foreign_key(…).on_delete(…).on_update(…)`", |op| {
            op.create_foreign_key(
                "orders",
                foreign_key(["id"])
                    .references("users", ["id"])
                    .on_delete(Cascade)
                    .on_update(Restrict),
            );
        }),
        row("`foreign_key(…).on_delete(SetDefault)`", |op| {
            op.create_foreign_key(
                "orders",
                foreign_key(["id"]).references("users", ["id"]).on_delete(SetDefault),
            );
        }),
        row("`foreign_key(…).on_delete(SetNull)` of a column that is NOT NULL", |op| {
            op.create_foreign_key(
                "orders",
                foreign_key(["id"]).references("users", ["id"]).on_delete(SetNull),
            );
        }),
        option("`foreign_key(…).deferrable()`", key, |op| {
            op.create_foreign_key(
                "orders",
                foreign_key(["id"]).references("users", ["id"]).deferrable(),
            );
        }),
        row("a key over a column of any length", |op| {
            op.create_unique_constraint("orders", unique(["notes"]));
        }),
        row("a primary key over a column of any length", |op| {
            op.create_table(table("log").column(text("id")));
            op.create_primary_key("log", primary_key(["id"]));
        }),
        row("a primary key over a generated column", |op| {
            op.create_table(
                table("log")
                    .column(bigint("id"))
                    .column(bigint("twice").generated("id * 2"))
                    .primary_key(["twice"]),
            );
        }),
        row("an index over a text of any length, beside another column", |op| {
            op.create_index(index("idx").on("orders", ["quantity", "notes"]));
        }),
        row("a unique key over a text of any length and a column that counts up", |op| {
            op.add_column("users", text("words").nullable());
            op.create_unique_constraint("users", unique(["id", "words"]));
        }),
        row("a key of more than 3072 bytes", |op| {
            op.add_column("orders", varchar("more", 800).nullable());
            op.create_index(index("idx").on("orders", ["quantity", "more"]));
        }),
        row("`foreign_key(…).on_delete(SetNull)`, of a column that is never NULL", |op| {
            op.create_foreign_key(
                "orders",
                foreign_key(["id"]).references("users", ["id"]).on_delete(SetNull),
            );
        }),
        row("a foreign key that changes a generated column", |op| {
            op.add_column("orders", bigint("more").nullable().generated("quantity * 2"));
            op.create_foreign_key(
                "orders",
                foreign_key(["more"]).references("users", ["id"]).on_update(Cascade),
            );
        }),
        row("a check over a column that a foreign key changes", |op| {
            clearing(op);
            op.create_check_constraint("orders", check("user_id > 0"));
        }),
        row("a check over a column that counts up", |op| {
            op.create_check_constraint("users", check("id > 0"));
        }),
        row("`create_check_constraint(…)`", |op| {
            op.create_check_constraint("orders", check("quantity < 1000"));
        }),
        option("`foreign_key(…).postgres(|k| k.not_valid())`", key, |op| {
            op.create_foreign_key(
                "orders",
                foreign_key(["id"]).references("users", ["id"]).postgres(|k| k.not_valid()),
            );
        }),
        option("`foreign_key(…).postgres(|k| k.match_full())`", key, |op| {
            op.create_foreign_key(
                "orders",
                foreign_key(["id"]).references("users", ["id"]).postgres(|k| k.match_full()),
            );
        }),
        row("`validate_constraint(table, name)`", |op| {
            op.create_check_constraint(
                "orders",
                check("quantity < 1000").named("few").postgres(|c| c.not_valid()),
            );
            op.validate_constraint("orders", "few");
        }),
        row("`create_exclude_constraint(table, exclude(…).with(…))`", |op| {
            op.create_exclude_constraint("orders", exclude("gist").with("quantity", "="));
        }),
        row("`rename_constraint(table, from, to)`", |op| {
            op.rename_constraint("orders", "orders_quantity_check", "positive");
        }),
        row("`rename_constraint`, of a unique constraint", |op| {
            op.rename_constraint("orders", "orders_symbol_quantity_key", "one_each");
        }),
        row("`rename_constraint`, of a primary key", |op| {
            op.rename_constraint("orders", "orders_pkey", "the_key");
        }),
        row("`drop_constraint(table, name)`", drop),
        option("`drop_constraint(…).if_exists()`", drop, |op| {
            op.drop_constraint("orders", "orders_quantity_check").if_exists();
        }),
        row("`drop_unique_constraint(table, columns)`", |op| {
            op.drop_unique_constraint("orders", ["symbol", "quantity"]);
        }),
        row("`drop_foreign_key(table, columns)`", |op| {
            op.drop_foreign_key("orders", ["user_id"]);
        }),
        row("`drop_primary_key(table)`", |op| {
            op.drop_primary_key("orders");
        }),
    ]
}

/// A foreign key that changes a column by itself.
fn clearing(op: &mut Ops) {
    op.drop_foreign_key("orders", ["user_id"]);
    op.create_foreign_key(
        "orders",
        foreign_key(["user_id"]).references("users", ["id"]).on_delete(SetNull),
    );
}

fn indexes() -> Vec<Row> {
    fn plain(op: &mut Ops) {
        op.create_index(index("idx").on("orders", ["symbol"]));
    }
    fn drop(op: &mut Ops) {
        op.drop_index("idx_price");
    }
    vec![
        row("`create_index(index(…).on(…))`", plain),
        row("`index(…).unique()`", |op| {
            op.create_index(index("idx").on("orders", ["symbol"]).unique());
        }),
        row("`index(…).on(…, [desc(…)])`", |op| {
            op.create_index(index("idx").on("orders", [desc("symbol")]));
        }),
        option("`asc(…).nulls_first(), desc(…).nulls_last()`", plain, |op| {
            op.create_index(index("idx").on("orders", [asc("symbol").nulls_first()]));
        }),
        row("`index(…).on(…, [expr(…)])`", |op| {
            op.create_index(index("idx").on("orders", [expr("lower(symbol)")]));
        }),
        option("`index(…).filter(…)`", plain, |op| {
            op.create_index(index("idx").on("orders", ["symbol"]).filter("price IS NULL"));
        }),
        option("`create_index(…).if_not_exists()`", plain, |op| {
            op.create_index(index("idx").on("orders", ["symbol"])).if_not_exists();
        }),
        option("`index(…).postgres(|i| i.using(…).ops(…))`", plain, |op| {
            op.create_index(
                index("idx")
                    .on("orders", ["symbol"])
                    .postgres(|i| i.using("gin").ops("symbol", "gin_trgm_ops")),
            );
        }),
        option("`index(…).postgres(|i| i.include(…))`", plain, |op| {
            op.create_index(index("idx").on("orders", ["symbol"]).postgres(|i| i.include(["id"])));
        }),
        option("`index(…).postgres(|i| i.nulls_not_distinct())`", plain, |op| {
            op.create_index(
                index("idx").on("orders", ["symbol"]).postgres(|i| i.nulls_not_distinct()),
            );
        }),
        option("`index(…).postgres(|i| i.concurrently())`", plain, |op| {
            op.create_index(index("idx").on("orders", ["symbol"]).postgres(|i| i.concurrently()));
        }),
        option("`index(…).postgres(|i| i.with(…).tablespace(…))`", plain, |op| {
            op.create_index(
                index("idx")
                    .on("orders", ["symbol"])
                    .postgres(|i| i.with("fillfactor", 70).tablespace("fast")),
            );
        }),
        option("`index(…).mysql(|i| i.length(…))`", plain, |op| {
            op.create_index(index("idx").on("orders", ["symbol"]).mysql(|i| i.length("symbol", 4)));
        }),
        row("`index(…).mysql(|i| i.length(…))` of a number", |op| {
            op.create_index(index("idx").on("orders", ["id"]).mysql(|i| i.length("id", 4)));
        }),
        row("`index(…).mysql(|i| i.using(…))` of more than one word", |op| {
            let using = "btree; DROP TABLE orders; --";
            op.create_index(index("idx").on("orders", ["symbol"]).mysql(|i| i.using(using)));
        }),
        option("`index(…).mysql(|i| i.fulltext()), i.spatial()`", plain, |op| {
            op.create_index(index("idx").on("orders", ["symbol"]).mysql(|i| i.fulltext()));
        }),
        option("`index(…).mysql(|i| i.using(…))`", plain, |op| {
            op.create_index(index("idx").on("orders", ["symbol"]).mysql(|i| i.using("btree")));
        }),
        row("`rename_index(from, to)`", |op| {
            op.rename_index("idx_price", "by_price");
        }),
        row("`drop_index(name)`", drop),
        option("`drop_index(…).if_exists()`", drop, |op| {
            op.drop_index("idx_price").if_exists();
        }),
        option("`drop_index(…).concurrently()`", drop, |op| {
            op.drop_index("idx_price").concurrently();
        }),
    ]
}

fn objects() -> Vec<Row> {
    vec![
        row("`create_enum(enum_type(…).values(…))`", |op| {
            op.create_enum(enum_type("state").values(["open", "filled"]));
        }),
        row("`drop_enum(…)`", |op| op.drop_enum("unused")),
        row("a column of an enum", |op| {
            op.add_column("orders", enumeration("side", "side").default("buy"));
        }),
        row("`create_enum(…).if_not_exists()`", |op| {
            op.create_enum(enum_type("state").values(["open", "filled"])).if_not_exists();
        }),
        row("a value with a space at its end", |op| {
            op.create_enum(enum_type("state").values(["open ", "filled"]));
        }),
        row("a value of more than 255 characters", |op| {
            // PostgreSQL's 63 bytes are an error of every name.
            let long = if op.dialect() == Postgres { 63 } else { 256 };
            op.create_enum(enum_type("state").values(["x".repeat(long)]));
        }),
        row("`add_enum_value(…, …)`, `.first()`, `.before(…)`, `.after(…)`", |op| {
            op.add_column("orders", enumeration("side", "side").default("buy"));
            op.add_enum_value("side", "short").after("buy");
        }),
        row("`add_enum_value(…, …).if_not_exists()`", |op| {
            op.add_column("orders", enumeration("side", "side").default("buy"));
            op.add_enum_value("side", "short").if_not_exists();
        }),
        row("`add_enum_value(…, …).usable_at_once()`", |op| {
            op.add_column("orders", enumeration("side", "side").default("buy"));
            op.add_enum_value("side", "short").usable_at_once();
        }),
        row("`rename_enum_value(…, from, to)`", |op| {
            op.add_column("orders", enumeration("side", "side").default("buy"));
            op.rename_enum_value("side", "sell", "short");
        }),
        row("`drop_enum_value(…, …)`", |op| {
            op.add_column("orders", enumeration("side", "side").default("buy"));
            op.drop_enum_value("side", "sell");
        }),
        row("`drop_enum_value(…, …).replace_with(…)`", |op| {
            op.add_column("orders", enumeration("side", "side").default("buy"));
            op.drop_enum_value("side", "sell").replace_with("buy");
        }),
        row("a change to an enum that a foreign key is about", |op| {
            op.create_table(table("sides").column(enumeration("side", "side").primary_key()));
            op.add_column(
                "orders",
                enumeration("side", "side").nullable().references("sides", "side"),
            );
            op.add_enum_value("side", "short");
        }),
        row("`create_schema(…)`", |op| {
            op.create_schema("reporting");
        }),
        option(
            "`create_schema(…).if_not_exists()`",
            |op| {
                op.create_schema("reporting");
            },
            |op| {
                op.create_schema("reporting").if_not_exists();
            },
        ),
        row("`drop_schema(…)`", |op| {
            op.create_schema("reporting");
            op.drop_schema("reporting");
        }),
        option(
            "`drop_schema(…).if_exists()`",
            |op| {
                op.create_schema("reporting");
                op.drop_schema("reporting");
            },
            |op| {
                op.drop_schema("reporting").if_exists();
            },
        ),
        row("`create_sequence(sequence(…)…)`", |op| {
            op.create_sequence(sequence("numbers").start(1000).increment(5));
        }),
        row("`create_sequence(….owned_by(…, …))`", |op| {
            op.create_sequence(sequence("numbers").owned_by("orders", "id"));
        }),
        option(
            "`create_sequence(….postgres(|s| s.integer()))`",
            |op| {
                op.create_sequence(sequence("numbers"));
            },
            |op| {
                op.create_sequence(sequence("numbers").postgres(|s| s.integer()));
            },
        ),
        row("`create_sequence(…)` with the greatest number there is", |op| {
            op.create_sequence(sequence("numbers").max_value(i64::MAX));
        }),
        option(
            "`create_sequence(…).if_not_exists()`",
            |op| {
                op.create_sequence(sequence("numbers"));
            },
            |op| {
                op.create_sequence(sequence("numbers")).if_not_exists();
            },
        ),
        row("`alter_sequence(…).increment(…)`, `.cycle()`, …", |op| {
            op.create_sequence(sequence("numbers"));
            op.alter_sequence("numbers").increment(5).cycle();
        }),
        row("`rename_sequence(from, to)`", |op| {
            op.create_sequence(sequence("numbers"));
            op.rename_sequence("numbers", "figures");
        }),
        row("`drop_sequence(…)`", |op| {
            op.create_sequence(sequence("numbers"));
            op.drop_sequence("numbers");
        }),
        option(
            "`drop_sequence(…).if_exists()`",
            |op| {
                op.create_sequence(sequence("numbers"));
                op.drop_sequence("numbers");
            },
            |op| {
                op.drop_sequence("numbers").if_exists();
            },
        ),
        option(
            "`create_extension(…).schema(…).version(…)`",
            |op| {
                op.create_extension("citext");
            },
            |op| {
                op.create_extension("citext").schema("public").version("1.6");
            },
        ),
        row("`create_extension(…)`", |op| {
            op.create_extension("citext");
        }),
        option(
            "`create_extension(…).if_not_exists()`",
            |op| {
                op.create_extension("citext");
            },
            |op| {
                op.create_extension("citext").if_not_exists();
            },
        ),
        row("`drop_extension(…)`", |op| {
            op.only(Sqlite, |op| {
                op.create_extension("pg_trgm");
            });
            op.only(Mysql, |op| {
                op.create_extension("pg_trgm");
            });
            op.drop_extension("pg_trgm");
        }),
        option(
            "`drop_extension(…).if_exists()`",
            |op| {
                op.drop_extension("hstore");
            },
            |op| {
                op.drop_extension("hstore").if_exists();
            },
        ),
    ]
}

fn code() -> Vec<Row> {
    vec![
        row("`bulk_insert(rows(…)…)`", |op| {
            op.bulk_insert(
                rows("users").row(migrate_core::op::row().set("id", 1).set("email", "a")),
            );
        }),
        Row {
            shows: Shows::Inverse,
            ..row("the inverse of `bulk_insert`", |op| {
                op.bulk_insert(
                    rows("users").row(migrate_core::op::row().set("id", 1).set("email", "a")),
                );
            })
        },
        row("a number that is infinite, or none", |op| {
            op.create_table(table("log").column(double("level")));
            op.bulk_insert(rows("log").row(migrate_core::op::row().set("level", f64::INFINITY)))
                .undo_nothing();
        }),
        row("`execute(sql)`", |op| {
            op.execute("UPDATE orders SET price = NULL").undo_nothing();
        }),
        row("`run(label, code)`", |op| {
            op.run("code", code!(|_conn| Ok(()))).undo_nothing();
        }),
    ]
}

/// Rows about a type: the table's one column is of it.
macro_rules! types {
    ($($call:literal: $column:expr,)*) => {
        vec![$(
            Row {
                call: $call,
                ops: |op| {
                    op.create_table(table("t").column(($column).nullable()));
                },
                shows: Shows::Type,
            },
        )*]
    };
}

fn types() -> Vec<Row> {
    types! {
        "`boolean(…)`": boolean("c"),
        "`tinyint(…)`": tinyint("c"),
        "`bigint(…).unsigned()`": bigint("c").unsigned(),
        "`smallint(…)`": smallint("c"),
        "`integer(…)`": integer("c"),
        "`bigint(…)`": bigint("c"),
        "`real(…)`": real("c"),
        "`double(…)`": double("c"),
        "`numeric(…, 10, 2)`": numeric("c", 10, 2),
        "`numeric(…, 70, 40)`": numeric("c", 70, 40),
        "`numeric_unlimited(…)`": numeric_unlimited("c"),
        "`text(…)`": text("c"),
        "`varchar(…, 80)`": varchar("c", 80),
        "`varchar(…, 20000)`": varchar("c", 20_000),
        "`varchar_unlimited(…)`": varchar_unlimited("c"),
        "`char(…, 3)`": char("c", 3),
        "`char(…, 300)`": char("c", 300),
        "`citext(…)`": citext("c"),
        "`binary(…)`": binary("c"),
        "`date(…)`": date("c"),
        "`time(…)`": time("c"),
        "`timetz(…)`": timetz("c"),
        "`time(…).precision(3)`": time("c").precision(3),
        "`timestamp(…)`": timestamp("c"),
        "`timestamp(…).precision(3)`": timestamp("c").precision(3),
        "`timestamptz(…)`": timestamptz("c"),
        "`interval(…)`": interval("c"),
        "`json(…)`": json("c"),
        "`jsonb(…)`": jsonb("c"),
        "`uuid(…)`": uuid("c"),
        "`enumeration(…, \"side\")`": enumeration("c", "side"),
        "`text(…).array()`": text("c").array(),
        "`inet(…)`": inet("c"),
        "`cidr(…)`": cidr("c"),
        "`macaddr(…)`": macaddr("c"),
        "`macaddr8(…)`": macaddr8("c"),
        "`money(…)`": money("c"),
        "`oid(…)`": oid("c"),
        "`pg_lsn(…)`": pg_lsn("c"),
        "`internal_char(…)`": internal_char("c"),
        "`range(…, RangeType::Tstz)`": range("c", RangeType::Tstz),
        "`multirange(…, RangeType::Date)`": multirange("c", RangeType::Date),
        "`custom(…, \"point\")`": custom("c", "point"),
    }
}
