//! Databases that another tool has migrated so far: which of our revisions its table means, and our rows for them.
//!
//! ```text
//! tool      what the other tool's table says
//! mapping   which revision each of its versions is
//! ```
//!
//! Whether the schema is that of these revisions is for others to look at, between [`Migrator::adoptable`], which only
//! reads, and [`Migrator::adopt`], which writes. The other tool's table is left as it is.

mod error;
mod mapping;
mod tool;

use std::collections::{BTreeMap, BTreeSet};

pub use error::AdoptError;
use migrate_model::{
    Dialect,
    catalog::TableName,
    revision::{self, Graph, RevisionId, RevisionSpec},
};
pub(super) use tool::among;
pub use tool::{Foreign, ForeignRow, Tool};

use self::mapping::Match;
use super::{
    Error, Event, Migrator, Options, Status, journal, stamp,
    state::{self, State},
    version_table,
};
use crate::{Chain, backend::Database};

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    /// The tool that migrated the database.
    pub tool: Tool,
    /// Its table, where that has another name than it gives it.
    pub table: Option<&'a TableName>,
    /// The revisions that the database is at, whatever the versions are called.
    pub at: &'a [String],
    /// Versions, and the revisions that they are.
    pub map: &'a [(String, String)],
}

/// A database that can be taken over, as far as the two tools' tables tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adoption {
    /// What the other tool's table says.
    pub foreign: Foreign,
    /// Every revision that is thereby applied, with the version that it has there, if it has one of its own.
    pub revisions: BTreeMap<RevisionId, Option<String>>,
    /// The newest of them.
    pub heads: BTreeSet<RevisionId>,
    /// Versions that the other tool has for itself, and no revision stands for.
    pub passed_over: Vec<String>,
    /// Whether that is not what the table says, but what somebody does ([`Ask::at`]).
    pub is_said: bool,
    /// Whether our tables say so already.
    pub is_done: bool,
    /// Whether the other tool's table is ours, too (`version_table`).
    pub is_kept: bool,
}

impl Adoption {
    /// The revisions alone.
    pub fn applied(&self) -> BTreeSet<RevisionId> {
        self.revisions.keys().cloned().collect()
    }
}

impl Migrator<'_> {
    /// What taking a database over from another tool would write. Changes nothing and creates nothing.
    ///
    /// # Errors
    ///
    /// When the table is not there, or holds what can't be laid beside this chain; when our tables say something else.
    pub fn adoptable(
        &mut self,
        database: &mut dyn Database,
        ask: &Ask<'_>,
    ) -> Result<Adoption, AdoptError> {
        let (chain, options) = (self.chain, self.options.clone());
        self.in_session(database, |_, session| {
            Ok(look(session, chain, &options, ask).map(|it| it.0))
        })?
    }

    /// Writes it: the version rows, and a row of the log for each revision, with where it comes from. Runs nothing.
    ///
    /// `remark` goes into the log too, such as that the schema differs and somebody accepted that.
    ///
    /// # Errors
    ///
    /// As for [`adoptable`](Migrator::adoptable); and when what that saw has changed since.
    pub fn adopt(
        &mut self,
        database: &mut dyn Database,
        ask: &Ask<'_>,
        expected: &Adoption,
        remark: Option<&str>,
    ) -> Result<Status, AdoptError> {
        self.in_session(database, |migrator, session| {
            let options = migrator.options.clone();
            session.lock(&options, &mut |text| migrator.tell(&Event::Notice { text }))?;
            let (now, state) = match look(session, migrator.chain, &options, ask) {
                Ok(found) => found,
                Err(error) => return Ok(Err(error)),
            };
            if now != *expected {
                return Ok(Err(AdoptError::Changed));
            }
            if !now.is_done {
                state.check_format(&options)?;
                migrator.options = state::pinned(session, &options)?;
                version_table::create(session, &migrator.options, &state)?;
                write(session, &migrator.options, migrator.chain, &state, &now, remark)?;
            }
            Ok(Ok(migrator.status(session)?))
        })?
    }
}

