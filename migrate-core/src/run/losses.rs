//! What a step would destroy that is in the database now.

use migrate_model::{
    Dialect, Op,
    catalog::{ForeignKey, TableName},
    op::{DeleteRows, SetType, TableChange},
    revision::Direction,
};

use super::Prepared;
use crate::backend::{Database, RenderError, Sql, postgres};

/// Rows and values that the last of these steps would destroy, in words.
///
/// What a step makes by itself is no loss, nor are rows that a migration brought along and that a step
/// takes back.
pub(super) fn of_last(steps: &[Prepared], database: &mut dyn Database) -> Vec<String> {
    let Some(step) = steps.last() else { return Vec::new() };
    let mut losses = Vec::new();
    for prepared in &step.ops {
        match &prepared.op {
            Op::DropTable(drop) => {
                let Ok(sql) = rows_left(database.dialect(), &drop.name, steps) else { continue };
                losses.extend(
                    count(database, &sql)
                        .map(|rows| format!("table `{}` with {}", drop.name, many(rows, "row"))),
                );
            }
            Op::AlterTable(alter) => {
                losses.extend(
                    alter
                        .changes
                        .iter()
                        .filter_map(|one| of_change(database, step.direction, &alter.table, one)),
                );
            }
            Op::DeleteRows(delete) => {
                let along = prepared.cascades.iter();
                losses.extend(
                    along.filter_map(|(table, key)| taken_along(database, table, key, delete)),
                );
            }
            Op::CreateTable(_)
            | Op::RenameTable(_)
            | Op::CreateIndex(_)
            | Op::DropIndex(_)
            | Op::CreateEnum(_)
            | Op::DropEnum(_)
            | Op::CreateExtension(_)
            | Op::DropExtension(_)
            | Op::BulkInsert(_)
            | Op::Execute(_)
            | Op::Run(_) => {}
        }
    }
    losses
}

/// Values of one column that a change would destroy.
fn of_change(
    database: &mut dyn Database,
    direction: Direction,
    table: &TableName,
    change: &TableChange,
) -> Option<String> {
    let dialect = database.dialect();
    let (column, counted, what) = match change {
        TableChange::DropColumn(drop) => {
            let counted = Sql::new(dialect, "count(").name(&drop.column).raw(") AS TEXT) FROM ");
            (&drop.column, counted.table(table), "")
        }
        TableChange::SetType(set) => {
            (&set.column, changed_by(dialect, direction, table, set)?, " that the new type changes")
        }
        TableChange::AddColumn(_)
        | TableChange::RenameColumn { .. }
        | TableChange::SetNotNull(_)
        | TableChange::DropNotNull { .. }
        | TableChange::SetDefault { .. }
        | TableChange::SetColumnComment { .. }
        | TableChange::AddConstraint(_)
        | TableChange::DropConstraint(_)
        | TableChange::SetTableComment { .. } => return None,
    };
    let sql = Sql::new(dialect, "SELECT CAST(").piece(counted.end()).end().ok()?;
    let values = many(count(database, &sql)?, "value");
    Some(format!("column `{table}.{column}` with {values}{what}"))
}

/// Counts the values that a new type rounds or cuts off.
///
/// An expression that somebody wrote to make new values is meant to change them; what it loses is what
/// the expression for the way back doesn't bring back. SQLite itself keeps values as they are, whatever
/// the type.
fn changed_by(
    dialect: Dialect,
    direction: Direction,
    table: &TableName,
    set: &SetType,
) -> Option<Sql> {
    const WAS: &str = "__migrate_was";
    let differs = match dialect {
        Dialect::Postgres => " IS DISTINCT FROM (",
        Dialect::Sqlite => " IS NOT (",
        Dialect::Mysql => return None,
    };
    let sql = Sql::new(dialect, "count(CASE WHEN ");
    let (sql, from) = match (&set.using, &set.restore_with) {
        (None, _) if dialect == Dialect::Postgres => {
            let cast = Sql::new(dialect, "CAST(").name(&set.column).raw(" AS ");
            let cast = cast.piece(postgres::spell(&set.to)).raw(")");
            let sql = sql.name(&set.column).raw(differs).piece(cast.end());
            (sql, Sql::new(dialect, "").table(table))
        }
        (Some(using), None) if direction == Direction::Down => {
            (sql.name(&set.column).raw(differs).raw(using), Sql::new(dialect, "").table(table))
        }
        (Some(using), Some(back)) => {
            let from = Sql::new(dialect, "(SELECT ").name(&set.column).raw(" AS ").name(WAS);
            let from = from.raw(", (").raw(using).raw(") AS ").name(&set.column);
            let from = from.raw(" FROM ").table(table).raw(") AS converted");
            (sql.name(WAS).raw(differs).raw(back), from)
        }
        (None, _) | (Some(_), None) => return None,
    };
    Some(sql.raw(") THEN 1 END) AS TEXT) FROM ").piece(from.end()))
}

/// Rows that came later, and go with the ones that a migration brought along.
fn taken_along(
    database: &mut dyn Database,
    table: &TableName,
    key: &ForeignKey,
    delete: &DeleteRows,
) -> Option<String> {
    let sql = Sql::new(database.dialect(), "SELECT CAST(count(*) AS TEXT) FROM ").table(table);
    let sql = sql.raw(" WHERE ").names(&key.columns).raw(" IN (SELECT ");
    let sql = sql.list(&key.referred, |sql, column| sql.name(column)).raw(" FROM ");
    let sql = sql.table(&delete.table).raw(" WHERE ");
    let sql = sql.keyed(&delete.key, &delete.columns, &delete.rows).raw(")").end().ok()?;
    let rows = many(count(database, &sql)?, "row");
    Some(format!("{rows} of `{table}` that belong to rows of `{}`", delete.table))
}

/// Counts the rows of a table that these steps do not delete as their own.
fn rows_left(
    dialect: Dialect,
    table: &TableName,
    steps: &[Prepared],
) -> Result<String, RenderError> {
    let ops = steps.iter().flat_map(|step| &step.ops);
    let deleted: Vec<&DeleteRows> = ops
        .filter_map(|prepared| {
            let Op::DeleteRows(delete) = &prepared.op else { return None };
            (delete.table == *table && !delete.rows.is_empty()).then_some(delete)
        })
        .collect();
    let mut sql = Sql::new(dialect, "SELECT CAST(count(CASE WHEN 1 = 0 THEN NULL");
    for delete in deleted {
        sql = sql.raw(" WHEN ").keyed(&delete.key, &delete.columns, &delete.rows);
        sql = sql.raw(" THEN NULL");
    }
    sql.raw(" ELSE 1 END) AS TEXT) FROM ").table(table).end()
}

/// A count that is not zero; a table or column that an earlier step will make has nothing to lose yet.
fn count(database: &mut dyn Database, sql: &str) -> Option<u64> {
    let rows = database.query(sql).ok()?;
    let count = rows.first()?.first()?.as_ref()?.parse().ok()?;
    (count > 0).then_some(count)
}

fn many(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
