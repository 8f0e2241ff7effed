//! Where the migrations of a project are.
//!
//! The call `migrations!("src/versions")` says it, in a package of the workspace that
//! cargo knows; `versions` in `migrate.toml` says it first. The call is read as tokens,
//! for the crate may not compile. Either may name several folders.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;
use std::{fs, io};

use migrate_model::revision::Rules;
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use serde_json::Value;

use crate::config::{CONFIG_FILE, Environment, Paths, Project};
use crate::failure::Failure;
use crate::ui;

/// The migrations of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sources {
    /// The folders of the migration files, which the first of them may yet have to make.
    pub(crate) folders: Vec<PathBuf>,
    /// What the chain may do.
    pub(crate) rules: Rules,
    /// What `migrate_core` is called there.
    pub(crate) library: String,
    /// The `Cargo.toml` of the package, if it was found.
    pub(crate) manifest: Option<PathBuf>,
}

impl Sources {
    /// The folders, for people.
    pub(crate) fn shown(&self, here: &Path) -> String {
        let folders: Vec<String> =
            self.folders.iter().map(|folder| ui::path(folder, here)).collect();
        folders.join(" and ")
    }

    /// Whether there is a folder to read.
    pub(crate) fn is_there(&self) -> bool {
        self.folders.iter().any(|folder| folder.is_dir())
    }

    fn is_same(&self, folders: &[PathBuf]) -> bool {
        self.folders.len() == folders.len()
            && self.folders.iter().zip(folders).all(|(one, other)| same(one, other))
    }
}

/// A call of `migrations!`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Call {
    folders: Vec<String>,
    rules: Rules,
    library: String,
}

/// Finds the migrations that belong to the working folder.
pub(crate) fn find(environment: &Environment, project: &Project) -> Result<Sources, Failure> {
    match &project.config.versions {
        Some(versions) => configured(versions, project, environment),
        None => called(&packages(environment, project)?, environment),
    }
}

/// The manifest of the package whose binary `migrate` is meant; `None` where cargo has to choose.
#[cfg(feature = "cargo-migrate")]
pub(crate) fn binary(
    environment: &Environment,
    project: &Project,
) -> Result<Option<PathBuf>, Failure> {
    let packages = packages(environment, project)?;
    let sources = match &project.config.versions {
        Some(versions) => configured(versions, project, environment),
        None => called(&packages, environment),
    };
    // What is wrong with the sources is for rustc to say.
    let beside = sources.ok().and_then(|sources| sources.manifest);
    let with: Vec<&Package> =
        packages.iter().filter(|package| package.targets.iter().any(Target::is_migrate)).collect();
    let is_beside = |package: &&&Package| {
        beside.as_deref().is_some_and(|beside| same(beside, &package.manifest_path))
    };
    match (with.iter().find(is_beside), with.as_slice()) {
        (Some(package), _) | (None, [package]) => Ok(Some(package.manifest_path.clone())),
        (None, []) => {
            let manifest = beside.as_deref().or(match packages.as_slice() {
                [package] => Some(&package.manifest_path),
                _ => None,
            });
            let manifest = manifest.map_or("the Cargo.toml of the migrations".to_owned(), |path| {
                ui::path(path, &environment.folder)
            });
            Err(Failure::new("no package here has a binary `migrate`").hint(format!(
                "write a src/main.rs that calls `migrate_cli::main(&CHAIN)`, and name it in \
                 {manifest}: [[bin]], name = \"migrate\", path = \"src/main.rs\""
            )))
        }
        (None, _) => Ok(None),
    }
}

/// The one chain that `packages` make with `migrations!`.
fn called(packages: &[Package], environment: &Environment) -> Result<Sources, Failure> {
    let mut found = Vec::new();
    for package in packages {
        let Some(folder) = package.manifest_path.parent() else { continue };
        found.extend(calls_in(folder));
    }
    // From inside one of several packages, that one is meant.
    prefer(&mut found, |sources| {
        let package = sources.manifest.as_deref().and_then(Path::parent);
        package.is_some_and(|package| environment.folder.starts_with(package))
    });
    prefer(&mut found, Sources::is_there);
    let hint = format!("name the folder in {CONFIG_FILE}: versions = \"migrations/src/versions\"");
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => Err(Failure::new("no package here calls `migrations!(\"…\")`").hint(hint)),
        _ => {
            let folders: Vec<String> =
                found.iter().map(|sources| sources.shown(&environment.folder)).collect();
            Err(Failure::new(format!("there are migrations in {}", folders.join(" and ")))
                .hint(hint))
        }
    }
}

