//! The rows about views, functions and triggers.

use migrate_core::catalog::{NewFunction, NewTrigger, NewView};
use migrate_core::prelude::*;

use crate::rows::{Row, option, row};

pub(crate) fn rows() -> Vec<Row> {
    views().into_iter().chain(functions()).chain(triggers()).collect()
}

fn cheap() -> NewView {
    view("cheap").query("SELECT id AS id FROM orders WHERE price < 10")
}

fn cheaper() -> NewView {
    view("cheap").query("SELECT id AS id, price AS price FROM orders WHERE price < 10")
}

fn one(op: &Ops) -> NewFunction {
    let new = function("one").returns("integer");
    match op.dialect() {
        Postgres => new.language("sql").options("IMMUTABLE").body("SELECT 1"),
        Sqlite | Mysql | Mariadb => new.options("DETERMINISTIC").body("RETURN 1"),
    }
}

fn two(op: &Ops) -> NewFunction {
    let new = function("one").argument("a", "integer").returns("integer");
    match op.dialect() {
        Postgres => new.language("sql").body("SELECT 2"),
        Sqlite | Mysql | Mariadb => new.options("NO SQL").body("RETURN 2"),
    }
}

fn note(op: &Ops, trigger: NewTrigger) -> NewTrigger {
    match op.dialect() {
        Postgres => trigger.execute_function("touch"),
        Sqlite | Mysql | Mariadb => trigger.body("UPDATE users SET email = 'new'"),
    }
}

fn noting(op: &Ops) -> NewTrigger {
    note(op, trigger("note").after_insert().on("orders"))
}

fn views() -> Vec<Row> {
    vec![
        row("`create_view(view(…).query(…))`", |op| op.create_view(cheap())),
        row("`view(…).columns([…])`", |op| {
            op.create_view(view("cheap").columns(["number"]).query("SELECT id FROM orders"));
        }),
        row("`view(…).check_option()`", |op| op.create_view(cheap().check_option())),
        row("`view(…).local_check_option()`", |op| op.create_view(cheap().local_check_option())),
        option(
            "`view(…).postgres(|v| v.security_barrier().security_invoker())`",
            |op| op.create_view(cheap()),
            |op| op.create_view(cheap().postgres(|v| v.security_barrier().security_invoker())),
        ),
        row("`view(…).materialized()`", |op| op.create_view(cheap().materialized())),
        row("`view(…).materialized().postgres(|v| v.no_data())`", |op| {
            op.create_view(cheap().materialized().postgres(|v| v.no_data()));
        }),
        row("`replace_view(…)` with columns behind the former ones", |op| {
            op.create_view(cheap());
            op.replace_view(cheaper());
        }),
        row("`replace_view(…)` with other columns", |op| {
            op.create_view(cheaper());
            op.replace_view(cheap());
        }),
        row("`replace_view(…).recreate()`", |op| {
            op.create_view(cheap());
            op.replace_view(cheaper()).recreate();
        }),
        row("`drop_view(…)`", |op| {
            op.create_view(cheap());
            op.drop_view("cheap");
        }),
        row("`drop_view(…).if_exists()`", |op| {
            op.drop_view("cheap").if_exists();
        }),
        row("`rename_table(…)` below a view", |op| {
            op.create_view(cheap());
            op.rename_table("orders", "deals");
        }),
        row("`rename_table(…)` below a view, to a name that needs quotes", |op| {
            op.create_view(cheap());
            op.rename_table("orders", "select");
        }),
    ]
}

fn functions() -> Vec<Row> {
    vec![
        row("`create_function(function(…)….body(…))`", |op| {
            let new = one(op);
            op.create_function(new);
        }),
        row("`function(…).language(…)`", |op| {
            op.create_function(function("one").returns("integer").language("sql").body("SELECT 1"));
        }),
        row("`function(…).argument_or(…)`", |op| {
            op.create_function(
                function("one")
                    .argument_or("a", "integer", "1")
                    .returns("integer")
                    .body("RETURN 1"),
            );
        }),
        row("`function(…).out_argument(…)`", |op| {
            op.create_function(function("one").out_argument("a", "integer").body("SET a = 1"));
        }),
        row("`function(…).variadic(…)`", |op| {
            op.create_function(
                function("one").variadic("a", "integer[]").returns("integer").body("RETURN 1"),
            );
        }),
        row("`function(…).procedure()`", |op| {
            op.create_function(function("sweep").procedure().body("BEGIN END"));
        }),
        row("`replace_function(…)`", |op| {
            let new = one(op);
            op.create_function(new.clone());
            op.replace_function(new);
        }),
        row("`replace_function(…)` with other arguments", |op| {
            let (new, other) = (one(op), two(op));
            op.create_function(new);
            op.replace_function(other);
        }),
        row("`drop_function(…)`", |op| {
            let new = one(op);
            op.create_function(new);
            op.drop_function("one");
        }),
        row("`drop_function(…).arguments([…])`", |op| {
            let new = two(op);
            op.create_function(new);
            op.drop_function("one").arguments(["int"]);
        }),
        row("`drop_function(…).if_exists()`", |op| {
            op.drop_function("one").if_exists();
        }),
    ]
}

fn triggers() -> Vec<Row> {
    vec![
        row("`create_trigger(trigger(…)….execute_function(…))`", |op| {
            op.create_trigger(
                trigger("touch").before_update().on("orders").execute_function("touch"),
            );
        }),
        row("`create_trigger(trigger(…)….body(…))`", |op| {
            op.create_trigger(trigger("touch").before_update().on("orders").body("SELECT 1"));
        }),
        row("`trigger(…).after_insert().or_update()`", |op| {
            let new = note(op, trigger("note").after_insert().or_update().on("orders"));
            op.create_trigger(new);
        }),
        row("`trigger(…).before_update().of([…])`", |op| {
            let new = note(op, trigger("note").before_update().of(["notes"]).on("orders"));
            op.create_trigger(new);
        }),
        row("`trigger(…).after_truncate()`", |op| {
            let new = note(op, trigger("note").after_truncate().on("orders"));
            op.create_trigger(new);
        }),
        row("`trigger(…).instead_of_insert()` of a view", |op| {
            op.create_view(cheap());
            let new = note(op, trigger("note").instead_of_insert().on("cheap"));
            op.create_trigger(new);
        }),
        row("`trigger(…).for_each_statement()`", |op| {
            let new = noting(op).for_each_statement();
            op.create_trigger(new);
        }),
        row("`trigger(…).when(…)`", |op| {
            let new = noting(op).when("NEW.id > 1");
            op.create_trigger(new);
        }),
        row("`replace_trigger(…)`", |op| {
            let new = noting(op);
            op.create_trigger(new.clone());
            op.replace_trigger(new);
        }),
        row("`drop_trigger(table, name)`", |op| {
            let new = noting(op);
            op.create_trigger(new);
            op.drop_trigger("orders", "note");
        }),
        row("`drop_trigger(table, name).if_exists()`", |op| {
            let new = noting(op);
            op.create_trigger(new);
            op.drop_trigger("orders", "note").if_exists();
        }),
    ]
}
