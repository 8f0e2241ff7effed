//! Whether a statement took effect of which only the beginning is written down: the schema is looked at.
//!
//! The catalog before the statement and the one behind it are known. What differs between the two is looked for in the
//! database: where all of it is as behind, the statement was done; where all is as before, it was not. Anything else is
//! for people.

use std::collections::{BTreeMap, BTreeSet};

use migrate_model::{
    Dialect, Op, Placed,
    catalog::{
        Bounds, Catalog, Column, Constraint, Extension, Function, Index, PartitionBy, Sequence,
        TableOptions, Trigger, View,
    },
    op::{AlterTable, TableChange},
};

use super::{outside::is_data, prepare::PreparedOp, session};
use crate::backend::{
    Database, ReflectError, Scope, Statement, canonical_beside, normalize, render,
};

/// What the schema says about a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It took effect.
    Done,
    /// It did not.
    NotDone,
    /// It can't be told, and why.
    Open(String),
}

/// Looks at the database; `at` is the how-manieth statement of the op it is, from 0, `before` the schema that the op meets.
pub(super) fn decide(
    database: &mut dyn Database,
    op: &PreparedOp,
    at: usize,
    before: &Catalog,
) -> Result<Verdict, ReflectError> {
    let dialect = database.dialect();
    let (Some(from), Some(to)) =
        (after(dialect, op, at, before), after(dialect, op, at + 1, before))
    else {
        return Ok(Verdict::Open(
            "it is one of several that make up one op, and the schema between them is not known"
                .to_owned(),
        ));
    };
    if from == to {
        return Ok(Verdict::Open("nothing in the schema tells whether it did".to_owned()));
    }
    // By the words of the chain: only where a table differs from what is found are the server's own asked for.
    let changed = changed(dialect, &from, &to);
    if dialect.family() == Dialect::Mysql {
        // With the quotes of a run, the server gives texts of tables back in other words than those it keeps.
        database.batch("SET SESSION sql_mode = REPLACE(@@SESSION.sql_mode, 'ANSI_QUOTES', '')")?;
    }
    let verdict = look(database, op, &changed, &from, &to);
    session::settle(database)?;
    verdict
}

fn look(
    database: &mut dyn Database,
    op: &PreparedOp,
    changed: &BTreeSet<String>,
    from: &Catalog,
    to: &Catalog,
) -> Result<Verdict, ReflectError> {
    let found = database.reflect(&scope(op, from))?.catalog;
    let from = canonical_beside(database, from, &found)?;
    let to = canonical_beside(database, to, &found)?;
    Ok(compare(database.dialect(), changed, &from, &to, &found))
}

/// The names of what differs between two schemas.
fn changed(dialect: Dialect, from: &Catalog, to: &Catalog) -> BTreeSet<String> {
    let (from, to) = (parts(dialect, from), parts(dialect, to));
    let names = from.keys().chain(to.keys());
    names.filter(|name| from.get(*name) != to.get(*name)).cloned().collect()
}

fn compare(
    dialect: Dialect,
    changed: &BTreeSet<String>,
    from: &Catalog,
    to: &Catalog,
    found: &Catalog,
) -> Verdict {
    let (from, to, found) = (parts(dialect, from), parts(dialect, to), parts(dialect, found));
    // What the server makes the same of says nothing.
    let changed: Vec<&String> =
        changed.iter().filter(|name| from.get(*name) != to.get(*name)).collect();
    if changed.is_empty() {
        return Verdict::Open("nothing in the schema tells whether it did".to_owned());
    }
    let as_in = |side: &BTreeMap<String, Part>, name: &str| found.get(name) == side.get(name);
    let others: Vec<&str> = changed
        .iter()
        .filter(|name| !as_in(&from, name) && !as_in(&to, name))
        .map(|name| name.as_str())
        .collect();
    if !others.is_empty() {
        return Verdict::Open(format!(
            "{} is neither as before it nor as behind it",
            others.join(", ")
        ));
    }
    if changed.iter().all(|name| as_in(&to, name)) {
        return Verdict::Done;
    }
    if changed.iter().all(|name| as_in(&from, name)) {
        return Verdict::NotDone;
    }
    let (there, missing): (Vec<&String>, Vec<&String>) =
        changed.into_iter().partition(|name| as_in(&to, name));
    let words =
        |names: &[&String]| names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
    Verdict::Open(format!("{} is as behind it, {} as before it", words(&there), words(&missing)))
}

