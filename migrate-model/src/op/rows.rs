//! Rows that a migration brings along, and their taking back.

use super::{Effect, Execute, Op, Undo};
use crate::catalog::{
    Catalog, CatalogError, Constraint, DefaultValue, InvertError, Table, TableName, Value,
};

/// Inserts rows with literal values.
///
/// The inverse deletes just these rows, by a key that every one of them sets in full: no row with that
/// key was there before, or the INSERT would have failed.
#[derive(Clone, Debug, PartialEq)]
pub struct BulkInsert {
    /// The table.
    pub table: TableName,
    /// The columns that are set.
    pub columns: Vec<String>,
    /// A value for each column, for each row.
    pub rows: Vec<Vec<Value>>,
    /// How to take the rows back, if not by their key.
    pub undo: Undo,
}

/// Deletes rows by their keys.
#[derive(Clone, Debug, PartialEq)]
pub struct DeleteRows {
    /// The table.
    pub table: TableName,
    /// The columns that tell these rows from others.
    pub key: Vec<String>,
    /// The columns of `rows`.
    pub columns: Vec<String>,
    /// The rows in full, so that they can come back.
    pub rows: Vec<Vec<Value>>,
}

/// Rows to come: `rows("instruments").row(row().set("symbol", "AAPL").set("lot", 100))`.
pub fn rows(table: impl Into<TableName>) -> Rows {
    Rows { table: table.into(), rows: Vec::new() }
}

/// A row to come.
pub fn row() -> Row {
    Row { values: Vec::new() }
}

/// Rows under construction.
#[derive(Clone, Debug)]
#[must_use = "hand them to op.bulk_insert(…)"]
pub struct Rows {
    table: TableName,
    rows: Vec<Row>,
}

/// A row under construction.
#[derive(Clone, Debug)]
#[must_use = "hand it to rows(…).row(…)"]
pub struct Row {
    values: Vec<(String, Value)>,
}

impl Row {
    /// The value of one column. All rows set the same columns.
    pub fn set(mut self, column: &str, value: impl Into<Value>) -> Row {
        self.values.push((column.to_owned(), value.into()));
        self
    }
}

impl Rows {
    /// One more row.
    pub fn row(mut self, row: Row) -> Rows {
        self.rows.push(row);
        self
    }
}

impl From<Rows> for BulkInsert {
    fn from(rows: Rows) -> BulkInsert {
        let columns: Vec<String> = rows
            .rows
            .first()
            .map(|row| row.values.iter().map(|(column, _)| column.clone()).collect())
            .unwrap_or_default();
        // A row that sets other columns keeps a length of its own, by which the simulation finds it.
        let values = |row: Row| -> Vec<Value> {
            let fits = row.values.len() == columns.len();
            let find = |column: &String| {
                row.values.iter().find(|(name, _)| name == column).map(|(_, value)| value.clone())
            };
            match columns.iter().map(find).collect::<Option<Vec<Value>>>() {
                Some(values) if fits => values,
                _ => Vec::new(),
            }
        };
        BulkInsert {
            table: rows.table,
            rows: rows.rows.into_iter().map(values).collect(),
            columns: columns.clone(),
            undo: Undo::Unsaid,
        }
    }
}

impl BulkInsert {
    pub(super) fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        check(catalog.table(&self.table)?, &self.columns, &self.rows)
    }

    pub(super) fn invert(&self, before: &Catalog) -> Result<Vec<Op>, InvertError> {
        match &self.undo {
            Undo::Nothing => return Ok(Vec::new()),
            Undo::Sql(sql) => {
                return Ok(vec![Op::Execute(Execute {
                    sql: sql.clone(),
                    effect: Effect::Unsaid,
                    undo: Undo::Nothing,
                })]);
            }
            Undo::Unsaid => {}
        }
        if self.rows.is_empty() {
            return Ok(Vec::new());
        }
        let table = before.table(&self.table)?;
        let key =
            self.key(table).ok_or_else(|| InvertError::NoKey { table: self.table.clone() })?;
        Ok(vec![Op::DeleteRows(DeleteRows {
            table: self.table.clone(),
            key,
            columns: self.columns.clone(),
            rows: self.rows.clone(),
        })])
    }

    /// The columns of the first key that every row sets in full, the primary key before others.
    fn key(&self, table: &Table) -> Option<Vec<String>> {
        let primary = table.primary_key().map(|key| &key.columns);
        let unique = table.constraints.values().filter_map(|constraint| match constraint {
            Constraint::Unique(unique) => Some(&unique.columns),
            Constraint::PrimaryKey(_)
            | Constraint::ForeignKey(_)
            | Constraint::Check(_)
            | Constraint::Exclude(_) => None,
        });
        let is_set = |column: &String| {
            let at = self.columns.iter().position(|name| name == column);
            at.is_some_and(|at| {
                self.rows.iter().all(|row| row.get(at).is_some_and(|value| *value != Value::Null))
            })
        };
        primary.into_iter().chain(unique).find(|columns| columns.iter().all(is_set)).cloned()
    }

    pub(super) fn describe(&self) -> String {
        format!("insert {} into {}", count(self.rows.len()), self.table)
    }

    pub(super) fn tables(&self) -> Vec<TableName> {
        vec![self.table.clone()]
    }
}

impl DeleteRows {
    pub(super) fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let table = catalog.table(&self.table)?;
        self.key.iter().try_for_each(|column| table.column(column).map(drop))?;
        check(table, &self.columns, &self.rows)
    }

    pub(super) fn invert(&self, _: &Catalog) -> Result<Vec<Op>, InvertError> {
        Ok(vec![Op::BulkInsert(BulkInsert {
            table: self.table.clone(),
            columns: self.columns.clone(),
            rows: self.rows.clone(),
            undo: Undo::Unsaid,
        })])
    }

    pub(super) fn describe(&self) -> String {
        format!("delete {} from {}", count(self.rows.len()), self.table)
    }

    pub(super) fn tables(&self) -> Vec<TableName> {
        vec![self.table.clone()]
    }
}

fn count(rows: usize) -> String {
    if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") }
}

fn check(table: &Table, columns: &[String], rows: &[Vec<Value>]) -> Result<(), CatalogError> {
    for row in rows {
        if row.len() != columns.len() {
            return Err(CatalogError::UnevenRows {
                table: table.name.clone(),
                first: columns.to_vec(),
                second: vec!["others".to_owned()],
            });
        }
        for (name, value) in columns.iter().zip(row) {
            let column = table.column(name)?;
            if !column.sql_type.takes(&DefaultValue::Value(value.clone())) {
                return Err(CatalogError::WrongValue {
                    table: table.name.clone(),
                    column: name.clone(),
                    value: value.to_string(),
                    sql_type: column.sql_type.to_string(),
                });
            }
        }
    }
    Ok(())
}
