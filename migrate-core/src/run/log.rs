//! The table that says what was done: one row for each step, and rows are only ever added.

use std::{
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use migrate_model::{Dialect, revision::RevisionId};

use super::{
    Error, Options,
    state::State,
    version_table::{literal, sql_name, table_options},
};
use crate::backend::{Database, DatabaseError, text_type};

/// The format of our tables that this version writes. The second has `note`.
pub(super) const FORMAT: i64 = 2;

/// The format of the rows of a script, which need nothing that the first one lacks: a script can't ask whether a
/// column is there.
pub(super) const SCRIPT_FORMAT: i64 = 1;

/// A row of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// The run it belongs to.
    pub run: String,
    /// The revision; empty where the row is about none.
    pub revision: String,
    /// Its message, as it was then.
    pub message: String,
    /// `upgrade`, `downgrade`, `stamp`, `unstamp`, `external`, `repair` or `mark`; a later version may know more.
    pub direction: String,
    /// `done`, `failed` or `started`.
    pub status: String,
    /// When it began, in UTC, as ISO 8601.
    pub started_at: String,
    /// How long it took, in milliseconds.
    pub duration_ms: i64,
    /// Who ran it.
    pub applied_by: String,
    /// The checksum of the ops, with its version in front.
    pub checksum: Option<String>,
    /// What wrote it: the version of this library.
    pub tool_version: String,
    /// What went wrong.
    pub error: Option<String>,
    /// A reason that was given, or the word of a mark.
    pub note: Option<String>,
}

/// A row to be written.
pub(super) struct NewEntry<'a> {
    pub(super) run: &'a str,
    pub(super) revision: &'a str,
    pub(super) message: &'a str,
    pub(super) direction: &'a str,
    pub(super) status: &'a str,
    pub(super) started: SystemTime,
    pub(super) elapsed: Duration,
    pub(super) checksum: Option<&'a str>,
    pub(super) error: Option<&'a str>,
    pub(super) note: Option<&'a str>,
}

impl<'a> NewEntry<'a> {
    /// A row for a revision that is said to be applied, or no longer so, without anything being run.
    pub(super) fn declared(
        run: &'a str,
        revision: &'a str,
        message: &'a str,
        direction: &'a str,
    ) -> NewEntry<'a> {
        NewEntry {
            run,
            revision,
            message,
            direction,
            status: "done",
            started: SystemTime::now(),
            elapsed: Duration::ZERO,
            checksum: None,
            error: None,
            note: None,
        }
    }
}

/// A name for one run, different from all others.
pub(super) fn run_id() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{:x}-{:x}", since.as_nanos(), std::process::id())
}

pub(super) fn create(database: &mut dyn Database, options: &Options) -> Result<(), DatabaseError> {
    database.batch(&create_sql(database.dialect(), options, "CREATE TABLE")?)
}

/// Gives a table of the first format what this one has beyond it.
pub(super) fn widen(database: &mut dyn Database, options: &Options) -> Result<(), DatabaseError> {
    let name = sql_name(database.dialect(), &options.log_table)?;
    database.batch(&format!("ALTER TABLE {name} ADD COLUMN note TEXT"))
}

