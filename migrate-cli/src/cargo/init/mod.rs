//! `cargo migrate init`: a package for migrations in a project that is there.
//!
//! Everything is looked at before anything is asked, and asked before anything is
//! written. `manifest` edits the root manifest, `templates` has the texts, `library`
//! knows where the crates come from, `write` writes all or nothing.

mod library;
mod manifest;
mod templates;
mod write;

use std::fs;
use std::path::{Component, Path, PathBuf};

use serde_json::json;
use similar::TextDiff;

use super::args::{DatabaseWord, Init};
use crate::args::Globals;
use crate::ask;
use crate::config::{CONFIG_FILE, Environment, Project};
use crate::failure::Failure;
use crate::source::project::{self, Package, Target, Workspace};
use crate::ui::{self, Ui};
use library::{Library, quoted, slashed};
use write::Change;

/// The folder of the new package, where nothing is said.
const FOLDER: &str = "migrations";
/// The folder where that one is somebody else's, such as Diesel's.
const OTHER_FOLDER: &str = "db";

/// `cargo migrate init [DIR]`
pub(super) fn init(
    environment: &Environment,
    globals: &Globals,
    arguments: &Init,
    ui: &mut Ui,
) -> Result<u8, Failure> {
    let here = fs::canonicalize(&environment.folder).unwrap_or(environment.folder.clone());
    let workspace = workspace(environment, &here)?;
    let place = Place::find(&workspace, arguments, &here)?;
    let project = Project::find(environment, globals.config.as_deref())?;
    refuse_other_versions(&project, &place)?;
    let library = Library::find(arguments.source.as_deref(), environment)?;
    let databases = databases(arguments, ui);
    let change = change(&workspace, &place, &library, &databases, &project, &here)?;
    change.check(&here)?;

    if let Some(passed_by) = &place.passed_by {
        ui.note(&format!(
            "{} is there already and stays as it is: the new package goes to {}",
            ui::path(passed_by, &here),
            ui::path(&place.folder, &here)
        ));
    }
    show(&change, arguments.dry_run, &here, ui);
    if !arguments.dry_run {
        let asks = !arguments.yes && ask::is_possible();
        if asks && !ask::confirm(ui, "Write this?") {
            return Err(Failure::new("stopped before the first file").hint("nothing was changed"));
        }
        change.write(&here)?;
    }
    report(&change, &place, &library, arguments.dry_run, &here, ui);
    if !arguments.dry_run {
        ui.say("Next: cargo migrate revision -m \"…\", then cargo migrate upgrade");
        if !databases.contains(&DatabaseWord::Sqlite) {
            ui.say("DATABASE_URL, also in .env, says where the database is");
        }
    }
    Ok(0)
}

/// The workspace here; a package alone is one, too.
fn workspace(environment: &Environment, here: &Path) -> Result<Workspace, Failure> {
    let nearest = here.ancestors().map(|folder| folder.join("Cargo.toml"));
    let Some(nearest) = nearest.into_iter().find(|file| file.is_file()) else {
        return Err(Failure::new("there is no Cargo.toml here or above")
            .hint("go to the folder of your project, or begin one: cargo new NAME"));
    };
    // Its own mistakes are said with their line.
    manifest::parsed(&read(&nearest, here)?, &ui::path(&nearest, here))?;
    let workspace = project::workspace(environment, here)?;
    let root = fs::canonicalize(&workspace.root).unwrap_or(workspace.root);
    Ok(Workspace { root, ..workspace })
}

fn read(file: &Path, here: &Path) -> Result<String, Failure> {
    fs::read_to_string(file).map_err(|error| {
        Failure::new(format!("cannot read {}", ui::path(file, here))).caused_by(error)
    })
}

/// Where the new package goes, and what it is called: a place that is free.
#[derive(Debug)]
struct Place {
    root: PathBuf,
    folder: PathBuf,
    /// The folder, seen from the root, with `/`.
    member: String,
    name: String,
    /// A folder that was not taken, since it is somebody else's.
    passed_by: Option<PathBuf>,
}

