//! What a statement does to those who use the database meanwhile: the locks it takes, whether it writes a table anew,
//! reads all of it or builds an index.
//!
//! ```text
//! postgres   by the statement's words, and the schema before it
//! mysql      by the changes of the op: neither server's ALTER says what a column was before
//! sqlite     by the kind of statement
//! words      reading a statement as far as that needs
//! ```
//!
//! What can't be told is said to be so ([`Impact::unknown`]), and where two things are possible, the heavier one is said.

mod mysql;
mod postgres;
mod sqlite;
#[cfg(test)]
mod tests;
mod words;

use std::{borrow::Cow, collections::BTreeSet, fmt};

use migrate_model::{
    Dialect, Op,
    catalog::{Catalog, TableName},
};

use crate::backend::Statement;

/// What one statement does while it runs.
///
/// On PostgreSQL a lock stays until the transaction ends, so that what a migration says first is what others wait for longest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Impact {
    /// The tables and views that it locks, each with the strongest lock. Locks that only hinder other changes to the schema are
    /// left out (`ACCESS SHARE`, and `ROW SHARE` on the tables that changed rows refer to).
    pub locks: Vec<TableLock>,
    /// Whether it writes a table anew.
    pub rewrites: Answer,
    /// Whether it reads all rows of a table.
    pub scans: Answer,
    /// Whether it builds an index.
    pub builds: Answer,
    /// Whether anything can be said of it: what raw SQL and code do isn't always.
    pub is_known: bool,
}

/// A lock on a table, a view or a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableLock {
    /// What is locked.
    pub table: TableName,
    /// How.
    pub lock: Lock,
}

/// What is known of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// It does not.
    No,
    /// That depends on what isn't known here: a setting, the rows, a type of somebody's own.
    Perhaps,
    /// It does.
    Yes,
}

/// How a table is locked: in PostgreSQL's words, or as the algorithm of MySQL and MariaDB. Weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the words are the databases'")]
pub enum Lock {
    RowShare,
    RowExclusive,
    ShareUpdateExclusive,
    Share,
    ShareRowExclusive,
    Exclusive,
    AccessExclusive,
    /// MySQL, MariaDB: the description changes, no row does.
    Instant,
    /// In place, with others reading and writing.
    Inplace,
    /// In place, the table written anew, with others reading and writing.
    InplaceRebuild,
    /// In place, with others reading.
    InplaceShared,
    /// The table is copied, with others reading.
    Copy,
}

/// Who waits while a lock is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Waits {
    /// Neither reads nor writes.
    Nothing,
    /// INSERT, UPDATE and DELETE.
    Writes,
    /// SELECT as well.
    ReadsAndWrites,
}

impl Lock {
    /// The database's words for it.
    pub fn words(self) -> &'static str {
        match self {
            Lock::RowShare => "ROW SHARE",
            Lock::RowExclusive => "ROW EXCLUSIVE",
            Lock::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            Lock::Share => "SHARE",
            Lock::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            Lock::Exclusive => "EXCLUSIVE",
            Lock::AccessExclusive => "ACCESS EXCLUSIVE",
            Lock::Instant => "INSTANT",
            Lock::Inplace => "INPLACE",
            Lock::InplaceRebuild => "INPLACE with rebuild",
            Lock::InplaceShared => "INPLACE, LOCK=SHARED",
            Lock::Copy => "COPY",
        }
    }

    /// Who waits for it.
    pub fn waits(self) -> Waits {
        match self {
            Lock::RowShare
            | Lock::RowExclusive
            | Lock::ShareUpdateExclusive
            | Lock::Instant
            | Lock::Inplace
            | Lock::InplaceRebuild => Waits::Nothing,
            Lock::Share
            | Lock::ShareRowExclusive
            | Lock::Exclusive
            | Lock::InplaceShared
            | Lock::Copy => Waits::Writes,
            Lock::AccessExclusive => Waits::ReadsAndWrites,
        }
    }
}

