//! A package of generated migrations, formatted by the settings of this repository and by rustfmt's own.
//!
//! It is built once and run, and prints what its migrations record. All such packages share what they are built from.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use migrate_cli::rust::formatted;
use migrate_core::catalog::naming::Naming;

/// A convention, as it stands in the package, too: for the migrations whose id begins with `n`.
pub const NAMING: Naming = Naming::DEFAULT
    .index("ix_{table}_{columns}")
    .unique("uq_{table}_{columns}")
    .check("ck_{table}_{columns}")
    .foreign_key("fk_{table}_{column_0}_{referred_table}")
    .primary_key("pk_{table}");

const LIB: &str = r#"//! Generated migrations.
#![deny(warnings)]
use migrate_core::catalog::naming::Naming;

pub const NAMING: Naming = Naming::DEFAULT
    .index("ix_{table}_{columns}")
    .unique("uq_{table}_{columns}")
    .check("ck_{table}_{columns}")
    .foreign_key("fk_{table}_{column_0}_{referred_table}")
    .primary_key("pk_{table}");

migrate_core::migrations!("src/versions");
"#;

const MAIN: &str = r#"use migrate_core::{Dialect, Ops, catalog::naming::Naming, op::{Context, canonical}};

fn main() {
    for revision in generated::CHAIN.revisions() {
        let is_named = revision.id.starts_with('n');
        let naming = if is_named { generated::NAMING } else { Naming::DEFAULT };
        let mut op = Ops::within(Context { dialect: Dialect::Sqlite, naming });
        (revision.upgrade)(&mut op);
        println!("{}", revision.id);
        print!("{}", canonical(op.recorded()));
    }
}
"#;

/// The package.
#[derive(Debug)]
pub struct Generated {
    folder: PathBuf,
    target: PathBuf,
}

impl Generated {
    /// An empty one, in a folder of Cargo's temporary one (`CARGO_TARGET_TMPDIR`).
    pub fn new(temporary: &str, name: &str) -> Generated {
        let temporary = Path::new(temporary);
        let folder = temporary.join(name);
        let package = Generated { folder, target: temporary.join("generated") };
        for folder in ["src", "default"] {
            let _ = fs::remove_dir_all(package.folder.join(folder));
        }
        for folder in ["src/versions", "default"] {
            fs::create_dir_all(package.folder.join(folder)).expect("a folder");
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
        let write =
            |path: &str, text: &str| fs::write(package.folder.join(path), text).expect(path);
        let copy = |from: &str, to: &str| {
            fs::copy(root.join(from), package.folder.join(to)).expect(from);
        };
        copy("Cargo.lock", "Cargo.lock");
        let core = root.join("migrate-core");
        write(
            "Cargo.toml",
            &format!(
                "[package]\nname = \"generated\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
                 migrate-core = {{ path = {core:?}, default-features = false }}\n"
            ),
        );
        write("build.rs", "fn main() { println!(\"cargo::rerun-if-changed=src/versions\"); }");
        write("src/lib.rs", LIB);
        write("src/main.rs", MAIN);
        copy(".rustfmt.toml", "src/rustfmt.toml");
        write("default/rustfmt.toml", "");
        package
    }

    /// Writes a migration, as `cargo migrate` does.
    pub fn write(&self, name: &str, text: &str) {
        for folder in ["src/versions", "default"] {
            let folder = self.folder.join(folder);
            let text = formatted(text, &folder).unwrap_or_else(|why| panic!("{why}\n{text}"));
            fs::write(folder.join(name), text).expect("a file");
        }
    }

    /// rustfmt has nothing more to do.
    pub fn is_formatted(&self) {
        for folder in ["src/versions", "default"] {
            let entries = fs::read_dir(self.folder.join(folder)).expect("a folder");
            let paths = entries.map(|entry| entry.expect("an entry").path());
            let output = Command::new("rustfmt")
                .args(["--edition", "2024", "--check"])
                .args(
                    paths
                        .filter(|path| path.extension().is_some_and(|extension| extension == "rs")),
                )
                .output()
                .expect("rustfmt");
            let said = String::from_utf8_lossy(&output.stdout);
            assert!(
                output.status.success(),
                "{folder}\n{said}{}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
    }

    /// Builds the package without a warning, and runs it: the id of each migration, and the canonical form of what it
    /// records.
    pub fn recorded(&self) -> Vec<(String, String)> {
        let output = self.cargo(&["run", "--quiet"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let stdout = String::from_utf8(output.stdout).expect("text");
        let mut lines = stdout.lines().peekable();
        let mut recorded = Vec::new();
        while let Some(id) = lines.next() {
            let mut form = String::new();
            while let Some(line) =
                lines.next_if(|line| line.starts_with("v1") || line.starts_with('('))
            {
                form.push_str(line);
                form.push('\n');
            }
            recorded.push((id.to_owned(), form));
        }
        recorded
    }

    fn cargo(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO"))
            .args(arguments)
            .args(["--offline", "--color=never"])
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", &self.target)
            // What is compiled here is run once.
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("CARGO_INCREMENTAL", "0")
            // Of this test's own package.
            .env_remove("OUT_DIR")
            .output()
            .expect("cargo")
    }
}
