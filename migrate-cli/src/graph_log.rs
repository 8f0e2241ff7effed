//! Revisions as text, in Alembic's short and long form, as JSON, and as pictures.
//!
//! ```text
//! short   ae1027a6acf0 -> 3f2a9c41b7d0 (reports) (head) (pending), Add order notes
//! long    Rev: 3f2a9c41b7d0 (head) (pending)
//!         Parent: ae1027a6acf0
//!         Path: migrations/src/versions/20241015_0930_3f2a9c41b7d0_add_order_notes.rs
//!         Created: 2024-10-15 09:30
//!
//!             Add order notes
//! ```
//!
//! Where the graph comes from, a compiled chain or the sources, makes no difference.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::NaiveDateTime;
use migrate_core::run::{LogEntry, Status};
use migrate_model::revision::{Graph, Node, RevisionId};
use serde_json::{Value, json};

use crate::mermaid::{self, Class};
use crate::picture::{self, Line, Row};
use crate::source::style::FileStyle;
use crate::ui::{duration, style, styled, visible};

/// What is known of a revision beside its place in the graph.
#[derive(Clone, Debug, Default)]
pub(crate) struct Details {
    /// The file it is written in.
    pub(crate) file: String,
    /// Whether it runs outside a transaction.
    pub(crate) is_outside_transaction: bool,
    /// Why there is no way back.
    pub(crate) irreversible: Option<String>,
    /// What breaks in programs on the schema before.
    pub(crate) breaking: Option<String>,
}

/// What a database says of the revisions.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    applied: BTreeSet<RevisionId>,
    current: BTreeSet<RevisionId>,
    runs: BTreeMap<String, Run>,
}

/// When a revision was applied.
#[derive(Debug)]
struct Run {
    started_at: String,
    /// None where it was only declared.
    duration: Option<Duration>,
    applied_by: String,
}

impl Marks {
    /// What `status` says, and the log of when and by whom, where that is wanted.
    pub(crate) fn new(status: &Status, log: &[LogEntry]) -> Self {
        let mut runs = BTreeMap::new();
        // A later row of the same revision takes the place of an earlier one.
        for entry in log.iter().filter(|entry| entry.status == "done") {
            match entry.direction.as_str() {
                "downgrade" | "unstamp" => drop(runs.remove(&entry.revision)),
                "upgrade" | "stamp" | "external" => {
                    drop(runs.insert(entry.revision.clone(), Run::new(entry)));
                }
                _ => {}
            }
        }
        Marks { applied: status.applied.clone(), current: status.heads.clone(), runs }
    }
}

#[cfg(test)]
impl Marks {
    pub(crate) fn at(applied: BTreeSet<RevisionId>, current: BTreeSet<RevisionId>) -> Self {
        Marks { applied, current, runs: BTreeMap::new() }
    }
}

impl Run {
    fn new(entry: &LogEntry) -> Self {
        let milliseconds = u64::try_from(entry.duration_ms).unwrap_or(0);
        Run {
            started_at: entry.started_at.clone(),
            duration: (entry.direction == "upgrade").then(|| Duration::from_millis(milliseconds)),
            applied_by: entry.applied_by.clone(),
        }
    }

    /// `Applied: … by … in …`
    fn line(&self) -> String {
        let when = visible(&format!("{} by {}", self.started_at, self.applied_by));
        match self.duration {
            Some(elapsed) => format!("Applied: {when} in {}", duration(elapsed)),
            None => format!("Stamped: {when}"),
        }
    }
}

/// A graph about to be shown.
#[derive(Debug)]
pub(crate) struct GraphLog<'a> {
    /// The revisions.
    pub(crate) graph: &'a Graph,
    /// What else is known of each.
    pub(crate) details: BTreeMap<RevisionId, Details>,
    /// How files are named, when that is known.
    pub(crate) names: Option<FileStyle>,
    /// What a database says, when one answers.
    pub(crate) marks: Option<Marks>,
    /// Whether to mark where the database is.
    pub(crate) indicates_current: bool,
}

