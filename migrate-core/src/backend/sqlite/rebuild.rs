//! A table made anew, with nothing of it lost.
//!
//! The recipe is that of SQLite's manual (`lang_altertable`, "Making Other Kinds Of Table Schema
//! Changes") with what it leaves out: the counter of AUTOINCREMENT, which would give ids of deleted rows
//! again; triggers and expression indexes, which are taken over letter by letter; and
//! `legacy_alter_table`, without which the last step fails as soon as a view names the table.
//!
//! Foreign keys are off meanwhile, or dropping the old table would delete the rows of its children. That
//! can only be done outside of a transaction, so it is the runner's part, as is the final
//! `foreign_key_check`.

use std::collections::BTreeMap;

use migrate_model::{
    Dialect,
    sql::{TokenKind, tokens},
};

use crate::backend::{Database, DatabaseError, quote, text_literal};

/// A table made anew.
#[derive(Clone, Debug)]
pub struct Rebuild {
    /// The table.
    pub table: String,
    /// What the new one is called until it takes the old one's place.
    pub temporary: String,
    /// CREATE TABLE of the new one, under that name.
    pub create: String,
    /// CREATE TEMP TABLE of what the old one should be, to compare it with what it is.
    pub like: String,
    /// The columns that are filled from the old table, each with its expression.
    pub copied: Vec<(String, String)>,
    /// The indexes that go with what the change drops.
    pub gone: Vec<String>,
    /// CREATE INDEX of each index that the chain knows before, for scripts, which can't read it from the database.
    pub former: Vec<String>,
    /// CREATE INDEX of each one that the new table has.
    pub indexes: Vec<String>,
    /// The columns that hold numbers from now on, and held something else.
    pub numbers: Vec<String>,
    /// Whether the new table counts a column up.
    pub counts: bool,
}

/// A table that is not what the chain says it is, so that a rebuild would lose what it doesn't know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the database's table `{table}` is not the one that the migrations describe: {}", differences.join("; "))]
struct Unlike {
    /// The table.
    pub table: String,
    /// What differs.
    pub differences: Vec<String>,
}

impl Rebuild {
    /// Does it, inside the transaction that is open.
    ///
    /// # Errors
    ///
    /// When the database refuses a step, or the table is not the expected one. The transaction must then
    /// be rolled back.
    pub(crate) fn run(&self, database: &mut dyn Database) -> Result<(), DatabaseError> {
        let differences = self.differences(database)?;
        if !differences.is_empty() {
            let unlike = Unlike { table: self.table.clone(), differences };
            return Err(DatabaseError::because(unlike.to_string()));
        }
        let (table, temporary) = (name(&self.table)?, name(&self.temporary)?);
        let kept = self.kept(database)?;
        let views = working_views(database)?;
        let neighbours = self.neighbours(database)?;
        let counter = counter(database, &self.table)?;

        database.batch(&self.create)?;
        if !self.copied.is_empty() {
            let columns = self
                .copied
                .iter()
                .map(|(column, _)| name(column))
                .collect::<Result<Vec<_>, _>>()?;
            let sources: Vec<&str> =
                self.copied.iter().map(|(_, source)| source.as_str()).collect();
            let (columns, sources) = (columns.join(", "), sources.join(", "));
            let filled = database.batch(&format!(
                "INSERT INTO {temporary} ({columns}) SELECT {sources} FROM {table}"
            ));
            // Nobody but us knows the table under its temporary name.
            filled.map_err(|mut error| {
                error.message = error.message.replace(&self.temporary, &self.table);
                error
            })?;
        }
        let (before, after) = (count(database, &table)?, count(database, &temporary)?);
        if before != after {
            let text =
                format!("of {before} rows of `{}` {after} reached the new table", self.table);
            return Err(DatabaseError::because(text));
        }
        self.check_numbers(database, &temporary)?;
        database.batch(&format!("DROP TABLE {table}"))?;
        let legacy = pragma(database, "legacy_alter_table")?;
        database.batch("PRAGMA legacy_alter_table = ON")?;
        let renamed = database.batch(&format!("ALTER TABLE {temporary} RENAME TO {table}"));
        database.batch(&format!("PRAGMA legacy_alter_table = {legacy}"))?;
        renamed?;

        if let Some(counter) = counter.filter(|_| self.counts) {
            let literal = literal(&self.table)?;
            let updated = database.affected(&format!(
                "UPDATE main.sqlite_sequence SET seq = {counter} WHERE name = {literal}"
            ))?;
            if updated == 0 {
                database.batch(&format!(
                    "INSERT INTO main.sqlite_sequence (name, seq) VALUES ({literal}, {counter})"
                ))?;
            }
        }
        for sql in &kept.indexes {
            database.batch(sql)?;
        }
        for sql in &kept.triggers {
            database.batch(sql)?;
        }
        let own = (!kept.triggers.is_empty()).then_some(&self.table);
        for table in own.into_iter().chain(&neighbours) {
            let text =
                |error: DatabaseError| error.within(format!("a trigger of `{table}` would break"));
            compile_triggers(database, table).map_err(text)?;
        }
        for view in views {
            let text =
                |error: DatabaseError| error.within(format!("the view `{view}` would break"));
            database.query(&format!("EXPLAIN SELECT * FROM {}", name(&view)?)).map_err(text)?;
        }
        Ok(())
    }

