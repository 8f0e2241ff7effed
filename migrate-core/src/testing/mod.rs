//! Databases for the tests of an application: fresh, migrated and gone behind the test. With the feature `testing`.
//!
//! ```
//! use migrate_core::diesel::prelude::*;
//! use migrate_core::{Chain, testing};
//!
//! # migrate_core::diesel::table! { users { id -> BigInt, } }
//! fn users_are_counted(chain: &Chain) {
//!     let mut connection = testing::sqlite(chain);
//!     let count: i64 = users::table.count().get_result(&mut connection).unwrap();
//!     assert_eq!(count, 0);
//! }
//! ```
//!
//! On a server each test has a `TestDatabase` of its own. PostgreSQL copies it from a template, in some dozen milliseconds, however long
//! the chain is. The template is made once for each state of the chain, by whichever test is the first, and kept: a changed migration
//! makes another one, and those of the same chain that were not made within a day are dropped then.
//!
//! All of it panics where it can't do what it should, as tests do; no message holds a password.

#[cfg(any(
    feature = "postgres",
    feature = "mysql",
    feature = "async-postgres",
    feature = "async-mysql"
))]
mod server;

use std::error::Error;

use migrate_model::revision::Direction;
#[cfg(any(
    feature = "postgres",
    feature = "mysql",
    feature = "async-postgres",
    feature = "async-mysql"
))]
pub use server::TestDatabase;

use crate::{Chain, Migrator, backend::Database, run};

/// A SQLite database in memory that all migrations of the chain were run on.
///
/// # Panics
///
/// When one of them can't be.
#[cfg(feature = "sqlite")]
#[track_caller]
pub fn sqlite(chain: &Chain) -> diesel::SqliteConnection {
    use diesel::Connection;
    let connection = diesel::SqliteConnection::establish(":memory:");
    let mut connection =
        connection.unwrap_or_else(|error| panic!("no database in memory: {error}"));
    migrate_to(&mut connection, chain, "heads");
    connection
}

/// Brings a database to a revision, up or down, whichever way that lies: `"3f2a9c41b7d0"`, `"head"`, `"heads"`, `"base"`, `"-1"`.
///
/// So a test puts rows in as they were before a migration, runs it, and looks at them behind it:
///
/// ```
/// use migrate_core::{Chain, diesel::{SqliteConnection, connection::SimpleConnection}, testing::migrate_to};
///
/// fn old_orders_keep_their_notes(connection: &mut SqliteConnection, chain: &Chain) {
///     migrate_to(connection, chain, "ae1027a6acf0");
///     connection.batch_execute("INSERT INTO orders (note) VALUES ('from then')").unwrap();
///     migrate_to(connection, chain, "head");
///     // …
/// }
/// ```
///
/// # Panics
///
/// When a migration on the way can't be run, and when there is no such revision.
#[track_caller]
pub fn migrate_to(database: &mut dyn Database, chain: &Chain, target: &str) {
    let mut migrator = Migrator::new(chain);
    let ran = migrator.plan_to(database, target).and_then(|planned| {
        let direction = planned.first().map_or(Direction::Up, |planned| planned.direction);
        migrator.run_planned(database, direction, &planned)
    });
    if let Err(error) = ran {
        panic!("cannot migrate to {target}: {}", told(&error));
    }
}

/// An error with its causes and its hint.
fn told(error: &run::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    error.hint().map_or(text.clone(), |hint| format!("{text} ({hint})"))
}