/// Leaves only what `is_meant`, if there is any.
fn prefer(found: &mut Vec<Sources>, is_meant: impl Fn(&Sources) -> bool) {
    if found.iter().any(&is_meant) {
        found.retain(is_meant);
    }
}

/// The folders that `migrate.toml` names, with what the package around them says of them.
fn configured(
    versions: &Paths,
    project: &Project,
    environment: &Environment,
) -> Result<Sources, Failure> {
    let see = format!("see `versions` in {CONFIG_FILE}");
    let folders: Vec<PathBuf> =
        versions.each().iter().map(|folder| project.folder.join(folder)).collect();
    let Some(first) = folders.first() else {
        return Err(Failure::new("the migrations are in no folder at all").hint(see));
    };
    let package = first.ancestors().find(|folder| folder.join("Cargo.toml").is_file());
    let calls = package.map(calls_in).unwrap_or_default();
    let called = calls.into_iter().find(|sources| sources.is_same(&folders));
    // A slip of the hand makes no folder.
    let missing = folders.iter().find(|folder| !folder.is_dir());
    if let (None, Some(missing)) = (&called, missing) {
        let shown = ui::path(missing, &environment.folder);
        return Err(Failure::new(format!("there is no folder {shown}")).hint(see));
    }
    Ok(called.unwrap_or_else(|| Sources {
        folders: folders.clone(),
        rules: Rules::default(),
        library: LIBRARY.to_owned(),
        manifest: package.map(|package| package.join("Cargo.toml")),
    }))
}

/// What the library is called where nothing else is said.
const LIBRARY: &str = "migrate_core";

/// Whether two paths lead to one place.
pub(crate) fn same(left: &Path, right: &Path) -> bool {
    real(left).is_some_and(|left| real(right) == Some(left))
}

/// The one name of a path, the end of which may not be there yet.
pub(crate) fn real(path: &Path) -> Option<PathBuf> {
    match fs::canonicalize(path) {
        Ok(path) => Some(path),
        Err(_) => Some(real(path.parent()?)?.join(path.file_name()?)),
    }
}

/// What `cargo metadata` says, as far as it matters.
#[cfg_attr(not(feature = "cargo-migrate"), expect(dead_code, reason = "only `cargo migrate` asks"))]
pub(crate) struct Workspace {
    /// The folder of the root manifest.
    pub(crate) root: PathBuf,
    pub(crate) packages: Vec<Package>,
    /// The ids of the packages that plain cargo works on.
    pub(crate) defaults: Vec<String>,
}

#[cfg_attr(not(feature = "cargo-migrate"), expect(dead_code, reason = "only `cargo migrate` asks"))]
pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) manifest_path: PathBuf,
    pub(crate) targets: Vec<Target>,
}

/// A library, binary or the like.
#[cfg_attr(not(feature = "cargo-migrate"), expect(dead_code, reason = "only `cargo migrate` asks"))]
pub(crate) struct Target {
    pub(crate) name: String,
    kind: Vec<String>,
}

#[cfg(feature = "cargo-migrate")]
impl Target {
    pub(crate) fn is_binary(&self) -> bool {
        self.kind.iter().any(|kind| kind == "bin")
    }

    pub(crate) fn is_migrate(&self) -> bool {
        self.name == "migrate" && self.is_binary()
    }
}

impl Workspace {
    /// Reads it, or names the key that is missing.
    fn read(said: &Value) -> Result<Self, String> {
        Ok(Workspace {
            root: text(said, "workspace_root")?.into(),
            packages: list(said, "packages")?
                .iter()
                .map(Package::read)
                .collect::<Result<_, _>>()?,
            // Cargo has said them since 1.71.
            defaults: list(said, "workspace_default_members").map_or_else(|_| Vec::new(), words),
        })
    }
}

