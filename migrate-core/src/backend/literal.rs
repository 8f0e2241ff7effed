//! Literals read back: what a database shows as a default is a value again, where it is nothing but one.

use migrate_model::{
    catalog::{Column, DefaultValue, SqlType, Value},
    sql::{Token, TokenKind, tokens},
};

/// The value of a lone literal for a column of a type; `None` when it is anything more.
///
/// `tokens` are those of `sql`, cut by the database's own rules.
pub(crate) fn value(sql: &str, tokens: &[Token], sql_type: &SqlType) -> Option<Value> {
    literal(sql, tokens, sql_type).map(|value| of_type(value, sql_type))
}

fn literal(sql: &str, tokens: &[Token], sql_type: &SqlType) -> Option<Value> {
    let solid: Vec<&Token> = tokens.iter().filter(|token| token.kind != TokenKind::Blank).collect();
    let text = |token: &Token| &sql[token.range.clone()];
    match solid[..] {
        [one] => match one.kind {
            TokenKind::Text if text(one).starts_with('\'') => {
                of_text(&unquote(text(one)), sql_type)
            }
            TokenKind::Number => number(text(one), sql_type),
            TokenKind::Word => match text(one).to_ascii_lowercase().as_str() {
                "null" => Some(Value::Null),
                "true" => Some(Value::Bool(true)),
                "false" => Some(Value::Bool(false)),
                _ => None,
            },
            TokenKind::Text | TokenKind::Quoted | TokenKind::Blank | TokenKind::Mark => None,
        },
        [x, bytes]
            if text(x).eq_ignore_ascii_case("x")
                && bytes.kind == TokenKind::Text
                && x.range.end == bytes.range.start =>
        {
            hex(&unquote(text(bytes))).map(Value::Bytes)
        }
        // A number of several tokens, such as `-1` and `1e-7`.
        _ => number(sql.trim(), sql_type),
    }
}

/// The text of a literal in single quotes.
pub(crate) fn unquote(literal: &str) -> String {
    let inner = literal.strip_prefix('\'').unwrap_or(literal);
    inner.strip_suffix('\'').unwrap_or(inner).replace("''", "'")
}

/// An expression without the parentheses that stand around all of it.
pub(crate) fn without_parentheses(expression: &str) -> &str {
    let mut depth = 0;
    let all = tokens(expression);
    let close = all.iter().position(|token| {
        let text = &expression[token.range.clone()];
        depth += i32::from(text == "(") - i32::from(text == ")");
        depth == 0
    });
    let encloses = expression.starts_with('(') && close == Some(all.len() - 1);
    if encloses { &expression[1..expression.len() - 1] } else { expression }
}

/// Bytes from their hexadecimal digits.
pub(crate) fn hex(digits: &str) -> Option<Vec<u8>> {
    let digits = digits.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    digits.chunks(2).map(|pair| Some(digit(pair[0])? * 16 + digit(pair[1])?)).collect()
}

/// What text in quotes is for a type: of a number, which some databases put into quotes, a number.
fn of_text(text: &str, sql_type: &SqlType) -> Option<Value> {
    let is_number = sql_type.is_integer()
        || matches!(sql_type, SqlType::Numeric(_) | SqlType::Real | SqlType::Double | SqlType::Oid);
    if is_number && let Some(number) = number(text, sql_type) {
        return Some(number);
    }
    Some(Value::Text(text.to_owned()))
}

/// A number, as the type keeps it.
fn number(digits: &str, sql_type: &SqlType) -> Option<Value> {
    if !migrate_model::catalog::is_decimal(digits) {
        return None;
    }
    let digits = digits.strip_prefix('+').unwrap_or(digits);
    if matches!(sql_type, SqlType::Numeric(_)) {
        return Some(Value::Decimal(digits.to_owned()));
    }
    if matches!(sql_type, SqlType::Real | SqlType::Double) {
        return digits.parse().ok().map(Value::Float);
    }
    match digits.parse() {
        Ok(whole) => Some(Value::Int(whole)),
        Err(_) => Some(Value::Decimal(digits.to_owned())),
    }
}

/// A column with its default as it would be read back: one value has one form for one type.
pub(crate) fn fold(column: &mut Column, tokens: fn(&str) -> Vec<Token>) {
    let sql_type = &column.sql_type;
    let folded = match column.default.take() {
        Some(DefaultValue::Expression(sql)) => match value(&sql, &tokens(&sql), sql_type) {
            Some(value) => Some(DefaultValue::Value(value)),
            None => Some(DefaultValue::Expression(sql)),
        },
        other => other,
    };
    column.default = folded.and_then(|default| match default {
        DefaultValue::Value(Value::Null) => None,
        DefaultValue::Value(one) => Some(DefaultValue::Value(of_type(one, sql_type))),
        DefaultValue::Expression(sql) => Some(DefaultValue::Expression(sql)),
    });
}

fn of_type(value: Value, sql_type: &SqlType) -> Value {
    match (&value, sql_type) {
        (Value::Int(0 | 1), SqlType::Boolean) => Value::Bool(value == Value::Int(1)),
        (Value::Int(whole), SqlType::Numeric(_)) => Value::Decimal(whole.to_string()),
        (Value::Float(number), SqlType::Numeric(_)) => Value::Decimal(format!("{number:?}")),
        (Value::Int(whole), SqlType::Real | SqlType::Double) => {
            number(&whole.to_string(), sql_type).unwrap_or(value)
        }
        (Value::Decimal(digits), _) => number(digits, sql_type).unwrap_or(value),
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::{hex, value};
    use migrate_model::{
        catalog::{SqlType, Value},
        sql::tokens,
    };

    #[test]
    fn a_literal_is_a_value_and_more_is_not() {
        let text = |text: &str| Some(Value::Text(text.to_owned()));
        check("'it''s'", SqlType::Text, text("it's"));
        check("''", SqlType::Text, text(""));
        check("''''", SqlType::Text, text("'"));
        check("'5'", SqlType::BigInt, Some(Value::Int(5)));
        check("-5", SqlType::BigInt, Some(Value::Int(-5)));
        check("+5", SqlType::BigInt, Some(Value::Int(5)));
        check("-9223372036854775808", SqlType::BigInt, Some(Value::Int(i64::MIN)));
        check("1e-07", SqlType::Double, Some(Value::Float(1e-7)));
        check("-1.50", SqlType::Numeric(None), Some(Value::Decimal("-1.50".into())));
        check("TRUE", SqlType::Boolean, Some(Value::Bool(true)));
        check("x'00ff'", SqlType::Binary, Some(Value::Bytes(vec![0, 255])));
        check("null", SqlType::Text, Some(Value::Null));
        check("now()", SqlType::Text, None);
        check("'a' || 'b'", SqlType::Text, None);
        check("1 + 1", SqlType::BigInt, None);
        check("1 1", SqlType::BigInt, None);

        fn check(sql: &str, sql_type: SqlType, expected: Option<Value>) {
            assert_eq!(value(sql, &tokens(sql), &sql_type), expected, "{sql}");
        }
    }

    #[test]
    fn bytes_have_two_digits_each() {
        assert_eq!(hex("00fF"), Some(vec![0, 255]));
        assert_eq!(hex("0"), None);
        assert_eq!(hex("zz"), None);
        assert_eq!(hex("é0"), None);
    }
}
