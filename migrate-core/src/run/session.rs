//! A connection as a run needs it: with a known dialect, and with settings that do not depend on the server, on
//! PostgreSQL where it reads text in the former way; they are put back behind the last step.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use migrate_model::{Dialect, op::Code};

use super::{
    Error, Options, Timeouts, fault,
    lock::{Lock, first},
    version_table::{self, Unmoved, demand, literal},
};
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

/// Opens a connection like the one that a run was given.
pub type Connect<'a> = dyn FnMut() -> Result<Box<dyn Database>, DatabaseError> + 'a;

/// The connection that was given, or the one that took its place.
enum Connection<'d> {
    Given(&'d mut dyn Database),
    Own(Box<dyn Database>),
}

/// A connection in a run.
pub(super) struct Session<'d> {
    connection: Connection<'d>,
    dialect: Dialect,
    /// What puts the settings back as they were.
    restore: Vec<String>,
    /// What keeps other runners away.
    lock: Option<Lock>,
    /// What the server calls the connection.
    backend: Option<String>,
    /// Whether the lock was found to be held, and nothing can have let it go since but the end of the connection.
    is_surely_held: bool,
    /// How long statements wait for a lock by now, in milliseconds, where that is the connection's to know.
    waits: Option<u128>,
    /// Whether two statements can reach two connections of the server.
    pub(super) is_pooled: bool,
    connect: Option<&'d mut Connect<'d>>,
    stop: Stop<'d>,
}

/// What is set when a run is to stop: by its own owner, or by the connection's.
#[derive(Clone, Default)]
struct Stop<'d>(Option<&'d AtomicBool>, Option<Arc<AtomicBool>>);

impl Stop<'_> {
    fn is_set(&self) -> bool {
        let is_set = |stop: &AtomicBool| stop.load(Ordering::Relaxed);
        self.0.is_some_and(is_set) || self.1.as_deref().is_some_and(is_set)
    }
}

impl<'d> Session<'d> {
    pub(super) fn begin(given: &'d mut dyn Database) -> Result<Session<'d>, Error> {
        let doing =
            |source| Error::Database { doing: "ask the database what it is".to_owned(), source };
        let dialect = given.detect().map_err(doing)?;
        let stop = Stop(None, given.stop());
        let mut session = Session {
            connection: Connection::Given(given),
            dialect,
            restore: Vec::new(),
            lock: None,
            backend: None,
            is_surely_held: false,
            waits: None,
            is_pooled: false,
            connect: None,
            stop,
        };
        session.set().map_err(setting_up)?;
        Ok(session)
    }

    /// The same, with what helps where something goes wrong.
    pub(super) fn helped(
        mut self,
        connect: Option<&'d mut Connect<'d>>,
        stop: Option<&'d AtomicBool>,
    ) -> Session<'d> {
        (self.connect, self.stop.0) = (connect, stop);
        self
    }

    /// What the server calls the connection, once the lock is taken.
    pub(super) fn backend(&self) -> Option<String> {
        self.backend.clone()
    }

    /// Whether this connection keeps other runners away for as long as it lives.
    pub(super) fn is_alone(&self) -> bool {
        self.lock.is_some()
    }

    /// Whether somebody wants the run to stop.
    pub(super) fn is_to_stop(&self) -> bool {
        self.stop.is_set()
    }

    fn inner(&mut self) -> &mut dyn Database {
        match &mut self.connection {
            Connection::Given(database) => *database,
            Connection::Own(database) => database.as_mut(),
        }
    }

    fn shared(&self) -> &dyn Database {
        match &self.connection {
            Connection::Given(database) => *database,
            Connection::Own(database) => database.as_ref(),
        }
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
        let rows = self.query("SELECT current_setting('standard_conforming_strings')")?;
        if first(rows).as_deref() == Some("off") {
            self.batch("SET standard_conforming_strings = on")?;
            self.restore.push("SET standard_conforming_strings = off".to_owned());
        }
        Ok(())
    }

