//! The chain as migrations of Diesel's own harness: `connection.run_pending_migrations(&CHAIN)`.
//!
//! ```
//! use diesel_migrations::MigrationHarness;
//! use migrate_core::{Chain, diesel::SqliteConnection};
//!
//! fn start(connection: &mut SqliteConnection, chain: &'static Chain) {
//!     connection.run_pending_migrations(chain).expect("the migrations fit");
//! }
//! ```
//!
//! The harness knows a migration by its version, and runs them in the order of these: it is the time in the file's name, in
//! fourteen digits, and the revision, as in `20241015093000_3f2a9c41b7d0`. So that this is an order in which they can be run, no
//! migration may be older than one that it follows; where one is, an [`Unordered`] names the two.
//!
//! **Two tables.** The harness writes `__diesel_schema_migrations`. A migration that it runs is run as an
//! [upgrade](crate::Migrator::upgrade) runs it, pre-flight, lock and all, and writes our version and log rows in its own transaction;
//! they are what counts. What they say is applied is never run again: where somebody used `migrate upgrade` meanwhile, the harness
//! only writes down what it has missed. A downgrade deletes the row of the harness, too.
//!
//! **Transactions.** On PostgreSQL a migration is one transaction with both tables. On SQLite the row of the harness is
//! written behind it, since a table can't be rebuilt inside of a transaction that somebody else has begun, and on MySQL, which
//! has none for a schema. A crash between the two costs nothing: the next run of the harness writes the row.
//! Inside of a transaction, such as Diesel's test transaction, it runs in a savepoint; what can't be done there is refused.
//!
//! **A `MultiConnection`** has a backend of its own, for which [`HarnessBackend`] says which connection it is.

use std::{error, fmt};

use diesel::{
    backend::Backend,
    connection::BoxableConnection,
    migration::{
        Migration, MigrationMetadata, MigrationName, MigrationSource, MigrationVersion, Result,
    },
};
use migrate_model::revision::Direction;

use crate::{Chain, Error, Migrator, Options, Revision, backend::Database, run::Error as RunError};

/// The table of Diesel's harness.
pub(crate) const TABLE: &str = "__diesel_schema_migrations";

/// A backend of Diesel whose connections migrations can run on.
///
/// Those of PostgreSQL, SQLite and MySQL are. For the backend of a `MultiConnection`:
///
/// ```ignore
/// impl HarnessBackend for MultiBackend {
///     fn database(connection: &mut dyn BoxableConnection<MultiBackend>) -> Option<&mut dyn Database> {
///         connection.downcast_mut::<AnyConnection>().map(|any| match any {
///             AnyConnection::Postgres(connection) => connection as &mut dyn Database,
///             AnyConnection::Sqlite(connection) => connection,
///         })
///     }
/// }
/// ```
pub trait HarnessBackend: Backend + 'static {
    /// Whether a migration may run inside of a transaction that the harness begins. It can't on SQLite, nor on MySQL.
    const IN_TRANSACTION: bool = false;

    /// The connection that this is, or `None` for one that is not known here.
    fn database(connection: &mut dyn BoxableConnection<Self>) -> Option<&mut dyn Database>;
}

/// The first of these types that the connection is of.
macro_rules! one_of {
    ($connection:ident: $($(#[$feature:meta])* $kind:ty),+ $(,)?) => {
        $(
            $(#[$feature])*
            if $connection.is::<$kind>() {
                return $connection.downcast_mut::<$kind>().map(|it| it as &mut dyn Database);
            }
        )+
    };
}

#[cfg(feature = "r2d2")]
type Pooled<C> = diesel::r2d2::PooledConnection<diesel::r2d2::ConnectionManager<C>>;

#[cfg(any(feature = "postgres", all(feature = "async", feature = "async-postgres")))]
impl HarnessBackend for diesel::pg::Pg {
    const IN_TRANSACTION: bool = true;

    fn database(connection: &mut dyn BoxableConnection<Self>) -> Option<&mut dyn Database> {
        one_of! { connection:
            #[cfg(feature = "postgres")]
            diesel::PgConnection,
            #[cfg(all(feature = "postgres", feature = "r2d2"))]
            Pooled<diesel::PgConnection>,
            #[cfg(feature = "async")]
            diesel_async::async_connection_wrapper::AsyncConnectionWrapper<diesel_async::AsyncPgConnection>,
            #[cfg(feature = "async")]
            crate::asynchronous::BlockingPgConnection,
        }
        None
    }
}

#[cfg(feature = "sqlite")]
impl HarnessBackend for diesel::sqlite::Sqlite {
    fn database(connection: &mut dyn BoxableConnection<Self>) -> Option<&mut dyn Database> {
        one_of! { connection:
            diesel::SqliteConnection,
            #[cfg(feature = "r2d2")]
            Pooled<diesel::SqliteConnection>,
        }
        None
    }
}

#[cfg(any(feature = "mysql", all(feature = "async", feature = "async-mysql")))]
impl HarnessBackend for diesel::mysql::Mysql {
    fn database(connection: &mut dyn BoxableConnection<Self>) -> Option<&mut dyn Database> {
        one_of! { connection:
            #[cfg(feature = "mysql")]
            diesel::MysqlConnection,
            #[cfg(all(feature = "mysql", feature = "r2d2"))]
            Pooled<diesel::MysqlConnection>,
            #[cfg(feature = "async")]
            diesel_async::async_connection_wrapper::AsyncConnectionWrapper<diesel_async::AsyncMysqlConnection>,
            #[cfg(feature = "async")]
            crate::asynchronous::BlockingMysqlConnection,
        }
        None
    }
}

/// Migrations that the harness can't be given, since it would run them in another order than theirs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the fields are the words of the messages")]
pub enum Unordered {
    /// A file has no time in its name.
    #[error(
        "Diesel's harness orders migrations by the time in their files' names, and `{file}` has none: name it as `{{year}}{{month}}{{day}}_{{hour}}{{minute}}_{revision}_…`, or use `Migrator`, which goes by the chain alone"
    )]
    NoTime { revision: String, file: String },
    /// A file is older than one that it follows.
    #[error(
        "Diesel's harness orders migrations by the time in their files' names, and `{file}` follows `{parent}`, though {version} comes before {parent_version}: give the file a later time in its name, or use `Migrator`, which goes by the chain alone"
    )]
    Falling { file: String, parent: String, version: String, parent_version: String },
}

