use migrate_core::prelude::*;

/// Add order notes
#[migration(revision = "3f2a9c41b7d0", down_revision = "ae1027a6acf0")]
pub fn upgrade(op: &mut Ops) {
    op.add_column("orders", text("notes").nullable());
}
