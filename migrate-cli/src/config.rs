//! What the surroundings say: the environment, `.env`, `migrate.toml`.
//!
//! Nothing else in this crate reads the environment. The database is, in this order,
//! `--database-url`, `DATABASE_URL`, `DATABASE_URL` in a `.env` between the working
//! folder and the project's, `database_url` in `migrate.toml`, and in a debug build
//! the SQLite file beside it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fmt, fs, io};

use clap::ValueEnum;
use migrate_core::Options;
use migrate_core::run::Timeouts;
use migrate_model::catalog::TableName;
use migrate_model::{Dialect, duration};
use serde_core::de::Error;
use serde_core::{Deserialize, Deserializer};

use crate::dotenv;
use crate::failure::Failure;
use crate::report::LogFormat;
use crate::table::table;
use crate::url::DatabaseUrl;

/// The name of the file that marks the folder of a project.
pub(crate) const CONFIG_FILE: &str = "migrate.toml";

/// The SQLite file of a project that says nothing about its database.
const DEFAULT_FILE: &str = "migrate.db";

/// What a process is given beside its arguments.
#[derive(Clone)]
pub struct Environment {
    /// The variables; those that are not text are left out of it, and are in `unreadable`.
    pub variables: BTreeMap<String, String>,
    /// Variables whose value is not text.
    pub unreadable: Vec<String>,
    /// The working folder.
    pub folder: PathBuf,
    /// Whether the program was built for development, and may make up a database.
    pub is_debug_build: bool,
    /// Where this computer says what it is called.
    pub host: Option<String>,
}

// A derived one would show the values.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("variables", &self.variables.keys())
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

impl Environment {
    /// That of this process.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn of_process() -> io::Result<Self> {
        let mut variables = BTreeMap::new();
        let mut unreadable = Vec::new();
        for (name, value) in std::env::vars_os() {
            let Ok(name) = name.into_string() else { continue };
            match value.into_string() {
                Ok(value) => drop(variables.insert(name, value)),
                Err(_) => unreadable.push(name),
            }
        }
        let host = ["HOSTNAME", "COMPUTERNAME"].iter().find_map(|name| std::env::var(name).ok());
        let files = ["/proc/sys/kernel/hostname", "/etc/hostname"];
        let host = host.or_else(|| files.iter().find_map(|file| fs::read_to_string(file).ok()));
        Ok(Environment {
            variables,
            unreadable,
            folder: std::env::current_dir()?,
            is_debug_build: cfg!(debug_assertions),
            host: host.map(|host| host.trim().to_owned()).filter(|host| !host.is_empty()),
        })
    }

    /// The arguments of this process, its own name first.
    pub(crate) fn arguments() -> Vec<OsString> {
        std::env::args_os().collect()
    }

    /// The value of a variable; an empty one says nothing.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Who MIGRATE_APPLIED_BY says is running this.
    pub(crate) fn named_applied_by(&self) -> Option<&str> {
        self.variable("MIGRATE_APPLIED_BY")
    }

    /// The words of MIGRATION_COMMAND, as a shell would part them; nothing in it is expanded or run.
    pub(crate) fn command(&self) -> Result<Option<Vec<String>>, Failure> {
        let Some(line) = self.variable("MIGRATION_COMMAND") else { return Ok(None) };
        let mut words = shlex::split(line)
            .ok_or_else(|| Failure::usage("a quotation in MIGRATION_COMMAND does not end"))?;
        // `migrate upgrade head` is meant as `upgrade head`.
        if words.first().is_some_and(|word| word == "migrate") {
            words.remove(0);
        }
        Ok(Some(words).filter(|words| !words.is_empty()))
    }

    /// How MIGRATE_LOG_FORMAT wants stderr.
    pub(crate) fn log_format(&self) -> Result<Option<LogFormat>, Failure> {
        let Some(word) = self.variable("MIGRATE_LOG_FORMAT") else { return Ok(None) };
        LogFormat::from_str(word, true).map(Some).map_err(|_| {
            Failure::usage(format!("MIGRATE_LOG_FORMAT is `{}`", word.escape_debug()))
                .hint("it is text or json")
        })
    }

    /// How long MIGRATE_WAIT lets a server be away.
    pub(crate) fn wait(&self) -> Result<Option<Duration>, Failure> {
        let Some(word) = self.variable("MIGRATE_WAIT") else { return Ok(None) };
        duration::parse(word).map(Some).ok_or_else(|| {
            Failure::usage(format!("MIGRATE_WAIT is `{}`", word.escape_debug()))
                .hint(format!("it is {}", duration::EXAMPLE))
        })
    }

    /// Who runs migrations here, for the log.
    pub(crate) fn applied_by(&self) -> String {
        if let Some(name) = self.named_applied_by() {
            return name.to_owned();
        }
        let user = ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| self.variable(name));
        match (user, &self.host) {
            (Some(user), Some(host)) => format!("{user}@{host}"),
            (Some(user), None) => user.to_owned(),
            (None, Some(host)) => format!("unknown@{host}"),
            (None, None) => "unknown".to_owned(),
        }
    }

    /// Where a program of this name is in the path.
    pub(crate) fn program(&self, name: &str) -> Option<PathBuf> {
        let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        let folders = self.variable("PATH")?;
        // A relative folder is seen from where we are.
        let files = std::env::split_paths(folders).map(|path| self.folder.join(path).join(&name));
        files.into_iter().find(|file| is_program(file))
    }

    /// The cargo that called us, or the one in the path.
    pub(crate) fn cargo(&self) -> &str {
        self.variable("CARGO").unwrap_or("cargo")
    }
}

