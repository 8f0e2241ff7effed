//! What holds behind every case. Each is one function; an error is what does not hold.

use tests::Database;
use tests::faults::{Outcome, Seen, remains};

use crate::cases::{CANARY, Case, step};

/// I1: no step is run twice and none is left out, as the log says it.
pub(crate) fn ran_each_step_once(end: &Seen, clean: &Seen) -> Result<(), String> {
    same("I1: the steps that were done", &end.done, &clean.done)
}

/// I2: the version rows are the heads of what was applied.
pub(crate) fn has_the_version_rows(end: &Seen, clean: &Seen) -> Result<(), String> {
    same("I2: the version rows", &end.versions, &clean.versions)
}

/// I3: the schema is that of a run without a fault.
pub(crate) fn has_the_schema(end: &Seen, clean: &Seen) -> Result<(), String> {
    same("I3: the schema", &end.schema, &clean.schema)
}

/// I4: so is every row, those that were there before included.
pub(crate) fn has_the_rows(end: &Seen, clean: &Seen) -> Result<(), String> {
    same("I4: the rows", &end.rows, &clean.rows)
}

/// I5: no lock, session, half of an index, temporary table or file is left, and no row of the journal.
pub(crate) fn leaves_nothing(database: &Database) -> Result<(), String> {
    let mut left = Vec::new();
    // A server notices a moment later that somebody has gone.
    for _ in 0..200 {
        left = remains(database);
        if left.is_empty() {
            return Ok(());
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    Err(format!("I5: this is left behind: {}", left.join("; ")))
}

/// I6: the exit code is 0 if and only if the target was reached, and a message says where it stopped and what to do.
pub(crate) fn says_what_is(
    case: &Case,
    outcome: &Outcome,
    now: &Seen,
    clean: &Seen,
    before: usize,
) -> Result<(), String> {
    let is_at_target = now.done == clean.done && now.versions == clean.versions;
    match case.fault {
        "kill" => {
            let was_killed = outcome.code.is_none();
            return if was_killed { Ok(()) } else { Err("the fault did not happen".to_owned()) };
        }
        "panic" => {
            let has_panicked = outcome.code == Some(101);
            return if has_panicked { Ok(()) } else { Err("the fault did not happen".to_owned()) };
        }
        _ => {}
    }
    if outcome.is_fine() != is_at_target {
        let is = if is_at_target { "is" } else { "is not" };
        return Err(format!("I6: {:?}, and the database {is} at the target", outcome.code));
    }
    if outcome.is_fine() {
        return Ok(());
    }
    let Some(number) = step(&case.place) else { return Ok(()) };
    let done = clean.done.get(before + number - 1);
    let revision = done.and_then(|done| done.split_once(' ')).map_or("", |(_, revision)| revision);
    if !outcome.stderr.contains(revision) {
        return Err(format!("I6: the message does not name {revision}"));
    }
    // What is true now, or what to do.
    let words = ["was changed", "took effect", "hint: "];
    match words.iter().any(|word| outcome.stderr.contains(word)) {
        true => Ok(()),
        false => Err("I6: the message says neither what is true nor what to do".to_owned()),
    }
}

/// I7: no secret in what was printed.
pub(crate) fn keeps_secrets(outcome: &Outcome) -> Result<(), String> {
    match outcome.told().contains(CANARY) {
        true => Err("I7: the output shows a password".to_owned()),
        false => Ok(()),
    }
}

/// I7: nor in the log.
pub(crate) fn log_keeps_secrets(database: &Database) -> Result<(), String> {
    let errors = database.values("SELECT error AS value FROM __migrate_log");
    match errors.iter().any(|error| error.contains(CANARY)) {
        true => Err("I7: the log holds a password".to_owned()),
        false => Ok(()),
    }
}

/// I8: no run hangs.
pub(crate) fn ends_in_time(outcome: &Outcome) -> Result<(), String> {
    if outcome.hung { Err("I8: it hangs".to_owned()) } else { Ok(()) }
}

fn same(what: &str, is: &[String], should: &[String]) -> Result<(), String> {
    if is == should {
        return Ok(());
    }
    let only = |these: &[String], others: &[String], sign: &str| {
        let lines = these.iter().filter(|line| !others.contains(line));
        lines.take(8).map(|line| format!("\n  {sign} {line}")).collect::<String>()
    };
    let (more, less) = (only(is, should, "+"), only(should, is, "-"));
    let order = if more.is_empty() && less.is_empty() {
        format!("\n  is     {}\n  should {}", is.join(", "), should.join(", "))
    } else {
        String::new()
    };
    Err(format!("{what} differ:{less}{more}{order}"))
}
