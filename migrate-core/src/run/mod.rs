//! Running migrations: from where a database is to where it should be.
//!
//! ```text
//! state      what the version table and the log say is applied
//! prepare    record, simulate and render the whole plan: nothing runs before all of it fits
//! steps      one migration, one transaction, with its version and log rows
//! tamper     what was done to the history meanwhile; repair vouches for it
//! script     the same steps as text, for the database's own client
//! apart      ops without a chain: as statements, and tried out
//! ```
//!
//! One connection does everything. What keeps two runners apart is the version table itself: a step
//! moves its rows by compare-and-set, in the transaction of the migration. (A lock that lets the second
//! runner wait for its turn comes before the state is read, and goes behind the last step.)

mod apart;
mod error;
mod event;
mod fault;
mod fresh_values;
mod log;
mod losses;
mod prepare;
mod repair;
mod script;
mod session;
mod shape;
mod state;
mod steps;
mod tamper;
mod version_table;

use std::{collections::BTreeSet, time::Duration};

pub use apart::{Fault, Why, rehearse, statements};
pub use error::{CodeStep, Error};
pub use event::{Event, Observer};
pub(crate) use fresh_values::FreshValues;
pub use log::LogEntry;
use migrate_model::{
    catalog::{Catalog, TableName},
    revision::{self, Direction, RevisionId, RevisionSpec},
};
use prepare::Medium;
pub(crate) use prepare::{Prepared, doubted, record, replay, way_down};
pub use repair::{Repair, Repaired};
pub use script::{Script, ScriptOf, Whole, WholeError, whole};
pub(crate) use session::SQL_MODE;
pub use state::Status;
pub use tamper::{Applied, unknown_files};

use self::session::Session;
use crate::{Chain, Revision, backend::Database};

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
        }
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
    /// Rows and values that are in the database now and would be gone, in words.
    pub losses: Vec<String>,
}

impl<'a> Migrator<'a> {
    /// Runs the migrations of this chain.
    pub fn new(chain: &'a Chain) -> Migrator<'a> {
        Migrator { chain, options: Options::default(), observer: None }
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
            Ok(state::read(session, &migrator.options)?.status(graph, &migrator.options))
        })
    }

    /// Does something on a connection whose dialect and settings are known.
    fn in_session<T>(
        &mut self,
        database: &mut dyn Database,
        body: impl FnOnce(&mut Self, &mut Session<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut session = Session::begin(database)?;
        let result = body(self, &mut session);
        if let Some(text) = session.end() {
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
        self.run(database, Direction::Up, target)
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
        self.run(database, Direction::Down, target)
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
        let planned = prepared.steps.iter().zip(losses).map(|(step, losses)| Planned {
            revision: step.revision,
            direction: step.direction,
            ops: step.ops.iter().map(|prepared| prepared.op.describe()).collect(),
            statements: step.statements(),
            losses,
        });
        Ok(planned.collect())
    }

    fn prepare(
        &mut self,
        database: &mut dyn Database,
        direction: Direction,
        target: &str,
    ) -> Result<ReadyPlan, Error> {
        let graph = self.chain.graph()?;
        let target: RevisionSpec = target.parse()?;
        let state = state::read(database, &self.options)?;
        let applied = state.applied(graph, &self.options)?;
        let steps = match direction {
            Direction::Up => {
                let skipped = graph.skipped(&applied);
                if !skipped.is_empty() && !self.options.include_skipped {
                    return Err(Error::Skipped { revisions: skipped.into_iter().collect() });
                }
                revision::upgrade(graph, &applied, &target)?
            }
            Direction::Down => revision::downgrade(graph, &applied, &target)?,
        };
        if direction == Direction::Up
            && !steps.is_empty()
            && !state.has_version_table
            && !self.options.allow_non_empty
        {
            let (tables, table) = (state.tables.clone(), self.options.version_table.to_string());
            if !tables.is_empty() {
                return Err(Error::NonEmpty { tables, table });
            }
        }
        let mut checksums = prepare::Checksums::new();
        let prepared = prepare::plan(
            self.chain,
            database.dialect(),
            &applied,
            &steps,
            &self.options,
            Medium::Connection,
            &mut checksums,
        );
        // Before what doesn't fit: it may not fit because of that.
        let missing = tamper::missing(&state, graph, &self.options);
        for found in [missing, tamper::edited(&state, &checksums)].into_iter().flatten() {
            if !steps.is_empty() {
                return Err(found);
            }
            let hint = found.hint().map(|hint| format!("; {hint}")).unwrap_or_default();
            self.tell(&Event::Notice { text: format!("{found}{hint}") });
        }
        let steps = prepared?;
        Ok(ReadyPlan { steps, state, applied })
    }

    fn run(
        &mut self,
        database: &mut dyn Database,
        direction: Direction,
        target: &str,
    ) -> Result<Report, Error> {
        self.in_session(database, |migrator, session| {
            let mut plan = migrator.prepare(session, direction, target)?;
            if !plan.steps.is_empty() && session.lock(&migrator.options)? {
                // Another runner may have been at it meanwhile.
                plan = migrator.prepare(session, direction, target)?;
            }
            migrator.run_plan(session, plan)
        })
    }

    fn run_plan(&mut self, database: &mut dyn Database, plan: ReadyPlan) -> Result<Report, Error> {
        self.tell(&Event::Planned { steps: plan.steps.len() });
        if plan.steps.is_empty() {
            return Ok(Report::default());
        }
        plan.state.check_format(&self.options)?;
        self.options = state::pinned(database, &self.options)?;
        version_table::create(database, &self.options, &plan.state)?;
        let run = log::run_id();
        log::external(database, &self.options, &run, &plan.state, &plan.applied)?;
        steps::run(self, database, &run, plan.steps)
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
            session.lock(&migrator.options)?;
            migrator.stamp_in(session, targets, purge)
        })
    }

    fn stamp_in(
        &mut self,
        database: &mut dyn Database,
        targets: &[String],
        purge: bool,
    ) -> Result<Status, Error> {
        let graph = self.chain.graph()?;
        let targets = targets
            .iter()
            .map(|target| target.parse())
            .collect::<Result<Vec<RevisionSpec>, _>>()?;
        let state = state::read(database, &self.options)?;
        let before: BTreeSet<RevisionId> =
            if purge { BTreeSet::new() } else { state.by_rows(graph, &self.options)? };
        let after = revision::stamp(graph, &before, &targets)?.after;
        state.check_format(&self.options)?;
        self.options = state::pinned(database, &self.options)?;
        version_table::create(database, &self.options, &state)?;
        steps::stamp(database, &self.options, self.chain, &state, &after)?;
        self.status(database)
    }
}

/// A plan that fits the database, and what it was made from.
struct ReadyPlan {
    steps: Vec<Prepared>,
    state: state::State,
    applied: BTreeSet<RevisionId>,
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
