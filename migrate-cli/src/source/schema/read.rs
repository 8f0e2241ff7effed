//! `schema.rs` as a catalog.
//!
//! Read as tokens, wherever the macros stand in it: the crate may not compile, and a file may hold anything beside them.

use std::str::FromStr;

use migrate_core::desired::Desired;
use migrate_model::catalog::{Constraint, TypeName, foreign_key, naming::Naming};
use migrate_model::nearest;
use migrate_model::source::schema::{Declared, DeclaredTable, column_of, name_of};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Ident, Token, parenthesized};

use crate::failure::Failure;

/// The tables that `text` speaks of. Names that constraints are not given there are those of `naming`; `shown` is the file.
///
/// # Errors
///
/// Every mistake, at its line: what is no `table!`, a type that nobody knows, a key of a column that is not there.
///
/// ```
/// use migrate_cli::schema::read;
/// use migrate_core::catalog::naming::Naming;
///
/// let text = "diesel::table! { orders (id) { id -> Int8, #[max_length = 40] state -> Varchar, } }";
/// let desired = read(text, "src/schema.rs", &Naming::DEFAULT).map_err(|failure| failure.message)?;
/// let orders = desired.catalog.table(&"orders".into()).map_err(|error| error.to_string())?;
/// assert_eq!(orders.columns[1].sql_type.to_string(), "varchar(40)");
/// # Ok::<(), String>(())
/// ```
pub fn read(text: &str, shown: &str, naming: &Naming) -> Result<Desired, Failure> {
    let mut found = Found::default();
    match TokenStream::from_str(text.strip_prefix('\u{feff}').unwrap_or(text)) {
        Ok(tokens) => found.look(tokens),
        Err(error) => found.faults.push(syn::Error::new(
            error.span(),
            "a quote, comment or bracket here is not closed or never opened",
        )),
    }
    let mut faults = std::mem::take(&mut found.faults);
    match found.desired(naming) {
        Ok(desired) if faults.is_empty() => return Ok(desired),
        Ok(_) => {}
        Err(others) => faults.extend(others),
    }
    let failure = Failure::new(format!("{shown} can't be read as a schema"));
    Err(faults.into_iter().flatten().fold(failure, |failure, fault| {
        let start = fault.span().start();
        failure.because(format!("{shown}:{}:{}: {fault}", start.line, start.column + 1))
    }))
}

/// What stands in a file.
#[derive(Default)]
struct Found {
    declared: Declared,
    joins: Vec<Join>,
    faults: Vec<syn::Error>,
}

/// `joinable!(child -> parent (column))`
struct Join {
    child: Ident,
    parent: Ident,
    column: Ident,
}

impl Parse for Join {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let last = |path: syn::Path| -> syn::Result<Ident> {
            let segment = path.segments.last().map(|segment| segment.ident.clone());
            segment.ok_or_else(|| input.error("the name of a table"))
        };
        let child = last(input.parse()?)?;
        input.parse::<Token![->]>()?;
        let parent = last(syn::Path::parse_mod_style(input)?)?;
        let content;
        parenthesized!(content in input);
        let column = content.parse()?;
        input.parse::<Option<Token![,]>>()?;
        Ok(Join { child, parent, column })
    }
}

