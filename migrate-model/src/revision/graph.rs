//! A valid chain, indexed.
//!
//! Nodes are kept in topological order and known inside this module by their place in it, so that a walk
//! over the whole graph costs one pass over its edges.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Bound, Range};

use super::check::{Fault, Rules, examine};
use super::error::Candidate;
use super::id::RevisionId;
use super::lists::Lists;

/// A revision as its migration file declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its name.
    pub id: RevisionId,
    /// The revisions it follows: none for a base, several for a merge.
    pub down_revision: Vec<RevisionId>,
    /// Ids or labels of revisions on other branches that must be applied before it.
    pub depends_on: Vec<String>,
    /// Names of the branch that begins here.
    pub branch_labels: Vec<String>,
    /// What it does, for people.
    pub message: Cow<'static, str>,
    /// Where it was written. Revisions that could run in any order run in the order of their files' names.
    pub file: Cow<'static, str>,
}

impl Node {
    /// The first line of the message.
    pub fn title(&self) -> &str {
        self.message.lines().next().unwrap_or("").trim()
    }

    /// What nodes are sorted by: the name of the file, whatever its folder, then what tells them apart.
    pub(super) fn file_order(&self) -> (&str, &str, &str) {
        let folder = self.file.bytes().rposition(|byte| matches!(byte, b'/' | b'\\'));
        let name = &self.file[folder.map_or(0, |at| at + 1)..];
        (name, &self.file, self.id.as_str())
    }

    pub(super) fn candidate(&self) -> Candidate {
        (self.id.clone(), self.title().to_owned())
    }
}

/// A valid chain of revisions.
///
/// ```
/// use migrate_model::revision::{Graph, Node, Rules};
///
/// let node = |id: &str, down: &[&str]| Node {
///     id: id.into(),
///     down_revision: down.iter().map(|&id| id.into()).collect(),
///     depends_on: vec![],
///     branch_labels: vec![],
///     message: "".into(),
///     file: format!("{id}.rs").into(),
/// };
/// let graph = Graph::new(vec![node("b", &["a"]), node("a", &[])], Rules::default())?;
/// assert_eq!(graph.nodes()[0].id, "a");
/// # Ok::<(), Vec<migrate_model::revision::Fault>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Graph {
    nodes: Vec<Node>,
    /// The places of all nodes, in the order of their ids.
    by_id: Vec<usize>,
    labels: BTreeMap<String, usize>,
    /// The `down_revision` of each, in the order it was written.
    down: Lists,
    /// Those that have it in their `down_revision`.
    up: Lists,
    /// Those it needs, by either kind of edge, each once.
    parents: Lists,
    /// Those that need it, by either kind of edge, each once.
    children: Lists,
}

/// Which way to go along the edges, and along which of them.
#[derive(Clone, Copy, Debug)]
pub(super) enum Edge {
    /// To the `down_revision`.
    Down,
    /// From the `down_revision`.
    Up,
    /// To all that it needs.
    Parents,
    /// To all that need it.
    Children,
}

impl Graph {
    /// The graph of `nodes`, or everything that keeps them from being one.
    pub fn new(mut nodes: Vec<Node>, rules: Rules) -> Result<Self, Vec<Fault>> {
        nodes.sort_by(|a, b| a.file_order().cmp(&b.file_order()));
        let edges = examine(&nodes.iter().collect::<Vec<_>>(), rules)?;
        let mut place = vec![0; nodes.len()];
        for (to, &from) in edges.order.iter().enumerate() {
            place[from] = to;
        }
        let (mut down, mut parents) = (Lists::default(), Lists::default());
        let mut needed = Vec::new();
        for &from in &edges.order {
            let to = |&parent: &usize| place[parent];
            needed.clear();
            needed.extend(edges.down.of(from).iter().map(to));
            down.push(needed.iter().copied());
            needed.extend(edges.dependencies.of(from).iter().map(to));
            needed.sort_unstable();
            needed.dedup();
            parents.push(needed.iter().copied());
        }
        // As nearly always: files are named in the order in which they were made.
        if !edges.order.is_sorted() {
            let mut unordered: Vec<Option<Node>> = nodes.into_iter().map(Some).collect();
            nodes = edges.order.iter().filter_map(|&from| unordered[from].take()).collect();
        }
        let by_id = edges.by_id.iter().map(|&from| place[from]).collect();
        let labels = (nodes.iter().enumerate())
            .flat_map(|(at, node)| node.branch_labels.iter().map(move |label| (label.clone(), at)))
            .collect();
        let (up, children) = (down.turned(), parents.turned());
        Ok(Self { nodes, by_id, labels, down, up, parents, children })
    }

