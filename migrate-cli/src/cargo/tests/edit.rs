//! `cargo migrate edit`.

use insta::assert_snapshot;

use super::{FORK, Sources};
use crate::config::Environment;

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
    assert_snapshot!(with("sh -c 'echo // seen >> \"$0\"'", &["edit", "bb"]), @"exit 0");
    assert!(project.last().ends_with("// seen\n"));
}
