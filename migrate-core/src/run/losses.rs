//! What a plan would destroy that is in the database now.
//!
//! The plan speaks of tables and columns by the names that they will have by then; what is counted is
//! what they are called today. What can't be counted is a loss, too: silence would be a promise.

use std::collections::BTreeMap;

use migrate_model::{
    Dialect, Op,
    catalog::{ForeignKey, SqlType, TableName, TypeName},
    op::{AlterEnum, AlterTable, DeleteRows, Effect, EnumChange, SetType, TableChange},
    revision::Direction,
    sql,
};

use super::{Prepared, prepare::PreparedOp};
use crate::backend::{Database, Sql, mysql, postgres, text_type};

/// Rows and values that each step would destroy, in words.
///
/// What the plan makes by itself is no loss, nor are rows that a migration brought along and that a step
/// takes back.
pub(super) fn of(steps: &[Prepared], database: &mut dyn Database) -> Vec<Vec<String>> {
    let mut search = Search { database, today: Today::default(), deleted: Vec::new() };
    steps
        .iter()
        .map(|step| {
            let mut losses = Vec::new();
            for prepared in &step.ops {
                search.op(step.direction, prepared, &prepared.op, &mut losses);
            }
            losses
        })
        .collect()
}

/// What is called what today: `None` is what isn't there yet, or no longer then.
#[derive(Default)]
struct Today {
    tables: BTreeMap<TableName, Option<TableName>>,
    columns: BTreeMap<(TableName, String), Option<String>>,
    values: BTreeMap<(TypeName, String), Option<String>>,
}

impl Today {
    fn table(&self, name: &TableName) -> Option<TableName> {
        self.tables.get(name).cloned().unwrap_or_else(|| Some(name.clone()))
    }

    fn column(&self, table: &TableName, name: &str) -> Option<String> {
        let key = (table.clone(), name.to_owned());
        self.columns.get(&key).cloned().unwrap_or_else(|| Some(name.to_owned()))
    }

    fn value(&self, of: &TypeName, value: &str) -> Option<String> {
        let key = (of.clone(), value.to_owned());
        self.values.get(&key).cloned().unwrap_or_else(|| Some(value.to_owned()))
    }

    fn set_column(&mut self, table: &TableName, name: &str, today: Option<String>) {
        self.columns.insert((table.clone(), name.to_owned()), today);
    }
}

struct Search<'d, 'p> {
    database: &'d mut dyn Database,
    today: Today,
    /// The rows that the plan takes back as its own, with the table they are in today.
    deleted: Vec<(TableName, &'p DeleteRows)>,
}

impl<'p> Search<'_, 'p> {
    fn op(
        &mut self,
        direction: Direction,
        prepared: &'p PreparedOp,
        op: &'p Op,
        losses: &mut Vec<String>,
    ) {
        match op {
            Op::CreateTable(create) => {
                self.today.tables.insert(create.table.name.clone(), None);
            }
            Op::RenameTable(rename) => {
                let today = self.today.table(&rename.from);
                self.today.tables.insert(rename.to.clone(), today);
                self.today.tables.insert(rename.from.clone(), None);
            }
            Op::DropTable(drop) => {
                if let Some(table) = self.today.table(&drop.name) {
                    losses.extend(
                        self.rows(&table, None).map(|rows| format!("table `{table}` with {rows}")),
                    );
                }
                self.today.tables.insert(drop.name.clone(), None);
            }
            Op::CreatePartition(create) => {
                self.today.tables.insert(create.name.clone(), None);
            }
            Op::DropPartition(drop) => {
                if let Some(partition) = self.today.table(&drop.name) {
                    losses.extend(
                        self.rows(&partition, prepared.parted.as_ref())
                            .map(|rows| format!("partition `{partition}` with {rows}")),
                    );
                }
                self.today.tables.insert(drop.name.clone(), None);
            }
            Op::AlterTable(alter) => {
                if let Some(table) = self.today.table(&alter.table) {
                    for change in &alter.changes {
                        losses.extend(self.change(direction, prepared, alter, &table, change));
                    }
                }
            }
            Op::DeleteRows(delete) => {
                let Some(table) = self.today.table(&delete.table) else { return };
                for (child, key) in &prepared.cascades {
                    losses.extend(self.taken_along(child, key, delete));
                }
                self.deleted.push((table, delete));
            }
            Op::AlterEnum(alter) => self.replaced(prepared, alter, losses),
            Op::Execute(execute) => self.declared(direction, prepared, &execute.effect, losses),
            Op::Run(run) => self.declared(direction, prepared, &run.effect, losses),
            Op::CreateIndex(_)
            | Op::DropIndex(_)
            | Op::RenameIndex(_)
            | Op::CreateEnum(_)
            | Op::DropEnum(_)
            | Op::CreateSchema(_)
            | Op::DropSchema(_)
            | Op::CreateSequence(_)
            | Op::AlterSequence(_)
            | Op::RenameSequence(_)
            | Op::DropSequence(_)
            | Op::CreateExtension(_)
            | Op::DropExtension(_)
            | Op::CreateView(_)
            | Op::ReplaceView(_)
            | Op::DropView(_)
            | Op::CreateFunction(_)
            | Op::ReplaceFunction(_)
            | Op::DropFunction(_)
            | Op::CreateTrigger(_)
            | Op::ReplaceTrigger(_)
            | Op::DropTrigger(_)
            | Op::BulkInsert(_) => {}
        }
    }

