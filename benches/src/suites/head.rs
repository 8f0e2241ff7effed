//! What a run costs that finds nothing to do: time and memory of the whole process.

use anyhow::{Result, anyhow};

use super::{Built, built};
use crate::{
    bench::{Bench, tell},
    database::{Backend, Database},
    measure::{self, Entry},
    table::{Report, Row, Section, Unit},
    tools::{Act, EMBEDDED, Program, Tool},
};

pub(super) fn run(bench: &Bench, report: &mut Report) -> Result<()> {
    let tools = built(bench);
    for &backend in &bench.options.databases {
        tell(&format!("   {}", backend.title()));
        report.sections.push(at_head(bench, &tools, backend));
    }
    Ok(())
}

fn at_head(bench: &Bench, tools: &[Built<'_>], backend: Backend) -> Section {
    let mut upgrades = Vec::new();
    let mut currents = Vec::new();
    for built in tools {
        let database = database(bench, built, backend).map_err(|why| format!("{why:#}"));
        for (column, program) in built.tool.programs() {
            let entry = |act| {
                let database = database.clone();
                Entry::new(column, move || {
                    let database = database.as_ref().map_err(|why| anyhow!("{why}"))?;
                    built.command(program, act, database)
                })
            };
            upgrades.push(entry(Act::Upgrade));
            if program == Program::CommandLine {
                currents.push(entry(Act::Current));
            }
        }
    }
    let rounds = bench.short_rounds();
    let upgrades = measure::in_turn(rounds, upgrades);
    let currents = measure::in_turn(rounds, currents);
    let time = Row::elapsed("`upgrade`", Unit::Millis, &upgrades)
        .relative_to("diesel")
        .ratio_at_most(EMBEDDED, "diesel", 1.0)
        .ratio_at_least("alembic", "ours", 40.0);
    let memory =
        Row::memory("most memory", &upgrades).at_most("ours", 15e6).at_most(EMBEDDED, 15e6);
    let current =
        Row::elapsed("`current`", Unit::Millis, &currents).ratio_at_least("alembic", "ours", 40.0);
    Section::new(&format!("At head: {}, {} migrations", backend.title(), bench.options.count))
        .note("A database that has all migrations. Release builds, whole processes. In brackets: ÷ diesel.")
        .row(time)
        .row(memory)
        .row(current)
}

/// One that the tool has brought to head.
fn database(bench: &Bench, built: &Built<'_>, backend: Backend) -> Result<Database> {
    let database = Database::fresh(bench, backend, &format!("head_{}", built.tool))?;
    let program = match built.tool {
        Tool::Ours | Tool::Alembic => Program::CommandLine,
        Tool::SeaOrm | Tool::Refinery | Tool::Diesel | Tool::Sqlx => Program::Embedded,
    };
    measure::run(&mut built.command(program, Act::Upgrade, &database)?)?;
    Ok(database)
}
