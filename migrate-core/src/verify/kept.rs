//! The rows of a database, and which of them a way did not bring back.

use std::collections::{BTreeMap, BTreeSet};

use migrate_model::{
    Dialect, Op, Placed,
    catalog::{Catalog, SqlType, TableName},
    op::{AlterTable, RenameTable, TableChange},
};

use super::finding::{Loss, Way};
use crate::backend::{Database, DatabaseError, Sql, text_type};

/// The rows of every table, as text.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    pub(super) tables: BTreeMap<TableName, TableRows>,
}

/// The rows of a table.
#[derive(Clone, Debug, Default)]
pub(super) struct TableRows {
    pub(super) columns: Vec<String>,
    /// The columns of its primary key, if it has one.
    key: Vec<String>,
    pub(super) rows: Vec<Vec<Option<String>>>,
}

impl TableRows {
    /// The values of some columns of each row.
    fn parts<'r>(
        &'r self,
        columns: &[String],
    ) -> impl Iterator<Item = Vec<Option<&'r str>>> + use<'r> {
        let places: Vec<usize> = columns
            .iter()
            .filter_map(|name| self.columns.iter().position(|column| column == name))
            .collect();
        self.rows.iter().map(move |row| {
            places.iter().map(|&at| row.get(at).and_then(|value| value.as_deref())).collect()
        })
    }
}

/// Reads all rows of the tables of a schema.
pub(super) fn read(
    database: &mut dyn Database,
    dialect: Dialect,
    catalog: &Catalog,
) -> Result<Rows, DatabaseError> {
    let mut rows = Rows::default();
    for (name, table) in &catalog.tables {
        let columns: Vec<String> = table.columns.iter().map(|one| one.name.clone()).collect();
        if columns.is_empty() {
            continue;
        }
        let sql = Sql::new(dialect, "SELECT ").list(&table.columns, |sql, column| {
            let is_bytes = column.sql_type == SqlType::Binary;
            match dialect {
                // Tells a text from a number, and shows bytes.
                Dialect::Sqlite => sql.raw("quote(").name(&column.name).raw(")"),
                Dialect::Mysql | Dialect::Mariadb if is_bytes => {
                    sql.raw("HEX(").name(&column.name).raw(")")
                }
                Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb => {
                    let sql = sql.raw("CAST(").name(&column.name).raw(" AS ");
                    sql.raw(text_type(dialect)).raw(")")
                }
            }
        });
        let sql = sql.raw(" FROM ").table(name).end();
        let sql = sql.map_err(|error| DatabaseError::because(error.to_string()))?;
        let mut found = database.query(&sql)?;
        if dialect == Dialect::Sqlite {
            for value in found.iter_mut().flatten() {
                if value.as_deref() == Some("NULL") {
                    *value = None;
                }
            }
        }
        let key = table.primary_key().map(|key| key.columns.clone()).unwrap_or_default();
        rows.tables.insert(name.clone(), TableRows { columns, key, rows: found });
    }
    Ok(rows)
}

/// What is called what on the other side of a migration.
#[derive(Clone, Debug, Default)]
pub(super) struct Renamed {
    pub(super) tables: BTreeMap<TableName, TableName>,
    /// By the name that the table has before.
    pub(super) columns: BTreeMap<(TableName, String), String>,
}

impl Renamed {
    pub(super) fn table<'n>(&'n self, name: &'n TableName) -> &'n TableName {
        self.tables.get(name).unwrap_or(name)
    }

    pub(super) fn column<'n>(&'n self, table: &TableName, name: &'n str) -> &'n str {
        self.columns.get(&(table.clone(), name.to_owned())).map_or(name, String::as_str)
    }

    /// A table is called otherwise from now on.
    pub(super) fn rename_table(&mut self, from: &TableName, to: &TableName) {
        let first = self.first(from);
        self.tables.insert(first, to.clone());
    }

    /// A column of a table, as that is called by now, is called otherwise.
    pub(super) fn rename_column(&mut self, table: &TableName, from: &str, to: &str) {
        let table = self.first(table);
        let columns = self.columns.iter();
        let first = columns.filter(|((of, _), _)| *of == table).find(|(_, now)| *now == from);
        let first = first.map_or_else(|| from.to_owned(), |((_, name), _)| name.clone());
        self.columns.insert((table, first), to.to_owned());
    }

    /// What a table was called at first.
    fn first(&self, now: &TableName) -> TableName {
        let known = self.tables.iter().find(|(_, to)| *to == now);
        known.map_or_else(|| now.clone(), |(from, _)| from.clone())
    }

