//! Ops as the Rust that a person would have written: for `revision --autogenerate`, and a downgrade in full.
//!
//! - `spell`: ops that no word makes, as ones that words make
//! - `table`, `column`, `constraint`, `index`, `sequence`, `object`, `raw`: the words, by theme
//! - `literal`: names, texts and numbers
//! - `layout`: code as a tree, and its lines
//!
//! What is default is left out: so is a name that the project's convention gives anyway. The law: what the text
//! records when it is compiled are the ops that it was written from, as [`spelled`].

mod column;
mod constraint;
mod index;
mod layout;
mod literal;
mod object;
mod raw;
mod sequence;
mod spell;
mod table;

use migrate_core::Op;
use migrate_core::catalog::naming::Naming;
use migrate_core::catalog::{Bounds, Extension};
use migrate_core::op::{
    AlterEnum, CreateEnum, CreateExtension, CreateFunction, CreatePartition, CreateSchema,
    CreateSequence, CreateTrigger, CreateView, DropEnum, DropExtension, DropPartition, DropSchema,
    DropSequence, DropTable, DropTrigger, DropView, EnumChange, EnumPosition, RenameSequence,
    RenameTable, ReplaceFunction, ReplaceTrigger, ReplaceView,
};

use layout::{Code, call, plain};
use literal::{Name, text, texts};
pub use spell::spelled;

/// An op that can't be written as Rust.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{op}` can't be written as Rust: {why}")]
pub struct Unwritable {
    /// The op, in words.
    pub op: String,
    /// Why not.
    pub why: String,
}

/// The function of a migration that records `ops`: `pub fn upgrade(op: &mut Ops) { … }`.
///
/// It is written for whom the prelude is in scope, and for the `naming` of the chain that it will be a part of.
///
/// # Errors
///
/// The first op that can't be written: code to run, what is not sound in itself, and what there is no word for.
///
/// ```
/// use migrate_cli::rust::write_function;
/// use migrate_core::{Ops, prelude::*};
///
/// let mut op = Ops::new(Sqlite);
/// op.add_column("orders", text("notes").nullable());
/// let ops: Vec<_> = op.recorded().iter().map(|recorded| recorded.what.clone()).collect();
/// assert_eq!(
///     write_function("upgrade", &ops, &Naming::DEFAULT)?,
///     r#"pub fn upgrade(op: &mut Ops) {
///     op.add_column("orders", text("notes").nullable());
/// }
/// "#
/// );
/// # Ok::<(), migrate_cli::rust::Unwritable>(())
/// ```
pub fn write_function(name: &str, ops: &[Op], naming: &Naming) -> Result<String, Unwritable> {
    let ops = spelled(ops);
    if ops.is_empty() {
        return Ok(format!("pub fn {name}(_op: &mut Ops) {{}}\n"));
    }
    let mut function = format!("pub fn {name}(op: &mut Ops) {{");
    layout::statements(&mut function, 4, &Writer { naming }.statements(&ops)?);
    function.push_str("\n}\n");
    Ok(function)
}

/// Why something can't be written.
type Why = &'static str;

/// Something can't be written: an op, or one that it declares.
enum Failed {
    Itself(Why),
    Inner(Unwritable),
}

impl From<Why> for Failed {
    fn from(why: Why) -> Failed {
        Failed::Itself(why)
    }
}

impl From<Unwritable> for Failed {
    fn from(inner: Unwritable) -> Failed {
        Failed::Inner(inner)
    }
}

struct Writer<'a> {
    naming: &'a Naming,
}

