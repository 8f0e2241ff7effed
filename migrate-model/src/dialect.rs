//! The databases that ops are written for.

use std::fmt;

/// A database's way of speaking SQL.
///
/// ```
/// use migrate_model::Dialect;
///
/// assert_eq!(Dialect::Postgres.to_string(), "PostgreSQL");
/// assert_eq!(Dialect::Sqlite.word(), "sqlite");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dialect {
    /// PostgreSQL, 12 and later.
    Postgres,
    /// SQLite, 3.35 and later.
    Sqlite,
    /// MySQL 8 and MariaDB.
    Mysql,
}

impl Dialect {
    /// The word of features, URLs and options: `postgres`, `sqlite`, `mysql`.
    pub fn word(self) -> &'static str {
        match self {
            Dialect::Postgres => "postgres",
            Dialect::Sqlite => "sqlite",
            Dialect::Mysql => "mysql",
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Dialect::Postgres => "PostgreSQL",
            Dialect::Sqlite => "SQLite",
            Dialect::Mysql => "MySQL",
        })
    }
}
