//! `docs/operations.md` says what becomes of each op on each database. Here it is found out, and compared.
//!
//! A new op, change or refusal without a row fails; so does a row that is not so. With `MIGRATE_UPDATE_DOCS=1` the cells are
//! written; the notes and Alembic's names, which a person writes, stay as they are.

mod page;
mod replaceable;
mod rows;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use migrate_core::backend::{RenderError, Statement, render};
use migrate_core::catalog::Catalog;
use migrate_core::op::{apply_all, invert_all};
use migrate_core::prelude::*;
use migrate_core::{Op, Recorded};
use tests::examples::{change_kind, examples, kinds, op_kind, record, rich_catalog};

use rows::{Row, Shows, themes, trading};

const DATABASES: [(Dialect, &str); 4] =
    [(Postgres, "PostgreSQL"), (Sqlite, "SQLite"), (Mysql, "MySQL"), (Mariadb, "MariaDB")];

/// What becomes of an op.
#[derive(Clone, Debug, PartialEq)]
enum Becomes {
    Statements(Vec<String>),
    Refused { what: String, instead: String },
}

/// A cell as it is written, and why not.
struct Cell {
    text: String,
    refused: Option<(String, String)>,
}

fn becomes(dialect: Dialect, op: &Op, catalog: &Catalog) -> Becomes {
    match render(dialect, op, catalog) {
        Ok(statements) => Becomes::Statements(statements.iter().map(word).collect()),
        Err(RenderError::Unsupported { what, instead, .. }) => Becomes::Refused { what, instead },
        Err(error) => panic!("{dialect}, {}: {error}", op.describe()),
    }
}

fn word(statement: &Statement) -> String {
    match statement {
        Statement::Sql(sql) => sql.clone(),
        Statement::Code(_) => "(code)".to_owned(),
        Statement::Rebuild(rebuild) => format!("(rebuild) {}", rebuild.create),
    }
}

/// What becomes of the last op, or of its inverse.
fn outcome(row: &Row, ops: fn(&mut Ops), dialect: Dialect) -> Becomes {
    let mut catalog = Catalog::default();
    let words = |error: &dyn std::fmt::Display| panic!("{dialect}, {}: {error}", row.call);
    apply_all(&record(trading, dialect), &mut catalog).unwrap_or_else(|error| words(&error.what));
    let mut ops = record(ops, dialect);
    let last = ops.pop().unwrap_or_else(|| panic!("{} does nothing", row.call));
    apply_all(&ops, &mut catalog).unwrap_or_else(|error| words(&error.what));
    if !matches!(row.shows, Shows::Inverse) {
        return becomes(dialect, &last, &catalog);
    }
    let back = invert_all(std::slice::from_ref(&last), &catalog);
    let back = back.unwrap_or_else(|error| panic!("{}: {}", row.call, error.what));
    last.apply(&mut catalog).unwrap_or_else(|error| words(&error));
    becomes(dialect, &back[0], &catalog)
}

fn cell(row: &Row, dialect: Dialect) -> Cell {
    let outcome_with = outcome(row, row.ops, dialect);
    let statements = match outcome_with {
        Becomes::Refused { what, instead } => {
            return Cell { text: "refused".to_owned(), refused: Some((what, instead)) };
        }
        Becomes::Statements(statements) => statements,
    };
    let is_update = |sql: &String| sql.starts_with("UPDATE ");
    let text = match (&row.shows, &statements[..]) {
        (Shows::Option(without), _)
            if outcome(row, *without, dialect) == Becomes::Statements(statements.clone()) =>
        {
            "no effect".to_owned()
        }
        (Shows::Type, [sql, ..]) => spelled(sql),
        (_, []) => "no statement".to_owned(),
        (_, [code]) if code == "(code)" => "code".to_owned(),
        (_, all) if all.iter().any(|sql| sql.starts_with("(rebuild)")) => "new table".to_owned(),
        (_, [_]) => "native".to_owned(),
        (_, all) if all.iter().any(is_update) => format!("{} statements, an UPDATE", all.len()),
        (_, all) => format!("{} statements", all.len()),
    };
    Cell { text, refused: None }
}

/// The type in `CREATE TABLE "t" ("c" type)`.
fn spelled(sql: &str) -> String {
    let inner = sql.split_once('(').and_then(|(_, rest)| rest.rsplit_once(')')).expect("columns").0;
    let spelling = inner.trim_start_matches(['"', '`', 'c']).trim();
    format!("`{}`", spelling.strip_suffix(" NULL").unwrap_or(spelling))
}

/// What a person wrote: Alembic's name and a note, by theme and call.
type Notes = BTreeMap<(String, String), (String, String)>;

