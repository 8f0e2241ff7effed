//! Ops that nobody thought of: each is drawn against the schema that the ones before left, so that it fits.
//!
//! A file for each theme, a function for each kind of op and of change to a table. A new kind does not compile
//! until it has one. What it draws must be able to hold for the rows of [`tests::examples::ROWS`]: a unique key
//! has the primary key in it, a column that becomes NOT NULL is filled.

mod code;
mod columns;
mod constraints;
mod indexes;
mod objects;
mod partitions;
mod replaceable;
mod rows;
mod sequences;
mod tables;
pub(crate) mod values;

use migrate_core::backend::{RenderError, render};
use migrate_core::catalog::{Catalog, Column, Table, TableName};
use migrate_core::op::{AlterTable, TableChange, apply_all, invert_all};
use migrate_core::prelude::*;
use migrate_core::{Op, Placed, Recorded};
use proptest::prelude::*;

/// Where an op is drawn: what it is written to, the schema it has to fit, and chance.
pub(crate) struct Scene<'a> {
    pub(crate) op: &'a mut Ops,
    pub(crate) catalog: &'a Catalog,
    pub(crate) dice: Dice,
    /// The one table that may be changed, when several changes are drawn for it.
    only: Option<TableName>,
}

/// What draws one op; `None` when the schema has nothing for it.
type Drawer = fn(&mut Scene<'_>) -> Option<()>;

macro_rules! kinds {
    ($list:ident, $enum:ident: $($variant:ident => $theme:ident::$draw:ident,)*) => {
        const $list: &[(&str, Drawer)] = &[$((stringify!($variant), $theme::$draw)),*];

        const _: fn(&$enum) = |one| match one {
            $($enum::$variant { .. } => {})*
        };
    };
}

kinds! { OPS, Op:
    CreateTable => tables::create,
    DropTable => tables::drop,
    RenameTable => tables::rename,
    AlterTable => tables::alter,
    CreateIndex => indexes::create,
    DropIndex => indexes::drop,
    RenameIndex => indexes::rename,
    CreateEnum => objects::create_enum,
    DropEnum => objects::drop_enum,
    AlterEnum => objects::alter_enum,
    CreateSchema => objects::create_schema,
    DropSchema => objects::drop_schema,
    CreateSequence => sequences::create,
    AlterSequence => sequences::alter,
    RenameSequence => sequences::rename,
    DropSequence => sequences::drop,
    CreateExtension => objects::create_extension,
    DropExtension => objects::drop_extension,
    CreatePartition => partitions::create,
    DropPartition => partitions::drop,
    CreateView => replaceable::create_view,
    ReplaceView => replaceable::replace_view,
    DropView => replaceable::drop_view,
    CreateFunction => replaceable::create_function,
    ReplaceFunction => replaceable::replace_function,
    DropFunction => replaceable::drop_function,
    CreateTrigger => replaceable::create_trigger,
    ReplaceTrigger => replaceable::replace_trigger,
    DropTrigger => replaceable::drop_trigger,
    BulkInsert => rows::insert,
    DeleteRows => rows::insert,
    Execute => code::execute,
    Run => code::run,
}

kinds! { CHANGES, TableChange:
    AddColumn => columns::add,
    DropColumn => columns::drop,
    RenameColumn => columns::rename,
    SetType => columns::set_type,
    SetNotNull => columns::set_not_null,
    DropNotNull => columns::drop_not_null,
    SetDefault => columns::set_default,
    SetColumnComment => columns::comment,
    SetIdentity => columns::set_identity,
    SetGenerated => columns::set_generated,
    SetCollation => columns::set_collation,
    AddConstraint => constraints::add,
    DropConstraint => constraints::drop,
    RenameConstraint => constraints::rename,
    ValidateConstraint => constraints::validate,
    SetTableComment => tables::comment,
}

/// Nobody writes these down: they are what takes another op back.
pub(crate) const INVERSE_ONLY: [&str; 1] = ["DeleteRows"];

/// Every kind of op and of change.
pub(crate) fn all_kinds() -> impl Iterator<Item = &'static str> {
    OPS.iter().chain(CHANGES).map(|(kind, _)| *kind)
}

/// Numbers by which one op is drawn: its kind, and the seed of its dice.
pub(crate) type Draw = (usize, u64);

