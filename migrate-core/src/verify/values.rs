//! Values that columns can hold: different in each row, and such that a narrower type would show.

use migrate_model::{
    Dialect,
    catalog::{Catalog, Column, RangeType, SqlType, Value},
    sql::{TokenKind, names, tokens},
};

/// Which values are wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    pub(super) dialect: Dialect,
    /// What has the enums.
    pub(super) catalog: &'a Catalog,
    /// A number that no other row has.
    pub(super) number: u64,
    /// Whether the values are to fit the other type in every digit: a way down can't keep what only the new
    /// type holds.
    pub(super) fits_exactly: bool,
}

impl Wanted<'_> {
    /// A value for a column, which the type that it has on the other side of the migration can hold too, as far as
    /// a database refuses what it can't. None where nobody knows one.
    pub(super) fn value(&self, column: &Column, other: Option<&Column>) -> Option<Value> {
        let now = &column.sql_type;
        match other.map(|other| &other.sql_type).filter(|other| *other != now) {
            None => self.of(now),
            Some(other) => match (kind(now), kind(other)) {
                // It will be read as that.
                (Some(Of::Text), Some(to)) if to != Of::Text => {
                    let value = self.of(other)?;
                    if is_text(other) { Some(value) } else { Some(Value::Text(plain(&value))) }
                }
                (Some(Of::Number), Some(Of::Number)) => self.of(&self.narrower(now, other)),
                (Some(Of::Text), Some(Of::Text)) => self.of(&shorter(now, other)),
                (Some(Of::Number), Some(Of::Truth)) => Some(Value::Int(self.int(2))),
                (Some(Of::Text | Of::Number | Of::Truth | Of::Other) | None, _) => self.of(now),
            },
        }
    }

    fn int(&self, below: u64) -> i64 {
        i64::try_from(self.number % below).unwrap_or_default()
    }

    fn of(&self, sql_type: &SqlType) -> Option<Value> {
        let (n, dialect) = (self.number, self.dialect);
        let text = |text: String| Some(Value::Text(text));
        let date = || {
            // Those of MySQL's TIMESTAMP are between 1970 and 2038.
            format!("20{:02}-{:02}-{:02}", 1 + n / 336 % 36, 1 + n / 28 % 12, 1 + n % 28)
        };
        let time = |precision: &Option<u8>| {
            let digits = match (precision, dialect) {
                (Some(digits), _) => usize::from(*digits).min(6),
                (None, Dialect::Postgres) => 6,
                (None, Dialect::Sqlite | Dialect::Mysql | Dialect::Mariadb) => 0,
            };
            let fraction = if digits == 0 { "" } else { &"  .123457"[2..3 + digits] };
            format!("{:02}:{:02}:{:02}{fraction}", n % 24, n / 24 % 60, n % 60)
        };
        let zone = |zone: &bool| if *zone && dialect == Dialect::Postgres { "+00" } else { "" };
        let byte = |at: u32| n >> (8 * at) & 0xff;
        match sql_type {
            SqlType::Boolean => Some(Value::Bool(n.is_multiple_of(2))),
            SqlType::TinyInt => Some(Value::Int(1 + self.int(120))),
            SqlType::SmallInt => Some(Value::Int(1 + self.int(30_000))),
            SqlType::Integer => Some(Value::Int(100_000 + self.int(1_000_000_000))),
            // A double has no room for it.
            SqlType::BigInt => Some(Value::Int(9_007_199_254_740_993 + 2 * self.int(1 << 40))),
            SqlType::Real => Some(Value::Float(self.int(1000) as f64 + 0.5)),
            SqlType::Double => Some(Value::Float(self.int(100_000) as f64 + 0.1)),
            SqlType::Numeric(None) => Some(Value::Decimal(format!("{}.125", n % 100_000))),
            SqlType::Numeric(Some((precision, scale))) => {
                Some(Value::Decimal(self.decimal(*precision, *scale)))
            }
            SqlType::Text | SqlType::Varchar(None) => text(format!("text {n} 'é' and more of it")),
            SqlType::Citext => text(format!("Text {n}")),
            SqlType::Varchar(Some(length)) => text(self.letters(*length)),
            SqlType::Char(length) => {
                let length = length.unwrap_or(1);
                let letters = self.letters(length);
                // Without a space at its end, which not every database gives back.
                let missing =
                    usize::try_from(length).unwrap_or(200).saturating_sub(letters.chars().count());
                text(format!("{letters}{}", "x".repeat(missing.min(1000))))
            }
            SqlType::Binary => {
                Some(Value::Bytes([&n.to_be_bytes()[4..], &[0, 0x27, 0x5c, 0xff]].concat()))
            }
            SqlType::Date => text(date()),
            SqlType::Time { precision, zone: has } => {
                text(format!("{}{}", time(precision), zone(has)))
            }
            SqlType::Timestamp { precision, zone: has } => {
                text(format!("{} {}{}", date(), time(precision), zone(has)))
            }
            SqlType::Interval => text(format!("{n} days 01:02:03")),
            SqlType::Json | SqlType::Jsonb => text(format!("{{\"a\": {n}, \"b\": [null, \"é\"]}}")),
            SqlType::Uuid => text(format!("00000000-0000-4000-8000-{n:012x}")),
            SqlType::Inet => text(format!("10.{}.{}.{}", byte(2), byte(1), byte(0))),
            SqlType::Cidr => text(format!("10.{}.{}.{}/32", byte(2), byte(1), byte(0))),
            SqlType::MacAddr => {
                text(format!("08:00:2b:{:02x}:{:02x}:{:02x}", byte(2), byte(1), byte(0)))
            }
            SqlType::MacAddr8 => {
                text(format!("08:00:2b:01:02:{:02x}:{:02x}:{:02x}", byte(2), byte(1), byte(0)))
            }
            SqlType::Money | SqlType::Oid => Some(Value::Int(1 + self.int(100_000))),
            SqlType::PgLsn => text(format!("0/{n:X}")),
            SqlType::InternalChar => text("a".to_owned()),
            SqlType::Unsigned(inner) => self.of(inner),
            SqlType::Array(inner) => {
                let inner = plain(&self.of(inner)?).replace('\\', "\\\\").replace('"', "\\\"");
                text(format!("{{\"{inner}\"}}"))
            }
            SqlType::Range(of) => text(format!("[{},)", self.bound(*of))),
            SqlType::Multirange(of) => text(format!("{{[{},)}}", self.bound(*of))),
            SqlType::Enum(name) => {
                let values = self.catalog.enums.get(name)?;
                let at = usize::try_from(n).unwrap_or_default().checked_rem(values.len())?;
                values.get(at).cloned().map(Value::Text)
            }
            SqlType::Custom(spelled) => self.custom(spelled),
        }
    }

    /// For types that only their database knows: what many of them take.
    fn custom(&self, spelled: &str) -> Option<Value> {
        let spelled = spelled.to_ascii_lowercase();
        let is = |words: &[&str]| words.iter().any(|word| spelled.starts_with(word));
        let text = |text: &str| Some(Value::Text(text.to_owned()));
        if is(&["mediumint", "int", "bigint", "serial", "year"]) {
            return Some(Value::Int(2001 + self.int(100)));
        }
        if is(&["tinytext", "mediumtext", "longtext", "tsvector", "name", "xid"]) {
            return Some(Value::Text(format!("text{}", self.number)));
        }
        if is(&["hstore"]) {
            return Some(Value::Text(format!("a=>{}", self.number)));
        }
        if is(&["ltree"]) {
            return Some(Value::Text(format!("a.b{}", self.number)));
        }
        if is(&["xml"]) {
            return Some(Value::Text(format!("<a>{}</a>", self.number)));
        }
        if is(&["point"]) && self.dialect == Dialect::Postgres {
            return Some(Value::Text(format!("({},2)", self.number)));
        }
        if is(&["bit"]) {
            return text("1");
        }
        if is(&["tinyblob", "mediumblob", "longblob", "binary", "varbinary"]) {
            return Some(Value::Bytes(vec![1]));
        }
        (self.dialect == Dialect::Sqlite).then_some(Value::Int(self.int(100_000)))
    }

    fn bound(&self, of: RangeType) -> String {
        let day = format!("20{:02}-01-{:02}", 1 + self.number / 28 % 36, 1 + self.number % 28);
        match of {
            RangeType::Int4 | RangeType::Int8 | RangeType::Num => self.number.to_string(),
            RangeType::Date | RangeType::Ts | RangeType::Tstz => day,
        }
    }

    /// All digits that the type has behind the point, so that fewer would show.
    fn decimal(&self, precision: u16, scale: i16) -> String {
        let before = i32::from(precision) - i32::from(scale);
        let whole = match u32::try_from(before.min(6)) {
            Ok(digits) => self.number % 10_u64.pow(digits),
            Err(_) => 0,
        };
        let behind = usize::try_from(scale).unwrap_or_default().min(8);
        if behind == 0 {
            // A scale below zero rounds to tens, or hundreds.
            let zeros = usize::try_from(-i32::from(scale)).unwrap_or_default();
            return if whole == 0 {
                "0".to_owned()
            } else {
                format!("{whole}{}", "0".repeat(zeros))
            };
        }
        // SQLite keeps fifteen digits.
        format!("{whole}.{}", &"12345679"[8 - behind..])
    }

    /// Letters that no other row has, as far as that many of them can tell rows apart.
    fn letters(&self, length: u32) -> String {
        let length = usize::try_from(length).unwrap_or(200).min(200);
        let long = format!("text {} 'é' ", self.number);
        if length >= long.chars().count() {
            let whole = format!("{long}{}", "abcdefghij".repeat(20));
            return whole.chars().take(length).collect();
        }
        let mut rest = self.number;
        let mut letters = String::new();
        while letters.len() < length {
            let letter = u8::try_from(rest % 26).unwrap_or_default();
            letters.push(char::from(b'a' + letter));
            rest /= 26;
        }
        letters
    }

    /// The type of numbers that both hold; the digits behind the point stay those of the first, unless all are to fit.
    fn narrower(&self, now: &SqlType, other: &SqlType) -> SqlType {
        let whole = |digits: Option<i32>| match digits {
            Some(..3) => SqlType::TinyInt,
            Some(3..5) => SqlType::SmallInt,
            Some(5..10) => SqlType::Integer,
            Some(_) | None => SqlType::BigInt,
        };
        let before = match (before_point(now), before_point(other)) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        let scale = |of: &SqlType| {
            if let SqlType::Numeric(Some((_, scale))) = of {
                return Some(*scale);
            }
            let is_whole = !matches!(of, SqlType::Numeric(None) | SqlType::Double | SqlType::Real);
            (is_whole && kind(of) == Some(Of::Number)).then_some(0)
        };
        let behind = match (scale(now), scale(other)) {
            (Some(now), Some(other)) if self.fits_exactly => Some(now.min(other)),
            (None, Some(other)) if self.fits_exactly => Some(other),
            (now, _) => now,
        };
        match (now, behind) {
            (_, Some(0)) => whole(before),
            (SqlType::Numeric(_), Some(behind)) => {
                let before = i16::try_from(before.unwrap_or(6).max(1)).unwrap_or(6);
                SqlType::Numeric(Some((u16::try_from(before + behind).unwrap_or(9), behind)))
            }
            // What is exact in eight bytes need not be in four.
            (SqlType::Double, None) if self.fits_exactly && *other == SqlType::Real => {
                SqlType::Real
            }
            (now, _) => now.clone(),
        }
    }
}

