//! Every place where a migration gives a string: it arrives letter by letter, or is refused before any SQL is sent.
//!
//! What arrived is read back from the database's own catalog or by a query. The same seed draws the same strings:
//! `PROPTEST_RNG_SEED=7 tests/run -p tests --test hostile` takes another, `PROPTEST_CASES=2560` ten times as many.

mod places;
mod scripts;
mod strings;
mod values;

use std::cell::RefCell;

use migrate_core::{Chain, Error, Migrator, Revision};
use places::{Place, arrived, first, give, upgrade};
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};
use tests::{Backend, Database, backends, chain, revision, told};

/// A setting under which a server reads text in its own way.
#[derive(Clone, Copy, Debug)]
enum Setting {
    /// As it comes.
    None,
    /// Of the database, for every connection.
    Database(&'static str),
    /// Of the connection that the migrations get.
    Session(&'static str),
}

/// The chain that gives a string at a place, and the message of its second revision.
fn given(place: Place, text: &str) -> (Chain, &'static str) {
    give(place, text);
    let message: &'static str = if place == Place::Message {
        // The log shows it, since no database keeps it in text.
        text.replace('\0', "␀").leak()
    } else {
        "b"
    };
    let second = Revision { message, ..revision("b", &["a"], upgrade) };
    (chain(vec![revision("a", &[], first), second]), message)
}

/// Whether an error is a refusal before any SQL.
fn is_refusal(error: &Error) -> bool {
    matches!(error, Error::NotHere { .. } | Error::DoesNotFit { .. } | Error::NoInverse { .. })
}

/// `Ok(false)` is a refusal before any SQL.
fn holds(database: &Database, setting: Setting, place: Place, text: &str) -> Result<bool, String> {
    let (chain, message) = given(place, text);
    let mut migrator = Migrator::new(&chain);
    let mut connection = database.connect();
    let connection = &mut *connection;
    if let Setting::Session(setting) = setting {
        connection.batch(setting).map_err(|error| error.to_string())?;
    }
    match migrator.upgrade(connection, "head") {
        Ok(_) => {}
        Err(error) if is_refusal(&error) => return Ok(false),
        Err(error) => return Err(told(&error)),
    }
    arrived(database, place, if place == Place::Message { message } else { text })?;
    migrator.downgrade(connection, "a").map_err(|error| format!("down: {}", told(&error)))?;
    Ok(true)
}

/// The strings of the run: the same ones each time, unless another seed is asked for.
fn config(cases: u32) -> Config {
    let chosen = Config::default();
    let rng_seed = match chosen.rng_seed {
        RngSeed::Random => RngSeed::Fixed(0x0bad),
        RngSeed::Fixed(seed) => RngSeed::Fixed(seed),
    };
    let cases = cases * (chosen.cases / 256).max(1);
    Config { cases, rng_seed, failure_persistence: None, max_shrink_iters: 60, ..chosen }
}

/// Strings at every place; `holds` says whether one was kept, and `fresh` makes what it is tried on.
fn every_place<T>(
    backend: Backend,
    cases: u32,
    fresh: impl Fn() -> T,
    holds: impl Fn(&T, Place, &str) -> Result<bool, String>,
) {
    if !backends().contains(&backend) {
        return;
    }
    let subject = RefCell::new(fresh());
    let config = config(cases);
    let mut faults = Vec::new();
    for place in Place::of(backend) {
        let (kept, refused) = (RefCell::new(0), RefCell::new(0));
        let result = TestRunner::new(config.clone()).run(&strings::texts(), |text| {
            let outcome = holds(&subject.borrow(), place, &text);
            match outcome {
                Ok(true) => *kept.borrow_mut() += 1,
                Ok(false) => *refused.borrow_mut() += 1,
                Err(fault) => {
                    subject.replace(fresh());
                    return Err(TestCaseError::fail(fault));
                }
            }
            Ok(())
        });
        #[allow(clippy::print_stdout, reason = "how much was tried, for --nocapture")]
        {
            println!("{backend} {place:?}: {} kept, {} refused", kept.borrow(), refused.borrow());
        }
        if let Err(error) = result {
            faults.push(format!("{place:?}: {error}"));
        } else if kept.into_inner() * 3 < config.cases {
            faults.push(format!("{place:?}: hardly anything was kept"));
        }
    }
    assert!(faults.is_empty(), "{} places on {backend}\n{}", faults.len(), faults.join("\n\n"));
}

/// With connections of the library.
fn live(backend: Backend, setting: Setting, cases: u32) {
    let fresh = || at_first(backend, setting);
    every_place(backend, cases, fresh, |database, place, text| {
        holds(database, setting, place, text)
    });
}

/// A database at the first revision.
fn at_first(backend: Backend, setting: Setting) -> Database {
    let database = Database::fresh(backend);
    if let Setting::Database(setting) = setting {
        database.execute(&format!("ALTER DATABASE {} SET {setting}", database.name()));
    }
    let chain = chain(vec![revision("a", &[], first)]);
    let done = Migrator::new(&chain).upgrade(&mut *database.connect(), "head");
    done.unwrap_or_else(|error| panic!("{}", told(&error)));
    database
}

#[test]
fn hostile_strings_arrive_on_sqlite() {
    live(Backend::Sqlite, Setting::None, 24);
}

#[test]
fn hostile_strings_arrive_on_postgres() {
    live(Backend::Postgres, Setting::None, 24);
}

#[test]
fn hostile_strings_arrive_on_postgres_whose_backslashes_escape() {
    live(Backend::Postgres, Setting::Database("standard_conforming_strings = off"), 24);
}

#[test]
fn hostile_strings_arrive_on_mariadb() {
    live(Backend::Mariadb, Setting::None, 16);
}

#[test]
fn hostile_strings_arrive_on_mariadb_that_is_not_strict() {
    live(Backend::Mariadb, Setting::Session("SET SESSION sql_mode = ''"), 9);
}

#[test]
fn hostile_strings_arrive_on_mariadb_whose_double_quotes_are_names() {
    live(Backend::Mariadb, Setting::Session("SET SESSION sql_mode = 'ANSI_QUOTES'"), 9);
}

#[test]
fn hostile_strings_arrive_on_mariadb_whose_backslashes_are_plain() {
    let mode = "SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES'";
    live(Backend::Mariadb, Setting::Session(mode), 9);
}

#[test]
fn hostile_strings_arrive_on_mariadb_over_another_character_set() {
    live(Backend::Mariadb, Setting::Session("SET NAMES latin1"), 9);
}
