//! `cargo migrate import`: what others migrate with becomes a line of migrations.
//!
//! All files are read and judged before the first is written. What can't be read is refused, with its place:
//! nothing is left out, and no statement is changed. How the files stand in their folder is for each kind to know.

mod diesel;
mod sql;

use std::fs;
use std::path::{Path, PathBuf};

use chrono::Utc;
use migrate_model::revision::{Node, RevisionId};
use migrate_model::source::{Half, SqlMigration, needs_no_transaction};
use serde_json::{Value, json};

use super::args::{Import, ImportFrom};
use crate::config::Environment;
use crate::failure::Failure;
use crate::source::migration::{check_chain, new_id};
use crate::source::read::Read;
use crate::source::revision::{folder, followed, is_free};
use crate::source::sql::NewPair;
use crate::ui::{self, Ui};

/// `cargo migrate import sql DIR` and `import diesel DIR`
pub(super) fn import(
    read: &Read,
    environment: &Environment,
    what: &Import,
    ui: &mut Ui,
) -> Result<u8, Failure> {
    let (arguments, nothing) = match what {
        Import::Sql(arguments) => (arguments, "SQL files"),
        Import::Diesel(arguments) => (arguments, "migrations of Diesel"),
    };
    let parents = followed(read, arguments.head.as_deref())?;
    let into = folder(read, environment, &parents, arguments.version_path.as_deref())?;
    let from = environment.folder.join(&arguments.folder);
    let sources = match what {
        Import::Sql(_) => sql::sources(&from, &environment.folder)?,
        Import::Diesel(_) => diesel::sources(&from, &environment.folder)?,
    };
    let made = made(read, &parents, &sources)?;
    let Some(first) = made.first() else {
        let shown = ui::path(&from, &environment.folder);
        return Err(Failure::new(format!("there are no {nothing} in {shown}")));
    };
    let mut nodes = read.chain.nodes.clone();
    for one in &made {
        nodes.push(one.pair.node(&one.stem)?);
    }
    let way_out = "leave out --head to follow the head";
    check_chain(&read.chain.nodes, &nodes, read.sources.rules, &first.pair.revision, way_out)?;
    if !arguments.dry_run {
        write(&made, into, environment)?;
    }
    say(&made, into, environment, arguments, ui);
    if matches!(what, Import::Diesel(_)) && !arguments.dry_run {
        ui.say(
            "A database that Diesel has migrated is taken over with: migrate adopt --from diesel",
        );
    }
    Ok(0)
}

/// A migration that is to be written.
struct Made<'s> {
    pair: NewPair<'s>,
    /// The name that its files share.
    stem: String,
    source: &'s Source,
}

/// One after the other, the first behind `parents`.
fn made<'s>(
    read: &Read,
    parents: &[&Node],
    sources: &'s [Source],
) -> Result<Vec<Made<'s>>, Failure> {
    let mut before: Vec<RevisionId> = parents.iter().map(|node| node.id.clone()).collect();
    let mut former: Vec<String> = parents.iter().map(|node| node.file.to_string()).collect();
    let mut made: Vec<Made<'_>> = Vec::new();
    let now = Utc::now();
    for source in sources {
        let is_new = |id: &str| {
            is_free(read, id) && !made.iter().any(|one| one.pair.revision.eq_ignore_ascii_case(id))
        };
        let known = source.known.as_ref();
        let pair = NewPair {
            revision: new_id(known.and_then(|known| known.revision.as_deref()), is_new).map_err(
                |failure| failure.because(format!("{} would have its id", source.shown)),
            )?,
            parents: std::mem::take(&mut before),
            transaction: source.transaction && !source.texts().any(needs_no_transaction),
            up: &source.up,
            down: match &source.down {
                Down::Text(down) => Ok(down),
                Down::Never(why) => Err(why.clone()),
            },
            ..NewPair::new(&source.message)
        };
        let stem = match known {
            Some(known) => known.stem.clone(),
            None => {
                let files = former.iter().map(String::as_str);
                read.style.stem(now, pair.revision.as_str(), &source.message, files)
            }
        };
        let node = pair.node(&stem)?;
        before.push(node.id.clone());
        former = vec![node.file.to_string()];
        made.push(Made { pair, stem, source });
    }
    Ok(made)
}

/// Writes all of them or none.
fn write(made: &[Made<'_>], into: &Path, environment: &Environment) -> Result<(), Failure> {
    let mut written: Vec<PathBuf> = Vec::new();
    for one in made {
        match one.pair.write(into, &one.stem, &environment.folder) {
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
    made: &[Made<'_>],
    into: &Path,
    environment: &Environment,
    arguments: &ImportFrom,
    ui: &mut Ui,
) {
    let mut values: Vec<Value> = Vec::new();
    for Made { pair, stem, source } in made {
        let paths = pair.paths(into, stem);
        let shown: Vec<String> =
            paths.iter().map(|path| ui::path(path, &environment.folder)).collect();
        for fault in source.notes.iter().cloned().chain(source.untold()) {
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
        ui.json(json!({ "is_written": !arguments.dry_run, "revisions": values }));
    } else if arguments.dry_run {
        ui.say("nothing was written: --dry-run");
    }
}

/// A migration of others, read.
#[derive(Debug)]
struct Source {
    /// Its way up as seen from the working folder.
    shown: String,
    message: String,
    /// Its id and file name, where these are told by where it comes from.
    known: Option<Known>,
    /// Whether it is meant to run inside a transaction.
    transaction: bool,
    up: String,
    down: Down,
    /// What its reader should know.
    notes: Vec<String>,
}

/// What a migration is called there already.
#[derive(Debug)]
struct Known {
    /// Its id, where it can be one.
    revision: Option<String>,
    /// The name of its files.
    stem: String,
}

/// The way back.
#[derive(Debug)]
enum Down {
    /// Its statements.
    Text(String),
    /// Why there is none.
    Never(String),
}

impl Source {
    fn texts(&self) -> impl Iterator<Item = &str> {
        let down = match &self.down {
            Down::Text(down) => Some(down.as_str()),
            Down::Never(_) => None,
        };
        [Some(self.up.as_str()), down].into_iter().flatten()
    }

    /// What the compiler will want to know of its statements.
    fn untold(&self) -> Vec<String> {
        let header = "-- revision: a, down_revision: None, transaction: false\n";
        let up = format!("{header}{}", self.up);
        let read = SqlMigration::read("", &up, self.texts().nth(1).or(Some("SELECT 1")));
        let faults = read.err().unwrap_or_default();
        let said = faults.iter().map(|fault| match fault.half {
            Half::Up => format!("{}:{}: {}", self.shown, fault.line - 1, fault.message),
            Half::Down => format!("the way back of {}: {}", self.shown, fault.message),
        });
        said.collect()
    }
}

/// What was read, unless something is wrong with it: then all of that.
fn judged(sources: Vec<Source>, faults: Vec<String>, shown: &str) -> Result<Vec<Source>, Failure> {
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
    for range in migrate_model::sql::ranges(text) {
        let statement = migrate_model::sql::bare(&text[range.clone()]);
        if migrate_model::sql::kind(statement) == migrate_model::sql::StatementKind::Transaction {
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

/// A message of the words of a name: `add_order-notes` is "Add order notes"; none where there are no words.
fn titled(name: &str) -> Option<String> {
    let words = name.replace(['_', '-'], " ");
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut letters = words.chars();
    let first = letters.next()?;
    Some(first.to_uppercase().chain(letters).collect())
}
