//! Migrates the database of a URL with refinery: `migrations-refinery URL up`. It has no way down.

refinery::embed_migrations!("migrations");

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("no URL")?;
    #[cfg(feature = "sqlite")]
    if let Some(path) = url.strip_prefix("sqlite://") {
        migrations::runner().run(&mut rusqlite::Connection::open(path)?)?;
    }
    #[cfg(feature = "postgres")]
    if url.starts_with("postgres") {
        migrations::runner().run(&mut postgres::Client::connect(&url, postgres::NoTls)?)?;
    }
    Ok(())
}
