//! Saying where a database is, without running anything.

use std::collections::BTreeSet;

use migrate_model::revision::{self, HeadDelta, RevisionId, RevisionSpec};

use super::{
    Error, Migrator, Options, Status, for_harness, journal,
    log::{self, NewEntry},
    state::{self, State},
    version_table::{self, Unmoved},
};
use crate::{Chain, backend::Database};

impl Migrator<'_> {
    pub(super) fn stamp_in(
        &mut self,
        database: &mut dyn Database,
        targets: &[String],
        purge: bool,
    ) -> Result<Status, Error> {
        let targets = targets
            .iter()
            .map(|target| target.parse())
            .collect::<Result<Vec<RevisionSpec>, _>>()?;
        // Where no lock keeps other runners away (SQLite, a pooler), one may come in between: then it is all anew.
        for _ in 0..STAMPS {
            match self.stamp_once(database, &targets, purge) {
                Err(Error::Overtaken { .. }) => {}
                stamped => return stamped,
            }
        }
        self.stamp_once(database, &targets, purge)
    }

    fn stamp_once(
        &mut self,
        database: &mut dyn Database,
        targets: &[RevisionSpec],
        purge: bool,
    ) -> Result<Status, Error> {
        let graph = self.chain.graph()?;
        let state = state::read(database, &self.options)?;
        let before: BTreeSet<RevisionId> =
            if purge { BTreeSet::new() } else { state.by_rows(graph, &self.options)? };
        let after = revision::stamp(graph, &before, targets)?.after;
        state.check_format(&self.options)?;
        self.options = state::pinned(database, &self.options)?;
        version_table::create(database, &self.options, &state)?;
        declare(database, &self.options, self.chain, &state, &after, "stamp", &|_| None)?;
        self.status(database)
    }
}

/// How often a stamp begins anew when another runner was faster.
const STAMPS: usize = 5;

/// Sets the version rows, and logs every revision that is thereby called applied, or no longer so: those with this word
/// and a note.
pub(super) fn declare(
    database: &mut dyn Database,
    options: &Options,
    chain: &Chain,
    state: &State,
    after: &BTreeSet<RevisionId>,
    word: &str,
    note: &dyn Fn(&RevisionId) -> Option<String>,
) -> Result<(), Error> {
    let doing = |source| Error::Database { doing: "stamp the database".to_owned(), source };
    let rows: BTreeSet<RevisionId> =
        state.rows.iter().map(|row| RevisionId::from(row.as_str())).collect();
    let wanted = chain.graph()?.maximal(after);
    let heads = HeadDelta { delete: &rows - &wanted, insert: &wanted - &rows };
    let logged = log::applied(&state.log);
    let run = log::run_id();
    database.begin().map_err(doing)?;
    let stamped: Result<(), Unmoved> = (|| {
        version_table::move_heads(database, options, &state.rows, &heads, Vec::new(), false)?;
        let stamps = after.difference(&logged).map(|id| (id, word));
        for (id, direction) in stamps.chain(logged.difference(after).map(|id| (id, "unstamp"))) {
            let message = chain.revision(id).map_or("", |revision| revision.message);
            let note = note(id);
            let declared = NewEntry::declared(&run, id, message, direction);
            let entry = NewEntry { note: note.as_deref(), ..declared };
            log::write(database, options, &entry).map_err(Unmoved::Database)?;
        }
        // Also what the log never had, such as rows of Alembic's.
        let others = chain.revisions().iter().filter(|one| !after.contains(one.id));
        for_harness::forget(database, others).map_err(Unmoved::Database)?;
        if !state.journal.is_empty() {
            journal::clear_all(database, options).map_err(Unmoved::Database)?;
        }
        database.commit().map_err(Unmoved::Database)
    })();
    stamped.map_err(|unmoved| {
        let _ = database.rollback();
        match unmoved {
            Unmoved::Overtaken(what) => Error::Overtaken {
                table: options.version_table.to_string(),
                revision: "stamp".to_owned(),
                what,
            },
            Unmoved::Database(source) => doing(source),
        }
    })
}
