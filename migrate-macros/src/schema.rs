//! `schema! { … }` as Diesel's macros.
//!
//! What it says is read by the model, as `migrate` reads it from the file. What Diesel has no words for is checked, and not
//! passed on. Where something is wrong, the tables are there all the same, so that one mistake is one error.

use std::collections::BTreeSet;

use diesel_table_macro_syntax::{ColumnDef, TableDecl};
use migrate_model::catalog::{TypeName, naming::Naming};
use migrate_model::source::schema::{Declared, Enum, Join, Schema, camel, column_of, is_passed_on};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{ItemUse, Token};

/// `$crate; …`
pub(crate) struct Input {
    /// `migrate_core`, however it is called where the macro is used.
    core: Ident,
    schema: Schema,
}

impl Parse for Input {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let core = input.call(Ident::parse_any)?;
        input.parse::<Token![;]>()?;
        Ok(Input { core, schema: input.parse()? })
    }
}

pub(crate) fn schema(Input { core, schema }: Input) -> TokenStream {
    let diesel = quote!(#core::diesel);
    let uses = schema.uses.clone();
    let declared = Declared::alone(schema);
    let (read, faults) = declared.read(&Naming::DEFAULT);
    let errors = faults.iter().map(syn::Error::to_compile_error);
    let enums = enums(&declared.enums, &diesel);
    let mut names = BTreeSet::new();
    let decls: Vec<&TableDecl> = (declared.tables.iter())
        .map(|table| &table.decl)
        .filter(|decl| names.insert(decl.table_name.to_string()))
        .collect();
    let tables = decls.iter().map(|decl| table(decl, &declared, &uses, &diesel));
    let joins = read.joins.iter().map(
        |Join { child, parent, column }| quote!(#diesel::joinable!(#child -> #parent (#column));),
    );
    let names = decls.iter().map(|decl| &decl.table_name);
    let together = (decls.len() > 1)
        .then(|| quote!(#diesel::allow_tables_to_appear_in_same_query!(#(#names),*);));
    quote! {
        #(#errors)*
        #enums
        #(#tables)*
        #(#joins)*
        #together
    }
}

/// The structs that Diesel knows enums by, as `diesel print-schema` writes them.
fn enums(enums: &[Enum], diesel: &TokenStream) -> TokenStream {
    if enums.is_empty() {
        return TokenStream::new();
    }
    let mut names = BTreeSet::new();
    let structs = enums.iter().filter(|one| names.insert(&one.new.name)).map(|one| {
        let TypeName { schema, name } = &one.new.name;
        let attributes = one.attributes.iter().filter(|attribute| is_passed_on(attribute));
        let (schema, ident) = (schema.iter(), struct_of(one));
        let doc = format!("The enum `{}` of the database.", one.new.name);
        let doc = one.attributes.is_empty().then(|| quote!(#[doc = #doc]));
        quote! {
            #doc
            #(#attributes)*
            #[derive(Clone, Copy, Debug, Default)]
            #[derive(#diesel::query_builder::QueryId, #diesel::sql_types::SqlType)]
            #[diesel(postgres_type(name = #name #(, schema = #schema)*))]
            #[diesel(mysql_type(name = "Enum"))]
            #[diesel(sqlite_type(name = "Text"))]
            pub struct #ident;
        }
    });
    quote! {
        /// The enums of the database, as Diesel knows them.
        pub mod sql_types {
            #(#structs)*
        }
    }
}

fn struct_of(one: &Enum) -> Ident {
    format_ident!("{}", camel(&one.new.name.name), span = one.span)
}

/// A table with what `table!` has words for.
fn table(
    decl: &TableDecl,
    declared: &Declared,
    uses: &[ItemUse],
    diesel: &TokenStream,
) -> TokenStream {
    let attributes = decl.meta.iter().filter(|attribute| is_passed_on(attribute));
    let sql_name = sql_name(&decl.table_name, &decl.sql_name);
    let schema = decl.schema.iter();
    let name = &decl.table_name;
    let mut names = BTreeSet::new();
    let columns: Vec<&ColumnDef> = (decl.column_defs.iter())
        .filter(|column| names.insert(column.column_name.to_string()))
        .collect();
    // A key that is none was told of; Diesel needs some.
    let first = columns.first().map(|column| &column.column_name);
    let id = Ident::new("id", Span::call_site());
    let mut keys: Vec<&Ident> = decl
        .primary_keys
        .iter()
        .flat_map(|keys| &keys.keys)
        .filter(|key| column_of(decl, key).is_ok())
        .collect();
    if keys.is_empty() {
        keys = column_of(decl, &id)
            .ok()
            .map(|column| &column.column_name)
            .or(first)
            .into_iter()
            .collect();
    }
    let enums: Vec<Ident> = declared.enums.iter().map(struct_of).collect();
    let enums = (!enums.is_empty()).then(|| quote!(use super::sql_types::{#(#enums),*};));
    let columns = columns.iter().map(|column| self::column(column, declared));
    quote! {
        #diesel::table! {
            use #diesel::sql_types::*;
            #enums
            #(#uses)*
            #(#attributes)*
            #sql_name
            #(#schema.)* #name (#(#keys),*) { #(#columns)* }
        }
    }
}

fn column(column: &ColumnDef, declared: &Declared) -> TokenStream {
    let attributes = column.meta.iter().filter(|attribute| is_passed_on(attribute));
    let (name, of) = (&column.column_name, &column.tpe);
    let sql_name = sql_name(name, &column.sql_name);
    let length = column.max_length.as_ref().map(|length| quote!(#[max_length = #length]));
    // That nobody knows the type was told; Diesel would say it a dozen times.
    let of = if declared.knows(column) { quote!(#of) } else { quote!(Text) };
    quote!(#(#attributes)* #sql_name #length #name -> #of,)
}

fn sql_name(name: &Ident, sql_name: &str) -> Option<TokenStream> {
    (name.unraw() != sql_name).then(|| quote!(#[sql_name = #sql_name]))
}
