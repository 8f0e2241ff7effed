//! Rows for every table: such that its constraints hold, and those of the schema on the other side of a migration.

use std::collections::{BTreeMap, BTreeSet};

use migrate_model::{
    Dialect, Op,
    catalog::{
        Catalog, Column, Constraint, DefaultValue, ForeignKey, KeyPart, SqlType, Table, TableName,
        Value,
    },
    op::BulkInsert,
};

use super::values::{Wanted, spoken_of};
use crate::backend::{Database, DatabaseError, Sql, Statement, render, text_type};

/// How many rows a table gets: one, one that is another, and one with NULL wherever that may be.
const ROWS: usize = 3;

/// How many rows are tried for each that stays.
const TRIES: usize = 120;

/// What is needed to make rows.
#[derive(Debug)]
pub(super) struct Seeds<'a> {
    pub(super) dialect: Dialect,
    /// The schema that is there.
    pub(super) now: &'a Catalog,
    /// The one on the other side of the migration.
    pub(super) other: &'a Catalog,
    /// Whether the other one is behind this one.
    pub(super) is_before: bool,
    /// The tables that get rows even where they have some.
    pub(super) again: &'a BTreeSet<TableName>,
    /// The tables that get none.
    pub(super) without: &'a BTreeSet<TableName>,
}

/// Makes rows; what could not be made, in words. `number` counts rows up, so that no two are alike.
pub(super) fn seed(
    database: &mut dyn Database,
    seeds: &Seeds<'_>,
    number: &mut u64,
) -> Result<Vec<String>, DatabaseError> {
    if seeds.dialect == Dialect::Sqlite {
        database.batch("PRAGMA foreign_keys = ON")?;
    }
    let mut notes = Vec::new();
    let tables = in_order(seeds.now).into_iter();
    for table in tables.filter(|table| !seeds.without.contains(&table.name)) {
        let there = count(database, seeds.dialect, &table.name)?;
        if there > 0 && !seeds.again.contains(&table.name) {
            continue;
        }
        let mut made = 0;
        let mut why = None;
        for row in 0..ROWS {
            *number += 1;
            match one(database, seeds, table, row, *number)? {
                Ok(()) => made += 1,
                Err(error) => why = why.or(Some(error)),
            }
        }
        if made == 0 {
            let why = why.unwrap_or_else(|| "nobody knows values for it".to_owned());
            let has = if there == 0 { "no rows" } else { "no rows of its own" };
            notes.push(format!("`{}` has {has} to check with: {why}", table.name));
        }
    }
    Ok(notes)
}

/// Tables behind those that they refer to, as far as they don't go in circles.
fn in_order(catalog: &Catalog) -> Vec<&Table> {
    let mut left: Vec<&Table> = catalog.tables.values().collect();
    let mut done: BTreeSet<&TableName> = BTreeSet::new();
    let mut order = Vec::new();
    while !left.is_empty() {
        let is_ready = |table: &&Table| {
            let mut parents = table.foreign_keys().map(|key| &key.table);
            parents.all(|of| {
                *of == table.name || done.contains(of) || !catalog.tables.contains_key(of)
            })
        };
        let at = left.iter().position(is_ready).unwrap_or(0);
        let table = left.remove(at);
        done.insert(&table.name);
        order.push(table);
    }
    order
}

fn count(
    database: &mut dyn Database,
    dialect: Dialect,
    table: &TableName,
) -> Result<usize, DatabaseError> {
    let sql = Sql::new(dialect, "SELECT CAST(count(*) AS ").raw(text_type(dialect));
    let rows = database.query(&said(sql.raw(") FROM ").table(table))?)?;
    let count = rows.into_iter().flatten().flatten().next();
    Ok(count.and_then(|count| count.parse().ok()).unwrap_or(0))
}

fn said(sql: Sql) -> Result<String, DatabaseError> {
    sql.end().map_err(|error| DatabaseError::because(error.to_string()))
}

/// The values that a column may get, the best first; none where the database makes its value.
struct Choice<'a> {
    column: &'a Column,
    values: Vec<Value>,
}

