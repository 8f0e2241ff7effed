//! What is in a database, so that two states of it can be compared: the schema but for the order of columns,
//! and every row. It asks the database itself, with nothing of the code under test.

use std::collections::BTreeMap;

use diesel::mysql::Mysql;
use diesel::row::NamedRow;
use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types};

use crate::backend::Backend;
use crate::database::{Database, without_counter};

/// The rows of each table; a row is its columns' values, written as literals.
pub type Rows = BTreeMap<String, Vec<BTreeMap<String, String>>>;

type Asking = Box<dyn FnMut(&str) -> Vec<String>>;

impl Database {
    /// The schema in pieces, sorted; the order of columns is lost, as are our own two tables.
    pub fn schema(&self) -> Vec<String> {
        let mut pieces: Vec<String> = match self.backend() {
            Backend::Postgres => self.dump().split("\n\n").map(sorted_lines).collect(),
            // It keeps a trigger with the quotes that it was made with.
            Backend::Mariadb => {
                self.dump().replace('`', "\"").split("\n\n").map(sorted_lines).collect()
            }
            Backend::Sqlite => self
                .values(
                    "SELECT type || ' ' || name || ' on ' || tbl_name || char(31) || sql AS value FROM sqlite_master \
                     WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
                )
                .iter()
                .map(|entry| {
                    let (name, sql) = entry.split_once('\u{1f}').expect("a name and SQL");
                    format!("{name}: {}", sorted_definition(sql))
                })
                .collect(),
        };
        pieces.retain(|piece| !piece.contains("__migrate_"));
        pieces.sort();
        pieces
    }

    /// The schema in pieces as [`schema`](Database::schema) has it, but from the catalog's own tables where a dump
    /// would take a process: for tests that ask a hundred times.
    pub fn shape(&self) -> Vec<String> {
        match self.backend() {
            Backend::Sqlite => self.schema(),
            Backend::Mariadb => self.mariadb_shape(),
            Backend::Postgres => {
                let mut pieces = self.values(POSTGRES_SHAPE);
                pieces.retain(|piece| !piece.contains("__migrate_"));
                pieces.sort();
                pieces
            }
        }
    }

    fn mariadb_shape(&self) -> Vec<String> {
        let names = "SELECT table_name AS value FROM information_schema.tables WHERE table_schema = DATABASE()";
        let mut pieces = self.values(MARIADB_SHAPE);
        let mut connection = self.mariadb();
        for name in self.values(names) {
            let query = format!("SHOW CREATE TABLE `{}`", name.replace('`', "``"));
            let texts: Vec<Definition> = sql_query(&query)
                .load(&mut connection)
                .unwrap_or_else(|error| panic!("{error}\n{query}"));
            let texts = texts.into_iter().filter_map(|one| one.0);
            pieces.extend(texts.map(|sql| sorted_lines(&without_counter(&sql))));
        }
        pieces.retain(|piece| !piece.contains("__migrate_"));
        pieces.sort();
        pieces
    }

