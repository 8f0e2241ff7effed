//! A project of somebody else: an application in a folder, where `cargo migrate` and cargo are run as a person
//! runs them.
//!
//! All of them share one target folder, so the libraries are compiled once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::rc::Rc;

use tempfile::TempDir;

use crate::project::binary;

const APPLICATION: &str = "fn main() { println!(\"the application\"); }\n";

/// The folder of an application.
#[derive(Clone, Debug)]
pub struct App {
    /// What to call it in messages.
    pub name: &'static str,
    folder: PathBuf,
    home: Rc<TempDir>,
}

impl App {
    /// A folder with the versions of this repository: nothing is downloaded.
    pub fn new(name: &'static str) -> App {
        let home = tempfile::tempdir().expect("a temporary folder");
        let app = App { name, folder: home.path().join("app"), home: Rc::new(home) };
        let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
        app.write("Cargo.lock", &fs::read_to_string(lock).expect("the versions"));
        app
    }

    /// The folder `name` beside this one, which is not made.
    pub fn beside(&self, name: &'static str) -> App {
        App { name, folder: self.home.path().join(name), home: self.home.clone() }
    }

    /// Where a file is.
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// Writes a file, with the folders above it.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        let folder = path.parent().expect("a folder");
        let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, text));
        written.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// The text of a file.
    pub fn read(&self, path: &str) -> String {
        let path = self.path(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Makes a package with an application; `more` goes behind `[package]`.
    pub fn package(&self, folder: &str, name: &str, more: &str) {
        let file = |file: &str| Path::new(folder).join(file).display().to_string();
        let manifest = format!("[package]\nname = \"{name}\"\nedition = \"2024\"\n{more}");
        self.write(&file("Cargo.toml"), &manifest);
        self.write(&file("src/main.rs"), APPLICATION);
    }

    /// Writes a migration, fills it and returns its path.
    pub fn revision(&self, message: &str, body: &str) -> String {
        let file = self.migrate(&["revision", "-m", message]);
        let (empty, text) = ("(_op: &mut Ops) {}", self.read(&file));
        assert!(text.contains(empty), "{}: {text}", self.name);
        self.write(&file, &text.replace(empty, &format!("(op: &mut Ops) {{\n    {body}\n}}")));
        file
    }

    /// What `sqlite3` finds in the default database.
    pub fn query(&self, query: &str) -> String {
        let output = Command::new("sqlite3").arg(self.path("migrate.db")).arg(query).output();
        self.said("sqlite3", &output.expect("sqlite3"))
    }

    /// Runs cargo, which has to succeed; its stdout.
    pub fn cargo(&self, arguments: &[&str]) -> String {
        self.said("cargo", &self.run_cargo(arguments))
    }

    /// Runs cargo.
    pub fn run_cargo(&self, arguments: &[&str]) -> Output {
        self.run(Path::new(env!("CARGO")), arguments)
    }

    /// Runs `cargo migrate`, which has to succeed; its stdout.
    pub fn migrate(&self, arguments: &[&str]) -> String {
        self.said("cargo migrate", &self.run_migrate(arguments))
    }

    /// Runs `cargo migrate`.
    pub fn run_migrate(&self, arguments: &[&str]) -> Output {
        let words: Vec<&str> = ["migrate"].iter().chain(arguments).copied().collect();
        self.run(&binary("cargo_migrate"), &words)
    }

    /// Runs `cargo migrate` where no file can grow, as on a disk that is full.
    pub fn migrate_on_a_full_disk(&self, arguments: &[&str]) -> Output {
        let program = binary("cargo_migrate").display().to_string();
        let script = "trap '' XFSZ; ulimit -f 0; exec \"$@\"";
        let words = ["-c", script, "sh", program.as_str(), "migrate"];
        self.run(Path::new("sh"), &[&words, arguments].concat())
    }

    /// Runs git, as somebody who has no settings; it has to succeed.
    pub fn git(&self, arguments: &[&str]) -> String {
        let nothing = if cfg!(windows) { "NUL" } else { "/dev/null" };
        let mut git = self.command(Path::new("git"), arguments);
        git.env("GIT_CONFIG_GLOBAL", nothing).env("GIT_CONFIG_NOSYSTEM", "1");
        git.env("GIT_TERMINAL_PROMPT", "0");
        for who in ["AUTHOR", "COMMITTER"] {
            git.env(format!("GIT_{who}_NAME"), self.name);
            git.env(format!("GIT_{who}_EMAIL"), format!("{}@example.com", self.name));
        }
        self.said("git", &git.output().expect("git"))
    }

    /// Runs what was built last as the project's `migrate`, without a look at its sources; its stdout.
    pub fn built(&self, arguments: &[&str]) -> String {
        let program = format!("debug/migrate{}", std::env::consts::EXE_SUFFIX);
        self.said("migrate", &self.run(&target().join(program), arguments))
    }

    fn run(&self, program: &Path, arguments: &[&str]) -> Output {
        let output = self.command(program, arguments).output();
        output.unwrap_or_else(|error| panic!("{}: {error}", program.display()))
    }

    fn command(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .env("CARGO", env!("CARGO"))
            .env("CARGO_NET_OFFLINE", "true")
            .env("CARGO_TARGET_DIR", target())
            // What is compiled here is run once.
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            // Of this test's own package, and of whoever runs it.
            .env_remove("OUT_DIR")
            .env_remove("DATABASE_URL");
        command
    }

    #[track_caller]
    fn said(&self, program: &str, output: &Output) -> String {
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {program}\n{stderr}", self.name);
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }
}

/// Where all of them are built, in the folder that cargo leaves to tests, `target/tmp`.
fn target() -> PathBuf {
    let test = std::env::current_exe().expect("the path of this test");
    test.ancestors().nth(3).expect("a target folder").join("tmp/apps")
}
