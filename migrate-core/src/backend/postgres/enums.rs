//! How PostgreSQL says the life of an enum.
//!
//! A value can be added and renamed in place. It can't be dropped, nor be added for use in the same transaction:
//! then the type is made anew, and every column that the catalog knows of it moves to the new one.

use migrate_model::{
    Dialect,
    catalog::{
        Catalog, Column, Constraint, ConstraintKind, Index, SqlType, Table, TableName, TypeName,
        naming::{LONGEST, shorten},
    },
    op::{AlterEnum, CreateEnum, DropEnum, EnumChange, EnumPosition, columns_of},
};

use super::{
    render::{column, comment_on_column, create_index, default_value, start, taken},
    types::{OWN_TYPES, spell},
};
use crate::backend::{RenderError, ansi::Sql};

pub(super) fn create_enum(
    create: &CreateEnum,
    before: &Catalog,
) -> Result<Vec<String>, RenderError> {
    let name = &create.name;
    if name.schema.is_none() && OWN_TYPES.contains(&name.name.as_str()) {
        return Err(RenderError::ReservedName {
            dialect: Dialect::Postgres,
            name: name.name.clone(),
        });
    }
    if create.if_not_exists && before.enums.contains_key(name) {
        return Ok(Vec::new());
    }
    let table = TableName { schema: name.schema.clone(), name: name.name.clone() };
    if before.tables.contains_key(&table) {
        taken(&name.name, format!("the table `{table}`, which is a type as well"))?;
    }
    let sql = create_type(name, &create.values)?;
    if !create.if_not_exists {
        return Ok(vec![sql]);
    }
    // There is no CREATE TYPE IF NOT EXISTS; one with other values must not pass for this one.
    let quoted = type_name(name).end()?;
    let differs = format!("the enum {name} is there with other values");
    let body = start("DO LANGUAGE plpgsql ");
    let code = start("BEGIN IF pg_catalog.to_regtype(")
        .value(&quoted.as_str().into())
        .raw(") IS NULL THEN ")
        .raw(&sql)
        .raw("; ELSIF ARRAY(SELECT enumlabel::text FROM pg_catalog.pg_enum WHERE enumtypid = pg_catalog.to_regtype(")
        .value(&quoted.as_str().into())
        .raw(") ORDER BY enumsortorder) <> ARRAY[")
        .list(&create.values, |sql, value| sql.value(&value.as_str().into()))
        .raw("]::text[] THEN RAISE EXCEPTION USING MESSAGE = ")
        .value(&differs.as_str().into())
        .raw("; END IF; END")
        .end()?;
    Ok(vec![body.value(&code.as_str().into()).end()?])
}

pub(super) fn drop_enum(drop: &DropEnum) -> Result<Vec<String>, RenderError> {
    Ok(vec![start("DROP TYPE ").piece(type_name(&drop.name).end()).end()?])
}

pub(super) fn alter_enum(alter: &AlterEnum, before: &Catalog) -> Result<Vec<String>, RenderError> {
    let values = before.enum_values(&alter.name)?;
    let altered = || start("ALTER TYPE ").piece(type_name(&alter.name).end());
    Ok(match &alter.change {
        EnumChange::AddValue { value, if_not_exists: true, .. } if values.contains(value) => {
            Vec::new()
        }
        EnumChange::AddValue { value, usable_at_once: true, .. } => {
            check_label(value)?;
            anew(alter, before, None)?
        }
        EnumChange::AddValue { value, position, if_not_exists, .. } => {
            let sql = altered().raw(" ADD VALUE ").raw_if(*if_not_exists, "IF NOT EXISTS ");
            let sql = label(sql, value);
            let sql = match (position, values.first()) {
                (EnumPosition::First, Some(first)) => label(sql.raw(" BEFORE "), first),
                (EnumPosition::First, None) | (EnumPosition::Last, _) => sql,
                (EnumPosition::Before(other), _) => label(sql.raw(" BEFORE "), other),
                (EnumPosition::After(other), _) => label(sql.raw(" AFTER "), other),
            };
            vec![sql.end()?]
        }
        EnumChange::RenameValue { from, to } => {
            vec![label(label(altered().raw(" RENAME VALUE "), from).raw(" TO "), to).end()?]
        }
        EnumChange::DropValue { value, replace_with } => {
            anew(alter, before, replace_with.as_deref().map(|other| (value.as_str(), other)))?
        }
    })
}

