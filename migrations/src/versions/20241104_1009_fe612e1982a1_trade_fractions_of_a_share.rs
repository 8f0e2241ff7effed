//! Half a share is a quantity, too.

use migrate_core::prelude::*;

/// Trade fractions of a share
///
/// Quantities go from bigint to numeric(20, 2). Going back, fractions are lost.
#[migration(revision = "fe612e1982a1", down_revision = "3f2a9c41b7d0")]
pub fn upgrade(op: &mut Ops) {
    let whole = match op.dialect() {
        Mysql | Mariadb => "CAST(quantity AS signed)",
        Postgres | Sqlite => "CAST(quantity AS bigint)",
    };
    for table in ["orders", "positions"] {
        op.alter_column(table, "quantity")
            .set_type(types::numeric(20, 2))
            .restore_with(whole);
    }
}
