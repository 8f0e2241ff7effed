//! How PostgreSQL says an op. Changes to a table are `alter`'s.

use std::collections::BTreeSet;

use migrate_model::{
    Dialect, Op,
    catalog::{
        Action, Bounds, Catalog, Column, Constraint, DefaultValue, Deferrable, Extension,
        ForeignKey, Generated, Identity, Index, Table, TableName, TypeName, View,
    },
    op::{BulkInsert, CreateIndex, RenameTable},
};

use super::{
    alter::alter_table,
    enums::{alter_enum, create_enum, drop_enum},
    types::spell,
};
use crate::backend::{
    RenderError, Statement,
    ansi::{self, Sql},
    function, schema, sequence, trigger, view,
};

pub(super) fn start(words: &str) -> Sql {
    Sql::new(Dialect::Postgres, words)
}

/// The statements of an op, given the schema before it.
///
/// # Errors
///
/// When PostgreSQL can't do it, or the op doesn't fit the schema.
pub fn render(op: &Op, before: &Catalog) -> Result<Vec<Statement>, RenderError> {
    let sql = match op {
        Op::CreateTable(create) => {
            if !(create.if_not_exists && before.tables.contains_key(&create.table.name)) {
                check_names(&create.table, before)?;
            }
            create_table(&create.table, before, create.if_not_exists)?
        }
        Op::DropTable(drop) => ansi::drop_table(Dialect::Postgres, drop)?,
        Op::RenameTable(rename) => {
            check_free(before, rename.to.schema.as_deref(), &rename.to.name, None)?;
            check_free_of_enums(before, &rename.to)?;
            rename_table(rename, before)?
        }
        Op::CreatePartition(create) => {
            check_free(before, create.name.schema.as_deref(), &create.name.name, None)?;
            check_free_of_enums(before, &create.name)?;
            vec![partition(&create.of, &create.name, &create.bounds, false)?]
        }
        Op::DropPartition(drop) => {
            let words = start("DROP TABLE ").raw_if(drop.if_exists, "IF EXISTS ");
            vec![words.table(&drop.name).end()?]
        }
        Op::AlterTable(alter) => alter_table(alter, before)?,
        Op::CreateIndex(create) => {
            let CreateIndex { table, index, .. } = create;
            check_free(before, table.schema.as_deref(), &index.name, Some(table))?;
            let is_parted = |table: &Table| table.partition_by.is_some();
            if create.concurrently && before.tables.get(&create.table).is_some_and(is_parted) {
                return Err(unsupported(
                    "CONCURRENTLY for an index of a partitioned table",
                    "leave .concurrently() away; or say it in SQL, for each partition: op.execute(\"CREATE INDEX CONCURRENTLY …\")",
                ));
            }
            vec![create_index(
                &create.table,
                &create.index,
                create.concurrently,
                create.if_not_exists,
            )?]
        }
        Op::DropIndex(drop) => {
            let schema = match before.index(&drop.name, drop.table.as_ref()) {
                Ok((table, _)) => table.name.schema.clone(),
                Err(_) => match before.view_index(&drop.name, drop.table.as_ref()) {
                    Some((view, _)) => view.name.schema.clone(),
                    None => drop.table.as_ref().and_then(|table| table.schema.clone()),
                },
            };
            let words = start("DROP INDEX ").raw_if(drop.concurrently, "CONCURRENTLY ");
            vec![
                words
                    .raw_if(drop.if_exists, "IF EXISTS ")
                    .qualified(schema.as_deref(), &drop.name)
                    .end()?,
            ]
        }
        Op::RenameIndex(rename) => {
            let table = match before.index(&rename.from, rename.table.as_ref()) {
                Ok((table, _)) => Some(&table.name),
                Err(_) => rename.table.as_ref(),
            };
            if let Some(table) = table {
                check_free(before, table.schema.as_deref(), &rename.to, None)?;
            }
            let schema = table.and_then(|table| table.schema.as_deref());
            let words = start("ALTER INDEX ").qualified(schema, &rename.from);
            vec![words.raw(" RENAME TO ").name(&rename.to).end()?]
        }
        Op::CreateEnum(create) => create_enum(create, before)?,
        Op::DropEnum(drop) => drop_enum(drop)?,
        Op::AlterEnum(alter) => alter_enum(alter, before)?,
        Op::CreateSchema(create) => schema::create_schema(Dialect::Postgres, create)?,
        Op::DropSchema(drop) => schema::drop_schema(Dialect::Postgres, drop)?,
        Op::CreateSequence(create) => {
            let name = &create.sequence.name;
            if !(create.if_not_exists && before.sequences.contains_key(name)) {
                check_free(before, name.schema.as_deref(), &name.name, None)?;
                check_free_of_enums(before, name)?;
            }
            sequence::create_sequence(Dialect::Postgres, create, before)?
        }
        Op::AlterSequence(alter) => sequence::alter_sequence(Dialect::Postgres, alter, before)?,
        Op::RenameSequence(rename) => {
            check_free(before, rename.to.schema.as_deref(), &rename.to.name, None)?;
            check_free_of_enums(before, &rename.to)?;
            sequence::rename_sequence(Dialect::Postgres, rename)?
        }
        Op::DropSequence(drop) => sequence::drop_sequence(Dialect::Postgres, drop)?,
        Op::CreateExtension(create) => {
            let Extension { schema, version } = &create.extension;
            let words = start("CREATE EXTENSION ").raw_if(create.if_not_exists, "IF NOT EXISTS ");
            let sql = words.name(&create.name);
            let sql = match schema {
                None => sql,
                Some(schema) => sql.raw(" SCHEMA ").name(schema),
            };
            let sql = match version {
                None => sql,
                Some(version) => sql.raw(" VERSION ").value(&version.as_str().into()),
            };
            vec![sql.end()?]
        }
        Op::DropExtension(drop) => {
            vec![
                start("DROP EXTENSION ")
                    .raw_if(drop.if_exists, "IF EXISTS ")
                    .name(&drop.name)
                    .end()?,
            ]
        }
        Op::CreateView(create) => {
            check_free(before, create.view.name.schema.as_deref(), &create.view.name.name, None)?;
            view::create_view(Dialect::Postgres, create, view_index)?
        }
        Op::ReplaceView(replace) => {
            view::replace_view(Dialect::Postgres, replace, before, view_index)?
        }
        Op::DropView(drop) => view::drop_view(Dialect::Postgres, drop, before)?,
        Op::CreateFunction(create) => function::create_function(Dialect::Postgres, create)?,
        Op::ReplaceFunction(replace) => {
            function::replace_function(Dialect::Postgres, replace, before)?
        }
        Op::DropFunction(drop) => function::drop_function(Dialect::Postgres, drop, before)?,
        Op::CreateTrigger(create) => trigger::create_trigger(Dialect::Postgres, create, before)?,
        Op::ReplaceTrigger(replace) => trigger::replace_trigger(Dialect::Postgres, replace)?,
        Op::DropTrigger(drop) => trigger::drop_trigger(Dialect::Postgres, drop)?,
        Op::BulkInsert(insert) => {
            let mut statements = insert_rows(insert, before)?;
            statements.extend(counted_on(insert, before)?);
            statements
        }
        Op::DeleteRows(delete) => ansi::delete(Dialect::Postgres, delete)?,
        Op::Execute(execute) => ansi::execute(execute),
        Op::Run(run) => return Ok(vec![ansi::code(Dialect::Postgres, run)?]),
    };
    Ok(sql.into_iter().map(Statement::Sql).collect())
}

