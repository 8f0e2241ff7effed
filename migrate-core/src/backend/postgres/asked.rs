//! Views, functions and triggers as PostgreSQL writes them. It is asked like `canonical` asks about tables, but for the
//! names: a query names its tables, so what stands in for them has their names, in the schema of temporary tables,
//! which is searched first.

use std::collections::{BTreeMap, BTreeSet};

use migrate_model::{
    Op,
    catalog::{
        Catalog, Column, Constraint, Function, PostgresView, RoutineName, Table, TableName,
        Trigger, TriggerAction, View, naming,
    },
    op::{CreateFunction, CreateIndex, CreateTrigger, CreateView},
    sql::{self, TokenKind, tokens},
};

use super::{
    canonical::{attempt, create, make_enums, said, scratch, scratch_index, take_over_indexes},
    reflect,
};
use crate::backend::{
    Database, Scope, quote,
    reflect::{Fields, ReflectError, Reflected},
};

/// A trigger's function that is there in each database.
const FUNCTION: &str = "suppress_redundant_updates_trigger";

/// Lets PostgreSQL's texts take the place of those in `canonical`, a copy of `catalog`.
pub(super) fn objects(
    database: &mut dyn Database,
    catalog: &Catalog,
    canonical: &mut Catalog,
) -> Result<(), ReflectError> {
    let has_condition = catalog.all_triggers().any(|(_, trigger)| trigger.when.is_some());
    if catalog.views.is_empty() && catalog.functions.is_empty() && !has_condition {
        return Ok(());
    }
    let schema = current_schema(database)?;
    let question = Question::of_all(catalog, schema.as_deref());
    question.take_over(&question.ask(database)?, canonical);
    // `*` means the columns of the moment when the view was created.
    for view in catalog.views.values().filter(|view| is_older(view, catalog)) {
        let question = Question::of_one(catalog, view, schema.as_deref());
        let answer = question.ask(database)?;
        if let (Some(answer), Some(view)) =
            (answer.catalog.views.get(&stand_in(&view.name)), canonical.views.get_mut(&view.name))
        {
            view.query.clone_from(&answer.query);
        }
    }
    Ok(())
}

fn current_schema(database: &mut dyn Database) -> Result<Option<String>, ReflectError> {
    let ask = &mut |sql: &str| database.query(sql);
    let rows = Fields::rows(ask, "the session", "SELECT current_schema()::text")?;
    rows.into_iter().next().map_or(Ok(None), |mut row| row.maybe())
}

/// Whether a view may show all columns of a table that had fewer at the time.
fn is_older(view: &View, catalog: &Catalog) -> bool {
    let has_more = |(name, columns): (&TableName, &BTreeSet<String>)| {
        let table = catalog.tables.get(name);
        table.is_some_and(|table| table.columns.iter().any(|one| !columns.contains(&one.name)))
    };
    view.query.contains('*') && view.uses.iter().any(has_more)
}

/// What stands in for a table or view, without its schema.
fn stand_in(name: &TableName) -> TableName {
    match &name.schema {
        None => name.clone(),
        Some(schema) => naming::shorten(format!("__migrate_scratch_{schema}_{}", name.name)).into(),
    }
}

fn temporary(name: TableName) -> TableName {
    TableName { schema: Some("pg_temp".to_owned()), ..name }
}

/// What is made to be asked about.
struct Question<'c> {
    catalog: &'c Catalog,
    schema: Option<&'c str>,
    tables: Vec<Table>,
    /// Each behind those that it reads.
    views: Vec<&'c View>,
    functions: Vec<&'c Function>,
}

