//! The same strings through scripts: what `psql`, `sqlite3` and `mariadb` make of them is what a run makes of them.

use migrate_core::{Error, Migrator, run::ScriptOf};
use tests::{Backend, Database, told};

use crate::places::{Place, arrived};
use crate::{Setting, at_first, every_place, given, is_refusal};

/// `Ok(false)` is a refusal to write the script.
fn holds(database: &Database, place: Place, text: &str) -> Result<bool, String> {
    let (chain, message) = given(place, text);
    let migrator = Migrator::new(&chain);
    let script = |of| match migrator.script(database.backend().dialect(), of) {
        Ok(script) => Ok(Some(script.text)),
        Err(error) if is_refusal(&error) || matches!(error, Error::Unscriptable { .. }) => Ok(None),
        Err(error) => Err(told(&error)),
    };
    let up = script(ScriptOf::Upgrade("a:head"))?;
    let down = script(ScriptOf::Downgrade("head:a"))?;
    let (Some(up), Some(down)) = (up, down) else { return Ok(false) };
    database.feed(&up)?;
    arrived(database, place, if place == Place::Message { message } else { text })?;
    database.feed(&down).map_err(|error| format!("down: {error}"))?;
    Ok(true)
}

fn fed(backend: Backend, setting: Setting) {
    every_place(backend, 6, || at_first(backend, setting), holds);
}

#[test]
fn hostile_strings_arrive_by_a_script_for_sqlite3() {
    fed(Backend::Sqlite, Setting::None);
}

#[test]
fn hostile_strings_arrive_by_a_script_for_psql() {
    fed(Backend::Postgres, Setting::Database("standard_conforming_strings = off"));
}

#[test]
fn hostile_strings_arrive_by_a_script_for_mariadb() {
    fed(Backend::Mariadb, Setting::None);
}
