//! What is run: the ways, the places on them, and one case from its fresh database to the verdict.

use std::collections::BTreeMap;
use std::fmt;

use tests::faults::{Outcome, Runner, Seen, runner, seen};
use tests::{Backend, Database, Dump};

use crate::invariants;

/// How many places of each step are met by an ordinary run.
const SHARE: usize = 2;

/// What no output may show.
pub(crate) const CANARY: &str = "CANARY";
/// A password with it, as a URL writes it and as SQL does.
const PASSWORD: (&str, &str) = ("s3cr3t-CANARY-%40%23%27", "s3cr3t-CANARY-@#''");

/// Which way a run goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Way {
    Up,
    Down,
}

impl Way {
    pub(crate) fn line(self) -> &'static str {
        match self {
            Way::Up => "upgrade head --allow-non-empty --yes",
            Way::Down => "downgrade base --yes",
        }
    }
}

/// One fault at one place.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) backend: Backend,
    pub(crate) way: Way,
    pub(crate) place: String,
    pub(crate) fault: &'static str,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = match self.way {
            Way::Up => "upgrade",
            Way::Down => "downgrade",
        };
        write!(f, "{}/{way}/{}={}", self.backend, self.place, self.fault)
    }
}

/// What came of a case.
pub(crate) enum Verdict {
    /// A plain rerun was enough.
    Converged,
    /// A statement that nobody can decide about was named, and the command that the message gave was enough.
    Explained,
    /// An invariant does not hold.
    Wrong(String),
}

/// One way on one database: where it begins, the places that it passes, and where it ends without a fault.
struct Path {
    start: Database,
    dump: Dump,
    places: Vec<String>,
    /// How many steps the log had before.
    before: usize,
    end: Seen,
}

/// All ways, and the user who goes them.
pub(crate) struct Ways {
    paths: BTreeMap<(Backend, Way), Path>,
    // Behind the databases, which are dropped first: they hold what is his.
    user: User,
}

impl Ways {
    pub(crate) fn new(backends: &[Backend]) -> Ways {
        let user = User::new(backends);
        let mut paths = BTreeMap::new();
        for backend in backends {
            let start = Database::fresh(*backend);
            start.execute(LEGACY);
            let up = Path::new(&user, start, Way::Up);
            let start = up.copy();
            user.clean(&start, Way::Up);
            paths.insert((*backend, Way::Down), Path::new(&user, start, Way::Down));
            paths.insert((*backend, Way::Up), up);
        }
        Ways { paths, user }
    }

    /// The places around the steps with every fault; of the places of each step some, with one fault after the other, so
    /// that in the course of the chain every kind of place meets every fault. Or all of it.
    pub(crate) fn cases(&self, every: bool) -> Vec<Case> {
        let mut cases = Vec::new();
        for ((backend, way), path) in &self.paths {
            let faults: &[&str] = match backend {
                Backend::Sqlite => &["kill", "panic", "error"],
                Backend::Postgres | Backend::Mariadb => &["kill", "cut", "panic", "error"],
            };
            let mut steps: BTreeMap<Option<usize>, Vec<&String>> = BTreeMap::new();
            for place in &path.places {
                steps.entry(step(place)).or_default().push(place);
            }
            let mut turn = 0;
            for (step, places) in &steps {
                let is_wanted = |number: usize| {
                    let Some(step) = step else { return true };
                    let first = step * SHARE;
                    every || (0..SHARE).any(|nth| (first + nth * 3) % places.len() == number)
                };
                for (_, place) in places.iter().enumerate().filter(|(at, _)| is_wanted(*at)) {
                    turn += 1;
                    for (nth, fault) in faults.iter().copied().enumerate() {
                        if every || step.is_none() || turn % faults.len() == nth {
                            let place = (*place).clone();
                            cases.push(Case { backend: *backend, way: *way, place, fault });
                        }
                    }
                }
            }
        }
        cases
    }

    pub(crate) fn run(&self, case: &Case) -> Verdict {
        let path = &self.paths[&(case.backend, case.way)];
        let database = path.copy();
        let runner = self.user.runner(&database);
        match attempt(case, path, &database, runner) {
            Ok(true) => Verdict::Explained,
            Ok(false) => Verdict::Converged,
            Err(why) => Verdict::Wrong(why),
        }
    }
}

/// Runs with the fault, and then without until all is well; whether a command of the message was needed.
fn attempt(case: &Case, path: &Path, database: &Database, runner: Runner) -> Result<bool, String> {
    let line = case.way.line();
    let fault = format!("{}={}", case.place, case.fault);
    let runner = runner.variable("MIGRATE_FAILPOINT", &fault);
    let first = runner.run(line);
    let runner = runner.variable("MIGRATE_FAILPOINT", "");
    let mut story = format!("$ migrate {line}    ({fault})\n{}", first.told());
    let judged = (|| {
        invariants::ends_in_time(&first)?;
        invariants::keeps_secrets(&first)?;
        invariants::says_what_is(case, &first, &seen(database), &path.end, path.before)
    })();
    judged.map_err(|why: String| format!("{why}\n{story}"))?;
    let mut commands = 0;
    let mut reruns = 0;
    loop {
        let rerun = runner.run(line);
        reruns += 1;
        story.push_str(&format!("\n$ migrate {line}\n{}", rerun.told()));
        let judged =
            invariants::ends_in_time(&rerun).and_then(|()| invariants::keeps_secrets(&rerun));
        judged.map_err(|why| format!("{why}\n{story}"))?;
        if rerun.is_fine() {
            break;
        }
        if let Some(command) = resume(case, &rerun) {
            let resumed = runner.run(command.trim_start_matches("migrate "));
            story.push_str(&format!("\n$ {command}\n{}", resumed.told()));
            commands += 1;
            if !resumed.is_fine() || commands > 1 {
                return Err(format!("the command of the message does not help\n{story}"));
            }
        } else if reruns == 2 {
            return Err(format!("I3: it does not converge\n{story}"));
        }
    }
    let end = seen(database);
    let judged = (|| {
        invariants::ran_each_step_once(&end, &path.end)?;
        invariants::has_the_version_rows(&end, &path.end)?;
        invariants::has_the_schema(&end, &path.end)?;
        invariants::has_the_rows(&end, &path.end)?;
        invariants::log_keeps_secrets(database)?;
        invariants::leaves_nothing(database)
    })();
    judged.map_err(|why: String| format!("{why}\n{story}"))?;
    Ok(commands > 0)
}

