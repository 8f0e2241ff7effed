//! The first lines of an `.up.sql` file, which say what `#[migration(…)]` says in Rust.
//!
//! ```text
//! -- revision: 3f2a9c41b7d0, down_revision: ae1027a6acf0
//! -- irreversible: the old prices are gone
//! -- Add notes to orders
//! ```
//!
//! Keys stand on the first line and on those that follow it directly; the comment lines behind them are the
//! message.

use std::ops::Range;
use std::time::Duration;

use super::{Half, SqlFault};
use crate::duration;
use crate::nearest;
use crate::revision::{check_id, check_label};

/// Everything a pair of SQL files says about itself, except its message.
#[derive(Clone, Debug)]
pub struct SqlHeader {
    /// The id of this revision.
    pub revision: Word,
    /// The revisions before this one: none at a root, two or more at a merge.
    pub down_revision: Vec<Word>,
    /// Where the value of `down_revision` stands, in bytes.
    pub down_revision_range: Range<usize>,
    /// Ids or labels that must be applied before this one.
    pub depends_on: Vec<Word>,
    /// Names of the branch that begins here.
    pub branch_labels: Vec<Word>,
    /// Whether the migration runs inside one transaction.
    pub transaction: bool,
    /// Why there is no way back, where there is none.
    pub irreversible: Option<Word>,
    /// What breaks in programs that still run on the schema before.
    pub breaking: Option<Word>,
    /// Tables and columns whose rows or values do not survive the way there and back.
    pub loses: Vec<Word>,
    /// How long its statements wait for a lock at first.
    pub lock_timeout: Option<Duration>,
    /// How long its statements may take.
    pub statement_timeout: Option<Duration>,
    /// Schemas, where one is said, and names of the tables that the catalog no longer vouches for.
    pub opaque: Vec<(Option<String>, String)>,
    /// Whether no statement of the pair changes a schema.
    pub declares_nothing: bool,
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// What it says.
    pub value: String,
    /// Its line, from 1.
    pub line: usize,
    /// Its column, from 1.
    pub column: usize,
}

/// What is read of the header: the keys, and the lines behind them as they are.
pub(super) struct Top {
    pub(super) header: SqlHeader,
    pub(super) message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Revision,
    DownRevision,
    DependsOn,
    BranchLabels,
    Transaction,
    Irreversible,
    Breaking,
    Loses,
    LockTimeout,
    StatementTimeout,
    Opaque,
    DeclaresNothing,
}

const KEYS: [Key; 12] = [
    Key::Revision,
    Key::DownRevision,
    Key::DependsOn,
    Key::BranchLabels,
    Key::Transaction,
    Key::Irreversible,
    Key::Breaking,
    Key::Loses,
    Key::LockTimeout,
    Key::StatementTimeout,
    Key::Opaque,
    Key::DeclaresNothing,
];

impl Key {
    fn named(name: &str) -> Option<Key> {
        KEYS.into_iter().find(|key| key.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Key::Revision => "revision",
            Key::DownRevision => "down_revision",
            Key::DependsOn => "depends_on",
            Key::BranchLabels => "branch_labels",
            Key::Transaction => "transaction",
            Key::Irreversible => "irreversible",
            Key::Breaking => "breaking",
            Key::Loses => "loses",
            Key::LockTimeout => "lock_timeout",
            Key::StatementTimeout => "statement_timeout",
            Key::Opaque => "opaque",
            Key::DeclaresNothing => "declares_nothing",
        }
    }

    /// What a person would write.
    fn example(self) -> &'static str {
        match self {
            Key::Revision => "revision: 3f2a9c41b7d0",
            Key::DownRevision => {
                "down_revision: ae1027a6acf0, a list of them at a merge, None at a root"
            }
            Key::DependsOn => "depends_on: [ae1027a6acf0]",
            Key::BranchLabels => "branch_labels: [reports]",
            Key::Transaction => "transaction: false",
            Key::Irreversible => "irreversible: the old prices are gone",
            Key::Breaking => "breaking: programs that still read `orders.price`",
            Key::Loses => "loses: [orders.price]",
            Key::LockTimeout => "lock_timeout: 10s",
            Key::StatementTimeout => "statement_timeout: 5min",
            Key::Opaque => "opaque: [orders, trading.fills, \"odd name\"]",
            Key::DeclaresNothing => "declares_nothing",
        }
    }

    /// How two values of this key are written as one.
    fn twice(self) -> String {
        let name = self.name();
        match self {
            Key::DownRevision => format!(
                "`{name}` is given twice; a merge lists its parents: {name}: [ae1027a6acf0, 1bbe33445780]"
            ),
            Key::DependsOn | Key::BranchLabels | Key::Loses | Key::Opaque => {
                format!("`{name}` is given twice; put everything into one list: {name}: […, …]")
            }
            Key::Revision
            | Key::Transaction
            | Key::Irreversible
            | Key::Breaking
            | Key::LockTimeout
            | Key::StatementTimeout
            | Key::DeclaresNothing => {
                format!("`{name}` is given twice; take one of the two away")
            }
        }
    }
}