/// Reads both tools' tables, and lays them side by side.
fn look(
    database: &mut dyn Database,
    chain: &Chain,
    options: &Options,
    ask: &Ask<'_>,
) -> Result<(Adoption, State), AdoptError> {
    let graph = chain.graph().map_err(Error::from)?;
    let foreign = tool::read(database, ask.tool, ask.table)?;
    let (tool, table) = (foreign.tool, foreign.table.clone());
    let dirty: Vec<String> =
        foreign.rows.iter().filter(|row| row.is_dirty).map(ToString::to_string).collect();
    if !dirty.is_empty() {
        return Err(AdoptError::Dirty { tool, table, rows: dirty });
    }
    let state = state::read(database, options)?;
    let is_kept = is_same(database, &table, &options.version_table)?;
    if is_kept && tool != Tool::Alembic {
        return Err(AdoptError::KeptNotAlembic { table });
    }
    let mut passed_over = Vec::new();
    let revisions = match ask.at {
        [] => by_rows(graph, chain, &foreign, ask.map, &mut passed_over)?,
        at => by_targets(graph, at)?,
    };
    let applied: BTreeSet<RevisionId> = revisions.keys().cloned().collect();
    let heads = graph.maximal(&applied);
    let is_done = match is_kept {
        true => is_kept_done(graph, &state, &foreign, &applied, &heads)?,
        false => is_own_done(graph, options, &state, &foreign, &applied, &heads)?,
    };
    let is_said = !ask.at.is_empty();
    Ok((Adoption { foreign, revisions, heads, passed_over, is_said, is_done, is_kept }, state))
}

/// Whether two names are of one table.
fn is_same(database: &mut dyn Database, one: &TableName, other: &TableName) -> Result<bool, Error> {
    if database.dialect() == Dialect::Sqlite {
        // It has one schema, and does not look at upper and lower case.
        return Ok(one.name.eq_ignore_ascii_case(&other.name));
    }
    Ok(one.name == other.name
        && state::schema_of(database, one)? == state::schema_of(database, other)?)
}

/// What somebody says that the database is at.
fn by_targets(
    graph: &Graph,
    at: &[String],
) -> Result<BTreeMap<RevisionId, Option<String>>, AdoptError> {
    let targets =
        at.iter().map(|target| target.parse()).collect::<Result<Vec<RevisionSpec>, _>>()?;
    let after = revision::stamp(graph, &BTreeSet::new(), &targets)?.after;
    if after.is_empty() {
        return Err(AdoptError::NotOne { revision: at.join(" "), count: 0 });
    }
    Ok(after.into_iter().map(|id| (id, None)).collect())
}

/// What the rows of the other tool's table mean.
fn by_rows(
    graph: &Graph,
    chain: &Chain,
    foreign: &Foreign,
    map: &[(String, String)],
    passed_over: &mut Vec<String>,
) -> Result<BTreeMap<RevisionId, Option<String>>, AdoptError> {
    let (tool, table) = (foreign.tool, foreign.table.clone());
    let mut said: BTreeMap<&str, RevisionId> = BTreeMap::new();
    for (version, revision) in map {
        if !foreign.rows.iter().any(|row| row.version == *version) {
            let rows = foreign.rows.iter().map(|row| row.version.clone()).collect();
            return Err(AdoptError::NoSuchVersion { table, version: version.clone(), rows });
        }
        let found = revision::resolve(graph, &revision.parse()?, &BTreeSet::new())?;
        let [id] = <[RevisionId; 1]>::try_from(found.into_iter().collect::<Vec<_>>()).map_err(
            |found| AdoptError::NotOne { revision: revision.clone(), count: found.len() },
        )?;
        said.insert(version, id);
    }
    let mut revisions = BTreeMap::new();
    let (mut unknown, mut several) = (Vec::new(), Vec::new());
    for (row, found) in foreign.rows.iter().zip(mapping::find(chain.revisions(), foreign)) {
        match (said.get(row.version.as_str()), found) {
            (Some(id), _) => drop(revisions.insert(id.clone(), Some(row.version.clone()))),
            (None, Match::One(id)) => {
                revisions.insert(RevisionId::from(id), Some(row.version.clone()));
            }
            (None, Match::None) if tool.is_its_own(&row.version) => {
                passed_over.push(row.to_string());
            }
            (None, Match::None) => unknown.push(row.to_string()),
            (None, Match::Several(ids)) => {
                several.push(format!("{row} may be {}", ids.join(" or ")));
            }
        }
    }
    if !unknown.is_empty() {
        return Err(AdoptError::Unmapped { tool, table, rows: unknown });
    }
    if !several.is_empty() {
        return Err(AdoptError::Ambiguous { tool, rows: several });
    }
    let mapped: BTreeSet<RevisionId> = revisions.keys().cloned().collect();
    let implied = graph.ancestors(&mapped);
    if !tool.keeps_heads() {
        let gaps: Vec<String> =
            implied.difference(&mapped).map(|id| gap(graph, id, &mapped)).collect();
        if !gaps.is_empty() {
            return Err(AdoptError::Gaps { tool, table, gaps });
        }
    }
    for id in implied {
        revisions.entry(id).or_insert(None);
    }
    Ok(revisions)
}

