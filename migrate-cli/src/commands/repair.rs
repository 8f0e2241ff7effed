//! `migrate repair`: what there is to repair, and a person's word for it.

use migrate_core::run::{Error, Repair as Wanted, Repaired};
use serde_json::{Value, json};

use super::Session;
use crate::args::Repair;
use crate::connect::Access;
use crate::failure::{Failure, code};
use crate::ui::visible;

/// Shows what contradicts the history, or accepts it.
pub(super) fn run(session: &mut Session<'_>, arguments: &Repair) -> Result<u8, Failure> {
    let target = session.target()?;
    let wanted = match (arguments.version_table, arguments.revisions.as_slice()) {
        (true, _) => Wanted::VersionTable,
        (false, []) => {
            let mut connected = session.open(&target, Access::Read)?;
            let faults = session.migrator(&target).faults(connected.database.as_mut())?;
            return Ok(show(session, &faults));
        }
        (false, revisions) => Wanted::Accept(revisions),
    };
    let reason = arguments.reason.as_deref().unwrap_or_default();
    // A file that is not there holds nothing to repair, and stays away.
    let mut connected = match target.url.is_missing() {
        true => session.open(&target, Access::Read)?,
        false => session.open_named(&target, arguments.database.as_deref())?,
    };
    let mut migrator = session.migrator(&target);
    let repaired = migrator.repair(connected.database.as_mut(), wanted, reason)?;
    if session.ui.is_json {
        let repaired: Vec<Value> = repaired.iter().map(json).collect();
        session.ui.json(json!({ "faults": [], "repaired": repaired }));
        return Ok(0);
    }
    for one in &repaired {
        session.ui.result(&visible(&text(one)));
    }
    session.ui.say("Nothing was run; `migrate check --no-schema` compares the schema");
    Ok(0)
}

fn show(session: &mut Session<'_>, faults: &[Error]) -> u8 {
    if session.ui.is_json {
        let faults =
            faults.iter().map(|fault| json!({ "what": fault.to_string(), "hint": fault.hint() }));
        let faults: Vec<Value> = faults.collect();
        let is_sound = faults.is_empty();
        session.ui.json(json!({ "faults": faults, "repaired": [] }));
        return if is_sound { 0 } else { code::BEHIND };
    }
    for fault in faults {
        session.ui.result(&visible(&fault.to_string()));
        if let Some(hint) = fault.hint() {
            session.ui.result(&format!("    {}", visible(&hint)));
        }
    }
    if faults.is_empty() {
        session.ui.say_result("There is nothing to repair");
        return 0;
    }
    code::BEHIND
}

fn text(repaired: &Repaired) -> String {
    let rows = |rows: &[String]| match rows {
        [] => "base".to_owned(),
        rows => rows.join(", "),
    };
    match repaired {
        Repaired::Edited { revision } => format!("{revision} is accepted as it is written now"),
        Repaired::Gone { revision } => {
            format!("{revision} is accepted as applied, though it is not among the migrations")
        }
        Repaired::Rows { before, after } => {
            format!("The version table held {}, and holds {}", rows(before), rows(after))
        }
    }
}

fn json(repaired: &Repaired) -> Value {
    match repaired {
        Repaired::Edited { revision } => json!({ "what": "edited", "revision": revision }),
        Repaired::Gone { revision } => json!({ "what": "gone", "revision": revision }),
        Repaired::Rows { before, after } => {
            json!({ "what": "rows", "before": before, "after": after })
        }
    }
}
