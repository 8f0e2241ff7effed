//! `verify`: what it finds of mistakes that real migrations make, and that it finds nothing where there is none.
//!
//! The mistakes are those of `faults`: what was found in 1,138 ways down of Alembic's users, in one migration each.

mod faults;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use migrate_core::prelude::*;
use migrate_core::verify::{self, Live, Offline, Verdict};
use migrate_core::{Chain, Revision};
use tests::{Backend, Database, backends, chain, revision};

/// What is found of the last revision, without a database.
fn offline(chain: &Chain) -> Verdict {
    let id = last(chain).id;
    Offline::new(chain).check(id).expect("a chain").expect("its revision")
}

/// What is found of the last revision when it is tried out, and nothing else.
fn live(chain: &Chain, backend: Backend) -> Verdict {
    let database = Database::fresh(backend);
    let mut scratch = verify::scratch(database.url()).expect("a server");
    let mut verdict = Verdict::new(last(chain));
    let mut live = Live::new(chain, scratch.as_mut()).expect("a database");
    live.check(&mut verdict).unwrap_or_else(|error| panic!("{backend}: {error:?}"));
    verdict
}

fn last(chain: &Chain) -> &'static Revision {
    chain.revisions().last().expect("revisions")
}

/// Findings, line by line, with places that stay.
fn told(verdict: &Verdict) -> Vec<String> {
    let places = regex::Regex::new(r"[^ (]+\.rs:\d+").expect("a pattern");
    let line = |line: &String| places.replace_all(line, "FILE:LINE").into_owned();
    verdict.findings.iter().map(|finding| line(&finding.kind.to_string())).collect()
}

#[test]
fn nothing_is_wrong_with_the_story() {
    for backend in backends() {
        let database = Database::fresh(backend);
        let verdicts = verify::all(&migrations::CHAIN, database.url()).expect("a database");
        assert_eq!(verdicts.len(), migrations::CHAIN.revisions().len());
        for verdict in &verdicts {
            assert_eq!(told(verdict), [""; 0], "{backend} {}", verdict.revision.id);
            // It has a row of its own in each of its tables.
            let unseen = verdict.notes.iter().filter(|note| note.contains("has no rows to check"));
            assert_eq!(unseen.count(), 0, "{backend} {:?}", verdict.notes);
        }
        let losses = verdicts.iter().flat_map(|verdict| &verdict.losses);
        let lost: Vec<String> = losses.map(|loss| format!("{} {}", loss.name(), loss.on)).collect();
        assert!(lost.contains(&"orders.notes on the way down and up".to_owned()), "{lost:?}");
    }
}

/// What the chain `everything` finds in its database.
fn legacy(op: &mut Ops) {
    op.create_table(
        table("legacy")
            .column(bigint("id").primary_key())
            .column(varchar("name", 40))
            .column(bigint("amount")),
    );
    op.create_table(
        table("legacy_notes")
            .column(bigint("id").primary_key())
            .column(bigint("legacy_id").references("legacy", "id"))
            .column(text("words").nullable()),
    );
}

#[test]
fn chains_with_every_kind_of_step_are_verified_to_their_end() {
    for backend in backends() {
        let database = Database::fresh(backend);
        for name in ["everything", "plain", "concurrently", "branches"] {
            let mut revisions = tests::faults::revisions(name);
            if name == "everything" {
                revisions[0].down_revision = &["l"];
                revisions.insert(0, revision("l", &[], legacy));
            }
            let verdicts = verify::all(&chain(revisions), database.url())
                .unwrap_or_else(|error| panic!("{backend} {name}: {error:?}"));
            let kinds: BTreeSet<(&str, &str)> = verdicts
                .iter()
                .flat_map(|verdict| {
                    let id = verdict.revision.id;
                    verdict.findings.iter().map(move |finding| (id, finding.kind.word()))
                })
                .collect();
            if name == "everything" {
                // Its SQL takes back more than it did; its last step wants rows that only its own tests have.
                let lossy = ["r04", "r10", "r16", "r18"].map(|id| (id, "lost"));
                let known: BTreeSet<_> = lossy.into_iter().chain([("r27", "refused")]).collect();
                assert!(kinds.is_subset(&known), "{backend}: {kinds:?}");
                assert!(kinds.contains(&("r04", "lost")), "{backend}: {kinds:?}");
            } else {
                assert!(kinds.is_empty(), "{backend} {name}: {kinds:?}");
            }
            let stopped = verdicts.iter().flat_map(|verdict| &verdict.notes);
            assert!(!stopped.into_iter().any(|note| note.contains("not tried out")), "{backend}");
        }
    }
}

