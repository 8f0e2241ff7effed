//! The program on both runtimes, on a real server.

use std::process::Command;

use tests::{Backend, Database};

/// What it prints, and whether it went well.
fn greet(database: &Database, runtime: &str, name: &str) -> (String, bool) {
    let program = env!("CARGO_BIN_EXE_async-example");
    let output = Command::new(program)
        .args([runtime, name])
        .env("DATABASE_URL", database.url())
        .output()
        .expect("the program");
    let text = String::from_utf8([output.stdout, output.stderr].concat()).expect("text");
    (text, output.status.success())
}

#[test]
fn it_migrates_and_goes_on_with_the_same_connection_on_each_runtime() {
    if !tests::backends().contains(&Backend::Postgres) {
        return; // as said on the command line
    }
    for runtime in ["current-thread", "multi-thread"] {
        let database = Database::fresh(Backend::Postgres);
        assert_eq!(
            greet(&database, runtime, "Grace"),
            (
                "Create visitors\nWelcome the first visitor\nGrace has come by 1 times\n"
                    .to_owned(),
                true
            ),
            "{runtime}"
        );
        // What the migration's own code has done.
        let (text, _) = greet(&database, runtime, "Ada");
        assert_eq!(text, "Ada has come by 2 times\n", "{runtime}");
        // Somebody else's table in the way.
        let database = Database::fresh(Backend::Postgres);
        database.execute("CREATE TABLE visitors (name TEXT)");
        let (text, went_well) = greet(&database, runtime, "Grace");
        assert!(!went_well && text.contains("no version table"), "{runtime}: {text}");
    }
}