fn type_name(name: &TypeName) -> Sql {
    start("").qualified(name.schema.as_deref(), &name.name)
}

fn create_type(name: &TypeName, values: &[String]) -> Result<String, RenderError> {
    let words = start("CREATE TYPE ").piece(type_name(name).end());
    words.raw(" AS ENUM (").list(values, |sql, value| label(sql, value)).raw(")").end()
}

/// A value, which PostgreSQL keeps like a name.
fn label(sql: Sql, value: &str) -> Sql {
    match check_label(value) {
        Ok(()) => sql.value(&value.into()),
        Err(fault) => sql.piece(Err(fault)),
    }
}

fn check_label(value: &str) -> Result<(), RenderError> {
    if value.len() > LONGEST {
        return Err(RenderError::LongName {
            dialect: Dialect::Postgres,
            name: value.to_owned(),
            length: value.len(),
            most: LONGEST,
        });
    }
    Ok(())
}

/// The type made anew under its name, and all columns moved to it; `replaced` turns one value into another.
///
/// The old type is renamed first: so a value that the new one lacks is an error that speaks of the type by its name.
fn anew(
    alter: &AlterEnum,
    before: &Catalog,
    replaced: Option<(&str, &str)>,
) -> Result<Vec<String>, RenderError> {
    let name = &alter.name;
    let mut after = before.clone();
    migrate_model::Op::AlterEnum(alter.clone()).apply(&mut after)?;
    let old = TypeName {
        schema: name.schema.clone(),
        name: shorten(format!("__migrate_old_{}", name.name)),
    };
    let mut statements = vec![
        start("ALTER TYPE ")
            .piece(type_name(name).end())
            .raw(" RENAME TO ")
            .name(&old.name)
            .end()?,
        create_type(name, after.enum_values(name)?)?,
    ];
    let mut tables: Vec<&Table> = columns_of(before, name).map(|(table, _)| table).collect();
    tables.dedup_by(|one, other| one.name == other.name);
    let moves: Vec<Move> = tables.into_iter().map(|table| Move::new(table, name)).collect();
    // A foreign key compares two columns, which are of one type only before all moves and behind them.
    for one in &moves {
        statements.extend(one.drop_keys()?);
    }
    for one in &moves {
        statements.extend(one.columns(replaced)?);
    }
    for one in &moves {
        statements.extend(one.add_keys()?);
    }
    statements.push(start("DROP TYPE ").piece(type_name(&old).end()).end()?);
    Ok(statements)
}

/// One table on its way to the new type.
struct Move<'a> {
    table: &'a Table,
    /// Its columns of the enum; computed ones are made anew instead.
    columns: Vec<&'a Column>,
    /// Columns computed from one of them, or of the enum themselves.
    computed: Vec<&'a Column>,
    /// Foreign keys that one of them is in.
    keys: Vec<&'a Constraint>,
    /// Checks that name one of them, and whatever goes with a computed column.
    constraints: Vec<&'a Constraint>,
    /// Indexes with an expression that names one of them, or on a computed column.
    indexes: Vec<&'a Index>,
}

