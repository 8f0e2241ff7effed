//! Where the migrations are, and what may stand there.

use std::fs;

use insta::assert_snapshot;

use super::{FORK, Sources, VERSIONS};

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
