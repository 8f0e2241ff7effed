//! Changes to one table: columns, constraints, comments.

use super::{CreateIndex, Op, Placed, sequence::bring_back_owned};
use crate::catalog::{
    Catalog, CatalogError, Column, Constraint, ConstraintKind, DefaultValue, Generated, Identity,
    InvertError, NewIndex, SqlType, Table, TableName, Value,
};

/// Changes one table: one ALTER on PostgreSQL and MySQL, at most one rebuild on SQLite.
#[derive(Clone, Debug, PartialEq)]
pub struct AlterTable {
    /// The table.
    pub table: TableName,
    /// The changes, in order.
    pub changes: Vec<Placed<TableChange>>,
}

/// One change to a table.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the words are SQL's")]
pub enum TableChange {
    AddColumn(AddColumn),
    DropColumn(DropColumn),
    RenameColumn { from: String, to: String },
    SetType(SetType),
    SetNotNull(SetNotNull),
    DropNotNull { column: String, restore_with: Option<String> },
    SetDefault { column: String, default: Option<DefaultValue> },
    SetColumnComment { column: String, comment: Option<String> },
    SetIdentity { column: String, identity: Option<Identity> },
    SetGenerated { column: String, generated: Option<Generated> },
    SetCollation { column: String, collation: Option<String> },
    AddConstraint(AddConstraint),
    DropConstraint(DropConstraint),
    RenameConstraint { from: String, to: String },
    ValidateConstraint { name: String },
    SetTableComment { comment: Option<String> },
}

/// Adds a column.
#[derive(Clone, Debug, PartialEq)]
pub struct AddColumn {
    /// The column.
    pub column: Column,
    /// What rows that are there already get, if not the default.
    pub fill: Option<String>,
    /// Whether the very same column may be there already.
    pub if_not_exists: bool,
}

/// Drops a column, with the constraints and indexes on it.
#[derive(Clone, Debug, PartialEq)]
pub struct DropColumn {
    /// Its name.
    pub column: String,
    /// What rows get when the column comes back.
    pub restore_with: Option<String>,
    /// Whether it may be gone already.
    pub if_exists: bool,
}

impl DropColumn {
    /// Does nothing when the column is gone already.
    pub fn if_exists(&mut self) -> &mut Self {
        self.if_exists = true;
        self
    }

    /// The SQL expression that rows get when a downgrade brings the column back.
    pub fn restore_with(&mut self, expression: &str) -> &mut Self {
        self.restore_with = Some(expression.to_owned());
        self
    }
}

/// Changes a column's type.
#[derive(Clone, Debug, PartialEq)]
pub struct SetType {
    /// The column.
    pub column: String,
    /// Its type from now on.
    pub to: SqlType,
    /// The SQL expression that makes the new value, where a cast is not enough.
    pub using: Option<String>,
    /// The SQL expression that makes the old value again.
    pub restore_with: Option<String>,
}

/// Forbids NULL in a column.
#[derive(Clone, Debug, PartialEq)]
pub struct SetNotNull {
    /// The column.
    pub column: String,
    /// The SQL expression that rows with NULL get first.
    pub fill: Option<String>,
}

/// Adds a constraint.
#[derive(Clone, Debug, PartialEq)]
pub struct AddConstraint {
    /// The constraint.
    pub constraint: Constraint,
    /// Whether the very same constraint may be there already.
    pub if_not_exists: bool,
}

/// Drops a constraint.
#[derive(Clone, Debug, PartialEq)]
pub struct DropConstraint {
    /// Which one.
    pub choice: ConstraintChoice,
    /// Whether it may be gone already.
    pub if_exists: bool,
}

impl DropConstraint {
    /// Does nothing when the constraint is gone already.
    pub fn if_exists(&mut self) -> &mut Self {
        self.if_exists = true;
        self
    }
}

/// Which constraint of a table is meant.
#[derive(Clone, Debug, PartialEq)]
pub enum ConstraintChoice {
    /// The one of that name.
    Named(String),
    /// The one of that kind on just these columns; the catalog knows its name.
    On(ConstraintKind, Vec<String>),
}

