//! A table: its columns, constraints and indexes.

use std::collections::BTreeMap;

use super::{
    Bounds, CatalogError, Column, Constraint, Deferrable, ForeignKey, Index, PartitionBy,
    PrimaryKey, TableName, TableOptions, Trigger,
};
use crate::sql;

/// A table.
///
/// Columns have an order, which CREATE TABLE uses. It isn't part of equality: no database puts a
/// column that comes back in its old place.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name.
    pub name: TableName,
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// Its constraints, by name.
    pub constraints: BTreeMap<String, Constraint>,
    /// Its indexes, by name.
    pub indexes: BTreeMap<String, Index>,
    /// Its comment.
    pub comment: Option<String>,
    /// What it has on one database alone.
    pub options: TableOptions,
    /// Its triggers, by name.
    pub triggers: BTreeMap<String, Trigger>,
    /// What its rows are parted by, if they are (PostgreSQL).
    pub partition_by: Option<PartitionBy>,
    /// Its partitions, with the rows that each holds.
    pub partitions: BTreeMap<TableName, Bounds>,
}

impl PartialEq for Table {
    fn eq(&self, other: &Table) -> bool {
        let by_name = |table: &Table| {
            table.columns.iter().map(|c| (c.name.clone(), c.clone())).collect::<BTreeMap<_, _>>()
        };
        self.name == other.name
            && self.constraints == other.constraints
            && self.indexes == other.indexes
            && self.comment == other.comment
            && self.options == other.options
            && self.triggers == other.triggers
            && self.partition_by == other.partition_by
            && self.partitions == other.partitions
            && by_name(self) == by_name(other)
    }
}

