//! Tables: new ones, and changes to those that are there.

use std::collections::VecDeque;

use migrate_core::catalog::naming::Naming;
use migrate_core::catalog::{
    Column, Constraint, ConstraintKind, DefaultValue, MysqlTable, PartitionBy, PartitionStrategy,
    PostgresTable, SqliteTable, Table, TableName, TableOptions,
};
use migrate_core::op::{
    AddColumn, AddConstraint, AlterTable, ConstraintChoice, CreateTable, DropColumn,
    DropConstraint, Placed, SetNotNull, SetType, TableChange,
};

use super::Why;
use super::column::{Said, identity, sql_type};
use super::constraint::{constraint, is_of, some};
use super::index::{parts, with};
use super::layout::{Code, call, plain};
use super::literal::{Name, text, texts, value};

pub(super) fn create(create: &CreateTable, naming: &Naming) -> Result<Code, Why> {
    let CreateTable { table, if_not_exists } = create;
    let code = self::table(table, naming)?;
    Ok(plain("op").then("create_table", [code]).then_if(*if_not_exists, "if_not_exists"))
}

fn table(table: &Table, naming: &Naming) -> Result<Code, Why> {
    let Table {
        name,
        columns,
        constraints,
        indexes,
        comment,
        options,
        triggers,
        partition_by,
        partitions,
    } = table;
    if !indexes.is_empty() || !triggers.is_empty() || !partitions.is_empty() {
        return Err("indexes, triggers and partitions come behind their table");
    }
    let mut names = Names::new(table, naming);
    let mut code = call("table", [name.code()]);
    let mut said = Vec::new();
    for column in columns {
        said.push(names.of_column(column, columns));
    }
    for (column, constraints) in columns.iter().zip(said) {
        let is_key = constraints.iter().any(|one| matches!(one, Constraint::PrimaryKey(_)));
        if is_key && column.nullable {
            return Err("a column of the primary key holds no NULL");
        }
        let said = Said { column, constraints, fill: None, is_added: false };
        code = code.then("column", [said.code()?]);
    }
    for (one, is_named) in names.rest() {
        code = if let (Constraint::PrimaryKey(key), false) = (one, is_named) {
            code.then("primary_key", [some(&key.columns)?])
        } else {
            code.then("constraint", [constraint(one, is_named)?])
        };
    }
    debug_assert!(constraints.len() == names.taken.constraints.len(), "all of them are said");
    code = code.then_some("comment", comment.as_deref().map(text));
    if let Some(PartitionBy { strategy, keys }) = partition_by {
        let word = match strategy {
            PartitionStrategy::Range => "partition_by_range",
            PartitionStrategy::List => "partition_by_list",
            PartitionStrategy::Hash => "partition_by_hash",
        };
        code = code.then(word, [parts(keys)?]);
    }
    let TableOptions { postgres, mysql, sqlite } = options;
    Ok(code
        .then_options("postgres", "t", |t| {
            let PostgresTable { with: parameters, unlogged, tablespace } = postgres;
            with(t.then_if(*unlogged, "unlogged"), parameters)
                .then_some("tablespace", tablespace.as_deref().map(text))
        })
        .then_options("mysql", "t", |t| {
            let MysqlTable { engine, charset, collate, row_format } = mysql;
            t.then_some("engine", engine.as_deref().map(text))
                .then_some("charset", charset.as_deref().map(text))
                .then_some("collate", collate.as_deref().map(text))
                .then_some("row_format", row_format.as_deref().map(text))
        })
        .then_options("sqlite", "t", |t| {
            let SqliteTable { strict, without_rowid } = sqlite;
            t.then_if(*strict, "strict").then_if(*without_rowid, "without_rowid")
        }))
}

/// The names that constraints get by themselves, each in its turn: a name that is taken gets a number behind it.
struct Names<'a> {
    naming: &'a Naming,
    /// The table, with the constraints that were said.
    taken: Table,
    left: VecDeque<&'a Constraint>,
}

impl<'a> Names<'a> {
    fn new(table: &'a Table, naming: &'a Naming) -> Self {
        let taken = Table { columns: table.columns.clone(), ..Table::new(&table.name) };
        let mut left: Vec<&Constraint> = table.constraints.values().collect();
        // `orders_check` before `orders_check1` before `orders_check10`.
        left.sort_by_key(|one| (one.kind(), one.name().len(), one.name()));
        Names { naming, taken, left: left.into() }
    }

