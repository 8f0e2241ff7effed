//! From a database URL to a database beside it.

#[cfg(any(feature = "postgres", feature = "mysql"))]
use super::Server;
use super::{Live, Offline, Scratch, Verdict, VerifyError, lines};
#[cfg(any(feature = "postgres", feature = "mysql"))]
use crate::backend::Database;
use crate::{Chain, backend::DatabaseError};

/// Checks every revision, also with a database: up, down and up again with rows in every table.
///
/// The database that the URL names is left alone: a new one is created on its server, and dropped in the end; for that
/// the user needs the right to. For SQLite all is done in memory, whichever file is named. In a project's tests:
///
/// ```no_run
/// # use migrate_core::Chain;
/// # fn test(CHAIN: &Chain) {
/// let url = std::env::var("MIGRATE_VERIFY_URL").unwrap_or("sqlite::memory:".into());
/// migrate_core::verify::on(&CHAIN, &url);
/// # }
/// ```
///
/// # Panics
///
/// When something is wrong, with what it is. It is made for tests.
pub fn on(chain: &Chain, url: &str) {
    let verdicts =
        all(chain, url).unwrap_or_else(|error| panic!("{}", super::offline::words(&error)));
    let wrong: Vec<String> = verdicts
        .iter()
        .filter(|verdict| !verdict.is_fine())
        .map(|verdict| {
            let title = verdict.revision.message.lines().next().unwrap_or_default();
            let lines = lines(verdict).join("\n").replace('\n', "\n  ");
            format!("{} ({title})\n  {lines}", verdict.revision.id)
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is found out about every revision, without a database and with one beside that of the URL.
///
/// # Errors
///
/// When there can be no such database, or it is gone in between.
pub fn all(chain: &Chain, url: &str) -> Result<Vec<Verdict>, VerifyError> {
    let mut scratch = scratch(url)?;
    let mut offline = Offline::new(chain);
    let mut live = Live::new(chain, scratch.as_mut())?;
    let mut verdicts = Vec::new();
    for node in chain.graph()?.nodes() {
        let Some(mut verdict) = offline.check(node.id.as_ref())? else { continue };
        live.check(&mut verdict)?;
        verdicts.push(verdict);
    }
    Ok(verdicts)
}

#[cfg(not(all(feature = "postgres", feature = "mysql", feature = "sqlite")))]
fn missing(what: &str, feature: &str) -> DatabaseError {
    DatabaseError::because(format!(
        "this build has no {what} backend; it is the feature `{feature}` of migrate-core"
    ))
}

/// Databases to try things out on, beside the one of a URL that Diesel reads.
///
/// # Errors
///
/// When the server can't be reached, or the backend is not compiled in.
pub fn scratch(url: &str) -> Result<Box<dyn Scratch>, DatabaseError> {
    let scheme = url.split_once("://").map_or("sqlite", |(scheme, _)| scheme);
    match scheme {
        "postgres" | "postgresql" => {
            #[cfg(feature = "postgres")]
            return server::<diesel::PgConnection>(url);
            #[cfg(not(feature = "postgres"))]
            return Err(missing("PostgreSQL", "postgres"));
        }
        "mysql" | "mariadb" => {
            #[cfg(feature = "mysql")]
            return server::<diesel::MysqlConnection>(&url.replacen("mariadb://", "mysql://", 1));
            #[cfg(not(feature = "mysql"))]
            return Err(missing("MySQL", "mysql"));
        }
        _ => {
            #[cfg(feature = "sqlite")]
            return Ok(Box::new(super::Memory));
            #[cfg(not(feature = "sqlite"))]
            return Err(missing("SQLite", "sqlite"));
        }
    }
}

#[cfg(any(feature = "postgres", feature = "mysql"))]
fn server<C: diesel::Connection + Database + 'static>(
    url: &str,
) -> Result<Box<dyn Scratch>, DatabaseError> {
    fn connect<C: diesel::Connection + Database + 'static>(
        url: &str,
    ) -> Result<Box<dyn Database>, DatabaseError> {
        match C::establish(url) {
            Ok(connection) => Ok(Box::new(connection)),
            Err(error) => Err(DatabaseError::because(error.to_string())),
        }
    }
    let of = url.to_owned();
    let name = format!("__migrate_verify_{}", unique());
    let beside = connect::<C>(url)?;
    Ok(Box::new(Server::new(beside, name, move |name| connect::<C>(&of_database(&of, name)))))
}

/// The URL of another database of the same server.
#[cfg(any(feature = "postgres", feature = "mysql"))]
fn of_database(url: &str, name: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let (before, parameters) = match rest.split_once('?') {
        Some((before, parameters)) => (before, format!("?{parameters}")),
        None => (rest, String::new()),
    };
    let server = before.split('/').next().unwrap_or_default();
    format!("{scheme}://{server}/{name}{parameters}")
}

/// A word that no other process has, nor another thread of this one.
#[cfg(any(feature = "postgres", feature = "mysql"))]
fn unique() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let time = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let time = time.map(|time| time.as_micros() & 0xffff_ffff).unwrap_or_default();
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{:x}_{time:x}_{count:x}", std::process::id())
}

#[cfg(all(test, feature = "postgres"))]
mod tests {
    use super::*;

    #[test]
    fn another_database_has_the_same_server_and_parameters() {
        let check = |url: &str, expected: &str| assert_eq!(of_database(url, "s"), expected);
        check("postgres://a:b@h:1/d?sslmode=require", "postgres://a:b@h:1/s?sslmode=require");
        check("postgres://h", "postgres://h/s");
        check("mysql://a@h/d", "mysql://a@h/s");
    }
}
