//! The laws for sequences of ops that nobody thought of ([`draw`](crate::draw)): as values, and on servers with rows.
//!
//! The same seed draws the same ops: `PROPTEST_RNG_SEED=7 tests/run -p tests --test laws random` takes another,
//! `PROPTEST_CASES=2560` ten times as many. What fails is cut down to the ops that it takes.

use std::cell::RefCell;
use std::collections::BTreeMap;

use migrate_core::backend::RenderError;
use migrate_core::catalog::{Catalog, Column};
use migrate_core::op::{TableChange, apply_all, invert_all};
use migrate_core::prelude::*;
use migrate_core::{Migrator, Op, Recorded};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use tests::examples::{kinds, rich, rich_catalog};
use tests::schema::{Rows, lost};
use tests::{Backend, Database, backends, chain, revision, told, transactional};

use crate::draw::{self, Draw, Drawn, all_kinds, draw, draws};
use crate::mirror::mirror;
use crate::servers::same;
use crate::values::undo;

/// How often each kind must have been executed.
const LEAST: usize = 50;

/// What was done, by kind of op.
#[derive(Debug, Default)]
struct Count {
    up: usize,
    down: usize,
    refused: usize,
}

#[derive(Debug)]
pub(crate) struct Counts {
    /// How often each kind must have been executed.
    least: usize,
    /// Kinds that never are.
    never: &'static [&'static str],
    kinds: BTreeMap<&'static str, Count>,
    refusals: BTreeMap<String, usize>,
}

impl Counts {
    pub(crate) fn new(least: usize, never: &'static [&'static str]) -> Counts {
        Counts { least, never, kinds: BTreeMap::new(), refusals: BTreeMap::new() }
    }

    fn of(&mut self, kind: &'static str) -> &mut Count {
        self.kinds.entry(kind).or_default()
    }

    pub(crate) fn executed(&mut self, ops: &[Recorded], back: &[Recorded]) {
        kinds(ops).into_iter().for_each(|kind| self.of(kind).up += 1);
        kinds(back).into_iter().for_each(|kind| self.of(kind).down += 1);
    }

    fn is_enough(&self, kind: &str) -> bool {
        self.kinds.get(kind).is_some_and(|count| match draw::INVERSE_ONLY.contains(&kind) {
            true => count.down >= self.least,
            false => count.up >= self.least,
        })
    }

    #[allow(clippy::print_stdout, reason = "how much was tried, for --nocapture")]
    fn print(&self, on: &str) {
        println!("{on:24}    up  down  refused");
        for (kind, Count { up, down, refused }) in &self.kinds {
            println!("{kind:24} {up:5} {down:5} {refused:8}");
        }
        for (reason, count) in &self.refusals {
            println!("{count:6} refused: {reason}");
        }
    }
}

/// Kinds of which a database can do nothing at all.
fn refuses(dialect: Dialect, kind: &str) -> bool {
    let of_postgres = [
        "CreateSchema",
        "DropSchema",
        "CreateExtension",
        "DropExtension",
        "CreatePartition",
        "DropPartition",
    ];
    let of_servers = ["CreateFunction", "ReplaceFunction", "DropFunction"];
    let has_sequences = [Postgres, Mariadb].contains(&dialect);
    dialect != Postgres && of_postgres.contains(&kind)
        || !has_sequences && kind.ends_with("Sequence")
        || dialect == Sqlite && of_servers.contains(&kind)
}

pub(crate) fn runner(cases: u32) -> TestRunner {
    let chosen = Config::default();
    let rng_seed = match chosen.rng_seed {
        RngSeed::Random => RngSeed::Fixed(0x0dd5),
        RngSeed::Fixed(seed) => RngSeed::Fixed(seed),
    };
    let cases = cases * (chosen.cases / 256).max(1);
    TestRunner::new(Config {
        cases,
        rng_seed,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..chosen
    })
}

