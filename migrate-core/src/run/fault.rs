//! Places where a test makes a run go wrong. Without the feature `failpoints` there are none.
//!
//! `MIGRATE_FAILPOINT=op.2.1.sent=kill` names a place and what happens there, once in the life of the process:
//!
//! ```text
//! kill    the process dies, as by SIGKILL
//! panic   the code panics
//! cut     the server ends the connection, and the place fails as the connection does
//! error   the place fails
//! ```
//!
//! The places of a run, in their order; steps and the statements of a step are counted from 1:
//!
//! ```text
//! lock.before          lock.after
//! tables.created       resume.read
//! step.N.begin
//! op.N.K.intended      the statement is written down as begun (outside of transactions)
//! op.N.K.sent          it was executed, and the answer is lost
//! op.N.K.done          it is written down as done (outside of transactions)
//! step.N.before_commit
//! step.N.committed     the commit was executed, and the answer is lost
//! unlock.before        unlock.after
//! ```

use crate::backend::{Database, DatabaseError};

/// A place of this name, which is only put together where it is looked at.
#[cfg(feature = "failpoints")]
pub(super) fn point(
    database: &mut dyn Database,
    name: std::fmt::Arguments<'_>,
) -> Result<(), DatabaseError> {
    active::point(database, &name.to_string())
}

/// Nothing.
#[cfg(not(feature = "failpoints"))]
#[expect(clippy::unnecessary_wraps, reason = "with the feature it can fail")]
pub(super) fn point(
    _database: &mut dyn Database,
    _name: std::fmt::Arguments<'_>,
) -> Result<(), DatabaseError> {
    Ok(())
}

#[cfg(feature = "failpoints")]
mod active {
    use std::sync::atomic::{AtomicBool, Ordering};

    use migrate_model::Dialect;
    use once_cell::sync::Lazy;

    use crate::backend::{Database, DatabaseError};

    #[expect(clippy::disallowed_methods, reason = "a test reaches into a process from outside")]
    static WANTED: Lazy<Option<(String, String)>> = Lazy::new(|| {
        let setting = std::env::var("MIGRATE_FAILPOINT").ok()?;
        let (place, action) = setting.split_once('=')?;
        Some((place.to_owned(), action.to_owned()))
    });
    static IS_SPENT: AtomicBool = AtomicBool::new(false);

    pub(super) fn point(database: &mut dyn Database, name: &str) -> Result<(), DatabaseError> {
        let Some((place, action)) = &*WANTED else { return Ok(()) };
        if place == "list" {
            use std::io::Write;
            let _ = writeln!(std::io::stderr(), "failpoint {name}");
            return Ok(());
        }
        if place != name || IS_SPENT.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        match action.as_str() {
            "kill" => {
                let id = std::process::id().to_string();
                let _ = std::process::Command::new("kill").args(["-9", &id]).status();
                std::process::abort()
            }
            "panic" => panic!("failpoint {name}"),
            "cut" => Err(cut(database, name)),
            _ => Err(DatabaseError::because(format!("failpoint {name}"))),
        }
    }

    /// The server ends the connection; what it says about that.
    fn cut(database: &mut dyn Database, name: &str) -> DatabaseError {
        let end = match database.dialect() {
            Dialect::Postgres => {
                "SELECT pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid())::text"
            }
            Dialect::Mysql | Dialect::Mariadb => "KILL CONNECTION_ID()",
            Dialect::Sqlite => return DatabaseError::because(format!("failpoint {name}")),
        };
        let ended = database.batch(end).and_then(|()| database.query("SELECT 'still here'"));
        ended.err().unwrap_or_else(|| DatabaseError::because(format!("failpoint {name}")))
    }
}
