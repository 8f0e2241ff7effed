//! Whole command lines against SQLite, without a process.

mod check;
mod declared;
mod help;
mod log_format;
mod outputs;
mod production;
mod schema;
mod verify;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};
use std::path::Path;
use std::rc::Rc;

use insta::assert_snapshot;
use migrate_core::{Ops, Revision};
use migrate_model::revision::{RevisionId, Rules};

use super::*;
use crate::graph_log::{GraphLog, Marks};
use crate::source::style::FileStyle;

const fn revision(
    id: &'static str,
    down_revision: &'static [&'static str],
    message: &'static str,
    file: &'static str,
) -> Revision {
    Revision { id, down_revision, message, file, stem: file, ..Revision::FAULTY }
}

fn create_orders(op: &mut Ops) {
    use migrate_core::prelude::*;
    op.create_table(table("orders").column(bigint("id").primary_key()));
    op.bulk_insert(rows("orders").row(row().set("id", 1)).row(row().set("id", 2)));
}

fn begin_reports(op: &mut Ops) {
    use migrate_core::prelude::*;
    op.create_table(table("reports").column(bigint("id").primary_key()));
}

fn add_order_notes(op: &mut Ops) {
    use migrate_core::prelude::*;
    op.add_column("orders", text("notes").default("none"));
    op.create_index(index("idx_orders_notes").on("orders", ["notes"]));
}

static REVISIONS: [Revision; 4] = [
    Revision {
        upgrade: create_orders,
        ..revision("ae1027a6acf0", &[], "Create orders", "versions/20240101_0000_ae10.rs")
    },
    Revision {
        branch_labels: &["reports"],
        upgrade: begin_reports,
        ..revision(
            "1bbe33445780",
            &["ae1027a6acf0"],
            "Begin reports",
            "versions/20240102_0000_1bbe.rs",
        )
    },
    Revision {
        breaking: Some("an INSERT without a list of columns"),
        upgrade: add_order_notes,
        ..revision(
            "3f2a9c41b7d0",
            &["ae1027a6acf0"],
            "Add order notes\n\nThey are short.",
            "versions/20240103_0000_3f2a.rs",
        )
    },
    Revision {
        irreversible: Some("the old prices are gone"),
        ..revision(
            "b7ea43dc85e4",
            &["3f2a9c41b7d0", "1bbe33445780"],
            "Merge",
            "versions/20240104_0000_b7ea.rs",
        )
    },
];

static CHAIN: Chain =
    Chain::new(&REVISIONS, Rules { multiple_heads: false, multiple_bases: false });

/// Keeps what is written.
#[derive(Clone, Default)]
pub(crate) struct Heard(Rc<RefCell<Vec<u8>>>);

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
    pub(crate) fn text(&self) -> String {
        let text = String::from_utf8_lossy(&self.0.borrow()).into_owned();
        anstream::adapter::strip_str(&text).to_string()
    }
}

/// A reader who has gone away.
struct Gone;

impl Write for Gone {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::BrokenPipe.into())
    }
}

pub(crate) fn environment(folder: &Path) -> Environment {
    Environment {
        variables: [("MIGRATE_APPLIED_BY".to_owned(), "ann@desk".to_owned())].into(),
        unreadable: Vec::new(),
        folder: folder.to_path_buf(),
        is_debug_build: true,
        host: None,
    }
}

/// What a command line says.
pub(crate) struct Said {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) code: u8,
}

impl Said {
    /// Listens to a run.
    pub(crate) fn by(run: impl FnOnce(&mut Ui) -> u8) -> Said {
        let (out, err) = (Heard::default(), Heard::default());
        let mut ui = Ui::new(Box::new(out.clone()), Box::new(err.clone()));
        let code = run(&mut ui);
        Said { out: out.text(), err: err.text(), code }
    }
}

/// A session: stdout, stderr and the exit code.
impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.out)?;
        self.err.lines().try_for_each(|line| writeln!(f, "! {line}"))?;
        write!(f, "exit {}", self.code)
    }
}

