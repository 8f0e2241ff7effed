//! `migrate upgrade [TARGET]`

use migrate_core::run::{Options, ScriptOf};
use migrate_model::revision::Direction;

use super::{Job, Session};
use crate::args::Upgrade;
use crate::failure::Failure;

/// Applies migrations up to the target.
pub(super) fn run(session: &mut Session<'_>, arguments: &Upgrade) -> Result<u8, Failure> {
    if arguments.script.sql {
        let options = Options {
            single_transaction: arguments.single_transaction,
            allow_non_empty: arguments.allow_non_empty,
            ..Options::default()
        };
        return session.script(arguments.script, options, ScriptOf::Upgrade(&arguments.target));
    }
    session.migrate(&Job {
        direction: Direction::Up,
        target: &arguments.target,
        single_transaction: arguments.single_transaction,
        allow_non_empty: arguments.allow_non_empty,
        include_skipped: arguments.include_skipped,
        is_answered: arguments.yes,
        is_dry_run: arguments.dry_run,
        waiting: arguments.waiting,
        database: arguments.named.database.as_deref(),
        backups: &arguments.backups,
        is_verbose: arguments.verbose,
    })
}
