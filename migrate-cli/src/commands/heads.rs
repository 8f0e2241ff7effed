//! `migrate heads`

use super::Session;
use crate::args::Heads;
use crate::failure::Failure;
use crate::graph_log::GraphLog;
use crate::ui::Ui;

/// Lists the newest revision of each branch.
pub(super) fn run(session: &mut Session<'_>, arguments: &Heads) -> Result<u8, Failure> {
    let log = session.graph_log(false, arguments.verbose || session.ui.is_json)?;
    print(session.ui, &log, arguments);
    Ok(0)
}

/// Every head.
pub(crate) fn print(ui: &mut Ui, log: &GraphLog<'_>, arguments: &Heads) {
    let is_needed = |id: &str| log.graph.children(id).next().is_some();
    let heads =
        log.graph.heads().filter(|node| !(arguments.resolve_dependencies && is_needed(&node.id)));
    if ui.is_json {
        ui.json(serde_json::json!({ "heads": heads.map(|n| log.json(n)).collect::<Vec<_>>() }));
        return;
    }
    for node in heads {
        ui.result(&if arguments.verbose { log.long(node) } else { log.alone(node) });
    }
}
