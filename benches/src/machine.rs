//! What a run ran on, for the head of the page.

use std::{fs, process::Command};

use crate::{bench::Bench, measure};

/// The head of the page: the machine, and the versions of what was measured.
pub(crate) fn describe(bench: &Bench) -> String {
    let mut facts = vec![format!("{} of {}, {} cores", cpu(), system(), cores())];
    facts.push(said(Command::new("rustc").arg("--version")));
    if let Some(server) = &bench.server {
        facts.push(said(Command::new(server.programs.join("postgres")).arg("--version")));
    }
    format!("# Results\n\n{}.\n", facts.join("; "))
}

fn said(command: &mut Command) -> String {
    measure::output(command).unwrap_or_default()
}

fn cpu() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    model.map_or("a processor".to_owned(), |(_, model)| model.to_owned())
}

fn system() -> String {
    said(Command::new("uname").arg("-sr"))
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
