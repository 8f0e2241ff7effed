//! Where the database is: one way to read every way that people write it.
//!
//! SQLAlchemy's spellings are read as SQLAlchemy reads them, so that a team's
//! `.env` keeps working: `postgresql+asyncpg://`, `sqlite:///relative`, `?ssl=require`.
//! What comes out is for the driver (`postgres`) or for the file system (`sqlite`),
//! and a text to show, which holds no password.

mod mysql;
mod postgres;
mod sqlite;

use std::path::PathBuf;

use migrate_model::Dialect;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::secret::Secret;
pub(crate) use sqlite::SqlitePlace;

/// A database, as it was named by a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DatabaseUrl {
    /// A server.
    Postgres(ServerUrl),
    /// A server of MySQL or MariaDB.
    Mysql(ServerUrl),
    /// A file, or memory.
    Sqlite(SqliteUrl),
}

/// How to reach a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServerUrl {
    /// What the driver is given.
    pub(crate) connection: Secret,
    /// What people are shown.
    pub(crate) shown: String,
    /// What must not be seen in what the driver says.
    pub(crate) secrets: Vec<Secret>,
}

/// The pieces of a server's URL, as they are meant.
pub(crate) struct Parts {
    /// Who connects.
    pub(crate) user: Option<String>,
    /// With which password.
    pub(crate) password: Option<Secret>,
    /// The host with its port; on PostgreSQL there may be several, by commas.
    pub(crate) hosts: String,
    /// The parameters, by the names that the driver knows.
    pub(crate) parameters: Vec<(String, Secret)>,
}

impl ServerUrl {
    /// Takes it apart again, for programs that are not given a URL.
    pub(crate) fn parts(&self) -> Parts {
        let text = self.connection.expose();
        let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
        let (before, query) = rest.split_once('?').unwrap_or((rest, ""));
        // All of it is encoded, so the first of each sign is the one that is meant.
        let server = before.split('/').next().unwrap_or_default();
        let (user, hosts) = match server.split_once('@') {
            Some((user, hosts)) => (Some(user), hosts),
            None => (None, server),
        };
        let (user, password) = match user.map(|user| user.split_once(':').unwrap_or((user, ""))) {
            Some((user, password)) => (Some(decoded(user)), decoded(password)),
            None => (None, String::new()),
        };
        Parts {
            user: user.filter(|user| !user.is_empty()),
            password: Some(password).filter(|password| !password.is_empty()).map(Secret::new),
            hosts: hosts.to_owned(),
            parameters: parameters(query).map(|(name, value)| (name, Secret::new(value))).collect(),
        }
    }
}

/// Which SQLite database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SqliteUrl {
    /// Where it is.
    pub(crate) place: SqlitePlace,
    /// Whether the URL itself says that nothing is to be written.
    pub(crate) is_read_only: bool,
}

/// Why a text names no database.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UrlError {
    /// There is no text.
    #[error("the database URL is empty")]
    Empty,
    /// Quotes that belong to a file or a shell.
    #[error("the database URL stands in quotes of its own")]
    Quoted,
    /// No `scheme:` before anything else.
    #[error("the database URL has no scheme")]
    NoScheme,
    /// A scheme that nobody here knows.
    #[error("there is no backend for URLs that begin with `{0}:`")]
    UnknownScheme(String),
    /// A character that ends a text in C.
    #[error("the database URL has a NUL character")]
    Nul,
    /// A value that a parameter can't have.
    #[error("the parameter `{name}` of the database URL can't be `{value}`")]
    Parameter {
        /// The parameter.
        name: String,
        /// What it was given.
        value: String,
    },
    /// A parameter that says nothing to SQLite.
    #[error("SQLite has no parameter `{0}` in a database URL")]
    UnknownParameter(String),
    /// An `@` where no password ends: what is before it could be one.
    #[error("the database URL has an `@` that ends no user and password")]
    StrayAt,
    /// A user and password for a file.
    #[error("a SQLite database has no user and no password")]
    SqliteUser,
    /// A user or a password where the driver looks for none, and connects without.
    #[error("the database URL has the parameter `{0}`, which MySQL's driver does not heed")]
    MysqlUser(String),
    /// A server that puts nobody into a database of its own choice.
    #[error("the database URL names no database")]
    NoDatabase,
    /// A port that is none.
    #[error("the port in the database URL is not a number from 1 to 65535")]
    Port,
}

