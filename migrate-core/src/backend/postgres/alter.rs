//! How PostgreSQL says the changes to one table: in one ALTER TABLE, as far as its order is ours.

use std::{borrow::Cow, collections::BTreeSet};

use migrate_model::{
    catalog::{Catalog, CatalogError, Column, Constraint, Identity, SqlType, Table, TableName},
    op::{AlterTable, ConstraintChoice, SetType, TableChange},
    sql,
};

use super::{
    render::{
        check_changes, check_column_name, check_free, column, comment_on_column, comment_on_table,
        create_index, default_value, has_index, identity_words, settle, start, waiting,
    },
    types::{is_assigned, is_text, spell},
};
use crate::backend::RenderError;

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
const VALIDATION: u8 = 5;

pub(super) fn alter_table(
    alter: &AlterTable,
    before: &Catalog,
) -> Result<Vec<String>, RenderError> {
    let mut catalog = Cow::Borrowed(before);
    let mut pending =
        Pending { table: alter.table.clone(), clauses: Vec::new(), statements: Vec::new() };
    for (number, change) in alter.changes.iter().enumerate() {
        // What the catalog no longer vouches for is said as it was written.
        let table =
            catalog.tables.get(&alter.table).cloned().unwrap_or_else(|| Table::new(&alter.table));
        if let TableChange::AddConstraint(add) = &change.what
            && has_index(&add.constraint)
            && !(add.if_not_exists && table.constraints.contains_key(add.constraint.name()))
        {
            check_free(&catalog, alter.table.schema.as_deref(), add.constraint.name(), None)?;
        }
        if let TableChange::AddConstraint(add) = &change.what
            && let Constraint::ForeignKey(key) = &add.constraint
        {
            check_changes(&table, key)?;
        }
        if let TableChange::RenameConstraint { from, to } = &change.what
            && table.constraints.get(from).is_some_and(has_index)
        {
            check_free(&catalog, alter.table.schema.as_deref(), to, None)?;
        }
        // PostgreSQL refuses it even where the types are the same.
        if let TableChange::SetType(SetType { column, .. })
        | TableChange::SetCollation { column, .. } = &change.what
        {
            catalog.check_column_unused(&alter.table, column)?;
        }
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
        TableChange::RenameColumn { from, to } => {
            check_column_name(to)?;
            let words = start("ALTER TABLE ").table(name).raw(" RENAME COLUMN ");
            pending.alone(words.name(from).raw(" TO ").name(to).end())
        }
        TableChange::SetType(set) => set_type(pending, table, set),
        TableChange::SetNotNull(set) => {
            if let Some(fill) = &set.fill {
                pending.alone(update(name, &set.column, fill, true))?;
                let is_about = |one: &str| {
                    table.constraints.get(one).is_some_and(|one| one.is_about(&set.column))
                };
                for sql in settle(waiting(table).filter(|(_, one)| is_about(one)))? {
                    pending.alone(Ok(sql))?;
                }
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
        TableChange::SetIdentity { column, identity } => {
            let before = table.column(column).ok().and_then(|column| column.identity);
            set_identity(pending, column, before.as_ref(), identity.as_ref())
        }
        TableChange::SetGenerated { column, generated: None } => {
            if table.column(column).is_ok_and(|column| column.generated.is_none()) {
                return Ok(());
            }
            pending.clause(DROPS, one(column), column_words(column, " DROP EXPRESSION"))
        }
        TableChange::SetGenerated { column, generated } => {
            let mut new = table.column(column)?.clone();
            new.generated.clone_from(generated);
            make_anew(pending, table, &new)
        }
        TableChange::SetCollation { column, collation } => {
            let sql = start("ALTER COLUMN ").name(column).raw(" TYPE ");
            let sql = sql.piece(spell(&table.column(column)?.sql_type)).raw(" COLLATE ");
            let sql = match collation {
                Some(collation) => sql.name(collation),
                None => sql.raw("pg_catalog.\"default\""),
            };
            pending.clause(TYPES, one(column), sql.end())
        }
        TableChange::RenameConstraint { from, to } => {
            let sql = start("ALTER TABLE ").table(name).raw(" RENAME CONSTRAINT ").name(from);
            pending.alone(sql.raw(" TO ").name(to).end())
        }
        TableChange::ValidateConstraint { name } => {
            let sql = start("VALIDATE CONSTRAINT ").name(name).end();
            pending.clause(VALIDATION, one(name), sql)
        }
    }
}

/// Makes a column count, count in another way, or no longer.
fn set_identity(
    pending: &mut Pending,
    column: &str,
    before: Option<&Identity>,
    after: Option<&Identity>,
) -> Result<(), RenderError> {
    let alter = || start("ALTER COLUMN ").name(column);
    match (before, after) {
        (None, None) => Ok(()),
        (Some(_), None) => pending.clause(DROPS, one(column), alter().raw(" DROP IDENTITY").end()),
        (Some(_), Some(after)) => {
            let kind = if after.always { "ALWAYS" } else { "BY DEFAULT" };
            let step = after.increment.unwrap_or(1);
            let first = after.start.unwrap_or(if step < 0 { -1 } else { 1 });
            let words =
                format!(" SET GENERATED {kind} SET INCREMENT BY {step} SET START WITH {first}");
            pending.clause(ATTRIBUTES, one(column), alter().raw(&words).end())
        }
        (None, Some(after)) => {
            let sql = alter().raw(" ADD").raw(&identity_words(after)).end();
            pending.clause(CONSTRAINTS, one(column), sql)?;
            // A new counter begins at its start, whatever numbers there are.
            let step = after.increment.unwrap_or(1);
            let (farthest, last) = if step < 0 { ("LEAST", "min") } else { ("GREATEST", "max") };
            let first = after.start.unwrap_or(if step < 0 { -1 } else { 1 });
            let table = start("").table(&pending.table).end()?;
            let sql = start("SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence(")
                .value(&table.as_str().into())
                .raw(", ")
                .value(&column.into())
                .raw(&format!("), {farthest}((SELECT {last}("))
                .name(column)
                .raw(&format!(") + ({step}) FROM {table}), {first}), FALSE)"));
            pending.alone(sql.end())
        }
    }
}

/// Drops a column and adds it as it is to be, with the constraints and indexes on it: PostgreSQL can neither give
/// a column an expression nor change it.
fn make_anew(pending: &mut Pending, table: &Table, new: &Column) -> Result<(), RenderError> {
    let constraints = || table.constraints.values().filter(|one| one.is_about(&new.name));
    let mut touches = one(&new.name);
    touches.extend(constraints().map(|one| one.name().to_owned()));
    pending.clause(DROPS, touches, start("DROP COLUMN ").name(&new.name).end())?;
    pending.clause(COLUMNS, one(&new.name), start("ADD COLUMN ").piece(column(new)).end())?;
    for constraint in constraints() {
        add_constraint(pending, table, constraint)?;
    }
    if new.comment.is_some() {
        pending.alone(comment_on_column(&table.name, &new.name, new.comment.as_deref()))?;
    }
    for index in table.indexes.values().filter(|index| index.is_about(&new.name)) {
        pending.alone(create_index(&table.name, index, false, false))?;
    }
    Ok(())
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
        let has_expression = matches!(one, Constraint::Check(_) | Constraint::Exclude(_));
        says_anew && has_expression && one.is_about(&set.column)
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
        None => {
            let sql = sql.raw(" USING ").name(&set.column);
            // From one enum to another there is no way but by their names.
            let is_enum = before.is_some_and(|before| before.sql_type.enum_name().is_some());
            let sql = if is_enum { sql.raw("::text") } else { sql };
            sql.raw("::").piece(spell(&set.to))
        }
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
    use crate::backend::{Statement, postgres::render};
    use migrate_model::Dialect;

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
