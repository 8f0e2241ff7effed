//! What the clients make of a text: `psql`, `sqlite3` and `mariadb` read it themselves before the database does.

use std::borrow::Cow;

use migrate_model::{
    Dialect,
    sql::{self, StatementKind, TokenKind, tokens},
};

/// Words that stand in a comment. A name can hold a line break, behind which SQL would begin.
pub(super) fn in_one_line(words: &str) -> Cow<'_, str> {
    if words.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return words.trim_end().into();
    }
    let words: String = words.chars().map(|c| if ends_line(c) { ' ' } else { c }).collect();
    words.trim_end().to_owned().into()
}

fn ends_line(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// A literal of ours, without the line ends that a client would change.
pub(super) fn one_line(literal: &str, dialect: Dialect) -> String {
    statement_text(dialect, literal, true).unwrap_or_else(|_| literal.replace('\r', ""))
}

/// A statement as its client takes it, ended.
///
/// An error, in words, when the client would change it.
pub(super) fn statement(dialect: Dialect, statement: &str) -> Result<String, String> {
    // Most hold nothing that would have to be looked at.
    if !["\r\n", "--", ";"].iter().any(|piece| statement.contains(piece)) {
        return Ok(format!("{statement};"));
    }
    let is_data = sql::kind(statement) == StatementKind::Data;
    let text = statement_text(dialect, statement, is_data)?;
    let tokens = tokens(&text);
    // What follows a comment up to the end of the line belongs to it.
    let is_open = tokens.last().is_some_and(|token| {
        token.kind == TokenKind::Blank && text[token.range.clone()].trim_start().starts_with("--")
    });
    let line = if is_open { "\n" } else { "" };
    let has_inner = tokens
        .iter()
        .any(|token| token.kind == TokenKind::Mark && &text[token.range.clone()] == ";");
    Ok(match dialect.family() {
        Dialect::Mysql | Dialect::Mariadb if has_inner => {
            let mut mark = "$$".to_owned();
            while text.contains(&mark) {
                mark.push('$');
            }
            format!("DELIMITER {mark}\n{text}{line}{mark}\nDELIMITER ;")
        }
        Dialect::Postgres | Dialect::Sqlite | Dialect::Mysql | Dialect::Mariadb => {
            format!("{text}{line};")
        }
    })
}

/// Statements as their client takes them, which end already.
///
/// An error, in words, when the client would change them.
pub(super) fn text(dialect: Dialect, statements: &str) -> Result<String, String> {
    statement_text(dialect, statements, false)
}

/// `sqlite3` and `mariadb` read CR LF as LF, in literals too (measured with 3.40 and 10.11).
fn statement_text(dialect: Dialect, text: &str, is_data: bool) -> Result<String, String> {
    if dialect == Dialect::Postgres || !text.contains("\r\n") {
        return Ok(text.to_owned());
    }
    let mut safe = String::with_capacity(text.len());
    for token in tokens(text) {
        let piece = &text[token.range];
        if !piece.contains("\r\n") || token.kind == TokenKind::Blank {
            safe.push_str(piece);
            continue;
        }
        match (token.kind, dialect.family()) {
            (TokenKind::Text, Dialect::Sqlite) if is_data => {
                safe.push_str(&format!("({})", piece.replace("\r\n", "' || char(13, 10) || '")));
            }
            // As the settings of the script have it, `||` puts texts together.
            (TokenKind::Text, Dialect::Mysql) if is_data => {
                let end = "' || char(13, 10 USING utf8mb4) || '";
                safe.push_str(&format!("({})", piece.replace("\r\n", end)));
            }
            (
                TokenKind::Text
                | TokenKind::Quoted
                | TokenKind::Word
                | TokenKind::Number
                | TokenKind::Blank
                | TokenKind::Mark,
                _,
            ) => {
                return Err(format!(
                    "{piece:?} holds a line end of Windows, which {} would change",
                    match dialect.family() {
                        Dialect::Sqlite => "sqlite3",
                        Dialect::Postgres => "psql",
                        Dialect::Mysql | Dialect::Mariadb => "the client",
                    }
                ));
            }
        }
    }
    Ok(safe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_ends_where_its_line_does() {
        assert_eq!(
            in_one_line("drop table a\n; DROP TABLE b; --\r"),
            "drop table a ; DROP TABLE b; --"
        );
    }

    #[test]
    fn a_statement_is_ended_for_its_client() {
        let check = |dialect, sql: &str, expected: &str| {
            assert_eq!(statement(dialect, sql).as_deref(), Ok(expected));
        };
        check(Dialect::Postgres, "SELECT 1", "SELECT 1;");
        check(Dialect::Postgres, "SELECT 1 -- one", "SELECT 1 -- one\n;");
        check(Dialect::Postgres, "SELECT ';'", "SELECT ';';");
        let trigger = "CREATE TRIGGER t AFTER INSERT ON a FOR EACH ROW BEGIN DELETE FROM b; END";
        check(Dialect::Sqlite, trigger, &format!("{trigger};"));
        check(Dialect::Mariadb, trigger, &format!("DELIMITER $$\n{trigger}$$\nDELIMITER ;"));
    }

    #[test]
    fn a_line_end_of_windows_stays_or_is_refused() {
        let insert = "INSERT INTO a VALUES ('x\r\ny')";
        assert_eq!(
            statement(Dialect::Sqlite, insert).as_deref(),
            Ok("INSERT INTO a VALUES (('x' || char(13, 10) || 'y'));")
        );
        assert_eq!(
            statement(Dialect::Mysql, insert).as_deref(),
            Ok("INSERT INTO a VALUES (('x' || char(13, 10 USING utf8mb4) || 'y'));")
        );
        assert_eq!(statement(Dialect::Postgres, insert), Ok(format!("{insert};")));
        assert!(statement(Dialect::Sqlite, "CREATE TABLE a (b TEXT DEFAULT 'x\r\ny')").is_err());
    }
}