/// What values are, as far as one can be made of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    Text,
    Number,
    Truth,
    Other,
}

fn kind(of: &SqlType) -> Option<Of> {
    Some(match of {
        SqlType::Text | SqlType::Varchar(_) | SqlType::Char(_) | SqlType::Citext => Of::Text,
        SqlType::TinyInt
        | SqlType::SmallInt
        | SqlType::Integer
        | SqlType::BigInt
        | SqlType::Unsigned(_)
        | SqlType::Real
        | SqlType::Double
        | SqlType::Numeric(_) => Of::Number,
        SqlType::Boolean => Of::Truth,
        SqlType::Custom(_) => return None,
        SqlType::Binary
        | SqlType::Date
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
        | SqlType::Money
        | SqlType::Oid
        | SqlType::PgLsn
        | SqlType::InternalChar
        | SqlType::Array(_)
        | SqlType::Range(_)
        | SqlType::Multirange(_)
        | SqlType::Enum(_) => Of::Other,
    })
}

fn is_text(of: &SqlType) -> bool {
    kind(of) == Some(Of::Text)
}

/// How many digits stand before the point at least.
fn before_point(of: &SqlType) -> Option<i32> {
    if let SqlType::Numeric(Some((precision, scale))) = of {
        return Some(i32::from(*precision) - i32::from(*scale));
    }
    if let SqlType::Unsigned(inner) = of {
        return before_point(inner);
    }
    let digits = [
        (SqlType::TinyInt, 2),
        (SqlType::SmallInt, 4),
        (SqlType::Real, 6),
        (SqlType::Integer, 9),
        (SqlType::BigInt, 18),
    ];
    digits.iter().find(|(one, _)| one == of).map(|(_, digits)| *digits)
}

