//! URLs of PostgreSQL servers, rewritten for libpq.
//!
//! libpq is strict where people are not: a `#`, `/` or `%zz` in a password ends
//! its reading. So the parts are found first, as SQLAlchemy finds them, and then
//! written anew with everything encoded.

use super::{ServerUrl, UrlError, decoded, encoded, parameters};
use crate::secret::{MASK, Secret, is_harmless, is_name, masked_part, split_foreign};

/// Reads what follows `postgres://`.
pub(super) fn parse(rest: &str) -> Result<ServerUrl, UrlError> {
    let (user, rest) = split_user(rest);
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (hosts, database) = match rest.split_once('/') {
        Some((hosts, database)) => (hosts, Some(decoded(database))),
        None => (rest, None),
    };
    if hosts.contains('@') || database.as_ref().is_some_and(|name| name.contains('@')) {
        return Err(UrlError::StrayAt);
    }
    check_ports(hosts)?;

    let mut both = Both::new("postgres://");
    let mut seen = vec![hosts.to_owned()];
    if let Some(user) = user {
        let (name, password) = match user.split_once(':') {
            Some((name, password)) => (decoded(name), Some(password)),
            None => (decoded(user), None),
        };
        both.part(&name, encoded);
        if let Some(raw) = password.filter(|raw| !raw.is_empty()) {
            let password = decoded(raw);
            both.push(":");
            both.secret(&encoded(&password));
            both.secrets.extend([Secret::new(raw), Secret::new(password)]);
        }
        both.push("@");
        seen.push(name);
    }
    both.part(hosts, str::to_owned);
    if let Some(database) = &database {
        both.push("/");
        both.part(database, encoded);
        seen.push(database.clone());
    }

    let mut separator = "?";
    let mut has_name = false;
    for (name, value) in parameters(query) {
        let Some((name, value)) = translate(name, value)? else { continue };
        has_name |= name == "application_name" || name == "fallback_application_name";
        both.push(separator);
        both.parameter(&name, &value);
        separator = "&";
    }
    let mut connection = both.whole;
    if !has_name {
        // So that `pg_stat_activity` says who holds a lock; PGAPPNAME goes before it.
        connection = format!("{connection}{separator}fallback_application_name=migrate");
    }
    let mut secrets = both.secrets;
    // A password that is also the name of the user is no secret that a mask could keep.
    secrets.retain(|secret| !seen.iter().any(|part| part == secret.expose()));
    secrets.dedup();
    Ok(ServerUrl { connection: Secret::new(connection), shown: both.shown, secrets })
}

/// A text for the driver and the same for people.
pub(super) struct Both {
    pub(super) whole: String,
    pub(super) shown: String,
    /// What is not shown.
    pub(super) secrets: Vec<Secret>,
}

impl Both {
    pub(super) fn new(start: &str) -> Self {
        Both { whole: start.to_owned(), shown: start.to_owned(), secrets: Vec::new() }
    }

    pub(super) fn push(&mut self, text: &str) {
        self.whole.push_str(text);
        self.shown.push_str(text);
    }

    pub(super) fn secret(&mut self, text: &str) {
        self.whole.push_str(text);
        self.shown.push_str(MASK);
    }

    /// A part that people may see, but for what hides in it.
    pub(super) fn part(&mut self, text: &str, write: impl Fn(&str) -> String) {
        let (plain, foreign) = split_foreign(text);
        self.push(&write(plain));
        if foreign.is_empty() {
            return;
        }
        self.secret(&write(foreign));
        self.secrets.push(Secret::new(foreign));
        let values = foreign.split(';').filter_map(|part| part.split_once('='));
        self.secrets.extend(values.map(|(_, value)| Secret::new(value)));
    }

    pub(super) fn parameter(&mut self, name: &str, value: &str) {
        if is_harmless(name, value) {
            self.push(&format!("{}=", encoded(name)));
            self.part(value, encoded);
        } else if is_name(name) && !value.is_empty() {
            self.push(&format!("{}=", encoded(name)));
            self.secret(&encoded(value));
            self.secrets.push(Secret::new(value));
        } else {
            self.secret(&format!("{}={}", encoded(name), encoded(value)));
            self.secrets.extend([Secret::new(name), Secret::new(value)]);
        }
    }
}

/// `user:password` before the `@`, and the rest.
///
/// SQLAlchemy ends it at the first `@`. A password with an `@` of its own is no
/// valid URL, but a common one; it ends at the last `@` that can't be in a parameter.
pub(super) fn split_user(text: &str) -> (Option<&str>, &str) {
    let Some(first) = text.find('@') else { return (None, text) };
    let colon = text.find(':').filter(|&colon| colon < first);
    // Without a password, only a name may stand there: `host/db?options=a@b` has none.
    if colon.is_none() && text[..first].contains(['/', '?']) {
        return (None, text);
    }
    if colon.is_some_and(|colon| text[..colon].contains(['/', '?'])) {
        return (None, text);
    }
    let tail = &text[first + 1..];
    let limit = match tail.find('?') {
        Some(query) => match tail[query..].split_once('@') {
            Some((before, _)) if before.contains('=') => query,
            Some(_) => tail.len(),
            None => query,
        },
        None => tail.len(),
    };
    let end = tail[..limit].rfind('@').map_or(first, |at| first + 1 + at);
    (Some(&text[..end]), &text[end + 1..])
}

/// Each host may have a port, which libpq would read up to the first letter.
pub(super) fn check_ports(hosts: &str) -> Result<(), UrlError> {
    let ports = hosts.split(',').filter_map(|host| match host.rsplit_once(']') {
        Some((_, after)) => after.strip_prefix(':'),
        None => host.split_once(':').map(|(_, port)| port),
    });
    for port in ports.filter(|port| !port.is_empty()) {
        port.parse::<u16>().ok().filter(|port| *port > 0).ok_or(UrlError::Port)?;
    }
    Ok(())
}

/// A parameter as libpq knows it; `None` for one that means nothing here.
fn translate(name: String, value: String) -> Result<Option<(String, String)>, UrlError> {
    let known = |name: &str, value: &str| Ok(Some((name.to_owned(), value.to_owned())));
    match name.as_str() {
        "ssl" => match value.to_ascii_lowercase().as_str() {
            "true" | "1" | "on" | "yes" | "" => known("sslmode", "require"),
            "false" | "0" | "off" | "no" => known("sslmode", "disable"),
            mode @ ("disable" | "allow" | "prefer" | "require" | "verify-ca" | "verify-full") => {
                known("sslmode", mode)
            }
            _ => Err(UrlError::Parameter { name, value: masked_part(&value) }),
        },
        "charset" | "encoding" => match value.to_ascii_lowercase().as_str() {
            "utf8" | "utf-8" | "utf8mb4" => known("client_encoding", "UTF8"),
            _ => known("client_encoding", &value),
        },
        // Seconds to connect, for asyncpg.
        "timeout" => known("connect_timeout", &value),
        // Of Python's drivers and pools.
        "command_timeout"
        | "statement_cache_size"
        | "prepared_statement_cache_size"
        | "prepared_statement_name_func"
        | "async_fallback"
        | "pool_size"
        | "max_overflow"
        | "pool_timeout"
        | "pool_recycle"
        | "pool_pre_ping"
        | "plugin" => Ok(None),
        _ => Ok(Some((name, value))),
    }
}
