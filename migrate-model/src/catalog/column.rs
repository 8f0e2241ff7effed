//! A column of a table.

use super::{DefaultValue, SqlType};
use crate::sql;

/// A column, whatever it was built with.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub sql_type: SqlType,
    /// Whether it may hold NULL.
    pub nullable: bool,
    /// What it holds when an INSERT doesn't say.
    pub default: Option<DefaultValue>,
    /// How the database counts it up by itself, if it does.
    pub identity: Option<Identity>,
    /// What it is computed from, if it is.
    pub generated: Option<Generated>,
    /// The collation, when it isn't the database's own.
    pub collation: Option<String>,
    /// The comment.
    pub comment: Option<String>,
}

/// How a column counts itself up. What only PostgreSQL can choose is `None` or `false` unless it was chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Whether an INSERT must leave the column to the database (PostgreSQL).
    pub always: bool,
    /// The first number, if not 1 (PostgreSQL).
    pub start: Option<i64>,
    /// The step, if not 1 (PostgreSQL).
    pub increment: Option<i64>,
}

/// How a column is computed. Equality is up to the [quotes](sql::same) in the expression, which a rename leaves
/// behind.
#[derive(Clone, Debug, Eq)]
pub struct Generated {
    /// From what.
    pub expression: String,
    /// Whether it is computed when a row is written, or else when it is read.
    pub stored: bool,
}

impl PartialEq for Generated {
    fn eq(&self, other: &Generated) -> bool {
        let Generated { expression, stored } = self;
        sql::same(expression, &other.expression) && *stored == other.stored
    }
}

impl Generated {
    /// Computed when a row is written.
    pub fn stored(expression: &str) -> Generated {
        Generated { expression: expression.to_owned(), stored: true }
    }

    /// Computed when a row is read.
    pub fn when_read(expression: &str) -> Generated {
        Generated { expression: expression.to_owned(), stored: false }
    }

    /// Whether the expression names the column.
    pub fn names(&self, column: &str) -> bool {
        sql::names(&self.expression, column)
    }
}

/// The choices for an identity column inside `.postgres(|c| …)`.
#[derive(Debug)]
pub struct PostgresIdentity {
    pub(crate) identity: Identity,
}

impl PostgresIdentity {
    /// An INSERT leaves the column to the database, unless it says `OVERRIDING SYSTEM VALUE`.
    pub fn always(&mut self) -> &mut Self {
        self.identity.always = true;
        self
    }

    /// The first number.
    pub fn start(&mut self, number: i64) -> &mut Self {
        self.identity.start = Some(number);
        self
    }

    /// The step from one number to the next.
    pub fn increment(&mut self, step: i64) -> &mut Self {
        self.identity.increment = Some(step);
        self
    }
}

impl Column {
    /// A column that holds no NULL and has neither default nor anything else.
    pub fn new(name: &str, sql_type: SqlType) -> Column {
        Column {
            name: name.to_owned(),
            sql_type,
            nullable: false,
            default: None,
            identity: None,
            generated: None,
            collation: None,
            comment: None,
        }
    }

    /// Whether the database finds a value for rows that are there before the column is.
    pub fn fills_itself(&self) -> bool {
        let has_default = self
            .default
            .as_ref()
            .is_some_and(|default| *default != DefaultValue::Value(super::Value::Null));
        self.nullable || has_default || self.identity.is_some() || self.generated.is_some()
    }
}
