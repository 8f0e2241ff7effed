//! What the tests of an application get from `migrate_core::testing`.

use std::panic::catch_unwind;

use diesel::{MysqlConnection, PgConnection, connection::SimpleConnection};
use migrate_cli::testing::assert_schema_matches;
use migrate_core::{
    Chain, Migrator,
    backend::Database as _,
    prelude::*,
    revision::Rules,
    testing::{self, TestDatabase, migrate_to},
};
use tests::{Backend, Database, backends, chain, revision};

fn two() -> Chain {
    chain(vec![
        revision("a", &[], |op| {
            op.create_table(table("users").column(bigint("id").primary_key()));
        }),
        revision("b", &["a"], |op| {
            op.add_column("users", integer("age").default(7));
        }),
    ])
}

/// The databases of a server whose names begin like this.
fn named(server: &mut PgConnection, begin: &str) -> usize {
    let sql = format!("SELECT datname::text FROM pg_database WHERE datname LIKE '{begin}%'");
    server.query(&sql).expect("the databases").len()
}

#[test]
fn a_database_in_memory_is_migrated_and_goes_to_any_revision() {
    let two = two();
    let mut connection = testing::sqlite(&two);
    connection.batch_execute("INSERT INTO users (id, age) VALUES (1, 30)").expect("a user");
    migrate_to(&mut connection, &two, "a");
    connection.batch_execute("INSERT INTO users (id) VALUES (2)").expect("a user");
    migrate_to(&mut connection, &two, "head");
    let ages = connection.query("SELECT CAST(age AS TEXT) FROM users ORDER BY id").expect("ages");
    assert_eq!(ages, [[Some("7".to_owned())], [Some("7".to_owned())]]);
    migrate_to(&mut connection, &two, "-2");
    migrate_to(&mut connection, &two, "base");
    assert!(
        connection
            .query("SELECT name FROM sqlite_master WHERE name = 'users'")
            .expect("")
            .is_empty()
    );
}

#[test]
fn a_chain_with_two_heads_is_migrated_to_both() {
    let rules = Rules { multiple_heads: true, multiple_bases: false };
    let beside = revision("x", &["a"], |op| {
        op.create_table(table("orders").column(bigint("id").primary_key()));
    });
    let revisions: Vec<_> = two().revisions().iter().copied().chain([beside]).collect();
    let branched = Chain::new(revisions.leak(), rules);
    let mut connection = testing::sqlite(&branched);
    connection.batch_execute("SELECT age FROM users").expect("the table of the one");
    connection.batch_execute("SELECT id FROM orders").expect("the table of the other");
}

#[test]
fn what_cannot_be_done_is_a_panic_that_says_why() {
    let panic = catch_unwind(|| migrate_to(&mut testing::sqlite(&two()), &two(), "zzz"));
    let panic = panic.expect_err("there is no such revision");
    let said = panic.downcast_ref::<String>().expect("words");
    assert!(said.starts_with("cannot migrate to zzz: "), "{said}");

    let url = "postgres://somebody:secret@127.0.0.1:1/postgres";
    let panic = catch_unwind(|| TestDatabase::postgres(url, &two())).expect_err("nobody is there");
    let said = panic.downcast_ref::<String>().expect("words");
    assert!(said.starts_with("the server of the test databases can't be reached"), "{said}");
    assert!(!said.contains("secret"), "{said}");
}

