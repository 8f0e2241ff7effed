//! The first release.

use migrate_core::prelude::*;

/// Create tasks
#[migration(revision = "5f1c0a7be201", down_revision = None)]
pub fn upgrade(op: &mut Ops) {
    op.create_table(
        table("tasks")
            .column(integer("id").primary_key())
            .column(text("title").check("length(title) > 0"))
            .column(boolean("done").default(false)),
    );
}
