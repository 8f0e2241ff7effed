//! What a step would destroy that is in the database now.

use migrate_model::{Op, op::TableChange};

use super::{Prepared, version_table::sql_name};
use crate::backend::{Database, quote};

/// Rows and values that would be gone, in words. What the step itself made before is no loss.
pub(super) fn of(step: &Prepared, database: &mut dyn Database) -> Vec<String> {
    let mut losses = Vec::new();
    for prepared in &step.ops {
        match &prepared.op {
            Op::DropTable(drop) => {
                let Ok(table) = sql_name(database.dialect(), &drop.name) else { continue };
                losses.extend(
                    count(database, &format!("SELECT CAST(count(*) AS TEXT) FROM {table}"))
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

/// A count that is not zero; a table or column that an earlier step will make has nothing to lose yet.
fn count(database: &mut dyn Database, sql: &str) -> Option<u64> {
    let rows = database.query(sql).ok()?;
    let count = rows.first()?.first()?.as_ref()?.parse().ok()?;
    (count > 0).then_some(count)
}

fn many(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
