//! The life of an enum: it is created, its values come, go and get other names, it is dropped.
//!
//! PostgreSQL makes a type of it. Elsewhere it lies in the columns that are of it: a check on SQLite, the type
//! itself on MySQL.

use super::{Op, Ops, Place, recorder::record};
use crate::catalog::{
    Catalog, CatalogError, Column, Constraint, DefaultValue, InvertError, KeyPart, NewEnum,
    SqlType, Table, TableName, TypeName, Value, rename_in_array, rename_value, speaks_of,
};

/// Creates an enum: a type with a fixed list of values.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateEnum {
    /// Its name.
    pub name: TypeName,
    /// Its values, in order.
    pub values: Vec<String>,
    /// Whether the very same enum may be there already.
    pub if_not_exists: bool,
}

impl From<NewEnum> for CreateEnum {
    fn from(new: NewEnum) -> CreateEnum {
        CreateEnum { name: new.name, values: new.values, if_not_exists: false }
    }
}

impl CreateEnum {
    /// Does nothing when the enum is there already. One with other values is an error all the same.
    pub fn if_not_exists(&mut self) -> &mut Self {
        self.if_not_exists = true;
        self
    }

    pub(super) fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        match catalog.enums.get(&self.name) {
            Some(there) if self.if_not_exists && *there == self.values => return Ok(()),
            Some(there) if self.if_not_exists => {
                return Err(CatalogError::TypeDiffers {
                    name: self.name.clone(),
                    there: there.clone(),
                    wanted: self.values.clone(),
                });
            }
            Some(_) => return Err(CatalogError::TypeExists { name: self.name.clone() }),
            None => {}
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

    pub(super) fn invert(&self, before: &Catalog) -> Result<Vec<Op>, InvertError> {
        if self.if_not_exists && before.enums.contains_key(&self.name) {
            return Ok(Vec::new());
        }
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
        if let Some((table, column)) = columns_of(catalog, &self.name).next() {
            return Err(CatalogError::TypeInUse {
                name: self.name.clone(),
                table: table.name.clone(),
                column: column.name.clone(),
            });
        }
        catalog.enums.remove(&self.name);
        Ok(())
    }

    pub(super) fn invert(&self, before: &Catalog) -> Result<Vec<Op>, InvertError> {
        let values = before.enum_values(&self.name)?.to_vec();
        let name = self.name.clone();
        Ok(vec![Op::CreateEnum(CreateEnum { name, values, if_not_exists: false })])
    }

    pub(super) fn describe(&self) -> String {
        format!("drop enum {}", self.name)
    }

    pub(super) fn tables(&self) -> Vec<TableName> {
        Vec::new()
    }
}

/// Changes an enum that is there.
#[derive(Clone, Debug, PartialEq)]
pub struct AlterEnum {
    /// Its name.
    pub name: TypeName,
    /// What changes.
    pub change: EnumChange,
}

/// One change to an enum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnumChange {
    /// Adds a value.
    AddValue {
        /// The value.
        value: String,
        /// Its place among the others.
        position: EnumPosition,
        /// Whether it may be there already.
        if_not_exists: bool,
        /// Whether the transaction that adds it can use it, which PostgreSQL allows for a type that was made anew.
        usable_at_once: bool,
    },
    /// Gives a value another name; rows, defaults and checks follow.
    RenameValue {
        /// The name it has.
        from: String,
        /// The name it gets.
        to: String,
    },
    /// Drops a value.
    DropValue {
        /// The value.
        value: String,
        /// What rows get that hold it; without it there may be none.
        replace_with: Option<String>,
    },
}

/// The place of a value among the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnumPosition {
    /// Before all others.
    First,
    /// Behind all others.
    Last,
    /// Right before that one.
    Before(String),
    /// Right behind that one.
    After(String),
}

/// The columns of an enum, those that hold several of its values too.
pub fn columns_of<'a>(
    catalog: &'a Catalog,
    name: &'a TypeName,
) -> impl Iterator<Item = (&'a Table, &'a Column)> {
    catalog.tables.values().flat_map(move |table| {
        let columns = table.columns.iter();
        columns
            .filter(move |column| column.sql_type.enum_name() == Some(name))
            .map(move |column| (table, column))
    })
}

