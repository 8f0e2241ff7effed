//! What can be wrong with a revision that was asked for.
//!
//! What can be wrong with the chain itself is a [`Fault`](super::Fault).

use super::id::RevisionId;

/// A revision and its message, so that a person can choose.
pub type Candidate = (RevisionId, String);

/// The text is not in the revision language.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// There is no text.
    #[error("the revision is empty; name one, such as `head`, `-1` or an id")]
    Empty,
    /// A space, or something that can't be seen.
    #[error("`{}` has the character `{}`, which is in no revision", text.escape_debug(), character.escape_default())]
    Invisible {
        /// What was written.
        text: String,
        /// The first such character.
        character: char,
    },
    /// Two revisions where one is wanted.
    #[error("`{text}` is a range, and one revision is wanted here")]
    Range {
        /// What was written.
        text: String,
    },
    /// One revision where two are wanted.
    #[error("`{text}` is not a range; a range is `from:to`, `from:` or `:to`")]
    NoRange {
        /// What was written.
        text: String,
    },
    /// What stands before the `@` can't be a branch.
    #[error(
        "in `{text}`, `{branch}` before the `@` is no branch; a branch is a label or a revision id, as in `reports@head`"
    )]
    Branch {
        /// What was written.
        text: String,
        /// What stands before the `@`.
        branch: String,
    },
    /// What stands after the `@` is nothing, or another branch.
    #[error("in `{text}`, one revision is wanted after the `@`, as in `reports@head`")]
    AfterBranch {
        /// What was written.
        text: String,
    },
    /// What follows `+` or `-` is no number.
    #[error("in `{text}`, `{offset}` is no number of steps, such as `+2` or `-1`")]
    Offset {
        /// What was written.
        text: String,
        /// From the sign on.
        offset: String,
    },
    /// What follows `+` or `-` is a number that no chain reaches.
    #[error("in `{text}`, no chain is that long: `{offset}`")]
    LongOffset {
        /// What was written.
        text: String,
        /// From the sign on.
        offset: String,
    },
}

/// The text doesn't name a revision of this graph.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResolveError {
    /// No revision and no label is called so, or begins so.
    #[error("there is no revision or branch label `{name}`{}", did_you_mean(suggestion))]
    NoRevision {
        /// What was written.
        name: String,
        /// What was probably meant.
        suggestion: Option<String>,
    },
    /// Several revisions begin so.
    #[error("`{prefix}` is {}", either(candidates))]
    Ambiguous {
        /// What was written.
        prefix: String,
        /// The revisions that begin so.
        candidates: Vec<Candidate>,
    },
    /// The revision exists elsewhere in the graph.
    #[error("revision `{revision}` is not on branch `{branch}`")]
    NotOnBranch {
        /// The revision.
        revision: RevisionId,
        /// The branch as it was written.
        branch: String,
    },
    /// `head` where there are several.
    #[error(
        "`{spec}` is not one revision but {}; name one of them, or `heads` for all",
        both(candidates)
    )]
    ManyHeads {
        /// What was written.
        spec: String,
        /// The heads.
        candidates: Vec<Candidate>,
    },
    /// A walk from where the database is, which is at several revisions.
    #[error(
        "`{spec}` can't tell where to start, for the database is at {}; say which branch, as in `{}@{}`",
        both(candidates),
        first(candidates),
        steps(spec)
    )]
    ManyCurrent {
        /// What was written.
        spec: String,
        /// Where the database is.
        candidates: Vec<Candidate>,
    },
    /// A walk that has two ways to go.
    #[error("`{spec}` can't tell where to go {} {}: {}", if *is_up { "above" } else { "below" }, place(at.as_ref()), either(candidates))]
    Fork {
        /// What was written.
        spec: String,
        /// Where the ways part; `None` is base.
        at: Option<RevisionId>,
        /// Whether the walk goes up.
        is_up: bool,
        /// The next revision on each way.
        candidates: Vec<Candidate>,
    },
    /// A walk that leaves the chain.
    #[error("`{spec}` goes too far: {}", reach_of(from.as_ref(), *is_up, *reach))]
    TooFar {
        /// What was written.
        spec: String,
        /// Where the walk began; `None` is base.
        from: Option<RevisionId>,
        /// Whether the walk goes up.
        is_up: bool,
        /// How many steps there are.
        reach: usize,
    },
    /// The database holds revisions that this graph has never heard of.
    #[error(
        "the database is at {}, which this chain doesn't have; was it migrated by a newer build, or by another project?",
        all(revisions)
    )]
    UnknownApplied {
        /// Those revisions.
        revisions: Vec<RevisionId>,
    },
}

