//! Notes are listed from the latest.

use migrate_core::prelude::*;

/// Add the time to notes
#[migration(revision = "e05f8ab62c47", down_revision = "71c9e2d04b13")]
pub fn upgrade(op: &mut Ops) {
    op.add_column("notes", timestamptz("written_at").default_now());
}
