//! What the catalog has no words for, as SQL of the database that has it.
//!
//! ```text
//! SQLite             its own texts, those of sqlite_master
//! MySQL, MariaDB     SHOW CREATE TABLE; an event is told of alone, since its times are those of a zone of its own
//! PostgreSQL         domains, composite types and ranges before the tables; behind them rules, constraint triggers,
//!                    statistics, row security, comments, switched-off triggers
//! ```
//!
//! Of a table of which the catalog knows a part, the ops that say that part are what its SQL declares. Whatever is not
//! said here is still missing from a scratch database, and is told.

use std::collections::BTreeSet;

use migrate_core::backend::{Database, DatabaseError};
use migrate_core::catalog::Catalog;
use migrate_core::{Op, Placed};
use migrate_model::Dialect;
use migrate_model::catalog::TableName;
use migrate_model::op::{Effect, Execute, Undo};

/// The ops, with SQL where they say too little.
pub(super) fn with(
    database: &mut dyn Database,
    dialect: Dialect,
    catalog: &Catalog,
    ops: Vec<Op>,
) -> Result<Vec<Op>, DatabaseError> {
    match dialect {
        Dialect::Sqlite => sqlite(database, catalog, ops),
        Dialect::Mysql | Dialect::Mariadb => mysql(database, catalog, ops),
        Dialect::Postgres => postgres(database, catalog, ops),
    }
}

fn execute(sql: impl Into<String>, effect: Effect, undo: impl Into<String>) -> Op {
    Op::Execute(Execute { sql: sql.into(), effect, undo: Undo::Sql(undo.into()) })
}

/// Puts the whole text of a table into the place of the ops that say a part of it.
///
/// `parts` are tables that come with it, `is_all` says that indexes and keys stand in the text, too.
fn whole(
    ops: &mut Vec<Op>,
    table: &TableName,
    parts: Vec<TableName>,
    sql: String,
    is_all: bool,
    drop: String,
) {
    let is_of_it = |op: &Op| match op {
        Op::CreateTable(create) => create.table.name == *table,
        Op::CreateIndex(create) => is_all && create.table == *table,
        Op::AlterTable(alter) => is_all && alter.table == *table,
        Op::RenameTable(_)
        | Op::DropTable(_)
        | Op::CreatePartition(_)
        | Op::DropPartition(_)
        | Op::DropIndex(_)
        | Op::RenameIndex(_)
        | Op::CreateEnum(_)
        | Op::DropEnum(_)
        | Op::AlterEnum(_)
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
        | Op::BulkInsert(_)
        | Op::DeleteRows(_)
        | Op::Execute(_)
        | Op::Run(_) => false,
    };
    let Some(at) = ops.iter().position(&is_of_it) else {
        let all = [table.clone()].into_iter().chain(parts).collect();
        ops.push(execute(sql, Effect::Opaque(all), drop));
        return;
    };
    let (said, rest): (Vec<Op>, Vec<Op>) = std::mem::take(ops).into_iter().partition(is_of_it);
    *ops = rest;
    // The ops are true, and not all: what else its text says is in no catalog.
    let more = Execute {
        sql: "SELECT 'and what its text says beside that'".to_owned(),
        effect: Effect::Opaque(vec![table.clone()]),
        undo: Undo::Nothing,
    };
    let declared = said.into_iter().chain([Op::Execute(more)]).map(Placed::nowhere).collect();
    let whole = Execute { sql, effect: Effect::Declares(declared), undo: Undo::Unsaid };
    ops.insert(at, Op::Execute(whole));
}

/// Each text that the catalog does not hold whole.
fn sqlite(
    database: &mut dyn Database,
    catalog: &Catalog,
    mut ops: Vec<Op>,
) -> Result<Vec<Op>, DatabaseError> {
    let rows = database.query(
        "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
         ORDER BY CASE type WHEN 'table' THEN 1 WHEN 'view' THEN 2 WHEN 'index' THEN 3 ELSE 4 END, rowid",
    )?;
    let virtuals: Vec<String> = rows
        .iter()
        .filter_map(|row| match row.as_slice() {
            [_, Some(name), _, Some(sql)] if is_virtual(sql) => Some(name.clone()),
            _ => None,
        })
        .collect();
    for row in rows {
        let [Some(kind), Some(name), Some(of), Some(sql)] = row.as_slice() else { continue };
        let own = TableName::from(name.as_str());
        let drop = format!("DROP {} {}", kind.to_uppercase(), quoted(name, '"'));
        match kind.as_str() {
            // The tables that a virtual one keeps its content in come with it.
            "table" if catalog.opaque.contains(&own) && !is_part(name, &virtuals) => {
                let own_parts = |part: &&TableName| {
                    is_virtual(sql) && is_part(&part.name, std::slice::from_ref(name))
                };
                let parts = catalog.opaque.iter().filter(own_parts).cloned().collect();
                whole(&mut ops, &own, parts, sql.clone(), false, drop);
            }
            "view" if !catalog.views.contains_key(&own) && catalog.opaque.contains(&own) => {
                ops.push(execute(sql, Effect::Opaque(vec![own]), drop));
            }
            "index" | "trigger" => {
                let of = TableName::from(of.as_str());
                let has = |name: &String| {
                    let table = catalog.tables.get(&of);
                    let view = catalog.views.get(&of);
                    table.is_some_and(|table| {
                        table.indexes.contains_key(name) || table.triggers.contains_key(name)
                    }) || view.is_some_and(|view| view.triggers.contains_key(name))
                };
                let is_seen = catalog.opaque.contains(&of)
                    || catalog.tables.contains_key(&of)
                    || catalog.views.contains_key(&of);
                if is_seen && !has(name) && !is_part(&of.name, &virtuals) {
                    ops.push(execute(sql, Effect::Nothing, drop));
                }
            }
            _ => {}
        }
    }
    Ok(ops)
}

