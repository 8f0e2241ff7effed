//! `migrate resume`

use migrate_core::run::Resume;

use super::Session;
use crate::args::{self, Backups};
use crate::connect::Access;
use crate::failure::Failure;

/// Finishes the migration that was begun and not finished.
pub(super) fn run(session: &mut Session<'_>, arguments: &args::Resume) -> Result<u8, Failure> {
    let mut target = session.target()?;
    arguments.waiting.set(&mut target.options);
    let resume = match (arguments.mark_done, arguments.run_again) {
        (true, _) => Resume::MarkDone,
        (false, true) => Resume::RunAgain,
        (false, false) => Resume::Look,
    };
    // Where there is no file nothing is half done, and none is made.
    let mut connected = match target.url.is_missing() {
        true => session.open(&target, Access::Read)?,
        false => session.open_named(&target, arguments.database.as_deref())?,
    };
    let report = session
        .watched(&target, &mut connected, |migrator, database| migrator.resume(database, resume))?;
    let nothing = "Nothing to run: no migration is half done";
    session.report(&report, nothing, &Backups::default(), [None, None]);
    Ok(0)
}