fn notes(document: &str) -> Notes {
    let mut notes = Notes::new();
    let mut theme = "";
    for line in document.lines() {
        if let Some(name) = line.strip_prefix("<!-- rows: ") {
            theme = name.trim_end_matches(" -->");
        }
        let cells: Vec<&str> =
            line.split(" | ").map(|cell| cell.trim_matches(['|', ' '])).collect();
        if let [call, alembic, _, _, _, _, note] = &cells[..] {
            let call = call.replace("\\|", "|");
            notes.insert((theme.to_owned(), call), ((*alembic).to_owned(), (*note).to_owned()));
        }
    }
    notes
}

/// Why something is refused, for all rows and databases of which the same is said.
struct Reason {
    calls: Vec<String>,
    on: Vec<&'static str>,
    what: String,
    instead: String,
}

fn add(reasons: &mut Vec<Reason>, call: &str, on: &'static str, what: String, instead: String) {
    let call = call.to_owned();
    let known = reasons.iter_mut().find(|one| one.what == what && one.instead == instead);
    let Some(known) = known else {
        return reasons.push(Reason { calls: vec![call], on: vec![on], what, instead });
    };
    if !known.calls.contains(&call) {
        known.calls.push(call);
    }
    if !known.on.contains(&on) {
        known.on.push(on);
    }
}

