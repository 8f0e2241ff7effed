//! A step whose statements last one by one: each is written down before and after it, and a run that finds such a
//! step half done goes on where that one stopped.

use std::collections::BTreeMap;

use migrate_model::{
    Dialect, Op,
    op::Effect,
    revision::{Direction, RevisionId},
    sql,
};

use super::{
    Error, Event, Prepared,
    decide::{self, Verdict},
    fault,
    guards::{ForeignKeys, inside},
    journal::{self, Entry, Journal},
    prepare::{PreparedOp, replay},
    session::Session,
    steps::{Began, Resume, Runner, Stop, failure, hold},
    timeouts::Timeouts,
};
use crate::backend::{Database, DatabaseError, ErrorKind, Statement};

/// A statement of a step.
struct Piece<'p> {
    /// The how-manieth of the step, from 1.
    number: usize,
    op: &'p PreparedOp,
    /// Which op that is, and the how-manieth statement of it, both from 0.
    place: (usize, usize),
    statement: &'p Statement,
}

fn pieces(step: &Prepared) -> Vec<Piece<'_>> {
    let all = step.ops.iter().enumerate().flat_map(|(at, op)| {
        let statements = op.statements.iter().enumerate();
        statements.map(move |(nth, statement)| ((at, nth), op, statement))
    });
    let numbered = all.enumerate().map(|(count, (place, op, statement))| Piece {
        number: count + 1,
        op,
        place,
        statement,
    });
    numbered.collect()
}

/// How a statement is kept from being half done.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hold {
    /// In one transaction with its row in the journal.
    Transaction,
    /// So if the database takes it like that; it says at once if it doesn't.
    TryTransaction,
    /// Not at all: it is written down that it begins.
    Alone,
}

impl Runner<'_, '_> {
    pub(super) fn outside(
        &mut self,
        session: &mut Session<'_>,
        step: &Prepared,
        number: usize,
        began: Began,
        done: &mut usize,
    ) -> Result<(), Stop> {
        session.check_lock()?;
        self.check_rows(session, step)?;
        journal::create(session, &self.migrator.options)?;
        let known = self.known(session, step)?;
        self.log(session, step, "started", began, None)?;
        let guard = ForeignKeys::off(session, step.needs_foreign_keys_off())?;
        let timeouts = self.timeouts(&[step]);
        let result = (|| {
            let faults = guard.faults(session)?;
            for piece in pieces(step) {
                if known.get(&piece.number).is_some_and(|entry| entry.state == "done") {
                    *done += 1;
                    continue;
                }
                if session.is_to_stop() {
                    return Err(Stop::Interrupted);
                }
                self.migrator.tell(&Event::Statement { sql: piece.statement.text() });
                self.patiently(session, timeouts, step, |runner, session, attempt| {
                    runner.piece(session, step, &piece, &guard, (number, attempt))
                })?;
                *done += 1;
            }
            guard.no_worse(session, &faults)?;
            self.patiently(session, timeouts, step, |runner, session, attempt| {
                session.begin_limited(&timeouts, attempt, false)?;
                runner.move_rows(session, &[(step, began, began.elapsed())]).or_else(|stop| {
                    let _ = session.rollback();
                    runner.finished_by_another(session, step, stop)
                })?;
                Journal::of(&runner.migrator.options, runner.run, step).clear(session)?;
                fault::point(session, format_args!("step.{number}.before_commit"))?;
                runner.commit(session, step, number)
            })
        })();
        if result.is_err() {
            let _ = session.rollback();
        }
        self.restored(guard.restore(session));
        result
    }

    /// Where no lock keeps others away (SQLite), one of them may have done what was left of the step.
    fn finished_by_another(
        &self,
        session: &mut Session<'_>,
        step: &Prepared,
        stop: Stop,
    ) -> Result<(), Stop> {
        let Stop::Overtaken(what) = stop else { return Err(stop) };
        let state = super::state::read(session, &self.migrator.options)
            .map_err(|error| Stop::Told(Box::new(error)))?;
        let is_applied =
            super::log::applied(&state.log).contains(&RevisionId::from(step.revision.id));
        let was_wanted = is_applied == (step.direction == Direction::Up);
        Err(if was_wanted { Stop::Late(what) } else { Stop::Overtaken(what) })
    }

    fn check_rows(&self, session: &mut Session<'_>, step: &Prepared) -> Result<(), Stop> {
        let options = &self.migrator.options;
        super::version_table::check(session, options, &step.rows).map_err(Stop::before)
    }

