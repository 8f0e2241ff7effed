//! The rows: the thing, what Alembic does about it, and cases with the lines that must be told.

mod constraints;
mod indexes;
mod keys;
mod objects;
mod tables;
mod types;

use migrate_core::prelude::*;
use tests::Backend;

use Backend::{Mariadb as MARIADB, Postgres as POSTGRES, Sqlite as SQLITE};

const ALL: &[Backend] = &[POSTGRES, SQLITE, MARIADB];

/// One thing that may differ.
pub(super) struct Row {
    /// What it is.
    pub(super) thing: &'static str,
    /// What Alembic 1.20 does about it.
    pub(super) alembic: &'static str,
    /// What there is to say of it here.
    pub(super) note: &'static str,
    /// Why it is not found.
    pub(super) exception: Option<&'static str>,
    pub(super) cases: Vec<Case>,
}

/// A difference, and what is said of it.
pub(super) struct Case {
    /// The databases it is tried on.
    pub(super) on: &'static [Backend],
    /// What the migrations make.
    pub(super) migration: fn(&mut Ops),
    /// What differs from it.
    pub(super) what: What,
    /// The lines that `check` tells; none where nothing differs.
    pub(super) lines: &'static [&'static str],
    /// What must be noted.
    pub(super) note: &'static str,
    /// Whether no op makes up for it.
    pub(super) is_beyond: bool,
}

/// What differs from the migrations.
pub(super) enum What {
    /// The program, whose `schema!` this is in.
    Program(String),
    /// The program, where no database is asked.
    Offline(String),
    /// The database, by this SQL.
    Drift(&'static str),
}

fn row(thing: &'static str, alembic: &'static str) -> Row {
    Row { thing, alembic, note: "", exception: None, cases: Vec::new() }
}

impl Row {
    fn case(
        mut self,
        on: &'static [Backend],
        migration: fn(&mut Ops),
        what: What,
        lines: &'static [&'static str],
    ) -> Row {
        self.cases.push(Case { on, migration, what, lines, note: "", is_beyond: false });
        self
    }

    /// The program wants something else.
    fn program(
        self,
        on: &'static [Backend],
        migration: fn(&mut Ops),
        text: &str,
        lines: &'static [&'static str],
    ) -> Row {
        self.case(on, migration, What::Program(whole(text)), lines)
    }

    /// The program wants something else, and no database is asked.
    fn offline(
        self,
        on: &'static [Backend],
        migration: fn(&mut Ops),
        text: &str,
        lines: &'static [&'static str],
    ) -> Row {
        self.case(on, migration, What::Offline(whole(text)), lines)
    }

    /// Somebody changed the database.
    fn drift(
        self,
        on: &'static [Backend],
        migration: fn(&mut Ops),
        sql: &'static str,
        lines: &'static [&'static str],
    ) -> Row {
        self.case(on, migration, What::Drift(sql), lines)
    }

    /// No op makes up for what the last case found.
    fn beyond(mut self) -> Row {
        self.cases.iter_mut().next_back().into_iter().for_each(|case| case.is_beyond = true);
        self
    }

    /// What else must be said of the last case.
    fn noted(mut self, note: &'static str) -> Row {
        self.cases.iter_mut().next_back().into_iter().for_each(|case| case.note = note);
        self
    }

    fn note(self, note: &'static str) -> Row {
        Row { note, ..self }
    }

    fn exception(self, reason: &'static str) -> Row {
        Row { exception: Some(reason), ..self }
    }
}

/// Columns of `orders` behind its `id`, or everything.
fn whole(text: &str) -> String {
    match text.contains('{') {
        true => text.to_owned(),
        false => format!("orders (id) {{ id -> BigInt, {text} }}"),
    }
}

/// The table that most rows are about.
fn orders() -> TableBuilder {
    table("orders").column(bigint("id").primary_key())
}

fn users(op: &mut Ops) {
    op.create_table(table("users").column(bigint("id").primary_key()));
    op.create_table(table("people").column(bigint("id").primary_key()));
}

pub(super) fn themes() -> Vec<(&'static str, Vec<Row>)> {
    vec![
        ("Tables and columns", tables::rows()),
        ("Types", types::rows()),
        ("Keys and defaults", keys::rows()),
        ("Constraints", constraints::rows()),
        ("Indexes", indexes::rows()),
        ("Everything else", objects::rows()),
    ]
}

fn two(op: &mut Ops) {
    op.create_table(orders().column(integer("a")).column(integer("b")));
}
