//! What `revision --autogenerate` and `check` find, row by row beside what Alembic's autogenerate finds, misses and invents.
//!
//! A row is tried on real databases. Where `schema!` has words for the thing, a program that wants it otherwise than the
//! migrations make it is compared with these, and the migration that is found must work. Where it has none, the
//! database is changed by hand behind their back. `docs/autogenerate.md` has the rows as a table.

mod rows;

use std::cell::RefCell;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::rc::Rc;

use migrate_cli::config::Environment;
use migrate_cli::ui::Ui;
use migrate_core::{Chain, Migrator};
use tests::{Backend, Database, backends, chain, revision, told};

use rows::{Case, Row, What, themes};

/// Exceptions are few, and each has its reason.
const EXCEPTIONS: usize = 5;

/// How many cases are tried at once.
const WORKERS: usize = 4;

/// A folder of a project whose one migration was applied to a database.
struct Scene {
    database: Database,
    chain: &'static Chain,
    folder: tempfile::TempDir,
}

/// What a command line said, and its exit code.
struct Said {
    out: String,
    err: String,
    code: u8,
}

#[derive(Clone, Default)]
struct Heard(Rc<RefCell<Vec<u8>>>);

impl Write for Heard {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Heard {
    fn text(&self) -> String {
        let styles = regex::Regex::new("\x1b\\[[0-9;]*m").expect("a pattern");
        styles.replace_all(&String::from_utf8_lossy(&self.0.borrow()), "").into_owned()
    }
}

impl Scene {
    fn new(backend: Backend, case: &Case) -> Scene {
        let chain: &'static Chain =
            Box::leak(Box::new(chain(vec![revision("a", &[], case.migration)])));
        let database = Database::fresh(backend);
        let upgraded = Migrator::new(chain).upgrade(&mut *database.connect(), "head");
        upgraded.unwrap_or_else(|error| panic!("{backend}: {}", told(&error)));
        let scene =
            Scene { database, chain, folder: tempfile::tempdir().expect("a temporary folder") };
        scene.write("migrate.toml", "versions = \"versions\"\nschema = \"schema.rs\"\n");
        let migration = "#[migration(revision = \"a\", down_revision = None)]\npub fn upgrade(op: &mut Ops) {}\n";
        scene.write("versions/a.rs", &format!("use migrate_core::prelude::*;\n\n{migration}"));
        scene
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        let written = fs::create_dir_all(path.parent().unwrap_or(Path::new("/")))
            .and_then(|()| fs::write(&path, text));
        written.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// The files of the migrations.
    fn versions(&self) -> usize {
        fs::read_dir(self.folder.path().join("versions")).expect("a folder").count()
    }

    fn migrate(&self, line: &[&str]) -> Said {
        let environment = Environment {
            variables: [("DATABASE_URL".to_owned(), self.database.url().to_owned())].into(),
            unreadable: Vec::new(),
            folder: self.folder.path().to_path_buf(),
            is_debug_build: true,
            host: None,
        };
        let words: Vec<_> = ["migrate"].iter().chain(line).map(Into::into).collect();
        let (out, err) = (Heard::default(), Heard::default());
        let mut ui = Ui::new(Box::new(out.clone()), Box::new(err.clone()));
        let code = migrate_cli::run(self.chain, &words, &environment, &mut ui);
        drop(ui);
        Said { out: out.text(), err: err.text(), code }
    }
}

impl Said {
    /// The differences that `check` tells.
    fn lines(&self) -> Vec<&str> {
        let lines = self.out.lines().filter_map(|line| line.strip_prefix("    "));
        lines.collect()
    }

