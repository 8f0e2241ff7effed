//! New migrations, as files: what `revision` writes, and what it shares with `merge`, `import` and `rebase`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use chrono::Utc;
use migrate_core::Op;
use migrate_core::catalog::naming::Naming;
use migrate_model::revision::{Graph, Node, RevisionId, RevisionSpec, Rules, Symbol, resolve};
use serde_json::json;

use super::read::Read;
use crate::args::NewRevision;
use crate::config::Environment;
use crate::failure::Failure;
use crate::source::migration::{NewMigration, WAY_OUT, Written, check_chain, message, new_id};
use crate::source::project::same;
use crate::source::sql::NewPair;
use crate::ui::{self, Ui};

/// What a new migration does.
pub(crate) struct Content {
    pub(crate) upgrade: Vec<Op>,
    /// The way back, where it is written out.
    pub(crate) downgrade: Option<Vec<Op>>,
    /// How the chain calls what is given no name.
    pub(crate) naming: Naming,
    /// What its reader should know, for its doc comment.
    pub(crate) remarks: Vec<String>,
}

impl Default for Content {
    fn default() -> Self {
        let naming = Naming::DEFAULT;
        Content { upgrade: Vec::new(), downgrade: None, naming, remarks: Vec::new() }
    }
}

/// `cargo migrate revision -m MSG`
pub(crate) fn revision(
    read: &Read,
    environment: &Environment,
    arguments: &NewRevision,
    content: &Content,
    ui: &mut Ui,
) -> Result<u8, Failure> {
    let parents = followed(read, arguments.head.as_deref())?;
    let depends_on = dependencies(&read.graph, &arguments.depends_on)?;
    let asked = Asked {
        parents,
        depends_on,
        message: &arguments.message,
        branch_label: arguments.branch_label.as_deref(),
        rev_id: arguments.rev_id.as_deref(),
        splice: arguments.splice,
        version_path: arguments.version_path.as_deref(),
        is_sql: arguments.sql_file,
        content,
    };
    write(read, environment, asked, ui)
}

/// What a new migration follows: the head, unless another revision is named.
pub(crate) fn followed<'r>(read: &'r Read, head: Option<&str>) -> Result<Vec<&'r Node>, Failure> {
    let heads: Vec<&Node> = read.graph.heads().collect();
    match (head, heads.as_slice()) {
        (Some(name), _) => named(&read.graph, name),
        (None, []) => Ok(Vec::new()),
        (None, [head]) => Ok(vec![*head]),
        (None, several) => Err(several.iter().fold(
            Failure::new(format!("the migrations in {} have {} heads", read.shown, several.len()))
                .hint("merge them first: cargo migrate merge -m \"…\"; or name one with --head"),
            |failure, head| failure.because(described(head)),
        )),
    }
}

/// What a new migration is to be.
pub(crate) struct Asked<'a> {
    pub(crate) parents: Vec<&'a Node>,
    pub(crate) depends_on: Vec<String>,
    pub(crate) message: &'a str,
    pub(crate) branch_label: Option<&'a str>,
    pub(crate) rev_id: Option<&'a str>,
    pub(crate) splice: bool,
    pub(crate) version_path: Option<&'a Path>,
    pub(crate) is_sql: bool,
    pub(crate) content: &'a Content,
}

/// The folder that a new migration goes to: the one that was named, or that of what it follows.
pub(crate) fn folder<'r>(
    read: &'r Read,
    environment: &Environment,
    parents: &[&'r Node],
    version_path: Option<&Path>,
) -> Result<&'r Path, Failure> {
    let folders = &read.sources.folders;
    if let Some(named) = version_path {
        let named = environment.folder.join(named);
        return folders
            .iter()
            .find(|folder| same(folder, &named))
            .map(PathBuf::as_path)
            .ok_or_else(|| {
                let shown = ui::path(&named, &environment.folder);
                Failure::usage(format!("the chain has no migrations in {shown}")).hint(format!(
                    "its folders are {}; `migrations!` takes several: migrations!(\"a\", \"b\")",
                    read.shown
                ))
            });
    }
    match (parents.first(), folders.as_slice()) {
        (Some(parent), _) => Ok(read.chain.path(parent).parent().unwrap_or(Path::new(""))),
        (None, [one]) => Ok(one),
        (None, _) => Err(Failure::usage(format!("the chain has folders {}", read.shown))
            .hint("name the one that it begins in: --version-path DIR")),
    }
}

/// What must be applied first: a label as it is, anything else as a whole id.
fn dependencies(graph: &Graph, names: &[String]) -> Result<Vec<String>, Failure> {
    let mut found = Vec::new();
    for name in names {
        if graph.labelled(name).is_some() {
            found.push(name.clone());
            continue;
        }
        let nodes = named(graph, name)?;
        if nodes.is_empty() {
            return Err(Failure::usage(format!("`{name}` is no revision to depend on")));
        }
        found.extend(nodes.into_iter().map(|node| node.id.as_str().to_owned()));
    }
    Ok(found)
}

/// Words that say that something was done, and not what.
const SAYS_NOTHING: [&str; 18] = [
    "change",
    "changes",
    "db",
    "fix",
    "fixes",
    "migration",
    "migrations",
    "misc",
    "new",
    "revision",
    "schema",
    "stuff",
    "temp",
    "test",
    "tmp",
    "update",
    "updates",
    "wip",
];

