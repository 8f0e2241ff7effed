//! Measures what migrations cost, ours beside those of other tools, and prints a Markdown table: `benches/run`.
//!
//! A suite is a theme with its measures (`suites`), a tool is one of those that are compared (`tools`). Here are the options
//! alone.

mod bench;
mod chain;
mod database;
mod machine;
mod measure;
mod proxy;
mod suites;
mod table;
mod tools;

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;

use crate::{bench::Bench, database::Backend, suites::Suite, tools::Tool};

/// Measure what migrations cost, beside other tools
#[derive(Clone, Debug, Parser)]
#[command(name = "benches/run", max_term_width = 100)]
pub(crate) struct Options {
    /// Tools to measure
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Tool::ALL)]
    pub(crate) tools: Vec<Tool>,
    /// Themes to measure
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Suite::ALL)]
    pub(crate) suites: Vec<Suite>,
    /// Databases to measure on
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Backend::ALL)]
    pub(crate) databases: Vec<Backend>,
    /// Migrations in the chain
    #[arg(long, default_value_t = 1000)]
    pub(crate) count: usize,
    /// Migrations in the chains that are built
    #[arg(long, value_delimiter = ',', default_values_t = [10, 100, 1000])]
    pub(crate) sizes: Vec<usize>,
    /// Revisions of the long chains that are compiled
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 5_000])]
    pub(crate) revisions: Vec<usize>,
    /// Revisions of the long chains whose sources are read
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 10_000, 50_000])]
    pub(crate) sources: Vec<usize>,
    /// Tables that are compared
    #[arg(long, value_delimiter = ',', default_values_t = [200, 1_000])]
    pub(crate) tables: Vec<usize>,
    /// Rounds of each measure, after one that doesn't count; four times as many where they are short
    #[arg(long, default_value_t = 3)]
    pub(crate) rounds: usize,
    /// Work in this folder and leave it there, so that the next run finds what was built
    #[arg(long, value_name = "FOLDER")]
    pub(crate) keep: Option<PathBuf>,
    /// Build without optimization, and nothing from scratch: to see that everything runs
    #[arg(long)]
    pub(crate) unoptimized: bool,
    /// Write benches/RESULTS.md instead of printing
    #[arg(long)]
    pub(crate) write: bool,
}

#[expect(clippy::print_stderr, reason = "this is the program's own output")]
fn main() -> ExitCode {
    match Bench::new(Options::parse()).and_then(|bench| bench.run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("benches/run: {error:#}");
            ExitCode::FAILURE
        }
    }
}
