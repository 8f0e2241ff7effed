//! The door to a database: text in, text out, one connection.

use std::sync::{Arc, atomic::AtomicBool};

use migrate_model::{Dialect, op::Code};

use super::{
    DatabaseError,
    reflect::{self, ReflectError, Reflected, Scope},
};

/// A connection that migrations run on.
///
/// It is implemented for Diesel's connections. A connection of your own that is one of several, such as
/// a `MultiConnection`, hands out the one that it is: `match self { Any::Pg(pg) => pg, … }`.
pub trait Database {
    /// The SQL it speaks, as far as its type says: a connection to MariaDB is one of MySQL's.
    fn dialect(&self) -> Dialect;

    /// The SQL it speaks, as the server says.
    ///
    /// # Errors
    ///
    /// When the server can't be asked.
    fn detect(&mut self) -> Result<Dialect, DatabaseError> {
        Ok(self.dialect())
    }

    /// Executes one statement whose result nobody wants.
    ///
    /// # Errors
    ///
    /// What the database says.
    fn batch(&mut self, sql: &str) -> Result<(), DatabaseError>;

    /// Executes one statement and says how many rows it changed.
    ///
    /// # Errors
    ///
    /// What the database says.
    fn affected(&mut self, sql: &str) -> Result<usize, DatabaseError>;

    /// The rows of a query whose columns are all text, or cast to it.
    ///
    /// # Errors
    ///
    /// What the database says.
    fn query(&mut self, sql: &str) -> Result<Vec<Vec<Option<String>>>, DatabaseError>;

    /// Begins a transaction; on SQLite one that writes, so that two can't start and then block one another.
    ///
    /// # Errors
    ///
    /// What the database says.
    fn begin(&mut self) -> Result<(), DatabaseError>;

    /// Begins a transaction like [`begin`](Database::begin) and executes statements in it; where one of them fails, there is no
    /// transaction. A server is asked once for all of it, if it can be.
    ///
    /// # Errors
    ///
    /// What the database says.
    fn begin_with(&mut self, statements: &str) -> Result<(), DatabaseError> {
        self.begin()?;
        self.batch(statements).inspect_err(|_| {
            let _ = self.rollback();
        })
    }

    /// Begins a transaction that only reads, and sees one state of the database from its first
    /// statement to its last.
    ///
    /// # Errors
    ///
    /// What the database says.
    fn begin_reading(&mut self) -> Result<(), DatabaseError>;

    /// Makes the transaction last.
    ///
    /// # Errors
    ///
    /// What the database says.
    fn commit(&mut self) -> Result<(), DatabaseError>;

    /// Undoes the transaction.
    ///
    /// # Errors
    ///
    /// What the database says.
    fn rollback(&mut self) -> Result<(), DatabaseError>;

    /// Runs a migration's code on the connection that this is.
    ///
    /// # Errors
    ///
    /// What the code says.
    fn run(&mut self, code: &Code) -> Result<(), DatabaseError>;

    /// What this connection is called in Rust, for an error that says what code is missing for it.
    fn kind(&self) -> &'static str {
        std::any::type_name::<Self>()
    }

    /// Whether a migration's code is written for the connection that this is. It is asked before the first statement.
    fn can_run(&self, code: &Code) -> bool {
        let _ = code;
        true
    }

    /// What is set once nobody waits for this connection any more: a run then ends as one that is
    /// [stopped](crate::Migrator::stopped_by).
    fn stop(&self) -> Option<Arc<AtomicBool>> {
        None
    }

    /// Whether a transaction is open that the connection's owner has begun.
    fn is_in_transaction(&mut self) -> bool {
        false
    }

    /// Reads the schema, in a number of queries that doesn't grow with its tables.
    ///
    /// It takes no transaction of its own: between [`begin_reading`](Database::begin_reading) and a commit it sees one
    /// state of the database.
    ///
    /// # Errors
    ///
    /// When the database can't be asked. What it has and the catalog can't speak of is no error: it is in
    /// [`Reflected::unread`].
    ///
    /// ```
    /// use migrate_core::{backend::{Database, Scope}, diesel::{Connection, SqliteConnection}};
    ///
    /// let mut connection = SqliteConnection::establish(":memory:")?;
    /// connection.batch("CREATE TABLE orders (id INTEGER PRIMARY KEY, quantity INT CHECK (quantity > 0))")?;
    /// let schema = connection.reflect(&Scope::default())?;
    /// let orders = schema.catalog.table(&"orders".into())?;
    /// assert!(orders.constraint("orders_quantity_check").is_ok());
    /// assert!(schema.unread.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn reflect(&mut self, scope: &Scope) -> Result<Reflected, ReflectError> {
        // A server that can't be asked this can't be asked the rest, either.
        let dialect = self.detect().unwrap_or_else(|_| self.dialect());
        reflect::reflect(dialect, &mut |sql| self.query(sql), scope)
    }
}

