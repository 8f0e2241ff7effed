//! The table with the current heads, in Alembic's shape, so that either tool reads the other's.

use std::collections::BTreeSet;

use migrate_model::{Dialect, catalog::TableName, revision::HeadDelta};

use super::{Error, Options, log, state::State};
use crate::backend::{Database, DatabaseError, ErrorKind, quote, text_literal, text_type};

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
    if state.has_version_table && state.has_log_table && state.has_note {
        return Ok(());
    }
    database.begin().map_err(doing)?;
    let created = (|| {
        if !state.has_version_table {
            let make = create_sql(database.dialect(), options, "CREATE TABLE")?;
            // A table that was renamed has kept the name of its key: then the database names this one.
            let (named, plain) = (key(database.dialect(), options)?, "PRIMARY KEY".to_owned());
            let is_taken = is_taken(database, options)?;
            database.batch(&if is_taken { make.replacen(&named, &plain, 1) } else { make })?;
        }
        create_or_widen_log(database, options, state)?;
        database.commit()
    })();
    created.or_else(|source| {
        let _ = database.rollback();
        // Another runner may have made them in the same moment: then they are there.
        let now = super::state::read(database, options)?;
        let is_done = now.has_version_table && now.has_log_table && now.has_note;
        if is_done { Ok(()) } else { Err(doing(source)) }
    })
}

/// Makes the log where it is missing, and gives one of an earlier format what it lacks.
pub(super) fn create_or_widen_log(
    database: &mut dyn Database,
    options: &Options,
    state: &State,
) -> Result<(), DatabaseError> {
    match (state.has_log_table, state.has_note) {
        (false, _) => log::create(database, options),
        (true, false) => log::widen(database, options),
        (true, true) => Ok(()),
    }
}

/// The statement that makes the version table, with these words at its start.
pub(super) fn create_sql(
    dialect: Dialect,
    options: &Options,
    words: &str,
) -> Result<String, DatabaseError> {
    let name = sql_name(dialect, &options.version_table)?;
    Ok(format!(
        "{words} {name} (version_num VARCHAR(32) NOT NULL, {} (version_num)){}",
        key(dialect, options)?,
        table_options(dialect)
    ))
}

/// The table's key, with the name that Alembic gives it.
fn key(dialect: Dialect, options: &Options) -> Result<String, DatabaseError> {
    let name = TableName { schema: None, name: format!("{}_pkc", options.version_table.name) };
    Ok(format!("CONSTRAINT {} PRIMARY KEY", sql_name(dialect, &name)?))
}

/// Whether something else has the name of the key, which is one of a schema on PostgreSQL.
fn is_taken(database: &mut dyn Database, options: &Options) -> Result<bool, DatabaseError> {
    if database.dialect() != Dialect::Postgres {
        return Ok(false);
    }
    let name = literal(Dialect::Postgres, &format!("{}_pkc", options.version_table.name));
    let schema = options.version_table.schema.as_ref();
    let schema =
        schema.map_or("current_schema()".to_owned(), |one| literal(Dialect::Postgres, one));
    let sql = format!(
        "SELECT '1' FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relname = {name} AND n.nspname = {schema}"
    );
    Ok(!database.query(&sql)?.is_empty())
}

/// What our tables need to have transactions, and to tell ids apart by every letter.
pub(super) fn table_options(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres | Dialect::Sqlite => "",
        Dialect::Mysql | Dialect::Mariadb => {
            " ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin"
        }
    }
}

/// Why the rows could not be moved.
pub(super) enum Unmoved {
    /// Someone else moved them.
    Overtaken(String),
    /// The database refused.
    Database(DatabaseError),
}

/// Keeps everybody else from moving the rows until the transaction ends, and looks whether they are as expected.
///
/// On PostgreSQL the table is locked against all but readers, on MySQL its rows are; on SQLite the transaction
/// itself keeps others out.
pub(super) fn hold(
    database: &mut dyn Database,
    options: &Options,
    expected: &BTreeSet<String>,
) -> Result<(), Unmoved> {
    let dialect = database.dialect();
    if dialect == Dialect::Postgres {
        let name = sql_name(dialect, &options.version_table).map_err(Unmoved::Database)?;
        let lock = format!("LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE");
        database.batch(&lock).map_err(Unmoved::Database)?;
    }
    if dialect.family() == Dialect::Mysql {
        let name = sql_name(dialect, &options.version_table).map_err(Unmoved::Database)?;
        let lock = format!("SELECT version_num FROM {name} FOR UPDATE");
        database.query(&lock).map_err(Unmoved::Database)?;
    }
    check(database, options, expected)
}

/// Moves the rows by one set difference, by compare-and-set: rows that are not as the plan expects them stop
/// the step.
pub(super) fn move_heads(
    database: &mut dyn Database,
    options: &Options,
    expected: &BTreeSet<String>,
    heads: &HeadDelta,
) -> Result<(), Unmoved> {
    let dialect = database.dialect();
    let name = sql_name(dialect, &options.version_table).map_err(Unmoved::Database)?;
    hold(database, options, expected)?;
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
            if error.kind == ErrorKind::Duplicate {
                Unmoved::Overtaken(format!("it holds `{id}` already"))
            } else {
                Unmoved::Database(error)
            }
        })?;
    }
    Ok(())
}

/// An error when the rows are others than expected.
pub(super) fn check(
    database: &mut dyn Database,
    options: &Options,
    expected: &BTreeSet<String>,
) -> Result<(), Unmoved> {
    let rows = rows(database, options).map_err(Unmoved::Database)?;
    if rows == *expected {
        return Ok(());
    }
    let words = |rows: &BTreeSet<String>| match rows.len() {
        0 => "nothing".to_owned(),
        _ => rows.iter().map(|row| format!("`{row}`")).collect::<Vec<_>>().join(", "),
    };
    Err(Unmoved::Overtaken(format!("it holds {}, no longer {}", words(&rows), words(expected))))
}

/// The rows.
pub(super) fn rows(
    database: &mut dyn Database,
    options: &Options,
) -> Result<BTreeSet<String>, DatabaseError> {
    Ok(raw_rows(database, options)?.into_iter().flatten().collect())
}

/// The rows one by one, as the table has them.
pub(super) fn raw_rows(
    database: &mut dyn Database,
    options: &Options,
) -> Result<Vec<Option<String>>, DatabaseError> {
    let dialect = database.dialect();
    let (name, text) = (sql_name(dialect, &options.version_table)?, text_type(dialect));
    let rows =
        database.query(&format!("SELECT CAST(version_num AS {text}) FROM {name} ORDER BY 1"))?;
    Ok(rows.into_iter().filter_map(|row| row.into_iter().next()).collect())
}
