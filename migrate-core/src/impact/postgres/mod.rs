//! What PostgreSQL's statements do, 12 to 18: observed there, statement by statement, and compared with the server in the tests.
//!
//! The pieces of one ALTER TABLE add up: it takes the strongest of their locks, and does all that any of them needs.

mod alter;
mod types;

use migrate_model::{
    Dialect,
    catalog::{Bounds, Catalog, Table, TableName},
    op::TableChange,
};

use super::{
    Answer::{Perhaps, Yes},
    Impact, Lock,
    words::{Words, tokens},
};

pub(super) fn of(sql: &str, before: &Catalog) -> Impact {
    let tokens = tokens(Dialect::Postgres, sql);
    statement(Words::new(Dialect::Postgres, sql, &tokens), before).unwrap_or_else(Impact::unknown)
}

/// The change that a statement makes, if it gives a column another name.
pub(super) fn renamed_column(sql: &str) -> Option<TableChange> {
    let tokens = tokens(Dialect::Postgres, sql);
    let mut words = Words::new(Dialect::Postgres, sql, &tokens);
    words.eat("ALTER TABLE").then(|| words.name())??;
    let from = words.eat("RENAME COLUMN").then(|| words.part())??;
    let to = words.eat("TO").then(|| words.part())??;
    Some(TableChange::RenameColumn { from, to })
}

/// `None` where its words don't tell.
fn statement(mut words: Words<'_>, before: &Catalog) -> Option<Impact> {
    let none = Impact::none();
    let first = words.word()?.to_uppercase();
    match first.as_str() {
        "CREATE" => create(words, before),
        "DROP" => dropped(words, before),
        "ALTER" => alter(words, before),
        "COMMENT" => {
            words.eat("COMMENT ON");
            if words.eat("COLUMN") {
                let mut column = words.name()?;
                // `schema.table.column` or `table.column`
                if words.eat_mark(".") {
                    return Some(none.lock(&column, Lock::ShareUpdateExclusive));
                }
                column.name = column.schema.take()?;
                return Some(none.lock(&column, Lock::ShareUpdateExclusive));
            }
            let is_relation =
                ["TABLE", "VIEW", "MATERIALIZED VIEW"].iter().any(|kind| words.eat(kind));
            Some(match is_relation {
                true => none.lock(&words.name()?, Lock::ShareUpdateExclusive),
                false => none,
            })
        }
        "TRUNCATE" => {
            words.eat("TRUNCATE");
            let _ = words.eat("TABLE");
            let _ = words.eat("ONLY");
            let cascades = words.has("CASCADE");
            let locked = words.names().into_iter().fold(none, |impact, name| {
                let children = before.references_to(&name).map(|(table, _)| &table.name);
                let children = children.filter(|_| cascades);
                children
                    .chain(parts(before, &name))
                    .chain([&name])
                    .fold(impact, |impact, table| impact.lock(table, Lock::AccessExclusive))
            });
            Some(locked.rewrites(Yes))
        }
        "INSERT" | "DELETE" | "UPDATE" => {
            words.eat(&first);
            let _ = words.eat("INTO") || words.eat("FROM");
            let _ = words.eat("ONLY");
            let impact = none.lock(&words.name()?, Lock::RowExclusive);
            Some(if first == "INSERT" { impact } else { impact.scans(Perhaps) })
        }
        "REINDEX" => reindex(words, before),
        "REFRESH" => {
            words.eat("REFRESH MATERIALIZED VIEW");
            let lock = match words.eat("CONCURRENTLY") {
                true => Lock::Exclusive,
                false => Lock::AccessExclusive,
            };
            Some(none.lock(&words.name()?, lock).rewrites(Yes).scans(Yes))
        }
        "CLUSTER" => {
            words.eat("CLUSTER");
            let _ = words.eat("VERBOSE");
            let table = words.name()?;
            Some(none.lock(&table, Lock::AccessExclusive).rewrites(Yes).scans(Yes))
        }
        "VACUUM" => {
            words.eat("VACUUM");
            let is_full = !words.each("FULL").is_empty();
            let mut rest = words.without_parentheses();
            let _ = rest.eat("FULL");
            while rest.eat("FREEZE") || rest.eat("VERBOSE") || rest.eat("ANALYZE") {}
            let (lock, rewrites) = match is_full {
                true => (Lock::AccessExclusive, Yes),
                false => (Lock::ShareUpdateExclusive, super::Answer::No),
            };
            Some(none.lock(&rest.name()?, lock).rewrites(rewrites).scans(Yes))
        }
        "ANALYZE" => {
            words.eat("ANALYZE");
            let _ = words.eat("VERBOSE");
            Some(none.lock(&words.name()?, Lock::ShareUpdateExclusive))
        }
        "LOCK" => {
            words.eat("LOCK");
            let _ = words.eat("TABLE");
            let _ = words.eat("ONLY");
            let names = words.names();
            let lock = [
                Lock::ShareRowExclusive,
                Lock::ShareUpdateExclusive,
                Lock::AccessExclusive,
                Lock::RowExclusive,
                Lock::RowShare,
                Lock::Exclusive,
                Lock::Share,
            ]
            .into_iter()
            .find(|lock| words.eat(&format!("IN {}", lock.words())))
            .unwrap_or(Lock::AccessExclusive);
            Some(names.iter().fold(none, |impact, name| impact.lock(name, lock)))
        }
        "SELECT" | "VALUES" | "TABLE" => Some(none.scans(Perhaps)),
        "MERGE" => {
            words.eat("MERGE INTO");
            let _ = words.eat("ONLY");
            Some(none.lock(&words.name()?, Lock::RowExclusive).scans(Perhaps))
        }
        "SET" | "RESET" | "SHOW" | "GRANT" | "REVOKE" | "NOTIFY" | "LISTEN" | "UNLISTEN"
        | "DISCARD" => Some(none),
        _ => None,
    }
}

