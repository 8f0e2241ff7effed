//! `cargo migrate merge`.

use std::fs;

use insta::assert_snapshot;

use super::{FORK, Sources, VERSIONS};

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
