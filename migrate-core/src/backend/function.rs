//! Functions and procedures, on PostgreSQL and MySQL.

use migrate_model::{
    Dialect,
    catalog::{Argument, ArgumentMode, Catalog, Function},
    op::{CreateFunction, DropFunction, ReplaceFunction},
};

use super::{RenderError, Sql, trigger};

/// CREATE FUNCTION or PROCEDURE.
pub(crate) fn create_function(
    dialect: Dialect,
    create: &CreateFunction,
) -> Result<Vec<String>, RenderError> {
    Ok(vec![function_sql(dialect, &create.function, "CREATE ")?])
}

/// What gives a function another definition.
pub(crate) fn replace_function(
    dialect: Dialect,
    replace: &ReplaceFunction,
    before: &Catalog,
) -> Result<Vec<String>, RenderError> {
    let former = replace.former(before)?;
    let keeps = match dialect {
        Dialect::Postgres => can_replace(former, &replace.function),
        Dialect::Mariadb => former.procedure == replace.function.procedure,
        Dialect::Sqlite | Dialect::Mysql => false,
    };
    if keeps {
        return Ok(vec![function_sql(dialect, &replace.function, "CREATE OR REPLACE ")?]);
    }
    let callers = match dialect {
        Dialect::Postgres => before.callers(&former.key()),
        Dialect::Sqlite | Dialect::Mysql | Dialect::Mariadb => Vec::new(),
    };
    let mut statements = Vec::new();
    for (of, one) in &callers {
        statements.push(trigger::drop_sql(dialect, of, &one.name, false)?);
    }
    statements.push(drop_sql(dialect, former, false)?);
    statements.push(function_sql(dialect, &replace.function, "CREATE ")?);
    for (of, one) in callers {
        statements.push(trigger::trigger_sql(dialect, of, one, "CREATE ")?);
    }
    Ok(statements)
}

/// DROP FUNCTION or PROCEDURE.
pub(crate) fn drop_function(
    dialect: Dialect,
    drop: &DropFunction,
    before: &Catalog,
) -> Result<Vec<String>, RenderError> {
    if let Some(function) = drop.find(before)? {
        return Ok(vec![drop_sql(dialect, function, drop.if_exists)?]);
    }
    let sql = routines(dialect, "DROP FUNCTION IF EXISTS ", &drop.name.name)
        .qualified(drop.name.schema.as_deref(), &drop.name.name);
    let sql = match &drop.arguments {
        Some(types) if dialect == Dialect::Postgres => {
            sql.raw("(").said(&types.join(", ")).raw(")")
        }
        Some(_) | None => sql,
    };
    Ok(vec![sql.end()?])
}

/// Whether PostgreSQL takes the one for the other: it does not while what a call looks like changes.
fn can_replace(former: &Function, function: &Function) -> bool {
    let called = |function: &Function| {
        let one = |argument: &Argument| {
            let name = argument.name.clone();
            (name, argument.mode, argument.default.is_some())
        };
        function.arguments.iter().map(one).collect::<Vec<_>>()
    };
    former.key() == function.key()
        && former.procedure == function.procedure
        && former.returns == function.returns
        && called(former) == called(function)
}

fn routines(dialect: Dialect, words: &str, name: &str) -> Sql {
    let sql = Sql::new(dialect, words);
    match dialect {
        Dialect::Sqlite => sql.unsupported(
            &format!("functions of its own, such as `{name}`: they belong to a connection"),
            "define it in the application, on each connection; or put the op into op.only(Postgres, |op| …)",
        ),
        Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb => sql,
    }
}

fn drop_sql(dialect: Dialect, function: &Function, if_exists: bool) -> Result<String, RenderError> {
    let words = if function.procedure { "DROP PROCEDURE " } else { "DROP FUNCTION " };
    let sql = routines(dialect, words, &function.name.name)
        .raw_if(if_exists, "IF EXISTS ")
        .qualified(function.name.schema.as_deref(), &function.name.name);
    if dialect == Dialect::Postgres {
        sql.raw("(").said(&function.types().join(", ")).raw(")").end()
    } else {
        sql.end()
    }
}

