//! One runner at a time: the lock that a run holds from before its first table to behind its last step.
//!
//! It is polled and never waited for inside of the database: on PostgreSQL a session that waits for a lock is one
//! that CREATE INDEX CONCURRENTLY waits for, and the two never end; on MariaDB a wait without an end is no lock at all.
//! It belongs to the connection that also runs the migrations, so a runner that dies lets go of it when the server has
//! ended what it was doing.
//!
//! ```text
//! PostgreSQL       pg_try_advisory_lock(1835627378, hashtext('schema.version_table')); inside of somebody's transaction
//!                  pg_try_advisory_xact_lock, since what was done is there for others only once that has ended
//! MySQL, MariaDB   GET_LOCK('migrate:…', 1), … = 32 hex digits of SHA-256 of database, NUL, version table
//! SQLite           none: BEGIN IMMEDIATE lets one in, and the version rows tell the next one that it came late
//! ```
//!
//! (A server that has no lock of its own for all of its nodes would get a row in a table here.)

use std::time::{Duration, Instant};

use migrate_model::Dialect;
use sha2::{Digest, Sha256};

use super::{Error, Options, pause, version_table::literal};
use crate::backend::{Database, DatabaseError};

/// The first of PostgreSQL's two keys, this tool's own.
pub(super) const KEY: i32 = 1_835_627_378;

/// The second one, as SQL: two programs that keep different version tables in one database are not in each other's way.
pub(super) fn second_key(options: &Options) -> String {
    let table = &options.version_table;
    let schema = table.schema.as_ref().map_or_else(
        || "coalesce(pg_catalog.current_schema()::text, '')".to_owned(),
        |schema| literal(Dialect::Postgres, schema),
    );
    let name = literal(Dialect::Postgres, &format!(".{}", table.name));
    format!("pg_catalog.hashtext({schema} || {name})")
}

/// The lock that keeps other runners away.
pub(super) enum Lock {
    Postgres { second: String, of_transaction: bool },
    Mysql { name: String },
}

/// What came of one try.
enum Try {
    Taken,
    Held,
    /// The connection that holds it is not the one that is asked next: a pooler stands between.
    Adrift,
}

impl Lock {
    /// The one of this database's version table, where there is such a thing; inside of a transaction that is somebody
    /// else's, one that ends with that.
    pub(super) fn of(
        database: &mut dyn Database,
        options: &Options,
        of_transaction: bool,
    ) -> Result<Option<Lock>, DatabaseError> {
        Ok(match database.dialect() {
            Dialect::Sqlite => None,
            Dialect::Postgres => {
                let sql = format!("SELECT {}::text", second_key(options));
                let second = first(database.query(&sql)?)
                    .ok_or_else(|| DatabaseError::because("the server computed no key"))?;
                Some(Lock::Postgres { second, of_transaction })
            }
            Dialect::Mysql | Dialect::Mariadb => {
                let name = first(database.query("SELECT DATABASE()")?).ok_or_else(|| {
                    DatabaseError::because(
                        "the connection is to a server, but to no database of it",
                    )
                })?;
                // Such locks are the whole server's.
                let digest = Sha256::digest(format!("{name}\0{}", options.version_table));
                let hex: String =
                    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
                Some(Lock::Mysql { name: format!("migrate:{hex}") })
            }
        })
    }

    fn attempt(&self, database: &mut dyn Database) -> Result<Try, DatabaseError> {
        match self {
            Lock::Postgres { second, of_transaction } => {
                let function = match of_transaction {
                    true => "pg_try_advisory_xact_lock",
                    false => "pg_try_advisory_lock",
                };
                let taken = format!("SELECT pg_catalog.{function}({KEY}, {second})::text");
                if first(database.query(&taken)?).as_deref() != Some("true") {
                    return Ok(Try::Held);
                }
                let held = format!(
                    "SELECT count(*)::text FROM pg_catalog.pg_locks l WHERE {} AND l.pid = pg_catalog.pg_backend_pid()",
                    postgres_condition(second)
                );
                let is_held = first(database.query(&held)?).as_deref() == Some("1");
                Ok(if is_held { Try::Taken } else { Try::Adrift })
            }
            Lock::Mysql { name } => {
                let sql = format!("SELECT CAST(GET_LOCK('{name}', 1) AS CHAR)");
                match first(database.query(&sql)?).as_deref() {
                    Some("1") => Ok(Try::Taken),
                    Some(_) => Ok(Try::Held),
                    None => Err(DatabaseError::because("the server gave no answer to GET_LOCK")),
                }
            }
        }
    }

