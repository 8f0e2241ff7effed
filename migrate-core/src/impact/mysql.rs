//! What MySQL's and MariaDB's statements do: the algorithm that the server takes for each, seen on MariaDB 10.11 by asking for it,
//! and as MySQL's manual says for 8.0.30 to 8.4.
//!
//! Every one of them waits, for a moment at its end at least, for the transactions that have read the table.

use migrate_model::{
    Dialect, Op,
    catalog::{Catalog, Column, Constraint, SqlType, Table, TableName},
    op::{AlterTable, EnumChange, EnumPosition, TableChange},
};

use super::{
    Answer::{Perhaps, Yes},
    Impact, Lock,
    words::{Words, tokens},
};

pub(super) fn of(dialect: Dialect, op: &Op, sql: &str, before: &Catalog) -> Impact {
    // An enum is a type of each column here; a value at its end changes no row.
    if let Op::AlterEnum(alter) = op
        && let EnumChange::AddValue { position: EnumPosition::Last, .. } = alter.change
        && let Some(table) = altered(dialect, sql)
    {
        // One more than 255 makes each value a byte longer.
        let values = before.enums.get(&alter.name).map_or(0, Vec::len);
        return lock(&table, if values == 255 { Lock::Copy } else { Lock::Instant });
    }
    let alter = if let Op::AlterTable(alter) = op { Some(alter) } else { None };
    read(dialect, sql, alter, before).unwrap_or_else(Impact::unknown)
}

pub(super) fn of_sql(dialect: Dialect, sql: &str, before: &Catalog) -> Impact {
    read(dialect, sql, None, before).unwrap_or_else(Impact::unknown)
}

/// A lock, with what the algorithm means for the rows.
fn lock(table: &TableName, lock: Lock) -> Impact {
    let impact = Impact::none().lock(table, lock);
    match lock {
        Lock::Copy | Lock::InplaceRebuild => impact.rewrites(Yes).scans(Yes),
        Lock::RowShare
        | Lock::RowExclusive
        | Lock::ShareUpdateExclusive
        | Lock::Share
        | Lock::ShareRowExclusive
        | Lock::Exclusive
        | Lock::AccessExclusive
        | Lock::Instant
        | Lock::Inplace
        | Lock::InplaceShared => impact,
    }
}

fn altered(dialect: Dialect, sql: &str) -> Option<TableName> {
    let tokens = tokens(dialect, sql);
    let mut words = Words::new(dialect, sql, &tokens);
    words.eat("ALTER TABLE").then(|| words.name()).flatten()
}

