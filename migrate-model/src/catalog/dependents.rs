//! What depends on what: views on tables and on each other, triggers on tables and functions.
//!
//! PostgreSQL refuses to drop what something depends on; the others would leave a view or trigger behind that fails
//! at its next use. So here it is an error on all of them. A rename is followed, as the databases do, where that
//! leaves the answer of a view as it was.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Catalog, CatalogError, Function, FunctionKey, Index, RoutineName, Table, TableName, Trigger,
    TriggerAction, View,
    query::Query,
    routine::{describe, plain_types},
};

impl Catalog {
    /// The view of that name.
    pub fn view(&self, name: &TableName) -> Result<&View, CatalogError> {
        self.views.get(name).ok_or_else(|| CatalogError::NoView {
            view: name.clone(),
            others: self.views.keys().map(|view| view.name.clone()).collect(),
        })
    }

    /// The views, each behind those that it reads.
    pub fn views_in_order(&self) -> Vec<&View> {
        let mut waiting: Vec<&View> = self.views.values().collect();
        let mut sorted = Vec::new();
        while !waiting.is_empty() {
            let is_ready = |view: &&View| {
                !waiting
                    .iter()
                    .any(|one| one.name != view.name && view.uses.contains_key(&one.name))
            };
            let next = waiting.iter().position(is_ready).unwrap_or(0);
            sorted.push(waiting.remove(next));
        }
        sorted
    }

    /// The index of a materialized view; `on` decides where several do.
    pub fn view_index(&self, name: &str, on: Option<&TableName>) -> Option<(&View, &Index)> {
        (self.views.values())
            .filter(|view| on.is_none_or(|on| *on == view.name))
            .find_map(|view| view.indexes.get(name).map(|index| (view, index)))
    }

    /// The triggers of a table or view.
    pub fn triggers(&self, of: &TableName) -> Result<&BTreeMap<String, Trigger>, CatalogError> {
        match self.views.get(of) {
            Some(view) => Ok(&view.triggers),
            None => self.table(of).map(|table| &table.triggers),
        }
    }

    pub(crate) fn triggers_mut(
        &mut self,
        of: &TableName,
    ) -> Result<&mut BTreeMap<String, Trigger>, CatalogError> {
        if !self.views.contains_key(of) {
            return self.table_mut(of).map(|table| &mut table.triggers);
        }
        let missing = CatalogError::NoView { view: of.clone(), others: Vec::new() };
        self.views.get_mut(of).map(|view| &mut view.triggers).ok_or(missing)
    }

    /// Every trigger, with the table or view that it belongs to.
    pub fn all_triggers(&self) -> impl Iterator<Item = (&TableName, &Trigger)> {
        let of_tables = self.tables.values().map(|table| (&table.name, &table.triggers));
        let of_views = self.views.values().map(|view| (&view.name, &view.triggers));
        of_tables
            .chain(of_views)
            .flat_map(|(of, triggers)| triggers.values().map(move |one| (of, one)))
    }

    /// The function of that name; its types decide where several have it.
    pub fn function(
        &self,
        name: &RoutineName,
        types: Option<&[String]>,
    ) -> Result<&Function, CatalogError> {
        let of_name: Vec<&Function> =
            self.functions.values().filter(|function| function.name == *name).collect();
        let types = types.map(plain_types_of);
        let found: Vec<&Function> = (of_name.iter().copied())
            .filter(|function| types.as_ref().is_none_or(|types| function.types() == *types))
            .collect();
        match found[..] {
            [one] => Ok(one),
            [] => Err(CatalogError::NoFunction {
                function: types.map_or(name.to_string(), |types| describe(&(name.clone(), types))),
                name: name.name.clone(),
                others: self.functions.keys().map(|(name, _)| name.name.clone()).collect(),
                overloads: of_name.iter().map(|function| function.describe()).collect(),
            }),
            _ => Err(CatalogError::AmbiguousFunction {
                function: name.clone(),
                candidates: found.iter().map(|function| function.describe()).collect(),
            }),
        }
    }

