//! Some tasks don't wait.

use migrate_core::prelude::*;

/// Add a priority to tasks
#[migration(revision = "8d2e4b6a9c03", down_revision = "5f1c0a7be201")]
pub fn upgrade(op: &mut Ops) {
    op.add_column("tasks", integer("priority").default(0));
}
