//! The first release.

use migrate_core::prelude::*;

/// Create notes
#[migration(revision = "71c9e2d04b13", down_revision = None)]
pub fn upgrade(op: &mut Ops) {
    op.create_table(
        table("notes")
            .column(bigint("id").primary_key().identity())
            .column(text("body").check("length(body) > 0")),
    );
}
