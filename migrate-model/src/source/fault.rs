//! What is wrong with a piece of source, and where it stands.

use proc_macro2::{Span, TokenTree};

/// A mistake in a migration's source.
///
/// The message says what to do, not only what is wrong: rustc and `cargo
/// migrate` both print it under the place.
#[derive(Clone, Debug)]
pub struct Fault {
    /// What is wrong and what to write instead.
    pub message: String,
    /// The literal or word at fault, or the first of several.
    pub span: Span,
    /// The last word at fault.
    pub end: Span,
}

impl Fault {
    /// A fault at one word.
    pub fn new(message: impl Into<String>, span: Span) -> Self {
        Fault { message: message.into(), span, end: span }
    }

    /// A fault of all of `tokens`, or of `place` if there are none.
    pub fn across<'a>(
        message: impl Into<String>,
        tokens: impl IntoIterator<Item = &'a TokenTree>,
        place: Span,
    ) -> Self {
        let mut spans = tokens.into_iter().map(TokenTree::span);
        let span = spans.next().unwrap_or(place);
        Fault { message: message.into(), span, end: spans.last().unwrap_or(span) }
    }
}

/// A string literal and where it is written.
#[derive(Clone, Debug)]
pub struct Text {
    /// What the literal says.
    pub value: String,
    /// The literal, quotes included.
    pub span: Span,
}

impl Text {
    /// The string literal that a token is, if it is one.
    pub(super) fn of(token: &TokenTree) -> Option<Text> {
        let TokenTree::Literal(literal) = token else { return None };
        let syn::Lit::Str(string) = syn::Lit::new(literal.clone()) else { return None };
        Some(Text { value: string.value(), span: literal.span() })
    }
}
