//! From where the database is to where it should be.
//!
//! ```text
//! upgrade    what the target needs             − applied      upwards
//! downgrade  what needs the revisions to drop  ∩ applied      downwards
//! stamp      a new applied set, and nothing runs
//! ```
//!
//! These are sets; their order is that of the graph.

use std::collections::BTreeSet;

use super::error::{PlanError, ResolveError};
use super::graph::{Edge, Graph, places};
use super::heads::{Applied, HeadDelta, delta};
use super::id::RevisionId;
use super::resolve::{Branch, Here, is_on, members};
use super::spec::{RevisionSpec, Symbol};

/// Which way a migration runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Its `upgrade`.
    Up,
    /// Its `downgrade`.
    Down,
}

/// One migration to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Whose.
    pub revision: RevisionId,
    /// Which way.
    pub direction: Direction,
    /// What becomes of the version table with it.
    pub heads: HeadDelta,
}

/// A database declared to be elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StampPlan {
    /// All that is applied.
    pub before: BTreeSet<RevisionId>,
    /// All that will be called applied.
    pub after: BTreeSet<RevisionId>,
    /// What becomes of the version table.
    pub heads: HeadDelta,
}

/// Which way `target` lies: down where all that it needs is applied, but for what is above everything.
///
/// # Errors
///
/// When the target can't be found.
pub fn direction(
    graph: &Graph,
    applied: &BTreeSet<RevisionId>,
    target: &RevisionSpec,
) -> Result<Direction, PlanError> {
    let is_top = matches!(target.symbol, Some(Symbol::Head | Symbol::Heads));
    let is_down = if target.is_from_here() {
        target.offset < 0
    } else {
        let is_top = is_top && target.offset == 0;
        !is_top && upgrade(graph, applied, target)?.is_empty()
    };
    Ok(if is_down { Direction::Down } else { Direction::Up })
}

/// The migrations that bring the database up to `target`: none when it is there, or beyond.
///
/// What the target needs is in the plan even below revisions that are applied already: whoever doesn't
/// want that asks [`Graph::skipped`] first.
pub fn upgrade(
    graph: &Graph,
    applied: &BTreeSet<RevisionId>,
    target: &RevisionSpec,
) -> Result<Vec<Step>, PlanError> {
    if target.is_from_here() && target.offset < 0 {
        return Err(PlanError::UpgradeDown { spec: target.to_string() });
    }
    let here = Here { graph, spec: target, is_applied: members(graph, applied)? };
    let targets = here.resolve(here.branch()?.as_ref())?;
    let mut needed = graph.reach(targets, Edge::Parents);
    needed
        .iter_mut()
        .zip(&here.is_applied)
        .for_each(|(is_needed, is_there)| *is_needed &= !is_there);
    Ok(steps(graph, here.is_applied, places(&needed), Direction::Up))
}

/// The migrations that bring the database down to `target`, and what needs them on the way.
pub fn downgrade(
    graph: &Graph,
    applied: &BTreeSet<RevisionId>,
    target: &RevisionSpec,
) -> Result<Vec<Step>, PlanError> {
    if target.is_from_here() && target.offset > 0 {
        return Err(PlanError::DowngradeUp { spec: target.to_string() });
    }
    let here = Here { graph, spec: target, is_applied: members(graph, applied)? };
    let branch = here.branch()?;
    let roots = if target.is_from_here() {
        roots_from_here(&here, branch.as_ref())?
    } else {
        roots_above(&here, branch.as_ref())?
    };
    let mut drop = graph.reach(roots, Edge::Children);
    drop.iter_mut()
        .zip(&here.is_applied)
        .for_each(|(is_dropped, is_there)| *is_dropped &= is_there);
    Ok(steps(graph, here.is_applied, places(&drop).rev(), Direction::Down))
}

