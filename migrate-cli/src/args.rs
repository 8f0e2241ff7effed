//! The words of the command line, which are Alembic's.

mod examples;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use migrate_core::run::adopt::Tool;
use migrate_core::run::{Options, Timeouts};
use migrate_model::catalog::TableName;
use migrate_model::revision::{RevisionRange, RevisionSpec};
use migrate_model::{Dialect, duration};

use self::examples::{
    ADOPTS, BASELINES, CHECKS, COMPLETES, DOWNGRADES, HISTORIES, LOGS, MARKS, PLANS, REPAIRS,
    RESUMES, SCHEMAS, SHOWS, STAMPS, UPGRADES, VERIFIES,
};
use crate::report::LogFormat;
use crate::secret::Secret;
use crate::ui::Color;

/// Bring a database up and down a chain of migrations
#[derive(Debug, Parser)]
#[command(name = "migrate", version, after_help = REVISIONS)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How revisions are named.
const REVISIONS: &str = "\
Revisions:
  head, heads      the newest one; the newest of each branch
  base             before the first one
  3f2a             the one whose id begins so
  reports          the one that has this branch label
  +2, -1, current  counted from where the database is
  3f2a+1, head-1   counted from a revision
  reports@head     the same words, on one branch

Exit codes: 0 done, 1 an error, 2 a command line that can't be understood,
3 `current --check-heads` finds something pending, `schema --check` a difference, `verify` or `repair` a fault

Migrations are written with `cargo migrate revision`, `merge`, `rebase` and `edit`.";

/// What every command takes.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Globals {
    /// Database to work on [default: DATABASE_URL, .env, migrate.toml]
    #[arg(long, value_name = "URL", global = true, help_heading = "Global options")]
    pub(crate) database_url: Option<Secret>,
    /// Configuration file [default: migrate.toml here or above]
    #[arg(long, value_name = "FILE", global = true, help_heading = "Global options")]
    pub(crate) config: Option<PathBuf>,
    /// Print results and errors only
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub(crate) quiet: bool,
    /// Print results as JSON
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) json: bool,
    /// Use colour: auto, always or never
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true,
        global = true,
        help_heading = "Global options"
    )]
    pub(crate) color: Color,
    /// How to write stderr: text, or json for one object a line [default: MIGRATE_LOG_FORMAT, text]
    #[arg(
        long,
        value_name = "FORMAT",
        hide_possible_values = true,
        global = true,
        help_heading = "Global options"
    )]
    pub(crate) log_format: Option<LogFormat>,
    /// Wait for a server that is not there yet, up to a time [default: MIGRATE_WAIT, not at all; alone 60s]
    #[arg(
        long,
        value_name = "TIME",
        value_parser = time,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "60s",
        global = true,
        help_heading = "Global options"
    )]
    pub(crate) wait: Option<Duration>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Apply migrations up to a revision
    #[command(after_help = UPGRADES)]
    Upgrade(Upgrade),
    /// Take migrations back down to a revision
    #[command(after_help = DOWNGRADES)]
    Downgrade(Downgrade),
    /// Show what a run would do, and run nothing
    #[command(after_help = PLANS)]
    Plan(Plan),
    /// Compare program, migrations and database
    #[command(after_help = CHECKS)]
    Check(Check),
    /// Try out each migration: up, down and up again
    #[command(after_help = VERIFIES)]
    Verify(Verify),
    /// Show where the database is
    Current(Current),
    /// List the revisions, newest first
    #[command(after_help = HISTORIES)]
    History(History),
    /// List the newest revision of each branch
    Heads(Heads),
    /// List the revisions that branches begin at
    Branches(Branches),
    /// Show one revision
    #[command(after_help = SHOWS)]
    Show(Show),
    /// Print the schema that the migrations make
    #[command(after_help = SCHEMAS)]
    Schema(Schema),
    /// Record where the database is, and run nothing
    #[command(after_help = STAMPS)]
    Stamp(Stamp),
    /// Take over a database that another tool has migrated so far
    #[command(after_help = ADOPTS)]
    Adopt(Adopt),
    /// Show what was done to the database, newest first
    #[command(after_help = LOGS)]
    Log(Log),
    /// Vouch for a history that something else has changed
    #[command(after_help = REPAIRS)]
    Repair(Repair),
    /// Mark the database with a word for what it is
    #[command(after_help = MARKS)]
    Mark(Mark),
    /// Finish the migration that was begun and not finished
    #[command(after_help = RESUMES)]
    Resume(Resume),
    /// Print a completion script for a shell
    #[command(after_help = COMPLETES)]
    Completions(Completions),
    /// Make a package for migrations
    #[command(hide = true)]
    Init(Sources),
    /// Write a new migration
    #[command(hide = true)]
    Revision(Box<NewRevision>),
    /// Write the first migration from the schema that a database has
    #[command(hide = true, after_help = BASELINES)]
    Baseline(Baseline),
    /// Write a migration that merges branches
    #[command(hide = true)]
    Merge(Sources),
    /// Let a migration follow another one
    #[command(hide = true)]
    Rebase(Sources),
    /// Open a migration in an editor
    #[command(hide = true)]
    Edit(Sources),
}

