//! The command line: the library behind a project's `migrate`, and `cargo-migrate`.
//!
//! ```ignore
//! // migrations/src/main.rs
//! fn main() -> std::process::ExitCode {
//!     migrate_cli::main(&migrations::CHAIN)
//! }
//! ```
//!
//! Three rooms have a door to the outside: [`ui`] prints, `ask` asks and [`config`] reads
//! the environment. Everything else gets what it needs from them, so that [`run`] can be
//! called with other arguments, in other surroundings.
//!
//! # Results for programs
//!
//! With `--json`, stdout holds one object with `"format": 1` and, by command:
//!
//! ```text
//! upgrade, downgrade, resume
//!                     steps      [{ revision, message, direction, duration_ms }]; and, where it was asked for,
//!                     backup, backup_after  { path, bytes, restore [text] }, null where nothing was to be run
//! plan, --dry-run     steps      [{ revision, message, direction, created, breaking, ops [text], statements, transaction, work [op],
//!                     losses [text], missing [{ what, help }] }]
//! current             current    [revision], unknown [id], pending [id], mark, disagreement, unfinished:
//!                     null or { revision, direction, done, of, open, started_at }
//! history, show       revisions  [revision]
//! heads               heads      [revision]
//! branches            branches   [revision and next [id]]
//! schema              dialect, revisions [id], tables [table], views [view], enums [{ schema, name, values }],
//!                     sequences [sequence], functions [function], schemas [name], extensions [name],
//!                     unknown [{ schema, name }], unread [text]
//! schema --check      file, is_current, difference
//! schema --write      file, is_changed
//! stamp               current    [id]
//! adopt               result     "adopted", "already" or "nothing"; from, table, is_kept, is_dry_run, revisions [{ revision, message,
//!                     version }], current [id], differences [{ sign, of, what }], extra [text], unknown [{ of, why }]
//! log                 entries    [entry]
//! repair              faults     [{ what, hint }], repaired [{ what "edited" or "gone", revision, or "rows", before [id], after [id] }]
//! mark                mark       text, null where there is none
//! check               result, schema, database   "same", "different" or "unknown"; of each side null or
//!                     { result, differences [{ sign, of, what }], unknown [{ of, why }], half_said [table] }
//! verify              result, "fine" or "found"; scratch, null where no database was asked; revisions [{ revision, message, result,
//!                     findings [{ kind, what, databases [text], hint }], losses [{ of, on, rows, of_rows }], notes [text] }]
//! cargo migrate init  package, created [path], changed [path], is_dry_run
//! cargo migrate revision, merge, rebase, baseline  revision, down_revision [id], path; null where --autogenerate found nothing
//! cargo migrate import  is_written, revisions [{ revision, down_revision [id], message, from, path, down_path }]
//!
//! revision = { revision, down_revision [id], depends_on, branch_labels, message, path,
//!              created, transaction, irreversible, breaking, is_head, is_applied, is_current }
//!            and, where the log knows it, applied_at, applied_by, duration_ms
//! op       = { op, place, statements [{ sql, locks [{ schema, table, lock }], waits, rewrites, scans, builds, is_known }] }
//! entry    = { at, applied_by, direction, revision, is_known, message, status, duration_ms, note, error, checksum, run, tool_version }
//! table    = { schema, name, comment, columns [column], primary_key, uniques [{ name, columns }],
//!              foreign_keys [{ name, columns, references { schema, table, columns }, on_delete, on_update }],
//!              checks [{ name, expression }], exclusions [{ name, using, elements, predicate }],
//!              indexes [index], triggers [name], partitioned_by, partitions [{ schema, name, bounds }] }
//! column   = { name, type, nullable, default, identity, generated, collation, comment }
//! index    = { name, unique, keys [{ column or expression, order, nulls }], predicate, method, include }
//! view     = { schema, name, columns [name], query, materialized, indexes [index], triggers [name] }
//! sequence = { schema, name, type, start, increment, min, max, cycle, owned_by }
//! function = { schema, name, kind, arguments [{ name, type }], returns, language, body }
//! ```
//!
//! `created` is the time in the file's name, in the project's `timezone`, and null where names begin with none.
//! `at` is in UTC; `revision` and `is_known` are null where a row of the log is about none, as that of a mark.
//! `is_applied` and `is_current` are null where no database answered. `disagreement` is text where the version
//! table and the log contradict each other, else null. Keys may be added within a format. Errors go to stderr as
//! text, with the exit code, and leave stdout empty; only `current` and `schema --check` first say what they found,
//! and a run what it ran when no backup could be taken after it.
//! `statements` of a step is their number, `transaction` whether it is one. `waits` are "nothing", "writes" or "reads and writes", and null
//! where the impact of a statement is not known; so are `rewrites`, `scans` and `builds` where that depends. A `lock` is one of
//! PostgreSQL's, or the algorithm of MySQL and MariaDB.
//! A `schema` that is null is the current one. A default is `{ "value" }` or, as SQL, `{ "expression" }`. `unknown` are the
//! names that SQL which can't be read made or changed, so that what else is said of them may not be so; `unread` is what a
//! database has and this has no words for. `revisions` is null where the schema is the database's.
//! `version` is what a revision is called in the table of the tool that a database is adopted from, and null where that has no row for it. Where the database is ours
//! already, nothing is compared, and what differs is null.
//! `history --format json` is `history --json`.

