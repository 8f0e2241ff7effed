//! `#[migration(…)]`: one file's function becomes its `REVISION`.

use std::time::Duration;

use migrate_model::source::{Fault, Migration, Text, Texts};
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
    let Ok((folders, name)) = folder::around(&file) else { return Vec::new() };
    let complaints = folders.complaints.get(&name).map_or(&[][..], Vec::as_slice);
    complaints.iter().map(|complaint| valid::fault(complaint, migration, arguments)).collect()
}

/// What only some migrations say.
pub(crate) struct Extras {
    pub(crate) depends_on: Vec<String>,
    pub(crate) branch_labels: Vec<String>,
    pub(crate) transaction: bool,
    pub(crate) irreversible: Option<String>,
    pub(crate) breaking: Option<String>,
    pub(crate) loses: Vec<String>,
    pub(crate) lock_timeout: Option<Duration>,
    pub(crate) statement_timeout: Option<Duration>,
}

impl Extras {
    /// The calls that say it of a `Revision`.
    pub(crate) fn calls(&self) -> TokenStream {
        let Extras {
            depends_on, branch_labels, transaction, irreversible, breaking, loses, ..
        } = self;
        let mut calls = TokenStream::new();
        if !depends_on.is_empty() {
            calls.extend(quote!(.depends_on(&[#(#depends_on),*])));
        }
        if !branch_labels.is_empty() {
            calls.extend(quote!(.branch_labels(&[#(#branch_labels),*])));
        }
        if !transaction {
            calls.extend(quote!(.outside_a_transaction()));
        }
        if let Some(why) = irreversible {
            calls.extend(quote!(.irreversible(#why)));
        }
        if let Some(what) = breaking {
            calls.extend(quote!(.breaking(#what)));
        }
        if !loses.is_empty() {
            calls.extend(quote!(.loses(&[#(#loses),*])));
        }
        let milliseconds = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        if let Some(time) = self.lock_timeout.map(milliseconds) {
            calls.extend(quote!(.lock_timeout(#time)));
        }
        if let Some(time) = self.statement_timeout.map(milliseconds) {
            calls.extend(quote!(.statement_timeout(#time)));
        }
        calls
    }
}

/// The constant that `migrations!` puts into `CHAIN`.
///
/// Few tokens, since each is handed to the compiler by itself: what most
/// migrations don't say is only written where one says it.
fn revision(migration: &Migration) -> TokenStream {
    let attribute = &migration.attribute;
    let id = &attribute.revision.value;
    let down_revision = values(&attribute.down_revision);
    let message = &migration.message;
    let upgrade = &migration.upgrade.name;
    let words = |texts: &Texts| texts.items.iter().map(|text| text.value.clone()).collect();
    let word = |text: &Option<Text>| text.as_ref().map(|text| text.value.clone());
    let extras = Extras {
        depends_on: words(&attribute.depends_on),
        branch_labels: words(&attribute.branch_labels),
        transaction: attribute.transaction,
        irreversible: word(&attribute.irreversible),
        breaking: word(&attribute.breaking),
        loses: words(&attribute.loses),
        lock_timeout: attribute.lock_timeout,
        statement_timeout: attribute.statement_timeout,
    };
    let mut more = extras.calls();
    let code = migration.code();
    if !code.is_empty() {
        more.extend(quote!(.code(#code)));
    }
    quote! {
        // A function `downgrade` in this file goes before the one imported here.
        #[allow(unused_imports, clippy::wildcard_imports)]
        use super::__migrate_core::chain::automatic::*;

        #[doc(hidden)]
        pub const REVISION: super::__migrate_core::chain::Revision =
            super::__migrate_core::chain::Revision::new(
                #id, #down_revision, #message, ::core::file!(), #upgrade, downgrade,
            ) #more;
    }
}

fn values(texts: &Texts) -> TokenStream {
    let values = texts.items.iter().map(|text| &text.value);
    quote!(&[#(#values),*])
}