impl ConstraintChoice {
    /// The constraint that is meant.
    pub fn find<'a>(&self, table: &'a Table) -> Result<&'a Constraint, CatalogError> {
        let (kind, columns) = match self {
            ConstraintChoice::Named(name) => return table.constraint(name),
            ConstraintChoice::On(kind, columns) => (*kind, columns),
        };
        // A table has one primary key: its columns need not be said.
        let found: Vec<&Constraint> = (table.constraints.values())
            .filter(|one| {
                one.kind() == kind
                    && (one.columns() == *columns || kind == ConstraintKind::PrimaryKey)
            })
            .collect();
        match found[..] {
            [one] => Ok(one),
            [] => Err(CatalogError::NoConstraint {
                table: table.name.clone(),
                constraint: match kind {
                    ConstraintKind::PrimaryKey => kind.noun().to_owned(),
                    ConstraintKind::Unique
                    | ConstraintKind::ForeignKey
                    | ConstraintKind::Check
                    | ConstraintKind::Exclude => {
                        format!("{} on {}", kind.noun(), columns.join(", "))
                    }
                },
                others: table.constraints.keys().cloned().collect(),
            }),
            _ => Err(CatalogError::AmbiguousConstraint {
                table: table.name.clone(),
                names: found.iter().map(|one| one.name().to_owned()).collect(),
            }),
        }
    }
}

impl AlterTable {
    pub(super) fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        self.changes.iter().try_for_each(|change| self.apply_change(change, catalog))
    }

    /// Makes one of the changes; a backend renders each against the catalog that the ones before left.
    ///
    /// # Errors
    ///
    /// When the change doesn't fit.
    pub fn apply_change(
        &self,
        change: &TableChange,
        catalog: &mut Catalog,
    ) -> Result<(), CatalogError> {
        self.check(change, catalog)?;
        if let TableChange::RenameColumn { from, to } = change {
            catalog.rename_column_in_objects(&self.table, from, to)?;
        }
        if let TableChange::DropColumn(drop) = change {
            catalog.drop_owned(&self.table, Some(&drop.column))?;
        }
        change.apply(catalog.table_mut(&self.table)?)?;
        if let TableChange::RenameColumn { from, to } = change {
            for table in catalog.tables.values_mut() {
                table.rename_referred_column(&self.table, from, to);
            }
            catalog.rename_owning_column(&self.table, from, to);
        }
        Ok(())
    }

    /// What can be wrong about a change between this table and the rest of the schema.
    fn check(&self, change: &TableChange, catalog: &Catalog) -> Result<(), CatalogError> {
        let table = catalog.table(&self.table)?;
        match change {
            TableChange::AddColumn(add) => catalog.check_type(&add.column.sql_type),
            TableChange::SetType(set) => catalog.check_type(&set.to),
            TableChange::AddConstraint(add) => {
                catalog.check_reference(table, &add.constraint, &table.constraints)
            }
            TableChange::DropColumn(drop) => {
                if table.column(&drop.column).is_ok() {
                    catalog.check_column_unused(&self.table, &drop.column)?;
                }
                self.unreferenced(catalog, table, &drop.column)
            }
            // PostgreSQL has to make the column anew.
            TableChange::SetGenerated { column, generated: Some(_) } => {
                if table.column(column).is_ok() {
                    catalog.check_column_unused(&self.table, column)?;
                }
                if let Some(sequence) = catalog.sequences_of(&self.table, Some(column)).next() {
                    return Err(CatalogError::BadSequence {
                        sequence: sequence.name.clone(),
                        fault: format!(
                            "goes with `{}.{column}`, which is made anew; let it stay first: op.alter_sequence(…).owned_by_none()",
                            self.table
                        ),
                    });
                }
                self.unreferenced(catalog, table, column)
            }
            TableChange::DropConstraint(drop) => match drop.choice.find(table) {
                Ok(constraint) => key_in_use(catalog, table, constraint),
                Err(_) => Ok(()),
            },
            TableChange::RenameColumn { .. }
            | TableChange::SetNotNull(_)
            | TableChange::DropNotNull { .. }
            | TableChange::SetDefault { .. }
            | TableChange::SetColumnComment { .. }
            | TableChange::SetIdentity { .. }
            | TableChange::SetGenerated { generated: None, .. }
            | TableChange::SetCollation { .. }
            | TableChange::RenameConstraint { .. }
            | TableChange::ValidateConstraint { .. }
            | TableChange::SetTableComment { .. } => Ok(()),
        }
    }

    /// An error when a foreign key refers to the column and would not go along with it.
    fn unreferenced(
        &self,
        catalog: &Catalog,
        table: &Table,
        column: &str,
    ) -> Result<(), CatalogError> {
        // A key of the table's own goes along when it is also about the column.
        let own = (table.foreign_keys())
            .filter(|key| key.table == table.name && !key.columns.iter().any(|one| one == column))
            .map(|key| (table, key));
        let used = (catalog.references_to(&self.table).chain(own))
            .find(|(_, key)| key.referred.iter().any(|one| one == column));
        used.map_or(Ok(()), |(other, key)| {
            Err(CatalogError::ReferencedColumn {
                table: self.table.clone(),
                column: column.to_owned(),
                other: other.name.clone(),
                constraint: key.name.clone(),
            })
        })
    }

    pub(super) fn invert(&self, before: &Catalog) -> Result<Vec<Op>, InvertError> {
        // Of a table that SQL made, only what a change itself says is known.
        let is_unknown = before.is_unknown(&self.table);
        let mut table = match is_unknown {
            true => Table::new(&self.table),
            false => before.table(&self.table)?.clone(),
        };
        let mut back: Vec<Op> = Vec::new();
        // The sequences that go with a column, under the names that the changes before left.
        let own = before.sequences_of(&self.table, None);
        let own = own.map(|sequence| (sequence.name.clone(), sequence.clone())).collect();
        let mut owned = Catalog { sequences: own, ..Catalog::default() };
        for change in &self.changes {
            if is_unknown && !change.says_its_inverse() {
                return Err(InvertError::Unvouched { table: self.table.clone() });
            }
            let inverse = change.invert(&table)?;
            match change.apply(&mut table) {
                Err(_) if is_unknown => {}
                applied => applied?,
            }
            let (create, own) = if let TableChange::DropColumn(drop) = &change.what {
                bring_back_owned(&owned, &self.table, Some(&drop.column))
            } else {
                Default::default()
            };
            if let TableChange::RenameColumn { from, to } = &change.what {
                owned.rename_owning_column(&self.table, from, to);
            }
            back.extend(own.into_iter().rev());
            let indexes = inverse.indexes.into_iter().map(|index| {
                let new = NewIndex { table: self.table.clone(), index, concurrently: false };
                Op::CreateIndex(CreateIndex::from(new))
            });
            back.extend(indexes.rev());
            for change in inverse.changes.into_iter().rev() {
                let change = Placed::nowhere(change);
                // Neighbouring changes stay one op, which is one ALTER or one rebuild.
                match back.last_mut() {
                    Some(Op::AlterTable(alter)) => alter.changes.push(change),
                    _ => back.push(Op::AlterTable(AlterTable {
                        table: self.table.clone(),
                        changes: vec![change],
                    })),
                }
            }
            back.extend(create.into_iter().rev());
        }
        back.reverse();
        for op in &mut back {
            if let Op::AlterTable(alter) = op {
                alter.changes.reverse();
            }
        }
        Ok(back)
    }

    pub(super) fn describe(&self) -> String {
        let lines: Vec<String> =
            self.changes.iter().map(|change| change.describe(&self.table)).collect();
        lines.join(", ")
    }

    pub(super) fn tables(&self) -> Vec<TableName> {
        vec![self.table.clone()]
    }
}

