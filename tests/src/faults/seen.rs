//! What is in a database, asked without the code under test: schema, rows, and what a run should not leave behind.

use std::collections::BTreeSet;

use crate::backend::Backend;
use crate::database::Database;

/// What two databases are compared by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// A line for each thing of the schema, but for what the tool keeps for itself.
    pub schema: Vec<String>,
    /// A line for each row of each table, but for the tool's own.
    pub rows: Vec<String>,
    /// The version rows.
    pub versions: Vec<String>,
    /// The steps that were done, in their order.
    pub done: Vec<String>,
}

/// Reads it all.
pub fn seen(database: &Database) -> Seen {
    let tables: BTreeSet<String> = own_tables(database).into_iter().collect();
    let has = |name: &str| tables.contains(name);
    let when = |there: bool, query: &str| match there {
        true => database.values(query),
        false => Vec::new(),
    };
    let mut versions =
        when(has("__migrate_version"), "SELECT version_num AS value FROM __migrate_version");
    versions.sort();
    let joined = match database.backend() {
        Backend::Mariadb => "concat(direction, ' ', revision)",
        Backend::Sqlite | Backend::Postgres => "direction || ' ' || revision",
    };
    let done = when(
        has("__migrate_log"),
        &format!("SELECT {joined} AS value FROM __migrate_log WHERE status = 'done' ORDER BY id"),
    );
    Seen { schema: schema(database), rows: rows(database), versions, done }
}

/// The tables that the tool keeps for itself.
fn own_tables(database: &Database) -> Vec<String> {
    database.values(match database.backend() {
        Backend::Sqlite => {
            "SELECT name AS value FROM sqlite_master WHERE type = 'table' AND name LIKE '\\_\\_migrate\\_%' ESCAPE '\\'"
        }
        Backend::Postgres => {
            "SELECT relname::text AS value FROM pg_class WHERE relkind = 'r' AND relname LIKE '\\_\\_migrate\\_%'"
        }
        Backend::Mariadb => {
            "SELECT table_name AS value FROM information_schema.tables \
             WHERE table_schema = database() AND left(table_name, 10) = '__migrate_'"
        }
    })
}

fn schema(database: &Database) -> Vec<String> {
    let mut lines: Vec<String> = match database.backend() {
        Backend::Postgres => database.values(POSTGRES),
        Backend::Sqlite | Backend::Mariadb => {
            let dump = database.dump();
            let pieces = dump.split("\n\n").filter(|piece| !piece.contains("__migrate_"));
            pieces.map(str::to_owned).collect()
        }
    };
    lines.sort();
    lines
}

fn rows(database: &Database) -> Vec<String> {
    let columns = database.values(match database.backend() {
        Backend::Sqlite => {
            "SELECT m.name || char(9) || c.name AS value FROM sqlite_master m, pragma_table_info(m.name) c \
             WHERE m.type = 'table' AND m.name NOT LIKE '\\_\\_migrate\\_%' ESCAPE '\\' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
             ORDER BY m.name, c.cid"
        }
        Backend::Postgres => {
            "SELECT format('%I.%I', n.nspname, c.relname) || chr(9) || '*' AS value \
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.relkind IN ('r', 'm') AND n.nspname !~ '^pg_|^information_schema$' AND c.relname !~ '^__migrate_'"
        }
        Backend::Mariadb => {
            "SELECT concat(c.table_name, char(9), c.column_name) AS value FROM information_schema.columns c \
             JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name \
             WHERE c.table_schema = database() AND t.table_type = 'BASE TABLE' AND left(c.table_name, 10) <> '__migrate_' \
             ORDER BY c.table_name, c.ordinal_position"
        }
    });
    let mut queries: Vec<(String, Vec<String>)> = Vec::new();
    for line in &columns {
        let (table, column) = line.split_once('\t').expect("a table and a column");
        match queries.last_mut() {
            Some((last, columns)) if last == table => columns.push(column.to_owned()),
            _ => queries.push((table.to_owned(), vec![column.to_owned()])),
        }
    }
    let queries = queries.iter().map(|(table, columns)| match database.backend() {
        Backend::Postgres => format!("SELECT '{table} ' || t::text AS value FROM {table} t"),
        Backend::Sqlite => {
            let columns: Vec<String> =
                columns.iter().map(|column| format!("quote(\"{column}\")")).collect();
            format!(
                "SELECT '{table} ' || {} AS value FROM \"{table}\"",
                columns.join(" || ',' || ")
            )
        }
        Backend::Mariadb => {
            let columns: Vec<String> =
                columns.iter().map(|column| format!("quote(\"{column}\")")).collect();
            format!(
                "SELECT concat_ws(',', '{table}', {}) AS value FROM \"{table}\"",
                columns.join(", ")
            )
        }
    });
    let queries: Vec<String> = queries.collect();
    let mut rows = match queries.is_empty() {
        true => Vec::new(),
        false => database.values(&queries.join(" UNION ALL ")),
    };
    rows.sort();
    rows
}

