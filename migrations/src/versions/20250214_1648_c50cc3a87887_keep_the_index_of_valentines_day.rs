//! What was done by hand on a bad afternoon is written down here, so that every database has it.

use migrate_core::prelude::*;

/// Keep the index of Valentine's day
///
/// On MySQL it was never slow. The on-call engineer made it by hand while the list of open orders took nine seconds. This is
/// the statement as it ran in production, and what it means.
#[migration(revision = "c50cc3a87887", down_revision = "435a6023b27e")]
pub fn upgrade(op: &mut Ops) {
    for database in [Postgres, Sqlite] {
        op.only(database, |op| {
            op.execute("CREATE INDEX IF NOT EXISTS idx_orders_open ON orders (placed_at) WHERE status = 'open'")
                .declares(|op| {
                    op.create_index(
                        index("idx_orders_open").on("orders", ["placed_at"]).filter("status = 'open'"),
                    );
                })
                .undo("DROP INDEX idx_orders_open");
        });
    }
}