fn read(dialect: Dialect, sql: &str, op: Option<&AlterTable>, before: &Catalog) -> Option<Impact> {
    let tokens = tokens(dialect, sql);
    let mut words = Words::new(dialect, sql, &tokens);
    let none = Impact::none();
    let first = words.word()?.to_uppercase();
    words.eat(&first);
    match first.as_str() {
        "ALTER" => {
            let _ = words.eat("IGNORE") || words.eat("ONLINE");
            if !words.eat("TABLE") {
                let silent =
                    ["VIEW", "SEQUENCE", "DATABASE", "SCHEMA", "FUNCTION", "PROCEDURE", "EVENT"];
                return silent.iter().any(|word| words.begins(word)).then_some(none);
            }
            let _ = words.eat("IF EXISTS");
            let name = words.name()?;
            let table = before.tables.get(&name);
            let clauses = words.clauses();
            clauses.iter().try_fold(none, |impact, clause| {
                Some(impact.and(clause_of(dialect, *clause, &name, table, op)?))
            })
        }
        "CREATE" => {
            let _ = words.eat("OR REPLACE");
            let is_special = words.eat("FULLTEXT") || words.eat("SPATIAL");
            let _ = words.eat("UNIQUE");
            if words.eat("INDEX") {
                let _ = words.eat("IF NOT EXISTS");
                words.part()?;
                words.eat("ON");
                let how = if is_special { Lock::InplaceShared } else { Lock::Inplace };
                return Some(lock(&words.name()?, how).scans(Yes).builds());
            }
            if words.eat("TRIGGER") {
                let mut table = words.behind("ON")?;
                return Some(none.lock(&table.name()?, Lock::Instant));
            }
            let silent = [
                "TABLE",
                "TEMPORARY",
                "VIEW",
                "FUNCTION",
                "PROCEDURE",
                "SEQUENCE",
                "DATABASE",
                "SCHEMA",
                "EVENT",
                "DEFINER",
                "ALGORITHM",
                "SQL",
                "USER",
                "ROLE",
            ];
            silent.iter().any(|word| words.begins(word)).then_some(none)
        }
        "DROP" => {
            if words.eat("INDEX") {
                let _ = words.eat("IF EXISTS");
                words.part()?;
                words.eat("ON");
                return Some(lock(&words.name()?, Lock::Inplace));
            }
            if words.eat("TABLE") {
                let _ = words.eat("IF EXISTS");
                let names = words.names();
                return Some(
                    names.iter().fold(none, |impact, name| impact.lock(name, Lock::Instant)),
                );
            }
            let silent =
                ["VIEW", "FUNCTION", "PROCEDURE", "SEQUENCE", "TRIGGER", "EVENT", "USER", "ROLE"];
            silent.iter().any(|word| words.begins(word)).then_some(none)
        }
        "RENAME" => {
            words.eat("TABLE");
            Some(none.lock(&words.name()?, Lock::Instant))
        }
        "TRUNCATE" => {
            let _ = words.eat("TABLE");
            Some(none.lock(&words.name()?, Lock::Instant))
        }
        "OPTIMIZE" => {
            words.eat("TABLE");
            Some(lock(&words.name()?, Lock::InplaceRebuild))
        }
        "INSERT" | "UPDATE" | "DELETE" | "REPLACE" => {
            let _ = words.eat("IGNORE");
            let _ = words.eat("INTO") || words.eat("FROM");
            let impact = none.lock(&words.name()?, Lock::RowExclusive);
            Some(if first == "UPDATE" { impact.scans(Perhaps) } else { impact })
        }
        "SET" | "SHOW" | "ANALYZE" | "GRANT" | "REVOKE" | "FLUSH" => Some(none),
        _ => None,
    }
}

