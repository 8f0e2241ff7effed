//! A plan as text: what a run would do, to be read, kept, and fed to a database's own client.
//!
//! ```text
//! mod      which steps, in which order, with their transactions, version rows and log rows
//! guard    what must be true of the database, or the script stops
//! rebuild  SQLite's tables made anew, without a connection to look at them
//! whole    a schema made from nothing
//! client   what `psql`, `sqlite3` and `mariadb` make of a text: where statements and comments end
//! ```
//!
//! A script can't look before it leaps, so it looks while it runs: each step begins by asking for the
//! version rows it was made for, and fails where they are others. A script that is run twice, or on the
//! wrong database, changes nothing.
//!
//! Nothing here reads a clock; the database's own is written down. Two calls give the same text.

mod client;
mod guard;
pub(super) mod rebuild;
mod whole;

use std::collections::BTreeSet;

use migrate_model::{
    Dialect, Op,
    revision::{self, Direction, HeadDelta, RevisionId, RevisionSpec, resolve},
    sql,
};

pub use whole::{Whole, WholeError, whole};

use super::{
    Error, Migrator, Options, Prepared,
    error::CodeStep,
    log,
    prepare::{self, Medium},
    session,
    version_table::{self, literal, sql_name},
};
use crate::{
    Chain, Revision,
    backend::{DatabaseError, Statement},
};