/// What is left of a plan to run these revisions where others may have run some of them meanwhile: nothing that is not
/// among them. `None` where what they were to be taken back under is applied by now.
pub fn remaining(
    graph: &Graph,
    applied: &BTreeSet<RevisionId>,
    revisions: &BTreeSet<RevisionId>,
    direction: Direction,
) -> Result<Option<Vec<Step>>, PlanError> {
    let (is_applied, mut left) = (members(graph, applied)?, members(graph, revisions)?);
    let is_up = direction == Direction::Up;
    left.iter_mut().zip(&is_applied).for_each(|(is_left, is_there)| *is_left &= *is_there != is_up);
    if is_up {
        return Ok(Some(steps(graph, is_applied, places(&left), direction)));
    }
    let above = graph.reach(places(&left), Edge::Children);
    let is_covered = places(&above).all(|at| left[at] || !is_applied[at]);
    Ok(is_covered.then(|| steps(graph, is_applied, places(&left).rev(), direction)))
}

/// `-N`: the lowest of the N revisions that go.
fn roots_from_here(here: &Here<'_>, branch: Option<&Branch>) -> Result<Vec<usize>, PlanError> {
    let spec = here.spec.to_string();
    if here.spec.offset == 0 {
        return Ok(vec![]);
    }
    let top = match here.tops(branch).as_slice() {
        &[top] => top,
        [] => {
            return Err(match branch {
                Some(branch) if !here.rows().is_empty() => {
                    PlanError::BranchNotApplied { spec, branch: branch.name.clone() }
                }
                Some(_) | None => PlanError::NothingApplied { spec },
            });
        }
        several => {
            let candidates = here.graph.candidates(several.iter().copied());
            return Err(ResolveError::ManyCurrent { spec, candidates }.into());
        }
    };
    // The walk has to know its way to the last step, also where that one leads below a merge.
    here.walk(Some(top), here.spec.offset, branch)?;
    let lowest = here.walk(Some(top), here.spec.offset + 1, branch)?;
    Ok(lowest.into_iter().collect())
}

/// Those that directly follow the target, on the branch if there is one.
fn roots_above(here: &Here<'_>, branch: Option<&Branch>) -> Result<Vec<usize>, PlanError> {
    let graph = here.graph;
    let on_branch = |places: &[usize]| -> Vec<usize> {
        places.iter().copied().filter(|&at| is_on(branch, at)).collect()
    };
    let is_head = matches!(here.spec.symbol, Some(Symbol::Head | Symbol::Heads));
    if branch.is_some() && is_head && here.spec.offset == 0 && graph.heads().nth(1).is_some() {
        return Err(PlanError::NothingAbove { spec: here.spec.to_string() });
    }
    let target = match here.resolve(branch)?.as_slice() {
        [] => return Ok(on_branch(&here.bases())),
        &[target] => target,
        several => {
            let candidates = graph.candidates(several.iter().copied());
            return Err(PlanError::ManyTargets { spec: here.spec.to_string(), candidates });
        }
    };
    let revision = || graph.node(target).id.clone();
    if !here.is_applied[target] {
        return Err(PlanError::NotApplied { revision: revision() });
    }
    let roots = on_branch(graph.along(target, Edge::Up));
    let is_something = roots.iter().any(|&at| here.is_applied[at]);
    if !is_something && !here.rows().contains(&target) {
        let dependents = graph.along(target, Edge::Children).iter().copied();
        let dependents = dependents.filter(|&at| here.is_applied[at]);
        let dependents = dependents.map(|at| graph.node(at).id.clone()).collect();
        return Err(PlanError::OnlyDependents { revision: revision(), dependents });
    }
    Ok(roots)
}

fn steps(
    graph: &Graph,
    is_applied: Vec<bool>,
    revisions: impl Iterator<Item = usize>,
    direction: Direction,
) -> Vec<Step> {
    let mut applied = Applied::new(graph, is_applied);
    revisions
        .map(|at| Step {
            revision: graph.node(at).id.clone(),
            direction,
            heads: applied.toggle(at),
        })
        .collect()
}

