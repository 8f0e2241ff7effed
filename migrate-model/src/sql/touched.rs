//! Which things of a schema a statement is about, as far as its words tell.
//!
//! ```text
//! CREATE, ALTER, DROP, COMMENT ON, RENAME TABLE    the things that they name
//! SELECT, INSERT, SET, GRANT, ANALYZE, …           nothing that a catalog holds
//! DO, CALL, EXECUTE, any other word                can't be told
//! ```
//!
//! What becomes of a thing is not asked: a catalog no longer vouches for it, that is all. So the rest of a
//! statement is not read, and a word too many does no harm where a word too few would.

use super::{StatementKind, Token, TokenKind, kind, tokens, unquoted};
use crate::Dialect;
use crate::catalog::TableName;

/// What a statement is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Touched {
    /// These things; none where it changes no schema.
    Things(Vec<Thing>),
    /// Its words don't tell.
    Untold,
    /// It begins or ends a transaction.
    Transaction,
}

/// Something that a statement names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Thing {
    /// A table or a view.
    Table(TableName),
    /// A table that goes, and so perhaps the foreign keys to it.
    DroppedTable(TableName),
    /// An index, of whichever table.
    Index(String),
    /// A trigger, of whichever table.
    Trigger(String),
    /// A function or procedure.
    Routine(TableName),
    /// An enum or another type.
    Type(TableName),
    /// A sequence.
    Sequence(TableName),
    /// A schema.
    Schema(String),
    /// An extension.
    Extension(String),
}

/// What one statement is about, its names read as the database reads them.
///
/// ```
/// use migrate_model::{Dialect, sql::{Thing, Touched, touched}};
///
/// let index = "CREATE INDEX CONCURRENTLY i ON Trading.Orders (id)";
/// let orders = Thing::Table(("trading", "orders").into());
/// assert_eq!(touched(Dialect::Postgres, index), Touched::Things(vec![orders]));
/// assert_eq!(touched(Dialect::Postgres, "GRANT SELECT ON a TO b"), Touched::Things(vec![]));
/// assert_eq!(touched(Dialect::Postgres, "DO $$BEGIN END$$"), Touched::Untold);
/// ```
pub fn touched(dialect: Dialect, statement: &str) -> Touched {
    match kind(statement) {
        StatementKind::Data => return Touched::Things(Vec::new()),
        StatementKind::Transaction => return Touched::Transaction,
        StatementKind::Other => {}
    }
    let tokens: Vec<Token> =
        tokens(statement).into_iter().filter(|token| token.kind != TokenKind::Blank).collect();
    let mut reader = Reader { dialect, sql: statement, tokens: &tokens };
    match reader.statement() {
        Some(things) => Touched::Things(things),
        None => Touched::Untold,
    }
}

/// The words of statements that change nothing that a catalog holds.
const QUIET: [&str; 28] = [
    "ANALYZE",
    "ANALYSE",
    "CHECK",
    "CHECKPOINT",
    "CHECKSUM",
    "CLUSTER",
    "COPY",
    "DESCRIBE",
    "DISCARD",
    "EXPLAIN",
    "FLUSH",
    "GRANT",
    "LISTEN",
    "LOCK",
    "NOTIFY",
    "OPTIMIZE",
    "PRAGMA",
    "REFRESH",
    "REINDEX",
    "REPAIR",
    "RESET",
    "REVOKE",
    "SET",
    "SHOW",
    "TRUNCATE",
    "UNLISTEN",
    "UNLOCK",
    "VACUUM",
];

/// What stands between CREATE, ALTER or DROP and the kind of thing.
const ASIDE: [&str; 21] = [
    "OR",
    "REPLACE",
    "UNLOGGED",
    "GLOBAL",
    "LOCAL",
    "UNIQUE",
    "FULLTEXT",
    "SPATIAL",
    "VIRTUAL",
    "FOREIGN",
    "MATERIALIZED",
    "RECURSIVE",
    "CONSTRAINT",
    "AGGREGATE",
    "TRUSTED",
    "PROCEDURAL",
    "ONLINE",
    "OFFLINE",
    "IGNORE",
    "COLUMNSTORE",
    "VECTOR",
];