/// An error when a foreign key needs the unique key that the constraint provides.
fn key_in_use(
    catalog: &Catalog,
    table: &Table,
    constraint: &Constraint,
) -> Result<(), CatalogError> {
    if !matches!(constraint, Constraint::PrimaryKey(_) | Constraint::Unique(_)) {
        return Ok(());
    }
    let mut without = table.clone();
    without.constraints.remove(constraint.name());
    let own = without.foreign_keys().filter(|key| key.table == table.name).map(|key| (table, key));
    for (other, key) in catalog.references_to(&table.name).chain(own) {
        if !without.is_unique(&key.referred) {
            return Err(CatalogError::KeyInUse {
                dropped: constraint.name().to_owned(),
                other: other.name.clone(),
                constraint: key.name.clone(),
            });
        }
    }
    Ok(())
}

/// What takes one change back.
struct Inverse {
    changes: Vec<TableChange>,
    /// Indexes that went with a column.
    indexes: Vec<crate::catalog::Index>,
}

impl From<TableChange> for Inverse {
    fn from(change: TableChange) -> Inverse {
        Inverse { changes: vec![change], indexes: Vec::new() }
    }
}

impl TableChange {
    /// Makes the change to the table alone.
    fn apply(&self, table: &mut Table) -> Result<(), CatalogError> {
        match self {
            TableChange::AddColumn(add) => match table.column(&add.column.name) {
                Ok(there) if add.if_not_exists && *there == add.column => Ok(()),
                Ok(_) if add.if_not_exists => Err(CatalogError::ColumnDiffers {
                    table: table.name.clone(),
                    column: add.column.name.clone(),
                }),
                Ok(_) | Err(_) => table.add_column(add.column.clone()),
            },
            TableChange::DropColumn(drop) => {
                if drop.if_exists && table.column(&drop.column).is_err() {
                    return Ok(());
                }
                table.remove_column(&drop.column)
            }
            TableChange::RenameColumn { from, to } => {
                table.rename_column(from, to)?;
                table.rename_referred_column(&table.name.clone(), from, to);
                Ok(())
            }
            TableChange::SetType(set) => {
                table.check_not_parted_by(&set.column)?;
                table.change_column(&set.column, |column| column.sql_type = set.to.clone())
            }
            TableChange::SetNotNull(set) => {
                table.change_column(&set.column, |column| column.nullable = false)
            }
            TableChange::DropNotNull { column, .. } => {
                if table.primary_key().is_some_and(|key| key.columns.contains(column)) {
                    return Err(CatalogError::NullableKey {
                        table: table.name.clone(),
                        column: column.clone(),
                    });
                }
                table.change_column(column, |column| column.nullable = true)
            }
            TableChange::SetDefault { column, default } => {
                table.change_column(column, |column| column.default = default.clone())
            }
            TableChange::SetColumnComment { column, comment } => {
                table.change_column(column, |column| column.comment = comment.clone())
            }
            TableChange::SetIdentity { column, identity } => {
                if identity.is_some() && table.column(column)?.nullable {
                    return Err(CatalogError::NullableIdentity {
                        table: table.name.clone(),
                        column: column.clone(),
                    });
                }
                table.change_column(column, |column| column.identity = *identity)
            }
            TableChange::SetGenerated { column, generated } => {
                table.check_not_parted_by(column)?;
                table.change_column(column, |column| column.generated.clone_from(generated))
            }
            TableChange::SetCollation { column, collation } => {
                table.check_not_parted_by(column)?;
                table.change_column(column, |column| column.collation.clone_from(collation))
            }
            TableChange::RenameConstraint { from, to } => table.rename_constraint(from, to),
            TableChange::ValidateConstraint { name } => {
                let mut constraint = table.constraint(name)?.clone();
                let kind = constraint.kind();
                if !matches!(kind, ConstraintKind::Check | ConstraintKind::ForeignKey) {
                    return Err(CatalogError::NeverValidated {
                        table: table.name.clone(),
                        constraint: name.clone(),
                        kind: kind.noun(),
                    });
                }
                constraint.set_valid();
                table.constraints.insert(name.clone(), constraint);
                Ok(())
            }
            TableChange::AddConstraint(add) => match table.constraints.get(add.constraint.name()) {
                Some(there) if add.if_not_exists && *there == add.constraint => Ok(()),
                Some(_) | None => table.add_constraint(add.constraint.clone()),
            },
            TableChange::DropConstraint(drop) => {
                match drop.choice.find(table).map(|one| one.name().to_owned()) {
                    Ok(name) => {
                        table.constraints.remove(&name);
                        Ok(())
                    }
                    Err(CatalogError::NoConstraint { .. }) if drop.if_exists => Ok(()),
                    Err(error) => Err(error),
                }
            }
            TableChange::SetTableComment { comment } => {
                table.comment.clone_from(comment);
                Ok(())
            }
        }
    }

