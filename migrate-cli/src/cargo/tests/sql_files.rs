//! Migrations that are pairs of SQL files, and files from elsewhere that become such.

use insta::assert_snapshot;

use super::*;

const NOTES: &str = "-- revision: bbbb, down_revision: aaaa\n-- transaction: false, breaking: old readers\n-- Add notes\n--\n-- to orders\n\nALTER TABLE orders ADD notes text;\n";

/// `aaaa` in Rust, and `bbbb` in SQL behind it.
fn project() -> Sources {
    let project = Sources::new(&FORK[..1]);
    project.write(&format!("{VERSIONS}/20240102_0000_bbbb.up.sql"), NOTES);
    project.write(
        &format!("{VERSIONS}/20240102_0000_bbbb.down.sql"),
        "ALTER TABLE orders DROP notes;\n",
    );
    project
}

/// The names of the files, with times and random ids left out.
fn names(project: &Sources) -> String {
    let names = project.files();
    let names = names.iter().filter(|name| !name.starts_with("2024"));
    names.map(|name| format!("{}\n", name.splitn(4, '_').last().unwrap_or_default())).collect()
}

fn text(project: &Sources, end: &str) -> String {
    let files = project.files();
    let name = files.iter().rfind(|name| name.ends_with(end)).expect(end);
    let text = fs::read_to_string(project.0.path().join(VERSIONS).join(name)).expect("a file");
    match text.strip_prefix("-- revision: ") {
        Some(rest) => format!("-- revision: [id]{}", &rest[rest.find(',').expect("a comma")..]),
        None => text,
    }
}

/// The text without random ids.
fn ids(text: &str) -> String {
    let words = text.split_inclusive(|c: char| !c.is_ascii_alphanumeric());
    let masked = words.map(|word| {
        let id = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        match id.len() == 12 && id.chars().all(|c| c.is_ascii_hexdigit()) {
            true => format!("[id]{}", &word[12..]),
            false => word.to_owned(),
        }
    });
    masked.collect()
}

