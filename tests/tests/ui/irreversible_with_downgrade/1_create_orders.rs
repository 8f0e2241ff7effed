use migrate_core::prelude::*;

/// Create orders
#[migration(revision = "ae1027a6acf0", down_revision = None, irreversible = "orders are precious")]
pub fn upgrade(op: &mut Ops) {
    op.create_table(table("orders").column(bigint("id")));
}

pub fn downgrade(op: &mut Ops) {
    op.drop_table("orders");
}
