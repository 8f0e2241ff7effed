//! The bodies and the words of routines and triggers, as the server keeps them: nearly letter by letter, read under
//! the `sql_mode` of whoever wrote them.

use std::{collections::BTreeSet, ops::Range};

use crate::{backend::literal, run::SQL_MODE};

/// What a piece of a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// White space or a comment.
    Blank,
    Word,
    /// `'…'`.
    Text,
    /// `"…"`: a text or a name.
    Double,
    /// Any other, such as a name in backquotes.
    Other,
}

/// A body in pieces. Quotes in quotes are doubled: whatever was written, it is told so.
fn pieces(sql: &str) -> Vec<(Kind, Range<usize>)> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(first) = sql[at..].chars().next() {
        let rest = &sql[at..];
        let until = |end: &str| rest.find(end).map_or(rest.len(), |found| found + end.len());
        let run = |holds: fn(char) -> bool| rest.find(|c| !holds(c)).unwrap_or(rest.len());
        // Two dashes are a comment only where a blank follows.
        let is_dashed = rest.strip_prefix("--").is_some_and(|behind| {
            behind.chars().next().is_none_or(|c| c.is_whitespace() || c.is_control())
        });
        let (kind, length) = match first {
            _ if is_dashed => (Kind::Blank, rest.find('\n').unwrap_or(rest.len())),
            '#' => (Kind::Blank, rest.find('\n').unwrap_or(rest.len())),
            // What stands in `/*!…*/` is SQL.
            '/' if rest.starts_with("/*")
                && !rest.starts_with("/*!")
                && !rest.starts_with("/*M!") =>
            {
                (Kind::Blank, until("*/"))
            }
            '\'' => (Kind::Text, quoted(rest, '\'')),
            '"' => (Kind::Double, quoted(rest, '"')),
            '`' => (Kind::Other, quoted(rest, '`')),
            c if c.is_whitespace() => (Kind::Blank, run(char::is_whitespace)),
            c if is_letter(c) => (Kind::Word, run(is_letter)),
            c => (Kind::Other, c.len_utf8()),
        };
        pieces.push((kind, at..at + length));
        at += length;
    }
    pieces
}

fn is_letter(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_' || letter == '$'
}

/// How long a quoted piece is that stands at the start.
fn quoted(sql: &str, quote: char) -> usize {
    let mut letters = sql.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if letter == quote && letters.next_if(|(_, next)| *next == quote).is_none() {
            return at + 1;
        }
    }
    sql.len()
}

/// The words of a `sql_mode`.
pub(super) fn modes(sql_mode: &str) -> BTreeSet<String> {
    let words = sql_mode.split(',').map(|word| word.trim().to_ascii_uppercase());
    words.filter(|word| !word.is_empty()).collect()
}

/// A body as the runner's session reads it; the reason where that can't be told.
pub(super) fn standard(sql: &str, sql_mode: &str) -> Result<String, &'static str> {
    let (own, modes) = (modes(SQL_MODE), modes(sql_mode));
    let has = |word: &str| modes.contains(word);
    if has("ORACLE") {
        return Err("is written in the SQL of Oracle");
    }
    if own.is_subset(&modes) {
        return Ok(sql.to_owned());
    }
    let all = pieces(sql);
    let mut said = String::with_capacity(sql.len());
    let mut at = 0;
    while let Some((kind, range)) = all.get(at) {
        let text = &sql[range.clone()];
        at += 1;
        let is_text = *kind == Kind::Text || *kind == Kind::Double && !has("ANSI_QUOTES");
        if is_text && text.contains('\\') && !has("NO_BACKSLASH_ESCAPES") {
            // `\\n` and `\n` are told alike.
            return Err(
                "has a backslash in a text, of which the server does not tell what it means",
            );
        }
        if is_text && *kind == Kind::Double {
            let inner = text[1..].strip_suffix('"').unwrap_or(&text[1..]).replace("\"\"", "\"");
            said.push_str(&format!("'{}'", inner.replace('\'', "''")));
        } else if text == "|"
            && !has("PIPES_AS_CONCAT")
            && all.get(at).is_some_and(|(_, next)| &sql[next.clone()] == "|")
        {
            at += 1;
            said.push_str(" OR ");
        } else {
            said.push_str(text);
        }
    }
    Ok(said)
}

