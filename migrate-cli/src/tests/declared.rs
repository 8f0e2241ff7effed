//! A project whose tables are those of `schema!`: what `migrate` finds to be different.

use std::fs;

use insta::assert_snapshot;

use super::*;

/// What a command says of a project with these tables, on SQLite.
fn said(tables: &str, line: &str) -> String {
    let folder = folder();
    let put = |file: &str, text: &str| fs::write(folder.path().join(file), text).expect(file);
    put("migrate.toml", "schema = \"schema.rs\"\n");
    put("schema.rs", &format!("migrate_core::schema! {{ {tables} }}"));
    migrate(folder.path(), line)
}

const ORDERS: &str = r#"
    orders (id) {
        id -> BigInt,
        #[default("none")]
        #[index(name = "idx_orders_notes")]
        notes -> Text,
    }
"#;
const REPORTS: &str = "reports (id) { id -> BigInt, }";

#[test]
fn what_the_migrations_make_is_no_difference() {
    let same = format!("{ORDERS} {REPORTS}");
    assert_snapshot!(said(&same, "check --offline --dialect sqlite"), @r"
    migrations against the program: no difference
    exit 0
    ");
    assert_snapshot!(said(&same, "check --offline --dialect postgres"), @r"
    migrations against the program: no difference
    exit 0
    ");
}

#[test]
fn what_only_an_attribute_says_is_found() {
    let other = r#"
        enum order_status = ["open", "filled"];

        #[renamed_from = "orders"]
        #[check("length(remarks) > 0")]
        purchases (id) {
            #[references(reports(id), on_delete = cascade)]
            id -> BigInt,
            #[renamed_from = "notes"]
            #[unique]
            remarks -> Text,
            #[default("open")]
            status -> OrderStatus,
        }
    "#;
    let other = format!("{other} {REPORTS}");
    assert_snapshot!(said(&other, "check --offline --dialect postgres --sql"), @r#"
    -- migrations against the program
    ALTER TABLE "orders" RENAME TO "purchases";
    ALTER TABLE "purchases" RENAME COLUMN "notes" TO "remarks";
    CREATE TYPE "order_status" AS ENUM ('open', 'filled');
    DROP INDEX "idx_orders_notes";
    ALTER TABLE "purchases" ALTER COLUMN "remarks" DROP DEFAULT, ADD COLUMN "status" "order_status" NOT NULL DEFAULT 'open', ADD CONSTRAINT "purchases_remarks_key" UNIQUE ("remarks");
    ALTER TABLE "purchases" ADD CONSTRAINT "purchases_remarks_check" CHECK (length(remarks) > 0), ADD CONSTRAINT "purchases_id_fkey" FOREIGN KEY ("id") REFERENCES "reports" ("id") ON DELETE CASCADE;
    exit 3
    "#);
}

#[test]
fn a_mistake_is_told_with_its_place() {
    let wrong = ORDERS.replace("index(name", "index(nam");
    assert_snapshot!(said(&wrong, "check --offline --dialect sqlite"), @r"
    ! error: schema.rs can't be read as a schema
    !   caused by: schema.rs:5:17: `index` takes no `nam`; did you mean `name`?
    ! hint: compare the database alone: migrate check --no-schema
    exit 1
    ");
}

#[test]
fn an_enum_of_another_file_is_named_by_its_sql_type() {
    let folder = folder();
    let put = |file: &str, text: &str| fs::write(folder.path().join(file), text).expect(file);
    put("migrate.toml", "schema = [\"schema.rs\", \"notes.rs\"]\n");
    put("schema.rs", &format!("schema! {{ enum order_status = [\"open\"]; {ORDERS} {REPORTS} }}"));
    put(
        "notes.rs",
        r#"schema! {
            use crate::schema::sql_types::OrderStatus;
            notes (id) {
                id -> BigInt,
                #[sql_type = "order_status"]
                status -> OrderStatus,
                #[sql_type = "order_status[]"]
                before -> Array<OrderStatus>,
                #[references(orders(id))]
                order_id -> BigInt,
            }
        }"#,
    );
    assert_snapshot!(migrate(folder.path(), "check --offline --dialect postgres --sql"), @r#"
    -- migrations against the program
    CREATE TYPE "order_status" AS ENUM ('open');
    CREATE TABLE "notes" ("id" bigint NOT NULL, "status" "order_status" NOT NULL, "before" "order_status"[] NOT NULL, "order_id" bigint NOT NULL, CONSTRAINT "notes_pkey" PRIMARY KEY ("id"), CONSTRAINT "notes_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "orders" ("id"));
    exit 3
    "#);
}
