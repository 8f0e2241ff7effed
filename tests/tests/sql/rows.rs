//! Rows, SQL and code.

use migrate_core::prelude::*;

use crate::{back, sql};

#[test]
fn rows_and_their_inverse() {
    fn insert(op: &mut Ops) {
        op.bulk_insert(
            rows("users")
                .row(row().set("id", 1).set("email", "it's \\"))
                .row(row().set("id", 2).set("email", "x")),
        );
    }
    insta::assert_snapshot!(sql(insert), @r#"
    postgres  INSERT INTO "users" ("id", "email") VALUES (1, E'it''s \\'), (2, 'x')
    postgres  SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence('"users"', 'id'), GREATEST((SELECT max("id") FROM "users"), pg_catalog.pg_sequence_last_value(pg_catalog.pg_get_serial_sequence('"users"', 'id')::regclass)))
    sqlite    INSERT INTO "users" ("id", "email") VALUES (1, 'it''s \'), (2, 'x')
    "#);
    insta::assert_snapshot!(back(insert), @r#"
    postgres  DELETE FROM "users" WHERE "id" IN (1, 2)
    sqlite    DELETE FROM "users" WHERE "id" IN (1, 2)
    "#);
}

#[test]
fn execute_and_run() {
    insta::assert_snapshot!(sql(|op| {
        op.execute("UPDATE orders SET notes = ';'; -- all\nDELETE FROM orders").undo_nothing();
        op.run("fill", code!(|_conn| Ok(()))).undo_nothing();
    }), @"
    postgres  UPDATE orders SET notes = ';'
    postgres  -- all
    DELETE FROM orders
    postgres  (code)
    sqlite    UPDATE orders SET notes = ';'
    sqlite    -- all
    DELETE FROM orders
    sqlite    (code)
    ");
}
