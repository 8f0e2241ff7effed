//! What `schema.rs` says, as it is read and as it is written.

use insta::assert_snapshot;
use migrate_core::diff::Renames;
use migrate_model::Dialect;
use migrate_model::catalog::TableName;
use migrate_model::catalog::naming::Naming;

use super::*;

/// What a file says, written again for PostgreSQL; or what is wrong with it.
fn again(text: &str) -> String {
    match read(text, "src/schema.rs", &Naming::DEFAULT) {
        Ok(desired) => print(&desired.catalog, Dialect::Postgres, Order::Position),
        Err(failure) => format!("{}\n{}", failure.message, failure.causes.join("\n")),
    }
}

/// As Diesel's own command writes it.
const PRINTED: &str = r#"// @generated automatically by Diesel CLI.

pub mod sql_types {
    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "order_status"))]
    pub struct OrderStatus;

    #[derive(diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "side", schema = "trading"))]
    pub struct Side;
}

diesel::table! {
    accounts (id) {
        id -> Int8,
        #[max_length = 40]
        name -> Varchar,
        #[sql_name = "type"]
        type_ -> Nullable<Text>,
        tags -> Array<Nullable<Text>>,
        opened -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::OrderStatus;
    use super::sql_types::Side;

    #[sql_name = "odd orders"]
    odd_orders (account_id, number) {
        account_id -> Int8,
        number -> Int4,
        status -> OrderStatus,
        side -> Nullable<Side>,
        quantity -> Numeric,
        span -> Nullable<Tstzrange>,
    }
}

diesel::joinable!(odd_orders -> accounts (account_id));

diesel::allow_tables_to_appear_in_same_query!(
    accounts,
    odd_orders,
);
"#;

#[test]
fn what_diesel_wrote_is_written_again_letter_for_letter() {
    assert_eq!(again(PRINTED), PRINTED);
    let marked = format!("\u{feff}{}", PRINTED.replace('\n', "\r\n"));
    assert_eq!(again(&marked), PRINTED);
}

#[test]
fn a_file_by_hand_is_read_wherever_the_macros_stand() {
    let text = r#"
        use diesel::prelude::*;
        mod inner {
            table! {
                /// Whoever logs in.
                auth.users {
                    id -> diesel::sql_types::Integer,
                    r#type -> Nullable<VarChar>,
                    seen -> Range<Timestamp>,
                    count -> Unsigned<BigInt>,
                }
            }
        }
        fn not_a_table() { println!("table! {{ x }}"); }
    "#;
    assert_snapshot!(again(text), @r#"
    // @generated automatically by Diesel CLI.

    diesel::table! {
        auth.users (id) {
            id -> Int4,
            #[sql_name = "type"]
            type_ -> Nullable<Varchar>,
            seen -> Tsrange,
            count -> Int8,
        }
    }
    "#);
}

#[test]
fn what_is_wrong_is_said_at_its_place() {
    let table = |columns: &str| format!("table! {{ orders (id) {{ id -> Int4, {columns} }} }}");
    assert_snapshot!(again(&table("a -> Tekst, b -> Strange")), @r#"
    src/schema.rs can't be read as a schema
    src/schema.rs:1:41: nobody knows the type `Tekst`; one of the database's own is declared in this file: #[diesel(postgres_type(name = "…"))] pub struct Tekst;
    src/schema.rs:1:53: nobody knows the type `Strange`; one of the database's own is declared in this file: #[diesel(postgres_type(name = "…"))] pub struct Strange;
    "#);
    assert_snapshot!(again(&table("a -> Nullable<Int4, Int4>, id -> Text")), @r#"
    src/schema.rs can't be read as a schema
    src/schema.rs:1:41: `Nullable` takes one type: `Nullable<…>`
    src/schema.rs:1:63: column `id` is there twice
    "#);
    assert_snapshot!(again("table! { orders (nr) { number -> Int4 } }"), @r#"
    src/schema.rs can't be read as a schema
    src/schema.rs:1:18: table `orders` has no column `nr`
    "#);
    assert_snapshot!(again("table! { orders { id -> Int4 }"), @r#"
    src/schema.rs can't be read as a schema
    src/schema.rs:1:8: a quote, comment or bracket here is not closed or never opened
    "#);
    assert_snapshot!(again("table! { orders { id = Int4 } }"), @r#"
    src/schema.rs can't be read as a schema
    src/schema.rs:1:22: expected `->`
    "#);
    assert_snapshot!(again(&format!("{} joinable!(orders -> user (id));", table("x -> Text"))), @r#"
    src/schema.rs can't be read as a schema
    src/schema.rs:1:70: there is no table `user` in this file
    "#);
    assert_snapshot!(again(&format!("{} joinable!(orders -> orders (idd));", table("x -> Text"))), @r#"
    src/schema.rs can't be read as a schema
    src/schema.rs:1:78: table `orders` has no column `idd`; did you mean `id`?
    "#);
    assert_snapshot!(again(&table("a -> Text").repeat(2)), @r#"
    src/schema.rs can't be read as a schema
    src/schema.rs:1:58: table `orders` is there twice
    "#);
}

#[test]
fn names_that_are_no_rust_get_one() {
    use migrate_model::catalog::build::*;
    let odd = table("table")
        .column(integer("9 lives").primary_key())
        .column(text("dsl"))
        .column(text("type"));
    let mut catalog = migrate_model::catalog::Catalog::default();
    let mut ops = migrate_model::op::Ops::new(Dialect::Sqlite);
    ops.create_table(odd);
    migrate_model::op::apply_all(&ops.into_recorded(), &mut catalog).expect("a table");
    let text = print(&catalog, Dialect::Sqlite, Order::Name);
    assert_snapshot!(text, @r#"
    // @generated automatically by Diesel CLI.

    diesel::table! {
        table (_9_lives) {
            #[sql_name = "9 lives"]
            _9_lives -> Integer,
            #[sql_name = "dsl"]
            dsl_ -> Text,
            #[sql_name = "type"]
            type_ -> Text,
        }
    }
    "#);
    let read = read(&text, "schema.rs", &Naming::DEFAULT).expect("a schema");
    assert_eq!(print(&read.catalog, Dialect::Sqlite, Order::Name), text);
}

#[test]
fn one_schema_is_a_module_and_types_derive_what_is_said() {
    let text = PRINTED.replace("    odd_orders (", "    trading.odd_orders (");
    let catalog = read(&text, "src/schema.rs", &Naming::DEFAULT).expect("a schema").catalog;
    let derives = Some(vec!["Clone".to_owned(), "diesel::query_builder::QueryId".to_owned()]);
    let look = print::Look { schema: Some("trading".to_owned()), derives, ..Default::default() };
    let text = print_as(&catalog, Dialect::Postgres, &look);
    assert_snapshot!(text, @r#"
    // @generated automatically by Diesel CLI.

    pub mod trading {
        pub mod sql_types {
            #[derive(Clone, diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
            #[diesel(postgres_type(name = "order_status"))]
            pub struct OrderStatus;

            #[derive(Clone, diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
            #[diesel(postgres_type(name = "side", schema = "trading"))]
            pub struct Side;
        }

        diesel::table! {
            use diesel::sql_types::*;
            use super::sql_types::OrderStatus;
            use super::sql_types::Side;

            #[sql_name = "odd orders"]
            trading.odd_orders (account_id, number) {
                account_id -> Int8,
                number -> Int4,
                status -> OrderStatus,
                side -> Nullable<Side>,
                quantity -> Numeric,
                span -> Nullable<Tstzrange>,
            }
        }
    }
    "#);
    assert_eq!(plain::own(&text), Ok(None));
    let read = read(&text, "src/schema.rs", &Naming::DEFAULT).expect("a schema");
    assert_eq!(print_as(&read.catalog, Dialect::Postgres, &look), text);
    let nowhere = print::Look { schema: Some("nowhere".to_owned()), ..Default::default() };
    assert_snapshot!(print_as(&catalog, Dialect::Postgres, &nowhere), @r"
    // @generated automatically by Diesel CLI.

    pub mod nowhere {
    }
    ");
}

#[test]
fn what_is_printed_may_be_written_anew() {
    assert_eq!(plain::own(PRINTED), Ok(None));
}

#[test]
fn tables_of_one_name_have_two_in_rust() {
    use migrate_model::catalog::build::*;
    let mut op = migrate_model::op::Ops::new(Dialect::Postgres);
    op.create_schema("audit");
    op.create_table(table("orders").column(bigint("id").primary_key()));
    op.create_table(table("audit_orders").column(bigint("id").primary_key()));
    op.create_table(table(("audit", "log")).column(bigint("id").primary_key()));
    op.create_table(
        table(("audit", "orders")).column(bigint("id").primary_key().references("orders", "id")),
    );
    let mut catalog = migrate_model::catalog::Catalog::default();
    migrate_model::op::apply_all(&op.into_recorded(), &mut catalog).expect("a schema");
    let text = print(&catalog, Dialect::Postgres, Order::Position);
    assert_snapshot!(text, @r#"
    // @generated automatically by Diesel CLI.

    diesel::table! {
        audit_orders (id) {
            id -> Int8,
        }
    }

    diesel::table! {
        orders (id) {
            id -> Int8,
        }
    }

    diesel::table! {
        audit.log (id) {
            id -> Int8,
        }
    }

    diesel::table! {
        #[sql_name = "orders"]
        audit.audit_orders_ (id) {
            id -> Int8,
        }
    }

    diesel::joinable!(audit_orders_ -> orders (id));

    diesel::allow_tables_to_appear_in_same_query!(
        audit_orders,
        orders,
        log,
        audit_orders_,
    );
    "#);
    let read = read(&text, "schema.rs", &Naming::DEFAULT).expect("a schema");
    assert_eq!(print(&read.catalog, Dialect::Postgres, Order::Position), text);
}

/// A file of `schema!`, read, with what the ops make of the same schema.
fn same(text: &str, ops: impl FnOnce(&mut migrate_model::op::Ops), naming: Naming) {
    let desired = read(text, "src/schema.rs", &naming)
        .unwrap_or_else(|failure| panic!("{}\n{}", failure.message, failure.causes.join("\n")));
    let context = migrate_model::op::Context { dialect: Dialect::Postgres, naming };
    let mut op = migrate_model::op::Ops::within(context);
    ops(&mut op);
    let mut catalog = migrate_model::catalog::Catalog::default();
    migrate_model::op::apply_all(&op.into_recorded(), &mut catalog).expect("ops that fit");
    for (name, table) in &catalog.tables {
        assert_eq!(desired.catalog.tables.get(name), Some(table));
    }
    assert_eq!(desired.catalog, catalog);
    assert_eq!(desired.whole, catalog.tables.keys().cloned().collect());
}

#[test]
fn a_schema_is_what_the_ops_make() {
    use migrate_model::catalog::{
        Action::*, build::*, check, desc, exclude, expr, foreign_key, index, unique,
    };
    use migrate_model::op::enum_type;

    let written = r#"
        migrate_core::schema! {
            enum order_status = ["open", "filled"];

            /// Whoever logs in.
            #[check("length(name) > 0", name = "named")]
            users (id) {
                #[identity]
                id -> BigInt,
                /// As it is shown.
                ///
                /// Nowhere else.
                #[max_length = 40]
                #[unique]
                name -> Varchar,
                #[default(sql = "now()")]
                #[precision = 3]
                created_at -> Timestamptz,
            }

            #[unique(user_id, number, name = "one_number")]
            #[index(user_id, desc(number))]
            #[index(expr("lower(note)"), unique, where = "note IS NOT NULL", using = "btree", include(number), name = "notes")]
            #[check("number > 0 OR quantity > 0")]
            orders {
                id -> Uuid,
                #[references(users(id), on_delete = cascade, on_update = set_null)]
                #[index]
                user_id -> BigInt,
                #[check("number > 0")]
                #[default(-1)]
                number -> Integer,
                #[numeric(12, 2)]
                #[default(0.50)]
                quantity -> Numeric,
                #[default(true)]
                #[sql_name = "type"]
                type_ -> Nullable<Bool>,
                #[default("open")]
                status -> OrderStatus,
                #[collate = "C"]
                note -> Nullable<Text>,
                #[sql_type = "ltree"]
                path -> Text,
                #[generated("number * 2")]
                twice -> Integer,
                #[default(0.1)]
                rate -> Float,
            }

            #[foreign_key((user_id, number) -> orders(user_id, number), name = "of", initially_deferred)]
            #[exclude(number with "=", expr("int8range(user_id, count)") with "&&", where = "count > 0", ops(number = "int4_ops"), deferrable)]
            #[postgres(unlogged, with(fillfactor = 70))]
            #[sqlite(strict)]
            #[mysql(engine = "InnoDB")]
            audit.fills (user_id, number) {
                user_id -> BigInt,
                number -> Integer,
                #[identity(always, start = 1000)]
                count -> BigInt,
                #[default(now)]
                day -> Date,
                raw -> Array<Nullable<Text>>,
            }
        }
    "#;
    let ops = |op: &mut migrate_model::op::Ops| {
        op.create_table(
            table("users")
                .comment("Whoever logs in.")
                .column(bigint("id").primary_key().identity())
                .column(varchar("name", 40).unique().comment("As it is shown.\n\nNowhere else."))
                .column(timestamptz("created_at").precision(3).default_sql("now()"))
                .constraint(check("length(name) > 0").named("named")),
        );
        op.create_table(
            table("orders")
                .column(uuid("id").primary_key())
                .column(
                    bigint("user_id")
                        .references("users", "id")
                        .on_delete(Cascade)
                        .on_update(SetNull),
                )
                .column(integer("number").default(-1).check("number > 0"))
                .column(numeric("quantity", 12, 2).default(migrate_model::catalog::decimal("0.50")))
                .column(boolean("type").nullable().default(true))
                .column(
                    enumeration("status", enum_type("order_status").values(["open", "filled"]))
                        .default("open"),
                )
                .column(text("note").nullable().collate("C"))
                .column(custom("path", "ltree"))
                .column(integer("twice").generated("number * 2"))
                .column(real("rate").default(0.1))
                .constraint(unique(["user_id", "number"]).named("one_number"))
                .constraint(check("number > 0 OR quantity > 0")),
        );
        op.create_index(index("").on("orders", ["user_id"]));
        op.create_index(index("").on("orders", ["user_id"]).key(desc("number")));
        let notes = index("notes").on("orders", [expr("lower(note)")]);
        op.create_index(
            notes
                .unique()
                .filter("note IS NOT NULL")
                .postgres(|i| i.using("btree").include(["number"])),
        );
        op.create_table(
            table(("audit", "fills"))
                .column(bigint("user_id"))
                .column(integer("number"))
                .column(bigint("count").identity().postgres(|i| i.always().start(1000)))
                .column(date("day").default_now())
                .column(text("raw").array())
                .primary_key(["user_id", "number"])
                .constraint(
                    foreign_key(["user_id", "number"])
                        .references("orders", ["user_id", "number"])
                        .named("of")
                        .initially_deferred(),
                )
                .constraint(
                    exclude("gist")
                        .with("number", "=")
                        .with(expr("int8range(user_id, count)"), "&&")
                        .filter("count > 0")
                        .ops("number", "int4_ops")
                        .deferrable(),
                )
                .postgres(|t| t.unlogged().with("fillfactor", 70))
                .sqlite(|t| t.strict())
                .mysql(|t| t.engine("InnoDB")),
        );
    };
    same(written, ops, Naming::DEFAULT);
    let own = Naming::DEFAULT
        .index("ix_{table}_{columns}")
        .unique("uq_{table}_{columns}")
        .check("ck_{table}_{columns}")
        .foreign_key("fk_{table}_{column_0}_{referred_table}")
        .primary_key("pk_{table}");
    same(written, ops, own);
}

#[test]
fn schema_and_table_stand_in_one_file() {
    let written = r#"
        diesel::table! { users (id) { id -> Int8, state -> crate::sql_types::OrderStatus, } }
        diesel::table! { notes (id) { id -> Int8, order_id -> Int8, } }
        diesel::joinable!(notes -> orders (order_id));
        diesel::joinable!(orders -> users (user_id));

        mod inner {
            schema! {
                use crate::*;

                enum order_status = ["open"];

                #[renamed_from = "purchases"]
                trading.orders {
                    #[sql_name = "nr"]
                    id -> BigInt,
                    #[renamed_from = "customer_id"]
                    #[renamed_from = "client_id"]
                    #[references(users(id))]
                    user_id -> BigInt,
                    #[references("elsewhere"."regions"("code"))]
                    region -> Text,
                }
            }
        }
    "#;
    let desired = read(written, "src/schema.rs", &Naming::DEFAULT).unwrap_or_else(|failure| {
        panic!("{}", failure.causes.join("\n"));
    });
    let keys = |table: &migrate_model::catalog::Table| {
        let keys = table.foreign_keys();
        keys.map(|key| {
            format!("{} ({:?}) -> {} ({:?})", key.name, key.columns, key.table, key.referred)
        })
        .collect::<Vec<_>>()
        .join("\n")
    };
    let all: Vec<String> = desired.catalog.tables.values().map(keys).collect();
    assert_snapshot!(all.join("\n"), @r#"
    notes_order_id_fkey (["order_id"]) -> trading.orders (["nr"])

    orders_region_fkey (["region"]) -> elsewhere.regions (["code"])
    orders_user_id_fkey (["user_id"]) -> users (["id"])
    "#);
    let orders: TableName = ("trading", "orders").into();
    assert_eq!(desired.whole, [orders.clone()].into());
    let renames = Renames::default()
        .table(("trading", "purchases"), &orders)
        .column(&orders, "customer_id", "user_id")
        .column(&orders, "client_id", "user_id");
    assert_eq!(desired.renamed, renames);
    assert_eq!(desired.catalog.enums, [("order_status".into(), vec!["open".into()])].into());
}

#[test]
fn a_wrong_attribute_is_told_what_is_meant() {
    let check = |above: &str, column: &str| {
        again(&format!(
            "schema! {{ enum order_status = [\"open\", \"filled\"]; users {{ id -> BigInt, name -> Text }} \
             \n{above}\norders {{ id -> BigInt, user_id -> BigInt,\n{column}\n}} }}"
        ))
        .lines()
        .skip(1)
        .collect::<Vec<_>>()
        .join("\n")
    };
    let columns = [
        "#[defualt(1)] a -> Integer",
        "#[auto_increment] a -> Integer",
        "#[default(\"1\")] a -> Integer",
        "#[default(300)] #[precision = 3] a -> SmallInt",
        "#[default(\"opne\")] a -> OrderStatus",
        "#[default = 1] a -> Integer",
        "#[default()] a -> Integer",
        "#[default] a -> Integer",
        "#[default(1, 2)] a -> Integer",
        "#[default(nwo)] a -> Date",
        "#[default(now)] a -> Text",
        "#[default(sql)] a -> Text",
        "#[default(1)] #[identity] a -> Integer",
        "#[identity] a -> Text",
        "#[identity(begin = 3)] a -> Integer",
        "#[identity(start = \"3\")] a -> Integer",
        "#[numeric(12, 2)] a -> Integer",
        "#[numeric(12, x)] a -> Numeric",
        "#[numeric] a -> Numeric",
        "#[precision = 3] a -> Text",
        "#[max_length = 3] a -> Date",
        "#[max_length = 3] #[max_length = 4] a -> Text",
        "#[sql_type = \"jsonb\"] #[precision = 3] a -> Text",
        "#[sql_type(jsonb)] a -> Text",
        "#[references] user -> BigInt",
        "#[references(users)] user -> BigInt",
        "#[references(users(idd))] user -> BigInt",
        "#[references(usres(id))] user -> BigInt",
        "#[references(users(id, name))] user -> BigInt",
        "#[references(users(name))] user -> Text",
        "#[references(users(id), on_delet = cascade)] user -> BigInt",
        "#[references(users(id), on_delete = cascad)] user -> BigInt",
        "#[references(users(id), on_delete)] user -> BigInt",
        "#[references(users(id) on_delete = cascade)] user -> BigInt",
        "#[foreign_key(users(id))] user -> BigInt",
        "#[unique(id)] a -> Text",
        "#[unique(nam = \"x\")] a -> Text",
        "#[index(name = x)] a -> Text",
        "#[check] a -> Text",
        "#[check(a > 0)] a -> Text",
        "#[check(\"\")] a -> Text",
        "#[unique] #[unique] a -> Tekst",
        "#[generated] a -> Text",
        "#[generated(\"a || 'b'\")] a -> Text",
        "#[renamed_from(x)] a -> Text",
        "#[index] #[index] a -> Text",
        "#[not::ours] a -> Text",
    ];
    let told: Vec<String> = columns
        .iter()
        .map(|column| format!("{column}\n    {}", check("", column).replace('\n', "\n    ")))
        .collect();
    told_of("columns", &told);
    let tables = [
        "#[uniqe(id)]",
        "#[unique]",
        "#[unique(idd)]",
        "#[unique(id, deferable)]",
        "#[unique(id) (user_id)]",
        "#[unique(id, name = \"x\")] #[unique(user_id, name = \"x\")]",
        "#[index(user)]",
        "#[index(desc(user))]",
        "#[index(desc(user_id, nulls_frist))]",
        "#[index(expr(lower))]",
        "#[index(id, was = \"x\")]",
        "#[index(id, using)]",
        "#[references(users(id))]",
        "#[foreign_key(user_id -> users(id))]",
        "#[foreign_key((user_id) users(id))]",
        "#[foreign_key((user_id, id) -> users(id))]",
        "#[foreign_key((user) -> users(id))]",
        "#[exclude(id)]",
        "#[exclude(ids with \"=\")]",
        "#[exclude(id with)]",
        "#[exclude(was = \"x\")]",
        "#[renamed_from = \"\"]",
        "#[postgres(unloged)]",
        "#[mysql(strict)]",
        "#[primary_key(id)]",
        "enum order_status = [\"open\"];",
        "enum side = [\"buy\", \"buy\"];",
        "enum side = [];",
        "enum side { buy }",
    ];
    let told: Vec<String> = tables
        .iter()
        .map(|above| format!("{above}\n    {}", check(above, "").replace('\n', "\n    ")))
        .collect();
    told_of("tables", &told);
}

fn told_of(what: &str, told: &[String]) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("told");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(what, told.join("\n")));
}
