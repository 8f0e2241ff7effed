//! What a query, or the body of a trigger, reads: its tables and their columns.
//!
//! It follows the words that tables stand behind (FROM, JOIN, INTO, UPDATE) and knows aliases, subqueries and
//! common table expressions. It does not know types, nor what a bare column belongs to where several tables
//! could have it: then it is taken to be each one's.

use std::ops::Range;

use super::TableName;
use crate::sql::{Token, TokenKind, is_plain, tokens, unquoted};

/// SQL, read for the tables and columns in it.
pub(crate) struct Query<'s> {
    sql: &'s str,
    /// Without blanks.
    tokens: Vec<Token>,
    tables: Vec<Reference>,
    /// The names of common table expressions, with the tokens of their bodies.
    common: Vec<(String, Range<usize>)>,
    /// The tokens of the first SELECT list.
    list: Range<usize>,
}

/// A table that is named.
struct Reference {
    /// The tokens of the name, its schema included.
    at: Range<usize>,
    alias: Option<usize>,
}

#[derive(Clone, Copy, PartialEq)]
enum Clause {
    Other,
    /// Behind SELECT, DELETE or UPDATE: a FROM is one that tables follow.
    Head,
    From,
}

/// Words that follow a table without being its alias.
const NO_ALIAS: [&str; 42] = [
    "ON",
    "USING",
    "WHERE",
    "JOIN",
    "INNER",
    "LEFT",
    "RIGHT",
    "FULL",
    "CROSS",
    "NATURAL",
    "GROUP",
    "ORDER",
    "HAVING",
    "LIMIT",
    "WINDOW",
    "UNION",
    "INTERSECT",
    "EXCEPT",
    "SET",
    "VALUES",
    "RETURNING",
    "OFFSET",
    "FETCH",
    "FOR",
    "TABLESAMPLE",
    "INDEXED",
    "NOT",
    "USE",
    "FORCE",
    "IGNORE",
    "PARTITION",
    "STRAIGHT_JOIN",
    "DEFAULT",
    "SELECT",
    "WITH",
    "OUTER",
    "WHEN",
    "DO",
    "BEGIN",
    "END",
    "OVERRIDING",
    "THEN",
];

impl<'s> Query<'s> {
    pub(crate) fn read(sql: &'s str) -> Query<'s> {
        let tokens =
            tokens(sql).into_iter().filter(|token| token.kind != TokenKind::Blank).collect();
        let mut query = Query { sql, tokens, tables: Vec::new(), common: Vec::new(), list: 0..0 };
        query.find_common();
        query.find_tables();
        query.find_list();
        query
    }

    fn text(&self, at: usize) -> &'s str {
        self.tokens.get(at).map_or("", |token| &self.sql[token.range.clone()])
    }

