//! Which revisions a spec means, in this graph and with this much of it applied.
//!
//! A branch is the line through a revision: its ancestors and descendants by `down_revision`. A walk goes
//! along `down_revision` too, and must know its way at every step.

use std::collections::BTreeSet;

use super::error::ResolveError;
use super::graph::{Edge, Graph, places};
use super::id::RevisionId;
use super::spec::{RevisionSpec, Symbol};
use crate::nearest::nearest;

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
    let mut revisions = Vec::new();
    let members =
        graph.members_of(applied.iter().map(RevisionId::as_str), |id| revisions.push(id.into()));
    if !revisions.is_empty() {
        return Err(ResolveError::UnknownApplied { revisions });
    }
    Ok(members)
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

#[cfg(test)]
mod tests {
    use super::super::fixture::{graph, ids, text};
    use super::*;

    ///     a0 ── b0 ──┬── c1 ── d1          e1 ── e2 (needs c1)
    ///                └── c2 ── d2 ──┐
    ///                └── c3 ────────┴── m
    const GRAPH: &str = "
        a0
        b0 < a0
        c1 < b0     @ one
        d1 < c1
        c2 < b0     @ two
        d2 < c2
        c3 < b0     @ three
        m  < d2 c3
        e1          @ other
        e2 < e1     ! one
        3f2a < e2
        3f9c < 3f2a
    ";

    /// `rows` is what the version table holds.
    fn check(rows: &str, spec: &str, expected: Result<&str, &str>) {
        let graph = graph(GRAPH);
        let applied = graph.ancestors(&ids(rows));
        let found = resolve(&graph, &spec.parse().unwrap(), &applied);
        let found = found.map(|found| text(&found)).map_err(|error| error.to_string());
        assert_eq!(found, expected.map(str::to_owned).map_err(str::to_owned), "{rows}: {spec}");
    }

    #[test]
    fn words() {
        check("", "base", Ok(""));
        check("", "heads", Ok("3f9c d1 m"));
        check(
            "",
            "head",
            Err(
                "`head` is not one revision but `d1` (make d1), `3f9c` (make 3f9c) and `m` (make m); name one of them, or `heads` for all",
            ),
        );
        check("c1 c2", "current", Ok("c1 c2"));
        check("", "current", Ok(""));
    }

    #[test]
    fn ids_prefixes_and_labels() {
        check("", "c1", Ok("c1"));
        check("", "3f2", Ok("3f2a"));
        check("", "m", Ok("m"));
        check("", "two", Ok("c2"));
        check("", "tw", Ok("c2"));
        check("", "3f", Err("`3f` is `3f2a` (make 3f2a) or `3f9c` (make 3f9c)"));
        check("", "two@d", Ok("d2"));
        check("", "3f2b", Err("there is no revision or branch label `3f2b`; did you mean `3f2a`?"));
        check(
            "",
            "thre1",
            Err("there is no revision or branch label `thre1`; did you mean `three`?"),
        );
        check("", "HEAD", Err("there is no revision or branch label `HEAD`; did you mean `head`?"));
        check("", "nothing", Err("there is no revision or branch label `nothing`"));
    }

    #[test]
    fn branches() {
        check("", "one@head", Ok("d1"));
        check("", "two@head", Ok("m"));
        check("", "other@heads", Ok("3f9c"));
        check("", "two@base", Ok(""));
        check("", "two@d2-1", Ok("c2"));
        check("", "two@base+3", Ok("c2"));
        check("", "d2@head", Ok("m"));
        check("", "one@d2", Err("revision `d2` is not on branch `one`"));
        check(
            "",
            "tvo@head",
            Err("there is no revision or branch label `tvo`; did you mean `two`?"),
        );
        check(
            "",
            "b0@head",
            Err(
                "`b0@head` is not one revision but `d1` (make d1) and `m` (make m); name one of them, or `heads` for all",
            ),
        );
    }

    #[test]
    fn walks() {
        check("", "a0+1", Ok("b0"));
        check("", "d1-2", Ok("b0"));
        check("", "d1-4", Ok(""));
        check("b0", "one@+2", Ok("d1"));
        check("c2 d1", "two@+1", Ok("d2"));
        check("d1", "two@+1", Ok("c2")); // from where the branches part
        check("d1", "-1", Ok("c1"));
        check("d1", "current-1", Ok("c1"));
        check("e1", "+0", Ok("e1"));
        check("", "d1-5", Err("`d1-5` goes too far: `d1` is only 4 steps above base"));
        check(
            "",
            "a0-2",
            Err("`a0-2` goes too far: `a0` is the first revision, one step above base"),
        );
        check("", "c1+5", Err("`c1+5` goes too far: only one revision lies above `c1`"));
        check("d1", "+1", Err("`+1` goes too far: nothing lies above `d1`"));
        check("", "base-1", Err("`base-1` goes too far: nothing lies below base"));
        check(
            "",
            "a0+2",
            Err(
                "`a0+2` can't tell where to go above `b0`: `c1` (make c1), `c2` (make c2) or `c3` (make c3)",
            ),
        );
        check(
            "",
            "base+1",
            Err("`base+1` can't tell where to go above base: `a0` (make a0) or `e1` (make e1)"),
        );
        check(
            "",
            "m-1",
            Err("`m-1` can't tell where to go below `m`: `d2` (make d2) or `c3` (make c3)"),
        );
        check(
            "c1 c2",
            "+1",
            Err(
                "`+1` can't tell where to start, for the database is at `c1` (make c1) and `c2` (make c2); say which branch, as in `c1@+1`",
            ),
        );
    }

    #[test]
    fn revisions_of_another_chain() {
        let graph = graph(GRAPH);
        let error = resolve(&graph, &RevisionSpec::head(), &ids("a0 dead beef")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the database is at `beef` and `dead`, which this chain doesn't have; was it migrated by a newer build, or by another project?"
        );
    }
}
