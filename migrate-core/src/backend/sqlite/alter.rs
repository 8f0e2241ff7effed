//! How SQLite says the changes to one table: in place where it can, else by one [`Rebuild`] for all of them.

use std::{borrow::Cow, collections::BTreeMap};

use migrate_model::{
    catalog::{Catalog, Column, DefaultValue, SqlType, Table, TableName, Value},
    op::{AlterTable, TableChange},
    sql,
};

use super::{
    Rebuild,
    render::{check_columns, column, create_index, default_value, start, table_sql, unsupported},
};
use crate::backend::{RenderError, Statement};

pub(super) fn alter_table(
    alter: &AlterTable,
    before: &Catalog,
) -> Result<Vec<Statement>, RenderError> {
    if before.is_unknown(&alter.table) {
        return unknown(alter, before);
    }
    // Judged by the table that each change meets: a column may have another name by then.
    let mut met = Cow::Borrowed(before);
    let mut in_place = true;
    for (number, change) in alter.changes.iter().enumerate() {
        in_place &= !needs_rebuild(change, &met, &alter.table);
        if in_place && number + 1 < alter.changes.len() {
            alter.apply_change(change, met.to_mut())?;
        }
    }
    let mut altering = Altering {
        in_place,
        started: None,
        catalog: Cow::Borrowed(before),
        statements: Vec::new(),
    };
    for (number, change) in alter.changes.iter().enumerate() {
        altering.change(alter, change)?;
        // Nobody looks at the schema behind the last change, unless a rebuild is to make it.
        if number + 1 < alter.changes.len() || altering.started.is_some() {
            alter.apply_change(change, altering.catalog.to_mut())?;
        }
    }
    altering.finish(&alter.table)
}

/// Changes to a table that SQL made: what is done in place needs to know nothing of it, a rebuild all.
fn unknown(alter: &AlterTable, before: &Catalog) -> Result<Vec<Statement>, RenderError> {
    let mut bare = before.clone();
    bare.tables.insert(alter.table.clone(), Table::new(&alter.table));
    let mut altering = Altering {
        in_place: true,
        started: None,
        catalog: Cow::Owned(bare),
        statements: Vec::new(),
    };
    for change in &alter.changes {
        let is_optional = matches!(&change.what, TableChange::DropColumn(drop) if drop.if_exists);
        if is_optional || needs_rebuild(change, &altering.catalog, &alter.table) {
            return Err(unsupported(
                &format!(
                    "way to make this change to `{}`, which was made by SQL that the catalog can't read",
                    alter.table
                ),
                "say it in SQL, in a file or with op.execute(\"…\")",
            ));
        }
        altering.change(alter, change)?;
    }
    Ok(altering.statements)
}

/// What SQLite can't do in place (its manual, ALTER TABLE; every line of it was tried).
fn needs_rebuild(change: &TableChange, before: &Catalog, name: &TableName) -> bool {
    let Some(table) = before.tables.get(name) else { return true };
    match change {
        TableChange::AddColumn(add) => {
            let column = &add.column;
            let is_null = matches!(column.default, None | Some(DefaultValue::Value(Value::Null)));
            let is_computed = column.identity.is_some()
                || column.generated.is_some()
                || column.sql_type == SqlType::Jsonb;
            add.fill.is_some()
                || is_computed
                || !is_constant(column.default.as_ref())
                || !column.nullable && is_null
        }
        TableChange::DropColumn(drop) => {
            let constraints = table.constraints.values().any(|one| one.is_about(&drop.column));
            let indexes = table.indexes.values().any(|index| index.is_about(&drop.column));
            constraints || indexes
        }
        TableChange::SetNotNull(_)
        | TableChange::DropNotNull { .. }
        | TableChange::SetDefault { .. }
        | TableChange::SetType(_)
        | TableChange::SetIdentity { .. }
        | TableChange::SetGenerated { .. }
        | TableChange::SetCollation { .. }
        | TableChange::RenameConstraint { .. }
        | TableChange::AddConstraint(_) => true,
        TableChange::DropConstraint(drop) => !(drop.if_exists && drop.choice.find(table).is_err()),
        // A constraint that is there is valid.
        TableChange::ValidateConstraint { .. }
        | TableChange::RenameColumn { .. }
        | TableChange::SetColumnComment { .. }
        | TableChange::SetTableComment { .. } => false,
    }
}