impl Found {
    /// Goes through tokens and all groups in them.
    fn look(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (at, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Group(group) => match &tokens[..at] {
                    [.., TokenTree::Ident(name), TokenTree::Punct(bang)]
                        if bang.as_char() == '!' =>
                    {
                        self.call(&name.to_string(), group.stream());
                    }
                    _ if group.delimiter() != Delimiter::None => self.look(group.stream()),
                    _ => {}
                },
                TokenTree::Ident(word) if word == "struct" => {
                    self.custom(&tokens[..at], tokens.get(at + 1));
                }
                TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }

    fn call(&mut self, name: &str, arguments: TokenStream) {
        let read = match name {
            "table" => syn::parse2(arguments).map(|decl| {
                self.declared.tables.push(DeclaredTable { decl, whole: false });
            }),
            "schema" => syn::parse2(arguments).map(|schema| self.declared.add(schema)),
            "joinable" => syn::parse2(arguments).map(|join| self.joins.push(join)),
            _ => Ok(()),
        };
        if let Err(fault) = read {
            self.faults.push(fault);
        }
    }

    /// `#[diesel(postgres_type(name = "order_status"))] pub struct OrderStatus;`
    fn custom(&mut self, before: &[TokenTree], name: Option<&TokenTree>) {
        let Some(TokenTree::Ident(name)) = name else { return };
        let attributes = before.iter().rev().take_while(|token| match token {
            TokenTree::Punct(punct) => punct.as_char() == '#',
            TokenTree::Ident(word) => word == "pub",
            TokenTree::Group(_) => true,
            TokenTree::Literal(_) => false,
        });
        for attribute in attributes {
            let TokenTree::Group(group) = attribute else { continue };
            if let Some(of) = type_name.parse2(group.stream()).ok().flatten() {
                self.declared.customs.insert(name.to_string(), of);
                return;
            }
        }
    }

    fn desired(&self, naming: &Naming) -> Result<Desired, Vec<syn::Error>> {
        let (read, faults) = self.declared.read(naming);
        if !faults.is_empty() {
            return Err(faults);
        }
        let mut desired =
            Desired { catalog: read.catalog, whole: read.whole, ..Desired::default() };
        let joins = self.joins.iter();
        let faults: Vec<syn::Error> =
            joins.filter_map(|join| self.join(join, naming, &mut desired).err()).collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        desired.renamed.tables.extend(read.renamed_tables);
        for (table, from, to) in read.renamed_columns {
            desired.renamed.columns.entry(table).or_default().insert(from, to);
        }
        Ok(desired)
    }

    fn join(&self, join: &Join, naming: &Naming, desired: &mut Desired) -> syn::Result<()> {
        let tables = &self.declared.tables;
        let decl = |name: &Ident| {
            let found = tables.iter().find(|table| table.decl.table_name == *name);
            found.map(|table| &table.decl).ok_or_else(|| {
                let names: Vec<String> =
                    tables.iter().map(|table| table.decl.table_name.to_string()).collect();
                let meant = nearest(&name.to_string(), names.iter().map(String::as_str));
                let meant =
                    meant.map_or(String::new(), |meant| format!("; did you mean `{meant}`?"));
                syn::Error::new(
                    name.span(),
                    format!("there is no table `{name}` in this file{meant}"),
                )
            })
        };
        let (child, parent) = (decl(&join.child)?, decl(&join.parent)?);
        let column = column_of(child, &join.column)?.sql_name.clone();
        let (child, parent) = (name_of(child), name_of(parent));
        // All of its foreign keys are said; that one can join on something else is Diesel's business.
        if desired.whole.contains(&child) {
            return Ok(());
        }
        let catalog = &mut desired.catalog;
        let Ok(target) = catalog.table(&parent) else { return Ok(()) };
        let referred = target.primary_key().map(|key| key.columns.clone()).unwrap_or_default();
        // `joinable!` joins on the whole key.
        let [referred] = referred.as_slice() else {
            return Err(syn::Error::new(
                join.parent.span(),
                format!("the key of `{parent}` has several columns, and `joinable!` names one"),
            ));
        };
        let mut key = foreign_key([column]).references(parent, [referred.as_str()]);
        if let Ok(table) = catalog.table_mut(&child) {
            key.name = naming.name_constraint(table, &Constraint::ForeignKey(key.clone()));
            table.constraints.insert(key.name.clone(), Constraint::ForeignKey(key));
        }
        Ok(())
    }
}

/// What `diesel(postgres_type(name = "…", schema = "…"))` names; nothing in another attribute.
fn type_name(input: ParseStream<'_>) -> syn::Result<Option<TypeName>> {
    let meta: syn::Meta = input.parse()?;
    let syn::Meta::List(list) = meta else { return Ok(None) };
    if !list.path.is_ident("diesel") {
        return Ok(None);
    }
    let (mut name, mut schema) = (None, None);
    list.parse_nested_meta(|meta| {
        if !meta.path.is_ident("postgres_type") {
            // `mysql_type(name = "Enum")` names no type that the database would know.
            let rest: TokenStream = meta.input.parse()?;
            drop(rest);
            return Ok(());
        }
        meta.parse_nested_meta(|meta| {
            let value: syn::LitStr = meta.value()?.parse()?;
            if meta.path.is_ident("name") {
                name = Some(value.value());
            } else if meta.path.is_ident("schema") {
                schema = Some(value.value());
            }
            Ok(())
        })
    })?;
    let schema = schema.filter(|schema| schema != "public");
    Ok(name.map(|name| TypeName { schema, name }))
}
