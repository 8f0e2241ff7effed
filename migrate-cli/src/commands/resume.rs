//! `migrate resume`

use migrate_core::run::Resume;

use super::Session;
use crate::args;
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
    let access = if target.url.is_missing() { Access::Read } else { Access::Write };
    let mut connected = session.open(&target, access)?;
    let report = session
        .watched(&target, &mut connected, |migrator, database| migrator.resume(database, resume))?;
    session.report(&report, "Nothing to run: no migration is half done");
    Ok(0)
}
