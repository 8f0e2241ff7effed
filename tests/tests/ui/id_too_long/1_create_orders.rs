use migrate_core::prelude::*;

/// Create orders
#[migration(revision = "create_the_orders_of_the_accounts", down_revision = None)]
pub fn upgrade(op: &mut Ops) {
    op.create_table(table("orders").column(bigint("id")));
}
