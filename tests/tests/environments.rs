//! Settings that somebody gave a role, a database or a connection: a run up and down ends as on a plain one, or is
//! refused before it changed anything; and it leaves the settings as it found them.

use migrate_core::{
    Chain, Migrator, Ops, Options, Revision, backend::Database as Connection, diesel::prelude::*,
    prelude::*,
};
use tests::faults::{Seen, seen};
use tests::{Backend, Database, Role, backends, chain, revision, told};

const TEXT: &str = "it's \"a\" \\n b\\' -- é日🚀 $$";

fn orders(op: &mut Ops) {
    op.create_table(
        table("accounts").column(bigint("id").primary_key()).column(varchar("name", 80).unique()),
    );
    op.create_table(
        table("orders")
            .column(bigint("id").primary_key().identity())
            .column(bigint("account_id").nullable().references("accounts", "id"))
            .column(varchar("symbol", 40).default(TEXT).comment("it's \\ \"so\""))
            .column(boolean("is_open").default(true))
            .column(numeric("price", 12, 2).default(decimal("0.10")))
            .column(date("day").default_sql("'2024-02-03'"))
            .column(timestamp("at").default_sql("'2024-02-03 04:05:06'"))
            .constraint(check("symbol <> 'a\\b''c'").named("orders_symbol")),
    );
}

fn first_rows(op: &mut Ops) {
    op.bulk_insert(
        rows("accounts")
            .row(row().set("id", 0).set("name", "zero"))
            .row(row().set("id", 1).set("name", TEXT)),
    );
    op.bulk_insert(rows("orders").row(row().set("id", 1).set("account_id", 1)));
    op.execute("INSERT INTO orders (id, symbol, day) VALUES (2, 'a\\', '2024-11-12')")
        .undo("DELETE FROM orders WHERE id = 2");
}

fn more_columns(op: &mut Ops) {
    op.add_column("orders", varchar("notes", 40).default("\\"));
    op.add_column("orders", bigint("doubled").fill_with("id * 2"));
    op.alter_column("orders", "symbol").set_type(types::varchar(60)).set_default("o'\\");
    op.execute("UPDATE orders SET notes = 'x\\y' WHERE id = 1").undo_nothing();
}

fn outside(op: &mut Ops) {
    op.create_index(index("orders_day").on("orders", ["day"]).postgres(|i| i.concurrently()));
    op.execute("UPDATE orders SET doubled = doubled + 1").undo_nothing();
}

fn last(op: &mut Ops) {
    op.create_view(view("notes").query("SELECT id, notes FROM orders WHERE notes <> 'a\\b'"));
    op.run(
        "count on",
        code!(|conn| {
            diesel::sql_query("UPDATE orders SET doubled = doubled + 1").execute(conn)?;
            Ok(())
        }),
    )
    .undo_nothing();
}

fn all() -> Chain {
    chain(vec![
        revision("a", &[], orders),
        revision("b", &["a"], first_rows),
        revision("c", &["b"], more_columns),
        Revision { transaction: false, ..revision("d", &["c"], outside) },
        revision("e", &["d"], last),
    ])
}

/// Where a setting comes from.
#[derive(Clone, Copy, Debug)]
enum Of {
    /// `ALTER ROLE … IN DATABASE … SET`, for the owner of the database, who is no superuser.
    Role,
    /// The URL of a superuser.
    Url,
    /// What a superuser did to the database before.
    Database,
    /// What somebody did on the connection before.
    Connection,
}

/// A database and a connection to it that has a setting.
fn with(
    backend: Backend,
    of: Of,
    setting: &str,
    check: impl FnOnce(&Database, &mut dyn Connection),
) {
    let database = Database::fresh(backend);
    if backend != Backend::Postgres {
        let mut connection = database.connect();
        connection.batch(setting).unwrap_or_else(|error| panic!("{setting}: {error}"));
        return check(&database, &mut *connection);
    }
    let role = Role::new(&database, "x");
    let login = format!("{}:x", role.name());
    let mut url = role.url(&login);
    match of {
        Of::Role if setting.is_empty() => {}
        Of::Role => database.execute(&format!(
            "ALTER ROLE {} IN DATABASE {} SET {setting}",
            role.name(),
            database.name()
        )),
        Of::Url => {
            url = format!("{}?options=-c%20{}", database.url(), setting.replace('=', "%3D"));
        }
        Of::Database => database.execute(setting),
        Of::Connection => panic!("a role has the same"),
    }
    let user = Database::at(backend, database.name(), &url);
    let mut connection = user.connect();
    check(&database, &mut *connection);
}