impl Place {
    fn find(workspace: &Workspace, arguments: &Init, here: &Path) -> Result<Self, Failure> {
        if let Some(folder) = project::folders(&workspace.packages).first() {
            return Err(Failure::new(format!(
                "there are migrations here already, in {}",
                ui::path(folder, here)
            ))
            .hint("the next one: cargo migrate revision -m \"…\""));
        }
        let is_migrate = |package: &&Package| package.targets.iter().any(Target::is_migrate);
        if let Some(package) = workspace.packages.iter().find(is_migrate) {
            return Err(Failure::new(format!(
                "the package `{}` has a binary `migrate` already",
                package.name
            ))
            .hint("give that binary another name first"));
        }
        let root = workspace.root.clone();
        let (folder, passed_by) = match &arguments.folder {
            Some(folder) => (plain(&here.join(folder)), None),
            None if is_free(&root.join(FOLDER)) => (root.join(FOLDER), None),
            None => (root.join(OTHER_FOLDER), Some(root.join(FOLDER))),
        };
        let shown = ui::path(&folder, here);
        // A link may lead elsewhere.
        let real = project::real(&folder).unwrap_or_else(|| folder.clone());
        if !real.starts_with(&root) || !folder.starts_with(&root) {
            let root = ui::path(&root, here);
            return Err(Failure::new(format!(
                "{shown} is outside of the project, which is {root}"
            ))
            .hint("name a folder in it: cargo migrate init DIR"));
        }
        if !is_free(&folder) {
            let other = root.join(OTHER_FOLDER);
            let dir = match other != folder && is_free(&other) {
                true => ui::path(&other, here),
                false => "DIR".to_owned(),
            };
            let what = if folder.is_dir() { "is not empty" } else { "is a file" };
            return Err(Failure::new(format!("{shown} is there already, and {what}")).hint(
                format!("nothing was changed; take another folder: cargo migrate init {dir}"),
            ));
        }
        let member = slashed(folder.strip_prefix(&root).unwrap_or(&folder));
        if member.contains(['*', '?', '[']) {
            return Err(Failure::new(format!("{shown} is a pattern to cargo"))
                .hint("name a folder without * ? ["));
        }
        let name = name(workspace, arguments, &folder)?;
        Ok(Place { root, folder, member, name, passed_by })
    }
}

/// A path without `.` and `..`, by its text.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => plain.push(part),
        }
    }
    plain
}

/// Whether nothing is there, or an empty folder.
fn is_free(folder: &Path) -> bool {
    match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(_) => folder.symlink_metadata().is_err(),
    }
}

/// The name of the new package.
fn name(workspace: &Workspace, arguments: &Init, folder: &Path) -> Result<String, Failure> {
    // These mean something else in the package itself.
    const TAKEN: [&str; 8] =
        ["alloc", "core", "diesel", "migrate_cli", "migrate_core", "proc_macro", "std", "test"];
    let name = match (&arguments.name, folder.file_name()) {
        (Some(name), _) => name.clone(),
        (None, name) => name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
    };
    let library = name.replace('-', "_");
    let is_word = syn::parse_str::<syn::Ident>(&library).is_ok() && name.is_ascii();
    if !is_word || TAKEN.contains(&library.as_str()) {
        return Err(Failure::new(format!("a package can't be called `{name}`"))
            .hint("give it another name: --name NAME"));
    }
    let is_same = |package: &&Package| package.name.replace('-', "_") == library;
    match workspace.packages.iter().find(is_same) {
        Some(package) => {
            Err(Failure::new(format!("there is a package `{}` already", package.name))
                .hint("give the new one another name: --name NAME"))
        }
        None => Ok(name),
    }
}

/// `migrate.toml` may say that the migrations are elsewhere.
fn refuse_other_versions(project: &Project, place: &Place) -> Result<(), Failure> {
    let Some(versions) = &project.config.versions else { return Ok(()) };
    let new = place.folder.join("src/versions");
    let is_new = |folder: &String| {
        project::real(&plain(&project.folder.join(folder))) == project::real(&new)
    };
    match versions.each() {
        [folder] if is_new(folder) => Ok(()),
        folders => {
            let said = folders.join(" and ");
            Err(Failure::new(format!("{CONFIG_FILE} says that the migrations are in {said}")).hint(
                format!(
                    "write there versions = \"{}/src/versions\", or take the line away",
                    place.member
                ),
            ))
        }
    }
}

/// What was said, or what is answered at a terminal, or SQLite.
fn databases(arguments: &Init, ui: &mut Ui) -> Vec<DatabaseWord> {
    const ALL: [DatabaseWord; 3] =
        [DatabaseWord::Sqlite, DatabaseWord::Postgres, DatabaseWord::Mysql];
    if !arguments.database.is_empty() {
        return ALL.into_iter().filter(|word| arguments.database.contains(word)).collect();
    }
    if arguments.yes || !ask::is_possible() {
        return vec![DatabaseWord::Sqlite];
    }
    let chosen = ask::choose(ui, "Which databases?", &ALL.map(feature));
    ALL.into_iter()
        .enumerate()
        .filter(|(at, _)| chosen.contains(at))
        .map(|(_, word)| word)
        .collect()
}

/// The feature that builds for a database.
fn feature(database: DatabaseWord) -> &'static str {
    match database {
        DatabaseWord::Sqlite => "sqlite",
        DatabaseWord::Postgres => "postgres",
        DatabaseWord::Mysql => "mysql",
    }
}

