//! How SQLite says an op. Changes to a table are `alter`'s.

use migrate_model::{
    Dialect, Op,
    catalog::{
        Catalog, Column, Constraint, DefaultValue, Generated, Index, SqlType, Table, TableName,
        Value, View,
    },
};

use super::{
    alter::alter_table,
    enums::alter_enum,
    types::{spell, spell_strict},
};
use crate::backend::{
    RenderError, Statement,
    ansi::{self, Sql},
    function, schema, sequence, trigger, view,
};

pub(super) fn start(words: &str) -> Sql {
    Sql::new(Dialect::Sqlite, words)
}

/// The statements of an op, given the schema before it.
///
/// # Errors
///
/// When SQLite can't do it, or the op doesn't fit the schema.
pub fn render(op: &Op, before: &Catalog) -> Result<Vec<Statement>, RenderError> {
    let sql = match op {
        Op::CreateTable(create) => create_table(&create.table, before, create.if_not_exists)?,
        Op::DropTable(drop) => ansi::drop_table(Dialect::Sqlite, drop)?,
        Op::RenameTable(rename) => {
            if rename.to.schema.is_none() {
                check_renamed(before, &rename.from, &rename.to.name)?;
            }
            vec![
                start("ALTER TABLE ")
                    .table(&rename.from)
                    .raw(" RENAME TO ")
                    .table(&rename.to)
                    .end()?,
            ]
        }
        Op::CreatePartition(_) | Op::DropPartition(_) => return Err(unparted("partitions")),
        Op::AlterTable(alter) => return alter_table(alter, before),
        Op::CreateIndex(create) => {
            check_free(before, &create.table, &create.index.name)?;
            vec![create_index(&create.table, &create.index, create.if_not_exists)?]
        }
        Op::DropIndex(drop) => {
            vec![start("DROP INDEX ").raw_if(drop.if_exists, "IF EXISTS ").name(&drop.name).end()?]
        }
        Op::RenameIndex(rename) => {
            let (table, index) = before.index(&rename.from, rename.table.as_ref())?;
            check_free(before, &table.name, &rename.to)?;
            let renamed = Index { name: rename.to.clone(), ..index.clone() };
            vec![
                start("DROP INDEX ").name(&rename.from).end()?,
                create_index(&table.name, &renamed, false)?,
            ]
        }
        // An enum is text with a check where it is used; by itself it is nothing.
        Op::CreateEnum(create) => {
            create
                .values
                .iter()
                .try_for_each(|value| start("").value(&value.as_str().into()).end().map(drop))?;
            Vec::new()
        }
        Op::DropEnum(_) => Vec::new(),
        Op::AlterEnum(alter) => return alter_enum(alter, before),
        Op::CreateSchema(create) => schema::create_schema(Dialect::Sqlite, create)?,
        Op::DropSchema(drop) => schema::drop_schema(Dialect::Sqlite, drop)?,
        Op::CreateSequence(create) => sequence::create_sequence(Dialect::Sqlite, create, before)?,
        Op::AlterSequence(alter) => sequence::alter_sequence(Dialect::Sqlite, alter, before)?,
        Op::RenameSequence(rename) => sequence::rename_sequence(Dialect::Sqlite, rename)?,
        Op::DropSequence(drop) => sequence::drop_sequence(Dialect::Sqlite, drop)?,
        Op::CreateExtension(_) | Op::DropExtension(_) => {
            return Err(unsupported("extensions", "put the op into op.only(Postgres, |op| …)"));
        }
        Op::CreateView(create) => {
            check_free(before, &create.view.name, &create.view.name.name)?;
            view::create_view(Dialect::Sqlite, create, view_index)?
        }
        Op::ReplaceView(replace) => {
            view::replace_view(Dialect::Sqlite, replace, before, view_index)?
        }
        Op::DropView(drop) => view::drop_view(Dialect::Sqlite, drop, before)?,
        Op::CreateFunction(create) => function::create_function(Dialect::Sqlite, create)?,
        Op::ReplaceFunction(replace) => {
            function::replace_function(Dialect::Sqlite, replace, before)?
        }
        Op::DropFunction(drop) => function::drop_function(Dialect::Sqlite, drop, before)?,
        Op::CreateTrigger(create) => trigger::create_trigger(Dialect::Sqlite, create, before)?,
        Op::ReplaceTrigger(replace) => trigger::replace_trigger(Dialect::Sqlite, replace)?,
        Op::DropTrigger(drop) => trigger::drop_trigger(Dialect::Sqlite, drop)?,
        Op::BulkInsert(insert) => ansi::insert(Dialect::Sqlite, insert)?,
        Op::DeleteRows(delete) => ansi::delete(Dialect::Sqlite, delete)?,
        Op::Execute(execute) => ansi::execute(execute),
        Op::Run(run) => return Ok(vec![ansi::code(Dialect::Sqlite, run)?]),
    };
    Ok(sql.into_iter().map(Statement::Sql).collect())
}

