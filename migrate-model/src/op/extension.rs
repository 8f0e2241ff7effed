//! Extensions.

use super::{Op, Ops, Place, recorder::record};
use crate::catalog::{Catalog, CatalogError, Extension, InvertError, TableName};

/// Creates an extension (PostgreSQL).
#[derive(Clone, Debug, PartialEq)]
pub struct CreateExtension {
    /// Its name.
    pub name: String,
    /// Where it lies, and which version of it.
    pub extension: Extension,
    /// Whether it may be there already.
    pub if_not_exists: bool,
}

impl Ops {
    /// Creates an extension (PostgreSQL). Those that it needs are created first, each by itself.
    #[track_caller]
    pub fn create_extension(&mut self, name: &str) -> &mut CreateExtension {
        let extension = Extension::default();
        let op = CreateExtension { name: name.to_owned(), extension, if_not_exists: false };
        record!(self, Place::here(), CreateExtension(op))
    }

    /// Drops an extension that nothing uses any more (PostgreSQL).
    #[track_caller]
    pub fn drop_extension(&mut self, name: &str) -> &mut DropExtension {
        let op = DropExtension { name: name.to_owned(), if_exists: false };
        record!(self, Place::here(), DropExtension(op))
    }
}

impl CreateExtension {
    /// The schema that its objects come to lie in; it has to be there.
    pub fn schema(&mut self, schema: &str) -> &mut Self {
        self.extension.schema = Some(schema.to_owned());
        self
    }

    /// The version, instead of the one that the server takes by itself.
    pub fn version(&mut self, version: &str) -> &mut Self {
        self.extension.version = Some(version.to_owned());
        self
    }

    /// Does nothing when the extension is there already. An inverse then leaves it, if the chain made it before.
    pub fn if_not_exists(&mut self) -> &mut Self {
        self.if_not_exists = true;
        self
    }

    pub(super) fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        match catalog.extensions.get(&self.name) {
            Some(there) if self.if_not_exists && *there == self.extension => Ok(()),
            Some(_) if self.if_not_exists => {
                Err(CatalogError::ExtensionDiffers { name: self.name.clone() })
            }
            Some(_) => Err(CatalogError::ExtensionExists { name: self.name.clone() }),
            None => {
                catalog.extensions.insert(self.name.clone(), self.extension.clone());
                Ok(())
            }
        }
    }

    pub(super) fn invert(&self, before: &Catalog) -> Result<Vec<Op>, InvertError> {
        if before.extensions.contains_key(&self.name) {
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
        if catalog.extensions.remove(&self.name).is_none() && !self.if_exists {
            return Err(CatalogError::NoExtension {
                name: self.name.clone(),
                others: catalog.extensions.keys().cloned().collect(),
            });
        }
        Ok(())
    }

    pub(super) fn invert(&self, before: &Catalog) -> Result<Vec<Op>, InvertError> {
        let there = before.extensions.get(&self.name);
        if self.if_exists && there.is_none() {
            return Ok(Vec::new());
        }
        Ok(vec![Op::CreateExtension(CreateExtension {
            name: self.name.clone(),
            extension: there.cloned().unwrap_or_default(),
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