#[test]
fn a_pair_is_a_revision_among_others() {
    let project = project();
    assert_snapshot!(project.cargo(&["history", "-v"]), @r#"
    Rev: bbbb (head)
    Parent: aaaa
    Path: schema/src/versions/20240102_0000_bbbb.up.sql
    Created: 2024-01-02 00:00
    Transaction: none
    Breaking: old readers

        Add notes

        to orders

    Rev: aaaa
    Parent: <base>
    Path: schema/src/versions/20240101_0000_aaaa.rs
    Created: 2024-01-01 00:00

        Create orders

    exit 0
    "#);
    assert_snapshot!(project.cargo(&["show", "bbbb"]), @r#"
    Rev: bbbb (head)
    Parent: aaaa
    Path: schema/src/versions/20240102_0000_bbbb.up.sql
    Created: 2024-01-02 00:00
    Transaction: none
    Breaking: old readers

        Add notes

        to orders

    exit 0
    "#);
    assert_snapshot!(project.cargo(&["heads"]), @r#"
    bbbb (head), Add notes
    exit 0
    "#);
}

#[test]
fn a_new_pair_is_written_whole_or_not_at_all() {
    let project = project();
    let said = project.cargo(&["revision", "--sql-file", "-m", "Add prices", "--rev-id", "cccc"]);
    assert_snapshot!(said, @r#"
    schema/src/versions/[time]_cccc_add_prices.up.sql
    schema/src/versions/[time]_cccc_add_prices.down.sql
    exit 0
    "#);
    assert_snapshot!(text(&project, "add_prices.up.sql"), @r#"
    -- revision: [id], down_revision: bbbb
    -- Add prices
    "#);
    assert_snapshot!(text(&project, "add_prices.down.sql"), @"-- Take back: Add prices");
    // A second one before the first is filled.
    let said =
        project.cargo(&["revision", "--sql-file", "-m", "Add more", "--rev-id", "dddd", "--json"]);
    assert_snapshot!(said, @r#"
    {
      "down_path": "schema/src/versions/[time]_dddd_add_more.down.sql",
      "down_revision": [
        "cccc"
      ],
      "format": 1,
      "path": "schema/src/versions/[time]_dddd_add_more.up.sql",
      "revision": "dddd"
    }
    exit 0
    "#);
    assert_snapshot!(project.cargo(&["history"]), @r#"
    cccc -> dddd (head), Add more
    bbbb -> cccc, Add prices
    aaaa -> bbbb, Add notes
    <base> -> aaaa, Create orders
    exit 0
    "#);
}

#[test]
fn a_pair_is_moved_with_both_of_its_files() {
    let project = project();
    let rust = "/// Add prices\n#[migration(revision = \"cccc\", down_revision = \"aaaa\")]\npub fn upgrade(op: &mut Ops) {}\n";
    project.write(&format!("{VERSIONS}/20240103_0000_cccc.rs"), rust);
    let said = project.cargo(&["rebase", "bbbb", "--onto", "cccc", "--unchecked"]);
    assert_snapshot!(said, @r#"
    schema/src/versions/[time]_bbbb_add_notes.up.sql
    exit 0
    "#);
    assert_snapshot!(project.cargo(&["history"]), @r#"
    cccc -> bbbb (head), Add notes
    aaaa -> cccc, Add prices
    <base> -> aaaa, Create orders
    exit 0
    "#);
    assert_snapshot!(names(&project), @r#"
    add_notes.down.sql
    add_notes.up.sql
    "#);
    assert_snapshot!(text(&project, ".up.sql"), @r#"
    -- revision: [id], down_revision: cccc
    -- transaction: false, breaking: old readers
    -- Add notes
    --
    -- to orders

    ALTER TABLE orders ADD notes text;
    "#);
}

#[test]
fn what_is_wrong_with_a_pair_is_said_by_file_and_line() {
    let project = project();
    project
        .write(&format!("{VERSIONS}/1.up.sql"), "-- revison: cccc, down_revision: bbbb\nSELECT 1;");
    project.write(&format!("{VERSIONS}/2.down.sql"), "SELECT 1;");
    project.write(&format!("{VERSIONS}/20240102_0000_bbbb.rs"), "");
    assert_snapshot!(project.cargo(&["heads"]), @r#"
    ! error: the migrations in schema/src/versions are no chain
    !   caused by: schema/src/versions/1.up.sql:1:4: there is no key `revison`; did you mean `revision`?
    !   caused by: `2.down.sql` has no way up beside it: write `2.up.sql`, whose first line says which revision it is
    !   caused by: schema/src/versions/20240102_0000_bbbb.rs has no `#[migration(…)]`: every file of this folder is one migration; move what migrations share to a folder beside it
    !   caused by: `20240102_0000_bbbb.up.sql` and `20240102_0000_bbbb.rs` have one name: give one of them another, or move SQL that the Rust file includes to a folder beside this one
    exit 1
    "#);
}

#[test]
fn numbered_files_become_a_line_of_pairs() {
    let project = project();
    project.write("old/010_add_prices.sql", "-- first\nALTER TABLE orders ADD price int;\n");
    project.write("old/010_add_prices_rollback.sql", "ALTER TABLE orders DROP price;\n");
    project.write("old/2_fill.up.sql", "\u{feff}UPDATE orders SET notes = '';\r\n");
    project.write("old/2_fill.down.sql", "-- nothing\n");
    project
        .write("old/011_index.sql", "CREATE INDEX CONCURRENTLY i ON orders (price);\nDO $$;$$;\n");
    project.write("old/README.md", "");
    let before = project.files();
    assert_snapshot!(ids(&project.cargo(&["import", "sql", "old", "--dry-run"])), @r#"
    schema/src/versions/[time]_[id]_fill.up.sql
    schema/src/versions/[time]_[id]_fill.down.sql
    schema/src/versions/[time]_[id]_add_prices.up.sql
    schema/src/versions/[time]_[id]_add_prices.down.sql
    schema/src/versions/[time]_[id]_index.up.sql
    ! note: old/011_index.sql:2: what `DO $$;$$` does to the schema can't be told; name the tables that it changes in the header, `opaque: [orders]`, or say `declares_nothing` there
    ! nothing was written: --dry-run
    exit 0
    "#);
    assert_eq!(project.files(), before);
    assert_snapshot!(ids(&project.cargo(&["import", "sql", "old"])), @r#"
    schema/src/versions/[time]_[id]_fill.up.sql
    schema/src/versions/[time]_[id]_fill.down.sql
    schema/src/versions/[time]_[id]_add_prices.up.sql
    schema/src/versions/[time]_[id]_add_prices.down.sql
    schema/src/versions/[time]_[id]_index.up.sql
    ! note: old/011_index.sql:2: what `DO $$;$$` does to the schema can't be told; name the tables that it changes in the header, `opaque: [orders]`, or say `declares_nothing` there
    exit 0
    "#);
    assert_snapshot!(ids(&names(&project)), @r#"
    fill.down.sql
    fill.up.sql
    add_prices.down.sql
    add_prices.up.sql
    index.up.sql
    "#);
    let files: Vec<String> =
        project.files().into_iter().filter(|name| !before.contains(name)).collect();
    let texts: Vec<String> = files
        .iter()
        .map(|name| fs::read_to_string(project.0.path().join(VERSIONS).join(name)).expect("a file"))
        .collect();
    assert_snapshot!(ids(&texts.join("----\n")), @r#"
    -- Take back: Fill

    -- nothing
    -- undo_nothing
    ----
    -- revision: [id], down_revision: bbbb
    -- Fill

    UPDATE orders SET notes = '';
    ----
    -- Take back: Add prices

    ALTER TABLE orders DROP price;
    ----
    -- revision: [id], down_revision: [id]
    -- Add prices

    -- first
    ALTER TABLE orders ADD price int;
    ----
    -- revision: [id], down_revision: [id], transaction: false
    -- irreversible: 011_index.sql came without a way back
    -- Index

    CREATE INDEX CONCURRENTLY i ON orders (price);
    DO $$;$$;
    "#);
}

#[test]
fn files_that_cant_be_taken_over_are_refused_with_their_places() {
    let project = project();
    project.write("old/1_a.sql", "BEGIN;\nCREATE TABLE a (b int);\n  COMMIT;");
    project.write("old/01_b.sql", "SELECT 1");
    project.write("old/3_c_down.sql", "SELECT 1");
    project.write("old/4_d.sql", "-- nothing yet");
    project.write("old/notes.sql", "SELECT 1");
    project.write("old/5_e.sql", "");
    fs::write(project.0.path().join("old/5_e.sql"), b"SELECT 1;\n\xff").expect("a file");
    project.write("old/6_f.sql", "START TRANSACTION;\nSELECT 1");
    let before = project.files();
    assert_snapshot!(project.cargo(&["import", "sql", "old"]), @r#"
    ! error: the files in old can't be taken over
    !   caused by: old/notes.sql begins with no number, so its place in the order can't be told
    !   caused by: old/01_b.sql and old/1_a.sql have one number
    !   caused by: old/3_c_down.sql takes back what is not there
    !   caused by: old/4_d.sql has no statement
    !   caused by: old/5_e.sql:2: this is not UTF-8
    !   caused by: old/6_f.sql:1: `START TRANSACTION` begins or ends a transaction, which is the runner's to do: take it away
    ! hint: mend them there, then say it again; nothing was written
    exit 1
    "#);
    assert_snapshot!(project.cargo(&["import", "sql", "nowhere"]), @r#"
    ! error: cannot read nowhere
    !   caused by: No such file or directory (os error 2)
    exit 1
    "#);
    assert_eq!(project.files(), before);
}

#[test]
fn folders_of_diesel_become_a_line_of_pairs() {
    let project = Sources::new(&[]);
    project.write("old/.gitkeep", "");
    project.write("old/README.md", "");
    project.write(
        "old/00000000000000_diesel_initial_setup/up.sql",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$SELECT 1$$;\n",
    );
    project.write("old/00000000000000_diesel_initial_setup/down.sql", "DROP FUNCTION f();\n");
    project.write(
        "old/20160101000000_create_users/up.sql",
        "-- Your SQL goes here\nCREATE TABLE users (id int);\n",
    );
    project.write(
        "old/20160101000000_create_users/down.sql",
        "-- This file should undo anything in `up.sql`\n",
    );
    project.write(
        "old/2024-01-01-000000_Index users/up.sql",
        "CREATE INDEX CONCURRENTLY i ON users (id);\n",
    );
    project.write("old/2024-01-01-000000_Index users/down.sql", "DROP INDEX i;\n");
    project
        .write("old/2024-01-01-000000_Index users/metadata.toml", "run_in_transaction = false\n");
    project.write("old/2024-02-01-000000-0000_fill/up.sql", "UPDATE users SET id = 1;\n");
    project.write("old/2024-02-01-000000-0000_fill/down.sql", "-- nothing\n");
    project.write("old/2024-02-01-000000-0000_fill/metadata.toml", "run_in_transaction = \"no\"\n");
    project.write("old/2024-02-01-000000-0000_fill/up_mysql.sql", "");
    project.write("old/2024-03-01-000000_later/up.sql", "-- nothing yet\n");
    assert_snapshot!(project.cargo(&["import", "diesel", "old", "--dry-run"]), @r#"
    schema/src/versions/00000000000000_diesel_initial_setup.up.sql
    schema/src/versions/00000000000000_diesel_initial_setup.down.sql
    schema/src/versions/20160101000000_create_users.up.sql
    schema/src/versions/20240101000000_Index_users.up.sql
    schema/src/versions/20240101000000_Index_users.down.sql
    schema/src/versions/202402010000000000_fill.up.sql
    schema/src/versions/202402010000000000_fill.down.sql
    schema/src/versions/20240301000000_later.up.sql
    ! note: old/20160101000000_create_users becomes irreversible: its down.sql has no statement
    ! note: old/2024-02-01-000000-0000_fill/metadata.toml can't be read, so that Diesel takes no notice of it: invalid type: string "no", expected a boolean
    ! note: old/2024-02-01-000000-0000_fill/up_mysql.sql is not taken over: Diesel does not run it either
    ! nothing was written: --dry-run
    exit 0
    "#);
    assert_eq!(project.files(), Vec::<String>::new());
    assert_snapshot!(project.cargo(&["import", "diesel", "old"]), @r#"
    schema/src/versions/00000000000000_diesel_initial_setup.up.sql
    schema/src/versions/00000000000000_diesel_initial_setup.down.sql
    schema/src/versions/20160101000000_create_users.up.sql
    schema/src/versions/20240101000000_Index_users.up.sql
    schema/src/versions/20240101000000_Index_users.down.sql
    schema/src/versions/202402010000000000_fill.up.sql
    schema/src/versions/202402010000000000_fill.down.sql
    schema/src/versions/20240301000000_later.up.sql
    ! note: old/20160101000000_create_users becomes irreversible: its down.sql has no statement
    ! note: old/2024-02-01-000000-0000_fill/metadata.toml can't be read, so that Diesel takes no notice of it: invalid type: string "no", expected a boolean
    ! note: old/2024-02-01-000000-0000_fill/up_mysql.sql is not taken over: Diesel does not run it either
    ! A database that Diesel has migrated is taken over with: migrate adopt --from diesel
    exit 0
    "#);
    let files = project.files();
    let texts: Vec<String> = files
        .iter()
        .map(|name| {
            let text = fs::read_to_string(project.0.path().join(VERSIONS).join(name));
            format!("{name}\n{}", text.expect("a file"))
        })
        .collect();
    assert_snapshot!(texts.join("----\n"), @r#"
    00000000000000_diesel_initial_setup.down.sql
    -- Take back: Diesel initial setup

    DROP FUNCTION f();
    ----
    00000000000000_diesel_initial_setup.up.sql
    -- revision: 00000000000000, down_revision: None
    -- Diesel initial setup

    CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$SELECT 1$$;
    ----
    20160101000000_create_users.up.sql
    -- revision: 20160101000000, down_revision: 00000000000000
    -- irreversible: its down.sql has no statement
    -- Create users

    -- Your SQL goes here
    CREATE TABLE users (id int);
    ----
    20240101000000_Index_users.down.sql
    -- Take back: Index users

    DROP INDEX i;
    ----
    20240101000000_Index_users.up.sql
    -- revision: 20240101000000, down_revision: 20160101000000, transaction: false
    -- Index users

    CREATE INDEX CONCURRENTLY i ON users (id);
    ----
    202402010000000000_fill.down.sql
    -- Take back: Fill

    -- nothing
    -- undo_nothing
    ----
    202402010000000000_fill.up.sql
    -- revision: 202402010000000000, down_revision: 20240101000000
    -- Fill

    UPDATE users SET id = 1;
    ----
    20240301000000_later.up.sql
    -- revision: 20240301000000, down_revision: 202402010000000000
    -- irreversible: 2024-03-01-000000_later came without a down.sql
    -- Later

    -- nothing yet

    SELECT 1; -- there was no statement
    "#);
    // Once more would be the same revisions again.
    assert_snapshot!(project.cargo(&["import", "diesel", "old"]), @r#"
    ! error: there is a revision `00000000000000` already
    !   caused by: old/00000000000000_diesel_initial_setup/up.sql would have its id
    exit 1
    "#);
    assert_eq!(project.files(), files);
}

#[test]
fn folders_of_diesel_that_cant_be_taken_over_are_refused_with_their_places() {
    let project = project();
    project.write("old/2024-01-01-000000_a/up.sql", "SELECT 1;");
    project.write("old/20240101000000_b/up.sql", "SELECT 1;");
    project.write("old/2_empty/up.sql", "");
    project.write("old/3_rust/up.rs", "");
    project.write("old/4_nothing/down.sql", "SELECT 1");
    project.write("old/5_begin/up.sql", "BEGIN;\nSELECT 1;\nCOMMIT;");
    project.write("old/_no_version/up.sql", "SELECT 1");
    project.write("old/6.1_dots/up.sql", "SELECT 1");
    project.write("old/7_latin/up.sql", "");
    fs::write(project.0.path().join("old/7_latin/up.sql"), b"SELECT 1;\n\xff").expect("a file");
    project.write("old/postgres/2024-01-01-000000_a/up.sql", "SELECT 1;");
    let before = project.files();
    assert_snapshot!(project.cargo(&["import", "diesel", "old"]), @r#"
    ! error: the files in old can't be taken over
    !   caused by: the name of old/_no_version begins with no version that can stand in the name of a file
    !   caused by: old/2_empty/up.sql is empty
    !   caused by: old/2024-01-01-000000_a and old/20240101000000_b have one version, `20240101000000`
    !   caused by: old/3_rust has no up.sql, but Rust: write that as a migration of its own, and move the folder away
    !   caused by: old/4_nothing has no up.sql; Diesel refuses such a folder, too
    !   caused by: old/5_begin/up.sql:1: `BEGIN` begins or ends a transaction, which is the runner's to do: take it away
    !   caused by: old/5_begin/up.sql:3: `COMMIT` begins or ends a transaction, which is the runner's to do: take it away
    !   caused by: the name of old/6.1_dots begins with no version that can stand in the name of a file
    !   caused by: old/7_latin/up.sql:2: this is not UTF-8
    !   caused by: old/postgres has no up.sql, but its folders have: is it the one that is meant?
    ! hint: mend them there, then say it again; nothing was written
    exit 1
    "#);
    assert_snapshot!(project.cargo(&["import", "diesel", "nowhere"]), @r#"
    ! error: cannot read nowhere
    !   caused by: No such file or directory (os error 2)
    exit 1
    "#);
    project.write("none/.gitkeep", "");
    assert_snapshot!(project.cargo(&["import", "diesel", "none"]), @r#"
    ! error: there are no migrations of Diesel in none
    exit 1
    "#);
    assert_eq!(project.files(), before);
}
