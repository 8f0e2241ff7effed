//! A chain with every kind of op that a database has, over tables with rows.
//!
//! What can be run twice without a trace would hide that it was: data is changed by what shows each time
//! (`quantity + 1`), and rows have keys.

use diesel::prelude::*;
use migrate_core::Revision;
use migrate_core::prelude::*;

use crate::chain::revision;

pub(super) fn revisions() -> Vec<Revision> {
    let outside = |revision: Revision| Revision { transaction: false, ..revision };
    vec![
        revision("r01", &[], accounts),
        revision("r02", &["r01"], first_rows),
        revision("r03", &["r02"], orders),
        revision("r04", &["r03"], orders_of_legacy),
        revision("r05", &["r04"], more_columns),
        revision("r06", &["r05"], other_types),
        revision("r07", &["r06"], indexes),
        outside(revision("r08", &["r07"], indexes_concurrently)),
        outside(revision("r09", &["r08"], held_orders)),
        revision("r10", &["r09"], hold_some),
        revision("r11", &["r10"], views),
        revision("r12", &["r11"], triggers),
        revision("r13", &["r12"], sequences),
        revision("r14", &["r13"], constraints),
        revision("r15", &["r14"], other_constraints),
        revision("r16", &["r15"], code),
        revision("r17", &["r16"], fills),
        revision("r18", &["r17"], rebuilt),
        revision("r19", &["r18"], renamed),
        revision("r20", &["r19"], ddl_and_data),
        outside(revision("r21", &["r20"], data_outside)),
        revision("r22", &["r21"], declared),
        Revision { branch_labels: &["reporting"], ..revision("r23", &["r22"], reporting) },
        revision("r24", &["r22"], opaque),
        revision("r25", &["r23", "r24"], |_| {}),
        outside(revision("r26", &["r25"], dropped)),
        revision("r27", &["r26"], many_rows),
    ]
}

fn is_mysql(op: &Ops) -> bool {
    op.dialect().family() == Mysql
}

fn accounts(op: &mut Ops) {
    op.create_enum(enum_type("order_status").values(["open", "filled"]));
    op.create_table(
        table("accounts")
            .column(bigint("id").primary_key())
            .column(varchar("name", 80).unique())
            .column(char("currency", 3).default("EUR"))
            .column(numeric("balance", 12, 2).default(decimal("0.00")))
            .constraint(check("balance >= 0").named("accounts_solvent"))
            .comment("who trades"),
    );
    op.create_table(
        table("instruments")
            .column(varchar("exchange", 8))
            .column(varchar("symbol", 16))
            .column(integer("lot").default(1))
            .primary_key(["exchange", "symbol"]),
    );
    op.create_table(
        table("scratch").column(integer("id").primary_key()).column(text("words").nullable()),
    );
}

fn first_rows(op: &mut Ops) {
    let account = |id: i64, name: &str| row().set("id", id).set("name", name);
    op.bulk_insert(
        rows("accounts")
            .row(account(1, "it's \"ann\" \\"))
            .row(account(2, "bob; --"))
            .row(account(3, "eve 🚀")),
    );
    let share =
        |symbol: &str, lot: i32| row().set("exchange", "X'").set("symbol", symbol).set("lot", lot);
    op.bulk_insert(rows("instruments").row(share("A", 1)).row(share("B\\", 100)));
}

fn orders(op: &mut Ops) {
    op.create_table(
        table("orders")
            .column(bigint("id").primary_key().identity())
            .column(bigint("account_id").references("accounts", "id").on_delete(Cascade))
            .column(bigint("quantity").check("quantity > 0"))
            .column(enumeration("status", "order_status").default("open")),
    );
    op.create_index(index("orders_account").on("orders", ["account_id"]));
}

fn orders_of_legacy(op: &mut Ops) {
    op.execute(
        "INSERT INTO orders (id, account_id, quantity, status) \
         SELECT id, 1 + id % 3, 10 + id, 'open' FROM legacy",
    )
    .undo("DELETE FROM orders");
    op.execute(
        "UPDATE accounts SET balance = balance + 100; -- all; of 'em\n\
         UPDATE accounts SET balance = balance * 2 WHERE id = 1",
    )
    .undo("UPDATE accounts SET balance = balance / 2 WHERE id = 1; UPDATE accounts SET balance = balance - 100");
}

fn more_columns(op: &mut Ops) {
    op.add_column("orders", varchar("notes", 40).nullable());
    op.add_column("orders", integer("priority").default(5));
    op.add_column("orders", bigint("doubled").fill_with("quantity * 2"));
    op.add_column("accounts", bigint("parent_id").nullable().references("accounts", "id"));
}

