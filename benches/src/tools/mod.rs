//! The tools that are compared. Each has a project with the chain, written down as its users would, and a command for each
//! act that it can.
//!
//! What a project is made of is in the modules; here is how it is written, built and run.

pub(crate) mod alembic;
pub(crate) mod ours;
mod rust;

use std::{
    collections::BTreeMap,
    fmt, fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;
use clap::ValueEnum;

use crate::{
    bench::{Bench, tell},
    chain::{Chain, Change},
    database::Database,
    measure,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Tool {
    Ours,
    Alembic,
    SeaOrm,
    Refinery,
    Diesel,
    Sqlx,
}

impl Tool {
    pub(crate) const ALL: [Tool; 6] =
        [Tool::Ours, Tool::Alembic, Tool::SeaOrm, Tool::Refinery, Tool::Diesel, Tool::Sqlx];

    /// Whether its project is a crate.
    pub(crate) fn is_rust(self) -> bool {
        self != Tool::Alembic
    }

    /// What there is to run, and the column of each.
    pub(crate) fn programs(self) -> Vec<(&'static str, Program)> {
        match self {
            Tool::Ours => vec![("ours", Program::CommandLine), (EMBEDDED, Program::Embedded)],
            Tool::Alembic => vec![("alembic", Program::CommandLine)],
            Tool::SeaOrm | Tool::Refinery | Tool::Diesel | Tool::Sqlx => {
                vec![(self.name(), Program::Embedded)]
            }
        }
    }

    /// Where its migrations are in its project.
    fn migrations(self) -> &'static str {
        match self {
            Tool::Ours => "src/versions",
            Tool::Alembic => "versions",
            Tool::SeaOrm => "src",
            Tool::Refinery | Tool::Diesel | Tool::Sqlx => "migrations",
        }
    }

    /// Its column in a table, and its folder.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Tool::Ours => "ours",
            Tool::Alembic => "alembic",
            Tool::SeaOrm => "sea-orm",
            Tool::Refinery => "refinery",
            Tool::Diesel => "diesel",
            Tool::Sqlx => "sqlx",
        }
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How a crate is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    Debug,
    Release,
}

impl Profile {
    /// That of the programs that are run.
    pub(crate) fn of_programs(bench: &Bench) -> Profile {
        if bench.options.unoptimized { Profile::Debug } else { Profile::Release }
    }

    /// The target folder that programs share.
    pub(crate) fn target(self) -> &'static str {
        match self {
            Profile::Debug => "target/unoptimized",
            Profile::Release => "target/release",
        }
    }

    /// The name of cargo's folder.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Profile::Debug => "debug",
            Profile::Release => "release",
        }
    }
}

/// What a tool is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// All migrations, each in its own transaction.
    Upgrade,
    /// All of them in one transaction.
    UpgradeAtOnce,
    /// Back to nothing.
    Downgrade,
    DowngradeAtOnce,
    Current,
    /// The script of all.
    Sql,
}

/// One of the programs that a project has: ours has two, `migrate` and an application that embeds the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    CommandLine,
    Embedded,
}

/// The column of our embedded run.
pub(crate) const EMBEDDED: &str = "ours, embedded";

/// The name of the projects whose programs are run.
pub(crate) const RELEASE: &str = "release";

/// A tool with a chain, in a folder of its own.
#[derive(Debug)]
pub(crate) struct Project<'a> {
    bench: &'a Bench,
    pub(crate) tool: Tool,
    pub(crate) folder: PathBuf,
    pub(crate) target: PathBuf,
    /// Cargo's features: the databases.
    databases: Vec<String>,
    python: PathBuf,
}

