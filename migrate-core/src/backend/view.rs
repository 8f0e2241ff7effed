//! Views, on each database.

use migrate_model::{
    Dialect,
    catalog::{Catalog, CheckOption, Index, TableName, View},
    op::{CreateView, DropView, ReplaceView},
    sql,
};

use super::{RenderError, Sql, trigger};

/// How a database says an index of a view.
pub(crate) type IndexSql = fn(&View, &Index) -> Result<String, RenderError>;

/// CREATE VIEW, with the view's indexes and triggers.
pub(crate) fn create_view(
    dialect: Dialect,
    create: &CreateView,
    index: IndexSql,
) -> Result<Vec<String>, RenderError> {
    created(dialect, &create.view, create.no_data, index)
}

fn created(
    dialect: Dialect,
    view: &View,
    no_data: bool,
    index: IndexSql,
) -> Result<Vec<String>, RenderError> {
    let mut statements = vec![view_sql(dialect, view, "CREATE ", no_data)?];
    for one in view.indexes.values() {
        statements.push(index(view, one)?);
    }
    for one in view.triggers.values() {
        statements.push(trigger::trigger_sql(dialect, &view.name, one, "CREATE ")?);
    }
    Ok(statements)
}

/// DROP VIEW.
pub(crate) fn drop_view(
    dialect: Dialect,
    drop: &DropView,
    before: &Catalog,
) -> Result<Vec<String>, RenderError> {
    let materialized = before.views.get(&drop.name).is_some_and(|view| view.materialized);
    let sql = kind(Sql::new(dialect, "DROP "), materialized, &drop.name);
    Ok(vec![sql.raw_if(drop.if_exists, "IF EXISTS ").table(&drop.name).end()?])
}

/// What gives a view another definition.
pub(crate) fn replace_view(
    dialect: Dialect,
    replace: &ReplaceView,
    before: &Catalog,
    index: IndexSql,
) -> Result<Vec<String>, RenderError> {
    let (former, view) = (before.view(&replace.view.name)?, replace.replaced(before)?);
    let keeps = match dialect {
        Dialect::Postgres => !replace.recreate && can_replace(former, &view),
        // It reads views by their text, at each use.
        Dialect::Sqlite => false,
        Dialect::Mysql | Dialect::Mariadb => !replace.recreate,
    };
    if keeps {
        return Ok(vec![view_sql(dialect, &view, "CREATE OR REPLACE ", replace.no_data)?]);
    }
    // Elsewhere a view that depends on this one is not even looked at.
    let dependents = match dialect {
        Dialect::Postgres => before.dependents(&view.name),
        Dialect::Sqlite | Dialect::Mysql | Dialect::Mariadb => Vec::new(),
    };
    let drops = dependents.iter().rev().copied().chain([former]);
    let mut statements = Vec::new();
    for one in drops {
        let drop = DropView { name: one.name.clone(), if_exists: false };
        statements.extend(drop_view(dialect, &drop, before)?);
    }
    statements.extend(created(dialect, &view, replace.no_data, index)?);
    for one in dependents {
        statements.extend(created(dialect, one, false, index)?);
    }
    Ok(statements)
}

/// Whether PostgreSQL takes the one for the other: its columns must begin with the former ones. What type they have
/// only the server knows.
fn can_replace(former: &View, view: &View) -> bool {
    let (Some(had), Some(has)) = (former.shown(), view.shown()) else { return false };
    !former.materialized && !view.materialized && has.starts_with(&had)
}

/// The views whose text a rename changes, anew: MySQL keeps the former names, and a view that fails.
pub(crate) fn followed(
    dialect: Dialect,
    before: &Catalog,
    after: &Catalog,
) -> Result<Vec<String>, RenderError> {
    let changed = after.views.values().filter_map(|view| {
        let former = before.views.get(&view.name)?;
        (former.query != view.query).then_some(view)
    });
    changed.map(|view| view_sql(dialect, view, "CREATE OR REPLACE ", false)).collect()
}

/// `VIEW`, of the kind that it is.
fn kind(sql: Sql, materialized: bool, name: &TableName) -> Sql {
    match (materialized, sql.dialect()) {
        (false, _) => sql.raw("VIEW "),
        (true, Dialect::Postgres) => sql.raw("MATERIALIZED VIEW "),
        (true, Dialect::Sqlite | Dialect::Mysql | Dialect::Mariadb) => sql.unsupported(
            &format!("materialized views, such as `{name}`"),
            "leave .materialized() away, or keep the rows in a table that a job fills; or put the op into op.only(Postgres, |op| …)",
        ),
    }
}

fn view_sql(
    dialect: Dialect,
    view: &View,
    verb: &str,
    no_data: bool,
) -> Result<String, RenderError> {
    let is_postgres = dialect == Dialect::Postgres;
    let mut sql = kind(Sql::new(dialect, verb), view.materialized, &view.name).table(&view.name);
    if !view.columns.is_empty() {
        sql = sql.raw(" ").names(&view.columns);
    }
    let options = [
        (view.postgres.security_barrier, "security_barrier=true"),
        (view.postgres.security_invoker, "security_invoker=true"),
    ];
    let options: Vec<&str> = options
        .iter()
        .filter(|(is_set, _)| *is_set && is_postgres)
        .map(|(_, word)| *word)
        .collect();
    if !options.is_empty() {
        sql = sql.raw(" WITH (").raw(&options.join(", ")).raw(")");
    }
    // A semicolon at its end would end the statement before what comes behind.
    let query = sql::statements(&view.query).first().copied().unwrap_or_default();
    sql = sql.raw(" AS ").said(query);
    // Behind a comment only a new line is SQL again.
    let gap = if query.contains("--") || query.contains('#') { "\n" } else { " " };
    sql = match view.check_option {
        None => sql,
        Some(_) if dialect == Dialect::Sqlite => sql.unsupported(
            &format!("WITH CHECK OPTION, as `{}` has it", view.name),
            "leave .check_option() away: nothing is written through a view without an INSTEAD OF trigger, which can check it",
        ),
        Some(CheckOption::Local) => sql.raw(gap).raw("WITH LOCAL CHECK OPTION"),
        Some(CheckOption::Cascaded) => sql.raw(gap).raw("WITH CASCADED CHECK OPTION"),
    };
    sql.raw_if(no_data && view.materialized, gap)
        .raw_if(no_data && view.materialized, "WITH NO DATA")
        .end()
}
