//! Orders that wait longer than a day.

use migrate_core::prelude::*;

/// Add the time in force of orders
///
/// Orders that are there already were good for a day, so that is the default.
#[migration(revision = "702b30269094", down_revision = "c50cc3a87887")]
pub fn upgrade(op: &mut Ops) {
    op.alter_table("orders", |t| {
        t.add_column(
            varchar("time_in_force", 3)
                .default("DAY")
                .check("time_in_force IN ('DAY', 'GTC', 'IOC', 'FOK')"),
        );
        t.add_column(timestamptz("expires_at").nullable());
        t.add_constraint(
            check("expires_at IS NULL OR time_in_force = 'GTC'").named("orders_expiry_check"),
        );
    });
}
