//! SQL as MySQL and MariaDB give it back: whatever the session's settings are, with backslashes in text.

use migrate_model::{
    Dialect,
    catalog::{DefaultValue, SqlType},
    sql::{Token, TokenKind, tokens, unquoted},
};

use super::types::{digits, now};
use crate::backend::literal;

/// The server's SQL as the standard has it, which is how the runner's session reads it: `"…"` is a name, and a
/// backslash in text is a backslash.
pub(super) fn standard(sql: &str) -> String {
    let mut said = String::with_capacity(sql.len());
    let mut letters = sql.chars().peekable();
    while let Some(letter) = letters.next() {
        if !matches!(letter, '`' | '"' | '\'') {
            said.push(letter);
            continue;
        }
        let quote = if letter == '\'' { '\'' } else { '"' };
        if quote == '\'' {
            let length = said.strip_suffix("_utf8mb4").map_or(said.len(), str::len);
            said.truncate(length);
        }
        said.push(quote);
        while let Some(inner) = letters.next() {
            let inner = match inner {
                '\\' if quote == '\'' => match letters.next() {
                    Some(escaped @ ('%' | '_')) => {
                        said.push('\\');
                        escaped
                    }
                    Some(escaped) => unescaped(escaped),
                    None => '\\',
                },
                _ if inner == letter => match letters.next_if_eq(&letter) {
                    Some(_) => inner,
                    None => break,
                },
                _ => inner,
            };
            said.push(inner);
            if inner == quote {
                said.push(inner);
            }
        }
        said.push(quote);
    }
    said
}

/// The server's query without the name of the schema, which it says of every table, column and function.
pub(super) fn without_schema(sql: &str, schema: &str) -> String {
    let mut all = tokens(sql);
    all.retain(|token| token.kind != TokenKind::Blank);
    let text = |at: usize| all.get(at).map_or("", |token: &Token| &sql[token.range.clone()]);
    let is_name = |at: usize| {
        all.get(at).is_some_and(|one| matches!(one.kind, TokenKind::Word | TokenKind::Quoted))
    };
    let mut bare = String::with_capacity(sql.len());
    let mut from = 0;
    // Of each parenthesis that is open: whether its FROM is that of a query, and not that of EXTRACT or TRIM.
    let mut queries = vec![false];
    // Whether a table comes next.
    let mut expects = false;
    for at in 0..all.len() {
        let is_word = all[at].kind == TokenKind::Word;
        match text(at) {
            "(" => queries.push(false),
            ")" => {
                queries.pop();
                expects = false;
            }
            word if is_word && word.eq_ignore_ascii_case("select") => {
                queries.pop();
                queries.push(true);
                expects = false;
            }
            word if is_word && word.eq_ignore_ascii_case("from") => {
                expects = queries.last() == Some(&true);
            }
            word if is_word
                && ["join", "straight_join"].iter().any(|one| word.eq_ignore_ascii_case(one)) =>
            {
                expects = true;
            }
            word => {
                let is_schema = is_name(at)
                    && migrate_model::sql::unquoted(word) == schema
                    && text(at + 1) == "."
                    && is_name(at + 2)
                    && (at == 0 || text(at - 1) != ".")
                    && (expects || text(at + 3) == "." || text(at + 3) == "(");
                if is_schema {
                    bare.push_str(&sql[from..all[at].range.start]);
                    from = all[at + 1].range.end;
                }
                expects = false;
            }
        }
    }
    bare.push_str(&sql[from..]);
    bare
}

fn unescaped(letter: char) -> char {
    match letter {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'b' => '\u{8}',
        '0' => '\0',
        'Z' => '\u{1a}',
        other => other,
    }
}

/// An expression out of `information_schema`, where MySQL, but not MariaDB, has put backslashes once more.
pub(super) fn expression(dialect: Dialect, sql: &str) -> String {
    if dialect != Dialect::Mysql {
        return bare(&standard(sql));
    }
    let mut once = String::with_capacity(sql.len());
    let mut letters = sql.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => once.extend(letters.next().map(unescaped)),
            other => once.push(other),
        }
    }
    bare(&standard(&once))
}

/// Without parentheses around all of it.
fn bare(sql: &str) -> String {
    literal::without_parentheses(sql.trim()).to_owned()
}

