//! Surroundings as folders and variables, and the database that they name.

use std::fs;

use super::*;

/// A temporary folder with files in it.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, text).expect("a file");
        }
        Folder(folder)
    }

    fn environment(&self, folder: &str, variables: &[(&str, &str)]) -> Environment {
        let folder = self.0.path().join(folder);
        fs::create_dir_all(&folder).expect("a folder");
        let text = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Environment {
            variables: variables.iter().map(text).collect(),
            unreadable: Vec::new(),
            folder,
            is_debug_build: true,
            host: Some("desk".to_owned()),
        }
    }

    /// The database and its origin, or what is wrong; paths from this folder.
    fn told(&self, environment: &Environment, option: Option<&str>) -> String {
        let root = self.0.path();
        let told = Project::find(environment, None)
            .and_then(|project| database(environment, &project, option))
            .map(|(url, origin)| format!("{} ({})", url.shown(root), origin.shown(root)))
            .unwrap_or_else(|failure| {
                let all = [&[failure.message][..], &failure.causes].concat();
                all.into_iter().chain(failure.hint).collect::<Vec<_>>().join(" / ")
            });
        told.replace(&root.display().to_string(), "…")
    }
}

#[test]
fn the_nearest_word_counts() {
    let folder = Folder::new(&[
        ("migrate.toml", "database_url = 'sqlite:///config.db'\r\n"),
        (".env", "DATABASE_URL=sqlite:///dotenv.db\r\n"),
        ("inner/.env", "OTHER=1"),
        ("deeper/er/.env", "DATABASE_URL='sqlite:///deep$er.db'"),
    ]);
    let variable = [("DATABASE_URL", "sqlite:///variable.db")];
    let here = folder.environment("", &[]);
    assert_eq!(
        folder.told(&folder.environment("", &variable), Some("sqlite:///option.db")),
        "sqlite:///option.db (from --database-url)"
    );
    assert_eq!(
        folder.told(&folder.environment("", &variable), None),
        "sqlite:///variable.db (from DATABASE_URL)"
    );
    let dotenv = "sqlite:///dotenv.db (from DATABASE_URL in .env)";
    assert_eq!(folder.told(&here, None), dotenv);
    // A relative path in a file starts where the file is.
    assert_eq!(folder.told(&folder.environment("inner", &[]), None), dotenv);
    assert_eq!(
        folder.told(&folder.environment("deeper/er", &[]), None),
        "sqlite:///deeper/er/deep$er.db (from DATABASE_URL in deeper/er/.env)"
    );
    fs::remove_file(folder.0.path().join(".env")).expect("it is there");
    assert_eq!(
        folder.told(&folder.environment("inner", &[]), None),
        "sqlite:///config.db (from database_url in migrate.toml)"
    );
}

#[test]
fn a_dotenv_above_the_project_is_somebody_elses() {
    let folder = Folder::new(&[
        (".env", "DATABASE_URL=sqlite:///home.db"),
        ("project/migrate.toml", ""),
        ("bare/src/main.rs", ""),
    ]);
    let default = "(the default: DATABASE_URL is not set)";
    assert_eq!(
        folder.told(&folder.environment("project/src", &[]), None),
        format!("sqlite:///project/migrate.db {default}")
    );
    // Without a migrate.toml, the working folder is the project.
    assert_eq!(
        folder.told(&folder.environment("bare/src", &[]), None),
        format!("sqlite:///bare/src/migrate.db {default}")
    );
}

#[test]
fn a_release_build_makes_up_no_database() {
    let folder = Folder::new(&[]);
    let environment = Environment { is_debug_build: false, ..folder.environment("", &[]) };
    assert_eq!(
        folder.told(&environment, None),
        "DATABASE_URL is not set / set it, or give --database-url, such as \
         postgres://user@host/database"
    );
}

