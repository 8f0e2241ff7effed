//! What is still at risk, for the report of every hour.

use migrate_core::prelude::*;

/// Show the open exposure
///
/// The view adds up quantities, so they must be numeric first: PostgreSQL changes no type under a view.
#[migration(
    revision = "5b00aaabc628",
    down_revision = "2d899579ab0e",
    depends_on = ["fe612e1982a1"]
)]
pub fn upgrade(op: &mut Ops) {
    op.execute(
        "CREATE VIEW open_exposure AS
         SELECT user_id, symbol, sum(CASE side WHEN 'buy' THEN quantity ELSE -quantity END) AS quantity
         FROM orders
         WHERE status IN ('open', 'partially_filled')
         GROUP BY user_id, symbol",
    )
    .declares_nothing()
    .undo("DROP VIEW open_exposure");
}
