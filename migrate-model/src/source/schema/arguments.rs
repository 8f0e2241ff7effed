//! What stands between the parentheses of an attribute, as every attribute is read.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{Attribute, Error, Ident, LitStr, Meta, Result, Token, parenthesized, token};

use crate::nearest;

/// An attribute and how a person would write it.
#[derive(Clone, Copy)]
pub(super) struct Word {
    pub(super) name: &'static str,
    pub(super) example: &'static str,
}

/// Attributes that are passed on to `table!`.
const PASSED_ON: [&str; 7] = ["doc", "allow", "expect", "warn", "deny", "forbid", "deprecated"];

/// Whether an attribute is one that the compiler knows, and not one of ours.
pub fn is_passed_on(attribute: &Attribute) -> bool {
    PASSED_ON.iter().any(|name| attribute.path().is_ident(name))
}

/// An attribute of ours, with what it is.
pub(super) type Said<'a> = (Word, &'a Attribute);

/// Those of `attributes` that are ours; `what` is what they are on, `elsewhere` what is said with another word, and how.
pub(super) fn ours<'a>(
    attributes: &'a [Attribute],
    words: &[Word],
    what: &str,
    elsewhere: &[(&str, &str)],
) -> Result<Vec<Said<'a>>> {
    let mut said = Vec::new();
    for attribute in attributes.iter().filter(|attribute| !is_passed_on(attribute)) {
        let path = attribute.path();
        let name: Vec<String> = path.segments.iter().map(|part| part.ident.to_string()).collect();
        let name = name.join("::");
        match words.iter().find(|word| word.name == name) {
            Some(word) => said.push((*word, attribute)),
            None => {
                let hint = elsewhere.iter().find(|(other, _)| *other == name);
                let known = || words.iter().map(|word| word.name);
                let hint = match (hint, nearest(&name, known())) {
                    (Some((_, hint)), _) => format!("; {hint}"),
                    (None, Some(meant)) => format!("; did you mean `{meant}`?"),
                    (None, None) => {
                        format!("; there are {}", known().collect::<Vec<_>>().join(", "))
                    }
                };
                return Err(Error::new(
                    path.span(),
                    format!("{what} has no attribute `{name}`{hint}"),
                ));
            }
        }
    }
    Ok(said)
}

/// The one of them with that name; two are a mistake.
pub(super) fn once<'a>(said: &[Said<'a>], name: &str) -> Result<Option<Said<'a>>> {
    let mut of_name = said.iter().filter(|(word, _)| word.name == name);
    let first = of_name.next().copied();
    match of_name.next() {
        Some((_, second)) => Err(Error::new(
            second.path().span(),
            format!("`{name}` is given twice; take one of the two away"),
        )),
        None => Ok(first),
    }
}

/// An attribute that is written otherwise.
pub(super) fn miswritten((word, attribute): Said<'_>) -> Error {
    Error::new(attribute.path().span(), format!("`{}` is written {}", word.name, word.example))
}

/// Reads the list in the parentheses, one element at a time. Without them there is none.
pub(super) fn each(
    said: Said<'_>,
    mut element: impl FnMut(ParseStream<'_>) -> Result<()>,
) -> Result<()> {
    match &said.1.meta {
        Meta::Path(_) => Ok(()),
        Meta::NameValue(_) => Err(miswritten(said)),
        Meta::List(list) => list.parse_args_with(|input: ParseStream<'_>| {
            while !input.is_empty() {
                element(input)?;
                comma(input)?;
            }
            Ok(())
        }),
    }
}

/// The comma behind an element, where another one follows.
pub(super) fn comma(input: ParseStream<'_>) -> Result<()> {
    if input.is_empty() || input.peek(Token![,]) {
        return input.parse::<Option<Token![,]>>().map(drop);
    }
    Err(input.error("a comma is missing before this"))
}

/// The text of `#[renamed_from = "…"]`.
pub(super) fn value(said: Said<'_>) -> Result<LitStr> {
    if let Meta::NameValue(pair) = &said.1.meta
        && let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &pair.value
        && !text.value().trim().is_empty()
    {
        return Ok(text.clone());
    }
    Err(miswritten(said))
}

