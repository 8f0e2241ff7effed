//! One migration: the attribute, the message above it and the function below.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};

use super::outline::OuterAttribute;
use super::{Attribute, Fault, Function, Outline, SourceFile, Text, code, skim};

/// A migration as it is written.
#[derive(Clone, Debug)]
pub struct Migration {
    /// What `#[migration(…)]` says.
    pub attribute: Attribute,
    /// The doc comment, its lines joined.
    pub message: String,
    /// The function that records the ops.
    pub upgrade: Function,
}

impl Migration {
    /// Reads what an attribute macro is given: its arguments and its item.
    ///
    /// `place` is where a fault of the whole attribute is shown.
    pub fn parse(
        arguments: TokenStream,
        item: TokenStream,
        place: Span,
    ) -> Result<Migration, Vec<Fault>> {
        match Outline::read(item.clone()).functions.into_iter().next() {
            Some(function) => Migration::new(arguments, function, place),
            None => {
                let first = item.into_iter().find(|token| !is_attribute(token));
                Err(vec![stray(first.map_or(place, |token| token.span()))])
            }
        }
    }

    /// The one migration of a file that nothing is wrong with, in a fraction of the time.
    ///
    /// Its places are not those of the file, and its functions have nothing in them. Where there is none,
    /// [`SourceFile::read`] says what the file is.
    pub fn skim(text: &str) -> Option<Migration> {
        let file = SourceFile::read(&skim::skim(text)?).ok()?;
        let mut migrations = file.migrations.into_iter();
        migrations.next()?.ok().filter(|_| migrations.next().is_none())
    }

    pub(super) fn new(
        arguments: TokenStream,
        upgrade: Function,
        place: Span,
    ) -> Result<Migration, Vec<Fault>> {
        let attribute = Attribute::parse(arguments, place)?;
        Ok(Migration { attribute, message: message(&upgrade.attributes), upgrade })
    }

    /// What is wrong with `upgrade`, seen without compiling it.
    pub fn fault(&self) -> Option<Fault> {
        self.upgrade.declaration_fault("upgrade").or_else(|| self.concurrently_fault(&self.upgrade))
    }

    /// `concurrently` in a function of a migration that runs in a transaction.
    pub fn concurrently_fault(&self, function: &Function) -> Option<Fault> {
        let span = function.find("concurrently").filter(|_| self.attribute.transaction)?;
        Some(Fault::new(
            "nothing can be built or dropped `concurrently` inside a transaction; \
             say transaction = false in #[migration(…)]",
            span,
        ))
    }

    /// The code of the migration's `run` ops: see [`canonical`](super::canonical).
    pub fn code(&self) -> String {
        code::code(self.upgrade.body.stream())
    }
}

/// Whether a token belongs to the attributes above an item.
fn is_attribute(token: &TokenTree) -> bool {
    match token {
        TokenTree::Punct(punct) => punct.as_char() == '#',
        TokenTree::Group(group) => group.delimiter() == Delimiter::Bracket,
        TokenTree::Ident(_) | TokenTree::Literal(_) => false,
    }
}

/// Said of an attribute above something that is no function.
pub(super) fn stray(place: Span) -> Fault {
    Fault::new("`#[migration]` belongs above `pub fn upgrade(op: &mut Ops)`", place)
}

/// The lines of the doc comment.
fn message(attributes: &[OuterAttribute]) -> String {
    let comments = attributes.iter().filter(|attribute| attribute.name == "doc");
    let text: Vec<String> = comments.filter_map(comment).collect();
    // A blank `///` is an empty text, and a line all the same.
    let lines: Vec<&str> = text.iter().flat_map(|text| text.split('\n')).map(str::trim).collect();
    lines.join("\n").trim().to_owned()
}

fn comment(attribute: &OuterAttribute) -> Option<String> {
    match attribute.arguments.as_slice() {
        [_equals, text] => Text::of(text).map(|text| text.value),
        _ => None,
    }
}

/// The arguments of `#[migration(…)]`, if this is one.
pub(super) fn arguments(attribute: &OuterAttribute) -> Option<TokenStream> {
    if attribute.name != "migration" {
        return None;
    }
    match attribute.arguments.as_slice() {
        [] => Some(TokenStream::new()),
        [TokenTree::Group(group)] if group.delimiter() == Delimiter::Parenthesis => {
            Some(group.stream())
        }
        _ => None,
    }
}
