//! What can be found out without a database: from the ops, and the schemas that they lead to.

use std::collections::BTreeSet;

use migrate_model::{
    Dialect, Op, Recorded,
    catalog::{Catalog, TableName},
    op::{AddColumn, Effect, TableChange, apply_all},
    revision::{Direction, RevisionId},
};

use super::{
    difference::differences,
    finding::{Kind, Verdict},
    names,
};
use crate::{
    BrokenChain, Chain, Revision,
    backend::{DIALECTS, render},
    run::{Error, FreshValues, apply_revision, record, record_down, replay, way_down},
};

/// Checks revisions one after the other, for every backend that is compiled in.
///
/// ```
/// use migrate_core::{Chain, verify::Offline};
///
/// fn faults(chain: &Chain) -> Result<usize, Box<dyn std::error::Error>> {
///     let mut offline = Offline::new(chain);
///     let ids: Vec<_> = chain.graph()?.nodes().iter().map(|node| node.id.clone()).collect();
///     let verdicts = ids.iter().filter_map(|id| offline.check(id.as_ref()).transpose());
///     Ok(verdicts.map(|verdict| verdict.map(|it| it.findings.len())).sum::<Result<usize, _>>()?)
/// }
/// ```
#[derive(Debug)]
pub struct Offline<'c> {
    chain: &'c Chain,
    /// For each dialect the schema that it is at, and what made it.
    at: Vec<(Dialect, BTreeSet<RevisionId>, Catalog)>,
}

