//! `migrate current`

use migrate_core::run::{LogEntry, Unfinished, unknown_files};
use migrate_model::revision::Direction;
use serde_json::{Value, json};

use super::Session;
use crate::args::Current;
use crate::connect::Access;
use crate::failure::{Failure, code};
use crate::graph_log::{GraphLog, Marks};
use crate::ui::{count, visible};

/// Shows the rows of the version table and how far they are from the heads.
pub(super) fn run(session: &mut Session<'_>, arguments: &Current) -> Result<u8, Failure> {
    let graph = session.graph()?;
    // When and by whom is only in the log, which may be long.
    let is_whole = arguments.verbose || session.ui.is_json;
    let (target, mut connected) = session.looked_at(Access::Read)?;
    let (mut migrator, database) = (session.migrator(&target), connected.database.as_mut());
    let (status, entries) = match is_whole {
        true => migrator.status_and_log(database)?,
        false => match migrator.status(database)? {
            status if status.unknown.is_empty() => (status, Vec::new()),
            _ => migrator.status_and_log(database)?,
        },
    };
    let log = GraphLog {
        graph,
        details: session.details_of(|id| status.heads.contains(id)),
        names: session.names(),
        marks: is_whole.then(|| Marks::new(&status, &entries)),
        indicates_current: true,
    };
    let rows: Vec<_> = status.heads.iter().filter_map(|id| graph.get(id)).collect();
    let pending = status.pending.len();
    if session.ui.is_json {
        session.ui.json(json!({
            "current": rows.iter().map(|node| log.json(node)).collect::<Vec<_>>(),
            "unknown": status.unknown,
            "mark": status.mark,
            "disagreement": status.disagreement.as_ref().map(ToString::to_string),
            "unfinished": status.unfinished.as_ref().map(unfinished_json),
            "pending": status.pending.iter().map(|id| id.as_str()).collect::<Vec<_>>(),
        }));
    } else {
        for node in rows {
            let text = if arguments.verbose { log.long(node) } else { log.alone(node) };
            session.ui.result(&text);
        }
        for id in &status.unknown {
            session.ui.result(&match arguments.verbose {
                true => log.stranger(id, &entries),
                false => format!("{} (unknown)", id.escape_debug()),
            });
        }
        if let Some(mark) = status.mark.as_ref().filter(|_| arguments.verbose) {
            session.ui.result(&format!("Mark: {}\n", visible(mark)));
        }
        let nothing = if status.heads.is_empty() { "nothing is applied, " } else { "" };
        // Beside a revision that nobody here knows, nothing can be said of the others.
        if status.unknown.is_empty() {
            session.ui.say_result(&match pending {
                0 => format!("{nothing}nothing is pending"),
                _ => format!("{nothing}{} pending", count(pending, "revision")),
            });
        }
    }
    if let Some(unfinished) = &status.unfinished {
        session.ui.note(&half_done(unfinished));
    }
    if !status.unknown.is_empty() {
        return Err(unknown(&status.unknown, &entries));
    }
    if let Some(disagreement) = status.disagreement {
        return Err(disagreement.into());
    }
    Ok(if arguments.check_heads && pending > 0 { code::BEHIND } else { 0 })
}

fn half_done(unfinished: &Unfinished) -> String {
    let way = match unfinished.direction {
        Direction::Up => "upgrade to",
        Direction::Down => "downgrade of",
    };
    let Unfinished { revision, done, of, started_at, open, .. } = unfinished;
    let open = open.as_ref().map_or(String::new(), |(number, op)| {
        format!("; statement {number} was begun and not seen to end: {op}")
    });
    format!(
        "the {way} {revision}, begun at {started_at}, is half done: {done} of its {of} statements took effect{open}; \
         `migrate resume` finishes it"
    )
}

fn unfinished_json(unfinished: &Unfinished) -> Value {
    json!({
        "revision": unfinished.revision,
        "direction": match unfinished.direction {
            Direction::Up => "upgrade",
            Direction::Down => "downgrade",
        },
        "done": unfinished.done,
        "of": unfinished.of,
        "open": unfinished.open.as_ref().map(|(number, op)| json!({ "statement": number, "op": op })),
        "started_at": unfinished.started_at,
    })
}

fn unknown(ids: &[String], log: &[LogEntry]) -> Failure {
    let told: Vec<String> = ids.iter().map(|id| format!("`{}`", id.escape_debug())).collect();
    let mut failure = Failure::new(format!(
        "the database is at {}, which this build does not have",
        told.join(", ")
    ));
    for id in ids {
        let is_applied = |entry: &&LogEntry| {
            entry.revision == *id && entry.status == "done" && entry.direction != "mark"
        };
        if let Some(entry) = log.iter().rfind(is_applied) {
            let title = entry.message.lines().next().unwrap_or_default();
            failure = failure.because(format!(
                "`{id}` ({title}) was applied {} by {}",
                entry.started_at, entry.applied_by
            ));
        }
    }
    let find = unknown_files(ids)
        .map(|command| format!(": `{command}` finds the file"))
        .unwrap_or_default();
    failure.hint(format!(
        "an older release was deployed, or a branch was switched{find}; \
         `migrate stamp --purge REV` says where the database is otherwise"
    ))
}
