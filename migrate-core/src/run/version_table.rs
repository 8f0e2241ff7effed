//! The table with the current heads, in Alembic's shape, so that either tool reads the other's.

use std::collections::BTreeSet;

use migrate_model::{
    Dialect,
    catalog::TableName,
    revision::{HeadDelta, RevisionId},
};

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
    let shown = match text.contains('\0') {
        true => text_literal(dialect, &text.replace('\0', "\u{2400}")),
        false => text_literal(dialect, text),
    };
    shown.unwrap_or_else(|_| "''".to_owned())
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

impl From<DatabaseError> for Unmoved {
    fn from(error: DatabaseError) -> Unmoved {
        Unmoved::Database(error)
    }
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
        let name = sql_name(dialect, &options.version_table)?;
        database.batch(&lock_sql(&name))?;
        let check = check_sql(&name, expected);
        return database.batch(&check).map_err(|error| unmoved(error, expected));
    }
    if dialect.family() == Dialect::Mysql {
        let name = sql_name(dialect, &options.version_table)?;
        database.query(&format!("SELECT version_num FROM {name} FOR UPDATE"))?;
    }
    check(database, options, expected)
}

/// [`hold`] in one message to PostgreSQL, behind the beginning of a transaction; [`unmoved`] reads what the server says of them.
pub(super) fn hold_sql(
    options: &Options,
    expected: &BTreeSet<String>,
) -> Result<String, DatabaseError> {
    let name = sql_name(Dialect::Postgres, &options.version_table)?;
    Ok(format!("{}; {}", lock_sql(&name), check_sql(&name, expected)))
}

fn lock_sql(name: &str) -> String {
    format!("LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE")
}

/// [`check`] as a statement of PostgreSQL.
fn check_sql(name: &str, expected: &BTreeSet<String>) -> String {
    let wanted = literal(Dialect::Postgres, &words(expected));
    let is_so = format!("count(*) = {} AND {ROWS} = {wanted}", expected.len());
    format!("{} FROM {name}", demand(&is_so, &format!("'{HOLDS}' || {ROWS}")))
}

/// What [`words`] makes of the rows, in SQL of PostgreSQL.
const ROWS: &str = "coalesce(string_agg('`' || CAST(version_num AS TEXT) || '`', ', ' ORDER BY CAST(version_num AS TEXT) COLLATE \"C\"), 'nothing')";

/// A query of PostgreSQL that fails where the condition does not hold, and then has these words in its error.
///
/// Nothing but a cast fails in plain SQL with a text of one's own; the servers say `invalid input syntax for type integer: "…"`.
pub(super) fn demand(condition: &str, words: &str) -> String {
    format!("SELECT CAST(CASE WHEN {condition} THEN '0' ELSE {words} END AS INTEGER)")
}

/// What [`check_sql`] says, in front of the rows.
const HOLDS: &str = "migrate: the version table holds ";

const NOTHING: &str = "nothing";

/// What an error means that [`hold_sql`] or [`check_sql`] may have caused.
pub(super) fn unmoved(error: DatabaseError, expected: &BTreeSet<String>) -> Unmoved {
    let held = error.message.split_once(HOLDS).map(|(_, behind)| behind);
    match held.and_then(|behind| behind.rsplit_once('"')) {
        Some((rows, _)) => Unmoved::Overtaken(others(rows, expected)),
        None => Unmoved::Database(error),
    }
}

/// Moves the rows by one set difference, by compare-and-set: rows that are not as the plan expects them stop
/// the step. The statements behind that, if any, each change rows of ours, too.
///
/// `is_held` is whether they were [held](hold), and nothing since then can have ended the transaction.
pub(super) fn move_heads(
    database: &mut dyn Database,
    options: &Options,
    expected: &BTreeSet<String>,
    heads: &HeadDelta,
    and: Vec<String>,
    is_held: bool,
) -> Result<(), Unmoved> {
    let dialect = database.dialect();
    let name = sql_name(dialect, &options.version_table)?;
    let moves = moves_sql(dialect, &name, heads);
    if !is_held {
        // By itself: only then PostgreSQL refuses it where there is no transaction any more.
        hold(database, options, expected)?;
    }
    if dialect == Dialect::Postgres {
        let moved = demand(
            "(SELECT count(*) FROM moved) = 1",
            &format!("'{HOLDS}' || (SELECT {ROWS} FROM {name})"),
        );
        let moves =
            moves.iter().map(|(_, sql)| format!("WITH moved AS ({sql} RETURNING 1) {moved}"));
        let statements: Vec<String> = moves.chain(and).collect();
        if statements.is_empty() {
            return Ok(());
        }
        return database.batch(&statements.join("; ")).map_err(|error| unmoved(error, expected));
    }
    for (id, sql) in moves {
        let moved = database.affected(&sql).map_err(|error| {
            if error.kind == ErrorKind::Duplicate {
                Unmoved::Overtaken("it holds already what it was to hold next".to_owned())
            } else {
                Unmoved::Database(error)
            }
        });
        match moved? {
            1 => {}
            rows => {
                return Err(Unmoved::Overtaken(format!(
                    "{rows} rows hold `{id}`, where there was one"
                )));
            }
        }
    }
    and.iter().try_for_each(|sql| database.affected(sql).map(drop)).map_err(Unmoved::Database)
}

/// The statements that move the rows, each with the id that it is about and changing one row.
fn moves_sql(dialect: Dialect, name: &str, heads: &HeadDelta) -> Vec<(RevisionId, String)> {
    let text = |id: &RevisionId| literal(dialect, id);
    let (left, came): (Vec<_>, Vec<_>) =
        (heads.delete.iter().collect(), heads.insert.iter().collect());
    // One for another, as along a line of revisions, is one statement instead of two.
    let both = left.len().min(came.len());
    let updates = left.iter().zip(&came).map(|(old, new)| {
        let sql = format!(
            "UPDATE {name} SET version_num = {} WHERE version_num = {}",
            text(new),
            text(old)
        );
        ((*old).clone(), sql)
    });
    let deletes = left[both..]
        .iter()
        .map(|id| ((*id).clone(), format!("DELETE FROM {name} WHERE version_num = {}", text(id))));
    let inserts = came[both..].iter().map(|id| {
        ((*id).clone(), format!("INSERT INTO {name} (version_num) VALUES ({})", text(id)))
    });
    updates.chain(deletes).chain(inserts).collect()
}

/// An error when the rows are others than expected.
pub(super) fn check(
    database: &mut dyn Database,
    options: &Options,
    expected: &BTreeSet<String>,
) -> Result<(), Unmoved> {
    let rows = rows(database, options)?;
    match rows == *expected {
        true => Ok(()),
        false => Err(Unmoved::Overtaken(others(&words(&rows), expected))),
    }
}

fn others(rows: &str, expected: &BTreeSet<String>) -> String {
    format!("it holds {rows}, no longer {}", words(expected))
}

fn words(rows: &BTreeSet<String>) -> String {
    match rows.len() {
        0 => NOTHING.to_owned(),
        _ => rows.iter().map(|row| format!("`{row}`")).collect::<Vec<_>>().join(", "),
    }
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
