//! What accounts hold.

use migrate_core::prelude::*;

/// Create positions
///
/// A position that was closed stays with a quantity of 0, for its history; the screen of
/// open ones reads the partial index and never sees it. (MySQL has no partial indexes, so there the index is of all.)
#[migration(revision = "2146ce079106", down_revision = "ba76601bb269")]
pub fn upgrade(op: &mut Ops) {
    op.create_table(
        table("positions")
            .column(bigint("account_id").references("accounts", "id").on_delete(Cascade))
            .column(varchar("symbol", 16).references("instruments", "symbol"))
            .column(bigint("quantity").default(0).comment("below 0 when sold short"))
            .column(numeric("average_price", 18, 6).nullable())
            .column(timestamptz("updated_at").default_now())
            .primary_key(["account_id", "symbol"]),
    );
    let by_symbol = index("idx_positions_open").on("positions", ["symbol"]);
    op.only(Mysql, |op| {
        op.create_index(by_symbol.clone());
    });
    for database in [Postgres, Sqlite] {
        op.only(database, |op| {
            op.create_index(by_symbol.clone().filter("quantity <> 0"));
        });
    }
}
