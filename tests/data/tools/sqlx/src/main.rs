//! Migrates the database of a URL with sqlx: `made-by-sqlx URL`.

use std::path::Path;

use sqlx::{Connection, MySqlConnection, PgConnection, SqliteConnection, migrate::Migrator};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("it takes a URL")?;
    let migrator = Migrator::new(Path::new("migrations")).await?;
    if url.starts_with("postgres") {
        migrator.run(&mut PgConnection::connect(&url).await?).await?;
    } else if url.starts_with("mysql") {
        migrator.run(&mut MySqlConnection::connect(&url).await?).await?;
    } else {
        migrator.run(&mut SqliteConnection::connect(&url).await?).await?;
    }
    Ok(())
}
