//! A column of a table.

use super::{DefaultValue, SqlType};
use crate::sql;

/// A column, whatever it was built with. Equality is up to the [quotes](sql::same) in its generating expression,
/// which a rename leaves behind.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub sql_type: SqlType,
    /// Whether it may hold NULL.
    pub nullable: bool,
    /// What it holds when an INSERT doesn't say.
    pub default: Option<DefaultValue>,
    /// Whether the database counts it up by itself.
    pub identity: bool,
    /// The expression that a stored generated column is computed from.
    pub generated: Option<String>,
    /// The collation, when it isn't the database's own.
    pub collation: Option<String>,
    /// The comment.
    pub comment: Option<String>,
}

impl PartialEq for Column {
    fn eq(&self, other: &Column) -> bool {
        let Column { name, sql_type, nullable, default, identity, generated, collation, comment } =
            self;
        *name == other.name
            && *sql_type == other.sql_type
            && *nullable == other.nullable
            && *default == other.default
            && *identity == other.identity
            && sql::same_option(generated.as_deref(), other.generated.as_deref())
            && *collation == other.collation
            && *comment == other.comment
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
            identity: false,
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
        self.nullable || has_default || self.identity || self.generated.is_some()
    }
}
