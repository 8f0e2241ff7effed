//! Enums: types with a fixed list of values.

use super::{SqlType, TypeName, strings};
use crate::sql::{self, TokenKind};

/// An enum to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "hand it to op.create_enum(…) or enumeration(…)"]
pub struct NewEnum {
    /// Its name.
    pub name: TypeName,
    /// Its values, in the order in which they compare.
    pub values: Vec<String>,
}

/// An enum to come: `enum_type("order_status").values(["open", "filled"])`.
pub fn enum_type(name: impl Into<TypeName>) -> EnumBuilder {
    EnumBuilder { name: name.into() }
}

/// An enum without values.
#[derive(Clone, Debug)]
#[must_use = "say its values: .values([\"open\", \"filled\"])"]
pub struct EnumBuilder {
    name: TypeName,
}

impl EnumBuilder {
    /// Its values, in the order in which they compare.
    pub fn values<V: Into<String>>(self, values: impl IntoIterator<Item = V>) -> NewEnum {
        NewEnum { name: self.name, values: strings(values) }
    }
}

/// The enum that a column is of: one that is there, or one that is created with it.
#[derive(Clone, Debug)]
pub struct EnumOf {
    /// Its name.
    pub name: TypeName,
    /// The enum itself, if it may have to be created.
    pub creates: Option<NewEnum>,
}

impl From<NewEnum> for EnumOf {
    fn from(new: NewEnum) -> EnumOf {
        EnumOf { name: new.name.clone(), creates: Some(new) }
    }
}

macro_rules! named {
    ($($name:ty),*) => {
        $(impl From<$name> for EnumOf {
            fn from(name: $name) -> EnumOf {
                EnumOf { name: name.into(), creates: None }
            }
        })*
    };
}
named!(&str, String, (&str, &str), TypeName, &TypeName);

/// The type that a column is given: one that is there, or an enum that is created first.
#[derive(Clone, Debug)]
pub struct NewType {
    /// The type.
    pub sql_type: SqlType,
    /// The enum that may have to be created.
    pub enums: Vec<NewEnum>,
}

impl From<SqlType> for NewType {
    fn from(sql_type: SqlType) -> NewType {
        NewType { sql_type, enums: Vec::new() }
    }
}

impl From<NewEnum> for NewType {
    fn from(new: NewEnum) -> NewType {
        NewType { sql_type: SqlType::Enum(new.name.clone()), enums: vec![new] }
    }
}

/// The array literal with one element replaced by another; PostgreSQL's spelling, `{open,"a b"}`.
pub(crate) fn rename_in_array(literal: &str, from: &str, to: &str) -> String {
    let (mut renamed, mut element, mut written) = (String::new(), String::new(), String::new());
    let (mut quoted, mut was_quoted) = (false, false);
    let mut chars = literal.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                written.push(c);
                if let Some(next) = chars.next() {
                    written.push(next);
                    element.push(next);
                }
            }
            '"' => {
                (quoted, was_quoted) = (!quoted, true);
                written.push(c);
            }
            '{' | '}' | ',' if !quoted => {
                let plain = if was_quoted { element.as_str() } else { element.trim() };
                let is_value =
                    was_quoted || !plain.is_empty() && !plain.eq_ignore_ascii_case("null");
                if plain == from && is_value {
                    renamed.push_str(&array_element(to));
                } else {
                    renamed.push_str(&written);
                }
                renamed.push(c);
                element.clear();
                written.clear();
                was_quoted = false;
            }
            // Around what stands in quotes, white space is no part of the element.
            _ if !quoted && c.is_whitespace() && (was_quoted || element.is_empty()) => {
                written.push(c);
            }
            _ => {
                element.push(c);
                written.push(c);
            }
        }
    }
    renamed + &written
}

