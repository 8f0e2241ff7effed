//! What must be true of the database while a script runs, asked in SQL.
//!
//! Each question is a *complaint*: a query for one text, which is NULL where all is well. [`demand`] stops
//! the script with that text as the database's own error.

use std::collections::BTreeSet;

use migrate_model::Dialect;

use super::super::{Options, lock, log, state, version_table::literal};

/// The same words for each database.
pub(super) struct Words {
    postgres: &'static str,
    sqlite: &'static str,
    mysql: &'static str,
}

impl Words {
    pub(super) fn of(&self, dialect: Dialect) -> &'static str {
        match dialect {
            Dialect::Postgres => self.postgres,
            Dialect::Sqlite => self.sqlite,
            Dialect::Mysql | Dialect::Mariadb => self.mysql,
        }
    }
}

/// The name of the run, the same in each of its log rows.
pub(super) const RUN: Words = Words {
    postgres: "current_setting('migrate.run')",
    sqlite: "(SELECT run FROM temp.__migrate_run)",
    mysql: "@migrate_run",
};

/// The instant, as the log keeps it.
pub(super) const NOW: Words = Words {
    postgres: "clock_timestamp()",
    sqlite: "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
    mysql: "concat(left(date_format(utc_timestamp(3), '%Y-%m-%dT%H:%i:%s.%f'), 23), 'Z')",
};

/// Notes when a step begins.
pub(super) const CLOCK: Words = Words {
    postgres: "DO $migrate$ BEGIN PERFORM set_config('migrate.started', extract(epoch FROM clock_timestamp())::text, false); END $migrate$;",
    sqlite: "UPDATE temp.__migrate_run SET started = strftime('%Y-%m-%dT%H:%M:%fZ', 'now');",
    mysql: "SET @migrate_started = utc_timestamp(3);",
};

/// When the step began.
pub(super) const STARTED: Words = Words {
    postgres: "to_timestamp(current_setting('migrate.started')::float8)",
    sqlite: "(SELECT started FROM temp.__migrate_run)",
    mysql: "concat(left(date_format(@migrate_started, '%Y-%m-%dT%H:%i:%s.%f'), 23), 'Z')",
};

/// How many milliseconds it took.
pub(super) const DURATION: Words = Words {
    postgres: "((extract(epoch FROM clock_timestamp()) - current_setting('migrate.started')::float8) * 1000)::bigint",
    sqlite: "(SELECT CAST(round((julianday('now') - julianday(started)) * 86400000) AS INTEGER) FROM temp.__migrate_run)",
    mysql: "timestampdiff(MICROSECOND, @migrate_started, utc_timestamp(3)) DIV 1000",
};

/// The search path that the session began with.
pub(super) const SEARCH_PATH: &str = "DO $migrate$ BEGIN PERFORM set_config('search_path', current_setting('migrate.search_path'), false); END $migrate$;";

/// Counts the rows of SQLite that refer to nothing before a step.
pub(super) const FAULTS: &str = "DROP TABLE IF EXISTS temp.__migrate_faults;\n\
    CREATE TEMP TABLE __migrate_faults AS SELECT \"table\" AS child, parent, count(*) AS found FROM pragma_foreign_key_check GROUP BY 1, 2;";

/// More of them than before.
pub(super) const NO_WORSE: &str = "SELECT 'migrate: FOREIGN KEY constraint failed: rows of `' || new.child || '` would refer to no row of `' || new.parent || '`' \
    FROM (SELECT \"table\" AS child, parent, count(*) AS found FROM pragma_foreign_key_check GROUP BY 1, 2) AS new \
    LEFT JOIN temp.__migrate_faults AS old ON old.child = new.child AND old.parent = new.parent \
    WHERE new.found > coalesce(old.found, 0) LIMIT 1";

/// How a script is fed to its client.
pub(super) fn usage(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => "Run it with: psql --no-psqlrc --quiet --dbname=URL --file=THIS",
        Dialect::Sqlite => "Run it with: sqlite3 DATABASE < THIS",
        Dialect::Mysql => {
            "Run it with: mysql --default-character-set=utf8mb4 DATABASE < THIS (and without --force)"
        }
        Dialect::Mariadb => {
            "Run it with: mariadb --default-character-set=utf8mb4 DATABASE < THIS (and without --force)"
        }
    }
}

