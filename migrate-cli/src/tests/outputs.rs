//! What every command prints: a story for each program, told once in words and once with `--json`.
//!
//! A command that is in no story fails the tests, and so does one that reports and says no JSON.

#![cfg(feature = "cargo-migrate")]

use std::fs;

use clap::{Command, CommandFactory};
use insta::{Settings, assert_snapshot};
use regex::Regex;
use serde_json::Value;

use super::*;
use crate::cargo::args::CargoArguments;

/// Told against a SQLite file that is not there yet.
const MIGRATE: &[&str] = &[
    "heads",
    "branches",
    "history",
    "show 3f2a",
    "current",
    "plan",
    "upgrade reports --dry-run",
    "upgrade 3f2a --yes",
    "upgrade 3f2a",
    "current",
    "history -i",
    "show ae10",
    "schema",
    "schema --from database",
    "schema --write --file schema.rs",
    "schema --write --file schema.rs",
    "schema --check --file schema.rs",
    "plan 3f2a",
    "plan -2",
    "downgrade -1 --dry-run",
    "downgrade -1 --yes",
    "stamp head",
    "resume",
    "current",
    "check --no-schema",
    "verify :reports",
    "verify reports --offline",
    "mark",
    "mark production",
    "mark",
    "current -v",
    "repair",
    "log -n 4",
    "log 3f2a --reverse",
    "log --until 2001-01-01",
    "adopt --from alembic --database-url old.db --dry-run",
    "adopt --from alembic --database-url old.db",
    "adopt --from alembic --database-url old.db",
];

/// Told in a package that has no migrations yet.
const CARGO: &[&str] = &[
    "init --source https://example.com/migrate.git",
    "revision -m 'Create orders' --rev-id aaaa",
    "revision -m 'Add notes' --rev-id bbbb",
    "revision -m 'Add prices' --rev-id cccc --head aaaa --splice --branch-label prices",
    "heads",
    "branches",
    "rebase cccc --onto bbbb",
    "rebase cccc --onto bbbb",
    "revision -m 'Add users' --rev-id dddd --head bbbb --splice",
    "merge -m 'Merge both' --rev-id eeee",
    "history",
    "show eeee",
    "edit cccc",
    "revision -m 'Fill users' --rev-id ffff --sql-file",
    "import sql old --dry-run",
    "import sql old",
    "import diesel diesel --dry-run",
    "import diesel diesel",
];

/// Commands that print something else than a report, or nothing.
const NO_REPORT: [&str; 2] = ["completions", "edit"];

/// Lines that end in an error, of each command that has one beside those of its options.
const WRONG: &[(&str, &str)] = &[
    ("migrate", "upgrade nowhere"),
    ("migrate", "downgrade nowhere"),
    ("migrate", "plan nowhere"),
    ("migrate", "plan ae10:head"),
    ("migrate", "upgrade --dry-run --sql"),
    ("migrate", "stamp nowhere"),
    ("migrate", "show nowhere"),
    ("migrate", "check --offline"),
    ("migrate", "verify nowhere"),
    ("migrate", "verify head:base"),
    ("migrate", "verify 3f2a+x"),
    ("migrate", "revision -m x"),
    ("migrate", "schema nowhere"),
    ("migrate", "schema --write"),
    ("migrate", "schema --check --file nowhere.rs"),
    ("migrate", "schema --from database --database-url nowhere/x.db"),
    ("migrate", "history -r nowhere:"),
    ("migrate", "current --database-url nowhere/x.db"),
    ("migrate", "log nowhere"),
    ("migrate", "log --since yesterday"),
    ("migrate", "log --database-url nowhere/x.db"),
    ("migrate", "repair ae10"),
    ("migrate", "repair ae10 --accept"),
    ("migrate", "repair ae10 --accept --reason x"),
    ("migrate", "repair --version-table --reason x"),
    ("migrate", "mark two/words"),
    ("migrate", "mark x --none"),
    ("migrate", "adopt --from alembic"),
    ("migrate", "adopt --from flyway"),
    ("migrate", "adopt --from diesel --at nowhere"),
    ("cargo migrate", "init"),
    ("cargo migrate", "revision -m x"),
    ("cargo migrate", "merge -m x"),
    ("cargo migrate", "rebase a --onto b"),
    ("cargo migrate", "history"),
    ("cargo migrate", "heads"),
    ("cargo migrate", "branches"),
    ("cargo migrate", "show a"),
    ("cargo migrate", "import sql old"),
    ("cargo migrate", "import diesel old"),
];

fn play(program: &str, folder: &Path, line: &str) -> Said {
    if program == "migrate" {
        return said(folder, line);
    }
    let mut environment = environment(folder);
    environment.variables.insert("CARGO".to_owned(), env!("CARGO").to_owned());
    environment.variables.insert("EDITOR".to_owned(), "true".to_owned());
    let line = words(&format!("cargo-migrate {line}"));
    Said::by(|ui| crate::cargo::run(&line, &environment, ui))
}

/// The database `old.db`, as Alembic would have left it.
fn under_alembic(folder: &Path) {
    use migrate_core::diesel::connection::SimpleConnection;
    use migrate_core::diesel::{Connection, SqliteConnection};

    let made = said(folder, "upgrade ae10 --database-url old.db");
    assert_eq!(made.code, 0, "{made}");
    let path = folder.join("old.db").display().to_string();
    let mut connection = SqliteConnection::establish(&path).expect("the file");
    connection
        .batch_execute(
            "DROP TABLE __migrate_version; DROP TABLE __migrate_log; DROP TABLE IF EXISTS __migrate_log_journal;
             CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
             INSERT INTO alembic_version VALUES ('ae1027a6acf0')",
        )
        .expect("a table");
}

