//! The top-level functions of a file, found without parsing what is in them.
//!
//! A light reading of tokens: `#[…]` collects, `fn name` begins a function, and
//! braces or a semicolon end an item. Reading a thousand files in full with
//! `syn` would cost a build seconds, and would say nothing that rustc does not.

use std::iter::Peekable;

use proc_macro2::token_stream::IntoIter;
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

use super::Fault;

/// What a file, or one item of it, consists of at the top.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    /// The functions, in the order they are written.
    pub functions: Vec<Function>,
    /// Attributes above anything else.
    pub others: Vec<OuterAttribute>,
    /// Names that a `use` brings in one by one, such as a shared `downgrade`.
    pub imports: Vec<Ident>,
}

/// A top-level function.
#[derive(Clone, Debug)]
pub struct Function {
    /// The attributes above it, doc comments included.
    pub attributes: Vec<OuterAttribute>,
    /// `async`, `unsafe`, `const` or `extern` before `fn`.
    pub qualifier: Option<Ident>,
    /// What it is called.
    pub name: Ident,
    /// Everything between the name and the body.
    pub signature: Vec<TokenTree>,
    /// The body, braces included.
    pub body: Group,
}

/// An attribute above an item.
#[derive(Clone, Debug)]
pub struct OuterAttribute {
    /// The last word of its path: `migration` in `#[migrate_core::migration(…)]`.
    pub name: Ident,
    /// What follows the path: `(…)`, `= "…"` or nothing.
    pub arguments: Vec<TokenTree>,
}

impl Outline {
    /// Reads the tokens of a file or of one item.
    pub fn read(tokens: TokenStream) -> Outline {
        let mut outline = Outline::default();
        let mut attributes = Vec::new();
        let mut qualifier = None;
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == '#' => {
                    attributes.extend(attribute(&mut tokens));
                    continue;
                }
                TokenTree::Ident(word) if is_qualifier(&word) => {
                    qualifier.get_or_insert(word);
                    continue;
                }
                TokenTree::Ident(word) if word == "use" => {
                    outline.imports.extend(names(&mut tokens));
                }
                TokenTree::Ident(word) if word == "fn" => {
                    let (attributes, qualifier) =
                        (std::mem::take(&mut attributes), qualifier.take());
                    outline.functions.extend(function(attributes, qualifier, &mut tokens));
                    continue;
                }
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {}
                TokenTree::Punct(punct) if punct.as_char() == ';' => {}
                TokenTree::Ident(_)
                | TokenTree::Group(_)
                | TokenTree::Punct(_)
                | TokenTree::Literal(_) => continue,
            }
            // The end of an item.
            outline.others.append(&mut attributes);
            qualifier = None;
        }
        outline
    }
}

impl Function {
    /// The mistake in how a function of a migration is declared, if there is one.
    pub fn declaration_fault(&self, expected: &str) -> Option<Fault> {
        let shape = format!("`pub fn {expected}(op: &mut Ops)`");
        if let Some(qualifier) = &self.qualifier {
            let message = format!("a migration only writes down what to do; it begins {shape}");
            return Some(Fault::new(message, qualifier.span()));
        }
        if self.name != expected {
            let message = format!("`#[migration]` belongs above {shape}");
            return Some(Fault::new(message, self.name.span()));
        }
        match self.signature.as_slice() {
            [TokenTree::Group(parameters)] if is_recorder(parameters) => None,
            [TokenTree::Group(parameters), after @ ..] if is_recorder(parameters) => {
                let message = format!(
                    "nothing has run when `{expected}` ends, so it has nothing to return: {shape}"
                );
                Some(Fault::across(message, after, self.name.span()))
            }
            signature => {
                let message =
                    format!("`{expected}` takes the list of ops and nothing else: {shape}");
                Some(Fault::across(message, signature, self.name.span()))
            }
        }
    }

    /// The word `wanted` in the body, if it is there.
    pub fn find(&self, wanted: &str) -> Option<Span> {
        find(self.body.stream(), wanted)
    }
}

fn find(tokens: TokenStream, wanted: &str) -> Option<Span> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(word) => (word == wanted).then(|| word.span()),
        TokenTree::Group(group) => find(group.stream(), wanted),
        TokenTree::Punct(_) | TokenTree::Literal(_) => None,
    })
}

/// Whether the parameters are `op: &mut Ops`, under whatever name and path.
fn is_recorder(parameters: &Group) -> bool {
    let words: Vec<String> = parameters.stream().into_iter().map(|t| t.to_string()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let words = words.strip_suffix(&[","]).unwrap_or(&words);
    let words = words.strip_prefix(&["mut"]).unwrap_or(words);
    let [_name, ":", "&", "mut", path @ .., "Ops"] = words else { return false };
    parameters.delimiter() == Delimiter::Parenthesis
        && path
            .iter()
            .all(|word| *word == ":" || word.chars().all(|c| c.is_alphanumeric() || c == '_'))
}

fn is_qualifier(word: &Ident) -> bool {
    ["async", "unsafe", "const", "extern"].iter().any(|qualifier| word == qualifier)
}

/// The attribute after a `#`; an inner one, `#![…]`, belongs to the file.
fn attribute(tokens: &mut Peekable<IntoIter>) -> Option<OuterAttribute> {
    if tokens.next_if(|token| matches!(token, TokenTree::Punct(p) if p.as_char() == '!')).is_some()
    {
        tokens.next();
        return None;
    }
    let Some(TokenTree::Group(group)) = tokens.next() else { return None };
    let mut name = None;
    let mut inner = group.stream().into_iter().peekable();
    while let Some(token) = inner.next_if(|t| match t {
        TokenTree::Ident(_) => true,
        TokenTree::Punct(punct) => punct.as_char() == ':',
        TokenTree::Group(_) | TokenTree::Literal(_) => false,
    }) {
        if let TokenTree::Ident(word) = token {
            name = Some(word);
        }
    }
    Some(OuterAttribute { name: name?, arguments: inner.collect() })
}

fn function(
    attributes: Vec<OuterAttribute>,
    qualifier: Option<Ident>,
    tokens: &mut Peekable<IntoIter>,
) -> Option<Function> {
    // `fn(u8)` is a type, not a function.
    let name = match tokens.next_if(|token| matches!(token, TokenTree::Ident(_)))? {
        TokenTree::Ident(name) => name,
        TokenTree::Group(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => return None,
    };
    let mut signature = Vec::new();
    for token in tokens {
        if let TokenTree::Group(body) = &token
            && body.delimiter() == Delimiter::Brace
        {
            let body = body.clone();
            return Some(Function { attributes, qualifier, name, signature, body });
        }
        signature.push(token);
    }
    None
}

/// The words of a `use`, up to its semicolon.
fn names(tokens: &mut Peekable<IntoIter>) -> Vec<Ident> {
    let path = tokens.take_while(|t| !matches!(t, TokenTree::Punct(p) if p.as_char() == ';'));
    words(path.collect())
}

fn words(tokens: TokenStream) -> Vec<Ident> {
    let words = tokens.into_iter().flat_map(|token| match token {
        TokenTree::Ident(word) => vec![word],
        TokenTree::Group(group) => words(group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => Vec::new(),
    });
    words.collect()
}
