//! `migrate downgrade TARGET`

use migrate_model::revision::Direction;

use super::{Job, Session};
use crate::args::Downgrade;
use crate::failure::Failure;

/// Takes migrations back down to the target.
pub(super) fn run(session: &mut Session<'_>, arguments: &Downgrade) -> Result<u8, Failure> {
    session.migrate(&Job {
        direction: Direction::Down,
        target: &arguments.target,
        single_transaction: arguments.single_transaction,
        allow_non_empty: false,
        is_answered: arguments.yes,
    })
}
