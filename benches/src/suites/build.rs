//! How long cargo takes over a crate of migrations, how many crates it builds, and how large the program is.
//!
//! Debug builds for SQLite, as a developer has them, but for the size of the program.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::Command,
    time::{Duration, SystemTime},
};

use anyhow::{Result, bail};

use super::built;
use crate::{
    bench::{Bench, tell},
    chain::{Chain, Change},
    measure,
    table::{Report, Row, Section, Unit},
    tools::{EMBEDDED, Profile, Program, Project, Tool},
};

/// Who takes longer than this for a first build is measured once.
const LONG: Duration = Duration::from_secs(30);

pub(super) fn run(bench: &Bench, report: &mut Report) -> Result<()> {
    let mut crates = Crates::new(bench);
    let mut sizes: BTreeMap<usize, [Row; 5]> = BTreeMap::new();
    for &tool in bench.options.tools.iter().filter(|tool| tool.is_rust()) {
        let name = tool.name();
        let project = match crates.measure(bench, tool) {
            Ok(project) => project,
            Err(why) => {
                crates.clean.set(name, Err(format!("{why:#}")));
                continue;
            }
        };
        for &size in &bench.options.sizes {
            tell(&format!("   {tool}, {size} migrations"));
            let taken = rebuilds(bench, &project, Chain { count: size });
            let rows = sizes.entry(size).or_insert_with(rows);
            for (number, row) in rows.iter_mut().enumerate() {
                let time = taken.as_ref().map(|taken| taken[number].as_secs_f64());
                row.set(name, time.map_err(|why| format!("{why:#}")));
            }
        }
    }
    report.sections.push(crates.section(bench));
    for (size, rows) in sizes {
        let mut section = Section::new(&format!("Build: {size} migrations")).note(
            "A debug build for SQLite with the dependencies ready. An edit is one in the middle of the chain: another word (the name of \
             a column), or a change more. The embedders' edits are those of a `.sql` file.",
        );
        let limits = [Some(10.0), Some(1.5), Some(1.5), Some(2.0), None];
        for (row, limit) in rows.into_iter().zip(limits) {
            let limit = limit.filter(|_| size == 1000);
            section = section.row(match limit {
                Some(limit) => row.at_most("ours", limit),
                None => row,
            });
        }
        report.sections.push(section);
    }
    Ok(())
}

fn rows() -> [Row; 5] {
    [
        "first build",
        "after an edit: a word",
        "after an edit: a change more",
        "after an added file",
        "nothing changed",
    ]
    .map(|what| Row::new(what, Unit::Seconds))
}

/// What is measured of a crate with hardly any migration.
struct Crates {
    clean: Row,
    count: Row,
    size: Row,
}

impl Crates {
    fn new(bench: &Bench) -> Crates {
        let mut size = Row::new("size of the program", Unit::Megabytes);
        for built in built(bench) {
            for (column, program) in built.tool.programs() {
                if built.tool.is_rust()
                    && let Ok(project) = built.project()
                {
                    size.set(
                        column,
                        stripped(bench, &project.file(program)).map_err(|why| format!("{why:#}")),
                    );
                }
            }
        }
        Crates {
            clean: Row::new("clean build", Unit::Seconds),
            count: Row::new("crates in the build", Unit::Number),
            size,
        }
    }

    /// Builds from nothing; of ours also what has no command line.
    fn measure<'a>(&mut self, bench: &'a Bench, tool: Tool) -> Result<Project<'a>> {
        let chain = Chain { count: 1 };
        let project = Project::write(bench, tool, "build", chain)?;
        measure::run(&mut bench.cargo(&project.folder, &project.target, &["fetch", "--quiet"]))?;
        let mut ways =
            vec![(tool.name(), cargo(bench, &project), features(tool), project.target.clone())];
        if tool == Tool::Ours {
            let target = bench.folder("target/build/embedded")?;
            let words =
                ["build", "--quiet", "--offline", "--features", "sqlite", "--bin", "embedded"];
            ways.insert(
                0,
                (EMBEDDED, bench.cargo(&project.folder, &target, &words), "sqlite", target),
            );
        }
        for (column, mut command, features, target) in ways {
            self.count.set::<&str>(column, Ok(crates(bench, &project, features)? as f64));
            if bench.options.unoptimized {
                continue;
            }
            tell(&format!("   {column}, from nothing"));
            fs::remove_dir_all(&target)?;
            let taken = measure::run(&mut command)?;
            self.clean.set::<&str>(column, Ok(taken.elapsed.as_secs_f64()));
        }
        if bench.options.unoptimized {
            measure::run(&mut cargo(bench, &project))?;
        }
        Ok(project)
    }

    fn section(self, bench: &Bench) -> Section {
        let databases: Vec<_> =
            bench.options.databases.iter().map(|backend| backend.title()).collect();
        Section::new("Build: with all dependencies")
            .note(&format!(
                "A debug build for SQLite of a crate with one migration, from nothing but downloaded sources; the crates that \
                 `cargo tree --edges normal,build` names for it, its own among them; and the size of a stripped release build with \
                 {} migrations for {}. {EMBEDDED}: `migrate-core` alone.",
                bench.options.count,
                databases.join(" and "),
            ))
            .row(self.clean)
            .row(self.count.at_most("ours", 80.0).at_most(EMBEDDED, 45.0))
            .row(self.size)
    }
}

