//! What is wrong with a piece of source, and where it stands.

use proc_macro2::Span;

/// A mistake in a migration's source.
///
/// The message says what to do, not only what is wrong: rustc and `cargo
/// migrate` both print it under the place.
#[derive(Clone, Debug)]
pub struct Fault {
    /// What is wrong and what to write instead.
    pub message: String,
    /// The literal or word at fault.
    pub span: Span,
}

impl Fault {
    /// A fault at `span`.
    pub fn new(message: impl Into<String>, span: Span) -> Self {
        Fault { message: message.into(), span }
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