pub(super) fn unsupported(what: &str, instead: &str) -> RenderError {
    RenderError::Unsupported {
        dialect: Dialect::Postgres,
        what: what.to_owned(),
        instead: instead.to_owned(),
    }
}

/// Sets the counters of identity columns behind the rows that brought values for them along: PostgreSQL
/// leaves them where they are, and the next row would get a value that is there already.
fn counted_on(insert: &BulkInsert, before: &Catalog) -> Result<Vec<String>, RenderError> {
    let Some(table) = before.tables.get(&insert.table).filter(|_| !insert.rows.is_empty()) else {
        return Ok(Vec::new());
    };
    let counted = table
        .columns
        .iter()
        .filter(|one| one.identity.is_some() && insert.columns.contains(&one.name));
    counted
        .map(|column| {
            let table = start("").table(&insert.table).end()?;
            let counter = start("pg_catalog.pg_get_serial_sequence(")
                .value(&table.as_str().into())
                .raw(", ")
                .value(&column.name.as_str().into())
                .raw(")")
                .end()?;
            let sql =
                start("SELECT pg_catalog.setval(").raw(&counter).raw(", GREATEST((SELECT max(");
            let sql = sql.name(&column.name).raw(") FROM ").raw(&table);
            // A counter that is further on stays there, or ids of deleted rows would be given again.
            let sql = sql.raw("), pg_catalog.pg_sequence_last_value(").raw(&counter);
            sql.raw("::regclass)))").end()
        })
        .collect()
}

