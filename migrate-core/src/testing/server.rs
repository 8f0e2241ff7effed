//! Databases of servers: copies of a template on PostgreSQL, migrated one by one on MySQL and MariaDB.

use std::{
    fmt,
    sync::atomic::{AtomicU32, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use migrate_model::Dialect;
#[cfg(any(feature = "postgres", feature = "async-postgres"))]
use sha2::{Digest, Sha256};

use super::migrate_to;
#[cfg(any(feature = "postgres", feature = "async-postgres"))]
use super::told;
#[cfg(any(feature = "postgres", feature = "async-postgres"))]
use crate::run;
use crate::{
    Chain,
    backend::{Database, DatabaseError},
};

/// A database of a server that all migrations of a chain were run on, for one test; dropped with the value.
///
/// ```no_run
/// use migrate_core::{Chain, testing::TestDatabase};
/// # #[cfg(feature = "postgres")]
/// # fn example(chain: &Chain) {
/// use migrate_core::diesel::PgConnection;
///
/// let database = TestDatabase::postgres("postgres://localhost/postgres", chain);
/// let mut connection: PgConnection = database.connect();
/// // or, for what has connections of its own, such as a pool: database.url()
/// # }
/// ```
pub struct TestDatabase {
    dialect: Dialect,
    name: String,
    server: String,
    url: String,
}

impl fmt::Debug for TestDatabase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestDatabase").field("name", &self.name).finish_non_exhaustive()
    }
}

impl TestDatabase {
    /// A new database of the PostgreSQL server at this URL, which names a database that one can connect to, such as `postgres`. The user has
    /// to be allowed to create databases.
    ///
    /// # Panics
    ///
    /// When the server can't be reached or refuses, or when a migration can't be run.
    #[cfg(any(feature = "postgres", feature = "async-postgres"))]
    pub fn postgres(server: &str, chain: &Chain) -> TestDatabase {
        apart(|| {
            let database = TestDatabase::named(Dialect::Postgres, server);
            let template = Template::of(chain);
            // It may be dropped between two statements by a test of another state of the chain.
            for _ in 0..TRIES {
                template.make(server, chain);
                let sql = format!("CREATE DATABASE {} TEMPLATE {}", database.name, template.name);
                match open(Dialect::Postgres, server).batch(&sql) {
                    Ok(()) => return database,
                    Err(error) if error.message.contains("does not exist") => {}
                    Err(error) => panic!("the server makes no database for a test: {error}"),
                }
            }
            panic!("the template of the tests' databases is dropped again and again")
        })
    }

    /// A new database of the MySQL or MariaDB server at this URL. The user has to be allowed to create databases.
    ///
    /// # Panics
    ///
    /// When the server can't be reached or refuses, or when a migration can't be run.
    #[cfg(any(feature = "mysql", feature = "async-mysql"))]
    pub fn mysql(server: &str, chain: &Chain) -> TestDatabase {
        apart(|| {
            let database = TestDatabase::named(Dialect::Mysql, server);
            let sql = format!("CREATE DATABASE {} CHARACTER SET utf8mb4", database.name);
            refused(open(Dialect::Mysql, server).batch(&sql));
            migrate_to(&mut *open(Dialect::Mysql, &database.url), chain, "heads");
            database
        })
    }

    fn named(dialect: Dialect, server: &str) -> TestDatabase {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        // Process ids come again, so the time is in it, too.
        let name = format!("migrate_test_{}_{:x}_{count}", std::process::id(), now().as_nanos());
        let url = with_database(server, &name);
        TestDatabase { dialect, name, server: server.to_owned(), url }
    }

    /// Its URL, with whatever the server's URL held, a password, too.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A new connection to it.
    ///
    /// # Panics
    ///
    /// When there is none to be had.
    #[track_caller]
    pub fn connect<C: diesel::Connection>(&self) -> C {
        C::establish(&self.url).unwrap_or_else(|error| panic!("no connection: {error}"))
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (dialect, name) = (self.dialect, &self.name);
        // A test that has failed must say why, and not that its database is still in use.
        let _ = std::thread::scope(|scope| {
            scope
                .spawn(|| {
                    let mut server = open(dialect, &self.server);
                    let words = if dialect == Dialect::Postgres { " WITH (FORCE)" } else { "" };
                    let dropped = server.batch(&format!("DROP DATABASE {name}{words}"));
                    // Servers before PostgreSQL 13 have no such words.
                    dropped.or_else(|_| server.batch(&format!("DROP DATABASE {name}")))
                })
                .join()
        });
    }
}

/// How often a template is made anew that others drop.
#[cfg(any(feature = "postgres", feature = "async-postgres"))]
const TRIES: usize = 5;

/// What the test databases of a chain are copied from.
#[cfg(any(feature = "postgres", feature = "async-postgres"))]
struct Template {
    name: String,
    /// What all states of the chain have in common.
    root: String,
}

#[cfg(any(feature = "postgres", feature = "async-postgres"))]
impl Template {
    fn of(chain: &Chain) -> Template {
        let context = chain.context(Dialect::Postgres);
        let mut digest = Sha256::new().chain_update(env!("CARGO_PKG_VERSION"));
        for revision in chain.revisions() {
            let ops = run::record(revision, context)
                .unwrap_or_else(|error| panic!("the migrations can't be read: {}", told(&error)));
            // Where it stands says which rows the version table has.
            let place = (revision.down_revision, revision.depends_on);
            digest = digest
                .chain_update(revision.id)
                .chain_update(format!("{place:?}"))
                .chain_update(run::checksum(revision, &ops));
        }
        let hex: String =
            digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let root = chain.revisions().first().map_or("", |revision| revision.id).to_owned();
        Template { name: format!("migrate_template_{hex}"), root }
    }

