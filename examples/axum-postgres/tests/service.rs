//! The service as a process, on a real server.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
};

use axum_postgres::CHAIN;
use migrate_core::{Migrator, prelude::*};
use serde_json::{Value, json};
use tests::{Backend, Database};

/// A service that runs until the value is gone.
struct Service {
    process: Child,
    address: String,
    /// What it said before it listened.
    said: Vec<String>,
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn program(database: &Database, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_axum-postgres"));
    command.args(words).env("DATABASE_URL", database.url()).env("LISTEN", "127.0.0.1:0");
    command.stderr(Stdio::piped());
    command
}

fn start(database: &Database, words: &[&str]) -> Service {
    let process = program(database, words).spawn().expect("the service");
    let mut service = Service { process, address: String::new(), said: Vec::new() };
    let stderr = BufReader::new(service.process.stderr.take().expect("what it says"));
    for line in stderr.lines() {
        let line = line.expect("text");
        if let Some(address) = line.strip_prefix("listening on ") {
            service.address = address.to_owned();
            return service;
        }
        service.said.push(line);
    }
    panic!("it does not listen: {:?}", service.said);
}

impl Service {
    /// The status and the body of the answer.
    fn ask(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).expect("a connection");
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: example\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).expect("a request");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        (status.expect("a status"), body.to_owned())
    }
}

fn is_left_out() -> bool {
    // As said on the command line.
    !tests::backends().contains(&Backend::Postgres)
}

#[test]
fn it_migrates_before_it_listens_and_serves_on_what_it_has_made() {
    if is_left_out() {
        return;
    }
    let database = Database::fresh(Backend::Postgres);
    let service = start(&database, &[]);
    assert_eq!(service.said, ["migrated: Create notes", "migrated: Add the time to notes"]);
    assert_eq!(service.ask("GET", "/health", ""), (200, "fine".to_owned()));
    let (status, note) = service.ask("POST", "/notes", r#"{"body": "remember the milk"}"#);
    let note: Value = serde_json::from_str(&note).expect("JSON");
    assert_eq!((status, &note), (201, &json!({"id": 1, "body": "remember the milk"})));
    let (_, notes) = service.ask("GET", "/notes", "");
    assert_eq!(serde_json::from_str::<Value>(&notes).expect("JSON"), json!([note]));
    // The next one finds it done.
    assert!(start(&database, &[]).said.is_empty());

    // Somebody takes the schema back below it: no more requests, please.
    let mut connection = database.postgres();
    Migrator::new(&CHAIN).downgrade(&mut connection, "71c9e2d04b13").expect("a downgrade");
    let (status, why) = service.ask("GET", "/health", "");
    assert_eq!(status, 503);
    assert!(why.contains("a migration of this program is not applied: e05f8ab62c47"), "{why}");
}

#[test]
fn with_check_it_refuses_to_start_on_another_schema_and_touches_nothing() {
    if is_left_out() {
        return;
    }
    let database = Database::fresh(Backend::Postgres);
    let refused = program(&database, &["--check"]).output().expect("the service");
    let said = String::from_utf8(refused.stderr).expect("text");
    assert_eq!(
        said,
        "error: the database is at base, and 2 migrations of this program are not applied: 71c9e2d04b13, e05f8ab62c47 \
         (`migrate upgrade` applies what is missing)\n"
    );
    assert_eq!(refused.status.code(), Some(1));
    assert!(!database.dump().contains("CREATE TABLE"));

    let mut connection = database.postgres();
    Migrator::new(&CHAIN).upgrade(&mut connection, "head").expect("an upgrade");
    let service = start(&database, &["--check"]);
    assert_eq!(service.ask("GET", "/health", "").0, 200);

    // The job of the next release migrates, and this one serves on.
    let next = tests::revision("next", &["e05f8ab62c47"], |op| {
        op.add_column("notes", text("author").nullable());
    });
    let later = tests::chain(CHAIN.revisions().iter().copied().chain([next]).collect());
    Migrator::new(&later).upgrade(&mut connection, "head").expect("an upgrade");
    assert_eq!(service.ask("GET", "/health", ""), (200, "fine".to_owned()));
}

#[test]
fn several_that_start_at_once_migrate_once() {
    if is_left_out() {
        return;
    }
    let database = Database::fresh(Backend::Postgres);
    let said: Vec<usize> = std::thread::scope(|scope| {
        let starts: Vec<_> =
            (0..3).map(|_| scope.spawn(|| start(&database, &[]).said.len())).collect();
        starts.into_iter().map(|start| start.join().expect("a service")).collect()
    });
    assert_eq!(said.iter().sum::<usize>(), 2, "{said:?}");
}
