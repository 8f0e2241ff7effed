//! Unique constraints, checks and foreign keys, above a column or above a table.

use diesel_table_macro_syntax::{ColumnDef, TableDecl};
use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Error, Ident, LitStr, Result, Token, token};

use super::arguments::{Behind, Said, bare, choice, each, list, miswritten, text, unknown, word};
use super::table::column_list;
use super::{Declared, DeclaredTable, Link, column_of, name_of};
use crate::catalog::{
    Action, Check, Deferrable, Exclude, ForeignKey, IndexKey, TableName, Unique, check, exclude,
    foreign_key, unique,
};
use crate::nearest;

const UNIQUE: [&str; 5] =
    ["name = \"…\"", "deferrable", "initially_deferred", "nulls_not_distinct", "include(…)"];
const CHECK: [&str; 2] = ["name = \"…\"", "not_valid"];
const FOREIGN_KEY: [&str; 7] = [
    "name = \"…\"",
    "on_delete = cascade",
    "on_update = cascade",
    "deferrable",
    "initially_deferred",
    "match_full",
    "not_valid",
];
const EXCLUDE: [&str; 7] = [
    "expr(\"…\") with \"=\"",
    "using = \"gist\"",
    "where = \"…\"",
    "name = \"…\"",
    "ops(… = \"…\")",
    "deferrable",
    "initially_deferred",
];
const ACTIONS: [&str; 5] = ["cascade", "set_null", "set_default", "restrict", "no_action"];

/// A column that a bare word in a list names; none where it is a word of the list itself.
pub(super) fn key<'a>(
    word: &Ident,
    said: Said<'_>,
    decl: &'a TableDecl,
    on: Option<&ColumnDef>,
    known: &[&str],
) -> Result<Option<&'a ColumnDef>> {
    let name = word.to_string();
    match column_of(decl, word) {
        Ok(_) if on.is_some() => {
            let message = format!(
                "this is about one column; `{}` of several stands above the table",
                said.0.name
            );
            Err(Error::new(word.span(), message))
        }
        Ok(column) => Ok(Some(column)),
        Err(_) if known.contains(&name.as_str()) => Ok(None),
        Err(_) if on.is_some() => Err(unknown(word, said, known)),
        Err(fault) => {
            let column = |column: &ColumnDef| column.column_name.to_string();
            let columns: Vec<String> = decl.column_defs.iter().map(column).collect();
            match nearest(&name, columns.iter().map(String::as_str)) {
                None if nearest(&name, known.iter().copied().map(bare)).is_some() => {
                    Err(unknown(word, said, known))
                }
                _ => Err(fault),
            }
        }
    }
}

impl Declared {
    /// `#[unique]`, `#[unique(account_id, number, name = "…")]`
    pub(super) fn unique(
        &self,
        said: Said<'_>,
        decl: &TableDecl,
        on: Option<&ColumnDef>,
    ) -> Result<Unique> {
        let mut unique = unique(on.map(|column| column.sql_name.clone()));
        each(said, |input| {
            let (word, behind) = word(input, said)?;
            match (word.to_string().as_str(), behind) {
                ("name", Behind::Value) => unique.name = text(input, &word)?,
                ("include", Behind::List) => unique.include = column_list(input, decl)?,
                (name, Behind::Nothing) => match key(&word, said, decl, on, &UNIQUE)? {
                    Some(column) => unique.columns.push(column.sql_name.clone()),
                    None => match name {
                        "deferrable" => unique.deferrable = deferrable(unique.deferrable),
                        "initially_deferred" => unique.deferrable = Deferrable::InitiallyDeferred,
                        "nulls_not_distinct" => unique.nulls_not_distinct = true,
                        _ => return Err(unknown(&word, said, &UNIQUE)),
                    },
                },
                (_, Behind::Value | Behind::List) => return Err(unknown(&word, said, &UNIQUE)),
            }
            Ok(())
        })?;
        if unique.columns.is_empty() {
            return Err(miswritten(said));
        }
        Ok(unique)
    }

