//! Ops that no word makes, as ones that words make, and that do the same.
//!
//! An inverse, or a comparison of two schemas, holds some that no migration says: a table together with its indexes, a
//! default of NULL, SQL with the line ends of another system.

use migrate_core::Op;
use migrate_core::catalog::{
    Column, ConstraintKind, DefaultValue, IndexKey, KeyPart, Order, SqlType, TriggerAction, Value,
};
use migrate_core::op::{
    AlterTable, ConstraintChoice, CreateIndex, CreatePartition, CreateTrigger, CreateView, Effect,
    Placed, TableChange, Undo,
};

use super::column::{Kind, kind};

/// The same in ops that a migration can say.
pub fn spelled<'a>(ops: impl IntoIterator<Item = &'a Op>) -> Vec<Op> {
    let mut all = Vec::new();
    for op in ops {
        spell(op.clone(), &mut all);
    }
    all
}

fn spell(mut op: Op, all: &mut Vec<Op>) {
    let mut behind = Vec::new();
    match &mut op {
        Op::CreateTable(create) => {
            let table = &mut create.table;
            table.columns.iter_mut().for_each(column);
            // Whether the very same one is there can't be asked piece by piece.
            if !create.if_not_exists {
                for index in std::mem::take(&mut table.indexes).into_values() {
                    let table = table.name.clone();
                    let index =
                        CreateIndex { table, index, concurrently: false, if_not_exists: false };
                    behind.push(Op::CreateIndex(index));
                }
                for (name, bounds) in std::mem::take(&mut table.partitions) {
                    let of = table.name.clone();
                    behind.push(Op::CreatePartition(CreatePartition { name, of, bounds }));
                }
                for trigger in std::mem::take(&mut table.triggers).into_values() {
                    let table = table.name.clone();
                    behind.push(Op::CreateTrigger(CreateTrigger { table, trigger }));
                }
            }
        }
        Op::CreateView(CreateView { view, no_data: _ }) => {
            line_ends(&mut view.query);
            for index in std::mem::take(&mut view.indexes).into_values() {
                let table = view.name.clone();
                let index = CreateIndex { table, index, concurrently: false, if_not_exists: false };
                behind.push(Op::CreateIndex(index));
            }
            for trigger in std::mem::take(&mut view.triggers).into_values() {
                let table = view.name.clone();
                behind.push(Op::CreateTrigger(CreateTrigger { table, trigger }));
            }
        }
        Op::ReplaceView(replace) => {
            line_ends(&mut replace.view.query);
            // It keeps those that it has.
            replace.view.indexes.clear();
            replace.view.triggers.clear();
        }
        Op::AlterTable(alter) => return all.extend(changes(alter)),
        Op::CreateIndex(create) => create.index.keys.iter_mut().for_each(key),
        Op::CreateFunction(create) => line_ends(&mut create.function.body),
        Op::ReplaceFunction(replace) => line_ends(&mut replace.function.body),
        Op::CreateTrigger(CreateTrigger { trigger, .. }) => {
            trigger.when.iter_mut().for_each(line_ends);
            if let TriggerAction::Body(body) = &mut trigger.action {
                line_ends(body);
            }
        }
        Op::ReplaceTrigger(replace) => {
            replace.trigger.when.iter_mut().for_each(line_ends);
            if let TriggerAction::Body(body) = &mut replace.trigger.action {
                line_ends(body);
            }
        }
        Op::BulkInsert(insert) if insert.rows.is_empty() => insert.columns.clear(),
        Op::Execute(execute) => {
            line_ends(&mut execute.sql);
            if let Undo::Sql(sql) = &mut execute.undo {
                line_ends(sql);
            }
            if let Effect::Declares(ops) = &mut execute.effect {
                let spelled = spelled(ops.iter().map(|op| &op.what));
                *ops = spelled.into_iter().map(Placed::nowhere).collect();
            }
        }
        Op::DropTable(_)
        | Op::RenameTable(_)
        | Op::CreatePartition(_)
        | Op::DropPartition(_)
        | Op::DropIndex(_)
        | Op::RenameIndex(_)
        | Op::CreateEnum(_)
        | Op::DropEnum(_)
        | Op::AlterEnum(_)
        | Op::CreateSchema(_)
        | Op::DropSchema(_)
        | Op::CreateSequence(_)
        | Op::AlterSequence(_)
        | Op::RenameSequence(_)
        | Op::DropSequence(_)
        | Op::CreateExtension(_)
        | Op::DropExtension(_)
        | Op::DropView(_)
        | Op::DropFunction(_)
        | Op::DropTrigger(_)
        | Op::BulkInsert(_)
        | Op::DeleteRows(_)
        | Op::Run(_) => {}
    }
    all.push(op);
    behind.into_iter().for_each(|op| spell(op, all));
}

