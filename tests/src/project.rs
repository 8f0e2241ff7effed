//! The command line, run as a person runs it: a real process, in a folder of its own, with an environment of
//! its own. What comes back is text for a snapshot.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use regex::Regex;
use tempfile::TempDir;

use crate::backend::setting;
use crate::database::Database;

/// A folder, an environment and the `migrate` of one chain.
///
/// The chain is a binary of this package, `src/bin/<chain>.rs`, which cargo builds before the tests run.
/// Without `database`, the database is a SQLite file in the folder.
#[derive(Debug)]
pub struct Project {
    chain: String,
    folder: TempDir,
    environment: Vec<(String, String)>,
    hidden: Vec<(Regex, String)>,
}

impl Project {
    /// A new folder for the chain of this name.
    pub fn new(chain: &str) -> Project {
        let folder =
            tempfile::Builder::new().prefix("project-").tempdir().expect("a temporary folder");
        let environment = [
            ("PATH", programs()),
            ("HOME", folder.path().display().to_string()),
            ("LC_ALL", "C.UTF-8".into()),
            ("COLUMNS", "100".into()),
            ("MIGRATE_APPLIED_BY", "tester@example".into()),
            ("DATABASE_URL", format!("sqlite:///{chain}.db")),
        ];
        let environment = environment.map(|(name, value)| (name.into(), value)).into();
        let hidden = vec![
            hide(&regex::escape(&folder.path().display().to_string()), "[folder]"),
            hide(
                r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?(\.\d+)?( ?(Z|UTC|[+-]\d\d(:?\d\d)?)\b)?",
                "[time]",
            ),
            hide(r"\b\d+(\.\d+)? ?(ns|µs|us|ms|s)\b", "[duration]"),
            hide(r#""duration_ms": \d+"#, "\"duration_ms\": \"[duration]\""),
            hide(r"(127\.0\.0\.1|localhost|\[::1\]):\d+", "$1:[port]"),
            hide(r"port \d+", "port [port]"),
        ];
        Project { chain: chain.into(), folder, environment, hidden }
    }

    /// Runs against this database.
    pub fn database(self, database: &Database) -> Project {
        let folder = database.file();
        let folder = folder.parent().unwrap_or(Path::new("/"));
        self.hide(&regex::escape(&folder.display().to_string()), "[folder]")
            .hide(database.name(), "[database]")
            .variable("DATABASE_URL", database.url())
    }

    /// Sets a variable of the environment.
    pub fn variable(self, name: &str, value: &str) -> Project {
        let mut project = self.without(name);
        project.environment.push((name.into(), value.into()));
        project
    }

    /// Takes a variable out of the environment.
    pub fn without(mut self, name: &str) -> Project {
        self.environment.retain(|(known, _)| known != name);
        self
    }

    /// Writes a file in the folder, with the folders above it.
    pub fn file(self, path: &str, text: &str) -> Project {
        let path = self.path(path);
        let written =
            path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, text));
        written.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        self
    }

    /// Replaces what the regular expression matches in all output, such as ids that are drawn by chance.
    pub fn hide(mut self, pattern: &str, replacement: &str) -> Project {
        self.hidden.push(hide(pattern, replacement));
        self
    }

    /// Where a file of the folder is.
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Runs `migrate`, and returns what it says as it is.
    pub fn output<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Output {
        let program = binary(&self.chain);
        let mut command = Command::new(&program);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::arg0(&mut command, "migrate");
        command.args(arguments).current_dir(self.folder.path());
        command.env_clear().envs(self.environment.iter().map(|(name, value)| (name, value)));
        let output = command.stdin(Stdio::null()).output();
        output.unwrap_or_else(|error| panic!("{}: {error}", program.display()))
    }

    /// Runs `migrate` and returns all that can be seen of it, made stable.
    pub fn migrate<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> String {
        let output = self.output(arguments);
        let status =
            output.status.code().map_or("killed by a signal".into(), |code| format!("exit {code}"));
        let mut session = String::new();
        for (name, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
            if !bytes.is_empty() {
                let text = self.stable(&String::from_utf8_lossy(bytes));
                session.push_str(&format!("── {name}\n{}\n", text.trim_end()));
            }
        }
        session + "── " + &status
    }

    /// Text with time, durations, ports, folders and what the test hides replaced by their names.
    pub fn stable(&self, text: &str) -> String {
        self.hidden.iter().fold(text.replace("\r\n", "\n"), |text, (pattern, replacement)| {
            pattern.replace_all(&text, replacement).into_owned()
        })
    }
}

/// The path, with the programs of the server that the tests use before all others.
pub fn programs() -> String {
    let path = setting("PATH").unwrap_or_default();
    setting("PG_BIN").map_or(path.clone(), |folder| format!("{folder}:{path}"))
}

fn hide(pattern: &str, replacement: &str) -> (Regex, String) {
    (Regex::new(pattern).unwrap_or_else(|error| panic!("{error}")), replacement.into())
}

/// A binary of this package, such as that of a chain: cargo puts it beside the folder of the tests,
/// `target/debug/deps`.
pub fn binary(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("the path of this test");
    let folder = test.ancestors().nth(2).expect("a target folder");
    folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_run_to_run_has_a_name() {
        let project = Project::new("story").hide("[0-9a-f]{12}", "[id]");
        let check = |text: &str, stable: &str| assert_eq!(project.stable(text), stable);

        check("Add notes … 12 ms", "Add notes … [duration]");
        check("3 revisions in 1.25 s\r\n", "3 revisions in [duration]\n");
        check("at 2026-01-02 03:04:05.678 UTC by x", "at [time] by x");
        check("2026-01-02T03:04:05+00:00", "[time]");
        check(
            "server at \"127.0.0.1\", port 21234 failed",
            "server at \"127.0.0.1\", port [port] failed",
        );
        check(
            "postgres://migrate:***@127.0.0.1:21234/x",
            "postgres://migrate:***@127.0.0.1:[port]/x",
        );
        check("3f2a9c41b7d0_add_notes.rs", "[id]_add_notes.rs");
        check(&project.path("a.rs").display().to_string(), "[folder]/a.rs");
        check("daily_ohlcv 0001 numeric(20, 2)", "daily_ohlcv 0001 numeric(20, 2)");
    }
}
