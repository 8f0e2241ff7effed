//! A schema as a value.
//!
//! A [`Catalog`] is what a database's schema is, or would be: the simulation changes it, the inverse
//! looks things up in it, SQL is rendered with it at hand. It knows no database.

pub mod build;
mod column;
mod constraint;
mod dependents;
mod enums;
mod error;
mod extension;
mod index;
mod name;
pub mod naming;
mod options;
mod partition;
mod query;
mod routine;
mod sequence;
mod sql_type;
mod table;
mod trigger;
mod value;
mod view;

use std::collections::{BTreeMap, BTreeSet};

pub use column::{Column, Generated, Identity, PostgresIdentity};
pub(crate) use constraint::strings;
pub use constraint::{
    Action, Check, Constraint, ConstraintKind, Deferrable, Exclude, ForeignKey, ForeignKeyFrom,
    PostgresCheck, PostgresForeignKey, PostgresUnique, PrimaryKey, Unique, check, exclude,
    foreign_key, primary_key, unique,
};
pub use enums::{EnumBuilder, EnumOf, NewEnum, NewType, enum_type};
pub(crate) use enums::{rename_in_array, rename_value, speaks_of};
pub use error::{CatalogError, InvertError};
pub use extension::Extension;
pub use index::{
    Index, IndexKey, KeyPart, NewIndex, Nulls, Order, PostgresIndex, PostgresIndexOptions,
    Unplaced, asc, desc, expr, index,
};
pub use name::{RoutineName, TableName, TypeName};
pub use options::{
    MysqlIndex, MysqlIndexKind, MysqlTable, PostgresTable, SqliteTable, TableOptions,
};
pub use partition::{
    Bounds, NewPartition, PartitionBy, PartitionStrategy, Unbound, Unparted, partition,
};
pub use routine::{
    Argument, ArgumentMode, Function, FunctionBuilder, FunctionKey, NewFunction, function,
};
pub use sequence::{PostgresSequence, Sequence, SequenceOwner, SequenceType, sequence};
pub use sql_type::{RangeType, SqlType, types};
pub use table::Table;
pub use trigger::{
    NewTrigger, Timing, Trigger, TriggerAction, TriggerEvent, Unfired, UnplacedTrigger, trigger,
};
pub use value::{DefaultValue, Value, decimal, expression, is_decimal};
pub use view::{CheckOption, NewView, PostgresView, PostgresViewOptions, Unqueried, View, view};

/// A schema: tables, views, functions, sequences, types and extensions.
///
/// ```
/// use migrate_model::{Dialect, Ops, catalog::{build::*, Catalog}};
///
/// let mut op = Ops::new(Dialect::Sqlite);
/// op.create_table(table("orders").column(bigint("id").primary_key()));
/// let mut catalog = Catalog::default();
/// for recorded in op.recorded() {
///     recorded.apply(&mut catalog)?;
/// }
/// assert!(catalog.table(&"orders".into()).is_ok());
/// # Ok::<(), migrate_model::catalog::CatalogError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalog {
    /// The tables.
    pub tables: BTreeMap<TableName, Table>,
    /// The views.
    pub views: BTreeMap<TableName, View>,
    /// The functions and procedures, by name and types.
    pub functions: BTreeMap<FunctionKey, Function>,
    /// The enums, with their values in order.
    pub enums: BTreeMap<TypeName, Vec<String>>,
    /// The schemas that the chain made; others may be there as well (PostgreSQL).
    pub schemas: BTreeSet<String>,
    /// The sequences, without those of identity columns (PostgreSQL, MariaDB).
    pub sequences: BTreeMap<TableName, Sequence>,
    /// The extensions (PostgreSQL).
    pub extensions: BTreeMap<String, Extension>,
    /// Names that the catalog no longer vouches for, since SQL that it can't read changed them.
    pub opaque: BTreeSet<TableName>,
}

impl Catalog {
    /// The table of that name.
    pub fn table(&self, name: &TableName) -> Result<&Table, CatalogError> {
        self.tables.get(name).ok_or_else(|| self.no_table(name))
    }

    /// The table of that name, to be changed.
    pub fn table_mut(&mut self, name: &TableName) -> Result<&mut Table, CatalogError> {
        if !self.tables.contains_key(name) {
            return Err(self.no_table(name));
        }
        self.tables
            .get_mut(name)
            .ok_or(CatalogError::NoTable { table: name.clone(), others: Vec::new() })
    }

    /// Whether SQL that can't be read made the table, so that nothing at all is known of it.
    pub fn is_unknown(&self, name: &TableName) -> bool {
        self.opaque.contains(name)
            && !self.tables.contains_key(name)
            && !self.views.contains_key(name)
    }

    /// The schema without what it no longer vouches for, here or in `other`.
    #[must_use]
    pub fn vouched(&self, other: &Catalog) -> Catalog {
        let mut vouched = self.clone();
        for name in self.opaque.union(&other.opaque) {
            vouched.tables.remove(name);
            vouched.views.remove(name);
            vouched.sequences.remove(name);
        }
        vouched.opaque.clear();
        vouched
    }

