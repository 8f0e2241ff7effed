//! `schema!` and `table!`, read into a catalog.
//!
//! ```text
//! schema = { "use" …";" | enum | table }
//! enum   = "enum" [ schema "." ] name "=" "[" "…" { "," "…" } "]" [ ";" ]
//! table  = { attribute } [ schema "." ] name [ "(" key { "," key } ")" ] "{" { { attribute } name "->" type "," } "}"
//! ```
//!
//! A table is written as for Diesel's `table!`, and read by Diesel's own parser. What `table!` has no words for are attributes:
//! `column` and `table` know them. A table of `schema!` is said whole: what it doesn't say is not to be there.
//!
//! The macro reads the tokens that rustc hands it, and knows no more; `migrate` reads a file with all that stands in it.

#![expect(missing_debug_implementations, reason = "what Diesel's parser returns has none")]

mod arguments;
mod column;
mod constraint;
mod index;
mod literal;
mod table;
mod types;

use std::collections::{BTreeMap, BTreeSet};

use diesel_table_macro_syntax::{ColumnDef, TableDecl};
use proc_macro2::Span;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Error, Ident, ItemUse, LitStr, Result, Token, bracketed};

use crate::catalog::naming::Naming;
use crate::catalog::{
    Catalog, CatalogError, Constraint, NewEnum, Table, TableName, TypeName, enum_type,
};
use crate::nearest;

pub use arguments::is_passed_on;
pub use types::{camel, capital, spelled};

/// What stands in one `schema!`.
pub struct Schema {
    /// What each table may name its types by.
    pub uses: Vec<ItemUse>,
    /// The enums, in order.
    pub enums: Vec<Enum>,
    /// The tables, in order.
    pub tables: Vec<TableDecl>,
}

/// `enum order_status = ["open", "closed"];`
pub struct Enum {
    /// What is passed on to its struct.
    pub attributes: Vec<Attribute>,
    /// Its name and values.
    pub new: NewEnum,
    /// Where its name stands.
    pub span: Span,
}

impl Parse for Schema {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut schema = Schema { uses: Vec::new(), enums: Vec::new(), tables: Vec::new() };
        while !input.is_empty() {
            let ahead = input.fork();
            Attribute::parse_outer(&ahead)?;
            if ahead.peek(Token![use]) {
                schema.uses.push(input.parse()?);
            } else if ahead.peek(Token![enum]) {
                schema.enums.push(input.parse()?);
            } else {
                schema.tables.push(input.parse()?);
            }
        }
        Ok(schema)
    }
}

impl Parse for Enum {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let attributes = Attribute::parse_outer(input)?;
        input.parse::<Token![enum]>()?;
        let mut name: Ident = input.parse()?;
        let mut schema = None;
        if input.parse::<Option<Token![.]>>()?.is_some() {
            schema = Some(name.to_string());
            name = input.parse()?;
        }
        let values = |input: ParseStream<'_>| -> Result<Vec<LitStr>> {
            input.parse::<Token![=]>()?;
            let content;
            bracketed!(content in input);
            let values = content.parse_terminated(<LitStr as Parse>::parse, Token![,])?;
            Ok(values.into_iter().collect())
        };
        let values = values(input).map_err(|error| {
            let message =
                format!("the values of an enum are a list: enum {name} = [\"…\", \"…\"];");
            Error::new(error.span(), message)
        })?;
        input.parse::<Option<Token![;]>>()?;
        let mut seen = BTreeSet::new();
        for value in &values {
            if !seen.insert(value.value()) {
                let message = format!("enum `{name}` has the value `{}` twice", value.value());
                return Err(Error::new(value.span(), message));
            }
        }
        if values.is_empty() {
            return Err(Error::new(name.span(), format!("enum `{name}` has no value")));
        }
        let type_name = TypeName { schema, name: name.to_string() };
        let new = enum_type(type_name).values(values.iter().map(LitStr::value));
        Ok(Enum { attributes, new, span: name.span() })
    }
}

/// What was declared, in one macro or in all those of a file.
#[derive(Default)]
pub struct Declared {
    /// The tables, in order.
    pub tables: Vec<DeclaredTable>,
    /// The enums, in order.
    pub enums: Vec<Enum>,
    /// Types of the database that are declared as structs, by the names of these.
    pub customs: BTreeMap<String, TypeName>,
    /// The names that types were imported under, where they may have been declared where this reader can't look.
    imports: Option<Imports>,
}

/// A table as it stands there.
pub struct DeclaredTable {
    /// What Diesel's parser read.
    pub decl: TableDecl,
    /// Whether it stands in `schema!`, and not in `table!`.
    pub whole: bool,
}

