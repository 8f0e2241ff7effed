//! `migrate stamp REV…`

use migrate_core::run::{Options, ScriptOf};
use serde_json::json;

use super::Session;
use crate::args::Stamp;
use crate::failure::Failure;

/// Sets where the database is, and runs nothing.
pub(super) fn run(session: &mut Session<'_>, arguments: &Stamp) -> Result<u8, Failure> {
    let revisions = &arguments.revisions;
    if revisions.len() > 1 && revisions.iter().any(|name| name == "base") {
        return Err(Failure::usage("`base` stands alone: there, no revision is applied"));
    }
    if arguments.script.sql {
        return session.script(arguments.script, Options::default(), ScriptOf::Stamp(revisions));
    }
    let target = session.target()?;
    for revision in revisions {
        super::script::refuse_range(&session.typed, revision)?;
    }
    // What names no revision must not leave an empty file behind.
    if target.url.is_missing() {
        let graph = session.graph()?;
        for revision in revisions {
            let spec = revision.parse()?;
            migrate_model::revision::resolve(graph, &spec, &std::collections::BTreeSet::new())?;
        }
    }
    let named = arguments.named.database.as_deref();
    let mut connected = session.open_named(&target, named)?;
    let database = connected.database.as_mut();
    let mut migrator = session.migrator(&target);
    let status = migrator.stamp(database, revisions, arguments.purge)?;
    let rows: Vec<&str> = status.rows.iter().map(String::as_str).collect();
    if session.ui.is_json {
        session.ui.json(json!({ "current": rows }));
    } else {
        let at = if rows.is_empty() { "base".to_owned() } else { rows.join(", ") };
        session.ui.say(&format!("The database is at {at}, by declaration; nothing was run"));
    }
    Ok(0)
}