#[test]
fn a_word_that_says_nothing_is_not_passed_over() {
    let folder = Folder::new(&[(".env", "DATABASE_URL=\n")]);
    let check = |variables: &[(&str, &str)], expected: &str| {
        assert_eq!(folder.told(&folder.environment("", variables), None), expected);
    };
    check(&[("DATABASE_URL", "")], "DATABASE_URL is set, but empty / give it a URL, or unset it");
    check(&[], "DATABASE_URL in .env is empty / give it a URL, or remove the line");
    check(
        &[("DATABASE_URL", "oracle://scott:tiger@h/d")],
        "there is no backend for URLs that begin with `oracle:` / it is from DATABASE_URL / \
         write postgres://user@host/database, mysql://user@host/database, or sqlite:///file.db",
    );
}

#[test]
fn a_dotenv_in_another_encoding_is_not_guessed() {
    let folder = Folder::new(&[]);
    let check = |bytes: &[u8], expected: &str| {
        fs::write(folder.0.path().join(".env"), bytes).expect("a file");
        assert_eq!(folder.told(&folder.environment("", &[]), None), expected);
    };
    let no_text = "cannot read DATABASE_URL in .env / it is not UTF-8 text";
    check(b"DATABASE_URL=caf\xe9.db", no_text);
    check(b"\xff\xfeD\0A\0", no_text);
    check(b"NAME=caf\xe9\nDATABASE_URL=x.db", "sqlite:///x.db (from DATABASE_URL in .env)");
    check(
        "DATABASE_URL=\u{fffd}.db".as_bytes(),
        "sqlite:///\u{fffd}.db (from DATABASE_URL in .env)",
    );
    check(
        b"DATABASE_URL: x.db",
        "cannot read DATABASE_URL in .env / line 1 has no `=` after the name",
    );
}

#[test]
fn a_mistake_in_the_file_is_told_without_the_file() {
    let check = |text: &str, expected: &str| {
        let folder = Folder::new(&[("migrate.toml", text)]);
        assert_eq!(folder.told(&folder.environment("", &[]), None), expected);
    };
    check(
        "\ndatabase_url = \"postgres://u:hunter2@h/d\nversions = 1",
        "cannot read migrate.toml, line 2 / invalid basic string, expected `\"`",
    );
    check(
        "database_ulr = \"postgres://u:hunter2@h/d\"",
        "cannot read migrate.toml, line 1 / unknown field `database_ulr`, expected one of \
         `database_url`, `version_table`, `log_table`, `versions`, `file_template`, `timezone`, `slug_length`, `template`, `schema`, `compare`, \
         `run`, `production`, `backup`",
    );
    check(
        "[run]\nlock_timeout = \"soon\"",
        "cannot read migrate.toml, line 2 / `soon` is not a time such as 500ms, 10s, 5min or 1h",
    );
    check(
        "version_table = 1",
        "cannot read migrate.toml, line 1 / expected a name, or { schema = \"…\", name = \"…\" }",
    );
}

