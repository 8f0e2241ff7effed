//! Schemas side by side: what the program says, what the migrations make, and what is in the database.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::panic::resume_unwind;
use std::thread;

use migrate_core::backend::{self, Database, ReflectError, Reflected, Scope};
use migrate_core::desired::Desired;
use migrate_core::diff::{Diff, RenameError, Renames, diff};
use migrate_core::run::adopt::Tool;
use migrate_core::run::{self, Status};
use migrate_model::Dialect;
use migrate_model::Op;
use migrate_model::catalog::naming::Naming;
use migrate_model::catalog::{Catalog, TableName};
use migrate_model::op::{AlterTable, TableChange};
use migrate_model::revision::RevisionId;

use super::{Session, Target};
use crate::args::DialectWord;
use crate::config::{Compare, Project};
use crate::connect::{Access, Connected};
use crate::failure::{Failure, code};
use crate::source::compare::restrict;
use crate::source::desired::desired;
use crate::source::reach::{Reached, reach};
use crate::ui;

/// The migrations of a project, and the database that they run on.
pub(super) struct Ground {
    pub(super) project: Project,
    pub(super) dialect: Dialect,
    pub(super) naming: Naming,
    /// What the migrations make, all of them.
    pub(super) chain: Catalog,
    /// What of the migrations nobody vouches for, since SQL that can't be read made it. In `chain` it is as the
    /// database shows it, if one does; else it is opaque there too.
    pub(super) unknown: BTreeSet<TableName>,
    own: Vec<TableName>,
    /// What the program says, read while the database was.
    said: Option<Result<Desired, Failure>>,
    /// What that lacks, where it is known to be nothing without a question to the database.
    nothing: Option<Difference>,
    /// The database, if there is one to look at.
    pub(super) live: Option<Live>,
}

/// A database that is at the head of the chain.
pub(super) struct Live {
    pub(super) target: Target,
    pub(super) connected: Connected,
    pub(super) read: Reflected,
}

/// How one schema differs from another.
pub(super) struct Difference {
    /// What makes the one of the other.
    pub(super) diff: Diff,
    /// Where the ops begin.
    pub(super) there: Catalog,
    pub(super) reached: Reached,
}

impl Ground {
    /// Looks at the chain, and unless told not to at the database, which has to be at its head.
    pub(super) fn new(
        session: &mut Session<'_>,
        is_offline: bool,
        dialect: Option<DialectWord>,
    ) -> Result<Ground, Failure> {
        let project = Project::find(session.environment, session.globals.config.as_deref())?;
        project.config.compare.check()?;
        let options = project.options(session.environment)?;
        let mut own = options.own_tables().to_vec();
        let all: BTreeSet<RevisionId> =
            session.graph()?.nodes().iter().map(|node| node.id.clone()).collect();
        let mut opened = None;
        let dialect = match (is_offline, dialect) {
            (true, _) => {
                session.spoken(&project, dialect, "which database the migrations are for")?
            }
            (false, _) => {
                let target = session.target()?;
                let mut connected = session.open(&target, Access::Read)?;
                if connected.is_missing {
                    session.ui.say("The file is not there yet: nothing is applied");
                }
                let status = session.migrator(&target).status(connected.database.as_mut())?;
                up_to_date(&status)?;
                let dialect = connected.database.detect().map_err(|error| Failure::of(&error))?;
                opened = Some((target, connected));
                dialect
            }
        };
        let mut chain = run::schema(session.chain, dialect, &all)?;
        let naming = session.chain.context(dialect).naming;
        // Those of other tools are there for a while, when a project comes from one.
        let others = Tool::ALL.into_iter().map(|tool| TableName::from(tool.table()));
        let is_made =
            |name: &TableName| chain.tables.contains_key(name) || chain.opaque.contains(name);
        own.extend(others.filter(|name| !is_made(name)));
        let unknown = chain.opaque.clone();
        let mut live = None;
        let (mut said, mut nothing) = (None, None);
        if let Some((target, mut connected)) = opened {
            // The server takes its time, in which the program's side can be looked at.
            let (environment, config) = (session.environment, &project.config.compare);
            let (read, found) = thread::scope(|scope| {
                let program = project.config.schema.is_some().then(|| {
                    scope.spawn(|| {
                        let said = desired(&project, environment, &naming)?;
                        let nothing = unknown.is_empty().then(|| {
                            let there = restrict(&chain, config, &own).into_owned();
                            nothing_lacks(there, seen(&said, config, &own), dialect, &naming)
                        });
                        Ok((said, nothing.flatten()))
                    })
                });
                let read = look(connected.database.as_mut(), &chain, &own);
                let found = program
                    .map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
                (read, found)
            });
            let read = read.map_err(|error| unreadable(&error))?;
            match found {
                Some(Ok((desired, same))) => (said, nothing) = (Some(Ok(desired)), same),
                Some(Err(failure)) => said = Some(Err(failure)),
                None => {}
            }
            live = Some(Live { target, connected, read });
        }
        if let Some(live) = &live {
            // What SQL made that nobody can read, the database shows.
            let shown = &live.read.catalog;
            for name in chain.opaque.clone() {
                if shown.opaque.contains(&name) {
                    continue;
                }
                if let Some(table) = shown.tables.get(&name) {
                    chain.tables.insert(name.clone(), table.clone());
                } else if let Some(view) = shown.views.get(&name) {
                    chain.views.insert(name.clone(), view.clone());
                } else {
                    chain.tables.remove(&name);
                }
                chain.opaque.remove(&name);
            }
        }
        Ok(Ground { project, dialect, naming, chain, unknown, own, said, nothing, live })
    }

