//! Odd URLs and passwords, against real servers: each one connects, or fails with a message that says why and does
//! not say the password. What a URL is read as stands in `migrate-cli/src/url/tests.rs`.

use tests::{Backend, Database, Project, Role, backends};

/// Passwords that mean something else on the way to a server, and a way to write each that is not encoded, if
/// it is understood.
const PASSWORDS: &[(&str, Option<&str>)] = &[
    ("at@sign", Some("at@sign")),
    ("two@at@signs", Some("two@at@signs")),
    ("colon:within", Some("colon:within")),
    ("slash/within", Some("slash/within")),
    ("hash#within", Some("hash#within")),
    ("question?mark", Some("question?mark")),
    ("question?mark&and=all@once", None),
    ("percent%sign", Some("percent%sign")),
    ("bad%zzescape", Some("bad%zzescape")),
    ("encoded%40already", None),
    ("ampers&and", Some("ampers&and")),
    ("plus+sign", Some("plus+sign")),
    ("equals=sign", Some("equals=sign")),
    ("[brackets]", Some("[brackets]")),
    ("back\\slash", Some("back\\slash")),
    ("apo'strophe", Some("apo'strophe")),
    ("double\"quote", Some("double\"quote")),
    ("a space", Some("a space")),
    (" spaces around ", None),
    ("semi;colon", Some("semi;colon")),
    ("dollar$HOME", Some("dollar$HOME")),
    ("dollar${HOME}%(here)s", Some("dollar${HOME}%(here)s")),
    ("pässwörd日本😀", Some("pässwörd日本😀")),
    ("://user:pw@host/", None),
    ("--option", Some("--option")),
];

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn servers() -> impl Iterator<Item = Backend> {
    backends().into_iter().filter(|backend| *backend != Backend::Sqlite)
}

/// What `current` says; the password is not in it, however it is written.
fn current(project: &Project, secrets: &[&str]) -> String {
    let said = project.migrate(["current"]);
    for secret in secrets {
        assert!(!said.contains(secret), "{secret}\n{said}");
    }
    said
}

fn connects(project: &Project, secrets: &[&str]) {
    let said = current(project, secrets);
    assert!(said.ends_with("exit 0"), "{said}");
}

#[test]
fn a_password_reaches_postgres_letter_by_letter() {
    passwords(Backend::Postgres);
}

#[test]
fn a_password_reaches_mariadb_letter_by_letter() {
    passwords(Backend::Mariadb);
}

fn passwords(backend: Backend) {
    if !backends().contains(&backend) {
        return;
    }
    let long = "x1".repeat(512);
    let database = Database::fresh(backend);
    let project =
        |url: &str| Project::new("story").database(&database).variable("DATABASE_URL", url);
    for (password, as_is) in PASSWORDS.iter().copied().chain([(&*long, Some(&*long))]) {
        let role = Role::new(&database, password);
        let encoded = encoded(password);
        let url = role.url(&format!("{}:{encoded}", role.name()));
        connects(&project(&url), &[password, &encoded]);
        if let Some(as_is) = as_is {
            let url = role.url(&format!("{}:{as_is}", role.name()));
            connects(&project(&url), &[password]);
            // As a team's `.env` has it, and as our own file.
            let project = project("").without("DATABASE_URL");
            let line = match as_is.contains('\'') {
                true => format!("DATABASE_URL=\"{url}\"\n"),
                false => format!("DATABASE_URL='{url}'\n"),
            };
            if as_is.contains(['$', '%', '#', '\'']) {
                connects(&project.file(".env", &line), &[password]);
            }
        }
        let wrong = role.url(&format!("{}:{encoded}x", role.name()));
        let said = current(&project(&wrong), &[password, &encoded]);
        assert!(said.contains("hint: check the user and the password in the URL"), "{said}");
    }
}

#[test]
fn a_configuration_interpolates_nothing() {
    for backend in servers() {
        let database = Database::fresh(backend);
        let password = "${HOME} %(here)s $$ {{x}} %%";
        let role = Role::new(&database, password);
        let url = role.url(&format!("{}:{password}", role.name()));
        let project = Project::new("story").database(&database).without("DATABASE_URL");
        let project = project.file("migrate.toml", &format!("database_url = '{url}'\n"));
        connects(&project, &[password]);
    }
}

#[test]
fn a_user_may_be_called_anything() {
    for backend in servers() {
        let database = Database::fresh(backend);
        for name in ["ann@example.com", "a:b/c?d#e", "ä 日本", "50%zz"] {
            // Roles are of the server, and other tests have some too.
            let name = format!("{name} {}", std::process::id());
            let role = Role::named(&database, &name, "s3cr3t-CANARY");
            let url = role.url(&format!("{}:s3cr3t-CANARY", encoded(&name)));
            let project = Project::new("story").database(&database).variable("DATABASE_URL", &url);
            connects(&project, &["CANARY"]);
        }
    }
}

