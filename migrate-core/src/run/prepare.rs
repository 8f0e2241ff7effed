//! Recording, simulating and rendering a whole plan before its first statement.
//!
//! A typo in the third migration stops the run before the first. On databases that can't take DDL back
//! that is the difference between an error and a half-done schema.

use std::collections::{BTreeMap, BTreeSet};

use migrate_model::{
    Dialect, Op, Ops, Place, Placed, Recorded,
    catalog::{Action, Catalog, CatalogError, Column, ForeignKey, SqlType, TableName},
    op::{Context, Effect, Run, canonical, columns_of},
    revision::{Direction, HeadDelta, RevisionId, Step},
    sql,
};
use sha2::{Digest, Sha256};

use super::{Error, FreshValues, Options, error::OpError};
use crate::{
    Chain, Revision,
    backend::{RenderError, Statement, postgres, render},
    impact::{self, Impact},
};

/// What a plan is rendered for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Medium {
    /// A connection, which code can be run on.
    Connection,
    /// Text, where code has to bring SQL that does the same.
    Script,
}

/// A step that fits the schema, with the statements it is made of.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) revision: &'static Revision,
    pub(crate) direction: Direction,
    /// The rows of the version table that it must find, and what becomes of them.
    pub(crate) rows: BTreeSet<String>,
    pub(crate) heads: HeadDelta,
    pub(crate) ops: Vec<PreparedOp>,
    /// Whether it is one transaction.
    pub(crate) transaction: bool,
    pub(crate) checksum: String,
}

/// An op with its statements.
#[derive(Debug)]
pub(crate) struct PreparedOp {
    pub(crate) op: Op,
    pub(crate) place: Place,
    pub(crate) statements: Vec<Statement>,
    /// What each of them does to those who use the database meanwhile; a script says nothing of it.
    pub(crate) impacts: Vec<Impact>,
    /// The types that columns have before it gives them others.
    pub(crate) types: Vec<(String, SqlType)>,
    /// The columns of the enum that it changes, with the tables they are in.
    pub(crate) enum_columns: Vec<(TableName, Column)>,
    /// The foreign keys by which a DELETE of rows takes others along, with the tables they are in.
    pub(crate) cascades: Vec<(TableName, ForeignKey)>,
    /// The table of a partition that it drops.
    pub(crate) parted: Option<TableName>,
}

impl Prepared {
    /// How many statements it has.
    pub(crate) fn statements(&self) -> usize {
        self.ops.iter().map(|op| op.statements.len()).sum()
    }

    /// Whether it holds SQL or code that can change the settings of the connection.
    pub(crate) fn can_change_settings(&self) -> bool {
        self.ops.iter().any(|op| matches!(op.op, Op::Execute(_) | Op::Run(_)))
    }

    /// Whether it runs code, which can take its time between two statements.
    pub(crate) fn has_code(&self) -> bool {
        self.ops.iter().any(|op| matches!(op.op, Op::Run(_)))
    }

    /// Whether SQLite must not enforce foreign keys meanwhile: dropping a table, in a rebuild too,
    /// deletes its rows first, and those of its children with them.
    pub(crate) fn needs_foreign_keys_off(&self) -> bool {
        self.ops.iter().any(|op| {
            matches!(op.op, Op::DropTable(_))
                || op.statements.iter().any(|statement| matches!(statement, Statement::Rebuild(_)))
        })
    }
}

/// What a migration's `upgrade` writes down.
///
/// # Errors
///
/// When it panics, as a helper of the user's may.
pub(crate) fn record(revision: &Revision, context: Context) -> Result<Vec<Recorded>, Error> {
    recorded(revision, Direction::Up, context).map(Ops::into_recorded)
}

fn recorded(revision: &Revision, direction: Direction, context: Context) -> Result<Ops, Error> {
    let write_down = match direction {
        Direction::Up => revision.upgrade,
        Direction::Down => revision.downgrade,
    };
    let result = std::panic::catch_unwind(|| {
        let mut ops = Ops::within(context);
        write_down(&mut ops);
        ops
    });
    result.map_err(|panic| Error::Panicked {
        revision: *revision,
        direction,
        said: crate::code::said(&*panic),
    })
}

