//! Schemas as projects have them: each dump is loaded into PostgreSQL and read, and the migration that is written from
//! it makes the same schema on an empty database, to PostgreSQL itself too.
//!
//! The dumps are those of `tests/data/schemas/`, and of the folder that `MIGRATE_SCHEMAS` names. What the catalog has no
//! words for is in [`UNREAD`].

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use migrate_cli::rust::{spelled, write_function};
use migrate_core::backend::{Reflected, Scope};
use migrate_core::catalog::Catalog;
use migrate_core::catalog::naming::Naming;
use migrate_core::diff::{Renames, diff};
use migrate_core::op::canonical;
use migrate_core::{Migrator, Op, Placed, Recorded, Revision};
use tests::difference::differences;
use tests::generated::Generated;
use tests::{Backend, Database, backends, chain, revision, setting, told};

/// When a person has to say what the catalog has no words for.
#[derive(Clone, Copy, PartialEq)]
enum When {
    /// The migration uses it.
    Before,
    /// It uses what the migration makes.
    Behind,
}
use When::{Before, Behind};

/// What of a dump is not read: what is told of it, and the SQL that makes it beside the migration.
const UNREAD: [(&str, &str, When, &str); 3] = [
    // A column of a domain is read, the domain is not.
    (
        "library",
        "`isbn` is a domain",
        Before,
        "CREATE DOMAIN isbn AS text CHECK (VALUE ~ '^[0-9]{9}([0-9]{3})?[0-9X]$')",
    ),
    // Rules are of PostgreSQL alone, which advises triggers instead.
    (
        "shop",
        "`Archive 1.log` has a rule, `no_delete`",
        Behind,
        r#"CREATE RULE no_delete AS ON DELETE TO "Archive 1".log DO INSTEAD NOTHING"#,
    ),
    // A trigger of the catalog can't wait for the end of a transaction.
    (
        "shop",
        "`sales.orders` has a constraint trigger, `has_lines`",
        Behind,
        r#"CREATE CONSTRAINT TRIGGER has_lines AFTER INSERT ON sales.orders DEFERRABLE INITIALLY DEFERRED
           FOR EACH ROW EXECUTE FUNCTION "Archive 1".keep('late')"#,
    ),
];

/// The dumps of a folder.
fn dumps(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut dumps: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "sql")).collect();
    assert!(!dumps.is_empty(), "{folder:?} has no *.sql");
    dumps.sort();
    dumps
}

/// A dump that was loaded and read.
struct Dump {
    name: String,
    database: Database,
    found: Reflected,
    /// What makes it, as a migration can say it.
    ops: Vec<Op>,
    function: String,
}

fn reflected(database: &Database) -> Reflected {
    let schemas = database.values(
        "SELECT nspname::text AS value FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' \
         AND nspname NOT IN ('information_schema', 'public')",
    );
    let scope = schemas.iter().fold(Scope::default(), |scope, schema| scope.schema(schema));
    database.connect().reflect(&scope).unwrap_or_else(|error| panic!("{error}"))
}

impl Dump {
    fn load(path: &Path) -> Result<Dump, String> {
        let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
        let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
        let database = Database::fresh(Backend::Postgres);
        database.feed(&format!("\\set ON_ERROR_STOP on\n{text}"))?;
        let found = reflected(&database);
        let unread: Vec<String> = found.unread.iter().map(ToString::to_string).collect();
        let mut known: Vec<&str> = unread_of(&name).map(|(_, told, ..)| *told).collect();
        known.sort_unstable();
        if unread.len() != known.len()
            || !known.iter().all(|one| unread.iter().any(|told| told == one))
        {
            return Err(format!("unread are\n  {}", unread.join("\n  ")));
        }
        let missing = diff(&Catalog::default(), &found.catalog, &Renames::default())
            .map_err(|error| error.to_string())?;
        if !missing.beyond.is_empty() {
            return Err(format!("beyond all ops: {:#?}", missing.beyond));
        }
        let function = write_function("upgrade", &missing.ops, &Naming::DEFAULT)
            .map_err(|error| error.to_string())?;
        Ok(Dump { name, database, found, ops: spelled(&missing.ops), function })
    }

