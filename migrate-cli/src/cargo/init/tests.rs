//! Whole command lines on projects that nothing compiles: what is written, and what is refused.

use std::collections::BTreeMap;
use std::ffi::OsString;

use insta::assert_snapshot;

use super::*;
use crate::tests::{Said, environment};

/// A folder with these files.
struct App(tempfile::TempDir);

const PACKAGE: &str = "[package]\nname = \"shop\"\nedition = \"2024\"\n";

impl App {
    fn new(files: &[(&str, &str)]) -> App {
        let app = App(tempfile::tempdir().expect("a temporary folder"));
        for (path, text) in files {
            app.write(path, text);
        }
        app
    }

    /// One package, without a workspace.
    fn alone() -> App {
        App::new(&[("Cargo.toml", PACKAGE), ("src/main.rs", "fn main() {}")])
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).expect(path)
    }

    /// A session in the root: what is typed, then stdout, stderr and the exit code.
    fn init(&self, line: &str) -> String {
        self.init_in("", line)
    }

    fn init_in(&self, folder: &str, line: &str) -> String {
        let source = match line.contains("--source") {
            true => "",
            false => "--source https://example.com/migrate.git",
        };
        let words = format!("cargo-migrate migrate init {source} {line}");
        let words: Vec<OsString> = words.split_whitespace().map(OsString::from).collect();
        let mut environment = environment(&self.path(folder));
        environment.variables.insert("CARGO".to_owned(), env!("CARGO").to_owned());
        let said = Said::by(|ui| crate::cargo::run(&words, &environment, ui));
        let root = fs::canonicalize(self.0.path()).expect("the folder");
        let above = root.parent().expect("a folder above").join("elsewhere");
        said.to_string().replace(&slashed(&root), "[root]").replace(&slashed(&above), "[elsewhere]")
    }

    /// Every file and folder, by path.
    fn all(&self) -> BTreeMap<PathBuf, Option<String>> {
        let mut all = BTreeMap::new();
        let mut folders = vec![self.0.path().to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("a folder") {
                let path = entry.expect("a file").path();
                if path.is_dir() && !path.is_symlink() {
                    folders.push(path.clone());
                }
                all.insert(path.clone(), fs::read_to_string(&path).ok());
            }
        }
        all
    }

    /// A session that is refused and changes nothing.
    #[track_caller]
    fn refused(&self, line: &str) -> String {
        let before = self.all();
        let said = self.init(line);
        assert_eq!(self.all(), before, "{said}");
        assert!(!said.ends_with("exit 0"), "{said}");
        said
    }
}

