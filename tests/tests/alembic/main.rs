//! What Alembic loses, refuses or gets wrong, and how the same comes out here: each test says first what becomes of it
//! there. Where both do the same there is no test here: the laws hold every op.

mod alter_column;
mod constraints;
mod enums;
mod failures;
mod matrix;
mod mysql;
mod rebuild;
mod scripts;
mod words;

use std::ops::Deref;

use migrate_core::backend::{Statement, render};
use migrate_core::catalog::Catalog;
use migrate_core::diesel::connection::SimpleConnection;
use migrate_core::op::apply_all;
use migrate_core::prelude::*;
use migrate_core::{Chain, Migrator};
use tests::examples::record;
use tests::{Backend, Database, chain, revision, told};

/// A database, and the migrations that made it so far.
struct Trial {
    database: Database,
    steps: Vec<fn(&mut Ops)>,
}

impl Trial {
    /// A fresh database with the first migration applied.
    fn new(backend: Backend, begin: fn(&mut Ops)) -> Trial {
        let mut trial = Trial { database: Database::fresh(backend), steps: Vec::new() };
        trial.up(begin);
        trial
    }

    fn chain(&self) -> Chain {
        const IDS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
        const PARENTS: [&[&str]; 6] = [&[], &["a"], &["b"], &["c"], &["d"], &["e"]];
        let steps = self.steps.iter().zip(IDS).zip(PARENTS);
        chain(steps.map(|((upgrade, id), parents)| revision(id, parents, *upgrade)).collect())
    }

    /// Applies one more migration.
    fn up(&mut self, change: fn(&mut Ops)) -> &mut Trial {
        self.steps.push(change);
        let upgraded = Migrator::new(&self.chain()).upgrade(&mut *self.database.connect(), "head");
        upgraded.unwrap_or_else(|error| panic!("{}: {}", self.database.backend(), told(&error)));
        self
    }

    /// What is said of one more migration, which must fail. It is no part of the chain then.
    fn refused(&mut self, change: fn(&mut Ops)) -> String {
        self.steps.push(change);
        let upgraded = Migrator::new(&self.chain()).upgrade(&mut *self.database.connect(), "head");
        self.steps.pop();
        told(&upgraded.expect_err("a refusal"))
    }

    /// Takes the last migration back.
    fn back(&mut self) -> &mut Trial {
        let chain = self.chain();
        let downgraded = Migrator::new(&chain).downgrade(&mut *self.database.connect(), "-1");
        downgraded.unwrap_or_else(|error| panic!("{}: {}", self.database.backend(), told(&error)));
        self.steps.pop();
        self
    }

    /// Whether the database takes this SQL, in one transaction.
    fn takes(&self, sql: &str) -> bool {
        let sql = format!("BEGIN; {sql}; COMMIT");
        match self.database.backend() {
            Backend::Sqlite => self.sqlite().batch_execute(&sql).is_ok(),
            Backend::Postgres => self.postgres().batch_execute(&sql).is_ok(),
            Backend::Mariadb => self.mariadb().batch_execute(&sql).is_ok(),
        }
    }

    /// The one value of a query, which calls it `value`.
    fn value(&self, query: &str) -> String {
        self.values(query).join(" | ")
    }
}

impl Deref for Trial {
    type Target = Database;

    fn deref(&self) -> &Database {
        &self.database
    }
}

/// The statements of `change` on what `begin` made; `error: …` where the database can't do it.
fn sql(dialect: Dialect, begin: fn(&mut Ops), change: fn(&mut Ops)) -> Vec<String> {
    let mut catalog = Catalog::default();
    let words = |error: &dyn std::fmt::Display| panic!("{error}");
    apply_all(&record(begin, dialect), &mut catalog).unwrap_or_else(|error| words(&error.what));
    let mut lines = Vec::new();
    for op in record(change, dialect) {
        match render(dialect, &op, &catalog) {
            Ok(statements) => lines.extend(statements.iter().map(|one| match one {
                Statement::Rebuild(rebuild) => format!("rebuild {}", rebuild.table),
                Statement::Sql(_) | Statement::Code(_) => one.text().to_owned(),
            })),
            Err(error) => {
                let hint = error.hint().unwrap_or_default();
                lines.push(format!("error: {error}; {hint}"));
            }
        }
        op.apply(&mut catalog).unwrap_or_else(|error| words(&error));
    }
    lines
}