/// What `use` brings into the tables.
#[derive(Default)]
struct Imports {
    names: BTreeSet<String>,
    /// Whether there is a `use …::*`.
    all: bool,
}

/// What all declarations say together.
#[derive(Clone, Debug, Default)]
pub struct Read {
    /// The tables and enums.
    pub catalog: Catalog,
    /// The tables of `schema!`.
    pub whole: BTreeSet<TableName>,
    /// Tables that had another name, with that one in front.
    pub renamed_tables: Vec<(TableName, TableName)>,
    /// Columns that had another name: the table, that name, the present one.
    pub renamed_columns: Vec<(TableName, String, String)>,
    /// Where Diesel can join: foreign keys of `schema!` that are the only ones between two tables of it.
    pub joins: Vec<Join>,
}

/// `child -> parent (column)`, as Rust has their names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Join {
    /// The table with the foreign key.
    pub child: Ident,
    /// The table it refers to.
    pub parent: Ident,
    /// The column of the foreign key.
    pub column: Ident,
}

impl Declared {
    /// What the macro knows: nothing that stands outside of it.
    pub fn alone(schema: Schema) -> Declared {
        let mut imports = Imports::default();
        schema.uses.iter().for_each(|item| imports.take(&item.tree));
        let mut declared = Declared { imports: Some(imports), ..Declared::default() };
        declared.add(schema);
        declared
    }

    /// Adds what stands in a `schema!`.
    pub fn add(&mut self, schema: Schema) {
        let tables = schema.tables.into_iter();
        self.tables.extend(tables.map(|decl| DeclaredTable { decl, whole: true }));
        self.enums.extend(schema.enums);
    }

    /// The schema that this says, and every mistake, at its word. Names that are left out are those of `naming`.
    pub fn read(&self, naming: &Naming) -> (Read, Vec<Error>) {
        let mut faults = Vec::new();
        let mut read = Read::default();
        for one in &self.enums {
            let name = &one.new.name;
            if read.catalog.enums.insert(name.clone(), one.new.values.clone()).is_some() {
                faults.push(Error::new(one.span, format!("enum `{name}` is there twice")));
            }
        }
        let mut links = Vec::new();
        let mut idents = BTreeSet::new();
        for table in &self.tables {
            let name = name_of(&table.decl);
            if read.catalog.tables.contains_key(&name) {
                let message = format!("table `{name}` is there twice");
                faults.push(Error::new(table.decl.table_name.span(), message));
                continue;
            }
            // In a file, each may be in a module of its own.
            let ident = &table.decl.table_name;
            if self.imports.is_some() && !idents.insert(ident.to_string()) {
                let message = format!(
                    "two tables are called `{ident}` here; give one of them another name, and this one by #[sql_name = \"{}\"]",
                    name.name
                );
                faults.push(Error::new(ident.span(), message));
                continue;
            }
            let found = if table.whole {
                self.whole_table(&table.decl, naming, &mut faults)
            } else {
                self.diesels_table(&table.decl, naming, &mut faults)
            };
            let Some(found) = found else { continue };
            if table.whole {
                read.whole.insert(name.clone());
            }
            for from in found.renamed_from {
                read.renamed_tables.push((from, name.clone()));
            }
            for (from, to) in found.renamed_columns {
                read.renamed_columns.push((name.clone(), from, to));
            }
            links.extend(found.links);
            read.catalog.tables.insert(name, found.table);
        }
        if faults.is_empty() {
            faults = self.misfits(&read.catalog, &links);
        }
        read.joins = joins(&links);
        (read, faults)
    }

    /// Whether the type of a column can be read.
    pub fn knows(&self, column: &ColumnDef) -> bool {
        self.diesels_column(column).is_ok()
    }