/// `INSERT`, if there are rows; one that brings along what else only the database counts says so.
fn insert_rows(insert: &BulkInsert, before: &Catalog) -> Result<Vec<String>, RenderError> {
    let overrides = before.tables.get(&insert.table).is_some_and(|table| {
        table.columns.iter().any(|one| {
            one.identity.is_some_and(|identity| identity.always)
                && insert.columns.contains(&one.name)
        })
    });
    if !overrides {
        return ansi::insert(Dialect::Postgres, insert);
    }
    let words = start("INSERT INTO ").table(&insert.table);
    let how = " OVERRIDING SYSTEM VALUE";
    let sql = words.rows(&insert.columns, how, &insert.rows).end()?;
    Ok(if insert.rows.is_empty() { Vec::new() } else { vec![sql] })
}

/// A new name, another schema, or both; what belongs to the table moves along.
fn rename_table(rename: &RenameTable, before: &Catalog) -> Result<Vec<String>, RenderError> {
    let RenameTable { from, to } = rename;
    let named = |table: &TableName| {
        let sql = start("ALTER TABLE ").table(table).raw(" RENAME TO ").name(&to.name).end()?;
        Ok::<_, RenderError>((from.name != to.name).then_some(sql))
    };
    if from.schema == to.schema {
        let sql = start("ALTER TABLE ").table(from).raw(" RENAME TO ").name(&to.name);
        return Ok(vec![sql.end()?]);
    }
    let moved = |name: &str| {
        let there = TableName { schema: from.schema.clone(), name: name.to_owned() };
        let sql = start("ALTER TABLE ").table(&there).raw(" SET SCHEMA ");
        match &to.schema {
            Some(schema) => sql.name(schema).end(),
            // The one that a table without a schema would be created in.
            None => {
                let sql = start("").value(&sql.end()?.into()).end()?;
                let words = format!("BEGIN EXECUTE {sql} || quote_ident(current_schema()); END");
                Ok(format!("DO {}", start("").value(&words.as_str().into()).end()?))
            }
        }
    };
    // The former name may be taken over there, the new one here.
    let passing = TableName { schema: to.schema.clone(), name: from.name.clone() };
    let statements = if before.tables.contains_key(&passing) {
        [named(from)?, Some(moved(&to.name)?)]
    } else {
        [Some(moved(&from.name)?), named(&passing)?]
    };
    Ok(statements.into_iter().flatten().collect())
}

fn view_index(view: &View, index: &Index) -> Result<String, RenderError> {
    create_index(&view.name, index, false, false)
}

/// Tables, views, sequences, indexes and the keys that an index stands behind share the names of a schema.
///
/// `own` is the table whose indexes the catalog itself has looked through.
pub(super) fn check_free(
    before: &Catalog,
    schema: Option<&str>,
    name: &str,
    own: Option<&TableName>,
) -> Result<(), RenderError> {
    let there = TableName { schema: schema.map(str::to_owned), name: name.to_owned() };
    if before.tables.contains_key(&there) {
        return taken(name, format!("the table `{there}`"));
    }
    // The names of a schema often begin alike, and end differently.
    let is_it = |other: &str| {
        other.len() == name.len() && other.bytes().last() == name.bytes().last() && other == name
    };
    for other in before.tables.values().filter(|other| other.name.schema.as_deref() == schema) {
        if other.indexes.keys().any(|index| is_it(index)) && own != Some(&other.name) {
            return taken(name, format!("an index of `{}`", other.name));
        }
        if other.constraints.iter().any(|(key, one)| is_it(key) && has_index(one)) {
            return taken(name, format!("a key of `{}`", other.name));
        }
    }
    if let Some((of, _)) = before.parted(&there) {
        return taken(name, format!("a partition of `{}`", of.name));
    }
    for view in before.views.values().filter(|view| view.name.schema.as_deref() == schema) {
        if view.name.name == name {
            return taken(name, format!("the view `{}`", view.name));
        }
        if own != Some(&view.name) && view.indexes.contains_key(name) {
            return taken(name, format!("an index of `{}`", view.name));
        }
    }
    if before.sequences.contains_key(&there) {
        return taken(name, format!("the sequence `{there}`"));
    }
    Ok(())
}