/// A folder for a story.
fn scene(program: &str) -> tempfile::TempDir {
    let folder = folder();
    if program == "migrate" {
        under_alembic(folder.path());
    } else {
        let manifest = "[package]\nname = \"shop\"\nedition = \"2024\"\n";
        fs::write(folder.path().join("Cargo.toml"), manifest).expect("a file");
        fs::create_dir(folder.path().join("src")).expect("a folder");
        fs::write(folder.path().join("src/main.rs"), "fn main() {}\n").expect("a file");
        fs::create_dir(folder.path().join("old")).expect("a folder");
        for name in ["001_create_carts.sql", "001_create_carts_rollback.sql"] {
            let sql = "CREATE TABLE carts (id bigint PRIMARY KEY);\n";
            fs::write(folder.path().join("old").join(name), sql).expect("a file");
        }
        let of_diesel = folder.path().join("diesel/2024-01-01-000000_create_lists");
        fs::create_dir_all(&of_diesel).expect("a folder");
        for (name, sql) in [
            ("up.sql", "CREATE TABLE lists (id bigint PRIMARY KEY);\n"),
            ("down.sql", "DROP TABLE lists;\n"),
        ] {
            fs::write(of_diesel.join(name), sql).expect("a file");
        }
    }
    folder
}

/// The story as a session; what differs from run to run is left out.
fn told(program: &str, story: &[&str], option: &str) -> String {
    let folder = scene(program);
    let year = chrono::Utc::now().format("%Y");
    let stable = [
        (format!(r#"\b{year}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?Z?"#), "[time]"),
        (format!(r"\b{year}\d{{4}}_\d{{4}}"), "[time]"),
        (r"\b\d+ ms\b".to_owned(), "[duration]"),
        // Only sources are given ids that nobody chose.
        (format!("{}[0-9a-f]{{12}}", if program == "migrate" { "$." } else { "" }), "[id]"),
        (r#""duration_ms": \d+"#.to_owned(), r#""duration_ms": "[duration]""#),
        (r#""run": "[0-9a-f-]+""#.to_owned(), r#""run": "[run]""#),
        (r#""tool_version": "[^"]+""#.to_owned(), r#""tool_version": "[version]""#),
    ]
    .map(|(pattern, name)| (Regex::new(&pattern).expect("a pattern"), name));
    let lines = story.iter().map(|line| {
        let line = format!("{line}{option}");
        format!("$ {program} {line}\n{}\n", play(program, folder.path(), &line))
    });
    stable.iter().fold(lines.collect::<Vec<_>>().join("\n"), |text, (pattern, name)| {
        pattern.replace_all(&text, *name).into_owned()
    })
}

#[test]
fn the_stories() {
    let mut settings = Settings::clone_current();
    settings.set_snapshot_path("outputs");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        assert_snapshot!("migrate", told("migrate", MIGRATE, ""));
        assert_snapshot!("migrate_json", told("migrate", MIGRATE, " --json"));
        assert_snapshot!("cargo_migrate", told("cargo migrate", CARGO, ""));
        assert_snapshot!("cargo_migrate_json", told("cargo migrate", CARGO, " --json"));
    });
}

fn name_of(line: &str) -> &str {
    line.split_whitespace().next().unwrap_or_default()
}

/// Whether it is one JSON object of the format that is documented.
fn is_report(out: &str) -> bool {
    // A second object behind it is no JSON.
    serde_json::from_str(out).is_ok_and(|value: Value| value.is_object() && value["format"] == 1)
}

#[test]
fn every_command_is_in_a_story_and_can_speak_json() {
    let check = |program: &str, commands: Command, story: &[&str]| {
        let commands = commands.get_subcommands().filter(|command| !command.is_hide_set());
        for name in commands.map(Command::get_name).filter(|name| *name != "completions") {
            let is_told = story.iter().any(|line| name_of(line) == name);
            assert!(is_told, "no story of `{program}` has the command `{name}`");
        }
        let folder = scene(program);
        for line in story {
            let said = play(program, folder.path(), &format!("{line} --json"));
            let reports = !NO_REPORT.contains(&name_of(line));
            // What was only declared is not there.
            let code = if name_of(line) == "check" { 3 } else { 0 };
            assert_eq!(said.code, code, "{program} {line}\n{said}");
            assert_eq!(is_report(&said.out), reports, "{program} {line}\n{said}");
        }
    };
    check("migrate", Arguments::command(), MIGRATE);
    check("cargo migrate", CargoArguments::command(), CARGO);
}

#[test]
fn an_error_leaves_no_half_report() {
    let folder = folder();
    for (program, line) in WRONG {
        for line in [format!("{line} --json"), format!("{line} --json --no-such-option")] {
            let said = play(program, folder.path(), &line);
            assert_ne!(said.code, 0, "{program} {line}\n{said}");
            assert_eq!(said.out, "", "{program} {line}\n{said}");
            assert!(said.err.contains("error: "), "{program} {line}\n{said}");
        }
    }
}
