//! `mirror` on real servers: what was simulated is what is there.

use migrate_core::backend::{Scope, canonical, normalize};
use migrate_core::catalog::Catalog;
use migrate_core::op::apply_all;
use migrate_core::{Dialect, Migrator, Revision};
use tests::difference::differences;
use tests::examples::{Example, examples, rich, rich_catalog};
use tests::{Backend, Database, backends, chain, revision, told};

use crate::servers::{database, refused};

/// Compares a database with what it should be. These are the two, as far as the database can keep them.
pub(crate) fn mirror(database: &Database, expected: &Catalog) -> Result<[Catalog; 2], String> {
    let mut connection = database.connect();
    let connection = &mut *connection;
    let dialect = connection.detect().map_err(|error| error.to_string())?;
    let told = |what: &str, error: migrate_core::backend::ReflectError| format!("{what}: {error}");
    let schemas = expected.schemas.iter();
    let scope = schemas.fold(Scope::default(), |scope, schema| scope.schema(schema));
    let found = connection.reflect(&scope).map_err(|error| told("reflect", error))?;
    let expected = canonical(connection, expected).map_err(|error| told("canonical", error))?;
    let sides = [normalize(dialect, &expected), normalize(dialect, &found.catalog)];
    let mut lines = differences(&sides[0], &sides[1]);
    // What can't be read can't be compared, and must not pass for equal.
    let unknown = found.catalog.opaque.difference(&expected.opaque);
    for name in unknown {
        let reasons = found.unread.iter().filter(|one| one.of == *name);
        lines.extend(reasons.map(ToString::to_string));
    }
    if lines.is_empty() { Ok(sides) } else { Err(lines.join("\n  ")) }
}

fn holds(example: Example, database: &Database, dialect: Dialect) -> Result<(), String> {
    let before = rich_catalog(dialect);
    let mut after = before.clone();
    apply_all(&example.record(dialect), &mut after)
        .map_err(|error| format!("does not fit: {}", error.what))?;
    let second = Revision { transaction: !example.outside, ..revision("b", &["a"], example.ops) };
    let chain = chain(vec![revision("a", &[], rich), second]);
    let mut migrator = Migrator::new(&chain);
    let mut connection = database.connect();
    let upgraded = migrator.upgrade(&mut *connection, "head");
    if let Some(words) = example.refusal(dialect) {
        refused(words, upgraded.err())?;
        return mirror(database, &before).map(drop).map_err(|lines| format!("refused\n  {lines}"));
    }
    upgraded.map_err(|error| format!("up: {}", told(&error)))?;
    mirror(database, &after).map_err(|lines| format!("up\n  {lines}"))?;
    migrator.downgrade(&mut *connection, "a").map_err(|error| format!("down: {}", told(&error)))?;
    if after.opaque.is_empty() {
        mirror(database, &before).map_err(|lines| format!("down\n  {lines}"))?;
    }
    Ok(())
}

/// The examples of some kinds, so that several can be tried at a time.
fn mirrored(backend: Backend, part: usize) {
    if !backends().contains(&backend) {
        return;
    }
    let mut shared = database(backend);
    let dialect = backend.dialect();
    if let Err(lines) = mirror(&shared, &rich_catalog(dialect)) {
        panic!("the rich schema on {backend}\n  {lines}");
    }
    let mut faults = Vec::new();
    for example in examples().into_iter().skip(part).step_by(PARTS) {
        let result = holds(example, &shared, dialect);
        // What leaves everything as it was leaves it for the next one.
        if result.is_err() || !example.touches.is_empty() {
            shared = database(backend);
        }
        if let Err(fault) = result {
            faults.push(format!("{}, {}: {fault}", example.kind, example.name));
        }
    }
    assert!(faults.is_empty(), "{} faults on {backend}\n{}", faults.len(), faults.join("\n\n"));
}

const PARTS: usize = 8;

macro_rules! parts {
    ($($part:literal: $on_sqlite:ident $on_postgres:ident $on_mariadb:ident;)*) => {
        $(
            #[test]
            fn $on_sqlite() {
                mirrored(Backend::Sqlite, $part);
            }

            #[test]
            fn $on_postgres() {
                mirrored(Backend::Postgres, $part);
            }

            #[test]
            fn $on_mariadb() {
                mirrored(Backend::Mariadb, $part);
            }
        )*
    };
}
parts! {
    0: what_is_simulated_is_there_on_sqlite_0 what_is_simulated_is_there_on_postgres_0 what_is_simulated_is_there_on_mariadb_0;
    1: what_is_simulated_is_there_on_sqlite_1 what_is_simulated_is_there_on_postgres_1 what_is_simulated_is_there_on_mariadb_1;
    2: what_is_simulated_is_there_on_sqlite_2 what_is_simulated_is_there_on_postgres_2 what_is_simulated_is_there_on_mariadb_2;
    3: what_is_simulated_is_there_on_sqlite_3 what_is_simulated_is_there_on_postgres_3 what_is_simulated_is_there_on_mariadb_3;
    4: what_is_simulated_is_there_on_sqlite_4 what_is_simulated_is_there_on_postgres_4 what_is_simulated_is_there_on_mariadb_4;
    5: what_is_simulated_is_there_on_sqlite_5 what_is_simulated_is_there_on_postgres_5 what_is_simulated_is_there_on_mariadb_5;
    6: what_is_simulated_is_there_on_sqlite_6 what_is_simulated_is_there_on_postgres_6 what_is_simulated_is_there_on_mariadb_6;
    7: what_is_simulated_is_there_on_sqlite_7 what_is_simulated_is_there_on_postgres_7 what_is_simulated_is_there_on_mariadb_7;
}