/// Whether the terminal takes lines one after the other, and nothing else.
#[expect(clippy::disallowed_methods, reason = "the one file that reads the environment")]
pub(crate) fn is_dumb_terminal() -> bool {
    cfg!(unix) && std::env::var_os("TERM").is_none_or(|term| term == "dumb")
}

/// Whether somebody may run this file.
fn is_program(file: &Path) -> bool {
    let Ok(metadata) = fs::metadata(file) else { return false };
    #[cfg(unix)]
    let may_run = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o111 != 0;
    #[cfg(not(unix))]
    let may_run = true;
    metadata.is_file() && may_run
}

/// What `migrate.toml` says, and where it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Project {
    /// The folder of `migrate.toml`, or the working folder where there is none.
    pub(crate) folder: PathBuf,
    /// The file itself.
    pub(crate) file: Option<PathBuf>,
    /// Its content.
    pub(crate) config: Config,
}

/// The content of `migrate.toml`.
#[derive(Clone, Default)]
pub(crate) struct Config {
    /// The database, where neither the command line nor the environment names one.
    database_url: Option<String>,
    /// Where the heads are kept.
    version_table: Option<Table>,
    /// Where each step is logged.
    log_table: Option<Table>,
    /// The folders of the migrations, seen from this file.
    pub(crate) versions: Option<Paths>,
    /// How new files are named: `{year}{month}{day}_{hour}{minute}_{rev}_{slug}`.
    pub(crate) file_template: Option<String>,
    /// The time zone of the times in names: `UTC`, `local` or `+02:00`.
    pub(crate) timezone: Option<String>,
    /// The longest slug.
    pub(crate) slug_length: Option<usize>,
    /// The file that new migrations are made from, seen from this file.
    pub(crate) template: Option<PathBuf>,
    /// The files that say which schema the program is written for, seen from this file.
    pub(crate) schema: Option<Paths>,
    /// What `check` and `revision --autogenerate` look at.
    pub(crate) compare: Compare,
    /// How long a run waits, and for what.
    pub(crate) run: Run,
    /// Whether the database is one for production, which is written to by its name alone.
    pub(crate) production: bool,
    /// Where backups are kept, and what makes them.
    pub(crate) backup: Backup,
}

table!(Config {
    database_url,
    version_table,
    log_table,
    versions,
    file_template,
    timezone,
    slug_length,
    template,
    schema,
    compare,
    run,
    production,
    backup,
});

/// How long a run waits, and for what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) lock_wait: Time,
    pub(crate) lock_timeout: Time,
    pub(crate) lock_tries: Option<NonZeroU32>,
    pub(crate) statement_timeout: Time,
}

