//! How MySQL and MariaDB say changes to an enum: it is the type of the columns themselves, so each is said anew.
//!
//! A value that rows hold can't just be taken away or get another name, or the server would turn it into `''`: the
//! column takes both names first, then the rows change, then the former name goes.

use migrate_model::{
    Dialect, Op,
    catalog::{Catalog, Column, Constraint, Table, TypeName},
    op::{AlterEnum, EnumChange, columns_of},
};

use super::render::{column, constraint, start, unsupported};
use crate::backend::{RenderError, ansi::Sql};

/// What no column here could tell apart, or hold.
pub(super) fn check_values(
    dialect: Dialect,
    name: &TypeName,
    values: &[String],
) -> Result<(), RenderError> {
    for (number, value) in values.iter().enumerate() {
        start(dialect, "").value(&value.as_str().into()).end()?;
        if value.ends_with(' ') {
            return Err(unsupported(
                dialect,
                &format!("value with a space at its end, such as `{value}` of the enum `{name}`"),
                "take it without the space",
            ));
        }
        if value.chars().count() > 255 {
            return Err(unsupported(
                dialect,
                &format!("value of more than 255 characters, such as one of the enum `{name}`"),
                "take a shorter one",
            ));
        }
        let same = |other: &&String| other.to_lowercase() == value.to_lowercase();
        if let Some(other) = values[..number].iter().find(same) {
            return Err(RenderError::NameTaken {
                dialect,
                name: value.clone(),
                by: format!("the value `{other}` of the enum `{name}`"),
            });
        }
    }
    Ok(())
}

pub(super) fn alter_enum(
    dialect: Dialect,
    alter: &AlterEnum,
    before: &Catalog,
) -> Result<Vec<String>, RenderError> {
    let mut after = before.clone();
    Op::AlterEnum(alter.clone()).apply(&mut after)?;
    let values = after.enum_values(&alter.name)?;
    check_values(dialect, &alter.name, values)?;
    if values == before.enum_values(&alter.name)? {
        return Ok(Vec::new());
    }
    let mut tables: Vec<&Table> = columns_of(before, &alter.name).map(|(table, _)| table).collect();
    tables.dedup_by(|one, other| one.name == other.name);
    let mut statements = Vec::new();
    for table in tables {
        let step = Step { dialect, of: &alter.name, table, new: after.table(&table.name)? };
        step.check_keys()?;
        match &alter.change {
            EnumChange::AddValue { .. } | EnumChange::DropValue { replace_with: None, .. } => {
                statements.push(step.last(&after)?);
            }
            EnumChange::DropValue { value, replace_with: Some(other) } => {
                statements.extend(step.updates(value, other)?);
                statements.push(step.last(&after)?);
            }
            // To the server these are one value.
            EnumChange::RenameValue { from, to } if from.to_lowercase() == to.to_lowercase() => {
                statements.extend(step.first(None)?);
                statements.push(step.last(&after)?);
            }
            EnumChange::RenameValue { from, to } => {
                let mut both = before.clone();
                if let Some(values) = both.enums.get_mut(&alter.name) {
                    values.push(to.clone());
                }
                statements.extend(step.first(Some(&both))?);
                statements.extend(step.updates(from, to)?);
                statements.push(step.last(&after)?);
            }
        }
    }
    Ok(statements)
}

/// One table on its way to the changed enum.
struct Step<'a> {
    dialect: Dialect,
    of: &'a TypeName,
    table: &'a Table,
    new: &'a Table,
}

impl Step<'_> {
    fn is_of(&self, column: &Column) -> bool {
        column.sql_type.enum_name() == Some(self.of)
    }

    /// The server changes no column that a foreign key is about.
    fn check_keys(&self) -> Result<(), RenderError> {
        let key = self.table.foreign_keys().find(|key| {
            let about = |name: &String| self.table.column(name).is_ok_and(|one| self.is_of(one));
            key.columns.iter().any(about)
        });
        key.map_or(Ok(()), |key| {
            Err(unsupported(
                self.dialect,
                &format!(
                    "way to change the values of an enum that the foreign key `{}` is about",
                    key.name
                ),
                "drop the foreign key first, and create it again behind the change",
            ))
        })
    }

    fn alter(&self, clauses: Vec<Sql>) -> Result<String, RenderError> {
        let sql = start(self.dialect, "ALTER TABLE ").table(&self.table.name).raw(" ");
        sql.list(clauses, |sql, clause| sql.piece(clause.end())).end()
    }

    fn modify(&self, one: &Column, catalog: &Catalog) -> Sql {
        start(self.dialect, "MODIFY COLUMN ").piece(column(self.dialect, one, catalog))
    }

    /// The checks that speak of the value.
    fn checks(&self) -> impl Iterator<Item = (&Constraint, &Constraint)> {
        self.table.constraints.values().filter_map(|before| {
            let after = self.new.constraints.get(before.name())?;
            (before != after).then_some((before, after))
        })
    }

    /// Makes room: the columns take both names, and no check speaks of the former one any more.
    fn first(&self, both: Option<&Catalog>) -> Result<Option<String>, RenderError> {
        let mut clauses: Vec<Sql> = (self.checks())
            .map(|(check, _)| start(self.dialect, "DROP CONSTRAINT ").name(check.name()))
            .collect();
        if let Some(both) = both {
            let columns = self.table.columns.iter().filter(|one| self.is_of(one));
            clauses.extend(columns.map(|one| self.modify(one, both)));
        }
        if clauses.is_empty() { Ok(None) } else { self.alter(clauses).map(Some) }
    }

    fn updates(&self, from: &str, to: &str) -> Result<Vec<String>, RenderError> {
        let plain = |one: &&Column| self.is_of(one) && one.generated.is_none();
        (self.table.columns.iter().filter(plain))
            .map(|one| {
                let sql = start(self.dialect, "UPDATE ").table(&self.table.name).raw(" SET ");
                let sql = sql.name(&one.name).raw(" = ").value(&to.into()).raw(" WHERE ");
                sql.name(&one.name).raw(" = ").value(&from.into()).end()
            })
            .collect()
    }

    /// The columns and checks as they are to be.
    fn last(&self, after: &Catalog) -> Result<String, RenderError> {
        let changed = |one: &&Column| {
            self.is_of(one) || self.table.column(&one.name).is_ok_and(|before| before != *one)
        };
        let mut clauses: Vec<Sql> =
            (self.new.columns.iter().filter(changed)).map(|one| self.modify(one, after)).collect();
        for (_, check) in self.checks() {
            clauses.push(start(self.dialect, "ADD ").piece(constraint(self.dialect, check)));
        }
        self.alter(clauses)
    }
}
