//! `#[migration(…)]`: one file's function becomes its `REVISION`.

use migrate_model::source::{Fault, Migration};
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::quote;

use crate::{fallback, folder, valid};

pub(crate) fn migration(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let arguments: Vec<TokenTree> = arguments.into_iter().collect();
    let tokens = arguments.iter().cloned().collect();
    let migration = match Migration::parse(tokens, item.clone(), Span::call_site()) {
        Ok(migration) => migration,
        Err(faults) => return fallback::stub(&item, &faults),
    };
    if let Some(fault) = migration.upgrade.declaration_fault("upgrade") {
        return fallback::stub_without_body(&migration.upgrade, fault);
    }
    let mut faults = complaints(&migration, &arguments);
    faults.extend(migration.concurrently_fault(&migration.upgrade));
    match faults.is_empty() {
        true => {
            let revision = revision(&migration);
            quote! { #item #revision }
        }
        false => fallback::stub(&item, &faults),
    }
}

/// What is wrong with this migration beside the others in its folder.
///
/// In an editor there is no file to look beside: then nothing is.
fn complaints(migration: &Migration, arguments: &[TokenTree]) -> Vec<Fault> {
    let Some(file) = Span::call_site().unwrap().local_file() else { return Vec::new() };
    let Some(name) = folder::file_name(&file) else { return Vec::new() };
    let Ok(folder) = folder::around(&file) else { return Vec::new() };
    let complaints = folder.complaints.get(&name).map_or(&[][..], Vec::as_slice);
    complaints.iter().map(|complaint| valid::fault(complaint, migration, arguments)).collect()
}

fn revision(migration: &Migration) -> TokenStream {
    let attribute = &migration.attribute;
    let id = &attribute.revision.value;
    let down_revision = attribute.down_revision.items.iter().map(|text| &text.value);
    let depends_on = attribute.depends_on.items.iter().map(|text| &text.value);
    let branch_labels = attribute.branch_labels.items.iter().map(|text| &text.value);
    let message = &migration.message;
    let transaction = attribute.transaction;
    let irreversible = option(attribute.irreversible.as_ref().map(|text| &text.value));
    let breaking = option(attribute.breaking.as_ref().map(|text| &text.value));
    let code = migration.code();
    let upgrade = &migration.upgrade.name;
    quote! {
        // A function `downgrade` in this file goes before the one imported here.
        #[allow(unused_imports, clippy::wildcard_imports)]
        use super::__migrate_core::chain::automatic::*;

        #[doc(hidden)]
        pub const REVISION: super::__migrate_core::chain::Revision =
            super::__migrate_core::chain::Revision {
                id: #id,
                down_revision: &[#(#down_revision),*],
                depends_on: &[#(#depends_on),*],
                branch_labels: &[#(#branch_labels),*],
                message: #message,
                transaction: #transaction,
                irreversible: #irreversible,
                breaking: #breaking,
                file: ::core::file!(),
                stem: super::__migrate_core::chain::stem(::core::file!()),
                code: #code,
                upgrade: #upgrade,
                downgrade,
            };
    }
}

fn option(text: Option<&String>) -> TokenStream {
    match text {
        Some(text) => quote!(::core::option::Option::Some(#text)),
        None => quote!(::core::option::Option::None),
    }
}
