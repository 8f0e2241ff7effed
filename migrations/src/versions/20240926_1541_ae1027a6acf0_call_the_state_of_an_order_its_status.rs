//! The word of the industry's protocols is "status", and orders are filled bit by bit.

use migrate_core::prelude::*;

/// Call the state of an order its status
///
/// With the name comes a value: an order may be partially filled.
#[migration(
    revision = "ae1027a6acf0",
    down_revision = "20d0d5e27649",
    breaking = "programs that read orders.state"
)]
pub fn upgrade(op: &mut Ops) {
    op.alter_table("orders", |t| {
        t.drop_constraint("orders_state_check");
        t.alter_column("state")
            .rename_to("status")
            .comment("open, partially_filled, filled or cancelled");
        t.add_constraint(
            check("status IN ('open', 'partially_filled', 'filled', 'cancelled')")
                .named("orders_status_check"),
        );
    });
}

/// Written by hand: the old check knows no partially filled orders, so they become open ones first.
pub fn downgrade(op: &mut Ops) {
    op.execute("UPDATE orders SET status = 'open' WHERE status = 'partially_filled'");
    op.alter_table("orders", |t| {
        t.drop_constraint("orders_status_check");
        t.alter_column("status").drop_comment().rename_to("state");
        t.add_constraint(
            check("state IN ('open', 'filled', 'cancelled')").named("orders_state_check"),
        );
    });
}