/// All that can be set on a connection, as it is.
fn settings(backend: Backend, connection: &mut dyn Connection) -> Vec<String> {
    let sql = match backend {
        Backend::Postgres => {
            "SELECT name || ' = ' || coalesce(setting, '') FROM pg_settings WHERE name NOT LIKE 'plpgsql.%' ORDER BY name"
        }
        Backend::Mariadb => {
            "SELECT CAST(concat(variable_name, ' = ', variable_value) AS CHAR) FROM information_schema.session_variables \
             WHERE variable_name NOT IN ('TIMESTAMP', 'LAST_INSERT_ID', 'IDENTITY', 'INSERT_ID', 'WARNING_COUNT', 'ERROR_COUNT', \
             'RAND_SEED1', 'RAND_SEED2', 'LAST_GTID', 'GTID_BINLOG_POS', 'GTID_CURRENT_POS') ORDER BY 1"
        }
        Backend::Sqlite => {
            "SELECT 'foreign_keys = ' || foreign_keys || ', recursive_triggers = ' || recursive_triggers || ', legacy_alter_table = ' || \
             legacy_alter_table || ', busy_timeout = ' || timeout || ', query_only = ' || query_only || ', journal_mode = ' || \
             journal_mode || ', ignore_check_constraints = ' || ignore_check_constraints || ', case_sensitive_like = ' || ('a' NOT LIKE 'A') \
             FROM pragma_foreign_keys, pragma_recursive_triggers, pragma_legacy_alter_table, pragma_busy_timeout, pragma_query_only, \
             pragma_journal_mode, pragma_ignore_check_constraints"
        }
    };
    let rows = connection.query(sql).unwrap_or_else(|error| panic!("{error}"));
    rows.into_iter().flatten().flatten().collect()
}

/// What a run up and down comes to.
#[derive(Debug, PartialEq)]
struct Ended {
    up: Seen,
    down: Seen,
}

/// Runs up and down; the message where it is refused, and the settings that a run did not put back.
fn run(
    database: &Database,
    connection: &mut dyn Connection,
    left: &mut Vec<String>,
) -> Result<Ended, String> {
    let chain = all();
    let mut go = |connection: &mut dyn Connection, target: &str| {
        let before = settings(database.backend(), connection);
        let options = Options { allow_non_empty: true, ..Options::default() };
        let mut migrator = Migrator::new(&chain).with(options);
        let result = match target {
            "base" => migrator.downgrade(connection, target),
            _ => migrator.upgrade(connection, target),
        };
        let after = settings(database.backend(), connection);
        left.extend(after.into_iter().filter(|line| !before.contains(line)));
        result.map_err(|error| told(&error))
    };
    go(connection, "head")?;
    let up = seen(database);
    let again = go(connection, "head")?;
    assert_eq!(again.steps.len(), 0);
    go(connection, "base")?;
    Ok(Ended { up, down: seen(database) })
}