    fn all(&self) -> String {
        format!("{}{}exit {}", self.out, self.err, self.code)
    }
}

/// What is wrong with a case.
fn fault(backend: Backend, case: &Case) -> Option<String> {
    let scene = Scene::new(backend, case);
    let wrong = |of: &str, said: &Said| Some(format!("{of}:\n{}", said.all()));
    let is_found = !case.lines.is_empty();
    let expected = if is_found { 3 } else { 0 };
    let (mut line, sql) = match &case.what {
        What::Program(program) | What::Offline(program) => {
            scene.write("schema.rs", &format!("migrate_core::schema! {{\n{program}\n}}\n"));
            (vec!["check"], None)
        }
        What::Drift(sql) => (vec!["check", "--no-schema"], Some(sql)),
    };
    if matches!(case.what, What::Offline(_)) {
        line.push("--offline");
    }
    if let Some(sql) = sql
        && let Err(error) = scene.database.feed(sql)
    {
        return Some(format!("{sql}: {error}"));
    }
    let said = scene.migrate(&line);
    if said.lines() != case.lines || said.code != expected {
        return wrong("check", &said);
    }
    let mut notes = said.err;
    match &case.what {
        What::Program(_) => {
            let said = scene.migrate(&["revision", "--autogenerate", "--message", "x"]);
            let is_right = match is_found {
                true => said.err.contains("Tried out") && scene.versions() == 2,
                false => said.out.contains("Nothing to do") && scene.versions() == 1,
            };
            if (said.code != 0 || !is_right) && !case.is_beyond {
                return wrong("revision", &said);
            }
            notes += &said.err;
        }
        What::Drift(_) if is_found && !case.is_beyond => {
            let told = scene.migrate(&["check", "--no-schema", "--sql"]);
            let sql: Vec<&str> = told.out.lines().filter(|line| !line.starts_with("-- ")).collect();
            if let Err(error) = scene.database.feed(&sql.join("\n")) {
                return wrong(&error, &told);
            }
            let said = scene.migrate(&line);
            if said.code != 0 {
                return wrong(&format!("behind\n{}", told.out), &said);
            }
        }
        What::Drift(_) | What::Offline(_) => {}
    }
    (!notes.contains(case.note)).then(|| format!("not noted:\n{notes}"))
}

/// A case of a row on a database, and what is wrong with it.
fn told_of((thing, at, case, backend): &(&str, usize, &Case, Backend)) -> Option<String> {
    fault(*backend, case).map(|fault| format!("── {thing}, {at}, {backend}: {fault}\n"))
}

/// Tries all rows of a theme.
fn check(theme: &str) {
    let (_, rows) = themes().into_iter().find(|(name, _)| *name == theme).expect("a theme");
    let mut trials = Vec::new();
    for row in &rows {
        for (at, case) in row.cases.iter().enumerate() {
            let on = backends().into_iter().filter(|one| case.on.contains(one));
            trials.extend(on.map(|backend| (row.thing, at, case, backend)));
        }
    }
    // Most of the time goes by in servers.
    let faults: Vec<String> = std::thread::scope(|scope| {
        let share = trials.len().div_ceil(WORKERS).max(1);
        let workers: Vec<_> = (trials.chunks(share))
            .map(|trials| scope.spawn(|| trials.iter().filter_map(told_of).collect::<Vec<_>>()))
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a worker")).collect()
    });
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn tables_and_columns() {
    check("Tables and columns");
}

#[test]
fn types() {
    check("Types");
}

#[test]
fn keys_and_defaults() {
    check("Keys and defaults");
}

#[test]
fn constraints() {
    check("Constraints");
}

#[test]
fn indexes() {
    check("Indexes");
}

#[test]
fn everything_else() {
    check("Everything else");
}

/// What a row is here, as the document says it.
fn here(row: &Row) -> String {
    if let Some(reason) = row.exception {
        return format!("no: {reason}");
    }
    let is_found = row.cases.iter().any(|case| !case.lines.is_empty());
    let word = if is_found { "yes" } else { "no difference" };
    if row.note.is_empty() { word.to_owned() } else { format!("{word}: {}", row.note) }
}

/// The rows as the document has them.
fn table() -> String {
    let mut text = String::new();
    for (theme, rows) in themes() {
        text.push_str(&format!("\n### {theme}\n\n| thing | Alembic | here |\n|---|---|---|\n"));
        for row in rows {
            text.push_str(&format!("| {} | {} | {} |\n", row.thing, row.alembic, here(&row)));
        }
    }
    text
}

#[expect(clippy::disallowed_methods, reason = "the test's own setting")]
fn is_update() -> bool {
    std::env::var("MIGRATE_UPDATE_DOCS").is_ok_and(|value| value == "1")
}

/// With `MIGRATE_UPDATE_DOCS=1` the rows are written.
#[test]
fn the_document_has_the_rows() {
    const BEGIN: &str = "<!-- rows -->\n";
    const END: &str = "\n<!-- end of rows -->\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/autogenerate.md");
    let document = fs::read_to_string(&path).expect("the document");
    let (before, rest) = document.split_once(BEGIN).expect("where the rows begin");
    let (_, behind) = rest.split_once(END).expect("where the rows end");
    let wanted = format!("{before}{BEGIN}{}{END}{behind}", table());
    if is_update() {
        fs::write(&path, &wanted).expect("the document can be written");
        return;
    }
    assert!(document == wanted, "MIGRATE_UPDATE_DOCS=1 writes docs/autogenerate.md anew");
}

#[test]
fn exceptions_are_few_and_every_row_is_tried() {
    let rows: Vec<Row> = themes().into_iter().flat_map(|(_, rows)| rows).collect();
    let exceptions: Vec<&str> =
        rows.iter().filter(|row| row.exception.is_some()).map(|row| row.thing).collect();
    assert!(exceptions.len() <= EXCEPTIONS, "{exceptions:?}");
    assert!(rows.iter().all(|row| !row.cases.is_empty()));
}
