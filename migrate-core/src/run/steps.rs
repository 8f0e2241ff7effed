//! Running prepared steps: statements, version rows and log rows, all or nothing where the database can.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant, SystemTime},
};

use migrate_model::{
    Dialect,
    op::Code,
    revision::{Direction, HeadDelta, RevisionId},
};

use super::{
    Error, Event, Migrator, Options, Prepared, Ran, Report,
    error::{Kept, StatementError},
    fault,
    log::{self, NewEntry},
    session,
    state::State,
    version_table::{self, Unmoved},
};
use crate::{
    Chain,
    backend::{Database, DatabaseError, Statement},
};

/// Why a step stopped, before it is known what is left of it.
enum Stop {
    Statement(Box<StatementError>),
    /// The migration's code ended the transaction that it ran in.
    Escaped(Box<StatementError>),
    Overtaken(String),
    Database(DatabaseError),
    Commit(DatabaseError),
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

pub(super) fn run(
    migrator: &mut Migrator<'_>,
    database: &mut dyn Database,
    run: &str,
    steps: Vec<Prepared>,
) -> Result<Report, Error> {
    let mut runner = Runner { migrator, run, report: Report::default() };
    if runner.migrator.options.single_transaction {
        runner.all_at_once(database, &steps)?;
    } else {
        for (number, step) in steps.iter().enumerate() {
            runner.step(database, step, number + 1)?;
        }
    }
    Ok(runner.report)
}

struct Runner<'r, 'a> {
    migrator: &'r mut Migrator<'a>,
    run: &'r str,
    report: Report,
}

impl Runner<'_, '_> {
    fn step(
        &mut self,
        database: &mut dyn Database,
        step: &Prepared,
        number: usize,
    ) -> Result<(), Error> {
        let (revision, direction) = (step.revision, step.direction);
        self.migrator.tell(&Event::Started { revision, direction, number });
        let (started, clock) = (SystemTime::now(), Instant::now());
        let mut done = 0;
        let path = SearchPath::before(database, step);
        let begun = fault::point(database, format_args!("step.{number}.begin"));
        let result = if let Err(error) = begun.and_then(|()| session::settle(database)) {
            Err(error.into())
        } else if step.transaction {
            self.in_transaction(database, step, started, clock, &mut done)
        } else {
            self.outside(database, step, started, clock, &mut done)
        };
        self.restored(path.restore(database));
        if let Err(stop) = result {
            let kept = match step.transaction {
                true => Kept::Nothing,
                false => Kept::Statements { done, of: step.statements() },
            };
            return Err(self.failed(database, step, started, clock, stop, kept));
        }
        self.finished(step, number, clock.elapsed());
        Ok(())
    }

    fn finished(&mut self, step: &Prepared, number: usize, elapsed: Duration) {
        let (revision, direction) = (step.revision, step.direction);
        self.migrator.tell(&Event::Finished { revision, direction, number, elapsed });
        self.report.steps.push(Ran { revision, direction, elapsed });
    }

    /// A setting that can't be put back undoes no step, and is said all the same.
    fn restored(&mut self, result: Result<(), DatabaseError>) {
        if let Err(error) = result {
            let text = format!("a setting of the connection could not be put back: {error}");
            self.migrator.tell(&Event::Notice { text });
        }
    }

    /// A migration, its version rows and its log row, all of them or none.
    fn in_transaction(
        &mut self,
        database: &mut dyn Database,
        step: &Prepared,
        started: SystemTime,
        clock: Instant,
        done: &mut usize,
    ) -> Result<(), Stop> {
        let guard = ForeignKeys::off(database, step.needs_foreign_keys_off())?;
        let result = (|| {
            database.begin()?;
            let faults = guard.faults(database)?;
            self.body(database, step, &guard, (started, clock), done)?;
            guard.no_worse(database, &faults)?;
            database.commit().map_err(Stop::Commit)
        })();
        if result.is_err() {
            let _ = database.rollback();
        }
        self.restored(guard.restore(database));
        result
    }

    fn body(
        &mut self,
        database: &mut dyn Database,
        step: &Prepared,
        guard: &ForeignKeys,
        (started, clock): (SystemTime, Instant),
        done: &mut usize,
    ) -> Result<(), Stop> {
        // First of all: whoever else is at the same step waits here, and then finds the rows moved. They
        // are moved last, so that no statement of the migration can have an applied revision left behind.
        version_table::hold(database, &self.migrator.options, &step.rows)?;
        self.statements(database, step, guard, done)?;
        version_table::move_heads(database, &self.migrator.options, &step.rows, &step.heads)?;
        self.log(database, step, "done", started, clock.elapsed(), None)?;
        Ok(())
    }