/// What stands behind a word in a list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Behind {
    Nothing,
    Value,
    List,
}

/// A word in a list, and what stands behind it.
pub(super) fn word(input: ParseStream<'_>, said: Said<'_>) -> Result<(Ident, Behind)> {
    let word = Ident::parse_any(input).map_err(|error| {
        Error::new(error.span(), format!("`{}` is written {}", said.0.name, said.0.example))
    })?;
    let behind = if input.peek(Token![=]) {
        Behind::Value
    } else if input.peek(token::Paren) {
        Behind::List
    } else {
        Behind::Nothing
    };
    Ok((word, behind))
}

/// `= "…"` behind a word.
pub(super) fn text(input: ParseStream<'_>, word: &Ident) -> Result<String> {
    input
        .parse::<Token![=]>()
        .and_then(|_| input.parse::<LitStr>())
        .map(|text| text.value())
        .map_err(|error| {
            Error::new(at(&error, word), format!("`{word}` takes a text: {word} = \"…\""))
        })
}

/// `= word` behind a word.
pub(super) fn choice(input: ParseStream<'_>, word: &Ident, among: &[&str]) -> Result<String> {
    let said = input.parse::<Token![=]>().and_then(|_| Ident::parse_any(input));
    let all = among.join(", ");
    let said = said
        .map_err(|error| Error::new(at(&error, word), format!("`{word}` takes a word: {all}")))?;
    let name = said.to_string();
    if among.contains(&name.as_str()) {
        return Ok(name);
    }
    let message = match nearest(&name, among.iter().copied()) {
        Some(meant) => format!("`{word}` takes no `{name}`; did you mean `{meant}`?"),
        None => format!("`{word}` takes no `{name}`; it takes {all}"),
    };
    Err(Error::new(said.span(), message))
}

/// `= 1000` or `= -1` behind a word.
pub(super) fn number(input: ParseStream<'_>, word: &Ident) -> Result<i64> {
    let number = input.parse::<Token![=]>().and_then(|_| {
        let minus = input.parse::<Option<Token![-]>>()?;
        let digits: syn::LitInt = input.parse()?;
        let sign = if minus.is_some() { "-" } else { "" };
        format!("{sign}{}", digits.base10_digits())
            .parse()
            .map_err(|_| Error::new(digits.span(), "too large a number"))
    });
    number.map_err(|error| {
        Error::new(at(&error, word), format!("`{word}` takes a number: {word} = 100"))
    })
}

/// `(…)` behind a word, one element at a time.
pub(super) fn list(
    input: ParseStream<'_>,
    mut element: impl FnMut(ParseStream<'_>) -> Result<()>,
) -> Result<()> {
    let content;
    parenthesized!(content in input);
    while !content.is_empty() {
        element(&content)?;
        comma(&content)?;
    }
    Ok(())
}

/// A word that the list of an attribute doesn't take; `known` are those that it takes, as they are written.
pub(super) fn unknown(word: &Ident, said: Said<'_>, known: &[&str]) -> Error {
    let (name, of) = (word.to_string(), said.0.name);
    let meant = nearest(&name, known.iter().copied().map(bare));
    let form = known.iter().find(|form| meant == Some(bare(form)));
    let message = match form {
        Some(form) if bare(form) == name => format!("`{name}` is written {form}"),
        Some(form) => format!("`{of}` takes no `{name}`; did you mean `{}`?", bare(form)),
        None => format!("`{of}` takes no `{name}`; it takes {}", known.join(", ")),
    };
    Error::new(word.span(), message)
}

/// The word in how it is written.
pub(super) fn bare(form: &str) -> &str {
    form.split([' ', '(']).next().unwrap_or(form)
}

/// Where an error is; at the word where there is nothing left to point at.
fn at(error: &Error, word: &Ident) -> Span {
    let span = error.span();
    if span.start() == Span::call_site().start() { word.span() } else { span }
}
