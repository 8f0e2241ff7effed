//! Every argument of every op is in some example.
//!
//! Each struct is taken apart without `..`, each enum matched without `_`: a new argument fails to compile here until it
//! has a line, and the test that asks [`missing`] fails until an example says it.

use std::collections::{BTreeMap, BTreeSet};

use migrate_core::catalog::{
    Action, Argument, ArgumentMode, Bounds, Check, CheckOption, Column, Constraint, Deferrable,
    Exclude, Extension, ForeignKey, Function, Generated, Identity, Index, IndexKey, KeyPart,
    MysqlIndex, MysqlIndexKind, MysqlTable, Nulls, Order, PartitionBy, PartitionStrategy,
    PostgresIndex, PostgresTable, PostgresView, PrimaryKey, Sequence, SequenceType, SqliteTable,
    Table, TableOptions, Timing, Trigger, TriggerAction, TriggerEvent, Unique, View,
};
use migrate_core::op::{
    AddColumn, AddConstraint, AlterEnum, AlterSequence, AlterTable, BulkInsert, ConstraintChoice,
    CreateEnum, CreateExtension, CreateFunction, CreateIndex, CreatePartition, CreateSchema,
    CreateSequence, CreateTable, CreateTrigger, CreateView, DropColumn, DropConstraint, DropEnum,
    DropExtension, DropFunction, DropIndex, DropPartition, DropSchema, DropSequence, DropTable,
    DropTrigger, DropView, Effect, EnumChange, EnumPosition, Execute, RenameIndex, RenameSequence,
    RenameTable, ReplaceFunction, ReplaceTrigger, ReplaceView, RunUndo, SequenceChange, SetNotNull,
    SetType, TableChange, Undo,
};
use migrate_core::{Op, Recorded};

/// What can be said, and what was.
#[derive(Debug, Default)]
struct Said {
    all: BTreeSet<String>,
    said: BTreeSet<String>,
}

/// Whether an argument says anything.
trait Says {
    fn says(&self) -> bool;
}

impl Says for bool {
    fn says(&self) -> bool {
        *self
    }
}

impl<T> Says for Option<T> {
    fn says(&self) -> bool {
        self.is_some()
    }
}

impl<T> Says for Vec<T> {
    fn says(&self) -> bool {
        !self.is_empty()
    }
}

impl<K, V> Says for BTreeMap<K, V> {
    fn says(&self) -> bool {
        !self.is_empty()
    }
}

/// Takes a value apart: first what is looked at, then what every value of its type has.
macro_rules! apart {
    ($said:ident, $value:expr, $type:ident { $($field:ident),* ; $($always:ident),* }) => {
        let $type { $($field,)* $($always: _,)* } = $value;
        $( $said.note(stringify!($type), stringify!($field), $field.says()); )*
    };
}

/// Notes which variant a value is, of all that there are.
macro_rules! variant {
    ($said:ident, $value:expr, $type:ident { $($variant:ident),* }) => {{
        $( $said.all.insert(format!("{}::{}", stringify!($type), stringify!($variant))); )*
        match $value {
            $( $type::$variant { .. } => $said.note(stringify!($type), stringify!(::$variant), true), )*
        }
    }};
}

impl Said {
    fn note(&mut self, of: &str, argument: &str, is_said: bool) {
        let name = match argument.strip_prefix("::") {
            Some(variant) => format!("{of}::{}", variant.trim()),
            None => format!("{of}.{argument}"),
        };
        if is_said {
            self.said.insert(name.clone());
        }
        self.all.insert(name);
    }

