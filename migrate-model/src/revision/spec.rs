//! The words a person may use to name a revision.
//!
//! ```text
//! range  = [ spec ] ":" [ spec ]
//! spec   = [ branch "@" ] [ symbol ] [ offset ]
//! branch = label | id-prefix
//! symbol = "base" | "head" | "heads" | "current" | label | id-prefix
//! offset = ( "+" | "-" ) digits
//! ```
//!
//! Parsing looks only at the text. Whether `ae1` is one revision, none or three
//! is a question for `resolve`, which holds the graph.

use std::fmt;
use std::str::FromStr;

use super::error::SpecError;
use super::id::{invisible, is_word};

/// A revision as it was written, such as `ae1+2` or `reports@head`.
///
/// ```
/// use migrate_model::revision::{RevisionSpec, Symbol};
///
/// let spec: RevisionSpec = "ae1+2".parse()?;
/// assert_eq!(spec.symbol, Some(Symbol::Prefix("ae1".into())));
/// assert_eq!(spec.offset, 2);
/// assert_eq!(spec.to_string(), "ae1+2");
/// # Ok::<(), migrate_model::revision::SpecError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionSpec {
    /// Only revisions on this branch, when there is one before the `@`: a label, or a revision on it.
    pub branch: Option<String>,
    /// Where to start from; `None` is wherever the database is now.
    pub symbol: Option<Symbol>,
    /// Steps to walk from there: up when positive, down when negative.
    pub offset: i32,
}

/// Where a walk starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Symbol {
    /// Before the first revision.
    Base,
    /// The one revision that has none above it.
    Head,
    /// All of them.
    Heads,
    /// Wherever the database is now.
    Current,
    /// A label, an id or the beginning of one.
    Prefix(String),
}

impl RevisionSpec {
    /// The spec without a branch or an offset.
    pub fn symbol(symbol: Symbol) -> Self {
        Self { branch: None, symbol: Some(symbol), offset: 0 }
    }

    /// `head`, where `upgrade` goes when nothing else is said.
    pub fn head() -> Self {
        Self::symbol(Symbol::Head)
    }

    /// The revision of this id.
    pub fn id(id: impl Into<String>) -> Self {
        Self::symbol(Symbol::Prefix(id.into()))
    }

    /// Whether what it means depends on where the database is, as `+1` and `current` do.
    pub fn is_from_here(&self) -> bool {
        matches!(self.symbol, None | Some(Symbol::Current))
    }
}

impl FromStr for RevisionSpec {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        if text.is_empty() {
            return Err(SpecError::Empty);
        }
        if let Some(character) = invisible(text) {
            return Err(SpecError::Invisible { text: text.to_owned(), character });
        }
        if text.contains(':') {
            return Err(SpecError::Range { text: text.to_owned() });
        }
        let (branch, rest) = match text.split_once('@') {
            Some((branch, rest)) => (Some(parse_branch(text, branch)?), rest),
            None => (None, text),
        };
        if rest.is_empty() || rest.contains('@') {
            return Err(SpecError::AfterBranch { text: text.to_owned() });
        }
        // A revision id never holds `+` or `-`, so the first one starts the offset.
        let (symbol, offset) = rest.split_at(rest.find(['+', '-']).unwrap_or(rest.len()));
        let offset = if offset.is_empty() { 0 } else { parse_offset(text, offset)? };
        Ok(Self { branch, symbol: parse_symbol(symbol), offset })
    }
}

fn parse_branch(text: &str, branch: &str) -> Result<String, SpecError> {
    if branch.is_empty() || branch.contains(['+', '-']) || is_word(branch) {
        return Err(SpecError::Branch { text: text.to_owned(), branch: branch.to_owned() });
    }
    Ok(branch.to_owned())
}

fn parse_symbol(symbol: &str) -> Option<Symbol> {
    match symbol {
        "" => None,
        "base" => Some(Symbol::Base),
        "head" => Some(Symbol::Head),
        "heads" => Some(Symbol::Heads),
        "current" => Some(Symbol::Current),
        prefix => Some(Symbol::Prefix(prefix.to_owned())),
    }
}

fn parse_offset(text: &str, offset: &str) -> Result<i32, SpecError> {
    let digits = &offset[1..];
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(SpecError::Offset { text: text.to_owned(), offset: offset.to_owned() });
    }
    offset
        .parse()
        .map_err(|_| SpecError::LongOffset { text: text.to_owned(), offset: offset.to_owned() })
}

impl fmt::Display for RevisionSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(branch) = &self.branch {
            write!(f, "{branch}@")?;
        }
        if let Some(symbol) = &self.symbol {
            write!(f, "{symbol}")?;
        }
        if self.offset != 0 || self.symbol.is_none() {
            write!(f, "{:+}", self.offset)?;
        }
        Ok(())
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Symbol::Base => "base",
            Symbol::Head => "head",
            Symbol::Heads => "heads",
            Symbol::Current => "current",
            Symbol::Prefix(prefix) => prefix,
        })
    }
}

