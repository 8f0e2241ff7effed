//! SQL and code that the model can't read, and what they say about themselves.

use std::{any::Any, collections::BTreeMap, fmt, sync::Arc};

use super::{Op, Recorded, apply_all, invert_all};
use crate::{
    Dialect,
    catalog::{Catalog, CatalogError, FunctionKey, InvertError, TableName, TypeName},
    sql::{self, Thing},
};

/// Executes SQL as it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Execute {
    /// One statement or several.
    pub sql: String,
    /// What it does to the schema.
    pub effect: Effect,
    /// How to take it back.
    pub undo: Undo,
}

/// What SQL or code does to the schema.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Effect {
    /// Nobody said; fine for SQL that only reads or changes rows.
    #[default]
    Unsaid,
    /// Nothing.
    Nothing,
    /// What these ops would have done.
    Declares(Vec<Recorded>),
    /// Something to these tables, for which the catalog can't vouch from now on.
    Opaque(Vec<TableName>),
    /// Something to these things, as its own words tell: one statement of an SQL file.
    Read(Vec<Thing>),
}

/// How SQL or code is taken back.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Undo {
    /// Nobody said.
    #[default]
    Unsaid,
    /// There is nothing to take back.
    Nothing,
    /// By this SQL.
    Sql(String),
}

impl Effect {
    fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        match self {
            Effect::Unsaid | Effect::Nothing => Ok(()),
            Effect::Declares(ops) => apply_all(ops, catalog).map_err(|error| error.what),
            Effect::Opaque(tables) => {
                catalog.opaque.extend(tables.iter().cloned());
                Ok(())
            }
            Effect::Read(things) => things.iter().try_for_each(|thing| lose(thing, catalog)),
        }
    }

    fn invert(&self, before: &Catalog) -> Result<Effect, InvertError> {
        Ok(match self {
            Effect::Declares(ops) => {
                Effect::Declares(invert_all(ops, before).map_err(|error| error.what)?)
            }
            Effect::Unsaid | Effect::Nothing | Effect::Opaque(_) | Effect::Read(_) => self.clone(),
        })
    }

    /// The declared ops' inverse, which stands in where no other undo is given.
    fn declared_inverse(&self, before: &Catalog) -> Result<Option<Vec<Op>>, InvertError> {
        Ok(match self.invert(before)? {
            Effect::Declares(ops) => Some(ops.into_iter().map(|op| op.what).collect()),
            Effect::Unsaid | Effect::Nothing | Effect::Opaque(_) | Effect::Read(_) => None,
        })
    }
}

/// Lets the catalog vouch no longer for a thing that SQL is about.
///
/// What it has no way to doubt must not be changed behind its back, if it is there.
fn lose(thing: &Thing, catalog: &mut Catalog) -> Result<(), CatalogError> {
    let held = |kind: &'static str, name: String, is_held: bool| match is_held {
        true => Err(CatalogError::HeldElsewhere { kind, name }),
        false => Ok(()),
    };
    match thing {
        Thing::Table(name) => {
            // SQLite, and some servers of MySQL, find a table in any case.
            let is_it = |other: &&TableName| {
                other.schema == name.schema && other.name.eq_ignore_ascii_case(&name.name)
            };
            let others = catalog.tables.keys().chain(catalog.views.keys());
            let others: Vec<TableName> = others.filter(is_it).cloned().collect();
            if !others.contains(name) {
                catalog.opaque.extend(others);
            }
            catalog.opaque.insert(name.clone());
            Ok(())
        }
        Thing::DroppedTable(name) => {
            let referring: Vec<TableName> =
                catalog.references_to(name).map(|(table, _)| table.name.clone()).collect();
            catalog.opaque.extend(referring);
            lose(&Thing::Table(name.clone()), catalog)
        }
        Thing::Index(name) => {
            let tables = catalog.tables.values().filter(|table| {
                table.indexes.contains_key(name) || table.constraints.contains_key(name)
            });
            let views = catalog.views.values().filter(|view| view.indexes.contains_key(name));
            let on: Vec<TableName> = tables
                .map(|table| table.name.clone())
                .chain(views.map(|view| view.name.clone()))
                .collect();
            catalog.opaque.extend(on);
            Ok(())
        }
        Thing::Trigger(name) => {
            let tables = catalog.tables.values();
            let on = tables.filter(|table| table.triggers.contains_key(name));
            let on: Vec<TableName> = on.map(|table| table.name.clone()).collect();
            catalog.opaque.extend(on);
            Ok(())
        }
        Thing::Routine(name) => {
            let is_it = |key: &FunctionKey| key.0.schema == name.schema && key.0.name == name.name;
            held("function", name.to_string(), catalog.functions.keys().any(is_it))
        }
        Thing::Type(name) => {
            let is_it = |key: &TypeName| key.schema == name.schema && key.name == name.name;
            held("type", name.to_string(), catalog.enums.keys().any(is_it))
        }
        Thing::Sequence(name) => {
            held("sequence", name.to_string(), catalog.sequences.contains_key(name))
        }
        Thing::Schema(name) => held("schema", name.clone(), catalog.schemas.contains(name)),
        Thing::Extension(name) => {
            held("extension", name.clone(), catalog.extensions.contains_key(name))
        }
    }
}

impl Execute {
    /// Its statements, one by one.
    pub fn statements(&self) -> Vec<&str> {
        match self.effect {
            // One that was taken out of its file, where a DELIMITER may have let it hold semicolons.
            Effect::Read(_) => vec![&self.sql],
            Effect::Unsaid | Effect::Nothing | Effect::Declares(_) | Effect::Opaque(_) => {
                sql::statements(&self.sql)
            }
        }
    }