    fn op(&mut self, op: &Op) {
        let said = self;
        match op {
            Op::CreateTable(op) => {
                apart!(said, op, CreateTable { if_not_exists; table });
                said.table(&op.table);
            }
            Op::DropTable(op) => {
                apart!(said, op, DropTable { if_exists; name });
            }
            Op::RenameTable(op) => {
                let RenameTable { from, to } = op;
                said.note("RenameTable", "schema", from.schema != to.schema);
            }
            Op::CreatePartition(op) => {
                apart!(said, op, CreatePartition { ; name, of, bounds });
                variant!(said, &op.bounds, Bounds { Range, In, Hash, Default });
            }
            Op::DropPartition(op) => {
                apart!(said, op, DropPartition { if_exists; name });
            }
            Op::AlterTable(op) => {
                apart!(said, op, AlterTable { changes; table });
                op.changes.iter().for_each(|change| said.change(change));
            }
            Op::CreateIndex(op) => {
                apart!(said, op, CreateIndex { concurrently, if_not_exists; table, index });
                said.index(&op.index);
            }
            Op::DropIndex(op) => {
                apart!(said, op, DropIndex { table, concurrently, if_exists; name });
            }
            Op::RenameIndex(op) => {
                apart!(said, op, RenameIndex { table; from, to });
            }
            Op::CreateEnum(op) => {
                apart!(said, op, CreateEnum { if_not_exists; name, values });
            }
            Op::DropEnum(op) => {
                apart!(said, op, DropEnum { ; name });
            }
            Op::AlterEnum(op) => said.alter_enum(op),
            Op::CreateSchema(op) => {
                apart!(said, op, CreateSchema { if_not_exists; name });
            }
            Op::DropSchema(op) => {
                apart!(said, op, DropSchema { if_exists; name });
            }
            Op::CreateSequence(op) => {
                apart!(said, op, CreateSequence { if_not_exists; sequence });
                apart!(said, &op.sequence, Sequence { start, increment, min, max, cache, cycle, owned_by; name, of });
                variant!(said, op.sequence.of, SequenceType { SmallInt, Integer, BigInt });
            }
            Op::AlterSequence(op) => {
                apart!(said, op, AlterSequence { changes; name });
                for change in &op.changes {
                    variant!(
                        said,
                        change,
                        SequenceChange { Type, Start, Increment, Min, Max, Cache, Cycle, OwnedBy }
                    );
                }
            }
            Op::RenameSequence(op) => {
                apart!(said, op, RenameSequence { ; from, to });
            }
            Op::DropSequence(op) => {
                apart!(said, op, DropSequence { if_exists; name });
            }
            Op::CreateExtension(op) => {
                apart!(said, op, CreateExtension { if_not_exists; name, extension });
                apart!(said, &op.extension, Extension { schema, version; });
            }
            Op::DropExtension(op) => {
                apart!(said, op, DropExtension { if_exists; name });
            }
            Op::CreateView(op) => {
                apart!(said, op, CreateView { no_data; view });
                said.view(&op.view);
            }
            Op::ReplaceView(op) => {
                apart!(said, op, ReplaceView { recreate, no_data; view });
                said.view(&op.view);
            }
            Op::DropView(op) => {
                apart!(said, op, DropView { if_exists; name });
            }
            Op::CreateFunction(op) => {
                apart!(said, op, CreateFunction { ; function });
                said.function(&op.function);
            }
            Op::ReplaceFunction(op) => {
                apart!(said, op, ReplaceFunction { ; function });
                said.function(&op.function);
            }
            Op::DropFunction(op) => {
                apart!(said, op, DropFunction { arguments, if_exists; name });
            }
            Op::CreateTrigger(op) => {
                apart!(said, op, CreateTrigger { ; table, trigger });
                said.trigger(&op.trigger);
            }
            Op::ReplaceTrigger(op) => {
                apart!(said, op, ReplaceTrigger { ; table, trigger });
                said.trigger(&op.trigger);
            }
            Op::DropTrigger(op) => {
                apart!(said, op, DropTrigger { if_exists; table, name });
            }
            Op::BulkInsert(op) => {
                apart!(said, op, BulkInsert { columns, rows; table, undo });
                variant!(said, &op.undo, Undo { Unsaid, Nothing, Sql });
            }
            // Nobody writes it down.
            Op::DeleteRows(_) => {}
            Op::Execute(op) => {
                apart!(said, op, Execute { ; sql, effect, undo });
                said.effect(&op.effect);
                variant!(said, &op.undo, Undo { Unsaid, Nothing, Sql });
            }
            Op::Run(op) => {
                // Its bodies are nobody's but the library's, so it can't be taken apart.
                said.note("Run", "scripts", !op.scripts.is_empty());
                said.effect(&op.effect);
                variant!(said, &op.undo, RunUndo { Unsaid, Nothing, Code });
            }
        }
    }

    fn effect(&mut self, effect: &Effect) {
        let said = self;
        variant!(said, effect, Effect { Unsaid, Nothing, Declares, Opaque, Read });
    }

