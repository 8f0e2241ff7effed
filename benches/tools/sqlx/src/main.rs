//! Migrates the database of a URL with sqlx: `migrations-sqlx URL up`, `migrations-sqlx URL down`.

use std::error::Error;

use sqlx::{Connection, migrate::Migrator};

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let (url, direction) = (words.next().ok_or("no URL")?, words.next().ok_or("up or down?")?);
    #[cfg(feature = "sqlite")]
    if url.starts_with("sqlite") {
        let mut connection = sqlx::SqliteConnection::connect(&format!("{url}?mode=rwc")).await?;
        match &*direction {
            "up" => MIGRATIONS.run(&mut connection).await?,
            _ => MIGRATIONS.undo(&mut connection, 0).await?,
        }
        connection.close().await?;
    }
    #[cfg(feature = "postgres")]
    if url.starts_with("postgres") {
        let mut connection = sqlx::PgConnection::connect(&url).await?;
        match &*direction {
            "up" => MIGRATIONS.run(&mut connection).await?,
            _ => MIGRATIONS.undo(&mut connection, 0).await?,
        }
        connection.close().await?;
    }
    Ok(())
}