/// Each setting with what the message says where nothing is run; it is empty where all is as ever.
fn each(backend: Backend, of: Of, plain: &str, cases: &[(&str, &str)]) {
    if !backends().contains(&backend) {
        return;
    }
    let mut expected = None;
    with(backend, Of::Role, plain, |database, connection| {
        expected = Some(run(database, connection, &mut Vec::new()));
    });
    let expected = expected.expect("a plain run").unwrap_or_else(|said| panic!("{said}"));
    let mut faults = Vec::new();
    for (setting, refusal) in cases {
        with(backend, of, setting, |database, connection| {
            let before = seen(database);
            let mut left = Vec::new();
            let result = run(database, connection, &mut left);
            let mut is = |is_so: bool, what: String| {
                if !is_so {
                    faults.push(format!("{setting}: {what}"));
                }
            };
            match result {
                Ok(ended) => {
                    is(refusal.is_empty(), format!("it was not refused with: {refusal}"));
                    is(ended.up == expected.up, format!("{:?}", ended.up));
                    is(ended.down == expected.down, format!("{:?}", ended.down));
                }
                Err(said) => {
                    is(!refusal.is_empty() && said.contains(refusal), said);
                    is(seen(database) == before, "something was changed".to_owned());
                }
            }
            is(left.is_empty(), format!("the run left {left:?}"));
        });
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n\n"));
}

#[test]
fn what_a_role_of_postgres_has_set_changes_nothing() {
    let cases = [
        ("default_transaction_read_only = on", "transactions of this user only read here"),
        ("standard_conforming_strings = off", ""),
        ("backslash_quote = off", ""),
        ("default_transaction_isolation = serializable", ""),
        ("default_transaction_isolation = 'repeatable read'", ""),
        ("default_transaction_deferrable = on", ""),
        ("DateStyle = 'German, DMY'", ""),
        ("DateStyle = 'SQL, DMY'", ""),
        ("IntervalStyle = 'sql_standard'", ""),
        ("TimeZone = 'Asia/Kathmandu'", ""),
        ("client_encoding = 'LATIN1'", ""),
        ("client_encoding = 'SQL_ASCII'", ""),
        ("lock_timeout = 1", ""),
        ("statement_timeout = '30s'", ""),
        ("idle_in_transaction_session_timeout = '30s'", ""),
        ("bytea_output = 'escape'", ""),
        ("extra_float_digits = -15", ""),
        ("quote_all_identifiers = on", ""),
        ("transform_null_equals = on", ""),
        ("array_nulls = off", ""),
        ("check_function_bodies = off", ""),
        ("client_min_messages = error", ""),
        ("client_min_messages = notice", ""),
        ("application_name = 'theirs'", ""),
        ("row_security = off", ""),
        ("synchronous_commit = off", ""),
        ("default_toast_compression = 'pglz'", ""),
        ("enable_seqscan = off", ""),
        ("search_path = 'nowhere'", "no schema has been selected"),
        ("search_path = ''", "no schema has been selected"),
        ("search_path = pg_catalog, public", "CREATE on schema pg_catalog"),
    ];
    each(Backend::Postgres, Of::Role, "", &cases);
}

#[test]
fn what_a_superuser_of_postgres_has_set_changes_nothing() {
    let cases = [
        ("session_replication_role=replica", ""),
        ("log_statement=all", ""),
        ("lc_messages=C", ""),
        ("allow_system_table_mods=on", ""),
        ("zero_damaged_pages=on", ""),
        ("default_transaction_read_only=on", "transactions of this user only read here"),
    ];
    each(Backend::Postgres, Of::Url, "", &cases);
}

#[test]
fn what_a_database_of_postgres_holds_is_said_before_anything_is_changed() {
    let raise = |tag: &str| {
        format!(
            "CREATE FUNCTION no() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'not on a friday'; END$$; \
             CREATE EVENT TRIGGER no ON ddl_command_start WHEN TAG IN ('{tag}') EXECUTE FUNCTION no()"
        )
    };
    each(Backend::Postgres, Of::Database, "", &[(&raise("CREATE TABLE"), "not on a friday")]);
}

#[test]
fn what_a_connection_to_mariadb_has_set_changes_nothing() {
    let cases = [
        ("SET SESSION sql_mode = ''", ""),
        ("SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES'", ""),
        ("SET SESSION sql_mode = 'ANSI_QUOTES'", ""),
        ("SET SESSION sql_mode = 'ORACLE'", ""),
        ("SET SESSION sql_mode = 'PAD_CHAR_TO_FULL_LENGTH,HIGH_NOT_PRECEDENCE,IGNORE_SPACE'", ""),
        ("SET SESSION time_zone = '+05:45'", ""),
        ("SET SESSION autocommit = 0", ""),
        ("SET NAMES latin1", ""),
        ("SET SESSION character_set_results = NULL", ""),
        ("SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE", ""),
        ("SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED", ""),
        ("SET SESSION TRANSACTION READ ONLY", "READ ONLY transaction"),
        ("SET SESSION foreign_key_checks = 0", ""),
        ("SET SESSION check_constraint_checks = 0", ""),
        ("SET SESSION unique_checks = 0", ""),
        ("SET SESSION sql_select_limit = 1", ""),
        ("SET SESSION sql_safe_updates = 1", ""),
        ("SET SESSION completion_type = 'CHAIN'", ""),
        ("SET SESSION explicit_defaults_for_timestamp = 0", ""),
        ("SET SESSION group_concat_max_len = 4", ""),
        ("SET SESSION sql_auto_is_null = 1", ""),
        ("SET SESSION sql_quote_show_create = 0", ""),
        ("SET SESSION lc_messages = 'de_DE'", ""),
        ("SET SESSION lc_time_names = 'de_DE'", ""),
        ("SET SESSION lock_wait_timeout = 1, SESSION innodb_lock_wait_timeout = 1", ""),
        ("SET SESSION max_statement_time = 30", ""),
        ("SET SESSION div_precision_increment = 0", ""),
    ];
    each(Backend::Mariadb, Of::Connection, "DO 0", &cases);
}

#[test]
fn what_a_connection_to_sqlite_has_set_changes_nothing() {
    let cases = [
        ("PRAGMA foreign_keys = OFF", ""),
        ("PRAGMA foreign_keys = ON", ""),
        ("PRAGMA recursive_triggers = ON", ""),
        ("PRAGMA legacy_alter_table = ON", ""),
        ("PRAGMA case_sensitive_like = ON", ""),
        ("PRAGMA ignore_check_constraints = ON", ""),
        ("PRAGMA reverse_unordered_selects = ON", ""),
        ("PRAGMA journal_mode = WAL", ""),
        ("PRAGMA encoding = 'UTF-16'", ""),
        ("PRAGMA busy_timeout = 0", ""),
        ("PRAGMA query_only = ON", "can't be written"),
    ];
    each(Backend::Sqlite, Of::Connection, "PRAGMA user_version = 0", &cases);
}

/// Policies that the owner of the tables is under, too: what they hide, nobody may take for not there.
#[test]
fn rows_that_a_policy_hides_are_not_taken_for_gone() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let chain = all();
    let cases = [
        ("__migrate_version", "says base, the log says `b`"),
        ("__migrate_log", "new row violates row-level security policy"),
        ("orders", "query would be affected by row-level security policy"),
    ];
    for (table, words) in cases {
        with(Backend::Postgres, Of::Role, "", |database, connection| {
            let mut migrator = Migrator::new(&chain);
            migrator.upgrade(connection, "b").unwrap_or_else(|error| panic!("{}", told(&error)));
            database.execute(&format!(
                "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
            ));
            let before = seen(database);
            let error = migrator.upgrade(connection, "head").expect_err(table);
            assert!(told(&error).contains(words), "{}", told(&error));
            assert_eq!(seen(database), before, "{table}");
        });
    }
}