/// What is made sure of before a database is written to.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Named {
    /// Name of the database that is meant; one for production is written to by its name alone
    #[arg(long, value_name = "NAME", help_heading = "Production", conflicts_with = "sql")]
    pub(crate) database: Option<String>,
}

/// Copies of the database. The folder stands behind a `=`: what follows a blank is the target.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Backups {
    /// Back the database up before the first statement [default: into backups/ beside migrate.toml]
    #[arg(
        long,
        value_name = "DIR",
        num_args = 0..=1,
        require_equals = true,
        help_heading = "Production",
        conflicts_with_all = ["sql", "dry_run"]
    )]
    pub(crate) backup: Option<Option<PathBuf>>,
    /// Back it up after the last statement
    #[arg(
        long,
        value_name = "DIR",
        num_args = 0..=1,
        require_equals = true,
        help_heading = "Production",
        conflicts_with_all = ["sql", "dry_run"]
    )]
    pub(crate) backup_after: Option<Option<PathBuf>>,
}

/// A script instead of a run.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct Sql {
    /// Print SQL for the database's own client instead of running anything
    #[arg(long, help_heading = "Scripts", conflicts_with = "json")]
    pub(crate) sql: bool,
    /// Database that the SQL is for [default: that of the database URL]
    #[arg(long, value_name = "DIALECT", help_heading = "Scripts", requires = "sql")]
    pub(crate) dialect: Option<DialectWord>,
}

#[derive(Args, Debug)]
pub(crate) struct Verify {
    /// Only these, ends included: REV, FROM:TO, FROM: or :TO [default: all]
    #[arg(value_name = "REV|RANGE", allow_hyphen_values = true)]
    pub(crate) revisions: Option<String>,
    /// Ask no database: look at what the migrations say alone
    #[arg(long)]
    pub(crate) offline: bool,
    /// Look at the others too when one has a fault
    #[arg(short, long)]
    pub(crate) keep_going: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Check {
    /// Ask no database: compare the program with the migrations alone
    #[arg(long, conflicts_with = "no_schema")]
    pub(crate) offline: bool,
    /// Leave the program's schema alone: compare the database with the migrations alone
    #[arg(long)]
    pub(crate) no_schema: bool,
    /// Print the statements that would make up for the differences
    #[arg(long, conflicts_with = "json")]
    pub(crate) sql: bool,
    /// Database that the migrations are read for without one [default: that of the database URL]
    #[arg(long, value_name = "DIALECT", requires = "offline")]
    pub(crate) dialect: Option<DialectWord>,
}

#[derive(Args, Debug)]
pub(crate) struct NewRevision {
    /// What the migration does, in a few words
    #[arg(short, long, value_name = "MSG", allow_hyphen_values = true)]
    pub(crate) message: String,
    /// Revision that it follows; base for none [default: the head]
    #[arg(long, value_name = "REV", allow_negative_numbers = true)]
    pub(crate) head: Option<String>,
    /// Follow a revision that others follow already, and be a second head
    #[arg(long)]
    pub(crate) splice: bool,
    /// Label of the branch that begins with it
    #[arg(long, value_name = "LABEL")]
    pub(crate) branch_label: Option<String>,
    /// Revision or label that must be applied first; may be given several times
    #[arg(long, value_name = "REV")]
    pub(crate) depends_on: Vec<String>,
    /// Id of the new revision [default: twelve random hex digits]
    #[arg(long, value_name = "ID")]
    pub(crate) rev_id: Option<String>,
    /// Write a pair of SQL files, one for each way, in the place of Rust
    #[arg(long)]
    pub(crate) sql_file: bool,
    /// Folder of the new migration, of those that the chain is in [default: that of the revision it follows]
    #[arg(long, value_name = "DIR")]
    pub(crate) version_path: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) autogenerate: Autogenerate,
}

