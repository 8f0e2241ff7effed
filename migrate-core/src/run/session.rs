//! A connection as a run needs it: with a known dialect, and with settings that do not depend on the server, on
//! PostgreSQL where it reads text in the former way; they are put back behind the last step.

use migrate_model::{Dialect, op::Code};
use sha2::{Digest, Sha256};

use super::{Error, Options, version_table::literal};
use crate::backend::{Database, DatabaseError};

/// What a migration's SQL meets on MySQL and MariaDB, whatever the server's own settings are.
///
/// Text is read as the standard has it: a backslash is a backslash, `"…"` is a name, `||` puts texts together.
/// What doesn't fit is an error and never cut off, a 0 in a counting column stays 0, and a point in time is in UTC.
pub(crate) const SQL_MODE: &str = "ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT,STRICT_ALL_TABLES,NO_ZERO_IN_DATE,\
                                   NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,NO_AUTO_VALUE_ON_ZERO";

/// The settings, in the words of a script.
pub(crate) fn settings(dialect: Dialect) -> Vec<String> {
    let shared = || {
        vec![
            "SET NAMES utf8mb4".to_owned(),
            format!(
                "SET SESSION sql_mode = '{SQL_MODE}', SESSION time_zone = '+00:00', SESSION foreign_key_checks = 1, \
                 SESSION unique_checks = 1"
            ),
        ]
    };
    match dialect {
        Dialect::Postgres | Dialect::Sqlite => Vec::new(),
        Dialect::Mysql | Dialect::Mariadb => shared(),
    }
}

/// A connection in a run.
pub(super) struct Session<'d> {
    inner: &'d mut dyn Database,
    dialect: Dialect,
    /// What puts the settings back as they were.
    restore: Option<String>,
    /// The name of the lock that keeps other runners away.
    lock: Option<String>,
}

