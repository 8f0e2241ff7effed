//! What users ask for.

use migrate_core::prelude::*;

/// Create orders
#[migration(revision = "ba76601bb269", down_revision = "53fbf35846c6")]
pub fn upgrade(op: &mut Ops) {
    op.create_table(
        table("orders")
            .column(bigint("id").primary_key().identity())
            .column(bigint("user_id").references("users", "id").on_delete(Cascade))
            .column(varchar("symbol", 16).references("instruments", "symbol"))
            .column(varchar("side", 4).check("side IN ('buy', 'sell')"))
            .column(bigint("quantity").check("quantity > 0"))
            .column(numeric("limit_price", 18, 6).nullable())
            .column(
                varchar("state", 16)
                    .default("open")
                    .check("state IN ('open', 'filled', 'cancelled')"),
            )
            .column(timestamptz("placed_at").default_now()),
    );
    op.create_index(index("idx_orders_user").on("orders", ["user_id"]).key(desc("placed_at")));
    op.create_index(index("idx_orders_symbol").on("orders", ["symbol"]));
}