impl<'a> Project<'a> {
    /// Writes the project. `name` tells apart those of one tool. What is there already and the same is not touched.
    pub(crate) fn write(
        bench: &'a Bench,
        tool: Tool,
        name: &str,
        chain: Chain,
    ) -> Result<Project<'a>> {
        let project = Project {
            bench,
            tool,
            folder: bench.folder(&format!("projects/{name}/{tool}"))?,
            target: match Profile::of_programs(bench) {
                // What the tools have in common is built once, but where that is what is measured.
                Profile::Release if name != RELEASE => {
                    bench.folder(&format!("target/{name}/{tool}"))?
                }
                profile @ (Profile::Debug | Profile::Release) => bench.folder(profile.target())?,
            },
            databases: bench.options.databases.iter().map(ToString::to_string).collect(),
            python: if tool == Tool::Alembic { alembic::python(bench)? } else { PathBuf::new() },
        };
        project.write_chain(chain)?;
        Ok(project)
    }

    /// Writes another chain in the place of the one that it had.
    pub(crate) fn write_chain(&self, chain: Chain) -> Result<()> {
        let mut files = match self.tool {
            Tool::Ours => ours::crate_files(self.bench, "migrations")?,
            Tool::Alembic | Tool::SeaOrm | Tool::Refinery | Tool::Diesel | Tool::Sqlx => {
                let mut files = Files::new();
                let folder = self.bench.root.join("benches/tools").join(self.tool.name());
                files.read(&folder, "")?;
                files
            }
        };
        chain.changes().for_each(|change| self.add_migration(&change, &mut files));
        match self.tool {
            Tool::SeaOrm => files.add("src/lib.rs", rust::sea_orm_list(chain)),
            Tool::Refinery | Tool::Diesel | Tool::Sqlx => files.add("build.rs", rust::BUILD_SCRIPT),
            Tool::Ours | Tool::Alembic => {}
        }
        let folder = self.folder.join(self.tool.migrations());
        fs::create_dir_all(&folder)?;
        files.remove_others(&self.folder, self.tool.migrations())?;
        files.write(&self.folder)
    }

    /// Writes one migration, as somebody does who edits it or adds it.
    pub(crate) fn write_migration(&self, change: &Change, of: Chain) -> Result<()> {
        let mut files = Files::new();
        self.add_migration(change, &mut files);
        if self.tool == Tool::SeaOrm {
            files.add("src/lib.rs", rust::sea_orm_list(of));
        }
        files.write(&self.folder)
    }

    fn add_migration(&self, change: &Change, files: &mut Files) {
        match self.tool {
            Tool::Ours => files.extend([ours::migration(change)]),
            Tool::Alembic => files.extend([alembic::migration(change)]),
            Tool::SeaOrm => files.extend([rust::sea_orm(change)]),
            Tool::Refinery => files.extend([rust::refinery(change)]),
            Tool::Diesel => files.extend(rust::diesel(change)),
            Tool::Sqlx => files.extend(rust::sqlx(change)),
        }
    }

    /// Builds for the databases of the run; nothing for who needs no building.
    pub(crate) fn build(&self, profile: Profile) -> Result<()> {
        if !self.tool.is_rust() {
            return Ok(());
        }
        let mut features = self.databases.join(",");
        if self.tool == Tool::Ours {
            features += ",cli";
        }
        build(self.bench, &self.folder, &self.target, profile, &features)?;
        Ok(())
    }

    /// The name of its package.
    pub(crate) fn package(&self) -> &'static str {
        match self.tool {
            Tool::Ours | Tool::Alembic => "migrations",
            Tool::SeaOrm => "migrations-sea-orm",
            Tool::Refinery => "migrations-refinery",
            Tool::Diesel => "migrations-diesel",
            Tool::Sqlx => "migrations-sqlx",
        }
    }

    /// The name of a program, for cargo.
    pub(crate) fn program_name(&self, program: Program) -> &'static str {
        match (self.tool, program) {
            (Tool::Ours, Program::CommandLine) => "migrate",
            (Tool::Ours, Program::Embedded) => "embedded",
            (_, Program::CommandLine | Program::Embedded) => self.package(),
        }
    }

    /// The file of a program that is run.
    pub(crate) fn file(&self, program: Program) -> PathBuf {
        let folder = Profile::of_programs(self.bench).folder();
        self.target.join(folder).join(self.program_name(program))
    }

    /// The command for an act, where the program can do that.
    pub(crate) fn command(
        &self,
        program: Program,
        act: Act,
        database: &Database,
    ) -> Option<Command> {
        let file = self.file(program);
        match (self.tool, program) {
            (Tool::Ours, Program::CommandLine) => {
                Some(ours::migrate(&self.folder, &file, act, database))
            }
            (Tool::Alembic, _) => Some(alembic::command(&self.python, &self.folder, act, database)),
            (Tool::Refinery, _) if act != Act::Upgrade => None,
            (Tool::Ours | Tool::SeaOrm | Tool::Refinery | Tool::Diesel | Tool::Sqlx, _) => {
                embedded(&file, act, database)
            }
        }
    }
}

/// A program that is given a URL and `up` or `down`.
fn embedded(file: &Path, act: Act, database: &Database) -> Option<Command> {
    let direction = match act {
        Act::Upgrade => "up",
        Act::Downgrade => "down",
        Act::UpgradeAtOnce | Act::DowngradeAtOnce | Act::Current | Act::Sql => return None,
    };
    let mut command = Command::new(file);
    command.args([&*database.url(), direction]);
    Some(command)
}

/// Builds the programs of the crate in `folder` into `target`, and says where they are. `features` are cargo's.
pub(crate) fn build(
    bench: &Bench,
    folder: &Path,
    target: &Path,
    profile: Profile,
    features: &str,
) -> Result<PathBuf> {
    tell(&format!("   building {} ({})", folder.display(), profile.folder()));
    let mut words = vec!["build", "--quiet", "--features", features];
    words.extend((profile == Profile::Release).then_some("--release"));
    measure::run(&mut bench.cargo(folder, target, &words))?;
    Ok(target.join(profile.folder()))
}

/// Files of a project, by their paths in it.
#[derive(Debug, Default)]
pub(crate) struct Files(BTreeMap<PathBuf, String>);

impl Files {
    pub(crate) fn new() -> Files {
        Files::default()
    }

    pub(crate) fn add(&mut self, path: &str, text: impl Into<String>) {
        self.0.insert(path.into(), text.into());
    }

    pub(crate) fn extend(&mut self, files: impl IntoIterator<Item = (String, String)>) {
        self.0.extend(files.into_iter().map(|(path, text)| (path.into(), text)));
    }

    /// Takes what is in a folder, and in those in it.
    pub(crate) fn read(&mut self, folder: &Path, before: &str) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let path = format!("{before}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                self.read(&entry.path(), &format!("{path}/"))?;
            } else {
                self.add(&path, fs::read_to_string(entry.path())?);
            }
        }
        Ok(())
    }

    /// Writes those that are missing or different: cargo looks at the time of a file.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        for (path, text) in &self.0 {
            let path = folder.join(path);
            if fs::read_to_string(&path).is_ok_and(|before| before == *text) {
                continue;
            }
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(path, text)?;
        }
        Ok(())
    }

    /// Removes what is below a folder of the project and not among these.
    fn remove_others(&self, project: &Path, below: &str) -> Result<()> {
        for entry in fs::read_dir(project.join(below))? {
            let entry = entry?;
            let path = Path::new(below).join(entry.file_name());
            let is_folder = entry.file_type()?.is_dir();
            if self.0.keys().any(|ours| ours.starts_with(&path)) {
                continue;
            }
            if is_folder {
                fs::remove_dir_all(entry.path())?;
            } else {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}
