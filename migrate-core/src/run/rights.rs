//! What the database's user must be allowed to do, looked up before the first statement: all that is missing is said at once.
//!
//! What a plan needs follows from its ops. Raw SQL and code say nothing of that, so what they need isn't known, and where the
//! rights of a user can't be told (roles of MySQL and MariaDB), nobody complains.

mod mysql;
mod postgres;

use std::collections::{BTreeMap, BTreeSet};

use migrate_model::{
    Dialect, Op,
    catalog::{Constraint, TableName, TypeName},
    op::TableChange,
};

use super::{Error, Options, Prepared, state::State};
use crate::backend::Database;

/// A right that the user of the database lacks, or another thing that keeps it from writing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// What is missing, and for what: `CREATE on schema public, to create table orders`.
    pub what: String,
    /// What would help: a statement for somebody who may, or words.
    pub help: String,
    /// The number of the first step that needs it.
    pub(super) step: usize,
}

/// Something that a user can have a right on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Object {
    /// A schema where something is made; without a name the one that names without a schema go to.
    Schema(Option<String>),
    /// The database itself.
    Database,
    /// A table, a view or a sequence, with the word for it.
    Relation(&'static str, TableName),
    /// An enum.
    Type(TypeName),
    /// A function or procedure, with its name alone.
    Routine(TableName),
    /// An extension that is created.
    Extension(String),
}

/// What must be allowed on an object. The words are SQL's, but for `OWNER`.
type Right = &'static str;

const OWNER: Right = "OWNER";

/// What a plan needs, each with the first step that does, and what for.
#[derive(Default)]
struct Needs {
    rights: BTreeMap<(Object, Right), (usize, String)>,
    /// What the plan itself makes, which is the user's own then.
    new: BTreeSet<TableName>,
    new_types: BTreeSet<TypeName>,
    new_schemas: BTreeSet<String>,
    /// What is called so by then, and otherwise now.
    today: BTreeMap<TableName, TableName>,
}

impl Needs {
    fn need(&mut self, step: usize, right: Right, on: Object, what_for: &str) {
        self.rights.entry((on, right)).or_insert_with(|| (step, what_for.to_owned()));
    }

    /// A right on something that is there today.
    fn on(&mut self, step: usize, right: Right, kind: &'static str, name: &TableName, why: &str) {
        if !self.new.contains(name) {
            let today = self.today.get(name).unwrap_or(name).clone();
            self.need(step, right, Object::Relation(kind, today), why);
        }
    }

    fn make(&mut self, step: usize, name: &TableName, why: &str) {
        let is_new = name.schema.as_ref().is_some_and(|schema| self.new_schemas.contains(schema));
        if !is_new {
            self.need(step, "CREATE", Object::Schema(name.schema.clone()), why);
        }
    }

    fn made(&mut self, name: &TableName) {
        self.new.insert(name.clone());
        self.today.remove(name);
    }

    fn renamed(&mut self, from: &TableName, to: &TableName) {
        if self.new.remove(from) {
            self.new.insert(to.clone());
        } else {
            let today = self.today.remove(from).unwrap_or_else(|| from.clone());
            self.today.insert(to.clone(), today);
            self.new.remove(to);
        }
    }

