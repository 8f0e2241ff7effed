//! Triggers, on each database.

use migrate_model::{
    Dialect,
    catalog::{Catalog, Table, TableName, Timing, Trigger, TriggerAction, TriggerEvent},
    op::{CreateTrigger, DropTrigger, ReplaceTrigger},
    sql,
};

use super::{RenderError, Sql};

/// CREATE TRIGGER.
pub(crate) fn create_trigger(
    dialect: Dialect,
    create: &CreateTrigger,
    before: &Catalog,
) -> Result<Vec<String>, RenderError> {
    check_free(dialect, &create.table, &create.trigger.name, before)?;
    Ok(vec![trigger_sql(dialect, &create.table, &create.trigger, "CREATE ")?])
}

/// The triggers of a table that is created.
pub(crate) fn of_table(
    dialect: Dialect,
    table: &Table,
    before: &Catalog,
) -> Result<Vec<String>, RenderError> {
    (table.triggers.values())
        .map(|trigger| {
            check_free(dialect, &table.name, &trigger.name, before)?;
            trigger_sql(dialect, &table.name, trigger, "CREATE ")
        })
        .collect()
}

/// What gives a trigger another definition.
pub(crate) fn replace_trigger(
    dialect: Dialect,
    replace: &ReplaceTrigger,
) -> Result<Vec<String>, RenderError> {
    let (table, trigger) = (&replace.table, &replace.trigger);
    Ok(match dialect {
        // PostgreSQL since 14.
        Dialect::Postgres | Dialect::Mariadb => {
            vec![trigger_sql(dialect, table, trigger, "CREATE OR REPLACE ")?]
        }
        Dialect::Sqlite | Dialect::Mysql => vec![
            drop_sql(dialect, table, &trigger.name, false)?,
            trigger_sql(dialect, table, trigger, "CREATE ")?,
        ],
    })
}

/// DROP TRIGGER.
pub(crate) fn drop_trigger(
    dialect: Dialect,
    drop: &DropTrigger,
) -> Result<Vec<String>, RenderError> {
    Ok(vec![drop_sql(dialect, &drop.table, &drop.name, drop.if_exists)?])
}

/// But for PostgreSQL triggers of all tables share their names.
fn check_free(
    dialect: Dialect,
    table: &TableName,
    name: &str,
    before: &Catalog,
) -> Result<(), RenderError> {
    let is_taken = |(of, other): &(&TableName, &Trigger)| {
        *of != table && other.name.eq_ignore_ascii_case(name) && of.schema == table.schema
    };
    match before.all_triggers().find(is_taken) {
        Some((of, _)) if dialect != Dialect::Postgres => Err(RenderError::NameTaken {
            dialect,
            name: name.to_owned(),
            by: format!("a trigger of `{of}`"),
        }),
        Some(_) | None => Ok(()),
    }
}

pub(crate) fn drop_sql(
    dialect: Dialect,
    table: &TableName,
    name: &str,
    if_exists: bool,
) -> Result<String, RenderError> {
    let sql = Sql::new(dialect, "DROP TRIGGER ").raw_if(if_exists, "IF EXISTS ");
    match dialect {
        Dialect::Postgres => sql.name(name).raw(" ON ").table(table).end(),
        Dialect::Sqlite | Dialect::Mysql | Dialect::Mariadb => {
            sql.qualified(table.schema.as_deref(), name).end()
        }
    }
}

pub(crate) fn trigger_sql(
    dialect: Dialect,
    table: &TableName,
    trigger: &Trigger,
    verb: &str,
) -> Result<String, RenderError> {
    let is_postgres = dialect == Dialect::Postgres;
    let is_mysql = dialect.family() == Dialect::Mysql;
    let only_postgres = "put the op into op.only(Postgres, |op| …)";
    let mut sql = Sql::new(dialect, verb).raw("TRIGGER ").name(&trigger.name);
    sql = match trigger.timing {
        Timing::Before => sql.raw(" BEFORE "),
        Timing::After => sql.raw(" AFTER "),
        Timing::InsteadOf if is_mysql => sql.unsupported(
            &format!("triggers of views, such as `{}`", trigger.name),
            "write to the tables below the view",
        ),
        Timing::InsteadOf => sql.raw(" INSTEAD OF "),
    };
    if trigger.events.len() > 1 && !is_postgres {
        sql = sql.unsupported(
            &format!("trigger for several events, such as `{}`", trigger.name),
            "create a trigger for each of them",
        );
    }
    for (number, event) in trigger.events.iter().enumerate() {
        sql = sql.raw_if(number > 0, " OR ");
        sql = match event {
            TriggerEvent::Insert => sql.raw("INSERT"),
            TriggerEvent::Update(columns) if columns.is_empty() => sql.raw("UPDATE"),
            TriggerEvent::Update(_) if is_mysql => sql.unsupported(
                &format!("trigger for columns, such as `{}`", trigger.name),
                "leave .of([…]) away, and compare NEW and OLD in the body",
            ),
            TriggerEvent::Update(columns) => {
                sql.raw("UPDATE OF ").list(columns, |sql, column| sql.name(column))
            }
            TriggerEvent::Delete => sql.raw("DELETE"),
            TriggerEvent::Truncate if is_postgres => sql.raw("TRUNCATE"),
            TriggerEvent::Truncate => sql.unsupported("triggers for TRUNCATE", only_postgres),
        };
    }
    sql = sql.raw(" ON ").table(table);
    sql = match trigger.for_each_statement {
        true if is_postgres => sql.raw(" FOR EACH STATEMENT"),
        true => sql.unsupported(
            &format!("trigger for a whole statement, such as `{}`", trigger.name),
            "leave .for_each_statement() away: it fires for each row",
        ),
        false => sql.raw(" FOR EACH ROW"),
    };
    sql = match &trigger.when {
        None => sql,
        Some(_) if is_mysql => sql.unsupported(
            &format!("condition for a trigger, as `{}` has one", trigger.name),
            "put it into the body: IF … THEN … END IF",
        ),
        Some(condition) => sql.raw(" WHEN (").said(condition).raw(")"),
    };
    match &trigger.action {
        TriggerAction::Unsaid => sql,
        TriggerAction::Function(function, arguments) if is_postgres => sql
            .raw(" EXECUTE FUNCTION ")
            .qualified(function.schema.as_deref(), &function.name)
            .raw("(")
            .list(arguments, |sql, text| sql.value(&text.as_str().into()))
            .raw(")"),
        TriggerAction::Function(..) => sql.unsupported(
            &format!("trigger that calls a function, such as `{}`", trigger.name),
            "say what it does with .body(\"statements\")",
        ),
        TriggerAction::Body(_) if is_postgres => sql.unsupported(
            &format!("trigger with a body, such as `{}`", trigger.name),
            "put the statements into a function that returns trigger, and say .execute_function(\"name\")",
        ),
        TriggerAction::Body(body) => {
            let is_solid = |token: &&sql::Token| token.kind != sql::TokenKind::Blank;
            let is_closed = sql::tokens(body)
                .iter()
                .rfind(is_solid)
                .is_some_and(|token| &body[token.range.clone()] == ";");
            // Behind a comment only a new line is SQL again.
            let gap = if body.contains("--") || body.contains('#') { "\n" } else { "" };
            let sql = sql.raw(" BEGIN ").said(body).raw(gap);
            sql.raw(if is_closed { " END" } else { "; END" })
        }
    }
    .end()
}
