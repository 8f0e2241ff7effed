//! What it takes to look at a long chain: one that is compiled in, and its sources. A fifth of its revisions are merges.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Result, anyhow};

use crate::{
    bench::{Bench, tell},
    database::{Backend, Database},
    measure::{self, Entry},
    table::{Report, Row, Section, Unit},
    tools::{Files, Tool, alembic, ours},
};

pub(super) fn run(bench: &Bench, report: &mut Report) -> Result<()> {
    let tools = &bench.options.tools;
    let chains: Vec<Long> = (bench.options.revisions.iter())
        .map(|&count| Long {
            count,
            ours: written(tools.contains(&Tool::Ours), || compiled(bench, count)),
            alembic: written(tools.contains(&Tool::Alembic), || scripts(bench, count)),
        })
        .collect();
    for &backend in &bench.options.databases {
        tell(&format!("   {}", backend.title()));
        report.sections.push(looks(bench, backend, &chains));
    }
    if tools.contains(&Tool::Ours) {
        tell("   sources");
        report.sections.push(sources(bench)?);
    }
    Ok(())
}

/// A chain of this length, as each of the two tools has it; of one that the run leaves out nothing.
struct Long {
    count: usize,
    ours: Option<Result<Compiled, String>>,
    alembic: Option<Result<Scripts, String>>,
}

fn written<T>(is_wanted: bool, write: impl FnOnce() -> Result<T>) -> Option<Result<T, String>> {
    is_wanted.then(|| write().map_err(|why| format!("{why:#}")))
}

/// A crate, built.
struct Compiled {
    folder: PathBuf,
    program: PathBuf,
}

/// A folder of Alembic's.
struct Scripts {
    folder: PathBuf,
    python: PathBuf,
}

fn looks(bench: &Bench, backend: Backend, chains: &[Long]) -> Section {
    let note = "Whole processes on a database that is at head: what is applied is read and marked, but by Alembic's `history` and \
                `heads`, which ask no database. Release build.";
    let mut section =
        Section::new(&format!("A long chain with a fifth of merges: {}", backend.title()))
            .note(note);
    for chain in chains {
        for (words, most) in [("current", Some(0.02)), ("history", Some(0.04)), ("heads", None)] {
            let taken =
                measure::in_turn(bench.options.rounds, entries(bench, backend, chain, words));
            let what = format!("`{words}`, {} revisions", chain.count);
            let row = Row::elapsed(&what, Unit::Millis, &taken).relative_to("ours");
            section = section.row(match most {
                Some(most) if chain.count == 5_000 => row.at_most("ours", most),
                Some(_) | None => row,
            });
        }
    }
    section
}

fn entries<'a>(
    bench: &Bench,
    backend: Backend,
    chain: &'a Long,
    words: &'static str,
) -> Vec<Entry<'a>> {
    let mut entries = Vec::new();
    if let Some(compiled) = &chain.ours {
        let stamped = said(compiled).and_then(|compiled| {
            let name = format!("long_ours_{}", chain.count);
            let database = Database::fresh(bench, backend, &name)?;
            measure::run(compiled.migrate(&database).args(["stamp", "head"]))?;
            Ok((compiled, database))
        });
        entries.push(Entry::new("ours", move || {
            let (compiled, database) = said_of(&stamped)?;
            let mut command = compiled.migrate(database);
            command.arg(words);
            Ok(command)
        }));
    }
    if let Some(scripts) = &chain.alembic {
        let stamped = said(scripts).and_then(|scripts| {
            let name = format!("long_alembic_{}", chain.count);
            let database = Database::fresh(bench, backend, &name)?;
            measure::run(&mut scripts.alembic(&database, &["stamp", "head"]))?;
            Ok((scripts, database))
        });
        entries.push(Entry::new("alembic", move || {
            let (scripts, database) = said_of(&stamped)?;
            Ok(scripts.alembic(database, &[words]))
        }));
    }
    entries
}

fn said<T>(result: &Result<T, String>) -> Result<&T> {
    result.as_ref().map_err(|why| anyhow!("{why}"))
}

fn said_of<T>(result: &Result<T>) -> Result<&T> {
    result.as_ref().map_err(|why| anyhow!("{why:#}"))
}

impl Compiled {
    fn migrate(&self, database: &Database) -> Command {
        let mut command = ours::migrate_at(&self.folder, &self.program, database);
        command.arg("--quiet");
        command
    }
}

impl Scripts {
    fn alembic(&self, database: &Database, words: &[&str]) -> Command {
        let mut command = alembic::alembic(&self.python, &self.folder, words);
        command.env("DATABASE_URL", alembic::url(database));
        command
    }
}

fn compiled(bench: &Bench, count: usize) -> Result<Compiled> {
    let folder = bench.folder(&format!("projects/long/ours_{count}"))?;
    let mut files = ours::crate_files(bench, "long")?;
    files.extend((0..count).map(source));
    files.write(&folder)?;
    let program = ours::build_apart(bench, &folder, "cli")?.join("migrate");
    Ok(Compiled { folder, program })
}