fn is_virtual(sql: &str) -> bool {
    sql.split_whitespace().take(2).map(str::to_ascii_uppercase).eq(["CREATE", "VIRTUAL"])
}

/// Whether a table keeps what one of these virtual ones holds.
fn is_part(name: &str, virtuals: &[String]) -> bool {
    virtuals
        .iter()
        .any(|whole| name.strip_prefix(whole.as_str()).is_some_and(|rest| rest.starts_with('_')))
}

fn quoted(name: &str, mark: char) -> String {
    format!("{mark}{}{mark}", name.replace(mark, &format!("{mark}{mark}")))
}

/// The tables that are more than the catalog says.
fn mysql(
    database: &mut dyn Database,
    catalog: &Catalog,
    mut ops: Vec<Op>,
) -> Result<Vec<Op>, DatabaseError> {
    let rows = database.query(
        "SELECT CAST(table_name AS CHAR) FROM information_schema.tables WHERE table_schema = DATABASE() \
         AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER BY 1",
    )?;
    for name in rows.into_iter().flatten().flatten() {
        let table = TableName::from(name.as_str());
        if !catalog.opaque.contains(&table) {
            continue;
        }
        let quoted = quoted(&name, '`');
        if let Some(sql) = shown(database, &format!("SHOW CREATE TABLE {quoted}"), 1) {
            let drop = format!("DROP TABLE {quoted}");
            whole(&mut ops, &table, Vec::new(), without_counter(&sql), true, drop);
        }
    }
    Ok(ops)
}

/// What a SHOW says in one of its columns; nothing where it may not be seen.
fn shown(database: &mut dyn Database, query: &str, column: usize) -> Option<String> {
    let rows = database.query(query).ok()?;
    rows.into_iter().next()?.into_iter().nth(column)?
}

/// Where the next number stands says nothing of the schema.
fn without_counter(sql: &str) -> String {
    let Some(end) = sql.rfind("\n)") else { return sql.to_owned() };
    let (columns, options) = sql.split_at(end);
    let Some((before, after)) = options.split_once(" AUTO_INCREMENT=") else {
        return sql.to_owned();
    };
    format!("{columns}{before}{}", after.trim_start_matches(|c: char| c.is_ascii_digit()))
}

/// What PostgreSQL itself says of what an extension has not made.
fn postgres(
    database: &mut dyn Database,
    catalog: &Catalog,
    mut ops: Vec<Op>,
) -> Result<Vec<Op>, DatabaseError> {
    let is_setting =
        |op: &Op| matches!(op, Op::CreateSchema(_) | Op::CreateExtension(_) | Op::CreateEnum(_));
    let at = ops.iter().position(|op| !is_setting(op)).unwrap_or(ops.len());
    let tables = catalog.tables.keys().chain(catalog.views.keys()).chain(&catalog.opaque);
    let schemas: BTreeSet<&str> = tables.filter_map(|name| name.schema.as_deref()).collect();
    let schemas: Vec<String> = schemas.into_iter().map(|name| quoted(name, '\'')).collect();
    let is_looked_into = match schemas.is_empty() {
        true => "n.nspname = pg_catalog.current_schema()".to_owned(),
        false => format!("n.nspname IN (pg_catalog.current_schema(), {})", schemas.join(", ")),
    };
    let asked = |database: &mut dyn Database, text: &str| {
        let sql = text.replace("{LOOKED_INTO}", &is_looked_into).replace("{NAME}", NAME);
        let rows = database.query(&sql)?;
        Ok::<Vec<Op>, DatabaseError>(
            rows.into_iter()
                .filter_map(|row| {
                    let mut row = row.into_iter().flatten();
                    Some(execute(row.next()?, Effect::Nothing, row.next()?))
                })
                .collect(),
        )
    };
    let before = asked(database, TYPES)?;
    let mut behind = Vec::new();
    for text in BEHIND {
        behind.extend(asked(database, text)?);
    }
    ops.splice(at..at, before);
    ops.extend(behind);
    Ok(ops)
}