    /// SQLite keeps text that is no number in a column of numbers; others refuse it, and so do we.
    fn check_numbers(
        &self,
        database: &mut dyn Database,
        temporary: &str,
    ) -> Result<(), DatabaseError> {
        for column in &self.numbers {
            let quoted = name(column)?;
            let found = one(
                database,
                &format!(
                    "SELECT CAST({quoted} AS TEXT) FROM {temporary} WHERE typeof({quoted}) IN ('text', 'blob') LIMIT 1"
                ),
            )?;
            if let Some(value) = found {
                return Err(DatabaseError {
                    detail: Some(format!("such as {value:?}")),
                    ..DatabaseError::because(format!(
                        "`{}.{column}` holds values that are no numbers",
                        self.table
                    ))
                });
            }
        }
        Ok(())
    }

    /// What of the table stands in the schema by itself, letter by letter.
    fn kept(&self, database: &mut dyn Database) -> Result<Kept, DatabaseError> {
        let sql = format!(
            "SELECT type, name, sql FROM sqlite_master WHERE lower(tbl_name) = lower({}) AND sql IS NOT NULL \
             AND type IN ('index', 'trigger') ORDER BY rowid",
            literal(&self.table)?
        );
        let mut kept = Kept { indexes: Vec::new(), triggers: Vec::new() };
        for row in database.query(&sql)? {
            match &row[..] {
                [Some(kind), Some(name), Some(sql)]
                    if kind == "index" && !self.gone.contains(name) =>
                {
                    kept.indexes.push(sql.clone());
                }
                [Some(kind), _, Some(sql)] if kind == "trigger" => kept.triggers.push(sql.clone()),
                _ => {}
            }
        }
        Ok(kept)
    }

    /// The other tables and views with triggers that work; one can write into this table through another.
    fn neighbours(&self, database: &mut dyn Database) -> Result<Vec<String>, DatabaseError> {
        let mut neighbours = Vec::new();
        let triggers =
            "SELECT DISTINCT tbl_name FROM sqlite_master WHERE type = 'trigger' ORDER BY 1";
        for row in database.query(triggers)? {
            if let [Some(other)] = &row[..]
                && !other.eq_ignore_ascii_case(&self.table)
                && compile_triggers(database, other).is_ok()
            {
                neighbours.push(other.clone());
            }
        }
        Ok(neighbours)
    }

    /// In what the table differs from the one that the chain describes.
    ///
    /// SQLite itself is asked what the described one would be like, by making it.
    fn differences(&self, database: &mut dyn Database) -> Result<Vec<String>, DatabaseError> {
        let like = format!("__migrate_like_{}", self.table);
        let Some(live) = facts(database, "main", &self.table)? else {
            return Ok(vec!["it is not there".to_owned()]);
        };
        database.batch(&self.like)?;
        let expected = facts(database, "temp", &like)?.unwrap_or_default();
        database.batch(&format!("DROP TABLE temp.{}", name(&like)?))?;
        let missing = expected
            .iter()
            .filter(|fact| !live.contains(fact))
            .map(|fact| format!("it has no {fact}"));
        let extra = live
            .iter()
            .filter(|fact| !expected.contains(fact))
            .map(|fact| format!("it has {fact}"));
        Ok(missing.chain(extra).collect())
    }
}

struct Kept {
    indexes: Vec<String>,
    triggers: Vec<String>,
}

fn name(name: &str) -> Result<String, DatabaseError> {
    quote(Dialect::Sqlite, name).map_err(|error| DatabaseError::because(error.to_string()))
}

fn literal(text: &str) -> Result<String, DatabaseError> {
    text_literal(Dialect::Sqlite, text).map_err(|error| DatabaseError::because(error.to_string()))
}

fn count(database: &mut dyn Database, table: &str) -> Result<String, DatabaseError> {
    one(database, &format!("SELECT CAST(count(*) AS TEXT) FROM {table}"))
        .map(Option::unwrap_or_default)
}

fn one(database: &mut dyn Database, sql: &str) -> Result<Option<String>, DatabaseError> {
    Ok(database.query(sql)?.into_iter().next().and_then(|row| row.into_iter().next()).flatten())
}