/// The statement that makes it, with these words at its start.
pub(super) fn create_sql(
    dialect: Dialect,
    options: &Options,
    words: &str,
) -> Result<String, DatabaseError> {
    let name = sql_name(dialect, &options.log_table)?;
    let (id, instant) = match dialect {
        Dialect::Postgres => {
            ("BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "TIMESTAMP WITH TIME ZONE")
        }
        Dialect::Sqlite => ("INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT", "TEXT"),
        Dialect::Mysql | Dialect::Mariadb => {
            ("BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY", "VARCHAR(40)")
        }
    };
    Ok(format!(
        "{words} {name} (id {id}, format INTEGER NOT NULL, run VARCHAR(64) NOT NULL, revision VARCHAR(32) NOT NULL, \
         message TEXT NOT NULL, direction VARCHAR(16) NOT NULL, status VARCHAR(16) NOT NULL, started_at {instant} NOT NULL, \
         duration_ms BIGINT NOT NULL, applied_by TEXT NOT NULL, checksum VARCHAR(80), tool_version VARCHAR(32) NOT NULL, error TEXT, note TEXT){}",
        table_options(dialect)
    ))
}

pub(super) fn write(
    database: &mut dyn Database,
    options: &Options,
    entry: &NewEntry<'_>,
) -> Result<(), DatabaseError> {
    let sql = insert_sql(database.dialect(), options, std::slice::from_ref(entry))?;
    sql.iter().try_for_each(|sql| database.affected(sql).map(drop))
}

/// How many rows one statement writes.
const ROWS: usize = 200;

/// The statements that write these rows.
pub(super) fn insert_sql(
    dialect: Dialect,
    options: &Options,
    entries: &[NewEntry<'_>],
) -> Result<Vec<String>, DatabaseError> {
    let name = sql_name(dialect, &options.log_table)?;
    let statements = entries.chunks(ROWS).map(|entries| {
        let rows: Vec<String> = entries.iter().map(|one| values(dialect, options, one)).collect();
        format!(
            "INSERT INTO {name} (format, run, revision, message, direction, status, started_at, duration_ms, applied_by, \
             checksum, tool_version, error, note) VALUES {}",
            rows.join(", ")
        )
    });
    Ok(statements.collect())
}

/// A row, as a list of values.
fn values(dialect: Dialect, options: &Options, entry: &NewEntry<'_>) -> String {
    let text = |text: &str| literal(dialect, text);
    let option = |value: Option<&str>| value.map_or("NULL".to_owned(), text);
    let started: chrono::DateTime<chrono::Utc> = entry.started.into();
    format!(
        "({FORMAT}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {})",
        text(entry.run),
        text(entry.revision),
        text(entry.message),
        text(entry.direction),
        text(entry.status),
        text(&started.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()),
        entry.elapsed.as_millis(),
        text(&options.applied_by),
        option(entry.checksum),
        text(env!("CARGO_PKG_VERSION")),
        option(entry.error.map(|error| options.redactor.clean(error)).as_deref()),
        option(entry.note),
    )
}

/// How much of each row is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// All of it, for people.
    Whole,
    /// What says which revisions are applied, and what they were then.
    Checked,
    /// The same without checksums, which are most of it.
    Brief,
}

/// The rows, as far as they were read, in the order in which they were written.
#[derive(Debug)]
pub(super) struct Log {
    rows: Rows,
    /// What they call applied, worked out when it is first asked for.
    standing: OnceCell<Vec<Standing>>,
}

#[derive(Debug)]
enum Rows {
    Whole(Vec<LogEntry>),
    /// A text, and where in it the line of each row is.
    Lines(String, Vec<Range<usize>>),
}

/// A revision that is applied, as the places of the rows that say so.
#[derive(Clone, Copy, Debug)]
struct Standing {
    row: usize,
    /// The row that has its checksum.
    vouched: usize,
    may_be_gone: bool,
}

/// What every reading of a row has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'l> {
    pub(super) revision: &'l str,
    pub(super) direction: &'l str,
    pub(super) status: &'l str,
    /// None too where it was not asked for.
    pub(super) checksum: Option<&'l str>,
    /// Whether there is one, read or not.
    pub(super) has_checksum: bool,
    /// The note of a mark; of others only where all was read.
    pub(super) note: Option<&'l str>,
    /// All of it, where that was read.
    pub(super) entry: Option<&'l LogEntry>,
}

impl Log {
    fn of(rows: Rows) -> Log {
        Log { rows, standing: OnceCell::new() }
    }

    /// One without rows.
    pub(super) fn empty() -> Log {
        Log::of(Rows::Whole(Vec::new()))
    }

