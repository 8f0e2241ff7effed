//! The text of new files. What is in `${…}` is filled in.

/// A file of the new package: its path there, and its text.
pub(super) const FILES: [(&str, &str); 5] = [
    ("Cargo.toml", MANIFEST),
    ("build.rs", BUILD),
    ("src/lib.rs", LIB),
    ("src/main.rs", MAIN),
    // Git keeps no empty folder, and without the folder nothing compiles.
    ("src/versions/.gitkeep", ""),
];

const MANIFEST: &str = r#"[package]
name = "${name}"
description = "The schema of the database, revision by revision"
version = "0.1.0"
edition = "2024"
publish = false

[[bin]]
name = "migrate"
path = "src/main.rs"

[features]
default = [${databases}]
# SQLite, compiled in.
sqlite = ["migrate-core/sqlite", "migrate-cli/sqlite"]
# PostgreSQL through the system's libpq, or with libpq and TLS built from source.
postgres = ["migrate-core/postgres", "migrate-cli/postgres"]
postgres-bundled = ["migrate-core/postgres-bundled", "migrate-cli/postgres-bundled"]
# MySQL and MariaDB through the system's client library.
mysql = ["migrate-core/mysql", "migrate-cli/mysql"]

[dependencies]
migrate-core = { ${core}, default-features = false }
migrate-cli = { ${cli}, default-features = false }
# For `diesel::table!` in a data migration. Backends come with the features above.
diesel = { version = "2.3", default-features = false }
"#;

const BUILD: &str = r#"//! Tells cargo to look at the folder: it sees a new file in it only when it is asked to.

fn main() {
    println!("cargo::rerun-if-changed=src/versions");
}
"#;

const LIB: &str = r#"//! The schema of the database, revision by revision: every file in `versions/` is one step.

migrate_core::migrations!("src/versions");
"#;

const MAIN: &str = r#"//! `migrate`: the command line over the migrations of this package.

fn main() -> std::process::ExitCode {
    migrate_cli::main(&${crate}::CHAIN)
}
"#;

/// `migrate.toml`.
pub(super) const CONFIG: &str = r#"# What `migrate` and `cargo migrate` go by in this project.

# The folder of the migrations.
versions = ${versions}

# The database, unless --database-url, DATABASE_URL or .env name one. Without any of them, a debug build takes
# the SQLite file `migrate.db` beside this one, and a release build stops.
# database_url = "${url}"

# The schema that the program is written for: the file of its `table!`s or `schema!`s. `check` and
# `revision --autogenerate` compare it with the migrations.
# schema = "src/schema.rs"

# New migrations: how their files are named, in which time zone, and what they are made from.
# file_template = "{year}{month}{day}_{hour}{minute}_{rev}_{slug}"
# timezone = "UTC"
# slug_length = 40
# template = "migration.rs.txt"   # with ${library}, ${doc}, ${attribute} and ${upgrade} in it
"#;

/// `template` with each `${name}` of `values` filled in.
pub(super) fn filled(template: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(template.to_owned(), |text, (name, value)| {
        text.replace(&format!("${{{name}}}"), value)
    })
}