/// Draws until each kind was executed often enough, all kinds first and then the rare ones.
pub(crate) fn each_kind(
    on: &str,
    dialect: Dialect,
    (cases, most): (u32, usize),
    counts: &RefCell<Counts>,
    holds: impl Fn(Vec<Draw>) -> Result<(), String>,
) {
    let run = |cases, kind| {
        let result = runner(cases)
            .run(&draws(most, kind), |draws| holds(draws).map_err(TestCaseError::fail));
        result.unwrap_or_else(|error| {
            counts.borrow().print(on);
            panic!("{on}: {error}\nseed: {:?}", runner(1).config().rng_seed)
        });
    };
    let (least, never) = (counts.borrow().least, counts.borrow().never);
    let is_due = |kind: &str| !refuses(dialect, kind) && !never.contains(&kind);
    run(cases, None);
    for kind in all_kinds().filter(|kind| is_due(kind)) {
        let mut more = 0;
        while !counts.borrow().is_enough(kind) && more < 16 {
            run((2 * LEAST / most) as u32, Some(kind));
            more += 1;
        }
    }
    let counts = counts.borrow();
    counts.print(on);
    let rare: Vec<&str> =
        all_kinds().filter(|kind| is_due(kind) && !counts.is_enough(kind)).collect();
    assert!(rare.is_empty(), "{on}: fewer than {least} times: {}", rare.join(", "));
    let done: Vec<&str> = all_kinds()
        .filter(|kind| !is_due(kind) && counts.kinds.get(kind).is_some_and(|count| count.up > 0))
        .collect();
    assert!(done.is_empty(), "{on}: should never be: {}", done.join(", "));
}

pub(crate) fn words(ops: &[Recorded]) -> String {
    ops.iter().map(|op| op.describe()).collect::<Vec<_>>().join("\n  ")
}

/// What of these draws fits a schema, one after the other.
pub(crate) fn fitting(
    dialect: Dialect,
    start: &Catalog,
    draws: Vec<Draw>,
    counts: &RefCell<Counts>,
) -> Result<(Vec<Draw>, Vec<Recorded>), String> {
    let (mut catalog, mut fit, mut all) = (start.clone(), Vec::new(), Vec::new());
    for one in draws {
        match draw(dialect, &catalog, one) {
            Drawn::Ops(ops) => {
                apply_all(&ops, &mut catalog).map_err(|error| error.what.to_string())?;
                fit.push(one);
                all.extend(ops);
            }
            Drawn::Refused(error) => {
                let mut counts = counts.borrow_mut();
                if let Some(kind) = all_kinds().nth(one.0) {
                    counts.of(kind).refused += 1;
                }
                *counts.refusals.entry(reason(&error)?).or_default() += 1;
            }
            Drawn::Nothing => {}
        }
    }
    Ok((fit, all))
}

/// Why an op was refused, without its names. What another database could do has an alternative.
fn reason(error: &RenderError) -> Result<String, String> {
    match error {
        RenderError::Unsupported { what, instead, .. } if instead.is_empty() => {
            Err(format!("no alternative to {what}"))
        }
        RenderError::Unsupported { .. }
        | RenderError::LongName { .. }
        | RenderError::EmptyName
        | RenderError::Nul { .. }
        | RenderError::ReservedName { .. }
        | RenderError::NameTaken { .. }
        | RenderError::Letter { .. }
        // What only this database minds about the schema.
        | RenderError::Catalog(_) => {
            let text = error.to_string();
            let mut pieces = text.split('`');
            Ok(pieces.by_ref().step_by(2).collect::<Vec<_>>().join("`…`"))
        }
        RenderError::NoBody { .. } => Err(error.to_string()),
    }
}

fn as_values(dialect: Dialect) {
    let start = rich_catalog(dialect);
    let counts = RefCell::new(Counts::new(LEAST, &[]));
    each_kind(&format!("{dialect} as values"), dialect, (256, 16), &counts, |draws| {
        let (_, ops) = fitting(dialect, &start, draws, &counts)?;
        let mut catalog = start.clone();
        for op in &ops {
            let one = std::slice::from_ref(op);
            if let Ok(back) = invert_all(one, &catalog) {
                counts.borrow_mut().executed(one, &back);
                undo(one, &catalog).map_err(|fault| format!("{}: {fault}", words(one)))?;
            }
            op.apply(&mut catalog).map_err(|error| error.to_string())?;
        }
        // All of them at once, as a migration takes itself back.
        undo(&ops, &start).map_err(|fault| format!("{}: {fault}", words(&ops)))
    });
}

#[test]
fn drawn_ops_lead_back_as_values_of_postgres() {
    as_values(Postgres);
}

#[test]
fn drawn_ops_lead_back_as_values_of_sqlite() {
    as_values(Sqlite);
}