    /// Whether the inverse needs nothing of the table.
    fn says_its_inverse(&self) -> bool {
        match self {
            TableChange::AddColumn(add) => !add.if_not_exists,
            TableChange::AddConstraint(add) => !add.if_not_exists,
            TableChange::RenameColumn { .. } | TableChange::RenameConstraint { .. } => true,
            TableChange::DropColumn(_)
            | TableChange::SetType(_)
            | TableChange::SetNotNull(_)
            | TableChange::DropNotNull { .. }
            | TableChange::SetDefault { .. }
            | TableChange::SetColumnComment { .. }
            | TableChange::SetIdentity { .. }
            | TableChange::SetGenerated { .. }
            | TableChange::SetCollation { .. }
            | TableChange::DropConstraint(_)
            | TableChange::ValidateConstraint { .. }
            | TableChange::SetTableComment { .. } => false,
        }
    }

    fn invert(&self, before: &Table) -> Result<Inverse, InvertError> {
        let nothing = Inverse { changes: Vec::new(), indexes: Vec::new() };
        Ok(match self {
            TableChange::AddColumn(add)
                if add.if_not_exists && before.column(&add.column.name).is_ok() =>
            {
                nothing
            }
            TableChange::AddColumn(add) => TableChange::DropColumn(DropColumn {
                column: add.column.name.clone(),
                restore_with: add.fill.clone(),
                if_exists: false,
            })
            .into(),
            TableChange::DropColumn(drop)
                if drop.if_exists && before.column(&drop.column).is_err() =>
            {
                nothing
            }
            TableChange::DropColumn(drop) => bring_back(before, drop)?,
            TableChange::RenameColumn { from, to } => {
                TableChange::RenameColumn { from: to.clone(), to: from.clone() }.into()
            }
            TableChange::SetType(set) => TableChange::SetType(SetType {
                column: set.column.clone(),
                to: before.column(&set.column)?.sql_type.clone(),
                using: set.restore_with.clone(),
                restore_with: set.using.clone(),
            })
            .into(),
            TableChange::SetNotNull(set) if before.column(&set.column)?.nullable => {
                TableChange::DropNotNull {
                    column: set.column.clone(),
                    restore_with: set.fill.clone(),
                }
                .into()
            }
            TableChange::DropNotNull { column, restore_with }
                if !before.column(column)?.nullable =>
            {
                TableChange::SetNotNull(SetNotNull {
                    column: column.clone(),
                    fill: restore_with.clone(),
                })
                .into()
            }
            TableChange::SetNotNull(_) | TableChange::DropNotNull { .. } => nothing,
            TableChange::SetDefault { column, .. } => TableChange::SetDefault {
                column: column.clone(),
                default: before.column(column)?.default.clone(),
            }
            .into(),
            TableChange::SetColumnComment { column, .. } => {
                let comment = before.column(column)?.comment.clone();
                TableChange::SetColumnComment { column: column.clone(), comment }.into()
            }
            TableChange::SetIdentity { column, .. } => {
                let identity = before.column(column)?.identity;
                TableChange::SetIdentity { column: column.clone(), identity }.into()
            }
            TableChange::SetGenerated { column, .. } => {
                let generated = before.column(column)?.generated.clone();
                TableChange::SetGenerated { column: column.clone(), generated }.into()
            }
            TableChange::SetCollation { column, .. } => {
                let collation = before.column(column)?.collation.clone();
                TableChange::SetCollation { column: column.clone(), collation }.into()
            }
            TableChange::RenameConstraint { from, to } => {
                TableChange::RenameConstraint { from: to.clone(), to: from.clone() }.into()
            }
            TableChange::ValidateConstraint { name } => match before.constraint(name)? {
                constraint if constraint.is_not_valid() => {
                    let choice = ConstraintChoice::Named(name.clone());
                    let drop = DropConstraint { choice, if_exists: false };
                    Inverse {
                        changes: vec![
                            TableChange::DropConstraint(drop),
                            add_constraint(constraint.clone()),
                        ],
                        indexes: Vec::new(),
                    }
                }
                _ => nothing,
            },
            TableChange::AddConstraint(add)
                if add.if_not_exists && before.constraints.contains_key(add.constraint.name()) =>
            {
                nothing
            }
            TableChange::AddConstraint(add) => take_off(before, &add.constraint)?,
            TableChange::DropConstraint(drop) => match drop.choice.find(before) {
                Ok(constraint) => add_constraint(constraint.clone()).into(),
                Err(CatalogError::NoConstraint { .. }) if drop.if_exists => nothing,
                Err(error) => return Err(error.into()),
            },
            TableChange::SetTableComment { .. } => {
                TableChange::SetTableComment { comment: before.comment.clone() }.into()
            }
        })
    }