fn unknown(name: &str) -> String {
    let names = KEYS.map(Key::name);
    match nearest(name, names) {
        Some(meant) => format!("there is no key `{name}`; did you mean `{meant}`?"),
        None => format!("there is no key `{name}`; a migration takes {}", names.join(", ")),
    }
}

/// What has been read so far.
#[derive(Default)]
struct Draft {
    seen: Vec<Key>,
    revision: Option<Word>,
    down_revision: Option<(Vec<Word>, Range<usize>)>,
    depends_on: Vec<Word>,
    branch_labels: Vec<Word>,
    transaction: Option<bool>,
    irreversible: Option<Word>,
    breaking: Option<Word>,
    loses: Vec<Word>,
    lock_timeout: Option<Duration>,
    statement_timeout: Option<Duration>,
    opaque: Vec<(Option<String>, String)>,
    declares_nothing: Option<Word>,
    message: Vec<String>,
}

/// Reads the comment lines at the top of an `.up.sql` file; `text` has no byte order mark.
pub(super) fn read(text: &str) -> Result<Top, Vec<SqlFault>> {
    let mut draft = Draft::default();
    let mut faults = Vec::new();
    let mut at = 0;
    let mut is_header = true;
    for (number, whole) in text.split_inclusive('\n').enumerate() {
        let start = at;
        at += whole.len();
        let trimmed = whole.trim_end();
        let indent = trimmed.len() - trimmed.trim_start().len();
        let Some(comment) = trimmed.trim_start().strip_prefix("--") else { break };
        let mut line = Line {
            text: comment,
            at: 0,
            number: number + 1,
            before: trimmed[..indent].chars().count() + 2,
            start: start + indent + 2,
        };
        line.blank();
        is_header &= number == 0 || line.is_keys();
        if is_header {
            line.keys(&mut draft, &mut faults);
        } else {
            let start = line.at;
            if let Some(key) = line.key().and_then(Key::named)
                && line.starts_with(":")
            {
                let message = format!(
                    "`{}` stands below the message; keys come first, directly below the first line",
                    key.name()
                );
                faults.push(line.fault_at(start, message));
            }
            draft.message.push(comment.trim().to_owned());
        }
    }
    draft.finish(faults)
}

impl Draft {
    fn finish(self, mut faults: Vec<SqlFault>) -> Result<Top, Vec<SqlFault>> {
        let labels = self.branch_labels.iter().map(|label| (label, check_label(&label.value)));
        let ids = self.revision.iter().map(|id| (id, check_id(&id.value)));
        for (word, checked) in ids.chain(labels) {
            if let Err(fault) = checked {
                faults.push(word.fault(fault.to_string()));
            }
        }
        if let Some(word) = self.declares_nothing.as_ref().filter(|_| !self.opaque.is_empty()) {
            faults.push(word.fault(
                "`declares_nothing` says that no schema is changed, `opaque` that tables are; take one of the two away",
            ));
        }
        let top = Word { value: String::new(), line: 1, column: 1 };
        if faults.is_empty() && self.revision.is_none() {
            faults.push(top.fault(format!(
                "`revision` is missing; the first line gives this migration an id of its own: -- {}, down_revision: ae1027a6acf0",
                Key::Revision.example()
            )));
        }
        if faults.is_empty() && self.down_revision.is_none() {
            faults.push(top.fault(
                "`down_revision` is missing; name the revision before this one, \
                 or write down_revision: None where a chain begins",
            ));
        }
        match (self.revision, self.down_revision) {
            (Some(revision), Some((down_revision, down_revision_range))) if faults.is_empty() => {
                let header = SqlHeader {
                    revision,
                    down_revision,
                    down_revision_range,
                    depends_on: self.depends_on,
                    branch_labels: self.branch_labels,
                    transaction: self.transaction.unwrap_or(true),
                    irreversible: self.irreversible,
                    breaking: self.breaking,
                    loses: self.loses,
                    lock_timeout: self.lock_timeout,
                    statement_timeout: self.statement_timeout,
                    opaque: self.opaque,
                    declares_nothing: self.declares_nothing.is_some(),
                };
                Ok(Top { header, message: self.message.join("\n").trim().to_owned() })
            }
            _ => Err(faults),
        }
    }
}