/// Why a migration that the harness ran has failed: an [`Error`] that says all of it in one line, since of most errors of the harness
/// only the first words are ever shown.
pub struct Failed(pub Error);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = error::Error::source(&self.0);
        while let Some(cause) = source {
            write!(f, ": {cause}")?;
            source = cause.source();
        }
        self.0.hint().map_or(Ok(()), |hint| write!(f, " ({hint})"))
    }
}

impl fmt::Debug for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl error::Error for Failed {}

/// A chain that the harness runs with [options](Options) of its own.
///
/// ```
/// use diesel_migrations::MigrationHarness;
/// use migrate_core::{Chain, Options, diesel::SqliteConnection, harness::Source};
///
/// fn start(connection: &mut SqliteConnection, chain: &'static Chain) {
///     let options = Options { applied_by: "billing".to_owned(), ..Options::default() };
///     connection.run_pending_migrations(Source::new(chain, options)).expect("the migrations fit");
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Source {
    chain: &'static Chain,
    options: Options,
}

impl Source {
    /// The migrations of this chain, run in this way.
    pub fn new(chain: &'static Chain, options: Options) -> Source {
        Source { chain, options }
    }
}

impl<DB: HarnessBackend> MigrationSource<DB> for Source {
    fn migrations(&self) -> Result<Vec<Box<dyn Migration<DB>>>> {
        let ordered = ordered(self.chain)?.into_iter();
        Ok(ordered
            .map(|(revision, version)| {
                let (chain, options) = (self.chain, self.options.clone());
                let in_transaction = DB::IN_TRANSACTION && revision.transaction;
                Box::new(One { chain, options, revision, version, in_transaction }) as _
            })
            .collect())
    }
}

impl<DB: HarnessBackend> MigrationSource<DB> for &'static Chain {
    fn migrations(&self) -> Result<Vec<Box<dyn Migration<DB>>>> {
        Source::new(self, Options::default()).migrations()
    }
}

/// One migration, as the harness has it.
struct One {
    chain: &'static Chain,
    options: Options,
    revision: &'static Revision,
    version: String,
    in_transaction: bool,
}

impl One {
    fn go<DB: HarnessBackend>(
        &self,
        connection: &mut dyn BoxableConnection<DB>,
        direction: Direction,
    ) -> Result<()> {
        let Some(database) = DB::database(connection) else {
            return Err(format!(
                "{} can't be run on a connection of this kind, which is none of Diesel's own; use `Migrator`",
                self.revision.id
            )
            .into());
        };
        let mut migrator = Migrator::new(self.chain).with(self.options.clone());
        let ran = migrator.run_for_harness(database, direction, self.revision, &self.version);
        Ok(ran.map_err(Failed)?)
    }
}

impl<DB: HarnessBackend> Migration<DB> for One {
    fn run(&self, connection: &mut dyn BoxableConnection<DB>) -> Result<()> {
        self.go(connection, Direction::Up)
    }

    fn revert(&self, connection: &mut dyn BoxableConnection<DB>) -> Result<()> {
        self.go(connection, Direction::Down)
    }

    fn metadata(&self) -> &dyn MigrationMetadata {
        self
    }

    fn name(&self) -> &dyn MigrationName {
        self
    }
}

impl MigrationMetadata for One {
    fn run_in_transaction(&self) -> bool {
        self.in_transaction
    }
}

impl MigrationName for One {
    fn version(&self) -> MigrationVersion<'_> {
        MigrationVersion::from(&self.version)
    }
}

impl fmt::Display for One {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.revision.stem)
    }
}

