//! How PostgreSQL says an op.

use std::{borrow::Cow, collections::BTreeSet};

use migrate_model::{
    Dialect, Op,
    catalog::{
        Catalog, CatalogError, Column, Constraint, ConstraintKind, DefaultValue, Index, SqlType,
        Table, TableName,
    },
    op::{AlterTable, ConstraintChoice, SetType, TableChange},
    sql,
};

use super::types::{is_assigned, is_text, spell};
use crate::backend::{
    RenderError, Statement,
    ansi::{self, Sql},
};

fn start(words: &str) -> Sql {
    Sql::new(Dialect::Postgres, words)
}

/// The statements of an op, given the schema before it.
///
/// # Errors
///
/// When PostgreSQL can't do it, or the op doesn't fit the schema.
pub fn render(op: &Op, before: &Catalog) -> Result<Vec<Statement>, RenderError> {
    let sql = match op {
        Op::CreateTable(create) => create_table(&create.table, create.if_not_exists)?,
        Op::DropTable(drop) => ansi::drop_table(Dialect::Postgres, drop)?,
        Op::RenameTable(rename) if rename.from.schema != rename.to.schema => {
            return Err(unsupported(
                "way to rename a table into another schema",
                "say it in SQL: op.execute(\"ALTER TABLE … SET SCHEMA …\")",
            ));
        }
        Op::RenameTable(rename) => {
            vec![
                start("ALTER TABLE ")
                    .table(&rename.from)
                    .raw(" RENAME TO ")
                    .name(&rename.to.name)
                    .end()?,
            ]
        }
        Op::AlterTable(alter) => alter_table(alter, before)?,
        Op::CreateIndex(create) => {
            check_free(before, &create.table, &create.index.name)?;
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
                Err(_) => drop.table.as_ref().and_then(|table| table.schema.clone()),
            };
            let words = start("DROP INDEX ").raw_if(drop.concurrently, "CONCURRENTLY ");
            vec![
                words
                    .raw_if(drop.if_exists, "IF EXISTS ")
                    .qualified(schema.as_deref(), &drop.name)
                    .end()?,
            ]
        }
        Op::CreateEnum(create)
            if create.name.schema.is_none() && OWN_TYPES.contains(&create.name.name.as_str()) =>
        {
            return Err(RenderError::ReservedName {
                dialect: Dialect::Postgres,
                name: create.name.name.clone(),
            });
        }
        Op::CreateEnum(create) => {
            let words =
                start("CREATE TYPE ").qualified(create.name.schema.as_deref(), &create.name.name);
            let values = create.values.iter().map(|value| value.as_str().into());
            vec![
                words
                    .raw(" AS ENUM (")
                    .list(values, |sql, value| sql.value(&value))
                    .raw(")")
                    .end()?,
            ]
        }
        Op::DropEnum(drop) => {
            vec![
                start("DROP TYPE ")
                    .qualified(drop.name.schema.as_deref(), &drop.name.name)
                    .end()?,
            ]
        }
        Op::CreateExtension(create) => {
            vec![
                start("CREATE EXTENSION ")
                    .raw_if(create.if_not_exists, "IF NOT EXISTS ")
                    .name(&create.name)
                    .end()?,
            ]
        }
        Op::DropExtension(drop) => {
            vec![
                start("DROP EXTENSION ")
                    .raw_if(drop.if_exists, "IF EXISTS ")
                    .name(&drop.name)
                    .end()?,
            ]
        }
        Op::BulkInsert(insert) => ansi::insert(Dialect::Postgres, insert)?,
        Op::DeleteRows(delete) => ansi::delete(Dialect::Postgres, delete)?,
        Op::Execute(execute) => ansi::execute(execute),
        Op::Run(run) => return Ok(vec![ansi::code(Dialect::Postgres, run)?]),
    };
    Ok(sql.into_iter().map(Statement::Sql).collect())
}

