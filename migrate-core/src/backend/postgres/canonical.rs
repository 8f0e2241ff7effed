//! A catalog's expressions as PostgreSQL writes them: it is asked by making the tables as temporary ones, in a transaction
//! that is rolled back. That needs no right but TEMPORARY, which everyone has by default, and leaves no trace.

use std::collections::BTreeMap;

use migrate_model::{
    Op, Placed,
    catalog::{Catalog, Constraint, Index, SqlType, Table, TableName, TypeName, sequence},
    op::{
        AddConstraint, AlterTable, CreateEnum, CreateIndex, CreateSequence, CreateTable,
        TableChange,
    },
};

use super::{asked, reflect, render};
use crate::backend::{
    Database, DatabaseError, RenderError, Scope, Statement,
    reflect::{Asked, ReflectError, Reflected},
};

/// Tables at a time: each takes some of the server's locks, of which there are 6,400 by default.
const AT_A_TIME: usize = 200;

pub(crate) fn canonical(
    database: &mut dyn Database,
    catalog: &Catalog,
    asked: &Asked,
) -> Result<Catalog, ReflectError> {
    let mut canonical = catalog.clone();
    let tables = catalog.tables.values().filter(|table| asked.tables.contains(&table.name));
    let tables: Vec<&Table> = tables.filter(|table| has_text(table)).collect();
    for tables in tables.chunks(AT_A_TIME) {
        database.begin()?;
        let read = made(database, catalog, tables);
        let rolled_back = database.rollback();
        let read = read?;
        rolled_back?;
        for (number, table) in tables.iter().enumerate() {
            let answer = read.catalog.tables.get(&TableName::from(scratch(number)));
            if let (Some(answer), Some(table)) = (answer, canonical.tables.get_mut(&table.name)) {
                take_over(table, answer, number);
            }
        }
    }
    if asked.objects {
        asked::objects(database, catalog, &mut canonical)?;
    }
    Ok(canonical)
}

/// Whether there is anything in a table that PostgreSQL may write in another way.
fn has_text(table: &Table) -> bool {
    let is_check = |one: &Constraint| match one {
        Constraint::Check(_) | Constraint::Exclude(_) => true,
        Constraint::PrimaryKey(_) | Constraint::Unique(_) | Constraint::ForeignKey(_) => false,
    };
    table.columns.iter().any(|column| {
        column.default.is_some()
            || column.generated.is_some()
            || matches!(column.sql_type, SqlType::Custom(_))
    }) || table.partition_by.is_some()
        || table.constraints.values().any(is_check)
        || !table.indexes.is_empty()
}

/// No expression names its own table, so its name doesn't matter.
pub(super) fn scratch(number: usize) -> String {
    format!("__migrate_scratch_{number}")
}

/// Indexes of a schema share their names; those of several schemas may be the same.
pub(super) fn scratch_index(number: usize, name: &str) -> String {
    let own = format!("{}_{name}", scratch(number));
    migrate_model::catalog::naming::shorten(own)
}

fn scratch_partition(number: usize, partition: usize) -> String {
    format!("{}_part_{partition}", scratch(number))
}

/// The table as it is made to ask: what has no text in it is left out.
fn bare(table: &Table, number: usize) -> Table {
    let mut bare = table.clone();
    bare.name = TableName { schema: Some("pg_temp".to_owned()), name: scratch(number) };
    bare.comment = None;
    bare.options = Default::default();
    // They call functions, which are not there; and no row will fire one.
    bare.triggers.clear();
    let bounds = std::mem::take(&mut bare.partitions).into_values().enumerate();
    bare.partitions = bounds
        .map(|(at, bounds)| (("pg_temp", scratch_partition(number, at).as_str()).into(), bounds))
        .collect();
    for column in &mut bare.columns {
        column.comment = None;
        column.identity = None;
    }
    bare.constraints.retain(|_, one| match one {
        Constraint::Check(_) | Constraint::Exclude(_) => true,
        Constraint::PrimaryKey(_) | Constraint::Unique(_) | Constraint::ForeignKey(_) => false,
    });
    let indexes = std::mem::take(&mut bare.indexes);
    for mut index in indexes.into_values() {
        index.name = scratch_index(number, &index.name);
        bare.indexes.insert(index.name.clone(), index);
    }
    bare
}

fn made(
    database: &mut dyn Database,
    catalog: &Catalog,
    tables: &[&Table],
) -> Result<Reflected, ReflectError> {
    make_enums(database, catalog)?;
    make_sequences(database, catalog)?;
    let tables: Vec<Table> =
        tables.iter().enumerate().map(|(number, table)| bare(table, number)).collect();
    let mut all = Vec::new();
    for table in &tables {
        all.extend(said(&create(table.clone()), &Catalog::default())?);
    }
    if !attempt(database, &all)? {
        for table in &tables {
            if !attempt(database, &said(&create(table.clone()), &Catalog::default())?)? {
                piece_by_piece(database, table)?;
            }
        }
    }
    let ask = &mut |sql: &str| database.query(sql);
    let place = reflect::temporary(ask)?;
    let everything = Scope { own: true, ..Scope::default() };
    reflect::read(ask, &place, &everything)
}

