//! How MySQL and MariaDB say the changes to one table: one ALTER TABLE for what turns the table before into the
//! table after, as far as no UPDATE has to come between.
//!
//! Neither heeds the order of the pieces of an ALTER, and a column is said anew as a whole: so it is the two tables
//! that are compared, and nothing that the catalog knows about a column gets lost.

use std::collections::BTreeMap;

use migrate_model::{
    Dialect,
    catalog::{
        Catalog, CatalogError, Check, Column, Constraint, ConstraintKind, Generated, Index,
        SqlType, Table, TableName,
    },
    op::{AddColumn, AlterTable, ConstraintChoice, SetType, TableChange},
};

use super::{
    check::{check_table, check_table_comment},
    keys::{implied, is_keyed},
    render::{column, constraint, default_value, inline_index, plain_index, start, unsupported},
    types::{is_same_kind, now},
};
use crate::backend::RenderError;

pub(super) fn alter_table(
    dialect: Dialect,
    alter: &AlterTable,
    before: &Catalog,
) -> Result<Vec<String>, RenderError> {
    let mut pending = Pending {
        dialect,
        alter,
        catalog: before.clone(),
        start: before.tables.get(&alter.table).cloned().unwrap_or_else(|| Table::new(&alter.table)),
        origins: BTreeMap::new(),
        statements: Vec::new(),
    };
    pending.restart();
    let mut changes: Vec<&TableChange> = alter.changes.iter().map(|change| &change.what).collect();
    pending.key_at_once(&mut changes);
    for (at, change) in changes.iter().enumerate() {
        pending.change(change)?;
        if let TableChange::DropConstraint(_) = change {
            pending.stop_counting(&changes[at + 1..])?;
        }
    }
    pending.flush()?;
    Ok(pending.statements)
}

/// The changes of one `alter` on their way to statements.
struct Pending<'a> {
    dialect: Dialect,
    alter: &'a AlterTable,
    /// The schema after the changes so far.
    catalog: Catalog,
    /// The table as the next ALTER meets it, under the names that its columns have by now.
    start: Table,
    /// The names that the columns of `start` have in the database.
    origins: BTreeMap<String, String>,
    statements: Vec<String>,
}

