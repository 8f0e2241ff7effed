//! The words of `cargo migrate`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::args::{Branches, Completions, Globals, Heads, History, NewRevision, Show};

/// Write and read migrations, also while they do not compile
#[derive(Debug, Parser)]
#[command(name = "cargo migrate", bin_name = "cargo migrate", version, after_help = PASSED_ON)]
pub(crate) struct CargoArguments {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(subcommand)]
    pub(crate) command: CargoCommand,
}

/// What `cargo migrate` does not do itself.
const PASSED_ON: &str = "\
Passed on to the project's own `migrate`, which is built if needed:
  upgrade  downgrade  plan  current  stamp  baseline
  cargo migrate upgrade --help tells more of each; cargo's own options go first:
  cargo migrate --features postgres --release upgrade";

const INITS: &str = "\
Examples:
  cargo migrate init                                  for SQLite, in migrations/
  cargo migrate init db --database postgres,sqlite    in db/, for two databases
  cargo migrate init --dry-run                        show what it would write";

const REVISIONS: &str = "\
Examples:
  cargo migrate revision -m \"add order notes\"
  cargo migrate revision -m \"begin reports\" --head 3f2a --splice --branch-label reports
  cargo migrate revision -m \"count orders\" --depends-on reports";

const MERGES: &str = "\
Examples:
  cargo migrate merge -m \"merge reports\"            all heads
  cargo migrate merge 3f2a b7ea -m \"merge notes\"    two of several";

const REBASES: &str = "\
Its file gets another `down_revision`, and a later name where it needs one. A database that has
applied it would never run what it follows then, so the database is asked first.

Example:
  cargo migrate rebase 3f2a --onto b7ea";

const IMPORTS_DIESEL: &str = "\
Each keeps its version as its id, so that a database that Diesel has migrated can be taken over:
  cargo migrate import diesel ../migrations --dry-run
  cargo migrate import diesel ../migrations
  cargo migrate adopt --from diesel";

const EDITS: &str = "\
The editor is that of VISUAL or EDITOR.

Examples:
  cargo migrate edit
  cargo migrate edit 3f2a";

const HISTORIES: &str = "\
Examples:
  cargo migrate history -r 3f2a:head      from a revision up
  cargo migrate history --graph           with lines between them
  cargo migrate history --format mermaid  a flowchart for documents";

const SHOWS: &str = "\
Examples:
  cargo migrate show head
  cargo migrate show 3f2a --sql --dialect postgres    built first, for the SQL is not in the file";

const COMPLETES: &str = "\
Examples:
  cargo migrate completions bash > ~/.local/share/bash-completion/completions/cargo-migrate
  cargo migrate completions fish > ~/.config/fish/completions/cargo-migrate.fish";

#[derive(Debug, Subcommand)]
pub(crate) enum CargoCommand {
    /// Make a package for migrations in the project here
    #[command(after_help = INITS)]
    Init(Init),
    /// Write a new migration
    #[command(after_help = REVISIONS)]
    Revision(Box<NewRevision>),
    /// Write a migration that merges branches
    #[command(after_help = MERGES)]
    Merge(Merge),
    /// Let a migration that nobody has applied follow another one
    #[command(after_help = REBASES)]
    Rebase(Rebase),
    /// Take migrations over from elsewhere
    #[command(subcommand)]
    Import(Import),
    /// Open a migration in an editor
    #[command(after_help = EDITS)]
    Edit(Edit),
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
    /// Print a completion script for a shell
    #[command(after_help = COMPLETES)]
    Completions(Completions),
    /// Anything else
    #[command(external_subcommand)]
    Other(Vec<OsString>),
}

#[derive(Args, Debug)]
pub(crate) struct Init {
    /// Folder of the new package [default: migrations, or db where that is taken]
    #[arg(value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
    /// Databases to build for: sqlite, postgres, mysql; may be given several times [default: sqlite]
    #[arg(long, value_name = "DATABASE", value_delimiter = ',', hide_possible_values = true)]
    pub(crate) database: Vec<DatabaseWord>,
    /// Name of the new package [default: that of its folder]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Where the library is [default: the source that this program was built from]
    #[arg(long, value_name = "PATH|GIT-URL")]
    pub(crate) source: Option<String>,
    /// Take the defaults without asking
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Show what would be written, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// A database that a package can be built for, by its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DatabaseWord {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    #[value(alias = "postgresql")]
    Postgres,
    /// MySQL and MariaDB.
    #[value(alias = "mariadb")]
    Mysql,
}

#[derive(Args, Debug)]
pub(crate) struct Merge {
    /// Heads to merge [default: all]
    #[arg(value_name = "REV", allow_negative_numbers = true)]
    pub(crate) revisions: Vec<String>,
    /// What the migration does, in a few words
    #[arg(short, long, value_name = "MSG", allow_hyphen_values = true)]
    pub(crate) message: String,
    /// Label of the branch that begins with it
    #[arg(long, value_name = "LABEL")]
    pub(crate) branch_label: Option<String>,
    /// Id of the new revision [default: twelve random hex digits]
    #[arg(long, value_name = "ID")]
    pub(crate) rev_id: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct Rebase {
    /// Migration to move
    #[arg(value_name = "REV", allow_negative_numbers = true)]
    pub(crate) revision: String,
    /// Revision that it follows from now on
    #[arg(long, value_name = "REV", allow_negative_numbers = true)]
    pub(crate) onto: String,
    /// Ask no database whether it has the migration
    #[arg(long)]
    pub(crate) unchecked: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Import {
    /// Make migrations of numbered SQL files: 001_x.sql with 001_x_rollback.sql, or .up.sql with .down.sql
    Sql(ImportFrom),
    /// Make migrations of those of diesel_migrations: folders with up.sql and down.sql
    #[command(after_help = IMPORTS_DIESEL)]
    Diesel(ImportFrom),
}

#[derive(Args, Debug)]
pub(crate) struct ImportFrom {
    /// Folder that they are in
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Revision that the first of them follows [default: the head]
    #[arg(long, value_name = "REV", allow_negative_numbers = true)]
    pub(crate) head: Option<String>,
    /// Folder of the new migrations, of those that the chain is in [default: that of the revision they follow]
    #[arg(long, value_name = "DIR")]
    pub(crate) version_path: Option<PathBuf>,
    /// Show what would be written, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Edit {
    /// Migration to open
    #[arg(value_name = "REV", default_value = "head", allow_negative_numbers = true)]
    pub(crate) revision: String,
}