fn other_types(op: &mut Ops) {
    op.alter_column("orders", "priority").set_type(types::bigint()).set_default(7);
    op.alter_table("accounts", |t| {
        t.alter_column("name").set_type(types::varchar(120));
        t.alter_column("currency").set_default("USD").comment("three letters");
        t.comment("who trades, and owes");
    });
    op.alter_column("orders", "notes").rename_to("remarks");
}

fn indexes(op: &mut Ops) {
    op.create_index(index("accounts_by_name").on("accounts", ["name", "currency"]).unique());
    op.create_index(index("orders_by_priority").on("orders", [desc("priority")]).key(asc("id")));
    if !is_mysql(op) {
        op.create_index(index("orders_open").on("orders", ["id"]).filter("priority > 5"));
        op.create_index(index("accounts_lower").on("accounts", [expr("lower(name)")]));
    }
    op.rename_index("orders_account", "orders_by_account");
}

/// On the other databases they are ordinary ones, outside of a transaction all the same.
fn indexes_concurrently(op: &mut Ops) {
    op.create_index(
        index("orders_quantity").on("orders", ["quantity"]).postgres(|i| i.concurrently()),
    );
    op.create_index(
        index("orders_unique")
            .on("orders", ["doubled", "id"])
            .unique()
            .postgres(|i| i.concurrently()),
    );
    op.only(Postgres, |op| {
        op.drop_index("accounts_lower").concurrently();
    });
}

fn held_orders(op: &mut Ops) {
    op.add_enum_value("order_status", "held").before("filled");
    op.add_enum_value("order_status", "gone");
}

fn hold_some(op: &mut Ops) {
    op.execute("UPDATE orders SET status = 'held' WHERE id % 7 = 0")
        .undo("UPDATE orders SET status = 'open' WHERE status = 'held'");
    op.execute("UPDATE orders SET remarks = concat(coalesce(remarks, ''), 'x') WHERE id % 2 = 0")
        .undo("UPDATE orders SET remarks = NULL");
}

fn views(op: &mut Ops) {
    op.create_view(view("big_orders").query("SELECT id, quantity FROM orders WHERE quantity > 20"));
    op.create_view(view("bigger_orders").query("SELECT id FROM big_orders WHERE quantity > 40"));
    op.only(Postgres, |op| {
        op.create_view(
            view("totals")
                .query("SELECT account_id, sum(quantity) AS total FROM orders GROUP BY account_id")
                .materialized(),
        );
        op.create_index(index("totals_account").on("totals", ["account_id"]).unique());
    });
    op.replace_view(view("bigger_orders").query("SELECT id FROM big_orders WHERE quantity > 50"));
}

fn triggers(op: &mut Ops) {
    op.add_column("orders", integer("version").default(0));
    op.only(Postgres, |op| {
        op.create_function(
            function("count_version").returns("trigger").language("plpgsql").body(
                "BEGIN\n    NEW.version := OLD.version + 1; -- it's $$\n    RETURN NEW;\nEND",
            ),
        );
        op.create_function(
            function("add_up")
                .argument("a", "integer")
                .returns("integer")
                .language("sql")
                .body("SELECT a + 1"),
        );
        op.create_trigger(
            trigger("orders_touch").before_update().on("orders").execute_function("count_version"),
        );
        op.replace_function(
            function("add_up")
                .argument("a", "integer")
                .returns("integer")
                .language("sql")
                .body("SELECT a + 2"),
        );
    });
    op.only(Sqlite, |op| {
        op.create_trigger(
            trigger("orders_touch")
                .after_update()
                .of(["quantity"])
                .on("orders")
                .body("UPDATE orders SET version = OLD.version + 1 WHERE id = NEW.id;"),
        );
    });
    op.only(Mysql, |op| {
        op.create_trigger(
            trigger("orders_touch")
                .before_update()
                .on("orders")
                .body("SET NEW.version = OLD.version + 1"),
        );
    });
    // The trigger counts how often.
    op.execute("UPDATE orders SET quantity = quantity + 1 WHERE id % 3 = 0")
        .undo("UPDATE orders SET quantity = quantity - 1 WHERE id % 3 = 0");
}

fn sequences(op: &mut Ops) {
    let next = match op.dialect() {
        Postgres => "nextval('ticket_numbers')",
        Mariadb => "NEXT VALUE FOR ticket_numbers",
        Sqlite | Mysql => "0",
    };
    if [Postgres, Mariadb].contains(&op.dialect()) {
        op.create_sequence(sequence("ticket_numbers").start(1000).increment(5));
        op.alter_sequence("ticket_numbers").max_value(100_000);
        op.create_sequence(sequence("spare"));
        op.rename_sequence("spare", "spare_numbers");
        op.drop_sequence("spare_numbers");
    }
    op.create_table(
        table("tickets")
            .column(bigint("id").primary_key())
            .column(bigint("number").default_sql(next)),
    );
}

