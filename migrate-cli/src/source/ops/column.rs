//! Columns and their types.

use migrate_core::catalog::{
    Column, Constraint, DefaultValue, Identity, RangeType, SqlType, Value,
};

use super::Why;
use super::constraint::inline;
use super::layout::{Code, call, plain};
use super::literal::{Name, bytes, float, text};

/// A column, with what was said about it in the same breath.
pub(super) struct Said<'a> {
    pub(super) column: &'a Column,
    /// Constraints on it alone, with the names that they get by themselves.
    pub(super) constraints: Vec<&'a Constraint>,
    /// What rows that are there already get.
    pub(super) fill: Option<&'a String>,
    /// Whether it comes to a table that is there, which may have rows.
    pub(super) is_added: bool,
}

impl Said<'_> {
    pub(super) fn code(&self) -> Result<Code, Why> {
        let column = self.column;
        let mut code = typed(&column.name, &column.sql_type, column.collation.as_deref())?
            .then_if(column.nullable, "nullable");
        // Beside the type, as people write it.
        let key =
            self.constraints.iter().take_while(|one| matches!(one, Constraint::PrimaryKey(_)));
        let keys = key.count();
        for key in &self.constraints[..keys] {
            code = inline(code, key)?;
        }
        if let Some(identity) = &column.identity {
            if !column.sql_type.is_integer() {
                return Err("only whole numbers count up");
            }
            code = self::identity(code.then("identity", []), identity);
        }
        if let Some(default) = &column.default {
            code = self::default(code, &column.sql_type, default)?;
        }
        if let Some(generated) = &column.generated {
            let word = if generated.stored { "generated" } else { "generated_when_read" };
            code = code.then(word, [text(&generated.expression)]);
        }
        code = code.then_some("fill_with", self.fill.map(|fill| text(fill)));
        for constraint in &self.constraints[keys..] {
            code = inline(code, constraint)?;
        }
        code = code.then_some("comment", column.comment.as_deref().map(text));
        let is_filled = column.nullable
            || column.default.is_some()
            || column.identity.is_some()
            || column.generated.is_some()
            || self.fill.is_some();
        Ok(code.then_if(self.is_added && !is_filled, "on_empty_table"))
    }
}

/// What only PostgreSQL can choose.
pub(super) fn identity(code: Code, identity: &Identity) -> Code {
    let Identity { always, start, increment } = identity;
    code.then_options("postgres", "i", |i| {
        i.then_if(*always, "always")
            .then_some("start", start.map(plain))
            .then_some("increment", increment.map(plain))
    })
}

/// A type by the function that makes it a column or, in `types`, a type; with what is given to that.
fn word(of: &SqlType) -> Result<(&'static str, Vec<Code>), Why> {
    let none = Vec::new();
    Ok(match of {
        SqlType::Boolean => ("boolean", none),
        SqlType::TinyInt => ("tinyint", none),
        SqlType::SmallInt => ("smallint", none),
        SqlType::Integer => ("integer", none),
        SqlType::BigInt => ("bigint", none),
        SqlType::Real => ("real", none),
        SqlType::Double => ("double", none),
        SqlType::Numeric(Some((precision, scale))) => {
            ("numeric", vec![plain(precision), plain(scale)])
        }
        SqlType::Numeric(None) => ("numeric_unlimited", none),
        SqlType::Text => ("text", none),
        SqlType::Varchar(Some(length)) => ("varchar", vec![plain(length)]),
        SqlType::Varchar(None) => ("varchar_unlimited", none),
        SqlType::Char(Some(length)) => ("char", vec![plain(length)]),
        SqlType::Char(None) => return Err("no word makes a char without a length"),
        SqlType::Citext => ("citext", none),
        SqlType::Binary => ("binary", none),
        SqlType::Date => ("date", none),
        SqlType::Time { zone: false, precision: _ } => ("time", none),
        SqlType::Time { zone: true, precision: _ } => ("timetz", none),
        SqlType::Timestamp { zone: false, precision: _ } => ("timestamp", none),
        SqlType::Timestamp { zone: true, precision: _ } => ("timestamptz", none),
        SqlType::Interval => ("interval", none),
        SqlType::Json => ("json", none),
        SqlType::Jsonb => ("jsonb", none),
        SqlType::Uuid => ("uuid", none),
        SqlType::Inet => ("inet", none),
        SqlType::Cidr => ("cidr", none),
        SqlType::MacAddr => ("macaddr", none),
        SqlType::MacAddr8 => ("macaddr8", none),
        SqlType::Money => ("money", none),
        SqlType::Oid => ("oid", none),
        SqlType::PgLsn => ("pg_lsn", none),
        SqlType::InternalChar => ("internal_char", none),
        SqlType::Unsigned(_) => ("unsigned", none),
        SqlType::Array(_) => ("array", none),
        SqlType::Range(of) => ("range", vec![range(*of)]),
        SqlType::Multirange(of) => ("multirange", vec![range(*of)]),
        SqlType::Enum(name) => ("enumeration", vec![name.code()]),
        SqlType::Custom(spelling) => ("custom", vec![text(spelling)]),
    })
}

fn range(of: RangeType) -> Code {
    plain(match of {
        RangeType::Int4 => "RangeType::Int4",
        RangeType::Int8 => "RangeType::Int8",
        RangeType::Num => "RangeType::Num",
        RangeType::Ts => "RangeType::Ts",
        RangeType::Tstz => "RangeType::Tstz",
        RangeType::Date => "RangeType::Date",
    })
}

