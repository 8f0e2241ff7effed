use migrate_core::prelude::*;

/// Create orders
#[migration(revision = "ae1027a6acf0", down_revision = None)]
pub fn upgrade(op: &mut Ops) {
    op.create_table(table("orders").column(bigint("id")));
}

/// Add order notes
#[migration(revision = "3f2a9c41b7d0", down_revision = "ae1027a6acf0")]
pub fn upgrade(op: &mut Ops) {
    op.add_column("orders", text("notes").nullable());
}