    /// A schema under the names that this leads to, as far as they are free in it.
    pub(super) fn applied_to(&self, catalog: &Catalog) -> Catalog {
        let mut catalog = catalog.clone();
        for ((table, from), to) in &self.columns {
            let mut alter = AlterTable { table: table.clone(), changes: Vec::new() };
            let (from, to) = (from.clone(), to.clone());
            alter.changes.push(Placed::here(TableChange::RenameColumn { from, to }));
            let _ = Op::AlterTable(alter).apply(&mut catalog);
        }
        for (from, to) in &self.tables {
            let (from, to) = (from.clone(), to.clone());
            let _ = Op::RenameTable(RenameTable { from, to }).apply(&mut catalog);
        }
        catalog
    }

    /// The same the other way round.
    pub(super) fn back(&self) -> Renamed {
        let tables = self.tables.iter().map(|(from, to)| (to.clone(), from.clone())).collect();
        let columns = self
            .columns
            .iter()
            .map(|((table, from), to)| ((self.table(table).clone(), to.clone()), from.clone()));
        Renamed { columns: columns.collect(), tables }
    }
}

/// A loss, and whether the schema in between has no place for what is lost.
pub(super) struct Found {
    pub(super) loss: Loss,
    pub(super) is_natural: bool,
}

/// What of the first rows is not in the second ones, which have the same schema; `between` is what lay between them.
/// Rows of `own` are the migration's, and are not looked at.
pub(super) fn lost(
    on: Way,
    schema: &Catalog,
    (before, after): (&Rows, &Rows),
    between: &Catalog,
    renamed: &Renamed,
    own: &Own,
) -> Vec<Found> {
    let mut found = Vec::new();
    for (table, were) in &before.tables {
        let other = between.tables.get(renamed.table(table));
        let other_of =
            |column: &str| other.and_then(|other| other.column(renamed.column(table, column)).ok());
        let passes = |column: &str| other_of(column).is_some();
        // A value comes for NULL where there must be one, and nobody brings the NULL back.
        let is_filled = |column: &str, loss: &Loss| {
            let here = schema.tables.get(table).and_then(|here| here.column(column).ok());
            loss.example.as_ref().is_some_and(|(was, _)| was == NULL)
                && here.is_some_and(|here| here.nullable)
                && other_of(column).is_some_and(|other| !other.nullable)
        };
        let none = TableRows::default();
        let are = after.tables.get(table).unwrap_or(&none);
        let is_own =
            |row: &Vec<Option<String>>| own.get(table).is_some_and(|own| own.contains(row));
        let mut were = were.clone();
        were.rows.retain(|row| !is_own(row));
        let losses = match other {
            Some(_) => in_table(on, table, &were, are, &passes),
            // Rows that look alike are others: the table was made anew.
            None => gone_with_table(on, table, &were, are).into_iter().collect(),
        };
        found.extend(losses.into_iter().map(|loss| {
            let is_natural = match &loss.column {
                None => other.is_none(),
                Some(column) => !passes(column) || is_filled(column, &loss),
            };
            Found { loss, is_natural }
        }));
    }
    found
}

/// Rows that a migration brings along.
pub(super) type Own = BTreeMap<TableName, BTreeSet<Vec<Option<String>>>>;

/// The rows behind a migration that were not there before it; `renamed` leads back.
pub(super) fn brought(before: &Rows, behind: &Rows, renamed: &Renamed) -> Own {
    let mut own = Own::new();
    for (table, are) in &behind.tables {
        let were = before.tables.get(renamed.table(table));
        let key: Vec<String> =
            are.key.iter().map(|name| renamed.column(table, name).to_owned()).collect();
        let new: BTreeSet<Vec<Option<String>>> = match were {
            None => are.rows.iter().cloned().collect(),
            Some(were) if !key.is_empty() && key.iter().all(|name| were.columns.contains(name)) => {
                let there: BTreeSet<_> = were.parts(&key).collect();
                let rows = are.parts(&are.key).zip(&are.rows);
                rows.filter(|(part, _)| !there.contains(part)).map(|(_, row)| row.clone()).collect()
            }
            Some(were) if were.rows.len() >= are.rows.len() => BTreeSet::new(),
            Some(_) => are.rows.iter().cloned().collect(),
        };
        own.insert(table.clone(), new);
    }
    own
}

/// Tables that have fewer rows behind a migration than before it.
pub(super) fn fewer(
    before: &Rows,
    behind: &Rows,
    schema: &Catalog,
    renamed: &Renamed,
) -> Vec<Loss> {
    let mut found = Vec::new();
    for (table, were) in &before.tables {
        let name = renamed.table(table);
        if !schema.tables.contains_key(name) {
            continue;
        }
        let (of, left) =
            (were.rows.len(), behind.tables.get(name).map_or(0, |table| table.rows.len()));
        if left < of {
            let (on, table) = (Way::Up, table.clone());
            found.push(Loss { on, table, column: None, rows: of - left, of, example: None });
        }
    }
    found
}

