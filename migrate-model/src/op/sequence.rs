//! Creating, changing, renaming and dropping sequences.

use super::{Op, Ops, Place, recorder::record};
use crate::catalog::{
    Catalog, CatalogError, InvertError, Sequence, SequenceOwner, SequenceType, TableName,
};

/// Creates a sequence.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateSequence {
    /// The sequence.
    pub sequence: Sequence,
    /// Whether the very same sequence may be there already.
    pub if_not_exists: bool,
}

/// Changes a sequence; the number that it hands out next stays.
#[derive(Clone, Debug, PartialEq)]
pub struct AlterSequence {
    /// Its name.
    pub name: TableName,
    /// The changes, in order.
    pub changes: Vec<SequenceChange>,
}

/// One change to a sequence; `None` is the database's own default.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the words are SQL's")]
pub enum SequenceChange {
    Type(SequenceType),
    Start(Option<i64>),
    Increment(Option<i64>),
    Min(Option<i64>),
    Max(Option<i64>),
    Cache(Option<i64>),
    Cycle(bool),
    OwnedBy(Option<SequenceOwner>),
}

/// Gives a sequence another name.
#[derive(Clone, Debug, PartialEq)]
pub struct RenameSequence {
    /// The name it has.
    pub from: TableName,
    /// The name it gets, in the same schema.
    pub to: TableName,
}

/// Drops a sequence that no default takes numbers from.
#[derive(Clone, Debug, PartialEq)]
pub struct DropSequence {
    /// Its name.
    pub name: TableName,
    /// Whether it may be gone already.
    pub if_exists: bool,
}

impl Ops {
    /// Creates a sequence (PostgreSQL, MariaDB): `sequence("invoice_numbers").start(1000)`.
    #[track_caller]
    pub fn create_sequence(&mut self, sequence: Sequence) -> &mut CreateSequence {
        let op = CreateSequence { sequence, if_not_exists: false };
        record!(self, Place::here(), CreateSequence(op))
    }

    /// Changes a sequence: `op.alter_sequence("invoice_numbers").increment(10).cycle()`.
    ///
    /// The number that it hands out next stays. To set that is no change of the schema:
    /// `op.execute("SELECT setval('invoice_numbers', 1000)").undo_nothing()`.
    #[track_caller]
    pub fn alter_sequence(&mut self, name: impl Into<TableName>) -> &mut AlterSequence {
        let op = AlterSequence { name: name.into(), changes: Vec::new() };
        record!(self, Place::here(), AlterSequence(op))
    }

    /// Gives a sequence another name in its schema. No default may take numbers from it at the time.
    #[track_caller]
    pub fn rename_sequence(&mut self, from: impl Into<TableName>, to: impl Into<TableName>) {
        let op = RenameSequence { from: from.into(), to: to.into() };
        record!(self, Place::here(), RenameSequence(op));
    }

    /// Drops a sequence that no default takes numbers from. The inverse brings it back at its start.
    #[track_caller]
    pub fn drop_sequence(&mut self, name: impl Into<TableName>) -> &mut DropSequence {
        let op = DropSequence { name: name.into(), if_exists: false };
        record!(self, Place::here(), DropSequence(op))
    }
}

impl CreateSequence {
    /// Does nothing when the sequence is there already. One that differs is an error all the same.
    pub fn if_not_exists(&mut self) -> &mut Self {
        self.if_not_exists = true;
        self
    }

    pub(super) fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let name = &self.sequence.name;
        match catalog.sequences.get(name) {
            Some(there) if self.if_not_exists && *there == self.sequence => return Ok(()),
            Some(_) if self.if_not_exists => {
                return Err(CatalogError::SequenceDiffers { sequence: name.clone() });
            }
            Some(_) | None => catalog.check_free(name)?,
        }
        self.sequence.check()?;
        catalog.check_owner(&self.sequence)?;
        catalog.sequences.insert(name.clone(), self.sequence.clone());
        Ok(())
    }

    pub(super) fn invert(&self, before: &Catalog) -> Result<Vec<Op>, InvertError> {
        if self.if_not_exists && before.sequences.contains_key(&self.sequence.name) {
            return Ok(Vec::new());
        }
        let name = self.sequence.name.clone();
        Ok(vec![Op::DropSequence(DropSequence { name, if_exists: false })])
    }

    pub(super) fn describe(&self) -> String {
        format!("create sequence {}", self.sequence.name)
    }

    pub(super) fn tables(&self) -> Vec<TableName> {
        Vec::new()
    }
}

