//! What can stop a run, and what is true then.

use std::time::Duration;

use migrate_model::{
    Dialect, Place,
    catalog::{CatalogError, InvertError},
    revision::{Direction, PlanError, RevisionId, SpecError},
};

use super::{Applied, Missing, Unfinished, unknown_files};
use crate::{
    BrokenChain, Revision,
    backend::{DatabaseError, RenderError},
};

/// A run that stopped, or did not begin.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the fields are the words of the messages")]
pub enum Error {
    #[error(transparent)]
    Chain(#[from] BrokenChain),
    #[error(transparent)]
    Spec(#[from] SpecError),
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error("cannot {doing}")]
    Database { doing: String, source: DatabaseError },
    #[error("the version table `{table}` holds {}, which {} here{}", list(rows), if rows.len() == 1 { "is no revision" } else { "are no revisions" }, behind_colon(applied))]
    UnknownRows { table: String, rows: Vec<String>, applied: Vec<Applied> },
    #[error("the version table `{table}` holds {what}")]
    OddRow { table: String, what: String },
    #[error("`{table}` {what}")]
    Damaged { table: String, what: String, cure: String },
    #[error("there is no version table `{table}`, though the log `{log}` says {}", or_base(logged))]
    NoVersionTable { table: String, log: String, logged: Vec<String> },
    #[error("{} edited since: {}", if revisions.len() == 1 { "a migration that is applied was" } else { "migrations that are applied were" }, all(revisions))]
    Edited { revisions: Vec<Applied> },
    #[error("{} not among the migrations any more: {}", if revisions.len() == 1 { "a revision that is applied is" } else { "revisions that are applied are" }, all(revisions))]
    Missing { revisions: Vec<Applied> },
    #[error("there is nothing to repair: {why}")]
    NothingToRepair { why: String },
    #[error("a repair needs a reason, which the log keeps")]
    NoReason,
    #[error("`{}` is no word for a database: letters, digits, `-`, `_` and `.`, 64 at most", word.escape_debug())]
    NoWord { word: String },
    #[error(
        "the version table `{table}` holds both {ancestor} and {descendant}, though the one comes before the other"
    )]
    OverlappingRows { table: String, ancestor: RevisionId, descendant: RevisionId },
    #[error(
        "the version table `{table}` says {}, the log says {}: one of them was changed by something else",
        or_base(rows),
        or_base(logged)
    )]
    Moved { table: String, rows: Vec<String>, logged: Vec<String> },
    #[error("the log `{table}` is in format {found}; this version writes format {known}")]
    NewerFormat { table: String, found: i64, known: i64 },
    #[error(
        "the database has tables ({}) but no version table `{table}`: its state is unknown",
        list(tables)
    )]
    NonEmpty { tables: Vec<String>, table: String },
    #[error("below revisions that are applied there are some that are not: {}", list(revisions))]
    Skipped { revisions: Vec<RevisionId> },
    #[error("cannot {} {} ({}): {}", verb(*direction), revision.id, title(revision), reason(irreversible))]
    Irreversible { revision: Revision, direction: Direction, irreversible: String },
    #[error("cannot {} {} ({})", verb(*direction), revision.id, title(revision))]
    DoesNotFit {
        revision: Revision,
        direction: Direction,
        #[source]
        source: OpError<CatalogError>,
    },
    #[error("cannot {} {} ({})", verb(*direction), revision.id, title(revision))]
    NoInverse {
        revision: Revision,
        direction: Direction,
        #[source]
        source: OpError<InvertError>,
    },
    #[error("cannot {} {} ({})", verb(*direction), revision.id, title(revision))]
    NotHere {
        revision: Revision,
        direction: Direction,
        #[source]
        source: OpError<RenderError>,
    },
    #[error("cannot {} {} ({}): {op} ({place}) can't be done inside a transaction", verb(*direction), revision.id, title(revision))]
    NeedsNoTransaction { revision: Revision, direction: Direction, op: String, place: Place },
    #[error("cannot {} {} ({}): {op} ({place}): {by} would use the value `{value}` of the enum `{name}`, which PostgreSQL allows only behind the transaction that adds it", verb(*direction), revision.id, title(revision))]
    UnsafeEnumValue {
        revision: Revision,
        direction: Direction,
        op: String,
        place: Place,
        name: String,
        value: String,
        by: String,
    },
    #[error("cannot {} {} ({}): {op} ({place}) has code for other connections to this database, and this one is a `{connection}`", verb(*direction), revision.id, title(revision))]
    OtherConnection {
        revision: Revision,
        direction: Direction,
        op: String,
        place: Place,
        connection: String,
    },
    #[error("cannot {} {} ({}): {op} ({place}) is about a table that the migrations themselves are kept in", verb(*direction), revision.id, title(revision))]
    OwnTable { revision: Revision, direction: Direction, op: String, place: Place },
    #[error("cannot {} {} ({}): it panicked while it was read: {said}", verb(*direction), revision.id, title(revision))]
    Panicked { revision: Revision, direction: Direction, said: String },
    #[error("the database's user lacks what this run needs: {}", lacks(missing))]
    Rights { missing: Vec<Missing> },
    #[error("{} ({}) runs outside of transactions, so it can't be part of a single one", revision.id, title(revision))]
    NotInSingleTransaction { revision: Revision },
    #[error("{} ({}) can't be run inside of a transaction, and the connection is inside of one", revision.id, title(revision))]
    InsideTransaction { revision: Revision },
    #[error("cannot apply {revision}: before it {} {}, which the version table doesn't call applied", if missing.len() == 1 { "comes" } else { "come" }, list(missing))]
    OutOfOrder { revision: RevisionId, missing: Vec<RevisionId> },
    #[error("a script can't run code, and {} for {dialect}", codes(steps))]
    NoScript { dialect: Dialect, steps: Vec<CodeStep> },
    #[error("cannot {} {} ({}) in a script: {what}", verb(*direction), revision.id, title(revision))]
    Unscriptable { revision: Revision, direction: Direction, what: String, instead: String },
    #[error("`{spec}` is counted from where a database is, and a script is made without one")]
    FromNowhere { spec: String },
    #[error("a script needs to know where it begins: `{spec}` is one end of a range")]
    NoStart { spec: String },
    #[error("{} {} ({}) failed, and {kept}", noun(*direction), revision.id, title(revision))]
    Failed {
        revision: Revision,
        direction: Direction,
        kept: Kept,
        #[source]
        source: Box<StatementError>,
    },
    #[error("{} {} ({}) failed, and {kept}", noun(*direction), revision.id, title(revision))]
    Stopped {
        revision: Revision,
        direction: Direction,
        kept: Kept,
        #[source]
        source: DatabaseError,
    },
    #[error("another runner is at work: {holder}; it was waited for for {} s", waited.as_secs())]
    Busy { holder: String, waited: Duration },
    #[error("{}", interrupted(step.as_deref()))]
    Interrupted { step: Option<Box<(Revision, Direction, Kept)>> },
    #[error(
        "{} ({}) runs outside of transactions, and between here and the database is a pooler that gives each transaction another connection: nothing would keep a second runner away",
        revision.id,
        title(revision)
    )]
    Pooled { revision: Revision },
    #[error("the {} {} is half done: {} of its {} statements took effect", plain_noun(unfinished.direction), unfinished.revision, unfinished.done, unfinished.of)]
    Unfinished { unfinished: Unfinished },
    #[error("{} {} ({}) was begun before, and its statement {number} was another one: {was} then, {} now", noun(*direction), revision.id, title(revision), now.as_deref().unwrap_or("nothing"))]
    Rewritten {
        revision: Revision,
        direction: Direction,
        number: usize,
        was: String,
        now: Option<String>,
    },
    #[error("statement {number} of {of} of {} {} ({}) was begun and not seen to end, and it can't be told whether it took effect: {why}\n  {op} ({place}): {sql}", noun(*direction), revision.id, title(revision))]
    Undecided {
        revision: Revision,
        direction: Direction,
        number: usize,
        of: usize,
        op: String,
        place: Place,
        sql: String,
        why: String,
    },
    #[error(
        "other revisions were applied meanwhile above those that are to go: {}",
        list(revisions)
    )]
    Covered { revisions: Vec<RevisionId> },
    #[error("no step is half done")]
    NothingUnfinished,
    #[error("the version table `{table}` was changed while {revision} was running: {what}")]
    Overtaken { table: String, revision: String, what: String },
}

