//! The script of all migrations, written without a database.

use anyhow::Result;

use super::built;
use crate::{
    bench::{Bench, tell},
    database::Database,
    measure::{self, Entry},
    table::{Report, Row, Section, Unit},
    tools::{Act, Program},
};

pub(super) fn run(bench: &Bench, report: &mut Report) -> Result<()> {
    let tools = built(bench);
    let mut section =
        Section::new(&format!("Offline: the script of {} migrations", bench.options.count))
            .note("`upgrade --sql`, release build, whole process.");
    for &backend in &bench.options.databases {
        tell(&format!("   {}", backend.title()));
        let database = Database::fresh(bench, backend, "offline")?;
        let mut entries = Vec::new();
        for built in &tools {
            for (column, program) in built.tool.programs() {
                if program == Program::CommandLine {
                    let database = database.clone();
                    entries.push(Entry::new(column, move || {
                        built.command(program, Act::Sql, &database)
                    }));
                }
            }
        }
        let taken = measure::in_turn(bench.short_rounds(), entries);
        let row = Row::elapsed(backend.title(), Unit::Millis, &taken)
            .relative_to("ours")
            .at_most("ours", 0.02);
        section = section.row(row);
    }
    report.sections.push(section);
    Ok(())
}