impl Word {
    pub(super) fn fault(&self, message: impl Into<String>) -> SqlFault {
        SqlFault { half: Half::Up, line: self.line, column: self.column, message: message.into() }
    }
}

/// One comment line, read from the left.
struct Line<'t> {
    /// What stands behind the dashes.
    text: &'t str,
    /// How far it is read, in bytes.
    at: usize,
    number: usize,
    /// How many characters stand before `text`.
    before: usize,
    /// Where `text` begins in the file, in bytes.
    start: usize,
}

impl<'t> Line<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn blank(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn starts_with(&self, mark: &str) -> bool {
        self.rest().trim_start().starts_with(mark)
    }

    fn skip(&mut self, mark: &str) -> bool {
        self.blank();
        let is_next = self.rest().starts_with(mark);
        if is_next {
            self.at += mark.len();
        }
        is_next
    }

    fn fault_at(&self, at: usize, message: impl Into<String>) -> SqlFault {
        self.word(at, String::new()).fault(message)
    }

    fn word(&self, at: usize, value: String) -> Word {
        let column = self.before + self.text[..at].chars().count() + 1;
        Word { value, line: self.number, column }
    }

    /// The letters that are next.
    fn key(&mut self) -> Option<&'t str> {
        self.blank();
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        self.at += end;
        (end > 0).then(|| &rest[..end])
    }

    /// Whether the line begins with a key, or with what was probably meant as one.
    fn is_keys(&self) -> bool {
        let mut line = Line { ..*self };
        let Some(key) = line.key() else { return false };
        let is_alone = line.rest().trim().is_empty() || line.starts_with(",");
        match Key::named(key) {
            Some(Key::DeclaresNothing) => is_alone || line.starts_with(":"),
            Some(_) => line.starts_with(":"),
            None => line.starts_with(":") && nearest(key, KEYS.map(Key::name)).is_some(),
        }
    }

    /// Reads every key of the line. Behind a fault the rest of it would be guesses.
    fn keys(&mut self, draft: &mut Draft, faults: &mut Vec<SqlFault>) {
        loop {
            if let Err(fault) = self.pair(draft) {
                faults.push(fault);
                return;
            }
            if !self.skip(",") {
                break;
            }
            if self.rest().trim().is_empty() {
                return;
            }
        }
        if !self.rest().trim().is_empty() {
            faults.push(self.fault_at(self.at, "a comma is missing before this"));
        }
    }

    fn pair(&mut self, draft: &mut Draft) -> Result<(), SqlFault> {
        self.blank();
        let at = self.at;
        let Some(name) = self.key() else {
            let message = format!(
                "write a key and its value here: -- {}, down_revision: ae1027a6acf0",
                Key::Revision.example()
            );
            return Err(self.fault_at(at, message));
        };
        let Some(key) = Key::named(name) else {
            // A first line that is no header at all.
            let message = match self.number == 1 && !self.starts_with(":") {
                true => format!(
                    "the first line says which revision this is: -- {}, down_revision: ae1027a6acf0",
                    Key::Revision.example()
                ),
                false => unknown(name),
            };
            return Err(self.fault_at(at, message));
        };
        if draft.seen.contains(&key) {
            return Err(self.fault_at(at, key.twice()));
        }
        draft.seen.push(key);
        if key == Key::DeclaresNothing {
            if self.starts_with(":") {
                return Err(self.fault_at(at, "`declares_nothing` takes no value"));
            }
            draft.declares_nothing = Some(self.word(at, String::new()));
            return Ok(());
        }
        if !self.skip(":") {
            let message = format!("`{name}` takes a value: {}", key.example());
            return Err(self.fault_at(at, message));
        }
        self.blank();
        let value = self.at;
        match key {
            Key::Revision => draft.revision = Some(self.one(key)?),
            Key::DownRevision => {
                let parents = match self.skip("None") {
                    true => Vec::new(),
                    false => self.list(key)?,
                };
                if parents.is_empty() && self.text[value..self.at].starts_with('[') {
                    return Err(self.fault_at(value, "a root says down_revision: None"));
                }
                draft.down_revision = Some((parents, self.start + value..self.start + self.at));
            }
            Key::DependsOn => draft.depends_on = self.list(key)?,
            Key::BranchLabels => draft.branch_labels = self.list(key)?,
            Key::Transaction => {
                let word = self.one(key)?;
                draft.transaction = Some(match word.value.as_str() {
                    "true" => true,
                    "false" => false,
                    _ => {
                        return Err(word.fault(format!("`{name}` is written {}", key.example())));
                    }
                });
            }
            Key::Irreversible => draft.irreversible = Some(self.reason(key)?),
            Key::Breaking => draft.breaking = Some(self.reason(key)?),
            Key::Loses => draft.loses = self.list(key)?,
            Key::LockTimeout => draft.lock_timeout = Some(self.time(key)?),
            Key::StatementTimeout => draft.statement_timeout = Some(self.time(key)?),
            Key::Opaque => draft.opaque = self.tables(key)?,
            Key::DeclaresNothing => {}
        }
        Ok(())
    }

    /// A span of time.
    fn time(&mut self, key: Key) -> Result<Duration, SqlFault> {
        let word = self.one(key)?;
        duration::parse(&word.value)
            .ok_or_else(|| word.fault(format!("`{}` takes {}", key.name(), duration::EXAMPLE)))
    }

    /// A word, or text in quotes.
    fn one(&mut self, key: Key) -> Result<Word, SqlFault> {
        self.blank();
        let at = self.at;
        let rest = self.rest();
        let written = || format!("`{}` is written {}", key.name(), key.example());
        if rest.starts_with('"') {
            let value = self.quoted().ok_or_else(|| self.fault_at(at, UNCLOSED_QUOTE))?;
            return Ok(self.word(at, value));
        }
        let end = rest.find([',', '[', ']', '"', ' ', '\t']).unwrap_or(rest.len());
        if end == 0 {
            return Err(self.fault_at(at, written()));
        }
        self.at += end;
        Ok(self.word(at, rest[..end].to_owned()))
    }

    /// Text in quotes, with those inside doubled, as in SQL.
    fn quoted(&mut self) -> Option<String> {
        let mut value = String::new();
        let mut rest = self.rest().strip_prefix('"')?;
        loop {
            let end = rest.find('"')?;
            value.push_str(&rest[..end]);
            rest = &rest[end + 1..];
            match rest.strip_prefix('"') {
                Some(more) => {
                    value.push('"');
                    rest = more;
                }
                None => {
                    self.at = self.text.len() - rest.len();
                    return Some(value);
                }
            }
        }
    }

    /// One value, or several in brackets.
    fn list(&mut self, key: Key) -> Result<Vec<Word>, SqlFault> {
        self.each(|line| line.one(key))
    }

    fn each<T>(
        &mut self,
        mut one: impl FnMut(&mut Self) -> Result<T, SqlFault>,
    ) -> Result<Vec<T>, SqlFault> {
        self.blank();
        let at = self.at;
        if !self.skip("[") {
            return Ok(vec![one(self)?]);
        }
        let mut items = Vec::new();
        loop {
            if self.skip("]") {
                return Ok(items);
            }
            if self.rest().trim().is_empty() {
                return Err(self.fault_at(at, "this list has no end; write a `]` on the same line"));
            }
            items.push(one(self)?);
            if !self.skip(",") && !self.starts_with("]") && !self.rest().trim().is_empty() {
                self.blank();
                return Err(self.fault_at(self.at, "a comma is missing before this"));
            }
        }
    }

    /// Names of tables: `orders`, `trading.orders`, `"odd name"`.
    fn tables(&mut self, key: Key) -> Result<Vec<(Option<String>, String)>, SqlFault> {
        let at = self.at;
        let tables = self.each(|line| {
            let mut parts = Vec::new();
            loop {
                line.blank();
                let start = line.at;
                if line.rest().starts_with('"') {
                    parts.push(line.quoted().ok_or_else(|| line.fault_at(start, UNCLOSED_QUOTE))?);
                } else {
                    let rest = line.rest();
                    let end = rest.find([',', '[', ']', '"', '.', ' ', '\t']).unwrap_or(rest.len());
                    if end == 0 {
                        let message = format!("`opaque` is written {}", Key::Opaque.example());
                        return Err(line.fault_at(start, message));
                    }
                    line.at += end;
                    parts.push(rest[..end].to_owned());
                }
                if !line.rest().starts_with('.') {
                    let name = parts.pop().unwrap_or_default();
                    return Ok((parts.pop(), name));
                }
                line.at += 1;
            }
        })?;
        match tables.is_empty() {
            true => {
                Err(self.fault_at(at, format!("`{}` names tables: {}", key.name(), key.example())))
            }
            false => Ok(tables),
        }
    }

    /// Words for people: up to the end of the line, or to the next key.
    fn reason(&mut self, key: Key) -> Result<Word, SqlFault> {
        let at = self.at;
        let rest = self.rest();
        let value = if rest.starts_with('"') {
            self.quoted().ok_or_else(|| self.fault_at(at, UNCLOSED_QUOTE))?
        } else {
            let commas = rest.match_indices(',').map(|(comma, _)| comma);
            let is_next_key = |comma: &usize| {
                let mut next = Line { at: at + comma + 1, ..*self };
                match next.key().and_then(Key::named) {
                    Some(Key::DeclaresNothing) => {
                        next.rest().trim().is_empty() || next.starts_with(",")
                    }
                    Some(_) => next.starts_with(":"),
                    None => false,
                }
            };
            let end = commas.into_iter().find(is_next_key).unwrap_or(rest.len());
            self.at += end;
            rest[..end].trim().to_owned()
        };
        if value.trim().is_empty() {
            let message =
                format!("`{}` is for the people who read it; write {}", key.name(), key.example());
            return Err(self.fault_at(at, message));
        }
        Ok(self.word(at, value))
    }
}

