//! What a plan would do, statement by statement.

use std::collections::BTreeSet;

use migrate_model::{Op, Place, catalog::TableName};

use super::Prepared;
use crate::impact::Impact;

/// An op of a plan.
#[derive(Clone, Debug)]
pub struct Work {
    /// The op, in words.
    pub op: String,
    /// Where it is written.
    pub place: Place,
    /// What it is for this database; none where nothing is to be done.
    pub statements: Vec<PlannedStatement>,
}

/// A statement of a plan.
#[derive(Clone, Debug)]
pub struct PlannedStatement {
    /// The statement; of code and of a rebuild, what stands for it.
    pub sql: String,
    /// What it does to those who use the database meanwhile. Tables that the plan itself makes are left out: nobody uses them yet.
    pub impact: Impact,
}

/// The work of a step; `new` are the tables that the plan has made so far.
pub(super) fn of(step: &Prepared, new: &mut BTreeSet<TableName>) -> Vec<Work> {
    let ops = step.ops.iter().map(|prepared| {
        let tables = prepared.op.tables();
        let is_new = !tables.is_empty() && tables.iter().all(|table| new.contains(table));
        let seen = |impact: &Impact| match is_new && impact.is_known && impact.locks.is_empty() {
            true => Impact::none(),
            false => impact.clone().without(new),
        };
        let pairs = prepared.statements.iter().zip(&prepared.impacts);
        let statements = pairs.map(|(statement, impact)| PlannedStatement {
            sql: statement.text().to_owned(),
            impact: seen(impact),
        });
        let statements = statements.collect();
        remember(&prepared.op, new);
        Work { op: prepared.op.describe(), place: prepared.place, statements }
    });
    ops.collect()
}

fn remember(op: &Op, new: &mut BTreeSet<TableName>) {
    if let Op::CreateTable(create) = op
        && !create.if_not_exists
    {
        new.insert(create.table.name.clone());
    }
    if let Op::CreatePartition(create) = op
        && new.contains(&create.of)
    {
        new.insert(create.name.clone());
    }
    if let Op::CreateView(create) = op {
        new.insert(create.view.name.clone());
    }
    if let Op::RenameTable(rename) = op {
        match new.remove(&rename.from) {
            true => new.insert(rename.to.clone()),
            false => new.remove(&rename.to),
        };
    }
    if let Op::DropTable(drop) = op {
        new.remove(&drop.name);
    }
    if let Op::DropView(drop) = op {
        new.remove(&drop.name);
    }
}
