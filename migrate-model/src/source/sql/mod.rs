//! A migration that is a pair of SQL files: `add_notes.up.sql`, and `add_notes.down.sql` where there is a way back.
//!
//! What [`SourceFile`](super::SourceFile) is for a file in Rust. A fault has a line and a column of its file,
//! since no compiler has seen it.

mod header;

pub use header::{SqlHeader, Word};

use crate::Dialect;
use crate::revision::{Node, RevisionId};
use crate::sql::{self, Touched};

/// A pair of SQL files, read.
#[derive(Clone, Debug)]
pub struct SqlMigration {
    /// What the first lines say.
    pub header: SqlHeader,
    /// The comment lines behind them, joined.
    pub message: String,
    /// Whether there is a way back.
    pub is_reversible: bool,
}

/// One of the two files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Half {
    /// The way up, with the header.
    Up,
    /// The way back.
    Down,
}

/// A mistake in one of the two files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlFault {
    /// In which.
    pub half: Half,
    /// In which line, from 1.
    pub line: usize,
    /// At which character of it, from 1.
    pub column: usize,
    /// What is wrong and what to write instead.
    pub message: String,
}

/// What the name of a file in the folder of migrations says about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileName<'n> {
    /// A migration in Rust, by its stem.
    Rust(&'n str),
    /// Half of a pair, by its stem.
    Sql(&'n str, Half),
    /// Nothing that migrations are made of.
    Other,
}

impl Half {
    /// What the names of such files end with.
    pub fn extension(self) -> &'static str {
        match self {
            Half::Up => ".up.sql",
            Half::Down => ".down.sql",
        }
    }
}

impl<'n> FileName<'n> {
    /// Reads the name of a file.
    ///
    /// ```
    /// use migrate_model::source::{FileName, Half};
    ///
    /// assert_eq!(FileName::read("a_b.up.sql"), FileName::Sql("a_b", Half::Up));
    /// assert_eq!(FileName::read("a.rs"), FileName::Rust("a"));
    /// assert_eq!(FileName::read(".a.rs"), FileName::Other);
    /// ```
    pub fn read(name: &'n str) -> FileName<'n> {
        let half = |half: Half| Some((name.strip_suffix(half.extension())?, half));
        match (name.strip_suffix(".rs"), half(Half::Up).or_else(|| half(Half::Down))) {
            _ if name.starts_with('.') => FileName::Other,
            (Some(stem), _) => FileName::Rust(stem),
            (None, Some((stem, half))) => FileName::Sql(stem, half),
            (None, None) => FileName::Other,
        }
    }
}

/// What is said of a `.down.sql` file without the other half.
pub fn down_alone(stem: &str) -> String {
    format!(
        "`{stem}.down.sql` has no way up beside it: write `{stem}.up.sql`, whose first line says \
         which revision it is"
    )
}

/// What is said of a pair beside a migration in Rust of the same name.
pub fn twin(stem: &str) -> String {
    format!(
        "`{stem}.up.sql` and `{stem}.rs` have one name: give one of them another, or move SQL that \
         the Rust file includes to a folder beside this one"
    )
}

impl SqlMigration {
    /// Reads the header alone, whatever the statements are: also of a pair that is yet to be filled.
    ///
    /// # Errors
    ///
    /// Every fault of the header.
    pub fn outline(up: &str) -> Result<SqlMigration, Vec<SqlFault>> {
        let marked = up.len() - unmarked(up).len();
        let header::Top { mut header, message } = header::read(unmarked(up))?;
        let range = header.down_revision_range;
        header.down_revision_range = range.start + marked..range.end + marked;
        let is_reversible = header.irreversible.is_none();
        Ok(SqlMigration { header, message, is_reversible })
    }

