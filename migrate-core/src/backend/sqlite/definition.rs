//! What `CREATE TABLE`, `CREATE INDEX`, `CREATE VIEW` and `CREATE TRIGGER` say, as SQLite keeps their text.
//!
//! SQLite tells the names of constraints, checks and collations nowhere but in this text. It is anybody's:
//! quotes of four kinds, comments, constraints without commas between them and types that are no types. What is not
//! understood is an error that says where, never a guess.

use std::ops::Range;

use migrate_model::{
    catalog::{Action, Deferrable, Timing, TriggerEvent},
    sql::{Token, TokenKind, sqlite_tokens},
};

/// A table as it was written down.
#[derive(Debug, Default)]
pub(super) struct TableText {
    pub(super) columns: Vec<ColumnText>,
    pub(super) primary_key: Option<KeyText>,
    pub(super) uniques: Vec<KeyText>,
    pub(super) foreign_keys: Vec<ForeignKeyText>,
    pub(super) checks: Vec<CheckText>,
    pub(super) counts: bool,
    pub(super) strict: bool,
    pub(super) without_rowid: bool,
    /// What the catalog has no words for.
    pub(super) unspoken: Vec<String>,
}

/// A column as it was written down.
#[derive(Debug, Default)]
pub(super) struct ColumnText {
    pub(super) name: String,
    pub(super) declared: String,
    pub(super) not_null: bool,
    pub(super) default: Option<DefaultText>,
    pub(super) collation: Option<String>,
    /// The expression, and whether it is stored.
    pub(super) generated: Option<(String, bool)>,
}

/// A default as it was written down.
#[derive(Debug)]
pub(super) enum DefaultText {
    /// Without parentheses: a literal, or a word.
    Plain(String),
    /// What stands in parentheses.
    Expression(String),
}

/// A primary key or unique constraint.
#[derive(Debug)]
pub(super) struct KeyText {
    pub(super) name: Option<String>,
    pub(super) columns: Vec<String>,
}

/// A foreign key; without columns over there it means the primary key.
#[derive(Debug)]
pub(super) struct ForeignKeyText {
    pub(super) name: Option<String>,
    pub(super) columns: Vec<String>,
    pub(super) table: String,
    pub(super) referred: Vec<String>,
    pub(super) on_delete: Action,
    pub(super) on_update: Action,
    pub(super) deferrable: Deferrable,
}

/// A check, and the column that it stands at.
#[derive(Debug)]
pub(super) struct CheckText {
    pub(super) name: Option<String>,
    pub(super) expression: String,
    pub(super) column: Option<String>,
}

/// An index as it was written down.
#[derive(Debug)]
pub(super) struct IndexText {
    pub(super) unique: bool,
    /// Each key without its order, and whether it is largest first.
    pub(super) keys: Vec<(KeyPartText, bool)>,
    pub(super) predicate: Option<String>,
}

/// A view as it was written down.
#[derive(Debug)]
pub(super) struct ViewText {
    pub(super) columns: Vec<String>,
    pub(super) query: String,
}

/// A trigger as it was written down.
#[derive(Debug)]
pub(super) struct TriggerText {
    pub(super) timing: Timing,
    pub(super) event: TriggerEvent,
    pub(super) when: Option<String>,
    pub(super) body: String,
}

/// A key of an index.
#[derive(Debug)]
pub(super) enum KeyPartText {
    Column(String),
    Expression(String),
}

/// Where the text stops making sense.
#[derive(Debug)]
pub(super) struct NotUnderstood {
    /// What was expected.
    expected: &'static str,
    /// What is there.
    found: String,
}

impl std::fmt::Display for NotUnderstood {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "has {} where {} was expected", self.found, self.expected)
    }
}

type Parsed<T> = Result<T, NotUnderstood>;

/// Reads `CREATE TABLE`.
pub(super) fn table(sql: &str) -> Parsed<TableText> {
    let mut text = Reader::new(sql);
    text.expect("CREATE")?;
    let _ = text.take("TEMP") || text.take("TEMPORARY");
    text.expect("TABLE")?;
    text.name_behind_if_not_exists()?;
    let mut table = TableText::default();
    text.expect("(")?;
    while !text.take(")") {
        if text.is_table_constraint() {
            text.table_constraint(&mut table)?;
        } else {
            text.column(&mut table)?;
        }
        // SQLite asks for no comma between constraints.
        let _ = text.take(",");
    }
    while !text.is_at_end() {
        if text.take("STRICT") {
            table.strict = true;
        } else if text.take("WITHOUT") {
            text.expect("ROWID")?;
            table.without_rowid = true;
        } else {
            return Err(text.not("STRICT or WITHOUT ROWID"));
        }
        let _ = text.take(",");
    }
    Ok(table)
}

