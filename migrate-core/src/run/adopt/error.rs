//! Why a database is not taken over. Nothing was changed then.

use migrate_model::{
    catalog::TableName,
    revision::{PlanError, ResolveError, SpecError},
};

use super::Tool;
use crate::run::{Error, error::list};

/// A database that is not taken over.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the fields are the words of the messages")]
pub enum AdoptError {
    #[error(transparent)]
    Run(Box<Error>),
    #[error(transparent)]
    Spec(#[from] SpecError),
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    #[error("there is no table `{table}`: is this the right database?{}", there(tables))]
    NoTable {
        tool: Tool,
        table: TableName,
        elsewhere: Vec<TableName>,
        other: Option<Tool>,
        tables: Vec<String>,
    },
    #[error("`{table}` is no table of {tool}: it has no column `{column}`")]
    NotItsTable { tool: Tool, table: TableName, column: String },
    #[error("`{table}` has a row without a version, which {tool} never writes")]
    NoVersion { tool: Tool, table: TableName },
    #[error("{tool} did not finish {}: {}", count(rows, "migration"), rows.join(", "))]
    Dirty { tool: Tool, table: TableName, rows: Vec<String> },
    #[error("`{table}` holds {} that {} here: {}", count(rows, "version"), if rows.len() == 1 { "is no revision" } else { "are no revisions" }, rows.join(", "))]
    Unmapped { tool: Tool, table: TableName, rows: Vec<String> },
    #[error("which revision is it? {}", rows.join("; "))]
    Ambiguous { tool: Tool, rows: Vec<String> },
    #[error("`--map {version}=…` names no version of `{table}`, which holds {}", or_nothing(rows))]
    NoSuchVersion { table: TableName, version: String, rows: Vec<String> },
    #[error("`{revision}` is {}", if *count == 0 { "no revision" } else { "several revisions, and a version is one" })]
    NotOne { revision: String, count: usize },
    #[error("by `{table}` there are gaps: {}", gaps.join("; "))]
    Gaps { tool: Tool, table: TableName, gaps: Vec<String> },
    #[error(
        "`{own}` says {}, `{table}` says {}: this database is ours already, and {tool} says something else",
        or_base(ours),
        or_base(theirs)
    )]
    Conflict {
        tool: Tool,
        table: TableName,
        own: TableName,
        ours: Vec<String>,
        theirs: Vec<String>,
        /// What it says is applied, and ours does not.
        more: Vec<String>,
        /// Whether the log says that the database was taken over from it.
        was_adopted: bool,
    },
    #[error("`{table}` is the version table of both tools, so its rows must be ids of revisions here: {}", rows.join(", "))]
    KeptWithOtherIds { table: TableName, rows: Vec<String> },
    #[error("`{table}` is named as `version_table`, which only Alembic's can be")]
    KeptNotAlembic { table: TableName },
    #[error("the database was changed while it was looked at")]
    Changed,
}

impl From<Error> for AdoptError {
    fn from(error: Error) -> AdoptError {
        AdoptError::Run(Box::new(error))
    }
}

fn count(rows: &[String], noun: &str) -> String {
    match rows.len() {
        1 => format!("one {noun}"),
        number => format!("{number} {noun}s"),
    }
}

fn there(tables: &[String]) -> String {
    if tables.is_empty() {
        " It has no tables".to_owned()
    } else {
        format!(" It has {}", list(tables))
    }
}

fn or_nothing(rows: &[String]) -> String {
    if rows.is_empty() { "nothing".to_owned() } else { list(rows) }
}

fn or_base(ids: &[String]) -> String {
    if ids.is_empty() { "base".to_owned() } else { list(ids) }
}

impl AdoptError {
    /// What to do next, where that can be told.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            AdoptError::Run(error) => return error.hint(),
            AdoptError::NoTable { tool, elsewhere, other, .. } => {
                match (elsewhere.as_slice(), other) {
                    ([table, ..], _) => format!(
                        "there is `{table}`: `migrate adopt --from {} --table {table}`; nothing was changed",
                        tool.word()
                    ),
                    ([], Some(other)) => format!(
                        "there is `{}`: `migrate adopt --from {}`; nothing was changed",
                        other.table(),
                        other.word()
                    ),
                    ([], None) => format!(
                        "name another database with --database-url, or {tool}'s table with --table NAME; if this is to be a new one: \
                         `migrate upgrade`; nothing was changed"
                    ),
                }
            }
            AdoptError::NotItsTable { tool, .. } => format!(
                "name {tool}'s own table: --table NAME, or the tool that made this one: --from TOOL; nothing was changed"
            ),
            AdoptError::NoVersion { .. } => {
                "put the table right first; nothing was changed".to_owned()
            }
            AdoptError::Dirty { tool, .. } => format!(
                "finish it, or take it back, with {tool}; then adopt again; nothing was changed"
            ),
            AdoptError::Unmapped { tool, rows, .. } => {
                let is_word = |word: &&str| {
                    !word.is_empty()
                        && word.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c))
                };
                let first = rows.first().and_then(|row| row.split(' ').next()).filter(is_word);
                let first = first.unwrap_or("VERSION");
                let bring = match tool {
                    Tool::Diesel => "bring it over: `cargo migrate import diesel DIR`".to_owned(),
                    Tool::Sqlx | Tool::Refinery => {
                        "bring it over: `cargo migrate import sql DIR`".to_owned()
                    }
                    Tool::Alembic | Tool::SeaOrm => {
                        "write a migration for it: `cargo migrate revision`".to_owned()
                    }
                };
                format!(
                    "{bring}; or say which revision it is: --map {first}=REV; or which revision the database is at, whatever its \
                     versions are called: --at REV; nothing was changed"
                )
            }
            AdoptError::Ambiguous { .. } => {
                "say which: --map VERSION=REV, once for each; nothing was changed".to_owned()
            }
            AdoptError::Spec(_)
            | AdoptError::Plan(_)
            | AdoptError::Resolve(_)
            | AdoptError::NoSuchVersion { .. }
            | AdoptError::NotOne { .. } => {
                "`migrate history` lists the revisions; nothing was changed".to_owned()
            }
            AdoptError::Gaps { tool, .. } => format!(
                "apply what is missing with {tool} first; or, if the schema has it: --at REV, with the revision that the database is at; \
                 nothing was changed"
            ),
            AdoptError::Conflict { tool, table, more, was_adopted, .. } => {
                match (was_adopted, more.is_empty()) {
                    (true, false) => format!(
                        "{tool} went on after the database was adopted: {}; if the schema has that, as `migrate check` tells: `migrate stamp \
                         REV`, and drop `{table}`, so that only one tool migrates it; nothing was changed",
                        list(more)
                    ),
                    (true, true) | (false, _) => format!(
                        "`migrate check` compares the schema with the revision that we say; if {tool} is right: `migrate stamp REV`; nothing was changed"
                    ),
                }
            }
            AdoptError::KeptWithOtherIds { .. } => {
                "take `version_table` out of migrate.toml, so that each tool has its own table; or give the revisions Alembic's ids; \
                 nothing was changed"
                    .to_owned()
            }
            AdoptError::KeptNotAlembic { .. } => {
                "take `version_table` out of migrate.toml; nothing was changed".to_owned()
            }
            AdoptError::Changed => "adopt again; nothing was changed".to_owned(),
        })
    }
}
