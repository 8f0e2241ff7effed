//! `deploy/`: what is in there, as far as that can be tried without a daemon. The entry of the image is read from its file
//! and run as a process: its default and other commands, exit codes, the signal that stops it, a server that comes late.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;
use tests::faults::{Runner, runner, wait_until};
use tests::{Backend, Database, Server, backends};
use yaml_rust2::{Yaml, YamlLoader};

/// The variables that `migrate` knows and these files use.
const VARIABLES: [&str; 6] = [
    "DATABASE_URL",
    "MIGRATION_COMMAND",
    "MIGRATE_APPLIED_BY",
    "MIGRATE_LOG_FORMAT",
    "MIGRATE_WAIT",
    "SSL_CERT_FILE",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A stage of a Dockerfile: what it is called, and its instructions.
struct Stage {
    name: String,
    instructions: Vec<(String, String)>,
}

impl Stage {
    fn all(&self, word: &str) -> Vec<&str> {
        let found = self.instructions.iter().filter(|(known, _)| known == word);
        found.map(|(_, rest)| rest.as_str()).collect()
    }

    fn one(&self, word: &str) -> &str {
        match self.all(word).as_slice() {
            [one] => one,
            other => panic!("{}: {word} {other:?}", self.name),
        }
    }

    /// What ENV sets.
    fn environment(&self) -> BTreeMap<String, String> {
        let words = self.all("ENV").into_iter().flat_map(shlex);
        words
            .map(|word| {
                let (name, value) = word.split_once('=').expect("NAME=VALUE");
                (name.to_owned(), value.to_owned())
            })
            .collect()
    }
}

/// `A="b c" D="e"` in words.
fn shlex(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for letter in line.chars() {
        match (letter, is_quoted) {
            ('"', _) => is_quoted = !is_quoted,
            (' ', false) => words.push(String::new()),
            _ => words.last_mut().expect("a word").push(letter),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn stages() -> Vec<Stage> {
    let text = text("deploy/Dockerfile").replace("\\\n", " ");
    let lines =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut stages: Vec<Stage> = Vec::new();
    for line in lines {
        let (word, rest) = line.split_once(' ').unwrap_or_else(|| panic!("{line}"));
        if word == "FROM" {
            let (_, name) = rest.split_once(" AS ").expect("a stage with a name");
            stages.push(Stage { name: name.to_owned(), instructions: Vec::new() });
        }
        let entry = (word.to_owned(), rest.trim().to_owned());
        match stages.last_mut() {
            Some(stage) => stage.instructions.push(entry),
            // What stands before all stages.
            None => assert_eq!(entry.0, "ARG"),
        }
    }
    stages
}

/// A `migrate` that is started as the image starts it.
fn image(chain: &str, database: &Database) -> Runner {
    let image = stages().pop().expect("a stage");
    // The program alone: the tests have another one in its place.
    assert_eq!(image.one("ENTRYPOINT"), r#"["/usr/local/bin/migrate"]"#);
    let all = image.environment();
    all.iter().fold(runner(chain, database), |runner, (name, value)| runner.variable(name, value))
}

/// The lines of a log, each one an object of the format.
fn records(log: &str) -> Vec<Value> {
    let records = log.lines().map(|line| {
        let value: Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert_eq!(value["format"], 1, "{line}");
        value
    });
    records.collect()
}

fn events(log: &str) -> Vec<String> {
    records(log).iter().map(|one| one["event"].as_str().expect("text").to_owned()).collect()
}

#[test]
fn the_image_is_small_has_no_root_and_one_entry() {
    let stages = stages();
    let names: Vec<&str> = stages.iter().map(|stage| stage.name.as_str()).collect();
    assert_eq!(
        names,
        ["build", "with-clients", "image"],
        "the last one is built where none is named"
    );
    let build = &stages[0];
    for stage in &stages[1..] {
        for copy in stage.all("COPY") {
            let from = copy.strip_prefix("--from=build ").and_then(|rest| rest.split_once(' '));
            let (from, _) = from.unwrap_or_else(|| panic!("{copy}"));
            assert!(build.all("RUN").iter().any(|run| run.contains(from)), "{from}");
        }
        let (user, group) = stage.one("USER").split_once(':').expect("numbers");
        assert!(user.parse::<u32>().is_ok_and(|user| user > 0) && user == group, "{user}");
        assert_eq!(stage.all("CMD"), [""; 0], "what is typed would be behind it");
        assert_eq!(stage.one("ENTRYPOINT"), stages[2].one("ENTRYPOINT"));
        assert_eq!(stage.environment(), stages[2].environment());
        for name in stage.environment().keys() {
            assert!(VARIABLES.contains(&name.as_str()), "{name}");
        }
    }
    assert_eq!(stages[2].one("FROM"), "scratch AS image");
    assert_eq!(stages[2].all("RUN"), [""; 0], "there is no shell");

    // What it builds is there.
    let arguments: BTreeMap<&str, &str> =
        build.all("ARG").into_iter().filter_map(|argument| argument.split_once('=')).collect();
    let manifest = text(&format!("{}/Cargo.toml", arguments["PACKAGE"]));
    assert!(manifest.contains(&format!("\n{} = [", arguments["FEATURES"])), "{arguments:?}");
    assert!(manifest.contains("name = \"migrate\""));
    let version = text("Cargo.toml");
    let version = version.split("rust-version = \"").nth(1).and_then(|rest| rest.split('"').next());
    let begin = format!("ARG RUST_VERSION={}", version.expect("a version"));
    assert!(text("deploy/Dockerfile").contains(&begin), "{begin}");
    let ignored = text("deploy/Dockerfile.dockerignore");
    for secret in ["**/.env", ".git", "**/target", "backups"] {
        assert!(ignored.lines().any(|line| line == secret), "{secret}");
    }
}

/// The image begins with nothing, so what the program loads has to be in it, up to the loader itself.
#[test]
#[cfg(target_os = "linux")]
fn the_image_has_all_that_the_program_loads() {
    let program = tests::binary("faults");
    let folder = tempfile::tempdir().expect("a folder");
    let loaded = folder.path().join("loaded");
    let stages = stages();
    let run = stages[0].all("RUN").into_iter().find(|run| run.contains("ldd")).expect("a line");
    let run = run.replace("/out/migrate", &program.display().to_string());
    let run = run.replace("/loaded", &loaded.display().to_string());
    let shell = Command::new("sh").args(["-ec", &run]).output().expect("a shell");
    assert!(shell.status.success(), "{}", String::from_utf8_lossy(&shell.stderr));

    let needed = Command::new("ldd").arg(&program).output().expect("ldd");
    let needed = String::from_utf8(needed.stdout).expect("UTF-8");
    let paths = needed.split_whitespace().filter(|word| word.starts_with('/'));
    let paths: Vec<PathBuf> = paths.map(|path| loaded.join(&path[1..])).collect();
    let (loader, libraries): (Vec<_>, Vec<_>) =
        paths.into_iter().partition(|path| path.to_string_lossy().contains("/ld-linux"));
    assert!(!libraries.is_empty());
    let folders: Vec<_> = libraries.iter().filter_map(|path| path.parent()?.to_str()).collect();
    let listed = Command::new(&loader[0])
        .args(["--inhibit-cache", "--library-path", &folders.join(":"), "--list"])
        .arg(&program)
        .output()
        .expect("the copied loader");
    let listed = String::from_utf8(listed.stdout).expect("UTF-8");
    let found = listed.lines().filter_map(|line| line.split(" => ").nth(1));
    let outside: Vec<_> =
        found.filter(|path| !path.starts_with(&*loaded.to_string_lossy())).collect();
    assert_eq!(outside, [""; 0], "{listed}");
}

#[test]
fn the_entry_runs_its_command_or_another_and_hands_the_exit_code_on() {
    for backend in backends() {
        let database = Database::fresh(backend);
        let check = |command: Option<&str>, typed: &str, code: i32| {
            let image = image("plain", &database);
            let image = match command {
                Some(command) => image.variable("MIGRATION_COMMAND", command),
                None => image,
            };
            let outcome = image.run(typed);
            assert_eq!(
                outcome.code,
                Some(code),
                "{backend} {command:?} {typed} {}",
                outcome.told()
            );
            (outcome.stdout.clone(), records(&outcome.stderr))
        };
        check(Some("current --check-heads"), "", 3);
        let (_, told) = check(None, "", 0);
        assert_eq!(told[0]["command"], "upgrade head", "{told:?}");
        let ran: Vec<&Value> = told.iter().filter(|one| one["event"] == "finished").collect();
        assert!(ran.len() > 2, "{told:?}");
        assert!(ran.iter().all(|one| one["elapsed_ms"].is_u64() && one["direction"] == "upgrade"));
        // Once more is nothing, and no error: pods are started again.
        check(None, "", 0);
        check(Some("current --check-heads"), "", 0);
        // What is typed comes first.
        let (out, told) = check(None, "current --json", 0);
        assert!(serde_json::from_str::<Value>(&out).is_ok_and(|out| out["format"] == 1), "{out}");
        assert_ne!(told[0]["event"], "command");
        // Words are parted as a shell does it, and nothing is run by one.
        let (_, told) = check(Some("stamp 'no such' \"$(id)\""), "", 1);
        assert_eq!(told[0]["command"], "stamp 'no such' '$(id)'", "{told:?}");
        let (_, told) = check(Some("mark \"staging\""), "", 0);
        assert_eq!(told[0]["command"], "mark staging", "{told:?}");
        let (_, told) = check(Some("upgrade 'head"), "", 2);
        assert_eq!(told[0]["event"], "failed", "{told:?}");
        let (_, told) = check(Some("no-such-command"), "", 2);
        assert_eq!(told.last().map(|one| &one["event"]), Some(&Value::from("usage")), "{told:?}");
        check(Some("downgrade base --yes"), "", 0);
    }
}

#[test]
fn a_container_that_is_stopped_lets_the_statement_end() {
    for backend in backends() {
        let database = Database::fresh(backend);
        let image = image("held", &database);
        let running = image.start_and_hold("");
        running.signal("TERM");
        wait_until("the signal was heard", || {
            running.said().contains("Stopping when the statement")
        });
        image.release();
        let outcome = running.end();
        assert_eq!(outcome.code, Some(1), "{backend} {}", outcome.told());
        let events = events(&outcome.stderr);
        assert!(events.contains(&"interrupted".to_owned()), "{events:?}");
        assert_eq!(events.last().map(String::as_str), Some("failed"), "{events:?}");
        assert!(image.run("").is_fine(), "{backend}");
    }
}

fn servers() -> impl Iterator<Item = Backend> {
    backends().into_iter().filter(|backend| *backend != Backend::Sqlite)
}

#[test]
fn a_server_that_comes_late_is_waited_for() {
    for backend in servers() {
        let mut server = Server::start(backend);
        let home = if backend == Backend::Postgres { "postgres" } else { "mysql" };
        server.database(home).execute("CREATE DATABASE late");
        let database = server.database("late");
        server.kill();
        let image = image("plain", &database);
        let running = image.start("");
        wait_until("it waits", || running.said().contains("\"event\":\"waiting\""));
        server.again();
        let outcome = running.end();
        assert_eq!(outcome.code, Some(0), "{backend} {}", outcome.told());
        let events = events(&outcome.stderr);
        let at = |event: &str| events.iter().position(|one| one == event);
        assert!(at("waiting") < at("connected") && at("connected") < at("finished"), "{events:?}");

        // For a bounded time, and a signal ends it.
        server.kill();
        let begun = Instant::now();
        let outcome = image.run("current --wait=1s");
        assert_eq!(outcome.code, Some(1), "{}", outcome.told());
        assert!(begun.elapsed() >= Duration::from_secs(1), "{:?}", begun.elapsed());
        let last = records(&outcome.stderr).pop().expect("a failure");
        let causes = last["causes"].to_string();
        assert!(causes.contains("waited 1."), "{backend} {causes}");
        let running = image.start("");
        wait_until("it waits", || running.said().contains("\"event\":\"waiting\""));
        running.signal("TERM");
        assert_eq!(running.end().code, Some(130), "{backend}");
        let at_once = image.variable("MIGRATE_WAIT", "").run("current");
        assert!(!at_once.stderr.contains("waiting"), "{}", at_once.told());
    }
}

#[test]
fn what_stays_wrong_is_said_at_once() {
    for backend in servers() {
        let database = Database::fresh(backend);
        let (before, _) = database.url().rsplit_once('/').expect("a URL");
        let nowhere = format!("{before}/no_such_database");
        let (scheme, rest) = database.url().split_once("://").expect("a URL");
        let (_, place) = rest.rsplit_once('@').expect("a user");
        let wrong = format!("{scheme}://nobody_of_this_name:hunter2@{place}");
        for url in [nowhere, wrong] {
            let begun = Instant::now();
            let outcome = image("plain", &database).variable("DATABASE_URL", &url).run("current");
            assert_eq!(outcome.code, Some(1), "{}", outcome.told());
            assert!(begun.elapsed() < Duration::from_secs(20), "{}", outcome.told());
            let events = events(&outcome.stderr);
            assert!(!events.contains(&"waiting".to_owned()), "{}", outcome.told());
            assert!(!outcome.stderr.contains("hunter2"), "{}", outcome.told());
        }
    }
}

fn yaml(path: &str) -> Yaml {
    let mut documents =
        YamlLoader::load_from_str(&text(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    assert_eq!(documents.len(), 1, "{path}");
    documents.remove(0)
}

/// Refuses a line that the `migrate` of this release does not understand.
fn is_understood(line: &str) {
    let words = line.split_whitespace().chain(["--help"]);
    let output = Command::new(tests::binary("faults")).args(words).output().expect("a program");
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
}

/// What must be true of a container that migrates in Kubernetes.
fn is_fit(pod: &Yaml, container: &Yaml) {
    assert_eq!(pod["automountServiceAccountToken"].as_bool(), Some(false));
    assert!(pod["terminationGracePeriodSeconds"].as_i64().is_some_and(|seconds| seconds >= 30));
    let security = &pod["securityContext"];
    assert_eq!(security["runAsNonRoot"].as_bool(), Some(true));
    let image = stages().pop().expect("a stage");
    let user = security["runAsUser"].as_i64().expect("a number");
    assert_eq!(image.one("USER"), format!("{user}:{user}"));
    let security = &container["securityContext"];
    assert_eq!(security["allowPrivilegeEscalation"].as_bool(), Some(false));
    assert_eq!(security["readOnlyRootFilesystem"].as_bool(), Some(true));
    assert_eq!(security["capabilities"]["drop"][0].as_str(), Some("ALL"));
    for kind in ["requests", "limits"] {
        assert!(container["resources"][kind]["memory"].as_str().is_some(), "{kind}");
    }
    assert!(container["command"].is_badvalue(), "it would stand in the place of the entry");
    let image = container["image"].as_str().expect("an image");
    assert!(!image.ends_with(":latest") && image.contains(':'), "{image}");
    let variables = container["env"].as_vec().expect("variables");
    let variable = |name: &str| variables.iter().find(|one| one["name"].as_str() == Some(name));
    for one in variables {
        let name = one["name"].as_str().expect("a name");
        assert!(VARIABLES.contains(&name), "{name}");
    }
    let url = variable("DATABASE_URL").expect("a URL");
    assert!(url["valueFrom"]["secretKeyRef"]["key"].as_str().is_some(), "it is a secret");
    let command = variable("MIGRATION_COMMAND").expect("a command");
    is_understood(command["value"].as_str().expect("text"));
}

#[test]
fn kubernetes_gets_what_it_asks_for() {
    let job = yaml("deploy/kubernetes/job.yaml");
    assert_eq!((job["apiVersion"].as_str(), job["kind"].as_str()), (Some("batch/v1"), Some("Job")));
    let spec = &job["spec"];
    assert_eq!(spec["backoffLimit"].as_i64(), Some(0));
    assert!(spec["activeDeadlineSeconds"].as_i64().is_some());
    let pod = &spec["template"]["spec"];
    assert_eq!(pod["restartPolicy"].as_str(), Some("Never"));
    is_fit(pod, &pod["containers"][0]);

    let deployment = yaml("deploy/kubernetes/init-container.yaml");
    assert_eq!(
        (deployment["apiVersion"].as_str(), deployment["kind"].as_str()),
        (Some("apps/v1"), Some("Deployment"))
    );
    let spec = &deployment["spec"];
    let labels = &spec["template"]["metadata"]["labels"];
    assert_eq!(&spec["selector"]["matchLabels"], labels);
    let pod = &spec["template"]["spec"];
    is_fit(pod, &pod["initContainers"][0]);
    assert!(pod["containers"][0]["image"].as_str().is_some());
    is_understood("current --check-heads");
}

#[test]
fn compose_starts_one_after_the_other() {
    let compose = yaml("deploy/compose.yaml");
    let services = &compose["services"];
    assert!(services["db"]["healthcheck"]["test"].as_vec().is_some());
    let migrate = &services["migrate"];
    assert_eq!(migrate["depends_on"]["db"]["condition"].as_str(), Some("service_healthy"));
    assert_eq!(migrate["restart"].as_str(), Some("no"));
    let done = &services["app"]["depends_on"]["migrate"]["condition"];
    assert_eq!(done.as_str(), Some("service_completed_successfully"));
    let build = &migrate["build"];
    let context = root().join("deploy").join(build["context"].as_str().expect("a folder"));
    assert!(context.join(build["dockerfile"].as_str().expect("a file")).is_file());
    let arguments = build["args"].as_hash().expect("arguments");
    let stages = stages();
    let known = stages[0].all("ARG");
    for name in arguments.keys().filter_map(Yaml::as_str) {
        assert!(known.iter().any(|argument| argument.split('=').next() == Some(name)), "{name}");
    }
    for name in migrate["environment"].as_hash().expect("variables").keys().filter_map(Yaml::as_str)
    {
        assert!(VARIABLES.contains(&name), "{name}");
    }
    let command = migrate["environment"]["MIGRATION_COMMAND"].as_str().expect("a command");
    let default = command.split_once(":-").and_then(|(_, rest)| rest.strip_suffix('}'));
    is_understood(default.expect("a default"));
}

#[test]
fn the_workflow_says_what_this_release_understands() {
    let workflow = yaml("deploy/github-actions.yml");
    let jobs = workflow["jobs"].as_hash().expect("jobs");
    let mut said = Vec::new();
    for (name, job) in jobs {
        assert!(job["timeout-minutes"].as_i64().is_some(), "{name:?}");
        for step in job["steps"].as_vec().expect("steps") {
            assert!(step["uses"].as_str().is_some() != step["run"].as_str().is_some(), "{step:?}");
            let line = step["run"].as_str().unwrap_or_default();
            if let Some(rest) = line.strip_prefix("target/debug/migrate ") {
                is_understood(rest);
                said.push(rest);
            }
        }
    }
    assert_eq!(
        said,
        ["verify", "upgrade head", "check", "current --check-heads", "check --no-schema"]
    );
    let drift = &workflow["jobs"]["drift"];
    let url = drift["env"]["DATABASE_URL"].as_str().expect("a URL");
    assert!(url.contains("secrets.") && url.contains("READ_ONLY"), "{url}");
    assert!(workflow["permissions"]["contents"].as_str() == Some("read"));
}
