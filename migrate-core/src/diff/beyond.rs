//! What is still different behind all ops, in words.

use std::{collections::BTreeMap, fmt::Display};

use migrate_model::catalog::{Catalog, Column, Table};

use super::Beyond;

/// The differences between the schema that the ops lead to and the one that is to be.
pub(super) fn differences(now: &Catalog, after: &Catalog) -> Vec<Beyond> {
    let mut found = Vec::new();
    if now == after {
        return found;
    }
    let mut tell = |of: String, what: String| found.push(Beyond { of, what });
    let names = |catalog: &Catalog| catalog.schemas.iter().map(|one| (one.clone(), ())).collect();
    each("schema", "", &names(now), &names(after), &mut tell);
    each("extension", "", &now.extensions, &after.extensions, &mut tell);
    for (name, values) in &after.enums {
        if let Some(there) = now.enums.get(name).filter(|there| *there != values) {
            tell(
                format!("enum `{name}`"),
                format!("has the values {} instead of {}", list(there), list(values)),
            );
        }
    }
    let same_values = |catalog: &Catalog| -> BTreeMap<_, _> {
        catalog.enums.keys().map(|name| (name.clone(), ())).collect()
    };
    each("enum", "", &same_values(now), &same_values(after), &mut tell);
    each("sequence", "", &now.sequences, &after.sequences, &mut tell);
    let tables = |catalog: &Catalog| -> BTreeMap<_, _> {
        catalog.tables.keys().map(|name| (name.clone(), ())).collect()
    };
    each("table", "", &tables(now), &tables(after), &mut tell);
    for (name, wanted) in &after.tables {
        if let Some(there) = now.tables.get(name).filter(|there| *there != wanted) {
            in_table(there, wanted, &mut tell);
        }
    }
    each("view", "", &now.views, &after.views, &mut tell);
    let functions = |catalog: &Catalog| -> BTreeMap<_, _> {
        catalog.functions.values().map(|one| (one.describe(), one.clone())).collect()
    };
    each("function", "", &functions(now), &functions(after), &mut tell);
    found
}

fn list(values: &[String]) -> String {
    values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ")
}

fn in_table(there: &Table, wanted: &Table, tell: &mut impl FnMut(String, String)) {
    let name = &wanted.name;
    let of = format!(" of `{name}`");
    let columns = |table: &Table| -> BTreeMap<String, Column> {
        table.columns.iter().map(|column| (column.name.clone(), column.clone())).collect()
    };
    each("column", &of, &columns(there), &columns(wanted), tell);
    each("constraint", &of, &there.constraints, &wanted.constraints, tell);
    each("index", &of, &there.indexes, &wanted.indexes, tell);
    each("trigger", &of, &there.triggers, &wanted.triggers, tell);
    each("partition", &of, &there.partitions, &wanted.partitions, tell);
    let mut differs = |is_other: bool, what: &str| {
        if is_other {
            tell(format!("table `{name}`"), what.to_owned());
        }
    };
    differs(
        there.partition_by != wanted.partition_by,
        "is to be parted in another way, which is settled when a table is created",
    );
    let (has, is_to_have) = (&there.options, &wanted.options);
    differs(
        has.postgres != is_to_have.postgres,
        "is to have other options on PostgreSQL, which are settled when a table is created",
    );
    differs(
        has.mysql != is_to_have.mysql,
        "is to have other options on MySQL, which are settled when a table is created",
    );
    differs(
        has.sqlite != is_to_have.sqlite,
        "is to have other options on SQLite, which are settled when a table is created",
    );
    differs(there.comment != wanted.comment, "is to have another comment");
}

fn each<K: Ord + Display, V: PartialEq>(
    noun: &str,
    of: &str,
    there: &BTreeMap<K, V>,
    wanted: &BTreeMap<K, V>,
    tell: &mut impl FnMut(String, String),
) {
    let mut told = |name: &K, what: &str| tell(format!("{noun} `{name}`{of}"), what.to_owned());
    for (name, one) in wanted {
        match there.get(name) {
            Some(other) if other == one => {}
            Some(_) => told(name, "is to be another, which no op makes of it"),
            None => told(name, "is to be there, and can't be made"),
        }
    }
    for name in there.keys().filter(|name| !wanted.contains_key(name)) {
        told(name, "is to go, and can't be dropped");
    }
}
