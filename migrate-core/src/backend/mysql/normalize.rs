//! What MySQL and MariaDB make of a catalog: an enum belongs to its column, a unique constraint is an index, every primary
//! key has the same name, and what only other databases have is gone.

use std::collections::BTreeMap;

use migrate_model::{
    Dialect,
    catalog::{
        Action, Catalog, Column, Constraint, DefaultValue, Identity, Index, IndexKey, KeyPart,
        MysqlIndex, Order, PostgresIndex, SqlType, Table, Trigger, TriggerAction, Value,
    },
    sql::tokens,
};

use super::{
    body::{self, Words},
    keys::{implied, is_hashed},
    reflect::enum_name,
    text,
    types::{is_long, kept, now},
};
use crate::backend::{literal, sequence};

/// What MariaDB takes of a text, in characters of four or three bytes, and of bytes for a key that names no length.
const WHOLE: [u32; 3] = [768, 1024, 3072];

pub(crate) fn normalize(dialect: Dialect, catalog: &Catalog) -> Catalog {
    let mut folded = Catalog { opaque: catalog.opaque.clone(), ..Catalog::default() };
    folded.sequences.clone_from(&catalog.sequences);
    for one in folded.sequences.values_mut() {
        sequence::fold(dialect, one);
    }
    for (name, table) in &catalog.tables {
        let mut table = table.clone();
        table.comment.take_if(|comment| comment.is_empty());
        table.options.postgres = Default::default();
        table.options.sqlite = Default::default();
        if let Some(format) = &mut table.options.mysql.row_format {
            format.make_ascii_uppercase();
        }
        table.triggers.values_mut().for_each(fold_trigger);
        for column in &mut table.columns {
            let values = column.sql_type.enum_name().and_then(|one| catalog.enums.get(one));
            if let Some(values) = values {
                let own = enum_name(name, &column.name);
                let values = values.iter().map(|value| told(value));
                folded.enums.insert(own.clone(), values.collect());
                column.sql_type = SqlType::Enum(own);
            }
            fold_column(dialect, column);
        }
        table.comment = table.comment.map(|comment| told(&comment));
        table.constraints = constraints(&mut table);
        let chooses = table.options.mysql.engine.as_deref().is_some_and(chooses);
        for mut index in std::mem::take(&mut table.indexes).into_values() {
            without_lengths(&table, &mut index);
            fold_index(&mut index, chooses);
            // A hash has no order.
            let columns: Vec<String> = index.columns().map(str::to_owned).collect();
            let is_whole = index.unique && index.mysql.lengths.is_empty();
            if dialect == Dialect::Mariadb && is_whole && is_hashed(&table, &columns) {
                index.keys.iter_mut().for_each(|key| key.order = None);
            }
            table.indexes.insert(index.name.clone(), index);
        }
        without_implied(&mut table);
        folded.tables.insert(name.clone(), table);
    }
    for (name, view) in &catalog.views {
        let mut view = view.clone();
        view.query = told(&body::folded(&view.query));
        view.postgres = Default::default();
        folded.views.insert(name.clone(), view);
    }
    for function in catalog.functions.values() {
        let mut function = function.clone();
        function.body = told(&body::folded(&function.body));
        if let Some(words) = function.options.as_deref().and_then(Words::read) {
            function.options = words.said();
        }
        function.options = function.options.map(|words| told(&words));
        folded.functions.insert(function.key(), function);
    }
    folded
}

fn fold_trigger(trigger: &mut Trigger) {
    if let TriggerAction::Body(body) = &mut trigger.action {
        *body = told(&body::folded(body));
    }
}

fn fold_column(dialect: Dialect, column: &mut Column) {
    column.comment.take_if(|comment| comment.is_empty());
    column.sql_type = kept(&column.sql_type);
    if let Some(identity) = &mut column.identity {
        *identity = Identity::default();
    }
    if dialect == Dialect::Mariadb && column.generated.is_some() {
        column.nullable = true;
    }
    if let Some(DefaultValue::Expression(sql)) = &column.default
        && now(sql, &column.sql_type).is_some()
    {
        column.default = Some(text::present());
    }
    literal::fold(column, tokens);
    column.comment = column.comment.take().map(|comment| told(&comment));
    match &mut column.default {
        Some(DefaultValue::Value(Value::Text(text)) | DefaultValue::Expression(text)) => {
            *text = told(text);
        }
        Some(DefaultValue::Value(_)) | None => {}
    }
    if let Some(generated) = &mut column.generated {
        generated.expression = told(&generated.expression);
    }
}

