//! One table: of `table!`, and of `schema!` with its attributes.

use diesel_table_macro_syntax::TableDecl;
use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Error, Ident, Result};

use super::arguments::{Behind, Said, Word, each, number, ours, text, unknown, value, word};
use super::{Declared, FoundTable, column_of, columns_of, comment, name_of};
use crate::catalog::build::{self, NewColumn, NewTable, TableBuilder};
use crate::catalog::{Constraint, NewIndex, Table, TableName, naming::Naming, primary_key};

/// What stands above a table.
const WORDS: [Word; 9] = [
    Word { name: "unique", example: "#[unique(account_id, number)]" },
    Word {
        name: "index",
        example: "#[index(account_id, desc(created_at))], or #[index(expr(\"lower(email)\"), unique)]",
    },
    Word { name: "check", example: "#[check(\"starts_at < ends_at\")]" },
    Word {
        name: "foreign_key",
        example: "#[foreign_key((account_id, number) -> orders(account_id, number), on_delete = cascade)]",
    },
    Word {
        name: "exclude",
        example: "#[exclude(room with \"=\", expr(\"tsrange(start, stop)\") with \"&&\")]",
    },
    Word { name: "renamed_from", example: "#[renamed_from = \"purchases\"]" },
    Word {
        name: "postgres",
        example: "#[postgres(unlogged, tablespace = \"fast\", with(fillfactor = 70))]",
    },
    Word { name: "mysql", example: "#[mysql(engine = \"InnoDB\", charset = \"utf8mb4\")]" },
    Word { name: "sqlite", example: "#[sqlite(strict, without_rowid)]" },
];

/// What people look for here under another name.
const ELSEWHERE: [(&str, &str); 5] = [
    ("references", "above a table it is #[foreign_key((a, b) -> other(a, b))]"),
    ("primary_key", "the key stands behind the name of the table: orders (id) { … }"),
    ("comment", "a doc comment is the comment"),
    ("schema", "it stands in front of the name: audit.events (id) { … }"),
    ("sql_name", "it is given twice"),
];

/// The key of a table, in Rust; as `table!` has it, it is `id` where there is none.
pub(super) fn key(decl: &TableDecl) -> Vec<&Ident> {
    match &decl.primary_keys {
        Some(keys) => keys.keys.iter().collect(),
        None => decl
            .column_defs
            .iter()
            .map(|column| &column.column_name)
            .filter(|name| *name == "id")
            .collect(),
    }
}

impl Declared {
    /// A table of `table!`: its columns and its key.
    pub(super) fn diesels_table(
        &self,
        decl: &TableDecl,
        naming: &Naming,
        faults: &mut Vec<Error>,
    ) -> Option<FoundTable<'_>> {
        let before = faults.len();
        let mut builder = build::table(name_of(decl));
        for (at, column) in decl.column_defs.iter().enumerate() {
            match once(decl, at).and_then(|()| self.diesels_column(column)) {
                Ok(column) => builder = builder.column(NewColumn::from(column)),
                Err(fault) => faults.push(fault),
            }
        }
        if faults.len() > before {
            return None;
        }
        let builder = with_key(builder, decl, faults);
        let table = NewTable::from(builder).build(naming);
        let nothing = (Vec::new(), Vec::new(), Vec::new());
        let (renamed_from, renamed_columns, links) = nothing;
        (faults.len() == before).then_some(FoundTable {
            table,
            renamed_from,
            renamed_columns,
            links,
        })
    }

    /// A table of `schema!`: everything.
    pub(super) fn whole_table<'a>(
        &'a self,
        decl: &'a TableDecl,
        naming: &Naming,
        faults: &mut Vec<Error>,
    ) -> Option<FoundTable<'a>> {
        let before = faults.len();
        let mut builder = build::table(name_of(decl));
        let mut indexes = Vec::new();
        let (mut renamed_columns, mut links) = (Vec::new(), Vec::new());
        for (at, column) in decl.column_defs.iter().enumerate() {
            match once(decl, at).and_then(|()| self.whole_column(column, decl)) {
                Ok(found) => {
                    let to = &found.new.column.name;
                    renamed_columns
                        .extend(found.renamed_from.into_iter().map(|from| (from, to.clone())));
                    links.extend(found.links);
                    indexes.extend(found.indexes);
                    builder = builder.column(found.new);
                }
                Err(fault) => faults.push(fault),
            }
        }
        // What stands above the table names its columns, so that it would be wrong only because these are.
        if faults.len() > before {
            return None;
        }
        builder = with_key(builder, decl, faults);
        let mut renamed_from = Vec::new();
        let said = match ours(&decl.meta, &WORDS, "a table", &ELSEWHERE) {
            Ok(said) => said,
            Err(fault) => {
                faults.push(fault);
                return None;
            }
        };
        for said in said {
            let read = match said.0.name {
                "unique" => self.unique(said, decl, None).map(|one| constraint(&mut builder, one)),
                "index" => self
                    .index(said, decl, None)
                    .map(|index| indexes.push((said.1.path().span(), index))),
                "check" => self.check(said).map(|one| constraint(&mut builder, one)),
                "exclude" => self.exclude(said, decl).map(|one| constraint(&mut builder, one)),
                "foreign_key" => self.foreign_key(said, decl, None).map(|(key, link)| {
                    constraint(&mut builder, key);
                    links.push(link);
                }),
                "renamed_from" => value(said).map(|from| {
                    let schema = decl.schema.as_ref().map(ToString::to_string);
                    renamed_from.push(TableName { schema, name: from.value() });
                }),
                _ => options(said, &mut builder),
            };
            if let Err(fault) = read {
                faults.push(fault);
            }
        }
        if let Some(comment) = comment(&decl.meta) {
            builder = builder.comment(&comment);
        }
        let mut table = NewTable::from(builder).build(naming);
        for (span, index) in indexes {
            if let Err(fault) = put(&mut table, span, index, naming) {
                faults.push(fault);
            }
        }
        (faults.len() == before).then_some(FoundTable {
            table,
            renamed_from,
            renamed_columns,
            links,
        })
    }
}

