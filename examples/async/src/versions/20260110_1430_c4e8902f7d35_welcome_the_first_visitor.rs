//! Code of a migration's own. `code!` writes it once for every connection, those that block and those of diesel-async.

use diesel::prelude::*;
use migrate_core::prelude::*;

diesel::table! {
    // As it was then; the program's own tables change with the program.
    visitors (name) {
        name -> Varchar,
    }
}

/// Welcome the first visitor
#[migration(revision = "c4e8902f7d35", down_revision = "2b7d41c6a901")]
pub fn upgrade(op: &mut Ops) {
    op.run(
        "welcome",
        code!(|conn| {
            diesel::insert_into(visitors::table).values(visitors::name.eq("Ada")).execute(conn)?;
            Ok(())
        }),
    )
    .undo(code!(|conn| {
        diesel::delete(visitors::table.find("Ada")).execute(conn)?;
        Ok(())
    }));
}