/// The statements of a trigger, without the BEGIN and END around them.
pub(super) fn inner(sql: &str) -> &str {
    let all = pieces(sql);
    let solid = |(kind, _): &&(Kind, Range<usize>)| *kind != Kind::Blank;
    let is = |piece: Option<&(Kind, Range<usize>)>, word: &str| {
        piece.is_some_and(|(_, range)| sql[range.clone()].eq_ignore_ascii_case(word))
    };
    let (first, last) = (all.iter().find(solid), all.iter().rfind(solid));
    match (first, last) {
        (Some((_, begin)), Some((_, end))) if is(first, "BEGIN") && is(last, "END") => {
            sql[begin.end..end.start].trim()
        }
        _ => sql,
    }
}

/// A body without what stands before and behind it, and without what the server keeps of none: the character set before
/// a text.
pub(super) fn folded(sql: &str) -> String {
    let all = pieces(sql);
    let is_said =
        |(kind, range): &(Kind, Range<usize>)| *kind != Kind::Blank && sql[range.clone()] != *";";
    let start = all.iter().position(is_said).unwrap_or(all.len());
    let end = all.iter().rposition(is_said).map_or(start, |at| at + 1);
    let mut said = String::with_capacity(sql.len());
    for at in start..end {
        let (kind, range) = &all[at];
        let text = &sql[range.clone()];
        let next = all[at + 1..end].iter().find(|(kind, _)| *kind != Kind::Blank);
        let is_charset = *kind == Kind::Word
            && text.starts_with('_')
            && next.is_some_and(|(kind, _)| *kind == Kind::Text);
        if !is_charset {
            said.push_str(text);
        }
    }
    said
}

/// Whether a body is that of an aggregate (MariaDB), which alone says this, and has to.
pub(super) fn is_aggregate(sql: &str) -> bool {
    let all = pieces(sql);
    let words: Vec<&str> = (all.iter().filter(|(kind, _)| *kind != Kind::Blank))
        .map(|(_, range)| &sql[range.clone()])
        .collect();
    words.windows(4).any(|four| {
        let expected = ["FETCH", "GROUP", "NEXT", "ROW"];
        four.iter().zip(expected).all(|(one, word)| one.eq_ignore_ascii_case(word))
    })
}

/// What is said of a routine between its name and its body.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Words {
    pub(super) is_deterministic: bool,
    /// What it does with data, where it is not `CONTAINS SQL`.
    pub(super) access: Option<String>,
    pub(super) as_invoker: bool,
    pub(super) comment: Option<String>,
}

impl Words {
    /// The words of others; none where there is one among them that nobody knows.
    pub(super) fn read(sql: &str) -> Option<Words> {
        let all = pieces(sql);
        let mut solid = (all.iter().filter(|(kind, _)| *kind != Kind::Blank))
            .map(|(_, range)| &sql[range.clone()])
            .peekable();
        let mut words = Words::default();
        while let Some(word) = solid.next() {
            let upper = word.to_ascii_uppercase();
            let mut next = || solid.next().map(str::to_ascii_uppercase).unwrap_or_default();
            match upper.as_str() {
                "DETERMINISTIC" => words.is_deterministic = true,
                "NOT" if next() == "DETERMINISTIC" => words.is_deterministic = false,
                "LANGUAGE" if next() == "SQL" => {}
                "CONTAINS" if next() == "SQL" => words.access = None,
                "NO" if next() == "SQL" => words.access = Some("NO SQL".to_owned()),
                "READS" | "MODIFIES" if next() == "SQL" && next() == "DATA" => {
                    words.access = Some(format!("{upper} SQL DATA"));
                }
                "SQL" if next() == "SECURITY" => match next().as_str() {
                    "INVOKER" => words.as_invoker = true,
                    "DEFINER" => words.as_invoker = false,
                    _ => return None,
                },
                "COMMENT" => {
                    let text = solid.next().filter(|text| text.starts_with('\''))?;
                    words.comment = Some(literal::unquote(text)).filter(|text| !text.is_empty());
                }
                _ => return None,
            }
        }
        Some(words)
    }

