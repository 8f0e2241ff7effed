//! The name of a revision, and what may be one.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::ops::Deref;

/// How many characters a revision id may have: what the version table's column holds.
pub const MAX_ID_CHARACTERS: usize = 32;

/// The words of the revision language that look like a name.
const WORDS: [&str; 4] = ["head", "heads", "base", "current"];

/// The name of a revision, such as `3f2a9c41b7d0`.
///
/// Any text can be one; [`check_id`] says whether it should.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RevisionId(Cow<'static, str>);

impl RevisionId {
    /// The name that a program was compiled with. No copy of it is made, however often the id is cloned.
    pub const fn from_static(id: &'static str) -> RevisionId {
        RevisionId(Cow::Borrowed(id))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RevisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Deref for RevisionId {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for RevisionId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for RevisionId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl From<&str> for RevisionId {
    fn from(id: &str) -> Self {
        Self(Cow::Owned(id.to_owned()))
    }
}

impl From<String> for RevisionId {
    fn from(id: String) -> Self {
        Self(Cow::Owned(id))
    }
}

impl From<RevisionId> for String {
    fn from(id: RevisionId) -> Self {
        id.0.into_owned()
    }
}

impl PartialEq<str> for RevisionId {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for RevisionId {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

/// Why a text can't be the name of a revision or of a branch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdFault {
    /// There is no text.
    #[error("the name is empty; give it letters and digits, such as `3f2a9c41b7d0`")]
    Empty,
    /// It doesn't fit into the version table.
    #[error("the name has {length} characters; the version table holds {MAX_ID_CHARACTERS}")]
    TooLong {
        /// How many characters it has.
        length: usize,
    },
    /// A character that means something else where revisions are named.
    #[error(
        "the name has a `{character}`; the characters `@ - + :` belong to the revision language, as in `reports@head` or `3f2a+2`; use letters, digits and `_`"
    )]
    Operator {
        /// The first such character.
        character: char,
    },
    /// A space, or something that can't be seen.
    #[error("the name has the character `{}`; use letters, digits and `_`", character.escape_default())]
    Invisible {
        /// The first such character.
        character: char,
    },
    /// A word of the revision language.
    #[error("`{word}` is a word of the revision language and can't be a name")]
    Word {
        /// The word.
        word: String,
    },
}

/// Whether `id` can be the name of a revision.
///
/// ```
/// use migrate_model::revision::check_id;
///
/// assert!(check_id("3f2a9c41b7d0").is_ok());
/// assert!(check_id("3f2a-41b7").is_err()); // reads as 41 below `3f2a`
/// ```
pub fn check_id(id: &str) -> Result<(), IdFault> {
    check_label(id)?;
    if id.len() <= MAX_ID_CHARACTERS {
        return Ok(());
    }
    match id.chars().count() {
        length if length > MAX_ID_CHARACTERS => Err(IdFault::TooLong { length }),
        _ => Ok(()),
    }
}

/// Whether `label` can be the name of a branch: as an id, but of any length, for no table holds it.
pub fn check_label(label: &str) -> Result<(), IdFault> {
    if label.is_empty() {
        return Err(IdFault::Empty);
    }
    // As nearly all are.
    let is_plain = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_plain && !is_word(label) {
        return Ok(());
    }
    if let Some(character) = label.chars().find(|c| ['@', '-', '+', ':'].contains(c)) {
        return Err(IdFault::Operator { character });
    }
    if let Some(character) = invisible(label) {
        return Err(IdFault::Invisible { character });
    }
    if is_word(label) {
        return Err(IdFault::Word { word: label.to_owned() });
    }
    Ok(())
}

/// The first character of `text` that can't be seen.
pub(super) fn invisible(text: &str) -> Option<char> {
    // Of no width, or what turns the direction of all that follows: two names would look alike.
    let is_mark = |c: char| matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    text.chars().find(|&c| c.is_whitespace() || c.is_control() || is_mark(c))
}

/// Whether `text` is a word of the revision language.
pub(super) fn is_word(text: &str) -> bool {
    WORDS.contains(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(id: &str, expected: Result<(), &str>) {
        let found = check_id(id).map_err(|fault| fault.to_string());
        match (&found, expected) {
            (Ok(()), Ok(())) => {}
            (Err(text), Err(part)) => assert!(text.contains(part), "{id:?}: {text}"),
            (Ok(()), Err(_)) | (Err(_), Ok(())) => panic!("{id:?}: {found:?}"),
        }
    }

    #[test]
    fn ids_leave_the_revision_language_alone() {
        check("3f2a9c41b7d0", Ok(()));
        check("add_orders", Ok(()));
        check("注文", Ok(()));
        check("", Err("empty"));
        check("a-b", Err("has a `-`"));
        check("a+b", Err("has a `+`"));
        check("a@b", Err("has a `@`"));
        check("a:b", Err("has a `:`"));
        check("a b", Err("the character ` `"));
        check("a\u{0}b", Err(r"the character `\u{0}`"));
        // What Alembic let into a chain stays in it; a file is named without it.
        for odd in ["'", "\"", "`", "\\", ";", "*/", "%s", "{}", "$1", "?", "../../x", "a..b", "🦀"]
        {
            check(odd, Ok(()));
        }
        for odd in ["\n", "\t", "\u{202e}a", "a\u{200b}", " a", "a "] {
            check(odd, Err("the character `"));
        }
        for name in ["CON", "aux", "self", "1a", "Ä", "x", "x_1"] {
            check(name, Ok(()));
        }
        check("head", Err("`head` is a word"));
        check("heads", Err("`heads` is a word"));
        check("base", Err("`base` is a word"));
        check("current", Err("`current` is a word"));
        check("header", Ok(()));
    }

    #[test]
    fn length_is_counted_in_characters() {
        check(&"é".repeat(32), Ok(()));
        check(&"x".repeat(33), Err("33 characters"));
        assert!(check_label(&"x".repeat(33)).is_ok());
    }
}
