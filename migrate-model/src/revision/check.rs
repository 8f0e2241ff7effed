//! The rules of a valid chain.
//!
//! One mistake gives one fault: whether the whole graph hangs together (cycles, heads, bases) is asked
//! only when every edge leads to one revision that is there.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::error::{Candidate, all, both, did_you_mean};
use super::graph::Node;
use super::id::{IdFault, RevisionId, check_id, check_label};
use super::lists::Lists;
use crate::nearest::nearest;

/// What a chain may do that most chains should not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// The chain may end in several revisions.
    pub multiple_heads: bool,
    /// The chain may begin with several revisions.
    pub multiple_bases: bool,
}

/// Something that keeps a set of revisions from being a chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The id can't be one.
    #[error("`{}` is no revision id: {fault}", revision.as_str().escape_debug())]
    BadId {
        /// The revision.
        revision: RevisionId,
        /// What is wrong with its id.
        fault: IdFault,
    },
    /// The branch label can't be one.
    #[error("`{}` of revision `{revision}` is no branch label: {fault}", label.escape_debug())]
    BadLabel {
        /// The revision.
        revision: RevisionId,
        /// Its label.
        label: String,
        /// What is wrong with the label.
        fault: IdFault,
    },
    /// Two revisions with one id.
    #[error("revision `{id}` is there {} times, in {}; give each its own id", files.len(), files.join(" and "))]
    DuplicateRevision {
        /// The id.
        id: RevisionId,
        /// The files that have it.
        files: Vec<String>,
    },
    /// A revision on top of one that isn't there.
    #[error(
        "`down_revision` of `{revision}` is `{missing}`, and there is no such revision{}",
        did_you_mean(suggestion)
    )]
    UnknownDownRevision {
        /// The revision.
        revision: RevisionId,
        /// The parent that it names.
        missing: String,
        /// The parent that was probably meant.
        suggestion: Option<RevisionId>,
    },
    /// A revision that depends on one that isn't there.
    #[error(
        "`depends_on` of `{revision}` has `{missing}`, and there is no such revision or branch label{}",
        did_you_mean(suggestion)
    )]
    UnknownDependency {
        /// The revision.
        revision: RevisionId,
        /// The dependency that it names.
        missing: String,
        /// The revision or label that was probably meant.
        suggestion: Option<RevisionId>,
    },
    /// A revision on top of itself.
    #[error(
        "revision `{revision}` is its own `down_revision`; name the revision it follows, or `None`"
    )]
    OwnParent {
        /// The revision.
        revision: RevisionId,
    },
    /// A revision that depends on itself.
    #[error("revision `{revision}` depends on itself; remove it from its `depends_on`")]
    OwnDependency {
        /// The revision.
        revision: RevisionId,
    },
    /// A merge that names a parent twice.
    #[error("`down_revision` of `{revision}` names `{parent}` twice; once is enough")]
    RepeatedParent {
        /// The revision.
        revision: RevisionId,
        /// The parent.
        parent: RevisionId,
    },
    /// A dependency that is named twice.
    #[error("`depends_on` of `{revision}` names `{dependency}` twice; once is enough")]
    RepeatedDependency {
        /// The revision.
        revision: RevisionId,
        /// The dependency, as it was written.
        dependency: String,
    },
    /// A label that a revision has twice.
    #[error("`branch_labels` of `{revision}` has `{label}` twice; once is enough")]
    RepeatedLabel {
        /// The revision.
        revision: RevisionId,
        /// The label.
        label: String,
    },
    /// Two revisions with one label.
    #[error(
        "branch label `{label}` is at {}; a label names one revision, the first of its branch",
        all(revisions)
    )]
    DuplicateLabel {
        /// The label.
        label: String,
        /// The revisions that have it.
        revisions: Vec<RevisionId>,
    },
    /// A label that is also the id of a revision.
    #[error(
        "branch label `{label}` of revision `{revision}` is also the id of a revision; choose another label"
    )]
    LabelIsRevision {
        /// The label.
        label: String,
        /// The revision that has the label.
        revision: RevisionId,
    },
    /// Revisions that wait for one another.
    #[error(
        "revisions wait for one another: {}; change a `down_revision` or `depends_on` of one of them",
        round(revisions)
    )]
    Cycle {
        /// Each waits for the next, and the last for the first.
        revisions: Vec<RevisionId>,
    },
    /// Branches that were never merged.
    #[error(
        "the chain has {} heads, {}; merge them with `cargo migrate merge {} -m \"…\"`, or allow them with `migrations!(\"…\", multiple_heads)`",
        heads.len(), both(heads), ids(heads)
    )]
    MultipleHeads {
        /// The heads and their messages.
        heads: Vec<Candidate>,
    },
    /// Several beginnings.
    #[error(
        "the chain has {} first revisions, {}; give all but one a `down_revision`, or allow them with `migrations!(\"…\", multiple_bases)`",
        bases.len(), both(bases)
    )]
    MultipleBases {
        /// The bases and their messages.
        bases: Vec<Candidate>,
    },
}