/// Kinds of things that a catalog does not hold.
const UNHELD: [&str; 28] = [
    "ACCESS",
    "CAST",
    "COLLATION",
    "CONVERSION",
    "DATABASE",
    "DATA",
    "DEFAULT",
    "EVENT",
    "GROUP",
    "LANGUAGE",
    "LARGE",
    "OPERATOR",
    "PUBLICATION",
    "ROLE",
    "SERVER",
    "STATISTICS",
    "SUBSCRIPTION",
    "SYSTEM",
    "TABLESPACE",
    "TEXT",
    "TRANSFORM",
    "USER",
    "LOGFILE",
    "INSTANCE",
    "RESOURCE",
    "UNDO",
    "SPATIAL_REF",
    "PACKAGE",
];

struct Reader<'s> {
    dialect: Dialect,
    sql: &'s str,
    /// What is not read yet, without blanks.
    tokens: &'s [Token],
}

impl<'s> Reader<'s> {
    fn statement(&mut self) -> Option<Vec<Thing>> {
        let first = self.word()?;
        match first.as_str() {
            "CREATE" => self.created(),
            "ALTER" => self.altered(),
            "DROP" => self.dropped(),
            "COMMENT" => self.commented(),
            "RENAME" => self.renamed(),
            "SELECT" | "WITH" => self.selected_into(),
            word => QUIET.contains(&word).then(Vec::new),
        }
    }