    /// The same schema on an empty database.
    fn is_made_again(&self) -> Result<(), String> {
        let database = Database::fresh(Backend::Postgres);
        let by_hand = |turn| {
            for (.., sql) in unread_of(&self.name).filter(|(_, _, when, _)| *when == turn) {
                database.execute(sql);
            }
        };
        by_hand(Before);
        migrated(&database, &self.ops)?;
        by_hand(Behind);
        database.execute("DROP TABLE __migrate_log, __migrate_version");
        let found = reflected(&database);
        let unlike = differences(&self.found.catalog, &found.catalog);
        if !unlike.is_empty() {
            return Err(unlike.join("\n  "));
        }
        if self.found.catalog != found.catalog {
            return Err("is not the same, in a way that nobody has words for".into());
        }
        let (was, is) = (pieces(&self.database.dump()), pieces(&database.dump()));
        let gone = was.iter().filter(|(piece, count)| is.get(*piece) != Some(count));
        let come = is.iter().filter(|(piece, count)| was.get(*piece) != Some(count));
        let lines: Vec<String> = (gone.map(|(piece, _)| format!("- {piece}")))
            .chain(come.map(|(piece, _)| format!("+ {piece}")))
            .collect();
        if lines.is_empty() { Ok(()) } else { Err(format!("pg_dump\n{}", lines.join("\n"))) }
    }
}

fn unread_of(
    dump: &str,
) -> impl Iterator<Item = &'static (&'static str, &'static str, When, &'static str)> {
    UNREAD.iter().filter(move |(of, ..)| *of == dump)
}

/// What stands between semicolons at the end of a line, and how often: the statements in no order.
fn pieces(dump: &str) -> BTreeMap<String, usize> {
    let mut pieces = BTreeMap::new();
    for piece in dump.split(";\n") {
        let piece = piece.trim().trim_end_matches(';').to_owned();
        if !piece.is_empty() {
            *pieces.entry(piece).or_default() += 1;
        }
    }
    pieces
}

thread_local! {
    /// What the migration records: a function that upgrades knows nothing but its `op`.
    static OPS: RefCell<Vec<Op>> = RefCell::default();
}

fn migrated(database: &Database, ops: &[Op]) -> Result<(), String> {
    OPS.set(ops.to_vec());
    let first: Revision = revision("a", &[], |op| {
        OPS.with_borrow(|ops| ops.iter().for_each(|one| op.record(one.clone())));
    });
    let chain = chain(vec![first]);
    Migrator::new(&chain)
        .upgrade(&mut *database.connect(), "head")
        .map(drop)
        .map_err(|error| told(&error))
}

#[test]
fn cargo_builds_the_migration_of_each_schema_and_it_makes_the_schema_again() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let mut paths = dumps(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data/schemas"));
    if let Some(folder) = setting("MIGRATE_SCHEMAS") {
        paths.extend(dumps(Path::new(&folder)));
    }
    let mut faults = Vec::new();
    let mut loaded = Vec::new();
    for path in &paths {
        match Dump::load(path) {
            Ok(dump) => loaded.push(dump),
            Err(fault) => faults.push(format!("{}: {fault}", path.display())),
        }
    }
    let package = Generated::new(env!("CARGO_TARGET_TMPDIR"), "real_schemas");
    let mut parent = "None".to_owned();
    for (at, dump) in loaded.iter().enumerate() {
        let id = format!("r{at:04}");
        let text = format!(
            "use migrate_core::prelude::*;\n\n/// The schema of {}.\n\
             #[migration(revision = {id:?}, down_revision = {parent})]\n{}",
            dump.name, dump.function
        );
        package.write(&format!("{at:04}.rs"), &text);
        parent = format!("{id:?}");
    }
    package.is_formatted();
    let recorded = package.recorded();
    assert_eq!(recorded.len(), loaded.len());
    for (dump, (_, form)) in loaded.iter().zip(recorded) {
        let ops: Vec<Recorded> = dump.ops.iter().cloned().map(Placed::nowhere).collect();
        let meant = canonical(&ops);
        if form != meant {
            faults.push(format!("{}: meant\n{meant}recorded\n{form}", dump.name));
        }
        if let Err(fault) = dump.is_made_again() {
            faults.push(format!("{}: {fault}", dump.name));
        }
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n\n"));
}