impl<'c> Question<'c> {
    fn of_all(catalog: &'c Catalog, schema: Option<&'c str>) -> Question<'c> {
        let functions: Vec<&Function> = catalog.functions.values().collect();
        let is_needed = |table: &&Table| {
            table.triggers.values().any(|trigger| trigger.when.is_some())
                || catalog.views.values().any(|view| view.uses.contains_key(&table.name))
                || functions.iter().any(|function| has_type_of(function, &table.name))
        };
        let tables = catalog.tables.values().filter(is_needed).map(|table| bare(table, None));
        let tables = tables.collect();
        Question { catalog, schema, tables, views: catalog.views_in_order(), functions }
    }

    /// A view with what it reads, of which only the columns are there that it knows.
    fn of_one(catalog: &'c Catalog, view: &'c View, schema: Option<&'c str>) -> Question<'c> {
        let mut names = BTreeSet::from([&view.name]);
        let mut columns: BTreeMap<&TableName, BTreeSet<String>> = BTreeMap::new();
        let mut views: Vec<&View> = Vec::new();
        for one in catalog.views_in_order().into_iter().rev() {
            if !names.contains(&one.name) {
                continue;
            }
            views.push(one);
            for (used, known) in &one.uses {
                names.insert(used);
                columns.entry(used).or_default().extend(known.iter().cloned());
            }
        }
        views.reverse();
        let tables = columns.iter().filter_map(|(name, columns)| {
            catalog.tables.get(*name).map(|table| bare(table, Some(columns)))
        });
        Question { catalog, schema, tables: tables.collect(), views, functions: Vec::new() }
    }

    fn ask(&self, database: &mut dyn Database) -> Result<Reflected, ReflectError> {
        database.begin()?;
        let read = self.made(database);
        let rolled_back = database.rollback();
        let read = read?;
        rolled_back?;
        Ok(read)
    }

    fn made(&self, database: &mut dyn Database) -> Result<Reflected, ReflectError> {
        // Nothing that a body calls needs to be there.
        database.batch("SET LOCAL check_function_bodies = off")?;
        make_enums(database, self.catalog)?;
        let pieces = self.pieces()?;
        if !attempt(database, &pieces.concat())? {
            for piece in &pieces {
                attempt(database, piece)?;
            }
        }
        let ask = &mut |sql: &str| database.query(sql);
        let place = reflect::temporary(ask)?;
        reflect::read_objects(ask, &place, &Scope { own: true, ..Scope::default() })
    }

    /// The statements, those together that make no sense alone.
    fn pieces(&self) -> Result<Vec<Vec<String>>, ReflectError> {
        let nothing = Catalog::default();
        let mut pieces = Vec::new();
        for table in &self.tables {
            pieces.push(said(&create(table.clone()), &nothing)?);
        }
        for (number, function) in self.functions.iter().enumerate() {
            let create = CreateFunction { function: self.bare_function(function, number) };
            pieces.push(said(&Op::CreateFunction(create), &nothing)?);
        }
        for (number, view) in self.views.iter().enumerate() {
            let create = CreateView { view: self.bare_view(view), no_data: false };
            pieces.push(said(&Op::CreateView(create), &nothing)?);
            if view.indexes.is_empty() {
                continue;
            }
            // A table like it: indexes are for what keeps rows.
            let table = temporary(scratch(number).into());
            let of = stand_in(&view.name);
            pieces.push(vec![format!(
                "CREATE TEMP TABLE {} AS TABLE {} WITH NO DATA",
                quote(migrate_model::Dialect::Postgres, &table.name)?,
                quote(migrate_model::Dialect::Postgres, &of.name)?
            )]);
            let before = Catalog {
                tables: BTreeMap::from([(table.clone(), Table::new(&table))]),
                ..Catalog::default()
            };
            for index in view.indexes.values() {
                let mut index = index.clone();
                index.name = scratch_index(number, &index.name);
                let create = CreateIndex {
                    table: table.clone(),
                    index,
                    concurrently: false,
                    if_not_exists: false,
                };
                pieces.push(said(&Op::CreateIndex(create), &before)?);
            }
        }
        for (of, trigger) in self.catalog.all_triggers().filter(|(_, one)| one.when.is_some()) {
            let trigger = Trigger {
                action: TriggerAction::Function(FUNCTION.into(), Vec::new()),
                ..trigger.clone()
            };
            let create = CreateTrigger { table: temporary(stand_in(of)), trigger };
            pieces.push(said(&Op::CreateTrigger(create), &nothing)?);
        }
        Ok(pieces)
    }

    fn bare_view(&self, view: &View) -> View {
        View {
            name: temporary(stand_in(&view.name)),
            query: self.without_schema(&view.query),
            materialized: false,
            check_option: None,
            postgres: PostgresView::default(),
            indexes: BTreeMap::new(),
            triggers: BTreeMap::new(),
            ..view.clone()
        }
    }

    fn bare_function(&self, function: &Function, number: usize) -> Function {
        let name = RoutineName { schema: Some("pg_temp".to_owned()), name: scratch(number) };
        let mut bare = Function { name, ..function.clone() };
        for argument in &mut bare.arguments {
            argument.sql_type = self.without_schema(&argument.sql_type);
        }
        bare.returns = bare.returns.map(|sql_type| self.without_schema(&sql_type));
        bare
    }

    /// The SQL without the name of the current schema, which PostgreSQL leaves out too.
    fn without_schema(&self, text: &str) -> String {
        let Some(schema) = self.schema else { return text.to_owned() };
        let all = tokens(text);
        let is_schema = |at: usize| {
            let word = &text[all[at].range.clone()];
            let is_name = match all[at].kind {
                TokenKind::Word => word.eq_ignore_ascii_case(schema),
                TokenKind::Quoted => sql::unquoted(word) == schema,
                TokenKind::Text | TokenKind::Number | TokenKind::Blank | TokenKind::Mark => false,
            };
            let is_dot = |at: usize| all.get(at).is_some_and(|one| text[one.range.clone()] == *".");
            is_name && is_dot(at + 1) && !(at > 0 && is_dot(at - 1))
        };
        let mut bare = text.to_owned();
        for at in (0..all.len()).rev().filter(|at| is_schema(*at)) {
            bare.replace_range(all[at].range.start..all[at + 1].range.end, "");
        }
        bare
    }

    /// Takes PostgreSQL's texts over; what it did not take stays as it is.
    fn take_over(&self, answer: &Reflected, canonical: &mut Catalog) {
        let answer = &answer.catalog;
        for (number, function) in self.functions.iter().enumerate() {
            let name = RoutineName::from(scratch(number));
            if let Some(said) = answer.functions.values().find(|one| one.name == name) {
                let said = Function { name: function.name.clone(), ..said.clone() };
                canonical.functions.remove(&function.key());
                canonical.functions.insert(said.key(), said);
            }
        }
        for (number, view) in self.views.iter().enumerate() {
            let Some(view) = canonical.views.get_mut(&view.name) else { continue };
            if let Some(said) = answer.views.get(&stand_in(&view.name)) {
                view.columns.clone_from(&said.columns);
                view.query.clone_from(&said.query);
                take_over_conditions(&mut view.triggers, &said.triggers);
            }
            if let Some(table) = answer.tables.get(&TableName::from(scratch(number))) {
                take_over_indexes(&mut view.indexes, &table.indexes, number);
            }
        }
        for table in canonical.tables.values_mut() {
            if let Some(said) = answer.tables.get(&stand_in(&table.name)) {
                take_over_conditions(&mut table.triggers, &said.triggers);
            }
        }
    }
}

