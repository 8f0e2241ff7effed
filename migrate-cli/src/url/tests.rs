//! One line for each spelling.

use std::path::Path;

use super::*;

/// What a URL means: the connection for libpq, or the file; then what is shown.
fn check(text: &str, meaning: &str, shown: &str) {
    let url =
        DatabaseUrl::parse(text, Path::new("/work")).unwrap_or_else(|e| panic!("{text}: {e}"));
    let found = match &url {
        DatabaseUrl::Postgres(url) => {
            let all = url.connection.expose().to_owned();
            all.strip_suffix("fallback_application_name=migrate")
                .map_or(all.clone(), |all| all.trim_end_matches(['?', '&']).to_owned())
        }
        DatabaseUrl::Mysql(url) => url.connection.expose().to_owned(),
        DatabaseUrl::Sqlite(url) => match (&url.place, url.is_read_only) {
            (SqlitePlace::Memory, _) => "memory".to_owned(),
            (SqlitePlace::File(path), true) => format!("{} read-only", path.display()),
            (SqlitePlace::File(path), false) => path.display().to_string(),
        },
    };
    assert_eq!(found, meaning, "{text}");
    assert_eq!(url.shown(Path::new("/work")), shown, "{text}");
}

fn refused(text: &str, message: &str) {
    let error = DatabaseUrl::parse(text, Path::new("/work")).expect_err(text);
    assert_eq!(error.to_string(), message, "{text}");
}

#[test]
fn sqlite_spellings() {
    check("sqlite:///trading.db", "/work/trading.db", "sqlite:///trading.db");
    check("sqlite:///data/trading.db", "/work/data/trading.db", "sqlite:///data/trading.db");
    check("sqlite:////srv/trading.db", "/srv/trading.db", "sqlite:////srv/trading.db");
    check("sqlite://trading.db", "/work/trading.db", "sqlite:///trading.db");
    check("sqlite:trading.db", "/work/trading.db", "sqlite:///trading.db");
    check("sqlite:/srv/trading.db", "/srv/trading.db", "sqlite:////srv/trading.db");
    check("sqlite:./trading.db", "/work/./trading.db", "sqlite:///trading.db");
    check("SQLite:///trading.db", "/work/trading.db", "sqlite:///trading.db");
    check("sqlite+pysqlite:///trading.db", "/work/trading.db", "sqlite:///trading.db");
    check("sqlite+aiosqlite:///trading.db", "/work/trading.db", "sqlite:///trading.db");
    check("sqlite3:///trading.db", "/work/trading.db", "sqlite:///trading.db");
    check("trading.db", "/work/trading.db", "sqlite:///trading.db");
    check("data/trading.sqlite", "/work/data/trading.sqlite", "sqlite:///data/trading.sqlite");
    check("/srv/trading.SQLITE3", "/srv/trading.SQLITE3", "sqlite:////srv/trading.SQLITE3");
    check("  trading.db\n", "/work/trading.db", "sqlite:///trading.db");
    check("sqlite://", "memory", "sqlite://");
    check("sqlite:///", "memory", "sqlite://");
    check("sqlite:///:memory:", "memory", "sqlite://");
    check("sqlite::memory:", "memory", "sqlite://");
    check(":memory:", "memory", "sqlite://");
    check("sqlite:///x.db?mode=memory", "memory", "sqlite://");
    check("sqlite:///x.db?mode=ro", "/work/x.db read-only", "sqlite:///x.db");
    check("sqlite:///x.db?mode=rwc&cache=shared", "/work/x.db", "sqlite:///x.db");
    check("sqlite:///x.db?check_same_thread=False&timeout=5", "/work/x.db", "sqlite:///x.db");
    check("sqlite:///file:x%20y.db?mode=ro&uri=true", "/work/x y.db read-only", "sqlite:///x y.db");
    check("file:x.db?mode=ro", "/work/x.db read-only", "sqlite:///x.db");
    check("file:///srv/x%20y.db", "/srv/x y.db", "sqlite:////srv/x y.db");
    check("file://localhost/srv/x.db", "/srv/x.db", "sqlite:////srv/x.db");
    // SQLAlchemy decodes nothing in a path.
    check("sqlite:///a%20b.db", "/work/a%20b.db", "sqlite:///a%20b.db");
    check("sqlite:///naïve 💾.db", "/work/naïve 💾.db", "sqlite:///naïve 💾.db");
    check("sqlite://a@b.db", "/work/a@b.db", "sqlite:///a@b.db");
    check("sqlite:///a:b@c.db", "/work/a:b@c.db", "sqlite:///a:b@c.db");
    check("sqlite:///a#b.db", "/work/a#b.db", "sqlite:///a#b.db");
}

