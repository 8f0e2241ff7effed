//! The keys of a table as MySQL and MariaDB make them: by which rows are found, which of them foreign keys bring along, and
//! what they can't be made of.

use std::collections::BTreeMap;

use migrate_model::{
    Dialect,
    catalog::{Column, Constraint, ForeignKey, Index, KeyPart, SqlType, Table},
};

use super::{
    reflect::charset,
    render::unsupported,
    types::{is_long, read},
};
use crate::backend::RenderError;

/// Whether a column is the first one of some key.
pub(super) fn is_keyed(table: &Table, name: &str) -> bool {
    keys(table).any(|columns| columns.first().is_some_and(|first| *first == name))
}

/// The columns of every key that the server can look rows up by, in order, up to the first expression.
fn keys(table: &Table) -> impl Iterator<Item = Vec<&str>> {
    let constraints = table.constraints.values().filter_map(|one| match one {
        Constraint::Unique(unique) if is_hashed(table, &unique.columns) => None,
        Constraint::PrimaryKey(_) | Constraint::Unique(_) => {
            Some(one.columns().iter().map(String::as_str).collect())
        }
        Constraint::ForeignKey(_) | Constraint::Check(_) | Constraint::Exclude(_) => None,
    });
    let is_ordered = |index: &&Index| {
        let columns: Vec<String> = index.columns().map(str::to_owned).collect();
        index.mysql.kind.is_none()
            && !(index.unique && index.mysql.lengths.is_empty() && is_hashed(table, &columns))
    };
    let ordered = table.indexes.values().filter(is_ordered);
    let indexes = ordered.map(|index| {
        let columns = index.keys.iter().map_while(|key| match &key.of {
            KeyPart::Column(name) if index.mysql.length_of(name).is_some() => None,
            KeyPart::Column(name) => Some(name.as_str()),
            KeyPart::Expression(_) => None,
        });
        columns.collect()
    });
    constraints.chain(indexes)
}

/// The indexes that foreign keys need and no other key of the table provides, under the names of the keys.
///
/// The server makes them by itself, and takes some of them away again by itself, but not with the foreign key. Said
/// explicitly, they are there exactly when they are needed.
pub(super) fn implied(table: &Table) -> BTreeMap<String, Vec<String>> {
    let mut implied: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for key in table.foreign_keys() {
        let covers = |columns: &[&str]| {
            columns.len() >= key.columns.len()
                && columns.iter().zip(&key.columns).all(|(a, b)| a == b)
        };
        let provided = keys(table).any(|columns| covers(&columns))
            || implied
                .values()
                .any(|columns| covers(&columns.iter().map(String::as_str).collect::<Vec<_>>()));
        if !provided {
            implied.insert(key.name.clone(), key.columns.clone());
        }
    }
    implied
}

/// The first characters are those of a text, and no more than it has.
fn check_beginning(
    dialect: Dialect,
    table: &Table,
    index: &Index,
    name: &str,
) -> Result<(), RenderError> {
    let (Some(length), Ok(column)) = (index.mysql.length_of(name), table.column(name)) else {
        return Ok(());
    };
    let of = &column.sql_type;
    let most = if let SqlType::Varchar(Some(most)) = of {
        Some(*most)
    } else if let SqlType::Char(most) = of {
        Some(most.unwrap_or(1))
    } else {
        // What a type of somebody's own stands for, only the server knows.
        let is_open = is_long(of) || matches!(of, SqlType::Custom(_));
        (!is_open).then_some(0)
    };
    let fits = most.is_none_or(|most| length <= most);
    if fits {
        return Ok(());
    }
    Err(unsupported(
        dialect,
        &format!(
            "index over the first {length} characters of `{name}`, which is {}, such as `{}`",
            column.sql_type, index.name
        ),
        "leave .length(…) away; or drop the index first, and create it again without it",
    ))
}

/// What an index can't be made of.
pub(super) fn check_index(
    dialect: Dialect,
    table: &Table,
    index: &Index,
) -> Result<(), RenderError> {
    if index.name.eq_ignore_ascii_case("primary") {
        return Err(RenderError::ReservedName { dialect, name: index.name.clone() });
    }
    if index.predicate.is_some() {
        return Err(unsupported(
            dialect,
            &format!("index over some of the rows, such as `{}`", index.name),
            "leave .filter(…) away, or put the op into op.only(Postgres, |op| …); a unique one can lie over a generated column that is NULL for all other rows",
        ));
    }
    for key in &index.keys {
        if let KeyPart::Column(name) = &key.of {
            check_beginning(dialect, table, index, name)?;
        }
        match &key.of {
            KeyPart::Column(name)
                if index.mysql.kind.is_some() || index.mysql.length_of(name).is_some() => {}
            KeyPart::Column(name) if dialect == Dialect::Mysql => {
                check_key(dialect, table, name, false)?;
            }
            KeyPart::Column(_) => {}
            KeyPart::Expression(_) if dialect == Dialect::Mysql => {}
            KeyPart::Expression(expression) => {
                return Err(unsupported(
                    dialect,
                    &format!("index over an expression, such as `{expression}`"),
                    "add a generated column with that expression, and index the column",
                ));
            }
        }
    }
    let kind = match index.mysql.kind {
        Some(_) => return Ok(()),
        None if index.unique => Kind::Unique,
        None => Kind::Plain,
    };
    let columns: Vec<&str> = index.columns().collect();
    let parts = parts(table, columns.iter().copied(), |name| index.mysql.length_of(name));
    check_hash(dialect, table, kind, &columns, &parts)?;
    check_length(dialect, table, &index.name, kind, &parts)
}

