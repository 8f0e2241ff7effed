//! Indexes.

use migrate_core::catalog::{
    Index, IndexKey, KeyPart, MysqlIndex, MysqlIndexKind, Nulls, Order, PostgresIndex, TableName,
};
use migrate_core::op::{CreateIndex, DropIndex, RenameIndex};

use super::Why;
use super::layout::{Code, call, plain};
use super::literal::{Name, text, texts};

pub(super) fn create(create: &CreateIndex, is_named: bool) -> Result<Code, Why> {
    let CreateIndex { table, index, concurrently, if_not_exists } = create;
    let index = self::index(table, index, *concurrently, is_named)?;
    Ok(plain("op").then("create_index", [index]).then_if(*if_not_exists, "if_not_exists"))
}

fn index(
    table: &TableName,
    index: &Index,
    concurrently: bool,
    is_named: bool,
) -> Result<Code, Why> {
    let Index { name, unique, keys, predicate, postgres, mysql } = index;
    let name = if is_named { name } else { "" };
    let is_word = |key: &&IndexKey| self::is_word(key);
    let Some(first) = keys.first() else { return Err("it has no keys") };
    // Names stand in one array, anything else in another: its items are of one type.
    let in_array = keys.iter().take_while(|key| is_word(key) == is_word(&first)).count();
    let array = keys[..in_array].iter().map(key).collect::<Result<_, _>>()?;
    let mut code = call("index", [text(name)]).then("on", [table.code(), Code::List(array)]);
    for key in &keys[in_array..] {
        code = code.then("key", [self::key(key)?]);
    }
    let PostgresIndex { method, ops, include, nulls_not_distinct, with, tablespace } = postgres;
    let MysqlIndex { lengths, kind, using } = mysql;
    Ok(code
        .then_if(*unique, "unique")
        .then_some("filter", predicate.as_deref().map(text))
        .then_options("postgres", "i", |i| {
            let i = i.then_some("using", method.as_deref().map(text));
            let i = ops.iter().fold(i, |i, (key, class)| i.then("ops", [text(key), text(class)]));
            let i = if include.is_empty() { i } else { i.then("include", [texts(include)]) };
            self::with(i.then_if(*nulls_not_distinct, "nulls_not_distinct"), with)
                .then_some("tablespace", tablespace.as_deref().map(text))
                .then_if(concurrently, "concurrently")
        })
        .then_options("mysql", "i", |i| {
            let i = i.then_some("using", using.as_deref().map(text));
            let i = i.then_if(*kind == Some(MysqlIndexKind::Fulltext), "fulltext");
            let i = i.then_if(*kind == Some(MysqlIndexKind::Spatial), "spatial");
            lengths
                .iter()
                .fold(i, |i, (column, length)| i.then("length", [text(column), plain(length)]))
        }))
}

/// Storage parameters.
pub(super) fn with(code: Code, parameters: &[(String, String)]) -> Code {
    parameters.iter().fold(code, |code, (parameter, value)| {
        let is_number = value.parse().is_ok_and(|number: i64| number.to_string() == *value);
        let is_bare = is_number || value == "true" || value == "false";
        let value = if is_bare { plain(value) } else { text(value) };
        code.then("with", [text(parameter), value])
    })
}

/// Whether a key is a column's name and no more.
fn is_word(key: &IndexKey) -> bool {
    matches!(key, IndexKey { of: KeyPart::Column(_), order: None, nulls: None })
}

fn key(key: &IndexKey) -> Result<Code, Why> {
    let IndexKey { of, order, nulls } = key;
    let code = match (of, order) {
        (KeyPart::Column(name), None) => match nulls {
            None => text(name),
            Some(_) => return Err("where NULLs come is said of a key that has an order"),
        },
        (KeyPart::Column(name), Some(Order::Ascending)) => call("asc", [text(name)]),
        (KeyPart::Column(name), Some(Order::Descending)) => call("desc", [text(name)]),
        (KeyPart::Expression(sql), None) => call("expr", [text(sql)]),
        (KeyPart::Expression(sql), Some(Order::Descending)) => {
            call("expr", [text(sql)]).then("desc", [])
        }
        (KeyPart::Expression(_), Some(Order::Ascending)) => {
            return Err("no word makes an expression ascending, which it is without");
        }
    };
    Ok(match nulls {
        None => code,
        Some(Nulls::First) => code.then("nulls_first", []),
        Some(Nulls::Last) => code.then("nulls_last", []),
    })
}

/// Columns and expressions in one array.
pub(super) fn parts(parts: &[KeyPart]) -> Result<Code, Why> {
    let is_column = |part: &KeyPart| matches!(part, KeyPart::Column(_));
    let all_columns = parts.iter().all(is_column);
    let part = |part: &KeyPart| match part {
        KeyPart::Column(name) if all_columns => text(name),
        KeyPart::Column(name) => call("asc", [text(name)]),
        KeyPart::Expression(sql) => call("expr", [text(sql)]),
    };
    match parts {
        [] => Err("it is parted by nothing"),
        _ => Ok(Code::List(parts.iter().map(part).collect())),
    }
}

pub(super) fn drop(drop: &DropIndex) -> Code {
    let DropIndex { name, table, concurrently, if_exists } = drop;
    plain("op")
        .then("drop_index", [text(name)])
        .then_some("on", table.as_ref().map(Name::code))
        .then_if(*concurrently, "concurrently")
        .then_if(*if_exists, "if_exists")
}

pub(super) fn rename(rename: &RenameIndex) -> Code {
    let RenameIndex { table, from, to } = rename;
    plain("op")
        .then("rename_index", [text(from), text(to)])
        .then_some("on", table.as_ref().map(Name::code))
}
