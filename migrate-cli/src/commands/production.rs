//! Databases for production, which are written to by their name alone.
//!
//! A command that was meant for another database has the wrong `DATABASE_URL`, not the wrong words. So
//! whoever writes to one that matters says which one that is, and the two are compared.

use migrate_model::Dialect;

use super::{Session, Target};
use crate::args;
use crate::connect::{Access, Connected};
use crate::failure::Failure;
use crate::url::{DatabaseUrl, SqlitePlace, SqliteUrl};

/// What a database is called: by its server, or by its file; none in memory, and where the URL names none.
pub(super) fn name(target: &Target, connected: &mut Connected) -> Result<Option<String>, Failure> {
    let path = match &target.url {
        DatabaseUrl::Sqlite(SqliteUrl { place: SqlitePlace::File(path), .. }) => path,
        DatabaseUrl::Sqlite(_) => return Ok(None),
        DatabaseUrl::Postgres(_) | DatabaseUrl::Mysql(_) => {
            let database = connected.database.as_mut();
            let query = match database.dialect() {
                Dialect::Postgres => "SELECT CAST(current_database() AS text)",
                Dialect::Mysql | Dialect::Mariadb | Dialect::Sqlite => "SELECT DATABASE()",
            };
            let rows = database.query(query).map_err(|error| Failure::of(&error))?;
            return Ok(rows.into_iter().flatten().next().flatten());
        }
    };
    Ok(path.file_name().map(|name| name.to_string_lossy().into_owned()))
}

/// The mark of a database for production.
const PRODUCTION: &str = "production";

/// The same as [`check`], also where only the database itself says that it is one for production.
pub(super) fn check_marked(
    session: &Session<'_>,
    target: &Target,
    connected: &mut Connected,
    given: Option<&str>,
) -> Result<(), Failure> {
    let status = session.migrator(target).status(connected.database.as_mut())?;
    let is_marked = status.mark.as_deref() == Some(PRODUCTION);
    named(session, target, connected, given, is_marked || target.project.config.production)
}

/// Refuses to write where the name that was given is not that of the database, or where `migrate.toml` wants one and
/// none was given.
pub(super) fn check(
    session: &Session<'_>,
    target: &Target,
    connected: &mut Connected,
    given: Option<&str>,
) -> Result<(), Failure> {
    named(session, target, connected, given, target.project.config.production)
}

fn named(
    session: &Session<'_>,
    target: &Target,
    connected: &mut Connected,
    given: Option<&str>,
    is_production: bool,
) -> Result<(), Failure> {
    if given.is_none() && !is_production {
        return Ok(());
    }
    let name = name(target, connected)?;
    let folder = &session.environment.folder;
    let shown = target.url.shown(folder);
    let command = session.typed.join(" ");
    let Some(name) = name else {
        return match given {
            None => Ok(()),
            Some(given) => Err(Failure::new(format!(
                "`--database {given}` was given, and {shown} names no database"
            ))
            .hint("name it in the URL; nothing was changed")),
        };
    };
    match given {
        Some(given) if is_name(given, &name, &target.url) => Ok(()),
        Some(given) => Err(Failure::new(format!(
            "`--database {given}` was given, and the database is `{name}`"
        ))
        .because(format!("it is {shown}, {}", target.origin.shown(folder)))
        .hint(format!(
            "nothing was changed; let the URL name `{given}`, or say --database {name}",
            name = args::quoted(&name)
        ))),
        None => {
            let option = format!("--database {}", args::quoted(&name));
            let again = args::with_option(&session.typed, &option);
            Err(Failure::new(format!("`{command}` would write to a database for production"))
                .because(format!("it is {shown}, {}", target.origin.shown(folder)))
                .hint(format!("nothing was changed; if that is meant: migrate {again}")))
        }
    }
}

/// A file may be named without its ending.
fn is_name(given: &str, name: &str, url: &DatabaseUrl) -> bool {
    let stem = match url {
        DatabaseUrl::Sqlite(_) => name.rsplit_once('.').map(|(stem, _)| stem),
        DatabaseUrl::Postgres(_) | DatabaseUrl::Mysql(_) => None,
    };
    given == name || stem.is_some_and(|stem| given == stem)
}

impl Session<'_> {
    /// Opens a database to write to it, once its name is the right one.
    pub(super) fn open_named(
        &mut self,
        target: &Target,
        given: Option<&str>,
    ) -> Result<Connected, Failure> {
        // A file that is not meant is not made either.
        if target.url.is_missing() {
            let mut none = self.open(target, Access::Read)?;
            check(self, target, &mut none, given)?;
        }
        let mut connected = self.open(target, Access::Write)?;
        check_marked(self, target, &mut connected, given)?;
        Ok(connected)
    }
}