/// The version that the harness knows a migration by.
pub(crate) fn version(revision: &Revision) -> Option<String> {
    let before = revision.stem.split_once(revision.id).map(|(before, _)| before);
    let is_time = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
    let digits: String = match before {
        Some(before) => before.chars().filter(char::is_ascii_digit).collect(),
        None => revision.stem.split(['_', '-']).take_while(is_time).collect(),
    };
    // A day at least, a nanosecond at most; the harness's table has 50 characters.
    let version = format!("{digits:0<14}_{}", revision.id);
    ((8..=23).contains(&digits.len()) && version.len() <= 50).then_some(version)
}

/// The revisions with their versions, in the order of the graph, which is that of the versions, too.
fn ordered(
    chain: &'static Chain,
) -> std::result::Result<Vec<(&'static Revision, String)>, Failure> {
    let graph = chain.graph().map_err(|broken| Failed(RunError::Chain(broken)))?;
    let mut ordered: Vec<(&'static Revision, String)> = Vec::new();
    for node in graph.nodes() {
        let Some(revision) = chain.revision(&node.id) else { continue };
        let Some(version) = version(revision) else {
            let (revision, file) = (revision.id.to_owned(), revision.stem.to_owned());
            return Err(Unordered::NoTime { revision, file }.into());
        };
        let directly = graph.parents(&node.id).map(|parent| parent.id.as_str());
        let wanted = node.depends_on.iter().filter_map(|name| {
            graph.get(name).or_else(|| graph.labelled(name)).map(|node| node.id.as_str())
        });
        for parent in directly.chain(wanted) {
            let found = ordered.iter().find(|(one, _)| one.id == parent);
            if let Some((parent, parent_version)) = found.filter(|(_, before)| *before >= version) {
                return Err(Unordered::Falling {
                    file: revision.stem.to_owned(),
                    parent: parent.stem.to_owned(),
                    version,
                    parent_version: parent_version.clone(),
                }
                .into());
            }
        }
        ordered.push((revision, version));
    }
    Ok(ordered)
}

type Failure = Box<dyn error::Error + Send + Sync>;

#[cfg(test)]
mod tests {
    use migrate_model::revision::Rules;

    use super::*;

    #[test]
    fn a_version_is_the_time_in_the_name_and_the_revision() {
        let check = |stem: &'static str, id: &'static str, expected: Option<&str>| {
            let revision = Revision { id, stem, ..Revision::FAULTY };
            assert_eq!(version(&revision).as_deref(), expected, "{stem}");
        };
        check(
            "20241015_0930_3f2a9c41b7d0_add_notes",
            "3f2a9c41b7d0",
            Some("20241015093000_3f2a9c41b7d0"),
        );
        check("2024-10-15-093012_3f2a_add_notes", "3f2a", Some("20241015093012_3f2a"));
        check("20241015_1b584_add", "1b584", Some("20241015000000_1b584"));
        // An id that is not in the name.
        check("2024_10_15_add_notes", "3f2a", Some("20241015000000_3f2a"));
        check("add_notes", "3f2a", None);
        check("0001_add_notes", "3f2a", None);
        check("3f2a_20241015", "3f2a", None);
    }

    fn error(revisions: Vec<Revision>) -> String {
        let rules = Rules { multiple_heads: true, multiple_bases: true };
        let chain: &'static Chain = Box::leak(Box::new(Chain::new(revisions.leak(), rules)));
        ordered(chain).map(|_| String::new()).unwrap_or_else(|error| error.to_string())
    }

    #[test]
    fn an_edge_along_which_the_time_falls_is_named() {
        let first = Revision { id: "a1", stem: "20240102_0900_a1_one", ..Revision::FAULTY };
        let after = |stem| Revision { id: "b2", stem, down_revision: &["a1"], ..Revision::FAULTY };
        assert_eq!(error(vec![first, after("20240102_0901_b2_two")]), "");
        // In the same minute the ids decide, and here they are in order.
        assert_eq!(error(vec![first, after("20240102_0900_b2_two")]), "");
        insta::assert_snapshot!(error(vec![first, after("20240101_1200_b2_two")]), @"Diesel's harness orders migrations by the time in their files' names, and `20240101_1200_b2_two` follows `20240102_0900_a1_one`, though 20240101120000_b2 comes before 20240102090000_a1: give the file a later time in its name, or use `Migrator`, which goes by the chain alone");
        let wanted = Revision {
            id: "b2",
            stem: "20240101_1200_b2_two",
            depends_on: &["a1"],
            ..Revision::FAULTY
        };
        assert!(
            error(vec![first, wanted])
                .contains("`20240101_1200_b2_two` follows `20240102_0900_a1_one`")
        );
        insta::assert_snapshot!(error(vec![Revision { stem: "one", ..first }]), @"Diesel's harness orders migrations by the time in their files' names, and `one` has none: name it as `{year}{month}{day}_{hour}{minute}_a1_…`, or use `Migrator`, which goes by the chain alone");
    }
}
