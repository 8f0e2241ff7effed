//! Creating and dropping indexes.

use super::{Op, Ops, Place, recorder::record};
use crate::catalog::{Catalog, CatalogError, Index, InvertError, NewIndex, TableName, View};

/// Creates an index.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateIndex {
    /// The table it is for.
    pub table: TableName,
    /// The index.
    pub index: Index,
    /// Whether PostgreSQL builds it without blocking writes.
    pub concurrently: bool,
    /// Whether the very same index may be there already.
    pub if_not_exists: bool,
}

impl From<NewIndex> for CreateIndex {
    fn from(new: NewIndex) -> CreateIndex {
        CreateIndex {
            table: new.table,
            index: new.index,
            concurrently: new.concurrently,
            if_not_exists: false,
        }
    }
}

impl CreateIndex {
    /// Does nothing when the index is there already. One that differs is an error all the same.
    pub fn if_not_exists(&mut self) -> &mut Self {
        self.if_not_exists = true;
        self
    }

    pub(super) fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        if catalog.views.contains_key(&self.table) {
            return self.apply_to_view(catalog);
        }
        let table = catalog.table_mut(&self.table)?;
        match table.indexes.get(&self.index.name) {
            Some(there) if self.if_not_exists && *there == self.index => Ok(()),
            Some(_) if self.if_not_exists => Err(CatalogError::IndexDiffers {
                table: self.table.clone(),
                index: self.index.name.clone(),
            }),
            Some(_) | None => table.add_index(self.index.clone()),
        }
    }

    /// A materialized view has indexes too; which columns it shows, the database knows better.
    fn apply_to_view(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let mut view = catalog.view(&self.table)?.clone();
        match view.indexes.get(&self.index.name) {
            Some(there) if self.if_not_exists && *there == self.index => return Ok(()),
            Some(_) => {
                let (table, index) = (self.table.clone(), self.index.name.clone());
                return Err(if self.if_not_exists {
                    CatalogError::IndexDiffers { table, index }
                } else {
                    CatalogError::IndexExists { table, index }
                });
            }
            None => view.indexes.insert(self.index.name.clone(), self.index.clone()),
        };
        view.check()?;
        catalog.views.insert(view.name.clone(), view);
        Ok(())
    }

    pub(super) fn invert(&self, before: &Catalog) -> Result<Vec<Op>, InvertError> {
        let indexes = match before.views.get(&self.table) {
            Some(view) => &view.indexes,
            None if before.is_unknown(&self.table) => &Default::default(),
            None => &before.table(&self.table)?.indexes,
        };
        if self.if_not_exists && indexes.contains_key(&self.index.name) {
            return Ok(Vec::new());
        }
        Ok(vec![Op::DropIndex(DropIndex {
            name: self.index.name.clone(),
            table: Some(self.table.clone()),
            concurrently: self.concurrently,
            if_exists: false,
        })])
    }

    pub(super) fn describe(&self) -> String {
        let unique = if self.index.unique { "unique " } else { "" };
        format!("create {unique}index {} on {}", self.index.name, self.table)
    }

    pub(super) fn tables(&self) -> Vec<TableName> {
        vec![self.table.clone()]
    }
}

/// Drops an index.
#[derive(Clone, Debug, PartialEq)]
pub struct DropIndex {
    /// Its name.
    pub name: String,
    /// The table it is for, where the name alone would not tell.
    pub table: Option<TableName>,
    /// Whether PostgreSQL drops it without blocking reads and writes.
    pub concurrently: bool,
    /// Whether it may be gone already.
    pub if_exists: bool,
}

impl DropIndex {
    /// The table it is for, where several have an index of that name.
    pub fn on(&mut self, table: impl Into<TableName>) -> &mut Self {
        self.table = Some(table.into());
        self
    }

    /// Does nothing when the index is gone already.
    pub fn if_exists(&mut self) -> &mut Self {
        self.if_exists = true;
        self
    }

    /// Drops it without blocking reads and writes, on PostgreSQL. The migration must say `transaction = false`.
    pub fn concurrently(&mut self) -> &mut Self {
        self.concurrently = true;
        self
    }