impl Answer {
    /// `true`, `false`, or neither.
    pub fn is_certain(self) -> Option<bool> {
        match self {
            Answer::No => Some(false),
            Answer::Perhaps => None,
            Answer::Yes => Some(true),
        }
    }
}

impl Impact {
    /// That of a statement that leaves every table alone.
    pub fn none() -> Impact {
        let (rewrites, scans, builds) = (Answer::No, Answer::No, Answer::No);
        Impact { locks: Vec::new(), rewrites, scans, builds, is_known: true }
    }

    /// That of a statement that may do anything.
    pub fn unknown() -> Impact {
        let (rewrites, scans, builds) = (Answer::Perhaps, Answer::Perhaps, Answer::Perhaps);
        Impact { locks: Vec::new(), rewrites, scans, builds, is_known: false }
    }

    /// Who waits while it runs.
    pub fn waits(&self) -> Waits {
        self.locks.iter().map(|one| one.lock.waits()).max().unwrap_or(Waits::Nothing)
    }

    /// The same without these tables, which nobody uses yet.
    #[must_use]
    pub fn without(mut self, tables: &BTreeSet<TableName>) -> Impact {
        let is_about_none = self.locks.is_empty();
        self.locks.retain(|one| !tables.contains(&one.table));
        if self.locks.is_empty() && !is_about_none {
            return Impact::none();
        }
        self
    }

    fn lock(mut self, table: &TableName, lock: Lock) -> Impact {
        match self.locks.iter_mut().find(|one| one.table == *table) {
            Some(one) => one.lock = one.lock.max(lock),
            None => self.locks.push(TableLock { table: table.clone(), lock }),
        }
        self
    }

    fn rewrites(mut self, answer: Answer) -> Impact {
        self.rewrites = self.rewrites.max(answer);
        self
    }

    fn scans(mut self, answer: Answer) -> Impact {
        self.scans = self.scans.max(answer);
        self
    }

    fn builds(mut self) -> Impact {
        self.builds = Answer::Yes;
        self
    }

    /// Both at once, as the pieces of one ALTER are.
    fn and(self, other: Impact) -> Impact {
        let is_known = self.is_known && other.is_known;
        let builds = self.builds.max(other.builds);
        let both = Impact { is_known, builds, ..self };
        let both = both.rewrites(other.rewrites).scans(other.scans);
        other.locks.iter().fold(both, |both, one| both.lock(&one.table, one.lock))
    }
}

/// In a few words: `ACCESS EXCLUSIVE on orders, rewrites the table; reads and writes wait`.
impl fmt::Display for Impact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_known {
            return f.write_str("what it locks is not known");
        }
        let mut parts: Vec<String> = Vec::new();
        let mut locks: Vec<Lock> = self.locks.iter().map(|one| one.lock).collect();
        locks.sort_unstable();
        locks.dedup();
        for lock in locks.into_iter().rev() {
            let tables = self.locks.iter().filter(|one| one.lock == lock);
            let tables: Vec<String> = tables.map(|one| one.table.to_string()).collect();
            parts.push(format!("{} on {}", lock.words(), tables.join(", ")));
        }
        parts.extend(said(self.rewrites, "rewrites the table", "may rewrite the table"));
        // A table that is written anew is read, and its indexes with it.
        if self.rewrites != Answer::Yes {
            parts.extend(said(self.builds, "builds an index", "may build an index"));
            let is_said = self.builds == Answer::Yes
                || self.rewrites == Answer::Perhaps && self.scans == Answer::Perhaps;
            if !is_said {
                parts.extend(said(self.scans, "scans the table", "may scan the table"));
            }
        }
        if parts.is_empty() {
            return f.write_str("hinders nobody");
        }
        f.write_str(&parts.join(", "))?;
        match self.waits() {
            Waits::Nothing => Ok(()),
            Waits::Writes => f.write_str("; writes wait"),
            Waits::ReadsAndWrites => f.write_str("; reads and writes wait"),
        }
    }
}

fn said(answer: Answer, yes: &str, perhaps: &str) -> Option<String> {
    match answer {
        Answer::No => None,
        Answer::Perhaps => Some(perhaps.to_owned()),
        Answer::Yes => Some(yes.to_owned()),
    }
}

