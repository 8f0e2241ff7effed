//! What a database says when it refuses, and what a runner can make of it.

use std::{error::Error, fmt};

use diesel::result::DatabaseErrorKind as Kind;

/// What a database, or a migration's code, said when it refused.
#[derive(Debug)]
pub struct DatabaseError {
    /// What it said.
    pub message: String,
    /// More of it. It can hold values of rows, so it is shown, but not kept.
    pub detail: Option<String>,
    /// What it advises.
    pub advice: Option<String>,
    /// What sort of refusal it is.
    pub kind: ErrorKind,
}

/// What a runner can make of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Another row has its key.
    Duplicate,
    /// Somebody else held a lock for longer than it was waited for.
    Locked,
    /// Two waited for each other, or changed the same; the transaction can be run again.
    Conflict,
    /// It took longer than it was given.
    TooLong,
    /// Somebody stopped it.
    Cancelled,
    /// The connection is gone, and with it the answer.
    Lost,
    /// It can't be done inside of a transaction.
    NeedsNoTransaction,
    /// Anything else.
    Other,
}

impl DatabaseError {
    /// An error in our own words.
    pub fn because(message: impl Into<String>) -> DatabaseError {
        let message = message.into();
        let kind = kind_of(&message);
        DatabaseError { message, detail: None, advice: None, kind }
    }

    /// What it said, without the values of rows that some servers put in.
    pub(crate) fn kept(&self) -> String {
        /// What stands before a value, and what behind it.
        const AROUND: &[(&str, &str)] = &[
            ("Duplicate entry '", "' for key"),
            (" value: '", "' for column"),
            (" value: '", "'"),
            ("invalid input syntax for type ", "\""),
            ("invalid input value for enum ", "\""),
            ("field value out of range: \"", "\""),
            ("value \"", "\" is out of range"),
        ];
        let found = AROUND.iter().find_map(|(before, behind)| {
            let start = self.message.find(before)? + before.len();
            let end = start + self.message[start..].rfind(behind)?;
            // These two name the type first.
            let named =
                if before.ends_with(' ') { self.message[start..end].find(": \"")? + 3 } else { 0 };
            Some((start + named, end))
        });
        match found {
            Some((start, end)) => {
                format!("{}…{}", &self.message[..start], &self.message[end..])
            }
            None => self.message.clone(),
        }
    }

    /// The same error with what it was about in front.
    #[must_use]
    pub fn within(mut self, what: impl fmt::Display) -> DatabaseError {
        self.message = format!("{what}: {}", self.message);
        self
    }
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message.trim_end())?;
        self.detail.as_ref().map_or(Ok(()), |detail| write!(f, " ({})", detail.trim_end()))
    }
}

impl Error for DatabaseError {}

impl From<diesel::result::Error> for DatabaseError {
    fn from(error: diesel::result::Error) -> DatabaseError {
        if let diesel::result::Error::DatabaseError(kind, information) = &error {
            return DatabaseError {
                message: information.message().to_owned(),
                detail: information.details().map(str::to_owned),
                advice: information.hint().map(str::to_owned),
                kind: if matches!(kind, Kind::UniqueViolation) {
                    ErrorKind::Duplicate
                } else if matches!(kind, Kind::SerializationFailure) {
                    ErrorKind::Conflict
                } else if matches!(kind, Kind::ClosedConnection) {
                    ErrorKind::Lost
                } else {
                    kind_of(information.message())
                },
            };
        }
        DatabaseError::because(error.to_string())
    }
}

