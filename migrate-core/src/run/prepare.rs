//! Recording, simulating and rendering a whole plan before its first statement.
//!
//! A typo in the third migration stops the run before the first. On databases that can't take DDL back
//! that is the difference between an error and a half-done schema.

use std::collections::BTreeSet;

use migrate_model::{
    Dialect, Op, Ops, Place, Placed, Recorded,
    catalog::{Catalog, CatalogError},
    op::{apply_all, canonical, invert_all},
    revision::{Direction, HeadDelta, RevisionId, Step},
};
use sha2::{Digest, Sha256};

use super::{Error, Options, error::OpError};
use crate::{
    Chain, Revision,
    backend::{Statement, render},
};

/// A step that fits the schema, with the statements it is made of.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) revision: &'static Revision,
    pub(crate) direction: Direction,
    pub(crate) heads: HeadDelta,
    pub(crate) ops: Vec<PreparedOp>,
    pub(crate) checksum: String,
}

/// An op with its statements.
#[derive(Debug)]
pub(crate) struct PreparedOp {
    pub(crate) op: Op,
    pub(crate) place: Place,
    pub(crate) statements: Vec<Statement>,
}

impl Prepared {
    /// How many statements it has.
    pub(crate) fn statements(&self) -> usize {
        self.ops.iter().map(|op| op.statements.len()).sum()
    }

    /// Whether SQLite must not enforce foreign keys meanwhile: dropping a table, in a rebuild too,
    /// deletes its rows first, and those of its children with them.
    pub(crate) fn needs_foreign_keys_off(&self) -> bool {
        self.ops.iter().any(|op| {
            let drops = matches!(op.op, Op::DropTable(_));
            #[cfg(feature = "sqlite")]
            let drops = drops
                || op.statements.iter().any(|statement| matches!(statement, Statement::Rebuild(_)));
            drops
        })
    }
}

/// What a migration's `upgrade` writes down.
pub(crate) fn record(revision: &Revision, dialect: Dialect) -> Vec<Recorded> {
    let mut ops = Ops::new(dialect);
    (revision.upgrade)(&mut ops);
    ops.into_recorded()
}

/// The checksum of a migration: of its ops, and of the code that they run.
pub(crate) fn checksum(revision: &Revision, ops: &[Recorded]) -> String {
    let digest = Sha256::new().chain_update(canonical(ops)).chain_update(revision.code).finalize();
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("v1:{hex}")
}

