//! Creating, dropping and renaming tables.

use super::{AddConstraint, AlterTable, Op, Placed, TableChange, sequence::bring_back_owned};
use crate::catalog::{Catalog, CatalogError, InvertError, Table, TableName};

/// Creates a table, with its constraints and indexes.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateTable {
    /// The table.
    pub table: Table,
    /// Whether the very same table may be there already.
    pub if_not_exists: bool,
}

impl CreateTable {
    /// Does nothing when the table is there already. One that differs is an error all the same.
    pub fn if_not_exists(&mut self) -> &mut Self {
        self.if_not_exists = true;
        self
    }

    pub(super) fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        if self.if_not_exists
            && let Some(there) = catalog.tables.get(&self.table.name)
        {
            return match difference(there, &self.table) {
                None => Ok(()),
                Some(difference) => {
                    Err(CatalogError::TableDiffers { table: self.table.name.clone(), difference })
                }
            };
        }
        catalog.add_table(&self.table)?;
        catalog.opaque.remove(&self.table.name);
        Ok(())
    }

    pub(super) fn invert(&self, before: &Catalog) -> Result<Vec<Op>, InvertError> {
        if self.if_not_exists && before.tables.contains_key(&self.table.name) {
            return Ok(Vec::new());
        }
        Ok(vec![Op::DropTable(DropTable { name: self.table.name.clone(), if_exists: false })])
    }

    pub(super) fn describe(&self) -> String {
        format!("create table {}", self.table.name)
    }

    pub(super) fn tables(&self) -> Vec<TableName> {
        vec![self.table.name.clone()]
    }
}

/// The first thing in which two tables of one name differ.
fn difference(there: &Table, wanted: &Table) -> Option<String> {
    if there == wanted {
        return None;
    }
    for column in &wanted.columns {
        match there.column(&column.name) {
            Err(_) => return Some(format!("it has no column `{}`", column.name)),
            Ok(other) if other != column => {
                return Some(format!("its column `{}` is another", column.name));
            }
            Ok(_) => {}
        }
    }
    let extra = there.columns.iter().find(|column| wanted.column(&column.name).is_err());
    Some(match extra {
        Some(column) => format!("it has a column `{}`", column.name),
        None => "its constraints, indexes or comment are others".to_owned(),
    })
}

/// Drops a table, with everything on it.
#[derive(Clone, Debug, PartialEq)]
pub struct DropTable {
    /// The table.
    pub name: TableName,
    /// Whether it may be gone already.
    pub if_exists: bool,
}

impl DropTable {
    /// Does nothing when the table is gone already.
    pub fn if_exists(&mut self) -> &mut Self {
        self.if_exists = true;
        self
    }

    pub(super) fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        if self.if_exists && !catalog.tables.contains_key(&self.name) {
            return Ok(());
        }
        if catalog.is_unknown(&self.name) {
            catalog.opaque.remove(&self.name);
            return Ok(());
        }
        catalog.table(&self.name)?;
        catalog.check_unused(&self.name, "table")?;
        for partition in catalog.table(&self.name)?.partitions.keys() {
            catalog.check_unused(partition, "partition")?;
        }
        if let Some((other, key)) = catalog.references_to(&self.name).next() {
            return Err(CatalogError::ReferencedTable {
                table: self.name.clone(),
                other: other.name.clone(),
                constraint: key.name.clone(),
            });
        }
        catalog.drop_owned(&self.name, None)?;
        catalog.tables.remove(&self.name);
        catalog.opaque.remove(&self.name);
        Ok(())
    }

    pub(super) fn invert(&self, before: &Catalog) -> Result<Vec<Op>, InvertError> {
        if self.if_exists && !before.tables.contains_key(&self.name) {
            return Ok(Vec::new());
        }
        if before.is_unknown(&self.name) {
            return Err(InvertError::Unvouched { table: self.name.clone() });
        }
        let mut table = before.table(&self.name)?.clone();
        // A key to the table itself that only an index makes possible comes behind that index.
        let bare = Table { indexes: Default::default(), ..table.clone() };
        let later: Vec<String> = (bare.foreign_keys())
            .filter(|key| key.table == self.name && !bare.is_unique(&key.referred))
            .map(|key| key.name.clone())
            .collect();
        let later = later.iter().filter_map(|name| table.constraints.remove(name));
        let changes: Vec<Placed<TableChange>> = later
            .map(|constraint| AddConstraint { constraint, if_not_exists: false })
            .map(|add| Placed::nowhere(TableChange::AddConstraint(add)))
            .collect();
        let (mut back, own) = bring_back_owned(before, &self.name, None);
        back.push(Op::CreateTable(CreateTable { table, if_not_exists: false }));
        if !changes.is_empty() {
            back.push(Op::AlterTable(AlterTable { table: self.name.clone(), changes }));
        }
        back.extend(own);
        Ok(back)
    }

    pub(super) fn describe(&self) -> String {
        format!("drop table {}", self.name)
    }

    pub(super) fn tables(&self) -> Vec<TableName> {
        vec![self.name.clone()]
    }
}

/// Renames a table. What refers to it follows.
#[derive(Clone, Debug, PartialEq)]
pub struct RenameTable {
    /// The name it has.
    pub from: TableName,
    /// The name it gets, in the same schema or another one.
    pub to: TableName,
}

impl RenameTable {
    pub(super) fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        if catalog.is_unknown(&self.from) {
            catalog.opaque.remove(&self.from);
            catalog.opaque.insert(self.to.clone());
            return Ok(());
        }
        catalog.table(&self.from)?;
        catalog.check_free(&self.to)?;
        catalog.rename_in_objects(&self.from, &self.to)?;
        if let Some(mut table) = catalog.tables.remove(&self.from) {
            table.name = self.to.clone();
            catalog.tables.insert(self.to.clone(), table);
        }
        for table in catalog.tables.values_mut() {
            table.rename_referred_table(&self.from, &self.to);
        }
        catalog.rename_owner(&self.from, &self.to);
        if catalog.opaque.remove(&self.from) {
            catalog.opaque.insert(self.to.clone());
        }
        Ok(())
    }

    pub(super) fn invert(&self, _: &Catalog) -> Result<Vec<Op>, InvertError> {
        Ok(vec![Op::RenameTable(RenameTable { from: self.to.clone(), to: self.from.clone() })])
    }

    pub(super) fn describe(&self) -> String {
        format!("rename table {} to {}", self.from, self.to)
    }

    pub(super) fn tables(&self) -> Vec<TableName> {
        vec![self.from.clone(), self.to.clone()]
    }
}