table!(Run { lock_wait, lock_timeout, lock_tries, statement_timeout });

/// A span of time, if it is said: `"500ms"`, `"10s"`, `"5min"`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Time(pub(crate) Option<Duration>);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let time = duration::parse(&text)
            .ok_or_else(|| Error::custom(format!("`{text}` is not {}", duration::EXAMPLE)))?;
        Ok(Time(Some(time)))
    }
}

/// Where backups are kept, and what makes them; seen from this file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Backup {
    /// Where they are kept, instead of in `backups/`.
    pub(crate) folder: Option<PathBuf>,
    /// The program that makes them on PostgreSQL, where it is not the one in the path.
    pub(crate) pg_dump: Option<PathBuf>,
    /// The same on MySQL and MariaDB, by its one name or the other.
    pub(crate) mysqldump: Option<PathBuf>,
}

table!(Backup { folder, pg_dump, mysqldump or mariadb_dump });

/// What of a schema is compared: what one of `include` names, if there are any, and none of `exclude` does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Compare {
    pub(crate) include: Patterns,
    pub(crate) exclude: Patterns,
}

table!(Compare { include, exclude });

/// Names with `*` for any letters and `?` for one: `legacy_*`, `audit.*`, `orders.tmp_*`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Patterns {
    pub(crate) schemas: Vec<String>,
    pub(crate) tables: Vec<String>,
    pub(crate) columns: Vec<String>,
    pub(crate) constraints: Vec<String>,
}

table!(Patterns { schemas, tables, columns, constraints });

/// `"migrations/src/versions"`, or a list of several.
#[derive(Clone, Debug)]
pub(crate) enum Paths {
    One(String),
    Several(Vec<String>),
}

impl<'de> Deserialize<'de> for Paths {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let paths = toml::Value::deserialize(from)?;
        if let Some(path) = paths.as_str() {
            return Ok(Paths::One(path.to_owned()));
        }
        let several = paths.try_into().map(Paths::Several);
        several.map_err(|_| Error::custom("expected a path, or a list of paths"))
    }
}

impl Paths {
    /// The paths, as they are written.
    pub(crate) fn each(&self) -> &[String] {
        match self {
            Paths::One(path) => std::slice::from_ref(path),
            Paths::Several(paths) => paths,
        }
    }
}

/// `"name"`, `"schema.name"` or `{ schema = "…", name = "…" }`, which takes dots as they are.
#[derive(Clone, Debug)]
enum Table {
    Short(String),
    Whole { schema: Option<String>, name: String },
}

impl<'de> Deserialize<'de> for Table {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let whole = |mut parts: toml::Table| {
            let schema = parts.remove("schema").map(toml::Value::try_into).transpose().ok()?;
            let name = parts.remove("name")?.try_into().ok()?;
            Some(Table::Whole { schema, name })
        };
        let table = toml::Value::deserialize(from)?;
        let table = match table.as_str() {
            Some(name) => Some(Table::Short(name.to_owned())),
            None => table.try_into().ok().and_then(whole),
        };
        table.ok_or_else(|| Error::custom("expected a name, or { schema = \"…\", name = \"…\" }"))
    }
}

// A derived one would show the URL.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("version_table", &self.version_table)
            .field("log_table", &self.log_table)
            .field("versions", &self.versions)
            .finish_non_exhaustive()
    }
}

impl Table {
    fn name(&self, key: &str) -> Result<TableName, Failure> {
        let name = match self {
            Table::Short(text) => match text.split_once('.') {
                Some((schema, name)) => {
                    TableName { schema: Some(schema.to_owned()), name: name.to_owned() }
                }
                None => TableName::from(text.as_str()),
            },
            Table::Whole { schema, name } => {
                TableName { schema: schema.clone(), name: name.clone() }
            }
        };
        let is_empty = |text: &str| text.trim().is_empty() || text.contains('\0');
        match is_empty(&name.name) || name.schema.as_deref().is_some_and(is_empty) {
            true => Err(Failure::new(format!("`{key}` in {CONFIG_FILE} names no table"))
                .hint(format!("write {key} = \"alembic_version\" or \"schema.table\""))),
            false => Ok(name),
        }
    }
}