/// The rows of a theme, and what is refused in them.
fn section(theme: &str, rows: &[Row], notes: &Notes) -> String {
    let names: Vec<&str> = DATABASES.iter().map(|(_, name)| *name).collect();
    let mut text =
        format!("| | Alembic | {} | |\n|---|---|---|---|---|---|---|\n", names.join(" | "));
    let mut reasons: Vec<Reason> = Vec::new();
    for row in rows {
        let (alembic, note) =
            notes.get(&(theme.to_owned(), row.call.to_owned())).cloned().unwrap_or_default();
        let cells = DATABASES.map(|(dialect, name)| {
            let cell = cell(row, dialect);
            if let Some((what, instead)) = cell.refused {
                let is_type = matches!(row.shows, Shows::Type);
                let what = if is_type { "such type".to_owned() } else { what };
                add(&mut reasons, row.call, name, what, instead);
            }
            cell.text
        });
        // A bar ends a cell, in code too.
        let call = row.call.replace('|', "\\|");
        text.push_str(&format!("| {call} | {alembic} | {} | {note} |\n", cells.join(" | ")));
    }
    if !reasons.is_empty() {
        text.push_str("\nRefused, before anything runs:\n\n");
    }
    for Reason { calls, on, what, instead } in reasons {
        let verb = if on.len() == 1 { "has" } else { "have" };
        let on = match &on[..] {
            [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
            all => all.concat(),
        };
        text.push_str(&format!("- {}: {on} {verb} no {what}; {instead}\n", calls.join(", ")));
    }
    text
}

/// The document with its tables as they should be.
fn written(document: &str) -> String {
    let notes = notes(document);
    let mut themes: BTreeMap<&str, Vec<Row>> = themes().into_iter().collect();
    let mut text = String::new();
    let mut is_inside = false;
    for line in document.lines() {
        if let Some(theme) = line.strip_prefix("<!-- rows: ") {
            let theme = theme.trim_end_matches(" -->");
            let rows = themes.remove(theme).unwrap_or_else(|| panic!("no rows for {theme}"));
            text.push_str(&format!("{line}\n\n{}\n", section(theme, &rows, &notes)));
            is_inside = true;
        }
        is_inside &= line != "<!-- end -->";
        if !is_inside {
            text.push_str(&format!("{line}\n"));
        }
    }
    assert!(themes.is_empty(), "docs/operations.md has no place for {:?}", themes.keys());
    text
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[expect(clippy::disallowed_methods, reason = "tests are configured by the environment alone")]
fn is_update() -> bool {
    std::env::var("MIGRATE_UPDATE_DOCS").is_ok_and(|value| value == "1")
}

#[test]
fn the_document_says_what_becomes_of_each_op() {
    let file = root().join("docs/operations.md");
    let document =
        std::fs::read_to_string(&file).expect("docs/operations.md").replace("\r\n", "\n");
    let expected = written(&document);
    if is_update() {
        std::fs::write(&file, &expected).expect("docs/operations.md");
        return;
    }
    let differs: Vec<String> = expected
        .lines()
        .filter(|line| !document.lines().any(|other| other == *line))
        .map(|line| format!("+ {line}"))
        .chain(
            document
                .lines()
                .filter(|line| !expected.lines().any(|other| other == *line))
                .map(|line| format!("- {line}")),
        )
        .collect();
    assert!(
        document == expected,
        "docs/operations.md is not so any more; MIGRATE_UPDATE_DOCS=1 writes it, and keeps what a person wrote\n{}",
        differs.join("\n")
    );
}

/// What is native, a new table or refused explains itself: a reason is written below. All else needs a word of explanation.
#[test]
fn a_person_has_looked_at_each_row() {
    let document =
        std::fs::read_to_string(root().join("docs/operations.md")).expect("docs/operations.md");
    let notes = notes(&document.replace("\r\n", "\n"));
    let mut missing = Vec::new();
    for (theme, rows) in themes() {
        for row in rows {
            let plain = ["native", "new table", "refused", "code"];
            let is_plain = matches!(row.shows, Shows::Type)
                || DATABASES
                    .iter()
                    .all(|(dialect, _)| plain.contains(&&*cell(&row, *dialect).text));
            let found = notes.get(&(theme.to_owned(), row.call.to_owned()));
            let (alembic, note) = found.cloned().unwrap_or_default();
            if alembic.is_empty() || note.is_empty() && !is_plain {
                missing.push(format!("{theme}: {}", row.call));
            }
        }
    }
    assert_eq!(
        missing, [""; 0],
        "these rows want Alembic's name (`—` if it has none), and a note of what the cells do not say"
    );
}

/// The kinds of ops and changes that a row is about: those of its last op.
fn kinds_of(row: &Row) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    for (dialect, _) in DATABASES {
        let mut ops = record(row.ops, dialect);
        if let (Shows::Inverse, Op::BulkInsert(_)) = (&row.shows, &ops[ops.len() - 1].what) {
            found.insert("DeleteRows");
            continue;
        }
        found.extend(kinds(&ops.split_off(ops.len() - 1)));
    }
    found
}

#[test]
fn each_kind_of_op_and_change_has_a_row() {
    let rows: Vec<Row> = themes().into_iter().flat_map(|(_, rows)| rows).collect();
    let covered: BTreeSet<&str> = rows.iter().flat_map(kinds_of).collect();
    let wanted: BTreeSet<&str> = examples().iter().map(|example| example.kind).collect();
    let missing: Vec<&&str> = wanted.difference(&covered).collect();
    assert!(
        missing.is_empty(),
        "docs/operations.md has no row for {missing:?}: add it in tests/tests/operations/rows.rs"
    );
}

/// What is refused, without the names in it.
fn plain(what: &str) -> String {
    what.split('`').step_by(2).collect::<Vec<_>>().join("…")
}

/// What the rows say of each kind on a database: refusals, and whether it makes a new table.
fn said(dialect: Dialect) -> (BTreeSet<String>, BTreeSet<&'static str>) {
    let (mut refused, mut rebuilt) = (BTreeSet::new(), BTreeSet::new());
    for row in themes().into_iter().flat_map(|(_, rows)| rows) {
        let cell = cell(&row, dialect);
        if cell.text == "new table" {
            rebuilt.extend(kinds_of(&row));
        }
        refused.extend(cell.refused.map(|(what, _)| plain(&what)));
    }
    (refused, rebuilt)
}

#[test]
fn no_example_is_refused_or_makes_a_table_anew_without_a_row_that_says_so() {
    let mut surprises = BTreeSet::new();
    for (dialect, name) in DATABASES {
        let (refused, rebuilt) = said(dialect);
        for example in examples() {
            let mut catalog = rich_catalog(dialect);
            for op in example.record(dialect) {
                match render(dialect, &op, &catalog) {
                    Err(RenderError::Unsupported { what, .. })
                        if !refused.contains(&plain(&what)) =>
                    {
                        surprises.insert(format!("{name}, {}: {what}", kind(&op)));
                    }
                    Ok(statements)
                        if statements.iter().any(|one| word(one).starts_with("(rebuild)")) =>
                    {
                        if !rebuilt.contains(kind(&op)) {
                            surprises.insert(format!("{name}, {}: makes a new table", kind(&op)));
                        }
                    }
                    Ok(_) | Err(_) => {}
                }
                op.apply(&mut catalog).unwrap_or_else(|error| panic!("{}: {error}", example.name));
            }
        }
    }
    assert!(surprises.is_empty(), "{surprises:#?}");
}

/// The one change of a table, or the op.
fn kind(op: &Recorded) -> &'static str {
    if let Op::AlterTable(alter) = &op.what
        && let [change] = &alter.changes[..]
    {
        return change_kind(change);
    }
    op_kind(op)
}

/// Every text of a refusal in the backends, up to the first name in it.
#[test]
fn each_refusal_of_a_backend_is_in_the_document() {
    let document =
        std::fs::read_to_string(root().join("docs/operations.md")).expect("docs/operations.md");
    let mut missing = Vec::new();
    for file in sources(&root().join("migrate-core/src/backend")) {
        let source = std::fs::read_to_string(&file).expect("source");
        for (at, call) in source.match_indices("unsupported(") {
            if source[..at].ends_with("fn ") {
                continue;
            }
            let rest = &source[at + call.len()..];
            let text = rest
                .split_once('"')
                .and_then(|(_, rest)| rest.split_once('"'))
                .map_or("", |(text, _)| text);
            let text = text.split('{').next().unwrap_or_default().trim();
            if !document.contains(text) {
                missing.push(format!(
                    "{}: {text}",
                    file.file_name().unwrap_or_default().to_string_lossy()
                ));
            }
        }
    }
    assert!(missing.is_empty(), "refusals without a row in docs/operations.md: {missing:#?}");
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the backends") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}