    /// The revision of this id.
    pub fn get(&self, id: &str) -> Option<&Node> {
        self.find(id).map(|at| &self.nodes[at])
    }

    /// The revision that has this branch label.
    pub fn labelled(&self, label: &str) -> Option<&Node> {
        self.labels.get(label).map(|&at| &self.nodes[at])
    }

    /// Every branch label and the revision that has it.
    pub fn labels(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.labels.iter().map(|(label, &at)| (label.as_str(), &self.nodes[at]))
    }

    /// Every revision after all those it needs; ties by file name.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Revisions that are in no `down_revision`.
    ///
    /// One that another branch depends on is a head too: its own branch can go on from there.
    pub fn heads(&self) -> impl DoubleEndedIterator<Item = &Node> {
        self.all().filter(|&at| self.up.of(at).is_empty()).map(|at| &self.nodes[at])
    }

    /// Revisions without a `down_revision`.
    pub fn bases(&self) -> impl DoubleEndedIterator<Item = &Node> {
        self.all().filter(|&at| self.down.of(at).is_empty()).map(|at| &self.nodes[at])
    }

    /// The revisions that this one needs, by `down_revision` or `depends_on`.
    pub fn parents<'a>(&'a self, id: &str) -> impl DoubleEndedIterator<Item = &'a Node> + use<'a> {
        self.linked(id, Edge::Parents)
    }

    /// The revisions that need this one, by `down_revision` or `depends_on`.
    pub fn children<'a>(&'a self, id: &str) -> impl DoubleEndedIterator<Item = &'a Node> + use<'a> {
        self.linked(id, Edge::Children)
    }

    /// The revisions that have this one as a `down_revision`.
    pub fn next<'a>(&'a self, id: &str) -> impl DoubleEndedIterator<Item = &'a Node> + use<'a> {
        self.linked(id, Edge::Up)
    }

    /// Those of these names that are revisions' here. They come in their order, as a map or a set has them; one that comes
    /// too late is not found.
    pub fn known<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> BTreeSet<RevisionId> {
        self.to_ids(&self.members_of(names, |_| {}))
    }

    /// `of` and all that they need. Ids that aren't in the graph are left out.
    pub fn ancestors<'a>(
        &self,
        of: impl IntoIterator<Item = &'a RevisionId>,
    ) -> BTreeSet<RevisionId> {
        self.to_ids(&self.reach(self.places_of(of), Edge::Parents))
    }

    /// `of` and all that need them. Ids that aren't in the graph are left out.
    pub fn descendants<'a>(
        &self,
        of: impl IntoIterator<Item = &'a RevisionId>,
    ) -> BTreeSet<RevisionId> {
        self.to_ids(&self.reach(self.places_of(of), Edge::Children))
    }

    /// Those of `set` that no other of them needs: what the version table holds when `set` is applied.
    pub fn maximal(&self, set: &BTreeSet<RevisionId>) -> BTreeSet<RevisionId> {
        let members = self.members_of(set.iter().map(RevisionId::as_str), |_| {});
        self.to_ids(&self.maximal_of(&members))
    }

    /// Revisions that aren't applied although one that needs them is: they were added, or stamped over, later.
    pub fn skipped(&self, applied: &BTreeSet<RevisionId>) -> BTreeSet<RevisionId> {
        let is_applied = self.members_of(applied.iter().map(RevisionId::as_str), |_| {});
        let mut skipped = self.reach(places(&is_applied), Edge::Parents);
        skipped
            .iter_mut()
            .zip(is_applied)
            .for_each(|(is_skipped, is_there)| *is_skipped &= !is_there);
        self.to_ids(&skipped)
    }

    // From here on, revisions are places in topological order, and a set is a `bool` for each.

    pub(super) fn node(&self, at: usize) -> &Node {
        &self.nodes[at]
    }

    pub(super) fn all(&self) -> Range<usize> {
        0..self.nodes.len()
    }

    pub(super) fn find(&self, id: &str) -> Option<usize> {
        let found = self.by_id.binary_search_by(|&at| self.nodes[at].id.as_str().cmp(id));
        found.ok().map(|number| self.by_id[number])
    }

    pub(super) fn find_label(&self, label: &str) -> Option<usize> {
        self.labels.get(label).copied()
    }

    /// The ids and labels that begin with `prefix`, and whose they are.
    pub(super) fn beginning_with(&self, prefix: &str) -> BTreeSet<usize> {
        let first = self.by_id.partition_point(|&at| self.nodes[at].id.as_str() < prefix);
        let ids = self.by_id[first..].iter().map(|&at| (self.nodes[at].id.as_str(), at));
        let from = (Bound::Included(prefix), Bound::Unbounded);
        let labels = self.labels.range::<str, _>(from).map(|(label, &at)| (label.as_str(), at));
        let begins = |(name, _): &(&str, usize)| name.starts_with(prefix);
        ids.take_while(begins).chain(labels.take_while(begins)).map(|(_, at)| at).collect()
    }

    pub(super) fn along(&self, at: usize, edge: Edge) -> &[usize] {
        let lists = match edge {
            Edge::Down => &self.down,
            Edge::Up => &self.up,
            Edge::Parents => &self.parents,
            Edge::Children => &self.children,
        };
        lists.of(at)
    }

    /// `from` and everything that can be come to from there.
    pub(super) fn reach(&self, from: impl IntoIterator<Item = usize>, edge: Edge) -> Vec<bool> {
        let mut reached = vec![false; self.nodes.len()];
        let mut waiting: Vec<usize> = from.into_iter().collect();
        while let Some(at) = waiting.pop() {
            if !std::mem::replace(&mut reached[at], true) {
                waiting.extend(self.along(at, edge).iter().filter(|&&next| !reached[next]));
            }
        }
        reached
    }

    /// Which revisions these names are of; `other` is told the rest. The names come in their order, so that one pass over
    /// them and the ids finds all.
    pub(super) fn members_of<'a>(
        &self,
        names: impl IntoIterator<Item = &'a str>,
        mut other: impl FnMut(&'a str),
    ) -> Vec<bool> {
        let mut members = vec![false; self.nodes.len()];
        let mut places = self.by_id.iter().copied().peekable();
        let mut before = "";
        for name in names {
            debug_assert!(before <= name, "`{name}` comes behind `{before}`");
            before = name;
            while places.next_if(|&at| self.nodes[at].id.as_str() < name).is_some() {}
            match places.peek() {
                Some(&at) if self.nodes[at].id == *name => members[at] = true,
                Some(_) | None => other(name),
            }
        }
        members
    }

    /// Those of `members` that no other of them needs.
    pub(super) fn maximal_of(&self, members: &[bool]) -> Vec<bool> {
        let parents = places(members).flat_map(|at| self.along(at, Edge::Parents)).copied();
        let needed = self.reach(parents.collect::<Vec<_>>(), Edge::Parents);
        members.iter().zip(needed).map(|(&is_member, is_needed)| is_member && !is_needed).collect()
    }

    pub(super) fn to_ids(&self, members: &[bool]) -> BTreeSet<RevisionId> {
        // In their own order, in which a set of them is made without a search for each.
        let ids = self.by_id.iter().filter(|&&at| members[at]);
        ids.map(|&at| self.nodes[at].id.clone()).collect()
    }

    pub(super) fn candidates(&self, of: impl IntoIterator<Item = usize>) -> Vec<Candidate> {
        of.into_iter().map(|at| self.nodes[at].candidate()).collect()
    }

    /// Every id and label, for "did you mean".
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let ids = self.by_id.iter().map(|&at| self.nodes[at].id.as_str());
        ids.chain(self.labels.keys().map(String::as_str))
    }

    fn places_of<'a>(&self, ids: impl IntoIterator<Item = &'a RevisionId>) -> Vec<usize> {
        ids.into_iter().filter_map(|id| self.find(id.as_str())).collect()
    }

    fn linked<'a>(
        &'a self,
        id: &str,
        edge: Edge,
    ) -> impl DoubleEndedIterator<Item = &'a Node> + use<'a> {
        let places = self.find(id).map_or(&[][..], |at| self.along(at, edge));
        places.iter().map(|&at| &self.nodes[at])
    }
}

