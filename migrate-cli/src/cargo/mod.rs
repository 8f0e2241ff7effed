//! `cargo migrate`: what works on sources, and the way to the project's own `migrate`.

pub(crate) mod args;
mod database;
mod edit;
mod import;
mod init;
mod merge;
mod rebase;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::process::{Command, Stdio};

use clap::{CommandFactory, Parser};
use migrate_model::nearest;
use migrate_model::revision::{RevisionSpec, resolve};
use serde_json::Value;

use crate::args::{Arguments, Globals};
use crate::commands::{branches, completions, heads, history, show};
use crate::config::{Environment, Project};
use crate::failure::{Failure, code};
use crate::graph_log::GraphLog;
use crate::source::project;
use crate::source::read::read;
use crate::source::revision;
use crate::ui::Ui;
use args::{CargoArguments, CargoCommand};

/// Runs one command line. The number is the exit code.
pub(crate) fn run(arguments: &[OsString], environment: &Environment, ui: &mut Ui) -> u8 {
    // `cargo migrate …` calls us as `cargo-migrate migrate …`, an alias without the second word.
    let rest = match arguments {
        [_, word, rest @ ..] if word == "migrate" => rest,
        [_, rest @ ..] => rest,
        [] => &[],
    };
    let (cargo, rest) = split_cargo(rest);
    let words = [OsString::from("cargo migrate")].into_iter().chain(rest.iter().cloned());
    if let Err(failure) = crate::set_log(rest, environment, ui) {
        return crate::ended(ui, Err(failure));
    }
    let parsed = match CargoArguments::try_parse_from(words) {
        Ok(parsed) => parsed,
        Err(error) => return crate::misread(ui, &error),
    };
    ui.set(parsed.globals.quiet, parsed.globals.json);
    let is_elsewhere = match &parsed.command {
        CargoCommand::Other(_) => true,
        // Where the database is, only the database knows.
        CargoCommand::History(history) => history.is_from_here(),
        CargoCommand::Init(_)
        | CargoCommand::Completions(_)
        | CargoCommand::Merge(_)
        | CargoCommand::Import(_)
        | CargoCommand::Rebase(_)
        | CargoCommand::Edit(_)
        | CargoCommand::Heads(_)
        | CargoCommand::Branches(_) => false,
        // What the migrations make, only the compiled chain knows.
        CargoCommand::Revision(revision) => revision.autogenerate.autogenerate,
        // What a migration records, only the compiled chain knows.
        CargoCommand::Show(show) => show.script.sql,
    };
    let result = match is_elsewhere {
        true => known(&parsed.command)
            .and_then(|()| pass_on(environment, &parsed.globals, &cargo, rest)),
        false => here(environment, &parsed.globals, &parsed.command, ui),
    };
    crate::ended(ui, result)
}

/// Refuses a slip of the hand before anything is built. Any other word is passed on: the
/// project's `migrate` may be newer than this.
fn known(command: &CargoCommand) -> Result<(), Failure> {
    let CargoCommand::Other(words) = command else { return Ok(()) };
    let word = words.first().map(|word| word.to_string_lossy()).unwrap_or_default();
    let (here, there) = (CargoArguments::command(), Arguments::command());
    let commands = || here.get_subcommands().chain(there.get_subcommands());
    if commands().any(|command| command.get_name() == word) {
        return Ok(());
    }
    match nearest(&word, commands().map(clap::Command::get_name)) {
        Some(meant) => {
            Err(Failure::usage(format!("there is no command `{word}`; did you mean `{meant}`?")))
        }
        None => Ok(()),
    }
}

/// Options of cargo before everything else, and the rest.
fn split_cargo(words: &[OsString]) -> (Vec<OsString>, &[OsString]) {
    let mut cargo = Vec::new();
    let mut rest = words;
    while let [word, after @ ..] = rest {
        let text = word.to_string_lossy();
        let takes_value = ["--features", "-F", "--profile", "--package", "-p", "--target-dir"];
        let alone = ["--release", "-r", "--all-features", "--no-default-features", "--locked"];
        let has_value = takes_value
            .iter()
            .any(|option| text.starts_with(&format!("{option}=")) && option.starts_with("--"));
        if alone.contains(&text.as_ref())
            || ["--offline", "--frozen"].contains(&text.as_ref())
            || has_value
        {
            cargo.push(word.clone());
            rest = after;
        } else if let ([value, after @ ..], true) = (after, takes_value.contains(&text.as_ref())) {
            cargo.extend([word.clone(), value.clone()]);
            rest = after;
        } else {
            break;
        }
    }
    (cargo, rest)
}

/// What is done here: without migrations, or on their sources.
fn here(
    environment: &Environment,
    globals: &Globals,
    command: &CargoCommand,
    ui: &mut Ui,
) -> Result<u8, Failure> {
    match command {
        CargoCommand::Init(arguments) => init::init(environment, globals, arguments, ui),
        CargoCommand::Completions(arguments) => {
            completions::print(ui, arguments.shell, every_command(), "cargo-migrate");
            Ok(0)
        }
        CargoCommand::Revision(_)
        | CargoCommand::Merge(_)
        | CargoCommand::Import(_)
        | CargoCommand::Rebase(_)
        | CargoCommand::Edit(_)
        | CargoCommand::History(_)
        | CargoCommand::Heads(_)
        | CargoCommand::Branches(_)
        | CargoCommand::Show(_)
        | CargoCommand::Other(_) => on_sources(environment, globals, command, ui),
    }
}

