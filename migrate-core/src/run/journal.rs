//! What is known of a step that no transaction holds together: a row for each of its statements, written before and
//! after it.
//!
//! ```text
//! started   it was about to be sent; whether it took effect is not known
//! done      it took effect
//! ```
//!
//! A statement that the database refused has none, as if it had never been sent.
//!
//! A statement that a transaction can hold is done in one with its row, and so never only started. The rows of a step
//! go in the transaction that moves its version rows: what is in the journal is not finished.

use migrate_model::{Dialect, revision::Direction};
use sha2::{Digest, Sha256};

use super::{
    Options, Prepared,
    prepare::PreparedOp,
    version_table::{literal, sql_name, table_options},
};
use crate::backend::{Database, DatabaseError, Statement, text_type};

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) revision: String,
    pub(super) direction: String,
    /// The how-manieth statement of the step, from 1.
    pub(super) number: usize,
    pub(super) state: String,
    pub(super) digest: String,
    /// What it does and where it is written, for people.
    pub(super) op: String,
    pub(super) started_at: String,
    /// How many statements the step had.
    pub(super) of: usize,
}

/// A step that was begun and not finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// The revision.
    pub revision: String,
    /// Which way it was going.
    pub direction: Direction,
    /// How many of its statements took effect.
    pub done: usize,
    /// Of how many.
    pub of: usize,
    /// The statement that may or may not have taken effect, counted from 1, in words.
    pub open: Option<(usize, String)>,
    /// When it was begun.
    pub started_at: String,
}

/// The word for a direction, in our tables.
pub(super) fn word(direction: Direction) -> &'static str {
    match direction {
        Direction::Up => "upgrade",
        Direction::Down => "downgrade",
    }
}

/// What tells a statement from another one.
pub(super) fn digest(op: &PreparedOp, statement: &Statement) -> String {
    let text = match statement {
        Statement::Sql(_) | Statement::Rebuild(_) => statement.text().to_owned(),
        Statement::Code(_) => format!("{} {}", op.op.describe(), statement.text()),
    };
    let digest = Sha256::digest(text);
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// The statement that makes the table.
fn create_sql(dialect: Dialect, options: &Options) -> Result<String, DatabaseError> {
    Ok(format!(
        "CREATE TABLE {} (revision VARCHAR(32) NOT NULL, direction VARCHAR(16) NOT NULL, number INTEGER NOT NULL, \
         run VARCHAR(64) NOT NULL, of_all INTEGER NOT NULL, state VARCHAR(16) NOT NULL, digest VARCHAR(64) NOT NULL, \
         op TEXT NOT NULL, started_at VARCHAR(40) NOT NULL, PRIMARY KEY (revision, direction, number)){}",
        sql_name(dialect, &options.journal_table())?,
        table_options(dialect)
    ))
}

/// Makes the table where it is missing.
pub(super) fn create(database: &mut dyn Database, options: &Options) -> Result<(), DatabaseError> {
    let is_there =
        |database: &mut dyn Database| super::state::exists(database, &options.journal_table());
    if is_there(database)? {
        return Ok(());
    }
    let sql = create_sql(database.dialect(), options)?;
    let created = database.batch(&sql);
    // Another runner may have made it in the same moment: then it is there.
    if created.is_err() && is_there(database)? { Ok(()) } else { created }
}

/// The rows of a step.
pub(super) struct Journal<'a> {
    options: &'a Options,
    run: &'a str,
    revision: &'a str,
    direction: &'static str,
    of: usize,
}

