//! What Alembic did on thousands of graphs, and what ours does on them.
//!
//! `tests/data/graph-cases/` holds the cases, one JSON object a line: a graph (`define`), or a command on one, with what
//! Alembic 1.20.1 answered when it was run. `MIGRATE_GRAPH_CASES=FILE` reads one more file of the kind.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use migrate_core::revision::{
    Direction, Graph, Node, PlanError, RevisionId, RevisionSpec, Rules, Step, Symbol, downgrade,
    stamp, upgrade,
};
use serde::Deserialize;

/// A line of a file.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Define { define: String, revisions: Vec<Defined> },
    Case(Case),
}

#[derive(Deserialize)]
struct Defined {
    id: String,
    down: Vec<String>,
    depends_on: Vec<String>,
    labels: Vec<String>,
}

/// A command, and Alembic's answer: where it came to, or an error, or a crash.
#[derive(Deserialize)]
struct Case {
    dag: String,
    op: String,
    target: String,
    heads: Vec<String>,
    r#final: Option<Vec<String>>,
    #[serde(default)]
    steps: Vec<String>,
    error: Option<String>,
    crash: Option<String>,
}

/// Where ours differs on purpose: the graph, the command with its target, and why.
const DECISIONS: &[(&str, &str, &str)] = &[
    ("branch_cross_dep", "stamp heads", EVERY_HEAD),
    ("branched", "stamp heads", EVERY_HEAD),
    ("dep_crisscross", "stamp heads", EVERY_HEAD),
    ("effective_head", "stamp heads", EVERY_HEAD),
    ("forest_labels", "stamp heads", EVERY_HEAD),
    ("dep_crisscross", "stamp a3@a1", OTHERS_STAY),
    ("diamond", "down nosuch@head", UNKNOWN),
    ("linear5", "down nosuch@head", UNKNOWN),
    ("merged", "down nosuch@head", UNKNOWN),
];

const EVERY_HEAD: &str =
    "`heads` are all of them: Alembic loses the row of a branch that was at its head already";
const OTHERS_STAY: &str =
    "a branch that the target is not on stays where it is: Alembic drops its row";
const UNKNOWN: &str =
    "a branch that is not there is an error, also where nothing would have to run";

/// What came of a case.
enum Outcome {
    Agrees,
    /// What is never compared, and the rule that says so.
    Exempt(&'static str),
    Deviates(String),
}

const STAMP: &str =
    "one grammar for all commands: Alembic's `stamp` reads relative targets in its own way";
const SHORT: &str = "any unambiguous prefix is taken: Alembic wants four characters";

fn graph(name: &str, revisions: Vec<Defined>) -> Graph {
    let nodes = revisions.into_iter().enumerate().map(|(at, one)| Node {
        id: one.id.as_str().into(),
        down_revision: one.down.iter().map(|id| id.as_str().into()).collect(),
        depends_on: one.depends_on,
        branch_labels: one.labels,
        message: "".into(),
        file: format!("versions/{at:03}.rs").into(),
    });
    let rules = Rules { multiple_heads: true, multiple_bases: true };
    Graph::new(nodes.collect(), rules).unwrap_or_else(|faults| panic!("{name}: {faults:?}"))
}

/// All that version rows imply.
fn applied(graph: &Graph, rows: &[String]) -> BTreeSet<RevisionId> {
    let rows: BTreeSet<RevisionId> = rows.iter().map(|row| row.as_str().into()).collect();
    &graph.ancestors(&rows) | &rows
}

fn outcome(graph: &Graph, case: &Case) -> Outcome {
    let spec = match case.target.parse::<RevisionSpec>() {
        Ok(spec) => spec,
        Err(_) if case.r#final.is_none() => return Outcome::Agrees,
        Err(error) => return Outcome::Deviates(format!("ours says: {error}")),
    };
    let is_relative = spec.offset != 0 || spec.symbol.is_none();
    if case.op == "stamp" && is_relative {
        return Outcome::Exempt(STAMP);
    }
    if case.error.is_some() && is_short(graph, &spec) {
        return Outcome::Exempt(SHORT);
    }
    let before = applied(graph, &case.heads);
    let planned = match case.op.as_str() {
        "up" => upgrade(graph, &before, &spec).map(|steps| Planned::of(graph, steps, &before)),
        "down" => downgrade(graph, &before, &spec).map(|steps| Planned::of(graph, steps, &before)),
        "stamp" => stamp(graph, &before, std::slice::from_ref(&spec)).map(|plan| Planned {
            steps: Vec::new(),
            after: plan.after,
            fault: None,
        }),
        other => panic!("a case of `{other}`"),
    };
    if let Ok(Planned { fault: Some(fault), .. }) = planned {
        return Outcome::Deviates(fault);
    }
    compare(graph, case, &spec, planned)
}

fn compare(
    graph: &Graph,
    case: &Case,
    spec: &RevisionSpec,
    planned: Result<Planned, PlanError>,
) -> Outcome {
    let Some(theirs) = &case.r#final else {
        return match planned {
            Err(_) => Outcome::Agrees,
            Ok(planned) => Outcome::Deviates(format!(
                "ours runs {:?}, Alembic says {}",
                planned.steps,
                case.error.as_ref().or(case.crash.as_ref()).map_or("nothing", String::as_str)
            )),
        };
    };
    // Ours asks which one is meant; Alembic takes whichever row comes first.
    let is_bare = spec.branch.is_none() && spec.symbol.is_none() && spec.offset < 0;
    if case.op == "down" && is_bare && case.heads.len() > 1 {
        return match planned {
            Err(_) => Outcome::Agrees,
            Ok(_) => Outcome::Deviates("ours does not ask which head is meant".to_owned()),
        };
    }
    if case.op == "down" && is_off_branch(graph, spec) {
        return match planned {
            Err(_) => Outcome::Agrees,
            Ok(_) => {
                Outcome::Deviates("ours takes a revision that is not on the branch".to_owned())
            }
        };
    }
    let planned = match planned {
        Ok(planned) => planned,
        // It may say which branches there are, where a walk would take another one along.
        Err(_)
            if case.op == "down"
                && spec.branch.is_none()
                && spec.offset != 0
                && takes_another(graph, spec, case) =>
        {
            return Outcome::Agrees;
        }
        Err(error) => return Outcome::Deviates(format!("ours says: {error}")),
    };
    let theirs: BTreeSet<&str> = theirs.iter().map(String::as_str).collect();
    let after = graph.maximal(&planned.after);
    let ours: BTreeSet<&str> = after.iter().map(RevisionId::as_str).collect();
    let their_steps: BTreeSet<&str> = case.steps.iter().map(String::as_str).collect();
    let our_steps: BTreeSet<&str> = planned.steps.iter().map(RevisionId::as_str).collect();
    if ours != theirs {
        return Outcome::Deviates(format!("ours ends at {ours:?}, Alembic at {theirs:?}"));
    }
    if case.op != "stamp" && our_steps != their_steps {
        return Outcome::Deviates(format!("ours runs {our_steps:?}, Alembic {their_steps:?}"));
    }
    Outcome::Agrees
}