#[test]
fn every_kind_of_mistake_is_told_with_its_line() {
    let told = |text: &str| {
        let folder = Folder::new(&[("migrate.toml", &format!("\n{text}"))]);
        let told = folder.told(&folder.environment("", &[]), None);
        told.trim_start_matches("cannot read migrate.toml, ").to_owned()
    };
    let check = |text: &str, expected: &str| assert_eq!(told(text), expected, "{text}");
    check("database_url = 1", "line 2 / invalid type: integer `1`, expected a string");
    check("production = 'yes'", "line 2 / invalid type: string \"yes\", expected a boolean");
    check("slug_length = -1", "line 2 / invalid value: integer `-1`, expected usize");
    check("versions = 1", "line 2 / expected a path, or a list of paths");
    check("versions = ['a', 1]", "line 2 / expected a path, or a list of paths");
    check("schema = {}", "line 2 / expected a path, or a list of paths");
    check("template = []", "line 2 / invalid type: sequence, expected path string");
    check(
        "log_table = { schema = 's' }",
        "line 2 / expected a name, or { schema = \"…\", name = \"…\" }",
    );
    check(
        "log_table = { name = 1 }",
        "line 2 / expected a name, or { schema = \"…\", name = \"…\" }",
    );
    check(
        "version_table = { schema = 1, name = 't' }",
        "line 2 / expected a name, or { schema = \"…\", name = \"…\" }",
    );
    check("run = 1", "line 2 / invalid type: integer `1`, expected a table");
    check("[run]\n\nlock_tries = 0", "line 4 / invalid value: integer `0`, expected a nonzero u32");
    check("[run]\nlock_wait = 10", "line 3 / invalid type: integer `10`, expected a string");
    check(
        "[run]\nlock = 10",
        "line 3 / unknown field `lock`, expected one of `lock_wait`, `lock_timeout`, `lock_tries`, `statement_timeout`",
    );
    check(
        "[backup]\nfolder = 'a'\npg_restore = 'a'",
        "line 4 / unknown field `pg_restore`, expected one of `folder`, `pg_dump`, `mysqldump`, `mariadb_dump`",
    );
    check("[backup]\nmysqldump = 'a'\nmariadb_dump = 'b'", "line 2 / duplicate field `mysqldump`");
    check(
        "[compare.include]\ntables = 'a'",
        "line 3 / invalid type: string \"a\", expected a sequence",
    );
    check(
        "[compare]\nexclude = { views = [] }",
        "line 3 / unknown field `views`, expected one of `schemas`, `tables`, `columns`, `constraints`",
    );
    check("production = true\nproduction = true", "line 3 / duplicate key");
}

#[test]
fn tables_have_names() {
    let check = |text: &str, expected: Result<(Option<&str>, Option<&str>), &str>| {
        let folder = Folder::new(&[("migrate.toml", text)]);
        let environment = folder.environment("", &[]);
        let tables = Project::find(&environment, None).and_then(|project| project.tables());
        let text = |name: Option<TableName>| {
            name.map(|TableName { schema, name }| match schema {
                Some(schema) => format!("{schema}|{name}"),
                None => name,
            })
        };
        let found = tables.map(|(version, log)| (text(version), text(log)));
        let found = found.map_err(|failure| failure.message);
        let expected = expected
            .map(|(version, log)| (version.map(str::to_owned), log.map(str::to_owned)))
            .map_err(str::to_owned);
        assert_eq!(found, expected);
    };
    check("", Ok((None, None)));
    check("version_table = 'alembic_version'", Ok((Some("alembic_version"), None)));
    check("log_table = 'ops.log'", Ok((None, Some("ops|log"))));
    check("version_table = { name = 'a.b' }", Ok((Some("a.b"), None)));
    check("version_table = { schema = 's', name = 't' }", Ok((Some("s|t"), None)));
    check("version_table = ''", Err("`version_table` in migrate.toml names no table"));
    check("version_table = 's.'", Err("`version_table` in migrate.toml names no table"));
    check(
        "version_table = 't'\nlog_table = 't'",
        Err("`version_table` and `log_table` are one table"),
    );
    check("version_table = '__migrate_log'", Err("`version_table` and `log_table` are one table"));
}

#[test]
fn who_runs_it_is_known_as_far_as_possible() {
    let folder = Folder::new(&[]);
    let check = |variables: &[(&str, &str)], expected: &str| {
        assert_eq!(folder.environment("", variables).applied_by(), expected);
    };
    check(&[("USER", "ann"), ("MIGRATE_APPLIED_BY", "deploy 42")], "deploy 42");
    check(&[("USER", "ann")], "ann@desk");
    check(&[("USER", ""), ("LOGNAME", "bob")], "bob@desk");
    check(&[], "unknown@desk");
}

#[test]
fn the_url_is_in_no_debug() {
    let folder = Folder::new(&[("migrate.toml", "database_url = 'postgres://u:hunter2@h/d'")]);
    let project = Project::find(&folder.environment("", &[]), None).expect("it is right");
    assert!(!format!("{project:?}").contains("hunter2"));
}