pub(crate) fn pragma(database: &mut dyn Database, pragma: &str) -> Result<String, DatabaseError> {
    one(database, &format!("PRAGMA {pragma}")).map(Option::unwrap_or_default)
}

/// Where AUTOINCREMENT stands, when it was ever used on the table.
///
/// `main` is said, since the temporary table that is made for comparison brings a `temp.sqlite_sequence`
/// with it, which would go before.
fn counter(database: &mut dyn Database, table: &str) -> Result<Option<i64>, DatabaseError> {
    if one(database, "SELECT name FROM sqlite_master WHERE name = 'sqlite_sequence'")?.is_none() {
        return Ok(None);
    }
    let sql = format!(
        "SELECT CAST(seq AS TEXT) FROM main.sqlite_sequence WHERE name = {}",
        literal(table)?
    );
    Ok(one(database, &sql)?.and_then(|seq| seq.parse().ok()))
}

/// Finds triggers that name what is not there: SQLite looks only when one is to fire.
fn compile_triggers(database: &mut dyn Database, table: &str) -> Result<(), DatabaseError> {
    let quoted = name(table)?;
    let mut sets = Vec::new();
    for row in database.query(&format!("PRAGMA table_xinfo({quoted})"))? {
        // cid, name, type, notnull, dflt_value, pk, hidden
        if let [_, Some(column), .., Some(hidden)] = &row[..]
            && hidden == "0"
        {
            let column = name(column)?;
            sets.push(format!("{column} = {column}"));
        }
    }
    let update = format!("EXPLAIN UPDATE {quoted} SET {}", sets.join(", "));
    let insert = format!("EXPLAIN INSERT INTO {quoted} DEFAULT VALUES");
    let delete = format!("EXPLAIN DELETE FROM {quoted}");
    [update, insert, delete].iter().try_for_each(|probe| database.query(probe).map(drop))
}

/// The views that work; one can see the table through another.
fn working_views(database: &mut dyn Database) -> Result<Vec<String>, DatabaseError> {
    let mut working = Vec::new();
    for row in database.query("SELECT name FROM sqlite_master WHERE type = 'view' ORDER BY name")? {
        if let [Some(view)] = &row[..]
            && database.query(&format!("EXPLAIN SELECT * FROM {}", name(view)?)).is_ok()
        {
            working.push(view.clone());
        }
    }
    Ok(working)
}

/// All that a rebuild would have to know about a table, in words; none when there is no such table.
fn facts(
    database: &mut dyn Database,
    schema: &str,
    table: &str,
) -> Result<Option<Vec<String>>, DatabaseError> {
    let quoted = name(table)?;
    let catalog = if schema == "temp" { "sqlite_temp_master" } else { "sqlite_master" };
    let sql = format!(
        "SELECT sql FROM {catalog} WHERE type = 'table' AND lower(name) = lower({})",
        literal(table)?
    );
    let Some(sql) = one(database, &sql)? else { return Ok(None) };
    let mut facts = Vec::new();
    let text = |field: &Option<String>| field.clone().unwrap_or_default();

    for row in database.query(&format!("PRAGMA {schema}.table_xinfo({quoted})"))? {
        // cid, name, type, notnull, dflt_value, pk, hidden
        let [_, name, declared, not_null, default, key, hidden] = &row[..] else { continue };
        let mut fact = format!("column `{}` of {}", text(name), affinity(&text(declared)));
        if text(key) != "0" {
            fact.push_str(&format!(", part {} of the primary key", text(key)));
        } else if text(not_null) == "1" {
            fact.push_str(" NOT NULL");
        }
        if text(key) == "1" && text(declared).eq_ignore_ascii_case("integer") {
            // Of a key of one column it makes the rowid, which counts itself up.
            fact.push_str(" (INTEGER)");
        }
        if let Some(default) = default {
            fact.push_str(&format!(" DEFAULT {}", plain(default)));
        }
        match text(hidden).as_str() {
            "0" => {}
            "2" => fact.push_str(", generated when read"),
            _ => fact.push_str(", generated"),
        }
        facts.push(fact);
    }
    let mut keys: BTreeMap<String, String> = BTreeMap::new();
    for row in database.query(&format!("PRAGMA {schema}.foreign_key_list({quoted})"))? {
        // id, seq, table, from, to, on_update, on_delete, match
        let [id, _, parent, from, to, on_update, on_delete, _] = &row[..] else { continue };
        let key = keys.entry(text(id)).or_insert_with(|| {
            format!(
                "foreign key to `{}` ON UPDATE {} ON DELETE {}:",
                text(parent),
                text(on_update),
                text(on_delete)
            )
        });
        key.push_str(&format!(" {} -> {}", text(from), text(to)));
    }
    facts.extend(keys.into_values());
    for row in database.query(&format!("PRAGMA {schema}.index_list({quoted})"))? {
        // seq, name, unique, origin, partial
        let [_, Some(index), _, Some(origin), _] = &row[..] else { continue };
        if origin == "u" {
            let info = database.query(&format!("PRAGMA {schema}.index_info({})", name(index)?))?;
            let columns: Vec<String> = info.iter().filter_map(|row| row.get(2).map(text)).collect();
            facts.push(format!("unique constraint on {}", columns.join(", ")));
        }
    }
    facts.extend(spoken(&sql));
    facts.sort();
    Ok(Some(facts))
}

