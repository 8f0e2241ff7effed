//! A database that a migration is tried out on: one in memory, or a new one on the same server.

use migrate_core::backend::Database;
use migrate_core::diff::{Renames, diff};
use migrate_core::run::rehearse;
use migrate_model::catalog::Catalog;
use migrate_model::{Dialect, Op};

use super::comparison::{Ground, lacks};
use super::{Session, Target};
use crate::connect::{self, Access};
use crate::failure::Failure;
use crate::source::migration::new_id;

/// Makes the schema on a database that nobody needs, then the way there and back. None when all of it led where it
/// should; else why it could not be tried.
pub(super) fn tried(
    ground: &mut Ground,
    session: &Session<'_>,
    ops: &[Op],
    back: &[Op],
) -> Result<Option<String>, Failure> {
    let dialect = ground.dialect;
    if dialect == Dialect::Sqlite {
        return match in_memory() {
            Some(mut database) => rehearsed(database.as_mut(), ground, ops, back),
            None => Ok(Some("this build has no SQLite backend".to_owned())),
        };
    }
    let Some(live) = &mut ground.live else {
        return Ok(Some("no server was asked".to_owned()));
    };
    let name = format!("__migrate_scratch_{}", new_id(None, |_| true)?.as_str());
    let quoted = match dialect {
        Dialect::Mysql | Dialect::Mariadb => format!("`{name}`"),
        Dialect::Postgres | Dialect::Sqlite => format!("\"{name}\""),
    };
    if let Err(error) = live.connected.database.batch(&format!("CREATE DATABASE {quoted}")) {
        return Ok(Some(format!("a database for that can't be created: {}", error.message)));
    }
    let result = on_server(ground, session, &name, ops, back);
    let live = ground.live.as_mut().map(|live| live.connected.database.as_mut());
    let gone = live.map(|database| database.batch(&format!("DROP DATABASE {quoted}")));
    match (result, gone) {
        (result, None | Some(Ok(()))) => result,
        (Err(failure), Some(Err(_))) => {
            Err(failure.because(format!("the database `{name}` is left behind")))
        }
        (Ok(_), Some(Err(error))) => {
            Err(Failure::new(format!("the database `{name}` could not be dropped again"))
                .because(error.message))
        }
    }
}

fn on_server(
    ground: &Ground,
    session: &Session<'_>,
    name: &str,
    ops: &[Op],
    back: &[Op],
) -> Result<Option<String>, Failure> {
    let Some(live) = &ground.live else { return Ok(None) };
    let Target { url, .. } = &live.target;
    let Some(url) = url.of_database(name) else {
        return Ok(Some("the URL can't be that of another database".to_owned()));
    };
    let mut connected = connect::open(&url, Access::Write, &session.environment.folder, "")?;
    rehearsed(connected.database.as_mut(), ground, ops, back)
}

#[cfg(feature = "sqlite")]
fn in_memory() -> Option<Box<dyn Database>> {
    use migrate_core::diesel::{Connection, SqliteConnection};
    let connection = SqliteConnection::establish(":memory:").ok()?;
    Some(Box::new(connection))
}

#[cfg(not(feature = "sqlite"))]
fn in_memory() -> Option<Box<dyn Database>> {
    None
}

fn rehearsed(
    database: &mut dyn Database,
    ground: &Ground,
    ops: &[Op],
    back: &[Op],
) -> Result<Option<String>, Failure> {
    let mut before = ground.chain.clone();
    let opaque = std::mem::take(&mut before.opaque);
    before.tables.retain(|name, _| !opaque.contains(name));
    let first = diff(&Catalog::default(), &before, &Renames::default())
        .map_err(|error| Failure::new(error.to_string()))?;
    let mut catalog = Catalog::default();
    if let Err(fault) = rehearse(database, &first.ops, &mut catalog)? {
        return Ok(Some(format!("the schema before it can't be made there: {fault}")));
    }
    let before = catalog.clone();
    if let Some(differs) = differs(database, ground, &before)? {
        return Ok(Some(format!("the schema before it comes out otherwise there: {differs}")));
    }
    let wrong = |why: String| {
        Failure::new("the migration does not work on a database of its own; nothing was written")
            .because(why)
            .hint("correct what is wanted, or write it all the same: --no-verify")
    };
    for (way, ops) in [("", ops), ("on the way back: ", back)] {
        if let Err(fault) = rehearse(database, ops, &mut catalog)? {
            return Err(wrong(format!("{way}{fault}")));
        }
        if let Some(differs) = differs(database, ground, &catalog)? {
            return Err(wrong(format!("{way}{differs}")));
        }
    }
    Ok(None)
}

/// What a database lacks of a schema, if anything.
fn differs(
    database: &mut dyn Database,
    ground: &Ground,
    catalog: &Catalog,
) -> Result<Option<String>, Failure> {
    let difference = lacks(database, catalog, ground)?;
    let lines: Vec<String> = difference.lines().into_iter().map(|line| line.what).collect();
    Ok(Some(lines.join("; ")).filter(|lines| !lines.is_empty()))
}
