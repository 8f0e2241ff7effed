//! Half way: what another tool left, and what was done to it since. Each is refused with its list, and nothing is written.

use tests::{Backend, Database, Role, backends};

use super::{TOOLS, made, project};

/// What is done to a database, one statement after the other.
type Edit = fn(Backend) -> &'static str;

/// Where what is done to a database of this tool is looked at: its table is read in one way, so that two tools do on servers.
fn places(tool: &str) -> Vec<Backend> {
    let is_of_all = ["diesel", "sqlx"].contains(&tool);
    backends().into_iter().filter(|backend| is_of_all || *backend == Backend::Sqlite).collect()
}

/// Makes a database with a tool, edits it, and takes it over with these words: it is refused, and says all of `expected`.
fn check(tool: &str, chain: &str, edit: Edit, words: &str, expected: &[&str]) {
    for backend in places(tool) {
        let database = made(tool, backend);
        database.execute(edit(backend));
        refused(&database, tool, chain, words, expected);
    }
}

fn refused(database: &Database, tool: &str, chain: &str, words: &str, expected: &[&str]) {
    let before = database.dump();
    let project = project(chain, database);
    let words = words.split(' ').filter(|word| !word.is_empty());
    let session = project.migrate(["adopt", "--from", tool].into_iter().chain(words));
    let backend = database.backend();
    assert!(session.ends_with("── exit 1"), "{backend} {tool}\n{session}");
    for words in expected {
        let words = words.replace("TOOL", tool);
        assert!(session.contains(&words), "{backend} {tool}: {words}\n{session}");
    }
    assert!(session.contains("nothing was changed"), "{backend} {tool}\n{session}");
    assert!(!session.contains("panicked"), "{session}");
    assert_eq!(database.dump(), before, "{backend} {tool}");
}

fn nothing(_: Backend) -> &'static str {
    "SELECT 1"
}

/// The same for each tool, with its own chain.
fn check_all(edit: Edit, expected: &[&str]) {
    for (tool, table) in TOOLS {
        let expected: Vec<String> =
            expected.iter().map(|words| words.replace("TABLE", table)).collect();
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        check(tool, tool, edit, "", &expected);
    }
}

#[test]
fn a_schema_that_is_not_all_there_is_refused() {
    check_all(
        |_| "DROP TABLE orders; DROP TABLE users",
        &[
            "nothing is there of what",
            "makes, where `TABLE` says that it is",
            "missing: table users",
            "missing: table orders",
            "`migrate upgrade --allow-non-empty`",
        ],
    );
    check_all(
        |_| "DROP TABLE orders",
        &["1 difference", "missing: table orders", "put the schema right, with "],
    );
    check_all(
        |backend| match backend {
            Backend::Sqlite | Backend::Postgres => {
                "DROP INDEX users_name_idx; ALTER TABLE users DROP COLUMN name"
            }
            Backend::Mariadb => {
                "DROP INDEX users_name_idx ON users; ALTER TABLE users DROP COLUMN name"
            }
        },
        &["2 differences", "missing: column users.name", "missing: index users_name_idx on users"],
    );
    check_all(
        |backend| match backend {
            Backend::Sqlite | Backend::Postgres => "DROP INDEX users_name_idx",
            Backend::Mariadb => "DROP INDEX users_name_idx ON users",
        },
        &["1 difference", "missing: index users_name_idx on users", "--accept-differences"],
    );
}

#[test]
fn a_schema_that_has_more_or_other_things_is_refused() {
    check_all(
        |_| "ALTER TABLE orders ADD COLUMN note TEXT",
        &["not in the migrations: column orders.note"],
    );
    check_all(
        |_| "CREATE INDEX by_total ON orders (total)",
        &["not in the migrations: index by_total"],
    );
    for (tool, _) in TOOLS {
        for backend in places(tool).into_iter().filter(|backend| *backend != Backend::Sqlite) {
            let database = made(tool, backend);
            database.execute(match backend {
                Backend::Sqlite | Backend::Postgres => {
                    "ALTER TABLE users ALTER COLUMN name TYPE TEXT"
                }
                Backend::Mariadb => "ALTER TABLE users MODIFY name VARCHAR(50)",
            });
            refused(
                &database,
                tool,
                tool,
                "",
                &["1 difference", "different: set type of users.name"],
            );
        }
    }
}