    /// Makes it, if nobody has. What is one says so (`datistemplate`) when it is whole, and lets nobody in.
    fn make(&self, server: &str, chain: &Chain) {
        let Template { name, root } = self;
        let mut database = open(Dialect::Postgres, server);
        let is_whole = format!(
            "SELECT '1' FROM pg_catalog.pg_database WHERE datname = '{name}' AND datistemplate"
        );
        let is_there = |database: &mut dyn Database| !refused(database.query(&is_whole)).is_empty();
        if is_there(&mut *database) {
            return;
        }
        // One process makes it, and the others wait. The lock goes with the connection.
        refused(database.query(&format!("SELECT pg_advisory_lock({LOCK})::text")));
        if is_there(&mut *database) {
            return;
        }
        self.drop_older(&mut *database);
        // What a process has left that was killed in the middle.
        refused(database.batch(&format!("DROP DATABASE IF EXISTS {name}")));
        refused(database.batch(&format!("CREATE DATABASE {name}")));
        migrate_to(&mut *open(Dialect::Postgres, &with_database(server, name)), chain, "heads");
        let day = now().as_secs() / DAY;
        refused(database.batch(&format!("COMMENT ON DATABASE {name} IS 'migrate {root} {day}'")));
        refused(database.batch(&format!(
            "ALTER DATABASE {name} WITH IS_TEMPLATE true ALLOW_CONNECTIONS false"
        )));
    }

    /// Drops those of former states of the chain; not those of today, which another checkout may be at.
    fn drop_older(&self, database: &mut dyn Database) {
        let rows = database.query(
            "SELECT d.datname::text, pg_catalog.shobj_description(d.oid, 'pg_database') FROM pg_catalog.pg_database d \
             WHERE d.datname LIKE 'migrate\\_template\\_%'",
        );
        let today = now().as_secs() / DAY;
        for row in refused(rows) {
            let [Some(name), Some(comment)] = row.as_slice() else { continue };
            let words: Vec<&str> = comment.split(' ').collect();
            let ["migrate", root, day] = words.as_slice() else { continue };
            let is_old = day.parse::<u64>().is_ok_and(|day| day + 1 < today);
            if *root == self.root && is_old {
                // Another one may be dropping it as well.
                let _ = database.batch(&format!("ALTER DATABASE {name} WITH IS_TEMPLATE false"));
                let _ = database.batch(&format!("DROP DATABASE IF EXISTS {name}"));
            }
        }
    }
}

/// The key of the lock that templates are made behind: `template`, as letters.
#[cfg(any(feature = "postgres", feature = "async-postgres"))]
const LOCK: i64 = 0x7465_6d70_6c61_7465;

#[cfg(any(feature = "postgres", feature = "async-postgres"))]
const DAY: u64 = 24 * 60 * 60;

fn now() -> std::time::Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// What the server says, or a panic with why it does not.
#[track_caller]
fn refused<T>(result: Result<T, DatabaseError>) -> T {
    result.unwrap_or_else(|error| panic!("the server of the test databases refuses: {error}"))
}

/// Does something on a thread of its own: where connections are those of diesel-async, no runtime may be running on it, as one is in
/// `#[tokio::test]`.
fn apart<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        scope.spawn(work).join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// The same URL with another database.
fn with_database(url: &str, name: &str) -> String {
    let (address, parameters) = url.split_at(url.find('?').unwrap_or(url.len()));
    let Some(start) = address.find("://").map(|at| at + 3) else {
        panic!(
            "the server of the test databases is named by a URL, such as postgres://localhost/postgres"
        );
    };
    let end = address[start..].find('/').map_or(address.len(), |at| start + at);
    format!("{}/{name}{parameters}", &address[..end])
}

/// A connection, by whatever driver is compiled in.
fn open(dialect: Dialect, url: &str) -> Box<dyn Database> {
    fn established<C: diesel::Connection + Database + 'static>(url: &str) -> Box<dyn Database> {
        match C::establish(url) {
            Ok(connection) => Box::new(connection),
            Err(error) => panic!("the server of the test databases can't be reached: {error}"),
        }
    }
    match dialect {
        #[cfg(feature = "postgres")]
        Dialect::Postgres => established::<diesel::PgConnection>(url),
        #[cfg(all(not(feature = "postgres"), feature = "async-postgres"))]
        Dialect::Postgres => established::<
            diesel_async::async_connection_wrapper::AsyncConnectionWrapper<
                diesel_async::AsyncPgConnection,
            >,
        >(url),
        #[cfg(feature = "mysql")]
        Dialect::Mysql | Dialect::Mariadb => established::<diesel::MysqlConnection>(url),
        #[cfg(all(not(feature = "mysql"), feature = "async-mysql"))]
        Dialect::Mysql | Dialect::Mariadb => established::<
            diesel_async::async_connection_wrapper::AsyncConnectionWrapper<
                diesel_async::AsyncMysqlConnection,
            >,
        >(url),
        #[allow(unreachable_patterns, reason = "those that are not compiled in")]
        Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb | Dialect::Sqlite => {
            let _ = url;
            panic!("no driver for {dialect} is compiled in")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_database_of_the_same_server() {
        let check = |url: &str, expected: &str| assert_eq!(with_database(url, "t"), expected);
        check("postgres://localhost/postgres", "postgres://localhost/t");
        check(
            "postgres://u:p%2F@h:5433/a?sslmode=require",
            "postgres://u:p%2F@h:5433/t?sslmode=require",
        );
        check("postgres:///a?host=/tmp", "postgres:///t?host=/tmp");
        check("mysql://localhost", "mysql://localhost/t");
        check("mysql://localhost?ssl_mode=REQUIRED", "mysql://localhost/t?ssl_mode=REQUIRED");
    }
}
