//! New files as text.

use insta::assert_snapshot;
use migrate_core::catalog::{build, index};
use migrate_core::{Dialect, Ops};

use super::*;

fn parent(id: &str, file: &str) -> Node {
    Node {
        id: id.into(),
        down_revision: Vec::new(),
        depends_on: Vec::new(),
        branch_labels: Vec::new(),
        message: "".into(),
        file: file.to_owned().into(),
    }
}

fn new<'a>(parents: &[&'a Node], text: &str) -> NewMigration<'a> {
    NewMigration {
        revision: "3f2a9c41b7d0".into(),
        parents: parents.to_vec(),
        depends_on: Vec::new(),
        branch_labels: Vec::new(),
        message: message(text).expect("a message"),
        upgrade: &[],
        downgrade: None,
        naming: Naming::DEFAULT,
        library: "migrate_core",
        style: Box::leak(Box::default()),
        now: "2024-10-15T09:30:42Z".parse().expect("a time"),
    }
}

#[test]
fn a_root() {
    assert_snapshot!(new(&[], "Create users").text().expect("text"), @r#"
    use migrate_core::prelude::*;

    /// Create users
    #[migration(revision = "3f2a9c41b7d0", down_revision = None)]
    pub fn upgrade(_op: &mut Ops) {}
    "#);
}

#[test]
fn a_merge_with_much_to_say() {
    let (a, b) = (parent("ae1027a6acf0", ""), parent("1bbe33445780", ""));
    assert_snapshot!(new(&[&a, &b], "Merge both\n\n*/ of \"them\" \\ \u{202e}").text().expect("text"), @r#"
    use migrate_core::prelude::*;

    /// Merge both
    ///
    /// */ of "them" \
    #[migration(revision = "3f2a9c41b7d0", down_revision = ["ae1027a6acf0", "1bbe33445780"])]
    pub fn upgrade(_op: &mut Ops) {}
    "#);
}

fn ops(record: fn(&mut Ops)) -> Vec<Op> {
    let mut op = Ops::new(Dialect::Sqlite);
    record(&mut op);
    op.into_recorded().into_iter().map(|recorded| recorded.what).collect()
}

#[test]
fn what_it_does_and_what_takes_it_back() {
    let upgrade = ops(|op| {
        op.drop_index("idx_orders_notes").concurrently().if_exists();
        op.drop_column("orders", "notes");
    });
    let downgrade = ops(|op| {
        op.add_column("orders", build::text("notes").nullable());
    });
    let new =
        NewMigration { upgrade: &upgrade, downgrade: Some(&downgrade), ..new(&[], "Drop notes") };
    new.check(&[], Rules::default()).expect("it is the migration that was asked for");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let written = new.write(folder.path(), folder.path()).expect("it is written");
    assert_eq!(written.note, None);
    let text = std::fs::read_to_string(written.path).expect("it is there");
    assert_snapshot!(text, @r#"
    use migrate_core::prelude::*;

    /// Drop notes
    #[migration(revision = "3f2a9c41b7d0", down_revision = None, transaction = false)]
    pub fn upgrade(op: &mut Ops) {
        op.drop_index("idx_orders_notes").concurrently().if_exists();
        op.drop_column("orders", "notes");
    }

    pub fn downgrade(op: &mut Ops) {
        op.add_column("orders", text("notes").nullable());
    }
    "#);

    let nothing = NewMigration { upgrade: &[], downgrade: Some(&[]), ..new };
    assert!(
        nothing
            .text()
            .expect("text")
            .ends_with("pub fn upgrade(_op: &mut Ops) {}\n\npub fn downgrade(_op: &mut Ops) {}\n")
    );
}

#[test]
fn a_template_has_a_place_for_what_it_does() {
    let upgrade = ops(|op| op.rename_table("orders", "requests"));
    let text = |template: &str| {
        let style = FileStyle::of_text(template);
        NewMigration { upgrade: &upgrade, style: &style, ..new(&[], "x") }.text()
    };
    let with = text("// of ours\n${attribute}\n${upgrade}\n").expect("text");
    assert!(with.ends_with("    op.rename_table(\"orders\", \"requests\");\n}\n"), "{with}");
    let without = text("${attribute}\npub fn upgrade(op: &mut Ops) {}\n").expect_err("no place");
    assert_eq!(
        without.message,
        "the template of migrate.toml has no place for what the migration does"
    );
}

#[test]
fn names_that_the_convention_gives_are_left_out() {
    let upgrade = ops(|op| {
        op.create_index(index("ix_orders_symbol").on("orders", ["symbol"]));
        op.create_index(index("orders_price_idx").on("orders", ["price"]));
    });
    let naming = Naming::DEFAULT.index("ix_{table}_{columns}");
    let named = NewMigration { upgrade: &upgrade, naming, ..new(&[], "x") }.text().expect("text");
    assert!(named.contains(r#"index("").on("orders", ["symbol"])"#), "{named}");
    assert!(named.contains(r#"index("orders_price_idx")"#), "{named}");
    let plain = NewMigration { upgrade: &upgrade, ..new(&[], "x") }.text().expect("text");
    assert!(plain.contains("ix_orders_symbol") && plain.contains("orders_price_idx"), "{plain}");
}

#[test]
fn every_message_comes_back() {
    for text in [
        "plain",
        "  spaces around \r\n\r\n and\ttabs ",
        "*/ end",
        "/* begin",
        "/// slashes",
        "//! inner",
        "\"quotes\" 'and' `ticks` \\ \\n",
        "#[migration(revision = \"x\")]",
        "{} %s $1 ?",
        "nul\0bell\u{7}",
        "rtl \u{202e}override\u{2066}",
        "日本語 😀 e\u{301}",
        "a\rb",
        "--",
        "-m",
    ] {
        let new = new(&[], text);
        new.check(&[], Rules::default()).unwrap_or_else(|failure| panic!("{text:?}: {failure:?}"));
    }
    for text in ["", "  ", "\n\n", "\0"] {
        assert_eq!(message(text).expect_err(text).code, crate::failure::code::USAGE);
    }
}

#[test]
fn the_name_of_the_file_tells_when_and_what() {
    let check = |parents: &[&str], text: &str, expected: &str| {
        let parents: Vec<Node> = parents.iter().map(|file| parent("p", file)).collect();
        assert_eq!(new(&parents.iter().collect::<Vec<_>>(), text).file_name(), expected);
    };
    check(&[], "Add order notes", "20241015_0930_3f2a9c41b7d0_add_order_notes.rs");
    check(&[], "日本語", "20241015_0930_3f2a9c41b7d0.rs");
    check(&[], "../../x/CON", "20241015_0930_3f2a9c41b7d0_x_con.rs");
    check(&[], "first\nsecond", "20241015_0930_3f2a9c41b7d0_first.rs");
    check(
        &[],
        "A message that goes on and on until nobody reads it",
        "20241015_0930_3f2a9c41b7d0_a_message_that_goes_on_and_on_until.rs",
    );
    // Later than the parents, whatever the clock says.
    check(&["20241015_0929_a.rs"], "x", "20241015_0930_3f2a9c41b7d0_x.rs");
    check(&["20241015_0930_a.rs"], "x", "20241015_0931_3f2a9c41b7d0_x.rs");
    check(&["20301231_2359_a.rs", "20200101_0000_b.rs"], "x", "20310101_0000_3f2a9c41b7d0_x.rs");
    check(
        &["ae10_no_time.rs", "20249999_9999_x.rs", "é.rs"],
        "x",
        "20241015_0930_3f2a9c41b7d0_x.rs",
    );
}

#[test]
fn what_the_compiler_refuses_is_not_written() {
    let (root, one) =
        (parent("a", "a.rs"), Node { down_revision: vec!["a".into()], ..parent("b", "b.rs") });
    let chain = [root.clone(), one.clone()];
    let check = |parents: &[&Node], before: &[Node], rules: Rules| {
        new(parents, "x").check(before, rules).map_err(|failure| failure.message)
    };
    let multiple = Rules { multiple_heads: true, multiple_bases: false };
    assert_eq!(check(&[&one], &chain, Rules::default()), Ok(()));
    assert_eq!(check(&[&root], &chain, multiple), Ok(()));
    assert_snapshot!(check(&[&root], &chain, Rules::default()).expect_err("two heads"), @"it would be a head beside `b`");
    assert_snapshot!(check(&[], &chain, multiple).expect_err("two roots"), @"the chain would begin twice");
    // Two of three heads are merged: there are fewer than before.
    let heads: Vec<Node> =
        ["b", "c", "d"].map(|id| Node { down_revision: vec!["a".into()], ..parent(id, id) }).into();
    let three = [&[root][..], &heads].concat();
    assert_eq!(check(&[&heads[0], &heads[1]], &three, Rules::default()), Ok(()));
    assert_eq!(check(&[&heads[0]], &three, Rules::default()), Ok(()));
}

#[test]
fn an_id_is_free_and_fits() {
    let refused = |id: &str| new_id(Some(id), |id| id != "taken").expect_err(id);
    assert_eq!(new_id(Some("v1"), |_| true), Ok("v1".into()));
    for id in ["", "a-b", "head", "a b", "é", "../x", &"x".repeat(33)] {
        assert_eq!(refused(id).code, crate::failure::code::USAGE, "{id}");
    }
    assert_eq!(refused("taken").message, "there is a revision `taken` already");
    let random: std::collections::BTreeSet<_> =
        (0..100).map(|_| new_id(None, |_| true).expect("a free one")).collect();
    assert_eq!(random.len(), 100);
    assert!(random.iter().all(|id| id.len() == 12 && check_id(id).is_ok()));
}

#[test]
fn a_file_is_never_written_over() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let new = new(&[], "x");
    let Written { path, note } = new.write(folder.path(), folder.path()).expect("it is written");
    assert_eq!(note, None);
    assert_eq!(std::fs::read_to_string(&path).expect("it is there"), new.text().expect("text"));
    let failure = new.write(folder.path(), folder.path()).expect_err("it is there already");
    assert_eq!(failure.message, "cannot write 20241015_0930_3f2a9c41b7d0_x.rs");
    assert_eq!(std::fs::read_dir(folder.path()).expect("it is there").count(), 1);
}