/// What a script is to do.
///
/// A range is `A:B`: from where the database is to where it should be. Without an `A:` the database is
/// taken to be at `base`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScriptOf<'a> {
    /// Apply migrations up to a revision.
    Upgrade(&'a str),
    /// Take migrations back down to a revision; the range must say from where.
    Downgrade(&'a str),
    /// Declare the database to be at revisions, the first of which may be a range.
    Stamp(&'a [String]),
    /// One migration, to be read: nothing guards it, and no version row is written.
    Show(&'a str, Direction),
}

/// A script for a database's own client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// The text; empty where there is nothing to do.
    pub text: String,
    /// How many steps it takes.
    pub steps: usize,
}

impl Migrator<'_> {
    /// What a run would do, as text; no database is asked for anything, and no feature is needed.
    ///
    /// # Errors
    ///
    /// When the plan does not fit, or holds code that brings no SQL.
    ///
    /// ```
    /// use migrate_core::{Chain, prelude::*, run::{Migrator, ScriptOf}};
    ///
    /// fn review(chain: &Chain) -> Result<String, migrate_core::run::Error> {
    ///     Ok(Migrator::new(chain).script(Postgres, ScriptOf::Upgrade("ae10:head"))?.text)
    /// }
    /// ```
    pub fn script(&self, dialect: Dialect, of: ScriptOf<'_>) -> Result<Script, Error> {
        let graph = self.chain.graph()?;
        let none = BTreeSet::new();
        let at = |spec: &str| -> Result<BTreeSet<RevisionId>, Error> {
            let parsed: RevisionSpec = spec.parse()?;
            if parsed.is_from_here() {
                return Err(Error::FromNowhere { spec: spec.to_owned() });
            }
            let found = resolve(graph, &parsed, &none).map_err(revision::PlanError::from)?;
            Ok(graph.ancestors(&found))
        };
        let plan = |applied: &BTreeSet<RevisionId>, steps: &[revision::Step]| {
            let (options, medium) = (&self.options, Medium::Script);
            let (checksums, mut prepared) = (&mut prepare::Checksums::new(), Vec::new());
            let take = &mut |step| prepared.push(step);
            prepare::plan(self.chain, dialect, applied, steps, options, medium, checksums, take)?;
            Ok::<_, Error>(prepared)
        };
        match of {
            ScriptOf::Upgrade(range) => {
                let (from, to) = range.split_once(':').unwrap_or(("base", range));
                let applied = at(or(from, "base"))?;
                let steps = revision::upgrade(graph, &applied, &or(to, "heads").parse()?)?;
                let words = format!("upgrade {} -> {}", or(from, "base"), or(to, "heads"));
                let refuses_foreign = !self.options.allow_non_empty;
                Writer::new(self, dialect, &applied)?.run(&words, &steps, refuses_foreign)
            }
            ScriptOf::Downgrade(range) => {
                let Some((from, to)) =
                    range.split_once(':').filter(|(from, to)| !from.is_empty() && !to.is_empty())
                else {
                    return Err(Error::NoStart { spec: range.trim_matches(':').to_owned() });
                };
                let applied = at(from)?;
                let steps = revision::downgrade(graph, &applied, &to.parse()?)?;
                let words = format!("downgrade {from} -> {to}");
                Writer::new(self, dialect, &applied)?.run(&words, &steps, false)
            }
            ScriptOf::Stamp(targets) => {
                let (first, rest) = match targets {
                    [first, rest @ ..] => (first.as_str(), rest),
                    [] => ("base", targets),
                };
                let (from, to) = first.split_once(':').unwrap_or(("base", first));
                let before = at(or(from, "base"))?;
                let targets: Vec<&str> = std::iter::once(or(to, "heads"))
                    .chain(rest.iter().map(String::as_str))
                    .collect();
                let specs: Vec<RevisionSpec> =
                    targets.iter().map(|target| target.parse()).collect::<Result<_, _>>()?;
                let plan = revision::stamp(graph, &before, &specs)?;
                let words = format!("stamp {} -> {}", or(from, "base"), targets.join(", "));
                Writer::new(self, dialect, &before)?.stamp(&words, &plan)
            }
            ScriptOf::Show(spec, direction) => {
                let parsed: RevisionSpec = spec.parse()?;
                if parsed.is_from_here() {
                    return Err(Error::FromNowhere { spec: spec.to_owned() });
                }
                let mut steps = Vec::new();
                for id in resolve(graph, &parsed, &none).map_err(revision::PlanError::from)? {
                    let mut applied = graph.ancestors(&BTreeSet::from([id.clone()]));
                    if direction == Direction::Up {
                        applied.remove(&id);
                    }
                    let heads = HeadDelta { delete: BTreeSet::new(), insert: BTreeSet::new() };
                    steps.extend(plan(
                        &applied,
                        &[revision::Step { revision: id, direction, heads }],
                    )?);
                }
                Writer::new(self, dialect, &none)?.show(&steps)
            }
        }
    }
}

fn or<'a>(text: &'a str, otherwise: &'a str) -> &'a str {
    if text.is_empty() { otherwise } else { text }
}

/// A script that is being written.
struct Writer<'a> {
    dialect: Dialect,
    options: &'a Options,
    chain: &'a Chain,
    /// All that is applied where it begins.
    applied: &'a BTreeSet<RevisionId>,
    /// Our two tables, in SQL.
    versions: String,
    log: String,
    text: String,
}

/// What a piece of the script could not be written for.
fn writing(source: DatabaseError) -> Error {
    Error::Database { doing: "write the script".to_owned(), source }
}