    pub(super) fn rows(&self) -> impl DoubleEndedIterator<Item = Row<'_>> {
        let count = match &self.rows {
            Rows::Whole(entries) => entries.len(),
            Rows::Lines(_, lines) => lines.len(),
        };
        (0..count).map(|at| self.row(at))
    }

    fn row(&self, at: usize) -> Row<'_> {
        match &self.rows {
            Rows::Whole(entries) => Row::of(&entries[at]),
            Rows::Lines(text, lines) => Row::read(&text[lines[at].clone()]),
        }
    }

    /// The rows that were read as a whole.
    pub(super) fn into_entries(self) -> Vec<LogEntry> {
        match self.rows {
            Rows::Whole(entries) => entries,
            Rows::Lines(..) => Vec::new(),
        }
    }

    /// What the rows call applied, in the order of the ids.
    pub(super) fn logged(&self) -> impl Iterator<Item = Logged<'_>> {
        self.standing.get_or_init(|| self.stand()).iter().map(|&standing| {
            let Standing { row, vouched, may_be_gone } = standing;
            Logged { row: self.row(row), checksum: self.row(vouched).checksum, may_be_gone }
        })
    }

    /// The same by the ids.
    pub(super) fn logged_by_id(&self) -> BTreeMap<&str, Logged<'_>> {
        self.logged().map(|logged| (logged.row.revision, logged)).collect()
    }

    fn stand(&self) -> Vec<Standing> {
        let mut standing = BTreeMap::new();
        for (at, row) in self.rows().enumerate().filter(|(_, row)| row.status == "done") {
            match row.direction {
                "upgrade" | "stamp" | "external" => {
                    let one = Standing { row: at, vouched: at, may_be_gone: false };
                    standing.insert(row.revision, one);
                }
                "downgrade" | "unstamp" => {
                    standing.remove(row.revision);
                }
                "repair" => {
                    if let Some(standing) = standing.get_mut(row.revision) {
                        match row.has_checksum {
                            true => standing.vouched = at,
                            false => standing.may_be_gone = true,
                        }
                    }
                }
                _ => {}
            }
        }
        standing.into_values().collect()
    }

    /// The rows of steps that are done: those that failed change nothing.
    pub(super) fn done(&self) -> impl DoubleEndedIterator<Item = Row<'_>> {
        self.rows().filter(|row| row.status == "done")
    }
}