fn constraints(op: &mut Ops) {
    op.create_unique_constraint("orders", unique(["account_id", "id"]).named("orders_once"));
    op.create_check_constraint(
        "orders",
        check("priority < 1000").named("orders_sane").postgres(|c| c.not_valid()),
    );
    op.create_foreign_key(
        "tickets",
        foreign_key(["id"]).references("orders", ["id"]).on_delete(Cascade).named("tickets_order"),
    );
    op.only(Postgres, |op| {
        op.create_exclude_constraint(
            "scratch",
            exclude("btree").with("id", "=").named("scratch_apart"),
        );
    });
}

fn other_constraints(op: &mut Ops) {
    op.validate_constraint("orders", "orders_sane");
    op.rename_constraint("orders", "orders_once", "orders_only_once");
    op.drop_constraint("accounts", "accounts_solvent");
    op.drop_foreign_key("accounts", ["parent_id"]);
}

fn code(op: &mut Ops) {
    op.run(
        "raise each quantity",
        code!(|conn| {
            diesel::sql_query("UPDATE orders SET quantity = quantity + 1").execute(conn)?;
            Ok(())
        }),
    )
    .undo(code!(|conn| {
        diesel::sql_query("UPDATE orders SET quantity = quantity - 1").execute(conn)?;
        Ok(())
    }));
}

fn fills(op: &mut Ops) {
    op.create_table(
        table("fills")
            .column(bigint("id").primary_key())
            .column(bigint("order_id").references("orders", "id").on_delete(Cascade))
            .column(bigint("quantity").default(1)),
    );
    op.execute("INSERT INTO fills (id, order_id, quantity) SELECT id + 1000, id, 2 FROM legacy")
        .undo("DELETE FROM fills");
}

/// On SQLite the table is made anew, and its children keep their rows.
fn rebuilt(op: &mut Ops) {
    op.drop_view("bigger_orders");
    op.alter_table("orders", |t| {
        t.alter_column("remarks").set_type(types::varchar(60));
        t.add_column(bigint("tripled").fill_with("quantity * 3"));
        t.add_constraint(check("tripled > 0").named("orders_tripled"));
        t.drop_constraint("orders_sane");
    });
}

fn renamed(op: &mut Ops) {
    op.rename_table("instruments", "securities");
    op.alter_column("fills", "quantity").rename_to("amount");
}

/// On MariaDB nothing holds these together.
fn ddl_and_data(op: &mut Ops) {
    op.add_column("fills", bigint("fee").nullable());
    op.execute("UPDATE fills SET fee = coalesce(fee, 0) + 5").undo_nothing();
    op.alter_column("fills", "fee").set_not_null();
    op.execute("UPDATE fills SET amount = amount * 2").undo("UPDATE fills SET amount = amount / 2");
}

fn data_outside(op: &mut Ops) {
    op.create_index(index("fills_order").on("fills", ["order_id"]).postgres(|i| i.concurrently()));
    op.execute("UPDATE fills SET amount = amount + 1").undo("UPDATE fills SET amount = amount - 1");
    op.add_column("fills", varchar("venue", 20).nullable());
}

fn declared(op: &mut Ops) {
    op.execute("CREATE INDEX fills_fee ON fills (fee)").declares(|op| {
        op.create_index(index("fills_fee").on("fills", ["fee"]));
    });
    let table = if is_mysql(op) { "TABLE fills" } else { "fills" };
    op.execute(&format!("ANALYZE {table}")).declares_nothing().undo_nothing();
}

fn reporting(op: &mut Ops) {
    op.only(Postgres, |op| {
        op.create_schema("reporting");
        op.create_table(
            table(("reporting", "daily"))
                .column(date("day"))
                .column(bigint("turnover").default(0))
                .partition_by_range(["day"]),
        );
        op.create_partition(
            partition(("reporting", "daily_2024"))
                .of(("reporting", "daily"))
                .from_to("'2024-01-01'", "'2025-01-01'"),
        );
    });
    op.create_table(table("reports").column(integer("id").primary_key()).column(text("words")));
    op.bulk_insert(rows("reports").row(row().set("id", 1).set("words", "first")));
}

fn opaque(op: &mut Ops) {
    op.execute("CREATE VIEW names AS SELECT name FROM accounts")
        .opaque("names")
        .undo("DROP VIEW names");
    op.execute("UPDATE legacy SET amount = amount + 1")
        .undo("UPDATE legacy SET amount = amount - 1");
}

fn dropped(op: &mut Ops) {
    op.drop_index("orders_quantity").concurrently();
    op.drop_column("fills", "venue");
    op.drop_table("scratch");
}

fn many_rows(op: &mut Ops) {
    let all = (1..=40).map(|id| row().set("id", id).set("number", id * 10));
    op.bulk_insert(all.fold(rows("tickets"), |rows, row| rows.row(row)));
    op.execute("UPDATE accounts SET balance = balance + 1")
        .undo("UPDATE accounts SET balance = balance - 1");
}