/// The rows behind a migration under the names before it: of the columns that both schemas have, with the same type.
pub(super) fn same(rows: &Rows, behind: &Catalog, before: &Catalog, renamed: &Renamed) -> Rows {
    let mut same = Rows::default();
    for (table, are) in &rows.tables {
        let name = renamed.table(table);
        let (Some(here), Some(there)) = (behind.tables.get(table), before.tables.get(name)) else {
            continue;
        };
        let mut columns = Vec::new();
        let mut places = Vec::new();
        for (at, column) in are.columns.iter().enumerate() {
            let former = renamed.column(table, column);
            if let (Ok(here), Ok(there)) = (here.column(column), there.column(former))
                && here.sql_type == there.sql_type
            {
                columns.push(former.to_owned());
                places.push(at);
            }
        }
        let part = |row: &Vec<Option<String>>| {
            places.iter().map(|&at| row.get(at).cloned().flatten()).collect()
        };
        let rows = are.rows.iter().map(part).collect();
        same.tables.insert(name.clone(), TableRows { columns, key: Vec::new(), rows });
    }
    same
}

/// What is shown where there is no value.
const NULL: &str = "NULL";

fn gone_with_table(on: Way, table: &TableName, were: &TableRows, are: &TableRows) -> Option<Loss> {
    let gone = were.rows.iter().filter(|row| !are.rows.contains(row)).count();
    let (table, of) = (table.clone(), were.rows.len());
    (gone > 0).then_some(Loss { on, table, column: None, rows: gone, of, example: None })
}

fn in_table(
    on: Way,
    table: &TableName,
    were: &TableRows,
    are: &TableRows,
    passes: &dyn Fn(&str) -> bool,
) -> Vec<Loss> {
    let loss = |column: Option<&str>, rows: usize, example| Loss {
        on,
        table: table.clone(),
        column: column.map(str::to_owned),
        rows,
        of: were.rows.len(),
        example,
    };
    // What tells rows apart: the key, else all that could have stayed.
    let mut key: Vec<String> = were.key.clone();
    if key.is_empty() || !key.iter().all(|column| passes(column) && are.columns.contains(column)) {
        let stays = |column: &&String| passes(column) && are.columns.contains(*column);
        key = were.columns.iter().filter(stays).cloned().collect();
    }
    let mut there: BTreeMap<Vec<Option<&str>>, Vec<&Vec<Option<String>>>> = BTreeMap::new();
    for (part, row) in are.parts(&key).zip(&are.rows) {
        there.entry(part).or_default().push(row);
    }
    let mut gone = 0;
    let mut pairs = Vec::new();
    for (part, row) in were.parts(&key).zip(&were.rows) {
        match there.get_mut(&part).and_then(Vec::pop) {
            Some(other) => pairs.push((row, other)),
            None => gone += 1,
        }
    }
    let missing = were.rows.len().saturating_sub(are.rows.len());
    let mut losses = Vec::new();
    if gone > 0 && (!were.key.is_empty() || missing >= gone) {
        losses.push(loss(None, gone, None));
    } else if gone > 0 {
        // Without a key a row that is another one looks like one that is gone: the columns say which.
        if missing > 0 {
            losses.push(loss(None, missing, None));
        }
        for column in key.iter().filter(|column| were.columns.contains(column)) {
            let one = std::slice::from_ref(column);
            let mut left: Vec<_> = are.parts(one).collect();
            let mut rows = 0;
            for value in were.parts(one) {
                match left.iter().position(|other| *other == value) {
                    Some(at) => _ = left.swap_remove(at),
                    None => rows += 1,
                }
            }
            if rows > missing {
                losses.push(loss(Some(column), rows, None));
            }
        }
        if losses.is_empty() {
            losses.push(loss(None, gone, None));
        }
    }
    for (at, column) in were.columns.iter().enumerate() {
        let Some(now) = are.columns.iter().position(|name| name == column) else {
            continue;
        };
        let differ = pairs.iter().filter(|(was, is)| !is_same(was.get(at), is.get(now)));
        let differ: Vec<_> = differ.collect();
        if let Some((was, is)) = differ.first() {
            let shown = |value: Option<&Option<String>>| match value.and_then(Option::as_deref) {
                None => NULL.to_owned(),
                Some(value) => short(value),
            };
            let example = Some((shown(was.get(at)), shown(is.get(now))));
            losses.push(loss(Some(column), differ.len(), example));
        }
    }
    losses
}

/// Whether two values are one. There and back again, a floating point number may be another in its last digits.
fn is_same(one: Option<&Option<String>>, other: Option<&Option<String>>) -> bool {
    let (Some(Some(one)), Some(Some(other))) = (one, other) else { return one == other };
    let is_floating = |text: &str| text.contains(['.', 'e']);
    one == other
        || (is_floating(one) || is_floating(other))
            && matches!((one.parse::<f64>(), other.parse::<f64>()), (Ok(one), Ok(other))
                if (one - other).abs() <= 1e-13 * one.abs().max(other.abs()))
}

fn short(value: &str) -> String {
    let shown: String = value.chars().take(40).collect();
    if shown.len() < value.len() { format!("`{shown}…`") } else { format!("`{shown}`") }
}
