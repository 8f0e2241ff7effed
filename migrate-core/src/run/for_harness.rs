//! One migration for Diesel's harness, which has its own idea of what is applied, and its own transaction around it.

use std::{collections::BTreeSet, time::Duration};

use migrate_model::{
    Dialect,
    catalog::TableName,
    revision::{Direction, Graph, RevisionId, Step},
};

use super::{Error, Event, Migrator, Resume, plan, state, version_table::literal};
use crate::{
    Revision,
    backend::{Database, DatabaseError, database::handed_on},
    harness::{self, TABLE},
};

impl Migrator<'_> {
    /// Brings one revision, and no other, to where the harness wants it. Where it is there already, nothing is run, and the row is
    /// made way for that the harness writes next.
    pub(crate) fn run_for_harness(
        &mut self,
        database: &mut dyn Database,
        direction: Direction,
        revision: &'static Revision,
        version: &str,
    ) -> Result<(), Error> {
        if database.is_in_transaction() {
            // There the first statement of the harness itself, which makes its table, has ended it.
            if database.dialect().family() == Dialect::Mysql {
                return Err(Error::InsideTransaction { revision: *revision });
            }
            let mut nested = Nested { database, is_open: false, settings: None };
            return self.one(&mut nested, direction, revision, version, true);
        }
        self.one(database, direction, revision, version, false)
    }

    fn one(
        &mut self,
        database: &mut dyn Database,
        direction: Direction,
        revision: &'static Revision,
        version: &str,
        is_nested: bool,
    ) -> Result<(), Error> {
        let id = RevisionId::from(revision.id);
        let was_there = self.status(database)?.applied.contains(&id);
        let ran = self.in_session(database, |migrator, session| {
            let options = migrator.options.clone();
            // Before the state is read: there may be no snapshot to read it in.
            session.lock(&options, &mut |text| migrator.tell(&Event::Notice { text }))?;
            let plan = migrator.prepare_with(session, direction, |graph, applied| {
                only(graph, applied, &id, direction)
            })?;
            let lasting = plan.steps.iter().find(|step| !step.transaction);
            if is_nested && let Some(step) = lasting {
                return Err(Error::InsideTransaction { revision: *step.revision });
            }
            migrator.run_plan(session, plan, direction, Resume::Look)
        })?;
        let was_run = ran.steps.iter().any(|ran| ran.revision.id == revision.id);
        if direction == Direction::Up && !was_run {
            let doing = |source| Error::Database { doing: format!("read `{TABLE}`"), source };
            make_way(database, version, !was_there).map_err(doing)?;
        }
        Ok(())
    }
}

/// The one step, if it is left to do, and if nothing stands in its way.
fn only(
    graph: &Graph,
    applied: &BTreeSet<RevisionId>,
    id: &RevisionId,
    direction: Direction,
) -> Result<Vec<Step>, Error> {
    let goal = BTreeSet::from([id.clone()]);
    if direction == Direction::Up && !applied.contains(id) {
        let before = graph.ancestors(&goal);
        let missing: Vec<RevisionId> =
            before.difference(applied).filter(|one| *one != id).cloned().collect();
        if !missing.is_empty() {
            return Err(Error::OutOfOrder { revision: id.clone(), missing });
        }
    }
    plan::left(graph, applied, &goal, direction)
}

/// How often the row of another harness is looked for that has just run the same migration.
const LOOKS: usize = 50;

/// Deletes the row that another harness has written for a migration that is applied: this one is about to write it again, and
/// has no way of finding it there.
fn make_way(
    database: &mut dyn Database,
    version: &str,
    is_just_run: bool,
) -> Result<(), DatabaseError> {
    if !state::exists(database, &TableName::from(TABLE))? {
        return Ok(());
    }
    for _ in 0..LOOKS {
        if delete(database, version)? > 0 || !is_just_run {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

fn delete(database: &mut dyn Database, version: &str) -> Result<usize, DatabaseError> {
    let version = literal(database.dialect(), version);
    database.affected(&format!("DELETE FROM {TABLE} WHERE version = {version}"))
}

/// Takes what the harness says of revisions that are not applied from its table, where there is one: it would believe that they
/// need not be run. Whether there is one.
pub(super) fn forget<'r>(
    database: &mut dyn Database,
    revisions: impl IntoIterator<Item = &'r Revision>,
) -> Result<bool, DatabaseError> {
    let has_table = state::exists(database, &TableName::from(TABLE))?;
    if has_table {
        let mut versions = revisions.into_iter().filter_map(harness::version);
        versions.try_for_each(|version| delete(database, &version).map(drop))?;
    }
    Ok(has_table)
}

/// A connection inside of a transaction that is somebody else's: what a run would do in one of its own, it does in a savepoint.
struct Nested<'d> {
    database: &'d mut dyn Database,
    /// Whether the savepoint is there.
    is_open: bool,
    /// What the settings of the transaction were, as statements that put them back.
    settings: Option<String>,
}

const POINT: &str = "__migrate_step";

impl Nested<'_> {
    /// What a run sets for its transaction would last as long as the one around it.
    fn remember(&mut self) -> Result<(), DatabaseError> {
        const NAMES: [&str; 4] = [
            "lock_timeout",
            "statement_timeout",
            "idle_in_transaction_session_timeout",
            "row_security",
        ];
        if self.database.dialect() == Dialect::Postgres && self.settings.is_none() {
            let columns = NAMES.map(|name| format!("current_setting('{name}')")).join(", ");
            let row = self.database.query(&format!("SELECT {columns}"))?.into_iter().next();
            let values = row.unwrap_or_default().into_iter().map(Option::unwrap_or_default);
            let sql = NAMES.iter().zip(values).map(|(name, value)| {
                let value = literal(Dialect::Postgres, &value);
                format!("SET LOCAL {name} = {value}")
            });
            self.settings = Some(sql.collect::<Vec<_>>().join("; "));
        }
        Ok(())
    }

    fn savepoint(&mut self) -> Result<(), DatabaseError> {
        self.remember()?;
        self.database.batch(&format!("SAVEPOINT {POINT}"))?;
        self.is_open = true;
        Ok(())
    }
}

impl Database for Nested<'_> {
    handed_on!(|this| this.database);

    fn begin(&mut self) -> Result<(), DatabaseError> {
        self.savepoint()
    }

    fn begin_reading(&mut self) -> Result<(), DatabaseError> {
        self.savepoint()
    }

    fn commit(&mut self) -> Result<(), DatabaseError> {
        self.database.batch(&format!("RELEASE SAVEPOINT {POINT}"))?;
        self.is_open = false;
        match &self.settings {
            Some(settings) => self.database.batch(settings),
            None => Ok(()),
        }
    }

    /// Also where none is begun: a run makes sure.
    fn rollback(&mut self) -> Result<(), DatabaseError> {
        if std::mem::take(&mut self.is_open) {
            self.database.batch(&format!("ROLLBACK TO SAVEPOINT {POINT}"))?;
            self.database.batch(&format!("RELEASE SAVEPOINT {POINT}"))?;
        }
        Ok(())
    }

    fn stop(&self) -> Option<std::sync::Arc<std::sync::atomic::AtomicBool>> {
        self.database.stop()
    }

    fn is_in_transaction(&mut self) -> bool {
        true
    }
}
