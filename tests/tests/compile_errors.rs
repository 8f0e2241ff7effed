//! What the compiler refuses, and what it says.
//!
//! A case is `ui/<mistake>.rs` with a folder of migrations of the same name, and
//! one mistake in it. Its first line names the literal at fault; its `.stderr` is
//! what rustc says. `TRYBUILD=overwrite cargo test -p tests --test compile_errors`
//! writes them anew.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The compiler that the `.stderr` files were written with.
const COMPILER: &str = include_str!("ui/COMPILER");

#[test]
fn each_mistake_is_refused() {
    let compiler = this_compiler();
    if version(&compiler) == version(COMPILER) {
        trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
        return;
    }
    eprintln!(
        "the .stderr files are of {}, this is {}: checking only that each case fails",
        version(COMPILER),
        version(&compiler)
    );
    let copy = any_message();
    let _ = fs::remove_dir_all(&copy);
    copy_folder(Path::new("tests/ui"), &copy);
    // trybuild compares messages, unless it is told to write them.
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "each_case_fails"])
        .env("TRYBUILD", "overwrite")
        .status();
    assert!(status.unwrap().success());
}

#[test]
#[ignore = "for each_mistake_is_refused, where the compiler has other words"]
fn each_case_fails() {
    trybuild::TestCases::new().compile_fail(any_message().join("*.rs"));
}

#[test]
fn one_mistake_is_one_error_with_its_arrow_on_the_word() {
    let mut cases = 0;
    for path in files(Path::new("tests/ui")) {
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let case = fs::read_to_string(&path).unwrap();
        let stderr = fs::read_to_string(path.with_extension("stderr")).unwrap();
        let first = case.lines().next().unwrap();
        let literal = first.strip_prefix("// at fault: ").expect(first);
        let errors = stderr.lines().filter(|line| line.starts_with("error"));
        assert_eq!(errors.count(), 1, "{}\n{stderr}", path.display());
        assert_eq!(under_the_arrow(&stderr), literal, "{}\n{stderr}", path.display());
        cases += 1;
    }
    assert!(cases > 30, "{cases}");
}

/// The source over the first row of `^`.
fn under_the_arrow(stderr: &str) -> String {
    let lines: Vec<&str> = stderr.lines().collect();
    let is_arrow = |line: &&str| {
        line.split_once("| ").is_some_and(|(margin, row)| {
            margin.trim().is_empty() && row.trim_start_matches([' ', '-']).starts_with('^')
        })
    };
    let row = lines.iter().position(|line| is_arrow(&line)).expect(stderr);
    let arrow: Vec<char> = lines[row].chars().collect();
    let source: Vec<char> = lines[row - 1].chars().collect();
    let start = arrow.iter().position(|c| *c == '^').unwrap();
    let length = arrow[start..].iter().take_while(|c| **c == '^').count();
    source[start..].iter().take(length).collect()
}

fn this_compiler() -> String {
    let output = Command::new("rustc").arg("--version").output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// `rustc 1.95.0` of `rustc 1.95.0 (59807616e 2026-04-14)`.
fn version(compiler: &str) -> String {
    compiler.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}

/// Where the cases stand when only their failing counts.
fn any_message() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("any_message")
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for path in files(from) {
        let to = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy_folder(&path, &to),
            false => drop(fs::copy(&path, &to).unwrap()),
        }
    }
}

/// What is in a folder, by name.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}
