//! What a person says of the history of a database, with a reason, and what the log keeps of it.
//!
//! Nothing of the schema is touched: a repair vouches for what is there.

use std::collections::BTreeSet;

use migrate_model::revision::{self, Graph, RevisionId, RevisionSpec, resolve};

use super::{
    Applied, Error, Event, Migrator,
    log::{self, Logged, NewEntry},
    prepare::{self, checksum, record},
    state::{self, State},
    tamper,
    version_table::{self, literal, sql_name},
};
use crate::backend::{Database, DatabaseError};

/// What is to be put right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair<'r> {
    /// These applied revisions are right as they are now: edited, or gone from the chain.
    Accept(&'r [String]),
    /// The version table is to say what the log says.
    VersionTable,
}

/// What was put right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repaired {
    /// A migration counts as applied in the way that it is written now.
    Edited {
        /// Which.
        revision: String,
    },
    /// A revision counts as applied, though the chain has it no longer.
    Gone {
        /// Which.
        revision: String,
    },
    /// The version table has other rows.
    Rows {
        /// What it held.
        before: Vec<String>,
        /// What it holds.
        after: Vec<String>,
    },
}

impl Migrator<'_> {
    /// What of the history a run would refuse to build on. Changes nothing and creates nothing.
    ///
    /// # Errors
    ///
    /// When the database can't be read, or the chain is broken.
    pub fn faults(&mut self, database: &mut dyn Database) -> Result<Vec<Error>, Error> {
        self.in_session(database, |migrator, session| {
            let graph = migrator.chain.graph()?;
            let state = state::read(session, &migrator.options)?;
            let logged = state.logged(graph);
            let checksums = prepare::checksums(migrator.chain, session.dialect(), &logged)?;
            let contradiction = state.applied(graph, &migrator.options).err();
            let missing = tamper::missing(&state, graph, &migrator.options);
            let edited = tamper::edited(&state, &checksums);
            Ok([contradiction, missing, edited].into_iter().flatten().collect())
        })
    }

    /// Vouches for a history that was changed by something else, and writes the reason into the log.
    ///
    /// # Errors
    ///
    /// When there is nothing to repair, no reason is given, or the database refuses.
    pub fn repair(
        &mut self,
        database: &mut dyn Database,
        what: Repair<'_>,
        reason: &str,
    ) -> Result<Vec<Repaired>, Error> {
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(Error::NoReason);
        }
        self.in_session(database, |migrator, session| {
            let options = migrator.options.clone();
            session.lock(&options, &mut |text| migrator.tell(&Event::Notice { text }))?;
            let state = state::read(session, &migrator.options)?;
            state.check_format(&migrator.options)?;
            match what {
                Repair::Accept(revisions) => migrator.accept(session, &state, revisions, reason),
                Repair::VersionTable => migrator.set_rows(session, &state, reason),
            }
        })
    }

    fn accept(
        &mut self,
        database: &mut dyn Database,
        state: &State,
        revisions: &[String],
        reason: &str,
    ) -> Result<Vec<Repaired>, Error> {
        let graph = self.chain.graph()?;
        let logged = state.log.logged_by_id();
        let gone = tamper::gone(state, graph, &self.options);
        let mut repaired = Vec::new();
        let mut rows = Vec::new();
        for word in revisions {
            let is_meant = |one: &&Applied| {
                one.revision == *word || word.len() >= 4 && one.revision.starts_with(word.as_str())
            };
            let found: Vec<&Applied> = gone.iter().filter(is_meant).collect();
            match found.as_slice() {
                [] => {}
                [one] => {
                    repaired.push(Repaired::Gone { revision: one.revision.clone() });
                    rows.push((one.revision.clone(), one.message.clone(), None));
                    continue;
                }
                several => {
                    let ids: Vec<&str> = several.iter().map(|one| one.revision.as_str()).collect();
                    return Err(nothing(format!("`{word}` is one of several: {}", ids.join(", "))));
                }
            }
            for id in named(graph, state, word)? {
                let Some(revision) = self.chain.revision(&id) else { continue };
                let Some(logged) = logged.get(id.as_str()) else {
                    return Err(nothing(format!("{id} is not applied")));
                };
                let ops = record(revision, self.chain.context(database.dialect()))?;
                let now = checksum(revision, &ops);
                unedited(logged, &now)?;
                repaired.push(Repaired::Edited { revision: id.to_string() });
                rows.push((id.to_string(), revision.message.to_owned(), Some(now)));
            }
        }
        self.options = state::pinned(database, &self.options)?;
        let (options, run) = (&self.options, log::run_id());
        self.write_down(database, state, |database| {
            for (id, message, checksum) in &rows {
                let entry = NewEntry {
                    checksum: checksum.as_deref(),
                    note: Some(reason),
                    ..NewEntry::declared(&run, id, message, "repair")
                };
                log::write(database, options, &entry)?;
            }
            Ok(())
        })?;
        Ok(repaired)
    }

    fn set_rows(
        &mut self,
        database: &mut dyn Database,
        state: &State,
        reason: &str,
    ) -> Result<Vec<Repaired>, Error> {
        let graph = self.chain.graph()?;
        let table = self.options.version_table.to_string();
        let logged = state.log.logged_by_id();
        if logged.is_empty() {
            return Err(nothing(match state.rows.is_empty() {
                true => {
                    "neither the version table nor the log says that anything is applied".to_owned()
                }
                false => format!(
                    "the log `{}` says nothing of what `{table}` holds, so there is nothing to put it right by",
                    self.options.log_table
                ),
            }));
        }
        // A row that the chain doesn't know stays where the log says that it was applied: a newer release did that.
        // What lies below it can't be told, so then no other row is judged.
        let unknown = state.unknown_rows(graph);
        let (newer, strange): (BTreeSet<String>, BTreeSet<String>) =
            unknown.into_iter().partition(|id| logged.contains_key(id.as_str()));
        let after = if newer.is_empty() {
            graph.maximal(&state.logged(graph)).iter().map(ToString::to_string).collect()
        } else if strange.is_empty() {
            state.by_rows(graph, &self.options)?;
            state.rows.clone()
        } else {
            &state.rows - &strange
        };
        if state.has_version_table && after == state.rows && !state.has_odd_row() {
            return Err(nothing(format!("the version table `{table}` says what the log says")));
        }
        let words = |rows: &BTreeSet<String>| rows.iter().cloned().collect::<Vec<_>>();
        let (before, after) = (words(&state.rows), words(&after));
        self.options = state::pinned(database, &self.options)?;
        version_table::create(database, &self.options, state)?;
        let (options, run) = (&self.options, log::run_id());
        self.write_down(database, state, |database| {
            let dialect = database.dialect();
            let name = sql_name(dialect, &options.version_table)?;
            let found = version_table::rows(database, options)?;
            if found != state.rows {
                return Err(DatabaseError::because("another runner moved the rows meanwhile"));
            }
            database.affected(&format!("DELETE FROM {name}"))?;
            for id in &after {
                let id = literal(dialect, id);
                database.affected(&format!("INSERT INTO {name} (version_num) VALUES ({id})"))?;
            }
            let shown = |rows: &[String]| match rows {
                [] => "base".to_owned(),
                rows => rows.join(", "),
            };
            let message = format!("version table: {} -> {}", shown(&before), shown(&after));
            let entry =
                NewEntry { note: Some(reason), ..NewEntry::declared(&run, "", &message, "repair") };
            log::write(database, options, &entry)
        })?;
        Ok(vec![Repaired::Rows { before, after }])
    }

    /// Marks the database with a word for what it is, such as `production`; without one, takes the mark away.
    ///
    /// Only the log is written to, and made where it is missing.
    ///
    /// # Errors
    ///
    /// When the word is none, or the database refuses.
    pub fn mark(
        &mut self,
        database: &mut dyn Database,
        environment: Option<&str>,
    ) -> Result<(), Error> {
        let is_word = |word: &str| {
            (1..=64).contains(&word.len())
                && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        };
        if let Some(word) = environment.filter(|word| !is_word(word)) {
            return Err(Error::NoWord { word: word.to_owned() });
        }
        self.in_session(database, |migrator, session| {
            let options = migrator.options.clone();
            session.lock(&options, &mut |text| migrator.tell(&Event::Notice { text }))?;
            let state = state::read(session, &migrator.options)?;
            state.check_format(&migrator.options)?;
            if log::mark(&state.log) == environment {
                return Ok(());
            }
            migrator.options = state::pinned(session, &migrator.options)?;
            let (options, run) = (&migrator.options, log::run_id());
            migrator.write_down(session, &state, |database| {
                let entry =
                    NewEntry { note: environment, ..NewEntry::declared(&run, "", "", "mark") };
                log::write(database, options, &entry)
            })
        })
    }

    /// Writes rows of the log, all or none, into a log of today's format.
    fn write_down(
        &self,
        database: &mut dyn Database,
        state: &State,
        write: impl FnOnce(&mut dyn Database) -> Result<(), DatabaseError>,
    ) -> Result<(), Error> {
        let doing = |source| Error::Database {
            doing: format!("write to the log `{}`", self.options.log_table),
            source,
        };
        // `version_table::create` may have seen to it already.
        let state = match state.has_log_table && state.has_note {
            true => None,
            false => Some(state::read(database, &self.options)?),
        };
        database.begin().map_err(doing)?;
        let written = (|| {
            if let Some(state) = &state {
                version_table::create_or_widen_log(database, &self.options, state)?;
            }
            write(database)?;
            database.commit()
        })();
        written.map_err(|source| {
            let _ = database.rollback();
            doing(source)
        })
    }
}

/// The revisions of the chain that a word names.
fn named(graph: &Graph, state: &State, word: &str) -> Result<BTreeSet<RevisionId>, Error> {
    let spec: RevisionSpec = word.parse()?;
    let found = resolve(graph, &spec, &state.logged(graph)).map_err(revision::PlanError::from)?;
    if found.is_empty() {
        return Err(nothing(format!("`{word}` names no revision")));
    }
    Ok(found)
}

/// An error where nothing was edited.
fn unedited(logged: &Logged<'_>, now: &str) -> Result<(), Error> {
    let id = &logged.row.revision;
    match logged.checksum {
        None => Err(nothing(format!(
            "{id} was called applied without being run, so what it was then is not known"
        ))),
        Some(then) if tamper::differs(Some(then), now) => Ok(()),
        Some(_) => Err(nothing(format!(
            "{id} is as it was when it was applied, {}",
            tamper::Applied::of(logged).at
        ))),
    }
}

fn nothing(why: String) -> Error {
    Error::NothingToRepair { why }
}
