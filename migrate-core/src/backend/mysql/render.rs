//! How MySQL and MariaDB say an op. Changes to a table are `alter`'s.

use migrate_model::{
    Dialect, Op,
    catalog::{
        Action, Catalog, Check, Column, Constraint, DefaultValue, Deferrable, ForeignKey,
        Generated, Index, MysqlIndexKind, MysqlTable, SqlType, Table, TableName, Value, View,
    },
    op::{BulkInsert, CreateIndex, DropIndex},
};

use super::{
    alter::{alter_table, difference},
    check::{check_column_comment, check_table, check_table_comment},
    enums::{alter_enum, check_values},
    keys::{check_index, implied},
    moment::utc,
    types::{is_long, now, spell},
};
use crate::backend::{
    RenderError, Statement,
    ansi::{self, Sql},
    function, schema, sequence, trigger, view,
};

pub(super) fn start(dialect: Dialect, words: &str) -> Sql {
    Sql::new(dialect, words)
}

/// The statements of an op, given the schema before it.
///
/// # Errors
///
/// When the database can't do it, or the op doesn't fit the schema.
pub fn render(dialect: Dialect, op: &Op, before: &Catalog) -> Result<Vec<Statement>, RenderError> {
    let sql = match op {
        Op::CreateTable(create) => {
            let sql = create_table(dialect, &create.table, before, create.if_not_exists)?;
            let is_there = create.if_not_exists && before.tables.contains_key(&create.table.name);
            let triggers = match is_there {
                true => Vec::new(),
                false => trigger::of_table(dialect, &create.table, before)?,
            };
            [sql].into_iter().chain(triggers).collect()
        }
        Op::DropTable(drop) => ansi::drop_table(dialect, drop)?,
        Op::RenameTable(rename) => {
            let words = start(dialect, "RENAME TABLE ").table(&rename.from).raw(" TO ");
            let mut statements = vec![words.table(&rename.to).end()?];
            statements.extend(followed(dialect, op, before)?);
            statements
        }
        Op::CreatePartition(_) | Op::DropPartition(_) => {
            return Err(unparted(dialect, "partitions that are tables"));
        }
        Op::AlterTable(alter) => {
            let mut statements = alter_table(dialect, alter, before)?;
            statements.extend(followed(dialect, op, before)?);
            statements
        }
        Op::CreateIndex(create) => create_index(dialect, create, before)?,
        Op::DropIndex(drop) => drop_index(dialect, drop, before)?,
        Op::RenameIndex(rename) => {
            let (table, index) = before.index(&rename.from, rename.table.as_ref())?;
            let mut after = table.clone();
            after.indexes.remove(&rename.from);
            let renamed = Index { name: rename.to.clone(), ..index.clone() };
            after.indexes.insert(rename.to.clone(), renamed);
            alter(dialect, table, &after, before)?
        }
        // An enum is a list of values where it is used; by itself it is nothing.
        Op::CreateEnum(create) => {
            check_values(dialect, &create.name, &create.values)?;
            Vec::new()
        }
        Op::DropEnum(_) => Vec::new(),
        Op::AlterEnum(alter) => alter_enum(dialect, alter, before)?,
        Op::CreateSchema(create) => schema::create_schema(dialect, create)?,
        Op::DropSchema(drop) => schema::drop_schema(dialect, drop)?,
        Op::CreateSequence(create) => sequence::create_sequence(dialect, create, before)?,
        Op::AlterSequence(alter) => sequence::alter_sequence(dialect, alter, before)?,
        Op::RenameSequence(rename) => sequence::rename_sequence(dialect, rename)?,
        Op::DropSequence(drop) => sequence::drop_sequence(dialect, drop)?,
        Op::CreateExtension(_) | Op::DropExtension(_) => {
            return Err(unsupported(
                dialect,
                "extensions",
                "put the op into op.only(Postgres, |op| …)",
            ));
        }
        Op::CreateView(create) => view::create_view(dialect, create, view_index)?,
        Op::ReplaceView(replace) => view::replace_view(dialect, replace, before, view_index)?,
        Op::DropView(drop) => view::drop_view(dialect, drop, before)?,
        Op::CreateFunction(create) => function::create_function(dialect, create)?,
        Op::ReplaceFunction(replace) => function::replace_function(dialect, replace, before)?,
        Op::DropFunction(drop) => function::drop_function(dialect, drop, before)?,
        Op::CreateTrigger(create) => trigger::create_trigger(dialect, create, before)?,
        Op::ReplaceTrigger(replace) => trigger::replace_trigger(dialect, replace)?,
        Op::DropTrigger(drop) => trigger::drop_trigger(dialect, drop)?,
        Op::BulkInsert(insert) => self::insert(dialect, insert, before)?,
        Op::DeleteRows(delete) => ansi::delete(dialect, delete)?,
        Op::Execute(execute) => ansi::execute(execute),
        Op::Run(run) => return Ok(vec![ansi::code(dialect, run)?]),
    };
    Ok(sql.into_iter().map(Statement::Sql).collect())
}