    fn alter_enum(&mut self, op: &AlterEnum) {
        let said = self;
        apart!(said, op, AlterEnum { ; name, change });
        variant!(said, &op.change, EnumChange { AddValue, RenameValue, DropValue });
        match &op.change {
            EnumChange::AddValue { value: _, position, if_not_exists, usable_at_once } => {
                variant!(said, position, EnumPosition { First, Last, Before, After });
                said.note("AddValue", "if_not_exists", *if_not_exists);
                said.note("AddValue", "usable_at_once", *usable_at_once);
            }
            EnumChange::RenameValue { from: _, to: _ } => {}
            EnumChange::DropValue { value: _, replace_with } => {
                said.note("DropValue", "replace_with", replace_with.says());
            }
        }
    }

    fn change(&mut self, change: &TableChange) {
        let said = self;
        match change {
            TableChange::AddColumn(add) => {
                apart!(said, add, AddColumn { fill, if_not_exists; column });
                said.column(&add.column);
            }
            TableChange::DropColumn(drop) => {
                apart!(said, drop, DropColumn { restore_with, if_exists; column });
            }
            TableChange::SetType(set) => {
                apart!(said, set, SetType { using, restore_with; column, to });
            }
            TableChange::SetNotNull(set) => {
                apart!(said, set, SetNotNull { fill; column });
            }
            TableChange::DropNotNull { column: _, restore_with } => {
                said.note("DropNotNull", "restore_with", restore_with.says());
            }
            TableChange::SetIdentity { column: _, identity } => {
                identity.iter().for_each(|identity| said.identity(identity));
            }
            TableChange::SetGenerated { column: _, generated } => {
                generated.iter().for_each(|generated| said.generated(generated));
            }
            TableChange::AddConstraint(add) => {
                apart!(said, add, AddConstraint { if_not_exists; constraint });
                said.constraint(&add.constraint);
            }
            TableChange::DropConstraint(drop) => {
                apart!(said, drop, DropConstraint { if_exists; choice });
                variant!(said, &drop.choice, ConstraintChoice { Named, On });
            }
            TableChange::SetDefault { column: _, default } => {
                said.note("SetDefault", "default", default.says());
                said.note("SetDefault", "none", default.is_none());
            }
            TableChange::SetColumnComment { column: _, comment } => {
                said.note("SetColumnComment", "comment", comment.says());
                said.note("SetColumnComment", "none", comment.is_none());
            }
            TableChange::SetCollation { column: _, collation } => {
                said.note("SetCollation", "collation", collation.says());
                said.note("SetCollation", "none", collation.is_none());
            }
            TableChange::SetTableComment { comment } => {
                said.note("SetTableComment", "comment", comment.says());
                said.note("SetTableComment", "none", comment.is_none());
            }
            TableChange::RenameColumn { from: _, to: _ }
            | TableChange::RenameConstraint { from: _, to: _ }
            | TableChange::ValidateConstraint { name: _ } => {}
        }
    }

    fn table(&mut self, table: &Table) {
        let said = self;
        apart!(said, table, Table { columns, constraints, comment, partition_by; name, indexes, options, triggers, partitions });
        said.note("Table", "schema", table.name.schema.says());
        apart!(said, &table.options, TableOptions { ; postgres, mysql, sqlite });
        apart!(said, &table.options.postgres, PostgresTable { with, unlogged; tablespace });
        apart!(said, &table.options.mysql, MysqlTable { engine, charset, collate, row_format; });
        apart!(said, &table.options.sqlite, SqliteTable { strict, without_rowid; });
        table.columns.iter().for_each(|column| said.column(column));
        table.constraints.values().for_each(|constraint| said.constraint(constraint));
        table.indexes.values().for_each(|index| said.index(index));
        if let Some(by) = &table.partition_by {
            apart!(said, by, PartitionBy { keys; strategy });
            variant!(said, by.strategy, PartitionStrategy { Range, List, Hash });
        }
    }

    fn column(&mut self, column: &Column) {
        let said = self;
        apart!(said, column, Column { nullable, default, identity, generated, collation, comment; name, sql_type });
        column.identity.iter().for_each(|identity| said.identity(identity));
        column.generated.iter().for_each(|generated| said.generated(generated));
    }

    fn identity(&mut self, identity: &Identity) {
        let said = self;
        apart!(said, identity, Identity { always, start, increment; });
    }

