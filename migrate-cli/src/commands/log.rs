//! `migrate log`: what was done to the database.
//!
//! ```text
//! 2026-04-12 09:10:00 UTC  ann@laptop  upgrade 3f2a9c41b7d0, Add order notes (12 ms)
//! 2026-04-12 09:12:31 UTC  ann@laptop  repair 3f2a9c41b7d0, Add order notes
//!     note: the index was made by hand
//! ```

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, Utc};
use migrate_core::run::{LogEntry, Status};
use migrate_model::revision::{Graph, ResolveError, RevisionSpec, resolve};
use serde_json::{Value, json};

use super::Session;
use crate::args::Log;
use crate::connect::Access;
use crate::failure::Failure;
use crate::ui::{self, style, styled, visible};

/// Lists the rows of the log, newest first.
pub(super) fn run(session: &mut Session<'_>, arguments: &Log) -> Result<u8, Failure> {
    let graph = session.graph()?;
    let (status, log) = session.status_and_log(Access::Read)?;
    let wanted = wanted(graph, &status, &log, &arguments.revisions)?;
    let is_shown = |entry: &&LogEntry| {
        let at = instant(entry);
        let is_in_time = at.is_none_or(|at| {
            arguments.since.is_none_or(|since| at >= since.start())
                && arguments.until.is_none_or(|until| !until.is_over_at(at))
        });
        is_in_time && wanted.as_ref().is_none_or(|wanted| wanted.contains(&entry.revision))
    };
    let entries = log.iter().rev().filter(is_shown);
    let mut entries: Vec<&LogEntry> =
        entries.take(arguments.max_count.unwrap_or(usize::MAX)).collect();
    if arguments.reverse {
        entries.reverse();
    }
    if session.ui.is_json {
        let entries = entries.iter().map(|entry| json(graph, entry));
        session.ui.json(json!({ "entries": entries.collect::<Vec<_>>() }));
        return Ok(0);
    }
    if entries.is_empty() {
        let is_empty = log.is_empty();
        session.ui.say_result(if is_empty {
            "The log is empty"
        } else {
            "No row of the log is that"
        });
    }
    for entry in entries {
        session.ui.result(&text(entry));
    }
    Ok(0)
}

/// The ids that are meant: those of the chain, and those that only the log knows. None is all of them.
fn wanted(
    graph: &Graph,
    status: &Status,
    log: &[LogEntry],
    words: &[String],
) -> Result<Option<BTreeSet<String>>, Failure> {
    if words.is_empty() {
        return Ok(None);
    }
    let mut wanted = BTreeSet::new();
    for word in words {
        let begun =
            |entry: &&LogEntry| !word.is_empty() && entry.revision.starts_with(word.as_str());
        let logged: BTreeSet<String> =
            log.iter().filter(begun).map(|entry| entry.revision.clone()).collect();
        let found = word.parse::<RevisionSpec>().map_err(Failure::from).and_then(|spec| {
            let found: Result<_, ResolveError> = resolve(graph, &spec, &status.applied);
            Ok(found?)
        });
        match found {
            Ok(found) => wanted.extend(found.iter().map(ToString::to_string)),
            // Also where several begin so: a list can show them all.
            Err(_) if !logged.is_empty() => wanted.extend(logged),
            Err(failure) => return Err(failure),
        }
    }
    Ok(Some(wanted))
}

/// When it began.
fn instant(entry: &LogEntry) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(&entry.started_at).ok().map(|at| at.to_utc())
}

fn elapsed(entry: &LogEntry) -> Duration {
    Duration::from_millis(u64::try_from(entry.duration_ms).unwrap_or(0))
}

fn text(entry: &LogEntry) -> String {
    let at = instant(entry).map_or_else(
        || visible(&entry.started_at),
        |at| at.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
    );
    let mut line = format!("{at}  {}  {}", visible(&entry.applied_by), visible(&entry.direction));
    let is_mark = entry.direction == "mark";
    if is_mark {
        line.push_str(&format!(" {}", visible(entry.note.as_deref().unwrap_or("--none"))));
    }
    if !entry.revision.is_empty() {
        line.push_str(&format!(" {}", styled(style::REVISION, &visible(&entry.revision))));
    }
    match entry.message.lines().next() {
        Some(title) if !title.is_empty() => line.push_str(&format!(", {}", visible(title))),
        Some(_) | None => {}
    }
    let has_run = matches!(entry.direction.as_str(), "upgrade" | "downgrade");
    match entry.status.as_str() {
        "done" if has_run => line.push_str(&format!(" ({})", ui::duration(elapsed(entry)))),
        "done" => {}
        "failed" => {
            let failed = format!("failed after {}", ui::duration(elapsed(entry)));
            line.push_str(&format!(": {}", styled(style::ERROR, &failed)));
        }
        other => line.push_str(&format!(": {}", visible(other))),
    }
    let more =
        [("note", entry.note.as_ref().filter(|_| !is_mark)), ("error", entry.error.as_ref())];
    for (name, words) in more {
        for (number, words) in words.iter().flat_map(|words| words.lines()).enumerate() {
            let name = if number == 0 { format!("{name}: ") } else { "  ".to_owned() };
            line.push_str(&format!("\n    {name}{}", visible(words)));
        }
    }
    line
}

fn json(graph: &Graph, entry: &LogEntry) -> Value {
    let revision = (!entry.revision.is_empty()).then_some(entry.revision.as_str());
    json!({
        "at": entry.started_at,
        "applied_by": entry.applied_by,
        "direction": entry.direction,
        "revision": revision,
        "is_known": revision.map(|id| graph.get(id).is_some()),
        "message": entry.message,
        "status": entry.status,
        "duration_ms": entry.duration_ms,
        "note": entry.note,
        "error": entry.error,
        "checksum": entry.checksum,
        "run": entry.run,
        "tool_version": entry.tool_version,
    })
}
