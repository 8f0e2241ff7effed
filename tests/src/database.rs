//! A database for one test, and ways to look into it that do not use the code under test.

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::{
    Connection, MysqlConnection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection,
    sql_query, sql_types,
};
use tempfile::TempDir;

use crate::backend::{Backend, mariadb_server, server, setting};

/// An empty database, gone when the value is.
#[derive(Debug)]
pub struct Database {
    backend: Backend,
    name: String,
    url: String,
    /// Holds the SQLite file.
    folder: TempDir,
    /// Whether it goes with something else, such as its server.
    is_kept: bool,
}

/// A database as text, where that is the only way to copy it.
#[derive(Debug)]
pub struct Dump(String);

#[derive(QueryableByName)]
struct Value {
    #[diesel(sql_type = sql_types::Nullable<sql_types::Text>)]
    value: Option<String>,
}

impl Database {
    /// A new, empty database.
    ///
    /// # Panics
    ///
    /// When there is no server for it: ask `backends()` which ones this run has.
    pub fn fresh(backend: Backend) -> Database {
        Database::created(backend, "")
    }

    /// A new one, created with these words at the end of PostgreSQL's statement.
    fn created(backend: Backend, words: &str) -> Database {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = match backend {
            Backend::Sqlite => format!("sqlite:///{}/{name}.db", folder.path().display()),
            Backend::Mariadb => {
                on_mariadb(&format!("DROP DATABASE IF EXISTS {name}"));
                on_mariadb(&format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"));
                let (server, _) =
                    mariadb_server().rsplit_once('/').map(owned).expect("a URL with a database");
                format!("{server}/{name}")
            }
            Backend::Postgres => {
                // What is left of a test that was killed, and had the same process id.
                on_server(&format!("DROP DATABASE IF EXISTS {name}"));
                on_server(&format!("CREATE DATABASE {name} {words}"));
                let (server, _) =
                    server().rsplit_once('/').map(owned).expect("a URL with a database");
                format!("{server}/{name}")
            }
        };
        Database { backend, name, url, folder, is_kept: false }
    }

    /// A database that is somewhere else, and is not dropped with the value.
    pub fn at(backend: Backend, name: &str, url: &str) -> Database {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Database { backend, name: name.to_owned(), url: url.to_owned(), folder, is_kept: true }
    }

    /// A new database with all that is in this one. Nobody may be connected to it.
    ///
    /// # Panics
    ///
    /// When it can't be copied.
    pub fn copy(&self, dump: &Dump) -> Database {
        match self.backend {
            Backend::Sqlite => {
                let copy = Database::fresh(self.backend);
                std::fs::copy(self.file(), copy.file()).expect("a copy of the file");
                copy
            }
            Backend::Postgres => {
                Database::created(self.backend, &format!("TEMPLATE {}", self.name))
            }
            Backend::Mariadb => {
                let copy = Database::fresh(self.backend);
                copy.feed(&dump.0).unwrap_or_else(|error| panic!("{error}"));
                copy
            }
        }
    }

    /// What [`copy`](Database::copy) needs of a database that has no copies of its own.
    pub fn dump_to_copy(&self) -> Dump {
        Dump(match self.backend {
            Backend::Sqlite | Backend::Postgres => String::new(),
            Backend::Mariadb => self.mariadb_dump(&["--routines", "--skip-add-locks"]),
        })
    }

    /// Another database of the same server, which something else has made; gone when the value is.
    ///
    /// # Panics
    ///
    /// On SQLite, which has no server.
    pub fn beside(&self, name: &str) -> Database {
        assert_ne!(self.backend, Backend::Sqlite);
        let (server, _) = self.url.rsplit_once('/').map(owned).expect("a URL with a database");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("{server}/{name}");
        Database { backend: self.backend, name: name.to_owned(), url, folder, is_kept: false }
    }

    /// What kind of database this is.
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// The name by which its server knows it; of a SQLite file, the name without `.db`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// For `--database-url`. On PostgreSQL it holds a password, which no output may show.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The file of a SQLite database.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join(format!("{}.db", self.name))
    }

    /// A new connection to a SQLite database.
    pub fn sqlite(&self) -> SqliteConnection {
        assert_eq!(self.backend, Backend::Sqlite);
        let file = self.file();
        let mut connection = SqliteConnection::establish(file.to_str().expect("a path in UTF-8"))
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        connection
            // No test takes the power away.
            .batch_execute(
                "PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000; PRAGMA synchronous = OFF",
            )
            .expect("three pragmas");
        connection
    }

