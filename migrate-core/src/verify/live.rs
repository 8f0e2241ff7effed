//! Up, down and up again, on a database that nobody needs, with rows in every table.
//!
//! ```text
//! before ─ rows ─ up ─ (as the ops say?) ─ rows ─ down ─ (as before? rows?) ─ up ─ (as behind the first? rows?)
//! ```
//!
//! The rows stay there for the revisions that follow, as those of a real database do. Where one of them stands in the
//! way, the database is made anew.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicBool, Ordering},
};

use migrate_model::{
    Dialect, Op, Recorded,
    catalog::{Catalog, TableName},
    op::{Effect, RunUndo, TableChange, Undo},
    revision::{Direction, RevisionId},
    sql,
};

use super::{
    difference::{Difference, differences},
    finding::{Kind, Loss, Verdict, Way},
    kept::{self, Renamed, Rows},
    offline::words,
    scratch::Scratch,
    seed::{Seeds, seed},
};
use crate::{
    Chain,
    backend::{
        Database, DatabaseError, ReflectError, Reflected, Scope, canonical_beside, normalize,
    },
    run::{Error, Migrator, Observer, Options, record, replay},
};

/// A verification that could not go on.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The chain, or the database that it is tried out on.
    #[error(transparent)]
    Run(Box<Error>),
    /// The database could not be asked.
    #[error("the database that migrations are tried out on can't be used")]
    Database(#[from] DatabaseError),
    /// Its schema could not be read.
    #[error("the schema of the database that migrations are tried out on can't be read")]
    Reflect(#[from] ReflectError),
    /// Somebody stopped it.
    #[error("interrupted")]
    Interrupted,
}

impl From<Error> for VerifyError {
    fn from(error: Error) -> VerifyError {
        VerifyError::Run(Box::new(error))
    }
}

impl From<crate::BrokenChain> for VerifyError {
    fn from(broken: crate::BrokenChain) -> VerifyError {
        Error::from(broken).into()
    }
}

/// Tries out migrations on databases that nobody needs.
pub struct Live<'a> {
    chain: &'a Chain,
    scratch: &'a mut dyn Scratch,
    stop: Option<&'a AtomicBool>,
    observer: Option<&'a mut dyn Observer>,
    database: Option<Box<dyn Database>>,
    dialect: Dialect,
    applied: BTreeSet<RevisionId>,
    /// The schemas beside the current one that are looked into.
    schemas: BTreeSet<String>,
    number: u64,
    /// The revision that the database does not take, and so none that follows it.
    stuck: Option<&'static str>,
}

impl std::fmt::Debug for Live<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Live").field("chain", &self.chain).finish_non_exhaustive()
    }
}

/// What both ways of a revision are about.
struct Step {
    /// The tables that its ops name, and those that they lead to.
    touched: BTreeSet<TableName>,
    renamed: Renamed,
    /// Whose values SQL or code changes and says nothing of how they come back; `None` for all tables.
    unrestored: BTreeSet<Option<TableName>>,
    /// Whether SQL or code takes part, whose wishes nobody knows.
    is_raw: bool,
    /// Whether it says that a table is empty.
    wants_empty: bool,
}