    /// `#[check("quantity > 0", name = "…")]`
    pub(super) fn check(&self, said: Said<'_>) -> Result<Check> {
        let mut found: Option<Check> = None;
        let (mut name, mut not_valid) = (String::new(), false);
        each(said, |input| {
            if input.peek(LitStr) && found.is_none() {
                let expression: LitStr = input.parse()?;
                if expression.value().trim().is_empty() {
                    return Err(Error::new(expression.span(), "say what must not be false here"));
                }
                found = Some(check(&expression.value()));
                return Ok(());
            }
            let (word, behind) = word(input, said)?;
            match (word.to_string().as_str(), behind) {
                (_, Behind::Nothing) if found.is_none() => return Err(miswritten(said)),
                ("name", Behind::Value) => name = text(input, &word)?,
                ("not_valid", Behind::Nothing) => not_valid = true,
                (_, _) => return Err(unknown(&word, said, &CHECK)),
            }
            Ok(())
        })?;
        found.map(|check| Check { name, not_valid, ..check }).ok_or_else(|| miswritten(said))
    }

    /// `#[exclude(room with "=", expr("tsrange(start, stop)") with "&&", where = "…")]`
    pub(super) fn exclude(&self, said: Said<'_>, decl: &TableDecl) -> Result<Exclude> {
        let mut all = exclude("gist");
        each(said, |input| {
            let (word, behind) = word(input, said)?;
            let name = word.to_string();
            let key: IndexKey = match (name.as_str(), behind) {
                ("expr", Behind::List) => super::index::expression(input, said)?,
                ("using", Behind::Value) => {
                    return text(input, &word).map(|using| all.using = using);
                }
                ("where", Behind::Value) => {
                    return text(input, &word).map(|filter| all.filter = Some(filter));
                }
                ("name", Behind::Value) => return text(input, &word).map(|name| all.name = name),
                ("ops", Behind::List) => {
                    let classes = super::index::of_columns(input, decl, text)?;
                    all.ops.extend(classes);
                    return Ok(());
                }
                (_, Behind::Nothing) if is_with(input) => {
                    column_of(decl, &word)?.sql_name.as_str().into()
                }
                ("deferrable", Behind::Nothing) => {
                    all.deferrable = deferrable(all.deferrable);
                    return Ok(());
                }
                ("initially_deferred", Behind::Nothing) => {
                    all.deferrable = Deferrable::InitiallyDeferred;
                    return Ok(());
                }
                (_, Behind::Nothing) if column_of(decl, &word).is_ok() => {
                    return Err(miswritten(said));
                }
                (_, _) => return Err(unknown(&word, said, &EXCLUDE)),
            };
            if !is_with(input) {
                return Err(miswritten(said));
            }
            input.call(Ident::parse_any)?;
            let operator: LitStr = input.parse().map_err(|_| miswritten(said))?;
            all.elements.push((key.of, operator.value()));
            Ok(())
        })?;
        if all.elements.is_empty() {
            return Err(miswritten(said));
        }
        Ok(all)
    }