/// What a run left behind that it should not have: sessions, locks, half of an index, files, rows of the journal.
pub fn remains(database: &Database) -> Vec<String> {
    let mut remains = Vec::new();
    for table in own_tables(database) {
        if !["__migrate_version", "__migrate_log"].contains(&table.as_str())
            && table.contains("journal")
        {
            let rows = database
                .values(&format!("SELECT CAST(count(*) AS VARCHAR(9)) AS value FROM {table}"));
            if rows != ["0"] {
                remains.push(format!("{} rows of {table}", rows[0]));
            }
        }
    }
    match database.backend() {
        Backend::Sqlite => {
            for end in ["-journal", "-wal", "-shm"] {
                let file = format!("{}{end}", database.file().display());
                if std::fs::metadata(&file).is_ok() {
                    remains.push(file);
                }
            }
        }
        Backend::Postgres => remains.extend(database.values(POSTGRES_REMAINS)),
        Backend::Mariadb => remains.extend(database.values(MARIADB_REMAINS)),
    }
    remains
}

const POSTGRES_REMAINS: &str = "\
SELECT 'advisory lock of ' || l.pid AS value FROM pg_locks l JOIN pg_database d ON d.oid = l.database
 WHERE l.locktype = 'advisory' AND d.datname = current_database()
UNION ALL
SELECT 'session ' || pid || ', ' || coalesce(state, '') || ': ' || left(query, 100) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
UNION ALL
SELECT 'invalid index ' || indexrelid::regclass FROM pg_index WHERE NOT indisvalid OR NOT indisready
UNION ALL
SELECT 'temporary ' || oid::regclass FROM pg_class WHERE relpersistence = 't'";

const MARIADB_REMAINS: &str = "\
SELECT concat('session ', id, ', ', command, ': ', coalesce(left(info, 100), '')) AS value FROM information_schema.processlist
 WHERE db = database() AND id <> connection_id()
UNION ALL
SELECT concat('lock of connection ', is_used_lock(concat('migrate:', left(sha2(concat(database(), char(0 USING utf8mb4), \
'__migrate_version'), 256), 32)))) FROM dual
 WHERE is_used_lock(concat('migrate:', left(sha2(concat(database(), char(0 USING utf8mb4), '__migrate_version'), 256), 32))) IS NOT NULL
UNION ALL
SELECT concat('temporary ', name) FROM information_schema.innodb_sys_tables WHERE name LIKE concat(database(), '/#sql%')";

/// Everything of a schema, a line each, without what the tool keeps for itself.
const POSTGRES: &str = "\
WITH spaces AS (SELECT oid, nspname FROM pg_namespace WHERE nspname !~ '^pg_|^information_schema$'),
     relations AS (SELECT c.*, format('%I.%I', s.nspname, c.relname) AS name FROM pg_class c JOIN spaces s ON s.oid = c.relnamespace
                   WHERE c.relname !~ '^__migrate_')
SELECT 'schema ' || nspname AS value FROM spaces
UNION ALL
SELECT 'relation ' || name || ' ' || relkind::text || relpersistence::text || ' ' || coalesce(obj_description(oid, 'pg_class'), '') || ' ' ||
       coalesce(pg_get_expr(relpartbound, oid), '') || coalesce(reloptions::text, '')
  FROM relations WHERE relkind NOT IN ('i', 'I')
UNION ALL
SELECT 'columns ' || name || ' ' || string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull || ' ' ||
       coalesce(pg_get_expr(d.adbin, d.adrelid), '') || a.attidentity::text || a.attgenerated::text || a.attcollation::regcollation ||
       coalesce(col_description(r.oid, a.attnum), ''), ', ' ORDER BY a.attnum)
  FROM relations r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = r.oid AND d.adnum = a.attnum
 WHERE r.relkind NOT IN ('i', 'I') GROUP BY r.name
UNION ALL
SELECT 'constraint ' || r.name || ' ' || c.conname || ' ' || pg_get_constraintdef(c.oid) || ' ' || c.convalidated
  FROM relations r JOIN pg_constraint c ON c.conrelid = r.oid
UNION ALL
SELECT 'index ' || pg_get_indexdef(i.indexrelid) || ' ' || i.indisvalid || i.indisunique FROM relations r JOIN pg_index i ON i.indrelid = r.oid
UNION ALL
SELECT 'view ' || name || ' ' || pg_get_viewdef(oid) FROM relations WHERE relkind IN ('v', 'm')
UNION ALL
SELECT 'trigger ' || pg_get_triggerdef(t.oid) || t.tgenabled::text FROM relations r JOIN pg_trigger t ON t.tgrelid = r.oid WHERE NOT t.tgisinternal
UNION ALL
SELECT 'function ' || pg_get_functiondef(p.oid) FROM pg_proc p JOIN spaces s ON s.oid = p.pronamespace
UNION ALL
SELECT 'sequence ' || schemaname || '.' || sequencename || ' ' || start_value || ' ' || min_value || ' ' || max_value || ' ' || increment_by ||
       ' ' || cycle || ' ' || cache_size || ' ' || data_type FROM pg_sequences WHERE sequencename !~ '^__migrate_'
UNION ALL
SELECT 'enum ' || t.typname || ' ' || string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder)
  FROM pg_type t JOIN spaces s ON s.oid = t.typnamespace JOIN pg_enum e ON e.enumtypid = t.oid GROUP BY t.typname";
