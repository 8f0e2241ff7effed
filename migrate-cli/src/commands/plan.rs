//! `migrate plan [TARGET]`, and `--dry-run` of `upgrade` and `downgrade`: what a run would do.

use migrate_core::catalog::TableName;
use migrate_core::impact::{Impact, Waits};
use migrate_core::run::{Planned, Work};
use serde_json::{Value, json};

use super::{NOTHING_TO_RUN, Session, step};
use crate::args::Plan;
use crate::connect::{Access, Connected};
use crate::failure::Failure;
use crate::ui::{self, visible};

/// Plans the way to the target, up or down.
pub(super) fn run(session: &mut Session<'_>, arguments: &Plan) -> Result<u8, Failure> {
    let target = session.target()?;
    let to = &arguments.target;
    if to.contains(':') {
        return Err(Failure::new(format!("`{to}` is a range, and one revision is wanted here"))
            .hint(format!("a plan begins where the database is; a range is for a script: migrate upgrade {to} --sql")));
    }
    let mut connected = session.open(&target, Access::Read)?;
    let planned = session.migrator(&target).plan_to(connected.database.as_mut(), to)?;
    print(session, &connected, &planned, arguments.verbose);
    Ok(0)
}

/// Each step with all that is known before it runs.
pub(super) fn print(
    session: &mut Session<'_>,
    connected: &Connected,
    planned: &[Planned],
    is_verbose: bool,
) {
    if connected.is_missing {
        session.ui.say("The file is not there yet: nothing is applied");
    }
    let names = session.names();
    let created = |planned: &Planned| names.as_ref()?.stamp(planned.revision.file);
    if session.ui.is_json {
        let steps = planned.iter().map(|planned| {
            let created = created(planned).map(|at| at.format("%Y-%m-%dT%H:%M:%S").to_string());
            let mut step = step(planned.revision, planned.direction);
            step["created"] = json!(created);
            step["breaking"] = json!(planned.revision.breaking);
            step["ops"] = json!(planned.ops);
            step["statements"] = json!(planned.statements);
            step["transaction"] = json!(planned.transaction);
            step["work"] = planned.work.iter().map(work).collect();
            step["losses"] = json!(planned.losses);
            let missing = planned.missing.iter();
            step["missing"] =
                missing.map(|one| json!({ "what": one.what, "help": one.help })).collect();
            step
        });
        session.ui.json(json!({ "steps": steps.collect::<Vec<_>>() }));
        return;
    }
    if planned.is_empty() {
        session.ui.say_result(NOTHING_TO_RUN);
    }
    for planned in planned {
        session.ui.result(&ui::step(planned.revision, planned.direction));
        let mut line = |text: &str| session.ui.result(&format!("    {}", visible(text)));
        if let Some(at) = created(planned) {
            line(&format!("Created: {}", at.format("%Y-%m-%d %H:%M")));
        }
        if let Some(what) = planned.revision.breaking {
            line(&format!("Breaking: {what}"));
        }
        let outside = if planned.transaction { "" } else { ", outside of transactions" };
        line(&format!("Statements: {}{outside}", planned.statements));
        for work in &planned.work {
            line(&format!("  {}", work.op));
            for statement in &work.statements {
                for text in lines(&statement.sql, is_verbose) {
                    line(&format!("      {text}"));
                }
                // What hinders nobody is not worth a line.
                if is_verbose || statement.impact != Impact::none() {
                    line(&format!("        -> {}", statement.impact));
                }
            }
        }
        for missing in &planned.missing {
            line(&format!("Missing: {}", missing.what));
            line(&format!("    -> {}", missing.help));
        }
        planned.losses.iter().for_each(|loss| line(&format!("Would be lost: {loss}")));
    }
}

/// A statement as lines: all of it, or so much as tells which one it is.
fn lines(sql: &str, is_verbose: bool) -> Vec<String> {
    const MOST: usize = 100;
    if is_verbose {
        return sql.lines().map(str::to_owned).collect();
    }
    let line = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MOST) {
        None => vec![line],
        Some((end, _)) => vec![format!("{} …", line[..end].trim_end())],
    }
}

/// An op for programs.
fn work(work: &Work) -> Value {
    let statements = work.statements.iter().map(|statement| {
        let impact = &statement.impact;
        let locks = impact.locks.iter().map(|one| {
            let TableName { schema, name } = &one.table;
            json!({ "schema": schema, "table": name, "lock": one.lock.words() })
        });
        json!({
            "sql": statement.sql,
            "locks": locks.collect::<Vec<_>>(),
            "waits": match impact.waits() {
                _ if !impact.is_known => Value::Null,
                Waits::Nothing => json!("nothing"),
                Waits::Writes => json!("writes"),
                Waits::ReadsAndWrites => json!("reads and writes"),
            },
            "rewrites": impact.rewrites.is_certain(),
            "scans": impact.scans.is_certain(),
            "builds": impact.builds.is_certain(),
            "is_known": impact.is_known,
        })
    });
    let statements: Vec<Value> = statements.collect();
    json!({ "op": work.op, "place": work.place.to_string(), "statements": statements })
}
