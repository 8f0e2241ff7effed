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

/// The code for one dialect: a body for each kind of connection that speaks it.
#[derive(Clone, Default)]
struct Kinds(Vec<Arc<dyn Any + Send + Sync>>);

impl Kinds {
    fn of(code: &Code) -> Option<&Kinds> {
        code.0.downcast_ref::<Kinds>()
    }

    fn body<C: CodeConnection>(&self) -> Option<&Body<C>> {
        self.0.iter().find_map(|body| body.downcast_ref::<Body<C>>())
    }

    /// Adds these; one for the same kind of connection takes the place of the former.
    fn extend(&mut self, more: &Kinds) {
        for body in &more.0 {
            self.0.retain(|one| (**one).type_id() != (**body).type_id());
            self.0.push(Arc::clone(body));
        }
    }
}

/// Adds code to code.
fn extend(bodies: &mut BTreeMap<Dialect, Code>, more: BTreeMap<Dialect, Code>) {
    for (dialect, code) in more {
        let mut kinds = bodies.get(&dialect).and_then(Kinds::of).cloned().unwrap_or_default();
        kinds.extend(Kinds::of(&code).unwrap_or(&Kinds::default()));
        bodies.insert(dialect, Code(Arc::new(kinds)));
    }
}

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
    match Kinds::of(code).and_then(Kinds::body::<C>) {
        // A step that panics has failed like any other: its transaction is rolled back and the log says so.
        Some(body) => std::panic::catch_unwind(AssertUnwindSafe(|| body(connection)))
            .unwrap_or_else(|panic| Err(format!("the code panicked: {}", said(&*panic)).into())),
        None => Err("the code is written for another kind of connection".into()),
    }
}

/// Whether there is code for this kind of connection.
pub(crate) fn is_for<C: CodeConnection>(code: &Code) -> bool {
    Kinds::of(code).is_some_and(|kinds| kinds.body::<C>().is_some())
}

/// What somebody writes for a connection of this type: names without their paths.
pub(crate) fn name_of(kind: &str) -> String {
    let is_end = |letter: char| "<>,& ".contains(letter);
    let names = kind.split_inclusive(is_end).map(|path| path.rsplit("::").next().unwrap_or(path));
    // The default of the wrapper's second parameter is left out, as everybody does.
    let name = names.collect::<String>().replace(", Tokio>", ">");
    match name.as_str() {
        "AsyncConnectionWrapper<Held<AsyncPgConnection>>" => "BlockingPgConnection".to_owned(),
        "AsyncConnectionWrapper<Held<AsyncMysqlConnection>>" => {
            "BlockingMysqlConnection".to_owned()
        }
        _ => name,
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
        let code = Code(Arc::new(Kinds(vec![Arc::new(body)])));
        extend(&mut self.0, BTreeMap::from([(C::DIALECT, code)]));
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
        extend(&mut self.op.bodies, body.into_bodies().0);
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
            RunUndo::Code { bodies, .. } => extend(bodies, undo),
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
        let bodies = $crate::__for_async_postgres!(bodies, $connection, $body);
        let bodies = $crate::__for_async_mysql!(bodies, $connection, $body);
        bodies
    }};
}

/// One connection's part of [`code!`]: the feature is looked up here, not in the crate that calls it.
macro_rules! for_connection {
    ($dollar:tt $name:ident, $feature:meta, $($connection:ident)::+) => {
        #[cfg($feature)]
        #[doc(hidden)]
        #[macro_export]
        macro_rules! $name {
            ($dollar bodies:expr, $dollar conn:ident, $dollar body:expr) => {
                $dollar bodies.with(|$dollar conn: &mut $dollar crate::$($connection)::+| $dollar body)
            };
        }

        #[cfg(not($feature))]
        #[doc(hidden)]
        #[macro_export]
        macro_rules! $name {
            ($dollar bodies:expr, $dollar conn:ident, $dollar body:expr) => {
                $dollar bodies
            };
        }
    };
}
for_connection!($ __for_postgres, feature = "postgres", diesel::PgConnection);
for_connection!($ __for_sqlite, feature = "sqlite", diesel::SqliteConnection);
for_connection!($ __for_mysql, feature = "mysql", diesel::MysqlConnection);
for_connection!(
    $ __for_async_postgres,
    all(feature = "async", any(feature = "postgres", feature = "async-postgres")),
    asynchronous::BlockingPgConnection
);
for_connection!(
    $ __for_async_mysql,
    all(feature = "async", any(feature = "mysql", feature = "async-mysql")),
    asynchronous::BlockingMysqlConnection
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_named_as_somebody_writes_it() {
        let check = |kind: &str, name: &str| assert_eq!(name_of(kind), name);
        check("diesel::pg::connection::PgConnection", "PgConnection");
        check("diesel::sqlite::connection::SqliteConnection", "SqliteConnection");
        check(
            "diesel_async::async_connection_wrapper::implementation::AsyncConnectionWrapper<diesel_async::pg::AsyncPgConnection, \
             diesel_async::async_connection_wrapper::implementation::Tokio>",
            "AsyncConnectionWrapper<AsyncPgConnection>",
        );
        check(
            "diesel_async::a::AsyncConnectionWrapper<migrate_core::b::Held<diesel_async::mysql::AsyncMysqlConnection>, diesel_async::Tokio>",
            "BlockingMysqlConnection",
        );
    }

    #[test]
    #[cfg(feature = "sqlite")]
    fn each_kind_of_connection_has_its_own_body_and_the_last_one_counts() {
        use diesel::{Connection, SqliteConnection};

        struct Other;
        impl CodeConnection for Other {
            const DIALECT: Dialect = Dialect::Sqlite;
        }
        let says = |said: &'static str| move |_: &mut SqliteConnection| Err(said.into());
        let bodies = Bodies::new().with(says("first")).with(says("second"));
        let code = &bodies.0[&Dialect::Sqlite];
        let mut connection = SqliteConnection::establish(":memory:").unwrap();
        assert_eq!(call(code, &mut connection).unwrap_err().to_string(), "second");
        assert!(!is_for::<Other>(code));

        let both = bodies.clone().with(|_: &mut Other| Ok(()));
        let code = &both.0[&Dialect::Sqlite];
        assert!(is_for::<Other>(code) && is_for::<SqliteConnection>(code));
        call(code, &mut Other).unwrap();
        assert_eq!(call(code, &mut connection).unwrap_err().to_string(), "second");
    }
}