/// The digits behind the second, where they are said.
fn precision(of: &SqlType) -> Option<Code> {
    if let SqlType::Time { precision, .. } | SqlType::Timestamp { precision, .. } = of {
        precision.map(plain)
    } else {
        None
    }
}

/// A column of a type, and nothing else yet.
fn typed(name: &str, of: &SqlType, collation: Option<&str>) -> Result<Code, Why> {
    let (word, mut arguments) = self::word(of)?;
    if let SqlType::Array(inner) = of {
        return Ok(typed(name, inner, collation)?.then(word, []));
    }
    if let SqlType::Unsigned(inner) = of {
        check_unsigned(inner)?;
        return Ok(typed(name, inner, collation)?.then(word, []));
    }
    let has_collation = matches!(kind(of), Kind::Text { collates: true } | Kind::Custom);
    if collation.is_some() && !has_collation {
        return Err("only text has a collation");
    }
    arguments.insert(0, text(name));
    Ok(Code::Call { of: None, name: word.to_owned(), arguments }
        .then_some("precision", precision(of))
        .then_some("collate", collation.map(text)))
}

/// A type by itself: `types::numeric(20, 2)`.
pub(super) fn sql_type(of: &SqlType) -> Result<Code, Why> {
    let (word, mut arguments) = self::word(of)?;
    if let SqlType::Array(inner) | SqlType::Unsigned(inner) = of {
        arguments.push(sql_type(inner)?);
    }
    let made = Code::Call { of: None, name: format!("types::{word}"), arguments };
    Ok(match precision(of) {
        Some(digits) => call("types::precision", [made, digits]),
        None => made,
    })
}

fn check_unsigned(of: &SqlType) -> Result<(), Why> {
    let is_signed = !matches!(of, SqlType::Unsigned(_)) && of.is_integer();
    if is_signed { Ok(()) } else { Err("only whole numbers can be unsigned") }
}

/// The types as far as their defaults differ.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Boolean,
    Integer,
    Unsigned,
    Real,
    Double,
    Numeric,
    Text { collates: bool },
    Bytes,
    Custom,
}

pub(super) fn kind(of: &SqlType) -> Kind {
    match of {
        SqlType::Boolean => Kind::Boolean,
        SqlType::TinyInt
        | SqlType::SmallInt
        | SqlType::Integer
        | SqlType::BigInt
        | SqlType::Oid => Kind::Integer,
        SqlType::Unsigned(_) => Kind::Unsigned,
        SqlType::Real => Kind::Real,
        SqlType::Double => Kind::Double,
        SqlType::Numeric(_) | SqlType::Money => Kind::Numeric,
        SqlType::Text | SqlType::Varchar(_) | SqlType::Char(_) | SqlType::Citext => {
            Kind::Text { collates: true }
        }
        SqlType::Binary => Kind::Bytes,
        SqlType::Date
        | SqlType::Time { .. }
        | SqlType::Timestamp { .. }
        | SqlType::Interval
        | SqlType::Json
        | SqlType::Jsonb
        | SqlType::Uuid
        | SqlType::Inet
        | SqlType::Cidr
        | SqlType::MacAddr
        | SqlType::MacAddr8
        | SqlType::PgLsn
        | SqlType::InternalChar
        | SqlType::Array(_)
        | SqlType::Range(_)
        | SqlType::Multirange(_)
        | SqlType::Enum(_) => Kind::Text { collates: false },
        SqlType::Custom(_) => Kind::Custom,
    }
}

/// What `.default_now()` says for a type.
fn now(of: &SqlType) -> Option<&'static str> {
    if *of == SqlType::Date {
        Some("CURRENT_DATE")
    } else if matches!(of, SqlType::Time { .. }) {
        Some("CURRENT_TIME")
    } else {
        matches!(of, SqlType::Timestamp { .. }).then_some("CURRENT_TIMESTAMP")
    }
}

/// The default of a column whose type the compiler knows.
fn default(code: Code, of: &SqlType, default: &DefaultValue) -> Result<Code, Why> {
    let value = match default {
        DefaultValue::Expression(sql) if now(of) == Some(sql) => {
            return Ok(code.then("default_now", []));
        }
        DefaultValue::Expression(sql) => return Ok(code.then("default_sql", [text(sql)])),
        DefaultValue::Value(value) => value,
    };
    let fits = of.takes(default);
    let literal = match (kind(of), value) {
        (Kind::Boolean, Value::Bool(value)) => plain(value),
        (Kind::Integer | Kind::Unsigned, Value::Int(number)) if fits => plain(number),
        (Kind::Unsigned, Value::Decimal(digits)) if fits => plain(digits),
        (Kind::Numeric, Value::Int(number)) => plain(number),
        (Kind::Numeric, Value::Decimal(digits)) => call("decimal", [text(digits)]),
        (Kind::Double, Value::Float(number)) => plain(float(*number)),
        // Its shortest digits in four bytes, `0.1` and not `0.10000000149011612`.
        (Kind::Real, Value::Float(number)) => plain(real(*number)),
        (Kind::Text { .. } | Kind::Custom, Value::Text(value)) => text(value),
        (Kind::Bytes, Value::Bytes(value)) => plain(bytes(value)),
        _ => return Err("the default is not of the column's type"),
    };
    Ok(code.then("default", [literal]))
}

#[expect(clippy::cast_possible_truncation, reason = "it came from four bytes")]
fn real(number: f64) -> String {
    if number.is_finite() {
        return format!("{:?}", number as f32);
    }
    float(number).replace("f64", "f32")
}
