//! The files of the folders as a graph, whether they compile or not.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread::{self, Builder};
use std::{fs, io};

use migrate_model::revision::{Graph, Node, RevisionId, Rules};
use migrate_model::source::{Fault, Migration, SourceFile, Texts};

use crate::failure::Failure;
use crate::graph_log::Details;
use crate::source::project::Sources;
use crate::source::sql;
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
        // Of one folder the names are enough.
        let is_one = sources.folders.len() == 1;
        let mut chain = SourceChain::default();
        let mut faults = Vec::new();
        let mut found = Vec::new();
        for folder in &sources.folders {
            let shown = ui::path(&folder.join("_"), here);
            let shown = shown.trim_end_matches('_').to_owned();
            found
                .extend(files(folder, here)?.into_iter().map(|name| (folder, shown.clone(), name)));
        }
        let read = each(&found, |(folder, above, name)| {
            let shown = format!("{above}{name}");
            let called = if is_one { name.clone() } else { shown.clone() };
            let path = folder.join(name);
            (file(&path, called, shown), path)
        });
        for (file, path) in read {
            match file {
                Ok((node, details)) => {
                    chain.details.insert(node.id.clone(), details);
                    chain.paths.insert(node.id.clone(), path);
                    chain.nodes.push(node);
                }
                Err(said) => faults.extend(said),
            }
        }
        match faults.is_empty() {
            true => Ok(chain),
            false => Err(broken(&sources.shown(here), faults)),
        }
    }

    /// Where a revision of this chain is written.
    pub(crate) fn path<'a>(&'a self, node: &'a Node) -> &'a Path {
        self.paths.get(&node.id).map_or(Path::new(&*node.file), PathBuf::as_path)
    }

    /// The graph, with as many heads and bases as there are; `shown` is the folder.
    pub(crate) fn graph(&self, shown: &str) -> Result<Graph, Failure> {
        Graph::new(self.nodes.clone(), ANY)
            .map_err(|faults| broken(shown, faults.iter().map(ToString::to_string).collect()))
    }
}

/// The names of the files that `migrations!` sees in a folder, in order.
fn files(folder: &Path, here: &Path) -> Result<Vec<String>, Failure> {
    let cannot =
        |error| Failure::new(format!("cannot read {}", ui::path(folder, here))).caused_by(error);
    let mut files = Vec::new();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(files),
        Err(error) => return Err(cannot(error)),
    };
    for entry in entries {
        let entry = entry.map_err(cannot)?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if sql::is_migration(folder, &name) && is_file(&entry) {
            files.push(name);
        }
    }
    files.sort();
    Ok(files)
}

/// The failure of a folder that is no chain.
fn broken(shown: &str, faults: Vec<String>) -> Failure {
    let failure = Failure::new(format!("the migrations in {shown} are no chain"));
    faults.into_iter().fold(failure, Failure::because)
}

/// As `Path::is_file`, which asks again what the folder has mostly said.
fn is_file(entry: &fs::DirEntry) -> bool {
    match entry.file_type() {
        Ok(kind) if !kind.is_symlink() => kind.is_file(),
        Ok(_) | Err(_) => entry.path().is_file(),
    }
}

/// What `read` makes of each of `items`, in their order, by as many threads as can run at once.
fn each<T: Sync, R: Send>(items: &[T], read: impl Fn(&T) -> R + Sync) -> Vec<R> {
    // Below that a thread costs more than it saves.
    const FEW: usize = 128;
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let length = items.len().div_ceil(threads).max(FEW);
    // Places in the text are kept for each thread, and needed no longer than its file is.
    let read_all = |items: &[T]| -> Vec<R> {
        items
            .iter()
            .map(|item| {
                let read = read(item);
                proc_macro2::extra::invalidate_current_thread_spans();
                read
            })
            .collect()
    };
    let read_all = &read_all;
    thread::scope(|scope| {
        let begun: Vec<_> = items
            .chunks(length)
            .map(|part| (part, Builder::new().spawn_scoped(scope, || read_all(part))))
            .collect();
        let parts = begun.into_iter().map(|(part, thread)| match thread {
            Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
            // Where no thread can be had, this one will do.
            Err(_) => read_all(part),
        });
        parts.flatten().collect()
    })
}

