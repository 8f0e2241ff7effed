//! How SQLite says changes to an enum: each table that has a column of it is made anew, with another check.

use std::collections::BTreeMap;

use migrate_model::{
    Op,
    catalog::{Catalog, Table},
    op::{AlterEnum, EnumChange, columns_of},
};

use super::{
    alter::rebuild_of,
    render::{create_index, start},
};
use crate::backend::{RenderError, Statement};

pub(super) fn alter_enum(
    alter: &AlterEnum,
    before: &Catalog,
) -> Result<Vec<Statement>, RenderError> {
    let mut after = before.clone();
    Op::AlterEnum(alter.clone()).apply(&mut after)?;
    let values = after.enum_values(&alter.name)?;
    // Also where no column holds it yet.
    values.iter().try_for_each(|value| start("").value(&value.as_str().into()).end().map(drop))?;
    if values == before.enum_values(&alter.name)? {
        return Ok(Vec::new());
    }
    let replaced = match &alter.change {
        EnumChange::AddValue { .. } | EnumChange::DropValue { replace_with: None, .. } => None,
        EnumChange::RenameValue { from, to } => Some((from.as_str(), to.as_str())),
        EnumChange::DropValue { value, replace_with: Some(other) } => {
            Some((value.as_str(), other.as_str()))
        }
    };
    let mut tables: Vec<&Table> = columns_of(before, &alter.name).map(|(table, _)| table).collect();
    tables.dedup_by(|one, other| one.name == other.name);
    let mut statements = Vec::new();
    for table in tables {
        let mut sources = BTreeMap::new();
        for column in table.columns.iter().filter(|column| column.generated.is_none()) {
            let source = start("").name(&column.name);
            let source = match replaced {
                Some((from, to)) if column.sql_type.enum_name() == Some(&alter.name) => {
                    let sql = start("CASE ").name(&column.name).raw(" WHEN ").value(&from.into());
                    let sql = sql.raw(" THEN ").value(&to.into()).raw(" ELSE ");
                    sql.name(&column.name).raw(" END")
                }
                Some(_) | None => source,
            };
            sources.insert(column.name.clone(), source.end()?);
        }
        let new = after.table(&table.name)?;
        let mut rebuild = rebuild_of((table, before), (new, &after), &sources)?;
        // Indexes are taken over letter by letter; those that speak of the value are said anew.
        let changed = |name: &&String| table.indexes.get(*name) != new.indexes.get(*name);
        rebuild.gone = new.indexes.keys().filter(changed).cloned().collect();
        let anew = (new.indexes.values())
            .filter(|index| rebuild.gone.contains(&index.name))
            .map(|index| create_index(&table.name, index, false))
            .collect::<Result<Vec<_>, _>>()?;
        rebuild.indexes.retain(|sql| !anew.contains(sql));
        statements.push(Statement::Rebuild(Box::new(rebuild)));
        statements.extend(anew.into_iter().map(Statement::Sql));
    }
    Ok(statements)
}
