//! A catalog as `schema.rs`, as `diesel print-schema` writes it.
//!
//! Tables by name, columns in their order, then the foreign keys that `joinable!` can say: those with one column, on the key of
//! the other table, the only one between the two. Diesel passes over names that begin with `__`, and so does this.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use migrate_model::Dialect;
use migrate_model::catalog::{Catalog, Column, Table, TableName, TypeName};
use migrate_model::source::schema::camel;

use super::types::{self, Written};

/// How columns are ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// As the table has them.
    #[default]
    Position,
    /// By name.
    Name,
}

/// How the text is to look, as `[print_schema]` of a `diesel.toml` may say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Look {
    /// How columns are ordered.
    pub(crate) order: Order,
    /// What types of the database derive, where it is said.
    pub(crate) derives: Option<Vec<String>>,
    /// The one schema that is printed, in a module of its name.
    pub(crate) schema: Option<String>,
}

/// What types of the database derive.
const DERIVES: &str = "diesel::query_builder::QueryId, diesel::sql_types::SqlType";

/// Words that Rust keeps for itself; Diesel puts `_` behind them.
const KEYWORDS: [&str; 52] = [
    "abstract", "alignof", "as", "become", "box", "break", "const", "continue", "crate", "do",
    "else", "enum", "extern", "false", "final", "fn", "for", "if", "impl", "in", "let", "loop",
    "macro", "match", "mod", "move", "mut", "offsetof", "override", "priv", "proc", "pub", "pure",
    "ref", "return", "self", "sizeof", "static", "struct", "super", "trait", "true", "type",
    "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield", "async",
];

/// The text of `schema.rs` for a database.
///
/// ```
/// use migrate_cli::schema::{Order, print, read};
/// use migrate_core::{Dialect, catalog::naming::Naming};
///
/// let text = "diesel::table! { orders (id) { id -> Int8, notes -> Nullable<Text>, } }";
/// let desired = read(text, "src/schema.rs", &Naming::DEFAULT).map_err(|failure| failure.message)?;
/// let printed = print(&desired.catalog, Dialect::Mysql, Order::Position);
/// assert!(printed.contains("id -> Bigint,"));
/// # Ok::<(), String>(())
/// ```
pub fn print(catalog: &Catalog, dialect: Dialect, order: Order) -> String {
    print_as(catalog, dialect, &Look { order, ..Look::default() })
}

/// The text of `schema.rs`, as it is to look.
pub(crate) fn print_as(catalog: &Catalog, dialect: Dialect, look: &Look) -> String {
    let head = "// @generated automatically by Diesel CLI.\n";
    let Some(schema) = &look.schema else {
        return format!("{head}{}", definitions(catalog, dialect, look));
    };
    let mut text = format!("{head}\npub mod {} {{\n", ident(schema));
    for line in definitions(catalog, dialect, look).trim_start_matches('\n').lines() {
        let indent = if line.is_empty() { "" } else { "    " };
        let _ = writeln!(text, "{indent}{line}");
    }
    text.push_str("}\n");
    text
}

/// The tables of which `table!` can't speak, since they have no key.
pub(crate) fn keyless(catalog: &Catalog) -> Vec<&Table> {
    let is_keyless =
        |table: &&Table| table.primary_key().is_none() && !table.name.name.starts_with("__");
    catalog.tables.values().filter(is_keyless).collect()
}

fn definitions(catalog: &Catalog, dialect: Dialect, look: &Look) -> String {
    let order = look.order;
    // What lies in the current schema has none in its name.
    let is_of = |table: &Table| match &look.schema {
        Some(schema) => table.name.schema.as_deref().unwrap_or("public") == schema,
        None => true,
    };
    let tables: Vec<&Table> =
        catalog.tables.values().filter(|table| is_shown(table) && is_of(table)).collect();
    let mut text = String::new();
    let customs: BTreeSet<TypeName> = tables
        .iter()
        .flat_map(|table| &table.columns)
        .filter_map(|column| types::written(&column.sql_type, dialect).custom)
        .collect();
    // Writing to a string never fails.
    let _ = sql_types(&mut text, &customs, &derives(look));
    let names = names(&tables);
    for table in &tables {
        let _ = one(&mut text, table, &names[&table.name], dialect, order);
    }
    let joins = joins(&tables, &names);
    if !joins.is_empty() {
        text.push('\n');
    }
    for join in joins {
        let _ = writeln!(text, "diesel::joinable!({join});");
    }
    if tables.len() > 1 {
        text.push_str("\ndiesel::allow_tables_to_appear_in_same_query!(\n");
        for table in &tables {
            let _ = writeln!(text, "    {},", names[&table.name]);
        }
        text.push_str(");\n");
    }
    text
}

/// What each table is called in Rust: a module, of which there is one of a name, whatever schema its table is in.
fn names<'t>(tables: &[&'t Table]) -> BTreeMap<&'t TableName, String> {
    let (mut names, mut taken) = (BTreeMap::new(), BTreeSet::new());
    for table in tables {
        let of = &table.name;
        let mut name = ident(&of.name);
        if let Some(schema) = of.schema.as_ref().filter(|_| taken.contains(&name)) {
            name = ident(&format!("{schema}_{}", of.name));
        }
        while !taken.insert(name.clone()) {
            name.push('_');
        }
        names.insert(of, name);
    }
    names
}