    fn text(&self, token: &Token) -> &'s str {
        &self.sql[token.range.clone()]
    }

    /// The word that is next, if it is one.
    fn peek(&self) -> Option<String> {
        let token = self.tokens.first().filter(|token| token.kind == TokenKind::Word)?;
        Some(self.text(token).to_ascii_uppercase())
    }

    fn word(&mut self) -> Option<String> {
        let word = self.peek()?;
        self.tokens = &self.tokens[1..];
        Some(word)
    }

    /// Goes past these words, if they are next.
    fn skip(&mut self, words: &[&str]) -> bool {
        let is_next = self.tokens.len() >= words.len()
            && words.iter().zip(self.tokens).all(|(word, token)| {
                token.kind == TokenKind::Word && self.text(token).eq_ignore_ascii_case(word)
            });
        if is_next {
            self.tokens = &self.tokens[words.len()..];
        }
        is_next
    }

    /// Goes past a mark, if it is next.
    fn skip_mark(&mut self, mark: &str) -> bool {
        let is_next = self.tokens.first().is_some_and(|token| self.text(token) == mark);
        if is_next {
            self.tokens = &self.tokens[1..];
        }
        is_next
    }

    /// Goes past everything up to and with the first of these words outside of parentheses; which one it was.
    fn seek(&mut self, words: &[&str]) -> Option<String> {
        let mut depth = 0usize;
        while let Some((token, rest)) = self.tokens.split_first() {
            let text = self.text(token);
            self.tokens = rest;
            match text {
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                _ if depth == 0 && token.kind == TokenKind::Word => {
                    let word = text.to_ascii_uppercase();
                    if words.contains(&word.as_str()) {
                        return Some(word);
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// A name without a schema.
    fn plain(&mut self) -> Option<String> {
        let (token, rest) = self.tokens.split_first()?;
        let text = self.text(token);
        let name = match token.kind {
            TokenKind::Word if self.dialect == Dialect::Postgres => text.to_lowercase(),
            TokenKind::Word => text.to_owned(),
            TokenKind::Quoted => unquoted(text),
            // SQLite's own brackets, which the lexer of all databases doesn't know.
            TokenKind::Mark if text == "[" => {
                let inside = &self.sql[token.range.end..];
                let name = &inside[..inside.find(']')?];
                let end = token.range.end + name.len() + 1;
                self.tokens =
                    &self.tokens[self.tokens.partition_point(|token| token.range.start < end)..];
                return Some(name.to_owned());
            }
            TokenKind::Mark | TokenKind::Text | TokenKind::Number | TokenKind::Blank => {
                return None;
            }
        };
        self.tokens = rest;
        Some(name)
    }

    /// A name with each of its parts: `orders`, `trading.orders`, `trading.orders.id`.
    fn parts(&mut self) -> Option<Vec<String>> {
        let mut parts = vec![self.plain()?];
        while self.skip_mark(".") {
            parts.push(self.plain()?);
        }
        Some(parts)
    }

    fn name(&mut self) -> Option<TableName> {
        named(&self.parts()?)
    }

    /// Both names of a table in the schema that is there without being named.
    fn table(&self, name: TableName) -> Vec<Thing> {
        self.both(name).into_iter().map(Thing::Table).collect()
    }

    fn next_table(&mut self) -> Option<Vec<Thing>> {
        let name = self.name()?;
        Some(self.table(name))
    }

    fn both(&self, name: TableName) -> Vec<TableName> {
        let default = match self.dialect {
            Dialect::Postgres => "public",
            Dialect::Sqlite => "main",
            Dialect::Mysql | Dialect::Mariadb => return vec![name],
        };
        match name.schema.as_deref() {
            Some(schema) if schema == default => vec![name.name.as_str().into(), name],
            _ => vec![name],
        }
    }

    /// The kind of thing that is made, changed or dropped.
    fn kind(&mut self) -> Option<String> {
        // `DEFINER = `me`@`here``, `ALGORITHM = MERGE`, `SQL SECURITY INVOKER`.
        loop {
            if ["DEFINER", "ALGORITHM"].iter().any(|word| self.skip(&[word])) {
                self.skip_mark("=");
                self.tokens = self.tokens.get(1..)?;
                if self.skip_mark("@") {
                    self.tokens = self.tokens.get(1..)?;
                }
                if self.skip_mark("(") {
                    self.skip_mark(")");
                }
            } else if self.skip(&["SQL", "SECURITY"]) {
                self.tokens = self.tokens.get(1..)?;
            } else if self.skip(&["FOREIGN", "DATA"]) {
                return Some("SERVER".to_owned());
            } else if ASIDE.iter().any(|word| self.skip(&[word])) {
            } else {
                return self.word();
            }
        }
    }

    /// Goes past `IF EXISTS` or `IF NOT EXISTS`; whether what is there already is left as it is.
    fn is_conditional(&mut self) -> bool {
        self.skip(&["IF", "EXISTS"]);
        self.skip(&["IF", "NOT", "EXISTS"])
    }

    /// The names in a list, without what stands in parentheses behind them: `a(int), b`.
    fn names(&mut self) -> Option<Vec<TableName>> {
        let mut names = Vec::new();
        loop {
            names.extend(self.name().map(|name| self.both(name))?);
            if self.tokens.first().is_some_and(|token| self.text(token) == "(") {
                self.parentheses();
            }
            if !self.skip_mark(",") {
                return Some(names);
            }
        }
    }

    fn parentheses(&mut self) {
        let mut depth = 0usize;
        while let Some((token, rest)) = self.tokens.split_first() {
            self.tokens = rest;
            match self.text(token) {
                "(" => depth += 1,
                ")" if depth == 1 => return,
                ")" => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
    }

    fn created(&mut self) -> Option<Vec<Thing>> {
        self.skip(&["OR", "REPLACE"]);
        if self.skip(&["TEMP"]) || self.skip(&["TEMPORARY"]) {
            // Gone with the session.
            return Some(Vec::new());
        }
        match self.kind()?.as_str() {
            "TABLE" | "VIEW" => {
                self.is_conditional();
                let mut things = self.next_table()?;
                if self.skip(&["PARTITION", "OF"]) {
                    things.extend(self.next_table()?);
                }
                Some(things)
            }
            "INDEX" | "TRIGGER" | "POLICY" => self.behind(&["ON"]),
            "RULE" => self.behind(&["TO"]),
            "SCHEMA" => {
                let is_conditional = self.is_conditional();
                self.skip(&["AUTHORIZATION"]);
                let things = self.apart("SCHEMA", is_conditional)?;
                // What it makes in the schema is not read.
                self.seek(&["CREATE"]).is_none().then_some(things)
            }
            kind => {
                let is_conditional = self.is_conditional();
                self.apart(kind, is_conditional)
            }
        }
    }

    fn altered(&mut self) -> Option<Vec<Thing>> {
        match self.kind()?.as_str() {
            "TABLE" | "VIEW" => {
                if self.skip(&["ALL", "IN", "TABLESPACE"]) {
                    return Some(Vec::new());
                }
                self.is_conditional();
                self.skip(&["ONLY"]);
                let name = self.name()?;
                let mut things = self.table(name.clone());
                while let Some(word) = self.seek(&["RENAME", "SCHEMA", "PARTITION", "WITH"]) {
                    let other = match word.as_str() {
                        "RENAME" if self.skip(&["TO"]) || self.skip(&["AS"]) => {
                            let to = self.name()?;
                            let schema = to.schema.or_else(|| name.schema.clone());
                            Some(TableName { schema, name: to.name })
                        }
                        "SCHEMA" => {
                            Some(TableName { schema: self.plain(), name: name.name.clone() })
                        }
                        // ATTACH and DETACH PARTITION name a table, MySQL's own partitions are none.
                        "PARTITION" => self.name(),
                        "WITH" if self.skip(&["TABLE"]) => Some(self.name()?),
                        _ => None,
                    };
                    things.extend(other.into_iter().flat_map(|other| self.table(other)));
                }
                Some(things)
            }
            "INDEX" => {
                self.is_conditional();
                let name = self.name()?;
                Some(vec![Thing::Index(name.name)])
            }
            "TRIGGER" | "POLICY" | "RULE" => self.behind(&["ON"]),
            kind => {
                self.is_conditional();
                self.apart(kind, false)
            }
        }
    }

    fn dropped(&mut self) -> Option<Vec<Thing>> {
        self.skip(&["TEMPORARY"]);
        let kind = self.kind()?;
        self.skip(&["CONCURRENTLY"]);
        self.is_conditional();
        match kind.as_str() {
            "TABLE" | "TABLES" => {
                Some(self.names()?.into_iter().map(Thing::DroppedTable).collect())
            }
            "VIEW" => Some(self.names()?.into_iter().map(Thing::Table).collect()),
            "INDEX" | "TRIGGER" | "POLICY" | "RULE" => {
                let names = self.names()?;
                if let Some(on) = self.behind(&["ON"]) {
                    return Some(on);
                }
                let thing = if kind == "INDEX" { Thing::Index } else { Thing::Trigger };
                Some(names.into_iter().map(|name| thing(name.name)).collect())
            }
            kind => self.apart(kind, false),
        }
    }

    /// The table that is named behind one of these words.
    fn behind(&mut self, words: &[&str]) -> Option<Vec<Thing>> {
        self.seek(words)?;
        self.skip(&["ONLY"]);
        self.next_table()
    }

    /// Things of a kind that are no part of a table.
    fn apart(&mut self, kind: &str, is_conditional: bool) -> Option<Vec<Thing>> {
        let thing: fn(TableName) -> Thing = match kind {
            "FUNCTION" | "PROCEDURE" | "ROUTINE" => Thing::Routine,
            "TYPE" | "DOMAIN" => Thing::Type,
            "SEQUENCE" => Thing::Sequence,
            "SCHEMA" => |name| Thing::Schema(name.name),
            "EXTENSION" => |name| Thing::Extension(name.name),
            kind => return UNHELD.contains(&kind).then(Vec::new),
        };
        let things = self.names()?.into_iter().map(thing).collect();
        Some(if is_conditional { Vec::new() } else { things })
    }

    fn commented(&mut self) -> Option<Vec<Thing>> {
        self.skip(&["ON"]).then_some(())?;
        self.skip(&["MATERIALIZED"]);
        self.skip(&["FOREIGN"]);
        match self.word()?.as_str() {
            "TABLE" | "VIEW" => self.next_table(),
            "COLUMN" => {
                let parts = self.parts()?;
                Some(self.table(named(&parts[..parts.len() - 1])?))
            }
            "INDEX" => Some(vec![Thing::Index(self.name()?.name)]),
            "CONSTRAINT" | "TRIGGER" | "POLICY" | "RULE" => {
                self.seek(&["ON"])?;
                if self.skip(&["DOMAIN"]) {
                    return Some(Vec::new());
                }
                self.next_table()
            }
            // Their comments are in no catalog.
            _ => Some(Vec::new()),
        }
    }

    /// `RENAME TABLE a TO b, c TO d`
    fn renamed(&mut self) -> Option<Vec<Thing>> {
        if self.skip(&["USER"]) {
            return Some(Vec::new());
        }
        self.skip(&["TABLE"]).then_some(())?;
        self.is_conditional();
        let mut things = Vec::new();
        loop {
            things.extend(self.next_table()?);
            self.seek(&["TO"])?;
            things.extend(self.next_table()?);
            if !self.skip_mark(",") {
                return Some(things);
            }
        }
    }

    /// `SELECT … INTO name`, which makes a table; `INTO @variable` and `INTO OUTFILE` make none.
    fn selected_into(&mut self) -> Option<Vec<Thing>> {
        self.seek(&["INTO"])?;
        if self.skip(&["OUTFILE"]) || self.skip(&["DUMPFILE"]) || self.skip_mark("@") {
            return Some(Vec::new());
        }
        for word in ["TEMP", "TEMPORARY", "UNLOGGED", "TABLE"] {
            self.skip(&[word]);
        }
        self.next_table()
    }
}

/// The last one or two parts of a name; what stands before them is the database.
fn named(parts: &[String]) -> Option<TableName> {
    match parts {
        [.., schema, name] => Some((schema.as_str(), name.as_str()).into()),
        [name] => Some(name.as_str().into()),
        [] => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(statement: &str, expected: &str) {
        check_for(Dialect::Postgres, statement, expected);
    }

    fn check_for(dialect: Dialect, statement: &str, expected: &str) {
        let found = match touched(dialect, statement) {
            Touched::Untold => "untold".to_owned(),
            Touched::Transaction => "transaction".to_owned(),
            Touched::Things(things) => things.iter().map(word).collect::<Vec<String>>().join(", "),
        };
        assert_eq!(found, expected, "{statement}");
    }

    fn word(thing: &Thing) -> String {
        match thing {
            Thing::Table(name) => name.to_string(),
            Thing::DroppedTable(name) => format!("drop {name}"),
            Thing::Index(name) => format!("index {name}"),
            Thing::Trigger(name) => format!("trigger {name}"),
            Thing::Routine(name) => format!("routine {name}"),
            Thing::Type(name) => format!("type {name}"),
            Thing::Sequence(name) => format!("sequence {name}"),
            Thing::Schema(name) => format!("schema {name}"),
            Thing::Extension(name) => format!("extension {name}"),
        }
    }

    #[test]
    fn a_statement_concerns_the_tables_that_it_names() {
        check("CREATE TABLE orders (id int REFERENCES users)", "orders");
        check("create unlogged table if not exists Orders (id int)", "orders");
        check("CREATE TABLE public.\"Odd \"\"name\" (id int)", "Odd \"name, public.Odd \"name");
        check("CREATE TABLE a.b PARTITION OF c FOR VALUES IN (1)", "a.b, c");
        check("CREATE TEMP TABLE a (id int)", "");
        check("CREATE OR REPLACE VIEW v AS SELECT * FROM a", "v");
        check("CREATE MATERIALIZED VIEW v AS SELECT * FROM a", "v");
        check("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON ONLY a (lower(b))", "a");
        check("CREATE INDEX ON a (b)", "a");
        check(
            "CREATE TRIGGER t BEFORE UPDATE OF b ON a.c FOR EACH ROW EXECUTE FUNCTION f()",
            "a.c",
        );
        check("CREATE RULE r AS ON INSERT TO a DO NOTHING", "a");
        check("CREATE POLICY p ON a USING (true)", "a");
        check("ALTER TABLE IF EXISTS ONLY a ADD COLUMN b int, ADD COLUMN c int", "a");
        check("ALTER TABLE a.b RENAME TO c", "a.b, a.c");
        check("ALTER TABLE a RENAME COLUMN b TO c", "a");
        check("ALTER TABLE a SET SCHEMA b", "a, b.a");
        check("ALTER TABLE a ATTACH PARTITION b FOR VALUES IN (1)", "a, b");
        check("ALTER INDEX i RENAME TO j", "index i");
        check("DROP TABLE IF EXISTS a, \"B\" CASCADE", "drop a, drop B");
        check("DROP VIEW v, w", "v, w");
        check("DROP INDEX CONCURRENTLY i, s.j", "index i, index j");
        check("DROP TRIGGER t ON a", "a");
        check("COMMENT ON TABLE a IS 'x'", "a");
        check("COMMENT ON COLUMN s.a.b IS 'x'", "s.a");
        check("COMMENT ON CONSTRAINT c ON a IS 'x'", "a");
        check("SELECT * INTO TEMP a FROM b", "a");
        check("WITH c AS (SELECT 1) SELECT * INTO a FROM c", "a");
        check("-- first\nCREATE TABLE a (b int)", "a");
    }

    #[test]
    fn names_are_read_as_the_database_reads_them() {
        let create = "CREATE TABLE main.Orders (id int)";
        check_for(Dialect::Sqlite, create, "Orders, main.Orders");
        check_for(Dialect::Mysql, create, "main.Orders");
        check_for(Dialect::Sqlite, "DROP TABLE [an order]", "drop an order");
        check_for(Dialect::Sqlite, "DROP TRIGGER IF EXISTS t", "trigger t");
        check_for(Dialect::Sqlite, "CREATE VIRTUAL TABLE f USING fts5(a)", "f");
        check_for(Dialect::Mysql, "RENAME TABLE a TO b, `c d` TO e", "a, b, c d, e");
        check_for(Dialect::Mysql, "DROP INDEX i ON a", "a");
        check_for(Dialect::Mysql, "ALTER TABLE a EXCHANGE PARTITION p WITH TABLE b", "a, p, b");
        check_for(
            Dialect::Mysql,
            "CREATE DEFINER=`me`@`here` SQL SECURITY INVOKER VIEW v AS SELECT 1",
            "v",
        );
        check_for(
            Dialect::Mysql,
            "CREATE DEFINER = CURRENT_USER() TRIGGER t BEFORE INSERT ON a FOR EACH ROW SET @x = 1",
            "a",
        );
        check_for(Dialect::Mysql, "SELECT 1 INTO @x", "");
    }

    #[test]
    fn what_is_no_part_of_a_table_is_named_too() {
        check("CREATE OR REPLACE FUNCTION s.f(a int, b numeric(1, 2)) RETURNS int", "routine s.f");
        check("DROP FUNCTION f(int), g", "routine f, routine g");
        check("CREATE TYPE mood AS ENUM ('a')", "type mood");
        check("CREATE EXTENSION pg_trgm", "extension pg_trgm");
        check("CREATE EXTENSION IF NOT EXISTS \"uuid-ossp\"", "");
        check("CREATE SCHEMA s", "schema s");
        check("CREATE SCHEMA s CREATE TABLE a (b int)", "untold");
        check("ALTER SEQUENCE s RESTART", "sequence s");
        check("CREATE ROLE reader", "");
        check("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO a", "");
        check("CREATE EVENT TRIGGER t ON ddl_command_start EXECUTE FUNCTION f()", "");
        check("COMMENT ON FUNCTION f() IS 'x'", "");
    }

    #[test]
    fn what_changes_no_schema_needs_nothing_and_what_cant_be_told_is_said_to_be() {
        for quiet in
            ["UPDATE a SET b = 1", "SET lock_timeout = 1", "GRANT SELECT ON a TO b", "TRUNCATE a"]
        {
            check(quiet, "");
        }
        for untold in [
            "DO $$BEGIN END$$",
            "CALL f()",
            "EXECUTE f",
            "FROB a",
            "CREATE THING a",
            "CREATE",
            "DROP TABLE",
            "/*!40101 SET a = 1 */",
            "\\connect a",
        ] {
            check(untold, "untold");
        }
        check("COMMIT", "transaction");
    }

    proptest::proptest! {
        #[test]
        fn any_text_at_all_is_read(sql in "(CREATE|ALTER|DROP|COMMENT ON|RENAME|SELECT INTO)? ?(TABLE|INDEX|VIEW|TYPE|DEFINER)?[ a-zA-Z.,()\\[\\]'\"`$;=@\n-]{0,40}") {
            for dialect in [Dialect::Postgres, Dialect::Sqlite, Dialect::Mysql] {
                let _ = touched(dialect, &sql);
            }
        }
    }
}
