//! Running migrations: from where a database is to where it should be.
//!
//! ```text
//! state      what the version table, the log and the journal say is applied
//! plan       what a run is to do, made anew where others did some of it meanwhile
//! prepare    record, simulate and render the whole plan: nothing runs before all of it fits
//! rights     what the user lacks for it, all at once
//! lock       one runner at a time
//! steps      one migration, one transaction, with its version and log rows
//! outside    the others: each statement written down before and behind it, in the journal
//! decide     whether a statement took effect that was not seen to end
//! adopt      databases that another tool has migrated so far
//! tamper     what was done to the history meanwhile; repair vouches for it
//! script     the same steps as text, for the database's own client
//! current    for programs that start on today's schema alone
//! for_harness  one migration, for Diesel's harness
//! apart      ops without a chain: as statements, and tried out
//! ```
//!
//! One connection does everything. The lock keeps a second runner waiting; what keeps two apart for certain is the
//! version table itself: a step moves its rows by compare-and-set, in the transaction of the migration.

pub mod adopt;
mod apart;
mod blockers;
mod current;
mod decide;
mod error;
mod event;
mod fault;
mod for_harness;
mod fresh_values;
mod guards;
mod journal;
mod lock;
mod log;
mod losses;
mod outside;
mod pause;
mod plan;
mod prepare;
mod redact;
mod repair;
mod rights;
mod script;
mod session;
mod shape;
mod stamp;
mod state;
mod steps;
mod tamper;
mod timeouts;
mod version_table;
mod work;

use std::{collections::BTreeSet, sync::atomic::AtomicBool, time::Duration};

pub use apart::{Fault, Why, rehearse, statements};
pub use current::{NotCurrent, ensure_current};
pub use error::{CodeStep, Error};
pub use event::{Event, Observer};
pub(crate) use fresh_values::FreshValues;
pub use journal::Unfinished;
pub use log::LogEntry;
use migrate_model::{
    catalog::{Catalog, TableName},
    revision::{self, Direction, RevisionId},
};
#[cfg(all(feature = "testing", any(feature = "postgres", feature = "async-postgres")))]
pub(crate) use prepare::checksum;
pub(crate) use prepare::{
    Prepared, apply_revision, doubted, record, record_down, replay, way_down,
};
pub use redact::Redactor;
pub use repair::{Repair, Repaired};
pub use rights::Missing;
pub use script::{Script, ScriptOf, Whole, WholeError, whole};
pub use session::Connect;
pub(crate) use session::SQL_MODE;
pub use state::Status;
pub use steps::Resume;
pub use tamper::{Applied, unknown_files};
pub use timeouts::Timeouts;
pub use work::{PlannedStatement, Work};

use self::session::Session;
use crate::{
    Chain, Revision,
    backend::{Database, DatabaseError},
};

/// How to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The table with the current heads, in Alembic's shape.
    pub version_table: TableName,
    /// The table with one row for each step that was ever run.
    pub log_table: TableName,
    /// Upgrade a database that has tables but no version table.
    pub allow_non_empty: bool,
    /// Run also what was inserted below revisions that are applied.
    pub include_skipped: bool,
    /// Run all steps in one transaction.
    pub single_transaction: bool,
    /// Who is running this, for the log.
    pub applied_by: String,
    /// How long to wait for another runner.
    pub lock_wait: Duration,
    /// What was said for this run about waiting; it comes before what the migrations say.
    pub timeouts: Timeouts,
    /// What the project says about it; what the migrations say comes before that.
    pub project_timeouts: Timeouts,
    /// Where the backup is that was taken before this run, for the log to note.
    pub backup: Option<String>,
    /// What an error must not bring into the log.
    pub redactor: Redactor,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            version_table: "__migrate_version".into(),
            log_table: "__migrate_log".into(),
            allow_non_empty: false,
            include_skipped: false,
            single_transaction: false,
            applied_by: "unknown".to_owned(),
            lock_wait: Duration::from_secs(300),
            timeouts: Timeouts::default(),
            project_timeouts: Timeouts::default(),
            backup: None,
            redactor: Redactor::default(),
        }
    }
}

