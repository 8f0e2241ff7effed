//! Creating, replacing and dropping triggers.

use super::{Op, Ops, Place, recorder::record};
use crate::catalog::{Catalog, CatalogError, InvertError, NewTrigger, TableName, Trigger};

/// Creates a trigger.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateTrigger {
    /// The table, or view, that it belongs to.
    pub table: TableName,
    /// The trigger.
    pub trigger: Trigger,
}

/// Gives a trigger another definition.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplaceTrigger {
    /// The table, or view, that it belongs to.
    pub table: TableName,
    /// The trigger as it is from now on.
    pub trigger: Trigger,
}

/// Drops a trigger.
#[derive(Clone, Debug, PartialEq)]
pub struct DropTrigger {
    /// The table, or view, that it belongs to.
    pub table: TableName,
    /// Its name.
    pub name: String,
    /// Whether it may be gone already.
    pub if_exists: bool,
}

impl Ops {
    /// Creates a trigger: `trigger("touch").before_update().on("orders").execute_function("touch_updated_at")`.
    #[track_caller]
    pub fn create_trigger(&mut self, trigger: NewTrigger) {
        let NewTrigger { table, trigger } = trigger;
        record!(self, Place::here(), CreateTrigger(CreateTrigger { table, trigger }));
    }

    /// Gives a trigger another definition; the inverse gives it the former one again.
    #[track_caller]
    pub fn replace_trigger(&mut self, trigger: NewTrigger) {
        let NewTrigger { table, trigger } = trigger;
        record!(self, Place::here(), ReplaceTrigger(ReplaceTrigger { table, trigger }));
    }

    /// Drops a trigger of a table or view; the inverse brings it back as it was.
    #[track_caller]
    pub fn drop_trigger(&mut self, table: impl Into<TableName>, name: &str) -> &mut DropTrigger {
        let op = DropTrigger { table: table.into(), name: name.to_owned(), if_exists: false };
        record!(self, Place::here(), DropTrigger(op))
    }
}

/// What can be wrong about a trigger in this schema.
fn check(table: &TableName, trigger: &Trigger, catalog: &Catalog) -> Result<(), CatalogError> {
    let is_view = catalog.views.contains_key(table);
    trigger.check(table, is_view)?;
    if let Ok(table) = catalog.table(table) {
        for event in &trigger.events {
            if let crate::catalog::TriggerEvent::Update(columns) = event {
                columns.iter().try_for_each(|column| table.column(column).map(drop))?;
            }
        }
    }
    Ok(())
}

fn find<'c>(
    catalog: &'c Catalog,
    table: &TableName,
    name: &str,
) -> Result<&'c Trigger, CatalogError> {
    let triggers = catalog.triggers(table)?;
    triggers.get(name).ok_or_else(|| CatalogError::NoTrigger {
        table: table.clone(),
        trigger: name.to_owned(),
        others: triggers.keys().cloned().collect(),
    })
}

impl CreateTrigger {
    pub(super) fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        check(&self.table, &self.trigger, catalog)?;
        let triggers = catalog.triggers_mut(&self.table)?;
        if triggers.contains_key(&self.trigger.name) {
            return Err(CatalogError::TriggerExists {
                table: self.table.clone(),
                trigger: self.trigger.name.clone(),
            });
        }
        triggers.insert(self.trigger.name.clone(), self.trigger.clone());
        Ok(())
    }

    pub(super) fn invert(&self, _: &Catalog) -> Result<Vec<Op>, InvertError> {
        Ok(vec![Op::DropTrigger(DropTrigger {
            table: self.table.clone(),
            name: self.trigger.name.clone(),
            if_exists: false,
        })])
    }

    pub(super) fn describe(&self) -> String {
        format!("create trigger {} on {}", self.trigger.name, self.table)
    }

    pub(super) fn tables(&self) -> Vec<TableName> {
        vec![self.table.clone()]
    }
}

impl ReplaceTrigger {
    pub(super) fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        check(&self.table, &self.trigger, catalog)?;
        find(catalog, &self.table, &self.trigger.name)?;
        let triggers = catalog.triggers_mut(&self.table)?;
        triggers.insert(self.trigger.name.clone(), self.trigger.clone());
        Ok(())
    }

    pub(super) fn invert(&self, before: &Catalog) -> Result<Vec<Op>, InvertError> {
        Ok(vec![Op::ReplaceTrigger(ReplaceTrigger {
            table: self.table.clone(),
            trigger: find(before, &self.table, &self.trigger.name)?.clone(),
        })])
    }

    pub(super) fn describe(&self) -> String {
        format!("replace trigger {} on {}", self.trigger.name, self.table)
    }

    pub(super) fn tables(&self) -> Vec<TableName> {
        vec![self.table.clone()]
    }
}

impl DropTrigger {
    /// Does nothing when the trigger is gone already.
    pub fn if_exists(&mut self) -> &mut Self {
        self.if_exists = true;
        self
    }

    pub(super) fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        match find(catalog, &self.table, &self.name) {
            Err(CatalogError::NoTrigger { .. }) if self.if_exists => return Ok(()),
            other => other?,
        };
        catalog.triggers_mut(&self.table)?.remove(&self.name);
        Ok(())
    }

    pub(super) fn invert(&self, before: &Catalog) -> Result<Vec<Op>, InvertError> {
        match find(before, &self.table, &self.name) {
            Err(CatalogError::NoTrigger { .. }) if self.if_exists => Ok(Vec::new()),
            Err(error) => Err(error.into()),
            Ok(trigger) => Ok(vec![Op::CreateTrigger(CreateTrigger {
                table: self.table.clone(),
                trigger: trigger.clone(),
            })]),
        }
    }

    pub(super) fn describe(&self) -> String {
        format!("drop trigger {} of {}", self.name, self.table)
    }

    pub(super) fn tables(&self) -> Vec<TableName> {
        vec![self.table.clone()]
    }
}
