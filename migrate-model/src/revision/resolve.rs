//! Which revisions a spec means, in this graph and with this much of it applied.
//!
//! A branch is the line through a revision: its ancestors and descendants by `down_revision`. A walk goes
//! along `down_revision` too, and must know its way at every step.

use std::collections::BTreeSet;

use super::error::ResolveError;
use super::graph::{Edge, Graph, places};
use super::id::RevisionId;
use super::nearest::nearest;
use super::spec::{RevisionSpec, Symbol};

/// The revisions that `spec` means; none for `base`.
///
/// `+N`, `-N` and `current` are counted from the heads of what is applied.
pub fn resolve(
    graph: &Graph,
    spec: &RevisionSpec,
    applied: &BTreeSet<RevisionId>,
) -> Result<BTreeSet<RevisionId>, ResolveError> {
    let here = Here { graph, spec, is_applied: members(graph, applied)? };
    let found = here.resolve(here.branch()?.as_ref())?;
    Ok(found.into_iter().map(|at| graph.node(at).id.clone()).collect())
}

/// The applied revisions by their places, if the graph has them all.
pub(super) fn members(
    graph: &Graph,
    applied: &BTreeSet<RevisionId>,
) -> Result<Vec<bool>, ResolveError> {
    let revisions: Vec<_> =
        applied.iter().filter(|id| graph.find(id.as_str()).is_none()).cloned().collect();
    if !revisions.is_empty() {
        return Err(ResolveError::UnknownApplied { revisions });
    }
    Ok(graph.members(applied.iter().filter_map(|id| graph.find(id.as_str()))))
}

/// A branch that a spec is limited to.
#[derive(Debug)]
pub(super) struct Branch {
    /// As it was written.
    pub(super) name: String,
    /// The revision of that name.
    pub(super) at: usize,
    /// The line through it.
    pub(super) line: Vec<bool>,
}

/// Where a spec is understood.
#[derive(Debug)]
pub(super) struct Here<'a> {
    pub(super) graph: &'a Graph,
    pub(super) spec: &'a RevisionSpec,
    pub(super) is_applied: Vec<bool>,
}

