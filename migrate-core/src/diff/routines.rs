//! Functions and procedures.
//!
//! Tables may need them (in defaults, checks and triggers), and they may need tables and views: PostgreSQL looks at what a
//! function in SQL reads when it is created. So each has its turn.

use migrate_model::{
    Op,
    catalog::{Function, FunctionKey},
    op::{CreateFunction, DropFunction, ReplaceFunction},
    sql,
};

use super::order::Way;

/// When a function is created.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Turn {
    BeforeTables,
    /// It reads a table that is new or changes, or has one for a type.
    BehindTables,
    /// It reads a view.
    BehindViews,
}

/// Creates and replaces the functions whose turn it is by now.
pub(super) fn create(way: &mut Way, turn: Turn) {
    for (key, wanted) in way.after.functions.clone() {
        if way.now.functions.get(&key) == Some(&wanted) || turn_of(way, &wanted) > turn {
            continue;
        }
        let is_replaced = way.now.functions.contains_key(&key) || stands_alone(way, &key);
        way.take(if is_replaced {
            Op::ReplaceFunction(ReplaceFunction { function: wanted })
        } else {
            Op::CreateFunction(CreateFunction { function: wanted })
        });
    }
}

fn turn_of(way: &Way, function: &Function) -> Turn {
    let is_sql = function.language.as_deref().is_some_and(|one| one.eq_ignore_ascii_case("sql"));
    let types = function.arguments.iter().map(|argument| &argument.sql_type);
    let texts: Vec<&String> = (is_sql.then_some(&function.body).into_iter())
        .chain(&function.returns)
        .chain(types)
        .collect();
    let reads = |name: &str| {
        texts.iter().any(|text| {
            let tokens = sql::tokens(text);
            tokens.iter().any(|token| sql::names(&text[token.range.clone()], name))
        })
    };
    let is_other =
        |view: &&migrate_model::catalog::View| way.now.views.get(&view.name) != Some(view);
    if way.after.views.values().filter(is_other).any(|view| reads(&view.name.name)) {
        return Turn::BehindViews;
    }
    let is_other =
        |table: &&migrate_model::catalog::Table| way.now.tables.get(&table.name) != Some(table);
    match way.after.tables.values().filter(is_other).any(|table| reads(&table.name.name)) {
        true => Turn::BehindTables,
        false => Turn::BeforeTables,
    }
}

/// Whether the only function of the name is to give way to this one, which is the only one of the name then.
fn stands_alone(way: &Way, (name, _): &FunctionKey) -> bool {
    let there = way.now.functions.keys().filter(|(one, _)| one == name);
    let wanted = way.after.functions.keys().filter(|(one, _)| one == name);
    there.count() == 1 && wanted.count() == 1
}

/// Drops what is to go.
pub(super) fn drop_gone(way: &mut Way) {
    for (name, types) in way.now.functions.clone().into_keys() {
        if !way.after.functions.contains_key(&(name.clone(), types.clone())) {
            let arguments = Some(types);
            way.take(Op::DropFunction(DropFunction { name, arguments, if_exists: false }));
        }
    }
}