/// `a` -> `b` -> `a`
fn round(revisions: &[RevisionId]) -> String {
    let names: Vec<_> =
        revisions.iter().chain(revisions.first()).map(|id| format!("`{id}`")).collect();
    names.join(" -> ")
}

fn ids(candidates: &[Candidate]) -> String {
    let ids: Vec<_> = candidates.iter().map(|(id, _)| id.as_str()).collect();
    ids.join(" ")
}

/// Everything that keeps `nodes` from being a chain, in the order of their files.
pub fn check(nodes: &[Node], rules: Rules) -> Vec<Fault> {
    let mut nodes: Vec<&Node> = nodes.iter().collect();
    nodes.sort_by(|a, b| a.file_order().cmp(&b.file_order()));
    examine(&nodes, rules).err().unwrap_or_default()
}

/// The edges of a graph, by the places of its nodes in a list.
#[derive(Debug)]
pub(super) struct Edges {
    /// Where `down_revision` leads.
    pub(super) down: Lists,
    /// Where `depends_on` leads.
    pub(super) dependencies: Lists,
    /// An order in which every node comes after those it needs; ties in the order of the list.
    pub(super) order: Vec<usize>,
    /// The places in the order of the ids.
    pub(super) by_id: Vec<usize>,
}

/// The edges of `nodes`, which are in the order of their files.
pub(super) fn examine(nodes: &[&Node], rules: Rules) -> Result<Edges, Vec<Fault>> {
    let mut local = Local::new(nodes);
    let (mut down, mut dependencies) = (Lists::default(), Lists::default());
    for (place, node) in nodes.iter().enumerate() {
        local.names(place, node);
        down.push(local.parents(node));
        dependencies.push(local.dependencies(node));
    }
    let Local { ids, mut faults, is_whole, .. } = local;
    if !is_whole {
        return Err(faults);
    }
    let order = match order(&down, &dependencies) {
        Ok(order) => order,
        Err(cycle) => {
            faults.push(Fault::Cycle {
                revisions: cycle.into_iter().map(|place| nodes[place].id.clone()).collect(),
            });
            return Err(faults);
        }
    };
    let mut has_child = vec![false; nodes.len()];
    down.all().iter().for_each(|&parent| has_child[parent] = true);
    let candidates = |is_one: &dyn Fn(usize) -> bool| -> Vec<Candidate> {
        (0..nodes.len())
            .filter(|&place| is_one(place))
            .map(|place| nodes[place].candidate())
            .collect()
    };
    let heads = candidates(&|place| !has_child[place]);
    if heads.len() > 1 && !rules.multiple_heads {
        faults.push(Fault::MultipleHeads { heads });
    }
    let bases = candidates(&|place| down.of(place).is_empty());
    if bases.len() > 1 && !rules.multiple_bases {
        faults.push(Fault::MultipleBases { bases });
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let by_id = ids.into_iter().map(|(_, place)| place).collect();
    Ok(Edges { down, dependencies, order, by_id })
}

/// What can be said about one node when the names of all are known.
struct Local<'a> {
    /// Every id with its place, in their order.
    ids: Vec<(&'a str, usize)>,
    /// Whether two of them are the same.
    has_twins: bool,
    labels: BTreeMap<&'a str, Vec<usize>>,
    nodes: &'a [&'a Node],
    faults: Vec<Fault>,
    /// Whether every edge leads to one node that is there.
    is_whole: bool,
    /// Suggestions that may still be looked for: each looks at every name.
    guesses: usize,
}

