//! Alembic's table as both tools' (`version_table`), its branches, and its table in another schema.

use insta::assert_snapshot;
use tests::{Backend, Database, backends};

use super::databases::alembic;
use super::{made, project};

fn kept(database: &Database) -> tests::Project {
    project("alembic", database).file("migrate.toml", "version_table = \"alembic_version\"\n")
}

#[test]
fn both_tools_can_keep_one_table() {
    for backend in backends() {
        let database = Database::fresh(backend);
        alembic(&database, &["upgrade", "3cb3e1f2a9d0"]).expect("Alembic");
        let project = kept(&database);
        let run = |words: &str| {
            let session = project.migrate(words.split(' '));
            assert!(session.ends_with("── exit 0"), "{backend} {words}\n{session}");
            session
        };
        let adopted = run("adopt --from alembic");
        assert!(adopted.contains("is both tools' table"), "{adopted}");
        assert!(run("adopt --from alembic").contains("ours already"));
        // Alembic goes on, and is followed.
        alembic(&database, &["upgrade", "head"]).expect("Alembic");
        assert!(run("adopt --from alembic").contains("Adopted from Alembic: 3 revisions"));
        run("upgrade");
        assert_eq!(
            database.values("SELECT version_num AS value FROM alembic_version"),
            ["d00000000004"]
        );
        // It has no file for the last one, and does nothing.
        let said = alembic(&database, &["upgrade", "head"]).expect_err("a revision it hasn't");
        assert!(said.contains("Can't locate revision identified by 'd00000000004'"), "{said}");
        run("downgrade -1");
        alembic(&database, &["downgrade", "-1"]).expect("Alembic");
        assert!(run("current").contains("3cb3e1f2a9d0"));
        run("upgrade");
        // Each has its own again.
        let apart = super::project("alembic", &database);
        let adopted = apart.migrate(["adopt", "--from", "alembic"]);
        assert!(adopted.contains("4 revisions; the database is at d00000000004"), "{adopted}");
        assert!(apart.migrate(["current", "--check-heads"]).ends_with("── exit 0"));
    }
}

