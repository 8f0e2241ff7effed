//! A catalog's expressions as MySQL and MariaDB write them: they are asked by making each table as a temporary one. That
//! needs no right but CREATE TEMPORARY TABLES, ends no transaction, and leaves no trace.

use migrate_model::{
    Dialect,
    catalog::{Catalog, Constraint, Generated, SqlType, Table},
};

use super::{
    asked,
    reflect::charset,
    render::{column, constraint, start, table_options},
    text::{self, Created},
    types,
};
use crate::{
    backend::{
        Database, RenderError,
        reflect::{Asked, ReflectError},
    },
    run::SQL_MODE,
};

/// A temporary table hides one of the same name, and is dropped as such.
const SCRATCH: &str = "__migrate_scratch";

pub(crate) fn canonical(
    database: &mut dyn Database,
    dialect: Dialect,
    catalog: &Catalog,
    asked: &Asked,
) -> Result<Catalog, ReflectError> {
    let sql = "SELECT CAST(@@SESSION.sql_mode AS CHAR), CAST(@@default_storage_engine AS CHAR), CAST(@@collation_database AS CHAR)";
    let session = database.query(sql)?.into_iter().next().unwrap_or_default();
    let mut session = session.into_iter().map(Option::unwrap_or_default);
    let mut next = || session.next().unwrap_or_default();
    let (mode, engine, collation) = (next(), next(), next());
    database.batch(&format!("SET SESSION sql_mode = '{SQL_MODE}'"))?;
    let usual = Usual { dialect, engine, collation };
    let canonical = all(database, &usual, catalog, asked).and_then(|mut canonical| {
        if asked.objects {
            asked::objects(database, dialect, catalog, &mut canonical)?;
        }
        Ok(canonical)
    });
    database.batch(&format!("SET SESSION sql_mode = '{mode}'"))?;
    canonical
}

/// What is so when nothing is said.
struct Usual {
    dialect: Dialect,
    engine: String,
    collation: String,
}

/// What the server made of a table.
struct Answer {
    created: Created,
    /// The types and collations of the columns, in order.
    columns: Vec<(String, Option<String>)>,
}

fn all(
    database: &mut dyn Database,
    usual: &Usual,
    catalog: &Catalog,
    asked: &Asked,
) -> Result<Catalog, ReflectError> {
    let mut canonical = catalog.clone();
    let tables = canonical.tables.values_mut().filter(|table| asked.tables.contains(&table.name));
    for table in tables.filter(|table| has_text(table)) {
        let scratch = scratch(table);
        if let Some(answer) = ask(database, usual.dialect, catalog, &scratch)? {
            take_over(table, answer, usual);
            continue;
        }
        for piece in pieces(&scratch) {
            if let Some(answer) = ask(database, usual.dialect, catalog, &piece)? {
                take_over(table, answer, usual);
            }
        }
    }
    Ok(canonical)
}

/// Whether there is anything in a table that the server may write in another way.
fn has_text(table: &Table) -> bool {
    table.options.mysql != Default::default()
        || table.columns.iter().any(|column| {
            column.default.is_some()
                || column.generated.is_some()
                || column.collation.is_some()
                || matches!(column.sql_type, SqlType::Custom(_))
        })
        || table.constraints.values().any(|one| matches!(one, Constraint::Check(_)))
}

/// The table as it is made to ask: what has no text in it is left out.
fn scratch(table: &Table) -> Table {
    let mut scratch = table.clone();
    scratch.name = SCRATCH.into();
    scratch.comment = None;
    scratch.indexes.clear();
    scratch.triggers.clear();
    scratch.constraints.retain(|_, one| matches!(one, Constraint::Check(_)));
    for column in &mut scratch.columns {
        column.comment = None;
        column.identity = None;
    }
    scratch
}

/// A table that the server does not take, with one of its texts at a time, so that only what it refuses stays as it is.
fn pieces(table: &Table) -> Vec<Table> {
    let mut bare = table.clone();
    bare.constraints.clear();
    bare.options.mysql = Default::default();
    for column in &mut bare.columns {
        column.default = None;
        column.generated = None;
    }
    let mut pieces = vec![Table { options: table.options.clone(), ..bare.clone() }];
    for (at, column) in table.columns.iter().enumerate() {
        if column.default.is_some() || column.generated.is_some() {
            let mut piece = bare.clone();
            piece.columns[at] = column.clone();
            pieces.push(piece);
        }
    }
    for (name, one) in &table.constraints {
        let mut piece = bare.clone();
        piece.constraints.insert(name.clone(), one.clone());
        pieces.push(piece);
    }
    pieces
}

fn said(dialect: Dialect, table: &Table, catalog: &Catalog) -> Result<String, RenderError> {
    let columns = table.columns.iter().map(|one| column(dialect, one, catalog));
    let checks = table.constraints.values().map(|one| constraint(dialect, one));
    let sql = start(dialect, "CREATE TEMPORARY TABLE ").table(&table.name).raw(" (");
    let sql = sql.list(columns.chain(checks), |sql, piece| sql.piece(piece)).raw(")");
    table_options(sql, &table.options.mysql).end()
}

/// What the server makes of a table; nothing when it refuses.
fn ask(
    database: &mut dyn Database,
    dialect: Dialect,
    catalog: &Catalog,
    table: &Table,
) -> Result<Option<Answer>, ReflectError> {
    let sql = said(dialect, table, catalog)?;
    if database.batch(&sql).is_err() {
        return Ok(None);
    }
    let create = database.query(&format!("SHOW CREATE TABLE {SCRATCH}"));
    let columns = database.query(&format!("SHOW FULL COLUMNS FROM {SCRATCH}"));
    database.batch(&format!("DROP TEMPORARY TABLE {SCRATCH}"))?;
    let create = create?.into_iter().next().and_then(|row| row.into_iter().nth(1)).flatten();
    let columns = columns?.into_iter().map(|row| {
        let mut fields = row.into_iter().skip(1);
        (fields.next().flatten().unwrap_or_default(), fields.next().flatten())
    });
    let created = Created::read(&create.unwrap_or_default());
    Ok(Some(Answer { created, columns: columns.collect() }))
}

/// Takes the server's texts over.
fn take_over(table: &mut Table, answer: Answer, usual: &Usual) {
    let Answer { created, columns } = answer;
    for ((name, default, generated), (column_type, collation)) in
        created.columns.into_iter().zip(columns)
    {
        let Ok(column) = table.column_mut(&name) else { continue };
        if let SqlType::Custom(_) = column.sql_type {
            column.sql_type = types::read(&column_type);
        }
        if let (Some(_), Some(said)) = (&column.default, default) {
            column.default = text::default_value(&said, &types::kept(&column.sql_type));
        }
        if let (Some(of), Some(expression)) = (&column.generated, generated) {
            column.generated = Some(Generated { expression, stored: of.stored });
        }
        if column.collation.is_some() {
            column.collation = collation.filter(|one| Some(one) != created.collation.as_ref());
        }
    }
    for (name, expression) in created.checks {
        if let Some(Constraint::Check(check)) = table.constraints.get_mut(&name) {
            check.expression = expression;
        }
    }
    let own = &mut table.options.mysql;
    if own.engine.is_some() {
        own.engine = created.engine.filter(|one| !one.eq_ignore_ascii_case(&usual.engine));
    }
    if let Some(collation) = created.collation
        && (own.charset.is_some() || own.collate.is_some())
    {
        own.charset =
            Some(charset(&collation).to_owned()).filter(|one| *one != charset(&usual.collation));
        own.collate = Some(collation).filter(|one| *one != usual.collation);
    }
}