    fn no_table(&self, name: &TableName) -> CatalogError {
        if let Some((of, _)) = self.parted(name) {
            return CatalogError::IsPartition { table: name.clone(), of: of.name.clone() };
        }
        CatalogError::NoTable {
            table: name.clone(),
            others: self.tables.keys().map(|table| table.name.clone()).collect(),
        }
    }

    /// The values of an enum.
    pub fn enum_values(&self, name: &TypeName) -> Result<&[String], CatalogError> {
        self.enums.get(name).map(Vec::as_slice).ok_or_else(|| CatalogError::NoType {
            name: name.clone(),
            others: self.enums.keys().map(|name| name.name.clone()).collect(),
        })
    }

    /// The table that has the index; `on` decides where several do.
    pub fn index(
        &self,
        name: &str,
        on: Option<&TableName>,
    ) -> Result<(&Table, &Index), CatalogError> {
        let found: Vec<(&Table, &Index)> = (self.tables.values())
            .filter(|table| on.is_none_or(|on| *on == table.name))
            .filter_map(|table| table.indexes.get(name).map(|index| (table, index)))
            .collect();
        match found[..] {
            [one] => Ok(one),
            [] => {
                let has = |table: &&Table| {
                    matches!(
                        table.constraints.get(name),
                        Some(Constraint::Unique(_) | Constraint::PrimaryKey(_))
                    )
                };
                Err(match self.tables.values().find(has) {
                    Some(table) => CatalogError::ConstraintIndex {
                        index: name.to_owned(),
                        table: table.name.clone(),
                    },
                    None => CatalogError::NoIndex {
                        index: name.to_owned(),
                        others: self
                            .tables
                            .values()
                            .flat_map(|table| table.indexes.keys().cloned())
                            .collect(),
                    },
                })
            }
            _ => Err(CatalogError::AmbiguousIndex {
                index: name.to_owned(),
                tables: found.iter().map(|(table, _)| table.name.to_string()).collect(),
            }),
        }
    }

    /// The foreign keys that point to a table, with the tables they are in; the table's own left out.
    pub fn references_to<'a>(
        &'a self,
        name: &'a TableName,
    ) -> impl Iterator<Item = (&'a Table, &'a ForeignKey)> {
        (self.tables.values().filter(move |table| table.name != *name)).flat_map(move |table| {
            table.foreign_keys().filter(move |key| key.table == *name).map(move |key| (table, key))
        })
    }

    /// Adds a table whose constraints and indexes are all named.
    pub(crate) fn add_table(&mut self, table: &Table) -> Result<(), CatalogError> {
        self.check_free(&table.name)?;
        table.check_triggers()?;
        if table.columns.is_empty() {
            return Err(CatalogError::NoColumns { table: table.name.clone() });
        }
        // Built up piece by piece, so that each piece is looked at like one that comes later.
        let mut built = Table {
            comment: table.comment.clone(),
            options: table.options.clone(),
            triggers: table.triggers.clone(),
            partition_by: table.partition_by.clone(),
            ..Table::new(&table.name)
        };
        for column in &table.columns {
            self.check_type(&column.sql_type)?;
            built.add_column(column.clone())?;
        }
        built.check_partition_by()?;
        for (name, bounds) in &table.partitions {
            self.check_free(name)?;
            built.add_partition(name, bounds)?;
        }
        for (key, constraint) in &table.constraints {
            if key != constraint.name() && table.constraints.contains_key(constraint.name()) {
                let (table, constraint) = (table.name.clone(), constraint.name().to_owned());
                return Err(CatalogError::ConstraintExists { table, constraint });
            }
            self.check_reference(&built, constraint, &table.constraints)?;
            built.add_constraint(constraint.clone())?;
        }
        for index in table.indexes.values() {
            built.add_index(index.clone())?;
        }
        self.tables.insert(built.name.clone(), built);
        Ok(())
    }

    pub(crate) fn check_type(&self, sql_type: &SqlType) -> Result<(), CatalogError> {
        sql_type.enum_name().map_or(Ok(()), |name| self.enum_values(name).map(drop))
    }

    /// Whether a foreign key can point where it does; other constraints look at no other table.
    pub(crate) fn check_reference(
        &self,
        table: &Table,
        constraint: &Constraint,
        siblings: &BTreeMap<String, Constraint>,
    ) -> Result<(), CatalogError> {
        let Constraint::ForeignKey(key) = constraint else { return Ok(()) };
        if key.columns.len() != key.referred.len() {
            return Err(CatalogError::UnevenKey {
                constraint: key.name.clone(),
                from: key.columns.len(),
                to: key.referred.len(),
            });
        }
        if self.opaque.contains(&key.table) {
            return Ok(());
        }
        let own;
        let target = if key.table == table.name {
            own = Table { constraints: siblings.clone(), ..table.clone() };
            &own
        } else {
            self.table(&key.table)?
        };
        key.referred.iter().try_for_each(|column| target.column(column).map(drop))?;
        if !target.is_unique(&key.referred) {
            return Err(CatalogError::NotUnique {
                constraint: key.name.clone(),
                table: key.table.clone(),
                columns: key.referred.clone(),
            });
        }
        Ok(())
    }
}