/// The checksum of a migration: of its ops, and of the code that they run.
pub(crate) fn checksum(revision: &Revision, ops: &[Recorded]) -> String {
    let digest = Sha256::new().chain_update(canonical(ops)).chain_update(revision.code).finalize();
    let mut text = String::with_capacity(3 + 2 * digest.len());
    text.push_str("v1:");
    for byte in digest {
        for digit in [byte >> 4, byte & 0xf] {
            text.push(char::from_digit(digit.into(), 16).unwrap_or_default());
        }
    }
    text
}

/// The schema after all of these revisions.
pub(crate) fn replay(
    chain: &Chain,
    dialect: Dialect,
    revisions: &BTreeSet<RevisionId>,
) -> Result<Catalog, Error> {
    replay_noting(chain, dialect, revisions, &mut |_, _| {})
}

/// The same, with each migration shown before it is applied.
fn replay_noting(
    chain: &Chain,
    dialect: Dialect,
    revisions: &BTreeSet<RevisionId>,
    note: &mut dyn FnMut(&'static Revision, &[Recorded]),
) -> Result<Catalog, Error> {
    let mut catalog = Catalog::default();
    for revision in in_order(chain, revisions)? {
        let ops = record(revision, chain.context(dialect))?;
        note(revision, &ops);
        apply(revision, Direction::Up, &ops, &mut catalog)?;
    }
    Ok(catalog)
}

/// The names that nobody vouches for once all of the chain is applied, with the revisions whose SQL made them so.
pub(crate) fn doubted(
    chain: &Chain,
    dialect: Dialect,
) -> Result<BTreeMap<TableName, &'static Revision>, Error> {
    let all: BTreeSet<RevisionId> =
        chain.graph()?.nodes().iter().map(|node| node.id.clone()).collect();
    let mut catalog = Catalog::default();
    let mut since = BTreeMap::new();
    for revision in in_order(chain, &all)? {
        apply(revision, Direction::Up, &record(revision, chain.context(dialect))?, &mut catalog)?;
        since.retain(|name, _| catalog.opaque.contains(name));
        for name in &catalog.opaque {
            since.entry(name.clone()).or_insert(revision);
        }
    }
    Ok(since)
}

/// These revisions, each behind those that it follows.
fn in_order(
    chain: &Chain,
    revisions: &BTreeSet<RevisionId>,
) -> Result<Vec<&'static Revision>, Error> {
    let nodes = chain.graph()?.nodes().iter().filter(|node| revisions.contains(&node.id));
    Ok(nodes.filter_map(|node| chain.revision(&node.id)).collect())
}

fn apply(
    revision: &Revision,
    direction: Direction,
    ops: &[Recorded],
    catalog: &mut Catalog,
) -> Result<(), Error> {
    check_labels(revision, direction, ops)?;
    ops.iter().try_for_each(|recorded| apply_one(revision, direction, recorded, catalog))
}

fn apply_one(
    revision: &Revision,
    direction: Direction,
    recorded: &Recorded,
    catalog: &mut Catalog,
) -> Result<(), Error> {
    recorded.apply(catalog).map_err(|source| Error::DoesNotFit {
        revision: *revision,
        direction,
        source: OpError { op: recorded.describe(), place: recorded.place, source },
    })
}

/// Makes a migration to a schema.
pub(crate) fn apply_revision(
    chain: &Chain,
    revision: &Revision,
    dialect: Dialect,
    catalog: &mut Catalog,
) -> Result<(), Error> {
    apply(revision, Direction::Up, &record(revision, chain.context(dialect))?, catalog)
}

