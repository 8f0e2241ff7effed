//! Which databases a test runs on. `tests/run` says so in the environment.

use std::fmt;

/// A kind of database that the tests know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Backend {
    /// A file of its own for each test.
    Sqlite,
    /// A database of its own for each test, on the server that `tests/run` started.
    Postgres,
    /// A database of its own for each test, on the server that `tests/run` started.
    Mariadb,
}

impl Backend {
    /// What it speaks.
    pub fn dialect(self) -> migrate_core::Dialect {
        match self {
            Backend::Sqlite => migrate_core::Dialect::Sqlite,
            Backend::Postgres => migrate_core::Dialect::Postgres,
            Backend::Mariadb => migrate_core::Dialect::Mariadb,
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Backend::Sqlite => "sqlite",
            Backend::Postgres => "postgres",
            Backend::Mariadb => "mariadb",
        })
    }
}

/// The backends of this run: all of them, or those that `MIGRATE_TEST_BACKENDS` names.
///
/// # Panics
///
/// When a backend has no server: a test that cannot run has failed.
pub fn backends() -> Vec<Backend> {
    let names =
        setting("MIGRATE_TEST_BACKENDS").unwrap_or_else(|| "sqlite postgres mariadb".into());
    let backends: Vec<Backend> =
        names.split([' ', ',']).filter(|name| !name.is_empty()).map(named).collect();
    if backends.contains(&Backend::Postgres) {
        server();
    }
    if backends.contains(&Backend::Mariadb) {
        mariadb_server();
    }
    backends
}

/// Those of them where a transaction holds a whole migration together, DDL too: not MariaDB.
pub fn transactional() -> Vec<Backend> {
    backends().into_iter().filter(|backend| *backend != Backend::Mariadb).collect()
}

fn named(name: &str) -> Backend {
    match name {
        "sqlite" => Backend::Sqlite,
        "postgres" => Backend::Postgres,
        "mariadb" => Backend::Mariadb,
        other => panic!(
            "MIGRATE_TEST_BACKENDS names `{other}`; there are `sqlite`, `postgres` and `mariadb`"
        ),
    }
}

/// The URL of the PostgreSQL server, as its superuser.
pub(crate) fn server() -> String {
    setting("MIGRATE_TEST_POSTGRES_URL").unwrap_or_else(|| {
        panic!(
            "there is no PostgreSQL server for the tests: `tests/run` starts one and takes the same \
             arguments as the test runner; `MIGRATE_TEST_BACKENDS=sqlite` does without"
        )
    })
}

/// The URL of the MariaDB server, as a user that may do everything.
pub(crate) fn mariadb_server() -> String {
    setting("MIGRATE_TEST_MARIADB_URL").unwrap_or_else(|| {
        panic!(
            "there is no MariaDB server for the tests: `tests/run` starts one and takes the same \
             arguments as the test runner; `MIGRATE_TEST_BACKENDS=sqlite` does without"
        )
    })
}

/// A variable of the environment, when it is there and not empty.
#[expect(clippy::disallowed_methods, reason = "tests are configured by the environment alone")]
pub fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
