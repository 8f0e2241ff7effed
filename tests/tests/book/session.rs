//! The player: the `console` blocks of a page as one session at a terminal, in a fresh project.
//!
//! Lines that begin with `$ ` are given to a shell, the lines under them are what has to be seen. A line of `…` or `⋮` stands for any
//! lines, `…` within a line for any text. Times and durations are alike, also the times in
//! names of files. Ids that are drawn by chance are learned where a page first shows them, and put into what comes behind.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use regex::{Captures, Regex};
use tempfile::TempDir;
use tests::{binary, programs, setting};

use crate::page::{Block, Item, Note, Page, root};

/// What a page makes of a session.
pub(crate) struct Played {
    /// Commands that were run.
    pub(crate) commands: usize,
    /// Blocks that were played or written to files.
    pub(crate) blocks: usize,
    /// What was not as the page says.
    pub(crate) faults: Vec<String>,
    /// The page as it should be, as far as a machine can tell.
    pub(crate) text: String,
}

/// Plays those sessions of a page that are in a world of these.
pub(crate) fn play(page: &Page, worlds: &[&str]) -> Played {
    let mut played = Played { commands: 0, blocks: 0, faults: Vec::new(), text: page.text.clone() };
    let mut edits: Vec<(std::ops::Range<usize>, String)> = Vec::new();
    let mut session: Option<Session> = None;
    for item in &page.items {
        match item {
            Item::Play(world) => {
                session = worlds.contains(&world.as_str()).then(|| Session::new(world));
            }
            Item::Run(command, line) => {
                let Some(session) = &mut session else { continue };
                let (output, status) = session.run(command);
                played.commands += 1;
                if status != 0 {
                    played.faults.push(format!("{}:{line}: {command}\n{output}", page.path));
                }
            }
            Item::Block(block) => {
                let Some(session) = &mut session else { continue };
                match &block.note {
                    Note::File(file) => {
                        let is_shown = |line: &&str| *line != "#" && !line.starts_with("# ");
                        let shown = block.text.lines().filter(is_shown);
                        let text = match block.language.as_str() {
                            "rust" => shown.map(|line| format!("{line}\n")).collect(),
                            _ => block.text.clone(),
                        };
                        let written = session.write(file, &text);
                        let place = format!("{}:{}", page.path, block.line);
                        played.faults.extend(written.err().map(|why| format!("{place}: {why}")));
                        played.blocks += 1;
                    }
                    Note::From(_) | Note::NotRun(_) | Note::Rendered => {}
                    Note::Nothing if block.language != "console" => {}
                    Note::Nothing => {
                        played.blocks += 1;
                        let mut shown = String::new();
                        for step in steps(block) {
                            played.commands += 1;
                            let (fault, lines) = session.step(&step);
                            shown.push_str(&step.before);
                            shown.push_str(&lines);
                            let place = format!("{}:{}", page.path, block.line + step.line);
                            played.faults.extend(fault.map(|fault| format!("{place}: {fault}")));
                        }
                        edits.push((block.place.clone(), shown));
                    }
                }
            }
        }
    }
    for (place, shown) in edits.into_iter().rev() {
        played.text.replace_range(place, &shown);
    }
    played
}

/// A command of a block, with what is to be seen of it.
#[derive(Debug)]
struct Step {
    /// As it is written, with what stands before it: a block may begin with output.
    before: String,
    command: String,
    expected: Vec<String>,
    line: usize,
}

fn steps(block: &Block) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut is_open = false;
    for (line, text) in block.text.lines().enumerate() {
        if let (true, Some(step)) = (is_open, steps.last_mut()) {
            step.command.push_str(&format!("\n{text}"));
            step.before.push_str(&format!("{text}\n"));
        } else if let Some(command) = text.strip_prefix("$ ") {
            let before = format!("{text}\n");
            steps.push(Step { before, command: command.into(), expected: Vec::new(), line });
        } else if let Some(step) = steps.last_mut() {
            step.expected.push(text.to_owned());
        }
        is_open = text.ends_with('\\') && (is_open || text.starts_with("$ "));
    }
    steps
}

/// A folder, a shell in it, and what was learned so far.
struct Session {
    home: TempDir,
    /// What the page calls an id, and what it is.
    names: BTreeMap<String, String>,
    normal: Vec<(Regex, &'static str)>,
}

/// Before each command: where the last one was left, and what its world adds.
const RESUME: &str = r#"
. "$HOME/state"
. "$HOME/world"
cd "$PWD_OF_PAGE" || exit 1
eval "$1"
code=$?
PWD_OF_PAGE=$PWD
export PWD_OF_PAGE
export -p > "$HOME/state"
exit $code
"#;

/// A project with the sample's migrations, whose `migrate` is built: nothing is compiled.
const STORY: &str = r#"
cargo() {
    case "$2" in
    init|revision|merge|rebase|edit|import|heads|history|branches|show|completions) command cargo-migrate "$@" ;;
    *) shift; migrate "$@" ;;
    esac
}
"#;

