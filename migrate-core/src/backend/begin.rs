//! How Diesel's own connections begin a transaction.

use diesel::{
    QueryResult,
    connection::{AnsiTransactionManager, Connection},
    result::Error,
};

/// Begins a transaction of a connection that counts its own, in one message with the statements in it.
pub(crate) fn begin_sql<C>(connection: &mut C, begin: &str, statements: &str) -> QueryResult<()>
where
    C: Connection<TransactionManager = AnsiTransactionManager>,
{
    if statements.is_empty() {
        return AnsiTransactionManager::begin_transaction_sql(connection, begin);
    }
    let all = format!("{begin}; {statements}");
    let begun = AnsiTransactionManager::begin_transaction_sql(connection, &all);
    begun.inspect_err(|error| {
        // Diesel counts no transaction whose beginning has failed; the server has one behind the first of the statements.
        if !matches!(error, Error::AlreadyInTransaction) {
            let _ = connection.batch_execute("ROLLBACK");
        }
    })
}