fn function_sql(dialect: Dialect, function: &Function, verb: &str) -> Result<String, RenderError> {
    let is_postgres = dialect == Dialect::Postgres;
    let sql = routines(dialect, verb, &function.name.name)
        .raw(if function.procedure { "PROCEDURE " } else { "FUNCTION " })
        .qualified(function.name.schema.as_deref(), &function.name.name)
        .raw("(")
        .list(&function.arguments, |sql, one| argument(sql, one, is_postgres, function.procedure))
        .raw(")");
    let sql = match &function.returns {
        None => sql,
        Some(sql_type) => sql.raw(" RETURNS ").said(sql_type),
    };
    let sql = match &function.language {
        None => sql,
        Some(_) if !is_postgres => sql.unsupported(
            &format!("choice of languages, as `{}` makes one", function.name),
            "leave .language(…) away, or put the op into op.only(Postgres, |op| …)",
        ),
        Some(language) => sql.raw(" LANGUAGE ").name(&language.to_lowercase()),
    };
    let sql = match &function.options {
        None => sql,
        Some(words) => sql.raw(" ").said(words),
    };
    if is_postgres {
        let tag = tag(&function.body);
        sql.raw(" AS ").raw(&tag).said(&function.body).raw(&tag).end()
    } else {
        sql.raw(" ").said(&function.body).end()
    }
}

fn argument(sql: Sql, argument: &Argument, is_postgres: bool, of_procedure: bool) -> Sql {
    let sql = match argument.mode {
        ArgumentMode::In => sql,
        ArgumentMode::Out if is_postgres || of_procedure => sql.raw("OUT "),
        ArgumentMode::InOut if is_postgres || of_procedure => sql.raw("INOUT "),
        ArgumentMode::Variadic if is_postgres => sql.raw("VARIADIC "),
        ArgumentMode::Out | ArgumentMode::InOut => sql.unsupported(
            &format!("function from which `{}` comes out", argument.name),
            "make it a procedure: .procedure(); or return the value",
        ),
        ArgumentMode::Variadic => sql.unsupported(
            &format!("function with any number of arguments, such as `{}`", argument.name),
            "give it one argument for each value, or put the op into op.only(Postgres, |op| …)",
        ),
    };
    // PostgreSQL knows arguments without a name.
    let sql = if argument.name.is_empty() && is_postgres {
        sql
    } else {
        sql.name(&argument.name).raw(" ")
    };
    let sql = sql.said(&argument.sql_type);
    match &argument.default {
        None => sql,
        Some(_) if !is_postgres => sql.unsupported(
            &format!("default for an argument, such as `{}`", argument.name),
            "give the argument in each call, or put the op into op.only(Postgres, |op| …)",
        ),
        Some(default) => sql.raw(" DEFAULT ").said(default),
    }
}

/// A quote that stands nowhere in the body.
pub(crate) fn tag(body: &str) -> String {
    if !body.contains('$') {
        return "$$".to_owned();
    }
    let mut tag = "$body".to_owned();
    for number in 1.. {
        if !body.contains(&tag) {
            break;
        }
        tag = format!("$body{number}");
    }
    tag + "$"
}

#[cfg(test)]
mod tests {
    use super::tag;

    #[test]
    fn the_quote_is_none_of_the_bodys() {
        assert_eq!(tag("BEGIN END"), "$$");
        assert_eq!(tag("SELECT $1"), "$body$");
        assert_eq!(tag("SELECT $$x$$"), "$body$");
        assert_eq!(tag("SELECT $body$x$body$"), "$body1$");
        assert_eq!(tag("SELECT '$body"), "$body1$");
        assert_eq!(tag("costs $"), "$body$");
    }
}