pub(super) fn unsupported(what: &str, instead: &str) -> RenderError {
    RenderError::Unsupported {
        dialect: Dialect::Sqlite,
        what: what.to_owned(),
        instead: instead.to_owned(),
    }
}

fn unparted(what: &str) -> RenderError {
    unsupported(
        what,
        "keep all rows in one table: leave the partitioning away here, with op.only(Postgres, |op| …)",
    )
}

fn check_name(name: &str) -> Result<(), RenderError> {
    if name.to_ascii_lowercase().starts_with("sqlite_") {
        return Err(RenderError::ReservedName { dialect: Dialect::Sqlite, name: name.to_owned() });
    }
    Ok(())
}

fn view_index(view: &View, index: &Index) -> Result<String, RenderError> {
    create_index(&view.name, index, false)
}

/// Tables, views and indexes share their names.
fn check_free(before: &Catalog, table: &TableName, name: &str) -> Result<(), RenderError> {
    check_name(name)?;
    let taken = |by: String| {
        Err(RenderError::NameTaken { dialect: Dialect::Sqlite, name: name.to_owned(), by })
    };
    for other in before.tables.values() {
        if ansi::is_same_name(&other.name.name, name) {
            return taken(format!("the table `{}`", other.name));
        }
        if other.indexes.keys().any(|index| ansi::is_same_name(index, name)) && other.name != *table
        {
            return taken(format!("an index of `{}`", other.name));
        }
    }
    if let Some(view) = before.views.keys().find(|view| view.name.eq_ignore_ascii_case(name)) {
        return taken(format!("the view `{view}`"));
    }
    Ok(())
}

/// A table's new name is free in any case of letters, among the names of its own indexes, too. (Measured: SQLite
/// doesn't even rename `a` to `A`.)
fn check_renamed(before: &Catalog, name: &TableName, to: &str) -> Result<(), RenderError> {
    check_free(before, name, to)?;
    let own = before.tables.get(name).into_iter().flat_map(|table| table.indexes.keys());
    match own.into_iter().find(|index| index.eq_ignore_ascii_case(to)) {
        None => Ok(()),
        Some(index) => Err(RenderError::NameTaken {
            dialect: Dialect::Sqlite,
            name: to.to_owned(),
            by: format!("its index `{index}`"),
        }),
    }
}

fn create_table(
    table: &Table,
    before: &Catalog,
    if_not_exists: bool,
) -> Result<Vec<String>, RenderError> {
    if !(if_not_exists && before.tables.contains_key(&table.name)) {
        check_free(before, &table.name, &table.name.name)?;
    }
    if table.partition_by.is_some() {
        return Err(unparted("partitioned tables"));
    }
    check_columns(table)?;
    let mut statements = vec![table_sql(table, &table.name.name, before, if_not_exists)?];
    for index in table.indexes.values() {
        check_free(before, &table.name, &index.name)?;
        statements.push(create_index(&table.name, index, if_not_exists)?);
    }
    if !(if_not_exists && before.tables.contains_key(&table.name)) {
        statements.extend(trigger::of_table(Dialect::Sqlite, table, before)?);
    }
    Ok(statements)
}

/// SQLite reads names in any case, so two that differ only in that are one to it.
pub(super) fn check_columns(table: &Table) -> Result<(), RenderError> {
    for (number, column) in table.columns.iter().enumerate() {
        let same = |other: &&Column| other.name.eq_ignore_ascii_case(&column.name);
        if let Some(other) = table.columns[..number].iter().find(same) {
            return Err(RenderError::NameTaken {
                dialect: Dialect::Sqlite,
                name: column.name.clone(),
                by: format!("the column `{}`", other.name),
            });
        }
    }
    Ok(())
}

