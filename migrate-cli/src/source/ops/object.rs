//! Views, functions and triggers.

use migrate_core::catalog::TableName;
use migrate_core::catalog::{
    Argument, ArgumentMode, CheckOption, Function, PostgresView, Timing, Trigger, TriggerAction,
    TriggerEvent, View,
};
use migrate_core::op::DropFunction;

use super::Why;
use super::layout::{Code, call, plain};
use super::literal::{Name, text, texts};

pub(super) fn view(view: &View, no_data: bool) -> Result<Code, Why> {
    let View {
        name,
        columns,
        query,
        materialized,
        check_option,
        postgres,
        indexes,
        triggers,
        // What the simulation found out.
        uses: _,
    } = view;
    if !indexes.is_empty() || !triggers.is_empty() {
        return Err("indexes and triggers come behind their view");
    }
    let code = call("view", [name.code()]);
    let code = if columns.is_empty() { code } else { code.then("columns", [texts(columns)]) };
    let code = code.then("query", [text(query)]).then_if(*materialized, "materialized");
    let code = match check_option {
        None => code,
        Some(CheckOption::Local) => code.then("local_check_option", []),
        Some(CheckOption::Cascaded) => code.then("check_option", []),
    };
    Ok(code.then_options("postgres", "v", |v| {
        let PostgresView { security_barrier, security_invoker } = postgres;
        v.then_if(*security_barrier, "security_barrier")
            .then_if(*security_invoker, "security_invoker")
            .then_if(no_data, "no_data")
    }))
}

pub(super) fn function(function: &Function) -> Result<Code, Why> {
    let Function { name, procedure, arguments, returns, language, options, body } = function;
    let mut code = call("function", [name.code()]).then_if(*procedure, "procedure");
    for argument in arguments {
        let Argument { name, sql_type, mode, default } = argument;
        let (name, sql_type) = (text(name), text(sql_type));
        code = match (mode, default) {
            (ArgumentMode::In, None) => code.then("argument", [name, sql_type]),
            (ArgumentMode::In, Some(default)) => {
                code.then("argument_or", [name, sql_type, text(default)])
            }
            (ArgumentMode::Out, None) => code.then("out_argument", [name, sql_type]),
            (ArgumentMode::InOut, None) => code.then("in_out_argument", [name, sql_type]),
            (ArgumentMode::InOut, Some(default)) => {
                code.then("in_out_argument_or", [name, sql_type, text(default)])
            }
            (ArgumentMode::Variadic, None) => code.then("variadic", [name, sql_type]),
            (ArgumentMode::Variadic, Some(default)) => {
                code.then("variadic_or", [name, sql_type, text(default)])
            }
            (ArgumentMode::Out, Some(_)) => return Err("what only comes out has no default"),
        };
    }
    Ok(code
        .then_some("returns", returns.as_deref().map(text))
        .then_some("language", language.as_deref().map(text))
        .then_some("options", options.as_deref().map(text))
        .then("body", [text(body)]))
}

pub(super) fn drop_function(drop: &DropFunction) -> Code {
    let DropFunction { name, arguments, if_exists } = drop;
    let code = plain("op").then("drop_function", [name.code()]);
    let code = match arguments.as_deref() {
        None => code,
        // Of an empty list the compiler knows no type.
        Some([]) => code.then("arguments::<&str>", [texts([])]),
        Some(types) => code.then("arguments", [texts(types)]),
    };
    code.then_if(*if_exists, "if_exists")
}

pub(super) fn trigger(table: &TableName, trigger: &Trigger) -> Result<Code, Why> {
    let Trigger { name, timing, events, for_each_statement, when, action } = trigger;
    let Some((first, others)) = events.split_first() else { return Err("it fires for nothing") };
    let timing = match timing {
        Timing::Before => "before",
        Timing::After => "after",
        Timing::InsteadOf => "instead_of",
    };
    if timing == "instead_of" && *first == TriggerEvent::Truncate {
        return Err("nothing fires in the place of TRUNCATE");
    }
    let code = call("trigger", [text(name)]).then(&format!("{timing}_{}", event(first)), []);
    let mut code =
        others.iter().fold(code, |code, other| code.then(&format!("or_{}", event(other)), []));
    let mut updates = events.iter().filter_map(|event| match event {
        TriggerEvent::Update(columns) => Some(columns),
        TriggerEvent::Insert | TriggerEvent::Delete | TriggerEvent::Truncate => None,
    });
    if let Some(columns) = updates.next() {
        if updates.any(|others| others != columns) {
            return Err("each UPDATE of it is about the same columns");
        }
        if !columns.is_empty() {
            code = code.then("of", [texts(columns)]);
        }
    }
    code = code.then("on", [table.code()]);
    let by_itself = events.contains(&TriggerEvent::Truncate);
    code = match (by_itself, for_each_statement) {
        (true, true) | (false, false) => code,
        (true, false) => code.then("for_each_row", []),
        (false, true) => code.then("for_each_statement", []),
    };
    code = code.then_some("when", when.as_deref().map(text));
    Ok(match action {
        TriggerAction::Unsaid => code,
        TriggerAction::Body(body) => code.then("body", [text(body)]),
        TriggerAction::Function(name, arguments) => {
            let code = code.then("execute_function", [name.code()]);
            if arguments.is_empty() { code } else { code.then("arguments", [texts(arguments)]) }
        }
    })
}

fn event(event: &TriggerEvent) -> &'static str {
    match event {
        TriggerEvent::Insert => "insert",
        TriggerEvent::Update(_) => "update",
        TriggerEvent::Delete => "delete",
        TriggerEvent::Truncate => "truncate",
    }
}
