//! A migration's own code: typed where it is written, opaque where it is kept.

use std::{any::Any, collections::BTreeMap, error::Error, panic::AssertUnwindSafe, sync::Arc};

use migrate_model::{
    Dialect, Ops,
    catalog::TableName,
    op::{Code, Context, Run, RunUndo},
};

/// What a migration's code returns. `?` takes any error into it.
pub type CodeResult = Result<(), Box<dyn Error + Send + Sync>>;

type Body<C> = Box<dyn Fn(&mut C) -> CodeResult + Send + Sync>;

/// A Diesel connection that code can be written for.
pub trait CodeConnection: Any {
    /// What it speaks; for MySQL and MariaDB alike that is MySQL.
    const DIALECT: Dialect;
}

#[cfg(feature = "postgres")]
impl CodeConnection for diesel::PgConnection {
    const DIALECT: Dialect = Dialect::Postgres;
}

#[cfg(feature = "sqlite")]
impl CodeConnection for diesel::SqliteConnection {
    const DIALECT: Dialect = Dialect::Sqlite;
}

#[cfg(feature = "mysql")]
impl CodeConnection for diesel::MysqlConnection {
    const DIALECT: Dialect = Dialect::Mysql;
}

pub(crate) fn call<C: CodeConnection>(code: &Code, connection: &mut C) -> CodeResult {
    match code.0.downcast_ref::<Body<C>>() {
        // A step that panics has failed like any other: its transaction is rolled back and the log says so.
        Some(body) => std::panic::catch_unwind(AssertUnwindSafe(|| body(connection)))
            .unwrap_or_else(|panic| Err(format!("the code panicked: {}", said(&*panic)).into())),
        None => Err("the code is written for another kind of connection".into()),
    }
}

/// What a panic says.
pub(crate) fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no text".to_owned())
}

/// Code for one kind of connection, or for several.
#[derive(Clone, Debug, Default)]
pub struct Bodies(BTreeMap<Dialect, Code>);

impl Bodies {
    /// No code at all.
    pub fn new() -> Bodies {
        Bodies::default()
    }

    /// Adds code for one more kind of connection.
    #[must_use]
    pub fn with<C: CodeConnection>(
        mut self,
        body: impl Fn(&mut C) -> CodeResult + Send + Sync + 'static,
    ) -> Bodies {
        let body: Body<C> = Box::new(body);
        self.0.insert(C::DIALECT, Code(Arc::new(body)));
        self
    }
}

/// What `op.run(…)` takes: a closure over one kind of connection, or [`code!`](crate::code!) for all.
#[diagnostic::on_unimplemented(
    message = "this is no code for a migration",
    note = "write a closure over a connection, `|conn: &mut PgConnection| …`, or `code!(|conn| …)` for every backend"
)]
pub trait IntoBodies<Kind> {
    /// The code.
    fn into_bodies(self) -> Bodies;
}

impl<C, F> IntoBodies<fn(&mut C)> for F
where
    C: CodeConnection,
    F: Fn(&mut C) -> CodeResult + Send + Sync + 'static,
{
    fn into_bodies(self) -> Bodies {
        Bodies::new().with(self)
    }
}

impl IntoBodies<()> for Bodies {
    fn into_bodies(self) -> Bodies {
        self
    }
}

/// `op.run(…)`: what the recorder can't have, since it knows no connection.
pub trait RunOps {
    /// Runs code on a typed Diesel connection, in order with the other ops.
    ///
    /// The label is unique in its migration. The closure may be run again after a failure, so it
    /// owns what it uses.
    fn run<Kind>(&mut self, label: &str, body: impl IntoBodies<Kind>) -> RunHandle<'_>;
}

impl RunOps for Ops {
    #[track_caller]
    fn run<Kind>(&mut self, label: &str, body: impl IntoBodies<Kind>) -> RunHandle<'_> {
        let context = self.context();
        let op = self.record_run(Run { bodies: body.into_bodies().0, ..Run::new(label) });
        RunHandle { context, op }
    }
}

/// Code that was just written down, and has not said how to take it back.
#[derive(Debug)]
#[must_use = "say how to take this back: `.undo(|conn: &mut …| …)` or `.undo_nothing()`, or `.declares(|op| …)` for \
              code that changes the schema; or write a `downgrade`; or say `irreversible = \"why\"`"]
pub struct RunHandle<'a> {
    context: Context,
    op: &'a mut Run,
}

/// Code that was just written down, and has said how to take it back.
#[derive(Debug)]
pub struct SettledRun<'a>(RunHandle<'a>);

impl<'a> RunHandle<'a> {
    /// The same for one more kind of connection.
    pub fn or<Kind>(self, body: impl IntoBodies<Kind>) -> Self {
        self.op.bodies.extend(body.into_bodies().0);
        self
    }

