//! Users change accounts, orders do not: the first of three steps.

use migrate_core::prelude::*;

/// Add the account to orders
///
/// Nullable for now: programs of the last release still write orders without it.
#[migration(revision = "c8e48f02979c", down_revision = "fe612e1982a1")]
pub fn upgrade(op: &mut Ops) {
    op.add_column("orders", bigint("account_id").nullable().references("accounts", "id"));
    op.create_index(index("idx_orders_account").on("orders", ["account_id"]));
}
