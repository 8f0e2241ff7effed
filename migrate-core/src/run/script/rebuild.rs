//! SQLite's tables made anew by a script, which can't look at the table while it is written.
//!
//! The live run takes over indexes and triggers letter by letter. A script has the indexes of the
//! catalog, and stops where the database has others, triggers, or a table of another shape: what it
//! doesn't know it would lose.

use migrate_model::Dialect;

use super::guard::demand;
use crate::backend::{DatabaseError, quote, sqlite::Rebuild, text_literal};

/// Makes SQLite look through all views and triggers, as it does whenever a table is renamed.
pub(super) const PROBE: &str = "CREATE TABLE main.__migrate_probe (probe);\n\
    ALTER TABLE main.__migrate_probe RENAME TO __migrate_probed;\nDROP TABLE main.__migrate_probed;";

/// The statements of a rebuild.
pub(in crate::run) fn script(rebuild: &Rebuild) -> Result<String, DatabaseError> {
    let complain = |complaint: &str| demand(Dialect::Sqlite, complaint);
    let like = format!("__migrate_like_{}", rebuild.table);
    let (table, temporary) = (name(&rebuild.table)?, name(&rebuild.temporary)?);
    let own = literal(&rebuild.table)?;
    let about = |what: &str| literal(&format!("migrate: {what} `{}`", rebuild.table));
    let mut lines = vec![
        format!("{};", rebuild.like),
        complain(&shape(&rebuild.table, &like)?),
        format!("DROP TABLE temp.{};", name(&like)?),
        complain(&indexes(rebuild)?),
        complain(&format!(
            "SELECT {} || ' has the trigger `' || name || '`, which a script would lose: run it with a connection' \
             FROM main.sqlite_master WHERE type = 'trigger' AND lower(tbl_name) = lower({own}) LIMIT 1",
            about("the table")?
        )),
        format!("{};", rebuild.create),
    ];
    if !rebuild.copied.is_empty() {
        let columns =
            rebuild.copied.iter().map(|(column, _)| name(column)).collect::<Result<Vec<_>, _>>()?;
        let sources: Vec<&str> = rebuild.copied.iter().map(|(_, source)| source.as_str()).collect();
        lines.push(format!(
            "INSERT INTO {temporary} ({}) SELECT {} FROM {table};",
            columns.join(", "),
            sources.join(", ")
        ));
    }
    lines.push(complain(&format!(
        "SELECT CASE WHEN (SELECT count(*) FROM {table}) <> (SELECT count(*) FROM {temporary}) THEN {} END",
        about("not all rows reached the new table of")?
    )));
    for column in &rebuild.numbers {
        let quoted = name(column)?;
        let text = literal(&format!(
            "migrate: `{}.{column}` holds values that are no numbers",
            rebuild.table
        ))?;
        lines.push(complain(&format!(
            "SELECT {text} FROM {temporary} WHERE typeof({quoted}) IN ('text', 'blob') LIMIT 1"
        )));
    }
    if rebuild.counts {
        lines.push("DROP TABLE IF EXISTS temp.__migrate_counter;".to_owned());
        lines.push(format!(
            "CREATE TEMP TABLE __migrate_counter AS SELECT seq FROM main.sqlite_sequence WHERE name = {own};"
        ));
    }
    lines.extend([
        format!("DROP TABLE {table};"),
        "PRAGMA legacy_alter_table = ON;".to_owned(),
        format!("ALTER TABLE {temporary} RENAME TO {table};"),
        "PRAGMA legacy_alter_table = OFF;".to_owned(),
    ]);
    if rebuild.counts {
        lines.push(format!(
            "UPDATE main.sqlite_sequence SET seq = (SELECT seq FROM temp.__migrate_counter) \
             WHERE name = {own} AND EXISTS (SELECT 1 FROM temp.__migrate_counter);"
        ));
        lines.push(format!(
            "INSERT INTO main.sqlite_sequence (name, seq) SELECT {own}, seq FROM temp.__migrate_counter \
             WHERE NOT EXISTS (SELECT 1 FROM main.sqlite_sequence WHERE name = {own});"
        ));
    }
    lines.extend(rebuild.indexes.iter().map(|index| format!("{index};")));
    Ok(lines.join("\n"))
}

/// An index that is not one of the chain's: it would be lost, or become another.
fn indexes(rebuild: &Rebuild) -> Result<String, DatabaseError> {
    let known = rebuild
        .former
        .iter()
        .map(|sql| literal(sql).map(|sql| plain(&sql)))
        .collect::<Result<Vec<_>, _>>()?;
    let text = literal(&format!("migrate: the table `{}` has the index `", rebuild.table))?;
    Ok(format!(
        "SELECT {text} || name || '`, which is not as the migrations describe it: run it with a connection' \
         FROM main.sqlite_master WHERE type = 'index' AND lower(tbl_name) = lower({}) AND sql IS NOT NULL \
         AND {} NOT IN ({}) LIMIT 1",
        literal(&rebuild.table)?,
        plain("sql"),
        known.join(", ")
    ))
}