impl Pending<'_> {
    fn name(&self) -> &TableName {
        &self.alter.table
    }

    fn table(&self) -> Result<&Table, CatalogError> {
        self.catalog.table(self.name())
    }

    fn table_mut(&mut self) -> Result<&mut Table, CatalogError> {
        self.catalog.table_mut(&self.alter.table)
    }

    fn restart(&mut self) {
        if let Ok(table) = self.table() {
            self.start = table.clone();
        }
        let names = self.start.columns.iter().map(|column| column.name.clone());
        self.origins = names.map(|name| (name.clone(), name)).collect();
    }

    /// Says what is pending in one ALTER.
    fn flush(&mut self) -> Result<(), RenderError> {
        let Some(after) = self.catalog.tables.get(&self.alter.table) else { return Ok(()) };
        let sql = difference(self.dialect, &self.start, after, &self.origins, &self.catalog)?;
        self.statements.extend(sql);
        self.restart();
        Ok(())
    }

    /// A column that counts gets its key together with itself: neither server has it without one in between.
    fn key_at_once(&self, changes: &mut Vec<&TableChange>) {
        let counts = |change: &&TableChange| matches!(change, TableChange::AddColumn(add) if add.column.identity.is_some());
        let Some(at) = changes.iter().position(counts) else { return };
        let TableChange::AddColumn(add) = changes[at] else { return };
        let is_its_key = |one: &Constraint| {
            matches!(one.kind(), ConstraintKind::PrimaryKey | ConstraintKind::Unique)
                && one.columns().first() == Some(&add.column.name)
        };
        let is_key = |change: &&TableChange| matches!(change, TableChange::AddConstraint(key) if is_its_key(&key.constraint));
        let Some(key) = changes[at..].iter().position(is_key) else { return };
        let mut earlier = changes.clone();
        let key = earlier.remove(at + key);
        earlier.insert(at + 1, key);
        let mut catalog = self.catalog.clone();
        if earlier.iter().all(|change| self.alter.apply_change(change, &mut catalog).is_ok()) {
            *changes = earlier;
        }
    }

    /// A column that is to go, or to stop counting, does so as soon as it has no key any more.
    fn stop_counting(&mut self, later: &[&TableChange]) -> Result<(), RenderError> {
        let stops = |name: &String| {
            later.iter().any(|change| {
                matches!(change, TableChange::DropColumn(drop) if drop.column == *name)
                    || matches!(change, TableChange::SetIdentity { column, identity: None } if column == name)
            })
        };
        let Ok(table) = self.table() else { return Ok(()) };
        let counting = table.columns.iter().filter(|column| column.identity.is_some());
        let without = counting.filter(|column| !is_keyed(table, &column.name));
        let names: Vec<String> =
            without.map(|column| column.name.clone()).filter(|name| stops(name)).collect();
        for name in names {
            self.table_mut()?.column_mut(&name)?.identity = None;
        }
        Ok(())
    }

    fn apply(&mut self, change: &TableChange) -> Result<(), RenderError> {
        Ok(self.alter.apply_change(change, &mut self.catalog)?)
    }

    fn change(&mut self, change: &TableChange) -> Result<(), RenderError> {
        // What the catalog no longer vouches for is said as it was written.
        if self.catalog.opaque.contains(self.name())
            && self.alter.apply_change(change, &mut self.catalog.clone()).is_err()
        {
            self.flush()?;
            self.statements.push(as_written(self.dialect, self.name(), change)?);
            return Ok(());
        }
        match change {
            TableChange::AddColumn(add) => self.add_column(add, change),
            TableChange::RenameColumn { from, to } => self.rename(from, to, change),
            TableChange::SetType(set) => self.set_type(set, change),
            TableChange::SetNotNull(set) => {
                if let Some(fill) = &set.fill {
                    self.flush()?;
                    let words = self.update(&set.column, fill, &set.column)?;
                    self.statements.push(words);
                }
                self.apply(change)
            }
            TableChange::AddConstraint(add) => {
                // Neither takes a foreign key under the name of another one that goes in the same ALTER.
                let said = |one: &Constraint| constraint(self.dialect, one).ok();
                let name = add.constraint.name();
                let is_gone = !self.table()?.constraints.contains_key(name);
                let is_other = (self.start.constraints.get(name))
                    .is_some_and(|former| said(former) != said(&add.constraint));
                let mut waits =
                    add.constraint.kind() == ConstraintKind::ForeignKey && is_gone && is_other;
                if let Constraint::ForeignKey(key) = &add.constraint {
                    // Nor one to a key of the same table that comes in the same ALTER.
                    waits |= key.table == *self.name() && !self.start.is_unique(&key.referred);
                }
                if waits {
                    self.flush()?;
                }
                self.apply(change)
            }
            TableChange::SetGenerated { column, generated } => {
                self.set_generated(column, generated.as_ref(), change)
            }
            TableChange::SetCollation { column, .. } => {
                self.check_unreferred("collation", column)?;
                self.apply(change)
            }
            TableChange::DropColumn(_)
            | TableChange::SetIdentity { .. }
            | TableChange::RenameConstraint { .. }
            | TableChange::ValidateConstraint { .. }
            | TableChange::DropNotNull { .. }
            | TableChange::SetDefault { .. }
            | TableChange::SetColumnComment { .. }
            | TableChange::DropConstraint(_)
            | TableChange::SetTableComment { .. } => self.apply(change),
        }
    }

    fn add_column(&mut self, add: &AddColumn, change: &TableChange) -> Result<(), RenderError> {
        if self.start.column(&add.column.name).is_ok() {
            self.flush()?;
        }
        let name = self.alter.table.clone();
        let new = &add.column;
        if add.if_not_exists {
            if self.dialect == Dialect::Mysql {
                return Err(unsupported(
                    self.dialect,
                    "IF NOT EXISTS for columns",
                    "leave .if_not_exists() away: the chain knows what is there; or put the op into op.only(…)",
                ));
            }
            self.flush()?;
            let sql = start(self.dialect, "ALTER TABLE ").table(&name);
            let sql = sql.raw(" ADD COLUMN IF NOT EXISTS ");
            let sql = sql.piece(column(self.dialect, new, &self.catalog)).end()?;
            self.statements.push(sql);
            self.apply(change)?;
            self.restart();
            return Ok(());
        }
        let guarded = add.fill.is_none() && !new.fills_itself();
        if add.fill.is_none() && !guarded {
            return self.apply(change);
        }
        // Rows that are there already would silently get 0, '' or the first value of an enum. So the column may be
        // NULL first.
        self.flush()?;
        self.apply(change)?;
        self.table_mut()?.column_mut(&new.name)?.nullable = true;
        if let Some(fill) = &add.fill {
            self.flush()?;
            let sql = start(self.dialect, "UPDATE ").table(&name).raw(" SET ").name(&new.name);
            self.statements.push(sql.raw(" = (").raw(fill).raw(")").end()?);
        } else {
            // Fails if there are rows, and then leaves nothing behind: the name is what the error says.
            let guard: String = format!("{} has no value for the rows that are there", new.name)
                .chars()
                .take(64)
                .collect();
            let guard = guard.trim_end().to_owned();
            let expression = start(self.dialect, "").name(&new.name).raw(" IS NOT NULL").end()?;
            let check =
                Constraint::Check(Check { name: guard.clone(), expression, not_valid: false });
            self.table_mut()?.constraints.insert(guard.clone(), check);
            self.flush()?;
            self.table_mut()?.constraints.remove(&guard);
        }
        self.table_mut()?.column_mut(&new.name)?.nullable = new.nullable;
        Ok(())
    }

    /// Sets a column from an expression where another one is NULL.
    fn update(&self, name: &str, expression: &str, is_null: &str) -> Result<String, RenderError> {
        let sql = start(self.dialect, "UPDATE ").table(self.name()).raw(" SET ").name(name);
        let sql = sql.raw(" = (").raw(expression).raw(") WHERE ").name(is_null);
        sql.raw(" IS NULL").end()
    }

    fn rename(&mut self, from: &str, to: &str, change: &TableChange) -> Result<(), RenderError> {
        if self.start.column(from).is_err() {
            return self.apply(change);
        }
        if self.start.column(to).is_ok() {
            self.flush()?;
        }
        let computed = |column: &&Column| {
            column.generated.as_ref().is_some_and(|generated| generated.names(from))
        };
        if let Some(computed) = self.start.columns.iter().find(computed)
            && self.dialect == Dialect::Mysql
        {
            return Err(unsupported(
                self.dialect,
                &format!("way to rename `{from}`, which `{}` is computed from", computed.name),
                "drop the generated column first, and add it again behind the rename",
            ));
        }
        self.apply(change)?;
        // The server renames along whatever speaks of the column.
        let mut renamed = Catalog::default();
        renamed.tables.insert(self.start.name.clone(), self.start.clone());
        self.alter.apply_change(change, &mut renamed)?;
        let mut renamed = renamed.table(&self.alter.table)?.clone();
        if self.dialect == Dialect::Mysql {
            // Not so MySQL in expressions, which it wants gone first. As they were, they are said anew.
            for (name, one) in &self.start.constraints {
                if let Constraint::Check(_) = one {
                    renamed.constraints.insert(name.clone(), one.clone());
                }
            }
            for (name, one) in self.start.indexes.iter().filter(|(_, one)| one.has_expression()) {
                renamed.indexes.insert(name.clone(), one.clone());
            }
        }
        self.start = renamed;
        if let Some(origin) = self.origins.remove(from) {
            self.origins.insert(to.to_owned(), origin);
        }
        Ok(())
    }

    /// Both sides of a foreign key are kept in the same way, so neither server lets one of them change alone.
    fn check_unreferred(&self, what: &str, column: &String) -> Result<(), RenderError> {
        let table = self.table()?;
        let own = table.foreign_keys().find(|key| {
            key.columns.contains(column) || key.table == table.name && key.referred.contains(column)
        });
        let others = self.catalog.references_to(self.name());
        let others = others.map(|(_, key)| key).find(|key| key.referred.contains(column));
        match own.or(others) {
            None => Ok(()),
            Some(key) => Err(unsupported(
                self.dialect,
                &format!(
                    "way to change the {what} of `{column}`, which the foreign key `{}` is about",
                    key.name
                ),
                "drop the foreign key first, change the columns on both sides, and create it again",
            )),
        }
    }

    fn set_type(&mut self, set: &SetType, change: &TableChange) -> Result<(), RenderError> {
        let table = self.table()?;
        let former = table.column(&set.column)?.sql_type.clone();
        if !is_same_kind(&former, &set.to) {
            self.check_unreferred("type", &set.column)?;
        }
        match &set.using {
            None => self.apply(change),
            Some(using) => self.convert(&set.column, &set.to, using, change),
        }
    }

    /// Neither server turns what is computed when it is read into anything else, or anything into it.
    fn set_generated(
        &mut self,
        column: &str,
        generated: Option<&Generated>,
        change: &TableChange,
    ) -> Result<(), RenderError> {
        let former = self.table()?.column(column)?.clone();
        let is_read = |one: Option<&Generated>| one.is_some_and(|one| !one.stored);
        let stays = former.generated.as_ref() == generated;
        if stays || !is_read(former.generated.as_ref()) && !is_read(generated) {
            return self.apply(change);
        }
        if generated.is_none() {
            let using = start(self.dialect, "").name(column).end()?;
            return self.convert(column, &former.sql_type, &using, change);
        }
        self.flush()?;
        let former = self.table()?.clone();
        self.apply(change)?;
        self.replace(&former, column, "ADD COLUMN ")
    }

    /// Makes new values beside the old ones, and then lets the new column take the old one's place.
    fn convert(
        &mut self,
        name: &str,
        to: &SqlType,
        using: &str,
        change: &TableChange,
    ) -> Result<(), RenderError> {
        const NEW: &str = "__migrate_new";
        self.flush()?;
        let former = self.table()?.clone();
        let beside = Column { nullable: true, ..Column::new(NEW, to.clone()) };
        let sql = start(self.dialect, "ALTER TABLE ").table(self.name()).raw(" ADD COLUMN ");
        self.statements.push(sql.piece(column(self.dialect, &beside, &self.catalog)).end()?);
        let sql = start(self.dialect, "UPDATE ").table(self.name()).raw(" SET ").name(NEW);
        self.statements.push(sql.raw(" = (").raw(using).raw(")").end()?);
        self.apply(change)?;
        let place = start(self.dialect, "CHANGE COLUMN ").name(NEW).raw(" ").end()?;
        self.replace(&former, name, &place)
    }

    /// Drops a column and lets another one take its place: what is about it goes with it, and comes back.
    fn replace(&mut self, former: &Table, name: &str, place: &str) -> Result<(), RenderError> {
        let after = self.table()?.clone();
        check_table(self.dialect, &after, &self.catalog)?;
        let mut without = former.clone();
        without.constraints.retain(|_, one| !one.is_about(name));
        without.indexes.retain(|_, one| !one.is_about(name));
        let mut pieces = clauses(self.dialect, former, &without, &self.origins, &self.catalog)?;
        pieces.push(start(self.dialect, "DROP COLUMN ").name(name).end()?);
        let at = after.columns.iter().position(|one| one.name == name);
        let place = start(self.dialect, place);
        let place = place.piece(column(self.dialect, after.column(name)?, &self.catalog));
        pieces.push(
            match at.and_then(|at| at.checked_sub(1)).and_then(|at| after.columns.get(at)) {
                None => place.raw(" FIRST").end()?,
                Some(left) => place.raw(" AFTER ").name(&left.name).end()?,
            },
        );
        without.columns.clone_from(&after.columns);
        pieces.extend(clauses(self.dialect, &without, &after, &self.origins, &self.catalog)?);
        self.statements.push(joined(self.dialect, self.name(), &pieces)?);
        self.restart();
        Ok(())
    }
}

