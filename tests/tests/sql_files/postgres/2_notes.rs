use migrate_core::prelude::*;

/// Add notes to a table that SQL made
#[migration(revision = "b", down_revision = "a")]
pub fn upgrade(op: &mut Ops) {
    op.add_column("orders", text("notes").nullable());
    op.create_index(index("orders_by_quantity").on("orders", ["quantity"]));
}
