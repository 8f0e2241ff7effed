//! Databases to measure on: a file of SQLite, or one database of the private PostgreSQL server.

use std::{
    env, fmt, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, anyhow, bail};
use clap::ValueEnum;

use crate::{bench::Bench, measure};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Backend {
    Sqlite,
    Postgres,
}

impl Backend {
    pub(crate) const ALL: [Backend; 2] = [Backend::Sqlite, Backend::Postgres];

    /// As a title has it.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Backend::Sqlite => "SQLite",
            Backend::Postgres => "PostgreSQL",
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Backend::Sqlite => "sqlite",
            Backend::Postgres => "postgres",
        })
    }
}

/// The private server of `tests/run`.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    /// Up to the name of a database, without the slash before it: `postgres://migrate:…@127.0.0.1:20000`.
    pub(crate) base: String,
    /// The folder of `psql`.
    pub(crate) programs: PathBuf,
}

impl Server {
    /// The one that `tests/run --with` tells of.
    #[expect(clippy::disallowed_methods, reason = "it has no other way to tell")]
    pub(crate) fn of_environment() -> Result<Server> {
        let url = env::var("MIGRATE_TEST_POSTGRES_URL").ok();
        let (Some(url), Some(programs)) = (url, env::var_os("PG_BIN")) else {
            bail!("there is no PostgreSQL: `benches/run` starts one");
        };
        let (base, _) = url.rsplit_once('/').context("the server's URL has no database")?;
        Ok(Server { base: base.to_owned(), programs: programs.into() })
    }

    /// `127.0.0.1:20000`.
    pub(crate) fn address(&self) -> &str {
        self.base.rsplit_once('@').map_or("", |(_, address)| address)
    }

    /// `psql` on a database: it reads no settings, stops at the first error and says nothing.
    pub(crate) fn psql(&self, database: &str) -> Command {
        let mut command = Command::new(self.programs.join("psql"));
        command.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]);
        command.args(["--set", "ON_ERROR_STOP=1", &format!("{}/{database}", self.base)]);
        command
    }

    /// What a query says.
    pub(crate) fn ask(&self, database: &str, sql: &str) -> Result<String> {
        measure::output(self.psql(database).args(["--command", sql]))
    }
}

/// A database that was made for a measure.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    pub(crate) backend: Backend,
    /// The name of the database, or the file's without its ending.
    pub(crate) name: String,
    /// SQLite's file.
    pub(crate) file: PathBuf,
    base: String,
}

impl Database {
    /// An empty one, in the place of one that had the name.
    pub(crate) fn fresh(bench: &Bench, backend: Backend, name: &str) -> Result<Database> {
        let file = bench.folder("databases")?.join(format!("{name}.db"));
        let mut base = String::new();
        match backend {
            Backend::Sqlite => {
                for ending in ["", "-journal", "-wal", "-shm"] {
                    let path = PathBuf::from(format!("{}{ending}", file.display()));
                    if path.exists() {
                        fs::remove_file(path)?;
                    }
                }
            }
            Backend::Postgres => {
                let server = bench.server.as_ref().context("there is no PostgreSQL")?;
                server
                    .ask("postgres", &format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)"))?;
                server.ask("postgres", &format!("CREATE DATABASE \"{name}\""))?;
                // What came before is written down before the clock starts.
                server.ask("postgres", "CHECKPOINT")?;
                base.clone_from(&server.base);
            }
        }
        Ok(Database { backend, name: name.to_owned(), file, base })
    }

    /// As most tools read it; SQLite's is `sqlite://` and the path.
    pub(crate) fn url(&self) -> String {
        match self.backend {
            Backend::Sqlite => format!("sqlite://{}", self.file.display()),
            Backend::Postgres => format!("{}/{}?sslmode=disable", self.base, self.name),
        }
    }

    /// The same database, asked for at another address: `127.0.0.1:30000`.
    pub(crate) fn at(&self, address: &str) -> Database {
        let user = self.base.rsplit_once('@').map_or("", |(user, _)| user);
        Database { base: format!("{user}@{address}"), ..self.clone() }
    }

    /// How many of the chain's tables, columns of them and indexes there are.
    pub(crate) fn counts(&self, bench: &Bench) -> Result<[usize; 3]> {
        let (sql, text) = match self.backend {
            Backend::Sqlite => {
                let sql = "SELECT count(DISTINCT m.name), count(*), \
                           (SELECT count(*) FROM sqlite_master WHERE name LIKE 'idx_orders_%') \
                           FROM sqlite_master m, pragma_table_info(m.name) \
                           WHERE m.type = 'table' AND m.name LIKE 'orders_%'";
                (
                    sql,
                    measure::output(
                        Command::new("sqlite3")
                            .args(["-init", "/dev/null"])
                            .arg(&self.file)
                            .arg(sql),
                    )?,
                )
            }
            Backend::Postgres => {
                let sql = "SELECT count(DISTINCT table_name), count(*), \
                           (SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'idx_orders_%') \
                           FROM information_schema.columns WHERE table_name LIKE 'orders_%'";
                (
                    sql,
                    bench
                        .server
                        .as_ref()
                        .context("there is no PostgreSQL")?
                        .ask(&self.name, sql)?,
                )
            }
        };
        let numbers: Result<Vec<usize>, _> = text.split('|').map(str::parse).collect();
        numbers?.try_into().map_err(|_| anyhow!("{sql}: {text}"))
    }

    /// The database's own program that runs a file of SQL.
    pub(crate) fn shell(&self, bench: &Bench, script: &Path) -> Result<Command> {
        match self.backend {
            Backend::Sqlite => {
                let mut command = Command::new("sqlite3");
                command.args(["-batch", "-bail", "-init", "/dev/null"]).arg(&self.file);
                command.arg(format!(".read '{}'", script.display()));
                Ok(command)
            }
            Backend::Postgres => {
                let server = bench.server.as_ref().context("there is no PostgreSQL")?;
                let mut command = server.psql(&self.name);
                command.arg("--file").arg(script);
                Ok(command)
            }
        }
    }
}
