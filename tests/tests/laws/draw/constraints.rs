//! Constraints.

use migrate_core::catalog::{
    Action, Check, Column, Constraint, ConstraintKind, Deferrable, ForeignKey, Table, TableName,
};
use migrate_core::op::{AddConstraint, ConstraintChoice, DropConstraint, TableChange};
use migrate_core::prelude::*;

use super::{Scene, values};

/// Adds a constraint to a table that is being made, under a name of its own.
pub(super) fn push(table: &mut Table, constraint: impl Into<Constraint>) {
    let mut made = Table { constraints: table.constraints.clone(), ..table.clone() };
    let mut constraint = constraint.into();
    if constraint.name().is_empty() {
        let name = Naming::DEFAULT.name_constraint(&made, &constraint);
        constraint = named(constraint, &name);
    }
    made.constraints.entry(constraint.name().to_owned()).or_insert(constraint);
    *table = made;
}

fn named(constraint: Constraint, name: &str) -> Constraint {
    match constraint {
        Constraint::PrimaryKey(key) => key.named(name).into(),
        Constraint::Unique(unique) => unique.named(name).into(),
        Constraint::ForeignKey(key) => key.named(name).into(),
        Constraint::Check(check) => check.named(name).into(),
        Constraint::Exclude(exclude) => exclude.named(name).into(),
    }
}

/// A name, or none.
fn name(scene: &mut Scene<'_>, prefix: &str) -> String {
    let odd = scene.dice.one(&["", "'s", "\"; --", " 🦀"]);
    if scene.dice.once_in(3) {
        String::new()
    } else {
        format!("{prefix}{}{odd}", scene.dice.below(9))
    }
}

/// A constraint that rows of `table` hold.
pub(super) fn any(scene: &mut Scene<'_>, table: &Table) -> Option<Constraint> {
    match scene.dice.below(3) {
        0 => unique_any(scene, table),
        1 => foreign_key_to_own(scene, table).map(Into::into),
        _ => check_any(scene, table).map(Into::into),
    }
}

fn unique_any(scene: &mut Scene<'_>, table: &Table) -> Option<Constraint> {
    let dialect = scene.dialect();
    let key = table.primary_key()?.columns.clone();
    let others: Vec<&Column> = (table.columns.iter())
        .filter(|one| !key.contains(&one.name) && values::is_key(dialect, &one.sql_type))
        .collect();
    let mut columns = key;
    if let Some(other) = scene.dice.pick(&others) {
        columns.insert(0, other.name.clone());
    }
    let mut new = unique(columns).named(&name(scene, "u"));
    if dialect == Postgres || scene.dice.once_in(20) {
        match scene.dice.below(4) {
            0 => new = new.deferrable(),
            1 => new = new.initially_deferred(),
            _ => {}
        }
    }
    if dialect == Postgres {
        let include = scene.dice.pick(&others).filter(|one| !new.columns.contains(&one.name));
        let include: Vec<String> = include.map(|one| one.name.clone()).into_iter().collect();
        let is_one = scene.dice.once_in(3);
        new = new.postgres(|u| {
            u.include(include);
            if is_one {
                u.nulls_not_distinct();
            }
        });
    }
    Some(new.into())
}

/// A check that every row passes.
pub(super) fn check_any(scene: &mut Scene<'_>, table: &Table) -> Option<Check> {
    let fit: Vec<&Column> = (table.columns.iter())
        .filter(|one| !(one.identity.is_some() && scene.dialect().family() == Mysql))
        .collect();
    let column = *scene.dice.pick(&fit)?;
    let column = scene.quoted(&column.name);
    let text = scene.dice.one(&["'it''s; --'", "'%s ? $1'", "'{}'"]);
    let new = check(&format!("{column} IS NOT NULL OR {text} <> ''"));
    Some(new.named(&name(scene, "c")))
}

fn actions(scene: &mut Scene<'_>, key: ForeignKey) -> ForeignKey {
    let mut key = key.named(&name(scene, "f"));
    let deletes = [Action::NoAction, Action::Restrict, Action::Cascade, Action::SetNull];
    key.on_delete = scene.dice.one(&deletes);
    key.on_update = scene.dice.one(&[Action::NoAction, Action::Restrict, Action::Cascade]);
    if scene.dialect().family() != Mysql {
        if scene.dice.once_in(8) {
            key.on_delete = Action::SetDefault;
        }
        let deferrables =
            [Deferrable::No, Deferrable::InitiallyImmediate, Deferrable::InitiallyDeferred];
        key.deferrable = scene.dice.one(&deferrables);
    }
    key
}

/// A key from the primary key to itself, which every row holds.
fn foreign_key_to_own(scene: &mut Scene<'_>, table: &Table) -> Option<ForeignKey> {
    let key = table.primary_key()?.columns.clone();
    let new = foreign_key(key.clone()).references(&table.name, key);
    let new = actions(scene, new);
    // What it would do to itself is no use to anyone, and MySQL's family refuses it.
    Some(ForeignKey { on_delete: Action::NoAction, on_update: Action::NoAction, ..new })
}

