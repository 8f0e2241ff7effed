//! `cargo migrate revision`.

use insta::assert_snapshot;

use super::{FORK, Sources};

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
fn a_call_that_allows_several_heads_is_heard() {
    let project = Sources::new(&FORK[..2]);
    project.write("schema/src/lib.rs", "m::migrations!(\"src/versions\", multiple_heads);");
    assert_snapshot!(project.cargo(&["revision", "-m", "x", "--head", "aaaa", "--rev-id", "eeee"]), @"
    schema/src/versions/[time]_eeee_x.rs
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
    ! hint: there is ${library}, ${doc}, ${attribute}, ${upgrade}, ${message}, ${revision}
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