pub(super) fn unsupported(dialect: Dialect, what: &str, instead: &str) -> RenderError {
    RenderError::Unsupported { dialect, what: what.to_owned(), instead: instead.to_owned() }
}

fn unparted(dialect: Dialect, what: &str) -> RenderError {
    unsupported(
        dialect,
        what,
        "say the database's own partitioning in SQL: op.execute(…).declares_nothing()",
    )
}

/// What refers to a name that the op changes: the server keeps the former one in it.
fn followed(dialect: Dialect, op: &Op, before: &Catalog) -> Result<Vec<String>, RenderError> {
    if before.views.is_empty() && before.all_triggers().next().is_none() {
        return Ok(Vec::new());
    }
    let mut after = before.clone();
    op.apply(&mut after)?;
    let mut statements = view::followed(dialect, before, &after)?;
    let renamed = |of: &TableName| {
        if let Op::RenameTable(rename) = op
            && rename.to == *of
        {
            return rename.from.clone();
        }
        of.clone()
    };
    for (of, one) in after.all_triggers() {
        let former = before.triggers(&renamed(of)).ok().and_then(|all| all.get(&one.name));
        if former.is_some_and(|former| former != one) {
            statements.push(trigger::drop_sql(dialect, of, &one.name, false)?);
            statements.push(trigger::trigger_sql(dialect, of, one, "CREATE ")?);
        }
    }
    Ok(statements)
}

/// Views keep no rows, so this is never asked.
fn view_index(view: &View, index: &Index) -> Result<String, RenderError> {
    start(Dialect::Mysql, "CREATE INDEX ")
        .name(&index.name)
        .raw(" ON ")
        .table(&view.name)
        .keys(index)
        .end()
}

/// With its indexes and its comment in one statement, so that there is no table without them if something fails.
fn create_table(
    dialect: Dialect,
    table: &Table,
    before: &Catalog,
    if_not_exists: bool,
) -> Result<String, RenderError> {
    if table.partition_by.is_some() {
        return Err(unparted(dialect, "tables partitioned as PostgreSQL's are"));
    }
    check_table(dialect, table, before)?;
    let words = start(dialect, "CREATE TABLE ").raw_if(if_not_exists, "IF NOT EXISTS ");
    let columns = table.columns.iter().map(|one| column(dialect, one, before));
    let is_key = |one: &&Constraint| matches!(one, Constraint::PrimaryKey(_));
    let keys = table.constraints.values().filter(is_key);
    let others = table.constraints.values().filter(|one| !is_key(one));
    let constraints = keys.chain(others).map(|one| constraint(dialect, one));
    let indexes = table.indexes.values().map(|index| inline_index(dialect, index));
    let implied = implied(table);
    let implied = implied.iter().map(|(name, columns)| plain_index(dialect, name, columns));
    let sql = words.table(&table.name).raw(" (");
    let pieces = columns.chain(constraints).chain(indexes).chain(implied);
    let sql = sql.list(pieces, Sql::piece).raw(")");
    let sql = table_options(sql, &table.options.mysql);
    match &table.comment {
        None => sql,
        Some(comment) => {
            check_table_comment(dialect, comment, &table.name)?;
            sql.raw(" COMMENT = ").value(&comment.as_str().into())
        }
    }
    .end()
}

/// What stands behind the columns of a table.
pub(super) fn table_options(sql: Sql, options: &MysqlTable) -> Sql {
    let words = [
        (" ENGINE = ", &options.engine),
        (" DEFAULT CHARACTER SET = ", &options.charset),
        (" COLLATE = ", &options.collate),
        (" ROW_FORMAT = ", &options.row_format),
    ];
    words.into_iter().fold(sql, |sql, (words, value)| match value {
        None => sql,
        Some(value) => sql.raw(words).word(value),
    })
}