    fn is(&self, at: usize, word: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| token.kind == TokenKind::Word)
            && self.text(at).eq_ignore_ascii_case(word)
    }

    fn is_one_of(&self, at: usize, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(at, word))
    }

    fn is_name(&self, at: usize) -> bool {
        (self.tokens.get(at))
            .is_some_and(|token| matches!(token.kind, TokenKind::Word | TokenKind::Quoted))
    }

    /// Whether the token is this name: bare in any case, quoted letter by letter.
    fn names(&self, at: usize, name: &str) -> bool {
        match self.tokens.get(at) {
            Some(token) if token.kind == TokenKind::Word => {
                let is_word = RESERVED.contains(&self.text(at).to_ascii_uppercase().as_str());
                !is_word && self.text(at).eq_ignore_ascii_case(name)
            }
            Some(token) if token.kind == TokenKind::Quoted => unquoted(self.text(at)) == name,
            Some(_) | None => false,
        }
    }

    fn close(&self, open: usize) -> usize {
        let mut depth = 0;
        for at in open..self.tokens.len() {
            match self.text(at) {
                "(" => depth += 1,
                ")" => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return at;
            }
        }
        self.tokens.len()
    }

    /// `name AS (SELECT …)`, `name (columns) AS MATERIALIZED (SELECT …)`.
    fn find_common(&mut self) {
        let is_recursive = (0..self.tokens.len()).any(|at| self.is(at, "RECURSIVE"));
        for at in 1..self.tokens.len() {
            if !self.is(at, "AS") {
                continue;
            }
            let mut open = at + 1;
            while self.is_one_of(open, &["NOT", "MATERIALIZED"]) {
                open += 1;
            }
            let query = ["SELECT", "WITH", "VALUES", "INSERT", "UPDATE", "DELETE", "TABLE"];
            if self.text(open) != "(" || !self.is_one_of(open + 1, &query) {
                continue;
            }
            let mut name = at - 1;
            if self.text(name) == ")" {
                let opens = |open: &usize| self.text(*open) == "(" && self.close(*open) == name;
                name = (0..name).rev().find(opens).map_or(name, |open| open.saturating_sub(1));
            }
            if self.is_name(name) {
                // In its own body the name is that of a table, unless it may call itself.
                let body = if is_recursive { 0..0 } else { open..self.close(open) };
                self.common.push((unquoted(self.text(name)), body));
            }
        }
    }

    fn find_tables(&mut self) {
        // For each parenthesis that is open: the clause, and whether a table comes next.
        let mut levels = vec![(Clause::Other, false)];
        let mut at = 0;
        while at < self.tokens.len() {
            let is_inner = levels.len() > 1;
            let Some((clause, expects)) = levels.last_mut() else { return };
            let mut next = at + 1;
            match self.text(at) {
                "(" => {
                    let inner =
                        if *expects { (Clause::From, true) } else { (Clause::Other, false) };
                    *expects = false;
                    levels.push(inner);
                }
                ")" if is_inner => {
                    levels.pop();
                }
                ";" => levels = vec![(Clause::Other, false)],
                "," => *expects = *clause == Clause::From,
                _ if self.is_one_of(at, &["SELECT", "DELETE"]) => {
                    (*clause, *expects) = (Clause::Head, false);
                }
                _ if self.is(at, "UPDATE") && !self.is_event(at) => {
                    (*clause, *expects) = (Clause::Head, true);
                }
                _ if self.is_one_of(at, &["INTO", "TABLE"]) && *clause == Clause::Other => {
                    *expects = true;
                }
                _ if self.is(at, "FROM") => {
                    let compares =
                        at > 1 && self.is(at - 1, "DISTINCT") && !self.is(at - 2, "SELECT");
                    if *clause == Clause::Head && !compares {
                        (*clause, *expects) = (Clause::From, true);
                    }
                }
                _ if self.is_one_of(at, &["JOIN", "STRAIGHT_JOIN"]) => {
                    *expects = *clause == Clause::From;
                }
                _ if self.is_one_of(
                    at,
                    &["WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "WINDOW", "UNION"],
                ) || self.is_one_of(
                    at,
                    &["INTERSECT", "EXCEPT", "VALUES", "RETURNING", "THEN", "ELSE", "DO"],
                ) =>
                {
                    (*clause, *expects) = (Clause::Other, false);
                }
                _ if *expects
                    && self.is_one_of(at, &["ONLY", "LATERAL", "IF", "NOT", "EXISTS", "OR"]) => {}
                _ if *expects && self.is_name(at) => {
                    *expects = false;
                    let mut end = at + 1;
                    while self.text(end) == "." && self.is_name(end + 1) {
                        end += 2;
                    }
                    // Behind INTO the columns follow, elsewhere a function's arguments.
                    if self.text(end) != "(" || *clause == Clause::Other {
                        let named = if self.is(end, "AS") { end + 1 } else { end };
                        let is_alias = self.is_name(named) && !self.is_one_of(named, &NO_ALIAS);
                        let alias = is_alias.then_some(named);
                        next = alias.map_or(end, |alias| alias + 1);
                        self.tables.push(Reference { at: at..end, alias });
                    } else {
                        next = end;
                    }
                }
                _ => {}
            }
            at = next;
        }
    }

    /// Whether an UPDATE is one that something is said about, not one that is to be done.
    fn is_event(&self, at: usize) -> bool {
        at > 0 && self.is_one_of(at - 1, &["FOR", "ON", "DO", "AFTER", "BEFORE", "OF", "OR", "KEY"])
    }

    fn find_list(&mut self) {
        let mut depth = 0;
        let mut start = None;
        for at in 0..self.tokens.len() {
            match self.text(at) {
                "(" => depth += 1,
                ")" => depth -= 1,
                _ if depth == 0 && start.is_none() && self.is(at, "SELECT") => start = Some(at + 1),
                _ if depth == 0
                    && self.is_one_of(
                        at,
                        &["FROM", "UNION", "INTERSECT", "EXCEPT", "WHERE", "ORDER"],
                    )
                    && !(self.is(at.wrapping_sub(1), "DISTINCT")) =>
                {
                    if let Some(start) = start {
                        self.list = start..at;
                        return;
                    }
                }
                _ => {}
            }
        }
        self.list = start.map_or(0..0, |start| start..self.tokens.len());
    }

    fn is_table(&self, reference: &Reference, table: &TableName) -> bool {
        let last = reference.at.end - 1;
        if !self.names(last, &table.name) {
            return false;
        }
        if reference.at.len() == 1 {
            let name = unquoted(self.text(last));
            let is_common = |(common, body): &(String, Range<usize>)| {
                common.eq_ignore_ascii_case(&name) && !body.contains(&last)
            };
            return table.schema.is_none() && !self.common.iter().any(is_common);
        }
        match &table.schema {
            Some(schema) => self.names(reference.at.start, schema),
            None => {
                self.names(reference.at.start, "public") || self.names(reference.at.start, "main")
            }
        }
    }

    fn references<'q>(&'q self, table: &'q TableName) -> impl Iterator<Item = &'q Reference> {
        self.tables.iter().filter(move |reference| self.is_table(reference, table))
    }

    /// Whether it reads, or writes into, the table.
    pub(crate) fn names_table(&self, table: &TableName) -> bool {
        self.references(table).next().is_some()
    }

    /// Whether what stands before a dot is the table.
    fn qualifies(&self, at: usize, table: &TableName) -> bool {
        self.references(table).any(|reference| match reference.alias {
            Some(alias) => self.names(at, &unquoted(self.text(alias))),
            None => self.names(at, &table.name),
        })
    }

    /// The tokens that name a column of the table.
    fn columns_of<'q>(
        &'q self,
        table: &'q TableName,
        column: &'q str,
    ) -> impl Iterator<Item = usize> + 'q {
        let is_read = self.names_table(table);
        (0..self.tokens.len()).filter(move |at| is_read && self.is_column(*at, table, column))
    }

    fn is_column(&self, at: usize, table: &TableName, column: &str) -> bool {
        if !self.names(at, column) || matches!(self.text(at + 1), "(" | ".") {
            return false;
        }
        let is_table = |reference: &Reference| {
            reference.at.contains(&at) || reference.alias.is_some_and(|alias| alias == at)
        };
        let is_literal = self.tokens[at].kind == TokenKind::Word
            && self.tokens.get(at + 1).is_some_and(|next| next.kind == TokenKind::Text);
        if self.tables.iter().any(is_table) || is_literal || at == 0 {
            return false;
        }
        match self.text(at - 1) {
            "." => at > 1 && self.qualifies(at - 2, table),
            ":" => false,
            _ => !self.is_one_of(at - 1, &["AS", "COLLATE"]),
        }
    }

    /// Whether it names a column that can be the table's.
    pub(crate) fn names_column(&self, table: &TableName, column: &str) -> bool {
        self.columns_of(table, column).next().is_some()
    }

    /// Whether it takes all columns of the table, whatever they are.
    pub(crate) fn takes_all(&self, table: &TableName) -> bool {
        let is_star = |at: usize| {
            let ends = at + 1 == self.tokens.len()
                || matches!(self.text(at + 1), "," | ")" | ";")
                || self.is_one_of(at + 1, &["FROM", "UNION", "INTERSECT", "EXCEPT"]);
            self.text(at) == "*" && ends && at > 0 && self.text(at - 1) != "("
        };
        self.names_table(table)
            && (0..self.tokens.len()).any(|at| {
                is_star(at) && (self.text(at - 1) != "." || at > 1 && self.qualifies(at - 2, table))
            })
    }

    /// The SQL with the table under another name; none where the new name would be taken for something else.
    pub(crate) fn rename_table(&self, from: &TableName, to: &TableName) -> Option<String> {
        let is_own = |reference: &Reference| self.is_table(reference, from);
        let is_taken =
            self.tables.iter().any(|reference| {
                let alias = reference.alias.is_some_and(|alias| self.names(alias, &to.name));
                !is_own(reference) && (alias || self.names(reference.at.end - 1, &to.name))
            }) || self.common.iter().any(|(name, _)| name.eq_ignore_ascii_case(&to.name));
        if is_taken {
            return None;
        }
        let bare = self.references(from).any(|reference| reference.alias.is_none());
        let mut edits: Vec<(Range<usize>, String)> = self
            .references(from)
            .map(|reference| {
                let last = reference.at.end - 1;
                let name = spelled(&to.name, self.text(last));
                match &to.schema {
                    // A schema that was said stays said.
                    _ if from.schema == to.schema => (last..last + 1, name),
                    Some(schema) => {
                        (reference.at.clone(), format!("{}.{name}", spelled(schema, "")))
                    }
                    None => (reference.at.clone(), name),
                }
            })
            .collect();
        for at in 0..self.tokens.len() {
            let is_reference = self.tables.iter().any(|reference| reference.at.contains(&at));
            if bare && !is_reference && self.text(at + 1) == "." && self.names(at, &from.name) {
                edits.push((at..at + 1, spelled(&to.name, self.text(at))));
            }
        }
        Some(self.edited(edits))
    }

    /// The SQL with a column under another name; none where that would change what the query answers with, or
    /// can't be told.
    ///
    /// A column that stands in a SELECT list by itself gives the answer its name. PostgreSQL keeps that name, SQLite
    /// does not.
    pub(crate) fn rename_column(
        &self,
        table: &TableName,
        from: &str,
        to: &str,
        names_are_said: bool,
    ) -> Option<String> {
        let found: Vec<usize> = self.columns_of(table, from).collect();
        let is_undecidable = (0..self.tokens.len())
            .any(|at| self.is_one_of(at, &["NATURAL", "USING"]) || self.names(at, to));
        let shows = !names_are_said && found.iter().any(|at| self.shows(*at));
        if shows || self.takes_all(table) && !names_are_said || !found.is_empty() && is_undecidable
        {
            return None;
        }
        Some(
            self.edited(
                found.into_iter().map(|at| (at..at + 1, spelled(to, self.text(at)))).collect(),
            ),
        )
    }

    /// Whether the column stands in a SELECT list by itself.
    fn shows(&self, at: usize) -> bool {
        let mut start = at;
        while start > 1 && self.text(start - 1) == "." {
            start -= 2;
        }
        let begins = start == 0
            || matches!(self.text(start - 1), "," | ")")
            || self.is_one_of(start - 1, &["SELECT", "DISTINCT", "ALL"]);
        let ends = at + 1 >= self.tokens.len()
            || matches!(self.text(at + 1), "," | ")" | ";")
            || self.is_one_of(at + 1, &["FROM", "UNION", "INTERSECT", "EXCEPT", "WHERE"]);
        // Of the clauses with commas only that of SELECT is shown: the word before tells.
        const CLAUSES: [&str; 12] = [
            "SELECT",
            "FROM",
            "WHERE",
            "BY",
            "ON",
            "HAVING",
            "SET",
            "VALUES",
            "RETURNING",
            "LIMIT",
            "IN",
            "AND",
        ];
        let mut depth = 0;
        let clause = (0..start).rev().find(|at| {
            depth += match self.text(*at) {
                ")" => 1,
                "(" => -1,
                _ => 0,
            };
            depth == 0 && self.is_one_of(*at, &CLAUSES) || depth < 0
        });
        begins && ends && clause.is_some_and(|at| self.is(at, "SELECT"))
    }

    fn edited(&self, mut edits: Vec<(Range<usize>, String)>) -> String {
        edits.sort_by_key(|(at, _)| at.start);
        let mut text = self.sql.to_owned();
        for (at, new) in edits.into_iter().rev() {
            let (first, last) = (&self.tokens[at.start], &self.tokens[at.end - 1]);
            text.replace_range(first.range.start..last.range.end, &new);
        }
        text
    }

    /// The names of the columns that it answers with, where each can be told.
    pub(crate) fn answers(&self) -> Option<Vec<String>> {
        let mut start = self.list.start;
        if self.is_one_of(start, &["DISTINCT", "ALL"]) {
            start += 1;
            if self.is(start, "ON") {
                start = self.close(start + 1) + 1;
            }
        }
        let mut names = Vec::new();
        let (mut depth, mut first) = (0, start);
        for at in start..=self.list.end {
            match self.text(at) {
                "(" if at < self.list.end => depth += 1,
                ")" if at < self.list.end => depth -= 1,
                _ => {}
            }
            if at == self.list.end || depth == 0 && self.text(at) == "," {
                names.push(self.answer(first..at)?);
                first = at + 1;
            }
        }
        Some(names)
    }

    fn answer(&self, item: Range<usize>) -> Option<String> {
        let last = item.end.checked_sub(1)?;
        if item.is_empty() || !self.is_name(last) {
            return None;
        }
        let is_column = item.len() == 1 || item.len() == 3 && self.text(last - 1) == ".";
        let is_named = item.len() > 2 && self.is(last - 1, "AS");
        // A bare name is read in small letters by PostgreSQL, and as it is by the others.
        let name = unquoted(self.text(last));
        (is_column || is_named).then(|| match self.tokens[last].kind {
            TokenKind::Word => name.to_ascii_lowercase(),
            TokenKind::Quoted
            | TokenKind::Text
            | TokenKind::Number
            | TokenKind::Blank
            | TokenKind::Mark => name,
        })
    }
}

