//! Extensions.

use super::Op;
use crate::catalog::{Catalog, CatalogError, InvertError, TableName};

/// Creates an extension (PostgreSQL).
#[derive(Clone, Debug, PartialEq)]
pub struct CreateExtension {
    /// Its name.
    pub name: String,
    /// Whether it may be there already.
    pub if_not_exists: bool,
}

impl CreateExtension {
    /// Does nothing when the extension is there already. An inverse then leaves it, if the chain made it before.
    pub fn if_not_exists(&mut self) -> &mut Self {
        self.if_not_exists = true;
        self
    }

    pub(super) fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        if !catalog.extensions.insert(self.name.clone()) && !self.if_not_exists {
            return Err(CatalogError::ExtensionExists { name: self.name.clone() });
        }
        Ok(())
    }

    pub(super) fn invert(&self, before: &Catalog) -> Result<Vec<Op>, InvertError> {
        if before.extensions.contains(&self.name) {
            return Ok(Vec::new());
        }
        Ok(vec![Op::DropExtension(DropExtension {
            name: self.name.clone(),
            if_exists: self.if_not_exists,
        })])
    }

    pub(super) fn describe(&self) -> String {
        format!("create extension {}", self.name)
    }

    pub(super) fn tables(&self) -> Vec<TableName> {
        Vec::new()
    }
}

/// Drops an extension (PostgreSQL).
#[derive(Clone, Debug, PartialEq)]
pub struct DropExtension {
    /// Its name.
    pub name: String,
    /// Whether it may be gone already.
    pub if_exists: bool,
}

impl DropExtension {
    /// Does nothing when the extension is gone already.
    pub fn if_exists(&mut self) -> &mut Self {
        self.if_exists = true;
        self
    }

    pub(super) fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        if !catalog.extensions.remove(&self.name) && !self.if_exists {
            return Err(CatalogError::NoExtension {
                name: self.name.clone(),
                others: catalog.extensions.iter().cloned().collect(),
            });
        }
        Ok(())
    }

    pub(super) fn invert(&self, before: &Catalog) -> Result<Vec<Op>, InvertError> {
        if self.if_exists && !before.extensions.contains(&self.name) {
            return Ok(Vec::new());
        }
        Ok(vec![Op::CreateExtension(CreateExtension {
            name: self.name.clone(),
            if_not_exists: self.if_exists,
        })])
    }

    pub(super) fn describe(&self) -> String {
        format!("drop extension {}", self.name)
    }

    pub(super) fn tables(&self) -> Vec<TableName> {
        Vec::new()
    }
}
