//! A database that a migration is tried out on: one in memory, or a new one on the same server.

use std::path::Path;

use migrate_core::backend::Database;
use migrate_core::diff::{Renames, diff};
use migrate_core::run::rehearse;
use migrate_model::catalog::Catalog;
use migrate_model::{Dialect, Op};

use super::Session;
use super::comparison::{Ground, Live, lacks};
use crate::connect::{self, Access, Connected};
use crate::failure::Failure;
use crate::source::migration::new_id;
use crate::url::DatabaseUrl;

/// Makes the schema on a database that nobody needs, then the way there and back. None when all of it led where it
/// should; else why it could not be tried.
pub(super) fn tried(
    ground: &mut Ground,
    session: &Session<'_>,
    ops: &[Op],
    back: &[Op],
) -> Result<Option<String>, Failure> {
    let dialect = ground.dialect;
    // The connection that the ground has makes the database, and drops it.
    let mut live = ground.live.take();
    let scratch = match (dialect, &mut live) {
        (Dialect::Sqlite, _) => Ok(Scratch::in_memory()),
        (_, None) => Ok(Err("no server was asked".to_owned())),
        (_, Some(Live { target, connected, .. })) => {
            let database = connected.database.as_mut();
            Scratch::new(&target.url, database, &session.environment.folder)
        }
    };
    let result = scratch.and_then(|scratch| match scratch {
        Ok(scratch) => {
            let server = live.as_mut().map(|live| live.connected.database.as_mut() as _);
            scratch.with(server, |database| rehearsed(database, ground, ops, back))
        }
        Err(why) => Ok(Some(why)),
    });
    ground.live = live;
    result
}

/// A database that nobody needs.
pub(super) struct Scratch {
    database: Box<dyn Database>,
    /// Its name on the server.
    name: Option<(String, Dialect)>,
}

impl Scratch {
    /// One in memory; else why there is none.
    pub(super) fn in_memory() -> Result<Scratch, String> {
        let database = in_memory().ok_or("this build has no SQLite backend")?;
        Ok(Scratch { database, name: None })
    }

    /// One of the kind that the URL names: in memory, or a new one on the same server. Else why there is none.
    pub(super) fn new(
        url: &DatabaseUrl,
        server: &mut dyn Database,
        folder: &Path,
    ) -> Result<Result<Scratch, String>, Failure> {
        let dialect = server.dialect();
        if dialect == Dialect::Sqlite {
            return Ok(Scratch::in_memory());
        }
        let name = format!("__migrate_scratch_{}", new_id(None, |_| true)?.as_str());
        let Some(url) = url.of_database(&name) else {
            return Ok(Err("the URL can't be that of another database".to_owned()));
        };
        let mut sql = format!("CREATE DATABASE {}", quoted(dialect, &name));
        if dialect.family() == Dialect::Mysql {
            // Tables that say nothing have those of their database.
            let asked = "SELECT CONCAT(' CHARACTER SET ', @@character_set_database, ' COLLATE ', @@collation_database)";
            let rows = server.query(asked).map_err(|error| Failure::of(&error))?;
            sql.extend(rows.into_iter().flatten().flatten());
        }
        if let Err(error) = server.batch(&sql) {
            let why = format!("a database for that can't be created: {}", error.message);
            return Ok(Err(why));
        }
        match connect::open(&url, Access::Write, folder, "") {
            Ok(Connected { database, .. }) => {
                Ok(Ok(Scratch { database, name: Some((name, dialect)) }))
            }
            Err(failure) => dropped(server, &name, dialect, Err(failure)),
        }
    }

    /// Does something on it, and drops it.
    pub(super) fn with<T>(
        mut self,
        server: Option<&mut dyn Database>,
        body: impl FnOnce(&mut dyn Database) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let result = body(self.database.as_mut());
        let Scratch { database, name } = self;
        drop(database);
        match (server, name) {
            (Some(server), Some((name, dialect))) => dropped(server, &name, dialect, result),
            (None, _) | (_, None) => result,
        }
    }
}

/// The result, once the database is dropped.
fn dropped<T>(
    server: &mut dyn Database,
    name: &str,
    dialect: Dialect,
    result: Result<T, Failure>,
) -> Result<T, Failure> {
    let gone = server.batch(&format!("DROP DATABASE {}", quoted(dialect, name)));
    match (result, gone) {
        (result, Ok(())) => result,
        (Err(failure), Err(_)) => {
            Err(failure.because(format!("the database `{name}` is left behind")))
        }
        (Ok(_), Err(error)) => {
            Err(Failure::new(format!("the database `{name}` could not be dropped again"))
                .because(error.message))
        }
    }
}

fn quoted(dialect: Dialect, name: &str) -> String {
    match dialect {
        Dialect::Mysql | Dialect::Mariadb => format!("`{name}`"),
        Dialect::Postgres | Dialect::Sqlite => format!("\"{name}\""),
    }
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
