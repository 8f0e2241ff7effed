//! Creating and dropping schemas.

use super::{Op, Ops, Place, recorder::record};
use crate::catalog::{Catalog, CatalogError, InvertError, TableName};

/// Creates a schema (PostgreSQL).
#[derive(Clone, Debug, PartialEq)]
pub struct CreateSchema {
    /// Its name.
    pub name: String,
    /// Whether it may be there already.
    pub if_not_exists: bool,
}

/// Drops a schema in which nothing is left (PostgreSQL).
#[derive(Clone, Debug, PartialEq)]
pub struct DropSchema {
    /// Its name.
    pub name: String,
    /// Whether it may be gone already.
    pub if_exists: bool,
}

impl Ops {
    /// Creates a schema (PostgreSQL): `op.create_schema("reporting")`.
    #[track_caller]
    pub fn create_schema(&mut self, name: &str) -> &mut CreateSchema {
        let op = CreateSchema { name: name.to_owned(), if_not_exists: false };
        record!(self, Place::here(), CreateSchema(op))
    }

    /// Drops a schema in which nothing is left (PostgreSQL).
    #[track_caller]
    pub fn drop_schema(&mut self, name: &str) -> &mut DropSchema {
        let op = DropSchema { name: name.to_owned(), if_exists: false };
        record!(self, Place::here(), DropSchema(op))
    }
}

impl CreateSchema {
    /// Does nothing when the schema is there already. An inverse then leaves it, if the chain made it before.
    pub fn if_not_exists(&mut self) -> &mut Self {
        self.if_not_exists = true;
        self
    }

    pub(super) fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        if !catalog.schemas.insert(self.name.clone()) && !self.if_not_exists {
            return Err(CatalogError::SchemaExists { schema: self.name.clone() });
        }
        Ok(())
    }

    pub(super) fn invert(&self, before: &Catalog) -> Result<Vec<Op>, InvertError> {
        if before.schemas.contains(&self.name) {
            return Ok(Vec::new());
        }
        Ok(vec![Op::DropSchema(DropSchema {
            name: self.name.clone(),
            if_exists: self.if_not_exists,
        })])
    }

    pub(super) fn describe(&self) -> String {
        format!("create schema {}", self.name)
    }

    pub(super) fn tables(&self) -> Vec<TableName> {
        Vec::new()
    }
}

impl DropSchema {
    /// Does nothing when the schema is gone already.
    pub fn if_exists(&mut self) -> &mut Self {
        self.if_exists = true;
        self
    }

    pub(super) fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        if !catalog.schemas.contains(&self.name) {
            return match self.if_exists {
                true => Ok(()),
                false => Err(CatalogError::NoSchema {
                    schema: self.name.clone(),
                    others: catalog.schemas.iter().cloned().collect(),
                }),
            };
        }
        if let Some(by) = catalog.first_in(&self.name) {
            return Err(CatalogError::SchemaInUse { schema: self.name.clone(), by });
        }
        catalog.schemas.remove(&self.name);
        Ok(())
    }

    pub(super) fn invert(&self, before: &Catalog) -> Result<Vec<Op>, InvertError> {
        if self.if_exists && !before.schemas.contains(&self.name) {
            return Ok(Vec::new());
        }
        Ok(vec![Op::CreateSchema(CreateSchema {
            name: self.name.clone(),
            if_not_exists: self.if_exists,
        })])
    }

    pub(super) fn describe(&self) -> String {
        format!("drop schema {}", self.name)
    }

    pub(super) fn tables(&self) -> Vec<TableName> {
        Vec::new()
    }
}

impl Catalog {
    /// Something that lies in a schema, in words.
    fn first_in(&self, schema: &str) -> Option<String> {
        let is_in = |other: &Option<String>| other.as_deref() == Some(schema);
        let relations = [
            ("table", self.tables.keys().find(|name| is_in(&name.schema))),
            ("view", self.views.keys().find(|name| is_in(&name.schema))),
            ("sequence", self.sequences.keys().find(|name| is_in(&name.schema))),
        ];
        if let Some((noun, name)) =
            relations.into_iter().find_map(|(noun, name)| Some((noun, name?)))
        {
            return Some(format!("{noun} `{}`", name.name));
        }
        if let Some(name) = self.enums.keys().find(|name| is_in(&name.schema)) {
            return Some(format!("enum `{}`", name.name));
        }
        if let Some((name, _)) = self.functions.keys().find(|(name, _)| is_in(&name.schema)) {
            return Some(format!("function `{}`", name.name));
        }
        let extension = self.extensions.iter().find(|(_, extension)| is_in(&extension.schema));
        extension.map(|(name, _)| format!("extension `{name}`"))
    }
}
