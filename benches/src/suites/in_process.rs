//! What divan measures: `cargo bench -p benches`, and the medians of its table.

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::{
    bench::{Bench, tell},
    measure,
    table::{Report, Row, Section, Unit},
    tools::{Profile, Tool},
};

/// What a row is called, and the most that it may take, in seconds, where there is a target.
const ROWS: [(&str, &str, Option<f64>); 13] = [
    ("graph upgrade_head 1000", "the graph, and the plan of `upgrade head`: 1,000 revisions", None),
    ("graph upgrade_head 10000", "… 10,000", None),
    ("graph upgrade_head 50000", "… 50,000", Some(0.2)),
    (
        "graph downgrade_base 1000",
        "the graph, and the plan of `downgrade base`: 1,000 revisions",
        None,
    ),
    ("graph downgrade_base 10000", "… 10,000", None),
    ("graph downgrade_base 50000", "… 50,000", Some(0.2)),
    ("graph history 1000", "`history`, the graph and the lines: 1,000 revisions", None),
    ("graph history 10000", "… 10,000", None),
    ("graph history 50000", "… 50,000", Some(0.2)),
    ("migrations simulation", "simulation of 1,000 migrations", Some(0.02)),
    ("migrations sql SQLite", "the script of 1,000 migrations: SQLite", None),
    ("migrations sql PostgreSQL", "… PostgreSQL", None),
    ("migrations sql MariaDB", "… MariaDB", None),
];

pub(super) fn run(bench: &Bench, report: &mut Report) -> Result<()> {
    if !bench.options.tools.contains(&Tool::Ours) {
        return Ok(());
    }
    if bench.options.unoptimized {
        tell("   left out: divan's are optimized builds");
        return Ok(());
    }
    let target = bench.folder(Profile::Release.target())?;
    tell("   building and measuring (cargo bench)");
    let words = ["bench", "--quiet", "-p", "benches", "--bench", "in_process"];
    let medians = medians(&measure::output(&mut bench.cargo(&bench.root, &target, &words))?)?;
    let mut section = Section::new("In process").note(
        "No database and no process: values alone. A fifth of the revisions are merges; the graph is built anew in each round. Medians \
         of divan.",
    );
    for (name, what, most) in ROWS {
        let found = medians.iter().find(|(found, _)| found == name);
        let taken = found.map(|(_, taken)| taken.as_secs_f64()).context("was not measured");
        let row = Row::new(what, Unit::Millis).cell("ours", taken);
        section = section.row(match most {
            Some(most) => row.at_most("ours", most),
            None => row,
        });
    }
    report.sections.push(section);
    Ok(())
}

/// The medians in divan's table, by the names on the way there: `graph history 1000`.
fn medians(table: &str) -> Result<Vec<(String, Duration)>> {
    let mut way: Vec<String> = Vec::new();
    let mut medians = Vec::new();
    for line in table.lines() {
        // Branches are three characters wide for each step down.
        let Some((at, start)) = line
            .char_indices()
            .enumerate()
            .find(|(_, (_, c))| !matches!(c, '│' | '├' | '╰' | '─' | ' '))
            .map(|(at, (start, _))| (at, start))
        else {
            continue;
        };
        let (name, values) = line[start..].split_once(' ').unwrap_or((&line[start..], ""));
        let depth = at / 3;
        if depth == 0 {
            continue;
        }
        way.truncate(depth - 1);
        way.push(name.to_owned());
        // Fastest, slowest, median.
        let median = values.split('│').nth(2).map(str::trim).filter(|text| !text.is_empty());
        if let Some(median) = median {
            medians.push((way.join(" "), duration(median)?));
        }
    }
    ensure!(!medians.is_empty(), "divan said nothing");
    Ok(medians)
}

/// `104.5 ms`
fn duration(text: &str) -> Result<Duration> {
    let (value, unit) = text.split_once(' ').with_context(|| format!("{text:?} is no time"))?;
    let seconds = match unit {
        "ns" => 1e-9,
        "µs" => 1e-6,
        "ms" => 1e-3,
        _ => 1.0,
    };
    Ok(Duration::from_secs_f64(value.parse::<f64>()? * seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_are_found_by_their_way() -> Result<()> {
        let table = "\
Timer precision: 20 ns
in_process            fastest       │ slowest       │ median        │ mean          │ samples │ iters
├─ graph                            │               │               │               │         │
│  ╰─ upgrade_head                  │               │               │               │         │
│     ├─ 1000         928.3 µs      │ 1.743 ms      │ 948.3 µs      │ 1.016 ms      │ 20      │ 20
│     ╰─ 50000        62.05 ms      │ 105.3 ms      │ 70.9 ms       │ 75.8 ms       │ 20      │ 20
╰─ migrations                       │               │               │               │         │
   ╰─ simulation      2.1 ms        │ 9.441 ms      │ 2.244 ms      │ 2.7 ms        │ 100     │ 100
";
        let median = |way: &str, nanos| (way.to_owned(), Duration::from_nanos(nanos));
        assert_eq!(
            medians(table)?,
            [
                median("graph upgrade_head 1000", 948_300),
                median("graph upgrade_head 50000", 70_900_000),
                median("migrations simulation", 2_244_000),
            ]
        );
        Ok(())
    }
}
