//! Stderr for programs: what `--log-format json` makes of each line.
//!
//! ```text
//! { "format": 1, "time": "2026-04-12T09:10:11.123Z", "level": "info", "event": "finished", "message": …, … }
//! ```
//!
//! One object is one line. What is in one is said here; `ui` writes it.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use migrate_core::Revision;
use migrate_core::run::Event;
use migrate_model::revision::Direction;
use migrate_model::sql::without_values;
use serde_json::{Map, Value, json};

use crate::failure::Failure;
use crate::ui::running;

/// `--log-format`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LogFormat {
    /// Lines for people
    #[default]
    Text,
    /// One JSON object a line
    Json,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Debug,
    Info,
    Warn,
    Error,
}

impl Level {
    fn word(self) -> &'static str {
        match self {
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
        }
    }
}

/// One line of the log.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Record {
    pub(crate) level: Level,
    /// What kind of thing happened.
    event: &'static str,
    /// It, for people.
    message: String,
    fields: Map<String, Value>,
}

impl Record {
    pub(crate) fn new(level: Level, event: &'static str, message: impl Into<String>) -> Record {
        Record { level, event, message: message.into(), fields: Map::new() }
    }

    /// It, for people.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// One more field.
    pub(crate) fn with(mut self, key: &str, value: impl Into<Value>) -> Record {
        self.fields.insert(key.to_owned(), value.into());
        self
    }

    /// What a run tells; nothing where nobody asks.
    pub(crate) fn of_event(event: &Event<'_>) -> Record {
        match event {
            Event::Planned { steps } => {
                let count = crate::ui::count(*steps, "step");
                Record::new(Level::Info, "planned", format!("{count} to run")).with("steps", *steps)
            }
            Event::Connected { id } => {
                Record::new(Level::Debug, "locked", "the run has the database to itself")
                    .with("connection", *id)
            }
            Event::Started { revision, direction, number } => {
                of_step("started", running(revision, *direction), revision, *direction, *number)
            }
            Event::Statement { sql } => {
                let sql = without_values(sql);
                Record::new(Level::Debug, "statement", first_line(&sql)).with("statement", sql)
            }
            Event::Finished { revision, direction, number, elapsed } => {
                let message = format!(
                    "{} … {}",
                    running(revision, *direction),
                    crate::ui::duration(*elapsed)
                );
                of_step("finished", message, revision, *direction, *number)
                    .with("elapsed_ms", milliseconds(*elapsed))
            }
            Event::Failed { revision, direction, error } => {
                of_revision("step_failed", Level::Error, *error, revision, *direction)
            }
            Event::Notice { text } => Record::new(Level::Warn, "notice", text.as_str()),
        }
    }

    pub(crate) fn of_failure(failure: &Failure) -> Record {
        Record::new(Level::Error, "failed", failure.message.as_str())
            .with("causes", failure.causes.clone())
            .with("hint", json!(failure.hint))
            .with("exit_code", failure.code)
    }

    /// The line, with every text as `clean` leaves it.
    pub(crate) fn line(&self, now: DateTime<Utc>, clean: impl Fn(&str) -> String) -> String {
        let mut object = self.fields.clone();
        object.insert("message".to_owned(), self.message.as_str().into());
        for value in object.values_mut() {
            scrub(value, &clean);
        }
        let time = now.to_rfc3339_opts(SecondsFormat::Millis, true);
        object.insert("format".to_owned(), 1.into());
        object.insert("time".to_owned(), time.into());
        object.insert("level".to_owned(), self.level.word().into());
        object.insert("event".to_owned(), self.event.into());
        Value::Object(object).to_string()
    }
}

fn of_step(
    event: &'static str,
    message: String,
    revision: &Revision,
    direction: Direction,
    number: usize,
) -> Record {
    of_revision(event, Level::Info, message, revision, direction).with("number", number)
}

fn of_revision(
    event: &'static str,
    level: Level,
    message: impl Into<String>,
    revision: &Revision,
    direction: Direction,
) -> Record {
    let direction = match direction {
        Direction::Up => "upgrade",
        Direction::Down => "downgrade",
    };
    Record::new(level, event, message).with("revision", revision.id).with("direction", direction)
}

/// A span of time for programs.
pub(crate) fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn scrub(value: &mut Value, clean: &impl Fn(&str) -> String) {
    match value {
        Value::String(text) => *text = clean(text),
        Value::Array(values) => values.iter_mut().for_each(|value| scrub(value, clean)),
        Value::Object(values) => values.values_mut().for_each(|value| scrub(value, clean)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// As much of a statement as people look at.
fn first_line(sql: &str) -> String {
    const LONGEST: usize = 80;
    let line = sql.trim_start().lines().next().unwrap_or_default();
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_one_line_without_secrets() {
        let record = Record::new(Level::Error, "failed", "no\nway to hunter2")
            .with("causes", vec!["hunter2".to_owned(), "b".to_owned()])
            .with("hint", Value::Null)
            .with("number", 2);
        let now = "2026-04-12T09:10:11.123456Z".parse().expect("a time");
        assert_eq!(
            record.line(now, |text| text.replace("hunter2", "***")),
            r#"{"causes":["***","b"],"event":"failed","format":1,"hint":null,"level":"error","message":"no\nway to ***","number":2,"time":"2026-04-12T09:10:11.123Z"}"#
        );
    }

    #[test]
    fn a_statement_is_told_without_its_texts() {
        let check = |sql: &str, expected: &str| assert_eq!(without_values(sql), expected);
        check("CREATE ROLE a PASSWORD 'secret'", "CREATE ROLE a PASSWORD '…'");
        check(
            "INSERT INTO \"a b\" VALUES (1, 'x''y', E'\\'z')",
            "INSERT INTO \"a b\" VALUES (1, '…', '…')",
        );
        check("DO $do$ BEGIN 'x' END $do$", "DO '…'");
        check(&"a".repeat(5000), &format!("{}…", "a".repeat(4000)));
    }
}