/// What the migration does, found out.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Autogenerate")]
pub(crate) struct Autogenerate {
    /// Let it do what the migrations lack of the schema that the program is written for
    #[arg(long, conflicts_with_all = ["sql_file", "head", "splice"])]
    pub(crate) autogenerate: bool,
    /// Ask no database, and take the migrations' word for all they make
    #[arg(long, requires = "autogenerate")]
    pub(crate) offline: bool,
    /// Database that the migrations are read for without one [default: that of the database URL]
    #[arg(long, value_name = "DIALECT", requires = "offline")]
    pub(crate) dialect: Option<DialectWord>,
    /// What only got another name, as TABLE:TABLE or TABLE.COLUMN:COLUMN; may be given several times
    #[arg(long, value_name = "FROM:TO", requires = "autogenerate")]
    pub(crate) rename: Vec<String>,
    /// SQL expression for the rows that are there, as TABLE.COLUMN=SQL; may be given several times
    #[arg(long, value_name = "COLUMN=SQL", requires = "autogenerate")]
    pub(crate) fill: Vec<String>,
    /// Write the way back, too, in the place of leaving it to the inverse
    #[arg(long, requires = "autogenerate")]
    pub(crate) explicit_downgrade: bool,
    /// Don't try the migration out on a database of its own
    #[arg(long, requires = "autogenerate")]
    pub(crate) no_verify: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Baseline {
    /// What the migration does, in a few words
    #[arg(
        short,
        long,
        value_name = "MSG",
        default_value = "The schema that was there",
        allow_hyphen_values = true
    )]
    pub(crate) message: String,
    /// Id of the new revision [default: that in alembic_version, else twelve random hex digits]
    #[arg(long, value_name = "ID")]
    pub(crate) rev_id: Option<String>,
    /// Folder of the new migration, of those that the chain is in
    #[arg(long, value_name = "DIR")]
    pub(crate) version_path: Option<PathBuf>,
    /// Don't try the migration out on a database of its own
    #[arg(long)]
    pub(crate) no_verify: bool,
}

/// A database by its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DialectWord {
    /// PostgreSQL.
    #[value(alias = "postgresql", help = None)]
    Postgres,
    /// SQLite.
    #[value(help = None)]
    Sqlite,
    /// MySQL.
    #[value(help = None)]
    Mysql,
    /// MariaDB.
    #[value(help = None)]
    Mariadb,
}

impl From<DialectWord> for Dialect {
    fn from(word: DialectWord) -> Dialect {
        match word {
            DialectWord::Postgres => Dialect::Postgres,
            DialectWord::Sqlite => Dialect::Sqlite,
            DialectWord::Mysql => Dialect::Mysql,
            DialectWord::Mariadb => Dialect::Mariadb,
        }
    }
}