    /// Takes it, or waits for whoever has it; `tell` hears who that is, `stop` says whether to give up.
    ///
    /// Whether it is held: not so behind a pooler, where nothing of a session lasts.
    pub(super) fn take(
        &self,
        database: &mut dyn Database,
        wait: Duration,
        mut tell: impl FnMut(&str),
        stop: impl Fn() -> bool,
    ) -> Result<bool, Error> {
        let doing =
            |source| Error::Database { doing: "keep other runners away".to_owned(), source };
        let (began, mut told) = (Instant::now(), false);
        let mut sleep = Duration::from_millis(50);
        loop {
            match self.attempt(database).map_err(doing)? {
                Try::Taken => return Ok(true),
                Try::Adrift => {
                    self.release(database);
                    return Ok(false);
                }
                Try::Held => {}
            }
            let is_over = began.elapsed() >= wait;
            if is_over || !told {
                let holder = self.holder(database);
                if is_over {
                    return Err(Error::Busy { holder, waited: wait });
                }
                tell(&holder);
                told = true;
            }
            let left = wait.saturating_sub(began.elapsed());
            if pause::sleep(pause::jittered(sleep).min(left), &stop) {
                return Err(Error::Interrupted { step: None });
            }
            sleep = (sleep * 2).min(Duration::from_secs(2));
        }
    }

    /// Who has it, in words.
    fn holder(&self, database: &mut dyn Database) -> String {
        let sql = match self {
            Lock::Postgres { second, .. } => format!(
                "SELECT 'process ' || l.pid || coalesce(' (' || nullif(concat_ws(', ', nullif(a.application_name, ''), \
                 'user ' || a.usename, 'from ' || host(a.client_addr), \
                 'connected since ' || to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC'), '') || ')', '') \
                 FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid WHERE {}",
                postgres_condition(second)
            ),
            Lock::Mysql { name } => format!(
                "SELECT CAST(concat('connection ', p.id, ' (user ', p.user, ' from ', p.host, ', ', \
                 p.command, ' for ', p.time, ' s)') AS CHAR) \
                 FROM information_schema.processlist p WHERE p.id = IS_USED_LOCK('{name}')"
            ),
        };
        let found = database.query(&sql).ok().and_then(first);
        let found = found.or_else(|| match self {
            Lock::Postgres { .. } => None,
            Lock::Mysql { name } => {
                let sql = format!("SELECT CAST(IS_USED_LOCK('{name}') AS CHAR)");
                let id = database.query(&sql).ok().and_then(first)?;
                Some(format!("connection {id}"))
            }
        });
        found.unwrap_or_else(|| "a connection that is not to be seen".to_owned())
    }

    /// A condition that holds as long as this connection has it (PostgreSQL).
    pub(super) fn is_held_sql(&self) -> Option<String> {
        let Lock::Postgres { second, .. } = self else { return None };
        Some(format!(
            "(SELECT count(*) FROM pg_catalog.pg_locks l WHERE {} AND l.pid = pg_catalog.pg_backend_pid()) = 1",
            postgres_condition(second)
        ))
    }

    /// Whether this connection still has it.
    pub(super) fn is_held(&self, database: &mut dyn Database) -> Result<bool, DatabaseError> {
        let sql = match self {
            Lock::Postgres { second, .. } => format!(
                "SELECT count(*)::text FROM pg_catalog.pg_locks l WHERE {} AND l.pid = pg_catalog.pg_backend_pid()",
                postgres_condition(second)
            ),
            Lock::Mysql { name } => format!(
                "SELECT CAST(coalesce(IS_USED_LOCK('{name}') = CONNECTION_ID(), 0) AS CHAR)"
            ),
        };
        Ok(first(database.query(&sql)?).as_deref() == Some("1"))
    }

    /// Lets others in; whether it was held.
    pub(super) fn release(&self, database: &mut dyn Database) -> bool {
        let sql = match self {
            // Nobody can, before the transaction ends.
            Lock::Postgres { of_transaction: true, .. } => return true,
            Lock::Postgres { second, .. } => {
                format!("SELECT pg_catalog.pg_advisory_unlock({KEY}, {second})::text")
            }
            Lock::Mysql { name } => format!("SELECT CAST(RELEASE_LOCK('{name}') AS CHAR)"),
        };
        let said = database.query(&sql).ok().and_then(first);
        matches!(said.as_deref(), Some("true" | "1"))
    }
}

fn postgres_condition(second: &str) -> String {
    format!(
        "l.locktype = 'advisory' AND l.granted AND l.objsubid = 2 AND l.classid::bigint = {KEY} \
         AND l.objid::bigint = ({second}::bigint & 4294967295) \
         AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())"
    )
}

/// The first field of the first row.
pub(super) fn first(rows: Vec<Vec<Option<String>>>) -> Option<String> {
    rows.into_iter().next().and_then(|row| row.into_iter().next()).flatten()
}