/// A revision that the table does not have, though it has one above.
fn gap(graph: &Graph, id: &RevisionId, mapped: &BTreeSet<RevisionId>) -> String {
    let above = graph.descendants(&BTreeSet::from([id.clone()]));
    let above: Vec<&str> = above.intersection(mapped).map(RevisionId::as_str).collect();
    let title = graph.get(id).map_or("", revision::Node::title);
    format!("{id} ({title}) is not there, and {} is", above.first().unwrap_or(&"one above it"))
}

/// Whether our tables say it already, where they are our own; an error where they say something else.
fn is_own_done(
    graph: &Graph,
    options: &Options,
    state: &State,
    foreign: &Foreign,
    applied: &BTreeSet<RevisionId>,
    heads: &BTreeSet<RevisionId>,
) -> Result<bool, AdoptError> {
    if !state.has_version_table && !state.has_log_table {
        return Ok(false);
    }
    if let Some(unfinished) = journal::unfinished(&state.journal) {
        return Err(Error::Unfinished { unfinished }.into());
    }
    if !state.has_version_table && state.logged(graph) == *applied {
        // Alembic's table was both tools' until now: the log is whole, and our own rows are not there yet.
        return Ok(false);
    }
    let ours = state.applied(graph, options)?;
    if ours.is_empty() || applied.is_subset(&ours) {
        return Ok(!ours.is_empty());
    }
    let words = |ids: &BTreeSet<RevisionId>| ids.iter().map(ToString::to_string).collect();
    let was_adopted = state.log.rows().any(|row| {
        row.direction == "stamp" && row.note.is_some_and(|note| note.starts_with(ADOPTED))
    });
    Err(AdoptError::Conflict {
        tool: foreign.tool,
        table: foreign.table.clone(),
        own: options.version_table.clone(),
        ours: words(&graph.maximal(&ours)),
        theirs: words(heads),
        more: applied.difference(&ours).map(ToString::to_string).collect(),
        was_adopted,
    })
}

/// The same where both tools share a table, whose rows stay as they are.
fn is_kept_done(
    graph: &Graph,
    state: &State,
    foreign: &Foreign,
    applied: &BTreeSet<RevisionId>,
    heads: &BTreeSet<RevisionId>,
) -> Result<bool, AdoptError> {
    let ids: BTreeSet<&str> = heads.iter().map(RevisionId::as_str).collect();
    let rows: BTreeSet<&str> = foreign.rows.iter().map(|row| row.version.as_str()).collect();
    if ids != rows {
        let rows = rows.difference(&ids).chain(ids.difference(&rows));
        let rows = rows.map(|row| (*row).to_owned()).collect();
        return Err(AdoptError::KeptWithOtherIds { table: foreign.table.clone(), rows });
    }
    Ok(state.logged(graph) == *applied && !applied.is_empty())
}

/// How the notes in the log begin.
const ADOPTED: &str = "adopted from ";

/// Our rows: the heads, and each revision in the log.
fn write(
    database: &mut dyn Database,
    options: &Options,
    chain: &Chain,
    state: &State,
    adoption: &Adoption,
    remark: Option<&str>,
) -> Result<(), Error> {
    let Foreign { tool, table, .. } = &adoption.foreign;
    let note = |id: &RevisionId| {
        let version = adoption.revisions.get(id).and_then(Option::as_ref);
        let version = version.filter(|version| *version != id.as_str());
        let version = version.map_or(String::new(), |version| format!(", version {version}"));
        let remark = remark.map_or(String::new(), |remark| format!("; {remark}"));
        Some(format!("{ADOPTED}{tool} (`{table}`{version}){remark}"))
    };
    // Where Alembic's rows are ours, they say what it did: that is how the log calls it.
    let word = if adoption.is_kept { "external" } else { "stamp" };
    stamp::declare(database, options, chain, state, &adoption.applied(), word, &note)
}