/// What a migration's `downgrade` writes down: nothing where it is automatic.
pub(crate) fn record_down(revision: &Revision, context: Context) -> Result<Vec<Recorded>, Error> {
    recorded(revision, Direction::Down, context).map(Ops::into_recorded)
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

/// The ops that take a migration back; its own are made to the schema on the way.
pub(crate) fn way_down(
    revision: &Revision,
    context: Context,
    up: &[Recorded],
    catalog: &mut Catalog,
) -> Result<Vec<Recorded>, Error> {
    if let Some(why) = revision.irreversible {
        let (direction, irreversible) = (Direction::Down, why.to_owned());
        return Err(Error::Irreversible { revision: *revision, direction, irreversible });
    }
    check_labels(revision, Direction::Up, up)?;
    let ops = recorded(revision, Direction::Down, context)?;
    let is_automatic = ops.is_automatic();
    let mut inverses = Vec::new();
    for recorded in up {
        if is_automatic {
            let inverse = recorded.invert(catalog).map_err(|source| Error::NoInverse {
                revision: *revision,
                direction: Direction::Down,
                source: OpError { op: recorded.describe(), place: recorded.place, source },
            })?;
            inverses.extend(
                inverse.into_iter().rev().map(|what| Placed { what, place: recorded.place }),
            );
        }
        apply_one(revision, Direction::Up, recorded, catalog)?;
    }
    inverses.reverse();
    Ok(if is_automatic { inverses } else { ops.into_recorded() })
}

/// The checksums of applied migrations, as they are now.
pub(crate) type Checksums = BTreeMap<&'static str, String>;

/// Those of these revisions.
pub(crate) fn checksums(
    chain: &Chain,
    dialect: Dialect,
    revisions: &BTreeSet<RevisionId>,
) -> Result<Checksums, Error> {
    let all = in_order(chain, revisions)?.into_iter().map(|revision| {
        let ops = record(revision, chain.context(dialect))?;
        Ok((revision.id, checksum(revision, &ops)))
    });
    all.collect()
}

/// The whole plan, simulated and rendered, one step after another: a script of many needs none of them once it is written.
///
/// What is applied is replayed for it, so its checksums are found on the way: those of all of it, or, where
/// something doesn't fit, of all that is behind it.
#[expect(clippy::too_many_arguments, reason = "what a plan is made of, and who takes it")]
pub(crate) fn plan(
    chain: &Chain,
    dialect: Dialect,
    applied: &BTreeSet<RevisionId>,
    steps: &[Step],
    options: &Options,
    medium: Medium,
    checksums: &mut Checksums,
    take: &mut dyn FnMut(Prepared),
) -> Result<(), Error> {
    let going: BTreeSet<RevisionId> = steps
        .iter()
        .filter(|step| step.direction == Direction::Down)
        .map(|step| step.revision.clone())
        .collect();
    // What goes is replayed last, so that each is seen with the schema that it was made to.
    let staying = applied.difference(&going).cloned().collect();
    let mut note = |revision: &'static Revision, ops: &[Recorded]| {
        checksums.insert(revision.id, checksum(revision, ops));
    };
    let mut catalog = replay_noting(chain, dialect, &staying, &mut note)?;
    let mut ways_down = BTreeMap::new();
    for revision in in_order(chain, &going)? {
        let up = record(revision, chain.context(dialect))?;
        note(revision, &up);
        let down = way_down(revision, chain.context(dialect), &up, &mut catalog)?;
        ways_down.insert(revision.id, (down, checksum(revision, &up)));
    }
    let mut rows = chain.graph()?.maximal(applied);
    let mut fresh = FreshValues::default();
    for step in steps {
        if !options.single_transaction {
            fresh = FreshValues::default();
        }
        let Some(revision) = chain.revision(&step.revision) else { continue };
        let (ops, checksum) = match step.direction {
            Direction::Up => {
                let ops = record(revision, chain.context(dialect))?;
                let checksum = checksum(revision, &ops);
                (ops, checksum)
            }
            Direction::Down => ways_down.remove(revision.id).unwrap_or_default(),
        };
        let ops = prepare(
            revision,
            step.direction,
            dialect,
            ops,
            &mut catalog,
            options,
            (medium, &mut fresh),
        )?;
        if options.single_transaction && !(revision.transaction && lasts_together(dialect, &ops)) {
            return Err(Error::NotInSingleTransaction { revision: *revision });
        }
        take(Prepared {
            revision,
            direction: step.direction,
            rows: rows.iter().map(ToString::to_string).collect(),
            heads: step.heads.clone(),
            transaction: revision.transaction && lasts_together(dialect, &ops),
            ops,
            checksum,
        });
        rows = step.heads.apply(&rows);
    }
    Ok(())
}

