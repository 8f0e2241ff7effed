//! `migrate branches`

use serde_json::json;

use super::Session;
use crate::args::Branches;
use crate::failure::Failure;
use crate::graph_log::GraphLog;
use crate::ui::Ui;

/// Lists the revisions that branches begin at.
pub(super) fn run(session: &mut Session<'_>, arguments: &Branches) -> Result<u8, Failure> {
    let log = session.graph_log(false, arguments.verbose || session.ui.is_json)?;
    print(session.ui, &log, arguments.verbose);
    Ok(0)
}

/// Every branch point, with what follows it; newest first.
pub(crate) fn print(ui: &mut Ui, log: &GraphLog<'_>, is_verbose: bool) {
    let next = |id: &str| log.graph.next(id).collect::<Vec<_>>();
    let points = log.graph.nodes().iter().rev().filter(|node| next(&node.id).len() > 1);
    if ui.is_json {
        let points = points.map(|node| {
            let mut value = log.json(node);
            value["next"] =
                json!(next(&node.id).iter().map(|one| one.id.as_str()).collect::<Vec<_>>());
            value
        });
        ui.json(json!({ "branches": points.collect::<Vec<_>>() }));
        return;
    }
    for node in points {
        ui.result(&if is_verbose { log.long(node) } else { log.alone(node) });
        for next in next(&node.id) {
            ui.result(&format!("    -> {}", log.alone(next)));
        }
    }
}