impl<'a> Writer<'a> {
    fn new(
        migrator: &'a Migrator<'_>,
        dialect: Dialect,
        applied: &'a BTreeSet<RevisionId>,
    ) -> Result<Writer<'a>, Error> {
        let options = &migrator.options;
        Ok(Writer {
            dialect,
            options,
            chain: migrator.chain,
            applied,
            versions: sql_name(dialect, &options.version_table).map_err(writing)?,
            log: sql_name(dialect, &options.log_table).map_err(writing)?,
            text: String::new(),
        })
    }

    fn is_transactional(&self) -> bool {
        match self.dialect {
            Dialect::Postgres | Dialect::Sqlite => true,
            Dialect::Mysql | Dialect::Mariadb => false,
        }
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// A comment of one line, whatever is in it.
    fn comment(&mut self, words: &str) {
        self.text.push_str("-- ");
        self.text.push_str(&client::in_one_line(words));
        self.text.push('\n');
    }

    /// A statement of ours.
    fn sql(&mut self, sql: &str) {
        self.text.push_str(sql);
        self.text.push_str(";\n");
    }

    /// Stops the script where the query has an answer.
    fn demand(&mut self, complaint: &str) {
        self.line(&guard::demand(self.dialect, complaint));
    }

    fn begin(&mut self) {
        self.sql(match self.dialect {
            Dialect::Postgres => "BEGIN",
            Dialect::Sqlite => "BEGIN IMMEDIATE",
            Dialect::Mysql | Dialect::Mariadb => "START TRANSACTION",
        });
    }

    fn run(
        mut self,
        words: &str,
        steps: &[revision::Step],
        refuses_foreign: bool,
    ) -> Result<Script, Error> {
        let (mut written, mut unscripted) = (Ok(()), Vec::new());
        let mut off = false;
        let (chain, dialect, options) = (self.chain, self.dialect, self.options);
        prepare::plan(
            chain,
            dialect,
            self.applied,
            steps,
            options,
            Medium::Script,
            &mut prepare::Checksums::new(),
            &mut |step| {
                off |= step.needs_foreign_keys_off() && dialect == Dialect::Sqlite;
                unscripted.extend(check(&step));
                if written.is_ok() {
                    written = self.step(&step);
                }
            },
        )?;
        scripted(dialect, unscripted)?;
        written?;
        if steps.is_empty() {
            return Ok(Script { text: String::new(), steps: 0 });
        }
        // What the steps need is known once they are written.
        let body = std::mem::take(&mut self.text);
        self.head(words);
        let rows = chain.graph()?.maximal(self.applied);
        self.tables(&rows.iter().map(ToString::to_string).collect(), refuses_foreign)?;
        let single = options.single_transaction;
        if single {
            self.line("");
            self.foreign_keys_off(off);
            self.begin();
            self.faults(off);
        }
        let head = std::mem::replace(&mut self.text, body);
        self.text.insert_str(0, &head);
        if single {
            self.no_worse(off);
            self.sql("COMMIT");
            self.foreign_keys_on(off);
        }
        self.unlock();
        Ok(Script { text: self.text, steps: steps.len() })
    }

    /// How to run it, and what makes its text mean the same everywhere.
    fn head(&mut self, words: &str) {
        self.comment(&format!(
            "migrate {}: {words}, for {}",
            env!("CARGO_PKG_VERSION"),
            self.dialect
        ));
        self.comment(guard::usage(self.dialect));
        self.comment("It stops, and changes nothing, where the database is not at the revision that it begins at.");
        self.line("");
        for line in guard::session(self.dialect) {
            self.line(line);
        }
        self.settings();
        if let Some((take, _)) = guard::lock(self.dialect, self.options) {
            self.demand(&take);
        }
    }

    /// Looks whether this is the right database, and makes our two tables where they are missing.
    fn tables(&mut self, rows: &BTreeSet<String>, refuses_foreign: bool) -> Result<(), Error> {
        let (dialect, options) = (self.dialect, self.options);
        self.line("");
        self.comment("Is this the right database?");
        if self.is_transactional() {
            self.begin();
        }
        if !rows.is_empty() {
            self.demand(&guard::no_version_table(dialect, options, rows));
        } else if refuses_foreign {
            self.demand(&guard::foreign(dialect, options));
        }
        let words = "CREATE TABLE IF NOT EXISTS";
        self.sql(&version_table::create_sql(dialect, options, words).map_err(writing)?);
        self.demand(&guard::rows(dialect, &self.versions, rows));
        self.sql(&log::create_sql(dialect, options, words).map_err(writing)?);
        self.demand(&guard::format(dialect, &self.log));
        if !self.applied.is_empty() {
            let ids = self.applied.iter().map(ToString::to_string).collect::<Vec<_>>();
            if options.version_table.name != "alembic_version" {
                self.demand(&guard::skipped(dialect, &self.log, &ids));
            }
            self.comment("What another tool applied before");
            let external = self.external(&ids);
            self.sql(&external);
        }
        if self.is_transactional() {
            self.sql("COMMIT");
        }
        Ok(())
    }

    /// Rows for what is applied, though the log doesn't know it.
    fn external(&self, ids: &[String]) -> String {
        let missing = guard::unlogged(self.dialect, &self.log, ids);
        let by = literal(self.dialect, &self.options.applied_by);
        let version = literal(self.dialect, env!("CARGO_PKG_VERSION"));
        format!(
            "INSERT INTO {} {COLUMNS} SELECT {}, {}, revision, '', 'external', 'done', {}, 0, {by}, NULL, {version}, NULL FROM ({missing}) AS missing",
            self.log,
            log::SCRIPT_FORMAT,
            guard::RUN.of(self.dialect),
            guard::NOW.of(self.dialect),
        )
    }

    fn step(&mut self, step: &Prepared) -> Result<(), Error> {
        self.heading(step);
        let single = self.options.single_transaction;
        let off = step.needs_foreign_keys_off() && self.dialect == Dialect::Sqlite && !single;
        if step.transaction {
            self.foreign_keys_off(off);
            if !single {
                self.begin();
            }
            self.hold(&step.rows);
            self.clock();
            self.faults(off);
            self.ops(step, false)?;
            self.settle(step);
            self.move_heads(&step.heads);
            self.log_row(step, "done");
            self.no_worse(off);
            if !single {
                self.sql("COMMIT");
            }
            self.foreign_keys_on(off);
            return Ok(());
        }
        self.demand(&guard::rows(self.dialect, &self.versions, &step.rows));
        let alone = guard::alone(self.dialect, self.options);
        if let Some((take, _)) = &alone {
            self.demand(take);
        }
        self.clock();
        self.log_row(step, "started");
        self.foreign_keys_off(off);
        self.faults(off);
        self.ops(step, true)?;
        self.no_worse(off);
        self.settle(step);
        self.begin();
        self.hold(&step.rows);
        self.move_heads(&step.heads);
        self.log_row(step, "done");
        self.sql("COMMIT");
        self.foreign_keys_on(off);
        if let Some((_, release)) = &alone {
            self.line(release);
        }
        Ok(())
    }

    /// One migration, to be read.
    fn show(mut self, steps: &[Prepared]) -> Result<Script, Error> {
        scripted(self.dialect, steps.iter().flat_map(check).collect())?;
        for step in steps {
            self.heading(step);
            let transaction = step.transaction;
            let off = step.needs_foreign_keys_off() && self.dialect == Dialect::Sqlite;
            self.foreign_keys_off(off);
            if transaction {
                self.begin();
            }
            self.faults(off);
            self.ops(step, !transaction)?;
            self.no_worse(off);
            if transaction {
                self.sql("COMMIT");
            }
            self.foreign_keys_on(off);
        }
        Ok(Script { text: self.text.trim_start().to_owned(), steps: steps.len() })
    }

    fn stamp(mut self, words: &str, plan: &revision::StampPlan) -> Result<Script, Error> {
        let steps: Vec<(&RevisionId, &str)> = (plan.after.difference(&plan.before))
            .map(|id| (id, "stamp"))
            .chain(plan.before.difference(&plan.after).map(|id| (id, "unstamp")))
            .collect();
        if steps.is_empty() {
            return Ok(Script { text: String::new(), steps: 0 });
        }
        let rows = self.chain.graph()?.maximal(self.applied);
        let rows: BTreeSet<String> = rows.iter().map(ToString::to_string).collect();
        self.head(words);
        self.tables(&rows, false)?;
        self.line("");
        self.comment(&format!("{words}: nothing is run"));
        self.begin();
        self.hold(&rows);
        self.clock();
        self.move_heads(&plan.heads);
        for (id, direction) in &steps {
            let message = self.chain.revision(id).map_or("", |revision| revision.message);
            self.row(id, message, direction, "done", None);
        }
        self.sql("COMMIT");
        self.unlock();
        Ok(Script { text: self.text, steps: steps.len() })
    }

    /// `-- Running upgrade a -> b, message`
    fn heading(&mut self, step: &Prepared) {
        let Revision { id, down_revision, message, .. } = step.revision;
        let parents =
            if down_revision.is_empty() { "base".to_owned() } else { down_revision.join(", ") };
        let title = message.lines().next().unwrap_or_default();
        self.line("");
        self.comment(&match step.direction {
            Direction::Up => format!("Running upgrade {parents} -> {id}, {title}"),
            Direction::Down => format!("Running downgrade {id} -> {parents}, {title}"),
        });
    }

    fn ops(&mut self, step: &Prepared, outside: bool) -> Result<(), Error> {
        let mut rebuilt = false;
        let unscriptable = |what| Error::Unscriptable {
            revision: *step.revision,
            direction: step.direction,
            what,
            instead: "write it without, or run it with a connection".to_owned(),
        };
        for op in &step.ops {
            self.comment(&op.op.describe());
            for statement in &op.statements {
                match statement {
                    Statement::Sql(sql) => {
                        let sql = client::statement(self.dialect, sql).map_err(unscriptable)?;
                        self.line(&sql);
                    }
                    Statement::Rebuild(rebuild) => {
                        if outside {
                            self.begin();
                        }
                        let text = rebuild::script(rebuild).map_err(writing)?;
                        self.line(&client::text(self.dialect, &text).map_err(unscriptable)?);
                        if outside {
                            self.sql("COMMIT");
                        }
                        rebuilt = true;
                    }
                    // `check` has found it.
                    Statement::Code(_) => {}
                }
            }
        }
        if rebuilt {
            self.line(rebuild::PROBE);
        }
        Ok(())
    }

    /// Keeps others from moving the version rows, and looks whether they are as expected.
    fn hold(&mut self, rows: &BTreeSet<String>) {
        match self.dialect {
            Dialect::Postgres => {
                self.sql(&format!("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", self.versions));
            }
            Dialect::Sqlite => {}
            Dialect::Mysql | Dialect::Mariadb => {
                self.sql(&format!(
                    "SELECT count(*) INTO @migrate_rows FROM {} FOR UPDATE",
                    self.versions
                ));
            }
        }
        self.demand(&guard::rows(self.dialect, &self.versions, rows));
    }

    fn move_heads(&mut self, heads: &HeadDelta) {
        for id in &heads.delete {
            let id = literal(self.dialect, id);
            self.sql(&format!("DELETE FROM {} WHERE version_num = {id}", self.versions));
        }
        for id in &heads.insert {
            let id = literal(self.dialect, id);
            self.sql(&format!("INSERT INTO {} (version_num) VALUES ({id})", self.versions));
        }
    }

    /// From here on it is measured how long the step takes.
    fn clock(&mut self) {
        self.line(guard::CLOCK.of(self.dialect));
    }

    fn log_row(&mut self, step: &Prepared, status: &str) {
        let direction = match step.direction {
            Direction::Up => "upgrade",
            Direction::Down => "downgrade",
        };
        let (id, message) = (step.revision.id, step.revision.message);
        self.row(id, message, direction, status, Some(&step.checksum));
    }

    fn row(
        &mut self,
        id: &str,
        message: &str,
        direction: &str,
        status: &str,
        checksum: Option<&str>,
    ) {
        let dialect = self.dialect;
        let text = |text: &str| literal(dialect, text);
        let duration =
            if checksum.is_some() && status == "done" { guard::DURATION.of(dialect) } else { "0" };
        let sql = format!(
            "INSERT INTO {} {COLUMNS} VALUES ({}, {}, {}, {}, {}, {}, {}, {duration}, {}, {}, {}, NULL)",
            self.log,
            log::SCRIPT_FORMAT,
            guard::RUN.of(dialect),
            text(id),
            client::one_line(&text(message), dialect),
            text(direction),
            text(status),
            guard::STARTED.of(dialect),
            text(&self.options.applied_by),
            checksum.map_or("NULL".to_owned(), text),
            text(env!("CARGO_PKG_VERSION")),
        );
        self.sql(&sql);
    }

    /// The settings of a live run, which a migration's SQL may have changed.
    fn settings(&mut self) {
        for setting in session::settings(self.dialect) {
            self.sql(&setting);
        }
        if self.dialect == Dialect::Mariadb {
            // Where it can be changed: without it the first TIMESTAMP of a table gets a default of its own.
            self.line("/*M!100802 SET SESSION explicit_defaults_for_timestamp = 1 */;");
        }
    }

    /// Lets other runners in.
    fn unlock(&mut self) {
        if let Some((_, release)) = guard::lock(self.dialect, self.options) {
            self.sql(&release);
        }
    }

    /// What a migration's SQL may have changed is as it was, PostgreSQL's search path among it.
    fn settle(&mut self, step: &Prepared) {
        if step.can_change_settings() {
            self.settings();
        }
        if self.dialect == Dialect::Postgres && step.can_change_settings() {
            self.line(guard::SEARCH_PATH);
        }
    }

    fn foreign_keys_off(&mut self, off: bool) {
        if off {
            self.sql("PRAGMA foreign_keys = OFF");
        }
    }

    fn foreign_keys_on(&mut self, off: bool) {
        if off {
            self.sql("PRAGMA foreign_keys = ON");
        }
    }

    fn faults(&mut self, off: bool) {
        if off {
            self.line(guard::FAULTS);
        }
    }

    fn no_worse(&mut self, off: bool) {
        if off {
            self.demand(guard::NO_WORSE);
        }
    }
}

