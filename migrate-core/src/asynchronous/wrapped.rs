//! diesel-async's connections to servers, blocked on statement by statement.

use std::ops::DerefMut;

use diesel::{
    QueryResult,
    connection::{Connection, TransactionManager},
    result::Error,
};
#[cfg(any(feature = "mysql", feature = "async-mysql"))]
use diesel_async::AsyncMysqlConnection;
#[cfg(any(feature = "postgres", feature = "async-postgres"))]
use diesel_async::AsyncPgConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use migrate_model::Dialect;

use super::{
    held::{Blockable, Held},
    on_a_thread,
};
use crate::{
    backend::{Database, database::database},
    code::CodeConnection,
};

/// What a migration's own code is given where a run has an [`AsyncPgConnection`]: a connection of Diesel's that blocks.
#[cfg(any(feature = "postgres", feature = "async-postgres"))]
pub type BlockingPgConnection = AsyncConnectionWrapper<Held<AsyncPgConnection>>;

/// What a migration's own code is given where a run has an [`AsyncMysqlConnection`]: a connection of Diesel's that blocks.
#[cfg(any(feature = "mysql", feature = "async-mysql"))]
pub type BlockingMysqlConnection = AsyncConnectionWrapper<Held<AsyncMysqlConnection>>;

/// Begins a transaction as the connection's own manager does, so that it knows of it, and then says of which kind it is and
/// executes the statements in it.
///
/// Inside of one the manager would set a savepoint, and MySQL would make what came before it last.
fn begin<C: Connection>(connection: &mut C, kind: &str, statements: &str) -> QueryResult<()> {
    let status = C::TransactionManager::transaction_manager_status_mut(connection);
    if status.transaction_depth()?.is_some() {
        return Err(Error::AlreadyInTransaction);
    }
    C::TransactionManager::begin_transaction(connection)?;
    let mut said = [kind, statements].into_iter().filter(|sql| !sql.is_empty());
    let begun = said.try_for_each(|sql| connection.batch_execute(sql));
    begun.inspect_err(|_| {
        let _ = C::TransactionManager::rollback_transaction(connection);
    })
}

macro_rules! wrapped {
    ($connection:ty, $dialect:expr, $reading:expr $(, $detect:path)?) => {
        // As `run` has it, and as somebody wraps it by himself.
        database!(AsyncConnectionWrapper<Held<$connection>>, $dialect, begin, "", $reading $(, $detect)?);
        database!(AsyncConnectionWrapper<$connection>, $dialect, begin, "", $reading $(, $detect)?);

        impl CodeConnection for AsyncConnectionWrapper<Held<$connection>> {
            const DIALECT: Dialect = $dialect;
        }

        impl CodeConnection for AsyncConnectionWrapper<$connection> {
            const DIALECT: Dialect = $dialect;
        }

        impl Blockable for $connection {
            async fn blocking_in<P, T>(
                holder: P,
                work: impl FnOnce(&mut dyn Database) -> T + Send + 'static,
            ) -> (P, T)
            where
                P: DerefMut<Target = Self> + Send + 'static,
                T: Send + 'static,
            {
                on_a_thread(move || {
                    let mut wrapper = AsyncConnectionWrapper::from(Held::of(holder));
                    let done = work(&mut wrapper);
                    (wrapper.into_inner().release(), done)
                })
                .await
            }
        }
    };
}

#[cfg(any(feature = "postgres", feature = "async-postgres"))]
wrapped!(
    AsyncPgConnection,
    Dialect::Postgres,
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
);

// It takes the place of the one that was begun just before.
#[cfg(any(feature = "mysql", feature = "async-mysql"))]
wrapped!(
    AsyncMysqlConnection,
    Dialect::Mysql,
    "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
    crate::backend::mysql::detect
);
