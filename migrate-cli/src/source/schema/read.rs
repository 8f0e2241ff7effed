//! `schema.rs` as a catalog.
//!
//! Read as tokens, wherever the macros stand in it: the crate may not compile, and a file may hold anything beside them.

use std::collections::BTreeMap;
use std::str::FromStr;

use diesel_table_macro_syntax::{ColumnDef, TableDecl};
use migrate_core::desired::Desired;
use migrate_model::catalog::{
    Catalog, Column, Constraint, SqlType, Table, TableName, TypeName, foreign_key, naming::Naming,
    primary_key,
};
use migrate_model::nearest;
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{GenericArgument, Ident, PathArguments, Token, Type, TypePath, parenthesized};

use super::types;
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
    let catalog = found.catalog(naming, &mut faults);
    if faults.is_empty() {
        return Ok(Desired { catalog, ..Desired::default() });
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
    tables: Vec<TableDecl>,
    joins: Vec<Join>,
    /// Types of the database that are declared as structs, by the names of these.
    customs: BTreeMap<String, TypeName>,
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
        match name {
            "table" => match syn::parse2(arguments) {
                Ok(table) => self.tables.push(table),
                Err(fault) => self.faults.push(fault),
            },
            "joinable" => match syn::parse2(arguments) {
                Ok(join) => self.joins.push(join),
                Err(fault) => self.faults.push(fault),
            },
            _ => {}
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
                self.customs.insert(name.to_string(), of);
                return;
            }
        }
    }

    fn catalog(&self, naming: &Naming, faults: &mut Vec<syn::Error>) -> Catalog {
        let mut catalog = Catalog::default();
        for decl in &self.tables {
            match self.table(decl, naming, faults) {
                Some(table) if catalog.tables.contains_key(&table.name) => {
                    faults.push(syn::Error::new(
                        decl.table_name.span(),
                        format!("table `{}` is there twice", table.name),
                    ));
                }
                Some(table) => {
                    catalog.tables.insert(table.name.clone(), table);
                }
                None => {}
            }
        }
        if faults.is_empty() {
            for join in &self.joins {
                if let Err(fault) = self.join(join, naming, &mut catalog) {
                    faults.push(fault);
                }
            }
        }
        catalog
    }

    fn table(
        &self,
        decl: &TableDecl,
        naming: &Naming,
        faults: &mut Vec<syn::Error>,
    ) -> Option<Table> {
        let before = faults.len();
        let mut table = Table::new(name_of(decl));
        for column in &decl.column_defs {
            if table.column(&column.sql_name).is_ok() {
                let message = format!("column `{}` is there twice", column.sql_name);
                faults.push(syn::Error::new(column.column_name.span(), message));
                continue;
            }
            match self.column(column) {
                Ok(column) => table.columns.push(column),
                Err(fault) => faults.push(fault),
            }
        }
        if faults.len() > before {
            return None;
        }
        // As `table!` has it: without a key it is `id`.
        let keys: Vec<Ident> = match &decl.primary_keys {
            Some(keys) => keys.keys.iter().cloned().collect(),
            None => vec![Ident::new("id", decl.table_name.span())],
        };
        let mut columns = Vec::new();
        for key in &keys {
            match decl.column_defs.iter().find(|column| column.column_name == *key) {
                Some(column) => columns.push(column.sql_name.clone()),
                None => faults.push(no_column(key, decl)),
            }
        }
        if faults.len() > before {
            return None;
        }
        add(&mut table, Constraint::PrimaryKey(primary_key(columns)), naming);
        Some(table)
    }

    fn column(&self, column: &ColumnDef) -> syn::Result<Column> {
        let length = column.max_length.as_ref().map(syn::LitInt::base10_parse).transpose()?;
        let (path, nullable) = match wrapped(&column.tpe, "Nullable")? {
            Some(inner) => (inner, true),
            None => (&column.tpe, false),
        };
        Ok(Column { nullable, ..Column::new(&column.sql_name, self.sql_type(path, length)?) })
    }

    fn sql_type(&self, path: &TypePath, length: Option<u32>) -> syn::Result<SqlType> {
        if let Some(inner) = wrapped(path, "Array")? {
            // Whether an element may be NULL, no database keeps.
            let inner = wrapped(inner, "Nullable")?.unwrap_or(inner);
            return Ok(SqlType::Array(Box::new(self.sql_type(inner, length)?)));
        }
        if let Some(inner) = wrapped(path, "Unsigned")? {
            return Ok(SqlType::Unsigned(Box::new(self.sql_type(inner, None)?)));
        }
        for (word, make) in
            [("Range", SqlType::Range as fn(_) -> SqlType), ("Multirange", SqlType::Multirange)]
        {
            if let Some(inner) = wrapped(path, word)? {
                let of = types::range_of(&self.sql_type(inner, None)?);
                return of
                    .map(make)
                    .ok_or_else(|| syn::Error::new(path.span(), "no database has this range"));
            }
        }
        let name = last(path)?.to_string();
        if let Some(of) = self.customs.get(&name) {
            return Ok(SqlType::Enum(of.clone()));
        }
        types::plain(&name, length).ok_or_else(|| {
            let known = self.customs.keys().map(String::as_str);
            let meant = nearest(&name, types::NAMES.iter().copied().chain(known));
            let meant = meant.map_or(String::new(), |meant| format!(" (did you mean `{meant}`?)"));
            syn::Error::new(
                path.span(),
                format!(
                    "nobody knows the type `{name}`{meant}; one of the database's own is declared in this file: \
                     #[diesel(postgres_type(name = \"…\"))] pub struct {name};"
                ),
            )
        })
    }

    fn join(&self, join: &Join, naming: &Naming, catalog: &mut Catalog) -> syn::Result<()> {
        let decl = |name: &Ident| {
            self.tables.iter().find(|decl| decl.table_name == *name).ok_or_else(|| {
                let names =
                    self.tables.iter().map(|decl| decl.table_name.to_string()).collect::<Vec<_>>();
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
        let column = child.column_defs.iter().find(|column| column.column_name == join.column);
        let column = column.ok_or_else(|| no_column(&join.column, child))?.sql_name.clone();
        let name = name_of(parent);
        let Ok(target) = catalog.table(&name) else { return Ok(()) };
        let referred = target.primary_key().map(|key| key.columns.clone()).unwrap_or_default();
        // `joinable!` joins on the whole key.
        let [referred] = referred.as_slice() else {
            return Err(syn::Error::new(
                join.parent.span(),
                format!("the key of `{name}` has several columns, and `joinable!` names one"),
            ));
        };
        let key = foreign_key([column]).references(name, [referred.as_str()]);
        if let Ok(table) = catalog.table_mut(&name_of(child)) {
            add(table, Constraint::ForeignKey(key), naming);
        }
        Ok(())
    }
}

/// Puts a constraint in under the name that it gets where it is given none.
fn add(table: &mut Table, mut constraint: Constraint, naming: &Naming) {
    let name = naming.name_constraint(table, &constraint);
    match &mut constraint {
        Constraint::PrimaryKey(key) => key.name.clone_from(&name),
        Constraint::ForeignKey(key) => key.name.clone_from(&name),
        Constraint::Unique(_) | Constraint::Check(_) | Constraint::Exclude(_) => {}
    }
    table.constraints.insert(name, constraint);
}

fn no_column(name: &Ident, decl: &TableDecl) -> syn::Error {
    let names: Vec<String> =
        decl.column_defs.iter().map(|column| column.column_name.to_string()).collect();
    let meant = nearest(&name.to_string(), names.iter().map(String::as_str));
    let meant = meant.map_or(String::new(), |meant| format!("; did you mean `{meant}`?"));
    syn::Error::new(name.span(), format!("table `{}` has no column `{name}`{meant}", decl.sql_name))
}

fn name_of(decl: &TableDecl) -> TableName {
    TableName { schema: decl.schema.as_ref().map(ToString::to_string), name: decl.sql_name.clone() }
}

/// The type in `word<…>`, if this is one.
fn wrapped<'t>(path: &'t TypePath, word: &str) -> syn::Result<Option<&'t TypePath>> {
    let Some(segment) = path.path.segments.last().filter(|segment| segment.ident == word) else {
        return Ok(None);
    };
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return Err(syn::Error::new(path.span(), format!("`{word}` takes a type: `{word}<…>`")));
    };
    match arguments.args.first() {
        Some(GenericArgument::Type(Type::Path(inner))) if arguments.args.len() == 1 => {
            Ok(Some(inner))
        }
        _ => Err(syn::Error::new(path.span(), format!("`{word}` takes one type: `{word}<…>`"))),
    }
}

fn last(path: &TypePath) -> syn::Result<&Ident> {
    match path.path.segments.last() {
        Some(segment) if segment.arguments.is_none() => Ok(&segment.ident),
        Some(segment) => Err(syn::Error::new(
            path.span(),
            format!("nobody knows the type `{}<…>`", segment.ident),
        )),
        None => Err(syn::Error::new(path.span(), "a type is missing")),
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