fn constraint(builder: &mut TableBuilder, one: impl Into<Constraint>) {
    *builder = builder.clone().constraint(one);
}

/// Puts an index in under the name that it gets where it is given none.
fn put(table: &mut Table, span: Span, new: NewIndex, naming: &Naming) -> Result<()> {
    let mut index = new.index;
    if index.name.is_empty() {
        index.name = naming.name_index(&table.name, &index);
    }
    let name = index.name.clone();
    match table.indexes.insert(name.clone(), index) {
        None => Ok(()),
        Some(_) => {
            let message = format!(
                "an index `{name}` is there already; give this one another name: name = \"…\""
            );
            Err(Error::new(span, message))
        }
    }
}

/// Whether the column is not there already.
fn once(decl: &TableDecl, at: usize) -> Result<()> {
    let column = &decl.column_defs[at];
    let before = decl.column_defs.iter().take(at);
    let mut same = before.filter(|other| {
        other.sql_name == column.sql_name || other.column_name == column.column_name
    });
    if same.next().is_some() {
        let message = format!("column `{}` is there twice", column.column_name);
        return Err(Error::new(column.column_name.span(), message));
    }
    Ok(())
}

fn with_key(builder: TableBuilder, decl: &TableDecl, faults: &mut Vec<Error>) -> TableBuilder {
    let keys = key(decl);
    if keys.is_empty() {
        let message = format!(
            "table `{name}` has no column `id`, so its key is to be named: {name} (…) {{ … }}",
            name = decl.table_name
        );
        faults.push(Error::new(decl.table_name.span(), message));
        return builder;
    }
    match columns_of(decl, &keys) {
        Ok(columns) => builder.constraint(primary_key(columns)),
        Err(fault) => {
            faults.push(fault);
            builder
        }
    }
}

/// `#[postgres(…)]`, `#[mysql(…)]`, `#[sqlite(…)]`.
fn options(said: Said<'_>, builder: &mut TableBuilder) -> Result<()> {
    let known: &[&str] = match said.0.name {
        "postgres" => &["unlogged", "tablespace = \"…\"", "with(… = …)"],
        "mysql" => &["engine = \"…\"", "charset = \"…\"", "collate = \"…\"", "row_format = \"…\""],
        _ => &["strict", "without_rowid"],
    };
    each(said, |input| {
        let (word, behind) = word(input, said)?;
        let all = builder.clone();
        *builder = match (said.0.name, word.to_string().as_str(), behind) {
            ("postgres", "unlogged", Behind::Nothing) => all.postgres(|t| t.unlogged()),
            ("postgres", "tablespace", Behind::Value) => {
                let name = text(input, &word)?;
                all.postgres(|t| t.tablespace(&name))
            }
            ("postgres", "with", Behind::List) => {
                let parameters = parameters(input)?;
                parameters
                    .into_iter()
                    .fold(all, |all, (name, value)| all.postgres(|t| t.with(&name, value)))
            }
            ("mysql", "engine", Behind::Value) => {
                let name = text(input, &word)?;
                all.mysql(|t| t.engine(&name))
            }
            ("mysql", "charset", Behind::Value) => {
                let name = text(input, &word)?;
                all.mysql(|t| t.charset(&name))
            }
            ("mysql", "collate", Behind::Value) => {
                let name = text(input, &word)?;
                all.mysql(|t| t.collate(&name))
            }
            ("mysql", "row_format", Behind::Value) => {
                let name = text(input, &word)?;
                all.mysql(|t| t.row_format(&name))
            }
            ("sqlite", "strict", Behind::Nothing) => all.sqlite(|t| t.strict()),
            ("sqlite", "without_rowid", Behind::Nothing) => all.sqlite(|t| t.without_rowid()),
            (_, _, _) => return Err(unknown(&word, said, known)),
        };
        Ok(())
    })
}

/// `(fillfactor = 70, autovacuum_enabled = "off")`
pub(super) fn parameters(input: syn::parse::ParseStream<'_>) -> Result<Vec<(String, String)>> {
    let mut parameters = Vec::new();
    super::arguments::list(input, |input| {
        use syn::ext::IdentExt;
        let name = Ident::parse_any(input)?;
        let value = if input.peek2(syn::LitStr) {
            text(input, &name)?
        } else {
            number(input, &name)?.to_string()
        };
        parameters.push((name.to_string(), value));
        Ok(())
    })?;
    Ok(parameters)
}

/// Columns that a list names, by their names in the database.
pub(super) fn column_list(
    input: syn::parse::ParseStream<'_>,
    decl: &TableDecl,
) -> Result<Vec<String>> {
    let mut columns = Vec::new();
    super::arguments::list(input, |input| {
        let name: Ident = input.parse()?;
        columns.push(column_of(decl, &name)?.sql_name.clone());
        Ok(())
    })?;
    Ok(columns)
}