impl<'a> Live<'a> {
    /// For the revisions of this chain.
    ///
    /// # Errors
    ///
    /// When there can be no database.
    pub fn new(chain: &'a Chain, scratch: &'a mut dyn Scratch) -> Result<Live<'a>, VerifyError> {
        let mut live = Live {
            chain,
            scratch,
            stop: None,
            observer: None,
            database: None,
            dialect: Dialect::Sqlite,
            applied: BTreeSet::new(),
            schemas: BTreeSet::new(),
            number: 0,
            stuck: None,
        };
        live.anew(&BTreeSet::new())?;
        Ok(live)
    }

    /// Lets it be stopped: once this is true, it ends with [`VerifyError::Interrupted`].
    #[must_use]
    pub fn stopped_by(self, stop: &'a AtomicBool) -> Live<'a> {
        Live { stop: Some(stop), ..self }
    }

    /// Tells this observer what is being done.
    #[must_use]
    pub fn observed_by(self, observer: &'a mut dyn Observer) -> Live<'a> {
        Live { observer: Some(observer), ..self }
    }

    /// Tries out one revision, and adds what is found. Those that it follows are applied first.
    ///
    /// # Errors
    ///
    /// When one that it follows can't be applied, or the database is gone.
    pub fn check(&mut self, verdict: &mut Verdict) -> Result<(), VerifyError> {
        let graph = self.chain.graph()?;
        let own = RevisionId::from(verdict.revision.id);
        let mut below = graph.ancestors(&BTreeSet::from([own.clone()]));
        below.remove(&own);
        if let Some(stuck) = self.stuck {
            verdict.note(format!(
                "not tried out, since {stuck} before it can't be applied ({})",
                self.dialect
            ));
            return Ok(());
        }
        let all: BTreeSet<RevisionId> = below.iter().chain([&own]).cloned().collect();
        if let Some(table) = self.elsewhere(&all)? {
            verdict.note(format!(
                "not tried out, since `{table}` would be changed where it is: a schema is a database there ({})",
                self.dialect
            ));
            return Ok(());
        }
        if self.applied.contains(&own) || !below.is_subset(&self.applied) {
            let missing: BTreeSet<RevisionId> = below.difference(&self.applied).cloned().collect();
            if self.applied.contains(&own) {
                self.anew(&below)?;
            } else {
                self.run(Direction::Up, &missing)??;
            }
        }
        match self.ways(verdict) {
            Err(VerifyError::Run(error)) if matches!(*error, Error::Interrupted { .. }) => {
                Err(VerifyError::Interrupted)
            }
            result => result,
        }
    }

    /// A table that these revisions are about, and that does not lie in the database of its own: on MySQL a schema
    /// is a database, and the one that is named may be the one to be left alone.
    fn elsewhere(&self, ids: &BTreeSet<RevisionId>) -> Result<Option<TableName>, VerifyError> {
        if self.dialect.family() != Dialect::Mysql {
            return Ok(None);
        }
        for revision in self.chain.revisions() {
            if !ids.contains(&RevisionId::from(revision.id)) {
                continue;
            }
            let ops = record(revision, self.chain.context(self.dialect))?;
            let mut tables = ops.iter().flat_map(|op| op.what.tables());
            if let Some(table) = tables.find(|table| table.schema.is_some()) {
                return Ok(Some(table));
            }
        }
        Ok(None)
    }

    /// An empty database at these revisions.
    fn anew(&mut self, at: &BTreeSet<RevisionId>) -> Result<(), VerifyError> {
        self.database = None;
        let mut database = self.scratch.fresh()?;
        self.dialect = database.detect()?;
        self.database = Some(database);
        self.applied.clear();
        self.run(Direction::Up, at)??;
        Ok(())
    }

    fn is_stopped(&self) -> bool {
        self.stop.is_some_and(|stop| stop.load(Ordering::Relaxed))
    }

    /// Runs revisions. The inner error is that of a migration that the database does not take.
    fn run(
        &mut self,
        direction: Direction,
        ids: &BTreeSet<RevisionId>,
    ) -> Result<Result<(), Error>, VerifyError> {
        if self.is_stopped() {
            return Err(VerifyError::Interrupted);
        }
        if ids.is_empty() {
            return Ok(Ok(()));
        }
        let Some(database) = self.database.as_deref_mut() else { return Ok(Ok(())) };
        let options = Options { applied_by: "verify".to_owned(), ..Options::default() };
        let migrator = Migrator::new(self.chain).with(options);
        let mut migrator = match self.stop {
            Some(stop) => migrator.stopped_by(stop),
            None => migrator,
        };
        if let Some(observer) = &mut self.observer {
            migrator = migrator.observed_by(*observer);
        }
        match migrator.run_revisions(database, direction, ids) {
            Ok(_) => {
                match direction {
                    Direction::Up => self.applied.extend(ids.iter().cloned()),
                    Direction::Down => self.applied.retain(|id| !ids.contains(id)),
                }
                Ok(Ok(()))
            }
            Err(error @ Error::Interrupted { .. }) => Err(error.into()),
            Err(error) => Ok(Err(error)),
        }
    }

    fn database(&mut self) -> Result<&mut dyn Database, VerifyError> {
        match &mut self.database {
            Some(database) => Ok(&mut **database),
            None => Err(DatabaseError::because("there is none").into()),
        }
    }

    /// What is there.
    fn reflect(&mut self) -> Result<Reflected, VerifyError> {
        let mut scope = self.schemas.iter().fold(Scope::default(), |scope, one| scope.schema(one));
        let database = self.database()?;
        loop {
            database.begin_reading()?;
            let read = database.reflect(&scope);
            let ended = database.rollback();
            match read {
                Err(ReflectError::NoSchema { schema }) if scope.schemas.remove(&schema) => {}
                read => {
                    ended?;
                    return Ok(read?);
                }
            }
        }
    }

    /// What is there and what the ops say, where these are not the same.
    fn unlike(&mut self, said: &Catalog, is: &Reflected) -> Result<Vec<Difference>, VerifyError> {
        let dialect = self.dialect;
        let (said, there) = (said.vouched(&is.catalog), is.catalog.vouched(said));
        let [mut one, other] = [&said, &there].map(|one| normalize(dialect, one));
        if one != other {
            let asked = canonical_beside(self.database()?, &said, &there)?;
            one = normalize(dialect, &asked);
        }
        Ok(differences(&one, &other))
    }

    fn rows(&mut self, catalog: &Catalog) -> Result<Rows, VerifyError> {
        let dialect = self.dialect;
        Ok(kept::read(self.database()?, dialect, catalog)?)
    }

    fn seed(
        &mut self,
        now: &Catalog,
        other: &Catalog,
        is_before: bool,
        (again, without): (&BTreeSet<TableName>, &BTreeSet<TableName>),
        verdict: &mut Verdict,
    ) -> Result<(), VerifyError> {
        let (dialect, mut number) = (self.dialect, self.number);
        let seeds = Seeds { dialect, now, other, is_before, again, without };
        let notes = seed(self.database()?, &seeds, &mut number)?;
        self.number = number;
        for note in notes {
            verdict.note(format!("{note} ({dialect})"));
        }
        Ok(())
    }

    fn ways(&mut self, verdict: &mut Verdict) -> Result<(), VerifyError> {
        let (chain, dialect, revision) = (self.chain, self.dialect, verdict.revision);
        let own = RevisionId::from(revision.id);
        let only = BTreeSet::from([own.clone()]);
        let below = self.applied.clone();
        let mut above = below.clone();
        above.insert(own);
        let said_before = replay(chain, dialect, &below)?;
        let said_behind = match replay(chain, dialect, &above) {
            Ok(schema) => schema,
            Err(error) => {
                self.stuck = Some(revision.id);
                verdict.note(format!("not tried out: {} ({dialect})", words(&error)));
                return Ok(());
            }
        };
        for catalog in [&said_before, &said_behind] {
            let names = catalog.tables.keys().filter_map(|name| name.schema.clone());
            self.schemas.extend(catalog.schemas.iter().cloned().chain(names));
        }
        let step = Step::new(record(revision, chain.context(dialect))?, &said_before, &said_behind);
        let before = self.reflect()?;
        let odd = self.unlike(&said_before, &before)?;
        let now = known(&said_before, &before.catalog);
        let renamed_back = step.renamed.back();
        let to_come = renamed_back.applied_to(&said_behind);
        let none = BTreeSet::new();
        self.seed(&now, &to_come, true, (&step.touched, &none), verdict)?;

        let mut rows = self.rows(&before.catalog)?;
        let mut done = self.run(Direction::Up, &only)?;
        if done.is_err() {
            // Rows that came long before could not know what is to hold by now.
            self.anew(&below)?;
            self.seed(&now, &to_come, true, (&step.touched, &none), verdict)?;
            rows = self.rows(&before.catalog)?;
            done = self.run(Direction::Up, &only)?;
        }
        let mut empty = BTreeSet::new();
        if let Err(error) = done {
            self.anew(&below)?;
            rows = self.rows(&before.catalog)?;
            empty.extend(before.catalog.tables.keys().map(|name| step.renamed.table(name).clone()));
            let without = self.run(Direction::Up, &only)?;
            let (direction, again) = (Direction::Up, false);
            if let Err(error) = without {
                let why = words(&error);
                verdict
                    .find(dialect, Kind::Refused { direction, only_with_rows: false, again, why });
                self.stuck = Some(revision.id);
                self.anew(&below)?;
                return Ok(());
            }
            let why = words(&error);
            if step.is_raw || step.wants_empty {
                verdict.note(format!(
                    "the way up does not take rows that were made up: {why} ({dialect})"
                ));
            } else {
                verdict
                    .find(dialect, Kind::Refused { direction, only_with_rows: true, again, why });
            }
        }

        let behind = self.reflect()?;
        for difference in self.unlike(&said_behind, &behind)? {
            if !odd.contains(&difference) {
                verdict.find(dialect, Kind::NotAsSaid { direction: Direction::Up, difference });
            }
        }
        let rows_up = self.rows(&behind.catalog)?;
        if revision.irreversible.is_some() {
            // Nothing comes back, so what can be seen is seen here.
            let same = kept::same(&rows_up, &behind.catalog, &before.catalog, &renamed_back);
            let (on, pair, none) = (Way::Up, (&rows, &same), BTreeMap::new());
            let (schema, between) = (&before.catalog, &behind.catalog);
            for found in kept::lost(on, schema, pair, between, &step.renamed, &none) {
                judge(dialect, &step, verdict, found);
            }
            return Ok(());
        }
        for loss in kept::fewer(&rows, &rows_up, &behind.catalog, &step.renamed) {
            judge(dialect, &step, verdict, kept::Found { loss, is_natural: false });
        }
        let now = known(&said_behind, &behind.catalog);
        self.seed(
            &now,
            &step.renamed.applied_to(&said_before),
            false,
            (&step.touched, &empty),
            verdict,
        )?;
        let rows_behind = self.rows(&behind.catalog)?;

        if let Err(error) = self.run(Direction::Down, &only)? {
            self.anew(&above)?;
            let only_with_rows = self.run(Direction::Down, &only)?.is_ok();
            let (direction, why, again) = (Direction::Down, words(&error), false);
            verdict.find(dialect, Kind::Refused { direction, only_with_rows, again, why });
            self.anew(&above)?;
            return Ok(());
        }
        let back = self.reflect()?;
        let mut unlike = differences(&before.catalog, &back.catalog);
        unlike.extend(unread(&before, &back));
        let is_restored = unlike.is_empty();
        for difference in unlike {
            verdict.find(dialect, Kind::NotRestored { difference });
        }
        let rows_back = self.rows(&back.catalog)?;
        let none = BTreeMap::new();
        let (on, renamed) = (Way::UpAndDown, &step.renamed);
        for found in
            kept::lost(on, &before.catalog, (&rows, &rows_back), &behind.catalog, renamed, &none)
        {
            judge(dialect, &step, verdict, found);
        }
        if !is_restored {
            self.anew(&above)?;
            return Ok(());
        }

        if let Err(error) = self.run(Direction::Up, &only)? {
            let (direction, why) = (Direction::Up, words(&error));
            let kind = Kind::Refused { direction, only_with_rows: false, again: true, why };
            verdict.find(dialect, kind);
            self.anew(&above)?;
            return Ok(());
        }
        let again = self.reflect()?;
        let unlike = differences(&behind.catalog, &again.catalog);
        let is_same = unlike.is_empty();
        for difference in unlike {
            verdict.find(dialect, Kind::NotAsSaid { direction: Direction::Up, difference });
        }
        let rows_again = self.rows(&again.catalog)?;
        let own = kept::brought(&rows, &rows_up, &renamed_back);
        let (on, renamed) = (Way::DownAndUp, &renamed_back);
        let pair = (&rows_behind, &rows_again);
        for found in kept::lost(on, &behind.catalog, pair, &before.catalog, renamed, &own) {
            judge(dialect, &step, verdict, found);
        }
        if !is_same {
            self.anew(&above)?;
        }
        Ok(())
    }
}

/// Says of a loss whether it is meant to be.
fn judge(dialect: Dialect, step: &Step, verdict: &mut Verdict, found: kept::Found) {
    let kept::Found { loss, is_natural } = found;
    let names = |table: &TableName| {
        let mut names = vec![table.to_string()];
        names.extend(loss.column.iter().map(|column| format!("{table}.{column}")));
        names
    };
    let (there, back) = (&step.renamed, step.renamed.back());
    let is_said = [&loss.table, there.table(&loss.table), back.table(&loss.table)]
        .into_iter()
        .flat_map(names)
        .any(|name| verdict.revision.loses.contains(&name.as_str()));
    let is_unrestored = [None, Some(loss.table.clone()), Some(back.table(&loss.table).clone())]
        .iter()
        .any(|table| step.unrestored.contains(table));
    if !is_natural && !is_said && !is_unrestored {
        // What is gone on one way is gone on the others; once is enough.
        let is_told = verdict.findings.iter().any(|finding| {
            matches!(&finding.kind, Kind::Lost(other)
                if other.name() == loss.name() && finding.dialects.contains(&dialect))
        });
        if is_told {
            return;
        }
        verdict.find(dialect, Kind::Lost(loss));
        return;
    }
    let is_same = |other: &Loss| other.on == loss.on && other.name() == loss.name();
    if !verdict.losses.iter().any(is_same) {
        verdict.losses.push(loss);
    }
}

/// The schema to make rows for: as the ops say, and as it is found where they can't be read.
fn known(said: &Catalog, found: &Catalog) -> Catalog {
    let mut known = found.clone();
    for (name, table) in &mut known.tables {
        if let Some(said) = said.tables.get(name).filter(|_| !said.opaque.contains(name)) {
            table.clone_from(said);
        }
    }
    for (name, values) in &said.enums {
        known.enums.entry(name.clone()).or_insert_with(|| values.clone());
    }
    known.opaque.clear();
    known
}

/// What the catalog has no words for, where it is not the same.
fn unread(before: &Reflected, after: &Reflected) -> Vec<Difference> {
    let lines = |read: &Reflected| -> BTreeSet<(TableName, String)> {
        read.unread.iter().map(|one| (one.of.clone(), one.reason.clone())).collect()
    };
    let (before, after) = (lines(before), lines(after));
    let one = |(of, reason): &(TableName, String)| (format!("`{of}`"), Some(reason.clone()));
    let gone = before.difference(&after).map(one);
    let gone = gone.map(|(what, before)| Difference { table: None, what, before, after: None });
    let left = after.difference(&before).map(one);
    let left = left.map(|(what, after)| Difference { table: None, what, before: None, after });
    gone.chain(left).collect()
}

impl Step {
    fn new(ops: Vec<Recorded>, before: &Catalog, behind: &Catalog) -> Step {
        let mut step = Step {
            touched: BTreeSet::new(),
            renamed: Renamed::default(),
            unrestored: BTreeSet::new(),
            is_raw: false,
            wants_empty: false,
        };
        for recorded in &ops {
            step.see(&recorded.what, before, behind);
        }
        let names = before.tables.keys().chain(behind.tables.keys());
        let differ = names.filter(|name| before.tables.get(*name) != behind.tables.get(*name));
        step.touched.extend(differ.cloned());
        step
    }

    fn see(&mut self, op: &Op, before: &Catalog, behind: &Catalog) {
        self.touched.extend(op.tables());
        if let Op::RenameTable(rename) = op {
            self.renamed.rename_table(&rename.from, &rename.to);
        } else if let Op::AlterTable(alter) = op {
            for change in &alter.changes {
                if let TableChange::RenameColumn { from, to } = &change.what {
                    self.renamed.rename_column(&alter.table, from, to);
                } else if let TableChange::AddColumn(add) = &change.what {
                    let column = &add.column;
                    self.wants_empty |= add.fill.is_none()
                        && !column.nullable
                        && column.default.is_none()
                        && column.identity.is_none()
                        && column.generated.is_none();
                }
            }
        } else if let Op::Execute(execute) = op {
            self.is_raw = true;
            if execute.undo == Undo::Nothing {
                let named = tables_in(&execute.sql, [before, behind]);
                self.unrestored.extend(named.into_iter().map(Some));
            }
            self.declared(&execute.effect, before, behind);
        } else if let Op::Run(run) = op {
            self.is_raw = true;
            if matches!(run.undo, RunUndo::Nothing) {
                self.unrestored.insert(None);
            }
            self.declared(&run.effect, before, behind);
        }
    }

    fn declared(&mut self, effect: &Effect, before: &Catalog, behind: &Catalog) {
        if let Effect::Declares(ops) = effect {
            for recorded in ops {
                self.see(&recorded.what, before, behind);
            }
        }
    }
}

/// The tables whose names stand in a statement.
fn tables_in(text: &str, catalogs: [&Catalog; 2]) -> BTreeSet<TableName> {
    let words: BTreeSet<String> = sql::tokens(text)
        .into_iter()
        .filter(|token| matches!(token.kind, sql::TokenKind::Word | sql::TokenKind::Quoted))
        .map(|token| sql::unquoted(&text[token.range]).to_lowercase())
        .collect();
    let tables = catalogs.into_iter().flat_map(|catalog| catalog.tables.keys());
    tables.filter(|table| words.contains(&table.name.to_lowercase())).cloned().collect()
}
