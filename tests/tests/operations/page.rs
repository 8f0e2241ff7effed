//! `docs/sql.md`: each row of `docs/operations.md` as the Rust of a migration, and the SQL that becomes of it.

use migrate_cli::rust::write_function;
use migrate_core::Op;
use migrate_core::catalog::naming::Naming;
use tests::examples::record;

use crate::rows::{Row, Shows, themes};
use crate::{Becomes, DATABASES, is_update, outcome, root};

const BEGIN: &str = "# The SQL of each operation

What the ops of [the tables before](operations.md) are in SQL. The Rust is as `revision --autogenerate` would write it, the tables are
those of a small trading system: `users`, `orders` with the index `idx_price`, the enum `side`. A test writes this page; other tests run such
statements on the servers.

Where SQLite makes a table anew, the CREATE TABLE of the new one stands for the whole: rows are copied, the old table is dropped, the new one gets its name, and
indexes, triggers and views come back.
";

/// The last op as Rust, where it can be written.
fn rust(row: &Row) -> Option<String> {
    // Of one that is for a single database, its closure is empty elsewhere.
    let ops = DATABASES.map(|(dialect, _)| record(row.ops, dialect));
    let longest = ops.iter().max_by_key(|ops| ops.len())?;
    let last: Op = longest.last()?.what.clone();
    let function = write_function("upgrade", &[last], &Naming::DEFAULT).ok()?;
    let inner = function.strip_prefix("pub fn upgrade(op: &mut Ops) {\n")?;
    let inner = inner.strip_suffix("}\n")?;
    let lines =
        inner.lines().map(|line| format!("{}\n", line.strip_prefix("    ").unwrap_or(line)));
    Some(lines.collect())
}

/// What is sent, database for database; those that are sent the same stand together.
fn sql(row: &Row) -> String {
    let mut told: Vec<(Vec<&str>, String)> = Vec::new();
    for (dialect, name) in DATABASES {
        let text = match outcome(row, row.ops, dialect) {
            Becomes::Refused { what, instead } => format!("-- refused: no {what}; {instead}\n"),
            Becomes::Statements(statements) if statements.is_empty() => {
                "-- nothing is sent\n".into()
            }
            Becomes::Statements(statements) => {
                let statements =
                    statements.iter().map(|sql| match sql.strip_prefix("(rebuild) ") {
                        Some(create) => format!("-- a new table\n{create};\n"),
                        None if sql == "(code)" => "-- the code\n".to_owned(),
                        None => format!("{};\n", sql.trim_end_matches(';')),
                    });
                statements.collect()
            }
        };
        match told.iter_mut().find(|(_, known)| *known == text) {
            Some((names, _)) => names.push(name),
            None => told.push((vec![name], text)),
        }
    }
    let parts = told.iter().map(|(names, text)| format!("-- {}\n{text}", names.join(", ")));
    parts.collect::<Vec<_>>().join("\n")
}

fn written() -> String {
    let mut text = BEGIN.to_owned();
    for (theme, rows) in themes() {
        let rows = rows.iter().filter(|row| !matches!(row.shows, Shows::Type));
        let rows: Vec<&Row> = rows.collect();
        if rows.is_empty() {
            continue;
        }
        text.push_str(&format!("\n## {theme}\n"));
        for row in rows {
            let inverse = if matches!(row.shows, Shows::Inverse) { ", taken back" } else { "" };
            text.push_str(&format!("\n### {}{inverse}\n\n", row.call));
            if let Some(rust) = rust(row) {
                text.push_str(&format!(
                    "<!-- rendered by: operations -->\n\n```rust,ignore\n{rust}```\n\n"
                ));
            }
            text.push_str(&format!(
                "<!-- rendered by: operations -->\n\n```sql\n{}```\n",
                sql(row)
            ));
        }
    }
    text
}

#[test]
fn the_page_of_sql_is_what_is_rendered() {
    let file = root().join("docs/sql.md");
    let expected = written();
    if is_update() {
        return std::fs::write(&file, expected).expect("docs/sql.md");
    }
    let page = std::fs::read_to_string(&file).expect("docs/sql.md").replace("\r\n", "\n");
    let differs: Vec<&str> =
        expected.lines().filter(|line| !page.lines().any(|other| other == *line)).collect();
    assert!(
        page == expected,
        "docs/sql.md is not so any more; MIGRATE_UPDATE_DOCS=1 writes it\n{}",
        differs.join("\n")
    );
}
