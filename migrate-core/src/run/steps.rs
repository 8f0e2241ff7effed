//! Running prepared steps: statements, version rows and log rows, all or nothing where the database can.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant, SystemTime},
};

use migrate_model::{
    revision::{self, Direction, RevisionId},
    sql::without_values,
};

use super::{
    Error, Event, Migrator, Prepared, Ran, Report, Timeouts, blockers,
    error::{Kept, StatementError},
    fault, for_harness,
    guards::{ForeignKeys, SearchPath, inside},
    journal,
    log::{self, NewEntry},
    pause,
    prepare::PreparedOp,
    session::{self, Session},
    timeouts::BUDGET,
    version_table::{self, Unmoved},
};
use crate::{
    Revision,
    backend::{Database, DatabaseError, ErrorKind, Statement},
};

/// Why a step stopped, before it is known what is left of it.
pub(super) enum Stop {
    Statement(Box<StatementError>),
    /// The migration's code ended the transaction that it ran in.
    Escaped(Box<StatementError>),
    /// Someone else had been there before it began.
    Late(String),
    /// Someone else came meanwhile.
    Overtaken(String),
    Database(DatabaseError),
    Commit(DatabaseError),
    /// Somebody wanted it to.
    Interrupted,
    /// It is for people to decide how it goes on.
    Told(Box<Error>),
}

impl From<DatabaseError> for Stop {
    fn from(error: DatabaseError) -> Stop {
        Stop::Database(error)
    }
}

impl From<Unmoved> for Stop {
    fn from(unmoved: Unmoved) -> Stop {
        match unmoved {
            Unmoved::Overtaken(what) => Stop::Overtaken(what),
            Unmoved::Database(error) => Stop::Database(error),
        }
    }
}

impl Stop {
    /// What is found before anything of a step has been done.
    pub(super) fn before(unmoved: Unmoved) -> Stop {
        match unmoved {
            Unmoved::Overtaken(what) => Stop::Late(what),
            Unmoved::Database(error) => Stop::Database(error),
        }
    }

    fn error(&self) -> Option<&DatabaseError> {
        match self {
            Stop::Statement(error) | Stop::Escaped(error) => Some(&error.source),
            Stop::Database(error) | Stop::Commit(error) => Some(error),
            Stop::Late(_) | Stop::Overtaken(_) | Stop::Interrupted | Stop::Told(_) => None,
        }
    }

    /// What the database said.
    pub(super) fn message(&self) -> &str {
        self.error().map_or("", |error| error.message.trim_end())
    }

    /// Whether the same may well work in a moment.
    pub(super) fn is_passing(&self) -> bool {
        let kind = self.error().map(|error| error.kind);
        matches!(kind, Some(ErrorKind::Locked | ErrorKind::Conflict))
            && !matches!(self, Stop::Escaped(_))
    }
}

/// What to do with a statement of which only the beginning is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resume {
    /// Let the schema decide; where it can't, stop.
    Look,
    /// It took effect.
    MarkDone,
    /// It did not: run it.
    RunAgain,
}

pub(super) struct Runner<'r, 'a> {
    pub(super) migrator: &'r mut Migrator<'a>,
    pub(super) run: &'r str,
    /// What is applied before the first step.
    pub(super) applied: &'r BTreeSet<RevisionId>,
    pub(super) resume: Resume,
    /// Whether Diesel's harness has its table here, where that is known and can't change.
    pub(super) has_harness: Option<bool>,
    pub(super) report: &'r mut Report,
}

/// When a step began.
#[derive(Clone, Copy)]
pub(super) struct Began {
    at: SystemTime,
    clock: Instant,
}

impl Began {
    fn now() -> Began {
        Began { at: SystemTime::now(), clock: Instant::now() }
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.clock.elapsed()
    }
}

impl Runner<'_, '_> {
    pub(super) fn all(
        &mut self,
        session: &mut Session<'_>,
        steps: &[Prepared],
    ) -> Result<(), Error> {
        let lasting = steps.iter().find(|step| !step.transaction);
        if session.is_pooled
            && let Some(step) = lasting
        {
            return Err(Error::Pooled { revision: *step.revision });
        }
        if self.migrator.options.single_transaction && steps.iter().all(|step| step.transaction) {
            return self.all_at_once(session, steps);
        }
        steps.iter().try_for_each(|step| self.step(session, step))
    }