/// Whether a message says nothing of what the migration does.
fn says_nothing(message: &str) -> bool {
    let letters = |c: char| !c.is_alphanumeric();
    let mut words = message.split(letters).filter(|word| !word.is_empty());
    words.all(|word| SAYS_NOTHING.contains(&word.to_lowercase().as_str()))
}

/// Whether a new revision can have this id: no label either, and on no file system the name of another file.
pub(crate) fn is_free(read: &Read, id: &str) -> bool {
    let is_same = |node: &Node| node.id.eq_ignore_ascii_case(id);
    read.graph.labelled(id).is_none() && !read.chain.nodes.iter().any(is_same)
}

/// Writes a migration.
pub(crate) fn write(
    read: &Read,
    environment: &Environment,
    asked: Asked<'_>,
    ui: &mut Ui,
) -> Result<u8, Failure> {
    let folder = folder(read, environment, &asked.parents, asked.version_path)?;
    let is_free = |id: &str| is_free(read, id);
    let message = message(asked.message)?;
    if says_nothing(&message) {
        ui.note(&format!("the message `{message}` does not say what the migration does"));
    }
    let content = asked.content;
    let message = [message].into_iter().chain(content.remarks.iter().cloned());
    let new = NewMigration {
        revision: new_id(asked.rev_id, is_free)?,
        parents: asked.parents,
        depends_on: asked.depends_on,
        branch_labels: asked.branch_label.into_iter().map(str::to_owned).collect(),
        message: message.collect::<Vec<_>>().join("\n\n"),
        upgrade: &content.upgrade,
        downgrade: content.downgrade.as_deref(),
        naming: content.naming,
        library: &read.sources.library,
        style: &read.style,
        now: Utc::now(),
    };
    let rules = Rules {
        multiple_heads: read.sources.rules.multiple_heads || asked.splice,
        ..read.sources.rules
    };
    let (path, down) = match asked.is_sql {
        true => {
            let pair = NewPair {
                revision: new.revision.clone(),
                parents: new.parents.iter().map(|parent| parent.id.clone()).collect(),
                depends_on: new.depends_on.clone(),
                branch_labels: new.branch_labels.clone(),
                ..NewPair::new(&new.message)
            };
            let parents = new.parents.iter().map(|parent| &*parent.file);
            let id = new.revision.as_str();
            let stem = read.style.stem(new.now, id, &new.message, parents);
            let node = pair.node(&stem)?;
            let after = [read.chain.nodes.as_slice(), &[node]].concat();
            check_chain(&read.chain.nodes, &after, rules, &new.revision, WAY_OUT)?;
            let mut paths = pair.write(folder, &stem, &environment.folder)?.into_iter();
            (paths.next().unwrap_or_default(), paths.next())
        }
        false => {
            new.check(&read.chain.nodes, rules)?;
            let Written { path, note } = new.write(folder, &environment.folder)?;
            note.iter().for_each(|note| ui.note(note));
            (path, None)
        }
    };
    let heads = read.graph.heads().filter(|head| !new.parents.iter().any(|one| one.id == head.id));
    let heads = heads.count() + 1;
    if asked.splice && heads > 1 && !read.sources.rules.multiple_heads {
        ui.note(&format!(
            "the chain has {heads} heads from now on, and does not compile until they are merged: cargo migrate merge -m \"…\""
        ));
    }
    let shown = ui::path(&path, &environment.folder);
    if ui.is_json {
        let parents: Vec<&str> = new.parents.iter().map(|parent| parent.id.as_str()).collect();
        let mut value =
            json!({ "revision": new.revision.as_str(), "down_revision": parents, "path": shown });
        if let Some(down) = down {
            value["down_path"] = ui::path(&down, &environment.folder).into();
        }
        ui.json(value);
    } else {
        ui.result(&shown);
        if let Some(down) = down {
            ui.result(&ui::path(&down, &environment.folder));
        }
    }
    Ok(0)
}

/// The revisions of this name; none for `base`.
pub(crate) fn named<'g>(graph: &'g Graph, name: &str) -> Result<Vec<&'g Node>, Failure> {
    let spec: RevisionSpec = name.parse()?;
    if spec.is_from_here() {
        return Err(Failure::new(format!(
            "`{spec}` is counted from the database, and only sources are read here"
        ))
        .hint("name a revision by its id"));
    }
    // All of them: also a head that another branch depends on.
    if spec == RevisionSpec::symbol(Symbol::Heads) {
        return Ok(graph.heads().collect());
    }
    let found: BTreeSet<RevisionId> = resolve(graph, &spec, &BTreeSet::new())?;
    Ok(found.iter().filter_map(|id| graph.get(id)).collect())
}

/// `` `3f2a9c41b7d0` (Add order notes)``
pub(crate) fn described(node: &Node) -> String {
    match node.title() {
        "" => format!("`{}`", node.id),
        title => format!("`{}` ({title})", node.id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_says_something() {
        for text in ["update", "Fix stuff.", "WIP", "…", "schema changes"] {
            assert!(says_nothing(text), "{text}");
        }
        for text in ["update prices", "Add notes", "日本語", "fix #12"] {
            assert!(!says_nothing(text), "{text}");
        }
    }
}
