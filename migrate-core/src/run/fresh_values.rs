//! Values of enums that PostgreSQL lets nobody use before the transaction that added them has ended.
//!
//! It says so itself ("unsafe use of new value"), but only when the statement is run. The values that a type was
//! created with can be used at once; not so those that are added to it, also where the same transaction created the
//! type (measured on PostgreSQL 15; later versions are less strict there).

use std::collections::BTreeSet;

use migrate_model::{
    Dialect, Op,
    catalog::{Catalog, SqlType, TableName, TypeName, Value},
    op::{Effect, EnumChange, TableChange, use_in},
    sql::{TokenKind, tokens},
};

/// What one transaction has made so far.
#[derive(Debug, Default)]
pub(crate) struct FreshValues {
    /// Values that it added to types that are there.
    added: BTreeSet<(TypeName, String)>,
}

/// A value, and what uses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnsafeUse {
    pub(crate) name: TypeName,
    pub(crate) value: String,
    pub(crate) by: String,
}

impl FreshValues {
    /// Takes an op in, which led to `after`; the first value that it uses too early.
    pub(crate) fn see(&mut self, dialect: Dialect, op: &Op, after: &Catalog) -> Option<UnsafeUse> {
        if dialect != Dialect::Postgres {
            return None;
        }
        match op {
            Op::AlterEnum(alter) => match &alter.change {
                EnumChange::AddValue { usable_at_once: true, .. }
                | EnumChange::DropValue { .. } => {
                    self.added.retain(|(name, _)| *name != alter.name);
                }
                EnumChange::AddValue { value, .. } => {
                    self.added.insert((alter.name.clone(), value.clone()));
                }
                EnumChange::RenameValue { from, to } => {
                    if self.added.remove(&(alter.name.clone(), from.clone())) {
                        self.added.insert((alter.name.clone(), to.clone()));
                    }
                }
            },
            Op::Execute(execute) => return self.declared(dialect, &execute.effect, after),
            Op::Run(run) => return self.declared(dialect, &run.effect, after),
            Op::CreateTable(_)
            | Op::DropTable(_)
            | Op::RenameTable(_)
            | Op::CreatePartition(_)
            | Op::DropPartition(_)
            | Op::AlterTable(_)
            | Op::CreateIndex(_)
            | Op::DropIndex(_)
            | Op::RenameIndex(_)
            | Op::CreateEnum(_)
            | Op::DropEnum(_)
            | Op::CreateSchema(_)
            | Op::DropSchema(_)
            | Op::CreateSequence(_)
            | Op::AlterSequence(_)
            | Op::RenameSequence(_)
            | Op::DropSequence(_)
            | Op::CreateExtension(_)
            | Op::DropExtension(_)
            | Op::CreateView(_)
            | Op::ReplaceView(_)
            | Op::DropView(_)
            | Op::CreateFunction(_)
            | Op::ReplaceFunction(_)
            | Op::DropFunction(_)
            | Op::CreateTrigger(_)
            | Op::ReplaceTrigger(_)
            | Op::DropTrigger(_)
            | Op::BulkInsert(_)
            | Op::DeleteRows(_) => {}
        }
        self.added.iter().find_map(|(name, value)| {
            let in_schema =
                op.tables().iter().find_map(|table| use_in(after.tables.get(table)?, name, value));
            let by = in_schema.or_else(|| in_rows(op, after, name, value))?;
            Some(UnsafeUse { name: name.clone(), value: value.clone(), by })
        })
    }

    fn declared(
        &mut self,
        dialect: Dialect,
        effect: &Effect,
        after: &Catalog,
    ) -> Option<UnsafeUse> {
        let Effect::Declares(ops) = effect else { return None };
        ops.iter().find_map(|recorded| self.see(dialect, recorded, after))
    }
}

/// What of an op writes the value into rows, in words.
#[expect(clippy::wildcard_enum_match_arm, reason = "few ops write rows")]
fn in_rows(op: &Op, after: &Catalog, name: &TypeName, value: &str) -> Option<String> {
    let is_of = |table: &TableName, column: &str| {
        let column = after.tables.get(table).and_then(|table| table.column(column).ok());
        column.is_some_and(|column| column.sql_type == SqlType::Enum(name.clone()))
    };
    match op {
        Op::BulkInsert(insert) => {
            let at = insert.columns.iter().enumerate().find(|(at, column)| {
                let holds = |row: &Vec<Value>| matches!(row.get(*at), Some(Value::Text(text)) if text == value);
                is_of(&insert.table, column) && insert.rows.iter().any(holds)
            });
            at.map(|_| format!("the rows for `{}`", insert.table))
        }
        Op::AlterTable(alter) => alter.changes.iter().find_map(|change| {
            let (column, expression) = match &change.what {
                TableChange::AddColumn(add) => (&add.column.name, add.fill.as_deref()?),
                TableChange::SetNotNull(set) => (&set.column, set.fill.as_deref()?),
                TableChange::SetType(set) => (&set.column, set.using.as_deref()?),
                _ => return None,
            };
            let literal = format!("'{}'", value.replace('\'', "''"));
            let says = tokens(expression)
                .into_iter()
                .any(|token| token.kind == TokenKind::Text && expression[token.range] == literal);
            let by = || format!("what fills `{}.{column}`", alter.table);
            (says && is_of(&alter.table, column)).then(by)
        }),
        _ => None,
    }
}
