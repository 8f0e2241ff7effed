//! What PostgreSQL's statements do, 12 to 18: observed there, statement by statement, and compared with the server in the tests.
//!
//! The pieces of one ALTER TABLE add up: it takes the strongest of their locks, and does all that any of them needs.

use migrate_model::{
    Dialect,
    catalog::{Bounds, Catalog, Constraint, Index, Table, TableName},
    op::TableChange,
};

use super::{
    Answer::{Perhaps, Yes},
    Impact, Lock,
    types::{is_builtin, is_same, rewrites},
    words::{Words, tokens},
};
use crate::backend::postgres::spell;

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
fn default_part<'c>(table: &'c Table) -> Option<&'c TableName> {
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
        let pieces = clauses.iter().map(|clause| clause_of(*clause, &clauses, &name, before));
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

/// One piece of an ALTER TABLE, among all of them.
fn clause_of(
    mut words: Words<'_>,
    all: &[Words<'_>],
    name: &TableName,
    before: &Catalog,
) -> Option<Impact> {
    let table = before.tables.get(name);
    let locked = |lock: Lock| Impact::none().lock(name, lock);
    let exclusive = || locked(Lock::AccessExclusive);
    if words.eat("ADD") {
        if ["CONSTRAINT", "CHECK", "UNIQUE", "PRIMARY KEY", "FOREIGN KEY", "EXCLUDE", "NOT NULL"]
            .iter()
            .any(|word| words.begins(word))
        {
            return add_constraint(words, name, table, before);
        }
        let _ = words.eat("COLUMN");
        let _ = words.eat("IF NOT EXISTS");
        return add_column(words, exclusive(), name, before);
    }
    if words.eat("DROP") {
        if words.eat("CONSTRAINT") {
            let _ = words.eat("IF EXISTS");
            let constraint = words.part()?;
            return Some(match table.and_then(|table| table.constraints.get(&constraint)) {
                Some(Constraint::ForeignKey(key)) => {
                    with_parts(exclusive(), before, &key.table, Lock::AccessExclusive)
                }
                Some(
                    Constraint::PrimaryKey(_)
                    | Constraint::Unique(_)
                    | Constraint::Check(_)
                    | Constraint::Exclude(_),
                )
                | None => exclusive(),
            });
        }
        let _ = words.eat("COLUMN");
        let _ = words.eat("IF EXISTS");
        let column = words.part()?;
        let keys = table.into_iter().flat_map(Table::foreign_keys);
        let keys = keys.filter(|key| key.columns.contains(&column));
        return Some(keys.fold(exclusive(), |impact, key| {
            with_parts(impact, before, &key.table, Lock::AccessExclusive)
        }));
    }
    if words.eat("ALTER CONSTRAINT") {
        let constraint = words.part()?;
        let key = table.and_then(|table| table.constraints.get(&constraint));
        return Some(match key {
            Some(Constraint::ForeignKey(key)) => {
                locked(Lock::ShareRowExclusive).lock(&key.table, Lock::ShareRowExclusive)
            }
            _ => exclusive(),
        });
    }
    if words.eat("ALTER") {
        let _ = words.eat("COLUMN");
        let column = words.part()?;
        return alter_column(words, &column, all, exclusive(), (table, before));
    }
    if words.eat("VALIDATE CONSTRAINT") {
        let constraint = words.part()?;
        let impact = locked(Lock::ShareUpdateExclusive).scans(Yes);
        return Some(match table.and_then(|table| table.constraints.get(&constraint)) {
            Some(Constraint::ForeignKey(key)) => impact.lock(&key.table, Lock::RowShare),
            _ => impact,
        });
    }
    if words.eat("ATTACH PARTITION") {
        let part = words.name()?;
        let impact = attached(Impact::none(), before, name, Lock::ShareUpdateExclusive);
        return Some(impact.lock(&part, Lock::AccessExclusive).scans(Yes));
    }
    if words.eat("DETACH PARTITION") {
        let part = words.name()?;
        if words.eat("CONCURRENTLY") {
            let impact = locked(Lock::ShareUpdateExclusive);
            return Some(impact.lock(&part, Lock::AccessExclusive));
        }
        let impact = exclusive().lock(&part, Lock::AccessExclusive);
        return Some(match table.and_then(default_part) {
            Some(default) => impact.lock(default, Lock::AccessExclusive),
            None => impact,
        });
    }
    if ["SET LOGGED", "SET UNLOGGED", "SET TABLESPACE", "SET ACCESS METHOD"]
        .iter()
        .any(|word| words.begins(word))
    {
        return Some(exclusive().rewrites(Yes).scans(Yes));
    }
    if words.begins("SET SCHEMA") || words.begins("SET WITH") {
        return Some(exclusive());
    }
    if ["SET", "RESET", "CLUSTER", "SET WITHOUT CLUSTER"].iter().any(|word| words.begins(word)) {
        return Some(locked(Lock::ShareUpdateExclusive));
    }
    if words.begins("ENABLE TRIGGER") || words.begins("DISABLE TRIGGER") {
        return Some(locked(Lock::ShareRowExclusive));
    }
    let light = [
        "RENAME",
        "OWNER",
        "ENABLE",
        "DISABLE",
        "FORCE",
        "NO FORCE",
        "REPLICA",
        "INHERIT",
        "NO INHERIT",
        "OF",
        "NOT OF",
    ];
    light.iter().any(|word| words.begins(word)).then(exclusive)
}

/// The words that end an expression behind DEFAULT.
const BEHIND_DEFAULT: [&str; 8] =
    ["NOT", "CHECK", "UNIQUE", "PRIMARY", "REFERENCES", "CONSTRAINT", "GENERATED", "COLLATE"];

/// Functions that give every row of one statement the same value, and types that look like functions.
const CONSTANT: [&str; 34] = [
    "now",
    "statement_timestamp",
    "transaction_timestamp",
    "current_timestamp",
    "localtimestamp",
    "localtime",
    "current_time",
    "current_setting",
    "current_schema",
    "timezone",
    "lower",
    "upper",
    "length",
    "coalesce",
    "round",
    "abs",
    "concat",
    "to_char",
    "date_trunc",
    "jsonb_build_object",
    "json_build_object",
    "array",
    "varchar",
    "char",
    "character",
    "varying",
    "numeric",
    "decimal",
    "timestamp",
    "timestamptz",
    "time",
    "bit",
    "varbit",
    "interval",
];

/// Functions that give each row another one.
const VOLATILE: [&str; 7] = [
    "nextval",
    "random",
    "gen_random_uuid",
    "clock_timestamp",
    "timeofday",
    "uuid_generate_v4",
    "uuidv7",
];

fn add_column(
    mut words: Words<'_>,
    impact: Impact,
    name: &TableName,
    before: &Catalog,
) -> Option<Impact> {
    words.part()?;
    let default = words.behind("DEFAULT").map(|rest| rest.until(&BEHIND_DEFAULT));
    let mut impact = impact;
    let is_counted = ["serial", "bigserial", "smallserial", "serial4", "serial8", "serial2"]
        .iter()
        .any(|word| words.begins(word));
    // On PostgreSQL 18 a column that says neither is computed when it is read.
    let is_computed = words.behind("GENERATED ALWAYS AS").is_some_and(|rest| rest.has("STORED"));
    if is_counted || is_computed || words.has("AS IDENTITY") {
        impact = impact.rewrites(Yes).scans(Yes);
    }
    let calls = default.map(|default| default.calls()).unwrap_or_default();
    if calls.iter().any(|call| VOLATILE.contains(&call.as_str())) {
        impact = impact.rewrites(Yes).scans(Yes);
    } else if calls.iter().any(|call| !CONSTANT.contains(&call.as_str())) {
        impact = impact.rewrites(Perhaps).scans(Perhaps);
    }
    // A domain with a rule of its own asks every row.
    let of = words.until(&[
        "DEFAULT",
        "NOT",
        "NULL",
        "CHECK",
        "UNIQUE",
        "PRIMARY",
        "REFERENCES",
        "CONSTRAINT",
        "GENERATED",
        "COLLATE",
    ]);
    if !is_counted && !is_builtin(&of.lower()) && !is_enum(of, before) {
        impact = impact.rewrites(Perhaps).scans(Perhaps);
    }
    if words.has("CHECK") {
        impact = impact.scans(Yes);
    }
    if words.has("UNIQUE") || words.has("PRIMARY KEY") {
        impact = impact.scans(Yes).builds();
    }
    if let Some(mut parent) = words.behind("REFERENCES") {
        let parent = parent.name()?;
        if parent != *name {
            impact = with_parts(impact, before, &parent, Lock::ShareRowExclusive);
        }
        if default.is_some() {
            impact = impact.scans(Yes);
        }
    }
    Some(impact)
}

fn is_enum(mut of: Words<'_>, before: &Catalog) -> bool {
    of.name().is_some_and(|name| {
        before.enums.keys().any(|one| one.schema == name.schema && one.name == name.name)
    })
}

fn alter_column(
    mut words: Words<'_>,
    column: &str,
    all: &[Words<'_>],
    exclusive: Impact,
    (table, before): (Option<&Table>, &Catalog),
) -> Option<Impact> {
    if words.eat("SET NOT NULL") {
        let is_proven = table.is_some_and(|table| {
            let is_so = table.column(column).is_ok_and(|column| !column.nullable);
            let checks = table.constraints.values().filter(|one| {
                // An ALTER drops before it looks.
                !all.iter().any(|clause| drops(*clause, one.name()))
            });
            is_so || checks.into_iter().any(|one| proves(one, column))
        });
        return Some(if is_proven { exclusive } else { exclusive.scans(Yes) });
    }
    let mut options = words;
    if words.begins("SET STATISTICS")
        || words.begins("RESET")
        || options.eat("SET") && options.eat_mark("(")
    {
        return Some(Impact {
            locks: exclusive
                .locks
                .into_iter()
                .map(|one| super::TableLock { lock: Lock::ShareUpdateExclusive, ..one })
                .collect(),
            ..Impact::none()
        });
    }
    if words.eat("SET DATA TYPE") || words.eat("TYPE") {
        let to = words.until(&["COLLATE", "USING"]).lower();
        let using = words.behind("USING");
        let is_cast = using.is_none_or(|mut using| {
            using.part().as_deref() == Some(column)
                && (using.is_empty()
                    || using.eat_mark(":") && using.eat_mark(":") && using.lower() == to)
        });
        let former = table.and_then(|table| table.column(column).ok());
        let from = former.and_then(|column| spell(&column.sql_type).ok());
        let collates = words.has("COLLATE")
            && former.is_none_or(|column| {
                let said = words.behind("COLLATE").and_then(|mut name| name.part());
                column.collation != said
            });
        let answer = match &from {
            Some(from) if is_cast => rewrites(from, &to),
            _ => Yes,
        };
        let mut impact = exclusive.rewrites(answer).scans(answer);
        let Some(table) = table else { return Some(impact.builds()) };
        // Foreign keys on either side are dropped and made again.
        let own = table.foreign_keys().filter(|key| key.columns.iter().any(|one| one == column));
        let others = before
            .references_to(&table.name)
            .filter(|(_, key)| key.referred.iter().any(|one| one == column));
        for other in own.map(|key| &key.table).chain(others.map(|(other, _)| &other.name)) {
            impact = impact.lock(other, Lock::AccessExclusive).scans(Yes);
        }
        let is_indexed = table.indexes.values().any(|index| index.is_about(column))
            || table.constraints.values().any(|one| {
                one.is_about(column)
                    && matches!(
                        one,
                        Constraint::PrimaryKey(_) | Constraint::Unique(_) | Constraint::Exclude(_)
                    )
            });
        // One with an expression is always made anew.
        let is_anew = |index: &&Index| index.has_expression() && index.is_about(column);
        if is_indexed && collates || table.indexes.values().any(|index| is_anew(&index)) {
            impact = impact.builds().scans(Yes);
        }
        // A check on it is asked again.
        let is_checked = table
            .constraints
            .values()
            .any(|one| matches!(one, Constraint::Check(_)) && one.is_about(column));
        let is_same = from.is_some_and(|from| is_same(&from, &to));
        return Some(if is_checked && !is_same { impact.scans(Yes) } else { impact });
    }
    let light = ["SET", "DROP", "ADD GENERATED", "RESTART"];
    light.iter().any(|word| words.begins(word)).then_some(exclusive)
}

fn drops(mut clause: Words<'_>, constraint: &str) -> bool {
    clause.eat("DROP CONSTRAINT") && {
        let _ = clause.eat("IF EXISTS");
        clause.part().as_deref() == Some(constraint)
    }
}

/// Whether a constraint that holds for all rows says that the column is not NULL.
fn proves(constraint: &Constraint, column: &str) -> bool {
    match constraint {
        Constraint::PrimaryKey(key) => key.columns.iter().any(|one| one == column),
        Constraint::Check(check) if !check.not_valid => {
            let tokens = tokens(Dialect::Postgres, &check.expression);
            let mut words = Words::new(Dialect::Postgres, &check.expression, &tokens);
            words.part().as_deref() == Some(column) && words.eat("IS NOT NULL") && words.is_empty()
        }
        Constraint::Check(_)
        | Constraint::Unique(_)
        | Constraint::ForeignKey(_)
        | Constraint::Exclude(_) => false,
    }
}

fn add_constraint(
    mut words: Words<'_>,
    name: &TableName,
    table: Option<&Table>,
    before: &Catalog,
) -> Option<Impact> {
    if words.eat("CONSTRAINT") {
        words.part()?;
    }
    let exclusive = Impact::none().lock(name, Lock::AccessExclusive);
    let is_later = words.has("NOT VALID");
    if words.eat("FOREIGN KEY") {
        let mut parent = words.behind("REFERENCES")?;
        let parent = parent.name()?;
        let impact = Impact::none().lock(name, Lock::ShareRowExclusive);
        let impact = with_parts(impact, before, &parent, Lock::ShareRowExclusive);
        return Some(if is_later { impact } else { impact.scans(Yes) });
    }
    if words.begins("CHECK") || words.begins("NOT NULL") {
        return Some(if is_later { exclusive } else { exclusive.scans(Yes) });
    }
    if words.has("USING INDEX") && !words.begins("EXCLUDE") {
        let is_nullable = table.is_none_or(|table| table.columns.iter().any(|one| one.nullable));
        let scans = words.begins("PRIMARY KEY") && is_nullable;
        return Some(if scans { exclusive.scans(Perhaps) } else { exclusive });
    }
    let builds = ["PRIMARY KEY", "UNIQUE", "EXCLUDE"].iter().any(|word| words.begins(word));
    builds.then(|| exclusive.scans(Yes).builds())
}