/// Reads `CREATE INDEX`.
pub(super) fn index(sql: &str) -> Parsed<IndexText> {
    let mut text = Reader::new(sql);
    text.expect("CREATE")?;
    let unique = text.take("UNIQUE");
    text.expect("INDEX")?;
    text.name_behind_if_not_exists()?;
    text.expect("ON")?;
    text.name()?;
    text.expect("(")?;
    let mut keys = Vec::new();
    loop {
        keys.push(text.key()?);
        if !text.take(",") {
            break;
        }
    }
    text.expect(")")?;
    let predicate = if text.take("WHERE") { Some(text.rest()) } else { None };
    if !text.is_at_end() {
        return Err(text.not("WHERE or the end"));
    }
    Ok(IndexText { unique, keys, predicate })
}

/// Reads `CREATE VIEW`.
pub(super) fn view(sql: &str) -> Parsed<ViewText> {
    let mut text = Reader::new(sql);
    text.expect("CREATE")?;
    let _ = text.take("TEMP") || text.take("TEMPORARY");
    text.expect("VIEW")?;
    text.name_behind_if_not_exists()?;
    let columns = if text.is("(") { text.names()? } else { Vec::new() };
    text.expect("AS")?;
    Ok(ViewText { columns, query: text.rest() })
}

/// Reads `CREATE TRIGGER`.
pub(super) fn trigger(sql: &str) -> Parsed<TriggerText> {
    let mut text = Reader::new(sql);
    text.expect("CREATE")?;
    let _ = text.take("TEMP") || text.take("TEMPORARY");
    text.expect("TRIGGER")?;
    text.name_behind_if_not_exists()?;
    let timing = if text.take("AFTER") {
        Timing::After
    } else if text.take("INSTEAD") {
        text.expect("OF")?;
        Timing::InsteadOf
    } else {
        let _ = text.take("BEFORE");
        Timing::Before
    };
    let event = if text.take("INSERT") {
        TriggerEvent::Insert
    } else if text.take("DELETE") {
        TriggerEvent::Delete
    } else {
        text.expect("UPDATE")?;
        let mut columns = Vec::new();
        if text.take("OF") {
            columns.push(text.name()?);
            while text.take(",") {
                columns.push(text.name()?);
            }
        }
        TriggerEvent::Update(columns)
    };
    text.expect("ON")?;
    text.name()?;
    if text.take("FOR") {
        text.expect("EACH")?;
        text.expect("ROW")?;
    }
    let when = if text.take("WHEN") { Some(text.condition()?) } else { None };
    text.expect("BEGIN")?;
    Ok(TriggerText { timing, event, when, body: text.body()? })
}

/// The words that begin a constraint of a table or a column, and so end a type.
const CONSTRAINTS: [&str; 12] = [
    "CONSTRAINT",
    "PRIMARY",
    "NOT",
    "NULL",
    "UNIQUE",
    "CHECK",
    "DEFAULT",
    "COLLATE",
    "REFERENCES",
    "GENERATED",
    "AS",
    "FOREIGN",
];

struct Reader<'a> {
    sql: &'a str,
    /// Without blanks and comments.
    tokens: Vec<Token>,
    at: usize,
}