/// The schema after all of these revisions; `each` is shown every one with its ops and the schema before it.
pub(crate) fn replay(
    chain: &Chain,
    dialect: Dialect,
    revisions: &BTreeSet<RevisionId>,
    each: impl FnMut(&'static Revision, &[Recorded], &Catalog) -> Result<(), Error>,
) -> Result<Catalog, Error> {
    continue_with(chain, dialect, Catalog::default(), revisions, each)
}

fn continue_with(
    chain: &Chain,
    dialect: Dialect,
    mut catalog: Catalog,
    revisions: &BTreeSet<RevisionId>,
    mut each: impl FnMut(&'static Revision, &[Recorded], &Catalog) -> Result<(), Error>,
) -> Result<Catalog, Error> {
    for node in chain.graph()?.nodes().iter().filter(|node| revisions.contains(&node.id)) {
        let Some(revision) = chain.revision(&node.id) else { continue };
        let ops = record(revision, dialect);
        each(revision, &ops, &catalog)?;
        apply(revision, Direction::Up, &ops, &mut catalog)?;
    }
    Ok(catalog)
}

fn apply(
    revision: &Revision,
    direction: Direction,
    ops: &[Recorded],
    catalog: &mut Catalog,
) -> Result<(), Error> {
    check_labels(revision, direction, ops)?;
    for recorded in ops {
        let fits = apply_all(std::slice::from_ref(recorded), catalog);
        fits.map_err(|error| Error::DoesNotFit {
            revision: *revision,
            direction,
            source: OpError { op: recorded.describe(), place: error.place, source: error.what },
        })?;
    }
    Ok(())
}

/// A label names one step of a migration: the journal and the checksum go by it.
fn check_labels(revision: &Revision, direction: Direction, ops: &[Recorded]) -> Result<(), Error> {
    let mut seen = BTreeSet::new();
    for recorded in ops {
        if let Op::Run(run) = &recorded.what
            && !seen.insert(&run.label)
        {
            let source = CatalogError::DuplicateLabel { label: run.label.clone() };
            let source = OpError { op: recorded.describe(), place: recorded.place, source };
            return Err(Error::DoesNotFit { revision: *revision, direction, source });
        }
    }
    Ok(())
}

/// The ops that take a migration back, given its own and the schema before them.
pub(crate) fn way_down(
    revision: &Revision,
    dialect: Dialect,
    up: &[Recorded],
    before: &Catalog,
) -> Result<Vec<Recorded>, Error> {
    let direction = Direction::Down;
    if let Some(why) = revision.irreversible {
        return Err(Error::Irreversible {
            revision: *revision,
            direction,
            irreversible: why.to_owned(),
        });
    }
    let mut ops = Ops::new(dialect);
    (revision.downgrade)(&mut ops);
    if !ops.is_automatic() {
        return Ok(ops.into_recorded());
    }
    invert_all(up, before).map_err(|Placed { what, place }| {
        let op =
            up.iter().find(|recorded| recorded.place == place).map(|recorded| recorded.describe());
        let source = OpError { op: op.unwrap_or_default(), place, source: what };
        Error::NoInverse { revision: *revision, direction, source }
    })
}

/// The whole plan, simulated and rendered.
pub(crate) fn plan(
    chain: &Chain,
    dialect: Dialect,
    applied: &BTreeSet<RevisionId>,
    steps: &[Step],
    options: &Options,
) -> Result<Vec<Prepared>, Error> {
    let going: BTreeSet<RevisionId> = steps
        .iter()
        .filter(|step| step.direction == Direction::Down)
        .map(|step| step.revision.clone())
        .collect();
    // What goes is replayed last, so that each is seen with the schema that it was made to.
    let staying = applied.difference(&going).cloned().collect();
    let mut catalog = replay(chain, dialect, &staying, |_, _, _| Ok(()))?;
    let mut ways_down = std::collections::BTreeMap::new();
    catalog = continue_with(chain, dialect, catalog, &going, |revision, ops, before| {
        let down = way_down(revision, dialect, ops, before)?;
        ways_down.insert(revision.id, (down, checksum(revision, ops)));
        Ok(())
    })?;
    let mut prepared = Vec::new();
    for step in steps {
        let Some(revision) = chain.revision(&step.revision) else { continue };
        let (ops, checksum) = match step.direction {
            Direction::Up => {
                let ops = record(revision, dialect);
                let checksum = checksum(revision, &ops);
                (ops, checksum)
            }
            Direction::Down => ways_down.remove(revision.id).unwrap_or_default(),
        };
        let ops = prepare(revision, step.direction, dialect, ops, &mut catalog, options)?;
        prepared.push(Prepared {
            revision,
            direction: step.direction,
            heads: step.heads.clone(),
            ops,
            checksum,
        });
    }
    Ok(prepared)
}

fn prepare(
    revision: &'static Revision,
    direction: Direction,
    dialect: Dialect,
    ops: Vec<Recorded>,
    catalog: &mut Catalog,
    options: &Options,
) -> Result<Vec<PreparedOp>, Error> {
    if options.single_transaction && !revision.transaction {
        return Err(Error::NotInSingleTransaction { revision: *revision });
    }
    check_labels(revision, direction, &ops)?;
    let mut prepared = Vec::with_capacity(ops.len());
    for recorded in ops {
        let Placed { what: op, place } = recorded;
        if revision.transaction && dialect == Dialect::Postgres && op.forbids_transaction() {
            return Err(Error::NeedsNoTransaction {
                revision: *revision,
                direction,
                op: op.describe(),
                place,
            });
        }
        // What doesn't fit is said before what the database can't do.
        let mut after = catalog.clone();
        apply(revision, direction, &[Placed { what: op.clone(), place }], &mut after)?;
        let statements = render(dialect, &op, catalog).map_err(|source| Error::NotHere {
            revision: *revision,
            direction,
            source: OpError { op: op.describe(), place, source },
        })?;
        *catalog = after;
        prepared.push(PreparedOp { op, place, statements });
    }
    Ok(prepared)
}
