//! Which changes of a column's type PostgreSQL makes by writing the table anew. Types are text here, as SQL spells them.

use crate::impact::Answer::{self, No, Perhaps, Yes};

/// A type as `varchar(16)`: its name, and the numbers behind it.
struct Spelled {
    name: String,
    numbers: Vec<i64>,
}

fn read(text: &str) -> Spelled {
    let text = text.to_lowercase().replace("[ ]", "[]").replace(" []", "[]");
    let (name, rest) = match text.split_once('(') {
        None => (text.as_str(), None),
        Some((name, rest)) => (name, rest.split_once(')')),
    };
    let mut words: Vec<&str> = name.split_whitespace().collect();
    let mut numbers = Vec::new();
    if let Some((inside, behind)) = rest {
        numbers = inside.split(',').filter_map(|number| number.trim().parse().ok()).collect();
        words.extend(behind.split_whitespace());
    }
    let name = words.join(" ");
    let name = match name.as_str() {
        "character varying" => "varchar",
        "character" | "bpchar" => "char",
        "int" | "int4" => "integer",
        "int8" => "bigint",
        "int2" => "smallint",
        "decimal" => "numeric",
        "bit varying" => "varbit",
        "bool" => "boolean",
        "float8" => "double precision",
        "float4" => "real",
        "timestamp with time zone" => "timestamptz",
        "timestamp without time zone" => "timestamp",
        "time with time zone" => "timetz",
        "time without time zone" => "time",
        other => other,
    };
    Spelled { name: name.to_owned(), numbers }
}

/// Whether two spellings are of one type.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (read(one), read(other));
    one.name == other.name && one.numbers == other.numbers
}

/// Whether a change from one type to another writes the table anew.
pub(super) fn rewrites(from: &str, to: &str) -> Answer {
    let (from, to) = (read(from), read(to));
    // Without a number there is no limit; for times that is six digits.
    let at_least = |limit: Option<i64>| match (from.numbers.first(), to.numbers.first()) {
        (_, None) => true,
        (None, Some(to)) => limit.is_some_and(|limit| *to >= limit),
        (Some(from), Some(to)) => to >= from,
    };
    let is_so = match (from.name.as_str(), to.name.as_str()) {
        ("varchar", "varchar" | "text") | ("varbit", "varbit") => at_least(None),
        ("text", "varchar") => to.numbers.is_empty(),
        ("cidr", "inet") => true,
        ("numeric", "numeric") => {
            at_least(None)
                && (to.numbers.is_empty()
                    || from.numbers.get(1).unwrap_or(&0) == to.numbers.get(1).unwrap_or(&0))
        }
        ("timestamp", "timestamp")
        | ("timestamptz", "timestamptz")
        | ("time", "time")
        | ("timetz", "timetz") => at_least(Some(6)),
        // In a session whose time zone is UTC they are one.
        ("timestamp", "timestamptz") | ("timestamptz", "timestamp") => {
            return if at_least(Some(6)) { Perhaps } else { Yes };
        }
        (one, other) => one == other && from.numbers == to.numbers,
    };
    if is_so { No } else { Yes }
}

/// Whether it is a type of PostgreSQL's own, or an extension's known one: no domain, which could have a rule.
pub(super) fn is_builtin(text: &str) -> bool {
    const NAMES: [&str; 46] = [
        "boolean",
        "smallint",
        "integer",
        "bigint",
        "real",
        "double precision",
        "numeric",
        "text",
        "varchar",
        "char",
        "citext",
        "bytea",
        "date",
        "time",
        "timetz",
        "timestamp",
        "timestamptz",
        "interval",
        "json",
        "jsonb",
        "uuid",
        "inet",
        "cidr",
        "macaddr",
        "macaddr8",
        "money",
        "oid",
        "pg_lsn",
        "\"char\"",
        "bit",
        "varbit",
        "xml",
        "tsvector",
        "tsquery",
        "point",
        "line",
        "lseg",
        "box",
        "path",
        "polygon",
        "circle",
        "name",
        "hstore",
        "ltree",
        "vector",
        "float",
    ];
    let text = text.replace("[ ]", "").replace("[]", "");
    let name = read(text.trim()).name;
    NAMES.contains(&name.as_str()) || name.ends_with("range")
}
