//! Changing one column: each method is one more change, written down in the op that alters the table.

use std::marker::PhantomData;

use super::{Alter, SetNotNull, SetType, TableChange, alter::real_default};
use crate::catalog::{DefaultValue, Generated, Identity, NewType, PostgresIdentity};

/// A column that is being changed. Each method is one more change.
///
/// `Last` is the change before, where further words belong to it: `.using(…)` to a type, `.fill_with(…)` to NOT NULL.
#[derive(Debug)]
pub struct AlterColumn<'a, Last = last::Any> {
    alter: Alter<'a>,
    column: String,
    last: PhantomData<Last>,
}

/// What the change before may be, for the words that belong to it.
pub mod last {
    /// One that has no further words.
    #[derive(Clone, Copy, Debug)]
    pub struct Any;
    /// `.set_type(…)`.
    #[derive(Clone, Copy, Debug)]
    pub struct SetType;
    /// `.set_not_null()`.
    #[derive(Clone, Copy, Debug)]
    pub struct SetNotNull;
    /// `.drop_not_null()`.
    #[derive(Clone, Copy, Debug)]
    pub struct DropNotNull;
    /// `.set_identity()`.
    #[derive(Clone, Copy, Debug)]
    pub struct SetIdentity;

    /// A change that makes new values.
    #[diagnostic::on_unimplemented(
        message = "`.using(…)` says how a new type makes its values",
        label = "there is no `.set_type(…)` right before it",
        note = "write `.set_type(…).using(\"expression\")`"
    )]
    pub trait MakesValues {}
    impl MakesValues for SetType {}

    /// A change that minds rows with NULL.
    #[diagnostic::on_unimplemented(
        message = "`.fill_with(…)` says what rows with NULL get before NULL is forbidden",
        label = "there is no `.set_not_null()` right before it",
        note = "write `.set_not_null().fill_with(\"expression\")`"
    )]
    pub trait MindsNull {}
    impl MindsNull for SetNotNull {}

    /// A change whose way back makes values.
    #[diagnostic::on_unimplemented(
        message = "`.restore_with(…)` says what a downgrade makes the former values of",
        label = "there is no `.set_type(…)` or `.drop_not_null()` right before it",
        note = "write `.set_type(…).restore_with(\"expression\")` or `.drop_not_null().restore_with(\"expression\")`"
    )]
    pub trait Restores {}
    impl Restores for SetType {}
    impl Restores for DropNotNull {}

    /// A change that makes a column count.
    #[diagnostic::on_unimplemented(
        message = "`.postgres(…)` says how PostgreSQL counts",
        label = "there is no `.set_identity()` right before it",
        note = "write `.set_identity().postgres(|i| …)`"
    )]
    pub trait Counts {}
    impl Counts for SetIdentity {}
}

impl<'a> AlterColumn<'a> {
    pub(super) fn of(alter: Alter<'a>, column: &str) -> Self {
        AlterColumn { alter, column: column.to_owned(), last: PhantomData }
    }
}