/// A row of columns that are all text.
pub(crate) struct Texts(pub(crate) Vec<Option<String>>);

impl<DB> diesel::deserialize::QueryableByName<DB> for Texts
where
    DB: diesel::backend::Backend,
    String: diesel::deserialize::FromSql<diesel::sql_types::Text, DB>,
{
    fn build<'a>(row: &impl diesel::row::NamedRow<'a, DB>) -> diesel::deserialize::Result<Self> {
        use diesel::{deserialize::FromSql, row::Field};
        let mut texts = Vec::with_capacity(row.field_count());
        for at in 0..row.field_count() {
            let field = diesel::row::Row::get(row, at).ok_or("a column is missing")?;
            let text = match field.value() {
                None => None,
                value => Some(<String as FromSql<diesel::sql_types::Text, DB>>::from_nullable_sql(
                    value,
                )?),
            };
            texts.push(text);
        }
        Ok(Texts(texts))
    }
}

/// What all connections do alike: Diesel's methods, under names that a `dyn` can have.
///
/// `$begin_sql` begins a transaction with these words, and these statements in it.
macro_rules! database {
    ($connection:ty, $dialect:expr, $begin_sql:expr, $begin:expr, $begin_reading:expr $(, $detect:path)?) => {
        impl $crate::backend::Database for $connection {
            fn dialect(&self) -> migrate_model::Dialect {
                $dialect
            }

            $(fn detect(
                &mut self,
            ) -> Result<migrate_model::Dialect, $crate::backend::DatabaseError> {
                $detect(self)
            })?

            fn batch(&mut self, sql: &str) -> Result<(), $crate::backend::DatabaseError> {
                Ok(diesel::connection::SimpleConnection::batch_execute(self, sql)?)
            }

            fn affected(&mut self, sql: &str) -> Result<usize, $crate::backend::DatabaseError> {
                Ok(diesel::RunQueryDsl::execute(diesel::sql_query(sql), self)?)
            }

            fn query(
                &mut self,
                sql: &str,
            ) -> Result<Vec<Vec<Option<String>>>, $crate::backend::DatabaseError> {
                let rows: Vec<$crate::backend::Texts> = diesel::RunQueryDsl::load(diesel::sql_query(sql), self)?;
                Ok(rows.into_iter().map(|row| row.0).collect())
            }

            fn begin(&mut self) -> Result<(), $crate::backend::DatabaseError> {
                Ok($begin_sql(self, $begin, "")?)
            }

            fn begin_with(
                &mut self,
                statements: &str,
            ) -> Result<(), $crate::backend::DatabaseError> {
                Ok($begin_sql(self, $begin, statements)?)
            }

            fn begin_reading(&mut self) -> Result<(), $crate::backend::DatabaseError> {
                Ok($begin_sql(self, $begin_reading, "")?)
            }

            fn commit(&mut self) -> Result<(), $crate::backend::DatabaseError> {
                use diesel::connection::{Connection, TransactionManager};
                Ok(<Self as Connection>::TransactionManager::commit_transaction(self)?)
            }

            fn rollback(&mut self) -> Result<(), $crate::backend::DatabaseError> {
                use diesel::connection::{Connection, TransactionManager};
                // Code that panicked inside of a transaction of its own leaves that one open, too.
                loop {
                    match <Self as Connection>::TransactionManager::rollback_transaction(self) {
                        Ok(()) => {}
                        // All are; a failed commit had rolled back already.
                        Err(diesel::result::Error::NotInTransaction) => return Ok(()),
                        // Its savepoint is gone, and all goes with the outermost one.
                        Err(_) => {
                            let rolled_back = diesel::connection::SimpleConnection::batch_execute(
                                self, "ROLLBACK",
                            );
                            return Ok(rolled_back?);
                        }
                    }
                }
            }

            fn run(
                &mut self,
                code: &migrate_model::op::Code,
            ) -> Result<(), $crate::backend::DatabaseError> {
                Ok($crate::code::call(code, self)?)
            }

            fn can_run(&self, code: &migrate_model::op::Code) -> bool {
                $crate::code::is_for::<Self>(code)
            }

            fn is_in_transaction(&mut self) -> bool {
                use diesel::connection::{Connection, TransactionManager};
                let status =
                    <Self as Connection>::TransactionManager::transaction_manager_status_mut(self);
                // One that is broken is for its next statement to say so.
                status.transaction_depth().is_ok_and(|depth| depth.is_some())
            }
        }
    };
}

