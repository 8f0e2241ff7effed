//! Folders of diesel_migrations, as `cargo migrate import diesel` takes them over: `from/` becomes `made/`, and what
//! the migrations of both make, each run by its own tool, is the same.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use diesel::backend::Backend as DieselBackend;
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use migrate_core::run::adopt::{Ask, Tool};
use migrate_core::{Chain, Migrator};
use tests::{App, Backend, Database, backends, setting, told};

mod sqlite {
    migrate_core::migrations!("tests/import_diesel/made/sqlite");
}

mod postgres {
    migrate_core::migrations!("tests/import_diesel/made/postgres");
}

mod mariadb {
    migrate_core::migrations!("tests/import_diesel/made/mariadb");
}

const ALL: [Backend; 3] = [Backend::Sqlite, Backend::Postgres, Backend::Mariadb];

fn chain(backend: Backend) -> &'static Chain {
    match backend {
        Backend::Sqlite => &sqlite::CHAIN,
        Backend::Postgres => &postgres::CHAIN,
        Backend::Mariadb => &mariadb::CHAIN,
    }
}

fn folder(which: &str, backend: Backend) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/import_diesel")
        .join(which)
        .join(backend.to_string())
}

fn files(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let files = entries.map(|entry| {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
        (name, fs::read_to_string(path).expect("text"))
    });
    files.collect()
}

/// `MIGRATE_UPDATE_IMPORT=1` writes what is made.
#[test]
fn what_is_imported_is_what_is_compiled_here() {
    for backend in ALL {
        let app = App::new("diesel");
        app.write("Cargo.toml", "[package]\nname = 'app'\nedition = '2024'\n");
        app.write("src/lib.rs", "migrate_core::migrations!(\"src/versions\");");
        let from = folder("from", backend);
        app.migrate(&["import", "diesel", from.to_str().expect("text")]);
        let imported = files(&app.path("src/versions"));
        let made = folder("made", backend);
        if setting("MIGRATE_UPDATE_IMPORT").is_some() {
            let _ = fs::remove_dir_all(&made);
            fs::create_dir_all(&made).expect("a folder");
            for (name, text) in &imported {
                fs::write(made.join(name), text).expect("a file");
            }
        }
        assert_eq!(files(&made), imported, "{backend}");
    }
}

/// Runs all of them with diesel_migrations; the versions in its order.
fn diesel<C, B: DieselBackend>(mut connection: C, from: &Path, is_up: bool) -> Vec<String>
where
    C: MigrationHarness<B>,
{
    let source = FileBasedMigrations::from_path(from).expect("migrations");
    let versions = match is_up {
        true => connection.run_pending_migrations(source),
        false => connection.revert_all_migrations(source),
    };
    let versions = versions.unwrap_or_else(|error| panic!("{error}"));
    versions.iter().map(ToString::to_string).collect()
}

fn by_diesel(database: &Database, is_up: bool) -> Vec<String> {
    let backend = database.backend();
    let from = folder("from", backend);
    match backend {
        Backend::Sqlite => diesel(database.sqlite(), &from, is_up),
        Backend::Postgres => diesel(database.postgres(), &from, is_up),
        Backend::Mariadb => diesel(database.mariadb(), &from, is_up),
    }
}

/// The schema without the table of Diesel.
fn schema(database: &Database) -> Vec<String> {
    let mut pieces = database.schema();
    pieces.retain(|piece| !piece.contains("__diesel_schema_migrations"));
    pieces
}

#[test]
fn the_schema_is_the_one_that_diesel_makes_there_and_back() {
    for backend in backends() {
        let (theirs, ours) = (Database::fresh(backend), Database::fresh(backend));
        let versions = by_diesel(&theirs, true);
        let chain = chain(backend);
        let mut migrator = Migrator::new(chain);
        let report = migrator.upgrade(&mut *ours.connect(), "head").map_err(|e| told(&e)).unwrap();
        let ran: Vec<&str> = report.steps.iter().map(|step| step.revision.id).collect();
        assert_eq!(ran, versions, "{backend}: a version is an id, in the order of Diesel");
        assert_eq!(schema(&ours), schema(&theirs), "{backend}");
        let users = "SELECT name AS value FROM users ORDER BY name";
        assert_eq!(ours.values(users), theirs.values(users), "{backend}");
        assert_eq!(ours.values(users), ["ann", "bob"], "{backend}");

        by_diesel(&theirs, false);
        migrator.downgrade(&mut *ours.connect(), "base").map_err(|e| told(&e)).unwrap();
        assert_eq!(schema(&ours), schema(&theirs), "{backend}, back");
        assert_eq!(schema(&ours), [""; 0], "{backend}, back");
    }
}

/// The versions are the ids, so nothing has to be said of them.
#[test]
fn a_database_of_diesel_is_adopted_and_taken_back_by_what_was_imported() {
    for backend in backends() {
        let database = Database::fresh(backend);
        let versions = by_diesel(&database, true);
        let mut migrator = Migrator::new(chain(backend));
        let connection = &mut *database.connect();
        let ask = Ask { tool: Tool::Diesel, table: None, at: &[], map: &[] };
        let found = migrator.adoptable(connection, &ask).unwrap_or_else(|error| panic!("{error}"));
        let status = migrator.adopt(connection, &ask, &found, None);
        let status = status.unwrap_or_else(|error| panic!("{backend}: {error}"));
        assert_eq!(status.applied.len(), versions.len(), "{backend}");
        assert!(status.pending.is_empty(), "{backend}: {:?}", status.pending);
        migrator.downgrade(connection, "base").map_err(|e| told(&e)).unwrap();
        assert_eq!(schema(&database), [""; 0], "{backend}");
    }
}