/// CRLF and LF are the same SQL; the words see to it, too.
fn line_ends(sql: &mut String) {
    if sql.contains("\r\n") {
        *sql = sql.replace("\r\n", "\n");
    }
}

/// A constraint that is found by its columns has an op of its own.
fn changes(alter: &AlterTable) -> Vec<Op> {
    let mut groups: Vec<Vec<Placed<TableChange>>> = vec![Vec::new()];
    let mut is_alone = false;
    for change in &alter.changes {
        let mut change = change.clone();
        let finds = self::change(&mut change.what);
        if (finds || is_alone) && groups.last().is_some_and(|group| !group.is_empty()) {
            groups.push(Vec::new());
        }
        is_alone = finds;
        if let Some(group) = groups.last_mut() {
            group.push(change);
        }
    }
    let alter = |changes| Op::AlterTable(AlterTable { table: alter.table.clone(), changes });
    groups.into_iter().map(alter).collect()
}

/// Spells a change; whether it finds a constraint by its columns.
fn change(change: &mut TableChange) -> bool {
    match change {
        TableChange::AddColumn(add) => column(&mut add.column),
        TableChange::SetType(set) => sql_type(&mut set.to),
        TableChange::SetDefault { column: _, default } => {
            default.take_if(|default| *default == DefaultValue::Value(Value::Null));
        }
        TableChange::DropConstraint(drop) => {
            if let ConstraintChoice::On(kind, columns) = &mut drop.choice {
                // A table has one.
                if *kind == ConstraintKind::PrimaryKey {
                    columns.clear();
                }
                return true;
            }
        }
        TableChange::DropColumn(_)
        | TableChange::RenameColumn { .. }
        | TableChange::SetNotNull(_)
        | TableChange::DropNotNull { .. }
        | TableChange::SetColumnComment { .. }
        | TableChange::SetIdentity { .. }
        | TableChange::SetGenerated { .. }
        | TableChange::SetCollation { .. }
        | TableChange::AddConstraint(_)
        | TableChange::RenameConstraint { .. }
        | TableChange::ValidateConstraint { .. }
        | TableChange::SetTableComment { .. } => {}
    }
    false
}

fn column(column: &mut Column) {
    sql_type(&mut column.sql_type);
    column.default = column.default.take().and_then(|default| fitting(&column.sql_type, default));
}

fn sql_type(of: &mut SqlType) {
    if let SqlType::Array(inner) = of {
        return sql_type(inner);
    }
    // So the standard has it.
    if *of == SqlType::Char(None) {
        *of = SqlType::Char(Some(1));
    }
}

/// A default as the compiler knows it for a column of the type, where it is the same; NULL is none.
#[expect(clippy::cast_possible_truncation, reason = "the column has no more than four bytes")]
#[expect(clippy::cast_precision_loss, reason = "only numbers that come back are taken")]
fn fitting(of: &SqlType, default: DefaultValue) -> Option<DefaultValue> {
    let value = match default {
        DefaultValue::Value(Value::Null) => return None,
        DefaultValue::Value(value) => value,
        DefaultValue::Expression(_) => return Some(default),
    };
    let value = match (kind(of), value) {
        (Kind::Real | Kind::Double, Value::Int(number)) if number as f64 as i64 == number => {
            Value::Float(number as f64)
        }
        (Kind::Real, Value::Float(number)) => Value::Float((number as f32).into()),
        (Kind::Numeric, Value::Float(number)) if number.is_finite() => {
            Value::Decimal(number.to_string())
        }
        (Kind::Unsigned, Value::Decimal(digits)) => match digits.parse() {
            Ok(number) => Value::Int(number),
            Err(_) => Value::Decimal(digits),
        },
        (Kind::Custom, value @ (Value::Int(_) | Value::Decimal(_) | Value::Bool(_))) => {
            return Some(DefaultValue::Expression(value.to_string()));
        }
        (_, value) => value,
    };
    Some(DefaultValue::Value(value))
}

/// Where NULLs come is said of a key that has an order; ascending is the one that it has by itself.
fn key(key: &mut IndexKey) {
    match (&key.of, key.order) {
        (KeyPart::Column(_), None) if key.nulls.is_some() => key.order = Some(Order::Ascending),
        (KeyPart::Expression(_), Some(Order::Ascending)) => key.order = None,
        (KeyPart::Column(_) | KeyPart::Expression(_), _) => {}
    }
}
