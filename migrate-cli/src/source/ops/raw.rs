//! Rows, and SQL as it is.

use migrate_core::op::{BulkInsert, Effect, Execute, Undo};

use super::layout::{Code, call, plain};
use super::literal::{Name, text, value};
use super::{Failed, Why, Writer};

pub(super) fn bulk_insert(insert: &BulkInsert) -> Result<Code, Why> {
    let BulkInsert { table, columns, rows, undo } = insert;
    let mut names = columns.iter().collect::<Vec<_>>();
    names.sort();
    names.dedup();
    if names.len() < columns.len() {
        return Err("it sets a column twice");
    }
    if rows.iter().any(|row| row.len() != columns.len()) {
        return Err("its rows set different columns");
    }
    if rows.is_empty() && !columns.is_empty() {
        return Err("without rows it has no columns");
    }
    let code = rows.iter().fold(call("rows", [table.code()]), |code, row| {
        let row = columns.iter().zip(row).fold(call("row", []), |code, (column, literal)| {
            code.then("set", [text(column), value(literal)])
        });
        code.then("row", [row])
    });
    let code = plain("op").then("bulk_insert", [code]);
    Ok(match undo {
        Undo::Unsaid => code,
        Undo::Nothing => code.then("undo_nothing", []),
        Undo::Sql(sql) => code.then("undo", [text(sql)]),
    })
}

pub(super) fn execute(execute: &Execute, writer: &Writer) -> Result<Code, Failed> {
    let Execute { sql, effect, undo } = execute;
    let code = plain("op").then("execute", [text(sql)]);
    let undone = |code: Code| match undo {
        Undo::Unsaid => code,
        Undo::Nothing => code.then("undo_nothing", []),
        Undo::Sql(sql) => code.then("undo", [text(sql)]),
    };
    Ok(match effect {
        Effect::Unsaid => undone(code),
        Effect::Nothing => undone(code.then("declares_nothing", [])),
        Effect::Opaque(tables) if tables.is_empty() => {
            return Err("it changes something, but no table".into());
        }
        Effect::Read(_) => return Err("it stands in an SQL file, and is no Rust".into()),
        Effect::Opaque(tables) => {
            undone(tables.iter().fold(code, |code, table| code.then("opaque", [table.code()])))
        }
        Effect::Declares(ops) => {
            let ops = writer.statements(ops.iter().map(|op| &op.what))?;
            undone(code).then("declares", [Code::Block("op", ops)])
        }
    })
}