pub(super) fn taken(name: &str, by: String) -> Result<(), RenderError> {
    Err(RenderError::NameTaken { dialect: Dialect::Postgres, name: name.to_owned(), by })
}

/// Whether the constraint is kept by an index of its name.
pub(super) fn has_index(constraint: &Constraint) -> bool {
    match constraint {
        Constraint::PrimaryKey(_) | Constraint::Unique(_) | Constraint::Exclude(_) => true,
        Constraint::ForeignKey(_) | Constraint::Check(_) => false,
    }
}

/// A table or sequence is a type as well: it takes no name that an enum has.
fn check_free_of_enums(before: &Catalog, table: &TableName) -> Result<(), RenderError> {
    let same = |other: &&TypeName| other.schema == table.schema && other.name == table.name;
    match before.enums.keys().find(same) {
        Some(other) => taken(&table.name, format!("the enum `{other}`")),
        None => Ok(()),
    }
}

/// A new table's names, each against those that are there and against its others.
fn check_names(table: &Table, before: &Catalog) -> Result<(), RenderError> {
    let schema = table.name.schema.as_deref();
    check_free_of_enums(before, &table.name)?;
    let keys = table.constraints.values().filter(|one| has_index(one)).map(Constraint::name);
    let names = std::iter::once(table.name.name.as_str())
        .chain(keys)
        .chain(table.indexes.keys().map(String::as_str));
    let mut own = BTreeSet::new();
    for name in names {
        check_free(before, schema, name, None)?;
        if !own.insert(name) {
            return taken(name, format!("another part of `{}`", table.name));
        }
    }
    Ok(())
}

/// Makes the database look now at what it would look at when the transaction ends.
///
/// It changes no table while rows of it wait to be looked at (`pending trigger events`). Constraints that wait
/// by themselves do so again afterwards.
pub(crate) fn settle<'a>(
    waiting: impl IntoIterator<Item = (&'a Table, &'a str)>,
) -> Result<Vec<String>, RenderError> {
    let mut waiting = waiting.into_iter().peekable();
    if waiting.peek().is_none() {
        return Ok(Vec::new());
    }
    let names = start("SET CONSTRAINTS ")
        .list(waiting, |sql, (table, name)| sql.qualified(table.name.schema.as_deref(), name));
    Ok(vec!["SET CONSTRAINTS ALL IMMEDIATE".to_owned(), names.raw(" DEFERRED").end()?])
}

/// The constraints of a table that are looked at when the transaction ends.
pub(crate) fn waiting(table: &Table) -> impl Iterator<Item = (&Table, &str)> {
    let waits = |one: &&Constraint| match one {
        Constraint::Unique(unique) => unique.deferrable == Deferrable::InitiallyDeferred,
        Constraint::ForeignKey(key) => key.deferrable == Deferrable::InitiallyDeferred,
        Constraint::Exclude(exclude) => exclude.deferrable == Deferrable::InitiallyDeferred,
        Constraint::PrimaryKey(_) | Constraint::Check(_) => false,
    };
    table.constraints.values().filter(waits).map(move |one| (table, one.name()))
}

/// What is computed no foreign key can change.
pub(super) fn check_changes(table: &Table, key: &ForeignKey) -> Result<(), RenderError> {
    let clears = |action| matches!(action, Action::SetNull | Action::SetDefault);
    let changes =
        clears(key.on_delete) || clears(key.on_update) || key.on_update == Action::Cascade;
    let made = |name: &&String| table.column(name).is_ok_and(|one| one.generated.is_some());
    match key.columns.iter().find(made).filter(|_| changes) {
        None => Ok(()),
        Some(name) => Err(unsupported(
            &format!("foreign key that changes a generated column, such as `{name}`"),
            "take an action that leaves the column alone: Cascade where rows are deleted, NoAction",
        )),
    }
}