/// The text that both hold.
fn shorter(now: &SqlType, other: &SqlType) -> SqlType {
    let length = |of: &SqlType| {
        if let SqlType::Char(length) = of {
            return Some(length.unwrap_or(1));
        }
        let SqlType::Varchar(length) = of else { return None };
        *length
    };
    match (length(now), length(other)) {
        (Some(one), Some(two)) if two < one => other.clone(),
        (None, Some(_)) => other.clone(),
        (Some(_), Some(_) | None) | (None, None) => now.clone(),
    }
}

/// A value as a database reads it from text.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Decimal(_) => {
            value.to_string()
        }
        Value::Bytes(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

/// Values that an expression which must hold speaks of, beside the ones on either side of its numbers.
pub(super) fn spoken_of(expression: &str, column: &Column) -> Vec<Value> {
    if !names(expression, &column.name) {
        return Vec::new();
    }
    let is_number = matches!(kind(&column.sql_type), Some(Of::Number));
    let mut values = Vec::new();
    for token in tokens(expression) {
        let text = &expression[token.range];
        match token.kind {
            TokenKind::Text => {
                let inner = text.trim_start_matches(['E', 'e']).trim_matches('\'');
                let inner = inner.replace("''", "'");
                // A check may speak of several columns; no word is a day.
                let is_digits = inner.starts_with(|letter: char| letter.is_ascii_digit());
                let is_word = matches!(column.sql_type, SqlType::Enum(_))
                    || matches!(kind(&column.sql_type), Some(Of::Text) | None);
                if is_word || is_digits && kind(&column.sql_type) == Some(Of::Other) {
                    values.push(Value::Text(inner));
                }
            }
            TokenKind::Number if is_number => {
                if let Ok(number) = text.parse::<i64>() {
                    values.extend(
                        [number.saturating_add(1), number, number.saturating_sub(1)]
                            .map(Value::Int),
                    );
                } else {
                    values.push(Value::Decimal(text.to_owned()));
                }
            }
            TokenKind::Word
            | TokenKind::Quoted
            | TokenKind::Number
            | TokenKind::Blank
            | TokenKind::Mark => {}
        }
    }
    if is_number {
        values.extend([1, 2, 3].map(Value::Int));
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(
        dialect: Dialect,
        now: SqlType,
        other: Option<SqlType>,
        exactly: bool,
        expected: &str,
    ) {
        let catalog = Catalog::default();
        let wanted = Wanted { dialect, catalog: &catalog, number: 57, fits_exactly: exactly };
        let column = |sql_type| Column {
            name: "c".to_owned(),
            sql_type,
            nullable: true,
            default: None,
            identity: None,
            generated: None,
            collation: None,
            comment: None,
        };
        let value = wanted.value(&column(now.clone()), other.clone().map(column).as_ref());
        let value = value.map_or("none".to_owned(), |value| plain(&value));
        assert_eq!(value, expected, "{dialect} {now:?} {other:?}");
    }

    #[test]
    fn values_are_of_the_type_and_show_what_a_narrower_one_would_lose() {
        use Dialect::{Postgres, Sqlite};
        use SqlType::{BigInt, Double, Integer, Numeric, Text, Varchar};
        let (loose, exact) = (false, true);
        check(Postgres, Numeric(Some((10, 4))), None, loose, "57.5679");
        check(Postgres, Numeric(Some((10, 4))), Some(Numeric(Some((10, 2)))), loose, "57.5679");
        check(Postgres, Numeric(Some((10, 4))), Some(Numeric(Some((10, 2)))), exact, "57.79");
        check(Postgres, Numeric(Some((10, 4))), Some(BigInt), exact, "100057");
        check(Postgres, Varchar(Some(3)), None, loose, "fca");
        check(Postgres, Varchar(Some(20)), Some(Varchar(Some(8))), loose, "fcaaaaaa");
        check(Postgres, Varchar(Some(20)), None, loose, "text 57 'é' abcdefgh");
        check(Postgres, Text, Some(Integer), loose, "100057");
        check(Postgres, Double, None, loose, "57.1");
        check(Postgres, BigInt, Some(Integer), loose, "100057");
        let at = SqlType::Timestamp { precision: None, zone: true };
        check(Postgres, at.clone(), None, loose, "2001-03-02 09:02:57.123457+00");
        check(Sqlite, at, None, loose, "2001-03-02 09:02:57");
        check(Postgres, SqlType::Custom("geometry".to_owned()), None, loose, "none");
    }

    #[test]
    fn values_are_those_that_a_check_speaks_of() {
        let of = |sql: &str, sql_type: SqlType| {
            let column = Column {
                name: "side".to_owned(),
                sql_type,
                nullable: false,
                default: None,
                identity: None,
                generated: None,
                collation: None,
                comment: None,
            };
            spoken_of(sql, &column).iter().map(plain).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(of("side IN ('buy', 'it''s')", SqlType::Text), "buy it's");
        assert_eq!(of("side > 100", SqlType::Integer), "101 100 99 1 2 3");
        assert_eq!(of("other > 100", SqlType::Integer), "");
    }
}
