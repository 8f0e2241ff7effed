//! `migrate show REV`

use std::collections::BTreeSet;

use migrate_core::run::{Options, ScriptOf};
use migrate_model::revision::{Direction, RevisionId, RevisionSpec, resolve};

use super::Session;
use crate::args::Show;
use crate::connect::Access;
use crate::failure::Failure;
use crate::graph_log::GraphLog;
use crate::ui::Ui;

/// Shows one revision.
pub(super) fn run(session: &mut Session<'_>, arguments: &Show) -> Result<u8, Failure> {
    if arguments.script.sql {
        let direction = if arguments.down { Direction::Down } else { Direction::Up };
        let of = ScriptOf::Show(&arguments.revision, direction);
        return session.script(arguments.script, Options::default(), of);
    }
    let graph = session.graph()?;
    let spec: RevisionSpec = arguments.revision.parse()?;
    // Where it is counted from the database, the database must answer.
    let (applied, log) = match spec.is_from_here() {
        true => (session.status(Access::Read)?.applied, session.graph_log(true, true)?),
        false => {
            resolve(graph, &spec, &BTreeSet::new())?;
            (BTreeSet::new(), session.graph_log(false, true)?)
        }
    };
    let found = resolve(graph, &spec, &applied)?;
    print(session.ui, &log, &spec, &found)
}

/// The revisions that a spec means.
pub(crate) fn print(
    ui: &mut Ui,
    log: &GraphLog<'_>,
    spec: &RevisionSpec,
    found: &BTreeSet<RevisionId>,
) -> Result<u8, Failure> {
    if found.is_empty() {
        return Err(Failure::new(format!("`{spec}` is no revision: nothing lies there")));
    }
    let nodes = found.iter().filter_map(|id| log.graph.get(id));
    if ui.is_json {
        ui.json(serde_json::json!({ "revisions": nodes.map(|n| log.json(n)).collect::<Vec<_>>() }));
        return Ok(0);
    }
    for node in nodes {
        ui.result(&log.long(node));
    }
    Ok(0)
}
