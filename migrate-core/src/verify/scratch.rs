//! Databases that nobody needs: one in memory, or a new one beside those of a server.

use migrate_model::Dialect;

use crate::backend::{Database, DatabaseError};

/// Something that makes empty databases, one at a time.
pub trait Scratch {
    /// An empty database. The one before it is not used any more, and may be dropped.
    ///
    /// # Errors
    ///
    /// When there can be none.
    fn fresh(&mut self) -> Result<Box<dyn Database>, DatabaseError>;
}

/// SQLite in memory.
#[cfg(feature = "sqlite")]
#[derive(Clone, Copy, Debug, Default)]
pub struct Memory;

#[cfg(feature = "sqlite")]
impl Scratch for Memory {
    fn fresh(&mut self) -> Result<Box<dyn Database>, DatabaseError> {
        use diesel::{Connection, SqliteConnection};
        let connection = SqliteConnection::establish(":memory:")
            .map_err(|error| DatabaseError::because(error.to_string()))?;
        Ok(Box::new(connection))
    }
}

/// The way to a database of a server, by its name.
pub type ConnectTo<'a> = dyn FnMut(&str) -> Result<Box<dyn Database>, DatabaseError> + 'a;

/// A database of its own on a server, beside the ones that are there. It is dropped with this value.
pub struct Server<'a> {
    /// The connection that creates and drops it.
    beside: Box<dyn Database>,
    connect: Box<ConnectTo<'a>>,
    name: String,
    is_there: bool,
}

impl std::fmt::Debug for Server<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<'a> Server<'a> {
    /// One that is called `name`, which no other database of the server is. `beside` is a connection to any other
    /// database of the server, and `connect` the way to one by its name.
    pub fn new(
        beside: Box<dyn Database>,
        name: impl Into<String>,
        connect: impl FnMut(&str) -> Result<Box<dyn Database>, DatabaseError> + 'a,
    ) -> Server<'a> {
        Server { beside, connect: Box::new(connect), name: name.into(), is_there: false }
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn quoted(&self) -> String {
        match self.beside.dialect() {
            Dialect::Mysql | Dialect::Mariadb => format!("`{}`", self.name),
            Dialect::Postgres | Dialect::Sqlite => format!("\"{}\"", self.name),
        }
    }

    /// Drops it, if it is there.
    ///
    /// # Errors
    ///
    /// When the server refuses to.
    pub fn remove(&mut self) -> Result<(), DatabaseError> {
        if !self.is_there {
            return Ok(());
        }
        let sql = format!("DROP DATABASE {}", self.quoted());
        let mut dropped = self.beside.batch(&sql);
        // The server may still be closing the connection that was just given up.
        for _ in 0..50 {
            if dropped.is_ok() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
            dropped = self.beside.batch(&sql);
        }
        self.is_there = dropped.is_err();
        dropped
            .map_err(|error| error.within(format!("the database `{}` is left behind", self.name)))
    }
}

impl Scratch for Server<'_> {
    fn fresh(&mut self) -> Result<Box<dyn Database>, DatabaseError> {
        self.remove()?;
        let mut sql = format!("CREATE DATABASE {}", self.quoted());
        if self.beside.dialect().family() == Dialect::Mysql {
            // Tables that say nothing have those of their database.
            let asked = "SELECT CONCAT(' CHARACTER SET ', @@character_set_database, ' COLLATE ', @@collation_database)";
            sql.extend(self.beside.query(asked)?.into_iter().flatten().flatten());
        }
        self.beside
            .batch(&sql)
            .map_err(|error| error.within("a database to try things out on can't be created"))?;
        self.is_there = true;
        (self.connect)(&self.name)
    }
}

// Whatever ends the verification, nothing is left behind, if the server allows it.
impl Drop for Server<'_> {
    fn drop(&mut self) {
        let _ = self.remove();
    }
}
