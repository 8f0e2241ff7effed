//! The graph of a chain with a fifth of merges: planned all the way up and down, and listed.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io;

use divan::Bencher;
use migrate_cli::config::Environment;
use migrate_cli::ui::Ui;
use migrate_core::revision::{self, RevisionId, RevisionSpec, Rules, Symbol};
use migrate_core::{Chain, Revision};

const SIZES: [usize; 3] = [1_000, 10_000, 50_000];

#[divan::bench(args = SIZES, sample_count = 20)]
fn upgrade_head(bencher: Bencher<'_, '_>, count: usize) {
    let (revisions, none, head) = (revisions(count), BTreeSet::new(), symbol(Symbol::Head));
    bencher.with_inputs(|| chain(revisions)).bench_refs(|chain| {
        let graph = chain.graph().expect("a chain");
        revision::upgrade(graph, &none, &head).expect("a plan")
    });
}

#[divan::bench(args = SIZES, sample_count = 20)]
fn downgrade_base(bencher: Bencher<'_, '_>, count: usize) {
    let (revisions, base) = (revisions(count), symbol(Symbol::Base));
    let all = revisions.iter().map(|revision| RevisionId::from(revision.id)).collect();
    bencher.with_inputs(|| chain(revisions)).bench_refs(|chain| {
        let graph = chain.graph().expect("a chain");
        revision::downgrade(graph, &all, &base).expect("a plan")
    });
}

// The whole command, but for the writing. It wants a chain that lasts, so each round leaks a graph.
#[divan::bench(args = SIZES, sample_count = 10, sample_size = 1)]
fn history(bencher: Bencher<'_, '_>, count: usize) {
    let revisions = revisions(count);
    let arguments = ["migrate", "--quiet", "history"].map(OsString::from);
    let environment = Environment {
        variables: BTreeMap::new(),
        unreadable: Vec::new(),
        folder: std::env::temp_dir(),
        is_debug_build: false,
        host: None,
    };
    let chain = || &*Box::leak(Box::new(chain(revisions)));
    bencher.with_inputs(chain).bench_values(|chain| {
        let mut ui = Ui::new(Box::new(io::sink()), Box::new(io::sink()));
        let code = migrate_cli::run(chain, &arguments, &environment, &mut ui);
        assert_eq!(code, 0, "`migrate history` failed");
    });
}

/// A chain whose graph nobody has built yet.
pub(crate) fn chain(revisions: &'static [Revision]) -> Chain {
    Chain::new(revisions, Rules { multiple_heads: false, multiple_bases: false })
}

fn symbol(symbol: Symbol) -> RevisionSpec {
    RevisionSpec { branch: None, symbol: Some(symbol), offset: 0 }
}

/// Revisions that do nothing, in this shape again and again.
///
/// ```text
/// 0 ──┬── 1 ──┬── 3 ── 4 ── 0
///     └── 2 ──┘
/// ```
fn revisions(count: usize) -> &'static [Revision] {
    let ids = ids(count);
    let revisions = (0..count).map(|number| {
        let parents: &[&str] = match number % 5 {
            _ if number == 0 => &[],
            2 => &ids[number - 2..number - 1],
            3 => &ids[number - 2..number],
            _ => &ids[number - 1..number],
        };
        let stem = leak(format!("20240101_{number:06}_{}_change", ids[number]));
        let file = leak(format!("src/versions/{stem}.rs"));
        let message = leak(format!("Change {number}"));
        Revision {
            id: ids[number],
            down_revision: parents,
            message,
            file,
            stem,
            ..Revision::FAULTY
        }
    });
    revisions.collect::<Vec<_>>().leak()
}

/// The ids of as many revisions.
pub(crate) fn ids(count: usize) -> &'static [&'static str] {
    (0..count).map(|number| leak(format!("{number:012x}"))).collect::<Vec<_>>().leak()
}

/// A chain is made for the life of a program.
pub(crate) fn leak(text: String) -> &'static str {
    text.leak()
}