impl<'d> Session<'d> {
    pub(super) fn begin(inner: &'d mut dyn Database) -> Result<Session<'d>, Error> {
        let doing =
            |source| Error::Database { doing: "ask the database what it is".to_owned(), source };
        let dialect = inner.detect().map_err(doing)?;
        let mut session = Session { inner, dialect, restore: None, lock: None };
        session.set().map_err(|source| Error::Database {
            doing: "set the connection up".to_owned(),
            source,
        })?;
        Ok(session)
    }

    fn set(&mut self) -> Result<(), DatabaseError> {
        match self.dialect {
            Dialect::Sqlite => Ok(()),
            Dialect::Postgres => self.set_postgres(),
            Dialect::Mysql | Dialect::Mariadb => self.set_mysql(),
        }
    }

    /// A backslash in the text of somebody's expression is a backslash.
    fn set_postgres(&mut self) -> Result<(), DatabaseError> {
        let rows = self.inner.query("SELECT current_setting('standard_conforming_strings')")?;
        if first(rows).as_deref() == Some("off") {
            self.inner.batch("SET standard_conforming_strings = on")?;
            self.restore = Some("SET standard_conforming_strings = off".to_owned());
        }
        Ok(())
    }

    fn set_mysql(&mut self) -> Result<(), DatabaseError> {
        const NAMES: [&str; 6] = [
            "sql_mode",
            "time_zone",
            "character_set_client",
            "character_set_results",
            "collation_connection",
            "foreign_key_checks",
        ];
        let columns = NAMES.map(|name| format!("CAST(@@SESSION.{name} AS CHAR)"));
        let rows = self.inner.query(&format!("SELECT {}", columns.join(", ")))?;
        let values = rows.into_iter().next().unwrap_or_default();
        settle(self)?;
        // Behind the settings: there a literal is what it says.
        let settings = NAMES.iter().zip(values).map(|(name, value)| {
            let value = value.map_or("NULL".to_owned(), |value| literal(self.dialect, &value));
            let value = if *name == "foreign_key_checks" { value.replace('\'', "") } else { value };
            format!("SESSION {name} = {value}")
        });
        self.restore = Some(format!("SET {}", settings.collect::<Vec<_>>().join(", ")));
        if self.dialect == Dialect::Mariadb {
            // Without it, older servers give the first TIMESTAMP of a table a default of their own. Some do not let
            // it be changed; those have it as it should be, or the column says so itself.
            let _ = self.inner.batch("SET SESSION explicit_defaults_for_timestamp = 1");
        }
        Ok(())
    }

    /// Waits until no other runner is at this database's version table (MySQL and MariaDB, whose statements no
    /// transaction holds together).
    ///
    /// It is polled: a lock that is waited for without an end is none on MariaDB, which then answers NULL.
    ///
    /// Whether there is such a lock at all.
    pub(super) fn lock(&mut self, options: &Options) -> Result<bool, Error> {
        if self.dialect.family() != Dialect::Mysql {
            return Ok(false);
        }
        let doing =
            |source| Error::Database { doing: "keep other runners away".to_owned(), source };
        let rows = self.inner.query("SELECT DATABASE()").map_err(doing)?;
        let database = first(rows).ok_or_else(|| {
            doing(DatabaseError::because("the connection is to a server, but to no database of it"))
        })?;
        // Such locks are the whole server's.
        let digest = Sha256::digest(format!("{database}\0{}", options.version_table));
        let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let name = format!("migrate:{hex}");
        for _ in 0..POLLS {
            let sql = format!("SELECT CAST(GET_LOCK('{name}', 1) AS CHAR)");
            match first(self.inner.query(&sql).map_err(doing)?).as_deref() {
                Some("1") => {
                    self.lock = Some(name);
                    return Ok(true);
                }
                Some(_) => {}
                None => {
                    return Err(doing(DatabaseError::because(
                        "the server gave no answer to GET_LOCK",
                    )));
                }
            }
        }
        let holder = self.inner.query(&format!("SELECT CAST(IS_USED_LOCK('{name}') AS CHAR)"));
        let holder = holder.ok().and_then(first);
        let holder = holder.map(|id| format!(", connection {id}")).unwrap_or_default();
        let mut error = DatabaseError::because(format!("another runner is at work{holder}"));
        error.advice = Some("nothing was changed; try again when it is done".to_owned());
        Err(doing(error))
    }

    /// Puts the settings back, and lets other runners in; the words of what could not be.
    pub(super) fn end(mut self) -> Option<String> {
        if let Some(name) = self.lock.take() {
            // It ends with the connection at the latest.
            let _ = self.inner.query(&format!("SELECT CAST(RELEASE_LOCK('{name}') AS CHAR)"));
        }
        let restore = self.restore.take()?;
        let error = self.inner.batch(&restore).err()?;
        Some(format!("the settings of the connection could not be put back: {error}"))
    }
}

/// Seconds to wait for another runner.
const POLLS: usize = 300;

fn first(rows: Vec<Vec<Option<String>>>) -> Option<String> {
    rows.into_iter().next().and_then(|row| row.into_iter().next()).flatten()
}

/// Sets what a migration may have changed.
pub(super) fn settle(database: &mut dyn Database) -> Result<(), DatabaseError> {
    settings(database.dialect()).iter().try_for_each(|sql| database.batch(sql))
}

impl Database for Session<'_> {
    fn dialect(&self) -> Dialect {
        self.dialect
    }

    fn detect(&mut self) -> Result<Dialect, DatabaseError> {
        Ok(self.dialect)
    }

    fn batch(&mut self, sql: &str) -> Result<(), DatabaseError> {
        self.inner.batch(sql)
    }

    fn affected(&mut self, sql: &str) -> Result<usize, DatabaseError> {
        self.inner.affected(sql)
    }

    fn query(&mut self, sql: &str) -> Result<Vec<Vec<Option<String>>>, DatabaseError> {
        self.inner.query(sql)
    }

    fn begin(&mut self) -> Result<(), DatabaseError> {
        self.inner.begin()
    }

    fn begin_reading(&mut self) -> Result<(), DatabaseError> {
        self.inner.begin_reading()
    }

    fn commit(&mut self) -> Result<(), DatabaseError> {
        self.inner.commit()
    }

    fn rollback(&mut self) -> Result<(), DatabaseError> {
        self.inner.rollback()
    }

    fn run(&mut self, code: &Code) -> Result<(), DatabaseError> {
        self.inner.run(code)
    }
}
