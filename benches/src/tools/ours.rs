//! Ours: a crate of migrations as a user has it, with its `migrate`, and `embedded`, an application that runs the chain by
//! itself and has no command line.

use std::{fs, path::Path};

use anyhow::Result;

use crate::{
    bench::Bench,
    chain::{Chain, Change, Kind},
};

/// A crate without its migrations: `src/versions` is made, and empty. `backends` are cargo features, `name` is that of
/// the package, whose library has `CHAIN`.
pub(crate) fn write_crate(bench: &Bench, folder: &Path, name: &str) -> Result<()> {
    let root = bench.root.display();
    let versions = folder.join("src/versions");
    if versions.exists() {
        fs::remove_dir_all(&versions)?;
    }
    fs::create_dir_all(&versions)?;
    fs::create_dir_all(folder.join("src/bin"))?;
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
sqlite = ["migrate-core/sqlite", "migrate-cli?/sqlite"]
postgres = ["migrate-core/postgres", "migrate-cli?/postgres"]

[dependencies]
migrate-core = {{ path = "{root}/migrate-core", default-features = false }}
migrate-cli = {{ path = "{root}/migrate-cli", default-features = false, optional = true }}

[workspace]
"#
    );
    fs::write(folder.join("Cargo.toml"), manifest)?;
    fs::copy(bench.root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    fs::write(folder.join("migrate.toml"), "versions = \"src/versions\"\n")?;
    fs::write(folder.join("build.rs"), BUILD_SCRIPT)?;
    fs::write(folder.join("src/lib.rs"), "migrate_core::migrations!(\"src/versions\");\n")?;
    fs::write(folder.join("src/bin/migrate.rs"), MIGRATE.replace("NAME", name))?;
    fs::write(folder.join("src/bin/embedded.rs"), EMBEDDED.replace("NAME", name))?;
    Ok(())
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

/// Writes every migration of the chain.
pub(crate) fn write_migrations(folder: &Path, chain: Chain) -> Result<()> {
    chain.changes().try_for_each(|change| write_migration(folder, change))
}

/// Writes one.
pub(crate) fn write_migration(folder: &Path, change: Change) -> Result<()> {
    Ok(fs::write(folder.join("src/versions").join(file(change)), source(change))?)
}

/// `20240101_000001_r00000000001_change.rs`.
pub(crate) fn file(change: Change) -> String {
    format!("20240101_{:06}_{}_change.rs", change.number, change.id())
}

fn source(change: Change) -> String {
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
        Kind::Column => format!("    op.add_column(\"{table}\", text(\"comment\").nullable());\n"),
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
