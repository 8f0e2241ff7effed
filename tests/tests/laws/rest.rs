//! `rest` as values: diff(c, c) is nothing, apply_all(diff(a, b), a) == b, and nothing is left to do then.

use std::cell::RefCell;

use migrate_core::catalog::Catalog;
use migrate_core::diff::{Diff, Renames, diff};
use migrate_core::op::apply_all;
use migrate_core::prelude::*;
use migrate_core::{Placed, Recorded};
use tests::difference::differences;
use tests::examples::{examples, rich_catalog};

use crate::random::{Counts, each_kind, fitting, words};

/// What no op can do, and is told instead.
const BEYOND: [&str; 6] = [
    "options on",
    "is to be parted in another way",
    "has the values",
    "is left alone",
    "extension `",
    "partition `",
];

/// From one schema to the other. What no op can do must be one of the things that are known to be so.
pub(crate) fn rest(before: &Catalog, after: &Catalog) -> Result<(Vec<Recorded>, Diff), String> {
    let between = |before: &Catalog, after: &Catalog| {
        diff(before, after, &Renames::default()).map_err(|error| error.to_string())
    };
    let found = between(before, after)?;
    let ops: Vec<Recorded> = found.ops.iter().cloned().map(Placed::nowhere).collect();
    let lines = || found.ops.iter().map(|op| op.describe()).collect::<Vec<_>>().join("\n    ");
    let mut reached = before.clone();
    apply_all(&ops, &mut reached)
        .map_err(|error| format!("does not fit: {}\n    {}", error.what, lines()))?;
    // A table that is parted in another way keeps the columns that it is parted by, too.
    let parted: Vec<&str> = (found.beyond.iter())
        .filter(|one| one.what.contains("is to be parted in another way"))
        .filter_map(|one| one.of.strip_prefix("table "))
        .collect();
    for line in found.beyond.iter().map(ToString::to_string) {
        let is_known = BEYOND.iter().any(|words| line.contains(words));
        if !is_known && !parted.iter().any(|table| line.contains(table)) {
            return Err(format!("beyond: {line}\n    {}", lines()));
        }
    }
    if found.beyond.is_empty() && reached != *after {
        let unlike = differences(after, &reached).join("\n  ");
        return Err(format!("leads elsewhere\n  {unlike}\n    {}", lines()));
    }
    let again = between(&reached, after)?;
    if !again.ops.is_empty() || again.beyond != found.beyond {
        let more: Vec<String> = again.ops.iter().map(|op| op.describe()).collect();
        return Err(format!("more is left: {more:?}, {:?}\n    {}", again.beyond, lines()));
    }
    Ok((ops, found))
}

#[test]
fn what_is_missing_leads_from_each_example_to_the_other_side_and_back() {
    let mut faults = Vec::new();
    for dialect in [Postgres, Sqlite, Mysql, Mariadb] {
        let before = rich_catalog(dialect);
        let nothing = rest(&before, &before).expect("the same").0;
        assert!(nothing.is_empty(), "{nothing:?}");
        for example in examples() {
            let mut after = before.clone();
            apply_all(&example.record(dialect), &mut after).expect("an example fits");
            let there = rest(&before, &after).map(drop);
            let back = rest(&after, &before).map(drop);
            for (way, result) in [("there", there), ("back", back)] {
                if let Err(fault) = result {
                    faults.push(format!(
                        "{dialect}, {}, {}, {way}: {fault}",
                        example.kind, example.name
                    ));
                }
            }
        }
        for (from, to) in [(Catalog::default(), before.clone()), (before, Catalog::default())] {
            if let Err(fault) = rest(&from, &to) {
                faults.push(format!("{dialect}, all or nothing: {fault}"));
            }
        }
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n\n"));
}

/// What no difference of two schemas shows: renames are never guessed, and rows are no part of a schema.
const NEVER: [&str; 7] =
    ["RenameTable", "RenameColumn", "RenameSequence", "BulkInsert", "DeleteRows", "Execute", "Run"];

/// How often each kind must have been found missing.
const LEAST: usize = 2;

/// Two schemas that went apart from the same start.
fn drawn(dialect: Dialect) {
    let start = rich_catalog(dialect);
    let counts = RefCell::new(Counts::new(LEAST, &NEVER));
    let on = format!("{dialect}, what is missing");
    each_kind(&on, dialect, (150, 24), &counts, |draws| {
        // Each goes its way, or one goes on from where the other is.
        let half = draws.len() / 2;
        let (one, other) = match draws.len() % 3 {
            0 => draws.split_at(half),
            1 => (&draws[..half], &draws[..]),
            _ => (&draws[..], &draws[..half]),
        };
        let end = |draws: &[_]| {
            let (_, ops) = fitting(dialect, &start, draws.to_vec(), &counts)?;
            let mut catalog = start.clone();
            apply_all(&ops, &mut catalog).map_err(|error| error.what.to_string())?;
            Ok::<_, String>((catalog, words(&ops)))
        };
        let ((before, there), (after, wanted)) = (end(one)?, end(other)?);
        let (ops, _) = rest(&before, &after)
            .map_err(|fault| format!("{fault}\n  before:\n  {there}\n  after:\n  {wanted}"))?;
        counts.borrow_mut().executed(&ops, &[]);
        Ok(())
    });
}

#[test]
fn what_is_missing_leads_from_any_schema_to_any_other_on_postgres() {
    drawn(Postgres);
}

#[test]
fn what_is_missing_leads_from_any_schema_to_any_other_on_sqlite() {
    drawn(Sqlite);
}

#[test]
fn what_is_missing_leads_from_any_schema_to_any_other_on_mariadb() {
    drawn(Mariadb);
}