/// The places that are in `members`, in order.
pub(super) fn places(members: &[bool]) -> impl DoubleEndedIterator<Item = usize> {
    members.iter().enumerate().filter(|(_, is_member)| **is_member).map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::fixture::{ALL, any_nodes, graph, ids, text};
    use super::*;

    ///     a ── b ── d ──┐
    ///      └── c ───────┴── m      e ── f (needs c)
    const GRAPH: &str = "
        a
        b < a
        c < a       @ side
        d < b
        m < d c
        e
        f < e ! side
    ";

    fn order(graph: &Graph) -> String {
        text(graph.nodes().iter().map(|node| &node.id))
    }

    #[test]
    fn edges_of_both_kinds() {
        let graph = graph(GRAPH);
        let names = |nodes: Vec<&Node>| text(nodes.into_iter().map(|node| &node.id));
        assert_eq!(names(graph.heads().collect()), "f m");
        assert_eq!(names(graph.bases().collect()), "a e");
        assert_eq!(names(graph.parents("f").collect()), "c e");
        assert_eq!(names(graph.children("c").collect()), "f m");
        assert_eq!(names(graph.next("c").collect()), "m");
        assert_eq!(names(graph.children("nosuch").collect()), "");
        assert_eq!(text(&graph.ancestors(&ids("f"))), "a c e f");
        assert_eq!(text(&graph.descendants(&ids("c"))), "c f m");
        assert_eq!(graph.labelled("side").map(|node| node.id.as_str()), Some("c"));
    }

    #[test]
    fn maximal_are_those_that_no_other_needs() {
        let graph = graph(GRAPH);
        let check = |set: &str, expected: &str| {
            assert_eq!(text(&graph.maximal(&ids(set))), expected, "{set}");
        };
        check("", "");
        check("a b c", "b c");
        check("a b c d m", "m");
        check("a c e f", "f"); // c by the dependency
        check("a m", "m"); //      across a gap
    }

    #[test]
    fn skipped_are_below_what_is_applied() {
        let graph = graph(GRAPH);
        assert_eq!(text(&graph.skipped(&ids("a b c d m"))), "");
        assert_eq!(text(&graph.skipped(&ids("a c m"))), "b d");
    }

    #[test]
    fn ties_are_broken_by_the_name_of_the_file() {
        //     a ── b ── d
        //      └── c
        let mut nodes = super::super::fixture::nodes("a\n b < a\n c < a\n d < b");
        let order_of = |nodes: &[Node]| order(&Graph::new(nodes.to_vec(), ALL).unwrap());
        assert_eq!(order_of(&nodes), "a b c d");
        nodes[1].file = "versions/z.rs".into();
        assert_eq!(order_of(&nodes), "a c b d");
        nodes[1].file = "other/a.rs".into(); // the folder doesn't matter
        assert_eq!(order_of(&nodes), "a b c d");
        nodes[1].file = r"versions\z.rs".into();
        assert_eq!(order_of(&nodes), "a c b d");
    }

    #[test]
    fn a_long_chain_is_no_trouble() {
        const LENGTH: usize = 50_000;
        let node = |at: usize| Node {
            id: format!("r{at:05}").into(),
            down_revision: at
                .checked_sub(1)
                .map(|at| format!("r{at:05}").into())
                .into_iter()
                .collect(),
            depends_on: vec![],
            branch_labels: vec![],
            message: "".into(),
            file: "".into(),
        };
        let chain = || (0..LENGTH).rev().map(node).collect::<Vec<_>>();
        let graph = Graph::new(chain(), Rules::default()).unwrap();
        assert_eq!(graph.ancestors(&ids("r49999")).len(), LENGTH);
        let steps = super::super::upgrade(&graph, &ids(""), &"head".parse().unwrap()).unwrap();
        assert_eq!(steps.len(), LENGTH);
        let mut round = chain();
        round[LENGTH - 1].down_revision = vec!["r49999".into()];
        let faults = super::super::check(&round, Rules::default());
        assert!(
            matches!(faults.as_slice(), [Fault::Cycle { revisions }] if revisions.len() == LENGTH)
        );
    }

    proptest! {
        #[test]
        fn the_order_is_topological_and_not_that_of_the_input(
            (nodes, shuffled) in any_nodes().prop_flat_map(|nodes| (Just(nodes.clone()), Just(nodes).prop_shuffle())),
        ) {
            let graph = Graph::new(nodes, ALL).unwrap();
            let again = Graph::new(shuffled, ALL).unwrap();
            prop_assert_eq!(graph.nodes(), again.nodes());
            for at in graph.all() {
                prop_assert!(graph.along(at, Edge::Parents).iter().all(|&parent| parent < at));
            }
        }

        #[test]
        fn maximal_elements_bring_back_what_they_came_from(
            (nodes, some) in (any_nodes(), prop::collection::vec(any::<prop::sample::Index>(), 0..6)),
        ) {
            let graph = Graph::new(nodes, ALL).unwrap();
            let some: BTreeSet<_> = some.iter().map(|at| at.get(graph.nodes()).id.clone()).collect();
            let closed = graph.ancestors(&some);
            prop_assert_eq!(graph.ancestors(&graph.maximal(&closed)), closed);
        }
    }
}
