//! Creating, replacing and dropping views.

use super::{Op, Ops, Place, recorder::record};
use crate::catalog::{Catalog, CatalogError, InvertError, NewView, TableName, View};

/// Creates a view, with its indexes and triggers.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateView {
    /// The view.
    pub view: View,
    /// Whether a materialized view stays without rows until it is refreshed.
    pub no_data: bool,
}

/// Gives a view another definition.
///
/// Where the new columns can be seen to begin with the former ones, PostgreSQL keeps the view, with all rights to it and
/// the views that depend on it. Else the view and the ones that depend on it are dropped and created again. Since
/// that is judged in each direction, a column that a replacement adds goes when the replacement is taken back.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplaceView {
    /// The view as it is from now on; it keeps its indexes and triggers.
    pub view: View,
    /// Whether it is dropped and created in any case.
    pub recreate: bool,
    /// Whether a materialized view stays without rows until it is refreshed.
    pub no_data: bool,
}

/// Drops a view.
#[derive(Clone, Debug, PartialEq)]
pub struct DropView {
    /// Its name.
    pub name: TableName,
    /// Whether it may be gone already.
    pub if_exists: bool,
}

impl Ops {
    /// Creates a view: `view("open_orders").query("SELECT …")`.
    #[track_caller]
    pub fn create_view(&mut self, view: NewView) {
        let NewView { view, no_data } = view;
        record!(self, Place::here(), CreateView(CreateView { view, no_data }));
    }

    /// Gives a view another definition; the inverse gives it the former one again.
    #[track_caller]
    pub fn replace_view(&mut self, view: NewView) -> &mut ReplaceView {
        let NewView { view, no_data } = view;
        record!(self, Place::here(), ReplaceView(ReplaceView { view, recreate: false, no_data }))
    }

    /// Drops a view; the inverse brings it back as it was, with its indexes and triggers. One that shows all columns
    /// (`SELECT *`) of a table that has got more of them since has no inverse.
    #[track_caller]
    pub fn drop_view(&mut self, name: impl Into<TableName>) -> &mut DropView {
        record!(self, Place::here(), DropView(DropView { name: name.into(), if_exists: false }))
    }
}

/// A view as it stands in a schema.
fn placed(view: &View, catalog: &Catalog) -> Result<View, CatalogError> {
    view.check()?;
    view.triggers.values().try_for_each(|trigger| trigger.check(&view.name, true))?;
    Ok(View { uses: catalog.uses(view), ..view.clone() })
}

/// A view that can be created again: what its `*` stood for then is what it stands for now.
fn as_it_was(before: &Catalog, name: &TableName) -> Result<View, InvertError> {
    let view = before.view(name)?.clone();
    for (table, columns) in before.uses(&view) {
        let known = view.uses.get(&table);
        let is_new = |column: &String| known.is_some_and(|known| !known.contains(column));
        if let Some(column) = columns.into_iter().find(is_new) {
            return Err(InvertError::Outgrown { view: name.clone(), table, column });
        }
    }
    Ok(view)
}

impl CreateView {
    pub(super) fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        catalog.check_free(&self.view.name)?;
        let view = placed(&self.view, catalog)?;
        catalog.opaque.remove(&view.name);
        catalog.views.insert(view.name.clone(), view);
        Ok(())
    }

    pub(super) fn invert(&self, _: &Catalog) -> Result<Vec<Op>, InvertError> {
        Ok(vec![Op::DropView(DropView { name: self.view.name.clone(), if_exists: false })])
    }

    pub(super) fn describe(&self) -> String {
        format!("create {} {}", noun(&self.view), self.view.name)
    }

    pub(super) fn tables(&self) -> Vec<TableName> {
        vec![self.view.name.clone()]
    }
}

impl ReplaceView {
    /// Drops and creates the view even where PostgreSQL could keep it: needed when a column gets another type.
    pub fn recreate(&mut self) -> &mut Self {
        self.recreate = true;
        self
    }

    /// The view as the op leaves it: with the indexes and triggers that it had.
    ///
    /// # Errors
    ///
    /// When there is no such view, or it can't keep what it has.
    pub fn replaced(&self, before: &Catalog) -> Result<View, CatalogError> {
        let former = before.view(&self.view.name)?;
        let mut view = self.view.clone();
        view.indexes.clone_from(&former.indexes);
        view.triggers.clone_from(&former.triggers);
        if view.materialized && !view.triggers.is_empty() {
            let fault = "has triggers, which a materialized view can't have; drop them first";
            return Err(CatalogError::BadView { view: view.name, fault: fault.to_owned() });
        }
        placed(&view, before)
    }

    pub(super) fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let view = self.replaced(catalog)?;
        catalog.views.insert(view.name.clone(), view);
        Ok(())
    }

    pub(super) fn invert(&self, before: &Catalog) -> Result<Vec<Op>, InvertError> {
        Ok(vec![Op::ReplaceView(ReplaceView {
            view: as_it_was(before, &self.view.name)?,
            recreate: self.recreate,
            no_data: false,
        })])
    }

    pub(super) fn describe(&self) -> String {
        format!("replace {} {}", noun(&self.view), self.view.name)
    }

    pub(super) fn tables(&self) -> Vec<TableName> {
        vec![self.view.name.clone()]
    }
}

impl DropView {
    /// Does nothing when the view is gone already.
    pub fn if_exists(&mut self) -> &mut Self {
        self.if_exists = true;
        self
    }

    pub(super) fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        if self.if_exists && !catalog.views.contains_key(&self.name) {
            return Ok(());
        }
        catalog.view(&self.name)?;
        catalog.check_unused(&self.name, "view")?;
        catalog.views.remove(&self.name);
        catalog.opaque.remove(&self.name);
        Ok(())
    }

    pub(super) fn invert(&self, before: &Catalog) -> Result<Vec<Op>, InvertError> {
        if self.if_exists && !before.views.contains_key(&self.name) {
            return Ok(Vec::new());
        }
        let view = as_it_was(before, &self.name)?;
        Ok(vec![Op::CreateView(CreateView { view, no_data: false })])
    }

    pub(super) fn describe(&self) -> String {
        format!("drop view {}", self.name)
    }

    pub(super) fn tables(&self) -> Vec<TableName> {
        vec![self.name.clone()]
    }
}

fn noun(view: &View) -> &'static str {
    if view.materialized { "materialized view" } else { "view" }
}
