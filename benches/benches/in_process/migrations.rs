//! 1,000 migrations in a line: a table of six columns, a column more, an index, in turn. They are simulated as values, and
//! written as a script.

use divan::Bencher;
use migrate_core::prelude::*;
use migrate_core::revision::RevisionId;
use migrate_core::run::{Migrator, ScriptOf, schema};
use migrate_core::{Dialect, Revision};

use crate::graph::{chain, ids, leak};

#[divan::bench]
fn simulation(bencher: Bencher<'_, '_>) {
    let revisions = revisions();
    let all = revisions.iter().map(|revision| RevisionId::from(revision.id)).collect();
    bencher
        .with_inputs(|| chain(revisions))
        .bench_refs(|chain| schema(chain, Dialect::Sqlite, &all).expect("migrations that fit"));
}

#[divan::bench(args = [Dialect::Sqlite, Dialect::Postgres, Dialect::Mariadb])]
fn sql(bencher: Bencher<'_, '_>, dialect: Dialect) {
    let revisions = revisions();
    bencher.with_inputs(|| chain(revisions)).bench_refs(|chain| {
        let script = Migrator::new(chain).script(dialect, ScriptOf::Upgrade("head"));
        script.expect("migrations that fit")
    });
}

fn revisions() -> &'static [Revision] {
    let upgrades = upgrades();
    let ids = ids(upgrades.len());
    let revisions = upgrades.into_iter().enumerate().map(|(number, upgrade)| Revision {
        id: ids[number],
        down_revision: &ids[number.saturating_sub(1)..number],
        message: leak(format!("Change {number}")),
        stem: leak(format!("20240101_{number:06}_{}_change", ids[number])),
        upgrade,
        ..Revision::FAULTY
    });
    revisions.collect::<Vec<_>>().leak()
}

/// A migration is a function of nothing but the ops, so its number is in its type.
fn upgrade<const NUMBER: usize>(op: &mut Ops) {
    change(NUMBER, op);
}

fn change(number: usize, op: &mut Ops) {
    let name = &*format!("table_{:04}", number / 3);
    match number % 3 {
        0 => drop(
            op.create_table(
                table(name)
                    .column(bigint("id").primary_key())
                    .column(text("symbol"))
                    .column(integer("quantity"))
                    .column(boolean("open"))
                    .column(text("notes").nullable())
                    .column(timestamp("created_at")),
            ),
        ),
        1 => drop(op.add_column(name, text("comment").nullable())),
        _ => drop(op.create_index(index(&format!("idx_{name}")).on(name, ["symbol"]))),
    }
}

macro_rules! ten {
    ($make:ident $($before:literal)*) => {
        [
            $make!($($before)* 0), $make!($($before)* 1), $make!($($before)* 2), $make!($($before)* 3),
            $make!($($before)* 4), $make!($($before)* 5), $make!($($before)* 6), $make!($($before)* 7),
            $make!($($before)* 8), $make!($($before)* 9),
        ]
    };
}

macro_rules! hundreds {
    ($hundreds:literal) => { ten!(tens $hundreds) };
}

macro_rules! tens {
    ($hundreds:literal $tens:literal) => { ten!(ones $hundreds $tens) };
}

macro_rules! ones {
    ($hundreds:literal $tens:literal $ones:literal) => {
        upgrade::<{ 100 * $hundreds + 10 * $tens + $ones }> as fn(&mut Ops)
    };
}

/// One for each number below 1,000.
fn upgrades() -> Vec<fn(&mut Ops)> {
    ten!(hundreds).into_iter().flatten().flatten().collect()
}
