//! Rows that a migration brings along. Their inverse deletes them.

use migrate_core::catalog::{Column, SqlType, Table, Value};
use migrate_core::op::BulkInsert;

use super::{Scene, values};

pub(super) fn insert(scene: &mut Scene<'_>) -> Option<()> {
    let fit: Vec<&Table> = scene.catalog.tables.values().filter(|one| can_take(one)).collect();
    let table = *scene.dice.pick(&fit)?;
    let key = table.primary_key()?.columns.clone();
    let is_set = |column: &Column| {
        column.generated.is_none()
            && (key.contains(&column.name)
                || !column.fills_itself()
                || !values::is_in_key(table, column) && is_free(table, column))
    };
    let columns: Vec<&Column> = table.columns.iter().filter(|one| is_set(one)).collect();
    let first = 1000 + scene.dice.below(20_000) as i64;
    let mut rows: Vec<Vec<Value>> = Vec::new();
    for number in 0..1 + scene.dice.below(3) as i64 {
        let mut row = Vec::new();
        for column in &columns {
            row.push(if key.contains(&column.name) || !is_free(table, column) {
                own(column, first + number)?
            } else {
                any(scene, column)?
            });
        }
        rows.push(row);
    }
    let names: Vec<String> = columns.iter().map(|one| one.name.clone()).collect();
    let mut made: BulkInsert = migrate_core::op::rows(&table.name).into();
    (made.columns, made.rows) = (names, rows);
    scene.op.bulk_insert(made);
    Some(())
}

fn any(scene: &mut Scene<'_>, column: &Column) -> Option<Value> {
    if column.nullable && scene.dice.once_in(3) {
        return Some(Value::Null);
    }
    let labels = match column.sql_type.enum_name() {
        Some(name) => scene.catalog.enums.get(name)?.clone(),
        None => Vec::new(),
    };
    match values::value(&mut scene.dice, &column.sql_type, &labels) {
        Some(value) => Some(value),
        None if column.nullable => Some(Value::Null),
        None => None,
    }
}

/// Whether any value will do, as far as checks, keys and computed columns go.
fn is_free(table: &Table, column: &Column) -> bool {
    !values::is_used(table, column)
}

/// A value that no other row has, and that every check bears.
fn own(column: &Column, number: i64) -> Option<Value> {
    if column.sql_type.is_integer() {
        let is_small = matches!(column.sql_type, SqlType::TinyInt | SqlType::Unsigned(_));
        let fits = !is_small && (column.sql_type != SqlType::SmallInt || number < 30_000);
        return fits.then_some(Value::Int(number));
    }
    let sql_type = &column.sql_type;
    let bears = |least| matches!(sql_type, SqlType::Varchar(Some(length)) if *length >= least);
    if *sql_type == SqlType::Text || bears(8) {
        return Some(Value::from(format!("'{number}")));
    }
    matches!(sql_type, SqlType::Numeric(_)).then_some(Value::Int(number))
}

/// Whether rows can be made for it: it has a primary key, and refers to nothing that must be there.
fn can_take(table: &Table) -> bool {
    let Some(key) = table.primary_key() else { return false };
    let is_own = |name: &String| table.column(name).is_ok_and(|one| own(one, 1).is_some());
    let refers = |name: &String| table.foreign_keys().any(|one| one.columns.contains(name));
    let must = |one: &&Column| !one.fills_itself() && !key.columns.contains(&one.name);
    key.columns.iter().all(|name| is_own(name) && !refers(name))
        && (table.columns.iter()).filter(must).all(|one| !refers(&one.name))
}