    /// Reads the texts of a pair; `stem` is the name that both share.
    ///
    /// # Errors
    ///
    /// Every fault of the header; where it has none, those of the statements and of the pair.
    pub fn read(stem: &str, up: &str, down: Option<&str>) -> Result<SqlMigration, Vec<SqlFault>> {
        let (up, down) = (unmarked(up), down.map(unmarked));
        let header::Top { header, message } = header::read(up)?;
        let mut faults = statements(Half::Up, up, &header);
        if faults.is_empty() && sql::ranges(up).is_empty() {
            faults.push(header.revision.fault(format!(
                "`{stem}.up.sql` has no statement; write what it does below the header"
            )));
        }
        match (down, &header.irreversible) {
            (Some(_), Some(irreversible)) => faults.push(irreversible.fault(format!(
                "`irreversible` says that there is no way back, but there is a `{stem}.down.sql`; \
                 take one of the two away"
            ))),
            (Some(down), None) => {
                faults.extend(statements(Half::Down, down, &header));
                if sql::ranges(down).is_empty() && !undoes_nothing(down) {
                    faults.push(SqlFault {
                        half: Half::Down,
                        line: 1,
                        column: 1,
                        message: format!(
                            "`{stem}.down.sql` has no statement; write how to take the migration back, \
                             or the line `-- {UNDO_NOTHING}` where there is nothing to take back"
                        ),
                    });
                }
            }
            (None, Some(_)) => {}
            (None, None) => faults.push(header.revision.fault(format!(
                "nothing says how to take this back: write `{stem}.down.sql`, or say \
                 `irreversible: why` in the header"
            ))),
        }
        match faults.is_empty() {
            true => Ok(SqlMigration { header, message, is_reversible: down.is_some() }),
            false => Err(faults),
        }
    }

