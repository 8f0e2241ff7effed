//! The data vendor sends new symbols a day before the exchange lists them.

use migrate_core::prelude::*;

/// Untie daily_ohlcv from instruments
///
/// The nightly load stops being refused; what belongs to no instrument is reported instead.
#[migration(revision = "9994352a6eca", down_revision = "5cbbc3f26f84")]
pub fn upgrade(op: &mut Ops) {
    op.drop_constraint("daily_ohlcv", "fk_daily_ohlcv_instrument");
}
