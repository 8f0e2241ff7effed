//! A schema as a Mermaid `erDiagram`, which GitHub, GitLab and most wikis draw.
//!
//! ```text
//! erDiagram
//!     "orders" {
//!         bigint id PK
//!         bigint user_id FK
//!         text notes "nullable"
//!     }
//!     "users" ||--o{ "orders" : "user_id"
//! ```
//!
//! Tables are in quotes, in which Mermaid takes any name but for a few letters. A column's name and type can't be quoted:
//! what doesn't fit becomes `_`, and the comment says what it is.

use std::fmt::Write;

use migrate_model::catalog::{Catalog, Column, Constraint, ForeignKey, Table};

/// The diagram of the tables of a catalog.
pub(crate) fn diagram(catalog: &Catalog) -> String {
    let mut text = "erDiagram".to_owned();
    let mut line = |line: std::fmt::Arguments<'_>| {
        // A `String` takes everything.
        let _ = write!(text, "\n    {line}");
    };
    for table in catalog.tables.values() {
        line(format_args!("{} {{", quoted(&table.name.to_string())));
        for column in &table.columns {
            line(format_args!("    {}", attribute(table, column)));
        }
        line(format_args!("}}"));
    }
    for table in catalog.tables.values() {
        for key in table.foreign_keys() {
            let (parent, child) = (key.table.to_string(), table.name.to_string());
            line(format_args!(
                "{} {}--{} {} : {}",
                quoted(&parent),
                parents(table, key),
                if is_alone(table, key) { "o|" } else { "o{" },
                quoted(&child),
                quoted(&key.columns.join(", "))
            ));
        }
    }
    text
}

/// How many parents a row has.
fn parents(table: &Table, key: &ForeignKey) -> &'static str {
    let is_nullable = |name: &String| table.column(name).is_ok_and(|column| column.nullable);
    if key.columns.iter().any(is_nullable) { "|o" } else { "||" }
}

/// Whether a parent has one such row at most.
fn is_alone(table: &Table, key: &ForeignKey) -> bool {
    table.is_unique(&key.columns)
}

/// `bigint user_id FK "nullable"`
fn attribute(table: &Table, column: &Column) -> String {
    let sql_type = column.sql_type.to_string();
    let (word, name) = (word(&sql_type.replace(", ", ",")), word(&column.name));
    let keys = keys(table, column);
    let mut notes = Vec::new();
    if name != column.name {
        notes.push(inside(&column.name));
    }
    if word != sql_type {
        notes.push(inside(&sql_type));
    }
    if column.nullable {
        notes.push("nullable".to_owned());
    }
    let mut text = format!("{word} {name}");
    if !keys.is_empty() {
        let _ = write!(text, " {}", keys.join(", "));
    }
    if !notes.is_empty() {
        let _ = write!(text, " \"{}\"", notes.join(", "));
    }
    text
}

fn keys(table: &Table, column: &Column) -> Vec<&'static str> {
    let is_in = |constraint: &Constraint| constraint.columns().contains(&column.name);
    let any = |is_one: fn(&Constraint) -> bool| {
        table.constraints.values().any(|constraint| is_one(constraint) && is_in(constraint))
    };
    let mut keys = Vec::new();
    if any(|constraint| matches!(constraint, Constraint::PrimaryKey(_))) {
        keys.push("PK");
    }
    if any(|constraint| matches!(constraint, Constraint::ForeignKey(_))) {
        keys.push("FK");
    }
    // Of several columns together it would say too much.
    if any(|constraint| matches!(constraint, Constraint::Unique(one) if one.columns.len() == 1)) {
        keys.push("UK");
    }
    keys
}

/// A name or type as one word.
fn word(text: &str) -> String {
    let is_fit = |c: char| {
        c.is_ascii_alphanumeric() || "-_()[]".contains(c) || ('\u{c0}'..='\u{ffff}').contains(&c)
    };
    let word: String = text.chars().map(|c| if is_fit(c) { c } else { '_' }).collect();
    let begins = word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c >= '\u{c0}');
    // Mermaid's own words for keys.
    let is_key = ["PK", "FK", "UK"].iter().any(|key| {
        word.strip_prefix(key)
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    });
    if begins && !is_key { word } else { format!("_{word}") }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", inside(text))
}

/// Text in quotes, without what would end them or be read as more than text.
fn inside(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '#' | '&' | '<' | '>' | ';' | '%' | '`' | '\\' => {
                let _ = write!(safe, "#{};", u32::from(character));
            }
            _ if character.is_control() => safe.push(' '),
            _ => safe.push(character),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use migrate_core::prelude::*;
    use migrate_model::op::{Ops, apply_all};

    use super::*;

    #[test]
    fn tables_and_what_they_refer_to() {
        let mut op = Ops::new(Postgres);
        op.create_schema("audit");
        op.create_table(
            table("users").column(bigint("id").primary_key()).column(text("email").unique()),
        );
        op.create_table(
            table(("audit", "odd \"orders\""))
                .column(bigint("id").primary_key().references("users", "id"))
                .column(bigint("user id").references("users", "id").nullable())
                .column(numeric("PK", 20, 8))
                .column(timestamptz("at").nullable()),
        );
        let mut catalog = Catalog::default();
        apply_all(&op.into_recorded(), &mut catalog).expect("a schema");
        assert_snapshot!(diagram(&catalog), @r#"
        erDiagram
            "users" {
                bigint id PK
                text email UK
            }
            "audit.odd #34;orders#34;" {
                bigint id PK, FK
                bigint user_id FK "user id, nullable"
                numeric(20_8) _PK "PK, numeric(20, 8)"
                timestamptz at "nullable"
            }
            "users" ||--o| "audit.odd #34;orders#34;" : "id"
            "users" |o--o{ "audit.odd #34;orders#34;" : "user id"
        "#);
        assert_snapshot!(diagram(&Catalog::default()), @"erDiagram");
    }

    #[test]
    fn a_name_is_a_word_and_nothing_else() {
        let check = |text: &str, expected: &str| assert_eq!(word(text), expected);
        check("id", "id");
        check("9 lives", "_9_lives");
        check("FK", "_FK");
        check("FK_x", "FK_x");
        check("numeric(20,8)", "numeric(20_8)");
        check("a}\" --", "a___--");
        check("größe", "größe");
        check("", "_");
    }
}