impl Options {
    /// The table with the statements of a step that is not finished; it lies beside the log.
    pub fn journal_table(&self) -> TableName {
        let TableName { schema, name } = self.log_table.clone();
        TableName { schema, name: format!("{name}_journal") }
    }

    /// The tables that migrations are kept in.
    pub fn own_tables(&self) -> [TableName; 3] {
        [self.version_table.clone(), self.log_table.clone(), self.journal_table()]
    }
}

/// Runs the migrations of a chain.
///
/// ```no_run
/// use migrate_core::{Chain, run::Migrator, diesel::{Connection, SqliteConnection}};
///
/// fn start(chain: &Chain) -> Result<(), Box<dyn std::error::Error>> {
///     let mut connection = SqliteConnection::establish("trading.db")?;
///     Migrator::new(chain).upgrade(&mut connection, "head")?;
///     Ok(())
/// }
/// ```
pub struct Migrator<'a> {
    chain: &'a Chain,
    options: Options,
    observer: Option<&'a mut dyn Observer>,
    connect: Option<Box<Connect<'a>>>,
    stop: Option<&'a AtomicBool>,
}

impl std::fmt::Debug for Migrator<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Migrator")
            .field("chain", &self.chain)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// A migration that was run.
#[derive(Clone, Debug)]
pub struct Ran {
    /// Which.
    pub revision: &'static Revision,
    /// Which way.
    pub direction: Direction,
    /// How long it took.
    pub elapsed: Duration,
}

/// What was run.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The migrations, in the order in which they ran.
    pub steps: Vec<Ran>,
}

/// A migration that would be run.
#[derive(Clone, Debug)]
pub struct Planned {
    /// Which.
    pub revision: &'static Revision,
    /// Which way.
    pub direction: Direction,
    /// Its ops, in words.
    pub ops: Vec<String>,
    /// How many statements they are.
    pub statements: usize,
    /// Its ops with their statements, each with what it does to those who use the database meanwhile.
    pub work: Vec<Work>,
    /// Whether it is one transaction.
    pub transaction: bool,
    /// The rights that the database's user lacks for it, and for no step before it.
    pub missing: Vec<Missing>,
    /// Rows and values that are in the database now and would be gone, in words.
    pub losses: Vec<String>,
}

impl<'a> Migrator<'a> {
    /// Runs the migrations of this chain.
    pub fn new(chain: &'a Chain) -> Migrator<'a> {
        Migrator { chain, options: Options::default(), observer: None, connect: None, stop: None }
    }

    /// Runs them in this way.
    #[must_use]
    pub fn with(self, options: Options) -> Migrator<'a> {
        Migrator { options, ..self }
    }

    /// Tells this observer what is being done.
    #[must_use]
    pub fn observed_by(self, observer: &'a mut dyn Observer) -> Migrator<'a> {
        Migrator { observer: Some(observer), ..self }
    }

    /// Lets a run open the connection anew when it is lost, to find out what became of its last words; and a second one
    /// beside it, to find out whether a pooler stands between.
    #[must_use]
    pub fn reconnected_by(
        self,
        connect: impl FnMut() -> Result<Box<dyn Database>, DatabaseError> + 'a,
    ) -> Migrator<'a> {
        Migrator { connect: Some(Box::new(connect)), ..self }
    }

