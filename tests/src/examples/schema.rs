//! The schema that examples are made to: every kind of object, and rows for all of it.

use migrate_core::catalog::Table;
use migrate_core::prelude::*;

/// A table's name that would do harm if it were not quoted everywhere.
pub const HOSTILE: &str = "we\"ird.ta'ble; DROP TABLE audit; -- 🚀";

/// Its columns.
pub const HOSTILE_COLUMNS: [&str; 4] = ["select", "a\"b.c d", "🦀", "it's; --"];

/// The table's name on MySQL and MariaDB, which refuse names with characters beyond U+FFFF.
pub(super) const HOSTILE_MYSQL: &str = "we\"ird.ta'ble; DROP TABLE audit; -- ☃";

/// [`HOSTILE`], as far as the database takes it.
pub fn hostile(op: &Ops) -> &'static str {
    match op.dialect() {
        Postgres | Sqlite => HOSTILE,
        Mysql | Mariadb => HOSTILE_MYSQL,
    }
}

/// [`HOSTILE_COLUMNS`], as far as the database takes them.
pub fn hostile_columns(op: &Ops) -> [&'static str; 4] {
    match op.dialect() {
        Postgres | Sqlite => HOSTILE_COLUMNS,
        Mysql | Mariadb => ["select", "a\"b.c d", "☃", "it's; --"],
    }
}

/// A collation that is not the one by default.
pub(super) fn collation(op: &Ops) -> &'static str {
    match op.dialect() {
        Postgres => "C",
        Sqlite => "NOCASE",
        Mysql | Mariadb => "utf8mb4_bin",
    }
}

/// Whether the database is MySQL or MariaDB.
pub(super) fn is_mysql(op: &Ops) -> bool {
    op.dialect().family() == Mysql
}

/// A text that keys are made of: it has a length where a key needs one.
fn word(op: &Ops, name: &str) -> TypedColumn<kind::Text> {
    match op.dialect() {
        Postgres | Sqlite => text(name),
        Mysql | Mariadb => varchar(name, 80),
    }
}

/// A text that an index is made of: MariaDB takes one of any length as far as it fits.
pub(super) fn indexed(op: &Ops, name: &str) -> TypedColumn<kind::Text> {
    if op.dialect() == Mysql { varchar(name, 200) } else { text(name) }
}

/// A text that would do harm in the same way.
pub const HOSTILE_TEXT: &str =
    "it's \"quoted\" \\ back\\'slash; DROP TABLE audit; -- $$ %s {} 🚀\n\ttwo lines";

