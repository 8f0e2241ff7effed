//! Writes all of a new package, or nothing.
//!
//! The package is made beside its place and moved there; the root manifest is
//! replaced last, in one step. What fails before that takes away what was made.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::ui;

/// What is to be written.
#[derive(Debug)]
pub(super) struct Change {
    /// The folder of the new package, which is not there or empty.
    pub(super) folder: PathBuf,
    /// Its files: the path in it, and the text.
    pub(super) files: Vec<(&'static str, String)>,
    /// The root manifest.
    pub(super) manifest: PathBuf,
    /// Its text before, and after.
    pub(super) before: String,
    pub(super) after: String,
    /// A file at the root that is not there yet, and its text.
    pub(super) config: Option<(PathBuf, String)>,
}

impl Change {
    /// Refuses what can't be written, as far as that can be seen.
    pub(super) fn check(&self, here: &Path) -> Result<(), Failure> {
        let root = self.manifest.parent().unwrap_or(here);
        for path in [self.manifest.as_path(), root, nearest_folder(&self.folder)] {
            let metadata = fs::metadata(path).map_err(|error| cannot_write(path, here, error))?;
            if metadata.permissions().readonly() {
                return Err(Failure::new(format!("{} is read-only", ui::path(path, here)))
                    .hint("nothing was changed; make it writable first"));
            }
        }
        Ok(())
    }

    /// Writes it all.
    pub(super) fn write(&self, here: &Path) -> Result<(), Failure> {
        let cannot = |path: &Path| {
            let path = path.to_path_buf();
            move |error| cannot_write(&path, here, error)
        };
        let parent = nearest_folder(&self.folder);
        let staging = tempfile::Builder::new()
            .prefix(".migrate-init-")
            .tempdir_in(parent)
            .map_err(cannot(parent))?;
        // The temporary folder itself is for nobody else to read.
        let package = staging.path().join("package");
        for (path, text) in &self.files {
            let staged = package.join(path);
            let folder = staged.parent().unwrap_or(&package);
            fs::create_dir_all(folder)
                .and_then(|()| fs::write(&staged, text))
                .map_err(cannot(&self.folder.join(path)))?;
        }
        let manifest = self.staged_manifest().map_err(cannot(&self.manifest))?;

        let mut made = Made::default();
        let parents = self.folder.parent().unwrap_or(parent);
        for folder in parents.ancestors().take_while(|folder| !folder.exists()) {
            made.folders.push(folder.to_path_buf());
        }
        fs::create_dir_all(parents).map_err(cannot(parents))?;
        // Not everywhere is an empty folder replaced.
        if self.folder.exists() {
            fs::remove_dir(&self.folder).map_err(cannot(&self.folder))?;
            made.emptied = Some(self.folder.clone());
        }
        fs::rename(&package, &self.folder).map_err(cannot(&self.folder))?;
        made.package = Some(self.folder.clone());
        if let Some((path, text)) = &self.config {
            let mut file = fs::File::create_new(path).map_err(cannot(path))?;
            made.file = Some(path.clone());
            file.write_all(text.as_bytes()).map_err(cannot(path))?;
        }
        let is_same = fs::read_to_string(&self.manifest).is_ok_and(|text| text == self.before);
        if !is_same {
            let shown = ui::path(&self.manifest, here);
            return Err(Failure::new(format!("{shown} was changed in the meantime"))
                .hint("nothing was written; try again"));
        }
        manifest
            .persist(&self.manifest)
            .map_err(|error| cannot_write(&self.manifest, here, error.error))?;
        made.is_kept = true;
        Ok(())
    }

    /// The new manifest in a file beside the old one.
    fn staged_manifest(&self) -> io::Result<tempfile::NamedTempFile> {
        let folder = self.manifest.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(self.after.as_bytes())?;
        file.as_file().sync_all()?;
        fs::set_permissions(file.path(), fs::metadata(&self.manifest)?.permissions())?;
        Ok(file)
    }
}

fn cannot_write(path: &Path, here: &Path, error: io::Error) -> Failure {
    Failure::new(format!("cannot write {}", ui::path(path, here)))
        .caused_by(error)
        .hint("nothing was changed")
}

/// The first folder above `path` that is there.
fn nearest_folder(path: &Path) -> &Path {
    let mut above = path.ancestors().skip(1);
    above.find(|folder| folder.is_dir()).unwrap_or(Path::new("."))
}

/// What was made so far; taken away again unless it is kept.
#[derive(Default)]
struct Made {
    /// Folders above the package, the innermost first.
    folders: Vec<PathBuf>,
    /// An empty folder that gave its place to the package.
    emptied: Option<PathBuf>,
    package: Option<PathBuf>,
    file: Option<PathBuf>,
    /// Whether all went well.
    is_kept: bool,
}

impl Drop for Made {
    fn drop(&mut self) {
        if self.is_kept {
            return;
        }
        // The failure that led here is the one to tell of.
        if let Some(file) = &self.file {
            let _ = fs::remove_file(file);
        }
        if let Some(package) = &self.package {
            let _ = fs::remove_dir_all(package);
        }
        if let Some(folder) = &self.emptied {
            let _ = fs::create_dir(folder);
        }
        for folder in &self.folders {
            let _ = fs::remove_dir(folder);
        }
    }
}
