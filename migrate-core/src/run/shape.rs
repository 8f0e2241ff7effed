//! What our two tables look like in a database, and whether that is still what they should be.
//!
//! Others can reach them, too: a restore may have left a column out, a view may stand in the place of a table. What
//! can't be read is said before anything is made of it, and what can't be written to before anything is run.

use migrate_model::{Dialect, catalog::TableName};

use super::{
    Options,
    version_table::{self, literal},
};
use crate::backend::{Database, DatabaseError, text_type};

/// What is there under the name of a table of ours.
#[derive(Clone, Debug, Default)]
pub(super) struct Shape {
    kind: Option<Kind>,
    columns: Vec<Column>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Table,
    View,
    /// A table that is there for this connection alone, and hides others of its name.
    Temporary,
    Other,
}

#[derive(Clone, Debug)]
struct Column {
    name: String,
    sql_type: String,
    /// Whether a row that doesn't name it is refused.
    is_demanded: bool,
}

/// A table of ours that something else has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Damage {
    pub(super) table: String,
    /// What is wrong with it.
    pub(super) what: String,
    /// What puts it right.
    pub(super) cure: String,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    Text,
    Integer,
    Instant,
}

/// The columns of the version table.
const VERSIONS: &[(&str, Holds)] = &[("version_num", Holds::Text)];

/// Those of the log that are there since its first format.
const LOG: &[(&str, Holds)] = &[
    ("id", Holds::Integer),
    ("format", Holds::Integer),
    ("run", Holds::Text),
    ("revision", Holds::Text),
    ("message", Holds::Text),
    ("direction", Holds::Text),
    ("status", Holds::Text),
    ("started_at", Holds::Instant),
    ("duration_ms", Holds::Integer),
    ("applied_by", Holds::Text),
    ("checksum", Holds::Text),
    ("tool_version", Holds::Text),
    ("error", Holds::Text),
];

impl Shape {
    /// Looks for a table of this name.
    pub(super) fn of(
        database: &mut dyn Database,
        table: &TableName,
    ) -> Result<Shape, DatabaseError> {
        Shape::of_each(database, [table]).map(|[shape]| shape)
    }

    /// Looks for tables of these names, in one query.
    pub(super) fn of_each<const N: usize>(
        database: &mut dyn Database,
        tables: [&TableName; N],
    ) -> Result<[Shape; N], DatabaseError> {
        let mut shapes = [const { Shape { kind: None, columns: Vec::new() } }; N];
        for row in database.query(&columns_sql(database.dialect(), &tables))? {
            let mut fields = row.into_iter();
            let mut next = || fields.next().flatten().unwrap_or_default();
            let Some(shape) = next().parse().ok().and_then(|number: usize| shapes.get_mut(number))
            else {
                continue;
            };
            shape.kind = Some(match next().as_str() {
                "table" => Kind::Table,
                "view" => Kind::View,
                "temporary" => Kind::Temporary,
                _ => Kind::Other,
            });
            let column = Column {
                name: next(),
                sql_type: next().to_lowercase(),
                is_demanded: next() == "1",
            };
            if !column.name.is_empty() {
                shape.columns.push(column);
            }
        }
        Ok(shapes)
    }

    /// Whether there is a table of this name that lasts.
    pub(super) fn is_table(&self) -> bool {
        self.kind == Some(Kind::Table)
    }

    /// Whether there is anything of this name.
    pub(super) fn is_there(&self) -> bool {
        self.kind.is_some()
    }

