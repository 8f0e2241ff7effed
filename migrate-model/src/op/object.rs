//! Enums and extensions: what stands beside tables.

use super::Op;
use crate::catalog::{Catalog, CatalogError, InvertError, TableName, TypeName, strings};

/// Creates an enum: a type with a fixed list of values.
///
/// PostgreSQL makes a type of it. SQLite, which has none, keeps text and checks it.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateEnum {
    /// Its name.
    pub name: TypeName,
    /// Its values, in order.
    pub values: Vec<String>,
}

/// An enum to come: `enum_type("order_status").values(["open", "filled"])`.
pub fn enum_type(name: impl Into<TypeName>) -> EnumBuilder {
    EnumBuilder { name: name.into() }
}

/// An enum without values.
#[derive(Clone, Debug)]
#[must_use = "say its values: .values([\"open\", \"filled\"])"]
pub struct EnumBuilder {
    name: TypeName,
}

impl EnumBuilder {
    /// Its values, in the order in which they compare.
    pub fn values<V: Into<String>>(self, values: impl IntoIterator<Item = V>) -> CreateEnum {
        CreateEnum { name: self.name, values: strings(values) }
    }
}

impl CreateEnum {
    pub(super) fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        if catalog.enums.contains_key(&self.name) {
            return Err(CatalogError::TypeExists { name: self.name.clone() });
        }
        let bad = |fault: String| CatalogError::BadEnum { name: self.name.clone(), fault };
        if self.values.is_empty() {
            return Err(bad("has no values".into()));
        }
        let mut seen = std::collections::BTreeSet::new();
        if let Some(twice) = self.values.iter().find(|value| !seen.insert(*value)) {
            return Err(bad(format!("has the value `{twice}` twice")));
        }
        catalog.enums.insert(self.name.clone(), self.values.clone());
        Ok(())
    }

    pub(super) fn invert(&self, _: &Catalog) -> Result<Vec<Op>, InvertError> {
        Ok(vec![Op::DropEnum(DropEnum { name: self.name.clone() })])
    }

    pub(super) fn describe(&self) -> String {
        format!("create enum {}", self.name)
    }

    pub(super) fn tables(&self) -> Vec<TableName> {
        Vec::new()
    }
}

/// Drops an enum that no column uses any more.
#[derive(Clone, Debug, PartialEq)]
pub struct DropEnum {
    /// Its name.
    pub name: TypeName,
}

impl DropEnum {
    pub(super) fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        catalog.enum_values(&self.name)?;
        for table in catalog.tables.values() {
            if let Some(column) =
                table.columns.iter().find(|column| column.sql_type.enum_name() == Some(&self.name))
            {
                return Err(CatalogError::TypeInUse {
                    name: self.name.clone(),
                    table: table.name.clone(),
                    column: column.name.clone(),
                });
            }
        }
        catalog.enums.remove(&self.name);
        Ok(())
    }

    pub(super) fn invert(&self, before: &Catalog) -> Result<Vec<Op>, InvertError> {
        let values = before.enum_values(&self.name)?.to_vec();
        Ok(vec![Op::CreateEnum(CreateEnum { name: self.name.clone(), values })])
    }

    pub(super) fn describe(&self) -> String {
        format!("drop enum {}", self.name)
    }

    pub(super) fn tables(&self) -> Vec<TableName> {
        Vec::new()
    }
}

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
