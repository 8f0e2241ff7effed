//! `migrate plan [TARGET]`, and `--dry-run` of `upgrade` and `downgrade`: what a run would do.

use migrate_core::run::Planned;
use serde_json::json;

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
    print(session, &connected, &planned);
    Ok(0)
}

/// Each step with all that is known before it runs.
pub(super) fn print(session: &mut Session<'_>, connected: &Connected, planned: &[Planned]) {
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
            step["losses"] = json!(planned.losses);
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
        line(&format!("Statements: {}", planned.statements));
        planned.ops.iter().for_each(|op| line(&format!("  {op}")));
        planned.losses.iter().for_each(|loss| line(&format!("Would be lost: {loss}")));
    }
}
