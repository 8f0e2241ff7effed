//! What the compiler refuses, and what it says.
//!
//! A case is `ui/<mistake>.rs` with a folder of migrations of the same name, and
//! one mistake in it. Its first line names the literal at fault; its `.stderr` is
//! what rustc says. `TRYBUILD=overwrite cargo test -p tests --test compile_errors`
//! writes them anew.
//!
//! What takes a whole package to see (build scripts, what cargo builds again, a
//! renamed dependency, a user's strict lints) is tried on one that is written here.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The compiler that the `.stderr` files were written with.
const COMPILER: &str = include_str!("ui/COMPILER");

#[test]
fn compile_errors_for_each_mistake() {
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

#[test]
fn cargo_builds_a_package_again_for_each_file_of_its_folder_and_for_nothing_else() {
    let package = Package::new();

    let built = package.refused();
    built.says("write a file `build.rs` beside Cargo.toml");
    built.says(r#"println!("cargo::rerun-if-changed=src/versions");"#);

    package.write("build.rs", r#"fn main() { println!("cargo::rerun-if-changed=README.md"); }"#);
    package.refused().says("the build script of this crate does not name `src/versions`");

    package.write("build.rs", r#"fn main() { println!("cargo::rerun-if-changed=src/versions"); }"#);
    package.check().is(Outcome::Rebuilt);
    package.check().is(Outcome::Fresh);

    let notes = migration("b", "\"a\"", r#"op.add_column("orders", text("notes").nullable());"#);
    package.write("src/versions/2_notes.rs", &notes);
    package.check().is(Outcome::Rebuilt);
    package.write("src/versions/2_notes.rs", &notes.replace("notes", "remarks"));
    package.check().is(Outcome::Rebuilt);
    package.write("README.md", "Nothing to build.");
    package.write("src/notes.txt", "Nothing to build.");
    package.check().is(Outcome::Fresh);
    fs::remove_file(package.path("src/versions/2_notes.rs")).unwrap();
    package.check().is(Outcome::Rebuilt);

    // Both files of a pair in SQL.
    let up = "-- revision: c, down_revision: b\nUPDATE orders SET notes = 'none';\n";
    package.write("src/versions/2_notes.rs", &notes);
    package.write("src/versions/3 odd-name.up.sql", up);
    package.write("src/versions/3 odd-name.down.sql", "-- undo_nothing\n");
    package.check().is(Outcome::Rebuilt);
    package.check().is(Outcome::Fresh);
    package.write("src/versions/3 odd-name.up.sql", &up.replace("none", "no"));
    package.check().is(Outcome::Rebuilt);
    package.write("src/versions/3 odd-name.down.sql", "UPDATE orders SET notes = NULL;\n");
    package.check().is(Outcome::Rebuilt);
    fs::remove_file(package.path("src/versions/3 odd-name.down.sql")).unwrap();
    package.refused().says("write `3 odd-name.down.sql`");
    fs::remove_file(package.path("src/versions/3 odd-name.up.sql")).unwrap();
    fs::remove_file(package.path("src/versions/2_notes.rs")).unwrap();
    package.check().is(Outcome::Rebuilt);

    // What is refused elsewhere, where it is meant.
    package.write("src/versions/2_notes.rs", &notes);
    let raw = "op.execute(\"UPDATE orders SET notes = 'none'\");";
    let meant = migration("c", "\"b\", irreversible = \"the notes are gone\"", raw);
    package.write("src/versions/3_no_notes.rs", &meant);
    let back = "\npub fn downgrade(_: &mut Ops) {}\n";
    package.write("src/versions/4_written.rs", &(migration("d", "\"c\"", raw) + back));
    let index = "op.drop_index(\"idx\").concurrently();";
    let meant = migration("e", "\"d\", transaction = false, breaking = \"reads\"", index);
    package.write("src/versions/5 Odd-name.rs", &meant);
    package.check().is(Outcome::Rebuilt);
    for file in ["2_notes.rs", "3_no_notes.rs", "4_written.rs", "5 Odd-name.rs"] {
        fs::remove_file(package.path("src/versions").join(file)).unwrap();
    }

    // Two heads, and then allowed.
    package.write("src/versions/2_notes.rs", &notes);
    package.write("src/versions/3_remarks.rs", &migration("c", "\"a\"", ""));
    package.refused().says("cargo migrate merge b c");
    package.write("src/lib.rs", &lib(", multiple_heads"));
    package.check().is(Outcome::Rebuilt);

    // A second folder, with a file that is called like one of the first.
    for file in ["2_notes.rs", "3_remarks.rs"] {
        fs::remove_file(package.path("src/versions").join(file)).unwrap();
    }
    fs::create_dir_all(package.path("src/billing")).unwrap();
    package.write("src/lib.rs", &lib(", \"src/billing\""));
    let bills = r#"op.create_table(table("bills").column(bigint("id").primary_key()));"#;
    package.write("src/billing/1_orders.rs", &migration("b", "\"a\"", bills));
    package.refused().says("does not name `src/billing`");
    package.write(
        "build.rs",
        r#"fn main() { println!("cargo::rerun-if-changed=src/versions\ncargo::rerun-if-changed=src/billing"); }"#,
    );
    package.check().is(Outcome::Rebuilt);
    package.write("src/billing/2_parent.rs", &migration("c", "\"zz\"", bills));
    package.refused().says("--> src/billing/2_parent.rs");
    fs::remove_dir_all(package.path("src/billing")).unwrap();
    package.refused().says("there is no folder `src/billing`");

    package.write("src/lib.rs", &lib(""));
    package.write("src/versions/2_notes.rs", "pub fn upgrade(op: &mut Ops) {");
    package.refused().says("this file contains an unclosed delimiter");
}

/// A package with one migration, under another name for the library, and with strict lints.
struct Package(PathBuf);

impl Package {
    fn new() -> Package {
        let package = Package(Path::new(env!("CARGO_TARGET_TMPDIR")).join("tracked"));
        let _ = fs::remove_dir_all(package.path("src"));
        let _ = fs::remove_file(package.path("build.rs"));
        fs::create_dir_all(package.path("src/versions")).unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        fs::copy(root.join("Cargo.lock"), package.path("Cargo.lock")).unwrap();
        let core = root.join("migrate-core");
        package.write(
            "Cargo.toml",
            &format!(
                "[package]\nname = \"tracked\"\nedition = \"2024\"\n\n[workspace]\n\n\
                 [dependencies]\nlibrary = {{ package = \"migrate-core\", path = {core:?} }}\n"
            ),
        );
        package.write("README.md", "");
        package.write("src/lib.rs", &lib(""));
        let create = r#"op.create_table(table("orders").column(bigint("id").primary_key()));"#;
        package.write("src/versions/1_orders.rs", &migration("a", "None", create));
        package
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.join(path)
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.path(path), text).unwrap();
    }

    /// Refused, and for one reason.
    #[track_caller]
    fn refused(&self) -> Built {
        let built = self.check();
        assert_eq!(built.errors(), 1, "{}", built.stderr);
        built
    }

    fn check(&self) -> Built {
        let output = Command::new(env!("CARGO"))
            .args(["check", "--offline", "--color=never"])
            .current_dir(&self.0)
            .env("CARGO_TARGET_DIR", self.path("target"))
            // Of this test's own package.
            .env_remove("OUT_DIR")
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        let outcome = match (output.status.success(), stderr.contains(" tracked v")) {
            (false, _) => Outcome::Refused,
            (true, true) => Outcome::Rebuilt,
            (true, false) => Outcome::Fresh,
        };
        Built { outcome, stderr }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Outcome {
    Refused,
    Rebuilt,
    Fresh,
}

struct Built {
    outcome: Outcome,
    stderr: String,
}

impl Built {
    #[track_caller]
    fn is(&self, expected: Outcome) {
        assert_eq!(self.outcome, expected, "{}", self.stderr);
    }

    #[track_caller]
    fn says(&self, text: &str) {
        assert!(self.stderr.contains(text), "no {text:?} in\n{}", self.stderr);
    }

    /// Not counting cargo's own last line.
    fn errors(&self) -> usize {
        let errors = self.stderr.lines().filter(|line| line.starts_with("error"));
        errors.filter(|line| !line.starts_with("error: could not compile")).count()
    }
}

/// Whatever a strict team may switch on.
fn lib(rules: &str) -> String {
    format!(
        "//! A chain.\n#![forbid(unsafe_code)]\n#![deny(warnings, missing_docs, unreachable_pub, unused)]\n\
         #![deny(missing_debug_implementations, unused_qualifications, rust_2018_idioms)]\n\n\
         library::migrations!(\"src/versions\"{rules});\n"
    )
}

fn migration(revision: &str, down_revision: &str, op: &str) -> String {
    format!(
        "use library::prelude::*;\n\n/// Make a change\n\
         #[migration(revision = \"{revision}\", down_revision = {down_revision})]\n\
         pub fn upgrade(op: &mut Ops) {{\n    let _ = &op;\n    {op}\n}}\n"
    )
}

/// The source over the first row of `^`.
fn under_the_arrow(stderr: &str) -> String {
    let lines: Vec<&str> = stderr.lines().collect();
    let is_arrow = |line: &&str| {
        line.split_once("| ").is_some_and(|(margin, row)| {
            margin.trim().is_empty() && row.trim_start_matches([' ', '-']).starts_with('^')
        })
    };
    let row = lines.iter().position(is_arrow).expect(stderr);
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
