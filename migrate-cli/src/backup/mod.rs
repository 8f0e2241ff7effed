//! Backups: a copy of the database before a run and after it, made by the database's own means.
//!
//! A copy is written under a name that says it is not done, read again, and only then called what it is.
//! It holds every row, so nobody but its owner may read it. No password is in an argument of a
//! program: everybody on the computer could see it there.

mod mysql;
mod postgres;
mod sqlite;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use chrono::Utc;
use migrate_core::backend::Database;
use migrate_model::revision::Direction;
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::config::{CONFIG_FILE, Environment, Project};
use crate::failure::Failure;
use crate::secret::{Secret, scrub};
use crate::ui::{self, Ui};
use crate::url::DatabaseUrl;

/// When a backup is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Before the first statement of a run.
    Before,
    /// After its last one.
    After,
}

/// A backup that is wanted.
pub(crate) struct Wanted<'a> {
    /// The surroundings.
    pub(crate) environment: &'a Environment,
    /// The project, which says where backups are kept.
    pub(crate) project: &'a Project,
    /// The database.
    pub(crate) url: &'a DatabaseUrl,
    /// What it is called, if anything.
    pub(crate) name: Option<String>,
    /// The folder that was named for it.
    pub(crate) folder: Option<&'a Path>,
    /// When it is taken.
    pub(crate) moment: Moment,
    /// Which way the run goes.
    pub(crate) direction: Direction,
    /// The first and the last revision of the run.
    pub(crate) revisions: (&'a str, &'a str),
}

/// A backup that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Backup {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// How large it is.
    bytes: u64,
    /// What the commands do that bring it back.
    purpose: &'static str,
    /// These commands.
    restore: Vec<String>,
    /// What the program that made it had to say.
    remark: Option<String>,
}

impl Backup {
    /// Says where it is and how it comes back, with paths seen from `folder`.
    pub(crate) fn tell(&self, ui: &mut Ui, folder: &Path) {
        if let Some(remark) = &self.remark {
            ui.note(remark);
        }
        ui.say(&format!("Backup: {} ({})", ui::path(&self.path, folder), size(self.bytes)));
        ui.say(&format!("  {}:", self.purpose));
        for command in &self.restore {
            ui.say(&format!("    {command}"));
        }
    }

    /// The same for programs.
    pub(crate) fn json(&self, folder: &Path) -> Value {
        json!({
            "path": ui::path(&self.path, folder),
            "bytes": self.bytes,
            "restore": self.restore,
        })
    }
}

