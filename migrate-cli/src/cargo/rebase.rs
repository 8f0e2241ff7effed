//! `cargo migrate rebase REV --onto REV`: a migration that nobody has applied follows another one.
//!
//! Only the value of `down_revision` is written anew, letter for letter beside all else; the file gets a later
//! name where it would stand before its new parent. A database that has the migration would never run
//! what it now follows in its place, so one that can be asked is asked.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use chrono::Utc;
use migrate_model::revision::{Node, RevisionId};
use migrate_model::source::{FileName, Half, SourceFile, SqlMigration};
use serde_json::json;

use super::args::Rebase;
use super::database;
use crate::args::Globals;
use crate::config::Environment;
use crate::failure::Failure;
use crate::source::migration::{beside, check_chain, parents};
use crate::source::read::Read;
use crate::source::revision::{described, named};
use crate::source::sql;
use crate::ui::{self, Ui};

/// Moves a migration behind another one.
pub(super) fn rebase(
    read: &Read,
    environment: &Environment,
    globals: &Globals,
    arguments: &Rebase,
    ui: &mut Ui,
) -> Result<u8, Failure> {
    let node = one(read, &arguments.revision)?
        .ok_or_else(|| Failure::new(format!("`{}` is no revision to move", arguments.revision)))?;
    let onto = one(read, &arguments.onto)?;
    if node.down_revision.len() > 1 {
        return Err(Failure::new(format!("{} merges several branches", described(node)))
            .hint("delete it, and merge again: cargo migrate merge -m \"…\""));
    }
    let onto_ids: Vec<RevisionId> = onto.iter().map(|node| node.id.clone()).collect();
    if node.down_revision == onto_ids {
        let path = ui::path(read.chain.path(node), &environment.folder);
        match ui.is_json {
            true => report(ui, node, &onto_ids, &path),
            false => ui.say(&format!("{} follows it already", described(node))),
        }
        return Ok(0);
    }
    let above = read.graph.descendants([&node.id]);
    if let Some(onto) = onto.filter(|onto| above.contains(&onto.id)) {
        return Err(Failure::new(format!("{} would follow itself", described(node)))
            .because(format!("{} needs it", described(onto))));
    }
    let mut after = read.chain.nodes.clone();
    for one in after.iter_mut().filter(|one| one.id == node.id) {
        one.down_revision.clone_from(&onto_ids);
    }
    let way_out =
        "move it behind the head, or allow several with migrations!(\"…\", multiple_heads)";
    check_chain(&read.chain.nodes, &after, read.sources.rules, &node.id, way_out)?;
    if !arguments.unchecked {
        check_unapplied(read, environment, globals, node, ui)?;
    }
    let path = write(read, environment, node, onto)?;
    report(ui, node, &onto_ids, &path);
    Ok(0)
}

/// Where the migration is, and what it follows.
fn report(ui: &mut Ui, node: &Node, onto: &[RevisionId], path: &str) {
    if ui.is_json {
        let onto: Vec<&str> = onto.iter().map(RevisionId::as_str).collect();
        ui.json(json!({ "revision": node.id.as_str(), "down_revision": onto, "path": path }));
    } else {
        ui.result(path);
    }
}

/// The one revision of that name; none for `base`.
fn one<'r>(read: &'r Read, name: &str) -> Result<Option<&'r Node>, Failure> {
    match named(&read.graph, name)?[..] {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        _ => Err(Failure::usage(format!("`{name}` is several revisions"))),
    }
}

/// Refuses where the database has the migration, or one above it.
fn check_unapplied(
    read: &Read,
    environment: &Environment,
    globals: &Globals,
    node: &Node,
    ui: &mut Ui,
) -> Result<(), Failure> {
    const UNCHECKED: &str = "to move it all the same, when no database has it: --unchecked";
    let cannot = |failure: Failure| {
        let unknown = Failure::new("whether a database has the migration is not known");
        let causes = [vec![failure.message], failure.causes].concat();
        causes.into_iter().fold(unknown, Failure::because).hint(UNCHECKED)
    };
    let (status, log) = database::status(environment, globals, "rebase", ui, cannot)?;
    // What the log says that was not taken back, if only begun, and what the rows imply, whoever wrote them.
    let mut applied: BTreeSet<RevisionId> = BTreeSet::new();
    for entry in log.iter().filter(|entry| entry.status != "failed") {
        let revision = RevisionId::from(entry.revision.as_str());
        match (entry.direction.as_str(), entry.status.as_str()) {
            ("downgrade" | "unstamp", "done") => applied.remove(&revision),
            (_, _) => applied.insert(revision),
        };
    }
    let rows: BTreeSet<RevisionId> =
        status.rows.iter().map(|row| RevisionId::from(row.as_str())).collect();
    applied.extend(read.graph.ancestors(&rows));
    if !applied.contains(&node.id) {
        return Ok(());
    }
    Err(Failure::new(format!("the database has {}", described(node)))
        .because("what it would follow from now on would never run there before it")
        .hint("take it back first: cargo migrate downgrade; or merge instead: cargo migrate merge"))
}

