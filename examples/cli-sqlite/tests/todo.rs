//! The program as somebody uses it, on files of each release.

use std::{path::Path, process::Command};

use cli_sqlite::CHAIN;
use diesel::{Connection, SqliteConnection, connection::SimpleConnection};
use migrate_core::Migrator;

/// What it prints, and whether it went well.
fn todo(file: &Path, words: &[&str]) -> (String, String, bool) {
    let output = Command::new(env!("CARGO_BIN_EXE_todo")).arg(file).args(words).output();
    let output = output.expect("the program");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    let stderr = text(output.stderr).replace(&file.display().to_string(), "FILE");
    (text(output.stdout), stderr, output.status.success())
}

fn connect(file: &Path) -> SqliteConnection {
    SqliteConnection::establish(file.to_str().expect("a path")).expect("a file")
}

#[test]
fn a_new_file_is_made_and_used() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("todo.db");
    let (_, stderr, _) = todo(&file, &["add", "buy milk"]);
    assert_eq!(stderr, "FILE: Create tasks\nFILE: Add a priority to tasks\n");
    assert_eq!(
        todo(&file, &["add", "put out the fire", "9"]),
        (String::new(), String::new(), true)
    );
    assert!(todo(&file, &["done", "1"]).2);
    let (stdout, ..) = todo(&file, &["list"]);
    assert_eq!(stdout, "  2 [ ] put out the fire\n  1 [x] buy milk\n");
    assert_eq!(todo(&file, &["done", "7"]).1, "error: there is no task 7\n");
}

#[test]
fn a_file_of_the_first_release_is_brought_along_with_what_is_in_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("todo.db");
    let mut connection = connect(&file);
    Migrator::new(&CHAIN).upgrade(&mut connection, "5f1c0a7be201").expect("the first release");
    connection.batch_execute("INSERT INTO tasks (title) VALUES ('from then')").expect("a task");
    drop(connection);
    let (stdout, stderr, _) = todo(&file, &["list"]);
    assert_eq!(
        (stdout.as_str(), stderr.as_str()),
        ("  1 [ ] from then\n", "FILE: Add a priority to tasks\n")
    );
}

#[test]
fn a_file_of_a_later_release_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("todo.db");
    todo(&file, &["list"]);
    connect(&file)
        .batch_execute("UPDATE __migrate_version SET version_num = 'feedc0ffee01'")
        .expect("a later revision");
    let (stdout, stderr, went_well) = todo(&file, &["add", "too early"]);
    assert!(!went_well && stdout.is_empty());
    assert!(stderr.contains("`feedc0ffee01`, which is no revision here"), "{stderr}");
}
