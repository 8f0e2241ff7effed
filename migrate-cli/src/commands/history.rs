//! `migrate history`

use std::collections::BTreeSet;

use migrate_model::revision::{
    Graph, Node, RevisionId, RevisionRange, RevisionSpec, Symbol, resolve,
};

use super::Session;
use crate::args::{Format, History};
use crate::connect::Access;
use crate::failure::Failure;
use crate::graph_log::GraphLog;
use crate::ui::Ui;

/// Lists the chain, marked by what the database says.
pub(super) fn run(session: &mut Session<'_>, arguments: &History) -> Result<u8, Failure> {
    // Where the range is counted from the database, the database must answer.
    let is_wanted = arguments.is_from_here();
    let applied = match is_wanted && arguments.rev_range.is_some() {
        true => session.status(Access::Read)?.applied,
        false => BTreeSet::new(),
    };
    let shows_all = arguments.verbose || session.ui.is_json || arguments.format == Format::Json;
    let log = session.graph_log(is_wanted, shows_all)?;
    print(session.ui, &log, arguments, &applied)
}

/// Every revision of the range, newest first.
pub(crate) fn print(
    ui: &mut Ui,
    log: &GraphLog<'_>,
    arguments: &History,
    applied: &BTreeSet<RevisionId>,
) -> Result<u8, Failure> {
    let within = match &arguments.rev_range {
        None => None,
        Some(range) => Some(within(log.graph, range, applied)?),
    };
    let is_in = |node: &&Node| within.as_ref().is_none_or(|within| within.contains(&node.id));
    let nodes: Vec<&Node> = log.graph.nodes().iter().rev().filter(is_in).collect();
    let format = if ui.is_json { Format::Json } else { arguments.format };
    match format {
        Format::Json => {
            let revisions: Vec<_> = nodes.iter().map(|node| log.json(node)).collect();
            ui.json(serde_json::json!({ "revisions": revisions }));
        }
        Format::Mermaid => ui.result(&log.flowchart(&nodes)),
        // Of a chain of none there is nothing to draw, not even an empty line.
        Format::Text if arguments.graph && !nodes.is_empty() => {
            ui.result(&log.picture(&nodes, arguments.verbose));
        }
        Format::Text => {
            for node in nodes {
                ui.result(&if arguments.verbose { log.long(node) } else { log.short(node) });
            }
        }
    }
    Ok(0)
}

/// The revisions between two ends, both included.
pub(super) fn within(
    graph: &Graph,
    range: &RevisionRange,
    applied: &BTreeSet<RevisionId>,
) -> Result<BTreeSet<RevisionId>, Failure> {
    let end = |spec: &RevisionSpec| resolve(graph, spec, applied);
    let all = || graph.nodes().iter().map(|node| node.id.clone()).collect::<BTreeSet<_>>();
    let to = match &range.to {
        None => all(),
        Some(spec) => graph.ancestors(&end(spec)?),
    };
    let from = match &range.from {
        None => all(),
        Some(spec) if spec.symbol == Some(Symbol::Base) && spec.offset == 0 => all(),
        Some(spec) => graph.descendants(&end(spec)?),
    };
    let within = &from & &to;
    if within.is_empty() {
        return Err(Failure::new(format!("there is no way up in `{range}`"))
            .hint("name the older end first, and two ends on one line"));
    }
    Ok(within)
}
