//! The first release.

use migrate_core::prelude::*;

/// Create visitors
#[migration(revision = "2b7d41c6a901", down_revision = None)]
pub fn upgrade(op: &mut Ops) {
    op.create_table(
        table("visitors")
            .column(varchar("name", 100).primary_key())
            .column(integer("visits").default(1)),
    );
}
