//! Views and the types of routines as MySQL and MariaDB write them.
//!
//! Only CREATE VIEW makes a view's text, and that can't be taken back. So the server is asked whether it reads the query
//! of a view as it reads that of the view that is there: both are prepared, and the optimizer's trace tells what became
//! of them. What stands in for tables and views are temporary tables of their names, which hide those that are there.
//! Nothing is created, and no transaction ends.

use std::collections::{BTreeMap, BTreeSet};

use migrate_model::{
    Dialect,
    catalog::{Catalog, Column, Function, Table, TableName, View},
    sql::{TokenKind, statements, tokens},
};

use super::{
    normalize::told,
    objects::{self, typed},
    reflect,
    render::{column, start},
    text,
};
use crate::backend::{
    Database, DatabaseError, RenderError, Scope,
    ansi::text_literal,
    reflect::{ReflectError, Reflected},
};

/// What the query is called that is asked about.
const QUERY: &str = "__migrate_query";

/// What the optimizer does with a query before it can be looked at is left out as far as it can be.
const TRACED: &str = "SET SESSION optimizer_trace = 'enabled=on', SESSION optimizer_trace_max_mem_size = 16777216, \
                      SESSION optimizer_switch = 'derived_merge=off,semijoin=off,materialization=off'";

/// Lets the server's texts take the place of those in `canonical`, a copy of `catalog`.
pub(super) fn objects(
    database: &mut dyn Database,
    dialect: Dialect,
    catalog: &Catalog,
    canonical: &mut Catalog,
) -> Result<(), ReflectError> {
    routines(database, catalog, canonical)?;
    if catalog.views.is_empty() {
        return Ok(());
    }
    let live = live(database, dialect, catalog)?;
    let names = ["optimizer_trace", "optimizer_trace_max_mem_size", "optimizer_switch"];
    let columns = names.map(|name| format!("CAST(@@SESSION.{name} AS CHAR)"));
    let former = database.query(&format!("SELECT {}", columns.join(", ")))?;
    let former: Vec<String> = former.into_iter().flatten().map(Option::unwrap_or_default).collect();
    let [trace, size, switch] = &former[..] else { return Ok(()) };
    let restore = format!(
        "SET SESSION optimizer_trace = '{trace}', SESSION optimizer_trace_max_mem_size = {size}, \
         SESSION optimizer_switch = '{switch}'"
    );
    database.batch(TRACED)?;
    let same = all(database, dialect, catalog, &live);
    database.batch(&restore)?;
    for name in same? {
        if let (Some(view), Some(live)) = (canonical.views.get_mut(&name), live.views.get(&name)) {
            view.columns.clear();
            view.query.clone_from(&live.query);
        }
    }
    Ok(())
}

/// The views that are there, in the schemas of those that are asked about.
fn live(
    database: &mut dyn Database,
    dialect: Dialect,
    catalog: &Catalog,
) -> Result<Catalog, ReflectError> {
    let schemas = catalog.views.keys().filter_map(|name| name.schema.clone()).collect();
    let mut scope = Scope { schemas, ..Scope::default() };
    let ask = &mut |sql: &str| database.query(sql);
    let place = loop {
        match reflect::place(dialect, ask, &scope) {
            Err(ReflectError::NoSchema { schema }) if scope.schemas.remove(&schema) => {}
            place => break place?,
        }
    };
    let mut live = Reflected::default();
    objects::views(ask, &place, &scope, &mut live)?;
    Ok(live.catalog)
}

/// The views that the server reads as those that are there.
fn all(
    database: &mut dyn Database,
    dialect: Dialect,
    catalog: &Catalog,
    live: &Catalog,
) -> Result<BTreeSet<TableName>, ReflectError> {
    let views = catalog.views_in_order();
    let mut question =
        Question { dialect, catalog, live, tables: Vec::new(), views: views.clone() };
    let is_used = |table: &&Table| views.iter().any(|view| view.uses.contains_key(&table.name));
    question.tables = catalog.tables.values().filter(is_used).map(|one| bare(one, None)).collect();
    let mut same = question.ask(database, true)?;
    for view in &views {
        // `*` means the columns of the moment when the view was created.
        if !same.contains(&view.name) && view.query.contains('*') {
            same.extend(question.of_one(view).ask(database, true)?);
        }
    }
    // What no temporary table can stand in for, such as one that MySQL would have to open twice.
    question.views.retain(|view| !same.contains(&view.name));
    if !question.views.is_empty() {
        same.extend(question.ask(database, false)?);
    }
    Ok(same)
}

/// What is asked about.
struct Question<'c> {
    dialect: Dialect,
    catalog: &'c Catalog,
    live: &'c Catalog,
    /// What stands in for tables.
    tables: Vec<Table>,
    /// Each behind those that it reads.
    views: Vec<&'c View>,
}