/// The words of a line; what stands between apostrophes is one.
pub(crate) fn words(line: &str) -> Vec<OsString> {
    let pieces = line.split('\'').enumerate().flat_map(|(at, piece)| match at % 2 {
        0 => piece.split_whitespace().collect(),
        _ => vec![piece],
    });
    pieces.map(OsString::from).collect()
}

fn said(folder: &Path, line: &str) -> Said {
    let line = words(&format!("migrate {line}"));
    let said = Said::by(|ui| run(&CHAIN, &line, &environment(folder), ui));
    Said { err: said.err.replace(&folder.display().to_string(), "…"), ..said }
}

fn migrate(folder: &Path, line: &str) -> String {
    said(folder, line).to_string()
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

#[test]
fn history_of_a_database_that_is_not_there() {
    let folder = folder();
    assert_snapshot!(migrate(folder.path(), "history"), @"
    3f2a9c41b7d0, 1bbe33445780 -> b7ea43dc85e4 (head) (pending) (mergepoint), Merge
    ae1027a6acf0 -> 3f2a9c41b7d0 (pending), Add order notes
    ae1027a6acf0 -> 1bbe33445780 (reports) (pending), Begin reports
    <base> -> ae1027a6acf0 (pending) (branchpoint), Create orders
    ! Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)
    ! The file is not there yet: nothing is applied
    exit 0
    ");
    assert!(!folder.path().join("migrate.db").exists(), "looking creates nothing");
}

#[test]
fn history_without_an_answer() {
    let folder = folder();
    assert_snapshot!(migrate(folder.path(), "history --database-url nowhere/x.db"), @"
    3f2a9c41b7d0, 1bbe33445780 -> b7ea43dc85e4 (head) (mergepoint), Merge
    ae1027a6acf0 -> 3f2a9c41b7d0, Add order notes
    ae1027a6acf0 -> 1bbe33445780 (reports), Begin reports
    <base> -> ae1027a6acf0 (branchpoint), Create orders
    ! Database: sqlite:///nowhere/x.db (from --database-url)
    ! note: what is applied is not known: there is no folder nowhere
    exit 0
    ");
    assert_snapshot!(migrate(folder.path(), "history -i --database-url nowhere/x.db"), @"
    ! Database: sqlite:///nowhere/x.db (from --database-url)
    ! error: cannot open nowhere/x.db
    !   caused by: there is no folder nowhere
    ! hint: create the folder; three slashes, as in sqlite:///data/x.db, make a relative path; four, as in sqlite:////srv/x.db, an absolute one
    exit 1
    ");
}

#[cfg(not(feature = "postgres"))]
#[test]
fn a_backend_that_is_not_compiled_in_can_be() {
    let folder = folder();
    let url = "--database-url postgres://u:hunter2@h/d";
    assert_snapshot!(migrate(folder.path(), &format!("upgrade --yes {url}")), @"
    ! Database: postgres://u:***@h/d (from --database-url)
    ! error: this build of migrate has no PostgreSQL backend
    ! hint: compile it in: cargo run --features postgres --bin migrate upgrade --yes --database-url …
    exit 1
    ");
    assert_snapshot!(migrate(folder.path(), &format!("{url} current")), @"
    ! Database: postgres://u:***@h/d (from --database-url)
    ! error: this build of migrate has no PostgreSQL backend
    ! hint: compile it in: cargo run --features postgres --bin migrate -- --database-url … current
    exit 1
    ");
}

#[cfg(not(feature = "mysql"))]
#[test]
fn mysql_is_a_feature() {
    let folder = folder();
    assert_snapshot!(migrate(folder.path(), "upgrade --database-url mysql+pymysql://u:hunter2@h/d"), @"
    ! Database: mysql://u:***@h/d (from --database-url)
    ! error: this build of migrate has no MySQL or MariaDB backend
    ! hint: compile it in: cargo run --features mysql --bin migrate upgrade --database-url …
    exit 1
    ");
}

#[test]
fn one_revision_at_length() {
    let folder = folder();
    assert_snapshot!(migrate(folder.path(), "show head -q"), @"
    Rev: b7ea43dc85e4 (head) (pending) (mergepoint)
    Merges: 3f2a9c41b7d0, 1bbe33445780
    Path: versions/20240104_0000_b7ea.rs
    Created: 2024-01-04 00:00
    Irreversible: the old prices are gone

        Merge

    exit 0
    ");
    assert_snapshot!(migrate(folder.path(), "show reports -q"), @"
    Rev: 1bbe33445780 (pending)
    Parent: ae1027a6acf0
    Branch names: reports
    Path: versions/20240102_0000_1bbe.rs
    Created: 2024-01-02 00:00

        Begin reports

    exit 0
    ");
    assert_snapshot!(migrate(folder.path(), "show ae1 -q"), @"
    Rev: ae1027a6acf0 (pending) (branchpoint)
    Parent: <base>
    Branches into: 1bbe33445780, 3f2a9c41b7d0
    Path: versions/20240101_0000_ae10.rs
    Created: 2024-01-01 00:00

        Create orders

    exit 0
    ");
    assert_snapshot!(migrate(folder.path(), "show base -q"), @"
    ! error: `base` is no revision: nothing lies there
    exit 1
    ");
    assert_snapshot!(migrate(folder.path(), "show 3g2a -q"), @"
    ! error: there is no revision or branch label `3g2a`
    exit 1
    ");
}

#[test]
fn current_of_a_database_that_is_not_there() {
    let folder = folder();
    assert_snapshot!(migrate(folder.path(), "current --check-heads"), @"
    nothing is applied, 4 revisions pending
    ! Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)
    ! The file is not there yet: nothing is applied
    exit 3
    ");
    assert_snapshot!(migrate(folder.path(), "current -q"), @"exit 0");
}

#[test]
fn a_target_that_is_none_creates_no_file() {
    let folder = folder();
    assert_snapshot!(migrate(folder.path(), "upgrade nowhere"), @"
    ! Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)
    ! error: there is no revision or branch label `nowhere`
    exit 1
    ");
    assert_snapshot!(migrate(folder.path(), "upgrade -1"), @"
    ! Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)
    ! error: `-1` lies below where the database is, and `upgrade` only goes up; use `downgrade -1`
    exit 1
    ");
    assert_snapshot!(migrate(folder.path(), "downgrade -1"), @"
    ! Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)
    ! error: `-1` takes nothing back, for no revision is applied
    exit 1
    ");
    assert_snapshot!(migrate(folder.path(), "stamp nowhere"), @"
    ! Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)
    ! error: there is no revision or branch label `nowhere`
    exit 1
    ");
    assert_snapshot!(migrate(folder.path(), "stamp ae1 base"), @"
    ! error: `base` stands alone: there, no revision is applied
    exit 2
    ");
    assert!(!folder.path().join("migrate.db").exists());
}

#[cfg(unix)]
#[test]
fn a_pipe_is_not_waited_for() {
    let folder = folder();
    let pipe = folder.path().join("pipe.db");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo").success());
    assert_snapshot!(migrate(folder.path(), "current --database-url pipe.db"), @"
    ! Database: sqlite:///pipe.db (from --database-url)
    ! error: cannot open pipe.db
    !   caused by: it is not a regular file
    exit 1
    ");
}

#[test]
fn places_where_no_database_can_be() {
    let folder = folder();
    std::fs::write(folder.path().join("text.db"), "a text that is no database").expect("a file");
    assert_snapshot!(migrate(folder.path(), "current --database-url sqlite:///no/such/x.db"), @"
    ! Database: sqlite:///no/such/x.db (from --database-url)
    ! error: cannot open no/such/x.db
    !   caused by: there is no folder no/such
    ! hint: create the folder; three slashes, as in sqlite:///data/x.db, make a relative path; four, as in sqlite:////srv/x.db, an absolute one
    exit 1
    ");
    assert_snapshot!(migrate(folder.path(), "upgrade --database-url sqlite:///no/such/x.db"), @"
    ! Database: sqlite:///no/such/x.db (from --database-url)
    ! error: cannot open no/such/x.db
    !   caused by: there is no folder no/such
    ! hint: create the folder; three slashes, as in sqlite:///data/x.db, make a relative path; four, as in sqlite:////srv/x.db, an absolute one
    exit 1
    ");
    assert_snapshot!(migrate(folder.path(), "upgrade --database-url sqlite:///."), @"
    ! Database: sqlite:///. (from --database-url)
    ! error: cannot open .
    !   caused by: it is a folder
    ! hint: name a file in it, such as ./migrate.db
    exit 1
    ");
    assert_snapshot!(migrate(folder.path(), "upgrade --database-url text.db"), @"
    ! Database: sqlite:///text.db (from --database-url)
    ! error: cannot open text.db
    !   caused by: it is not a SQLite database
    ! hint: the file holds something else, or is encrypted; nothing was changed
    exit 1
    ");
    assert_snapshot!(migrate(folder.path(), "upgrade --database-url sqlite:///new.db?mode=ro"), @"
    ! Database: sqlite:///new.db (from --database-url)
    ! error: cannot open new.db
    !   caused by: the file is not there, and the URL says mode=ro
    exit 1
    ");
    assert_snapshot!(migrate(folder.path(), "upgrade --database-url oracle://u:hunter2@h/d"), @"
    ! error: there is no backend for URLs that begin with `oracle:`
    !   caused by: it is from --database-url
    ! hint: write postgres://user@host/database, mysql://user@host/database, or sqlite:///file.db
    exit 1
    ");
}

#[test]
fn commands_that_write_sources_are_elsewhere() {
    let folder = folder();
    assert_snapshot!(migrate(folder.path(), "merge a1 b2 -m both"), @"
    ! error: `merge` writes migrations, which must also work while they do not compile
    ! hint: cargo migrate merge a1 b2 -m both
    exit 2
    ");
    assert_snapshot!(migrate(folder.path(), "revision --autogenerate -m x"), @r"
    ! error: cargo finds no package here
    !   caused by: could not find `Cargo.toml` in `…` or any parent directory
    ! hint: go to the folder of your project
    exit 1
    ");
}

#[test]
fn a_password_in_a_wrong_place_is_masked() {
    let folder = folder();
    for line in [
        "upgrade postgres://u:hunter2@h/d",
        "postgres://u:hunter2@h/d",
        "upgrade head postgres://u:hunter2@h/d",
    ] {
        let said = migrate(folder.path(), line);
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[test]
fn nobody_has_to_read_to_the_end() {
    let folder = folder();
    let mut ui = Ui::new(Box::new(Gone), Box::new(Gone));
    let words = ["migrate", "history"].map(OsString::from);
    assert_eq!(run(&CHAIN, &words, &environment(folder.path()), &mut ui), 0);
    assert_eq!(run(&CHAIN, &words[..1], &environment(folder.path()), &mut ui), 2);
}

#[test]
fn history_as_a_picture() {
    let folder = folder();
    assert_snapshot!(migrate(folder.path(), "history --graph -q"), @"
    ○    b7ea43dc85e4 (head) (pending) (mergepoint), Merge
    ├─╮
    ○ │  3f2a9c41b7d0 (pending), Add order notes
    │ ○  1bbe33445780 (reports) (pending), Begin reports
    ├─╯
    ○  ae1027a6acf0 (pending) (branchpoint), Create orders
    exit 0
    ");
    assert_snapshot!(migrate(folder.path(), "history --graph -q -v -r 3f2a:"), @"
    ○    Rev: b7ea43dc85e4 (head) (pending) (mergepoint)
    ├─╮  Merges: 3f2a9c41b7d0, 1bbe33445780
    │ │  Path: versions/20240104_0000_b7ea.rs
    │ ~  Created: 2024-01-04 00:00
    │    Irreversible: the old prices are gone
    │
    │        Merge
    │
    ○  Rev: 3f2a9c41b7d0 (pending)
    │  Parent: ae1027a6acf0
    ~  Path: versions/20240103_0000_3f2a.rs
       Created: 2024-01-03 00:00
       Breaking: an INSERT without a list of columns

           Add order notes

           They are short.
    exit 0
    ");
    assert_snapshot!(migrate(folder.path(), "history --graph --database-url nowhere/x.db -q"), @"
    *    b7ea43dc85e4 (head) (mergepoint), Merge
    ├─╮
    * │  3f2a9c41b7d0, Add order notes
    │ *  1bbe33445780 (reports), Begin reports
    ├─╯
    *  ae1027a6acf0 (branchpoint), Create orders
    exit 0
    ");
    assert_snapshot!(migrate(folder.path(), "history --format mermaid -q"), @r#"
    flowchart BT
        r1["ae1027a6acf0<br>Create orders"]:::pending
        r2["1bbe33445780 (reports)<br>Begin reports"]:::pending
        r3["3f2a9c41b7d0<br>Add order notes"]:::pending
        r4["b7ea43dc85e4<br>Merge"]:::pending
        r1 --> r2
        r1 --> r3
        r3 --> r4
        r2 --> r4
        classDef pending stroke-dasharray:4
    exit 0
    "#);
    assert_snapshot!(migrate(folder.path(), "history --graph --json"), @"
    ! error: the argument '--graph' cannot be used with '--json'
    ! 
    ! Usage: migrate history --graph
    ! 
    ! For more information, try '--help'.
    exit 2
    ");
    assert_snapshot!(migrate(folder.path(), "history --graph --format mermaid"), @"
    ! error: the argument '--graph' cannot be used with '--format <FORMAT>'
    ! 
    ! Usage: migrate history --graph
    ! 
    ! For more information, try '--help'.
    exit 2
    ");
    assert_snapshot!(migrate(folder.path(), "history --format xml"), @"
    ! error: invalid value 'xml' for '--format <FORMAT>'
    !   [possible values: text, mermaid, json]
    ! 
    ! For more information, try '--help'.
    exit 2
    ");
    let json = migrate(folder.path(), "history --json -q");
    assert_eq!(migrate(folder.path(), "history --format json -q"), json);
}

#[test]
fn where_the_database_is_stands_out_in_a_picture() {
    let ids = |ids: &[&str]| ids.iter().map(|&id| RevisionId::from(id)).collect();
    let names = Some(FileStyle::default());
    let marks = Marks::at(ids(&["ae1027a6acf0", "1bbe33445780"]), ids(&["1bbe33445780"]));
    let graph = CHAIN.graph().expect("a graph");
    let log = GraphLog {
        graph,
        details: BTreeMap::new(),
        names,
        marks: Some(marks),
        indicates_current: true,
    };
    let nodes: Vec<_> = graph.nodes().iter().rev().collect();
    assert_snapshot!(anstream::adapter::strip_str(&log.picture(&nodes, false)), @"
    ○    b7ea43dc85e4 (head) (pending) (mergepoint), Merge
    ├─╮
    ○ │  3f2a9c41b7d0 (pending), Add order notes
    │ @  1bbe33445780 (reports) (current), Begin reports
    ├─╯
    ●  ae1027a6acf0 (applied) (branchpoint), Create orders
    ");
    assert_snapshot!(log.flowchart(&nodes), @r#"
    flowchart BT
        r1["ae1027a6acf0<br>Create orders"]:::applied
        r2["1bbe33445780 (reports)<br>Begin reports"]:::current
        r3["3f2a9c41b7d0<br>Add order notes"]:::pending
        r4["b7ea43dc85e4<br>Merge"]:::pending
        r1 --> r2
        r1 --> r3
        r3 --> r4
        r2 --> r4
        classDef current stroke:#2a2,stroke-width:4px
        classDef applied stroke:#2a2
        classDef pending stroke-dasharray:4
    "#);
}

#[test]
fn every_shell_completes_the_commands() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let said = migrate(Path::new("/"), &format!("completions {shell}"));
        assert!(said.contains("upgrade") && said.ends_with("exit 0"), "{shell}: {said}");
    }
}
