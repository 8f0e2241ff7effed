//! Migrates the database of a URL with refinery: `made-by-refinery URL`.

refinery::embed_migrations!("migrations");

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("it takes a URL")?;
    if url.starts_with("postgres") {
        let mut client = postgres::Client::connect(&url, postgres::NoTls)?;
        migrations::runner().run(&mut client)?;
    } else if url.starts_with("mysql") {
        let mut connection = mysql::Conn::new(mysql::Opts::from_url(&url)?)?;
        migrations::runner().run(&mut connection)?;
    } else {
        let path = url.trim_start_matches("sqlite://").trim_end_matches("?mode=rwc");
        migrations::runner().run(&mut rusqlite::Connection::open(path)?)?;
    }
    Ok(())
}