#[test]
fn each_test_has_a_copy_of_the_template_that_is_gone_behind_it() {
    if !backends().contains(&Backend::Postgres) {
        return; // as said on the command line
    }
    // Not the server's own `postgres`: other tests make templates, too.
    let home = Database::fresh(Backend::Postgres);
    let mut server = home.postgres();
    let counted = |upgrade: fn(&mut Ops)| chain(vec![revision("counted", &[], upgrade)]);
    let two = counted(|op| {
        op.create_table(table("users").column(bigint("id").primary_key()));
    });
    let templates = |server: &mut PgConnection| {
        let sql = "SELECT '1' FROM pg_database WHERE shobj_description(oid, 'pg_database') LIKE 'migrate counted %'";
        server.query(sql).expect("the templates").len()
    };
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let database = TestDatabase::postgres(home.url(), &two);
                let mut connection: PgConnection = database.connect();
                // Nobody else's rows are in it, and it is where the chain leads.
                connection.batch_execute("INSERT INTO users (id) VALUES (1)").expect("a user");
                let status = Migrator::new(&two).status(&mut connection).expect("a status");
                assert!(status.pending.is_empty());
                assert!(!format!("{database:?}").contains("://"));
                // Dropped with a connection open, as tests do.
                drop(database);
                assert!(connection.batch_execute("SELECT 1").is_err());
            });
        }
    });
    assert_eq!(templates(&mut server), 1);
    let mine = format!("migrate\\_test\\_{}\\_", std::process::id());
    assert_eq!(named(&mut server, &mine), 0);

    // A chain that was changed has a template of its own.
    let changed = counted(|op| {
        op.create_table(table("people").column(bigint("id").primary_key()));
    });
    let database = TestDatabase::postgres(home.url(), &changed);
    let mut connection: PgConnection = database.connect();
    connection.batch_execute("SELECT id FROM people").expect("the table");
    assert_eq!(templates(&mut server), 2);
}

#[test]
fn a_template_that_was_not_finished_is_made_anew_and_one_of_long_ago_is_dropped() {
    if !backends().contains(&Backend::Postgres) {
        return; // as said on the command line
    }
    let home = Database::fresh(Backend::Postgres);
    let mut server = home.postgres();
    let chain = chain(vec![revision("once", &[], |op| {
        op.create_table(table("once").column(bigint("id").primary_key()));
    })]);
    drop(TestDatabase::postgres(home.url(), &chain));
    let of_chain = "SELECT datname::text FROM pg_database WHERE shobj_description(oid, 'pg_database') LIKE 'migrate once %'";
    let [template] = server.query(of_chain).expect("one").try_into().expect("one");
    let template = template[0].clone().expect("a name");
    // As a process leaves it that was killed, and as one of another day.
    server
        .batch_execute(&format!(
            "ALTER DATABASE {template} WITH IS_TEMPLATE false ALLOW_CONNECTIONS true"
        ))
        .expect("the template");
    server.batch_execute("CREATE DATABASE migrate_template_old").expect("a database");
    server
        .batch_execute("COMMENT ON DATABASE migrate_template_old IS 'migrate once 20000'")
        .expect("a comment");
    let database = TestDatabase::postgres(home.url(), &chain);
    let mut connection: PgConnection = database.connect();
    connection.batch_execute("SELECT id FROM once").expect("the table");
    assert_eq!(server.query(of_chain).expect("one"), [[Some(template)]]);
}

#[test]
fn mariadb_has_databases_for_tests_too() {
    if !backends().contains(&Backend::Mariadb) {
        return; // as said on the command line
    }
    let home = Database::fresh(Backend::Mariadb);
    let two = two();
    let database = TestDatabase::mysql(home.url(), &two);
    let mut connection: MysqlConnection = database.connect();
    connection.batch_execute("INSERT INTO users (id) VALUES (1)").expect("a user");
    drop(database);
    assert!(connection.batch_execute("SELECT * FROM users").is_err());
}

#[test]
fn a_programs_schema_is_held_against_a_database() {
    let check = |schema: &str, expected: Option<&str>| {
        for backend in backends() {
            let database = Database::fresh(backend);
            let mut connection = database.connect();
            migrate_to(connection.as_mut(), &two(), "head");
            let held = catch_unwind(std::panic::AssertUnwindSafe(|| {
                assert_schema_matches(connection.as_mut(), &two(), schema);
            }));
            let said =
                held.err().map(|panic| panic.downcast_ref::<String>().expect("words").clone());
            match (expected, &said) {
                (Some(part), Some(said)) => assert!(said.contains(part), "{backend:?}: {said}"),
                (expected, said) => assert_eq!(expected, said.as_deref(), "{backend:?}"),
            }
        }
    };
    check("diesel::table! { users { id -> BigInt, age -> Integer, } }", None);
    check(
        "diesel::table! { users { id -> BigInt, age -> Nullable<Integer>, } }",
        Some("\n~ users: "),
    );
    check("diesel::table! { users { id -> BigInt, } }", Some("\n- users: drop column users.age"));
    check("schema! { users { id -> BigInt, age -> Integer, } }", Some("default"));
    check("diesel::table! { users { id -> ", Some("can't be compared: "));
}
