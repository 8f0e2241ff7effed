//! `heads`: up any way and down again leaves the version table as it was.

use std::collections::BTreeSet;

use migrate_core::prelude::*;
use migrate_core::{Chain, Migrator, Revision};
use tests::{Backend, Database, chain, revision, told};

fn nothing(op: &mut Ops) {
    op.execute("SELECT 1").undo("SELECT 1");
}

/// ```text
/// a ── b ── d ──┐
///  └── c ───────┴── m ── n      e ── f (f depends on c; its own base)
/// ```
fn graph() -> Chain {
    chain(vec![
        revision("a", &[], nothing),
        revision("b", &["a"], nothing),
        revision("c", &["a"], nothing),
        revision("d", &["b"], nothing),
        revision("m", &["d", "c"], nothing),
        revision("n", &["m"], nothing),
        revision("e", &[], nothing),
        Revision { depends_on: &["c"], ..revision("f", &["e"], nothing) },
    ])
}

const IDS: [&str; 8] = ["a", "b", "c", "d", "m", "n", "e", "f"];

fn rows(database: &Database) -> String {
    let rows = database.values("SELECT version_num AS value FROM __migrate_version ORDER BY 1");
    rows.join(" ")
}

/// The rows are the tips of what is applied, whatever was done.
fn agree(migrator: &mut Migrator<'_>, chain: &Chain, database: &Database) {
    let status = migrator.status(&mut database.sqlite()).expect("a status");
    let tips = chain.graph().expect("a chain").maximal(&status.applied);
    assert_eq!(tips.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(" "), rows(database));
}

#[test]
fn up_any_way_and_down_again_leaves_the_version_table() {
    let chain = graph();
    let graph = chain.graph().expect("a chain");
    for (first, second) in IDS.iter().flat_map(|first| IDS.map(|second| (*first, second))) {
        let database = Database::fresh(Backend::Sqlite);
        let connection = &mut database.sqlite();
        let mut migrator = Migrator::new(&chain);
        let words = |error| panic!("{first}, {second}: {}", told(&error));
        migrator.upgrade(connection, first).unwrap_or_else(words);
        agree(&mut migrator, &chain, &database);
        let before = rows(&database);

        let report = migrator.upgrade(connection, second).unwrap_or_else(words);
        agree(&mut migrator, &chain, &database);
        let above = graph.descendants(&BTreeSet::from([first.into()]));
        let is_above = |id: &str| above.iter().any(|other| other.as_str() == id);
        if !report.steps.is_empty() && report.steps.iter().all(|step| is_above(step.revision.id)) {
            let down = migrator.downgrade(connection, first).unwrap_or_else(words);
            assert_eq!(rows(&database), before, "{first}, {second}");
            let mut back: Vec<&str> = down.steps.iter().map(|step| step.revision.id).collect();
            back.reverse();
            let done: Vec<&str> = report.steps.iter().map(|step| step.revision.id).collect();
            assert_eq!(back, done);
        }
        migrator.downgrade(connection, "base").unwrap_or_else(words);
        agree(&mut migrator, &chain, &database);
        assert_eq!(rows(&database), "");
    }
}

#[test]
fn all_up_and_all_down_in_one_transaction_or_many() {
    let graph = graph();
    for single_transaction in [false, true] {
        let database = Database::fresh(Backend::Sqlite);
        let options = migrate_core::Options { single_transaction, ..Default::default() };
        let mut migrator = Migrator::new(&graph).with(options);
        let connection = &mut database.sqlite();
        migrator.upgrade(connection, "heads").unwrap_or_else(|error| panic!("{}", told(&error)));
        assert_eq!(rows(&database), "f n");
        migrator.downgrade(connection, "base").unwrap_or_else(|error| panic!("{}", told(&error)));
        assert_eq!(rows(&database), "");
        let log = database
            .values("SELECT direction || ' ' || revision AS value FROM __migrate_log ORDER BY id");
        let (up, down) = log.split_at(8);
        let mut back: Vec<String> =
            down.iter().map(|line| line.replace("downgrade", "upgrade")).collect();
        back.reverse();
        assert_eq!(up, back);
    }
}
