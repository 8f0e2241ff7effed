//! What must hold for every migration, checked without a database.
//!
//! `migrations!` makes a test of it for each revision.

use std::collections::BTreeSet;

use migrate_model::{Dialect, catalog::Catalog, op::apply_all, revision::RevisionId};

use crate::{
    Chain,
    backend::{DIALECTS, render},
    run::{FreshValues, record, replay, way_down},
};

/// Checks one revision for every backend that is compiled in: that it records the same ops each time,
/// that they fit the schema before them and can be said in the database's SQL, and that its way down
/// leaves the schema as it was.
///
/// # Panics
///
/// When one of these does not hold, with what is wrong. It is made for tests.
pub fn revision(chain: &Chain, id: &str) {
    if let Err(fault) = check(chain, id) {
        panic!("{fault}");
    }
}

fn check(chain: &Chain, id: &str) -> Result<(), String> {
    let graph = chain.graph().map_err(words)?;
    let revision = chain.revision(id).ok_or_else(|| format!("there is no revision {id}"))?;
    let own = RevisionId::from(id);
    let mut before: BTreeSet<RevisionId> = graph.ancestors(&BTreeSet::from([own.clone()]));
    before.remove(&own);
    for &dialect in DIALECTS {
        let context = chain.context(dialect);
        let up = record(revision, context).map_err(words)?;
        if up != record(revision, context).map_err(words)? {
            return Err(format!(
                "{id} records other ops the second time: does it ask a clock, or chance? ({dialect})"
            ));
        }
        if let Some(op) = up.iter().find(|op| {
            revision.transaction && dialect == Dialect::Postgres && op.forbids_transaction()
        }) {
            return Err(format!(
                "{id}: {} ({}) needs `transaction = false` ({dialect})",
                op.describe(),
                op.place
            ));
        }
        let start = replay(chain, dialect, &before).map_err(words)?;
        let there = walk(revision.transaction, &up, &start, dialect)?;
        if revision.irreversible.is_some() {
            continue;
        }
        let down = way_down(revision, context, &up, &mut start.clone()).map_err(words)?;
        let back = walk(revision.transaction, &down, &there, dialect)?;
        // Only of what SQL that can't be read has not changed is it known what it was.
        let (start, back) = (start.vouched(&back), back.vouched(&start));
        if back != start {
            return Err(format!(
                "the way down of {id} does not lead back: {} ({dialect})",
                difference(&start, &back)
            ));
        }
    }
    Ok(())
}

fn words(error: impl std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        words.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    words
}

/// The schema after some ops, each of which must have its SQL.
fn walk(
    in_transaction: bool,
    ops: &[migrate_model::Recorded],
    start: &Catalog,
    dialect: Dialect,
) -> Result<Catalog, String> {
    let mut catalog = start.clone();
    let mut fresh = FreshValues::default();
    for recorded in ops {
        let at = |error: String| {
            format!("{} ({}): {error} ({dialect})", recorded.describe(), recorded.place)
        };
        render(dialect, recorded, &catalog).map_err(|error| at(error.to_string()))?;
        apply_all(std::slice::from_ref(recorded), &mut catalog)
            .map_err(|error| at(error.what.to_string()))?;
        if let Some(found) = fresh.see(dialect, recorded, &catalog).filter(|_| in_transaction) {
            return Err(at(format!(
                "{} would use the value `{}` of the enum `{}`, which needs `transaction = false`, a second migration or .usable_at_once()",
                found.by, found.value, found.name
            )));
        }
    }
    Ok(catalog)
}

/// The first thing in which two schemas differ.
fn difference(before: &Catalog, after: &Catalog) -> String {
    let mut names: BTreeSet<_> = before.tables.keys().collect();
    names.extend(after.tables.keys());
    for name in names {
        match (before.tables.get(name), after.tables.get(name)) {
            (Some(_), None) => return format!("table `{name}` is gone"),
            (None, Some(_)) => return format!("table `{name}` is left over"),
            (Some(a), Some(b)) if a != b => {
                return format!("table `{name}` was {a:?} and is {b:?}");
            }
            _ => {}
        }
    }
    "what stands beside the tables differs".to_owned()
}
