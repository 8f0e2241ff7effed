//! Two schemas side by side, piece by piece: what was there, and what is there now.
//!
//! `diff` says how to make the one of the other; here is said what somebody has to find in a migration.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::{self, Display},
};

use migrate_model::catalog::{
    Action, Catalog, Column, Constraint, Index, KeyPart, Order, Sequence, Table, TableName, View,
};

/// One piece of a schema that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// The table that it belongs to, where it belongs to one.
    pub table: Option<TableName>,
    /// Which piece: ``index `orders_notes_idx` ``.
    pub what: String,
    /// What it was like; none where it was not there.
    pub before: Option<String>,
    /// What it is like; none where it is gone.
    pub after: Option<String>,
}

impl Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if let Some(table) = &self.table {
            write!(f, " of `{table}`")?;
        }
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => write!(f, " was {before} and is {after}"),
            (Some(before), None) => write!(f, " is gone; it was {before}"),
            (None, Some(after)) => write!(f, " is left over: {after}"),
            (None, None) => f.write_str(" is another"),
        }
    }
}

/// Everything in which two schemas differ; nothing when they are equal.
pub fn differences(before: &Catalog, after: &Catalog) -> Vec<Difference> {
    let mut found = Found(Vec::new());
    if before == after {
        return found.0;
    }
    let names = |set: &BTreeSet<String>| -> BTreeMap<String, ()> {
        set.iter().map(|name| (name.clone(), ())).collect()
    };
    let there = |(): &()| "there".to_owned();
    found.each(None, "schema", &names(&before.schemas), &names(&after.schemas), there);
    found.each(None, "extension", &before.extensions, &after.extensions, |_| "there".to_owned());
    found.each(None, "enum", &before.enums, &after.enums, |values| {
        format!("of {}", list(values.iter().map(|value| format!("`{value}`"))))
    });
    found.each(None, "sequence", &before.sequences, &after.sequences, sequence);
    found.each(
        None,
        "table",
        &both_or_whole(&before.tables, &after.tables),
        &both_or_whole(&after.tables, &before.tables),
        |columns| format!("with {}", list(columns.iter().map(|name| format!("`{name}`")))),
    );
    for (name, was) in &before.tables {
        if let Some(is) = after.tables.get(name).filter(|is| *is != was) {
            in_table(was, is, &mut found);
        }
    }
    found.each(None, "view", &before.views, &after.views, view);
    let functions = |catalog: &Catalog| -> BTreeMap<String, _> {
        catalog.functions.values().map(|one| (one.describe(), one.clone())).collect()
    };
    found.each(None, "function", &functions(before), &functions(after), |_| "another".to_owned());
    if found.0.is_empty() {
        let what = "what stands beside the tables".to_owned();
        found.0.push(Difference { table: None, what, before: None, after: None });
    }
    found.0
}

/// The names of the columns of tables that only one side has; those that both have are looked into.
fn both_or_whole(
    tables: &BTreeMap<TableName, Table>,
    others: &BTreeMap<TableName, Table>,
) -> BTreeMap<TableName, Vec<String>> {
    let only = tables.iter().filter(|(name, _)| !others.contains_key(*name));
    only.map(|(name, table)| {
        (name.clone(), table.columns.iter().map(|column| column.name.clone()).collect())
    })
    .collect()
}

struct Found(Vec<Difference>);

impl Found {
    fn each<K: Ord + Display, V: PartialEq>(
        &mut self,
        table: Option<&TableName>,
        noun: &str,
        before: &BTreeMap<K, V>,
        after: &BTreeMap<K, V>,
        words: impl Fn(&V) -> String,
    ) {
        let names: BTreeSet<&K> = before.keys().chain(after.keys()).collect();
        for name in names {
            let (was, is) = (before.get(name), after.get(name));
            if was == is {
                continue;
            }
            let (mut was, mut is) = (was.map(&words), is.map(&words));
            if was == is {
                // The words do not tell what tells them apart.
                (was, is) = (None, None);
            }
            self.0.push(Difference {
                table: table.cloned(),
                what: format!("{noun} `{name}`"),
                before: was,
                after: is,
            });
        }
    }

    fn one(
        &mut self,
        table: &TableName,
        what: &str,
        before: impl Into<String>,
        after: impl Into<String>,
    ) {
        let (before, after) = (Some(before.into()), Some(after.into()));
        let table = Some(table.clone());
        self.0.push(Difference { table, what: what.to_owned(), before, after });
    }
}

