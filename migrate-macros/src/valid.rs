//! Who says what about a chain that is not one.
//!
//! Three rounds, and each is silent while the one before has something to say,
//! so that one mistake stays one error:
//!
//! 1. a file that cannot be read as a migration
//! 2. a literal that does not fit the other files: said by its `#[migration]`, for SQL files by `migrations!`
//! 3. the graph as a whole: said by `migrations!`

use std::collections::BTreeMap;

use migrate_model::revision::{self, Fault as GraphFault, Node, RevisionId, Rules};
use migrate_model::source::{Fault, Migration, Texts};
use proc_macro2::{Span, TokenTree};

use crate::folder::{Content, File, Folders};

/// Something that the `#[migration]` of a file has to say.
#[derive(Clone)]
pub(crate) struct Complaint {
    pub(crate) literal: Literal,
    pub(crate) message: String,
}

/// The place in an attribute that a complaint is about.
#[derive(Clone)]
pub(crate) enum Literal {
    /// The attribute itself.
    Attribute,
    Irreversible,
    Revision,
    /// The parent with this id; of several, the last.
    DownRevision(String),
    DependsOn(String),
    BranchLabel(String),
}

/// What the attributes have to say, by file name.
pub(crate) fn complaints(files: &BTreeMap<String, File>) -> BTreeMap<String, Vec<Complaint>> {
    let mut complaints: BTreeMap<String, Vec<Complaint>> = BTreeMap::new();
    for (name, file) in files {
        if let Content::Migration(read) = &file.content {
            complaints.entry(name.clone()).or_default().extend(read.downgrade.clone());
        }
    }
    let Some(nodes) = nodes(files) else { return complaints };
    let file_of: BTreeMap<&RevisionId, &str> =
        nodes.iter().map(|node| (&node.id, &*node.file)).collect();
    let faults = revision::check(&nodes, Rules { multiple_heads: true, multiple_bases: true });
    // A file copied from another one still has its id, and then is its own parent, or nobody's.
    let is_taken = faults.iter().any(|fault| matches!(fault, GraphFault::DuplicateRevision { .. }));
    for fault in &faults {
        let Some((revision, literal)) = literal(fault, is_taken) else { continue };
        let Some(file) = file_of.get(revision) else { continue };
        let message = if let GraphFault::DuplicateRevision { id, files: twins } = fault {
            twice(id, twins, files)
        } else {
            fault.to_string()
        };
        complaints.entry((*file).to_owned()).or_default().push(Complaint { literal, message });
    }
    complaints
}

/// The revision whose attribute shows a fault, and where; none for a fault of the graph.
fn literal(fault: &GraphFault, is_taken: bool) -> Option<(&RevisionId, Literal)> {
    let place = match fault {
        GraphFault::BadId { revision, .. } => (revision, Literal::Revision),
        // The file that was added last, if names begin with a date.
        GraphFault::DuplicateRevision { id, .. } => (id, Literal::Revision),
        GraphFault::UnknownDownRevision { .. }
        | GraphFault::UnknownDependency { .. }
        | GraphFault::OwnParent { .. }
        | GraphFault::OwnDependency { .. }
            if is_taken =>
        {
            return None;
        }
        GraphFault::UnknownDownRevision { revision, missing, .. } => {
            (revision, Literal::DownRevision(missing.clone()))
        }
        GraphFault::UnknownDependency { revision, missing, .. } => {
            (revision, Literal::DependsOn(missing.clone()))
        }
        GraphFault::OwnParent { revision } => {
            (revision, Literal::DownRevision(revision.to_string()))
        }
        GraphFault::OwnDependency { revision } => {
            (revision, Literal::DependsOn(revision.to_string()))
        }
        GraphFault::RepeatedParent { revision, parent } => {
            (revision, Literal::DownRevision(parent.to_string()))
        }
        GraphFault::RepeatedDependency { revision, dependency } => {
            (revision, Literal::DependsOn(dependency.clone()))
        }
        GraphFault::BadLabel { revision, label, .. }
        | GraphFault::RepeatedLabel { revision, label }
        | GraphFault::LabelIsRevision { revision, label } => {
            (revision, Literal::BranchLabel(label.clone()))
        }
        GraphFault::DuplicateLabel { label, revisions } => {
            (revisions.last()?, Literal::BranchLabel(label.clone()))
        }
        GraphFault::Cycle { .. }
        | GraphFault::MultipleHeads { .. }
        | GraphFault::MultipleBases { .. } => {
            return None;
        }
    };
    Some(place)
}

/// Names the places of an id that was given twice.
fn twice(id: &RevisionId, twins: &[String], files: &BTreeMap<String, File>) -> String {
    let place = |name: &String| match files.get(name).map(|file| &file.content) {
        Some(Content::Migration(read)) => format!("{name}:{}", read.line),
        Some(Content::Sql(pair)) => format!("{name}:{}", pair.migration.header.revision.line),
        Some(
            Content::Unreadable | Content::NoMigration(_) | Content::Faulty | Content::FaultySql(_),
        )
        | None => name.clone(),
    };
    let places: Vec<String> = twins.iter().map(place).collect();
    format!(
        "revision `{id}` is there {} times, at {}; give each its own id",
        places.len(),
        places.join(" and ")
    )
}

/// What `migrations!` has to say of the graph as a whole.
pub(crate) fn graph_faults(folders: &Folders, rules: Rules) -> Vec<String> {
    let Some(nodes) = nodes(&folders.files) else { return Vec::new() };
    let faults = revision::check(&nodes, rules);
    if faults.iter().any(|fault| literal(fault, false).is_some()) {
        return Vec::new();
    }
    // A root too many is mostly a head too many as well, and so is a cycle.
    let is_bent = |fault: &GraphFault| {
        matches!(fault, GraphFault::Cycle { .. } | GraphFault::MultipleBases { .. })
    };
    let bent = faults.iter().any(is_bent);
    faults.iter().filter(|fault| !bent || is_bent(fault)).map(GraphFault::to_string).collect()
}

/// The revisions, if every file could be read.
fn nodes(files: &BTreeMap<String, File>) -> Option<Vec<Node>> {
    let nodes = files.values().map(|file| match &file.content {
        Content::Migration(read) => Some(read.node.clone()),
        Content::Sql(pair) => Some(pair.node.clone()),
        Content::Unreadable | Content::NoMigration(_) | Content::Faulty | Content::FaultySql(_) => {
            None
        }
    });
    nodes.collect()
}

/// A complaint at its place in the attribute that was read from `arguments`.
pub(crate) fn fault(
    complaint: &Complaint,
    migration: &Migration,
    arguments: &[TokenTree],
) -> Fault {
    let attribute = &migration.attribute;
    let last = |texts: &Texts, value: &str| {
        texts.items.iter().rev().find(|text| text.value == value).map(|text| text.span)
    };
    let span = match &complaint.literal {
        Literal::Attribute => None,
        Literal::Irreversible => attribute.irreversible.as_ref().map(|text| text.span),
        Literal::Revision => Some(attribute.revision.span),
        Literal::DownRevision(id) => last(&attribute.down_revision, id),
        Literal::DependsOn(name) => last(&attribute.depends_on, name),
        Literal::BranchLabel(label) => last(&attribute.branch_labels, label),
    };
    match span {
        Some(span) => Fault::new(&complaint.message, span),
        None => Fault::across(&complaint.message, arguments, Span::call_site()),
    }
}
