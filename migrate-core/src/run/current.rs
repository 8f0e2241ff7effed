//! For programs that migrate nothing themselves, and don't start on a schema that is not theirs.

use migrate_model::revision::RevisionId;

use super::{Error, Migrator, Unfinished, log, state};
use crate::{Chain, backend::Database};

/// Whether the schema of a database is the one that this chain leads to; where it isn't, why not. Changes nothing and creates nothing.
///
/// It reads the version table and the log, no more, so a program can afford it at each start:
///
/// ```
/// use migrate_core::{Chain, NotCurrent, diesel::SqliteConnection, ensure_current};
///
/// fn check(connection: &mut SqliteConnection, chain: &Chain) -> Result<(), NotCurrent> {
///     match ensure_current(connection, chain) {
///         // While a release is taken back, the one before it meets the schema of the later one.
///         Err(NotCurrent::Ahead { .. }) => Ok(()),
///         result => result,
///     }
/// }
/// ```
///
/// # Errors
///
/// When the database is behind the chain, ahead of it or in between, or can't be asked. [`NotCurrent::hint`] names the command that
/// helps.
pub fn ensure_current(database: &mut dyn Database, chain: &Chain) -> Result<(), NotCurrent> {
    Migrator::new(chain).ensure_current(database)
}

/// Why a program should not start on this database.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the fields are the words of the messages")]
pub enum NotCurrent {
    /// Migrations of the chain are not applied.
    #[error("the database is at {}, and {} of this program {} not applied: {}", at(heads), count(pending), if pending.len() == 1 { "is" } else { "are" }, names(pending))]
    Behind { heads: Vec<RevisionId>, pending: Vec<RevisionId> },
    /// It holds revisions that the chain doesn't have: a later release has migrated it.
    #[error("the database is at {}, which this program doesn't know", names(unknown))]
    Ahead { unknown: Vec<RevisionId> },
    /// It holds revisions that the chain doesn't have, and lacks some that the chain has: the two have gone apart.
    #[error("the database is at {}, which this program doesn't know, and {} of this program {} not applied: {}", names(unknown), count(pending), if pending.len() == 1 { "is" } else { "are" }, names(pending))]
    Apart { unknown: Vec<RevisionId>, pending: Vec<RevisionId> },
    /// A step was begun and not finished, by a run that goes on or one that has ended.
    #[error("the database is in the middle of {} {}", match unfinished.direction { migrate_model::revision::Direction::Up => "an upgrade to", migrate_model::revision::Direction::Down => "a downgrade of" }, unfinished.revision)]
    HalfDone { unfinished: Unfinished },
    /// Its own records don't agree with one another, or with the chain.
    #[error(transparent)]
    Odd(Error),
    /// It can't be asked.
    #[error(transparent)]
    Unreadable(Error),
}

impl NotCurrent {
    /// What to do next, where that can be told.
    pub fn hint(&self) -> Option<String> {
        match self {
            NotCurrent::Behind { .. } => Some("`migrate upgrade` applies what is missing".to_owned()),
            NotCurrent::Ahead { .. } => Some(
                "a later release has migrated it: start that one, or take it back with that one's `migrate downgrade`"
                    .to_owned(),
            ),
            NotCurrent::Apart { .. } => Some(
                "another program has migrated it, or a release with another history: `migrate history` of both shows where they part"
                    .to_owned(),
            ),
            NotCurrent::HalfDone { .. } => Some(
                "where its run goes on, wait for it; where it has ended, `migrate resume` finishes the step"
                    .to_owned(),
            ),
            NotCurrent::Odd(error) | NotCurrent::Unreadable(error) => error.hint(),
        }
    }
}

fn names(revisions: &[RevisionId]) -> String {
    const MOST: usize = 5;
    let shown: Vec<&str> = revisions.iter().take(MOST).map(RevisionId::as_str).collect();
    match revisions.len().saturating_sub(MOST) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn at(heads: &[RevisionId]) -> String {
    if heads.is_empty() { "base".to_owned() } else { names(heads) }
}

fn count(pending: &[RevisionId]) -> String {
    match pending.len() {
        1 => "a migration".to_owned(),
        several => format!("{several} migrations"),
    }
}

impl Migrator<'_> {
    /// [`ensure_current`] with this migrator's options.
    ///
    /// # Errors
    ///
    /// As for [`ensure_current`].
    pub fn ensure_current(&mut self, database: &mut dyn Database) -> Result<(), NotCurrent> {
        let (status, state) = self
            .in_session(database, |migrator, session| {
                state::look(session, migrator.chain.graph()?, &migrator.options)
            })
            .map_err(NotCurrent::Unreadable)?;
        if let Some(unfinished) = status.unfinished {
            return Err(NotCurrent::HalfDone { unfinished });
        }
        if !status.unknown.is_empty() {
            let unknown = status.unknown.iter().map(|row| RevisionId::from(row.as_str())).collect();
            // What comes before a row that nobody here knows, only the log can tell.
            let logged = log::applied(&state.log);
            let (is_told, pending) = (!logged.is_empty(), status.pending.into_iter());
            let pending: Vec<RevisionId> =
                pending.filter(|id| is_told && !logged.contains(id)).collect();
            return Err(match pending.is_empty() {
                true => NotCurrent::Ahead { unknown },
                false => NotCurrent::Apart { unknown, pending },
            });
        }
        if let Some(error) = status.disagreement {
            return Err(NotCurrent::Odd(error));
        }
        let graph = self.chain.graph().map_err(|error| NotCurrent::Unreadable(error.into()))?;
        let skipped = graph.skipped(&status.applied);
        if !skipped.is_empty() {
            let revisions = skipped.into_iter().collect();
            return Err(NotCurrent::Odd(Error::Skipped { revisions }));
        }
        if !status.pending.is_empty() {
            let heads = status.heads.into_iter().collect();
            return Err(NotCurrent::Behind { heads, pending: status.pending });
        }
        Ok(())
    }
}
