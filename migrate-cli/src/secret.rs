//! Passwords, which no message, log or `Debug` may show.

use std::fmt;

/// What stands where a password stood.
pub(crate) const MASK: &str = "***";

/// Text that is not to be seen.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    /// Hides `text`.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Secret(text.into())
    }

    /// The text, for the database alone.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Secret(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

/// `text` with every one of `secrets` masked, in whatever spelling a driver might repeat it.
pub(crate) fn scrub(text: &str, secrets: &[Secret]) -> String {
    let mut spellings: Vec<String> =
        secrets.iter().flat_map(|secret| spellings(secret.expose())).collect();
    // The longest first: a password may be a part of its own percent-encoded form.
    spellings.sort_by_key(|spelling| std::cmp::Reverse(spelling.len()));
    spellings.dedup();
    spellings.iter().fold(text.to_owned(), |text, spelling| mask(&text, spelling))
}

/// How a password may be written.
fn spellings(password: &str) -> Vec<String> {
    let strict = percent_encoding::NON_ALPHANUMERIC;
    let encoded = percent_encoding::utf8_percent_encode(password, strict).to_string();
    let quoted = password.replace('\\', "\\\\").replace('\'', "\\'");
    let doubled = password.replace('\'', "''");
    let debug = password.escape_debug().to_string();
    let lower = encoded.to_lowercase();
    let mut all =
        vec![password.to_owned(), crate::url::encoded(password), encoded, quoted, doubled, debug];
    if lower.eq_ignore_ascii_case(&all[2]) && password.is_ascii() {
        all.push(lower);
    }
    all.retain(|spelling| !spelling.is_empty());
    all
}

/// A short password is masked only where it stands alone: it is a part of too many words.
fn mask(text: &str, secret: &str) -> String {
    let is_short = secret.chars().count() < 4;
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(secret) {
        let (before, found) = rest.split_at(at);
        let after = &found[secret.len()..];
        let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let is_part = is_word(before.chars().next_back().or(masked.chars().next_back()))
            || is_word(after.chars().next());
        masked.push_str(before);
        masked.push_str(if is_short && is_part { secret } else { MASK });
        rest = after;
    }
    masked.push_str(rest);
    masked
}

/// `text` with the password of everything in it that looks like a URL masked.
///
/// For words that were typed in a wrong place, where nothing was taken apart.
pub(crate) fn mask_urls(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        masked.push_str(before);
        let word = after.find(char::is_whitespace).unwrap_or(after.len());
        let (word, tail) = after.split_at(word);
        match (word.find(':'), word.rfind('@')) {
            (Some(colon), Some(end)) if colon < end => {
                masked.push_str(&word[..=colon]);
                masked.push_str(MASK);
                masked.push_str(&word[end..]);
            }
            (Some(_) | None, Some(_) | None) => masked.push_str(word),
        }
        rest = tail;
    }
    masked.push_str(rest);
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_debugged() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "***");
    }

    #[test]
    fn every_spelling_of_a_password_is_masked() {
        let check = |password: &str, text: &str, expected: &str| {
            assert_eq!(scrub(text, &[Secret::new(password)]), expected, "{password} in {text}");
        };
        check("hunter2", "no entry for hunter2", "no entry for ***");
        check("p@ss/w", "bad url postgres://u:p%40ss%2Fw@h", "bad url postgres://u:***@h");
        check("p@ss/w", "bad url postgres://u:p%40ss%2fw@h", "bad url postgres://u:***@h");
        check("it's", "password='it\\'s'", "password='***'");
        check("it's", "password='it''s'", "password='***'");
        check("q\"uote", r#"near "q\"uote""#, r#"near "***""#);
        check("", "an empty one hides nothing", "an empty one hides nothing");
        check("a", "a table at u:a@h", "*** table at u:***@h");
        check("a", "a table", "*** table");
        check("it", "waiting for it", "waiting for ***");
        check("日本語", "値 日本語", "値 ***");
    }

    #[test]
    fn words_that_look_like_urls_are_masked() {
        let check = |text: &str, expected: &str| assert_eq!(mask_urls(text), expected);
        check("no `postgres://u:pw@h/d` here", "no `postgres://u:***@h/d` here");
        check("no `postgres://u:p@w@h/d`", "no `postgres://u:***@h/d`");
        check("a://b:c@d and e://f:g@h", "a://b:***@d and e://f:***@h");
        check("sqlite:///x.db", "sqlite:///x.db");
        check("http://host:80/", "http://host:80/");
    }
}