    /// What is written down of this step, with its open statement decided.
    fn known(
        &mut self,
        session: &mut Session<'_>,
        step: &Prepared,
    ) -> Result<BTreeMap<usize, Entry>, Stop> {
        let direction = journal::word(step.direction);
        let entries = journal::read(session, &self.migrator.options)?.into_iter();
        let mut known: BTreeMap<usize, Entry> = entries
            .filter(|entry| entry.revision == step.revision.id && entry.direction == direction)
            .map(|entry| (entry.number, entry))
            .collect();
        fault::point(session, format_args!("resume.read"))?;
        let pieces = pieces(step);
        for entry in known.values() {
            let piece = pieces.iter().find(|piece| piece.number == entry.number);
            let is_same = piece
                .is_some_and(|piece| journal::digest(piece.op, piece.statement) == entry.digest);
            if !is_same {
                return Err(Stop::Told(Box::new(Error::Rewritten {
                    revision: *step.revision,
                    direction: step.direction,
                    number: entry.number,
                    was: entry.op.clone(),
                    now: piece
                        .map(|piece| format!("{} ({})", piece.op.op.describe(), piece.op.place)),
                })));
            }
        }
        let open: Vec<&Piece<'_>> = pieces
            .iter()
            .filter(|piece| known.get(&piece.number).is_some_and(|entry| entry.state == "started"))
            .collect();
        for piece in open {
            let is_done = self.is_done(session, step, piece)?;
            let journal = Journal::of(&self.migrator.options, self.run, step);
            match is_done {
                true => journal.done(session, piece.number)?,
                false => journal.forget(session, piece.number)?,
            }
            let what = if is_done { "took effect" } else { "did not take effect" };
            let text = format!(
                "statement {} of {}, {} ({}), was begun and not seen to end: it {what}",
                piece.number,
                step.revision.id,
                piece.op.op.describe(),
                piece.op.place
            );
            self.migrator.tell(&Event::Notice { text });
            match is_done {
                true => drop(
                    known.entry(piece.number).and_modify(|entry| entry.state = "done".to_owned()),
                ),
                false => drop(known.remove(&piece.number)),
            }
        }
        Ok(known)
    }

    /// Whether a statement that was begun took effect.
    fn is_done(
        &self,
        session: &mut Session<'_>,
        step: &Prepared,
        piece: &Piece<'_>,
    ) -> Result<bool, Stop> {
        match self.resume {
            Resume::MarkDone => return Ok(true),
            Resume::RunAgain => return Ok(false),
            Resume::Look => {}
        }
        if decide::invalid_index(session, &piece.op.op)?.is_some() {
            return Ok(false);
        }
        let (at, nth) = piece.place;
        let mut catalog = replay(self.migrator.chain, session.dialect(), self.applied)
            .map_err(|error| Stop::Told(Box::new(error)))?;
        for op in &step.ops[..at] {
            op.op.apply(&mut catalog).map_err(|error| DatabaseError::because(error.to_string()))?;
        }
        let verdict = decide::decide(session, piece.op, nth, &catalog)
            .map_err(|error| DatabaseError::because(error.to_string()))?;
        match verdict {
            Verdict::Done => Ok(true),
            Verdict::NotDone => Ok(false),
            Verdict::Open(why) => Err(Stop::Told(Box::new(Error::Undecided {
                revision: *step.revision,
                direction: step.direction,
                number: piece.number,
                of: step.statements(),
                op: piece.op.op.describe(),
                place: piece.op.place,
                sql: piece.statement.text().to_owned(),
                why,
            }))),
        }
    }

    fn piece(
        &mut self,
        session: &mut Session<'_>,
        step: &Prepared,
        piece: &Piece<'_>,
        guard: &ForeignKeys,
        (number, attempt): (usize, u32),
    ) -> Result<(), Stop> {
        let timeouts = self.timeouts(&[step]);
        let hold = how(session.dialect(), step, piece);
        if hold == Hold::Alone {
            return self.alone(session, step, piece, &timeouts, (number, attempt));
        }
        let result = self.together(session, step, piece, guard, &timeouts, (number, attempt));
        let Err(stop) = result else { return Ok(()) };
        let _ = session.rollback();
        match &stop {
            Stop::Statement(error)
                if hold == Hold::TryTransaction
                    && error.source.kind == ErrorKind::NeedsNoTransaction =>
            {
                self.alone(session, step, piece, &timeouts, (number, attempt))
            }
            Stop::Statement(_)
            | Stop::Escaped(_)
            | Stop::Late(_)
            | Stop::Overtaken(_)
            | Stop::Database(_)
            | Stop::Commit(_)
            | Stop::Interrupted
            | Stop::Told(_) => Err(stop),
        }
    }

    /// Where no lock keeps others away, the version rows do.
    fn hold_unless_alone(&self, session: &mut Session<'_>, step: &Prepared) -> Result<(), Stop> {
        if session.is_alone() { Ok(()) } else { hold(session, self.migrator, step) }
    }

