//! URLs of SQLite files.
//!
//! ```text
//! sqlite:///trading.db     relative          sqlite://  sqlite:///:memory:  :memory:
//! sqlite:////srv/trading.db  absolute        sqlite:trading.db  trading.db  file:trading.db?mode=ro
//! ```
//!
//! Paths are taken as they are, as SQLAlchemy takes them; only in `file:` is `%20` a space.

use std::path::{Path, PathBuf};

use super::{SqliteUrl, UrlError, decoded, parameters};

/// Where a SQLite database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SqlitePlace {
    /// In this file.
    File(PathBuf),
    /// In memory, until the program ends.
    Memory,
}

impl SqlitePlace {
    pub(super) fn file(path: &str, folder: &Path) -> Self {
        // `join` takes an absolute path as it is.
        SqlitePlace::File(folder.join(path))
    }
}

impl SqliteUrl {
    /// `sqlite:///trading.db`, seen from `folder`.
    pub(crate) fn shown(&self, folder: &Path) -> String {
        match &self.place {
            SqlitePlace::Memory => "sqlite://".to_owned(),
            SqlitePlace::File(path) => format!("sqlite:///{}", crate::ui::path(path, folder)),
        }
    }
}

/// Reads what follows `sqlite:`.
pub(super) fn parse(rest: &str, folder: &Path) -> Result<SqliteUrl, UrlError> {
    if has_user(rest) {
        return Err(UrlError::SqliteUser);
    }
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    // SQLAlchemy's third slash ends an empty host; `sqlite://trading.db` is what others write.
    let path = match path.strip_prefix("//") {
        Some(path) => path.strip_prefix('/').unwrap_or(path),
        None => path,
    };
    let mut is_uri = false;
    let mut mode = Mode::Any;
    for (name, value) in parameters(query) {
        match name.as_str() {
            "mode" => mode = Mode::parse(value)?,
            "uri" => is_uri = value == "true" || value == "1",
            "check_same_thread" | "timeout" | "detect_types" | "isolation_level"
            | "cached_statements" | "cache" | "charset" => {}
            _ => return Err(UrlError::UnknownParameter(name)),
        }
    }
    match path.strip_prefix("file:") {
        Some(path) if is_uri => Ok(mode.of(&decoded(path), folder)),
        Some(_) | None => Ok(mode.of(path, folder)),
    }
}

/// Whether there is a password, as in `sqlite+pysqlcipher://:password@/x.db`; a drive letter is none.
fn has_user(rest: &str) -> bool {
    let Some(text) = rest.strip_prefix("//") else { return false };
    let host = text.split('/').next().unwrap_or(text);
    let colon = host.find(':').filter(|colon| *colon != 1);
    host != ":memory:" && colon.is_some_and(|colon| text[colon..].contains('@'))
}

/// Reads what follows `file:`.
pub(super) fn parse_file_uri(rest: &str, folder: &Path) -> Result<SqliteUrl, UrlError> {
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let path = path.strip_prefix("//").unwrap_or(path);
    let path = path.strip_prefix("localhost/").map_or(path.to_owned(), |path| format!("/{path}"));
    let mut mode = Mode::Any;
    for (name, value) in parameters(query) {
        match name.as_str() {
            "mode" => mode = Mode::parse(value)?,
            "cache" => {}
            _ => return Err(UrlError::UnknownParameter(name)),
        }
    }
    Ok(mode.of(&decoded(&path), folder))
}

/// What `?mode=` allows.
enum Mode {
    Any,
    ReadOnly,
    Memory,
}

impl Mode {
    fn parse(value: String) -> Result<Self, UrlError> {
        match value.as_str() {
            "ro" => Ok(Mode::ReadOnly),
            "rw" | "rwc" => Ok(Mode::Any),
            "memory" => Ok(Mode::Memory),
            _ => Err(UrlError::Parameter { name: "mode".to_owned(), value }),
        }
    }

    fn of(&self, path: &str, folder: &Path) -> SqliteUrl {
        let is_memory = path.is_empty() || path == ":memory:" || matches!(self, Mode::Memory);
        SqliteUrl {
            place: match is_memory {
                true => SqlitePlace::Memory,
                false => SqlitePlace::file(path, folder),
            },
            is_read_only: matches!(self, Mode::ReadOnly),
        }
    }
}
