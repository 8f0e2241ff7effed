//! Columns of a table, and changes to one.

use migrate_core::catalog::{Column, DefaultValue, Generated, SqlType, Table};
use migrate_core::op::{AddColumn, DropColumn, SetNotNull, SetType, TableChange};
use migrate_core::prelude::*;

use super::{Scene, constraints, values};

/// A column that rows which are there already can take.
pub(super) fn any(scene: &mut Scene<'_>, table: &Table, name: &str) -> Column {
    let mut column = Column::new(name, values::sql_type(scene));
    column.default = values::default(scene, &column.sql_type);
    column.nullable = column.default.is_none() || scene.dice.once_in(2);
    if column.nullable && scene.dice.once_in(2) {
        column.default = None;
    }
    if matches!(column.sql_type, SqlType::Text | SqlType::Varchar(_)) && scene.dice.once_in(4) {
        column.collation = Some(collation(scene.dialect()).to_owned());
    }
    if scene.dice.once_in(4) {
        column.comment = Some(scene.dice.one(&["it's", "\\ \"so\"; --"]).to_owned());
    }
    if scene.dice.once_in(6)
        && let Some(expression) = computed(scene, table)
    {
        column.sql_type = SqlType::BigInt;
        (column.default, column.collation) = (None, None);
        let stored = scene.dialect() == Postgres || !scene.dice.once_in(3);
        column.generated = Some(Generated { expression, stored });
        column.nullable |= scene.dialect().family() == Mysql;
    }
    column
}

fn collation(dialect: Dialect) -> &'static str {
    match dialect {
        Postgres => "C",
        Sqlite => "NOCASE",
        Mysql | Mariadb => "utf8mb4_bin",
    }
}

/// What a column of whole numbers is computed from.
fn computed(scene: &mut Scene<'_>, table: &Table) -> Option<String> {
    let is_fit = |one: &&Column| {
        one.generated.is_none() && matches!(one.sql_type, SqlType::SmallInt | SqlType::Integer)
    };
    let from: Vec<&Column> = table.columns.iter().filter(is_fit).collect();
    if from.is_empty() || scene.dice.once_in(3) {
        return Some("1 + 1".to_owned());
    }
    let from = scene.dice.one(&from);
    let from = scene.quoted(&from.name);
    Some(format!("COALESCE({from}, 0) / 2"))
}

pub(super) fn add(scene: &mut Scene<'_>) -> Option<()> {
    let (table, name) = (scene.table()?, scene.name());
    if scene.dice.once_in(10) && scene.dialect() == Postgres {
        let (table, column) = scene.column()?;
        let add = AddColumn { column: column.clone(), fill: None, if_not_exists: true };
        scene.change(table, TableChange::AddColumn(add));
        return Some(());
    }
    if scene.dice.once_in(12) && table.primary_key().is_none() {
        scene.op.add_column(&table.name, bigint(name).identity().primary_key());
        return Some(());
    }
    let mut column = any(scene, table, name);
    let mut fill = None;
    if column.generated.is_none() && column.default.is_none() && scene.dice.once_in(2) {
        fill = values::filling(&column.sql_type).map(str::to_owned);
        column.nullable = fill.is_none() || scene.dice.once_in(2);
    }
    let constraint = if scene.dice.once_in(3) {
        let with = Table { columns: vec![column.clone()], ..Table::new(&table.name) };
        constraints::check_any(scene, &with)
    } else {
        None
    };
    scene.change(table, TableChange::AddColumn(AddColumn { column, fill, if_not_exists: false }));
    if let Some(constraint) = constraint {
        scene.op.create_check_constraint(&table.name, constraint);
    }
    Some(())
}

