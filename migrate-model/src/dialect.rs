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
    /// MySQL, 8.0 and later.
    Mysql,
    /// MariaDB, 10.6 and later: of MySQL's family, with rules of its own.
    Mariadb,
}

impl Dialect {
    /// The word of URLs and options: `postgres`, `sqlite`, `mysql`, `mariadb`.
    pub fn word(self) -> &'static str {
        match self {
            Dialect::Postgres => "postgres",
            Dialect::Sqlite => "sqlite",
            Dialect::Mysql => "mysql",
            Dialect::Mariadb => "mariadb",
        }
    }

    /// The dialect whose feature, connection and code this one shares: MariaDB's is MySQL, any other is its own.
    ///
    /// ```
    /// use migrate_model::Dialect;
    ///
    /// assert_eq!(Dialect::Mariadb.family(), Dialect::Mysql);
    /// assert_eq!(Dialect::Sqlite.family(), Dialect::Sqlite);
    /// ```
    #[must_use]
    pub fn family(self) -> Dialect {
        match self {
            Dialect::Postgres => Dialect::Postgres,
            Dialect::Sqlite => Dialect::Sqlite,
            Dialect::Mysql | Dialect::Mariadb => Dialect::Mysql,
        }
    }

    /// Whether what is said for `other` is also said for this one: `Mysql` is MariaDB too, `Mariadb` is MariaDB alone.
    #[must_use]
    pub fn is(self, other: Dialect) -> bool {
        self == other || self.family() == other
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Dialect::Postgres => "PostgreSQL",
            Dialect::Sqlite => "SQLite",
            Dialect::Mysql => "MySQL",
            Dialect::Mariadb => "MariaDB",
        })
    }
}