/// Tries values until a row stays; else why none does.
fn one(
    database: &mut dyn Database,
    seeds: &Seeds<'_>,
    table: &Table,
    row: usize,
    number: u64,
) -> Result<Result<(), String>, DatabaseError> {
    let beside = seeds.other.tables.get(&table.name);
    let wanted = Wanted {
        dialect: seeds.dialect,
        catalog: seeds.now,
        number,
        fits_exactly: !seeds.is_before,
    };
    let referred = match referred(database, seeds, table, beside, row, number)? {
        Ok(referred) => referred,
        Err(why) => return Ok(Err(why)),
    };
    let mut choices = Vec::new();
    for column in &table.columns {
        let other = beside.and_then(|table| table.column(&column.name).ok());
        if column.generated.is_some() || column.identity.is_some() || counts(column) {
            continue;
        }
        let is_key = table.primary_key().is_some_and(|key| key.columns.contains(&column.name));
        // What only a migration that says how fills later may be NULL before it; here nobody knows.
        let may_be_null = column.nullable
            && !is_key
            && (!seeds.is_before || other.is_none_or(|other| other.nullable));
        if row + 1 == ROWS && may_be_null {
            choices.push(Choice { column, values: vec![Value::Null] });
            continue;
        }
        if let Some(value) = referred.get(&column.name) {
            choices.push(Choice { column, values: value.clone() });
            continue;
        }
        if is_key && is_whole(&column.sql_type) {
            choices.push(Choice { column, values: vec![key_number(number)] });
            continue;
        }
        let is_unique = table.is_unique(std::slice::from_ref(&column.name));
        if row + 1 == ROWS && column.default.is_some() && !is_key && !is_unique {
            continue;
        }
        let mut values = Vec::new();
        let said = [Some(table), beside].into_iter().flatten().flat_map(checks);
        let mut spoken: Vec<Value> = said.flat_map(|sql| spoken_of(sql, column)).collect();
        spoken.extend(bounds(table).flat_map(|sql| spoken_of(&sql, column)));
        let usual = match enum_value(seeds, column, other, number) {
            Some(value) => Some(value),
            None => wanted.value(column, other),
        };
        // A list of words is most likely all there is.
        let has_words = spoken.iter().any(|value| matches!(value, Value::Text(_)));
        if has_words {
            let by = row % spoken.len();
            spoken.rotate_left(by);
        }
        if !has_words {
            values.extend(usual.clone());
        }
        for value in spoken {
            if !values.contains(&value) {
                values.push(value);
            }
        }
        if has_words {
            values.extend(usual);
        }
        if values.is_empty() {
            if column.default.is_some() {
                continue;
            }
            if !column.nullable {
                return Ok(Err(format!(
                    "nobody knows a value for `{}`, which is {}",
                    column.name, column.sql_type
                )));
            }
            values.push(Value::Null);
        }
        choices.push(Choice { column, values });
    }
    let mut first = None;
    for attempt in 0..TRIES {
        let Some(values) = chosen(&choices, attempt) else { break };
        match inserted(database, seeds, table, beside, &choices, values)? {
            None => return Ok(Ok(())),
            Some(why) => first = first.or(Some(why)),
        }
    }
    Ok(Err(first.unwrap_or_default()))
}