pub(super) fn drop(scene: &mut Scene<'_>) -> Option<()> {
    if scene.dice.once_in(10) {
        let table = scene.table()?;
        scene.op.drop_column(&table.name, "never there").if_exists();
        return Some(());
    }
    // Rows get it back: NULL, or one and the same value, which a key does not bear.
    let (table, column) = scene.column_that(|table, one| {
        one.nullable || one.generated.is_some() || !values::is_in_key(table, one)
    })?;
    let restore_with = match column.fills_itself() && !scene.dice.once_in(4) {
        true => None,
        false if column.generated.is_some() || values::is_in_key(table, column) => None,
        false => Some(values::filling(&column.sql_type)?.to_owned()),
    };
    let if_exists = scene.dice.once_in(6);
    let drop = DropColumn { column: column.name.clone(), restore_with, if_exists };
    scene.change(table, TableChange::DropColumn(drop));
    Some(())
}

pub(super) fn rename(scene: &mut Scene<'_>) -> Option<()> {
    let (table, column) = scene.column()?;
    let to = scene.name();
    scene.op.alter_column(&table.name, &column.name).rename_to(to);
    Some(())
}

pub(super) fn set_type(scene: &mut Scene<'_>) -> Option<()> {
    let is_fit = |table: &Table, column: &Column| {
        column.identity.is_none() && column.generated.is_none() && !values::is_used(table, column)
    };
    let (table, column) = scene.column_that(is_fit)?;
    if scene.catalog.references_to(&table.name).any(|(_, key)| key.referred.contains(&column.name))
    {
        return None;
    }
    // By chance any type at all, made from nothing; else a wider one. An index may not bear any type.
    let is_free = table.indexes.values().all(|index| !index.is_about(&column.name));
    let set = if is_free && column.default.is_none() && scene.dice.once_in(3) {
        let to = values::sql_type(scene);
        SetType {
            column: column.name.clone(),
            using: Some(values::filling(&to)?.to_owned()),
            restore_with: Some(values::filling(&column.sql_type)?.to_owned()),
            to,
        }
    } else {
        let to = wider(&column.sql_type)?;
        SetType { column: column.name.clone(), to, using: None, restore_with: None }
    };
    scene.change(table, TableChange::SetType(set));
    Some(())
}

fn wider(sql_type: &SqlType) -> Option<SqlType> {
    match sql_type {
        SqlType::TinyInt => Some(types::smallint()),
        SqlType::SmallInt => Some(types::integer()),
        SqlType::Integer => Some(types::bigint()),
        SqlType::BigInt => Some(types::numeric(30, 2)),
        SqlType::Char(_) => Some(types::varchar(40)),
        SqlType::Varchar(_) => Some(types::text()),
        SqlType::Text => Some(types::varchar(500)),
        SqlType::Real => Some(types::double()),
        SqlType::Numeric(Some((precision, scale))) => Some(types::numeric(precision + 5, *scale)),
        SqlType::Date => Some(types::timestamp()),
        SqlType::Json => Some(types::jsonb()),
        SqlType::Boolean
        | SqlType::Unsigned(_)
        | SqlType::Double
        | SqlType::Numeric(None)
        | SqlType::Citext
        | SqlType::Binary
        | SqlType::Time { .. }
        | SqlType::Timestamp { .. }
        | SqlType::Interval
        | SqlType::Jsonb
        | SqlType::Uuid
        | SqlType::Inet
        | SqlType::Cidr
        | SqlType::MacAddr
        | SqlType::MacAddr8
        | SqlType::Money
        | SqlType::Oid
        | SqlType::PgLsn
        | SqlType::InternalChar
        | SqlType::Array(_)
        | SqlType::Range(_)
        | SqlType::Multirange(_)
        | SqlType::Enum(_)
        | SqlType::Custom(_) => None,
    }
}

pub(super) fn set_not_null(scene: &mut Scene<'_>) -> Option<()> {
    let (table, column) = scene.column_that(|table, column| {
        column.generated.is_none() && !(column.nullable && values::is_in_key(table, column))
    })?;
    let fill = match column.nullable {
        true => Some(values::filling(&column.sql_type)?.to_owned()),
        false => None,
    };
    scene.change(table, TableChange::SetNotNull(SetNotNull { column: column.name.clone(), fill }));
    Some(())
}