impl<'a, Last> AlterColumn<'a, Last> {
    #[track_caller]
    fn push<Next>(mut self, change: impl FnOnce(String) -> TableChange) -> AlterColumn<'a, Next> {
        self.alter.push(change(self.column.clone()));
        AlterColumn { alter: self.alter, column: self.column, last: PhantomData }
    }

    /// The change before.
    fn last(&mut self) -> &mut TableChange {
        self.alter.last()
    }

    /// Gives the column another name; expressions of the table follow.
    #[track_caller]
    pub fn rename_to(mut self, name: &str) -> AlterColumn<'a> {
        let from = std::mem::replace(&mut self.column, name.to_owned());
        self.push(|to| TableChange::RenameColumn { from, to })
    }

    /// Changes the type: `.set_type(types::numeric(20, 2))`. One made by `enum_type(…).values(…)` is created first,
    /// where it is not there yet.
    #[track_caller]
    pub fn set_type(mut self, to: impl Into<NewType>) -> AlterColumn<'a, last::SetType> {
        let NewType { sql_type: to, enums } = to.into();
        self.alter.create_enums(&enums);
        self.push(|column| {
            TableChange::SetType(SetType { column, to, using: None, restore_with: None })
        })
    }

    /// The SQL expression that makes the new value, behind [`set_type`](Self::set_type).
    pub fn using(mut self, expression: &str) -> Self
    where
        Last: last::MakesValues,
    {
        if let TableChange::SetType(set) = self.last() {
            set.using = Some(expression.to_owned());
        }
        self
    }

    /// Forbids NULL. Fails on a table with NULLs, unless [`fill_with`](Self::fill_with) says what becomes of them.
    #[track_caller]
    pub fn set_not_null(self) -> AlterColumn<'a, last::SetNotNull> {
        self.push(|column| TableChange::SetNotNull(SetNotNull { column, fill: None }))
    }

    /// The SQL expression that rows with NULL get first, behind [`set_not_null`](Self::set_not_null).
    pub fn fill_with(mut self, expression: &str) -> Self
    where
        Last: last::MindsNull,
    {
        if let TableChange::SetNotNull(set) = self.last() {
            set.fill = Some(expression.to_owned());
        }
        self
    }

    /// Allows NULL.
    #[track_caller]
    pub fn drop_not_null(self) -> AlterColumn<'a, last::DropNotNull> {
        self.push(|column| TableChange::DropNotNull { column, restore_with: None })
    }

    /// The SQL expression that a downgrade makes the former value with, behind
    /// [`set_type`](Self::set_type) or [`drop_not_null`](Self::drop_not_null).
    pub fn restore_with(mut self, expression: &str) -> Self
    where
        Last: last::Restores,
    {
        let expression = Some(expression.to_owned());
        if let TableChange::SetType(set) = self.last() {
            set.restore_with = expression;
        } else if let TableChange::DropNotNull { restore_with, .. } = self.last() {
            *restore_with = expression;
        }
        self
    }

    /// What the column holds when an INSERT doesn't say: a literal, or `expression("…")`.
    #[track_caller]
    pub fn set_default(self, default: impl Into<DefaultValue>) -> AlterColumn<'a> {
        let default = real_default(default.into());
        self.push(|column| TableChange::SetDefault { column, default })
    }

    /// Takes the default away.
    #[track_caller]
    pub fn drop_default(self) -> AlterColumn<'a> {
        self.push(|column| TableChange::SetDefault { column, default: None })
    }

    /// The column's comment.
    #[track_caller]
    pub fn comment(self, comment: &str) -> AlterColumn<'a> {
        let comment = Some(comment.to_owned());
        self.push(|column| TableChange::SetColumnComment { column, comment })
    }

    /// Takes the column's comment away.
    #[track_caller]
    pub fn drop_comment(self) -> AlterColumn<'a> {
        self.push(|column| TableChange::SetColumnComment { column, comment: None })
    }

    /// Makes the database count the column up, from behind the rows that are there.
    #[track_caller]
    pub fn set_identity(self) -> AlterColumn<'a, last::SetIdentity> {
        self.push(|column| TableChange::SetIdentity { column, identity: Some(Identity::default()) })
    }

    /// How PostgreSQL counts, behind [`set_identity`](Self::set_identity).
    pub fn postgres(
        mut self,
        options: impl FnOnce(&mut PostgresIdentity) -> &mut PostgresIdentity,
    ) -> Self
    where
        Last: last::Counts,
    {
        if let TableChange::SetIdentity { identity: Some(identity), .. } = self.last() {
            let mut chosen = PostgresIdentity { identity: *identity };
            options(&mut chosen);
            *identity = chosen.identity;
        }
        self
    }

    /// The column is a plain one from now on; its values stay.
    #[track_caller]
    pub fn drop_identity(self) -> AlterColumn<'a> {
        self.push(|column| TableChange::SetIdentity { column, identity: None })
    }

    /// The column is computed from others and stored from now on; the values that it had are lost.
    #[track_caller]
    pub fn set_generated(self, expression: &str) -> AlterColumn<'a> {
        let generated = Some(Generated::stored(expression));
        self.push(|column| TableChange::SetGenerated { column, generated })
    }

    /// The column is computed from others whenever it is read from now on (SQLite, MySQL, MariaDB).
    #[track_caller]
    pub fn set_generated_when_read(self, expression: &str) -> AlterColumn<'a> {
        let generated = Some(Generated::when_read(expression));
        self.push(|column| TableChange::SetGenerated { column, generated })
    }

    /// The column is a plain one from now on; the values that were computed stay.
    #[track_caller]
    pub fn drop_generated(self) -> AlterColumn<'a> {
        self.push(|column| TableChange::SetGenerated { column, generated: None })
    }

    /// How the column's text compares and sorts.
    #[track_caller]
    pub fn set_collation(self, collation: &str) -> AlterColumn<'a> {
        let collation = Some(collation.to_owned());
        self.push(|column| TableChange::SetCollation { column, collation })
    }

    /// The column's text compares and sorts as the database does by itself.
    #[track_caller]
    pub fn drop_collation(self) -> AlterColumn<'a> {
        self.push(|column| TableChange::SetCollation { column, collation: None })
    }
}
