//! Both teams in one line again.

use migrate_core::prelude::*;

/// Merge reporting
#[migration(revision = "8f1a98dd48d1", down_revision = ["9994352a6eca", "5b00aaabc628"])]
pub fn upgrade(_: &mut Ops) {}