    /// What the program says that its schema is.
    pub(super) fn desired(&mut self, session: &Session<'_>) -> Result<Desired, Failure> {
        if let Some(said) = self.said.take() {
            return said;
        }
        desired(&self.project, session.environment, &self.naming)
    }

    fn compare(&self) -> &Compare {
        &self.project.config.compare
    }

    fn seen(&self, catalog: &Catalog) -> Catalog {
        restrict(catalog, self.compare(), &self.own).into_owned()
    }

    /// What the migrations lack of what the program says.
    pub(super) fn of_program(
        &mut self,
        desired: &Desired,
        renames: &Renames,
    ) -> Result<Difference, Failure> {
        if let Some(nothing) = self.nothing.take()
            && *renames == Renames::default()
        {
            return Ok(nothing);
        }
        let mut there = self.seen(&self.chain);
        there.opaque.retain(|name| self.compare().sees_table(name));
        let desired = seen(desired, self.compare(), &self.own);
        // What SQL made that nobody can read may be meant for others: it is looked at where the program speaks of it.
        let is_meant = |name: &TableName| desired.catalog.tables.contains_key(name);
        there.tables.retain(|name, _| !self.unknown.contains(name) || is_meant(name));
        let database = self.live.as_mut().map(|live| live.connected.database.as_mut() as _);
        let (dialect, naming) = (self.dialect, &self.naming);
        program(database, there, &desired, renames, dialect, naming, &self.chain.opaque)
    }

    /// What the database lacks of what the migrations make; none where no database was looked at.
    pub(super) fn of_database(&mut self) -> Result<Option<Difference>, Failure> {
        let chain = restrict(&self.chain, &self.project.config.compare, &self.own);
        let Some(live) = &mut self.live else { return Ok(None) };
        let there = restrict(&live.read.catalog, &self.project.config.compare, &self.own);
        let database = live.connected.database.as_mut();
        between(database, there, chain, self.dialect, &self.naming, &self.unknown).map(Some)
    }
}