#[derive(Args, Debug)]
pub(crate) struct Upgrade {
    /// Revision to go up to; with --sql also a range, FROM:TARGET
    #[arg(value_name = "TARGET", default_value = "head", allow_negative_numbers = true)]
    pub(crate) target: String,
    #[command(flatten)]
    pub(crate) script: Sql,
    /// Show what would be done, and do nothing
    #[arg(long, conflicts_with = "sql")]
    pub(crate) dry_run: bool,
    /// Run also migrations that were inserted below applied ones
    #[arg(long, conflicts_with = "sql")]
    pub(crate) include_skipped: bool,
    /// With --dry-run, show each statement in full
    #[arg(short, long, requires = "dry_run")]
    pub(crate) verbose: bool,
    /// Run all migrations in one transaction
    #[arg(long)]
    pub(crate) single_transaction: bool,
    /// Begin on a database that has tables, but no version table
    #[arg(long)]
    pub(crate) allow_non_empty: bool,
    /// Go on without asking, also where rows are lost
    #[arg(short, long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) named: Named,
    #[command(flatten)]
    pub(crate) backups: Backups,
    #[command(flatten)]
    pub(crate) waiting: Waiting,
}

#[derive(Args, Debug)]
pub(crate) struct Downgrade {
    /// Revision to go down to, such as -1 or base; with --sql a range, FROM:TARGET
    #[arg(value_name = "TARGET", allow_negative_numbers = true)]
    pub(crate) target: String,
    #[command(flatten)]
    pub(crate) script: Sql,
    /// Show what would be done, and do nothing
    #[arg(long, conflicts_with = "sql")]
    pub(crate) dry_run: bool,
    /// With --dry-run, show each statement in full
    #[arg(short, long, requires = "dry_run")]
    pub(crate) verbose: bool,
    /// Run all migrations in one transaction
    #[arg(long)]
    pub(crate) single_transaction: bool,
    /// Go on without asking, also where rows are lost
    #[arg(short, long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) named: Named,
    #[command(flatten)]
    pub(crate) backups: Backups,
    #[command(flatten)]
    pub(crate) waiting: Waiting,
}

/// How long a run waits, and for what.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct Waiting {
    /// Wait so long for another runner [default: 5min]
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = "Waiting")]
    pub(crate) lock_wait: Option<Duration>,
    /// Wait so long for a lock on a table, each try a little longer [default: 2s]
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = "Waiting")]
    pub(crate) lock_timeout: Option<Duration>,
    /// Try a migration so often that meets a lock [default: 10]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Waiting")]
    pub(crate) lock_tries: Option<u32>,
    /// Let a statement take no longer than this [default: as long as it takes]
    #[arg(long, value_name = "TIME", value_parser = time, help_heading = "Waiting")]
    pub(crate) statement_timeout: Option<Duration>,
}

impl Waiting {
    /// Says it to a run.
    pub(crate) fn set(self, options: &mut Options) {
        options.lock_wait = self.lock_wait.unwrap_or(options.lock_wait);
        options.timeouts = Timeouts {
            lock: self.lock_timeout,
            statement: self.statement_timeout,
            tries: self.lock_tries,
        };
    }
}

fn time(text: &str) -> Result<Duration, String> {
    duration::parse(text).ok_or_else(|| format!("it takes {}", duration::EXAMPLE))
}

#[derive(Args, Debug)]
pub(crate) struct Resume {
    /// The statement that was not seen to end took effect
    #[arg(long, conflicts_with = "run_again")]
    pub(crate) mark_done: bool,
    /// It did not: run it
    #[arg(long)]
    pub(crate) run_again: bool,
    /// Name of the database that is meant; one for production must be named
    #[arg(long, value_name = "NAME")]
    pub(crate) database: Option<String>,
    #[command(flatten)]
    pub(crate) waiting: Waiting,
}

#[derive(Args, Debug)]
pub(crate) struct Plan {
    /// Revision to go to, up or down
    #[arg(value_name = "TARGET", default_value = "head", allow_negative_numbers = true)]
    pub(crate) target: String,
    /// Show each statement in full
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Current {
    /// Show all that is known of each revision
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// Exit with 3 when something is pending
    #[arg(long)]
    pub(crate) check_heads: bool,
}

#[derive(Args, Debug)]
pub(crate) struct History {
    /// Show all that is known of each revision
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// Mark where the database is
    #[arg(short, long)]
    pub(crate) indicate_current: bool,
    /// Only these, ends included: FROM:TO, FROM: or :TO
    #[arg(short, long, value_name = "RANGE", allow_hyphen_values = true)]
    pub(crate) rev_range: Option<RevisionRange>,
    /// Draw the lines between them
    #[arg(long, conflicts_with_all = ["format", "json"])]
    pub(crate) graph: bool,
    /// Print text, mermaid (a flowchart) or json [default: text]
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        hide_default_value = true,
        hide_possible_values = true,
        conflicts_with = "json"
    )]
    pub(crate) format: Format,
}

