//! Changes to a schema, as values.
//!
//! An [`Op`] is data with verbs that are pure functions: [`apply`](Op::apply) says what it means,
//! [`invert`](Op::invert) how to take it back, [`describe`](Op::describe) what to call it. What a
//! migration records, what the inverse yields and what a backend renders are all this one type.

mod alter;
mod alter_column;
mod canonical;
mod enums;
mod extension;
mod function;
mod index;
mod partition;
mod place;
mod raw;
mod recorder;
mod rows;
mod schema;
mod sequence;
mod sql_file;
mod table;
mod trigger;
mod view;

pub use crate::catalog::{EnumBuilder, enum_type};
pub use alter::{
    AddColumn, AddConstraint, AlterTable, ConstraintChoice, DropColumn, DropConstraint, SetNotNull,
    SetType, TableChange,
};
pub use alter_column::{AlterColumn, last};
pub use canonical::canonical;
pub use enums::{
    AddedEnumValue, AlterEnum, CreateEnum, DropEnum, DroppedEnumValue, EnumChange, EnumPosition,
    columns_of, use_in,
};
pub use extension::{CreateExtension, DropExtension};
pub use function::{CreateFunction, DropFunction, ReplaceFunction};
pub use index::{CreateIndex, DropIndex, RenameIndex};
pub use partition::{CreatePartition, DropPartition};
pub use place::{Place, Placed};
pub use raw::{Code, Effect, Execute, Run, RunUndo, Undo};
pub use recorder::{AddedColumn, Alter, Context, ExecuteHandle, Ops, RowsHandle, Settled};
pub use rows::{BulkInsert, DeleteRows, Row, Rows, row, rows};
pub use schema::{CreateSchema, DropSchema};
pub use sequence::{AlterSequence, CreateSequence, DropSequence, RenameSequence, SequenceChange};
pub use sql_file::SqlFile;
pub use table::{CreateTable, DropTable, RenameTable};
pub use trigger::{CreateTrigger, DropTrigger, ReplaceTrigger};
pub use view::{CreateView, DropView, ReplaceView};

use crate::catalog::{Catalog, CatalogError, InvertError, TableName};

/// An op with the place in a migration that it was recorded at.
pub type Recorded = Placed<Op>;

/// A change to a schema, or to the rows in it.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "each variant is the op of its name")]
pub enum Op {
    CreateTable(CreateTable),
    DropTable(DropTable),
    RenameTable(RenameTable),
    CreatePartition(CreatePartition),
    DropPartition(DropPartition),
    AlterTable(AlterTable),
    CreateIndex(CreateIndex),
    DropIndex(DropIndex),
    RenameIndex(RenameIndex),
    CreateEnum(CreateEnum),
    DropEnum(DropEnum),
    AlterEnum(AlterEnum),
    CreateSchema(CreateSchema),
    DropSchema(DropSchema),
    CreateSequence(CreateSequence),
    AlterSequence(AlterSequence),
    RenameSequence(RenameSequence),
    DropSequence(DropSequence),
    CreateExtension(CreateExtension),
    DropExtension(DropExtension),
    CreateView(CreateView),
    ReplaceView(ReplaceView),
    DropView(DropView),
    CreateFunction(CreateFunction),
    ReplaceFunction(ReplaceFunction),
    DropFunction(DropFunction),
    CreateTrigger(CreateTrigger),
    ReplaceTrigger(ReplaceTrigger),
    DropTrigger(DropTrigger),
    BulkInsert(BulkInsert),
    DeleteRows(DeleteRows),
    Execute(Execute),
    Run(Run),
}

/// Asks the same of whichever op it is.
macro_rules! each {
    ($op:expr, $inner:ident => $answer:expr) => {
        match $op {
            Op::CreateTable($inner) => $answer,
            Op::DropTable($inner) => $answer,
            Op::RenameTable($inner) => $answer,
            Op::CreatePartition($inner) => $answer,
            Op::DropPartition($inner) => $answer,
            Op::AlterTable($inner) => $answer,
            Op::CreateIndex($inner) => $answer,
            Op::DropIndex($inner) => $answer,
            Op::RenameIndex($inner) => $answer,
            Op::CreateEnum($inner) => $answer,
            Op::DropEnum($inner) => $answer,
            Op::AlterEnum($inner) => $answer,
            Op::CreateSchema($inner) => $answer,
            Op::DropSchema($inner) => $answer,
            Op::CreateSequence($inner) => $answer,
            Op::AlterSequence($inner) => $answer,
            Op::RenameSequence($inner) => $answer,
            Op::DropSequence($inner) => $answer,
            Op::CreateExtension($inner) => $answer,
            Op::DropExtension($inner) => $answer,
            Op::CreateView($inner) => $answer,
            Op::ReplaceView($inner) => $answer,
            Op::DropView($inner) => $answer,
            Op::CreateFunction($inner) => $answer,
            Op::ReplaceFunction($inner) => $answer,
            Op::DropFunction($inner) => $answer,
            Op::CreateTrigger($inner) => $answer,
            Op::ReplaceTrigger($inner) => $answer,
            Op::DropTrigger($inner) => $answer,
            Op::BulkInsert($inner) => $answer,
            Op::DeleteRows($inner) => $answer,
            Op::Execute($inner) => $answer,
            Op::Run($inner) => $answer,
        }
    };
}