impl Project {
    /// The project of the working folder, or of the `migrate.toml` that was named.
    pub(crate) fn find(environment: &Environment, named: Option<&Path>) -> Result<Self, Failure> {
        let file = match named {
            Some(path) => Some(environment.folder.join(path)),
            None => environment.folder.ancestors().map(|folder| folder.join(CONFIG_FILE)).find(
                // A folder of that name is nobody's configuration.
                |file| file.is_file(),
            ),
        };
        let Some(file) = file else {
            return Ok(Project { folder: environment.folder.clone(), ..Project::default() });
        };
        let shown = crate::ui::path(&file, &environment.folder);
        let text = fs::read_to_string(&file)
            .map_err(|error| Failure::new(format!("cannot read {shown}")).caused_by(error))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        // Only the message and the line: the text around it may hold a password.
        let config = toml::from_str(text).map_err(|error| {
            let message = error.message().lines().collect::<Vec<_>>().join(" ");
            let line = error.span().map(|span| text[..span.start].matches('\n').count() + 1);
            let place = line.map_or(String::new(), |line| format!(", line {line}"));
            Failure::new(format!("cannot read {shown}{place}")).because(message)
        })?;
        let folder = file.parent().map_or_else(|| environment.folder.clone(), Path::to_path_buf);
        Ok(Project { folder, file: Some(file), config })
    }

    /// How migrations are run here, as far as that needs no database: who runs them, and the names of our tables.
    pub(crate) fn options(&self, environment: &Environment) -> Result<Options, Failure> {
        let (version_table, log_table) = self.tables()?;
        let mut options = Options { applied_by: environment.applied_by(), ..Options::default() };
        options.version_table = version_table.unwrap_or(options.version_table);
        options.log_table = log_table.unwrap_or(options.log_table);
        let run = self.config.run;
        options.lock_wait = run.lock_wait.0.unwrap_or(options.lock_wait);
        options.project_timeouts = Timeouts {
            lock: run.lock_timeout.0,
            statement: run.statement_timeout.0,
            tries: run.lock_tries.map(NonZeroU32::get),
        };
        Ok(options)
    }

    /// Where the heads and the log are kept, where it is said.
    pub(crate) fn tables(&self) -> Result<(Option<TableName>, Option<TableName>), Failure> {
        let name = |table: &Option<Table>, key| table.as_ref().map(|t| t.name(key)).transpose();
        let version = name(&self.config.version_table, "version_table")?;
        let log = name(&self.config.log_table, "log_table")?;
        let default = Options::default();
        let is_one = version.as_ref().unwrap_or(&default.version_table)
            == log.as_ref().unwrap_or(&default.log_table);
        match is_one {
            true => Err(Failure::new("`version_table` and `log_table` are one table")
                .hint(format!("give them two names in {CONFIG_FILE}, or leave one out"))),
            false => Ok((version, log)),
        }
    }
}

/// Where a URL was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// `--database-url`.
    Option,
    /// `DATABASE_URL` in the environment.
    Variable,
    /// `DATABASE_URL` in this file.
    Dotenv(PathBuf),
    /// `database_url` in this file.
    Config(PathBuf),
    /// Nowhere.
    Default,
}

impl Origin {
    /// As people are told, with paths seen from `folder`.
    pub(crate) fn shown(&self, folder: &Path) -> String {
        match self {
            Origin::Option => "from --database-url".to_owned(),
            Origin::Variable => "from DATABASE_URL".to_owned(),
            Origin::Dotenv(file) => {
                format!("from DATABASE_URL in {}", crate::ui::path(file, folder))
            }
            Origin::Config(file) => {
                format!("from database_url in {}", crate::ui::path(file, folder))
            }
            Origin::Default => "the default: DATABASE_URL is not set".to_owned(),
        }
    }
}