    pub(super) fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|one| one.name.eq_ignore_ascii_case(column))
    }

    /// What is wrong with it as a version table.
    pub(super) fn damage_of_versions(&self, dialect: Dialect, options: &Options) -> Option<Damage> {
        let make = version_table::create_sql(dialect, options, "CREATE TABLE").unwrap_or_default();
        self.damage(dialect, &options.version_table, VERSIONS, &[], &make)
    }

    /// What is wrong with it as a log.
    pub(super) fn damage_of_log(&self, dialect: Dialect, options: &Options) -> Option<Damage> {
        let make = super::log::create_sql(dialect, options, "CREATE TABLE").unwrap_or_default();
        self.damage(dialect, &options.log_table, LOG, &["note"], &make)
    }

    /// Whether the columns that are read can be.
    pub(super) fn is_readable(&self, dialect: Dialect, is_log: bool) -> bool {
        let columns = if is_log { LOG } else { VERSIONS };
        self.is_there()
            && self.kind != Some(Kind::Temporary)
            && columns.iter().all(|(name, holds)| {
                let column = self.columns.iter().find(|one| one.name.eq_ignore_ascii_case(name));
                column.is_some_and(|one| !is_log || holds.fits(dialect, &one.sql_type))
            })
    }

    fn damage(
        &self,
        dialect: Dialect,
        table: &TableName,
        columns: &[(&str, Holds)],
        others: &[&str],
        make: &str,
    ) -> Option<Damage> {
        let kind = self.kind?;
        let damage =
            |what: String, cure: String| Some(Damage { table: table.to_string(), what, cure });
        let as_made = || format!("something else changed it: put it back as this makes it: {make}");
        match kind {
            Kind::Table => {}
            Kind::View => {
                return damage(
                    "is a view".to_owned(),
                    "give the view another name, and the table its own back".to_owned(),
                );
            }
            Kind::Temporary => {
                return damage(
                    "is a temporary table of this connection, which hides the lasting one"
                        .to_owned(),
                    "drop it, or use another connection".to_owned(),
                );
            }
            Kind::Other => {
                return damage(
                    "is no plain table".to_owned(),
                    "give it another name, and the table its own back".to_owned(),
                );
            }
        }
        for (name, holds) in columns {
            let Some(column) = self.columns.iter().find(|one| one.name.eq_ignore_ascii_case(name))
            else {
                return damage(format!("has no column `{name}`"), as_made());
            };
            if !holds.fits(dialect, &column.sql_type) {
                let what = format!(
                    "has a column `{name}` of type {}, where {} is to be",
                    column.sql_type,
                    holds.word()
                );
                return damage(what, as_made());
            }
        }
        let is_ours = |one: &Column| {
            // The database itself gives numbers to the rows of the log.
            let given = columns.iter().map(|(name, _)| *name).filter(|name| *name != "id");
            given.chain(others.iter().copied()).any(|name| one.name.eq_ignore_ascii_case(name))
        };
        let demanded = self.columns.iter().find(|one| one.is_demanded && !is_ours(one))?;
        damage(
            format!("has a column `{}` that no row may leave out", demanded.name),
            "give the column a default, or drop it".to_owned(),
        )
    }
}

impl Holds {
    fn word(self) -> &'static str {
        match self {
            Holds::Text => "text",
            Holds::Integer => "a number",
            Holds::Instant => "an instant",
        }
    }

    fn fits(self, dialect: Dialect, sql_type: &str) -> bool {
        let begins = |words: &[&str]| words.iter().any(|word| sql_type.starts_with(word));
        match (self, dialect) {
            (Holds::Instant, Dialect::Postgres) => begins(&["timestamptz"]),
            (Holds::Text, Dialect::Postgres) => begins(&["varchar", "text", "bpchar", "citext"]),
            (Holds::Integer, Dialect::Postgres) => begins(&["int"]),
            // By SQLite's rules of affinity, in their order.
            (Holds::Integer, Dialect::Sqlite) => sql_type.contains("int"),
            (Holds::Text | Holds::Instant, Dialect::Sqlite) => {
                !sql_type.contains("int")
                    && (sql_type.is_empty()
                        || ["char", "clob", "text"].iter().any(|word| sql_type.contains(word)))
            }
            (Holds::Integer, Dialect::Mysql | Dialect::Mariadb) => sql_type.contains("int"),
            (Holds::Text | Holds::Instant, Dialect::Mysql | Dialect::Mariadb) => {
                sql_type.contains("char") || sql_type.contains("text")
            }
        }
    }
}

