//! Which databases a test runs on. `tests/run` says so in the environment.

use std::fmt;

/// A kind of database that the tests know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Backend {
    /// A file of its own for each test.
    Sqlite,
    /// A database of its own for each test, on the server that `tests/run` started.
    Postgres,
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Backend::Sqlite => "sqlite",
            Backend::Postgres => "postgres",
        })
    }
}

/// The backends of this run: all of them, or those that `MIGRATE_TEST_BACKENDS` names.
///
/// # Panics
///
/// When a backend has no server: a test that cannot run has failed.
pub fn backends() -> Vec<Backend> {
    let names = setting("MIGRATE_TEST_BACKENDS").unwrap_or_else(|| "sqlite postgres".into());
    let backends: Vec<Backend> =
        names.split([' ', ',']).filter(|name| !name.is_empty()).map(named).collect();
    if backends.contains(&Backend::Postgres) {
        server();
    }
    backends
}

fn named(name: &str) -> Backend {
    match name {
        "sqlite" => Backend::Sqlite,
        "postgres" => Backend::Postgres,
        other => panic!("MIGRATE_TEST_BACKENDS names `{other}`; there are `sqlite` and `postgres`"),
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

/// A variable of the environment, when it is there and not empty.
#[expect(clippy::disallowed_methods, reason = "tests are configured by the environment alone")]
pub(crate) fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