/// One piece of an ALTER TABLE.
fn clause_of(
    dialect: Dialect,
    mut words: Words<'_>,
    name: &TableName,
    table: Option<&Table>,
    op: Option<&AlterTable>,
) -> Option<Impact> {
    let is_mariadb = dialect == Dialect::Mariadb;
    let with = |how: Lock| Some(lock(name, how));
    if words.eat("ADD") {
        if words.eat("FULLTEXT") || words.eat("SPATIAL") {
            return with(Lock::InplaceShared).map(|impact| impact.scans(Yes).builds());
        }
        let is_named = words.eat("CONSTRAINT");
        let kind = |words: Words<'_>| {
            ["PRIMARY KEY", "UNIQUE", "FOREIGN KEY", "CHECK", "INDEX", "KEY"]
                .into_iter()
                .find(|kind| words.begins(kind))
        };
        let mut found = kind(words);
        if is_named && found.is_none() {
            words.part()?;
            found = kind(words);
        }
        return match found {
            Some("PRIMARY KEY") => with(Lock::InplaceRebuild).map(Impact::builds),
            // What is too long for a key is told apart by a hash, in a column of its own.
            Some("UNIQUE") if has_long(words, table) => {
                with(Lock::Copy).map(|impact| impact.builds())
            }
            Some("UNIQUE" | "INDEX" | "KEY") => {
                with(Lock::Inplace).map(|impact| impact.scans(Yes).builds())
            }
            Some("FOREIGN KEY") => {
                let mut parent = words.behind("REFERENCES")?;
                let parent = parent.name()?;
                let impact = lock(name, Lock::Copy);
                Some(if parent == *name {
                    impact
                } else {
                    impact.lock(&parent, Lock::InplaceShared)
                })
            }
            Some("CHECK") => with(Lock::Copy),
            Some(_) => None,
            None if words.eat("SYSTEM VERSIONING") || words.eat("PARTITION") => with(Lock::Copy),
            None => {
                let _ = words.eat("COLUMN");
                let _ = words.eat("IF NOT EXISTS");
                words.part()?;
                let _ = table;
                with(added(words, is_mariadb))
            }
        };
    }
    if words.eat("DROP") {
        if words.eat("PRIMARY KEY") {
            return with(Lock::Copy);
        }
        if words.eat("INDEX") || words.eat("KEY") {
            return with(Lock::Inplace);
        }
        if words.eat("FOREIGN KEY") || words.eat("CHECK") || words.eat("CONSTRAINT") {
            return with(if is_mariadb { Lock::Instant } else { Lock::Inplace });
        }
        let _ = words.eat("COLUMN");
        let _ = words.eat("IF EXISTS");
        let column = words.part()?;
        let is_about = |table: &Table| {
            table.indexes.values().any(|one| one.is_about(&column))
                || table.constraints.values().any(|one| one.is_about(&column))
        };
        let is_checked = |table: &Table| {
            table
                .constraints
                .values()
                .any(|one| matches!(one, Constraint::Check(_)) && one.is_about(&column))
        };
        let is_stored = |table: &Table| {
            let column = table.column(&column);
            column.is_ok_and(|column| column.generated.as_ref().is_some_and(|one| one.stored))
        };
        return with(match table {
            Some(table) if is_checked(table) || is_stored(table) => Lock::Copy,
            Some(table) if is_about(table) && is_mariadb => Lock::Inplace,
            Some(table) if is_about(table) => Lock::InplaceRebuild,
            _ => Lock::Instant,
        });
    }
    if words.eat("MODIFY") || words.begins("CHANGE") {
        let is_change = words.eat("CHANGE");
        let _ = words.eat("COLUMN");
        let _ = words.eat("IF EXISTS");
        let former = words.part()?;
        let after = if is_change { words.part()? } else { former.clone() };
        let column = table.and_then(|table| table.column(&former).ok());
        let (Some(op), Some(column)) = (op, column) else { return with(Lock::Copy) };
        let is_rename = |change: &TableChange| matches!(change, TableChange::RenameColumn { .. });
        // Which column is which by now is not looked into.
        if op.changes.iter().any(|one| is_rename(&one.what))
            && !op.changes.iter().all(|one| is_rename(&one.what))
        {
            return with(Lock::Copy);
        }
        let changes = op
            .changes
            .iter()
            .filter_map(|one| changed(dialect, &one.what, column, &[&former, &after], table));
        return with(changes.max().unwrap_or(Lock::Instant));
    }
    if words.begins("CONVERT") {
        return with(Lock::Copy);
    }
    if words.begins("ENGINE") || words.begins("FORCE") || words.begins("ROW_FORMAT") {
        return with(Lock::InplaceRebuild);
    }
    if words.eat("ALTER COLUMN") || words.eat("ALTER") {
        return with(Lock::Instant);
    }
    let light = ["RENAME", "COMMENT", "AUTO_INCREMENT", "DEFAULT", "CHARACTER", "COLLATE"];
    if light.iter().any(|word| words.begins(word)) {
        let is_key = words.begins("RENAME INDEX") || words.begins("RENAME KEY");
        return with(if is_key && !is_mariadb { Lock::Inplace } else { Lock::Instant });
    }
    None
}

/// How a column comes, by what stands behind its name.
fn added(words: Words<'_>, is_mariadb: bool) -> Lock {
    let calls = words.behind("DEFAULT").map(|rest| rest.calls()).unwrap_or_default();
    let is_computed = words.has("GENERATED ALWAYS") || words.has("AS");
    if is_computed {
        let is_stored = words.has("STORED") || words.has("PERSISTENT");
        return if is_stored { Lock::Copy } else { Lock::Instant };
    }
    if words.has("AUTO_INCREMENT") || words.has("UNIQUE") || words.has("PRIMARY KEY") {
        return Lock::Copy;
    }
    if words.has("CHECK") || words.has("REFERENCES") {
        return Lock::Copy;
    }
    let moment = ["current_timestamp", "now", "localtimestamp", "utc_timestamp"];
    let is_moment = calls.iter().all(|call| moment.contains(&call.as_str()));
    let is_expression = words.behind("DEFAULT").is_some_and(|mut rest| rest.eat_mark("("));
    match (is_expression, is_mariadb) {
        (false, _) if is_moment => Lock::Instant,
        (true, true) if is_moment => Lock::Instant,
        (true | false, _) => Lock::Copy,
    }
}