pub(super) fn drop_not_null(scene: &mut Scene<'_>) -> Option<()> {
    let (table, column) =
        scene.column_that(|_, column| column.generated.is_none() && column.identity.is_none())?;
    let restore_with = match scene.dice.once_in(2) {
        true => values::filling(&column.sql_type).map(str::to_owned),
        false => None,
    };
    let column = column.name.clone();
    scene.change(table, TableChange::DropNotNull { column, restore_with });
    Some(())
}

pub(super) fn set_default(scene: &mut Scene<'_>) -> Option<()> {
    let (table, column) =
        scene.column_that(|_, column| column.generated.is_none() && column.identity.is_none())?;
    let default: Option<DefaultValue> =
        if scene.dice.once_in(3) { None } else { values::default(scene, &column.sql_type) };
    let column = column.name.clone();
    scene.change(table, TableChange::SetDefault { column, default });
    Some(())
}

pub(super) fn comment(scene: &mut Scene<'_>) -> Option<()> {
    let (table, column) = scene.column()?;
    let comment = scene.dice.one(&[None, Some("it's \"so\""), Some(""), Some("\\; --")]);
    let (column, comment) = (column.name.clone(), comment.map(str::to_owned));
    scene.change(table, TableChange::SetColumnComment { column, comment });
    Some(())
}

pub(super) fn set_identity(scene: &mut Scene<'_>) -> Option<()> {
    let table = scene.table()?;
    let counted = table.columns.iter().find(|one| one.identity.is_some());
    let column = match counted {
        Some(column) => column,
        None => {
            let key = table.primary_key().filter(|key| key.columns.len() == 1)?;
            let column = table.column(&key.columns[0]).ok()?;
            if table.foreign_keys().any(|key| key.columns.contains(&column.name)) {
                return None;
            }
            column
        }
    };
    let (drops, always, start) =
        (scene.dice.once_in(2), scene.dice.once_in(2), scene.dice.below(5_000));
    let is_postgres = scene.dialect() == Postgres;
    let alter = scene.op.alter_column(&table.name, &column.name);
    if counted.is_some() && drops {
        alter.drop_identity();
    } else if is_postgres {
        alter.set_identity().postgres(|i| {
            if always {
                i.always();
            }
            i.start(1_000 + start as i64)
        });
    } else {
        alter.set_identity();
    }
    Some(())
}

pub(super) fn set_generated(scene: &mut Scene<'_>) -> Option<()> {
    let is_fit = |table: &Table, column: &Column| {
        column.identity.is_none() && column.default.is_none() && !values::is_used(table, column)
    };
    let (table, column) = scene.column_that(is_fit)?;
    let made = values::filling(&column.sql_type)?;
    if table.columns.iter().filter(|one| one.generated.is_none()).count() < 2 {
        return None;
    }
    let (drops, is_stored) = (scene.dice.once_in(2), !scene.dice.once_in(3));
    let is_stored = is_stored || scene.dialect() == Postgres;
    let alter = scene.op.alter_column(&table.name, &column.name);
    match (column.generated.is_some() && drops, is_stored) {
        (true, _) => alter.drop_generated(),
        (false, true) => alter.set_generated(made),
        (false, false) => alter.set_generated_when_read(made),
    };
    Some(())
}

pub(super) fn set_collation(scene: &mut Scene<'_>) -> Option<()> {
    let (table, column) = scene.column_that(|_, column| {
        matches!(column.sql_type, SqlType::Text | SqlType::Varchar(_)) && column.generated.is_none()
    })?;
    let (drops, collation) = (scene.dice.once_in(3), collation(scene.dialect()));
    let alter = scene.op.alter_column(&table.name, &column.name);
    if drops {
        alter.drop_collation()
    } else {
        alter.set_collation(collation)
    };
    Some(())
}
