//! What is still at risk, for the report of every hour.

use migrate_core::prelude::*;

const QUERY: &str = "\
SELECT orders.user_id, instruments.currency, orders.symbol,
       sum(CASE orders.side WHEN 'buy' THEN orders.quantity ELSE -orders.quantity END) AS quantity
FROM orders
JOIN instruments ON instruments.symbol = orders.symbol
WHERE orders.status IN ('open', 'partially_filled')
GROUP BY orders.user_id, instruments.currency, orders.symbol";

/// Show the open exposure
///
/// The view adds up quantities, so they must be numeric first: PostgreSQL changes no type under a view.
#[migration(
    revision = "5b00aaabc628",
    down_revision = "2d899579ab0e",
    depends_on = ["fe612e1982a1"]
)]
pub fn upgrade(op: &mut Ops) {
    op.create_view(view("open_exposure").query(QUERY));
}