    /// SQL that does the same, for scripts.
    pub fn sql(self, dialect: Dialect, sql: &str) -> Self {
        self.op.scripts.insert(dialect, sql.replace("\r\n", "\n"));
        self
    }

    /// What it does to the schema, in ops; their inverse takes it back unless [`undo`](Self::undo) says how.
    pub fn declares(self, ops: impl FnOnce(&mut Ops)) -> SettledRun<'a> {
        self.op.declare(self.context, ops);
        SettledRun(self)
    }

    /// It changes these tables in ways that the catalog can't know; reports will say so.
    pub fn opaque(self, table: impl Into<TableName>) -> Self {
        self.op.declare_opaque(table.into());
        self
    }

    /// The code that takes it back; once more for each further kind of connection.
    pub fn undo<Kind>(self, body: impl IntoBodies<Kind>) -> SettledRun<'a> {
        let undo = body.into_bodies().0;
        match &mut self.op.undo {
            RunUndo::Code { bodies, .. } => bodies.extend(undo),
            RunUndo::Unsaid | RunUndo::Nothing => {
                self.op.undo = RunUndo::Code { bodies: undo, scripts: BTreeMap::new() };
            }
        }
        SettledRun(self)
    }

    /// There is nothing to take back.
    pub fn undo_nothing(self) -> SettledRun<'a> {
        self.op.undo = RunUndo::Nothing;
        SettledRun(self)
    }
}

impl SettledRun<'_> {
    /// The same for one more kind of connection.
    pub fn or<Kind>(self, body: impl IntoBodies<Kind>) -> Self {
        SettledRun(self.0.or(body))
    }

    /// SQL that does the same, for scripts.
    pub fn sql(self, dialect: Dialect, sql: &str) -> Self {
        SettledRun(self.0.sql(dialect, sql))
    }

    /// SQL that takes it back, for scripts.
    pub fn undo_sql(self, dialect: Dialect, sql: &str) -> Self {
        if let RunUndo::Code { scripts, .. } = &mut self.0.op.undo {
            scripts.insert(dialect, sql.replace("\r\n", "\n"));
        }
        self
    }

    /// What it does to the schema, in ops.
    pub fn declares(self, ops: impl FnOnce(&mut Ops)) -> Self {
        self.0.declares(ops)
    }

    /// It changes these tables in ways that the catalog can't know.
    pub fn opaque(self, table: impl Into<TableName>) -> Self {
        SettledRun(self.0.opaque(table))
    }

    /// The code that takes it back on one more kind of connection.
    pub fn undo<Kind>(self, body: impl IntoBodies<Kind>) -> Self {
        self.0.undo(body)
    }
}

/// One body for every backend that is compiled in, type-checked against each of them.
///
/// ```
/// use migrate_core::prelude::*;
/// use migrate_core::diesel::prelude::*;
///
/// migrate_core::diesel::table! { orders { id -> BigInt, status -> Text, } }
///
/// let mut op = Ops::new(Sqlite);
/// op.run("mark old orders", code!(|conn| {
///     migrate_core::diesel::update(orders::table).set(orders::status.eq("old")).execute(conn)?;
///     Ok(())
/// }))
/// .undo_nothing();
/// ```
#[macro_export]
macro_rules! code {
    (|$connection:ident| $body:expr) => {{
        let bodies = $crate::code::Bodies::new();
        let bodies = $crate::__for_postgres!(bodies, $connection, $body);
        let bodies = $crate::__for_sqlite!(bodies, $connection, $body);
        let bodies = $crate::__for_mysql!(bodies, $connection, $body);
        bodies
    }};
}

/// One backend's part of [`code!`]: the feature is looked up here, not in the crate that calls it.
macro_rules! for_backend {
    ($dollar:tt $name:ident, $feature:literal, $connection:ident) => {
        #[cfg(feature = $feature)]
        #[doc(hidden)]
        #[macro_export]
        macro_rules! $name {
            ($dollar bodies:expr, $dollar conn:ident, $dollar body:expr) => {
                $dollar bodies.with(|$dollar conn: &mut $dollar crate::diesel::$connection| $dollar body)
            };
        }

        #[cfg(not(feature = $feature))]
        #[doc(hidden)]
        #[macro_export]
        macro_rules! $name {
            ($dollar bodies:expr, $dollar conn:ident, $dollar body:expr) => {
                $dollar bodies
            };
        }
    };
}
for_backend!($ __for_postgres, "postgres", PgConnection);
for_backend!($ __for_sqlite, "sqlite", SqliteConnection);
for_backend!($ __for_mysql, "mysql", MysqlConnection);
