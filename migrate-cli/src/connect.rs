//! The way from a URL to a connection.
//!
//! What is looked at only is opened so that nothing can be written, and a SQLite
//! file that is not there stays away: such a database is empty, which an empty one
//! in memory says just as well.

#[cfg(feature = "sqlite")]
use std::fs;
use std::path::{Path, PathBuf};

use migrate_core::backend::{Database, DatabaseError};

use crate::failure::Failure;
use crate::url::DatabaseUrl;
#[cfg(any(feature = "postgres", feature = "mysql"))]
use crate::url::ServerUrl;
#[cfg(feature = "sqlite")]
use crate::url::{SqlitePlace, SqliteUrl};

/// What a command does with a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Looks at it.
    Read,
    /// Looks at it, and can go on without it: it does not wait long.
    Glance,
    /// Changes it, or creates it.
    Write,
}

/// An open database.
pub(crate) struct Connected {
    /// The connection.
    pub(crate) database: Box<dyn Database>,
    /// Whether it is a file that is not there yet.
    pub(crate) is_missing: bool,
}

/// The way to open a database once more.
#[derive(Clone)]
pub(crate) struct Again {
    url: DatabaseUrl,
    folder: PathBuf,
}

impl Again {
    pub(crate) fn new(url: &DatabaseUrl, folder: PathBuf) -> Again {
        Again { url: url.clone(), folder }
    }

    /// A connection to another database of the same server.
    pub(crate) fn beside(&self, name: &str) -> Result<Box<dyn Database>, DatabaseError> {
        let url = self.url.of_database(name);
        let url = url.ok_or_else(|| {
            DatabaseError::because("the URL can't be that of another database".to_owned())
        })?;
        Again { url, folder: self.folder.clone() }.connect()
    }

    /// Another connection to it.
    pub(crate) fn connect(&self) -> Result<Box<dyn Database>, DatabaseError> {
        match open(&self.url, Access::Write, &self.folder, "") {
            Ok(connected) => Ok(connected.database),
            Err(failure) => {
                let causes = failure.causes.join(": ");
                Err(DatabaseError::because(causes).within(failure.message))
            }
        }
    }

    /// Cancels what the connection that the server calls `id` is at; whether the server was told.
    pub(crate) fn cancel(&self, id: &str) -> bool {
        let sql = match &self.url {
            DatabaseUrl::Postgres(_) => format!("SELECT pg_catalog.pg_cancel_backend({id})::text"),
            DatabaseUrl::Mysql(_) => format!("KILL QUERY {id}"),
            DatabaseUrl::Sqlite(_) => return false,
        };
        self.connect().and_then(|mut database| database.batch(&sql)).is_ok()
    }
}

/// Opens the database at `url`; `command` is what to type again with another build.
pub(crate) fn open(
    url: &DatabaseUrl,
    access: Access,
    folder: &Path,
    command: &str,
) -> Result<Connected, Failure> {
    let opened = match url {
        DatabaseUrl::Postgres(_url) => {
            #[cfg(feature = "postgres")]
            let opened = postgres(_url, access);
            #[cfg(not(feature = "postgres"))]
            let opened = not_compiled("PostgreSQL", "postgres", command);
            opened
        }
        DatabaseUrl::Mysql(_url) => {
            #[cfg(feature = "mysql")]
            let opened = mysql(_url);
            #[cfg(not(feature = "mysql"))]
            let opened = not_compiled("MySQL or MariaDB", "mysql", command);
            opened
        }
        DatabaseUrl::Sqlite(_url) => {
            #[cfg(feature = "sqlite")]
            let opened = sqlite(_url, access, folder);
            #[cfg(not(feature = "sqlite"))]
            let opened = not_compiled("SQLite", "sqlite", command);
            opened
        }
    };
    let _ = (access, folder, command);
    opened.map_err(|failure| failure.scrubbed(url.secrets()))
}

/// The failure of a backend that this build leaves out.
#[cfg(any(not(feature = "postgres"), not(feature = "sqlite"), not(feature = "mysql")))]
fn not_compiled(name: &str, feature: &str, command: &str) -> Result<Connected, Failure> {
    // Without it, cargo takes the first option for its own.
    let separator = if command.starts_with('-') { "-- " } else { "" };
    let again = format!("cargo run --features {feature} --bin migrate {separator}{command}");
    Err(Failure::new(format!("this build of migrate has no {name} backend"))
        .hint(format!("compile it in: {again}")))
}

#[cfg(feature = "postgres")]
fn postgres(url: &ServerUrl, access: Access) -> Result<Connected, Failure> {
    use diesel::{Connection, PgConnection};
    use migrate_core::diesel;

    let mut connection = url.connection.expose().to_owned();
    if access == Access::Glance && !connection.contains("connect_timeout=") {
        connection.push_str("&connect_timeout=3");
    }
    match PgConnection::establish(&connection) {
        Ok(connection) => Ok(Connected { database: Box::new(connection), is_missing: false }),
        Err(error) => {
            let failure = Failure::new(format!("cannot connect to {}", url.shown));
            let said = error.to_string();
            Err(failure.hint_opt(postgres_hint(&said)).because(said))
        }
    }
}

