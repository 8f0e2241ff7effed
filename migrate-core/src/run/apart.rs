//! Ops apart from any chain: as statements to read, and tried out on a database that nobody needs.

use migrate_model::{Dialect, Op, catalog::Catalog, catalog::CatalogError};

use super::{Error, script, session::Session};
use crate::backend::{Database, DatabaseError, RenderError, Statement, render};

/// An op that doesn't work.
#[derive(Debug, thiserror::Error)]
#[error("{op}: {why}")]
pub struct Fault {
    /// Which.
    pub op: String,
    /// What stands in the way.
    pub why: Why,
}

/// What stands in the way of an op.
#[derive(Debug, thiserror::Error)]
pub enum Why {
    /// The schema that it meets.
    #[error(transparent)]
    Schema(#[from] CatalogError),
    /// The database has no such thing.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// The database refused it.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// The SQL that does these ops, for people to read. It guards nothing and logs nothing, as a script of
/// [`Migrator::script`](super::Migrator::script) does. `catalog` is the schema that they meet, and the one behind them.
///
/// ```
/// use migrate_core::{catalog::Catalog, prelude::*, run};
///
/// let mut op = Ops::new(Sqlite);
/// op.create_table(table("orders").column(bigint("id").primary_key()));
/// let ops: Vec<_> = op.recorded().iter().map(|op| op.what.clone()).collect();
/// let sql = run::statements(Sqlite, &ops, &mut Catalog::default())?;
/// assert!(sql[0].starts_with("CREATE TABLE \"orders\""));
/// # Ok::<(), run::Fault>(())
/// ```
///
/// # Errors
///
/// When an op doesn't fit the schema, or this database can't do it.
pub fn statements(
    dialect: Dialect,
    ops: &[Op],
    catalog: &mut Catalog,
) -> Result<Vec<String>, Fault> {
    let mut texts = Vec::new();
    for op in ops {
        let fault = |why: Why| Fault { op: op.describe(), why };
        for statement in render(dialect, op, catalog).map_err(|why| fault(why.into()))? {
            texts.push(match statement {
                Statement::Sql(sql) => sql,
                Statement::Code(_) => statement.text().to_owned(),
                Statement::Rebuild(rebuild) => {
                    script::rebuild::script(&rebuild).map_err(|why| fault(why.into()))?
                }
            });
        }
        op.apply(catalog).map_err(|why| fault(why.into()))?;
    }
    Ok(texts)
}

/// Runs ops on a database that nobody needs: outside of any transaction, with no version table and no log, and what
/// was done before a fault stays done. `catalog` is the schema that is there, and the one behind what was done.
///
/// # Errors
///
/// When the database can't be asked what it is. The inner one is that of an op.
pub fn rehearse(
    database: &mut dyn Database,
    ops: &[Op],
    catalog: &mut Catalog,
) -> Result<Result<(), Fault>, Error> {
    let mut session = Session::begin(database)?;
    let result = on(&mut session, ops, catalog);
    session.end();
    Ok(result)
}

fn on(database: &mut dyn Database, ops: &[Op], catalog: &mut Catalog) -> Result<(), Fault> {
    let dialect = database.dialect();
    for op in ops {
        let fault = |why: Why| Fault { op: op.describe(), why };
        for statement in render(dialect, op, catalog).map_err(|why| fault(why.into()))? {
            let done = match &statement {
                Statement::Sql(sql) => database.batch(sql),
                Statement::Code(code) => database.run(code),
                Statement::Rebuild(rebuild) => rebuilt(database, |database| rebuild.run(database)),
            };
            done.map_err(|why| fault(why.into()))?;
        }
        op.apply(catalog).map_err(|why| fault(why.into()))?;
    }
    Ok(())
}

/// As SQLite's manual has it, without the rows that the checks of a real run are for.
fn rebuilt(
    database: &mut dyn Database,
    rebuild: impl FnOnce(&mut dyn Database) -> Result<(), DatabaseError>,
) -> Result<(), DatabaseError> {
    database.batch("PRAGMA foreign_keys = OFF")?;
    database.batch("PRAGMA legacy_alter_table = ON")?;
    database.begin()?;
    let done = rebuild(database);
    let ended = if done.is_ok() { database.commit() } else { database.rollback() };
    database.batch("PRAGMA legacy_alter_table = OFF")?;
    done.and(ended)
}