/// What each statement of an op does, given the schema before it; `statements` is what [`render`](crate::backend::render)
/// makes of the op.
///
/// ```
/// use migrate_core::{backend::render, catalog::Catalog, impact, prelude::*};
///
/// let mut op = Ops::new(Postgres);
/// op.add_column("orders", text("notes").nullable());
/// let mut before = Catalog::default();
/// before.opaque.insert("orders".into());
/// let op = &op.recorded()[0];
/// let statements = render(Postgres, op, &before)?;
/// let impacts = impact::of(Postgres, op, &statements, &before);
/// assert_eq!(impacts[0].to_string(), "ACCESS EXCLUSIVE on orders; reads and writes wait");
/// # Ok::<(), migrate_core::backend::RenderError>(())
/// ```
pub fn of(dialect: Dialect, op: &Op, statements: &[Statement], before: &Catalog) -> Vec<Impact> {
    let mut current = Cow::Borrowed(before);
    let mut impacts = Vec::with_capacity(statements.len());
    for statement in statements {
        impacts.push(match (statement, dialect) {
            (Statement::Code(_), _) => Impact::unknown(),
            (Statement::Rebuild(_), _) => Impact::none().rewrites(Answer::Yes).scans(Answer::Yes),
            (Statement::Sql(sql), Dialect::Postgres) => {
                let impact = postgres::of(sql, &current);
                block(op).filter(|_| !impact.is_known).unwrap_or(impact)
            }
            (Statement::Sql(sql), Dialect::Sqlite) => sqlite::of(sql),
            (Statement::Sql(sql), Dialect::Mysql | Dialect::Mariadb) => {
                mysql::of(dialect, op, sql, before)
            }
        });
        // The statements behind it know the column by its new name.
        if let (Statement::Sql(sql), Op::AlterTable(alter), Dialect::Postgres) =
            (statement, op, dialect)
            && let Some(rename) = postgres::renamed_column(sql)
        {
            // A table that nobody vouches for has no such column here.
            let _ = alter.apply_change(&rename, current.to_mut());
        }
    }
    impacts
}

/// What a block of PL/pgSQL does that an op of ours is said by.
fn block(op: &Op) -> Option<Impact> {
    match op {
        Op::RenameTable(rename) => Some(Impact::none().lock(&rename.from, Lock::AccessExclusive)),
        Op::CreateEnum(_) | Op::AlterEnum(_) | Op::DropEnum(_) => Some(Impact::none()),
        Op::CreateTable(_)
        | Op::DropTable(_)
        | Op::CreatePartition(_)
        | Op::DropPartition(_)
        | Op::AlterTable(_)
        | Op::CreateIndex(_)
        | Op::DropIndex(_)
        | Op::RenameIndex(_)
        | Op::CreateSchema(_)
        | Op::DropSchema(_)
        | Op::CreateSequence(_)
        | Op::AlterSequence(_)
        | Op::RenameSequence(_)
        | Op::DropSequence(_)
        | Op::CreateExtension(_)
        | Op::DropExtension(_)
        | Op::CreateView(_)
        | Op::ReplaceView(_)
        | Op::DropView(_)
        | Op::CreateFunction(_)
        | Op::ReplaceFunction(_)
        | Op::DropFunction(_)
        | Op::CreateTrigger(_)
        | Op::ReplaceTrigger(_)
        | Op::DropTrigger(_)
        | Op::BulkInsert(_)
        | Op::DeleteRows(_)
        | Op::Execute(_)
        | Op::Run(_) => None,
    }
}

/// What one statement of SQL does, by its words alone and the schema before it.
pub fn of_sql(dialect: Dialect, sql: &str, before: &Catalog) -> Impact {
    match dialect {
        Dialect::Postgres => postgres::of(sql, before),
        Dialect::Sqlite => sqlite::of(sql),
        Dialect::Mysql | Dialect::Mariadb => mysql::of_sql(dialect, sql, before),
    }
}
