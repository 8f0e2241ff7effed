//! Whole command lines on sources that nothing compiles, and the way to the project's own `migrate`.

mod bad_input;
mod edit;
mod folder;
mod folders;
#[cfg(feature = "sqlite")]
mod from_here;
mod listing;
mod merge;
mod passing;
mod rebase;
mod revision;
mod sql_files;

use std::fs;

use super::*;
use crate::tests::{Said, environment};

/// A project of one package with these migrations: id, parents, message.
struct Sources(tempfile::TempDir);

const VERSIONS: &str = "schema/src/versions";

impl Sources {
    fn new(migrations: &[(&str, &str, &str)]) -> Self {
        let project = Sources(tempfile::tempdir().expect("a temporary folder"));
        project.write("Cargo.toml", "[workspace]\nmembers = ['schema']\nresolver = '3'\n");
        project.write("schema/Cargo.toml", "[package]\nname = 'schema'\nedition = '2024'\n");
        project.write("schema/src/lib.rs", "renamed::migrations!(\"src/versions\"); what is this?");
        fs::create_dir_all(project.0.path().join(VERSIONS)).expect("a folder");
        for (at, (id, parents, message)) in migrations.iter().enumerate() {
            let text = format!(
                "/// {message}\n#[migration(revision = \"{id}\", down_revision = {parents})]\n\
                 pub fn upgrade(op: &mut Ops) {{ this is; not, compiled }}\n"
            );
            project.write(&format!("{VERSIONS}/20240101_000{at}_{id}.rs"), &text);
        }
        project
    }

    /// The text of the last file.
    fn last(&self) -> String {
        let name = self.files().pop().expect("a file");
        fs::read_to_string(self.0.path().join(VERSIONS).join(name)).expect("a file")
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    /// Makes `migrate` a binary of the package in `folder`.
    fn write_binary(&self, folder: &str) {
        let manifest = format!("[package]\nname = '{folder}'\nedition = '2024'\n");
        let binary = "[[bin]]\nname = 'migrate'\npath = 'src/main.rs'\n";
        self.write(&format!("{folder}/Cargo.toml"), &format!("{manifest}{binary}"));
        self.write(&format!("{folder}/src/main.rs"), "fn main() {}");
    }

    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path().join(VERSIONS)).expect("the folder");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("a file").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// A session: what is typed, then stdout, stderr and the exit code; dates are left out.
    fn cargo(&self, line: &[&str]) -> String {
        self.cargo_with(line, env!("CARGO"))
    }

    fn cargo_with(&self, line: &[&str], cargo: &str) -> String {
        self.session("", line, cargo)
    }

    fn cargo_in(&self, folder: &str, line: &[&str]) -> String {
        self.session(folder, line, env!("CARGO"))
    }

    fn session(&self, folder: &str, line: &[&str], cargo: &str) -> String {
        self.surrounded(folder, line, |environment| {
            environment.variables.insert("CARGO".to_owned(), cargo.to_owned());
        })
    }

    fn surrounded(
        &self,
        folder: &str,
        line: &[&str],
        set: impl FnOnce(&mut Environment),
    ) -> String {
        let words: Vec<OsString> =
            ["cargo-migrate"].iter().chain(line).map(OsString::from).collect();
        let mut environment = environment(&self.0.path().join(folder));
        environment.variables.insert("CARGO".to_owned(), env!("CARGO").to_owned());
        set(&mut environment);
        let text = Said::by(|ui| run(&words, &environment, ui)).to_string();
        let year = chrono::Utc::now().format("%Y").to_string();
        let lines = text.lines().map(|line| match line.split_once(&year) {
            Some((before, after)) if after.chars().nth(4) == Some('_') => {
                format!("{before}[time]{}", &after[9..])
            }
            Some(_) | None => line.to_owned(),
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

const FORK: &[(&str, &str, &str)] = &[
    ("aaaa", "None", "Create orders"),
    ("bbbb", "\"aaaa\"", "Add notes"),
    ("cccc", "\"aaaa\"", "Add prices"),
];