/// Types of `pg_catalog`, which is searched first: a type of that name could be made, and never again be named.
const OWN_TYPES: [&str; 86] = [
    "aclitem",
    "any",
    "anyarray",
    "anyelement",
    "anyenum",
    "anyrange",
    "bit",
    "bool",
    "box",
    "bpchar",
    "bytea",
    "char",
    "cid",
    "cidr",
    "circle",
    "cstring",
    "date",
    "datemultirange",
    "daterange",
    "event_trigger",
    "float4",
    "float8",
    "gtsvector",
    "inet",
    "int2",
    "int2vector",
    "int4",
    "int4multirange",
    "int4range",
    "int8",
    "int8multirange",
    "int8range",
    "internal",
    "interval",
    "json",
    "jsonb",
    "jsonpath",
    "line",
    "lseg",
    "macaddr",
    "macaddr8",
    "money",
    "name",
    "numeric",
    "nummultirange",
    "numrange",
    "oid",
    "oidvector",
    "path",
    "pg_lsn",
    "pg_snapshot",
    "point",
    "polygon",
    "record",
    "refcursor",
    "regclass",
    "regcollation",
    "regconfig",
    "regdictionary",
    "regnamespace",
    "regoper",
    "regoperator",
    "regproc",
    "regprocedure",
    "regrole",
    "regtype",
    "text",
    "tid",
    "time",
    "timestamp",
    "timestamptz",
    "timetz",
    "trigger",
    "tsmultirange",
    "tsquery",
    "tsrange",
    "tstzmultirange",
    "tstzrange",
    "tsvector",
    "txid_snapshot",
    "unknown",
    "uuid",
    "varbit",
    "varchar",
    "void",
    "xml",
];

fn unsupported(what: &str, instead: &str) -> RenderError {
    RenderError::Unsupported {
        dialect: Dialect::Postgres,
        what: what.to_owned(),
        instead: instead.to_owned(),
    }
}

/// Tables and indexes of a schema share their names.
fn check_free(before: &Catalog, table: &TableName, name: &str) -> Result<(), RenderError> {
    let taken = |by: String| {
        Err(RenderError::NameTaken { dialect: Dialect::Postgres, name: name.to_owned(), by })
    };
    for other in before.tables.values().filter(|other| other.name.schema == table.schema) {
        if other.name.name == name {
            return taken(format!("the table `{}`", other.name));
        }
        if other.name != *table && other.indexes.contains_key(name) {
            return taken(format!("an index of `{}`", other.name));
        }
    }
    Ok(())
}

fn create_table(table: &Table, if_not_exists: bool) -> Result<Vec<String>, RenderError> {
    let words =
        start("CREATE TABLE ").raw_if(if_not_exists, "IF NOT EXISTS ").table(&table.name).raw(" (");
    let pieces = table
        .columns
        .iter()
        .map(column)
        .chain(in_order(table).map(|one| start("").constraint(one).end()));
    let mut statements = vec![words.list(pieces, Sql::piece).raw(")").end()?];
    for index in table.indexes.values() {
        statements.push(create_index(&table.name, index, false, if_not_exists)?);
    }
    if table.comment.is_some() {
        statements.push(comment_on_table(&table.name, table.comment.as_deref())?);
    }
    for column in table.columns.iter().filter(|column| column.comment.is_some()) {
        statements.push(comment_on_column(&table.name, &column.name, column.comment.as_deref())?);
    }
    Ok(statements)
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

fn column(column: &Column) -> Result<String, RenderError> {
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
        Some(expression) => sql.raw(" GENERATED ALWAYS AS (").raw(expression).raw(") STORED"),
    };
    sql.raw_if(column.identity, " GENERATED BY DEFAULT AS IDENTITY").end()
}

fn default_value(default: &DefaultValue) -> Result<String, RenderError> {
    match default {
        DefaultValue::Value(value) => start("").value(value).end(),
        DefaultValue::Expression(expression) => Ok(expression.clone()),
    }
}

fn create_index(
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
        Some(method) => sql.raw(" USING ").raw(method),
    };
    let sql = sql.keys(index);
    let sql = match &index.postgres.include[..] {
        [] => sql,
        include => sql.raw(" INCLUDE ").names(include),
    };
    let sql = sql.raw_if(index.postgres.nulls_not_distinct, " NULLS NOT DISTINCT");
    match &index.predicate {
        None => sql,
        Some(predicate) => sql.raw(" WHERE (").raw(predicate).raw(")"),
    }
    .end()
}

fn comment_on_table(table: &TableName, comment: Option<&str>) -> Result<String, RenderError> {
    start("COMMENT ON TABLE ").table(table).raw(" IS ").value(&comment.into()).end()
}