/// The ALTER TABLE that turns one table into the other, if they differ; `origins` has the present names of its columns.
pub(super) fn difference(
    dialect: Dialect,
    before: &Table,
    after: &Table,
    origins: &BTreeMap<String, String>,
    catalog: &Catalog,
) -> Result<Option<String>, RenderError> {
    check_table(dialect, after, catalog)?;
    let pieces = clauses(dialect, before, after, origins, catalog)?;
    if pieces.is_empty() {
        return Ok(None);
    }
    joined(dialect, &after.name, &pieces).map(Some)
}

fn joined(dialect: Dialect, table: &TableName, pieces: &[String]) -> Result<String, RenderError> {
    let sql = start(dialect, "ALTER TABLE ").table(table).raw(" ");
    sql.list(pieces, |sql, piece| sql.raw(piece)).end()
}

/// The pieces of an ALTER TABLE, in the order in which people would say them.
fn clauses(
    dialect: Dialect,
    before: &Table,
    after: &Table,
    origins: &BTreeMap<String, String>,
    catalog: &Catalog,
) -> Result<Vec<String>, RenderError> {
    let words = |words: &str| start(dialect, words);
    let mut pieces = Vec::new();
    let renamed = renamed(before, after);
    let is_renamed = |name: &str| renamed.iter().any(|(from, to)| *from == name || *to == name);
    // What PostgreSQL alone knows of a constraint makes no difference, nor does the name of a primary key.
    let said = |table: &Table| -> Vec<Option<String>> {
        table.constraints.values().map(|one| constraint(dialect, one).ok()).collect()
    };
    let (there, wanted) = (said(before), said(after));
    let lacks = |said: &[Option<String>], one: &Constraint| {
        !is_renamed(one.name()) && !said.contains(&constraint(dialect, one).ok())
    };
    for one in before.constraints.values().filter(|one| lacks(&wanted, one)) {
        let sql = match one {
            Constraint::PrimaryKey(_) => words("DROP PRIMARY KEY"),
            Constraint::Unique(unique) => words("DROP INDEX ").name(&unique.name),
            Constraint::ForeignKey(key) => words("DROP FOREIGN KEY ").name(&key.name),
            Constraint::Check(_) | Constraint::Exclude(_) => {
                words("DROP CONSTRAINT ").name(one.name())
            }
        };
        pieces.push(sql.end()?);
    }
    let gone = |one: &&Index| after.indexes.get(&one.name) != Some(one) && !is_renamed(&one.name);
    for one in before.indexes.values().filter(gone) {
        pieces.push(words("DROP INDEX ").name(&one.name).end()?);
    }
    let (needed, needs) = (implied(before), implied(after));
    for (name, _) in needed.iter().filter(|(name, columns)| needs.get(*name) != Some(*columns)) {
        pieces.push(words("DROP INDEX ").name(name).end()?);
    }
    for one in before.columns.iter().filter(|one| after.column(&one.name).is_err()) {
        let name = origins.get(&one.name).unwrap_or(&one.name);
        pieces.push(words("DROP COLUMN ").name(name).end()?);
    }
    for one in &after.columns {
        let sql = match before.column(&one.name) {
            Err(_) => words("ADD COLUMN ").piece(column(dialect, one, catalog)).end()?,
            Ok(former) => {
                let origin = origins.get(&one.name).unwrap_or(&one.name);
                match changed(dialect, origin, former, one, catalog)? {
                    None => continue,
                    Some(sql) => sql,
                }
            }
        };
        pieces.push(sql);
    }
    for (from, to) in &renamed {
        pieces.push(words("RENAME INDEX ").name(from).raw(" TO ").name(to).end()?);
    }
    for one in after.constraints.values().filter(|one| lacks(&there, one)) {
        pieces.push(words("ADD ").piece(constraint(dialect, one)).end()?);
    }
    let new = |one: &&Index| before.indexes.get(&one.name) != Some(one) && !is_renamed(&one.name);
    for one in after.indexes.values().filter(new) {
        pieces.push(words("ADD ").piece(inline_index(dialect, one)).end()?);
    }
    for (name, columns) in
        needs.iter().filter(|(name, columns)| needed.get(*name) != Some(*columns))
    {
        pieces.push(words("ADD ").piece(plain_index(dialect, name, columns)).end()?);
    }
    if before.comment != after.comment {
        let comment = after.comment.as_deref().unwrap_or_default();
        check_table_comment(dialect, comment, &after.name)?;
        pieces.push(words("COMMENT = ").value(&comment.into()).end()?);
    }
    Ok(pieces)
}