/// What a schema lacks of what a program says, as a database sees both, or by their words where none can be asked.
pub(super) fn program(
    database: Option<&mut dyn Database>,
    there: Catalog,
    desired: &Desired,
    renames: &Renames,
    dialect: Dialect,
    naming: &Naming,
    unknown: &BTreeSet<TableName>,
) -> Result<Difference, Failure> {
    let (renamed, renames) = renamed(&there, desired, renames)?;
    let reached = match database {
        Some(database) => reach::<Failure>(&renamed, desired, dialect, naming, |wanted| {
            let now = canonical(database, dialect, &renamed, wanted)?;
            Ok([now, canonical(database, dialect, wanted, &renamed)?])
        })?,
        None => {
            let Ok(reached) = reach::<Infallible>(&renamed, desired, dialect, naming, |wanted| {
                Ok([&*renamed, wanted].map(|one| backend::normalize(dialect, one)))
            });
            reached
        }
    };
    let diff = found(&there, &reached, &renames, unknown).map_err(|error| {
        Failure::new(error.to_string()).hint("see --rename and #[renamed_from]")
    })?;
    Ok(Difference { diff, there, reached })
}

/// What is said of what is looked at.
pub(super) fn seen(desired: &Desired, compare: &Compare, own: &[TableName]) -> Desired {
    let Desired { catalog, whole, renamed, is_all } = desired;
    Desired {
        catalog: restrict(catalog, compare, own).into_owned(),
        whole: whole.clone(),
        renamed: renamed.clone(),
        is_all: *is_all,
    }
}

/// The difference between the migrations and the program, where it is none in the very words of both.
fn nothing_lacks(
    there: Catalog,
    desired: Desired,
    dialect: Dialect,
    naming: &Naming,
) -> Option<Difference> {
    let (_, renames) = renamed(&there, &desired, &Renames::default()).ok()?;
    let Ok(reached) = reach::<Infallible>(&there, &desired, dialect, naming, |wanted| {
        Ok([&there, wanted].map(|one| backend::normalize(dialect, one)))
    });
    let is_nothing = reached.is_as_it_was && renames == Renames::default();
    is_nothing.then(|| Difference { diff: Diff::default(), there, reached })
}

/// What a database lacks of all that a schema is.
pub(super) fn lacks(
    database: &mut dyn Database,
    catalog: &Catalog,
    ground: &Ground,
) -> Result<Difference, Failure> {
    let read = look(database, catalog, &ground.own).map_err(|error| unreadable(&error))?;
    let unknown = BTreeSet::new();
    between(
        database,
        Cow::Owned(read.catalog),
        Cow::Borrowed(catalog),
        ground.dialect,
        &ground.naming,
        &unknown,
    )
}

/// What one schema lacks of another, as the database sees both.
pub(super) fn between(
    database: &mut dyn Database,
    there: Cow<'_, Catalog>,
    catalog: Cow<'_, Catalog>,
    dialect: Dialect,
    naming: &Naming,
    unknown: &BTreeSet<TableName>,
) -> Result<Difference, Failure> {
    let [now, then] = [&*there, &*catalog].map(|one| backend::normalize(dialect, one));
    // Where the words are the same, there is nothing to ask the server, and nothing to do.
    if now == then && now.opaque.is_empty() {
        return Ok(Difference::nothing());
    }
    let (there, catalog) = (there.into_owned(), catalog.into_owned());
    let desired = Desired { catalog, is_all: true, ..Desired::default() };
    let reached = reach::<Failure>(&there, &desired, dialect, naming, |wanted| {
        Ok([now, canonical(database, dialect, wanted, &there)?])
    })?;
    let diff = found(&there, &reached, &Renames::default(), unknown)
        .map_err(|error| Failure::new(error.to_string()))?;
    Ok(Difference { diff, there, reached })
}

/// What makes the one of the other. What nobody knows is no difference.
fn found(
    there: &Catalog,
    reached: &Reached,
    renames: &Renames,
    unknown: &BTreeSet<TableName>,
) -> Result<Diff, RenameError> {
    if reached.is_as_it_was && *renames == Renames::default() {
        return Ok(Diff::default());
    }
    let mut found = diff(there, &reached.wanted, renames)?;
    let unknown: Vec<String> = unknown.iter().map(|name| format!("`{name}`")).collect();
    found.beyond.retain(|one| !unknown.contains(&one.of));
    Ok(found)
}

