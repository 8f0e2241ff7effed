//! Sequences: numbers that the database hands out, one after the other (PostgreSQL, MariaDB).

use super::{Catalog, CatalogError, Column, DefaultValue, Table, TableName, enums::literal_text};
use crate::sql::{self, TokenKind};

/// A sequence. What is not said is the database's own default.
///
/// ```
/// use migrate_model::catalog::sequence;
///
/// let numbers = sequence("invoice_numbers").start(1000).cache(20);
/// assert_eq!(numbers.start, Some(1000));
/// assert_eq!(numbers.increment, None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "hand it to op.create_sequence(…)"]
pub struct Sequence {
    /// Its name; sequences share theirs with tables and views.
    pub name: TableName,
    /// The type that bounds its numbers (PostgreSQL).
    pub of: SequenceType,
    /// The first number.
    pub start: Option<i64>,
    /// The step from one number to the next, down when it is negative.
    pub increment: Option<i64>,
    /// The least number.
    pub min: Option<i64>,
    /// The greatest number.
    pub max: Option<i64>,
    /// How many numbers a session takes at a time.
    pub cache: Option<i64>,
    /// Whether it begins again behind the last number.
    pub cycle: bool,
    /// The column that it goes with when that is dropped (PostgreSQL).
    pub owned_by: Option<SequenceOwner>,
}

/// The column that a sequence belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SequenceOwner {
    /// The table.
    pub table: TableName,
    /// The column.
    pub column: String,
}

/// The type of a sequence's numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the words are SQL's")]
pub enum SequenceType {
    SmallInt,
    Integer,
    #[default]
    BigInt,
}

impl SequenceType {
    /// What SQL calls it.
    pub fn sql(self) -> &'static str {
        match self {
            SequenceType::SmallInt => "smallint",
            SequenceType::Integer => "integer",
            SequenceType::BigInt => "bigint",
        }
    }

    /// The least and the greatest of its numbers.
    pub fn range(self) -> (i64, i64) {
        match self {
            SequenceType::SmallInt => (i16::MIN.into(), i16::MAX.into()),
            SequenceType::Integer => (i32::MIN.into(), i32::MAX.into()),
            SequenceType::BigInt => (i64::MIN, i64::MAX),
        }
    }
}

/// A sequence: `sequence("invoice_numbers").start(1000)`.
pub fn sequence(name: impl Into<TableName>) -> Sequence {
    Sequence {
        name: name.into(),
        of: SequenceType::BigInt,
        start: None,
        increment: None,
        min: None,
        max: None,
        cache: None,
        cycle: false,
        owned_by: None,
    }
}

impl Sequence {
    /// The first number.
    pub fn start(self, start: i64) -> Self {
        Sequence { start: Some(start), ..self }
    }

    /// The step from one number to the next, down when it is negative.
    pub fn increment(self, step: i64) -> Self {
        Sequence { increment: Some(step), ..self }
    }

    /// The least number.
    pub fn min_value(self, min: i64) -> Self {
        Sequence { min: Some(min), ..self }
    }

    /// The greatest number.
    pub fn max_value(self, max: i64) -> Self {
        Sequence { max: Some(max), ..self }
    }

    /// How many numbers a session takes at a time; those that it does not use are lost.
    pub fn cache(self, numbers: i64) -> Self {
        Sequence { cache: Some(numbers), ..self }
    }

    /// Begins again behind the last number.
    pub fn cycle(self) -> Self {
        Sequence { cycle: true, ..self }
    }

    /// Goes with a column of the same schema when that is dropped (PostgreSQL).
    pub fn owned_by(self, table: impl Into<TableName>, column: &str) -> Self {
        let owner = SequenceOwner { table: table.into(), column: column.to_owned() };
        Sequence { owned_by: Some(owner), ..self }
    }

    /// What only PostgreSQL knows of it; elsewhere it says nothing.
    pub fn postgres(
        mut self,
        options: impl FnOnce(&mut PostgresSequence) -> &mut PostgresSequence,
    ) -> Self {
        let mut chosen = PostgresSequence { of: self.of };
        options(&mut chosen);
        self.of = chosen.of;
        self
    }

