//! The folder of migrations, read once per compilation.
//!
//! Every `#[migration]` wants to know its neighbours. The files are read and
//! checked the first time somebody asks, and again for those that changed since:
//! in an editor the macros live longer than one compilation. What is kept here
//! only ever decides which errors are shown, never what is emitted.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;
use std::{fs, io};

use migrate_model::revision::{Node, RevisionId};
use migrate_model::source::{Downgrade, Migration, NoMigration, SourceFile, Texts};

use crate::valid::{self, Complaint, Literal};

/// A folder as it was when it was read.
pub(crate) struct Folder {
    /// Its migration files, by name.
    pub(crate) files: BTreeMap<String, File>,
    /// What `#[migration]` has to say, by file name.
    pub(crate) complaints: BTreeMap<String, Vec<Complaint>>,
    /// When something was last added to it or taken away.
    modified: Option<SystemTime>,
}

/// A file of the folder.
#[derive(Clone)]
pub(crate) struct File {
    pub(crate) content: Content,
    stamp: Stamp,
}

/// What tells one state of a file from another.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
}

/// What a file holds.
#[derive(Clone)]
pub(crate) enum Content {
    /// Text that is not Rust, or no text at all: rustc says so better.
    Unreadable,
    /// Not exactly one migration.
    NoMigration(NoMigration),
    /// A migration whose attribute has a fault, which the attribute shows itself.
    Faulty,
    /// A migration.
    Migration(Arc<Read>),
}

/// What the other files, and `migrations!`, want to know of a migration.
pub(crate) struct Read {
    pub(crate) node: Node,
    /// The line on which its id is written.
    pub(crate) line: usize,
    /// Whether an op without an inverse is a mistake here.
    pub(crate) needs_inverse: bool,
    /// What is wrong between the attribute and the `downgrade` below it.
    pub(crate) downgrade: Option<Complaint>,
}

static FOLDERS: Mutex<BTreeMap<PathBuf, Arc<Folder>>> = Mutex::new(BTreeMap::new());

/// The folder at `path`, with every file as it is now.
pub(crate) fn read(path: &Path) -> io::Result<Arc<Folder>> {
    let path = fs::canonicalize(path)?;
    let mut folders = FOLDERS.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = Arc::new(reread(&path, folders.get(&path).map(Arc::as_ref))?);
    folders.insert(path, Arc::clone(&folder));
    Ok(folder)
}

/// The folder that `file` is in, if `file` and the list of its neighbours are
/// still what was read; else the folder as it is now.
pub(crate) fn around(file: &Path) -> io::Result<Arc<Folder>> {
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    let path = fs::canonicalize(parent.unwrap_or(Path::new(".")))?;
    let known = FOLDERS.lock().unwrap_or_else(PoisonError::into_inner).get(&path).cloned();
    if let Some(folder) = known
        && folder.modified == fs::metadata(&path)?.modified().ok()
        && let Some(known) = file_name(file).and_then(|name| folder.files.get(&name))
        && known.stamp == stamp(&fs::metadata(file)?)
    {
        return Ok(folder);
    }
    read(&path)
}

/// The name of a file as text, which it always is after `mod` found it.
pub(crate) fn file_name(path: &Path) -> Option<String> {
    Some(path.file_name()?.to_str()?.to_owned())
}

fn reread(path: &Path, before: Option<&Folder>) -> io::Result<Folder> {
    let modified = fs::metadata(path)?.modified().ok();
    let mut files = BTreeMap::new();
    let _text = PlainTokens::begin();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let Some(name) = file_name(&entry.path()) else { continue };
        if !name.ends_with(".rs") || name.starts_with('.') || !entry.path().is_file() {
            continue;
        }
        let stamp = stamp(&entry.metadata()?);
        let known = before.and_then(|folder| folder.files.get(&name));
        let file = match known {
            Some(known) if known.stamp == stamp => known.clone(),
            _ => File { content: content(&name, &entry.path()), stamp },
        };
        files.insert(name, file);
    }
    let complaints = valid::complaints(&files);
    Ok(Folder { files, complaints, modified })
}

fn stamp(metadata: &fs::Metadata) -> Stamp {
    Stamp { length: metadata.len(), modified: metadata.modified().ok() }
}

fn content(name: &str, path: &Path) -> Content {
    let Ok(text) = fs::read_to_string(path) else { return Content::Unreadable };
    let Ok(source) = SourceFile::read(&text) else { return Content::Unreadable };
    match source.migration() {
        Err(fault) => Content::NoMigration(fault),
        Ok(Err(_)) => Content::Faulty,
        Ok(Ok(migration)) => Content::Migration(Arc::new(summary(name, &source, migration))),
    }
}

fn summary(name: &str, source: &SourceFile, migration: &Migration) -> Read {
    let attribute = &migration.attribute;
    let contradiction = source.contradiction(migration);
    let contradiction = contradiction.map(|fault| (Literal::Irreversible, fault));
    let fault = source.downgrade_fault(migration).map(|mut fault| {
        fault.message = format!("in line {}: {}", fault.span.start().line, fault.message);
        (Literal::Attribute, fault)
    });
    Read {
        node: Node {
            id: RevisionId::from(attribute.revision.value.as_str()),
            down_revision: values(&attribute.down_revision).map(RevisionId::from).collect(),
            depends_on: values(&attribute.depends_on).map(str::to_owned).collect(),
            branch_labels: values(&attribute.branch_labels).map(str::to_owned).collect(),
            message: migration.message.clone(),
            file: name.to_owned(),
        },
        line: attribute.revision.span.start().line,
        needs_inverse: matches!(source.downgrade, Downgrade::Automatic)
            && attribute.irreversible.is_none(),
        downgrade: contradiction
            .or(fault)
            .map(|(literal, fault)| Complaint { literal, message: fault.message }),
    }
}

fn values(texts: &Texts) -> impl Iterator<Item = &str> {
    texts.items.iter().map(|text| text.value.as_str())
}

/// While this lives, text becomes tokens without the compiler's help.
///
/// rustc would add every file to its source map and give all tokens one place.
struct PlainTokens;

impl PlainTokens {
    fn begin() -> Self {
        proc_macro2::fallback::force();
        PlainTokens
    }
}

impl Drop for PlainTokens {
    fn drop(&mut self) {
        proc_macro2::extra::invalidate_current_thread_spans();
        proc_macro2::fallback::unforce();
    }
}