/// Makes the enums, as temporary types of their own names.
pub(super) fn make_enums(
    database: &mut dyn Database,
    catalog: &Catalog,
) -> Result<(), ReflectError> {
    for (name, values) in catalog.enums.iter().filter(|(name, _)| name.schema.is_none()) {
        let name = TypeName { schema: Some("pg_temp".to_owned()), name: name.name.clone() };
        let op = Op::CreateEnum(CreateEnum { name, values: values.clone(), if_not_exists: false });
        attempt(database, &said(&op, &Catalog::default())?)?;
    }
    Ok(())
}

/// Makes the sequences that defaults take their numbers from, as temporary ones of their own names.
fn make_sequences(database: &mut dyn Database, catalog: &Catalog) -> Result<(), ReflectError> {
    for name in catalog.sequences.keys().filter(|name| name.schema.is_none()) {
        let sequence = sequence(("pg_temp", name.name.as_str()));
        let op = Op::CreateSequence(CreateSequence { sequence, if_not_exists: false });
        attempt(database, &said(&op, &Catalog::default())?)?;
    }
    Ok(())
}

pub(super) fn create(table: Table) -> Op {
    Op::CreateTable(CreateTable { table, if_not_exists: false })
}

/// A table of which PostgreSQL doesn't take all: each piece by itself, so that only what it refuses stays as it is.
fn piece_by_piece(database: &mut dyn Database, table: &Table) -> Result<(), ReflectError> {
    let mut first = table.clone();
    let constraints = std::mem::take(&mut first.constraints);
    let indexes = std::mem::take(&mut first.indexes);
    for column in &mut first.columns {
        column.default = None;
        column.generated = None;
    }
    let before = Catalog {
        tables: BTreeMap::from([(first.name.clone(), first.clone())]),
        ..Catalog::default()
    };
    if !attempt(database, &said(&create(first), &Catalog::default())?)? {
        return Ok(());
    }
    let change = |change: TableChange| {
        let changes = vec![Placed::nowhere(change)];
        Op::AlterTable(AlterTable { table: table.name.clone(), changes })
    };
    for column in table.columns.iter().filter(|column| column.default.is_some()) {
        let (column, default) = (column.name.clone(), column.default.clone());
        let set = TableChange::SetDefault { column, default };
        attempt(database, &said(&change(set), &before)?)?;
    }
    for constraint in constraints.into_values() {
        let add = TableChange::AddConstraint(AddConstraint { constraint, if_not_exists: false });
        attempt(database, &said(&change(add), &before)?)?;
    }
    for index in indexes.into_values() {
        let create = Op::CreateIndex(CreateIndex {
            table: table.name.clone(),
            index,
            concurrently: false,
            if_not_exists: false,
        });
        attempt(database, &said(&create, &before)?)?;
    }
    Ok(())
}

/// The SQL of an op.
pub(super) fn said(op: &Op, before: &Catalog) -> Result<Vec<String>, RenderError> {
    let statements = render(op, before)?;
    Ok(statements.iter().map(Statement::text).map(str::to_owned).collect())
}

/// Executes statements together; when one is refused, as if there had been none.
pub(super) fn attempt(
    database: &mut dyn Database,
    statements: &[String],
) -> Result<bool, DatabaseError> {
    if statements.is_empty() {
        return Ok(true);
    }
    database.batch("SAVEPOINT __migrate_scratch")?;
    let done = database.batch(&statements.join(";\n")).is_ok();
    if !done {
        database.batch("ROLLBACK TO SAVEPOINT __migrate_scratch")?;
    }
    database.batch("RELEASE SAVEPOINT __migrate_scratch")?;
    Ok(done)
}

/// Takes PostgreSQL's texts over.
fn take_over(table: &mut Table, answer: &Table, number: usize) {
    for column in &mut table.columns {
        let Ok(answer) = answer.column(&column.name) else { continue };
        if answer.default.is_some() {
            column.default.clone_from(&answer.default);
        }
        if answer.generated.is_some() {
            column.generated.clone_from(&answer.generated);
        }
        if matches!(column.sql_type, SqlType::Custom(_)) {
            column.sql_type = answer.sql_type.clone();
        }
    }
    if answer.partition_by.is_some() {
        table.partition_by.clone_from(&answer.partition_by);
    }
    for (at, bounds) in table.partitions.values_mut().enumerate() {
        if let Some(answer) = answer.partitions.get(&scratch_partition(number, at).into()) {
            bounds.clone_from(answer);
        }
    }
    for constraint in table.constraints.values_mut() {
        if let Some(answer @ (Constraint::Check(_) | Constraint::Exclude(_))) =
            answer.constraints.get(constraint.name())
        {
            *constraint = answer.clone();
        }
    }
    take_over_indexes(&mut table.indexes, &answer.indexes, number);
}

/// Takes the texts of indexes over.
pub(super) fn take_over_indexes(
    indexes: &mut BTreeMap<String, Index>,
    answers: &BTreeMap<String, Index>,
    number: usize,
) {
    for index in indexes.values_mut() {
        if let Some(answer) = answers.get(&scratch_index(number, &index.name)) {
            let name = std::mem::take(&mut index.name);
            *index = answer.clone();
            index.name = name;
        }
    }
}