    pub(super) fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        if let Some(view) = self.of_view(catalog) {
            let mut view = view.clone();
            view.indexes.remove(&self.name);
            catalog.views.insert(view.name.clone(), view);
            return Ok(());
        }
        let table = match catalog.index(&self.name, self.table.as_ref()) {
            Ok((table, _)) => table.name.clone(),
            Err(CatalogError::NoIndex { .. }) if self.if_exists => return Ok(()),
            Err(error) => return Err(error),
        };
        let table = catalog.table(&table)?;
        let mut without = table.clone();
        without.indexes.remove(&self.name);
        // A unique index may be all that makes a foreign key's target unique.
        let own =
            without.foreign_keys().filter(|key| key.table == table.name).map(|key| (table, key));
        let broken = (catalog.references_to(&table.name).chain(own))
            .find(|(_, key)| table.is_unique(&key.referred) && !without.is_unique(&key.referred));
        if let Some((other, key)) = broken {
            return Err(CatalogError::KeyInUse {
                dropped: self.name.clone(),
                other: other.name.clone(),
                constraint: key.name.clone(),
            });
        }
        catalog.tables.insert(without.name.clone(), without);
        Ok(())
    }

    /// The materialized view that has the index, unless a table has one of that name.
    fn of_view<'c>(&self, catalog: &'c Catalog) -> Option<&'c View> {
        let on = self.table.as_ref();
        let is_no_table = || catalog.index(&self.name, on).is_err();
        catalog.view_index(&self.name, on).filter(|_| is_no_table()).map(|(view, _)| view)
    }

    pub(super) fn invert(&self, before: &Catalog) -> Result<Vec<Op>, InvertError> {
        if let Some(view) = self.of_view(before)
            && let Some(index) = view.indexes.get(&self.name)
        {
            return Ok(vec![Op::CreateIndex(CreateIndex {
                table: view.name.clone(),
                index: index.clone(),
                concurrently: self.concurrently,
                if_not_exists: false,
            })]);
        }
        match before.index(&self.name, self.table.as_ref()) {
            Ok((table, index)) => Ok(vec![Op::CreateIndex(CreateIndex {
                table: table.name.clone(),
                index: index.clone(),
                concurrently: self.concurrently,
                if_not_exists: false,
            })]),
            Err(CatalogError::NoIndex { .. }) if self.if_exists => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn describe(&self) -> String {
        format!("drop index {}", self.name)
    }

    pub(super) fn tables(&self) -> Vec<TableName> {
        self.table.iter().cloned().collect()
    }
}

/// Renames an index.
#[derive(Clone, Debug, PartialEq)]
pub struct RenameIndex {
    /// The table it is for, where the name alone would not tell.
    pub table: Option<TableName>,
    /// The name it has.
    pub from: String,
    /// The name it gets.
    pub to: String,
}

impl RenameIndex {
    /// The table it is for, where several have an index of that name.
    pub fn on(&mut self, table: impl Into<TableName>) -> &mut Self {
        self.table = Some(table.into());
        self
    }

    pub(super) fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let (table, index) = catalog.index(&self.from, self.table.as_ref())?;
        let (table, mut index) = (table.name.clone(), index.clone());
        let table = catalog.table_mut(&table)?;
        if table.indexes.contains_key(&self.to) {
            return Err(CatalogError::IndexExists {
                table: table.name.clone(),
                index: self.to.clone(),
            });
        }
        index.name.clone_from(&self.to);
        table.indexes.remove(&self.from);
        table.indexes.insert(self.to.clone(), index);
        Ok(())
    }

    pub(super) fn invert(&self, before: &Catalog) -> Result<Vec<Op>, InvertError> {
        let (table, _) = before.index(&self.from, self.table.as_ref())?;
        Ok(vec![Op::RenameIndex(RenameIndex {
            table: Some(table.name.clone()),
            from: self.to.clone(),
            to: self.from.clone(),
        })])
    }

    pub(super) fn describe(&self) -> String {
        format!("rename index {} to {}", self.from, self.to)
    }

    pub(super) fn tables(&self) -> Vec<TableName> {
        self.table.iter().cloned().collect()
    }
}

/// Ops about indexes.
impl Ops {
    /// Creates an index: `index("idx_orders_symbol").on("orders", ["symbol"])`.
    #[track_caller]
    pub fn create_index(&mut self, index: NewIndex) -> &mut CreateIndex {
        let mut op = CreateIndex::from(index);
        if op.index.name.is_empty() {
            op.index.name = self.context().naming.name_index(&op.table, &op.index);
        }
        record!(self, Place::here(), CreateIndex(op))
    }

    /// Drops an index by its name; the catalog knows its table.
    #[track_caller]
    pub fn drop_index(&mut self, name: &str) -> &mut DropIndex {
        let op =
            DropIndex { name: name.to_owned(), table: None, concurrently: false, if_exists: false };
        record!(self, Place::here(), DropIndex(op))
    }

    /// Renames an index; the catalog knows its table.
    #[track_caller]
    pub fn rename_index(&mut self, from: &str, to: &str) -> &mut RenameIndex {
        let op = RenameIndex { table: None, from: from.to_owned(), to: to.to_owned() };
        record!(self, Place::here(), RenameIndex(op))
    }
}