#[test]
fn drawn_ops_lead_back_as_values_of_mysql() {
    as_values(Mysql);
}

#[test]
fn drawn_ops_lead_back_as_values_of_mariadb() {
    as_values(Mariadb);
}

thread_local! {
    /// What the revision draws: functions that upgrade know nothing but their `op`.
    static DRAWN: RefCell<Vec<Draw>> = const { RefCell::new(Vec::new()) };
}

fn drawn(op: &mut Ops) {
    let mut catalog = rich_catalog(op.dialect());
    for one in DRAWN.with_borrow(Clone::clone) {
        let before = op.recorded().len();
        let _ = draw::write(op, &catalog, one);
        let fits = apply_all(&op.recorded()[before..], &mut catalog);
        fits.unwrap_or_else(|error| panic!("{}", error.what));
    }
}

/// A database that holds the rich schema and its rows before each sequence and after it.
struct Bench {
    database: Database,
    schema: Vec<String>,
    rows: Rows,
}

fn on_a_server(backend: Backend, dialect: Dialect) {
    if !backends().contains(&backend) {
        return;
    }
    let counts = RefCell::new(Counts::new(LEAST, &[]));
    let bench = RefCell::new(None::<Bench>);
    let start = rich_catalog(dialect);
    each_kind(&backend.to_string(), dialect, (60, 12), &counts, |draws| {
        let (fit, ops) = fitting(dialect, &start, draws, &counts)?;
        if ops.is_empty() {
            return Ok(());
        }
        DRAWN.set(fit);
        let mut bench = bench.borrow_mut();
        let there = bench.get_or_insert_with(|| {
            let database = crate::servers::database(backend);
            Bench { schema: database.shape(), rows: database.rows(), database }
        });
        let back = invert_all(&ops, &start).map_err(|error| error.what.to_string())?;
        let mut after = start.clone();
        apply_all(&ops, &mut after).map_err(|error| error.what.to_string())?;
        let outcome = up_and_down(there, &ops, &after);
        match &outcome {
            Ok(Outcome::Done) => {}
            // What was rolled back is as it was: the law holds that, too.
            Ok(Outcome::Refused(_))
                if transactional().contains(&backend)
                    && same(&there.schema, &there.database.shape(), "").is_ok() => {}
            Ok(Outcome::Refused(_)) | Err(_) => *bench = None,
        }
        match outcome {
            Ok(Outcome::Done) => counts.borrow_mut().executed(&ops, &back),
            Ok(Outcome::Refused(reason)) => {
                *counts.borrow_mut().refusals.entry(reason).or_default() += 1;
            }
            Err(fault) => return Err(format!("{fault}\n  {}", words(&ops))),
        }
        Ok(())
    });
}

enum Outcome {
    /// Up, down, and both again.
    Done,
    /// A row stood in the way.
    Refused(String),
}

fn up_and_down(bench: &Bench, ops: &[Recorded], after: &Catalog) -> Result<Outcome, String> {
    let database = &bench.database;
    let chain = chain(vec![revision("a", &[], rich), revision("b", &["a"], drawn)]);
    let mut migrator = Migrator::new(&chain);
    let mut connection = database.connect();
    let connection = &mut *connection;
    let touched = touched(ops, &rich_catalog(database.backend().dialect()));
    let touched: Vec<&str> = touched.iter().map(String::as_str).collect();

    if let Err(error) = migrator.upgrade(connection, "head") {
        let reason = refusal(&told(&error))?;
        return Ok(Outcome::Refused(reason));
    }
    nothing(&lost(&bench.rows, &database.rows(), &touched), "the upgrade lost")?;
    // PostgreSQL is asked about every expression of the schema, which takes as long as all the rest.
    if database.backend() != Backend::Postgres || ops.len().is_multiple_of(3) {
        mirror(database, after)
            .map_err(|lines| format!("what is there is not what was simulated\n  {lines}\n"))?;
    }
    if let Err(error) = migrator.downgrade(connection, "a") {
        let reason = refusal(&format!("down: {}", told(&error)))?;
        return Ok(Outcome::Refused(format!("on the way down: {reason}")));
    }
    same(&bench.schema, &database.shape(), "the downgrade leads elsewhere")?;
    let rows = database.rows();
    nothing(&lost(&bench.rows, &rows, &touched), "the downgrade lost")?;
    nothing(&lost(&rows, &bench.rows, &touched), "the downgrade left")?;
    // What lost rows or values is no start for the next one.
    if rows != bench.rows {
        crate::servers::refill(database);
        let filled = database.rows();
        nothing(&lost(&bench.rows, &filled, &[]), "filling in again lost")?;
        nothing(&lost(&filled, &bench.rows, &[]), "filling in again left")?;
    }
    Ok(Outcome::Done)
}