/// The schemas that are looked at: those that the op names.
fn scope(op: &PreparedOp, before: &Catalog) -> Scope {
    let mut schemas: BTreeSet<String> =
        op.op.tables().into_iter().filter_map(|table| table.schema.clone()).collect();
    schemas.extend(before.schemas.iter().cloned());
    schemas.iter().fold(Scope::default(), |scope, schema| scope.schema(schema))
}

/// The schema once so many statements of the op are done, where that is known.
fn after(dialect: Dialect, op: &PreparedOp, count: usize, before: &Catalog) -> Option<Catalog> {
    if count == 0 {
        return Some(before.clone());
    }
    let mut catalog = before.clone();
    if count == op.statements.len() {
        return op.op.apply(&mut catalog).ok().map(|()| catalog);
    }
    if is_data(&op.statements[count - 1]) {
        return after(dialect, op, count - 1, before);
    }
    // The changes of one table are several statements where the database can't take them in one.
    let Op::AlterTable(alter) = &op.op else { return None };
    let texts = |statements: &[Statement]| -> Vec<String> {
        statements.iter().map(|statement| statement.text().to_owned()).collect()
    };
    let wanted = texts(&op.statements[..count]);
    let parts = (1..=alter.changes.len()).flat_map(|so_many| {
        let changes = alter.changes[..so_many].to_vec();
        [Some(changes.clone()), begun(changes)].into_iter().flatten()
    });
    parts.map(|changes| Op::AlterTable(AlterTable { changes, ..alter.clone() })).find_map(|part| {
        let statements = render(dialect, &part, before).ok()?;
        if texts(&statements) != wanted {
            return None;
        }
        let mut catalog = before.clone();
        part.apply(&mut catalog).ok().map(|()| catalog)
    })
}

/// The same changes, the last one only begun: a column that rows are yet to be filled in is one that may be empty.
fn begun(mut changes: Vec<Placed<TableChange>>) -> Option<Vec<Placed<TableChange>>> {
    let Some(Placed { what: TableChange::AddColumn(add), .. }) = changes.last_mut() else {
        return None;
    };
    add.fill = None;
    add.column.nullable = true;
    Some(changes)
}

/// A piece of a schema: equal where its texts say the same.
#[derive(Clone, Debug, PartialEq)]
enum Part {
    Table(Box<(TableOptions, Option<PartitionBy>, Option<String>)>),
    Column(Box<Column>),
    Constraint(Box<Constraint>),
    Index(Box<Index>),
    Trigger(Box<Trigger>),
    Partition(Bounds),
    View(Box<View>),
    Function(Box<Function>),
    Enum(Vec<String>),
    Sequence(Box<Sequence>),
    Schema,
    Extension(Extension),
}

