//! `cargo migrate import sql DIR`: numbered SQL files become a line of migrations.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use migrate_model::sql;

use super::{Down, Source, judged, text, titled};
use crate::failure::Failure;
use crate::ui;

/// The number and the rest of a name: `012_add_notes` is 12 and `add_notes`.
fn numbered(stem: &str) -> Option<(u128, &str)> {
    // Those of refinery and Flyway begin with a letter: V1__initial.
    let stem = stem.strip_prefix('V').unwrap_or(stem);
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
pub(super) fn sources(folder: &Path, here: &Path) -> Result<Vec<Source>, Failure> {
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
        let down = match down {
            Some(Some(down)) if sql::statements(&down).is_empty() => {
                Down::Text(format!("{}\n-- undo_nothing", down.trim_end()))
            }
            Some(down) => Down::Text(down.unwrap_or_default()),
            None => Down::Never(format!("{name} came without a way back")),
        };
        sources.push(Source {
            shown: path(name),
            message: said(name),
            known: None,
            transaction: true,
            up,
            down,
            notes: Vec::new(),
        });
    }
    judged(sources, faults, &shown)
}

/// What a file does, by its name: `012_add_order_notes.sql` is "Add order notes".
fn said(name: &str) -> String {
    let rest = stem(name).and_then(|(stem, _)| numbered(stem)).map_or(name, |(_, rest)| rest);
    titled(rest).unwrap_or_else(|| name.to_owned())
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
        check("V3__add_user_name.sql", Some((3, false)), "Add user name");
        check("2.down.sql", Some((2, true)), "2.down.sql");
        check("7_break_down.sql", Some((7, true)), "Break");
        check("notes.sql", None, "Notes.sql");
    }
}