/// Whether `table!` can say a table, which needs a key.
fn is_shown(table: &Table) -> bool {
    !table.name.name.starts_with("__") && table.primary_key().is_some()
}

/// `SqlType` is always among them.
fn derives(look: &Look) -> String {
    let Some(derives) = &look.derives else { return DERIVES.to_owned() };
    let own = "diesel::sql_types::SqlType";
    let is_said = derives.iter().any(|derive| derive == own);
    let own = (!is_said).then(|| own.to_owned());
    derives.iter().cloned().chain(own).collect::<Vec<_>>().join(", ")
}

fn sql_types(text: &mut String, customs: &BTreeSet<TypeName>, derives: &str) -> std::fmt::Result {
    if customs.is_empty() {
        return Ok(());
    }
    text.push_str("\npub mod sql_types {");
    for (at, name) in customs.iter().enumerate() {
        if at > 0 {
            text.push('\n');
        }
        let schema =
            name.schema.as_ref().map_or(String::new(), |schema| format!(", schema = {schema:?}"));
        writeln!(text, "\n    #[derive({derives})]")?;
        writeln!(text, "    #[diesel(postgres_type(name = {:?}{schema}))]", name.name)?;
        write!(text, "    pub struct {};", camel(&name.name))?;
    }
    text.push_str("\n}\n");
    Ok(())
}

fn one(
    text: &mut String,
    table: &Table,
    name: &str,
    dialect: Dialect,
    order: Order,
) -> std::fmt::Result {
    let Some(key) = table.primary_key() else { return Ok(()) };
    let mut columns: Vec<(&Column, Written)> = table
        .columns
        .iter()
        .map(|column| (column, types::written(&column.sql_type, dialect)))
        .collect();
    if order == Order::Name {
        columns.sort_by(|one, other| one.0.name.cmp(&other.0.name));
    }
    text.push_str("\ndiesel::table! {\n");
    let customs: BTreeSet<String> = columns
        .iter()
        .filter_map(|(_, written)| Some(camel(&written.custom.as_ref()?.name)))
        .collect();
    if !customs.is_empty() {
        text.push_str("    use diesel::sql_types::*;\n");
        for custom in customs {
            writeln!(text, "    use super::sql_types::{custom};")?;
        }
        text.push('\n');
    }
    let schema = table.name.schema.as_ref().map_or(String::new(), |schema| format!("{schema}."));
    if name != table.name.name {
        writeln!(text, "    #[sql_name = {:?}]", table.name.name)?;
    }
    let keys: Vec<String> = key.columns.iter().map(|column| column_ident(column, name)).collect();
    writeln!(text, "    {schema}{name} ({}) {{", keys.join(", "))?;
    for (column, written) in columns {
        let column_name = column_ident(&column.name, name);
        if column_name != column.name {
            writeln!(text, "        #[sql_name = {:?}]", column.name)?;
        }
        if let Some(length) = written.max_length {
            writeln!(text, "        #[max_length = {length}]")?;
        }
        let written = written.name;
        match column.nullable {
            true => writeln!(text, "        {column_name} -> Nullable<{written}>,")?,
            false => writeln!(text, "        {column_name} -> {written},")?,
        }
    }
    text.push_str("    }\n}\n");
    Ok(())
}

/// `child -> parent (column)` for each foreign key that can be said so.
fn joins(tables: &[&Table], names: &BTreeMap<&TableName, String>) -> Vec<String> {
    let mut between: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for table in tables {
        for key in table.foreign_keys().filter(|key| key.table != table.name) {
            between.entry((&table.name, &key.table)).or_default().push(key);
        }
    }
    let mut joins = Vec::new();
    for ((child, parent), keys) in between {
        let target = tables.iter().find(|table| table.name == *parent);
        let ([key], Some(target)) = (keys.as_slice(), target) else { continue };
        let on_key = target.primary_key().is_some_and(|primary| primary.columns == key.referred);
        let ([column], true) = (key.columns.as_slice(), on_key) else {
            continue;
        };
        let (child, parent) = (&names[child], &names[parent]);
        joins.push(format!("{child} -> {parent} ({})", column_ident(column, child)));
    }
    joins
}

/// A name as Rust can have it.
fn ident(name: &str) -> String {
    let is_word = name.chars().all(|c| c.is_alphanumeric() || c == '_')
        && !name.starts_with(|c: char| c.is_ascii_digit());
    let word = match is_word {
        true => name.to_owned(),
        false => {
            let letters = name.chars().map(|c| if c.is_alphanumeric() { c } else { '_' });
            let letters: String = letters.collect();
            if letters.starts_with(|c: char| c.is_ascii_digit()) {
                format!("_{letters}")
            } else {
                letters
            }
        }
    };
    match KEYWORDS.contains(&word.as_str()) || word == "_" {
        true => format!("{word}_"),
        false => word,
    }
}

/// A column can't be called like its table, nor like what `table!` makes beside the columns.
fn column_ident(name: &str, table: &str) -> String {
    let word = ident(name);
    match word == table
        || ["columns", "dsl", "table", "star", "all_columns", "SqlType"].contains(&word.as_str())
    {
        true => format!("{word}_"),
        false => word,
    }
}