    /// The step from one number to the next.
    pub fn step(&self) -> i64 {
        self.increment.unwrap_or(1)
    }

    /// What can be wrong about the sequence by itself, by PostgreSQL's rules.
    pub(crate) fn check(&self) -> Result<(), CatalogError> {
        let bad =
            |fault: String| Err(CatalogError::BadSequence { sequence: self.name.clone(), fault });
        if self.step() == 0 {
            return bad("steps by 0".to_owned());
        }
        if let Some(cache) = self.cache.filter(|cache| *cache < 1) {
            return bad(format!("takes {cache} numbers at a time"));
        }
        let (least, greatest) = self.of.range();
        let up = self.step() > 0;
        let min = self.min.unwrap_or(if up { 1 } else { least });
        let max = self.max.unwrap_or(if up { greatest } else { -1 });
        if min < least || max > greatest {
            return bad(format!("goes from {min} to {max}, past its type, {}", self.of.sql()));
        }
        if min >= max {
            return bad(format!("goes from {min} to {max}, which is no way"));
        }
        match self.start {
            Some(start) if start < min || start > max => {
                bad(format!("starts at {start}, which is not between {min} and {max}"))
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// What only PostgreSQL knows of a sequence.
#[derive(Clone, Debug)]
pub struct PostgresSequence {
    of: SequenceType,
}

impl PostgresSequence {
    /// Its numbers are those of a smallint.
    pub fn smallint(&mut self) -> &mut Self {
        self.of = SequenceType::SmallInt;
        self
    }

    /// Its numbers are those of an integer.
    pub fn integer(&mut self) -> &mut Self {
        self.of = SequenceType::Integer;
        self
    }
}

impl Catalog {
    /// The sequence of that name.
    pub fn sequence(&self, name: &TableName) -> Result<&Sequence, CatalogError> {
        self.sequences.get(name).ok_or_else(|| CatalogError::NoSequence {
            sequence: name.clone(),
            others: self.sequences.keys().map(|one| one.name.clone()).collect(),
        })
    }

    /// The sequences that go with a table, or with one column of it.
    pub fn sequences_of<'c>(
        &'c self,
        table: &'c TableName,
        column: Option<&'c str>,
    ) -> impl Iterator<Item = &'c Sequence> {
        self.sequences.values().filter(move |sequence| {
            sequence.owned_by.as_ref().is_some_and(|owner| {
                owner.table == *table && column.is_none_or(|column| owner.column == column)
            })
        })
    }

    /// Whether the owner of a sequence is there, in the sequence's own schema.
    pub(crate) fn check_owner(&self, sequence: &Sequence) -> Result<(), CatalogError> {
        let Some(owner) = &sequence.owned_by else { return Ok(()) };
        self.table(&owner.table)?.column(&owner.column)?;
        if owner.table.schema == sequence.name.schema {
            return Ok(());
        }
        let fault = format!("lies in another schema than `{}`, which is to own it", owner.table);
        Err(CatalogError::BadSequence { sequence: sequence.name.clone(), fault })
    }

    /// An error where a default takes its numbers from a sequence; a column that goes with it is no matter.
    pub(crate) fn check_numbers_unused(
        &self,
        sequence: &TableName,
        goes: impl Fn(&Table, &Column) -> bool,
    ) -> Result<(), CatalogError> {
        for table in self.tables.values() {
            let takes = |column: &&Column| !goes(table, column) && takes_from(column, sequence);
            if let Some(column) = table.columns.iter().find(takes) {
                return Err(CatalogError::SequenceInUse {
                    sequence: sequence.clone(),
                    table: table.name.clone(),
                    column: column.name.clone(),
                });
            }
        }
        Ok(())
    }

    /// Takes the sequences of a table or column away, which go with it.
    pub(crate) fn drop_owned(
        &mut self,
        table: &TableName,
        column: Option<&str>,
    ) -> Result<(), CatalogError> {
        let owned: Vec<TableName> =
            self.sequences_of(table, column).map(|sequence| sequence.name.clone()).collect();
        for name in owned {
            self.check_numbers_unused(&name, |of, one| {
                of.name == *table && column.is_none_or(|column| one.name == column)
            })?;
            self.sequences.remove(&name);
        }
        Ok(())
    }

    /// Sequences follow the table that owns them, into another schema too.
    pub(crate) fn rename_owner(&mut self, from: &TableName, to: &TableName) {
        let sequences = std::mem::take(&mut self.sequences);
        self.sequences = (sequences.into_values())
            .map(|mut sequence| {
                if let Some(owner) = &mut sequence.owned_by
                    && owner.table == *from
                {
                    owner.table.clone_from(to);
                    sequence.name.schema.clone_from(&to.schema);
                }
                (sequence.name.clone(), sequence)
            })
            .collect();
    }

    /// Sequences follow the column that owns them.
    pub(crate) fn rename_owning_column(&mut self, table: &TableName, from: &str, to: &str) {
        for sequence in self.sequences.values_mut() {
            if let Some(owner) = &mut sequence.owned_by
                && owner.table == *table
                && owner.column == from
            {
                to.clone_into(&mut owner.column);
            }
        }
    }
}

/// Whether a column's default takes its numbers from a sequence: `nextval('numbers')`, `NEXT VALUE FOR numbers`.
fn takes_from(column: &Column, sequence: &TableName) -> bool {
    let Some(DefaultValue::Expression(expression)) = &column.default else { return false };
    let tokens = sql::tokens(expression);
    let is =
        |token: &sql::Token, word: &str| expression[token.range.clone()].eq_ignore_ascii_case(word);
    if !tokens.iter().any(|token| is(token, "nextval") || is(token, "value")) {
        return false;
    }
    let literals = tokens.iter().filter(|token| token.kind == TokenKind::Text);
    let mut literals = literals.filter_map(|token| literal_text(&expression[token.range.clone()]));
    literals.any(|literal| has_name(&literal, sequence)) || has_name(expression, sequence)
}

/// Whether a text has the name of a sequence in it: with its schema, or without where that is nobody's but the current one.
fn has_name(text: &str, sequence: &TableName) -> bool {
    let tokens = sql::tokens(text);
    let piece = |at: usize| tokens.get(at).map_or("", |token| &text[token.range.clone()]);
    (0..tokens.len()).any(|at| {
        let schema = (at > 1 && piece(at - 1) == ".").then(|| piece(at - 2));
        let is_there = match (schema, &sequence.schema) {
            (Some(word), Some(schema)) => sql::names(word, schema),
            (None, Some(_)) => false,
            (_, None) => true,
        };
        is_there && sql::names(piece(at), &sequence.name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_takes_its_numbers_from_a_sequence() {
        check("nextval('numbers')", true);
        check("nextval('public.\"numbers\"'::regclass)", true);
        check("NEXT VALUE FOR numbers", true);
        check("nextval(`app`.`numbers`)", true);
        check("nextval('other')", false);
        check("nextval('other.else')", false);
        check("lower('numbers')", false);
        let there = TableName::from(("app", "numbers"));
        assert!(has_name("app.numbers", &there));
        assert!(!has_name("numbers", &there));
        assert!(!has_name("\"App\".numbers", &there));

        fn check(expression: &str, expected: bool) {
            let column = crate::catalog::build::bigint("n").default_sql(expression);
            let table = crate::catalog::build::table("t").column(column).build();
            assert_eq!(takes_from(&table.columns[0], &"numbers".into()), expected, "{expression}");
        }
    }

    #[test]
    fn a_sequence_that_goes_nowhere_is_refused() {
        check(sequence("s").increment(0), "the sequence `s` steps by 0");
        check(sequence("s").cache(0), "the sequence `s` takes 0 numbers at a time");
        check(sequence("s").max_value(1), "the sequence `s` goes from 1 to 1, which is no way");
        check(
            sequence("s").start(0),
            "the sequence `s` starts at 0, which is not between 1 and 9223372036854775807",
        );
        check(
            sequence("s").max_value(70000).postgres(|s| s.smallint()),
            "the sequence `s` goes from 1 to 70000, past its type, smallint",
        );

        fn check(sequence: Sequence, fault: &str) {
            assert_eq!(sequence.check().unwrap_err().to_string(), fault);
        }
    }
}