/// What a list of revisions is printed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[value(help = None)]
    Text,
    /// A picture for documents.
    #[value(help = None)]
    Mermaid,
    /// For programs.
    #[value(help = None)]
    Json,
}

impl History {
    /// Whether only a database knows which revisions are meant.
    pub(crate) fn is_from_here(&self) -> bool {
        let ends = self.rev_range.iter().flat_map(|range| range.from.iter().chain(&range.to));
        self.indicate_current || ends.into_iter().any(RevisionSpec::is_from_here)
    }
}

#[derive(Args, Debug)]
pub(crate) struct Heads {
    /// Show all that is known of each revision
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// Leave out heads that others depend on
    #[arg(long)]
    pub(crate) resolve_dependencies: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Branches {
    /// Show all that is known of each revision
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Show {
    /// Revision to show
    #[arg(value_name = "REV", allow_negative_numbers = true)]
    pub(crate) revision: String,
    #[command(flatten)]
    pub(crate) script: Sql,
    /// With --sql: its downgrade
    #[arg(long, help_heading = "Scripts", requires = "sql")]
    pub(crate) down: bool,
}

#[derive(Args, Debug)]
#[command(group(ArgGroup::new("on_file").args(["check", "write"])))]
pub(crate) struct Schema {
    /// Revision whose schema is wanted [default: heads]
    #[arg(value_name = "REVISION", allow_negative_numbers = true)]
    pub(crate) revision: Option<String>,
    /// Take it from the chain or the database [default: chain]
    #[arg(
        long,
        value_name = "SOURCE",
        default_value = "chain",
        hide_default_value = true,
        hide_possible_values = true
    )]
    pub(crate) from: SchemaSource,
    /// Database that it is for: postgres, sqlite, mysql or mariadb [default: that of the database URL]
    #[arg(long, value_name = "DIALECT", hide_possible_values = true)]
    pub(crate) dialect: Option<DialectWord>,
    /// Print diesel (schema.rs), sql, mermaid (a diagram) or json [default: diesel]
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "diesel",
        hide_default_value = true,
        hide_possible_values = true,
        conflicts_with_all = ["json", "on_file"]
    )]
    pub(crate) format: SchemaFormat,
    /// Compare the project's schema.rs with it, and exit with 3 when they differ
    #[arg(long, help_heading = "The project's file")]
    pub(crate) check: bool,
    /// Write the project's schema.rs, where it differs
    #[arg(long, help_heading = "The project's file")]
    pub(crate) write: bool,
    /// File that is meant [default: `schema` in migrate.toml, or that of diesel.toml]
    #[arg(long, value_name = "PATH", help_heading = "The project's file", requires = "on_file")]
    pub(crate) file: Option<PathBuf>,
}

/// Where a schema is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaSource {
    /// The migrations.
    #[value(help = None)]
    Chain,
    /// The database as it is.
    #[value(help = None)]
    Database,
}

/// What a schema is printed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaFormat {
    /// Diesel's `schema.rs`.
    #[value(help = None)]
    Diesel,
    /// Statements.
    #[value(help = None)]
    Sql,
    /// A picture for documents.
    #[value(help = None)]
    Mermaid,
    /// For programs.
    #[value(help = None)]
    Json,
}

#[derive(Args, Debug)]
pub(crate) struct Stamp {
    /// Revisions that the database is at
    #[arg(value_name = "REV", required = true, allow_negative_numbers = true)]
    pub(crate) revisions: Vec<String>,
    /// Empty the version table first, also of revisions that are not in this chain
    #[arg(long, conflicts_with = "sql")]
    pub(crate) purge: bool,
    #[command(flatten)]
    pub(crate) script: Sql,
    #[command(flatten)]
    pub(crate) named: Named,
}

