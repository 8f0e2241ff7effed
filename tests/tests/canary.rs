//! A password that is hard to quote, on real servers: each command, where it works and where it fails, and then a
//! search for the password in all that was printed, logged, written and handed to other programs.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tests::{Backend, Database, Project, Role, backends, binary, programs};

/// It means something else in every language on its way.
const PASSWORD: &str = "s3cr3t-CANARY-%40#'";
const ENCODED: &str = "s3cr3t-CANARY-%2540%23%27";

/// What is in each spelling of it, and in nothing else. It is put together here, so that this is not found either.
const TRACES: [&str; 2] = ["s3cr3t", "CANARY"];

/// Command lines, and the exit code of each on the story at the first revision.
const LINES: &[(&str, i32)] = &[
    ("current -v", 0),
    ("current --json", 0),
    ("history -v -i", 0),
    ("heads -v", 0),
    ("branches", 0),
    ("show head", 0),
    ("show nowhere", 1),
    ("plan", 0),
    ("plan --json", 0),
    ("upgrade --dry-run", 0),
    ("upgrade --sql", 0),
    ("upgrade nowhere", 1),
    ("upgrade +1 --backup --backup-after", 0),
    ("upgrade +1 --backup --json", 0),
    ("upgrade +1 --backup=file", 1),
    ("upgrade +1 --database other", 1),
    ("downgrade -1 --yes --backup -q", 0),
    ("check --no-schema", 3),
    ("check --offline", 3),
    ("schema --from database", 0),
    ("schema --write --file schema.rs", 0),
    ("upgrade", 0),
    ("revision --autogenerate -m Notes", 0),
    ("verify --offline", 0),
    ("verify --offline --json", 0),
    ("baseline", 1),
    ("current --log-format json", 0),
    ("upgrade --wait=1s --log-format json", 0),
    ("stamp nowhere --log-format json", 1),
    ("log", 0),
    ("log --json", 0),
    ("resume", 0),
    ("resume --mark-done", 1),
    ("repair", 0),
    ("mark staging", 0),
    ("stamp 1b58", 0),
    ("stamp --purge nowhere", 1),
    ("adopt --from alembic", 1),
    ("adopt --from sqlx --table nowhere --json", 1),
    ("merge -m x", 2),
    ("completions bash", 0),
    ("no-such-command", 2),
];

/// Lines of the chain in which each revision behind the first one tells the URL in another way of failing.
const FAULTS: &[(&str, &str)] = &[
    ("upgrade orders", "exit 0"),
    ("upgrade refused", "exit 1"),
    ("upgrade panics", "cannot go on with"),
    ("upgrade fails", "cannot go on with"),
    ("upgrade panics_at_once", "cannot begin with"),
    ("check --offline", "cannot begin with"),
    ("plan panics_at_once --json", "cannot begin with"),
    ("downgrade base --yes", "exit 0"),
];

fn servers() -> impl Iterator<Item = Backend> {
    backends().into_iter().filter(|backend| *backend != Backend::Sqlite)
}

/// Runs a line; nothing of the password may be in what it says.
fn say(project: &Project, line: &str) -> String {
    let said = project.migrate(line.split_whitespace());
    for trace in TRACES {
        assert!(!said.contains(trace), "{line}\n{said}");
    }
    said
}

/// Every file below a folder, and what is in it.
fn search(folder: &Path) -> usize {
    let mut count = 0;
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.display().to_string();
        assert!(!TRACES.iter().any(|trace| name.contains(trace)), "{name}");
        if path.is_dir() {
            count += search(&path);
            continue;
        }
        let bytes = fs::read(&path).expect("a file");
        for trace in TRACES {
            let is_there = bytes.windows(trace.len()).any(|part| part == trace.as_bytes());
            assert!(!is_there, "{trace} is in {name}");
        }
        count += 1;
    }
    count
}