/// A name with its schema, where that is not the current one; of `o` with a `name` in the namespace `n`.
const NAME: &str = "CASE WHEN n.nspname = pg_catalog.current_schema() THEN pg_catalog.quote_ident(name) \
     ELSE pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(name) END";

/// Types: how they are made and dropped, in the order in which they were.
const TYPES: &str = "SELECT made, dropped FROM (
  SELECT o.oid,
    CASE o.typtype
      WHEN 'd' THEN 'CREATE DOMAIN ' || {NAME} || ' AS ' || pg_catalog.format_type(o.typbasetype, o.typtypmod)
        || coalesce((SELECT ' COLLATE ' || pg_catalog.quote_ident(k.collname) FROM pg_catalog.pg_collation k, pg_catalog.pg_type b
             WHERE k.oid = o.typcollation AND b.oid = o.typbasetype AND o.typcollation <> b.typcollation), '')
        || coalesce(' DEFAULT ' || o.typdefault, '')
        || CASE WHEN o.typnotnull THEN ' NOT NULL' ELSE '' END
        || coalesce((SELECT string_agg(' CONSTRAINT ' || pg_catalog.quote_ident(k.conname) || ' ' || pg_catalog.pg_get_constraintdef(k.oid), '' ORDER BY k.conname)
             FROM pg_catalog.pg_constraint k WHERE k.contypid = o.oid AND k.contype = 'c'), '')
      WHEN 'c' THEN 'CREATE TYPE ' || {NAME} || ' AS (' || coalesce((SELECT string_agg(pg_catalog.quote_ident(a.attname) || ' '
             || pg_catalog.format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum)
             FROM pg_catalog.pg_attribute a WHERE a.attrelid = o.typrelid AND NOT a.attisdropped), '') || ')'
      WHEN 'r' THEN (SELECT 'CREATE TYPE ' || {NAME} || ' AS RANGE (SUBTYPE = ' || pg_catalog.format_type(r.rngsubtype, NULL) || ')'
             FROM pg_catalog.pg_range r WHERE r.rngtypid = o.oid)
    END AS made,
    CASE o.typtype WHEN 'd' THEN 'DROP DOMAIN ' ELSE 'DROP TYPE ' END || {NAME} AS dropped
  FROM (SELECT t.*, t.typname AS name FROM pg_catalog.pg_type t) o
  JOIN pg_catalog.pg_namespace n ON n.oid = o.typnamespace
  WHERE {LOOKED_INTO}
    AND (o.typtype IN ('d', 'r')
      OR o.typtype = 'c' AND EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = o.typrelid AND c.relkind = 'c'))
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = o.oid AND d.deptype = 'e')
) AS types WHERE made IS NOT NULL ORDER BY oid";

