//! The first table of the reporting team, on a branch of its own.

use migrate_core::prelude::*;

/// Create daily_turnover
///
/// Filled every night for the statements of the next morning.
#[migration(
    revision = "2d899579ab0e",
    down_revision = "3f2a9c41b7d0",
    branch_labels = ["reporting"]
)]
pub fn upgrade(op: &mut Ops) {
    op.create_table(
        table("daily_turnover")
            .column(bigint("account_id").references("accounts", "id").on_delete(Cascade))
            .column(date("date"))
            .column(integer("orders").default(0))
            .column(numeric("turnover", 20, 2).default(0))
            .primary_key(["account_id", "date"]),
    );
    op.create_index(index("idx_daily_turnover_date").on("daily_turnover", [desc("date")]));
}