/// Every row of a table, with all of its columns.
fn rows(database: &Database, table: &str) -> String {
    let columns = match database.backend() {
        Backend::Postgres => vec!["CAST(whole AS text)".to_owned()],
        Backend::Sqlite | Backend::Mariadb => database.values(&format!(
            "SELECT CONCAT('\"', column_name, '\"') AS value FROM information_schema.columns \
             WHERE table_schema = DATABASE() AND table_name = '{table}'"
        )),
    };
    let columns = columns.join(", ");
    let query = format!("SELECT CONCAT_WS(' | ', {columns}) AS value FROM {table} AS whole");
    database.values(&query).join("\n")
}

/// Nothing of the password is in any row, those of the log included.
fn search_rows(database: &Database, is_failed: bool) {
    let log = rows(database, "__migrate_log");
    assert!(log.contains("tester@example"), "{log}");
    assert_eq!(log.contains("cannot go on with"), is_failed, "{log}");
    let rows = format!("{log}{:?}", database.rows());
    for trace in TRACES {
        assert!(!rows.contains(trace), "{rows}");
    }
}

/// The migrations of the story as files, and a program with one more table than they make.
fn with_sources(project: Project) -> Project {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations/src/versions");
    let config = "versions = \"versions\"\nschema = \"program.rs\"\n";
    let program = "diesel::table! {\n    notes (id) {\n        id -> Int8,\n    }\n}\n";
    let mut project = project.file("migrate.toml", config).file("program.rs", program);
    for file in fs::read_dir(sources).expect("the story") {
        let path = file.expect("a file").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).expect("a migration");
        project = project.file(&format!("versions/{name}"), &text);
    }
    project
}

/// A folder in which the program that makes backups first writes down what it was given.
fn watched(backend: Backend, project: Project) -> Project {
    let name = if backend == Backend::Postgres { "pg_dump" } else { "mariadb-dump" };
    let program = programs()
        .split(':')
        .map(|folder| format!("{folder}/{name}"))
        .find(|path| fs::metadata(path).is_ok());
    let program = program.expect("the program is installed");
    let script = format!(
        "#!/bin/sh\ntr '\\0' '\\n' </proc/$$/cmdline >>\"$HOME/cmdline\"\n\
         env | sed 's/=.*//' >>\"$HOME/variables\"\n\
         for word; do case $word in --defaults-file=*) stat -c '%a %n' \"${{word#*=}}\" >>\"$HOME/options\";; esac; done\n\
         exec {program} \"$@\"\n"
    );
    let project = project.file(&format!("bin/{name}"), &script).file("file", "no folder");
    let bin = project.path("bin");
    fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).expect("it is ours");
    project.variable("PATH", &format!("{}:{}", bin.display(), programs()))
}

#[test]
fn a_password_is_in_nothing_that_is_printed_logged_written_or_handed_on() {
    for backend in servers() {
        let database = Database::fresh(backend);
        let role = Role::new(&database, PASSWORD);
        let url = role.url(&format!("{}:{ENCODED}", role.name()));
        let project = watched(backend, with_sources(Project::new("story").database(&database)))
            .variable("RUST_BACKTRACE", "full")
            .variable("DATABASE_URL", &url);
        assert!(say(&project, "upgrade 1b58").ends_with("exit 0"), "{}", say(&project, "current"));
        for (line, code) in LINES {
            let said = say(&project, line);
            assert!(said.ends_with(&format!("exit {code}")), "{backend} {line}\n{said}");
        }

        search_rows(&database, false);
        assert!(search(&project.path("")) > 5, "nothing was written");
        let read = |name: &str| fs::read_to_string(project.path(name)).expect("it was written");
        assert!(read("cmdline").contains(database.name()), "{}", read("cmdline"));
        match backend {
            Backend::Postgres => assert!(read("variables").contains("\nPGPASSWORD\n")),
            Backend::Mariadb => {
                let options = read("options");
                let (mode, path) =
                    options.lines().next().expect("a line").split_once(' ').expect("two words");
                assert_eq!(mode, "600");
                assert!(!Path::new(path).exists(), "{path}");
            }
            Backend::Sqlite => {}
        }
        assert!(!read("variables").contains("DATABASE_URL"));
    }
}

