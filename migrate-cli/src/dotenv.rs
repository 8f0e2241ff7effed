//! One variable of a `.env` file, taken literally.
//!
//! ```text
//! file   = { [ "export" ] name "=" value | comment | anything else }
//! value  = "'" … "'" | '"' … '"' | … up to " #" or the end of the line
//! ```
//!
//! `$x` is not expanded: a password may well hold a `$`. In double quotes `\"`, `\\`
//! and `\$` stand for the second character; quotes may span lines. As in a shell, the
//! last assignment counts.

/// A line that sets the variable and can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DotenvError {
    /// A quote that is opened and not closed.
    #[error("the quote in line {line} is not closed")]
    OpenQuote {
        /// Counted from 1.
        line: usize,
    },
    /// Something after the closing quote.
    #[error("line {line} goes on after the closing quote")]
    AfterQuote {
        /// Counted from 1.
        line: usize,
    },
    /// The name, and nothing that gives it a value.
    #[error("line {line} has no `=` after the name")]
    NoEquals {
        /// Counted from 1.
        line: usize,
    },
}

/// What `text` sets `variable` to.
pub(crate) fn value(text: &str, variable: &str) -> Result<Option<String>, DotenvError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    let mut found = Ok(None);
    let mut rest = text.as_str();
    let mut line = 1;
    while !rest.is_empty() {
        let end = rest.find('\n').unwrap_or(rest.len());
        let mut next = (end + 1).min(rest.len());
        if let Some((name, at)) = assignment(&rest[..end]) {
            let (value, used) = read(&rest[at..], line);
            next = next.max(at + used);
            if name == variable {
                found = value.map(Some);
            }
        } else if is_begun(&rest[..end], variable) {
            found = Err(DotenvError::NoEquals { line });
        }
        line += rest[..next].matches('\n').count();
        rest = &rest[next..];
    }
    found
}

/// The name before the `=` of a line, and where its value begins.
fn assignment(line: &str) -> Option<(&str, usize)> {
    let (before, after) = line.split_once('=')?;
    let name = before.trim();
    let name = match name.strip_prefix("export") {
        Some(rest) if rest.starts_with(char::is_whitespace) => rest.trim_start(),
        Some(_) | None => name,
    };
    let is_name = !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || ['_', '.', '-'].contains(&c));
    let spaces = after.len() - after.trim_start().len();
    is_name.then_some((name, before.len() + 1 + spaces))
}

/// Whether a line that assigns nothing was meant for `variable`. A bare `export` is a shell's.
fn is_begun(line: &str, variable: &str) -> bool {
    let line = line.trim();
    let name = line.strip_prefix("export ").map_or(line, str::trim_start);
    name.strip_prefix(variable).is_some_and(|after| match after.chars().next() {
        None => name == line,
        Some(next) => next == ':' || next.is_whitespace(),
    })
}

/// The value at the beginning of `text`, and how much of `text` it takes.
fn read(text: &str, line: usize) -> (Result<String, DotenvError>, usize) {
    let line_end = text.find('\n').unwrap_or(text.len());
    let quote = match text.chars().next() {
        Some(quote @ ('\'' | '"')) => quote,
        Some(_) | None => {
            let line = &text[..line_end];
            let comment = if line.starts_with('#') { Some(0) } else { find_comment(line) };
            return (Ok(line[..comment.unwrap_or(line.len())].trim().to_owned()), line_end);
        }
    };
    let mut value = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        if character == quote {
            let after = &text[at + 1..];
            let after_end = after.find('\n').unwrap_or(after.len());
            let tail = after[..after_end].trim();
            let used = at + 1 + after_end;
            return match tail.is_empty() || tail.starts_with('#') {
                true => (Ok(value), used),
                false => (Err(DotenvError::AfterQuote { line }), used),
            };
        }
        if character == '\\' && quote == '"' {
            match text[at + 1..].chars().next() {
                Some(escaped @ ('"' | '\\' | '$')) => {
                    value.push(escaped);
                    characters.next();
                }
                Some(_) | None => value.push('\\'),
            }
        } else {
            value.push(character);
        }
    }
    // Somebody else's apostrophe must not swallow the rest of the file.
    (Err(DotenvError::OpenQuote { line }), line_end)
}

