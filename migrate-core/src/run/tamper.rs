//! What was done to the history behind the runner's back: applied migrations that were edited, or are gone.
//!
//! Rows that contradict the log are `state`'s, which can't say what is applied then. Here that is known, and the
//! chain is what changed.

use migrate_model::revision::Graph;

use super::{Error, LogEntry, Options, log::Logged, prepare::Checksums, state::State};

/// A revision that was applied, and what is known of that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Its id.
    pub revision: String,
    /// Its message, as it was then.
    pub message: String,
    /// When, in UTC, as ISO 8601.
    pub at: String,
    /// By whom.
    pub by: String,
}

impl Applied {
    pub(super) fn of(logged: &Logged<'_>) -> Applied {
        let words = |of: fn(&LogEntry) -> &String| logged.row.entry.map(of).cloned();
        Applied {
            revision: logged.row.revision.to_owned(),
            message: words(|entry| &entry.message).unwrap_or_default(),
            at: words(|entry| &entry.started_at).unwrap_or_default(),
            by: words(|entry| &entry.applied_by).unwrap_or_default(),
        }
    }
}

impl std::fmt::Display for Applied {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.revision)?;
        match self.message.lines().next() {
            Some(title) if !title.is_empty() => write!(f, " ({title})")?,
            Some(_) | None => {}
        }
        write!(f, ", applied {} by {}", self.at, self.by)
    }
}

/// The error where applied migrations are not what they were.
///
/// Checksums of another version are of another making: nothing follows from a difference.
pub(super) fn edited(state: &State, now: &Checksums) -> Option<Error> {
    let is_edited = |logged: &Logged<'_>| {
        now.get(logged.row.revision).is_some_and(|now| differs(logged.checksum, now))
    };
    let found = state.log.logged().filter(is_edited);
    let mut revisions: Vec<Applied> = found.map(|logged| Applied::of(&logged)).collect();
    revisions.sort_by(|one, other| one.at.cmp(&other.at));
    (!revisions.is_empty()).then_some(Error::Edited { revisions })
}

/// Whether two checksums of the same version differ.
pub(super) fn differs(then: Option<&str>, now: &str) -> bool {
    let version = |checksum: &str| checksum.split_once(':').map(|(version, _)| version.to_owned());
    then.is_some_and(|then| version(then) == version(now) && then != now)
}

/// Applied revisions that the chain doesn't have, and that no row names.
///
/// Beside Alembic the version table alone is the truth, and the log follows it.
pub(super) fn gone(state: &State, graph: &Graph, options: &Options) -> Vec<Applied> {
    if options.version_table.name == "alembic_version" {
        return Vec::new();
    }
    let is_gone = |logged: &Logged<'_>| {
        let id = logged.row.revision;
        !logged.may_be_gone && graph.get(id).is_none() && !state.rows.contains(id)
    };
    state.log.logged().filter(is_gone).map(|logged| Applied::of(&logged)).collect()
}

/// The error where there are such.
pub(super) fn missing(state: &State, graph: &Graph, options: &Options) -> Option<Error> {
    let revisions = gone(state, graph, options);
    (!revisions.is_empty()).then_some(Error::Missing { revisions })
}

/// A command that finds the files of revisions in git, whichever branch has them.
pub fn unknown_files<S: AsRef<str>>(ids: &[S]) -> Option<String> {
    const MOST: usize = 5;
    let is_plain = |id: &&str| {
        !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
    };
    let ids = ids.iter().map(AsRef::as_ref).filter(is_plain);
    let patterns: Vec<String> = ids.take(MOST).map(|id| format!("'*{id}*'")).collect();
    (!patterns.is_empty()).then(|| format!("git log --all --oneline -- {}", patterns.join(" ")))
}
