//! `cargo migrate baseline`: what is written from databases that something else has made (`from/`, and the dumps of
//! `data/schemas/`) is what is compiled here (`made/`), and makes the same schema on an empty database.

use std::fs;
use std::path::{Path, PathBuf};

use insta::assert_snapshot;
use migrate_core::Dialect;
use migrate_core::backend::{Scope, normalize};
use tests::{Backend, Database, Project, backends, setting};

/// A database that is begun with.
struct From {
    name: &'static str,
    backend: Backend,
    /// Its text.
    path: &'static str,
    /// What is said of it in `migrate.toml`.
    config: &'static str,
}

const ALL: [From; 4] = [
    From {
        name: "sqlite",
        backend: Backend::Sqlite,
        path: "tests/baseline/from/sqlite.sql",
        config: "",
    },
    From {
        name: "mariadb",
        backend: Backend::Mariadb,
        path: "tests/baseline/from/mariadb.sql",
        config: "",
    },
    From {
        name: "library",
        backend: Backend::Postgres,
        path: "data/schemas/library.sql",
        config: "",
    },
    From {
        name: "shop",
        backend: Backend::Postgres,
        path: "data/schemas/shop.sql",
        config: "[compare.include]\nschemas = [\"public\", \"sales\", \"stock\", \"Archive 1\"]\n",
    },
];

fn asked() -> impl Iterator<Item = &'static From> {
    ALL.iter().filter(|from| backends().contains(&from.backend))
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

impl From {
    fn loaded(&self) -> Database {
        let text = fs::read_to_string(here(self.path)).expect(self.path);
        let database = Database::fresh(self.backend);
        let stop = if self.backend == Backend::Postgres { "\\set ON_ERROR_STOP on\n" } else { "" };
        database.feed(&format!("{stop}{text}")).unwrap_or_else(|error| panic!("{error}"));
        database
    }
}

fn project(database: &Database, config: &str) -> Project {
    let before = "versions = \"versions\"\nfile_template = \"{rev}\"\n";
    // rustfmt may be that of rustup, which keeps it at home.
    let home = setting("HOME").unwrap_or_default();
    let rustup = setting("RUSTUP_HOME").unwrap_or_else(|| format!("{home}/.rustup"));
    Project::new("baselines")
        .database(database)
        .variable("RUSTUP_HOME", &rustup)
        .file("migrate.toml", &format!("{before}{config}"))
        .file("versions/.keep", "")
}

fn files(folder: &Path) -> Vec<(String, String)> {
    let entries =
        fs::read_dir(folder).into_iter().flatten().map(|entry| entry.expect("an entry").path());
    let mut files: Vec<(String, String)> = entries
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| {
            let name = path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
            (name, fs::read_to_string(path).expect("text"))
        })
        .collect();
    files.sort();
    files
}

/// The schema without what is another tool's own, by the database's own word. SQLite keeps how each table was once
/// written, so there it is read.
fn schema(database: &Database) -> Vec<String> {
    const OTHERS: [&str; 2] = ["alembic_version", "seaql_migrations"];
    if database.backend() == Backend::Sqlite {
        let scope = OTHERS.iter().fold(Scope::default(), |scope, table| scope.without(*table));
        let read = database.connect().reflect(&scope).unwrap_or_else(|error| panic!("{error}"));
        let catalog = normalize(Dialect::Sqlite, &read.catalog);
        let unread = read.unread.iter().map(ToString::to_string);
        let pieces = catalog.tables.values().map(|table| format!("{table:?}"));
        let views = catalog.views.values().map(|view| format!("{view:?}"));
        return pieces.chain(views).chain(unread).collect();
    }
    let mut pieces = database.schema();
    pieces.retain(|piece| !OTHERS.iter().any(|table| piece.contains(table)));
    pieces
}

/// `MIGRATE_UPDATE_BASELINE=1` writes what is made.
#[test]
fn the_first_migration_is_the_one_that_is_compiled_here_and_makes_the_same_schema() {
    for from in asked() {
        let there = from.loaded();
        let project = project(&there, from.config);
        let id = if from.name == "sqlite" { "" } else { " --rev-id aaaa" };
        let said = project.migrate(format!("baseline{id}").split_whitespace());
        assert!(said.ends_with("exit 0"), "{}\n{said}", from.name);
        let written = files(&project.path("versions"));
        let made = here("tests/baseline/made").join(from.name);
        if setting("MIGRATE_UPDATE_BASELINE").is_some() {
            let _ = fs::remove_dir_all(&made);
            fs::create_dir_all(&made).expect("a folder");
            for (name, text) in &written {
                fs::write(made.join(name), text).expect("a file");
            }
            // It is compiled the next time.
            continue;
        }
        assert_eq!(files(&made), written, "{}", from.name);

        let again = Database::fresh(from.backend);
        let project = project.database(&again).variable("MIGRATE_TEST_CHAIN", from.name);
        let said = project.migrate(["upgrade"]);
        assert!(said.ends_with("exit 0"), "{}\n{said}", from.name);
        assert_eq!(schema(&again), schema(&there), "{}", from.name);
        // The database that it was made from has it already.
        let project = project.database(&there);
        for line in ["stamp head", "check --no-schema"] {
            let said = project.migrate(line.split_whitespace());
            assert!(said.ends_with("exit 0"), "{}: {line}\n{said}", from.name);
        }
        let project = project.database(&again);
        let said = project.migrate(["downgrade", "base", "--yes"]);
        assert!(said.ends_with("exit 0"), "{}\n{said}", from.name);
        assert_eq!(schema(&again), [""; 0], "{}", from.name);
    }
}

