//! Which migrations a database has, asked without the project's own `migrate`.
//!
//! `cargo-migrate` speaks to the databases that it was built for, and needs no chain to read which revisions are applied.

use migrate_core::Chain;
use migrate_core::run::{LogEntry, Migrator, Status};
use migrate_model::revision::Rules;

use crate::args::Globals;
use crate::config::{self, Environment, Project};
use crate::connect::{self, Access};
use crate::failure::Failure;
use crate::secret::Secret;
use crate::ui::Ui;

/// No migrations: a database is only asked which ones it has.
static NONE: Chain = Chain::new(&[], Rules { multiple_heads: false, multiple_bases: false });

/// What the project's database says of itself, with its log; `cannot` is what a command makes of not reaching it.
pub(super) fn status(
    environment: &Environment,
    globals: &Globals,
    command: &str,
    ui: &mut Ui,
    cannot: impl Fn(Failure) -> Failure,
) -> Result<(Status, Vec<LogEntry>), Failure> {
    let project = Project::find(environment, globals.config.as_deref())?;
    let option = globals.database_url.as_ref().map(Secret::expose);
    let (url, origin) = config::database(environment, &project, option).map_err(&cannot)?;
    ui.hide(url.secrets());
    let folder = &environment.folder;
    ui.say(&format!("Database: {} ({})", url.shown(folder), origin.shown(folder)));
    let options = project.options(environment)?;
    let mut connected = connect::open(&url, Access::Read, folder, command).map_err(cannot)?;
    Ok(Migrator::new(&NONE).with(options).status_and_log(connected.database.as_mut())?)
}