impl Table {
    /// A table without anything in it.
    pub fn new(name: impl Into<TableName>) -> Table {
        Table {
            name: name.into(),
            columns: Vec::new(),
            constraints: BTreeMap::new(),
            indexes: BTreeMap::new(),
            comment: None,
            options: TableOptions::default(),
            triggers: BTreeMap::new(),
            partition_by: None,
            partitions: BTreeMap::new(),
        }
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Result<&Column, CatalogError> {
        self.columns.iter().find(|column| column.name == name).ok_or_else(|| self.no_column(name))
    }

    /// The column of that name, to be changed.
    pub fn column_mut(&mut self, name: &str) -> Result<&mut Column, CatalogError> {
        match self.columns.iter().position(|column| column.name == name) {
            Some(at) => Ok(&mut self.columns[at]),
            None => Err(self.no_column(name)),
        }
    }

    fn no_column(&self, name: &str) -> CatalogError {
        CatalogError::NoColumn {
            table: self.name.clone(),
            column: name.to_owned(),
            others: self.columns.iter().map(|column| column.name.clone()).collect(),
        }
    }

    /// Its primary key.
    pub fn primary_key(&self) -> Option<&PrimaryKey> {
        self.constraints.values().find_map(|constraint| match constraint {
            Constraint::PrimaryKey(key) => Some(key),
            Constraint::Unique(_)
            | Constraint::ForeignKey(_)
            | Constraint::Check(_)
            | Constraint::Exclude(_) => None,
        })
    }

    /// Its foreign keys, by name.
    pub fn foreign_keys(&self) -> impl Iterator<Item = &ForeignKey> {
        self.constraints.values().filter_map(|constraint| match constraint {
            Constraint::ForeignKey(key) => Some(key),
            Constraint::PrimaryKey(_)
            | Constraint::Unique(_)
            | Constraint::Check(_)
            | Constraint::Exclude(_) => None,
        })
    }

    /// The constraint of that name.
    pub fn constraint(&self, name: &str) -> Result<&Constraint, CatalogError> {
        self.constraints.get(name).ok_or_else(|| CatalogError::NoConstraint {
            table: self.name.clone(),
            constraint: format!("constraint `{name}`"),
            others: self.constraints.keys().cloned().collect(),
        })
    }

    /// Whether no two rows can share these columns' values, so that a foreign key can point to them: by primary
    /// key, unique constraint or unique index.
    pub fn is_unique(&self, columns: &[String]) -> bool {
        let same = |key: &[String]| {
            key.len() == columns.len() && columns.iter().all(|column| key.contains(column))
        };
        self.constraints.values().any(|constraint| match constraint {
            Constraint::PrimaryKey(key) => same(&key.columns),
            // PostgreSQL: one that waits is no target.
            Constraint::Unique(unique) => {
                unique.deferrable == Deferrable::No && same(&unique.columns)
            }
            Constraint::ForeignKey(_) | Constraint::Check(_) | Constraint::Exclude(_) => false,
        }) || self.indexes.values().any(|index| {
            let keys: Vec<String> = index.columns().map(str::to_owned).collect();
            index.unique
                && index.predicate.is_none()
                && keys.len() == index.keys.len()
                && same(&keys)
        })
    }

    pub(crate) fn add_column(&mut self, column: Column) -> Result<(), CatalogError> {
        if self.columns.iter().any(|other| other.name == column.name) {
            return Err(CatalogError::ColumnExists {
                table: self.name.clone(),
                column: column.name,
            });
        }
        self.check_column(&column)?;
        self.columns.push(column);
        Ok(())
    }

    /// What can be said about a column without looking at another table.
    fn check_column(&self, column: &Column) -> Result<(), CatalogError> {
        let place = || (self.name.clone(), column.name.clone());
        if let Some(default) = &column.default
            && !column.sql_type.takes(default)
        {
            let (table, column_name) = place();
            return Err(CatalogError::WrongDefault {
                table,
                column: column_name,
                default: default.to_string(),
                sql_type: column.sql_type.to_string(),
            });
        }
        if column.identity.is_some() && !column.sql_type.is_integer() {
            let (table, column_name) = place();
            return Err(CatalogError::NotCountable {
                table,
                column: column_name,
                sql_type: column.sql_type.to_string(),
            });
        }
        let fills = [
            (column.default.is_some(), "a default"),
            (column.identity.is_some(), "an identity"),
            (column.generated.is_some(), "a generating expression"),
        ];
        let mut fills = fills.iter().filter(|(is_there, _)| *is_there).map(|(_, what)| *what);
        if let (Some(first), Some(second)) = (fills.next(), fills.next()) {
            let (table, column) = place();
            return Err(CatalogError::TwoValues { table, column, first, second });
        }
        if let Some(generated) = &column.generated
            && self.columns.iter().all(|other| !generated.names(&other.name))
            && generated.names(&column.name)
        {
            let (table, column_name) = place();
            return Err(CatalogError::SelfGenerated { table, column: column_name });
        }
        Ok(())
    }

    pub(crate) fn change_column(
        &mut self,
        name: &str,
        change: impl FnOnce(&mut Column),
    ) -> Result<(), CatalogError> {
        let mut column = self.column(name)?.clone();
        change(&mut column);
        self.check_column(&column)?;
        *self.column_mut(name)? = column;
        Ok(())
    }

    pub(crate) fn rename_column(&mut self, from: &str, to: &str) -> Result<(), CatalogError> {
        self.column(from)?;
        if self.columns.iter().any(|column| column.name == to) {
            return Err(CatalogError::ColumnExists {
                table: self.name.clone(),
                column: to.to_owned(),
            });
        }
        for column in &mut self.columns {
            if column.name == from {
                to.clone_into(&mut column.name);
            }
            if let Some(generated) = &mut column.generated {
                generated.expression = sql::rename(&generated.expression, from, to);
            }
        }
        self.constraints.values_mut().for_each(|constraint| constraint.rename_column(from, to));
        self.indexes.values_mut().for_each(|index| index.rename_column(from, to));
        self.triggers.values_mut().for_each(|trigger| trigger.rename_column(from, to));
        self.partition_by.iter_mut().for_each(|by| by.rename_column(from, to));
        Ok(())
    }

    pub(crate) fn rename_referred_table(&mut self, from: &TableName, to: &TableName) {
        for constraint in self.constraints.values_mut() {
            if let Constraint::ForeignKey(key) = constraint
                && key.table == *from
            {
                key.table = to.clone();
            }
        }
    }

    pub(crate) fn rename_referred_column(&mut self, table: &TableName, from: &str, to: &str) {
        for constraint in self.constraints.values_mut() {
            if let Constraint::ForeignKey(key) = constraint
                && key.table == *table
            {
                super::constraint::rename_in(&mut key.referred, from, to);
            }
        }
    }

    /// Takes a column away, with the constraints and indexes on it, as PostgreSQL does.
    pub(crate) fn remove_column(&mut self, name: &str) -> Result<(), CatalogError> {
        self.column(name)?;
        self.check_not_parted_by(name)?;
        let needs = |column: &&Column| column.generated.as_ref().is_some_and(|one| one.names(name));
        if let Some(computed) =
            self.columns.iter().find(|column| column.name != name && needs(column))
        {
            return Err(CatalogError::NeededByColumn {
                table: self.name.clone(),
                column: name.to_owned(),
                generated: computed.name.clone(),
            });
        }
        if self.columns.len() == 1 {
            return Err(CatalogError::LastColumn {
                table: self.name.clone(),
                column: name.to_owned(),
            });
        }
        self.columns.retain(|column| column.name != name);
        self.constraints.retain(|_, constraint| !constraint.is_about(name));
        self.indexes.retain(|_, index| !index.is_about(name));
        Ok(())
    }

    pub(crate) fn add_constraint(&mut self, constraint: Constraint) -> Result<(), CatalogError> {
        let name = constraint.name().to_owned();
        if self.constraints.contains_key(&name) {
            return Err(CatalogError::ConstraintExists {
                table: self.name.clone(),
                constraint: name,
            });
        }
        let is_about_nothing = match &constraint {
            Constraint::Check(_) => false,
            Constraint::Exclude(exclude) => exclude.elements.is_empty(),
            Constraint::PrimaryKey(_) | Constraint::Unique(_) | Constraint::ForeignKey(_) => {
                constraint.columns().is_empty()
            }
        };
        if is_about_nothing {
            return Err(CatalogError::NoKeys { name });
        }
        if let Constraint::Exclude(exclude) = &constraint {
            exclude.columns().try_for_each(|column| self.column(column).map(drop))?;
        }
        constraint.columns().iter().try_for_each(|column| self.column(column).map(drop))?;
        self.check_parted_constraint(&constraint)?;
        if let (Constraint::PrimaryKey(_), Some(key)) = (&constraint, self.primary_key()) {
            return Err(CatalogError::SecondPrimaryKey {
                table: self.name.clone(),
                first: key.name.clone(),
            });
        }
        if let Constraint::PrimaryKey(key) = &constraint {
            for column in &key.columns {
                self.column_mut(column)?.nullable = false;
            }
        }
        self.constraints.insert(name, constraint);
        Ok(())
    }

    pub(crate) fn rename_constraint(&mut self, from: &str, to: &str) -> Result<(), CatalogError> {
        let mut constraint = self.constraint(from)?.clone();
        if self.constraints.contains_key(to) {
            return Err(CatalogError::ConstraintExists {
                table: self.name.clone(),
                constraint: to.to_owned(),
            });
        }
        constraint.set_name(to.to_owned());
        self.constraints.remove(from);
        self.constraints.insert(to.to_owned(), constraint);
        Ok(())
    }

    pub(crate) fn add_index(&mut self, index: Index) -> Result<(), CatalogError> {
        if self.indexes.contains_key(&index.name) {
            return Err(CatalogError::IndexExists { table: self.name.clone(), index: index.name });
        }
        if index.keys.is_empty() {
            return Err(CatalogError::NoKeys { name: index.name });
        }
        index.columns().try_for_each(|column| self.column(column).map(drop))?;
        index.postgres.include.iter().try_for_each(|column| self.column(column).map(drop))?;
        self.check_parted_index(&index)?;
        self.indexes.insert(index.name.clone(), index);
        Ok(())
    }
}
