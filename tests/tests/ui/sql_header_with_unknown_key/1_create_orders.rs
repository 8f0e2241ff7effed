use migrate_core::prelude::*;

/// Create orders
#[migration(revision = "ae1027a6acf0", down_revision = None)]
pub fn upgrade(op: &mut Ops) {
    op.create_table(table("orders").column(bigint("id")));
}