    fn step(&mut self, session: &mut Session<'_>, step: &Prepared) -> Result<(), Error> {
        let number = self.report.steps.len() + 1;
        let (revision, direction) = (step.revision, step.direction);
        if session.is_to_stop() {
            return Err(Error::Interrupted { step: None });
        }
        self.migrator.tell(&Event::Started { revision, direction, number });
        let began = Began::now();
        let mut done = 0;
        let path = SearchPath::before(session, step);
        let begun = fault::point(session, format_args!("step.{number}.begin"))
            .and_then(|()| session::settle(session));
        let result = if let Err(error) = begun {
            Err(error.into())
        } else if step.transaction {
            let timeouts = self.timeouts(&[step]);
            self.patiently(session, timeouts, step, |runner, session, attempt| {
                runner.in_transaction(session, step, (number, attempt), began)
            })
        } else {
            self.outside(session, step, number, began, &mut done)
        };
        self.restored(path.restore(session));
        if let Err(stop) = result {
            let kept = match step.transaction {
                true => Kept::Nothing,
                false => Kept::Statements { done, of: step.statements() },
            };
            return Err(self.failed(session, step, began, stop, kept));
        }
        self.finished(step, number, began.clock.elapsed());
        Ok(())
    }

    /// The patience that steps may have: what was said for the run, for the migrations, for the project.
    pub(super) fn timeouts(&self, steps: &[&Prepared]) -> Timeouts {
        let own = steps.iter().fold(Timeouts::default(), |all, step| Timeouts {
            lock: all.lock.max(step.revision.lock_timeout),
            statement: all.statement.max(step.revision.statement_timeout),
            tries: None,
        });
        self.migrator.options.timeouts.or(own).or(self.migrator.options.project_timeouts)
    }

