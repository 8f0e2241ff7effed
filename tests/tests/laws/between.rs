//! `rest` on servers: what is missing is executed, and what is there then is what was to be there.
//!
//! A database without rows goes from nothing to one schema, on to another, and all the way back. Each time the ops
//! are those that [`diff`] finds, run by the runner, and the server is asked what it has.

use std::cell::{Cell, RefCell};

use migrate_core::backend::render;
use migrate_core::catalog::{Catalog, Sequence};
use migrate_core::diff::{Renames, diff};
use migrate_core::op::apply_all;
use migrate_core::prelude::*;
use migrate_core::{Migrator, Op, Recorded, Revision};
use proptest::test_runner::TestCaseError;
use tests::examples::{examples, rich_catalog};
use tests::{Backend, Database, backends, chain, revision, told};

use crate::draw::draws;
use crate::mirror::mirror;
use crate::random::{Counts, fitting, runner, words};
use crate::rest::rest;

/// What a migration records on each of its two ways.
#[derive(Clone, Default)]
struct Ways {
    up: Vec<Op>,
    down: Vec<Op>,
}

thread_local! {
    /// The migrations `a` and `b`: functions that upgrade know nothing but their `op`.
    static WAYS: RefCell<[Ways; 2]> = RefCell::default();
}

fn record(op: &mut Ops, ops: impl Fn(&[Ways; 2]) -> &Vec<Op>) {
    WAYS.with_borrow(|ways| ops(ways).iter().for_each(|one| op.record(one.clone())));
}

/// Two schemas, and the ways from nothing to the one and on to the other.
struct Journey {
    first: Catalog,
    second: Catalog,
    /// The first one again, its columns in another order: SELECT * shows them so.
    again: Catalog,
    ways: [Ways; 2],
}

/// What is missing, and the schema that it leads to: the one that is to be, but for what no op can do.
fn way(before: &Catalog, after: &Catalog) -> Result<(Vec<Recorded>, Catalog), String> {
    let (ops, _) = rest(before, after)?;
    let mut reached = before.clone();
    apply_all(&ops, &mut reached).map_err(|error| error.what.to_string())?;
    Ok((ops, reached))
}

impl Journey {
    fn new(first: &Catalog, second: &Catalog) -> Result<Journey, String> {
        let nothing = Catalog::default();
        let (to_first, first) = way(&nothing, first)?;
        let (there, second) = way(&first, second)?;
        let (back, again) = way(&second, &first)?;
        let (gone, _) = way(&again, &nothing)?;
        let ops = |ops: Vec<Recorded>| ops.into_iter().map(|op| op.what).collect();
        let ways =
            [Ways { up: ops(to_first), down: ops(gone) }, Ways { up: ops(there), down: ops(back) }];
        Ok(Journey { first, second, again, ways })
    }
}

/// A step of a [`Journey`], and where it leads to.
type Step<'a> = (&'a str, bool, &'a Catalog, &'a str);