/// The former and present names of indexes, those of unique constraints too, that differ in nothing else.
fn renamed<'a>(before: &'a Table, after: &'a Table) -> Vec<(&'a str, &'a str)> {
    let mut renamed: Vec<(&str, &str)> = Vec::new();
    let free = |table: &Table, name: &str| {
        !table.indexes.contains_key(name) && !table.constraints.contains_key(name)
    };
    for one in before.indexes.values().filter(|one| free(after, &one.name)) {
        let same = |other: &&Index| {
            free(before, &other.name)
                && Index { name: one.name.clone(), ..(*other).clone() } == *one
        };
        let to = after.indexes.values().filter(same).map(|other| other.name.as_str());
        let new = to.into_iter().find(|to| renamed.iter().all(|(_, taken)| taken != to));
        renamed.extend(new.map(|to| (one.name.as_str(), to)));
    }
    for one in before.constraints.values().filter(|one| free(after, one.name())) {
        let Constraint::Unique(one) = one else { continue };
        let same = |other: &&Constraint| {
            let Constraint::Unique(other) = other else { return false };
            free(before, &other.name) && other.columns == one.columns
        };
        let to = after.constraints.values().filter(same).map(Constraint::name);
        let new = to.into_iter().find(|to| renamed.iter().all(|(_, taken)| taken != to));
        renamed.extend(new.map(|to| (one.name.as_str(), to)));
    }
    renamed
}