const UNCLOSED_QUOTE: &str = "a quote here is not closed";

#[cfg(test)]
mod tests {
    use super::*;

    /// What the header says, or each fault with its place.
    fn check(text: &str, expected: &str) {
        let words = |words: &[Word]| {
            words.iter().map(|word| word.value.as_str()).collect::<Vec<_>>().join(",")
        };
        let found = match read(text) {
            Ok(Top { header: h, message }) => {
                let opaque = h.opaque.iter().map(|(schema, name)| match schema {
                    Some(schema) => format!("{schema}/{name}"),
                    None => name.clone(),
                });
                let opaque = opaque.collect::<Vec<_>>().join("|");
                let mut found = format!("{} <- {}", h.revision.value, words(&h.down_revision));
                for (key, value) in [
                    ("needs", words(&h.depends_on)),
                    ("labels", words(&h.branch_labels)),
                    ("irreversible", h.irreversible.map_or(String::new(), |w| w.value)),
                    ("breaking", h.breaking.map_or(String::new(), |w| w.value)),
                    ("loses", words(&h.loses)),
                    ("opaque", opaque),
                    ("says", message.replace('\n', "/")),
                ] {
                    if !value.is_empty() {
                        found.push_str(&format!(" {key} {value}"));
                    }
                }
                if !h.transaction {
                    found.push_str(" loose");
                }
                if h.declares_nothing {
                    found.push_str(" nothing");
                }
                found
            }
            Err(faults) => {
                let faults = faults
                    .iter()
                    .map(|fault| format!("{}:{}: {}", fault.line, fault.column, fault.message));
                faults.collect::<Vec<_>>().join("\n")
            }
        };
        let is_expected = match expected.strip_suffix('…') {
            Some(start) => found.starts_with(start),
            None => found == expected,
        };
        assert!(is_expected, "{text}\n  expected {expected}\n  found    {found}");
    }