    /// A migration whose statements last one by one; only its version and log rows are one transaction.
    fn outside(
        &mut self,
        database: &mut dyn Database,
        step: &Prepared,
        started: SystemTime,
        clock: Instant,
        done: &mut usize,
    ) -> Result<(), Stop> {
        let alone = Alone::with(database, step)?;
        let result = self.outside_alone(database, step, started, clock, done);
        alone.end(database);
        result
    }

    fn outside_alone(
        &mut self,
        database: &mut dyn Database,
        step: &Prepared,
        started: SystemTime,
        clock: Instant,
        done: &mut usize,
    ) -> Result<(), Stop> {
        version_table::check(database, &self.migrator.options, &step.rows)?;
        self.log(database, step, "started", started, Duration::ZERO, None)?;
        let guard = ForeignKeys::off(database, step.needs_foreign_keys_off())?;
        let result = (|| {
            let faults = guard.faults(database)?;
            self.statements(database, step, &guard, done)?;
            guard.no_worse(database, &faults)?;
            database.begin()?;
            version_table::move_heads(database, &self.migrator.options, &step.rows, &step.heads)?;
            self.log(database, step, "done", started, clock.elapsed(), None)?;
            database.commit().map_err(Stop::Commit)
        })();
        if result.is_err() {
            let _ = database.rollback();
        }
        self.restored(guard.restore(database));
        result
    }

    /// Every step in one transaction.
    fn all_at_once(
        &mut self,
        database: &mut dyn Database,
        steps: &[Prepared],
    ) -> Result<(), Error> {
        let began = (SystemTime::now(), Instant::now());
        let first = &steps[0];
        let guard =
            match ForeignKeys::off(database, steps.iter().any(Prepared::needs_foreign_keys_off)) {
                Ok(guard) => guard,
                Err(error) => {
                    return Err(self.failed(
                        database,
                        first,
                        began.0,
                        began.1,
                        error.into(),
                        Kept::NothingOfRun,
                    ));
                }
            };
        let mut at = first;
        let mut times = Vec::new();
        let result = (|| {
            database.begin()?;
            let faults = guard.faults(database)?;
            for (number, step) in steps.iter().enumerate() {
                at = step;
                let (revision, direction) = (step.revision, step.direction);
                self.migrator.tell(&Event::Started { revision, direction, number: number + 1 });
                let clock = Instant::now();
                let path = SearchPath::before(database, step);
                session::settle(database)?;
                self.body(database, step, &guard, (SystemTime::now(), clock), &mut 0)?;
                path.restore(database)?;
                times.push(clock.elapsed());
            }
            guard.no_worse(database, &faults)?;
            database.commit().map_err(Stop::Commit)
        })();
        if result.is_err() {
            let _ = database.rollback();
        }
        self.restored(guard.restore(database));
        if let Err(stop) = result {
            return Err(self.failed(database, at, began.0, began.1, stop, Kept::NothingOfRun));
        }
        for (number, (step, elapsed)) in steps.iter().zip(times).enumerate() {
            self.finished(step, number + 1, elapsed);
        }
        Ok(())
    }

    fn statements(
        &mut self,
        database: &mut dyn Database,
        step: &Prepared,
        guard: &ForeignKeys,
        done: &mut usize,
    ) -> Result<(), Stop> {
        for op in &step.ops {
            let op_place = op.place;
            for statement in &op.statements {
                self.migrator.tell(&Event::Statement { sql: statement.text() });
                let failure = |source| {
                    let (op, sql) = (op.op.describe(), statement.text().to_owned());
                    Box::new(StatementError { op, place: op_place, sql, source })
                };
                let result = match statement {
                    Statement::Sql(sql) => database.batch(sql),
                    Statement::Code(code) if step.transaction => match inside(database, code) {
                        Ok(result) => result,
                        Err(source) => return Err(Stop::Escaped(failure(source))),
                    },
                    Statement::Code(code) => database.run(code),
                    Statement::Rebuild(rebuild) if step.transaction => rebuild.run(database),
                    Statement::Rebuild(rebuild) => atomically(database, |database| {
                        // It lasts at once, so it is judged by itself.
                        let faults = guard.faults(database)?;
                        rebuild.run(database)?;
                        guard.no_worse(database, &faults)
                    }),
                };
                result.map_err(|source| Stop::Statement(failure(source)))?;
                *done += 1;
            }
        }
        Ok(())
    }