    /// `#[references(users(id), on_delete = cascade)]`, `#[foreign_key((a, b) -> orders(a, b))]`
    pub(super) fn foreign_key<'a>(
        &'a self,
        said: Said<'_>,
        decl: &'a TableDecl,
        on: Option<&'a ColumnDef>,
    ) -> Result<(ForeignKey, Link<'a>)> {
        let mut found: Option<(ForeignKey, Link<'a>)> = None;
        each(said, |input| {
            let Some((key, _)) = &mut found else {
                let columns = match on {
                    Some(column) => vec![column],
                    None => own_columns(input, said, decl)?,
                };
                found = Some(self.reference(input, said, decl, &columns)?);
                return Ok(());
            };
            let (word, behind) = word(input, said)?;
            match (word.to_string().as_str(), behind) {
                ("name", Behind::Value) => key.name = text(input, &word)?,
                ("on_delete", Behind::Value) => key.on_delete = action(input, &word)?,
                ("on_update", Behind::Value) => key.on_update = action(input, &word)?,
                ("deferrable", Behind::Nothing) => key.deferrable = deferrable(key.deferrable),
                ("initially_deferred", Behind::Nothing) => {
                    key.deferrable = Deferrable::InitiallyDeferred;
                }
                ("match_full", Behind::Nothing) => key.match_full = true,
                ("not_valid", Behind::Nothing) => key.not_valid = true,
                (_, _) => return Err(unknown(&word, said, &FOREIGN_KEY)),
            }
            Ok(())
        })?;
        found.ok_or_else(|| miswritten(said))
    }

    /// `users(id)`, `audit.events(id)`, `"a table elsewhere"("its column")`
    fn reference<'a>(
        &'a self,
        input: ParseStream<'_>,
        said: Said<'_>,
        decl: &'a TableDecl,
        columns: &[&'a ColumnDef],
    ) -> Result<(ForeignKey, Link<'a>)> {
        let mut name = name(input, said)?;
        let mut schema = None;
        if input.parse::<Option<Token![.]>>()?.is_some() {
            schema = Some(name.text);
            name = self::name(input, said)?;
        }
        let span = name.span;
        let parent = self.parent(&name, schema.as_deref())?;
        if !input.peek(token::Paren) {
            let message = format!("say which column of `{0}` this refers to: {0}(id)", name.text);
            return Err(Error::new(span, message));
        }
        let mut referred = Vec::new();
        list(input, |input| {
            let column = self::name(input, said)?;
            referred.push(match (parent, &column.ident) {
                (Some(parent), Some(ident)) => column_of(&parent.decl, ident)?.sql_name.clone(),
                (_, _) => column.text,
            });
            Ok(())
        })?;
        if referred.len() != columns.len() {
            let message = format!(
                "{} here, and {} of `{}`",
                count(columns.len(), "column"),
                referred.len(),
                name.text
            );
            return Err(Error::new(span, message));
        }
        let table = match parent {
            Some(parent) => name_of(&parent.decl),
            None => TableName { schema, name: name.text },
        };
        let own = columns.iter().map(|column| column.sql_name.clone());
        let key = foreign_key(own).references(table, referred.clone());
        let columns = columns.iter().map(|column| &column.column_name).collect();
        Ok((key, Link { span, child: decl, columns, parent, referred }))
    }

    /// The table that is called so here. One that stands elsewhere is known to nobody.
    fn parent(&self, name: &Name, schema: Option<&str>) -> Result<Option<&DeclaredTable>> {
        let Some(ident) = &name.ident else { return Ok(None) };
        let is_named = |table: &&DeclaredTable| {
            table.decl.table_name.unraw() == ident.unraw()
                && schema.is_none_or(|schema| {
                    table.decl.schema.as_ref().is_some_and(|own| own == schema)
                })
        };
        if let Some(table) = self.tables.iter().find(is_named) {
            return Ok(Some(table));
        }
        let names: Vec<String> =
            self.tables.iter().map(|table| table.decl.table_name.to_string()).collect();
        match nearest(&name.text, names.iter().map(String::as_str)) {
            Some(meant) if meant != name.text => Err(Error::new(
                name.span,
                format!(
                    "there is no table `{0}` here; did you mean `{meant}`? One that is declared elsewhere is named as the database has it: \"{0}\"(…)",
                    name.text
                ),
            )),
            _ => Ok(None),
        }
    }
}

/// A table or column, by its name in Rust, or as a text by that in the database.
struct Name {
    text: String,
    ident: Option<Ident>,
    span: Span,
}

fn name(input: ParseStream<'_>, said: Said<'_>) -> Result<Name> {
    if input.peek(LitStr) {
        let text: LitStr = input.parse()?;
        return Ok(Name { text: text.value(), ident: None, span: text.span() });
    }
    let ident = Ident::parse_any(input).map_err(|error| {
        Error::new(error.span(), format!("`{}` is written {}", said.0.name, said.0.example))
    })?;
    Ok(Name { text: ident.unraw().to_string(), span: ident.span(), ident: Some(ident) })
}

/// `(account_id, number) ->`
fn own_columns<'a>(
    input: ParseStream<'_>,
    said: Said<'_>,
    decl: &'a TableDecl,
) -> Result<Vec<&'a ColumnDef>> {
    if !input.peek(token::Paren) {
        return Err(miswritten(said));
    }
    let mut columns = Vec::new();
    list(input, |input| {
        columns.push(column_of(decl, &Ident::parse_any(input)?)?);
        Ok(())
    })?;
    if columns.is_empty() || input.parse::<Token![->]>().is_err() {
        return Err(miswritten(said));
    }
    Ok(columns)
}

fn action(input: ParseStream<'_>, word: &Ident) -> Result<Action> {
    let action = choice(input, word, &ACTIONS)?;
    Ok(match action.as_str() {
        "cascade" => Action::Cascade,
        "set_null" => Action::SetNull,
        "set_default" => Action::SetDefault,
        "restrict" => Action::Restrict,
        _ => Action::NoAction,
    })
}

/// Whether `with` comes next.
fn is_with(input: ParseStream<'_>) -> bool {
    input.fork().call(Ident::parse_any).is_ok_and(|word| word == "with")
}

/// What also says when it is checked stays as it is.
fn deferrable(before: Deferrable) -> Deferrable {
    match before {
        Deferrable::InitiallyDeferred => Deferrable::InitiallyDeferred,
        Deferrable::No | Deferrable::InitiallyImmediate => Deferrable::InitiallyImmediate,
    }
}

fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