/// What `current` says of URLs in which `LOGIN` is user and password, `HOST` and `PORT` those of the server, `NAME` the
/// database and `SOCKET` where the server listens beside.
fn check(backend: Backend, socket: &str, table: &[(&str, &str)]) {
    if !backends().contains(&backend) {
        return;
    }
    let database = Database::fresh(backend);
    let role = Role::new(&database, "s3cr3t-CANARY-%40#'");
    let login = format!("{}:{}", role.name(), encoded("s3cr3t-CANARY-%40#'"));
    let url = role.url("");
    let (_, place) = url.rsplit_once('@').expect("a URL");
    let (server, name) = place.split_once('/').expect("a database");
    let (host, port) = server.split_once(':').expect("a port");
    let socket = database.values(socket).join("");
    let service = format!(
        "[trading]\nhost={host}\nport={port}\ndbname={name}\nuser={}\npassword=s3cr3t-CANARY-%40#'\n",
        role.name()
    );
    let mut faults = Vec::new();
    for (url, expected) in table {
        let url = url.replace("LOGIN", &login).replace("ROLE", role.name());
        let url = url.replace("HOST", host).replace("PORT", port).replace("NAME", name);
        let url = url.replace("SOCKET", &encoded(&socket));
        let project = Project::new("story").database(&database).file("service", &service);
        let file = project.path("service").display().to_string();
        let project = project.variable("PGSERVICEFILE", &file).variable("DATABASE_URL", &url);
        let said = current(&project, &["CANARY"]);
        if !said.contains(&expected.replace("ROLE", role.name())) {
            faults.push(format!("{url}\n{said}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

#[test]
fn urls_of_postgres() {
    const SOCKET: &str = "SELECT current_setting('unix_socket_directories') AS value";
    check(
        Backend::Postgres,
        SOCKET,
        &[
            ("postgres://LOGIN@HOST:PORT/NAME", "exit 0"),
            ("postgresql://LOGIN@HOST:PORT/NAME", "exit 0"),
            ("postgresql+asyncpg://LOGIN@HOST:PORT/NAME?ssl=disable", "exit 0"),
            ("POSTGRES://LOGIN@HOST:PORT/NAME", "exit 0"),
            ("postgres://LOGIN@localhost:PORT/NAME", "exit 0"),
            ("postgres://LOGIN@HOST:1,HOST:PORT/NAME", "exit 0"),
            ("postgres://LOGIN@HOST,HOST:1/NAME", "cannot connect to"),
            ("postgres://LOGIN@SOCKET:PORT/NAME", "exit 0"),
            ("postgres://ROLE@/NAME?host=SOCKET&port=PORT", "exit 0"),
            ("postgres:///NAME?host=SOCKET&port=PORT&user=ROLE", "exit 0"),
            ("postgres://LOGIN@%2Fno%2Fsuch%2Ffolder/NAME", "no server listens at that socket"),
            ("postgres://LOGIN@[::1]:1/NAME", "check the host and the port"),
            ("postgres://LOGIN@[fe80::1%25lo]:1/NAME", "cannot connect to"),
            ("postgres://LOGIN@[::1/NAME", "is not a number from 1 to 65535"),
            ("postgres://LOGIN@HOST:99999/NAME", "is not a number from 1 to 65535"),
            ("postgres://LOGIN@HOST:PORT", "database \"ROLE\" does not exist"),
            ("postgres://LOGIN@HOST:PORT/", "database \"ROLE\" does not exist"),
            ("postgres://LOGIN@HOST:PORT/NAME/", "does not exist"),
            ("postgres://LOGIN@HOST:PORT/no%20such", "create it: createdb 'no such'"),
            ("postgres://LOGIN@HOST:PORT/NAME?", "exit 0"),
            ("postgres://LOGIN@HOST:PORT/NAME?&", "exit 0"),
            ("postgres://LOGIN@HOST:PORT/NAME?sslmode=disable", "exit 0"),
            ("postgres://LOGIN@HOST:PORT/NAME?sslmode=prefer", "exit 0"),
            ("postgres://LOGIN@HOST:PORT/NAME?sslmode=allow", "exit 0"),
            ("postgres://LOGIN@HOST:PORT/NAME?sslmode=require", "SSL"),
            ("postgres://LOGIN@HOST:PORT/NAME?sslmode=verify-full", "cannot connect to"),
            ("postgres://LOGIN@HOST:PORT/NAME?sslmode=maybe", "invalid sslmode value"),
            ("postgres://LOGIN@HOST:PORT/NAME?sslmode=require&sslmode=disable", "exit 0"),
            ("postgres://LOGIN@HOST:PORT/NAME?nonsense=1", "see the parameters that libpq knows"),
            ("postgres://LOGIN@HOST:PORT/NAME?options=-csearch_path%3Dpublic", "exit 0"),
            ("postgres://LOGIN@HOST:PORT/NAME?options=-c search_path=public", "exit 0"),
            (
                "postgres://LOGIN@HOST:PORT/NAME?options=-cnonsense%3D1",
                "unrecognized configuration parameter",
            ),
            ("postgres://LOGIN@HOST:PORT/NAME?connect_timeout=5&application_name=a%40b", "exit 0"),
            ("postgres://HOST:PORT/NAME?user=ROLE&password=s3cr3t-CANARY-%2540%23%27", "exit 0"),
            ("postgres:///?service=trading", "exit 0"),
            ("postgres:///?service=nowhere", "definition of service \"nowhere\" not found"),
            ("LOGIN@HOST:PORT/NAME", "there is no backend for URLs that begin with `ROLE:`"),
            (
                "host=HOST port=PORT user=ROLE password=s3cr3t-CANARY-%40#' dbname=NAME",
                "has no scheme",
            ),
            ("\"postgres://LOGIN@HOST:PORT/NAME\"", "stands in quotes of its own"),
        ],
    );
}

#[test]
fn urls_of_mariadb() {
    check(
        Backend::Mariadb,
        "SELECT @@socket AS value",
        &[
            ("mysql://LOGIN@HOST:PORT/NAME", "exit 0"),
            ("mariadb://LOGIN@HOST:PORT/NAME", "exit 0"),
            ("mysql+pymysql://LOGIN@HOST:PORT/NAME?charset=utf8mb4", "exit 0"),
            ("mariadb+mariadbconnector://LOGIN@HOST:PORT/NAME", "exit 0"),
            ("MySQL://LOGIN@HOST:PORT/NAME", "exit 0"),
            ("mysql://LOGIN@localhost/NAME?unix_socket=SOCKET", "exit 0"),
            ("mysql://LOGIN@/NAME?unix_socket=SOCKET", "exit 0"),
            (
                "mysql://LOGIN@localhost/NAME?unix_socket=/no/such",
                "no server listens at that socket",
            ),
            ("mysql://LOGIN@[::1]:1/NAME", "cannot connect to"),
            ("mysql://LOGIN@HOST:1/NAME", "check the host and the port"),
            ("mysql://LOGIN@HOST:0/NAME", "is not a number from 1 to 65535"),
            ("mysql://LOGIN@HOST:PORT", "names no database"),
            ("mysql://LOGIN@HOST:PORT/", "names no database"),
            ("mysql://LOGIN@HOST:PORT/NAME/", "error: "),
            ("mysql://LOGIN@HOST:PORT/NAME?ssl_mode=disabled", "exit 0"),
            ("mysql://LOGIN@HOST:PORT/NAME?ssl=false", "exit 0"),
            ("mysql://LOGIN@HOST:PORT/NAME?ssl_mode=maybe", "can't be `maybe`"),
            ("mysql://LOGIN@HOST:PORT/NAME?pool_size=5&pool_size=6", "exit 0"),
            (
                "mysql://HOST:PORT/NAME?user=ROLE&password=s3cr3t-CANARY-%2540%23%27",
                "does not heed",
            ),
        ],
    );
}

#[test]
fn urls_of_sqlite() {
    if !backends().contains(&Backend::Sqlite) {
        return;
    }
    let check = |url: &str, expected: &str| {
        let project = Project::new("story").file("data/x.db", "").variable("DATABASE_URL", url);
        let said = project.migrate(["current"]);
        assert!(said.contains(expected), "{url}\n{said}");
    };
    let empty = "nothing is applied, 20 revisions pending";
    check("sqlite:///data/x.db", empty);
    check("sqlite://data/x.db", empty);
    check("sqlite:data/x.db", empty);
    check("data/x.db", empty);
    check("file:data/x.db?mode=ro", empty);
    check("sqlite:///data/x.db?mode=ro", empty);
    check("sqlite:///data/x.db?mode=rw&mode=ro", empty);
    check("sqlite:///data/y.db", "The file is not there yet");
    check("sqlite:////no/such/folder/x.db", "there is no folder /no/such/folder");
    check("sqlite:///data", "it is a folder");
    check("sqlite:///data/", "it is a folder");
    check("sqlite://", empty);
    check(":memory:", empty);
    check("sqlite:///data/x.db?mode=nonsense", "can't be `nonsense`");
    check("sqlite:///data/x.db?key=s3cr3t", "SQLite has no parameter `key`");
    check("C:\\data\\x.db", "The file is not there yet");
    check("sqlite://ann:s3cr3t@host/x.db", "has no user and no password");
}