    /// The migration as the graph sees it.
    pub fn node(&self, file: String) -> Node {
        let header = &self.header;
        let values = |words: &[Word]| words.iter().map(|word| word.value.clone()).collect();
        Node {
            id: RevisionId::from(header.revision.value.as_str()),
            down_revision: (header.down_revision.iter())
                .map(|word| RevisionId::from(word.value.as_str()))
                .collect(),
            depends_on: values(&header.depends_on),
            branch_labels: values(&header.branch_labels),
            message: self.message.clone().into(),
            file: file.into(),
        }
    }
}

/// What an empty `.down.sql` says where that is meant.
const UNDO_NOTHING: &str = "undo_nothing";

fn undoes_nothing(down: &str) -> bool {
    down.lines().any(|line| line.trim().strip_prefix("--").map(str::trim) == Some(UNDO_NOTHING))
}

/// The text without the mark that some editors put before it.
pub(super) fn unmarked(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// What is wrong with the statements of one file.
fn statements(half: Half, text: &str, header: &SqlHeader) -> Vec<SqlFault> {
    let mut faults = Vec::new();
    for range in sql::ranges(text) {
        let statement = sql::bare(&text[range.clone()]);
        let message = match sql::touched(Dialect::Postgres, statement) {
            Touched::Transaction => Some(format!(
                "`{}` begins or ends a transaction, which is the runner's to do; take it away, and say \
                 `transaction: false` in the header where statements can't run in one, such as \
                 CREATE INDEX CONCURRENTLY",
                first_words(statement)
            )),
            _ if header.transaction && forbids_transaction(statement) => Some(format!(
                "`{}` can't run inside a transaction; say `transaction: false` in the header",
                first_words(statement)
            )),
            Touched::Untold if header.opaque.is_empty() && !header.declares_nothing => {
                Some(format!(
                    "what `{}` does to the schema can't be told; name the tables that it changes in the \
                     header, `opaque: [orders]`, or say `declares_nothing` there",
                    first_words(statement)
                ))
            }
            Touched::Untold | Touched::Things(_) => None,
        };
        let start = range.end - statement.len();
        let before = &text[..start];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        faults.extend(message.map(|message| SqlFault {
            half,
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message,
        }));
    }
    faults
}

/// Whether the databases refuse a statement of this text inside a transaction.
pub fn needs_no_transaction(text: &str) -> bool {
    sql::statements(unmarked(text)).into_iter().map(sql::bare).any(forbids_transaction)
}

fn forbids_transaction(statement: &str) -> bool {
    let words: Vec<String> =
        words(statement).map(|word| word.to_ascii_uppercase()).take(4).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["CREATE" | "DROP" | "REINDEX", rest @ ..] => {
            rest.contains(&"CONCURRENTLY") || matches!(rest, ["DATABASE" | "TABLESPACE", ..])
        }
        ["VACUUM", ..] | ["ALTER", "SYSTEM", ..] => true,
        _ => false,
    }
}

fn words(statement: &str) -> impl Iterator<Item = &str> {
    let words = sql::tokens(statement).into_iter();
    let words = words.filter(|token| token.kind == sql::TokenKind::Word);
    words.map(|token| &statement[token.range])
}

/// As much of a statement as a message bears.
fn first_words(statement: &str) -> String {
    let words = statement.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "-- revision: b, down_revision: a\n";

    /// `id | the way back`, or each fault with its place.
    fn check(up: &str, down: Option<&str>, expected: &str) {
        let found = match SqlMigration::read("x", up, down) {
            Ok(migration) => format!(
                "{} {:?}{}",
                migration.header.revision.value,
                migration.message,
                if migration.is_reversible { " and back" } else { "" }
            ),
            Err(faults) => {
                let faults = faults.iter().map(|fault| {
                    let file = fault.half.extension();
                    format!("x{file}:{}:{}: {}", fault.line, fault.column, fault.message)
                });
                faults.collect::<Vec<_>>().join("\n")
            }
        };
        let is_expected = found == expected
            || expected.strip_suffix('…').is_some_and(|start| found.starts_with(start));
        assert!(is_expected, "{up}\n  expected {expected}\n  found    {found}");
    }

    #[test]
    fn a_pair_is_read() {
        let up = |rest: &str| format!("{HEADER}{rest}");
        check(
            &up("-- Add a\nCREATE TABLE a (b int);"),
            Some("DROP TABLE a;"),
            "b \"Add a\" and back",
        );
        let marked =
            format!("\u{feff}{}", up("-- Add a\nCREATE TABLE a (b int);")).replace('\n', "\r\n");
        check(&marked, Some("\u{feff}DROP TABLE a;\r\n"), "b \"Add a\" and back");
        check(&up("UPDATE a SET b = 1"), Some("-- undo_nothing"), "b \"\" and back");
        check("-- revision: b, down_revision: a, irreversible: no\nDROP TABLE a", None, "b \"\"");
        check(
            "-- revision: b, down_revision: a, opaque: [a]\nDO $$;$$",
            Some("CALL f()"),
            "b \"\" and back",
        );
        check(
            "-- revision: b, down_revision: a, transaction: false\nVACUUM",
            Some("-- undo_nothing"),
            "b \"\" and back",
        );
    }

    #[test]
    fn one_mistake_is_one_fault_at_its_place() {
        let up = |rest: &str| format!("{HEADER}{rest}");
        let back = Some("DROP TABLE a");
        check("SELECT 1", None, "x.up.sql:1:1: `revision` is missing…");
        check(&up(""), back, "x.up.sql:1:14: `x.up.sql` has no statement; …");
        check(
            &up("-- Add a\n-- all of it\n"),
            back,
            "x.up.sql:1:14: `x.up.sql` has no statement; …",
        );
        check(
            &up("SELECT 1"),
            None,
            "x.up.sql:1:14: nothing says how to take this back: write `x.down.sql`, or say `irreversible: why` in the header",
        );
        check(&up("SELECT 1"), Some("\n"), "x.down.sql:1:1: `x.down.sql` has no statement; …");
        check(
            "-- revision: b, down_revision: a, irreversible: no\nSELECT 1",
            back,
            "x.up.sql:1:49: `irreversible` says that there is no way back, but there is a `x.down.sql`; take one of the two away",
        );
        check(
            &up("SELECT 1;\n  COMMIT;"),
            back,
            "x.up.sql:3:3: `COMMIT` begins or ends a transaction, …",
        );
        check(&up("SELECT 1"), Some("SELECT 1; BEGIN"), "x.down.sql:1:11: `BEGIN` begins or ends…");
        check(
            &up("SELECT 1;\n/* é */ DO $$;$$"),
            back,
            "x.up.sql:3:9: what `DO $$;$$` does to the schema can't be told; …",
        );
        check(
            &up("CREATE UNIQUE INDEX CONCURRENTLY i ON a (b)"),
            back,
            "x.up.sql:2:1: `CREATE UNIQUE INDEX CONCURRENTLY i ON a …` can't run inside a transaction; say `transaction: false` in the header",
        );
        check(
            &up("DROP INDEX concurrently i"),
            back,
            "x.up.sql:2:1: `DROP INDEX concurrently i` can't run inside…",
        );
    }

    #[test]
    fn two_mistakes_are_two_faults() {
        check(
            &format!("{HEADER}COMMIT; COMMIT"),
            Some("DROP TABLE a"),
            "x.up.sql:2:1: `COMMIT` begins or ends a transaction, which is the runner's to do; take it away, and say `transaction: false` in the header where statements can't run in one, such as CREATE INDEX CONCURRENTLY\nx.up.sql:2:9: …",
        );
    }
}