/// A stretch of the chain as it was written, such as `ae1:head`, `ae1:` or `:head`.
///
/// ```
/// use migrate_model::revision::{RevisionRange, RevisionSpec};
///
/// let range: RevisionRange = "ae1:head".parse()?;
/// assert_eq!(range.from, Some(RevisionSpec::id("ae1")));
/// assert_eq!(range.to, Some(RevisionSpec::head()));
/// # Ok::<(), migrate_model::revision::SpecError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionRange {
    /// The lower end; `None` is base.
    pub from: Option<RevisionSpec>,
    /// The upper end; `None` is every head.
    pub to: Option<RevisionSpec>,
}

impl FromStr for RevisionRange {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        let part = |part: &str| match part {
            "" => Ok(None),
            spec => spec.parse().map(Some),
        };
        match text.split_once(':') {
            Some((from, to)) if !to.contains(':') => Ok(Self { from: part(from)?, to: part(to)? }),
            Some(_) | None => Err(SpecError::NoRange { text: text.to_owned() }),
        }
    }
}

impl fmt::Display for RevisionRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(from) = &self.from {
            write!(f, "{from}")?;
        }
        f.write_str(":")?;
        if let Some(to) = &self.to {
            write!(f, "{to}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, branch: Option<&str>, symbol: Option<Symbol>, offset: i32) {
        let spec: RevisionSpec = text.parse().unwrap();
        assert_eq!(spec, RevisionSpec { branch: branch.map(str::to_owned), symbol, offset });
        assert_eq!(spec.to_string(), text);
    }

    fn prefix(text: &str) -> Option<Symbol> {
        Some(Symbol::Prefix(text.to_owned()))
    }

    #[test]
    fn every_form_of_the_language() {
        check("head", None, Some(Symbol::Head), 0);
        check("heads", None, Some(Symbol::Heads), 0);
        check("base", None, Some(Symbol::Base), 0);
        check("current", None, Some(Symbol::Current), 0);
        check("ae1027a6acf0", None, prefix("ae1027a6acf0"), 0);
        check("ae1", None, prefix("ae1"), 0);
        check("reports", None, prefix("reports"), 0);
        check("reports@head", Some("reports"), Some(Symbol::Head), 0);
        check("reports@heads", Some("reports"), Some(Symbol::Heads), 0);
        check("reports@base", Some("reports"), Some(Symbol::Base), 0);
        check("reports@+2", Some("reports"), None, 2);
        check("reports@ae1-1", Some("reports"), prefix("ae1"), -1);
        check("reports@head-1", Some("reports"), Some(Symbol::Head), -1);
        check("ae1@head", Some("ae1"), Some(Symbol::Head), 0);
        check("ae1+2", None, prefix("ae1"), 2);
        check("ae1-2", None, prefix("ae1"), -2);
        check("base+1", None, Some(Symbol::Base), 1);
        check("+2", None, None, 2);
        check("-1", None, None, -1);
        check("+0", None, None, 0);
        check("header", None, prefix("header"), 0);
        check("-2147483648", None, None, i32::MIN);
    }

    fn refuse(text: &str, expected: &str) {
        let error = text.parse::<RevisionSpec>().unwrap_err().to_string();
        assert!(error.contains(expected), "{text:?}: {error}");
    }

    #[test]
    fn what_is_not_in_the_language() {
        refuse("", "is empty");
        refuse(" ", "the character ` `");
        refuse("ae1\n", r"the character `\n`");
        refuse("@head", "before the `@`");
        refuse("head@ae1", "before the `@`");
        refuse("a+1@head", "before the `@`");
        refuse("reports@", "after the `@`");
        refuse("a@b@c", "after the `@`");
        refuse("+", "`+`");
        refuse("ae1-", "`-`");
        refuse("ae1+x", "`+x`");
        refuse("ae1+1junk", "`+1junk`");
        refuse("ae1+1-1", "`+1-1`");
        refuse("ae1+٣", "`+٣`");
        refuse("+99999999999", "no chain is that long");
        refuse("a:b", "is a range");
    }

    #[test]
    fn ranges_have_one_colon() {
        let range = |text: &str| text.parse::<RevisionRange>();
        for text in ["a:b", "a:", ":b", ":", "-3:current", "a1:+2", "x@a:x@head-2"] {
            assert_eq!(range(text).unwrap().to_string(), text);
        }
        assert!(range("a").is_err());
        assert!(range("a:b:c").is_err());
        assert!(range("@:b").is_err());
    }

    fn name() -> impl Strategy<Value = String> {
        "[a-z0-9_é]{1,12}".prop_filter("words are not names", |name| !is_word(name))
    }

    prop_compose! {
        fn spec()(
            branch in prop::option::of(name()),
            symbol in prop::option::of(prop_oneof![
                Just(Symbol::Base),
                Just(Symbol::Head),
                Just(Symbol::Heads),
                Just(Symbol::Current),
                name().prop_map(Symbol::Prefix),
            ]),
            offset in prop_oneof![Just(0), any::<i32>()],
        ) -> RevisionSpec {
            RevisionSpec { branch, symbol, offset }
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(spec in spec()) {
            prop_assert_eq!(spec.to_string().parse::<RevisionSpec>().unwrap(), spec);
        }

        #[test]
        fn no_text_panics(text in "[-+@:a-z0-9 é]{0,12}|\\PC*") {
            if let Ok(spec) = text.parse::<RevisionSpec>() {
                prop_assert_eq!(spec.to_string().parse::<RevisionSpec>().unwrap(), spec);
            }
            let _ = text.parse::<RevisionRange>();
        }
    }
}