    fn references<'c>(
        &mut self,
        step: usize,
        own: &TableName,
        constraints: impl Iterator<Item = &'c Constraint>,
        why: &str,
    ) {
        for constraint in constraints {
            if let Constraint::ForeignKey(key) = constraint
                && key.table != *own
            {
                self.on(step, "REFERENCES", "table", &key.table, why);
            }
        }
    }

    fn op(&mut self, step: usize, op: &Op) {
        let why = op.describe();
        match op {
            Op::CreateTable(create) => {
                let name = &create.table.name;
                self.make(step, name, &why);
                self.references(step, name, create.table.constraints.values(), &why);
                if !create.if_not_exists {
                    self.made(name);
                }
            }
            Op::DropTable(drop) => self.on(step, OWNER, "table", &drop.name, &why),
            Op::RenameTable(rename) => {
                self.on(step, OWNER, "table", &rename.from, &why);
                self.make(step, &rename.to, &why);
                self.renamed(&rename.from, &rename.to);
            }
            Op::CreatePartition(create) => {
                self.on(step, OWNER, "table", &create.of, &why);
                self.make(step, &create.name, &why);
                self.made(&create.name);
            }
            Op::DropPartition(drop) => self.on(step, OWNER, "table", &drop.name, &why),
            Op::AlterTable(alter) => {
                self.on(step, OWNER, "table", &alter.table, &why);
                for change in &alter.changes {
                    if let TableChange::AddConstraint(add) = &change.what {
                        let constraint = std::iter::once(&add.constraint);
                        self.references(step, &alter.table, constraint, &why);
                    }
                }
            }
            Op::CreateIndex(create) => {
                self.on(step, OWNER, "table", &create.table, &why);
                if !self.new.contains(&create.table) {
                    self.make(step, &create.table, &why);
                }
            }
            Op::CreateTrigger(create) => self.on(step, "TRIGGER", "table", &create.table, &why),
            Op::ReplaceTrigger(replace) => self.on(step, OWNER, "table", &replace.table, &why),
            Op::DropTrigger(drop) => self.on(step, OWNER, "table", &drop.table, &why),
            Op::CreateEnum(create) => {
                let TypeName { schema, name } = create.name.clone();
                self.make(step, &TableName { schema, name }, &why);
                if !create.if_not_exists {
                    self.new_types.insert(create.name.clone());
                }
            }
            Op::DropEnum(drop) => self.on_type(step, &drop.name, &why),
            Op::AlterEnum(alter) => self.on_type(step, &alter.name, &why),
            Op::CreateSchema(create) => {
                self.need(step, "CREATE", Object::Database, &why);
                self.new_schemas.insert(create.name.clone());
            }
            Op::CreateSequence(create) => {
                self.make(step, &create.sequence.name, &why);
                if !create.if_not_exists {
                    self.made(&create.sequence.name);
                }
            }
            Op::AlterSequence(alter) => self.on(step, OWNER, "sequence", &alter.name, &why),
            Op::RenameSequence(rename) => {
                self.on(step, OWNER, "sequence", &rename.from, &why);
                self.renamed(&rename.from, &rename.to);
            }
            Op::DropSequence(drop) => self.on(step, OWNER, "sequence", &drop.name, &why),
            Op::CreateExtension(create) => {
                self.need(step, "CREATE", Object::Extension(create.name.clone()), &why);
            }
            Op::CreateView(create) => {
                self.make(step, &create.view.name, &why);
                self.made(&create.view.name);
            }
            Op::ReplaceView(replace) => self.on(step, OWNER, "view", &replace.view.name, &why),
            Op::DropView(drop) => self.on(step, OWNER, "view", &drop.name, &why),
            Op::CreateFunction(create) => {
                let name = routine(&create.function.name);
                self.make(step, &name, &why);
                self.made(&name);
            }
            Op::ReplaceFunction(replace) => self.on_routine(step, &replace.function.name, &why),
            Op::DropFunction(drop) => self.on_routine(step, &drop.name, &why),
            Op::BulkInsert(insert) => self.on(step, "INSERT", "table", &insert.table, &why),
            Op::DeleteRows(delete) => {
                self.on(step, "DELETE", "table", &delete.table, &why);
                self.on(step, "SELECT", "table", &delete.table, &why);
            }
            // Which table an index is of is the catalog's to know, and what SQL and code do is nobody's.
            Op::DropIndex(_)
            | Op::RenameIndex(_)
            | Op::DropSchema(_)
            | Op::DropExtension(_)
            | Op::Execute(_)
            | Op::Run(_) => {}
        }
    }

    fn on_type(&mut self, step: usize, name: &TypeName, why: &str) {
        if !self.new_types.contains(name) {
            self.need(step, OWNER, Object::Type(name.clone()), why);
        }
    }

    fn on_routine(&mut self, step: usize, name: &migrate_model::catalog::RoutineName, why: &str) {
        let name = routine(name);
        if !self.new.contains(&name) {
            self.need(step, OWNER, Object::Routine(name), why);
        }
    }

    /// The two tables that the migrations themselves are kept in.
    fn own_tables(&mut self, options: &Options, state: &State) {
        let why = "keep the state of the migrations";
        let tables = [
            (
                &options.version_table,
                state.has_version_table,
                &["SELECT", "INSERT", "UPDATE", "DELETE"][..],
            ),
            (&options.log_table, state.has_log_table, &["SELECT", "INSERT", "UPDATE"][..]),
        ];
        for (table, is_there, rights) in tables {
            if is_there {
                for right in rights {
                    self.on(0, right, "table", table, why);
                }
            } else {
                self.make(0, table, why);
            }
        }
    }
}

fn routine(name: &migrate_model::catalog::RoutineName) -> TableName {
    TableName { schema: name.schema.clone(), name: name.name.clone() }
}

/// What the user lacks for a plan, in a number of queries that doesn't grow with it.
pub(super) fn missing(
    database: &mut dyn Database,
    steps: &[Prepared],
    options: &Options,
    state: &State,
) -> Result<Vec<Missing>, Error> {
    if steps.is_empty() {
        return Ok(Vec::new());
    }
    let doing = |source| Error::Database {
        doing: "look up what the database's user may do".to_owned(),
        source,
    };
    match database.dialect() {
        Dialect::Postgres => {
            let mut needs = Needs::default();
            needs.own_tables(options, state);
            for (number, step) in steps.iter().enumerate() {
                step.ops.iter().for_each(|prepared| {
                    needs.op(number, &prepared.op);
                    // An enum that is made anew is put into its columns.
                    for (table, _) in &prepared.enum_columns {
                        needs.on(number, OWNER, "table", table, &prepared.op.describe());
                    }
                });
            }
            postgres::missing(database, &needs).map_err(doing)
        }
        Dialect::Mysql | Dialect::Mariadb => {
            mysql::missing(database, steps, options, state).map_err(doing)
        }
        Dialect::Sqlite => Ok(Vec::new()),
    }
}

/// An error when something is missing.
pub(super) fn check(
    database: &mut dyn Database,
    steps: &[Prepared],
    options: &Options,
    state: &State,
) -> Result<(), Error> {
    if database.dialect() == Dialect::Sqlite {
        return writable(database);
    }
    let missing = missing(database, steps, options, state)?;
    if missing.is_empty() { Ok(()) } else { Err(Error::Rights { missing }) }
}

/// A file that can't be written lets a transaction begin all the same, so the number of its schema is set to what it is.
fn writable(database: &mut dyn Database) -> Result<(), Error> {
    let tried = (|| {
        let number =
            database.query("SELECT CAST(user_version AS TEXT) FROM pragma_user_version")?;
        let number = number.into_iter().flatten().flatten().next().unwrap_or_default();
        database.begin()?;
        let written = database.batch(&format!("PRAGMA user_version = {number}"));
        let _ = database.rollback();
        written
    })();
    let Err(error) = tried else { return Ok(()) };
    let said = error.message.to_lowercase();
    if !said.contains("readonly") && !said.contains("read-only") {
        // Whatever else it is, the run will say.
        return Ok(());
    }
    let what = "the file, or the folder that it lies in, can't be written".to_owned();
    let help = "let the user who runs this write both".to_owned();
    Err(Error::Rights { missing: vec![Missing { what, help, step: 0 }] })
}
