//! Migrates the database of a URL with diesel_migrations: `migrations-diesel URL up`, `migrations-diesel URL down`.

use std::error::Error;

use diesel::{Connection, backend::Backend};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut words = std::env::args().skip(1);
    let (url, direction) = (words.next().ok_or("no URL")?, words.next().ok_or("up or down?")?);
    #[cfg(feature = "sqlite")]
    if let Some(path) = url.strip_prefix("sqlite://") {
        run(&mut diesel::SqliteConnection::establish(path)?, &direction)?;
    }
    #[cfg(feature = "postgres")]
    if url.starts_with("postgres") {
        run(&mut diesel::PgConnection::establish(&url)?, &direction)?;
    }
    Ok(())
}

fn run<DB: Backend>(
    connection: &mut impl MigrationHarness<DB>,
    direction: &str,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    match direction {
        "up" => connection.run_pending_migrations(MIGRATIONS)?,
        _ => connection.revert_all_migrations(MIGRATIONS)?,
    };
    Ok(())
}
