//! Reading SQL text as far as a migration tool must: words, strings, comments, statements.
//!
//! One lexer serves three questions: where does a statement end, what kind of statement is it, and
//! does an expression name a column. It knows the quoting of all three databases: `'…'` with doubled
//! quotes, `E'…'` with backslashes, `$tag$…$tag$`, `"…"`, `` `…` ``, `--` and nested `/* */`.
//! It never judges whether the SQL is right; that is the database's business.

mod touched;

use std::ops::Range;

pub use touched::{Thing, Touched, touched};

/// What a piece of SQL text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A bare word: a keyword, or an identifier without quotes.
    Word,
    /// `"…"` or `` `…` ``.
    Quoted,
    /// `'…'`, `E'…'` or `$tag$…$tag$`.
    Text,
    /// A number.
    Number,
    /// White space or a comment.
    Blank,
    /// Any other single character.
    Mark,
}

/// A piece of SQL text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it stands, in bytes.
    pub range: Range<usize>,
}

/// Splits SQL text into tokens; together they cover all of it, also where a quote is never closed.
///
/// ```
/// use migrate_model::sql::{tokens, TokenKind};
///
/// let sql = "SELECT 'it''s'";
/// let kinds: Vec<_> = tokens(sql).into_iter().map(|token| token.kind).collect();
/// assert_eq!(kinds, [TokenKind::Word, TokenKind::Blank, TokenKind::Text]);
/// ```
pub fn tokens(sql: &str) -> Vec<Token> {
    let bytes = sql.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let (kind, end) = next(sql, at);
        tokens.push(Token { kind, range: at..end });
        at = end;
    }
    tokens
}

/// [`tokens`] as SQLite reads them: `[…]` is a name, comments don't nest, and neither `E'…'` nor `$…$` is text.
///
/// ```
/// use migrate_model::sql::{sqlite_tokens, TokenKind};
///
/// let kinds: Vec<_> = sqlite_tokens("[it's] 'x\\'").into_iter().map(|token| token.kind).collect();
/// assert_eq!(kinds, [TokenKind::Quoted, TokenKind::Blank, TokenKind::Text]);
/// ```
pub fn sqlite_tokens(sql: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    let until = |at: usize, end: &str| sql[at..].find(end).map(|length| at + length + end.len());
    while at < sql.len() {
        let rest = &sql[at..];
        let (kind, end) = match rest.as_bytes() {
            [b'[', ..] => (TokenKind::Quoted, until(at, "]").unwrap_or(sql.len())),
            [b'/', b'*', ..] => (TokenKind::Blank, until(at + 2, "*/").unwrap_or(sql.len())),
            [b'E' | b'e', b'\'', ..] => (TokenKind::Word, at + 1),
            [b'$', ..] => (TokenKind::Mark, at + 1),
            _ => next(sql, at),
        };
        tokens.push(Token { kind, range: at..end });
        at = end;
    }
    tokens
}

fn next(sql: &str, at: usize) -> (TokenKind, usize) {
    let bytes = sql.as_bytes();
    let rest = &sql[at..];
    let first = bytes[at];
    match first {
        b'-' if rest.starts_with("--") => {
            (TokenKind::Blank, at + rest.find('\n').unwrap_or(rest.len()))
        }
        b'/' if rest.starts_with("/*") => (TokenKind::Blank, comment_end(bytes, at)),
        b'\'' => (TokenKind::Text, quote_end(bytes, at, b'\'', false)),
        b'"' | b'`' => (TokenKind::Quoted, quote_end(bytes, at, first, false)),
        b'E' | b'e' if bytes.get(at + 1) == Some(&b'\'') => {
            (TokenKind::Text, quote_end(bytes, at + 1, b'\'', true))
        }
        b'$' => match dollar_end(sql, at) {
            Some(end) => (TokenKind::Text, end),
            None => (TokenKind::Mark, at + 1),
        },
        b'0'..=b'9' => {
            (TokenKind::Number, run(sql, at, |c| c.is_alphanumeric() || c == '.' || c == '_'))
        }
        _ => {
            let c = rest.chars().next().unwrap_or(' ');
            if c.is_whitespace() {
                (TokenKind::Blank, run(sql, at, char::is_whitespace))
            } else if c.is_alphabetic() || c == '_' || !c.is_ascii() {
                (
                    TokenKind::Word,
                    run(sql, at, |c| {
                        c.is_alphanumeric()
                            || c == '_'
                            || c == '$'
                            || !c.is_ascii() && !c.is_whitespace()
                    }),
                )
            } else {
                (TokenKind::Mark, at + c.len_utf8())
            }
        }
    }
}

