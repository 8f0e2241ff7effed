//! What a run is to do: made when nobody waits yet, made anew where others did some of it meanwhile, and done.
//!
//! Nothing is ever put into a plan that was not in it when it was made, whatever a target such as `-1` means by then.

use std::collections::BTreeSet;

use migrate_model::revision::{self, Direction, Graph, RevisionId, RevisionSpec, Step};

use super::{
    Error, Event, Migrator, Prepared, Report, Resume, Unfinished, fault, journal, log,
    prepare::{self, Medium},
    rights,
    session::Session,
    state,
    steps::Runner,
    tamper, version_table,
};
use crate::backend::{Database, Statement};

/// A plan that fits the database, and what it was made from.
pub(super) struct ReadyPlan {
    pub(super) steps: Vec<Prepared>,
    pub(super) state: state::State,
    pub(super) applied: BTreeSet<RevisionId>,
}

impl Migrator<'_> {
    pub(super) fn prepare(
        &mut self,
        database: &mut dyn Database,
        direction: Direction,
        target: &str,
    ) -> Result<ReadyPlan, Error> {
        let target: RevisionSpec = target.parse()?;
        self.prepare_with(database, direction, |graph, applied| {
            Ok(match direction {
                Direction::Up => revision::upgrade(graph, applied, &target)?,
                Direction::Down => revision::downgrade(graph, applied, &target)?,
            })
        })
    }

    pub(super) fn prepare_with(
        &mut self,
        database: &mut dyn Database,
        direction: Direction,
        steps: impl FnOnce(&Graph, &BTreeSet<RevisionId>) -> Result<Vec<Step>, Error>,
    ) -> Result<ReadyPlan, Error> {
        let graph = self.chain.graph()?;
        let mut state = state::read_briefly(database, &self.options)?;
        let mut applied = state.applied(graph, &self.options);
        if applied.is_err() {
            // Its words have all of the log.
            state = state::read(database, &self.options)?;
            applied = state.applied(graph, &self.options);
        }
        let applied = applied?;
        if direction == Direction::Up {
            let skipped = graph.skipped(&applied);
            if !skipped.is_empty() && !self.options.include_skipped {
                return Err(Error::Skipped { revisions: skipped.into_iter().collect() });
            }
        }
        let steps = steps(graph, &applied)?;
        if direction == Direction::Up
            && !steps.is_empty()
            && !state.has_version_table
            && state.has_foreign_tables()
            && !self.options.allow_non_empty
        {
            let (tables, table) = (state.tables.clone(), self.options.version_table.to_string());
            return Err(Error::NonEmpty { tables, table });
        }
        let unfinished = journal::unfinished(&state.journal);
        let is_resumed = unfinished.is_some();
        let mut options = self.options.clone();
        let steps = match unfinished {
            Some(unfinished) => {
                options.single_transaction = false;
                finishing(graph, &applied, unfinished, steps, direction)?
            }
            None => steps,
        };
        if steps.is_empty() {
            self.tell_of_tampering(database, &state, &applied)?;
            return Ok(ReadyPlan { steps: Vec::new(), state, applied });
        }
        let mut checksums = prepare::Checksums::new();
        let mut prepared = Vec::with_capacity(steps.len());
        let planned = prepare::plan(
            self.chain,
            database.dialect(),
            &applied,
            &steps,
            &options,
            Medium::Connection,
            &mut checksums,
            &mut |step| prepared.push(step),
        );
        // Before what doesn't fit: it may not fit because of that.
        if let Some(found) = self.tampering(database, &state, &checksums)?.into_iter().next() {
            return Err(found);
        }
        planned?;
        let mut steps = prepared;
        check_code(database, &steps)?;
        if let Some(first) = steps.first_mut().filter(|_| is_resumed) {
            // Its statements lasted one by one when it was begun.
            first.transaction = false;
        }
        Ok(ReadyPlan { steps, state, applied })
    }

    /// Where nothing is to be run, a history that was changed stands in nobody's way: it is said, if anybody hears it. To find
    /// it out is most of the work of such a run.
    fn tell_of_tampering(
        &mut self,
        database: &mut dyn Database,
        state: &state::State,
        applied: &BTreeSet<RevisionId>,
    ) -> Result<(), Error> {
        if self.observer.is_none() {
            return Ok(());
        }
        let checksums = prepare::checksums(self.chain, database.dialect(), applied)?;
        for found in self.tampering(database, state, &checksums)? {
            let hint = found.hint().map(|hint| format!("; {hint}")).unwrap_or_default();
            self.tell(&Event::Notice { text: format!("{found}{hint}") });
        }
        Ok(())
    }

    /// What was done to the history. Who did what is asked only where there is something to tell.
    fn tampering(
        &self,
        database: &mut dyn Database,
        state: &state::State,
        checksums: &prepare::Checksums,
    ) -> Result<Vec<Error>, Error> {
        let graph = self.chain.graph()?;
        let found = |state: &state::State| {
            let missing = tamper::missing(state, graph, &self.options);
            [missing, tamper::edited(state, checksums)].into_iter().flatten().collect::<Vec<_>>()
        };
        let now = state::read_checked(database, &self.options)?;
        // What others have done since then, a run finds out once it has the lock, and plans anew.
        if !now.is_as(state) {
            return Ok(Vec::new());
        }
        match found(&now) {
            none if none.is_empty() => Ok(none),
            _ => Ok(found(&state::read(database, &self.options)?)),
        }
    }

    pub(super) fn run(
        &mut self,
        database: &mut dyn Database,
        direction: Direction,
        target: &str,
        resume: Resume,
    ) -> Result<Report, Error> {
        self.in_session(database, |migrator, session| {
            let plan = migrator.prepared_in_turn(session, |migrator, session| {
                migrator.prepare(session, direction, target)
            })?;
            migrator.run_plan(session, plan, direction, resume)
        })
    }

    /// Prepares a run. What is half done may be what another runner is at just now: then it is for that one to finish it.
    pub(super) fn prepared_in_turn(
        &mut self,
        session: &mut Session<'_>,
        prepare: impl Fn(&mut Self, &mut Session<'_>) -> Result<ReadyPlan, Error>,
    ) -> Result<ReadyPlan, Error> {
        match prepare(self, session) {
            Err(Error::Unfinished { .. }) => {
                let options = self.options.clone();
                session.lock(&options, &mut |text| self.tell(&Event::Notice { text }))?;
                prepare(self, session)
            }
            plan => plan,
        }
    }

    /// Runs what is planned; where others have run some of it meanwhile, what is left of it.
    pub(super) fn run_plan(
        &mut self,
        session: &mut Session<'_>,
        mut plan: ReadyPlan,
        direction: Direction,
        resume: Resume,
    ) -> Result<Report, Error> {
        let mut report = Report::default();
        let goal: BTreeSet<RevisionId> =
            plan.steps.iter().map(|step| RevisionId::from(step.revision.id)).collect();
        self.tell(&Event::Planned { steps: plan.steps.len() });
        if plan.steps.is_empty() {
            return Ok(report);
        }
        let options = self.options.clone();
        session.lock(&options, &mut |text| self.tell(&Event::Notice { text }))?;
        if let Some(id) = session.backend() {
            self.tell(&Event::Connected { id: &id });
        }
        let mut overtaken: Option<Error> = None;
        for turn in 0.. {
            // Another runner may have been at it meanwhile.
            let is_as_planned = state::read_briefly(session, &options)?.is_as(&plan.state);
            if !is_as_planned {
                plan = self.prepare_with(session, direction, |graph, applied| {
                    left(graph, applied, &goal, direction)
                })?;
            }
            // Nobody was, so it is the migration itself that changes the version rows.
            if let Some(error) = overtaken.take()
                && (is_as_planned || turn > TURNS)
            {
                return Err(error);
            }
            if plan.steps.is_empty() {
                return Ok(report);
            }
            match self.run_once(session, &plan, resume, &mut report) {
                Err(error @ Error::Overtaken { .. }) => overtaken = Some(error),
                result => return result.map(|()| report),
            }
        }
        Ok(report)
    }

    fn run_once(
        &mut self,
        session: &mut Session<'_>,
        plan: &ReadyPlan,
        resume: Resume,
        report: &mut Report,
    ) -> Result<(), Error> {
        plan.state.check_format(&self.options)?;
        let doing = |source| Error::Database {
            doing: "write to the tables of the migrations".to_owned(),
            source,
        };
        rights::check(session, &plan.steps, &self.options, &plan.state)?;
        self.options = state::pinned(session, &self.options)?;
        version_table::create(session, &self.options, &plan.state)?;
        fault::point(session, format_args!("tables.created")).map_err(doing)?;
        let run = log::run_id();
        log::external(session, &self.options, &run, &plan.state, &plan.applied)?;
        let applied = &plan.applied;
        let has_harness = None;
        Runner { migrator: self, run: &run, applied, resume, has_harness, report }
            .all(session, &plan.steps)
    }
}