fn prepare(
    revision: &'static Revision,
    direction: Direction,
    dialect: Dialect,
    ops: Vec<Recorded>,
    catalog: &mut Catalog,
    options: &Options,
    (medium, fresh): (Medium, &mut FreshValues),
) -> Result<Vec<PreparedOp>, Error> {
    check_labels(revision, direction, &ops)?;
    let mut prepared = Vec::with_capacity(ops.len());
    let mut rows_wait = false;
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
        let tables = op.tables();
        let own = options.own_tables();
        if tables.iter().any(|table| own.iter().any(|own| own.name == table.name)) {
            return Err(Error::OwnTable {
                revision: *revision,
                direction,
                op: op.describe(),
                place,
            });
        }
        let cascades = cascades(&op, catalog);
        let types = former_types(&op, catalog);
        let parted = parted(&op, catalog);
        let enum_columns = enum_columns(&op, catalog);
        let mut rendered = match (&op, medium) {
            (Op::Run(run), Medium::Script) => Ok(scripted(run, dialect)),
            (op, Medium::Script | Medium::Connection) => render(dialect, op, catalog),
        };
        let changes_rows = may_change_rows(&op);
        if rows_wait && !changes_rows && revision.transaction {
            let settled = settle(dialect, catalog);
            rendered = rendered.and_then(|after| settled.map(|before| [before, after].concat()));
        }
        rows_wait = changes_rows || rows_wait && is_about_none(&op);
        let impacts = match (&rendered, medium) {
            (Ok(statements), Medium::Connection) => impact::of(dialect, &op, statements, catalog),
            (Ok(_), Medium::Script) | (Err(_), _) => Vec::new(),
        };
        // What doesn't fit is said before what the database can't do.
        let recorded = Placed { what: op, place };
        apply_one(revision, direction, &recorded, catalog)?;
        let op = recorded.what;
        if revision.transaction
            && let Some(found) = fresh.see(dialect, &op, catalog)
        {
            return Err(Error::UnsafeEnumValue {
                revision: *revision,
                direction,
                op: op.describe(),
                place,
                name: found.name.to_string(),
                value: found.value,
                by: found.by,
            });
        }
        let statements = rendered.map_err(|source| Error::NotHere {
            revision: *revision,
            direction,
            source: OpError { op: op.describe(), place, source },
        })?;
        prepared.push(PreparedOp {
            op,
            place,
            statements,
            impacts,
            types,
            enum_columns,
            cascades,
            parted,
        });
    }
    Ok(prepared)
}

/// Whether it may leave rows behind that are looked at when the transaction ends.
fn may_change_rows(op: &Op) -> bool {
    matches!(op, Op::BulkInsert(_) | Op::DeleteRows(_) | Op::Execute(_) | Op::Run(_))
}

/// Whether it leaves every table alone, so that rows may wait on.
fn is_about_none(op: &Op) -> bool {
    op.tables().is_empty() && !matches!(op, Op::DropIndex(_))
}

/// PostgreSQL changes no table while rows of it wait to be looked at.
fn settle(dialect: Dialect, catalog: &Catalog) -> Result<Vec<Statement>, RenderError> {
    if dialect != Dialect::Postgres {
        return Ok(Vec::new());
    }
    let sql = postgres::settle(catalog.tables.values().flat_map(postgres::waiting))?;
    Ok(sql.into_iter().map(Statement::Sql).collect())
}