impl UrlError {
    /// What to do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        let hint = match self {
            UrlError::Empty | UrlError::NoScheme | UrlError::UnknownScheme(_) => {
                "write postgres://user@host/database, mysql://user@host/database, or sqlite:///file.db"
            }
            UrlError::Quoted => "take the quotes away",
            UrlError::Nul => return None,
            UrlError::Parameter { name, .. } if name == "ssl" => {
                "write ?sslmode= with disable, allow, prefer, require, verify-ca or verify-full"
            }
            UrlError::Parameter { name, .. } if name == "ssl_mode" => {
                "write ?ssl_mode= with disabled, preferred, required, verify_ca or verify_identity"
            }
            UrlError::Parameter { name, .. } if name == "mode" => "write ?mode=ro, rw or rwc",
            UrlError::Parameter { .. } => return None,
            UrlError::UnknownParameter(_) => {
                "only `mode` matters here: ?mode=ro opens the file without writing to it"
            }
            UrlError::SqliteUser => "write sqlite:///file.db; an encrypted file can't be opened",
            UrlError::MysqlUser(_) => {
                "write mysql://user:password@host/database; in a password, `:` `/` and `@` are \
                 written %3A %2F and %40"
            }
            UrlError::NoDatabase => "write mysql://user@host/database",
            UrlError::Port | UrlError::StrayAt => {
                "write postgres://user@host:5432/database; in a name or password, \
                 `:` `/` and `@` are written %3A %2F and %40"
            }
        };
        Some(hint.to_owned())
    }
}

/// What a URL's database speaks, by its scheme alone.
pub(crate) fn dialect(text: &str) -> Option<Dialect> {
    let text = text.trim();
    let Some((scheme, _)) = split_scheme(text).filter(|_| text != ":memory:") else {
        return (text == ":memory:" || is_bare_file(text)).then_some(Dialect::Sqlite);
    };
    let scheme = scheme.to_ascii_lowercase();
    match scheme.split('+').next().unwrap_or_default() {
        "postgres" | "postgresql" | "cockroachdb" => Some(Dialect::Postgres),
        "sqlite" | "sqlite3" | "file" => Some(Dialect::Sqlite),
        "mysql" => Some(Dialect::Mysql),
        "mariadb" => Some(Dialect::Mariadb),
        _ => None,
    }
}

