//! The files of the folders as a graph, whether they compile or not.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use migrate_model::revision::{Graph, Node, RevisionId, Rules};
use migrate_model::source::{Fault, Migration, SourceFile, Texts};

use crate::failure::Failure;
use crate::graph_log::Details;
use crate::source::project::Sources;
use crate::ui;

/// The migrations of a project.
#[derive(Clone, Debug, Default)]
pub(crate) struct SourceChain {
    /// The revisions, in the order of the folders and the files.
    pub(crate) nodes: Vec<Node>,
    /// Where each is written.
    pub(crate) paths: BTreeMap<RevisionId, PathBuf>,
    /// What else the files say.
    pub(crate) details: BTreeMap<RevisionId, Details>,
}

/// Any number of heads and bases: what is to be mended must be seen first.
pub(crate) const ANY: Rules = Rules { multiple_heads: true, multiple_bases: true };

impl SourceChain {
    /// Reads every file, shown as seen from `here`.
    ///
    /// A folder that is not there has none yet.
    pub(crate) fn read(sources: &Sources, here: &Path) -> Result<Self, Failure> {
        let mut chain = SourceChain::default();
        let mut faults = Vec::new();
        for folder in &sources.folders {
            for name in file_names(folder, here)? {
                let path = folder.join(&name);
                let shown = ui::path(&path, here);
                match fs::read_to_string(&path) {
                    Ok(text) => match migration(&text, &shown) {
                        // Of one folder the names are enough.
                        Ok(migration) if sources.folders.len() == 1 => {
                            chain.add(name, path, shown, &migration);
                        }
                        Ok(migration) => chain.add(shown.clone(), path, shown, &migration),
                        Err(said) => faults.extend(said),
                    },
                    Err(error) => faults.push(format!("{shown}: {error}")),
                }
            }
        }
        match faults.is_empty() {
            true => Ok(chain),
            false => Err(broken(&sources.shown(here), faults)),
        }
    }

    /// Where a revision of this chain is written.
    pub(crate) fn path<'a>(&'a self, node: &'a Node) -> &'a Path {
        self.paths.get(&node.id).map_or(Path::new(&node.file), PathBuf::as_path)
    }

    fn add(&mut self, name: String, path: PathBuf, shown: String, migration: &Migration) {
        let attribute = &migration.attribute;
        let node = node(migration, name);
        let details = Details {
            file: shown,
            is_outside_transaction: !attribute.transaction,
            irreversible: attribute.irreversible.as_ref().map(|text| text.value.clone()),
            breaking: attribute.breaking.as_ref().map(|text| text.value.clone()),
        };
        self.details.insert(node.id.clone(), details);
        self.paths.insert(node.id.clone(), path);
        self.nodes.push(node);
    }

    /// The graph, with as many heads and bases as there are; `shown` is the folder.
    pub(crate) fn graph(&self, shown: &str) -> Result<Graph, Failure> {
        Graph::new(self.nodes.clone(), ANY)
            .map_err(|faults| broken(shown, faults.iter().map(ToString::to_string).collect()))
    }
}

/// The names of the files that `migrations!` sees in a folder, in order.
fn file_names(folder: &Path, here: &Path) -> Result<Vec<String>, Failure> {
    let cannot =
        |error| Failure::new(format!("cannot read {}", ui::path(folder, here))).caused_by(error);
    let mut names = Vec::new();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(names),
        Err(error) => return Err(cannot(error)),
    };
    for entry in entries {
        let entry = entry.map_err(cannot)?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if name.ends_with(".rs") && !name.starts_with('.') && entry.path().is_file() {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// The failure of a folder that is no chain.
fn broken(shown: &str, faults: Vec<String>) -> Failure {
    let failure = Failure::new(format!("the migrations in {shown} are no chain"));
    faults.into_iter().fold(failure, Failure::because)
}

/// The one migration in the text of a file, or what is wrong with it, by line.
fn migration(text: &str, shown: &str) -> Result<Migration, Vec<String>> {
    let place = |fault: &Fault| {
        let start = fault.span.start();
        format!("{shown}:{}:{}: {}", start.line, start.column + 1, fault.message)
    };
    let file = SourceFile::read(text).map_err(|fault| vec![place(&fault)])?;
    match file.migration() {
        Ok(Ok(migration)) => Ok(migration.clone()),
        Ok(Err(faults)) => Err(faults.iter().map(place).collect()),
        Err(none) => Err(vec![format!("{shown} {none}")]),
    }
}

/// A migration as the graph sees it.
pub(crate) fn node(migration: &Migration, file: String) -> Node {
    let attribute = &migration.attribute;
    Node {
        id: RevisionId::from(attribute.revision.value.as_str()),
        down_revision: values(&attribute.down_revision).map(RevisionId::from).collect(),
        depends_on: values(&attribute.depends_on).map(str::to_owned).collect(),
        branch_labels: values(&attribute.branch_labels).map(str::to_owned).collect(),
        message: migration.message.clone(),
        file,
    }
}

fn values(texts: &Texts) -> impl Iterator<Item = &str> {
    texts.items.iter().map(|text| text.value.as_str())
}