#[test]
fn a_schema_that_is_ahead_of_the_table_is_refused() {
    // What was applied last is in the schema, and the tool's table does not say so.
    let ahead = ["1 difference", "not in the migrations: column users.name"];
    check(
        "alembic",
        "alembic",
        |_| "UPDATE alembic_version SET version_num = '3cb3e1f2a9d0'",
        "",
        &ahead,
    );
    check(
        "diesel",
        "diesel",
        |_| "DELETE FROM __diesel_schema_migrations WHERE version = '20240103000000'",
        "",
        &ahead,
    );
    check(
        "sea-orm",
        "sea-orm",
        |_| "DELETE FROM seaql_migrations WHERE version LIKE 'm20240103%'",
        "",
        &ahead,
    );
    check(
        "refinery",
        "refinery",
        |_| "DELETE FROM refinery_schema_history WHERE version = 3",
        "",
        &ahead,
    );
    check(
        "sqlx",
        "sqlx",
        |_| "DELETE FROM _sqlx_migrations WHERE version = 20240103000000",
        "",
        &ahead,
    );
    // A table that a later revision makes.
    check(
        "alembic",
        "alembic",
        |_| "UPDATE alembic_version SET version_num = '27c6a30d7c24'",
        "",
        &["there already: table orders, which a later revision makes"],
    );
}

#[test]
fn a_version_that_is_no_revision_is_refused() {
    check(
        "alembic",
        "alembic",
        |_| "UPDATE alembic_version SET version_num = 'deadbeef0001'",
        "",
        &[
            "`alembic_version` holds one version that is no revision here: deadbeef0001",
            "write a migration for it: `cargo migrate revision`; or say which revision it is: --map deadbeef0001=REV",
        ],
    );
    check(
        "diesel",
        "diesel",
        |_| "INSERT INTO __diesel_schema_migrations (version) VALUES ('20240105000000')",
        "",
        &[
            "holds one version that is no revision here: 20240105000000",
            "`cargo migrate import diesel DIR`",
        ],
    );
    check(
        "sea-orm",
        "sea-orm",
        |_| "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20240105_000001_more', 0)",
        "",
        &[
            "holds one version that is no revision here: m20240105_000001_more",
            "`cargo migrate revision`",
        ],
    );
    check(
        "refinery",
        "refinery",
        |_| "INSERT INTO refinery_schema_history (version, name) VALUES (4, 'more'), (5, 'again')",
        "",
        &[
            "holds 2 versions that are no revisions here: 4 (more), 5 (again)",
            "`cargo migrate import sql DIR`",
        ],
    );
    check(
        "sqlx",
        "sqlx",
        |backend| match backend {
            Backend::Postgres => {
                "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (20240105000000, 'more', true, '', 1)"
            }
            Backend::Sqlite | Backend::Mariadb => {
                "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (20240105000000, 'more', 1, '', 1)"
            }
        },
        "",
        &[
            "holds one version that is no revision here: 20240105000000 (more)",
            "--map 20240105000000=REV",
        ],
    );
}

#[test]
fn gaps_are_refused() {
    let gap = [
        "there are gaps",
        "d00000000002 (create orders) is not there, and d00000000003 is",
        "--at REV",
    ];
    check(
        "diesel",
        "diesel",
        |_| "DELETE FROM __diesel_schema_migrations WHERE version = '20240102000000'",
        "",
        &gap,
    );
    check(
        "sea-orm",
        "sea-orm",
        |_| "DELETE FROM seaql_migrations WHERE version LIKE 'm20240102%'",
        "",
        &gap,
    );
    check(
        "refinery",
        "refinery",
        |_| "DELETE FROM refinery_schema_history WHERE version = 2",
        "",
        &gap,
    );
    check(
        "sqlx",
        "sqlx",
        |_| "DELETE FROM _sqlx_migrations WHERE version < 20240103000000",
        "",
        &[
            "20240101000000 (create users) is not there, and 20240103000000 is; 20240102000000 (create orders) is not there",
        ],
    );
}

#[test]
fn what_a_tool_did_not_finish_is_refused() {
    check(
        "sqlx",
        "sqlx",
        |backend| match backend {
            Backend::Postgres => {
                "UPDATE _sqlx_migrations SET success = false WHERE version = 20240103000000"
            }
            Backend::Sqlite | Backend::Mariadb => {
                "UPDATE _sqlx_migrations SET success = 0 WHERE version = 20240103000000"
            }
        },
        "",
        &[
            "sqlx did not finish one migration: 20240103000000 (add user name)",
            "or take it back, with sqlx",
        ],
    );
}