/// A name as it can stand in SQL, in the quotes of the one it replaces, and in none where it needs none.
pub(super) fn spelled(name: &str, former: &str) -> String {
    if is_plain(name) && !RESERVED.contains(&name.to_ascii_uppercase().as_str()) {
        return name.to_owned();
    }
    let quote = if former.starts_with('`') { "`" } else { "\"" };
    format!("{quote}{}{quote}", name.replace(quote, &quote.repeat(2)))
}

/// Words that are no names on one database or another.
const RESERVED: [&str; 78] = [
    "ALL",
    "ANALYSE",
    "ANALYZE",
    "AND",
    "ANY",
    "ARRAY",
    "AS",
    "ASC",
    "BETWEEN",
    "BOTH",
    "BY",
    "CASE",
    "CAST",
    "CHECK",
    "COLLATE",
    "COLUMN",
    "CONSTRAINT",
    "CREATE",
    "CROSS",
    "CURRENT_DATE",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
    "DEFAULT",
    "DELETE",
    "DESC",
    "DISTINCT",
    "DO",
    "DROP",
    "ELSE",
    "END",
    "EXCEPT",
    "EXISTS",
    "FALSE",
    "FETCH",
    "FOR",
    "FOREIGN",
    "FROM",
    "FULL",
    "GRANT",
    "GROUP",
    "GROUPS",
    "HAVING",
    "IN",
    "INDEX",
    "INNER",
    "INSERT",
    "INTERSECT",
    "INTO",
    "IS",
    "JOIN",
    "KEY",
    "LEFT",
    "LIKE",
    "LIMIT",
    "NATURAL",
    "NOT",
    "NULL",
    "OFFSET",
    "ON",
    "OR",
    "ORDER",
    "OUTER",
    "PRIMARY",
    "RANK",
    "REFERENCES",
    "RIGHT",
    "SELECT",
    "SET",
    "TABLE",
    "THEN",
    "TO",
    "TRUE",
    "UNION",
    "UNIQUE",
    "UPDATE",
    "USER",
    "VALUES",
    "WHERE",
];