    /// A statement and its row, both or neither.
    fn together(
        &mut self,
        session: &mut Session<'_>,
        step: &Prepared,
        piece: &Piece<'_>,
        guard: &ForeignKeys,
        timeouts: &Timeouts,
        (number, attempt): (usize, u32),
    ) -> Result<(), Stop> {
        let Piece { number: at, op, statement, .. } = piece;
        session.begin_limited(timeouts, attempt, step.has_code())?;
        self.hold_unless_alone(session, step)?;
        let journal = Journal::of(&self.migrator.options, self.run, step);
        journal.write(session, *at, "done", op, statement).map_err(late)?;
        match statement {
            Statement::Sql(sql) => session.batch(sql),
            Statement::Code(code) => match inside(session, code) {
                Ok(result) => result,
                Err(source) => return Err(Stop::Escaped(failure(op, statement, source))),
            },
            Statement::Rebuild(rebuild) => {
                // It lasts at once, so it is judged by itself.
                let faults = guard.faults(session)?;
                rebuild.run(session).and_then(|()| guard.no_worse(session, &faults))
            }
        }
        .and_then(|()| fault::point(session, format_args!("op.{number}.{at}.sent")))
        .map_err(|source| Stop::Statement(failure(op, statement, source)))?;
        session.commit()?;
        Ok(fault::point(session, format_args!("op.{number}.{at}.done"))?)
    }

    /// A statement that no transaction holds: what is known of it is written down before and behind it.
    fn alone(
        &mut self,
        session: &mut Session<'_>,
        step: &Prepared,
        piece: &Piece<'_>,
        timeouts: &Timeouts,
        (number, attempt): (usize, u32),
    ) -> Result<(), Stop> {
        let Piece { number: at, op, statement, .. } = piece;
        if let Some(index) = decide::invalid_index(session, &op.op)? {
            let text = format!(
                "the index {index} is INVALID, as an interrupted build leaves it: it is built again"
            );
            self.migrator.tell(&Event::Notice { text });
            session.batch(&format!("DROP INDEX CONCURRENTLY IF EXISTS {index}"))?;
        }
        // Behind a lock the row lasts by itself on MySQL, where limits are the connection's.
        let by_itself = session.is_alone() && session.dialect().family() == Dialect::Mysql;
        if by_itself {
            session.limit(timeouts, attempt)?;
        } else {
            session.begin_limited(timeouts, attempt, step.has_code())?;
            self.hold_unless_alone(session, step)?;
        }
        let journal = Journal::of(&self.migrator.options, self.run, step);
        journal.write(session, *at, "started", op, statement).map_err(late)?;
        if !by_itself {
            session.commit()?;
        }
        fault::point(session, format_args!("op.{number}.{at}.intended"))?;
        let limits = Limits::set(session, timeouts)?;
        let result = match statement {
            Statement::Sql(sql) => session.batch(sql),
            Statement::Code(code) => session.run(code),
            Statement::Rebuild(rebuild) => rebuild.run(session),
        };
        self.restored(limits.restore(session));
        let journal = Journal::of(&self.migrator.options, self.run, step);
        if let Err(mut source) = result {
            // Code may have left a transaction of its own open.
            let _ = session.rollback();
            if source.kind != ErrorKind::Lost {
                // Where even that is refused, the schema tells the next run.
                let _ = journal.forget(session, *at);
            }
            if !is_atomic(statement)
                && matches!(source.kind, ErrorKind::Locked | ErrorKind::Conflict)
            {
                // Some of it may have taken effect: that is not tried again before somebody has looked.
                source.kind = ErrorKind::Other;
            }
            return Err(Stop::Statement(failure(op, statement, source)));
        }
        fault::point(session, format_args!("op.{number}.{at}.sent"))?;
        journal.done(session, *at)?;
        Ok(fault::point(session, format_args!("op.{number}.{at}.done"))?)
    }
}

/// A row that is there already is one that another runner wrote.
fn late(error: DatabaseError) -> Stop {
    match error.kind {
        ErrorKind::Duplicate => Stop::Late("another runner is at this step".to_owned()),
        ErrorKind::Locked
        | ErrorKind::Conflict
        | ErrorKind::TooLong
        | ErrorKind::Cancelled
        | ErrorKind::Lost
        | ErrorKind::NeedsNoTransaction
        | ErrorKind::Other => Stop::Database(error),
    }
}

