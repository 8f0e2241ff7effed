//! Backups of PostgreSQL, by `pg_dump` in its own format, and back by `pg_restore`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use migrate_core::backend::Database;
use tempfile::NamedTempFile;

use super::{Wanted, run, writer};
use crate::args::quoted;
use crate::config::CONFIG_FILE;
use crate::failure::Failure;
use crate::secret::{Secret, is_harmless, split_foreign};
use crate::ui;
use crate::url::{ServerUrl, encoded};

/// Parameters that are not for everybody's eyes, and the variables that libpq takes them from, too.
const VARIABLES: [(&str, &str); 4] = [
    ("password", "PGPASSWORD"),
    ("passfile", "PGPASSFILE"),
    ("sslkey", "PGSSLKEY"),
    ("options", "PGOPTIONS"),
];

const PACKAGES: &str = "PostgreSQL's client programs (on Debian: apt install postgresql-client)";

impl Wanted<'_> {
    pub(super) fn dump_postgres(
        &self,
        url: &ServerUrl,
        name: &str,
        database: &mut dyn Database,
        file: &NamedTempFile,
    ) -> Result<Option<String>, Failure> {
        let configured = self.project.config.backup.pg_dump.as_ref();
        let program = self.program("pg_dump", configured, &["pg_dump"], PACKAGES)?;
        let mut command = Command::new(&program);
        command.args(["--format=custom", "--no-password"]);
        command.arg(format!("--dbname={}", plain(url, name)));
        command.envs(variables(url)?.iter().map(|(name, value)| (name, value.expose())));
        let dumped = run(command, writer(file)?, &url.secrets);
        let remark = dumped.map_err(|failure| {
            let hint = hint(&failure);
            failure.hint_opt(hint)
        })?;
        self.check_postgres(&program, database, file)?;
        Ok(Some(remark).filter(|remark| !remark.is_empty()))
    }

    /// Whether what was written can be read again.
    fn check_postgres(
        &self,
        pg_dump: &Path,
        database: &mut dyn Database,
        file: &NamedTempFile,
    ) -> Result<(), Failure> {
        let mut command = Command::new(self.pg_restore(pg_dump)?);
        command.arg("--list").arg(file.path());
        let list = tempfile::tempfile().map_err(|error| Failure::of(&error))?;
        let out = list.try_clone().map_err(|error| Failure::of(&error))?;
        run(command, Stdio::from(out), &[]).map_err(|failure| {
            let unread = Failure::new("it was written, but can't be read").because(failure.message);
            failure.causes.into_iter().fold(unread, Failure::because)
        })?;
        let text = read_from_start(list)?;
        let has_rows =
            text.lines().any(|line| !line.starts_with(';') && line.contains(" TABLE DATA "));
        if has_rows || !has_tables(database)? {
            return Ok(());
        }
        Err(Failure::new("there are tables in the database, and none in the backup"))
    }

    /// The one that came with `pg_dump`: an older one can't read what that writes.
    fn pg_restore(&self, pg_dump: &Path) -> Result<PathBuf, Failure> {
        let name = format!("pg_restore{}", std::env::consts::EXE_SUFFIX);
        let beside = pg_dump.with_file_name(name);
        match beside.is_file() {
            true => Ok(beside),
            false => self.program("pg_restore", None, &["pg_restore"], PACKAGES),
        }
    }

    pub(super) fn restore_postgres(&self, url: &ServerUrl, name: &str, path: &Path) -> Vec<String> {
        let restored = format!("{name}_restored");
        let path = ui::path(path, &self.environment.folder);
        vec![
            format!(
                "createdb --template=template0 --maintenance-db={} {}",
                quoted(&plain(url, name)),
                quoted(&restored)
            ),
            format!(
                "pg_restore --exit-on-error --dbname={} {}",
                quoted(&plain(url, &restored)),
                quoted(&path)
            ),
        ]
    }
}

/// The URL of a database on that server, with nothing in it that is not for everybody's eyes.
fn plain(url: &ServerUrl, database: &str) -> String {
    let parts = url.parts();
    let user = parts.user.map_or(String::new(), |user| format!("{}@", encoded(&user)));
    let mut plain = format!("postgres://{user}{}/{}", parts.hosts, encoded(database));
    let mut separator = '?';
    for (name, value) in parts.parameters.iter().filter(|(name, value)| is_plain(name, value)) {
        // Ours, for `pg_stat_activity`; `dbname` would go before the one in the path.
        if name == "fallback_application_name" || name == "dbname" {
            continue;
        }
        plain.push_str(&format!("{separator}{}={}", encoded(name), encoded(value.expose())));
        separator = '&';
    }
    plain
}

/// The rest of it, as variables of the environment.
fn variables(url: &ServerUrl) -> Result<Vec<(&'static str, Secret)>, Failure> {
    let parts = url.parts();
    let mut variables: Vec<_> =
        parts.password.into_iter().map(|password| ("PGPASSWORD", password)).collect();
    for (name, value) in parts.parameters.into_iter().filter(|(name, value)| !is_plain(name, value))
    {
        let known = VARIABLES.iter().find(|(known, _)| *known == name);
        let Some((_, variable)) = known else {
            return Err(Failure::new(
                "pg_dump can be given a parameter of the URL in its arguments alone, where everybody could read it",
            )
            .because(format!("the parameter is `{}`", crate::ui::visible(&name)))
            .hint("put it into ~/.pg_service.conf, and name the service in the URL: ?service=NAME"));
        };
        variables.push((*variable, value));
    }
    Ok(variables)
}

fn is_plain(name: &str, value: &Secret) -> bool {
    is_harmless(name, value.expose()) && split_foreign(value.expose()).1.is_empty()
}

fn has_tables(database: &mut dyn Database) -> Result<bool, Failure> {
    // What an extension brings along comes back with the extension.
    const COUNT: &str = "SELECT CAST(count(*) AS text) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
        WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')";
    let rows = database.query(COUNT).map_err(|error| Failure::of(&error))?;
    let count = rows.into_iter().flatten().next().flatten();
    Ok(count.is_some_and(|count| count != "0"))
}

fn read_from_start(mut file: std::fs::File) -> Result<String, Failure> {
    use std::io::{Read, Seek};
    let mut bytes = Vec::new();
    let read = file.rewind().and_then(|()| file.read_to_end(&mut bytes));
    read.map_err(|error| Failure::of(&error))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// What helps against what `pg_dump` says.
fn hint(failure: &Failure) -> Option<String> {
    let said = |text: &str| failure.causes.iter().any(|cause| cause.contains(text));
    let hint = if said("server version mismatch") {
        let after = failure.causes.iter().find_map(|cause| cause.split_once("server version: "));
        let version = after.map(|(_, version)| version.split(|c: char| !c.is_ascii_digit()));
        let version = version.and_then(|mut numbers| numbers.next()).unwrap_or("VERSION");
        format!(
            "install the client programs of the server's version (on Debian: apt install \
             postgresql-client-{version}), or name its pg_dump in {CONFIG_FILE}: \
             backup.pg_dump = \"/usr/lib/postgresql/{version}/bin/pg_dump\""
        )
    } else if said("permission denied") || said("must be owner") {
        "connect as a user who may read all of the database".to_owned()
    } else if said("row-level security") {
        "connect as a user whom row-level security does not concern: its owner, or one with BYPASSRLS"
            .to_owned()
    } else if said("no password supplied") || said("password authentication failed") {
        "put the password into the URL, or into PGPASSWORD or ~/.pgpass".to_owned()
    } else {
        return None;
    };
    Some(hint)
}