#[cfg(test)]
mod tests {
    use super::Query;

    #[test]
    fn tables_stand_behind_from_join_into_and_update() {
        check("SELECT 1", "orders", false);
        check("SELECT a FROM orders", "orders", true);
        check("SELECT a FROM Orders o, b", "orders", true);
        check("SELECT a FROM b o, orders", "orders", true);
        check("SELECT a FROM \"Orders\"", "orders", false);
        check("SELECT a FROM public.orders", "orders", true);
        check("SELECT a FROM trading.orders", "orders", false);
        check("SELECT a FROM b JOIN (c LEFT JOIN orders USING (id)) ON true", "orders", true);
        check("SELECT a FROM b WHERE c IN (SELECT id FROM orders)", "orders", true);
        check("SELECT orders FROM b", "orders", false);
        check("SELECT a AS orders FROM b ORDER BY c, orders", "orders", false);
        check("SELECT a FROM orders(1)", "orders", false);
        check("SELECT extract(year FROM orders) FROM b", "orders", false);
        check("SELECT a IS DISTINCT FROM orders FROM b", "orders", false);
        check("SELECT 'FROM orders' FROM b -- FROM orders", "orders", false);
        check("WITH orders AS (SELECT 1) SELECT a FROM orders", "orders", false);
        check("WITH orders AS (SELECT * FROM orders) SELECT a FROM orders", "orders", true);
        check("INSERT INTO orders (a) VALUES (1)", "orders", true);
        check("BEGIN UPDATE orders SET a = 1; END", "orders", true);
        check("BEGIN DELETE FROM b; INSERT INTO orders SELECT 1; END", "orders", true);
        check("SELECT a FROM b FOR UPDATE OF orders", "orders", false);

        fn check(sql: &str, table: &str, named: bool) {
            assert_eq!(Query::read(sql).names_table(&table.into()), named, "{sql}");
        }
    }