#[test]
fn postgres_spellings() {
    // What is written, what libpq is given, what is shown.
    let same = |text: &str| check(text, text, text);
    same("postgres://localhost/trading");
    same("postgres://localhost:5433/trading");
    same("postgres://[::1]:5432/trading");
    same("postgres://ann@localhost/trading");
    same("postgres://a.example,b.example:5433/trading");
    same("postgres://%2Fvar%2Frun/trading");
    same("postgres://localhost");
    same("postgres://localhost/");
    same("postgres:///trading");
    same("postgres:///trading?host=%2Fvar%2Frun");
    same("postgres://h/d?sslmode=verify-full");
    same("postgres://h/d?options=-csearch_path%3Dtrading");

    let plain = "postgres://h/d";
    check("postgresql://h/d", plain, plain);
    check("postgresql+asyncpg://h/d", plain, plain);
    check("postgresql+psycopg2://h/d", plain, plain);
    check("postgresql+psycopg://h/d", plain, plain);
    check("postgresql+pg8000://h/d", plain, plain);
    check("POSTGRES://h/d", plain, plain);
    check("postgres:h/d", plain, plain);
    check("postgres://h/d?", plain, plain);

    let require = "postgres://h/d?sslmode=require";
    check("postgres://h/d?ssl=require", require, require);
    check("postgres://h/d?ssl=true", require, require);
    check("postgres://h/d?ssl=1", require, require);
    check(
        "postgres://h/d?ssl=False",
        "postgres://h/d?sslmode=disable",
        "postgres://h/d?sslmode=disable",
    );
    let utf8 = "postgres://h/d?client_encoding=UTF8";
    check("postgres://h/d?charset=utf8", utf8, utf8);
    check("postgres://h/d?charset=utf8mb4", utf8, utf8);
    let timeout = "postgres://h/d?connect_timeout=5";
    check("postgres://h/d?timeout=5", timeout, timeout);
    check("postgres://h/d?prepared_statement_cache_size=0&pool_size=5", plain, plain);
}

#[test]
fn passwords_reach_libpq_whole_and_nobody_else() {
    let check = |written: &str, encoded: &str| {
        let text = format!("postgresql+asyncpg://ann:{written}@h:5432/d?ssl=require");
        let meaning = format!("postgres://ann:{encoded}@h:5432/d?sslmode=require");
        check(&text, &meaning, "postgres://ann:***@h:5432/d?sslmode=require");
        let url = DatabaseUrl::parse(&text, Path::new("/")).expect("it was read above");
        assert!(!format!("{url:?}").contains(written), "{written} in Debug");
    };
    check("hunter2", "hunter2");
    check("pa$word", "pa%24word");
    check("p%40ss", "p%40ss");
    check("p@ss", "p%40ss");
    check("p@s/s", "p%40s%2Fs");
    check("p@s?s", "p%40s%3Fs");
    check("a:b/c#d?e%f&g+h=i", "a%3Ab%2Fc%23d%3Fe%25f%26g%2Bh%3Di");
    check("50%zz", "50%25zz");
    check("[]\\'\" x", "%5B%5D%5C%27%22%20x");
    check("pässwörd", "p%C3%A4ssw%C3%B6rd");
    check(&"x".repeat(1024), &"x".repeat(1024));
}

