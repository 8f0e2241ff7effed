//! Names, texts and numbers as literals.

use migrate_core::catalog::{RoutineName, TableName, TypeName, Value};

use super::layout::{Code, call, plain};

/// A text: as it is where it has more than one line or quotes, else with escapes.
///
/// ```text
/// "plain"    "two
/// lines"     r#"with "quotes""#     "a bell \u{7}"
/// ```
pub(super) fn text(text: &str) -> Code {
    let escaped = format!("{text:?}");
    if !escaped.contains('\\') || !can_be_raw(text) {
        return plain(escaped);
    }
    if !text.contains(['"', '\\']) {
        return plain(format!("\"{text}\""));
    }
    let mut hashes = String::new();
    while text.contains(&format!("\"{hashes}")) {
        hashes.push('#');
    }
    plain(format!("r{hashes}\"{text}\"{hashes}"))
}

/// Whether nothing in a text needs an escape, or would be changed or complained about by editors, Git and rustfmt.
fn can_be_raw(text: &str) -> bool {
    let is_plain = |c: char| matches!(c, '"' | '\'' | '\\' | '\n') || c.escape_debug().count() == 1;
    text.chars().all(is_plain) && !text.lines().any(|line| line.ends_with(char::is_whitespace))
}

pub(super) fn texts<'a>(texts: impl IntoIterator<Item = &'a String>) -> Code {
    Code::List(texts.into_iter().map(|one| text(one)).collect())
}

pub(super) fn bytes(bytes: &[u8]) -> String {
    format!("b\"{}\"", bytes.escape_ascii().to_string().replace("\\'", "'"))
}

pub(super) fn float(number: f64) -> String {
    match number {
        f64::INFINITY => "f64::INFINITY".to_owned(),
        f64::NEG_INFINITY => "f64::NEG_INFINITY".to_owned(),
        _ if number.is_nan() => "f64::NAN".to_owned(),
        _ => format!("{number:?}"),
    }
}

/// A value where the type of the column isn't known to the compiler.
pub(super) fn value(value: &Value) -> Code {
    match value {
        Value::Null => plain("None::<i64>"),
        Value::Bool(value) => plain(value),
        // A bare number is an i32 there.
        Value::Int(number) if i32::try_from(*number).is_ok() => plain(number),
        Value::Int(number) => plain(format!("{number}_i64")),
        Value::Float(number) => plain(float(*number)),
        Value::Decimal(digits) => call("decimal", [text(digits)]),
        Value::Text(value) => text(value),
        Value::Bytes(value) => plain(format!("&{}[..]", bytes(value))),
    }
}

/// A name with or without a schema.
pub(super) trait Name {
    fn code(&self) -> Code;
}

macro_rules! names {
    ($($name:ident),*) => {
        $(impl Name for $name {
            fn code(&self) -> Code {
                match &self.schema {
                    Some(schema) => call("", [text(schema), text(&self.name)]),
                    None => text(&self.name),
                }
            }
        })*
    };
}
names!(TableName, RoutineName, TypeName);