/// Refuses a database that is not at the head of the chain.
fn up_to_date(status: &Status) -> Result<(), Failure> {
    let listed = |ids: &mut dyn Iterator<Item = String>| ids.collect::<Vec<_>>().join(", ");
    if !status.unknown.is_empty() {
        let ids = listed(&mut status.unknown.iter().map(|id| format!("`{}`", id.escape_debug())));
        return Err(Failure::new(format!("the database is at {ids}, which this build does not have"))
            .hint("build the program that the database was upgraded with, or compare without it: --offline"));
    }
    if let Some(disagreement) = &status.disagreement {
        return Err(Failure::new(disagreement.to_string()));
    }
    if status.pending.is_empty() {
        return Ok(());
    }
    const SHOWN: usize = 3;
    let mut ids = listed(&mut status.pending.iter().take(SHOWN).map(|id| format!("`{id}`")));
    if status.pending.len() > SHOWN {
        ids.push_str(&format!(" and {} more", status.pending.len() - SHOWN));
    }
    let failure = Failure::new("target database is not up to date")
        .because(format!("{} not applied: {ids}", ui::count(status.pending.len(), "revision")))
        .hint("bring it there: migrate upgrade; or compare without it: --offline");
    Err(Failure { code: code::BEHIND, ..failure })
}

/// Reads a database, all of it as it is at one moment.
pub(super) fn look(
    database: &mut dyn Database,
    chain: &Catalog,
    own: &[TableName],
) -> Result<Reflected, ReflectError> {
    let scope =
        chain.schemas.iter().chain(chain.tables.keys().filter_map(|name| name.schema.as_ref()));
    let scope = scope.fold(Scope::default(), |scope, schema| scope.schema(schema));
    reflect(database, own.iter().fold(scope, |scope, table| scope.without(table.clone())))
}

/// Reads one state of a database. A schema that is gone, or not there yet, holds nothing.
pub(super) fn reflect(
    database: &mut dyn Database,
    mut scope: Scope,
) -> Result<Reflected, ReflectError> {
    database.begin_reading()?;
    let mut read = database.reflect(&scope);
    while let Err(ReflectError::NoSchema { schema }) = &read
        && scope.schemas.remove(schema)
    {
        read = database.reflect(&scope);
    }
    let ended = database.rollback();
    let read = read?;
    ended?;
    Ok(read)
}

pub(super) fn unreadable(error: &ReflectError) -> Failure {
    Failure::new("the database's schema can't be read")
        .because(error.to_string())
        .hint_opt(error.hint())
}

/// A catalog as this database would give it back, to be compared with another.
fn canonical(
    database: &mut dyn Database,
    dialect: Dialect,
    catalog: &Catalog,
    beside: &Catalog,
) -> Result<Catalog, Failure> {
    let asked =
        backend::canonical_beside(database, catalog, beside).map_err(|error| unreadable(&error))?;
    Ok(backend::normalize(dialect, &asked))
}

/// The schema once all is renamed, and what of the renames there is to do. Those of the source may be long done.
fn renamed<'a>(
    there: &'a Catalog,
    desired: &Desired,
    said: &Renames,
) -> Result<(Cow<'a, Catalog>, Renames), Failure> {
    let mut renames = said.clone();
    for (from, to) in &desired.renamed.tables {
        if there.tables.contains_key(from) && !there.tables.contains_key(to) {
            renames.tables.entry(from.clone()).or_insert_with(|| to.clone());
        }
    }
    for (table, columns) in &desired.renamed.columns {
        let former = renames.tables.iter().find(|(_, to)| *to == table).map(|(from, _)| from);
        let Some(there) = there.tables.get(former.unwrap_or(table)) else { continue };
        for (from, to) in columns {
            if there.column(from).is_ok() && there.column(to).is_err() {
                let columns = renames.columns.entry(table.clone()).or_default();
                columns.entry(from.clone()).or_insert_with(|| to.clone());
            }
        }
    }
    if renames == Renames::default() {
        return Ok((Cow::Borrowed(there), renames));
    }
    let mut renamed = there.clone();
    for op in renames.ops() {
        op.apply(&mut renamed).map_err(|error| {
            Failure::new(error.to_string()).hint("see --rename and #[renamed_from]")
        })?;
    }
    Ok((Cow::Owned(renamed), renames))
}

