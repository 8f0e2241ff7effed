//! Indexes, above a column or above a table.

use diesel_table_macro_syntax::{ColumnDef, TableDecl};
use syn::parse::ParseStream;
use syn::{Ident, LitStr, Result};

use super::arguments::{Behind, Said, each, list, miswritten, number, text, unknown, word};
use super::constraint::key;
use super::table::{column_list, parameters};
use super::{Declared, column_of, name_of};
use crate::catalog::{IndexKey, NewIndex, Nulls, Order, expr, index};

const WORDS: [&str; 16] = [
    "name = \"…\"",
    "unique",
    "where = \"…\"",
    "asc(…)",
    "desc(…)",
    "expr(\"…\")",
    "using = \"…\"",
    "include(…)",
    "ops(… = \"…\")",
    "nulls_not_distinct",
    "with(… = …)",
    "tablespace = \"…\"",
    "length(… = 20)",
    "structure = \"…\"",
    "fulltext",
    "spatial",
];

impl Declared {
    /// `#[index]`, `#[index(account_id, desc(created_at), name = "…", unique, where = "…")]`
    pub(super) fn index(
        &self,
        said: Said<'_>,
        decl: &TableDecl,
        on: Option<&ColumnDef>,
    ) -> Result<NewIndex> {
        let mut new = index("").on(name_of(decl), on.map(|column| column.sql_name.clone()));
        each(said, |input| {
            let (word, behind) = word(input, said)?;
            let all = new.clone();
            new = match (word.to_string().as_str(), behind) {
                ("name", Behind::Value) => {
                    let mut named = all;
                    named.index.name = text(input, &word)?;
                    named
                }
                ("where", Behind::Value) => all.filter(&text(input, &word)?),
                ("using", Behind::Value) => {
                    let method = text(input, &word)?;
                    all.postgres(|i| i.using(&method))
                }
                ("structure", Behind::Value) => {
                    let structure = text(input, &word)?;
                    all.mysql(|i| i.using(&structure))
                }
                ("tablespace", Behind::Value) => {
                    let name = text(input, &word)?;
                    all.postgres(|i| i.tablespace(&name))
                }
                ("include", Behind::List) => {
                    let columns = column_list(input, decl)?;
                    all.postgres(|i| i.include(columns))
                }
                ("with", Behind::List) => parameters(input)?
                    .into_iter()
                    .fold(all, |all, (name, value)| all.postgres(|i| i.with(&name, value))),
                ("ops", Behind::List) => of_columns(input, decl, text)?
                    .into_iter()
                    .fold(all, |all, (column, class)| all.postgres(|i| i.ops(&column, &class))),
                ("length", Behind::List) => {
                    let lengths = of_columns(input, decl, |input, word| {
                        let length = number(input, word)?;
                        u32::try_from(length)
                            .map_err(|_| syn::Error::new(word.span(), "no length is so long"))
                    })?;
                    lengths
                        .into_iter()
                        .fold(all, |all, (column, length)| all.mysql(|i| i.length(&column, length)))
                }
                ("asc" | "desc" | "expr", Behind::List) if on.is_none() => {
                    all.key(ordered(input, &word, said, decl)?)
                }
                (name, Behind::Nothing) => match key(&word, said, decl, on, &WORDS)? {
                    Some(column) => all.key(column.sql_name.as_str()),
                    None => match name {
                        "unique" => all.unique(),
                        "nulls_not_distinct" => all.postgres(|i| i.nulls_not_distinct()),
                        "fulltext" => all.mysql(|i| i.fulltext()),
                        "spatial" => all.mysql(|i| i.spatial()),
                        _ => return Err(unknown(&word, said, &WORDS)),
                    },
                },
                (_, Behind::Value | Behind::List) => return Err(unknown(&word, said, &WORDS)),
            };
            Ok(())
        })?;
        if new.index.keys.is_empty() {
            return Err(miswritten(said));
        }
        Ok(new)
    }
}

/// `desc(created_at, nulls_last)`, `expr("lower(email)")`; the word was read.
fn ordered(
    input: ParseStream<'_>,
    before: &Ident,
    said: Said<'_>,
    decl: &TableDecl,
) -> Result<IndexKey> {
    let mut key: Option<IndexKey> = None;
    list(input, |input| {
        if before == "expr" && input.peek(LitStr) && key.is_none() {
            key = Some(expr(&input.parse::<LitStr>()?.value()));
            return Ok(());
        }
        let (inner, _) = word(input, said)?;
        let Some(key) = &mut key else {
            if before == "expr" {
                return Err(miswritten(said));
            }
            let order = if before == "desc" { Order::Descending } else { Order::Ascending };
            let of = IndexKey::from(column_of(decl, &inner)?.sql_name.as_str());
            key = Some(IndexKey { order: Some(order), ..of });
            return Ok(());
        };
        match inner.to_string().as_str() {
            "nulls_first" => key.nulls = Some(Nulls::First),
            "nulls_last" => key.nulls = Some(Nulls::Last),
            "asc" => key.order = Some(Order::Ascending),
            "desc" => key.order = Some(Order::Descending),
            _ => return Err(unknown(&inner, said, &["nulls_first", "nulls_last", "asc", "desc"])),
        }
        Ok(())
    })?;
    key.ok_or_else(|| miswritten(said))
}

/// `(email = "text_pattern_ops")`, by the columns' names in the database.
pub(super) fn of_columns<T>(
    input: ParseStream<'_>,
    decl: &TableDecl,
    value: impl Fn(ParseStream<'_>, &Ident) -> Result<T>,
) -> Result<Vec<(String, T)>> {
    let mut found = Vec::new();
    list(input, |input| {
        let name: Ident = input.parse()?;
        let column = column_of(decl, &name)?.sql_name.clone();
        found.push((column, value(input, &name)?));
        Ok(())
    })?;
    Ok(found)
}

/// `("lower(email)")` behind `expr`.
pub(super) fn expression(input: ParseStream<'_>, said: Said<'_>) -> Result<IndexKey> {
    let mut key = None;
    list(input, |input| {
        let text: LitStr = input.parse().map_err(|_| miswritten(said))?;
        key = Some(expr(&text.value()));
        Ok(())
    })?;
    key.ok_or_else(|| miswritten(said))
}