impl Wanted<'_> {
    /// Takes it.
    pub(crate) fn take(&self, database: &mut dyn Database) -> Result<Backup, Failure> {
        let Some(name) = &self.name else {
            return Err(
                self.failed("the database", Failure::new("it is in memory, or the URL names none"))
            );
        };
        let taken = self.take_of(database, name);
        taken.map_err(|failure| {
            self.failed(&format!("`{name}`"), failure).scrubbed(self.url.secrets())
        })
    }

    /// What it means that there is none.
    fn failed(&self, name: &str, why: Failure) -> Failure {
        let message = match self.moment {
            Moment::Before => format!("nothing was run: no backup of {name} could be taken"),
            Moment::After => format!("all was run, but no backup of {name} could be taken then"),
        };
        let failure = Failure::new(message).because(why.message).hint_opt(why.hint);
        why.causes.into_iter().fold(failure, Failure::because)
    }

    fn take_of(&self, database: &mut dyn Database, name: &str) -> Result<Backup, Failure> {
        let folder = self.folder()?;
        let shown = || ui::path(&folder, &self.environment.folder);
        let unwritable = |error: io::Error| {
            Failure::new(format!("cannot write to {}", shown()))
                .caused_by(error)
                .hint("name another folder: --backup=DIR")
        };
        let mut named = tempfile::Builder::new();
        let file = named.prefix(".unfinished-").tempfile_in(&folder).map_err(unwritable)?;
        let remark = match self.url {
            DatabaseUrl::Postgres(url) => self.dump_postgres(url, name, database, &file)?,
            DatabaseUrl::Mysql(url) => self.dump_mysql(url, name, database, &file)?,
            DatabaseUrl::Sqlite(_) => self.copy_sqlite(database, &file)?,
        };
        file.as_file().sync_all().map_err(unwritable)?;
        let bytes = fs::metadata(file.path()).map_err(unwritable)?.len();
        let path = keep(file, &folder, &self.file_name(name)).map_err(unwritable)?;
        let restore = match self.url {
            DatabaseUrl::Postgres(url) => self.restore_postgres(url, name, &path),
            DatabaseUrl::Mysql(url) => self.restore_mysql(url, name, database, &path)?,
            DatabaseUrl::Sqlite(url) => self.restore_sqlite(url, &path),
        };
        let purpose = match self.url {
            DatabaseUrl::Postgres(_) | DatabaseUrl::Mysql(_) => {
                "To restore it, as a database of its own"
            }
            DatabaseUrl::Sqlite(_) => "To restore it, while nobody has the database open",
        };
        Ok(Backup { path, bytes, purpose, restore, remark })
    }

    /// The folder for it, which is made where it is not there.
    fn folder(&self) -> Result<PathBuf, Failure> {
        let folder = match (self.folder, &self.project.config.backup.folder) {
            (Some(named), _) => self.environment.folder.join(named),
            (None, Some(folder)) => self.project.folder.join(folder),
            (None, None) => self.project.folder.join("backups"),
        };
        if folder.is_dir() {
            return Ok(folder);
        }
        let made = private_folder(&folder).and_then(|()| {
            // It holds every row, and a project's folder is what goes to everybody.
            fs::write(folder.join(".gitignore"), "*\n")
        });
        made.map_err(|error| {
            let shown = ui::path(&folder, &self.environment.folder);
            Failure::new(format!("cannot make the folder {shown}"))
                .caused_by(error)
                .hint("name another folder: --backup=DIR")
        })?;
        Ok(folder)
    }

    /// The database, when, and between which revisions.
    fn file_name(&self, database: &str) -> (String, &'static str) {
        let moment = match self.moment {
            Moment::Before => "before",
            Moment::After => "after",
        };
        let direction = match self.direction {
            Direction::Up => "upgrade",
            Direction::Down => "downgrade",
        };
        let (first, last) = (plain(self.revisions.0), plain(self.revisions.1));
        let revisions = if first == last { first } else { format!("{first}-{last}") };
        let (database, ending) = match self.url {
            DatabaseUrl::Postgres(_) => (database, ".dump"),
            DatabaseUrl::Mysql(_) => (database, ".sql"),
            DatabaseUrl::Sqlite(_) => {
                (database.rsplit_once('.').map_or(database, |(stem, _)| stem), ".db")
            }
        };
        let time = Utc::now().format("%Y%m%dT%H%M%SZ");
        (format!("{}_{time}_{moment}_{direction}_{revisions}", plain(database)), ending)
    }

    /// The program that makes a backup: the one that `migrate.toml` names under `key`, else the first of
    /// `names` in the path.
    fn program(
        &self,
        key: &str,
        configured: Option<&PathBuf>,
        names: &[&str],
        packages: &str,
    ) -> Result<PathBuf, Failure> {
        let hint = format!(
            "install {packages}, or name the program in {CONFIG_FILE}: \
             backup.{key} = \"/path/to/{key}\""
        );
        let Some(configured) = configured else {
            let found = names.iter().find_map(|name| self.environment.program(name));
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            return found.ok_or_else(|| {
                Failure::new(format!("there is no {} in PATH", names.join(" or "))).hint(hint)
            });
        };
        // A word alone is looked for, as a shell does.
        let is_word = configured.components().count() == 1;
        let word = configured.to_str().filter(|_| is_word);
        match word.map(|word| self.environment.program(word)) {
            None => Ok(self.project.folder.join(configured)),
            Some(Some(found)) => Ok(found),
            Some(None) => Err(Failure::new(format!(
                "there is no `{}` in PATH, which backup.{key} in {CONFIG_FILE} names",
                configured.display()
            ))
            .hint(hint)),
        }
    }
}

