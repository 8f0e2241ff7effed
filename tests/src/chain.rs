//! Chains put together by hand, and what is needed to run them.

use migrate_core::chain::automatic;
use migrate_core::revision::Rules;
use migrate_core::{Chain, Ops, Revision};

use crate::backend::Backend;
use crate::database::Database;

/// A revision with the automatic downgrade, in a transaction; change what is meant otherwise:
/// `Revision { transaction: false, ..revision("b", &["a"], up) }`.
pub fn revision(
    id: &'static str,
    down_revision: &'static [&'static str],
    upgrade: fn(&mut Ops),
) -> Revision {
    Revision {
        id,
        down_revision,
        depends_on: &[],
        branch_labels: &[],
        message: id,
        transaction: true,
        irreversible: None,
        breaking: None,
        loses: &[],
        lock_timeout: None,
        statement_timeout: None,
        file: "",
        stem: id,
        code: "",
        upgrade,
        downgrade: automatic::downgrade,
    }
}

/// A chain of these revisions. It lives as long as the process, as one that was compiled in does.
pub fn chain(revisions: Vec<Revision>) -> Chain {
    Chain::new(revisions.leak(), Rules { multiple_heads: true, multiple_bases: true })
}

impl Database {
    /// A new connection as the library takes it: `&mut *database.connect()`.
    pub fn connect(&self) -> Box<dyn migrate_core::backend::Database> {
        match self.backend() {
            Backend::Sqlite => Box::new(self.sqlite()),
            Backend::Postgres => Box::new(self.postgres()),
            Backend::Mariadb => Box::new(self.mariadb()),
        }
    }
}

/// An error as the command line tells it: the situation, its causes, and the hint; places read `FILE:LINE`.
pub fn told(error: &migrate_core::Error) -> String {
    let mut text = format!("error: {error}");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(&format!("\n  caused by: {cause}"));
        source = cause.source();
    }
    if let Some(hint) = error.hint() {
        text.push_str(&format!("\nhint: {hint}"));
    }
    let places = regex::Regex::new(r"[^ (]+\.rs:\d+").expect("a pattern");
    places.replace_all(&text, "FILE:LINE").replace('\0', "\\0")
}
