//! Two schemas side by side, as far as they differ, for people to read.

use std::collections::BTreeMap;
use std::fmt::Debug;

use migrate_core::catalog::{Catalog, Table, TableName};

/// A line for each thing in which two schemas differ; none when they are equal. Tables that either of them does not
/// vouch for are passed over.
pub fn differences(expected: &Catalog, found: &Catalog) -> Vec<String> {
    let mut lines = Vec::new();
    let is_opaque =
        |name: &TableName| expected.opaque.contains(name) || found.opaque.contains(name);
    each("enum", &expected.enums, &found.enums, &mut lines);
    each("extension", &expected.extensions, &found.extensions, &mut lines);
    each("sequence", &expected.sequences, &found.sequences, &mut lines);
    if expected.schemas != found.schemas {
        lines.push(unlike("schemas", &expected.schemas, &found.schemas));
    }
    let tables: Vec<_> = expected
        .tables
        .keys()
        .chain(found.tables.keys().filter(|name| !expected.tables.contains_key(name)))
        .collect();
    for name in tables.into_iter().filter(|name| !is_opaque(name)) {
        match (expected.tables.get(name), found.tables.get(name)) {
            (Some(expected), Some(found)) if expected != found => {
                in_table(expected, found, &mut lines);
            }
            (Some(_), None) => lines.push(format!("there is no table `{name}`")),
            (None, Some(_)) => lines.push(format!("there is a table `{name}`")),
            (Some(_), Some(_)) | (None, None) => {}
        }
    }
    let views = |catalog: &Catalog| -> BTreeMap<_, _> {
        let told = catalog.views.iter().filter(|(name, _)| !is_opaque(name));
        told.map(|(name, view)| (name.clone(), view.clone())).collect()
    };
    each("view", &views(expected), &views(found), &mut lines);
    let functions = |catalog: &Catalog| -> BTreeMap<_, _> {
        catalog.functions.values().map(|one| (one.describe(), one.clone())).collect()
    };
    each("function", &functions(expected), &functions(found), &mut lines);
    // What has no words here must still be seen.
    let (bare_expected, bare_found) = (without_tables(expected), without_tables(found));
    if lines.is_empty() && bare_expected != bare_found {
        lines.push(unlike("the rest", &bare_expected, &bare_found));
    }
    lines
}

fn without_tables(catalog: &Catalog) -> Catalog {
    Catalog {
        tables: BTreeMap::new(),
        views: BTreeMap::new(),
        functions: BTreeMap::new(),
        opaque: Default::default(),
        ..catalog.clone()
    }
}

fn in_table(expected: &Table, found: &Table, lines: &mut Vec<String>) {
    let name = &expected.name;
    let before = lines.len();
    let columns = |table: &Table| -> BTreeMap<_, _> {
        table.columns.iter().map(|column| (column.name.clone(), column.clone())).collect()
    };
    each(&format!("`{name}`: column"), &columns(expected), &columns(found), lines);
    each(&format!("`{name}`: constraint"), &expected.constraints, &found.constraints, lines);
    each(&format!("`{name}`: index"), &expected.indexes, &found.indexes, lines);
    each(&format!("`{name}`: trigger"), &expected.triggers, &found.triggers, lines);
    let bare = |table: &Table| Table {
        columns: Vec::new(),
        constraints: BTreeMap::new(),
        indexes: BTreeMap::new(),
        triggers: BTreeMap::new(),
        ..table.clone()
    };
    if bare(expected) != bare(found) || lines.len() == before {
        lines.push(unlike(&format!("`{name}`"), &bare(expected), &bare(found)));
    }
}

fn each<K: Ord + std::fmt::Display, V: PartialEq + Debug>(
    what: &str,
    expected: &BTreeMap<K, V>,
    found: &BTreeMap<K, V>,
    lines: &mut Vec<String>,
) {
    for (key, one) in expected {
        match found.get(key) {
            Some(other) if one == other => {}
            Some(other) => lines.push(unlike(&format!("{what} `{key}`"), one, other)),
            None => lines.push(format!("{what} `{key}` is missing: {one:?}")),
        }
    }
    for (key, one) in found.iter().filter(|(key, _)| !expected.contains_key(key)) {
        lines.push(format!("{what} `{key}` is too many: {one:?}"));
    }
}

fn unlike(what: &str, expected: &impl Debug, found: &impl Debug) -> String {
    let (expected, found) = (format!("{expected:?}"), format!("{found:?}"));
    // Only from where they part, or a long table hides it.
    let same = expected.chars().zip(found.chars()).take_while(|(one, other)| one == other).count();
    let from = same.saturating_sub(40);
    let part = |text: &str| -> String {
        let dots = if from > 0 { "…" } else { "" };
        dots.to_owned() + &text.chars().skip(from).take(240).collect::<String>()
    };
    format!("{what}\n    - {}\n    + {}", part(&expected), part(&found))
}
