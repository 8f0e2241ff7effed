//! What can be traded.

use migrate_core::prelude::*;

/// Create instruments
#[migration(revision = "9eeacb7f2ae8", down_revision = "1b584119405d")]
pub fn upgrade(op: &mut Ops) {
    op.create_table(
        table("instruments")
            .column(varchar("symbol", 16).primary_key().comment("as on its exchange: BRK.B"))
            .column(varchar("name", 200))
            .column(varchar("exchange", 8))
            .column(char("currency", 3))
            .column(integer("lot_size").default(1).check("lot_size > 0"))
            .column(numeric("tick_size", 12, 6).default(decimal("0.01")))
            .column(date("listed_on").nullable()),
    );
}