#[test]
fn what_is_said() {
    for from in asked() {
        let there = from.loaded();
        let said = project(&there, from.config).migrate(["baseline", "--rev-id", "aaaa"]);
        let said = said.replace(there.name(), "[database]");
        match from.name {
            "sqlite" => assert_snapshot!(said, @r#"
            ── stdout
            versions/aaaa.rs
            ── stderr
            Database: sqlite:///[folder]/[database].db (from DATABASE_URL)
            Tried out on a database of its own: it makes the same schema, and takes it back
            note: `alembic_version` is left out: it is Alembic's own
            note: the package is built for PostgreSQL, too, where this migration can't be run: PostgreSQL has no trigger with a body, such as `posts_are_found`; what is for one database alone goes into op.only(…)
            note: the package is built for MySQL, too, where this migration can't be run: MySQL has no index over some of the rows, such as `ix_posts_user_id`; what is for one database alone goes into op.only(…)
            This database has all of it already; once you have read the file, say so: cargo migrate stamp head
            ── exit 0
            "#),
            "mariadb" => assert_snapshot!(said, @r#"
            ── stdout
            versions/aaaa.rs
            ── stderr
            Database: mysql://migrate:***@127.0.0.1:[port]/[database] (from DATABASE_URL)
            Tried out on a database of its own: it makes the same schema, and takes it back
            note: `seaql_migrations` is left out: it is SeaORM's own
            note: the package is built for PostgreSQL, too, where this migration can't be run: it has SQL of MariaDB; what is for one database alone goes into op.only(…)
            note: the package is built for SQLite, too, where this migration can't be run: it has SQL of MariaDB; what is for one database alone goes into op.only(…)
            note: not in the migration, which has no words for it: `clean` is an event
            This database has all of it already; once you have read the file, say so: cargo migrate stamp head
            ── exit 0
            "#),
            "library" => assert_snapshot!(said, @r#"
            ── stdout
            versions/aaaa.rs
            ── stderr
            Database: postgres://migrate:***@127.0.0.1:[port]/[database] (from DATABASE_URL)
            Tried out on a database of its own: it makes the same schema, and takes it back
            note: the package is built for SQLite, too, where this migration can't be run: SQLite has no extensions; what is for one database alone goes into op.only(…)
            note: the package is built for MySQL, too, where this migration can't be run: MySQL has no extensions; what is for one database alone goes into op.only(…)
            This database has all of it already; once you have read the file, say so: cargo migrate stamp head
            ── exit 0
            "#),
            "shop" => assert_snapshot!(said, @r#"
            ── stdout
            versions/aaaa.rs
            ── stderr
            Database: postgres://migrate:***@127.0.0.1:[port]/[database] (from DATABASE_URL)
            Tried out on a database of its own: it makes the same schema, and takes it back
            note: the package is built for SQLite, too, where this migration can't be run: SQLite has no schemas; what is for one database alone goes into op.only(…)
            note: the package is built for MySQL, too, where this migration can't be run: MySQL has no schemas within a database: each is a database by itself, and goes with all of its tables; what is for one database alone goes into op.only(…)
            This database has all of it already; once you have read the file, say so: cargo migrate stamp head
            ── exit 0
            "#),
            other => panic!("{other}"),
        }
    }
}

/// Where there is nothing to begin with, or somebody has begun, it is said.
#[test]
fn what_is_no_beginning_is_refused() {
    if !backends().contains(&Backend::Sqlite) {
        return;
    }
    let check = |sql: &str, line: &str, expected: &str| {
        let database = Database::fresh(Backend::Sqlite);
        database.feed(sql).unwrap_or_else(|error| panic!("{error}"));
        let project = project(&database, "");
        let said = project.migrate(line.split_whitespace());
        assert!(said.contains(expected), "{sql}\n{said}");
        let is_written = !files(&project.path("versions")).is_empty();
        assert_eq!(is_written, said.ends_with("exit 0"), "{said}");
        project
    };
    let orders = "CREATE TABLE orders (id INTEGER PRIMARY KEY);";
    let alembic = "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);";
    check("", "baseline", "the file is not there, so there is nothing to begin with");
    check(alembic, "baseline", "the database is empty, so there is nothing to begin with");
    let begun = check(orders, "baseline --rev-id aaaa", "versions/aaaa.rs");
    let said = begun.migrate(["baseline"]);
    assert!(said.contains("only one of them has `aaaa`"), "{said}");
    let none = format!("{orders}{alembic}");
    check(&none, "baseline", "`alembic_version` has no row: by Alembic's word nothing is applied");
    let two = format!("{none}INSERT INTO alembic_version VALUES ('aa'), ('bb');");
    check(&two, "baseline", "several heads, `aa`, `bb`, and this is one revision");
    let odd = format!("{none}INSERT INTO alembic_version VALUES ('2024-01');");
    check(&odd, "baseline", "`2024-01`, can't be its id: ");
    let one = format!("{none}INSERT INTO alembic_version VALUES ('v12');");
    let project =
        check(&one, "baseline", "Its id is `v12`, the revision that `alembic_version` says");
    assert_eq!(files(&project.path("versions"))[0].0, "v12.rs");
    check(
        &format!(
            "{orders}CREATE TABLE __migrate_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);INSERT INTO __migrate_version VALUES ('aaaa');"
        ),
        "baseline",
        "the database is at `aaaa`, by migrations that this chain does not have",
    );
}