/// What stands on tables and views, how it is made and taken away.
const BEHIND: [&str; 7] = [
    "SELECT pg_catalog.pg_get_ruledef(r.oid), 'DROP RULE ' || pg_catalog.quote_ident(r.rulename) || ' ON ' || {NAME}
     FROM pg_catalog.pg_rewrite r JOIN (SELECT c.*, c.relname AS name FROM pg_catalog.pg_class c) o ON o.oid = r.ev_class
     JOIN pg_catalog.pg_namespace n ON n.oid = o.relnamespace
     WHERE {LOOKED_INTO} AND r.rulename <> '_RETURN'
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = o.oid AND d.deptype = 'e') ORDER BY r.oid",
    "SELECT pg_catalog.pg_get_triggerdef(t.oid), 'DROP TRIGGER ' || pg_catalog.quote_ident(t.tgname) || ' ON ' || {NAME}
     FROM pg_catalog.pg_trigger t JOIN (SELECT c.*, c.relname AS name FROM pg_catalog.pg_class c) o ON o.oid = t.tgrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = o.relnamespace
     WHERE {LOOKED_INTO} AND NOT t.tgisinternal AND t.tgconstraint <> 0
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = o.oid AND d.deptype = 'e') ORDER BY t.oid",
    "SELECT pg_catalog.pg_get_statisticsobjdef(o.oid), 'DROP STATISTICS ' || {NAME}
     FROM (SELECT s.*, s.stxname AS name FROM pg_catalog.pg_statistic_ext s) o
     JOIN pg_catalog.pg_namespace n ON n.oid = o.stxnamespace WHERE {LOOKED_INTO} ORDER BY o.oid",
    "SELECT 'CREATE POLICY ' || pg_catalog.quote_ident(p.polname) || ' ON ' || {NAME}
        || CASE WHEN p.polpermissive THEN '' ELSE ' AS RESTRICTIVE' END
        || CASE p.polcmd WHEN 'r' THEN ' FOR SELECT' WHEN 'a' THEN ' FOR INSERT' WHEN 'w' THEN ' FOR UPDATE' WHEN 'd' THEN ' FOR DELETE' ELSE '' END
        || CASE WHEN p.polroles = '{0}' THEN '' ELSE ' TO ' || (SELECT string_agg(pg_catalog.quote_ident(a.rolname), ', ' ORDER BY a.rolname)
             FROM pg_catalog.pg_roles a WHERE a.oid = ANY (p.polroles)) END
        || coalesce(' USING (' || pg_catalog.pg_get_expr(p.polqual, p.polrelid) || ')', '')
        || coalesce(' WITH CHECK (' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) || ')', ''),
       'DROP POLICY ' || pg_catalog.quote_ident(p.polname) || ' ON ' || {NAME}
     FROM pg_catalog.pg_policy p JOIN (SELECT c.*, c.relname AS name FROM pg_catalog.pg_class c) o ON o.oid = p.polrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = o.relnamespace WHERE {LOOKED_INTO} ORDER BY p.oid",
    "SELECT 'ALTER TABLE ' || {NAME} || CASE WHEN k.force THEN ' FORCE' ELSE ' ENABLE' END || ' ROW LEVEL SECURITY',
       'ALTER TABLE ' || {NAME} || CASE WHEN k.force THEN ' NO FORCE' ELSE ' DISABLE' END || ' ROW LEVEL SECURITY'
     FROM (SELECT c.*, c.relname AS name FROM pg_catalog.pg_class c) o
     JOIN pg_catalog.pg_namespace n ON n.oid = o.relnamespace
     JOIN (VALUES (false), (true)) AS k (force) ON CASE WHEN k.force THEN o.relforcerowsecurity ELSE o.relrowsecurity END
     WHERE {LOOKED_INTO} ORDER BY o.oid, k.force",
    "SELECT 'COMMENT ON ' || CASE o.relkind WHEN 'm' THEN 'MATERIALIZED VIEW ' ELSE 'VIEW ' END || {NAME} || ' IS '
        || pg_catalog.quote_literal(pg_catalog.obj_description(o.oid, 'pg_class')),
       'COMMENT ON ' || CASE o.relkind WHEN 'm' THEN 'MATERIALIZED VIEW ' ELSE 'VIEW ' END || {NAME} || ' IS NULL'
     FROM (SELECT c.*, c.relname AS name FROM pg_catalog.pg_class c) o
     JOIN pg_catalog.pg_namespace n ON n.oid = o.relnamespace
     WHERE {LOOKED_INTO} AND o.relkind IN ('v', 'm') AND pg_catalog.obj_description(o.oid, 'pg_class') IS NOT NULL
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = o.oid AND d.deptype = 'e') ORDER BY o.oid",
    "SELECT 'COMMENT ON ' || CASE o.prokind WHEN 'p' THEN 'PROCEDURE ' ELSE 'FUNCTION ' END || {NAME}
        || '(' || pg_catalog.pg_get_function_identity_arguments(o.oid) || ') IS '
        || pg_catalog.quote_literal(pg_catalog.obj_description(o.oid, 'pg_proc')),
       'COMMENT ON ' || CASE o.prokind WHEN 'p' THEN 'PROCEDURE ' ELSE 'FUNCTION ' END || {NAME}
        || '(' || pg_catalog.pg_get_function_identity_arguments(o.oid) || ') IS NULL'
     FROM (SELECT p.*, p.proname AS name FROM pg_catalog.pg_proc p) o
     JOIN pg_catalog.pg_namespace n ON n.oid = o.pronamespace
     WHERE {LOOKED_INTO} AND o.prokind IN ('f', 'p') AND pg_catalog.obj_description(o.oid, 'pg_proc') IS NOT NULL
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.objid = o.oid AND d.deptype = 'e') ORDER BY o.oid",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_said_without_its_next_number() {
        let check = |sql: &str, expected: &str| assert_eq!(without_counter(sql), expected);
        check(
            "CREATE TABLE `a` (\n  `b` int\n) ENGINE=InnoDB AUTO_INCREMENT=17 CHARSET=utf8mb4",
            "CREATE TABLE `a` (\n  `b` int\n) ENGINE=InnoDB CHARSET=utf8mb4",
        );
        check(
            "CREATE TABLE `a` (\n  `b` int COMMENT ' AUTO_INCREMENT=1'\n) ENGINE=InnoDB",
            "CREATE TABLE `a` (\n  `b` int COMMENT ' AUTO_INCREMENT=1'\n) ENGINE=InnoDB",
        );
    }
}