/// Diesel hands on no SQLSTATE, so it is told by the words: those of PostgreSQL, MySQL, MariaDB and SQLite.
fn kind_of(message: &str) -> ErrorKind {
    const WORDS: &[(&str, ErrorKind)] = &[
        ("canceling statement due to lock timeout", ErrorKind::Locked),
        ("could not obtain lock", ErrorKind::Locked),
        ("lock wait timeout exceeded", ErrorKind::Locked),
        ("database is locked", ErrorKind::Locked),
        ("database table is locked", ErrorKind::Locked),
        ("deadlock", ErrorKind::Conflict),
        ("could not serialize access", ErrorKind::Conflict),
        ("record has changed since last read", ErrorKind::Conflict),
        ("table definition has changed, please retry", ErrorKind::Conflict),
        ("canceling statement due to statement timeout", ErrorKind::TooLong),
        ("max_statement_time exceeded", ErrorKind::TooLong),
        ("maximum statement execution time exceeded", ErrorKind::TooLong),
        ("canceling statement due to user request", ErrorKind::Cancelled),
        ("query execution was interrupted", ErrorKind::Cancelled),
        ("interrupted", ErrorKind::Cancelled),
        ("server closed the connection", ErrorKind::Lost),
        ("terminating connection", ErrorKind::Lost),
        ("no connection to the server", ErrorKind::Lost),
        ("connection to server was lost", ErrorKind::Lost),
        ("ssl connection has been closed", ErrorKind::Lost),
        ("could not receive data from server", ErrorKind::Lost),
        ("could not send data to server", ErrorKind::Lost),
        ("connection not open", ErrorKind::Lost),
        ("server has gone away", ErrorKind::Lost),
        ("lost connection to", ErrorKind::Lost),
        ("connection was killed", ErrorKind::Lost),
        ("server shutdown in progress", ErrorKind::Lost),
        ("inside a transaction block", ErrorKind::NeedsNoTransaction),
        ("within a transaction", ErrorKind::NeedsNoTransaction),
        ("invalid transaction termination", ErrorKind::NeedsNoTransaction),
    ];
    let message = message.to_lowercase();
    let found = WORDS.iter().find(|(words, _)| message.contains(words));
    found.map_or(ErrorKind::Other, |(_, kind)| *kind)
}

impl From<Box<dyn Error + Send + Sync>> for DatabaseError {
    fn from(error: Box<dyn Error + Send + Sync>) -> DatabaseError {
        match error.downcast::<diesel::result::Error>() {
            Ok(error) => (*error).into(),
            Err(error) => DatabaseError::because(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_has_no_values() {
        let check = |message: &str, expected: &str| {
            assert_eq!(DatabaseError::because(message).kept(), expected);
        };
        check(
            "Duplicate entry 'a' for key 'b' for key 'users_key'",
            "Duplicate entry '…' for key 'users_key'",
        );
        check(
            "Incorrect integer value: 'ann' for column `t`.`u`.`id` at row 1",
            "Incorrect integer value: '…' for column `t`.`u`.`id` at row 1",
        );
        check("Truncated incorrect DOUBLE value: 'ann'", "Truncated incorrect DOUBLE value: '…'");
        check(
            "invalid input syntax for type integer: \"a \"b\"\"",
            "invalid input syntax for type integer: \"…\"",
        );
        check(
            "invalid input value for enum \"my mood\": \"ann\"",
            "invalid input value for enum \"my mood\": \"…\"",
        );
        check(
            "value \"99999\" is out of range for type smallint",
            "value \"…\" is out of range for type smallint",
        );
        check(
            "date/time field value out of range: \"0000-00-00\"",
            "date/time field value out of range: \"…\"",
        );
        check("invalid input syntax for type json", "invalid input syntax for type json");
        check("relation \"orders\" does not exist", "relation \"orders\" does not exist");
        check("UNIQUE constraint failed: users.id", "UNIQUE constraint failed: users.id");
    }

    #[test]
    fn what_a_runner_makes_of_it() {
        let check = |message: &str, expected: ErrorKind| {
            assert_eq!(DatabaseError::because(message).kind, expected, "{message}");
        };
        check("canceling statement due to lock timeout", ErrorKind::Locked);
        check("Lock wait timeout exceeded; try restarting transaction", ErrorKind::Locked);
        check("database is locked", ErrorKind::Locked);
        check("deadlock detected", ErrorKind::Conflict);
        check(
            "Deadlock found when trying to get lock; try restarting transaction",
            ErrorKind::Conflict,
        );
        check("canceling statement due to statement timeout", ErrorKind::TooLong);
        check("Query execution was interrupted (max_statement_time exceeded)", ErrorKind::TooLong);
        check("canceling statement due to user request", ErrorKind::Cancelled);
        check("Query execution was interrupted", ErrorKind::Cancelled);
        check("server closed the connection unexpectedly", ErrorKind::Lost);
        check("terminating connection due to administrator command", ErrorKind::Lost);
        check("MySQL server has gone away", ErrorKind::Lost);
        check("Lost connection to server during query", ErrorKind::Lost);
        check(
            "CREATE INDEX CONCURRENTLY cannot run inside a transaction block",
            ErrorKind::NeedsNoTransaction,
        );
        check("cannot VACUUM from within a transaction", ErrorKind::NeedsNoTransaction);
        check("relation \"orders\" already exists", ErrorKind::Other);
    }
}