/// Tables whose rows ops drop, and columns whose values they change.
fn touched(ops: &[Recorded], start: &Catalog) -> Vec<String> {
    let mut touched = Vec::new();
    let mut catalog = start.clone();
    for op in ops {
        if let Op::AlterEnum(alter) = &op.what {
            let columns = catalog.tables.values().flat_map(|table| {
                let is_of = |one: &&Column| one.sql_type.enum_name() == Some(&alter.name);
                let columns = table.columns.iter().filter(is_of);
                columns.map(|column| format!("{}.{}", table.name, column.name))
            });
            touched.extend(columns);
        }
        let _ = op.apply(&mut catalog);
        match &op.what {
            Op::DropTable(drop) => touched.push(drop.name.name.clone()),
            Op::RenameTable(rename) => {
                touched.extend([rename.from.name.clone(), rename.to.name.clone()]);
            }
            Op::AlterTable(alter) => {
                for change in &alter.changes {
                    let columns: Vec<&String> = match &change.what {
                        TableChange::DropColumn(drop) => vec![&drop.column],
                        TableChange::RenameColumn { from, to } => vec![from, to],
                        TableChange::SetType(set) => vec![&set.column],
                        TableChange::SetNotNull(set) => vec![&set.column],
                        TableChange::SetGenerated { column, .. } => vec![column],
                        // A column that is computed from others is not drawn apart from these.
                        TableChange::AddColumn(_)
                        | TableChange::DropNotNull { .. }
                        | TableChange::SetDefault { .. }
                        | TableChange::SetColumnComment { .. }
                        | TableChange::SetIdentity { .. }
                        | TableChange::SetCollation { .. }
                        | TableChange::RenameConstraint { .. }
                        | TableChange::ValidateConstraint { .. }
                        | TableChange::AddConstraint(_)
                        | TableChange::DropConstraint(_)
                        | TableChange::SetTableComment { .. } => Vec::new(),
                    };
                    touched.extend(
                        columns.into_iter().map(|column| format!("{}.{column}", alter.table)),
                    );
                }
            }
            Op::DropPartition(drop) => touched.push(drop.name.name.clone()),
            Op::CreateTable(_)
            | Op::CreatePartition(_)
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
            | Op::DropTrigger(_)
            | Op::BulkInsert(_)
            | Op::DeleteRows(_)
            | Op::Execute(_)
            | Op::Run(_) => {}
        }
    }
    touched
}

/// What databases say about rows, which a schema can't foresee.
const REFUSALS: [&str; 21] = [
    "a foreign key constraint fails",
    "Data too long",
    "Data truncated",
    "Out of range value",
    "cannot be null",
    // A trigger's body is text.
    "has no field",
    "UNIQUE constraint failed",
    "CHECK constraint failed",
    "NOT NULL constraint failed",
    "FOREIGN KEY constraint failed",
    "could not create unique index",
    "is violated by some row",
    "contains null values",
    "violates",
    "cannot be implemented",
    "used by a generated column",
    "out of range",
    "cannot be cast",
    "value too long",
    "duplicate key",
    "Duplicate entry",
];

/// Which of them it is; anything else is a fault.
fn refusal(told: &str) -> Result<String, String> {
    let reason = REFUSALS.iter().find(|reason| told.contains(*reason));
    reason.map(|reason| (*reason).to_owned()).ok_or_else(|| told.to_owned())
}

#[test]
fn drawn_ops_lead_back_on_sqlite() {
    on_a_server(Backend::Sqlite, Sqlite);
}

#[test]
fn drawn_ops_lead_back_on_postgres() {
    on_a_server(Backend::Postgres, Postgres);
}

#[test]
fn drawn_ops_lead_back_on_mariadb() {
    on_a_server(Backend::Mariadb, Mariadb);
}

fn nothing(lost: &[String], what: &str) -> Result<(), String> {
    if lost.is_empty() { Ok(()) } else { Err(format!("{what} {}", lost.join(", "))) }
}