    /// Tries until it works, or fails for another reason than a lock, or for too long.
    pub(super) fn patiently(
        &mut self,
        session: &mut Session<'_>,
        timeouts: Timeouts,
        step: &Prepared,
        mut attempt: impl FnMut(&mut Self, &mut Session<'_>, u32) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let began = Instant::now();
        let tries = timeouts.all_tries();
        for number in 1.. {
            let stop = match attempt(self, session, number) {
                Ok(()) => return Ok(()),
                Err(stop) => stop,
            };
            let _ = session.rollback();
            if session.is_to_stop() {
                return Err(match stop.error().map(|error| error.kind) {
                    Some(ErrorKind::Cancelled | ErrorKind::Locked) => Stop::Interrupted,
                    Some(_) | None => stop,
                });
            }
            if !stop.is_passing() {
                return Err(stop);
            }
            let blockers = blockers::of(session, step);
            if number >= tries || began.elapsed() >= BUDGET {
                return Err(blockers::explained(stop, number, &blockers));
            }
            let most = Duration::from_secs(1) * 2_u32.saturating_pow(number - 1);
            let wait = pause::any_up_to(most.min(Duration::from_secs(30)));
            let text = blockers::retrying(&stop, number, tries, &blockers);
            self.migrator.tell(&Event::Notice { text });
            let is_to_stop = || session.is_to_stop();
            if pause::sleep(wait, &is_to_stop) {
                return Err(Stop::Interrupted);
            }
        }
        Ok(())
    }

    fn finished(&mut self, step: &Prepared, number: usize, elapsed: Duration) {
        let (revision, direction) = (step.revision, step.direction);
        self.migrator.tell(&Event::Finished { revision, direction, number, elapsed });
        self.report.steps.push(Ran { revision, direction, elapsed });
    }

    /// A setting that can't be put back undoes no step, and is said all the same.
    pub(super) fn restored(&mut self, result: Result<(), DatabaseError>) {
        if let Err(error) = result {
            let text = format!("a setting of the connection could not be put back: {error}");
            self.migrator.tell(&Event::Notice { text });
        }
    }

    /// A migration, its version rows and its log row, all of them or none.
    fn in_transaction(
        &mut self,
        session: &mut Session<'_>,
        step: &Prepared,
        (number, attempt): (usize, u32),
        began: Began,
    ) -> Result<(), Stop> {
        let guard = ForeignKeys::off(session, step.needs_foreign_keys_off())?;
        let result = (|| {
            self.begin(session, &[step], attempt)?;
            let faults = guard.faults(session)?;
            self.statements(session, step, number)?;
            self.move_rows(session, &[(step, began, began.elapsed())])?;
            guard.no_worse(session, &faults)?;
            fault::point(session, format_args!("step.{number}.before_commit"))?;
            self.commit(session, step, number)
        })();
        if result.is_err() {
            let _ = session.rollback();
        }
        self.restored(guard.restore(session));
        result
    }

    /// Begins the transaction of these steps. First of all: whoever else is at the same step waits here, and then finds the
    /// rows moved. They are moved last, so that no statement of a migration can have an applied revision left behind.
    fn begin(
        &mut self,
        session: &mut Session<'_>,
        steps: &[&Prepared],
        attempt: u32,
    ) -> Result<(), Stop> {
        let Some(first) = steps.first() else { return Ok(()) };
        let timeouts = self.timeouts(steps);
        let has_code = steps.iter().any(|step| step.has_code());
        let options = &self.migrator.options;
        session.begin_step(options, &first.rows, &timeouts, attempt, has_code).map_err(Stop::before)
    }

    /// Makes it last. Where the answer doesn't say so, the log does: it is asked, over a new connection where this
    /// one is gone.
    pub(super) fn commit(
        &mut self,
        session: &mut Session<'_>,
        step: &Prepared,
        number: usize,
    ) -> Result<(), Stop> {
        let committed = session
            .commit()
            .and_then(|()| fault::point(session, format_args!("step.{number}.committed")));
        let Err(error) = committed else { return Ok(()) };
        let _ = session.rollback();
        if error.kind == ErrorKind::Lost {
            match session.reconnect(&self.migrator.options) {
                Ok(true) => {}
                Ok(false) | Err(_) => return Err(Stop::Commit(error)),
            }
        }
        let options = &self.migrator.options;
        let direction = journal::word(step.direction);
        match log::holds(session, options, self.run, step.revision.id, direction) {
            Ok(true) => {
                let text = format!(
                    "the database's answer to the commit of {} was lost; it is there",
                    step.revision.id
                );
                self.migrator.tell(&Event::Notice { text });
                Ok(())
            }
            Ok(false) => Err(Stop::Database(error)),
            Err(_) => Err(Stop::Commit(error)),
        }
    }

    fn statements(
        &mut self,
        session: &mut Session<'_>,
        step: &Prepared,
        number: usize,
    ) -> Result<(), Stop> {
        if step.can_change_settings() {
            session.doubt_lock();
        }
        let mut at = 0;
        for op in &step.ops {
            for statement in &op.statements {
                at += 1;
                if session.is_to_stop() {
                    return Err(Stop::Interrupted);
                }
                self.migrator.tell(&Event::Statement { sql: statement.text() });
                match statement {
                    Statement::Sql(sql) => session.batch(sql),
                    Statement::Code(code) => match inside(session, code) {
                        Ok(result) => result,
                        Err(source) => {
                            return Err(Stop::Escaped(failure(op, statement, source)));
                        }
                    },
                    Statement::Rebuild(rebuild) => rebuild.run(session),
                }
                .and_then(|()| fault::point(session, format_args!("op.{number}.{at}.sent")))
                .map_err(|source| Stop::Statement(failure(op, statement, source)))?;
            }
        }
        Ok(())
    }

    /// The version rows and the log rows of steps that are done, each with when it began and how long it took.
    pub(super) fn move_rows(
        &mut self,
        session: &mut Session<'_>,
        done: &[(&Prepared, Began, Duration)],
    ) -> Result<(), Stop> {
        let Some((first, ..)) = done.first() else { return Ok(()) };
        let options = &self.migrator.options;
        let before: BTreeSet<RevisionId> =
            first.rows.iter().map(|row| RevisionId::from(row.as_str())).collect();
        let after = done.iter().fold(before.clone(), |rows, (step, ..)| step.heads.apply(&rows));
        let note = self.backup();
        let entries = done.iter().map(|(step, began, elapsed)| NewEntry {
            note: note.as_deref(),
            ..self.entry(step, "done", *began, *elapsed)
        });
        let log = log::insert_sql(session.dialect(), options, &entries.collect::<Vec<_>>())?;
        let heads = revision::delta(&before, &after);
        let is_held = done.iter().all(|(step, ..)| step.transaction && !step.can_change_settings());
        version_table::move_heads(session, options, &first.rows, &heads, log, is_held)?;
        let down = done.iter().filter(|(step, ..)| step.direction == Direction::Down);
        let down: Vec<&Revision> = down.map(|(step, ..)| step.revision).collect();
        self.forget(session, down)
    }

    /// Diesel's harness, if it is in use, must not believe that these are applied.
    fn forget(&mut self, session: &mut Session<'_>, down: Vec<&Revision>) -> Result<(), Stop> {
        if down.is_empty() || self.has_harness == Some(false) {
            return Ok(());
        }
        let has_harness = for_harness::forget(session, down)?;
        // It has no rows for these before it has run them, which it can't as long as this run keeps others away.
        self.has_harness = session.is_alone().then_some(has_harness);
        Ok(())
    }

    /// Every step in one transaction.
    fn all_at_once(&mut self, session: &mut Session<'_>, steps: &[Prepared]) -> Result<(), Error> {
        let began = Began::now();
        let Some(first) = steps.first() else { return Ok(()) };
        let all: Vec<&Prepared> = steps.iter().collect();
        let timeouts = self.timeouts(&all);
        let mut at = first;
        let mut times: Vec<Duration> = Vec::new();
        let result = self.patiently(session, timeouts, first, |runner, session, attempt| {
            times.clear();
            let guard =
                ForeignKeys::off(session, all.iter().any(|step| step.needs_foreign_keys_off()))?;
            let result = (|| {
                runner.begin(session, &all, attempt)?;
                let faults = guard.faults(session)?;
                let mut done = Vec::new();
                for (number, step) in steps.iter().enumerate() {
                    at = step;
                    let (revision, direction) = (step.revision, step.direction);
                    let number = number + 1;
                    runner.migrator.tell(&Event::Started { revision, direction, number });
                    let began = Began::now();
                    // SQL of somebody's own could end the transaction: what is done until then is written down before.
                    let can_end = step.can_change_settings();
                    if can_end {
                        runner.move_rows(session, &std::mem::take(&mut done))?;
                    }
                    let path = SearchPath::before(session, step);
                    session::settle(session)?;
                    runner.statements(session, step, number)?;
                    path.restore(session)?;
                    times.push(began.elapsed());
                    done.push((step, began, began.elapsed()));
                    if can_end {
                        runner.move_rows(session, &std::mem::take(&mut done))?;
                    }
                }
                runner.move_rows(session, &done)?;
                guard.no_worse(session, &faults)?;
                fault::point(session, format_args!("step.{}.before_commit", steps.len()))?;
                runner.commit(session, at, steps.len())
            })();
            if result.is_err() {
                let _ = session.rollback();
            }
            runner.restored(guard.restore(session));
            result
        });
        if let Err(stop) = result {
            return Err(self.failed(session, at, began, stop, Kept::NothingOfRun));
        }
        for (number, (step, elapsed)) in steps.iter().zip(times).enumerate() {
            self.finished(step, number + 1, elapsed);
        }
        Ok(())
    }

    pub(super) fn log(
        &self,
        database: &mut dyn Database,
        step: &Prepared,
        status: &str,
        began: Began,
        error: Option<&str>,
    ) -> Result<(), DatabaseError> {
        let elapsed = if status == "started" { Duration::ZERO } else { began.elapsed() };
        let entry = NewEntry { error, ..self.entry(step, status, began, elapsed) };
        log::write(database, &self.migrator.options, &entry)
    }

    fn entry<'e>(
        &'e self,
        step: &'e Prepared,
        status: &'e str,
        began: Began,
        elapsed: Duration,
    ) -> NewEntry<'e> {
        NewEntry {
            run: self.run,
            revision: step.revision.id,
            message: step.revision.message,
            direction: journal::word(step.direction),
            status,
            started: began.at,
            elapsed,
            checksum: Some(&step.checksum),
            error: None,
            note: None,
        }
    }

    /// What the log says of the backup that was made before the run.
    fn backup(&self) -> Option<String> {
        self.migrator.options.backup.as_ref().map(|path| format!("backup: {path}"))
    }

    /// The error of a step that stopped; the log gets a row, if it can still be written to.
    fn failed(
        &mut self,
        session: &mut Session<'_>,
        step: &Prepared,
        began: Began,
        stop: Stop,
        kept: Kept,
    ) -> Error {
        let (revision, direction) = (*step.revision, step.direction);
        let table = self.migrator.options.version_table.to_string();
        // Without values of rows, which have no business in a log.
        let words = match &stop {
            Stop::Late(what) => {
                return Error::Overtaken {
                    table,
                    revision: revision.id.to_owned(),
                    what: what.clone(),
                };
            }
            Stop::Overtaken(what) => what.clone(),
            Stop::Interrupted => "interrupted".to_owned(),
            Stop::Told(error) => error.to_string(),
            Stop::Statement(error) | Stop::Escaped(error) => {
                format!("{} ({}): {}", without_texts(&error.op), error.place, error.source.kept())
            }
            Stop::Database(error) | Stop::Commit(error) => error.kept(),
        };
        if stop.error().is_some_and(|error| error.kind == ErrorKind::Lost)
            && !matches!(stop, Stop::Commit(_))
        {
            // So that the log says it, and the lock is free again. It is said in any case that the step failed.
            let _ = session.reconnect(&self.migrator.options);
        }
        let logged = self.log(session, step, "failed", began, Some(&words));
        let told = self.migrator.options.redactor.clean(&words);
        self.migrator.tell(&Event::Failed { revision: &revision, direction, error: &told });
        if let Err(error) = &logged {
            let text = format!("the failure could not be written to the log: {error}");
            self.migrator.tell(&Event::Notice { text });
        }
        match stop {
            Stop::Told(error) => *error,
            Stop::Interrupted => {
                Error::Interrupted { step: Some(Box::new((revision, direction, kept))) }
            }
            Stop::Statement(source) => Error::Failed { revision, direction, kept, source },
            Stop::Escaped(source) => {
                Error::Failed { revision, direction, kept: Kept::Escaped, source }
            }
            Stop::Commit(source) if logged.is_err() => {
                Error::Stopped { revision, direction, kept: Kept::Unknown, source }
            }
            Stop::Database(source) | Stop::Commit(source) => {
                Error::Stopped { revision, direction, kept, source }
            }
            // Statements that last can't be taken back by finding out that somebody else was there.
            Stop::Overtaken(what) if matches!(kept, Kept::Statements { done: 1.., .. }) => {
                let source =
                    DatabaseError::because(format!("`{table}` was changed meanwhile: {what}"));
                Error::Stopped { revision, direction, kept, source }
            }
            Stop::Late(what) | Stop::Overtaken(what) => {
                Error::Overtaken { table, revision: revision.id.to_owned(), what }
            }
        }
    }
}

