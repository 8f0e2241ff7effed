//! What the markets did.

use migrate_core::prelude::*;

/// Create daily_ohlcv
///
/// One row for each symbol and trading day, as the data vendor delivers them at night.
#[migration(revision = "1ee6d6f687bc", down_revision = "2146ce079106")]
pub fn upgrade(op: &mut Ops) {
    op.create_table(
        table("daily_ohlcv")
            .comment("open, high, low, close and volume of a trading day")
            .column(bigint("id").primary_key().identity())
            .column(varchar("symbol", 16))
            .column(date("date"))
            .column(numeric("open", 18, 6))
            .column(numeric("high", 18, 6))
            .column(numeric("low", 18, 6))
            .column(numeric("close", 18, 6))
            .column(
                numeric("adjusted_close", 18, 6)
                    .nullable()
                    .comment("close, adjusted for splits and dividends"),
            )
            .column(bigint("volume").default(0))
            .constraint(unique(["symbol", "date"]).named("uq_daily_ohlcv_symbol_date"))
            .constraint(check("low <= high").named("ck_daily_ohlcv_range")),
    );
    op.create_index(index("idx_daily_ohlcv_symbol").on("daily_ohlcv", ["symbol"]));
    op.create_index(index("idx_daily_ohlcv_date").on("daily_ohlcv", ["date"]));
}