/// Runs a program that writes to `out`; what it remarked.
fn run(mut command: Command, out: Stdio, secrets: &[Secret]) -> Result<String, Failure> {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let whole = program.display().to_string();
    // Its messages are looked at below, and it needs no URL with a password in it.
    command.env("LC_ALL", "C").env_remove("DATABASE_URL");
    command.stdin(Stdio::null()).stdout(out).stderr(Stdio::piped());
    let output = command
        .output()
        .map_err(|error| Failure::new(format!("`{whole}` can't be started")).caused_by(error))?;
    let said = scrub(&String::from_utf8_lossy(&output.stderr), secrets);
    let said: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let said = said.join("; ");
    if output.status.success() {
        return Ok(said);
    }
    let failure = match output.status.code() {
        Some(code) => Failure::new(format!("`{name}` ended with exit code {code}")),
        None => Failure::new(format!("`{name}` was killed")),
    };
    let space = ["No space left", "File too large", "Disk quota exceeded"];
    let hint = space
        .iter()
        .any(|text| said.contains(text))
        .then(|| "make room, or name a folder on another disk: --backup=DIR".to_owned());
    Ok(if said.is_empty() { Err(failure)? } else { Err(failure.because(said).hint_opt(hint))? })
}

/// Gives a finished file its name, or the next one that is free.
fn keep(
    mut file: NamedTempFile,
    folder: &Path,
    (name, ending): &(String, &'static str),
) -> io::Result<PathBuf> {
    for number in 1.. {
        let path = folder.join(match number {
            1 => format!("{name}{ending}"),
            _ => format!("{name}_{number}{ending}"),
        });
        match file.persist_noclobber(&path) {
            Ok(_) => return Ok(path),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => file = error.file,
            Err(error) => return Err(error.error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// A handle for a program to write to.
fn writer(file: &NamedTempFile) -> Result<Stdio, Failure> {
    let handle: io::Result<File> = file.as_file().try_clone();
    handle.map(Stdio::from).map_err(|error| Failure::of(&error))
}

fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// What a file can be called everywhere.
fn plain(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    text.chars().take(50).map(|c| if is_plain(c) { c } else { '_' }).collect()
}

fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes} bytes");
    }
    let mut amount = bytes;
    let mut unit = 0;
    while amount >= 1_000_000 && unit + 1 < UNITS.len() {
        amount /= 1000;
        unit += 1;
    }
    format!("{}.{} {}", amount / 1000, amount % 1000 / 100, UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_three_digits_or_so() {
        let check = |bytes, expected: &str| assert_eq!(size(bytes), expected);
        check(0, "0 bytes");
        check(999, "999 bytes");
        check(1000, "1.0 kB");
        check(12_345, "12.3 kB");
        check(999_999, "999.9 kB");
        check(1_000_000, "1.0 MB");
        check(5_250_000_000, "5.2 GB");
        check(u64::MAX, "18446744.0 TB");
    }

    #[test]
    fn a_name_is_one_on_every_file_system() {
        let check = |name: &str, expected: &str| assert_eq!(plain(name), expected);
        check("trading", "trading");
        check("../x y/日本", "___x_y___");
        check("a.b:c", "a_b_c");
        check(&"x".repeat(200), &"x".repeat(50));
    }

    #[test]
    fn a_backup_is_never_written_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |text: &str| {
            let file = NamedTempFile::new_in(folder.path()).expect("a file");
            fs::write(file.path(), text).expect("it is written");
            file
        };
        let kept = |text: &str| {
            let path = keep(file(text), folder.path(), &("x".to_owned(), ".db")).expect("a name");
            ui::path(&path, folder.path())
        };
        assert_eq!([kept("1"), kept("2"), kept("3")], ["x.db", "x_2.db", "x_3.db"]);
        assert_eq!(fs::read_to_string(folder.path().join("x.db")).ok().as_deref(), Some("1"));
        assert_eq!(fs::read_dir(folder.path()).map(Iterator::count).ok(), Some(3));
    }
}
