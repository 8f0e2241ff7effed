//! What generated functions look like.

use insta::assert_snapshot;

use migrate_core::prelude::{text, *};

use super::{Naming, Op, write_function};

fn ops(record: fn(&mut Ops)) -> Vec<Op> {
    let mut op = Ops::new(Postgres);
    record(&mut op);
    op.into_recorded().into_iter().map(|recorded| recorded.what).collect()
}

fn written(record: fn(&mut Ops)) -> String {
    write_function("upgrade", &ops(record), &Naming::DEFAULT).expect("it can be written")
}

#[test]
fn tables_with_keys_and_indexes() {
    let written = written(|op| {
        op.create_table(
            table("users")
                .column(bigint("id").primary_key().identity())
                .column(varchar("email", 255).unique())
                .column(boolean("is_active").default(true))
                .column(timestamptz("created_at").default_now()),
        );
        op.create_table(
            table("orders")
                .column(bigint("id").primary_key().identity().comment("as in the old system"))
                .column(bigint("user_id").references("users", "id").on_delete(Cascade).unique())
                .column(enumeration("status", "order_status").default("open"))
                .column(numeric("limit_price", 20, 2).nullable())
                .column(numeric("fee", 20, 2).default(decimal("0.01")).check("fee >= 0"))
                .column(text("tags").collate("C").array().default("{}"))
                .constraint(check("limit_price > fee").named("orders_sane"))
                .constraint(check("limit_price > fee OR true"))
                .constraint(
                    foreign_key(["user_id", "id"]).references(("sales", "pairs"), ["a", "b"]),
                )
                .comment("what people want"),
        );
        op.create_index(
            index("idx_orders_user")
                .on("orders", ["user_id"])
                .key(desc("id").nulls_last())
                .filter("status = 'open'")
                .postgres(|i| i.using("btree").with("fillfactor", 70)),
        );
    });
    assert_snapshot!(written, @r#"
    pub fn upgrade(op: &mut Ops) {
        op.create_table(
            table("users")
                .column(bigint("id").primary_key().identity())
                .column(varchar("email", 255).unique())
                .column(boolean("is_active").default(true))
                .column(timestamptz("created_at").default_now()),
        );
        op.create_table(
            table("orders")
                .column(bigint("id").primary_key().identity().comment("as in the old system"))
                .column(bigint("user_id").unique().references("users", "id").on_delete(Cascade))
                .column(enumeration("status", "order_status").default("open"))
                .column(numeric("limit_price", 20, 2).nullable())
                .column(numeric("fee", 20, 2).default(decimal("0.01")).check("fee >= 0"))
                .column(text("tags").collate("C").array().default("{}"))
                .constraint(foreign_key(["user_id", "id"]).references(("sales", "pairs"), ["a", "b"]))
                .constraint(check("limit_price > fee OR true"))
                .constraint(check("limit_price > fee").named("orders_sane"))
                .comment("what people want"),
        );
        op.create_index(
            index("idx_orders_user")
                .on("orders", ["user_id"])
                .key(desc("id").nulls_last())
                .filter("status = 'open'")
                .postgres(|i| i.using("btree").with("fillfactor", 70)),
        );
    }
    "#);
}

#[test]
fn changes_of_a_table() {
    let written = written(|op| {
        op.alter_column("orders", "state").rename_to("status").set_not_null().fill_with("'open'");
        op.add_column("orders", bigint("account_id").nullable().references("accounts", "id"));
        op.add_column("orders", bigint("quantity").on_empty_table());
        op.create_unique_constraint("orders", unique(["account_id", "quantity"]));
        op.drop_constraint("orders", "orders_status_check").if_exists();
        op.alter_table("orders", |t| t.comment("what people want"));
        op.alter_table("orders", |t| {
            t.alter_column("price")
                .set_type(types::precision(types::timestamptz(), 3))
                .using("to_timestamp(price)")
                .restore_with("0");
            t.drop_column("notes").restore_with("''");
            t.add_constraint(check("status <> ''").named("orders_status"));
            t.add_constraint(unique(["email"]).postgres(|u| {
                u.include(["id"]);
            }));
        });
    });
    assert_snapshot!(written, @r#"
    pub fn upgrade(op: &mut Ops) {
        op.alter_column("orders", "state")
            .rename_to("status")
            .set_not_null()
            .fill_with("'open'");
        op.add_column("orders", bigint("account_id").nullable().references("accounts", "id"));
        op.add_column("orders", bigint("quantity").on_empty_table());
        op.create_unique_constraint("orders", unique(["account_id", "quantity"]));
        op.drop_constraint("orders", "orders_status_check")
            .if_exists();
        op.alter_table("orders", |t| t.comment("what people want"));
        op.alter_table("orders", |t| {
            t.alter_column("price")
                .set_type(types::precision(types::timestamptz(), 3))
                .using("to_timestamp(price)")
                .restore_with("0");
            t.drop_column("notes").restore_with("''");
            t.add_constraint(check("status <> ''").named("orders_status"));
            t.add_constraint(
                unique(["email"]).postgres(|u| {
                    u.include(["id"]);
                }),
            );
        });
    }
    "#);
}

#[test]
fn enums_views_functions_and_rows() {
    let written = written(|op| {
        op.create_enum(enum_type("order_status").values(["open", "filled", "it's \"odd\""]));
        op.add_enum_value("order_status", "held").after("open").if_not_exists();
        op.create_view(
            view("open_orders")
                .query("SELECT id, user_id\nFROM orders\nWHERE status = 'open'")
                .check_option(),
        );
        op.create_function(
            function("touch")
                .returns("trigger")
                .language("plpgsql")
                .body("BEGIN\n    NEW.\"at\" := now();\n    RETURN NEW;\nEND"),
        );
        op.create_trigger(trigger("touch").before_update().on("orders").execute_function("touch"));
        op.bulk_insert(
            rows("users")
                .row(row().set("id", 1).set("name", "Ada").set("score", 0.5))
                .row(row().set("id", 5_000_000_000_i64).set("name", None::<i64>).set("score", 1.0)),
        );
        op.execute("CREATE INDEX i ON orders (id)").undo("DROP INDEX i").declares(|op| {
            op.create_index(index("i").on("orders", ["id"]));
        });
        op.drop_function("touch").arguments([] as [&str; 0]);
    });
    assert_snapshot!(written, @r##"
    pub fn upgrade(op: &mut Ops) {
        op.create_enum(enum_type("order_status").values(["open", "filled", r#"it's "odd""#]));
        op.add_enum_value("order_status", "held")
            .after("open")
            .if_not_exists();
        op.create_view(
            view("open_orders")
                .query(
                    "SELECT id, user_id
    FROM orders
    WHERE status = 'open'",
                )
                .check_option(),
        );
        op.create_function(
            function("touch")
                .returns("trigger")
                .language("plpgsql")
                .body(
                    r#"BEGIN
        NEW."at" := now();
        RETURN NEW;
    END"#,
                ),
        );
        op.create_trigger(trigger("touch").before_update().on("orders").execute_function("touch"));
        op.bulk_insert(
            rows("users")
                .row(row().set("id", 1).set("name", "Ada").set("score", 0.5))
                .row(row().set("id", 5000000000_i64).set("name", None::<i64>).set("score", 1.0)),
        );
        op.execute("CREATE INDEX i ON orders (id)")
            .undo("DROP INDEX i")
            .declares(|op| {
                op.create_index(index("i").on("orders", ["id"]));
            });
        op.drop_function("touch").arguments::<&str>([]);
    }
    "##);
}