/// A text as the server tells it: of a letter outside of the first 65,536, such as 🦀, its own tables keep one or
/// several question marks. That one such letter was put for another can't be seen.
pub(super) fn told(text: &str) -> String {
    let mut told = String::with_capacity(text.len());
    for letter in text.chars() {
        let letter = if u32::from(letter) > 0xffff { '?' } else { letter };
        if letter != '?' || !told.ends_with('?') {
            told.push(letter);
        }
    }
    told
}

/// The constraints that are no indexes; those that are go there.
fn constraints(table: &mut Table) -> BTreeMap<String, Constraint> {
    let mut kept = BTreeMap::new();
    for mut constraint in std::mem::take(&mut table.constraints).into_values() {
        match &mut constraint {
            Constraint::PrimaryKey(key) => "PRIMARY".clone_into(&mut key.name),
            Constraint::Unique(unique) => {
                let index = Index {
                    name: unique.name.clone(),
                    unique: true,
                    keys: unique.columns.iter().map(IndexKey::from).collect(),
                    predicate: None,
                    postgres: PostgresIndex::default(),
                    mysql: MysqlIndex::default(),
                };
                table.indexes.insert(index.name.clone(), index);
                continue;
            }
            Constraint::ForeignKey(key) => {
                key.not_valid = false;
                key.match_full = false;
                for action in [&mut key.on_delete, &mut key.on_update] {
                    // Neither waits, so they are one.
                    if *action == Action::Restrict {
                        *action = Action::NoAction;
                    }
                }
            }
            Constraint::Check(check) => {
                check.not_valid = false;
                check.expression = told(&check.expression);
            }
            Constraint::Exclude(_) => {}
        }
        kept.insert(constraint.name().to_owned(), constraint);
    }
    kept
}

/// Whether the structure of an index can be chosen.
pub(super) fn chooses(engine: &str) -> bool {
    ["MEMORY", "HEAP", "NDB", "NDBCLUSTER"].iter().any(|one| engine.eq_ignore_ascii_case(one))
}

fn fold_index(index: &mut Index, chooses: bool) {
    index.postgres = PostgresIndex::default();
    index.mysql.lengths.sort();
    match &mut index.mysql.using {
        Some(using) if chooses => using.make_ascii_uppercase(),
        using => *using = None,
    }
    for key in &mut index.keys {
        key.order.take_if(|order| *order == Order::Ascending);
        key.nulls = None;
    }
}

/// An index without the lengths that the server finds by itself.
pub(super) fn without_lengths(table: &Table, index: &mut Index) {
    index.mysql.lengths.retain(|(column, length)| {
        let is_long = table.column(column).is_ok_and(|column| is_long(&column.sql_type));
        !(is_long && WHOLE.contains(length))
    });
}

/// A table without the indexes that its foreign keys bring along.
pub(super) fn without_implied(table: &mut Table) {
    let named: Vec<(String, Vec<String>)> =
        table.foreign_keys().map(|key| (key.name.clone(), key.columns.clone())).collect();
    for (name, columns) in named {
        let is_plain = |index: &Index| {
            let keys = columns.iter().map(|column| IndexKey {
                of: KeyPart::Column(column.clone()),
                order: None,
                nulls: None,
            });
            !index.unique
                && index.mysql == MysqlIndex::default()
                && keys.eq(index.keys.iter().cloned())
        };
        if !table.indexes.get(&name).is_some_and(is_plain) {
            continue;
        }
        if let Some(index) = table.indexes.remove(&name)
            && !implied(table).contains_key(&name)
        {
            table.indexes.insert(name, index);
        }
    }
}
