//! Names that a database can't hold, or can't tell from others.
//!
//! What is rendered is refused for its name already. Here are the names that only SQL makes, which a migration declares;
//! PostgreSQL cuts them with no more than a notice.

use std::collections::{BTreeMap, BTreeSet};

use migrate_model::{
    Dialect,
    catalog::{Catalog, Constraint, TableName, naming},
};

use super::finding::Kind;

/// A name in a schema: what names it must differ from, what has it, and the name itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    space: String,
    what: String,
    name: String,
}

/// What is wrong with the names that are in `after` and not in `before`.
pub(super) fn faults(dialect: Dialect, before: &Catalog, after: &Catalog) -> Vec<Kind> {
    let (there, all) = (names(dialect, before), names(dialect, after));
    let mut by_held: BTreeMap<(&str, String), Vec<&Name>> = BTreeMap::new();
    for name in &all {
        by_held.entry((&name.space, held(dialect, &name.name))).or_default().push(name);
    }
    let mut found = Vec::new();
    for name in all.iter().filter(|name| !there.contains(*name)) {
        let same = by_held.get(&(name.space.as_str(), held(dialect, &name.name)));
        let same = same
            .and_then(|all| all.iter().find(|other| **other != name))
            .map(|other| format!("{} `{}`", other.what, other.name));
        let (what, own) = (name.what.clone(), name.name.clone());
        match (most(dialect, &own), same) {
            (Some(most), same_as) => {
                found.push(Kind::LongName { what, name: own, most, same_as });
            }
            (None, Some(other)) => {
                // Of two new ones, one is enough.
                let is_told = found.iter().any(|told| {
                    matches!(told, Kind::SameName { name, other: of, .. }
                        if *of == format!("{what} `{own}`") && other.ends_with(&format!("`{name}`")))
                });
                let why = why(dialect);
                if !is_told {
                    found.push(Kind::SameName { what, name: own, other, why });
                }
            }
            (None, None) => {}
        }
    }
    found
}

/// The most that a name may be, where this one is more.
fn most(dialect: Dialect, name: &str) -> Option<&'static str> {
    match dialect {
        Dialect::Postgres => (name.len() > naming::LONGEST).then_some("63 bytes"),
        Dialect::Mysql | Dialect::Mariadb => (name.chars().count() > 64).then_some("64 characters"),
        Dialect::Sqlite => None,
    }
}

/// What the database makes of a name.
fn held(dialect: Dialect, name: &str) -> String {
    match dialect {
        Dialect::Postgres => {
            let mut end = name.len().min(naming::LONGEST);
            while !name.is_char_boundary(end) {
                end -= 1;
            }
            name[..end].to_owned()
        }
        Dialect::Sqlite => name.to_ascii_lowercase(),
        Dialect::Mysql | Dialect::Mariadb => name.to_lowercase(),
    }
}

fn why(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => "it is in use already",
        Dialect::Sqlite => "SQLite does not look at upper and lower case",
        Dialect::Mysql | Dialect::Mariadb => {
            "it is used twice in what has one name for all, without regard to upper and lower case"
        }
    }
}

fn names(dialect: Dialect, catalog: &Catalog) -> BTreeSet<Name> {
    let mut names = BTreeSet::new();
    let mut add = |space: String, what: &str, name: &str| {
        names.insert(Name { space, what: what.to_owned(), name: name.to_owned() });
    };
    let schema = |name: &TableName| name.schema.clone().unwrap_or_default();
    // Tables of MySQL lie in files: whether upper and lower case are one depends on where.
    let relations = |of: &TableName| match dialect {
        Dialect::Postgres | Dialect::Sqlite => format!("relation {}", schema(of)),
        Dialect::Mysql | Dialect::Mariadb => format!("relation {} {}", schema(of), of.name),
    };
    for (name, table) in &catalog.tables {
        add(relations(name), "table", &name.name);
        for column in &table.columns {
            add(format!("column {name}"), &format!("column of `{name}`"), &column.name);
        }
        for index in table.indexes.keys() {
            let space = match dialect {
                Dialect::Postgres | Dialect::Sqlite => relations(name),
                Dialect::Mysql | Dialect::Mariadb => format!("index {name}"),
            };
            add(space, &format!("index of `{name}`"), index);
        }
        for (constraint, of) in &table.constraints {
            // InnoDB has one name for all foreign keys of a database.
            let is_of_all =
                dialect.family() == Dialect::Mysql && matches!(of, Constraint::ForeignKey(_));
            let space = if is_of_all {
                "foreign key".to_owned()
            } else {
                format!("constraint {name} {constraint}")
            };
            add(space, &format!("{} of `{name}`", of.kind().noun()), constraint);
        }
        for trigger in table.triggers.keys() {
            add(format!("trigger {name} {trigger}"), &format!("trigger of `{name}`"), trigger);
        }
        for partition in table.partitions.keys() {
            add(relations(partition), &format!("partition of `{name}`"), &partition.name);
        }
    }
    for name in catalog.views.keys() {
        add(relations(name), "view", &name.name);
    }
    for name in catalog.sequences.keys() {
        add(relations(name), "sequence", &name.name);
    }
    for function in catalog.functions.values() {
        add(format!("function {}", function.describe()), "function", &function.name.name);
    }
    if dialect == Dialect::Postgres {
        for (name, values) in &catalog.enums {
            add(format!("type {}", name.schema.clone().unwrap_or_default()), "enum", &name.name);
            for value in values {
                add(format!("value {name}"), &format!("value of the enum `{name}`"), value);
            }
        }
        for name in &catalog.schemas {
            add("schema".to_owned(), "schema", name);
        }
    }
    names
}