/// A default without the parentheses and quotes in which the same value can be written.
fn plain(default: &str) -> String {
    let mut plain = default.trim();
    while let Some(inner) = plain.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        plain = inner.trim();
    }
    plain.trim_matches('\'').to_lowercase()
}

/// What becomes of a value that is stored under a declared type (SQLite's manual, `datatype3`).
///
/// Two spellings of one affinity keep the same values; under another a copy would turn `'007'` into 7.
fn affinity(declared: &str) -> &'static str {
    let declared = declared.to_ascii_uppercase();
    let has = |words: &[&str]| words.iter().any(|word| declared.contains(word));
    if has(&["INT"]) {
        "whole numbers"
    } else if has(&["CHAR", "CLOB", "TEXT"]) {
        "text"
    } else if declared.is_empty() || has(&["BLOB"]) {
        "anything"
    } else if has(&["REAL", "FLOA", "DOUB"]) {
        "floating numbers"
    } else {
        "numbers"
    }
}

/// What only the text of CREATE TABLE tells.
fn spoken(sql: &str) -> Vec<String> {
    let solid: Vec<String> = tokens(sql)
        .into_iter()
        .filter(|token| token.kind != TokenKind::Blank)
        .map(|token| bare(&sql[token.range], token.kind))
        .collect();
    let is = |at: usize, word: &str| solid.get(at).is_some_and(|token| token == word);
    let options = solid.iter().rposition(|token| token == ")").unwrap_or(0);
    let mut facts = Vec::new();
    for (at, token) in solid.iter().enumerate() {
        match token.as_str() {
            "deferrable" if is(at.wrapping_sub(1), "not") => {}
            "deferrable" if is(at + 1, "initially") && is(at + 2, "deferred") => {
                facts.push("DEFERRABLE INITIALLY DEFERRED".to_owned());
            }
            "deferrable" => facts.push("DEFERRABLE".to_owned()),
            "conflict" => {
                facts.push(format!("ON CONFLICT {}", solid.get(at + 1).map_or("", String::as_str)));
            }
            "check" => facts.push(format!("CHECK {}", in_parentheses(&solid[at + 1..]))),
            "as" if is(at + 1, "(") => {
                facts.push(format!("AS {}", in_parentheses(&solid[at + 1..])));
            }
            "collate" => {
                facts.push(format!("COLLATE {}", solid.get(at + 1).map_or("", String::as_str)));
            }
            "autoincrement" => facts.push("AUTOINCREMENT".to_owned()),
            "strict" if at > options => facts.push("STRICT".to_owned()),
            "without" if at > options => facts.push("WITHOUT ROWID".to_owned()),
            _ => {}
        }
    }
    facts
}

/// A token as SQLite reads it: a rename leaves names in quotes that had none.
fn bare(text: &str, kind: TokenKind) -> String {
    match kind {
        TokenKind::Word => text.to_lowercase(),
        TokenKind::Quoted if text.len() >= 2 => {
            let quote = &text[..1];
            text[1..text.len() - 1].replace(&quote.repeat(2), quote).to_lowercase()
        }
        TokenKind::Quoted
        | TokenKind::Text
        | TokenKind::Number
        | TokenKind::Blank
        | TokenKind::Mark => text.to_owned(),
    }
}

/// The tokens up to the parenthesis that closes the first.
fn in_parentheses(tokens: &[String]) -> String {
    let mut depth = 0;
    let end = tokens.iter().position(|token| {
        depth += i32::from(token == "(") - i32::from(token == ")");
        depth <= 0
    });
    tokens[..end.map_or(tokens.len(), |end| end + 1)].join(" ")
}

/// How many rows of which table refer to nothing in which other one.
pub(crate) fn foreign_key_faults(
    database: &mut dyn Database,
) -> Result<BTreeMap<(String, String), usize>, DatabaseError> {
    let mut faults = BTreeMap::new();
    for row in database.query("PRAGMA foreign_key_check")? {
        // table, rowid, parent, fkid
        if let [Some(table), _, Some(parent), _] = &row[..] {
            *faults.entry((table.clone(), parent.clone())).or_default() += 1;
        }
    }
    Ok(faults)
}
