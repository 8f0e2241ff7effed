//! Databases as the tools leave them: users, their orders, and a name for users, in three migrations.

use std::path::{Path, PathBuf};
use std::process::Command;

use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use tests::{Backend, Database, setting};

/// The tools, by their words on the command line, each with its table.
pub(crate) const TOOLS: [(&str, &str); 5] = [
    ("alembic", "alembic_version"),
    ("diesel", "__diesel_schema_migrations"),
    ("sea-orm", "seaql_migrations"),
    ("refinery", "refinery_schema_history"),
    ("sqlx", "_sqlx_migrations"),
];

/// A database that a tool has migrated.
pub(crate) fn made(tool: &str, backend: Backend) -> Database {
    let database = Database::fresh(backend);
    match tool {
        "alembic" => alembic(&database, &["upgrade", "head"]).expect("Alembic"),
        "diesel" => diesel(&database),
        _ => {
            let name = match backend {
                Backend::Sqlite => "sqlite",
                Backend::Postgres => "postgres",
                Backend::Mariadb => "mariadb",
            };
            let path = folder(tool).join(format!("{name}.sql"));
            let dump = std::fs::read_to_string(&path).expect("a dump");
            database.feed(&dump).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        }
    }
    database
}

fn folder(tool: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/tools").join(tool)
}

/// Runs Alembic; what it said, when it failed.
pub(crate) fn alembic(database: &Database, words: &[&str]) -> Result<(), String> {
    let url = database.url();
    let url = match database.backend() {
        // Three slashes and the path, which begins with one.
        Backend::Sqlite => format!("sqlite:///{}", database.file().display()),
        Backend::Postgres => url.replacen("postgres://", "postgresql+psycopg2://", 1),
        Backend::Mariadb => url.replacen("mysql://", "mysql+pymysql://", 1),
    };
    let mut command = Command::new(folder("alembic").join("run"));
    command.args(["-x", &format!("url={url}")]).args(words);
    let output = command.output().expect("bash");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    if output.status.success() { Ok(()) } else { Err(said) }
}

fn diesel(database: &Database) {
    let migrations = FileBasedMigrations::from_path(folder("diesel")).expect("Diesel's folder");
    let run = match database.backend() {
        Backend::Sqlite => database.sqlite().run_pending_migrations(migrations).map(drop),
        Backend::Postgres => database.postgres().run_pending_migrations(migrations).map(drop),
        Backend::Mariadb => database.mariadb().run_pending_migrations(migrations).map(drop),
    };
    run.expect("Diesel's migrations");
    assert!(setting("DATABASE_URL").is_none(), "a test is to name its database");
}
