//! Pairs of SQL files: what `migrations!` reads of them, and the module that it makes of each.
//!
//! There is no attribute that could show a fault in its own file, so all of them are said at `migrations!`, with
//! file, line and column.

use std::path::Path;
use std::{fs, io};

use migrate_model::revision::Node;
use migrate_model::source::{Half, SqlFault, SqlHeader, SqlMigration, Word, down_alone};
use proc_macro2::{Ident, TokenStream};
use quote::quote;

use crate::attr::Extras;
use crate::valid::{Complaint, Literal};

/// A pair that is a migration.
pub(crate) struct Pair {
    pub(crate) migration: SqlMigration,
    pub(crate) node: Node,
}

/// Reads the pair of an `.up.sql` file in `folder`; `prefix` stands before its names in messages.
pub(crate) fn read(folder: &Path, prefix: &str, stem: &str) -> Result<Pair, Vec<String>> {
    let shown = |half: Half| format!("{prefix}{stem}{}", half.extension());
    let text =
        |half: Half| match fs::read_to_string(folder.join(format!("{stem}{}", half.extension()))) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(vec![format!("`{}` can't be read: {error}", shown(half))]),
        };
    let down = text(Half::Down)?;
    let Some(up) = text(Half::Up)? else { return Err(vec![down_alone(stem)]) };
    match SqlMigration::read(stem, &up, down.as_deref()) {
        Ok(migration) => Ok(Pair { node: migration.node(shown(Half::Up)), migration }),
        Err(faults) => {
            let said = |SqlFault { half, line, column, message }: &SqlFault| {
                format!("{}:{line}:{column}: {message}", shown(*half))
            };
            Err(faults.iter().map(said).collect())
        }
    }
}

/// What is wrong with a pair beside the other files, at its place in the file called `shown`.
pub(crate) fn complaint(shown: &str, header: &SqlHeader, complaint: &Complaint) -> String {
    let last = |words: &[Word], value: &str| {
        words.iter().rev().find(|word| word.value == value).map(|word| (word.line, word.column))
    };
    let place = match &complaint.literal {
        Literal::Attribute | Literal::Irreversible | Literal::Revision => None,
        Literal::DownRevision(id) => last(&header.down_revision, id),
        Literal::DependsOn(name) => last(&header.depends_on, name),
        Literal::BranchLabel(label) => last(&header.branch_labels, label),
    };
    let (line, column) = place.unwrap_or((header.revision.line, header.revision.column));
    format!("{shown}:{line}:{column}: {}", complaint.message)
}

impl Pair {
    /// Its module. `way` leads from the calling file to the folder, `shown` is what places call the folder.
    pub(crate) fn declare(&self, name: &Ident, stem: &str, way: &str, shown: &str) -> TokenStream {
        let SqlMigration { header, message, is_reversible } = &self.migration;
        let file = |half: Half, folder: &str| match folder {
            "" => format!("{stem}{}", half.extension()),
            folder => format!("{folder}/{stem}{}", half.extension()),
        };
        let opaque = header.opaque.iter().map(|(schema, name)| {
            let schema = schema.as_deref().unwrap_or("");
            quote!((#schema, #name))
        });
        let opaque = quote!(&[#(#opaque),*]);
        let declares_nothing = header.declares_nothing;
        let sql = |half: Half| {
            let (path, place) = (file(half, way), file(half, shown));
            quote! {
                super::__migrate_core::op::SqlFile {
                    file: #place,
                    text: ::core::include_str!(#path),
                    opaque: #opaque,
                    declares_nothing: #declares_nothing,
                }
            }
        };
        let (id, place) = (&header.revision.value, file(Half::Up, shown));
        let parents = header.down_revision.iter().map(|word| &word.value);
        let values = |words: &'_ [Word]| words.iter().map(|word| word.value.clone()).collect();
        let extras = Extras {
            depends_on: values(&header.depends_on),
            branch_labels: values(&header.branch_labels),
            transaction: header.transaction,
            irreversible: header.irreversible.as_ref().map(|word| word.value.clone()),
            breaking: header.breaking.as_ref().map(|word| word.value.clone()),
            loses: values(&header.loses),
            lock_timeout: header.lock_timeout,
            statement_timeout: header.statement_timeout,
        };
        let more = extras.calls();
        let up = sql(Half::Up);
        let (down, downgrade) = match is_reversible {
            true => {
                let down = sql(Half::Down);
                let function = quote! {
                    fn downgrade(op: &mut super::__migrate_core::op::Ops) {
                        const DOWN: super::__migrate_core::op::SqlFile = #down;
                        op.sql_file(&DOWN);
                    }
                };
                (function, quote!(downgrade))
            }
            false => {
                (TokenStream::new(), quote!(super::__migrate_core::chain::automatic::downgrade))
            }
        };
        quote! {
            #[allow(missing_docs, unreachable_pub, non_snake_case)]
            mod #name {
                fn upgrade(op: &mut super::__migrate_core::op::Ops) {
                    const UP: super::__migrate_core::op::SqlFile = #up;
                    op.sql_file(&UP);
                }

                #down

                #[doc(hidden)]
                pub const REVISION: super::__migrate_core::chain::Revision =
                    super::__migrate_core::chain::Revision::new(
                        #id, &[#(#parents),*], #message, #place, upgrade, #downgrade,
                    ) #more;
            }
        }
    }
}