fn create_table(
    table: &Table,
    before: &Catalog,
    if_not_exists: bool,
) -> Result<Vec<String>, RenderError> {
    let options = &table.options.postgres;
    if table.partition_by.is_some() && (options.unlogged || !options.with.is_empty()) {
        return Err(unsupported(
            "UNLOGGED or storage parameters for a partitioned table, which keeps no rows itself",
            "say it in SQL, for each partition: op.execute(\"ALTER TABLE … SET …\").declares_nothing()",
        ));
    }
    table.foreign_keys().try_for_each(|key| check_changes(table, key))?;
    let words = start("CREATE ").raw_if(options.unlogged, "UNLOGGED ").raw("TABLE ");
    let words = words.raw_if(if_not_exists, "IF NOT EXISTS ").table(&table.name).raw(" (");
    // Two keys over the same columns become one here, without a word; not in ALTER TABLE (measured with 15).
    let is_twin = |one: &&Constraint| {
        let is_key = |one: &&Constraint| has_index(one) && !one.columns().is_empty();
        let same = |other: &&Constraint| is_key(other) && other.columns() == one.columns();
        let first = in_order(table).find(same);
        has_index(one) && first.is_some_and(|first| first.name() != one.name())
    };
    let constraints = in_order(table).filter(|one| is_valid(one) && !is_twin(one));
    let pieces = table
        .columns
        .iter()
        .map(column)
        .chain(constraints.map(|one| start("").constraint(one).end()));
    let sql = words.list(pieces, Sql::piece).raw(")");
    let sql = match &table.partition_by {
        None => sql,
        Some(by) => {
            let words = sql.raw(" PARTITION BY ").raw(by.strategy.sql());
            words.raw(" (").list(&by.keys, Sql::part).raw(")")
        }
    };
    let sql = sql.with(&options.with);
    let sql = match &options.tablespace {
        None => sql,
        Some(tablespace) => sql.raw(" TABLESPACE ").name(tablespace),
    };
    let mut statements = vec![sql.end()?];
    for (name, bounds) in &table.partitions {
        statements.push(partition(&table.name, name, bounds, if_not_exists)?);
    }
    let is_there = if_not_exists && before.tables.contains_key(&table.name);
    // In CREATE TABLE, PostgreSQL takes NOT VALID for a slip, since there are no rows.
    let apart = |one: &&Constraint| is_twin(one) || !is_valid(one);
    for constraint in in_order(table).filter(|one| !is_there && apart(one)) {
        let words = start("ALTER TABLE ").table(&table.name).raw(" ADD ");
        statements.push(words.constraint(constraint).end()?);
    }
    for index in table.indexes.values() {
        statements.push(create_index(&table.name, index, false, if_not_exists)?);
    }
    if table.comment.is_some() {
        statements.push(comment_on_table(&table.name, table.comment.as_deref())?);
    }
    for column in table.columns.iter().filter(|column| column.comment.is_some()) {
        statements.push(comment_on_column(&table.name, &column.name, column.comment.as_deref())?);
    }
    if !is_there {
        statements.extend(trigger::of_table(Dialect::Postgres, table, before)?);
    }
    Ok(statements)
}

fn partition(
    of: &TableName,
    name: &TableName,
    bounds: &Bounds,
    if_not_exists: bool,
) -> Result<String, RenderError> {
    let words = start("CREATE TABLE ").raw_if(if_not_exists, "IF NOT EXISTS ").table(name);
    words.raw(" PARTITION OF ").table(of).raw(" ").said(&bounds.to_string()).end()
}

fn is_valid(constraint: &&Constraint) -> bool {
    !constraint.is_not_valid()
}

/// The primary key first, as people write it.
fn in_order(table: &Table) -> impl Iterator<Item = &Constraint> {
    let is_key = |one: &&Constraint| matches!(one, Constraint::PrimaryKey(_));
    table
        .constraints
        .values()
        .filter(is_key)
        .chain(table.constraints.values().filter(move |one| !is_key(one)))
}

