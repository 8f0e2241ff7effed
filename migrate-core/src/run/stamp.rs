//! Saying where a database is, without running anything.

use std::collections::BTreeSet;

use migrate_model::revision::{HeadDelta, RevisionId};

use super::{
    Error, Options, journal,
    log::{self, NewEntry},
    state::State,
    version_table::{self, Unmoved},
};
use crate::{Chain, backend::Database};

/// Sets the version rows, and logs every revision that is thereby called applied, or no longer so.
pub(super) fn stamp(
    database: &mut dyn Database,
    options: &Options,
    chain: &Chain,
    state: &State,
    after: &BTreeSet<RevisionId>,
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
        version_table::move_heads(database, options, &state.rows, &heads)?;
        let stamps = after.difference(&logged).map(|id| (id, "stamp"));
        for (id, direction) in stamps.chain(logged.difference(after).map(|id| (id, "unstamp"))) {
            let message = chain.revision(id).map_or("", |revision| revision.message);
            let entry = NewEntry::declared(&run, id, message, direction);
            log::write(database, options, &entry).map_err(Unmoved::Database)?;
        }
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
