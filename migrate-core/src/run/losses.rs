//! What a step would destroy that is in the database now.

use migrate_model::{
    Dialect, Op,
    catalog::TableName,
    op::{DeleteRows, TableChange},
};

use super::{Prepared, version_table::sql_name};
use crate::backend::{Database, RenderError, Sql, quote};

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
                for change in &alter.changes {
                    let TableChange::DropColumn(drop) = &change.what else { continue };
                    let names = (
                        sql_name(database.dialect(), &alter.table),
                        quote(database.dialect(), &drop.column),
                    );
                    let (Ok(table), Ok(column)) = names else { continue };
                    losses.extend(
                        count(
                            database,
                            &format!("SELECT CAST(count({column}) AS TEXT) FROM {table}"),
                        )
                        .map(|values| {
                            format!(
                                "column `{}.{}` with {}",
                                alter.table,
                                drop.column,
                                many(values, "value")
                            )
                        }),
                    );
                }
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
            | Op::DeleteRows(_)
            | Op::Execute(_)
            | Op::Run(_) => {}
        }
    }
    losses
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