impl Package {
    fn read(said: &Value) -> Result<Self, String> {
        Ok(Package {
            id: text(said, "id")?,
            name: text(said, "name")?,
            manifest_path: text(said, "manifest_path")?.into(),
            targets: list(said, "targets")?.iter().map(Target::read).collect::<Result<_, _>>()?,
        })
    }
}

impl Target {
    fn read(said: &Value) -> Result<Self, String> {
        Ok(Target { name: text(said, "name")?, kind: words(list(said, "kind")?) })
    }
}

fn text(said: &Value, key: &str) -> Result<String, String> {
    said[key].as_str().map(str::to_owned).ok_or_else(|| format!("there is no text `{key}`"))
}

fn list<'v>(said: &'v Value, key: &str) -> Result<&'v [Value], String> {
    said[key].as_array().map(Vec::as_slice).ok_or_else(|| format!("there is no list `{key}`"))
}

fn words(list: &[Value]) -> Vec<String> {
    list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The packages of the workspace.
fn packages(environment: &Environment, project: &Project) -> Result<Vec<Package>, Failure> {
    // `--config` may name a project elsewhere.
    let is_inside = environment.folder.starts_with(&project.folder);
    let folder = if is_inside { &environment.folder } else { &project.folder };
    Ok(workspace(environment, folder)?.packages)
}

/// The workspace around `folder`, as cargo reads it.
pub(crate) fn workspace(environment: &Environment, folder: &Path) -> Result<Workspace, Failure> {
    let output = Command::new(environment.cargo())
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(folder)
        .output()
        .map_err(|error| {
            Failure::new(format!("cannot run `{} metadata`", environment.cargo())).caused_by(error)
        })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.trim().trim_start_matches("error:").trim();
        let is_package = folder.ancestors().any(|folder| folder.join("Cargo.toml").is_file());
        return Err(match is_package {
            true => Failure::new("cargo can't read the package here").because(said),
            false => Failure::new("cargo finds no package here")
                .because(said)
                .hint("go to the folder of your project"),
        });
    }
    let cannot = || Failure::new("what `cargo metadata` says can't be read");
    let said = serde_json::from_slice(&output.stdout).map_err(|error| cannot().caused_by(error))?;
    Workspace::read(&said).map_err(|why| cannot().because(why))
}

/// The folders that `packages` call `migrations!` with.
#[cfg(feature = "cargo-migrate")]
pub(crate) fn folders(packages: &[Package]) -> Vec<PathBuf> {
    let folders = packages.iter().filter_map(|package| package.manifest_path.parent());
    folders.flat_map(calls_in).flat_map(|sources| sources.folders).collect()
}

/// Every call in a package, with its folder.
fn calls_in(package: &Path) -> Vec<Sources> {
    let mut files = Vec::new();
    // What can't be read here is for rustc to say.
    let _ = rust_files(&package.join("src"), 0, &mut files);
    let mut found: Vec<Sources> = Vec::new();
    for file in files {
        // No migration calls for others, and there may be thousands.
        let is_in = |folder: &PathBuf| file.parent() == Some(folder);
        if found.iter().any(|sources| sources.folders.iter().any(is_in)) {
            continue;
        }
        let Ok(text) = fs::read_to_string(&file) else { continue };
        if !text.contains("migrations!") {
            continue;
        }
        let Ok(tokens) = TokenStream::from_str(&text) else { continue };
        for call in calls(tokens) {
            let place = |folder: &String| {
                let beside = file.parent().unwrap_or(package).join(folder);
                let in_package = package.join(folder);
                let is_beside = beside.is_dir() && !in_package.is_dir();
                if is_beside { beside } else { in_package }
            };
            let folders: Vec<PathBuf> = call.folders.iter().map(place).collect();
            if !found.iter().any(|sources| sources.is_same(&folders)) {
                found.push(Sources {
                    folders,
                    rules: call.rules,
                    library: call.library,
                    manifest: Some(package.join("Cargo.toml")),
                });
            }
        }
    }
    found
}