    /// The triggers that call a function, with what they belong to.
    pub fn callers(&self, key: &FunctionKey) -> Vec<(&TableName, &Trigger)> {
        let calls = |trigger: &Trigger| matches!(&trigger.action, TriggerAction::Function(name, _) if *name == key.0);
        // A trigger's function takes no arguments; the texts stand apart.
        self.all_triggers().filter(|(_, trigger)| key.1.is_empty() && calls(trigger)).collect()
    }

    /// Tables, views and sequences share their names.
    pub(crate) fn check_free(&self, name: &TableName) -> Result<(), CatalogError> {
        if self.tables.contains_key(name) {
            return Err(CatalogError::TableExists { table: name.clone() });
        }
        if self.views.contains_key(name) {
            return Err(CatalogError::ViewExists { view: name.clone() });
        }
        if self.sequences.contains_key(name) {
            return Err(CatalogError::SequenceExists { sequence: name.clone() });
        }
        match self.parted(name) {
            Some((of, _)) => {
                Err(CatalogError::IsPartition { table: name.clone(), of: of.name.clone() })
            }
            None => Ok(()),
        }
    }

    /// What of this schema a query reads.
    pub fn uses(&self, view: &View) -> BTreeMap<TableName, BTreeSet<String>> {
        let query = Query::read(&view.query);
        let columns = |name: &TableName, columns: Vec<String>| {
            let all = query.takes_all(name);
            columns.into_iter().filter(|column| all || query.names_column(name, column)).collect()
        };
        let mut uses = BTreeMap::new();
        for table in self.tables.values().filter(|table| query.names_table(&table.name)) {
            let names = table.columns.iter().map(|column| column.name.clone()).collect();
            uses.insert(table.name.clone(), columns(&table.name, names));
        }
        for table in self.tables.values() {
            for partition in table.partitions.keys().filter(|name| query.names_table(name)) {
                let names = table.columns.iter().map(|column| column.name.clone()).collect();
                uses.insert(partition.clone(), columns(partition, names));
            }
        }
        for other in self.views.values().filter(|other| query.names_table(&other.name)) {
            let names = other.shown().unwrap_or_default();
            uses.insert(other.name.clone(), columns(&other.name, names));
        }
        uses
    }

    /// The views that depend on a table or view, each before those that depend on it.
    pub fn dependents(&self, name: &TableName) -> Vec<&View> {
        let mut found: Vec<&View> = Vec::new();
        let mut waiting: Vec<&View> = self.views.values().collect();
        // Each round takes those that all of what they depend on is taken of.
        let mut affected: BTreeSet<&TableName> = BTreeSet::from([name]);
        loop {
            let is_affected = |view: &View| view.uses.keys().any(|used| affected.contains(used));
            let new: Vec<&View> =
                waiting.iter().copied().filter(|view| is_affected(view)).collect();
            if new.is_empty() {
                break;
            }
            waiting.retain(|view| !new.iter().any(|one| one.name == view.name));
            affected.extend(new.iter().map(|view| &view.name));
            found.extend(new);
        }
        let mut sorted: Vec<&View> = Vec::new();
        while !found.is_empty() {
            let is_ready = |view: &&View| {
                !found
                    .iter()
                    .any(|other| other.name != view.name && view.uses.contains_key(&other.name))
            };
            let next = found.iter().position(is_ready).unwrap_or(0);
            sorted.push(found.remove(next));
        }
        sorted
    }

    /// An error when a view, or a trigger of something else, needs the table or view.
    pub(crate) fn check_unused(&self, name: &TableName, noun: &str) -> Result<(), CatalogError> {
        let what = format!("{noun} `{name}`");
        self.check_used(
            &what,
            |view| view.uses.contains_key(name),
            |of, trigger| of != name && trigger.reads(name),
        )
    }