impl Journey {
    fn out_of_nothing(&self) -> Step<'_> {
        ("a", true, &self.first, "from nothing")
    }

    fn on(&self) -> Step<'_> {
        ("b", true, &self.second, "there")
    }

    fn back(&self) -> Step<'_> {
        ("a", false, &self.again, "back")
    }

    fn to_nothing<'a>(&'a self, nothing: &'a Catalog) -> Step<'a> {
        ("base", false, nothing, "to nothing")
    }

    /// Goes these steps, with a look around behind each.
    fn go(&self, database: &Database, steps: &[Step<'_>]) -> Result<(), String> {
        WAYS.set(self.ways.clone());
        let first = Revision {
            downgrade: |op| record(op, |ways| &ways[0].down),
            ..revision("a", &[], |op| record(op, |ways| &ways[0].up))
        };
        let second = Revision {
            downgrade: |op| record(op, |ways| &ways[1].down),
            ..revision("b", &["a"], |op| record(op, |ways| &ways[1].up))
        };
        let chain = chain(vec![first, second]);
        let mut migrator = Migrator::new(&chain);
        let mut connection = database.connect();
        for &(target, up, expected, name) in steps {
            match up {
                true => migrator.upgrade(&mut *connection, target),
                false => migrator.downgrade(&mut *connection, target),
            }
            .map_err(|error| format!("{name}: {}", told(&error)))?;
            there(database, expected).map_err(|lines| format!("{name}\n  {lines}"))?;
        }
        Ok(())
    }

    /// The ways between the two, with the statements of their ops.
    fn told(&self, dialect: Dialect) -> String {
        let told = |ops: &[Op], from: &Catalog| {
            let mut catalog = from.clone();
            let mut lines = Vec::new();
            for op in ops {
                lines.push(op.describe());
                let statements = render(dialect, op, &catalog).unwrap_or_default();
                lines.extend(statements.iter().map(|one| format!("    {}", one.text())));
                let _ = op.apply(&mut catalog);
            }
            lines.join("\n    ")
        };
        let Ways { up, down } = &self.ways[1];
        let (there, back) = (told(up, &self.first), told(down, &self.second));
        format!("there:\n    {there}\n  back:\n    {back}")
    }
}

/// What is there is what was to be, and nothing is missing then.
fn there(database: &Database, expected: &Catalog) -> Result<(), String> {
    let [expected, found] = mirror(database, expected)?;
    let missing =
        diff(&found, &expected, &Renames::default()).map_err(|error| error.to_string())?;
    match missing.ops.is_empty() {
        true => Ok(()),
        false => Err(missing.ops.iter().map(Op::describe).collect::<Vec<_>>().join("\n  ")),
    }
}

/// Where a sequence is, is data: it goes on from there, and no bounds may leave that out.
fn in_bounds(there: &Catalog, wanted: &mut Catalog) {
    for (name, one) in &mut wanted.sequences {
        let Some(former) = there.sequences.get(name) else { continue };
        let bounds = |one: &Sequence| {
            let (step, (least, greatest)) = (one.increment.unwrap_or(1), one.of.range());
            let min = one.min.unwrap_or(if step > 0 { 1 } else { least });
            let max = one.max.unwrap_or(if step > 0 { greatest } else { -1 });
            (min, max, one.start.unwrap_or(if step > 0 { min } else { max }))
        };
        let (next, (min, max, _)) = (bounds(former).2, bounds(one));
        if next < min || next > max {
            let Sequence { start, increment, min, max, .. } = *former;
            *one = Sequence { start, increment, min, max, ..one.clone() };
        }
    }
}

/// What only a person can say how to do.
const REFUSALS: [&str; 5] = [
    // How values of the one type become values of the other.
    "cannot be cast",
    "cannot cast type",
    // A rename that changes nothing but the case of a letter: no rename is guessed, and both are one name to it.
    "MariaDB knows one such name",
    // A key of what counts goes by itself, since another table takes its name.
    "MariaDB has no identity column without a key",
    "SQLite has no identity column that is not the primary key alone",
];

