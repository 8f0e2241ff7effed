use migrate_core::prelude::*;

/// Index order notes
#[migration(revision = "b7ea43dc85e4", down_revision = "ae1027a6acf0")]
pub fn upgrade(op: &mut Ops) {
    op.create_index(index("idx_orders_notes").on("orders", ["notes"]));
}