/// An error where a migration has code for this database, but not for the kind of connection to it that this is.
fn check_code(database: &dyn Database, steps: &[Prepared]) -> Result<(), Error> {
    for step in steps {
        for op in &step.ops {
            for statement in &op.statements {
                if let Statement::Code(code) = statement
                    && !database.can_run(code)
                {
                    return Err(Error::OtherConnection {
                        revision: *step.revision,
                        direction: step.direction,
                        op: op.op.describe(),
                        place: op.place,
                        connection: crate::code::name_of(database.kind()),
                    });
                }
            }
        }
    }
    Ok(())
}

/// What is left of a plan.
pub(super) fn left(
    graph: &Graph,
    applied: &BTreeSet<RevisionId>,
    goal: &BTreeSet<RevisionId>,
    direction: Direction,
) -> Result<Vec<Step>, Error> {
    revision::remaining(graph, applied, goal, direction)?
        .ok_or_else(|| Error::Covered { revisions: goal.intersection(applied).cloned().collect() })
}

/// The step that is half done first, whatever the target; what else was to be run comes behind it.
fn finishing(
    graph: &Graph,
    applied: &BTreeSet<RevisionId>,
    unfinished: Unfinished,
    steps: Vec<Step>,
    direction: Direction,
) -> Result<Vec<Step>, Error> {
    let id = RevisionId::from(unfinished.revision.as_str());
    if unfinished.direction != direction || graph.get(&id).is_none() {
        return Err(Error::Unfinished { unfinished });
    }
    let only = BTreeSet::from([id.clone()]);
    let first = revision::remaining(graph, applied, &only, direction)?.unwrap_or_default();
    if first.len() != 1 {
        return Err(Error::Unfinished { unfinished });
    }
    let mut then = applied.clone();
    match direction {
        Direction::Up => then.insert(id.clone()),
        Direction::Down => then.remove(&id),
    };
    let rest = steps.into_iter().map(|step| step.revision).filter(|it| *it != id).collect();
    let rest = revision::remaining(graph, &then, &rest, direction)?.unwrap_or_default();
    Ok(first.into_iter().chain(rest).collect())
}

/// How often a run makes its plan anew when others were faster.
const TURNS: usize = 1000;
