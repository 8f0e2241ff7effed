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