/// The `.rs` files below a folder, in order: those of a folder before those of the folders in it.
fn rust_files(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    let mut folders = Vec::new();
    for entry in entries {
        let path = entry.path();
        // A link may lead back up.
        let kind = entry.file_type()?;
        if kind.is_dir() && depth < 16 {
            folders.push(path);
        } else if kind.is_file() && path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    folders.iter().try_for_each(|folder| rust_files(folder, depth + 1, files))
}

/// Every `migrations!("…")` in `tokens`, however deep.
fn calls(tokens: TokenStream) -> Vec<Call> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let TokenTree::Group(group) = token else { continue };
        let call = match &tokens[..at] {
            [before @ .., TokenTree::Ident(name), TokenTree::Punct(bang)]
                if name == "migrations" && bang.as_char() == '!' =>
            {
                call(before, group.stream())
            }
            _ => None,
        };
        match call {
            Some(call) => found.push(call),
            None if group.delimiter() != Delimiter::None => found.extend(calls(group.stream())),
            None => {}
        }
    }
    found
}

/// A call by what stands before its name and in its parentheses.
fn call(before: &[TokenTree], arguments: TokenStream) -> Option<Call> {
    let arguments: Vec<TokenTree> = arguments.into_iter().collect();
    let text = |token: &TokenTree| {
        let TokenTree::Literal(literal) = token else { return None };
        let syn::Lit::Str(text) = syn::Lit::new(literal.clone()) else { return None };
        Some(text.value())
    };
    text(arguments.first()?)?;
    let folders = arguments.iter().filter_map(text).collect();
    let words: Vec<String> = arguments.iter().map(ToString::to_string).collect();
    let has = |word: &str| words.iter().any(|other| other == word);
    let is = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ':');
    let library = match before {
        [.., TokenTree::Ident(library), first, second] if is(first) && is(second) => {
            library.to_string()
        }
        _ => LIBRARY.to_owned(),
    };
    let rules =
        Rules { multiple_heads: has("multiple_heads"), multiple_bases: has("multiple_bases") };
    Some(Call { folders, rules, library })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_beside_the_call_are_read_and_migrations_are_not() {
        let package = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = package.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("src/main.rs", "fn main() {}");
        write("src/a/one.rs", r#"x::migrations!("src/never");"#);
        write("src/b/mod.rs", r#"x::migrations!("src/c");"#);
        write("src/lib.rs", r#"x::migrations!("./src/a"); mod b;"#);
        let found: Vec<String> =
            calls_in(package.path()).iter().map(|sources| sources.shown(package.path())).collect();
        assert_eq!(found, ["src/a", "src/c"]);
    }

    #[test]
    fn a_call_is_found_where_it_is_code() {
        let check = |text: &str, expected: &[&str]| {
            let tokens = TokenStream::from_str(text).expect(text);
            let found: Vec<String> = calls(tokens)
                .into_iter()
                .map(|call| {
                    let heads = if call.rules.multiple_heads { " heads" } else { "" };
                    let bases = if call.rules.multiple_bases { " bases" } else { "" };
                    format!("{} {}{heads}{bases}", call.library, call.folders.join(" + "))
                })
                .collect();
            assert_eq!(found, expected, "{text}");
        };
        check(r#"migrate_core::migrations!("src/versions");"#, &["migrate_core src/versions"]);
        check(r#"::migrate_core::migrations!["a"];"#, &["migrate_core a"]);
        check(r#"use core as x; x::migrations!{"a"}"#, &["x a"]);
        check(r#"migrations!("a", multiple_heads);"#, &["migrate_core a heads"]);
        check(r#"migrations!("a", "b", multiple_heads, "c");"#, &["migrate_core a + b + c heads"]);
        check(r#"m::migrations!("a", multiple_heads, multiple_bases,);"#, &["m a heads bases"]);
        check(r#"mod b { m::migrations!("a"); }"#, &["m a"]);
        check(
            r#"/// migrations!("a"); 
                 fn x() {}"#,
            &[],
        );
        check(r##"const TEXT: &str = r#"migrations!("a")"#;"##, &[]);
        check("macro_rules! migrations { ($($argument:tt)*) => {}; }", &[]);
        check("migrations!(folder);", &[]);
    }
}
