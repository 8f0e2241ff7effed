//! The themes. Each measures what it is about with the tools that the run asks for, and adds its tables to the report.

mod build;
mod check;
mod full;
mod head;
mod history;
mod in_process;
mod sql;

use std::{fmt, process::Command};

use anyhow::{Context, Result, anyhow};
use clap::ValueEnum;

use crate::{
    bench::Bench,
    chain::Chain,
    database::Database,
    table::Report,
    tools::{Act, Profile, Program, Project, RELEASE, Tool},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Suite {
    /// A database that is at head already
    Head,
    /// All migrations, up and down
    Full,
    /// The script of all migrations
    Sql,
    /// Looking at a long chain
    History,
    /// Comparing a schema with a database
    Check,
    /// Graphs, plans and simulation, without a process or a database
    InProcess,
    /// Building the crate of migrations
    Build,
}

impl Suite {
    pub(crate) const ALL: [Suite; 7] = [
        Suite::Head,
        Suite::Full,
        Suite::Sql,
        Suite::History,
        Suite::Check,
        Suite::InProcess,
        Suite::Build,
    ];

    pub(crate) fn run(self, bench: &Bench, report: &mut Report) -> Result<()> {
        match self {
            Suite::Head => head::run(bench, report),
            Suite::Full => full::run(bench, report),
            Suite::Sql => sql::run(bench, report),
            Suite::History => history::run(bench, report),
            Suite::Check => check::run(bench, report),
            Suite::InProcess => in_process::run(bench, report),
            Suite::Build => build::run(bench, report),
        }
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Suite::Head => "head",
            Suite::Full => "full",
            Suite::Sql => "sql",
            Suite::History => "history",
            Suite::Check => "check",
            Suite::InProcess => "in-process",
            Suite::Build => "build",
        })
    }
}

/// A tool with the whole chain built, or why there is none.
#[derive(Debug)]
struct Built<'a> {
    tool: Tool,
    project: Result<Project<'a>, String>,
}

impl Built<'_> {
    fn project(&self) -> Result<&Project<'_>> {
        self.project.as_ref().map_err(|why| anyhow!("{why}"))
    }

    /// The command for an act that the program is known to have.
    fn command(&self, program: Program, act: Act, database: &Database) -> Result<Command> {
        self.project()?.command(program, act, database).context("it has no such command")
    }
}

/// The tools of the run.
fn built(bench: &Bench) -> Vec<Built<'_>> {
    let chain = Chain { count: bench.options.count };
    let build = |tool| {
        let project = Project::write(bench, tool, RELEASE, chain)?;
        project.build(Profile::of_programs(bench))?;
        Ok(project)
    };
    let tools = bench.options.tools.iter();
    tools
        .map(|&tool| Built {
            tool,
            project: build(tool).map_err(|why: anyhow::Error| format!("{why:#}")),
        })
        .collect()
}
