//! Sequences of MariaDB, which are tables of their own kind; MySQL has none.

use migrate_model::{
    Dialect,
    catalog::{Sequence, TableName, sequence},
};

use crate::backend::{
    ansi::Sql,
    reflect::{Ask, Fields, ReflectError, Reflected},
};

/// Reads the sequences of these names: one question for all of them.
pub(super) fn read(
    ask: Ask<'_>,
    dialect: Dialect,
    names: &[TableName],
    found: &mut Reflected,
) -> Result<(), ReflectError> {
    let mut questions = Vec::new();
    for (number, name) in names.iter().enumerate() {
        let columns = [
            "start_value",
            "increment",
            "minimum_value",
            "maximum_value",
            "cache_size",
            "cycle_option",
        ];
        // As text, which all answers are read as.
        let columns = columns.map(|column| format!("CAST({column} AS CHAR)")).join(", ");
        let sql = Sql::new(dialect, &format!("SELECT CAST({number} AS CHAR), {columns} FROM "));
        questions.push(sql.table(name).end()?);
    }
    if questions.is_empty() {
        return Ok(());
    }
    for mut row in Fields::rows(ask, "sequences", &questions.join(" UNION ALL "))? {
        let Some(name) = usize::try_from(row.number()?).ok().and_then(|at| names.get(at)) else {
            continue;
        };
        let mut number = || row.number().map(Some);
        let (start, increment, min, max) = (number()?, number()?, number()?, number()?);
        let (cache, cycle) = (number()?, row.flag()?);
        let read = Sequence { start, increment, min, max, cache, cycle, ..sequence(name) };
        found.catalog.sequences.insert(name.clone(), read);
    }
    Ok(())
}
