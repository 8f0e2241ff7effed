//! Short chains, each for one kind of trouble.

use std::path::Path;

use diesel::RunQueryDsl;
use migrate_core::Revision;
use migrate_core::prelude::*;

use super::runner::{HOLD, HOLDING, wait_until};
use crate::chain::revision;

fn outside(revision: Revision) -> Revision {
    Revision { transaction: false, ..revision }
}

fn create_orders(op: &mut Ops) {
    op.create_table(
        table("orders")
            .column(bigint("id").primary_key())
            .column(bigint("quantity").default(0))
            .column(text("notes").nullable()),
    );
}

fn fill(op: &mut Ops) {
    let all = (1..=20).map(|id| row().set("id", id).set("quantity", id));
    op.bulk_insert(all.fold(rows("orders"), |rows, row| rows.row(row)));
}

/// What shows when it is run twice.
fn add_one(op: &mut Ops) {
    op.execute("UPDATE orders SET quantity = quantity + 1")
        .undo("UPDATE orders SET quantity = quantity - 1");
}

fn add_price(op: &mut Ops) {
    op.add_column("orders", bigint("price").nullable());
}

fn index_quantity(op: &mut Ops) {
    op.create_index(index("orders_quantity").on("orders", ["quantity"]));
}

/// Four steps in transactions.
pub(super) fn plain() -> Vec<Revision> {
    vec![
        revision("p1", &[], create_orders),
        revision("p2", &["p1"], fill),
        revision("p3", &["p2"], add_one),
        revision("p4", &["p3"], add_price),
    ]
}

/// The same chain as its last release had it.
pub(super) fn old() -> Vec<Revision> {
    plain().into_iter().take(2).collect()
}

fn index_concurrently(op: &mut Ops) {
    op.create_index(
        index("orders_quantity").on("orders", ["quantity"]).postgres(|i| i.concurrently()),
    );
}

fn unique_concurrently(op: &mut Ops) {
    op.create_index(
        index("orders_once")
            .on("orders", ["quantity", "id"])
            .unique()
            .postgres(|i| i.concurrently()),
    );
}

/// With steps that no transaction can hold.
pub(super) fn concurrently() -> Vec<Revision> {
    vec![
        revision("c1", &[], create_orders),
        revision("c2", &["c1"], fill),
        outside(revision("c3", &["c2"], index_concurrently)),
        revision("c4", &["c3"], add_one),
        outside(revision("c5", &["c4"], unique_concurrently)),
    ]
}

fn doubtful(op: &mut Ops) {
    op.execute("INSERT INTO orders (id) VALUES (1)").undo_nothing();
}

/// The third revision inserts a row that is there.
pub(super) fn third_fails() -> Vec<Revision> {
    vec![
        revision("f1", &[], create_orders),
        revision("f2", &["f1"], fill),
        revision("f3", &["f2"], doubtful),
        revision("f4", &["f3"], add_price),
    ]
}

/// Two branches and their merge.
///
/// ```text
/// b1 ── b2 ── b4
///   └── b3 ───┘
/// ```
pub(super) fn branches() -> Vec<Revision> {
    vec![
        revision("b1", &[], |op| {
            create_orders(op);
            fill(op);
        }),
        Revision { branch_labels: &["left"], ..revision("b2", &["b1"], add_price) },
        Revision { branch_labels: &["right"], ..revision("b3", &["b1"], index_quantity) },
        revision("b4", &["b2", "b3"], add_one),
    ]
}

/// Its second step waits, where the folder that it runs in says so.
pub(super) fn held() -> Vec<Revision> {
    vec![
        revision("h1", &[], |op| {
            create_orders(op);
            fill(op);
        }),
        revision("h2", &["h1"], |op| {
            op.run(
                "wait",
                code!(|conn| {
                    hold();
                    diesel::sql_query("UPDATE orders SET quantity = quantity + 1").execute(conn)?;
                    Ok(())
                }),
            )
            .undo_nothing();
        }),
        revision("h3", &["h2"], add_one),
    ]
}

fn hold() {
    if Path::new(HOLD).exists() {
        let _ = std::fs::write(HOLDING, "");
        wait_until("it may go on", || !Path::new(HOLD).exists());
    }
}

/// The tables of another program.
pub(super) fn other() -> Vec<Revision> {
    vec![
        revision("o1", &[], |op| {
            op.create_table(table("invoices").column(bigint("id").primary_key()));
        }),
        outside(revision("o2", &["o1"], |op| {
            op.create_index(
                index("invoices_id").on("invoices", ["id"]).postgres(|i| i.concurrently()),
            );
        })),
    ]
}

/// Statements that take their time on a table with many rows, which lies there already.
pub(super) fn slow() -> Vec<Revision> {
    vec![
        revision("s1", &[], create_orders),
        revision("s2", &["s1"], |op| {
            op.create_table(
                table("big").column(bigint("id").primary_key()).column(bigint("n").default(0)),
            )
            .if_not_exists();
        }),
        revision("s3", &["s2"], |op| {
            op.execute("UPDATE big SET n = n + 1").undo("UPDATE big SET n = n - 1");
        }),
        outside(revision("s4", &["s3"], |op| {
            op.create_index(index("big_n").on("big", ["n", "id"]).postgres(|i| i.concurrently()));
        })),
        revision("s5", &["s4"], |op| {
            op.alter_column("big", "n").set_type(types::numeric(20, 2));
        }),
        revision("s6", &["s5"], add_price),
    ]
}

/// A step for each kind of lock.
pub(super) fn blocked() -> Vec<Revision> {
    vec![
        revision("l1", &[], create_orders),
        revision("l2", &["l1"], add_price),
        outside(revision("l3", &["l2"], index_concurrently)),
        revision("l4", &["l3"], add_one),
    ]
}

/// A table is changed, and then refers to another one.
pub(super) fn parent() -> Vec<Revision> {
    vec![
        revision("n1", &[], |op| {
            op.create_table(table("parents").column(bigint("id").primary_key()));
            op.create_table(
                table("children")
                    .column(bigint("id").primary_key())
                    .column(bigint("parent_id").nullable()),
            );
        }),
        revision("n2", &["n1"], |op| {
            op.add_column("children", text("notes").nullable());
            op.create_foreign_key(
                "children",
                foreign_key(["parent_id"]).references("parents", ["id"]).named("children_parent"),
            );
        }),
    ]
}
