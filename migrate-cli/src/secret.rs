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
    let masked = spellings.iter().fold(text.to_owned(), |text, spelling| mask(&text, spelling));
    mask_cut(&masked, &spellings)
}

/// Masks the beginning of a secret where a text was cut off within it, which is said by a `…`.
fn mask_cut(text: &str, spellings: &[String]) -> String {
    let mut pieces: Vec<String> = text.split('…').map(str::to_owned).collect();
    let cuts = pieces.len() - 1;
    for piece in &mut pieces[..cuts] {
        // Of less than that, nobody can tell whether it is a secret.
        let starts = spellings.iter().flat_map(|spelling| {
            let ends = spelling.char_indices().skip(3).map(|(at, c)| at + c.len_utf8());
            ends.map(|end| &spelling[..end])
        });
        let found = starts.filter(|start| piece.ends_with(start)).map(str::len).max();
        if let Some(length) = found {
            piece.truncate(piece.len() - length);
            piece.push_str(MASK);
        }
    }
    pieces.join("…")
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

/// The parameters of a database URL that everybody may see, without their dashes and underscores.
///
/// Of all others nobody knows: `?PASSWORD=`, `?passwd=` and `?pwd=` are slips that happen.
const HARMLESS: &[&str] = &[
    "applicationname",
    "channelbinding",
    "charset",
    "clientencoding",
    "connecttimeout",
    "dbname",
    "encoding",
    "fallbackapplicationname",
    "gssdelegation",
    "gssencmode",
    "gsslib",
    "host",
    "hostaddr",
    "keepalives",
    "keepalivescount",
    "keepalivesidle",
    "keepalivesinterval",
    "krbsrvname",
    "loadbalancehosts",
    "maxprotocolversion",
    "minprotocolversion",
    "mode",
    "port",
    "replication",
    "requireauth",
    "requirepeer",
    "requiressl",
    "service",
    "socket",
    "ssl",
    "sslca",
    "sslcert",
    "sslcertmode",
    "sslcompression",
    "sslcrl",
    "sslcrldir",
    "ssldisabled",
    "sslmaxprotocolversion",
    "sslminprotocolversion",
    "sslmode",
    "sslnegotiation",
    "sslrootcert",
    "sslsni",
    "sslverifycert",
    "sslverifyidentity",
    "targetsessionattrs",
    "tcpusertimeout",
    "timeout",
    "unixsocket",
    "user",
];

/// The settings that everybody may see in `?options=-c name=value`.
const HARMLESS_SETTINGS: &[&str] = &[
    "datestyle",
    "idle_in_transaction_session_timeout",
    "lock_timeout",
    "role",
    "search_path",
    "statement_timeout",
    "timezone",
];

/// Whether a parameter of a database URL holds no password, by its name.
pub(crate) fn is_harmless(name: &str, value: &str) -> bool {
    let is_listed = |names: &[&str], name: &str| names.contains(&name.to_lowercase().as_str());
    if name.eq_ignore_ascii_case("options") {
        return value.replace("-c ", "-c").split_whitespace().all(|word| {
            let setting = word.strip_prefix("-c").or_else(|| word.strip_prefix("--"));
            let name = setting.and_then(|setting| setting.split_once('=')).map(|(name, _)| name);
            name.is_some_and(|name| is_listed(HARMLESS_SETTINGS, name))
        });
    }
    is_listed(HARMLESS, &name.replace(['-', '_'], ""))
}

/// Whether a text can be the name of a parameter, and not the end of a password that has a `&`.
pub(crate) fn is_name(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || ['_', '-', '.'].contains(&c))
}

/// A part of a URL, and what follows a `;` or `#` in it.
///
/// Neither means anything here, but they do elsewhere: `;password=…` is how others write it.
pub(crate) fn split_foreign(text: &str) -> (&str, &str) {
    text.find([';', '#']).map_or((text, ""), |at| text.split_at(at + 1))
}

/// A part of a URL as people are shown it.
pub(crate) fn masked_part(text: &str) -> String {
    match split_foreign(text) {
        (whole, "") => whole.to_owned(),
        (plain, _) => format!("{plain}{MASK}"),
    }
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
        // A colour ends a word as well.
        let is_end = |c: char| c.is_whitespace() || c == '\u{1b}';
        let (word, tail) = after.split_at(after.find(is_end).unwrap_or(after.len()));
        // What closes a quotation is not of the URL.
        let url = word.trim_end_matches(['`', '\'', '"', ')', ']', ',', '.', ';', ':']);
        masked.push_str(&mask_url(url));
        masked.push_str(&word[url.len()..]);
        rest = tail;
    }
    masked.push_str(rest);
    masked
}

