//! A database that a migration is tried out on: one in memory, or a new one on the same server.

use migrate_core::backend::Database;
use migrate_core::diff::{Renames, diff};
use migrate_core::run::rehearse;
use migrate_model::catalog::{Catalog, TableName};
use migrate_model::{Dialect, Op};

use super::comparison::{Ground, Live, lacks};
use super::{Session, Target};
use crate::connect::{self, Access, Connected};
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
    let Some(mut live) = ground.live.take() else {
        return Ok(Some("no server was asked".to_owned()));
    };
    let Live { target, connected, .. } = &mut live;
    let mut about: Vec<TableName> = ground.chain.tables.keys().cloned().collect();
    about.extend(ops.iter().chain(back).flat_map(Op::tables));
    let result = on_server(session, dialect, target, connected, about, |database| {
        rehearsed(database, ground, ops, back)
    });
    ground.live = Some(live);
    Ok(match result? {
        Ok(tried) => tried,
        Err(why) => Some(why),
    })
}

/// Does something on a database of its own, which is gone then: one in memory, or a new one beside the one that is
/// there. The inner error is why there can be none. `about` are the tables that it touches.
pub(super) fn on_a_new_one<T>(
    session: &Session<'_>,
    dialect: Dialect,
    target: &Target,
    there: &mut Connected,
    about: Vec<TableName>,
    run: impl FnOnce(&mut dyn Database) -> Result<T, Failure>,
) -> Result<Result<T, String>, Failure> {
    match dialect {
        Dialect::Sqlite => match in_memory() {
            Some(mut database) => run(database.as_mut()).map(Ok),
            None => Ok(Err("this build has no SQLite backend".to_owned())),
        },
        Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb => {
            on_server(session, dialect, target, there, about, run)
        }
    }
}

fn on_server<T>(
    session: &Session<'_>,
    dialect: Dialect,
    target: &Target,
    there: &mut Connected,
    about: Vec<TableName>,
    run: impl FnOnce(&mut dyn Database) -> Result<T, Failure>,
) -> Result<Result<T, String>, Failure> {
    // On MySQL a schema is a database, and the one that is named may be the very one to be left alone.
    if let Some(table) = about.iter().find(|table| table.schema.is_some())
        && dialect.family() == Dialect::Mysql
    {
        return Ok(Err(format!("`{table}` would be changed where it is: a schema is a database")));
    }
    let name = format!("__migrate_scratch_{}", new_id(None, |_| true)?.as_str());
    let Some(url) = target.url.of_database(&name) else {
        return Ok(Err("the URL can't be that of another database".to_owned()));
    };
    let there = there.database.as_mut();
    let (quoted, like) = match dialect {
        Dialect::Mysql | Dialect::Mariadb => (format!("`{name}`"), character_set(there)),
        Dialect::Postgres | Dialect::Sqlite => (format!("\"{name}\""), String::new()),
    };
    if let Err(error) = there.batch(&format!("CREATE DATABASE {quoted}{like}")) {
        return Ok(Err(format!("a database for that can't be created: {}", error.message)));
    }
    let result = connect::open(&url, Access::Write, &session.environment.folder, "")
        .and_then(|mut connected| run(connected.database.as_mut()));
    match (result, there.batch(&format!("DROP DATABASE {quoted}"))) {
        (result, Ok(())) => result.map(Ok),
        (Err(failure), Err(_)) => {
            Err(failure.because(format!("the database `{name}` is left behind")))
        }
        (Ok(_), Err(error)) => {
            Err(Failure::new(format!("the database `{name}` could not be dropped again"))
                .because(error.message))
        }
    }
}

/// That of the database that is there: tables that say none have it.
fn character_set(database: &mut dyn Database) -> String {
    let query = "SELECT default_character_set_name, default_collation_name \
                 FROM information_schema.schemata WHERE schema_name = DATABASE()";
    let rows = database.query(query).unwrap_or_default();
    match rows.first().map(Vec::as_slice) {
        Some([Some(set), Some(collation)]) => format!(" CHARACTER SET {set} COLLATE {collation}"),
        Some(_) | None => String::new(),
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