/// The partitions of a table.
fn parts<'c>(before: &'c Catalog, name: &TableName) -> impl Iterator<Item = &'c TableName> {
    before.tables.get(name).into_iter().flat_map(|table| table.partitions.keys())
}

/// The partition that takes what no other does.
fn default_part(table: &Table) -> Option<&TableName> {
    table
        .partitions
        .iter()
        .find_map(|(name, bounds)| matches!(bounds, Bounds::Default).then_some(name))
}

/// The same lock on a table and its partitions.
fn with_parts(impact: Impact, before: &Catalog, name: &TableName, lock: Lock) -> Impact {
    parts(before, name).fold(impact.lock(name, lock), |impact, part| impact.lock(part, lock))
}

fn create(mut words: Words<'_>, before: &Catalog) -> Option<Impact> {
    let none = Impact::none();
    words.eat("CREATE");
    let _ = words.eat("OR REPLACE");
    while ["GLOBAL", "LOCAL", "TEMP", "TEMPORARY", "UNLOGGED", "RECURSIVE", "CONSTRAINT"]
        .iter()
        .any(|word| words.eat(word))
    {}
    if words.eat("TABLE") {
        let _ = words.eat("IF NOT EXISTS");
        let own = words.name()?;
        if words.eat("PARTITION OF") {
            return Some(attached(none, before, &words.name()?, Lock::AccessExclusive));
        }
        let parents = words.each("REFERENCES");
        return Some(parents.into_iter().fold(none, |impact, mut rest| match rest.name() {
            Some(parent) if parent != own => {
                with_parts(impact, before, &parent, Lock::ShareRowExclusive)
            }
            _ => impact,
        }));
    }
    let is_unique = words.eat("UNIQUE");
    if words.eat("INDEX") {
        let lock = match words.eat("CONCURRENTLY") {
            true => Lock::ShareUpdateExclusive,
            false => Lock::Share,
        };
        let _ = words.eat("IF NOT EXISTS");
        if !words.eat("ON") {
            words.name()?;
            words.eat("ON");
        }
        let is_alone = words.eat("ONLY");
        let table = words.name()?;
        let impact = match is_alone {
            true => none.lock(&table, lock),
            false => with_parts(none, before, &table, lock),
        };
        return Some(impact.scans(Yes).builds());
    }
    if is_unique {
        return None;
    }
    if words.eat("MATERIALIZED VIEW") {
        return Some(if words.has("NO DATA") { none } else { none.scans(Yes) });
    }
    if words.eat("VIEW") {
        let name = words.name()?;
        return Some(match before.views.contains_key(&name) {
            true => none.lock(&name, Lock::AccessExclusive),
            false => none,
        });
    }
    if words.eat("TRIGGER") {
        let mut table = words.behind("ON")?;
        let table = table.name()?;
        return Some(with_parts(none, before, &table, Lock::ShareRowExclusive));
    }
    if words.eat("POLICY") || words.eat("RULE") {
        let mut table = words.behind(if words.has("TO") { "TO" } else { "ON" })?;
        if words.has("ON") {
            table = words.behind("ON")?;
        }
        return Some(none.lock(&table.name()?, Lock::AccessExclusive));
    }
    if words.eat("STATISTICS") {
        let mut table = words.behind("FROM")?;
        return Some(none.lock(&table.name()?, Lock::ShareUpdateExclusive));
    }
    let silent = [
        "FUNCTION",
        "PROCEDURE",
        "AGGREGATE",
        "TYPE",
        "DOMAIN",
        "SCHEMA",
        "SEQUENCE",
        "EXTENSION",
        "ROLE",
        "USER",
        "COLLATION",
        "CAST",
        "OPERATOR",
    ];
    silent.iter().any(|word| words.begins(word)).then_some(none)
}

