//! The SQL that databases share: quoting, literals, keys and constraints.

use migrate_model::{
    Dialect,
    catalog::{
        Action, Constraint, Deferrable, Exclude, Index, IndexKey, KeyPart, Nulls, Order, TableName,
        Value, is_decimal,
    },
    op::{BulkInsert, DeleteRows, DropTable, Execute, Run},
    sql,
};

use super::{RenderError, Statement};

/// SQL under construction for one database.
///
/// The first thing that can't be said is remembered and told by [`Sql::end`], so that what builds the
/// text reads like the text.
#[derive(Debug)]
pub(crate) struct Sql {
    dialect: Dialect,
    text: String,
    fault: Option<RenderError>,
}

impl Sql {
    pub(crate) fn new(dialect: Dialect, start: &str) -> Sql {
        // Room for what most statements come to.
        let mut text = String::with_capacity(start.len() + 120);
        text.push_str(start);
        Sql { dialect, text, fault: None }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The finished text.
    pub(crate) fn end(self) -> Result<String, RenderError> {
        match self.fault {
            Some(fault) => Err(fault),
            // In an expression, which is passed on as it is.
            None if self.text.contains('\0') => {
                Err(RenderError::Nul { dialect: self.dialect, what: self.text })
            }
            None => Ok(self.text),
        }
    }

    fn fail(&mut self, fault: RenderError) {
        self.fault.get_or_insert(fault);
    }

    /// Words of SQL, as they are.
    pub(crate) fn raw(mut self, words: &str) -> Sql {
        self.text.push_str(words);
        self
    }

    /// SQL that somebody wrote, letter by letter.
    pub(crate) fn said(mut self, sql: &str) -> Sql {
        if sql.contains('\0') {
            let dialect = self.dialect;
            self.fail(RenderError::Nul { dialect, what: sql.to_owned() });
        }
        self.raw(sql)
    }

    /// Words of SQL, if they apply.
    pub(crate) fn raw_if(self, applies: bool, words: &str) -> Sql {
        if applies { self.raw(words) } else { self }
    }

    /// A name.
    pub(crate) fn name(mut self, name: &str) -> Sql {
        match quote(self.dialect, name) {
            Ok(quoted) => self.text.push_str(&quoted),
            Err(fault) => self.fail(fault),
        }
        self
    }

    /// A table's or type's name, with its schema where it has one.
    pub(crate) fn qualified(self, schema: Option<&str>, name: &str) -> Sql {
        match schema {
            None => self.name(name),
            Some(_) if self.dialect == Dialect::Sqlite => self.unsupported(
                &format!("schemas, such as that of `{name}`"),
                "leave the schema away, or put the op into op.only(Postgres, |op| …)",
            ),
            Some(schema) => self.name(schema).raw(".").name(name),
        }
    }

    pub(crate) fn table(self, name: &TableName) -> Sql {
        self.qualified(name.schema.as_deref(), &name.name)
    }

    /// Names in parentheses.
    pub(crate) fn names(mut self, names: &[String]) -> Sql {
        self = self.raw("(");
        for (number, name) in names.iter().enumerate() {
            self = self.raw_if(number > 0, ", ").name(name);
        }
        self.raw(")")
    }

    /// Pieces with commas between them.
    pub(crate) fn list<T>(
        mut self,
        items: impl IntoIterator<Item = T>,
        mut each: impl FnMut(Sql, T) -> Sql,
    ) -> Sql {
        for (number, item) in items.into_iter().enumerate() {
            self = each(self.raw_if(number > 0, ", "), item);
        }
        self
    }

    /// A literal.
    pub(crate) fn value(mut self, value: &Value) -> Sql {
        match literal(self.dialect, value) {
            Ok(text) => self.text.push_str(&text),
            Err(fault) => self.fail(fault),
        }
        self
    }

    /// What an option is called, such as `btree`: one word, since it stands without quotes.
    pub(crate) fn word(self, word: &str) -> Sql {
        match is_word(word) {
            true => self.raw(word),
            false => self.unsupported(
                &format!("option of more than one word, such as `{word}`"),
                "take the one word that the database knows it by, such as InnoDB, utf8mb4 or btree",
            ),
        }
    }

    /// What only another database has.
    pub(crate) fn unsupported(mut self, what: &str, instead: &str) -> Sql {
        let dialect = self.dialect;
        self.fail(RenderError::Unsupported {
            dialect,
            what: what.to_owned(),
            instead: instead.to_owned(),
        });
        self
    }

    /// A piece that was made elsewhere.
    pub(crate) fn piece(mut self, piece: Result<String, RenderError>) -> Sql {
        match piece {
            Ok(text) => self.text.push_str(&text),
            Err(fault) => self.fail(fault),
        }
        self
    }

    /// A constraint, with its name, as it stands in CREATE TABLE and ADD.
    pub(crate) fn constraint(self, constraint: &Constraint) -> Sql {
        let sql = self.raw("CONSTRAINT ").name(constraint.name());
        match constraint {
            Constraint::PrimaryKey(key) => sql.raw(" PRIMARY KEY ").names(&key.columns),
            Constraint::Unique(unique) => {
                let is_postgres = sql.dialect == Dialect::Postgres;
                let sql = sql
                    .raw(" UNIQUE ")
                    .raw_if(is_postgres && unique.nulls_not_distinct, "NULLS NOT DISTINCT ");
                let sql = sql.names(&unique.columns);
                let sql = match &unique.include[..] {
                    [] => sql,
                    _ if !is_postgres => sql,
                    include => sql.raw(" INCLUDE ").names(include),
                };
                match (unique.deferrable, is_postgres) {
                    (Deferrable::No, _) => sql,
                    (deferrable, true) => sql.deferrable(deferrable),
                    (Deferrable::InitiallyImmediate | Deferrable::InitiallyDeferred, false) => sql.unsupported(
                        &format!("unique constraint that waits, such as `{}`", unique.name),
                        "leave .deferrable() away, or put the op into op.only(Postgres, |op| …)",
                    ),
                }
            }
            Constraint::ForeignKey(key) => {
                let sql = sql
                    .raw(" FOREIGN KEY ")
                    .names(&key.columns)
                    .raw(" REFERENCES ")
                    .table(&key.table)
                    .raw(" ");
                let is_postgres = sql.dialect == Dialect::Postgres;
                let sql = sql
                    .names(&key.referred)
                    .raw_if(is_postgres && key.match_full, " MATCH FULL")
                    .action(" ON DELETE ", key.on_delete)
                    .action(" ON UPDATE ", key.on_update);
                sql.deferrable(key.deferrable).raw_if(is_postgres && key.not_valid, " NOT VALID")
            }
            Constraint::Check(check) => {
                let is_postgres = sql.dialect == Dialect::Postgres;
                sql.raw(" CHECK (")
                    .raw(&check.expression)
                    .raw(")")
                    .raw_if(is_postgres && check.not_valid, " NOT VALID")
            }
            Constraint::Exclude(exclude) if sql.dialect == Dialect::Postgres => {
                sql.exclude(exclude)
            }
            Constraint::Exclude(exclude) => sql.unsupported(
                &format!("exclusion constraint, such as `{}`", exclude.name),
                "check it in a trigger, or put the op into op.only(Postgres, |op| …)",
            ),
        }
    }

    fn exclude(self, exclude: &Exclude) -> Sql {
        let sql = self.raw(" EXCLUDE USING ").word(&exclude.using).raw(" (");
        let sql = sql.list(&exclude.elements, |sql, (key, operator)| {
            let (KeyPart::Column(name) | KeyPart::Expression(name)) = key;
            let sql = sql.part(key);
            let sql = match exclude.ops.iter().find(|(of, _)| of == name) {
                Some((_, class)) => sql.raw(" ").raw(class),
                None => sql,
            };
            sql.raw(" WITH ").raw(operator)
        });
        let sql = sql.raw(")");
        match &exclude.filter {
            None => sql,
            Some(filter) => sql.raw(" WHERE (").raw(filter).raw(")"),
        }
        .deferrable(exclude.deferrable)
    }

    pub(crate) fn action(self, clause: &str, action: Action) -> Sql {
        if action == Action::NoAction { self } else { self.raw(clause).raw(action.sql()) }
    }

    fn deferrable(self, deferrable: Deferrable) -> Sql {
        self.raw(match deferrable {
            Deferrable::No => "",
            Deferrable::InitiallyImmediate => " DEFERRABLE",
            Deferrable::InitiallyDeferred => " DEFERRABLE INITIALLY DEFERRED",
        })
    }

    /// Storage parameters. A value that is more than a word or a number is a text.
    pub(crate) fn with(self, parameters: &[(String, String)]) -> Sql {
        if parameters.is_empty() {
            return self;
        }
        let pair = |sql: Sql, (name, value): &(String, String)| {
            let sql = sql.word(name).raw(" = ");
            let is_literal = match &sql::tokens(value)[..] {
                [token] => token.kind == sql::TokenKind::Text,
                _ => false,
            };
            match is_word(value) || is_literal {
                true => sql.raw(value),
                false => sql.value(&value.as_str().into()),
            }
        };
        self.raw(" WITH (").list(parameters, pair).raw(")")
    }

    /// The keys of an index, in parentheses.
    pub(crate) fn keys(self, index: &Index) -> Sql {
        let is_postgres = self.dialect == Dialect::Postgres;
        self.raw(" (")
            .list(&index.keys, |sql, key| {
                let name = match &key.of {
                    KeyPart::Column(name) | KeyPart::Expression(name) => name,
                };
                let sql = sql.key(key);
                let length = index.mysql.length_of(name);
                let sql = match length.filter(|_| sql.dialect.family() == Dialect::Mysql) {
                    None => sql,
                    Some(length) => sql.raw(&format!("({length})")),
                };
                match index.postgres.ops.iter().find(|(of, _)| of == name) {
                    Some((_, class)) if is_postgres => sql.raw(" ").raw(class),
                    Some(_) | None => sql,
                }
                .order(key)
            })
            .raw(")")
    }

    fn key(self, key: &IndexKey) -> Sql {
        self.part(&key.of)
    }

    /// A column, or an expression in parentheses.
    pub(crate) fn part(self, part: &KeyPart) -> Sql {
        match part {
            KeyPart::Column(name) => self.name(name),
            KeyPart::Expression(expression) => self.raw("(").raw(expression).raw(")"),
        }
    }

    fn order(self, key: &IndexKey) -> Sql {
        let sql = self.raw(match key.order {
            None => "",
            Some(Order::Ascending) => " ASC",
            Some(Order::Descending) => " DESC",
        });
        match key.nulls {
            None => sql,
            Some(_) if sql.dialect != Dialect::Postgres => sql.unsupported(
                "index with NULLS FIRST or NULLS LAST",
                "leave the place of NULLs to the database, or put the op into op.only(Postgres, |op| …)",
            ),
            Some(Nulls::First) => sql.raw(" NULLS FIRST"),
            Some(Nulls::Last) => sql.raw(" NULLS LAST"),
        }
    }

    /// `INSERT INTO … VALUES …`, behind the table's name; `how` stands before `VALUES`.
    pub(crate) fn rows(self, columns: &[String], how: &str, rows: &[Vec<Value>]) -> Sql {
        let sql = self.raw(" ").names(columns).raw(how).raw(" VALUES ");
        sql.list(rows, |sql, row| sql.raw("(").list(row, Sql::value).raw(")"))
    }

    /// The condition that finds rows by their key.
    pub(crate) fn keyed(self, key: &[String], columns: &[String], rows: &[Vec<Value>]) -> Sql {
        let at: Vec<usize> = key
            .iter()
            .filter_map(|name| columns.iter().position(|column| column == name))
            .collect();
        if let ([name], [at]) = (key, &at[..]) {
            let values = rows.iter().filter_map(|row| row.get(*at));
            return self.name(name).raw(" IN (").list(values, Sql::value).raw(")");
        }
        let mut sql = self;
        for (number, row) in rows.iter().enumerate() {
            sql = sql.raw_if(number > 0, " OR ").raw("(");
            for (number, (name, at)) in key.iter().zip(&at).enumerate() {
                let value = row.get(*at).unwrap_or(&Value::Null);
                sql = sql.raw_if(number > 0, " AND ").name(name).raw(" = ").value(value);
            }
            sql = sql.raw(")");
        }
        sql
    }
}

/// Whether it can stand without quotes: a word, a number, or such with dots between.
fn is_word(text: &str) -> bool {
    let is_plain = |one: char| one.is_ascii_alphanumeric() || "_.-+".contains(one);
    !text.is_empty() && text.chars().all(is_plain) && !text.contains("--")
}

/// `DROP TABLE`.
pub(crate) fn drop_table(dialect: Dialect, drop: &DropTable) -> Result<Vec<String>, RenderError> {
    let words = Sql::new(dialect, "DROP TABLE ").raw_if(drop.if_exists, "IF EXISTS ");
    Ok(vec![words.table(&drop.name).end()?])
}

/// `INSERT`, if there are rows.
pub(crate) fn insert(dialect: Dialect, insert: &BulkInsert) -> Result<Vec<String>, RenderError> {
    if insert.rows.is_empty() {
        return Ok(Vec::new());
    }
    let words = Sql::new(dialect, "INSERT INTO ").table(&insert.table);
    Ok(vec![words.rows(&insert.columns, "", &insert.rows).end()?])
}

/// `DELETE`, if there are rows.
pub(crate) fn delete(dialect: Dialect, delete: &DeleteRows) -> Result<Vec<String>, RenderError> {
    if delete.rows.is_empty() {
        return Ok(Vec::new());
    }
    let words = Sql::new(dialect, "DELETE FROM ").table(&delete.table).raw(" WHERE ");
    Ok(vec![words.keyed(&delete.key, &delete.columns, &delete.rows).end()?])
}

/// Raw SQL, one statement after the other.
pub(crate) fn execute(execute: &Execute) -> Vec<String> {
    execute.statements().into_iter().map(str::to_owned).collect()
}

/// The code that is written for this database.
pub(crate) fn code(dialect: Dialect, run: &Run) -> Result<Statement, RenderError> {
    let code = run.bodies.get(&dialect.family());
    let code = code.ok_or_else(|| RenderError::NoBody { dialect, label: run.label.clone() })?;
    Ok(Statement::Code(code.clone()))
}

/// A name in quotes, as the database reads it letter by letter.
///
/// PostgreSQL cuts longer names at 63 bytes with no more than a notice, so that two can become one
/// (measured with names of 64 bytes and more); here they are refused. So are, before any SQL is sent, the names
/// that MySQL and MariaDB refuse: of more than 64 characters, with characters beyond U+FFFF, with a space or a line break at the end.
pub(crate) fn quote(dialect: Dialect, name: &str) -> Result<String, RenderError> {
    if name.is_empty() {
        return Err(RenderError::EmptyName);
    }
    if name.contains('\0') {
        return Err(RenderError::Nul { dialect, what: name.to_owned() });
    }
    let (length, most) = match dialect {
        Dialect::Postgres => (name.len(), migrate_model::catalog::naming::LONGEST),
        Dialect::Sqlite => (0, 0),
        Dialect::Mysql | Dialect::Mariadb => (name.chars().count(), 64),
    };
    if length > most {
        return Err(RenderError::LongName { dialect, name: name.to_owned(), length, most });
    }
    if dialect.family() == Dialect::Mysql {
        let unspeakable = name.chars().find(|letter| *letter > '\u{FFFF}');
        let unspeakable = unspeakable.or_else(|| name.chars().last().filter(is_space));
        if let Some(letter) = unspeakable {
            return Err(RenderError::Letter { dialect, name: name.to_owned(), letter });
        }
    }
    Ok(match dialect {
        Dialect::Postgres | Dialect::Sqlite => quoted('"', name),
        Dialect::Mysql | Dialect::Mariadb => quoted('`', name),
    })
}

/// A text between two marks, with those in it doubled.
fn quoted(mark: char, text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push(mark);
    for (number, piece) in text.split(mark).enumerate() {
        if number > 0 {
            quoted.push(mark);
            quoted.push(mark);
        }
        quoted.push_str(piece);
    }
    quoted.push(mark);
    quoted
}

/// Whether two names are one in any case of letters. The names of a schema often begin alike, and end differently.
pub(crate) fn is_same_name(one: &str, other: &str) -> bool {
    let end = |name: &str| name.bytes().last().map(|byte| byte.to_ascii_lowercase());
    one.len() == other.len() && end(one) == end(other) && one.eq_ignore_ascii_case(other)
}

/// What MySQL and MariaDB take for a space at the end of a name.
fn is_space(letter: &char) -> bool {
    matches!(letter, ' ' | '\t'..='\r')
}

/// A literal as the database reads it, whatever its settings for strings are.
pub(crate) fn literal(dialect: Dialect, value: &Value) -> Result<String, RenderError> {
    let unsupported = |what: &str| RenderError::Unsupported {
        dialect,
        what: what.to_owned(),
        instead: "store another value, or NULL".to_owned(),
    };
    Ok(match value {
        Value::Null => "NULL".to_owned(),
        Value::Bool(value) => match (dialect, value) {
            (Dialect::Sqlite, true) => "1".to_owned(),
            (Dialect::Sqlite, false) => "0".to_owned(),
            (Dialect::Postgres | Dialect::Mysql | Dialect::Mariadb, value) => {
                value.to_string().to_uppercase()
            }
        },
        Value::Int(value) => value.to_string(),
        Value::Float(value) if value.is_finite() => format!("{value:?}"),
        Value::Float(value) if dialect == Dialect::Postgres => format!("'{value}'"),
        Value::Float(value) => return Err(unsupported(&format!("number {value}"))),
        Value::Decimal(digits) if is_decimal(digits) && is_kept(dialect, digits) => digits.clone(),
        Value::Decimal(digits) if is_decimal(digits) => {
            return Err(RenderError::Unsupported {
                dialect,
                what: format!("number that keeps all digits of {digits}"),
                instead: "keep it as text(…), or store fewer digits: it keeps 15".to_owned(),
            });
        }
        // The catalog can't judge it for every type; the database will.
        Value::Decimal(text) => text_literal(dialect, text)?,
        Value::Text(text) => text_literal(dialect, text)?,
        Value::Bytes(bytes) => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            match dialect {
                Dialect::Postgres => format!("E'\\\\x{hex}'"),
                Dialect::Sqlite | Dialect::Mysql | Dialect::Mariadb => format!("X'{hex}'"),
            }
        }
    })
}