    fn log(
        &self,
        database: &mut dyn Database,
        step: &Prepared,
        status: &str,
        started: SystemTime,
        elapsed: Duration,
        error: Option<&str>,
    ) -> Result<(), DatabaseError> {
        let entry = NewEntry {
            run: self.run,
            revision: step.revision.id,
            message: step.revision.message,
            direction: match step.direction {
                Direction::Up => "upgrade",
                Direction::Down => "downgrade",
            },
            status,
            started,
            elapsed,
            checksum: Some(&step.checksum),
            error,
            note: None,
        };
        log::write(database, &self.migrator.options, &entry)
    }

    /// The error of a step that stopped; the log gets a row, if it can still be written to.
    fn failed(
        &mut self,
        database: &mut dyn Database,
        step: &Prepared,
        started: SystemTime,
        clock: Instant,
        stop: Stop,
        kept: Kept,
    ) -> Error {
        let (revision, direction) = (*step.revision, step.direction);
        // The message alone: a detail can hold values of rows, which have no business in a log.
        let words = match &stop {
            Stop::Overtaken(what) => what.clone(),
            Stop::Statement(error) | Stop::Escaped(error) => {
                format!("{} ({}): {}", error.op, error.place, error.source.message)
            }
            Stop::Database(error) | Stop::Commit(error) => error.message.clone(),
        };
        let logged = self.log(database, step, "failed", started, clock.elapsed(), Some(&words));
        if let Err(error) = &logged {
            let text = format!("the failure could not be written to the log: {error}");
            self.migrator.tell(&Event::Notice { text });
        }
        match stop {
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
                let table = &self.migrator.options.version_table;
                let source =
                    DatabaseError::because(format!("`{table}` was changed meanwhile: {what}"));
                Error::Stopped { revision, direction, kept, source }
            }
            Stop::Overtaken(what) => {
                let table = self.migrator.options.version_table.to_string();
                Error::Overtaken { table, revision: revision.id.to_owned(), what }
            }
        }
    }
}

fn atomically(
    database: &mut dyn Database,
    body: impl FnOnce(&mut dyn Database) -> Result<(), DatabaseError>,
) -> Result<(), DatabaseError> {
    database.begin()?;
    let result = body(database).and_then(|()| database.commit());
    if result.is_err() {
        let _ = database.rollback();
    }
    result
}

/// Runs code, and then looks whether the transaction is still the one that it began in: `Err` when not.
///
/// A savepoint that the code can't have known is there again only if nothing ended the transaction.
fn inside(
    database: &mut dyn Database,
    code: &Code,
) -> Result<Result<(), DatabaseError>, DatabaseError> {
    const POINT: &str = "__migrate_code";
    let set = database.batch(&format!("SAVEPOINT {POINT}"));
    if set.is_err() {
        return Ok(set);
    }
    let result = database.run(code);
    // Behind an error PostgreSQL takes nothing but a rollback.
    let back = if result.is_ok() { "RELEASE" } else { "ROLLBACK TO" };
    match database.batch(&format!("{back} SAVEPOINT {POINT}")) {
        Ok(()) => Ok(result),
        Err(_) => Err(DatabaseError::because(
            "the code ended the transaction that it ran in, which is the runner's to do",
        )),
    }
}

type Faults = std::collections::BTreeMap<(String, String), usize>;

/// SQLite's foreign keys, off while tables are dropped and made anew, and as they were behind it.
///
/// The pragma is silently ignored inside a transaction, so it is set before, and read back.
struct ForeignKeys {
    is_guarding: bool,
    were_on: bool,
}

impl ForeignKeys {
    fn off(database: &mut dyn Database, needed: bool) -> Result<ForeignKeys, DatabaseError> {
        let mut guard = ForeignKeys {
            is_guarding: needed && database.dialect() == Dialect::Sqlite,
            were_on: false,
        };
        if guard.is_guarding {
            use crate::backend::sqlite::pragma;
            guard.were_on = pragma(database, "foreign_keys")? == "1";
            if guard.were_on {
                database.batch("PRAGMA foreign_keys = OFF")?;
            }
            if pragma(database, "foreign_keys")? != "0" {
                return Err(DatabaseError::because(
                    "foreign keys can't be switched off, as the connection is inside a transaction already",
                ));
            }
        }
        Ok(guard)
    }

    fn faults(&self, database: &mut dyn Database) -> Result<Faults, DatabaseError> {
        if self.is_guarding {
            return crate::backend::sqlite::foreign_key_faults(database);
        }
        Ok(Faults::new())
    }