    /// Takes the next constraint that `is_meant` and gets its name by itself.
    fn unnamed(&mut self, is_meant: impl Fn(&Constraint) -> bool) -> Option<&'a Constraint> {
        let fits = |one: &&Constraint| {
            is_meant(one) && self.naming.name_constraint(&self.taken, one) == one.name()
        };
        let at = self.left.iter().position(fits)?;
        let one = self.left.remove(at)?;
        self.taken.constraints.insert(one.name().to_owned(), one.clone());
        Some(one)
    }

    /// The constraints that are a part of what is said about a column.
    fn of_column(&mut self, column: &Column, all: &[Column]) -> Vec<&'a Constraint> {
        let is_meant = |one: &Constraint| {
            let is_others = |other: &Column| other.name != column.name && is_of(one, &other.name);
            is_of(one, &column.name) && !all.iter().any(is_others)
        };
        std::iter::from_fn(|| self.unnamed(is_meant)).collect()
    }

    /// All that are left, and whether they are named.
    fn rest(&mut self) -> Vec<(&'a Constraint, bool)> {
        let mut rest = Vec::new();
        loop {
            if let Some(one) = self.unnamed(|_| true) {
                rest.push((one, false));
            } else if let Some(one) = self.left.pop_front() {
                self.taken.constraints.insert(one.name().to_owned(), one.clone());
                rest.push((one, true));
            } else {
                return rest;
            }
        }
    }
}

/// One statement about a table that is there.
struct Statement {
    /// What it is called as an op of its own, where it is one.
    alone: Option<&'static str>,
    /// What it is called among others, where it can stand there.
    among: Option<&'static str>,
    arguments: Vec<Code>,
    calls: Vec<(&'static str, Vec<Code>)>,
}

impl Statement {
    fn new<const N: usize>(word: &'static str, arguments: [Code; N]) -> Statement {
        let arguments = arguments.into();
        Statement { alone: Some(word), among: Some(word), arguments, calls: Vec::new() }
    }

    fn call_if(mut self, is_said: bool, word: &'static str) -> Statement {
        if is_said {
            self.calls.push((word, Vec::new()));
        }
        self
    }

    fn call_some(mut self, word: &'static str, argument: Option<Code>) -> Statement {
        self.calls.extend(argument.map(|argument| (word, vec![argument])));
        self
    }