/// A default as both of them say one in SQL: a value where it is nothing but a literal.
pub(super) fn default_value(sql: &str, sql_type: &SqlType) -> Option<DefaultValue> {
    let sql = bare(sql);
    if sql.eq_ignore_ascii_case("null") {
        return None;
    }
    if let SqlType::Timestamp { precision, .. } = sql_type
        && let suffix = digits(*precision)
        && let word = sql.strip_suffix(&suffix).unwrap_or(&sql)
        && now(word, sql_type).is_some()
    {
        return Some(present());
    }
    Some(match literal::value(&sql, &tokens(&sql), sql_type) {
        Some(value) if sql_type.takes(&DefaultValue::Value(value.clone())) => value.into(),
        Some(_) | None => DefaultValue::Expression(sql),
    })
}

/// The present moment.
pub(super) fn present() -> DefaultValue {
    DefaultValue::Expression("CURRENT_TIMESTAMP".to_owned())
}

/// The values of `enum('a','b')`.
pub(super) fn enum_values(column_type: &str) -> Option<Vec<String>> {
    let list = column_type.strip_prefix("enum(")?.strip_suffix(')')?;
    let list = standard(list);
    let texts = tokens(&list).into_iter().filter(|token| token.kind == TokenKind::Text);
    Some(texts.map(|token| literal::unquote(&list[token.range])).collect())
}

/// What SHOW CREATE TABLE says of a table that has columns and checks, but neither keys nor comments.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Created {
    /// The columns, with what stands behind DEFAULT and in the parentheses of GENERATED ALWAYS AS.
    pub(super) columns: Vec<(String, Option<String>, Option<String>)>,
    pub(super) checks: Vec<(String, String)>,
    pub(super) engine: Option<String>,
    pub(super) charset: Option<String>,
    pub(super) collation: Option<String>,
}

impl Created {
    pub(super) fn read(create: &str) -> Created {
        let sql = standard(create);
        let solid: Vec<Token> =
            tokens(&sql).into_iter().filter(|token| token.kind != TokenKind::Blank).collect();
        let text = |at: usize| solid.get(at).map_or("", |token| &sql[token.range.clone()]);
        let name = |at: usize| unquoted(text(at));
        let mut created = Created::default();
        let mut at = (0..solid.len()).find(|at| text(*at) == "(").map_or(solid.len(), |at| at + 1);
        while at < solid.len() {
            // To the comma or the parenthesis that ends the piece.
            let mut end = at;
            while end < solid.len() && !matches!(text(end), "," | ")") {
                end = closed(&solid, &sql, end);
            }
            let inside = |open: usize| {
                let close = closed(&solid, &sql, open).saturating_sub(1);
                solid.get(close).map_or("", |token| &sql[solid[open].range.end..token.range.start])
            };
            let find = |word: &str, from: usize| {
                let mut at = from;
                while at < end && !text(at).eq_ignore_ascii_case(word) {
                    at = closed(&solid, &sql, at);
                }
                (at < end).then_some(at)
            };
            if text(at).eq_ignore_ascii_case("CONSTRAINT") {
                if let Some(open) = find("CHECK", at).map(|at| at + 1).filter(|at| *at < end) {
                    created.checks.push((name(at + 1), bare(inside(open))));
                }
            } else if solid[at].kind == TokenKind::Quoted {
                let default = find("DEFAULT", at).map(|from| {
                    let stops = ["CHECK", "COMMENT", "ON"];
                    let stop = stops.iter().filter_map(|word| find(word, from)).min();
                    let last = solid[stop.unwrap_or(end) - 1].range.end;
                    sql[solid[from].range.end..last].trim().to_owned()
                });
                let generated = find("AS", at).map(|at| at + 1).filter(|at| *at < end);
                created.columns.push((name(at), default, generated.map(|at| bare(inside(at)))));
            }
            at = end + 1;
            if text(end) == ")" {
                break;
            }
        }
        while at + 2 < solid.len() {
            if text(at + 1) == "=" {
                let value = Some(text(at + 2).to_owned());
                match text(at).to_ascii_uppercase().as_str() {
                    "ENGINE" => created.engine = value,
                    "CHARSET" => created.charset = value,
                    "COLLATE" => created.collation = value,
                    _ => {}
                }
            }
            at += 1;
        }
        created
    }
}