/// The number of the step that a place is in.
pub(crate) fn step(place: &str) -> Option<usize> {
    let mut words = place.split('.');
    let is_in_step = matches!(words.next(), Some("op" | "step"));
    if is_in_step { words.next()?.parse().ok() } else { None }
}

/// The command that a message about an undecidable statement names, of the two the one that is true: at `intended` the
/// statement was not sent.
fn resume(case: &Case, outcome: &Outcome) -> Option<String> {
    let wanted = if case.place.ends_with(".intended") { "--run-again" } else { "--mark-done" };
    outcome.stderr.match_indices("migrate resume").find_map(|(at, _)| {
        let command = outcome.stderr[at..].split(['`', '(', ';']).next().unwrap_or_default().trim();
        command.contains(wanted).then(|| command.to_owned())
    })
}

impl Path {
    fn new(user: &User, start: Database, way: Way) -> Path {
        let dump = start.dump_to_copy();
        let before = seen(&start).done.len();
        let mut path = Path { start, dump, places: Vec::new(), before, end: Seen::default() };
        let end = path.copy();
        path.places = user.clean(&end, way);
        path.end = seen(&end);
        path
    }

    fn copy(&self) -> Database {
        self.start.copy(&self.dump)
    }
}

/// Who runs: somebody whose password would be known anywhere.
struct User {
    name: String,
    /// Where the user was made.
    servers: Vec<Database>,
}

impl User {
    fn new(backends: &[Backend]) -> User {
        let name = format!("faults_{}", std::process::id());
        let servers = backends.iter().filter(|backend| **backend != Backend::Sqlite);
        let servers: Vec<Database> = servers.map(|backend| Database::fresh(*backend)).collect();
        for server in &servers {
            let password = PASSWORD.1;
            server.execute(&match server.backend() {
                Backend::Mariadb => format!(
                    "CREATE USER {name} IDENTIFIED BY '{password}'; GRANT ALL ON *.* TO {name} WITH GRANT OPTION"
                ),
                Backend::Sqlite | Backend::Postgres => {
                    format!("CREATE ROLE {name} SUPERUSER LOGIN PASSWORD '{password}'")
                }
            });
        }
        User { name, servers }
    }

    /// The `migrate` of the chain on this database, as this user.
    fn runner(&self, database: &Database) -> Runner {
        let url = match database.url().split_once("://") {
            Some((scheme, rest)) if database.backend() != Backend::Sqlite => {
                let (_, place) = rest.rsplit_once('@').expect("a URL with a user");
                format!("{scheme}://{}:{}@{place}", self.name, PASSWORD.0)
            }
            Some(_) | None => database.url().to_owned(),
        };
        runner("everything", database).variable("DATABASE_URL", &url)
    }

    /// A run without a fault; the places that it passed.
    fn clean(&self, database: &Database, way: Way) -> Vec<String> {
        let runner = self.runner(database).variable("MIGRATE_FAILPOINT", "list=x");
        let outcome = runner.run(way.line());
        assert!(outcome.is_fine(), "{}: {}", database.backend(), outcome.told());
        let places = outcome.stderr.lines().filter_map(|line| line.split("failpoint ").nth(1));
        let mut places: Vec<String> = places.map(str::to_owned).collect();
        places.dedup();
        invariants::leaves_nothing(database).unwrap_or_else(|why| panic!("{why}"));
        places
    }
}

impl Drop for User {
    fn drop(&mut self) {
        for server in &self.servers {
            let name = &self.name;
            match server.backend() {
                Backend::Sqlite => {}
                Backend::Mariadb => server.execute(&format!("DROP USER {name}")),
                // What is left of his is dropped with its database.
                Backend::Postgres => server.execute(&format!("DROP ROLE {name}")),
            }
        }
    }
}

/// Tables that were there before, with rows that refer to each other.
const LEGACY: &str = "\
CREATE TABLE legacy (id bigint NOT NULL PRIMARY KEY, name varchar(40) NOT NULL, amount bigint NOT NULL);
CREATE TABLE legacy_notes (id bigint NOT NULL PRIMARY KEY, legacy_id bigint NOT NULL REFERENCES legacy (id), words text);
INSERT INTO legacy
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40) SELECT i, 'it''s', i * 3 FROM n;
INSERT INTO legacy_notes SELECT id * 2, id, 'so; --' FROM legacy;
INSERT INTO legacy_notes SELECT id * 2 + 1, id, NULL FROM legacy";
