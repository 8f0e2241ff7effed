//! `cargo migrate import diesel DIR`: the folders of diesel_migrations become a line of migrations.
//!
//! ```text
//! 2024-01-01-000000_create_users/    version 20240101000000: what stands before the first `_`, without `-`
//!     up.sql
//!     down.sql                       there may be none
//!     metadata.toml                  run_in_transaction = false
//! ```
//!
//! They are read as diesel_migrations reads them, and stand in its order, that of the versions as text. The version
//! is the id of the revision and the beginning of its file name, by which a row of `__diesel_schema_migrations` is
//! known again.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use migrate_model::Dialect;
use migrate_model::revision::check_id;
use migrate_model::sql::{self, Touched};

use super::{Down, Known, Source, judged, text, titled};
use crate::failure::Failure;
use crate::ui;

/// How long a version may be: `__diesel_schema_migrations` has no place for more.
const LONGEST: usize = 50;

/// What Diesel reads of `metadata.toml`. A file without the key turns the transaction off.
fn runs_in_transaction(text: &str) -> Result<bool, toml::de::Error> {
    let mut metadata: toml::Table = toml::from_str(text)?;
    let value = metadata.remove("run_in_transaction").map(toml::Value::try_into);
    value.transpose().map(Option::unwrap_or_default)
}

/// The version and the rest of the name of a folder: `2024-01-01-000000_add_notes` is `20240101000000` and `add_notes`.
fn versioned(name: &str) -> (String, &str) {
    let (version, rest) = name.split_once('_').unwrap_or((name, ""));
    (version.replace('-', ""), rest)
}

/// The migrations of a folder in the order of their versions, or everything that is wrong with them.
pub(super) fn sources(folder: &Path, here: &Path) -> Result<Vec<Source>, Failure> {
    let shown = ui::path(folder, here);
    let cannot = |error| Failure::new(format!("cannot read {shown}")).caused_by(error);
    let mut faults = Vec::new();
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(cannot)? {
        let entry = entry.map_err(cannot)?;
        // What is no folder is not Diesel's; neither is what is hidden, as a `.keep`.
        if entry.path().is_file() || entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        match entry.file_name().into_string() {
            Ok(name) => found.entry(versioned(&name).0).or_default().push(name),
            Err(_) => faults.push(format!(
                "the name of {} is not UTF-8",
                ui::path(&entry.path(), here).escape_debug()
            )),
        }
    }
    let mut sources = Vec::new();
    for (version, mut names) in found {
        names.sort();
        let [name] = names.as_slice() else {
            let all: Vec<String> =
                names.iter().map(|name| ui::path(&folder.join(name), here)).collect();
            faults.push(format!("{} have one version, `{version}`", all.join(" and ")));
            continue;
        };
        match source(&folder.join(name), &version, name, here) {
            Ok(source) => sources.push(source),
            Err(said) => faults.extend(said),
        }
    }
    judged(sources, faults, &shown)
}

