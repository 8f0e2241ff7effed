//! Where everything begins.

use migrate_core::prelude::*;

/// Create accounts and users
///
/// An account holds the money, a user signs in. Several users may trade for one account.
#[migration(revision = "1b584119405d", down_revision = None)]
pub fn upgrade(op: &mut Ops) {
    op.create_table(
        table("accounts")
            .column(bigint("id").primary_key().identity())
            .column(varchar("name", 100))
            .column(char("currency", 3).default("EUR"))
            .column(timestamptz("opened_at").default_now()),
    );
    op.create_table(
        table("users")
            .column(bigint("id").primary_key().identity())
            .column(bigint("account_id").references("accounts", "id").on_delete(Restrict))
            .column(varchar("email", 255).unique())
            .column(varchar("name", 100))
            .column(boolean("is_active").default(true))
            .column(timestamptz("created_at").default_now()),
    );
    op.create_index(index("idx_users_account").on("users", ["account_id"]));
}