/// A file and what it says, or what is wrong with it, by line.
fn file(path: &Path, name: String, shown: String) -> Result<(Node, Details), Vec<String>> {
    if let Some(read) = sql::read(path, &name, &shown) {
        return read;
    }
    let text = fs::read_to_string(path).map_err(|error| {
        let is_text = error.kind() != io::ErrorKind::InvalidData;
        vec![if is_text { format!("{shown}: {error}") } else { format!("{shown} is not UTF-8") }]
    })?;
    let migration = migration(&text, &shown)?;
    let attribute = &migration.attribute;
    let details = Details {
        file: shown,
        is_outside_transaction: !attribute.transaction,
        irreversible: attribute.irreversible.as_ref().map(|text| text.value.clone()),
        breaking: attribute.breaking.as_ref().map(|text| text.value.clone()),
    };
    Ok((node(&migration, name), details))
}

/// The one migration in the text of a file, or what is wrong with it, by line.
fn migration(text: &str, shown: &str) -> Result<Migration, Vec<String>> {
    if let Some(migration) = Migration::skim(text) {
        return Ok(migration);
    }
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
        message: migration.message.clone().into(),
        file: file.into(),
    }
}

fn values(texts: &Texts) -> impl Iterator<Item = &str> {
    texts.items.iter().map(|text| text.value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_are_read_in_their_order() {
        for count in [0, 1, 127, 128, 129, 5_000] {
            let numbers: Vec<usize> = (0..count).collect();
            assert_eq!(each(&numbers, |number| number + 1), (1..=count).collect::<Vec<_>>());
        }
    }

    #[test]
    fn faults_of_many_files_come_in_their_order_with_their_places() {
        let folder = tempfile::tempdir().unwrap();
        let write = |number: usize, text: &str| {
            fs::write(folder.path().join(format!("{number:04}.rs")), text).unwrap();
        };
        for number in 0..1_000_usize {
            let id = format!("r{number}");
            let before = number.checked_sub(1).map(|before| format!("\"r{before}\""));
            let before = before.as_deref().unwrap_or("None");
            write(
                number,
                &format!(
                    "/// Step {number}\n#[migration(revision = \"{id}\", down_revision = {before})]\n\
                    pub fn upgrade(op: &mut Ops) {{ op.execute(\"}}\"); }}\n"
                ),
            );
        }
        let sources = Sources {
            folders: vec![folder.path().to_path_buf()],
            rules: Rules::default(),
            library: String::new(),
            manifest: None,
        };
        let read = || SourceChain::read(&sources, folder.path());
        let chain = read().unwrap();
        let found: Vec<&str> = chain.nodes.iter().map(|node| &*node.message).collect();
        let expected: Vec<String> = (0..1_000).map(|number| format!("Step {number}")).collect();
        assert_eq!(found, expected);
        assert_eq!(chain.details[&chain.nodes[7].id].file, "0007.rs");

        write(3, "fn a() {\n    \"\n}\n");
        write(
            900,
            "/// Ü\n#[migration(revision = \"a\", down = \"b\")] pub fn upgrade(op: &mut Ops) {}",
        );
        fs::write(folder.path().join("0950.rs"), [0xff]).unwrap();
        let failure = read().unwrap_err();
        assert_eq!(
            failure.causes,
            [
                "0003.rs:2:5: a quote, comment or bracket here is not closed or never opened",
                "0900.rs:2:29: there is no key `down`; did you mean `down_revision`?",
                "0950.rs is not UTF-8",
            ]
        );
    }
}