fn array_element(value: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !value.is_empty() && value.chars().all(is_plain) && !value.eq_ignore_ascii_case("null") {
        return value.to_owned();
    }
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Where an expression speaks of a value of an enum: a literal that is compared with one of the columns, stands in
/// a list behind IN, or is cast to the type.
///
/// Any other literal of that text is taken to be text.
fn mentions(
    expression: &str,
    columns: &[&str],
    of: &TypeName,
    value: &str,
) -> Vec<std::ops::Range<usize>> {
    let all = sql::tokens(expression);
    let solid: Vec<_> = all.into_iter().filter(|token| token.kind != TokenKind::Blank).collect();
    let text = |at: usize| solid.get(at).map_or("", |token| &expression[token.range.clone()]);
    let is_column = |at: usize| {
        solid.get(at).is_some_and(|token| {
            let word = &expression[token.range.clone()];
            token.kind != TokenKind::Text && columns.iter().any(|column| sql::names(word, column))
        })
    };
    let is_comparison = |at: usize| matches!(text(at), "=" | "<" | ">");
    let mut found = Vec::new();
    for (at, token) in solid.iter().enumerate() {
        if token.kind != TokenKind::Text || literal_text(text(at)).as_deref() != Some(value) {
            continue;
        }
        // `status <> 'x'`, `'x' >= status`: one or two marks between them.
        let mut before = at;
        while before > 0 && (is_comparison(before - 1) || text(before - 1) == "!") {
            before -= 1;
        }
        let mut behind = at + 1;
        while is_comparison(behind) || text(behind) == "!" {
            behind += 1;
        }
        let compared = before < at && before > 0 && is_column(before - 1)
            || behind > at + 1 && is_column(behind);
        // `status IN ('x', 'y')`: back over the list to its parenthesis.
        let mut open = at;
        while open > 0 && (text(open - 1) == "," || solid[open - 1].kind == TokenKind::Text) {
            open -= 1;
        }
        let listed = open > 1
            && text(open - 1) == "("
            && text(open - 2).eq_ignore_ascii_case("in")
            && (open > 2 && is_column(open - 3)
                || open > 3 && text(open - 3).eq_ignore_ascii_case("not") && is_column(open - 4));
        let cast = text(at + 1) == ":" && text(at + 2) == ":" && sql::names(text(at + 3), &of.name);
        if compared || listed || cast {
            found.push(token.range.clone());
        }
    }
    found
}

/// What a literal of SQL says; `$tag$` forms are nobody's enum value.
pub(crate) fn literal_text(literal: &str) -> Option<String> {
    let (inner, escapes) = match literal.strip_prefix(['E', 'e']) {
        Some(rest) => (rest, true),
        None => (literal, false),
    };
    let inner = inner.strip_prefix('\'')?.strip_suffix('\'')?.replace("''", "'");
    Some(if escapes { inner.replace("\\\\", "\\").replace("\\'", "'") } else { inner })
}

/// Whether an expression speaks of a value of an enum, that these columns are of.
pub(crate) fn speaks_of(expression: &str, columns: &[&str], of: &TypeName, value: &str) -> bool {
    !mentions(expression, columns, of, value).is_empty()
}

/// The expression after a value of an enum got another name.
pub(crate) fn rename_value(
    expression: &str,
    columns: &[&str],
    of: &TypeName,
    (from, to): (&str, &str),
) -> String {
    let mut renamed = String::new();
    let mut end = 0;
    for range in mentions(expression, columns, of, from) {
        renamed.push_str(&expression[end..range.start]);
        let quoted = to.replace('\'', "''");
        // A backslash is itself only in E'…', whatever the settings are; SQLite knows it as it is.
        let escapes = expression[range.clone()].starts_with(['E', 'e']);
        renamed.push_str(&if escapes {
            format!("E'{}'", quoted.replace('\\', "\\\\"))
        } else {
            format!("'{quoted}'")
        });
        end = range.end;
    }
    renamed + &expression[end..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_renamed_where_an_expression_speaks_of_it() {
        check("status = 'a'", "status = 'b'");
        check("'a' <> \"status\" AND notes = 'a'", "'b' <> \"status\" AND notes = 'a'");
        check("status IN ('x', 'a') OR notes IN ('a')", "status IN ('x', 'b') OR notes IN ('a')");
        check("status NOT IN ('a')", "status NOT IN ('b')");
        check("x = 'a'::order_status", "x = 'b'::order_status");
        check("x = 'a'::text", "x = 'a'::text");
        check("status != E'a' AND status='aa'", "status != E'b' AND status='aa'");

        fn check(expression: &str, expected: &str) {
            let renamed = rename_value(expression, &["status"], &"order_status".into(), ("a", "b"));
            assert_eq!(renamed, expected);
        }
    }

    #[test]
    fn an_element_is_renamed_in_an_array() {
        let check = |literal: &str, expected: &str| {
            assert_eq!(rename_in_array(literal, "a", "it's, \"b\""), expected);
        };
        check("{}", "{}");
        check("{NULL}", "{NULL}");
        check("{a,aa}", r#"{"it's, \"b\"",aa}"#);
        check("{ a , \"a\",\"x,a\"}", r#"{"it's, \"b\"","it's, \"b\"","x,a"}"#);
    }
}
