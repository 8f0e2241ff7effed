use migrate_core::prelude::*;

/// The schema that was there
#[migration(revision = "aaaa", down_revision = None)]
pub fn upgrade(op: &mut Ops) {
    op.create_schema("Archive 1");
    op.create_schema("sales");
    op.create_schema("stock");
    op.create_extension("citext");
    op.create_extension("hstore").schema("stock");
    op.create_enum(
        enum_type(("sales", "status")).values(["cart", "placed", "paid", "sent", "returned"]),
    );
    op.create_enum(enum_type(("stock", "unit")).values(["piece", "kg", "m", "l"]));
    op.create_sequence(
        sequence(("sales", "invoice_numbers"))
            .start(20000)
            .increment(1)
            .min_value(1)
            .max_value(9223372036854775807)
            .cache(1),
    );
    op.create_sequence(
        sequence(("stock", "products_id_seq"))
            .start(1)
            .increment(1)
            .min_value(1)
            .max_value(9223372036854775807)
            .cache(1),
    );
    op.create_function(
        function(("Archive 1", "keep"))
            .returns("trigger")
            .language("plpgsql")
            .body(
                r#"
BEGIN
    INSERT INTO "Archive 1".log (of, what) VALUES (TG_ARGV[0], TG_OP || ' ' || TG_TABLE_NAME);
    RETURN NULL;
END
"#,
            ),
    );
    op.create_function(
        function(("sales", "set_total"))
            .returns("trigger")
            .language("plpgsql")
            .body(
                "
BEGIN
    UPDATE sales.orders SET total = sales.total_of(id) WHERE id = COALESCE(NEW.order_id, OLD.order_id);
    RETURN NULL;
END
",
            ),
    );
    op.create_function(
        function(("stock", "check_digit"))
            .argument("code", "text")
            .returns("integer")
            .language("plpgsql")
            .options("IMMUTABLE PARALLEL SAFE STRICT COST 20")
            .body(
                "
DECLARE
    sum integer := 0;
BEGIN
    FOR at IN 1 .. length(code) LOOP
        sum := sum + substr(code, at, 1)::integer * CASE WHEN at % 2 = 0 THEN 3 ELSE 1 END;
    END LOOP;
    RETURN (10 - sum % 10) % 10;
END
",
            ),
    );
    op.create_table(
        table(("stock", "categories"))
            .column(integer("id").primary_key())
            .column(integer("parent_id").nullable())
            .column(varchar("slug", 40))
            .column(text("path").default("/"))
            .column(double("position").default(0.5))
            .constraint(unique(["parent_id", "slug"]))
            .constraint(
                foreign_key(["parent_id"])
                    .references(("stock", "categories"), ["id"])
                    .initially_deferred(),
            ),
    );
    op.create_table(
        table(("stock", "products"))
            .column(
                bigint("id")
                    .primary_key()
                    .default_sql("nextval('stock.products_id_seq'::regclass)"),
            )
            .column(
                integer("category_id")
                    .references(("stock", "categories"), "id")
                    .on_update(Cascade),
            )
            .column(
                varchar("code", 13)
                    .unique()
                    .check(
                        r#"code::text ~ '^[0-9]{8,13}$'::text AND stock.check_digit("left"(code::text, '-1'::integer)) = "right"(code::text, 1)::integer"#,
                    ),
            )
            .column(text("name"))
            .column(enumeration("unit", ("stock", "unit")).default("piece"))
            .column(numeric("price", 12, 4))
            .column(numeric("vat", 4, 3).default(decimal("0.19")).comment("0.19 is 19 %"))
            .column(
                numeric_unlimited("gross")
                    .nullable()
                    .generated("round(price * (1::numeric + vat), 2)"),
            )
            .column(real("weight").nullable())
            .column(custom("attributes", "stock.hstore").nullable())
            .column(jsonb("options").default("[]"))
            .column(custom("bits", "bit varying(8)").nullable().default_sql(r#"'101'::"bit""#))
            .constraint(
                check("price >= 0::numeric AND vat >= 0::numeric AND vat < 1::numeric")
                    .named("products_price_check"),
            ),
    );
    op.create_index(
        index("products_attributes")
            .on(("stock", "products"), ["attributes"])
            .postgres(|i| i.using("gist")),
    );
    op.create_index(
        index("products_heavy")
            .on(("stock", "products"), ["weight"])
            .filter("unit = 'kg'::stock.unit AND weight > 30::double precision"),
    );
    op.create_index(
        index("products_name")
            .on(
                ("stock", "products"),
                [expr(r#"lower(name) COLLATE "C""#), desc("price")],
            )
            .postgres(|i| i.include(["unit", "vat"])),
    );
    op.create_index(
        index("products_options")
            .on(("stock", "products"), ["options"])
            .postgres(|i| i.using("gin")),
    );
    op.create_table(
        table("customers")
            .column(uuid("id").primary_key().default_sql("gen_random_uuid()"))
            .column(citext("email").unique())
            .column(text("name"))
            .column(
                bigint("favourite_id")
                    .nullable()
                    .references(("stock", "products"), "id")
                    .on_delete(SetNull),
            )
            .column(boolean("newsletter").default(true))
            .column(citext("tags").array().default_sql("ARRAY[]::citext[]"))
            .column(date("born").nullable())
            .column(timestamptz("created_at").default_sql("now()"))
            .column(timestamptz("deleted_at").nullable()),
    );
    op.create_index(
        index("customers_alive")
            .on("customers", ["created_at"])
            .filter("deleted_at IS NULL"),
    );
    op.create_table(
        table(("Archive 1", "Old Orders"))
            .column(bigint("Id"))
            .column(text("Customer"))
            .column(jsonb("What").nullable())
            .column(date("month"))
            .partition_by_hash([asc("Id"), expr(r#"lower("Customer")"#)]),
    );
    op.create_partition(
        partition(("Archive 1", "Old Orders 0"))
            .of(("Archive 1", "Old Orders"))
            .hash(2, 0),
    );
    op.create_partition(
        partition(("Archive 1", "Old Orders 1"))
            .of(("Archive 1", "Old Orders"))
            .hash(2, 1),
    );
    op.create_index(index("old: by month").on(("Archive 1", "Old Orders"), ["month"]));
    op.create_table(
        table(("Archive 1", "log"))
            .column(timestamptz("at").default_sql("now()"))
            .column(text("of"))
            .column(text("what").nullable())
            .column(custom("by", "name").default_sql("CURRENT_USER"))
            .column(custom("before", "xml").nullable())
            .column(macaddr("address").nullable())
            .column(cidr("net").nullable())
            .column(bigint("txid").nullable().default_sql("txid_current()")),
    );
    op.create_index(
        index("log_at")
            .on(("Archive 1", "log"), ["at"])
            .postgres(|i| i.using("brin")),
    );
    op.create_table(
        table(("stock", "places"))
            .column(smallint("hall"))
            .column(smallint("shelf"))
            .column(
                bigint("product_id")
                    .nullable()
                    .references(("stock", "products"), "id")
                    .on_delete(Cascade),
            )
            .column(integer("quantity").default(0).check("quantity >= 0"))
            .column(timestamp("counted_at").precision(0).nullable())
            .column(bigint("reserved_for").nullable())
            .column(smallint("reserved_line").nullable())
            .primary_key(["hall", "shelf"]),
    );
    op.create_table(
        table(("sales", "orders"))
            .column(
                bigint("id")
                    .primary_key()
                    .identity()
                    .postgres(|i| i.start(1).increment(1)),
            )
            .column(uuid("customer_id").references("customers", "id"))
            .column(enumeration("status", ("sales", "status")).default("cart"))
            .column(
                bigint("invoice")
                    .nullable()
                    .default_sql("nextval('sales.invoice_numbers'::regclass)")
                    .unique(),
            )
            .column(timestamptz("placed_at").nullable())
            .column(json("address").nullable())
            .column(numeric("total", 14, 2).nullable())
            .constraint(
                check("status = 'cart'::sales.status OR placed_at IS NOT NULL")
                    .named("orders_placed"),
            )
            .comment("orders of all branches"),
    );
    op.create_index(
        index("orders_open")
            .on(("sales", "orders"), ["customer_id"])
            .key(desc("placed_at").nulls_last())
            .filter("status = ANY (ARRAY['placed'::sales.status, 'paid'::sales.status])"),
    );
    op.create_table(
        table(("sales", "lines"))
            .column(
                bigint("order_id")
                    .references(("sales", "orders"), "id")
                    .on_delete(Cascade),
            )
            .column(smallint("line"))
            .column(bigint("product_id"))
            .column(numeric("quantity", 10, 3).default(decimal("1")))
            .column(numeric("price", 12, 4))
            .column(
                numeric_unlimited("amount")
                    .nullable()
                    .generated("quantity * price"),
            )
            .column(
                smallint("hall")
                    .nullable()
                    .comment("where it is taken from"),
            )
            .column(smallint("shelf").nullable())
            .primary_key(["order_id", "line"])
            .constraint(
                foreign_key(["hall", "shelf"])
                    .references(("stock", "places"), ["hall", "shelf"])
                    .on_update(Cascade)
                    .postgres(|k| k.not_valid()),
            )
            .constraint(
                foreign_key(["product_id"])
                    .references(("stock", "products"), ["id"])
                    .on_delete(Restrict)
                    .named("lines_of"),
            ),
    );
    op.create_index(
        index("lines_product_id_order_id_idx").on(("sales", "lines"), ["product_id", "order_id"]),
    );
    op.create_table(
        table(("sales", "payments"))
            .column(text("region"))
            .column(uuid("id"))
            .column(bigint("order_id").references(("sales", "orders"), "id"))
            .column(numeric("amount", 14, 2).check("amount <> 0::numeric"))
            .primary_key(["region", "id"])
            .partition_by_list(["region"]),
    );
    op.create_partition(
        partition(("sales", "payments_eu"))
            .of(("sales", "payments"))
            .in_values(["'de'", "'fr'", "'it''s'"]),
    );
    op.create_partition(
        partition(("sales", "payments_rest"))
            .of(("sales", "payments"))
            .default_partition(),
    );
    op.create_foreign_key(
        ("stock", "places"),
        foreign_key(["reserved_for", "reserved_line"])
            .references(("sales", "lines"), ["order_id", "line"])
            .on_delete(SetNull)
            .postgres(|k| k.match_full())
            .named("places_reserved"),
    );
    op.alter_sequence(("sales", "invoice_numbers"))
        .owned_by(("sales", "orders"), "invoice");
    op.alter_sequence(("stock", "products_id_seq"))
        .owned_by(("stock", "products"), "id");
    op.create_function(
        function(("sales", "places_of"))
            .argument("order_id", "bigint")
            .returns("TABLE(hall smallint, shelf smallint)")
            .language("sql")
            .body(" SELECT l.hall, l.shelf FROM sales.lines l WHERE l.order_id = $1 "),
    );
    op.create_function(
        function(("sales", "total_of"))
            .argument("of_order", "bigint")
            .returns("numeric")
            .language("sql")
            .options("STABLE")
            .body(" SELECT COALESCE(sum(amount), 0) FROM sales.lines WHERE order_id = of_order "),
    );
    op.create_view(
        view(("Archive 1", "turnover"))
            .query(
                "SELECT date_trunc('month'::text, o.placed_at) AS month,
    sum(l.amount) AS amount
   FROM sales.orders o
     JOIN sales.lines l ON l.order_id = o.id
  GROUP BY (date_trunc('month'::text, o.placed_at))",
            )
            .materialized(),
    );
    op.create_index(
        index("turnover_month")
            .on(("Archive 1", "turnover"), ["month"])
            .unique(),
    );
    op.create_view(view(("sales", "open_orders")).query(
        "SELECT o.id,
    c.name,
    o.placed_at,
    sales.total_of(o.id) AS total
   FROM sales.orders o
     JOIN customers c ON c.id = o.customer_id
  WHERE o.status = 'placed'::sales.status",
    ));
    op.create_view(view(("stock", "missing")).query(
        "SELECT p.code,
    sum(l.quantity) AS missing
   FROM sales.lines l
     JOIN stock.products p ON p.id = l.product_id
  WHERE NOT (EXISTS ( SELECT
           FROM stock.places s
          WHERE s.product_id = p.id AND s.quantity::numeric >= l.quantity))
  GROUP BY p.code",
    ));
    op.create_trigger(
        trigger("total")
            .after_insert()
            .or_update()
            .or_delete()
            .on(("sales", "lines"))
            .execute_function(("sales", "set_total")),
    );
    op.create_trigger(
        trigger("keep")
            .after_insert()
            .or_update()
            .or_delete()
            .of(["status", "total"])
            .on(("sales", "orders"))
            .execute_function(("Archive 1", "keep"))
            .arguments(["orders", "it's"]),
    );
    op.create_trigger(
        trigger("keep_all")
            .after_truncate()
            .on(("sales", "orders"))
            .execute_function(("Archive 1", "keep"))
            .arguments(["all"]),
    );
    op.execute(
        r#"CREATE RULE no_delete AS
    ON DELETE TO "Archive 1".log DO INSTEAD NOTHING;"#,
    )
    .declares_nothing()
    .undo(r#"DROP RULE no_delete ON "Archive 1".log"#);
    op.execute(
            r#"CREATE CONSTRAINT TRIGGER has_lines AFTER INSERT ON sales.orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "Archive 1".keep('late')"#,
        )
        .declares_nothing()
        .undo("DROP TRIGGER has_lines ON sales.orders");
}
