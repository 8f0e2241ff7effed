//! One run: its options, its folders, its server; and the report that it makes of its suites.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use tempfile::TempDir;

use crate::{
    Options,
    database::{Backend, Server},
    machine,
    table::{Report, Row, Section},
};

/// What a suite and a tool find around them.
#[derive(Debug)]
pub(crate) struct Bench {
    pub(crate) options: Options,
    /// The repository.
    pub(crate) root: PathBuf,
    /// Where projects, databases and what is built are.
    pub(crate) work: PathBuf,
    /// The private PostgreSQL, where the run asks for that.
    pub(crate) server: Option<Server>,
    // The folder goes when this does, unless it is to be kept.
    _temporary: Option<TempDir>,
}

impl Bench {
    /// Finds the folders and the server.
    pub(crate) fn new(options: Options) -> Result<Bench> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("no repository")?.into();
        let (work, temporary) = match &options.keep {
            Some(folder) => {
                fs::create_dir_all(folder)?;
                (folder.canonicalize()?, None)
            }
            None => {
                let folder = tempfile::Builder::new().prefix("benches").tempdir()?;
                (folder.path().to_owned(), Some(folder))
            }
        };
        let server = match options.databases.contains(&Backend::Postgres) {
            true => Some(Server::of_environment()?),
            false => None,
        };
        Ok(Bench { options, root, work, server, _temporary: temporary })
    }

    /// Measures, and prints or writes what came of it.
    #[expect(clippy::print_stdout, reason = "this is the program's own output")]
    pub(crate) fn run(&self) -> Result<()> {
        let mut report = Report::default();
        for suite in &self.options.suites {
            tell(&format!("── {suite}"));
            if let Err(error) = suite.run(self, &mut report) {
                tell(&format!("{suite}: {error:#}"));
                let row = Row::words("", &format!("failed: {error:#}"));
                report.sections.push(Section::new(&format!("The suite `{suite}`")).row(row));
            }
        }
        let text = report.markdown(&machine::describe(self));
        if self.options.write {
            fs::write(self.root.join("benches/RESULTS.md"), text)?;
        } else {
            print!("{text}");
        }
        Ok(())
    }

    /// How many rounds there are of a measure that is short.
    pub(crate) fn short_rounds(&self) -> usize {
        if self.options.unoptimized { self.options.rounds } else { self.options.rounds * 4 }
    }

    /// A folder of the run, made if need be.
    pub(crate) fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.work.join(name);
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(folder)
    }

    /// `cargo WORDS` for the project in `folder`, with settings as a user has them, built into `target`.
    pub(crate) fn cargo(&self, folder: &Path, target: &Path, words: &[&str]) -> Command {
        let mut command = Command::new("cargo");
        command.args(words).current_dir(folder).env("CARGO_TARGET_DIR", target);
        for (name, _) in env::vars() {
            let profile = name.starts_with("CARGO_PROFILE_");
            if profile || name == "CARGO_INCREMENTAL" || name == "RUSTFLAGS" {
                command.env_remove(name);
            }
        }
        command.env("CARGO_TERM_COLOR", "never");
        command
    }
}

/// Says how far the run is.
#[expect(clippy::print_stderr, reason = "this is the program's own output")]
pub(crate) fn tell(text: &str) {
    eprintln!("{text}");
}