impl<'a> Reader<'a> {
    fn new(sql: &'a str) -> Reader<'a> {
        let mut tokens = sqlite_tokens(sql);
        tokens.retain(|token| token.kind != TokenKind::Blank);
        Reader { sql, tokens, at: 0 }
    }

    fn token(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn text(&self, token: &Token) -> &'a str {
        &self.sql[token.range.clone()]
    }

    fn is_at_end(&self) -> bool {
        self.token().is_none()
    }

    fn not(&self, expected: &'static str) -> NotUnderstood {
        let found =
            self.token().map_or("the end".to_owned(), |one| format!("`{}`", self.text(one)));
        NotUnderstood { expected, found }
    }

    /// Whether a word, in any case, or a mark comes next.
    fn is(&self, word: &str) -> bool {
        self.token().is_some_and(|token| {
            matches!(token.kind, TokenKind::Word | TokenKind::Mark)
                && self.text(token).eq_ignore_ascii_case(word)
        })
    }

    fn take(&mut self, word: &str) -> bool {
        let is = self.is(word);
        self.at += usize::from(is);
        is
    }

    fn expect(&mut self, word: &'static str) -> Parsed<()> {
        if self.take(word) { Ok(()) } else { Err(self.not(word)) }
    }

    /// A name: a word, or what stands in any of four kinds of quotes.
    fn name(&mut self) -> Parsed<String> {
        let Some(token) = self.token() else { return Err(self.not("a name")) };
        let text = self.text(token);
        let name = match token.kind {
            TokenKind::Word => text.to_owned(),
            TokenKind::Quoted | TokenKind::Text => unquoted(text),
            TokenKind::Number | TokenKind::Mark | TokenKind::Blank => {
                return Err(self.not("a name"));
            }
        };
        self.at += 1;
        Ok(name)
    }

    fn name_behind_if_not_exists(&mut self) -> Parsed<String> {
        if self.take("IF") {
            self.expect("NOT")?;
            self.expect("EXISTS")?;
        }
        let name = self.name()?;
        if self.take(".") { self.name() } else { Ok(name) }
    }

    fn names(&mut self) -> Parsed<Vec<String>> {
        let mut names = Vec::new();
        self.expect("(")?;
        loop {
            names.push(self.name()?);
            if !self.take(",") {
                break;
            }
        }
        self.expect(")")?;
        Ok(names)
    }

    /// The text up to the parenthesis that closes the one that comes next.
    fn parenthesized(&mut self) -> Parsed<String> {
        self.expect("(")?;
        let start = self.at;
        let mut depth = 1;
        while depth > 0 {
            if self.is_at_end() {
                return Err(self.not(")"));
            }
            depth += i32::from(self.is("(")) - i32::from(self.is(")"));
            self.at += 1;
        }
        Ok(self.between(start..self.at - 1).to_owned())
    }

    /// The text of these tokens, with what lies between them.
    fn between(&self, tokens: Range<usize>) -> &'a str {
        let tokens = self.tokens.get(tokens).unwrap_or_default();
        match (tokens.first(), tokens.last()) {
            (Some(first), Some(last)) => &self.sql[first.range.start..last.range.end],
            _ => "",
        }
    }

    /// A condition up to BEGIN, without parentheses around all of it.
    fn condition(&mut self) -> Parsed<String> {
        let start = self.at;
        if self.is("(") {
            let inside = self.parenthesized()?;
            if self.is("BEGIN") {
                return Ok(inside);
            }
        }
        while !self.is("BEGIN") {
            if self.is_at_end() {
                return Err(self.not("BEGIN"));
            }
            self.at += 1;
        }
        Ok(self.between(start..self.at).to_owned())
    }

    /// The statements up to the last END, without the semicolon of the last one.
    fn body(&mut self) -> Parsed<String> {
        let start = self.at;
        self.at = self.tokens.len() - 1;
        if self.is(";") {
            self.at -= 1;
        }
        if self.at < start || !self.is("END") {
            return Err(self.not("END"));
        }
        let mut end = self.at;
        while end > start && self.tokens.get(end - 1).is_some_and(|one| self.text(one) == ";") {
            end -= 1;
        }
        Ok(self.between(start..end).to_owned())
    }

    fn rest(&mut self) -> String {
        let start = self.at;
        self.at = self.tokens.len();
        self.between(start..self.at).to_owned()
    }

    fn is_table_constraint(&self) -> bool {
        ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"].iter().any(|word| self.is(word))
    }

    fn column(&mut self, table: &mut TableText) -> Parsed<()> {
        let mut column = ColumnText { name: self.name()?, ..ColumnText::default() };
        column.declared = self.declared_type()?;
        let mut name = None;
        loop {
            if self.take("CONSTRAINT") {
                name = Some(self.name()?);
                continue;
            }
            if !self.column_constraint(&mut column, name.take(), table)? {
                break;
            }
        }
        table.columns.push(column);
        Ok(())
    }