fn features(tool: Tool) -> &'static str {
    if tool == Tool::Ours { "sqlite,cli" } else { "sqlite" }
}

/// The program that a developer builds after an edit.
fn program(tool: Tool) -> Program {
    if tool == Tool::Ours { Program::CommandLine } else { Program::Embedded }
}

fn cargo(bench: &Bench, project: &Project<'_>) -> Command {
    let mut command = bench.cargo(
        &project.folder,
        &project.target,
        &["build", "--quiet", "--offline", "--features", features(project.tool)],
    );
    command.arg("--bin").arg(project.program_name(program(project.tool)));
    command
}

/// Crates, each version by itself.
fn crates(bench: &Bench, project: &Project<'_>, features: &str) -> Result<usize> {
    let words = [
        "tree",
        "--quiet",
        "--offline",
        "--edges",
        "normal,build",
        "--prefix",
        "none",
        "--features",
        features,
    ];
    let text = measure::output(&mut bench.cargo(&project.folder, &project.target, &words))?;
    let crates: BTreeSet<Vec<&str>> =
        text.lines().map(|line| line.split(' ').take(2).collect()).collect();
    Ok(crates.len())
}

/// The bytes of a program without its symbols.
fn stripped(bench: &Bench, file: &Path) -> Result<f64> {
    let copy = bench.work.join("stripped");
    measure::run(Command::new("strip").arg("-o").arg(&copy).arg(file))?;
    let size = fs::metadata(&copy)?.len();
    fs::remove_file(copy)?;
    Ok(size as f64)
}

/// The medians of a first build, of two kinds of edits, of an added file, and of nothing that was changed.
fn rebuilds(bench: &Bench, project: &Project<'_>, chain: Chain) -> Result<[Duration; 5]> {
    project.write_chain(chain)?;
    let mut first = vec![first_build(bench, project)?];
    let rounds = if first[0] > LONG { 1 } else { bench.options.rounds };
    for _ in 1..rounds {
        first.push(first_build(bench, project)?);
    }
    let longer = Chain { count: chain.count + 1 };
    let added = Change::new(longer.count);
    let (mut words, mut more, mut files, mut nothing) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        let word = format!("remark{round}");
        project.write_migration(&chain.edited(std::slice::from_ref(&word)), chain)?;
        words.push(rebuild(bench, project)?);
        project.write_migration(&chain.edited(&[word, "more".to_owned()]), chain)?;
        more.push(rebuild(bench, project)?);
        project.write_migration(&added, longer)?;
        files.push(rebuild(bench, project)?);
        nothing.push(build(bench, project, false)?);
        project.write_chain(chain)?;
        rebuild(bench, project)?;
    }
    Ok([first, words, more, files, nothing].map(|times| measure::median(times).unwrap_or_default()))
}

fn first_build(bench: &Bench, project: &Project<'_>) -> Result<Duration> {
    let package = project.package();
    measure::run(&mut bench.cargo(
        &project.folder,
        &project.target,
        &["clean", "--quiet", "--offline", "-p", package],
    ))?;
    rebuild(bench, project)
}

fn rebuild(bench: &Bench, project: &Project<'_>) -> Result<Duration> {
    build(bench, project, true)
}

/// Builds, and sees to it that there was something to build, or nothing.
fn build(bench: &Bench, project: &Project<'_>, is_work: bool) -> Result<Duration> {
    let name = project.program_name(program(project.tool));
    let file = project.target.join(Profile::Debug.folder()).join(name);
    let changed = || -> Option<SystemTime> { fs::metadata(&file).ok()?.modified().ok() };
    let before = changed();
    let taken = measure::run(&mut cargo(bench, project))?;
    match (is_work, changed() == before) {
        (true, true) => bail!("cargo did not build the program again"),
        (false, false) => bail!("cargo built the program again, and nothing had changed"),
        (true, false) | (false, true) => Ok(taken.elapsed),
    }
}
