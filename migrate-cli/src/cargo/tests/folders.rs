//! Chains whose migrations are in several folders.

use insta::assert_snapshot;

use super::*;

/// `aaaa` is in `versions`, `bbbb` follows it in `billing`.
fn project() -> Sources {
    let project = Sources::new(&FORK[..1]);
    let library = "renamed::migrations!(\"src/versions\", \"src/billing\"); what is this?";
    project.write("schema/src/lib.rs", library);
    let (_, _, message) = FORK[1];
    let text = format!(
        "/// {message}\n#[migration(revision = \"bbbb\", down_revision = \"aaaa\")]\n\
         pub fn upgrade(op: &mut Ops) {{}}\n"
    );
    project.write("schema/src/billing/20240101_0000_aaaa.rs", &text);
    project
}

#[test]
fn files_of_all_folders_are_one_chain() {
    let project = project();
    assert_snapshot!(project.cargo(&["history", "-v"]), @r#"
    Rev: bbbb (head)
    Parent: aaaa
    Path: schema/src/billing/20240101_0000_aaaa.rs
    Created: 2024-01-01 00:00

        Add notes

    Rev: aaaa
    Parent: <base>
    Path: schema/src/versions/20240101_0000_aaaa.rs
    Created: 2024-01-01 00:00

        Create orders

    exit 0
    "#);
    // An editor that nobody can mistake.
    project.surrounded("", &["edit", "bbbb"], |environment| {
        environment.variables.insert("EDITOR".to_owned(), "rm".to_owned());
    });
    assert_snapshot!(project.cargo(&["history"]), @r#"
    <base> -> aaaa (head), Create orders
    exit 0
    "#);
}

#[test]
fn a_new_migration_lies_beside_its_parent_unless_a_folder_is_named() {
    let project = project();
    let new = |more: &[&str]| {
        let words: Vec<&str> = ["revision", "-m", "x y"].iter().chain(more).copied().collect();
        project.cargo(&words)
    };
    assert_snapshot!(new(&["--rev-id", "cccc"]), @r#"
    schema/src/billing/[time]_cccc_x_y.rs
    exit 0
    "#);
    assert_snapshot!(new(&["--rev-id", "dddd", "--version-path", "schema/src/versions"]), @r#"
    schema/src/versions/[time]_dddd_x_y.rs
    exit 0
    "#);
    assert_snapshot!(new(&["--version-path", "schema/src"]), @r#"
    ! error: the chain has no migrations in schema/src
    ! hint: its folders are schema/src/versions and schema/src/billing; `migrations!` takes several: migrations!("a", "b")
    exit 2
    "#);
    assert_snapshot!(project.cargo_in("schema/src/billing", &["revision", "-m", "x y", "--rev-id", "eeee", "--version-path", "."]), @r#"
    [time]_eeee_x_y.rs
    exit 0
    "#);
    let library = "renamed::migrations!(\"src/versions\", \"src/billing\", multiple_heads);";
    project.write("schema/src/lib.rs", library);
    assert_snapshot!(project.cargo(&["rebase", "eeee", "--onto", "cccc", "--unchecked"]), @r#"
    schema/src/billing/[time]_eeee_x_y.rs
    exit 0
    "#);
}

#[test]
fn a_chain_that_begins_says_where() {
    let project = Sources::new(&[]);
    project.write("schema/src/lib.rs", "renamed::migrations!(\"src/a\", \"src/b\");");
    assert_snapshot!(project.cargo(&["revision", "-m", "x y"]), @r#"
    ! error: the chain has folders schema/src/a and schema/src/b
    ! hint: name the one that it begins in: --version-path DIR
    exit 2
    "#);
    assert_snapshot!(project.cargo(&["revision", "-m", "x y", "--version-path", "schema/src/b", "--rev-id", "aaaa"]), @r#"
    schema/src/b/[time]_aaaa_x_y.rs
    exit 0
    "#);
    assert_snapshot!(project.cargo(&["heads"]), @r#"
    aaaa (head), x y
    exit 0
    "#);
}

#[test]
fn what_is_wrong_names_its_folder() {
    let project = project();
    project.write("schema/src/billing/2.rs", "#[migration(revision = \"aaaa\", down_revision = \"bbbb\")] pub fn upgrade(op: &mut Ops) {}");
    assert_snapshot!(project.cargo(&["heads"]), @r#"
    ! error: the migrations in schema/src/versions and schema/src/billing are no chain
    !   caused by: revision `aaaa` is there 2 times, in schema/src/billing/2.rs and schema/src/versions/20240101_0000_aaaa.rs; give each its own id
    exit 1
    "#);
    project.write("migrate.toml", "versions = ['schema/src/versions', 'schema/src/nowhere']");
    assert_snapshot!(project.cargo(&["heads"]), @r#"
    ! error: there is no folder schema/src/nowhere
    ! hint: see `versions` in migrate.toml
    exit 1
    "#);
    project.write("migrate.toml", "versions = []");
    assert_snapshot!(project.cargo(&["heads"]), @r#"
    ! error: the migrations are in no folder at all
    ! hint: see `versions` in migrate.toml
    exit 1
    "#);
    project.write("migrate.toml", "versions = ['schema/src/versions']");
    assert_snapshot!(project.cargo(&["heads"]), @r#"
    aaaa (head), Create orders
    exit 0
    "#);
}
