//! The data vendor sent prices of a symbol that nobody knew.

use migrate_core::prelude::*;

/// Tie daily_ohlcv to instruments
#[migration(revision = "20d0d5e27649", down_revision = "1ee6d6f687bc")]
pub fn upgrade(op: &mut Ops) {
    op.create_foreign_key(
        "daily_ohlcv",
        foreign_key(["symbol"])
            .references("instruments", ["symbol"])
            .on_update(Cascade)
            .on_delete(Cascade)
            .named("fk_daily_ohlcv_instrument"),
    );
}