impl<'a> Move<'a> {
    fn new(table: &'a Table, of: &TypeName) -> Move<'a> {
        let is_of = |column: &&Column| column.sql_type.enum_name() == Some(of);
        let (computed, plain): (Vec<_>, Vec<_>) =
            table.columns.iter().partition(|column| column.generated.is_some());
        let columns: Vec<&Column> = plain.into_iter().filter(is_of).collect();
        let names_one = |expression: &str| {
            columns.iter().any(|column| migrate_model::sql::names(expression, &column.name))
        };
        let computed: Vec<&Column> = computed
            .into_iter()
            .filter(|column| {
                is_of(column)
                    || column.generated.as_ref().is_some_and(|one| names_one(&one.expression))
            })
            .collect();
        let goes = |is_about: &dyn Fn(&str) -> bool| computed.iter().any(|one| is_about(&one.name));
        let named = |is_about: &dyn Fn(&str) -> bool| columns.iter().any(|one| is_about(&one.name));
        let is_key = |one: &&Constraint| one.kind() == ConstraintKind::ForeignKey;
        let about = table
            .constraints
            .values()
            .filter(|one| goes(&|name| one.is_about(name)) || named(&|name| one.is_about(name)));
        let (keys, others): (Vec<_>, Vec<_>) = about.partition(is_key);
        let constraints = others
            .into_iter()
            .filter(|one| goes(&|name| one.is_about(name)) || has_expression(one))
            .collect();
        let indexes = (table.indexes.values())
            .filter(|index| {
                goes(&|name| index.is_about(name))
                    || index.has_expression() && named(&|name| index.is_about(name))
            })
            .collect();
        Move { table, columns, computed, keys, constraints, indexes }
    }

    fn alter(&self, clauses: Vec<Sql>) -> Result<Vec<String>, RenderError> {
        if clauses.is_empty() {
            return Ok(Vec::new());
        }
        let sql = start("ALTER TABLE ").table(&self.table.name).raw(" ");
        Ok(vec![sql.list(clauses, |sql, clause| sql.piece(clause.end())).end()?])
    }

    fn drop_keys(&self) -> Result<Vec<String>, RenderError> {
        let drop = |one: &&Constraint| start("DROP CONSTRAINT ").name(one.name());
        self.alter(self.keys.iter().map(drop).collect())
    }

    fn add_keys(&self) -> Result<Vec<String>, RenderError> {
        self.alter(self.keys.iter().map(|one| start("ADD ").constraint(one)).collect())
    }

    fn columns(&self, replaced: Option<(&str, &str)>) -> Result<Vec<String>, RenderError> {
        let mut statements = Vec::new();
        let schema = self.table.name.schema.as_deref();
        for index in &self.indexes {
            statements.push(start("DROP INDEX ").qualified(schema, &index.name).end()?);
        }
        let alter = |column: &Column| start("ALTER COLUMN ").name(&column.name);
        let mut clauses: Vec<Sql> =
            self.constraints.iter().map(|one| start("DROP CONSTRAINT ").name(one.name())).collect();
        clauses.extend(self.computed.iter().map(|one| start("DROP COLUMN ").name(&one.name)));
        for column in &self.columns {
            if column.default.is_some() {
                clauses.push(alter(column).raw(" DROP DEFAULT"));
            }
            let sql = alter(column).raw(" TYPE ").piece(spell(&column.sql_type)).raw(" USING ");
            clauses.push(sql.piece(moved(column, replaced)));
        }
        statements.extend(self.alter(clauses)?);
        let mut clauses: Vec<Sql> = Vec::new();
        for one in &self.computed {
            clauses.push(start("ADD COLUMN ").piece(column(one)));
        }
        clauses.extend(self.constraints.iter().map(|one| start("ADD ").constraint(one)));
        for column in &self.columns {
            if let Some(default) = &column.default {
                clauses.push(alter(column).raw(" SET DEFAULT ").piece(default_value(default)));
            }
        }
        statements.extend(self.alter(clauses)?);
        for one in self.computed.iter().filter(|one| one.comment.is_some()) {
            let comment = one.comment.as_deref();
            statements.push(comment_on_column(&self.table.name, &one.name, comment)?);
        }
        for index in &self.indexes {
            statements.push(create_index(&self.table.name, index, false, false)?);
        }
        Ok(statements)
    }
}

/// Whether PostgreSQL keeps an expression for it, which a new type does not carry over.
fn has_expression(constraint: &Constraint) -> bool {
    match constraint {
        Constraint::Check(_) | Constraint::Exclude(_) => true,
        Constraint::PrimaryKey(_) | Constraint::Unique(_) | Constraint::ForeignKey(_) => false,
    }
}

/// A column's value as one of the new type.
fn moved(column: &Column, replaced: Option<(&str, &str)>) -> Result<String, RenderError> {
    let is_array = matches!(column.sql_type, SqlType::Array(_));
    let text = if is_array { "::text[]" } else { "::text" };
    let sql = match replaced {
        None => start("").name(&column.name).raw(text),
        Some((from, to)) if is_array => {
            let sql = start("pg_catalog.array_replace(").name(&column.name).raw(text).raw(", ");
            sql.value(&from.into()).raw(", ").value(&to.into()).raw(")")
        }
        Some((from, to)) => {
            let sql =
                start("(CASE ").name(&column.name).raw(text).raw(" WHEN ").value(&from.into());
            let sql = sql.raw(" THEN ").value(&to.into()).raw(" ELSE ").name(&column.name);
            sql.raw(text).raw(" END)")
        }
    };
    sql.raw("::").piece(spell(&column.sql_type)).end()
}