impl GraphLog<'_> {
    /// One line.
    pub(crate) fn short(&self, node: &Node) -> String {
        let dependencies = match node.depends_on.as_slice() {
            [] => String::new(),
            names => format!(" ({})", names.join(", ")),
        };
        let line = format!("{}{dependencies} -> {}", parents(node), self.named(node));
        self.titled(node, line)
    }

    /// One line without the parents.
    pub(crate) fn alone(&self, node: &Node) -> String {
        self.titled(node, self.named(node))
    }

    /// All that is known of a revision that is not among these.
    pub(crate) fn stranger(&self, name: &str, log: &[LogEntry]) -> String {
        let mut lines = vec![format!("Rev: {} (unknown)", styled(style::REVISION, &visible(name)))];
        lines.extend(self.marks.as_ref().and_then(|marks| marks.runs.get(name)).map(Run::line));
        let message = log.iter().rfind(|entry| entry.revision == name && !entry.message.is_empty());
        lines.push(String::new());
        for text in message.iter().flat_map(|entry| entry.message.lines()) {
            lines.push(format!("    {}", visible(text)).trim_end().to_owned());
        }
        lines.push(String::new());
        lines.join("\n")
    }

    /// All that is known.
    pub(crate) fn long(&self, node: &Node) -> String {
        let mut lines = vec![format!("Rev: {}{}", id(node), self.flags(node))];
        let mut line = |name: &str, value: &str| lines.push(format!("{name}: {}", visible(value)));
        match node.down_revision.len() {
            0 | 1 => line("Parent", &parents(node)),
            _ => line("Merges", &parents(node)),
        }
        if !node.depends_on.is_empty() {
            line("Also depends on", &node.depends_on.join(", "));
        }
        let next: Vec<&str> = self.graph.next(&node.id).map(|next| next.id.as_str()).collect();
        if next.len() > 1 {
            line("Branches into", &next.join(", "));
        }
        if !node.branch_labels.is_empty() {
            line("Branch names", &node.branch_labels.join(", "));
        }
        if let Some(details) = self.details.get(&node.id) {
            line("Path", &details.file);
            if let Some(created) = self.created(details) {
                line("Created", &created.format("%Y-%m-%d %H:%M").to_string());
            }
            if details.is_outside_transaction {
                line("Transaction", "none");
            }
            if let Some(why) = &details.irreversible {
                line("Irreversible", why);
            }
            if let Some(what) = &details.breaking {
                line("Breaking", what);
            }
        }
        if let Some(run) = self.marks.as_ref().and_then(|marks| marks.runs.get(node.id.as_str())) {
            lines.push(run.line());
        }
        lines.push(String::new());
        for text in visible(&node.message).lines() {
            lines.push(if text.is_empty() { String::new() } else { format!("    {text}") });
        }
        lines.push(String::new());
        lines.join("\n")
    }

    /// The same for programs.
    pub(crate) fn json(&self, node: &Node) -> Value {
        let mut value = json!({
            "revision": node.id.as_str(),
            "down_revision": texts(&node.down_revision),
            "depends_on": node.depends_on,
            "branch_labels": node.branch_labels,
            "message": node.message,
            "is_head": self.is_head(node),
            "is_applied": self.marks.as_ref().map(|marks| marks.applied.contains(&node.id)),
            "is_current": self.marks.as_ref().map(|marks| marks.current.contains(&node.id)),
        });
        if let Some(details) = self.details.get(&node.id) {
            value["path"] = json!(details.file);
            let created = self.created(details);
            value["created"] = json!(created.map(|at| at.format("%Y-%m-%dT%H:%M:%S").to_string()));
            value["transaction"] = json!(!details.is_outside_transaction);
            value["irreversible"] = json!(details.irreversible);
            value["breaking"] = json!(details.breaking);
        }
        if let Some(run) = self.marks.as_ref().and_then(|marks| marks.runs.get(node.id.as_str())) {
            value["applied_at"] = json!(run.started_at);
            value["applied_by"] = json!(run.applied_by);
            value["duration_ms"] =
                json!(run.duration.and_then(|elapsed| u64::try_from(elapsed.as_millis()).ok()));
        }
        value
    }

    /// A drawing of `nodes`, newest first, each on a line or with all that is known of it.
    ///
    /// ```text
    /// @ current   ● applied   ○ pending   * no database answered
    /// ```
    pub(crate) fn picture(&self, nodes: &[&Node], is_long: bool) -> String {
        let shown: BTreeSet<&str> = nodes.iter().map(|node| node.id.as_str()).collect();
        let line = |is_solid, id| match (shown.contains(id), is_solid) {
            (false, _) => Line::Out,
            (true, true) => Line::Solid(id),
            (true, false) => Line::Dotted(id),
        };
        picture::draw(nodes.iter().map(|node| {
            let follows = node.down_revision.iter();
            let follows = follows.map(|id| line(true, id.as_str()));
            let needs = self.needs(node).map(|need| line(false, need.id.as_str()));
            let glyph = match self.class(node) {
                Some(Class::Current) => styled(style::APPLIED, "@"),
                Some(Class::Applied) => styled(style::APPLIED, "●"),
                Some(Class::Pending) => styled(style::PENDING, "○"),
                None => "*".to_owned(),
            };
            Row {
                name: node.id.as_str(),
                glyph,
                text: if is_long { self.long(node) + "\n" } else { self.beside(node) },
                lines: follows.chain(needs).collect(),
            }
        }))
    }

    /// `nodes`, newest first, as a Mermaid flowchart.
    pub(crate) fn flowchart(&self, nodes: &[&Node]) -> String {
        let numbers: BTreeMap<&str, usize> =
            self.graph.nodes().iter().map(|node| node.id.as_str()).zip(1..).collect();
        let shown: BTreeSet<&str> = nodes.iter().map(|node| node.id.as_str()).collect();
        let numbered = |ids: &mut dyn Iterator<Item = &str>| -> Vec<usize> {
            ids.filter(|id| shown.contains(id)).filter_map(|id| numbers.get(id).copied()).collect()
        };
        let boxes = nodes.iter().rev().map(|node| {
            let title = visible(node.title());
            let id = format!("{}{}", node.id.as_str(), labels(node));
            mermaid::Node {
                number: numbers.get(node.id.as_str()).copied().unwrap_or_default(),
                text: [id, title].into_iter().filter(|line| !line.is_empty()).collect(),
                class: self.class(node),
                follows: numbered(&mut texts(&node.down_revision).into_iter()),
                needs: numbered(&mut self.needs(node).map(|need| need.id.as_str())),
            }
        });
        mermaid::flowchart(&boxes.collect::<Vec<_>>())
    }

    /// What a node needs beside its parents.
    fn needs<'n>(&'n self, node: &'n Node) -> impl Iterator<Item = &'n Node> {
        self.graph.parents(&node.id).filter(|parent| !node.down_revision.contains(&parent.id))
    }

    /// What a database says of it.
    fn class(&self, node: &Node) -> Option<Class> {
        let marks = self.marks.as_ref()?;
        Some(if marks.current.contains(&node.id) {
            Class::Current
        } else if marks.applied.contains(&node.id) {
            Class::Applied
        } else {
            Class::Pending
        })
    }

    /// One line beside a drawing. A dotted line that meets a solid one looks like it, so what it
    /// stands for is said, too.
    fn beside(&self, node: &Node) -> String {
        let named = self.named(node);
        let line = match node.depends_on.as_slice() {
            [] => named,
            names => format!("{named} (depends on {})", names.join(", ")),
        };
        self.titled(node, line)
    }

    /// The time in the name of its file.
    fn created(&self, details: &Details) -> Option<NaiveDateTime> {
        self.names.as_ref()?.stamp(&details.file)
    }

    /// The id with its labels and flags.
    fn named(&self, node: &Node) -> String {
        format!("{}{}{}", id(node), labels(node), self.flags(node))
    }

    fn titled(&self, node: &Node, line: String) -> String {
        match node.title() {
            "" => line,
            title => format!("{line}, {}", visible(title)),
        }
    }

    fn is_head(&self, node: &Node) -> bool {
        self.graph.next(&node.id).next().is_none()
    }

    /// ` (head) (applied)`: what sets a revision apart.
    fn flags(&self, node: &Node) -> String {
        let mut flags = String::new();
        let mut flag = |words: &str| flags.extend([" ", words]);
        if self.is_head(node) {
            // One that only others keep from being a row of the version table.
            let is_needed = self.graph.children(&node.id).next().is_some();
            flag(if is_needed { "(effective head)" } else { "(head)" });
        }
        if let Some(marks) = &self.marks {
            if self.indicates_current && marks.current.contains(&node.id) {
                flag(&styled(style::APPLIED, "(current)"));
            } else if marks.applied.contains(&node.id) {
                flag(&styled(style::APPLIED, "(applied)"));
            } else {
                flag(&styled(style::PENDING, "(pending)"));
            }
        }
        if self.graph.next(&node.id).nth(1).is_some() {
            flag("(branchpoint)");
        }
        if node.down_revision.len() > 1 {
            flag("(mergepoint)");
        }
        flags
    }
}

fn id(node: &Node) -> String {
    styled(style::REVISION, node.id.as_str())
}

fn labels(node: &Node) -> String {
    match node.branch_labels.as_slice() {
        [] => String::new(),
        labels => format!(" ({})", labels.join(", ")),
    }
}

fn parents(node: &Node) -> String {
    match node.down_revision.as_slice() {
        [] => "<base>".to_owned(),
        parents => texts(parents).join(", "),
    }
}

fn texts(ids: &[RevisionId]) -> Vec<&str> {
    ids.iter().map(RevisionId::as_str).collect()
}
