//! Where the new package finds the library: in the source of the running tool, or where `--source` says.

use std::fs;
use std::path::{Path, PathBuf};

use crate::config::Environment;
use crate::failure::Failure;
use crate::ui;

/// The source of the library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Library {
    /// A folder with the crates in it.
    Folder(PathBuf),
    /// A repository.
    Git(String),
}

/// The crates that a project names.
const CRATES: [&str; 2] = ["migrate-core", "migrate-cli"];

impl Library {
    /// What `--source` names, or else the source that this program was built from.
    pub(super) fn find(source: Option<&str>, environment: &Environment) -> Result<Self, Failure> {
        match source {
            Some(source) => Library::named(source, &environment.folder),
            None => Library::own(Path::new(env!("CARGO_MANIFEST_DIR"))),
        }
    }

    /// The source that `built_from` belongs to, if it will stay.
    fn own(built_from: &Path) -> Result<Self, Failure> {
        let folder = built_from.parent().filter(|folder| has_crates(folder));
        // Cargo empties its own folders when it likes.
        let is_cargos = |folder: &Path| {
            let names: Vec<_> = folder.iter().collect();
            names.windows(2).any(|pair| pair[0] == "git" && pair[1] == "checkouts")
        };
        match folder {
            Some(folder) if !is_cargos(folder) => Ok(Library::Folder(folder.to_path_buf())),
            Some(_) | None => {
                Err(Failure::new("the source that this program was built from is not there")
                    .hint("say where the library is: --source PATH, or --source GIT-URL"))
            }
        }
    }

    fn named(source: &str, here: &Path) -> Result<Self, Failure> {
        if source.contains("://") {
            return Ok(Library::Git(source.to_owned()));
        }
        let folder = here.join(source);
        if has_crates(&folder) {
            return Ok(Library::Folder(fs::canonicalize(&folder).unwrap_or(folder)));
        }
        let failure = Failure::new(format!("the library is not in {}", ui::path(&folder, here)));
        Err(match source.split_once(':') {
            // What git takes and cargo doesn't.
            Some((host, path)) if host.contains('@') => {
                failure.hint(format!("as a URL: --source ssh://{host}/{path}"))
            }
            Some(_) | None => failure.hint(
                "name the folder with migrate-core and migrate-cli in it, or a URL: https://…",
            ),
        })
    }

    /// The keys that name `package` as a dependency of a package in `folder`.
    pub(super) fn dependency(&self, package: &str, folder: &Path, root: &Path) -> String {
        match self {
            Library::Git(url) => format!("git = {}", quoted(url)),
            Library::Folder(source) => {
                let path = source.join(package);
                let path = match (path.strip_prefix(root), folder.strip_prefix(root)) {
                    // What moves together stays together.
                    (Ok(path), Ok(folder)) => {
                        folder.iter().map(|_| "..").collect::<PathBuf>().join(path)
                    }
                    (Ok(_) | Err(_), _) => path,
                };
                format!("path = {}", quoted(&slashed(&path)))
            }
        }
    }

    /// The source seen from the workspace at `root`, if it is in there.
    pub(super) fn inside(&self, root: &Path) -> Option<String> {
        match self {
            Library::Git(_) => None,
            Library::Folder(source) => source.strip_prefix(root).ok().map(slashed),
        }
    }
}

fn has_crates(folder: &Path) -> bool {
    CRATES.iter().all(|name| folder.join(name).join("Cargo.toml").is_file())
}

/// A path with `/` between its parts.
pub(super) fn slashed(path: &Path) -> String {
    match path.to_string_lossy() {
        text if cfg!(windows) => text.replace('\\', "/"),
        text => text.into_owned(),
    }
}

/// A text as TOML writes it.
pub(super) fn quoted(text: &str) -> String {
    toml_edit::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tools_own_source_is_taken_while_it_is_there() {
        let own = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = own.parent().expect("a folder").to_path_buf();
        assert_eq!(Library::own(own), Ok(Library::Folder(root)));
        let gone = tempfile::tempdir().expect("a temporary folder");
        assert!(Library::own(&gone.path().join("migrate-cli")).is_err());
        // Cargo cleans these up by itself.
        let checkout = gone.path().join("git/checkouts/migrate-1/abc");
        for name in CRATES {
            fs::create_dir_all(checkout.join(name)).expect("a folder");
            fs::write(checkout.join(name).join("Cargo.toml"), "").expect("a file");
        }
        assert!(Library::own(&checkout.join("migrate-cli")).is_err());
    }

    #[test]
    fn a_dependency_is_relative_only_inside_of_the_workspace() {
        let check = |library: &Library, expected: &str| {
            let (root, folder) = (Path::new("/app"), Path::new("/app/data/schema"));
            assert_eq!(library.dependency("migrate-core", folder, root), expected);
        };
        let folder = |path: &str| Library::Folder(PathBuf::from(path));
        check(&folder("/src/migrate"), r#"path = "/src/migrate/migrate-core""#);
        check(&folder("/app/vendor/m"), r#"path = "../../vendor/m/migrate-core""#);
        check(
            &Library::Git("https://example.com/m.git".into()),
            r#"git = "https://example.com/m.git""#,
        );
    }
}
