//! Backups of MySQL and MariaDB, by `mysqldump` or `mariadb-dump`, and back by `mysql` or `mariadb`.

use std::fs;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::process::Command;

use migrate_core::backend::Database;
use migrate_model::Dialect;
use tempfile::NamedTempFile;

use super::{Wanted, run, writer};
use crate::args::quoted;
use crate::failure::Failure;
use crate::ui;
use crate::url::ServerUrl;

/// What a whole dump ends with.
const END: &str = "-- Dump completed";

impl Wanted<'_> {
    pub(super) fn dump_mysql(
        &self,
        url: &ServerUrl,
        name: &str,
        database: &mut dyn Database,
        file: &NamedTempFile,
    ) -> Result<Option<String>, Failure> {
        let is_mariadb = is_mariadb(database)?;
        let (names, packages) = match is_mariadb {
            true => (
                ["mariadb-dump", "mysqldump"],
                "MariaDB's client programs (on Debian: apt install mariadb-client)",
            ),
            false => (
                ["mysqldump", "mariadb-dump"],
                "MySQL's client programs (on Ubuntu: apt install mysql-client)",
            ),
        };
        let configured = self.project.config.backup.mysqldump.as_ref();
        let program = self.program("mysqldump", configured, &names, packages)?;
        let of_mariadb = speaks_mariadb(&program)?;
        let options = option_file(url, of_mariadb)?;
        let mut command = Command::new(&program);
        // First of all: others are not heeded then, such as a password in ~/.my.cnf.
        command.arg(format!("--defaults-file={}", options.path().display()));
        command.args(["--single-transaction", "--routines", "--triggers", "--events"]);
        command.args(["--hex-blob", "--comments", "--no-tablespaces"]);
        command.arg("--default-character-set=utf8mb4");
        if !of_mariadb {
            // Versions of MySQL differ in whether they know these.
            command.args(["--loose-column-statistics=0", "--loose-set-gtid-purged=OFF"]);
        }
        command.arg("--").arg(name);
        let dumped = run(command, writer(file)?, &url.secrets);
        let remark = dumped.map_err(|failure| {
            let hint = hint(&failure);
            failure.hint_opt(hint)
        })?;
        match last_line(file)?.starts_with(END) {
            true => Ok(Some(remark).filter(|remark| !remark.is_empty())),
            false => Err(Failure::new(format!("the dump does not end with `{END}`"))),
        }
    }

    pub(super) fn restore_mysql(
        &self,
        url: &ServerUrl,
        name: &str,
        database: &mut dyn Database,
        path: &Path,
    ) -> Result<Vec<String>, Failure> {
        let client = if is_mariadb(database)? { "mariadb" } else { "mysql" };
        let settings = "SELECT @@character_set_database UNION ALL SELECT @@collation_database";
        let rows = database.query(settings).map_err(|error| Failure::of(&error))?;
        let mut settings = rows.into_iter().flatten().flatten();
        let mut create = format!("CREATE DATABASE `{}_restored`", name.replace('`', "``"));
        if let (Some(charset), Some(collation)) = (settings.next(), settings.next()) {
            create.push_str(&format!(" CHARACTER SET {charset} COLLATE {collation}"));
        }
        let login = login(url);
        let restored = quoted(&format!("{name}_restored"));
        let path = quoted(&ui::path(path, &self.environment.folder));
        Ok(vec![
            format!("{client}{login} --execute={}", quoted(&create)),
            format!("{client}{login} {restored} < {path}"),
        ])
    }
}

fn is_mariadb(database: &mut dyn Database) -> Result<bool, Failure> {
    let dialect = database.detect().map_err(|error| Failure::of(&error))?;
    Ok(dialect == Dialect::Mariadb)
}

/// Whether a program is MariaDB's, whose options for TLS are others; it may have either name.
fn speaks_mariadb(program: &Path) -> Result<bool, Failure> {
    let mut command = Command::new(program);
    let output = command.arg("--version").env_remove("DATABASE_URL").output();
    let output = output.map_err(|error| {
        Failure::new(format!("`{}` can't be started", program.display())).caused_by(error)
    })?;
    Ok(String::from_utf8_lossy(&output.stdout).contains("MariaDB"))
}

/// Where to connect and as whom, in a file that nobody else may read.
fn option_file(url: &ServerUrl, of_mariadb: bool) -> Result<NamedTempFile, Failure> {
    let text = options(url, of_mariadb);
    let file = NamedTempFile::new().and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.flush()?;
        Ok(file)
    });
    file.map_err(|error| {
        Failure::new("cannot write a file with options to the folder for temporary files")
            .caused_by(error)
    })
}

