//! Traders search their notes by any part of a word.

use migrate_core::prelude::*;

/// Add order notes
///
/// PostgreSQL finds `LIKE '%earnings%'` by trigrams. On SQLite the index is a plain one; MySQL has none over text
/// of any length, and reads the notes.
#[migration(revision = "3f2a9c41b7d0", down_revision = "ae1027a6acf0")]
pub fn upgrade(op: &mut Ops) {
    op.only(Postgres, |op| {
        op.create_extension("pg_trgm").if_not_exists();
    });
    op.add_column("orders", text("notes").nullable());
    for database in [Postgres, Sqlite] {
        op.only(database, |op| {
            op.create_index(
                index("idx_orders_notes")
                    .on("orders", ["notes"])
                    .postgres(|i| i.using("gin").ops("notes", "gin_trgm_ops")),
            );
        });
    }
}

pub fn downgrade(op: &mut Ops) {
    for database in [Postgres, Sqlite] {
        op.only(database, |op| {
            op.drop_index("idx_orders_notes");
        });
    }
    op.drop_column("orders", "notes");
    op.only(Postgres, |op| {
        op.drop_extension("pg_trgm").if_exists();
    });
}