#[test]
fn passwords_in_parameters_are_masked_too() {
    check(
        "postgres://h/d?user=ann&password=p%40ss",
        "postgres://h/d?user=ann&password=p%40ss",
        "postgres://h/d?user=ann&password=***",
    );
    check("postgres://ann:@h/d", "postgres://ann@h/d", "postgres://ann@h/d");
    for name in ["PASSWORD", "passwd", "pass", "pwd", "sslpassword", "token"] {
        let text = format!("postgres://h/d?SSLMODE=allow&{name}=CANARY");
        check(&text, &text, &format!("postgres://h/d?SSLMODE=allow&{name}=***"));
    }
    check(
        "postgres://h/d?options=-c%20password%3DCANARY",
        "postgres://h/d?options=-c%20password%3DCANARY",
        "postgres://h/d?options=***",
    );
    // A password that was not encoded goes on where it seems to end.
    check(
        "postgres://h/d?password=a&b",
        "postgres://h/d?password=a&b=",
        "postgres://h/d?password=***&***",
    );
    check("postgres://h/d?a%20b=c", "postgres://h/d?a%20b=c", "postgres://h/d?***");
}

#[test]
fn what_another_kind_of_url_would_hide_is_masked() {
    let check = |text: &str, meaning: &str, shown: &str| {
        check(text, meaning, shown);
        let Ok(DatabaseUrl::Postgres(url)) = DatabaseUrl::parse(text, Path::new("/")) else {
            panic!("{text}");
        };
        let said = "no database \"x;password=CANARY\", but CANARY";
        assert!(!crate::secret::scrub(said, &url.secrets).contains("CANARY"), "{text}");
    };
    check(
        "postgres://h/x;password=CANARY",
        "postgres://h/x%3Bpassword%3DCANARY",
        "postgres://h/x%3B***",
    );
    check("postgres://h/x#CANARY", "postgres://h/x%23CANARY", "postgres://h/x%23***");
    check("postgres://h;pwd=CANARY", "postgres://h;pwd=CANARY", "postgres://h;***");
    check(
        "postgres://u;pwd=CANARY@h/d",
        "postgres://u%3Bpwd%3DCANARY@h/d",
        "postgres://u%3B***@h/d",
    );
    check(
        "postgres://h/d?sslmode=allow;pwd=CANARY",
        "postgres://h/d?sslmode=allow%3Bpwd%3DCANARY",
        "postgres://h/d?sslmode=allow%3B***",
    );
    refused(
        "postgres://h/d?ssl=1;pwd=CANARY",
        "the parameter `ssl` of the database URL can't be `1;***`",
    );
    let no_user = "a SQLite database has no user and no password";
    refused("sqlite+pysqlcipher://:CANARY@/x.db", no_user);
    refused("sqlite+pysqlcipher://:CAN/ARY@/x.db?cipher=aes-256-cfb", no_user);
    refused("sqlite://user:CANARY@host/x.db", no_user);
}

#[test]
fn an_at_in_a_parameter_begins_no_host() {
    // No user at all, although there is an `@`.
    check(
        "postgres://h/d?application_name=a@b",
        "postgres://h/d?application_name=a%40b",
        "postgres://h/d?application_name=a%40b",
    );
    check(
        "postgres://u:p@h/d?application_name=a@b",
        "postgres://u:p@h/d?application_name=a%40b",
        "postgres://u:***@h/d?application_name=a%40b",
    );
}

#[test]
fn a_name_for_the_server_to_show_is_ours_unless_it_is_given() {
    let connection = |text: &str| match DatabaseUrl::parse(text, Path::new("/")) {
        Ok(DatabaseUrl::Postgres(url)) => url.connection.expose().to_owned(),
        other => panic!("{other:?}"),
    };
    assert_eq!(connection("postgres://h/d"), "postgres://h/d?fallback_application_name=migrate");
    assert_eq!(
        connection("postgres://h/d?ssl=1"),
        "postgres://h/d?sslmode=require&fallback_application_name=migrate"
    );
    assert_eq!(
        connection("postgres://h/d?application_name=x"),
        "postgres://h/d?application_name=x"
    );
}