    /// Words, and at most one pair of parentheses: `VARYING CHARACTER(255)`. Blanks become one.
    fn declared_type(&mut self) -> Parsed<String> {
        let mut words = Vec::new();
        while let Some(token) = self.token() {
            let is_name =
                matches!(token.kind, TokenKind::Word | TokenKind::Quoted | TokenKind::Text);
            if !is_name || CONSTRAINTS.iter().any(|word| self.is(word)) {
                break;
            }
            words.push(self.name()?);
        }
        let mut declared = words.join(" ");
        if self.is("(") {
            let inside = self.parenthesized()?;
            let numbers: Vec<&str> = inside.split(',').map(str::trim).collect();
            declared.push_str(&format!("({})", numbers.join(", ")));
        }
        Ok(declared)
    }

    /// Reads one constraint of a column; says whether there was one.
    fn column_constraint(
        &mut self,
        column: &mut ColumnText,
        name: Option<String>,
        table: &mut TableText,
    ) -> Parsed<bool> {
        let columns = vec![column.name.clone()];
        if self.take("PRIMARY") {
            self.expect("KEY")?;
            if !self.take("ASC") && self.take("DESC") {
                table.unspoken.push("has a primary key in descending order".to_owned());
            }
            self.conflict(table)?;
            table.counts |= self.take("AUTOINCREMENT");
            table.primary_key = Some(KeyText { name, columns });
        } else if self.take("NOT") {
            self.expect("NULL")?;
            self.conflict(table)?;
            column.not_null = true;
        } else if self.take("NULL") {
            self.conflict(table)?;
        } else if self.take("UNIQUE") {
            self.conflict(table)?;
            table.uniques.push(KeyText { name, columns });
        } else if self.take("CHECK") {
            let expression = self.parenthesized()?;
            // SQLite allows it here, and does nothing about it.
            self.conflict(table)?;
            table.checks.push(CheckText { name, expression, column: Some(column.name.clone()) });
        } else if self.take("DEFAULT") {
            column.default = Some(self.default()?);
        } else if self.take("COLLATE") {
            column.collation = Some(self.name()?);
        } else if self.take("REFERENCES") {
            let key = self.references(name, columns, table)?;
            table.foreign_keys.push(key);
        } else if self.is("GENERATED") || self.is("AS") {
            if self.take("GENERATED") {
                self.expect("ALWAYS")?;
            }
            self.expect("AS")?;
            let expression = self.parenthesized()?;
            let stored = self.take("STORED");
            let _ = self.take("VIRTUAL");
            column.generated = Some((expression, stored));
        } else if self.is(",") || self.is(")") || self.is_table_constraint() {
            return Ok(false);
        } else {
            return Err(self.not("a constraint of a column"));
        }
        Ok(true)
    }

    fn table_constraint(&mut self, table: &mut TableText) -> Parsed<()> {
        let name = if self.take("CONSTRAINT") { Some(self.name()?) } else { None };
        if self.take("PRIMARY") {
            self.expect("KEY")?;
            let columns = self.key_columns(table)?;
            self.conflict(table)?;
            table.primary_key = Some(KeyText { name, columns });
        } else if self.take("UNIQUE") {
            let columns = self.key_columns(table)?;
            self.conflict(table)?;
            table.uniques.push(KeyText { name, columns });
        } else if self.take("CHECK") {
            let expression = self.parenthesized()?;
            self.conflict(table)?;
            table.checks.push(CheckText { name, expression, column: None });
        } else if self.take("FOREIGN") {
            self.expect("KEY")?;
            let columns = self.names()?;
            self.expect("REFERENCES")?;
            let key = self.references(name, columns, table)?;
            table.foreign_keys.push(key);
        } else if !self.is("CONSTRAINT") && !self.is(")") && !self.is(",") {
            return Err(self.not("a constraint of a table"));
        }
        Ok(())
    }

    /// The columns of a key, which here can have an order and a collation of their own.
    fn key_columns(&mut self, table: &mut TableText) -> Parsed<Vec<String>> {
        let mut columns = Vec::new();
        self.expect("(")?;
        loop {
            columns.push(self.name()?);
            if self.take("COLLATE") {
                let collation = self.name()?;
                table.unspoken.push(format!("has a key that is compared by {collation}"));
            }
            if !self.take("ASC") && self.take("DESC") {
                table.unspoken.push("has a key in descending order".to_owned());
            }
            table.counts |= self.take("AUTOINCREMENT");
            if !self.take(",") {
                break;
            }
        }
        self.expect(")")?;
        Ok(columns)
    }