/// A folder where cargo builds what the page says. The tool is in the path, as `cargo install` would put it there.
const APP: &str = r#"
cargo() {
    if [ "$1" = install ]; then return 0; fi
    command cargo "$@"
}
"#;

/// The same, beside a project of Alembic's. `$TOOLS` is also where the dumps of databases are that other tools have made.
const ALEMBIC: &str = r#"
alembic() {
    "$TOOLS/alembic/python" -m alembic "$@"
}
"#;

impl Session {
    fn new(world: &str) -> Session {
        let home = tempfile::Builder::new().prefix("page-").tempdir().expect("a temporary folder");
        let folder = home.path();
        let (bin, project) = (folder.join("bin"), folder.join("project"));
        std::fs::create_dir_all(&bin).expect("a folder");
        std::fs::create_dir_all(&project).expect("a folder");
        link(&binary("cargo_migrate"), &bin.join("cargo-migrate"));
        let mut names = BTreeMap::new();
        let functions = match world {
            "story" => {
                link(&binary("story"), &bin.join("migrate"));
                let versions = project.join("migrations/src/versions");
                copy(&root().join("migrations/src/versions"), &versions);
                names.extend(known(&versions));
                let settings = "versions = \"migrations/src/versions\"\n";
                std::fs::write(project.join("migrate.toml"), settings).expect("migrate.toml");
                STORY
            }
            "sample" => {
                sample(&project);
                names.extend(known(&project.join("migrations/src/versions")));
                APP
            }
            "app" | "alembic" => {
                // The versions of this repository: nothing is downloaded.
                std::fs::copy(root().join("Cargo.lock"), project.join("Cargo.lock"))
                    .expect("Cargo.lock");
                APP
            }
            other => {
                panic!("there is no world `{other}`: write `story`, `sample`, `app` or `alembic`")
            }
        };
        let tools = root().join("tests/data/tools").canonicalize().expect("a folder");
        let functions = match world {
            "alembic" => format!("{functions}{ALEMBIC}"),
            _ => functions.to_owned(),
        };
        let functions = format!("TOOLS='{}'\n{functions}", tools.display());
        std::fs::write(folder.join("world"), functions).expect("a file");
        let state = format!("export PWD_OF_PAGE='{}'\n", project.display());
        std::fs::write(folder.join("state"), state).expect("a file");
        let normal = [
            (
                r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?(\.\d+)?( ?(Z|UTC|[+-]\d\d(:?\d\d)?)\b)?",
                "[time]",
            ),
            (r"\d{8}T\d{6}Z|\d{8}_\d{4}", "[time]"),
            (r"\b\d+(\.\d+)? ?(ns|µs|us|ms|s)\b", "[duration]"),
            (r"\b\d+(\.\d+)? (KiB|MiB|kB|MB|bytes)\b", "[size]"),
            (r"[ \t]+$", ""),
        ]
        .map(|(pattern, name)| (Regex::new(pattern).expect("a pattern"), name));
        Session { home, names, normal: normal.into() }
    }

    fn path(&self, file: &str) -> PathBuf {
        self.home.path().join("project").join(file)
    }

