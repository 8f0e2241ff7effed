//! One list of examples for the laws: every op, made to a schema that holds every kind of object.
//!
//! A new kind of op fails to compile here until it has a line, which names a function with at least one example:
//! that is all it takes for the laws to hold it on every backend.

mod arguments;
mod code;
mod columns;
mod constraints;
mod enums;
mod indexes;
mod objects;
mod partitions;
mod replaceable;
mod rows;
mod schema;
mod sequences;
mod tables;

use migrate_core::catalog::Catalog;
use migrate_core::op::TableChange;
use migrate_core::prelude::*;
use migrate_core::{Op, Recorded};

pub use arguments::missing;
pub use schema::{
    HOSTILE, HOSTILE_COLUMNS, HOSTILE_TEXT, POSTGRES_ROWS, hostile, hostile_columns, rich,
    rows as rich_rows,
};

/// An op, made to [`rich`].
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// The kind of op, or of change to a table, that it is an example of.
    pub kind: &'static str,
    /// What it does, in words.
    pub name: &'static str,
    /// The op.
    pub ops: fn(&mut Ops),
    /// Tables (`fills`) whose rows it drops, and columns (`orders.notes`) whose values it changes or drops.
    pub touches: &'static [&'static str],
    /// Whether it must run outside of transactions on PostgreSQL.
    pub outside: bool,
    refused: Option<(&'static [Dialect], &'static str)>,
}

/// MySQL and what came from it.
const FAMILY: &[Dialect] = &[Mysql, Mariadb];

fn example(name: &'static str, ops: fn(&mut Ops)) -> Example {
    Example { kind: "", name, ops, touches: &[], outside: false, refused: None }
}

impl Example {
    fn touches(self, touches: &'static [&'static str]) -> Example {
        Example { touches, ..self }
    }

    fn outside(self) -> Example {
        Example { outside: true, ..self }
    }

    /// It is there to be refused by these databases, in these words.
    fn refused(self, by: &'static [Dialect], words: &'static str) -> Example {
        Example { refused: Some((by, words)), ..self }
    }

    /// What is said before anything runs, where a database can't do it. All others must be able to.
    pub fn refusal(&self, dialect: Dialect) -> Option<&'static str> {
        let refused = self.refused.filter(|(dialects, _)| dialects.contains(&dialect));
        refused.map(|(_, words)| words)
    }

    /// The ops as they are for a database.
    pub fn record(&self, dialect: Dialect) -> Vec<Recorded> {
        record(self.ops, dialect)
    }
}

/// What a function writes down for a database.
pub fn record(ops: fn(&mut Ops), dialect: Dialect) -> Vec<Recorded> {
    let mut op = Ops::new(dialect);
    ops(&mut op);
    op.into_recorded()
}

/// The examples of each variant, and the name of a variant.
macro_rules! examples {
    ($list:ident, $kind:ident, $enum:ident: $($variant:ident => $theme:ident::$examples:ident,)*) => {
        /// The examples, each variant's in turn.
        pub fn $list() -> Vec<Example> {
            let mut list = Vec::new();
            $(
                let examples = $theme::$examples();
                assert!(!examples.is_empty(), "`{}` has no example", stringify!($variant));
                list.extend(examples.into_iter().map(|one| Example { kind: stringify!($variant), ..one }));
            )*
            list
        }

        /// The variant's name. (No `_`: a variant without examples does not compile.)
        pub fn $kind(one: &$enum) -> &'static str {
            match one {
                $($enum::$variant { .. } => stringify!($variant),)*
            }
        }
    };
}

examples! { op_examples, op_kind, Op:
    CreateTable => tables::create_table,
    DropTable => tables::drop_table,
    RenameTable => tables::rename_table,
    CreatePartition => partitions::create_partition,
    DropPartition => partitions::drop_partition,
    AlterTable => tables::alter_table,
    CreateIndex => indexes::create_index,
    DropIndex => indexes::drop_index,
    RenameIndex => indexes::rename_index,
    CreateEnum => enums::create_enum,
    DropEnum => enums::drop_enum,
    AlterEnum => enums::alter_enum,
    CreateSchema => objects::create_schema,
    DropSchema => objects::drop_schema,
    CreateSequence => sequences::create_sequence,
    AlterSequence => sequences::alter_sequence,
    RenameSequence => sequences::rename_sequence,
    DropSequence => sequences::drop_sequence,
    CreateExtension => objects::create_extension,
    DropExtension => objects::drop_extension,
    CreateView => replaceable::create_view,
    ReplaceView => replaceable::replace_view,
    DropView => replaceable::drop_view,
    CreateFunction => replaceable::create_function,
    ReplaceFunction => replaceable::replace_function,
    DropFunction => replaceable::drop_function,
    CreateTrigger => replaceable::create_trigger,
    ReplaceTrigger => replaceable::replace_trigger,
    DropTrigger => replaceable::drop_trigger,
    BulkInsert => rows::bulk_insert,
    DeleteRows => rows::delete_rows,
    Execute => code::execute,
    Run => code::run,
}

examples! { change_examples, change_kind, TableChange:
    AddColumn => columns::add_column,
    DropColumn => columns::drop_column,
    RenameColumn => columns::rename_column,
    SetType => columns::set_type,
    SetNotNull => columns::set_not_null,
    DropNotNull => columns::drop_not_null,
    SetDefault => columns::set_default,
    SetColumnComment => columns::set_column_comment,
    SetIdentity => columns::set_identity,
    SetGenerated => columns::set_generated,
    SetCollation => columns::set_collation,
    AddConstraint => constraints::add_constraint,
    DropConstraint => constraints::drop_constraint,
    RenameConstraint => constraints::rename_constraint,
    ValidateConstraint => constraints::validate_constraint,
    SetTableComment => tables::set_table_comment,
}

/// Every example there is.
pub fn examples() -> Vec<Example> {
    let mut all = op_examples();
    all.extend(change_examples());
    all
}

/// The schema that [`rich`] makes.
///
/// # Panics
///
/// When it does not fit itself.
pub fn rich_catalog(dialect: Dialect) -> Catalog {
    let mut catalog = Catalog::default();
    for recorded in record(rich, dialect) {
        recorded
            .apply(&mut catalog)
            .unwrap_or_else(|error| panic!("{}: {error}", recorded.describe()));
    }
    catalog
}

/// The kinds of ops and changes in a list.
pub fn kinds(ops: &[Recorded]) -> Vec<&'static str> {
    let mut kinds = Vec::new();
    for op in ops {
        kinds.push(op_kind(op));
        if let Op::AlterTable(alter) = &op.what {
            kinds.extend(alter.changes.iter().map(|change| change_kind(change)));
        }
    }
    kinds
}