/// A new column that refers to another table.
fn foreign_key_from_new(scene: &mut Scene<'_>, table: &Table) -> Option<()> {
    let targets: Vec<&Table> = (scene.catalog.tables.values())
        .filter(|one| one.primary_key().is_some_and(|key| key.columns.len() == 1))
        .collect();
    let target = *scene.dice.pick(&targets)?;
    let referred = target.column(&target.primary_key()?.columns[0]).ok()?;
    let mut column = Column::new(&format!("to{}", scene.dice.below(99)), referred.sql_type.clone());
    column.nullable = true;
    let key = foreign_key([&column.name]).references(&target.name, [&referred.name]);
    let mut key = actions(scene, key);
    if key.name.is_empty() {
        key.name = Naming::DEFAULT.name_constraint(table, &key.clone().into());
    }
    let add = migrate_core::op::AddColumn { column, fill: None, if_not_exists: false };
    scene.change(table, TableChange::AddColumn(add));
    scene.op.create_foreign_key(&table.name, key);
    Some(())
}

pub(super) fn add(scene: &mut Scene<'_>) -> Option<()> {
    let table = scene.table()?;
    if scene.dice.once_in(8)
        && let Some(there) = scene.dice.pick(&table.constraints.values().collect::<Vec<_>>())
    {
        let add = AddConstraint { constraint: (*there).clone(), if_not_exists: true };
        scene.change(table, TableChange::AddConstraint(add));
        return Some(());
    }
    if table.primary_key().is_none() && scene.dice.once_in(2) {
        let columns = ["code", "id"];
        let column = columns.iter().find(|name| table.column(name).is_ok())?;
        let key = primary_key([*column]).named(&name(scene, "pk"));
        scene.op.create_primary_key(&table.name, key);
        return Some(());
    }
    if scene.dice.once_in(3) {
        return foreign_key_from_new(scene, table);
    }
    let mut constraint = any(scene, table)?;
    if constraint.name().is_empty() {
        constraint =
            named(constraint.clone(), &Naming::DEFAULT.name_constraint(table, &constraint));
    }
    let add = AddConstraint { constraint, if_not_exists: false };
    scene.change(table, TableChange::AddConstraint(add));
    Some(())
}

pub(super) fn drop(scene: &mut Scene<'_>) -> Option<()> {
    let table = scene.table()?;
    if scene.dice.once_in(10) {
        scene.op.drop_constraint(&table.name, "never there").if_exists();
        return Some(());
    }
    let all: Vec<&Constraint> = table.constraints.values().collect();
    let one = *scene.dice.pick(&all)?;
    // A check has no columns by which to find it.
    let choice = match one.kind() {
        ConstraintKind::PrimaryKey | ConstraintKind::Unique | ConstraintKind::ForeignKey
            if scene.dice.once_in(2) =>
        {
            ConstraintChoice::On(one.kind(), one.columns().to_vec())
        }
        ConstraintKind::PrimaryKey
        | ConstraintKind::Unique
        | ConstraintKind::ForeignKey
        | ConstraintKind::Check
        | ConstraintKind::Exclude => ConstraintChoice::Named(one.name().to_owned()),
    };
    let if_exists = scene.dice.once_in(4);
    scene.change(table, TableChange::DropConstraint(DropConstraint { choice, if_exists }));
    Some(())
}

pub(super) fn rename(scene: &mut Scene<'_>) -> Option<()> {
    let table = scene.table()?;
    let from = (*scene.dice.pick(&table.constraints.keys().collect::<Vec<_>>())?).clone();
    let to = format!("renamed {}'s", scene.dice.below(40));
    scene.op.rename_constraint(&table.name, &from, &to);
    Some(())
}

pub(super) fn validate(scene: &mut Scene<'_>) -> Option<()> {
    let table = scene.table()?;
    let name = format!("late {}", scene.dice.below(9));
    // One that waits anywhere, or there would rarely be one to validate.
    let waiting: Vec<(&TableName, &str)> = (scene.catalog.tables.values())
        .flat_map(|table| table.constraints.values().map(move |one| (&table.name, one)))
        .filter(|(_, one)| one.is_not_valid() && one.name().starts_with("late "))
        .map(|(table, one)| (table, one.name()))
        .collect();
    if scene.dice.once_in(2)
        && let Some((table, name)) = scene.dice.pick(&waiting)
    {
        scene.op.validate_constraint(*table, name);
        return Some(());
    }
    match table.constraints.get(&name) {
        Some(_) => scene.op.validate_constraint(&table.name, &name),
        None => {
            let late = check_any(scene, table)?.named(&name).postgres(|c| c.not_valid());
            scene.op.create_check_constraint(&table.name, late);
            if scene.dice.once_in(2) {
                scene.op.validate_constraint(&table.name, &name);
            }
        }
    }
    Some(())
}
