//! `migrate history`

use super::Session;
use crate::args::History;
use crate::failure::Failure;
use crate::graph_log::GraphLog;
use crate::ui::Ui;

/// Lists the chain, marked by what the database says.
pub(super) fn run(session: &mut Session<'_>, arguments: &History) -> Result<u8, Failure> {
    let log = session.graph_log(arguments.indicate_current)?;
    print(session.ui, &log, arguments.verbose);
    Ok(0)
}

/// Every revision, newest first.
pub(crate) fn print(ui: &mut Ui, log: &GraphLog<'_>, is_verbose: bool) {
    let nodes = log.graph.nodes().iter().rev();
    if ui.is_json {
        ui.json(serde_json::json!({ "revisions": nodes.map(|n| log.json(n)).collect::<Vec<_>>() }));
        return;
    }
    for node in nodes {
        ui.result(&if is_verbose { log.long(node) } else { log.short(node) });
    }
}
