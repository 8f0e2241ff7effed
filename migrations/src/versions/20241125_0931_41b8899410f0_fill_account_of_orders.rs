//! Users change accounts, orders do not: the second of three steps.

use diesel::prelude::*;
use migrate_core::prelude::*;

// The tables as they are at this revision, and no more of them than this migration needs: what `schema.rs`
// says today is another story.
diesel::table! {
    users {
        id -> BigInt,
        account_id -> BigInt,
    }
}
diesel::table! {
    orders {
        id -> BigInt,
        user_id -> BigInt,
        account_id -> Nullable<BigInt>,
    }
}
diesel::allow_tables_to_appear_in_same_query!(users, orders);

/// The same for scripts.
const SQL: &str = "UPDATE orders SET account_id = (SELECT users.account_id FROM users WHERE users.id = orders.user_id) \
                   WHERE account_id IS NULL";

/// Fill in the account of orders
///
/// An order belongs to the account that its user has now.
#[migration(revision = "41b8899410f0", down_revision = "c8e48f02979c")]
pub fn upgrade(op: &mut Ops) {
    op.run(
        "fill in the account of orders",
        code!(|conn| {
            let account_of_user = users::table
                .filter(users::id.eq(orders::user_id))
                .select(users::account_id.nullable())
                .single_value();
            diesel::update(orders::table.filter(orders::account_id.is_null()))
                .set(orders::account_id.eq(account_of_user))
                .execute(conn)?;
            Ok(())
        }),
    )
    .sql(Postgres, SQL)
    .sql(Sqlite, SQL)
    .sql(Mysql, SQL)
    .undo_nothing();
}