    fn conflict(&mut self, table: &mut TableText) -> Parsed<()> {
        if self.take("ON") {
            self.expect("CONFLICT")?;
            let what = self.name()?.to_uppercase();
            // What happens anyway.
            if what != "ABORT" {
                table.unspoken.push(format!("has a constraint with ON CONFLICT {what}"));
            }
        }
        Ok(())
    }

    fn default(&mut self) -> Parsed<DefaultText> {
        if self.is("(") {
            return Ok(DefaultText::Expression(self.parenthesized()?));
        }
        let start = self.at;
        let _ = self.take("-") || self.take("+");
        match self.token().map(|token| token.kind) {
            Some(TokenKind::Number) => {
                self.at += 1;
                self.number_goes_on(start);
            }
            // Of `.5`.
            Some(TokenKind::Mark) if self.take(".") => {
                if self.token().is_none_or(|token| token.kind != TokenKind::Number) {
                    return Err(self.not("a number"));
                }
                self.at += 1;
                self.number_goes_on(start);
            }
            Some(TokenKind::Word) => {
                let is_blob = self.is("x");
                self.at += 1;
                if is_blob && self.token().is_some_and(|token| token.kind == TokenKind::Text) {
                    self.at += 1;
                }
            }
            Some(TokenKind::Text) => self.at += 1,
            // SQLite takes a name for the text that it spells.
            Some(TokenKind::Quoted) => {
                let text = self.name()?;
                return Ok(DefaultText::Plain(format!("'{}'", text.replace('\'', "''"))));
            }
            Some(TokenKind::Mark | TokenKind::Blank) | None => return Err(self.not("a default")),
        }
        Ok(DefaultText::Plain(self.between(start..self.at).to_owned()))
    }

    /// `1e-7` is three tokens to the lexer.
    fn number_goes_on(&mut self, start: usize) {
        let ends_in_e = self.between(start..self.at).ends_with(['e', 'E'])
            && !self.between(start..self.at).starts_with("0x");
        if ends_in_e && (self.take("-") || self.take("+")) {
            self.at += usize::from(!self.is_at_end());
        }
    }

    fn references(
        &mut self,
        name: Option<String>,
        columns: Vec<String>,
        table: &mut TableText,
    ) -> Parsed<ForeignKeyText> {
        let target = self.name()?;
        let referred = if self.is("(") { self.names()? } else { Vec::new() };
        let mut key = ForeignKeyText {
            name,
            columns,
            table: target,
            referred,
            on_delete: Action::NoAction,
            on_update: Action::NoAction,
            deferrable: Deferrable::No,
        };
        loop {
            if self.take("ON") {
                if self.take("DELETE") {
                    key.on_delete = self.action()?;
                } else {
                    self.expect("UPDATE")?;
                    key.on_update = self.action()?;
                }
            } else if self.take("MATCH") {
                // SQLite reads it and does as if it were SIMPLE.
                let how = self.name()?.to_uppercase();
                if how != "SIMPLE" {
                    table.unspoken.push(format!("has a foreign key with MATCH {how}"));
                }
            } else if self.is("DEFERRABLE") || self.is_not_deferrable() {
                let is_not = self.take("NOT");
                self.expect("DEFERRABLE")?;
                let deferred = self.take("INITIALLY") && {
                    let deferred = self.take("DEFERRED");
                    if !deferred {
                        self.expect("IMMEDIATE")?;
                    }
                    deferred
                };
                key.deferrable = match (is_not, deferred) {
                    (true, _) => Deferrable::No,
                    (false, true) => Deferrable::InitiallyDeferred,
                    (false, false) => Deferrable::InitiallyImmediate,
                };
            } else {
                return Ok(key);
            }
        }
    }

    /// `NOT NULL` may follow as well.
    fn is_not_deferrable(&self) -> bool {
        self.is("NOT")
            && self
                .tokens
                .get(self.at + 1)
                .is_some_and(|token| self.text(token).eq_ignore_ascii_case("DEFERRABLE"))
    }

    fn action(&mut self) -> Parsed<Action> {
        if self.take("CASCADE") {
            return Ok(Action::Cascade);
        }
        if self.take("RESTRICT") {
            return Ok(Action::Restrict);
        }
        if self.take("NO") {
            self.expect("ACTION")?;
            return Ok(Action::NoAction);
        }
        self.expect("SET")?;
        if self.take("NULL") {
            return Ok(Action::SetNull);
        }
        self.expect("DEFAULT")?;
        Ok(Action::SetDefault)
    }