/// Stops the client at the first error, and makes literals mean the same everywhere.
pub(super) fn session(dialect: Dialect) -> &'static [&'static str] {
    match dialect {
        Dialect::Postgres => &[
            "\\set ON_ERROR_STOP on",
            "SET client_encoding = 'UTF8';",
            "SET standard_conforming_strings = on;",
            "DO $migrate$ BEGIN PERFORM set_config('migrate.search_path', current_setting('search_path'), false), \
             set_config('migrate.run', 'script-' || extract(epoch FROM clock_timestamp()) || '-' || pg_backend_pid(), false); END $migrate$;",
        ],
        Dialect::Sqlite => &[
            ".bail on",
            "PRAGMA foreign_keys = ON;",
            "DROP TABLE IF EXISTS temp.__migrate_run;",
            "CREATE TEMP TABLE __migrate_run AS SELECT 'script-' || strftime('%s', 'now') || '-' || lower(hex(randomblob(8))) AS run, '' AS started;",
        ],
        Dialect::Mysql | Dialect::Mariadb => &["SET @migrate_run = concat('script-', uuid());"],
    }
}

/// Stops the script where the query has a text.
///
/// PostgreSQL has blocks for that. SQLite's RAISE takes a constant only, and stands in triggers: a function
/// that shows its argument when it fails says more. MySQL has no blocks outside of routines; MariaDB
/// prepares a SIGNAL, MySQL a statement whose only column has the complaint for a name.
pub(super) fn demand(dialect: Dialect, complaint: &str) -> String {
    match dialect {
        Dialect::Postgres => {
            let mut tag = "$migrate$".to_owned();
            while complaint.contains(&tag) {
                tag = format!("{}_$", tag.trim_end_matches('$'));
            }
            format!(
                "DO {tag} DECLARE complaint text := (\n  {complaint}\n);\n\
                 BEGIN IF complaint IS NOT NULL THEN RAISE EXCEPTION USING MESSAGE = complaint; END IF; END {tag};"
            )
        }
        Dialect::Sqlite => format!(
            "SELECT json_extract('{{}}', complaint) FROM (SELECT (\n  {complaint}\n) AS complaint) WHERE complaint IS NOT NULL;"
        ),
        Dialect::Mysql | Dialect::Mariadb => {
            let stop = if dialect == Dialect::Mariadb {
                "concat('SIGNAL SQLSTATE ''45000'' SET MESSAGE_TEXT = ', '''', replace(left(@migrate_complaint, 120), '''', ''''''), '''')"
            } else {
                "concat('SELECT `', replace(@migrate_complaint, '`', '``'), '`')"
            };
            format!(
                "SET @migrate_complaint = (\n  {complaint}\n);\n\
                 SET @migrate_stop = if(@migrate_complaint IS NULL, 'DO 0', {stop});\n\
                 PREPARE migrate_stop FROM @migrate_stop;\nEXECUTE migrate_stop;\nDEALLOCATE PREPARE migrate_stop;"
            )
        }
    }
}

/// Texts and expressions put together. NULL where one is.
fn concat(dialect: Dialect, pieces: &[&str]) -> String {
    match dialect {
        Dialect::Postgres | Dialect::Sqlite => pieces.join(" || "),
        Dialect::Mysql | Dialect::Mariadb => format!("concat({})", pieces.join(", ")),
    }
}

/// All values of a query's column `name`, with commas between.
fn all(dialect: Dialect, query: &str) -> String {
    match dialect {
        Dialect::Postgres => format!(
            "(SELECT string_agg(name, ', ' ORDER BY name COLLATE \"C\") FROM ({query}) AS names)"
        ),
        Dialect::Sqlite => format!(
            "(SELECT group_concat(name, ', ') FROM (SELECT name FROM ({query}) ORDER BY name))"
        ),
        Dialect::Mysql | Dialect::Mariadb => {
            format!(
                "(SELECT group_concat(name ORDER BY name SEPARATOR ', ') FROM ({query}) AS names)"
            )
        }
    }
}

