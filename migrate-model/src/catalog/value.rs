//! Literal values: defaults, and the rows that a migration inserts.

use std::fmt;

use crate::sql;

/// A literal, without any database's quoting.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `NULL`.
    Null,
    /// `TRUE` or `FALSE`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A floating point number.
    Float(f64),
    /// A number in decimal digits, kept to the last of them.
    Decimal(String),
    /// Text, and whatever else databases read from text: dates, UUIDs, JSON.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => f.write_str("null"),
            Value::Bool(value) => write!(f, "{value}"),
            Value::Int(value) => write!(f, "{value}"),
            Value::Float(value) => write!(f, "{value}"),
            Value::Decimal(digits) => f.write_str(digits),
            Value::Text(text) => write!(f, "'{}'", text.replace('\'', "''")),
            Value::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
        }
    }
}

macro_rules! value_from {
    ($($from:ty => $value:ident => $make:expr),* $(,)?) => {
        $(impl From<$from> for Value {
            fn from($value: $from) -> Self {
                $make
            }
        })*
    };
}

value_from! {
    bool => value => Value::Bool(value),
    i16 => value => Value::Int(value.into()),
    i32 => value => Value::Int(value.into()),
    i64 => value => Value::Int(value),
    f64 => value => Value::Float(value),
    &str => value => Value::Text(value.to_owned()),
    String => value => Value::Text(value),
    &[u8] => value => Value::Bytes(value.to_owned()),
    Vec<u8> => value => Value::Bytes(value),
}

impl<V: Into<Value>> From<Option<V>> for Value {
    fn from(value: Option<V>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

/// A number with decimal digits, such as a price: `decimal("19.90")`.
///
/// Written as text so that no digit is lost on the way. Whether it is a number is checked when the
/// migration is simulated, before anything runs.
///
/// ```
/// use migrate_model::catalog::{decimal, Value};
///
/// assert_eq!(decimal("19.90"), Value::Decimal("19.90".into()));
/// ```
pub fn decimal(digits: &str) -> Value {
    Value::Decimal(digits.to_owned())
}

/// What a column holds when an INSERT doesn't say. Equality is up to blanks, case and [quotes](sql::same) in an
/// expression.
#[derive(Clone, Debug)]
pub enum DefaultValue {
    /// A literal.
    Value(Value),
    /// An SQL expression, passed on as it is.
    Expression(String),
}

impl PartialEq for DefaultValue {
    fn eq(&self, other: &DefaultValue) -> bool {
        match (self, other) {
            (DefaultValue::Value(one), DefaultValue::Value(other)) => one == other,
            (DefaultValue::Expression(one), DefaultValue::Expression(other)) => {
                sql::same(one, other)
            }
            (DefaultValue::Value(_), DefaultValue::Expression(_))
            | (DefaultValue::Expression(_), DefaultValue::Value(_)) => false,
        }
    }
}

impl fmt::Display for DefaultValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DefaultValue::Value(value) => value.fmt(f),
            DefaultValue::Expression(expression) => f.write_str(expression),
        }
    }
}

impl<V: Into<Value>> From<V> for DefaultValue {
    fn from(value: V) -> Self {
        DefaultValue::Value(value.into())
    }
}

/// An SQL expression as a default: `set_default(expression("now()"))`.
pub fn expression(sql: &str) -> DefaultValue {
    DefaultValue::Expression(sql.to_owned())
}

/// Whether decimal digits are a number that every database reads: `-12.50`, `1e9`.
pub fn is_decimal(digits: &str) -> bool {
    let (mantissa, exponent) = digits.split_once(['e', 'E']).unwrap_or((digits, "0"));
    let is_whole = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let unsigned = |text: &str| text.strip_prefix(['-', '+']).unwrap_or(text).to_owned();
    let mantissa = unsigned(mantissa);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa.as_str(), "0"));
    is_whole(whole) && is_whole(fraction) && is_whole(&unsigned(exponent))
}
