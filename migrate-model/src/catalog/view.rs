//! Views: queries with a name.

use std::collections::{BTreeMap, BTreeSet};

use super::{CatalogError, Index, TableName, Trigger, query::Query, strings};
use crate::sql;

/// A view. Equality is up to the [quotes](sql::same) in its query, which a rename leaves behind.
#[derive(Clone, Debug)]
pub struct View {
    /// Its name, which no table of the schema has.
    pub name: TableName,
    /// The names of its columns, where the query is not to say them.
    pub columns: Vec<String>,
    /// The query, letter by letter.
    pub query: String,
    /// Whether its rows are kept (PostgreSQL).
    pub materialized: bool,
    /// Which rows may be written through it; any, when there is none.
    pub check_option: Option<CheckOption>,
    /// What only PostgreSQL has.
    pub postgres: PostgresView,
    /// The indexes of a materialized view, by name.
    pub indexes: BTreeMap<String, Index>,
    /// Its triggers, by name.
    pub triggers: BTreeMap<String, Trigger>,
    /// The tables and views that the query reads, with their columns as far as they are known. Filled in when the
    /// view is created, since `*` means the columns of that moment.
    pub uses: BTreeMap<TableName, BTreeSet<String>>,
}

impl PartialEq for View {
    fn eq(&self, other: &View) -> bool {
        let View { name, columns, query, materialized, check_option, postgres, .. } = self;
        *name == other.name
            && *columns == other.columns
            && sql::same(query, &other.query)
            && *materialized == other.materialized
            && *check_option == other.check_option
            && *postgres == other.postgres
            && self.indexes == other.indexes
            && self.triggers == other.triggers
    }
}

/// Which rows may be written through a view: those that it, or each view below it, shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckOption {
    /// Only this view's condition counts.
    Local,
    /// The conditions of the views below count too.
    Cascaded,
}

/// What a view has on PostgreSQL alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PostgresView {
    /// Whether no function of a query sees rows that the view hides.
    pub security_barrier: bool,
    /// Whether tables are read with the rights of who asks (PostgreSQL 15).
    pub security_invoker: bool,
}

/// A view to come: `view("open_orders").query("SELECT …")`.
///
/// ```
/// use migrate_model::catalog::view;
///
/// let open = view("open_orders").query("SELECT id FROM orders WHERE NOT done").check_option();
/// assert_eq!(open.view.name.to_string(), "open_orders");
/// ```
pub fn view(name: impl Into<TableName>) -> Unqueried {
    Unqueried { name: name.into(), columns: Vec::new() }
}

/// A view without a query.
#[derive(Clone, Debug)]
#[must_use = "say what it shows: .query(\"SELECT …\")"]
pub struct Unqueried {
    name: TableName,
    columns: Vec<String>,
}

impl Unqueried {
    /// The names of its columns. With them, renaming a column below changes nothing of what the view shows.
    pub fn columns<C: Into<String>>(mut self, columns: impl IntoIterator<Item = C>) -> Self {
        self.columns = strings(columns);
        self
    }

    /// What it shows.
    pub fn query(self, query: &str) -> NewView {
        NewView {
            view: View {
                name: self.name,
                columns: self.columns,
                // CRLF and LF are the same SQL, wherever the source was checked out.
                query: query.replace("\r\n", "\n"),
                materialized: false,
                check_option: None,
                postgres: PostgresView::default(),
                indexes: BTreeMap::new(),
                triggers: BTreeMap::new(),
                uses: BTreeMap::new(),
            },
            no_data: false,
        }
    }
}

/// A view to be created.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "hand it to op.create_view(…) or op.replace_view(…)"]
pub struct NewView {
    /// The view.
    pub view: View,
    /// Whether a materialized view stays without rows until it is refreshed.
    pub no_data: bool,
}

impl NewView {
    /// Its rows are kept, until it is refreshed (PostgreSQL).
    pub fn materialized(mut self) -> Self {
        self.view.materialized = true;
        self
    }

    /// Rows that it, or a view below it, would not show can't be written through it.
    pub fn check_option(mut self) -> Self {
        self.view.check_option = Some(CheckOption::Cascaded);
        self
    }

    /// Rows that it itself would not show can't be written through it.
    pub fn local_check_option(mut self) -> Self {
        self.view.check_option = Some(CheckOption::Local);
        self
    }

    /// What only PostgreSQL has.
    pub fn postgres(
        mut self,
        options: impl FnOnce(&mut PostgresViewOptions) -> &mut PostgresViewOptions,
    ) -> Self {
        let mut chosen = PostgresViewOptions { view: self.view.postgres, no_data: self.no_data };
        options(&mut chosen);
        (self.view.postgres, self.no_data) = (chosen.view, chosen.no_data);
        self
    }
}

/// The choices inside `.postgres(|v| …)`.
#[derive(Debug)]
pub struct PostgresViewOptions {
    view: PostgresView,
    no_data: bool,
}

impl PostgresViewOptions {
    /// No function of a query sees rows that the view hides.
    pub fn security_barrier(&mut self) -> &mut Self {
        self.view.security_barrier = true;
        self
    }

    /// Tables are read with the rights of who asks, not of who owns the view (PostgreSQL 15).
    pub fn security_invoker(&mut self) -> &mut Self {
        self.view.security_invoker = true;
        self
    }

    /// A materialized view stays without rows until it is refreshed.
    pub fn no_data(&mut self) -> &mut Self {
        self.no_data = true;
        self
    }
}

impl View {
    /// The names of the columns that it shows, where they can be told without asking a database.
    pub fn shown(&self) -> Option<Vec<String>> {
        if self.columns.is_empty() {
            Query::read(&self.query).answers()
        } else {
            Some(self.columns.clone())
        }
    }

    /// What can be said about it without looking at anything else.
    pub(crate) fn check(&self) -> Result<(), CatalogError> {
        let fault = if !matches!(sql::statements(&self.query)[..], [_]) {
            "is not one query"
        } else if self.materialized && self.check_option.is_some() {
            "keeps its rows, so nothing is written through it: .check_option() has no meaning"
        } else if !self.indexes.is_empty() && !self.materialized {
            "keeps no rows, so it can have no index: .materialized() makes it keep them"
        } else {
            return Ok(());
        };
        Err(CatalogError::BadView { view: self.name.clone(), fault: fault.to_owned() })
    }
}