/// SQL without what can be written in two ways: quotes, blanks, case.
fn plain(sql: &str) -> String {
    let mut plain = format!("lower({sql})");
    for mark in ["'\"'", "'`'", "' '", "char(10)", "char(9)", "'('", "')'"] {
        plain = format!("replace({plain}, {mark}, '')");
    }
    plain
}

/// In what the live table differs from the one that was made as the chain describes it.
fn shape(table: &str, like: &str) -> Result<String, DatabaseError> {
    let (own, like) = (literal(table)?, literal(like)?);
    let text = literal(&format!(
        "migrate: the database's table `{table}` is not the one that the migrations describe: "
    ))?;
    // What PRAGMAs don't tell is counted in the text.
    let words = [
        "check",
        "collate",
        "generated",
        "strict",
        "without",
        "deferrable",
        "conflict",
        "autoincrement",
    ];
    let words: Vec<String> = words
        .iter()
        .map(|word| {
            format!(
                "SELECT side, '{word} ' || ((length(sql) - length(replace(sql, '{word}', ''))) / {}) || ' times' FROM texts",
                word.len()
            )
        })
        .collect();
    Ok(format!(
        "WITH sides (side, tab) AS (VALUES ('main', {own}), ('temp', {like})), \
         texts (side, sql) AS (SELECT 'main', lower(sql) FROM main.sqlite_master WHERE type = 'table' AND lower(name) = lower({own}) \
         UNION ALL SELECT 'temp', lower(sql) FROM temp.sqlite_master WHERE type = 'table' AND lower(name) = lower({like})), \
         facts (side, fact) AS (\
         SELECT side, 'column `' || c.name || '` of ' || CASE WHEN c.type LIKE '%INT%' THEN 'whole numbers' \
         WHEN c.type LIKE '%CHAR%' OR c.type LIKE '%CLOB%' OR c.type LIKE '%TEXT%' THEN 'text' \
         WHEN c.type = '' OR c.type LIKE '%BLOB%' THEN 'anything' \
         WHEN c.type LIKE '%REAL%' OR c.type LIKE '%FLOA%' OR c.type LIKE '%DOUB%' THEN 'floating numbers' ELSE 'numbers' END \
         || CASE WHEN c.pk > 0 THEN ', part ' || c.pk || ' of the primary key' WHEN c.\"notnull\" THEN ' NOT NULL' ELSE '' END \
         || CASE WHEN c.pk = 1 AND lower(c.type) = 'integer' THEN ' (INTEGER)' ELSE '' END \
         || coalesce(' DEFAULT ' || lower(trim(c.dflt_value, '('')')), '') || CASE WHEN c.hidden <> 0 THEN ', generated' ELSE '' END \
         FROM sides, pragma_table_xinfo(tab, side) AS c \
         UNION ALL SELECT side, 'foreign key to `' || k.\"table\" || '` ON UPDATE ' || k.on_update || ' ON DELETE ' || k.on_delete || ': ' \
         || group_concat(k.\"from\" || ' -> ' || coalesce(k.\"to\", ''), ', ') FROM sides, pragma_foreign_key_list(tab, side) AS k GROUP BY side, k.id \
         UNION ALL SELECT side, 'unique constraint on ' || (SELECT group_concat(i.name, ', ') FROM pragma_index_info(l.name, side) AS i) \
         FROM sides, pragma_index_list(tab, side) AS l WHERE l.origin = 'u' \
         UNION ALL {}), \
         differences (words) AS (SELECT 'it has no ' || fact FROM (SELECT fact FROM facts WHERE side = 'temp' EXCEPT SELECT fact FROM facts WHERE side = 'main') \
         UNION ALL SELECT 'it has ' || fact FROM (SELECT fact FROM facts WHERE side = 'main' EXCEPT SELECT fact FROM facts WHERE side = 'temp')) \
         SELECT {text} || group_concat(words, '; ') FROM differences",
        words.join(" UNION ALL ")
    ))
}

fn name(name: &str) -> Result<String, DatabaseError> {
    quote(Dialect::Sqlite, name).map_err(|error| DatabaseError::because(error.to_string()))
}

fn literal(text: &str) -> Result<String, DatabaseError> {
    text_literal(Dialect::Sqlite, text).map_err(|error| DatabaseError::because(error.to_string()))
}
