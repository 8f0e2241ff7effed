//! What each piece of an ALTER TABLE does.

use migrate_model::{
    Dialect,
    catalog::{Catalog, Constraint, Index, Table, TableName},
};

use super::{
    attached, default_part,
    types::{is_builtin, is_same, rewrites},
    with_parts,
};
use crate::{
    backend::postgres::spell,
    impact::{
        Answer::{Perhaps, Yes},
        Impact, Lock, TableLock,
        words::{Words, tokens},
    },
};

/// One piece of an ALTER TABLE, among all of them.
pub(super) fn clause_of(
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
                .map(|one| TableLock { lock: Lock::ShareUpdateExclusive, ..one })
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
