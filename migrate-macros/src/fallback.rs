//! What is emitted in the place of something that has a fault.
//!
//! The errors, and beside them whatever the rest of the crate refers to: a
//! second error because the first one left a hole would only hide it.

use migrate_model::source::{Fault, Function};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

/// The errors alone.
pub(crate) fn errors(faults: &[Fault]) -> TokenStream {
    let errors = faults.iter().map(|Fault { message, span, end }| {
        // rustc draws its arrow from the first token to the last.
        let path = quote_spanned!(*span => ::core::compile_error!);
        let message = quote_spanned!(*end => { #message });
        quote!(#path #message)
    });
    errors.collect()
}

/// The errors of a migration, its item as it is, and a `REVISION` for `CHAIN`.
pub(crate) fn stub(item: &TokenStream, faults: &[Fault]) -> TokenStream {
    let errors = errors(faults);
    quote! {
        #errors
        #item

        #[doc(hidden)]
        pub const REVISION: super::__migrate_core::chain::Revision =
            super::__migrate_core::chain::Revision::FAULTY;
    }
}

/// The same for a function with the wrong signature: its body would not fit either.
pub(crate) fn stub_without_body(function: &Function, fault: Fault) -> TokenStream {
    let Function { name, signature, qualifier, .. } = function;
    let head = quote!(#[allow(unused_variables)] #qualifier fn #name #(#signature)*);
    stub(&quote!(#head { loop {} }), &[fault])
}