impl AlterSequence {
    fn change(&mut self, change: SequenceChange) -> &mut Self {
        self.changes.push(change);
        self
    }

    /// The number that it starts again at, when it is told to.
    pub fn start(&mut self, start: i64) -> &mut Self {
        self.change(SequenceChange::Start(Some(start)))
    }

    /// The step from one number to the next, down when it is negative.
    pub fn increment(&mut self, step: i64) -> &mut Self {
        self.change(SequenceChange::Increment(Some(step)))
    }

    /// The least number.
    pub fn min_value(&mut self, min: i64) -> &mut Self {
        self.change(SequenceChange::Min(Some(min)))
    }

    /// The least number is that of the type, or 1 on the way up.
    pub fn no_min_value(&mut self) -> &mut Self {
        self.change(SequenceChange::Min(None))
    }

    /// The greatest number.
    pub fn max_value(&mut self, max: i64) -> &mut Self {
        self.change(SequenceChange::Max(Some(max)))
    }

    /// The greatest number is that of the type, or -1 on the way down.
    pub fn no_max_value(&mut self) -> &mut Self {
        self.change(SequenceChange::Max(None))
    }

    /// How many numbers a session takes at a time.
    pub fn cache(&mut self, numbers: i64) -> &mut Self {
        self.change(SequenceChange::Cache(Some(numbers)))
    }

    /// Begins again behind the last number.
    pub fn cycle(&mut self) -> &mut Self {
        self.change(SequenceChange::Cycle(true))
    }

    /// Is at its end behind the last number.
    pub fn no_cycle(&mut self) -> &mut Self {
        self.change(SequenceChange::Cycle(false))
    }

    /// Goes with a column of the same schema when that is dropped (PostgreSQL).
    pub fn owned_by(&mut self, table: impl Into<TableName>, column: &str) -> &mut Self {
        let owner = SequenceOwner { table: table.into(), column: column.to_owned() };
        self.change(SequenceChange::OwnedBy(Some(owner)))
    }

    /// Stays when the column that owned it is dropped.
    pub fn owned_by_none(&mut self) -> &mut Self {
        self.change(SequenceChange::OwnedBy(None))
    }

    /// Its numbers are those of another type (PostgreSQL; elsewhere it says nothing).
    pub fn postgres_type(&mut self, of: SequenceType) -> &mut Self {
        self.change(SequenceChange::Type(of))
    }

    /// The sequence as the op leaves it.
    ///
    /// # Errors
    ///
    /// When there is no such sequence, or it would go nowhere.
    pub fn changed(&self, before: &Catalog) -> Result<Sequence, CatalogError> {
        let mut sequence = before.sequence(&self.name)?.clone();
        for change in &self.changes {
            match change {
                SequenceChange::Type(of) => sequence.of = *of,
                SequenceChange::Start(start) => sequence.start = *start,
                SequenceChange::Increment(step) => sequence.increment = *step,
                SequenceChange::Min(min) => sequence.min = *min,
                SequenceChange::Max(max) => sequence.max = *max,
                SequenceChange::Cache(cache) => sequence.cache = *cache,
                SequenceChange::Cycle(cycle) => sequence.cycle = *cycle,
                SequenceChange::OwnedBy(owner) => sequence.owned_by.clone_from(owner),
            }
        }
        sequence.check()?;
        before.check_owner(&sequence)?;
        Ok(sequence)
    }