#[test]
fn a_package_alone_becomes_the_root_of_a_workspace() {
    let app = App::alone();
    assert_snapshot!(app.init(""), @r#"
    migrations/Cargo.toml
    migrations/build.rs
    migrations/src/lib.rs
    migrations/src/main.rs
    migrations/src/versions/.gitkeep
    migrate.toml
    Cargo.toml
    ! --- Cargo.toml
    ! +++ Cargo.toml
    ! @@ -1,3 +1,7 @@
    !  [package]
    !  name = "shop"
    !  edition = "2024"
    ! +
    ! +[workspace]
    ! +members = ["migrations"]
    ! +default-members = ["."]
    ! Next: cargo migrate revision -m "…", then cargo migrate upgrade
    exit 0
    "#);
    assert_snapshot!(app.read("Cargo.toml"), @r#"
    [package]
    name = "shop"
    edition = "2024"

    [workspace]
    members = ["migrations"]
    default-members = ["."]
    "#);
    assert_snapshot!(app.read("migrations/Cargo.toml"), @r#"
    [package]
    name = "migrations"
    description = "The schema of the database, revision by revision"
    version = "0.1.0"
    edition = "2024"
    publish = false

    [[bin]]
    name = "migrate"
    path = "src/main.rs"

    [features]
    default = ["sqlite"]
    # SQLite, compiled in.
    sqlite = ["migrate-core/sqlite", "migrate-cli/sqlite"]
    # PostgreSQL through the system's libpq, or with libpq and TLS built from source.
    postgres = ["migrate-core/postgres", "migrate-cli/postgres"]
    postgres-bundled = ["migrate-core/postgres-bundled", "migrate-cli/postgres-bundled"]
    # MySQL and MariaDB through the system's client library.
    mysql = ["migrate-core/mysql", "migrate-cli/mysql"]

    [dependencies]
    migrate-core = { git = "https://example.com/migrate.git", default-features = false }
    migrate-cli = { git = "https://example.com/migrate.git", default-features = false }
    # For `diesel::table!` in a data migration. Backends come with the features above.
    diesel = { version = "2.3", default-features = false }
    "#);
    assert_snapshot!(app.read("migrations/src/main.rs"), @"
    //! `migrate`: the command line over the migrations of this package.

    fn main() -> std::process::ExitCode {
        migrate_cli::main(&migrations::CHAIN)
    }
    ");
    assert_snapshot!(app.read("migrate.toml"), @r#"
    # What `migrate` and `cargo migrate` go by in this project.

    # The folder of the migrations.
    versions = "migrations/src/versions"

    # The database, unless --database-url, DATABASE_URL or .env name one. Without any of them, a debug build takes
    # the SQLite file `migrate.db` beside this one, and a release build stops.
    # database_url = "sqlite:///app.db"

    # The schema that the program is written for: the file of its `table!`s or `schema!`s. `check` and
    # `revision --autogenerate` compare it with the migrations.
    # schema = "src/schema.rs"

    # New migrations: how their files are named, in which time zone, and what they are made from.
    # file_template = "{year}{month}{day}_{hour}{minute}_{rev}_{slug}"
    # timezone = "UTC"
    # slug_length = 40
    # template = "migration.rs.txt"   # with ${library}, ${doc}, ${attribute} and ${upgrade} in it
    "#);
    // Cargo reads it, and would start the application.
    let environment = environment(app.0.path());
    let workspace = project::workspace(&environment, app.0.path()).expect("a workspace");
    assert_eq!(workspace.packages.len(), 2);
    assert_eq!(
        known(&Workspace {
            root: fs::canonicalize(app.0.path()).expect("the folder"),
            ..workspace
        })
        .defaults,
        ["."]
    );
    // Another time there is nothing to begin.
    assert_snapshot!(app.refused(""), @r#"
    ! error: there are migrations here already, in migrations/src/versions
    ! hint: the next one: cargo migrate revision -m "…"
    exit 1
    "#);
    assert_snapshot!(app.refused("db"), @r#"
    ! error: there are migrations here already, in migrations/src/versions
    ! hint: the next one: cargo migrate revision -m "…"
    exit 1
    "#);
}

#[test]
fn a_root_package_with_a_workspace_gets_one_more_member() {
    let app = App::new(&[
        ("Cargo.toml", &format!("{PACKAGE}\n[workspace] # all of it\nmembers = ['tool'] # one\n")),
        ("src/main.rs", "fn main() {}"),
        ("src/bin/import.rs", "fn main() {}"),
        ("tool/Cargo.toml", "[package]\nname = 'tool'\n"),
        ("tool/src/lib.rs", ""),
    ]);
    assert_snapshot!(app.init("schema/sql --name shop-schema --database mysql,postgresql"), @r#"
    schema/sql/Cargo.toml
    schema/sql/build.rs
    schema/sql/src/lib.rs
    schema/sql/src/main.rs
    schema/sql/src/versions/.gitkeep
    migrate.toml
    Cargo.toml
    ! --- Cargo.toml
    ! +++ Cargo.toml
    ! @@ -1,6 +1,7 @@
    !  [package]
    !  name = "shop"
    !  edition = "2024"
    ! +default-run = "shop"
    !  
    !  [workspace] # all of it
    ! -members = ['tool'] # one
    ! +members = ['tool', "schema/sql"] # one
    ! Next: cargo migrate revision -m "…", then cargo migrate upgrade
    ! DATABASE_URL, also in .env, says where the database is
    exit 0
    "#);
    assert_snapshot!(app.read("Cargo.toml"), @r#"
    [package]
    name = "shop"
    edition = "2024"
    default-run = "shop"

    [workspace] # all of it
    members = ['tool', "schema/sql"] # one
    "#);
    let manifest = app.read("schema/sql/Cargo.toml");
    assert!(manifest.contains("name = \"shop-schema\"\n"), "{manifest}");
    assert!(manifest.contains("default = [\"postgres\", \"mysql\"]\n"), "{manifest}");
    assert!(app.read("schema/sql/src/main.rs").contains("&shop_schema::CHAIN"));
}

#[test]
fn a_virtual_workspace_says_what_plain_cargo_means() {
    let app = App::new(&[
        ("Cargo.toml", "[workspace]\nresolver = '3'\nmembers = [\n    'crates/*', # ours\n]\n"),
        ("crates/shop/Cargo.toml", PACKAGE),
        ("crates/shop/src/main.rs", "fn main() {}"),
    ]);
    // From inside of a member, the folder is still that of the workspace.
    assert_snapshot!(app.init_in("crates/shop", "--dry-run --json"), @r#"
    {
      "changed": [
        "[root]/Cargo.toml"
      ],
      "created": [
        "[root]/migrations/Cargo.toml",
        "[root]/migrations/build.rs",
        "[root]/migrations/src/lib.rs",
        "[root]/migrations/src/main.rs",
        "[root]/migrations/src/versions/.gitkeep",
        "[root]/migrate.toml"
      ],
      "format": 1,
      "is_dry_run": true,
      "package": "migrations"
    }
    ! --- [root]/Cargo.toml
    ! +++ [root]/Cargo.toml
    ! @@ -2,4 +2,6 @@
    !  resolver = '3'
    !  members = [
    !      'crates/*', # ours
    ! +    "migrations",
    !  ]
    ! +default-members = ["crates/*"]
    ! --- /dev/null
    ! +++ [root]/migrations/Cargo.toml
    ! @@ -0,0 +1,26 @@
    ! +[package]
    ! +name = "migrations"
    ! +description = "The schema of the database, revision by revision"
    ! +version = "0.1.0"
    ! +edition = "2024"
    ! +publish = false
    ! +
    ! +[[bin]]
    ! +name = "migrate"
    ! +path = "src/main.rs"
    ! +
    ! +[features]
    ! +default = ["sqlite"]
    ! +# SQLite, compiled in.
    ! +sqlite = ["migrate-core/sqlite", "migrate-cli/sqlite"]
    ! +# PostgreSQL through the system's libpq, or with libpq and TLS built from source.
    ! +postgres = ["migrate-core/postgres", "migrate-cli/postgres"]
    ! +postgres-bundled = ["migrate-core/postgres-bundled", "migrate-cli/postgres-bundled"]
    ! +# MySQL and MariaDB through the system's client library.
    ! +mysql = ["migrate-core/mysql", "migrate-cli/mysql"]
    ! +
    ! +[dependencies]
    ! +migrate-core = { git = "https://example.com/migrate.git", default-features = false }
    ! +migrate-cli = { git = "https://example.com/migrate.git", default-features = false }
    ! +# For `diesel::table!` in a data migration. Backends come with the features above.
    ! +diesel = { version = "2.3", default-features = false }
    ! --- /dev/null
    ! +++ [root]/migrations/build.rs
    ! @@ -0,0 +1,5 @@
    ! +//! Tells cargo to look at the folder: it sees a new file in it only when it is asked to.
    ! +
    ! +fn main() {
    ! +    println!("cargo::rerun-if-changed=src/versions");
    ! +}
    ! --- /dev/null
    ! +++ [root]/migrations/src/lib.rs
    ! @@ -0,0 +1,3 @@
    ! +//! The schema of the database, revision by revision: every file in `versions/` is one step.
    ! +
    ! +migrate_core::migrations!("src/versions");
    ! --- /dev/null
    ! +++ [root]/migrations/src/main.rs
    ! @@ -0,0 +1,5 @@
    ! +//! `migrate`: the command line over the migrations of this package.
    ! +
    ! +fn main() -> std::process::ExitCode {
    ! +    migrate_cli::main(&migrations::CHAIN)
    ! +}
    ! --- /dev/null
    ! +++ [root]/migrate.toml
    ! @@ -0,0 +1,18 @@
    ! +# What `migrate` and `cargo migrate` go by in this project.
    ! +
    ! +# The folder of the migrations.
    ! +versions = "migrations/src/versions"
    ! +
    ! +# The database, unless --database-url, DATABASE_URL or .env name one. Without any of them, a debug build takes
    ! +# the SQLite file `migrate.db` beside this one, and a release build stops.
    ! +# database_url = "sqlite:///app.db"
    ! +
    ! +# The schema that the program is written for: the file of its `table!`s or `schema!`s. `check` and
    ! +# `revision --autogenerate` compare it with the migrations.
    ! +# schema = "src/schema.rs"
    ! +
    ! +# New migrations: how their files are named, in which time zone, and what they are made from.
    ! +# file_template = "{year}{month}{day}_{hour}{minute}_{rev}_{slug}"
    ! +# timezone = "UTC"
    ! +# slug_length = 40
    ! +# template = "migration.rs.txt"   # with ${library}, ${doc}, ${attribute} and ${upgrade} in it
    exit 0
    "#);
    assert_snapshot!(app.init("crates/schema"), @r#"
    crates/schema/Cargo.toml
    crates/schema/build.rs
    crates/schema/src/lib.rs
    crates/schema/src/main.rs
    crates/schema/src/versions/.gitkeep
    migrate.toml
    Cargo.toml
    ! --- Cargo.toml
    ! +++ Cargo.toml
    ! @@ -2,4 +2,6 @@
    !  resolver = '3'
    !  members = [
    !      'crates/*', # ours
    ! +    "crates/schema",
    !  ]
    ! +default-members = ["crates/shop"]
    ! Next: cargo migrate revision -m "…", then cargo migrate upgrade
    exit 0
    "#);
}

#[test]
fn a_list_keeps_its_form() {
    let before = manifest::Before { defaults: vec!["a".into()], binaries: Vec::new() };
    let check = |text: &str| {
        let text = format!("[workspace]\n{text}\n");
        manifest::with_member(&text, "Cargo.toml", "new", None, &before).expect("a manifest")
    };
    assert_snapshot!(check("members = ['a']"), @r#"
    [workspace]
    members = ['a', "new"]
    default-members = ["a"]
    "#);
    assert_snapshot!(check("members = [\n  'a',\n  'b'\n]\ndefault-members = ['a']"), @r#"
    [workspace]
    members = [
      'a',
      'b',
      "new"
    ]
    default-members = ['a']
    "#);
    assert_snapshot!(check("members = [\n  'a',\n  'b', # the last\n]\ndefault-members = ['*']"), @r#"
    [workspace]
    members = [
      'a',
      'b', # the last
      "new",
    ]
    default-members = ["a"]
    "#);
    assert_snapshot!(check("members = ['a', 'new']\ndefault-members = ['a']"), @"
    [workspace]
    members = ['a', 'new']
    default-members = ['a']
    ");
    assert_snapshot!(check("members = []"), @r#"
    [workspace]
    members = ["new"]
    "#);
    let windows = check("members = [\r\n  'a',\r\n]\r\n");
    assert_eq!(windows.matches('\n').count(), windows.matches("\r\n").count());
    let inside =
        manifest::with_member(PACKAGE, "Cargo.toml", "new", Some("vendor/migrate"), &before);
    assert_snapshot!(inside.expect("a manifest"), @r#"
    [package]
    name = "shop"
    edition = "2024"

    [workspace]
    members = ["new"]
    exclude = ["vendor/migrate"]
    default-members = ["."]
    "#);
    for text in ["workspace = 1", "[workspace]\nmembers = 'a'"] {
        assert!(manifest::with_member(text, "Cargo.toml", "new", None, &before).is_err(), "{text}");
    }
}

#[test]
fn a_folder_of_others_is_left_alone() {
    let app = App::alone();
    app.write("migrations/2024_users/up.sql", "CREATE TABLE users (id INTEGER);");
    assert_snapshot!(app.refused("migrations"), @"
    ! error: migrations is there already, and is not empty
    ! hint: nothing was changed; take another folder: cargo migrate init db
    exit 1
    ");
    let said = app.init("--yes");
    assert_snapshot!(said, @r#"
    db/Cargo.toml
    db/build.rs
    db/src/lib.rs
    db/src/main.rs
    db/src/versions/.gitkeep
    migrate.toml
    Cargo.toml
    ! note: migrations is there already and stays as it is: the new package goes to db
    ! --- Cargo.toml
    ! +++ Cargo.toml
    ! @@ -1,3 +1,7 @@
    !  [package]
    !  name = "shop"
    !  edition = "2024"
    ! +
    ! +[workspace]
    ! +members = ["db"]
    ! +default-members = ["."]
    ! Next: cargo migrate revision -m "…", then cargo migrate upgrade
    exit 0
    "#);
    assert_eq!(app.read("migrations/2024_users/up.sql"), "CREATE TABLE users (id INTEGER);");
}

#[test]
fn what_cannot_be_begun_is_refused_whole() {
    let nothing = App::new(&[("README.md", "")]);
    assert_snapshot!(nothing.refused(""), @"
    ! error: there is no Cargo.toml here or above
    ! hint: go to the folder of your project, or begin one: cargo new NAME
    exit 1
    ");
    let unreadable = App::new(&[("Cargo.toml", "[package]\nname = shop\n")]);
    assert_snapshot!(unreadable.refused(""), @"
    ! error: cannot read Cargo.toml, line 2
    !   caused by: string values must be quoted, expected literal string
    exit 1
    ");

    let app = App::alone();
    app.write("db/data.txt", "");
    app.write("file", "");
    assert_snapshot!(app.refused("db"), @"
    ! error: db is there already, and is not empty
    ! hint: nothing was changed; take another folder: cargo migrate init DIR
    exit 1
    ");
    assert_snapshot!(app.refused("file"), @"
    ! error: file is there already, and is a file
    ! hint: nothing was changed; take another folder: cargo migrate init DIR
    exit 1
    ");
    assert_snapshot!(app.refused("../elsewhere"), @"
    ! error: [elsewhere] is outside of the project, which is .
    ! hint: name a folder in it: cargo migrate init DIR
    exit 1
    ");
    assert_snapshot!(app.refused("."), @"
    ! error: . is there already, and is not empty
    ! hint: nothing was changed; take another folder: cargo migrate init DIR
    exit 1
    ");
    assert_snapshot!(app.refused("--name shop"), @"
    ! error: there is a package `shop` already
    ! hint: give the new one another name: --name NAME
    exit 1
    ");
    assert_snapshot!(app.refused("schema/shop"), @"
    ! error: there is a package `shop` already
    ! hint: give the new one another name: --name NAME
    exit 1
    ");
    assert_snapshot!(app.refused("--name core"), @"
    ! error: a package can't be called `core`
    ! hint: give it another name: --name NAME
    exit 1
    ");
    assert_snapshot!(app.refused("--source nowhere"), @"
    ! error: the library is not in nowhere
    ! hint: name the folder with migrate-core and migrate-cli in it, or a URL: https://…
    exit 1
    ");
    assert_snapshot!(app.refused("--source git@example.com:team/migrate.git"), @"
    ! error: the library is not in git@example.com:team/migrate.git
    ! hint: as a URL: --source ssh://git@example.com/team/migrate.git
    exit 1
    ");
    assert_snapshot!(app.refused("--database oracle"), @"
    ! error: invalid value 'oracle' for '--database <DATABASE>'
    !   [possible values: sqlite, postgres, mysql]
    ! 
    ! For more information, try '--help'.
    exit 2
    ");
    app.write("migrations/up.sql", "");
    assert_snapshot!(app.refused(""), @"
    ! error: db is there already, and is not empty
    ! hint: nothing was changed; take another folder: cargo migrate init DIR
    exit 1
    ");

    let other = App::alone();
    other.write("src/bin/migrate.rs", "fn main() {}");
    assert_snapshot!(other.refused(""), @"
    ! error: the package `shop` has a binary `migrate` already
    ! hint: give that binary another name first
    exit 1
    ");
    let configured = App::alone();
    configured.write("migrate.toml", "versions = 'schema/versions'\n");
    assert_snapshot!(configured.refused(""), @r#"
    ! error: migrate.toml says that the migrations are in schema/versions
    ! hint: write there versions = "migrations/src/versions", or take the line away
    exit 1
    "#);
}

#[test]
fn a_read_only_place_is_refused_before_anything_is_written() {
    let app = App::alone();
    let set = |path: &str, is_readonly: bool| {
        let mut permissions = fs::metadata(app.path(path)).expect(path).permissions();
        permissions.set_readonly(is_readonly);
        fs::set_permissions(app.path(path), permissions).expect(path);
    };
    set("Cargo.toml", true);
    assert_snapshot!(app.refused(""), @"
    ! error: Cargo.toml is read-only
    ! hint: nothing was changed; make it writable first
    exit 1
    ");
    set("Cargo.toml", false);
    fs::create_dir(app.path("schema")).expect("a folder");
    set("schema", true);
    assert_snapshot!(app.refused("schema/sql"), @"
    ! error: schema is read-only
    ! hint: nothing was changed; make it writable first
    exit 1
    ");
    set("schema", false);
}

#[cfg(unix)]
#[test]
fn what_fails_halfway_leaves_nothing_behind() {
    let app = App::alone();
    fs::create_dir_all(app.path("a/b")).expect("a folder");
    // Nobody sees it before it is written.
    std::os::unix::fs::symlink("nowhere", app.path("migrate.toml")).expect("a link");
    assert_snapshot!(app.refused("a/b"), @r#"
    ! --- Cargo.toml
    ! +++ Cargo.toml
    ! @@ -1,3 +1,7 @@
    !  [package]
    !  name = "shop"
    !  edition = "2024"
    ! +
    ! +[workspace]
    ! +members = ["a/b"]
    ! +default-members = ["."]
    ! error: cannot write migrate.toml
    !   caused by: File exists (os error 17)
    ! hint: nothing was changed
    exit 1
    "#);
    assert_snapshot!(app.refused("c/d/e"), @r#"
    ! --- Cargo.toml
    ! +++ Cargo.toml
    ! @@ -1,3 +1,7 @@
    !  [package]
    !  name = "shop"
    !  edition = "2024"
    ! +
    ! +[workspace]
    ! +members = ["c/d/e"]
    ! +default-members = ["."]
    ! error: cannot write migrate.toml
    !   caused by: File exists (os error 17)
    ! hint: nothing was changed
    exit 1
    "#);
    // A link out of the project is outside.
    let elsewhere = tempfile::tempdir().expect("a temporary folder");
    std::os::unix::fs::symlink(elsewhere.path(), app.path("link")).expect("a link");
    assert_snapshot!(app.refused("link/schema"), @"
    ! error: link/schema is outside of the project, which is .
    ! hint: name a folder in it: cargo migrate init DIR
    exit 1
    ");
}

#[test]
fn every_shell_completes_the_commands() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let words = ["cargo-migrate", "migrate", "completions", shell].map(OsString::from);
        let said = Said::by(|ui| crate::cargo::run(&words, &environment(Path::new("/")), ui));
        assert_eq!(said.code, 0, "{said}");
        assert!(said.out.contains("upgrade"), "{shell}");
        assert!(said.out.contains("cargo-migrate"), "{shell}");
    }
}
