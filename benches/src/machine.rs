//! What a run ran on, for the head of the page: the machine, and the versions of what was measured.

use std::{fs, process::Command};

use crate::{bench::Bench, measure, tools::Tool};

/// The head of the page.
pub(crate) fn describe(bench: &Bench) -> String {
    let options = &bench.options;
    let mut lines = vec![
        format!("Machine: {} cores, {}, {}, {}", cores(), cpu(), system(), said("uname", "-sr")),
        format!("Compiler: {}", said("rustc", "--version")),
    ];
    if let Some(server) = &bench.server {
        let postgres = server.programs.join("postgres");
        lines.push(format!("PostgreSQL: {}", said(&postgres.to_string_lossy(), "--version")));
    }
    let sqlite = said("sqlite3", "--version");
    let sqlite = sqlite.split(' ').next().unwrap_or_default();
    lines.push(format!("SQLite: `sqlite3` {sqlite}; what is compiled in is that of the lockfiles"));
    let tools: Vec<String> = options.tools.iter().map(|&tool| version(bench, tool)).collect();
    lines.push(format!("Tools: {}", tools.join(", ")));
    lines.push(format!("Rounds: {}, four times as many where a process is short", options.rounds));
    if options.unoptimized {
        lines.push("Built without optimization: the figures are worth nothing".to_owned());
    }
    let day = said("date", "-I");
    format!(
        "# Results\n\nOf `benches/run`, {day}. How it is measured: [README.md](README.md).\n\n- {}\n",
        lines.join("\n- ")
    )
}

/// A tool and the version that its lockfile names.
fn version(bench: &Bench, tool: Tool) -> String {
    let package = match tool {
        Tool::Ours => {
            let mut git = Command::new("git");
            git.current_dir(&bench.root).args(["rev-parse", "--short", "HEAD"]);
            return format!("ours at {}", measure::output(&mut git).unwrap_or_default());
        }
        Tool::Alembic => {
            let pins = bench.root.join("tests/data/tools/alembic/requirements.txt");
            let pins = fs::read_to_string(pins).unwrap_or_default();
            let pins = pins
                .lines()
                .filter(|line| line.starts_with("alembic") || line.starts_with("SQLAlchemy"));
            return pins.map(|line| line.replace("==", " ")).collect::<Vec<_>>().join(" with ");
        }
        Tool::SeaOrm => "sea-orm-migration",
        Tool::Refinery => "refinery",
        Tool::Diesel => "diesel_migrations",
        Tool::Sqlx => "sqlx",
    };
    let lockfile = bench.root.join("benches/tools").join(tool.name()).join("Cargo.lock");
    let text = fs::read_to_string(lockfile).unwrap_or_default();
    format!("{package} {}", locked(&text, package).unwrap_or("of no version"))
}

fn locked<'a>(lockfile: &'a str, package: &str) -> Option<&'a str> {
    let (_, behind) = lockfile.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    Some(behind.split_once('"')?.0)
}

fn said(program: &str, word: &str) -> String {
    measure::output(Command::new(program).arg(word)).unwrap_or_default()
}

fn cpu() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    model.map_or_else(|| "some processor".to_owned(), |(_, model)| model.to_owned())
}

fn system() -> String {
    let text = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    name.unwrap_or("some system").trim_matches('"').to_owned()
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lockfile_names_versions() {
        let lockfile = "[[package]]\nname = \"sqlx-core\"\nversion = \"0.8.5\"\n\n[[package]]\nname = \"sqlx\"\nversion = \"0.8.6\"\n";
        assert_eq!(locked(lockfile, "sqlx"), Some("0.8.6"));
        assert_eq!(locked(lockfile, "refinery"), None);
    }
}