    pub(super) fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let sequence = self.changed(catalog)?;
        catalog.sequences.insert(self.name.clone(), sequence);
        Ok(())
    }

    pub(super) fn invert(&self, before: &Catalog) -> Result<Vec<Op>, InvertError> {
        let former = before.sequence(&self.name)?;
        let back = |change: &SequenceChange| match change {
            SequenceChange::Type(_) => SequenceChange::Type(former.of),
            SequenceChange::Start(_) => SequenceChange::Start(former.start),
            SequenceChange::Increment(_) => SequenceChange::Increment(former.increment),
            SequenceChange::Min(_) => SequenceChange::Min(former.min),
            SequenceChange::Max(_) => SequenceChange::Max(former.max),
            SequenceChange::Cache(_) => SequenceChange::Cache(former.cache),
            SequenceChange::Cycle(_) => SequenceChange::Cycle(former.cycle),
            SequenceChange::OwnedBy(_) => SequenceChange::OwnedBy(former.owned_by.clone()),
        };
        let changes = self.changes.iter().map(back).collect();
        Ok(vec![Op::AlterSequence(AlterSequence { name: self.name.clone(), changes })])
    }

    pub(super) fn describe(&self) -> String {
        format!("alter sequence {}", self.name)
    }

    pub(super) fn tables(&self) -> Vec<TableName> {
        Vec::new()
    }
}

impl RenameSequence {
    pub(super) fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let mut sequence = catalog.sequence(&self.from)?.clone();
        if self.from.schema != self.to.schema {
            let fault = format!("can't be moved into another schema, to `{}`", self.to);
            return Err(CatalogError::BadSequence { sequence: self.from.clone(), fault });
        }
        catalog.check_numbers_unused(&self.from, |_, _| false)?;
        catalog.check_free(&self.to)?;
        catalog.sequences.remove(&self.from);
        sequence.name = self.to.clone();
        catalog.sequences.insert(self.to.clone(), sequence);
        Ok(())
    }

    pub(super) fn invert(&self, _: &Catalog) -> Result<Vec<Op>, InvertError> {
        Ok(vec![Op::RenameSequence(RenameSequence {
            from: self.to.clone(),
            to: self.from.clone(),
        })])
    }

    pub(super) fn describe(&self) -> String {
        format!("rename sequence {} to {}", self.from, self.to)
    }

    pub(super) fn tables(&self) -> Vec<TableName> {
        Vec::new()
    }
}

impl DropSequence {
    /// Does nothing when the sequence is gone already.
    pub fn if_exists(&mut self) -> &mut Self {
        self.if_exists = true;
        self
    }

    pub(super) fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        if self.if_exists && !catalog.sequences.contains_key(&self.name) {
            return Ok(());
        }
        catalog.sequence(&self.name)?;
        catalog.check_numbers_unused(&self.name, |_, _| false)?;
        catalog.sequences.remove(&self.name);
        Ok(())
    }

    pub(super) fn invert(&self, before: &Catalog) -> Result<Vec<Op>, InvertError> {
        if self.if_exists && !before.sequences.contains_key(&self.name) {
            return Ok(Vec::new());
        }
        let sequence = before.sequence(&self.name)?.clone();
        Ok(vec![Op::CreateSequence(CreateSequence { sequence, if_not_exists: false })])
    }

    pub(super) fn describe(&self) -> String {
        format!("drop sequence {}", self.name)
    }

    pub(super) fn tables(&self) -> Vec<TableName> {
        Vec::new()
    }
}

/// What brings back the sequences that went with a table or column: the ops before it comes back, and those behind.
pub(super) fn bring_back_owned(
    before: &Catalog,
    table: &TableName,
    column: Option<&str>,
) -> (Vec<Op>, Vec<Op>) {
    let owned = || before.sequences_of(table, column);
    let create = owned().map(|sequence| {
        let sequence = Sequence { owned_by: None, ..sequence.clone() };
        Op::CreateSequence(CreateSequence { sequence, if_not_exists: false })
    });
    let own = owned().map(|sequence| {
        let changes = vec![SequenceChange::OwnedBy(sequence.owned_by.clone())];
        Op::AlterSequence(AlterSequence { name: sequence.name.clone(), changes })
    });
    (create.collect(), own.collect())
}