fn options(url: &ServerUrl, of_mariadb: bool) -> String {
    let parts = url.parts();
    let mut text = "[client]\n".to_owned();
    let mut option = |name: &str, value: &str| match value.is_empty() {
        true => text.push_str(&format!("{name}\n")),
        false => text.push_str(&format!("{name}={}\n", in_quotes(value))),
    };
    let (host, port) = host_and_port(&parts.hosts);
    option("host", host);
    port.into_iter().for_each(|port| option("port", port));
    parts.user.iter().for_each(|user| option("user", user));
    parts.password.iter().for_each(|password| option("password", password.expose()));
    for (name, value) in &parts.parameters {
        let value = value.expose();
        match (name.as_str(), value) {
            ("unix_socket", _) => option("socket", value),
            ("ssl_ca", _) => option("ssl-ca", value),
            ("ssl_cert", _) => option("ssl-cert", value),
            ("ssl_key", _) => option("ssl-key", value),
            ("ssl_mode", mode) if !of_mariadb => option("ssl-mode", &mode.to_uppercase()),
            ("ssl_mode", "disabled") => option("skip-ssl", ""),
            ("ssl_mode", "verify_ca" | "verify_identity") => {
                option("ssl", "");
                option("ssl-verify-server-cert", "");
            }
            ("ssl_mode", "required") => {
                option("ssl", "");
                option("skip-ssl-verify-server-cert", "");
            }
            ("ssl_mode", _) => option("skip-ssl-verify-server-cert", ""),
            // What the driver does not know it has refused.
            (_, _) => {}
        }
    }
    text
}

/// A value in such a file, where a `#` begins a comment and a `\` an escape.
fn in_quotes(value: &str) -> String {
    let mut quoted = "\"".to_owned();
    for c in value.chars() {
        match c {
            '\\' => quoted.push_str("\\\\"),
            '"' => quoted.push_str("\\\""),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

/// How a person connects; the client asks for the password.
fn login(url: &ServerUrl) -> String {
    let parts = url.parts();
    let mut words = Vec::new();
    let socket = parts.parameters.iter().find(|(name, _)| name == "unix_socket");
    let (host, port) = host_and_port(&parts.hosts);
    match socket {
        Some((_, path)) => words.push(format!("--socket={}", path.expose())),
        None => {
            words.push(format!("--host={host}"));
            words.extend(port.map(|port| format!("--port={port}")));
        }
    }
    words.extend(parts.user.map(|user| format!("--user={user}")));
    words.extend(parts.password.map(|_| "--password".to_owned()));
    words.iter().map(|word| format!(" {}", quoted(word))).collect()
}

fn host_and_port(host: &str) -> (&str, Option<&str>) {
    if let Some((address, after)) = host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return (address, after.strip_prefix(':').filter(|port| !port.is_empty()));
    }
    match host.split_once(':') {
        Some((host, port)) => (host, Some(port).filter(|port| !port.is_empty())),
        None => (host, None),
    }
}

fn last_line(file: &NamedTempFile) -> Result<String, Failure> {
    let read = fs::File::open(file.path()).and_then(|mut file| {
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(200)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    });
    let bytes = read.map_err(|error| Failure::of(&error))?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(text.trim_end().lines().last().unwrap_or_default().to_owned())
}

/// What helps against what the program says.
fn hint(failure: &Failure) -> Option<String> {
    let said = |text: &str| failure.causes.iter().any(|cause| cause.contains(text));
    let hint = if said("Access denied") || said("command denied") || said("insufficient privileges")
    {
        "it needs a user who may SELECT, LOCK TABLES, SHOW VIEW, TRIGGER and EVENT, and read the routines"
    } else if said("TLS") || said("SSL") {
        "see ?ssl_mode= (disabled, preferred, required, verify_ca, verify_identity) and ?ssl_ca="
    } else {
        return None;
    };
    Some(hint.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::url::DatabaseUrl;

    fn server(text: &str) -> ServerUrl {
        match DatabaseUrl::parse(text, Path::new("/")) {
            Ok(DatabaseUrl::Mysql(url)) => url,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn a_url_becomes_options() {
        let check = |url: &str, mariadb: &str, login_of: &str| {
            let url = server(url);
            assert_eq!(
                options(&url, true).replace('\n', " ").trim(),
                format!("[client] {mariadb}")
            );
            assert_eq!(login(&url).trim(), login_of);
        };
        check("mysql://h/d", r#"host="h""#, "--host=h");
        check(
            "mysql://ann:p%40%22%5C%23%27@h:3307/d",
            r##"host="h" port="3307" user="ann" password="p@\"\\#'""##,
            "--host=h --port=3307 --user=ann --password",
        );
        check(
            "mysql://u@[::1]:3307/d",
            r#"host="::1" port="3307" user="u""#,
            "--host=::1 --port=3307 --user=u",
        );
        check(
            "mysql://u@/d?unix_socket=/run/m.sock",
            r#"host="localhost" user="u" socket="/run/m.sock""#,
            "--socket=/run/m.sock --user=u",
        );
        check("mysql://h/d?ssl_mode=disabled", r#"host="h" skip-ssl"#, "--host=h");
        check(
            "mysql://h/d?ssl_mode=required&ssl_ca=/ca.pem",
            r#"host="h" ssl skip-ssl-verify-server-cert ssl-ca="/ca.pem""#,
            "--host=h",
        );
        check(
            "mysql://h/d?ssl_mode=verify_ca",
            r#"host="h" ssl ssl-verify-server-cert"#,
            "--host=h",
        );
        let mysql = options(&server("mysql://h/d?ssl_mode=verify_ca"), false);
        assert_eq!(mysql, "[client]\nhost=\"h\"\nssl-mode=\"VERIFY_CA\"\n");
    }
}
