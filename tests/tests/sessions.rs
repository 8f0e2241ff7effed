//! The command line as a person meets it, with the story's chain on each database: what works, and what is
//! refused with the database left as it was.

use insta::assert_snapshot;
use tests::{Backend, Database, Project, backends};

/// Several commands in one folder on one database, with all that they print.
fn session(project: &Project, commands: &[&str]) -> String {
    let run =
        |command: &&str| format!("$ migrate {command}\n{}\n", project.migrate(command.split(' ')));
    commands.iter().map(run).collect()
}

/// The same on each database, held against one snapshot for each.
fn check(name: &str, prepare: impl Fn(&Project, &Database), commands: &[&str]) {
    for backend in backends() {
        let database = Database::fresh(backend);
        let project = Project::new("story").database(&database);
        prepare(&project, &database);
        let word = match backend {
            Backend::Sqlite => "sqlite",
            Backend::Postgres => "postgres",
            Backend::Mariadb => "mariadb",
        };
        assert_snapshot!(format!("{name}_{word}"), session(&project, commands));
    }
}

fn at(target: &'static str) -> impl Fn(&Project, &Database) {
    move |project, _| drop(project.migrate(["upgrade", target, "-q"]))
}

#[test]
fn up_and_down() {
    let commands = [
        "current",
        "current --check-heads",
        "upgrade +2",
        "current",
        "upgrade 53fb",
        "downgrade -1",
        "current -v",
        "upgrade",
        "upgrade head",
        "current --check-heads",
        "downgrade base",
        "current",
        "upgrade --single-transaction -q",
        "current",
    ];
    check("up_and_down", |_, _| {}, &commands);
}

#[test]
fn looking_around() {
    let commands = ["heads", "show 3f2a", "show reporting", "history", "current --json"];
    check("looking_around", at("2d899579ab0e"), &commands);
}

#[test]
fn stamps() {
    let commands = ["stamp ae10", "current", "stamp base", "current", "stamp nothing", "stamp"];
    check("stamps", |_, _| {}, &commands);
}

#[test]
fn targets_that_are_none() {
    let commands = [
        "upgrade nonsense",
        "upgrade 1b584119405e",
        "upgrade 2",
        "upgrade +99",
        "upgrade a:b",
        "upgrade @",
        "downgrade -9",
        "downgrade",
        "downgrade 702b30269094",
        "downgrade nonsense",
        "show 5",
        "upgrade base -1",
        "nonsense",
        "current",
    ];
    check("targets_that_are_none", at("53fbf35846c6"), &commands);
}

#[test]
fn a_branch_makes_down_one_ambiguous() {
    let prepare = |project: &Project, _: &Database| {
        project.migrate(["upgrade", "c8e48f02979c", "-q"]);
        project.migrate(["upgrade", "2d899579ab0e", "-q"]);
    };
    check(
        "a_branch_makes_down_one_ambiguous",
        prepare,
        &["downgrade -1", "current", "downgrade fe612e1982a1", "current"],
    );
}

#[test]
fn a_version_table_with_an_id_that_nobody_knows() {
    let prepare = |project: &Project, database: &Database| {
        project.migrate(["upgrade", "53fb", "-q"]);
        database.execute("UPDATE __migrate_version SET version_num = 'feedfacecafe'");
    };
    let commands = [
        "upgrade",
        "downgrade base",
        "stamp head",
        "current",
        "history -i",
        "stamp --purge 53fb",
        "current",
    ];
    check("a_version_table_with_an_id_that_nobody_knows", prepare, &commands);
}

#[test]
fn a_version_table_with_two_rows_where_the_chain_is_linear() {
    let prepare = |project: &Project, database: &Database| {
        project.migrate(["upgrade", "53fb", "-q"]);
        database.execute("INSERT INTO __migrate_version VALUES ('1b584119405d')");
    };
    check(
        "a_version_table_with_two_rows",
        prepare,
        &["upgrade", "downgrade -1", "current", "stamp 53fb", "current"],
    );
}

#[test]
fn a_version_table_that_the_log_does_not_know() {
    let prepare = |project: &Project, database: &Database| {
        project.migrate(["upgrade", "53fb", "-q"]);
        database.execute("UPDATE __migrate_version SET version_num = '9eeacb7f2ae8'");
    };
    check(
        "a_version_table_that_the_log_does_not_know",
        prepare,
        &["upgrade", "current", "stamp 53fb", "upgrade +1"],
    );
}

#[test]
fn a_database_with_tables_but_no_version_table() {
    let prepare =
        |_: &Project, database: &Database| database.execute("CREATE TABLE customers (id INTEGER)");
    let commands = ["current", "upgrade", "stamp 53fb", "current", "stamp base", "upgrade +1"];
    check("a_database_with_tables_but_no_version_table", prepare, &commands);
    check("a_database_with_other_tables", prepare, &["upgrade +1 --allow-non-empty", "current"]);
}

#[test]
fn a_table_that_is_there_already() {
    let prepare = |project: &Project, database: &Database| {
        project.migrate(["upgrade", "1b584119405d", "-q"]);
        database.execute("CREATE TABLE instruments (id INTEGER)");
    };
    check("a_table_that_is_there_already", prepare, &["upgrade", "current"]);
}

#[test]
fn rows_are_not_lost_without_a_word() {
    let prepare = |project: &Project, database: &Database| {
        project.migrate(["upgrade", "-q"]);
        database.execute("INSERT INTO accounts (name) VALUES ('it''s')");
    };
    check(
        "rows_are_not_lost_without_a_word",
        prepare,
        &["downgrade base", "current", "downgrade base --yes -q", "current"],
    );
}

#[test]
fn a_database_of_alembics_is_taken_over() {
    let prepare = |project: &Project, database: &Database| {
        project.migrate(["upgrade", "53fb", "-q"]);
        database
            .execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)");
        database.execute("INSERT INTO alembic_version VALUES ('53fbf35846c6')");
        database.execute("DROP TABLE __migrate_version");
        database.execute("DROP TABLE __migrate_log");
        std::fs::write(project.path("migrate.toml"), "version_table = \"alembic_version\"\r\n")
            .expect("a file");
    };
    check(
        "a_database_of_alembics_is_taken_over",
        prepare,
        &["current", "upgrade +1", "current -v"],
    );
}