impl<'a> Local<'a> {
    fn new(nodes: &'a [&'a Node]) -> Self {
        let numbered = || nodes.iter().enumerate();
        let mut ids: Vec<_> = numbered().map(|(place, node)| (node.id.as_str(), place)).collect();
        ids.sort_unstable();
        let has_twins = ids.windows(2).any(|two| two[0].0 == two[1].0);
        let mut labels: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (place, node) in numbered() {
            for label in &node.branch_labels {
                let holders = labels.entry(label).or_default();
                if holders.last() != Some(&place) {
                    holders.push(place);
                }
            }
        }
        Self { ids, has_twins, labels, nodes, faults: Vec::new(), is_whole: true, guesses: 32 }
    }

    /// The revisions of this id: one, if nothing is wrong.
    fn having(&self, id: &str) -> &[(&'a str, usize)] {
        let start = self.ids.partition_point(|(other, _)| *other < id);
        let behind = &self.ids[start..];
        &behind[..behind.iter().take_while(|(other, _)| *other == id).count()]
    }

    /// The place of the revision of this id, of the first if there are several.
    fn place(&self, id: &str) -> Option<usize> {
        self.having(id).first().map(|&(_, place)| place)
    }

    /// The id and the labels of a node.
    fn names(&mut self, place: usize, node: &Node) {
        let revision = || node.id.clone();
        if let Err(fault) = check_id(node.id.as_str()) {
            self.faults.push(Fault::BadId { revision: revision(), fault });
        }
        let twins = if self.has_twins { self.having(&node.id) } else { &[] };
        if twins.len() > 1 {
            let file = |&(_, twin): &(&str, usize)| self.nodes[twin].file.to_string();
            let files = twins.iter().map(file).collect();
            let is_first = twins[0].1 == place;
            self.is_whole = false;
            if is_first {
                self.faults.push(Fault::DuplicateRevision { id: revision(), files });
            }
        }
        for (position, label) in node.branch_labels.iter().enumerate() {
            let holders = &self.labels[label.as_str()];
            let is_again = node.branch_labels[..position].contains(label);
            if is_again {
                self.faults
                    .push(Fault::RepeatedLabel { revision: revision(), label: label.clone() });
            } else if let Err(fault) = check_label(label) {
                self.faults.push(Fault::BadLabel {
                    revision: revision(),
                    label: label.clone(),
                    fault,
                });
            } else if self.place(label).is_some() {
                self.faults
                    .push(Fault::LabelIsRevision { label: label.clone(), revision: revision() });
            } else if holders.len() > 1 && holders[0] == place {
                let revisions = holders.iter().map(|&place| self.nodes[place].id.clone()).collect();
                self.faults.push(Fault::DuplicateLabel { label: label.clone(), revisions });
            }
        }
    }

    /// Where the `down_revision` of a node leads.
    fn parents(&mut self, node: &Node) -> Vec<usize> {
        let mut found = Vec::new();
        for (position, parent) in node.down_revision.iter().enumerate() {
            let revision = || node.id.clone();
            if node.down_revision[..position].contains(parent) {
                self.faults
                    .push(Fault::RepeatedParent { revision: revision(), parent: parent.clone() });
            } else if *parent == node.id {
                self.is_whole = false;
                self.faults.push(Fault::OwnParent { revision: revision() });
            } else if let Some(place) = self.place(parent) {
                found.push(place);
            } else {
                self.is_whole = false;
                let suggestion = self.guess(parent.as_str(), node, false);
                self.faults.push(Fault::UnknownDownRevision {
                    revision: revision(),
                    missing: parent.as_str().to_owned(),
                    suggestion,
                });
            }
        }
        found
    }

    /// Where the `depends_on` of a node leads.
    fn dependencies(&mut self, node: &Node) -> Vec<usize> {
        let mut found = Vec::new();
        for (position, name) in node.depends_on.iter().enumerate() {
            let revision = || node.id.clone();
            if node.depends_on[..position].contains(name) {
                self.faults.push(Fault::RepeatedDependency {
                    revision: revision(),
                    dependency: name.clone(),
                });
                continue;
            }
            let labelled = || self.labels.get(name.as_str()).map(|places| places[0]);
            match self.place(name).or_else(labelled) {
                Some(place) if self.nodes[place].id == node.id => {
                    self.is_whole = false;
                    self.faults.push(Fault::OwnDependency { revision: revision() });
                }
                Some(place) => found.push(place),
                None => {
                    self.is_whole = false;
                    let suggestion = self.guess(name, node, true);
                    self.faults.push(Fault::UnknownDependency {
                        revision: revision(),
                        missing: name.clone(),
                        suggestion,
                    });
                }
            }
        }
        found
    }

    /// What `node` probably meant by `name`; never itself.
    fn guess(&mut self, name: &str, node: &Node, with_labels: bool) -> Option<RevisionId> {
        self.guesses = self.guesses.checked_sub(1)?;
        let labels = self.labels.keys().filter(|_| with_labels);
        let names = self.ids.iter().map(|(id, _)| *id).chain(labels.copied());
        nearest(name, names.filter(|other| node.id != *other)).map(RevisionId::from)
    }
}