impl<'c> Question<'c> {
    /// A view with what it reads, of which only the columns are there that it knows.
    fn of_one(&self, view: &'c View) -> Question<'c> {
        let mut names = BTreeSet::from([&view.name]);
        let mut columns: BTreeMap<&TableName, BTreeSet<String>> = BTreeMap::new();
        let mut views: Vec<&View> = Vec::new();
        for one in self.catalog.views_in_order().into_iter().rev() {
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
            self.catalog.tables.get(*name).map(|table| bare(table, Some(columns)))
        });
        Question { tables: tables.collect(), views, ..*self }
    }

    /// The views that are read as those that are there; `alone`, without what is there below them.
    fn ask(
        &self,
        database: &mut dyn Database,
        alone: bool,
    ) -> Result<BTreeSet<TableName>, ReflectError> {
        let mut made = Vec::new();
        let same = self.asked(database, alone, &mut made);
        for name in made.iter().rev() {
            let drop = start(self.dialect, "DROP TEMPORARY TABLE ").table(name).end()?;
            database.batch(&drop)?;
        }
        same
    }

    fn asked(
        &self,
        database: &mut dyn Database,
        alone: bool,
        made: &mut Vec<TableName>,
    ) -> Result<BTreeSet<TableName>, ReflectError> {
        let mut make = |database: &mut dyn Database, name: &TableName, sql: &str| {
            // One of the session's own, of that name, stays.
            if alone && database.batch(sql).is_ok() {
                made.push(name.clone());
            }
        };
        for table in &self.tables {
            make(database, &table.name, &self.table_sql(table)?);
        }
        let mut same = BTreeSet::new();
        for view in &self.views {
            let query = self.named(view)?;
            if let Some(live) = self.live.views.get(&view.name)
                && self.catalog.uses(view).keys().eq(self.catalog.uses(live).keys())
                && let Some(answer) = self.read(database, &query)?
                && self.read(database, &self.named(live)?)? == Some(answer)
            {
                same.insert(view.name.clone());
            }
            if self.views.iter().any(|other| other.uses.contains_key(&view.name)) {
                let sql = start(self.dialect, "CREATE TEMPORARY TABLE ").table(&view.name);
                let sql = sql.raw(" AS ").raw(&query).raw(" LIMIT 0").end()?;
                make(database, &view.name, &sql);
            }
        }
        Ok(same)
    }

    fn table_sql(&self, table: &Table) -> Result<String, RenderError> {
        let columns = table.columns.iter().map(|one| column(self.dialect, one, self.catalog));
        let sql = start(self.dialect, "CREATE TEMPORARY TABLE ").table(&table.name).raw(" (");
        sql.list(columns, |sql, piece| sql.piece(piece)).raw(")").end()
    }

    /// A query with the names that the view gives its columns.
    fn named(&self, view: &View) -> Result<String, RenderError> {
        let mut sql = start(self.dialect, "WITH ").name(QUERY);
        if !view.columns.is_empty() {
            sql = sql.raw(" ").names(&view.columns);
        }
        let query = told(statements(&view.query).first().copied().unwrap_or_default());
        // Behind a comment only a new line is SQL again.
        sql.raw(" AS (").said(&query).raw("\n) SELECT * FROM ").name(QUERY).end()
    }

    /// How the server reads a query; nothing when it refuses, or does not tell.
    fn read(
        &self,
        database: &mut dyn Database,
        query: &str,
    ) -> Result<Option<String>, ReflectError> {
        let sql = format!("SELECT * FROM ({query}) AS {QUERY}_all");
        let prepare = format!("PREPARE {QUERY} FROM {}", text_literal(self.dialect, &sql)?);
        if database.batch(&prepare).is_err() {
            return Ok(None);
        }
        // A question is traced, too, but for one about the trace.
        let trace = database.query(
            "SELECT trace FROM information_schema.optimizer_trace \
             WHERE missing_bytes_beyond_max_mem_size = 0 AND insufficient_privileges = 0",
        );
        database.batch(&format!("DEALLOCATE PREPARE {QUERY}"))?;
        let trace = trace?.into_iter().flatten().flatten().next();
        Ok(trace.as_deref().and_then(expanded))
    }
}

/// The query that is asked about, out of a trace.
fn expanded(trace: &str) -> Option<String> {
    let start = format!("{QUERY}_all");
    let queries = trace.split("\"expanded_query\": \"").skip(1).map(unescaped);
    let query = queries.filter(|query| query.contains(&start)).last()?;
    let query = text::standard(&query);
    let mut all = tokens(&query);
    all.retain(|token| token.kind != TokenKind::Blank);
    let text = |at: usize| all.get(at).map_or("", |token| &query[token.range.clone()]);
    let is = |at: usize, word: &str| text(at).trim_matches('"').eq_ignore_ascii_case(word);
    let with = (0..all.len()).find(|at| is(*at, "with") && is(*at + 1, QUERY))?;
    let open = (with..all.len()).find(|at| is(*at, "as") && text(*at + 1) == "(")? + 1;
    let mut depth = 0;
    let close = (open..all.len()).find(|at| {
        depth += i32::from(text(*at) == "(") - i32::from(text(*at) == ")");
        depth == 0
    })?;
    let words: Vec<&str> = (open + 1..close).map(text).collect();
    Some(told(&words.join(" ")))
}

