//! Whole command lines on sources that nothing compiles, and the way to the project's own `migrate`.

use std::fs;

use insta::assert_snapshot;

use super::*;
use crate::tests::{Heard, environment};

mod folders;
#[cfg(feature = "sqlite")]
mod from_here;

#[test]
fn options_of_cargo_go_first() {
    let check = |line: &str, cargo: &str, rest: &str| {
        let words: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        let (found, left) = split_cargo(&words);
        let joined = |words: &[OsString]| {
            words.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!((joined(&found), joined(left)), (cargo.to_owned(), rest.to_owned()));
    };
    check("upgrade head", "", "upgrade head");
    check("--features postgres upgrade", "--features postgres", "upgrade");
    check("--release --features=a,b upgrade -1", "--release --features=a,b", "upgrade -1");
    check("-F postgres -q upgrade", "-F postgres", "-q upgrade");
    check("--features", "", "--features");
    check("--database-url x upgrade", "", "--database-url x upgrade");
}

/// A project of one package with these migrations: id, parents, message.
struct Sources(tempfile::TempDir);

const VERSIONS: &str = "schema/src/versions";

impl Sources {
    fn new(migrations: &[(&str, &str, &str)]) -> Self {
        let project = Sources(tempfile::tempdir().expect("a temporary folder"));
        project.write("Cargo.toml", "[workspace]\nmembers = ['schema']\nresolver = '3'\n");
        project.write("schema/Cargo.toml", "[package]\nname = 'schema'\nedition = '2024'\n");
        project.write("schema/src/lib.rs", "renamed::migrations!(\"src/versions\"); what is this?");
        fs::create_dir_all(project.0.path().join(VERSIONS)).expect("a folder");
        for (at, (id, parents, message)) in migrations.iter().enumerate() {
            let text = format!(
                "/// {message}\n#[migration(revision = \"{id}\", down_revision = {parents})]\n\
                 pub fn upgrade(op: &mut Ops) {{ this is; not, compiled }}\n"
            );
            project.write(&format!("{VERSIONS}/20240101_000{at}_{id}.rs"), &text);
        }
        project
    }

    /// The text of the last file.
    fn last(&self) -> String {
        let name = self.files().pop().expect("a file");
        fs::read_to_string(self.0.path().join(VERSIONS).join(name)).expect("a file")
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    /// Makes `migrate` a binary of the package in `folder`.
    fn write_binary(&self, folder: &str) {
        let manifest = format!("[package]\nname = '{folder}'\nedition = '2024'\n");
        let binary = "[[bin]]\nname = 'migrate'\npath = 'src/main.rs'\n";
        self.write(&format!("{folder}/Cargo.toml"), &format!("{manifest}{binary}"));
        self.write(&format!("{folder}/src/main.rs"), "fn main() {}");
    }

    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path().join(VERSIONS)).expect("the folder");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("a file").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// A session: what is typed, then stdout, stderr and the exit code; dates are left out.
    fn cargo(&self, line: &[&str]) -> String {
        self.cargo_with(line, env!("CARGO"))
    }

    fn cargo_with(&self, line: &[&str], cargo: &str) -> String {
        self.session("", line, cargo)
    }

    fn cargo_in(&self, folder: &str, line: &[&str]) -> String {
        self.session(folder, line, env!("CARGO"))
    }

    fn session(&self, folder: &str, line: &[&str], cargo: &str) -> String {
        self.surrounded(folder, line, |environment| {
            environment.variables.insert("CARGO".to_owned(), cargo.to_owned());
        })
    }

    fn surrounded(
        &self,
        folder: &str,
        line: &[&str],
        set: impl FnOnce(&mut Environment),
    ) -> String {
        let (out, err) = (Heard::default(), Heard::default());
        let mut ui = Ui::new(Box::new(out.clone()), Box::new(err.clone()));
        let words = ["cargo-migrate"].iter().chain(line).map(OsString::from);
        let mut environment = environment(&self.0.path().join(folder));
        environment.variables.insert("CARGO".to_owned(), env!("CARGO").to_owned());
        set(&mut environment);
        let code = run(&words.collect::<Vec<_>>(), &environment, &mut ui);
        let err: String = err.text().lines().map(|line| format!("! {line}\n")).collect();
        let text = format!("{}{err}exit {code}", out.text());
        let year = chrono::Utc::now().format("%Y").to_string();
        let lines = text.lines().map(|line| match line.split_once(&year) {
            Some((before, after)) if after.chars().nth(4) == Some('_') => {
                format!("{before}[time]{}", &after[9..])
            }
            Some(_) | None => line.to_owned(),
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

const FORK: &[(&str, &str, &str)] = &[
    ("aaaa", "None", "Create orders"),
    ("bbbb", "\"aaaa\"", "Add notes"),
    ("cccc", "\"aaaa\"", "Add prices"),
];

#[test]
fn two_heads_are_seen_and_merged() {
    let project = Sources::new(FORK);
    assert_snapshot!(project.cargo(&["heads"]), @"
    bbbb (head), Add notes
    cccc (head), Add prices
    exit 0
    ");
    assert_snapshot!(project.cargo(&["revision", "-m", "more"]), @r#"
    ! error: the migrations in schema/src/versions have 2 heads
    !   caused by: `bbbb` (Add notes)
    !   caused by: `cccc` (Add prices)
    ! hint: merge them first: cargo migrate merge -m "…"; or name one with --head
    exit 1
    "#);
    assert_snapshot!(project.cargo(&["migrate", "merge", "-m", "Merge both", "--rev-id", "dddd"]), @"
    schema/src/versions/[time]_dddd_merge_both.rs
    exit 0
    ");
    let files = project.files();
    let text = fs::read_to_string(project.0.path().join(VERSIONS).join(&files[3])).expect("it");
    assert_snapshot!(text, @r#"
    use renamed::prelude::*;

    /// Merge both
    #[migration(revision = "dddd", down_revision = ["bbbb", "cccc"])]
    pub fn upgrade(_op: &mut Ops) {}
    "#);
    assert_snapshot!(project.cargo(&["history"]), @"
    bbbb, cccc -> dddd (head) (mergepoint), Merge both
    aaaa -> cccc, Add prices
    aaaa -> bbbb, Add notes
    <base> -> aaaa (branchpoint), Create orders
    exit 0
    ");
    assert_snapshot!(project.cargo(&["merge", "-m", "again"]), @"
    ! error: there is nothing to merge with `dddd` (Merge both)
    exit 1
    ");
}

#[test]
fn what_would_not_compile_is_not_written() {
    let project = Sources::new(&FORK[..2]);
    let before = project.files();
    assert_snapshot!(project.cargo(&["revision", "-m", "x", "--head", "aaaa"]), @r"
    ! error: it would be a head beside `bbbb`
    ! hint: leave out --head to follow the head; or say --splice, and merge the two later: cargo migrate merge
    exit 1
    ");
    assert_snapshot!(project.cargo(&["revision", "-m", "x", "--head", "base"]), @r#"
    ! error: the chain would begin twice
    ! hint: name the revision it follows, or allow it with migrations!("…", multiple_bases)
    exit 1
    "#);
    assert_snapshot!(project.cargo(&["revision", "-m", "x", "--head", "zzzz"]), @"
    ! error: there is no revision or branch label `zzzz`
    exit 1
    ");
    assert_snapshot!(project.cargo(&["revision", "-m", "x", "--head", "-1"]), @"
    ! error: `-1` is counted from the database, and only sources are read here
    ! hint: name a revision by its id
    exit 1
    ");
    assert_snapshot!(project.cargo(&["revision", "-m", " "]), @r#"
    ! error: the message is empty
    ! hint: say what it does: -m "add notes"
    exit 2
    "#);
    assert_snapshot!(project.cargo(&["revision", "-m", "x", "--rev-id", "bbbb"]), @"
    ! error: there is a revision `bbbb` already
    exit 1
    ");
    assert_snapshot!(project.cargo(&["merge", "-m", "x", "aaaa", "bbbb"]), @"
    ! error: `aaaa` (Create orders) is not a head
    ! hint: the heads are bbbb
    exit 1
    ");
    assert_eq!(project.files(), before);
}

#[test]
fn three_heads_can_be_merged_two_by_two() {
    let project = Sources::new(&[FORK, &[("dddd", "\"aaaa\"", "Add users")]].concat());
    assert_snapshot!(project.cargo(&["merge", "bbbb", "d", "-m", "Merge", "--rev-id", "eeee"]), @"
    schema/src/versions/[time]_eeee_merge.rs
    exit 0
    ");
    assert_snapshot!(project.cargo(&["heads", "-q"]), @"
    cccc (head), Add prices
    eeee (head) (mergepoint), Merge
    exit 0
    ");
}

#[test]
fn a_call_that_allows_several_heads_is_heard() {
    let project = Sources::new(&FORK[..2]);
    project.write("schema/src/lib.rs", "m::migrations!(\"src/versions\", multiple_heads);");
    assert_snapshot!(project.cargo(&["revision", "-m", "x", "--head", "aaaa", "--rev-id", "eeee"]), @"
    schema/src/versions/[time]_eeee_x.rs
    exit 0
    ");
}

#[test]
fn a_folder_may_be_named() {
    let project = Sources::new(&FORK[..1]);
    project.write("schema/src/lib.rs", "");
    assert_snapshot!(project.cargo(&["heads"]), @r#"
    ! error: no package here calls `migrations!("…")`
    ! hint: name the folder in migrate.toml: versions = "migrations/src/versions"
    exit 1
    "#);
    project.write("migrate.toml", "versions = 'schema/src/versions'");
    assert_snapshot!(project.cargo(&["heads"]), @"
    aaaa (head), Create orders
    exit 0
    ");
    project.write("migrate.toml", "versions = 'elsewhere'");
    assert_snapshot!(project.cargo(&["heads"]), @"
    ! error: there is no folder elsewhere
    ! hint: see `versions` in migrate.toml
    exit 1
    ");
    assert_snapshot!(project.cargo(&["revision", "-m", "x"]), @"
    ! error: there is no folder elsewhere
    ! hint: see `versions` in migrate.toml
    exit 1
    ");
    assert!(!project.0.path().join("elsewhere").exists());
}

#[test]
fn the_first_migration_makes_the_folder() {
    let project = Sources::new(&[]);
    let folder = project.0.path().join(VERSIONS);
    fs::remove_dir(&folder).expect("it is empty");
    assert_snapshot!(project.cargo(&["heads"]), @r#"
    ! error: there is no folder schema/src/versions
    ! hint: the first migration makes it: cargo migrate revision -m "…"
    exit 1
    "#);
    assert_snapshot!(project.cargo(&["revision", "-m", "x", "--head", "zzzz"]), @"
    ! error: there is no revision or branch label `zzzz`
    exit 1
    ");
    assert!(!folder.exists());
    assert_snapshot!(project.cargo(&["revision", "-m", "Begin", "--rev-id", "aaaa"]), @"
    schema/src/versions/[time]_aaaa_begin.rs
    exit 0
    ");
    assert_snapshot!(project.cargo(&["heads"]), @"
    aaaa (head), Begin
    exit 0
    ");

    // Also where `migrate.toml` names the folder that is called.
    fs::remove_dir_all(&folder).expect("it is ours");
    project.write("migrate.toml", "versions = 'schema/src/versions'");
    assert_snapshot!(project.cargo(&["revision", "-m", "Begin", "--rev-id", "bbbb"]), @"
    schema/src/versions/[time]_bbbb_begin.rs
    exit 0
    ");
}

#[test]
fn a_folder_that_is_there_goes_before_one_that_is_not() {
    let project = Sources::new(&FORK[..1]);
    project.write("Cargo.toml", "[workspace]\nmembers = ['schema', 'other']\nresolver = '3'\n");
    project.write("other/Cargo.toml", "[package]\nname = 'other'\nedition = '2024'\n");
    project.write("other/src/lib.rs", "m::migrations!(\"src/versions\");");
    assert_snapshot!(project.cargo(&["heads"]), @"
    aaaa (head), Create orders
    exit 0
    ");
    // But from inside a package, its own folder is meant.
    assert_snapshot!(project.cargo_in("other", &["revision", "-m", "x", "--rev-id", "eeee"]), @"
    src/versions/[time]_eeee_x.rs
    exit 0
    ");
}

#[test]
fn a_broken_file_is_named_with_its_line() {
    let project = Sources::new(FORK);
    project.write(
        &format!("{VERSIONS}/x.rs"),
        "\n#[migration(revison = \"x\")]\npub fn upgrade(op: &mut Ops) {}",
    );
    project.write(&format!("{VERSIONS}/y.rs"), "fn f() { \"");
    project.write(&format!("{VERSIONS}/z.rs"), "");
    assert_snapshot!(project.cargo(&["merge", "-m", "x"]), @"
    ! error: the migrations in schema/src/versions are no chain
    !   caused by: schema/src/versions/x.rs:2:13: there is no key `revison`; did you mean `revision`?
    !   caused by: schema/src/versions/y.rs:1:10: a quote, comment or bracket here is not closed or never opened
    !   caused by: schema/src/versions/z.rs has no `#[migration(…)]`: every file of this folder is one migration; move what migrations share to a folder beside it
    exit 1
    ");
}

#[test]
fn an_empty_folder_begins_a_chain() {
    let project = Sources::new(&[]);
    assert_snapshot!(project.cargo(&["heads"]), @"exit 0");
    assert_snapshot!(project.cargo(&["merge", "-m", "x"]), @"
    ! error: there are no migrations in schema/src/versions
    exit 1
    ");
    assert_snapshot!(project.cargo(&["revision", "-m", "Begin", "--rev-id", "aaaa", "--json"]), @r#"
    {
      "down_revision": [],
      "format": 1,
      "path": "schema/src/versions/[time]_aaaa_begin.rs",
      "revision": "aaaa"
    }
    exit 0
    "#);
}

#[test]
fn outside_a_project_there_are_no_sources() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let project = Sources(folder);
    let said = project.cargo(&["heads"]);
    assert!(said.starts_with("! error: cargo finds no package here\n"), "{said}");
    let said = project.cargo(&["upgrade"]);
    assert!(said.starts_with("! error: cargo finds no package here\n"), "{said}");
    let said = project.cargo_with(&["heads"], "/no/such/cargo");
    assert!(said.starts_with("! error: cannot run `/no/such/cargo metadata`\n"), "{said}");
}

#[test]
fn a_package_that_cargo_refuses_is_said_to_be_there() {
    let project = Sources::new(FORK);
    project.write("schema/Cargo.toml", "[package]\nnam = 'schema'\n");
    for command in ["heads", "upgrade"] {
        let said = project.cargo(&[command]);
        assert!(said.starts_with("! error: cargo can't read the package here\n"), "{said}");
        assert!(!said.contains("hint"), "{said}");
    }
}

#[test]
fn a_slip_of_the_hand_builds_nothing() {
    let project = Sources::new(FORK);
    let check = |word: &str, meant: &str| {
        let said = project.cargo(&[word, "head"]);
        let expected = format!("! error: there is no command `{word}`; did you mean `{meant}`?");
        assert_eq!(said, format!("{expected}\nexit 2"));
    };
    check("upgarde", "upgrade");
    check("Downgrade", "downgrade");
    check("curent", "current");
    check("revison", "revision");
    check("head", "heads");
    // What a newer `migrate` may have is for it to say.
    let later = "rebase edit init branches plan log check schema verify resume repair adopt \
                 baseline import lint";
    for word in later.split_whitespace() {
        assert_eq!(known(&CargoCommand::Other(vec![word.into()])), Ok(()), "{word}");
    }
}

#[test]
fn a_package_without_the_binary_is_told_so() {
    let project = Sources::new(FORK);
    assert_snapshot!(project.cargo(&["upgrade"]), @r#"
    ! error: no package here has a binary `migrate`
    ! hint: write a src/main.rs that calls `migrate_cli::main(&CHAIN)`, and name it in schema/Cargo.toml: [[bin]], name = "migrate", path = "src/main.rs"
    exit 1
    "#);
    project.write("schema/src/lib.rs", "");
    assert_snapshot!(project.cargo(&["upgrade"]), @r#"
    ! error: no package here has a binary `migrate`
    ! hint: write a src/main.rs that calls `migrate_cli::main(&CHAIN)`, and name it in schema/Cargo.toml: [[bin]], name = "migrate", path = "src/main.rs"
    exit 1
    "#);
}

/// What cargo writes of an error that rustc finds.
#[cfg(unix)]
const REFUSED: &str = r#"{"reason":"compiler-message","message":{"level":"error"}}"#;

#[cfg(unix)]
#[test]
fn other_commands_are_passed_on() {
    use std::os::unix::fs::PermissionsExt;

    let project = Sources::new(FORK);
    project.write_binary("schema");
    let check = |exit: u8, build: Result<(), &str>, line: &[&str]| {
        let log = project.0.path().join("log");
        let script = format!(
            "#!/bin/sh\n[ \"$1\" = metadata ] && exec '{}' \"$@\"\necho \"$@\" >> '{}'\n\
             [ \"$1\" = build ] && echo '{}' && exit {}\nexit {exit}\n",
            env!("CARGO"),
            log.display(),
            build.err().unwrap_or_default(),
            if build.is_ok() { 0 } else { 101 }
        );
        project.write("cargo.sh", &script);
        let cargo = project.0.path().join("cargo.sh");
        fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).expect("it is ours");
        let said = project.cargo_with(line, &cargo.display().to_string());
        let calls = fs::read_to_string(&log).unwrap_or_default();
        let _ = fs::remove_file(&log);
        let folder = project.0.path();
        let calls = calls.replace(&folder.canonicalize().expect("it").display().to_string(), "…");
        format!("{}{said}", calls.replace(&folder.display().to_string(), "…"))
    };
    assert_snapshot!(check(0, Ok(()), &["upgrade"]), @"
    run --quiet --manifest-path …/schema/Cargo.toml --bin migrate -- upgrade
    exit 0
    ");
    assert_snapshot!(check(3, Ok(()), &["migrate", "current", "--check-heads"]), @"
    run --quiet --manifest-path …/schema/Cargo.toml --bin migrate -- current --check-heads
    exit 3
    ");
    assert_snapshot!(check(0, Ok(()), &["--features", "postgres", "-q", "downgrade", "-1"]), @"
    run --quiet --manifest-path …/schema/Cargo.toml --bin migrate --features postgres -- -q downgrade -1
    exit 0
    ");
    assert_snapshot!(check(0, Ok(()), &["history", "-i"]), @"
    run --quiet --manifest-path …/schema/Cargo.toml --bin migrate -- history -i
    exit 0
    ");
    assert_snapshot!(check(101, Err(REFUSED), &["upgrade"]), @r"
    run --quiet --manifest-path …/schema/Cargo.toml --bin migrate -- upgrade
    build --quiet --manifest-path …/schema/Cargo.toml --bin migrate --message-format=json
    ! error: the project's `migrate` does not compile, so this command can't run
    ! hint: mend what rustc says above; cargo migrate heads, history, show, revision, merge, rebase and edit work until then
    exit 1
    ");
    assert_snapshot!(check(101, Ok(()), &["upgrade"]), @"
    run --quiet --manifest-path …/schema/Cargo.toml --bin migrate -- upgrade
    build --quiet --manifest-path …/schema/Cargo.toml --bin migrate --message-format=json
    exit 101
    ");
    // A feature that there is not, a crate that can't be loaded.
    assert_snapshot!(check(101, Err(""), &["--features", "x", "upgrade"]), @r"
    run --quiet --manifest-path …/schema/Cargo.toml --bin migrate --features x -- upgrade
    build --quiet --manifest-path …/schema/Cargo.toml --bin migrate --features x --message-format=json
    ! error: cargo can't build the project's `migrate`, so this command can't run
    ! hint: mend what cargo says above; cargo migrate heads, history, show, revision, merge, rebase and edit work until then
    exit 1
    ");
    // A word of a newer one.
    assert_snapshot!(check(2, Ok(()), &["plan"]), @"
    run --quiet --manifest-path …/schema/Cargo.toml --bin migrate -- plan
    exit 2
    ");
    // What can't be read either is not praised.
    project.write(&format!("{VERSIONS}/x.rs"), "");
    assert_snapshot!(check(101, Err(REFUSED), &["upgrade"]), @"
    run --quiet --manifest-path …/schema/Cargo.toml --bin migrate -- upgrade
    build --quiet --manifest-path …/schema/Cargo.toml --bin migrate --message-format=json
    ! error: the project's `migrate` does not compile, so this command can't run
    ! hint: mend what rustc says above
    exit 1
    ");
    fs::remove_file(project.0.path().join(VERSIONS).join("x.rs")).expect("it is ours");
    // The binary may be in another package than the migrations.
    project.write("Cargo.toml", "[workspace]\nmembers = ['schema', 'tool']\nresolver = '3'\n");
    project.write("schema/Cargo.toml", "[package]\nname = 'schema'\nedition = '2024'\n");
    fs::remove_file(project.0.path().join("schema/src/main.rs")).expect("it is ours");
    project.write_binary("tool");
    assert_snapshot!(check(0, Ok(()), &["upgrade"]), @"
    run --quiet --manifest-path …/tool/Cargo.toml --bin migrate -- upgrade
    exit 0
    ");
}

#[test]
fn a_second_head_is_a_decision() {
    let project = Sources::new(&FORK[..2]);
    assert_snapshot!(project.cargo(&["revision", "-m", "Add prices", "--head", "a"]), @r"
    ! error: it would be a head beside `bbbb`
    ! hint: leave out --head to follow the head; or say --splice, and merge the two later: cargo migrate merge
    exit 1
    ");
    assert_snapshot!(project.cargo(&[
        "revision", "-m", "Add prices", "--head", "a", "--splice", "--branch-label", "prices", "--depends-on", "bb",
        "--rev-id", "cccc",
    ]), @r#"
    schema/src/versions/[time]_cccc_add_prices.rs
    ! note: the chain has 2 heads from now on, and does not compile until they are merged: cargo migrate merge -m "…"
    exit 0
    "#);
    assert_snapshot!(project.last(), @r#"
    use renamed::prelude::*;

    /// Add prices
    #[migration(
        revision = "cccc",
        down_revision = "aaaa",
        depends_on = ["bbbb"],
        branch_labels = ["prices"]
    )]
    pub fn upgrade(_op: &mut Ops) {}
    "#);
    assert_snapshot!(project.cargo(&["heads"]), @r"
    bbbb (effective head), Add notes
    cccc (prices) (head), Add prices
    exit 0
    ");
    assert_snapshot!(project.cargo(&["heads", "--resolve-dependencies"]), @r"
    cccc (prices) (head), Add prices
    exit 0
    ");
    assert_snapshot!(project.cargo(&["branches"]), @r"
    aaaa (branchpoint), Create orders
        -> bbbb (effective head), Add notes
        -> cccc (prices) (head), Add prices
    exit 0
    ");
    assert_snapshot!(project.cargo(&["branches", "--json"]), @r#"
    {
      "branches": [
        {
          "branch_labels": [],
          "breaking": null,
          "created": "2024-01-01T00:00:00",
          "depends_on": [],
          "down_revision": [],
          "irreversible": null,
          "is_applied": null,
          "is_current": null,
          "is_head": false,
          "message": "Create orders",
          "next": [
            "bbbb",
            "cccc"
          ],
          "path": "schema/src/versions/20240101_0000_aaaa.rs",
          "revision": "aaaa",
          "transaction": true
        }
      ],
      "format": 1
    }
    exit 0
    "#);
    assert_snapshot!(project.cargo(&["revision", "-m", "more", "--head", "prices@head", "--rev-id", "dddd"]), @r"
    schema/src/versions/[time]_dddd_more.rs
    exit 0
    ");
    assert_snapshot!(project.cargo(&["revision", "-m", "x", "--head", "bbbb", "--branch-label", "prices", "--rev-id", "eeee"]), @r"
    ! error: the migrations would not compile with this one
    !   caused by: branch label `prices` is at `cccc` and `eeee`; a label names one revision, the first of its branch
    exit 1
    ");
    assert_snapshot!(project.cargo(&["revision", "-m", "x", "--head", "bbbb", "--depends-on", "zz"]), @r"
    ! error: there is no revision or branch label `zz`
    exit 1
    ");
}

#[test]
fn a_message_that_says_nothing_is_noted() {
    let project = Sources::new(&FORK[..1]);
    assert_snapshot!(project.cargo(&["revision", "-m", "update", "--rev-id", "bbbb"]), @r"
    schema/src/versions/[time]_bbbb_update.rs
    ! note: the message `update` does not say what the migration does
    exit 0
    ");
}

#[test]
fn a_stretch_of_the_history() {
    let project = Sources::new(
        &[FORK, &[("dddd", "[\"bbbb\", \"cccc\"]", "Merge"), ("eeee", "\"dddd\"", "Add users")]]
            .concat(),
    );
    assert_snapshot!(project.cargo(&["history", "-r", "bbbb:dddd"]), @r"
    bbbb, cccc -> dddd (mergepoint), Merge
    aaaa -> bbbb, Add notes
    exit 0
    ");
    assert_snapshot!(project.cargo(&["history", "-r", "dddd:"]), @r"
    dddd -> eeee (head), Add users
    bbbb, cccc -> dddd (mergepoint), Merge
    exit 0
    ");
    assert_snapshot!(project.cargo(&["history", "-r", ":cccc"]), @r"
    aaaa -> cccc, Add prices
    <base> -> aaaa (branchpoint), Create orders
    exit 0
    ");
    assert_snapshot!(project.cargo(&["history", "-r", "head-1:head", "--json"]), @r#"
    {
      "format": 1,
      "revisions": [
        {
          "branch_labels": [],
          "breaking": null,
          "created": "2024-01-01T00:04:00",
          "depends_on": [],
          "down_revision": [
            "dddd"
          ],
          "irreversible": null,
          "is_applied": null,
          "is_current": null,
          "is_head": true,
          "message": "Add users",
          "path": "schema/src/versions/20240101_0004_eeee.rs",
          "revision": "eeee",
          "transaction": true
        },
        {
          "branch_labels": [],
          "breaking": null,
          "created": "2024-01-01T00:03:00",
          "depends_on": [],
          "down_revision": [
            "bbbb",
            "cccc"
          ],
          "irreversible": null,
          "is_applied": null,
          "is_current": null,
          "is_head": false,
          "message": "Merge",
          "path": "schema/src/versions/20240101_0003_dddd.rs",
          "revision": "dddd",
          "transaction": true
        }
      ]
    }
    exit 0
    "#);
    assert_snapshot!(project.cargo(&["history", "-r", "bbbb:cccc"]), @r"
    ! error: there is no way up in `bbbb:cccc`
    ! hint: name the older end first, and two ends on one line
    exit 1
    ");
    assert_snapshot!(project.cargo(&["history", "-r", "bbbb"]), @r"
    ! error: invalid value 'bbbb' for '--rev-range <RANGE>': `bbbb` is not a range; a range is `from:to`, `from:` or `:to`
    ! 
    ! For more information, try '--help'.
    exit 2
    ");
}

#[test]
fn a_migration_that_nobody_has_follows_another_one() {
    let project = Sources::new(&[FORK, &[("dddd", "\"cccc\"", "Add users")]].concat());
    assert_snapshot!(project.cargo(&["rebase", "bbbb", "--onto", "dddd"]), @r"
    schema/src/versions/[time]_bbbb_add_notes.rs
    ! Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)
    exit 0
    ");
    assert_snapshot!(project.cargo(&["history"]), @r"
    dddd -> bbbb (head), Add notes
    cccc -> dddd, Add users
    aaaa -> cccc, Add prices
    <base> -> aaaa, Create orders
    exit 0
    ");
    assert_snapshot!(project.cargo(&["rebase", "bbbb", "--onto", "dddd"]), @r"
    ! `bbbb` (Add notes) follows it already
    exit 0
    ");
    assert_snapshot!(project.cargo(&["rebase", "cccc", "--onto", "bbbb"]), @r"
    ! error: `cccc` (Add prices) would follow itself
    !   caused by: `bbbb` (Add notes) needs it
    exit 1
    ");
    assert_snapshot!(project.cargo(&["rebase", "cccc", "--onto", "base"]), @r#"
    ! error: the chain would begin twice
    ! hint: name the revision it follows, or allow it with migrations!("…", multiple_bases)
    exit 1
    "#);
    assert_snapshot!(project.cargo(&["rebase", "dddd", "--onto", "aaaa"]), @r#"
    ! error: it would be a head beside `cccc` and `bbbb`
    ! hint: move it behind the head, or allow several with migrations!("…", multiple_heads)
    exit 1
    "#);
    assert_snapshot!(project.cargo(&["rebase", "zz", "--onto", "aaaa"]), @r"
    ! error: there is no revision or branch label `zz`
    exit 1
    ");
    let url = "postgres://user:secret@localhost/x";
    assert_snapshot!(project.cargo(&["--database-url", url, "rebase", "bbbb", "--onto", "cccc"]), @r#"
    ! error: it would be a head beside `dddd`
    ! hint: move it behind the head, or allow several with migrations!("…", multiple_heads)
    exit 1
    "#);
}

#[test]
#[cfg(feature = "sqlite")]
fn a_migration_that_the_database_has_stays_where_it_is() {
    use migrate_core::diesel::{Connection, SqliteConnection, connection::SimpleConnection};
    let project = Sources::new(FORK);
    let file = project.0.path().join("migrate.db");
    let mut database =
        SqliteConnection::establish(file.to_str().expect("a path")).expect("a database");
    let rows = "CREATE TABLE __migrate_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY); \
                INSERT INTO __migrate_version VALUES ('bbbb')";
    database.batch_execute(rows).expect("a row");
    assert_snapshot!(project.cargo(&["rebase", "bbbb", "--onto", "cccc"]), @r"
    ! Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)
    ! error: the database has `bbbb` (Add notes)
    !   caused by: what it would follow from now on would never run there before it
    ! hint: take it back first: cargo migrate downgrade; or merge instead: cargo migrate merge
    exit 1
    ");
    assert_snapshot!(project.cargo(&["rebase", "cccc", "--onto", "bbbb"]), @r"
    schema/src/versions/20240101_0002_cccc.rs
    ! Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)
    exit 0
    ");
    assert_snapshot!(project.cargo(&["rebase", "aaaa", "--onto", "zzzz"]), @r"
    ! error: there is no revision or branch label `zzzz`
    exit 1
    ");
    let url = "postgres://user:secret@localhost:1/x";
    assert_snapshot!(project.cargo(&["--database-url", url, "rebase", "cccc", "--onto", "aaaa"]), @r#"
    ! error: it would be a head beside `bbbb`
    ! hint: move it behind the head, or allow several with migrations!("…", multiple_heads)
    exit 1
    "#);
}

#[test]
fn the_editor_of_whoever_works_here_is_opened() {
    let project = Sources::new(&FORK[..2]);
    assert_snapshot!(project.cargo(&["edit", "head"]), @r"
    ! error: no editor is set
    ! hint: set EDITOR or VISUAL, such as EDITOR=vi
    exit 1
    ");
    let with = |editor: &str, line: &[&str]| {
        let set = |environment: &mut Environment| {
            environment.variables.insert("EDITOR".to_owned(), editor.to_owned());
        };
        project.surrounded("", line, set)
    };
    assert_snapshot!(with("false", &["edit", "aaaa"]), @r"
    ! error: `false` did not edit `aaaa` (Create orders) in schema/src/versions/20240101_0000_aaaa.rs
    !   caused by: it ended with exit status: 1
    exit 1
    ");
    assert_snapshot!(with("no-such-editor", &["edit"]), @r"
    ! error: `no-such-editor` did not edit `bbbb` (Add notes) in schema/src/versions/20240101_0001_bbbb.rs
    !   caused by: it ended with exit status: 127
    exit 1
    ");
    assert_snapshot!(with("true", &["edit", "zzzz"]), @r"
    ! error: there is no revision or branch label `zzzz`
    exit 1
    ");
    assert_snapshot!(with("true", &["edit", "base"]), @r"
    ! error: `base` is no revision to edit
    exit 1
    ");
    assert_snapshot!(with("sh -c 'echo // seen >> \"$0\"'", &["edit", "bb"]), @r"
    exit 0
    ");
    assert!(project.last().ends_with("// seen\n"));
}

#[test]
fn files_are_written_as_the_project_wants_them() {
    let project = Sources::new(&FORK[..1]);
    project.write(
        "migrate.toml",
        "file_template = \"{rev}_{slug}\"\nslug_length = 8\ntemplate = \"new.rs.txt\"\n",
    );
    project.write("new.rs.txt", "// of ours\r\nuse ${library}::prelude::*;\r\n\r\n${doc}\r\n${attribute}\r\npub fn upgrade(op: &mut Ops) {\r\n    todo!()\r\n}\r\n");
    assert_snapshot!(project.cargo(&["revision", "-m", "Add order notes", "--rev-id", "bbbb"]), @r"
    schema/src/versions/bbbb_add.rs
    exit 0
    ");
    assert_snapshot!(project.last(), @r#"
    // of ours
    use renamed::prelude::*;

    /// Add order notes
    #[migration(revision = "bbbb", down_revision = "aaaa")]
    pub fn upgrade(op: &mut Ops) {
        todo!()
    }
    "#);
    project.write("new.rs.txt", "${nothing}");
    assert_snapshot!(project.cargo(&["revision", "-m", "x"]), @r"
    ! error: the template of migrate.toml asks for ${nothing}
    ! hint: there is ${library}, ${doc}, ${attribute}, ${message}, ${revision}
    exit 1
    ");
    project.write("new.rs.txt", "fn main() {}");
    assert_snapshot!(project.cargo(&["revision", "-m", "x"]), @r"
    ! error: what would be written is not the migration that was asked for
    exit 1
    ");
    project.write("migrate.toml", "file_template = \"{slug}\"");
    assert_snapshot!(project.cargo(&["heads"]), @r#"
    ! error: `file_template` in migrate.toml leaves {rev} out, which tells files apart
    ! hint: the default is "{year}{month}{day}_{hour}{minute}_{rev}_{slug}"
    exit 1
    "#);
    project.write("migrate.toml", "timezone = \"Mars\"");
    assert_snapshot!(project.cargo(&["heads"]), @r#"
    ! error: `timezone` in migrate.toml is `Mars`
    ! hint: write "UTC", "local" or an offset, such as "+02:00"
    exit 1
    "#);
    project.write("migrate.toml", "template = \"gone.txt\"");
    assert_snapshot!(project.cargo(&["heads"]), @r"
    ! error: cannot read gone.txt, the `template` of migrate.toml
    !   caused by: No such file or directory (os error 2)
    exit 1
    ");
}

#[test]
fn a_picture_of_sources() {
    let project = Sources::new(
        &[FORK, &[("dddd", "[\"bbbb\", \"cccc\"]", "Merge"), ("eeee", "\"dddd\"", "Add users")]]
            .concat(),
    );
    project.write(
        &format!("{VERSIONS}/by_hand.rs"),
        "/// Copy \"prices\" <b>\n#[migration(revision = \"ffff\", down_revision = None, \
         depends_on = [\"cccc\"], branch_labels = [\"copies\"], breaking = \"old readers\")]\n\
         pub fn upgrade(op: &mut Ops) {}\n",
    );
    assert_snapshot!(project.cargo(&["history", "--graph"]), @r#"
    *  ffff (copies) (head) (depends on cccc), Copy "prices" <b>
    ╷
    ╷ *  eeee (head), Add users
    ╷ │
    ╷ *  dddd (mergepoint), Merge
    ╭─┤
    * │  cccc, Add prices
    │ *  bbbb, Add notes
    ├─╯
    *  aaaa (branchpoint), Create orders
    exit 0
    "#);
    assert_snapshot!(project.cargo(&["history", "--graph", "-r", "bbbb:dddd"]), @"
    *    dddd (mergepoint), Merge
    ├─╮
    │ │
    │ ~
    │
    *  bbbb, Add notes
    │
    ~
    exit 0
    ");
    assert_snapshot!(project.cargo(&["history", "--format", "mermaid"]), @r#"
    flowchart BT
        r1["aaaa<br>Create orders"]
        r2["bbbb<br>Add notes"]
        r3["cccc<br>Add prices"]
        r4["dddd<br>Merge"]
        r5["eeee<br>Add users"]
        r6["ffff (copies)<br>Copy #34;prices#34; #60;b#62;"]
        r1 --> r2
        r1 --> r3
        r2 --> r4
        r3 --> r4
        r4 --> r5
        r3 -.-> r6
    exit 0
    "#);
    assert_snapshot!(project.cargo(&["history", "--format=mermaid", "-r", "bbbb:dddd"]), @r#"
    flowchart BT
        r2["bbbb<br>Add notes"]
        r4["dddd<br>Merge"]
        r2 --> r4
    exit 0
    "#);
    assert_snapshot!(project.cargo(&["show", "ffff"]), @r#"
    Rev: ffff (head)
    Parent: <base>
    Also depends on: cccc
    Branch names: copies
    Path: schema/src/versions/by_hand.rs
    Breaking: old readers

        Copy "prices" <b>

    exit 0
    "#);
    assert_snapshot!(project.cargo(&["show", "cccc"]), @"
    Rev: cccc
    Parent: aaaa
    Path: schema/src/versions/20240101_0002_cccc.rs
    Created: 2024-01-01 00:02

        Add prices

    exit 0
    ");
    assert_snapshot!(project.cargo(&["show", "copies", "--json"]), @r#"
    {
      "format": 1,
      "revisions": [
        {
          "branch_labels": [
            "copies"
          ],
          "breaking": "old readers",
          "created": null,
          "depends_on": [
            "cccc"
          ],
          "down_revision": [],
          "irreversible": null,
          "is_applied": null,
          "is_current": null,
          "is_head": true,
          "message": "Copy \"prices\" <b>",
          "path": "schema/src/versions/by_hand.rs",
          "revision": "ffff",
          "transaction": true
        }
      ]
    }
    exit 0
    "#);
}