    /// What of the tables doesn't fit together, although each word of them could be read.
    fn misfits(&self, catalog: &Catalog, links: &[Link<'_>]) -> Vec<Error> {
        let mut faults = Vec::new();
        let types = self.customs.values().map(|name| (name.clone(), Vec::new()));
        for DeclaredTable { decl, whole } in &self.tables {
            let Some(table) = catalog.tables.get(&name_of(decl)).filter(|_| *whole) else {
                continue;
            };
            // References are looked at below, since tables may stand in any order.
            let mut alone = table.clone();
            alone.constraints.retain(|_, one| !matches!(one, Constraint::ForeignKey(_)));
            let mut nothing = Catalog { enums: catalog.enums.clone(), ..Catalog::default() };
            nothing.enums.extend(types.clone());
            if let Err(error) = nothing.add_table(&alone) {
                let message = if let CatalogError::ConstraintExists { table, constraint } = &error {
                    format!(
                        "table `{table}` has two constraints named `{constraint}`; give one of them another name"
                    )
                } else {
                    error.to_string()
                };
                faults.push(Error::new(decl.table_name.span(), message));
            }
        }
        for link in links {
            let target = link.parent.and_then(|parent| catalog.tables.get(&name_of(&parent.decl)));
            if let Some(target) = target
                && !target.is_unique(&link.referred)
                && link.parent.is_some_and(|parent| parent.whole)
            {
                let columns = link.referred.join(", ");
                let message = format!(
                    "`{}` can have several rows of one {columns}, so nothing can refer to it; a key or `unique` is missing there",
                    target.name
                );
                faults.push(Error::new(link.span, message));
            }
        }
        faults
    }
}

impl Imports {
    fn take(&mut self, tree: &syn::UseTree) {
        match tree {
            syn::UseTree::Path(path) => self.take(&path.tree),
            syn::UseTree::Name(name) => drop(self.names.insert(name.ident.to_string())),
            syn::UseTree::Rename(rename) => drop(self.names.insert(rename.rename.to_string())),
            syn::UseTree::Glob(_) => self.all = true,
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.take(tree)),
        }
    }
}

/// A table that was read, with what is not in it.
struct FoundTable<'a> {
    table: Table,
    renamed_from: Vec<TableName>,
    renamed_columns: Vec<(String, String)>,
    links: Vec<Link<'a>>,
}

/// A foreign key, with where it came from.
struct Link<'a> {
    span: Span,
    child: &'a TableDecl,
    /// Its columns, in Rust.
    columns: Vec<&'a Ident>,
    /// The table it refers to, if that is declared here.
    parent: Option<&'a DeclaredTable>,
    referred: Vec<String>,
}

/// What Diesel can join on: `joinable!` is made once for two tables, by one column, with the whole key of the other.
fn joins(links: &[Link<'_>]) -> Vec<Join> {
    let pair = |link: &Link<'_>| {
        let parent = &link.parent?.decl.table_name;
        let (child, parent) = (link.child.table_name.to_string(), parent.to_string());
        Some(if child < parent { (child, parent) } else { (parent, child) })
    };
    let mut joins = Vec::new();
    for link in links {
        let (Some(parent), [column]) = (link.parent, link.columns.as_slice()) else { continue };
        let key: Vec<&Ident> = table::key(&parent.decl);
        let whole_key = key.len() == 1
            && columns_of(&parent.decl, &key).is_ok_and(|columns| columns == link.referred);
        let alone = links.iter().filter(|other| pair(other) == pair(link)).count() == 1;
        if parent.whole && whole_key && alone && link.child.table_name != parent.decl.table_name {
            joins.push(Join {
                child: link.child.table_name.clone(),
                parent: parent.decl.table_name.clone(),
                column: (*column).clone(),
            });
        }
    }
    joins
}

/// The name that a table has in the database.
pub fn name_of(decl: &TableDecl) -> TableName {
    TableName { schema: decl.schema.as_ref().map(ToString::to_string), name: decl.sql_name.clone() }
}

/// The column that is called so in Rust.
///
/// # Errors
///
/// None is.
pub fn column_of<'a>(decl: &'a TableDecl, name: &Ident) -> Result<&'a ColumnDef> {
    use syn::ext::IdentExt;
    let same = |column: &&ColumnDef| column.column_name.unraw() == name.unraw();
    decl.column_defs.iter().find(same).ok_or_else(|| {
        let names: Vec<String> =
            decl.column_defs.iter().map(|column| column.column_name.to_string()).collect();
        let meant = nearest(&name.to_string(), names.iter().map(String::as_str));
        let meant = meant.map_or(String::new(), |meant| format!("; did you mean `{meant}`?"));
        let message = format!("table `{}` has no column `{name}`{meant}", decl.sql_name);
        Error::new(name.span(), message)
    })
}

/// The names in the database of columns that are called so in Rust.
fn columns_of(decl: &TableDecl, names: &[&Ident]) -> Result<Vec<String>> {
    names.iter().map(|name| column_of(decl, name).map(|column| column.sql_name.clone())).collect()
}

/// What doc comments say, as a comment of the database.
fn comment(attributes: &[Attribute]) -> Option<String> {
    let lines = attributes.iter().filter_map(|attribute| {
        if let syn::Meta::NameValue(pair) = &attribute.meta
            && pair.path.is_ident("doc")
            && let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &pair.value
        {
            return Some(text.value());
        }
        None
    });
    let lines: Vec<String> =
        lines.map(|line| line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned()).collect();
    let text = lines.join("\n");
    let text = text.trim_matches('\n');
    (!text.is_empty()).then(|| text.to_owned())
}
