//! What a backend makes of an op, and what it says when it can't.

use migrate_model::{Dialect, op::Code};

use super::sqlite::Rebuild;

/// One thing to do on a connection.
#[derive(Clone, Debug)]
pub enum Statement {
    /// One statement of SQL.
    Sql(String),
    /// A migration's own code.
    Code(Code),
    /// A table made anew, since SQLite can't change it in place.
    Rebuild(Box<Rebuild>),
}

impl Statement {
    /// The statement as text, for messages.
    pub fn text(&self) -> &str {
        match self {
            Statement::Sql(sql) => sql,
            Statement::Code(_) => "(code)",
            Statement::Rebuild(rebuild) => &rebuild.create,
        }
    }
}

/// An op that a database can't do, found before anything runs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the fields are the words of the messages")]
pub enum RenderError {
    #[error("{dialect} has no {what}")]
    Unsupported { dialect: Dialect, what: String, instead: String },
    #[error("`{name}` is {length} {} long; {}", unit(*dialect), limit(*dialect, *most))]
    LongName { dialect: Dialect, name: String, length: usize, most: usize },
    #[error("`{name}` holds {letter:?} where {dialect} takes none in a name")]
    Letter { dialect: Dialect, name: String, letter: char },
    #[error("an empty name names nothing")]
    EmptyName,
    #[error("{what:?} holds a NUL character, which {dialect} would cut it at")]
    Nul { dialect: Dialect, what: String },
    #[error("`{name}` is a name that {dialect} keeps to itself")]
    ReservedName { dialect: Dialect, name: String },
    #[error("`{name}` is taken by {by}; {dialect} knows one such name")]
    NameTaken { dialect: Dialect, name: String, by: String },
    #[error("`{label}` has no code for {dialect}")]
    NoBody { dialect: Dialect, label: String },
    #[error(transparent)]
    Catalog(#[from] migrate_model::catalog::CatalogError),
}

impl RenderError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            RenderError::Unsupported { instead, .. } => Some(instead.clone()),
            RenderError::LongName { dialect, most, .. } => {
                Some(format!("give it a name of at most {most} {}", unit(*dialect)))
            }
            RenderError::Letter { letter: ' ' | '\t'..='\r', .. } => {
                Some("take the space at its end away".to_owned())
            }
            RenderError::Letter { .. } => Some(
                "names are made of characters up to U+FFFF there, which leaves emoji out"
                    .to_owned(),
            ),
            RenderError::NoBody { .. } => {
                Some("add one: .or(|conn: &mut …| …), or write it for all: code!(|conn| …)".into())
            }
            RenderError::Catalog(error) => error.hint(),
            RenderError::EmptyName
            | RenderError::Nul { .. }
            | RenderError::ReservedName { .. }
            | RenderError::NameTaken { .. } => None,
        }
    }
}

/// What the length of a name is counted in.
fn unit(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres | Dialect::Sqlite => "bytes",
        Dialect::Mysql | Dialect::Mariadb => "characters",
    }
}

fn limit(dialect: Dialect, most: usize) -> String {
    match dialect {
        Dialect::Postgres | Dialect::Sqlite => format!("{dialect} keeps {most} and drops the rest"),
        Dialect::Mysql | Dialect::Mariadb => format!("{dialect} takes {most} at most"),
    }
}