/// What a constraint can't be made of.
pub(super) fn check_constraint(
    dialect: Dialect,
    table: &Table,
    one: &Constraint,
) -> Result<(), RenderError> {
    let kind = match one {
        Constraint::PrimaryKey(_) | Constraint::ForeignKey(_) => Kind::Reference,
        Constraint::Unique(_) => Kind::Unique,
        Constraint::Check(_) | Constraint::Exclude(_) => return Ok(()),
    };
    let is_reference = kind == Kind::Reference;
    if is_reference || dialect == Dialect::Mysql {
        one.columns().iter().try_for_each(|name| check_key(dialect, table, name, is_reference))?;
    }
    let columns: Vec<&str> = one.columns().iter().map(String::as_str).collect();
    let parts = parts(table, columns.iter().copied(), |_| None);
    check_hash(dialect, table, kind, &columns, &parts)?;
    check_length(dialect, table, one.name(), kind, &parts)
}

/// What a foreign key refers to must be in a key that keeps all of it.
pub(super) fn check_referred(
    dialect: Dialect,
    table: &Table,
    key: &ForeignKey,
) -> Result<(), RenderError> {
    let columns = key.referred.iter().map(String::as_str);
    check_length(dialect, table, &key.name, Kind::Reference, &parts(table, columns, |_| None))
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// The server takes as much of a column as fits.
    Plain,
    /// MariaDB keeps a hash, where all of it doesn't fit.
    Unique,
    /// A primary key, or what a foreign key compares.
    Reference,
}

/// How many bytes of each column are in a key; more than fit, where nothing says how many there may be.
fn parts<'a>(
    table: &Table,
    columns: impl Iterator<Item = &'a str>,
    length: impl Fn(&str) -> Option<u32>,
) -> Vec<u32> {
    columns
        .filter_map(|name| {
            let column = table.column(name).ok()?;
            let letter = letter(table, column);
            Some(match length(name) {
                Some(length) if column.sql_type == SqlType::Binary => length,
                Some(length) => length.saturating_mul(letter),
                None => bytes(&column.sql_type, letter),
            })
        })
        .collect()
}

/// By a hash the server can't find how far it has counted.
fn check_hash(
    dialect: Dialect,
    table: &Table,
    kind: Kind,
    columns: &[&str],
    parts: &[u32],
) -> Result<(), RenderError> {
    let counts = |name: &&&str| table.column(name).is_ok_and(|one| one.identity.is_some());
    let is_hash = kind == Kind::Unique && total(parts) > most(table);
    match columns.iter().find(counts).filter(|_| is_hash && dialect == Dialect::Mariadb) {
        None => Ok(()),
        Some(name) => Err(unsupported(
            dialect,
            &format!("unique key by a hash over a column that counts up, such as `{name}`"),
            "leave the column away, which is unique by itself; or shorten the others to 3072 bytes in all",
        )),
    }
}

fn total(parts: &[u32]) -> u32 {
    parts.iter().copied().fold(0, u32::saturating_add)
}

/// Keys that are longer are refused by the server, in the middle of a run.
fn check_length(
    dialect: Dialect,
    table: &Table,
    name: &str,
    kind: Kind,
    parts: &[u32],
) -> Result<(), RenderError> {
    let refused = |bytes: u32, most: u32| {
        let length =
            if bytes >= WHOLE { "any length".to_owned() } else { format!("{bytes} bytes") };
        Err(unsupported(
            dialect,
            &format!("key of {length}, where {most} bytes are the most, such as `{name}`"),
            "shorten its columns, of which a character takes four bytes if the table does not say .mysql(|t| t.charset(…)); or let an index have less of them: .mysql(|i| i.length(…))",
        ))
    };
    let most = most(table);
    let whole = total(parts);
    if dialect == Dialect::Mariadb && kind == Kind::Unique && whole > most {
        return Ok(());
    }
    let cuts = dialect == Dialect::Mariadb && kind == Kind::Plain;
    let cut = |part: &u32| if cuts { most.min(*part) } else { *part };
    let kept: Vec<u32> = parts.iter().map(cut).collect();
    if total(&kept) > most {
        return refused(whole, most);
    }
    let longest = kept.into_iter().max().unwrap_or_default();
    let part = most_of_a_column(table);
    if longest > part { refused(longest, part) } else { Ok(()) }
}