/// The database at `targets`, and where it was on branches that none of them is on.
///
/// `base` takes all, `label@base` all that is on the branch.
pub fn stamp(
    graph: &Graph,
    applied: &BTreeSet<RevisionId>,
    targets: &[RevisionSpec],
) -> Result<StampPlan, PlanError> {
    let is_applied = members(graph, applied)?;
    let mut stamped = Vec::new();
    let mut is_left = vec![false; is_applied.len()];
    for spec in targets {
        let here = Here { graph, spec, is_applied: is_applied.clone() };
        let branch = here.branch()?;
        let at = here.resolve(branch.as_ref())?;
        // A branch that depends on this one can stay where it is, unless this one goes to base.
        let below = branch.filter(|_| at.is_empty()).map(|branch| branch.at);
        let through: Vec<_> = at.iter().copied().chain(below).collect();
        if through.is_empty() && spec.symbol == Some(Symbol::Base) {
            is_left.fill(true);
        }
        for edge in [Edge::Parents, Edge::Children] {
            let line = graph.reach(through.iter().copied(), edge);
            is_left.iter_mut().zip(line).for_each(|(is_left, is_on)| *is_left |= is_on);
        }
        stamped.extend(at);
    }
    // Rows on the way go; the others keep what they need, gaps included.
    let rows = graph.maximal_of(&is_applied);
    let kept = graph.reach(places(&rows).filter(|&at| !is_left[at]), Edge::Parents);
    let implied = graph.reach(stamped, Edge::Parents);
    let after: Vec<bool> =
        graph.all().map(|at| implied[at] || (kept[at] && is_applied[at])).collect();
    let rows = |members: &[bool]| graph.to_ids(&graph.maximal_of(members));
    Ok(StampPlan {
        before: applied.clone(),
        heads: delta(&rows(&is_applied), &rows(&after)),
        after: graph.to_ids(&after),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::fixture::{any_graph, graph, ids, text};
    use super::*;

    ///     a ── b ──┬── c1 ── d1
    ///              └── c2 ── d2
    const BRANCHES: &str = "
        a
        b  < a
        c1 < b      @ one
        d1 < c1
        c2 < b      @ two
        d2 < c2
    ";

    ///     a ── b1 ──┐
    ///      └── b2 ──┴── c ── d
    const MERGE: &str = "a\n b1 < a\n b2 < a\n c < b1 b2\n d < c";

    ///     a1 ── b1 ── c1 ── d1
    ///     a2 ── b2 ── c2 (needs c1)
    const DEPENDS: &str = "
        a1          @ lib
        b1 < a1
        c1 < b1     @ ready
        d1 < c1
        a2          @ app
        b2 < a2
        c2 < b2     ! ready
    ";

    type Planner = fn(&Graph, &BTreeSet<RevisionId>, &RevisionSpec) -> Result<Vec<Step>, PlanError>;

    /// The revisions that run and the rows that are left, `c1 c2 -> a b`; or why not.
    fn check(plan: Planner, drawing: &str, rows: &str, target: &str, expected: Result<&str, &str>) {
        let graph = graph(drawing);
        let applied = graph.ancestors(&ids(rows));
        assert_eq!(graph.maximal(&applied), ids(rows), "{rows} are no rows");
        let found = plan(&graph, &applied, &target.parse().unwrap());
        let found = found.map_err(|error| error.to_string()).map(|steps| {
            let left = run(&graph, applied, &steps).unwrap();
            format!(
                "{} -> {}",
                text(steps.iter().map(|step| &step.revision)),
                text(&graph.maximal(&left))
            )
        });
        assert_eq!(found.as_deref().map_err(String::as_str), expected, "{rows}: {target}");
    }

    /// What is applied after `steps`, each of which must be possible and tell the truth about the rows.
    fn run(
        graph: &Graph,
        mut applied: BTreeSet<RevisionId>,
        steps: &[Step],
    ) -> Result<BTreeSet<RevisionId>, String> {
        for step in steps {
            let rows = graph.maximal(&applied);
            let is_new = match step.direction {
                Direction::Up => applied.insert(step.revision.clone()),
                Direction::Down => applied.remove(&step.revision),
            };
            if !is_new {
                return Err(format!("{} runs twice", step.revision));
            }
            if graph.ancestors(&applied) != applied {
                return Err(format!("{} runs too early", step.revision));
            }
            if step.heads != delta(&rows, &graph.maximal(&applied)) {
                return Err(format!("{} leaves wrong rows", step.revision));
            }
        }
        Ok(applied)
    }

    /// `c1 d1`, where it was said when `rows` were other ones.
    #[test]
    fn what_is_left() {
        let check = |direction, rows: &str, revisions: &str, expected: Option<&str>| {
            let graph = graph(BRANCHES);
            let applied = graph.ancestors(&ids(rows));
            let found = remaining(&graph, &applied, &ids(revisions), direction).unwrap();
            let found = found.map(|steps| {
                run(&graph, applied, &steps).unwrap();
                text(steps.iter().map(|step| &step.revision))
            });
            assert_eq!(found.as_deref(), expected, "{rows}: {revisions}");
        };
        check(Direction::Up, "a", "b c1", Some("b c1"));
        check(Direction::Up, "b", "b c1", Some("c1"));
        check(Direction::Up, "d1", "b c1", Some(""));
        check(Direction::Down, "d1", "c1 d1", Some("d1 c1"));
        check(Direction::Down, "c1", "c1 d1", Some("c1"));
        check(Direction::Down, "a", "c1 d1", Some(""));
        check(Direction::Down, "d1", "c1", None); //      d1 came meanwhile
    }

    #[test]
    fn up() {
        let check = |rows, target, expected| check(upgrade, BRANCHES, rows, target, expected);
        check("", "heads", Ok("a b c1 c2 d1 d2 -> d1 d2"));
        check("", "d1", Ok("a b c1 d1 -> d1"));
        check("", "one", Ok("a b c1 -> c1"));
        check("c1", "two@head", Ok("c2 d2 -> c1 d2"));
        check("b", "one@+1", Ok("c1 -> c1"));
        check("c1", "two@+1", Ok("c2 -> c1 c2"));
        check("", "+2", Ok("a b -> b"));
        check("a", "b", Ok("b -> b"));
        check("d1", "b", Ok(" -> d1")); //        there, and beyond
        check("d1", "base", Ok(" -> d1"));
        check("d1", "current", Ok(" -> d1"));
        check(
            "d1",
            "head-1",
            Err(
                "`head-1` is not one revision but `d1` (make d1) and `d2` (make d2); name one of them, or `heads` for all",
            ),
        );
        check(
            "b",
            "+1",
            Err("`+1` can't tell where to go above `b`: `c1` (make c1) or `c2` (make c2)"),
        );
        check(
            "b",
            "-1",
            Err(
                "`-1` lies below where the database is, and `upgrade` only goes up; use `downgrade -1`",
            ),
        );
        check(
            "c1 d2",
            "+1",
            Err(
                "`+1` can't tell where to start, for the database is at `c1` (make c1) and `d2` (make d2); say which branch, as in `c1@+1`",
            ),
        );
    }

    #[test]
    fn up_takes_what_it_depends_on() {
        let check = |rows, target, expected| check(upgrade, DEPENDS, rows, target, expected);
        check("", "c2", Ok("a1 a2 b1 b2 c1 c2 -> c2"));
        check("c2", "heads", Ok("d1 -> c2 d1"));
        check("a1 b2", "app@+1", Ok("b1 c1 c2 -> c2"));
        check("c2", "lib@+1", Ok("d1 -> c2 d1")); // `c1` is there without a row
    }

    #[test]
    fn down() {
        let check = |rows, target, expected| check(downgrade, BRANCHES, rows, target, expected);
        check("d1 d2", "base", Ok("d2 d1 c2 c1 b a -> "));
        check("d1", "-1", Ok("d1 -> c1"));
        check("d1", "-4", Ok("d1 c1 b a -> "));
        check("d1 d2", "b", Ok("d2 d1 c2 c1 -> b"));
        check("d1 d2", "one@b", Ok("d1 c1 -> d2"));
        check("d1 d2", "two@-1", Ok("d2 -> c2 d1"));
        check("d1 d2", "c1@b", Ok("d1 c1 -> d2")); // a revision is a branch too
        check("d1", "d1", Ok(" -> d1"));
        check("d1", "+0", Ok(" -> d1"));
        check("d1 d2", "base+2", Ok("d2 d1 c2 c1 -> b"));
        check("d1 d2", "d1-1", Ok("d1 -> c1 d2"));
        check("d1", "-5", Err("`-5` goes too far: `d1` is only 4 steps above base"));
        check(
            "d1",
            "+1",
            Err(
                "`+1` lies above where the database is, and `downgrade` only goes down; use `upgrade +1`",
            ),
        );
        check(
            "d1 d2",
            "-1",
            Err(
                "`-1` can't tell where to start, for the database is at `d1` (make d1) and `d2` (make d2); say which branch, as in `d1@-1`",
            ),
        );
        check("d1", "d2", Err("can't downgrade to `d2`, which is not applied"));
        check(
            "d1",
            "two@-1",
            Err("`two@-1` takes nothing back, for nothing of branch `two` is applied"),
        );
        check("", "-1", Err("`-1` takes nothing back, for no revision is applied"));
        check("", "base", Ok(" -> "));
        check("d1 d2", "one@c2", Err("revision `c2` is not on branch `one`"));
        check(
            "d1 d2",
            "one@head",
            Err("`one@head` is the top of its branch, and nothing lies above it to take back"),
        );
        check(
            "d1 d2",
            "heads",
            Err(
                "`heads` is `d1` (make d1) and `d2` (make d2), and `downgrade` wants one revision to go down to",
            ),
        );
    }

    #[test]
    fn a_target_lies_above_or_below() {
        let check = |rows: &str, target: &str, expected| {
            let graph = graph(BRANCHES);
            let applied = graph.ancestors(&ids(rows));
            let found = direction(&graph, &applied, &target.parse().unwrap());
            assert_eq!(found, Ok(expected), "{rows}: {target}");
        };
        check("", "heads", Direction::Up);
        check("d1 d2", "heads", Direction::Up); //      there already, and nothing lies above
        check("d1 d2", "one@head", Direction::Up);
        check("d1", "one@head-1", Direction::Down);
        check("c1", "d1", Direction::Up);
        check("c1", "two", Direction::Up); //           another branch
        check("d1 d2", "b", Direction::Down);
        check("d1 d2", "one@b", Direction::Down);
        check("d1", "base", Direction::Down);
        check("d1", "d1", Direction::Down); //          there already
        check("d1", "-1", Direction::Down);
        check("c1", "+1", Direction::Up);
        check("d1", "current", Direction::Up);
    }

    #[test]
    fn down_across_a_merge() {
        let check = |rows, target, expected| check(downgrade, MERGE, rows, target, expected);
        check("d", "-1", Ok("d -> c"));
        check("d", "b1", Ok("d c -> b1 b2"));
        check("d", "a", Ok("d c b2 b1 -> a"));
        check(
            "c",
            "-1",
            Err("`-1` can't tell where to go below `c`: `b1` (make b1) or `b2` (make b2)"),
        );
    }

    #[test]
    fn down_takes_what_depends_on_it_and_leaves_what_it_needs() {
        let check = |rows, target, expected| check(downgrade, DEPENDS, rows, target, expected);
        check("c2 d1", "b1", Ok("d1 c2 c1 -> b1 b2"));
        check("c2", "lib@base", Ok("c2 c1 b1 a1 -> b2"));
        check("c2", "app@base", Ok("c2 b2 a2 -> c1"));
        check("c2", "lib@-1", Ok("c2 c1 -> b1 b2"));
        check(
            "c2",
            "c1",
            Err("nothing to take back: no applied revision follows `c1`; `c2` only depends on it"),
        );
    }

    fn check_stamp(drawing: &str, rows: &str, targets: &str, expected: &str) {
        let graph = graph(drawing);
        let applied = graph.ancestors(&ids(rows));
        let targets: Vec<RevisionSpec> =
            targets.split_whitespace().map(|target| target.parse().unwrap()).collect();
        let plan = stamp(&graph, &applied, &targets).unwrap();
        assert_eq!(text(&graph.maximal(&plan.after)), expected, "{rows}: {targets:?}");
        assert_eq!(graph.ancestors(&plan.after), plan.after);
        assert_eq!(plan.heads.apply(&ids(rows)), ids(expected));
        assert_eq!(plan.before, applied);
    }

    #[test]
    fn stamps() {
        check_stamp(BRANCHES, "", "d1", "d1");
        check_stamp(BRANCHES, "", "heads", "d1 d2");
        check_stamp(BRANCHES, "d1 d2", "b", "b");
        check_stamp(BRANCHES, "d1", "c2", "c2 d1"); //  another branch stays
        check_stamp(BRANCHES, "d1 c2", "two@head", "d1 d2");
        check_stamp(BRANCHES, "d1 d2", "one@base", "d2");
        check_stamp(BRANCHES, "d1 d2", "base", "");
        check_stamp(BRANCHES, "d1 d2", "base c1", "c1");
        check_stamp(BRANCHES, "d1", "b c2", "c2"); //   several are one
        check_stamp(BRANCHES, "d1", "-1", "c1");
        check_stamp(BRANCHES, "c1 d2", "heads", "d1 d2");
        check_stamp(BRANCHES, "c1 d2", "current", "c1 d2");
        check_stamp(MERGE, "d", "b1", "b1");
        check_stamp(DEPENDS, "c2", "c1", "c1"); //      what needs more can't stay
        check_stamp(DEPENDS, "c2", "lib@head", "c2 d1");
        check_stamp(DEPENDS, "c2", "app@base", "");
    }

    #[test]
    fn a_stamp_leaves_gaps_on_other_branches() {
        let graph = graph(BRANCHES);
        let plan = stamp(&graph, &ids("a b d1"), &["c2".parse().unwrap()]).unwrap();
        assert_eq!(text(&plan.after), "a b c2 d1");
    }

    /// A target as people write it: names of `graph` and pieces of the language, in any order.
    fn any_target() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            12 => (0..24_u32).prop_map(|at| format!("r{at:02}")),
            2 => (0..24_u32).prop_map(|at| format!("label{at}")),
            4 => prop::sample::select(vec!["head", "heads", "base", "current", "r"]).prop_map(str::to_owned),
            2 => "[-+@:]|\\PC",
            1 => "\\PC*",
        ];
        let branch = prop::option::weighted(0.3, piece.clone().prop_map(|name| format!("{name}@")));
        let offset = prop_oneof![
            12 => (-4..=4_i32).prop_map(|offset| format!("{offset:+}")),
            1 => prop::sample::select(vec![i32::MIN, i32::MIN + 1, i32::MAX]).prop_map(|offset| format!("{offset:+}")),
            1 => "[-+][0-9]{100}",
        ];
        let offset = prop::option::weighted(0.3, offset);
        (branch, prop::option::weighted(0.8, piece), offset).prop_map(|(branch, symbol, offset)| {
            [branch, symbol, offset].into_iter().flatten().collect()
        })
    }

    /// A property of graphs that are all lines would say little.
    #[test]
    fn the_random_graphs_have_what_is_hard_about_graphs() {
        use prop::{strategy::ValueTree, test_runner::TestRunner};
        let mut runner = TestRunner::deterministic();
        let (mut graphs, mut large, mut merged, mut labelled, mut needy, mut several) =
            (0, 0, 0, 0, 0, 0);
        let mut understood = 0;
        for _ in 0..200 {
            let graph = any_graph().new_tree(&mut runner).unwrap().current();
            let count =
                |is: fn(&super::super::Node) -> bool| usize::from(graph.nodes().iter().any(is));
            graphs += 1;
            large += usize::from(graph.nodes().len() >= 20);
            merged += count(|node| node.down_revision.len() > 1);
            labelled += count(|node| !node.branch_labels.is_empty());
            needy += count(|node| !node.depends_on.is_empty());
            several +=
                usize::from(graph.bases().nth(1).is_some() && graph.heads().nth(1).is_some());
            let target = any_target().new_tree(&mut runner).unwrap().current();
            understood +=
                usize::from(target.parse().is_ok_and(|spec| {
                    super::super::resolve(&graph, &spec, &BTreeSet::new()).is_ok()
                }));
        }
        let shares = [large, merged, labelled, needy, several].map(|found| 100 * found / graphs);
        assert!(shares.iter().all(|share| *share >= 40), "{shares:?} %");
        assert!(100 * understood / graphs >= 20, "{understood} targets of {graphs}");
    }

    proptest! {
        #[test]
        fn every_way_up_and_down_keeps_the_truth_and_leads_home(
            (graph, targets) in
                (any_graph(), prop::collection::vec((0..3_u8, any_target()), 1..12)),
        ) {
            let mut applied = BTreeSet::new();
            for (verb, target) in targets {
                let Ok(spec) = target.parse::<RevisionSpec>() else { continue };
                let _ = super::super::resolve(&graph, &spec, &applied);
                // Where it lies below, nothing is left to do above.
                if direction(&graph, &applied, &spec) == Ok(Direction::Down) {
                    let up = upgrade(&graph, &applied, &spec);
                    prop_assert!(up.map_or(true, |steps| steps.is_empty()), "{}", target);
                }
                if verb == 2 {
                    let Ok(plan) = stamp(&graph, &applied, &[spec]) else { continue };
                    prop_assert_eq!(&graph.ancestors(&plan.after), &plan.after);
                    let rows = plan.heads.apply(&graph.maximal(&applied));
                    prop_assert_eq!(rows, graph.maximal(&plan.after));
                    continue;
                }
                let plan = if verb == 0 { upgrade } else { downgrade };
                let Ok(steps) = plan(&graph, &applied, &spec) else { continue };
                let after = run(&graph, applied.clone(), &steps).map_err(TestCaseError::fail)?;

                // Back again, one by one: the same rows, the other way round.
                let members = graph.members_of(after.iter().map(RevisionId::as_str), |_| {});
                let mut back = Applied::new(&graph, members);
                for step in steps.iter().rev() {
                    let HeadDelta { delete, insert } = back.toggle(graph.find(&step.revision).unwrap());
                    prop_assert_eq!((&delete, &insert), (&step.heads.insert, &step.heads.delete));
                }
                applied = after;
            }
            let all: BTreeSet<_> = graph.nodes().iter().map(|node| node.id.clone()).collect();
            let up = upgrade(&graph, &applied, &"heads".parse().unwrap()).unwrap();
            let top = run(&graph, applied, &up).map_err(TestCaseError::fail)?;
            prop_assert_eq!(&top, &all);
            let down = downgrade(&graph, &top, &"base".parse().unwrap()).unwrap();
            let bottom = run(&graph, top, &down).map_err(TestCaseError::fail)?;
            prop_assert!(bottom.is_empty());
        }
    }
}
