//! All migrations of the chain, up and down, beside the database's own program that is fed the same SQL.

use std::{fs, process::Command};

use anyhow::{Context, Result, ensure};

use super::{Built, built};
use crate::{
    bench::{Bench, tell},
    chain::{Chain, Direction, Transactions},
    database::{Backend, Database},
    measure::{self, Round, Taken},
    proxy::{Proxy, Sent},
    table::{Report, Row, Section, Unit},
    tools::{Act, EMBEDDED, Program},
};

pub(super) fn run(bench: &Bench, report: &mut Report) -> Result<()> {
    let tools = built(bench);
    for &backend in &bench.options.databases {
        tell(&format!("   {}", backend.title()));
        report.sections.push(up_and_down(bench, &tools, backend)?);
    }
    if let Some(server) = &bench.server {
        tell("   messages");
        report.sections.push(messages(bench, &tools, &Proxy::start(server.address())?));
    }
    Ok(())
}

fn up_and_down(bench: &Bench, tools: &[Built<'_>], backend: Backend) -> Result<Section> {
    let limit = match backend {
        Backend::Sqlite => "sqlite3",
        Backend::Postgres => "psql",
    };
    let note = match backend {
        Backend::Sqlite => {
            "A file on disk. Each tool leaves SQLite's settings as it has them: here all wait for the disk at each commit. sea-orm \
             makes no transactions there, and Alembic a transaction of a statement."
        }
        Backend::Postgres => {
            "The server waits for the disk at each commit. sea-orm has one transaction for all migrations; Alembic has, too, but \
             where it is told to make one of each."
        }
    };
    let note = format!(
        "A fresh database in each round. `{limit}` is fed the same SQL, with `BEGIN` and `COMMIT` around each migration or around all \
         of them; in brackets: ÷ `{limit}`. {note}"
    );
    let mut section =
        Section::new(&format!("Full run: {}, {} migrations", backend.title(), bench.options.count))
            .note(&note);
    for (transactions, text, column, most) in [
        (Transactions::Each, "a transaction each", EMBEDDED, 1.05),
        (Transactions::One, "one transaction", "ours", 1.1),
    ] {
        let taken = measure::steps_in_turn(
            bench.options.rounds,
            entries(bench, tools, backend, limit, transactions)?,
        );
        let [up, down] = [0, 1].map(|step| of_step(&taken, step));
        let mut up = Row::elapsed(&format!("up, {text}"), Unit::Seconds, &up)
            .relative_to(limit)
            .ratio_at_most("ours", limit, most);
        if column != "ours" {
            up = up.ratio_at_most(column, limit, most);
        }
        let down = Row::elapsed(&format!("down, {text}"), Unit::Seconds, &down).relative_to(limit);
        section = section.row(up).row(down);
    }
    Ok(section)
}

/// The times of one step, without those that don't have it.
fn of_step(taken: &[(String, Result<Vec<Taken>>)], step: usize) -> Vec<(String, Result<Taken>)> {
    let of = |(column, steps): &(String, Result<Vec<Taken>>)| match steps {
        Ok(steps) => steps.get(step).map(|taken| (column.clone(), Ok(*taken))),
        Err(why) => Some((column.clone(), Err(anyhow::anyhow!("{why:#}")))),
    };
    taken.iter().filter_map(of).collect()
}

fn entries<'a>(
    bench: &'a Bench,
    tools: &'a [Built<'_>],
    backend: Backend,
    limit: &str,
    transactions: Transactions,
) -> Result<Vec<(String, Round<'a>)>> {
    let chain = Chain { count: bench.options.count };
    let scripts = bench.folder("scripts")?;
    let mut files = Vec::new();
    for direction in [Direction::Up, Direction::Down] {
        let file = scripts.join(format!("{transactions:?}_{direction:?}.sql").to_lowercase());
        fs::write(&file, chain.script(direction, transactions))?;
        files.push(file);
    }
    let mut entries: Vec<(String, Round<'a>)> = Vec::new();
    entries.push((
        limit.to_owned(),
        Box::new(move || {
            round(bench, backend, "shell", |step, database| {
                Ok(Some(database.shell(bench, &files[step])?))
            })
        }),
    ));
    let acts = match transactions {
        Transactions::Each => [Act::Upgrade, Act::Downgrade],
        Transactions::One => [Act::UpgradeAtOnce, Act::DowngradeAtOnce],
    };
    for built in tools {
        for (column, program) in built.tool.programs() {
            if transactions == Transactions::One && program == Program::Embedded {
                continue;
            }
            let name = built.tool.name();
            entries.push((
                column.to_owned(),
                Box::new(move || {
                    round(bench, backend, name, |step, database| {
                        Ok(built.project()?.command(program, acts[step], database))
                    })
                }),
            ));
        }
    }
    Ok(entries)
}

/// Up and down on a fresh database; up alone for who has no way down. Both are looked at.
fn round(
    bench: &Bench,
    backend: Backend,
    name: &str,
    command: impl Fn(usize, &Database) -> Result<Option<Command>>,
) -> Result<Vec<Taken>> {
    let database = Database::fresh(bench, backend, &format!("full_{name}"))?;
    let mut taken = Vec::new();
    for (step, expected) in
        [Chain { count: bench.options.count }.counts(), [0; 3]].into_iter().enumerate()
    {
        let Some(mut command) = command(step, &database)? else { break };
        if let Some(server) = bench.server.as_ref().filter(|_| backend == Backend::Postgres) {
            server.ask("postgres", "CHECKPOINT")?;
        }
        taken.push(measure::run(&mut command)?);
        let found = database.counts(bench)?;
        ensure!(
            found == expected,
            "tables, columns, indexes are {found:?} instead of {expected:?}"
        );
    }
    Ok(taken)
}

fn messages(bench: &Bench, tools: &[Built<'_>], proxy: &Proxy) -> Section {
    let mut each = Row::new("messages for a migration", Unit::Number);
    let mut statements = Row::new("statements for a migration", Unit::Number);
    let mut at_head = Row::new("messages at head", Unit::Number);
    for built in tools {
        for (column, program) in built.tool.programs() {
            match sent(bench, built, program, proxy) {
                Ok([all, head]) => {
                    let per = |all: u64, head: u64| {
                        let each = all.saturating_sub(head) as f64 / bench.options.count as f64;
                        (10.0 * each).round() / 10.0
                    };
                    each = each.value(column, per(all.messages, head.messages));
                    statements = statements.value(column, per(all.statements, head.statements));
                    at_head = at_head.value(column, head.messages as f64);
                }
                Err(why) => each = each.cell(column, Err(format!("{why:#}"))),
            }
        }
    }
    Section::new(&format!("What is sent to PostgreSQL for {} migrations", bench.options.count))
        .note(
            "Counted on the way to the server: messages that are answered (`Query` and `Sync`), and executions (`Query` and `Execute`). \
             For a migration: those of a whole run without those of one at head, divided by the migrations, in tenths: what a run asks once, \
             some 50 messages of ours, is in it.",
        )
        .row(each.at_most("ours", 4.0).at_most(EMBEDDED, 4.0))
        .row(statements)
        .row(at_head)
}

/// What is sent for all migrations, and once more at head.
fn sent(bench: &Bench, built: &Built<'_>, program: Program, proxy: &Proxy) -> Result<[Sent; 2]> {
    let database = Database::fresh(bench, Backend::Postgres, &format!("sent_{}", built.tool))?
        .at(proxy.address());
    let mut sent = [Sent::default(); 2];
    for sent in &mut sent {
        proxy.take();
        measure::run(&mut built.command(program, Act::Upgrade, &database).context("up")?)?;
        *sent = proxy.take();
    }
    Ok(sent)
}