/// Writes the file anew, under a later name where it needs one; where it is then.
fn write(
    read: &Read,
    environment: &Environment,
    node: &Node,
    onto: Option<&Node>,
) -> Result<String, Failure> {
    let former = read.chain.path(node);
    let folder = former.parent().unwrap_or(&environment.folder);
    let shown = ui::path(former, &environment.folder);
    let cannot =
        |error: std::io::Error| Failure::new(format!("cannot write {shown}")).caused_by(error);
    let text = fs::read_to_string(former).map_err(cannot)?;
    let ids: Vec<&str> = onto.iter().map(|node| node.id.as_str()).collect();
    let file = former.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let stem = match FileName::read(file) {
        FileName::Sql(stem, _) => Some(stem),
        FileName::Rust(_) | FileName::Other => None,
    };
    let changed = match stem {
        Some(_) => with_sql_parents(&text, &sql::parents(&ids)),
        None => with_parents(&text, &parents(&ids)),
    };
    let text = changed
        .ok_or_else(|| Failure::new(format!("{shown} has no `down_revision` to be changed")))?;
    let is_late = onto.is_none_or(|onto| {
        let (own, other) = (read.style.stamp(&node.file), read.style.stamp(&onto.file));
        own.zip(other).is_none_or(|(own, other)| own > other)
    });
    let new = beside(folder, text.as_bytes()).map_err(cannot)?;
    if is_late {
        new.persist(former).map_err(|error| cannot(error.error))?;
        return Ok(shown);
    }
    let parents = onto.iter().map(|onto| &*onto.file);
    if let Some(stem) = stem {
        let id = node.id.as_str();
        let later = read.style.stem(Utc::now(), id, &node.message, parents);
        let path = sql::half(folder, &later, Half::Up);
        new.persist_noclobber(&path).map_err(|error| cannot(error.error))?;
        move_down(folder, stem, &later).and_then(|()| fs::remove_file(former)).map_err(
            |error| {
                let _ = move_down(folder, &later, stem);
                let _ = fs::remove_file(&path);
                cannot(error)
            },
        )?;
        return Ok(ui::path(&path, &environment.folder));
    }
    let name = read.style.file_name(Utc::now(), node.id.as_str(), &node.message, parents);
    let path = folder.join(name);
    new.persist_noclobber(&path).map_err(|error| cannot(error.error))?;
    fs::remove_file(former).map_err(|error| {
        // Two files of one revision do not compile.
        let _ = fs::remove_file(&path);
        cannot(error)
    })?;
    Ok(ui::path(&path, &environment.folder))
}

/// Gives the way back of a pair, if there is one, another name.
fn move_down(folder: &Path, from: &str, to: &str) -> std::io::Result<()> {
    let (from, to) = (sql::half(folder, from, Half::Down), sql::half(folder, to, Half::Down));
    match fs::symlink_metadata(&to) {
        _ if !from.exists() => Ok(()),
        Ok(_) => Err(std::io::ErrorKind::AlreadyExists.into()),
        Err(_) => fs::rename(from, to),
    }
}

/// The text of an `.up.sql` file with another value of `down_revision`.
fn with_sql_parents(text: &str, value: &str) -> Option<String> {
    let range = SqlMigration::outline(text).ok()?.header.down_revision_range;
    Some(format!("{}{value}{}", &text[..range.start], &text[range.end..]))
}

/// The text of a migration with another value of `down_revision`.
fn with_parents(text: &str, value: &str) -> Option<String> {
    let file = SourceFile::read(text).ok()?;
    let migration = file.migration().ok()?.as_ref().ok()?;
    let span = migration.attribute.down_revision.span?;
    let at = |place: proc_macro2::LineColumn| {
        let line = text.split_inclusive('\n').take(place.line - 1).map(str::len).sum::<usize>();
        // Columns are counted in characters.
        let column = text[line..].char_indices().nth(place.column)?.0;
        Some(line + column)
    };
    let (start, end) = (at(span.start())?, at(span.end())?);
    Some(format!("{}{value}{}", &text[..start], &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_parent_is_written_anew() {
        let check = |before: &str, after: &str| {
            let file = |value: &str| {
                format!(
                    "/// é 日本\r\n#[migration(/* 🦀 */ revision = \"b\", down_revision = {value}, transaction = false)]\r\npub fn upgrade(op: &mut Ops) {{}}\r\n"
                )
            };
            assert_eq!(with_parents(&file(before), after).as_deref(), Some(file(after).as_str()));
        };
        check("\"a\"", "\"cccc\"");
        check("None", "\"a\"");
        check("\"a\"", "None");
        check("[\"a\"]", "\"a\"");
        let marked = "\u{feff}#[migration(revision = \"b\", down_revision = \"a\")] pub fn upgrade(op: &mut Ops) {}";
        assert_eq!(with_parents(marked, "\"x\""), Some(marked.replace("\"a\"", "\"x\"")));
        assert_eq!(with_parents("fn main() {}", "None"), None);
        let sql =
            "\u{feff}-- revision: b, down_revision: [a, \"c\"], depends_on: x\r\n-- é\r\nSELECT 1";
        let after = sql.replace("[a, \"c\"]", "None");
        assert_eq!(with_sql_parents(sql, "None"), Some(after));
    }
}