impl<'c> Offline<'c> {
    /// For the revisions of this chain.
    pub fn new(chain: &'c Chain) -> Offline<'c> {
        let start = |&dialect| (dialect, BTreeSet::new(), Catalog::default());
        Offline { chain, at: DIALECTS.iter().map(start).collect() }
    }

    /// Checks one revision; none where there is none with this id. It is quick when the revisions come in their order.
    ///
    /// # Errors
    ///
    /// When the chain is broken as a whole.
    pub fn check(&mut self, id: &str) -> Result<Option<Verdict>, BrokenChain> {
        let graph = self.chain.graph()?;
        let Some(revision) = self.chain.revision(id) else { return Ok(None) };
        let own = RevisionId::from(id);
        let with: BTreeSet<RevisionId> = graph.ancestors(&BTreeSet::from([own.clone()]));
        let mut below = with.clone();
        below.remove(&own);
        let mut verdict = Verdict::new(revision);
        let mut losable = BTreeSet::new();
        for (dialect, applied, catalog) in &mut self.at {
            let dialect = *dialect;
            if *applied != below {
                match replay(self.chain, dialect, &below) {
                    Ok(schema) => (*applied, *catalog) = (below.clone(), schema),
                    Err(error) => {
                        verdict.note(format!(
                            "not looked at, since one before it does not fit: {} ({dialect})",
                            words(&error)
                        ));
                        continue;
                    }
                }
            }
            names_of(catalog, &mut losable);
            if check(self.chain, revision, dialect, catalog, &mut verdict) {
                let mut after = catalog.clone();
                if apply_revision(self.chain, revision, dialect, &mut after).is_ok() {
                    names_of(&after, &mut losable);
                    (*applied, *catalog) = (with.clone(), after);
                }
            }
        }
        let is_known = |name: &str| {
            losable.contains(name)
                // Nobody knows what SQL that can't be read made.
                || self.at.iter().any(|(_, _, catalog)| {
                    catalog.opaque.iter().any(|opaque| {
                        let opaque = opaque.to_string();
                        name == opaque || name.starts_with(&format!("{opaque}."))
                    })
                })
        };
        for &name in revision.loses.iter().filter(|name| !is_known(name)) {
            for &dialect in DIALECTS {
                verdict.find(dialect, Kind::NothingToLose { name: name.to_owned() });
            }
        }
        Ok(Some(verdict))
    }
}

/// What `loses` can name.
fn names_of(catalog: &Catalog, names: &mut BTreeSet<String>) {
    for (name, table) in &catalog.tables {
        names.insert(name.to_string());
        names.extend(table.columns.iter().map(|column| format!("{name}.{}", column.name)));
    }
}

/// Checks it on one database; whether it could be walked to its end.
fn check(
    chain: &Chain,
    revision: &'static Revision,
    dialect: Dialect,
    start: &Catalog,
    verdict: &mut Verdict,
) -> bool {
    let context = chain.context(dialect);
    let recorded = (record(revision, context), record(revision, context));
    let (up, again) = match recorded {
        (Ok(up), Ok(again)) => (up, again),
        (Err(error), _) | (_, Err(error)) => {
            verdict.find(dialect, Kind::Broken { why: words(&error) });
            return false;
        }
    };
    if let Some(kind) = unsteady(Direction::Up, &up, &again) {
        verdict.find(dialect, kind);
    }
    let walked = walk(revision, Direction::Up, &up, start, dialect);
    let there = match walked {
        Ok(there) => there,
        Err(kind) => {
            verdict.find(dialect, kind);
            return false;
        }
    };
    for kind in names::faults(dialect, start, &there) {
        verdict.find(dialect, kind);
    }
    if revision.irreversible.is_some() {
        return true;
    }
    let down = match way_down(revision, context, &up, &mut start.clone()) {
        Ok(down) => down,
        Err(Error::NoInverse { source, .. }) => {
            let (op, place, why) = (source.op, source.place, source.source.to_string());
            verdict.find(dialect, Kind::NoWayDown { op, place, why });
            return true;
        }
        Err(error) => {
            verdict.find(dialect, Kind::Broken { why: words(&error) });
            return true;
        }
    };
    if let (Ok(first), Ok(second)) =
        (record_down(revision, context), record_down(revision, context))
        && let Some(kind) = unsteady(Direction::Down, &first, &second)
    {
        verdict.find(dialect, kind);
    }
    for kind in on_rows(&down, &there) {
        verdict.find(dialect, kind);
    }
    match walk(revision, Direction::Down, &down, &there, dialect) {
        Err(kind) => verdict.find(dialect, kind),
        Ok(back) => {
            for name in back.opaque.union(&start.opaque) {
                verdict.note(format!(
                    "`{name}` is not compared: SQL in a migration changed it, and does not say what it did"
                ));
            }
            // Only of what SQL that can't be read has not changed is it known what it was.
            let (start, back) = (start.vouched(&back), back.vouched(start));
            for difference in differences(&start, &back) {
                verdict.find(dialect, Kind::NotRestored { difference });
            }
        }
    }
    true
}

/// The first op that is another one the second time.
fn unsteady(direction: Direction, first: &[Recorded], second: &[Recorded]) -> Option<Kind> {
    let at = (0..first.len().max(second.len())).find(|&at| first.get(at) != second.get(at))?;
    let op = |ops: &[Recorded]| ops.get(at).map(|op| op.describe());
    let place = first.get(at).or_else(|| second.get(at))?.place;
    Some(Kind::Unsteady { direction, first: op(first), second: op(second), place })
}

/// The schema after some ops, each of which must have its SQL.
fn walk(
    revision: &Revision,
    direction: Direction,
    ops: &[Recorded],
    start: &Catalog,
    dialect: Dialect,
) -> Result<Catalog, Kind> {
    let mut catalog = start.clone();
    let mut fresh = FreshValues::default();
    for recorded in ops {
        let (op, place) = (recorded.describe(), recorded.place);
        if revision.transaction && dialect == Dialect::Postgres && recorded.forbids_transaction() {
            return Err(Kind::NeedsNoTransaction { direction, op, place, why: None });
        }
        let rendered = render(dialect, recorded, &catalog);
        // What doesn't fit is said before what the database can't do.
        if let Err(error) = apply_all(std::slice::from_ref(recorded), &mut catalog) {
            let (why, hint) = (error.what.to_string(), error.what.hint());
            return Err(Kind::DoesNotFit { direction, op, place, why, hint });
        }
        if let Err(error) = rendered {
            let (why, hint) = (error.to_string(), error.hint());
            return Err(Kind::DoesNotFit { direction, op, place, why, hint });
        }
        let found = fresh.see(dialect, recorded, &catalog).filter(|_| revision.transaction);
        if let Some(found) = found {
            let why = format!(
                "{} would use the value `{}` of the enum `{}`, which PostgreSQL allows only behind the transaction that adds it",
                found.by, found.value, found.name
            );
            return Err(Kind::NeedsNoTransaction { direction, op, place, why: Some(why) });
        }
    }
    Ok(catalog)
}

/// Ops of a way down that no row survives: a column comes back that must hold something, and nothing says what.
fn on_rows(down: &[Recorded], there: &Catalog) -> Vec<Kind> {
    let mut found = Vec::new();
    let mut created: BTreeSet<&TableName> = BTreeSet::new();
    let mut pending: Vec<&Recorded> = down.iter().rev().collect();
    while let Some(recorded) = pending.pop() {
        if let Op::CreateTable(create) = &recorded.what {
            created.insert(&create.table.name);
        } else if let Op::Execute(execute) = &recorded.what {
            if let Effect::Declares(ops) = &execute.effect {
                pending.extend(ops.iter().rev());
            }
        } else if let Op::AlterTable(alter) = &recorded.what
            && !created.contains(&alter.table)
        {
            for change in &alter.changes {
                let Some(why) = needs_value(change, there, &alter.table) else { continue };
                let op = change.describe(&alter.table);
                found.push(Kind::FailsOnRows { op, place: recorded.place, why });
            }
        }
    }
    found
}

fn needs_value(change: &TableChange, there: &Catalog, table: &TableName) -> Option<String> {
    if let TableChange::AddColumn(AddColumn { column, fill: None, .. }) = change
        && !column.nullable
        && column.default.is_none()
        && column.identity.is_none()
        && column.generated.is_none()
    {
        return Some("it is not null, and nothing says what the rows get".to_owned());
    }
    if let TableChange::SetNotNull(set) = change
        && set.fill.is_none()
        && there.tables.get(table)?.column(&set.column).ok()?.nullable
    {
        return Some("rows may hold NULL by then, and nothing says what they get".to_owned());
    }
    None
}

/// An error with its causes.
pub(super) fn words(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        words.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    words
}
