//! The databases: what they call things, what they can't do, and how to talk to them.
//!
//! Each has the same rooms: `render` says ops in its SQL, `alter` the changes to one table, `types`
//! spells its types, `database` talks to it through Diesel, `reflect` reads its schema, `normalize` knows what it
//! can't keep.

mod ansi;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
mod begin;
pub(crate) mod database;
mod error;
mod function;
mod literal;
pub mod mysql;
#[cfg(feature = "r2d2")]
mod pooled;
pub mod postgres;
mod reflect;
mod schema;
mod sequence;
pub mod sqlite;
mod statement;
mod trigger;
mod view;

pub(crate) use ansi::{Sql, quote, text_literal, text_type};
pub use database::Database;
#[cfg(any(feature = "postgres", feature = "sqlite", feature = "mysql", feature = "async"))]
pub(crate) use database::Texts;
pub use error::{DatabaseError, ErrorKind};
use migrate_model::{Dialect, Op, catalog::Catalog};
pub use reflect::{ReflectError, Reflected, Scope, Unread, canonical, canonical_beside, normalize};
pub use statement::{RenderError, Statement};

/// The dialects that are compiled in.
pub const DIALECTS: &[Dialect] = &[
    #[cfg(any(feature = "postgres", feature = "async-postgres"))]
    Dialect::Postgres,
    #[cfg(feature = "sqlite")]
    Dialect::Sqlite,
    #[cfg(any(feature = "mysql", feature = "async-mysql"))]
    Dialect::Mysql,
    #[cfg(any(feature = "mysql", feature = "async-mysql"))]
    Dialect::Mariadb,
];

/// How a database says an op, given the schema before it. It needs no connection, and so no feature.
///
/// # Errors
///
/// When the database can't do it; the error names what can be done instead.
///
/// ```
/// use migrate_core::{backend::render, prelude::*, catalog::Catalog};
///
/// let mut op = Ops::new(Sqlite);
/// op.create_table(table("users").column(bigint("id").primary_key()));
/// let statements = render(Sqlite, &op.recorded()[0], &Catalog::default())?;
/// assert_eq!(
///     statements[0].text(),
///     "CREATE TABLE \"users\" (\"id\" BIGINT NOT NULL, CONSTRAINT \"users_pkey\" PRIMARY KEY (\"id\"))"
/// );
/// # Ok::<(), migrate_core::backend::RenderError>(())
/// ```
pub fn render(dialect: Dialect, op: &Op, before: &Catalog) -> Result<Vec<Statement>, RenderError> {
    match dialect {
        Dialect::Postgres => postgres::render(op, before),
        Dialect::Sqlite => sqlite::render(op, before),
        Dialect::Mysql | Dialect::Mariadb => mysql::render(dialect, op, before),
    }
}
