//! Users change accounts, orders do not: the last of three steps.

use migrate_core::prelude::*;

/// Require the account on orders
///
/// The release before this one writes it with every order.
#[migration(revision = "5cbbc3f26f84", down_revision = "41b8899410f0")]
pub fn upgrade(op: &mut Ops) {
    op.alter_column("orders", "account_id").set_not_null();
}
