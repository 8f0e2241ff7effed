//! A literal in Rust as a value of a column.

use proc_macro2::Span;
use syn::parse::ParseStream;
use syn::{Lit, Result, Token};

use crate::catalog::{SqlType, Value};

/// The literal that comes next, as a column of that type has it: the same value that the builders make of it. None where no
/// column has one like it.
pub(super) fn literal(input: ParseStream<'_>, sql_type: &SqlType) -> Result<(Option<Value>, Span)> {
    let minus: Option<Token![-]> = input.parse()?;
    let literal: Lit = input.parse()?;
    let span = literal.span();
    let sign = if minus.is_some() { "-" } else { "" };
    let value = if let Lit::Int(digits) = &literal {
        number(&format!("{sign}{}", digits.base10_digits()), true, sql_type)
    } else if let Lit::Float(digits) = &literal {
        number(&format!("{sign}{}", digits.base10_digits()), false, sql_type)
    } else if minus.is_some() {
        None
    } else if let Lit::Bool(value) = literal {
        Some(Value::Bool(value.value))
    } else if let Lit::Str(text) = literal {
        Some(Value::Text(text.value()))
    } else if let Lit::ByteStr(bytes) = literal {
        Some(Value::Bytes(bytes.value()))
    } else {
        None
    };
    Ok((value, span))
}

fn number(digits: &str, is_whole: bool, sql_type: &SqlType) -> Option<Value> {
    // As the builders take an `f32` and an `f64`.
    if matches!(sql_type, SqlType::Real) {
        return digits.parse::<f32>().ok().map(|value| Value::Float(value.into()));
    }
    if matches!(sql_type, SqlType::Double) {
        return digits.parse().ok().map(Value::Float);
    }
    let whole = if is_whole { digits.parse().ok() } else { None };
    Some(whole.map_or_else(|| Value::Decimal(digits.to_owned()), Value::Int))
}