/// All that is to be written.
fn change(
    workspace: &Workspace,
    place: &Place,
    library: &Library,
    databases: &[DatabaseWord],
    project: &Project,
    here: &Path,
) -> Result<Change, Failure> {
    let manifest = fs::canonicalize(place.root.join("Cargo.toml"))
        .unwrap_or_else(|_| place.root.join("Cargo.toml"));
    let before = read(&manifest, here)?;
    let shown = ui::path(&manifest, here);
    let exclude = library.inside(&place.root);
    let after = manifest::with_member(
        &before,
        &shown,
        &place.member,
        exclude.as_deref(),
        &known(workspace),
    )?;

    let features: Vec<String> =
        databases.iter().map(|one| quoted(feature(*one)).trim().to_owned()).collect();
    let dependency = |package| library.dependency(package, &place.folder, &place.root);
    let values = [
        ("name", place.name.as_str()),
        ("crate", &place.name.replace('-', "_")),
        ("databases", &features.join(", ")),
        ("core", &dependency("migrate-core")),
        ("cli", &dependency("migrate-cli")),
    ];
    let files = templates::FILES.map(|(path, text)| (path, templates::filled(text, &values)));

    let url = match databases {
        [DatabaseWord::Postgres, ..] => "postgres://localhost/app",
        [DatabaseWord::Mysql, ..] => "mysql://localhost/app",
        [DatabaseWord::Sqlite, ..] | [] => "sqlite:///app.db",
    };
    let versions = quoted(&format!("{}/src/versions", place.member));
    let text = templates::filled(templates::CONFIG, &[("versions", &versions), ("url", url)]);
    // One further up is as good.
    let config = project.file.is_none().then(|| (place.root.join(CONFIG_FILE), text));
    Ok(Change {
        folder: place.folder.clone(),
        files: files.into(),
        manifest,
        before,
        after,
        config,
    })
}

/// What the manifest has to keep as it is.
fn known(workspace: &Workspace) -> manifest::Before {
    let folder = |package: &Package| {
        let folder =
            package.manifest_path.parent().and_then(|folder| fs::canonicalize(folder).ok());
        let folder = folder.unwrap_or_default();
        match folder.strip_prefix(&workspace.root).map(slashed) {
            Ok(path) if path.is_empty() => ".".to_owned(),
            Ok(path) => path,
            Err(_) => slashed(&folder),
        }
    };
    let is_default = |package: &&Package| workspace.defaults.contains(&package.id);
    let defaults: Vec<String> = workspace.packages.iter().filter(is_default).map(folder).collect();
    let root = workspace.packages.iter().find(|package| folder(package) == ".");
    let targets = root.map(|package| package.targets.as_slice()).unwrap_or_default();
    let binaries = targets.iter().filter(|target| target.is_binary());
    let binaries = binaries.map(|target| target.name.clone()).collect();
    manifest::Before { defaults, binaries }
}

/// The difference; also the new files, where nothing else would show them.
fn show(change: &Change, with_files: bool, here: &Path, ui: &mut Ui) {
    let mut shown = vec![difference(&change.manifest, Some(&change.before), &change.after, here)];
    if with_files {
        for (path, text) in created(change) {
            shown.push(difference(&path, None, text, here));
        }
    }
    for text in shown.iter().filter(|text| !text.is_empty()) {
        ui.say(&crate::secret::mask_urls(ui::visible(text).trim_end()));
    }
}

fn difference(path: &Path, before: Option<&str>, after: &str, here: &Path) -> String {
    let shown = ui::path(path, here);
    let old = if before.is_some() { shown.as_str() } else { "/dev/null" };
    let (before, after) = (before.unwrap_or_default().replace('\r', ""), after.replace('\r', ""));
    let difference = TextDiff::from_lines(&before, &after);
    difference.unified_diff().context_radius(3).header(old, &shown).to_string()
}

/// The files that are not there yet.
fn created(change: &Change) -> impl Iterator<Item = (PathBuf, &str)> {
    let files = change.files.iter().map(|(path, text)| (change.folder.join(path), text.as_str()));
    files.chain(change.config.iter().map(|(path, text)| (path.clone(), text.as_str())))
}

fn report(
    change: &Change,
    place: &Place,
    library: &Library,
    is_dry_run: bool,
    here: &Path,
    ui: &mut Ui,
) {
    let created: Vec<String> = created(change).map(|(path, _)| ui::path(&path, here)).collect();
    let is_changed = change.before != change.after;
    let changed: Vec<String> =
        is_changed.then(|| ui::path(&change.manifest, here)).into_iter().collect();
    if ui.is_json {
        ui.json(json!({
            "package": place.name,
            "created": created,
            "changed": changed,
            "is_dry_run": is_dry_run,
        }));
    } else {
        for path in created.iter().chain(&changed) {
            ui.result(path);
        }
    }
    match library {
        Library::Folder(source) if library.inside(&place.root).is_none() => ui.note(&format!(
            "the library is taken from {}, a folder of this computer; --source GIT-URL names one for everybody",
            ui::path(source, here)
        )),
        Library::Folder(_) | Library::Git(_) => {}
    }
}

#[cfg(test)]
mod tests;