/// A partition that comes: the table, and the default one, which must hold no row that is to be in it.
fn attached(impact: Impact, before: &Catalog, of: &TableName, lock: Lock) -> Impact {
    let impact = impact.lock(of, lock);
    let Some(table) = before.tables.get(of) else { return impact };
    let impact = match default_part(table) {
        Some(default) => impact.lock(default, Lock::AccessExclusive).scans(Yes),
        None => impact,
    };
    // Foreign keys and triggers are made again on it.
    let parents = table.foreign_keys().map(|key| &key.table);
    parents.fold(impact, |impact, parent| impact.lock(parent, Lock::ShareRowExclusive))
}

/// What goes with a table: the foreign keys from it and to it, each of which is on two tables.
fn table_goes(impact: Impact, before: &Catalog, name: &TableName) -> Impact {
    let impact = with_parts(impact, before, name, Lock::AccessExclusive);
    let of = before.parted(name).map(|(table, _)| table);
    let impact = of.into_iter().fold(impact, |impact, table| {
        let impact = impact.lock(&table.name, Lock::AccessExclusive);
        let default = default_part(table).filter(|default| *default != name);
        let impact = default
            .into_iter()
            .fold(impact, |impact, default| impact.lock(default, Lock::AccessExclusive));
        // A foreign key to the partitioned table is one to each partition.
        let children = before.references_to(&table.name).map(|(child, _)| &child.name);
        children.fold(impact, |impact, child| impact.lock(child, Lock::AccessExclusive))
    });
    let own = before.tables.get(name).or(of);
    let parents = own.into_iter().flat_map(Table::foreign_keys).map(|key| &key.table);
    let children = before.references_to(name).map(|(table, _)| &table.name);
    parents
        .chain(children)
        .fold(impact, |impact, table| with_parts(impact, before, table, Lock::AccessExclusive))
}