/// The changes of one `alter` on their way to statements.
struct Altering<'a> {
    in_place: bool,
    started: Option<Started>,
    /// The schema after the changes so far.
    catalog: Cow<'a, Catalog>,
    statements: Vec<Statement>,
}

/// A rebuild that takes up one change after the other.
struct Started {
    /// The table as the database has it when the rebuild begins.
    before: Table,
    /// For each column of the new table the expression over the old one that fills it.
    sources: BTreeMap<String, String>,
}

impl Altering<'_> {
    fn change(&mut self, alter: &AlterTable, change: &TableChange) -> Result<(), RenderError> {
        let name = &alter.table;
        let table = self.catalog.table(name)?.clone();
        match change {
            TableChange::SetColumnComment { .. }
            | TableChange::SetTableComment { .. }
            | TableChange::ValidateConstraint { .. } => {}
            TableChange::AddColumn(add) if add.if_not_exists => {
                return Err(unsupported(
                    "IF NOT EXISTS for columns",
                    "leave .if_not_exists() away: the chain knows what is there; or put the op into op.only(Postgres, |op| …)",
                ));
            }
            TableChange::DropColumn(drop)
                if drop.if_exists && table.column(&drop.column).is_err() => {}
            TableChange::DropConstraint(drop)
                if drop.if_exists && drop.choice.find(&table).is_err() => {}
            TableChange::RenameColumn { from, to } => self.rename(name, from, to)?,
            TableChange::AddColumn(_)
            | TableChange::DropColumn(_)
            | TableChange::SetType(_)
            | TableChange::SetNotNull(_)
            | TableChange::DropNotNull { .. }
            | TableChange::SetDefault { .. }
            | TableChange::SetIdentity { .. }
            | TableChange::SetGenerated { .. }
            | TableChange::SetCollation { .. }
            | TableChange::RenameConstraint { .. }
            | TableChange::AddConstraint(_)
            | TableChange::DropConstraint(_) => {
                if self.in_place {
                    self.in_place(name, change)?;
                } else {
                    self.rebuild(&table, change)?;
                }
            }
        }
        Ok(())
    }

    fn in_place(&mut self, name: &TableName, change: &TableChange) -> Result<(), RenderError> {
        let words = start("ALTER TABLE ").table(name);
        let sql = match change {
            TableChange::AddColumn(add) => {
                let mut wider = self.catalog.table(name)?.clone();
                wider.columns.push(add.column.clone());
                check_columns(&wider)?;
                words.raw(" ADD COLUMN ").piece(column(&add.column, &wider, &self.catalog))
            }
            TableChange::DropColumn(drop) => words.raw(" DROP COLUMN ").name(&drop.column),
            TableChange::RenameColumn { .. }
            | TableChange::SetType(_)
            | TableChange::SetNotNull(_)
            | TableChange::DropNotNull { .. }
            | TableChange::SetDefault { .. }
            | TableChange::SetColumnComment { .. }
            | TableChange::SetIdentity { .. }
            | TableChange::SetGenerated { .. }
            | TableChange::SetCollation { .. }
            | TableChange::RenameConstraint { .. }
            | TableChange::ValidateConstraint { .. }
            | TableChange::AddConstraint(_)
            | TableChange::DropConstraint(_)
            | TableChange::SetTableComment { .. } => {
                unreachable!("these are rebuilds, renames or nothing")
            }
        };
        self.statements.push(Statement::Sql(sql.end()?));
        Ok(())
    }

    /// Renames in place, where SQLite lets triggers and views follow, and ahead of a rebuild under way.
    fn rename(&mut self, name: &TableName, from: &str, to: &str) -> Result<(), RenderError> {
        let Some(started) = &mut self.started else { return self.rename_now(name, from, to) };
        if started.sources.get(from).is_some_and(|source| !sql::names(source, from))
            || started.before.column(from).is_err()
        {
            // The column is new in the rebuild: only its name there changes.
            if let Some(source) = started.sources.remove(from) {
                started.sources.insert(to.to_owned(), source);
            }
            return Ok(());
        }
        if started.before.column(to).is_ok() {
            // The name is only free behind the rebuild.
            self.end_rebuild(name)?;
            return self.rename_now(name, from, to);
        }
        let mut renamed = Catalog::default();
        renamed.tables.insert(name.clone(), started.before.clone());
        let change = TableChange::RenameColumn { from: from.to_owned(), to: to.to_owned() };
        let alter = AlterTable { table: name.clone(), changes: Vec::new() };
        alter.apply_change(&change, &mut renamed)?;
        started.before = renamed.table(name)?.clone();
        started.sources = std::mem::take(&mut started.sources)
            .into_iter()
            .map(|(column, source)| {
                (
                    if column == from { to.to_owned() } else { column },
                    sql::rename(&source, from, to),
                )
            })
            .collect();
        self.rename_now(name, from, to)
    }

    fn rename_now(&mut self, name: &TableName, from: &str, to: &str) -> Result<(), RenderError> {
        let sql = start("ALTER TABLE ")
            .table(name)
            .raw(" RENAME COLUMN ")
            .name(from)
            .raw(" TO ")
            .name(to)
            .end()?;
        self.statements.push(Statement::Sql(sql));
        Ok(())
    }

    fn rebuild(&mut self, table: &Table, change: &TableChange) -> Result<(), RenderError> {
        if self.started.is_none() {
            let copied = table.columns.iter().filter(|column| column.generated.is_none());
            let sources =
                copied.map(|column| Ok((column.name.clone(), start("").name(&column.name).end()?)));
            self.started = Some(Started {
                before: table.clone(),
                sources: sources.collect::<Result<_, RenderError>>()?,
            });
        }
        let Some(Started { before, sources }) = &mut self.started else { return Ok(()) };
        match change {
            TableChange::AddColumn(add) => {
                // Without a fill the new column is left out, and its default fills it.
                if let Some(fill) = &add.fill {
                    sources.insert(add.column.name.clone(), start("(").said(fill).raw(")").end()?);
                }
            }
            TableChange::DropColumn(drop) => {
                sources.remove(&drop.column);
            }
            TableChange::SetType(set) => {
                if let Some(using) = &set.using {
                    sources.insert(set.column.clone(), start("(").said(using).raw(")").end()?);
                }
            }
            TableChange::SetNotNull(set) => {
                if let Some(fill) = &set.fill {
                    let former =
                        sources.get(&set.column).cloned().unwrap_or_else(|| "NULL".to_owned());
                    let sql = start("COALESCE(").raw(&former).raw(", (").said(fill).raw("))");
                    sources.insert(set.column.clone(), sql.end()?);
                }
            }
            TableChange::SetGenerated { column, generated: Some(_) } => {
                sources.remove(column);
            }
            // What was computed stays.
            TableChange::SetGenerated { column, generated: None } => {
                if before.column(column).is_ok() {
                    sources.insert(column.clone(), start("").name(column).end()?);
                }
            }
            TableChange::RenameColumn { .. }
            | TableChange::DropNotNull { .. }
            | TableChange::SetDefault { .. }
            | TableChange::SetColumnComment { .. }
            | TableChange::SetIdentity { .. }
            | TableChange::SetCollation { .. }
            | TableChange::RenameConstraint { .. }
            | TableChange::ValidateConstraint { .. }
            | TableChange::AddConstraint(_)
            | TableChange::DropConstraint(_)
            | TableChange::SetTableComment { .. } => {}
        }
        Ok(())
    }

    fn end_rebuild(&mut self, name: &TableName) -> Result<(), RenderError> {
        let Some(Started { before, sources }) = self.started.take() else { return Ok(()) };
        let after = self.catalog.table(name)?;
        let rebuild = rebuild_of((&before, &self.catalog), (after, &self.catalog), &sources)?;
        let former = table_sql(&before, &rebuild.temporary, &self.catalog, false)?;
        if rebuild.create == former
            && before.indexes == after.indexes
            && is_whole(&before, &sources)?
        {
            // What changed is nothing to SQLite, such as a constraint that other rows need not hold.
            return Ok(());
        }
        self.statements.push(Statement::Rebuild(Box::new(rebuild)));
        Ok(())
    }

    fn finish(mut self, name: &TableName) -> Result<Vec<Statement>, RenderError> {
        self.end_rebuild(name)?;
        Ok(self.statements)
    }
}

