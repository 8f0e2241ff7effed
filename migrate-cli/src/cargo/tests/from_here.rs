//! Revisions that are counted from where the database is.

use insta::assert_snapshot;
use migrate_core::diesel::{Connection, SqliteConnection, connection::SimpleConnection};

use super::*;

#[test]
fn the_editor_opens_what_the_database_is_at() {
    let project = Sources::new(&FORK[..2]);
    // An editor that nobody can mistake: it leaves its mark.
    let edit = |line: &[&str]| {
        project.surrounded("", line, |environment| {
            let editor = "sh -c 'echo // seen >> \"$0\"'".to_owned();
            environment.variables.insert("EDITOR".to_owned(), editor);
        })
    };
    assert_snapshot!(edit(&["edit", "current"]), @r#"
    ! Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)
    ! error: `current` is no revision to edit
    exit 1
    "#);
    assert_snapshot!(edit(&["edit", "-1"]), @r#"
    ! Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)
    ! error: `-1` goes too far: nothing lies below base
    exit 1
    "#);
    let file = project.0.path().join("migrate.db");
    let mut database =
        SqliteConnection::establish(file.to_str().expect("a path")).expect("a database");
    let rows = "CREATE TABLE __migrate_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY); \
                INSERT INTO __migrate_version VALUES ('aaaa')";
    database.batch_execute(rows).expect("a row");
    assert_snapshot!(edit(&["edit", "+2"]), @r#"
    ! Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)
    ! error: `+2` goes too far: only one revision lies above `aaaa`
    exit 1
    "#);
    assert_snapshot!(edit(&["edit", "+1"]), @r#"
    ! Database: sqlite:///migrate.db (the default: DATABASE_URL is not set)
    exit 0
    "#);
    assert!(project.last().ends_with("// seen\n"));
    // Whether the server or the driver is missing, depends on the build.
    let away = edit(&["--database-url", "postgres://me:secret@localhost:1/x", "edit", "current"]);
    assert!(away.contains("where `current` is, only the database knows"), "{away}");
    assert!(
        away.contains("hint: name the revision by its id") && !away.contains("secret"),
        "{away}"
    );
}