/// Columns that every table has already.
const SYSTEM_COLUMNS: [&str; 6] = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];

pub(super) fn check_column_name(name: &str) -> Result<(), RenderError> {
    if SYSTEM_COLUMNS.contains(&name) {
        return Err(RenderError::ReservedName {
            dialect: Dialect::Postgres,
            name: name.to_owned(),
        });
    }
    Ok(())
}

pub(super) fn column(column: &Column) -> Result<String, RenderError> {
    check_column_name(&column.name)?;
    let sql = start("").name(&column.name).raw(" ").piece(spell(&column.sql_type));
    let sql = match &column.collation {
        None => sql,
        Some(collation) => sql.raw(" COLLATE ").name(collation),
    };
    let sql = sql.raw_if(!column.nullable, " NOT NULL");
    let sql = match &column.default {
        None => sql,
        Some(default) => sql.raw(" DEFAULT ").piece(default_value(default)),
    };
    let sql = match &column.generated {
        None => sql,
        Some(Generated { expression, stored: true }) => {
            sql.raw(" GENERATED ALWAYS AS (").raw(expression).raw(") STORED")
        }
        Some(Generated { stored: false, .. }) => {
            return Err(unsupported(
                &format!("column that is generated when it is read, such as `{}`", column.name),
                "store it: .generated(…), or say it in a view",
            ));
        }
    };
    match &column.identity {
        None => sql,
        Some(identity) => sql.raw(&identity_words(identity)),
    }
    .end()
}

/// `GENERATED … AS IDENTITY`, as it stands behind a column and behind ADD.
pub(super) fn identity_words(identity: &Identity) -> String {
    let kind = if identity.always { "ALWAYS" } else { "BY DEFAULT" };
    let start = identity.start.map(|start| format!("START WITH {start}"));
    let increment = identity.increment.map(|step| format!("INCREMENT BY {step}"));
    let options: Vec<String> = start.into_iter().chain(increment).collect();
    let options =
        if options.is_empty() { String::new() } else { format!(" ({})", options.join(" ")) };
    format!(" GENERATED {kind} AS IDENTITY{options}")
}

pub(super) fn default_value(default: &DefaultValue) -> Result<String, RenderError> {
    match default {
        DefaultValue::Value(value) => start("").value(value).end(),
        DefaultValue::Expression(expression) => Ok(expression.clone()),
    }
}

pub(super) fn create_index(
    table: &TableName,
    index: &Index,
    concurrently: bool,
    if_not_exists: bool,
) -> Result<String, RenderError> {
    let sql = start("CREATE ")
        .raw_if(index.unique, "UNIQUE ")
        .raw("INDEX ")
        .raw_if(concurrently, "CONCURRENTLY ");
    let sql =
        sql.raw_if(if_not_exists, "IF NOT EXISTS ").name(&index.name).raw(" ON ").table(table);
    let sql = match &index.postgres.method {
        None => sql,
        Some(method) => sql.raw(" USING ").word(method),
    };
    let sql = sql.keys(index);
    let sql = match &index.postgres.include[..] {
        [] => sql,
        include => sql.raw(" INCLUDE ").names(include),
    };
    let sql = sql.raw_if(index.postgres.nulls_not_distinct, " NULLS NOT DISTINCT");
    let sql = sql.with(&index.postgres.with);
    let sql = match &index.postgres.tablespace {
        None => sql,
        Some(tablespace) => sql.raw(" TABLESPACE ").name(tablespace),
    };
    match &index.predicate {
        None => sql,
        Some(predicate) => sql.raw(" WHERE (").raw(predicate).raw(")"),
    }
    .end()
}

pub(super) fn comment_on_table(
    table: &TableName,
    comment: Option<&str>,
) -> Result<String, RenderError> {
    start("COMMENT ON TABLE ").table(table).raw(" IS ").value(&comment.into()).end()
}

pub(super) fn comment_on_column(
    table: &TableName,
    column: &str,
    comment: Option<&str>,
) -> Result<String, RenderError> {
    start("COMMENT ON COLUMN ")
        .table(table)
        .raw(".")
        .name(column)
        .raw(" IS ")
        .value(&comment.into())
        .end()
}
