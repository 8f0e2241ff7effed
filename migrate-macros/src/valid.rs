//! Who says what about a chain that is not one.
//!
//! Three rounds, and each is silent while the one before has something to say,
//! so that one mistake stays one error:
//!
//! 1. a file that cannot be read as a migration
//! 2. a literal that does not fit the other files: said by its `#[migration]`
//! 3. the graph as a whole: said by `migrations!`

use std::collections::BTreeMap;

use migrate_model::revision::{self, Fault, Node, RevisionId, Rules};
use migrate_model::source::{Migration, Text};
use proc_macro2::Span;

use crate::folder::{Content, File, Folder};

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
        nodes.iter().map(|node| (&node.id, node.file.as_str())).collect();
    let faults = revision::check(&nodes, Rules { multiple_heads: true, multiple_bases: true });
    // An id that was taken for another revision is missing where it belongs.
    let is_taken = faults.iter().any(|fault| matches!(fault, Fault::DuplicateRevision { .. }));
    for fault in &faults {
        let Some((revision, literal)) = literal(fault, is_taken) else { continue };
        let Some(file) = file_of.get(revision) else { continue };
        let message = match fault {
            Fault::DuplicateRevision { id, files: twins } => twice(id, twins, files),
            fault => fault.to_string(),
        };
        complaints.entry((*file).to_owned()).or_default().push(Complaint { literal, message });
    }
    complaints
}

/// The revision whose attribute shows a fault, and where; none for a fault of the graph.
fn literal(fault: &Fault, is_taken: bool) -> Option<(&RevisionId, Literal)> {
    let place = match fault {
        Fault::BadId { revision, .. } => (revision, Literal::Revision),
        // The file that was added last, if names begin with a date.
        Fault::DuplicateRevision { id, .. } => (id, Literal::Revision),
        Fault::UnknownDownRevision { .. } | Fault::UnknownDependency { .. } if is_taken => {
            return None;
        }
        Fault::UnknownDownRevision { revision, missing, .. } => {
            (revision, Literal::DownRevision(missing.clone()))
        }
        Fault::UnknownDependency { revision, missing, .. } => {
            (revision, Literal::DependsOn(missing.clone()))
        }
        Fault::OwnParent { revision } => (revision, Literal::DownRevision(revision.to_string())),
        Fault::OwnDependency { revision } => (revision, Literal::DependsOn(revision.to_string())),
        Fault::RepeatedParent { revision, parent } => {
            (revision, Literal::DownRevision(parent.to_string()))
        }
        Fault::RepeatedDependency { revision, dependency } => {
            (revision, Literal::DependsOn(dependency.clone()))
        }
        Fault::BadLabel { revision, label, .. }
        | Fault::RepeatedLabel { revision, label }
        | Fault::LabelIsRevision { revision, label } => {
            (revision, Literal::BranchLabel(label.clone()))
        }
        Fault::DuplicateLabel { label, revisions } => {
            (revisions.last()?, Literal::BranchLabel(label.clone()))
        }
        Fault::Cycle { .. } | Fault::MultipleHeads { .. } | Fault::MultipleBases { .. } => {
            return None;
        }
    };
    Some(place)
}

/// Names the places of an id that was given twice.
fn twice(id: &RevisionId, twins: &[String], files: &BTreeMap<String, File>) -> String {
    let place = |name: &String| match files.get(name).map(|file| &file.content) {
        Some(Content::Migration(read)) => format!("{name}:{}", read.line),
        Some(Content::Unreadable | Content::NoMigration(_) | Content::Faulty) | None => {
            name.clone()
        }
    };
    let places: Vec<String> = twins.iter().map(place).collect();
    format!(
        "revision `{id}` is there {} times, at {}; give each its own id",
        places.len(),
        places.join(" and ")
    )
}

/// What `migrations!` has to say of the graph as a whole.
pub(crate) fn graph_faults(folder: &Folder, rules: Rules) -> Vec<String> {
    let Some(nodes) = nodes(&folder.files) else { return Vec::new() };
    let faults = revision::check(&nodes, rules);
    if faults.iter().any(|fault| literal(fault, false).is_some()) {
        return Vec::new();
    }
    // A root too many is mostly a head too many as well, and so is a cycle.
    let is_bent =
        |fault: &Fault| matches!(fault, Fault::Cycle { .. } | Fault::MultipleBases { .. });
    let bent = faults.iter().any(is_bent);
    faults.iter().filter(|fault| !bent || is_bent(fault)).map(Fault::to_string).collect()
}

/// The revisions, if every file could be read.
fn nodes(files: &BTreeMap<String, File>) -> Option<Vec<Node>> {
    let nodes = files.values().map(|file| match &file.content {
        Content::Migration(read) => Some(read.node.clone()),
        Content::Unreadable | Content::NoMigration(_) | Content::Faulty => None,
    });
    nodes.collect()
}

/// The literal in `migration` that a complaint is about.
pub(crate) fn place(literal: &Literal, migration: &Migration) -> Span {
    let attribute = &migration.attribute;
    let last = |texts: &[Text], value: &str| {
        texts.iter().rev().find(|text| text.value == value).map(|text| text.span)
    };
    let span = match literal {
        Literal::Attribute => None,
        Literal::Irreversible => attribute.irreversible.as_ref().map(|text| text.span),
        Literal::Revision => Some(attribute.revision.span),
        Literal::DownRevision(id) => last(&attribute.down_revision.items, id),
        Literal::DependsOn(name) => last(&attribute.depends_on.items, name),
        Literal::BranchLabel(label) => last(&attribute.branch_labels.items, label),
    };
    span.unwrap_or_else(Span::call_site)
}