    /// A new connection to a PostgreSQL database.
    pub fn postgres(&self) -> PgConnection {
        assert_eq!(self.backend, Backend::Postgres);
        PgConnection::establish(&self.url).unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    /// A new connection to a MariaDB database.
    pub fn mariadb(&self) -> MysqlConnection {
        assert_eq!(self.backend, Backend::Mariadb);
        MysqlConnection::establish(&self.url)
            .unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    /// One that reads SQL as the other databases do.
    pub(crate) fn mariadb_in_standard_sql(&self) -> MysqlConnection {
        let mut connection = self.mariadb();
        connection
            .batch_execute(
                "SET SESSION sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT,STRICT_ALL_TABLES'",
            )
            .expect("a setting");
        connection
    }

    /// Runs one or more statements.
    pub fn execute(&self, sql: &str) {
        let result = match self.backend {
            Backend::Sqlite => self.sqlite().batch_execute(sql),
            Backend::Postgres => self.postgres().batch_execute(sql),
            Backend::Mariadb => self.mariadb_in_standard_sql().batch_execute(sql),
        };
        result.unwrap_or_else(|error| panic!("{}: {error}\n{sql}", self.backend));
    }

    /// The rows of a query with one column of text called `value`; NULL reads `NULL`.
    ///
    /// ```no_run
    /// # let database = tests::Database::fresh(tests::Backend::Sqlite);
    /// assert_eq!(database.values("SELECT version_num AS value FROM __migrate_version"), ["3f2a9c41b7d0"]);
    /// ```
    pub fn values(&self, query: &str) -> Vec<String> {
        let rows = match self.backend {
            Backend::Sqlite => sql_query(query).load::<Value>(&mut self.sqlite()),
            Backend::Postgres => sql_query(query).load::<Value>(&mut self.postgres()),
            Backend::Mariadb => {
                let query = mariadb_casts(query);
                sql_query(query).load::<Value>(&mut self.mariadb_in_standard_sql())
            }
        };
        let rows = rows.unwrap_or_else(|error| panic!("{}: {error}\n{query}", self.backend));
        rows.into_iter().map(|row| row.value.unwrap_or_else(|| "NULL".into())).collect()
    }

    /// The schema as the database itself writes it, in a stable order.
    pub fn dump(&self) -> String {
        match self.backend {
            Backend::Sqlite => {
                // What SQLite makes by itself, such as `sqlite_sequence`, is not ours to bring back.
                let entries = "SELECT type || ' ' || name || ' on ' || tbl_name || char(10) || sql || char(10) AS value \
                               FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, name";
                self.values(entries).join("\n")
            }
            Backend::Postgres => {
                without_session(&self.program("pg_dump", ["--schema-only", "--no-owner"]))
            }
            // A default that takes numbers from a sequence names the database, too.
            Backend::Mariadb => without_counters(&self.mariadb_dump(&WITHOUT_ROWS))
                .replace(&format!("`{}`.", self.name), "")
                .replace(&format!("\"{}\".", self.name), ""),
        }
    }

    /// What `psql` prints for a statement or one of its own commands, such as `\d orders`.
    pub fn psql(&self, command: &str) -> String {
        self.program("psql", ["--no-psqlrc", "--set=ON_ERROR_STOP=1", "--command", command])
    }

    /// Feeds a script to the database's own client; what it said, when it failed.
    pub fn feed(&self, script: &str) -> Result<(), String> {
        let file = self.folder.path().join("script.sql");
        std::fs::write(&file, script).expect("a file in a temporary folder");
        let mut command = match self.backend {
            Backend::Sqlite => {
                let mut command = Command::new("sqlite3");
                let file = std::fs::File::open(&file).expect("the file that was just written");
                command.arg("-batch").arg(self.file()).stdin(file);
                command
            }
            Backend::Mariadb => {
                let (host, port, name, password) = mariadb_login(&self.url);
                let mut command = Command::new("mariadb");
                let file = std::fs::File::open(&file).expect("the file that was just written");
                command.args(["--no-defaults", "--default-character-set=utf8mb4"]).stdin(file);
                command.args(["--host", &host, "--port", &port, "--user", &name, &self.name]);
                command.env("MYSQL_PWD", password);
                command
            }
            Backend::Postgres => {
                let program = setting("PG_BIN")
                    .map_or("psql".into(), |folder| PathBuf::from(folder).join("psql"));
                let mut command = Command::new(program);
                command.args(["--no-psqlrc", "--quiet"]).arg(format!("--dbname={}", self.url));
                command.arg("--file").arg(&file);
                command
            }
        };
        let output = command.env("LC_ALL", "C").output().expect("the client is installed");
        match output.status.success() {
            true => Ok(()),
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        }
    }

    /// What `mariadb-dump` writes.
    fn mariadb_dump(&self, options: &[&str]) -> String {
        let (host, port, name, password) = mariadb_login(&self.url);
        let output = Command::new("mariadb-dump")
            // It asks for no lock: somebody may hold a table.
            .args(["--no-defaults", "--skip-lock-tables"])
            .args(options)
            .args(["--host", &host, "--port", &port, "--user", &name, &self.name])
            .env("MYSQL_PWD", password)
            .output()
            .unwrap_or_else(|error| panic!("mariadb-dump: {error}"));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text in UTF-8")
    }

    fn program<const N: usize>(&self, name: &str, arguments: [&str; N]) -> String {
        assert_eq!(self.backend, Backend::Postgres, "{name} is a program of PostgreSQL");
        let program = setting("PG_BIN")
            .map_or(PathBuf::from(name), |folder| PathBuf::from(folder).join(name));
        let output = Command::new(&program)
            .args(arguments)
            .arg(format!("--dbname={}", self.url))
            .env("LC_ALL", "C")
            .output()
            .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text in UTF-8")
    }
}

const WITHOUT_ROWS: [&str; 4] =
    ["--no-data", "--skip-comments", "--skip-set-charset", "--routines"];

impl Drop for Database {
    fn drop(&mut self) {
        if self.is_kept {
            return;
        }
        match self.backend {
            Backend::Sqlite => {}
            Backend::Mariadb => on_mariadb(&format!("DROP DATABASE IF EXISTS {}", self.name)),
            Backend::Postgres => {
                // With FORCE: a test that fails may have left a connection open.
                on_server(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
            }
        }
    }
}

/// Host, port, user and password in the URL of a MariaDB server.
fn mariadb_login(url: &str) -> (String, String, String, String) {
    let (user, place) =
        url.trim_start_matches("mysql://").rsplit_once('@').expect("a URL with a user");
    let (name, password) = user.split_once(':').unwrap_or((user, ""));
    let (host, port) = place
        .split_once('/')
        .and_then(|(server, _)| server.split_once(':'))
        .expect("a URL with a port");
    (host.into(), port.into(), name.into(), password.into())
}

fn owned((before, after): (&str, &str)) -> (String, String) {
    (before.into(), after.into())
}

fn on_server(statement: &str) {
    told(
        statement,
        PgConnection::establish(&server())
            .map(|mut connection| connection.batch_execute(statement)),
    );
}

fn on_mariadb(statement: &str) {
    told(
        statement,
        MysqlConnection::establish(&mariadb_server())
            .map(|mut connection| connection.batch_execute(statement)),
    );
}

fn told(statement: &str, result: Result<diesel::QueryResult<()>, diesel::result::ConnectionError>) {
    match result {
        Ok(Ok(())) => {}
        // A second panic would end the process before the first one was told.
        Ok(Err(_)) | Err(_) if std::thread::panicking() => {}
        Ok(Err(error)) => panic!("{statement}: {error}"),
        Err(error) => panic!("{statement}: {error}"),
    }
}

/// A dump without what differs from run to run and from version to version: comments, the settings of the
/// session, and the random words of `\restrict`.
fn without_session(dump: &str) -> String {
    let session = ["--", "SET ", "SELECT pg_catalog.set_config(", "\\restrict ", "\\unrestrict "];
    let mut text = String::new();
    for line in dump.lines().filter(|line| !session.iter().any(|start| line.starts_with(start))) {
        if !line.is_empty() || !(text.is_empty() || text.ends_with("\n\n")) {
            text.push_str(line);
            text.push('\n');
        }
    }
    text.truncate(text.trim_end().len());
    text
}

/// A query in MariaDB's words for what a value is cast to.
fn mariadb_casts(query: &str) -> String {
    let text = regex::Regex::new(r"(?i)\bAS (TEXT|VARCHAR\(\d+\))\)").expect("a pattern");
    let whole = regex::Regex::new(r"(?i)\bAS INTEGER\)").expect("a pattern");
    whole.replace_all(&text.replace_all(query, "AS CHAR)"), "AS SIGNED)").into_owned()
}

/// A dump as statements with empty lines between: without the settings of the session, and without the counters
/// of tables, which rows move on.
fn without_counters(dump: &str) -> String {
    let mut pieces: Vec<String> = Vec::new();
    let mut piece = String::new();
    // A view is first made as a table, with nothing but its columns in it.
    for line in dump.lines().filter(|line| !line.is_empty()) {
        let is_setting =
            line.starts_with("/*!4") || line.starts_with("/*M!") || line.starts_with("SET ");
        if is_setting || line.starts_with("DROP ") || line.starts_with("--") {
            continue;
        }
        piece.push_str(line);
        piece.push('\n');
        if line.ends_with(';') {
            pieces.push(without_counter(std::mem::take(&mut piece).trim_end()));
        }
    }
    pieces.retain(|piece| !piece.contains("SET @saved_cs_client"));
    pieces.join("\n\n")
}

/// A definition without the counter of its table, its keys in the order of their names.
pub(crate) fn without_counter(definition: &str) -> String {
    let counter = regex::Regex::new(r" AUTO_INCREMENT=\d+").expect("a pattern");
    in_order(&counter.replace(definition, ""))
}

/// Keys and constraints of a table in the order of their names: it is that of their coming, and means nothing.
fn in_order(statement: &str) -> String {
    let is_key = |line: &&str| line.contains("KEY `") || line.starts_with("  CONSTRAINT ");
    let (mut keys, others): (Vec<&str>, Vec<&str>) = statement.lines().partition(is_key);
    let Some((end, columns)) = others.split_last().filter(|_| !keys.is_empty()) else {
        return statement.to_owned();
    };
    for key in &mut keys {
        *key = key.trim_end_matches(',');
    }
    keys.sort_unstable();
    format!("{}\n{}\n{end}", columns.join("\n"), keys.join(",\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backends;

    #[test]
    fn a_database_is_empty_and_gone_afterwards() {
        for backend in backends() {
            let (first, second) = (Database::fresh(backend), Database::fresh(backend));
            first.execute("CREATE TABLE orders (id bigint PRIMARY KEY, notes text)");
            first.execute("INSERT INTO orders VALUES (1, 'a'), (2, NULL)");
            assert_eq!(
                first.values("SELECT notes AS value FROM orders ORDER BY id"),
                ["a", "NULL"]
            );
            assert!(first.dump().contains("orders"), "{}", first.dump());
            assert_eq!(second.dump(), "");
        }
        if backends().contains(&Backend::Postgres) {
            let name = Database::fresh(Backend::Postgres).name().to_owned();
            let other = Database::fresh(Backend::Postgres);
            let count =
                format!("SELECT count(*)::text AS value FROM pg_database WHERE datname = '{name}'");
            assert_eq!(other.values(&count), ["0"]);
        }
    }

    #[test]
    fn a_dump_shows_the_schema_and_nothing_of_the_session() {
        for backend in backends() {
            let database = Database::fresh(backend);
            database.execute("CREATE TABLE orders (id integer NOT NULL, notes text DEFAULT 'x;')");
            database.execute("CREATE INDEX orders_notes ON orders (notes)");
            let dump = match backend {
                Backend::Sqlite => {
                    "index orders_notes on orders\n\
                     CREATE INDEX orders_notes ON orders (notes)\n\n\
                     table orders on orders\n\
                     CREATE TABLE orders (id integer NOT NULL, notes text DEFAULT 'x;')\n"
                }
                Backend::Mariadb => {
                    "CREATE TABLE `orders` (\n  `id` int(11) NOT NULL,\n  `notes` text DEFAULT 'x;',\n  \
                     KEY `orders_notes` (`notes`(768))\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;"
                }
                Backend::Postgres => {
                    "CREATE TABLE public.orders (\n    id integer NOT NULL,\n    notes text DEFAULT 'x;'::text\n);\n\n\
                     CREATE INDEX orders_notes ON public.orders USING btree (notes);"
                }
            };
            assert_eq!(database.dump(), dump);
        }
    }

    #[test]
    fn psql_is_the_one_of_the_server() {
        if backends().contains(&Backend::Postgres) {
            let database = Database::fresh(Backend::Postgres);
            database.execute("CREATE TABLE orders (id bigint)");
            assert!(database.psql("\\d orders").contains("Table \"public.orders\""));
        }
    }

    #[test]
    fn a_wrong_password_is_refused() {
        if backends().contains(&Backend::Postgres) {
            let database = Database::fresh(Backend::Postgres);
            let url = database.url().replace("@127.0.0.1", "x@127.0.0.1");
            let error = PgConnection::establish(&url).err().expect("no connection");
            assert!(error.to_string().contains("password authentication failed"), "{error}");
        }
    }
}