/// There is no way from where the database is to where it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The target is no revision.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// `upgrade -1`.
    #[error(
        "`{spec}` lies below where the database is, and `upgrade` only goes up; use `downgrade {spec}`"
    )]
    UpgradeDown {
        /// The target as it was written.
        spec: String,
    },
    /// `downgrade +1`.
    #[error(
        "`{spec}` lies above where the database is, and `downgrade` only goes down; use `upgrade {spec}`"
    )]
    DowngradeUp {
        /// The target as it was written.
        spec: String,
    },
    /// `downgrade heads` where there are several.
    #[error("`{spec}` is {}, and `downgrade` wants one revision to go down to", both(candidates))]
    ManyTargets {
        /// The target as it was written.
        spec: String,
        /// The revisions that it names.
        candidates: Vec<Candidate>,
    },
    /// There is nothing to take back.
    #[error("`{spec}` takes nothing back, for no revision is applied")]
    NothingApplied {
        /// The target as it was written.
        spec: String,
    },
    /// A downgrade to the head of a branch.
    #[error("`{spec}` is the top of its branch, and nothing lies above it to take back")]
    NothingAbove {
        /// The target as it was written.
        spec: String,
    },
    /// A downgrade to a revision that isn't applied.
    #[error("can't downgrade to `{revision}`, which is not applied")]
    NotApplied {
        /// The revision.
        revision: RevisionId,
    },
    /// A downgrade on a branch of which nothing is applied.
    #[error("`{spec}` takes nothing back, for nothing of branch `{branch}` is applied")]
    BranchNotApplied {
        /// The target as it was written.
        spec: String,
        /// The branch as it was written.
        branch: String,
    },
    /// A downgrade to a revision that has nothing above it but what depends on it.
    #[error("nothing to take back: no applied revision follows `{revision}`; {} only {} on it", all(dependents), if dependents.len() == 1 { "depends" } else { "depend" })]
    OnlyDependents {
        /// The revision.
        revision: RevisionId,
        /// Applied revisions with it in their `depends_on`.
        dependents: Vec<RevisionId>,
    },
}

/// Longer lists are cut: they are for a person to choose from.
const SHOWN: usize = 6;

pub(super) fn named(candidate: &Candidate) -> String {
    let (id, message) = candidate;
    match message.lines().next() {
        Some(first) if !first.trim().is_empty() => format!("`{id}` ({})", first.trim()),
        Some(_) | None => format!("`{id}`"),
    }
}

/// `a`, `b` or `c`.
pub(super) fn either(candidates: &[Candidate]) -> String {
    list(candidates.iter().map(named), "or")
}

/// `a`, `b` and `c`.
pub(super) fn both(candidates: &[Candidate]) -> String {
    list(candidates.iter().map(named), "and")
}

/// `a`, `b` and `c`, without their messages.
pub(super) fn all(revisions: &[RevisionId]) -> String {
    list(revisions.iter().map(|id| format!("`{id}`")), "and")
}

fn list(items: impl ExactSizeIterator<Item = String>, word: &str) -> String {
    let length = items.len();
    let mut items: Vec<String> =
        items.take(if length > SHOWN { SHOWN - 1 } else { SHOWN }).collect();
    if length > SHOWN {
        items.push(format!("{} others", length + 1 - SHOWN));
    }
    match items.pop() {
        None => "nothing".to_owned(),
        Some(last) if items.is_empty() => last,
        Some(last) => format!("{} {word} {last}", items.join(", ")),
    }
}

pub(super) fn did_you_mean<T: std::fmt::Display>(suggestion: &Option<T>) -> String {
    suggestion.as_ref().map_or(String::new(), |name| format!("; did you mean `{name}`?"))
}

fn first(candidates: &[Candidate]) -> &str {
    candidates.first().map_or("", |(id, _)| id.as_str())
}

fn place(at: Option<&RevisionId>) -> String {
    at.map_or("base".to_owned(), |id| format!("`{id}`"))
}

/// From the sign on.
fn steps(spec: &str) -> &str {
    spec.find(['+', '-']).map_or("", |sign| &spec[sign..])
}

fn reach_of(from: Option<&RevisionId>, is_up: bool, reach: usize) -> String {
    match (from, is_up, reach) {
        (None, false, _) => "nothing lies below base".to_owned(),
        (None, true, 1) => "the chain has only one revision above base".to_owned(),
        (None, true, _) => format!("the chain has only {reach} revisions above base"),
        (Some(from), true, 0) => format!("nothing lies above `{from}`"),
        (Some(from), true, 1) => format!("only one revision lies above `{from}`"),
        (Some(from), true, _) => format!("only {reach} revisions lie above `{from}`"),
        (Some(from), false, 1) => format!("`{from}` is the first revision, one step above base"),
        (Some(from), false, _) => format!("`{from}` is only {reach} steps above base"),
    }
}