/// CREATE TABLE under a name that may be a temporary one.
pub(super) fn table_sql(
    table: &Table,
    name: &str,
    catalog: &Catalog,
    if_not_exists: bool,
) -> Result<String, RenderError> {
    let identity = identity_key(table)?;
    let made = |name: &&String| table.column(name).is_ok_and(|one| one.generated.is_some());
    if let Some(name) = table.primary_key().and_then(|key| key.columns.iter().find(made)) {
        return Err(unsupported(
            &format!("primary key over a generated column, such as `{name}`"),
            "make it unique instead: .unique(), and let another column be the primary key",
        ));
    }
    let options = &table.options.sqlite;
    if options.without_rowid && (identity.is_some() || table.primary_key().is_none()) {
        return Err(unsupported(
            &format!("WITHOUT ROWID for `{}`, whose rows have no key of their own", table.name),
            "give it a primary key that does not count itself up, or leave .without_rowid() away",
        ));
    }
    let name = TableName { schema: table.name.schema.clone(), name: name.to_owned() };
    let words =
        start("CREATE TABLE ").raw_if(if_not_exists, "IF NOT EXISTS ").table(&name).raw(" (");
    let columns = table.columns.iter().map(|one| match identity {
        Some(key) if one.identity.is_some() => start("")
            .name(&one.name)
            .raw(" INTEGER NOT NULL CONSTRAINT ")
            .name(key)
            .raw(" PRIMARY KEY AUTOINCREMENT")
            .end(),
        _ => column(one, table, catalog),
    });
    // The primary key first, as people write it; that of an identity column stands with the column.
    let is_key = |one: &&Constraint| matches!(one, Constraint::PrimaryKey(_));
    let keys = table.constraints.values().filter(|one| is_key(one) && identity.is_none());
    let others = table.constraints.values().filter(|one| !is_key(one));
    let constraints = keys.chain(others).map(|one| start("").constraint(one).end());
    let sql = words.list(columns.chain(constraints), Sql::piece).raw(")");
    match (options.strict, options.without_rowid) {
        (false, false) => sql,
        (true, false) => sql.raw(" STRICT"),
        (false, true) => sql.raw(" WITHOUT ROWID"),
        (true, true) => sql.raw(" STRICT, WITHOUT ROWID"),
    }
    .end()
}

/// The name of the primary key when its column counts itself up, which SQLite does for such a key alone.
fn identity_key(table: &Table) -> Result<Option<&str>, RenderError> {
    let mut counting = table.columns.iter().filter(|column| column.identity.is_some());
    let Some(column) = counting.next() else { return Ok(None) };
    match table.primary_key() {
        Some(key) if key.columns == [column.name.clone()] && counting.next().is_none() => {
            Ok(Some(&key.name))
        }
        _ => Err(unsupported(
            &format!(
                "identity column that is not the primary key alone, such as `{}`",
                column.name
            ),
            "make it the primary key: .primary_key().identity()",
        )),
    }
}

/// A column of a table.
pub(super) fn column(
    column: &Column,
    table: &Table,
    catalog: &Catalog,
) -> Result<String, RenderError> {
    let spell = if table.options.sqlite.strict { spell_strict } else { spell };
    let sql = start("").name(&column.name).raw(" ").piece(spell(&column.sql_type));
    let sql = match &column.collation {
        None => sql,
        Some(collation) => sql.raw(" COLLATE ").name(collation),
    };
    let sql = sql.raw_if(!column.nullable, " NOT NULL");
    let sql = match &column.default {
        None => sql,
        Some(default) => sql.raw(" DEFAULT ").piece(default_value(default, &column.sql_type)),
    };
    let sql = match &column.generated {
        None => sql,
        Some(Generated { expression, stored }) => {
            let kind = if *stored { ") STORED" } else { ") VIRTUAL" };
            sql.raw(" GENERATED ALWAYS AS (").raw(expression).raw(kind)
        }
    };
    match column.sql_type.enum_name() {
        Some(name) => {
            let values = catalog.enum_values(name)?.iter().map(|value| Value::from(value.as_str()));
            let sql = sql.raw(" CHECK (").name(&column.name).raw(" IN (");
            sql.list(values, |sql, value| sql.value(&value)).raw("))")
        }
        None => sql,
    }
    .end()
}

pub(super) fn default_value(
    default: &DefaultValue,
    sql_type: &SqlType,
) -> Result<String, RenderError> {
    match (default, sql_type) {
        // Kept parsed, as Diesel reads it.
        (DefaultValue::Value(value @ Value::Text(_)), SqlType::Jsonb) => {
            start("(jsonb(").value(value).raw("))").end()
        }
        (DefaultValue::Value(value), _) => start("").value(value).end(),
        (DefaultValue::Expression(expression), _) => Ok(format!("({expression})")),
    }
}

pub(super) fn create_index(
    table: &TableName,
    index: &Index,
    if_not_exists: bool,
) -> Result<String, RenderError> {
    let sql = start("CREATE ").raw_if(index.unique, "UNIQUE ").raw("INDEX ");
    let sql = sql
        .raw_if(if_not_exists, "IF NOT EXISTS ")
        .name(&index.name)
        .raw(" ON ")
        .table(table)
        .keys(index);
    match &index.predicate {
        None => sql,
        Some(predicate) => sql.raw(" WHERE ").raw(predicate),
    }
    .end()
}