impl<'a> Journal<'a> {
    pub(super) fn of(options: &'a Options, run: &'a str, step: &'a Prepared) -> Journal<'a> {
        Journal {
            options,
            run,
            revision: step.revision.id,
            direction: word(step.direction),
            of: step.statements(),
        }
    }

    /// The table, and the condition for the rows of this step.
    fn rows(&self, dialect: Dialect) -> Result<[String; 2], DatabaseError> {
        let table = sql_name(dialect, &self.options.journal_table())?;
        let revision = literal(dialect, self.revision);
        Ok([table, format!("revision = {revision} AND direction = '{}'", self.direction)])
    }

    /// Writes down a statement that has no row yet. Where it has one, somebody else is at it.
    pub(super) fn write(
        &self,
        database: &mut dyn Database,
        number: usize,
        state: &str,
        op: &PreparedOp,
        statement: &Statement,
    ) -> Result<(), DatabaseError> {
        let dialect = database.dialect();
        let name = sql_name(dialect, &self.options.journal_table())?;
        let text = |text: &str| literal(dialect, text);
        let now = chrono::Utc::now().format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
        let sql = format!(
            "INSERT INTO {name} (revision, direction, number, run, of_all, state, digest, op, started_at) \
             VALUES ({}, '{}', {number}, {}, {}, '{state}', {}, {}, {})",
            text(self.revision),
            self.direction,
            text(self.run),
            self.of,
            text(&digest(op, statement)),
            text(&self.options.redactor.clean(&format!("{} ({})", op.op.describe(), op.place))),
            text(&now),
        );
        database.affected(&sql).map(drop)
    }

    /// Says that a statement took effect.
    pub(super) fn done(
        &self,
        database: &mut dyn Database,
        number: usize,
    ) -> Result<(), DatabaseError> {
        let [table, which] = self.rows(database.dialect())?;
        let sql = format!("UPDATE {table} SET state = 'done' WHERE {which} AND number = {number}");
        database.affected(&sql).map(drop)
    }

    /// Forgets a statement, since it did not take effect.
    pub(super) fn forget(
        &self,
        database: &mut dyn Database,
        number: usize,
    ) -> Result<(), DatabaseError> {
        let [table, which] = self.rows(database.dialect())?;
        let sql = format!("DELETE FROM {table} WHERE {which} AND number = {number}");
        database.affected(&sql).map(drop)
    }

    /// The step is finished: nothing of it stays here.
    pub(super) fn clear(&self, database: &mut dyn Database) -> Result<(), DatabaseError> {
        let [table, which] = self.rows(database.dialect())?;
        database.affected(&format!("DELETE FROM {table} WHERE {which}")).map(drop)
    }
}

/// Forgets every unfinished step, since somebody has said where the database is.
pub(super) fn clear_all(
    database: &mut dyn Database,
    options: &Options,
) -> Result<(), DatabaseError> {
    let name = sql_name(database.dialect(), &options.journal_table())?;
    database.affected(&format!("DELETE FROM {name}")).map(drop)
}

/// The rows, by step and statement; none where there is no table.
pub(super) fn read(
    database: &mut dyn Database,
    options: &Options,
) -> Result<Vec<Entry>, DatabaseError> {
    let dialect = database.dialect();
    let (name, text) = (sql_name(dialect, &options.journal_table())?, text_type(dialect));
    let rows = database.query(&format!(
        "SELECT CAST(revision AS {text}), CAST(direction AS {text}), CAST(number AS {text}), CAST(state AS {text}), \
         CAST(digest AS {text}), op, CAST(started_at AS {text}), CAST(of_all AS {text}) FROM {name} \
         ORDER BY revision, direction, number"
    ))?;
    let entries = rows.into_iter().map(|row| {
        let mut fields = row.into_iter();
        let mut next = || fields.next().flatten().unwrap_or_default();
        Entry {
            revision: next(),
            direction: next(),
            number: next().parse().unwrap_or(0),
            state: next(),
            digest: next(),
            op: next(),
            started_at: next(),
            of: next().parse().unwrap_or(0),
        }
    });
    Ok(entries.collect())
}

/// The step that these rows are of: there is one at most, since each run finishes it before it begins another.
pub(super) fn unfinished(entries: &[Entry]) -> Option<Unfinished> {
    let first = entries.first()?;
    let own = || entries.iter().filter(|entry| entry.revision == first.revision);
    let open = own().find(|entry| entry.state == "started");
    Some(Unfinished {
        revision: first.revision.clone(),
        direction: if first.direction == "downgrade" { Direction::Down } else { Direction::Up },
        done: own().filter(|entry| entry.state == "done").count(),
        of: first.of,
        open: open.map(|entry| (entry.number, entry.op.clone())),
        started_at: first.started_at.clone(),
    })
}