fn in_table(was: &Table, is: &Table, found: &mut Found) {
    let name = &was.name;
    let before = found.0.len();
    let columns = |table: &Table, other: &Table| -> BTreeMap<String, Column> {
        let only = table.columns.iter().filter(|column| other.column(&column.name).is_err());
        only.map(|column| (column.name.clone(), column.clone())).collect()
    };
    found.each(Some(name), "column", &columns(was, is), &columns(is, was), column);
    for one in &was.columns {
        if let Ok(other) = is.column(&one.name) {
            in_column(name, one, other, found);
        }
    }
    let by_kind = |table: &Table, noun: &'static str| -> BTreeMap<String, Constraint> {
        let of_kind = table.constraints.iter().filter(|(_, one)| one.kind().noun() == noun);
        of_kind.map(|(name, one)| (name.clone(), one.clone())).collect()
    };
    let nouns: BTreeSet<&'static str> =
        was.constraints.values().chain(is.constraints.values()).map(|c| c.kind().noun()).collect();
    for noun in nouns {
        found.each(Some(name), noun, &by_kind(was, noun), &by_kind(is, noun), constraint);
    }
    found.each(Some(name), "index", &was.indexes, &is.indexes, index);
    found.each(Some(name), "trigger", &was.triggers, &is.triggers, |_| "there".to_owned());
    found.each(Some(name), "partition", &was.partitions, &is.partitions, ToString::to_string);
    if was.comment != is.comment {
        let words = |table: &Table| table.comment.clone().map_or("none".to_owned(), |c| quoted(&c));
        found.one(name, "the comment", words(was), words(is));
    }
    if was.options != is.options {
        let what = "the options".to_owned();
        let table = Some(name.clone());
        found.0.push(Difference { table, what, before: None, after: None });
    }
    if found.0.len() == before {
        let table = Some(name.clone());
        found.0.push(Difference { table, what: "the rest".to_owned(), before: None, after: None });
    }
}

/// What is different about a column, each on its own: a length that is lost is not looked for in a line of words.
fn in_column(table: &TableName, was: &Column, is: &Column, found: &mut Found) {
    if was == is {
        return;
    }
    let before = found.0.len();
    let of = |what: &str| format!("{what} of column `{}`", was.name);
    let mut tell = |what: &str, was: String, is: String| {
        if was != is {
            found.one(table, &of(what), was, is);
        }
    };
    tell("the type", was.sql_type.to_string(), is.sql_type.to_string());
    tell("the nullability", null(was).to_owned(), null(is).to_owned());
    let default =
        |column: &Column| column.default.as_ref().map_or("none".into(), ToString::to_string);
    tell("the default", default(was), default(is));
    let identity = |column: &Column| match column.identity {
        None => "none".to_owned(),
        Some(one) if one.always => "always".to_owned(),
        Some(_) => "by default".to_owned(),
    };
    tell("the identity", identity(was), identity(is));
    let generated = |column: &Column| {
        column.generated.as_ref().map_or("none".to_owned(), |one| one.expression.clone())
    };
    tell("the expression", generated(was), generated(is));
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
    tell("the collation", or_none(&was.collation), or_none(&is.collation));
    tell("the comment", or_none(&was.comment), or_none(&is.comment));
    if found.0.len() == before {
        let what = format!("column `{}`", was.name);
        found.0.push(Difference { table: Some(table.clone()), what, before: None, after: None });
    }
}

fn null(column: &Column) -> &'static str {
    if column.nullable { "nullable" } else { "not null" }
}

fn column(column: &Column) -> String {
    let mut words = format!("{} {}", column.sql_type, null(column));
    if let Some(default) = &column.default {
        words.push_str(&format!(" default {default}"));
    }
    words
}

fn constraint(constraint: &Constraint) -> String {
    match constraint {
        Constraint::PrimaryKey(key) => format!("on ({})", key.columns.join(", ")),
        Constraint::Unique(unique) => format!("on ({})", unique.columns.join(", ")),
        Constraint::ForeignKey(key) => {
            let (columns, referred) = (key.columns.join(", "), key.referred.join(", "));
            let mut words = format!("({columns}) to `{}` ({referred})", key.table);
            for (event, action) in [("delete", key.on_delete), ("update", key.on_update)] {
                if action != Action::NoAction {
                    words.push_str(&format!(" on {event} {}", action.sql().to_lowercase()));
                }
            }
            if key.not_valid {
                words.push_str(" not valid");
            }
            words
        }
        Constraint::Check(check) => {
            let valid = if check.not_valid { " not valid" } else { "" };
            format!("({}){valid}", check.expression)
        }
        Constraint::Exclude(exclude) => format!("using {}", exclude.using),
    }
}

fn index(index: &Index) -> String {
    let keys = index.keys.iter().map(|key| {
        let part = match &key.of {
            KeyPart::Column(name) => name.clone(),
            KeyPart::Expression(expression) => format!("({expression})"),
        };
        if key.order == Some(Order::Descending) { format!("{part} desc") } else { part }
    });
    let keys = keys.collect::<Vec<_>>().join(", ");
    let unique = if index.unique { "unique " } else { "" };
    let which = index.predicate.as_ref().map_or(String::new(), |which| format!(" where {which}"));
    format!("{unique}on ({keys}){which}")
}

fn sequence(sequence: &Sequence) -> String {
    let mut words = vec!["counting".to_owned()];
    let numbers = [
        ("from", sequence.start),
        ("by", sequence.increment),
        ("down to", sequence.min),
        ("up to", sequence.max),
        ("in lots of", sequence.cache),
    ];
    for (word, number) in numbers {
        words.extend(number.map(|number| format!("{word} {number}")));
    }
    words.extend(sequence.cycle.then(|| "in circles".to_owned()));
    words.extend(sequence.owned_by.as_ref().map(|owner| format!("for `{}`", owner.table)));
    words.join(" ")
}

fn view(view: &View) -> String {
    let query: String = view.query.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = query.chars().take(120).collect();
    if short.len() < query.len() { format!("{short}…") } else { short }
}

fn list(words: impl Iterator<Item = String>) -> String {
    words.collect::<Vec<_>>().join(", ")
}

fn quoted(text: &str) -> String {
    format!("`{text}`")
}
