use migrate_core::prelude::*;

/// Create orders
#[migration(revision = "", down_revision = None)]
pub fn upgrade(op: &mut Ops) {
    op.create_table(table("orders").column(bigint("id")));
}