#[test]
fn a_table_that_says_nothing_fits_no_schema() {
    for (tool, table) in TOOLS {
        for backend in places(tool) {
            let database = made(tool, backend);
            database.execute(&format!("DELETE FROM {table}"));
            refused(
                &database,
                tool,
                tool,
                "",
                &[
                    &format!("`{table}` says that nothing is applied"),
                    "there already: table orders",
                    "there already: table users",
                    "--at REV",
                ],
            );
            database.execute("DROP TABLE orders; DROP TABLE users");
            let said = project(tool, &database).migrate(["adopt", "--from", tool]);
            assert!(
                said.contains("there is nothing to adopt") && said.ends_with("── exit 0"),
                "{said}"
            );
            let said = project(tool, &database).migrate(["upgrade", "--allow-non-empty"]);
            assert!(said.ends_with("── exit 0"), "{said}");
        }
    }
}

#[test]
fn a_table_that_is_not_there_or_another_s_is_refused() {
    for backend in backends() {
        let database = made("diesel", backend);
        refused(
            &database,
            "alembic",
            "alembic",
            "",
            &[
                "there is no table `alembic_version`: is this the right database?",
                "there is `__diesel_schema_migrations`: `migrate adopt --from diesel`",
            ],
        );
        refused(
            &database,
            "sqlx",
            "sqlx",
            "--table __diesel_schema_migrations",
            &["`__diesel_schema_migrations` is no table of sqlx: it has no column `description`"],
        );
        let database = Database::fresh(backend);
        refused(&database, "refinery", "refinery", "", &["It has no tables", "`migrate upgrade`"]);
    }
}

#[test]
fn ours_and_theirs_must_say_the_same() {
    for (tool, table) in TOOLS {
        for backend in places(tool) {
            let database = made(tool, backend);
            let project = project(tool, &database);
            let run = |words: &str| project.migrate(words.split(' '));
            assert!(run("stamp base").ends_with("── exit 0"));
            assert!(run(&format!("adopt --from {tool}")).contains("Adopted from"));
            assert!(run("downgrade -1 --yes").ends_with("── exit 0"));
            refused(
                &database,
                tool,
                tool,
                "",
                &[
                    "`__migrate_version` says",
                    &format!("`{table}` says"),
                    "is ours already",
                    "went on after the database was adopted",
                ],
            );
        }
    }
}

#[test]
fn words_that_fit_nothing_are_refused() {
    check("diesel", "baseline", nothing, "--at 3f2a", &["3f2a"]);
    check("diesel", "baseline", nothing, "--at base", &["`base` is no revision"]);
    check("diesel", "baseline", nothing, "--at a:b", &["a range, and --at takes one revision"]);
    check(
        "sea-orm",
        "sea-orm",
        |_| "INSERT INTO seaql_migrations (version, applied_at) VALUES ('', 1)",
        "",
        &["holds one version that is no revision here", "--map VERSION=REV"],
    );
    check(
        "diesel",
        "baseline",
        nothing,
        "--map 1=ba5e",
        &["`--map 1=…` names no version of `__diesel_schema_migrations`"],
    );
    check("diesel", "baseline", nothing, "--map 20240101000000=base", &["`base` is no revision"]);
    // Stamps of minutes tell no seconds.
    check(
        "diesel",
        "diesel",
        |_| "UPDATE __diesel_schema_migrations SET version = '20240102000030' WHERE version = '20240103000000'",
        "",
        &[
            "which revision is it? 20240102000000 may be d00000000002; 20240102000030 may be d00000000002",
        ],
    );
}

/// What SQL files make is found out on a database of its own. A user who may create none can still tell what is not
/// there at all.
#[test]
fn tables_that_can_t_be_compared_must_be_there() {
    for backend in backends().into_iter().filter(|backend| *backend == Backend::Postgres) {
        let database = made("diesel", backend);
        let role = Role::new(&database, "x");
        database.execute(&format!("GRANT ALL ON ALL TABLES IN SCHEMA public TO {}", role.name()));
        let url = role.url(&format!("{}:x", role.name()));
        let adopt = |option: &[&str]| {
            let project = project("diesel-sql", &database).variable("DATABASE_URL", &url);
            project.migrate(["adopt", "--from", "diesel"].iter().chain(option).copied())
        };
        let check = |option: &[&str], expected: &[&str]| {
            let session = adopt(option);
            for words in expected {
                assert!(session.contains(words), "{words}\n{session}");
            }
        };
        check(&["--dry-run"], &["not compared: `orders`", "This would be written", "── exit 0"]);
        database.execute("DROP TABLE orders");
        let untold = "not there: orders; whether it is to be can't be told: SQL in a migration changed it, and a database for that can't be created";
        check(&[], &["1 difference", untold, "--accept-differences", "── exit 1"]);
        check(&["--accept-differences", "--dry-run"], &["This would be written", "── exit 0"]);
        database.execute("DROP TABLE users");
        check(&[], &["nothing is there of what", untold, "not there: users", "── exit 1"]);
    }
}
