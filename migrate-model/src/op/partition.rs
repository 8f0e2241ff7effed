//! Creating and dropping partitions of a table (PostgreSQL).

use super::{Op, Ops, Place, recorder::record};
use crate::catalog::{Bounds, Catalog, CatalogError, InvertError, NewPartition, TableName};

/// Creates a partition of a table, empty.
#[derive(Clone, Debug, PartialEq)]
pub struct CreatePartition {
    /// Its name.
    pub name: TableName,
    /// The table that it is a part of.
    pub of: TableName,
    /// Which rows it holds.
    pub bounds: Bounds,
}

/// Drops a partition, with its rows.
#[derive(Clone, Debug, PartialEq)]
pub struct DropPartition {
    /// Its name.
    pub name: TableName,
    /// Whether it may be gone already.
    pub if_exists: bool,
}

impl Ops {
    /// Creates a partition: `partition("events_2026").of("events").from_to("'2026-01-01'", "'2027-01-01'")`.
    ///
    /// It gets the columns, constraints and indexes of its table, now and later.
    ///
    /// ```
    /// use migrate_model::{Dialect, Ops, catalog::{build::*, partition}};
    ///
    /// let mut op = Ops::new(Dialect::Postgres);
    /// op.create_table(table("events").column(date("day")).partition_by_range(["day"]));
    /// op.create_partition(partition("events_2026").of("events").from_to("'2026-01-01'", "'2027-01-01'"));
    /// assert_eq!(op.recorded()[1].describe(), "create partition events_2026 of events");
    /// ```
    #[track_caller]
    pub fn create_partition(&mut self, partition: NewPartition) {
        let NewPartition { name, of, bounds } = partition;
        record!(self, Place::here(), CreatePartition(CreatePartition { name, of, bounds }));
    }

    /// Drops a partition with the rows in it; the inverse creates it again, empty.
    #[track_caller]
    pub fn drop_partition(&mut self, name: impl Into<TableName>) -> &mut DropPartition {
        let drop = DropPartition { name: name.into(), if_exists: false };
        record!(self, Place::here(), DropPartition(drop))
    }
}

impl CreatePartition {
    pub(super) fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        catalog.table(&self.of)?;
        catalog.check_free(&self.name)?;
        catalog.table_mut(&self.of)?.add_partition(&self.name, &self.bounds)?;
        catalog.opaque.remove(&self.name);
        Ok(())
    }

    pub(super) fn invert(&self, _: &Catalog) -> Result<Vec<Op>, InvertError> {
        let drop = DropPartition { name: self.name.clone(), if_exists: false };
        Ok(vec![Op::DropPartition(drop)])
    }

    pub(super) fn describe(&self) -> String {
        format!("create partition {} of {}", self.name, self.of)
    }

    pub(super) fn tables(&self) -> Vec<TableName> {
        vec![self.name.clone(), self.of.clone()]
    }
}

impl DropPartition {
    /// Does nothing when the partition is gone already.
    pub fn if_exists(&mut self) -> &mut Self {
        self.if_exists = true;
        self
    }

    pub(super) fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        if self.if_exists && catalog.parted(&self.name).is_none() {
            return Ok(());
        }
        let of = catalog.partition(&self.name)?.0.name.clone();
        catalog.check_unused(&self.name, "partition")?;
        catalog.table_mut(&of)?.partitions.remove(&self.name);
        catalog.opaque.remove(&self.name);
        Ok(())
    }

    pub(super) fn invert(&self, before: &Catalog) -> Result<Vec<Op>, InvertError> {
        if self.if_exists && before.parted(&self.name).is_none() {
            return Ok(Vec::new());
        }
        let (of, bounds) = before.partition(&self.name)?;
        Ok(vec![Op::CreatePartition(CreatePartition {
            name: self.name.clone(),
            of: of.name.clone(),
            bounds: bounds.clone(),
        })])
    }

    pub(super) fn describe(&self) -> String {
        format!("drop partition {}", self.name)
    }

    pub(super) fn tables(&self) -> Vec<TableName> {
        vec![self.name.clone()]
    }
}