/// Two schemas that went apart from the same start.
fn drawn(backend: Backend) {
    if !backends().contains(&backend) {
        return;
    }
    let (dialect, cases) = (backend.dialect(), cases(backend));
    let start = rich_catalog(dialect);
    let counts = RefCell::new(Counts::new(0, &[]));
    let database = RefCell::new(None::<Database>);
    let refused = Cell::new(0);
    let result = runner(cases).run(&draws(24, None), |draws| {
        let (one, other) = draws.split_at(draws.len() / 2);
        let end = |draws: &[_]| {
            let (_, ops) = fitting(dialect, &start, draws.to_vec(), &counts)?;
            let mut catalog = start.clone();
            apply_all(&ops, &mut catalog).map_err(|error| error.what.to_string())?;
            Ok::<_, String>((catalog, words(&ops)))
        };
        let held = || {
            let ((first, one), (mut second, other)) = (end(one)?, end(other)?);
            in_bounds(&first, &mut second);
            let journey = Journey::new(&first, &second)?;
            let mut database = database.borrow_mut();
            let there = database.get_or_insert_with(|| Database::fresh(backend));
            let nothing = Catalog::default();
            let steps = [
                journey.out_of_nothing(),
                journey.on(),
                journey.back(),
                journey.to_nothing(&nothing),
            ];
            journey.go(there, &steps).or_else(|fault| {
                *database = None;
                if REFUSALS.iter().any(|words| fault.contains(words)) {
                    refused.set(refused.get() + 1);
                    return Ok(());
                }
                let ways = journey.told(dialect);
                Err(format!("{fault}\n  {ways}\n  first:\n    {one}\n  second:\n    {other}"))
            })
        };
        held().map_err(TestCaseError::fail)
    });
    result.unwrap_or_else(|error| panic!("{backend}: {error}"));
    assert!(refused.get() * 5 < cases, "{backend}: {} of {cases} were refused", refused.get());
}

/// How many pairs of schemas; each is four looks at a database, which take as long as they take.
fn cases(backend: Backend) -> u32 {
    match backend {
        Backend::Sqlite => 80,
        Backend::Postgres => 24,
        Backend::Mariadb => 40,
    }
}

#[test]
fn drawn_ops_that_are_missing_lead_to_the_other_schema_on_sqlite() {
    drawn(Backend::Sqlite);
}

#[test]
fn drawn_ops_that_are_missing_lead_to_the_other_schema_on_postgres() {
    drawn(Backend::Postgres);
}

#[test]
fn drawn_ops_that_are_missing_lead_to_the_other_schema_on_mariadb() {
    drawn(Backend::Mariadb);
}

/// From the rich schema to where an example leads.
fn each_example(backend: Backend) {
    if !backends().contains(&backend) {
        return;
    }
    let dialect = backend.dialect();
    let before = rich_catalog(dialect);
    // PostgreSQL is asked about every expression, so it has to do with some of them.
    let step = if backend == Backend::Postgres { 5 } else { 1 };
    let mut shared = None;
    let mut faults = Vec::new();
    for example in examples().into_iter().step_by(step) {
        let mut after = before.clone();
        apply_all(&example.record(dialect), &mut after).expect("an example fits");
        // What no database of this kind can do is no place to go to.
        if example.refusal(dialect).is_some() || after == before {
            continue;
        }
        let held = Journey::new(&before, &after).and_then(|journey| {
            let database = match shared.take() {
                Some(database) => database,
                None => {
                    let database = Database::fresh(backend);
                    journey.go(&database, &[journey.out_of_nothing()])?;
                    database
                }
            };
            journey.go(&database, &[journey.on(), journey.back()])?;
            let columns = |catalog: &Catalog| -> Vec<String> {
                let all = catalog.tables.values().flat_map(|table| &table.columns);
                all.map(|column| column.name.clone()).collect()
            };
            // Where the columns are in another order, it is no start for the next one.
            if columns(&journey.first) == columns(&journey.again) {
                shared = Some(database);
            }
            Ok(())
        });
        if let Err(fault) = held {
            faults.push(format!("{}, {}: {fault}", example.kind, example.name));
        }
    }
    assert!(faults.is_empty(), "{} faults on {backend}\n{}", faults.len(), faults.join("\n\n"));
}

#[test]
fn what_is_missing_leads_to_each_example_on_sqlite() {
    each_example(Backend::Sqlite);
}

#[test]
fn what_is_missing_leads_to_each_example_on_postgres() {
    each_example(Backend::Postgres);
}

#[test]
fn what_is_missing_leads_to_each_example_on_mariadb() {
    each_example(Backend::Mariadb);
}