fn take_over_conditions(
    triggers: &mut BTreeMap<String, Trigger>,
    answers: &BTreeMap<String, Trigger>,
) {
    for trigger in triggers.values_mut() {
        if let Some(answer) = answers.get(&trigger.name) {
            trigger.when.clone_from(&answer.when);
        }
    }
}

/// The columns of a table, and its key, on which a query with GROUP BY can rely.
fn bare(table: &Table, known: Option<&BTreeSet<String>>) -> Table {
    let is_known = |name: &str| known.is_none_or(|known| known.contains(name));
    let mut bare = Table::new(temporary(stand_in(&table.name)));
    for column in table.columns.iter().filter(|column| is_known(&column.name)) {
        let collation = column.collation.clone();
        let sql_type = column.sql_type.clone();
        bare.columns.push(Column {
            nullable: true,
            collation,
            ..Column::new(&column.name, sql_type)
        });
    }
    if let Some(key) = table.primary_key().filter(|key| key.columns.iter().all(|one| is_known(one)))
    {
        bare.constraints.insert(key.name.clone(), Constraint::PrimaryKey(key.clone()));
    }
    bare
}

/// Whether a row of the table goes into a function, or comes out.
fn has_type_of(function: &Function, table: &TableName) -> bool {
    let types = function.arguments.iter().map(|argument| &argument.sql_type);
    types.chain(&function.returns).any(|sql_type| sql::names(sql_type, &table.name))
}
