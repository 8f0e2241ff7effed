//! Databases that can't be reached, and states that no migration can go on from: what the command line says,
//! with which exit code, and that the password is in none of it.

use insta::assert_snapshot;
use tests::{Backend, Database, Project, backends};

/// A password that means something else in every language on its way.
const CANARY: &str = "s3cr3t-CANARY-%40#'";
const ENCODED: &str = "s3cr3t-CANARY-%2540%23%27";

/// What `migrate current` says of a URL, the server being that of `database`.
fn current(database: &Database, url: &str) -> String {
    let project = Project::new("story").database(database).variable("DATABASE_URL", url);
    let said = project.migrate(["current"]);
    for secret in [CANARY, ENCODED, "s3cr3t"] {
        assert!(!said.contains(secret), "{said}");
    }
    said
}

#[test]
fn a_server_that_lets_nobody_in() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let database = Database::fresh(Backend::Postgres);
    let (_, host) = database.url().rsplit_once('@').unwrap();
    let (server, _) = host.split_once('/').unwrap();
    let (user, _) = database.url().rsplit_once('@').unwrap();

    assert_snapshot!(
        "wrong_password",
        current(&database, &format!("postgres://migrate:{ENCODED}@{host}"))
    );
    assert_snapshot!(
        "wrong_password_as_is",
        current(&database, &format!("postgresql+asyncpg://migrate:{CANARY}@{host}"))
    );
    assert_snapshot!(
        "closed_port",
        current(&database, &format!("postgres://migrate:{ENCODED}@127.0.0.1:1/x"))
    );
    assert_snapshot!(
        "misspelled_password",
        current(&database, &format!("postgres://127.0.0.1:1/x?PASSWORD={ENCODED}"))
    );
    assert_snapshot!(
        "password_of_another_kind",
        current(&database, &format!("{user}@{server}/not_there;password={ENCODED}"))
    );
    assert_snapshot!("missing_database", current(&database, &format!("{user}@{server}/not_there")));
}

#[test]
fn urls_that_name_no_backend() {
    let database = Database::fresh(Backend::Sqlite);
    let check =
        |scheme: &str| current(&database, &format!("{scheme}://scott:{ENCODED}@localhost/x"));
    assert_snapshot!("unknown_scheme", check("oracle"));
    assert_snapshot!("no_scheme", current(&database, &format!("scott:{CANARY}@localhost")));
}

#[test]
fn files_that_are_no_database() {
    let project = Project::new("story").file("text.db", "a text, and no database");
    let upgrade = |url: &str| project.migrate(["upgrade", "--database-url", url]);
    assert_snapshot!("no_folder", upgrade("sqlite:///no/such/folder/x.db"));
    assert_snapshot!("no_database", upgrade("sqlite:///text.db"));
    assert_eq!(
        std::fs::read_to_string(project.path("text.db")).unwrap(),
        "a text, and no database"
    );
}

#[test]
fn a_file_that_is_read_only() {
    let project = Project::new("story").variable("DATABASE_URL", "sqlite:///x.db");
    project.migrate(["upgrade", "+1"]);
    let mut permissions = std::fs::metadata(project.path("x.db")).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(project.path("x.db"), permissions).unwrap();
    let before = std::fs::read(project.path("x.db")).unwrap();
    assert_snapshot!("read_only", project.migrate(["upgrade"]));
    assert_snapshot!("read_only_is_read", project.migrate(["current"]));
    assert_eq!(std::fs::read(project.path("x.db")).unwrap(), before);
}

#[test]
fn looking_creates_nothing() {
    for backend in backends() {
        let database = Database::fresh(backend);
        let project = Project::new("story").database(&database);
        let empty = database.dump();
        for command in ["current", "history", "heads"] {
            project.migrate([command]);
        }
        project.migrate(["show", "head"]);
        project.migrate(["upgrade", "nowhere"]);
        project.migrate(["downgrade", "-1"]);
        assert_eq!(database.dump(), empty, "{backend}");
    }
}

#[test]
fn a_dotenv_is_taken_literally() {
    let project = Project::new("story")
        .without("DATABASE_URL")
        .file("migrate.toml", "version_table = 'alembic_version'\r\n")
        .file(".env", "A=1\r\nexport DATABASE_URL='postgres://u:pa$word@127.0.0.1:1/x'\r\n");
    assert_snapshot!("dotenv", project.migrate(["current"]));
    assert!(!project.migrate(["current"]).contains("pa$word"));
}

#[test]
fn a_file_that_another_process_writes_to_is_waited_for() {
    use migrate_core::diesel::connection::SimpleConnection;

    let database = Database::fresh(Backend::Sqlite);
    let project = Project::new("story").database(&database);
    let mut other = database.sqlite();
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    let writer = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(300));
        other.batch_execute("COMMIT").unwrap();
    });
    let said = project.migrate(["upgrade", "+1", "-q"]);
    writer.join().unwrap();
    assert!(said.contains("exit 0"), "{said}");
}