impl AlterEnum {
    /// The values behind the change; an inserted one at its place.
    fn values(&self, before: &[String]) -> Result<Vec<String>, CatalogError> {
        let mut values = before.to_vec();
        let place = |value: &String| {
            before.iter().position(|one| one == value).ok_or_else(|| CatalogError::NoEnumValue {
                name: self.name.clone(),
                value: value.clone(),
                others: before.to_vec(),
            })
        };
        let exists = |value: &String| CatalogError::EnumValueExists {
            name: self.name.clone(),
            value: value.clone(),
        };
        match &self.change {
            EnumChange::AddValue { value, if_not_exists: true, .. } if before.contains(value) => {}
            EnumChange::AddValue { value, .. } if before.contains(value) => {
                return Err(exists(value));
            }
            EnumChange::AddValue { value, position, .. } => {
                let at = match position {
                    EnumPosition::First => 0,
                    EnumPosition::Last => before.len(),
                    EnumPosition::Before(other) => place(other)?,
                    EnumPosition::After(other) => place(other)? + 1,
                };
                values.insert(at, value.clone());
            }
            EnumChange::RenameValue { to, .. } if before.contains(to) => return Err(exists(to)),
            EnumChange::RenameValue { from, to } => values[place(from)?].clone_from(to),
            EnumChange::DropValue { value, replace_with } => {
                values.remove(place(value)?);
                if values.is_empty() {
                    let fault = format!("would have no values without `{value}`");
                    return Err(CatalogError::BadEnum { name: self.name.clone(), fault });
                }
                if let Some(other) = replace_with {
                    place(other)?;
                }
                if replace_with.as_ref() == Some(value) {
                    let fault = format!("can't replace `{value}` with itself");
                    return Err(CatalogError::BadEnum { name: self.name.clone(), fault });
                }
            }
        }
        Ok(values)
    }

    pub(super) fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let values = self.values(catalog.enum_values(&self.name)?)?;
        match &self.change {
            EnumChange::AddValue { .. } => {}
            EnumChange::RenameValue { from, to } => {
                for table in catalog.tables.values_mut() {
                    rename_in_table(table, &self.name, from, to);
                }
            }
            EnumChange::DropValue { value, .. } => {
                if let Some(by) =
                    catalog.tables.values().find_map(|table| use_in(table, &self.name, value))
                {
                    let (name, value) = (self.name.clone(), value.clone());
                    return Err(CatalogError::EnumValueInUse { name, value, by });
                }
            }
        }
        catalog.enums.insert(self.name.clone(), values);
        Ok(())
    }

    pub(super) fn invert(&self, before: &Catalog) -> Result<Vec<Op>, InvertError> {
        let values = before.enum_values(&self.name)?;
        let change = match &self.change {
            EnumChange::AddValue { value, if_not_exists: true, .. } if values.contains(value) => {
                return Ok(Vec::new());
            }
            EnumChange::AddValue { value, .. } => {
                EnumChange::DropValue { value: value.clone(), replace_with: None }
            }
            EnumChange::RenameValue { from, to } => {
                EnumChange::RenameValue { from: to.clone(), to: from.clone() }
            }
            EnumChange::DropValue { value, .. } => {
                let at = values.iter().position(|one| one == value);
                EnumChange::AddValue {
                    value: value.clone(),
                    position: match at.and_then(|at| at.checked_sub(1)) {
                        None => EnumPosition::First,
                        Some(before) => EnumPosition::After(values[before].clone()),
                    },
                    if_not_exists: false,
                    // A default that was changed before may come back in the same transaction.
                    usable_at_once: true,
                }
            }
        };
        Ok(vec![Op::AlterEnum(AlterEnum { name: self.name.clone(), change })])
    }

    pub(super) fn describe(&self) -> String {
        match &self.change {
            EnumChange::AddValue { value, .. } => {
                format!("add value {value} to enum {}", self.name)
            }
            EnumChange::RenameValue { from, to } => {
                format!("rename value {from} of enum {} to {to}", self.name)
            }
            EnumChange::DropValue { value, .. } => {
                format!("drop value {value} of enum {}", self.name)
            }
        }
    }

    pub(super) fn tables(&self) -> Vec<TableName> {
        Vec::new()
    }
}