/// What one change asks for, where it is about this column.
fn changed(
    dialect: Dialect,
    change: &TableChange,
    before: &Column,
    names: &[&str],
    table: Option<&Table>,
) -> Option<Lock> {
    let is_it = |name: &String| names.contains(&name.as_str());
    let is_mariadb = dialect == Dialect::Mariadb;
    match change {
        TableChange::SetType(set) if is_it(&set.column) => {
            Some(retyped(is_mariadb, &before.sql_type, &set.to))
        }
        TableChange::SetNotNull(set) if is_it(&set.column) => Some(nullable(before, table)),
        TableChange::DropNotNull { column, .. } if is_it(column) => Some(nullable(before, table)),
        TableChange::AddColumn(add) if is_it(&add.column.name) => Some(Lock::InplaceRebuild),
        TableChange::SetIdentity { column, .. } | TableChange::SetGenerated { column, .. }
            if is_it(column) =>
        {
            Some(Lock::Copy)
        }
        TableChange::SetCollation { column, .. } if is_it(column) => {
            let is_about = |table: &Table| {
                table.indexes.values().any(|one| one.is_about(column))
                    || table.constraints.values().any(|one| one.is_about(column))
            };
            Some(if is_mariadb && !table.is_some_and(is_about) {
                Lock::Instant
            } else {
                Lock::Copy
            })
        }
        TableChange::AddConstraint(add) if matches!(&add.constraint, Constraint::PrimaryKey(key) if key.columns.iter().any(is_it)) => {
            Some(Lock::InplaceRebuild)
        }
        TableChange::AddColumn(_)
        | TableChange::DropColumn(_)
        | TableChange::RenameColumn { .. }
        | TableChange::SetType(_)
        | TableChange::SetNotNull(_)
        | TableChange::DropNotNull { .. }
        | TableChange::SetDefault { .. }
        | TableChange::SetColumnComment { .. }
        | TableChange::SetIdentity { .. }
        | TableChange::SetGenerated { .. }
        | TableChange::SetCollation { .. }
        | TableChange::AddConstraint(_)
        | TableChange::DropConstraint(_)
        | TableChange::RenameConstraint { .. }
        | TableChange::ValidateConstraint { .. }
        | TableChange::SetTableComment { .. } => None,
    }
}

/// A column that may be NULL from now on, or no longer.
fn nullable(column: &Column, table: Option<&Table>) -> Lock {
    let is_hard = |table: &Table| {
        // Rows lie in the order of the first unique key where there is no primary one, unless NULL is among them.
        let orders =
            |one: &Constraint| matches!(one, Constraint::Unique(_)) && one.is_about(&column.name);
        table.primary_key().is_none() && table.constraints.values().any(orders)
            || table.indexes.values().any(|one| one.unique && one.is_about(&column.name))
            || table.columns.iter().any(|one| one.generated.is_some())
    };
    if is_long(column) || table.is_none_or(is_hard) { Lock::Copy } else { Lock::InplaceRebuild }
}

/// Whether its values have any length.
fn is_long(column: &Column) -> bool {
    matches!(
        column.sql_type,
        SqlType::Text | SqlType::Varchar(None) | SqlType::Binary | SqlType::Json | SqlType::Jsonb
    )
}

/// Whether a key is about a column of any length, or one that comes with it.
fn has_long(words: Words<'_>, table: Option<&Table>) -> bool {
    let Some(table) = table else { return true };
    words
        .inside()
        .iter()
        .any(|name| table.column(name).is_ok_and(is_long) || table.column(name).is_err())
}

/// A column with another type.
fn retyped(is_mariadb: bool, from: &SqlType, to: &SqlType) -> Lock {
    // At four bytes a character, a length takes a second byte from 64 characters on.
    let is_short = |length: u32| length * 4 < 256;
    match (from, to) {
        _ if from == to => Lock::Instant,
        (SqlType::Varchar(Some(from)), SqlType::Varchar(Some(to))) if to >= from => {
            match (is_mariadb, is_short(*from) == is_short(*to)) {
                (true, _) => Lock::Instant,
                (false, true) => Lock::Inplace,
                (false, false) => Lock::Copy,
            }
        }
        _ => Lock::Copy,
    }
}