/// Whether the database keeps every digit of a number. SQLite makes a floating point number of what is no whole
/// number of eight bytes.
fn is_kept(dialect: Dialect, digits: &str) -> bool {
    if dialect != Dialect::Sqlite || digits.parse::<i64>().is_ok() {
        return true;
    }
    let mantissa = digits.split(['e', 'E']).next().unwrap_or(digits);
    let all: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let is_zero = all.trim_matches('0').is_empty();
    let is_in_range =
        digits.parse::<f64>().is_ok_and(|it| it.is_finite() && (is_zero || it != 0.0));
    all.trim_matches('0').len() <= 15 && is_in_range
}

/// Text in quotes.
///
/// A backslash is an ordinary character on SQLite, and on MySQL and MariaDB in the `sql_mode` that the runner
/// sets. On PostgreSQL that depends on
/// `standard_conforming_strings`, and not in `E'…'`, where it is always doubled.
pub(crate) fn text_literal(dialect: Dialect, text: &str) -> Result<String, RenderError> {
    if text.contains('\0') {
        return Err(RenderError::Nul { dialect, what: text.to_owned() });
    }
    if dialect == Dialect::Postgres && text.contains('\\') {
        return Ok(["E", &quoted('\'', &text.replace('\\', "\\\\"))].concat());
    }
    Ok(quoted('\'', text))
}

/// The type to which a value is cast to be read as text.
pub(crate) fn text_type(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres | Dialect::Sqlite => "TEXT",
        Dialect::Mysql | Dialect::Mariadb => "CHAR",
    }
}