/// What follows `://` in a URL.
fn mask_url(url: &str) -> String {
    let (colon, at) = (url.find(':'), url.rfind('@'));
    let query = url.find('?');
    // Where the text was cut off, the `@` behind a password may be what is gone.
    if let (Some(colon), None, true) = (colon, at, url.contains('…')) {
        return format!("{}{MASK}…", &url[..=colon]);
    }
    let (user, rest) = match (colon, at) {
        // The `@` may be one of a password in a parameter, or the `?` one of a password.
        (_, Some(at)) if query.is_some_and(|query| query < at) => {
            let start = query.into_iter().chain(colon).min().unwrap_or(at);
            return format!("{}{MASK}", &url[..=start]);
        }
        (Some(colon), Some(at)) if colon < at => {
            (format!("{}{MASK}@", &url[..=colon]), &url[at + 1..])
        }
        (Some(_) | None, Some(_) | None) => (String::new(), url),
    };
    let Some((place, query)) = rest.split_once('?') else {
        return format!("{user}{}", masked_part(rest));
    };
    let parameters: Vec<String> = query.split('&').map(mask_parameter).collect();
    format!("{user}{}?{}", masked_part(place), parameters.join("&"))
}

/// A parameter as it is written.
fn mask_parameter(text: &str) -> String {
    match text.split_once('=') {
        Some((name, value)) if is_harmless(name, &crate::url::decoded(value)) => {
            format!("{name}={}", masked_part(value))
        }
        Some((name, _)) if is_name(name) => format!("{name}={MASK}"),
        None if text.is_empty() => String::new(),
        Some(_) | None => MASK.to_owned(),
    }
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
        check("postgres://h/d?sslmode=require&pwd=pw", "postgres://h/d?sslmode=require&pwd=***");
        check("`postgres://u:pw@h/d?passwd=pw'` is", "`postgres://u:***@h/d?passwd=***'` is");
        check("a://h/d?PassWord=p&w=p&w", "a://h/d?PassWord=***&w=***&***");
        check("a://h:1/d?password=p@w", "a://h:***");
        check("a://h/d?password=p@w", "a://h/d?***");
        check("a://u:p?w@h/d", "a://u:***");
        check("a://h/d;password=pw b", "a://h/d;*** b");
        check("a://h/d#pw", "a://h/d#***");
        check("a://h/d?sslmode=require;pwd=pw", "a://h/d?sslmode=require;***");
        check("write a://user@h:1/d; then", "write a://user@h:1/d; then");
        check("\u{1b}[33ma://h?x=pw\u{1b}[0m'", "\u{1b}[33ma://h?x=***\u{1b}[0m'");
        check("execute 'a://u:pw… (x.rs:1)", "execute 'a://u:***… (x.rs:1)");
        check("execute 'a://u:pw@h… (x.rs:1)", "execute 'a://u:***@h… (x.rs:1)");
    }

    #[test]
    fn a_secret_that_was_cut_off_is_masked_as_far_as_it_goes() {
        let check = |text: &str, expected: &str| {
            assert_eq!(scrub(text, &[Secret::new("hunter2'%")]), expected, "{text}");
        };
        check("INSERT 'hunter2… (x.rs:1)", "INSERT '***… (x.rs:1)");
        check("INSERT 'hunt…", "INSERT '***…");
        check("INSERT 'hunter2%27%2…", "INSERT '***…");
        check("the hun…", "the hun…");
        check("… hunter2'% … hunte…", "… *** … ***…");
    }

    #[test]
    fn parameters_are_harmless_by_name() {
        let check = |name: &str, value: &str, expected: bool| {
            assert_eq!(is_harmless(name, value), expected, "{name}={value}");
        };
        check("sslmode", "require", true);
        check("SSLMode", "require", true);
        check("connect_timeout", "5", true);
        check("connectTimeout", "5", true);
        for name in ["password", "PASSWORD", "passwd", "pwd", "pass", "sslpassword", "passfile"] {
            check(name, "x", false);
        }
        for name in ["sslkey", "oauth_client_secret", "token", "", "use", "users"] {
            check(name, "x", false);
        }
        check("options", "-csearch_path=trading", true);
        check("options", "-c search_path=a,b -c Lock_Timeout=5s --role=ann", true);
        check("options", "-c password=x", false);
        check("options", "-c search_path=a password=x", false);
        check("options", "endpoint=x", false);
    }
}
