//! Migrates the database of a URL with sea-orm-migration: `migrations-sea-orm URL up`, `migrations-sea-orm URL down`.

use std::error::Error;

use sea_orm_migration::{MigratorTrait, sea_orm::Database};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let (mut url, direction) = (words.next().ok_or("no URL")?, words.next().ok_or("up or down?")?);
    if url.starts_with("sqlite") {
        url += "?mode=rwc";
    }
    let connection = Database::connect(url).await?;
    match &*direction {
        "up" => migrations_sea_orm::Migrator::up(&connection, None).await?,
        _ => migrations_sea_orm::Migrator::down(&connection, None).await?,
    }
    connection.close().await?;
    Ok(())
}
