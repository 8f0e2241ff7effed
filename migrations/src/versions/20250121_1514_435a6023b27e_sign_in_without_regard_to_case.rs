//! Ada@example.com and ada@example.com were two people.

use migrate_core::prelude::*;

/// Sign in without regard to case
///
/// MySQL's collations compare without it, so there the two never were.
#[migration(revision = "435a6023b27e", down_revision = "8f1a98dd48d1")]
pub fn upgrade(op: &mut Ops) {
    for database in [Postgres, Sqlite] {
        op.only(database, |op| {
            op.drop_unique_constraint("users", ["email"]);
            op.create_index(index("uq_users_email").on("users", [expr("lower(email)")]).unique());
        });
    }
}
