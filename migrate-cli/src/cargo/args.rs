//! The words of `cargo migrate`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::args::{Branches, Completions, Globals, Heads, History, Show};

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
Passed on to `cargo run --bin migrate`, built if needed:
  upgrade  downgrade  current  stamp
  cargo's own --features, --release and the like go first: cargo migrate --features postgres upgrade";

#[derive(Debug, Subcommand)]
pub(crate) enum CargoCommand {
    /// Make a package for migrations in the project here
    Init(Init),
    /// Write a new migration
    Revision(NewRevision),
    /// Write a migration that merges branches
    Merge(Merge),
    /// Let a migration that nobody has applied follow another one
    Rebase(Rebase),
    /// Open a migration in an editor
    Edit(Edit),
    /// List the revisions, newest first
    History(History),
    /// List the newest revision of each branch
    Heads(Heads),
    /// List the revisions that branches begin at
    Branches(Branches),
    /// Show one revision
    Show(Show),
    /// Print what a shell completes words with
    Completions(Completions),
    /// Anything else
    #[command(external_subcommand)]
    Other(Vec<OsString>),
}

#[derive(Args, Debug)]
pub(crate) struct Init {
    /// Folder of the new package [default: migrations]
    #[arg(value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
    /// Databases to build for: sqlite, postgres, mysql; may be said several times [default: sqlite]
    #[arg(long, value_name = "DATABASE", value_delimiter = ',', hide_possible_values = true)]
    pub(crate) database: Vec<DatabaseWord>,
    /// Name of the new package [default: that of its folder]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Where the library is [default: the source that this program was built from]
    #[arg(long, value_name = "PATH|GIT-URL")]
    pub(crate) source: Option<String>,
    /// Ask nothing
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
pub(crate) struct NewRevision {
    /// What the migration does
    #[arg(short, long, value_name = "MSG", allow_hyphen_values = true)]
    pub(crate) message: String,
    /// Revision that it follows [default: the head]
    #[arg(long, value_name = "REV", allow_negative_numbers = true)]
    pub(crate) head: Option<String>,
    /// Follow a revision that others follow already, and be a second head
    #[arg(long)]
    pub(crate) splice: bool,
    /// Name of the branch that begins with it
    #[arg(long, value_name = "LABEL")]
    pub(crate) branch_label: Option<String>,
    /// Revision or label that must be applied first; may be said several times
    #[arg(long, value_name = "REV")]
    pub(crate) depends_on: Vec<String>,
    /// Id of the new revision [default: twelve random hex digits]
    #[arg(long, value_name = "ID")]
    pub(crate) rev_id: Option<String>,
    /// Folder of the new migration, of those that the chain is in [default: that of the revision it follows]
    #[arg(long, value_name = "DIR")]
    pub(crate) version_path: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct Merge {
    /// Heads to merge [default: all]
    #[arg(value_name = "REV", allow_negative_numbers = true)]
    pub(crate) revisions: Vec<String>,
    /// What the migration does
    #[arg(short, long, value_name = "MSG", allow_hyphen_values = true)]
    pub(crate) message: String,
    /// Name of the branch that begins with it
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

#[derive(Args, Debug)]
pub(crate) struct Edit {
    /// Migration to open
    #[arg(value_name = "REV", default_value = "head", allow_negative_numbers = true)]
    pub(crate) revision: String,
}
