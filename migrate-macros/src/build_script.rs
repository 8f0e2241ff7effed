//! Whether cargo is told about the folder.
//!
//! rustc tells cargo which files it read, so an edited or deleted migration
//! rebuilds the crate by itself. A new file is one that nobody has read yet: only
//! a build script can ask cargo to look at the folder.

use std::path::{Path, PathBuf};

/// The environment that cargo gives a crate, as far as it concerns this.
pub(crate) struct Cargo {
    /// Where `Cargo.toml` is.
    pub(crate) manifest: PathBuf,
    /// Where the build script writes, if there is one.
    out: Option<PathBuf>,
}

impl Cargo {
    #[expect(clippy::disallowed_methods, reason = "cargo speaks to macros through the environment")]
    pub(crate) fn environment() -> Self {
        Cargo {
            manifest: std::env::var_os("CARGO_MANIFEST_DIR")
                .map_or_else(PathBuf::new, PathBuf::from),
            out: std::env::var_os("OUT_DIR").map(PathBuf::from),
        }
    }

    /// What to do so that cargo sees new files in `folder`; nothing if it does.
    ///
    /// A folder outside the package has nobody to ask: there is no advice then.
    pub(crate) fn advice(&self, folder: &Path) -> Option<String> {
        let relative = relative(&self.manifest, folder)?;
        match &self.out {
            None => Some(format!(
                "cargo sees new files in `{relative}` only if a build script names the folder; \
                 write a file `build.rs` beside Cargo.toml:\n\n{}\n",
                script(&relative)
            )),
            Some(out) if is_watched(out, &self.manifest, folder) => None,
            Some(_) => Some(format!(
                "the build script of this crate does not name `{relative}`, so cargo does not \
                 see new files in it; add to the script's `main`:\n\n    {}\n",
                line(&relative)
            )),
        }
    }
}

fn script(folder: &str) -> String {
    format!("    fn main() {{\n        {}\n    }}", line(folder))
}

fn line(folder: &str) -> String {
    format!("println!(\"cargo::rerun-if-changed={folder}\");")
}

/// `folder` seen from the package, with `/` between its parts.
fn relative(manifest: &Path, folder: &Path) -> Option<String> {
    let manifest = manifest.canonicalize().ok()?;
    let folder = folder.canonicalize().ok()?;
    let parts = folder.strip_prefix(manifest).ok()?.iter();
    Some(parts.map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/"))
}

/// Whether what the build script printed makes cargo look at `folder`.
///
/// Cargo keeps that output beside `OUT_DIR`. Where it is not found, or the script
/// asked for nothing (then cargo looks at the whole package), all is well.
fn is_watched(out: &Path, manifest: &Path, folder: &Path) -> bool {
    let Ok(output) = std::fs::read_to_string(out.with_file_name("output")) else { return true };
    let instructions = output
        .lines()
        .filter_map(|line| line.strip_prefix("cargo::").or_else(|| line.strip_prefix("cargo:")));
    let watched: Vec<&str> =
        instructions.filter_map(|line| line.strip_prefix("rerun-if-")).collect();
    let paths = watched.iter().filter_map(|line| line.strip_prefix("changed="));
    let folder = folder.canonicalize().ok();
    watched.is_empty()
        || paths
            .filter_map(|path| manifest.join(path).canonicalize().ok())
            .any(|path| folder.as_ref().is_some_and(|folder| folder.starts_with(path)))
}