    /// Rows whose value of an enum a change replaces by another.
    fn replaced(&mut self, prepared: &PreparedOp, alter: &AlterEnum, losses: &mut Vec<String>) {
        let key = |value: &String| (alter.name.clone(), value.clone());
        match &alter.change {
            EnumChange::AddValue { value, .. } => {
                self.today.values.insert(key(value), None);
            }
            EnumChange::RenameValue { from, to } => {
                let today = self.today.value(&alter.name, from);
                self.today.values.insert(key(to), today);
                self.today.values.insert(key(from), None);
            }
            EnumChange::DropValue { value, replace_with } => {
                let today = self.today.value(&alter.name, value);
                self.today.values.insert(key(value), None);
                let (Some(today), Some(other)) = (today, replace_with) else { return };
                for (table, column) in &prepared.enum_columns {
                    let Some(table) = self.today.table(table) else { continue };
                    let Some(name) = self.today.column(&table, &column.name) else { continue };
                    let Some(rows) = self.rows_that_hold(&table, &name, &column.sql_type, &today)
                    else {
                        continue;
                    };
                    losses.push(format!(
                        "value `{today}` of `{table}.{name}` in {rows}, which becomes `{other}`"
                    ));
                }
            }
        }
    }

    fn rows_that_hold(
        &mut self,
        table: &TableName,
        column: &str,
        sql_type: &SqlType,
        value: &str,
    ) -> Option<String> {
        let dialect = self.database.dialect();
        let sql = Sql::new(dialect, "SELECT CAST(count(*) AS ").raw(text_type(dialect));
        let sql = sql.raw(") FROM ").table(table);
        let sql = sql.raw(" WHERE ");
        let sql = if let SqlType::Array(_) = sql_type {
            sql.value(&value.into()).raw(" = ANY (").name(column).raw("::text[])")
        } else {
            // A value that the type does not have would be an error to PostgreSQL.
            let text = if dialect == Dialect::Postgres { "::text" } else { "" };
            sql.name(column).raw(text).raw(" = ").value(&value.into())
        };
        match count(self.database, &sql.end().ok()?) {
            Counted::Some(rows) => Some(many(rows, "row")),
            Counted::None => None,
            Counted::Unknown => Some("rows that could not be counted".to_owned()),
        }
    }

    /// SQL and code destroy what they declare to.
    fn declared(
        &mut self,
        direction: Direction,
        prepared: &'p PreparedOp,
        effect: &'p Effect,
        losses: &mut Vec<String>,
    ) {
        if let Effect::Declares(ops) = effect {
            for recorded in ops {
                self.op(direction, prepared, &recorded.what, losses);
            }
        }
    }