    /// An error when more rows refer to nothing than before.
    fn no_worse(&self, database: &mut dyn Database, before: &Faults) -> Result<(), DatabaseError> {
        for ((table, parent), count) in self.faults(database)? {
            let former = before.get(&(table.clone(), parent.clone())).copied().unwrap_or(0);
            if count > former {
                let more = count - former;
                let rows = if more == 1 { "row" } else { "rows" };
                return Err(DatabaseError::because(format!(
                    "FOREIGN KEY constraint failed: {more} {rows} of `{table}` would refer to no row of `{parent}`"
                )));
            }
        }
        Ok(())
    }

    fn restore(&self, database: &mut dyn Database) -> Result<(), DatabaseError> {
        if self.were_on { database.batch("PRAGMA foreign_keys = ON") } else { Ok(()) }
    }
}

/// Keeps a second runner away from a step that no transaction guards (PostgreSQL): two would both run its
/// statements. Tried once and never waited for, since CONCURRENTLY would wait for the one that waits.
struct Alone(Option<String>);

impl Alone {
    fn with(database: &mut dyn Database, step: &Prepared) -> Result<Alone, Stop> {
        if database.dialect() != Dialect::Postgres {
            return Ok(Alone(None));
        }
        let id = version_table::literal(Dialect::Postgres, step.revision.id);
        // The first of the two keys is this tool's own.
        let keys = format!("(1835627378, pg_catalog.hashtext({id}))");
        let taken =
            database.query(&format!("SELECT pg_catalog.pg_try_advisory_lock{keys}::text"))?;
        if taken.first().and_then(|row| row.first()) == Some(&Some("true".to_owned())) {
            return Ok(Alone(Some(keys)));
        }
        Err(Stop::Overtaken("another runner is at this step".to_owned()))
    }

    fn end(self, database: &mut dyn Database) {
        if let Some(keys) = self.0 {
            // It ends with the connection at the latest.
            let _ = database.query(&format!("SELECT pg_catalog.pg_advisory_unlock{keys}::text"));
        }
    }
}

/// PostgreSQL's search path, which SQL of a migration can change for all that comes behind it on the
/// connection: the next migration, and the application that it belongs to.
struct SearchPath(Option<String>);

impl SearchPath {
    fn before(database: &mut dyn Database, step: &Prepared) -> SearchPath {
        if database.dialect() != Dialect::Postgres || !step.can_change_settings() {
            return SearchPath(None);
        }
        let rows = database.query("SELECT current_setting('search_path')").unwrap_or_default();
        SearchPath(rows.into_iter().next().and_then(|row| row.into_iter().next()).flatten())
    }

    fn restore(&self, database: &mut dyn Database) -> Result<(), DatabaseError> {
        let Some(path) = &self.0 else { return Ok(()) };
        let path = version_table::literal(Dialect::Postgres, path);
        database.query(&format!("SELECT set_config('search_path', {path}, false)")).map(drop)
    }
}

/// Sets the version rows, and logs every revision that is thereby called applied, or no longer so.
pub(super) fn stamp(
    database: &mut dyn Database,
    options: &Options,
    chain: &Chain,
    state: &State,
    after: &BTreeSet<RevisionId>,
) -> Result<(), Error> {
    let doing = |source| Error::Database { doing: "stamp the database".to_owned(), source };
    let rows: BTreeSet<RevisionId> =
        state.rows.iter().map(|row| RevisionId::from(row.as_str())).collect();
    let wanted = chain.graph()?.maximal(after);
    let heads = HeadDelta { delete: &rows - &wanted, insert: &wanted - &rows };
    let logged = log::applied(&state.log);
    let run = log::run_id();
    database.begin().map_err(doing)?;
    let stamped: Result<(), Stop> = (|| {
        version_table::move_heads(database, options, &state.rows, &heads)?;
        let stamps = after.difference(&logged).map(|id| (id, "stamp"));
        for (id, direction) in stamps.chain(logged.difference(after).map(|id| (id, "unstamp"))) {
            let message = chain.revision(id).map_or("", |revision| revision.message);
            let entry = NewEntry::declared(&run, id, message, direction);
            log::write(database, options, &entry)?;
        }
        database.commit().map_err(Stop::Commit)
    })();
    stamped.map_err(|stop| {
        let _ = database.rollback();
        match stop {
            Stop::Overtaken(what) => Error::Overtaken {
                table: options.version_table.to_string(),
                revision: "stamp".to_owned(),
                what,
            },
            Stop::Database(source) | Stop::Commit(source) => doing(source),
            Stop::Statement(error) | Stop::Escaped(error) => doing(error.source),
        }
    })
}