impl Writer<'_> {
    fn statements<'o>(
        &self,
        ops: impl IntoIterator<Item = &'o Op>,
    ) -> Result<Vec<Code>, Unwritable> {
        let statement = |op: &Op| {
            self.statement(op).map_err(|failed| match failed {
                Failed::Itself(why) => Unwritable { op: op.describe(), why: why.to_owned() },
                Failed::Inner(inner) => inner,
            })
        };
        ops.into_iter().map(statement).collect()
    }

    fn statement(&self, op: &Op) -> Result<Code, Failed> {
        let said = plain("op");
        Ok(match op {
            Op::CreateTable(create) => table::create(create, self.naming)?,
            Op::DropTable(DropTable { name, if_exists }) => {
                said.then("drop_table", [name.code()]).then_if(*if_exists, "if_exists")
            }
            Op::RenameTable(RenameTable { from, to }) => {
                said.then("rename_table", [from.code(), to.code()])
            }
            Op::CreatePartition(create) => said.then("create_partition", [partition(create)?]),
            Op::DropPartition(DropPartition { name, if_exists }) => {
                said.then("drop_partition", [name.code()]).then_if(*if_exists, "if_exists")
            }
            Op::AlterTable(alter) => table::alter(alter, self.naming)?,
            Op::CreateIndex(create) => {
                // Nobody leaves a name out who has no convention for it.
                let is_named = *self.naming == Naming::DEFAULT
                    || self.naming.name_index(&create.table, &create.index) != create.index.name;
                index::create(create, is_named)?
            }
            Op::DropIndex(drop) => index::drop(drop),
            Op::RenameIndex(rename) => index::rename(rename),
            Op::CreateEnum(CreateEnum { name, values, if_not_exists }) => {
                if values.is_empty() {
                    return Err("it has no values".into());
                }
                let new = call("enum_type", [name.code()]).then("values", [texts(values)]);
                said.then("create_enum", [new]).then_if(*if_not_exists, "if_not_exists")
            }
            Op::DropEnum(DropEnum { name }) => said.then("drop_enum", [name.code()]),
            Op::AlterEnum(alter) => alter_enum(alter),
            Op::CreateSchema(CreateSchema { name, if_not_exists }) => {
                said.then("create_schema", [text(name)]).then_if(*if_not_exists, "if_not_exists")
            }
            Op::DropSchema(DropSchema { name, if_exists }) => {
                said.then("drop_schema", [text(name)]).then_if(*if_exists, "if_exists")
            }
            Op::CreateSequence(CreateSequence { sequence, if_not_exists }) => said
                .then("create_sequence", [sequence::sequence(sequence)])
                .then_if(*if_not_exists, "if_not_exists"),
            Op::AlterSequence(alter) => sequence::alter(alter)?,
            Op::RenameSequence(RenameSequence { from, to }) => {
                said.then("rename_sequence", [from.code(), to.code()])
            }
            Op::DropSequence(DropSequence { name, if_exists }) => {
                said.then("drop_sequence", [name.code()]).then_if(*if_exists, "if_exists")
            }
            Op::CreateExtension(CreateExtension { name, extension, if_not_exists }) => {
                let Extension { schema, version } = extension;
                said.then("create_extension", [text(name)])
                    .then_some("schema", schema.as_deref().map(text))
                    .then_some("version", version.as_deref().map(text))
                    .then_if(*if_not_exists, "if_not_exists")
            }
            Op::DropExtension(DropExtension { name, if_exists }) => {
                said.then("drop_extension", [text(name)]).then_if(*if_exists, "if_exists")
            }
            Op::CreateView(CreateView { view, no_data }) => {
                said.then("create_view", [object::view(view, *no_data)?])
            }
            Op::ReplaceView(ReplaceView { view, recreate, no_data }) => said
                .then("replace_view", [object::view(view, *no_data)?])
                .then_if(*recreate, "recreate"),
            Op::DropView(DropView { name, if_exists }) => {
                said.then("drop_view", [name.code()]).then_if(*if_exists, "if_exists")
            }
            Op::CreateFunction(CreateFunction { function }) => {
                said.then("create_function", [object::function(function)?])
            }
            Op::ReplaceFunction(ReplaceFunction { function }) => {
                said.then("replace_function", [object::function(function)?])
            }
            Op::DropFunction(drop) => object::drop_function(drop),
            Op::CreateTrigger(CreateTrigger { table, trigger }) => {
                said.then("create_trigger", [object::trigger(table, trigger)?])
            }
            Op::ReplaceTrigger(ReplaceTrigger { table, trigger }) => {
                said.then("replace_trigger", [object::trigger(table, trigger)?])
            }
            Op::DropTrigger(DropTrigger { table, name, if_exists }) => said
                .then("drop_trigger", [table.code(), text(name)])
                .then_if(*if_exists, "if_exists"),
            Op::BulkInsert(insert) => raw::bulk_insert(insert)?,
            Op::DeleteRows(_) => {
                return Err("no word deletes rows; it is what takes a bulk_insert back".into());
            }
            Op::Execute(execute) => raw::execute(execute, self)?,
            Op::Run(_) => return Err("it is code, which nobody keeps as text".into()),
        })
    }
}

fn partition(create: &CreatePartition) -> Result<Code, Why> {
    let CreatePartition { name, of, bounds } = create;
    let code = call("partition", [name.code()]).then("of", [of.code()]);
    Ok(match bounds {
        Bounds::Range { from, to } => code.then("from_to", [text(from), text(to)]),
        Bounds::In(values) if values.is_empty() => return Err("it holds no value at all"),
        Bounds::In(values) => code.then("in_values", [texts(values)]),
        Bounds::Hash { modulus, remainder } => {
            code.then("hash", [plain(modulus), plain(remainder)])
        }
        Bounds::Default => code.then("default_partition", []),
    })
}

fn alter_enum(alter: &AlterEnum) -> Code {
    let AlterEnum { name, change } = alter;
    let said = plain("op");
    match change {
        EnumChange::AddValue { value, position, if_not_exists, usable_at_once } => {
            let code = said.then("add_enum_value", [name.code(), text(value)]);
            match position {
                EnumPosition::First => code.then("first", []),
                EnumPosition::Last => code,
                EnumPosition::Before(other) => code.then("before", [text(other)]),
                EnumPosition::After(other) => code.then("after", [text(other)]),
            }
            .then_if(*if_not_exists, "if_not_exists")
            .then_if(*usable_at_once, "usable_at_once")
        }
        EnumChange::RenameValue { from, to } => {
            said.then("rename_enum_value", [name.code(), text(from), text(to)])
        }
        EnumChange::DropValue { value, replace_with } => said
            .then("drop_enum_value", [name.code(), text(value)])
            .then_some("replace_with", replace_with.as_deref().map(text)),
    }
}

#[cfg(test)]
mod tests;