fn how(dialect: Dialect, step: &Prepared, piece: &Piece<'_>) -> Hold {
    if let Statement::Code(_) = piece.statement {
        // Code of a migration that says `transaction = false` minds its own.
        // What changes the schema ends the transaction that it meets on MySQL.
        let is_held = step.revision.transaction
            && (dialect.family() != Dialect::Mysql || changes_no_schema(&piece.op.op));
        return if is_held { Hold::Transaction } else { Hold::Alone };
    }
    let raw = match (&piece.op.op, piece.statement) {
        (Op::Execute(_) | Op::Run(_), Statement::Sql(sql)) => Some(sql.as_str()),
        _ => None,
    };
    match dialect {
        // Every other statement ends the transaction that it meets.
        Dialect::Mysql | Dialect::Mariadb if is_data(piece.statement) => Hold::Transaction,
        Dialect::Mysql | Dialect::Mariadb => Hold::Alone,
        Dialect::Postgres if piece.op.op.forbids_transaction() => Hold::Alone,
        Dialect::Postgres | Dialect::Sqlite => match raw {
            None => Hold::Transaction,
            Some(raw) if minds_transactions(raw) => Hold::Alone,
            Some(_) => Hold::TryTransaction,
        },
    }
}

/// Whether a statement that fails has changed nothing: not so of code and of routines, which may end transactions.
fn is_atomic(statement: &Statement) -> bool {
    match statement {
        Statement::Sql(sql) => !begins_with(sql, &["CALL", "DO", "EXECUTE"]),
        Statement::Rebuild(_) => true,
        Statement::Code(_) => false,
    }
}

/// Whether code says nothing of the schema.
fn changes_no_schema(op: &Op) -> bool {
    let Op::Run(run) = op else { return false };
    match run.effect {
        Effect::Unsaid | Effect::Nothing | Effect::Read(_) => true,
        Effect::Declares(_) | Effect::Opaque(_) => false,
    }
}

/// Whether a statement changes rows, and nothing else.
pub(super) fn is_data(statement: &Statement) -> bool {
    match statement {
        Statement::Sql(sql) => sql::kind(sql) == sql::StatementKind::Data,
        Statement::Code(_) | Statement::Rebuild(_) => false,
    }
}

/// Whether a statement is about transactions, or does nothing, or something else, inside of one.
fn minds_transactions(sql: &str) -> bool {
    const WORDS: [&str; 14] = [
        "BEGIN",
        "START",
        "COMMIT",
        "END",
        "ROLLBACK",
        "ABORT",
        "SAVEPOINT",
        "RELEASE",
        "PRAGMA",
        "VACUUM",
        "ATTACH",
        "DETACH",
        "LOCK",
        "PREPARE",
    ];
    begins_with(sql, &WORDS)
}

/// Whether the first word, behind comments, is one of these.
fn begins_with(sql: &str, words: &[&str]) -> bool {
    let first = sql::tokens(sql).into_iter().find(|token| token.kind == sql::TokenKind::Word);
    first.is_some_and(|first| {
        words.iter().any(|it| sql[first.range.clone()].eq_ignore_ascii_case(it))
    })
}

/// The limits of a statement that no transaction holds, on PostgreSQL, where those of a run are a transaction's.
///
/// CONCURRENTLY waits for every transaction that is older than itself, as long as it takes: broken off in between it
/// leaves an INVALID index, and the lock that it waits with shuts nobody out. So it has no limit but one that is said.
struct Limits(Option<(String, String)>);

impl Limits {
    fn set(session: &mut Session<'_>, timeouts: &Timeouts) -> Result<Limits, DatabaseError> {
        if session.dialect() != Dialect::Postgres {
            return Ok(Limits(None));
        }
        let sql = "SELECT current_setting('lock_timeout'), current_setting('statement_timeout')";
        let row = session.query(sql)?.into_iter().next().unwrap_or_default();
        let mut fields = row.into_iter().map(Option::unwrap_or_default);
        let before = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
        let statement = timeouts.statement.map_or(0, |time| time.as_millis().max(1));
        session.batch("SET lock_timeout = 0")?;
        session.batch(&format!("SET statement_timeout = {statement}"))?;
        Ok(Limits(Some(before)))
    }

    fn restore(self, session: &mut Session<'_>) -> Result<(), DatabaseError> {
        let Some((lock, statement)) = self.0 else { return Ok(()) };
        session.batch(&format!("SET lock_timeout = '{lock}'"))?;
        session.batch(&format!("SET statement_timeout = '{statement}'"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_statements_begin() {
        let check = |sql: &str, minds: bool, atomic: bool| {
            assert_eq!(minds_transactions(sql), minds, "{sql}");
            assert_eq!(is_atomic(&Statement::Sql(sql.to_owned())), atomic, "{sql}");
        };
        check("CREATE TABLE a (id INT)", false, true);
        check("-- all of it\nvacuum", true, true);
        check("PRAGMA foreign_keys = OFF", true, true);
        check("/* CREATE */ call backfill()", false, false);
        check("DO $$ BEGIN COMMIT; END $$", false, false);
        check("", false, true);
    }
}