/// Whether a transaction holds these ops together: on MySQL and MariaDB only those that change rows, since every
/// other statement ends the transaction that it meets.
fn lasts_together(dialect: Dialect, ops: &[PreparedOp]) -> bool {
    let is_silent = |effect: &Effect| match effect {
        Effect::Unsaid | Effect::Nothing | Effect::Read(_) => true,
        Effect::Declares(_) | Effect::Opaque(_) => false,
    };
    let is_data = |sql: &str| sql::kind(sql) == sql::StatementKind::Data;
    dialect.family() != Dialect::Mysql
        || ops.iter().all(|prepared| {
            prepared.statements.is_empty()
                || match &prepared.op {
                    Op::BulkInsert(_) | Op::DeleteRows(_) => true,
                    Op::Execute(execute) => {
                        is_silent(&execute.effect) && execute.statements().into_iter().all(is_data)
                    }
                    Op::Run(run) => is_silent(&run.effect),
                    Op::CreateTable(_)
                    | Op::DropTable(_)
                    | Op::RenameTable(_)
                    | Op::CreatePartition(_)
                    | Op::DropPartition(_)
                    | Op::AlterTable(_)
                    | Op::CreateIndex(_)
                    | Op::DropIndex(_)
                    | Op::RenameIndex(_)
                    | Op::CreateEnum(_)
                    | Op::DropEnum(_)
                    | Op::AlterEnum(_)
                    | Op::CreateSchema(_)
                    | Op::DropSchema(_)
                    | Op::CreateSequence(_)
                    | Op::AlterSequence(_)
                    | Op::RenameSequence(_)
                    | Op::DropSequence(_)
                    | Op::CreateExtension(_)
                    | Op::DropExtension(_)
                    | Op::CreateView(_)
                    | Op::ReplaceView(_)
                    | Op::DropView(_)
                    | Op::CreateFunction(_)
                    | Op::ReplaceFunction(_)
                    | Op::DropFunction(_)
                    | Op::CreateTrigger(_)
                    | Op::ReplaceTrigger(_)
                    | Op::DropTrigger(_) => false,
                }
        })
}

/// The SQL that code brings for scripts: for this very database, or for its family. None where it brings none.
fn scripted(run: &Run, dialect: Dialect) -> Vec<Statement> {
    let sql = run.scripts.get(&dialect).or_else(|| run.scripts.get(&dialect.family()));
    let statements = sql.map(|sql| sql::statements(sql)).unwrap_or_default();
    statements.into_iter().map(|sql| Statement::Sql(sql.to_owned())).collect()
}

fn former_types(op: &Op, catalog: &Catalog) -> Vec<(String, SqlType)> {
    let Op::AlterTable(alter) = op else { return Vec::new() };
    let Some(table) = catalog.tables.get(&alter.table) else { return Vec::new() };
    table.columns.iter().map(|column| (column.name.clone(), column.sql_type.clone())).collect()
}

fn parted(op: &Op, catalog: &Catalog) -> Option<TableName> {
    let Op::DropPartition(drop) = op else { return None };
    catalog.parted(&drop.name).map(|(table, _)| table.name.clone())
}

fn enum_columns(op: &Op, catalog: &Catalog) -> Vec<(TableName, Column)> {
    let Op::AlterEnum(alter) = op else { return Vec::new() };
    columns_of(catalog, &alter.name)
        .map(|(table, column)| (table.name.clone(), column.clone()))
        .collect()
}

fn cascades(op: &Op, catalog: &Catalog) -> Vec<(TableName, ForeignKey)> {
    let Op::DeleteRows(delete) = op else { return Vec::new() };
    let keys = catalog.references_to(&delete.table);
    let following = keys.filter(|(_, key)| key.on_delete == Action::Cascade);
    following.map(|(table, key)| (table.name.clone(), key.clone())).collect()
}