/// The `attempt`th way to take one value for each column: the best of all, another one for one column alone, the next
/// one for all, then whatever is left.
fn chosen(choices: &[Choice<'_>], attempt: usize) -> Option<Vec<Value>> {
    let take = |of: &dyn Fn(usize, usize) -> usize| {
        let values = choices.iter().enumerate().map(|(at, choice)| {
            let last = choice.values.len().checked_sub(1)?;
            choice.values.get(of(at, last).min(last)).cloned()
        });
        values.collect::<Option<Vec<Value>>>()
    };
    let Some(mut rest) = attempt.checked_sub(1) else { return take(&|_, _| 0) };
    for (at, choice) in choices.iter().enumerate() {
        let others = choice.values.len().saturating_sub(1);
        if rest < others {
            return take(&|column, _| if column == at { rest + 1 } else { 0 });
        }
        rest -= others;
    }
    let most = choices.iter().map(|choice| choice.values.len()).max().unwrap_or(0);
    if rest + 1 < most {
        return take(&|_, _| rest + 1);
    }
    rest = (rest + 1).checked_sub(most)?;
    let mut values = Vec::new();
    for choice in choices {
        let of = choice.values.len().max(1);
        values.push(choice.values.get(rest % of)?.clone());
        rest /= of;
    }
    (rest == 0).then_some(values)
}

/// Inserts a row that also what is to come allows; else says what is in the way.
fn inserted(
    database: &mut dyn Database,
    seeds: &Seeds<'_>,
    table: &Table,
    beside: Option<&Table>,
    choices: &[Choice<'_>],
    row: Vec<Value>,
) -> Result<Option<String>, DatabaseError> {
    let dialect = seeds.dialect;
    let columns: Vec<String> = choices.iter().map(|choice| choice.column.name.clone()).collect();
    let sql = if columns.is_empty() {
        let values = match dialect {
            Dialect::Postgres | Dialect::Sqlite => " DEFAULT VALUES",
            Dialect::Mysql | Dialect::Mariadb => " () VALUES ()",
        };
        said(Sql::new(dialect, "INSERT INTO ").table(&table.name).raw(values))?
    } else {
        let insert = BulkInsert {
            table: table.name.clone(),
            columns,
            rows: vec![row],
            undo: Default::default(),
        };
        let rendered = render(dialect, &Op::BulkInsert(insert), seeds.now);
        let statements = match rendered {
            Ok(statements) => statements,
            Err(error) => return Ok(Some(error.to_string())),
        };
        match statements.into_iter().next() {
            Some(Statement::Sql(sql)) => sql,
            Some(Statement::Code(_) | Statement::Rebuild(_)) | None => return Ok(None),
        }
    };
    database.begin()?;
    let mut why = database.batch(&sql).err().map(|error| error.message);
    if why.is_none() {
        let own: Vec<&str> = checks(table).collect();
        for check in beside.into_iter().flat_map(checks).filter(|sql| !own.contains(sql)) {
            let sql = Sql::new(dialect, "SELECT CAST(count(*) AS ").raw(text_type(dialect));
            let sql =
                sql.raw(") FROM ").table(&table.name).raw(" WHERE NOT (").said(check).raw(")");
            let sql = said(sql)?;
            // What speaks of columns that are still to come can't be asked.
            database.batch("SAVEPOINT looked")?;
            match database.query(&sql) {
                Err(_) => database.batch("ROLLBACK TO SAVEPOINT looked")?,
                Ok(rows) if rows.iter().flatten().flatten().any(|count| count != "0") => {
                    why = Some(format!("none is known that the check ({check}) allows"));
                    break;
                }
                Ok(_) => {}
            }
        }
    }
    if why.is_some() {
        database.rollback()?;
    } else if let Err(error) = database.commit() {
        // Constraints that wait look at it now.
        database.rollback()?;
        why = Some(error.message);
    }
    Ok(why)
}

/// The values of columns that refer to rows which are there; else why there can be none.
fn referred(
    database: &mut dyn Database,
    seeds: &Seeds<'_>,
    table: &Table,
    beside: Option<&Table>,
    row: usize,
    number: u64,
) -> Result<Result<BTreeMap<String, Vec<Value>>, String>, DatabaseError> {
    let mut values: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let own: Vec<&ForeignKey> = table.foreign_keys().collect();
    let to_come = beside.into_iter().flat_map(Table::foreign_keys).filter(|key| {
        !own.iter().any(|own| own.columns == key.columns)
            && key.columns.iter().all(|column| table.column(column).is_ok())
    });
    let keys = own.iter().map(|key| (*key, true)).chain(to_come.map(|key| (key, false)));
    for (key, is_there) in keys {
        let Some(parent) = seeds.now.tables.get(&key.table) else { continue };
        let columns: Vec<&Column> =
            key.referred.iter().filter_map(|name| parent.column(name).ok()).collect();
        if columns.len() != key.columns.len() {
            continue;
        }
        let rows = rows_of(database, seeds.dialect, parent, &columns)?;
        if let Some(found) = rows.get(row % rows.len().max(1)) {
            if let ([name], false) = (&key.columns[..], values.contains_key(&key.columns[0])) {
                // Where it is one of several in a key, another row may do.
                let mut all: Vec<Value> = rows.iter().flatten().cloned().collect();
                all.rotate_left(row % rows.len());
                values.insert(name.clone(), all);
                continue;
            }
            for (name, value) in key.columns.iter().zip(found) {
                values.entry(name.clone()).or_insert_with(|| vec![value.clone()]);
            }
            continue;
        }
        let is_nullable = |name: &String| table.column(name).is_ok_and(|column| column.nullable);
        if let Some(name) = key.columns.iter().find(|name| is_nullable(name)) {
            values.insert(name.clone(), vec![Value::Null]);
        } else if key.table == table.name && columns.iter().all(|column| is_whole(&column.sql_type))
        {
            // To itself.
            for name in &key.columns {
                values.insert(name.clone(), vec![key_number(number)]);
            }
        } else if is_there {
            return Ok(Err(format!("there is no row of `{}` to refer to", key.table)));
        }
    }
    Ok(Ok(values))
}

/// Some rows of a table, as values.
fn rows_of(
    database: &mut dyn Database,
    dialect: Dialect,
    table: &Table,
    columns: &[&Column],
) -> Result<Vec<Vec<Value>>, DatabaseError> {
    let is_hex =
        |column: &Column| column.sql_type == SqlType::Binary && dialect != Dialect::Postgres;
    let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    let sql = Sql::new(dialect, "SELECT ").list(columns, |sql, column| {
        if is_hex(column) {
            return sql.raw("HEX(").name(&column.name).raw(")");
        }
        sql.raw("CAST(").name(&column.name).raw(" AS ").raw(text_type(dialect)).raw(")")
    });
    let sql = sql.raw(" FROM ").table(&table.name).raw(" WHERE ");
    let sql = names
        .iter()
        .enumerate()
        .fold(sql, |sql, (at, name)| sql.raw_if(at > 0, " AND ").name(name).raw(" IS NOT NULL"));
    // The newest are most likely those that came without a migration.
    let sql = sql.raw(" ORDER BY ").list(&names, |sql, name| sql.name(name).raw(" DESC"));
    let rows = database.query(&said(sql.raw(&format!(" LIMIT {ROWS}")))?)?;
    let values = rows.into_iter().map(|row| {
        let values = row.into_iter().zip(columns).map(|(value, column)| match value {
            None => Value::Null,
            Some(hex) if is_hex(column) => {
                let byte =
                    |at| hex.get(at..at + 2).and_then(|two| u8::from_str_radix(two, 16).ok());
                Value::Bytes((0..hex.len()).step_by(2).filter_map(byte).collect())
            }
            Some(text) => Value::Text(text),
        });
        values.collect()
    });
    Ok(values.collect())
}

/// A value that an enum has on both sides, where there is one.
fn enum_value(
    seeds: &Seeds<'_>,
    column: &Column,
    other: Option<&Column>,
    number: u64,
) -> Option<Value> {
    let SqlType::Enum(name) = &column.sql_type else { return None };
    let values = seeds.now.enums.get(name)?;
    let others = other.and_then(|other| {
        let SqlType::Enum(name) = &other.sql_type else { return None };
        seeds.other.enums.get(name)
    });
    let both: Vec<&String> =
        values.iter().filter(|value| others.is_none_or(|others| others.contains(*value))).collect();
    let at = usize::try_from(number).unwrap_or_default();
    let value = if both.is_empty() {
        values.get(at % values.len().max(1))?
    } else {
        *both.get(at % both.len())?
    };
    Some(Value::Text(value.clone()))
}

/// Whether the database counts it up by a sequence.
fn counts(column: &Column) -> bool {
    matches!(&column.default, Some(DefaultValue::Expression(sql)) if sql.to_lowercase().contains("nextval"))
}

fn is_whole(of: &SqlType) -> bool {
    matches!(of, SqlType::SmallInt | SqlType::Integer | SqlType::BigInt | SqlType::Unsigned(_))
}

/// A number for a key: small, so that whatever refers to it can hold it, and not one of the first.
fn key_number(number: u64) -> Value {
    Value::Int(1000 + i64::try_from(number % 30_000).unwrap_or_default())
}

fn checks(table: &Table) -> impl Iterator<Item = &str> {
    table.constraints.values().filter_map(|constraint| match constraint {
        Constraint::Check(check) => Some(check.expression.as_str()),
        Constraint::PrimaryKey(_)
        | Constraint::Unique(_)
        | Constraint::ForeignKey(_)
        | Constraint::Exclude(_) => None,
    })
}

/// What partitions hold, as if it were said by checks.
fn bounds(table: &Table) -> impl Iterator<Item = String> {
    let keys = table.partition_by.iter().flat_map(|by| &by.keys).filter_map(|key| match key {
        KeyPart::Column(name) => Some(name),
        KeyPart::Expression(_) => None,
    });
    keys.flat_map(|key| table.partitions.values().map(move |bounds| format!("{key} {bounds}")))
}