/// Keeps everybody else from the version rows, and finds out whether somebody was there before.
pub(super) fn hold(
    session: &mut Session<'_>,
    migrator: &Migrator<'_>,
    step: &Prepared,
) -> Result<(), Stop> {
    version_table::hold(session, &migrator.options, &step.rows).map_err(Stop::before)
}

/// The words of an op without the texts in them, which can be a password. They are one line: behind a comment nobody knows.
fn without_texts(op: &str) -> String {
    let words = without_values(op);
    words.split_once("--").map_or(words.as_str(), |(before, _)| before).trim_end().to_owned()
}

/// A statement that failed, with where it is from.
pub(super) fn failure(
    op: &PreparedOp,
    statement: &Statement,
    source: DatabaseError,
) -> Box<StatementError> {
    let (words, sql) = (op.op.describe(), statement.text().to_owned());
    Box::new(StatementError { op: words, place: op.place, sql, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_that_are_kept_hold_no_password() {
        let check = |op: &str, expected: &str| assert_eq!(without_texts(op), expected);
        check("execute CREATE ROLE app PASSWORD 'hunter2'", "execute CREATE ROLE app PASSWORD '…'");
        check("execute CREATE ROLE app PASSWORD 'hunt…", "execute CREATE ROLE app PASSWORD '…'");
        check(
            "execute CREATE ROLE app -- it's CREATE ROLE b PASSWORD 'c'",
            "execute CREATE ROLE app",
        );
        check("execute SELECT 'a--b', 1", "execute SELECT '…', 1");
        check("add column `orders`.`notes`", "add column `orders`.`notes`");
    }
}
