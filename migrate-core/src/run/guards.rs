//! What a step must not leave behind: settings of the connection that it, or its own SQL, has changed.

use migrate_model::{Dialect, op::Code};

use super::{Prepared, version_table};
use crate::backend::{Database, DatabaseError};

/// Runs code, and then looks whether the transaction is still the one that it began in: `Err` when not.
///
/// A savepoint that the code can't have known is there again only if nothing ended the transaction.
pub(super) fn inside(
    database: &mut dyn Database,
    code: &Code,
) -> Result<Result<(), DatabaseError>, DatabaseError> {
    const POINT: &str = "__migrate_code";
    let set = database.batch(&format!("SAVEPOINT {POINT}"));
    if set.is_err() {
        return Ok(set);
    }
    let result = database.run(code);
    // Behind an error PostgreSQL takes nothing but a rollback.
    let back = if result.is_ok() { "RELEASE" } else { "ROLLBACK TO" };
    match database.batch(&format!("{back} SAVEPOINT {POINT}")) {
        Ok(()) => Ok(result),
        Err(_) => Err(DatabaseError::because(
            "the code ended the transaction that it ran in, which is the runner's to do",
        )),
    }
}

pub(super) type Faults = std::collections::BTreeMap<(String, String), usize>;

/// SQLite's foreign keys, off while tables are dropped and made anew, and as they were behind it.
///
/// The pragma is silently ignored inside a transaction, so it is set before, and read back.
pub(super) struct ForeignKeys {
    is_guarding: bool,
    were_on: bool,
}

impl ForeignKeys {
    pub(super) fn off(
        database: &mut dyn Database,
        needed: bool,
    ) -> Result<ForeignKeys, DatabaseError> {
        let mut guard = ForeignKeys {
            is_guarding: needed && database.dialect() == Dialect::Sqlite,
            were_on: false,
        };
        if guard.is_guarding {
            use crate::backend::sqlite::pragma;
            guard.were_on = pragma(database, "foreign_keys")? == "1";
            if guard.were_on {
                database.batch("PRAGMA foreign_keys = OFF")?;
            }
            if pragma(database, "foreign_keys")? != "0" {
                return Err(DatabaseError::because(
                    "foreign keys can't be switched off, as the connection is inside a transaction already",
                ));
            }
        }
        Ok(guard)
    }

    pub(super) fn faults(&self, database: &mut dyn Database) -> Result<Faults, DatabaseError> {
        if self.is_guarding {
            return crate::backend::sqlite::foreign_key_faults(database);
        }
        Ok(Faults::new())
    }

    /// An error when more rows refer to nothing than before.
    pub(super) fn no_worse(
        &self,
        database: &mut dyn Database,
        before: &Faults,
    ) -> Result<(), DatabaseError> {
        for ((table, parent), count) in self.faults(database)? {
            let former = before.get(&(table.clone(), parent.clone())).copied().unwrap_or(0);
            if count > former {
                let more = count - former;
                let rows = if more == 1 { "row" } else { "rows" };
                return Err(DatabaseError::because(format!(
                    "FOREIGN KEY constraint failed: {more} {rows} of `{table}` would refer to no row of `{parent}`"
                )));
            }
        }
        Ok(())
    }

    pub(super) fn restore(&self, database: &mut dyn Database) -> Result<(), DatabaseError> {
        if self.were_on { database.batch("PRAGMA foreign_keys = ON") } else { Ok(()) }
    }
}

/// PostgreSQL's search path, which SQL of a migration can change for all that comes behind it on the
/// connection: the next migration, and the application that it belongs to.
pub(super) struct SearchPath(Option<String>);

impl SearchPath {
    pub(super) fn before(database: &mut dyn Database, step: &Prepared) -> SearchPath {
        if database.dialect() != Dialect::Postgres || !step.can_change_settings() {
            return SearchPath(None);
        }
        let rows = database.query("SELECT current_setting('search_path')").unwrap_or_default();
        SearchPath(rows.into_iter().next().and_then(|row| row.into_iter().next()).flatten())
    }

    pub(super) fn restore(&self, database: &mut dyn Database) -> Result<(), DatabaseError> {
        let Some(path) = &self.0 else { return Ok(()) };
        let path = version_table::literal(Dialect::Postgres, path);
        database.query(&format!("SELECT set_config('search_path', {path}, false)")).map(drop)
    }
}
