//! Examples of rows that a migration brings along.

use migrate_core::prelude::*;

use super::schema::{HOSTILE_TEXT, hostile, hostile_columns};
use super::{Example, example};

pub(super) fn bulk_insert() -> Vec<Example> {
    vec![
        example("rows of every kind of value", |op| {
            op.bulk_insert(
                rows("accounts")
                    .row(
                        row()
                            .set("id", 30)
                            .set("name", HOSTILE_TEXT)
                            .set("cents", i64::MAX / 10)
                            .set("score", -1.5e300),
                    )
                    .row(row().set("id", 31).set("name", "\\").set("cents", 0).set("score", 1e-7)),
            );
        }),
        example("by a key of two columns", |op| {
            op.bulk_insert(
                rows("instruments")
                    .row(
                        row()
                            .set("exchange", "X'")
                            .set("symbol", "A\\")
                            .set("active", true)
                            .set("tier", None::<i32>),
                    )
                    .row(
                        row()
                            .set("exchange", "X'")
                            .set("symbol", "B")
                            .set("active", false)
                            .set("tier", -1),
                    ),
            );
        }),
        example("by a unique constraint", |op| {
            op.bulk_insert(
                rows("fills")
                    .row(row().set("order_id", 9).set("quantity", 77))
                    .row(row().set("order_id", 2).set("quantity", 77)),
            );
        }),
        example("that stay", |op| {
            op.bulk_insert(rows("empty").row(row().set("id", 1).set("words", "x")))
                .undo("DELETE FROM empty");
        }),
        example("hostile names", |op| {
            let [key, second, third, fourth] = hostile_columns(op);
            op.bulk_insert(
                rows(hostile(op)).row(
                    row().set(key, 30).set(second, "x").set(third, 5).set(fourth, HOSTILE_TEXT),
                ),
            );
        }),
        example("none at all", |op| {
            op.bulk_insert(rows("empty"));
        }),
    ]
}

// Nobody writes it down: it is what takes a bulk_insert back.
pub(super) fn delete_rows() -> Vec<Example> {
    vec![example("the inverse of rows", |op| {
        op.bulk_insert(
            rows("orders").row(row().set("id", 30).set("account_id", 1).set("raw", &b"'\\\0"[..])),
        );
    })]
}
