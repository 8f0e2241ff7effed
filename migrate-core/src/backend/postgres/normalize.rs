//! What PostgreSQL makes of a catalog: it keeps nearly all, and leaves out what is so anyway.

use migrate_model::{
    Dialect,
    catalog::{Catalog, Column, Index, Nulls, Order, SqlType, Trigger, TriggerEvent},
    sql::tokens,
};

use crate::backend::{literal, sequence};

pub(crate) fn normalize(catalog: &Catalog) -> Catalog {
    let mut folded = catalog.clone();
    for table in folded.tables.values_mut() {
        // COMMENT … IS '' takes a comment away.
        table.comment.take_if(|comment| comment.is_empty());
        table.options.mysql = Default::default();
        table.options.sqlite = Default::default();
        table.options.postgres.with.sort();
        table.columns.iter_mut().for_each(fold_column);
        table.indexes.values_mut().for_each(fold_index);
        table.triggers.values_mut().for_each(fold_trigger);
    }
    for one in folded.sequences.values_mut() {
        sequence::fold(Dialect::Postgres, one);
    }
    for view in folded.views.values_mut() {
        view.indexes.values_mut().for_each(fold_index);
        view.triggers.values_mut().for_each(fold_trigger);
    }
    folded
}

/// Neither what a trigger fires for nor the columns of an UPDATE have an order.
fn fold_trigger(trigger: &mut Trigger) {
    for event in &mut trigger.events {
        if let TriggerEvent::Update(columns) = event {
            columns.sort();
        }
    }
    trigger.events.sort_by_key(|event| match event {
        TriggerEvent::Insert => 0,
        TriggerEvent::Update(_) => 1,
        TriggerEvent::Delete => 2,
        TriggerEvent::Truncate => 3,
    });
}

fn fold_column(column: &mut Column) {
    column.comment.take_if(|comment| comment.is_empty());
    column.sql_type = kept(&column.sql_type);
    if let Some(identity) = &mut column.identity {
        let step = identity.increment.unwrap_or(1);
        identity.increment.take_if(|step| *step == 1);
        identity.start.take_if(|start| *start == if step < 0 { -1 } else { 1 });
    }
    literal::fold(column, tokens);
}

/// The type as which it comes back.
#[expect(clippy::wildcard_enum_match_arm, reason = "all others come back as they are")]
fn kept(sql_type: &SqlType) -> SqlType {
    match sql_type {
        SqlType::TinyInt => SqlType::SmallInt,
        // `char` alone is one character.
        SqlType::Char(None) => SqlType::Char(Some(1)),
        // An array of arrays is an array.
        SqlType::Array(of) => match kept(of) {
            SqlType::Array(of) => SqlType::Array(of),
            of => SqlType::Array(Box::new(of)),
        },
        other => other.clone(),
    }
}

fn fold_index(index: &mut Index) {
    index.postgres.method.take_if(|method| method.eq_ignore_ascii_case("btree"));
    index.mysql = Default::default();
    index.postgres.with.sort();
    for key in &mut index.keys {
        key.order.take_if(|order| *order == Order::Ascending);
        let usual = match key.order {
            Some(Order::Descending) => Nulls::First,
            Some(Order::Ascending) | None => Nulls::Last,
        };
        key.nulls.take_if(|nulls| *nulls == usual);
    }
}