    fn set_mysql(&mut self) -> Result<(), DatabaseError> {
        const NAMES: [&str; 13] = [
            "sql_mode",
            "time_zone",
            "character_set_client",
            "character_set_results",
            "collation_connection",
            "lc_messages",
            "foreign_key_checks",
            "unique_checks",
            "lock_wait_timeout",
            "innodb_lock_wait_timeout",
            "sql_select_limit",
            "sql_safe_updates",
            "completion_type",
        ];
        let columns = NAMES.map(|name| format!("CAST(@@SESSION.{name} AS CHAR)"));
        let rows = self.query(&format!("SELECT {}", columns.join(", ")))?;
        let values = rows.into_iter().next().unwrap_or_default();
        settle(self)?;
        // Behind the settings: there a literal is what it says.
        let settings = NAMES.iter().zip(values).map(|(name, value)| {
            let numbers = ["_checks", "_timeout", "_limit", "_updates"];
            let is_number = numbers.iter().any(|end| name.ends_with(end));
            let value = match value {
                Some(value) if is_number => value,
                Some(value) => literal(self.dialect, &value),
                None => "NULL".to_owned(),
            };
            format!("SESSION {name} = {value}")
        });
        self.restore.push(format!("SET {}", settings.collect::<Vec<_>>().join(", ")));
        // All rows are read and changed, and a COMMIT is no beginning. What the server refuses is told by its words.
        self.batch(
            "SET SESSION lc_messages = 'en_US', SESSION sql_select_limit = DEFAULT, SESSION sql_safe_updates = 0, \
             SESSION completion_type = 'NO_CHAIN'",
        )?;
        if self.dialect == Dialect::Mariadb {
            if let Ok(rows) = self.query("SELECT CAST(@@SESSION.max_statement_time AS CHAR)") {
                let before = first(rows).unwrap_or_else(|| "0".to_owned());
                self.restore.push(format!("SET SESSION max_statement_time = {before}"));
            }
            // Without it, older servers give the first TIMESTAMP of a table a default of their own. Some do not let
            // it be changed; those have it as it should be, or the column says so itself.
            let name = "explicit_defaults_for_timestamp";
            let before = self.query(&format!("SELECT CAST(@@SESSION.{name} AS CHAR)"));
            if before.is_ok_and(|rows| first(rows).as_deref() == Some("0"))
                && self.batch(&format!("SET SESSION {name} = 1")).is_ok()
            {
                self.restore.push(format!("SET SESSION {name} = 0"));
            }
        }
        Ok(())
    }

    /// Waits until no other runner is at this database's version table; `tell` hears whom it waits for.
    pub(super) fn lock(
        &mut self,
        options: &Options,
        tell: &mut dyn FnMut(String),
    ) -> Result<(), Error> {
        if self.lock.is_some() {
            // It counts how often it was taken, and is let go once.
            return Ok(());
        }
        let doing =
            |source| Error::Database { doing: "keep other runners away".to_owned(), source };
        fault::point(self, format_args!("lock.before")).map_err(doing)?;
        if self.dialect == Dialect::Postgres {
            self.look_for_pooler().map_err(doing)?;
        }
        let of_transaction = self.inner().is_in_transaction();
        if !self.is_pooled
            && let Some(lock) = Lock::of(self, options, of_transaction).map_err(doing)?
        {
            let stop = self.stop.clone();
            let is_to_stop = || stop.is_set();
            let tell = |holder: &str| {
                tell(format!("another runner is at work: {holder}; waiting until it is done"));
            };
            match lock.take(self, options.lock_wait, tell, is_to_stop)? {
                true => self.lock = Some(lock),
                false => self.is_pooled = true,
            }
        }
        if !self.is_pooled && self.dialect == Dialect::Postgres {
            self.be_known();
        }
        if self.dialect.family() == Dialect::Mysql {
            self.backend =
                first(self.query("SELECT CAST(CONNECTION_ID() AS CHAR)").map_err(doing)?);
        }
        fault::point(self, format_args!("lock.after")).map_err(doing)
    }

    /// A pooler that gives each transaction another connection of the server: what a session keeps, a lock too, is then
    /// nobody's. A second connection that is inside of a transaction brings it to light.
    fn look_for_pooler(&mut self) -> Result<(), DatabaseError> {
        const ID: &str = "SELECT pg_catalog.pg_backend_pid()::text";
        let before = first(self.query(ID)?);
        if let Some(mut other) = self.connect.as_mut().and_then(|connect| connect().ok()) {
            for _ in 0..PROBES {
                other.begin()?;
                let beside = first(other.query(ID)?);
                let after = first(self.query(ID)?);
                other.rollback()?;
                self.is_pooled = after != before || beside == before;
                if self.is_pooled {
                    break;
                }
            }
        }
        self.is_pooled |= first(self.query(ID)?) != before;
        self.backend = before;
        Ok(())
    }

    /// What others see of this connection, and what the server does when it is gone (PostgreSQL 14 and later ends its
    /// statement; earlier ones finish it first). Nothing depends on either.
    fn be_known(&mut self) {
        let settings = [
            ("application_name", "migrate", "current_setting('application_name') = ''"),
            (
                "client_connection_check_interval",
                "2000",
                "EXISTS (SELECT 1 FROM pg_catalog.pg_settings WHERE name = 'client_connection_check_interval' AND setting = '0')",
            ),
        ];
        for (name, value, condition) in settings {
            let sql = format!("SELECT set_config('{name}', '{value}', false) WHERE {condition}");
            if self.query(&sql).is_ok_and(|rows| !rows.is_empty()) {
                self.restore.push(format!("RESET {name}"));
            }
        }
    }