/// A schema taken to pieces: what each is called, and all that is said of it.
fn parts(dialect: Dialect, catalog: &Catalog) -> BTreeMap<String, Part> {
    let catalog = normalize(dialect, catalog);
    let mut parts = BTreeMap::new();
    let mut part = |name: String, value: Part| drop(parts.insert(name, value));
    for (name, table) in catalog.tables {
        let own = (table.options, table.partition_by, table.comment);
        part(format!("table `{name}`"), Part::Table(Box::new(own)));
        for column in table.columns {
            part(format!("column `{name}.{}`", column.name), Part::Column(Box::new(column)));
        }
        for (of, constraint) in table.constraints {
            let constraint = Part::Constraint(Box::new(constraint));
            part(format!("constraint `{of}` on `{name}`"), constraint);
        }
        for (of, index) in table.indexes {
            part(format!("index `{of}` on `{name}`"), Part::Index(Box::new(index)));
        }
        for (of, trigger) in table.triggers {
            part(format!("trigger `{of}` on `{name}`"), Part::Trigger(Box::new(trigger)));
        }
        for (of, bounds) in table.partitions {
            part(format!("partition `{of}` of `{name}`"), Part::Partition(bounds));
        }
    }
    for (name, view) in catalog.views {
        part(format!("view `{name}`"), Part::View(Box::new(view)));
    }
    for (key, function) in catalog.functions {
        part(format!("function `{key:?}`"), Part::Function(Box::new(function)));
    }
    for (name, values) in catalog.enums {
        part(format!("enum `{name}`"), Part::Enum(values));
    }
    for (name, sequence) in catalog.sequences {
        part(format!("sequence `{name}`"), Part::Sequence(Box::new(sequence)));
    }
    for name in catalog.schemas {
        part(format!("schema `{name}`"), Part::Schema);
    }
    for (name, extension) in catalog.extensions {
        part(format!("extension `{name}`"), Part::Extension(extension));
    }
    parts
}

/// The index that an interrupted CREATE INDEX CONCURRENTLY left INVALID, if there is one: what to drop before it is
/// built again.
pub(super) fn invalid_index(
    database: &mut dyn Database,
    op: &Op,
) -> Result<Option<String>, crate::backend::DatabaseError> {
    let Op::CreateIndex(create) = op else { return Ok(None) };
    if !create.concurrently || database.dialect() != Dialect::Postgres {
        return Ok(None);
    }
    let name = super::version_table::literal(Dialect::Postgres, &create.index.name);
    let table = super::version_table::sql_name(Dialect::Postgres, &create.table)?;
    let table = super::version_table::literal(Dialect::Postgres, &table);
    let sql = format!(
        "SELECT (quote_ident(n.nspname) || '.' || quote_ident(c.relname))::text FROM pg_catalog.pg_index i \
         JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relname = {name} AND NOT i.indisvalid AND i.indrelid = pg_catalog.to_regclass({table})"
    );
    Ok(super::lock::first(database.query(&sql)?))
}

#[cfg(test)]
mod tests {
    use crate::prelude::*;

    use super::*;

    fn orders(op: &mut Ops) {
        op.create_table(table("orders").column(bigint("id").primary_key()).column(integer("old")));
    }

    fn step(op: &mut Ops) {
        op.alter_table("orders", |table| {
            table.add_column(text("note").nullable());
            table.drop_column("old");
        });
    }

    /// What is made of a database in which this was done to the table, instead of the step.
    fn check(found: fn(&mut Ops), expected: &str) {
        let schema = |ops: &[fn(&mut Ops)]| {
            let mut catalog = Catalog::default();
            let mut op = Ops::new(Mysql);
            ops.iter().for_each(|ops| ops(&mut op));
            op.recorded().iter().try_for_each(|op| op.apply(&mut catalog)).unwrap();
            catalog
        };
        let (from, to) = (schema(&[orders]), schema(&[orders, step]));
        let changed = changed(Dialect::Mysql, &from, &to);
        let verdict = compare(Dialect::Mysql, &changed, &from, &to, &schema(&[orders, found]));
        let verdict = match verdict {
            Verdict::Open(why) => why,
            Verdict::Done => "done".to_owned(),
            Verdict::NotDone => "not done".to_owned(),
        };
        assert_eq!(verdict, expected);
    }

    #[test]
    fn the_schema_tells() {
        check(|_| {}, "not done");
        check(step, "done");
        check(
            |op| {
                op.add_column("orders", text("note").nullable());
            },
            "column `orders.note` is as behind it, column `orders.old` as before it",
        );
        check(
            |op| {
                op.add_column("orders", integer("note").nullable());
            },
            "column `orders.note` is neither as before it nor as behind it",
        );
    }
}
