//! Files and words that nobody should write, and that somebody does.

use std::fs;

use insta::assert_snapshot;

use super::{FORK, Sources, VERSIONS};

#[test]
fn two_files_of_one_revision_are_both_named() {
    let project = Sources::new(&[FORK[0], ("aaaa", "None", "Copied by hand")]);
    for command in [["heads", "-q"], ["edit", "aaaa"], ["revision", "-mx"]] {
        let said = project.cargo(&command);
        assert!(said.contains("_0000_aaaa.rs") && said.contains("_0001_aaaa.rs"), "{said}");
        assert!(said.ends_with("exit 1"), "{said}");
    }
    assert_snapshot!(project.cargo(&["heads"]), @r#"
    ! error: the migrations in schema/src/versions are no chain
    !   caused by: revision `aaaa` is there 2 times, in 20240101_0000_aaaa.rs and 20240101_0001_aaaa.rs; give each its own id
    exit 1
    "#);
}

#[test]
fn a_file_that_is_no_text_is_named() {
    let project = Sources::new(&FORK[..1]);
    let path = project.0.path().join(VERSIONS).join("x.rs");
    fs::write(path, b"/// caf\xe9\n#[migration(revision = \"x\")]").expect("a file");
    assert_snapshot!(project.cargo(&["heads"]), @r#"
    ! error: the migrations in schema/src/versions are no chain
    !   caused by: schema/src/versions/x.rs is not UTF-8
    exit 1
    "#);
}

#[test]
fn line_ends_and_marks_of_windows_change_nothing() {
    let project = Sources::new(&FORK[..1]);
    let text = "\u{feff}/// Add notes\r\n///\r\n/// They are short.\r\n#[migration(\r\n    revision = \"bbbb\",\r\n    \
                down_revision = \"aaaa\"\r\n)]\r\npub fn upgrade(op: &mut Ops) {}\r\n";
    project.write(&format!("{VERSIONS}/20240101_0001_bbbb.rs"), text);
    assert_snapshot!(project.cargo(&["show", "head"]), @r#"
    Rev: bbbb (head)
    Parent: aaaa
    Path: schema/src/versions/20240101_0001_bbbb.rs
    Created: 2024-01-01 00:01

        Add notes

        They are short.

    exit 0
    "#);
}

#[test]
fn a_message_may_be_any_text_that_says_something() {
    let project = Sources::new(&[]);
    assert_snapshot!(project.cargo(&["revision", "-m", "注文に備考を追加", "--rev-id", "aaaa"]), @r#"
    schema/src/versions/[time]_aaaa.rs
    exit 0
    "#);
    assert_snapshot!(project.cargo(&["revision", "-m", "?!…", "--rev-id", "bbbb"]), @r#"
    schema/src/versions/[time]_bbbb.rs
    ! note: the message `?!…` does not say what the migration does
    exit 0
    "#);
    assert_snapshot!(project.cargo(&["history", "-q"]), @r#"
    aaaa -> bbbb (head), ?!…
    <base> -> aaaa, 注文に備考を追加
    exit 0
    "#);
    assert_snapshot!(project.cargo(&["revision", "-m", ""]), @r#"
    ! error: the message is empty
    ! hint: say what it does: -m "add notes"
    exit 2
    "#);
}

#[test]
fn an_id_that_no_database_could_hold_is_refused() {
    let project = Sources::new(&FORK[..1]);
    let before = project.files();
    let long = "a".repeat(33);
    assert_snapshot!(project.cargo(&["revision", "-m", "x", "--rev-id", &long]), @r#"
    ! error: `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa` can't be an id
    !   caused by: the name has 33 characters; the version table holds 32
    exit 2
    "#);
    assert_snapshot!(project.cargo(&["revision", "-m", "x", "--rev-id", "a@b"]), @r#"
    ! error: `a@b` can't be an id
    !   caused by: the name has a `@`; the characters `@ - + :` belong to the revision language, as in `reports@head` or `3f2a+2`; use letters, digits and `_`
    exit 2
    "#);
    assert_snapshot!(project.cargo(&["merge", "-m", "x", "--rev-id", "a@b"]), @r#"
    ! error: there is nothing to merge with `aaaa` (Create orders)
    exit 1
    "#);
    assert_eq!(project.files(), before);
}

#[test]
fn a_merge_wants_two_heads() {
    let project = Sources::new(FORK);
    let before = project.files();
    assert_snapshot!(project.cargo(&["merge", "-m", "x", "bbbb"]), @r#"
    ! error: there is nothing to merge with `bbbb` (Add notes)
    ! hint: name another head, or none to merge all
    exit 1
    "#);
    assert_snapshot!(project.cargo(&["merge", "-m", "x", "bbbb", "bbbb"]), @r#"
    ! error: there is nothing to merge with `bbbb` (Add notes)
    ! hint: name another head, or none to merge all
    exit 1
    "#);
    assert_snapshot!(project.cargo(&["merge", "-m", "x", "bbbb", "aaaa"]), @r#"
    ! error: `aaaa` (Create orders) is not a head
    ! hint: the heads are bbbb, cccc
    exit 1
    "#);
    assert_eq!(project.files(), before);
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_written_to_is_named() {
    let project = Sources::new(&[]);
    // Nobody, not even root, makes files in it.
    project.write("migrate.toml", "versions = '/proc/1/task'");
    let said = project.cargo(&["revision", "-m", "x", "--rev-id", "aaaa"]);
    // The system says why, each in its own words.
    let place = "! error: cannot write /proc/1/task/";
    assert!(said.starts_with(place) && said.contains("caused by: "), "{said}");
    assert!(said.ends_with("exit 1"), "{said}");
}