    /// Whether the lock is still this connection's: it is not where a pooler has come between, or the server has ended
    /// the connection and a driver has made another.
    pub(super) fn check_lock(&mut self) -> Result<(), DatabaseError> {
        let Some(lock) = self.lock.take() else { return Ok(()) };
        let is_held = lock.is_held(self);
        self.lock = Some(lock);
        if is_held? { Ok(()) } else { Err(DatabaseError::because(NOT_HELD)) }
    }

    /// Begins a transaction whose statements wait no longer than they should, in which nobody else can move the version rows,
    /// and finds out whether somebody was there before.
    pub(super) fn begin_step(
        &mut self,
        options: &Options,
        expected: &BTreeSet<String>,
        timeouts: &Timeouts,
        attempt: u32,
        has_code: bool,
    ) -> Result<(), Unmoved> {
        if self.dialect != Dialect::Postgres {
            self.check_lock().map_err(Unmoved::Database)?;
            self.begin_limited(timeouts, attempt, has_code).map_err(Unmoved::Database)?;
            return version_table::hold(self, options, expected);
        }
        let is_held = match (&self.lock, &self.backend) {
            (Some(_), Some(backend)) if self.is_surely_held => {
                Some(format!("pg_catalog.pg_backend_pid() = {backend}"))
            }
            (Some(lock), _) => lock.is_held_sql(),
            (None, _) => None,
        };
        let is_held = is_held.map(|condition| demand(&condition, &literal(self.dialect, NOT_HELD)));
        let mut statements = vec![limits_of_transaction(timeouts, attempt, has_code)];
        statements.extend(is_held);
        statements.push(version_table::hold_sql(options, expected).map_err(Unmoved::Database)?);
        self.begin_with(&statements.join("; ")).map_err(|error| {
            if error.message.contains(NOT_HELD) {
                return Unmoved::Database(DatabaseError::because(NOT_HELD));
            }
            version_table::unmoved(error, expected)
        })?;
        self.is_surely_held = true;
        Ok(())
    }

    /// SQL and code of somebody's own could let go of all locks of the connection.
    pub(super) fn doubt_lock(&mut self) {
        self.is_surely_held = false;
    }

    /// Begins a transaction whose statements wait no longer than they should.
    pub(super) fn begin_limited(
        &mut self,
        timeouts: &Timeouts,
        attempt: u32,
        has_code: bool,
    ) -> Result<(), DatabaseError> {
        if self.dialect == Dialect::Postgres {
            return self.begin_with(&limits_of_transaction(timeouts, attempt, has_code));
        }
        // SQLite waits at its very beginning, and the setting is one of the connection.
        self.limit(timeouts, attempt)?;
        self.begin()
    }

    /// Opens the connection anew, and waits until nobody else is at the database: neither the one that was lost, of
    /// which the server may not know yet. Whether there is a way to.
    pub(super) fn reconnect(&mut self, options: &Options) -> Result<bool, Error> {
        let Some(connect) = self.connect.as_mut() else { return Ok(false) };
        let doing = |source| Error::Database { doing: "connect again".to_owned(), source };
        let mut again = connect();
        for _ in 0..RECONNECTS {
            if again.is_ok() || self.is_to_stop() {
                break;
            }
            // A server that is started again takes a moment.
            std::thread::sleep(std::time::Duration::from_millis(200));
            let Some(connect) = self.connect.as_mut() else { break };
            again = connect();
        }
        self.connection = Connection::Own(again.map_err(doing)?);
        self.lock = None;
        self.restore.clear();
        self.is_surely_held = false;
        self.waits = None;
        self.set().map_err(setting_up)?;
        self.lock(options, &mut |_| {})?;
        Ok(true)
    }