/// What is there under these names: the number of the name, the kind, and of each column the name, the type and whether it
/// demands a value.
fn columns_sql(dialect: Dialect, tables: &[&TableName]) -> String {
    let text = text_type(dialect);
    match dialect {
        // A new connection knows nothing of the server's own tables yet: each of them that is joined costs more than all else.
        Dialect::Postgres => {
            let is_it = |table: &&TableName| match (
                &table.schema,
                version_table::sql_name(dialect, table),
            ) {
                // Not by `to_regclass`, which is refused where one may not look into the schema.
                (Some(schema), _) => format!(
                    "c.relname = {} AND c.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = {})",
                    literal(dialect, &table.name),
                    literal(dialect, schema)
                ),
                (None, Ok(name)) => {
                    format!("c.oid = pg_catalog.to_regclass({})", literal(dialect, &name))
                }
                // The journal of a log with a long name.
                (None, Err(_)) => "false".to_owned(),
            };
            let each: Vec<String> = tables.iter().map(is_it).collect();
            let numbered = each.iter().enumerate();
            let whens: Vec<String> =
                numbered.map(|(number, is_it)| format!("WHEN {is_it} THEN '{number}'")).collect();
            format!(
                "SELECT CASE {} END, CASE WHEN c.relpersistence = 't' THEN 'temporary' WHEN c.relkind IN ('r', 'p') THEN 'table' \
                 WHEN c.relkind IN ('v', 'm') THEN 'view' ELSE 'other' END, a.attname::text, \
                 (SELECT t.typname::text FROM pg_catalog.pg_type t WHERE t.oid = a.atttypid), \
                 CASE WHEN a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' THEN '1' ELSE '0' END \
                 FROM pg_catalog.pg_class c \
                 LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
                 WHERE ({}) AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY 1, a.attnum",
                whens.join(" "),
                each.join(" OR ")
            )
        }
        // What is temporary hides what lasts, so it comes last and has the word.
        Dialect::Sqlite => {
            let each: Vec<String> =
                tables.iter().map(|table| literal(dialect, &table.name)).collect();
            let numbered = each.iter().enumerate();
            let whens: Vec<String> =
                numbered.map(|(number, name)| format!("WHEN {name} THEN '{number}'")).collect();
            let number = format!("CASE m.name COLLATE NOCASE {} END", whens.join(" "));
            let each = each.join(", ");
            format!(
                "SELECT {number}, m.type, p.name, p.type, CASE WHEN p.\"notnull\" AND p.dflt_value IS NULL \
                 AND NOT (p.pk > 0 AND upper(p.type) = 'INTEGER') THEN '1' ELSE '0' END \
                 FROM main.sqlite_master m LEFT JOIN pragma_table_info(m.name, 'main') p \
                 WHERE m.type IN ('table', 'view') AND m.name COLLATE NOCASE IN ({each}) \
                 UNION ALL SELECT {number}, 'temporary', NULL, NULL, NULL FROM sqlite_temp_master m \
                 WHERE m.type IN ('table', 'view') AND m.name COLLATE NOCASE IN ({each})"
            )
        }
        Dialect::Mysql | Dialect::Mariadb => {
            let each = tables.iter().enumerate().map(|(number, table)| {
                let schema = table.schema.as_ref().map(|schema| literal(dialect, schema));
                let (schema, name) =
                    (schema.unwrap_or_else(|| "database()".to_owned()), literal(dialect, &table.name));
                // Joined, the two views take forty times as long: MariaDB 10.11 then opens every table there is.
                format!(
                    "(SELECT '{number}', CASE (SELECT t.table_type FROM information_schema.tables t WHERE t.table_schema = {schema} \
                     AND t.table_name = {name}) WHEN 'BASE TABLE' THEN 'table' WHEN 'VIEW' THEN 'view' ELSE 'other' END, \
                     CAST(c.column_name AS {text}), CAST(c.data_type AS {text}), \
                     CASE WHEN c.is_nullable = 'NO' AND c.column_default IS NULL AND c.extra NOT LIKE '%auto_increment%' \
                     THEN '1' ELSE '0' END \
                     FROM information_schema.columns c \
                     WHERE c.table_schema = {schema} AND c.table_name = {name})"
                )
            });
            each.collect::<Vec<_>>().join(" UNION ALL ")
        }
    }
}