/// The places of all nodes, each after those it needs, the least first where several could be next;
/// or places that wait for one another.
fn order(down: &Lists, dependencies: &Lists) -> Result<Vec<usize>, Vec<usize>> {
    let needs = |place: usize| down.of(place).iter().chain(dependencies.of(place)).copied();
    let count = down.len();
    let needed_by = [down.turned(), dependencies.turned()];
    let mut waits_for: Vec<usize> = (0..count).map(|place| needs(place).count()).collect();
    let mut ready: BinaryHeap<_> =
        (0..count).filter(|&place| waits_for[place] == 0).map(Reverse).collect();
    let mut order = Vec::with_capacity(count);
    while let Some(Reverse(place)) = ready.pop() {
        order.push(place);
        for &next in needed_by.iter().flat_map(|lists| lists.of(place)) {
            waits_for[next] -= 1;
            if waits_for[next] == 0 {
                ready.push(Reverse(next));
            }
        }
    }
    // Whoever still waits, waits for one that still waits: following them comes round.
    let Some(start) = (0..count).find(|&place| waits_for[place] > 0) else { return Ok(order) };
    let mut path = Vec::new();
    let mut seen_at = vec![None; count];
    let mut here = start;
    while seen_at[here].is_none() {
        seen_at[here] = Some(path.len());
        path.push(here);
        here = needs(here).filter(|&need| waits_for[need] > 0).min().unwrap_or(here);
    }
    let mut cycle = path.split_off(seen_at[here].unwrap_or(0));
    let least = cycle.iter().enumerate().min_by_key(|&(_, place)| place).map_or(0, |(at, _)| at);
    cycle.rotate_left(least);
    Err(cycle)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{ALL, nodes};
    use super::*;

    fn faults(text: &str, rules: Rules, expected: &[&str]) {
        let found: Vec<_> =
            super::check(&nodes(text), rules).iter().map(ToString::to_string).collect();
        assert_eq!(found, expected, "{text}");
    }

    fn check(text: &str, expected: &[&str]) {
        faults(text, Rules::default(), expected);
    }

    #[test]
    fn a_chain_is_fine() {
        check("", &[]);
        check("a", &[]);
        //     a ── b ──┬── d
        //      └── c ──┘
        check("a\n b < a\n c < a\n d < b c", &[]);
        check("a @ one\n b < a @ two", &[]);
        check("a\n b < a ! a", &[]); // said twice, in two ways
    }

    #[test]
    fn one_mistake_is_one_fault() {
        check(
            "a\n b < aa",
            &["`down_revision` of `b` is `aa`, and there is no such revision; did you mean `a`?"],
        );
        check("a\n b < xyz", &["`down_revision` of `b` is `xyz`, and there is no such revision"]);
        check(
            "a @ reports\n b < a ! raports",
            &[
                "`depends_on` of `b` has `raports`, and there is no such revision or branch label; did you mean `reports`?",
            ],
        );
        check(
            "a\n b < b",
            &["revision `b` is its own `down_revision`; name the revision it follows, or `None`"],
        );
        check(
            "a\n b < a ! b",
            &["revision `b` depends on itself; remove it from its `depends_on`"],
        );
        check(
            "a\n b < a ! l @ l",
            &["revision `b` depends on itself; remove it from its `depends_on`"],
        );
        check("a\n b < a a", &["`down_revision` of `b` names `a` twice; once is enough"]);
        check("a\n b < a\n c < b ! a a", &["`depends_on` of `c` names `a` twice; once is enough"]);
        check("a @ l l", &["`branch_labels` of `a` has `l` twice; once is enough"]);
        check(
            "a @ l\n b < a @ l",
            &[
                "branch label `l` is at `a` and `b`; a label names one revision, the first of its branch",
            ],
        );
        check(
            "a\n b < a @ a",
            &[
                "branch label `a` of revision `b` is also the id of a revision; choose another label",
            ],
        );
        check(
            "head",
            &[
                "`head` is no revision id: `head` is a word of the revision language and can't be a name",
            ],
        );
        check(
            "a @ base",
            &[
                "`base` of revision `a` is no branch label: `base` is a word of the revision language and can't be a name",
            ],
        );
    }

    #[test]
    fn a_duplicate_names_both_places() {
        let mut twins = nodes("a\n b < a\n c < b");
        twins[2].id = "b".into();
        twins[2].down_revision = vec!["a".into()];
        let found = super::check(&twins, Rules::default());
        let [fault] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(
            fault.to_string(),
            "revision `b` is there 2 times, in versions/b.rs and versions/c.rs; give each its own id"
        );
    }

    #[test]
    fn a_cycle_is_listed_without_what_hangs_on_it() {
        //     a    b ── c ── d ──(b)
        //               └── e ── f
        check(
            "a\n b < d\n c < b\n d < c\n e < c\n f < e",
            &[
                "revisions wait for one another: `b` -> `d` -> `c` -> `b`; change a `down_revision` or `depends_on` of one of them",
            ],
        );
        // Both kinds of edges close it.
        check(
            "a\n b < a ! c\n c < a ! b",
            &[
                "revisions wait for one another: `b` -> `c` -> `b`; change a `down_revision` or `depends_on` of one of them",
            ],
        );
    }

    #[test]
    fn two_heads_need_a_merge_or_leave() {
        //     a ── b
        //      └── c
        let text = "a\n b < a\n c < a";
        check(
            text,
            &[
                "the chain has 2 heads, `b` (make b) and `c` (make c); merge them with `cargo migrate merge b c -m \"…\"`, or allow them with `migrations!(\"…\", multiple_heads)`",
            ],
        );
        faults(text, Rules { multiple_heads: true, multiple_bases: false }, &[]);
        // A dependency joins nothing.
        assert_eq!(super::check(&nodes("a\n b < a\n c < a ! b"), Rules::default()).len(), 1);
    }

    #[test]
    fn two_bases_need_leave() {
        //     a ──┬── c
        //     b ──┘
        let text = "a\n b\n c < a b";
        check(
            text,
            &[
                "the chain has 2 first revisions, `a` (make a) and `b` (make b); give all but one a `down_revision`, or allow them with `migrations!(\"…\", multiple_bases)`",
            ],
        );
        faults(text, ALL, &[]);
    }

    #[test]
    fn what_is_missing_hides_what_follows_from_it() {
        // `b` would be a second base and `c` a second head if anyone asked.
        let found = super::check(&nodes("a\n b < nosuch\n c < b"), Rules::default());
        assert!(matches!(found.as_slice(), [Fault::UnknownDownRevision { .. }]), "{found:?}");
    }

    #[test]
    fn faults_come_in_the_order_of_the_files() {
        let mut nodes = nodes("a < x1x\n b < y2y\n c < z3z");
        let in_order = super::check(&nodes, ALL);
        nodes.reverse();
        assert_eq!(super::check(&nodes, ALL), in_order);
        assert_eq!(in_order.len(), 3);
    }
}