/// Code that brings no SQL.
#[derive(Clone, Debug)]
pub struct CodeStep {
    /// Whose.
    pub revision: Revision,
    /// What it is called.
    pub label: String,
    /// Where it is written.
    pub place: Place,
}

/// What is wrong, and with which op of which line.
#[derive(Debug, thiserror::Error)]
#[error("{op} ({place})")]
pub struct OpError<E: std::error::Error + 'static> {
    /// The op, in words.
    pub op: String,
    /// Where it is written.
    pub place: Place,
    /// What is wrong with it.
    pub source: E,
}

/// A statement that failed.
#[derive(Debug, thiserror::Error)]
#[error("{op} ({place})")]
pub struct StatementError {
    /// The op it belongs to, in words.
    pub op: String,
    /// Where that is written.
    pub place: Place,
    /// The statement.
    pub sql: String,
    /// What the database said.
    pub source: DatabaseError,
}

/// What of a failed step is in the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Nothing of it.
    Nothing,
    /// Nothing of the whole run.
    NothingOfRun,
    /// What its code had done when it ended the transaction.
    Escaped,
    /// All of it or nothing: the connection broke while the database was making it last.
    Unknown,
    /// The first so many of its statements.
    Statements {
        /// How many are done.
        done: usize,
        /// Of how many.
        of: usize,
    },
}