fn comment_on_column(
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

/// One piece of an ALTER TABLE.
struct Clause {
    sql: String,
    /// When PostgreSQL does it among the pieces of one ALTER, whatever their order.
    ///
    /// Measured and read in `tablecmds.c`: drops, then types, then new columns, then constraints, then
    /// defaults and NOT NULL.
    pass: u8,
    /// The columns and constraints that it touches.
    touches: BTreeSet<String>,
}

/// Pieces of one ALTER TABLE that mean the same in PostgreSQL's order as in ours.
struct Pending {
    table: TableName,
    clauses: Vec<Clause>,
    statements: Vec<String>,
}

impl Pending {
    fn flush(&mut self) -> Result<(), RenderError> {
        if !self.clauses.is_empty() {
            let clauses = std::mem::take(&mut self.clauses);
            let sql = start("ALTER TABLE ").table(&self.table).raw(" ");
            self.statements.push(sql.list(clauses, |sql, clause| sql.raw(&clause.sql)).end()?);
        }
        Ok(())
    }

    fn clause(
        &mut self,
        pass: u8,
        touches: BTreeSet<String>,
        sql: Result<String, RenderError>,
    ) -> Result<(), RenderError> {
        let is_disturbed = |one: &Clause| {
            !one.touches.is_disjoint(&touches)
                && (one.pass > pass || one.pass == pass && pass != ATTRIBUTES)
        };
        if self.clauses.iter().any(is_disturbed) {
            self.flush()?;
        }
        self.clauses.push(Clause { sql: sql?, pass, touches });
        Ok(())
    }

    fn alone(&mut self, sql: Result<String, RenderError>) -> Result<(), RenderError> {
        self.flush()?;
        self.statements.push(sql?);
        Ok(())
    }
}

const DROPS: u8 = 0;
const TYPES: u8 = 1;
const COLUMNS: u8 = 2;
const CONSTRAINTS: u8 = 3;
const ATTRIBUTES: u8 = 4;

fn alter_table(alter: &AlterTable, before: &Catalog) -> Result<Vec<String>, RenderError> {
    let mut catalog = Cow::Borrowed(before);
    let mut pending =
        Pending { table: alter.table.clone(), clauses: Vec::new(), statements: Vec::new() };
    for (number, change) in alter.changes.iter().enumerate() {
        // What the catalog no longer vouches for is said as it was written.
        let table =
            catalog.tables.get(&alter.table).cloned().unwrap_or_else(|| Table::new(&alter.table));
        alter_one(&mut pending, &table, change, alter)?;
        // Nobody looks at the schema behind the last change.
        if number + 1 == alter.changes.len() {
            break;
        }
        match alter.apply_change(change, catalog.to_mut()) {
            Err(_) if before.opaque.contains(&alter.table) => {}
            other => other?,
        }
    }
    pending.flush()?;
    Ok(pending.statements)
}

fn one(name: &str) -> BTreeSet<String> {
    BTreeSet::from([name.to_owned()])
}

fn alter_one(
    pending: &mut Pending,
    table: &Table,
    change: &TableChange,
    alter: &AlterTable,
) -> Result<(), RenderError> {
    let name = &alter.table;
    let column_words =
        |column: &str, words: &str| start("ALTER COLUMN ").name(column).raw(words).end();
    match change {
        TableChange::AddColumn(add) => {
            let mut new = add.column.clone();
            let fills = add.fill.is_some();
            new.nullable |= fills;
            let sql = start("ADD COLUMN ")
                .raw_if(add.if_not_exists, "IF NOT EXISTS ")
                .piece(column(&new))
                .end();
            pending.clause(COLUMNS, one(&new.name), sql)?;
            if let Some(fill) = &add.fill {
                pending.alone(update(name, &new.name, fill, false))?;
                if !add.column.nullable {
                    pending.clause(
                        ATTRIBUTES,
                        one(&new.name),
                        column_words(&new.name, " SET NOT NULL"),
                    )?;
                }
            }
            if new.comment.is_some() {
                pending.alone(comment_on_column(name, &new.name, new.comment.as_deref()))?;
            }
            Ok(())
        }
        TableChange::DropColumn(drop) => {
            let mut touches = one(&drop.column);
            touches.extend(
                table
                    .constraints
                    .values()
                    .filter(|one| one.is_about(&drop.column))
                    .map(|one| one.name().to_owned()),
            );
            let sql =
                start("DROP COLUMN ").raw_if(drop.if_exists, "IF EXISTS ").name(&drop.column).end();
            pending.clause(DROPS, touches, sql)
        }
        TableChange::RenameColumn { from, to } => pending.alone(
            start("ALTER TABLE ")
                .table(name)
                .raw(" RENAME COLUMN ")
                .name(from)
                .raw(" TO ")
                .name(to)
                .end(),
        ),
        TableChange::SetType(set) => set_type(pending, table, set),
        TableChange::SetNotNull(set) => {
            if let Some(fill) = &set.fill {
                pending.alone(update(name, &set.column, fill, true))?;
            }
            pending.clause(ATTRIBUTES, one(&set.column), column_words(&set.column, " SET NOT NULL"))
        }
        TableChange::DropNotNull { column, .. } => {
            pending.clause(DROPS, one(column), column_words(column, " DROP NOT NULL"))
        }
        TableChange::SetDefault { column, default: Some(default) } => {
            let sql = start("ALTER COLUMN ")
                .name(column)
                .raw(" SET DEFAULT ")
                .piece(default_value(default))
                .end();
            pending.clause(ATTRIBUTES, one(column), sql)
        }
        TableChange::SetDefault { column, default: None } => {
            pending.clause(DROPS, one(column), column_words(column, " DROP DEFAULT"))
        }
        TableChange::SetColumnComment { column, comment } => {
            pending.alone(comment_on_column(name, column, comment.as_deref()))
        }
        TableChange::AddConstraint(add)
            if add.if_not_exists && table.constraints.contains_key(add.constraint.name()) =>
        {
            Ok(())
        }
        TableChange::AddConstraint(add) => add_constraint(pending, table, &add.constraint),
        TableChange::DropConstraint(drop) => {
            let found = match (drop.choice.find(table), &drop.choice) {
                (Ok(constraint), _) => constraint.name().to_owned(),
                (Err(_), ConstraintChoice::Named(name)) => name.clone(),
                (Err(CatalogError::NoConstraint { .. }), ConstraintChoice::On(..))
                    if drop.if_exists =>
                {
                    return Ok(());
                }
                (Err(error), ConstraintChoice::On(..)) => return Err(error.into()),
            };
            let sql =
                start("DROP CONSTRAINT ").raw_if(drop.if_exists, "IF EXISTS ").name(&found).end();
            pending.clause(DROPS, one(&found), sql)
        }
        TableChange::SetTableComment { comment } => {
            pending.alone(comment_on_table(name, comment.as_deref()))
        }
    }
}

/// Changes a column's type, and says anew what PostgreSQL would only convert.
///
/// It keeps expressions as it understood them, casts and all: `quantity > 0` is `quantity > 0::numeric` on a numeric
/// column, so back on a bigint one it would be `quantity::numeric > 0::numeric`. And a default it converts, or
/// refuses to (text to an enum).
fn set_type(pending: &mut Pending, table: &Table, set: &SetType) -> Result<(), RenderError> {
    let before = table.column(&set.column).ok();
    let says_anew = before.is_some_and(|before| !is_same_kind(&before.sql_type, &set.to));
    let checks = table.constraints.values().filter(|one| {
        says_anew && one.kind() == ConstraintKind::Check && one.is_about(&set.column)
    });
    let indexes = table
        .indexes
        .values()
        .filter(|index| says_anew && index.has_expression() && index.is_about(&set.column));
    let default = before.filter(|_| says_anew).and_then(|before| before.default.as_ref());

    for index in indexes.clone() {
        let schema = table.name.schema.as_deref();
        pending.alone(start("DROP INDEX ").qualified(schema, &index.name).end())?;
    }
    for check in checks.clone() {
        let sql = start("DROP CONSTRAINT ").name(check.name()).end();
        pending.clause(DROPS, one(check.name()), sql)?;
    }
    let alter = || start("ALTER COLUMN ").name(&set.column);
    if default.is_some() {
        pending.clause(DROPS, one(&set.column), alter().raw(" DROP DEFAULT").end())?;
    }
    let is_computed = before.is_some_and(|before| before.generated.is_some());
    let sql = alter().raw(" TYPE ").piece(spell(&set.to));
    // Left unsaid, it would fall back to the type's own.
    let sql = match before.and_then(|before| before.collation.as_deref()) {
        Some(collation) if is_text(&set.to) => sql.raw(" COLLATE ").name(collation),
        Some(_) | None => sql,
    };
    let sql = match &set.using {
        Some(expression) => sql.raw(" USING (").raw(expression).raw(")"),
        // PostgreSQL computes it again, and takes no USING.
        None if is_computed => sql,
        // By itself PostgreSQL refuses a value that the new type can't hold; an explicit cast would cut it off.
        None if before.is_none_or(|before| is_assigned(&before.sql_type, &set.to)) => sql,
        // What it does not do by itself, such as text to a number, fails on a value that is none.
        None => sql.raw(" USING ").name(&set.column).raw("::").piece(spell(&set.to)),
    };
    // A column that the expression is made from must still be there.
    let mut touches = one(&set.column);
    if let Some(expression) = &set.using {
        let named = |column: &&Column| sql::names(expression, &column.name);
        touches.extend(table.columns.iter().filter(named).map(|column| column.name.clone()));
    }
    pending.clause(TYPES, touches, sql.end())?;
    for check in checks {
        add_constraint(pending, table, check)?;
    }
    if let Some(default) = default {
        let sql = alter().raw(" SET DEFAULT ").piece(default_value(default)).end();
        pending.clause(ATTRIBUTES, one(&set.column), sql)?;
    }
    for index in indexes {
        pending.alone(create_index(&table.name, index, false, false))?;
    }
    Ok(())
}

/// Whether the types differ in length or digits at most, so that every expression means the same on both.
fn is_same_kind(before: &SqlType, after: &SqlType) -> bool {
    match (before, after) {
        (SqlType::Varchar(_), SqlType::Varchar(_))
        | (SqlType::Char(_), SqlType::Char(_))
        | (SqlType::Numeric(_), SqlType::Numeric(_)) => true,
        (SqlType::Time { zone, .. }, SqlType::Time { zone: other, .. })
        | (SqlType::Timestamp { zone, .. }, SqlType::Timestamp { zone: other, .. }) => {
            zone == other
        }
        _ => before == after,
    }
}

fn add_constraint(
    pending: &mut Pending,
    table: &Table,
    constraint: &Constraint,
) -> Result<(), RenderError> {
    let mut touches = one(constraint.name());
    let about = |column: &&Column| constraint.is_about(&column.name);
    touches.extend(table.columns.iter().filter(about).map(|column| column.name.clone()));
    pending.clause(CONSTRAINTS, touches, start("ADD ").constraint(constraint).end())
}

fn update(
    table: &TableName,
    column: &str,
    expression: &str,
    only_null: bool,
) -> Result<String, RenderError> {
    let sql = start("UPDATE ")
        .table(table)
        .raw(" SET ")
        .name(column)
        .raw(" = (")
        .raw(expression)
        .raw(")");
    let sql = if only_null { sql.raw(" WHERE ").name(column).raw(" IS NULL") } else { sql };
    sql.end()
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use migrate_model::{
        Ops,
        catalog::{build::*, check, index, types},
        op::apply_all,
    };

    use super::*;

    /// The SQL of the last of these ops.
    fn sql(ops: impl FnOnce(&mut Ops)) -> String {
        let mut op = Ops::new(Dialect::Postgres);
        ops(&mut op);
        let ops = op.into_recorded();
        let Some((last, before)) = ops.split_last() else { return String::new() };
        let mut catalog = Catalog::default();
        apply_all(before, &mut catalog).unwrap();
        let statements = render(&last.what, &catalog).unwrap();
        let text = |statement| {
            let Statement::Sql(sql) = statement else { panic!("no SQL: {statement:?}") };
            sql
        };
        statements.into_iter().map(text).collect::<Vec<_>>().join("\n")
    }

    fn orders(op: &mut Ops) {
        op.create_table(
            table("orders")
                .column(bigint("quantity").default(1).check("quantity > 0"))
                .column(varchar("status", 8).default("open"))
                .constraint(check("quantity < 9 OR status = 'big'").named("big")),
        );
        op.create_index(index("by_quantity").on("orders", ["quantity"]));
        op.create_index(index("open").on("orders", ["status"]).filter("quantity <> 0"));
    }

    #[test]
    fn a_new_type_leaves_expressions_as_they_were_written() {
        let widened = sql(|op| {
            orders(op);
            op.alter_column("orders", "quantity").set_type(types::numeric(20, 2));
        });
        assert_snapshot!(widened, @r#"
        DROP INDEX "open"
        ALTER TABLE "orders" DROP CONSTRAINT "big", DROP CONSTRAINT "orders_quantity_check", ALTER COLUMN "quantity" DROP DEFAULT, ALTER COLUMN "quantity" TYPE numeric(20, 2), ADD CONSTRAINT "big" CHECK (quantity < 9 OR status = 'big')
        ALTER TABLE "orders" ADD CONSTRAINT "orders_quantity_check" CHECK (quantity > 0), ALTER COLUMN "quantity" SET DEFAULT 1
        CREATE INDEX "open" ON "orders" ("status") WHERE (quantity <> 0)
        "#);
    }

    #[test]
    fn a_new_length_is_one_clause() {
        let longer = sql(|op| {
            orders(op);
            op.alter_column("orders", "status").set_type(types::varchar(16));
        });
        assert_snapshot!(longer, @r#"ALTER TABLE "orders" ALTER COLUMN "status" TYPE varchar(16)"#);
    }
}