    /// Lets a run be stopped: once this is true it finishes the statement that it is at, takes back what is not to
    /// last, and ends with [`Error::Interrupted`].
    #[must_use]
    pub fn stopped_by(self, stop: &'a AtomicBool) -> Migrator<'a> {
        Migrator { stop: Some(stop), ..self }
    }

    fn tell(&mut self, event: &Event<'_>) {
        if let Some(observer) = &mut self.observer {
            observer.event(event);
        }
    }

    /// Where the database is. Changes nothing and creates nothing.
    ///
    /// # Errors
    ///
    /// When the database can't be read, or the chain is broken.
    pub fn status(&mut self, database: &mut dyn Database) -> Result<Status, Error> {
        self.in_session(database, |migrator, session| {
            let graph = migrator.chain.graph()?;
            state::look(session, graph, &migrator.options).map(|(status, _)| status)
        })
    }

    /// The same, and every step that was ever run, oldest first: both as they are at one moment.
    ///
    /// # Errors
    ///
    /// As for [`status`](Migrator::status).
    pub fn status_and_log(
        &mut self,
        database: &mut dyn Database,
    ) -> Result<(Status, Vec<LogEntry>), Error> {
        self.in_session(database, |migrator, session| {
            let (graph, options) = (migrator.chain.graph()?, &migrator.options);
            let state = state::read(session, options)?;
            Ok((state.status(graph, options), state.log.into_entries()))
        })
    }

    /// Does something on a connection whose dialect and settings are known.
    fn in_session<T>(
        &mut self,
        database: &mut dyn Database,
        body: impl FnOnce(&mut Self, &mut Session<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut connect = self.connect.take();
        let mut session =
            Session::begin(database)?.helped(connect.as_mut().map(|it| it as _), self.stop);
        let result = body(self, &mut session);
        let notices = session.end();
        self.connect = connect;
        for text in notices {
            self.tell(&Event::Notice { text });
        }
        result
    }

    /// Applies migrations up to a revision, `"head"` for all of them.
    ///
    /// # Errors
    ///
    /// When the database is not in a state to build on, the plan does not fit its schema, or the database
    /// refuses a statement. The error says what was and what was not changed.
    pub fn upgrade(&mut self, database: &mut dyn Database, target: &str) -> Result<Report, Error> {
        self.run(database, Direction::Up, target, Resume::Look)
    }

    /// Takes migrations back down to a revision, `"base"` for all of them.
    ///
    /// # Errors
    ///
    /// As for [`upgrade`](Migrator::upgrade); and when a migration on the way has no way back.
    pub fn downgrade(
        &mut self,
        database: &mut dyn Database,
        target: &str,
    ) -> Result<Report, Error> {
        self.run(database, Direction::Down, target, Resume::Look)
    }

    /// What an upgrade or downgrade would run, simulated in full; nothing is changed.
    ///
    /// # Errors
    ///
    /// As for the run itself, up to its first statement.
    pub fn plan(
        &mut self,
        database: &mut dyn Database,
        direction: Direction,
        target: &str,
    ) -> Result<Vec<Planned>, Error> {
        self.in_session(database, |migrator, session| migrator.planned(session, direction, target))
    }

    /// What would bring the database to a revision, up or down, whichever way that lies.
    ///
    /// # Errors
    ///
    /// As for [`plan`](Migrator::plan).
    pub fn plan_to(
        &mut self,
        database: &mut dyn Database,
        target: &str,
    ) -> Result<Vec<Planned>, Error> {
        self.in_session(database, |migrator, session| {
            let graph = migrator.chain.graph()?;
            let state = state::read(session, &migrator.options)?;
            let applied = state.applied(graph, &migrator.options)?;
            let direction = revision::direction(graph, &applied, &target.parse()?)?;
            migrator.planned(session, direction, target)
        })
    }

    fn planned(
        &mut self,
        session: &mut Session<'_>,
        direction: Direction,
        target: &str,
    ) -> Result<Vec<Planned>, Error> {
        let prepared = self.prepare(session, direction, target)?;
        let losses = losses::of(&prepared.steps, session);
        let missing = rights::missing(session, &prepared.steps, &self.options, &prepared.state)?;
        let mut new = BTreeSet::new();
        let steps = prepared.steps.iter().zip(losses).enumerate();
        let planned = steps.map(|(number, (step, losses))| Planned {
            revision: step.revision,
            direction: step.direction,
            ops: step.ops.iter().map(|prepared| prepared.op.describe()).collect(),
            statements: step.statements(),
            work: work::of(step, &mut new),
            transaction: step.transaction,
            missing: missing.iter().filter(|one| one.step == number).cloned().collect(),
            losses,
        });
        Ok(planned.collect())
    }

    /// Waits until no other runner is at this database, as a run does.
    ///
    /// # Errors
    ///
    /// When it takes longer than the options say, or the database can't be asked.
    pub fn wait(&mut self, database: &mut dyn Database) -> Result<(), Error> {
        self.in_session(database, |migrator, session| {
            let options = migrator.options.clone();
            session.lock(&options, &mut |text| migrator.tell(&Event::Notice { text }))
        })
    }

    /// Runs these revisions, as a [plan](Migrator::plan) named them: where others have run some of them meanwhile, what is
    /// left. So nothing is run that was not planned, whatever a target such as `-1` would mean by now.
    ///
    /// # Errors
    ///
    /// As for [`upgrade`](Migrator::upgrade) and [`downgrade`](Migrator::downgrade).
    pub fn run_planned(
        &mut self,
        database: &mut dyn Database,
        direction: Direction,
        planned: &[Planned],
    ) -> Result<Report, Error> {
        let goal = planned.iter().map(|planned| RevisionId::from(planned.revision.id)).collect();
        self.in_session(database, |migrator, session| {
            let plan = migrator.prepared_in_turn(session, |migrator, session| {
                migrator.prepare_with(session, direction, |graph, applied| {
                    plan::left(graph, applied, &goal, direction)
                })
            })?;
            migrator.run_plan(session, plan, direction, Resume::Look)
        })
    }

    /// Runs these revisions, whatever else is pending.
    pub(crate) fn run_revisions(
        &mut self,
        database: &mut dyn Database,
        direction: Direction,
        goal: &BTreeSet<RevisionId>,
    ) -> Result<Report, Error> {
        self.in_session(database, |migrator, session| {
            let plan = migrator.prepare_with(session, direction, |graph, applied| {
                plan::left(graph, applied, goal, direction)
            })?;
            migrator.run_plan(session, plan, direction, Resume::Look)
        })
    }

    /// Finishes the step that was begun and not finished, and runs nothing else.
    ///
    /// Where the schema doesn't tell whether its last statement took effect, it must be [said](Resume).
    ///
    /// # Errors
    ///
    /// When something is said of a step and none is half done, and as for [`upgrade`](Migrator::upgrade).
    pub fn resume(&mut self, database: &mut dyn Database, resume: Resume) -> Result<Report, Error> {
        self.in_session(database, |migrator, session| {
            let state = state::read(session, &migrator.options)?;
            let direction = match (journal::unfinished(&state.journal), resume) {
                (Some(unfinished), _) => unfinished.direction,
                (None, Resume::Look) => return Ok(Report::default()),
                (None, Resume::MarkDone | Resume::RunAgain) => {
                    return Err(Error::NothingUnfinished);
                }
            };
            let plan = migrator.prepare_with(session, direction, |_, _| Ok(Vec::new()))?;
            migrator.run_plan(session, plan, direction, resume)
        })
    }

    /// Declares the database to be at these revisions; nothing of them is run.
    ///
    /// With `purge` the version table is emptied first, also of rows that this chain doesn't know.
    /// The log gets a row for every revision that is thereby called applied, or no longer so.
    ///
    /// # Errors
    ///
    /// When a revision can't be found, or the version table holds a row that the chain doesn't know.
    pub fn stamp(
        &mut self,
        database: &mut dyn Database,
        targets: &[String],
        purge: bool,
    ) -> Result<Status, Error> {
        self.in_session(database, |migrator, session| {
            let options = migrator.options.clone();
            session.lock(&options, &mut |text| migrator.tell(&Event::Notice { text }))?;
            migrator.stamp_in(session, targets, purge)
        })
    }
}

/// The schema that the chain describes once these revisions are applied.
///
/// # Errors
///
/// When a migration does not fit the ones before it.
pub fn schema(
    chain: &Chain,
    dialect: migrate_model::Dialect,
    applied: &BTreeSet<RevisionId>,
) -> Result<Catalog, Error> {
    replay(chain, dialect, applied)
}

/// The names of the [schema] of the whole chain that nobody vouches for, with the revision whose SQL made it so.
///
/// # Errors
///
/// When a migration does not fit the ones before it.
pub fn doubts(
    chain: &Chain,
    dialect: migrate_model::Dialect,
) -> Result<std::collections::BTreeMap<TableName, &'static Revision>, Error> {
    doubted(chain, dialect)
}