    /// As they are said, but for what is so anyway.
    pub(super) fn said(&self) -> Option<String> {
        let mut words = Vec::new();
        if self.is_deterministic {
            words.push("DETERMINISTIC".to_owned());
        }
        words.extend(self.access.clone());
        if self.as_invoker {
            words.push("SQL SECURITY INVOKER".to_owned());
        }
        if let Some(comment) = &self.comment {
            words.push(format!("COMMENT '{}'", comment.replace('\'', "''")));
        }
        Some(words.join(" ")).filter(|words| !words.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::{Words, folded, inner, is_aggregate, standard};
    use crate::run::SQL_MODE;

    #[test]
    fn a_body_is_read_under_its_own_mode() {
        check(
            "SELECT \"a\"\"b'c\", `d` -- it's \"so\"\n# \"\n",
            "",
            Ok("SELECT 'a\"b''c', `d` -- it's \"so\"\n# \"\n"),
        );
        check("SELECT \"a\" || 'b'", "ANSI_QUOTES", Ok("SELECT \"a\"  OR  'b'"));
        check("SELECT \"a\\\" || 'b\\n'", SQL_MODE, Ok("SELECT \"a\\\" || 'b\\n'"));
        check("SELECT 'a' /* \\ */ - 5--1", "", Ok("SELECT 'a' /* \\ */ - 5--1"));
        assert!(standard("SELECT 'b\\n'", "ANSI_QUOTES").is_err());
        assert!(standard("SELECT 1", "ORACLE,PIPES_AS_CONCAT").is_err());

        fn check(sql: &str, mode: &str, expected: Result<&str, &'static str>) {
            assert_eq!(standard(sql, mode).as_deref(), expected.as_deref(), "{sql}");
        }
    }

    #[test]
    fn a_trigger_has_statements() {
        assert_eq!(inner("/* a */ begin SET @a = 'END'; end -- b"), "SET @a = 'END';");
        assert_eq!(inner("BEGIN END"), "");
        assert_eq!(inner("l: BEGIN SET @a = 1; END l"), "l: BEGIN SET @a = 1; END l");
        assert_eq!(inner("SET @a = 1"), "SET @a = 1");
    }

    #[test]
    fn what_stands_around_a_body_is_not_its_own() {
        assert_eq!(
            folded(" -- it's\n SET @a = _latin1'x' /* b */ + ';';; # c"),
            "SET @a = 'x' /* b */ + ';'"
        );
        assert_eq!(folded(" ; "), "");
    }

    #[test]
    fn an_aggregate_fetches_its_group() {
        assert!(is_aggregate("BEGIN LOOP fetch /* */ group NEXT row; END LOOP; END"));
        assert!(!is_aggregate("SELECT 'FETCH GROUP NEXT ROW'"));
    }

    #[test]
    fn words_have_one_order_and_leave_out_what_is_so_anyway() {
        check("not deterministic contains sql language SQL SQL security definer", Some(None));
        check(
            "COMMENT 'it''s' sql security INVOKER reads SQL data deterministic",
            Some(Some("DETERMINISTIC READS SQL DATA SQL SECURITY INVOKER COMMENT 'it''s'")),
        );
        check("STRICT", None);

        fn check(words: &str, expected: Option<Option<&str>>) {
            let said = Words::read(words).map(|words| words.said());
            assert_eq!(said, expected.map(|words| words.map(str::to_owned)), "{words}");
        }
    }
}