    #[test]
    fn columns_belong_to_the_table_before_their_dot() {
        check("SELECT qty FROM orders", true);
        check("SELECT o.qty FROM orders o", true);
        check("SELECT b.qty FROM orders o JOIN b ON true", false);
        check("SELECT a AS qty FROM orders", false);
        check("SELECT qty(a) FROM orders", false);
        check("SELECT a::qty FROM orders", false);
        check("SELECT orders.\"qty\" FROM orders", true);
        check("SELECT qty FROM b", false);

        fn check(sql: &str, named: bool) {
            assert_eq!(Query::read(sql).names_column(&"orders".into(), "qty"), named, "{sql}");
        }
    }

    #[test]
    fn a_star_takes_all() {
        for (sql, all) in [
            ("SELECT * FROM orders", true),
            ("SELECT o.* FROM orders o", true),
            ("SELECT b.*, o.id FROM orders o JOIN b ON true", false),
            ("SELECT count(*) FROM orders", false),
            ("SELECT a * b FROM orders", false),
        ] {
            assert_eq!(Query::read(sql).takes_all(&"orders".into()), all, "{sql}");
        }
    }

    #[test]
    fn a_table_is_renamed_where_it_is_named() {
        check("SELECT orders.id FROM orders", "deals", Some("SELECT deals.id FROM deals"));
        check("SELECT o.id FROM orders o", "deals", Some("SELECT o.id FROM deals o"));
        check("SELECT id FROM public.orders", "order", Some("SELECT id FROM public.\"order\""));
        check("SELECT id FROM orders JOIN b deals ON true", "deals", None);
        check("SELECT orders FROM b", "deals", Some("SELECT orders FROM b"));

        fn check(sql: &str, to: &str, expected: Option<&str>) {
            let renamed = Query::read(sql).rename_table(&"orders".into(), &to.into());
            assert_eq!(renamed.as_deref(), expected, "{sql}");
        }
    }

