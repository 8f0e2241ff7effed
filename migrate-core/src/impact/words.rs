//! A statement as its words: enough to tell what it is about.

use migrate_model::{
    Dialect,
    catalog::TableName,
    sql::{self, Token, TokenKind},
};

/// The words of a statement that are left to read.
#[derive(Clone, Copy)]
pub(super) struct Words<'s> {
    dialect: Dialect,
    sql: &'s str,
    tokens: &'s [Token],
}

/// The tokens of a statement, without what lies between them.
pub(super) fn tokens(dialect: Dialect, text: &str) -> Vec<Token> {
    let all = match dialect {
        Dialect::Sqlite => sql::sqlite_tokens(text),
        Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb => sql::tokens(text),
    };
    all.into_iter().filter(|token| token.kind != TokenKind::Blank).collect()
}

impl<'s> Words<'s> {
    pub(super) fn new(dialect: Dialect, sql: &'s str, tokens: &'s [Token]) -> Words<'s> {
        Words { dialect, sql, tokens }
    }

    fn text(&self, token: &Token) -> &'s str {
        &self.sql[token.range.clone()]
    }

    fn is_word(&self, token: &Token, word: &str) -> bool {
        token.kind == TokenKind::Word && self.text(token).eq_ignore_ascii_case(word)
    }

    fn is_mark(&self, token: &Token, mark: &str) -> bool {
        token.kind == TokenKind::Mark && self.text(token) == mark
    }

    /// Whether nothing is left.
    pub(super) fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// The next word as it stands, if it is one.
    pub(super) fn word(&self) -> Option<&'s str> {
        let first = self.tokens.first()?;
        (first.kind == TokenKind::Word).then(|| self.text(first))
    }

    /// Whether these words, separated by spaces, come next.
    pub(super) fn begins(&self, words: &str) -> bool {
        let mut tokens = self.tokens.iter();
        words.split(' ').all(|word| tokens.next().is_some_and(|token| self.is_word(token, word)))
    }

    /// Steps over these words if they come next.
    pub(super) fn eat(&mut self, words: &str) -> bool {
        let is_next = self.begins(words);
        if is_next {
            self.tokens = &self.tokens[words.split(' ').count()..];
        }
        is_next
    }

    /// Steps over a mark if it comes next.
    pub(super) fn eat_mark(&mut self, mark: &str) -> bool {
        let is_next = self.tokens.first().is_some_and(|token| self.is_mark(token, mark));
        if is_next {
            self.tokens = &self.tokens[1..];
        }
        is_next
    }

    /// One part of a name, read as the database reads it.
    pub(super) fn part(&mut self) -> Option<String> {
        let first = self.tokens.first()?;
        let text = self.text(first);
        let part = match first.kind {
            TokenKind::Quoted => sql::unquoted(text),
            TokenKind::Word if self.dialect == Dialect::Postgres => text.to_lowercase(),
            TokenKind::Word => text.to_owned(),
            TokenKind::Text | TokenKind::Number | TokenKind::Blank | TokenKind::Mark => {
                return None;
            }
        };
        self.tokens = &self.tokens[1..];
        Some(part)
    }

    /// A name, with its schema if that is said.
    pub(super) fn name(&mut self) -> Option<TableName> {
        let first = self.part()?;
        if self.eat_mark(".") {
            let name = self.part()?;
            return Some(TableName { schema: Some(first), name });
        }
        Some(TableName { schema: None, name: first })
    }

    /// Names with commas between them.
    pub(super) fn names(&mut self) -> Vec<TableName> {
        let mut names = Vec::new();
        while let Some(name) = self.name() {
            names.push(name);
            if !self.eat_mark(",") {
                break;
            }
        }
        names
    }

    /// Each token that is left, with how deep in parentheses it stands.
    fn deep(&self) -> impl Iterator<Item = (usize, usize, &'s Token)> {
        let words = *self;
        let mut depth = 0_usize;
        words.tokens.iter().enumerate().map(move |(at, token)| {
            if words.is_mark(token, ")") {
                depth = depth.saturating_sub(1);
            }
            let found = (at, depth, token);
            if words.is_mark(token, "(") {
                depth += 1;
            }
            found
        })
    }

    /// What is left, cut at the commas that stand in no parentheses.
    pub(super) fn clauses(&self) -> Vec<Words<'s>> {
        let mut clauses = Vec::new();
        let mut begin = 0;
        for (at, depth, token) in self.deep() {
            if depth == 0 && self.is_mark(token, ",") {
                clauses.push(Words { tokens: &self.tokens[begin..at], ..*self });
                begin = at + 1;
            }
        }
        clauses.push(Words { tokens: &self.tokens[begin..], ..*self });
        clauses
    }

    /// What stands behind these words, where they come up outside of parentheses.
    pub(super) fn behind(&self, words: &str) -> Option<Words<'s>> {
        self.deep().filter(|(_, depth, _)| *depth == 0).find_map(|(at, ..)| {
            let mut rest = Words { tokens: &self.tokens[at..], ..*self };
            rest.eat(words).then_some(rest)
        })
    }

    /// Whether these words come up outside of parentheses.
    pub(super) fn has(&self, words: &str) -> bool {
        self.behind(words).is_some()
    }

    /// What stands behind these words wherever they come up, each time.
    pub(super) fn each(&self, words: &str) -> Vec<Words<'s>> {
        let rests = (0..self.tokens.len()).map(|at| Words { tokens: &self.tokens[at..], ..*self });
        rests.filter_map(|mut rest| rest.eat(words).then_some(rest)).collect()
    }

    /// What stands before the first of these words outside of parentheses.
    pub(super) fn until(&self, ends: &[&str]) -> Words<'s> {
        let end = self
            .deep()
            .find(|(_, depth, token)| {
                *depth == 0 && ends.iter().any(|word| self.is_word(token, word))
            })
            .map_or(self.tokens.len(), |(at, ..)| at);
        Words { tokens: &self.tokens[..end], ..*self }
    }

    /// The words with a `(` behind them: functions that are called, and types with a length.
    pub(super) fn calls(&self) -> Vec<String> {
        let pairs = self.tokens.windows(2);
        pairs
            .filter(|pair| {
                matches!(pair[0].kind, TokenKind::Word | TokenKind::Quoted)
                    && self.is_mark(&pair[1], "(")
            })
            .map(|pair| sql::unquoted(self.text(&pair[0])).to_lowercase())
            .collect()
    }

    /// The names in the first parentheses.
    pub(super) fn inside(&self) -> Vec<String> {
        let open = self.tokens.iter().position(|token| self.is_mark(token, "("));
        let tokens = open.map_or(&[][..], |at| &self.tokens[at + 1..]);
        let inside = Words { tokens, ..*self };
        let close = inside.deep().find(|(_, depth, token)| *depth == 0 && self.is_mark(token, ")"));
        let inside =
            Words { tokens: &tokens[..close.map_or(tokens.len(), |(at, ..)| at)], ..*self };
        inside.clauses().into_iter().filter_map(|mut part| part.part()).collect()
    }

    /// What is left behind parentheses, if it begins with some.
    pub(super) fn without_parentheses(&self) -> Words<'s> {
        if !self.tokens.first().is_some_and(|token| self.is_mark(token, "(")) {
            return *self;
        }
        let close = self.deep().find(|(_, depth, token)| *depth == 0 && self.is_mark(token, ")"));
        let begin = close.map_or(self.tokens.len(), |(at, ..)| at + 1);
        Words { tokens: &self.tokens[begin..], ..*self }
    }

    /// What is left as text, in lower case, with one space where there were some.
    pub(super) fn lower(&self) -> String {
        let words: Vec<&str> = self.tokens.iter().map(|token| self.text(token)).collect();
        words.join(" ").to_lowercase()
    }
}
