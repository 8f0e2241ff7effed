//! `migrate downgrade TARGET`

use migrate_core::run::{Options, ScriptOf};
use migrate_model::revision::Direction;

use super::{Job, Session};
use crate::args::Downgrade;
use crate::failure::Failure;

/// Takes migrations back down to the target.
pub(super) fn run(session: &mut Session<'_>, arguments: &Downgrade) -> Result<u8, Failure> {
    if arguments.script.sql {
        let options = Options {
            single_transaction: arguments.single_transaction,
            allow_non_empty: false,
            ..Options::default()
        };
        return session.script(arguments.script, options, ScriptOf::Downgrade(&arguments.target));
    }
    session.migrate(&Job {
        direction: Direction::Down,
        target: &arguments.target,
        single_transaction: arguments.single_transaction,
        allow_non_empty: false,
        include_skipped: false,
        is_answered: arguments.yes,
        is_dry_run: arguments.dry_run,
        waiting: arguments.waiting,
        database: arguments.named.database.as_deref(),
        backups: &arguments.backups,
        is_verbose: arguments.verbose,
    })
}