/// A text of JSON, up to the quote that ends it.
fn unescaped(json: &str) -> String {
    let mut text = String::new();
    let mut letters = json.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => break,
            '\\' => match letters.next() {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some('r') => text.push('\r'),
                Some('b') => text.push('\u{8}'),
                Some('f') => text.push('\u{c}'),
                Some('u') => {
                    let digits: String = letters.by_ref().take(4).collect();
                    text.extend(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32));
                }
                other => text.extend(other),
            },
            letter => text.push(letter),
        }
    }
    text
}

/// The columns of a table.
fn bare(table: &Table, known: Option<&BTreeSet<String>>) -> Table {
    let mut bare = Table::new(&table.name);
    let is_known = |column: &&Column| known.is_none_or(|known| known.contains(&column.name));
    bare.columns = (table.columns.iter().filter(is_known))
        .map(|column| Column {
            nullable: true,
            collation: column.collation.clone(),
            ..Column::new(&column.name, column.sql_type.clone())
        })
        .collect();
    bare
}

/// Lets the server spell the types of what goes in and out of routines.
fn routines(
    database: &mut dyn Database,
    catalog: &Catalog,
    canonical: &mut Catalog,
) -> Result<(), ReflectError> {
    let of = |function: &Function| -> Vec<String> {
        let arguments = function.arguments.iter().map(|argument| argument.sql_type.clone());
        arguments.chain(function.returns.clone()).collect()
    };
    let types: BTreeSet<String> = catalog.functions.values().flat_map(of).collect();
    if types.is_empty() {
        return Ok(());
    }
    let types: Vec<String> = types.into_iter().collect();
    let mut spelled = BTreeMap::new();
    if !spell(database, &types, &mut spelled)? {
        for one in &types {
            spell(database, std::slice::from_ref(one), &mut spelled)?;
        }
    }
    let spell = |sql_type: &mut String| {
        if let Some(said) = spelled.get(sql_type) {
            sql_type.clone_from(said);
        }
    };
    for mut function in std::mem::take(&mut canonical.functions).into_values() {
        function.arguments.iter_mut().for_each(|argument| spell(&mut argument.sql_type));
        function.returns.iter_mut().for_each(spell);
        canonical.functions.insert(function.key(), function);
    }
    Ok(())
}

/// Whether the server takes the types.
fn spell(
    database: &mut dyn Database,
    types: &[String],
    spelled: &mut BTreeMap<String, String>,
) -> Result<bool, DatabaseError> {
    let columns: Vec<String> =
        types.iter().enumerate().map(|(at, one)| format!("c{at} {one} NULL")).collect();
    let name = format!("{QUERY}_types");
    if database.batch(&format!("CREATE TEMPORARY TABLE {name} ({})", columns.join(", "))).is_err() {
        return Ok(false);
    }
    let usual = database.query("SELECT CAST(@@collation_database AS CHAR)");
    let columns = database.query(&format!("SHOW FULL COLUMNS FROM {name}"));
    database.batch(&format!("DROP TEMPORARY TABLE {name}"))?;
    let usual = usual?.into_iter().flatten().flatten().next().unwrap_or_default();
    for (one, row) in types.iter().zip(columns?) {
        let mut fields = row.into_iter().skip(1);
        let sql_type = fields.next().flatten().unwrap_or_default();
        spelled.insert(one.clone(), typed(sql_type, fields.next().flatten(), &usual));
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::expanded;

    #[test]
    fn a_query_is_told_by_the_trace() {
        let trace = "{\"expanded_query\": \"/* select#2 */ select 1\"},\n {\"expanded_query\": \"/* select#1 */ select __migrate_query_all.\\\"n\\\" AS \
                     \\\"n\\\" from (with __migrate_query(\\\"n\\\") as (/* select#2 */ select 'it\\\\'s \\\\\\\\ )' AS \\\"n\\\" from t)/* select#3 */ select \
                     __migrate_query.\\\"n\\\" AS \\\"n\\\" from __migrate_query) __migrate_query_all\"}";
        assert_eq!(expanded(trace).as_deref(), Some("select 'it''s \\ )' AS \"n\" from t"));
        assert_eq!(expanded("{\"expanded_query\": \"Error: none\"}"), None);
    }
}