    /// Writes a file of the project. A name with a `*` in it is of one that is there.
    fn write(&mut self, file: &str, text: &str) -> Result<(), String> {
        let file = self.real(file);
        let mut path = self.path(&file);
        if let Some((begin, end)) = file.split_once('*') {
            let (folder, begin) = begin.rsplit_once('/').unwrap_or((".", begin));
            let name = |entry: std::fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
            let mut found: Vec<String> = std::fs::read_dir(self.path(folder))
                .map_err(|error| format!("{folder}: {error}"))?
                .map(|entry| name(entry.expect("an entry")))
                .filter(|name| name.starts_with(begin) && name.ends_with(end))
                .collect();
            if found.len() != 1 {
                return Err(format!("{file} is {found:?}"));
            }
            path = self.path(folder).join(found.remove(0));
        }
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        // An id that the page shows first in the file that has it.
        if let Ok(before) = std::fs::read_to_string(&path) {
            for (line, real) in text.lines().zip(before.lines()) {
                self.learn(line, real);
            }
            for line in text.lines().filter(|line| line.contains("#[migration(")) {
                let known = before.lines().find(|line| line.contains("#[migration("));
                known.map(|real| self.learn(line, real));
            }
        }
        std::fs::write(&path, self.real(text))
            .map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Runs a command; what it prints, as a terminal would show it, and its exit code.
    fn run(&self, command: &str) -> (String, i32) {
        let home = self.home.path();
        let cargo = Path::new(env!("CARGO")).parent().expect("a folder").display().to_string();
        let path = format!("{}/bin:{}:{cargo}", home.display(), programs());
        let mut shell = Command::new("bash");
        shell
            .args(["-c", &format!("exec 2>&1\n{RESUME}"), "bash", &self.real(command)])
            .current_dir(home)
            .stdin(Stdio::null())
            .env_clear()
            .env("PATH", path)
            .env("HOME", home)
            .env("LC_ALL", "C.UTF-8")
            .env("COLUMNS", "100")
            .env("MIGRATE_APPLIED_BY", "ann@laptop")
            .env("CARGO_HOME", cargo_home())
            .env("RUSTUP_HOME", rustup_home())
            .env("CARGO_NET_OFFLINE", "true")
            .env("CARGO_TARGET_DIR", target())
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("CARGO_TERM_COLOR", "never")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "Ann")
            .env("GIT_AUTHOR_EMAIL", "ann@example.com")
            .env("GIT_COMMITTER_NAME", "Ann")
            .env("GIT_COMMITTER_EMAIL", "ann@example.com");
        let output = shell.output().expect("bash");
        let text = String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n");
        (text, output.status.code().unwrap_or(-1))
    }

    /// Runs a step; what is not as it is written, and the lines that should stand under it.
    fn step(&mut self, step: &Step) -> (Option<String>, String) {
        let written: String = step.expected.iter().map(|line| format!("{line}\n")).collect();
        let (output, status) = self.run(&step.command);
        let mut seen = seen(&output);
        if !step.expected.first().is_some_and(|line| line.starts_with("Database: ")) {
            seen.retain(|line| !line.starts_with("Database: "));
        }
        let is_quiet = step.expected.iter().all(|line| line.trim().is_empty());
        if is_quiet && status == 0 {
            return (None, written); // What goes well need not be shown.
        }
        let mut expected: Vec<&str> = step.expected.iter().map(String::as_str).collect();
        while expected.last().is_some_and(|line| line.trim().is_empty()) {
            expected.pop();
        }
        while seen.last().is_some_and(|line| line.trim().is_empty()) {
            seen.pop();
        }
        if !is_quiet && self.is_as(&expected, &seen) {
            return (None, written);
        }
        let lines: String = seen.iter().map(|line| format!("{line}\n")).collect();
        let lines = self.told(&lines);
        let trailing = &written[written.trim_end_matches('\n').len()..];
        let shown = format!("{}\n{}", lines.trim_end(), trailing.strip_prefix('\n').unwrap_or(""));
        let fault = format!(
            "$ {} (exit {status})\n── the page\n{written}── the program\n{lines}",
            step.command
        );
        (Some(fault), shown)
    }

    /// Whether these lines are those, and if so, what is learned.
    fn is_as(&mut self, expected: &[&str], seen: &[String]) -> bool {
        let before = self.names.clone();
        let Some((first, rest)) = expected.split_first() else { return seen.is_empty() };
        if matches!(first.trim(), "…" | "⋮" | "...") {
            return (0..=seen.len()).any(|skip| self.is_as(rest, &seen[skip..]));
        }
        let Some((line, others)) = seen.split_first() else { return false };
        if self.learn(first, line) && self.is_as(rest, others) {
            return true;
        }
        self.names = before;
        false
    }

    /// Whether a line is as it is written; what its ids are is known then.
    fn learn(&mut self, expected: &str, seen: &str) -> bool {
        let (expected, seen) = (self.normal(expected), self.normal(seen));
        let mut pattern = String::from("^");
        let mut new = Vec::new();
        let mut at = 0;
        for found in DRAWN.find_iter(&expected) {
            pattern.push_str(&text_pattern(&expected[at..found.start()]));
            at = found.end();
            let name = found.as_str();
            match self.names.get(name) {
                Some(real) => pattern.push_str(&regex::escape(real)),
                None => {
                    pattern.push_str("([0-9a-f]{12})");
                    new.push(name.to_owned());
                }
            }
        }
        pattern.push_str(&text_pattern(&expected[at..]));
        pattern.push('$');
        let Some(found) = Regex::new(&pattern).expect("a pattern").captures(&seen) else {
            return false;
        };
        for (index, name) in new.into_iter().enumerate() {
            self.names.insert(name, found[index + 1].to_owned());
        }
        true
    }

