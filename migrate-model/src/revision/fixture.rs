//! Graphs for tests, as text and at random.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{Graph, Node, RevisionId, Rules};

/// A chain may do everything.
pub(super) const ALL: Rules = Rules { multiple_heads: true, multiple_bases: true };

/// One revision a line: `id < parent parent ! dependency dependency @ label label`.
pub(super) fn nodes(text: &str) -> Vec<Node> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let words = |sign: char| -> Vec<String> {
                let part = line.split_once(sign).map_or("", |(_, part)| part);
                let part = part.split(['<', '!', '@']).next().unwrap_or("");
                part.split_whitespace().map(str::to_owned).collect()
            };
            let id = line.split_whitespace().next().unwrap_or("");
            Node {
                id: id.into(),
                down_revision: words('<').into_iter().map(RevisionId::from).collect(),
                depends_on: words('!'),
                branch_labels: words('@'),
                message: format!("make {id}").into(),
                file: format!("versions/{id}.rs").into(),
            }
        })
        .collect()
}

pub(super) fn graph(text: &str) -> Graph {
    Graph::new(nodes(text), ALL).unwrap_or_else(|faults| panic!("{faults:?}"))
}

/// `a b c`
pub(super) fn ids(text: &str) -> BTreeSet<RevisionId> {
    text.split_whitespace().map(RevisionId::from).collect()
}

pub(super) fn text<'a>(ids: impl IntoIterator<Item = &'a RevisionId>) -> String {
    ids.into_iter().map(RevisionId::as_str).collect::<Vec<_>>().join(" ")
}

/// Up to 40 revisions, with merges, dependencies, labels and several bases and heads.
pub(super) fn any_nodes() -> impl Strategy<Value = Vec<Node>> {
    let pick = || any::<prop::sample::Index>();
    let one = (
        prop::collection::vec(pick(), 0..=3),
        prop::collection::vec(pick(), 0..=1),
        prop::bool::weighted(0.2),
        0..100_u32,
    );
    prop::collection::vec(one, 1..=40).prop_map(|rows| {
        let id = |at: usize| format!("r{at:02}");
        let some = |at: usize, picks: &[prop::sample::Index], last: usize| -> BTreeSet<String> {
            let near = at.saturating_sub(last);
            picks.iter().filter(|_| at > 0).map(|pick| id(near + pick.index(at - near))).collect()
        };
        rows.iter()
            .enumerate()
            .map(|(at, (down, dependencies, has_label, stamp))| Node {
                id: id(at).into(),
                down_revision: some(at, down, 4).into_iter().map(RevisionId::from).collect(),
                depends_on: some(at, dependencies, 40).into_iter().collect(),
                branch_labels: if *has_label { vec![format!("label{at}")] } else { vec![] },
                message: "".into(),
                file: format!("versions/{stamp:02}_{at}.rs").into(),
            })
            .collect()
    })
}

pub(super) fn any_graph() -> impl Strategy<Value = Graph> {
    any_nodes()
        .prop_map(|nodes| Graph::new(nodes, ALL).unwrap_or_else(|faults| panic!("{faults:?}")))
}
