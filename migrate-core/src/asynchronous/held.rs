//! What holds a connection while it is blocked on: the connection itself, or an object of a pool.

use std::{
    any::Any,
    fmt,
    future::Future,
    ops::{Deref, DerefMut},
};

use super::AsyncDatabase;
#[cfg(feature = "sqlite")]
use super::{SHUT_DOWN, on_a_thread};
use crate::backend::Database;

/// The kind of what is a connection itself.
#[derive(Debug)]
pub struct Itself;

/// The kind of what holds a connection, such as an object of a pool.
#[derive(Debug)]
pub struct Pooled;

/// A connection that is held by whatever holds it: so code of a migration knows one type, wherever the connection is from.
pub struct Held<C: 'static>(Box<dyn Holder<C>>);

impl<C: 'static> fmt::Debug for Held<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Held")
    }
}

/// Hands out the connection, and can be had back as what it was.
trait Holder<C>: Send + 'static {
    fn shared(&self) -> &C;
    fn exclusive(&mut self) -> &mut C;
    fn back(self: Box<Self>) -> Box<dyn Any + Send>;
}

impl<P, C> Holder<C> for P
where
    P: DerefMut<Target = C> + Send + 'static,
{
    fn shared(&self) -> &C {
        self
    }

    fn exclusive(&mut self) -> &mut C {
        self
    }

    fn back(self: Box<Self>) -> Box<dyn Any + Send> {
        self
    }
}

impl<C: 'static> Deref for Held<C> {
    type Target = C;

    fn deref(&self) -> &C {
        self.0.shared()
    }
}

impl<C: 'static> DerefMut for Held<C> {
    fn deref_mut(&mut self) -> &mut C {
        self.0.exclusive()
    }
}

impl<C: 'static> Held<C> {
    /// Takes hold.
    #[cfg_attr(
        not(any(
            feature = "postgres",
            feature = "async-postgres",
            feature = "mysql",
            feature = "async-mysql"
        )),
        expect(dead_code, reason = "SQLite's connection is reached without it")
    )]
    pub(super) fn of<P: DerefMut<Target = C> + Send + 'static>(holder: P) -> Held<C> {
        Held(Box::new(holder))
    }

    /// Lets go. What is had back is what [`of`](Held::of) was given.
    #[cfg_attr(
        not(any(
            feature = "postgres",
            feature = "async-postgres",
            feature = "mysql",
            feature = "async-mysql"
        )),
        expect(dead_code, reason = "SQLite's connection is reached without it")
    )]
    pub(super) fn release<P: 'static>(self) -> P {
        match self.0.back().downcast() {
            Ok(holder) => *holder,
            Err(_) => unreachable!("it holds what it was made of"),
        }
    }
}

/// A connection that can be blocked on while something else holds it.
pub trait Blockable: Sized {
    /// Lets `work` block on the connection that this holds.
    fn blocking_in<P, T>(
        holder: P,
        work: impl FnOnce(&mut dyn Database) -> T + Send + 'static,
    ) -> impl Future<Output = (P, T)> + Send
    where
        P: DerefMut<Target = Self> + Send + 'static,
        T: Send + 'static;
}

impl<P, C> AsyncDatabase<Pooled> for P
where
    P: DerefMut<Target = C> + Send + 'static,
    C: Blockable,
{
    fn blocking<T: Send + 'static>(
        self,
        work: impl FnOnce(&mut dyn Database) -> T + Send + 'static,
    ) -> impl Future<Output = (Self, T)> + Send {
        C::blocking_in(self, work)
    }
}

impl<C> AsyncDatabase<Itself> for C
where
    C: Blockable + Send + 'static,
{
    async fn blocking<T: Send + 'static>(
        self,
        work: impl FnOnce(&mut dyn Database) -> T + Send + 'static,
    ) -> (Self, T) {
        let (connection, done) = C::blocking_in(Box::new(self), work).await;
        (*connection, done)
    }
}

/// SQLite is in this process, and its connection a blocking one behind the wrapper: code for a `SqliteConnection` runs here, too.
#[cfg(feature = "sqlite")]
impl Blockable
    for diesel_async::sync_connection_wrapper::SyncConnectionWrapper<diesel::SqliteConnection>
{
    async fn blocking_in<P, T>(
        mut holder: P,
        work: impl FnOnce(&mut dyn Database) -> T + Send + 'static,
    ) -> (P, T)
    where
        P: DerefMut<Target = Self> + Send + 'static,
        T: Send + 'static,
    {
        // On a thread of its own, since the wrapper's future waits for its end when it is dropped, which on a current-thread
        // runtime is a panic.
        let (holder, done) = on_a_thread(move || {
            let work = holder.spawn_blocking(move |connection| {
                // The wrapper makes of a panic an error without its words.
                Ok(std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(connection))))
            });
            let done = tokio::runtime::Handle::current().block_on(work);
            (holder, done)
        })
        .await;
        match done {
            Ok(Ok(done)) => (holder, done),
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(_) => panic!("{SHUT_DOWN}"),
        }
    }
}