#[test]
fn the_database_of_the_url_is_left_alone_and_nothing_is_left_behind() {
    for backend in backends() {
        let database = Database::fresh(backend);
        database.execute("CREATE TABLE orders (own INTEGER)");
        let (before, there) = (database.dump(), servers(&database));
        verify::all(&chain(faults::lost_default()), database.url()).expect("a database");
        assert_eq!(database.dump(), before, "{backend}");
        assert_eq!(servers(&database), there, "{backend}");
        let told = std::panic::catch_unwind(|| {
            verify::on(&chain(faults::lost_default()), database.url());
        });
        let told = told.expect_err("it has a fault");
        let told = told.downcast_ref::<String>().expect("words");
        assert!(told.contains("the default of column `notes` of `orders`"), "{told}");
        assert_eq!(servers(&database), there, "{backend}");
    }
}

/// A schema of MariaDB is a database, which others use.
#[test]
fn what_lies_in_a_database_that_is_named_is_left_alone() {
    fn notes(op: &mut Ops) {
        op.create_table(table(("verify_elsewhere", "notes")).column(integer("id").primary_key()));
    }
    for backend in backends().into_iter().filter(|backend| *backend == Backend::Mariadb) {
        let database = Database::fresh(backend);
        database.execute("CREATE DATABASE verify_elsewhere");
        let chain = chain(vec![revision("a1", &[], notes)]);
        let verdicts = verify::all(&chain, database.url()).expect("a database");
        let there = "SELECT table_name AS value FROM information_schema.tables WHERE table_schema = 'verify_elsewhere'";
        assert_eq!(database.values(there), [""; 0]);
        let note = &verdicts[0].notes[0];
        assert!(note.starts_with("not tried out, since `verify_elsewhere.notes` would"), "{note}");
        database.execute("DROP DATABASE verify_elsewhere");
    }
}

/// The databases of this process that are tried out on, on the server.
fn servers(database: &Database) -> Vec<String> {
    named(database, &format!("\\_\\_migrate\\_verify\\_{:x}\\_%", std::process::id()))
}

/// The databases on the server whose names are like this.
fn named(database: &Database, like: &str) -> Vec<String> {
    match database.backend() {
        Backend::Sqlite => Vec::new(),
        Backend::Postgres => database.values(&format!(
            "SELECT datname::text AS value FROM pg_database WHERE datname LIKE '{like}'"
        )),
        Backend::Mariadb => {
            let like = like.replace('\\', "\\\\");
            database.values(&format!(
                "SELECT schema_name AS value FROM information_schema.schemata WHERE schema_name LIKE '{like}'"
            ))
        }
    }
}

#[cfg(unix)]
#[test]
fn whoever_interrupts_it_leaves_nothing_behind() {
    for backend in backends().into_iter().filter(|backend| *backend != Backend::Sqlite) {
        let database = Database::fresh(backend);
        let mut migrate = Command::new(tests::binary("story"))
            .args(["verify", "--database-url", database.url()])
            .current_dir(std::env::temp_dir())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("a process");
        let out = migrate.stdout.take().expect("a pipe");
        let mut lines = BufReader::new(out).lines();
        assert!(lines.next().expect("a line").expect("text").starts_with("fine"), "{backend}");
        let kill = Command::new("kill").args(["-INT", &migrate.id().to_string()]).status();
        assert!(kill.expect("kill").success());
        let ended = migrate.wait_with_output().expect("its end");
        let said = String::from_utf8(ended.stderr).expect("text");
        assert_eq!(ended.status.code(), Some(1), "{backend}: {said}");
        assert!(said.ends_with("error: interrupted\n"), "{backend}: {said}");
        let name = said.split('`').nth(1).expect("the name of the database");
        assert!(name.starts_with("__migrate_verify_"), "{backend}: {said}");
        assert_eq!(named(&database, name), [""; 0], "{backend}");
    }
}