/// Behind a token, or behind the parenthesis that closes it.
fn closed(solid: &[Token], sql: &str, open: usize) -> usize {
    let mut depth = 0;
    for (at, token) in solid.iter().enumerate().skip(open) {
        match &sql[token.range.clone()] {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    solid.len()
}

#[cfg(test)]
mod tests {
    use super::{Created, default_value, enum_values, expression, standard, without_schema};
    use migrate_model::{
        Dialect,
        catalog::{DefaultValue, SqlType, Value},
    };

    #[test]
    fn names_and_text_are_those_of_the_standard() {
        check("`a` > 'it\\'s'", "\"a\" > 'it''s'");
        check("`q\"``` <> 'a\\\\b''c\\n'", "\"q\"\"`\" <> 'a\\b''c\n'");
        check("\"q\"\"`\" = '`'", "\"q\"\"`\" = '`'");
        check("concat(_utf8mb4'x',`b`)", "concat('x',\"b\")");
        check("a like '5\\%'", "a like '5\\%'");

        fn check(sql: &str, expected: &str) {
            assert_eq!(standard(sql), expected);
        }
    }

    #[test]
    fn the_schema_is_left_out_where_it_is_one() {
        check(
            "select \"s\".\"t\".\"a\" AS \"a\" from \"s\".\"t\"",
            "select \"t\".\"a\" AS \"a\" from \"t\"",
        );
        check(
            "select \"s\".\"a\",\"s\".\"s\".\"b\" from ((\"s\".\"t\" \"s\" join \"s\".\"s\" on(\"s\".\"a\" = 's.t')))",
            "select \"s\".\"a\",\"s\".\"b\" from ((\"t\" \"s\" join \"s\" on(\"s\".\"a\" = 's.t')))",
        );
        check(
            "select extract(day from \"s\".\"a\"),\"s\".\"f\"(1) from (select 1 from \"s\".\"t\") \"s\"",
            "select extract(day from \"s\".\"a\"),\"f\"(1) from (select 1 from \"t\") \"s\"",
        );

        fn check(sql: &str, expected: &str) {
            assert_eq!(without_schema(sql, "s"), expected);
        }
    }

    #[test]
    fn mysql_escapes_twice() {
        let sql = "(`a` <> _utf8mb4\\'it\\\\\\'s\\')";
        assert_eq!(expression(Dialect::Mysql, sql), "\"a\" <> 'it''s'");
    }

    #[test]
    fn defaults_are_values_where_they_can_be() {
        let value = |value: Value| Some(DefaultValue::Value(value));
        let moment = SqlType::Timestamp { precision: Some(3), zone: false };
        assert_eq!(default_value("NULL", &SqlType::Text), None);
        assert_eq!(default_value("'NULL'", &SqlType::Text), value(Value::Text("NULL".into())));
        assert_eq!(default_value("1", &SqlType::Boolean), value(Value::Bool(true)));
        assert_eq!(default_value("('a')", &SqlType::Text), value(Value::Text("a".into())));
        assert_eq!(default_value("X'00ff'", &SqlType::Binary), value(Value::Bytes(vec![0, 255])));
        assert_eq!(
            default_value("(1 + 2)", &SqlType::Integer),
            Some(DefaultValue::Expression("1 + 2".into()))
        );
        assert_eq!(
            default_value("current_timestamp(3)", &moment),
            Some(DefaultValue::Expression("CURRENT_TIMESTAMP".into()))
        );
    }

    #[test]
    fn the_values_of_an_enum() {
        let values = enum_values("enum('a\\\\b','c''d','e,f')").expect("an enum");
        assert_eq!(values, ["a\\b", "c'd", "e,f"]);
        assert_eq!(enum_values("set('a')"), None);
    }

    #[test]
    fn a_table_is_read_piece_by_piece() {
        let created = Created::read(
            "CREATE TEMPORARY TABLE `t` (\n  `a` decimal(10,2) NOT NULL DEFAULT 1.50,\n  `j` longtext DEFAULT '{\"(\": 1}' CHECK (json_valid(`j`)),\n  \
             `g` int(11) GENERATED ALWAYS AS (`a` * (2 + 1)) STORED,\n  `it's \"odd\"` int(11) DEFAULT 3,\n  CONSTRAINT `c` CHECK (`a` > 1 and `j` <> ',')\n) \
             ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin",
        );
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            created.columns,
            [
                ("a".to_owned(), text("1.50"), None),
                ("j".to_owned(), text("'{\"(\": 1}'"), None),
                ("g".to_owned(), None, text("\"a\" * (2 + 1)")),
                ("it's \"odd\"".to_owned(), text("3"), None),
            ]
        );
        assert_eq!(created.checks, [("c".to_owned(), "\"a\" > 1 and \"j\" <> ','".to_owned())]);
        assert_eq!(created.engine, text("InnoDB"));
        assert_eq!(created.charset, text("utf8mb4"));
        assert_eq!(created.collation, text("utf8mb4_bin"));
    }
}