/// What makes a table anew: as it is, and as it is to be, each with the schema around it.
pub(super) fn rebuild_of(
    (before, around_before): (&Table, &Catalog),
    (after, around_after): (&Table, &Catalog),
    sources: &BTreeMap<String, String>,
) -> Result<Rebuild, RenderError> {
    let name = &after.name;
    let temporary = format!("__migrate_new_{}", name.name);
    let create = table_sql(after, &temporary, around_after, false)?;
    let like = format!(
        "CREATE TEMP {}",
        table_sql(before, &format!("__migrate_like_{}", name.name), around_before, false)?
            .trim_start_matches("CREATE ")
    );
    let gone =
        before.indexes.keys().filter(|name| !after.indexes.contains_key(*name)).cloned().collect();
    // In the order of the columns, which is the order of people.
    let copied = after.columns.iter().filter_map(|column| sources.get_key_value(&column.name));
    let mut copied: Vec<(String, String)> =
        copied.map(|(column, source)| (column.clone(), source.clone())).collect();
    if copied.is_empty() {
        // Nothing of the old table stays but its rows; one value in each makes them.
        let new = after.columns.iter().find(|column| column.generated.is_none());
        let value = |column: &Column| {
            let default = column.default.as_ref();
            default
                .map_or(Ok("NULL".to_owned()), |default| default_value(default, &column.sql_type))
        };
        copied
            .extend(new.map(|new| value(new).map(|value| (new.name.clone(), value))).transpose()?);
    }
    Ok(Rebuild {
        table: name.name.clone(),
        temporary,
        create,
        like,
        copied,
        gone,
        former: index_sql(name, before)?,
        indexes: index_sql(name, after)?,
        numbers: (after.columns.iter())
            .filter(|new| is_number(&new.sql_type))
            .filter(|new| before.column(&new.name).is_ok_and(|old| !is_number(&old.sql_type)))
            .map(|new| new.name.clone())
            .collect(),
        counts: after.columns.iter().any(|column| column.identity.is_some()),
    })
}

fn index_sql(name: &TableName, table: &Table) -> Result<Vec<String>, RenderError> {
    table.indexes.values().map(|index| create_index(name, index, false)).collect()
}

/// Whether every column is filled with itself.
fn is_whole(table: &Table, sources: &BTreeMap<String, String>) -> Result<bool, RenderError> {
    for column in table.columns.iter().filter(|column| column.generated.is_none()) {
        if sources.get(&column.name) != Some(&start("").name(&column.name).end()?) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn is_number(sql_type: &SqlType) -> bool {
    sql_type.is_integer()
        || matches!(
            sql_type,
            SqlType::Boolean | SqlType::Real | SqlType::Double | SqlType::Numeric(_)
        )
}

/// Whether a default needs no computing, as SQLite's ADD COLUMN demands.
fn is_constant(default: Option<&DefaultValue>) -> bool {
    match default {
        None | Some(DefaultValue::Value(_)) => true,
        Some(DefaultValue::Expression(_)) => false,
    }
}
