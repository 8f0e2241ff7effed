//! URLs of MySQL and MariaDB servers, rewritten for Diesel.
//!
//! The parts are found as those of a PostgreSQL URL are; the parameters of Python's drivers become those that
//! Diesel knows.

use super::{
    ServerUrl, UrlError, decoded, encoded, parameters,
    postgres::{Both, check_ports, split_user},
};
use crate::secret::{Secret, masked_part};

/// Reads what follows `mysql://` or `mariadb://`, which is `scheme`.
pub(super) fn parse(scheme: &str, rest: &str) -> Result<ServerUrl, UrlError> {
    let (user, rest) = split_user(rest);
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (host, database) = match rest.split_once('/') {
        Some((host, database)) => (host, Some(decoded(database))),
        None => (rest, None),
    };
    if host.contains('@') || database.as_ref().is_some_and(|name| name.contains('@')) {
        return Err(UrlError::StrayAt);
    }
    check_ports(host)?;
    if database.as_deref().is_none_or(str::is_empty) {
        return Err(UrlError::NoDatabase);
    }

    let mut both = Both::new("");
    let mut seen = vec![host.to_owned()];
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
    // Diesel takes no user without a host.
    let host = if host.is_empty() { "localhost" } else { host };
    both.part(host, str::to_owned);
    if let Some(database) = &database {
        both.push("/");
        both.part(database, encoded);
        seen.push(database.clone());
    }
    let mut separator = "?";
    for (name, value) in parameters(query) {
        let Some((name, value)) = translate(name, value)? else { continue };
        both.push(separator);
        both.parameter(&name, &value);
        separator = "&";
    }
    let mut secrets = both.secrets;
    // A password that is also the name of the user is no secret that a mask could keep.
    secrets.retain(|secret| !seen.iter().any(|part| part == secret.expose()));
    secrets.dedup();
    Ok(ServerUrl {
        connection: Secret::new(format!("mysql://{}", both.whole)),
        shown: format!("{scheme}://{}", both.shown),
        secrets,
    })
}

/// A parameter as Diesel knows it; `None` for one that means nothing here.
fn translate(name: String, value: String) -> Result<Option<(String, String)>, UrlError> {
    let known = |name: &str, value: &str| Ok(Some((name.to_owned(), value.to_owned())));
    let lower = value.to_ascii_lowercase().replace('-', "_");
    let is_on = match lower.as_str() {
        "true" | "1" | "on" | "yes" | "" => Some(true),
        "false" | "0" | "off" | "no" => Some(false),
        _ => None,
    };
    let wrong = |name: String| Err(UrlError::Parameter { name, value: masked_part(&value) });
    match name.to_ascii_lowercase().replace('-', "_").as_str() {
        "unix_socket" | "socket" => known("unix_socket", &value),
        "ssl_ca" => known("ssl_ca", &value),
        "ssl_cert" => known("ssl_cert", &value),
        "ssl_key" => known("ssl_key", &value),
        "ssl_mode" | "sslmode" | "ssl" => match (lower.as_str(), is_on) {
            ("disabled" | "disable", _) | (_, Some(false)) => known("ssl_mode", "disabled"),
            ("preferred" | "prefer", _) => known("ssl_mode", "preferred"),
            ("required" | "require", _) | (_, Some(true)) => known("ssl_mode", "required"),
            ("verify_ca", _) => known("ssl_mode", "verify_ca"),
            ("verify_identity" | "verify_full", _) => known("ssl_mode", "verify_identity"),
            _ => wrong(name),
        },
        "ssl_disabled" if is_on == Some(true) => known("ssl_mode", "disabled"),
        "ssl_verify_cert" if is_on == Some(true) => known("ssl_mode", "verify_ca"),
        "ssl_verify_identity" if is_on == Some(true) => known("ssl_mode", "verify_identity"),
        "user" | "username" | "password" | "passwd" | "pass" | "pwd" => {
            Err(UrlError::MysqlUser(name))
        }
        // What travels is always utf8mb4, which holds what any other holds; the rest is of Python's drivers and pools.
        "charset"
        | "use_unicode"
        | "collation"
        | "ssl_disabled"
        | "ssl_verify_cert"
        | "ssl_verify_identity"
        | "autocommit"
        | "binary_prefix"
        | "local_infile"
        | "connect_timeout"
        | "read_timeout"
        | "write_timeout"
        | "pool_size"
        | "max_overflow"
        | "pool_timeout"
        | "pool_recycle"
        | "pool_pre_ping"
        | "plugin" => Ok(None),
        _ => Ok(Some((name, value))),
    }
}