fn run(sql: &str, at: usize, holds: impl Fn(char) -> bool) -> usize {
    sql[at..].find(|c| !holds(c)).map_or(sql.len(), |length| at + length)
}

fn quote_end(bytes: &[u8], open: usize, quote: u8, backslashes: bool) -> usize {
    let mut at = open + 1;
    while at < bytes.len() {
        if backslashes && bytes[at] == b'\\' {
            at += 2;
        } else if bytes[at] == quote {
            if bytes.get(at + 1) != Some(&quote) {
                return at + 1;
            }
            at += 2;
        } else {
            at += 1;
        }
    }
    bytes.len()
}

fn comment_end(bytes: &[u8], open: usize) -> usize {
    let (mut at, mut depth) = (open, 0);
    while at < bytes.len() {
        match &bytes[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => {
                (depth, at) = (depth - 1, at + 2);
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    bytes.len()
}

fn dollar_end(sql: &str, open: usize) -> Option<usize> {
    let close = open + 1 + sql[open + 1..].find('$')?;
    let tag = &sql[open..=close];
    let inner = &tag[1..tag.len() - 1];
    if inner.starts_with(|c: char| c.is_ascii_digit())
        || inner.contains(|c: char| !c.is_alphanumeric() && c != '_')
    {
        return None;
    }
    Some(sql[close + 1..].find(tag).map_or(sql.len(), |end| close + 1 + end + tag.len()))
}

/// The statements of a text, trimmed, without their semicolons; comments stay with the statement they precede.
///
/// A trigger's `BEGIN … END` body holds semicolons of its own, which end nothing.
///
/// ```
/// use migrate_model::sql::statements;
///
/// assert_eq!(statements("DELETE FROM a; DELETE FROM b;"), ["DELETE FROM a", "DELETE FROM b"]);
/// assert_eq!(statements("SELECT ';' -- one; statement\n"), ["SELECT ';' -- one; statement"]);
/// ```
pub fn statements(sql: &str) -> Vec<&str> {
    ranges(sql).into_iter().map(|range| &sql[range]).collect()
}

/// Where the [`statements`] of a text stand in it, in bytes.
pub fn ranges(sql: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut words: Vec<String> = Vec::new();
    let mut blocks = 0usize;
    let mut has_content = false;
    let mut delimiter = ";";
    let mut skipped = 0;
    let tokens = tokens(sql);
    for (at, token) in tokens.iter().enumerate() {
        let text = &sql[token.range.clone()];
        if token.range.start < skipped {
            continue;
        }
        // The command of MySQL's client that lets a body hold semicolons: no statement, but often in its scripts.
        if !has_content && token.kind == TokenKind::Word && text.eq_ignore_ascii_case("DELIMITER") {
            let line = sql[token.range.end..].lines().next().unwrap_or_default();
            if let Some(word) = line.split_whitespace().next() {
                delimiter = word;
                skipped = token.range.end + line.len();
                start = skipped;
                continue;
            }
        }
        if delimiter != ";" && sql[token.range.start..].starts_with(delimiter) {
            if has_content {
                found.push(trimmed(sql, start..token.range.start));
            }
            skipped = token.range.start + delimiter.len();
            (start, has_content) = (skipped, false);
            words.clear();
            continue;
        }
        if (token.kind != TokenKind::Blank || runs(text)) && text != ";" {
            has_content = true;
        }
        if token.kind == TokenKind::Word {
            let word = text.to_ascii_uppercase();
            // Only a routine's or trigger's body nests; elsewhere BEGIN and END are statements.
            if has_body(&words) {
                match word.as_str() {
                    "CASE" if follows_end(sql, &tokens[..at]) => {}
                    "BEGIN" | "CASE" => blocks += 1,
                    "END" if ends_part(sql, &tokens[at + 1..]) => {}
                    "END" => blocks = blocks.saturating_sub(1),
                    _ => {}
                }
            }
            if words.len() < 8 {
                words.push(word);
            }
        }
        let ends = text == ";" && token.kind == TokenKind::Mark && delimiter == ";";
        if ends && blocks == 0 {
            if has_content {
                found.push(trimmed(sql, start..token.range.start));
            }
            (start, has_content) = (token.range.end, false);
            words.clear();
        }
    }
    if has_content {
        found.push(trimmed(sql, start..sql.len()));
    }
    found
}

/// A range without the white space at its ends.
fn trimmed(sql: &str, range: Range<usize>) -> Range<usize> {
    let text = &sql[range.clone()];
    let start = range.start + (text.len() - text.trim_start().len());
    start..start + text.trim().len()
}

/// A statement without the texts in it: rows and passwords are nothing for a log.
pub fn without_values(sql: &str) -> String {
    /// No log needs more.
    const LONGEST: usize = 4000;
    let mut kept = String::new();
    for token in tokens(sql) {
        match token.kind {
            TokenKind::Text => kept.push_str("'…'"),
            TokenKind::Word
            | TokenKind::Quoted
            | TokenKind::Mark
            | TokenKind::Number
            | TokenKind::Blank => kept.push_str(&sql[token.range]),
        }
    }
    if let Some((end, _)) = kept.char_indices().nth(LONGEST) {
        kept.truncate(end);
        kept.push('…');
    }
    kept
}

/// A statement without the comments before it. MySQL runs what stands in `/*! … */`, so that is none.
///
/// ```
/// assert_eq!(migrate_model::sql::bare("-- notes\n/* of orders */ SELECT 1"), "SELECT 1");
/// ```
pub fn bare(statement: &str) -> &str {
    let first = (tokens(statement).into_iter())
        .find(|token| token.kind != TokenKind::Blank || runs(&statement[token.range.clone()]));
    first.map_or("", |token| &statement[token.range.start..])
}

/// A comment that MySQL or MariaDB runs.
fn runs(blank: &str) -> bool {
    blank.starts_with("/*!") || blank.starts_with("/*M!")
}

/// `END IF`, `END LOOP`: what they end was not counted.
fn ends_part(sql: &str, behind: &[Token]) -> bool {
    let next = behind.iter().find(|token| token.kind != TokenKind::Blank);
    next.is_some_and(|token| {
        let parts = ["IF", "LOOP", "WHILE", "REPEAT", "FOR"];
        parts.iter().any(|part| sql[token.range.clone()].eq_ignore_ascii_case(part))
    })
}

/// `END CASE`, the end of a CASE that is a statement.
fn follows_end(sql: &str, before: &[Token]) -> bool {
    let last = before.iter().rfind(|token| token.kind != TokenKind::Blank);
    last.is_some_and(|token| sql[token.range.clone()].eq_ignore_ascii_case("END"))
}

fn has_body(words: &[String]) -> bool {
    words.first().is_some_and(|word| word == "CREATE")
        && words
            .iter()
            .any(|word| matches!(word.as_str(), "TRIGGER" | "PROCEDURE" | "FUNCTION" | "EVENT"))
}

/// What a statement does, as far as its first words tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatementKind {
    /// Reads or changes rows: the schema stays as it is.
    Data,
    /// Begins or ends a transaction, which is the runner's to do.
    Transaction,
    /// Anything else; it may change the schema.
    Other,
}

/// Judges one statement by its first words.
///
/// ```
/// use migrate_model::sql::{kind, StatementKind};
///
/// assert_eq!(kind("UPDATE orders SET notes = ''"), StatementKind::Data);
/// assert_eq!(kind("SELECT 1 INTO copy"), StatementKind::Other);
/// assert_eq!(kind("COMMIT"), StatementKind::Transaction);
/// ```
pub fn kind(statement: &str) -> StatementKind {
    let words: Vec<String> = tokens(statement)
        .into_iter()
        .filter(|token| token.kind == TokenKind::Word)
        .map(|token| statement[token.range].to_ascii_uppercase())
        .collect();
    match words.first().map(String::as_str) {
        // `SELECT … INTO name` makes a table, also behind a WITH.
        Some("SELECT" | "WITH") if makes_table(&words) => StatementKind::Other,
        Some(
            "INSERT" | "UPDATE" | "DELETE" | "SELECT" | "WITH" | "VALUES" | "REPLACE" | "MERGE",
        ) => StatementKind::Data,
        Some("BEGIN" | "COMMIT" | "ROLLBACK" | "END" | "ABORT" | "SAVEPOINT" | "RELEASE") => {
            StatementKind::Transaction
        }
        Some("START") if words.get(1).is_some_and(|word| word == "TRANSACTION") => {
            StatementKind::Transaction
        }
        _ => StatementKind::Other,
    }
}

/// Whether an INTO is that of a SELECT: it follows none of the words that other statements have before it.
fn makes_table(words: &[String]) -> bool {
    const BEFORE: [&str; 7] = ["INSERT", "REPLACE", "MERGE", "IGNORE", "ABORT", "FAIL", "ROLLBACK"];
    words.windows(2).any(|pair| pair[1] == "INTO" && !BEFORE.contains(&pair[0].as_str()))
}

/// Whether an expression names a column.
///
/// A bare word names it in any case, a quoted one only letter by letter, as the databases read them.
///
/// ```
/// use migrate_model::sql::names;
///
/// assert!(names("lower(Email) <> ''", "email"));
/// assert!(!names("label = 'email'", "email"));
/// assert!(!names("date(placed_at) > date '2024-01-01'", "date"));
/// ```
pub fn names(expression: &str, column: &str) -> bool {
    let tokens = tokens(expression);
    (0..tokens.len()).any(|at| is_column(expression, &tokens, at, column))
}

/// The expression after a column was renamed, as the databases themselves rewrite it.
///
/// The new name stands in quotes, since it may be a word of SQL: see [`same`].
///
/// ```
/// use migrate_model::sql::rename;
///
/// assert_eq!(rename("qty > 0 AND \"qty\" < 9", "qty", "order"), "\"order\" > 0 AND \"order\" < 9");
/// ```
pub fn rename(expression: &str, from: &str, to: &str) -> String {
    let mut renamed = String::with_capacity(expression.len());
    let tokens = tokens(expression);
    for (at, token) in tokens.iter().enumerate() {
        let text = &expression[token.range.clone()];
        if is_column(expression, &tokens, at, from) {
            let quote = if text.starts_with('`') { "`" } else { "\"" };
            renamed.push_str(&format!("{quote}{}{quote}", to.replace(quote, &quote.repeat(2))));
        } else {
            renamed.push_str(text);
        }
    }
    renamed
}

/// Whether two expressions are the same but for blanks, comments, the case of bare words, and which quotes stand
/// around names, if any must.
///
/// ```
/// use migrate_model::sql::same;
///
/// assert!(same("qty > 0", "\"qty\" >  0"));
/// assert!(same("\"a b\" > 0", "`a b` > 0"));
/// assert!(!same("qty > 0", "\"Qty\" > 0"));
/// ```
pub fn same(one: &str, other: &str) -> bool {
    fn solid(sql: &str) -> impl Iterator<Item = String> + '_ {
        let tokens = tokens(sql).into_iter().filter(|token| token.kind != TokenKind::Blank);
        tokens.map(move |token| {
            let text = &sql[token.range];
            match token.kind {
                TokenKind::Word => text.to_ascii_lowercase(),
                TokenKind::Quoted => match unquoted(text) {
                    name if is_plain(&name) => name,
                    name => format!("\"{}\"", name.replace('"', "\"\"")),
                },
                TokenKind::Text | TokenKind::Number | TokenKind::Blank | TokenKind::Mark => {
                    text.to_owned()
                }
            }
        })
    }
    one == other || solid(one).eq(solid(other))
}

/// [`same`], where there may be none.
pub(crate) fn same_option(one: Option<&str>, other: Option<&str>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => same(one, other),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

/// Whether the token is this column, judged by its neighbours too: `date` is none in `date(x)`, `x::date`,
/// `CAST(x AS date)` and `date '2024-01-01'`.
fn is_column(expression: &str, tokens: &[Token], at: usize, column: &str) -> bool {
    if !is_name(expression, &tokens[at], column) {
        return false;
    }
    let solid = |token: &&Token| token.kind != TokenKind::Blank;
    let text = |token: &Token| &expression[token.range.clone()];
    let next = tokens[at + 1..].iter().find(solid);
    let mut before = tokens[..at].iter().rev().filter(solid);
    let (last, last_but_one) = (before.next().map(text), before.next().map(text));
    let is_called = next.is_some_and(|token| matches!(text(token), "(" | "."));
    let is_literal = tokens[at].kind == TokenKind::Word
        && next.is_some_and(|token| token.kind == TokenKind::Text);
    let is_type = last == Some(":") && last_but_one == Some(":")
        || last.is_some_and(|word| {
            word.eq_ignore_ascii_case("as") || word.eq_ignore_ascii_case("collate")
        });
    !(is_called || is_literal || is_type)
}

fn is_name(expression: &str, token: &Token, column: &str) -> bool {
    let text = &expression[token.range.clone()];
    match token.kind {
        TokenKind::Word => text.eq_ignore_ascii_case(column),
        TokenKind::Quoted => unquoted(text) == column,
        TokenKind::Text | TokenKind::Number | TokenKind::Blank | TokenKind::Mark => false,
    }
}

/// What stands in the outermost parentheses of a text, each pair's split at its own commas.
///
/// ```
/// use migrate_model::sql::groups;
///
/// assert_eq!(groups("FROM (1, f(2, 3)) TO ('4, )')"), [vec!["1", "f(2, 3)"], vec!["'4, )'"]]);
/// ```
pub fn groups(sql: &str) -> Vec<Vec<&str>> {
    let (mut groups, mut group, mut depth, mut from) = (Vec::new(), Vec::new(), 0, 0);
    for token in tokens(sql) {
        match (&sql[token.range.clone()], depth) {
            ("(" | "[", 0) => (depth, from) = (1, token.range.end),
            ("(" | "[", _) => depth += 1,
            (")" | "]", 1) => {
                group.push(sql[from..token.range.start].trim());
                groups.push(std::mem::take(&mut group));
                depth = 0;
            }
            (")" | "]", 2..) => depth -= 1,
            (",", 1) => {
                group.push(sql[from..token.range.start].trim());
                from = token.range.end;
            }
            _ => {}
        }
    }
    groups
}

/// A name as it is meant, in quotes or without.
pub fn unquoted(text: &str) -> String {
    match text.as_bytes() {
        [open @ (b'"' | b'`'), .., close] if open == close => {
            let quote = &text[..1];
            text[1..text.len() - 1].replace(&quote.repeat(2), quote)
        }
        _ => text.to_owned(),
    }
}

/// Whether a name can stand without quotes and be read back as it is, words of SQL aside.
pub(crate) fn is_plain(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::{StatementKind, kind, names, rename, same, sqlite_tokens, statements, tokens};

    #[test]
    fn statements_end_at_their_semicolons() {
        check("", &[]);
        check(" ; ;", &[]);
        check("a; b", &["a", "b"]);
        check("a 'x;y'; b", &["a 'x;y'", "b"]);
        check("a E'x\\';y'; b", &["a E'x\\';y'", "b"]);
        check("a $$x;y$$; b", &["a $$x;y$$", "b"]);
        check("a $t$x;$$;y$t$; b", &["a $t$x;$$;y$t$", "b"]);
        check("a $1; b", &["a $1", "b"]);
        check("a \"x;y\"; b `c;d`", &["a \"x;y\"", "b `c;d`"]);
        check("a -- x;y\n; b", &["a -- x;y", "b"]);
        check("a /* x; /* y; */ z; */; b", &["a /* x; /* y; */ z; */", "b"]);
        check("BEGIN; a; END; b", &["BEGIN", "a", "END", "b"]);
        check("a 'never closed; b", &["a 'never closed; b"]);
        check(
            "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = CASE WHEN 1 THEN 2 END; DELETE FROM d; END; e",
            &[
                "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = CASE WHEN 1 THEN 2 END; DELETE FROM d; END",
                "e",
            ],
        );

        let body = "CREATE PROCEDURE p() BEGIN IF a THEN b; END IF; WHILE c DO d; END WHILE; CASE e WHEN 1 THEN f; END CASE; END";
        check(&format!("{body}; g"), &[body, "g"]);
        check(
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END; a",
            &["CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; END", "a"],
        );
        check(
            "CREATE FUNCTION f() AS $$BEGIN a; END$$; b",
            &["CREATE FUNCTION f() AS $$BEGIN a; END$$", "b"],
        );
        check(
            "DELIMITER //\nCREATE PROCEDURE p() IF a THEN b; END IF//\nDELIMITER ;\na; b",
            &["CREATE PROCEDURE p() IF a THEN b; END IF", "a", "b"],
        );
        check("a\ndelimiter; b", &["a\ndelimiter", "b"]);
        check("/*!40101 SET NAMES utf8 */; /* a */; b", &["/*!40101 SET NAMES utf8 */", "b"]);

        fn check(sql: &str, expected: &[&str]) {
            assert_eq!(statements(sql), expected, "{sql}");
        }
    }

    #[test]
    fn what_a_statement_does_is_told_by_its_words() {
        check("SELECT 1", StatementKind::Data);
        check("select * into b from a", StatementKind::Other);
        check("WITH a AS (SELECT 1) SELECT * INTO b FROM a", StatementKind::Other);
        check("WITH a AS (SELECT 1) INSERT INTO b SELECT * FROM a", StatementKind::Data);
        check("INSERT OR IGNORE INTO b VALUES ('INTO c')", StatementKind::Data);
        check("-- a comment\nUPDATE a SET b = 1", StatementKind::Data);
        check("CREATE TABLE a (b INT)", StatementKind::Other);
        check("START TRANSACTION", StatementKind::Transaction);

        fn check(statement: &str, expected: StatementKind) {
            assert_eq!(kind(statement), expected, "{statement}");
        }
    }

    #[test]
    fn a_name_is_a_word_or_quoted_never_text() {
        //     expression              column   named
        check("a + b", "a", true);
        check("A + b", "a", true);
        check("\"A\" + b", "a", false);
        check("\"a\" + b", "a", true);
        check("ab + b", "a", false);
        check("'a' || b", "a", false);
        check("$$a$$ || b", "a", false);
        check("b -- a", "a", false);
        check("\"it\"\"s\" > 0", "it\"s", true);
        check("a(b)", "a", false);
        check("b::a", "a", false);
        check("CAST(b AS a)", "a", false);
        check("a 'b'", "a", false);
        check("a.b", "a", false);
        check("b.a", "a", true);
        check("a IN (b)", "a", true);

        fn check(expression: &str, column: &str, named: bool) {
            assert_eq!(names(expression, column), named, "{expression}");
        }
    }

    #[test]
    fn a_rename_and_its_opposite_leave_the_expression() {
        for expression in ["a > 0", "\"a\" > 0 AND b", "f(a, 'a', \"a\")", "A::a || a"] {
            assert!(same(&rename(&rename(expression, "a", "x \"y"), "x \"y", "a"), expression));
        }
    }

    proptest::proptest! {
        #[test]
        fn tokens_cover_the_text(sql in "[ a-z0-9'\"`$;/*E\\\\\n-]{0,40}") {
            let covered: String = tokens(&sql).into_iter().map(|token| sql[token.range].to_owned()).collect();
            proptest::prop_assert_eq!(covered, sql);
        }

        #[test]
        fn so_do_those_of_sqlite(sql in "[ a-z\\[\\]'\"`$;/*E\\\\\n-]{0,40}") {
            let covered: String =
                sqlite_tokens(&sql).into_iter().map(|token| sql[token.range].to_owned()).collect();
            proptest::prop_assert_eq!(covered, sql);
        }

        #[test]
        fn any_text_at_all_is_read(sql in "\\PC{0,40}") {
            let _ = statements(&sql);
        }
    }
}
