//! `cargo migrate import sql DIR`: numbered SQL files become a line of migrations.
//!
//! All files are read and judged before the first is written. What can't be read is refused, with its place:
//! nothing is left out, and no statement is changed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use chrono::Utc;
use migrate_model::revision::RevisionId;
use migrate_model::source::{Half, SqlMigration, needs_no_transaction};
use migrate_model::sql;
use serde_json::{Value, json};

use super::Read;
use super::args::ImportSql;
use super::revision::{folder, followed, is_free};
use crate::config::Environment;
use crate::failure::Failure;
use crate::source::migration::{check_chain, new_id};
use crate::source::sql::NewPair;
use crate::ui::{self, Ui};

/// `cargo migrate import sql DIR`
pub(super) fn sql(
    read: &Read,
    environment: &Environment,
    arguments: &ImportSql,
    ui: &mut Ui,
) -> Result<u8, Failure> {
    let parents = followed(read, arguments.head.as_deref())?;
    let into = folder(read, environment, &parents, arguments.version_path.as_deref())?;
    let sources = sources(&environment.folder.join(&arguments.folder), &environment.folder)?;
    let mut nodes = read.chain.nodes.clone();
    let mut before: Vec<RevisionId> = parents.iter().map(|node| node.id.clone()).collect();
    let mut former: Vec<String> = parents.iter().map(|node| node.file.clone()).collect();
    let mut made: Vec<(NewPair<'_>, String, &Source)> = Vec::new();
    let now = Utc::now();
    for source in &sources {
        let is_new = |id: &str| {
            is_free(read, id)
                && !made.iter().any(|(pair, ..)| pair.revision.eq_ignore_ascii_case(id))
        };
        let pair = NewPair {
            revision: new_id(None, is_new)?,
            parents: std::mem::take(&mut before),
            transaction: !source.texts().any(needs_no_transaction),
            up: &source.up,
            down: match &source.down {
                Some(down) => Ok(down),
                None => Err(format!("{} came without a way back", source.name)),
            },
            ..NewPair::new(&source.message)
        };
        let files = former.iter().map(String::as_str);
        let stem = read.style.stem(now, pair.revision.as_str(), &source.message, files);
        let node = pair.node(&stem)?;
        before.push(node.id.clone());
        former = vec![node.file.clone()];
        nodes.push(node);
        made.push((pair, stem, source));
    }
    let Some((first, ..)) = made.first() else {
        let shown = ui::path(&environment.folder.join(&arguments.folder), &environment.folder);
        return Err(Failure::new(format!("there are no SQL files in {shown}")));
    };
    let way_out = "leave out --head to follow the head";
    check_chain(&read.chain.nodes, &nodes, read.sources.rules, &first.revision, way_out)?;
    write(&made, into, environment, arguments.dry_run)?;
    say(&made, into, environment, arguments.dry_run, ui);
    Ok(0)
}

/// Writes all of them or none.
fn write(
    made: &[(NewPair<'_>, String, &Source)],
    into: &Path,
    environment: &Environment,
    is_dry: bool,
) -> Result<(), Failure> {
    if is_dry {
        return Ok(());
    }
    let mut written: Vec<PathBuf> = Vec::new();
    for (pair, stem, _) in made {
        match pair.write(into, stem, &environment.folder) {
            Ok(paths) => written.extend(paths),
            Err(failure) => {
                for path in written {
                    let _ = fs::remove_file(path);
                }
                return Err(failure);
            }
        }
    }
    Ok(())
}

fn say(
    made: &[(NewPair<'_>, String, &Source)],
    into: &Path,
    environment: &Environment,
    is_dry: bool,
    ui: &mut Ui,
) {
    let mut values: Vec<Value> = Vec::new();
    for (pair, stem, source) in made {
        let paths = pair.paths(into, stem);
        let shown: Vec<String> =
            paths.iter().map(|path| ui::path(path, &environment.folder)).collect();
        for fault in source.untold() {
            ui.note(&fault);
        }
        if ui.is_json {
            let parents: Vec<&str> = pair.parents.iter().map(RevisionId::as_str).collect();
            values.push(json!({
                "revision": pair.revision.as_str(),
                "down_revision": parents,
                "message": source.message,
                "from": source.shown,
                "path": shown.first(),
                "down_path": shown.get(1),
            }));
        } else {
            shown.iter().for_each(|path| ui.result(path));
        }
    }
    if ui.is_json {
        ui.json(json!({ "is_written": !is_dry, "revisions": values }));
    } else if is_dry {
        ui.say("nothing was written: --dry-run");
    }
}

/// A numbered file, with the one that takes it back.
#[derive(Debug)]
struct Source {
    /// Its name.
    name: String,
    /// Its name as seen from the working folder.
    shown: String,
    message: String,
    up: String,
    down: Option<String>,
}

impl Source {
    fn texts(&self) -> impl Iterator<Item = &str> {
        [Some(self.up.as_str()), self.down.as_deref()].into_iter().flatten()
    }

    /// What the compiler will want to know of its statements.
    fn untold(&self) -> Vec<String> {
        let header = "-- revision: a, down_revision: None, transaction: false\n";
        let up = format!("{header}{}", self.up);
        let read = SqlMigration::read("", &up, self.down.as_deref().or(Some("SELECT 1")));
        let faults = read.err().unwrap_or_default();
        let said = faults.iter().map(|fault| match fault.half {
            Half::Up => format!("{}:{}: {}", self.shown, fault.line - 1, fault.message),
            Half::Down => format!("the way back of {}: {}", self.shown, fault.message),
        });
        said.collect()
    }
}

/// The number and the rest of a name: `012_add_notes` is 12 and `add_notes`.
fn numbered(stem: &str) -> Option<(u128, &str)> {
    let end = stem.find(|c: char| !c.is_ascii_digit()).unwrap_or(stem.len());
    Some((stem[..end].parse().ok()?, stem[end..].trim_start_matches(['_', '-', '.', ' '])))
}

/// A name without what says which way it is, and whether that is the way back.
fn stem(name: &str) -> Option<(&str, bool)> {
    let back = [".down.sql", "_rollback.sql", "_down.sql", ".rollback.sql"];
    let there = [".up.sql", "_up.sql", ".sql"];
    let of = |ends: &[&str]| ends.iter().find_map(|end| name.strip_suffix(end));
    of(&back).map(|stem| (stem, true)).or_else(|| of(&there).map(|stem| (stem, false)))
}

/// The files of a folder in the order of their numbers, or everything that is wrong with them.
fn sources(folder: &Path, here: &Path) -> Result<Vec<Source>, Failure> {
    let shown = ui::path(folder, here);
    let cannot = |error| Failure::new(format!("cannot read {shown}")).caused_by(error);
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(cannot)? {
        let entry = entry.map_err(cannot)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && name.ends_with(".sql") && entry.path().is_file() {
            names.push(name);
        }
    }
    names.sort();
    let mut faults = Vec::new();
    let mut found: BTreeMap<u128, (Vec<String>, Vec<String>)> = BTreeMap::new();
    for name in names {
        match stem(&name).and_then(|(stem, is_back)| Some((numbered(stem)?.0, is_back))) {
            Some((number, false)) => found.entry(number).or_default().0.push(name),
            Some((number, true)) => found.entry(number).or_default().1.push(name),
            None => faults.push(format!(
                "{} begins with no number, so its place in the order can't be told",
                ui::path(&folder.join(&name), here)
            )),
        }
    }
    let mut sources = Vec::new();
    for (up, down) in found.into_values() {
        let path = |name: &String| ui::path(&folder.join(name), here);
        let [name] = up.as_slice() else {
            let all: Vec<String> = up.iter().chain(&down).map(path).collect();
            faults.push(match up.is_empty() {
                true => format!("{} takes back what is not there", all.join(" and ")),
                false => format!("{} have one number", all.join(" and ")),
            });
            continue;
        };
        if down.len() > 1 {
            let all: Vec<String> = down.iter().map(path).collect();
            faults.push(format!("{} take back the same", all.join(" and ")));
            continue;
        }
        let mut text = |name: &String| match text(&folder.join(name), &path(name)) {
            Ok(text) => Some(text),
            Err(said) => {
                faults.extend(said);
                None
            }
        };
        let (up, down) = (text(name), down.first().map(&mut text));
        let Some(up) = up else { continue };
        if sql::statements(&up).is_empty() {
            faults.push(format!("{} has no statement", path(name)));
        }
        let down = down.map(|down| match down {
            Some(down) if sql::statements(&down).is_empty() => {
                format!("{}\n-- undo_nothing", down.trim_end())
            }
            down => down.unwrap_or_default(),
        });
        let (name, shown) = (name.clone(), path(name));
        sources.push(Source { message: said(&name), name, shown, up, down });
    }
    match faults.is_empty() {
        true => Ok(sources),
        false => Err(faults
            .into_iter()
            .fold(
                Failure::new(format!("the files in {shown} can't be taken over")),
                Failure::because,
            )
            .hint("mend them there, then say it again; nothing was written")),
    }
}

/// The text of a file, if the runner can take it as it is.
fn text(path: &Path, shown: &str) -> Result<String, Vec<String>> {
    let bytes = fs::read(path).map_err(|error| vec![format!("{shown}: {error}")])?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let read = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = read.iter().filter(|byte| **byte == b'\n').count() + 1;
        vec![format!("{shown}:{line}: this is not UTF-8")]
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut faults = Vec::new();
    for range in sql::ranges(text) {
        let statement = sql::bare(&text[range.clone()]);
        if sql::kind(statement) == sql::StatementKind::Transaction {
            let start = range.end - statement.len();
            let line = text[..start].matches('\n').count() + 1;
            faults.push(format!(
                "{shown}:{line}: `{}` begins or ends a transaction, which is the runner's to do: take it away",
                statement.split_whitespace().collect::<Vec<_>>().join(" ")
            ));
        }
    }
    match faults.is_empty() {
        true => Ok(text.to_owned()),
        false => Err(faults),
    }
}

/// What a file does, by its name: `012_add_order_notes.sql` is "Add order notes".
fn said(name: &str) -> String {
    let rest = stem(name).and_then(|(stem, _)| numbered(stem)).map_or(name, |(_, rest)| rest);
    let words = rest.replace(['_', '-'], " ");
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_number_way_and_message() {
        let check = |name: &str, expected: Option<(u128, bool)>, message: &str| {
            let found = stem(name).and_then(|(stem, is_back)| Some((numbered(stem)?.0, is_back)));
            assert_eq!((found, said(name).as_str()), (expected, message), "{name}");
        };
        check("001_create_orders.sql", Some((1, false)), "Create orders");
        check("010_add-notes_rollback.sql", Some((10, true)), "Add notes");
        check("20240101120000_add_notes.up.sql", Some((20_240_101_120_000, false)), "Add notes");
        check("2.down.sql", Some((2, true)), "2.down.sql");
        check("7_break_down.sql", Some((7, true)), "Break");
        check("notes.sql", None, "Notes.sql");
    }
}
