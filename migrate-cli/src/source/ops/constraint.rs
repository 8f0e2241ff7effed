//! Constraints, by themselves and as a part of what is said about a column.

use migrate_core::catalog::{
    Action, Check, Constraint, Deferrable, Exclude, ForeignKey, KeyPart, PrimaryKey, Unique,
};

use super::Why;
use super::layout::{Code, call, plain};
use super::literal::{Name, text, texts};

/// A constraint by itself; without a name where it gets the right one anyway.
pub(super) fn constraint(constraint: &Constraint, is_named: bool) -> Result<Code, Why> {
    let code = match constraint {
        Constraint::PrimaryKey(PrimaryKey { name: _, columns }) => {
            call("primary_key", [some(columns)?])
        }
        Constraint::Unique(one) => {
            let Unique { name: _, columns, deferrable, nulls_not_distinct, include } = one;
            let code = waiting(call("unique", [some(columns)?]), *deferrable);
            let options = |u: Code| {
                let u = u.then_if(*nulls_not_distinct, "nulls_not_distinct");
                if include.is_empty() { u } else { u.then("include", [texts(include)]) }
            };
            let said = options(plain("u"));
            // A closure that gives nothing back.
            if matches!(said, Code::Plain(_)) {
                code
            } else {
                code.then("postgres", [Code::Block("u", vec![said])])
            }
        }
        Constraint::ForeignKey(key) => foreign_key(key)?,
        Constraint::Check(Check { name: _, expression, not_valid }) => {
            call("check", [text(expression)])
                .then_options("postgres", "c", |c| c.then_if(*not_valid, "not_valid"))
        }
        Constraint::Exclude(one) => {
            let Exclude { name: _, using, elements, ops, filter, deferrable } = one;
            if elements.is_empty() {
                return Err("it compares nothing");
            }
            let code = call("exclude", [text(using)]);
            let code = elements.iter().fold(code, |code, (key, operator)| {
                let key = match key {
                    KeyPart::Column(name) => text(name),
                    KeyPart::Expression(sql) => call("expr", [text(sql)]),
                };
                code.then("with", [key, text(operator)])
            });
            let code = ops
                .iter()
                .fold(code, |code, (key, class)| code.then("ops", [text(key), text(class)]));
            waiting(code.then_some("filter", filter.as_deref().map(text)), *deferrable)
        }
    };
    Ok(if is_named { code.then("named", [text(constraint.name())]) } else { code })
}

fn foreign_key(key: &ForeignKey) -> Result<Code, Why> {
    let ForeignKey {
        name: _,
        columns,
        table,
        referred,
        on_delete,
        on_update,
        deferrable,
        not_valid,
        match_full,
    } = key;
    let code = call("foreign_key", [some(columns)?]);
    let code = code.then("references", [table.code(), some(referred)?]);
    let code = code.then_some("on_delete", action(*on_delete));
    let code = code.then_some("on_update", action(*on_update));
    Ok(waiting(code, *deferrable).then_options("postgres", "k", |k| {
        k.then_if(*match_full, "match_full").then_if(*not_valid, "not_valid")
    }))
}

/// A list with something in it: of an empty one the compiler knows no type.
pub(super) fn some(columns: &[String]) -> Result<Code, Why> {
    if columns.is_empty() { Err("it is about no columns") } else { Ok(texts(columns)) }
}

fn action(action: Action) -> Option<Code> {
    let word = match action {
        Action::NoAction => return None,
        Action::Restrict => "Restrict",
        Action::Cascade => "Cascade",
        Action::SetNull => "SetNull",
        Action::SetDefault => "SetDefault",
    };
    Some(plain(word))
}

fn waiting(code: Code, deferrable: Deferrable) -> Code {
    match deferrable {
        Deferrable::No => code,
        Deferrable::InitiallyImmediate => code.then("deferrable", []),
        Deferrable::InitiallyDeferred => code.then("initially_deferred", []),
    }
}

/// Whether a constraint that needs no name can be said of a column.
pub(super) fn is_of(constraint: &Constraint, column: &str) -> bool {
    let is_column = || matches!(constraint.columns(), [one] if one == column);
    match constraint {
        Constraint::PrimaryKey(_) => is_column(),
        Constraint::Unique(Unique { deferrable, nulls_not_distinct, include, .. }) => {
            is_column()
                && *deferrable == Deferrable::No
                && !nulls_not_distinct
                && include.is_empty()
        }
        Constraint::ForeignKey(key) => {
            let ForeignKey { referred, deferrable, not_valid, match_full, .. } = key;
            is_column()
                && referred.len() == 1
                && *deferrable == Deferrable::No
                && !not_valid
                && !match_full
        }
        Constraint::Check(check) => {
            !check.not_valid && migrate_model::sql::names(&check.expression, column)
        }
        Constraint::Exclude(_) => false,
    }
}

/// A constraint as a part of what is said about its column.
pub(super) fn inline(column: Code, constraint: &Constraint) -> Result<Code, Why> {
    Ok(match constraint {
        Constraint::PrimaryKey(_) => column.then("primary_key", []),
        Constraint::Unique(_) => column.then("unique", []),
        Constraint::ForeignKey(key) => {
            let [referred] = key.referred.as_slice() else {
                return Err("a column alone refers to a column");
            };
            column
                .then("references", [key.table.code(), text(referred)])
                .then_some("on_delete", action(key.on_delete))
                .then_some("on_update", action(key.on_update))
        }
        Constraint::Check(check) => column.then("check", [text(&check.expression)]),
        Constraint::Exclude(_) => return Err("no column has an exclusion constraint"),
    })
}