    /// An error when a view or trigger needs the column.
    ///
    /// # Errors
    ///
    /// The one that needs it.
    pub fn check_column_unused(&self, table: &TableName, column: &str) -> Result<(), CatalogError> {
        let what = format!("column `{column}` of `{table}`");
        self.check_used(
            &what,
            |view| view.uses_column(table, column),
            |of, trigger| {
                if of == table {
                    trigger.is_about(table, column)
                } else {
                    trigger.reads_column(table, column)
                }
            },
        )
    }

    fn check_used(
        &self,
        what: &str,
        uses: impl Fn(&View) -> bool,
        fires: impl Fn(&TableName, &Trigger) -> bool,
    ) -> Result<(), CatalogError> {
        if let Some(view) = self.views.values().find(|view| uses(view)) {
            return Err(CatalogError::UsedByView {
                what: what.to_owned(),
                view: view.name.clone(),
            });
        }
        match self.all_triggers().find(|(of, trigger)| fires(of, trigger)) {
            None => Ok(()),
            Some((of, trigger)) => Err(CatalogError::UsedByTrigger {
                what: what.to_owned(),
                trigger: trigger.name.clone(),
                table: of.clone(),
            }),
        }
    }

    /// Lets views and triggers follow a table's new name.
    pub(crate) fn rename_in_objects(
        &mut self,
        from: &TableName,
        to: &TableName,
    ) -> Result<(), CatalogError> {
        let what = || format!("table `{from}`");
        for view in self.views.values_mut() {
            if let Some(columns) = view.uses.remove(from) {
                match Query::read(&view.query).rename_table(from, to) {
                    Some(query) => view.query = query,
                    None => {
                        return Err(CatalogError::NotFollowed {
                            what: what(),
                            view: view.name.clone(),
                        });
                    }
                }
                view.uses.insert(to.clone(), columns);
            }
        }
        let of_tables = self.tables.values_mut().map(|table| (&table.name, &mut table.triggers));
        let of_views = self.views.values_mut().map(|view| (&view.name, &mut view.triggers));
        for (of, triggers) in of_tables.chain(of_views) {
            for trigger in triggers.values_mut().filter(|trigger| trigger.reads(from)) {
                if !trigger.rename_table(from, to) {
                    return Err(CatalogError::UsedByTrigger {
                        what: what(),
                        trigger: trigger.name.clone(),
                        table: of.clone(),
                    });
                }
            }
        }
        Ok(())
    }

    /// Lets views follow a column's new name; the triggers of its own table are the table's to rename.
    pub(crate) fn rename_column_in_objects(
        &mut self,
        table: &TableName,
        from: &str,
        to: &str,
    ) -> Result<(), CatalogError> {
        let what = || format!("column `{from}` of `{table}`");
        for view in self.views.values_mut().filter(|view| view.uses_column(table, from)) {
            let query = Query::read(&view.query);
            match query.rename_column(table, from, to, !view.columns.is_empty()) {
                Some(query) => view.query = query,
                None => return Err(CatalogError::Shown { what: what(), view: view.name.clone() }),
            }
            if let Some(columns) = view.uses.get_mut(table) {
                columns.remove(from);
                columns.insert(to.to_owned());
            }
        }
        match self.all_triggers().find(|(_, trigger)| trigger.reads_column(table, from)) {
            None => Ok(()),
            Some((of, trigger)) => Err(CatalogError::UsedByTrigger {
                what: what(),
                trigger: trigger.name.clone(),
                table: of.clone(),
            }),
        }
    }
}

impl View {
    /// Whether it needs the column.
    pub fn uses_column(&self, table: &TableName, column: &str) -> bool {
        self.uses.get(table).is_some_and(|columns| columns.contains(column))
    }
}

impl Table {
    /// Looks at each trigger that the table is made with.
    pub(crate) fn check_triggers(&self) -> Result<(), CatalogError> {
        self.triggers.values().try_for_each(|trigger| trigger.check(&self.name, false))
    }
}

fn plain_types_of(types: &[String]) -> Vec<String> {
    plain_types(types.iter().cloned())
}