/// The names of a table's columns of the enum.
fn names<'a>(table: &'a Table, of: &TypeName) -> Vec<&'a str> {
    let columns = table.columns.iter().filter(|one| one.sql_type.enum_name() == Some(of));
    columns.map(|column| column.name.as_str()).collect()
}

/// A value gets another name in whatever the table says of it. Databases keep expressions on an enum by value, so
/// there it follows by itself.
fn rename_in_table(table: &mut Table, of: &TypeName, from: &str, to: &str) {
    let columns: Vec<String> = names(table, of).into_iter().map(str::to_owned).collect();
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let rename = |expression: &mut String| {
        *expression = rename_value(expression, &columns, of, (from, to));
    };
    for column in &mut table.columns {
        let is_one = column.sql_type == SqlType::Enum(of.clone());
        let is_array = !is_one && column.sql_type.enum_name() == Some(of);
        match &mut column.default {
            Some(DefaultValue::Value(Value::Text(text))) if is_one && text == from => {
                to.clone_into(text);
            }
            Some(DefaultValue::Value(Value::Text(text))) if is_array => {
                *text = rename_in_array(text, from, to);
            }
            Some(DefaultValue::Expression(expression)) => rename(expression),
            Some(DefaultValue::Value(_)) | None => {}
        }
        column.generated.iter_mut().for_each(|one| rename(&mut one.expression));
    }
    for constraint in table.constraints.values_mut() {
        match constraint {
            Constraint::Check(check) => rename(&mut check.expression),
            Constraint::Exclude(exclude) => {
                exclude.filter.iter_mut().for_each(rename);
                for (key, _) in &mut exclude.elements {
                    if let KeyPart::Expression(expression) = key {
                        rename(expression);
                    }
                }
            }
            Constraint::PrimaryKey(_) | Constraint::Unique(_) | Constraint::ForeignKey(_) => {}
        }
    }
    for index in table.indexes.values_mut() {
        index.predicate.iter_mut().for_each(rename);
        for key in &mut index.keys {
            if let KeyPart::Expression(expression) = &mut key.of {
                rename(expression);
            }
        }
    }
}

/// What of a table speaks of a value of the enum, in words.
pub fn use_in(table: &Table, of: &TypeName, value: &str) -> Option<String> {
    let columns = names(table, of);
    let speaks = |expression: &str| speaks_of(expression, &columns, of, value);
    let in_default = |column: &&Column| match &column.default {
        Some(DefaultValue::Value(Value::Text(text)))
            if column.sql_type == SqlType::Enum(of.clone()) =>
        {
            text == value
        }
        Some(DefaultValue::Value(Value::Text(text))) => {
            column.sql_type.enum_name() == Some(of) && rename_in_array(text, value, "") != *text
        }
        Some(DefaultValue::Expression(expression)) => speaks(expression),
        Some(DefaultValue::Value(_)) | None => false,
    };
    if let Some(column) = table.columns.iter().find(in_default) {
        return Some(format!("the default of `{}.{}`", table.name, column.name));
    }
    let generated =
        |column: &&Column| column.generated.as_ref().is_some_and(|one| speaks(&one.expression));
    if let Some(column) = table.columns.iter().find(generated) {
        return Some(format!("the generated column `{}.{}`", table.name, column.name));
    }
    for constraint in table.constraints.values() {
        let by = match constraint {
            Constraint::Check(check) => speaks(&check.expression),
            Constraint::Exclude(exclude) => {
                let in_key = |(key, _): &(KeyPart, String)| match key {
                    KeyPart::Expression(expression) => speaks(expression),
                    KeyPart::Column(_) => false,
                };
                exclude.filter.as_deref().is_some_and(speaks) || exclude.elements.iter().any(in_key)
            }
            Constraint::PrimaryKey(_) | Constraint::Unique(_) | Constraint::ForeignKey(_) => false,
        };
        if by {
            return Some(format!("`{}` of `{}`", constraint.name(), table.name));
        }
    }
    let index = table.indexes.values().find(|index| {
        let keys = index.keys.iter().any(|key| match &key.of {
            KeyPart::Expression(expression) => speaks(expression),
            KeyPart::Column(_) => false,
        });
        keys || index.predicate.as_deref().is_some_and(speaks)
    })?;
    Some(format!("the index `{}` of `{}`", index.name, table.name))
}