/// Reads one folder.
fn source(folder: &Path, version: &str, name: &str, here: &Path) -> Result<Source, Vec<String>> {
    let path = |name: &str| ui::path(&folder.join(name), here);
    let shown = ui::path(folder, here);
    if !folder.join("up.sql").is_file() {
        return Err(vec![foreign(folder, &shown)]);
    }
    let mut faults = Vec::new();
    let is_plain = !version.is_empty() && version.chars().all(|c| c.is_ascii_alphanumeric());
    if !is_plain || version.len() > LONGEST {
        faults.push(format!(
            "the name of {shown} begins with no version that can stand in the name of a file"
        ));
    }
    let mut read =
        |name: &str| text(&folder.join(name), &path(name)).map_err(|said| faults.extend(said)).ok();
    let up = read("up.sql");
    let has_down = !matches!(
        folder.join("down.sql").metadata(),
        Err(error) if error.kind() == ErrorKind::NotFound
    );
    let down = if has_down { read("down.sql") } else { None };
    let Some(up) = up.filter(|_| faults.is_empty()) else { return Err(faults) };
    if up.is_empty() {
        // Diesel does not run it, so no database has it.
        return Err(vec![format!("{} is empty", path("up.sql"))]);
    }
    let mut notes = Vec::new();
    let transaction = match fs::read_to_string(folder.join("metadata.toml")) {
        Ok(text) => match runs_in_transaction(&text) {
            Ok(is_on) => is_on,
            Err(error) => {
                notes.push(format!(
                    "{} can't be read, so that Diesel takes no notice of it: {}",
                    path("metadata.toml"),
                    error.message()
                ));
                true
            }
        },
        Err(error) if error.kind() == ErrorKind::NotFound => true,
        Err(error) => return Err(vec![format!("{}: {error}", path("metadata.toml"))]),
    };
    notes.extend(
        beside(folder).into_iter().map(|name| {
            format!("{} is not taken over: Diesel does not run it either", path(&name))
        }),
    );
    let down = way_back(&up, down.as_deref(), name);
    if let (true, Down::Never(why)) = (has_down, &down) {
        notes.push(format!("{shown} becomes irreversible: {why}"));
    }
    let (_, rest) = versioned(name);
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let rest = rest.replace(|c| !is_name(c), "_");
    Ok(Source {
        shown: path("up.sql"),
        message: titled(&rest).unwrap_or_else(|| name.to_owned()),
        known: Some(Known {
            revision: check_id(version).is_ok().then(|| version.to_owned()),
            stem: if rest.is_empty() { version.to_owned() } else { format!("{version}_{rest}") },
        }),
        transaction,
        up: match sql::statements(&up).is_empty() {
            // A revision it is all the same: a database may say that it has it.
            true => format!("{}\n\nSELECT 1; -- there was no statement", up.trim_end()),
            false => up,
        },
        down,
        notes,
    })
}

/// The way back, if what is there is one.
fn way_back(up: &str, down: Option<&str>, name: &str) -> Down {
    let Some(down) = down else { return Down::Never(format!("{name} came without a down.sql")) };
    if !sql::statements(down).is_empty() {
        return Down::Text(down.to_owned());
    }
    // To take nothing back is right where nothing was made. Else it was never written.
    let makes_nothing = |statement: &str| matches!(sql::touched(Dialect::Postgres, sql::bare(statement)), Touched::Things(things) if things.is_empty());
    match sql::statements(up).into_iter().all(makes_nothing) {
        true => Down::Text(format!("{}\n-- undo_nothing", down.trim_end())),
        false => Down::Never("its down.sql has no statement".to_owned()),
    }
}

/// What a folder is that has no `up.sql`.
fn foreign(folder: &Path, shown: &str) -> String {
    let names = names(folder);
    let holds = |file: &str| names.iter().any(|name| folder.join(name).join(file).is_file());
    if holds("up.sql") {
        format!("{shown} has no up.sql, but its folders have: is it the one that is meant?")
    } else if names.iter().any(|name| name.ends_with(".rs")) {
        format!(
            "{shown} has no up.sql, but Rust: write that as a migration of its own, and move the folder away"
        )
    } else {
        format!("{shown} has no up.sql; Diesel refuses such a folder, too")
    }
}

/// SQL and Rust beside what Diesel reads.
fn beside(folder: &Path) -> Vec<String> {
    let is_other = |name: &String| {
        let is_code = name.ends_with(".sql") || name.ends_with(".rs");
        is_code && name != "up.sql" && name != "down.sql"
    };
    names(folder).into_iter().filter(is_other).collect()
}

/// What is in a folder; nothing where that can't be told.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_as_diesel_reads_it() {
        let check = |name: &str, version: &str, rest: &str| {
            assert_eq!(versioned(name), (version.to_owned(), rest), "{name}");
        };
        check("2024-01-01-000000_add_notes", "20240101000000", "add_notes");
        check("20160101000000_add-notes", "20160101000000", "add-notes");
        check("00000000000000_diesel_initial_setup", "00000000000000", "diesel_initial_setup");
        check("2024-01-01-000000-0001_add", "202401010000000001", "add");
        check("2024-01-01-000000", "20240101000000", "");
        check("first", "first", "");
    }
}