/// What helps against what libpq says.
#[cfg(feature = "postgres")]
fn postgres_hint(said: &str) -> Option<String> {
    let quoted = |start: &str| {
        let after = said.split_once(start)?.1;
        after.split_once('"').map(|(name, _)| name.to_owned())
    };
    let hint = if said.contains("password authentication failed") {
        "check the user and the password in the URL".to_owned()
    } else if said.contains("no password supplied") {
        "put the password into the URL, or into PGPASSWORD or ~/.pgpass".to_owned()
    } else if said.contains("Connection refused") || said.contains("could not connect") {
        "check the host and the port, and that the server runs there".to_owned()
    } else if said.contains("No such file or directory") {
        "no server listens at that socket; name a host, as in postgres://user@localhost/database"
            .to_owned()
    } else if said.contains("could not translate host name") {
        "check the host in the URL".to_owned()
    } else if said.contains("timeout expired") || said.contains("timed out") {
        "check the host and the port, and whether a firewall is between".to_owned()
    } else if let Some(name) = quoted("database \"").filter(|_| said.contains("does not exist")) {
        format!("create it: createdb {}", crate::args::quoted(&name))
    } else if said.contains("role \"") && said.contains("does not exist") {
        "check the user in the URL".to_owned()
    } else if said.contains("invalid URI query parameter") {
        "see the parameters that libpq knows; a schema is set with \
         ?options=-csearch_path%3Dname"
            .to_owned()
    } else if said.contains("pg_hba.conf") {
        "the server lets nobody in that way; it may want ?sslmode=require".to_owned()
    } else {
        return None;
    };
    Some(hint)
}

#[cfg(feature = "mysql")]
fn mysql(url: &ServerUrl) -> Result<Connected, Failure> {
    use diesel::{Connection, MysqlConnection};
    use migrate_core::diesel;

    match MysqlConnection::establish(url.connection.expose()) {
        Ok(connection) => Ok(Connected { database: Box::new(connection), is_missing: false }),
        Err(error) => {
            let failure = Failure::new(format!("cannot connect to {}", url.shown));
            let said = error.to_string();
            Err(failure.hint_opt(mysql_hint(&said)).because(said))
        }
    }
}

/// What helps against what the client library says.
#[cfg(feature = "mysql")]
fn mysql_hint(said: &str) -> Option<String> {
    let hint = if let Some((_, after)) = said.split_once("Unknown database '") {
        let name = after.trim_end().trim_end_matches('\'');
        let sql = format!("CREATE DATABASE `{}` CHARACTER SET utf8mb4", name.replace('`', "``"));
        format!("create it: {sql}")
    } else if said.contains("Access denied") && said.contains("to database") {
        "check the database in the URL, and what the user may do there".to_owned()
    } else if said.contains("Access denied") {
        "check the user and the password in the URL".to_owned()
    } else if said.contains("Unknown MySQL server host") || said.contains("Unknown server host") {
        "check the host in the URL".to_owned()
    } else if said.contains("through socket") {
        "no server listens at that socket; name a host, as in mysql://user@127.0.0.1/database, or \
         the socket: ?unix_socket=/path"
            .to_owned()
    } else if said.contains("Can't connect") {
        "check the host and the port, and that the server runs there".to_owned()
    } else if said.contains("SSL") || said.contains("TLS") {
        "see ?ssl_mode= (disabled, preferred, required, verify_ca, verify_identity) and ?ssl_ca="
            .to_owned()
    } else {
        return None;
    };
    Some(hint)
}

#[cfg(feature = "sqlite")]
fn sqlite(url: &SqliteUrl, access: Access, folder: &Path) -> Result<Connected, Failure> {
    use diesel::{Connection, SqliteConnection};
    use migrate_core::diesel;

    let failed = || Failure::new(format!("cannot open {}", url.shown(folder)));
    let open = |name: &str| {
        let connection = SqliteConnection::establish(name).map_err(|e| failed().caused_by(e))?;
        let mut database: Box<dyn Database> = Box::new(connection);
        // Others write for a moment; SQLite itself would give up at once.
        let waiting = database.batch("PRAGMA busy_timeout = 5000");
        waiting.map_err(|e| failed().caused_by(e))?;
        Ok::<_, Failure>(database)
    };
    let path = match &url.place {
        SqlitePlace::Memory => {
            return Ok(Connected { database: open(":memory:")?, is_missing: false });
        }
        SqlitePlace::File(path) => path,
    };
    let is_missing = check_file(path, access, url.is_read_only, folder)?;
    let is_writing = access == Access::Write;
    if is_missing && !is_writing {
        return Ok(Connected { database: open(":memory:")?, is_missing });
    }
    // A run that was killed leaves a journal, and whoever opens the file next puts it back as it was
    // before: for that it must be opened to be written to.
    let is_interrupted = fs::metadata(journal(path)).is_ok_and(|journal| journal.len() > 0);
    let name = file_uri(path, is_writing || is_interrupted).ok_or_else(|| {
        Failure::new(format!("cannot open {}", url.shown(folder)))
            .because("the path is not UTF-8 text")
    })?;
    Ok(Connected { database: open(&name)?, is_missing })
}