#[derive(Args, Debug)]
pub(crate) struct Adopt {
    /// Tool that has migrated it: alembic, diesel, sea-orm, refinery or sqlx
    #[arg(long, value_name = "TOOL")]
    pub(crate) from: Tool,
    /// Table of that tool [default: the one that it makes]
    #[arg(long, value_name = "NAME", value_parser = table_name)]
    pub(crate) table: Option<TableName>,
    /// Revision that the database is at, whatever the tool's versions are called; repeat it for branches
    #[arg(long, value_name = "REV", conflicts_with = "map")]
    pub(crate) at: Vec<String>,
    /// Revision that one of the tool's versions is; repeat it for others
    #[arg(long, value_name = "VERSION=REV", value_parser = pair)]
    pub(crate) map: Vec<(String, String)>,
    /// Take it over although its schema is not what the migrations make
    #[arg(long)]
    pub(crate) accept_differences: bool,
    /// Show what would be written, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Name of the database that is meant; one for production must be named
    #[arg(long, value_name = "NAME")]
    pub(crate) database: Option<String>,
}

/// A table as it is typed, with its schema or without.
fn table_name(text: &str) -> Result<TableName, String> {
    let (schema, name) = match text.split_once('.') {
        Some((schema, name)) => (Some(schema.to_owned()), name),
        None => (None, text),
    };
    match name.is_empty() || schema.as_deref() == Some("") {
        true => Err("it takes a name, or schema.name".to_owned()),
        false => Ok(TableName { schema, name: name.to_owned() }),
    }
}

/// Two words with a `=` between.
fn pair(text: &str) -> Result<(String, String), String> {
    let (version, revision) = text.split_once('=').unwrap_or((text, ""));
    match version.is_empty() || revision.is_empty() {
        true => Err("it takes VERSION=REV".to_owned()),
        false => Ok((version.to_owned(), revision.to_owned())),
    }
}

#[derive(Args, Debug)]
pub(crate) struct Log {
    /// Only rows of these revisions
    #[arg(value_name = "REV", allow_negative_numbers = true)]
    pub(crate) revisions: Vec<String>,
    /// Only so many rows, the newest
    #[arg(short = 'n', long, value_name = "N")]
    pub(crate) max_count: Option<usize>,
    /// Only rows from this day or instant on, YYYY-MM-DD or RFC 3339
    #[arg(long, value_name = "DATE")]
    pub(crate) since: Option<When>,
    /// Only rows up to this day or instant
    #[arg(long, value_name = "DATE")]
    pub(crate) until: Option<When>,
    /// Oldest first
    #[arg(long)]
    pub(crate) reverse: bool,
}

/// A day or an instant, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// All of a day.
    Day(chrono::NaiveDate),
    /// A moment.
    At(chrono::DateTime<chrono::Utc>),
}

impl std::str::FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<When, String> {
        if let Ok(day) = text.parse() {
            return Ok(When::Day(day));
        }
        chrono::DateTime::parse_from_rfc3339(text).map(|at| When::At(at.to_utc())).map_err(|_| {
            "a day is written YYYY-MM-DD, an instant 2026-04-12T09:10:00Z or with +02:00".to_owned()
        })
    }
}

impl When {
    /// Its first moment.
    pub(crate) fn start(self) -> chrono::DateTime<chrono::Utc> {
        match self {
            When::Day(day) => day.and_time(chrono::NaiveTime::MIN).and_utc(),
            When::At(at) => at,
        }
    }

    /// Whether it comes before `at`, with its last moment.
    pub(crate) fn is_over_at(self, at: chrono::DateTime<chrono::Utc>) -> bool {
        match self {
            When::Day(day) => at.date_naive() > day,
            When::At(end) => at > end,
        }
    }
}