impl std::fmt::Display for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Kept::Nothing => f.write_str("nothing of it was changed"),
            Kept::NothingOfRun => f.write_str("nothing of this run was changed"),
            Kept::Escaped => f.write_str(
                "what it had done until its code ended the transaction stays, if that was a COMMIT",
            ),
            Kept::Unknown => f.write_str(
                "whether it took effect is not known, since the connection broke at its very end",
            ),
            Kept::Statements { done: 0, .. } => f.write_str("none of its statements took effect"),
            Kept::Statements { done, of } => {
                write!(
                    f,
                    "{done} of its {of} statements took effect, since it runs outside of transactions"
                )
            }
        }
    }
}

/// What puts the version table right.
const REPAIR_ROWS: &str = "`migrate repair --version-table --reason \"…\"`";

/// Whose table says where a database is, and how it is taken over.
fn of_another_tool(tables: &[String]) -> String {
    const OTHERS: [(&str, &str); 2] =
        [("flyway_schema_history", "Flyway"), ("schema_migrations", "another tool")];
    if let Some(tool) = super::adopt::among(tables) {
        return format!(
            "this database is under {tool} (`{}`): `migrate adopt --from {}`; ",
            tool.table(),
            tool.word()
        );
    }
    let found = OTHERS.iter().find(|(table, _)| tables.iter().any(|one| one == table));
    found.map_or_else(String::new, |(table, tool)| {
        format!("`{table}` is the version table of {tool}, whose SQL files `cargo migrate import sql` takes over; ")
    })
}

fn all(revisions: &[Applied]) -> String {
    revisions.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn behind_colon(revisions: &[Applied]) -> String {
    if revisions.is_empty() { String::new() } else { format!(": {}", all(revisions)) }
}

fn interrupted(step: Option<&(Revision, Direction, Kept)>) -> String {
    match step {
        None => "interrupted".to_owned(),
        Some((revision, direction, kept)) => {
            format!(
                "{} {} ({}) was interrupted, and {kept}",
                noun(*direction),
                revision.id,
                title(revision)
            )
        }
    }
}

fn plain_noun(direction: Direction) -> &'static str {
    match direction {
        Direction::Up => "upgrade to",
        Direction::Down => "downgrade of",
    }
}

fn verb(direction: Direction) -> &'static str {
    match direction {
        Direction::Up => "apply",
        Direction::Down => "take back",
    }
}

fn noun(direction: Direction) -> &'static str {
    match direction {
        Direction::Up => "upgrade",
        Direction::Down => "downgrade of",
    }
}

/// The first line of a migration's message.
fn title(revision: &Revision) -> &str {
    revision.message.lines().next().unwrap_or_default()
}

fn lacks(missing: &[Missing]) -> String {
    let all: Vec<&str> = missing.iter().map(|one| one.what.as_str()).collect();
    all.join("; ")
}

fn reason(irreversible: &str) -> String {
    format!("it is irreversible: {irreversible}")
}

fn codes(steps: &[CodeStep]) -> String {
    let shown: Vec<String> = steps
        .iter()
        .map(|step| format!("`{}` of {} ({})", step.label, step.revision.id, step.place))
        .collect();
    let verb = if steps.len() == 1 { "brings no SQL" } else { "bring no SQL" };
    format!("{} {verb}", shown.join(", "))
}

/// Names in a sentence; a long list is cut, with its length.
pub(super) fn list(names: &[impl ToString]) -> String {
    const MOST: usize = 5;
    let shown: Vec<String> =
        names.iter().take(MOST).map(|name| format!("`{}`", name.to_string())).collect();
    match names.len().checked_sub(MOST) {
        Some(more) if more > 0 => format!("{} and {more} more", shown.join(", ")),
        _ => shown.join(", "),
    }
}