impl Ops {
    /// Creates an enum: `enum_type("order_status").values(["open", "filled"])`.
    #[track_caller]
    pub fn create_enum(&mut self, new: NewEnum) -> &mut CreateEnum {
        record!(self, Place::here(), CreateEnum(new.into()))
    }

    /// Drops an enum that no column uses any more.
    #[track_caller]
    pub fn drop_enum(&mut self, name: impl Into<TypeName>) {
        record!(self, Place::here(), DropEnum(DropEnum { name: name.into() }));
    }

    /// Adds a value behind the others, or where `.first()`, `.before(…)` or `.after(…)` says.
    ///
    /// PostgreSQL lets the transaction that adds a value not use it: see
    /// [`usable_at_once`](AddedEnumValue::usable_at_once).
    #[track_caller]
    pub fn add_enum_value(
        &mut self,
        name: impl Into<TypeName>,
        value: impl Into<String>,
    ) -> AddedEnumValue<'_> {
        let change = EnumChange::AddValue {
            value: value.into(),
            position: EnumPosition::Last,
            if_not_exists: false,
            usable_at_once: false,
        };
        let op = AlterEnum { name: name.into(), change };
        AddedEnumValue { op: record!(self, Place::here(), AlterEnum(op)) }
    }

    /// Gives a value another name; rows, defaults, checks and indexes follow.
    #[track_caller]
    pub fn rename_enum_value(
        &mut self,
        name: impl Into<TypeName>,
        from: impl Into<String>,
        to: impl Into<String>,
    ) {
        let change = EnumChange::RenameValue { from: from.into(), to: to.into() };
        record!(self, Place::here(), AlterEnum(AlterEnum { name: name.into(), change }));
    }

    /// Drops a value. Rows that hold it make the migration fail, unless `.replace_with(…)` says what they get.
    #[track_caller]
    pub fn drop_enum_value(
        &mut self,
        name: impl Into<TypeName>,
        value: impl Into<String>,
    ) -> DroppedEnumValue<'_> {
        let change = EnumChange::DropValue { value: value.into(), replace_with: None };
        let op = AlterEnum { name: name.into(), change };
        DroppedEnumValue { op: record!(self, Place::here(), AlterEnum(op)) }
    }
}

/// A value that was just added to an enum.
#[derive(Debug)]
pub struct AddedEnumValue<'a> {
    op: &'a mut AlterEnum,
}

impl AddedEnumValue<'_> {
    fn at(self, place: EnumPosition) -> Self {
        if let EnumChange::AddValue { position, .. } = &mut self.op.change {
            *position = place;
        }
        self
    }

    /// Before all others.
    pub fn first(self) -> Self {
        self.at(EnumPosition::First)
    }

    /// Right before another value.
    pub fn before(self, value: impl Into<String>) -> Self {
        self.at(EnumPosition::Before(value.into()))
    }

    /// Right behind another value.
    pub fn after(self, value: impl Into<String>) -> Self {
        self.at(EnumPosition::After(value.into()))
    }

    /// Does nothing when the enum has the value already.
    pub fn if_not_exists(self) -> Self {
        if let EnumChange::AddValue { if_not_exists, .. } = &mut self.op.change {
            *if_not_exists = true;
        }
        self
    }

    /// Lets the same migration use the value, as a default or in rows.
    ///
    /// PostgreSQL makes the type anew for that, and writes every table that has a column of it again. Without, a
    /// second migration can use it, or one that says `transaction = false`.
    pub fn usable_at_once(self) -> Self {
        if let EnumChange::AddValue { usable_at_once, .. } = &mut self.op.change {
            *usable_at_once = true;
        }
        self
    }
}

/// A value that was just dropped from an enum.
#[derive(Debug)]
pub struct DroppedEnumValue<'a> {
    op: &'a mut AlterEnum,
}

impl DroppedEnumValue<'_> {
    /// What rows get that hold it.
    pub fn replace_with(self, value: impl Into<String>) {
        if let EnumChange::DropValue { replace_with, .. } = &mut self.op.change {
            *replace_with = Some(value.into());
        }
    }
}