/// The piece that turns one column into the other, if they differ.
///
/// A default is set by itself where it can be: it leaves alone what the catalog can't know about the column.
fn changed(
    dialect: Dialect,
    origin: &str,
    before: &Column,
    after: &Column,
    catalog: &Catalog,
) -> Result<Option<String>, RenderError> {
    let words = |words: &str| start(dialect, words).name(origin);
    let is_renamed = origin != after.name;
    // What another database alone knows of a column makes no difference.
    let said = |one: &Column| column(dialect, one, catalog);
    if before == after
        || matches!((said(before), said(after)), (Ok(one), Ok(other)) if one == other)
    {
        let sql = words("RENAME COLUMN ").raw(" TO ").name(&after.name);
        return if is_renamed { sql.end().map(Some) } else { Ok(None) };
    }
    let only_default = Column { default: after.default.clone(), ..before.clone() } == *after;
    // MySQL takes the present moment here as an expression only, which is another default.
    let is_now = after
        .default
        .as_ref()
        .is_some_and(|default| now(&default.to_string(), &after.sql_type).is_some());
    let is_plain = dialect == Dialect::Mariadb || !is_now;
    let sql = match &after.default {
        _ if is_renamed => words("CHANGE COLUMN ").raw(" ").piece(column(dialect, after, catalog)),
        _ if !only_default || !is_plain => {
            start(dialect, "MODIFY COLUMN ").piece(column(dialect, after, catalog))
        }
        Some(default) => words("ALTER COLUMN ").raw(" SET DEFAULT ").piece(default_value(
            dialect,
            default,
            &after.sql_type,
        )),
        // Without any default, not even NULL, an INSERT would have to say a value.
        None if after.nullable => words("ALTER COLUMN ").raw(" SET DEFAULT NULL"),
        None => words("ALTER COLUMN ").raw(" DROP DEFAULT"),
    };
    sql.end().map(Some)
}