#[test]
fn mysql_spellings() {
    let check = |text: &str, meaning: &str, shown: &str| check(text, meaning, shown);
    check("mysql://u:hunter2@h/d", "mysql://u:hunter2@h/d", "mysql://u:***@h/d");
    check("mariadb://u:hunter2@h/d", "mysql://u:hunter2@h/d", "mariadb://u:***@h/d");
    check(
        "mysql+pymysql://u:hunter2@h:3307/d",
        "mysql://u:hunter2@h:3307/d",
        "mysql://u:***@h:3307/d",
    );
    check("mysql+aiomysql://h/d", "mysql://h/d", "mysql://h/d");
    check("mariadb+mariadbconnector://h/d", "mysql://h/d", "mariadb://h/d");
    check("mysql://u@/d", "mysql://u@localhost/d", "mysql://u@localhost/d");
    check("mysql://u:a%40b%2Fc@h/d", "mysql://u:a%40b%2Fc@h/d", "mysql://u:***@h/d");
    check("mysql://u:a@b/c#%zz@h/d", "mysql://u:a%40b%2Fc%23%25zz@h/d", "mysql://u:***@h/d");
    check("mysql://h/d?charset=utf8mb4", "mysql://h/d", "mysql://h/d");
    check(
        "mysql://u@h/d?unix_socket=/run/m.sock",
        "mysql://u@h/d?unix_socket=%2Frun%2Fm.sock",
        "mysql://u@h/d?unix_socket=%2Frun%2Fm.sock",
    );
    check("mysql://h/d?ssl=true", "mysql://h/d?ssl_mode=required", "mysql://h/d?ssl_mode=required");
    check(
        "mysql://h/d?ssl-mode=VERIFY_CA",
        "mysql://h/d?ssl_mode=verify_ca",
        "mysql://h/d?ssl_mode=verify_ca",
    );
    check(
        "mysql://h/d?ssl_disabled=true",
        "mysql://h/d?ssl_mode=disabled",
        "mysql://h/d?ssl_mode=disabled",
    );
    check(
        "mysql://h/d?ssl_ca=/etc/ca.pem",
        "mysql://h/d?ssl_ca=%2Fetc%2Fca.pem",
        "mysql://h/d?ssl_ca=%2Fetc%2Fca.pem",
    );
    check("mysql://h/d?token=hunter2", "mysql://h/d?token=hunter2", "mysql://h/d?token=***");
}

#[test]
fn what_is_no_database() {
    refused("", "the database URL is empty");
    refused("  ", "the database URL is empty");
    refused("'postgres://u:hunter2@h/d'", "the database URL stands in quotes of its own");
    refused("\"x.db\"", "the database URL stands in quotes of its own");
    refused("trading", "the database URL has no scheme");
    refused("host=localhost password=hunter2", "the database URL has no scheme");
    refused("oracle://scott:tiger@h/d", "there is no backend for URLs that begin with `oracle:`");
    refused("mssql+pyodbc://h/d", "there is no backend for URLs that begin with `mssql+pyodbc:`");
    refused(
        "mysql://h/d?ssl_mode=maybe",
        "the parameter `ssl_mode` of the database URL can't be `maybe`",
    );
    refused(
        "mysql://h/d?user=ann&password=hunter2",
        "the database URL has the parameter `user`, which MySQL's driver does not heed",
    );
    refused(
        "mysql://h/d?passwd=hunter2",
        "the database URL has the parameter `passwd`, which MySQL's driver does not heed",
    );
    refused("mysql://h", "the database URL names no database");
    refused("mysql://h/?ssl=1", "the database URL names no database");
    refused("mysql://h:0/d", "the port in the database URL is not a number from 1 to 65535");
    refused("postgres://h/d\0", "the database URL has a NUL character");
    refused("postgres://h/d?ssl=maybe", "the parameter `ssl` of the database URL can't be `maybe`");
    refused("postgres://h:port/d", "the port in the database URL is not a number from 1 to 65535");
    refused("postgres://a/nn:pw@h/d", "the database URL has an `@` that ends no user and password");
    refused("postgres://h:0/d", "the port in the database URL is not a number from 1 to 65535");
    refused("sqlite:///x.db?mode=w", "the parameter `mode` of the database URL can't be `w`");
    refused("sqlite:///x.db?journal=wal", "SQLite has no parameter `journal` in a database URL");
}