#[test]
fn a_migration_that_tells_the_url_is_not_heard() {
    for backend in servers() {
        let database = Database::fresh(backend);
        let role = Role::new(&database, PASSWORD);
        let project = Project::new("faulty")
            .database(&database)
            .variable("RUST_BACKTRACE", "full")
            .variable("DATABASE_URL", &role.url(&format!("{}:{ENCODED}", role.name())));
        for (line, expected) in FAULTS {
            let said = say(&project, line);
            assert!(said.contains(expected), "{backend} {line}\n{said}");
        }
        search_rows(&database, true);
    }
}

#[test]
fn a_password_is_not_told_where_it_does_not_lead_anywhere() {
    for backend in servers() {
        let database = Database::fresh(backend);
        let (_, rest) = database.url().split_once("://").expect("a URL");
        let (_, place) = rest.rsplit_once('@').expect("a user");
        let (_, name) = place.split_once('/').expect("a database");
        let scheme = if backend == Backend::Postgres { "postgres" } else { "mysql" };
        let urls = [
            format!("{scheme}://migrate:{ENCODED}@{place}"), //             a wrong password
            format!("{scheme}://migrate:{PASSWORD}@{place}"), //            not encoded
            format!("{scheme}://nobody:{ENCODED}@{place}"),  //              a wrong user
            format!("{scheme}://migrate:{ENCODED}@127.0.0.1:1/{name}"), //  a wrong port
            format!("{scheme}://migrate:{ENCODED}@nowhere.invalid/{name}"), // a wrong host
            format!("{scheme}://migrate:{ENCODED}@127.0.0.1:port/{name}"), // no port
            format!("{scheme}:/migrate:{ENCODED}@{place}"),  //              a slash too few
            format!("{scheme}://mig/rate:{ENCODED}@{place}"), //            a slash in the user
            format!("'{scheme}://migrate:{ENCODED}@{place}'"), //           in quotes
            format!("{scheme}://{place}?user=migrate&password={ENCODED}"),
            format!("{scheme}://{place}?passwd={ENCODED}"),
            format!("{scheme}://{place};password={ENCODED}"),
            format!("user=migrate password={ENCODED} dbname={name}"), //    no URL
            format!("postgrse://migrate:{ENCODED}@{place}"), //             a scheme that is not there
        ];
        for url in &urls {
            let project = Project::new("story").database(&database).variable("DATABASE_URL", url);
            for line in ["current", "upgrade --backup -q", "plan --json", "stamp head"] {
                let said = say(&project, line);
                assert!(said.ends_with("exit 1"), "{line}, {url}\n{said}");
            }
            // As an argument, too.
            let given = [&format!("--database-url={url}")[..], "upgrade", "--yes", "--nonsense"];
            let project = project.without("DATABASE_URL");
            let said = project.migrate(&given[..3]) + &project.migrate(given);
            assert!(!TRACES.iter().any(|trace| said.contains(trace)), "{said}");
        }
    }
}

/// Whoever adds a command adds a line above.
#[test]
fn each_command_is_searched() {
    let output = std::process::Command::new(binary("story")).arg("--help").output().expect("help");
    let help = String::from_utf8_lossy(&output.stdout).into_owned();
    let (_, commands) = help.split_once("Commands:\n").expect("a list of commands");
    let commands = commands.lines().take_while(|line| !line.is_empty());
    let names: Vec<&str> = commands.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.contains(&"upgrade"), "{names:?}");
    for name in names.into_iter().filter(|name| *name != "help") {
        let is_there = LINES.iter().any(|(line, _)| line.split(' ').next() == Some(name));
        assert!(is_there, "no line of the table runs `{name}`");
    }
}