    /// A key of an index: a column, or an expression, which one with a collation of its own is, too.
    fn key(&mut self) -> Parsed<(KeyPartText, bool)> {
        let start = self.at;
        let mut depth = 0;
        while !self.is_at_end() && (depth > 0 || !(self.is(",") || self.is(")"))) {
            depth += i32::from(self.is("(")) - i32::from(self.is(")"));
            self.at += 1;
        }
        let mut end = self.at;
        let is = |at: usize, word: &str| {
            let token = &self.tokens[at];
            token.kind == TokenKind::Word && self.text(token).eq_ignore_ascii_case(word)
        };
        let mut descending = false;
        if end > start + 1 && (is(end - 1, "ASC") || is(end - 1, "DESC")) {
            descending = is(end - 1, "DESC");
            end -= 1;
        }
        if end == start {
            return Err(self.not("a key"));
        }
        let first = &self.tokens[start];
        let part = match first.kind {
            TokenKind::Word if end == start + 1 => KeyPartText::Column(self.text(first).to_owned()),
            TokenKind::Quoted | TokenKind::Text if end == start + 1 => {
                KeyPartText::Column(unquoted(self.text(first)))
            }
            TokenKind::Word
            | TokenKind::Quoted
            | TokenKind::Text
            | TokenKind::Number
            | TokenKind::Mark
            | TokenKind::Blank => {
                let range = self.without_parentheses(start..end);
                KeyPartText::Expression(self.between(range).to_owned())
            }
        };
        Ok((part, descending))
    }

    /// The tokens inside of parentheses that enclose all of them.
    fn without_parentheses(&self, tokens: Range<usize>) -> Range<usize> {
        let mut inner = tokens;
        loop {
            let mut depth = 0;
            let close = inner.clone().find(|at| {
                let text = self.text(&self.tokens[*at]);
                depth += i32::from(text == "(") - i32::from(text == ")");
                depth == 0
            });
            if inner.len() > 2
                && self.text(&self.tokens[inner.start]) == "("
                && close == Some(inner.end - 1)
            {
                inner = inner.start + 1..inner.end - 1;
            } else {
                return inner;
            }
        }
    }
}

/// What stands in quotes of any kind.
fn unquoted(text: &str) -> String {
    let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
    match text.chars().next() {
        Some('[') => inner.to_owned(),
        Some(quote) => inner.replace(&format!("{quote}{quote}"), &quote.to_string()),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{KeyPartText, index, table};

    #[test]
    fn what_is_not_understood_is_told() {
        //    text                                        what is said of it
        check("CREATE TABLE t", "has the end where ( was expected");
        check("CREATE TABLE t (", "has the end where a name was expected");
        check("CREATE TABLE t (a CHECK (b", "has the end where ) was expected");
        check("CREATE TABLE t (a DEFAULT .)", "has `)` where a number was expected");
        check("CREATE TABLE t (a !)", "has `!` where a constraint of a column was expected");
        check("CREATE TABLE t (a) ODD", "has `ODD` where STRICT or WITHOUT ROWID was expected");

        fn check(sql: &str, expected: &str) {
            let fault = table(sql).map(drop).map_err(|fault| fault.to_string());
            assert_eq!(fault, Err(expected.to_owned()), "{sql}");
        }
    }

    #[test]
    fn a_key_in_any_quotes_is_a_column() {
        for key in ["a", "\"a\"", "`a`", "[a]", "'a'", "a ASC"] {
            let text = index(&format!("CREATE INDEX i ON t ({key})")).expect("an index");
            assert!(matches!(&text.keys[..], [(KeyPartText::Column(name), false)] if name == "a"));
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_at_all_is_read_or_refused(
            words in proptest::collection::vec(
                "(CONSTRAINT|PRIMARY|KEY|NOT|NULL|UNIQUE|CHECK|DEFAULT|REFERENCES|AS|FOREIGN|[-(),.+!\\['\"]|[a-z]|1e|x'00')",
                0..24,
            ),
        ) {
            let words = words.join(" ");
            let _ = table(&format!("CREATE TABLE t ({words}"));
            let _ = table(&words);
            let _ = index(&format!("CREATE INDEX i ON t ({words}"));
        }
    }
}