fn or_base(rows: &[String]) -> String {
    if rows.is_empty() { "base".to_owned() } else { list(rows) }
}

impl Error {
    /// What to do next, where that can be told.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Error::UnknownRows { rows, applied, .. } => {
                let ids: Vec<&str> = rows.iter().map(String::as_str).collect();
                let find = unknown_files(&ids)
                    .map(|command| format!("`{command}` finds the file; "))
                    .unwrap_or_default();
                let untrue = match applied.len() == rows.len() {
                    true => "",
                    false => ", or, where nobody applied it, `migrate repair --version-table --reason \"…\"`",
                };
                format!(
                    "an older release was deployed, or a branch was switched: {find}run the release that has it, or, if you know what \
                     the schema is, `migrate stamp --purge REV`{untrue}; nothing was changed"
                )
            }
            Error::OverlappingRows { descendant, .. } => format!(
                "something else wrote to the table: {REPAIR_ROWS} puts it right by the log; if the schema is that of {descendant}: \
                 `migrate stamp --purge {descendant}`; nothing was changed"
            ),
            Error::OddRow { .. } => format!("something else wrote to the table: {REPAIR_ROWS} puts it right by the log; nothing was changed"),
            Error::Damaged { cure, .. } => format!("{cure}; nothing was changed"),
            Error::NoVersionTable { .. } => format!(
                "it was dropped or renamed: {REPAIR_ROWS} makes it again by the log; if the schema is that of another revision: \
                 `migrate stamp REV`; nothing was changed"
            ),
            Error::Moved { .. } => format!(
                "find out which is true: where the log is, {REPAIR_ROWS}; otherwise `migrate stamp REV` sets both; nothing was changed"
            ),
            Error::Edited { revisions } => {
                let ids: Vec<&str> = revisions.iter().map(|one| one.revision.as_str()).collect();
                let find = match unknown_files(&ids[..1]) {
                    Some(command) => format!(" (`{command}` shows when)"),
                    None => String::new(),
                };
                format!(
                    "take the change back{find}, and write a new migration for it; or, if the database is as it says now: \
                     `migrate repair {} --accept --reason \"…\"`; nothing was changed",
                    ids.join(" ")
                )
            }
            Error::Missing { revisions } => {
                let ids: Vec<&str> = revisions.iter().map(|one| one.revision.as_str()).collect();
                let find = unknown_files(&ids)
                    .map(|command| format!("`{command}` finds the file; "))
                    .unwrap_or_default();
                format!(
                    "{find}bring it back, or, if it is gone for good: `migrate repair {} --accept --reason \"…\"`; nothing was changed",
                    ids.join(" ")
                )
            }
            Error::NothingToRepair { .. } | Error::NoWord { .. } => "nothing was changed".to_owned(),
            Error::NoReason => "say why: --reason \"…\"; nothing was changed".to_owned(),
            Error::NewerFormat { .. } => "use the newer version that wrote it; nothing was changed".to_owned(),
            Error::NonEmpty { tables, .. } => format!(
                "{}if the schema is that of a revision: `migrate stamp REV`; if these tables have nothing to do \
                 with the migrations: `migrate upgrade --allow-non-empty`; nothing was changed",
                of_another_tool(tables)
            ),
            Error::Skipped { .. } => {
                "they were inserted below later ones: `migrate upgrade --include-skipped` runs them now, or let their `down_revision` name \
                 the head, so that they come last; if they are applied, and only the log lost them: `migrate stamp REV`, with the head that the database is at; nothing was changed".to_owned()
            }
            Error::Irreversible { .. } => "nothing was changed; restore a backup, or write a migration that leads on".to_owned(),
            Error::DoesNotFit { source, .. } => and_nothing(source.source.hint()),
            Error::NoInverse { source, .. } => and_nothing(source.source.hint()),
            Error::NotHere { source, .. } => and_nothing(source.source.hint()),
            Error::NeedsNoTransaction { .. } => {
                "say `transaction = false` in its #[migration(…)]; nothing was changed".to_owned()
            }
            Error::UnsafeEnumValue { .. } => {
                "use it in a second migration, or say `transaction = false` in its #[migration(…)], or add it with .usable_at_once(); nothing was changed".to_owned()
            }
            Error::OtherConnection { connection, .. } => format!(
                "add `.or(|conn: &mut {connection}| …)` to it, or write it as `code!(|conn| …)`, for every connection that is compiled in; nothing was changed"
            ),
            Error::OwnTable { .. } => {
                "name another table, or another `version_table` or `log_table` in migrate.toml; nothing was changed".to_owned()
            }
            Error::Rights { missing } => {
                let help: Vec<&str> = missing.iter().map(|one| one.help.as_str()).collect();
                format!("nothing was changed; what would help: {}", help.join("; "))
            }
            Error::Panicked { .. } => "nothing was changed".to_owned(),
            Error::NotInSingleTransaction { .. } => "run without --single-transaction; nothing was changed".to_owned(),
            Error::InsideTransaction { .. } => {
                "migrate before the transaction begins, such as Diesel's test transaction; nothing was changed".to_owned()
            }
            Error::OutOfOrder { .. } => {
                "`__diesel_schema_migrations` has rows that `migrate current` knows nothing of: `migrate upgrade` applies what is missing, `migrate stamp REV` \
                 says that the schema has it; nothing was changed".to_owned()
            }
            Error::NoScript { dialect, .. } => {
                let word = match dialect.family() {
                    Dialect::Postgres => "Postgres",
                    Dialect::Sqlite => "Sqlite",
                    Dialect::Mysql | Dialect::Mariadb => "Mysql",
                };
                format!(
                    "give it SQL that does the same, .sql({word}, \"…\"), and .undo_sql({word}, \"…\") beside its .undo(…); or run it with a connection"
                )
            }
            Error::Unscriptable { instead, .. } => instead.clone(),
            Error::FromNowhere { .. } => "name a revision, or `base`".to_owned(),
            Error::NoStart { spec } => format!("write `REV:{spec}`, with the revision that the database is at"),
            Error::Failed { source, kept, .. } => match (&source.source.advice, kept) {
                (Some(advice), _) => advice.clone(),
                (
                    None,
                    Kept::Nothing
                    | Kept::NothingOfRun
                    | Kept::Unknown
                    | Kept::Statements { done: 0, .. },
                ) => return None,
                (None, Kept::Statements { .. }) => AGAIN.to_owned(),
                (None, Kept::Escaped) => {
                    "put the database right by hand, then `migrate upgrade` again or `migrate stamp`".to_owned()
                }
            },
            Error::Stopped { kept: Kept::Unknown, .. } => {
                "look with `migrate current`: it says whether the step is there".to_owned()
            }
            Error::Stopped { source, kept: Kept::Statements { done: 1.., .. }, .. } => {
                source.advice.clone().unwrap_or_else(|| AGAIN.to_owned())
            }
            Error::Stopped { source, .. } => return source.advice.clone(),
            Error::Busy { .. } => "nothing was changed; try again when it is done, or wait for longer: --lock-wait 30min".to_owned(),
            Error::Interrupted { step } => match step.as_deref() {
                Some((_, _, Kept::Statements { done: 1.., .. })) => AGAIN.to_owned(),
                Some(_) | None => "what was finished before stays; run it again to go on".to_owned(),
            },
            Error::Pooled { .. } => "nothing was changed; name the database itself, not the pooler: --database-url URL".to_owned(),
            Error::Unfinished { unfinished } => format!(
                "finish it first: `migrate resume`, or `migrate {}` again; nothing was changed",
                match unfinished.direction {
                    Direction::Up => "upgrade",
                    Direction::Down => "downgrade",
                }
            ),
            Error::Rewritten { .. } => {
                "statements that took effect are not to be edited before the step is finished: put them back as they were; or put the database right by hand and say where it is, `migrate stamp REV`; nothing was changed".to_owned()
            }
            Error::Undecided { .. } => {
                "look at the database; if it took effect: `migrate resume --mark-done`; if it did not: `migrate resume --run-again`; nothing was changed".to_owned()
            }
            Error::Covered { .. } => "look with `migrate current`; nothing was changed".to_owned(),
            Error::NothingUnfinished => "nothing was changed; `migrate upgrade` applies what is pending".to_owned(),
            Error::Overtaken { .. } => "another runner was faster, or SQL of the migration changed the table; nothing of this step was changed: look with `migrate current`".to_owned(),
            Error::Chain(_) | Error::Spec(_) | Error::Plan(_) | Error::Database { .. } => return None,
        })
    }
}

/// What to do about a step that is half done.
const AGAIN: &str = "it is written down which statements took effect: run it again once the cause is gone, and it goes on at this one";

fn and_nothing(hint: Option<String>) -> String {
    match hint {
        Some(hint) => format!("{hint}; nothing was changed"),
        None => "nothing was changed".to_owned(),
    }
}