impl Op {
    /// Makes this change to `catalog`.
    ///
    /// After an error the catalog may hold a part of the change; throw it away.
    ///
    /// # Errors
    ///
    /// When the op doesn't fit: what it needs is not there, or what it makes is there already. On a
    /// table that the catalog no longer vouches for, nothing is an error.
    pub fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        if self.tables().iter().any(|table| catalog.opaque.contains(table)) {
            let mut changed = catalog.clone();
            if each!(self, op => op.apply(&mut changed)).is_ok() {
                *catalog = changed;
            }
            return Ok(());
        }
        each!(self, op => op.apply(catalog))
    }

    /// The ops that take this one back, in the order to run them.
    ///
    /// `before` is the catalog that this op is about to be made to: it remembers what is dropped, so
    /// nobody has to write that down twice.
    ///
    /// # Errors
    ///
    /// When no inverse exists, or it would fail on rows.
    pub fn invert(&self, before: &Catalog) -> Result<Vec<Op>, InvertError> {
        each!(self, op => op.invert(before))
    }

    /// A short line for people: `add column orders.notes text`.
    pub fn describe(&self) -> String {
        each!(self, op => op.describe())
    }

    /// The tables that it is about.
    pub fn tables(&self) -> Vec<TableName> {
        each!(self, op => op.tables())
    }

    /// Whether the database refuses it inside a transaction.
    pub fn forbids_transaction(&self) -> bool {
        match self {
            Op::CreateIndex(op) => op.concurrently,
            Op::DropIndex(op) => op.concurrently,
            Op::CreateTable(_)
            | Op::DropTable(_)
            | Op::RenameTable(_)
            | Op::CreatePartition(_)
            | Op::DropPartition(_)
            | Op::AlterTable(_)
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
            | Op::DeleteRows(_)
            | Op::Execute(_)
            | Op::Run(_) => false,
        }
    }
}

/// The ops that take a whole list back, given the catalog before its first.
///
/// # Errors
///
/// The first op that doesn't fit or has no inverse, with its place.
///
/// ```
/// use migrate_model::{Dialect, Op, Ops, catalog::{build::*, Catalog}, op::invert_all};
///
/// let mut op = Ops::new(Dialect::Sqlite);
/// op.create_table(table("orders").column(bigint("id").primary_key()));
/// op.add_column("orders", text("notes").nullable());
/// let back = invert_all(op.recorded(), &Catalog::default()).unwrap();
/// let lines: Vec<_> = back.iter().map(|op| op.describe()).collect();
/// assert_eq!(lines, ["drop column orders.notes", "drop table orders"]);
/// ```
pub fn invert_all(
    ops: &[Recorded],
    before: &Catalog,
) -> Result<Vec<Recorded>, Placed<InvertError>> {
    let mut catalog = before.clone();
    let mut back: Vec<Recorded> = Vec::new();
    for recorded in ops {
        let at = |error: InvertError| Placed { what: error, place: recorded.place };
        let inverse = recorded.invert(&catalog).map_err(at)?;
        recorded.apply(&mut catalog).map_err(|error| at(error.into()))?;
        back.extend(inverse.into_iter().rev().map(|op| Placed { what: op, place: recorded.place }));
    }
    back.reverse();
    Ok(back)
}

/// Makes a whole list of changes.
///
/// # Errors
///
/// The first op that doesn't fit, with its place.
pub fn apply_all(ops: &[Recorded], catalog: &mut Catalog) -> Result<(), Placed<CatalogError>> {
    for recorded in ops {
        recorded.apply(catalog).map_err(|error| Placed { what: error, place: recorded.place })?;
    }
    Ok(())
}