fn scripts(bench: &Bench, count: usize) -> Result<Scripts> {
    let folder = bench.folder(&format!("projects/long/alembic_{count}"))?;
    let mut files = Files::new();
    files.read(&bench.root.join("benches/tools/alembic"), "")?;
    files.extend((0..count).map(script));
    files.write(&folder)?;
    Ok(Scripts { folder, python: alembic::python(bench)? })
}

/// `cargo migrate` on sources, which compiles nothing.
fn sources(bench: &Bench) -> Result<Section> {
    let crate_folder = bench.folder("projects/long/cargo-migrate")?;
    let mut files = ours::crate_files(bench, "long")?;
    files.add("src/bin/cargo-migrate.rs", CARGO_MIGRATE);
    files.write(&crate_folder)?;
    fs::create_dir_all(crate_folder.join("src/versions"))?;
    let program = ours::build_apart(bench, &crate_folder, "cargo-migrate")?.join("cargo-migrate");
    let mut section = Section::new("The sources of a long chain").note(
        "`cargo-migrate` reads every file; release build, whole process. `cat` are as many processes as there are cores that read the \
         same files and do nothing with them.",
    );
    for &count in &bench.options.sources {
        let folder = bench.folder(&format!("projects/long/sources_{count}"))?;
        let mut files = Files::new();
        files.add("migrate.toml", "versions = \"src/versions\"\n");
        files.extend((0..count).map(source));
        files.write(&folder)?;
        for words in ["history", "heads"] {
            let ours = Entry::new("ours", || {
                let mut command = Command::new(&program);
                command.arg(words).current_dir(&folder).env_remove("DATABASE_URL");
                Ok(command)
            });
            let cat = Entry::new("cat", || {
                let mut command = Command::new("sh");
                command.args([
                    "-c",
                    "printf '%s\\0' src/versions/* | xargs -0 -P \"$(nproc)\" -n 500 cat",
                ]);
                command.current_dir(&folder);
                Ok(command)
            });
            let taken = measure::in_turn(bench.options.rounds, vec![ours, cat]);
            let what = format!("`{words}`, {count} files");
            section = section.row(Row::elapsed(&what, Unit::Millis, &taken).relative_to("cat"));
        }
    }
    Ok(section)
}

const CARGO_MIGRATE: &str = r"fn main() -> std::process::ExitCode {
    migrate_cli::cargo_main()
}
";

/// The revisions that one follows, in this shape again and again.
///
/// ```text
/// 0 ──┬── 1 ──┬── 3 ── 4 ── 0
///     └── 2 ──┘
/// ```
fn parents(number: usize) -> Vec<usize> {
    match number % 5 {
        _ if number == 0 => vec![],
        2 => vec![number - 2],
        3 => vec![number - 2, number - 1],
        _ => vec![number - 1],
    }
}

fn id(number: usize) -> String {
    format!("{number:012x}")
}

/// What a revision follows, as text: `None`, a name or, in `brackets`, names.
fn followed(number: usize, brackets: [&str; 2]) -> String {
    let names: Vec<String> =
        parents(number).into_iter().map(|parent| format!("\"{}\"", id(parent))).collect();
    match &*names {
        [] => "None".to_owned(),
        [name] => name.clone(),
        several => format!("{}{}{}", brackets[0], several.join(", "), brackets[1]),
    }
}

fn source(number: usize) -> (String, String) {
    let (id, followed) = (id(number), followed(number, ["[", "]"]));
    let text = format!(
        "use migrate_core::prelude::*;\n\n/// Add column {number}\n\
         #[migration(revision = \"{id}\", down_revision = {followed})]\n\
         pub fn upgrade(op: &mut Ops) {{\n    op.add_column(\"orders\", text(\"notes_{number}\").nullable());\n}}\n"
    );
    (format!("src/versions/20240101_{number:06}_{id}_add_column.rs"), text)
}

fn script(number: usize) -> (String, String) {
    let (id, followed) = (id(number), followed(number, ["(", ")"]));
    let text = format!(
        "\"\"\"Add column {number}\n\nRevision ID: {id}\nCreate Date: 2024-01-01 00:00:00\n\n\"\"\"\n\
         from alembic import op\nimport sqlalchemy as sa\n\n\nrevision = \"{id}\"\ndown_revision = {followed}\n\
         branch_labels = None\ndepends_on = None\n\n\n\
         def upgrade() -> None:\n    op.add_column(\"orders\", sa.Column(\"notes_{number}\", sa.Text(), nullable=True))\n\n\n\
         def downgrade() -> None:\n    op.drop_column(\"orders\", \"notes_{number}\")\n"
    );
    (format!("versions/{id}_add_column.py"), text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fifth_are_merges_and_there_is_one_head() {
        let merges = (0..1_000).filter(|&number| parents(number).len() > 1).count();
        assert_eq!(merges, 200);
        let followed: std::collections::BTreeSet<usize> = (0..1_000).flat_map(parents).collect();
        assert_eq!(
            (0..1_000).filter(|number| !followed.contains(number)).collect::<Vec<_>>(),
            [999]
        );
    }
}