/// A column, in the order of words that both databases take.
pub(super) fn column(
    dialect: Dialect,
    column: &Column,
    catalog: &Catalog,
) -> Result<String, RenderError> {
    let sql = start(dialect, "").name(&column.name).raw(" ");
    let sql = sql.piece(spell(dialect, column, catalog));
    let sql = match &column.collation {
        None => sql,
        Some(collation) => sql.raw(" COLLATE ").name(collation),
    };
    let sql = match &column.generated {
        None => sql,
        Some(Generated { expression, stored }) => {
            let kind = if *stored { ") STORED" } else { ") VIRTUAL" };
            sql.raw(" GENERATED ALWAYS AS (").raw(expression).raw(kind)
        }
    };
    // MariaDB takes no NOT NULL on a generated column. Left unsaid, a TIMESTAMP is NOT NULL on older servers.
    let says_not_null = column.generated.is_none() || dialect == Dialect::Mysql;
    let is_moment = matches!(column.sql_type, SqlType::Timestamp { zone: true, .. });
    let says_null = column.nullable && column.generated.is_none() && is_moment;
    let sql = sql.raw_if(!column.nullable && says_not_null, " NOT NULL");
    let sql = sql.raw_if(says_null, " NULL");
    let sql = match &column.default {
        None => sql,
        Some(default) => {
            sql.raw(" DEFAULT ").piece(default_value(dialect, default, &column.sql_type))
        }
    };
    let sql = sql.raw_if(column.identity.is_some(), " AUTO_INCREMENT");
    match &column.comment {
        None => sql,
        Some(comment) => {
            check_column_comment(dialect, comment, &column.name)?;
            sql.raw(" COMMENT ").value(&comment.as_str().into())
        }
    }
    .end()
}

pub(super) fn default_value(
    dialect: Dialect,
    default: &DefaultValue,
    sql_type: &SqlType,
) -> Result<String, RenderError> {
    match default {
        DefaultValue::Value(Value::Null) => Ok("NULL".to_owned()),
        DefaultValue::Value(value) if is_long(sql_type) => {
            start(dialect, "(").value(value).raw(")").end()
        }
        DefaultValue::Value(value) => match moment_of(value, sql_type) {
            // An expression, where the server has to count.
            Some(words) if !words.starts_with('\'') => Ok(format!("({words})")),
            Some(words) => Ok(words),
            None => start(dialect, "").value(value).end(),
        },
        DefaultValue::Expression(expression) => {
            Ok(now(expression, sql_type).unwrap_or_else(|| format!("({expression})")))
        }
    }
}

/// A value with an offset from UTC, where the column is a point in time.
fn moment_of(value: &Value, sql_type: &SqlType) -> Option<String> {
    if let (Value::Text(text), SqlType::Timestamp { zone: true, .. }) = (value, sql_type) {
        return utc(text);
    }
    None
}

/// `INSERT`, if there are rows, with points in time in UTC.
fn insert(
    dialect: Dialect,
    insert: &BulkInsert,
    before: &Catalog,
) -> Result<Vec<String>, RenderError> {
    let Some(table) = before.tables.get(&insert.table).filter(|_| !insert.rows.is_empty()) else {
        return ansi::insert(dialect, insert);
    };
    let types: Vec<Option<&SqlType>> = insert
        .columns
        .iter()
        .map(|name| table.column(name).ok().map(|column| &column.sql_type))
        .collect();
    let value = |sql: Sql, (value, of): (&Value, &Option<&SqlType>)| match of
        .and_then(|of| moment_of(value, of))
    {
        None => sql.value(value),
        Some(words) => sql.raw(&words),
    };
    let sql = start(dialect, "INSERT INTO ").table(&insert.table).raw(" ").names(&insert.columns);
    let sql = sql
        .raw(" VALUES ")
        .list(&insert.rows, |sql, row| sql.raw("(").list(row.iter().zip(&types), value).raw(")"));
    Ok(vec![sql.end()?])
}

/// A constraint as it stands in CREATE TABLE and behind ADD.
pub(super) fn constraint(dialect: Dialect, constraint: &Constraint) -> Result<String, RenderError> {
    let sql = start(dialect, "CONSTRAINT ").name(constraint.name());
    match constraint {
        // Its name is PRIMARY, whatever is said.
        Constraint::PrimaryKey(key) => start(dialect, "PRIMARY KEY ").names(&key.columns),
        Constraint::Unique(unique) if unique.deferrable != Deferrable::No => sql.unsupported(
            &format!("unique constraint that waits, such as `{}`", unique.name),
            "leave .deferrable() away, or put the op into op.only(Postgres, |op| …)",
        ),
        Constraint::Unique(unique) => sql.raw(" UNIQUE ").names(&unique.columns),
        Constraint::ForeignKey(key) => foreign_key(sql, key),
        Constraint::Check(Check { expression, .. }) => sql.raw(" CHECK (").raw(expression).raw(")"),
        Constraint::Exclude(exclude) => sql.unsupported(
            &format!("exclusion constraint, such as `{}`", exclude.name),
            "check it in a trigger, or put the op into op.only(Postgres, |op| …)",
        ),
    }
    .end()
}