#[cfg(feature = "sqlite")]
/// Where SQLite keeps what a transaction has changed until it lasts.
fn journal(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-journal");
    PathBuf::from(name)
}

/// What SQLite would say in fewer words, and only at the first statement. Whether the
/// file is yet to be made.
#[cfg(feature = "sqlite")]
fn check_file(
    path: &Path,
    access: Access,
    is_read_only: bool,
    folder: &Path,
) -> Result<bool, Failure> {
    use std::io::{ErrorKind, Read};

    let shown = crate::ui::path(path, folder);
    let failure = |cause: String| Failure::new(format!("cannot open {shown}")).because(cause);
    let is_writing = access == Access::Write;
    let parent = path.parent().unwrap_or(Path::new("/"));
    let parent_shown = crate::ui::path(parent, folder);
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            if !parent.is_dir() {
                let slashes = "three slashes, as in sqlite:///data/x.db, make a relative path; \
                               four, as in sqlite:////srv/x.db, an absolute one";
                return Err(failure(format!("there is no folder {parent_shown}"))
                    .hint(format!("create the folder; {slashes}")));
            }
            if is_writing && is_read_only {
                return Err(failure("the file is not there, and the URL says mode=ro".to_owned()));
            }
            if is_writing && is_locked(parent) {
                return Err(failure(format!("the folder {parent_shown} is read-only"))
                    .hint("the file can't be made there"));
            }
            return Ok(true);
        }
        Err(error) => return Err(failure(error.to_string())),
    };
    if metadata.is_dir() {
        return Err(failure("it is a folder".to_owned())
            .hint(format!("name a file in it, such as {shown}/migrate.db")));
    }
    // A pipe would be waited for.
    if !metadata.is_file() {
        return Err(failure("it is not a regular file".to_owned()));
    }
    if is_writing && is_read_only {
        return Err(failure("the URL says mode=ro".to_owned())
            .hint("leave ?mode=ro out of the URL to change the database"));
    }
    if is_writing && metadata.permissions().readonly() {
        return Err(failure("the file is read-only".to_owned())
            .hint(format!("nothing was changed; to write to it: chmod u+w {shown}")));
    }
    if is_writing && is_locked(parent) {
        // The journal stands beside the file.
        return Err(failure(format!("the folder {parent_shown} is read-only"))
            .hint("SQLite keeps its journal there; nothing was changed"));
    }
    let mut start = [0; 16];
    let mut file = fs::File::open(path).map_err(|error| failure(error.to_string()))?;
    match file.read(&mut start) {
        // An empty file is an empty database.
        Ok(0) => Ok(false),
        Ok(_) if start == *b"SQLite format 3\0" => Ok(false),
        Ok(_) => Err(failure("it is not a SQLite database".to_owned())
            .hint("the file holds something else, or is encrypted; nothing was changed")),
        Err(error) => Err(failure(error.to_string())),
    }
}

/// Whether nobody may write here, an administrator included.
#[cfg(feature = "sqlite")]
fn is_locked(folder: &Path) -> bool {
    std::fs::metadata(folder).is_ok_and(|metadata| metadata.permissions().readonly())
}

/// The file for SQLite, which takes nothing in it for a parameter.
#[cfg(feature = "sqlite")]
fn file_uri(path: &Path, is_writing: bool) -> Option<String> {
    let path = path.to_str()?.replace('\\', "/");
    let parts: Vec<String> = path.split('/').map(crate::url::encoded).collect();
    let path = parts.join("/");
    // Without the empty host, `//` at the beginning of a path would be one.
    let start = if path.starts_with('/') { "file://" } else { "file:" };
    Some(format!("{start}{path}?mode={}", if is_writing { "rwc" } else { "ro" }))
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_path_whatever_is_in_it() {
        let check = |path: &str, expected: &str| {
            assert_eq!(file_uri(Path::new(path), false).as_deref(), Some(expected));
        };
        check("/srv/x.db", "file:///srv/x.db?mode=ro");
        check("/srv/a b?c#d%20.db", "file:///srv/a%20b%3Fc%23d%2520.db?mode=ro");
        check("x.db", "file:x.db?mode=ro");
    }
}
