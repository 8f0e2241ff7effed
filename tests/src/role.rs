//! A user of a server, with a password that a test chooses.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::backend::Backend;
use crate::database::Database;

/// A role that owns a database, gone when the value is; let it go before the database.
#[derive(Debug)]
pub struct Role<'a> {
    database: &'a Database,
    name: String,
}

impl Role<'_> {
    /// A new role with this password, to which the database belongs.
    ///
    /// # Panics
    ///
    /// On SQLite, which has none.
    pub fn new<'a>(database: &'a Database, password: &str) -> Role<'a> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("role_{}_{number}", std::process::id());
        Role::named(database, &name, password)
    }

    /// One with this name, too.
    ///
    /// # Panics
    ///
    /// On SQLite, which has none.
    pub fn named<'a>(database: &'a Database, name: &str, password: &str) -> Role<'a> {
        let password = password.replace('\'', "''");
        let place = database.name();
        let role = Role { database, name: name.to_owned() };
        let quoted = role.quoted();
        database.execute(&match database.backend() {
            Backend::Postgres => format!(
                "CREATE ROLE {quoted} LOGIN PASSWORD '{password}'; ALTER DATABASE {place} OWNER TO {quoted}"
            ),
            Backend::Mariadb => format!(
                "CREATE USER {quoted} IDENTIFIED BY '{password}'; GRANT ALL ON {place}.* TO {quoted}"
            ),
            Backend::Sqlite => panic!("SQLite has no roles"),
        });
        role
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The URL of the database for this role, with what is written for its name and password.
    pub fn url(&self, name_and_password: &str) -> String {
        let (scheme, rest) = self.database.url().split_once("://").expect("a URL");
        let (_, place) = rest.rsplit_once('@').expect("a URL with a user");
        format!("{scheme}://{name_and_password}@{place}")
    }

    fn quoted(&self) -> String {
        format!("\"{}\"", self.name.replace('"', "\"\""))
    }
}

impl Drop for Role<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // The server goes with the run, and a second panic would hide the first.
            return;
        }
        let quoted = self.quoted();
        self.database.execute(&match self.database.backend() {
            Backend::Postgres => format!(
                "REASSIGN OWNED BY {quoted} TO CURRENT_USER; DROP OWNED BY {quoted}; DROP ROLE {quoted}"
            ),
            Backend::Mariadb => format!("DROP USER {quoted}"),
            Backend::Sqlite => String::new(),
        });
    }
}