impl Here<'_> {
    /// The branch before the `@`.
    pub(super) fn branch(&self) -> Result<Option<Branch>, ResolveError> {
        let Some(name) = &self.spec.branch else { return Ok(None) };
        let at = self.name(name, None)?;
        let mut line = self.graph.reach([at], Edge::Down);
        let above = self.graph.reach([at], Edge::Up);
        line.iter_mut().zip(above).for_each(|(is_on, is_above)| *is_on |= is_above);
        Ok(Some(Branch { name: name.clone(), at, line }))
    }

    /// The revisions that the spec means; none for base.
    pub(super) fn resolve(&self, branch: Option<&Branch>) -> Result<Vec<usize>, ResolveError> {
        let start = self.start(branch)?;
        if self.spec.offset == 0 {
            return Ok(start);
        }
        if start.len() > 1 {
            let candidates = self.graph.candidates(start);
            let spec = self.spec.to_string();
            return Err(match self.spec.symbol {
                None | Some(Symbol::Current) => ResolveError::ManyCurrent { spec, candidates },
                Some(Symbol::Base | Symbol::Head | Symbol::Heads | Symbol::Prefix(_)) => {
                    ResolveError::ManyHeads { spec, candidates }
                }
            });
        }
        let end = self.walk(start.first().copied(), self.spec.offset, branch)?;
        Ok(end.into_iter().collect())
    }

    /// Where the walk starts.
    fn start(&self, branch: Option<&Branch>) -> Result<Vec<usize>, ResolveError> {
        match &self.spec.symbol {
            Some(Symbol::Base) => Ok(vec![]),
            Some(Symbol::Head) => {
                let heads = self.heads(branch);
                if heads.len() > 1 {
                    let candidates = self.graph.candidates(heads);
                    return Err(ResolveError::ManyHeads {
                        spec: self.spec.to_string(),
                        candidates,
                    });
                }
                Ok(heads)
            }
            // Without a branch, those that nothing depends on: the others come along.
            Some(Symbol::Heads) if branch.is_none() => {
                Ok(places(&self.graph.maximal_of(&vec![true; self.is_applied.len()])).collect())
            }
            Some(Symbol::Heads) => Ok(self.heads(branch)),
            Some(Symbol::Prefix(name)) => Ok(vec![self.name(name, branch)?]),
            None | Some(Symbol::Current) => Ok(self.current(branch)),
        }
    }

    /// The revisions in no `down_revision`.
    fn heads(&self, branch: Option<&Branch>) -> Vec<usize> {
        let is_head = |at: &usize| self.graph.along(*at, Edge::Up).is_empty();
        self.graph.all().filter(is_head).filter(|&at| is_on(branch, at)).collect()
    }

    /// The rows of the version table.
    pub(super) fn rows(&self) -> Vec<usize> {
        places(&self.graph.maximal_of(&self.is_applied)).collect()
    }

    /// Where the database is, on a branch: the rows that are on it, or the topmost of it that is applied.
    pub(super) fn current(&self, branch: Option<&Branch>) -> Vec<usize> {
        let rows: Vec<_> = self.rows().into_iter().filter(|&at| is_on(branch, at)).collect();
        if !rows.is_empty() {
            return rows;
        }
        let is_there = |at: usize| self.is_applied[at] && is_on(branch, at);
        let is_top = |at: &usize| !self.graph.along(*at, Edge::Up).iter().any(|&up| is_there(up));
        self.graph.all().filter(|&at| is_there(at)).filter(is_top).collect()
    }

    /// What a walk down can start from: the rows, or on a branch that only others keep applied, its topmost.
    pub(super) fn tops(&self, branch: Option<&Branch>) -> Vec<usize> {
        let rows = self.rows().into_iter().filter(|&at| is_on(branch, at)).collect::<Vec<_>>();
        if !rows.is_empty() {
            return rows;
        }
        let is_top =
            |at: usize| !self.graph.along(at, Edge::Up).iter().any(|&up| self.is_applied[up]);
        places(&self.is_applied).filter(|&at| is_on(branch, at) && is_top(at)).collect()
    }

    /// The revision of this id or label, or of the only one that begins so.
    fn name(&self, name: &str, branch: Option<&Branch>) -> Result<usize, ResolveError> {
        let exact = self.graph.find(name).or_else(|| self.graph.find_label(name));
        let found =
            exact.map_or_else(|| self.graph.beginning_with(name), |at| BTreeSet::from([at]));
        let Some(&first) = found.first() else {
            let words = ["head", "heads", "base", "current"];
            let names = self.graph.names().chain(words);
            let suggestion = nearest(name, names).map(str::to_owned);
            return Err(ResolveError::NoRevision { name: name.to_owned(), suggestion });
        };
        let on_branch: Vec<_> = found.into_iter().filter(|&at| is_on(branch, at)).collect();
        match (on_branch.as_slice(), branch) {
            (&[one], _) => Ok(one),
            (&[], Some(branch)) => Err(ResolveError::NotOnBranch {
                revision: self.graph.node(first).id.clone(),
                branch: branch.name.clone(),
            }),
            (several, _) => Err(ResolveError::Ambiguous {
                prefix: name.to_owned(),
                candidates: self.graph.candidates(several.iter().copied()),
            }),
        }
    }

    /// The revision `offset` steps from `from`; `None` is base, both ways.
    pub(super) fn walk(
        &self,
        from: Option<usize>,
        offset: i32,
        branch: Option<&Branch>,
    ) -> Result<Option<usize>, ResolveError> {
        let id = |at: Option<usize>| at.map(|at| self.graph.node(at).id.clone());
        let is_up = offset > 0;
        let mut at = from;
        for reach in 0..offset.unsigned_abs() as usize {
            let next = match at {
                Some(at) => {
                    self.graph.along(at, if is_up { Edge::Up } else { Edge::Down }).to_vec()
                }
                None if is_up => self.bases(),
                None => vec![],
            };
            let is_first_base = !is_up && at.is_some() && next.is_empty();
            let next: Vec<_> = next.into_iter().filter(|&at| !is_up || is_on(branch, at)).collect();
            at = match next.as_slice() {
                &[one] => Some(one),
                [] if is_first_base => None,
                [] => {
                    let from = id(from);
                    let spec = self.spec.to_string();
                    return Err(ResolveError::TooFar { spec, from, is_up, reach });
                }
                several => {
                    let candidates = self.graph.candidates(several.iter().copied());
                    let spec = self.spec.to_string();
                    return Err(ResolveError::Fork { spec, at: id(at), is_up, candidates });
                }
            };
        }
        Ok(at)
    }

    pub(super) fn bases(&self) -> Vec<usize> {
        self.graph.all().filter(|&at| self.graph.along(at, Edge::Down).is_empty()).collect()
    }
}

pub(super) fn is_on(branch: Option<&Branch>, at: usize) -> bool {
    branch.is_none_or(|branch| branch.line[at])
}