    /// Values of one column that a change would destroy.
    fn change(
        &mut self,
        direction: Direction,
        prepared: &PreparedOp,
        alter: &AlterTable,
        table: &TableName,
        change: &TableChange,
    ) -> Option<String> {
        match change {
            TableChange::AddColumn(add) => {
                self.today.set_column(table, &add.column.name, None);
                None
            }
            TableChange::RenameColumn { from, to } => {
                let today = self.today.column(table, from);
                self.today.set_column(table, to, today);
                self.today.set_column(table, from, None);
                None
            }
            TableChange::DropColumn(drop) => {
                let column = self.today.column(table, &drop.column)?;
                self.today.set_column(table, &drop.column, None);
                let values = self.values(table, &column)?;
                Some(format!("column `{table}.{column}` with {values}"))
            }
            TableChange::SetType(set) => {
                let column = self.today.column(table, &set.column)?;
                let former = prepared.types.iter().find(|(name, _)| *name == set.column);
                let former = former.map(|(_, sql_type)| sql_type);
                let query =
                    changed_by(self.database.dialect(), direction, table, &column, set, former)?;
                let values = match count(self.database, &query) {
                    Counted::Some(values) => many(values, "value"),
                    Counted::None => return None,
                    // There is no way back to compare by: whatever is there may change.
                    Counted::Unknown => self.values(table, &column)?,
                };
                Some(format!(
                    "column `{}.{column}` with {values} that the new type changes",
                    alter.table
                ))
            }
            TableChange::SetGenerated { column, generated: Some(_) } => {
                let column = self.today.column(table, column)?;
                let values = self.values(table, &column)?;
                Some(format!(
                    "column `{table}.{column}` with {values} that are computed from then on"
                ))
            }
            TableChange::SetIdentity { .. }
            | TableChange::SetGenerated { generated: None, .. }
            | TableChange::SetCollation { .. }
            | TableChange::RenameConstraint { .. }
            | TableChange::ValidateConstraint { .. }
            | TableChange::SetNotNull(_)
            | TableChange::DropNotNull { .. }
            | TableChange::SetDefault { .. }
            | TableChange::SetColumnComment { .. }
            | TableChange::AddConstraint(_)
            | TableChange::DropConstraint(_)
            | TableChange::SetTableComment { .. } => None,
        }
    }

    /// How many values a column has.
    fn values(&mut self, table: &TableName, column: &str) -> Option<String> {
        let sql = Sql::new(self.database.dialect(), "SELECT CAST(count(").table(table).raw(".");
        let sql = sql.name(column).raw(") AS ").raw(text_type(self.database.dialect()));
        let sql = sql.raw(") FROM ").table(table);
        match count(self.database, &sql.end().ok()?) {
            Counted::Some(values) => Some(many(values, "value")),
            Counted::None => None,
            Counted::Unknown => Some("values that could not be counted".to_owned()),
        }
    }

    /// How many rows a table, or a partition `of` one, has that the plan does not take back as its own.
    fn rows(&mut self, table: &TableName, of: Option<&TableName>) -> Option<String> {
        let whole = of.and_then(|of| self.today.table(of));
        let dialect = self.database.dialect();
        let mut sql = Sql::new(dialect, "SELECT CAST(count(CASE WHEN 1 = 0 THEN NULL");
        for (_, delete) in self.deleted.iter().filter(|(of, delete)| {
            (of == table || Some(of) == whole.as_ref()) && !delete.rows.is_empty()
        }) {
            sql = sql.raw(" WHEN ").keyed(&delete.key, &delete.columns, &delete.rows);
            sql = sql.raw(" THEN NULL");
        }
        let own = sql.raw(" ELSE 1 END) AS ").raw(text_type(dialect));
        let own = own.raw(") FROM ").table(table).end().ok()?;
        let all = Sql::new(dialect, "SELECT CAST(count(*) AS ").raw(text_type(dialect));
        let all = all.raw(") FROM ").table(table).end().ok()?;
        let counted = match count(self.database, &own) {
            Counted::Unknown => count(self.database, &all),
            counted @ (Counted::Some(_) | Counted::None) => counted,
        };
        match counted {
            Counted::Some(rows) => Some(many(rows, "row")),
            Counted::None => None,
            Counted::Unknown => Some("rows that could not be counted".to_owned()),
        }
    }

