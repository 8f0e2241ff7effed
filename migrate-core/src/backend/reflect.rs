//! The door back: a database's schema as a [`Catalog`].
//!
//! The questions and how the answers are read are each database's own (`<database>/reflect.rs`); so is what
//! it can't keep, which [`normalize`] folds. Here is what they share.

use std::{collections::BTreeSet, fmt};

use migrate_model::{
    Dialect,
    catalog::{Catalog, Table, TableName},
};

use super::{Database, DatabaseError, mysql, postgres, sqlite};

/// What of a database is read.
///
/// ```
/// use migrate_core::backend::Scope;
///
/// let scope = Scope::default().schema("reporting").without("alembic_version");
/// assert!(scope.leaves_out(&"alembic_version".into()));
/// assert!(scope.leaves_out(&"__migrate_log".into()));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Schemas beside the current one, which is the first of the search path. Only what lies in these has a schema
    /// in the catalog's names.
    pub schemas: BTreeSet<String>,
    /// Tables that are passed over.
    pub without: BTreeSet<TableName>,
    /// Whether this tool's own tables are read, too.
    pub(crate) own: bool,
}

impl Scope {
    /// Reads another schema too.
    #[must_use]
    pub fn schema(mut self, schema: &str) -> Self {
        self.schemas.insert(schema.to_owned());
        self
    }

    /// Passes over a table.
    #[must_use]
    pub fn without(mut self, table: impl Into<TableName>) -> Self {
        self.without.insert(table.into());
        self
    }

    /// Whether a table is passed over: by its name, or since it is one of this tool's own.
    pub fn leaves_out(&self, table: &TableName) -> bool {
        self.without.contains(table) || !self.own && table.name.starts_with("__migrate_")
    }
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reflected {
    /// The schema. A table that could not be read in full is [opaque](Catalog::opaque) in it.
    pub catalog: Catalog,
    /// What is there, and the catalog has no words for.
    pub unread: Vec<Unread>,
}

impl Reflected {
    /// Notes that the catalog does not speak of something, beside the tables.
    pub(crate) fn note(&mut self, of: TableName, reason: impl Into<String>) {
        self.unread.push(Unread { of, reason: reason.into() });
    }

    /// Notes that a table is not what the catalog says, or more than that.
    pub(crate) fn doubt(&mut self, table: &TableName, reason: impl Into<String>) {
        self.catalog.opaque.insert(table.clone());
        self.note(table.clone(), reason);
    }
}

/// Something that the catalog has no words for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unread {
    /// The table, or whatever else it is.
    pub of: TableName,
    /// What it is, or has.
    pub reason: String,
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.of, self.reason)
    }
}

/// A schema that can't be read.
#[derive(Debug, thiserror::Error)]
pub enum ReflectError {
    /// The database refused a question.
    #[error("{0}")]
    Database(#[from] DatabaseError),
    /// The database answered in a way that nobody expected.
    #[error("the database's answer about {about} has {found} where {expected} should be")]
    Unexpected {
        /// What was asked for.
        about: &'static str,
        /// What was expected.
        expected: &'static str,
        /// What came.
        found: String,
    },
    /// A schema that was asked for is not there.
    #[error("there is no schema `{schema}` in this database")]
    NoSchema {
        /// Its name.
        schema: String,
    },
    /// The search path names no schema that is there.
    #[error("no schema of the search path is there, so there is none to look into")]
    NoCurrentSchema,
    /// The catalog holds what this database can't be told.
    #[error(transparent)]
    Render(#[from] super::RenderError),
}

impl ReflectError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            ReflectError::Database(error) => error.advice.clone(),
            ReflectError::NoCurrentSchema => {
                Some("set one: ALTER ROLE … SET search_path = …, or options=-csearch_path%3D… in the URL".into())
            }
            ReflectError::Render(error) => error.hint(),
            ReflectError::Unexpected { .. } | ReflectError::NoSchema { .. } => None,
        }
    }
}

/// A question's way to the database.
pub(crate) type Ask<'a> =
    &'a mut dyn FnMut(&str) -> Result<Vec<Vec<Option<String>>>, DatabaseError>;

/// Reads the schema; each database in a number of questions that doesn't grow with its tables.
pub(crate) fn reflect(
    dialect: Dialect,
    ask: Ask<'_>,
    scope: &Scope,
) -> Result<Reflected, ReflectError> {
    match dialect {
        Dialect::Postgres => postgres::reflect(ask, scope),
        Dialect::Sqlite => sqlite::reflect(ask, scope),
        Dialect::Mysql | Dialect::Mariadb => mysql::reflect(dialect, ask, scope),
    }
}