    /// A short line for people.
    pub fn describe(&self, table: &TableName) -> String {
        match self {
            TableChange::AddColumn(add) => {
                format!("add column {table}.{} {}", add.column.name, add.column.sql_type)
            }
            TableChange::DropColumn(drop) => format!("drop column {table}.{}", drop.column),
            TableChange::RenameColumn { from, to } => {
                format!("rename column {table}.{from} to {to}")
            }
            TableChange::SetType(set) => {
                format!("set type of {table}.{} to {}", set.column, set.to)
            }
            TableChange::SetNotNull(set) => format!("set {table}.{} not null", set.column),
            TableChange::DropNotNull { column, .. } => format!("drop not null of {table}.{column}"),
            TableChange::SetDefault { column, default: Some(default) } => {
                format!("set default of {table}.{column} to {default}")
            }
            TableChange::SetDefault { column, default: None } => {
                format!("drop default of {table}.{column}")
            }
            TableChange::SetColumnComment { column, .. } => format!("comment on {table}.{column}"),
            TableChange::SetIdentity { column, identity: Some(_) } => {
                format!("set identity of {table}.{column}")
            }
            TableChange::SetIdentity { column, identity: None } => {
                format!("drop identity of {table}.{column}")
            }
            TableChange::SetGenerated { column, generated: Some(generated) } => {
                format!("generate {table}.{column} from {}", generated.expression)
            }
            TableChange::SetGenerated { column, generated: None } => {
                format!("drop expression of {table}.{column}")
            }
            TableChange::SetCollation { column, collation: Some(collation) } => {
                format!("set collation of {table}.{column} to {collation}")
            }
            TableChange::SetCollation { column, collation: None } => {
                format!("drop collation of {table}.{column}")
            }
            TableChange::RenameConstraint { from, to } => {
                format!("rename constraint {from} of {table} to {to}")
            }
            TableChange::ValidateConstraint { name } => {
                format!("validate constraint {name} of {table}")
            }
            TableChange::AddConstraint(add) => {
                format!(
                    "create {} {} on {table}",
                    add.constraint.kind().noun(),
                    add.constraint.name()
                )
            }
            TableChange::DropConstraint(drop) => match &drop.choice {
                ConstraintChoice::Named(name) => format!("drop constraint {name} of {table}"),
                ConstraintChoice::On(kind, columns) => {
                    format!("drop {} of {table} ({})", kind.noun(), columns.join(", "))
                }
            },
            TableChange::SetTableComment { .. } => format!("comment on {table}"),
        }
    }
}

