//! `cargo migrate init` in projects as they are: what it makes builds, goes up and down, and the
//! application starts as before.
//!
//! The projects share one target folder, so the libraries are compiled once.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

const APPLICATION: &str = "fn main() { println!(\"the application\"); }\n";

#[test]
fn cargo_migrate_init_leaves_every_project_running() {
    let mut projects = Vec::new();

    let alone = App::new("alone");
    alone.package("", "shop", "");
    projects.push((alone, "migrations"));

    let root = App::new("root package with a workspace");
    root.package("", "shop", "\n[workspace]\nmembers = [\"tool\"]\nresolver = \"3\"\n");
    root.package("tool", "tool", "");
    projects.push((root, "migrations"));

    let in_virtual = App::new("virtual workspace");
    in_virtual
        .write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\n    \"crates/*\",\n]\n");
    in_virtual.package("crates/shop", "shop", "");
    projects.push((in_virtual, "migrations"));

    let diesels = App::new("Diesel's");
    let dependency = "\n[dependencies]\ndiesel = { version = \"2.3\", default-features = false, features = [\"sqlite\"] }\n";
    diesels.package("", "shop", dependency);
    diesels.write("diesel.toml", "[migrations_directory]\ndir = \"migrations\"\n");
    diesels.write(
        "migrations/2024-01-01-000000_create_users/up.sql",
        "CREATE TABLE users (id INTEGER);\n",
    );
    diesels.write("migrations/2024-01-01-000000_create_users/down.sql", "DROP TABLE users;\n");
    projects.push((diesels, "db"));

    for (app, folder) in projects {
        app.works_with_migrations_in(folder);
    }
}

/// A project with an application in it.
struct App {
    layout: &'static str,
    folder: TempDir,
}

impl App {
    fn new(layout: &'static str) -> App {
        let folder = tempfile::tempdir().unwrap();
        let app = App { layout, folder };
        // The versions of this repository: nothing is downloaded.
        let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
        fs::copy(lock, app.path("Cargo.lock")).unwrap();
        app
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn package(&self, folder: &str, name: &str, more: &str) {
        let file = |file: &str| Path::new(folder).join(file).display().to_string();
        let manifest = format!("[package]\nname = \"{name}\"\nedition = \"2024\"\n{more}");
        self.write(&file("Cargo.toml"), &manifest);
        self.write(&file("src/main.rs"), APPLICATION);
    }

    fn works_with_migrations_in(&self, folder: &str) {
        let layout = self.layout;
        assert_eq!(self.cargo(&["run"]), "the application", "{layout}: before");
        let before = self.files("migrations");

        let written = self.migrate(&["init"]);
        assert!(written.contains(&format!("{folder}/Cargo.toml")), "{layout}: {written}");
        assert_eq!(self.cargo(&["run"]), "the application", "{layout}: after");
        if folder != "migrations" {
            assert_eq!(self.files("migrations"), before, "{layout}: a folder of others");
        }
        // With nothing in it yet.
        self.migrate(&["upgrade"]);
        assert_eq!(self.tables(), "", "{layout}");

        let file = self.migrate(&["revision", "-m", "Create orders"]);
        assert!(file.starts_with(&format!("{folder}/src/versions/")), "{layout}: {file}");
        let text = fs::read_to_string(self.path(&file)).unwrap();
        let (empty, op) =
            ("(_op: &mut Ops) {}", r#"table("orders").column(bigint("id").primary_key())"#);
        assert!(text.contains(empty), "{layout}: {text}");
        let filled = format!("(op: &mut Ops) {{\n    op.create_table({op});\n}}");
        self.write(&file, &text.replace(empty, &filled));

        self.migrate(&["upgrade"]);
        assert_eq!(self.tables(), "orders", "{layout}");
        self.migrate(&["downgrade", "-1", "--yes"]);
        assert_eq!(self.tables(), "", "{layout}");
        assert_eq!(self.cargo(&["run"]), "the application", "{layout}: at the end");
    }

    /// Every file below a folder, with its text.
    fn files(&self, folder: &str) -> Vec<(PathBuf, String)> {
        let mut files = Vec::new();
        let mut folders = vec![self.path(folder)];
        while let Some(folder) = folders.pop() {
            let Ok(entries) = fs::read_dir(&folder) else { continue };
            for entry in entries {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => files.push((path.clone(), fs::read_to_string(&path).unwrap())),
                }
            }
        }
        files.sort();
        files
    }

    /// The tables that a migration made.
    fn tables(&self) -> String {
        let query = "SELECT name FROM sqlite_schema WHERE type = 'table' \
                     AND name NOT GLOB '__*' AND name NOT GLOB 'sqlite_*'";
        let output = Command::new("sqlite3").arg(self.path("migrate.db")).arg(query).output();
        self.said("sqlite3", output.unwrap())
    }

    fn cargo(&self, arguments: &[&str]) -> String {
        let output = self.command(Path::new(env!("CARGO")), arguments);
        self.said("cargo", output)
    }

    fn migrate(&self, arguments: &[&str]) -> String {
        let words: Vec<&str> = ["migrate"].iter().chain(arguments).copied().collect();
        let output = self.command(&tests::binary("cargo_migrate"), &words);
        self.said("cargo migrate", output)
    }

    fn command(&self, program: &Path, arguments: &[&str]) -> Output {
        Command::new(program)
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .env("CARGO", env!("CARGO"))
            .env("CARGO_NET_OFFLINE", "true")
            .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("init"))
            // What is compiled here is run once.
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            // Of this test's own package, and of whoever runs it.
            .env_remove("OUT_DIR")
            .env_remove("DATABASE_URL")
            .output()
            .unwrap()
    }

    #[track_caller]
    fn said(&self, program: &str, output: Output) -> String {
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {program}\n{stderr}", self.layout);
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }
}