const COLUMNS: &str = "(format, run, revision, message, direction, status, started_at, duration_ms, applied_by, checksum, tool_version, error)";

/// What keeps a step's code from being part of a script.
fn check(step: &Prepared) -> Vec<Unscripted> {
    let mut found = Vec::new();
    for prepared in &step.ops {
        let Op::Run(run) = &prepared.op else { continue };
        if prepared.statements.is_empty() {
            found.push(Unscripted::Code(CodeStep {
                revision: *step.revision,
                label: run.label.clone(),
                place: prepared.place,
            }));
        }
        let is_transaction =
            |statement: &&Statement| sql::kind(statement.text()) == sql::StatementKind::Transaction;
        found.extend(prepared.statements.iter().find(is_transaction).map(|statement| {
            Unscripted::Transaction(Error::Unscriptable {
                revision: *step.revision,
                direction: step.direction,
                what: format!(
                    "the SQL of `{}` says `{}`, which is the script's to do",
                    run.label,
                    statement.text()
                ),
                instead: "leave BEGIN and COMMIT to the script".to_owned(),
            })
        }));
    }
    found
}

/// Code that can't be part of a script.
enum Unscripted {
    /// It brings no SQL.
    Code(CodeStep),
    /// Its SQL begins or ends a transaction.
    Transaction(Error),
}

/// An error where there is such code; it names all that brings no SQL.
fn scripted(dialect: Dialect, unscripted: Vec<Unscripted>) -> Result<(), Error> {
    let mut steps = Vec::new();
    for one in unscripted {
        match one {
            Unscripted::Code(step) => steps.push(step),
            Unscripted::Transaction(error) => return Err(error),
        }
    }
    if steps.is_empty() { Ok(()) } else { Err(Error::NoScript { dialect, steps }) }
}