/// Whether a unique key is longer than a key can be, so that MariaDB keeps a hash of it, by which no row is found.
pub(super) fn is_hashed(table: &Table, columns: &[String]) -> bool {
    let columns = columns.iter().map(String::as_str);
    total(&parts(table, columns, |_| None)) > most(table)
}

/// The bytes that a key can have.
fn most(table: &Table) -> u32 {
    match &table.options.mysql.engine {
        Some(engine) if engine.eq_ignore_ascii_case("myisam") => 1000,
        Some(engine) if engine.eq_ignore_ascii_case("aria") => 2300,
        Some(_) | None => 3072,
    }
}

/// The bytes that one column of a key can have.
fn most_of_a_column(table: &Table) -> u32 {
    let former = ["compact", "redundant"];
    match &table.options.mysql.row_format {
        Some(format) if former.iter().any(|one| format.eq_ignore_ascii_case(one)) => 767,
        Some(_) | None => u32::MAX,
    }
}

/// The most bytes that a character takes in a column.
fn letter(table: &Table, column: &Column) -> u32 {
    let own = &table.options.mysql;
    let collation = column.collation.as_ref().or(own.collate.as_ref());
    let set = collation.map(|one| charset(one)).or(own.charset.as_deref());
    match set.map(str::to_ascii_lowercase).as_deref() {
        // What the database itself has is not known here.
        None | Some("utf8mb4" | "utf16" | "utf16le" | "utf32" | "gb18030") => 4,
        Some("utf8" | "utf8mb3" | "ujis" | "eucjpms") => 3,
        Some("ucs2" | "big5" | "gbk" | "gb2312" | "sjis" | "cp932" | "euckr") => 2,
        Some(_) => 1,
    }
}

/// More than any key has.
const WHOLE: u32 = 1 << 30;

/// The bytes of a value in a key.
fn bytes(sql_type: &SqlType, letter: u32) -> u32 {
    let fraction = |precision: &Option<u8>| u32::from(precision.unwrap_or(6)).div_ceil(2);
    match sql_type {
        SqlType::Boolean | SqlType::TinyInt | SqlType::Enum(_) => 1,
        SqlType::SmallInt => 2,
        SqlType::Integer | SqlType::Real => 4,
        SqlType::BigInt | SqlType::Double => 8,
        SqlType::Unsigned(of) => bytes(of, letter),
        SqlType::Numeric(Some((precision, scale))) => {
            let scale = u32::try_from(*scale).unwrap_or_default();
            let packed = |digits: u32| digits / 9 * 4 + (digits % 9).div_ceil(2);
            packed(u32::from(*precision).saturating_sub(scale)) + packed(scale)
        }
        SqlType::Varchar(Some(length)) => length.saturating_mul(letter),
        SqlType::Char(length) => length.unwrap_or(1).saturating_mul(letter),
        SqlType::Uuid => 36 * letter,
        SqlType::Date => 3,
        SqlType::Time { precision, .. } => 3 + fraction(precision),
        SqlType::Timestamp { precision, zone: true } => 4 + fraction(precision),
        SqlType::Timestamp { precision, zone: false } => 5 + fraction(precision),
        SqlType::Custom(spelling) => {
            let read = read(spelling);
            let is_unknown = matches!(read, SqlType::Custom(_));
            if is_unknown { 0 } else { bytes(&read, letter) }
        }
        SqlType::Text
        | SqlType::Varchar(None)
        | SqlType::Binary
        | SqlType::Json
        | SqlType::Jsonb => WHOLE,
        // Neither database has these.
        SqlType::Numeric(None)
        | SqlType::Citext
        | SqlType::Interval
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
        | SqlType::Multirange(_) => 0,
    }
}

/// Whether a column can be part of a key: MySQL wants a length for what may be long; MariaDB finds one by itself,
/// but not for a primary or foreign key.
fn check_key(
    dialect: Dialect,
    table: &Table,
    name: &str,
    is_reference: bool,
) -> Result<(), RenderError> {
    let Ok(column) = table.column(name) else { return Ok(()) };
    if !is_long(&column.sql_type) {
        return Ok(());
    }
    let kind = if is_reference { "primary or foreign key" } else { "key" };
    Err(unsupported(
        dialect,
        &format!("{kind} over a column of any length, such as `{name}` ({})", column.sql_type),
        "give the column a length: varchar(…); or put the op into op.only(Postgres, |op| …)",
    ))
}