    /// Rows that came later, and go with the ones that a migration brought along.
    fn taken_along(
        &mut self,
        child: &TableName,
        key: &ForeignKey,
        delete: &DeleteRows,
    ) -> Option<String> {
        let (table, parent) = (self.today.table(child)?, self.today.table(&delete.table)?);
        let dialect = self.database.dialect();
        let sql = Sql::new(dialect, "SELECT CAST(count(*) AS ").raw(text_type(dialect));
        let sql =
            sql.raw(") FROM ").table(&table).raw(" WHERE ").names(&key.columns).raw(" IN (SELECT ");
        let sql = sql.list(&key.referred, |sql, column| sql.name(column)).raw(" FROM ");
        let sql = sql.table(&parent).raw(" WHERE ");
        let sql = sql.keyed(&delete.key, &delete.columns, &delete.rows).raw(")").end().ok()?;
        let rows = match count(self.database, &sql) {
            Counted::Some(rows) => many(rows, "row"),
            Counted::None => return None,
            Counted::Unknown => "rows that could not be counted".to_owned(),
        };
        Some(format!("{rows} of `{table}` that belong to rows of `{parent}`"))
    }
}

/// Counts the values that a new type rounds or cuts off: those that the way back would not bring back.
///
/// An expression that somebody wrote to make new values is meant to change them; what it loses is what
/// the expression for the way back doesn't bring back. SQLite itself keeps values as they are, whatever
/// the type.
fn changed_by(
    dialect: Dialect,
    direction: Direction,
    table: &TableName,
    column: &str,
    set: &SetType,
    former: Option<&SqlType>,
) -> Option<String> {
    const WAS: &str = "__migrate_was";
    let differs = match dialect {
        Dialect::Postgres => " IS DISTINCT FROM (",
        Dialect::Sqlite => " IS NOT (",
        Dialect::Mysql | Dialect::Mariadb => " <=> (",
    };
    let is_mysql = dialect.family() == Dialect::Mysql;
    let start = |words: &str| Sql::new(dialect, words);
    let today = |expression: &str| sql::rename(expression, &set.column, column);
    let sql = start("SELECT CAST(count(CASE WHEN ").raw_if(is_mysql, "NOT ");
    let (sql, from) = match (&set.using, &set.restore_with) {
        (None, _) if dialect == Dialect::Postgres => {
            let there =
                start("CAST(").name(column).raw(" AS ").piece(postgres::spell(&set.to)).raw(")");
            let back = match former {
                None => there,
                Some(former) => start("CAST(")
                    .piece(there.end())
                    .raw(" AS ")
                    .piece(postgres::spell(former))
                    .raw(")"),
            };
            // As text, for JSON has no equality.
            let sql = sql.raw("CAST(").name(column).raw(" AS text)").raw(differs);
            (sql.raw("CAST(").piece(back.end()).raw(" AS text)"), start("").table(table))
        }
        (None, _) if is_mysql => {
            let cast = start("CAST(").name(column).raw(" AS ").raw(&mysql::cast(&set.to)?).raw(")");
            (sql.name(column).raw(differs).piece(cast.end()), start("").table(table))
        }
        (Some(using), None) if direction == Direction::Down => {
            (sql.name(column).raw(differs).raw(&today(using)), start("").table(table))
        }
        (Some(using), Some(back)) => {
            let from = start("(SELECT ").name(column).raw(" AS ").name(WAS);
            let from = from.raw(", (").raw(&today(using)).raw(") AS ").name(&set.column);
            let from = from.raw(" FROM ").table(table).raw(") AS converted");
            (sql.name(WAS).raw(differs).raw(back), from)
        }
        (None, _) | (Some(_), None) => return None,
    };
    let sql = sql.raw(") THEN 1 END) AS ").raw(text_type(dialect)).raw(") FROM ");
    sql.piece(from.end()).end().ok()
}

enum Counted {
    Some(u64),
    None,
    Unknown,
}

fn count(database: &mut dyn Database, sql: &str) -> Counted {
    let rows = database.query(sql).ok();
    let first = rows.and_then(|rows| rows.into_iter().next()?.into_iter().next()?);
    match first.and_then(|count| count.parse().ok()) {
        None => Counted::Unknown,
        Some(0) => Counted::None,
        Some(count) => Counted::Some(count),
    }
}

fn many(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
