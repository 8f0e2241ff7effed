//! Ours: a crate of migrations as a user has it, with its `migrate`, and `embedded`, an application that runs the chain by
//! itself and has no command line.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;

use crate::{
    bench::Bench,
    chain::{Change, Kind},
    database::Database,
    tools::{Act, Files, Profile, build},
};

/// What is in a crate before it has migrations. Features of cargo are `cli`, `sqlite` and `postgres`; the library of the
/// package, `name`, has `CHAIN`.
pub(crate) fn crate_files(bench: &Bench, name: &str) -> Result<Files> {
    let root = bench.root.display();
    let manifest = format!(
        r#"[package]
name = "{name}"
version = "0.0.0"
edition = "2024"
publish = false
default-run = "migrate"

[[bin]]
name = "migrate"
path = "src/bin/migrate.rs"
required-features = ["cli"]

[features]
cli = ["dep:migrate-cli"]
cargo-migrate = ["cli", "migrate-cli?/cargo-migrate"]
sqlite = ["migrate-core/sqlite", "migrate-cli?/sqlite"]
postgres = ["migrate-core/postgres", "migrate-cli?/postgres"]

[dependencies]
migrate-core = {{ path = "{root}/migrate-core", default-features = false }}
migrate-cli = {{ path = "{root}/migrate-cli", default-features = false, optional = true }}

[workspace]
"#
    );
    let mut files = Files::new();
    files.add("Cargo.toml", manifest);
    files.add("Cargo.lock", fs::read_to_string(bench.root.join("Cargo.lock"))?);
    files.add("migrate.toml", "versions = \"src/versions\"\n");
    files.add("build.rs", BUILD_SCRIPT);
    files.add("src/lib.rs", "migrate_core::migrations!(\"src/versions\");\n");
    files.add("src/bin/migrate.rs", MIGRATE.replace("NAME", name));
    files.add("src/bin/embedded.rs", EMBEDDED.replace("NAME", name));
    Ok(files)
}

const BUILD_SCRIPT: &str = r#"fn main() {
    println!("cargo::rerun-if-changed=src/versions");
}
"#;

const MIGRATE: &str = r#"fn main() -> std::process::ExitCode {
    migrate_cli::main(&NAME::CHAIN)
}
"#;

// What `diesel_migrations` and the others are given is the same: a URL and a direction.
const EMBEDDED: &str = r#"use NAME::CHAIN;
use migrate_core::{Migrator, diesel::Connection};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let (url, direction) = (words.next().ok_or("no URL")?, words.next().ok_or("up or down?")?);
    #[cfg(feature = "sqlite")]
    if let Some(path) = url.strip_prefix("sqlite://") {
        let mut connection = migrate_core::diesel::SqliteConnection::establish(path)?;
        match &*direction {
            "up" => Migrator::new(&CHAIN).upgrade(&mut connection, "head")?,
            _ => Migrator::new(&CHAIN).downgrade(&mut connection, "base")?,
        };
    }
    #[cfg(feature = "postgres")]
    if url.starts_with("postgres") {
        let mut connection = migrate_core::diesel::PgConnection::establish(&url)?;
        match &*direction {
            "up" => Migrator::new(&CHAIN).upgrade(&mut connection, "head")?,
            _ => Migrator::new(&CHAIN).downgrade(&mut connection, "base")?,
        };
    }
    Ok(())
}
"#;

/// Builds a crate whose chain is not that of the other tools, and keeps its programs in it: those of the next crate take
/// their place in the target folder.
pub(crate) fn build_apart(bench: &Bench, folder: &Path, feature: &str) -> Result<PathBuf> {
    let databases: Vec<String> = bench.options.databases.iter().map(ToString::to_string).collect();
    let features = format!("{},{feature}", databases.join(","));
    let target = bench.folder(Profile::of_programs(bench).target())?;
    let built = build(bench, folder, &target, Profile::of_programs(bench), &features)?;
    let kept = folder.join("programs");
    fs::create_dir_all(&kept)?;
    for program in fs::read_dir(folder.join("src/bin"))? {
        let name = program?.path().with_extension("");
        if let Some(name) = name.file_name() {
            fs::copy(built.join(name), kept.join(name))?;
        }
    }
    Ok(kept)
}

/// One migration: its file in the crate, and what is in it.
pub(crate) fn migration(change: &Change) -> (String, String) {
    let (number, id) = (change.number, change.id());
    (format!("src/versions/20240101_{number:06}_{id}_change.rs"), source(change))
}

fn source(change: &Change) -> String {
    let table = change.table();
    let parent = match change.parent() {
        Some(parent) => format!("\"{}\"", parent.id()),
        None => "None".to_owned(),
    };
    let body = match change.kind() {
        Kind::Table => format!(
            r#"    op.create_table(
        table("{table}")
            .column(bigint("id").primary_key())
            .column(text("symbol"))
            .column(integer("quantity"))
            .column(boolean("open"))
            .column(text("notes").nullable())
            .column(timestamp("created_at")),
    );
"#
        ),
        Kind::Column => change.each_column(|column| {
            format!("    op.add_column(\"{table}\", text(\"{column}\").nullable());\n")
        }),
        Kind::Index => {
            format!(
                "    op.create_index(index(\"{}\").on(\"{table}\", [\"symbol\"]));\n",
                change.index()
            )
        }
    };
    format!(
        "use migrate_core::prelude::*;\n\n/// Change {table} ({})\n#[migration(revision = \"{}\", down_revision = {parent})]\n\
         pub fn upgrade(op: &mut Ops) {{\n{body}}}\n",
        change.number,
        change.id()
    )
}

/// `migrate` for an act, in the folder of its crate.
pub(crate) fn migrate(folder: &Path, file: &Path, act: Act, database: &Database) -> Command {
    let mut command = migrate_at(folder, file, database);
    command.args(match act {
        Act::Upgrade => &["upgrade"][..],
        Act::UpgradeAtOnce => &["upgrade", "--single-transaction"],
        Act::Downgrade => &["downgrade", "base", "--yes"],
        Act::DowngradeAtOnce => &["downgrade", "base", "--yes", "--single-transaction"],
        Act::Current => &["current"],
        Act::Sql => &["upgrade", "--sql"],
    });
    command.arg("--quiet");
    command
}

/// `migrate` without words, in the folder of its crate.
pub(crate) fn migrate_at(folder: &Path, file: &Path, database: &Database) -> Command {
    let mut command = Command::new(file);
    command.current_dir(folder);
    // Three slashes begin a relative path: one more, as for Alembic.
    command.env("DATABASE_URL", database.url().replace("sqlite://", "sqlite:///"));
    command
}