/// The catalog as far as a database can keep it: what it has no room for is folded into what it makes of it.
///
/// Two catalogs that are the same to a database are equal when both have gone through this: the one that was
/// [read](Database::reflect) from it, and the one that migrations describe.
///
/// ```
/// use migrate_core::{backend::normalize, catalog::{Catalog, SqlType, Table, Column}, prelude::*};
///
/// let mut catalog = Catalog::default();
/// catalog.tables.insert("orders".into(), table("orders").column(jsonb("extra")).comment("all of them").build());
/// let orders = &normalize(Sqlite, &catalog).tables[&"orders".into()];
/// assert_eq!(orders.columns[0].sql_type, SqlType::Binary);
/// assert_eq!(orders.comment, None);
/// ```
pub fn normalize(dialect: Dialect, catalog: &Catalog) -> Catalog {
    match dialect {
        Dialect::Postgres => postgres::normalize(catalog),
        Dialect::Sqlite => sqlite::normalize(catalog),
        Dialect::Mysql | Dialect::Mariadb => mysql::normalize(dialect, catalog),
    }
}

/// The catalog with its expressions as this database would give them back.
///
/// Databases rewrite what they are told (`quantity>0` comes back as `quantity > 0::numeric`), so two texts can only be
/// compared when both went through the server. It is asked by making such tables as temporary ones, on PostgreSQL
/// inside a transaction that is rolled back. The views of MySQL and MariaDB are compared by the server with those that are
/// there, and get the text of those that they are the same as. What it does not take (an expression that calls a function
/// which is not there yet) stays as it is.
///
/// # Errors
///
/// When a transaction is open already (PostgreSQL), or the database can't be reached.
pub fn canonical(database: &mut dyn Database, catalog: &Catalog) -> Result<Catalog, ReflectError> {
    canonical_beside(database, catalog, &Catalog::default())
}

/// The same for what is to be compared with `beside`: the server is asked about what is said there in other words. What
/// has the same normal form in both stays as it is, for it comes to the same anyway; so a schema that is as it should be
/// takes no question for each of its tables.
///
/// # Errors
///
/// Those of [`canonical`].
pub fn canonical_beside(
    database: &mut dyn Database,
    catalog: &Catalog,
    beside: &Catalog,
) -> Result<Catalog, ReflectError> {
    let dialect = database.detect()?;
    let asked = asked(dialect, catalog, beside);
    match dialect {
        Dialect::Postgres => postgres::canonical(database, catalog, &asked),
        // It keeps texts letter by letter.
        Dialect::Sqlite => Ok(catalog.clone()),
        Dialect::Mysql | Dialect::Mariadb => mysql::canonical(database, dialect, catalog, &asked),
    }
}

/// What a server is asked about.
pub(crate) struct Asked {
    pub(crate) tables: BTreeSet<TableName>,
    /// Whether views, functions or triggers are among it.
    pub(crate) objects: bool,
}

fn asked(dialect: Dialect, catalog: &Catalog, beside: &Catalog) -> Asked {
    // Nearly all are the same to the letter.
    let folded = |one: &Catalog, other: &Catalog| {
        let tables =
            one.tables.iter().filter(|(name, table)| other.tables.get(*name) != Some(*table));
        let tables = tables.map(|(name, table)| (name.clone(), table.clone())).collect();
        let (views, functions) = (one.views.clone(), one.functions.clone());
        let enums = one.enums.clone();
        normalize(dialect, &Catalog { tables, views, functions, enums, ..Catalog::default() })
    };
    let (one, other) = (folded(catalog, beside), folded(beside, catalog));
    let is_same = |table: &Table| other.tables.get(&table.name) == Some(table);
    let tables = one.tables.values().filter(|table| !is_same(table));
    Asked {
        tables: tables.map(|table| table.name.clone()).collect(),
        objects: one.views != other.views
            || one.functions != other.functions
            || !one.all_triggers().eq(other.all_triggers()),
    }
}

/// A row's fields, one after the other.
pub(crate) struct Fields {
    fields: std::vec::IntoIter<Option<String>>,
    about: &'static str,
}

impl Fields {
    /// The rows of a question.
    pub(crate) fn rows(
        ask: Ask<'_>,
        about: &'static str,
        sql: &str,
    ) -> Result<Vec<Fields>, ReflectError> {
        let rows = ask(sql).map_err(|error| error.within(format!("asked about {about}")))?;
        Ok(rows.into_iter().map(|row| Fields { fields: row.into_iter(), about }).collect())
    }

    fn unexpected(&self, expected: &'static str, found: impl Into<String>) -> ReflectError {
        ReflectError::Unexpected { about: self.about, expected, found: found.into() }
    }

    /// A text, or nothing.
    pub(crate) fn maybe(&mut self) -> Result<Option<String>, ReflectError> {
        self.fields.next().ok_or_else(|| self.unexpected("a field", "none"))
    }

    /// A text.
    pub(crate) fn text(&mut self) -> Result<String, ReflectError> {
        self.maybe()?.ok_or_else(|| self.unexpected("a text", "NULL"))
    }

    /// A number.
    pub(crate) fn number(&mut self) -> Result<i64, ReflectError> {
        let text = self.text()?;
        text.parse().map_err(|_| self.unexpected("a number", format!("`{text}`")))
    }

    /// A truth value; databases have several spellings.
    pub(crate) fn flag(&mut self) -> Result<bool, ReflectError> {
        match self.text()?.as_str() {
            "t" | "true" | "1" | "YES" => Ok(true),
            "f" | "false" | "0" | "NO" => Ok(false),
            other => Err(self.unexpected("a truth value", format!("`{other}`"))),
        }
    }
}