/// What a command would run, and what is applied behind it.
struct Planned {
    steps: Vec<RevisionId>,
    after: BTreeSet<RevisionId>,
    /// What no plan may do.
    fault: Option<String>,
}

impl Planned {
    fn of(graph: &Graph, steps: Vec<Step>, before: &BTreeSet<RevisionId>) -> Planned {
        let (mut after, mut fault) = (before.clone(), None);
        for step in &steps {
            let id = step.revision.as_str();
            let (is_new, is_early) = match step.direction {
                Direction::Up => {
                    let early = graph.parents(id).any(|node| !after.contains(&node.id));
                    (after.insert(step.revision.clone()), early)
                }
                Direction::Down => {
                    let early = graph.children(id).any(|node| after.contains(&node.id));
                    (after.remove(&step.revision), early)
                }
            };
            if !is_new || is_early {
                fault.get_or_insert(format!("ours runs `{id}` twice, or too early"));
            }
        }
        Planned { steps: steps.into_iter().map(|step| step.revision).collect(), after, fault }
    }
}

fn names(spec: &RevisionSpec) -> impl Iterator<Item = &str> {
    let symbol = match &spec.symbol {
        Some(Symbol::Prefix(prefix)) => Some(prefix.as_str()),
        Some(Symbol::Base | Symbol::Head | Symbol::Heads | Symbol::Current) | None => None,
    };
    symbol.into_iter().chain(spec.branch.as_deref())
}

fn is_short(graph: &Graph, spec: &RevisionSpec) -> bool {
    names(spec).any(|name| {
        name.chars().count() < 4 && graph.get(name).is_none() && graph.labelled(name).is_none()
    })
}

/// The revision of that id, or that carries that label.
fn find<'g>(graph: &'g Graph, name: &str) -> Option<&'g Node> {
    graph.get(name).or_else(|| graph.labelled(name))
}

/// Whether one revision is an ancestor of the other, or the same; by `down_revision` alone, as lines are.
fn are_on_a_line(graph: &Graph, one: &Node, other: &Node) -> bool {
    let is_below = |low: &Node, high: &Node| {
        let (mut reached, mut open) = (BTreeSet::from([&high.id]), vec![high]);
        while let Some(node) = open.pop() {
            let new: Vec<_> = node.down_revision.iter().filter(|id| reached.insert(id)).collect();
            open.extend(new.into_iter().filter_map(|id| graph.get(id.as_str())));
        }
        reached.contains(&low.id)
    };
    is_below(one, other) || is_below(other, one)
}

