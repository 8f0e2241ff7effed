//! The folders of a chain of migrations, read once per compilation.
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
use migrate_model::source::{
    Downgrade, FileName, Half, Migration, NoMigration, SourceFile, Texts, twin,
};

use crate::sql::{self, Pair};
use crate::valid::{self, Complaint, Literal};

/// The folders of one `migrations!` as they were when they were read.
#[derive(Default)]
pub(crate) struct Folders {
    roots: Vec<Root>,
    /// Their migration files, by what messages call them.
    pub(crate) files: BTreeMap<String, File>,
    /// What `#[migration]` has to say, by what messages call its file.
    pub(crate) complaints: BTreeMap<String, Vec<Complaint>>,
}

/// One of the folders.
#[derive(Clone)]
struct Root {
    /// Its one name.
    path: PathBuf,
    /// What stands before the names of its files in messages, where there are several folders.
    prefix: String,
    /// When something was last added to it or taken away.
    modified: Option<SystemTime>,
}

/// A file of one of the folders.
#[derive(Clone)]
pub(crate) struct File {
    pub(crate) content: Content,
    /// The place of its folder among those of `migrations!`.
    pub(crate) folder: usize,
    /// Its name in that folder.
    pub(crate) name: String,
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
    /// A pair of SQL files, under the name of the first.
    Sql(Arc<Pair>),
    /// SQL files that are no migration, and why.
    FaultySql(Vec<String>),
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

/// What was read; no folder is in two of them.
static KNOWN: Mutex<Vec<Arc<Folders>>> = Mutex::new(Vec::new());

/// These folders, with every file as it is now. `names` are what `migrations!` calls them.
pub(crate) fn read(paths: &[PathBuf], names: &[String]) -> io::Result<Arc<Folders>> {
    let mut roots = Vec::new();
    for (path, name) in paths.iter().zip(names) {
        let prefix = if paths.len() == 1 { String::new() } else { format!("{name}/") };
        roots.push(Root { path: fs::canonicalize(path)?, prefix, modified: None });
    }
    reread(roots)
}

/// The folders of the chain that `file` is in, if `file` and the list of its neighbours are
/// still what was read, else as they are now; and what messages call `file`.
///
/// Of a folder that no `migrations!` has named nothing but itself is known.
pub(crate) fn around(file: &Path) -> io::Result<(Arc<Folders>, String)> {
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    let path = fs::canonicalize(parent.unwrap_or(Path::new(".")))?;
    let name = file_name(file).ok_or(io::ErrorKind::NotFound)?;
    // The lock ends here: whoever reads anew takes it again.
    let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner).iter().find_map(|folders| {
        Some((Arc::clone(folders), folders.roots.iter().find(|root| root.path == path)?.clone()))
    });
    let Some((folders, root)) = known else {
        let root = Root { path, prefix: String::new(), modified: None };
        return Ok((reread(vec![root])?, name));
    };
    let name = root.prefix + &name;
    let is_as_read = root.modified == fs::metadata(&path)?.modified().ok()
        && folders.files.get(&name).map(|known| known.stamp) == Some(stamp(&fs::metadata(file)?));
    let folders = if is_as_read { folders } else { reread(folders.roots.clone())? };
    Ok((folders, name))
}

/// The name of a file as text, which it always is after `mod` found it.
pub(crate) fn file_name(path: &Path) -> Option<String> {
    Some(path.file_name()?.to_str()?.to_owned())
}

/// Reads what is new, and remembers all of it.
fn reread(mut roots: Vec<Root>) -> io::Result<Arc<Folders>> {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let before = known.iter().find(|folders| {
        let same =
            |(one, other): (&Root, &Root)| one.path == other.path && one.prefix == other.prefix;
        folders.roots.len() == roots.len() && folders.roots.iter().zip(&roots).all(same)
    });
    let mut files = BTreeMap::new();
    for (folder, root) in roots.iter_mut().enumerate() {
        root.modified = fs::metadata(&root.path)?.modified().ok();
        read_root(root, folder, before.map(Arc::as_ref), &mut files)?;
    }
    let complaints = valid::complaints(&files);
    known.retain(|folders| {
        let is_read_anew = |root: &Root| roots.iter().any(|new| new.path == root.path);
        !folders.roots.iter().any(is_read_anew)
    });
    let folders = Arc::new(Folders { roots, files, complaints });
    known.push(Arc::clone(&folders));
    Ok(folders)
}

fn read_root(
    root: &Root,
    folder: usize,
    before: Option<&Folders>,
    files: &mut BTreeMap<String, File>,
) -> io::Result<()> {
    let _text = PlainTokens::begin();
    for entry in fs::read_dir(&root.path)? {
        let entry = entry?;
        let Some(name) = file_name(&entry.path()) else { continue };
        let file_name = FileName::read(&name);
        if file_name == FileName::Other || !entry.path().is_file() {
            continue;
        }
        let stamp = stamp(&entry.metadata()?);
        if let FileName::Sql(stem, half) = file_name {
            if half == Half::Up || !root.path.join(format!("{stem}.up.sql")).is_file() {
                let content = pair(root, stem);
                files.insert(
                    format!("{}{name}", root.prefix),
                    File { content, folder, name, stamp },
                );
            }
            continue;
        }
        let shown = format!("{}{name}", root.prefix);
        let known = before.and_then(|folders| folders.files.get(&shown));
        let file = match known {
            Some(known) if known.stamp == stamp => known.clone(),
            _ => File { content: content(&shown, &entry.path()), folder, name, stamp },
        };
        files.insert(shown, file);
    }
    Ok(())
}

/// A pair of SQL files: read anew each time, since nobody has seen whether the other half changed.
fn pair(root: &Root, stem: &str) -> Content {
    if root.path.join(format!("{stem}.rs")).is_file() {
        return Content::FaultySql(vec![twin(stem)]);
    }
    match sql::read(&root.path, &root.prefix, stem) {
        Ok(pair) => Content::Sql(Arc::new(pair)),
        Err(said) => Content::FaultySql(said),
    }
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
            message: migration.message.clone().into(),
            file: name.to_owned().into(),
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