mod args;
mod ask;
mod backup;
mod bar;
#[cfg(feature = "cargo-migrate")]
mod cargo;
mod catalog_json;
mod commands;
pub mod config;
mod connect;
mod dotenv;
mod entities;
pub mod failure;
mod graph_log;
mod interrupt;
mod mermaid;
mod picture;
mod report;
mod secret;
mod source;
mod table;
pub mod ui;
mod url;

/// Ops as the Rust text of a migration.
pub mod rust {
    pub use crate::source::ops::{Unwritable, spelled, write_function};
    pub use crate::source::rustfmt::formatted;
}

/// For the tests of an application.
pub mod testing {
    pub use crate::commands::matches::assert_schema_matches;
}

/// Diesel's `schema.rs` as a catalog, and a catalog as `schema.rs`.
pub mod schema {
    pub use crate::source::schema::{Order, print, read};
}

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;
use migrate_core::Chain;

use args::Arguments;
use commands::Session;
use config::Environment;
use failure::Failure;
use report::{Level, Record};
use ui::Ui;

/// What the `main` of a project's `migrate` does.
///
/// The exit code is 0 when all is well, 1 for an error, 2 for a command line that can't be
/// understood, and 3 when `current --check-heads` finds something pending, `schema --check` a difference, `verify` or `repair` a fault.
pub fn main(chain: &'static Chain) -> ExitCode {
    // The first process of a container is stopped by a signal only where it listens.
    interrupt::listen();
    started(|arguments, environment, ui| run(chain, arguments, environment, ui))
}

/// What `cargo-migrate` does.
#[cfg(feature = "cargo-migrate")]
#[doc(hidden)]
pub fn cargo_main() -> ExitCode {
    started(cargo::run)
}

fn started(run: impl FnOnce(&[OsString], &Environment, &mut Ui) -> u8) -> ExitCode {
    ui::mask_panics();
    let arguments = Environment::arguments();
    let mut ui = Ui::of_process(args::color(&arguments));
    ExitCode::from(match Environment::of_process() {
        Ok(environment) => run(&arguments, &environment, &mut ui),
        Err(error) => {
            ended(&mut ui, Err(Failure::new("the working folder can't be read").caused_by(error)))
        }
    })
}

/// Runs one command line, whose first word is the program's own name. The number is the exit code.
pub fn run(
    chain: &'static Chain,
    arguments: &[OsString],
    environment: &Environment,
    ui: &mut Ui,
) -> u8 {
    if let Err(failure) = set_log(arguments, environment, ui) {
        return ended(ui, Err(failure));
    }
    let of_environment = match commanded(arguments, environment) {
        Ok(words) => words,
        Err(failure) => return ended(ui, Err(failure)),
    };
    let arguments = of_environment.as_deref().unwrap_or(arguments);
    // What stands in the command comes before what the environment says elsewhere.
    if let Some(format) = args::log_format(arguments) {
        ui.set_log(format);
    }
    if let Some(time) = args::stray_wait(arguments) {
        let failure = Failure::usage(format!("is `{time}` behind `--wait` a time or a revision?"));
        let hint = format!("a time: --wait={time}; a revision stands before it: {time} --wait");
        return ended(ui, Err(failure.hint(hint)));
    }
    let parsed = match Arguments::try_parse_from(arguments) {
        Ok(parsed) => parsed,
        Err(error) => return misread(ui, &error),
    };
    let globals = &parsed.globals;
    ui.set(globals.quiet, globals.json);
    if of_environment.is_some() {
        let command = args::typed(arguments).join(" ");
        let message = format!("Command: migrate {command} (from MIGRATION_COMMAND)");
        ui.tell(Record::new(Level::Info, "command", message).with("command", command));
    }
    let mut session = Session { chain, environment, globals, typed: args::typed(arguments), ui };
    let result = session.run(&parsed.command);
    ended(ui, result)
}

/// The command line that MIGRATION_COMMAND says, for who types none: the image of a container.
fn commanded(
    arguments: &[OsString],
    environment: &Environment,
) -> Result<Option<Vec<OsString>>, Failure> {
    let [program] = arguments else { return Ok(None) };
    let words = environment.command()?;
    let line = words.map(|words| words.into_iter().map(OsString::from));
    Ok(line.map(|words| [program.clone()].into_iter().chain(words).collect()))
}

/// Finds out how to speak before anything is said: by the command line, else by the environment.
fn set_log(arguments: &[OsString], environment: &Environment, ui: &mut Ui) -> Result<(), Failure> {
    if let Some(format) = args::log_format(arguments) {
        ui.set_log(format);
    } else if let Some(format) = environment.log_format()? {
        ui.set_log(format);
    }
    Ok(())
}

/// Shows what clap says: a mistake, or the help that was asked for.
fn misread(ui: &mut Ui, error: &clap::Error) -> u8 {
    ui.usage(error);
    if error.use_stderr() { failure::code::USAGE } else { 0 }
}

/// Shows a failure; the exit code.
fn ended(ui: &mut Ui, result: Result<u8, Failure>) -> u8 {
    let result = result.and_then(|code| match ui.take_lost() {
        Some(error) => Err(Failure::new("the result can't be written").caused_by(error)),
        None => Ok(code),
    });
    match result {
        Ok(code) => code,
        Err(failure) => {
            let code = failure.code;
            ui.failure(failure);
            code
        }
    }
}

#[cfg(test)]
mod tests;