/// The database to work on, and who named it.
pub(crate) fn database(
    environment: &Environment,
    project: &Project,
    option: Option<&str>,
) -> Result<(DatabaseUrl, Origin), Failure> {
    let (text, origin, folder) = match find(environment, project, option)? {
        Some(found) => found,
        None if environment.is_debug_build && cfg!(feature = "sqlite") => {
            return Ok((DatabaseUrl::file(project.folder.join(DEFAULT_FILE)), Origin::Default));
        }
        None => {
            return Err(Failure::new("DATABASE_URL is not set")
                .hint("set it, or give --database-url, such as postgres://user@host/database"));
        }
    };
    match DatabaseUrl::parse(&text, &folder) {
        Ok(url) => Ok((url, origin)),
        Err(error) => Err(Failure::new(error.to_string())
            .because(format!("it is {}", origin.shown(&environment.folder)))
            .hint_opt(error.hint())),
    }
}

/// What the database that is named somewhere speaks, by the scheme of its URL alone; none when none is named.
pub(crate) fn dialect(
    environment: &Environment,
    project: &Project,
    option: Option<&str>,
) -> Result<Option<Dialect>, Failure> {
    Ok(find(environment, project, option)?.and_then(|(text, _, _)| crate::url::dialect(&text)))
}

/// Whether a database is named, or there is one that is meant where none is.
pub(crate) fn has_database(
    environment: &Environment,
    project: &Project,
    option: Option<&str>,
) -> Result<bool, Failure> {
    let is_default = environment.is_debug_build && cfg!(feature = "sqlite");
    Ok(is_default || find(environment, project, option)?.is_some())
}

/// The text of the URL, and the folder in which its relative path starts: that of the
/// file in which it is written.
fn find(
    environment: &Environment,
    project: &Project,
    option: Option<&str>,
) -> Result<Option<(String, Origin, PathBuf)>, Failure> {
    const NAME: &str = "DATABASE_URL";
    let here = environment.folder.clone();
    if let Some(text) = option {
        return Ok(Some((text.to_owned(), Origin::Option, here)));
    }
    if environment.unreadable.iter().any(|name| name == NAME) {
        return Err(Failure::new(format!("the value of {NAME} is not UTF-8 text")));
    }
    // An empty one is a secret that did not arrive; to go on with another database would be a surprise.
    if let Some(text) = environment.variables.get(NAME) {
        return match text.trim().is_empty() {
            true => Err(Failure::new(format!("{NAME} is set, but empty"))
                .hint("give it a URL, or unset it")),
            false => Ok(Some((text.clone(), Origin::Variable, here))),
        };
    }
    for folder in dotenv_folders(environment, project) {
        let file = folder.join(".env");
        let shown = crate::ui::path(&file, &environment.folder);
        let bytes = match fs::read(&file) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            // A folder, such as a Python environment.
            Err(_) if file.is_dir() => continue,
            Err(error) => {
                return Err(Failure::new(format!("cannot read {shown}")).caused_by(error));
            }
        };
        let no_text = || {
            Failure::new(format!("cannot read {NAME} in {shown}")).because("it is not UTF-8 text")
        };
        // UTF-16, in which no name would be found.
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            return Err(no_text());
        }
        // Another variable may be in any encoding.
        let text = String::from_utf8_lossy(&bytes);
        let value = dotenv::value(&text, NAME).map_err(|error| {
            Failure::new(format!("cannot read {NAME} in {shown}")).caused_by(error)
        })?;
        match value {
            Some(value) if value.contains('\u{fffd}') && text.as_bytes() != bytes => {
                return Err(no_text());
            }
            Some(text) if text.trim().is_empty() => {
                return Err(Failure::new(format!("{NAME} in {shown} is empty"))
                    .hint("give it a URL, or remove the line"));
            }
            Some(text) => return Ok(Some((text, Origin::Dotenv(file), folder))),
            None => {}
        }
    }
    Ok(match (&project.config.database_url, &project.file) {
        (Some(text), Some(file)) => {
            Some((text.clone(), Origin::Config(file.clone()), project.folder.clone()))
        }
        (Some(_), None) | (None, _) => None,
    })
}

/// The working folder and those above it, up to the folder of `migrate.toml` and no
/// further; from outside the project, that folder alone.
fn dotenv_folders(environment: &Environment, project: &Project) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for folder in environment.folder.ancestors() {
        folders.push(folder.to_path_buf());
        if folder == project.folder {
            return folders;
        }
    }
    vec![project.folder.clone()]
}

#[cfg(test)]
mod tests;
