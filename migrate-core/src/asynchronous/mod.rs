//! Migrations on diesel-async's connections, on any Tokio runtime, without keeping it from its other work.
//!
//! [`run`] takes a connection, lets a closure migrate on it as on one of Diesel's own, and gives it back:
//!
//! ```
//! # #[cfg(any(feature = "postgres", feature = "async-postgres"))]
//! # mod example {
//! use diesel_async::AsyncPgConnection;
//! use migrate_core::{Chain, Error, Migrator, asynchronous};
//!
//! async fn start(
//!     connection: AsyncPgConnection,
//!     chain: &'static Chain,
//! ) -> Result<AsyncPgConnection, Error> {
//!     let (connection, result) = asynchronous::run(connection, |database| {
//!         Migrator::new(chain).upgrade(database, "head")
//!     })
//!     .await;
//!     println!("{} migrations were run", result?.steps.len());
//!     Ok(connection)
//! }
//! # }
//! ```
//!
//! A connection out of a pool goes in and comes back in the same way: whatever holds a connection and hands it out
//! (`DerefMut`) will do, as `deadpool`'s and `mobc`'s objects and an owned one of `bb8` do.
//!
//! **How.** The closure runs on one of Tokio's threads for what blocks. There a statement waits for its answer while the
//! runtime goes on, with one thread or with several: whoever awaits [`run`] drives the connection.
//!
//! **When nobody awaits it any more**, since the future was dropped (a timeout, a `select!`), the run finishes the statement that it is at,
//! takes back what is not to last and writes that down, as if it had been [stopped](Migrator::stopped_by); the connection is closed.
//! A migration that was finished by then stays finished. Nothing is told to anybody: the log says what became of it.
//!
//! **A migration's own code** is written for one kind of connection, and `&mut PgConnection` is none that a run has here.
//! `code!(|conn| …)` covers these too, and so does `.or(|conn: &mut BlockingPgConnection| …)`. What has no code for the connection is
//! refused before the first statement.

mod held;
#[cfg(any(
    feature = "postgres",
    feature = "async-postgres",
    feature = "mysql",
    feature = "async-mysql"
))]
mod wrapped;

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

pub use held::{Held, Itself, Pooled};
#[cfg(any(feature = "mysql", feature = "async-mysql"))]
pub use wrapped::BlockingMysqlConnection;
#[cfg(any(feature = "postgres", feature = "async-postgres"))]
pub use wrapped::BlockingPgConnection;

#[cfg(doc)]
use crate::Migrator;
use crate::backend::{Database, database::handed_on};

/// Lets `work` migrate on this connection, on a thread where it may block, and gives the connection back with the
/// result.
///
/// `work` has the connection as a [`Database`], which every method of [`Migrator`] takes. See the
/// [module](self) for what becomes of it when the future is dropped.
///
/// # Panics
///
/// When `work` does (the connection is closed then), outside of a Tokio runtime, and when the runtime is shut down before
/// `work` begins.
pub async fn run<Kind, C, T, F>(connection: C, work: F) -> (C, T)
where
    C: AsyncDatabase<Kind>,
    F: FnOnce(&mut dyn Database) -> T + Send + 'static,
    T: Send + 'static,
{
    let stop = StopWhenDropped(Arc::new(AtomicBool::new(false)));
    let asked = Arc::clone(&stop.0);
    let finished =
        connection.blocking(move |database| work(&mut Stoppable { database, stop: asked })).await;
    drop(stop);
    finished
}

/// A connection of diesel-async, or what holds one, that [`run`] takes.
///
/// `Kind` keeps the two apart, and is found by the compiler.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no connection that migrations can run on",
    note = "they run on diesel-async's `AsyncPgConnection`, `AsyncMysqlConnection` and `SyncConnectionWrapper<SqliteConnection>`, and on what holds one \
            of them, such as an object of a pool",
    note = "each needs the feature of its backend beside `async`: `postgres` or `async-postgres`, `mysql` or `async-mysql`, `sqlite`"
)]
pub trait AsyncDatabase<Kind>: Send + Sized + 'static {
    /// Lets `work` block on this connection.
    fn blocking<T: Send + 'static>(
        self,
        work: impl FnOnce(&mut dyn Database) -> T + Send + 'static,
    ) -> impl Future<Output = (Self, T)> + Send;
}

/// Blocks on a thread that is there for it, while the runtime goes on.
async fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => panic!("{SHUT_DOWN}"),
        },
    }
}

/// What is said to nobody, most likely: a runtime that is shut down polls no future any more.
const SHUT_DOWN: &str = "the runtime was shut down before the migrations began";

/// Says that nobody waits any more.
struct StopWhenDropped(Arc<AtomicBool>);

impl Drop for StopWhenDropped {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A connection whose runs end when nobody waits for them any more.
struct Stoppable<'d> {
    database: &'d mut dyn Database,
    stop: Arc<AtomicBool>,
}

impl Database for Stoppable<'_> {
    handed_on!(|this| this.database, transactions);

    fn stop(&self) -> Option<Arc<AtomicBool>> {
        Some(Arc::clone(&self.stop))
    }
}