    #[test]
    fn every_key_is_read() {
        check("-- revision: a, down_revision: None", "a <- ");
        check("--revision:b,down_revision:a\nCREATE TABLE", "b <- a");
        check(
            "-- revision: b, down_revision: a, loses: [orders.price, users]",
            "b <- a loses orders.price,users",
        );
        check(
            "-- revision: m, down_revision: [a, b]\r\n-- Merge\r\n--\r\n-- both\r\n",
            "m <- a,b says Merge//both",
        );
        check(
            "-- revision: b, down_revision: a\n-- depends_on: [x], branch_labels: [y, z], transaction: false\n-- Add notes\n\n-- not said\n",
            "b <- a needs x labels y,z says Add notes loose",
        );
        check(
            "-- revision: b, down_revision: a, irreversible: gone, sorry: really, breaking: all of it, declares_nothing\n-- Note: prices",
            "b <- a irreversible gone, sorry: really breaking all of it says Note: prices nothing",
        );
        check(
            "-- revision: \"b\", down_revision: \"a\", opaque: [orders, trading.fills, \"odd, \"\"name\", s.\"x.y\"],",
            "b <- a opaque orders|trading/fills|odd, \"name|s/x.y",
        );
        check("-- revision: b, down_revision: a, opaque: orders", "b <- a opaque orders");
    }