/// One line of a comparison.
pub(super) struct Line {
    /// `+`, `-` or `~`.
    pub(super) sign: char,
    /// The table, or what else it is about.
    pub(super) of: String,
    pub(super) what: String,
}

impl Difference {
    /// None.
    fn nothing() -> Difference {
        let reached = Reached {
            wanted: Catalog::default(),
            is_as_it_was: true,
            half_said: BTreeSet::new(),
            unsaid: Vec::new(),
        };
        Difference { diff: Diff::default(), there: Catalog::default(), reached }
    }

    /// Line by line what is to be done, and what no op can do.
    pub(super) fn lines(&self) -> Vec<Line> {
        let ops = self.diff.ops.iter().flat_map(|op| {
            if let Op::AlterTable(alter) = op {
                alter.changes.iter().map(|change| of_change(alter, change)).collect()
            } else {
                vec![self.of_op(op)]
            }
        });
        let beyond = self.diff.beyond.iter();
        let beyond =
            beyond.map(|one| Line { sign: '~', of: one.of.clone(), what: one.what.clone() });
        ops.chain(beyond).collect()
    }

    fn of_op(&self, op: &Op) -> Line {
        let named = op.tables().into_iter().next();
        let table = || {
            let Op::DropIndex(drop) = op else { return None };
            let mut tables = self.there.tables.values();
            tables
                .find(|table| table.indexes.contains_key(&drop.name))
                .map(|table| table.name.clone())
        };
        let of =
            named.or_else(table).map_or_else(|| "the schema".to_owned(), |name| name.to_string());
        Line { sign: sign(op), of, what: op.describe() }
    }
}

fn of_change(alter: &AlterTable, change: &TableChange) -> Line {
    let sign = match change {
        TableChange::AddColumn(_) | TableChange::AddConstraint(_) => '+',
        TableChange::DropColumn(_) | TableChange::DropConstraint(_) => '-',
        TableChange::RenameColumn { .. }
        | TableChange::SetType(_)
        | TableChange::SetNotNull(_)
        | TableChange::DropNotNull { .. }
        | TableChange::SetDefault { .. }
        | TableChange::SetColumnComment { .. }
        | TableChange::SetIdentity { .. }
        | TableChange::SetGenerated { .. }
        | TableChange::SetCollation { .. }
        | TableChange::RenameConstraint { .. }
        | TableChange::ValidateConstraint { .. }
        | TableChange::SetTableComment { .. } => '~',
    };
    Line { sign, of: alter.table.to_string(), what: change.describe(&alter.table) }
}

fn sign(op: &Op) -> char {
    match op {
        Op::CreateTable(_)
        | Op::CreatePartition(_)
        | Op::CreateIndex(_)
        | Op::CreateEnum(_)
        | Op::CreateSchema(_)
        | Op::CreateSequence(_)
        | Op::CreateExtension(_)
        | Op::CreateView(_)
        | Op::CreateFunction(_)
        | Op::CreateTrigger(_) => '+',
        Op::DropTable(_)
        | Op::DropPartition(_)
        | Op::DropIndex(_)
        | Op::DropEnum(_)
        | Op::DropSchema(_)
        | Op::DropSequence(_)
        | Op::DropExtension(_)
        | Op::DropView(_)
        | Op::DropFunction(_)
        | Op::DropTrigger(_) => '-',
        Op::RenameTable(_)
        | Op::AlterTable(_)
        | Op::RenameIndex(_)
        | Op::AlterEnum(_)
        | Op::AlterSequence(_)
        | Op::RenameSequence(_)
        | Op::ReplaceView(_)
        | Op::ReplaceFunction(_)
        | Op::ReplaceTrigger(_)
        | Op::BulkInsert(_)
        | Op::DeleteRows(_)
        | Op::Execute(_)
        | Op::Run(_) => '~',
    }
}