fn dropped(mut words: Words<'_>, before: &Catalog) -> Option<Impact> {
    let none = Impact::none();
    words.eat("DROP");
    // What else depends on these goes along with CASCADE alone.
    if words.has("CASCADE") {
        return None;
    }
    if words.eat("TABLE") {
        let _ = words.eat("IF EXISTS");
        let names = words.names();
        return Some(names.iter().fold(none, |impact, name| table_goes(impact, before, name)));
    }
    if words.eat("INDEX") {
        let lock = match words.eat("CONCURRENTLY") {
            true => Lock::ShareUpdateExclusive,
            false => Lock::AccessExclusive,
        };
        let _ = words.eat("IF EXISTS");
        let names = words.names();
        return names.iter().try_fold(none, |impact, name| {
            let on = index_table(before, name)?;
            Some(with_parts(impact, before, &on, lock))
        });
    }
    if words.eat("MATERIALIZED VIEW") || words.eat("VIEW") {
        let _ = words.eat("IF EXISTS");
        let names = words.names();
        return Some(
            names.iter().fold(none, |impact, name| impact.lock(name, Lock::AccessExclusive)),
        );
    }
    if words.eat("TRIGGER") || words.eat("POLICY") || words.eat("RULE") {
        let mut table = words.behind("ON")?;
        return Some(with_parts(none, before, &table.name()?, Lock::AccessExclusive));
    }
    let silent = [
        "FUNCTION",
        "PROCEDURE",
        "ROUTINE",
        "AGGREGATE",
        "TYPE",
        "DOMAIN",
        "SCHEMA",
        "SEQUENCE",
        "EXTENSION",
        "STATISTICS",
        "ROLE",
        "USER",
        "COLLATION",
        "CAST",
        "OPERATOR",
    ];
    silent.iter().any(|word| words.begins(word)).then_some(none)
}

/// The table, or the view, that an index is of.
fn index_table(before: &Catalog, name: &TableName) -> Option<TableName> {
    let is_here = |of: &TableName| name.schema.is_none() || of.schema == name.schema;
    let tables = before.tables.values().filter(|table| is_here(&table.name));
    let table = tables.into_iter().find(|table| {
        table.indexes.contains_key(&name.name) || table.constraints.contains_key(&name.name)
    });
    let views = before.views.values().filter(|view| is_here(&view.name));
    let view = views.into_iter().find(|view| view.indexes.contains_key(&name.name));
    table.map(|table| table.name.clone()).or(view.map(|view| view.name.clone()))
}

fn reindex(mut words: Words<'_>, before: &Catalog) -> Option<Impact> {
    words.eat("REINDEX");
    let kind = ["TABLE", "INDEX"].into_iter().find(|kind| words.eat(kind))?;
    // The planner of every query opens all indexes of its tables, so reads wait as well.
    let lock = match words.eat("CONCURRENTLY") {
        true => Lock::ShareUpdateExclusive,
        false => Lock::AccessExclusive,
    };
    let name = words.name()?;
    let table = if kind == "TABLE" { name } else { index_table(before, &name)? };
    Some(Impact::none().lock(&table, lock).scans(Yes).builds())
}

fn alter(mut words: Words<'_>, before: &Catalog) -> Option<Impact> {
    let none = Impact::none();
    words.eat("ALTER");
    if words.eat("TABLE") {
        let _ = words.eat("IF EXISTS");
        let is_alone = words.eat("ONLY");
        let name = words.name()?;
        let clauses = words.clauses();
        let pieces =
            clauses.iter().map(|clause| alter::clause_of(*clause, &clauses, &name, before));
        let impact = pieces.collect::<Option<Vec<_>>>()?.into_iter().fold(none, Impact::and);
        let own = impact.locks.iter().find(|one| one.table == name).map(|one| one.lock);
        return Some(match own {
            Some(lock) if !is_alone => with_parts(impact, before, &name, lock),
            _ => impact,
        });
    }
    if words.eat("MATERIALIZED VIEW") || words.eat("VIEW") {
        let _ = words.eat("IF EXISTS");
        return Some(none.lock(&words.name()?, Lock::AccessExclusive));
    }
    if words.eat("TRIGGER") || words.eat("POLICY") || words.eat("RULE") {
        let mut table = words.behind("ON")?;
        return Some(none.lock(&table.name()?, Lock::AccessExclusive));
    }
    if words.eat("DOMAIN") {
        // A new rule is looked for in every table that has such a column.
        let is_silent = !words.has("ADD") || words.has("NOT VALID");
        return (is_silent && !words.has("VALIDATE") && !words.has("SET NOT NULL")).then_some(none);
    }
    let silent = [
        "INDEX",
        "TYPE",
        "SEQUENCE",
        "FUNCTION",
        "PROCEDURE",
        "SCHEMA",
        "EXTENSION",
        "DEFAULT",
        "ROLE",
        "USER",
        "DATABASE",
        "STATISTICS",
    ];
    silent.iter().any(|word| words.begins(word)).then_some(none)
}
