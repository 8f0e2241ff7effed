//! `--wait`: a server that is not there yet is tried again, for a bounded time.
//!
//! What waits is the first connection of a command. Tried again is what passes by itself: nobody listens, the name is not
//! known yet, the server is starting, stopping or full. A wrong password, a database or a user that does not exist stays
//! wrong, and is said at once.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::connect::Connected;
use crate::failure::Failure;
use crate::report::{Level, Record, milliseconds};
use crate::ui::{Ui, duration};
use crate::url::DatabaseUrl;

/// The first pause; each is twice the one before it.
const FIRST: Duration = Duration::from_millis(250);

/// The longest pause.
const LONGEST: Duration = Duration::from_secs(4);

/// What libpq says while a server is not there, or not ready. Drivers hand on no code for it.
const POSTGRES: [&str; 17] = [
    "Connection refused",
    "could not connect",
    // At a socket; a certificate that is not there will not come.
    "failed: No such file or directory",
    "could not translate host name",
    "timeout expired",
    "timed out",
    "Network is unreachable",
    "No route to host",
    "Connection reset by peer",
    "server closed the connection unexpectedly",
    // SQLSTATE 57P03, cannot_connect_now, and 57P01.
    "the database system is starting up",
    "the database system is shutting down",
    "the database system is in recovery mode",
    "the database system is not",
    "terminating connection due to administrator command",
    // 53300, too_many_connections.
    "too many clients already",
    "remaining connection slots are reserved",
];

/// What MySQL's client libraries say then: errors 2002, 2003, 2005, 2006, 2013, 1040 and 1053.
const MYSQL: [&str; 7] = [
    "Can't connect",
    "Unknown server host",
    "Unknown MySQL server host",
    "gone away",
    "Lost connection",
    "Too many connections",
    "shutdown in progress",
];

/// Whether a failure may pass by itself.
fn passes(url: &DatabaseUrl, failure: &Failure) -> bool {
    let signs: &[&str] = match url {
        DatabaseUrl::Postgres(_) => &POSTGRES,
        DatabaseUrl::Mysql(_) => &MYSQL,
        // A file that is locked is waited for by SQLite itself.
        DatabaseUrl::Sqlite(_) => &[],
    };
    failure.causes.iter().any(|cause| is_sign(signs, cause))
}

fn is_sign(signs: &[&str], cause: &str) -> bool {
    signs.iter().any(|sign| cause.contains(sign))
}

/// Opens the database as soon as it can be opened, within `limit`.
pub(super) fn open(
    ui: &mut Ui,
    url: &DatabaseUrl,
    limit: Duration,
    folder: &Path,
    mut open: impl FnMut(&DatabaseUrl) -> Result<Connected, Failure>,
) -> Result<Connected, Failure> {
    let began = Instant::now();
    let mut pause = FIRST;
    let mut said = String::new();
    loop {
        // A server that answers nothing at all must not use up more than is left.
        let left = limit.saturating_sub(began.elapsed());
        let failure = match open(&url.within(left)) {
            Ok(connected) => {
                if !said.is_empty() {
                    let elapsed = began.elapsed();
                    let message = format!("The database answers after {}", duration(elapsed));
                    let record = Record::new(Level::Info, "connected", message);
                    ui.tell(record.with("elapsed_ms", milliseconds(elapsed)));
                }
                return Ok(connected);
            }
            Err(failure) => failure,
        };
        if !passes(url, &failure) {
            return Err(failure);
        }
        let left = limit.saturating_sub(began.elapsed());
        if left.is_zero() {
            return Err(failure.because(format!("waited {}", duration(began.elapsed()))));
        }
        let why = failure.causes.last().cloned().unwrap_or_default();
        if said != why {
            let shown = url.shown(folder);
            let message = format!("Waiting for {shown}, up to {}: {why}", duration(left));
            let record = Record::new(Level::Warn, "waiting", message);
            let record = record.with("database", shown).with("reason", why.as_str());
            ui.tell(record.with("left_ms", milliseconds(left)));
            said = why;
        }
        thread::sleep(pause.min(left));
        pause = (pause * 2).min(LONGEST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_by_itself_is_waited_for() {
        let check = |signs: &[&str], cause: &str, expected: bool| {
            assert_eq!(is_sign(signs, cause), expected, "{cause}");
        };
        let refused = "connection to server at \"127.0.0.1\", port 5432 failed: Connection refused; Is the server running on that host and accepting TCP/IP connections?";
        check(&POSTGRES, refused, true);
        check(&POSTGRES, "FATAL:  the database system is starting up", true);
        check(&POSTGRES, "FATAL:  the database system is not yet accepting connections", true);
        check(
            &POSTGRES,
            "could not translate host name \"db\" to address: Temporary failure in name resolution",
            true,
        );
        check(&POSTGRES, "FATAL:  sorry, too many clients already", true);
        check(&POSTGRES, "FATAL:  password authentication failed for user \"ann\"", false);
        check(&POSTGRES, "FATAL:  database \"shop\" does not exist", false);
        check(&POSTGRES, "FATAL:  role \"ann\" does not exist", false);
        check(&POSTGRES, "FATAL:  no pg_hba.conf entry for host \"10.0.0.1\"", false);
        check(
            &POSTGRES,
            "connection to server on socket \"/run/.s.PGSQL.5432\" failed: No such file or directory",
            true,
        );
        check(&POSTGRES, "could not open certificate file \"a\": No such file or directory", false);
        check(&MYSQL, "Can't connect to MySQL server on '127.0.0.1:3306' (111)", true);
        check(&MYSQL, "Unknown server host 'db' (-2)", true);
        check(&MYSQL, "Too many connections", true);
        check(&MYSQL, "Access denied for user 'ann'@'%' (using password: YES)", false);
        check(&MYSQL, "Unknown database 'shop'", false);
    }
}
