//! What the version table holds, and how a step changes it.
//!
//! The table holds the maximal elements of the applied set. Branching, merging and their undoing
//! need no cases of their own: the change is the difference between before and after.

use std::collections::BTreeSet;

use super::graph::{Edge, Graph};
use super::id::RevisionId;

/// A change to the rows of the version table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeadDelta {
    /// Rows to take out; each must be there.
    pub delete: BTreeSet<RevisionId>,
    /// Rows to put in.
    pub insert: BTreeSet<RevisionId>,
}

impl HeadDelta {
    /// Whether the table stays as it is.
    pub fn is_empty(&self) -> bool {
        self.delete.is_empty() && self.insert.is_empty()
    }

    /// `rows` after this change.
    pub fn apply(&self, rows: &BTreeSet<RevisionId>) -> BTreeSet<RevisionId> {
        &(rows - &self.delete) | &self.insert
    }
}

/// The change from the rows `before` to the rows `after`.
pub fn delta(before: &BTreeSet<RevisionId>, after: &BTreeSet<RevisionId>) -> HeadDelta {
    HeadDelta { delete: before - after, insert: after - before }
}

/// What is applied while a plan is made, one step after another.
///
/// A step can only make heads of, or take the crown from, the revision itself and those it needs;
/// so the difference is taken of these alone, and a plan costs no more than its edges.
#[derive(Clone, Debug)]
pub(super) struct Applied<'g> {
    graph: &'g Graph,
    is_applied: Vec<bool>,
    /// How many of a revision's children are applied, or needed by one that is.
    needs: Vec<usize>,
}

impl<'g> Applied<'g> {
    pub(super) fn new(graph: &'g Graph, is_applied: Vec<bool>) -> Self {
        let mut needs = vec![0; is_applied.len()];
        for at in graph.all().rev() {
            if is_applied[at] || needs[at] > 0 {
                graph.along(at, Edge::Parents).iter().for_each(|&parent| needs[parent] += 1);
            }
        }
        Self { graph, is_applied, needs }
    }

    /// Applies the revision at `at`, or takes it back when it is applied.
    pub(super) fn toggle(&mut self, at: usize) -> HeadDelta {
        let is_up = !self.is_applied[at];
        let mut touched = BTreeSet::from([at]);
        let mut before = BTreeSet::new();
        self.note(at, &mut before);
        self.is_applied[at] = is_up;
        let mut changed = if self.needs[at] == 0 { vec![at] } else { vec![] };
        while let Some(child) = changed.pop() {
            for &parent in self.graph.along(child, Edge::Parents) {
                self.note(parent, &mut before);
                touched.insert(parent);
                let was_needed = self.needs[parent] > 0;
                self.needs[parent] =
                    if is_up { self.needs[parent] + 1 } else { self.needs[parent] - 1 };
                // Below a gap in what is applied, a need is passed on.
                if !self.is_applied[parent] && was_needed != (self.needs[parent] > 0) {
                    changed.push(parent);
                }
            }
        }
        let mut after = BTreeSet::new();
        touched.into_iter().for_each(|at| self.note(at, &mut after));
        delta(&before, &after)
    }

    /// Puts the revision at `at` among `heads` if it is one now.
    fn note(&self, at: usize, heads: &mut BTreeSet<RevisionId>) {
        if self.is_applied[at] && self.needs[at] == 0 {
            heads.insert(self.graph.node(at).id.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::fixture::{any_graph, graph, ids, text};
    use super::*;

    ///     a ── b ── d ──┐
    ///      └── c ───────┴── m      e ── f (needs c)
    const GRAPH: &str = "
        a
        b < a
        c < a
        d < b
        m < d c
        e
        f < e ! c
    ";

    fn check(before: &str, after: &str, delete: &str, insert: &str) {
        let graph = graph(GRAPH);
        let rows = |applied: &str| graph.maximal(&ids(applied));
        let change = delta(&rows(before), &rows(after));
        assert_eq!((text(&change.delete), text(&change.insert)), (delete.into(), insert.into()));
        assert_eq!(change.apply(&rows(before)), rows(after));

        // What a plan takes, step by step, is the same.
        let (before, after) = (ids(before), ids(after));
        let different: Vec<_> = before.symmetric_difference(&after).collect();
        if let [one] = different.as_slice() {
            let members = graph.members_of(before.iter().map(RevisionId::as_str), |_| {});
            let at = graph.find(one).unwrap();
            assert_eq!(Applied::new(&graph, members).toggle(at), change);
        }
    }

    #[test]
    fn every_shape_is_one_difference() {
        //     before          after             delete  insert
        check("", "a", "", "a");
        check("a", "a b", "a", "b");
        check("a b", "a b c", "", "c"); //            a branch opens
        check("a b c", "a b c d", "b", "d"); //       one of two goes on
        check("a b c d", "a b c d m", "c d", "m"); // a merge
        check("a b c d m", "a b c d", "m", "c d"); // and its undoing
        check("a b e", "a b c e", "", "c"); //        another base
        check("a c e", "a c e f", "c e", "f"); //     a dependency is no row of its own
        check("a c e f", "a c e", "f", "c e"); //     until nobody depends on it
        check("a b c d", "a", "c d", "a"); //         a stamp
        check("a c d", "a b c d", "", ""); //         a gap is filled
        check("c", "a c", "", "");
    }

    proptest! {
        #[test]
        fn a_step_is_the_difference_of_the_whole(
            (graph, some, toggles) in (
                any_graph(),
                prop::collection::vec(any::<bool>(), 40),
                prop::collection::vec(any::<prop::sample::Index>(), 1..12),
            ),
        ) {
            // With gaps, and in any order: more than a plan ever does.
            let mut members = some[..graph.nodes().len()].to_vec();
            let mut applied = Applied::new(&graph, members.clone());
            for toggle in toggles {
                let at = toggle.index(members.len());
                let before = graph.to_ids(&graph.maximal_of(&members));
                members[at] = !members[at];
                let after = graph.to_ids(&graph.maximal_of(&members));
                prop_assert_eq!(applied.toggle(at), delta(&before, &after));
            }
        }
    }
}
