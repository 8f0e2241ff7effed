//! What is emitted in the place of something that has a fault.
//!
//! The errors, and beside them whatever the rest of the crate refers to: a
//! second error because the first one left a hole would only hide it.

use migrate_model::source::Fault;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

/// The errors alone.
pub(crate) fn errors(faults: &[Fault]) -> TokenStream {
    let errors = faults.iter().map(|Fault { message, span }| {
        quote_spanned! { *span => ::core::compile_error! { #message } }
    });
    errors.collect()
}

/// The errors of a migration, its function as it is, and a `REVISION` for `CHAIN`.
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