#[test]
fn nothing_that_holds_a_url_shows_it_for_debugging() {
    use clap::Parser;
    use std::collections::BTreeMap;

    use crate::config::{Environment, Project, database};

    const URL: &str = "postgres://ann:CANARY@h/d?token=CANARY&options=-c%20x%3DCANARY";
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("migrate.toml");
    std::fs::write(&file, format!("database_url = \"{URL}\"\n")).expect("a file");
    let variables: BTreeMap<_, _> = [("DATABASE_URL".to_owned(), URL.to_owned())].into();
    let mut environment = crate::tests::environment(folder.path());
    environment.variables = variables;
    let line = ["migrate", "upgrade", "--database-url", URL];
    let arguments = crate::args::Arguments::try_parse_from(line).expect("a command line");
    let project = Project::find(&environment, None).expect("a project");
    let mut shown = vec![
        format!("{:?}", DatabaseUrl::parse(URL, Path::new("/"))),
        format!("{:?}", DatabaseUrl::parse(&URL.replace("postgres", "mysql"), Path::new("/"))),
        format!("{:?}", DatabaseUrl::parse("postgres://a/b:CANARY@h/d", Path::new("/"))),
        format!("{:?}", DatabaseUrl::parse("postgres://ann:CANARY@h:port/d", Path::new("/"))),
        format!("{arguments:?} {:?}", arguments.globals),
        format!("{environment:?}"),
        format!("{project:?} {:?}", project.config),
    ];
    for option in [None, Some(URL)] {
        let found: Result<_, _> = database(&environment, &project, option);
        shown.push(format!("{found:?}"));
    }
    let empty = Environment { variables: BTreeMap::new(), ..environment };
    shown.push(format!("{:?}", database(&empty, &project, None)));
    for text in shown {
        assert!(!text.contains("CANARY"), "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_a_url_or_not(text in ".{0,60}", scheme in "(postgres|sqlite|file|mysql|)(:|://)?") {
        let _ = DatabaseUrl::parse(&format!("{scheme}{text}"), Path::new("/work"));
    }

    /// However a password is written, libpq gets it and nobody sees it.
    #[test]
    fn no_password_is_ever_shown(password in "[!-~é日]{4,30}", encodes in proptest::bool::ANY) {
        // A `?` and a `=` before an `@` can't be told from a parameter.
        proptest::prop_assume!(encodes || !password.contains('@'));
        proptest::prop_assume!(!"postgres://user:***@host/database".contains(&password));
        let written = if encodes { encoded(&password) } else { password.clone() };
        let text = format!("postgres://user:{written}@host/database");
        let url = DatabaseUrl::parse(&text, Path::new("/")).expect("it is one");
        proptest::prop_assert_eq!(url.shown(Path::new("/")), "postgres://user:***@host/database");
        let DatabaseUrl::Postgres(postgres) = &url else { panic!("{url:?}") };
        let expected = encoded(&decoded(&written));
        let part = format!(":{expected}@host");
        proptest::prop_assert!(postgres.connection.expose().contains(&part));
        let said = format!("cannot use {password} or {}", encoded(&password));
        let clean = crate::secret::scrub(&said, &postgres.secrets);
        proptest::prop_assert!(encodes && password.contains('%') || !clean.contains(&password), "{}", clean);
    }
}