/// The commands of `cargo migrate` and those that it passes on.
fn every_command() -> clap::Command {
    let here = CargoArguments::command();
    let is_here = |name: &str| here.get_subcommands().any(|command| command.get_name() == name);
    let there = Arguments::command();
    let passed_on: Vec<clap::Command> =
        there.get_subcommands().filter(|command| !is_here(command.get_name())).cloned().collect();
    here.subcommands(passed_on)
}

fn on_sources(
    environment: &Environment,
    globals: &Globals,
    command: &CargoCommand,
    ui: &mut Ui,
) -> Result<u8, Failure> {
    let read = read(environment, globals)?;
    let makes_folder = matches!(command, CargoCommand::Revision(_) | CargoCommand::Import(_));
    if !makes_folder && !read.sources.is_there() {
        return Err(Failure::new(format!("there is no folder {}", read.shown))
            .hint("the first migration makes it: cargo migrate revision -m \"…\""));
    }
    let log = || GraphLog {
        graph: &read.graph,
        details: read.chain.details.clone(),
        names: Some(read.style.clone()),
        marks: None,
        indicates_current: false,
    };
    match command {
        CargoCommand::Revision(arguments) => {
            let content = revision::Content::default();
            revision::revision(&read, environment, arguments, &content, ui)
        }
        CargoCommand::Merge(arguments) => merge::merge(&read, environment, arguments, ui),
        CargoCommand::Rebase(arguments) => {
            rebase::rebase(&read, environment, globals, arguments, ui)
        }
        CargoCommand::Import(what) => import::import(&read, environment, what, ui),
        CargoCommand::Edit(arguments) => edit::edit(&read, environment, globals, arguments, ui),
        CargoCommand::History(arguments) => history::print(ui, &log(), arguments, &BTreeSet::new()),
        CargoCommand::Heads(arguments) => {
            heads::print(ui, &log(), arguments);
            Ok(0)
        }
        CargoCommand::Branches(arguments) => {
            branches::print(ui, &log(), arguments.verbose);
            Ok(0)
        }
        CargoCommand::Show(arguments) => {
            let spec: RevisionSpec = arguments.revision.parse()?;
            if spec.is_from_here() {
                return Err(Failure::new(format!(
                    "`{spec}` is counted from the database, and only sources are read here"
                ))
                .hint(format!("cargo run --bin migrate show {spec}")));
            }
            let found = resolve(&read.graph, &spec, &BTreeSet::new())?;
            show::print(ui, &log(), &spec, &found)
        }
        CargoCommand::Init(_) | CargoCommand::Completions(_) | CargoCommand::Other(_) => Ok(0),
    }
}

/// Runs the project's own `migrate`; the exit code is its own.
fn pass_on(
    environment: &Environment,
    globals: &Globals,
    cargo: &[OsString],
    words: &[OsString],
) -> Result<u8, Failure> {
    let project = Project::find(environment, globals.config.as_deref())?;
    let manifest = project::binary(environment, &project)?;
    let command = |verb: &str| {
        let mut command = Command::new(environment.cargo());
        command.arg(verb).arg("--quiet");
        if let Some(manifest) = &manifest {
            command.arg("--manifest-path").arg(manifest);
        }
        command.args(["--bin", "migrate"]).args(cargo);
        command
    };
    let cannot =
        |error| Failure::new(format!("cannot run `{}`", environment.cargo())).caused_by(error);
    let status = command("run").arg("--").args(words).status().map_err(cannot)?;
    // Cargo's own failures, and those of a panic.
    const CARGO_FAILED: i32 = 101;
    match status.code() {
        Some(CARGO_FAILED) => {
            let mut build = command("build");
            build.arg("--message-format=json").stderr(Stdio::null());
            let build = build.output().map_err(cannot)?;
            if build.status.success() {
                return Ok(101);
            }
            let (message, who) = match is_refused_by_rustc(&build.stdout) {
                true => ("the project's `migrate` does not compile", "rustc"),
                false => ("cargo can't build the project's `migrate`", "cargo"),
            };
            let until_then = match read(environment, globals) {
                Ok(read) if read.sources.is_there() => {
                    "; cargo migrate heads, history, show, revision, merge, rebase and edit work until then"
                }
                // Nor do they.
                Ok(_) | Err(_) => "",
            };
            Err(Failure::new(format!("{message}, so this command can't run"))
                .hint(format!("mend what {who} says above{until_then}")))
        }
        Some(status) => Ok(u8::try_from(status).unwrap_or(code::ERROR)),
        None => Err(Failure::new("the project's `migrate` was stopped by a signal")),
    }
}

/// Whether a build ended with errors in the code; `said` is one JSON object a line.
fn is_refused_by_rustc(said: &[u8]) -> bool {
    let lines = said.split(|byte| *byte == b'\n');
    lines.filter_map(|line| serde_json::from_slice::<Value>(line).ok()).any(|line| {
        // Other lines have no message.
        line["message"]["level"].as_str().is_some_and(|level| level.starts_with("error"))
    })
}

#[cfg(test)]
mod tests;
