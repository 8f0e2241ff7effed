//! `cargo migrate history`, `heads`, `branches` and `show`.

use insta::assert_snapshot;

use super::{FORK, Sources, VERSIONS};

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