/// Between one and `most` ops of any kind, or of just one kind.
pub(crate) fn draws(
    most: usize,
    kind: Option<&'static str>,
) -> impl Strategy<Value = Vec<Draw>> + use<> {
    let at = |kind| all_kinds().position(|one| one == kind).expect("a kind");
    let kinds = match kind {
        Some(kind) => at(kind)..at(kind) + 1,
        None => 0..all_kinds().count(),
    };
    proptest::collection::vec((kinds, any::<u64>().no_shrink()), 1..=most)
}

/// An op that was drawn.
pub(crate) enum Drawn {
    /// It fits, and has an inverse.
    Ops(Vec<Recorded>),
    /// The database can't do it, and said so before anything ran.
    Refused(RenderError),
    /// The schema has nothing for it.
    Nothing,
}

/// Writes down what is drawn, whether it fits or not.
pub(crate) fn write(op: &mut Ops, catalog: &Catalog, (kind, seed): Draw) -> Option<()> {
    let (_, drawer) = OPS.iter().chain(CHANGES).nth(kind).expect("a kind");
    drawer(&mut Scene { op, catalog, dice: Dice(seed), only: None })
}

/// Draws an op and sees whether it fits.
pub(crate) fn draw(dialect: Dialect, catalog: &Catalog, one: Draw) -> Drawn {
    let mut op = Ops::new(dialect);
    if write(&mut op, catalog, one).is_none() {
        return Drawn::Nothing;
    }
    let ops = op.into_recorded();
    let mut after = catalog.clone();
    if apply_all(&ops, &mut after).is_err() {
        return Drawn::Nothing;
    }
    // An op may have no inverse; what it then says is another test's.
    let Ok(back) = invert_all(&ops, catalog) else { return Drawn::Nothing };
    match renders(dialect, &ops, catalog).and_then(|()| renders(dialect, &back, &after)) {
        Ok(()) => Drawn::Ops(ops),
        Err(error) => Drawn::Refused(error),
    }
}

fn renders(dialect: Dialect, ops: &[Recorded], before: &Catalog) -> Result<(), RenderError> {
    let mut catalog = before.clone();
    for op in ops {
        render(dialect, op, &catalog)?;
        op.apply(&mut catalog)?;
    }
    Ok(())
}

impl<'a> Scene<'a> {
    /// A table, by chance.
    pub(crate) fn table(&mut self) -> Option<&'a Table> {
        match &self.only {
            Some(name) => self.catalog.tables.get(name),
            None => {
                let tables: Vec<&Table> = self.catalog.tables.values().collect();
                self.dice.pick(&tables).copied()
            }
        }
    }

    /// A table and a column of it, by chance.
    pub(crate) fn column(&mut self) -> Option<(&'a Table, &'a Column)> {
        self.column_that(|_, _| true)
    }

    /// A column of which something is true.
    pub(crate) fn column_that(
        &mut self,
        is_fit: impl Fn(&Table, &Column) -> bool,
    ) -> Option<(&'a Table, &'a Column)> {
        let table = self.table()?;
        let fit: Vec<&Column> = table.columns.iter().filter(|one| is_fit(table, one)).collect();
        Some((table, self.dice.pick(&fit).copied()?))
    }

    /// A name for something new.
    pub(crate) fn name(&mut self) -> &'static str {
        const NAMES: [&str; 14] = [
            "a",
            "b",
            "notes",
            "price",
            "order",
            "it's \"odd\"",
            "A",
            "🦀",
            "lower",
            "date",
            "x.y; --",
            "back\\slash`",
            "%s",
            "é é",
        ];
        self.dice.one(&NAMES)
    }

    /// A change to a table.
    #[track_caller]
    pub(crate) fn change(&mut self, table: &Table, change: TableChange) {
        let changes = vec![Placed::here(change)];
        self.op.record(Op::AlterTable(AlterTable { table: table.name.clone(), changes }));
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.op.dialect()
    }

    /// A name in an expression.
    pub(crate) fn quoted(&self, name: &str) -> String {
        match self.dialect().family() {
            Mysql | Mariadb => format!("`{}`", name.replace('`', "``")),
            Postgres | Sqlite => format!("\"{}\"", name.replace('"', "\"\"")),
        }
    }
}

/// Chance: the same seed, the same throws.
pub(crate) struct Dice(u64);

impl Dice {
    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// True once in so many throws.
    pub(crate) fn once_in(&mut self, throws: usize) -> bool {
        self.below(throws) == 0
    }

    /// One of several, if there are any.
    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        if from.is_empty() { None } else { Some(&from[self.below(from.len())]) }
    }

    /// One of several.
    pub(crate) fn one<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }
}