    /// Text of the page, with the ids that there are here.
    fn real(&self, text: &str) -> String {
        let text = DRAWN.replace_all(text, |found: &Captures| {
            self.names.get(&found[0]).cloned().unwrap_or_else(|| found[0].to_owned())
        });
        // The beginning of an id stands for it, where it was drawn.
        let short = Regex::new(r"\b[0-9a-f]{4,11}\b").expect("a pattern");
        let text = short.replace_all(&text, |found: &Captures| {
            let begin = &found[0];
            let mut whole =
                self.names.iter().filter(|(name, real)| name.starts_with(begin) && name != real);
            whole.next().map_or(begin.to_owned(), |(_, real)| real[..begin.len()].to_owned())
        });
        text.into_owned()
    }

    /// Text of here, with the ids of the page.
    fn told(&self, text: &str) -> String {
        let told = DRAWN.replace_all(text, |found: &Captures| {
            let name = self.names.iter().find(|(_, real)| **real == found[0]);
            name.map_or(found[0].to_owned(), |(name, _)| name.clone())
        });
        told.into_owned()
    }

    fn normal(&self, line: &str) -> String {
        self.normal.iter().fold(line.to_owned(), |line, (pattern, name)| {
            pattern.replace_all(&line, *name).into_owned()
        })
    }
}

/// Ids.
static DRAWN: LazyLock<Regex> = LazyLock::new(|| Regex::new("[0-9a-f]{12}").expect("a pattern"));

fn text_pattern(text: &str) -> String {
    text.split('…').map(regex::escape).collect::<Vec<_>>().join(".*")
}

/// The lines that a reader is shown: what cargo says of its own work is not among them.
fn seen(output: &str) -> Vec<String> {
    let cargo = Regex::new(
        r"^ +(Compiling|Finished|Running `|Running unittests|Blocking|Locking|Updating|Adding|Checking|Fresh|Created|Creating) ?",
    )
    .expect("a pattern");
    output.lines().filter(|line| !cargo.is_match(line)).map(str::to_owned).collect()
}

/// The sample as a project that cargo builds, with a `migrate.toml` of its own.
fn sample(project: &Path) {
    copy(&root().join("migrations"), &project.join("migrations"));
    let settings = "versions = \"migrations/src/versions\"\n";
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).expect("Cargo.toml");
    let members = Regex::new(r"(?m)^(default-)?members = .*$").expect("a pattern");
    let manifest = members.replace_all(&manifest, "${1}members = [\"migrations\"]");
    let here = root().canonicalize().expect("the root of the repository").display().to_string();
    let manifest = manifest.split("[profile.").next().unwrap_or_default();
    let manifest = manifest.replace("path = \"", &format!("path = \"{here}/"));
    for (file, text) in [("migrate.toml", settings), ("Cargo.toml", manifest.as_str())] {
        std::fs::write(project.join(file), text).expect("a file");
    }
    std::fs::copy(root().join("Cargo.lock"), project.join("Cargo.lock")).expect("Cargo.lock");
}

/// Copies a folder.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in
        std::fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display()))
    {
        let entry = entry.expect("an entry");
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            std::fs::copy(&from, &to).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
        }
    }
}

/// The ids in the names of a folder, which are the same everywhere: there is nothing to learn.
fn known(versions: &Path) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for entry in std::fs::read_dir(versions).expect("the sample") {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        names.extend(
            DRAWN
                .find_iter(&name)
                .map(|found| (found.as_str().to_owned(), found.as_str().to_owned())),
        );
    }
    names
}

#[cfg(unix)]
fn link(program: &Path, name: &Path) {
    std::os::unix::fs::symlink(program, name)
        .unwrap_or_else(|error| panic!("{}: {error}", name.display()));
}

#[cfg(not(unix))]
fn link(program: &Path, name: &Path) {
    std::fs::copy(program, name.with_extension("exe")).expect("a program");
}

/// Where the applications of all tests are built.
fn target() -> PathBuf {
    let test = std::env::current_exe().expect("the path of this test");
    test.ancestors().nth(3).expect("a target folder").join("tmp/apps")
}

fn cargo_home() -> PathBuf {
    home_of("CARGO_HOME", ".cargo")
}

fn rustup_home() -> PathBuf {
    home_of("RUSTUP_HOME", ".rustup")
}

/// A session has a home of its own, but the toolchain is where it is.
fn home_of(name: &str, folder: &str) -> PathBuf {
    let home = || Path::new(&setting("HOME").unwrap_or_default()).join(folder);
    setting(name).map_or_else(home, PathBuf::from)
}