pub(crate) use database;

/// The methods of a [`Database`] that hands everything on to another one, but for those that are named beside it.
macro_rules! handed_on {
    (|$self:ident| $inner:expr) => {
        fn dialect(&self) -> migrate_model::Dialect {
            let $self = self;
            $inner.dialect()
        }

        fn detect(&mut self) -> Result<migrate_model::Dialect, $crate::backend::DatabaseError> {
            let $self = self;
            $inner.detect()
        }

        fn batch(&mut self, sql: &str) -> Result<(), $crate::backend::DatabaseError> {
            let $self = self;
            $inner.batch(sql)
        }

        fn affected(&mut self, sql: &str) -> Result<usize, $crate::backend::DatabaseError> {
            let $self = self;
            $inner.affected(sql)
        }

        fn query(
            &mut self,
            sql: &str,
        ) -> Result<Vec<Vec<Option<String>>>, $crate::backend::DatabaseError> {
            let $self = self;
            $inner.query(sql)
        }

        fn run(
            &mut self,
            code: &migrate_model::op::Code,
        ) -> Result<(), $crate::backend::DatabaseError> {
            let $self = self;
            $inner.run(code)
        }

        fn kind(&self) -> &'static str {
            let $self = self;
            $inner.kind()
        }

        fn can_run(&self, code: &migrate_model::op::Code) -> bool {
            let $self = self;
            $inner.can_run(code)
        }
    };
    (|$self:ident| $inner:expr, transactions) => {
        $crate::backend::database::handed_on!(|$self| $inner);

        fn begin(&mut self) -> Result<(), $crate::backend::DatabaseError> {
            let $self = self;
            $inner.begin()
        }

        fn begin_with(&mut self, statements: &str) -> Result<(), $crate::backend::DatabaseError> {
            let $self = self;
            $inner.begin_with(statements)
        }

        fn begin_reading(&mut self) -> Result<(), $crate::backend::DatabaseError> {
            let $self = self;
            $inner.begin_reading()
        }

        fn commit(&mut self) -> Result<(), $crate::backend::DatabaseError> {
            let $self = self;
            $inner.commit()
        }

        fn rollback(&mut self) -> Result<(), $crate::backend::DatabaseError> {
            let $self = self;
            $inner.rollback()
        }

        fn is_in_transaction(&mut self) -> bool {
            let $self = self;
            $inner.is_in_transaction()
        }
    };
}

pub(crate) use handed_on;
