//! `undo` as values: apply_all(invert(op, c), apply(op, c)) == c.

use migrate_core::Recorded;
use migrate_core::backend::render;
use migrate_core::catalog::Catalog;
use migrate_core::op::{apply_all, invert_all};
use migrate_core::prelude::*;
use tests::examples::{Example, examples, kinds, missing, record, rich, rich_catalog};

/// Both ways, and the first once more.
pub(crate) fn undo(ops: &[Recorded], before: &Catalog) -> Result<(), String> {
    let words =
        |ops: &[Recorded]| ops.iter().map(|op| op.describe()).collect::<Vec<_>>().join("; ");
    let mut after = before.clone();
    apply_all(ops, &mut after).map_err(|error| format!("does not fit: {}", error.what))?;
    let back = invert_all(ops, before).map_err(|error| format!("no inverse: {}", error.what))?;
    let mut again = after.clone();
    apply_all(&back, &mut again)
        .map_err(|error| format!("the inverse ({}) does not fit: {}", words(&back), error.what))?;
    if again.opaque.is_empty() && again != *before {
        return Err(format!(
            "the inverse ({}) leads elsewhere: {}",
            words(&back),
            difference(before, &again)
        ));
    }
    // What takes the inverse back is the op again, unless it would have to invent values.
    if let Ok(redo) = invert_all(&back, &after) {
        apply_all(&redo, &mut again)
            .map_err(|error| format!("redo ({}): {}", words(&redo), error.what))?;
        if again.opaque.is_empty() && again != after {
            return Err(format!(
                "the inverse's inverse leads elsewhere: {}",
                difference(&after, &again)
            ));
        }
    }
    Ok(())
}

/// The first table in which two schemas differ.
fn difference(expected: &Catalog, found: &Catalog) -> String {
    let names = expected.tables.keys().chain(found.tables.keys());
    for name in names {
        let (expected, found) = (expected.tables.get(name), found.tables.get(name));
        if expected != found {
            return format!("`{name}` was {expected:#?}\nand is {found:#?}");
        }
    }
    let beside = |catalog: &Catalog| Catalog { tables: Default::default(), ..catalog.clone() };
    format!("{:?} became {:?}", beside(expected), beside(found))
}

#[test]
fn an_inverse_leads_back() {
    let mut faults = Vec::new();
    for dialect in [Postgres, Sqlite, Mysql, Mariadb] {
        let catalog = rich_catalog(dialect);
        for example in examples() {
            if let Err(fault) = undo(&example.record(dialect), &catalog) {
                faults.push(format!("{dialect}, {}, {}: {fault}", example.kind, example.name));
            }
        }
        undo(&record(rich, dialect), &Catalog::default())
            .unwrap_or_else(|fault| faults.push(fault));
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n\n"));
}

/// What takes an example back is said in SQL before its first statement runs, or nobody could rely on it.
fn renders(example: Example, dialect: Dialect) -> Result<(), String> {
    let before = rich_catalog(dialect);
    let up = example.record(dialect);
    let mut after = before.clone();
    apply_all(&up, &mut after).map_err(|error| error.what.to_string())?;
    let back = invert_all(&up, &before).map_err(|error| error.what.to_string())?;
    let (mut catalog, mut said) = (before, Ok(()));
    for op in up.iter().chain(&back) {
        let rendered = render(dialect, op, &catalog);
        said = said.and(rendered.map(drop).map_err(|error| error.to_string()));
        op.apply(&mut catalog).map_err(|error| error.to_string())?;
    }
    match (said, example.refusal(dialect)) {
        (Ok(()), None) => Ok(()),
        (Ok(()), Some(words)) => Err(format!("is not refused: {words}")),
        (Err(error), Some(words)) if error.contains(words) => Ok(()),
        (Err(error), _) => Err(error),
    }
}

#[test]
fn an_example_is_said_in_sql_or_refused_where_it_tells() {
    let mut faults = Vec::new();
    for dialect in [Postgres, Sqlite, Mysql, Mariadb] {
        for example in examples() {
            if let Err(fault) = renders(example, dialect) {
                faults.push(format!("{dialect}, {}, {}: {fault}", example.kind, example.name));
            }
        }
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n\n"));
}

#[test]
fn an_example_is_of_its_kind() {
    for example in examples() {
        let catalog = rich_catalog(Postgres);
        let mut ops = example.record(Postgres);
        ops.extend(invert_all(&ops, &catalog).unwrap_or_default());
        assert!(
            kinds(&ops).contains(&example.kind),
            "{}, {}: {:?}",
            example.kind,
            example.name,
            kinds(&ops)
        );
    }
}

#[test]
fn every_argument_is_in_some_example() {
    let mut ops = Vec::new();
    for dialect in [Postgres, Sqlite, Mysql, Mariadb] {
        ops.extend(record(rich, dialect));
        ops.extend(examples().iter().flat_map(|example| example.record(dialect)));
    }
    assert_eq!(missing(&ops), [""; 0], "each wants an example in tests/src/examples");
}