    fn generated(&mut self, generated: &Generated) {
        let said = self;
        apart!(said, generated, Generated { stored; expression });
        said.note("Generated", "when_read", !generated.stored);
    }

    fn constraint(&mut self, constraint: &Constraint) {
        let said = self;
        variant!(said, constraint, Constraint { PrimaryKey, Unique, ForeignKey, Check, Exclude });
        match constraint {
            Constraint::PrimaryKey(key) => {
                apart!(said, key, PrimaryKey { columns; name });
            }
            Constraint::Unique(unique) => {
                apart!(said, unique, Unique { columns, nulls_not_distinct, include; name, deferrable });
                said.deferrable(unique.deferrable);
            }
            Constraint::ForeignKey(key) => {
                apart!(said, key, ForeignKey { columns, referred, not_valid, match_full; name, table, on_delete, on_update, deferrable });
                said.deferrable(key.deferrable);
                for action in [key.on_delete, key.on_update] {
                    variant!(
                        said,
                        action,
                        Action { NoAction, Restrict, Cascade, SetNull, SetDefault }
                    );
                }
            }
            Constraint::Check(check) => {
                apart!(said, check, Check { not_valid; name, expression });
            }
            Constraint::Exclude(exclude) => {
                apart!(said, exclude, Exclude { elements, ops, filter; name, using, deferrable });
                said.deferrable(exclude.deferrable);
            }
        }
    }

    fn deferrable(&mut self, deferrable: Deferrable) {
        let said = self;
        variant!(said, deferrable, Deferrable { No, InitiallyImmediate, InitiallyDeferred });
    }

    fn index(&mut self, index: &Index) {
        let said = self;
        apart!(said, index, Index { unique, keys, predicate; name, postgres, mysql });
        apart!(said, &index.postgres, PostgresIndex { method, ops, include, nulls_not_distinct, with; tablespace });
        apart!(said, &index.mysql, MysqlIndex { lengths, kind, using; });
        if let Some(kind) = &index.mysql.kind {
            variant!(said, kind, MysqlIndexKind { Fulltext, Spatial });
        }
        for key in &index.keys {
            apart!(said, key, IndexKey { order, nulls; of });
            variant!(said, &key.of, KeyPart { Column, Expression });
            if let Some(order) = &key.order {
                variant!(said, order, Order { Ascending, Descending });
            }
            if let Some(nulls) = &key.nulls {
                variant!(said, nulls, Nulls { First, Last });
            }
        }
    }

    fn view(&mut self, view: &View) {
        let said = self;
        apart!(said, view, View { columns, materialized, check_option; name, query, postgres, indexes, triggers, uses });
        apart!(said, &view.postgres, PostgresView { security_barrier, security_invoker; });
        if let Some(option) = &view.check_option {
            variant!(said, option, CheckOption { Local, Cascaded });
        }
    }

    fn function(&mut self, function: &Function) {
        let said = self;
        apart!(said, function, Function { procedure, arguments, returns, language, options; name, body });
        for argument in &function.arguments {
            apart!(said, argument, Argument { default; name, sql_type, mode });
            variant!(said, argument.mode, ArgumentMode { In, Out, InOut, Variadic });
        }
    }

    fn trigger(&mut self, trigger: &Trigger) {
        let said = self;
        apart!(said, trigger, Trigger { events, for_each_statement, when; name, timing, action });
        variant!(said, trigger.timing, Timing { Before, After, InsteadOf });
        variant!(said, &trigger.action, TriggerAction { Unsaid, Function, Body });
        for event in &trigger.events {
            variant!(said, event, TriggerEvent { Insert, Update, Delete, Truncate });
            if let TriggerEvent::Update(columns) = event {
                said.note("TriggerEvent::Update", "of", columns.says());
            }
        }
    }
}

/// What no migration in Rust says: what stands where nothing was said yet, and the statements of SQL files, which have
/// tests of their own (`tests/sql_files`).
const NEVER: [&str; 2] = ["Effect::Read", "TriggerAction::Unsaid"];

/// Arguments, and variants of them, that none of these ops say.
pub fn missing<'a>(ops: impl IntoIterator<Item = &'a Recorded>) -> Vec<String> {
    let mut said = Said::default();
    ops.into_iter().for_each(|op| said.op(op));
    let is_missing = |name: &&String| !NEVER.contains(&name.as_str());
    said.all.difference(&said.said).filter(is_missing).cloned().collect()
}
