//! What MySQL and MariaDB would refuse of a table when it is too late. What is about keys is in `keys`.

use migrate_model::{
    Dialect,
    catalog::{Action, Catalog, Column, Constraint, ForeignKey, Generated, Table, TableName},
};

use super::{
    keys::{check_constraint, check_index, check_referred, is_keyed},
    render::unsupported,
};
use crate::backend::RenderError;

/// What can be wrong about a table as a whole.
pub(super) fn check_table(
    dialect: Dialect,
    table: &Table,
    catalog: &Catalog,
) -> Result<(), RenderError> {
    let taken =
        |name: &str, by: String| Err(RenderError::NameTaken { dialect, name: name.to_owned(), by });
    // Names of columns and indexes are read in any case.
    for (number, column) in table.columns.iter().enumerate() {
        let same = |other: &&Column| other.name.to_lowercase() == column.name.to_lowercase();
        if let Some(other) = table.columns[..number].iter().find(same) {
            return taken(&column.name, format!("the column `{}`", other.name));
        }
        if column.identity.is_some() && !is_keyed(table, &column.name) {
            return Err(unsupported(
                dialect,
                &format!("identity column without a key, such as `{}`", column.name),
                "make it the first column of a key: .primary_key().identity(), or a unique constraint",
            ));
        }
    }
    let mut counting = table.columns.iter().filter(|column| column.identity.is_some());
    if let (Some(first), Some(second)) = (counting.next(), counting.next()) {
        return Err(unsupported(
            dialect,
            &format!("second identity column: `{}` beside `{}`", second.name, first.name),
            "let one column count, and compute the other",
        ));
    }
    table.indexes.values().try_for_each(|index| check_index(dialect, table, index))?;
    check_computed(dialect, table)?;
    for one in table.constraints.values() {
        check_constraint(dialect, table, one)?;
        if let Constraint::ForeignKey(key) = one {
            check_changes(dialect, table, key)?;
            if let Some(referred) = catalog.tables.get(&key.table) {
                check_referred(dialect, referred, key)?;
            }
        }
        // Foreign keys have their names for the whole database; on MySQL, so have checks.
        let is_global = match one {
            Constraint::ForeignKey(_) => true,
            Constraint::Check(_) => dialect == Dialect::Mysql,
            Constraint::PrimaryKey(_) | Constraint::Unique(_) | Constraint::Exclude(_) => false,
        };
        let elsewhere = (catalog.tables.values())
            .filter(|other| other.name != table.name && other.name.schema == table.name.schema)
            .find(|other| {
                let found = other.constraints.get(one.name());
                found.is_some_and(|found| found.kind() == one.kind())
            });
        if let Some(other) = elsewhere.filter(|_| is_global) {
            return taken(one.name(), format!("a {} of `{}`", one.kind().noun(), other.name));
        }
    }
    Ok(())
}

/// What is computed, and from what.
fn check_computed(dialect: Dialect, table: &Table) -> Result<(), RenderError> {
    let is_mysql = dialect == Dialect::Mysql;
    let counting: Vec<&str> = (table.columns.iter())
        .filter(|column| column.identity.is_some())
        .map(|column| column.name.as_str())
        .collect();
    for column in &table.columns {
        let Some(made) = &column.generated else { continue };
        let counts = counting.iter().find(|name| made.names(name));
        if let Some(name) = counts.filter(|_| made.stored || is_mysql) {
            return Err(unsupported(
                dialect,
                &format!("column made from one that counts up: `{}` from `{name}`", column.name),
                "compute it in a view, or in MariaDB whenever it is read: .generated_when_read(…)",
            ));
        }
        let key = table.primary_key().filter(|key| key.columns.contains(&column.name));
        if key.is_some() && !(is_mysql && made.stored) {
            return Err(unsupported(
                dialect,
                &format!("primary key over a generated column, such as `{}`", column.name),
                "make it unique instead: .unique(), and let another column be the primary key",
            ));
        }
    }
    for one in table.constraints.values().filter(|one| is_check(one)) {
        if let Some(name) = counting.iter().find(|name| one.is_about(name)) {
            return Err(unsupported(
                dialect,
                &format!("check over a column that counts up, such as `{name}`"),
                "leave the check away, since the column counts from 1; or check it in a trigger",
            ));
        }
    }
    Ok(())
}

fn is_check(one: &Constraint) -> bool {
    matches!(one, Constraint::Check(_))
}

/// What a foreign key changes by itself, no check sees, and nothing is computed from anew.
fn check_changes(dialect: Dialect, table: &Table, key: &ForeignKey) -> Result<(), RenderError> {
    let clears = [key.on_delete, key.on_update].contains(&Action::SetNull);
    let changes = clears || key.on_update == Action::Cascade;
    for name in &key.columns {
        let Ok(column) = table.column(name) else { continue };
        if clears && !column.nullable {
            return Err(unsupported(
                dialect,
                &format!("SET NULL for a column that is never NULL, such as `{name}`"),
                "take another action, or let the column be NULL: .nullable()",
            ));
        }
        let stored = |one: &&Column| {
            let is_from = |made: &Generated| made.stored && made.names(name);
            one.generated.as_ref().is_some_and(is_from)
        };
        let from = changes || dialect == Dialect::Mysql && key.on_delete == Action::Cascade;
        if from && let Some(made) = table.columns.iter().find(stored) {
            return Err(unsupported(
                dialect,
                &format!(
                    "stored column made from one that a foreign key changes: `{}` from `{name}`",
                    made.name
                ),
                "compute it whenever it is read: .generated_when_read(…); or take an action that leaves the column alone",
            ));
        }
        if changes && column.generated.is_some() {
            return Err(unsupported(
                dialect,
                &format!("foreign key that changes a generated column, such as `{name}`"),
                "take an action that leaves the column alone: Cascade where rows are deleted, NoAction",
            ));
        }
        let checks = |one: &&Constraint| is_check(one) && one.is_about(name);
        if changes && let Some(check) = table.constraints.values().find(checks) {
            return Err(unsupported(
                dialect,
                &format!(
                    "check over a column that a foreign key changes: `{}` over `{name}`",
                    check.name()
                ),
                "check it in a trigger; or take an action that leaves the column alone: Cascade where rows are deleted, NoAction",
            ));
        }
    }
    Ok(())
}

/// What is longer would be refused by the server, in the middle of a run.
pub(super) fn check_table_comment(
    dialect: Dialect,
    comment: &str,
    name: &TableName,
) -> Result<(), RenderError> {
    check_comment(dialect, comment, 2048, &format!("the table `{name}`"))
}

pub(super) fn check_column_comment(
    dialect: Dialect,
    comment: &str,
    name: &str,
) -> Result<(), RenderError> {
    check_comment(dialect, comment, 1024, &format!("the column `{name}`"))
}

fn check_comment(
    dialect: Dialect,
    comment: &str,
    most: usize,
    of: &str,
) -> Result<(), RenderError> {
    match comment.chars().count() {
        length if length <= most => Ok(()),
        length => Err(unsupported(
            dialect,
            &format!("comment of {length} characters, such as that of {of}"),
            &format!("shorten it to {most} characters"),
        )),
    }
}