    /// Every row of every table but our own two.
    pub fn rows(&self) -> Rows {
        let tables = match self.backend() {
            Backend::Sqlite => {
                "SELECT name AS value FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
            }
            Backend::Mariadb => {
                "SELECT table_name AS value FROM information_schema.tables WHERE table_type = 'BASE TABLE' AND table_schema = DATABASE()"
            }
            Backend::Postgres => {
                "SELECT relname::text AS value FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            }
        };
        let mut ask = self.asking();
        let mut all = Rows::new();
        for table in ask(tables) {
            if !table.starts_with("__migrate_") {
                let rows = self.rows_of(&table, &mut ask);
                all.insert(table, rows);
            }
        }
        all
    }

    fn rows_of(&self, table: &str, ask: &mut Asking) -> Vec<BTreeMap<String, String>> {
        let literal = table.replace('\'', "''");
        let mut columns = ask(&match self.backend() {
            Backend::Sqlite => format!("SELECT name AS value FROM pragma_table_xinfo('{literal}')"),
            // Bytes make a text of bytes there, which can't be read as letters: they are told apart.
            Backend::Mariadb => format!(
                "SELECT CONCAT(IF(data_type LIKE '%blob', 'bytes ', 'other '), column_name) AS value FROM information_schema.columns \
                 WHERE table_name = '{literal}' AND table_schema = DATABASE()"
            ),
            Backend::Postgres => format!(
                "SELECT attname::text AS value FROM pg_attribute WHERE attrelid = quote_ident('{literal}')::regclass AND attnum > 0 AND NOT attisdropped"
            ),
        });
        let mut bytes = Vec::new();
        if self.backend() == Backend::Mariadb {
            for column in &mut columns {
                let name = column.split_off("bytes ".len());
                if column == "bytes " {
                    bytes.push(name.clone());
                }
                *column = name;
            }
        }
        let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
        let texts: Vec<String> = columns
            .iter()
            .map(|column| match self.backend() {
                Backend::Sqlite => format!("quote({})", quoted(column)),
                Backend::Mariadb if bytes.contains(column) => {
                    format!("QUOTE(HEX({}))", quoted(column))
                }
                Backend::Mariadb => format!("QUOTE({})", quoted(column)),
                Backend::Postgres => format!("quote_nullable({}::text)", quoted(column)),
            })
            .collect();
        let separator = match self.backend() {
            Backend::Sqlite => " || char(31) || ",
            Backend::Postgres => " || chr(31) || ",
            Backend::Mariadb => " || CHAR(31 USING utf8mb4) || ",
        };
        let query = format!("SELECT {} AS value FROM {}", texts.join(separator), quoted(table));
        let row = |row: String| {
            columns.iter().cloned().zip(row.split('\u{1f}').map(str::to_owned)).collect()
        };
        ask(&query).into_iter().map(row).collect()
    }

    /// [`values`](Database::values) on one connection for many questions.
    fn asking(&self) -> Asking {
        fn answer(rows: diesel::QueryResult<Vec<Value>>, query: &str) -> Vec<String> {
            let rows = rows.unwrap_or_else(|error| panic!("{error}\n{query}"));
            rows.into_iter().map(|row| row.value.unwrap_or_else(|| "NULL".into())).collect()
        }
        match self.backend() {
            Backend::Sqlite => {
                let mut connection = self.sqlite();
                Box::new(move |query| answer(sql_query(query).load(&mut connection), query))
            }
            Backend::Mariadb => {
                let mut connection = self.mariadb_in_standard_sql();
                Box::new(move |query| answer(sql_query(query).load(&mut connection), query))
            }
            Backend::Postgres => {
                let mut connection = self.postgres();
                Box::new(move |query| answer(sql_query(query).load(&mut connection), query))
            }
        }
    }
}

/// Everything that is ours, each thing as PostgreSQL defines it.
const POSTGRES_SHAPE: &str = r#"
    WITH ours AS (SELECT oid, relname, relkind, relpersistence, reloptions FROM pg_class
                  WHERE relnamespace = 'public'::regnamespace AND NOT EXISTS
                        (SELECT FROM pg_depend d WHERE d.objid = pg_class.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e'))
    SELECT concat_ws(' ', 'relation', relname, relkind, relpersistence, reloptions,
                     CASE WHEN relkind IN ('v', 'm') THEN pg_get_viewdef(oid) END,
                     CASE WHEN relkind = 'i' THEN pg_get_indexdef(oid) END, obj_description(oid, 'pg_class')) AS value FROM ours
    UNION ALL
    SELECT concat_ws(' ', 'column', relname, attname, format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated,
                     attcollation::regcollation, pg_get_expr(adbin, adrelid), col_description(ours.oid, attnum))
    FROM ours JOIN pg_attribute ON attrelid = ours.oid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE attnum > 0 AND NOT attisdropped AND relkind IN ('r', 'p', 'v', 'm')
    UNION ALL
    SELECT concat_ws(' ', 'constraint', relname, conname, pg_get_constraintdef(c.oid), obj_description(c.oid, 'pg_constraint'))
    FROM ours JOIN pg_constraint c ON conrelid = ours.oid
    UNION ALL
    SELECT concat_ws(' ', 'trigger', relname, pg_get_triggerdef(t.oid))
    FROM ours JOIN pg_trigger t ON tgrelid = ours.oid WHERE NOT tgisinternal
    UNION ALL
    SELECT concat_ws(' ', 'sequence', relname, format_type(seqtypid, NULL), seqstart, seqincrement, seqmax, seqmin, seqcache, seqcycle,
                     refobjid::regclass, refobjsubid)
    FROM ours JOIN pg_sequence ON seqrelid = ours.oid
    LEFT JOIN pg_depend o ON o.objid = ours.oid AND o.classid = 'pg_class'::regclass AND refobjsubid > 0
    UNION ALL
    SELECT concat_ws(' ', 'enum', typname, array_agg(enumlabel ORDER BY enumsortorder), obj_description(t.oid, 'pg_type'))
    FROM pg_enum JOIN pg_type t ON t.oid = enumtypid GROUP BY t.oid, typname
    UNION ALL
    SELECT concat_ws(' ', 'function', pg_get_functiondef(p.oid)) FROM pg_proc p
    WHERE pronamespace = 'public'::regnamespace AND prokind IN ('f', 'p') AND NOT EXISTS
          (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e')
    UNION ALL
    SELECT concat_ws(' ', 'schema', nspname) FROM pg_namespace WHERE nspname !~ '^pg_'
    UNION ALL
    SELECT concat_ws(' ', 'extension', extname, extversion, extnamespace::regnamespace) FROM pg_extension
"#;

/// What MariaDB has beside tables and views.
const MARIADB_SHAPE: &str = "
    SELECT CONCAT_WS(' ', 'trigger', trigger_name, action_timing, event_manipulation, event_object_table, action_statement) AS value
    FROM information_schema.triggers WHERE trigger_schema = DATABASE()
    UNION ALL
    SELECT CONCAT_WS(' ', type, name, CAST(param_list AS CHAR), CAST(returns AS CHAR), sql_data_access, is_deterministic, CAST(body AS CHAR))
    FROM mysql.proc WHERE db = DATABASE()
";

/// What SHOW CREATE says: the column that holds it is called after the kind of thing.
struct Definition(Option<String>);

impl QueryableByName<Mysql> for Definition {
    fn build<'a>(row: &impl NamedRow<'a, Mysql>) -> diesel::deserialize::Result<Self> {
        let text = ["Create Table", "Create View"].iter().find_map(|name| {
            NamedRow::get::<sql_types::Nullable<sql_types::Text>, Option<String>>(row, name).ok()
        });
        Ok(Definition(text.flatten()))
    }
}

#[derive(QueryableByName)]
struct Value {
    #[diesel(sql_type = sql_types::Nullable<sql_types::Text>)]
    value: Option<String>,
}

/// What of `before` is not in `after`: a table, or rows as far as their columns are in both. `touches` names
/// tables (`fills`) whose rows may go and columns (`orders.notes`, `orders.*`) whose values may change.
///
/// Asked the other way round it tells what is new.
pub fn lost(before: &Rows, after: &Rows, touches: &[&str]) -> Vec<String> {
    let mut lost = Vec::new();
    for (table, rows) in before.iter().filter(|(table, _)| !touches.contains(&table.as_str())) {
        let Some(others) = after.get(table) else {
            lost.push(format!("table `{table}`"));
            continue;
        };
        let is_compared = |column: &String| {
            !touches.contains(&format!("{table}.{column}").as_str())
                && !touches.contains(&format!("{table}.*").as_str())
                && others.first().is_none_or(|row| row.contains_key(column))
                && rows.first().is_none_or(|row| row.contains_key(column))
        };
        let project = |rows: &[BTreeMap<String, String>]| {
            let mut projected: Vec<Vec<(String, String)>> = rows
                .iter()
                .map(|row| {
                    let kept = row.iter().filter(|(column, _)| is_compared(column));
                    kept.map(|(column, value)| (column.clone(), value.clone())).collect()
                })
                .collect();
            projected.sort();
            projected
        };
        let mut left = project(others);
        for row in project(rows) {
            match left.iter().position(|other| *other == row) {
                Some(at) => drop(left.remove(at)),
                None => lost.push(format!("{row:?} of `{table}` (there is {left:?})")),
            }
        }
    }
    lost
}

fn sorted_lines(paragraph: &str) -> String {
    if !paragraph.starts_with("CREATE TABLE") {
        return paragraph.to_owned();
    }
    let mut lines: Vec<&str> = paragraph.lines().map(|line| line.trim_end_matches(',')).collect();
    lines.sort_unstable();
    lines.join("\n")
}

/// A definition as SQLite keeps it, its pieces sorted: names without quotes where they need none, since a
/// rename leaves quotes behind, and blanks as single spaces.
fn sorted_definition(sql: &str) -> String {
    let plain = plain(sql);
    if !plain.starts_with("CREATE TABLE") {
        return plain;
    }
    let (Some(open), Some(close)) = (plain.find('('), plain.rfind(')')) else { return plain };
    let mut pieces = Vec::new();
    let (mut depth, mut start, mut quote) = (0, 0, None);
    let inner = &plain[open + 1..close];
    for (at, c) in inner.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth -= 1,
            (None, ',') if depth == 0 => {
                pieces.push(inner[start..at].trim());
                start = at + 1;
            }
            (None, _) => {}
        }
    }
    pieces.push(inner[start..].trim());
    pieces.sort_unstable();
    format!("{}(\n  {}\n){}", &plain[..open], pieces.join("\n  "), &plain[close + 1..])
}

fn plain(sql: &str) -> String {
    let mut text = String::new();
    let mut rest = sql;
    while let Some(c) = rest.chars().next() {
        if c == '\'' || c == '"' {
            let mut end = 1;
            loop {
                end += rest[end..].find(c).map_or(rest.len() - end, |at| at + 1);
                if !rest[end..].starts_with(c) {
                    break;
                }
                end += 1;
            }
            let inner = &rest[1..end - 1];
            let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            text.push_str(if c == '"' && inner.chars().all(is_plain) {
                inner
            } else {
                &rest[..end]
            });
            rest = &rest[end..];
        } else if c.is_whitespace() {
            text.push(' ');
            rest = rest.trim_start();
        } else {
            text.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    text
}
