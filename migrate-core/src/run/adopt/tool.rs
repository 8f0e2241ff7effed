//! The tools whose databases can be taken over, and what their tables say.
//!
//! Each keeps one table. Alembic's holds heads, the others' a row for each migration that was applied.

use std::{fmt, str::FromStr};

use migrate_model::{Dialect, catalog::TableName};

use super::AdoptError;
use crate::{
    backend::{Database, DatabaseError, text_type},
    run::{
        Error,
        shape::Shape,
        state::user_tables_sql,
        version_table::{literal, sql_name},
    },
};

/// A tool that may have migrated a database before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tool {
    /// Alembic, of SQLAlchemy.
    Alembic,
    /// Diesel's own migrations: `diesel migration run` and `diesel_migrations`.
    Diesel,
    /// SeaORM's: `sea-orm-migration`.
    SeaOrm,
    /// Refinery.
    Refinery,
    /// SQLx: `sqlx migrate` and `sqlx::migrate!`.
    Sqlx,
}

impl Tool {
    /// All of them.
    pub const ALL: [Tool; 5] =
        [Tool::Alembic, Tool::Diesel, Tool::SeaOrm, Tool::Refinery, Tool::Sqlx];

    /// Its word on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Tool::Alembic => "alembic",
            Tool::Diesel => "diesel",
            Tool::SeaOrm => "sea-orm",
            Tool::Refinery => "refinery",
            Tool::Sqlx => "sqlx",
        }
    }

    /// The table that it keeps, unless it was told another name.
    pub const fn table(self) -> &'static str {
        match self {
            Tool::Alembic => "alembic_version",
            Tool::Diesel => "__diesel_schema_migrations",
            Tool::SeaOrm => "seaql_migrations",
            Tool::Refinery => "refinery_schema_history",
            Tool::Sqlx => "_sqlx_migrations",
        }
    }

    /// Whether its table holds what is newest, and no row for what came before that.
    pub fn keeps_heads(self) -> bool {
        match self {
            Tool::Alembic => true,
            Tool::Diesel | Tool::SeaOrm | Tool::Refinery | Tool::Sqlx => false,
        }
    }

    /// The columns by which its table is known: the version, what it is called, and whether it is done.
    fn columns(self) -> (&'static str, Option<&'static str>, Option<&'static str>) {
        match self {
            Tool::Alembic => ("version_num", None, None),
            Tool::Diesel | Tool::SeaOrm => ("version", None, None),
            Tool::Refinery => ("version", Some("name"), None),
            Tool::Sqlx => ("version", Some("description"), Some("success")),
        }
    }

    /// What a table of it has beside these.
    fn others(self) -> &'static [&'static str] {
        match self {
            Tool::Alembic => &[],
            Tool::Diesel => &["run_on"],
            Tool::SeaOrm => &["applied_at"],
            Tool::Refinery => &["applied_on", "checksum"],
            Tool::Sqlx => &["installed_on", "checksum"],
        }
    }

    /// Whether it makes a migration of this version by itself: it is nobody's loss where a chain has none for it.
    pub(super) fn is_its_own(self, version: &str) -> bool {
        self == Tool::Diesel && version == "00000000000000"
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Tool::Alembic => "Alembic",
            Tool::Diesel => "Diesel",
            Tool::SeaOrm => "SeaORM",
            Tool::Refinery => "refinery",
            Tool::Sqlx => "sqlx",
        })
    }
}

impl FromStr for Tool {
    type Err = String;

    fn from_str(text: &str) -> Result<Tool, String> {
        let plain = |text: &str| text.to_lowercase().replace(['-', '_'], "");
        let known = Tool::ALL.into_iter().find(|tool| {
            let names = [tool.word(), tool.table()].map(plain);
            names.contains(&plain(text))
                || plain(text) == plain(&format!("{}migrations", tool.word()))
        });
        known.ok_or_else(|| {
            let words: Vec<&str> = Tool::ALL.into_iter().map(Tool::word).collect();
            format!("it takes {}", words.join(", "))
        })
    }
}

/// What another tool's table says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// Whose table it is.
    pub tool: Tool,
    /// Its name.
    pub table: TableName,
    /// Its rows, by their versions.
    pub rows: Vec<ForeignRow>,
}

/// A row of another tool's table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForeignRow {
    /// The version, as text.
    pub version: String,
    /// What it is called there.
    pub title: Option<String>,
    /// Whether it was begun and did not end well.
    pub is_dirty: bool,
}

impl fmt::Display for ForeignRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.version)?;
        match &self.title {
            Some(title) => write!(f, " ({title})"),
            None => Ok(()),
        }
    }
}