fn foreign_key(sql: Sql, key: &ForeignKey) -> Sql {
    if key.deferrable != Deferrable::No {
        return sql.unsupported(
            &format!("foreign key that waits, such as `{}`", key.name),
            "leave .deferrable() away, or put the op into op.only(Postgres, |op| …)",
        );
    }
    // The one database refuses it, the other takes it and does nothing.
    if [key.on_delete, key.on_update].contains(&Action::SetDefault) {
        return sql.unsupported(
            &format!("SET DEFAULT in a foreign key, such as `{}`", key.name),
            "take SetNull, or set the default in a trigger",
        );
    }
    let sql = sql.raw(" FOREIGN KEY ").names(&key.columns).raw(" REFERENCES ").table(&key.table);
    let sql = sql.raw(" ").names(&key.referred);
    sql.action(" ON DELETE ", key.on_delete).action(" ON UPDATE ", key.on_update)
}

/// An index inside of CREATE TABLE, or behind ADD.
pub(super) fn inline_index(dialect: Dialect, index: &Index) -> Result<String, RenderError> {
    let sql = start(dialect, index_words(index)).name(&index.name);
    structure(sql, index).keys(index).end()
}

fn index_words(index: &Index) -> &'static str {
    match index.mysql.kind {
        Some(MysqlIndexKind::Fulltext) => "FULLTEXT INDEX ",
        Some(MysqlIndexKind::Spatial) => "SPATIAL INDEX ",
        None if index.unique => "UNIQUE INDEX ",
        None => "INDEX ",
    }
}

fn structure(sql: Sql, index: &Index) -> Sql {
    match &index.mysql.using {
        None => sql,
        Some(using) => sql.raw(" USING ").word(using),
    }
}

pub(super) fn plain_index(
    dialect: Dialect,
    name: &str,
    columns: &[String],
) -> Result<String, RenderError> {
    start(dialect, "INDEX ").name(name).raw(" ").names(columns).end()
}

fn no_guard(dialect: Dialect, what: &str, guard: &str) -> RenderError {
    unsupported(
        dialect,
        &format!("{what} for {guard}"),
        "leave the guard away: the chain knows what is there; or put the op into op.only(…)",
    )
}

fn create_index(
    dialect: Dialect,
    create: &CreateIndex,
    before: &Catalog,
) -> Result<Vec<String>, RenderError> {
    if create.if_not_exists && dialect == Dialect::Mysql {
        return Err(no_guard(dialect, "IF NOT EXISTS", "indexes"));
    }
    let index = &create.index;
    if let Some(table) = before.tables.get(&create.table) {
        check_index(dialect, table, index)?;
        let mut after = table.clone();
        after.indexes.insert(index.name.clone(), index.clone());
        if implied(table) != implied(&after) && !create.if_not_exists {
            return alter(dialect, table, &after, before);
        }
    } else {
        check_index(dialect, &Table::new(&create.table), index)?;
    }
    let sql = start(dialect, "CREATE ").raw(index_words(index));
    let sql = sql.raw_if(create.if_not_exists, "IF NOT EXISTS ").name(&index.name);
    Ok(vec![structure(sql, index).raw(" ON ").table(&create.table).keys(index).end()?])
}

fn drop_index(
    dialect: Dialect,
    drop: &DropIndex,
    before: &Catalog,
) -> Result<Vec<String>, RenderError> {
    let table: TableName = match (before.index(&drop.name, drop.table.as_ref()), &drop.table) {
        (Ok((table, _)), _) => {
            let mut after = table.clone();
            after.indexes.remove(&drop.name);
            if implied(table) != implied(&after) {
                return alter(dialect, table, &after, before);
            }
            table.name.clone()
        }
        (Err(_), Some(table)) if dialect == Dialect::Mariadb || !drop.if_exists => table.clone(),
        (Err(_), _) if drop.if_exists => return Ok(Vec::new()),
        (Err(error), _) => return Err(error.into()),
    };
    let guard = drop.if_exists && dialect == Dialect::Mariadb;
    let sql = start(dialect, "DROP INDEX ").raw_if(guard, "IF EXISTS ").name(&drop.name);
    Ok(vec![sql.raw(" ON ").table(&table).end()?])
}

fn alter(
    dialect: Dialect,
    before: &Table,
    after: &Table,
    catalog: &Catalog,
) -> Result<Vec<String>, RenderError> {
    let origins = before.columns.iter().map(|one| (one.name.clone(), one.name.clone())).collect();
    Ok(difference(dialect, before, after, &origins, catalog)?.into_iter().collect())
}