    #[test]
    fn a_column_is_renamed_where_it_is_not_shown() {
        check("SELECT qty FROM orders", None);
        check("SELECT o.id, o.qty FROM orders o", None);
        check("SELECT * FROM orders", None);
        check("SELECT qty AS qty FROM orders", Some("SELECT amount AS qty FROM orders"));
        check("SELECT sum(qty) AS q FROM orders", Some("SELECT sum(amount) AS q FROM orders"));
        check(
            "SELECT id FROM orders WHERE qty > 0",
            Some("SELECT id FROM orders WHERE amount > 0"),
        );
        check(
            "SELECT id FROM orders ORDER BY id, qty",
            Some("SELECT id FROM orders ORDER BY id, amount"),
        );
        check("SELECT id FROM orders JOIN b USING (qty)", None);
        check("SELECT qty + 1 AS amount FROM orders", None);
        check("SELECT id FROM b", Some("SELECT id FROM b"));

        fn check(sql: &str, expected: Option<&str>) {
            let renamed = Query::read(sql).rename_column(&"orders".into(), "qty", "amount", false);
            assert_eq!(renamed.as_deref(), expected, "{sql}");
        }
    }

    #[test]
    fn what_a_query_answers_with() {
        check("SELECT id, o.Qty, a + b AS \"Sum\" FROM orders o", Some(&["id", "qty", "Sum"]));
        check("WITH a AS (SELECT 1 AS b) SELECT b FROM a", Some(&["b"]));
        check("SELECT DISTINCT ON (a, b) c FROM d", Some(&["c"]));
        check("SELECT a UNION SELECT b", Some(&["a"]));
        check("SELECT count(*) FROM orders", None);
        check("SELECT * FROM orders", None);
        check("VALUES (1)", None);

        fn check(sql: &str, expected: Option<&[&str]>) {
            let answers = Query::read(sql).answers();
            let answers =
                answers.as_ref().map(|names| names.iter().map(String::as_str).collect::<Vec<_>>());
            assert_eq!(answers.as_deref(), expected, "{sql}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_at_all_is_read(sql in "((SELECT|FROM|AS|WITH|JOIN|\\(|\\)|,|;|\\.|a|\\*|UPDATE|INTO|\"b\") ?){0,20}") {
            let query = Query::read(&sql);
            let _ = (query.answers(), query.takes_all(&"a".into()), query.names_column(&"a".into(), "b"));
            let _ = (query.rename_table(&"a".into(), &"c".into()), query.rename_column(&"a".into(), "b", "d", false));
        }
    }
}