/// Where a comment begins: at a `#` after a space.
fn find_comment(line: &str) -> Option<usize> {
    let is_comment = |(at, _): &(usize, &str)| line[..*at].ends_with(char::is_whitespace);
    line.match_indices('#').find(is_comment).map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_value() {
        let check = |text: &str, expected: &str| {
            assert_eq!(value(text, "DATABASE_URL"), Ok(Some(expected.to_owned())), "{text}");
        };
        check("DATABASE_URL=postgres://u:pa$word@h/d", "postgres://u:pa$word@h/d");
        check("DATABASE_URL='postgres://u:pa$word@h/d'", "postgres://u:pa$word@h/d");
        check("DATABASE_URL=\"postgres://u:pa$word@h/d\"", "postgres://u:pa$word@h/d");
        check("DATABASE_URL=${HOME}/x.db", "${HOME}/x.db");
        check("export DATABASE_URL=x.db", "x.db");
        check("  export\tDATABASE_URL = x.db  ", "x.db");
        check("DATABASE_URL=x.db # the small one", "x.db");
        check("DATABASE_URL='x.db' # the small one", "x.db");
        check("DATABASE_URL=postgres://u:pa#word@h/d", "postgres://u:pa#word@h/d");
        check("DATABASE_URL='pa #word'", "pa #word");
        check("DATABASE_URL=\"a\\\"b\\\\c\\$d\\n\"", "a\"b\\c$d\\n");
        check("DATABASE_URL='a\\'", "a\\");
        check("DATABASE_URL=a\\b", "a\\b");
        check("DATABASE_URL=it's", "it's");
        check("DATABASE_URL=", "");
        check("DATABASE_URL=\"\"", "");
        check("DATABASE_URL=a=b", "a=b");
        check("DATABASE_URL=日本", "日本");
    }

    #[test]
    fn every_file_around_it() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(value(text, "DATABASE_URL"), Ok(expected.map(str::to_owned)), "{text}");
        };
        check("", None);
        check("# DATABASE_URL=x.db", None);
        check("MY_DATABASE_URL=x.db", None);
        check("DATABASE_URLS", None);
        check("DATABASE_URL=x.db\nexport DATABASE_URL", Some("x.db"));
        check("DATABASE_URL: y.db\nDATABASE_URL=x.db", Some("x.db"));
        check("exportDATABASE_URL=x.db", None);
        check("\u{feff}DATABASE_URL=x.db", Some("x.db"));
        check("A=1\r\nDATABASE_URL=x.db\r\nB=2\r\n", Some("x.db"));
        check("DATABASE_URL='x.db'\r\n", Some("x.db"));
        check("DATABASE_URL=x.db\nDATABASE_URL=y.db", Some("y.db"));
        check("KEY=\"one\nDATABASE_URL=no\ntwo\"\nDATABASE_URL=x.db", Some("x.db"));
        check("NAME='O'Brien\nDATABASE_URL=x.db", Some("x.db"));
        check("NAME=O'Brien\nDATABASE_URL=x.db", Some("x.db"));
        check("no assignment\n=\n\nDATABASE_URL=x.db", Some("x.db"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "([a-zé=#$'\"\\\\ \\n\\r]|A=|export ){0,40}") {
            let _ = value(&text, "A");
        }

        #[test]
        fn a_quoted_value_comes_back(wanted in "[ -&(-~é日]{0,30}") {
            let text = format!("B='x'\nA='{wanted}' # \"\n");
            proptest::prop_assert_eq!(value(&text, "A"), Ok(Some(wanted)));
        }
    }

    #[test]
    fn what_can_not_be_read_is_said_with_its_line() {
        let check = |text: &str, expected: DotenvError| {
            assert_eq!(value(text, "DATABASE_URL"), Err(expected), "{text}");
        };
        check("\nDATABASE_URL='x.db", DotenvError::OpenQuote { line: 2 });
        check("DATABASE_URL='x.db'y", DotenvError::AfterQuote { line: 1 });
        check("DATABASE_URL: x.db", DotenvError::NoEquals { line: 1 });
        check("A=1\nDATABASE_URL", DotenvError::NoEquals { line: 2 });
        check("export DATABASE_URL postgres://h/d?a=b", DotenvError::NoEquals { line: 1 });
    }
}