    #[test]
    fn one_mistake_is_one_fault_at_its_word() {
        let check_more = |more: &str, expected: &str| {
            check(&format!("-- revision: a, down_revision: None, {more}"), expected);
        };
        check("", "1:1: `revision` is missing; the first line gives…");
        check("CREATE TABLE a (b int);", "1:1: `revision` is missing…");
        check(
            "-- Add notes",
            "1:4: the first line says which revision this is: -- revision: 3f2a9c41b7d0, …",
        );
        check(
            "-- revision: a",
            "1:1: `down_revision` is missing; name the revision before this one, or write down_revision: None where a chain begins",
        );
        check("-- down_revision: a", "1:1: `revision` is missing…");
        check(
            "-- revison: a, down_revision: b",
            "1:4: there is no key `revison`; did you mean `revision`?",
        );
        check("-- revision a", "1:4: `revision` takes a value: revision: 3f2a9c41b7d0");
        check(
            "-- revision: , down_revision: b",
            "1:14: `revision` is written revision: 3f2a9c41b7d0",
        );
        check("-- revision: a-b, down_revision: b", "1:14: the name has a `-`…");
        check("-- revision: a down_revision: b", "1:16: a comma is missing before this");
        check("-- revision: a, down_revision: []", "1:32: a root says down_revision: None");
        check("-- revision: a, down_revision: [b, c", "1:32: this list has no end…");
        check("-- revision: a, down_revision: [b c]", "1:35: a comma is missing before this");
        check_more("comment: 1", "1:38: there is no key `comment`; a migration takes revision, …");
        check_more("revision: b", "1:38: `revision` is given twice; take one of the two away");
        check_more("down_revision: b", "1:38: `down_revision` is given twice; a merge lists…");
        check_more("transaction: no", "1:51: `transaction` is written transaction: false");
        check_more("transaction", "1:38: `transaction` takes a value: transaction: false");
        check_more("irreversible:", "1:51: `irreversible` is for the people who read it…");
        check_more("breaking: \"é", "1:48: a quote here is not closed");
        check_more("opaque: []", "1:46: `opaque` names tables: …");
        check_more("opaque: [a.]", "1:49: `opaque` is written…");
        check_more("declares_nothing: true", "1:38: `declares_nothing` takes no value");
        check_more(
            "opaque: [a], declares_nothing",
            "1:51: `declares_nothing` says that no schema is changed…",
        );
        check_more(", ", "1:38: write a key and its value here…");
        check_more(
            "breaking: é\n-- tranaction: false",
            "2:4: there is no key `tranaction`; did you mean `transaction`?",
        );
        check_more(
            "\n-- Add notes\n-- transaction: false",
            "3:4: `transaction` stands below the message…",
        );
    }

    proptest::proptest! {
        #[test]
        fn any_text_at_all_is_read(text in "(-- )?(revision|opaque|breaking|declares_nothing)?[:,\\[\\]\". a-zé\r\n-]{0,60}") {
            let _ = read(&text);
        }

        #[test]
        fn a_header_that_was_written_is_read_back(id in "[a-z0-9_]{1,12}", name in "[a-z\" .,\\[\\]]{1,12}", why in "[a-z][a-z ,.:é]{0,20}[a-z]") {
            proptest::prop_assume!(check_id(&id).is_ok() && !KEYS.iter().any(|key| why.contains(key.name())));
            let quoted = name.replace('"', "\"\"");
            let text = format!("-- revision: {id}, down_revision: [x, y], opaque: [\"{quoted}\"]\n-- irreversible: {why}\n");
            let top = read(&text).map_err(|faults| proptest::test_runner::TestCaseError::fail(format!("{faults:?}")))?;
            proptest::prop_assert_eq!(top.header.revision.value, id);
            proptest::prop_assert_eq!(top.header.opaque, [(None, name)]);
            proptest::prop_assert_eq!(&text[top.header.down_revision_range], "[x, y]");
            proptest::prop_assert_eq!(top.header.irreversible.map(|word| word.value), Some(why));
        }
    }
}
