//! What `--help` says, of every command of both programs.
//!
//! The text of each is a file in `help/`. A command that has none fails the test, and so does a file
//! that has no command.

#![cfg(feature = "cargo-migrate")]

use std::collections::BTreeSet;
use std::fs;

use clap::{Command, CommandFactory};
use insta::{Settings, assert_snapshot};

use super::*;
use crate::cargo::args::CargoArguments;

/// The width of a terminal that nothing may be wider than.
const WIDTH: usize = 100;

/// The path of each command below `command`, and its own.
fn paths(command: &Command, above: &[String]) -> Vec<Vec<String>> {
    let path = [above, &[command.get_name().to_owned()]].concat();
    let below = command.get_subcommands().flat_map(|command| paths(command, &path));
    [path.clone()].into_iter().chain(below).collect()
}

/// What clap prints for a line; none where it takes the line for a command to run.
fn shown(program: &Command, line: &[String]) -> Option<String> {
    // `cargo migrate` is one word to clap.
    let printed = program.clone().term_width(WIDTH).try_get_matches_from(line).err()?;
    assert_eq!(printed.exit_code(), 0, "{line:?}: {printed}");
    Some(printed.to_string())
}

/// The lines below `Examples:`, as a shell takes them apart.
fn examples(text: &str) -> Vec<Vec<String>> {
    let below = text.split("\nExample").nth(1).unwrap_or_default().lines().skip(1);
    let lines = below.map(str::trim).take_while(|line| !line.is_empty());
    let lines = lines.map(|line| line.split("  ").next().unwrap_or(line).replace('"', "'"));
    lines
        .map(|line| {
            let line = line.split(" > ").next().unwrap_or(&line);
            let words = words(line.strip_prefix("cargo ").unwrap_or(line));
            words.iter().map(|word| word.to_string_lossy().into_owned()).collect()
        })
        .collect()
}

fn check(program: &Command, elsewhere: impl Fn(&[String]) -> String) -> BTreeSet<String> {
    let mut settings = Settings::clone_current();
    settings.set_snapshot_path("help");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let mut names = BTreeSet::new();
    for path in paths(program, &[]) {
        let with = |last: &str| [path.as_slice(), &[last.to_owned()]].concat();
        let text = match shown(program, &with("--help")) {
            Some(text) => {
                assert_eq!(Some(&text), shown(program, &with("-h")).as_ref(), "{path:?} -h");
                text
            }
            None => elsewhere(&with("--help")),
        };
        for example in examples(&text) {
            let parsed = program.clone().try_get_matches_from(&example);
            assert!(parsed.is_ok(), "{path:?}: {example:?}");
        }
        for line in text.lines() {
            assert!(line.chars().count() <= WIDTH, "{path:?} is too wide: {line}");
        }
        let name = path.join("_").replace(' ', "_");
        settings.bind(|| assert_snapshot!(name.as_str(), text));
        names.insert(format!("{name}.snap"));
    }
    names
}

#[test]
fn every_command_explains_itself() {
    let nowhere = |line: &[String]| panic!("{line:?} shows no help");
    let folder = folder();
    // What is written by `cargo migrate` is named here, and explained there.
    let by_cargo = |line: &[String]| migrate(folder.path(), &line[1..].join(" "));
    let mut names = check(&Arguments::command(), by_cargo);
    names.extend(check(&CargoArguments::command(), nowhere));

    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/help");
    let files = fs::read_dir(folder)
        .expect("the folder of the snapshots")
        .map(|file| file.expect("a file").file_name().to_string_lossy().into_owned());
    let lost: Vec<String> = files.filter(|file| !names.contains(file)).collect();
    assert!(lost.is_empty(), "no command says what stands in {lost:?}");
}