fn add_constraint(constraint: Constraint) -> TableChange {
    TableChange::AddConstraint(AddConstraint { constraint, if_not_exists: false })
}

/// What brings a dropped column back: itself, then the constraints and indexes that went with it.
fn bring_back(before: &Table, drop: &DropColumn) -> Result<Inverse, InvertError> {
    let column = before.column(&drop.column)?.clone();
    if !column.fills_itself() && drop.restore_with.is_none() {
        return Err(InvertError::NeedsRestore { table: before.name.clone(), column: column.name });
    }
    let is_gone = |constraint: &&Constraint| constraint.is_about(&drop.column);
    let constraints = before.constraints.values().filter(is_gone).cloned().map(add_constraint);
    // A generated column is computed again, whatever was to be restored.
    let fill = drop.restore_with.clone().filter(|_| column.generated.is_none());
    let added = TableChange::AddColumn(AddColumn { column, fill, if_not_exists: false });
    Ok(Inverse {
        changes: std::iter::once(added).chain(constraints).collect(),
        indexes: before
            .indexes
            .values()
            .filter(|index| index.is_about(&drop.column))
            .cloned()
            .collect(),
    })
}

/// What takes a constraint off again; a primary key also gives columns back the NULL they could hold.
fn take_off(before: &Table, constraint: &Constraint) -> Result<Inverse, InvertError> {
    let choice = ConstraintChoice::Named(constraint.name().to_owned());
    let mut changes =
        vec![TableChange::DropConstraint(DropConstraint { choice, if_exists: false })];
    if let Constraint::PrimaryKey(key) = constraint {
        for name in &key.columns {
            if before.column(name)?.nullable {
                changes.push(TableChange::DropNotNull { column: name.clone(), restore_with: None });
            }
        }
    }
    Ok(Inverse { changes, indexes: Vec::new() })
}

/// `NULL` is no default: setting it is dropping the default.
pub(super) fn real_default(default: DefaultValue) -> Option<DefaultValue> {
    match default {
        DefaultValue::Value(Value::Null) => None,
        DefaultValue::Value(_) | DefaultValue::Expression(_) => Some(default),
    }
}