impl<'l> Row<'l> {
    fn of(entry: &'l LogEntry) -> Row<'l> {
        Row {
            revision: &entry.revision,
            direction: &entry.direction,
            status: &entry.status,
            checksum: entry.checksum.as_deref(),
            has_checksum: entry.checksum.is_some(),
            note: entry.note.as_deref(),
            entry: Some(entry),
        }
    }

    /// Reads what [`lines_sql`] made of it, behind its id and its format.
    fn read(line: &'l str) -> Row<'l> {
        let mut words = line.splitn(4, ' ');
        let mut next = || words.next().unwrap_or_default();
        let (direction, status, checksum, about) = (next(), next(), next(), next());
        let (revision, note) = match direction {
            "mark" => ("", Some(about).filter(|word| !word.is_empty())),
            _ => (about, None),
        };
        let has_checksum = checksum != NO_CHECKSUM;
        let checksum = Some(checksum).filter(|_| has_checksum && checksum != UNREAD);
        Row { revision, direction, status, checksum, has_checksum, note, entry: None }
    }
}

/// The highest format among the rows, and the rows.
pub(super) fn read(
    database: &mut dyn Database,
    options: &Options,
    has_note: bool,
    read: Read,
) -> Result<(i64, Log), DatabaseError> {
    let dialect = database.dialect();
    let name = sql_name(dialect, &options.log_table)?;
    if read == Read::Whole {
        let columns = whole_columns(dialect, has_note);
        let rows = database.query(&format!("SELECT {columns} FROM {name} ORDER BY id"))?;
        let (formats, entries): (Vec<i64>, _) = rows.into_iter().map(whole_entry).unzip();
        return Ok((formats.into_iter().max().unwrap_or(0), Log::of(Rows::Whole(entries))));
    }
    let rows = database.query(&lines_sql(dialect, &name, has_note, read == Read::Checked))?;
    let mut texts = rows.into_iter().filter_map(|row| row.into_iter().next().flatten());
    let mut text = texts.next().unwrap_or_default();
    for next in texts {
        text.push('\n');
        text.push_str(&next);
    }
    let (highest, lines) = lines(&text);
    Ok((highest, Log::of(Rows::Lines(text, lines))))
}

/// The highest format, and where in the text the line of each row is, without its id and its format. Put together by a
/// server, the lines may stand in any order.
fn lines(text: &str) -> (i64, Vec<Range<usize>>) {
    let mut highest = 0;
    let mut start = 0;
    let mut lines = Vec::with_capacity(text.bytes().filter(|byte| *byte == b'\n').count() + 1);
    for line in text.split_inclusive('\n') {
        let end = start + line.trim_end_matches('\n').len();
        let mut words = line.splitn(3, ' ');
        let mut number = || words.next().map(|word| word.parse().unwrap_or(0));
        if let (Some(id), Some(format), Some(rest)) = (number(), number(), words.next()) {
            highest = highest.max(format);
            let begin = start + line.len() - rest.len();
            lines.push((id, begin..end));
        }
        start += line.len();
    }
    lines.sort_by_key(|(id, _): &(i64, _)| *id);
    (highest, lines.into_iter().map(|(_, line)| line).collect())
}

/// All columns, in the order in which [`whole_entry`] takes them.
fn whole_columns(dialect: Dialect, has_note: bool) -> String {
    let text = |column: &str| format!("CAST({column} AS {})", text_type(dialect));
    let started = match dialect {
        Dialect::Postgres => {
            "to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
        }
        Dialect::Sqlite | Dialect::Mysql | Dialect::Mariadb => "started_at",
    };
    let mut columns: Vec<String> =
        ["format", "revision", "direction", "status", "checksum"].map(text).into();
    columns.extend(["message", started, "applied_by", "error"].map(str::to_owned));
    let note = if has_note { "note" } else { "NULL" };
    columns.extend(["run", "duration_ms", "tool_version", note].map(text));
    columns.join(", ")
}

fn whole_entry(row: Vec<Option<String>>) -> (i64, LogEntry) {
    let mut fields = row.into_iter();
    let mut next = || fields.next().flatten();
    let format = next().and_then(|text| text.parse().ok()).unwrap_or(0);
    let entry = LogEntry {
        revision: next().unwrap_or_default(),
        direction: next().unwrap_or_default(),
        status: next().unwrap_or_default(),
        checksum: next(),
        message: next().unwrap_or_default(),
        started_at: next().unwrap_or_default(),
        applied_by: next().unwrap_or_default(),
        error: next(),
        run: next().unwrap_or_default(),
        duration_ms: next().and_then(|text| text.parse().ok()).unwrap_or(0),
        tool_version: next().unwrap_or_default(),
        note: next(),
    };
    (format, entry)
}

/// What a line has where the row has no checksum.
const NO_CHECKSUM: &str = "-";

/// What it has in the place of one that nobody asked for.
const UNREAD: &str = "+";

/// All rows as lines of one text: to hand over a row costs more than what is in it. MySQL's texts are put together to a
/// length that somebody has set, so there each line is a row.
fn lines_sql(dialect: Dialect, name: &str, has_note: bool, has_checksum: bool) -> String {
    // As text, since `char(16)` is longer than what is in it; and what is NULL must leave its place empty.
    let text = |column: &str| format!("coalesce(CAST({column} AS {}), '')", text_type(dialect));
    let [id, format, direction, status, revision] =
        ["id", "format", "direction", "status", "revision"].map(text);
    // A mark is about no revision; its word is one.
    let about = match has_note {
        true => format!("CASE {direction} WHEN 'mark' THEN {} ELSE {revision} END", text("note")),
        false => revision,
    };
    let checksum = match has_checksum {
        true => format!("coalesce(CAST(checksum AS {}), '{NO_CHECKSUM}')", text_type(dialect)),
        false => format!("CASE WHEN checksum IS NULL THEN '{NO_CHECKSUM}' ELSE '{UNREAD}' END"),
    };
    match dialect {
        Dialect::Postgres => format!(
            "SELECT string_agg(concat_ws(' ', {id}, {format}, {direction}, {status}, {checksum}, {about}), chr(10)) FROM {name}"
        ),
        // `printf` makes text of everything, and of NULL none.
        Dialect::Sqlite => {
            let about = match has_note {
                true => "CASE direction WHEN 'mark' THEN note ELSE revision END",
                false => "revision",
            };
            format!(
                "SELECT group_concat(printf('%d %d %s %s %s %s', id, format, direction, status, {checksum}, {about}), char(10)) \
                 FROM {name}"
            )
        }
        Dialect::Mysql | Dialect::Mariadb => format!(
            "SELECT CAST(concat_ws(' ', {id}, {format}, {direction}, {status}, {checksum}, {about}) AS CHAR) FROM {name}"
        ),
    }
}

/// Whether a run has logged this step as done.
pub(super) fn holds(
    database: &mut dyn Database,
    options: &Options,
    run: &str,
    revision: &str,
    direction: &str,
) -> Result<bool, DatabaseError> {
    let dialect = database.dialect();
    let sql = format!(
        "SELECT '1' FROM {} WHERE run = {} AND revision = {} AND direction = '{direction}' AND status = 'done'",
        sql_name(dialect, &options.log_table)?,
        literal(dialect, run),
        literal(dialect, revision)
    );
    Ok(!database.query(&sql)?.is_empty())
}

/// A revision that the log calls applied.
pub(super) struct Logged<'l> {
    /// The row that says so.
    pub(super) row: Row<'l>,
    /// What its ops came to then, or when somebody last vouched for them.
    pub(super) checksum: Option<&'l str>,
    /// Whether somebody vouched that it is right that the chain has it no longer.
    pub(super) may_be_gone: bool,
}

/// What the rows say is applied.
pub(super) fn applied(log: &Log) -> BTreeSet<RevisionId> {
    log.logged().map(|logged| RevisionId::from(logged.row.revision)).collect()
}

/// The word that the database was last marked with.
pub(super) fn mark(log: &Log) -> Option<&str> {
    log.done().rfind(|row| row.direction == "mark").and_then(|row| row.note)
}

/// Writes down what another tool did before or beside us, so that the log is whole.
pub(super) fn external(
    database: &mut dyn Database,
    options: &Options,
    run: &str,
    state: &State,
    applied: &BTreeSet<RevisionId>,
) -> Result<(), Error> {
    let logged = self::applied(&state.log);
    let doing = |source| Error::Database {
        doing: format!("write to the log `{}`", options.log_table),
        source,
    };
    for id in applied.difference(&logged) {
        write(database, options, &NewEntry::declared(run, id, "", "external")).map_err(doing)?;
    }
    // What somebody accepted to be gone from the chain stays applied: its file may come back.
    let by_id = state.log.logged_by_id();
    let is_over = |id: &&RevisionId| by_id.get(id.as_str()).is_none_or(|row| !row.may_be_gone);
    for id in logged.difference(applied).filter(is_over) {
        write(database, options, &NewEntry::declared(run, id, "", "unstamp")).map_err(doing)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rows that a text has, as `revision direction status checksum note`, and the format.
    fn check(text: &str, format: i64, expected: &[&str]) {
        let (highest, lines) = lines(text);
        let log = Log::of(Rows::Lines(text.to_owned(), lines));
        let rows: Vec<String> = log
            .rows()
            .map(|Row { revision, direction, status, checksum, has_checksum, note, .. }| {
                let checksum = checksum.unwrap_or(if has_checksum { "unread" } else { "none" });
                format!("{revision} {direction} {status} {checksum} {}", note.unwrap_or("none"))
            })
            .collect();
        assert_eq!((highest, rows), (format, expected.iter().map(|&row| row.to_owned()).collect()));
    }

    #[test]
    fn a_line_is_a_row() {
        check("", 0, &[]);
        check("7 1 upgrade done v1:ab 3f2a", 1, &["3f2a upgrade done v1:ab none"]);
        check("7 1 upgrade done + 3f2a", 1, &["3f2a upgrade done unread none"]);
        check("7 2 stamp done - 3f2a", 2, &["3f2a stamp done none none"]);
        check("7 2 mark done - production", 2, &[" mark done none production"]);
        check("7 2 mark done - ", 2, &[" mark done none none"]);
        // In whatever order they come, and with an id as Alembic's can be.
        check(
            "10 1 upgrade done + b c\n9 3 upgrade failed + a",
            3,
            &["a upgrade failed unread none", "b c upgrade done unread none"],
        );
        // What no version of ours has written.
        check("\n\nx\n1 \n1 1\n", 0, &[]);
        check("  upgrade done - 3f2a", 0, &["3f2a upgrade done none none"]);
        check("1 1  done - ", 1, &["  done none none"]);
        check("1 1 later", 1, &[" later   none"]);
    }
}
