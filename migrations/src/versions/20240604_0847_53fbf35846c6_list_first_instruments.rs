//! The rows that no environment works without.

use migrate_core::prelude::*;

/// List the first instruments
///
/// What the exchange feed starts with; it adds the rest by itself.
#[migration(revision = "53fbf35846c6", down_revision = "9eeacb7f2ae8")]
pub fn upgrade(op: &mut Ops) {
    let share = |symbol: &str, name: &str, exchange: &str, currency: &str, lot: i32| {
        row()
            .set("symbol", symbol)
            .set("name", name)
            .set("exchange", exchange)
            .set("currency", currency)
            .set("lot_size", lot)
            .set("tick_size", decimal("0.01"))
    };
    op.bulk_insert(
        rows("instruments")
            .row(share("AAPL", "Apple Inc.", "XNAS", "USD", 1))
            .row(share("BRK.B", "Berkshire Hathaway Inc. Class B", "XNYS", "USD", 1))
            .row(share("SAP", "SAP SE", "XETR", "EUR", 1))
            .row(share("OR", "L'Oréal S.A.", "XPAR", "EUR", 1))
            .row(share("7203", "Toyota Motor Corporation", "XTKS", "JPY", 100)),
    );
}