fn shown(rows: &BTreeSet<String>) -> String {
    if rows.is_empty() {
        return "base".to_owned();
    }
    rows.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// The version rows are others.
pub(super) fn rows(dialect: Dialect, versions: &str, rows: &BTreeSet<String>) -> String {
    let expected = literal(dialect, &format!("migrate: expected {}, found ", shown(rows)));
    let found = all(dialect, &format!("SELECT version_num AS name FROM {versions}"));
    let said = concat(dialect, &[&expected, &format!("coalesce({found}, 'base')")]);
    let count = format!("(SELECT count(*) FROM {versions})");
    let matches = if rows.is_empty() {
        format!("{count} = 0")
    } else {
        let ids: Vec<String> = rows.iter().map(|id| literal(dialect, id)).collect();
        let (ids, expected) = (ids.join(", "), rows.len());
        format!(
            "{count} = {expected} AND (SELECT count(*) FROM {versions} WHERE version_num IN ({ids})) = {expected}"
        )
    };
    format!("SELECT CASE WHEN {matches} THEN NULL ELSE {said} END")
}

/// There is no version table, where there should be rows.
pub(super) fn no_version_table(
    dialect: Dialect,
    options: &Options,
    rows: &BTreeSet<String>,
) -> String {
    let said = format!(
        "migrate: expected {}, found no version table {}",
        shown(rows),
        options.version_table
    );
    let exists = state::exists_sql(dialect, &options.version_table);
    format!("SELECT CASE WHEN EXISTS ({exists}) THEN NULL ELSE {} END", literal(dialect, &said))
}

/// There are tables, but no version table.
pub(super) fn foreign(dialect: Dialect, options: &Options) -> String {
    let exists = state::exists_sql(dialect, &options.version_table);
    let own =
        [&options.version_table.name, &options.log_table.name].map(|name| literal(dialect, name));
    let tables = format!(
        "SELECT name FROM ({}) AS tables WHERE name NOT IN ({})",
        state::user_tables_sql(dialect),
        own.join(", ")
    );
    let said = concat(
        dialect,
        &[
            "'migrate: expected an empty database, found tables ('",
            &all(dialect, &tables),
            &literal(dialect, &format!(") and no version table {}", options.version_table)),
        ],
    );
    format!("SELECT CASE WHEN EXISTS ({exists}) THEN NULL ELSE {said} END")
}

/// A newer version has written to the log.
pub(super) fn format(dialect: Dialect, log: &str) -> String {
    let known = log::FORMAT;
    let said = literal(dialect, &format!("migrate: the log is in a newer format than {known}"));
    format!("SELECT CASE WHEN (SELECT max(format) FROM {log}) > {known} THEN {said} END")
}

/// Those of the revisions that the log doesn't call applied.
pub(super) fn unlogged(dialect: Dialect, log: &str, ids: &[String]) -> String {
    let ids: Vec<String> =
        ids.iter().map(|id| format!("SELECT {} AS revision", literal(dialect, id))).collect();
    format!(
        "SELECT revision FROM ({}) AS applied WHERE coalesce((SELECT direction FROM {log} AS logged \
         WHERE logged.revision = applied.revision AND status = 'done' ORDER BY id DESC LIMIT 1), '') \
         NOT IN ('upgrade', 'stamp', 'external')",
        ids.join(" UNION ALL ")
    )
}

/// The log knows what was applied, and revisions below those that are applied are not among it.
pub(super) fn skipped(dialect: Dialect, log: &str, ids: &[String]) -> String {
    let missing = unlogged(dialect, log, ids);
    let missing = all(dialect, &format!("SELECT revision AS name FROM ({missing}) AS missing"));
    let said = concat(dialect, &["'migrate: the log does not call these applied: '", &missing]);
    format!("SELECT CASE WHEN EXISTS (SELECT 1 FROM {log} WHERE status = 'done') THEN {said} END")
}

/// Takes the lock of a run, and what releases it (MySQL and MariaDB).
pub(super) fn lock(dialect: Dialect, options: &Options) -> Option<(String, String)> {
    if dialect.family() != Dialect::Mysql {
        return None;
    }
    // The name that the live run gives it.
    let table = literal(dialect, &options.version_table.to_string());
    let name = format!(
        "concat('migrate:', left(sha2(concat(database(), char(0 USING utf8mb4), {table}), 256), 32))"
    );
    Some((
        format!(
            "SELECT CASE WHEN get_lock({name}, 10) = 1 THEN NULL ELSE 'migrate: another runner is at work' END"
        ),
        format!("DO release_lock({name})"),
    ))
}

/// Takes the lock of a run for a step that no transaction guards, and what releases it (PostgreSQL).
pub(super) fn alone(dialect: Dialect, options: &Options) -> Option<(String, String)> {
    if dialect != Dialect::Postgres {
        return None;
    }
    // The keys of the live run.
    let keys = format!("({}, {})", lock::KEY, lock::second_key(options));
    Some((
        format!(
            "SELECT CASE WHEN pg_catalog.pg_try_advisory_lock{keys} THEN NULL ELSE 'migrate: another runner is at work' END"
        ),
        format!("DO $migrate$ BEGIN PERFORM pg_catalog.pg_advisory_unlock{keys}; END $migrate$;"),
    ))
}
