//! A `migrate` as a process that may be killed, and what came of it.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::backend::setting;
use crate::database::Database;
use crate::project::binary;

/// How long a run may take before it counts as one that hangs. No test waits for it unless something is wrong.
const PATIENCE: Duration = Duration::from_secs(100);

/// A file in a runner's folder for as long as it is to wait in the middle of a step, and the one that says that it does.
pub(super) const HOLD: &str = "hold";
pub(super) const HOLDING: &str = "holding";

/// Waits for something that is about to be so.
///
/// # Panics
///
/// When it never is.
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "not so: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The `migrate` of a chain of faults, with a folder and an environment of its own.
#[derive(Debug)]
pub struct Runner {
    chain: String,
    folder: TempDir,
    environment: Vec<(String, String)>,
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it said.
    pub stderr: String,
    /// Whether it had to be ended because it did not end.
    pub hung: bool,
}

/// A run that goes on.
#[derive(Debug)]
pub struct Running {
    child: Child,
    stdout: PathBuf,
    stderr: PathBuf,
}

/// The `migrate` of the chain of this name on this database.
pub fn runner(chain: &str, database: &Database) -> Runner {
    let folder = tempfile::Builder::new().prefix("runner-").tempdir().expect("a temporary folder");
    let environment = [
        ("PATH", setting("PATH").unwrap_or_default()),
        ("HOME", folder.path().display().to_string()),
        ("TMPDIR", folder.path().display().to_string()),
        ("LC_ALL", "C.UTF-8".into()),
        ("MIGRATE_APPLIED_BY", "tester@example".into()),
        ("MIGRATE_TEST_CHAIN", chain.to_owned()),
        ("DATABASE_URL", database.url().to_owned()),
    ];
    let environment = environment.map(|(name, value)| (name.to_owned(), value)).into();
    Runner { chain: chain.to_owned(), folder, environment }
}

impl Runner {
    /// Sets a variable of its environment.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Runner {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Writes a file in its folder, such as `migrate.toml`.
    #[must_use]
    pub fn file(self, name: &str, text: &str) -> Runner {
        std::fs::write(self.folder.path().join(name), text).expect("a file in a temporary folder");
        self
    }

    /// Starts it on the chain `held`, and waits until it is in the middle of a step; `release` lets it go on.
    pub fn start_and_hold(&self, line: &str) -> Running {
        std::fs::write(self.folder.path().join(HOLD), "").expect("a file in a temporary folder");
        let mut running = self.start(line);
        wait_until("the runner is in the middle of a step", || {
            assert!(running.is_running(), "it ended: {}", running.said());
            self.folder.path().join(HOLDING).exists()
        });
        running
    }

    /// Lets the one that holds go on.
    pub fn release(&self) {
        std::fs::remove_file(self.folder.path().join(HOLD)).expect("a file that is there");
    }

    /// The chain's name.
    pub fn chain(&self) -> &str {
        &self.chain
    }

    /// Starts it with these arguments, as on a command line.
    pub fn start(&self, line: &str) -> Running {
        use std::sync::atomic::{AtomicU32, Ordering};
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = |name: &str| self.folder.path().join(format!("{number}.{name}"));
        let (stdout, stderr) = (path("out"), path("err"));
        let file = |path: &PathBuf| File::create(path).expect("a file in a temporary folder");
        let child = Command::new(binary("faults"))
            .args(line.split_whitespace())
            .current_dir(self.folder.path())
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(file(&stdout))
            .stderr(file(&stderr))
            .spawn()
            .expect("the migrate of the faults");
        Running { child, stdout, stderr }
    }

    /// Runs it with these arguments, as on a command line.
    pub fn run(&self, line: &str) -> Outcome {
        self.start(line).end()
    }
}

impl Running {
    /// The id of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// What it said up to now.
    pub fn said(&self) -> String {
        text(&self.stderr)
    }

    /// Sends it a signal by its name, such as `STOP`.
    pub fn signal(&self, name: &str) {
        let status =
            Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(status.is_ok_and(|status| status.success()), "kill -{name}");
    }

    /// Waits for its end.
    pub fn end(mut self) -> Outcome {
        let begun = Instant::now();
        let mut hung = false;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a child of this process") {
                break status;
            }
            if begun.elapsed() > PATIENCE && !hung {
                hung = true;
                let _ = self.child.kill();
            }
            std::thread::sleep(Duration::from_millis(4));
        };
        let (stdout, stderr) = (text(&self.stdout), text(&self.stderr));
        Outcome { code: status.code(), stdout, stderr, hung }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.is_running() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

impl Outcome {
    /// Whether it said that all went well.
    pub fn is_fine(&self) -> bool {
        self.code == Some(0)
    }

    /// All that could be seen of it.
    pub fn told(&self) -> String {
        let code = self.code.map_or("killed".to_owned(), |code| format!("exit {code}"));
        format!("{}{}── {code}", self.stdout, self.stderr)
    }
}

fn text(path: &PathBuf) -> String {
    std::fs::read(path)
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default()
}
