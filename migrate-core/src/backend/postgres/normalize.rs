//! What PostgreSQL makes of a catalog: it keeps nearly all, and leaves out what is so anyway.

use migrate_model::{
    catalog::{Catalog, Column, Index, Nulls, Order, SqlType},
    sql::tokens,
};

use crate::backend::literal;

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
    }
    folded
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