/// A change to a table that the catalog can't vouch for.
fn as_written(
    dialect: Dialect,
    table: &TableName,
    change: &TableChange,
) -> Result<String, RenderError> {
    let words = start(dialect, "ALTER TABLE ").table(table);
    let none = Catalog::default();
    let sql = match change {
        TableChange::AddColumn(add) if add.fill.is_none() && add.column.fills_itself() => {
            words.raw(" ADD COLUMN ").piece(column(dialect, &add.column, &none))
        }
        TableChange::DropColumn(drop) => words.raw(" DROP COLUMN ").name(&drop.column),
        TableChange::RenameColumn { from, to } => {
            words.raw(" RENAME COLUMN ").name(from).raw(" TO ").name(to)
        }
        TableChange::AddConstraint(add) => {
            words.raw(" ADD ").piece(constraint(dialect, &add.constraint))
        }
        TableChange::DropConstraint(drop) => match &drop.choice {
            ConstraintChoice::Named(name) => words.raw(" DROP CONSTRAINT ").name(name),
            ConstraintChoice::On(..) => return Err(blind(dialect, table)),
        },
        TableChange::SetTableComment { comment } => {
            words.raw(" COMMENT = ").value(&comment.as_deref().unwrap_or_default().into())
        }
        TableChange::AddColumn(_)
        | TableChange::SetIdentity { .. }
        | TableChange::SetGenerated { .. }
        | TableChange::SetCollation { .. }
        | TableChange::RenameConstraint { .. }
        | TableChange::ValidateConstraint { .. }
        | TableChange::SetType(_)
        | TableChange::SetNotNull(_)
        | TableChange::DropNotNull { .. }
        | TableChange::SetDefault { .. }
        | TableChange::SetColumnComment { .. } => return Err(blind(dialect, table)),
    };
    sql.end()
}

fn blind(dialect: Dialect, table: &TableName) -> RenderError {
    unsupported(
        dialect,
        &format!("way to change `{table}`, which was made by SQL that the catalog can't read"),
        "say it in SQL: op.execute(\"ALTER TABLE …\")",
    )
}