impl DatabaseUrl {
    /// Reads `text`; a relative path starts in `folder`.
    pub(crate) fn parse(text: &str, folder: &std::path::Path) -> Result<Self, UrlError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(UrlError::Empty);
        }
        if text.contains('\0') {
            return Err(UrlError::Nul);
        }
        let is_in =
            |quote: char| text.strip_prefix(quote).is_some_and(|rest| rest.ends_with(quote));
        if is_in('"') || is_in('\'') {
            return Err(UrlError::Quoted);
        }
        if text == ":memory:" {
            return Ok(Self::Sqlite(SqliteUrl { place: SqlitePlace::Memory, is_read_only: false }));
        }
        let Some((scheme, rest)) = split_scheme(text) else {
            return match is_bare_file(text) {
                true => Ok(Self::Sqlite(SqliteUrl {
                    place: SqlitePlace::file(text, folder),
                    is_read_only: false,
                })),
                false => Err(UrlError::NoScheme),
            };
        };
        // The driver, as in `postgresql+asyncpg`, is Python's concern.
        let lower = scheme.to_ascii_lowercase();
        let backend = lower.split('+').next().unwrap_or("");
        match backend {
            "postgres" | "postgresql" | "cockroachdb" => {
                postgres::parse(rest.strip_prefix("//").unwrap_or(rest)).map(Self::Postgres)
            }
            "sqlite" | "sqlite3" => sqlite::parse(rest, folder).map(Self::Sqlite),
            "file" => sqlite::parse_file_uri(rest, folder).map(Self::Sqlite),
            "mysql" | "mariadb" => {
                mysql::parse(backend, rest.strip_prefix("//").unwrap_or(rest)).map(Self::Mysql)
            }
            _ => Err(UrlError::UnknownScheme(scheme.to_owned())),
        }
    }

    /// What must not be seen in what the driver says.
    pub(crate) fn secrets(&self) -> &[Secret] {
        match self {
            DatabaseUrl::Postgres(url) | DatabaseUrl::Mysql(url) => &url.secrets,
            DatabaseUrl::Sqlite(_) => &[],
        }
    }

    /// The URL as people are shown it: without a password, with a path seen from `folder`.
    pub(crate) fn shown(&self, folder: &std::path::Path) -> String {
        match self {
            DatabaseUrl::Postgres(url) | DatabaseUrl::Mysql(url) => url.shown.clone(),
            DatabaseUrl::Sqlite(url) => url.shown(folder),
        }
    }

    /// The same, with an end to each try at a connection, where the client library can be told of one.
    pub(crate) fn within(&self, time: std::time::Duration) -> Self {
        match self {
            DatabaseUrl::Postgres(url) if !url.connection.expose().contains("connect_timeout=") => {
                // libpq takes one second for two.
                let seconds = time.as_secs().max(2);
                let connection = format!("{}&connect_timeout={seconds}", url.connection.expose());
                let connection = Secret::new(connection);
                Self::Postgres(ServerUrl { connection, ..url.clone() })
            }
            DatabaseUrl::Postgres(_) | DatabaseUrl::Mysql(_) | DatabaseUrl::Sqlite(_) => {
                self.clone()
            }
        }
    }

    /// Whether it is a file that is not there yet.
    pub(crate) fn is_missing(&self) -> bool {
        match self {
            DatabaseUrl::Sqlite(SqliteUrl { place: SqlitePlace::File(path), .. }) => !path.exists(),
            DatabaseUrl::Sqlite(_) | DatabaseUrl::Postgres(_) | DatabaseUrl::Mysql(_) => false,
        }
    }

    /// Another database of the same server.
    pub(crate) fn of_database(&self, name: &str) -> Option<Self> {
        let of = |url: &ServerUrl| {
            // All before the path is encoded, so the first slash is the path's.
            let (scheme, rest) = url.connection.expose().split_once("://")?;
            let (before, parameters) = match rest.split_once('?') {
                Some((before, parameters)) => (before, format!("?{parameters}")),
                None => (rest, String::new()),
            };
            let server = before.split('/').next()?;
            let connection = format!("{scheme}://{server}/{}{parameters}", encoded(name));
            let connection = Secret::new(connection);
            Some(ServerUrl { connection, shown: name.to_owned(), secrets: url.secrets.clone() })
        };
        match self {
            DatabaseUrl::Postgres(url) => of(url).map(DatabaseUrl::Postgres),
            DatabaseUrl::Mysql(url) => of(url).map(DatabaseUrl::Mysql),
            DatabaseUrl::Sqlite(_) => None,
        }
    }

    /// The SQLite file at `path`.
    pub(crate) fn file(path: PathBuf) -> Self {
        Self::Sqlite(SqliteUrl { place: SqlitePlace::File(path), is_read_only: false })
    }
}

/// `scheme` and what follows the colon; a drive letter is no scheme.
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let is_scheme = scheme.len() > 1
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || ['+', '.', '-', '_'].contains(&c));
    is_scheme.then_some((scheme, rest))
}

/// A path that is called like a database.
fn is_bare_file(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    [".db", ".sqlite", ".sqlite3", ".db3"].iter().any(|ending| lower.ends_with(ending))
        && !text.contains('=')
}

/// What may stand unencoded in every part of a URL.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Percent-encodes a part of a URL.
pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// Undoes [`encoded`]; a `%` that begins no escape stands for itself.
pub(crate) fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The parameters after the `?`, decoded.
fn parameters(query: &str) -> impl Iterator<Item = (String, String)> + '_ {
    query.split('&').filter(|part| !part.is_empty()).map(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (decoded(name), decoded(value))
    })
}

#[cfg(test)]
mod tests;