/// `label@rev`, where the revision is not on the branch.
fn is_off_branch(graph: &Graph, spec: &RevisionSpec) -> bool {
    let (Some(branch), Some(Symbol::Prefix(name))) = (&spec.branch, &spec.symbol) else {
        return false;
    };
    match (find(graph, branch), find(graph, name)) {
        (Some(root), Some(node)) => !are_on_a_line(graph, root, node),
        (_, _) => false,
    }
}

/// Whether Alembic drops revisions that are not on the line through the one that was named.
fn takes_another(graph: &Graph, spec: &RevisionSpec, case: &Case) -> bool {
    let Some(Symbol::Prefix(name)) = &spec.symbol else { return false };
    let Some(named) = find(graph, name) else { return false };
    let mut dropped = case.steps.iter().filter_map(|id| graph.get(id));
    dropped.any(|node| !are_on_a_line(graph, named, node))
}

/// The files of the folder, unpacked, and the one that the environment names.
#[expect(clippy::disallowed_methods, reason = "tests are configured by the environment alone")]
fn files() -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/graph-cases");
    let mut paths: Vec<PathBuf> = fs::read_dir(&folder)
        .expect("tests/data/graph-cases")
        .map(|entry| entry.expect("a file").path())
        .collect();
    paths.sort();
    paths.extend(std::env::var_os("MIGRATE_GRAPH_CASES").map(PathBuf::from));
    let read = |path: PathBuf| {
        let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut text = String::new();
        if path.extension().is_some_and(|extension| extension == "gz") {
            flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text).expect("gzip");
        } else {
            text = String::from_utf8(bytes).expect("UTF-8");
        }
        (path, text)
    };
    paths.into_iter().map(read).collect()
}

#[test]
#[expect(clippy::print_stdout, reason = "how much was compared")]
fn graph_cases() {
    let (mut agreeing, mut exempt) = (0, BTreeMap::<&str, usize>::new());
    let mut deviations: BTreeMap<(String, String), (usize, String)> = BTreeMap::new();
    for (path, text) in files() {
        let mut graphs = BTreeMap::new();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let line: Line = serde_json::from_str(line)
                .unwrap_or_else(|error| panic!("{}: {error}: {line}", path.display()));
            let case = match line {
                Line::Define { define, revisions } => {
                    let graph = graph(&define, revisions);
                    graphs.insert(define, graph);
                    continue;
                }
                Line::Case(case) => case,
            };
            match outcome(&graphs[&case.dag], &case) {
                Outcome::Agrees => agreeing += 1,
                Outcome::Exempt(rule) => *exempt.entry(rule).or_default() += 1,
                Outcome::Deviates(how) => {
                    let command = format!("{} {}", case.op, case.target);
                    let how = format!("at {:?}: {how}", case.heads);
                    let entry = deviations.entry((case.dag, command)).or_insert((0, how));
                    entry.0 += 1;
                }
            }
        }
    }
    let decided = |(dag, command): &(String, String)| {
        DECISIONS.iter().find(|(of, on, _)| of == dag && on == command).map(|(_, _, why)| *why)
    };
    let count: usize = deviations.values().map(|(count, _)| count).sum();
    for (rule, count) in &exempt {
        println!("{count:6} exempt: {rule}");
    }
    for (at, (count, how)) in &deviations {
        println!("{count:6} deviate: {}, {}: {how}", at.0, at.1);
        println!("       because {}", decided(at).unwrap_or("?"));
    }
    let exempt: usize = exempt.values().sum();
    println!("{} cases compared, {exempt} exempt by rule, {count} deviations", agreeing + count);

    let undecided: Vec<String> = deviations
        .iter()
        .filter(|(at, _)| decided(at).is_none())
        .map(|((dag, command), (count, how))| format!("{dag}, {command} ({count} times), {how}"))
        .collect();
    assert!(undecided.is_empty(), "nobody decided that\n{}", undecided.join("\n"));
    let is_gone = |(dag, command, _): &&(&str, &str, &str)| {
        !deviations.contains_key(&((*dag).to_owned(), (*command).to_owned()))
    };
    let gone: Vec<_> = DECISIONS.iter().filter(is_gone).collect();
    assert!(gone.is_empty(), "these agree by now: {gone:?}");
    assert!(count <= 20, "{count} deviations are too many");
    assert!(agreeing >= 8000, "only {agreeing} cases were compared");
}