/// Creates every kind of object.
pub fn rich(op: &mut Ops) {
    let is_postgres = op.dialect() == Postgres;
    let is_mysql = is_mysql(op);
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
            .column(word(op, "email").nullable().unique())
            .column(char("currency", 3).default("EUR"))
            .column(bigint("parent_id").nullable().references("accounts", "id").on_delete(SetNull))
            .column(text("label").nullable().collate(collation(op)))
            .column(timestamptz("created_at").default_now())
            .column(bigint("cents").default(0))
            .column(bigint("mills").generated("cents * 10"))
            .column(double("score").default(0.5).comment("from 0 to 1, it's \"relative\""))
            .column(indexed(op, "notes").nullable())
            .constraint(check("cents >= 0").named("accounts_rich"))
            .constraint(check("name <> '' AND currency <> ''"))
            .comment("Who \"trades\" 'here' \\"),
    );
    op.create_index(index("idx_accounts_notes").on("accounts", ["notes"]));
    let lower = if is_mysql { asc("email") } else { expr("lower(email)") };
    op.create_index(index("idx_accounts_lower").on("accounts", [lower]).unique());
    let open = index("idx_accounts_open").on("accounts", ["name"]).key(desc("cents"));
    op.create_index(if is_mysql { open } else { open.filter("notes IS NULL") });
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
    let mut instrument = foreign_key(["exchange", "symbol"])
        .references("instruments", ["exchange", "symbol"])
        .on_update(Cascade)
        .named("orders_instrument");
    if !is_mysql {
        instrument = instrument.initially_deferred();
    }
    op.create_table(
        table("orders")
            .column(bigint("id").primary_key().identity())
            .column(bigint("account_id").references("accounts", "id").on_delete(Cascade))
            .column(varchar("exchange", 8).nullable())
            .column(varchar("symbol", 16).nullable())
            .column(word(op, "external").nullable())
            .column(enumeration("status", "order_status").default("open"))
            .column(text("state").default("open"))
            .column(bigint("quantity").default(1))
            .column(numeric("price", 20, 4).nullable())
            .column(text("notes").nullable())
            .column(date("placed_on").default("2024-02-29"))
            .column(binary("raw").default(b"\x00'\\\xff"))
            .column(jsonb("extra").default("{\"it's\": \"\\\\\"}"))
            .column(uuid("token").nullable())
            .constraint(instrument)
            .constraint(external)
            .constraint(
                check("price IS NULL OR price < 1000000")
                    .named("orders_many")
                    .postgres(|c| c.not_valid()),
            )
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
    op.create_table(table("codes").column(word(op, "code")).column(word(op, "parent").nullable()));
    op.create_index(index("codes_code").on("codes", ["code"]).unique());
    op.create_foreign_key(
        "codes",
        foreign_key(["parent"]).references("codes", ["code"]).named("codes_parent"),
    );
    op.create_table(audit());
    op.create_table(table("empty").column(bigint("id")).column(text("words").nullable()));
    let hostile = hostile(op);
    let [key, second, third, fourth] = hostile_columns(op);
    op.create_table(
        table(hostile)
            .column(integer(key).primary_key())
            .column(indexed(op, second).default(HOSTILE_TEXT))
            .column(integer(third).nullable())
            .column(word(op, fourth).nullable().unique())
            .constraint(check(&format!("\"{third}\" <> 13")).named("che\"ck; --"))
            .comment(HOSTILE_TEXT),
    );
    let odd = index("in\"dex.of; --").on(hostile, [second]);
    op.create_index(if is_mysql { odd } else { odd.filter("\"it's; --\" IS NOT NULL") });
    op.create_table(
        table("order")
            .column(integer("group").primary_key())
            .column(integer("table").nullable().references(hostile, key).on_delete(Cascade)),
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
                .column(varchar_unlimited("loose").default("x"))
                .column(timetz("closes").precision(0).nullable())
                .column(custom("path", "point").nullable())
                .constraint(exclude("gist").with("during", "&&").filter("id <> 0")),
        );
    });
    super::replaceable::rich(op);
    super::sequences::rich(op);
}

pub(super) fn audit() -> Table {
    table("audit").column(timestamp("at").nullable()).column(text("what").nullable()).build()
}

/// Rows for every table of [`rich`], in SQL that all databases read in standard mode.
pub fn rows(dialect: Dialect) -> String {
    match dialect {
        Postgres | Sqlite => ROWS.to_owned(),
        Mysql | Mariadb => ROWS
            .replace(&HOSTILE.replace('"', "\"\""), &HOSTILE_MYSQL.replace('"', "\"\""))
            .replace("🦀", "☃"),
    }
}

const ROWS: &str = r#"
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
    INSERT INTO ledger (id, amount, memo) VALUES (1, 10, 'a'), (2, -5, NULL), (4, 7, 'it''s');
    INSERT INTO "order" ("group", "table") VALUES (1, 1), (2, NULL), (3, 2);
"#;

/// Rows for the tables that only PostgreSQL has.
pub const POSTGRES_ROWS: &str = r#"
    INSERT INTO kinds (id, local, tags, statuses, mac, fee, during) VALUES
        (1, '2024-01-01', '{a,"b c"}', '{open,filled}', '08:00:2b:01:02:03', 12.34, '[2024-01-01,)'), (2, '2024-01-02', '{}', NULL, NULL, NULL, NULL);
    INSERT INTO tickets (id, memo) VALUES (1, 'a'), (3, NULL);
    INSERT INTO invoices (number, memo) VALUES (1000, 'a'), (1005, NULL);
    SELECT setval(pg_get_serial_sequence(t, 'id'), 20) FROM unnest(ARRAY['accounts', 'orders', 'fills', 'ledger']) t;
"#;
