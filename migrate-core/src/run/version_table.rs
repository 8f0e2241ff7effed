//! The table with the current heads, in Alembic's shape, so that either tool reads the other's.

use std::collections::BTreeSet;

use migrate_model::{Dialect, catalog::TableName, revision::HeadDelta};

use super::{Error, Options, log, state::State};
use crate::backend::{Database, DatabaseError, quote, text_literal};

/// The table's name in SQL.
pub(super) fn sql_name(dialect: Dialect, table: &TableName) -> Result<String, DatabaseError> {
    let quoted = |name: &str| {
        quote(dialect, name).map_err(|error| DatabaseError::because(error.to_string()))
    };
    Ok(match &table.schema {
        Some(schema) => format!("{}.{}", quoted(schema)?, quoted(&table.name)?),
        None => quoted(&table.name)?,
    })
}

/// A text in SQL.
pub(super) fn literal(dialect: Dialect, text: &str) -> String {
    // What the log keeps is never worth failing for: a NUL in it is shown instead.
    text_literal(dialect, &text.replace('\0', "\u{2400}")).unwrap_or_else(|_| "''".to_owned())
}

/// Makes our two tables where they are missing.
pub(super) fn create(
    database: &mut dyn Database,
    options: &Options,
    state: &State,
) -> Result<(), Error> {
    let doing = |source| Error::Database {
        doing: format!("create the version table `{}`", options.version_table),
        source,
    };
    if state.has_version_table && state.has_log_table {
        return Ok(());
    }
    database.begin().map_err(doing)?;
    let created = (|| {
        if !state.has_version_table {
            let name = sql_name(database.dialect(), &options.version_table)?;
            let key =
                TableName { schema: None, name: format!("{}_pkc", options.version_table.name) };
            let key = sql_name(database.dialect(), &key)?;
            database.batch(&format!(
                "CREATE TABLE {name} (version_num VARCHAR(32) NOT NULL, CONSTRAINT {key} PRIMARY KEY (version_num))"
            ))?;
        }
        if !state.has_log_table {
            log::create(database, options)?;
        }
        database.commit()
    })();
    created.map_err(|source| {
        let _ = database.rollback();
        doing(source)
    })
}

/// Why the rows could not be moved.
pub(super) enum Unmoved {
    /// Someone else moved them.
    Overtaken(String),
    /// The database refused.
    Database(DatabaseError),
}

/// Moves the rows by one set difference, each by compare-and-set: a row that is not as it was read stops the step.
pub(super) fn move_heads(
    database: &mut dyn Database,
    options: &Options,
    heads: &HeadDelta,
) -> Result<(), Unmoved> {
    let dialect = database.dialect();
    let name = sql_name(dialect, &options.version_table).map_err(Unmoved::Database)?;
    for id in &heads.delete {
        let sql = format!("DELETE FROM {name} WHERE version_num = {}", literal(dialect, id));
        match database.affected(&sql).map_err(Unmoved::Database)? {
            1 => {}
            rows => {
                return Err(Unmoved::Overtaken(format!(
                    "{rows} rows hold `{id}`, where there was one"
                )));
            }
        }
    }
    for id in &heads.insert {
        let sql = format!("INSERT INTO {name} (version_num) VALUES ({})", literal(dialect, id));
        database.affected(&sql).map_err(|error| {
            if error.is_duplicate {
                Unmoved::Overtaken(format!("it holds `{id}` already"))
            } else {
                Unmoved::Database(error)
            }
        })?;
    }
    Ok(())
}

/// The rows.
pub(super) fn rows(
    database: &mut dyn Database,
    options: &Options,
) -> Result<BTreeSet<String>, DatabaseError> {
    let name = sql_name(database.dialect(), &options.version_table)?;
    let rows =
        database.query(&format!("SELECT CAST(version_num AS TEXT) FROM {name} ORDER BY 1"))?;
    Ok(rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect())
}