#[test]
fn one_table_for_both_must_hold_our_ids() {
    let database = made("alembic", Backend::Sqlite);
    let project = project("baseline", &database)
        .file("migrate.toml", "version_table = \"alembic_version\"\n");
    assert_snapshot!(project.migrate(["adopt", "--from", "alembic", "--at", "ba5e"]), @r#"
    ── stderr
    Database: sqlite:///[folder]/[database].db (from DATABASE_URL)
    error: `alembic_version` is the version table of both tools, so its rows must be ids of revisions here: 9f1d6b5e8a42, ba5e11000001
    hint: take `version_table` out of migrate.toml, so that each tool has its own table; or give the revisions Alembic's ids; nothing was changed
    ── exit 1
    "#);
    let database = made("diesel", Backend::Sqlite);
    let project = super::project("diesel", &database)
        .file("migrate.toml", "version_table = \"__diesel_schema_migrations\"\n");
    assert_snapshot!(project.migrate(["adopt", "--from", "diesel"]), @r#"
    ── stderr
    Database: sqlite:///[folder]/[database].db (from DATABASE_URL)
    error: `__diesel_schema_migrations` is named as `version_table`, which only Alembic's can be
    hint: take `version_table` out of migrate.toml; nothing was changed
    ── exit 1
    "#);
}

#[test]
fn sqlite_does_not_look_at_upper_and_lower_case() {
    let database = made("alembic", Backend::Sqlite);
    let project =
        project("alembic", &database).file("migrate.toml", "version_table = \"ALEMBIC_Version\"\n");
    let adopted = project.migrate(["adopt", "--from", "alembic"]);
    assert!(adopted.contains("Adopted from Alembic: 3 revisions"), "{adopted}");
    assert!(adopted.contains("is both tools' table"), "{adopted}");
    let again = project.migrate(["adopt", "--from", "alembic", "--at", "9f1d"]);
    assert!(again.contains("ours already, with all that --at says"), "{again}");
}

#[test]
fn several_heads_are_several_rows() {
    for backend in backends() {
        let database = Database::fresh(backend);
        alembic(&database, &["upgrade", "3cb3e1f2a9d0"]).expect("Alembic");
        let project = project("branches", &database);
        database.execute("INSERT INTO alembic_version VALUES ('a0d170000001')");
        let refused = project.migrate(["adopt", "--from", "alembic"]);
        assert!(refused.contains("missing: table audit"), "{refused}");
        database.execute("CREATE TABLE audit (id BIGINT NOT NULL PRIMARY KEY)");
        let adopted = project.migrate(["adopt", "--from", "alembic"]);
        assert!(
            adopted.contains("is at 3cb3e1f2a9d0, a0d170000001")
                || adopted.contains("is at a0d170000001, 3cb3e1f2a9d0"),
            "{adopted}"
        );
        assert_eq!(
            database.values("SELECT version_num AS value FROM __migrate_version ORDER BY 1"),
            ["3cb3e1f2a9d0", "a0d170000001"]
        );
    }
}

#[test]
fn a_table_in_another_schema_is_found() {
    for backend in backends().into_iter().filter(|backend| *backend == Backend::Postgres) {
        let database = made("alembic", backend);
        database.execute("CREATE SCHEMA app; ALTER TABLE alembic_version SET SCHEMA app");
        let project = project("alembic", &database);
        assert_snapshot!(project.migrate(["adopt", "--from", "alembic"]), @r#"
        ── stderr
        Database: postgres://migrate:***@127.0.0.1:[port]/[database] (from DATABASE_URL)
        error: there is no table `alembic_version`: is this the right database? It has `orders`, `users`
        hint: there is `app.alembic_version`: `migrate adopt --from alembic --table app.alembic_version`; nothing was changed
        ── exit 1
        "#);
        // A table of ours that is called so is another one.
        for project in [project, kept(&database)] {
            let words = ["adopt", "--from", "alembic", "--table", "app.alembic_version"];
            let adopted = project.migrate(words);
            assert!(adopted.contains("`app.alembic_version` stays as it is"), "{adopted}");
            assert!(adopted.ends_with("── exit 0"), "{adopted}");
            database.execute("DROP TABLE IF EXISTS __migrate_version; DROP TABLE __migrate_log");
        }
    }
}

#[test]
fn differences_can_be_accepted_and_are_written_down() {
    let database = made("alembic", Backend::Sqlite);
    database.execute("DROP INDEX users_name_idx");
    let project = project("alembic", &database);
    assert_snapshot!(project.migrate(["adopt", "--from", "alembic"]), @r#"
    ── stderr
    Database: sqlite:///[folder]/[database].db (from DATABASE_URL)
    error: the schema is not that of 9f1d6b5e8a42, where `alembic_version` says that it is: 1 difference
      caused by: missing: index users_name_idx on users
    hint: put the schema right, with Alembic or by hand; or, if it is that of another revision: migrate adopt --from alembic --at REV; or, if it may be so: migrate adopt --from alembic --accept-differences; nothing was changed
    ── exit 1
    "#);
    assert_snapshot!(project.migrate(["adopt", "--from", "alembic", "--accept-differences"]), @r#"
    ── stderr
    Database: sqlite:///[folder]/[database].db (from DATABASE_URL)
    Adopted from Alembic: 3 revisions; the database is at 9f1d6b5e8a42, and nothing was run
    `alembic_version` stays as it is, and nothing here reads it: let Alembic migrate this database no more, and drop the table when you like
    Not applied yet: 1 revision: migrate upgrade
    ── exit 0
    "#);
    assert_snapshot!(project.migrate(["log", "-n", "1"]), @r#"
    ── stdout
    [time]  tester@example  stamp 9f1d6b5e8a42, add user name
        note: adopted from Alembic (`alembic_version`); 1 difference in the schema accepted
    ── stderr
    Database: sqlite:///[folder]/[database].db (from DATABASE_URL)
    ── exit 0
    "#);
}
