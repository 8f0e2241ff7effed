//! What `schema.rs` says, as it is read and as it is written.

use insta::assert_snapshot;
use migrate_model::Dialect;
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