#[derive(Args, Debug)]
pub(crate) struct Repair {
    /// Revisions that are right as they are now: edited, or gone from the migrations
    #[arg(value_name = "REV", requires = "accept")]
    pub(crate) revisions: Vec<String>,
    /// Accept the revisions as they are now
    #[arg(long, requires_all = ["revisions", "reason"], conflicts_with = "version_table")]
    pub(crate) accept: bool,
    /// Let the version table say what the log says
    #[arg(long, requires = "reason")]
    pub(crate) version_table: bool,
    /// Why, for the log
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Name of the database that is meant; one for production must be named
    #[arg(long, value_name = "NAME")]
    pub(crate) database: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct Mark {
    /// Word for the database, such as production [default: show the mark]
    #[arg(value_name = "WORD")]
    pub(crate) word: Option<String>,
    /// Take the mark away
    #[arg(long, conflicts_with = "word")]
    pub(crate) none: bool,
    /// Name of the database that is meant; one for production must be named
    #[arg(long, value_name = "NAME")]
    pub(crate) database: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct Completions {
    /// Shell to complete for: bash, zsh, fish, powershell or elvish
    #[arg(value_name = "SHELL", hide_possible_values = true)]
    pub(crate) shell: clap_complete::Shell,
}

/// What is typed after a command that this binary doesn't have.
#[derive(Args, Debug)]
#[command(disable_help_flag = true)]
pub(crate) struct Sources {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    pub(crate) rest: Vec<OsString>,
}

/// The colour that is asked for, read before anything else: the errors of the reading need it.
pub(crate) fn color(arguments: &[OsString]) -> Color {
    let mut words = arguments.iter().map(|word| word.to_string_lossy());
    while let Some(word) = words.next() {
        let value = match word.strip_prefix("--color") {
            Some("") => words.next().map(|value| value.into_owned()),
            Some(value) => value.strip_prefix('=').map(str::to_owned),
            None => None,
        };
        match value.as_deref() {
            Some("always") => return Color::Always,
            Some("never") => return Color::Never,
            Some(_) | None => {}
        }
    }
    Color::Auto
}

/// The format of the log that is asked for, read before anything else: the errors of the reading are in it.
pub(crate) fn log_format(arguments: &[OsString]) -> Option<LogFormat> {
    let mut words = arguments.iter().map(|word| word.to_string_lossy());
    let mut found = None;
    while let Some(word) = words.next() {
        let value = match word.strip_prefix("--log-format") {
            Some("") => words.next().map(|value| value.into_owned()),
            Some(value) => value.strip_prefix('=').map(str::to_owned),
            None => None,
        };
        found = value.and_then(|value| LogFormat::from_str(&value, false).ok()).or(found);
    }
    found
}

/// A time behind `--wait` that is no part of it, and would be read as a revision: `upgrade --wait 30`.
pub(crate) fn stray_wait(arguments: &[OsString]) -> Option<String> {
    let words: Vec<_> = arguments.iter().map(|word| word.to_string_lossy()).collect();
    let words = words.split(|word| word == "--").next().unwrap_or_default();
    let strays = words.windows(2).filter(|two| two[0] == "--wait" && time(&two[1]).is_ok());
    strays.map(|two| two[1].clone().into_owned()).next()
}

/// What was typed after the program's name, to be typed again: quoted where a shell
/// needs it, and without the URL, which may hold a password.
pub(crate) fn typed(arguments: &[OsString]) -> Vec<String> {
    let mut typed = Vec::new();
    let mut words = arguments.iter().skip(1).map(|word| word.to_string_lossy());
    while let Some(word) = words.next() {
        if word == "--database-url" {
            words.next();
            typed.push("--database-url …".to_owned());
        } else if word.starts_with("--database-url=") {
            typed.push("--database-url=…".to_owned());
        } else {
            typed.push(quoted(&word));
        }
    }
    typed
}

/// `typed` with one more option.
pub(crate) fn with_option(typed: &[String], option: &str) -> String {
    let mut typed = typed.to_vec();
    // What follows a `--` is no option.
    let at = typed.iter().position(|word| word == "--").unwrap_or(typed.len());
    typed.insert(at, option.to_owned());
    typed.join(" ")
}

/// A word as a shell takes it.
pub(crate) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_=+:@/.,%".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests;
