//! `migrate mark`: a word in the database for what it is.

use serde_json::json;

use super::Session;
use crate::args::Mark;
use crate::connect::Access;
use crate::failure::Failure;
use crate::ui::visible;

/// Shows the mark, sets it or takes it away.
pub(super) fn run(session: &mut Session<'_>, arguments: &Mark) -> Result<u8, Failure> {
    let is_question = arguments.word.is_none() && !arguments.none;
    let mark = if is_question {
        session.status(Access::Read)?.mark
    } else {
        let target = session.target()?;
        let mut connected = session.open_named(&target, arguments.database.as_deref())?;
        let word = arguments.word.as_deref();
        session.migrator(&target).mark(connected.database.as_mut(), word)?;
        word.map(str::to_owned)
    };
    if session.ui.is_json {
        session.ui.json(json!({ "mark": mark }));
        return Ok(0);
    }
    match mark {
        Some(word) => session.ui.result(&visible(&word)),
        None => session.ui.say_result("The database has no mark"),
    }
    Ok(0)
}