    fn code(self, of: Code, word: &str, before: Option<Code>) -> Code {
        let arguments = before.into_iter().chain(self.arguments).collect();
        let code = of.then_all(word, arguments);
        self.calls.into_iter().fold(code, |code, (word, arguments)| code.then_all(word, arguments))
    }
}

pub(super) fn alter(alter: &AlterTable, naming: &Naming) -> Result<Code, Why> {
    let AlterTable { table, changes } = alter;
    let mut statements = Vec::new();
    let mut left = changes.as_slice();
    while let [first, rest @ ..] = left {
        let (statement, taken) = if let TableChange::AddColumn(add) = &first.what {
            add_column(table, add, rest, naming)?
        } else if column_of(first).is_some() {
            alter_column(left)?
        } else {
            (other(table, first, naming)?, 1)
        };
        statements.push(statement);
        left = &left[taken..];
    }
    if let [Statement { alone: Some(word), .. }] = statements.as_slice() {
        let word = *word;
        let only = statements.swap_remove(0);
        return Ok(only.code(plain("op"), word, Some(table.code())));
    }
    let is_single = statements.len() == 1;
    let among = |statement: Statement| {
        let word = statement.among.ok_or("it can't stand among other changes of a table")?;
        Ok(statement.code(plain("t"), word, None))
    };
    let mut all = statements.into_iter().map(among).collect::<Result<Vec<Code>, Why>>()?;
    let closure = match all.pop() {
        Some(one) if is_single => Code::Closure("t", Box::new(one)),
        last => {
            all.extend(last);
            Code::Block("t", all)
        }
    };
    Ok(plain("op").then("alter_table", [table.code(), closure]))
}

/// A new column, with the constraints behind it that can be said of it, and how many changes that is.
fn add_column(
    table: &TableName,
    add: &AddColumn,
    behind: &[Placed<TableChange>],
    naming: &Naming,
) -> Result<(Statement, usize), Why> {
    let AddColumn { column, fill, if_not_exists } = add;
    let named = Table { columns: vec![column.clone()], ..Table::new(table) };
    let mut constraints = Vec::new();
    for change in behind {
        let TableChange::AddConstraint(one) = &change.what else { break };
        let is_own = one.if_not_exists == *if_not_exists
            && is_of(&one.constraint, &column.name)
            && naming.name_constraint(&named, &one.constraint) == one.constraint.name();
        if !is_own {
            break;
        }
        constraints.push(&one.constraint);
    }
    let own = constraints.len();
    let said = Said { column, constraints, fill: fill.as_ref(), is_added: true };
    let statement = Statement::new("add_column", [said.code()?]);
    Ok((statement.call_if(*if_not_exists, "if_not_exists"), 1 + own))
}

/// The column that a change is about, where it is one of `alter_column`.
fn column_of(change: &TableChange) -> Option<&str> {
    match change {
        TableChange::RenameColumn { from: column, to: _ }
        | TableChange::SetType(SetType { column, .. })
        | TableChange::SetNotNull(SetNotNull { column, .. })
        | TableChange::DropNotNull { column, .. }
        | TableChange::SetDefault { column, .. }
        | TableChange::SetColumnComment { column, .. }
        | TableChange::SetIdentity { column, .. }
        | TableChange::SetGenerated { column, .. }
        | TableChange::SetCollation { column, .. } => Some(column),
        TableChange::AddColumn(_)
        | TableChange::DropColumn(_)
        | TableChange::AddConstraint(_)
        | TableChange::DropConstraint(_)
        | TableChange::RenameConstraint { .. }
        | TableChange::ValidateConstraint { .. }
        | TableChange::SetTableComment { .. } => None,
    }
}

/// As many changes as are about the column of the first one, in one breath.
fn alter_column(changes: &[Placed<TableChange>]) -> Result<(Statement, usize), Why> {
    let mut column = column_of(&changes[0]).unwrap_or_default();
    let mut statement = Statement::new("alter_column", [text(column)]);
    let mut taken = 0;
    for change in changes {
        if column_of(change) != Some(column) {
            break;
        }
        statement = change_column(statement, change)?;
        taken += 1;
        // What follows is said of the column under its new name.
        if let TableChange::RenameColumn { from: _, to } = &change.what {
            column = to;
        }
    }
    Ok((statement, taken))
}

fn change_column(statement: Statement, change: &TableChange) -> Result<Statement, Why> {
    let option = |value: &Option<String>| value.as_deref().map(text);
    Ok(match change {
        TableChange::RenameColumn { from: _, to } => {
            statement.call_some("rename_to", Some(text(to)))
        }
        TableChange::SetType(SetType { column: _, to, using, restore_with }) => statement
            .call_some("set_type", Some(sql_type(to)?))
            .call_some("using", option(using))
            .call_some("restore_with", option(restore_with)),
        TableChange::SetNotNull(SetNotNull { column: _, fill }) => {
            statement.call_if(true, "set_not_null").call_some("fill_with", option(fill))
        }
        TableChange::DropNotNull { column: _, restore_with } => {
            statement.call_if(true, "drop_not_null").call_some("restore_with", option(restore_with))
        }
        TableChange::SetDefault { column: _, default } => match default {
            None => statement.call_if(true, "drop_default"),
            Some(DefaultValue::Value(literal)) => {
                statement.call_some("set_default", Some(value(literal)))
            }
            Some(DefaultValue::Expression(sql)) => {
                statement.call_some("set_default", Some(call("expression", [text(sql)])))
            }
        },
        TableChange::SetColumnComment { column: _, comment } => {
            set_or_drop(statement, ["comment", "drop_comment"], comment)
        }
        TableChange::SetIdentity { column: _, identity: None } => {
            statement.call_if(true, "drop_identity")
        }
        TableChange::SetIdentity { column: _, identity: Some(how) } => {
            let mut statement = statement.call_if(true, "set_identity");
            if let Code::Call { arguments, .. } = identity(plain(""), how) {
                statement.calls.push(("postgres", arguments));
            }
            statement
        }
        TableChange::SetGenerated { column: _, generated: None } => {
            statement.call_if(true, "drop_generated")
        }
        TableChange::SetGenerated { column: _, generated: Some(generated) } => {
            let word = if generated.stored { "set_generated" } else { "set_generated_when_read" };
            statement.call_some(word, Some(text(&generated.expression)))
        }
        TableChange::SetCollation { column: _, collation } => {
            set_or_drop(statement, ["set_collation", "drop_collation"], collation)
        }
        TableChange::AddColumn(_)
        | TableChange::DropColumn(_)
        | TableChange::AddConstraint(_)
        | TableChange::DropConstraint(_)
        | TableChange::RenameConstraint { .. }
        | TableChange::ValidateConstraint { .. }
        | TableChange::SetTableComment { .. } => return Err("it changes no column"),
    })
}

fn set_or_drop(
    statement: Statement,
    [set, drop]: [&'static str; 2],
    value: &Option<String>,
) -> Statement {
    match value {
        Some(value) => statement.call_some(set, Some(text(value))),
        None => statement.call_if(true, drop),
    }
}

/// A change that is about no column that is there.
fn other(table: &TableName, change: &TableChange, naming: &Naming) -> Result<Statement, Why> {
    Ok(match change {
        TableChange::DropColumn(DropColumn { column, restore_with, if_exists }) => {
            Statement::new("drop_column", [text(column)])
                .call_some("restore_with", restore_with.as_deref().map(text))
                .call_if(*if_exists, "if_exists")
        }
        TableChange::AddConstraint(AddConstraint { if_not_exists: true, .. }) => {
            return Err("a constraint by itself can't be there already");
        }
        TableChange::AddConstraint(AddConstraint { constraint: one, if_not_exists: false }) => {
            let is_named = naming.name_constraint(&Table::new(table), one) != one.name();
            let word = match one.kind() {
                ConstraintKind::PrimaryKey => "create_primary_key",
                ConstraintKind::Unique => "create_unique_constraint",
                ConstraintKind::ForeignKey => "create_foreign_key",
                ConstraintKind::Check => "create_check_constraint",
                ConstraintKind::Exclude => "create_exclude_constraint",
            };
            let statement = Statement::new("add_constraint", [constraint(one, is_named)?]);
            Statement { alone: Some(word), ..statement }
        }
        TableChange::DropConstraint(DropConstraint { choice, if_exists }) => {
            drop_constraint(choice)?.call_if(*if_exists, "if_exists")
        }
        TableChange::RenameConstraint { from, to } => {
            Statement::new("rename_constraint", [text(from), text(to)])
        }
        TableChange::ValidateConstraint { name } => {
            Statement::new("validate_constraint", [text(name)])
        }
        TableChange::SetTableComment { comment } => {
            let statement = match comment {
                Some(comment) => Statement::new("comment", [text(comment)]),
                None => Statement::new("drop_comment", []),
            };
            Statement { alone: None, ..statement }
        }
        TableChange::AddColumn(_)
        | TableChange::RenameColumn { .. }
        | TableChange::SetType(_)
        | TableChange::SetNotNull(_)
        | TableChange::DropNotNull { .. }
        | TableChange::SetDefault { .. }
        | TableChange::SetColumnComment { .. }
        | TableChange::SetIdentity { .. }
        | TableChange::SetGenerated { .. }
        | TableChange::SetCollation { .. } => return Err("it changes a column"),
    })
}

fn drop_constraint(choice: &ConstraintChoice) -> Result<Statement, Why> {
    let (kind, columns) = match choice {
        ConstraintChoice::Named(name) => {
            return Ok(Statement::new("drop_constraint", [text(name)]));
        }
        ConstraintChoice::On(kind, columns) => (kind, columns),
    };
    let statement = match (kind, columns.as_slice()) {
        (ConstraintKind::PrimaryKey, _) => Statement::new("drop_primary_key", []),
        (ConstraintKind::Unique, [_, ..]) => {
            Statement::new("drop_unique_constraint", [texts(columns)])
        }
        (ConstraintKind::ForeignKey, [_, ..]) => {
            Statement::new("drop_foreign_key", [texts(columns)])
        }
        (ConstraintKind::Unique | ConstraintKind::ForeignKey, []) => {
            return Err("it is about no columns");
        }
        (ConstraintKind::Check | ConstraintKind::Exclude, _) => {
            return Err("only its name tells which constraint it is");
        }
    };
    Ok(Statement { among: None, ..statement })
}
