//! Several runners at once on one database: every step runs once, whoever runs it, and a runner that was too
//! late says so and nothing worse.

use std::process::{Command, Output, Stdio};

use tests::{Backend, Database, backends};

const RUNNERS: usize = 4;

fn start(database: &Database) -> std::process::Child {
    Command::new(env!("CARGO_BIN_EXE_story"))
        .args(["upgrade", "head"])
        .env("DATABASE_URL", database.url())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the story's migrate")
}

fn check(backend: Backend) {
    if !backends().contains(&backend) {
        return;
    }
    for _ in 0..3 {
        let database = Database::fresh(backend);
        let runners: Vec<_> = (0..RUNNERS).map(|_| start(&database)).collect();
        let outputs: Vec<Output> = runners
            .into_iter()
            .map(|runner| runner.wait_with_output().expect("its output"))
            .collect();
        for output in outputs.iter().filter(|output| !output.status.success()) {
            let said = String::from_utf8_lossy(&output.stderr);
            for misleading in ["stamp", "--allow-non-empty", "panicked", "log says"] {
                assert!(!said.contains(misleading), "{said}");
            }
        }
        // Whoever was first is through, or was itself overtaken between two steps: then one more run is enough.
        let last = start(&database).wait_with_output().expect("its output");
        assert!(last.status.success(), "{}", String::from_utf8_lossy(&last.stderr));
        let done =
            "SELECT CAST(count(*) AS VARCHAR(9)) AS value FROM __migrate_log WHERE status = 'done'";
        let revisions = migrations::CHAIN.revisions().len().to_string();
        assert_eq!(database.values(done), [revisions]);
        let rows = "SELECT version_num AS value FROM __migrate_version";
        assert_eq!(database.values(rows), ["702b30269094"]);
    }
}

#[test]
fn every_step_runs_once_on_sqlite() {
    check(Backend::Sqlite);
}

#[test]
fn every_step_runs_once_on_postgres() {
    check(Backend::Postgres);
}