    pub(super) fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        let statements = self.statements();
        if statements.is_empty() {
            return Err(CatalogError::EmptySql);
        }
        for statement in statements {
            match sql::kind(statement) {
                sql::StatementKind::Transaction => {
                    return Err(CatalogError::TransactionControl { sql: short(statement) });
                }
                sql::StatementKind::Other if self.effect == Effect::Unsaid => {
                    return Err(CatalogError::Undeclared { sql: short(statement) });
                }
                sql::StatementKind::Other | sql::StatementKind::Data => {}
            }
        }
        self.effect.apply(catalog)
    }

    pub(super) fn invert(&self, before: &Catalog) -> Result<Vec<Op>, InvertError> {
        if let Undo::Sql(sql) = &self.undo {
            return Ok(vec![Op::Execute(Execute {
                sql: sql.clone(),
                effect: self.effect.invert(before)?,
                undo: Undo::Sql(self.sql.clone()),
            })]);
        }
        if let Some(ops) = self.effect.declared_inverse(before)? {
            return Ok(ops);
        }
        match self.undo {
            Undo::Nothing => Ok(Vec::new()),
            Undo::Unsaid | Undo::Sql(_) => {
                Err(InvertError::NoUndo { what: format!("`{}`", short(&self.sql)) })
            }
        }
    }

    pub(super) fn describe(&self) -> String {
        format!("execute {}", short(&self.sql))
    }

    pub(super) fn tables(&self) -> Vec<TableName> {
        Vec::new()
    }
}

/// The first line of SQL, cut to what a message bears.
fn short(sql: &str) -> String {
    let line = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(72) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// Code for one kind of connection, which the model holds without looking inside.
#[derive(Clone)]
pub struct Code(pub Arc<dyn Any + Send + Sync>);

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code")
    }
}

/// Runs code on a typed connection, in order with the other ops.
#[derive(Clone, Debug)]
pub struct Run {
    /// What it is called; unique in its migration.
    pub label: String,
    /// The code, for each kind of connection it is written for.
    pub bodies: BTreeMap<Dialect, Code>,
    /// SQL that does the same, for scripts.
    pub scripts: BTreeMap<Dialect, String>,
    /// What it does to the schema.
    pub effect: Effect,
    /// How to take it back.
    pub undo: RunUndo,
}

/// How code is taken back.
#[derive(Clone, Debug, Default)]
pub enum RunUndo {
    /// Nobody said.
    #[default]
    Unsaid,
    /// There is nothing to take back.
    Nothing,
    /// By other code.
    Code {
        /// The code, for each kind of connection it is written for.
        bodies: BTreeMap<Dialect, Code>,
        /// SQL that does the same, for scripts.
        scripts: BTreeMap<Dialect, String>,
    },
}

/// Code can't be compared: two are the same when they are called the same and taken back in the same way.
impl PartialEq for Run {
    fn eq(&self, other: &Run) -> bool {
        let undo = |run: &Run| match &run.undo {
            RunUndo::Unsaid => (0, Vec::new()),
            RunUndo::Nothing => (1, Vec::new()),
            RunUndo::Code { bodies, .. } => (2, bodies.keys().copied().collect::<Vec<Dialect>>()),
        };
        self.label == other.label && self.effect == other.effect && undo(self) == undo(other)
    }
}

impl Run {
    /// Code under a label, without any body yet.
    pub fn new(label: &str) -> Run {
        Run {
            label: label.to_owned(),
            bodies: BTreeMap::new(),
            scripts: BTreeMap::new(),
            effect: Effect::Unsaid,
            undo: RunUndo::Unsaid,
        }
    }

    /// What it does to the schema, in ops, written down as those of the migration itself.
    pub fn declare(&mut self, context: super::Context, ops: impl FnOnce(&mut super::Ops)) {
        self.effect = Effect::Declares(super::recorder::declared(context, ops));
    }

    /// One more table that it changes in ways that the catalog can't know.
    pub fn declare_opaque(&mut self, table: TableName) {
        super::recorder::add_opaque(&mut self.effect, table);
    }

    pub(super) fn apply(&self, catalog: &mut Catalog) -> Result<(), CatalogError> {
        self.effect.apply(catalog)
    }

    pub(super) fn invert(&self, before: &Catalog) -> Result<Vec<Op>, InvertError> {
        if let RunUndo::Code { bodies, scripts } = &self.undo {
            let label = match self.label.strip_prefix("undo ") {
                Some(label) => label.to_owned(),
                None => format!("undo {}", self.label),
            };
            return Ok(vec![Op::Run(Run {
                label,
                bodies: bodies.clone(),
                scripts: scripts.clone(),
                effect: self.effect.invert(before)?,
                undo: RunUndo::Code { bodies: self.bodies.clone(), scripts: self.scripts.clone() },
            })]);
        }
        if let Some(ops) = self.effect.declared_inverse(before)? {
            return Ok(ops);
        }
        match self.undo {
            RunUndo::Nothing => Ok(Vec::new()),
            RunUndo::Unsaid | RunUndo::Code { .. } => {
                Err(InvertError::NoUndo { what: format!("`{}`", self.label) })
            }
        }
    }

    pub(super) fn describe(&self) -> String {
        format!("run {}", self.label)
    }

    pub(super) fn tables(&self) -> Vec<TableName> {
        Vec::new()
    }
}