    /// Says how long the statements of an attempt may wait and take, until it is said anew or the run ends.
    pub(super) fn limit(&mut self, timeouts: &Timeouts, attempt: u32) -> Result<(), DatabaseError> {
        let lock = timeouts.lock_of(attempt).as_millis();
        let seconds = lock.div_ceil(1000).max(1);
        let statement = statement_limit(timeouts);
        if statement.is_none() {
            if self.waits == Some(lock) {
                return Ok(());
            }
            self.waits = Some(lock);
        }
        match self.dialect {
            Dialect::Postgres => Ok(()),
            Dialect::Mysql | Dialect::Mariadb => {
                self.batch(&format!(
                    "SET SESSION lock_wait_timeout = {seconds}, SESSION innodb_lock_wait_timeout = {seconds}"
                ))?;
                match statement {
                    Some(statement) if self.dialect == Dialect::Mariadb => self.batch(&format!(
                        "SET SESSION max_statement_time = {}.{:03}",
                        statement / 1000,
                        statement % 1000
                    )),
                    Some(_) | None => Ok(()),
                }
            }
            Dialect::Sqlite => {
                if self.restore.is_empty() {
                    let before =
                        first(self.query("SELECT CAST(timeout AS TEXT) FROM pragma_busy_timeout")?);
                    let before = before.unwrap_or_else(|| "0".to_owned());
                    self.restore.push(format!("PRAGMA busy_timeout = {before}"));
                }
                self.batch(&format!("PRAGMA busy_timeout = {lock}"))
            }
        }
    }

    /// Puts the settings back, and lets other runners in; the words of what could not be.
    pub(super) fn end(mut self) -> Vec<String> {
        self.put_back()
    }

    fn put_back(&mut self) -> Vec<String> {
        let mut words = Vec::new();
        if let Some(lock) = self.lock.take() {
            let _ = fault::point(self, format_args!("unlock.before"));
            // It ends with the connection at the latest.
            if !lock.release(self) {
                words.push(
                    "the lock that keeps other runners away was no longer held at the end of the run".to_owned(),
                );
            }
            let _ = fault::point(self, format_args!("unlock.after"));
        }
        for sql in std::mem::take(&mut self.restore) {
            if let Err(error) = self.batch(&sql) {
                words
                    .push(format!("the settings of the connection could not be put back: {error}"));
            }
        }
        words
    }
}

/// Where something panicked, an observer perhaps, the connection can be one that goes back to a pool and lives on.
impl Drop for Session<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() && (self.lock.is_some() || !self.restore.is_empty()) {
            let _ = self.rollback();
            let _ = self.put_back();
        }
    }
}

const NOT_HELD: &str =
    "the lock that keeps other runners away is no longer held by this connection";

/// How long a statement may take, in milliseconds.
fn statement_limit(timeouts: &Timeouts) -> Option<u128> {
    timeouts.statement.map(|time| time.as_millis().max(1))
}

/// How long the statements of an attempt may wait and take for as long as the transaction lasts (PostgreSQL).
fn limits_of_transaction(timeouts: &Timeouts, attempt: u32, has_code: bool) -> String {
    let lock = timeouts.lock_of(attempt).as_millis();
    // Rows that a policy would hide are an error, and not passed over.
    let mut sql = format!("SET LOCAL lock_timeout = {lock}; SET LOCAL row_security = off");
    if let Some(statement) = statement_limit(timeouts) {
        sql.push_str(&format!("; SET LOCAL statement_timeout = {statement}"));
    }
    // A runner that is halted must not keep tables shut; code may take its time between two statements.
    if !has_code {
        sql.push_str("; SET LOCAL idle_in_transaction_session_timeout = 60000");
    }
    sql
}

/// How often a pooler is looked for: in the moment of one look, somebody else may have the server's connection that tells.
const PROBES: usize = 3;

/// How often a connection is tried again that was lost, with a fifth of a second between.
const RECONNECTS: usize = 50;

fn setting_up(source: DatabaseError) -> Error {
    Error::Database { doing: "set the connection up".to_owned(), source }
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
        self.inner().batch(sql)
    }

    fn affected(&mut self, sql: &str) -> Result<usize, DatabaseError> {
        self.inner().affected(sql)
    }

    fn query(&mut self, sql: &str) -> Result<Vec<Vec<Option<String>>>, DatabaseError> {
        self.inner().query(sql)
    }

    fn begin(&mut self) -> Result<(), DatabaseError> {
        self.inner().begin()
    }

    fn begin_with(&mut self, statements: &str) -> Result<(), DatabaseError> {
        self.inner().begin_with(statements)
    }

    fn begin_reading(&mut self) -> Result<(), DatabaseError> {
        self.inner().begin_reading()
    }

    fn commit(&mut self) -> Result<(), DatabaseError> {
        self.inner().commit()
    }

    fn rollback(&mut self) -> Result<(), DatabaseError> {
        self.inner().rollback()
    }

    fn run(&mut self, code: &Code) -> Result<(), DatabaseError> {
        self.inner().run(code)
    }

    fn kind(&self) -> &'static str {
        self.shared().kind()
    }

    fn can_run(&self, code: &Code) -> bool {
        self.shared().can_run(code)
    }
}