/// Reads another tool's table; changes nothing.
pub(super) fn read(
    database: &mut dyn Database,
    tool: Tool,
    table: Option<&TableName>,
) -> Result<Foreign, AdoptError> {
    let table = table.cloned().unwrap_or_else(|| TableName::from(tool.table()));
    let doing = |source| Error::Database { doing: format!("read the table `{table}`"), source };
    let shape = Shape::of(database, &table).map_err(doing)?;
    if !shape.is_there() {
        return Err(no_table(database, tool, table)?);
    }
    let (version, title, success) = tool.columns();
    let wanted =
        [Some(version), title, success].into_iter().flatten().chain(tool.others().iter().copied());
    if let Some(column) = wanted.into_iter().find(|column| !shape.has(column)) {
        let column = column.to_owned();
        return Err(AdoptError::NotItsTable { tool, table, column });
    }
    let dialect = database.dialect();
    let name = sql_name(dialect, &table).map_err(doing)?;
    let text = |column: Option<&str>| match column {
        Some(column) => format!("CAST({column} AS {})", text_type(dialect)),
        None => "NULL".to_owned(),
    };
    // A column of NULLs has no type on PostgreSQL.
    let texts = [Some(version), title, success].map(text).map(|text| match text.as_str() {
        "NULL" => format!("CAST(NULL AS {})", text_type(dialect)),
        _ => text,
    });
    let sql = format!("SELECT {} FROM {name}", texts.join(", "));
    let mut rows = Vec::new();
    for row in database.query(&sql).map_err(doing)? {
        let mut fields = row.into_iter();
        let mut next = || fields.next().flatten();
        let Some(version) = next() else {
            return Err(AdoptError::NoVersion { tool, table });
        };
        let title = next().filter(|title| !title.is_empty());
        let is_done = success.is_none()
            || next().is_some_and(|done| matches!(done.as_str(), "1" | "true" | "t"));
        rows.push(ForeignRow { version, title, is_dirty: !is_done });
    }
    rows.sort_by_key(|row| (row.version.parse::<i128>().ok(), row.version.clone()));
    Ok(Foreign { tool, table, rows })
}

/// What is there instead: the same name in another schema, the tables of others, and all else.
fn no_table(
    database: &mut dyn Database,
    tool: Tool,
    table: TableName,
) -> Result<AdoptError, Error> {
    let doing = |source| Error::Database { doing: "list the tables".to_owned(), source };
    let elsewhere = elsewhere(database, &table).map_err(doing)?;
    let rows = database.query(user_tables_sql(database.dialect())).map_err(doing)?;
    let tables: Vec<String> = rows.into_iter().flatten().flatten().collect();
    let is_there = |other: &Tool| *other != tool && tables.iter().any(|name| name == other.table());
    let other = Tool::ALL.into_iter().find(is_there);
    Ok(AdoptError::NoTable { tool, table, elsewhere, other, tables })
}

/// The tables of this name in other schemas.
fn elsewhere(
    database: &mut dyn Database,
    table: &TableName,
) -> Result<Vec<TableName>, DatabaseError> {
    let name = literal(database.dialect(), &table.name);
    let sql = match database.dialect() {
        Dialect::Sqlite => return Ok(Vec::new()),
        Dialect::Postgres => format!(
            "SELECT n.nspname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.relname = {name} AND c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\\_%' ORDER BY 1"
        ),
        Dialect::Mysql | Dialect::Mariadb => format!(
            "SELECT table_schema AS name FROM information_schema.tables WHERE table_name = {name} ORDER BY 1"
        ),
    };
    let rows = database.query(&sql)?;
    let schemas = rows.into_iter().flatten().flatten();
    Ok(schemas.map(|schema| TableName { schema: Some(schema), name: table.name.clone() }).collect())
}

/// The tool whose version table is among these.
pub(in crate::run) fn among(tables: &[String]) -> Option<Tool> {
    Tool::ALL.into_iter().find(|tool| tables.iter().any(|table| table == tool.table()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_goes_by_several_words() {
        let check = |word: &str, tool: Option<Tool>| assert_eq!(word.parse().ok(), tool, "{word}");
        check("alembic", Some(Tool::Alembic));
        check("diesel", Some(Tool::Diesel));
        check("diesel_migrations", Some(Tool::Diesel));
        check("sea-orm", Some(Tool::SeaOrm));
        check("seaorm", Some(Tool::SeaOrm));
        check("sea-orm-migration", None);
        check("sea-orm-migrations", Some(Tool::SeaOrm));
        check("refinery", Some(Tool::Refinery));
        check("SQLx", Some(Tool::Sqlx));
        check("flyway", None);
    }
}
